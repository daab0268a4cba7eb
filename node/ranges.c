/* A set of log indexes as ascending runs.
 *
 * Knows no log.
 */
#include "node/ranges.h"

#include <stdlib.h>
#include <string.h>

void tg_ranges_release(struct tg_ranges *ranges)
{
    free(ranges->items);
    *ranges = (struct tg_ranges){.items = NULL};
}

/* First run whose last is at or behind index - 1, so that it touches, contains or follows the index. */
static size_t place_of(const struct tg_ranges *ranges, uint64_t index)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges->items[middle].last + 1 < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static tg_err room(struct tg_ranges *ranges)
{
    if (ranges->count < ranges->capacity) return TG_OK;
    size_t wanted = ranges->capacity ? ranges->capacity * 2 : 16;
    struct tg_range *moved = realloc(ranges->items, wanted * sizeof *moved);
    if (!moved) return TG_ENOMEM;
    ranges->items = moved;
    ranges->capacity = wanted;
    return TG_OK;
}

static tg_err insert(struct tg_ranges *ranges, size_t at, struct tg_range run)
{
    tg_err err = room(ranges);
    if (err) return err;
    memmove(ranges->items + at + 1, ranges->items + at, (ranges->count - at) * sizeof run);
    ranges->items[at] = run;
    ranges->count++;
    return TG_OK;
}

static void drop(struct tg_ranges *ranges, size_t at)
{
    memmove(ranges->items + at, ranges->items + at + 1, (ranges->count - at - 1) * sizeof *ranges->items);
    ranges->count--;
}

tg_err tg_ranges_add(struct tg_ranges *ranges, uint64_t index)
{
    size_t at = place_of(ranges, index);
    struct tg_range *run = at < ranges->count ? &ranges->items[at] : NULL;
    if (run && index >= run->first && index <= run->last) return TG_OK;
    if (run && index == run->last + 1) {
        run->last = index;
        bool joins = at + 1 < ranges->count && run[1].first == index + 1;
        if (joins) run->last = run[1].last;
        if (joins) drop(ranges, at + 1);
        return TG_OK;
    }
    if (run && index + 1 == run->first) {
        run->first = index;
        return TG_OK;
    }
    return insert(ranges, at, (struct tg_range){.first = index, .last = index});
}

tg_err tg_ranges_remove(struct tg_ranges *ranges, uint64_t index)
{
    size_t at = place_of(ranges, index);
    if (at < ranges->count && ranges->items[at].last < index) at++;
    struct tg_range *run = at < ranges->count ? &ranges->items[at] : NULL;
    if (!run || index < run->first) return TG_OK;
    struct tg_range behind = {.first = index + 1, .last = run->last};
    if (run->first == index && run->last == index) {
        drop(ranges, at);
    } else if (run->first == index) {
        run->first++;
    } else {
        tg_err err = run->last == index ? TG_OK : insert(ranges, at + 1, behind);
        if (err) return err;
        ranges->items[at].last = index - 1;
    }
    return TG_OK;
}

bool tg_ranges_next(const struct tg_ranges *ranges, uint64_t from, struct tg_range *ret_run)
{
    size_t at = place_of(ranges, from);
    if (at < ranges->count && ranges->items[at].last < from) at++;
    if (at == ranges->count) return false;
    *ret_run = ranges->items[at];
    if (ret_run->first < from) ret_run->first = from;
    return true;
}

bool tg_ranges_before(const struct tg_ranges *ranges, uint64_t below, uint64_t *ret_index)
{
    for (size_t at = ranges->count; at-- > 0;) {
        const struct tg_range *run = &ranges->items[at];
        if (run->first >= below) continue;
        *ret_index = run->last < below ? run->last : below - 1;
        return true;
    }
    return false;
}

uint64_t tg_ranges_total(const struct tg_ranges *ranges)
{
    uint64_t total = 0;
    for (size_t at = 0; at < ranges->count; at++)
        total += ranges->items[at].last - ranges->items[at].first + 1;
    return total;
}
