/* The connections that we dial: one DEALER socket for one lane and one connection; when it ends, a new one
 * is made. Knows no peer table and no engine. Frames: docs/formats-wire.md.
 */
#include <errno.h>
#include <stdio.h>

#include "node/transport_internal.h"
#include "node/transport_options.h"

#define MONITOR_EVENT_BYTES 6
#define BACKOFF_DOUBLINGS_MAX 10
#define WATCHED                                                                   \
    (ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED |      \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* What a monitored event says in words; earlier rows are surer. */
static const struct {
    int event;
    const char *why;
} troubles[] = {
    {ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, TG_LINK_NOT_ADMITTED},
    {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
     "handshake failed: the key on the peer's card is not the one it uses"},
    {ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
     "connection ended in the handshake: wrong key, or peer admits nobody"},
    {ZMQ_EVENT_DISCONNECTED, "peer closed the connection"},
    {ZMQ_EVENT_CLOSED, TG_LINK_NOBODY},
    {ZMQ_EVENT_CONNECT_RETRIED, TG_LINK_NOBODY},
};

/* The order matters: libzmq's I/O thread sends each event with a blocking send. Once the hearing end is gone
 * while the monitor still runs, the next event blocks that thread, and every connection of the process, for
 * ever. So the monitor is stopped first; its queue has no limit, so that nothing blocks before. */
void tg_dial_close(struct tg_dial *dial)
{
    if (dial->monitor) zmq_socket_monitor(dial->socket, NULL, 0);
    if (dial->monitor) zmq_close(dial->monitor);
    if (dial->socket) zmq_close(dial->socket);
    dial->socket = dial->monitor = NULL;
    dial->session = (struct tg_session){.number = 0};
    dial->state = TG_DIAL_WAITING;
}

/* min × 2^failures, at most max, of which a random half to whole is waited. */
static int64_t backoff_us(const struct tg_transport_zmq *t, uint32_t failures)
{
    uint32_t doublings = failures < BACKOFF_DOUBLINGS_MAX ? failures : BACKOFF_DOUBLINGS_MAX;
    uint64_t wait_us = ((uint64_t)t->options.redial_min_ms * 1000) << doublings;
    uint64_t max_us = (uint64_t)t->options.redial_max_ms * 1000;
    if (wait_us > max_us) wait_us = max_us;
    uint32_t draw;
    tg_random_fill(t->options.random, &draw, sizeof draw);
    return (int64_t)(wait_us / 2 + draw % (wait_us / 2 + 1));
}

void tg_dial_later(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane, const char *why)
{
    struct tg_dial *dial = &peer->dials[lane];
    int64_t now_us = tg_transport_now(t);
    if (dial->state == TG_DIAL_OPEN) {
        /* Who is let in and cut off again and again (it says another node id, speaks another version) must not come
         * back at full speed for ever. */
        bool soon = now_us - dial->opened_us < (int64_t)t->options.redial_max_ms * 1000;
        dial->breaks = soon ? dial->breaks + 1 : 0;
        t->dirty = true;
    }
    if (dial->state == TG_DIAL_TRYING) t->stats.dial_failures += 1;
    tg_dial_close(dial);
    dial->due_us = now_us + backoff_us(t, dial->failures > dial->breaks ? dial->failures : dial->breaks);
    dial->failures += 1;
    snprintf(peer->trouble, sizeof peer->trouble, "%s", why);
}

/* After a card of ours or theirs with another key, either side may be the one that does not know it yet: up to four pairs
 * of keys are tried in turn, the newest first, and then the next endpoint. */
static uint32_t pairs(const struct tg_transport_zmq *t, const struct tg_link_peer *peer)
{
    return (t->options.has_former ? 2u : 1u) * (peer->card.has_former ? 2u : 1u);
}

static bool set_keys(void *socket, const struct tg_transport_zmq_options *options,
                     const struct tg_transport_peer *card, uint32_t failures)
{
    bool ours = options->has_former && failures % 2 == 1;
    bool theirs = card->has_former && (options->has_former ? failures / 2 : failures) % 2 == 1;
    const uint8_t *public_key = ours ? options->former_public : options->curve_public;
    const uint8_t *secret = ours ? options->former_secret : options->curve_secret;
    const uint8_t *server = theirs ? card->curve_former : card->curve_public;
    return zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, 32) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, 32) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 32) == 0;
}

