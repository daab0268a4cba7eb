/* The indexer: what a record says to tokens, rows and names, so that it is found; and forgotten again.
 *
 * Everything here is derived from the log and rebuilt from it. Tokens and rows are keyed: docs/formats-store.md.
 */
#include "node/indexer.h"

#include <stdlib.h>

#include "base/text.h"
#include "crypto/aead.h"
#include "node/commit.h"
#include "node/converge.h"
#include "node/disputes.h"
#include "node/duty.h"
#include "node/engine.h"
#include "node/heads.h"
#include "node/notices.h"
#include "node/reminders.h"
#include "node/review.h"
#include "node/rows.h"
#include "node/watches.h"

struct tg_indexer {
    struct tg_token_key token_key, kept_key;
    uint8_t row_key[32];
    struct tg_name_index *names;
    uint64_t unflushed;
    int64_t unflushed_us; /* when the oldest of them came */
    bool merge_due;
    int64_t rest_until_us;               /* the disk had no room */
    bool replaying;                      /* what is indexed now was noticed before */
    struct kept_withdrawal *withdrawals; /* met while indexing, to be applied between two groups */
};

/* Applying flushes the index, which must not happen between two records of one envelope. */
struct kept_withdrawal {
    struct kept_withdrawal *next;
    struct tg_hash origin;
    size_t bytes;
    uint8_t data[];
};

tg_err tg_indexer_new(struct tg_node *node)
{
    struct tg_indexer *indexer = calloc(1, sizeof *indexer);
    if (!indexer) return TG_ENOMEM;
    node->indexer = indexer;
    struct tg_token_key name_key;
    tg_err err =
        tg_vault_derive(node->vault, "tokens", indexer->kept_key.bytes, sizeof indexer->kept_key.bytes);
    if (!err)
        err = tg_vault_derive_erasable(node->vault, 0, "tokens", indexer->token_key.bytes,
                                       sizeof indexer->token_key.bytes);
    if (!err)
        err =
            tg_vault_derive_erasable(node->vault, 0, "index rows", indexer->row_key, sizeof indexer->row_key);
    if (!err) err = tg_vault_derive(node->vault, "names", name_key.bytes, sizeof name_key.bytes);
    if (!err) indexer->names = tg_name_index_new(&name_key);
    return err ? err : indexer->names ? TG_OK : TG_ENOMEM;
}

void tg_indexer_free(struct tg_node *node)
{
    if (!node->indexer) return;
    tg_name_index_free(node->indexer->names);
    while (node->indexer->withdrawals) {
        struct kept_withdrawal *gone = node->indexer->withdrawals;
        node->indexer->withdrawals = gone->next;
        free(gone);
    }
    tg_wipe(node->indexer, sizeof *node->indexer);
    free(node->indexer);
    node->indexer = NULL;
}

struct tg_name_index *tg_indexer_names(struct tg_node *node)
{
    return node->indexer->names;
}

uint64_t tg_indexer_behind(struct tg_node *node)
{
    return node->indexer->unflushed;
}

static void token2(const struct tg_token_key *key, uint8_t type, struct tg_view a, struct tg_view b,
                   struct tg_token *ret_token)
{
    uint8_t joined[TG_INDEX_FORM_BYTES_MAX];
    if (a.bytes + b.bytes > sizeof joined) { /* longer than any form: its hash stands for it */
        struct tg_sha256 state;
        struct tg_hash hash;
        tg_sha256_init(&state);
        tg_sha256_update(&state, a);
        tg_sha256_update(&state, b);
        tg_sha256_final(&state, &hash);
        tg_token_of(key, type, TG_VIEW_ARRAY(hash.bytes), ret_token);
        return;
    }
    if (a.bytes) memcpy(joined, a.data, a.bytes);
    if (b.bytes) memcpy(joined + a.bytes, b.data, b.bytes);
    tg_token_of(key, type, tg_view_of(joined, a.bytes + b.bytes), ret_token);
}

void tg_indexer_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                       struct tg_token *ret_token)
{
    token2(&node->indexer->token_key, type, a, b, ret_token);
}

void tg_indexer_kept_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                            struct tg_token *ret_token)
{
    token2(&node->indexer->kept_key, type, a, b, ret_token);
}

/* ---- one record ---- */

