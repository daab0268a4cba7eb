/* Fork proofs as this node makes, believes, keeps and tells them, and the origins that are frozen for them.
 *
 * Knows no link and no role. Rows `conflict` and `forked/`: docs/formats-store.md.
 */
#include "node/forks.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "node/engine.h"
#include "node/heads.h"

#define ROW_HEAD_BYTES (1 + 8 + 32) /* kind, when, shown by */

struct frozen {
    struct tg_hash origin;
    int64_t at_ms;
};
struct tg_forks {
    struct tg_held_fork *items[TG_FORKS_MAX];
    size_t count;
    struct frozen frozen[2 * TG_PEERS_MAX]; /* of origins that were enrolled at some time */
    size_t frozen_count;
    bool early_wait;
};

/* ---- life ---- */

tg_err tg_forks_new(struct tg_node *node)
{
    node->forks = calloc(1, sizeof *node->forks);
    return node->forks ? TG_OK : TG_ENOMEM;
}

static void held_free(struct tg_held_fork *held)
{
    if (!held) return;
    tg_buf_release(&held->evidence);
    free(held);
}

void tg_forks_free(struct tg_node *node)
{
    for (size_t i = 0; node->forks && i < node->forks->count; i++) held_free(node->forks->items[i]);
    free(node->forks);
    node->forks = NULL;
}

static const struct frozen *frozen_find(const struct tg_node *node, const struct tg_hash *origin)
{
    const struct tg_forks *forks = node->forks;
    for (size_t i = 0; i < forks->frozen_count; i++)
        if (tg_hash_equal(&forks->frozen[i].origin, origin)) return &forks->frozen[i];
    return NULL;
}

bool tg_forks_frozen(const struct tg_node *node, const struct tg_hash *origin)
{
#ifndef TG_CONTROL_NO_FREEZE
    return frozen_find(node, origin) != NULL;
#else
    (void)node, (void)origin, (void)frozen_find;
    return false;
#endif
}

size_t tg_forks_count(const struct tg_node *node)
{
    return node->forks->count;
}

const struct tg_held_fork *tg_forks_at(const struct tg_node *node, size_t i)
{
    return node->forks->items[i];
}

bool tg_forks_early_wait(const struct tg_node *node)
{
    return node->forks->early_wait;
}

/* ---- rows ---- */

static void frozen_name(const struct tg_hash *origin, char out[static TG_STORE_NAMED_BYTES_MAX + 1])
{
    struct tg_node_id id;
    char node[TG_NODE_TEXT_BYTES];
    memcpy(id.bytes, origin->bytes, sizeof id.bytes);
    tg_node_id_format(&id, node);
    (void)snprintf(out, TG_STORE_NAMED_BYTES_MAX + 1, "forked/%s", node);
}

static void freeze(struct tg_node *node, const struct tg_hash *origin, int64_t at_ms)
{
    struct tg_forks *forks = node->forks;
    size_t most = sizeof forks->frozen / sizeof forks->frozen[0];
    if (tg_hash_equal(origin, &node->id) || frozen_find(node, origin) || forks->frozen_count == most) return;
    forks->frozen[forks->frozen_count++] = (struct frozen){.origin = *origin, .at_ms = at_ms};
}

static tg_err held_new(uint32_t kind, struct tg_view evidence, struct tg_held_fork **ret_held,
                       struct tg_errmsg *em)
{
    struct tg_held_fork *held = calloc(1, sizeof *held);
    tg_err err = held ? tg_buf_put_view(&held->evidence, evidence) : TG_ENOMEM;
    if (!err) err = tg_fork_decode(kind, tg_buf_view(&held->evidence), &held->fork, em);
    if (err) {
        held_free(held);
        return err;
    }
    held->kind = kind;
    *ret_held = held;
    return TG_OK;
}

static tg_err proof_load(struct tg_node *node, uint64_t number, struct tg_view value)
{
    struct tg_rd rd = tg_rd_init(value);
    struct tg_hash shown_by;
    struct tg_held_fork *held = NULL;
    uint32_t kind = tg_rd_u8(&rd);
    int64_t at_ms = (int64_t)tg_rd_u64(&rd);
    tg_rd_copy(&rd, shown_by.bytes, sizeof shown_by.bytes);
    if (rd.err || node->forks->count == TG_FORKS_MAX) return TG_OK;
    tg_err err = held_new(kind, tg_view_of(rd.at, rd.left), &held, NULL);
    if (err) return err == TG_ENOMEM ? err : TG_OK; /* of an older version, or a newer one: kept, not used */
    held->number = number;
    held->at_ms = at_ms;
    held->shown_by = shown_by;
    node->forks->items[node->forks->count++] = held;
    return TG_OK;
}

