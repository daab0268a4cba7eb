/* JSON → record bytes, by the table of fields; every error names its path.
 *
 * Must not know: where the text comes from. Described in docs/records.md.
 */
#include "proto/json.h"

#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/record_fields.h"

struct reader {
    struct tg_arena *arena;
    struct tg_errmsg *em;
};

static tg_err no_memory(const struct reader *r)
{
    return tg_fail(r->em, TG_ENOMEM, "record over the memory budget");
}

static void set(ProtobufCMessage *msg, size_t offset, const void *value, size_t bytes)
{
    memcpy((uint8_t *)msg + offset, value, bytes);
}

static ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *pb, const struct reader *r)
{
    ProtobufCMessage *msg = tg_arena_take(r->arena, pb->sizeof_message);
    if (msg) pb->message_init(msg);
    return msg;
}

static struct tg_view text_of(const json_t *value)
{
    return tg_view_of(json_string_value(value), json_string_length(value));
}

static tg_err want(const struct reader *r, const struct tg_field *field, const char *what)
{
    return tg_fail(r->em, TG_EVALUE, "%s: must be %s", field->name, what);
}

static tg_err read_text(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    if (!json_is_string(value)) return want(r, field, "a string");
    struct tg_view view = text_of(value);
    if (view.bytes && memchr(view.data, 0, view.bytes)) return want(r, field, "text without NUL characters");
    if (view.bytes > TG_RECORD_BYTES_MAX) return tg_fail(r->em, TG_ELIMIT, "%s: too long", field->name);
    char *text = tg_arena_text(r->arena, view);
    if (!text) return no_memory(r);
    memcpy(at, &text, sizeof text);
    return TG_OK;
}

static tg_err read_id(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    uint8_t id[TG_HASH_BYTES];
    if (!json_is_string(value) || tg_hex_decode(text_of(value), id, sizeof id)) {
        return want(r, field, "a record id of 64 hexadecimal digits");
    }
    ProtobufCBinaryData data = {.len = sizeof id, .data = tg_arena_copy(r->arena, id, sizeof id)};
    if (!data.data) return no_memory(r);
    memcpy(at, &data, sizeof data);
    return TG_OK;
}

static tg_err date_member(const struct reader *r, const struct tg_field *field, const json_t *value,
                          const char *key, int32_t *ret_number)
{
    const json_t *number = json_object_get(value, key);
    if (!number) return TG_OK;
    json_int_t n = json_is_integer(number) ? json_integer_value(number) : -1;
    if (n < 0 || n > 9999) return tg_fail(r->em, TG_EVALUE, "%s.%s: must be a number", field->name, key);
    *ret_number = (int32_t)n;
    return TG_OK;
}

/* {"year":1984,"month":7}. */
static tg_err read_date_object(const struct reader *r, const struct tg_field *field, const json_t *value,
                               Tamga__V1__Date *date)
{
    static const char *const keys[] = {"year", "month", "day"};
    const char *key;
    json_t *ignored;
    json_object_foreach((json_t *)(uintptr_t)value, key, ignored)
    {
        if (strcmp(key, keys[0]) == 0 || strcmp(key, keys[1]) == 0 || strcmp(key, keys[2]) == 0) continue;
        return tg_fail(r->em, TG_EVALUE, "%s.%.64s: unknown key; a date has year, month, day", field->name,
                       key);
    }
    tg_err err = date_member(r, field, value, keys[0], &date->year);
    if (!err) err = date_member(r, field, value, keys[1], &date->month);
    if (!err) err = date_member(r, field, value, keys[2], &date->day);
    return err;
}

static tg_err read_date(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    struct tg_date parsed;
    Tamga__V1__Date *date = (Tamga__V1__Date *)message_new(&tamga__v1__date__descriptor, r);
    if (!date) return no_memory(r);
    if (json_is_object(value)) {
        tg_err err = read_date_object(r, field, value, date);
        if (err) return err;
    } else {
        if (!json_is_string(value))
            return want(r, field, "a date such as \"1984\", \"1984-07\" or \"1984-07-21\"");
        tg_err err = tg_date_parse(text_of(value), &parsed, r->em);
        if (err) return tg_context(r->em, err, "%s", field->name);
        date->year = parsed.year;
        date->month = parsed.month;
        date->day = parsed.day;
    }
    memcpy(at, &date, sizeof date);
    return TG_OK;
}

