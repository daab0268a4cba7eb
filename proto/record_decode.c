/* Record bytes → checked struct: scan, unpack within the arena, check, copy into our own types.
 *
 * Must not know: envelopes, stores, who sent it. Described in proto/tamga.proto and docs/records.md.
 */
#include <string.h>

#include "proto/record_fields.h"

struct budget {
    struct tg_arena *arena;
    bool over;
};

static void *budget_alloc(void *ctx, size_t bytes)
{
    struct budget *budget = ctx;
    void *memory = tg_arena_take(budget->arena, bytes);
    if (!memory) budget->over = true;
    return memory;
}

static void budget_free(void *ctx, void *memory)
{
    (void)ctx; /* the arena goes as a whole */
    (void)memory;
}

/* Where a member of our struct stands. */
static uint8_t *own_at(void *own, size_t offset)
{
    return (uint8_t *)own + offset;
}

static tg_err copy_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                           struct tg_arena *arena, void *own);

/* An id, or NULL when the field is empty. */
static const struct tg_hash *hash_of(const void *element, bool *ret_enough, struct tg_arena *arena)
{
    struct tg_view id = tg_pb_bytes(element);
    if (id.bytes != TG_HASH_BYTES) return NULL;
    const struct tg_hash *hash = tg_arena_copy(arena, id.data, TG_HASH_BYTES);
    *ret_enough = hash != NULL;
    return hash;
}

static tg_err copy_sub(const struct tg_field *field, const ProtobufCMessage *msg, struct tg_arena *arena,
                       uint8_t *at)
{
    void *sub = tg_arena_take(arena, field->sub->own_bytes);
    if (!sub) return TG_ENOMEM;
    tg_err err = copy_message(field->sub, msg, arena, sub);
    memcpy(at, &sub, sizeof sub);
    return err;
}

static tg_err copy_one(const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                       const ProtobufCMessage *msg, struct tg_arena *arena, uint8_t *at)
{
    bool stated = msg && tg_pb_count(msg, pb);
    const void *element = stated ? tg_pb_at(msg, pb, 0) : NULL;
    bool enough = true;
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        return copy_sub(field, stated ? tg_pb_message(element) : NULL, arena, at);
    case TG_SHAPE_DATE: {
        struct tg_date date = {0};
        if (stated && !tg_pb_date(tg_pb_message(element), &date)) return TG_EVALUE;
        memcpy(at, &date, sizeof date);
        break;
    }
    case TG_SHAPE_ID: {
        const struct tg_hash *hash = stated ? hash_of(element, &enough, arena) : NULL;
        memcpy(at, &hash, sizeof hash);
        break;
    }
    case TG_SHAPE_TIME: {
        int64_t ms = stated ? tg_pb_i64(element) : 0;
        memcpy(at, &ms, sizeof ms);
        break;
    }
    case TG_SHAPE_COUNT: {
        int64_t count = stated ? (int64_t)(uint32_t)tg_pb_i32(element) : TG_REC_UNKNOWN;
        memcpy(at, &count, sizeof count);
        break;
    }
    case TG_SHAPE_NUMBER:
    case TG_SHAPE_ENUM: {
        int32_t value = stated ? tg_pb_i32(element) : 0;
        memcpy(at, &value, sizeof value);
        break;
    }
    case TG_SHAPE_FLAG: {
        bool flag = stated;
        memcpy(at, &flag, sizeof flag);
        break;
    }
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH: {
        const char *text = stated ? tg_pb_text(element) : "";
        memcpy(at, &text, sizeof text);
        break;
    }
    }
    return enough ? TG_OK : TG_ENOMEM;
}

static size_t own_element_bytes(const struct tg_field *field)
{
    if (field->shape == TG_SHAPE_MESSAGE) return field->sub->own_bytes;
    return field->shape == TG_SHAPE_ID ? sizeof(struct tg_hash) : sizeof(const char *);
}

static tg_err copy_element(const struct tg_field *field, const void *element, struct tg_arena *arena,
                           uint8_t *at)
{
    if (field->shape == TG_SHAPE_MESSAGE) return copy_message(field->sub, tg_pb_message(element), arena, at);
    if (field->shape == TG_SHAPE_ID) {
        struct tg_view id = tg_pb_bytes(element);
        if (id.bytes != TG_HASH_BYTES) return TG_EVALUE;
        memcpy(at, id.data, TG_HASH_BYTES);
        return TG_OK;
    }
    const char *text = tg_pb_text(element);
    memcpy(at, &text, sizeof text);
    return TG_OK;
}

static tg_err copy_many(const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                        const ProtobufCMessage *msg, struct tg_arena *arena, void *own)
{
    size_t count = msg ? tg_pb_count(msg, pb) : 0;
    if (count == 0) return TG_OK; /* own is zeroed */
    size_t each = own_element_bytes(field);
    uint8_t *elements = tg_arena_take_array(arena, count, each);
    if (!elements) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        tg_err err = copy_element(field, tg_pb_at(msg, pb, i), arena, elements + i * each);
        if (err) return err;
    }
    memcpy(own_at(own, field->offset), &elements, sizeof elements);
    memcpy(own_at(own, field->count_offset), &count, sizeof count);
    return TG_OK;
}

