/* The sync engine's effects carried out: messages sent, writes queued, findings told.
 *
 * Decides nothing. What the transport is too busy to take waits here, within a limit.
 */
#include "node/engine.h"

#include <stdlib.h>

#include "node/cards.h"
#include "node/commit.h"
#include "node/courier.h"
#include "node/epochs.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/missing.h"
#include "node/receipts.h"
#include "node/start.h"
#include "node/witness.h"
#include "proto/statement.h"

/* A message that waits for the transport. */
struct unsent {
    struct unsent *next;
    struct tg_hash peer;
    enum tg_lane lane;
    size_t bytes;
    uint8_t data[];
};
struct tg_outbox {
    struct unsent *first, **last;
    size_t bytes;
};

struct tg_sync_event tg_engine_event_now(struct tg_node *node, enum tg_sync_event_kind kind)
{
    return (struct tg_sync_event){
        .kind = kind,
        .now_us = tg_clock_mono_us(node->clock),
        .wall_ms = tg_clock_wall_ms(node->clock),
    };
}

tg_err tg_engine_new(struct tg_node *node)
{
    node->outbox = calloc(1, sizeof *node->outbox);
    if (!node->outbox) return TG_ENOMEM;
    node->outbox->last = &node->outbox->first;
    struct tg_sync_identity identity = {.node = node->id, .software = "tamga " TG_VERSION};
    memcpy(identity.boot, node->boot, sizeof identity.boot);
    struct tg_sync_ops ops = tg_engine_ops(node);
    return tg_sync_new(&identity, &ops, &node->sync);
}

void tg_engine_free(struct tg_node *node)
{
    while (node->outbox && node->outbox->first) {
        struct unsent *gone = node->outbox->first;
        node->outbox->first = gone->next;
        free(gone);
    }
    free(node->outbox);
    node->outbox = NULL;
    tg_sync_free(node->sync);
    node->sync = NULL;
}

bool tg_engine_sending(const struct tg_node *node)
{
    return node->outbox->first != NULL;
}

static bool waits_behind(const struct tg_outbox *outbox, const struct tg_hash *peer, enum tg_lane lane)
{
    for (const struct unsent *at = outbox->first; at; at = at->next)
        if (at->lane == lane && tg_hash_equal(&at->peer, peer)) return true;
    return false;
}

/* Full: the message is dropped; the engine asks again, and catch-up brings what it carried. */
static void outbox_put(struct tg_outbox *outbox, const struct tg_sync_effect *effect)
{
    if (outbox->bytes + effect->bytes.bytes > TG_OUTBOX_BYTES_MAX) return;
    struct unsent *message = malloc(sizeof *message + effect->bytes.bytes);
    if (!message) return;
    message->next = NULL;
    message->peer = effect->peer;
    message->lane = effect->lane;
    message->bytes = effect->bytes.bytes;
    memcpy(message->data, effect->bytes.data, effect->bytes.bytes);
    outbox->bytes += message->bytes;
    *outbox->last = message;
    outbox->last = &message->next;
}

static void send_message(struct tg_node *node, const struct tg_sync_effect *effect)
{
    bool behind = waits_behind(node->outbox, &effect->peer, effect->lane);
    tg_err err =
        behind ? TG_EBUSY : tg_transport_send(node->transport, &effect->peer, effect->lane, effect->bytes);
    if (err == TG_EBUSY) outbox_put(node->outbox, effect);
}

void tg_engine_resend(struct tg_node *node)
{
    struct tg_outbox *outbox = node->outbox;
    struct unsent **at = &outbox->first;
    bool busy = false;
    while (*at && !busy) {
        struct unsent *message = *at;
        tg_err err = tg_transport_send(node->transport, &message->peer, message->lane,
                                       tg_view_of(message->data, message->bytes));
        busy = err == TG_EBUSY;
        if (busy) break;
        *at = message->next;
        outbox->bytes -= message->bytes;
        free(message);
    }
    if (!outbox->first) outbox->last = &outbox->first;
}

static void on_conflict(struct tg_node *node, const struct tg_sync_effect *effect)
{
    tg_event(node->events, TG_EV_PEER_CONFLICT, TG_F_NODE("peer", &effect->peer),
             TG_F_NODE("origin", &effect->log.origin), TG_F_NUM("size", effect->index));
}

static tg_err on_fork(struct tg_node *node, const struct tg_sync_effect *effect)
{
    bool ours = tg_hash_equal(&effect->log.origin, &node->id);
    if (ours && effect->log.epoch == node->own_epoch) tg_start_forked(node, &effect->peer);
    return tg_forks_head(node, &effect->log, &effect->peer, effect->index, effect->note);
}

