/* The delta: records newer than the last run, in memory, found at once.
 * Knows no LMDB. Not shared between threads.
 * Shapes on disk, once flushed: docs/formats-store.md.
 */
#ifndef TG_STORE_DELTA_H
#define TG_STORE_DELTA_H

#include "store/filter.h"
#include "store/index.h"

struct tg_delta_rec {
    struct tg_index_rec rec;
    bool dead;
};
struct tg_delta_row {
    uint32_t rec; /* position in recs */
    uint8_t type;
    size_t at; /* in row_bytes */
    size_t bytes;
};
struct tg_delta_posting {
    uint8_t token[TG_INDEX_TOKEN_BYTES];
    uint32_t rec;
    uint32_t next; /* older posting of the same token + 1; 0: none */
};
struct tg_delta {
    uint64_t base; /* recno of recs[0] */
    struct tg_delta_rec *recs;
    size_t recs_count, recs_capacity;
    struct tg_delta_posting *postings;
    size_t postings_count, postings_capacity;
    struct tg_delta_row *rows; /* ascending by rec */
    size_t rows_count, rows_capacity;
    struct tg_buf row_bytes;
    uint64_t *slots; /* open addressing: tag in the upper half, newest posting + 1 in the lower, 0: empty */
    size_t slots_count;
};

/* All or nothing; limits as tg_index_add. */
tg_err tg_delta_add(struct tg_delta *delta, const struct tg_index_rec *rec, const uint8_t *tokens,
                    size_t tokens_count, const struct tg_index_row *rows, size_t rows_count);
/* Newest posting of the token + 1, or 0. */
uint32_t tg_delta_find(const struct tg_delta *delta, const uint8_t token[static 16]);
static inline void tg_delta_prefetch(const struct tg_delta *delta, const uint8_t token[static 16])
{
    if (delta->slots) __builtin_prefetch(delta->slots + (tg_token_bits(token, 0) & (delta->slots_count - 1)));
}
static inline bool tg_delta_holds(const struct tg_delta *delta, uint64_t recno)
{
    return recno >= delta->base && recno - delta->base < delta->recs_count;
}
/* Position of the first row of rec or a later one. */
size_t tg_delta_rows_from(const struct tg_delta *delta, uint32_t rec);
/* Take the record out of every answer and wipe its rows. */
void tg_delta_kill(struct tg_delta *delta, uint32_t rec);
size_t tg_delta_bytes(const struct tg_delta *delta);
/* Empty again, numbering on from base. */
void tg_delta_clear(struct tg_delta *delta, uint64_t base);
void tg_delta_release(struct tg_delta *delta);

/* Record numbers with a small value each: what changed and what is dead. Zero-initialised is empty. */
struct tg_numbers {
    uint64_t *keys; /* number + 1; 0: free */
    uint32_t *values;
    size_t count, capacity;
};
/* Insert or replace. */
tg_err tg_numbers_put(struct tg_numbers *numbers, uint64_t number, uint32_t value);
bool tg_numbers_get(const struct tg_numbers *numbers, uint64_t number, uint32_t *ret_value);
static inline bool tg_numbers_has(const struct tg_numbers *numbers, uint64_t number)
{
    return numbers->count && tg_numbers_get(numbers, number, NULL);
}
/* All numbers, ascending, in an array of the caller's (count long). */
void tg_numbers_list(const struct tg_numbers *numbers, uint64_t *out);
void tg_numbers_release(struct tg_numbers *numbers);

#endif
