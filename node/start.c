/* The start rules: nothing is appended to our own log before it is known to be the newest that anybody has of it.
 *
 * Rules: ARCHITECTURE.md "Start". A store put back from a backup has a file `restored` beside it (docs/formats-store.md
 * "Backup"); it is taken away when the node may append again.
 */
#include "node/start.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "node/cards.h"
#include "node/commit.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/heads.h"
#include "node/recover.h"
#include "proto/backup.h"

#define RESTORED_NAME "restored"

static void quarantine(struct tg_node *node, const char *why)
{
    node->start = TG_START_QUARANTINE;
#ifdef TG_CONTROL_NO_START_RULES
    node->start = TG_START_READY;
#endif
    (void)snprintf(node->start_why, sizeof node->start_why, "%s", why);
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", why));
}

/* ---- the mark ---- */

/* The mark's entry for our log; size 0 when it has none. */
static struct tg_mark mark_of(const struct tg_node *node, uint32_t epoch)
{
    struct tg_mark marks[TG_MARKS_MAX];
    size_t count = tg_mark_read(node->mark, marks);
    for (size_t i = 0; i < count; i++)
        if (marks[i].epoch == epoch) return marks[i];
    return (struct tg_mark){.epoch = epoch};
}

uint64_t tg_start_marked(const struct tg_node *node)
{
    return node->mark ? mark_of(node, node->own_epoch).size : 0;
}

/* One of ours of which a peer has shown more than we hold; NULL. */
static const struct tg_held_log *own_longer(const struct tg_node *node)
{
    for (size_t i = 0; i < node->log_count; i++)
        if (node->logs[i]->own && node->logs[i]->longer > node->logs[i]->size) return node->logs[i];
    return NULL;
}

static bool own_any(const struct tg_node *node)
{
    bool any = false;
    for (size_t i = 0; i < node->log_count; i++) any = any || (node->logs[i]->own && node->logs[i]->size);
    return any;
}

static tg_err root_at(struct tg_node *node, const struct tg_held_log *log, uint64_t size,
                      struct tg_hash *ret_root)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (err) return err;
    struct tg_held_tree tree = {.txn = txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    return tg_merkle_root_read(&reader, size, ret_root);
}

/* What a crash between sync and mark left: same front, more leaves. Finish it. */
static tg_err finish_commit(struct tg_node *node, struct tg_held_log *log, const struct tg_mark *mark,
                            struct tg_errmsg *em)
{
    struct tg_hash root;
    struct tg_merkle_frontier frontier = {0};
    tg_err err = mark->size ? root_at(node, log, mark->size, &root) : TG_OK;
    if (err) return tg_fail(em, err, "cannot read the tree of our own log");
    if (mark->size && memcmp(root.bytes, mark->root, sizeof mark->root) != 0) {
        quarantine(node, "our log is not the one that the mark tells of; restore the newest store");
        return TG_OK;
    }
    if (mark->size) {
        TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
        err = tg_store_read_begin(node->store, &txn, em);
        struct tg_held_tree tree = {.txn = txn, .number = log->number};
        struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
        if (!err) err = tg_merkle_frontier_read(&reader, mark->size, &frontier);
    }
    return err ? err : tg_own_publish(node, log, mark->size, &frontier, em);
}

static tg_err compare_mark(struct tg_node *node, struct tg_held_log *log, struct tg_errmsg *em)
{
    struct tg_mark mark = mark_of(node, log->id.epoch);
    if (log->size > mark.size) return finish_commit(node, log, &mark, em);
    if (log->size < mark.size) {
        quarantine(node, "our store is behind its mark: it is an older copy; restore the newest store");
        return TG_OK;
    }
    if (!log->size) return TG_OK;
    if (memcmp(log->root.bytes, mark.root, sizeof mark.root) != 0) {
        quarantine(node, "our log is not the one that the mark tells of; restore the newest store");
        return TG_OK;
    }
    return tg_heads_sign_own(node, log, em);
}

