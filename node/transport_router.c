/* The listening side: one ROUTER, and the connections that named their lane on it.
 *
 * Whom a frame comes from is asked of its User-Id each time. Frames: docs/formats-wire.md.
 */
#include <errno.h>

#include "node/transport_internal.h"
#include "node/transport_options.h"

/* ---- listening ---- */

static bool set_server(struct tg_transport_zmq *t, void *router)
{
    int ipv6 = strchr(t->listen, '[') != NULL;
    return zmq_setsockopt(router, ZMQ_ZAP_DOMAIN, t->domain, strlen(t->domain)) == 0 &&
           zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, t->options.curve_secret, 32) == 0 &&
           zmq_setsockopt(router, ZMQ_IPV6, &ipv6, sizeof ipv6) == 0;
}

static tg_err bind_router(struct tg_transport_zmq *t, void *router, struct tg_errmsg *em)
{
    if (zmq_bind(router, t->listen) != 0) {
        int saved = errno;
        return tg_fail(em, TG_ESYSTEM, "cannot listen at '%s': %s; free it, or change [net] listen",
                       t->listen, zmq_strerror(saved));
    }
    size_t bytes = sizeof t->listen;
    if (zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, t->listen, &bytes) != 0) {
        return tg_fail(em, TG_ESYSTEM, "cannot tell where the node listens");
    }
    return TG_OK;
}

tg_err tg_router_open(struct tg_transport_zmq *t, struct tg_errmsg *em)
{
    void *router = zmq_socket(tg_zap_context(t->zap), ZMQ_ROUTER);
    if (!router) return tg_fail(em, TG_ESYSTEM, "cannot make a socket: %s", zmq_strerror(errno));
    tg_err err = tg_socket_options_set(router, TG_SOCKET_ROUTER, &t->options, em);
    if (!err && !set_server(t, router))
        err = tg_fail(em, TG_ESYSTEM, "cannot make the listening socket secure");
    if (!err) err = bind_router(t, router, em);
    if (err) {
        zmq_close(router);
        return err;
    }
    t->router = router;
    return TG_OK;
}

void tg_router_close(struct tg_transport_zmq *t)
{
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        if (t->accepted[i].session.number) t->dirty = true;
        t->accepted[i].session.number = 0;
    }
    if (!t->router) return;
    zmq_unbind(t->router, t->listen);
    zmq_close(t->router);
    t->router = NULL;
    t->bind_due_us = tg_transport_now(t);
}

/* ---- sessions ---- */

struct tg_accepted *tg_accepted_find(struct tg_transport_zmq *t, const struct tg_hash *node,
                                     enum tg_lane lane)
{
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        struct tg_accepted *accepted = &t->accepted[i];
        if (accepted->session.number && accepted->lane == lane && tg_hash_equal(&accepted->node, node)) {
            return accepted;
        }
    }
    return NULL;
}

static struct tg_accepted *find_route(struct tg_transport_zmq *t, const uint8_t route[static TG_ROUTE_BYTES])
{
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        struct tg_accepted *accepted = &t->accepted[i];
        if (accepted->session.number && memcmp(accepted->route, route, TG_ROUTE_BYTES) == 0) return accepted;
    }
    return NULL;
}

static tg_err send_route(struct tg_transport_zmq *t, const uint8_t route[static TG_ROUTE_BYTES],
                         enum tg_frame_kind kind, struct tg_view payload)
{
    zmq_msg_t msg;
    tg_err err = tg_frame_make(&msg, kind, payload);
    if (err) return err;
    if (zmq_send(t->router, route, TG_ROUTE_BYTES, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
        zmq_msg_send(&msg, t->router, ZMQ_DONTWAIT) < 0) {
        err = errno == EAGAIN ? TG_EBUSY : TG_EUNREACHABLE;
        zmq_msg_close(&msg);
    }
    return err;
}

tg_err tg_accepted_send(struct tg_transport_zmq *t, struct tg_accepted *accepted, enum tg_frame_kind kind,
                        struct tg_view payload)
{
    tg_err err = send_route(t, accepted->route, kind, payload);
    if (!err) accepted->session.sent_us = tg_transport_now(t);
    if (err == TG_EUNREACHABLE) {
        accepted->session.number = 0;
        t->dirty = true;
    }
    return err;
}

void tg_accepted_drop(struct tg_transport_zmq *t, struct tg_accepted *accepted, enum tg_close_reason reason)
{
    uint8_t why = (uint8_t)reason;
    send_route(t, accepted->route, TG_FRAME_CLOSE, tg_view_of(&why, 1));
    accepted->session.number = 0;
    t->dirty = true;
}

static struct tg_accepted *free_place(struct tg_transport_zmq *t)
{
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        if (!t->accepted[i].session.number) return &t->accepted[i];
    }
    return NULL;
}

