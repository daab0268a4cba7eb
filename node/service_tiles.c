/* Verbs `log.tiles` and `log.notes`: a log as C2SP tlog-tiles, and the signed notes that belong to it.
 *
 * Shows no content: leaves are hashes, notes are what their signers say of logs. Contract: docs/control.md; files:
 * docs/formats-evidence.md.
 */
#include "node/heads.h"
#include "node/service_internal.h"
#include "proto/tiles.h"

/* The log of a country or node id (its newest epoch), or of an origin line. */
static tg_err log_read(struct tg_call *call, struct tg_held_log **ret_log, struct tg_errmsg *em)
{
    struct tg_node *node = call->node;
    const char *text = tg_control_text(call->msg, "origin", "");
    struct tg_node_id id;
    struct tg_log_id log = {.origin = node->id};
    struct tg_held_log *found = NULL;
    bool line = !tg_log_origin_parse(tg_view_str(text), &id, &log.epoch);
    if (line) memcpy(log.origin.bytes, id.bytes, sizeof id.bytes);
    tg_err err = line || !text[0] ? TG_OK : tg_origin_read(node, text, &log.origin, em);
    if (err) return err;
    for (size_t i = 0; i < node->log_count; i++) {
        struct tg_held_log *held = node->logs[i];
        if (!tg_hash_equal(&held->id.origin, &log.origin) || (line && held->id.epoch != log.epoch)) continue;
        if (!found || held->id.epoch > found->id.epoch) found = held;
    }
    if (!found || !found->numbered || !found->checkpoint.bytes)
        return tg_fail(em, TG_ENOENT,
                       "no signed head of the log of '%.80s' is held here; 'tamga log' shows all", text);
    *ret_log = found;
    return TG_OK;
}

/* ---- log.tiles ---- */

struct tiling {
    struct tg_job job;
    uint32_t number;
    struct tg_tiles_walk walk;
    uint64_t done, total;
    bool begun;
    char origin[TG_KEY_NAME_BYTES];
    struct tg_buf checkpoint, bytes;
};

static void tiling_free(struct tg_job *job)
{
    struct tiling *tiling = (struct tiling *)job;
    tg_buf_release(&tiling->checkpoint);
    tg_buf_release(&tiling->bytes);
    free(tiling);
}

static tg_err entries_make(const struct tg_rtxn *txn, uint32_t number, const struct tg_tile *tile,
                           struct tg_buf *out)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint64_t first = tile->n * TG_TILE_WIDTH;
    tg_err err = tg_store_scan_entries(txn, number, first, &scan);
    for (unsigned i = 0; i < tile->width && !err; i++) {
        uint64_t index;
        struct tg_store_entry entry;
        err = tg_store_entry_next(&scan, &index, &entry);
        if (!err && index != first + i) err = TG_EDAMAGED;
        if (!err) err = tg_entries_put(out, tg_view_of(entry.leaf, TG_STORE_LEAF_BYTES));
    }
    return err == TG_ENOENT ? TG_EDAMAGED : err;
}

static tg_err tile_row(struct tiling *tiling, const struct tg_rtxn *txn, const struct tg_tile *tile,
                       struct tg_buf *out)
{
    char path[TG_TILE_PATH_BYTES_MAX];
    struct tg_control_out row;
    struct tg_held_tree tree = {.txn = txn, .number = tiling->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    tg_buf_clear(&tiling->bytes);
    tg_err err = tile->entries ? entries_make(txn, tiling->number, tile, &tiling->bytes)
                               : tg_tile_encode(tile, &reader, &tiling->bytes);
    if (err) return err;
    tg_tile_path(tile, path);
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "file");
    tg_control_put_text(&row, "name", path);
    tg_control_put_data(&row, "data", tg_buf_view(&tiling->bytes));
    return tg_control_end(&row);
}

static tg_err tiles_done(const struct tiling *tiling, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_text(&done, "origin", tiling->origin);
    tg_control_put_number(&done, "size", (int64_t)tiling->walk.size);
    tg_control_put_number(&done, "files", (int64_t)tiling->done);
    tg_control_put_view(&done, "checkpoint", tg_buf_view(&tiling->checkpoint));
    return tg_control_end(&done);
}

static tg_err progress_row(const struct tiling *tiling, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_PROGRESS);
    tg_control_put_number(&row, "done", (int64_t)tiling->done);
    tg_control_put_number(&row, "total", (int64_t)tiling->total);
    return tg_control_end(&row);
}

/* First of all, so that the caller knows which log it is before a file comes. */
static tg_err begun_row(struct tiling *tiling, struct tg_buf *out)
{
    struct tg_control_out row;
    if (tiling->begun) return TG_OK;
    tiling->begun = true;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "log");
    tg_control_put_text(&row, "origin", tiling->origin);
    tg_control_put_number(&row, "size", (int64_t)tiling->walk.size);
    return tg_control_end(&row);
}

static tg_err tiling_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                          struct tg_errmsg *em)
{
    struct tiling *tiling = (struct tiling *)job;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_tile tile;
    bool more = true;
    tg_err err = tg_store_read_begin(job->service->node->store, &txn, em);
    if (!err) err = begun_row(tiling, out);
    for (size_t i = 0; i < TG_TILES_SLICE && !err && (more = tg_tiles_next(&tiling->walk, &tile)); i++) {
        err = tile_row(tiling, txn, &tile, out);
        tiling->done++;
    }
    if (!err) err = progress_row(tiling, out);
    *ret_step = more ? TG_STEP_MORE : TG_STEP_END;
    return !err && !more ? tiles_done(tiling, out) : err;
}

