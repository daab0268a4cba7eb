/* The node: everything of tamgad but sockets. Takes transport events and service calls, owns store, vault, index.
 *
 * One thread. Time, randomness and transport come in as parameters, so that the simulation runs many in one process.
 * The map of its parts: ARCHITECTURE.md "The node".
 */
#ifndef TG_NODE_NODE_H
#define TG_NODE_NODE_H

#include "base/cleanup.h"
#include "base/world.h"
#include "crypto/vault.h"
#include "node/events.h"
#include "node/sync.h"
#include "node/transport.h"
#include "proto/card.h"
#include "proto/config.h"
#include "proto/record.h"

struct tg_node;

struct tg_node_options {
    const char *data;         /* folder: store/ is made in it at first start, mark beside it */
    struct tg_view card_note; /* our own signed card */
    struct tg_vault *vault;   /* taken on success */
    const char *country;      /* how local numbers are read */
    const char *default_audience;
    int32_t review_days; /* how long before a review its origin is reminded */
    uint32_t
        not_read_minutes[4]; /* by precedence, from routine, until an alert counts as not read; 0: never */
    uint32_t overdue_seconds
        [4]; /* likewise, until what a partner has not acknowledged is overdue; 0: as limits.h says */
    /* Called for each notice that is to wake people, once it is durable; match: it is of no alert. May be NULL. */
    void (*on_wake)(void *ctx, unsigned precedence, bool match);
    void *wake_ctx;
    size_t log_map_bytes, index_map_bytes; /* 0: the store's own */
    uint64_t reserve_bytes;                /* the same */
    const struct tg_clock *clock;
    const struct tg_random *random;
    struct tg_events *events; /* may be NULL */
    bool override_start;      /* append although the start rules say wait; logged */
    bool discard_index;       /* rebuild it */
};

/* Opens (or makes) the store, checks the mark, finishes a commit that a crash left, replays the index. */
tg_err tg_node_new(const struct tg_node_options *options, struct tg_node **ret_node, struct tg_errmsg *em);
void tg_node_free(struct tg_node *node);
TG_AUTO_PTR_DEFINE(tg_node, tg_node_free)

/* Give it its transport (borrowed) and tell it the peers. Once, before the first event. */
tg_err tg_node_connect(struct tg_node *node, const struct tg_transport *transport, struct tg_errmsg *em);
/* tg_transport_event_fn; ctx is the node. */
void tg_node_on_transport(void *ctx, const struct tg_transport_event *event);
/* Everything that waits: one group commit, timers, a slice of index work. ret_more: call again at once.
 * A failure is final: the store refuses to go on and the process has to end. */
tg_err tg_node_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em);
/* How long tg_node_work may be left alone when no event comes. */
int tg_node_timeout_ms(const struct tg_node *node);
/* Index to disk; before an orderly end. */
tg_err tg_node_settle(struct tg_node *node, struct tg_errmsg *em);

/* Why nothing may be appended now, and what to do; NULL when it may. Lives until the next call. */
const char *tg_node_append_refused(struct tg_node *node);

#endif