static tg_err names_add(struct tg_node *node, uint64_t recno, const struct tg_facets *facets)
{
    struct tg_births births;
    struct tg_features features = tg_likeness_features(facets, &births);
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < facets->names_count; i++) {
        if (!tg_likeness_is_name(&facets->names[i])) continue;
        struct tg_name_entry entry = {.id = recno,
                                      .text = facets->names[i].text,
                                      .kind = tg_likeness_kind(&facets->names[i]),
                                      .features = features};
        err = tg_name_index_add(node->indexer->names, &entry, NULL);
        if (err == TG_EFORMAT || err == TG_EVALUE || err == TG_ELIMIT)
            err = TG_OK; /* a name without letters */
    }
    return err;
}

/* A statement in place of an older one of the same origin: the older one is no longer found. */
static tg_err supersede_at(struct tg_node *node, const struct tg_hash *origin, uint64_t recno,
                           struct tg_errmsg *em)
{
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL)) return TG_OK;
    struct tg_held_log *log = tg_held_by_number(node, rec.log);
    if (!log || !tg_hash_equal(&log->id.origin, origin)) return TG_OK;
    (void)tg_name_index_remove(node->indexer->names, recno);
    return tg_index_flag(node->store, recno, rec.flags | TG_REC_SUPERSEDED, em);
}

static tg_err supersede(struct tg_node *node, const struct tg_hash *origin, const struct tg_hash *older,
                        struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(older->bytes), recnos,
                                 TG_WITHDRAW_PLACES_MAX, &count, em);
    for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX; i++)
        err = supersede_at(node, origin, recnos[i], em);
    return err;
}

/* The statement in its place was here first: it was fetched late. */
static tg_err superseded_before(struct tg_node *node, const struct tg_record *record,
                                const struct tg_hash *origin, uint64_t recno, struct tg_errmsg *em)
{
    bool superseded = false;
    tg_err err = tg_disputes_superseded(node, &record->id, origin, &superseded, em);
    return err || !superseded ? err : supersede_at(node, origin, recno, em);
}

static tg_err add_to_store(struct tg_node *node, const struct tg_index_rec *rec,
                           const struct tg_gathered *gathered, struct tg_view names_row, uint64_t *ret_recno,
                           struct tg_errmsg *em)
{
    struct tg_index_row row = {.type = TG_ROW_NAMES, .value = names_row};
    size_t rows = names_row.bytes ? 1 : 0;
    tg_err err = tg_index_add(node->store, rec, gathered->tokens, gathered->count, &row, rows, ret_recno, em);
    if (err != TG_EBUSY) return err;
    /* The delta is full in the middle of a batch: what is there goes to disk without moving the position on, so that a
     * replay comes over this batch again (and passes over what is there). */
    err = tg_index_flush(node->store, NULL, 0, em);
    return err ? err
               : tg_index_add(node->store, rec, gathered->tokens, gathered->count, &row, rows, ret_recno, em);
}

/* Somebody is asked to do something. */
static bool asks(const struct tg_record *record)
{
    return record->kind == TG_KIND_REQUEST || (record->kind == TG_KIND_ALERT && record->alert->asked[0]);
}

/* It states something, perhaps of somebody, and does not say on which law. */
static bool lacks_basis(const struct tg_record *record)
{
    switch (record->kind) {
    case TG_KIND_NEWER:
    case TG_KIND_ALERT:
    case TG_KIND_FACILITY:
    case TG_KIND_ASSESSMENT:
    case TG_KIND_MEASURE:
    case TG_KIND_WITHDRAWAL:
    case TG_KIND_DISPUTE:
    case TG_KIND_ACKNOWLEDGEMENT:
        return false;
    case TG_KIND_INDICATOR:
    case TG_KIND_PERSON:
    case TG_KIND_CELL:
    case TG_KIND_INCIDENT:
    case TG_KIND_CONTACT:
    case TG_KIND_CUSTODY:
    case TG_KIND_LINK:
    case TG_KIND_REQUEST:
    case TG_KIND_ANSWER:
    case TG_KIND_SIGHTING:
    case TG_KIND_SAMENESS:
        break;
    }
    const struct tg_rec_handling *handling = record->head->handling;
    return !handling || !handling->legal_basis[0];
}

/* What is newer than FLASH is no less urgent. */
static unsigned precedence_of(const struct tg_rec_alert *alert)
{
    unsigned precedence = (unsigned)alert->precedence;
    return precedence > TG_PRECEDENCE_FLASH ? TG_PRECEDENCE_FLASH : precedence;
}

