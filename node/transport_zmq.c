/* The transport over ZeroMQ with CURVE: one ROUTER that listens, DEALERs that dial, two lanes a link, a
 * supervisor that mends links. Knows no message's meaning. Frames: docs/formats-wire.md.
 */
#include "node/transport_zmq.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/transport_internal.h"
#include "proto/endpoint.h"

#define ITEMS_PER_DIAL 2

/* ---- what the parts share ---- */

int64_t tg_transport_now(const struct tg_transport_zmq *t)
{
    return tg_clock_mono_us(t->options.clock);
}

void tg_session_open(struct tg_transport_zmq *t, struct tg_session *session)
{
    int64_t now = tg_transport_now(t);
    *session = (struct tg_session){.number = ++t->sessions_made, .heard_us = now, .sent_us = now};
}

void tg_open_payload(const struct tg_transport_zmq *t, enum tg_lane lane, uint8_t out[static TG_OPEN_BYTES])
{
    out[0] = TG_TRANSPORT_VERSION;
    out[1] = (uint8_t)lane;
    memcpy(out + 2, t->options.boot, TG_BOOT_BYTES);
}

void tg_open_boot(struct tg_view payload, uint8_t ret_boot[static TG_BOOT_BYTES])
{
    memset(ret_boot, 0, TG_BOOT_BYTES);
    if (payload.bytes >= TG_OPEN_BYTES) memcpy(ret_boot, payload.data + 2, TG_BOOT_BYTES);
}

void tg_session_heard(struct tg_transport_zmq *t, struct tg_link_peer *peer, struct tg_session *session)
{
    session->heard_us = peer->heard_us = tg_transport_now(t);
}

bool tg_session_live(const struct tg_transport_zmq *t, const struct tg_link_peer *peer, enum tg_lane lane,
                     uint64_t number)
{
    if (peer->dials[lane].session.number == number) return true;
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        if (t->accepted[i].session.number == number) return true;
    }
    return false;
}

tg_err tg_frame_make(zmq_msg_t *msg, enum tg_frame_kind kind, struct tg_view payload)
{
    if (zmq_msg_init_size(msg, TG_TRANSPORT_HEADER_BYTES + payload.bytes) != 0) return TG_ENOMEM;
    uint8_t *data = zmq_msg_data(msg);
    data[0] = (uint8_t)kind;
    if (payload.bytes) memcpy(data + TG_TRANSPORT_HEADER_BYTES, payload.data, payload.bytes);
    return TG_OK;
}

/* The drains never read more than the batch has room for. */
void tg_batch_add(struct tg_transport_zmq *t, zmq_msg_t *msg, const struct tg_hash *node, enum tg_lane lane,
                  uint64_t session)
{
    struct tg_waiting *waiting = &t->batch[t->batch_count++];
    *waiting = (struct tg_waiting){.node = *node, .session = session, .lane = lane};
    zmq_msg_init(&waiting->msg);
    zmq_msg_move(&waiting->msg, msg);
}

/* ---- the engine's side ---- */

static tg_err send_on(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                      struct tg_view message)
{
    struct tg_dial *dial = &peer->dials[lane];
    if (dial->session.number == peer->active[lane]) return tg_dial_send(t, dial, TG_FRAME_MESSAGE, message);
    struct tg_accepted *accepted = tg_accepted_find(t, &peer->card.node, lane);
    if (!accepted || accepted->session.number != peer->active[lane]) return TG_EUNREACHABLE;
    return tg_accepted_send(t, accepted, TG_FRAME_MESSAGE, message);
}

static tg_err op_send(void *ctx, const struct tg_hash *node, enum tg_lane lane, struct tg_view message)
{
    struct tg_transport_zmq *t = ctx;
    if (message.bytes > TG_FRAME_BYTES_MAX) return TG_ELIMIT;
    struct tg_link_peer *peer = tg_link_peer_find(t, node);
    if (!peer || peer->cut || !peer->active[lane]) return TG_EUNREACHABLE;
    if (!tg_link_peer_is_trusted(t, node, peer->card.curve_public)) return TG_EUNREACHABLE;
    tg_err err = send_on(t, peer, lane, message);
    if (err == TG_EUNREACHABLE) t->dirty = true;
    if (err) return err;
    t->stats.messages_out += 1;
    t->stats.bytes_out += message.bytes;
    return TG_OK;
}

