/* The node: puts its parts together, keeps the start rules, and does the work that waits.
 *
 * One thread; no socket, no signal, no configuration file. Start rules: ARCHITECTURE.md "Start".
 */
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "node/commit.h"
#include "node/engine.h"
#include "node/heads.h"
#include "node/indexer.h"
#include "node/notices.h"
#include "node/receipts.h"
#include "node/reminders.h"
#include "node/trust.h"
#include "node/watches.h"

static tg_err open_store(struct tg_node *node, const struct tg_node_options *options, bool *ret_fresh,
                         struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    struct tg_store_options store_options = {
        .discard_index = options->discard_index,
        .log_map_bytes = options->log_map_bytes,
        .index_map_bytes = options->index_map_bytes,
        .reserve_bytes = options->reserve_bytes,
    };
    tg_err err = tg_path_join(options->data, "store", path, sizeof path, em);
    if (!err) err = tg_store_open(path, &store_options, &node->store, em);
    *ret_fresh = err == TG_ENOENT;
    if (err != TG_ENOENT) return err;
    err = tg_store_create(path, &store_options, em);
    return err ? err : tg_store_open(path, &store_options, &node->store, em);
}

static tg_err open_own_card(struct tg_node *node, struct tg_view note, struct tg_errmsg *em)
{
    node->card = malloc(sizeof *node->card);
    if (!node->card) return TG_ENOMEM;
    tg_err err = tg_card_open(note, node->card, em);
    if (err) return tg_context(em, err, "cannot use our own card");
    memcpy(node->id.bytes, node->card->node.bytes, sizeof node->id.bytes);
    tg_vault_public_of(node->vault, &node->public_keys);
    const struct tg_card_key *log_key = tg_card_log_key_now(node->card);
    const struct tg_card_key *envelope_key = tg_card_envelope_key_now(node->card);
    bool same =
        log_key && envelope_key &&
        !memcmp(&log_key->key.public_key, &node->public_keys.log, sizeof node->public_keys.log) &&
        !memcmp(&envelope_key->key.public_key, &node->public_keys.envelope,
                sizeof node->public_keys.envelope) &&
        !memcmp(&node->card->store.public_key, &node->public_keys.store, sizeof node->public_keys.store) &&
        !memcmp(&node->card->seal, &node->public_keys.seal, sizeof node->public_keys.seal);
    if (!same)
        return tg_fail(
            em, TG_EKEY,
            "our card and our key file do not belong together; use the card that names these keys");
    return tg_buf_put_view(&node->card_note, note);
}

/* ---- start rules ---- */

static void quarantine(struct tg_node *node, const char *why)
{
    node->start = TG_START_QUARANTINE;
    node->start_why = why;
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", why));
}

/* The mark's entry for our log; size 0 when it has none. */
static struct tg_mark mark_of(const struct tg_node *node, uint32_t epoch)
{
    struct tg_mark marks[TG_MARKS_MAX];
    size_t count = tg_mark_read(node->mark, marks);
    for (size_t i = 0; i < count; i++)
        if (marks[i].epoch == epoch) return marks[i];
    return (struct tg_mark){.epoch = epoch};
}

static tg_err root_at(struct tg_node *node, const struct tg_held_log *log, uint64_t size,
                      struct tg_hash *ret_root)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (err) return err;
    struct tg_held_tree tree = {.txn = txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    return tg_merkle_root_read(&reader, size, ret_root);
}

/* What a crash between sync and mark left: same front, more leaves. Finish it. */
static tg_err finish_commit(struct tg_node *node, struct tg_held_log *log, const struct tg_mark *mark,
                            struct tg_errmsg *em)
{
    struct tg_hash root;
    struct tg_merkle_frontier frontier = {0};
    tg_err err = mark->size ? root_at(node, log, mark->size, &root) : TG_OK;
    if (err) return tg_fail(em, err, "cannot read the tree of our own log");
    if (mark->size && memcmp(root.bytes, mark->root, sizeof mark->root) != 0) {
        quarantine(node, "our log is not the one that the mark tells of; restore the newest store");
        return TG_OK;
    }
    if (mark->size) {
        TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
        err = tg_store_read_begin(node->store, &txn, em);
        struct tg_held_tree tree = {.txn = txn, .number = log->number};
        struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
        if (!err) err = tg_merkle_frontier_read(&reader, mark->size, &frontier);
    }
    return err ? err : tg_own_publish(node, log, mark->size, &frontier, em);
}