static uint8_t flags_of(const struct tg_record *record)
{
    unsigned flags = record->newer ? TG_REC_NEWER : 0;
    if (asks(record)) flags |= TG_REC_ASKED;
    if (lacks_basis(record)) flags |= TG_REC_NO_BASIS;
    if (record->kind == TG_KIND_PERSON && record->person->minor) flags |= TG_REC_MINOR;
    if (record->kind == TG_KIND_ALERT) flags |= precedence_of(record->alert) * TG_REC_PRECEDENCE;
    return (uint8_t)flags;
}

static struct tg_index_rec rec_of(const struct tg_record *record, const struct tg_placed *placed,
                                  const struct tg_facets *facets)
{
    return (struct tg_index_rec){
        .log = placed->log->number,
        .index = placed->index,
        .n = (uint16_t)placed->item,
        .kind = (uint8_t)record->kind,
        .flags = flags_of(record),
        .time = facets->from_ms       ? facets->from_ms
                : facets->reported_ms ? facets->reported_ms
                                      : (int64_t)placed->created * 1000,
        .expiry = facets->expiry_ms ? facets->expiry_ms : TG_INDEX_NO_TIME,
    };
}

static bool indexed_already(struct tg_node *node, const struct tg_placed *placed)
{
    uint8_t place[20];
    uint64_t recno;
    size_t count = 0;
    tg_be32_put(place, placed->log->number);
    tg_be64_put(place + 4, placed->index);
    tg_be64_put(place + 12, placed->item);
    return !tg_lookup_token(node, TG_TOKEN_PLACE, TG_VIEW_ARRAY(place), &recno, 1, &count, NULL) && count;
}

/* Our word may be indexed before what it speaks of, or behind it. */
static tg_err mark_said(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                        struct tg_errmsg *em)
{
    const struct tg_hash *target = tg_duty_speaks_of(record);
    bool waits = record->kind == TG_KIND_ALERT || record->kind == TG_KIND_REQUEST;
    if (target && placed->log->own) return tg_duty_mark(node, target, em);
    return waits && !placed->log->own ? tg_duty_mark(node, &record->id, em) : TG_OK;
}

static tg_err notice(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                     const struct tg_facets *facets, const struct tg_gathered *gathered, struct tg_errmsg *em)
{
    struct tg_arrival arrival = {.record = record,
                                 .placed = placed,
                                 .facets = facets,
                                 .tokens = gathered->tokens,
                                 .token_count = gathered->count};
    tg_err err = tg_converge(node, record, placed, facets, em);
    return err ? err : tg_watches_match(node, &arrival, em);
}

static tg_err index_decoded(struct tg_node *node, const struct tg_record *record,
                            const struct tg_placed *placed, struct tg_arena *arena, struct tg_errmsg *em)
{
    struct tg_facets facets;
    struct tg_gathered gathered;
    TG_AUTO(tg_buf) struct tg_buf row = {0};
    uint64_t recno = 0;
    tg_err err = tg_record_facets(record, arena, &facets);
    if (!err) err = tg_indexer_gather(node, record, placed, &facets, &gathered);
    if (!err) err = tg_rows_names_seal(node->indexer->row_key, node->random, &facets, &row);
    if (!err && !node->indexer->replaying) err = notice(node, record, placed, &facets, &gathered, em);
    struct tg_index_rec rec = rec_of(record, placed, &facets);
    if (!err) err = add_to_store(node, &rec, &gathered, tg_buf_view(&row), &recno, em);
    if (!err) err = names_add(node, recno, &facets);
    if (!err) err = mark_said(node, record, placed, em);
    if (!err && facets.supersedes) err = supersede(node, &placed->log->id.origin, facets.supersedes, em);
    if (!err) err = superseded_before(node, record, &placed->log->id.origin, recno, em);
    if (!err && record->kind == TG_KIND_DISPUTE && record->dispute->deadline_ms && !node->indexer->replaying)
        err = tg_reminders_deadline(node, &record->id, record->dispute->deadline_ms);
    if (!err && record->kind == TG_KIND_ALERT && placed->log->own && !node->indexer->replaying)
        err = tg_reminders_alert(node, record, placed->created);
    if (!err && !node->indexer->unflushed++) node->indexer->unflushed_us = tg_clock_mono_us(node->clock);
    return err;
}

static tg_err withdrawal_keep(struct tg_indexer *indexer, struct tg_view bytes, const struct tg_hash *origin)
{
    struct kept_withdrawal *kept = malloc(sizeof *kept + bytes.bytes);
    if (!kept) return TG_ENOMEM;
    kept->next = NULL;
    kept->origin = *origin;
    kept->bytes = bytes.bytes;
    memcpy(kept->data, bytes.data, bytes.bytes);
    struct kept_withdrawal **last = &indexer->withdrawals;
    while (*last) last = &(*last)->next;
    *last = kept;
    return TG_OK;
}

