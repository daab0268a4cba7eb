/* What lies between the sync engine and any transport, ZeroMQ or simulated.
 *
 * Knows nodes, lanes and bytes; neither sockets nor messages' meaning. Frames: docs/formats-wire.md.
 */
#ifndef TG_NODE_TRANSPORT_H
#define TG_NODE_TRANSPORT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "crypto/hash.h"

/* A link is two connections, so that an alert never stands behind a bulk load. */
enum tg_lane { TG_LANE_URGENT = 0, TG_LANE_BULK = 1 };
#define TG_LANES 2

enum tg_transport_kind {
    /* This lane of the peer is open: messages may be sent. What was sent on it before may be lost: begin the
     * session anew (HELLO on the urgent lane). */
    TG_LINK_UP,
    /* This lane is closed; what was sent and not answered may be lost. Always between two TG_LINK_UP. */
    TG_LINK_DOWN,
    /* A message from the peer; only between TG_LINK_UP and TG_LINK_DOWN of its lane. In order within the lane
     * as long as the lane stays up (both sides); no order between lanes. */
    TG_LINK_MESSAGE,
    /* Another process with that peer's keys wanted to connect while the first one lives, and was refused. */
    TG_LINK_SECOND,
};

struct tg_transport_event {
    enum tg_transport_kind kind;
    struct tg_hash peer; /* node id, authenticated: in the peer table at this moment */
    enum tg_lane lane;
    struct tg_view message; /* TG_LINK_MESSAGE; on loan until the callback returns; ≤ TG_FRAME_BYTES_MAX */
};

/* Called by the transport on the thread that polls it. May send, disconnect, and set peers. */
typedef void (*tg_transport_event_fn)(void *ctx, const struct tg_transport_event *event);

/* A node that may connect, and where it may be reached. */
struct tg_transport_peer {
    struct tg_hash node;
    uint8_t curve_public[32];
    bool has_former; /* the key of the card before is admitted too, and tried when this one does not work */
    uint8_t curve_former[32];
    /* tcp://host:port; tried in turn; none: this peer only dials us. */
    char endpoints[TG_CARD_ENDPOINTS_MAX][TG_CARD_ENDPOINT_BYTES_MAX];
    size_t endpoint_count;
};

struct tg_transport_ops {
    /* Queue one message; never blocks; the bytes are copied.
     * TG_EBUSY: the queue is full, try again after messages have left (it is asked again at the next step);
     * TG_EUNREACHABLE: the lane is down (TG_LINK_DOWN was or will be told); TG_ELIMIT over
     * TG_FRAME_BYTES_MAX; TG_ENOMEM. */
    tg_err (*send)(void *ctx, const struct tg_hash *peer, enum tg_lane lane, struct tg_view message);
    /* Cut both lanes. TG_LINK_DOWN follows; a peer that is still in the table is dialled again after a
     * back-off. */
    void (*disconnect)(void *ctx, const struct tg_hash *peer);
    /* Replace the peer table; copied. From the return on, nothing comes from a peer that is not in it, or
     * that authenticated with another key; its connections are closed within one poll.
     * TG_ELIMIT over TG_PEERS_MAX, TG_EVALUE two peers with one node id or key: the old table stays. */
    tg_err (*set_peers)(void *ctx, const struct tg_transport_peer *peers, size_t count, struct tg_errmsg *em);
};

struct tg_transport {
    const struct tg_transport_ops *ops;
    void *ctx;
};

static inline tg_err tg_transport_send(const struct tg_transport *transport, const struct tg_hash *peer,
                                       enum tg_lane lane, struct tg_view message)
{
    return transport->ops->send(transport->ctx, peer, lane, message);
}
static inline void tg_transport_disconnect(const struct tg_transport *transport, const struct tg_hash *peer)
{
    transport->ops->disconnect(transport->ctx, peer);
}
static inline tg_err tg_transport_set_peers(const struct tg_transport *transport,
                                            const struct tg_transport_peer *peers, size_t count,
                                            struct tg_errmsg *em)
{
    return transport->ops->set_peers(transport->ctx, peers, count, em);
}

#endif