static void on_oddity(struct tg_node *node, const struct tg_sync_effect *effect)
{
    tg_event(node->events, TG_EV_PEER_ODD, TG_F_NODE("peer", &effect->peer), TG_F_VIEW("why", effect->bytes));
}

tg_err tg_engine_carry_out(struct tg_node *node, const struct tg_sync_effect *effect)
{
    switch (effect->kind) {
    case TG_EFFECT_SEND:
        send_message(node, effect);
        return TG_OK;
    case TG_EFFECT_STORE_LEAVES:
        return tg_commit_leaves(node, effect);
    case TG_EFFECT_STORE_ENVELOPE:
        return tg_commit_envelope(node, effect);
    case TG_EFFECT_STORE_KEY:
        return tg_commit_key(node, effect);
    case TG_EFFECT_STORE_CURSOR:
        return tg_commit_cursor(node, effect);
    case TG_EFFECT_STORE_WANTED:
        return tg_commit_wanted(node, effect);
    case TG_EFFECT_WITHHELD:
        return tg_withheld_take(node, effect);
    case TG_EFFECT_RECEIPT:
        (void)tg_receipts_take(node, &effect->peer, effect->note);
        return TG_OK;
    case TG_EFFECT_FORK:
        return on_fork(node, effect);
    case TG_EFFECT_FORK_SHOWN:
        return tg_forks_take(node, &effect->peer, (uint32_t)effect->index, effect->bytes);
    case TG_EFFECT_CONFLICT:
        on_conflict(node, effect);
        return TG_OK;
    case TG_EFFECT_HEAD_SHOWN:
        tg_witness_shown(node, &effect->peer, &effect->log, effect->index);
        return TG_OK;
    case TG_EFFECT_COSIGNATURES:
        return tg_witness_take(node, &effect->log, effect->index, effect->root, effect->bytes);
    case TG_EFFECT_ROLLED_BACK:
        tg_start_longer(node, &effect->peer, &effect->log, effect->index);
        return TG_OK;
    case TG_EFFECT_OWN_HEAD_SEEN:
        tg_start_answered(node, &effect->peer);
        return TG_OK;
    case TG_EFFECT_ODDITY:
        on_oddity(node, effect);
        return TG_OK;
    case TG_EFFECT_CARD:
        return tg_statement_of(effect->note) == TG_STATEMENT_EPOCH
                   ? tg_epochs_shown(node, &effect->peer, effect->note)
                   : tg_cards_shown(node, &effect->peer, effect->note);
    case TG_EFFECT_CARD_USED:
        return tg_cards_used(node, &effect->peer, effect->index);
    case TG_EFFECT_DISCONNECT:
        tg_transport_disconnect(node->transport, &effect->peer);
        return TG_OK;
    }
    return TG_EBUG;
}

tg_err tg_engine_event(struct tg_node *node, const struct tg_sync_event *event)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_ENGINE_STEP_BYTES_MAX);
    struct tg_sync_effects effects;
    tg_sync_effects_init(&effects, &arena);
    tg_err err = tg_sync_step(node->sync, event, &effects);
    for (size_t i = 0; !err && i < effects.count; i++) err = tg_engine_carry_out(node, &effects.items[i]);
    return err ? err : tg_courier_in_event(node, event);
}

tg_err tg_engine_tick(struct tg_node *node)
{
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_TICK);
    return tg_engine_event(node, &event);
}

tg_err tg_node_peers_changed(struct tg_node *node)
{
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_PEERS_CHANGED);
    return tg_engine_event(node, &event);
}

void tg_node_on_transport(void *ctx, const struct tg_transport_event *event)
{
    static const enum tg_sync_event_kind kinds[] = {
        [TG_LINK_UP] = TG_SYNC_LINK_UP,
        [TG_LINK_DOWN] = TG_SYNC_LINK_DOWN,
        [TG_LINK_MESSAGE] = TG_SYNC_MESSAGE,
    };
    struct tg_node *node = ctx;
    if (event->kind == TG_LINK_SECOND) {
        tg_event(node->events, TG_EV_PEER_SECOND, TG_F_NODE("peer", &event->peer));
        return;
    }
    struct tg_sync_event step = tg_engine_event_now(node, kinds[event->kind]);
    step.peer = event->peer;
    step.lane = event->lane;
    step.message = event->message;
    if (event->kind != TG_LINK_MESSAGE)
        tg_event(node->events, event->kind == TG_LINK_UP ? TG_EV_LINK_UP : TG_EV_LINK_DOWN,
                 TG_F_NODE("peer", &event->peer), TG_F_NUM("lane", event->lane));
    tg_err err = tg_engine_event(node, &step);
    if (err && !node->failed) node->failed = err; /* out of memory: tg_node_work ends the process */
}