/* Its officer waits for the receipt that says so. */
static tg_err tell_origin(struct tg_node *node, const struct tg_hash *origin)
{
    if (tg_hash_equal(origin, &node->id)) return TG_OK;
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_HOLDING_CHANGED);
    event.log.origin = *origin;
    return tg_engine_event(node, &event);
}

/* Nothing is lost while there is no room: what waits here stands in the log. */
static tg_err rest(struct tg_node *node)
{
    node->indexer->rest_until_us = tg_clock_mono_us(node->clock) + TG_INDEX_FLUSH_US;
    return TG_OK;
}

tg_err tg_indexer_apply_withdrawals(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    struct kept_withdrawal *kept;
    while (!err && (kept = node->indexer->withdrawals)) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        struct tg_record *record = NULL;
        err = tg_record_decode(tg_view_of(kept->data, kept->bytes), &arena, &record, em);
        if (!err) err = tg_withdraw_apply(node, record, &kept->origin, em);
        if (err == TG_ESPACE) return rest(node); /* and tried again */
        if (!err) err = tell_origin(node, &kept->origin);
        node->indexer->withdrawals = kept->next;
        free(kept);
    }
    return err;
}

/* A record that does not decode is kept apart and told; the others proceed. */
static void tell_refused(struct tg_node *node, const struct tg_placed *placed, const struct tg_errmsg *why)
{
    tg_event(node->events, TG_EV_RECORD_REFUSED, TG_F_NODE("origin", &placed->log->id.origin),
             TG_F_NUM("index", placed->index), TG_F_NUM("item", placed->item), TG_F_TEXT("why", why->text));
}

static tg_err index_checked(struct tg_node *node, const struct tg_record *record,
                            const struct tg_placed *placed, struct tg_arena *arena, struct tg_errmsg *em)
{
    tg_err err = index_decoded(node, record, placed, arena, em);
    if (!err && record->newer && !placed->log->own)
        err = tg_held_apart(placed->log, placed->index, TG_CODE_NOT_UNDERSTOOD);
    if (!err && record->kind == TG_KIND_WITHDRAWAL && !record->newer)
        err = withdrawal_keep(node->indexer, record->bytes, &placed->log->id.origin);
    return err;
}

static tg_err index_one(struct tg_node *node, const struct tg_placed *placed, struct tg_view bytes,
                        struct tg_errmsg *em)
{
    if (node->indexer->replaying && indexed_already(node, placed)) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES * 2);
    struct tg_record *record = NULL;
    struct tg_errmsg why = {0};
    tg_err err = tg_record_decode(bytes, &arena, &record, &why);
    if (err) {
        tell_refused(node, placed, &why);
        return tg_held_refused(placed->log, placed->index, err);
    }
    return index_checked(node, record, placed, &arena, em);
}

/* A record of our own that the service unpacked and checked before it was sealed. */
static tg_err index_kept(struct tg_node *node, const struct tg_placed *placed, const struct tg_record *record,
                         struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    return index_checked(node, record, placed, &arena, em);
}

static bool erased(const struct tg_work *work, size_t item)
{
    for (size_t i = 0; i < work->withdrawn_count; i++)
        if (work->withdrawn[i] == item) return true;
    return false;
}

tg_err tg_indexer_take_batch(struct tg_node *node, struct tg_work *work, struct tg_errmsg *em)
{
    struct tg_placed placed = {.log = work->log,
                               .index = work->index,
                               .created = work->envelope.manifest.created,
                               .of = work->envelope.manifest.record_count};
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < work->batch.record_count; i++) {
        placed.item = (uint32_t)i + 1;
        if (erased(work, placed.item)) continue;
        const struct tg_record *kept = work->job && work->job->checked ? work->job->checked[i] : NULL;
        err =
            kept ? index_kept(node, &placed, kept, em) : index_one(node, &placed, work->batch.records[i], em);
    }
    return err;
}

tg_err tg_indexer_forget(struct tg_node *node, uint64_t recno, struct tg_errmsg *em)
{
    (void)tg_name_index_remove(node->indexer->names, recno);
    node->indexer->merge_due = true;
    tg_err err = tg_index_remove(node->store, recno, em);
    if (err && err != TG_ENOENT) return err;
    return tg_indexer_flush(node, em); /* its rows go now, not in a second */
}

