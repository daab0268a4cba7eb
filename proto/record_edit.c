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
#define HEAD_DESK 4
#define ALERT_NATURE 1
#define ALERT_PRECEDENCE 2
#define ALERT_THREAD 3
#define ALERT_THREAD_OF 4
#define ALERT_TITLE 5
#define ALERT_TEXT 6
#define ACKNOWLEDGEMENT_TARGET 1
#define ACKNOWLEDGEMENT_STATE 2
#define ACKNOWLEDGEMENT_AT 3
#define ACKNOWLEDGEMENT_BY 4
#define ACKNOWLEDGEMENT_TEXT 5
#define HEAD_REFERS 14
#define REFERENCE_ID 1
#define DISPUTE_TARGET 1
#define DISPUTE_GROUND 2
#define DISPUTE_RAISED_BY 3
#define DISPUTE_TEXT 4
#define DISPUTE_DEADLINE 5
#define DISPUTE_DECIDES 6
#define DISPUTE_DECISION 7
#define WITHDRAWAL_TARGET 1
#define WITHDRAWAL_REASON 2
#define WITHDRAWAL_TEXT 3
#define WITHDRAWAL_SUCCESSOR 4
#define WITHDRAWAL_DEADLINE 5

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

/* Head with the field, whose tag and value stand in whole, in its place by number. */
static tg_err head_with(struct tg_view head, uint32_t number, struct tg_view whole, struct tg_buf *out)
{
    bool put = false;
    tg_err err = TG_OK;
    while (head.bytes && !err) {
        struct tg_raw_field field;
        err = tg_raw_next(&head, &field);
        if (err) return TG_EFORMAT;
        if (!put && field.number >= number) {
            err = tg_buf_put_view(out, whole);
            put = true;
        }
        if (!err && field.number != number) err = tg_buf_put_view(out, field.whole);
    }
    return err || put ? err : tg_buf_put_view(out, whole);
}

/* The record with that field of its head. */
static tg_err record_with(struct tg_view bytes, uint32_t number, struct tg_view whole, struct tg_arena *arena,
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
        err = head_with(field.value, number, whole, &head);
        if (!err) err = bytes_put(&out, TG_RECORD_HEAD_NUMBER, tg_buf_view(&head));
    }
    if (err) return err;
    return has_head ? keep(&out, arena, ret_bytes) : TG_EFORMAT;
}

tg_err tg_record_set_supersedes(struct tg_view bytes, const struct tg_hash *id, struct tg_arena *arena,
                                struct tg_view *ret_bytes)
{
    TG_AUTO(tg_buf) struct tg_buf whole = {0};
    tg_err err = bytes_put(&whole, TG_HEAD_SUPERSEDES_NUMBER, TG_VIEW_ARRAY(id->bytes));
    return err ? err : record_with(bytes, TG_HEAD_SUPERSEDES_NUMBER, tg_buf_view(&whole), arena, ret_bytes);
}

tg_err tg_record_set_reported(struct tg_view bytes, int64_t now_ms, struct tg_arena *arena,
                              struct tg_view *ret_bytes)
{
    TG_AUTO(tg_buf) struct tg_buf whole = {0};
    tg_err err = number_put(&whole, TG_HEAD_REPORTED_NUMBER, (uint64_t)now_ms);
    return err ? err : record_with(bytes, TG_HEAD_REPORTED_NUMBER, tg_buf_view(&whole), arena, ret_bytes);
}

/* One that speaks of the target, with its TLP. */
static tg_err head_of(const struct tg_record *target, const char *agency, const char *desk, int64_t now_ms,
                      struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf handling = {0};
    tg_err err = number_put(&handling, HANDLING_TLP, (uint64_t)target->head->handling->tlp);
    if (!err) err = text_put(out, HEAD_AGENCY, agency);
    if (!err) err = text_put(out, HEAD_DESK, desk);
    if (!err) err = number_put(out, TG_HEAD_REPORTED_NUMBER, (uint64_t)now_ms);
    return err ? err : bytes_put(out, HEAD_HANDLING, tg_buf_view(&handling));
}

