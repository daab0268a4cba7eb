/* Prologues of all logs: judged, kept, told on; and what they say of heads and entries.
 *
 * How our own log goes on is in epochs_own.c. Rules: docs/formats.md "New epoch".
 */
#include "node/epochs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/cards.h"
#include "node/engine.h"
#include "node/heads.h"
#include "node/start.h"
#include "proto/statement.h"

static const char row_front[] = "epoch/";
#define ROW_NAME_BYTES (TG_STORE_NAMED_BYTES_MAX + 1)

/* ---- what is held ---- */

tg_err tg_epochs_new(struct tg_node *node)
{
    node->epochs = calloc(1, sizeof *node->epochs);
    return node->epochs ? TG_OK : TG_ENOMEM;
}

static void held_free(struct tg_held_prologue *held)
{
    if (!held) return;
    tg_buf_release(&held->note);
    free(held);
}

void tg_epochs_free(struct tg_node *node)
{
    for (size_t i = 0; node->epochs && i < node->epochs->count; i++) held_free(node->epochs->items[i]);
    free(node->epochs);
    node->epochs = NULL;
}

const struct tg_held_prologue *tg_epochs_find(struct tg_node *node, const struct tg_hash *origin,
                                              uint32_t epoch)
{
    for (size_t i = 0; i < node->epochs->count; i++) {
        const struct tg_held_prologue *held = node->epochs->items[i];
        bool of = memcmp(held->said.origin.bytes, origin->bytes, sizeof origin->bytes) == 0;
        if (of && held->said.epoch == epoch) return held;
    }
    return NULL;
}

const struct tg_prologue *tg_epochs_begun(struct tg_node *node, const struct tg_log_id *id)
{
    const struct tg_held_prologue *held = tg_epochs_find(node, &id->origin, id->epoch);
    return held ? &held->said : NULL;
}

const struct tg_prologue *tg_epochs_end(struct tg_node *node, const struct tg_log_id *id)
{
    if (id->epoch == UINT32_MAX) return NULL;
    const struct tg_held_prologue *held = tg_epochs_find(node, &id->origin, id->epoch + 1);
    return held ? &held->said : NULL;
}

tg_err tg_epochs_add(struct tg_node *node, const struct tg_prologue *prologue, struct tg_view note)
{
    struct tg_epochs *epochs = node->epochs;
    if (epochs->count == TG_EPOCHS_MAX) return TG_ELIMIT;
    struct tg_held_prologue *held = calloc(1, sizeof *held);
    tg_err err = held ? tg_buf_put_view(&held->note, note) : TG_ENOMEM;
    if (err) {
        held_free(held);
        return err;
    }
    held->said = *prologue;
    epochs->items[epochs->count++] = held;
    return TG_OK;
}

tg_err tg_epochs_put(struct tg_wtxn *txn, const struct tg_prologue *prologue, struct tg_view note)
{
    char name[ROW_NAME_BYTES], node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&prologue->origin, node);
    int bytes = snprintf(name, sizeof name, "%s%s/%" PRIu32, row_front, node, prologue->epoch);
    if (bytes < 0 || (size_t)bytes >= sizeof name) return TG_ELIMIT;
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), note);
}

static tg_err load_one(struct tg_node *node, struct tg_view note)
{
    struct tg_prologue prologue;
    if (tg_prologue_peek(note, &prologue, NULL)) return TG_EDAMAGED;
    bool own = memcmp(prologue.origin.bytes, node->id.bytes, sizeof node->id.bytes) == 0;
    if (own && prologue.epoch > node->own_epoch) node->own_epoch = prologue.epoch;
    return tg_epochs_add(node, &prologue, note);
}

tg_err tg_epochs_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, note;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &note)))
        if (tg_view_starts_with(name, row_front)) err = load_one(node, note);
    tg_store_scan_release(&scan); /* before the transaction ends */
    return err == TG_ENOENT ? TG_OK
           : err            ? tg_context(em, err, "cannot read the prologues of the store")
                            : TG_OK;
}

tg_err tg_epochs_next(struct tg_node *node, const struct tg_hash *origin, uint32_t *epoch, struct tg_buf *out)
{
    const struct tg_held_prologue *next = NULL;
    for (size_t i = 0; i < node->epochs->count; i++) {
        const struct tg_held_prologue *held = node->epochs->items[i];
        if (memcmp(held->said.origin.bytes, origin->bytes, sizeof origin->bytes) != 0) continue;
        if (held->said.epoch > *epoch && (!next || held->said.epoch < next->said.epoch)) next = held;
    }
    if (!next) return TG_ENOENT;
    *epoch = next->said.epoch;
    return tg_buf_put_view(out, tg_buf_view(&next->note));
}

/* ---- what they say of a log ---- */

