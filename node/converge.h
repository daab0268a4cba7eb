/* Convergences: a record that arrives meets what another origin has said. For node/ alone.
 */
#ifndef TG_NODE_CONVERGE_H
#define TG_NODE_CONVERGE_H

#include "node/core.h"

/* Before the record is indexed. Raises notices; starts nothing. */
tg_err tg_converge(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                   const struct tg_facets *facets, struct tg_errmsg *em);

#endif