static const struct tg_job_kind tiling_kind = {.step = tiling_step, .free = tiling_free};

/* What the caller has already must be a front part of what is held here. */
static tg_err front_check(struct tg_call *call, const struct tg_held_log *log, uint64_t size,
                          struct tg_errmsg *em)
{
    struct tg_hash root;
    struct tg_view theirs = tg_control_data(call->msg, "root");
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_held_tree tree = {.number = log->number};
    if (size > log->signed_size)
        return tg_fail(em, TG_EPOSITION,
                       "the folder holds %" PRIu64
                       " entries, and the newest signed head here covers %" PRIu64,
                       size, log->signed_size);
    if (!size && !theirs.bytes) return TG_OK;
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    tree.txn = txn;
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    if (!err) err = tg_merkle_root_read(&reader, size, &root);
    if (err) return err;
#ifdef TG_CONTROL_NO_FRONT
    theirs = TG_VIEW_ARRAY(root.bytes);
#endif
    if (theirs.bytes == TG_HASH_BYTES && memcmp(theirs.data, root.bytes, TG_HASH_BYTES) == 0) return TG_OK;
    return tg_fail(em, TG_EFORK,
                   "the folder's log is no front part of the one held here: its first %" PRIu64
                   " entries are others; keep the folder, it is evidence",
                   size);
}

tg_err tg_verb_log_tiles(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_held_log *log = NULL;
    int64_t size = tg_control_number(call->msg, "size", 0);
    if (size < 0) return tg_fail(em, TG_EVALUE, "size is 0 or more");
    tg_err err = log_read(call, &log, em);
    if (!err) err = front_check(call, log, (uint64_t)size, em);
    if (err) return err;
    struct tiling *tiling = tg_job_start(call, &tiling_kind, sizeof *tiling);
    if (!tiling) return TG_ENOMEM;
    struct tg_node_id id;
    memcpy(id.bytes, log->id.origin.bytes, sizeof id.bytes);
    tg_key_name_format(&id, TG_KEY_ROLE_LOG, log->id.epoch, tiling->origin);
    tiling->number = log->number;
    tiling->walk = (struct tg_tiles_walk){.from = (uint64_t)size, .size = log->signed_size};
    tiling->total = tg_tiles_count((uint64_t)size, log->signed_size);
    return tg_heads_cosigned(call->node, log, &tiling->checkpoint, em);
}

/* ---- log.notes ---- */

static tg_err card_row(struct tg_call *call, const struct tg_hash *node, uint64_t serial, struct tg_view note)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "card");
    tg_put_node(&row, "node", node);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, node));
    tg_control_put_number(&row, "serial", (int64_t)serial);
    tg_control_put_view(&row, "note", note);
    return tg_control_end(&row);
}

/* Every card of that node that is held, by serial. */
static tg_err cards_rows(struct tg_call *call, const struct tg_rtxn *txn, const struct tg_hash *node)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    bool own = tg_hash_equal(node, &call->node->id), own_seen = false;
    uint64_t serial;
    struct tg_hash of;
    struct tg_view note;
    tg_err err = tg_store_scan_cards(txn, node->bytes, &scan);
    while (!err && !(err = tg_store_card_next(&scan, of.bytes, &serial, &note))) {
        own_seen = own_seen || serial == call->node->card->serial;
        err = card_row(call, node, serial, note);
    }
    if (err != TG_ENOENT) return err;
    if (!own || own_seen) return TG_OK;
    return card_row(call, node, call->node->card->serial, tg_buf_view(&call->node->card_note));
}

static tg_err receipt_note_row(struct tg_call *call, const struct tg_held_receipt *held)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "receipt");
    tg_put_node(&row, "by", &held->by);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &held->by));
    tg_control_put_number(&row, "at_ms", held->at_ms);
    tg_control_put_view(&row, "note", held->note);
    return tg_control_end(&row);
}

static tg_err notes_done(struct tg_call *call, const struct tg_held_log *log, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf checkpoint = {0};
    char origin[TG_KEY_NAME_BYTES];
    struct tg_node_id id;
    struct tg_control_out done;
    tg_err err = tg_heads_cosigned(call->node, log, &checkpoint, em);
    if (err) return err;
    memcpy(id.bytes, log->id.origin.bytes, sizeof id.bytes);
    tg_key_name_format(&id, TG_KEY_ROLE_LOG, log->id.epoch, origin);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_text(&done, "origin", origin);
    tg_control_put_text(&done, "country", tg_trust_country(call->node, &log->id.origin));
    tg_control_put_view(&done, "checkpoint", tg_buf_view(&checkpoint));
    return tg_control_end(&done);
}

/* Cards of everybody who may have signed anything about that log: its origin, and everyone who is known here. */
tg_err tg_verb_log_notes(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_held_log *log = NULL;
    struct tg_node *node = call->node;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = log_read(call, &log, em);
    if (!err) err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = cards_rows(call, txn, &log->id.origin);
    if (!err && !log->own) err = cards_rows(call, txn, &node->id);
    for (size_t i = 0; i < node->peer_count && !err; i++)
        if (!tg_hash_equal(&node->peers[i]->id, &log->id.origin))
            err = cards_rows(call, txn, &node->peers[i]->id);
    for (size_t i = 0; i < node->peer_count && !err && log->own; i++) {
        const struct tg_held_receipt *held = tg_receipts_of_epoch(node, &node->peers[i]->id, log->id.epoch);
        if (held) err = receipt_note_row(call, held);
    }
    return err ? err : notes_done(call, log, em);
}
