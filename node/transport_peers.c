/* The peer table of the transport, and the one place where the engine learns that a lane came or went.
 *
 * Nothing here reads or writes a socket's messages. Rules: docs/formats-wire.md.
 */
#include <stdlib.h>

#include "node/transport_internal.h"
#include "proto/endpoint.h"

#define SETTLE_ROUNDS_MAX 64

struct tg_link_peer *tg_link_peer_find(struct tg_transport_zmq *t, const struct tg_hash *node)
{
    for (size_t i = 0; i < t->peer_count; i++) {
        if (tg_hash_equal(&t->peers[i].card.node, node)) return &t->peers[i];
    }
    return NULL;
}

static const struct tg_transport_peer *card_find(const struct tg_transport_peer *cards, size_t count,
                                                 const struct tg_hash *node)
{
    for (size_t i = 0; i < count; i++) {
        if (tg_hash_equal(&cards[i].node, node)) return &cards[i];
    }
    return NULL;
}

static bool same_key(const struct tg_transport_peer *a, const uint8_t key[static 32])
{
    return memcmp(a->curve_public, key, sizeof a->curve_public) == 0 ||
           (a->has_former && memcmp(a->curve_former, key, sizeof a->curve_former) == 0);
}

bool tg_link_peer_is_trusted(const struct tg_transport_zmq *t, const struct tg_hash *node,
                             const uint8_t key[static 32])
{
    if (t->next.waiting) {
        const struct tg_transport_peer *card = card_find(t->next.peers, t->next.count, node);
        if (!card || !same_key(card, key)) return false;
    }
    for (size_t i = 0; i < t->peer_count; i++) {
        if (tg_hash_equal(&t->peers[i].card.node, node)) return same_key(&t->peers[i].card, key);
    }
    return false;
}

/* ---- a new table ---- */

static tg_err check_peer(const struct tg_transport_peer *peers, size_t at, struct tg_errmsg *em)
{
    const struct tg_transport_peer *peer = &peers[at];
    if (peer->endpoint_count > TG_CARD_ENDPOINTS_MAX)
        return tg_fail(em, TG_ELIMIT, "peer has too many endpoints");
    for (size_t i = 0; i < peer->endpoint_count; i++) {
        if (!tg_endpoint_valid(peer->endpoints[i], false)) {
            return tg_fail(em, TG_EVALUE, "endpoint '%.200s' is not of the form tcp://host:port",
                           peer->endpoints[i]);
        }
    }
    for (size_t i = 0; i < at; i++) {
        if (tg_hash_equal(&peers[i].node, &peer->node))
            return tg_fail(em, TG_EVALUE, "two peers have one node id");
        if (same_key(&peers[i], peer->curve_public) ||
            (peer->has_former && same_key(&peers[i], peer->curve_former)))
            return tg_fail(em, TG_EVALUE, "two peers have one CURVE key");
    }
    return TG_OK;
}

static tg_err admit(struct tg_transport_zmq *t, const struct tg_transport_peer *peers, size_t count,
                    struct tg_errmsg *em)
{
    struct tg_zap_entry entries[TG_ZAP_ENTRIES_MAX];
    size_t admitted = 0;
    for (size_t i = 0; i < count; i++) {
        struct tg_zap_entry *entry = &entries[admitted++];
        memcpy(entry->curve_public, peers[i].curve_public, sizeof entry->curve_public);
        entry->node = peers[i].node;
        if (!peers[i].has_former) continue;
        entry = &entries[admitted++];
        memcpy(entry->curve_public, peers[i].curve_former, sizeof entry->curve_public);
        entry->node = peers[i].node;
    }
    tg_err err = tg_zap_set(t->zap, t->domain, entries, admitted);
    return err ? tg_fail(em, err, "too many transports in one process") : TG_OK;
}

tg_err tg_link_peers_set(struct tg_transport_zmq *t, const struct tg_transport_peer *peers, size_t count,
                         struct tg_errmsg *em)
{
    if (count > TG_PEERS_MAX)
        return tg_fail(em, TG_ELIMIT, "%zu peers are over the limit of %d", count, TG_PEERS_MAX);
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < count; i++) err = check_peer(peers, i, em);
    if (err) return err;
    struct tg_transport_peer *copy = calloc(count + 1, sizeof *copy);
    if (!copy) return tg_fail(em, TG_ENOMEM, "out of memory");
    if (count) memcpy(copy, peers, count * sizeof *copy);
    err = admit(t, peers, count, em);
    if (err) {
        free(copy);
        return err;
    }
    free(t->next.peers);
    t->next = (struct tg_link_table){.peers = copy, .count = count, .waiting = true};
    t->dirty = true;
    return TG_OK;
}