/* Head and body joined, and read again as everybody else will read them. */
static tg_err finish(enum tg_kind kind, const struct tg_buf *head, const struct tg_buf *body,
                     struct tg_arena *arena, struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    tg_err err = bytes_put(&out, TG_RECORD_HEAD_NUMBER, tg_buf_view(head));
    if (!err) err = bytes_put(&out, (uint32_t)kind, tg_buf_view(body));
    if (err) return err;
    TG_AUTO(tg_arena) struct tg_arena trial;
    tg_arena_init(&trial, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_record *record;
    err = tg_record_decode(tg_buf_view(&out), &trial, &record, em);
    return err ? err : keep(&out, arena, ret_bytes);
}

static tg_err dispute_body(const struct tg_dispute_draft *draft, struct tg_buf *body)
{
    tg_err err = bytes_put(body, DISPUTE_TARGET, TG_VIEW_ARRAY(draft->target->id.bytes));
    if (!err && draft->ground) err = number_put(body, DISPUTE_GROUND, (uint64_t)draft->ground);
    if (!err && draft->raised_by) err = number_put(body, DISPUTE_RAISED_BY, (uint64_t)draft->raised_by);
    if (!err) err = text_put(body, DISPUTE_TEXT, draft->text);
    if (!err && draft->deadline_ms) err = number_put(body, DISPUTE_DEADLINE, (uint64_t)draft->deadline_ms);
    if (!err && draft->decides) err = bytes_put(body, DISPUTE_DECIDES, TG_VIEW_ARRAY(draft->decides->bytes));
    if (!err && draft->decision) err = number_put(body, DISPUTE_DECISION, (uint64_t)draft->decision);
    return err;
}

tg_err tg_record_dispute_build(const struct tg_dispute_draft *draft, int64_t now_ms, struct tg_arena *arena,
                               struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, body = {0}, reference = {0};
    tg_err err = head_of(draft->target, "", "", now_ms, &head);
    if (!err && draft->refers) err = bytes_put(&reference, REFERENCE_ID, TG_VIEW_ARRAY(draft->refers->bytes));
    if (!err && draft->refers) err = bytes_put(&head, HEAD_REFERS, tg_buf_view(&reference));
    if (!err) err = dispute_body(draft, &body);
    return err ? err : finish(TG_KIND_DISPUTE, &head, &body, arena, ret_bytes, em);
}

tg_err tg_record_withdrawal_build(const struct tg_record *target, const struct tg_withdrawal_draft *draft,
                                  int64_t now_ms, struct tg_arena *arena, struct tg_view *ret_bytes,
                                  struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, body = {0};
    tg_err err = head_of(target, target->head->agency, "", now_ms, &head);
    if (!err) err = bytes_put(&body, WITHDRAWAL_TARGET, TG_VIEW_ARRAY(target->id.bytes));
    if (!err) err = number_put(&body, WITHDRAWAL_REASON, (uint64_t)draft->reason);
    if (!err) err = text_put(&body, WITHDRAWAL_TEXT, draft->note);
    if (!err && draft->successor)
        err = bytes_put(&body, WITHDRAWAL_SUCCESSOR, TG_VIEW_ARRAY(draft->successor->bytes));
    if (!err && draft->deadline_ms)
        err = number_put(&body, WITHDRAWAL_DEADLINE, (uint64_t)draft->deadline_ms);
    return err ? err : finish(TG_KIND_WITHDRAWAL, &head, &body, arena, ret_bytes, em);
}

tg_err tg_record_acknowledgement_build(const struct tg_record *target, int state, const char *by,
                                       const char *text, int64_t now_ms, struct tg_arena *arena,
                                       struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, body = {0};
    tg_err err = head_of(target, "", "", now_ms, &head);
    if (!err) err = bytes_put(&body, ACKNOWLEDGEMENT_TARGET, TG_VIEW_ARRAY(target->id.bytes));
    if (!err) err = number_put(&body, ACKNOWLEDGEMENT_STATE, (uint64_t)state);
    if (!err) err = number_put(&body, ACKNOWLEDGEMENT_AT, (uint64_t)now_ms);
    if (!err) err = text_put(&body, ACKNOWLEDGEMENT_BY, by);
    if (!err) err = text_put(&body, ACKNOWLEDGEMENT_TEXT, text);
    return err ? err : finish(TG_KIND_ACKNOWLEDGEMENT, &head, &body, arena, ret_bytes, em);
}

tg_err tg_record_alert_answer_build(const struct tg_record *alert, const char *by, const char *title,
                                    const char *text, int64_t now_ms, struct tg_arena *arena,
                                    struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, body = {0};
    const struct tg_rec_alert *of = alert->alert;
    const struct tg_hash *thread = of->thread_of ? of->thread_of : &alert->id;
    tg_err err = head_of(alert, "", by, now_ms, &head);
    if (!err) err = number_put(&body, ALERT_NATURE, (uint64_t)of->nature);
    if (!err && of->precedence) err = number_put(&body, ALERT_PRECEDENCE, (uint64_t)of->precedence);
    if (!err) err = number_put(&body, ALERT_THREAD, TG_THREAD_KIND_ANSWER);
    if (!err) err = bytes_put(&body, ALERT_THREAD_OF, TG_VIEW_ARRAY(thread->bytes));
    if (!err) err = text_put(&body, ALERT_TITLE, title);
    if (!err) err = text_put(&body, ALERT_TEXT, text);
    return err ? err : finish(TG_KIND_ALERT, &head, &body, arena, ret_bytes, em);
}
