/* Entries of the access log as calls make them, and the walk through them.
 *
 * Knows no answer but the walk through its entries; the verbs that read them are in service_audit.c.
 */
#include "crypto/sha256.h"
#include "node/service_internal.h"

#define DOCUMENT_HASH_BYTES 8

/* In quotes; long ones cut. */
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

/* A text of lines (a card) is told by what names it: "(812 bytes, sha256 0f1e2d3c4b5a6978)". */
static tg_err document_put(struct tg_view text, struct tg_buf *out)
{
    struct tg_hash hash;
    char hex[2 * DOCUMENT_HASH_BYTES + 1];
    tg_sha256_of(text, &hash);
    tg_hex_encode(hash.bytes, DOCUMENT_HASH_BYTES, hex);
    return tg_buf_putf(out, "(%zu bytes, sha256 %s)", text.bytes, hex);
}

static tg_err field_put(const struct tg_control_field *field, struct tg_buf *out)
{
    tg_err err = tg_buf_putf(out, "%s%s=", out->bytes ? " " : "", field->name);
    if (err) return err;
    if (field->type == TG_CONTROL_NUMBER) return tg_buf_putf(out, "%" PRId64, field->number);
    return memchr(field->data.data, '\n', field->data.bytes) ? document_put(field->data, out)
                                                             : text_put(field->data, out);
}

/* "text='karim' kind='person' records=512": fields as given, but how long the caller waits; records and files only
 * counted. */
static tg_err detail_make(const struct tg_control_msg *msg, struct tg_buf *out)
{
    tg_err err = TG_OK;
    size_t data = 0;
    for (size_t i = 0; i < msg->field_count && !err && out->bytes < TG_SERVICE_DETAIL_BYTES_MAX; i++) {
        const struct tg_control_field *field = &msg->fields[i];
        if (strcmp(field->name, TG_FIELD_SCREENED) == 0) continue;
        if (field->type == TG_CONTROL_DATA)
            data++;
        else if (strcmp(field->name, TG_FIELD_CASE) != 0 && strcmp(field->name, "wait_ms") != 0)
            err = field_put(field, out);
    }
    return data && !err ? tg_buf_putf(out, "%srecords=%zu", out->bytes ? " " : "", data) : err;
}

static tg_err ended(struct tg_buf *text, tg_err err)
{
    return err ? err : tg_buf_put(text, "", 1);
}

tg_err tg_access_note_take(const struct tg_call *call, struct tg_access_note *ret_note)
{
    struct tg_access_note note = {.uid = call->client->uid};
    (void)snprintf(note.user, sizeof note.user, "%s", call->client->user);
    (void)snprintf(note.verb, sizeof note.verb, "%s", call->verb->name);
    tg_err err = ended(&note.reason, tg_buf_put_str(&note.reason, call->msg->reason));
    const char *number = tg_control_text(call->msg, TG_FIELD_CASE, "");
    if (!err) err = ended(&note.case_number, tg_buf_put_str(&note.case_number, number));
    if (!err) err = ended(&note.detail, detail_make(call->msg, &note.detail));
    if (err) {
        tg_access_note_release(&note);
        return err;
    }
    *ret_note = note;
    return TG_OK;
}

tg_err tg_places_add_rec(struct tg_places *places, const struct tg_index_rec *rec)
{
    const struct tg_place place = tg_place_of_rec(rec);
    return tg_places_add(places, &place);
}

static tg_err note_put(const struct tg_access_note *note, const struct tg_service *service, uint64_t hits,
                       const struct tg_places *shown, struct tg_errmsg *em)
{
    static const struct tg_places none;
    struct tg_access access =
        tg_access_of(note, tg_service_now_ms(service), hits, tg_places_view(shown ? shown : &none));
    return tg_access_put(service->node, &access, em);
}

tg_err tg_access_note_put(const struct tg_access_note *note, const struct tg_job *job, uint64_t hits,
                          const struct tg_places *shown, struct tg_errmsg *em)
{
    return note_put(note, job->service, hits, shown, em);
}

