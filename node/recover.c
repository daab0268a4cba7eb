/* Our own log fetched back: what of it is a leaf alone, and a note in the store that says so until we append again.
 *
 * Asks nobody and signs nothing: sync_fetch.c asks, start.c decides when we may go on.
 */
#include "node/recover.h"

#include "node/commit.h"

/* Row of `meta`: leaves of our own log in this store came from others, and the mark does not speak of them. */
#define PENDING_NAME "recovering"

tg_err tg_recover_begin(struct tg_wtxn *txn)
{
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(PENDING_NAME), tg_view_of("", 0));
}

tg_err tg_recover_leaves(struct tg_held_log *log, uint64_t from)
{
    tg_err err = TG_OK;
    for (uint64_t index = from; !err && index < log->size; index++) err = tg_ranges_add(&log->bare, index);
    return err;
}

tg_err tg_recover_pending(struct tg_node *node, bool *ret_pending, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(PENDING_NAME), &value);
    *ret_pending = !err;
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err pending_remove(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    return tg_store_named_del(txn, TG_NAMED_META, tg_view_str(PENDING_NAME));
}

tg_err tg_recover_end(struct tg_node *node, struct tg_errmsg *em)
{
    bool pending = false;
    tg_err err = tg_recover_pending(node, &pending, em);
    return err || !pending ? err : tg_store_write_spare(node->store, pending_remove, NULL, em);
}
