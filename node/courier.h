/* Courier sessions: a virtual link to a peer, whose messages come from a file or go into one. For node/ alone.
 *
 * Both ends are sync engines of their own, with the node's own reads and writes: what a file says is verified as what a
 * link says. What an engine wants to send while it reads a file is dropped. Files: proto/courier.h.
 */
#ifndef TG_NODE_COURIER_H
#define TG_NODE_COURIER_H

#include "node/core.h"
#include "proto/courier.h"

/* An engine of a session's own (courier_in.c). */
tg_err tg_courier_engine_new(struct tg_node *node, struct tg_sync **ret_sync);

/* ---- reading (courier_in.c) ---- */

/* What a file has brought of one log. */
struct tg_courier_log {
    struct tg_log_id id;
    bool followed; /* its origin is enrolled here too */
    uint64_t leaves_new, leaves_known;
    uint64_t envelopes_new, envelopes_known, envelopes_refused;
    uint64_t records;               /* in the envelopes that are new */
    uint64_t withdrawn_before;      /* records of the log that were withdrawn when the file began */
    char why[TG_COURIER_WHY_BYTES]; /* of the last one that was refused */
};

struct tg_courier_in;
/* For a file of that header. TG_EDENIED not for us, or from a node that is not enrolled; TG_EBUSY another is being read. */
tg_err tg_courier_in_new(struct tg_node *node, const struct tg_courier_header *header,
                         struct tg_courier_in **ret_in, struct tg_errmsg *em);
void tg_courier_in_free(struct tg_courier_in *in);
/* The next block as it stands in the file; copied. TG_ESIGNATURE and others: nothing of it counts. */
tg_err tg_courier_in_block(struct tg_courier_in *in, struct tg_view bytes, struct tg_errmsg *em);
enum tg_courier_step {
    TG_COURIER_MORE,   /* call again */
    TG_COURIER_WAITS,  /* for commits */
    TG_COURIER_STORED, /* all of the block */
};
/* Go on with the block's messages, some at a time. A failure is final. */
tg_err tg_courier_in_step(struct tg_courier_in *in, enum tg_courier_step *ret_step, struct tg_errmsg *em);
/* What the node's own engine heard; called for each event. */
tg_err tg_courier_in_event(struct tg_node *node, const struct tg_sync_event *event);
/* Receipts are made durable and, unless the file was cut off, what the peer has said that it wants, for the next file to
 * it. TG_ESHORT: cut off, and `cut` is not set. */
tg_err tg_courier_in_end(struct tg_courier_in *in, bool cut, struct tg_errmsg *em);
/* Called when a commit has ended that the session waited for. */
void tg_courier_in_observe(struct tg_courier_in *in, void (*on_stored)(void *ctx), void *ctx);

uint64_t tg_courier_in_messages(const struct tg_courier_in *in);
size_t tg_courier_in_logs(const struct tg_courier_in *in, const struct tg_courier_log **ret_logs);
/* Of our own log, by that peer. */
struct tg_courier_receipts {
    uint64_t taken, known, refused;
};
const struct tg_courier_receipts *tg_courier_in_receipts(const struct tg_courier_in *in);
/* Records of the log that were withdrawn since the file began. */
uint64_t tg_courier_in_withdrawn(const struct tg_courier_in *in, const struct tg_courier_log *log);

/* ---- writing (courier_out.c) ---- */

struct tg_courier_out;
/* from_start: also what the peer is known to hold. */
tg_err tg_courier_out_new(struct tg_node *node, const struct tg_peer *peer, bool from_start,
                          struct tg_courier_out **ret_out, struct tg_errmsg *em);
void tg_courier_out_free(struct tg_courier_out *out);
/* Appends the next bytes of the file, at most a header or a block; *ret_end: that was the last. */
tg_err tg_courier_out_step(struct tg_courier_out *out, struct tg_buf *bytes, bool *ret_end,
                           struct tg_errmsg *em);
struct tg_courier_sent {
    struct tg_log_id id;
    uint64_t leaves, envelopes;
};
size_t tg_courier_out_logs(const struct tg_courier_out *out, const struct tg_courier_sent **ret_logs);
uint64_t tg_courier_out_messages(const struct tg_courier_out *out);
/* How far, in leaves of all logs. */
void tg_courier_out_progress(const struct tg_courier_out *out, uint64_t *ret_done, uint64_t *ret_total);
/* Whether the peer has ever told whose logs it follows; else only our own log is in the file. */
bool tg_courier_out_knows(const struct tg_courier_out *out);

/* ---- what a peer has told by courier (courier_told.c) ---- */

struct tg_courier_want {
    struct tg_log_id id;
    uint64_t leaves;    /* it holds those below */
    uint64_t envelopes; /* and has all of its own envelopes below */
};
struct tg_courier_told {
    uint64_t made_ms;
    struct tg_hash follows[TG_HELLO_ORIGINS_MAX];
    size_t follow_count;
    struct tg_courier_want wants[TG_SYNC_LOGS_MAX];
    size_t want_count;
};
/* TG_ENOENT: it has never told. */
tg_err tg_courier_told_get(struct tg_node *node, const struct tg_hash *peer,
                           struct tg_courier_told *ret_told);
/* Kept unless something newer is there; with it go the receipts that are not durable yet. told may be NULL. */
tg_err tg_courier_told_put(struct tg_node *node, const struct tg_hash *peer,
                           const struct tg_courier_told *told, struct tg_errmsg *em);

#endif
