/* Small numbers to numbers, many to many: compressed rows, and a chained delta for what is new.
 *
 * Knows neither names nor tokens. For the name index.
 */
#ifndef TG_MATCH_POSTINGS_H
#define TG_MATCH_POSTINGS_H

#include "base/bytes.h"

struct tg_posting {
    uint32_t key, value;
};
struct tg_posting_link {
    uint32_t key, value, next;
};
/* Zero-initialised is empty and ready. */
struct tg_postings {
    uint32_t *starts; /* row of key i: values[starts[i]] .. values[starts[i + 1]] */
    uint32_t *values;
    size_t keys_count, values_count;
    struct tg_posting_link *delta;
    size_t delta_count, delta_capacity;
    uint32_t *heads; /* 1 + link, 0 none */
    size_t heads_count;
};
void tg_postings_release(struct tg_postings *postings);
/* TG_ENOMEM leaves the postings as they were. */
tg_err tg_postings_reserve(struct tg_postings *postings, size_t more);
/* Room must have been reserved. */
void tg_postings_put(struct tg_postings *postings, uint32_t key, uint32_t value);
/* Rows from those pairs alone, each row in the order of the pairs; the delta is empty then. Keys are below keys_count.
 * TG_ENOMEM leaves the postings as they were. */
tg_err tg_postings_build(struct tg_postings *postings, size_t keys_count, const struct tg_posting *pairs,
                         size_t count);
/* Rows of what is there and of the delta. */
tg_err tg_postings_merge(struct tg_postings *postings, size_t keys_count);
size_t tg_postings_bytes(const struct tg_postings *postings);

/* The row of key; its values in the delta come after it. */
struct tg_posting_row {
    const uint32_t *values;
    size_t count;
    uint32_t link; /* for tg_postings_next */
};
struct tg_posting_row tg_postings_row(const struct tg_postings *postings, uint32_t key);
bool tg_postings_next(const struct tg_postings *postings, uint32_t key, uint32_t *link, uint32_t *ret_value);

#endif
