/* The transport over ZeroMQ with CURVE: one ROUTER that listens, DEALERs that dial, two lanes a link, a
 * supervisor that mends links. Knows no message's meaning. Frames: docs/formats-wire.md.
 */
#ifndef TG_NODE_TRANSPORT_ZMQ_H
#define TG_NODE_TRANSPORT_ZMQ_H

#include <poll.h>
#include <stdbool.h>

#include "base/world.h"
#include "node/transport.h"
#include "node/transport_zap.h"

struct tg_transport_zmq;

struct tg_transport_zmq_options {
    struct tg_hash node;         /* our own node id */
    uint8_t boot[TG_BOOT_BYTES]; /* of this process; zero: not said, and never compared */
    uint8_t curve_public[32];    /* copied, wiped by _free */
    uint8_t curve_secret[32];
    bool
        has_former; /* this pair was in use before: tried in turn with peers that do not admit the new key yet */
    uint8_t former_public[32];
    uint8_t former_secret[32];
    const char *listen;     /* tcp://address:port, port may be *; NULL or "": dial only */
    uint32_t heartbeat_ms;  /* we are never silent for longer; 0: TG_HEARTBEAT_MS */
    uint32_t silence_ms;    /* a peer silent for longer is cut and dialled again; 0: TG_SILENCE_MS */
    uint32_t handshake_ms;  /* 0: TG_HANDSHAKE_MS */
    uint32_t redial_min_ms; /* first wait; doubles, with jitter; 0: TG_REDIAL_MIN_MS */
    uint32_t redial_max_ms; /* 0: TG_REDIAL_MAX_MS */
    const struct tg_clock *clock;
    const struct tg_random *random;
};

/* Registers with the ZAP thread, then binds. options is copied; zap, clock and random are borrowed until
 * _free. TG_ESYSTEM with a remedy: address in use, not ours, malformed. */
tg_err tg_transport_zmq_new(struct tg_zap *zap, const struct tg_transport_zmq_options *options,
                            struct tg_transport_zmq **ret_transport, struct tg_errmsg *em);
/* Closes at once; what is queued is lost. NULL is allowed. */
void tg_transport_zmq_free(struct tg_transport_zmq *transport);

/* The engine's view of it, on loan until _free. */
const struct tg_transport *tg_transport_zmq_ops(struct tg_transport_zmq *transport);
/* Where it listens, the port filled in; "" when it only dials. */
const char *tg_transport_zmq_endpoint(const struct tg_transport_zmq *transport);

/* Wait for the network or for extra, deliver a bounded number of events, mend links.
 *
 * extra       the caller's own descriptors, polled together; revents are set; may be NULL with count 0
 * timeout_ms  longest wait; -1: until something happens. Returns sooner for the supervisor's own work
 * on_event    urgent messages first, then bulk, peers in turn; at most TG_TRANSPORT_DRAIN_MAX messages a
 *             call, so that extra is never starved
 * ret_more    may be NULL; true: messages wait already, call again with timeout 0 after other work
 *
 * Thread: always the same one, also for the ops. Errors: TG_ESYSTEM when polling itself fails.
 */
tg_err tg_transport_zmq_poll(struct tg_transport_zmq *transport, struct pollfd *extra, size_t extra_count,
                             int timeout_ms, tg_transport_event_fn on_event, void *ctx, bool *ret_more,
                             struct tg_errmsg *em);

struct tg_transport_zmq_stats {
    uint64_t messages_in, messages_out, bytes_in, bytes_out;
    uint64_t links_up, links_down;
    uint64_t dropped_stranger;  /* no or unknown User-Id: never or no longer trusted */
    uint64_t dropped_no_lane;   /* before its OPEN, or behind a cut */
    uint64_t dropped_malformed; /* not a frame of ours, or a routing id the peer chose itself */
    uint64_t dials, dial_failures;
    uint64_t silences; /* links cut because the peer fell silent */
    uint64_t rebinds;
};
void tg_transport_zmq_get_stats(const struct tg_transport_zmq *transport,
                                struct tg_transport_zmq_stats *ret_stats);

/* How it stands with one peer, for `status` and `peer test`. */
struct tg_transport_link {
    bool up[TG_LANES];
    bool dialled[TG_LANES]; /* we dialled the connection in use */
    int64_t heard_us;       /* monotonic time of the last frame; 0: never */
    uint32_t failures;      /* dials that failed in a row */
    uint64_t seconds;       /* further processes with its keys that were refused, since start */
    char trouble[160];      /* why the last dial failed, in words; "" when it did not */
};
/* What trouble says in the two cases that somebody at one end can mend. */
#define TG_LINK_NOT_ADMITTED "peer does not admit us: it has not enrolled this node, or not its key"
#define TG_LINK_NOBODY "nobody answers at its address"
static inline bool tg_link_not_admitted(const char *trouble)
{
    return strcmp(trouble, TG_LINK_NOT_ADMITTED) == 0;
}
/* TG_ENOENT: not in the peer table. */
tg_err tg_transport_zmq_link(const struct tg_transport_zmq *transport, const struct tg_hash *peer,
                             struct tg_transport_link *ret_link);

#endif