static tg_err proofs_load(struct tg_node *node, const struct tg_rtxn *txn)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint64_t number;
    struct tg_view value;
    tg_err err = tg_store_scan_numbered(txn, TG_NUMBERED_CONFLICT, 0, &scan);
    while (!err && !(err = tg_store_numbered_next(&scan, &number, &value)))
        err = proof_load(node, number, value);
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err frozen_load(struct tg_node *node, const struct tg_rtxn *txn)
{
    static const char prefix[] = "forked/";
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    tg_err err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        struct tg_node_id id;
        struct tg_hash origin;
        size_t front = sizeof prefix - 1;
        if (!tg_view_starts_with(name, prefix)) continue;
        if (tg_node_id_parse(tg_view_of(name.data + front, name.bytes - front), &id) || value.bytes != 8)
            return TG_EDAMAGED;
        memcpy(origin.bytes, id.bytes, sizeof origin.bytes);
        freeze(node, &origin, (int64_t)tg_be64_get(value.data));
    }
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_forks_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = proofs_load(node, txn);
    if (!err) err = frozen_load(node, txn);
    if (err) return tg_context(em, err, "cannot read the fork proofs of the store");
    node->forks->early_wait = true; /* looked for when the next leaves come */
    return TG_OK;
}

/* ---- is it new? ---- */

static bool same_log(const struct tg_fork *a, const struct tg_fork *b)
{
    return a->epoch == b->epoch && tg_node_id_equal(&a->origin, &b->origin);
}

static bool root_is_held(struct tg_node *node, const struct tg_log_id *id, const struct tg_checkpoint *head)
{
    const struct tg_held_log *log = tg_held_find(node, id);
    if (!log || !log->numbered || head->size > log->size) return false;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_hash root;
    if (tg_store_read_begin(node->store, &txn, NULL)) return false;
    struct tg_held_tree tree = {.txn = txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    return !tg_merkle_root_read(&reader, head->size, &root) && tg_hash_equal(&root, &head->root);
}

/* A head that is on our side of the fork is in every proof; the other side's says whether it is known. */
static bool head_known(struct tg_node *node, const struct tg_fork *fork, const struct tg_checkpoint *head)
{
    struct tg_log_id id = {.epoch = fork->epoch};
    memcpy(id.origin.bytes, fork->origin.bytes, sizeof id.origin.bytes);
    if (root_is_held(node, &id, head)) return false;
    for (size_t i = 0; i < node->forks->count; i++) {
        const struct tg_fork *old = &node->forks->items[i]->fork;
        for (size_t k = 0; k < 2 && old->kind != TG_FORK_MANIFESTS && same_log(old, fork); k++)
            if (old->signed_as[k].size == head->size && tg_hash_equal(&old->signed_as[k].root, &head->root))
                return true;
    }
    return false;
}

static bool holds_leaf(const struct tg_fork *fork, const struct tg_hash *leaf)
{
    return tg_hash_equal(&fork->leaves[0], leaf) || tg_hash_equal(&fork->leaves[1], leaf);
}

static bool is_known(struct tg_node *node, const struct tg_fork *fork)
{
    if (fork->kind == TG_FORK_CHECKPOINTS)
        return head_known(node, fork, &fork->signed_as[0]) || head_known(node, fork, &fork->signed_as[1]);
    for (size_t i = 0; i < node->forks->count; i++) {
        const struct tg_fork *old = &node->forks->items[i]->fork;
        if (old->kind == TG_FORK_CHECKPOINTS || !same_log(old, fork) || old->index != fork->index) continue;
        if (holds_leaf(old, &fork->leaves[0]) && holds_leaf(old, &fork->leaves[1])) return true;
    }
    return false;
}

/* Of one that is frozen already a few are kept: whoever signs two histories can sign a thousand. */
static bool is_enough(const struct tg_node *node, const struct tg_hash *origin)
{
    const struct frozen *frozen = frozen_find(node, origin);
    int64_t since_ms = frozen ? frozen->at_ms : 0;
    bool own = tg_hash_equal(origin, &node->id);
    size_t count = 0;
    for (size_t i = 0; i < node->forks->count; i++) {
        const struct tg_held_fork *held = node->forks->items[i];
        if (memcmp(held->fork.origin.bytes, origin->bytes, sizeof origin->bytes) == 0 &&
            held->at_ms >= since_ms)
            count++;
    }
    return node->forks->count == TG_FORKS_MAX || ((frozen || own) && count >= TG_FORKS_EACH_MAX);
}

/* ---- keeping ---- */

struct keeping {
    struct tg_held_fork *held;
    const struct tg_hash *origin;
    bool freezes;
};

static tg_err keep_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    struct keeping *keeping = ctx;
    struct tg_held_fork *held = keeping->held;
    uint8_t head[ROW_HEAD_BYTES];
    char name[TG_STORE_NAMED_BYTES_MAX + 1];
    TG_AUTO(tg_buf) struct tg_buf value = {0};
    head[0] = (uint8_t)held->kind;
    tg_be64_put(head + 1, (uint64_t)held->at_ms);
    memcpy(head + 9, held->shown_by.bytes, sizeof held->shown_by.bytes);
    tg_err err = tg_buf_put(&value, head, sizeof head);
    if (!err) err = tg_buf_put_view(&value, tg_buf_view(&held->evidence));
    if (!err) err = tg_store_numbered_append(txn, TG_NUMBERED_CONFLICT, tg_buf_view(&value), &held->number);
    frozen_name(keeping->origin, name);
    if (!err && keeping->freezes)
        err = tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), tg_view_of(head + 1, 8));
    return err ? tg_fail(em, err, "cannot keep a fork proof: %s", tg_err_text(err)) : TG_OK;
}

