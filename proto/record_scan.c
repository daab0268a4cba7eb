/* First look at a record's bytes, before anything is allocated: shape, depth, counts, lengths, repetitions.
 *
 * protobuf-c has no depth limit and multiplies memory; after this scan neither can hurt. Must not know: values.
 * Described in docs/records.md.
 */
#include <string.h>

#include "proto/record_fields.h"
#include "proto/record_walk.h"

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static bool varint_take(struct tg_view *left, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 10 && i < left->bytes; i++) {
        uint8_t byte = left->data[i];
        if (i == 9 && byte > 1) return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        *left = tg_view_of(left->data + i + 1, left->bytes - i - 1);
        *ret_value = value;
        return true;
    }
    return false;
}

static bool bytes_take(struct tg_view *left, uint64_t bytes, struct tg_view *ret_view)
{
    if (bytes > left->bytes) return false;
    *ret_view = tg_view_of(left->data, (size_t)bytes);
    *left = tg_view_of(left->data + bytes, left->bytes - (size_t)bytes);
    return true;
}

tg_err tg_raw_next(struct tg_view *left, struct tg_raw_field *ret_field)
{
    const uint8_t *start = left->data;
    struct tg_view at = *left;
    uint64_t tag, value = 0;
    struct tg_raw_field field = {0};
    if (!varint_take(&at, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911) return TG_EFORMAT;
    field.number = (uint32_t)(tag >> 3);
    field.wire_type = (uint8_t)(tag & 7);
    bool whole = false;
    switch (field.wire_type) {
    case WIRE_VARINT:
        whole = varint_take(&at, &value);
        break;
    case WIRE_64:
        whole = bytes_take(&at, 8, &field.value);
        break;
    case WIRE_32:
        whole = bytes_take(&at, 4, &field.value);
        break;
    case WIRE_BYTES:
        whole = varint_take(&at, &value) && bytes_take(&at, value, &field.value);
        break;
    default:
        return TG_EFORMAT;
    }
    if (!whole) return TG_ESHORT;
    field.whole = tg_view_of(start, (size_t)(at.data - start));
    *left = at;
    *ret_field = field;
    return TG_OK;
}

struct scan {
    size_t fields_left;
    struct tg_errmsg *em;
};

static uint8_t wire_type_of(const ProtobufCFieldDescriptor *field)
{
    bool bytes = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES ||
                 field->type == PROTOBUF_C_TYPE_MESSAGE;
    return bytes ? WIRE_BYTES : WIRE_VARINT; /* the schema has no fixed-width field */
}

static tg_err scan_text(const struct tg_field *field, struct tg_view value, struct tg_errmsg *em)
{
    if (value.bytes > field->max_bytes) {
        return tg_fail(em, TG_ELIMIT, "%s: %zu bytes, at most %u", field->name, value.bytes,
                       field->max_bytes);
    }
    if (field->shape != TG_SHAPE_ID && value.bytes && memchr(value.data, 0, value.bytes)) {
        return tg_fail(em, TG_EVALUE, "%s: holds a NUL character", field->name);
    }
    return TG_OK;
}

/* Nothing but the three numbers, each at most once. */
static tg_err scan_date(const char *name, struct tg_view left, struct scan *scan)
{
    unsigned seen = 0;
    while (left.bytes) {
        struct tg_raw_field wire;
        tg_err err = tg_raw_next(&left, &wire);
        if (err) return tg_fail(scan->em, err, "%s: no protobuf message", name);
        if (scan->fields_left-- == 0)
            return tg_fail(scan->em, TG_ELIMIT, ": more than %d fields", TG_RECORD_FIELDS_MAX);
        if (wire.number > 3) continue;
        if (wire.wire_type != WIRE_VARINT)
            return tg_fail(scan->em, TG_EFORMAT, "%s: of another wire type", name);
        if (seen & (1u << wire.number)) return tg_fail(scan->em, TG_EFORMAT, "%s: a part stands twice", name);
        seen |= 1u << wire.number;
    }
    return TG_OK;
}

static tg_err scan_message(const struct tg_message_info *info, struct tg_view left, struct scan *scan);

static tg_err scan_value(const struct tg_field *field, struct tg_view value, struct scan *scan)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE: {
        tg_err err = scan_message(field->sub, value, scan);
        return err ? tg_path_in(scan->em, err, field->name) : TG_OK;
    }
    case TG_SHAPE_DATE:
        return scan_date(field->name, value, scan);
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
    case TG_SHAPE_ID:
        return scan_text(field, value, scan->em);
    case TG_SHAPE_TIME:
    case TG_SHAPE_COUNT:
    case TG_SHAPE_NUMBER:
    case TG_SHAPE_FLAG:
    case TG_SHAPE_ENUM:
        break;
    }
    return TG_OK;
}

/* One field of a message; counts holds how often each of its known fields stood. */
static tg_err scan_field(const struct tg_message_info *info, const struct tg_raw_field *wire,
                         uint16_t *counts, struct scan *scan)
{
    int i = tg_field_of_number(info, wire->number);
    if (i < 0) return TG_OK;
    const struct tg_field *field = &info->fields[i];
    if (wire->wire_type != wire_type_of(tg_pb_field(info, (size_t)i))) {
        return tg_fail(scan->em, TG_EFORMAT, "%s: of another wire type", field->name);
    }
    unsigned most = field->many ? field->many : 1;
    if (counts[i] >= most) {
        if (field->many) return tg_fail(scan->em, TG_ELIMIT, "%s: more than %u", field->name, most);
        return tg_fail(scan->em, TG_EFORMAT, "%s: stands twice", field->name);
    }
    counts[i]++;
    return scan_value(field, wire->value, scan);
}

