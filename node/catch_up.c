/* A store put back from a backup shows nothing before it has caught up.
 *
 * A withdrawal binds by its target's origin alone, so what has to be here is what every origin has given us, and our own
 * log. Row: docs/formats-store.md "catching-up".
 */
#include "node/catch_up.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "node/indexer.h"

#define ROW_NAME "catching-up"

static tg_err row_put(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    bool *catching = ctx;
    if (*catching) return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(ROW_NAME), tg_view_of("", 0));
    tg_err err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(ROW_NAME));
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err set(struct tg_node *node, bool catching, struct tg_errmsg *em)
{
    tg_err err = tg_store_write_spare(node->store, row_put, &catching, em);
    if (!err) node->catching_up = catching;
    return err;
}

static tg_err row_read(struct tg_node *node, bool *ret_there, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(ROW_NAME), &value);
    *ret_there = !err;
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_catch_up_load(struct tg_node *node, bool override_start, struct tg_errmsg *em)
{
    bool there = false;
    tg_err err = row_read(node, &there, em);
    if (err) return err;
#ifdef TG_CONTROL_NO_CATCH_UP
    return TG_OK;
#endif
    if (override_start) return there ? set(node, false, em) : TG_OK;
    node->catching_up = there;
    return node->restored && !there ? set(node, true, em) : TG_OK;
}

/* It has told how far its log goes, and we have all of it, and whatever of it is for us. */
static bool caught_up_with(struct tg_node *node, const struct tg_hash *peer)
{
    struct tg_sync_peer_view view;
    bool met = tg_sync_peer(node->sync, peer, &view) && view.greeted && view.own_size_known;
    if (!met || view.leaves_behind) return false;
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *log = node->logs[i];
        if (tg_hash_equal(&log->id.origin, peer) && log->env_upto < log->size) return false;
    }
    return true;
}

tg_err tg_catch_up_work(struct tg_node *node, struct tg_errmsg *em)
{
    if (!node->catching_up || node->start != TG_START_READY || !node->peer_count) return TG_OK;
    for (size_t i = 0; i < node->peer_count; i++)
        if (!caught_up_with(node, &node->peers[i]->id)) return TG_OK;
    tg_err err = tg_indexer_apply_withdrawals(node, em);
    if (!err) err = set(node, false, em);
    if (!err)
        tg_event(node->events, TG_EV_START_WAIT,
                 TG_F_TEXT("why", "caught up with every peer: answering questions again"));
    return err == TG_ESPACE ? TG_OK : err;
}

const char *tg_node_answer_refused(struct tg_node *node)
{
    if (!node->catching_up) return NULL;
    char missing[64] = "";
    size_t at = 0;
    for (size_t i = 0; i < node->peer_count && at < sizeof missing; i++) {
        const struct tg_hash *peer = &node->peers[i]->id;
        if (caught_up_with(node, peer)) continue;
        at += (size_t)snprintf(missing + at, sizeof missing - at, "%s%s", at ? ", " : "",
                               tg_trust_country(node, peer));
    }
    (void)snprintf(
        node->catch_up_text, sizeof node->catch_up_text,
        "this store was put back from a backup, and what was withdrawn since is still alive in it%s%s; "
        "see 'tamga status', or start once with 'tamgad --override-start'",
        missing[0] ? ": waiting until all is here from " : "", missing);
    return node->catch_up_text;
}