static tg_err check_mark(struct tg_node *node, bool fresh, bool *ret_missing, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = tg_path_join(node->data, "mark", path, sizeof path, em);
    if (!err) err = tg_mark_open(path, false, &node->mark, em);
    if (err != TG_ENOENT) return err;
    *ret_missing = true;
    if (!fresh && own_any(node)) {
        /* None is made: a restart must find it missing again. tg_own_mark makes it when we may append. */
        quarantine(
            node, "the mark beside our store is missing; put it back, or wait until all peers have answered");
        return TG_OK;
    }
    if (node->restored) return TG_OK;
    *ret_missing = false;
    return tg_mark_open(path, true, &node->mark, em);
}

/* ---- a store that was put back ---- */

static tg_err restored_path(const struct tg_node *node, char out[static TG_CONFIG_PATH_BYTES],
                            struct tg_errmsg *em)
{
    return tg_path_join(node->data, RESTORED_NAME, out, TG_CONFIG_PATH_BYTES, em);
}

/* Is this the log that the backup told of, or that with what came while the copy began? */
static tg_err restored_compare(struct tg_node *node, const struct tg_backup_about *about,
                               struct tg_errmsg *em)
{
    const struct tg_log_id id = {.origin = node->id, .epoch = about->epoch};
    const struct tg_held_log *own = tg_held_find(node, &id);
    struct tg_hash root = {0};
    bool same = memcmp(about->node.bytes, node->id.bytes, sizeof node->id.bytes) == 0 &&
                about->epoch <= node->own_epoch && about->size <= (own ? own->size : 0);
    if (same && about->size) same = !root_at(node, own, about->size, &root);
    if (same && (!about->size || tg_hash_equal(&root, &about->root))) return TG_OK;
    return tg_fail(em, TG_EDAMAGED,
                   "the store in '%s' is not the one that its file '%s' tells of: restore the backup again, "
                   "into a new folder",
                   node->data, RESTORED_NAME);
}

static tg_err check_restored(struct tg_node *node, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES], when[TG_TIME_TEXT_BYTES], why[TG_START_WHY_BYTES];
    struct tg_backup_about about;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = restored_path(node, path, em);
    if (!err && access(path, F_OK) != 0) return TG_OK;
    node->restored = true;
    if (!err) err = tg_file_read(path, TG_BACKUP_ABOUT_BYTES_MAX, &text, em);
    if (!err) err = tg_backup_about_decode(tg_buf_view(&text), &about, em);
    if (err) return tg_context(em, err, "cannot use '%s'", path);
    err = restored_compare(node, &about, em);
    if (err) return err;
    tg_time_format(about.taken_ms, when);
    (void)snprintf(why, sizeof why, "this store was put back from the backup of %s", when);
    quarantine(node, why);
    return TG_OK;
}

/* From now on it is a store like any other. */
static tg_err restored_forget(struct tg_node *node, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    if (!node->restored) return TG_OK;
    tg_err err = restored_path(node, path, em);
    if (!err && unlink(path) != 0 && errno != ENOENT)
        err = tg_fail_errno(em, TG_EIO, errno, "cannot remove '%s'", path);
    if (!err) err = tg_dir_sync(node->data, em);
    if (!err) node->restored = false;
    return err;
}

tg_err tg_start_check(struct tg_node *node, bool fresh, struct tg_errmsg *em)
{
    bool missing = false, pending = false;
    struct tg_held_log *own = tg_held_own(node);
    if (!own) return TG_ENOMEM;
    tg_err err = check_restored(node, em);
    if (!err) err = check_mark(node, fresh || node->restored, &missing, em);
    if (!err) err = tg_recover_pending(node, &pending, em);
    if (!err && pending && node->start != TG_START_QUARANTINE)
        quarantine(node, "our own log is being fetched back from our partners");
    if (!err && !missing && !pending && !node->restored) err = compare_mark(node, own, em);
    if (!err) tg_epochs_sign_former(node);
    return err;
}

/* ---- leaving ---- */

static tg_err appending_again(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_held_log *own = tg_held_own(node);
    tg_err err = tg_own_mark(node, own, em);
    if (!err) err = restored_forget(node, em);
    if (!err) err = tg_recover_end(node, em);
    if (!err && own->size) err = tg_heads_sign_own(node, own, em);
    if (!err) node->start = TG_START_READY;
    return err;
}

tg_err tg_start_override(struct tg_node *node, struct tg_errmsg *em)
{
    bool waits = node->start == TG_START_QUARANTINE;
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", "the operator overrides the start rules"),
             TG_F_TEXT("was", waits ? node->start_why : "nothing"));
    return appending_again(node, em);
}

