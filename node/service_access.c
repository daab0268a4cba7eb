/* The access log: who asked what and why, durable before the answer leaves; and the verb that reads it.
 *
 * Knows no answer. Contract: docs/control.md `access`.
 */
#include "node/service_internal.h"

/* In quotes; long ones (a card) cut. */
static tg_err text_put(struct tg_view text, struct tg_buf *out)
{
    size_t bytes =
        text.bytes < TG_SERVICE_DETAIL_TEXT_BYTES_MAX ? text.bytes : TG_SERVICE_DETAIL_TEXT_BYTES_MAX;
    tg_err err = tg_buf_put_str(out, "'");
    while (bytes && bytes < text.bytes && (text.data[bytes] & 0xc0) == 0x80)
        bytes--; /* not within a letter */
    if (!err) err = tg_text_escape(tg_view_of(text.data, bytes), out);
    return err ? err : tg_buf_put_str(out, bytes < text.bytes ? "...'" : "'");
}

/* "text='karim' kind='person'": fields as given; bytes only counted. */
static tg_err detail_make(const struct tg_control_msg *msg, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < msg->field_count && !err && out->bytes < TG_SERVICE_DETAIL_BYTES_MAX; i++) {
        const struct tg_control_field *field = &msg->fields[i];
        if (out->bytes) err = tg_buf_put_str(out, " ");
        if (!err) err = tg_buf_putf(out, "%s=", field->name);
        if (err) return err;
        if (field->type == TG_CONTROL_NUMBER)
            err = tg_buf_putf(out, "%" PRId64, field->number);
        else if (field->type == TG_CONTROL_DATA)
            err = tg_buf_putf(out, "(%zu bytes)", field->data.bytes);
        else
            err = text_put(field->data, out);
    }
    return err;
}

tg_err tg_access_note_take(const struct tg_call *call, struct tg_access_note *ret_note)
{
    struct tg_access_note note = {.verb = ""};
    (void)snprintf(note.verb, sizeof note.verb, "%s", call->verb->name);
    tg_err err = tg_buf_put_str(&note.reason, call->msg->reason);
    if (!err) err = tg_buf_put(&note.reason, "", 1);
    if (!err) err = detail_make(call->msg, &note.detail);
    if (!err) err = tg_buf_put(&note.detail, "", 1);
    if (err) {
        tg_access_note_release(&note);
        return err;
    }
    *ret_note = note;
    return TG_OK;
}

void tg_access_note_release(struct tg_access_note *note)
{
    tg_buf_release(&note->reason);
    tg_buf_release(&note->detail);
}

static tg_err note_put(const struct tg_access_note *note, const struct tg_service *service,
                       const struct tg_client *client, uint64_t hits, struct tg_errmsg *em)
{
    struct tg_access access = {
        .at_ms = tg_service_now_ms(service),
        .uid = client->uid,
        .user = client->user,
        .verb = note->verb,
        .reason = (const char *)note->reason.data,
        .detail = (const char *)note->detail.data,
        .hits = hits,
    };
    tg_err err = tg_access_put(service->node, &access, em);
    return err ? tg_context(em, err, "the access log takes no entry, so nothing is answered") : TG_OK;
}

tg_err tg_access_note_put(const struct tg_access_note *note, const struct tg_job *job, uint64_t hits,
                          struct tg_errmsg *em)
{
    return note_put(note, job->service, job->client, hits, em);
}

tg_err tg_call_access(const struct tg_call *call, uint64_t hits, struct tg_errmsg *em)
{
    struct tg_access_note note;
    tg_err err = tg_access_note_take(call, &note);
    if (err) return err;
    err = note_put(&note, call->service, call->client, hits, em);
    tg_access_note_release(&note);
    return err;
}

/* ---- reading it ---- */

struct reading {
    struct tg_call *call;
    const char *user; /* NULL: all */
    uint64_t skip;    /* of those that fit, the oldest */
    uint64_t fitting;
    uint64_t limit;
    bool count_only;
};

