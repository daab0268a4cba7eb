/* Withdrawals: the record's key is taken out of what is kept of its batch, its rows go, its name is remembered so that
 * it never comes back. Neighbours stay readable, the ciphertext stays served.
 *
 * Binds only when its origin is the target's origin. Stored rows: docs/formats-store.md "withdrawn", "blocked".
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "node/commit.h"
#include "node/duty.h"
#include "node/heads.h"
#include "node/indexer.h"
#include "node/notices.h"
#include "node/tell_readers.h"
#include "proto/record_edit.h"

/* Value of the withdrawn table. index UINT64_MAX: the row of the record itself, not of a place where it stood. */
struct tomb {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t index;
    uint32_t item;
    struct tg_hash by; /* id of the withdrawal record; zero: told by the origin beside the envelope */
    int64_t at_ms;
};
#define TOMB_BYTES 88
#define NOWHERE UINT64_MAX

static void tomb_encode(const struct tomb *tomb, uint8_t out[static TOMB_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, TOMB_BYTES);
    tg_wr_put(&wr, tomb->origin.bytes, 32);
    tg_wr_u32(&wr, tomb->epoch);
    tg_wr_u64(&wr, tomb->index);
    tg_wr_u32(&wr, tomb->item);
    tg_wr_put(&wr, tomb->by.bytes, 32);
    tg_wr_u64(&wr, (uint64_t)tomb->at_ms);
}

static tg_err tomb_decode(struct tg_view value, struct tomb *ret_tomb)
{
    struct tg_rd rd = tg_rd_init(value);
    tg_rd_copy(&rd, ret_tomb->origin.bytes, 32);
    ret_tomb->epoch = tg_rd_u32(&rd);
    ret_tomb->index = tg_rd_u64(&rd);
    ret_tomb->item = tg_rd_u32(&rd);
    tg_rd_copy(&rd, ret_tomb->by.bytes, 32);
    ret_tomb->at_ms = (int64_t)tg_rd_u64(&rd);
    return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
}

/* Name of a row: of (origin, record id), which says that the record never comes back; or of one place where it stood.
 * Two origins may have said the same in the same bytes: each withdraws its own. */
static void tomb_name(const struct tg_hash *origin, const struct tg_hash *id, const struct tomb *place,
                      struct tg_hash *ret_name)
{
    uint8_t joined[32 + 32 + 12];
    struct tg_wr wr = tg_wr_init(joined, sizeof joined);
    tg_wr_put(&wr, origin->bytes, 32);
    tg_wr_put(&wr, id->bytes, 32);
    if (place) tg_wr_u64(&wr, place->index);
    if (place) tg_wr_u32(&wr, place->item);
    tg_sha256_of(tg_wr_view_of(&wr), ret_name);
}

static tg_err tomb_get(const struct tg_rtxn *txn, const struct tg_hash *origin, const struct tg_hash *id,
                       struct tomb *ret_tomb)
{
    struct tg_hash name;
    struct tg_view value;
    tomb_name(origin, id, NULL, &name);
    tg_err err = tg_store_named_get(txn, TG_NAMED_WITHDRAWN, TG_VIEW_ARRAY(name.bytes), &value);
    return err ? err : tomb_decode(value, ret_tomb);
}

static tg_err row_put(struct tg_wtxn *txn, const struct tg_hash *name, const struct tomb *tomb)
{
    uint8_t value[TOMB_BYTES];
    tomb_encode(tomb, value);
    return tg_store_named_put(txn, TG_NAMED_WITHDRAWN, TG_VIEW_ARRAY(name->bytes), TG_VIEW_ARRAY(value));
}

/* The record's row, and one for the place when it has one. */
static tg_err tomb_put(struct tg_wtxn *txn, const struct tg_hash *id, const struct tomb *tomb)
{
    struct tg_hash name;
    struct tomb nowhere = *tomb;
    nowhere.index = NOWHERE;
    tomb_name(&tomb->origin, id, NULL, &name);
    tg_err err = row_put(txn, &name, &nowhere);
    if (err || tomb->index == NOWHERE) return err;
    tomb_name(&tomb->origin, id, tomb, &name);
    return row_put(txn, &name, tomb);
}