static void op_disconnect(void *ctx, const struct tg_hash *node)
{
    struct tg_transport_zmq *t = ctx;
    struct tg_link_peer *peer = tg_link_peer_find(t, node);
    if (!peer) return;
    peer->cut = true;
    t->dirty = true;
}

static tg_err op_set_peers(void *ctx, const struct tg_transport_peer *peers, size_t count,
                           struct tg_errmsg *em)
{
    return tg_link_peers_set(ctx, peers, count, em);
}

static const struct tg_transport_ops ops = {
    .send = op_send, .disconnect = op_disconnect, .set_peers = op_set_peers};

/* ---- life ---- */

static void default_to(uint32_t *value, uint32_t fallback)
{
    if (*value == 0) *value = fallback;
}

static void take_options(struct tg_transport_zmq *t, const struct tg_transport_zmq_options *options)
{
    t->options = *options;
    t->options.listen = NULL; /* copied into t->listen */
    default_to(&t->options.heartbeat_ms, TG_HEARTBEAT_MS);
    default_to(&t->options.silence_ms, TG_SILENCE_MS);
    default_to(&t->options.handshake_ms, TG_HANDSHAKE_MS);
    default_to(&t->options.redial_min_ms, TG_REDIAL_MIN_MS);
    default_to(&t->options.redial_max_ms, TG_REDIAL_MAX_MS);
    char node[TG_BASE32_BYTES(TG_HASH_BYTES)];
    tg_base32_encode(options->node.bytes, TG_HASH_BYTES, node);
    snprintf(t->domain, sizeof t->domain, "tamga/%s", node);
    snprintf(t->listen, sizeof t->listen, "%s", options->listen ? options->listen : "");
}

static tg_err start(struct tg_transport_zmq *t, struct tg_errmsg *em)
{
    if (t->listen[0] && !tg_endpoint_valid(t->listen, true)) {
        return tg_fail(em, TG_EVALUE, "listen address '%s' is not of the form tcp://address:port", t->listen);
    }
    /* The domain is known before the socket is bound: nobody can come in between. */
    tg_err err = tg_zap_set(t->zap, t->domain, NULL, 0);
    if (err) return tg_fail(em, err, "too many transports in one process");
    return t->listen[0] ? tg_router_open(t, em) : TG_OK;
}

tg_err tg_transport_zmq_new(struct tg_zap *zap, const struct tg_transport_zmq_options *options,
                            struct tg_transport_zmq **ret_transport, struct tg_errmsg *em)
{
    struct tg_transport_zmq *t = calloc(1, sizeof *t);
    if (!t) return tg_fail(em, TG_ENOMEM, "out of memory");
    t->zap = zap;
    t->engine_view = (struct tg_transport){.ops = &ops, .ctx = t};
    take_options(t, options);
    tg_err err = start(t, em);
    if (err) {
        tg_transport_zmq_free(t);
        return err;
    }
    *ret_transport = t;
    return TG_OK;
}

void tg_transport_zmq_free(struct tg_transport_zmq *t)
{
    if (!t) return;
    tg_zap_remove(t->zap, t->domain);
    for (size_t i = 0; i < t->peer_count; i++) {
        for (int lane = 0; lane < TG_LANES; lane++) tg_dial_close(&t->peers[i].dials[lane]);
    }
    tg_router_close(t);
    free(t->next.peers);
    free(t->items);
    explicit_bzero(t->options.curve_secret, sizeof t->options.curve_secret);
    explicit_bzero(t->options.former_secret, sizeof t->options.former_secret);
    free(t);
}

const struct tg_transport *tg_transport_zmq_ops(struct tg_transport_zmq *t)
{
    return &t->engine_view;
}

const char *tg_transport_zmq_endpoint(const struct tg_transport_zmq *t)
{
    return t->listen;
}

/* ---- one poll ---- */

