/* The delta: records newer than the last run, in memory.
 * Knows no LMDB.
 * The table of tokens takes their bits as random, which a keyed hash makes them.
 */
#include "store/delta.h"

#include <stdlib.h>

#include "base/limits.h"

enum { SLOTS_MIN = 1024 };

/* Room for `more` elements behind count. */
static tg_err grow_array(void **array, size_t count, size_t *capacity, size_t more, size_t each)
{
    if (*capacity - count >= more) return TG_OK;
    size_t wanted = *capacity + *capacity / 2;
    if (wanted < count + more) wanted = count + more;
    if (wanted < 64) wanted = 64;
    void *grown = reallocarray(*array, wanted, each);
    if (!grown) return TG_ENOMEM;
    *array = grown;
    *capacity = wanted;
    return TG_OK;
}

static uint64_t tag_of(const uint8_t token[static 16])
{
    return tg_token_bits(token, 1) << 32;
}

/* Slot that holds the token, or the free one where it belongs. */
static size_t slot_of(const struct tg_delta *delta, const uint8_t token[static 16])
{
    size_t mask = delta->slots_count - 1;
    uint64_t tag = tag_of(token);
    size_t at = tg_token_bits(token, 0) & mask;
    for (;; at = (at + 1) & mask) {
        uint64_t slot = delta->slots[at];
        if (slot == 0) return at;
        if ((slot ^ tag) >> 32) continue;
        if (memcmp(delta->postings[(uint32_t)slot - 1].token, token, TG_INDEX_TOKEN_BYTES) == 0) return at;
    }
}

uint32_t tg_delta_find(const struct tg_delta *delta, const uint8_t token[static 16])
{
    if (!delta->slots) return 0;
    return (uint32_t)delta->slots[slot_of(delta, token)];
}

static tg_err rebuild_slots(struct tg_delta *delta, size_t count)
{
    uint64_t *slots = calloc(count, sizeof *slots);
    if (!slots) return TG_ENOMEM;
    free(delta->slots);
    delta->slots = slots;
    delta->slots_count = count;
    /* Newest posting of a token wins the slot: the chain behind it is unchanged. */
    for (size_t i = 0; i < delta->postings_count; i++) {
        const uint8_t *token = delta->postings[i].token;
        slots[slot_of(delta, token)] = tag_of(token) | (i + 1);
    }
    return TG_OK;
}

/* Half full at most. */
static tg_err reserve_slots(struct tg_delta *delta, size_t more)
{
    size_t wanted = delta->slots_count ? delta->slots_count : SLOTS_MIN;
    while (wanted < 2 * (delta->postings_count + more)) wanted *= 2;
    return wanted == delta->slots_count ? TG_OK : rebuild_slots(delta, wanted);
}

static tg_err check_rows(const struct tg_index_row *rows, size_t count, size_t *ret_bytes)
{
    size_t bytes = 0;
    if (count > TG_INDEX_ROWS_MAX) return TG_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].value.bytes > TG_INDEX_ROW_BYTES_MAX) return TG_ELIMIT;
        for (size_t j = 0; j < i; j++)
            if (rows[j].type == rows[i].type) return TG_EUSAGE;
        bytes += rows[i].value.bytes;
    }
    *ret_bytes = bytes;
    return TG_OK;
}

static tg_err reserve_all(struct tg_delta *delta, size_t tokens, size_t rows, size_t row_bytes)
{
    if (delta->recs_count >= TG_INDEX_DELTA_RECORDS_MAX ||
        delta->postings_count + tokens > TG_INDEX_DELTA_POSTINGS_MAX ||
        delta->row_bytes.bytes + row_bytes > TG_INDEX_DELTA_ROW_BYTES_MAX)
        return TG_EBUSY;
    void *recs = delta->recs, *postings = delta->postings, *row_array = delta->rows;
    tg_err err = grow_array(&recs, delta->recs_count, &delta->recs_capacity, 1, sizeof *delta->recs);
    delta->recs = recs;
    if (!err)
        err = grow_array(&postings, delta->postings_count, &delta->postings_capacity, tokens,
                         sizeof *delta->postings);
    delta->postings = postings;
    if (!err)
        err = grow_array(&row_array, delta->rows_count, &delta->rows_capacity, rows, sizeof *delta->rows);
    delta->rows = row_array;
    if (!err) err = tg_buf_reserve(&delta->row_bytes, row_bytes);
    return err ? err : reserve_slots(delta, tokens);
}

static void add_posting(struct tg_delta *delta, uint32_t rec, const uint8_t token[static 16])
{
    size_t at = slot_of(delta, token);
    uint32_t newest = (uint32_t)delta->slots[at];
    if (newest && delta->postings[newest - 1].rec == rec) return; /* the same token twice */
    struct tg_delta_posting *posting = &delta->postings[delta->postings_count++];
    memcpy(posting->token, token, TG_INDEX_TOKEN_BYTES);
    posting->rec = rec;
    posting->next = newest;
    delta->slots[at] = tag_of(token) | (uint32_t)delta->postings_count;
}

