/* A set of log indexes as ascending runs: what of a log is held, bare, or closed.
 *
 * Knows no log.
 */
#ifndef TG_NODE_RANGES_H
#define TG_NODE_RANGES_H

#include "proto/receipt.h"

/* Runs do not touch. Zero-initialise. */
struct tg_ranges {
    struct tg_range *items;
    size_t count, capacity;
};
void tg_ranges_release(struct tg_ranges *ranges);
/* Also when it is there already. TG_ENOMEM. */
tg_err tg_ranges_add(struct tg_ranges *ranges, uint64_t index);
/* Also when it is not there. TG_ENOMEM: a run is cut in two. */
tg_err tg_ranges_remove(struct tg_ranges *ranges, uint64_t index);
/* The first run at or after from, its front cut off there; false: none. */
bool tg_ranges_next(const struct tg_ranges *ranges, uint64_t from, struct tg_range *ret_run);
/* The greatest index below; false: none. */
bool tg_ranges_before(const struct tg_ranges *ranges, uint64_t below, uint64_t *ret_index);
uint64_t tg_ranges_total(const struct tg_ranges *ranges);

#endif