static tg_err read_time(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    int64_t ms;
    if (!json_is_string(value)) return want(r, field, "a time such as \"2024-06-30T12:00:00Z\"");
    tg_err err = tg_time_parse(text_of(value), &ms, r->em);
    if (err) return tg_context(r->em, err, "%s", field->name);
    memcpy(at, &ms, sizeof ms);
    return TG_OK;
}

static tg_err read_number(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    bool count = field->shape == TG_SHAPE_COUNT;
    json_int_t n = json_integer_value(value);
    bool fits =
        json_is_integer(value) && (count ? n >= 0 && n <= UINT32_MAX : n >= INT32_MIN && n <= INT32_MAX);
    if (!fits) return want(r, field, count ? "a whole number from 0" : "a whole number");
    uint32_t bits = (uint32_t)n;
    memcpy(at, &bits, sizeof bits);
    return TG_OK;
}

static tg_err read_flag(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    protobuf_c_boolean flag = json_is_true(value);
    if (!json_is_boolean(value)) return want(r, field, "true or false");
    memcpy(at, &flag, sizeof flag);
    return TG_OK;
}

static tg_err read_enum(const struct reader *r, const struct tg_field *field,
                        const ProtobufCFieldDescriptor *pb, const json_t *value, void *at)
{
    int number = 0;
    if (json_is_integer(value)) {
        return tg_fail(r->em, TG_EVALUE, "%s: %lld has no name here; it comes from a newer version",
                       field->name, (long long)json_integer_value(value));
    }
    if (!json_is_string(value)) return want(r, field, "a name");
    tg_err err = tg_enum_parse_pb(pb->descriptor, text_of(value), &number, r->em);
    if (err) return tg_context(r->em, err, "%s", field->name);
    memcpy(at, &number, sizeof number);
    return TG_OK;
}

static tg_err read_message(const struct reader *r, const struct tg_message_info *info, const json_t *value,
                           ProtobufCMessage *msg);

static tg_err read_sub(const struct reader *r, const struct tg_field *field, const json_t *value, void *at)
{
    if (!json_is_object(value)) return want(r, field, "an object");
    ProtobufCMessage *msg = message_new(field->sub->pb, r);
    if (!msg) return no_memory(r);
    tg_err err = read_message(r, field->sub, value, msg);
    memcpy(at, &msg, sizeof msg);
    return err ? tg_path_in(r->em, err, field->name) : TG_OK;
}

static tg_err read_element(const struct reader *r, const struct tg_field *field,
                           const ProtobufCFieldDescriptor *pb, const json_t *value, void *at)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        return read_sub(r, field, value, at);
    case TG_SHAPE_DATE:
        return read_date(r, field, value, at);
    case TG_SHAPE_ID:
        return read_id(r, field, value, at);
    case TG_SHAPE_TIME:
        return read_time(r, field, value, at);
    case TG_SHAPE_COUNT:
    case TG_SHAPE_NUMBER:
        return read_number(r, field, value, at);
    case TG_SHAPE_FLAG:
        return read_flag(r, field, value, at);
    case TG_SHAPE_ENUM:
        return read_enum(r, field, pb, value, at);
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
        return read_text(r, field, value, at);
    }
    return TG_OK;
}