tg_err tg_withdraw_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_WITHDRAWN, &scan);
    struct tg_view id, value;
    while (!err && !(err = tg_store_named_next(&scan, &id, &value))) {
        struct tomb tomb;
        err = tomb_decode(value, &tomb);
        struct tg_log_id log_id = {.origin = tomb.origin, .epoch = tomb.epoch};
        struct tg_held_log *log = err || tomb.index == NOWHERE ? NULL : tg_held_find(node, &log_id);
        if (log) err = tg_held_withdrawn(log, tomb.index, tomb.item);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_withdrawn_each(const struct tg_rtxn *txn, const struct tg_held_log *log,
                         tg_on_withdrawn on_withdrawn, void *ctx)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    tg_err err = tg_store_scan_named(txn, TG_NAMED_WITHDRAWN, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        struct tomb tomb;
        err = tomb_decode(value, &tomb);
        bool here = !err && tomb.index != NOWHERE && tomb.epoch == log->id.epoch &&
                    tg_hash_equal(&tomb.origin, &log->id.origin);
        struct tg_withdrawn withdrawn = {
            .index = tomb.index, .item = tomb.item, .at_ms = tomb.at_ms, .by = tomb.by};
        if (here) err = on_withdrawn(ctx, &withdrawn);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

/* ---- leaves of the records root, kept before a key goes ---- */

static void hashes_name(uint32_t number, uint64_t index, char out[static 48])
{
    (void)snprintf(out, 48, "leaves/%u/%llu", number, (unsigned long long)index);
}

tg_err tg_withdraw_record_hashes_put(struct tg_wtxn *txn, uint32_t number, uint64_t index,
                                     const struct tg_hash *hashes, size_t count)
{
    char name[48];
    hashes_name(number, index, name);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name),
                              tg_view_of(hashes, count * sizeof *hashes));
}

static tg_err hashes_stored(const struct tg_rtxn *txn, uint32_t number, uint64_t index, struct tg_hash *out,
                            size_t max, size_t *ret_count)
{
    char name[48];
    struct tg_view value;
    hashes_name(number, index, name);
    tg_err err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(name), &value);
    if (err) return err;
    if (value.bytes % sizeof *out || value.bytes / sizeof *out > max) return TG_EDAMAGED;
    memcpy(out, value.data, value.bytes);
    *ret_count = value.bytes / sizeof *out;
    return TG_OK;
}

static tg_err hashes_computed(struct tg_lookup_batch *batch, struct tg_hash *out)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_BODY_BYTES_MAX * 2u);
    tg_err err = TG_OK;
    for (uint32_t item = 1; !err && item <= batch->manifest.record_count; item++) {
        struct tg_view bytes;
        uint8_t salt[TG_SALT_BYTES];
        struct tg_hash id;
        err = tg_lookup_item(batch, item, &arena, &bytes, salt);
        if (err) break;
        tg_record_id_of(bytes, &id);
        tg_record_leaf_hash(salt, &id, &out[item - 1]);
    }
    return err;
}

tg_err tg_heads_record_hashes(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                              struct tg_hash *out, size_t max, size_t *ret_count, struct tg_errmsg *em)
{
    struct tg_lookup_batch batch;
    tg_err err = tg_lookup_batch_begin(node, log, index, &batch, em);
    if (err) return err;
    err = hashes_stored(batch.txn, log->number, index, out, max, ret_count);
    if (err == TG_ENOENT && batch.manifest.record_count <= max) {
        err = hashes_computed(&batch, out);
        if (!err) *ret_count = batch.manifest.record_count;
    }
    tg_lookup_batch_end(&batch);
    return err;
}

/* ---- applying one ---- */

bool tg_withdraw_known_by(struct tg_node *node, const struct tg_hash *origin, const struct tg_hash *id,
                          struct tg_hash *ret_by, int64_t *ret_at_ms)
{
    struct tg_rtxn *txn = NULL;
    struct tomb tomb;
    if (tg_store_read_begin(node->store, &txn, NULL)) return false;
    tg_err err = tomb_get(txn, origin, id, &tomb);
    tg_store_read_end(txn);
    if (err) return false;
    if (ret_by) *ret_by = tomb.by;
    if (ret_at_ms) *ret_at_ms = tomb.at_ms;
    return true;
}

bool tg_withdraw_known(struct tg_node *node, const struct tg_hash *id)
{
    for (size_t i = 0; i < node->log_count; i++)
        if (tg_withdraw_known_by(node, &node->logs[i]->id.origin, id, NULL, NULL)) return true;
    return false;
}

