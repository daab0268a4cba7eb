/* Records made from records, on the wire.
 *
 * Must not know: stores, audiences, who may. Described in docs/records.md; numbers from proto/tamga.proto.
 */
#include "proto/record_edit.h"

#include "base/cleanup.h"
#include "proto/record_walk.h"

#define TYPE_VARINT 0u
#define TYPE_BYTES 2u
#define HEAD_AGENCY 3
#define HEAD_HANDLING 11
#define HANDLING_TLP 1
#define WITHDRAWAL_TARGET 1
#define WITHDRAWAL_REASON 2
#define WITHDRAWAL_TEXT 3
#define WITHDRAWAL_SUCCESSOR 4

static tg_err varint_put(struct tg_buf *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;
    for (; value > 0x7f; value >>= 7) bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    return tg_buf_put(out, bytes, count);
}

static tg_err number_put(struct tg_buf *out, uint32_t field, uint64_t value)
{
    tg_err err = varint_put(out, (uint64_t)field << 3 | TYPE_VARINT);
    return err ? err : varint_put(out, value);
}

static tg_err bytes_put(struct tg_buf *out, uint32_t field, struct tg_view value)
{
    tg_err err = varint_put(out, (uint64_t)field << 3 | TYPE_BYTES);
    if (!err) err = varint_put(out, value.bytes);
    return err ? err : tg_buf_put_view(out, value);
}

static tg_err text_put(struct tg_buf *out, uint32_t field, const char *text)
{
    return text && text[0] ? bytes_put(out, field, tg_view_str(text)) : TG_OK;
}

/* Into the arena. */
static tg_err keep(const struct tg_buf *built, struct tg_arena *arena, struct tg_view *ret_bytes)
{
    if (built->bytes > TG_RECORD_BYTES_MAX) return TG_ELIMIT;
    void *kept = tg_arena_copy(arena, built->data, built->bytes);
    if (!kept) return TG_ENOMEM;
    *ret_bytes = tg_view_of(kept, built->bytes);
    return TG_OK;
}

/* Head with the field in its place by number. */
static tg_err head_with_supersedes(struct tg_view head, const struct tg_hash *id, struct tg_buf *out)
{
    bool put = false;
    tg_err err = TG_OK;
    while (head.bytes && !err) {
        struct tg_raw_field field;
        err = tg_raw_next(&head, &field);
        if (err) return TG_EFORMAT;
        if (!put && field.number >= TG_HEAD_SUPERSEDES_NUMBER) {
            err = bytes_put(out, TG_HEAD_SUPERSEDES_NUMBER, TG_VIEW_ARRAY(id->bytes));
            put = true;
        }
        if (!err && field.number != TG_HEAD_SUPERSEDES_NUMBER) err = tg_buf_put_view(out, field.whole);
    }
    return err || put ? err : bytes_put(out, TG_HEAD_SUPERSEDES_NUMBER, TG_VIEW_ARRAY(id->bytes));
}

tg_err tg_record_set_supersedes(struct tg_view bytes, const struct tg_hash *id, struct tg_arena *arena,
                                struct tg_view *ret_bytes)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    bool has_head = false;
    tg_err err = TG_OK;
    while (bytes.bytes && !err) {
        struct tg_raw_field field;
        if (tg_raw_next(&bytes, &field)) return TG_EFORMAT;
        if (field.number != TG_RECORD_HEAD_NUMBER) {
            err = tg_buf_put_view(&out, field.whole);
            continue;
        }
        if (field.wire_type != TYPE_BYTES || has_head) return TG_EFORMAT;
        has_head = true;
        TG_AUTO(tg_buf) struct tg_buf head = {0};
        err = head_with_supersedes(field.value, id, &head);
        if (!err) err = bytes_put(&out, TG_RECORD_HEAD_NUMBER, tg_buf_view(&head));
    }
    if (err) return err;
    return has_head ? keep(&out, arena, ret_bytes) : TG_EFORMAT;
}

static tg_err withdrawal_head(const struct tg_record *target, int64_t now_ms, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf handling = {0};
    tg_err err = number_put(&handling, HANDLING_TLP, (uint64_t)target->head->handling->tlp);
    if (!err) err = text_put(out, HEAD_AGENCY, target->head->agency);
    if (!err) err = number_put(out, TG_HEAD_REPORTED_NUMBER, (uint64_t)now_ms);
    return err ? err : bytes_put(out, HEAD_HANDLING, tg_buf_view(&handling));
}

tg_err tg_record_withdrawal_build(const struct tg_record *target, int reason, const char *note,
                                  const struct tg_hash *successor, int64_t now_ms, struct tg_arena *arena,
                                  struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, body = {0}, out = {0};
    tg_err err = withdrawal_head(target, now_ms, &head);
    if (!err) err = bytes_put(&body, WITHDRAWAL_TARGET, TG_VIEW_ARRAY(target->id.bytes));
    if (!err) err = number_put(&body, WITHDRAWAL_REASON, (uint64_t)reason);
    if (!err) err = text_put(&body, WITHDRAWAL_TEXT, note);
    if (!err && successor) err = bytes_put(&body, WITHDRAWAL_SUCCESSOR, TG_VIEW_ARRAY(successor->bytes));
    if (!err) err = bytes_put(&out, TG_RECORD_HEAD_NUMBER, tg_buf_view(&head));
    if (!err) err = bytes_put(&out, TG_KIND_WITHDRAWAL, tg_buf_view(&body));
    if (err) return err;
    TG_AUTO(tg_arena) struct tg_arena trial;
    tg_arena_init(&trial, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_record *record;
    err = tg_record_decode(tg_buf_view(&out), &trial, &record, em);
    return err ? err : keep(&out, arena, ret_bytes);
}