static tg_err read_many(const struct reader *r, const struct tg_field *field,
                        const ProtobufCFieldDescriptor *pb, const json_t *value, ProtobufCMessage *msg)
{
    if (!json_is_array(value)) return want(r, field, "a list");
    size_t count = json_array_size(value);
    if (count > field->many) {
        return tg_fail(r->em, TG_ELIMIT, "%s: %zu of them, at most %u", field->name, count, field->many);
    }
    size_t each = pb->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    uint8_t *elements = tg_arena_take_array(r->arena, count, each);
    if (!elements) return no_memory(r);
    for (size_t i = 0; i < count; i++) {
        tg_err err = read_element(r, field, pb, json_array_get(value, i), elements + i * each);
        if (err) return tg_path_index(r->em, err, field->name, i);
    }
    set(msg, pb->offset, &elements, sizeof elements);
    set(msg, pb->quantifier_offset, &count, sizeof count);
    return TG_OK;
}

static tg_err read_field(const struct reader *r, const struct tg_message_info *info, size_t i,
                         const json_t *value, ProtobufCMessage *msg)
{
    const struct tg_field *field = &info->fields[i];
    const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
    if (field->many) return read_many(r, field, pb, value, msg);
    if (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) set(msg, pb->quantifier_offset, &pb->id, sizeof pb->id);
    return read_element(r, field, pb, value, (uint8_t *)msg + pb->offset);
}

static int field_of_name(const struct tg_message_info *info, const char *name)
{
    for (size_t i = 0; i < info->fields_count; i++) {
        if (strcmp(info->fields[i].name, name) == 0) return (int)i;
    }
    return -1;
}

/* What tg_record_to_json adds and nobody can set. */
static bool computed(const struct tg_message_info *info, const char *key)
{
    return info == &tg_selector_info && (strcmp(key, "normal") == 0 || strcmp(key, "refusal") == 0);
}

static tg_err unknown_key(const struct reader *r, const struct tg_message_info *info, const char *key)
{
    const char *names[TG_LIST_ITEMS_MAX];
    if (strcmp(key, "unknown") == 0) {
        return tg_fail(r->em, TG_EVALUE, "unknown: comes from a newer version and cannot be entered here");
    }
    for (size_t i = 0; i < info->fields_count; i++) names[i] = info->fields[i].name;
    const char *nearest = tg_text_nearest(key, names, info->fields_count);
    if (nearest) return tg_fail(r->em, TG_EVALUE, "%.64s: unknown key; did you mean '%s'?", key, nearest);
    return tg_fail(r->em, TG_EVALUE, "%.64s: unknown key; see docs/records.md for the fields of %s", key,
                   info->name);
}

/* Recursion is bounded by the schema. */
static tg_err read_message(const struct reader *r, const struct tg_message_info *info, const json_t *value,
                           ProtobufCMessage *msg)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        int i = field_of_name(info, key);
        if (i < 0 && computed(info, key)) continue;
        if (i < 0) return unknown_key(r, info, key);
        if (json_is_null(member)) continue;
        tg_err err = read_field(r, info, (size_t)i, member, msg);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err read_head(const struct reader *r, const json_t *root, Tamga__V1__Record *msg)
{
    const json_t *head = json_object_get(root, "head");
    if (!json_is_object(head)) return tg_fail(r->em, TG_EVALUE, "head: is missing; it must be an object");
    msg->head = (Tamga__V1__Head *)message_new(tg_head_info.pb, r);
    if (!msg->head) return no_memory(r);
    tg_err err = read_message(r, &tg_head_info, head, &msg->head->base);
    return err ? tg_path_in(r->em, err, "head") : TG_OK;
}

static tg_err read_body(const struct reader *r, const json_t *root, const struct tg_kind_row *kind,
                        Tamga__V1__Record *msg)
{
    const json_t *body = json_object_get(root, kind->name);
    if (!json_is_object(body))
        return tg_fail(r->em, TG_EVALUE, "%s: is missing; it must be an object", kind->name);
    ProtobufCMessage *body_msg = message_new(kind->info->pb, r);
    if (!body_msg) return no_memory(r);
    msg->body_case = (Tamga__V1__Record__BodyCase)kind->kind;
    msg->alert = (Tamga__V1__Alert *)body_msg;
    tg_err err = read_message(r, kind->info, body, body_msg);
    return err ? tg_path_in(r->em, err, kind->name) : TG_OK;
}