/* ---- disk ---- */

static tg_err flush_now(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_index_position positions[TG_SYNC_LOGS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *log = node->logs[i];
        if (!log->numbered || node->indexer->replaying) continue;
        positions[count++] =
            (struct tg_index_position){.log = log->number, .next = log->own ? log->size : tg_held_come(log)};
    }
    tg_err err = tg_apart_save(node, em); /* before the index says that it covers them */
    if (!err) err = tg_index_flush(node->store, positions, count, em);
    if (err) return err;
    node->indexer->unflushed = 0;
    node->indexer->merge_due = true;
    return TG_OK;
}

tg_err tg_indexer_flush(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = flush_now(node, em);
    if (err != TG_ESPACE) return err;
    if (!node->indexer->unflushed++) node->indexer->unflushed_us = tg_clock_mono_us(node->clock);
    return rest(node);
}

tg_err tg_indexer_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em)
{
    struct tg_indexer *indexer = node->indexer;
    *ret_more = false;
    if (tg_clock_mono_us(node->clock) < indexer->rest_until_us) return TG_OK;
    if (indexer->withdrawals) return tg_indexer_apply_withdrawals(node, em);
    /* Counted from the oldest record, so that a lone alert is told and acknowledged before its index goes to disk. */
    int64_t waited_us = tg_clock_mono_us(node->clock) - indexer->unflushed_us;
    bool much = indexer->unflushed >= TG_INDEX_FLUSH_RECORDS ||
                tg_index_delta_postings(node->store) >= TG_INDEX_FLUSH_POSTINGS;
    /* A flush makes a run: while there are too many, little may wait for longer. */
    bool old = indexer->unflushed && waited_us >= TG_INDEX_FLUSH_US && !tg_index_pressed(node->store);
    if (tg_index_pressed(node->store)) indexer->merge_due = true;
    *ret_more = indexer->merge_due;
    if (much || old) {
        *ret_more = true;
        return tg_indexer_flush(node, em);
    }
    if (!indexer->merge_due) return TG_OK;
    tg_err err = tg_index_merge_step(node->store, TG_INDEX_MERGE_ROWS, &indexer->merge_due, em);
    return err == TG_ESPACE ? rest(node) : err;
}

/* ---- start and rebuild ---- */

static tg_err load_name(void *ctx, uint64_t recno, struct tg_view value)
{
    struct tg_node *node = ctx;
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL) || (rec.flags & TG_REC_SUPERSEDED)) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_facets facets;
    tg_err err = tg_rows_names_open(node->indexer->row_key, value, &arena, &facets);
    return err ? err : names_add(node, recno, &facets);
}

/* The next envelope of the log that is ours to read, at or after from. */
static bool next_readable(const struct tg_held_log *log, uint64_t from, uint64_t *ret_index)
{
    for (size_t i = 0; i < log->have_count; i++) {
        if (log->have[i].last < from) continue;
        *ret_index = log->have[i].first > from ? log->have[i].first : from;
        return true;
    }
    return false;
}

struct progress {
    void (*tell)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
    uint64_t done, total;
};

static tg_err replay_log(struct tg_node *node, struct tg_held_log *log, struct progress *progress,
                         struct tg_errmsg *em)
{
    uint64_t index = 0;
    tg_err err = log->numbered ? tg_index_covered(node->store, log->number, &index, em) : TG_OK;
    while (!err && next_readable(log, index, &index)) {
        err = tg_lookup_each(node, log, index, index_one, em);
        index++;
        progress->done++;
        if (progress->tell) progress->tell(progress->ctx, progress->done, progress->total);
    }
    return err;
}

/* Envelopes that came late, below what the index covers. */
struct late {
    struct tg_held_log *log;
    uint64_t index;
};

static tg_err late_list(struct tg_node *node, struct tg_arena *arena, struct late **ret_items,
                        size_t *ret_count, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    size_t count = 0, capacity = 0;
    struct late *items = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        uint32_t number;
        uint64_t index;
        if (!tg_held_late_parse(name, &number, &index)) continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            struct late *moved = tg_arena_take_array(arena, capacity, sizeof *moved);
            if (!moved) return TG_ENOMEM;
            if (count) memcpy(moved, items, count * sizeof *items);
            items = moved;
        }
        items[count++] = (struct late){.log = tg_held_by_number(node, number), .index = index};
    }
    tg_store_scan_release(&scan);
    *ret_items = items;
    *ret_count = count;
    return err == TG_ENOENT ? TG_OK : err;
}

