/* Our own log fetched back from those who hold it, after our store was lost or put back from a backup.
 *
 * Rules: ARCHITECTURE.md "Start". What comes back is asked for by the sync engine (sync_fetch.c) and written by commit.c.
 */
#ifndef TG_NODE_RECOVER_H
#define TG_NODE_RECOVER_H

#include "node/core.h"

/* Whether leaves were fetched back, and nothing was appended since: the start rules hold, whatever the mark says. */
tg_err tg_recover_pending(struct tg_node *node, bool *ret_pending, struct tg_errmsg *em);
/* Partners whose cards were put back beside the store (`peers/`, docs/formats-store.md "Backup") and who are not known
 * here: enrolled before the start rules ask anybody. The folder is taken away then. */
tg_err tg_recover_peers(struct tg_node *node, struct tg_errmsg *em);

/* What came back of our own log, and what did not. */
struct tg_recovery {
    uint64_t known;  /* entries that anybody has shown, or our mark speaks of */
    uint64_t leaves; /* of them held */
    uint64_t envelopes, readable;
    uint64_t withdrawn; /* records */
};
void tg_recover_look(struct tg_node *node, struct tg_recovery *ret_recovery);

/* Nothing pends any more. Only after the mark was written. */
tg_err tg_recover_end(struct tg_node *node, struct tg_errmsg *em);

#endif