/* A PAIR that hears what becomes of the connection. */
static bool watch_socket(struct tg_transport_zmq *t, struct tg_dial *dial)
{
    char endpoint[96];
    const int none = 0;
    snprintf(endpoint, sizeof endpoint, "inproc://%.64s/monitor/%llu", t->domain,
             (unsigned long long)++t->monitors_made);
    dial->monitor = zmq_socket(tg_zap_context(t->zap), ZMQ_PAIR);
    return dial->monitor && zmq_socket_monitor(dial->socket, endpoint, WATCHED) == 0 &&
           zmq_setsockopt(dial->monitor, ZMQ_LINGER, &none, sizeof none) == 0 &&
           zmq_setsockopt(dial->monitor, ZMQ_RCVHWM, &none, sizeof none) == 0 &&
           zmq_connect(dial->monitor, endpoint) == 0;
}

static bool connect_socket(struct tg_transport_zmq *t, struct tg_link_peer *peer, struct tg_dial *dial)
{
    const char *endpoint = peer->card.endpoints[dial->failures / pairs(t, peer) % peer->card.endpoint_count];
    int ipv6 = strchr(endpoint, '[') != NULL;
    dial->socket = zmq_socket(tg_zap_context(t->zap), ZMQ_DEALER);
    return dial->socket &&
           tg_socket_options_set(dial->socket, TG_SOCKET_DEALER, &t->options, NULL) == TG_OK &&
           zmq_setsockopt(dial->socket, ZMQ_IPV6, &ipv6, sizeof ipv6) == 0 &&
           set_keys(dial->socket, &t->options, &peer->card, dial->failures) && watch_socket(t, dial) &&
           zmq_connect(dial->socket, endpoint) == 0;
}

static void dial_now(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane, int64_t now_us)
{
    struct tg_dial *dial = &peer->dials[lane];
    uint8_t open[TG_OPEN_BYTES];
    tg_open_payload(t, lane, open);
    t->stats.dials += 1;
    dial->state = TG_DIAL_TRYING;
    dial->due_us = now_us + (int64_t)t->options.handshake_ms * 1000;
    if (!connect_socket(t, peer, dial) || tg_dial_send(t, dial, TG_FRAME_OPEN, TG_VIEW_ARRAY(open))) {
        tg_dial_later(t, peer, lane, "no socket can be made for it: too many are open");
    }
}

tg_err tg_dial_send(struct tg_transport_zmq *t, struct tg_dial *dial, enum tg_frame_kind kind,
                    struct tg_view payload)
{
    zmq_msg_t msg;
    tg_err err = tg_frame_make(&msg, kind, payload);
    if (err) return err;
    if (zmq_msg_send(&msg, dial->socket, ZMQ_DONTWAIT) < 0) {
        err = errno == EAGAIN ? TG_EBUSY : TG_EUNREACHABLE;
        zmq_msg_close(&msg);
        return err;
    }
    dial->session.sent_us = tg_transport_now(t);
    return TG_OK;
}

/* ---- what arrives ---- */

static void opened(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                   struct tg_view payload)
{
    struct tg_dial *dial = &peer->dials[lane];
    if (dial->state != TG_DIAL_TRYING) return;
    if (payload.bytes < 2 || payload.data[0] != TG_TRANSPORT_VERSION || payload.data[1] != (uint8_t)lane) {
        tg_dial_later(t, peer, lane, "peer answered for another lane or version");
        return;
    }
    uint8_t boot[TG_BOOT_BYTES];
    tg_open_boot(payload, boot);
    if (tg_contest(t, peer, boot)) {
        tg_dial_later(t, peer, lane, "another process of the peer is linked: it is asked whether it lives");
        return;
    }
    tg_session_open(t, &dial->session);
    memcpy(dial->session.boot, boot, sizeof dial->session.boot);
    dial->state = TG_DIAL_OPEN;
    dial->failures = 0;
    dial->opened_us = tg_transport_now(t);
    peer->trouble[0] = '\0';
    t->dirty = true;
}

static const char *close_text(struct tg_view payload)
{
    uint8_t reason = payload.bytes ? payload.data[0] : 0;
    if (reason == TG_CLOSE_SECOND)
        return "peer is linked with another process of this node: a copy of it runs with the same keys";
    if (reason == TG_CLOSE_VERSION) return "peer speaks another version of the link protocol";
    return "peer closed the lane";
}