struct late_all {
    const struct late *items;
    size_t count;
};

static tg_err late_forget(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct late_all *all = ctx;
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < all->count; i++) {
        char name[TG_LATE_NAME_BYTES];
        if (!all->items[i].log) continue;
        tg_held_late_name(all->items[i].log->number, all->items[i].index, name);
        err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
    }
    return err;
}

/* Indexed now, durably, and then forgotten as late. */
static tg_err replay_late(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_QUERY_BUDGET_BYTES);
    struct late *items = NULL;
    size_t count = 0;
    tg_err err = late_list(node, &arena, &items, &count, em);
    if (err || !count) return err;
    node->indexer->replaying = true;
    for (size_t i = 0; !err && i < count; i++)
        if (items[i].log) err = tg_lookup_each(node, items[i].log, items[i].index, index_one, em);
    node->indexer->replaying = false;
    if (!err) err = flush_now(node, em);
    struct late_all all = {.items = items, .count = count};
    if (!err) err = tg_store_write(node->store, late_forget, &all, em);
    return err == TG_ESPACE ? TG_OK : err; /* late still, at the next start too */
}

static tg_err replay(struct tg_node *node, struct progress *progress, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count; i++)
        for (size_t k = 0; k < node->logs[i]->have_count; k++)
            progress->total += node->logs[i]->have[k].last - node->logs[i]->have[k].first + 1;
    node->indexer->replaying = true;
    for (size_t i = 0; !err && i < node->log_count; i++) err = replay_log(node, node->logs[i], progress, em);
    node->indexer->replaying = false;
    if (!err && node->indexer->unflushed) err = tg_indexer_flush(node, em);
    if (!err) err = replay_late(node, em);
    return err ? err : tg_indexer_apply_withdrawals(node, em);
}

#define LAYOUT_NAME "node/layout"
#define LAYOUT_BYTES 12

static void layout_make(const struct tg_node *node, uint8_t out[static LAYOUT_BYTES])
{
    tg_be32_put(out, TG_INDEX_LAYOUT);
    tg_be32_put(out + 4, tg_record_schema_mark());
    tg_be32_put(out + 8, tg_vault_wrap_id(node->vault));
}

static tg_err layout_put(struct tg_node *node, struct tg_errmsg *em)
{
    uint8_t layout[LAYOUT_BYTES];
    layout_make(node, layout);
    return tg_index_meta_put(node->store, tg_view_str(LAYOUT_NAME), TG_VIEW_ARRAY(layout), em);
}

/* An index made by a node that gave other tokens, or that knew another schema and so did not understand what this one
 * does, or under another key-encryption key, is thrown away: the log builds it anew. */
static tg_err layout_check(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_view held;
    tg_err err = tg_index_meta_get(node->store, tg_view_str(LAYOUT_NAME), &held, em);
    if (err && err != TG_ENOENT) return err;
    uint8_t layout[LAYOUT_BYTES];
    layout_make(node, layout);
    if (!err && tg_view_equal(held, TG_VIEW_ARRAY(layout))) return TG_OK;
    err = tg_index_records(node->store) ? tg_index_clear(node->store, em) : TG_OK;
    return err ? err : layout_put(node, em);
}

tg_err tg_indexer_load(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = layout_check(node, em);
    if (!err) err = tg_apart_load(node, em);
    if (!err) err = tg_index_rows(node->store, TG_ROW_NAMES, 0, load_name, node, em);
    if (!err) err = tg_name_index_merge(node->indexer->names);
    struct progress none = {0};
    if (!err) err = replay(node, &none, em);
    if (!err && none.done) tg_event(node->events, TG_EV_REPLAYED, TG_F_NUM("envelopes", none.done));
    return err;
}

tg_err tg_indexer_rebuild(struct tg_node *node, void (*progress)(void *ctx, uint64_t done, uint64_t total),
                          void *ctx, uint64_t *ret_records, struct tg_errmsg *em)
{
    tg_err err = tg_index_clear(node->store, em);
    if (!err) err = layout_put(node, em);
    if (err) return err;
    tg_apart_forget(node);
    tg_indexer_free(node);
    err = tg_indexer_new(node);
    struct progress telling = {.tell = progress, .ctx = ctx};
    if (!err) err = replay(node, &telling, em);
    if (!err) *ret_records = tg_index_records(node->store);
    return err;
}
