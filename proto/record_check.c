/* Every field of a record: shape, length, value, and what must be stated.
 *
 * Must not know: bytes, our own structs. The rules are those of docs/records.md.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "match/country.h"
#include "proto/record_fields.h"
#include "proto/record_rules.h"
#include "proto/record_walk.h"

struct ctx {
    struct tg_check *check;
    struct tg_errmsg *em;
};

/* C0, DEL, C1 and the Unicode line separators; breaks says whether newline and tab may stand. */
static bool is_control(uint32_t c, bool breaks)
{
    if (breaks && (c == '\n' || c == '\t')) return false;
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static tg_err check_words(const struct tg_field *field, struct tg_view text, struct tg_errmsg *em)
{
    if (!tg_utf8_valid(text)) return tg_fail(em, TG_EVALUE, "%s: is not valid UTF-8", field->name);
    bool breaks = field->shape == TG_SHAPE_BLOCK;
    for (struct tg_view left = text; left.bytes;) {
        uint32_t c = left.data[0];
        if (c >= 0x20 && c < 0x7f) {
            left = tg_view_of(left.data + 1, left.bytes - 1);
            continue;
        }
        c = tg_utf8_next(&left);
        if (is_control(c, breaks)) {
            return tg_fail(em, TG_EVALUE, "%s: holds the control character U+%04X", field->name, (unsigned)c);
        }
    }
    return TG_OK;
}

static bool key_char(char c)
{
    return (c >= 'a' && c <= 'z') || tg_ascii_is_digit(c) || c == '_' || c == '.' || c == '-';
}
static bool language_char(char c)
{
    return tg_ascii_is_alnum(c) || c == '-';
}
static bool path_char(char c)
{
    return tg_ascii_is_digit(c) || c == '.';
}

static bool all_chars(struct tg_view text, bool (*allowed)(char c))
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (!allowed((char)text.data[i])) return false;
    }
    return true;
}

static bool upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}
static bool lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static tg_err check_country(const struct tg_field *field, struct tg_view text, const struct ctx *ctx)
{
    bool shaped = text.bytes == 2 && upper(text.data[0]) && upper(text.data[1]);
    bool known = shaped && (!ctx->check->authoring || tg_country_of_code(text));
    if (known) return TG_OK;
    return tg_fail(ctx->em, TG_EVALUE, "%s: '%.*s' is no ISO 3166 country code; write two capital letters",
                   field->name, (int)(text.bytes < 16 ? text.bytes : 16), (const char *)text.data);
}

static tg_err check_code(const struct tg_field *field, struct tg_view text, struct tg_errmsg *em)
{
    const uint8_t *c = text.data;
    if (field->shape == TG_SHAPE_SCRIPT) {
        bool script = text.bytes == 4 && upper(c[0]) && lower(c[1]) && lower(c[2]) && lower(c[3]);
        return script ? TG_OK
                      : tg_fail(em, TG_EVALUE, "%s: is no ISO 15924 code such as 'Cyrl'", field->name);
    }
    if (field->shape == TG_SHAPE_LANGUAGE) {
        bool language = text.bytes >= 2 && all_chars(text, language_char);
        return language ? TG_OK : tg_fail(em, TG_EVALUE, "%s: is no BCP 47 tag such as 'tg'", field->name);
    }
    if (field->shape == TG_SHAPE_PATH) {
        return all_chars(text, path_char)
                   ? TG_OK
                   : tg_fail(em, TG_EVALUE, "%s: is no path of field numbers such as '1.40'", field->name);
    }
    return all_chars(text, key_char)
               ? TG_OK
               : tg_fail(em, TG_EVALUE, "%s: only a-z, 0-9, '_', '.' and '-' may stand here", field->name);
}

static tg_err check_text(const struct tg_field *field, const char *text, const struct ctx *ctx)
{
    struct tg_view view = tg_view_str(text);
    if (view.bytes > field->max_bytes && field->shape != TG_SHAPE_COUNTRY &&
        field->shape != TG_SHAPE_SCRIPT) {
        return tg_fail(ctx->em, TG_ELIMIT, "%s: %zu bytes, at most %u; shorten it", field->name, view.bytes,
                       field->max_bytes);
    }
    tg_err err = check_words(field, view, ctx->em);
    if (err || !view.bytes || field->shape == TG_SHAPE_LINE || field->shape == TG_SHAPE_BLOCK) return err;
    if (field->shape == TG_SHAPE_COUNTRY) return check_country(field, view, ctx);
    return check_code(field, view, ctx->em);
}

