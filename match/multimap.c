/* Hashes to numbers, many to many: a sorted segment with a directory, and a chained delta.
 *
 * Knows neither names nor tokens.
 */
#include "match/multimap.h"

#include <stdlib.h>

#define ENTRIES_PER_BUCKET 4
#define DIGIT_BITS 16
#define DIGITS ((size_t)1 << DIGIT_BITS)

void tg_map_release(struct tg_map *map)
{
    free(map->sorted);
    free(map->directory);
    free(map->delta);
    free(map->heads);
    *map = (struct tg_map){.sorted = NULL};
}

static size_t head_of(const struct tg_map *map, uint32_t key)
{
    return (key * 2654435769U) & (map->heads_count - 1);
}

static void heads_fill(struct tg_map *map)
{
    memset(map->heads, 0, map->heads_count * sizeof map->heads[0]);
    for (size_t i = 0; i < map->delta_count; i++) {
        size_t head = head_of(map, map->delta[i].key);
        map->delta[i].next = map->heads[head];
        map->heads[head] = (uint32_t)i + 1;
    }
}

tg_err tg_map_reserve(struct tg_map *map, size_t more)
{
    size_t need = map->delta_count + more, capacity = map->delta_capacity == 0 ? 64 : map->delta_capacity;
    if (need <= map->delta_capacity) return TG_OK;
    while (capacity < need) capacity *= 2;
    if (capacity >= UINT32_MAX / 2) return TG_ELIMIT;
    uint32_t *heads = malloc(capacity * sizeof *heads);
    struct tg_map_link *delta = heads == NULL ? NULL : realloc(map->delta, capacity * sizeof *delta);
    if (delta == NULL) {
        free(heads);
        return TG_ENOMEM;
    }
    free(map->heads);
    map->delta = delta;
    map->delta_capacity = capacity;
    map->heads = heads;
    map->heads_count = capacity;
    heads_fill(map);
    return TG_OK;
}

void tg_map_put(struct tg_map *map, uint32_t key, uint32_t value)
{
    size_t head = head_of(map, key);
    map->delta[map->delta_count] = (struct tg_map_link){key, value, map->heads[head]};
    map->heads[head] = (uint32_t)++map->delta_count;
}

/* Least significant digit first; result in entries. */
static tg_err radix_sort(uint64_t *entries, size_t count)
{
    uint64_t *other = malloc((count == 0 ? 1 : count) * sizeof *other);
    size_t *starts = malloc(DIGITS * sizeof *starts);
    if (other == NULL || starts == NULL) {
        free(other);
        free(starts);
        return TG_ENOMEM;
    }
    uint64_t *from = entries, *to = other;
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        memset(starts, 0, DIGITS * sizeof *starts);
        for (size_t i = 0; i < count; i++) starts[from[i] >> shift & (DIGITS - 1)]++;
        for (size_t i = 0, sum = 0; i < DIGITS; i++) {
            size_t here = starts[i];
            starts[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++) to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    free(other); /* four passes: the result is in entries again */
    free(starts);
    return TG_OK;
}

static void merge_sorted(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, uint64_t *out)
{
    size_t i = 0, k = 0, at = 0;
    while (i < a_count && k < b_count) out[at++] = a[i] <= b[k] ? a[i++] : b[k++];
    while (i < a_count) out[at++] = a[i++];
    while (k < b_count) out[at++] = b[k++];
}

static unsigned shift_for(size_t count)
{
    unsigned bits = 1;
    while (bits < 28 && ((size_t)1 << bits) * ENTRIES_PER_BUCKET < count) bits++;
    return 32 - bits;
}

static uint32_t *directory_build(const uint64_t *entries, size_t count, unsigned shift, size_t buckets)
{
    uint32_t *directory = malloc((buckets + 1) * sizeof *directory);
    if (directory == NULL) return NULL;
    size_t at = 0;
    for (size_t i = 0; i <= buckets; i++) {
        while (at < count && (size_t)(entries[at] >> 32 >> shift) < i) at++;
        directory[i] = (uint32_t)at;
    }
    return directory;
}

tg_err tg_map_merge(struct tg_map *map)
{
    size_t count = map->sorted_count + map->delta_count;
    if (map->delta_count == 0) return TG_OK;
    uint64_t *fresh = malloc(map->delta_count * sizeof *fresh), *merged = malloc(count * sizeof *merged);
    uint32_t *directory = NULL;
    tg_err err = fresh == NULL || merged == NULL ? TG_ENOMEM : TG_OK;
    for (size_t i = 0; err == TG_OK && i < map->delta_count; i++) {
        fresh[i] = (uint64_t)map->delta[i].key << 32 | map->delta[i].value;
    }
    if (err == TG_OK) err = radix_sort(fresh, map->delta_count);
    if (err == TG_OK) {
        merge_sorted(map->sorted, map->sorted_count, fresh, map->delta_count, merged);
        unsigned shift = shift_for(count);
        size_t buckets = (size_t)1 << (32 - shift);
        directory = directory_build(merged, count, shift, buckets);
        if (directory == NULL) err = TG_ENOMEM;
        if (err == TG_OK) {
            tg_map_release(map);
            *map = (struct tg_map){.sorted = merged,
                                   .sorted_count = count,
                                   .directory = directory,
                                   .directory_count = buckets,
                                   .shift = shift};
            merged = NULL;
        }
    }
    free(fresh);
    free(merged);
    return err;
}

size_t tg_map_bytes(const struct tg_map *map)
{
    return map->sorted_count * sizeof map->sorted[0] + map->directory_count * sizeof map->directory[0] +
           map->delta_capacity * sizeof map->delta[0] + map->heads_count * sizeof map->heads[0];
}

struct tg_map_it tg_map_find(const struct tg_map *map, uint32_t key)
{
    struct tg_map_it it = {.map = map, .key = key};
    size_t bucket = (size_t)key >> map->shift;
    if (map->delta_count > 0) it.link = map->heads[head_of(map, key)];
    if (map->sorted_count > 0 && bucket < map->directory_count) {
        it.at = map->directory[bucket];
        it.end = map->directory[bucket + 1];
        while (it.at < it.end && (uint32_t)(map->sorted[it.at] >> 32) < key) it.at++;
    }
    return it;
}

bool tg_map_next(struct tg_map_it *it, uint32_t *ret_value)
{
    if (it->at < it->end && (uint32_t)(it->map->sorted[it->at] >> 32) == it->key) {
        *ret_value = (uint32_t)it->map->sorted[it->at++];
        return true;
    }
    it->at = it->end;
    while (it->link != 0) {
        const struct tg_map_link *link = &it->map->delta[it->link - 1];
        it->link = link->next;
        if (link->key != it->key) continue;
        *ret_value = link->value;
        return true;
    }
    return false;
}