struct erasing {
    struct tg_node *node;
    struct tg_hash target;
    struct tomb tomb;
    struct tg_held_log *log; /* NULL: the target is not held */
    struct tg_view wrapped;  /* what is kept of the batch key from now on */
    struct tg_hash *hashes;
    size_t hash_count;
    uint32_t of; /* records of that envelope */
    bool blocks, listed;
    struct tg_token blocked; /* of what is not to be imported again */
};

#define BLOCK_BYTES 89
static tg_err block_put(struct tg_wtxn *txn, const struct erasing *erasing)
{
    uint8_t value[BLOCK_BYTES];
    struct tg_wr wr = tg_wr_init(value, sizeof value);
    tg_wr_put(&wr, erasing->target.bytes, 32);
    tg_wr_put(&wr, erasing->tomb.by.bytes, 32);
    tg_wr_u64(&wr, (uint64_t)erasing->tomb.at_ms);
    tg_wr_u64(&wr, erasing->tomb.index);
    tg_wr_u32(&wr, erasing->tomb.item);
    tg_wr_u8(&wr, erasing->listed);
    tg_wr_u32(&wr, erasing->tomb.epoch);
    return tg_store_named_put(txn, TG_NAMED_BLOCKED, TG_VIEW_ARRAY(erasing->blocked.bytes),
                              TG_VIEW_ARRAY(value));
}

static tg_err erase_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct erasing *erasing = ctx;
    tg_err err = tomb_put(txn, &erasing->target, &erasing->tomb);
    if (!err && erasing->log)
        err = tg_store_place_put(txn, TG_PLACE_CKEY, erasing->log->number, erasing->tomb.index,
                                 erasing->wrapped);
    if (!err && erasing->log)
        err = tg_withdraw_record_hashes_put(txn, erasing->log->number, erasing->tomb.index, erasing->hashes,
                                            erasing->hash_count);
    return err || !erasing->blocks ? err : block_put(txn, erasing);
}

static tg_err punctured(struct tg_node *node, const struct tg_found *target, struct tg_buf *out,
                        struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    struct tg_view wrapped;
    int64_t stored_ms = 0;
    const struct tg_where *where = &target->manifest.where;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_lookup_key(txn, target->log->number, target->rec.index, &stored_ms, &wrapped);
    if (!err) err = tg_vault_unwrap(node->vault, where, wrapped, &keymat);
    if (!err) err = tg_keymat_erase(&keymat, where, target->rec.n);
    if (!err) err = tg_lookup_key_begin(out, stored_ms);
    return err ? err : tg_vault_wrap(node->vault, where, &keymat, node->random, out);
}

/* What the officer withdrew is not imported again: by its number on the list, or by its content. */
static tg_err block_token(struct tg_node *node, const struct tg_record *record, struct tg_token *ret_token)
{
    struct tg_view own = TG_VIEW_ARRAY(node->id.bytes);
    if (!record->head->list[0] || !record->head->external_id[0]) {
        tg_indexer_kept_token2(node, TG_TOKEN_DIGEST, own, TG_VIEW_ARRAY(record->digest.bytes), ret_token);
        return TG_OK;
    }
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    tg_err err = tg_import_external_form(record->head->list, record->head->external_id, &form);
    if (!err) tg_indexer_kept_token2(node, TG_TOKEN_EXTERNAL, own, tg_buf_view(&form), ret_token);
    return err;
}

static bool blocks_import(int reason)
{
    return reason != TG_WITHDRAWAL_REASON_DELISTED && reason != TG_WITHDRAWAL_REASON_SUPERSEDED;
}

static tg_err erase_found(struct tg_node *node, struct erasing *erasing, const struct tg_found *target,
                          int reason, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf wrapped = {0};
    struct tg_hash *hashes = malloc(TG_BATCH_RECORDS_MAX * sizeof *hashes);
    if (!hashes) return TG_ENOMEM;
    erasing->log = target->log;
    erasing->hashes = hashes;
    erasing->tomb.epoch = target->log->id.epoch;
    erasing->tomb.index = target->rec.index;
    erasing->tomb.item = target->rec.n;
    erasing->of = target->manifest.record_count;
    erasing->blocks = target->log->own && blocks_import(reason);
    tg_err err = tg_heads_record_hashes(node, target->log, target->rec.index, hashes, TG_BATCH_RECORDS_MAX,
                                        &erasing->hash_count, em);
    if (!err) err = punctured(node, target, &wrapped, em);
    erasing->listed = target->record->head->list[0] && target->record->head->external_id[0];
    if (!err && erasing->blocks) err = block_token(node, target->record, &erasing->blocked);
    erasing->wrapped = tg_buf_view(&wrapped);
    if (!err) err = tg_store_write_spare(node->store, erase_txn, erasing, em);
    if (!err) err = tg_held_withdrawn(target->log, target->rec.index, target->rec.n);
    free(hashes);
    return err;
}

