/* A record line by line, for people.
 *
 * Must not know: terminals (values are not escaped here), bytes. Walks the table of fields.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "proto/record_fields.h"

#define LABEL_BYTES 64

#define ID_FRONT_BYTES 6

struct lines {
    tg_record_line *line;
    void *ctx;
    struct tg_buf value; /* reused */
};

static tg_err emit(struct lines *lines, unsigned depth, const char *label)
{
    char words[LABEL_BYTES];
    size_t i = 0;
    for (; label[i] && i < sizeof words - 1; i++) words[i] = label[i] == '_' ? ' ' : label[i];
    words[i] = '\0';
    return lines->line(lines->ctx, depth, words, tg_buf_view(&lines->value));
}

static tg_err put_words(struct tg_buf *out, const char *name)
{
    tg_err err = TG_OK;
    for (; *name && !err; name++) err = tg_buf_put(out, *name == '_' ? " " : name, 1);
    return err;
}

/* TLP and PAP as their standards write them, grades as a letter, everything else in words. */
static tg_err put_enum(struct tg_buf *out, const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                       int32_t value)
{
    const char *name = tg_enum_name_pb(pb->descriptor, value);
    if (!name) return tg_buf_putf(out, "%" PRId32 " (newer than this program)", value);
    bool label = strcmp(field->name, "tlp") == 0 || strcmp(field->name, "pap") == 0;
    if (!label && !(field->flags & TG_FIELD_UPPER)) return put_words(out, name);
    tg_err err = label ? tg_buf_put_str(out, field->name[0] == 't' ? "TLP:" : "PAP:") : TG_OK;
    for (; *name && !err; name++) {
        char c = *name == '_' ? '+' : (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
        err = tg_buf_put(out, &c, 1);
    }
    return err;
}

static tg_err put_date(struct tg_buf *out, const ProtobufCMessage *msg)
{
    struct tg_date date;
    char text[TG_DATE_TEXT_BYTES] = "";
    if (tg_pb_date(msg, &date) && tg_date_known(date)) tg_date_format(date, text);
    return tg_buf_put_str(out, text);
}

static tg_err put_time(struct tg_buf *out, int64_t ms)
{
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(ms, text);
    return tg_buf_put_str(out, text);
}

static tg_err put_id(struct tg_buf *out, struct tg_view id)
{
    char text[TG_HEX_BYTES(TG_HASH_BYTES)];
    if (id.bytes != TG_HASH_BYTES) return TG_OK;
    tg_hex_encode(id.data, id.bytes, text);
    return tg_buf_put_str(out, text);
}

static tg_err put_leaf(struct tg_buf *out, const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                       const void *at)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_DATE:
        return put_date(out, tg_pb_message(at));
    case TG_SHAPE_TIME:
        return put_time(out, tg_pb_i64(at));
    case TG_SHAPE_ID:
        return put_id(out, tg_pb_bytes(at));
    case TG_SHAPE_ENUM:
        return put_enum(out, field, pb, tg_pb_i32(at));
    case TG_SHAPE_COUNT:
        return tg_buf_putf(out, "%" PRIu32, (uint32_t)tg_pb_i32(at));
    case TG_SHAPE_NUMBER:
        return tg_buf_putf(out, "%" PRId32, tg_pb_i32(at));
    case TG_SHAPE_FLAG:
        return tg_buf_put_str(out, tg_pb_i32(at) ? "yes" : "no");
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
        return tg_buf_put_str(out, tg_pb_text(at));
    case TG_SHAPE_MESSAGE:
        break;
    }
    return TG_OK;
}

/* Messages that read best on one line: which field leads, the others follow in brackets. */
static const struct {
    const ProtobufCMessageDescriptor *pb;
    const char *lead; /* "" : none, everything in order */
} one_liners[] = {
    {&tamga__v1__name__descriptor, "text"},
    {&tamga__v1__birth__descriptor, "date"},
    {&tamga__v1__nationality__descriptor, "country"},
    {&tamga__v1__document__descriptor, "number"},
    {&tamga__v1__selector__descriptor, "value"},
    {&tamga__v1__reference__descriptor, "id"},
    {&tamga__v1__facility_ref__descriptor, "name"},
    {&tamga__v1__estimate__descriptor, ""},
    {&tamga__v1__casualties__descriptor, "group"},
    {&tamga__v1__place__descriptor, ""},
    {&tamga__v1__subject__descriptor, "name"},
    {&tamga__v1__occupancy__descriptor, ""},
    {&tamga__v1__point__descriptor, ""},
};

static const char *one_liner_lead(const struct tg_message_info *info)
{
    for (size_t i = 0; i < sizeof one_liners / sizeof *one_liners; i++) {
        if (one_liners[i].pb == info->pb) return one_liners[i].lead;
    }
    return NULL;
}

/* Fields whose value tells by itself what it is. */
static bool needs_label(const struct tg_field *field)
{
    static const char *const bare[] = {"kind",   "script",       "type",   "role",     "country",
                                       "region", "city",         "street", "name",     "text",
                                       "note",   "country_text", "value",  "type_text"};
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
        if (strcmp(bare[i], field->name) == 0) return false;
    }
    return true;
}

static tg_err put_joined(struct tg_buf *out, const struct tg_message_info *info, const ProtobufCMessage *msg,
                         const char *lead);

/* The front of an id tells which record beside its name; a whole one fits no line. */
static tg_err put_id_front(struct tg_buf *out, struct tg_view id)
{
    char text[TG_HEX_BYTES(ID_FRONT_BYTES)];
    if (id.bytes != TG_HASH_BYTES) return TG_OK;
    tg_hex_encode(id.data, ID_FRONT_BYTES, text);
    return tg_buf_putf(out, "id %s…", text);
}

