/* Cards of partners: next in the chain or not taken; kept for ever; told on.
 *
 * Ours are in cards_own.c. Rules: docs/formats.md "Card".
 */
#include "node/cards.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/engine.h"
#include "node/trust.h"
#include "proto/statement.h"

static tg_err card_open(struct tg_view note, struct tg_card **ret_card, struct tg_errmsg *em)
{
    struct tg_card *card = malloc(sizeof *card);
    tg_err err = card ? tg_card_open(note, card, em) : TG_ENOMEM;
    if (err) {
        free(card);
        return err;
    }
    *ret_card = card;
    return TG_OK;
}

/* ---- what is held ---- */

static tg_err note_get(struct tg_node *node, const struct tg_hash *id, uint64_t serial, struct tg_buf *out)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view note;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_card_get(txn, id->bytes, serial, &note);
    return err ? err : tg_buf_put_view(out, note);
}

tg_err tg_cards_get(struct tg_node *node, const struct tg_hash *id, uint64_t serial,
                    struct tg_card **ret_card)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    tg_err err = note_get(node, id, serial, &note);
    return err ? err : card_open(tg_buf_view(&note), ret_card, NULL);
}

uint64_t tg_cards_upto(struct tg_node *node, const struct tg_hash *id)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_hash of;
    struct tg_view note;
    uint64_t serial, upto = 0;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_cards(txn, id->bytes, &scan);
    while (!err && !(err = tg_store_card_next(&scan, of.bytes, &serial, &note)) && serial == upto + 1)
        upto = serial;
    tg_store_scan_release(&scan);
    return upto;
}

tg_err tg_cards_is(struct tg_node *node, const struct tg_hash *id, uint64_t serial,
                   const struct tg_hash *hash)
{
    TG_AUTO_FREE struct tg_card *card = NULL;
    tg_err err = tg_cards_get(node, id, serial, &card);
    if (err) return TG_ENOENT;
    return tg_hash_equal(&card->text_hash, hash) ? TG_OK : TG_EFORK;
}

tg_err tg_cards_next(struct tg_node *node, const struct tg_hash *id, uint64_t *serial, struct tg_buf *out)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_hash of;
    struct tg_view note;
    uint64_t found = 0;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_cards(txn, id->bytes, &scan);
    while (!err && !(err = tg_store_card_next(&scan, of.bytes, &found, &note)) && found <= *serial)
        ;
    if (!err) err = tg_buf_put_view(out, note);
    if (!err) *serial = found;
    tg_store_scan_release(&scan);
    return err;
}

/* ---- taking ---- */

struct putting {
    const struct tg_card *card;
    struct tg_view note;
};

static tg_err put_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct putting *putting = ctx;
    const struct tg_card *card = putting->card;
    return tg_store_card_put(txn, card->node.bytes, card->serial, card->text_hash.bytes, putting->note);
}

static tg_err put(struct tg_node *node, const struct tg_card *card, struct tg_view note, struct tg_errmsg *em)
{
    struct putting putting = {card, note};
    return tg_store_write_spare(node->store, put_txn, &putting, em);
}

/* Older than the newest: only as a link of the chain that the next one names. */
static tg_err take_older(struct tg_node *node, const struct tg_hash *id, const struct tg_card *card,
                         struct tg_view note, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *next = NULL;
    if (tg_cards_get(node, id, card->serial + 1, &next))
        return tg_fail(em, TG_EPOSITION, "card %" PRIu64 " is held, and those behind this one are not",
                       card->serial);
    if (!next->has_prev || !tg_hash_equal(&next->prev, &card->text_hash))
        return tg_fail(em, TG_EFORK, "card %" PRIu64 " is not the one that card %" PRIu64 " follows",
                       card->serial, next->serial);
    tg_err err = put(node, card, note, em);
    return err ? err : TG_EEXIST; /* the newest is the same as before */
}

void tg_cards_former_set(struct tg_node *node, struct tg_peer *peer)
{
    TG_AUTO_FREE struct tg_card *before = NULL;
    peer->has_former = peer->card->serial > 1 &&
                       !tg_cards_get(node, &peer->id, peer->card->serial - 1, &before) &&
                       memcmp(before->curve, peer->card->curve, sizeof before->curve) != 0;
    if (peer->has_former) memcpy(peer->curve_former, before->curve, sizeof peer->curve_former);
}