/* ---- telling the engine ---- */

static void tell(struct tg_transport_zmq *t, const struct tg_hash *node, enum tg_lane lane,
                 enum tg_transport_kind kind)
{
    struct tg_transport_event event = {.kind = kind, .peer = *node, .lane = lane};
    if (kind == TG_LINK_UP) t->stats.links_up += 1;
    if (kind == TG_LINK_DOWN) t->stats.links_down += 1;
    if (t->on_event) t->on_event(t->on_event_ctx, &event);
}

static void tell_down(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane)
{
    if (!peer->active[lane]) return;
    peer->active[lane] = 0;
    tell(t, &peer->card.node, lane, TG_LINK_DOWN);
}

/* When both sides dialled, both prefer the connection that the smaller node id dialled. */
static uint64_t choose(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane)
{
    const struct tg_accepted *accepted = tg_accepted_find(t, &peer->card.node, lane);
    uint64_t in = accepted ? accepted->session.number : 0;
    uint64_t out = peer->dials[lane].session.number;
    bool we_are_smaller = memcmp(t->options.node.bytes, peer->card.node.bytes, TG_HASH_BYTES) < 0;
    if (in && out) return we_are_smaller ? out : in;
    return in ? in : out;
}

static void settle_lane(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane)
{
    if (peer->active[lane] && tg_session_live(t, peer, lane, peer->active[lane])) return;
    tell_down(t, peer, lane);
    if (peer->cut) return;
    peer->active[lane] = choose(t, peer, lane);
    if (peer->active[lane]) tell(t, &peer->card.node, lane, TG_LINK_UP);
}

/* ---- cutting ---- */

static void drop_sessions(struct tg_transport_zmq *t, struct tg_link_peer *peer, const char *why)
{
    for (int lane = 0; lane < TG_LANES; lane++) {
        struct tg_accepted *accepted = tg_accepted_find(t, &peer->card.node, (enum tg_lane)lane);
        if (accepted) tg_accepted_drop(t, accepted, TG_CLOSE_CUT);
        tg_dial_later(t, peer, (enum tg_lane)lane, why);
    }
}

static void cut(struct tg_transport_zmq *t, struct tg_link_peer *peer)
{
    drop_sessions(t, peer, "this node cut the link");
    for (int lane = 0; lane < TG_LANES; lane++) tell_down(t, peer, (enum tg_lane)lane);
    peer->cut = false;
}

/* ---- taking a new table ---- */

static bool stays(const struct tg_link_table *next, const struct tg_link_peer *peer)
{
    const struct tg_transport_peer *card = card_find(next->peers, next->count, &peer->card.node);
    return card && same_key(card, peer->card.curve_public);
}

/* Those that go: no more frames to them, their sockets closed, the engine told. Returns whether any went. */
static bool remove_peers(struct tg_transport_zmq *t, const struct tg_link_table *next)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->peer_count; i++) {
        struct tg_link_peer *peer = &t->peers[i];
        if (!stays(next, peer)) {
            cut(t, peer);
            continue;
        }
        if (kept != i) t->peers[kept] = *peer;
        kept += 1;
    }
    bool removed = kept != t->peer_count;
    for (size_t i = kept; i < t->peer_count; i++) t->peers[i] = (struct tg_link_peer){.cut = false};
    t->peer_count = kept;
    return removed;
}

static void take_table(struct tg_transport_zmq *t, const struct tg_link_table *next)
{
    /* libzmq cannot cut one client of a ROUTER: only closing it does. The others come back by themselves. */
    if (remove_peers(t, next)) tg_router_close(t);
    for (size_t i = 0; i < next->count; i++) {
        struct tg_link_peer *peer = tg_link_peer_find(t, &next->peers[i].node);
        if (!peer) {
            peer = &t->peers[t->peer_count++];
            *peer = (struct tg_link_peer){.cut = false};
        }
        peer->card = next->peers[i];
    }
}

void tg_link_peers_settle(struct tg_transport_zmq *t)
{
    for (int round = 0; t->dirty && round < SETTLE_ROUNDS_MAX; round++) {
        t->dirty = false;
        if (t->next.waiting) {
            struct tg_link_table next = t->next;
            t->next = (struct tg_link_table){.waiting = false};
            take_table(t, &next);
            free(next.peers);
        }
        for (size_t i = 0; i < t->peer_count; i++) {
            if (t->peers[i].cut) cut(t, &t->peers[i]);
            for (int lane = 0; lane < TG_LANES; lane++) settle_lane(t, &t->peers[i], (enum tg_lane)lane);
        }
    }
}