static tg_err check_date(const struct tg_field *field, const ProtobufCMessage *msg, const struct ctx *ctx)
{
    struct tg_date date;
    if (!msg) return TG_OK;
    if (msg->n_unknown_fields) ctx->check->newer = true;
    if (tg_pb_date(msg, &date)) return TG_OK;
    Tamga__V1__Date parts;
    memcpy(&parts, msg, sizeof parts);
    return tg_fail(ctx->em, TG_EVALUE, "%s: the calendar has no %d-%02d-%02d", field->name, (int)parts.year,
                   (int)parts.month, (int)parts.day);
}

static tg_err check_enum(const struct tg_field *field, const ProtobufCFieldDescriptor *pb, int32_t value,
                         const struct ctx *ctx)
{
    if (tg_enum_name_pb(pb->descriptor, value)) return TG_OK;
    if (ctx->check->authoring)
        return tg_fail(ctx->em, TG_EVALUE, "%s: %d is not known here", field->name, (int)value);
    ctx->check->newer = true;
    return TG_OK;
}

static tg_err check_id(const struct tg_field *field, struct tg_view id, struct tg_errmsg *em)
{
    if (id.bytes == 0 || id.bytes == TG_HASH_BYTES) return TG_OK;
    return tg_fail(em, TG_EVALUE, "%s: a record id has %d bytes, not %zu", field->name, TG_HASH_BYTES,
                   id.bytes);
}

static tg_err check_time(const struct tg_field *field, int64_t ms, struct tg_errmsg *em)
{
    if (ms >= 0 && ms <= TG_RECORD_TIME_MS_MAX) return TG_OK;
    return tg_fail(em, TG_EVALUE, "%s: no time between the years 1970 and 9999", field->name);
}

static tg_err check_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                            const struct ctx *ctx);

static tg_err check_element(const struct tg_field *field, const ProtobufCFieldDescriptor *pb, const void *at,
                            const struct ctx *ctx)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        return check_message(field->sub, tg_pb_message(at), ctx);
    case TG_SHAPE_DATE:
        return check_date(field, tg_pb_message(at), ctx);
    case TG_SHAPE_ENUM:
        return check_enum(field, pb, tg_pb_i32(at), ctx);
    case TG_SHAPE_ID:
        return check_id(field, tg_pb_bytes(at), ctx->em);
    case TG_SHAPE_TIME:
        return check_time(field, tg_pb_i64(at), ctx->em);
    case TG_SHAPE_COUNT:
    case TG_SHAPE_NUMBER:
    case TG_SHAPE_FLAG:
        return TG_OK;
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
        return check_text(field, tg_pb_text(at), ctx);
    }
    return TG_OK;
}

static tg_err place_fail(const struct tg_field *field, size_t i, const struct ctx *ctx, tg_err err)
{
    if (field->sub) (void)tg_path_in(ctx->em, err, field->name);
    return field->many ? tg_path_index(ctx->em, err, field->name, i) : err;
}

static tg_err check_field(const struct tg_message_info *info, size_t i, const ProtobufCMessage *msg,
                          const struct ctx *ctx)
{
    const struct tg_field *field = &info->fields[i];
    const ProtobufCFieldDescriptor *pb = tg_pb_field(info, i);
    size_t count = tg_pb_count(msg, pb);
    if (count == 0) {
        if (!(field->flags & TG_FIELD_REQUIRED)) return TG_OK;
        return tg_fail(ctx->em, TG_EVALUE, "%s: is missing; it must be stated", field->name);
    }
    if (field->many && count > field->many) {
        return tg_fail(ctx->em, TG_ELIMIT, "%s: %zu of them, at most %u", field->name, count, field->many);
    }
    for (size_t n = 0; n < count; n++) {
        tg_err err = check_element(field, pb, tg_pb_at(msg, pb, n), ctx);
        if (err) return place_fail(field, n, ctx, err);
    }
    return TG_OK;
}

