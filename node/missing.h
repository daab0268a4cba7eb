/* What was addressed to us and is not here: who named it, and which of it its origin does not give. For node/ alone.
 *
 * Rows: docs/formats-store.md "wanted", "withheld". What a note proves: docs/formats-evidence.md "Withholding".
 */
#ifndef TG_NODE_MISSING_H
#define TG_NODE_MISSING_H

#include "node/core.h"

/* Who said that an envelope is for us. Neither: a row of an older version. */
struct tg_want {
    bool told;             /* by a peer, beside leaves or as the newest that it has for us */
    struct tg_hash teller; /* the first that did */
    bool chained;          /* by its origin, in the stanza of a later envelope that it signed */
    uint64_t by;           /* index of that */
    int64_t since_ms;
};
/* Adds that to the row, unless the envelope is held. */
tg_err tg_want_put(struct tg_wtxn *txn, uint32_t number, uint64_t index, const struct tg_want *want);
/* A row of the table `wanted`. TG_EDAMAGED. */
tg_err tg_want_decode(struct tg_view value, struct tg_want *ret_want);

/* What of the log is known to be for us and is not here, from the oldest on, below size. */
tg_err tg_missing_ranges(struct tg_node *node, const struct tg_held_log *log, uint64_t size,
                         struct tg_range *ret_ranges, size_t max, size_t *ret_count);

/* One that was not given although it was asked for again and again. */
struct tg_withheld {
    uint32_t log; /* log# */
    uint64_t index;
    int64_t at_ms;        /* when the note was made */
    struct tg_want want;  /* who named it */
    struct tg_hash asked; /* who did not give it */
    bool chained;         /* the note names the later envelope; else the teller */
    struct tg_view note;  /* signed; view until the walk goes on */
};
/* The engine's WITHHELD: a peer has answered times times in a row that everything of ours from `from` to `upto` was
 * sent, and something is not here. Makes and keeps a note of each that this peer must have; events tell the operator. */
tg_err tg_withheld_take(struct tg_node *node, const struct tg_sync_effect *effect);
/* Every note, also of those that came after all; tg_withheld_here says which. */
tg_err tg_withheld_each(struct tg_node *node, tg_err (*each)(void *ctx, const struct tg_withheld *withheld),
                        void *ctx, struct tg_errmsg *em);
/* Whether the envelope has come meanwhile. */
bool tg_withheld_here(struct tg_node *node, const struct tg_withheld *withheld);
/* How many have not. */
tg_err tg_withheld_count(struct tg_node *node, uint64_t *ret_count, struct tg_errmsg *em);

#endif