static bool has_answered(const struct tg_node *node, const struct tg_hash *peer)
{
    for (size_t i = 0; i < node->start_answered_count; i++)
        if (tg_hash_equal(&node->start_answered[i], peer)) return true;
    return false;
}

static bool all_answered(const struct tg_node *node)
{
    return node->start_answered_count >= node->peer_count;
}

static void tell_silent(struct tg_node *node)
{
    for (size_t i = 0; i < node->peer_count; i++)
        if (!has_answered(node, &node->peers[i]->id))
            tg_event(node->events, TG_EV_START_WAIT,
                     TG_F_TEXT("why", "a peer was silent; we append all the same"),
                     TG_F_NODE("peer", &node->peers[i]->id));
}

/* Entries of our own log that the mark says we signed and that we do not hold. */
static uint64_t signed_and_lost(const struct tg_node *node, const struct tg_held_log *own)
{
    uint64_t size = tg_start_marked(node);
    return size > own->size ? size - own->size : 0;
}

/* The epoch that our card has keys for, and that nothing here begins; 0. */
static uint32_t epoch_missing(const struct tg_node *node)
{
    const uint32_t listed = tg_card_epoch(tg_cards_newest(node));
    return listed > node->own_epoch ? listed : 0;
}

/* Leaves quarantine only when every peer has answered with no more than we hold, nobody ever showed more, and we hold
 * all that our mark says we signed. */
static tg_err leave_quarantine(struct tg_node *node, struct tg_errmsg *em)
{
    const struct tg_held_log *own = tg_held_own(node);
    if (own_longer(node) || node->own_forked || signed_and_lost(node, own)) return TG_OK;
    if (epoch_missing(node) || tg_cards_newer(node)) return TG_OK;
    for (size_t i = 0; i < node->peer_count; i++) {
        struct tg_sync_peer_view view;
        bool told = tg_sync_peer(node->sync, &node->peers[i]->id, &view) && view.own_size_known;
        if (!told || view.own_size > own->size) return TG_OK;
    }
    tg_err err = appending_again(node, em);
    if (err) return err;
    tg_event(node->events, TG_EV_START_WAIT, TG_F_TEXT("why", "every peer has answered: appending again"));
    /* Our head may be shown again: to those who do not hold all of it at once. */
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_OWN_COMMITTED);
    event.log = own->id;
    event.index = own->size;
    return tg_engine_event(node, &event);
}

tg_err tg_start_step(struct tg_node *node, struct tg_errmsg *em)
{
    if (node->start == TG_START_READY) return TG_OK;
    if (node->start == TG_START_QUARANTINE)
        return node->peer_count && all_answered(node) ? leave_quarantine(node, em) : TG_OK;
    bool late = tg_clock_mono_us(node->clock) >= node->start_deadline_us;
    if (!all_answered(node) && !late) return TG_OK;
    tell_silent(node);
    node->start = TG_START_READY;
    return TG_OK;
}

/* ---- what peers tell ---- */

void tg_start_answered(struct tg_node *node, const struct tg_hash *peer)
{
    if (has_answered(node, peer) || node->start_answered_count == TG_PEERS_MAX) return;
    node->start_answered[node->start_answered_count++] = *peer;
}

void tg_start_longer(struct tg_node *node, const struct tg_hash *peer, const struct tg_log_id *id,
                     uint64_t size)
{
    struct tg_held_log *log = tg_held_ensure(node, id);
    /* In an epoch that is over nothing is signed any more, whatever we hold of it. */
    if (!log || (id->epoch < node->own_epoch && node->start != TG_START_QUARANTINE)) return;
    if (node->start != TG_START_QUARANTINE)
        (void)snprintf(node->start_why, sizeof node->start_why, "our store is older than our log");
    node->start = TG_START_QUARANTINE;
#ifdef TG_CONTROL_NO_START_RULES
    node->start = TG_START_READY;
#endif
    tg_start_answered(node, peer);
    if (size <= log->longer) return;
    log->longer = size;
    node->longer_peer = *peer;
    tg_event(node->events, TG_EV_START_WAIT,
             TG_F_TEXT("why", "a peer holds a longer history of our own log than our store"),
             TG_F_NODE("peer", peer), TG_F_NUM("their_size", size), TG_F_NUM("our_size", log->size));
}

