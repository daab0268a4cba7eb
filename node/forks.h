/* Origins that show two histories: proofs made, believed, kept and told; and who is frozen for it. For node/ alone.
 *
 * A frozen origin's leaves and envelopes are not taken until an administrator clears it. Rules: ARCHITECTURE.md
 * "Witnesses and forks".
 */
#ifndef TG_NODE_FORKS_H
#define TG_NODE_FORKS_H

#include "node/core.h"
#include "proto/fork.h"

tg_err tg_forks_new(struct tg_node *node);
void tg_forks_free(struct tg_node *node);
/* After tg_held_load and tg_trust_load. */
tg_err tg_forks_load(struct tg_node *node, struct tg_errmsg *em);

bool tg_forks_frozen(const struct tg_node *node, const struct tg_hash *origin);

/* A signed head that is not the one that our tree has at its size: both go into a proof, if ours is the larger. */
tg_err tg_forks_head(struct tg_node *node, const struct tg_log_id *id, const struct tg_hash *shown_by,
                     uint64_t size, struct tg_view note);
/* A signed manifest for a place where the log holds another leaf. head: manifest ‖ signature, verified. */
tg_err tg_forks_leaf(struct tg_node *node, struct tg_held_log *log, const struct tg_hash *shown_by,
                     uint64_t index, struct tg_view head);
/* Envelopes that came early and that their log, grown to them, contradicts: of all logs. */
tg_err tg_forks_early(struct tg_node *node);
/* Whether some of those wait for a signed head to be proven with. */
bool tg_forks_early_wait(const struct tg_node *node);

/* May that evidence be believed? TG_OK it proves something new; TG_EEXIST known, or of an origin that is not followed
 * here; else what is wrong with it, as tg_fork_decode and tg_fork_verify say. */
tg_err tg_forks_check(struct tg_node *node, uint32_t kind, struct tg_view evidence, struct tg_errmsg *em);
/* Verified again, then kept, told and acted upon. Errors are the store's. */
tg_err tg_forks_take(struct tg_node *node, const struct tg_hash *shown_by, uint32_t kind,
                     struct tg_view evidence);

/* A proof that is kept. */
struct tg_held_fork {
    uint64_t number; /* of the store */
    uint32_t kind;
    int64_t at_ms;
    struct tg_hash shown_by;
    struct tg_buf evidence;
    struct tg_fork fork; /* views into evidence */
};
size_t tg_forks_count(const struct tg_node *node);
const struct tg_held_fork *tg_forks_at(const struct tg_node *node, size_t i);

/* Take from that origin again. TG_ENOENT: it is not frozen. Durable when it returns. */
tg_err tg_forks_clear(struct tg_node *node, const struct tg_hash *origin, struct tg_errmsg *em);

#endif