/* ---- what arrives ---- */

void tg_route_close(struct tg_transport_zmq *t, const uint8_t route[static TG_ROUTE_BYTES],
                    enum tg_close_reason reason)
{
    uint8_t why = (uint8_t)reason;
    send_route(t, route, TG_FRAME_CLOSE, tg_view_of(&why, 1));
}

/* The newest connection of a lane is the one that counts: its peer would not dial if the old one lived. */
void tg_accepted_open(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                      const uint8_t route[static TG_ROUTE_BYTES], enum tg_lane lane,
                      const uint8_t boot[static TG_BOOT_BYTES])
{
    uint8_t opened[TG_OPEN_BYTES];
    struct tg_accepted *old = tg_accepted_find(t, &peer->card.node, lane);
    if (old) old->session.number = 0;
    struct tg_accepted *place = free_place(t);
    if (!place) return;
    *place = (struct tg_accepted){.node = peer->card.node, .lane = lane};
    memcpy(place->route, route, TG_ROUTE_BYTES);
    tg_session_open(t, &place->session);
    memcpy(place->session.boot, boot, TG_BOOT_BYTES);
    tg_session_heard(t, peer, &place->session);
    t->dirty = true;
    tg_open_payload(t, lane, opened);
    tg_accepted_send(t, place, TG_FRAME_OPENED, TG_VIEW_ARRAY(opened));
}

static void open_lane(struct tg_transport_zmq *t, struct tg_link_peer *peer, const uint8_t *route,
                      struct tg_view payload)
{
    uint8_t boot[TG_BOOT_BYTES];
    struct tg_accepted *same_route = find_route(t, route);
    if (same_route) {
        same_route->session.number = 0;
        t->dirty = true;
    }
    bool known = payload.bytes >= 2 && payload.data[0] == TG_TRANSPORT_VERSION && payload.data[1] < TG_LANES;
    if (!known) {
        tg_route_close(t, route, TG_CLOSE_VERSION);
        return;
    }
    enum tg_lane lane = (enum tg_lane)payload.data[1];
    tg_open_boot(payload, boot);
    if (tg_contest(t, peer, boot))
        tg_contest_wait(peer, lane, route);
    else
        tg_accepted_open(t, peer, route, lane, boot);
}

static void no_lane(struct tg_transport_zmq *t, const uint8_t *route, uint8_t kind)
{
    uint8_t why = TG_CLOSE_NO_LANE;
    t->stats.dropped_no_lane += 1;
    if (kind != TG_FRAME_CLOSE) send_route(t, route, TG_FRAME_CLOSE, tg_view_of(&why, 1));
}

static void take_frame(struct tg_transport_zmq *t, struct tg_link_peer *peer, const uint8_t *route,
                       zmq_msg_t *msg)
{
    const uint8_t *data = zmq_msg_data(msg);
    struct tg_view payload =
        tg_view_of(data + TG_TRANSPORT_HEADER_BYTES, zmq_msg_size(msg) - TG_TRANSPORT_HEADER_BYTES);
    if (data[0] == TG_FRAME_OPEN) {
        open_lane(t, peer, route, payload);
        return;
    }
    struct tg_accepted *accepted = find_route(t, route);
    if (!accepted || !tg_hash_equal(&accepted->node, &peer->card.node)) {
        no_lane(t, route, data[0]);
        return;
    }
    tg_session_heard(t, peer, &accepted->session);
    if (data[0] == TG_FRAME_MESSAGE) {
        tg_batch_add(t, msg, &peer->card.node, accepted->lane, accepted->session.number);
    } else if (data[0] == TG_FRAME_CLOSE) {
        accepted->session.number = 0;
        t->dirty = true;
    } else if (data[0] == TG_FRAME_PING) {
        (void)tg_accepted_send(t, accepted, TG_FRAME_PONG, payload);
    } else if (data[0] == TG_FRAME_PONG) {
        tg_contest_answered(t, peer, &accepted->session, payload);
    } else if (data[0] != TG_FRAME_KEEP) {
        t->stats.dropped_malformed += 1;
    }
}

