/* Records → JSON, one line each, keys in the order of the schema.
 *
 * Must not know: who reads it. Described in docs/records.md.
 */
#include "proto/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "proto/record_fields.h"

/* Characters that JSON does not take as they are; -1: write \u00XX. */
static int short_escape(uint8_t c)
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return c < 0x20 || c == 0x7f ? -1 : 0;
    }
}

static tg_err put_escape(struct tg_buf *out, uint8_t c)
{
    int escape = short_escape(c);
    return escape < 0 ? tg_buf_putf(out, "\\u%04x", c) : tg_buf_putf(out, "\\%c", escape);
}

/* Bytes at the front that can be written as they are; 0 when the first must be escaped or replaced. */
static size_t plain_run(struct tg_view text, bool valid)
{
    size_t run = 0;
    while (run < text.bytes && short_escape(text.data[run]) == 0 && (valid || text.data[run] < 0x80)) run++;
    return run;
}

/* Length of the valid UTF-8 sequence at the front, or 0. */
static size_t sequence_bytes(struct tg_view text)
{
    for (size_t bytes = 1; bytes <= 4 && bytes <= text.bytes; bytes++) {
        if (tg_utf8_valid(tg_view_of(text.data, bytes))) return bytes;
    }
    return 0;
}

tg_err tg_json_put_text(struct tg_buf *out, struct tg_view text)
{
    bool valid = tg_utf8_valid(text);
    tg_err err = tg_buf_put_str(out, "\"");
    while (!err && text.bytes) {
        size_t run = plain_run(text, valid);
        size_t sequence = run || text.data[0] < 0x80 ? 0 : sequence_bytes(text);
        size_t take = run ? run : (sequence ? sequence : 1);
        if (run || sequence)
            err = tg_buf_put(out, text.data, take);
        else if (text.data[0] < 0x80)
            err = put_escape(out, text.data[0]);
        else
            err = tg_buf_put_str(out, "\xEF\xBF\xBD");
        text = tg_view_of(text.data + take, text.bytes - take);
    }
    return err ? err : tg_buf_put_str(out, "\"");
}

struct writer {
    struct tg_buf *out;
    tg_err err; /* the first failure; nothing is written after it */
};

static void put(struct writer *w, const char *text)
{
    if (!w->err) w->err = tg_buf_put_str(w->out, text);
}
static void put_text(struct writer *w, struct tg_view text)
{
    if (!w->err) w->err = tg_json_put_text(w->out, text);
}
static void put_number(struct writer *w, int64_t value)
{
    if (!w->err) w->err = tg_buf_putf(w->out, "%" PRId64, value);
}
static void put_key(struct writer *w, const char *key, bool *first)
{
    put(w, *first ? "\"" : ",\"");
    put(w, key);
    put(w, "\":");
    *first = false;
}
static void put_hex(struct writer *w, struct tg_view bytes)
{
    put(w, "\"");
    for (size_t i = 0; i < bytes.bytes && !w->err; i++) w->err = tg_buf_putf(w->out, "%02x", bytes.data[i]);
    put(w, "\"");
}

static void put_time(struct writer *w, int64_t ms)
{
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(ms, text);
    unsigned fraction = (unsigned)(ms % 1000);
    size_t length = strlen(text);
    if (fraction && !w->err) w->err = tg_buf_putf(w->out, "\"%.*s.%03uZ\"", (int)length - 1, text, fraction);
    if (!fraction) put_text(w, tg_view_str(text));
}

static void put_date(struct writer *w, const ProtobufCMessage *msg)
{
    struct tg_date date;
    char text[TG_DATE_TEXT_BYTES] = "";
    if (tg_pb_date(msg, &date)) tg_date_format(date, text);
    put_text(w, tg_view_str(text));
}

static void put_enum(struct writer *w, const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                     int32_t value)
{
    const char *name = tg_enum_name_pb(pb->descriptor, value);
    if (!name) {
        put_number(w, value);
        return;
    }
    bool letter = (field->flags & TG_FIELD_UPPER) && name[0] && !name[1];
    char upper[2] = {name[0], '\0'};
    if (letter && upper[0] >= 'a' && upper[0] <= 'z') upper[0] = (char)(upper[0] - 'a' + 'A');
    put_text(w, tg_view_str(letter ? upper : name));
}

static void put_message(struct writer *w, const struct tg_message_info *info, const ProtobufCMessage *msg);

