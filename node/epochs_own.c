/* Our own log goes on as a new epoch: installed with the card that lists its keys, and entered as the first of its entries.
 *
 * Signs no prologue: the root key is never here. Rules: docs/formats.md "New epoch".
 */
#include <inttypes.h>
#include <stdlib.h>

#include "node/cards.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/heads.h"
#include "node/start.h"

tg_err tg_epochs_check_own(struct tg_node *node, const struct tg_card *card, struct tg_view note,
                           struct tg_prologue *ret_prologue, struct tg_errmsg *em)
{
    const struct tg_held_log *own = tg_held_own(node);
    const uint32_t listed = tg_card_epoch(card);
    if (!note.bytes && listed <= node->own_epoch) return TG_OK;
    if (!note.bytes)
        return tg_fail(em, TG_EEPOCH,
                       "the card has keys for epoch %" PRIu32
                       ", and the prologue that begins it is not with it: "
                       "install the file as 'tamga card sign' wrote it",
                       listed);
    tg_err err = tg_prologue_open(note, card, ret_prologue, em);
    if (err) return err;
    if (ret_prologue->epoch != node->own_epoch + 1 || listed != ret_prologue->epoch)
        return tg_fail(em, TG_EPOSITION,
                       "the prologue begins epoch %" PRIu32 ", and our log is in epoch %" PRIu32
                       ": the next one would be %" PRIu32,
                       ret_prologue->epoch, node->own_epoch, node->own_epoch + 1);
    if (ret_prologue->size == own->size && tg_hash_equal(&ret_prologue->root, &own->root)) return TG_OK;
    return tg_fail(em, TG_EROOT,
                   "the prologue says that %" PRIu64 " entries can be proven, and this node holds %" PRIu64
                   " now: draft it anew ('tamga card draft --new-epoch')",
                   ret_prologue->size, own->size);
}

void tg_epochs_sign_former(struct tg_node *node)
{
    for (size_t i = 0; i < node->log_count; i++) {
        struct tg_held_log *log = node->logs[i];
        const struct tg_prologue *end = log->own ? tg_epochs_end(node, &log->id) : NULL;
        if (!end || !log->size || log->size != end->size || log->signed_size == log->size) continue;
        (void)tg_heads_sign_own(node, log, NULL); /* its key may be gone: partners have that head */
    }
}

tg_err tg_epochs_begin(struct tg_node *node, const struct tg_prologue *prologue, struct tg_view note,
                       struct tg_errmsg *em)
{
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_EPOCH_TAKEN);
    tg_err err = tg_epochs_add(node, prologue, note);
    if (!err) err = tg_start_begin(node, prologue->epoch, em);
    if (err) return err;
    tg_epochs_sign_former(node);
    tg_event(node->events, TG_EV_EPOCH_BEGUN, TG_F_NODE("origin", &node->id),
             TG_F_NUM("epoch", prologue->epoch), TG_F_NUM("provable", prologue->size),
             TG_F_TEXT("reason", prologue->reason));
    event.peer = node->id;
    event.log = tg_held_own(node)->id;
    return tg_engine_event(node, &event);
}

/* ---- into our log ---- */

static void entered(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em, uint64_t index,
                    const struct tg_hash *ids)
{
    (void)job, (void)em, (void)index, (void)ids;
    struct tg_node *node = ctx;
    node->epochs->entering = false;
    if (err) node->epochs->again_us = tg_clock_mono_us(node->clock) + TG_CARDS_ENTER_AGAIN_US;
}

/* The prologue, and the card that lists its keys: whoever has the cards before needs nothing else. */
static tg_err statements_put(struct tg_node *node, struct tg_publish *job)
{
    const struct tg_held_prologue *held = tg_epochs_find(node, &node->id, node->own_epoch);
    uint64_t serial = tg_cards_newest(node)->serial, before = serial - 1, index = 0;
    int64_t ms;
    job->records = calloc(2, sizeof *job->records);
    if (!job->records || !held) return job->records ? TG_EBUG : TG_ENOMEM;
    job->record_count = 1;
    tg_err err = tg_buf_put_view(&job->records[0], tg_buf_view(&held->note));
    bool waits = serial > 1 && !tg_cards_since(node, serial, &ms, NULL, &index) && index == UINT64_MAX;
    if (err || !waits) return err;
    job->record_count = 2;
    return tg_cards_next(node, &node->id, &before, &job->records[1]);
}

tg_err tg_epochs_step(struct tg_node *node, struct tg_errmsg *em)
{
    (void)em;
    struct tg_epochs *epochs = node->epochs;
    if (!node->own_epoch || tg_held_own(node)->size || epochs->entering || node->start != TG_START_READY)
        return TG_OK;
    if (tg_clock_mono_us(node->clock) < epochs->again_us) return TG_OK;
    struct tg_publish *job = calloc(1, sizeof *job);
    if (!job) return TG_ENOMEM;
    job->control = true;
    job->precedence = TG_IMMEDIATE; /* nothing else of this log counts before it is there */
    job->begun_us = tg_clock_mono_us(node->clock);
    job->done = entered;
    job->ctx = node;
    tg_err err = statements_put(node, job);
    if (err) {
        tg_publish_free(job);
        return err;
    }
    epochs->entering = true;
    err = tg_commit_enqueue(node, job, NULL);
    if (err) entered(node, NULL, err, NULL, 0, NULL);
    return err == TG_ENOMEM ? err : TG_OK;
}