static void add_row(struct tg_delta *delta, uint32_t rec, const struct tg_index_row *row)
{
    delta->rows[delta->rows_count++] = (struct tg_delta_row){
        .rec = rec, .type = row->type, .at = delta->row_bytes.bytes, .bytes = row->value.bytes};
    if (row->value.bytes) (void)tg_buf_put_view(&delta->row_bytes, row->value); /* reserved before */
}

tg_err tg_delta_add(struct tg_delta *delta, const struct tg_index_rec *rec, const uint8_t *tokens,
                    size_t tokens_count, const struct tg_index_row *rows, size_t rows_count)
{
    size_t row_bytes = 0;
    if (tokens_count > TG_INDEX_TOKENS_MAX) return TG_ELIMIT;
    tg_err err = check_rows(rows, rows_count, &row_bytes);
    if (!err) err = reserve_all(delta, tokens_count, rows_count, row_bytes);
    if (err) return err;
    uint32_t number = (uint32_t)delta->recs_count++;
    delta->recs[number] = (struct tg_delta_rec){.rec = *rec};
    for (size_t i = 0; i < tokens_count; i++) add_posting(delta, number, tokens + i * TG_INDEX_TOKEN_BYTES);
    for (size_t i = 0; i < rows_count; i++) add_row(delta, number, &rows[i]);
    return TG_OK;
}

size_t tg_delta_rows_from(const struct tg_delta *delta, uint32_t rec)
{
    size_t low = 0, high = delta->rows_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (delta->rows[middle].rec < rec)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void tg_delta_kill(struct tg_delta *delta, uint32_t rec)
{
    delta->recs[rec].dead = true;
    for (size_t i = tg_delta_rows_from(delta, rec); i < delta->rows_count && delta->rows[i].rec == rec; i++) {
        if (delta->rows[i].bytes) memset(delta->row_bytes.data + delta->rows[i].at, 0, delta->rows[i].bytes);
        delta->rows[i].bytes = 0;
    }
}

size_t tg_delta_bytes(const struct tg_delta *delta)
{
    return delta->recs_capacity * sizeof *delta->recs + delta->postings_capacity * sizeof *delta->postings +
           delta->rows_capacity * sizeof *delta->rows + delta->row_bytes.capacity +
           delta->slots_count * sizeof *delta->slots;
}

void tg_delta_clear(struct tg_delta *delta, uint64_t base)
{
    /* Storage is kept for the next round, unless this round was far smaller than it. */
    if (delta->postings_count < delta->slots_count / 16) {
        tg_delta_release(delta);
    } else if (delta->slots) {
        memset(delta->slots, 0, delta->slots_count * sizeof *delta->slots);
    }
    delta->base = base;
    delta->recs_count = delta->postings_count = delta->rows_count = 0;
    tg_buf_clear(&delta->row_bytes);
}

void tg_delta_release(struct tg_delta *delta)
{
    free(delta->recs);
    free(delta->postings);
    free(delta->rows);
    free(delta->slots);
    tg_buf_release(&delta->row_bytes);
    *delta = (struct tg_delta){.base = delta->base};
}

/* ---- numbers ---- */

static size_t number_at(const uint64_t *keys, size_t capacity, uint64_t number)
{
    size_t at = (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
    while (keys[at] != 0 && keys[at] != number + 1) at = (at + 1) & (capacity - 1);
    return at;
}

static tg_err numbers_grow(struct tg_numbers *numbers)
{
    size_t capacity = numbers->capacity ? numbers->capacity * 2 : 64;
    uint64_t *keys = calloc(capacity, sizeof *keys);
    uint32_t *values = calloc(capacity, sizeof *values);
    if (!keys || !values) {
        free(keys);
        free(values);
        return TG_ENOMEM;
    }
    for (size_t i = 0; i < numbers->capacity; i++) {
        if (numbers->keys[i] == 0) continue;
        size_t at = number_at(keys, capacity, numbers->keys[i] - 1);
        keys[at] = numbers->keys[i];
        values[at] = numbers->values[i];
    }
    free(numbers->keys);
    free(numbers->values);
    numbers->keys = keys;
    numbers->values = values;
    numbers->capacity = capacity;
    return TG_OK;
}

tg_err tg_numbers_put(struct tg_numbers *numbers, uint64_t number, uint32_t value)
{
    if (2 * (numbers->count + 1) > numbers->capacity) {
        tg_err err = numbers_grow(numbers);
        if (err) return err;
    }
    size_t at = number_at(numbers->keys, numbers->capacity, number);
    if (numbers->keys[at] == 0) numbers->count++;
    numbers->keys[at] = number + 1;
    numbers->values[at] = value;
    return TG_OK;
}

bool tg_numbers_get(const struct tg_numbers *numbers, uint64_t number, uint32_t *ret_value)
{
    if (numbers->count == 0) return false;
    size_t at = number_at(numbers->keys, numbers->capacity, number);
    if (numbers->keys[at] == 0) return false;
    if (ret_value) *ret_value = numbers->values[at];
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

void tg_numbers_list(const struct tg_numbers *numbers, uint64_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < numbers->capacity; i++)
        if (numbers->keys[i]) out[count++] = numbers->keys[i] - 1;
    if (count) qsort(out, count, sizeof *out, compare_numbers);
}

void tg_numbers_release(struct tg_numbers *numbers)
{
    free(numbers->keys);
    free(numbers->values);
    *numbers = (struct tg_numbers){0};
}