static tg_err put_part(struct tg_buf *out, const struct tg_message_info *info, size_t i,
                       const ProtobufCMessage *msg, bool led)
{
    const struct tg_field *field = &info->fields[i];
    const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
    const void *at = tg_pb_at(msg, pb, 0);
    if (field->shape == TG_SHAPE_MESSAGE) return put_joined(out, field->sub, tg_pb_message(at), "");
    tg_err err = TG_OK;
    if (field->shape == TG_SHAPE_FLAG) return put_words(out, field->name);
    if (field->shape == TG_SHAPE_ID && led) return put_id_front(out, tg_pb_bytes(at));
    if (needs_label(field)) {
        err = put_words(out, field->name);
        if (!err) err = tg_buf_put_str(out, " ");
    }
    return err ? err : put_leaf(out, field, pb, at);
}

/* The selector's normal form where it differs from what was written, or why there is none. */
static tg_err put_normal(struct tg_buf *out, const ProtobufCMessage *msg, const char *separator)
{
    Tamga__V1__Selector parts;
    struct tg_selector selector;
    struct tg_errmsg em = {0};
    memcpy(&parts, msg, sizeof parts);
    tg_err err = tg_selector_of_message(&parts, &selector, &em);
    if (err) return tg_buf_putf(out, "%snot matched: %s", separator, tg_errmsg_text(&em, err));
    if (tg_view_equal_str(tg_selector_form(&selector), parts.value)) return TG_OK;
    return tg_buf_putf(out, "%s= %s", separator, selector.form);
}

/* "value (a, b, c)" or "a, b, c". */
static tg_err put_joined(struct tg_buf *out, const struct tg_message_info *info, const ProtobufCMessage *msg,
                         const char *lead)
{
    tg_err err = TG_OK;
    size_t start = out->bytes, parts = 0;
    for (size_t i = 0; i < info->fields_count && !err; i++) {
        if (strcmp(info->fields[i].name, lead) == 0)
            err =
                put_leaf(out, &info->fields[i], tg_pb_field(info, i), tg_pb_at(msg, tg_pb_field(info, i), 0));
    }
    bool led = out->bytes > start;
    for (size_t i = 0; i < info->fields_count && !err; i++) {
        bool skip = strcmp(info->fields[i].name, lead) == 0 || !tg_pb_count(msg, tg_pb_field(info, i));
        if (skip) continue;
        err = tg_buf_put_str(out, parts++ ? ", " : (led ? " (" : ""));
        if (!err) err = put_part(out, info, i, msg, led);
    }
    size_t before = out->bytes;
    if (!err && info == &tg_selector_info) err = put_normal(out, msg, parts ? ", " : " (");
    parts += out->bytes > before;
    return !err && led && parts ? tg_buf_put_str(out, ")") : err;
}

static tg_err walk_message(struct lines *lines, const struct tg_message_info *info,
                           const ProtobufCMessage *msg, unsigned depth);

static tg_err walk_element(struct lines *lines, const struct tg_message_info *info, size_t i, const void *at,
                           unsigned depth)
{
    const struct tg_field *field = &info->fields[i];
    tg_buf_clear(&lines->value);
    if (field->shape != TG_SHAPE_MESSAGE) {
        tg_err err = put_leaf(&lines->value, field, tg_pb_field(info, i), at);
        return err ? err : emit(lines, depth, field->name);
    }
    const ProtobufCMessage *msg = tg_pb_message(at);
    const char *lead = one_liner_lead(field->sub);
    tg_err err = lead ? put_joined(&lines->value, field->sub, msg, lead) : TG_OK;
    if (!err) err = emit(lines, depth, field->name);
    return err || lead ? err : walk_message(lines, field->sub, msg, depth + 1);
}

static tg_err walk_unknown(struct lines *lines, const ProtobufCMessage *msg, unsigned depth)
{
    for (unsigned i = 0; i < msg->n_unknown_fields; i++) {
        tg_buf_clear(&lines->value);
        tg_err err = tg_buf_putf(&lines->value, "field %" PRIu32 ", %zu bytes, newer than this program",
                                 msg->unknown_fields[i].tag, msg->unknown_fields[i].len);
        if (!err) err = emit(lines, depth, "unknown");
        if (err) return err;
    }
    return TG_OK;
}

/* Recursion is bounded by the schema. */
static tg_err walk_message(struct lines *lines, const struct tg_message_info *info,
                           const ProtobufCMessage *msg, unsigned depth)
{
    for (size_t i = 0; i < info->fields_count; i++) {
        const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
        size_t count = tg_pb_count(msg, pb);
        if (!count && (info->fields[i].flags & TG_FIELD_ZERO_STATED)) count = 1;
        for (size_t n = 0; n < count; n++) {
            tg_err err = walk_element(lines, info, i, tg_pb_at(msg, pb, n), depth);
            if (err) return err;
        }
    }
    return walk_unknown(lines, msg, depth);
}

static tg_err walk_record(struct lines *lines, const struct tg_record *rec)
{
    const Tamga__V1__Record *msg = rec->wire;
    const struct tg_kind_row *kind = tg_kind_row_of(rec->kind);
    tg_err err = tg_record_summary(rec, &lines->value);
    if (!err) err = emit(lines, 0, "record");
    if (!err && kind) err = walk_message(lines, kind->info, &msg->alert->base, 0);
    if (!err) err = walk_message(lines, &tg_head_info, &msg->head->base, 0);
    return err ? err : walk_unknown(lines, &msg->base, 0);
}

tg_err tg_record_lines(const struct tg_record *rec, tg_record_line *line, void *ctx)
{
    struct lines lines = {.line = line, .ctx = ctx};
    tg_err err = walk_record(&lines, rec);
    tg_buf_release(&lines.value);
    return err;
}
