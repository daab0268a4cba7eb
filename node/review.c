/* Which of our own records are to be looked at again, and when.
 *
 * Knows tokens and days; what people are told of them is in node/reminders.c. Tokens: docs/formats-store.md.
 */
#include "node/review.h"

#define DAY_MS 86400000

int32_t tg_review_today(const struct tg_node *node)
{
    return (int32_t)(tg_clock_wall_ms(node->clock) / DAY_MS);
}

bool tg_review_day(const struct tg_record *record, int32_t *ret_day)
{
    struct tg_date review = record->head->handling->review;
    if (!tg_date_known(review)) return false;
    *ret_day = tg_date_last_day(review);
    return true;
}

/* Live: neither replaced nor expired. */
static bool live(struct tg_node *node, uint64_t recno)
{
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL) || (rec.flags & TG_REC_SUPERSEDED)) return false;
    return rec.expiry == TG_INDEX_NO_TIME || rec.expiry >= tg_clock_wall_ms(node->clock);
}

/* Live ones alone, ascending; the caller frees. */
static tg_err due_on(struct tg_node *node, uint8_t type, int32_t day, const char *list, uint64_t **ret_recnos,
                     size_t *ret_count, struct tg_errmsg *em)
{
    uint8_t form[4];
    uint64_t first;
    size_t count = 0, kept = 0;
    tg_be32_put(form, (uint32_t)day);
    struct tg_view a = TG_VIEW_ARRAY(form), b = tg_view_str(list);
    *ret_recnos = NULL;
    *ret_count = 0;
    tg_err err = tg_lookup_token2(node, type, a, b, &first, 1, &count, em);
    if (err || !count) return err;
    size_t room = count;
    TG_AUTO_FREE uint64_t *recnos = calloc(room, sizeof *recnos);
    if (!recnos) return TG_ENOMEM;
    err = tg_lookup_token2(node, type, a, b, recnos, room, &count, em);
    if (err) return err;
    for (size_t i = 0; i < count && i < room; i++)
        if (live(node, recnos[i])) recnos[kept++] = recnos[i];
    *ret_count = kept;
    *ret_recnos = tg_steal_ptr(&recnos);
    return TG_OK;
}

static tg_err due_each(struct tg_node *node, uint8_t type, int32_t day, tg_on_review on_review, void *ctx,
                       struct tg_errmsg *em)
{
    TG_AUTO_FREE uint64_t *recnos = NULL;
    size_t count = 0;
    tg_err err = due_on(node, type, day, "", &recnos, &count, em);
    for (size_t i = 0; !err && i < count; i++) err = on_review(ctx, recnos[i], day);
    return err;
}

tg_err tg_review_due(struct tg_node *node, int32_t from_day, int32_t until_day, tg_on_review on_review,
                     void *ctx, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    if (from_day < until_day - TG_REVIEW_DAYS_MAX) from_day = until_day - TG_REVIEW_DAYS_MAX;
    for (int32_t day = from_day; !err && day <= until_day; day++) {
        err = due_each(node, TG_TOKEN_REVIEW, day, on_review, ctx, em);
        if (!err) err = due_each(node, TG_TOKEN_REVIEW_LISTED, day, on_review, ctx, em);
    }
    return err;
}

/* ---- a list at a time ---- */

struct grouping {
    tg_on_review_group on_group;
    void *ctx;
};

static tg_err group_one(void *ctx, uint64_t recno, int32_t day)
{
    const struct grouping *to = ctx;
    struct tg_review_group group = {.day = day, .recno = recno, .list = "", .count = 1};
    return to->on_group(to->ctx, &group);
}

/* Takes out of the numbers those of the list, which are ascending as well. */
static size_t without(uint64_t *recnos, size_t count, const uint64_t *gone, size_t gone_count)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        while (at < gone_count && gone[at] < recnos[i]) at++;
        if (at == gone_count || gone[at] != recnos[i]) recnos[kept++] = recnos[i];
    }
    return kept;
}

/* The list of the first of them, and how many of them are of it. */
static tg_err group_list(struct tg_node *node, int32_t day, uint64_t *recnos, size_t *count,
                         tg_on_review_group on_group, void *ctx, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_found found;
    struct tg_review_group group = {.day = day, .recno = recnos[0]};
    tg_err err = tg_lookup_open(node, recnos[0], &arena, &found, em);
    if (err == TG_EWITHDRAWN || err == TG_ENOENT) {
        *count = without(recnos, *count, &group.recno, 1);
        return TG_OK;
    }
    TG_AUTO_FREE uint64_t *members = NULL;
    if (!err) group.list = found.record->head->list;
    if (!err) err = due_on(node, TG_TOKEN_REVIEW_OF, day, group.list, &members, &group.count, em);
    if (err) return err;
    *count = without(recnos, *count, members, group.count);
    *count = without(recnos, *count, &group.recno, 1);
    return on_group(ctx, &group);
}

tg_err tg_review_groups(struct tg_node *node, int32_t day, tg_on_review_group on_group, void *ctx,
                        struct tg_errmsg *em)
{
    struct grouping to = {on_group, ctx};
    TG_AUTO_FREE uint64_t *recnos = NULL;
    size_t count = 0;
    tg_err err = due_each(node, TG_TOKEN_REVIEW, day, group_one, &to, em);
    if (!err) err = due_on(node, TG_TOKEN_REVIEW_LISTED, day, "", &recnos, &count, em);
    while (!err && count) err = group_list(node, day, recnos, &count, on_group, ctx, em);
    return err;
}
