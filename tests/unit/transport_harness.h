/* Nodes that are a transport and what its engine was told, over real CURVE and TCP on loopback: shared by the
 * programs that test the ZeroMQ transport.
 */
#ifndef TG_TESTS_TRANSPORT_HARNESS_H
#define TG_TESTS_TRANSPORT_HARNESS_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "node/transport_internal.h"
#include "node/transport_options.h"
#include "node/transport_zmq.h"

#define STEP_MS 5
#define PATIENCE_MS 20000 /* a failure shows after this long; success never waits for it */
#define INBOX_MAX 4096

/* One node: a transport, and what its engine was told. */
struct node {
    struct tg_transport_zmq *transport;
    struct tg_transport_peer card;
    uint8_t secret[32];
    uint8_t boot; /* 0: it says none */
    unsigned seconds;
    bool peer_up[256][TG_LANES]; /* by the letter of the peer */
    int up[TG_LANES];            /* peers whose lane is up */
    unsigned ups, downs, messages;
    size_t inbox_count;
    struct {
        enum tg_lane lane;
        uint32_t number;
        size_t bytes;
    } inbox[INBOX_MAX];
    bool cut_on_message, forget_on_message; /* what the engine does when a message arrives */
};

static struct tg_zap *zap;

static inline void zap_start(void)
{
    struct tg_errmsg em = {""};
    cr_assert_eq(tg_zap_new(&zap, &em), TG_OK, "%s", em.text);
}

static inline void zap_stop(void)
{
    tg_zap_free(zap);
    zap = NULL;
}

static inline void keypair(uint8_t public_key[32], uint8_t secret_key[32])
{
    char public_text[41], secret_text[41];
    cr_assert_eq(zmq_curve_keypair(public_text, secret_text), 0);
    zmq_z85_decode(public_key, public_text);
    zmq_z85_decode(secret_key, secret_text);
}

/* letter orders the node ids. */
static inline struct node *node_named(char letter)
{
    struct node *node = calloc(1, sizeof *node);
    memset(node->card.node.bytes, letter, TG_HASH_BYTES);
    keypair(node->card.curve_public, node->secret);
    return node;
}

static inline void start_at(struct node *node, const char *listen)
{
    struct tg_errmsg em = {""};
    struct tg_transport_zmq_options options = {.node = node->card.node,
                                               .listen = listen,
                                               .heartbeat_ms = 200,
                                               .silence_ms = 1500,
                                               .handshake_ms = 1000,
                                               .redial_min_ms = 20,
                                               .redial_max_ms = 200,
                                               .clock = tg_clock_system(),
                                               .random = tg_random_system()};
    options.boot[0] = node->boot;
    memcpy(options.curve_public, node->card.curve_public, 32);
    memcpy(options.curve_secret, node->secret, 32);
    cr_assert_eq(tg_transport_zmq_new(zap, &options, &node->transport, &em), TG_OK, "%s", em.text);
}

static inline void start(struct node *node)
{
    start_at(node, "tcp://127.0.0.1:*");
}

static inline void stop(struct node *node)
{
    tg_transport_zmq_free(node->transport);
    node->transport = NULL;
}

static inline void drop(struct node *node)
{
    stop(node);
    free(node);
}

static inline struct tg_transport_peer with_endpoint(const struct node *node)
{
    struct tg_transport_peer peer = node->card;
    snprintf(peer.endpoints[0], sizeof peer.endpoints[0], "%s", tg_transport_zmq_endpoint(node->transport));
    peer.endpoint_count = 1;
    return peer;
}

static inline void set_peers(struct node *node, const struct tg_transport_peer *peers, size_t count)
{
    struct tg_errmsg em = {""};
    cr_assert_eq(tg_transport_set_peers(tg_transport_zmq_ops(node->transport), peers, count, &em), TG_OK,
                 "%s", em.text);
}

/* node trusts other; dials: and knows where it listens. */
static inline void trust(struct node *node, const struct node *other, bool dials)
{
    struct tg_transport_peer peer = dials ? with_endpoint(other) : other->card;
    set_peers(node, &peer, 1);
}

static inline void on_event(void *ctx, const struct tg_transport_event *event)
{
    struct node *node = ctx;
    bool *up = &node->peer_up[event->peer.bytes[0]][event->lane];
    if (event->kind == TG_LINK_SECOND) {
        node->seconds++;
    } else if (event->kind == TG_LINK_UP) {
        cr_assert_not(*up, "up twice");
        *up = true;
        node->up[event->lane]++;
        node->ups++;
    } else if (event->kind == TG_LINK_DOWN) {
        cr_assert(*up, "down without up");
        *up = false;
        node->up[event->lane]--;
        node->downs++;
    } else {
        cr_assert(*up, "message on a lane that is down");
        node->messages++;
        if (node->inbox_count < INBOX_MAX && event->message.bytes >= 4) {
            node->inbox[node->inbox_count].lane = event->lane;
            node->inbox[node->inbox_count].number = tg_be32_get(event->message.data);
            node->inbox[node->inbox_count++].bytes = event->message.bytes;
        }
        if (node->cut_on_message) {
            tg_transport_disconnect(tg_transport_zmq_ops(node->transport), &event->peer);
        }
        if (node->forget_on_message) set_peers(node, NULL, 0);
    }
}

static inline void step(struct node *node)
{
    struct tg_errmsg em = {""};
    if (!node->transport) return;
    cr_assert_eq(tg_transport_zmq_poll(node->transport, NULL, 0, STEP_MS, on_event, node, NULL, &em), TG_OK,
                 "%s", em.text);
}

static int64_t now_ms(void)
{
    return tg_clock_mono_us(tg_clock_system()) / 1000;
}

/* Step both until it holds. */
#define UNTIL(a, b, condition)                                       \
    do {                                                             \
        int64_t give_up_ = now_ms() + PATIENCE_MS;                   \
        while (!(condition)) {                                       \
            cr_assert(now_ms() < give_up_, "never: %s", #condition); \
            step(a);                                                 \
            step(b);                                                 \
        }                                                            \
    } while (0)

static inline bool both_up(const struct node *node)
{
    return node->up[TG_LANE_URGENT] && node->up[TG_LANE_BULK];
}

static inline tg_err send_number(struct node *node, const struct node *to, enum tg_lane lane, uint32_t number,
                                 size_t bytes)
{
    uint8_t message[TG_FRAME_BYTES_MAX + 1] = {0};
    tg_be32_put(message, number);
    return tg_transport_send(tg_transport_zmq_ops(node->transport), &to->card.node, lane,
                             tg_view_of(message, bytes));
}

static inline struct tg_transport_zmq_stats stats_of(const struct node *node)
{
    struct tg_transport_zmq_stats stats;
    tg_transport_zmq_get_stats(node->transport, &stats);
    return stats;
}

/* Two nodes that trust each other; who dials whom is said by the flags. */
static inline void pair(struct node **a, struct node **b, bool a_dials, bool b_dials)
{
    *a = node_named('a');
    *b = node_named('b');
    start(*a);
    start(*b);
    trust(*a, *b, a_dials);
    trust(*b, *a, b_dials);
    UNTIL(*a, *b, both_up(*a) && both_up(*b));
}

#endif