/* Room for the router, every dial and its monitor, and the caller's own. */
static tg_err reserve_items(struct tg_transport_zmq *t, size_t extra_count, struct tg_errmsg *em)
{
    size_t need = 1 + TG_PEERS_MAX * TG_LANES * ITEMS_PER_DIAL + extra_count;
    if (need <= t->items_capacity) return TG_OK;
    zmq_pollitem_t *items = realloc(t->items, need * sizeof *items);
    if (!items) return tg_fail(em, TG_ENOMEM, "out of memory");
    t->items = items;
    t->items_capacity = need;
    return TG_OK;
}

static size_t fill_items(struct tg_transport_zmq *t, const struct pollfd *extra, size_t extra_count)
{
    size_t count = 0;
    for (size_t i = 0; i < extra_count; i++) {
        short events = (short)(((extra[i].events & POLLIN) ? ZMQ_POLLIN : 0) |
                               ((extra[i].events & POLLOUT) ? ZMQ_POLLOUT : 0));
        t->items[count++] = (zmq_pollitem_t){.fd = extra[i].fd, .events = events};
    }
    if (t->router) t->items[count++] = (zmq_pollitem_t){.socket = t->router, .events = ZMQ_POLLIN};
    for (size_t i = 0; i < t->peer_count * TG_LANES; i++) {
        struct tg_dial *dial = &t->peers[i / TG_LANES].dials[i % TG_LANES];
        if (!dial->socket) continue;
        t->items[count++] = (zmq_pollitem_t){.socket = dial->socket, .events = ZMQ_POLLIN};
        t->items[count++] = (zmq_pollitem_t){.socket = dial->monitor, .events = ZMQ_POLLIN};
    }
    return count;
}

static void give_extra(const zmq_pollitem_t *items, struct pollfd *extra, size_t extra_count)
{
    for (size_t i = 0; i < extra_count; i++) {
        extra[i].revents = (short)(((items[i].revents & ZMQ_POLLIN) ? POLLIN : 0) |
                                   ((items[i].revents & ZMQ_POLLOUT) ? POLLOUT : 0) |
                                   ((items[i].revents & ZMQ_POLLERR) ? POLLERR : 0));
    }
}

static long wait_ms(const struct tg_transport_zmq *t, int timeout_ms)
{
    int64_t due = tg_router_due(t), now = tg_transport_now(t);
    for (size_t i = 0; i < t->peer_count * TG_LANES; i++) {
        int64_t one = tg_dial_due(t, &t->peers[i / TG_LANES], (enum tg_lane)(i % TG_LANES));
        if (one < due) due = one;
    }
    if (due == INT64_MAX) return timeout_ms;
    int64_t own_ms = due <= now ? 0 : (due - now) / 1000 + 1;
    return timeout_ms >= 0 && timeout_ms < own_ms ? timeout_ms : (long)own_ms;
}

static tg_err wait_for_work(struct tg_transport_zmq *t, struct pollfd *extra, size_t extra_count,
                            int timeout_ms, struct tg_errmsg *em)
{
    tg_err err = reserve_items(t, extra_count, em);
    if (err) return err;
    size_t count = fill_items(t, extra, extra_count);
    for (size_t i = 0; i < extra_count; i++) extra[i].revents = 0;
    if (zmq_poll(t->items, (int)count, wait_ms(t, timeout_ms)) < 0) {
        return errno == EINTR ? TG_OK : tg_fail(em, TG_ESYSTEM, "cannot poll: %s", zmq_strerror(errno));
    }
    give_extra(t->items, extra, extra_count);
    return TG_OK;
}

/* Read in turns, at most a batch: the router's share is half, it stands for many peers and is fair itself. */
static bool drain(struct tg_transport_zmq *t)
{
    size_t dials = t->peer_count * TG_LANES;
    size_t left = TG_TRANSPORT_DRAIN_MAX;
    size_t got = tg_router_drain(t, left / 2);
    bool more = got == left / 2;
    left -= got;
    for (size_t i = 0; i < dials && left > 0; i++) {
        size_t at = (t->turn + i) % dials;
        size_t share = left < TG_TRANSPORT_DRAIN_EACH_MAX ? left : TG_TRANSPORT_DRAIN_EACH_MAX;
        got = tg_dial_drain(t, &t->peers[at / TG_LANES], (enum tg_lane)(at % TG_LANES), share);
        more = more || got == share;
        left -= got;
    }
    t->turn += 1;
    return more || left == 0;
}