static void take_frame(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                       zmq_msg_t *msg)
{
    struct tg_dial *dial = &peer->dials[lane];
    const uint8_t *data = zmq_msg_data(msg);
    size_t bytes = zmq_msg_size(msg);
    if (bytes < TG_TRANSPORT_HEADER_BYTES || zmq_msg_more(msg)) {
        t->stats.dropped_malformed += 1;
        return;
    }
    struct tg_view payload = tg_view_of(data + TG_TRANSPORT_HEADER_BYTES, bytes - TG_TRANSPORT_HEADER_BYTES);
    tg_session_heard(t, peer, &dial->session);
    if (data[0] == TG_FRAME_OPENED) {
        opened(t, peer, lane, payload);
    } else if (data[0] == TG_FRAME_CLOSE) {
        tg_dial_later(t, peer, lane, close_text(payload));
    } else if (data[0] == TG_FRAME_PING) {
        (void)tg_dial_send(t, dial, TG_FRAME_PONG, payload);
    } else if (data[0] == TG_FRAME_PONG) {
        tg_contest_answered(t, peer, &dial->session, payload);
    } else if (data[0] == TG_FRAME_MESSAGE && dial->state == TG_DIAL_OPEN) {
        tg_batch_add(t, msg, &peer->card.node, lane, dial->session.number);
    } else if (data[0] != TG_FRAME_KEEP) {
        t->stats.dropped_malformed += 1;
    }
}

size_t tg_dial_drain(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane, size_t max)
{
    struct tg_dial *dial = &peer->dials[lane];
    size_t count = 0;
    while (count < max && dial->socket) {
        zmq_msg_t msg;
        zmq_msg_init(&msg);
        bool got = zmq_msg_recv(&msg, dial->socket, ZMQ_DONTWAIT) >= 0;
        if (got) take_frame(t, peer, lane, &msg);
        zmq_msg_close(&msg);
        if (!got) break;
        count += 1;
    }
    return count;
}

/* ---- watching over it ---- */

/* One monitor event; 0 when there is none. */
static int monitor_event(void *monitor)
{
    uint8_t event[MONITOR_EVENT_BYTES];
    char address[TG_ENDPOINT_BYTES];
    uint16_t what;
    if (zmq_recv(monitor, event, sizeof event, ZMQ_DONTWAIT) != (int)sizeof event) return 0;
    zmq_recv(monitor, address, sizeof address, ZMQ_DONTWAIT);
    memcpy(&what, event, sizeof what); /* in the machine's own order */
    return what;
}

void tg_dial_watch(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane)
{
    const size_t rows = sizeof troubles / sizeof troubles[0];
    size_t best = rows;
    for (int event; (event = monitor_event(peer->dials[lane].monitor)) != 0;) {
        for (size_t i = 0; i < best; i++) {
            if (troubles[i].event == event) best = i;
        }
    }
    if (best < rows) tg_dial_later(t, peer, lane, troubles[best].why);
}

static int64_t keep_due(const struct tg_transport_zmq *t, const struct tg_session *session)
{
    return session->sent_us + (int64_t)t->options.heartbeat_ms * 1000;
}

static int64_t silence_due(const struct tg_transport_zmq *t, const struct tg_session *session)
{
    return session->heard_us + (int64_t)t->options.silence_ms * 1000;
}

static void supervise_open(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                           int64_t now_us)
{
    struct tg_dial *dial = &peer->dials[lane];
    if (now_us >= silence_due(t, &dial->session)) {
        t->stats.silences += 1;
        tg_dial_later(t, peer, lane, "peer fell silent");
        return;
    }
    if (now_us < keep_due(t, &dial->session)) return;
    tg_dial_send(t, dial, TG_FRAME_KEEP, tg_view_of("", 0));
    dial->session.sent_us = now_us; /* a full queue keeps us alive as well */
}

void tg_dial_supervise(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                       int64_t now_us)
{
    struct tg_dial *dial = &peer->dials[lane];
    if (dial->state == TG_DIAL_OPEN) {
        supervise_open(t, peer, lane, now_us);
    } else if (dial->state == TG_DIAL_TRYING && now_us >= dial->due_us) {
        tg_dial_later(t, peer, lane, "no answer in time");
    } else if (dial->state == TG_DIAL_WAITING && now_us >= dial->due_us && peer->card.endpoint_count > 0) {
        dial_now(t, peer, lane, now_us);
    }
}

int64_t tg_dial_due(const struct tg_transport_zmq *t, const struct tg_link_peer *peer, enum tg_lane lane)
{
    const struct tg_dial *dial = &peer->dials[lane];
    if (dial->state != TG_DIAL_OPEN) return peer->card.endpoint_count > 0 ? dial->due_us : INT64_MAX;
    int64_t keep = keep_due(t, &dial->session), silence = silence_due(t, &dial->session);
    return keep < silence ? keep : silence;
}
