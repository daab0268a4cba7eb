/* Notices: what people who watch are told. The rest is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_NOTICES_H
#define TG_NODE_NOTICES_H

#include "node/core.h"

tg_err tg_notices_new(struct tg_node *node);
void tg_notices_free(struct tg_node *node);
/* other may be NULL. The text names values as their origin wrote them; whoever shows it escapes it. */
void tg_notices_raise(struct tg_node *node, enum tg_notice_kind kind, const struct tg_hash *id,
                      const struct tg_hash *other, const char *text);
/* Notices that concern a withdrawn record go with it. */
void tg_notices_forget(struct tg_node *node, const struct tg_hash *id);

/* At start. */
tg_err tg_notices_load(struct tg_node *node, struct tg_errmsg *em);
/* Whether a transaction should be made for them alone: a second after the last one, at once when one has to go. */
bool tg_notices_due(const struct tg_node *node);
/* What is new into, what is gone out of, a transaction; then, once it is durable, _stored. */
tg_err tg_notices_store(struct tg_node *node, struct tg_wtxn *txn);
void tg_notices_stored(struct tg_node *node);

#endif