static tg_err begun_check(struct tg_node *node, const struct tg_log_id *id, struct tg_errmsg *em)
{
    bool begun = !id->epoch || tg_epochs_begun(node, id);
#ifdef TG_CONTROL_NO_PROLOGUE
    begun = true;
#endif
    if (!begun)
        return tg_fail(em, TG_EEPOCH, "no prologue that is held here begins epoch %" PRIu32 " of this log",
                       id->epoch);
    return TG_OK;
}

tg_err tg_epochs_head_check(struct tg_node *node, const struct tg_log_id *id,
                            const struct tg_checkpoint *checkpoint, struct tg_errmsg *em)
{
    const struct tg_prologue *end = tg_epochs_end(node, id);
    tg_err err = begun_check(node, id, em);
    if (err || !end) return err;
#ifndef TG_CONTROL_NO_EPOCH_END
    if (checkpoint->size > end->size)
        return tg_fail(em, TG_EEPOCH,
                       "epoch %" PRIu32 " of this log ended with %" PRIu64
                       " entries, and the head is of %" PRIu64,
                       id->epoch, end->size, checkpoint->size);
#endif
    if (checkpoint->size == end->size && !tg_hash_equal(&checkpoint->root, &end->root))
        return tg_fail(em, TG_EEPOCH,
                       "the head is of another log than the one that its next epoch goes on from");
    return TG_OK;
}

static tg_err first_check(struct tg_node *node, const struct tg_log_id *id, const struct tg_batch *batch,
                          struct tg_errmsg *em)
{
    struct tg_prologue said;
    const struct tg_prologue *begun = tg_epochs_begun(node, id);
    bool there = batch && batch->record_count && !tg_prologue_peek(batch->records[0], &said, NULL);
    if (there && begun && tg_prologue_equal(&said, begun)) return TG_OK;
    return tg_fail(em, TG_EEPOCH, "the first entry of epoch %" PRIu32 " is not its prologue", id->epoch);
}

tg_err tg_epochs_entry_check(struct tg_node *node, const struct tg_log_id *id, uint64_t index,
                             const struct tg_batch *batch, struct tg_errmsg *em)
{
    const struct tg_prologue *end = tg_epochs_end(node, id);
    const struct tg_held_log *log = tg_held_find(node, id);
    tg_err err = begun_check(node, id, em);
    if (!err && id->epoch && index == 0) err = first_check(node, id, batch, em);
    if (err || !end || index < end->size) return err;
    if (log && index < log->size)
        return TG_OK; /* of what is held beyond: it was signed, and stays evidence */
    return tg_fail(em, TG_EEPOCH, "epoch %" PRIu32 " of this log ended before entry %" PRIu64, id->epoch,
                   index);
}

/* ---- taking ---- */

/* The first card of that node that lists a log key of the epoch: whoever signed it may begin the epoch. */
static tg_err card_first(struct tg_node *node, const struct tg_hash *origin, uint32_t epoch,
                         struct tg_card **ret_card, struct tg_errmsg *em)
{
    uint64_t serial = 0, before = 0;
    for (;;) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        TG_AUTO_FREE struct tg_card *card = malloc(sizeof *card);
        before = serial;
        tg_err err = card ? tg_cards_next(node, origin, &serial, &note) : TG_ENOMEM;
        if (!err) err = tg_card_open(tg_buf_view(&note), card, NULL);
        if (err == TG_ENOENT || (!err && serial != before + 1))
            return tg_fail(em, TG_EPOSITION, "the card that lists keys of epoch %" PRIu32 " is not held",
                           epoch);
        if (err) return err;
        if (tg_card_epoch(card) < epoch) continue;
        *ret_card = tg_steal_ptr(&card);
        return TG_OK;
    }
}

/* What is held of the log before, against what is said of it. */
static tg_err contradiction_check(struct tg_node *node, const struct tg_prologue *prologue,
                                  uint64_t *ret_held, struct tg_errmsg *em)
{
    struct tg_log_id id = {.epoch = prologue->epoch - 1};
    struct tg_sync_ops ops = tg_engine_ops(node);
    struct tg_hash root;
    memcpy(id.origin.bytes, prologue->origin.bytes, sizeof id.origin.bytes);
    const struct tg_held_log *log = tg_held_find(node, &id);
    *ret_held = log ? log->size : 0;
    if (prologue->size > *ret_held) return TG_OK; /* its end is looked at when its head comes */
    if (!prologue->size) {
        tg_sha256_of(tg_view_of(NULL, 0), &root);
    } else {
        tg_err err = ops.root_at(node, &id, prologue->size, &root);
        if (err) return tg_fail(em, err, "cannot read the tree of the log before");
    }
#ifdef TG_CONTROL_NO_PROLOGUE_CHECK
    return TG_OK;
#endif
    if (tg_hash_equal(&root, &prologue->root)) return TG_OK;
    return tg_fail(em, TG_EFORK,
                   "the prologue of epoch %" PRIu32 " says that another log of %" PRIu64
                   " entries went before than the one that is held",
                   prologue->epoch, prologue->size);
}

