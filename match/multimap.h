/* Hashes to numbers, many to many: a sorted segment with a directory, and a chained delta for what is new.
 *
 * Knows neither names nor tokens. For the name index.
 */
#ifndef TG_MATCH_MULTIMAP_H
#define TG_MATCH_MULTIMAP_H

#include "base/bytes.h"

struct tg_map_link {
    uint32_t key, value, next;
};
/* Zero-initialised is empty and ready. Keys are hashes. */
struct tg_map {
    uint64_t *sorted; /* key << 32 | value */
    size_t sorted_count;
    uint32_t *directory; /* first entry whose key >> shift is i or more */
    size_t directory_count;
    unsigned shift;
    struct tg_map_link *delta;
    size_t delta_count, delta_capacity;
    uint32_t *heads; /* 1 + link, 0 none */
    size_t heads_count;
};
void tg_map_release(struct tg_map *map);
/* TG_ENOMEM leaves the map as it was. */
tg_err tg_map_reserve(struct tg_map *map, size_t more);
/* Room must have been reserved. */
void tg_map_put(struct tg_map *map, uint32_t key, uint32_t value);
tg_err tg_map_merge(struct tg_map *map);
size_t tg_map_bytes(const struct tg_map *map);

struct tg_map_it {
    const struct tg_map *map;
    uint32_t key, link;
    size_t at, end;
};
struct tg_map_it tg_map_find(const struct tg_map *map, uint32_t key);
bool tg_map_next(struct tg_map_it *it, uint32_t *ret_value);

#endif
