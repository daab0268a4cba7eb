/* What the name index needs of a record: from facets, and as an encrypted row that start-up loads. For node/ alone.
 */
#ifndef TG_NODE_ROWS_H
#define TG_NODE_ROWS_H

#include "match/name_index.h"
#include "node/core.h"
#include "proto/likeness.h"

/* Appends nothing when the record has no names. */
tg_err tg_rows_names_seal(const uint8_t key[static 32], const struct tg_random *random,
                          const struct tg_facets *facets, struct tg_buf *out);
/* names, births, countries and sex are filled in; everything else is empty. TG_EITEM, TG_EDAMAGED. */
tg_err tg_rows_names_open(const uint8_t key[static 32], struct tg_view row, struct tg_arena *arena,
                          struct tg_facets *ret_facets);

#endif
