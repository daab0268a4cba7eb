/* Notices: convergences, alerts, withdrawals, in the order in which they were noticed.
 *
 * Derived and kept in memory; a restart raises none again. They wake people and start nothing.
 */
#include "node/notices.h"

#include <stdio.h>
#include <stdlib.h>

struct tg_notices {
    struct tg_notice *items; /* ascending by cursor */
    size_t count;
    uint64_t next;
    void (*on_notice)(void *ctx, const struct tg_notice *notice);
    void *ctx;
};

tg_err tg_notices_new(struct tg_node *node)
{
    struct tg_notices *notices = calloc(1, sizeof *notices);
    if (notices) notices->items = malloc(TG_NOTICES_MAX * sizeof *notices->items);
    if (!notices || !notices->items) {
        free(notices);
        return TG_ENOMEM;
    }
    notices->next = 1;
    node->notices = notices;
    return TG_OK;
}

void tg_notices_free(struct tg_node *node)
{
    if (node->notices) free(node->notices->items);
    free(node->notices);
    node->notices = NULL;
}

/* The oldest quarter goes when it is full. */
static struct tg_notice *notice_add(struct tg_notices *notices)
{
    if (notices->count == TG_NOTICES_MAX) {
        size_t gone = TG_NOTICES_MAX / 4;
        memmove(notices->items, notices->items + gone, (notices->count - gone) * sizeof *notices->items);
        notices->count -= gone;
    }
    return &notices->items[notices->count++];
}

void tg_notices_raise(struct tg_node *node, enum tg_notice_kind kind, const struct tg_hash *id,
                      const struct tg_hash *other, const char *text)
{
    struct tg_notices *notices = node->notices;
    struct tg_notice *notice = notice_add(notices);
    *notice = (struct tg_notice){
        .cursor = notices->next++, .at_ms = tg_clock_wall_ms(node->clock), .kind = kind, .id = *id};
    if (other) notice->other = *other;
    (void)snprintf(notice->text, sizeof notice->text, "%s", text);
    if (notices->on_notice) notices->on_notice(notices->ctx, notice);
}

void tg_notices_forget(struct tg_node *node, const struct tg_hash *id)
{
    struct tg_notices *notices = node->notices;
    size_t kept = 0;
    for (size_t i = 0; i < notices->count; i++) {
        const struct tg_notice *notice = &notices->items[i];
        bool concerned = tg_hash_equal(&notice->id, id) || tg_hash_equal(&notice->other, id);
        if (!concerned || notice->kind == TG_NOTICE_WITHDRAWAL) notices->items[kept++] = *notice;
    }
    notices->count = kept;
}

void tg_notices_observe(struct tg_node *node, void (*on_notice)(void *ctx, const struct tg_notice *notice), void *ctx)
{
    node->notices->on_notice = on_notice;
    node->notices->ctx = ctx;
}

size_t tg_notices_after(struct tg_node *node, uint64_t after, const struct tg_notice **ret_notices, size_t max)
{
    struct tg_notices *notices = node->notices;
    size_t first = 0;
    while (first < notices->count && notices->items[first].cursor <= after) first++;
    *ret_notices = notices->items + first;
    return notices->count - first < max ? notices->count - first : max;
}
