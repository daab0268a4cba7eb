/* A store put back from a backup shows nothing before it has caught up: what was withdrawn since is alive in it. For node/
 * alone.
 *
 * Outlives a restart: docs/formats-store.md "catching-up".
 */
#ifndef TG_NODE_CATCH_UP_H
#define TG_NODE_CATCH_UP_H

#include "node/core.h"

/* At start, after the start rules have looked whether the store was put back. override: the operator lets it go. */
tg_err tg_catch_up_load(struct tg_node *node, bool override_start, struct tg_errmsg *em);
/* Looks whether every enrolled peer has been met and all of its log that is for us is here. */
tg_err tg_catch_up_work(struct tg_node *node, struct tg_errmsg *em);
/* Why no contents are shown now, and what to do; NULL: they are. Node storage. */
const char *tg_node_answer_refused(struct tg_node *node);

#endif