static tg_err tell(struct tg_node *node, const struct tg_held_fork *held, const struct tg_hash *origin)
{
    tg_event(node->events, TG_EV_PEER_FORK, TG_F_NODE("origin", origin),
             TG_F_NODE("shown_by", &held->shown_by), TG_F_NUM("proof", held->number),
             TG_F_TEXT("kind", tg_fork_kind_text(held->kind)));
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_FORK_KEPT);
    event.log = (struct tg_log_id){.origin = *origin, .epoch = held->fork.epoch};
    event.count = held->kind;
    event.message = tg_buf_view(&held->evidence);
    return tg_engine_event(node, &event);
}

tg_err tg_forks_check(struct tg_node *node, uint32_t kind, struct tg_view evidence, struct tg_errmsg *em)
{
    struct tg_fork *fork = malloc(sizeof *fork);
    if (!fork) return TG_ENOMEM;
    struct tg_hash origin;
    tg_err err = tg_fork_decode(kind, evidence, fork, em);
    if (!err) memcpy(origin.bytes, fork->origin.bytes, sizeof origin.bytes);
    bool followed = !err && (tg_hash_equal(&origin, &node->id) || tg_trust_find(node, &origin));
    if (!err && (!followed || is_known(node, fork) || is_enough(node, &origin))) err = TG_EEXIST;
#ifndef TG_CONTROL_NO_FORK_VERIFY
    if (!err) err = tg_fork_verify(fork, tg_trust_card(node, &origin), em);
#endif
    free(fork);
    return err;
}

tg_err tg_forks_take(struct tg_node *node, const struct tg_hash *shown_by, uint32_t kind,
                     struct tg_view evidence)
{
    struct tg_hash origin;
    struct tg_held_fork *held = NULL;
    if (tg_forks_check(node, kind, evidence, NULL)) return TG_OK;
    tg_err err = held_new(kind, evidence, &held, NULL);
    if (err) return err;
    memcpy(origin.bytes, held->fork.origin.bytes, sizeof origin.bytes);
    held->at_ms = tg_clock_wall_ms(node->clock);
    held->shown_by = *shown_by;
    struct keeping keeping = {.held = held,
                              .origin = &origin,
                              .freezes = !tg_hash_equal(&origin, &node->id) && !frozen_find(node, &origin)};
    freeze(node, &origin, held->at_ms); /* also when there is no room to write it down */
    err = tg_store_write_spare(node->store, keep_txn, &keeping, NULL);
    if (err) {
        held_free(held);
        return err == TG_ESPACE ? TG_OK : err;
    }
    node->forks->items[node->forks->count++] = held;
    return tell(node, held, &origin);
}

/* ---- making ---- */