tg_err tg_call_access(const struct tg_call *call, uint64_t hits, const struct tg_places *shown,
                      struct tg_errmsg *em)
{
    struct tg_access_note note;
    tg_err err = tg_access_note_take(call, &note);
    if (err) return err;
    err = note_put(&note, call->service, hits, shown, em);
    tg_access_note_release(&note);
    return err;
}

tg_err tg_call_access_with(const struct tg_call *call, const char *more, struct tg_errmsg *em)
{
    struct tg_access_note note;
    tg_err err = tg_access_note_take(call, &note);
    if (err) return err;
    note.detail.bytes--; /* the zero behind it */
    err = tg_buf_put_str(&note.detail, more);
    if (!err) err = tg_buf_put(&note.detail, "", 1);
    if (!err) err = note_put(&note, call->service, 0, NULL, em);
    tg_access_note_release(&note);
    return err;
}

tg_err tg_slice_log_add(struct tg_slice_log *log, const struct tg_index_rec *rec)
{
    log->rows++;
    return tg_places_add_rec(&log->places, rec);
}

tg_err tg_slice_log_put(struct tg_slice_log *log, const struct tg_job *job, struct tg_errmsg *em)
{
    if (log->begun && !log->rows) return TG_OK;
    tg_err err = tg_access_note_put(&log->note, job, log->rows, &log->places, em);
    log->begun = true;
    log->rows = 0;
    tg_buf_clear(&log->places.bytes);
    return err;
}

void tg_slice_log_release(struct tg_slice_log *log)
{
    tg_access_note_release(&log->note);
    tg_places_release(&log->places);
}

/* ---- reading it ---- */

tg_err tg_access_walk_begin(const struct tg_service *service, struct tg_access_walk *ret_walk,
                            struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(service->node->store, &txn, em);
    if (!err) err = tg_store_access_end(txn, &ret_walk->end);
    ret_walk->left = ret_walk->end;
    return err;
}

static tg_err read_one(const struct tg_service *service, const struct tg_rtxn *txn, uint64_t number,
                       struct tg_arena *arena, tg_on_access on_access, void *ctx)
{
    int64_t at_ms;
    struct tg_view value;
    struct tg_access access = {0};
    tg_arena_clear(arena);
    tg_err err = tg_store_access_get(txn, number, &at_ms, &value);
    if (err) return TG_EDAMAGED; /* they have no gap */
    err = tg_access_decode(service->node, at_ms, value, arena, &access);
    return err ? err : on_access(ctx, number, &access);
}

tg_err tg_access_read(const struct tg_service *service, uint64_t number, tg_on_access on_access, void *ctx,
                      struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 2 * TG_STORE_ACCESS_BYTES_MAX);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(service->node->store, &txn, em);
    return err ? err : read_one(service, txn, number, &arena, on_access, ctx);
}

tg_err tg_access_walk_step(const struct tg_service *service, struct tg_access_walk *walk,
                           tg_on_access on_access, void *ctx, struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(service);
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 2 * TG_STORE_ACCESS_BYTES_MAX);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(service->node->store, &txn, em);
    while (!err && walk->left) {
        err = read_one(service, txn, --walk->left, &arena, on_access, ctx);
        if (tg_service_now_us(service) - begun_us > TG_SERVICE_SLICE_US) break;
    }
    if (err != TG_ENOENT) return err;
    walk->left = 0;
    return TG_OK;
}

tg_err tg_access_progress(const struct tg_access_walk *walk, struct tg_buf *out)
{
    struct tg_control_out progress;
    tg_control_answer(&progress, out, TG_CONTROL_PROGRESS);
    tg_control_put_number(&progress, "done", (int64_t)(walk->end - walk->left));
    tg_control_put_number(&progress, "total", (int64_t)walk->end);
    return tg_control_end(&progress);
}
