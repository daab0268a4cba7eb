/* Group commit: everything that waits to be written, ours and others'. The publishing side is in node/core.h; for
 * node/ alone. Order of a commit: ARCHITECTURE.md "The order of a commit".
 */
#ifndef TG_NODE_COMMIT_H
#define TG_NODE_COMMIT_H

#include "node/core.h"

tg_err tg_commit_new(struct tg_node *node);
void tg_commit_free(struct tg_node *node);

/* Queue what the engine wants written; everything is copied. */
tg_err tg_commit_leaves(struct tg_node *node, const struct tg_sync_effect *effect);
tg_err tg_commit_envelope(struct tg_node *node, const struct tg_sync_effect *effect);
tg_err tg_commit_key(struct tg_node *node, const struct tg_sync_effect *effect);
tg_err tg_commit_cursor(struct tg_node *node, const struct tg_sync_effect *effect);
tg_err tg_commit_wanted(struct tg_node *node, const struct tg_sync_effect *effect);

bool tg_commit_waiting(const struct tg_node *node);
/* One group: what is urgent, and at most one bulk batch. Errors are the store's: final. */
tg_err tg_commit_run(struct tg_node *node, struct tg_errmsg *em);

/* What one group is made of (commit.c, commit_own.c, commit_foreign.c). */
enum tg_work_kind {
    TG_WORK_OWN,
    TG_WORK_LEAVES,
    TG_WORK_ENVELOPE,
    TG_WORK_CURSOR,
    TG_WORK_WANTED,
    TG_WORK_KEY
};

struct tg_work {
    struct tg_work *next;
    enum tg_work_kind kind;
    bool urgent;
    struct tg_log_id log_id;
    struct tg_held_log *log;
    uint64_t index;      /* OWN: its leaf; LEAVES: the first; ENVELOPE: its leaf; CURSOR: the position */
    struct tg_buf bytes; /* LEAVES: leaves; ENVELOPE: the envelope */
    struct tg_buf note;  /* LEAVES: checkpoint; KEY: the key, sealed anew */
    uint64_t size;       /* LEAVES: of the checkpoint */
    uint64_t *wanted;    /* LEAVES: indexes of envelopes that are for us */
    size_t wanted_count;
    struct tg_hash sender;
    /* OWN */
    struct tg_publish *job;
    struct tg_sealed sealed;
    /* ENVELOPE, and OWN once sealed */
    struct tg_envelope envelope;
    struct tg_store_slot slots[TG_STANZAS_MAX];
    size_t slot_count;
    uint32_t *withdrawn;
    size_t withdrawn_count;
    uint8_t leaf[TG_LEAF_BYTES];
    struct tg_arena arena; /* the opened batch */
    struct tg_batch batch;
    bool opened;
    uint8_t state;                 /* of the entry */
    struct tg_buf wrapped;         /* batch key under the key-encryption key */
    struct tg_hash *record_hashes; /* leaves of the records root; kept when records of it are erased */
    bool early;
    bool forked; /* LEAVES: one is not the envelope that came early; they are stored all the same */
    tg_err result;
    struct tg_errmsg em;
};
void tg_work_free(struct tg_work *work);

/* A log while its group is written: becomes the log's state once the commit is durable. */
struct tg_stage {
    struct tg_held_log *log;
    struct tg_merkle_frontier frontier;
    uint32_t number;
};
struct tg_group {
    struct tg_node *node;
    struct tg_work *works; /* in order */
    struct tg_stage stages[TG_SYNC_LOGS_MAX];
    size_t stage_count;
};
/* NULL when there are too many logs. Inside a transaction; gives the log its number. */
struct tg_stage *tg_group_stage(struct tg_group *group, struct tg_wtxn *txn, struct tg_held_log *log,
                                tg_err *ret_err);
/* One more leaf into tree and frontier of the stage. */
tg_err tg_stage_append(struct tg_stage *stage, struct tg_wtxn *txn, const struct tg_store_entry *entry);
/* Batch key as it is kept: wrapped, without the records that are known to be withdrawn. */
tg_err tg_work_wrap(struct tg_node *node, struct tg_work *work, struct tg_keymat *keymat);
tg_err tg_work_put_envelope(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                            struct tg_work *work);

/* commit_own.c: seal at that index; previous own works of the group may already have moved chains. */
tg_err tg_own_prepare(struct tg_node *node, struct tg_group *group, struct tg_work *work, uint64_t index);
tg_err tg_own_write(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work);
/* After the sync: recompute from stored bytes, mark, sign. */
tg_err tg_own_publish(struct tg_node *node, struct tg_held_log *log, uint64_t old_size,
                      const struct tg_merkle_frontier *old_frontier, struct tg_errmsg *em);
tg_err tg_own_mark(struct tg_node *node, const struct tg_held_log *log, struct tg_errmsg *em);

/* recover.c: from now on, across restarts, our log is one that is fetched back. */
tg_err tg_recover_begin(struct tg_wtxn *txn);
/* Leaves of our own log that came back. */
tg_err tg_recover_leaves(struct tg_held_log *log, uint64_t from);

/* commit_foreign.c */
void tg_foreign_prepare(struct tg_node *node, struct tg_work *work);
tg_err tg_foreign_write_leaves(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work);
tg_err tg_foreign_write_envelope(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work);

/* withdraw.c: targets that became known in this group are erased, in a transaction of their own. */
tg_err tg_withdraw_apply(struct tg_node *node, const struct tg_record *withdrawal,
                         const struct tg_hash *origin, struct tg_errmsg *em);
/* The same, when a crash may have come between: what was not erased is, and what was not told of is. */
tg_err tg_withdraw_repair(struct tg_node *node, const struct tg_record *withdrawal,
                          const struct tg_hash *origin, struct tg_errmsg *em);
/* Record ids of this batch that were withdrawn before they came; erased from keymat before it is wrapped. */
tg_err tg_withdraw_before_keeping(struct tg_node *node, struct tg_work *work, struct tg_keymat *keymat);
/* Rows that say so, inside the group's transaction. */
tg_err tg_withdraw_put_tombs(struct tg_node *node, struct tg_wtxn *txn, const struct tg_work *work);
/* At start: what is withdrawn, into the logs' memory. */
tg_err tg_withdraw_load(struct tg_node *node, struct tg_errmsg *em);
/* Named rows of the group's erased records, inside its transaction. */
tg_err tg_withdraw_record_hashes_put(struct tg_wtxn *txn, uint32_t number, uint64_t index,
                                     const struct tg_hash *hashes, size_t count);

#endif