/* The session may have ended, or its peer lost our trust, since the message was read. */
static void deliver_one(struct tg_transport_zmq *t, struct tg_waiting *waiting)
{
    struct tg_link_peer *peer = tg_link_peer_find(t, &waiting->node);
    if (!peer) {
        t->stats.dropped_stranger += 1;
        return;
    }
    if (!peer->active[waiting->lane] || !tg_session_live(t, peer, waiting->lane, waiting->session)) {
        t->stats.dropped_no_lane += 1;
        return;
    }
    const uint8_t *data = zmq_msg_data(&waiting->msg);
    struct tg_transport_event event = {
        .kind = TG_LINK_MESSAGE,
        .peer = waiting->node,
        .lane = waiting->lane,
        .message = tg_view_of(data + TG_TRANSPORT_HEADER_BYTES,
                              zmq_msg_size(&waiting->msg) - TG_TRANSPORT_HEADER_BYTES)};
    t->stats.messages_in += 1;
    t->stats.bytes_in += event.message.bytes;
    if (t->on_event) t->on_event(t->on_event_ctx, &event);
}

static void deliver_lane(struct tg_transport_zmq *t, enum tg_lane lane)
{
    for (size_t i = 0; i < t->batch_count; i++) {
        if (t->batch[i].lane != lane) continue;
        tg_link_peers_settle(t);
        deliver_one(t, &t->batch[i]);
    }
}

static void deliver(struct tg_transport_zmq *t)
{
    deliver_lane(t, TG_LANE_URGENT);
    deliver_lane(t, TG_LANE_BULK);
    for (size_t i = 0; i < t->batch_count; i++) zmq_msg_close(&t->batch[i].msg);
    t->batch_count = 0;
}

static void supervise(struct tg_transport_zmq *t)
{
    int64_t now = tg_transport_now(t);
    tg_router_supervise(t, now);
    for (size_t i = 0; i < t->peer_count; i++) tg_contest_supervise(t, &t->peers[i], now);
    for (size_t i = 0; i < t->peer_count * TG_LANES; i++) {
        struct tg_link_peer *peer = &t->peers[i / TG_LANES];
        enum tg_lane lane = (enum tg_lane)(i % TG_LANES);
        if (peer->dials[lane].monitor) tg_dial_watch(t, peer, lane);
        tg_dial_supervise(t, peer, lane, now);
    }
    tg_link_peers_settle(t);
}

tg_err tg_transport_zmq_poll(struct tg_transport_zmq *t, struct pollfd *extra, size_t extra_count,
                             int timeout_ms, tg_transport_event_fn on_event, void *ctx, bool *ret_more,
                             struct tg_errmsg *em)
{
    t->on_event = on_event;
    t->on_event_ctx = ctx;
    tg_link_peers_settle(t);
    tg_err err = wait_for_work(t, extra, extra_count, timeout_ms, em);
    bool more = false;
    if (!err) {
        more = drain(t);
        deliver(t);
        supervise(t);
    }
    t->on_event = NULL;
    if (!err && ret_more) *ret_more = more;
    return err;
}

/* ---- how it stands ---- */

void tg_transport_zmq_get_stats(const struct tg_transport_zmq *t, struct tg_transport_zmq_stats *ret_stats)
{
    *ret_stats = t->stats;
}

tg_err tg_transport_zmq_link(const struct tg_transport_zmq *t, const struct tg_hash *node,
                             struct tg_transport_link *ret_link)
{
    for (size_t i = 0; i < t->peer_count; i++) {
        const struct tg_link_peer *peer = &t->peers[i];
        if (!tg_hash_equal(&peer->card.node, node)) continue;
        struct tg_transport_link link = {.heard_us = peer->heard_us};
        for (int lane = 0; lane < TG_LANES; lane++) {
            link.up[lane] = peer->active[lane] != 0;
            link.dialled[lane] = link.up[lane] && peer->dials[lane].session.number == peer->active[lane];
            if (peer->dials[lane].failures > link.failures) link.failures = peer->dials[lane].failures;
        }
        memcpy(link.trouble, peer->trouble, sizeof link.trouble);
        link.seconds = peer->seconds;
        *ret_link = link;
        return TG_OK;
    }
    return TG_ENOENT;
}