/* Ours: the newest head whose leaves are all held, without cosignatures. */
static tg_err own_note(struct tg_node *node, const struct tg_held_log *log, struct tg_buf *out)
{
    const struct tg_card *card = tg_trust_card(node, &log->id.origin);
    const struct tg_card_key *key = card ? tg_card_log_key(card, log->id.epoch, log->signed_size) : NULL;
    return key ? tg_fork_note(tg_buf_view(&log->checkpoint), &key->key, out) : TG_EKEY;
}

static tg_err tree_begin(struct tg_node *node, const struct tg_held_log *log, struct tg_rtxn **ret_txn,
                         struct tg_held_tree *ret_tree)
{
    tg_err err = log && log->numbered ? tg_store_read_begin(node->store, ret_txn, NULL) : TG_ENOENT;
    if (!err) *ret_tree = (struct tg_held_tree){.txn = *ret_txn, .number = log->number};
    return err;
}

static tg_err made(struct tg_node *node, const struct tg_hash *shown_by, const struct tg_fork *fork)
{
    TG_AUTO(tg_buf) struct tg_buf evidence = {0};
    tg_err err = tg_fork_encode(fork, &evidence, NULL);
    return err ? err : tg_forks_take(node, shown_by, fork->kind, tg_buf_view(&evidence));
}

/* Which note stands first: by size, then by root. */
static bool first_is_theirs(const struct tg_checkpoint *theirs, const struct tg_held_log *log)
{
    return theirs->size < log->signed_size ||
           memcmp(theirs->root.bytes, log->root.bytes, sizeof log->root.bytes) < 0;
}

tg_err tg_forks_head(struct tg_node *node, const struct tg_log_id *id, const struct tg_hash *shown_by,
                     uint64_t size, struct tg_view note)
{
    const struct tg_held_log *log = tg_held_find(node, id);
    const struct tg_card *card = tg_trust_card(node, &id->origin);
    const struct tg_card_key *key = card ? tg_card_log_key(card, id->epoch, size) : NULL;
    struct tg_checkpoint theirs;
    if (!log || !key || size > log->signed_size || !size) return TG_OK; /* the one who holds more proves it */
    if (tg_heads_checkpoint_open(node, id, note, &theirs, NULL)) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_held_tree tree;
    struct tg_fork *fork = calloc(1, sizeof *fork);
    TG_AUTO(tg_buf) struct tg_buf ours_note = {0};
    TG_AUTO(tg_buf) struct tg_buf theirs_note = {0};
    tg_err err = fork ? tree_begin(node, log, &txn, &tree) : TG_ENOMEM;
    if (!err) err = own_note(node, log, &ours_note);
    if (!err) err = tg_fork_note(note, &key->key, &theirs_note);
    if (!err && size < log->signed_size) {
        struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
        err = tg_merkle_front(&reader, size, log->signed_size, &fork->nodes);
    }
    tg_store_read_end(txn);
    txn = NULL;
    if (!err) {
        bool first = first_is_theirs(&theirs, log);
        fork->kind = TG_FORK_CHECKPOINTS;
        fork->notes[first ? 0 : 1] = tg_buf_view(&theirs_note);
        fork->notes[first ? 1 : 0] = tg_buf_view(&ours_note);
        err = made(node, shown_by, fork);
    }
    free(fork);
    return err == TG_EKEY || err == TG_ENOENT ? TG_OK : err;
}

/* Two manifests where the envelope of the place is held, else the manifest against the leaf. */
static tg_err leaf_fork(struct tg_node *node, const struct tg_held_log *log, const struct tg_held_tree *tree,
                        uint64_t index, struct tg_fork *fork, struct tg_buf *storage)
{
    struct tg_store_entry entry;
    tg_err err = tg_store_entry_get(tree->txn, log->number, index, &entry);
    if (err) return err;
    if (entry.has_envelope) {
        uint8_t ours[TG_LEAF_BYTES], theirs[TG_LEAF_BYTES];
        struct tg_hash ours_hash, theirs_hash;
        err = tg_buf_put(storage, entry.manifest, TG_MANIFEST_BYTES);
        if (!err) err = tg_buf_put(storage, entry.signature, TG_SIGNATURE_BYTES);
        if (err) return err;
        tg_envelope_leaf(tg_buf_view(storage), ours);
        tg_envelope_leaf(fork->heads[0], theirs);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(ours), &ours_hash);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(theirs), &theirs_hash);
        bool first = memcmp(ours_hash.bytes, theirs_hash.bytes, sizeof ours_hash.bytes) < 0;
        fork->kind = TG_FORK_MANIFESTS;
        fork->heads[1] = first ? fork->heads[0] : tg_buf_view(storage);
        if (first) fork->heads[0] = tg_buf_view(storage);
        return TG_OK;
    }
    struct tg_held_tree reading = *tree;
    struct tg_merkle_reader reader = tg_held_tree_reader(&reading);
    fork->kind = TG_FORK_LEAF;
    err = tg_buf_put(storage, entry.leaf, TG_LEAF_BYTES);
    if (!err) err = own_note(node, log, storage);
    if (err) return err;
    fork->leaf = tg_view_of(storage->data, TG_LEAF_BYTES);
    fork->notes[1] = tg_view_of(storage->data + TG_LEAF_BYTES, storage->bytes - TG_LEAF_BYTES);
    return tg_merkle_inclusion(&reader, index, log->signed_size, &fork->nodes);
}

