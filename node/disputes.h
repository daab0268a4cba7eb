/* Who contests a record, and what became of it. For node/ alone.
 *
 * A mark is never stored: it is worked out when somebody looks, from records that point at the contested one, so it
 * stands whichever came first, after a restart and after a reindex. A look that finds nothing costs one probe of the
 * index's filters. Rules: docs/records.md "Disputes".
 */
#ifndef TG_NODE_DISPUTES_H
#define TG_NODE_DISPUTES_H

#include "node/core.h"

enum tg_dispute_state {
    TG_DISPUTE_OPEN,
    TG_DISPUTE_REJECTED,  /* by the origin of the record */
    TG_DISPUTE_CORRECTED, /* its origin put another record in its place */
    TG_DISPUTE_WITHDRAWN, /* its origin took it back */
    TG_DISPUTE_PASSED_ON, /* its origin told other holders of a dispute that is held here too: counted once */
    TG_DISPUTE_UNADDRESSED, /* by a node that was not given the record, as far as is known here: not counted */
};

#define TG_NO_RECNO UINT64_MAX

struct tg_dispute {
    uint64_t recno; /* of the record that contests */
    enum tg_kind
        kind; /* TG_KIND_DISPUTE; else a withdrawal or a replacement by another origin than the record's,
                              which does not bind and counts as a dispute */
    struct tg_hash id, by;                /* its id and origin */
    struct tg_hash target, target_origin; /* target_origin is zero when the record is not held here */
    uint64_t target_recno;                /* TG_NO_RECNO: not held here */
    enum tg_rec_dispute_ground ground;
    enum tg_rec_dispute_raiser raised_by;
    int64_t at_ms;       /* when it was sealed */
    int64_t deadline_ms; /* 0: none */
    const char *text;
    const struct tg_hash *refers; /* what it refers to */
    size_t refers_count;
    enum tg_dispute_state state;
    bool overdue; /* open, and the deadline has passed */
    /* How it ended: the record that says so; zero and 0 when that is not held. */
    struct tg_hash decision;
    int64_t decided_ms;
    const char *decision_text;
};

/* All that contest the record of that id and origin, oldest first, decided ones too; at most the newest
 * TG_DISPUTES_OF_MAX. Memory in the arena (TG_DISPUTES_BUDGET_BYTES). */
tg_err tg_disputes_of(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                      struct tg_arena *arena, struct tg_dispute **ret_disputes, size_t *ret_count,
                      struct tg_errmsg *em);

/* What a row says of them. */
struct tg_dispute_mark {
    uint32_t open;
    int64_t deadline_ms; /* the earliest of the open ones; 0: none has one */
    bool overdue;
};
tg_err tg_disputes_mark(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                        struct tg_dispute_mark *ret_mark, struct tg_errmsg *em);

/* Every dispute that this node holds, oldest first; of a record that two origins stated, once for each. What it is
 * given lives for the call. Anything but TG_OK ends it and is returned. */
typedef tg_err (*tg_on_dispute)(void *ctx, const struct tg_dispute *dispute);
tg_err tg_disputes_at(struct tg_node *node, uint64_t recno, tg_on_dispute on_dispute, void *ctx,
                      struct tg_errmsg *em);
/* Record numbers to go through with tg_disputes_at, in slices; the caller frees. */
tg_err tg_disputes_all(struct tg_node *node, uint64_t **ret_recnos, size_t *ret_count, struct tg_errmsg *em);
tg_err tg_disputes_each(struct tg_node *node, tg_on_dispute on_dispute, void *ctx, struct tg_errmsg *em);

/* Whom a word about that record has to reach: its origin, everybody it was sealed to, and, with a dispute (may be
 * NULL), everybody that one came from or went to; without ourselves, whether enrolled or not. */
struct tg_disputes_circle {
    struct tg_hash ids[4 * TG_AUDIENCE_MAX];
    size_t count;
};
tg_err tg_disputes_circle(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                          const struct tg_hash *dispute, struct tg_disputes_circle *ret_circle,
                          struct tg_errmsg *em);
/* What people should be told of a record that came in: disputes, decisions, corrections by others. */
void tg_disputes_notice(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed);

/* Has its origin put another record, held here, in the place of that one? Asked when a record is indexed, so that it
 * does not matter which of the two came first. */
tg_err tg_disputes_superseded(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                              bool *ret_superseded, struct tg_errmsg *em);
/* The record id that a record contests, decides on, withdraws or replaces; NULL: none. */
const struct tg_hash *tg_disputes_target(const struct tg_record *record);
/* Does it open a dispute? Withdrawals and replacements do when they do not bind. */
bool tg_disputes_opens(struct tg_node *node, const struct tg_record *record, const struct tg_hash *origin);

#endif