/* Whom the connection was admitted as, held against the peer table of this moment. */
static struct tg_link_peer *sender(struct tg_transport_zmq *t, zmq_msg_t *payload)
{
    struct tg_hash node;
    uint8_t key[32];
    if (!tg_zap_user_parse(zmq_msg_gets(payload, "User-Id"), &node, key)) return NULL;
    return tg_link_peer_is_trusted(t, &node, key) ? tg_link_peer_find(t, &node) : NULL;
}

static void take_message(struct tg_transport_zmq *t, zmq_msg_t *route, zmq_msg_t *payload)
{
    const uint8_t *id = zmq_msg_data(route);
    if (zmq_msg_size(route) != TG_ROUTE_BYTES || id[0] != 0 ||
        zmq_msg_size(payload) < TG_TRANSPORT_HEADER_BYTES) {
        t->stats.dropped_malformed += 1;
        return;
    }
    struct tg_link_peer *peer = sender(t, payload);
    if (!peer) {
        t->stats.dropped_stranger += 1;
        return;
    }
    if (peer->cut) return;
    take_frame(t, peer, id, payload);
}

/* Read the frames behind the second one away; returns how many there were. */
static size_t skip_rest(void *router, zmq_msg_t *last)
{
    size_t count = 0;
    for (int more = zmq_msg_more(last); more; count++) {
        zmq_msg_t extra;
        zmq_msg_init(&extra);
        more = zmq_msg_recv(&extra, router, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&extra);
        zmq_msg_close(&extra);
    }
    return count;
}

static bool receive_one(struct tg_transport_zmq *t)
{
    zmq_msg_t route, payload;
    zmq_msg_init(&route);
    zmq_msg_init(&payload);
    bool got = zmq_msg_recv(&route, t->router, ZMQ_DONTWAIT) >= 0;
    bool whole = got && zmq_msg_more(&route) && zmq_msg_recv(&payload, t->router, ZMQ_DONTWAIT) >= 0;
    if (whole && skip_rest(t->router, &payload) == 0) {
        take_message(t, &route, &payload);
    } else if (got) {
        t->stats.dropped_malformed += 1;
    }
    zmq_msg_close(&route);
    zmq_msg_close(&payload);
    return got;
}

size_t tg_router_drain(struct tg_transport_zmq *t, size_t max)
{
    size_t count = 0;
    while (count < max && t->router && receive_one(t)) count += 1;
    return count;
}

/* ---- watching over it ---- */

static int64_t accepted_due(const struct tg_transport_zmq *t, const struct tg_session *session)
{
    int64_t keep = session->sent_us + (int64_t)t->options.heartbeat_ms * 1000;
    int64_t silence = session->heard_us + (int64_t)t->options.silence_ms * 1000;
    return keep < silence ? keep : silence;
}

static void supervise_accepted(struct tg_transport_zmq *t, struct tg_accepted *accepted, int64_t now_us)
{
    if (now_us < accepted_due(t, &accepted->session)) return;
    if (now_us >= accepted->session.heard_us + (int64_t)t->options.silence_ms * 1000) {
        t->stats.silences += 1;
        tg_accepted_drop(t, accepted, TG_CLOSE_CUT);
        return;
    }
    tg_accepted_send(t, accepted, TG_FRAME_KEEP, tg_view_of("", 0));
    accepted->session.sent_us = now_us; /* a full queue keeps us alive as well */
}

void tg_router_supervise(struct tg_transport_zmq *t, int64_t now_us)
{
    if (!t->router && t->listen[0] && now_us >= t->bind_due_us) {
        t->bind_due_us = now_us + TG_TRANSPORT_REBIND_MS * 1000;
        if (tg_router_open(t, NULL) == TG_OK) t->stats.rebinds += 1;
    }
    for (size_t i = 0; t->router && i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        if (t->accepted[i].session.number) supervise_accepted(t, &t->accepted[i], now_us);
    }
}

int64_t tg_router_due(const struct tg_transport_zmq *t)
{
    int64_t due = !t->router && t->listen[0] ? t->bind_due_us : INT64_MAX;
    for (size_t i = 0; i < TG_TRANSPORT_SESSIONS_MAX; i++) {
        if (!t->accepted[i].session.number) continue;
        int64_t session_due = accepted_due(t, &t->accepted[i].session);
        if (session_due < due) due = session_due;
    }
    return due;
}
