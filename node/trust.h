/* Trust: loading and announcing of peers. The rest of its interface is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_TRUST_H
#define TG_NODE_TRUST_H

#include "node/core.h"

tg_err tg_trust_load(struct tg_node *node, struct tg_errmsg *em);
/* Hand the peer table to the transport and the engine. */
tg_err tg_trust_announce(struct tg_node *node, struct tg_errmsg *em);
void tg_trust_release(struct tg_node *node);

#endif