static tg_err read_kind(const struct reader *r, const json_t *root, const struct tg_kind_row **ret_kind)
{
    const json_t *value = json_object_get(root, "kind");
    enum tg_kind kind;
    const char *names[TG_LIST_ITEMS_MAX];
    if (!json_is_string(value))
        return tg_fail(r->em, TG_EVALUE, "kind: is missing; it must be a name such as 'alert'");
    if (tg_kind_from_name(text_of(value), &kind)) {
        *ret_kind = tg_kind_row_of(kind);
        return TG_OK;
    }
    for (size_t i = 0; i < tg_kind_rows_count; i++) names[i] = tg_kind_rows[i].name;
    const char *nearest = tg_text_nearest(json_string_value(value), names, tg_kind_rows_count);
    return tg_fail(r->em, TG_EVALUE, "kind: unknown name '%.64s'; %s '%s'%s", json_string_value(value),
                   nearest ? "did you mean" : "use one such as", nearest ? nearest : "alert",
                   nearest ? "?" : "");
}

static tg_err check_top_keys(const struct reader *r, const json_t *root, const struct tg_kind_row *kind)
{
    static const char *const known[] = {"v", "kind", "id", "digest", "newer", "summary", "head"};
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)root, key, member)
    {
        bool found = strcmp(key, kind->name) == 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) found = found || strcmp(key, known[i]) == 0;
        if (!found)
            return tg_fail(r->em, TG_EVALUE, "%.64s: unknown key; a record has head and %s", key, kind->name);
    }
    const json_t *version = json_object_get(root, "v");
    if (version && (!json_is_integer(version) || json_integer_value(version) != 1)) {
        return tg_fail(r->em, TG_EVERSION, "v: only version 1 is known here");
    }
    return TG_OK;
}

static tg_err read_record(const struct reader *r, const json_t *root, struct tg_view *ret_bytes)
{
    const struct tg_kind_row *kind = NULL;
    Tamga__V1__Record *msg = (Tamga__V1__Record *)message_new(&tamga__v1__record__descriptor, r);
    if (!msg) return no_memory(r);
    if (!json_is_object(root)) return tg_fail(r->em, TG_EFORMAT, "a record is one JSON object");
    tg_err err = read_kind(r, root, &kind);
    if (!err) err = check_top_keys(r, root, kind);
    if (!err) err = read_head(r, root, msg);
    if (!err) err = read_body(r, root, kind, msg);
    return err ? err : tg_record_pack(msg, r->arena, ret_bytes, r->em);
}

/* Objects and lists within one another, before the parser sees them. */
static size_t nesting(struct tg_view text)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.data[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            deepest = ++depth > deepest ? depth : deepest;
        else if ((c == '}' || c == ']') && depth)
            depth--;
    }
    return deepest;
}

/* What is written must be readable within the budget that readers give it. */
static tg_err read_back(struct tg_view bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_record *rec;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_record_decode(bytes, &arena, &rec, em);
    return err == TG_ENOMEM ? tg_fail(em, TG_ELIMIT, "record has too many parts; split it") : err;
}

tg_err tg_record_from_json(struct tg_view text, struct tg_arena *arena, struct tg_view *ret_bytes,
                           struct tg_errmsg *em)
{
    struct reader r = {.arena = arena, .em = em};
    struct tg_view bytes;
    json_error_t error;
    if (text.bytes > TG_JSON_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "JSON of %zu bytes, at most %d", text.bytes, TG_JSON_BYTES_MAX);
    }
    if (nesting(text) > TG_JSON_DEPTH_MAX) {
        return tg_fail(em, TG_ELIMIT, "JSON nested deeper than %d", TG_JSON_DEPTH_MAX);
    }
    json_t *root =
        json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!root) {
        return tg_fail(em, TG_EFORMAT, "no valid JSON at line %d, column %d: %s", error.line, error.column,
                       error.text);
    }
    tg_err err = read_record(&r, root, &bytes);
    json_decref(root);
    if (!err) err = read_back(bytes, em);
    if (!err) *ret_bytes = bytes;
    return err;
}
