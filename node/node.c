/* The node: puts its parts together, and does the work that waits.
 *
 * One thread; no socket, no signal, no configuration file. Start rules: node/start.c.
 */
#include "node/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "node/cards.h"
#include "node/catch_up.h"
#include "node/commit.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/indexer.h"
#include "node/notices.h"
#include "node/receipts.h"
#include "node/recover.h"
#include "node/reminders.h"
#include "node/rewrap.h"
#include "node/start.h"
#include "node/tell_readers.h"
#include "node/trust.h"
#include "node/watches.h"
#include "node/witness.h"

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

/* Who we are: needed before the store is read. */
static tg_err own_id(struct tg_node *node, struct tg_view note, struct tg_errmsg *em)
{
    node->card = malloc(sizeof *node->card);
    if (!node->card) return TG_ENOMEM;
    tg_err err = tg_card_open(note, node->card, em);
    if (err) return tg_context(em, err, "cannot use our own card");
    memcpy(node->id.bytes, node->card->node.bytes, sizeof node->id.bytes);
    return TG_OK;
}

/* ---- life ---- */

static tg_err parts_new(struct tg_node *node)
{
    tg_err err = tg_commit_new(node);
    if (!err) err = tg_witness_new(node);
    if (!err) err = tg_forks_new(node);
    if (!err) err = tg_receipts_new(node);
    if (!err) err = tg_notices_new(node);
    if (!err) err = tg_watches_new(node);
    if (!err) err = tg_indexer_new(node);
    if (!err) err = tg_reminders_new(node);
    if (!err) err = tg_rewrap_new(node);
    if (!err) err = tg_tell_new(node);
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
    if (!err) err = tg_cards_load_own(node, options->card_note, em);
    if (!err) err = tg_trust_load(node, em);
    if (!err) err = tg_epochs_load(node, em);
    if (!err) err = tg_held_load(node, em);
    if (!err) err = tg_withdraw_load(node, em);
    if (!err) err = parts_new(node);
    if (!err) tg_space_look(node);
    if (!err) err = tg_start_check(node, fresh, em);
    if (!err) err = tg_forks_load(node, em);
    if (!err) err = tg_witness_load(node, em);
    if (!err) err = tg_receipts_load(node, em);
    if (!err) err = tg_notices_load(node, em);
    if (!err) err = tg_watches_load(node, em);
    if (!err) err = tg_tell_load(node, em);
    if (!err) err = remember_urgent(node);
    if (!err) err = tg_indexer_load(node, em);
    if (!err) err = tg_notices_repair(node, em);
    if (!err) err = tg_reminders_load(node, em);
    if (!err) err = tg_rewrap_load(node, em);
    if (!err) err = tg_catch_up_load(node, options->override_start, em);
    if (!err && options->override_start) err = tg_start_override(node, em);
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
    node->on_wake = options->on_wake;
    node->wake_ctx = options->wake_ctx;
    memcpy(node->not_read_minutes, options->not_read_minutes, sizeof node->not_read_minutes);
    memcpy(node->overdue_seconds, options->overdue_seconds, sizeof node->overdue_seconds);
    node->started_ms = tg_clock_wall_ms(node->clock);
    node->wall_offset_ms = node->started_ms - tg_clock_mono_us(node->clock) / 1000;
    tg_random_fill(node->random, node->boot, sizeof node->boot);
    tg_err err = own_id(node, options->card_note, em);
    if (!err) err = tg_cards_new(node);
    if (!err) err = tg_epochs_new(node);
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
    tg_rewrap_free(node);
    tg_tell_free(node);
    tg_receipts_free(node);
    tg_witness_free(node);
    tg_forks_free(node);
    for (size_t i = 0; i < node->log_count; i++) tg_held_free(node->logs[i]);
    tg_trust_release(node);
    tg_epochs_free(node);
    tg_cards_free(node);
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
    tg_err err = tg_recover_peers(node, em);
    if (!err) err = tg_trust_announce(node, em);
    return err ? err : tg_start_step(node, em);
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

static int64_t wall_offset_ms(const struct tg_node *node)
{
    return tg_clock_wall_ms(node->clock) - tg_clock_mono_us(node->clock) / 1000;
}

/* Timers go by the monotonic clock; only what people and partners see of the time has moved. */
static tg_err clock_watch(struct tg_node *node)
{
    int64_t ahead_ms = wall_offset_ms(node) - node->wall_offset_ms;
    if (ahead_ms > -TG_NODE_CLOCK_JUMP_MS && ahead_ms < TG_NODE_CLOCK_JUMP_MS) return TG_OK;
    node->wall_offset_ms += ahead_ms;
    tg_event(node->events, TG_EV_CLOCK_SET, TG_F_NUM("ahead_ms", ahead_ms));
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_CLOCK_SET);
    event.ahead_ms = ahead_ms;
    return tg_engine_event(node, &event);
}

/* A turn writes bulk or works on the index, never both: what is urgent waits for one of them only. */
static tg_err index_work(struct tg_node *node, bool its_turn, bool *ret_more, struct tg_errmsg *em)
{
    *ret_more = true;
    if (!its_turn && node->index_next) return TG_OK;
    node->index_next = false;
    return tg_indexer_work(node, ret_more, em);
}

tg_err tg_node_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em)
{
    bool index_more = false, index_turn = node->index_next;
    tg_err err = node->failed;
    tg_space_tick(node);
    if (!err) err = tg_start_step(node, em);
    if (!err) err = tg_catch_up_work(node, em);
    if (!err) err = clock_watch(node);
    if (!err) err = tg_epochs_step(node, em);
    if (!err) err = tg_cards_step(node, em);
    if (!err && (may_commit(node) || notices_due(node))) err = tg_commit_run(node, em);
    if (!err) err = tg_reminders_work(node, em);
    if (!err) err = tg_watches_tick(node, em);
    if (!err) err = tg_witness_work(node, em);
    if (!err) err = tg_engine_tick(node);
    if (!err && tg_engine_sending(node)) tg_engine_resend(node);
    if (!err) err = index_work(node, index_turn, &index_more, em);
    bool busy = may_commit(node) || index_more;
    if (!err && !busy) err = tg_rewrap_work(node, em);
    if (!err && !busy) err = tg_tell_work(node, em);
    *ret_more = busy || notices_due(node) || tg_rewrap_due(node) || tg_tell_due(node);
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
