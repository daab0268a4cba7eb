/* Small numbers to numbers, many to many: compressed rows, and a chained delta.
 *
 * Knows neither names nor tokens.
 */
#include "match/postings.h"

#include <stdlib.h>

#define DELTA_FIRST 64

void tg_postings_release(struct tg_postings *postings)
{
    free(postings->starts);
    free(postings->values);
    free(postings->delta);
    free(postings->heads);
    *postings = (struct tg_postings){.starts = NULL};
}

static size_t head_of(const struct tg_postings *postings, uint32_t key)
{
    return (key * 2654435769U >> 5) & (postings->heads_count - 1);
}

static void heads_fill(struct tg_postings *postings)
{
    memset(postings->heads, 0, postings->heads_count * sizeof postings->heads[0]);
    for (size_t i = 0; i < postings->delta_count; i++) {
        size_t head = head_of(postings, postings->delta[i].key);
        postings->delta[i].next = postings->heads[head];
        postings->heads[head] = (uint32_t)i + 1;
    }
}

tg_err tg_postings_reserve(struct tg_postings *postings, size_t more)
{
    size_t need = postings->delta_count + more;
    size_t capacity = postings->delta_capacity == 0 ? DELTA_FIRST : postings->delta_capacity;
    if (need <= postings->delta_capacity) return TG_OK;
    while (capacity < need) capacity *= 2;
    if (capacity >= UINT32_MAX / 2) return TG_ELIMIT;
    uint32_t *heads = malloc(capacity * sizeof *heads);
    struct tg_posting_link *delta =
        heads == NULL ? NULL : realloc(postings->delta, capacity * sizeof *delta);
    if (delta == NULL) {
        free(heads);
        return TG_ENOMEM;
    }
    free(postings->heads);
    postings->delta = delta;
    postings->delta_capacity = capacity;
    postings->heads = heads;
    postings->heads_count = capacity;
    heads_fill(postings);
    return TG_OK;
}

void tg_postings_put(struct tg_postings *postings, uint32_t key, uint32_t value)
{
    size_t head = head_of(postings, key);
    postings->delta[postings->delta_count] = (struct tg_posting_link){key, value, postings->heads[head]};
    postings->heads[head] = (uint32_t)++postings->delta_count;
}

tg_err tg_postings_build(struct tg_postings *postings, size_t keys_count, const struct tg_posting *pairs,
                         size_t count)
{
    if (count >= UINT32_MAX) return TG_ELIMIT;
    uint32_t *starts = calloc(keys_count + 2, sizeof *starts);
    uint32_t *values = malloc((count == 0 ? 1 : count) * sizeof *values);
    if (starts == NULL || values == NULL) {
        free(starts);
        free(values);
        return TG_ENOMEM;
    }
    /* Counted two places ahead: while filling, starts[key + 1] runs from the begin of the row to its end. */
    for (size_t i = 0; i < count; i++) starts[pairs[i].key + 2]++;
    for (size_t i = 2; i <= keys_count + 1; i++) starts[i] += starts[i - 1];
    for (size_t i = 0; i < count; i++) values[starts[pairs[i].key + 1]++] = pairs[i].value;
    tg_postings_release(postings);
    *postings = (struct tg_postings){
        .starts = starts, .values = values, .keys_count = keys_count, .values_count = count};
    return TG_OK;
}

tg_err tg_postings_merge(struct tg_postings *postings, size_t keys_count)
{
    size_t total = postings->values_count + postings->delta_count, at = 0;
    if (postings->delta_count == 0 && keys_count == postings->keys_count) return TG_OK;
    struct tg_posting *pairs = malloc((total == 0 ? 1 : total) * sizeof *pairs);
    if (pairs == NULL) return TG_ENOMEM;
    for (uint32_t key = 0; key < postings->keys_count; key++) {
        for (uint32_t i = postings->starts[key]; i < postings->starts[key + 1]; i++)
            pairs[at++] = (struct tg_posting){key, postings->values[i]};
    }
    for (size_t i = 0; i < postings->delta_count; i++)
        pairs[at++] = (struct tg_posting){postings->delta[i].key, postings->delta[i].value};
    tg_err err = tg_postings_build(postings, keys_count, pairs, total);
    free(pairs);
    return err;
}

size_t tg_postings_bytes(const struct tg_postings *postings)
{
    return (postings->starts == NULL ? 0 : (postings->keys_count + 2) * sizeof postings->starts[0]) +
           postings->values_count * sizeof postings->values[0] +
           postings->delta_capacity * sizeof postings->delta[0] +
           postings->heads_count * sizeof postings->heads[0];
}

struct tg_posting_row tg_postings_row(const struct tg_postings *postings, uint32_t key)
{
    struct tg_posting_row row = {.values = NULL};
    if (postings->delta_count > 0) row.link = postings->heads[head_of(postings, key)];
    if (key < postings->keys_count) {
        row.values = postings->values + postings->starts[key];
        row.count = postings->starts[key + 1] - postings->starts[key];
    }
    return row;
}

bool tg_postings_next(const struct tg_postings *postings, uint32_t key, uint32_t *link, uint32_t *ret_value)
{
    while (*link != 0) {
        const struct tg_posting_link *at = &postings->delta[*link - 1];
        *link = at->next;
        if (at->key != key) continue;
        *ret_value = at->value;
        return true;
    }
    return false;
}
