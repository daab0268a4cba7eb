/* Our own log fetched back: what of it is a leaf alone, and a note in the store that says so until we append again.
 *
 * Asks nobody and signs nothing: sync_fetch.c asks, start.c decides when we may go on.
 */
#include "node/recover.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "node/commit.h"
#include "node/start.h"
#include "proto/backup.h"

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

/* ---- partners ---- */

static tg_err peer_put_back(struct tg_node *node, const char *path, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    struct tg_hash id;
    struct tg_peer *peer;
    bool fresh;
    if (!card) return TG_ENOMEM;
    tg_err err = tg_file_read(path, TG_CARD_BYTES_MAX, &note, em);
    if (!err) err = tg_card_open(tg_buf_view(&note), card, em);
    if (err) return tg_context(em, err, "cannot use partner's card '%s'", path);
    memcpy(id.bytes, card->node.bytes, sizeof id.bytes);
    if (tg_trust_find(node, &id)) return TG_OK;
    err = tg_trust_add(node, tg_buf_view(&note), "", &peer, &fresh, em);
    return err ? tg_context(em, err, "cannot use partner's card '%s'", path) : TG_OK;
}

static bool is_note(const char *name)
{
    size_t bytes = strlen(name);
    return name[0] != '.' && bytes > 5 && strcmp(name + bytes - 5, ".note") == 0;
}

/* each: put back, or NULL: remove. */
static tg_err notes_each(struct tg_node *node, const char *dir,
                         tg_err (*each)(struct tg_node *node, const char *path, struct tg_errmsg *em),
                         struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES];
    DIR *entries = opendir(dir);
    tg_err err = TG_OK;
    if (!entries) return TG_OK;
    for (const struct dirent *entry; !err && (entry = readdir(entries));) {
        if (!is_note(entry->d_name)) continue;
        err = tg_path_join(dir, entry->d_name, path, sizeof path, em);
        if (!err && each) err = each(node, path, em);
        if (!err && !each) (void)unlink(path);
    }
    (void)closedir(entries);
    return err;
}

tg_err tg_recover_peers(struct tg_node *node, struct tg_errmsg *em)
{
    char dir[TG_CONFIG_PATH_BYTES];
    if (!node->restored) return TG_OK;
    tg_err err = tg_path_join(node->data, TG_BACKUP_PEERS_DIR, dir, sizeof dir, em);
    if (!err) err = notes_each(node, dir, peer_put_back, em);
    /* Once only: a partner that is removed later does not come back. */
    if (!err) err = notes_each(node, dir, NULL, em);
    if (!err) (void)rmdir(dir);
    return err;
}

/* ---- what is said of it ---- */

void tg_recover_look(struct tg_node *node, struct tg_recovery *ret_recovery)
{
    *ret_recovery = (struct tg_recovery){.known = 0};
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *own = node->logs[i];
        if (!own->own) continue;
        uint64_t envelopes = own->size - tg_ranges_total(&own->bare), known = own->size;
        uint64_t marked = own->id.epoch == node->own_epoch ? tg_start_marked(node) : 0;
        if (own->longer > known) known = own->longer;
        if (marked > known) known = marked;
        ret_recovery->known += known;
        ret_recovery->leaves += own->size;
        ret_recovery->envelopes += envelopes;
        ret_recovery->readable += envelopes - tg_ranges_total(&own->closed);
        ret_recovery->withdrawn += own->withdrawn_count;
    }
}