/* Recursion is bounded by the schema, which has no recursive type. */
static tg_err check_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                            const struct ctx *ctx)
{
    if (!msg) return tg_fail(ctx->em, TG_EVALUE, ": is empty");
    if (msg->n_unknown_fields) ctx->check->newer = true;
    for (size_t i = 0; i < info->fields_count; i++) {
        tg_err err = check_field(info, i, msg, ctx);
        if (err) return err;
    }
    return tg_record_rules_message(info, msg, ctx->em);
}

/* Whether every number on the path is a field that we know. */
static bool path_known(const char *path)
{
    const struct tg_message_info *info = NULL;
    bool date = false;
    struct tg_rd rd = tg_rd_init(tg_view_str(path));
    for (bool first = true; first || rd.left; first = false) {
        const uint8_t *dot = memchr(rd.at, '.', rd.left);
        struct tg_view part = tg_rd_view(&rd, dot ? (size_t)(dot - rd.at) : rd.left);
        if (dot) (void)tg_rd_u8(&rd);
        uint64_t number;
        if (!part.bytes || tg_text_u64(part, UINT32_MAX, &number) || (dot && !rd.left)) return false;
        if (date) {
            if (number < 1 || number > 3 || rd.left) return false;
            continue;
        }
        if (first) {
            const struct tg_kind_row *kind = tg_kind_row_of((enum tg_kind)number);
            info = number == TG_RECORD_HEAD_NUMBER ? &tg_head_info : (kind ? kind->info : NULL);
            if (!info) return false;
            continue;
        }
        int i = info ? tg_field_of_number(info, (uint32_t)number) : -1;
        if (i < 0) return false;
        date = info->fields[i].shape == TG_SHAPE_DATE;
        info = info->fields[i].sub;
    }
    return true;
}

static tg_err check_critical(const Tamga__V1__Head *head, struct tg_errmsg *em)
{
    for (size_t i = 0; i < head->n_critical; i++) {
        if (path_known(head->critical[i])) continue;
        return tg_fail(em, TG_ENEWER, "head.critical: the record needs a reader that knows field '%.64s'",
                       head->critical[i]);
    }
    return TG_OK;
}

tg_err tg_record_check(Tamga__V1__Record *msg, struct tg_check *check, struct tg_errmsg *em)
{
    struct ctx ctx = {.check = check, .em = em};
    check->newer = false;
    if (!msg->head) return tg_fail(em, TG_EVALUE, "record has no head");
    tg_err err = check_critical(msg->head, em);
    if (err) return err;
    if (msg->base.n_unknown_fields) check->newer = true;
    const struct tg_kind_row *kind = tg_kind_row_of((enum tg_kind)msg->body_case);
    if (!kind && check->authoring) return tg_fail(em, TG_EVALUE, "record has no body");
    err = check_message(&tg_head_info, &msg->head->base, &ctx);
    if (err) return tg_path_in(em, err, "head");
    if (!kind) return TG_OK;
    err = check_message(kind->info, &msg->alert->base, &ctx);
    if (!err) err = tg_record_rules_kind(msg, em);
    if (!err && check->authoring) err = tg_record_rules_selectors(msg, check->arena, em);
    return err ? tg_path_in(em, err, kind->name) : TG_OK;
}

tg_err tg_record_pack(Tamga__V1__Record *msg, struct tg_arena *arena, struct tg_view *ret_bytes,
                      struct tg_errmsg *em)
{
    struct tg_check check = {.authoring = true, .arena = arena};
    tg_err err = tg_record_check(msg, &check, em);
    if (err) return err;
    size_t bytes = protobuf_c_message_get_packed_size(&msg->base);
    if (bytes > TG_RECORD_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "record of %zu bytes, at most %d; split it", bytes,
                       TG_RECORD_BYTES_MAX);
    }
    uint8_t *out = tg_arena_take(arena, bytes);
    if (!out) return tg_fail(em, TG_ENOMEM, "record over the memory budget");
    *ret_bytes = tg_view_of(out, protobuf_c_message_pack(&msg->base, out));
    return TG_OK;
}
