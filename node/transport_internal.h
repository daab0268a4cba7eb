/* What the parts of the ZeroMQ transport share; nobody else includes it. Frames: docs/formats-wire.md. */
#ifndef TG_NODE_TRANSPORT_INTERNAL_H
#define TG_NODE_TRANSPORT_INTERNAL_H

#include <zmq.h>

#include "node/transport_zmq.h"

#define TG_TRANSPORT_VERSION 1
#define TG_ROUTE_BYTES 5 /* a routing id that libzmq chose: a zero byte and four others */
#define TG_ENDPOINT_BYTES (TG_CARD_ENDPOINT_BYTES_MAX + 32)

/* First byte of every frame. */
enum tg_frame_kind {
    TG_FRAME_OPEN = 1,    /* dialler: version, lane */
    TG_FRAME_OPENED = 2,  /* listener: version, lane */
    TG_FRAME_KEEP = 3,    /* I am alive */
    TG_FRAME_MESSAGE = 4, /* a message of proto/wire */
    TG_FRAME_CLOSE = 5,   /* reason */
    TG_FRAME_PING = 6,    /* eight bytes */
    TG_FRAME_PONG = 7,    /* the same bytes, at once */
};
enum tg_close_reason {
    TG_CLOSE_NO_LANE = 1,
    TG_CLOSE_VERSION = 2,
    TG_CLOSE_CUT = 3,
    TG_CLOSE_SECOND = 4, /* another process of the dialler's node is linked, and lives */
};

/* One connection that named its lane. Numbers are never used again, so a message that was read before a cut
 * is known by its number to be stale. */
struct tg_session {
    uint64_t number; /* 0: none */
    int64_t heard_us, sent_us;
    uint8_t boot[TG_BOOT_BYTES]; /* of the process at the other end; zero: it did not say */
};

/* A process that has to wait until the one before it has answered or not. */
struct tg_contest {
    bool open;
    int64_t until_us;
    uint8_t boot[TG_BOOT_BYTES]; /* the later one's */
    uint8_t nonce[8];
    bool waits[TG_LANES]; /* its connections that wait for OPENED */
    uint8_t routes[TG_LANES][TG_ROUTE_BYTES];
};

enum tg_dial_state { TG_DIAL_WAITING, TG_DIAL_TRYING, TG_DIAL_OPEN };

/* One lane that we dial. A socket lives for one connection only. */
struct tg_dial {
    enum tg_dial_state state;
    void *socket, *monitor;
    struct tg_session session;
    int64_t due_us; /* WAITING: dial then; TRYING: give up then */
    uint32_t failures;
    uint32_t breaks;   /* sessions in a row that ended soon after they had begun */
    int64_t opened_us; /* when the session that is open began */
};

/* One lane that a peer dialled. session.number 0: free. */
struct tg_accepted {
    struct tg_session session;
    uint8_t route[TG_ROUTE_BYTES];
    struct tg_hash node;
    enum tg_lane lane;
};

struct tg_link_peer {
    struct tg_transport_peer card;
    struct tg_dial dials[TG_LANES];
    uint64_t active[TG_LANES]; /* session that we send on; 0: none. The engine was told TG_LINK_UP for it */
    bool cut;                  /* to be disconnected at the next settling */
    struct tg_contest contest;
    uint64_t seconds; /* processes that were refused, since start */
    int64_t heard_us;
    char trouble[160];
};

/* A message read and not yet delivered. */
struct tg_waiting {
    zmq_msg_t msg;
    struct tg_hash node;
    uint64_t session;
    enum tg_lane lane;
};

struct tg_link_table {
    struct tg_transport_peer *peers;
    size_t count;
    bool waiting; /* to be taken at the next settling */
};

struct tg_transport_zmq {
    struct tg_transport_zmq_options options;
    struct tg_transport engine_view;
    struct tg_zap *zap;
    char domain[80];
    char listen[TG_ENDPOINT_BYTES]; /* "": dial only; the port is filled in after the first bind */
    void *router;                   /* NULL: dial only, or waiting to bind again */
    int64_t bind_due_us;
    struct tg_accepted accepted[TG_TRANSPORT_SESSIONS_MAX];
    struct tg_link_peer peers[TG_PEERS_MAX];
    size_t peer_count;
    struct tg_link_table next; /* the newest table, while it waits to be taken */
    bool dirty;                /* some session opened or died: settle before anything is delivered */
    uint64_t sessions_made, monitors_made;
    size_t turn; /* dial that is drained first */
    struct tg_waiting batch[TG_TRANSPORT_DRAIN_MAX];
    size_t batch_count;
    zmq_pollitem_t *items;
    size_t items_capacity;
    tg_transport_event_fn on_event; /* during a poll */
    void *on_event_ctx;
    struct tg_transport_zmq_stats stats;
};