static tg_err entry_put(struct reading *reading, uint64_t number, int64_t at_ms,
                        const struct tg_access *access)
{
    struct tg_control_out row;
    tg_control_answer(&row, reading->call->out, TG_CONTROL_ROW);
    tg_control_put_number(&row, "seq", (int64_t)number);
    tg_control_put_number(&row, "at_ms", at_ms);
    tg_control_put_text(&row, "user", access->user);
    tg_control_put_text(&row, "verb", access->verb);
    tg_control_put_text(&row, "reason", access->reason);
    tg_control_put_text(&row, "detail", access->detail);
    tg_control_put_number(&row, "hits", (int64_t)access->hits);
    return tg_control_end(&row);
}

static tg_err entry_read(struct reading *reading, uint64_t number, int64_t at_ms, struct tg_view value)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_STORE_ACCESS_BYTES_MAX);
    struct tg_access access = {0};
    tg_err err = tg_access_decode(reading->call->node, at_ms, value, &arena, &access);
    if (err) return err;
    if (reading->user && strcmp(reading->user, access.user) != 0) return TG_OK;
    uint64_t place = reading->fitting++;
    bool wanted = !reading->count_only && place >= reading->skip && place - reading->skip < reading->limit;
    return wanted ? entry_put(reading, number, at_ms, &access) : TG_OK;
}

/* Entries from a time on, or the newest: every one of the window through entry_read. */
static tg_err window_walk(struct reading *reading, const struct tg_rtxn *txn, int64_t from_ms,
                          uint64_t from_number, uint64_t until_number)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = from_ms ? tg_store_scan_access_time(txn, from_ms, &scan)
                         : tg_store_scan_access(txn, from_number, &scan);
    for (uint64_t walked = 0; !err && walked < TG_SERVICE_ACCESS_SCAN_MAX; walked++) {
        uint64_t number;
        int64_t at_ms;
        struct tg_view value;
        err = tg_store_access_next(txn, &scan, &number, &at_ms, &value);
        if (!err && number >= until_number) continue; /* written by this very call */
        if (!err) err = entry_read(reading, number, at_ms, value);
    }
    return err == TG_ENOENT ? TG_OK : err;
}

/* Counts what fits, writes the entry about this request itself, then gives the rows: from a time on the first ones,
 * else the newest. */
tg_err tg_verb_access(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_store_stats stats;
    int64_t from_ms = tg_control_number(call->msg, "from", 0),
            limit = tg_control_number(call->msg, "limit", 100);
    if (limit < 1 || limit > TG_QUERY_LIMIT_MAX)
        return tg_fail(em, TG_EVALUE, "limit is 1 to %d entries", TG_QUERY_LIMIT_MAX);
    tg_err err = tg_store_stats(call->node->store, &stats, em);
    if (err) return err;
    uint64_t total = stats.accesses;
    uint64_t from_number = total > TG_SERVICE_ACCESS_SCAN_MAX ? total - TG_SERVICE_ACCESS_SCAN_MAX : 0;
    struct reading reading = {.call = call,
                              .user = tg_control_text(call->msg, "user", NULL),
                              .limit = (uint64_t)limit,
                              .count_only = true};
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    err = tg_store_read_begin(call->node->store, &txn, em);
    if (!err) err = window_walk(&reading, txn, from_ms, from_number, total);
    tg_store_read_end(tg_steal_ptr(&txn));
    if (err) return err;
    uint64_t shown = reading.fitting < reading.limit ? reading.fitting : reading.limit;
    if (!from_ms) reading.skip = reading.fitting - shown;
    reading.fitting = 0;
    reading.count_only = false;
    err = tg_call_access(call, shown, em);
    if (!err) err = tg_store_read_begin(call->node->store, &txn, em);
    if (!err) err = window_walk(&reading, txn, from_ms, from_number, total);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}