static tg_err order_check(struct tg_node *node, const struct tg_hash *origin,
                          const struct tg_prologue *prologue, struct tg_errmsg *em)
{
    const struct tg_held_prologue *held = tg_epochs_find(node, origin, prologue->epoch);
    if (held && tg_prologue_equal(&held->said, prologue)) return TG_EEXIST;
    if (held) return tg_fail(em, TG_EFORK, "another prologue of epoch %" PRIu32 " is held", prologue->epoch);
    if (!tg_hash_equal(origin, &node->id) && !tg_trust_find(node, origin))
        return tg_fail(em, TG_ENOENT, "the prologue is of a node that is not enrolled here");
#ifndef TG_CONTROL_EPOCH_SKIP
    if (prologue->epoch > 1 && !tg_epochs_find(node, origin, prologue->epoch - 1))
        return tg_fail(em, TG_EEPOCH, "the prologue of epoch %" PRIu32 " comes first", prologue->epoch - 1);
#endif
    return TG_OK;
}

struct putting {
    const struct tg_prologue *prologue;
    struct tg_view note;
};

static tg_err put_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct putting *putting = ctx;
    return tg_epochs_put(txn, putting->prologue, putting->note);
}

static void tell(struct tg_node *node, const struct tg_hash *origin, const struct tg_prologue *prologue,
                 uint64_t held)
{
    tg_event(node->events, TG_EV_EPOCH_BEGUN, TG_F_NODE("origin", origin), TG_F_NUM("epoch", prologue->epoch),
             TG_F_NUM("provable", prologue->size), TG_F_TEXT("reason", prologue->reason));
    if (held > prologue->size)
        tg_event(node->events, TG_EV_EPOCH_MORE, TG_F_NODE("origin", origin),
                 TG_F_NUM("epoch", prologue->epoch), TG_F_NUM("provable", prologue->size),
                 TG_F_NUM("held", held));
}

tg_err tg_epochs_take(struct tg_node *node, struct tg_view note, struct tg_log_id *ret_log,
                      struct tg_errmsg *em)
{
    struct tg_prologue prologue;
    struct tg_hash origin;
    TG_AUTO_FREE struct tg_card *card = NULL;
    uint64_t held = 0;
    tg_err err = tg_prologue_peek(note, &prologue, em);
    if (err) return err;
    memcpy(origin.bytes, prologue.origin.bytes, sizeof origin.bytes);
    *ret_log = (struct tg_log_id){.origin = origin, .epoch = prologue.epoch};
    err = order_check(node, &origin, &prologue, em);
    if (!err) err = card_first(node, &origin, prologue.epoch, &card, em);
#ifndef TG_CONTROL_NO_PROLOGUE_ROOT
    if (!err) err = tg_prologue_open(note, card, &prologue, em);
#endif
    if (!err) err = contradiction_check(node, &prologue, &held, em);
    if (!err && node->epochs->count == TG_EPOCHS_MAX)
        err = tg_fail(em, TG_ELIMIT, "more than %d prologues", TG_EPOCHS_MAX);
    if (err) return err;
    struct putting putting = {&prologue, note};
    err = tg_store_write_spare(node->store, put_txn, &putting, em);
    if (!err) err = tg_epochs_add(node, &prologue, note);
    if (err) return err;
    tell(node, &origin, &prologue, held);
    struct tg_peer *peer = tg_trust_find(node, &origin);
    if (peer) peer->card_refused[0] = 0;
    if (tg_hash_equal(&origin, &node->id)) tg_start_epoch(node, prologue.epoch);
    return TG_OK;
}

tg_err tg_epochs_shown(struct tg_node *node, const struct tg_hash *by, struct tg_view note)
{
    struct tg_errmsg em = {.text = ""};
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_EPOCH_TAKEN);
    event.peer = *by;
    event.log.origin = *by;
    event.result = tg_epochs_take(node, note, &event.log, &em);
    if (event.result == TG_ENOMEM) return event.result;
    if (event.result && event.result != TG_EEXIST && event.result != TG_EPOSITION)
        tg_cards_refused(node, by, &event.log.origin, tg_errmsg_text(&em, event.result));
    return tg_engine_event(node, &event);
}

tg_err tg_epochs_handed(struct tg_node *node, const struct tg_hash *of, struct tg_view notes,
                        struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    while (notes.bytes && !err) {
        struct tg_log_id id = {.epoch = 0};
        struct tg_view rest;
        tg_prologue_split(&notes, &rest);
        struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_EPOCH_TAKEN);
        event.peer = *of;
        err = tg_epochs_take(node, notes, &id, em);
        event.log = id;
        if (!err) err = tg_engine_event(node, &event);
        if (err == TG_EEXIST || err == TG_EPOSITION) err = TG_OK;
        notes = rest;
    }
    return err;
}

void tg_epochs_learn(struct tg_node *node, const struct tg_hash *origin, const struct tg_batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++)
        if (tg_statement_of(batch->records[i]) == TG_STATEMENT_EPOCH)
            (void)tg_epochs_shown(node, origin, batch->records[i]);
}
