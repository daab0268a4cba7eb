/* Which of our own records are to be looked at again, and when. For node/ alone.
 *
 * A day of review is a token of its own, so that a list of a million entries that are all due on one day is counted
 * without opening them. The day is the last one that the record's review date can mean.
 */
#ifndef TG_NODE_REVIEW_H
#define TG_NODE_REVIEW_H

#include "node/core.h"

/* Days since 1970, of the node's clock. */
int32_t tg_review_today(const struct tg_node *node);

/* One record of ours that is live and due on that day. Anything but TG_OK ends the walk and is returned. */
typedef tg_err (*tg_on_review)(void *ctx, uint64_t recno, int32_t day);
/* All that are due from from_day to until_day, by day; at most TG_REVIEW_DAYS_MAX days before until_day. */
tg_err tg_review_due(struct tg_node *node, int32_t from_day, int32_t until_day, tg_on_review on_review,
                     void *ctx, struct tg_errmsg *em);

/* The same for one day, a list at a time; records of no list one by one. */
struct tg_review_group {
    int32_t day;
    uint64_t recno;   /* of the first */
    const char *list; /* "": of none; lives for the call */
    size_t count;
};
typedef tg_err (*tg_on_review_group)(void *ctx, const struct tg_review_group *group);
tg_err tg_review_groups(struct tg_node *node, int32_t day, tg_on_review_group on_group, void *ctx,
                        struct tg_errmsg *em);

/* The day of a record, for the indexer. */
bool tg_review_day(const struct tg_record *record, int32_t *ret_day);

#endif