/* Normal form and flags of a selector. A value that must not be kept gives way to its masked form everywhere: in our
 * struct and in the unpacked message, which lives in the arena and is ours to change. */
static tg_err selector_fill(const ProtobufCMessage *msg, struct tg_arena *arena, struct tg_rec_selector *own)
{
    Tamga__V1__Selector parts;
    struct tg_selector selector;
    struct tg_errmsg em = {0};
    own->refusal = "";
    if (!msg) return TG_OK;
    memcpy(&parts, msg, sizeof parts);
    tg_err err = tg_selector_of_message(&parts, &selector, &em);
    if (err) {
        own->refusal = tg_arena_text(arena, tg_view_str(tg_errmsg_text(&em, err)));
        return own->refusal ? TG_OK : TG_ENOMEM;
    }
    const char *form = tg_arena_text(arena, tg_selector_form(&selector));
    if (!form) return TG_ENOMEM;
    own->normal = tg_view_str(form);
    own->flags = selector.flags;
    if (!(selector.flags & TG_SELECTOR_MASKED)) return TG_OK;
    own->value = form;
    parts.value = tg_arena_text(arena, own->normal);
    if (!parts.value) return TG_ENOMEM;
    memcpy((void *)(uintptr_t)msg, &parts, sizeof parts);
    return TG_OK;
}

/* Our struct from the message, or the empty one from NULL. own is zeroed. Recursion is bounded by the schema. */
static tg_err copy_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                           struct tg_arena *arena, void *own)
{
    bool present = msg != NULL;
    memcpy(own, &present, sizeof present);
    for (size_t i = 0; i < info->fields_count; i++) {
        const struct tg_field *field = &info->fields[i];
        const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
        tg_err err = field->many ? copy_many(field, pb, msg, arena, own)
                                 : copy_one(field, pb, msg, arena, own_at(own, field->offset));
        if (err) return err;
    }
    return info == &tg_selector_info ? selector_fill(msg, arena, own) : TG_OK;
}

static tg_err record_copy(const Tamga__V1__Record *msg, struct tg_arena *arena, struct tg_record *rec)
{
    void *head = tg_arena_take(arena, tg_head_info.own_bytes);
    if (!head) return TG_ENOMEM;
    tg_err err = copy_message(&tg_head_info, &msg->head->base, arena, head);
    if (err) return err;
    rec->head = head;
    rec->wire = msg;
    const struct tg_kind_row *kind = tg_kind_row_of((enum tg_kind)msg->body_case);
    if (!kind) return TG_OK; /* TG_KIND_NEWER, no body */
    void *body = tg_arena_take(arena, kind->info->own_bytes);
    if (!body) return TG_ENOMEM;
    rec->kind = kind->kind;
    rec->body = body;
    return copy_message(kind->info, &msg->alert->base, arena, body);
}

static tg_err record_fill(struct tg_view bytes, struct tg_arena *arena, struct tg_record *rec,
                          struct tg_errmsg *em)
{
    struct budget budget = {.arena = arena};
    ProtobufCAllocator allocator = {.alloc = budget_alloc, .free = budget_free, .allocator_data = &budget};
    Tamga__V1__Record *msg = tamga__v1__record__unpack(&allocator, rec->bytes.bytes, rec->bytes.data);
    if (!msg && budget.over) return tg_fail(em, TG_ENOMEM, "record over the memory budget");
    if (!msg) return tg_fail(em, TG_EFORMAT, "record is no protobuf message of this schema");
    struct tg_check check = {.authoring = false};
    tg_err err = tg_record_check(msg, &check, em);
    if (err) return err;
    rec->newer = check.newer;
    tg_record_id(bytes, &rec->id);
    if (tg_record_digest(bytes, &rec->digest))
        return tg_fail(em, TG_EFORMAT, "record is no protobuf message");
    err = record_copy(msg, arena, rec);
    return err ? tg_fail(em, err, "record over the memory budget") : TG_OK;
}

tg_err tg_record_decode(struct tg_view bytes, struct tg_arena *arena, struct tg_record **ret_rec,
                        struct tg_errmsg *em)
{
    tg_err err = tg_record_scan(bytes, em);
    if (err) return err;
    struct tg_record *rec = tg_arena_take(arena, sizeof *rec);
    void *copy = rec ? tg_arena_copy(arena, bytes.data, bytes.bytes) : NULL;
    if (!copy) return tg_fail(em, TG_ENOMEM, "record over the memory budget");
    rec->bytes = tg_view_of(copy, bytes.bytes);
    err = record_fill(bytes, arena, rec, em);
    if (err) return err;
    *ret_rec = rec;
    return TG_OK;
}