/* In the place of the one that is held. The link goes on: it is admitted with either key until the peer works with the new
 * one. */
static tg_err adopt(struct tg_node *node, struct tg_peer *peer, struct tg_card *card, struct tg_errmsg *em)
{
    free(peer->card);
    peer->card = card;
    peer->card_refused[0] = 0;
    tg_cards_former_set(node, peer);
    tg_event(node->events, TG_EV_CARD_ACCEPTED, TG_F_NODE("peer", &peer->id),
             TG_F_NUM("serial", card->serial));
    return tg_trust_announce(node, em);
}

static tg_err take_next(struct tg_node *node, struct tg_peer *peer, struct tg_card **card,
                        struct tg_view note, struct tg_errmsg *em)
{
#ifdef TG_CONTROL_NO_CHAIN
    tg_err err = TG_OK;
#else
    const struct tg_card *held = peer->card;
    if ((*card)->serial > held->serial + 1)
        return tg_fail(em, TG_EPOSITION, "card %" PRIu64 " is held, and those between are missing",
                       held->serial);
    tg_err err = tg_card_check_successor(held, *card, note, em);
#endif
    if (!err) err = put(node, *card, note, em);
    return err ? err : adopt(node, peer, tg_steal_ptr(card), em);
}

tg_err tg_cards_take(struct tg_node *node, struct tg_view note, struct tg_hash *ret_node,
                     uint64_t *ret_serial, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *card = NULL;
    struct tg_hash id;
    tg_err err = card_open(note, &card, em);
    if (err) return err;
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    *ret_node = id;
    *ret_serial = card->serial;
    const tg_err known = tg_cards_is(node, &id, card->serial, &card->text_hash);
    if (!known) return TG_EEXIST;
    if (known == TG_EFORK)
        return tg_fail(em, TG_EFORK, "another card of serial %" PRIu64 " is held", card->serial);
    if (tg_hash_equal(&id, &node->id)) {
        if (card->serial < tg_cards_newest(node)->serial) return take_older(node, &id, card, note, em);
        tg_cards_newer_shown(node, card);
        return tg_fail(
            em, TG_ENOENT,
            "it is a newer card of our own than the one in use: put it in place ('tamga card install')");
    }
    struct tg_peer *peer = tg_trust_find(node, &id);
    if (!peer) return tg_fail(em, TG_ENOENT, "the card is of a node that is not enrolled here");
    if (card->serial < peer->card->serial) return take_older(node, &id, card, note, em);
    return take_next(node, peer, &card, note, em);
}

void tg_cards_refused(struct tg_node *node, const struct tg_hash *by, const struct tg_hash *of,
                      const char *why)
{
    struct tg_peer *peer = tg_trust_find(node, of);
    if (!peer) peer = tg_trust_find(node, by);
    if (peer) (void)snprintf(peer->card_refused, sizeof peer->card_refused, "%s", why);
    tg_event(node->events, TG_EV_CARD_REFUSED, TG_F_NODE("of", of), TG_F_NODE("shown_by", by),
             TG_F_TEXT("why", why));
}

tg_err tg_cards_shown(struct tg_node *node, const struct tg_hash *by, struct tg_view note)
{
    struct tg_errmsg em = {.text = ""};
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_CARD_TAKEN);
    event.peer = *by;
    event.log.origin = *by;
    event.result = tg_cards_take(node, note, &event.log.origin, &event.index, &em);
    if (event.result == TG_ENOMEM) return event.result;
    if (event.result && event.result != TG_EEXIST && event.result != TG_EPOSITION)
        tg_cards_refused(node, by, &event.log.origin, tg_errmsg_text(&em, event.result));
    return tg_engine_event(node, &event);
}

void tg_cards_learn(struct tg_node *node, const struct tg_hash *origin, const struct tg_batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++)
        if (tg_statement_of(batch->records[i]) == TG_STATEMENT_CARD)
            (void)tg_cards_shown(node, origin, batch->records[i]);
}

tg_err tg_cards_used(struct tg_node *node, const struct tg_hash *id, uint64_t serial)
{
    struct tg_peer *peer = tg_trust_find(node, id);
    if (!peer || !peer->has_former || serial < peer->card->serial) return TG_OK;
    peer->has_former = false;
    return tg_trust_announce(node, NULL);
}
