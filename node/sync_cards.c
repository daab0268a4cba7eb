/* The sync engine and cards: which are asked for, given and passed on.
 *
 * Does no I/O and judges no card: that is the node's (node/cards.c). Messages: docs/formats-wire.md.
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"

static void send_card(struct sync_step *step, const struct sync_peer *peer, struct tg_view note)
{
    struct tg_msg msg = {.type = TG_MSG_CARD};
    msg.card = (struct tg_msg_card){.note = note};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
}

void tg_sync_ask_cards(struct sync_step *step, struct sync_peer *peer, const struct tg_hash *node)
{
    /* Whoever answers with something else each time is asked again, but slowly. */
    const bool lately = peer->cards_asked_us && step->now_us - peer->cards_asked_us < TG_SYNC_CARDS_ASK_US;
    peer->cards_due = lately;
    peer->cards_due_of = *node;
    if (lately || !tg_sync_ready(peer, TG_LANE_URGENT)) return;
    peer->cards_asked_us = step->now_us;
    struct tg_msg msg = {.type = TG_MSG_WANT_CARD};
    msg.want_card = (struct tg_msg_want_card){
        .node = *node, .after_serial = step->sync->ops.cards_upto(step->sync->ops.ctx, node)};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
}

void tg_sync_cards_tick(struct sync_step *step)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = step->sync->peers[i];
        if (peer && peer->cards_due) tg_sync_ask_cards(step, peer, &peer->cards_due_of);
    }
}

void tg_sync_on_hello_card(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_hello *hello)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    const tg_err known = ops->card_is(ops->ctx, &peer->id, hello->card_serial, &hello->card_hash);
    if (known == TG_EFORK) {
        tg_sync_odd(step, peer, "works with another card of that serial than the one that is held");
        return;
    }
    struct tg_sync_effect *effect = known ? NULL : tg_sync_effect_add(step, TG_EFFECT_CARD_USED);
    if (effect) {
        effect->peer = peer->id;
        effect->index = hello->card_serial;
    }
    if (hello->card_serial > ops->cards_upto(ops->ctx, &peer->id)) tg_sync_ask_cards(step, peer, &peer->id);
}

void tg_sync_on_card(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_card *card)
{
    void *note = tg_arena_copy(step->effects->arena, card->note.data, card->note.bytes);
    struct tg_sync_effect *effect = note ? tg_sync_effect_add(step, TG_EFFECT_CARD) : NULL;
    if (!effect) {
        step->err = TG_ENOMEM;
        return;
    }
    effect->peer = peer->id;
    effect->note = tg_view_of(note, card->note.bytes);
}

/* Of every epoch behind the first: few, and each needs those before. */
static void send_prologues(struct sync_step *step, const struct sync_peer *peer, const struct tg_hash *node)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    uint32_t epoch = 0;
    for (;;) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        if (ops->epoch_next(ops->ctx, node, &epoch, &note)) return;
        send_card(step, peer, tg_buf_view(&note));
    }
}

void tg_sync_on_want_card(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_want_card *want)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    if (!tg_sync_shared(step->sync, peer, &want->node)) {
        tg_sync_odd(step, peer, "asked for cards of a node that is not shared with it");
        return;
    }
    uint64_t serial = want->after_serial;
    for (size_t i = 0; i < TG_SYNC_CARDS_SERVE_MAX; i++) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        if (ops->card_next(ops->ctx, &want->node, &serial, &note)) {
            send_prologues(step, peer, &want->node);
            return;
        }
        send_card(step, peer, tg_buf_view(&note));
    }
}

/* Heads that were doubted may verify now; they are told again with the next HELLO. */
static void doubts_end(struct tg_sync *sync, const struct tg_hash *origin)
{
    for (size_t i = 0; i < sync->log_count; i++)
        for (size_t k = 0; tg_hash_equal(&sync->logs[i]->id.origin, origin) && k < TG_PEERS_MAX; k++)
            sync->logs[i]->offers[k].doubted = sync->logs[i]->offers[k].prologues_asked = false;
}

/* To everyone who follows that node, before any head that its keys sign. */
static void pass_on(struct sync_step *step, const struct tg_sync_event *event, struct tg_view note)
{
    struct tg_sync *sync = step->sync;
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = sync->peers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_URGENT)) continue;
        if (tg_hash_equal(&peer->id, &event->peer) || tg_hash_equal(&peer->id, &event->log.origin)) continue;
        if (tg_sync_shared(sync, peer, &event->log.origin)) send_card(step, peer, note);
    }
}

static void pass_card_on(struct sync_step *step, const struct tg_sync_event *event)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    uint64_t serial = event->index - 1;
    if (!ops->card_next(ops->ctx, &event->log.origin, &serial, &note))
        pass_on(step, event, tg_buf_view(&note));
}

void tg_sync_on_card_taken(struct sync_step *step, const struct tg_sync_event *event)
{
    struct sync_peer *giver = tg_sync_peer_find(step->sync, &event->peer);
    if (!event->result) {
        doubts_end(step->sync, &event->log.origin);
        pass_card_on(step, event);
    } else if (giver && event->result == TG_EPOSITION) {
        tg_sync_ask_cards(step, giver, &event->log.origin); /* those between */
    } else if (giver && event->result != TG_EEXIST) {
        tg_sync_odd(step, giver, "sent a card that is refused");
    }
}

void tg_sync_on_epoch_taken(struct sync_step *step, const struct tg_sync_event *event)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct sync_peer *giver = tg_sync_peer_find(step->sync, &event->peer);
    if (!event->result) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        uint32_t epoch = event->log.epoch - 1;
        doubts_end(step->sync, &event->log.origin);
        if (!ops->epoch_next(ops->ctx, &event->log.origin, &epoch, &note))
            pass_on(step, event, tg_buf_view(&note));
        return;
    }
    if (!giver || event->result == TG_EEXIST) return;
    struct sync_log *log = event->result == TG_EEPOCH ? tg_sync_log_find(step, &event->log) : NULL;
    struct sync_offer *offer = log ? &log->offers[tg_sync_peer_place(step->sync, giver)] : NULL;
    const bool first = offer && !offer->prologues_asked;
    if (first) offer->prologues_asked = true;
    if (first || event->result == TG_EPOSITION)
        tg_sync_ask_cards(step, giver, &event->log.origin); /* those before */
    else
        tg_sync_odd(step, giver, "sent a prologue that is refused");
}