/* Named by its place: its id may live on in another origin's record of the same bytes. */
static void tell(struct tg_node *node, const struct tg_record *withdrawal, const struct tomb *tomb,
                 uint32_t of)
{
    char ref[TG_REF_TEXT_BYTES];
    struct tg_log_id log = {.origin = tomb->origin, .epoch = tomb->epoch};
    const struct tg_held_log *held = tg_held_find(node, &log);
    struct tg_notice notice = {.kind = TG_NOTICE_WITHDRAWAL,
                               .id = withdrawal->id,
                               .log = held && held->numbered ? held->number : TG_NOTICE_NO_LOG,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = TG_NOTICE_EVERYONE,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    tg_lookup_place_text(node, &log, tomb->index, tomb->item, of, ref);
    const char *reason = tg_enum_name(TG_ENUM_WITHDRAWAL_REASON, (int)withdrawal->withdrawal->reason);
    (void)snprintf(notice.text, sizeof notice.text, "%s withdrew %s: %s", tg_trust_country(node, &log.origin),
                   ref, reason ? reason : "for a reason newer than this node");
    tg_notices_forget(node, withdrawal->withdrawal->target);
    tg_notices_put(node, &notice);
    const struct tg_place place = {
        .log = notice.log, .index = tomb->index, .first = (uint16_t)tomb->item, .count = 1};
    if (place.log != TG_NOTICE_NO_LOG)
        tg_tell_readers(node, TG_NOTICE_WITHDRAWAL, &place, &withdrawal->id, reason ? reason : "");
}

/* One place of the record. ret_found: it was that origin's. */
static tg_err apply_at(struct tg_node *node, const struct tg_record *withdrawal, const struct tg_hash *origin,
                       uint64_t recno, struct erasing *erasing, bool *ret_found, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_index_rec rec;
    struct tg_found target;
    tg_err err = tg_index_get(node->store, recno, &rec, em);
    struct tg_held_log *log = err ? NULL : tg_held_by_number(node, rec.log);
    if (!log || !tg_hash_equal(&log->id.origin, origin))
        return err; /* another's word: shown, does not bind */
    *ret_found = true;
    err = tg_lookup_open(node, recno, &arena, &target, em);
    if (err == TG_EWITHDRAWN)
        return tg_indexer_forget(node, recno, em); /* a crash came between key and rows */
    if (!err) err = erase_found(node, erasing, &target, (int)withdrawal->withdrawal->reason, em);
    if (!err) err = tg_indexer_forget(node, recno, em);
    const struct tg_hash *spoke_of = err ? NULL : tg_duty_speaks_of(target.record);
    return spoke_of && log->own ? tg_duty_mark(node, spoke_of, em) : err;
}

tg_err tg_withdraw_apply(struct tg_node *node, const struct tg_record *withdrawal,
                         const struct tg_hash *origin, struct tg_errmsg *em)
{
    const struct tg_hash *target_id = withdrawal->withdrawal->target;
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    bool found = false;
    struct erasing erasing = {.node = node, .target = *target_id};
    erasing.tomb = (struct tomb){
        .origin = *origin, .index = NOWHERE, .by = withdrawal->id, .at_ms = tg_clock_wall_ms(node->clock)};
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(target_id->bytes), recnos,
                                 TG_WITHDRAW_PLACES_MAX, &count, em);
    if (count > TG_WITHDRAW_PLACES_MAX) count = TG_WITHDRAW_PLACES_MAX;
    for (size_t i = 0; !err && i < count; i++)
        err = apply_at(node, withdrawal, origin, recnos[i], &erasing, &found, em);
    if (err) return err;
    if (found) {
        tell(node, withdrawal, &erasing.tomb, erasing.of);
        return TG_OK;
    }
    if (tg_withdraw_known_by(node, origin, target_id, NULL, NULL)) return TG_OK;
    return tg_store_write_spare(node->store, erase_txn, &erasing, em);
}