void tg_start_forked(struct tg_node *node, const struct tg_hash *peer)
{
    if (!node->own_forked) node->forked_peer = *peer;
    node->own_forked = true;
    if (node->start != TG_START_QUARANTINE)
        quarantine(node, "a partner holds another history of our own log than our store");
}

void tg_start_epoch(struct tg_node *node, uint32_t epoch)
{
    node->own_epoch = epoch;
    if (node->start != TG_START_QUARANTINE)
        quarantine(node, "our store is older than our log: a partner shows that a new epoch of it was begun");
}

tg_err tg_start_begin(struct tg_node *node, uint32_t epoch, struct tg_errmsg *em)
{
    node->own_epoch = epoch;
    node->own_forked = false;
    struct tg_held_log *own = tg_held_own(node);
    if (!own) return TG_ENOMEM;
    if (node->start != TG_START_QUARANTINE) return tg_own_mark(node, own, em);
    /* What nobody has any more of the one before is given up. */
    for (size_t i = 0; i < node->log_count; i++)
        if (node->logs[i]->own) node->logs[i]->longer = 0;
    quarantine(node, "a new epoch of our log begins");
    return TG_OK;
}

/* ---- what is said of it ---- */

/* "KG, UZ"; the first few of many. */
static void missing_text(struct tg_node *node, char *out, size_t out_bytes)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < node->peer_count && at < out_bytes; i++) {
        if (has_answered(node, &node->peers[i]->id)) continue;
        at += (size_t)snprintf(out + at, out_bytes - at, "%s%s", at ? ", " : "",
                               tg_trust_country(node, &node->peers[i]->id));
    }
}

const char *tg_node_append_refused(struct tg_node *node)
{
    if (tg_store_poisoned(node->store)) return "the store has failed; the node is stopping";
    char missing[64];
    char *out = node->start_text;
    if (tg_cards_newer(node)) {
        (void)snprintf(out, sizeof node->start_text,
                       "a partner holds card %" PRIu64 " of ours, and this node works with card %" PRIu64
                       ": put the newest one in place ('tamga card install')",
                       tg_cards_newer(node), tg_cards_newest(node)->serial);
        return out;
    }
    if (epoch_missing(node)) {
        (void)snprintf(
            out, sizeof node->start_text,
            "our card has keys for epoch %" PRIu32
            " of our log, and the prologue that begins it is not here yet: a partner brings it, or "
            "'tamga card install' of the file that it came in",
            epoch_missing(node));
        return out;
    }
    if (node->start != TG_START_QUARANTINE) return NULL;
    missing_text(node, missing, sizeof missing);
    const struct tg_held_log *longer = own_longer(node);
    uint64_t lost = signed_and_lost(node, tg_held_own(node));
    if (node->own_forked)
        (void)snprintf(
            out, sizeof node->start_text,
            "%s: %s shows another history of our own log, signed by us: two installations of this node "
            "have written; find out which, and see 'tamga log'",
            node->start_why, tg_trust_country(node, &node->forked_peer));
    else if (longer)
        (void)snprintf(
            out, sizeof node->start_text,
            "%s: %s holds a longer history of our own log, %" PRIu64 " entries, and we hold %" PRIu64
            ": the others are being fetched back; before, to go on would show two histories",
            node->start_why, tg_trust_country(node, &node->longer_peer), longer->longer, longer->size);
    else if (!node->peer_count)
        (void)snprintf(out, sizeof node->start_text,
                       "%s, and no partner is enrolled who could tell whether our log went on: if nobody "
                       "was given more, start once with 'tamgad --override-start'",
                       node->start_why);
    else if (missing[0])
        (void)snprintf(out, sizeof node->start_text,
                       "%s; waiting until %s has shown what it holds of our log (see 'tamga status')",
                       node->start_why, missing);
    else if (lost)
        (void)snprintf(
            out, sizeof node->start_text,
            "%s: the mark says that %" PRIu64 " more were signed, and no partner holds them: if they were "
            "given to nobody, start once with 'tamgad --override-start'; if somebody may have them, "
            "begin a new epoch: 'tamga card draft --new-epoch'",
            node->start_why, lost);
    else
        (void)snprintf(out, sizeof node->start_text, "%s; waiting until all partners are linked at once",
                       node->start_why);
    return out;
}