int64_t tg_transport_now(const struct tg_transport_zmq *t);
struct tg_link_peer *tg_link_peer_find(struct tg_transport_zmq *t, const struct tg_hash *node);
bool tg_link_peer_is_trusted(const struct tg_transport_zmq *t, const struct tg_hash *node,
                             const uint8_t key[static 32]);
void tg_session_open(struct tg_transport_zmq *t, struct tg_session *session);
void tg_session_heard(struct tg_transport_zmq *t, struct tg_link_peer *peer, struct tg_session *session);
/* Is the session number the one that the peer's lane has open on either side? */
bool tg_session_live(const struct tg_transport_zmq *t, const struct tg_link_peer *peer, enum tg_lane lane,
                     uint64_t number);

/* Frame of kind and payload; TG_ENOMEM. */
tg_err tg_frame_make(zmq_msg_t *msg, enum tg_frame_kind kind, struct tg_view payload);
/* Keep the message for delivery; takes the bytes out of *msg. */
void tg_batch_add(struct tg_transport_zmq *t, zmq_msg_t *msg, const struct tg_hash *node, enum tg_lane lane,
                  uint64_t session);

/* transport_dial.c */
void tg_dial_close(struct tg_dial *dial);
void tg_dial_later(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane, const char *why);
void tg_dial_supervise(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane,
                       int64_t now_us);
int64_t tg_dial_due(const struct tg_transport_zmq *t, const struct tg_link_peer *peer, enum tg_lane lane);
void tg_dial_watch(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane);
/* Reads at most max frames; returns how many there were. */
size_t tg_dial_drain(struct tg_transport_zmq *t, struct tg_link_peer *peer, enum tg_lane lane, size_t max);
tg_err tg_dial_send(struct tg_transport_zmq *t, struct tg_dial *dial, enum tg_frame_kind kind,
                    struct tg_view payload);

/* transport_router.c */
tg_err tg_router_open(struct tg_transport_zmq *t, struct tg_errmsg *em);
void tg_router_close(struct tg_transport_zmq *t);
void tg_router_supervise(struct tg_transport_zmq *t, int64_t now_us);
int64_t tg_router_due(const struct tg_transport_zmq *t);
size_t tg_router_drain(struct tg_transport_zmq *t, size_t max);
struct tg_accepted *tg_accepted_find(struct tg_transport_zmq *t, const struct tg_hash *node,
                                     enum tg_lane lane);
void tg_accepted_drop(struct tg_transport_zmq *t, struct tg_accepted *accepted, enum tg_close_reason reason);
tg_err tg_accepted_send(struct tg_transport_zmq *t, struct tg_accepted *accepted, enum tg_frame_kind kind,
                        struct tg_view payload);

void tg_accepted_open(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                      const uint8_t route[static TG_ROUTE_BYTES], enum tg_lane lane,
                      const uint8_t boot[static TG_BOOT_BYTES]);
void tg_route_close(struct tg_transport_zmq *t, const uint8_t route[static TG_ROUTE_BYTES],
                    enum tg_close_reason reason);

/* transport_clone.c */
/* True: another process of that node is linked and may live, so the one of that boot has to wait. */
bool tg_contest(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                const uint8_t boot[static TG_BOOT_BYTES]);
/* A connection that waits for the outcome. */
void tg_contest_wait(struct tg_link_peer *peer, enum tg_lane lane,
                     const uint8_t route[static TG_ROUTE_BYTES]);
/* PONG on that session. */
void tg_contest_answered(struct tg_transport_zmq *t, struct tg_link_peer *peer,
                         const struct tg_session *session, struct tg_view nonce);
void tg_contest_supervise(struct tg_transport_zmq *t, struct tg_link_peer *peer, int64_t now_us);
/* Payload of OPEN and OPENED, and the boot id in one; zero when there is none. */
#define TG_OPEN_BYTES (2 + TG_BOOT_BYTES)
void tg_open_payload(const struct tg_transport_zmq *t, enum tg_lane lane, uint8_t out[static TG_OPEN_BYTES]);
void tg_open_boot(struct tg_view payload, uint8_t ret_boot[static TG_BOOT_BYTES]);

/* transport_peers.c */
tg_err tg_link_peers_set(struct tg_transport_zmq *t, const struct tg_transport_peer *peers, size_t count,
                         struct tg_errmsg *em);
/* Take a waiting table, cut what is to be cut, tell the engine what went down and came up. */
void tg_link_peers_settle(struct tg_transport_zmq *t);

#endif