/* ---- after a crash ---- */

/* Where the record stood that this withdrawal took. TG_ENOENT: it was not held. */
static tg_err tomb_by(struct tg_node *node, const struct tg_hash *by, struct tomb *ret_tomb)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_WITHDRAWN, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        err = tomb_decode(value, ret_tomb);
        if (!err && tg_hash_equal(&ret_tomb->by, by) && ret_tomb->index != NOWHERE) break;
    }
    tg_store_scan_release(&scan);
    return err;
}

tg_err tg_withdraw_repair(struct tg_node *node, const struct tg_record *withdrawal,
                          const struct tg_hash *origin, struct tg_errmsg *em)
{
    struct tomb tomb;
    struct tg_lookup_batch batch;
    tg_err err = tg_withdraw_apply(node, withdrawal, origin, em);
    if (err) return err;
    err = tomb_by(node, &withdrawal->id, &tomb);
    if (err) return err == TG_ENOENT ? TG_OK : tg_fail(em, err, "cannot read what was withdrawn");
    struct tg_log_id log_id = {.origin = tomb.origin, .epoch = tomb.epoch};
    struct tg_held_log *log = tg_held_find(node, &log_id);
    uint32_t of = tomb.item; /* at least */
    if (log && !tg_lookup_batch_begin(node, log, tomb.index, &batch, NULL)) {
        of = batch.manifest.record_count;
        tg_lookup_batch_end(&batch);
    }
    tell(node, withdrawal, &tomb, of);
    return TG_OK;
}

/* ---- what is not imported again ---- */

static tg_err block_decode(struct tg_view name, struct tg_view value, struct tg_block *ret_block)
{
    *ret_block = (struct tg_block){.index = NOWHERE};
    if (name.bytes != sizeof ret_block->token) return TG_EDAMAGED;
    memcpy(ret_block->token, name.data, name.bytes);
    if (!value.bytes) return TG_OK;
    struct tg_rd rd = tg_rd_init(value);
    tg_rd_copy(&rd, ret_block->target.bytes, 32);
    tg_rd_copy(&rd, ret_block->by.bytes, 32);
    ret_block->at_ms = (int64_t)tg_rd_u64(&rd);
    ret_block->index = tg_rd_u64(&rd);
    ret_block->item = tg_rd_u32(&rd);
    ret_block->listed = tg_rd_u8(&rd) != 0;
    if (!rd.err && rd.left) ret_block->epoch = tg_rd_u32(&rd); /* older rows are of the first */
    return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
}

tg_err tg_blocks_each(struct tg_node *node, tg_on_block on_block, void *ctx, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_BLOCKED, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        struct tg_block block;
        err = block_decode(name, value, &block);
        if (!err) err = on_block(ctx, &block);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

bool tg_block_token(struct tg_node *node, const char *ref, uint8_t ret_token[static 16])
{
    const char *colon = strchr(ref, ':');
    struct tg_token token;
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    if (!colon || colon == ref || !colon[1]) return false;
    tg_err err = tg_buf_put(&form, ref, (size_t)(colon - ref));
    if (!err) err = tg_buf_put(&form, "", 1);
    if (!err) err = tg_buf_put_str(&form, colon + 1);
    if (err) return false;
    tg_indexer_kept_token2(node, TG_TOKEN_EXTERNAL, TG_VIEW_ARRAY(node->id.bytes), tg_buf_view(&form),
                           &token);
    memcpy(ret_token, token.bytes, sizeof token.bytes);
    return true;
}

static tg_err block_remove(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    return tg_store_named_del(txn, TG_NAMED_BLOCKED, tg_view_of(ctx, 16));
}

tg_err tg_block_remove(struct tg_node *node, const uint8_t token[static 16], struct tg_errmsg *em)
{
    uint8_t name[16];
    memcpy(name, token, sizeof name);
    return tg_store_write(node->store, block_remove, name, em);
}

/* ---- records that were withdrawn before they came ---- */

static bool listed(const struct tg_work *work, uint32_t item)
{
    for (size_t i = 0; i < work->withdrawn_count; i++)
        if (work->withdrawn[i] == item) return true;
    return false;
}

static tg_err collect(struct tg_node *node, struct tg_work *work, uint32_t *ret_items, size_t *ret_count)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    size_t count = 0;
    for (uint32_t item = 1; !err && item <= work->batch.record_count; item++) {
        struct tomb tomb;
        err = tomb_get(txn, &work->log_id.origin, &work->batch.record_ids[item - 1], &tomb);
        bool buried = !err;
        if (err == TG_ENOENT) err = TG_OK;
        if (buried || listed(work, item)) ret_items[count++] = item;
    }
    *ret_count = count;
    return err;
}