static void put_element(struct writer *w, const struct tg_field *field, const ProtobufCFieldDescriptor *pb,
                        const void *at)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        put_message(w, field->sub, tg_pb_message(at));
        break;
    case TG_SHAPE_DATE:
        put_date(w, tg_pb_message(at));
        break;
    case TG_SHAPE_ID:
        put_hex(w, tg_pb_bytes(at));
        break;
    case TG_SHAPE_TIME:
        put_time(w, tg_pb_i64(at));
        break;
    case TG_SHAPE_COUNT:
        put_number(w, (uint32_t)tg_pb_i32(at));
        break;
    case TG_SHAPE_NUMBER:
        put_number(w, tg_pb_i32(at));
        break;
    case TG_SHAPE_FLAG:
        put(w, tg_pb_i32(at) ? "true" : "false");
        break;
    case TG_SHAPE_ENUM:
        put_enum(w, field, pb, tg_pb_i32(at));
        break;
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
        put_text(w, tg_view_str(tg_pb_text(at)));
        break;
    }
}

static void put_field(struct writer *w, const struct tg_message_info *info, size_t i,
                      const ProtobufCMessage *msg, bool *first)
{
    const struct tg_field *field = &info->fields[i];
    const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
    size_t count = tg_pb_count(msg, pb);
    if (count == 0 && !(field->flags & TG_FIELD_ZERO_STATED)) return;
    put_key(w, field->name, first);
    if (!field->many) {
        put_element(w, field, pb, tg_pb_at(msg, pb, 0));
        return;
    }
    for (size_t n = 0; n < count; n++) {
        put(w, n ? "," : "[");
        put_element(w, field, pb, tg_pb_at(msg, pb, n));
    }
    put(w, "]");
}

/* Computed parts of a selector; the masked form stands for a value that must not be shown. */
static void put_selector(struct writer *w, const ProtobufCMessage *msg)
{
    Tamga__V1__Selector parts;
    struct tg_selector selector;
    struct tg_errmsg em = {0};
    memcpy(&parts, msg, sizeof parts);
    tg_err err = tg_selector_of_message(&parts, &selector, &em);
    put(w, err ? ",\"refusal\":" : ",\"normal\":");
    put_text(w, err ? tg_view_str(tg_errmsg_text(&em, err)) : tg_selector_form(&selector));
}

static void put_unknown(struct writer *w, const ProtobufCMessage *msg, bool *first)
{
    if (!msg->n_unknown_fields) return;
    put_key(w, "unknown", first);
    for (unsigned i = 0; i < msg->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &msg->unknown_fields[i];
        put(w, i ? ",{\"field\":" : "[{\"field\":");
        put_number(w, field->tag);
        put(w, ",\"wire\":");
        put_number(w, (int)field->wire_type);
        put(w, ",\"hex\":");
        put_hex(w, tg_view_of(field->data, field->len));
        put(w, "}");
    }
    put(w, "]");
}

/* Recursion is bounded by the schema. */
static void put_message(struct writer *w, const struct tg_message_info *info, const ProtobufCMessage *msg)
{
    bool first = true;
    put(w, "{");
    for (size_t i = 0; i < info->fields_count; i++) put_field(w, info, i, msg, &first);
    if (info == &tg_selector_info) put_selector(w, msg);
    put_unknown(w, msg, &first);
    put(w, "}");
}

static void put_record(struct writer *w, const struct tg_record *rec)
{
    const Tamga__V1__Record *msg = rec->wire;
    bool first = false;
    put(w, "{\"v\":1,\"kind\":");
    put_text(w, tg_view_str(tg_kind_name(rec->kind)));
    put(w, ",\"id\":");
    put_hex(w, TG_VIEW_ARRAY(rec->id.bytes));
    put(w, ",\"digest\":");
    put_hex(w, TG_VIEW_ARRAY(rec->digest.bytes));
    if (rec->newer) put(w, ",\"newer\":true");
    put(w, ",\"head\":");
    put_message(w, &tg_head_info, &msg->head->base);
    const struct tg_kind_row *kind = tg_kind_row_of(rec->kind);
    if (kind) {
        put_key(w, kind->name, &first);
        put_message(w, kind->info, &msg->alert->base);
    }
    put_unknown(w, &msg->base, &first);
    put(w, "}");
}

tg_err tg_record_to_json(const struct tg_record *rec, struct tg_buf *out)
{
    struct writer w = {.out = out, .err = TG_OK};
    size_t before = out->bytes;
    put_record(&w, rec);
    if (w.err) out->bytes = before;
    return w.err;
}