static tg_err compare_mark(struct tg_node *node, struct tg_held_log *log, struct tg_errmsg *em)
{
    struct tg_mark mark = mark_of(node, log->id.epoch);
    if (log->size > mark.size) return finish_commit(node, log, &mark, em);
    if (log->size < mark.size) {
        quarantine(node, "our store is behind its mark: it is an older copy; restore the newest store");
        return TG_OK;
    }
    if (!log->size) return TG_OK;
    if (memcmp(log->root.bytes, mark.root, sizeof mark.root) != 0) {
        quarantine(node, "our log is not the one that the mark tells of; restore the newest store");
        return TG_OK;
    }
    return tg_heads_sign_own(node, log, em);
}

static tg_err check_mark(struct tg_node *node, const struct tg_node_options *options, bool fresh,
                         struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = tg_path_join(options->data, "mark", path, sizeof path, em);
    if (!err) err = tg_mark_open(path, false, &node->mark, em);
    bool missing = err == TG_ENOENT;
    if (err && !missing) return err;
    struct tg_held_log *own = tg_held_own(node);
    if (!own) return TG_ENOMEM;
    if (missing && !fresh && own->size) {
        /* None is made: a restart must find it missing again. tg_own_mark makes it when we may append. */
        quarantine(
            node, "the mark beside our store is missing; put it back, or wait until all peers have answered");
        return TG_OK;
    }
    err = missing ? tg_mark_open(path, true, &node->mark, em) : TG_OK;
    return err ? err : compare_mark(node, own, em);
}

static bool all_answered(const struct tg_node *node)
{
    return node->start_answered_count >= node->peer_count;
}

static void tell_silent(struct tg_node *node)
{
    for (size_t i = 0; i < node->peer_count; i++) {
        bool answered = false;
        for (size_t k = 0; k < node->start_answered_count; k++)
            answered |= tg_hash_equal(&node->start_answered[k], &node->peers[i]->id);
        if (!answered)
            tg_event(node->events, TG_EV_START_WAIT,
                     TG_F_TEXT("why", "a peer was silent; we append all the same"),
                     TG_F_NODE("peer", &node->peers[i]->id));
    }
}

/* Leaves quarantine only when every peer has answered with no more than we hold. */
static tg_err leave_quarantine(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_held_log *own = tg_held_own(node);
    for (size_t i = 0; i < node->peer_count; i++) {
        struct tg_sync_peer_view view;
        bool told = tg_sync_peer(node->sync, &node->peers[i]->id, &view) && view.own_size_known;
        if (!told || view.own_size > own->size) return TG_OK;
    }
    tg_err err = tg_own_mark(node, own, em);
    if (!err && own->size) err = tg_heads_sign_own(node, own, em);
    if (err) return err;
    node->start = TG_START_READY;
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", "every peer has answered: appending again"));
    return TG_OK;
}

static tg_err start_step(struct tg_node *node, struct tg_errmsg *em)
{
    if (node->start == TG_START_READY) return TG_OK;
    if (node->start == TG_START_QUARANTINE)
        return node->peer_count && all_answered(node) ? leave_quarantine(node, em) : TG_OK;
    bool late = tg_clock_mono_us(node->clock) >= node->start_deadline_us;
    if (!all_answered(node) && !late) return TG_OK;
    tell_silent(node);
    node->start = TG_START_READY;
    return TG_OK;
}

const char *tg_node_append_refused(const struct tg_node *node)
{
    if (node->start == TG_START_QUARANTINE) return node->start_why;
    if (tg_store_poisoned(node->store)) return "the store has failed; the node is stopping";
    return NULL;
}

static tg_err override_start(struct tg_node *node, struct tg_errmsg *em)
{
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", "the operator overrides the start rules"),
             TG_F_TEXT("was", node->start_why ? node->start_why : "nothing"));
    node->start = TG_START_READY;
    struct tg_held_log *own = tg_held_own(node);
    tg_err err = tg_own_mark(node, own, em);
    return err || !own->size ? err : tg_heads_sign_own(node, own, em);
}

/* ---- life ---- */

static tg_err parts_new(struct tg_node *node)
{
    tg_err err = tg_commit_new(node);
    if (!err) err = tg_receipts_new(node);
    if (!err) err = tg_notices_new(node);
    if (!err) err = tg_watches_new(node);
    if (!err) err = tg_indexer_new(node);
    if (!err) err = tg_reminders_new(node);
    return err ? err : tg_engine_new(node);
}