/* Recursion is bounded by the schema, which has no recursive type: unknown fields are not entered. */
static tg_err scan_message(const struct tg_message_info *info, struct tg_view left, struct scan *scan)
{
    uint16_t counts[TG_MESSAGE_FIELDS_KNOWN_MAX] = {0};
    while (left.bytes) {
        struct tg_raw_field wire;
        tg_err err = tg_raw_next(&left, &wire);
        if (err) return tg_fail(scan->em, err, ": no protobuf message");
        if (scan->fields_left-- == 0)
            return tg_fail(scan->em, TG_ELIMIT, ": more than %d fields", TG_RECORD_FIELDS_MAX);
        err = scan_field(info, &wire, counts, scan);
        if (err) return err;
    }
    return TG_OK;
}

/* Head or a body that is known; others are left alone. */
static tg_err scan_top(const struct tg_raw_field *wire, unsigned *heads, unsigned *bodies, struct scan *scan)
{
    const struct tg_kind_row *kind = tg_kind_row_of((enum tg_kind)wire->number);
    bool head = wire->number == TG_RECORD_HEAD_NUMBER;
    if (!head && !kind) return TG_OK;
    if (wire->wire_type != WIRE_BYTES)
        return tg_fail(scan->em, TG_EFORMAT, "head or body of another wire type");
    if (head && ++*heads > 1) return tg_fail(scan->em, TG_EFORMAT, "the head stands twice");
    if (kind && ++*bodies > 1) return tg_fail(scan->em, TG_EFORMAT, "more than one body");
    tg_err err = scan_message(head ? &tg_head_info : kind->info, wire->value, scan);
    return err ? tg_path_in(scan->em, err, head ? "head" : kind->name) : TG_OK;
}

tg_err tg_record_scan(struct tg_view bytes, struct tg_errmsg *em)
{
    if (bytes.bytes > TG_RECORD_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "record of %zu bytes, at most %d", bytes.bytes, TG_RECORD_BYTES_MAX);
    }
    struct scan scan = {.fields_left = TG_RECORD_FIELDS_MAX, .em = em};
    unsigned heads = 0, bodies = 0, others = 0;
    for (struct tg_view left = bytes; left.bytes;) {
        struct tg_raw_field wire;
        tg_err err = tg_raw_next(&left, &wire);
        if (err) return tg_fail(em, err, "record is no protobuf message");
        if (scan.fields_left-- == 0)
            return tg_fail(em, TG_ELIMIT, "more than %d fields", TG_RECORD_FIELDS_MAX);
        others += wire.number != TG_RECORD_HEAD_NUMBER && !tg_kind_row_of((enum tg_kind)wire.number);
        err = scan_top(&wire, &heads, &bodies, &scan);
        if (err) return err;
    }
    if (!heads) return tg_fail(em, TG_EVALUE, "record has no head");
    if (!bodies && !others) return tg_fail(em, TG_EVALUE, "record has no body");
    return TG_OK;
}

/* Calls take for the head's fields that belong to the content. */
static tg_err head_walk(struct tg_view head, void (*take)(void *ctx, struct tg_view part), void *ctx)
{
    while (head.bytes) {
        struct tg_raw_field wire;
        tg_err err = tg_raw_next(&head, &wire);
        if (err) return err;
        if (wire.number == TG_HEAD_REPORTED_NUMBER || wire.number == TG_HEAD_SUPERSEDES_NUMBER) continue;
        take(ctx, wire.whole);
    }
    return TG_OK;
}

static void count_take(void *ctx, struct tg_view part)
{
    size_t *bytes = ctx;
    *bytes += part.bytes;
}

static void hash_take(void *ctx, struct tg_view part)
{
    tg_sha256_update(ctx, part);
}

/* The head's bytes; TG_EFORMAT when the record is no message or has none. */
static tg_err head_find(struct tg_view bytes, struct tg_view *ret_head)
{
    bool found = false;
    while (bytes.bytes) {
        struct tg_raw_field wire;
        if (tg_raw_next(&bytes, &wire)) return TG_EFORMAT;
        if (wire.number != TG_RECORD_HEAD_NUMBER) continue;
        if (found || wire.wire_type != WIRE_BYTES) return TG_EFORMAT;
        *ret_head = wire.value;
        found = true;
    }
    return found ? TG_OK : TG_EFORMAT;
}

tg_err tg_record_digest(struct tg_view bytes, struct tg_hash *ret_digest)
{
    static const uint8_t label[] = "tamga/content/v1"; /* its NUL is part of it */
    struct tg_view head = {0};
    size_t head_bytes = 0;
    if (head_find(bytes, &head) || head_walk(head, count_take, &head_bytes)) return TG_EFORMAT;
    if (head_bytes > TG_RECORD_BYTES_MAX) return TG_EFORMAT;
    struct tg_sha256 state;
    uint8_t length[4];
    tg_be32_put(length, (uint32_t)head_bytes);
    tg_sha256_init(&state);
    tg_sha256_update(&state, TG_VIEW_ARRAY(label));
    tg_sha256_update(&state, TG_VIEW_ARRAY(length));
    (void)head_walk(head, hash_take, &state);
    while (bytes.bytes) {
        struct tg_raw_field wire;
        if (tg_raw_next(&bytes, &wire)) return TG_EFORMAT;
        if (wire.number != TG_RECORD_HEAD_NUMBER) tg_sha256_update(&state, wire.whole);
    }
    tg_sha256_final(&state, ret_digest);
    return TG_OK;
}

void tg_record_id(struct tg_view bytes, struct tg_hash *ret_id)
{
    tg_sha256_labelled("tamga/record/v1", bytes, ret_id);
}
