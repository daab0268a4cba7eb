/* Every stored batch key wrapped anew, under the current key-encryption key, beside the node's work. For node/ alone.
 *
 * Begins when the vault holds former ones; goes on after a restart where it was. Row: docs/formats-store.md "rewrap".
 */
#ifndef TG_NODE_REWRAP_H
#define TG_NODE_REWRAP_H

#include "node/core.h"

tg_err tg_rewrap_new(struct tg_node *node);
void tg_rewrap_free(struct tg_node *node);
/* At start, after the store and the notices were loaded. */
tg_err tg_rewrap_load(struct tg_node *node, struct tg_errmsg *em);
/* There is more to do; false while the disk has no room. */
bool tg_rewrap_due(const struct tg_node *node);
/* One slice: TG_REWRAP_SLICE_KEYS keys looked at, one transaction when any of them is old. */
tg_err tg_rewrap_work(struct tg_node *node, struct tg_errmsg *em);

struct tg_rewrap_state {
    uint32_t wrap_id; /* of the current key */
    size_t former;    /* keys held beside it; 0: nothing to do */
    uint64_t looked, total;
    uint64_t lost; /* wrapped under a key that is not held: unreadable, before and after */
    bool done;     /* one whole pass has found nothing under a former key, and no row that one had sealed */
};
struct tg_rewrap_state tg_rewrap_state(struct tg_node *node);

#endif