/* Our own urgent envelopes that may not have arrived before we went down. */
static tg_err remember_urgent(struct tg_node *node)
{
    struct tg_held_log *own = tg_held_own(node);
    if (!own->numbered) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint64_t from = own->size > TG_STORED_TIMES_MAX ? own->size - TG_STORED_TIMES_MAX : 0, index;
    struct tg_store_entry entry;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_entries(txn, own->number, from, &scan);
    int64_t now_us = tg_clock_mono_us(node->clock);
    while (!err && !(err = tg_store_entry_next(&scan, &index, &entry))) {
        struct tg_manifest manifest;
        if (!entry.has_envelope) continue;
        err = tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL);
        if (!err) tg_receipts_committed(node, index, (uint8_t)manifest.precedence, now_us);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err load(struct tg_node *node, const struct tg_node_options *options, struct tg_errmsg *em)
{
    bool fresh = false;
    tg_err err = open_store(node, options, &fresh, em);
    if (!err) err = tg_trust_load(node, em);
    if (!err) err = tg_held_load(node, em);
    if (!err) err = tg_withdraw_load(node, em);
    if (!err) err = parts_new(node);
    if (!err) tg_space_look(node);
    if (!err) err = check_mark(node, options, fresh, em);
    if (!err) err = tg_receipts_load(node, em);
    if (!err) err = tg_notices_load(node, em);
    if (!err) err = tg_watches_load(node, em);
    if (!err) err = remember_urgent(node);
    if (!err) err = tg_indexer_load(node, em);
    if (!err) err = tg_notices_repair(node, em);
    if (!err) err = tg_reminders_load(node, em);
    if (!err && options->override_start) err = override_start(node, em);
    return err;
}

tg_err tg_node_new(const struct tg_node_options *options, struct tg_node **ret_node, struct tg_errmsg *em)
{
    struct tg_node *node = calloc(1, sizeof *node);
    if (!node) return TG_ENOMEM;
    node->clock = options->clock;
    node->random = options->random;
    node->events = options->events;
    node->vault = options->vault;
    (void)snprintf(node->country, sizeof node->country, "%.3s", options->country);
    (void)snprintf(node->default_audience, sizeof node->default_audience, "%s", options->default_audience);
    (void)snprintf(node->data, sizeof node->data, "%s", options->data);
    node->review_days = options->review_days;
    node->started_ms = tg_clock_wall_ms(node->clock);
    tg_random_fill(node->random, node->boot, sizeof node->boot);
    tg_err err = open_own_card(node, options->card_note, em);
    if (!err) err = load(node, options, em);
    if (err) {
        node->vault = NULL; /* stays the caller's */
        tg_node_free(node);
        return err;
    }
    *ret_node = node;
    return TG_OK;
}

void tg_node_free(struct tg_node *node)
{
    if (!node) return;
    if (node->commit) tg_commit_free(node);
    tg_engine_free(node);
    tg_indexer_free(node);
    tg_watches_free(node);
    tg_notices_free(node);
    tg_reminders_free(node);
    tg_receipts_free(node);
    for (size_t i = 0; i < node->log_count; i++) tg_held_free(node->logs[i]);
    tg_trust_release(node);
    tg_mark_close(node->mark);
    tg_store_close(node->store);
    free(node->card);
    tg_buf_release(&node->card_note);
    tg_vault_free(node->vault);
    free(node);
}

tg_err tg_node_connect(struct tg_node *node, const struct tg_transport *transport, struct tg_errmsg *em)
{
    node->transport = transport;
    node->start_deadline_us = tg_clock_mono_us(node->clock) + TG_START_WAIT_US;
    tg_err err = tg_trust_announce(node, em);
    return err ? err : start_step(node, em);
}

/* Until the start rules say yes, at most two seconds, what has come waits in its queue. */
static bool may_commit(const struct tg_node *node)
{
    return node->start != TG_START_WAITING && tg_commit_waiting(node);
}

/* Without any room they wait, and are not tried again and again. */
static bool notices_due(const struct tg_node *node)
{
    return !node->space.none && tg_notices_due(node);
}

tg_err tg_node_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em)
{
    bool index_more = false;
    tg_err err = node->failed;
    tg_space_tick(node);
    if (!err) err = start_step(node, em);
    if (!err && (may_commit(node) || notices_due(node))) err = tg_commit_run(node, em);
    if (!err) err = tg_reminders_work(node, em);
    if (!err) err = tg_watches_tick(node, em);
    if (!err) err = tg_engine_tick(node);
    if (!err && tg_engine_sending(node)) tg_engine_resend(node);
    if (!err) err = tg_indexer_work(node, &index_more, em);
    *ret_more = may_commit(node) || index_more || notices_due(node);
    return err;
}

int tg_node_timeout_ms(const struct tg_node *node)
{
    if (may_commit(node)) return 0; /* handed over after the last turn's commits */
    return tg_engine_sending(node) ? TG_NODE_BUSY_MS : TG_NODE_TICK_MS;
}

tg_err tg_node_settle(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = tg_indexer_flush(node, em);
    return err ? err : tg_commit_run(node, em);
}