static tg_err keep_hashes(struct tg_work *work, const struct tg_keymat *keymat)
{
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    tg_err err =
        tg_keymat_set(keymat, &work->envelope.manifest.where, &work->envelope.manifest.key_commitment, &set);
    if (err) return err;
    TG_AUTO(tg_keywalk) struct tg_keywalk walk;
    tg_keywalk_init(&walk, &set);
    work->record_hashes = malloc(work->batch.record_count * sizeof *work->record_hashes);
    if (!work->record_hashes) return TG_ENOMEM;
    for (uint32_t item = 1; !err && item <= work->batch.record_count; item++) {
        TG_AUTO(tg_leaf_key) struct tg_leaf_key key;
        err = tg_keywalk_leaf(&walk, item, &key);
        if (!err)
            tg_record_leaf_hash(key.salt, &work->batch.record_ids[item - 1], &work->record_hashes[item - 1]);
    }
    return err;
}

tg_err tg_withdraw_before_keeping(struct tg_node *node, struct tg_work *work, struct tg_keymat *keymat)
{
    uint32_t *items = malloc((work->batch.record_count + 1) * sizeof *items);
    if (!items) return TG_ENOMEM;
    size_t count = 0;
    tg_err err = collect(node, work, items, &count);
    if (!err && count && !work->record_hashes) err = keep_hashes(work, keymat);
    for (size_t i = 0; !err && i < count; i++)
        err = tg_keymat_erase(keymat, &work->envelope.manifest.where, items[i]);
    free(work->withdrawn);
    work->withdrawn = items;
    work->withdrawn_count = err ? 0 : count;
    return err;
}

tg_err tg_withdraw_put_tombs(struct tg_node *node, struct tg_wtxn *txn, const struct tg_work *work)
{
    tg_err err = TG_OK;
    if (!work->opened)
        return TG_OK; /* carried for others, or refused: which records they are is not known here */
    for (size_t i = 0; !err && i < work->withdrawn_count; i++) {
        const struct tg_hash *id = &work->batch.record_ids[work->withdrawn[i] - 1];
        struct tomb tomb = {.at_ms = tg_clock_wall_ms(node->clock)};
        static const struct tg_hash unknown;
        if (tg_hash_equal(id, &unknown))
            continue; /* its key came without it: the withdrawal itself names it */
        err = tomb_get(tg_wtxn_read(txn), &work->log_id.origin, id, &tomb);
        if (err && err != TG_ENOENT) return err;
        tomb.origin = work->log_id.origin;
        tomb.epoch = work->log_id.epoch;
        tomb.index = work->index;
        tomb.item = work->withdrawn[i];
        err = tomb_put(txn, id, &tomb);
    }
    return err;
}

/* ---- publishing one of ours ---- */

tg_err tg_commit_withdrawal(struct tg_node *node, const struct tg_found *target,
                            const struct tg_withdrawal_draft *draft, struct tg_publish *job,
                            struct tg_errmsg *em)
{
    if (!target->log->own)
        return tg_fail(em, TG_EDENIED, "only its origin (%s) can withdraw this record",
                       tg_trust_country(node, &target->log->id.origin));
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    tg_err err =
        tg_record_withdrawal_build(target->record, draft, tg_clock_wall_ms(node->clock), &arena, &bytes, em);
    if (!err)
        err = tg_commit_audience_of(node, target->log, target->rec.index, job->audience, &job->audience_count,
                                    em);
    if (err) return err;
    /* Addressees that are no longer trusted get nothing; the others do not wait for them. */
    size_t kept = 0;
    for (size_t i = 0; i < job->audience_count; i++)
        if (tg_trust_find(node, &job->audience[i])) job->audience[kept++] = job->audience[i];
    job->audience_count = kept;
    job->precedence = TG_IMMEDIATE;
    job->records = calloc(1, sizeof *job->records);
    if (!job->records) return TG_ENOMEM;
    job->record_count = 1;
    return tg_buf_put_view(&job->records[0], bytes);
}