tg_err tg_forks_leaf(struct tg_node *node, struct tg_held_log *log, const struct tg_hash *shown_by,
                     uint64_t index, struct tg_view head)
{
    if (index >= log->signed_size) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_buf) struct tg_buf storage = {0};
    struct tg_held_tree tree;
    struct tg_fork *fork = calloc(1, sizeof *fork);
    tg_err err = fork ? tree_begin(node, log, &txn, &tree) : TG_ENOMEM;
    if (!err) {
        fork->heads[0] = head;
        err = leaf_fork(node, log, &tree, index, fork, &storage);
    }
    tg_store_read_end(txn);
    txn = NULL;
    if (!err) err = made(node, shown_by, fork);
    free(fork);
    return err == TG_EKEY || err == TG_ENOENT ? TG_OK : err;
}

/* The first early envelope below the log's end that is not the log's; its head is copied out. */
static tg_err early_next(struct tg_node *node, const struct tg_held_log *log, uint64_t *index,
                         uint8_t ret_head[static TG_HEAD_BYTES])
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_store_entry early, entry;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_early(txn, log->number, *index, &scan);
    while (!err && !(err = tg_store_entry_next(&scan, index, &early))) {
        if (*index >= log->size) err = TG_ENOENT;
        if (!err) err = tg_store_entry_get(txn, log->number, *index, &entry);
        if (err || memcmp(entry.leaf, early.leaf, TG_LEAF_BYTES) == 0) continue;
        memcpy(ret_head, early.manifest, TG_MANIFEST_BYTES);
        memcpy(ret_head + TG_MANIFEST_BYTES, early.signature, TG_SIGNATURE_BYTES);
        break;
    }
    tg_store_scan_release(&scan);
    return err;
}

static tg_err early_of(struct tg_node *node, struct tg_held_log *log)
{
    uint8_t head[TG_HEAD_BYTES];
    uint64_t index = 0;
    tg_err err = log->numbered && !log->own ? TG_OK : TG_ENOENT;
    while (!err && !(err = early_next(node, log, &index, head))) {
        if (index >= log->signed_size) node->forks->early_wait = true;
        err = tg_forks_leaf(node, log, &log->id.origin, index, TG_VIEW_ARRAY(head));
        index++;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_forks_early(struct tg_node *node)
{
    tg_err err = TG_OK;
    node->forks->early_wait = false;
    for (size_t i = 0; !err && i < node->log_count; i++) err = early_of(node, node->logs[i]);
    return err;
}

/* ---- clearing ---- */

static tg_err clear_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    char name[TG_STORE_NAMED_BYTES_MAX + 1];
    frozen_name(ctx, name);
    tg_err err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
    return err == TG_ENOENT ? TG_OK : err; /* there was no room to write it down */
}

tg_err tg_forks_clear(struct tg_node *node, const struct tg_hash *origin, struct tg_errmsg *em)
{
    struct tg_forks *forks = node->forks;
    size_t at = 0;
    while (at < forks->frozen_count && !tg_hash_equal(&forks->frozen[at].origin, origin)) at++;
    if (at == forks->frozen_count)
        return tg_fail(em, TG_ENOENT, "the origin is not frozen: 'tamga log forks' shows which are");
    struct tg_hash id = *origin;
    tg_err err = tg_store_write_spare(node->store, clear_txn, &id, em);
    if (err) return err;
    forks->frozen[at] = forks->frozen[--forks->frozen_count];
    tg_event(node->events, TG_EV_FORK_CLEARED, TG_F_NODE("origin", &id));
    return TG_OK;
}
