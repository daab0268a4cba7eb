/* Witnessing: cosignatures given and seen.
 *
 * Knows no link: what is to be sent goes to the sync engine as an event. Rows: docs/formats-store.md `cosig`.
 */
#include "node/witness.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "crypto/checkpoint.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/relay.h"
#include "proto/cosigned.h"

#define TEXT_BYTES 256
#define ROW_HEAD_BYTES (8 + TG_HASH_BYTES + 8)

/* The newest cosignature of one witness, and one that came before its leaves did. */
struct cosigned {
    struct tg_hash by;
    uint64_t size; /* 0: none yet */
    struct tg_hash root;
    uint64_t time; /* unix seconds */
    struct tg_buf line;
    bool stored;
    uint64_t waiting_size; /* 0: none */
    struct tg_buf waiting;
};
struct witnessed {
    struct cosigned rows[TG_CARD_WITNESSES_MAX];
    size_t count;
    uint64_t floor;   /* our own line over that size was shown to us: nothing smaller is cosigned */
    uint64_t refused; /* the head of that size does not extend what we cosigned */
    int64_t cosigned_us, shown_us; /* 0: never */
    bool stale, unsaved;
};
struct tg_witness {
    struct witnessed *logs[TG_SYNC_LOGS_MAX]; /* by place in node->logs; made on first use */
    int64_t started_us, next_us, stale_us;    /* when next to write, and to look for stale logs */
    char text[TEXT_BYTES], missing[TEXT_BYTES];
};

tg_err tg_witness_new(struct tg_node *node)
{
    node->witness = calloc(1, sizeof *node->witness);
    if (!node->witness) return TG_ENOMEM;
    node->witness->started_us = tg_clock_mono_us(node->clock);
    return TG_OK;
}

void tg_witness_free(struct tg_node *node)
{
    for (size_t i = 0; node->witness && i < TG_SYNC_LOGS_MAX; i++) {
        struct witnessed *witnessed = node->witness->logs[i];
        for (size_t k = 0; witnessed && k < witnessed->count; k++) {
            tg_buf_release(&witnessed->rows[k].line);
            tg_buf_release(&witnessed->rows[k].waiting);
        }
        free(witnessed);
    }
    free(node->witness);
    node->witness = NULL;
}

/* NULL: out of memory. */
static struct witnessed *witnessed_of(struct tg_node *node, const struct tg_held_log *log)
{
    size_t at = 0;
    while (node->logs[at] != log) at++;
    struct witnessed **place = &node->witness->logs[at];
    if (!*place) *place = calloc(1, sizeof **place);
    return *place;
}

static struct cosigned *row_find(struct witnessed *witnessed, const struct tg_hash *by)
{
    for (size_t i = 0; i < witnessed->count; i++)
        if (tg_hash_equal(&witnessed->rows[i].by, by)) return &witnessed->rows[i];
    return NULL;
}

static bool lists(const struct tg_card *card, const struct tg_hash *id)
{
    for (size_t i = 0; card && i < card->witness_count; i++)
        if (memcmp(card->witnesses[i].bytes, id->bytes, sizeof id->bytes) == 0) return true;
    return false;
}

/* Of a witness that the card no longer lists, the place is given to the next. */
static struct cosigned *row_make(struct witnessed *witnessed, const struct tg_card *card,
                                 const struct tg_hash *by)
{
    struct cosigned *row = row_find(witnessed, by);
    if (row) return row;
    for (size_t i = 0; !row && i < witnessed->count; i++)
        if (!lists(card, &witnessed->rows[i].by)) row = &witnessed->rows[i];
    if (!row && witnessed->count == TG_CARD_WITNESSES_MAX) return NULL;
    if (!row) row = &witnessed->rows[witnessed->count++];
    tg_buf_release(&row->line);
    tg_buf_release(&row->waiting);
    *row = (struct cosigned){.by = *by};
    return row;
}

static void checkpoint_of(const struct tg_log_id *id, uint64_t size, const struct tg_hash *root,
                          struct tg_checkpoint *ret_checkpoint)
{
    struct tg_node_id origin;
    memcpy(origin.bytes, id->origin.bytes, sizeof origin.bytes);
    *ret_checkpoint = (struct tg_checkpoint){.size = size, .root = *root};
    tg_key_name_format(&origin, TG_KEY_ROLE_LOG, id->epoch, ret_checkpoint->origin);
}

/* ---- lines ---- */

/* The key of the witness that the line names; NULL when it is none of the log's, or its card is not known here. */
static const struct tg_note_key *line_key(struct tg_node *node, const struct tg_card *card,
                                          const struct tg_note_line *line, struct tg_hash *ret_by)
{
    for (size_t i = 0; card && i < card->witness_count; i++) {
        memcpy(ret_by->bytes, card->witnesses[i].bytes, sizeof ret_by->bytes);
        const struct tg_card *witness = tg_trust_card(node, ret_by);
        if (witness && witness->clock.id == line->id && tg_view_equal_str(line->name, witness->clock.name))
            return &witness->clock;
    }
    return NULL;
}

static struct tg_view line_text(const struct tg_note_line *line)
{
    const size_t dash_bytes = 4; /* em dash, space */
    return tg_view_of(line->name.data - dash_bytes,
                      dash_bytes + line->name.bytes + 1 + line->base64.bytes + 1);
}

static bool is_ahead(struct tg_node *node, uint64_t time)
{
#ifndef TG_CONTROL_NO_AHEAD
    int64_t latest_ms = tg_clock_wall_ms(node->clock) + TG_COSIGN_AHEAD_MS_MAX;
    return time > (uint64_t)(latest_ms > 0 ? latest_ms : 0) / 1000;
#else
    (void)node, (void)time;
    return false;
#endif
}

/* That one line, and when it was signed. */
static tg_err line_verify(struct tg_node *node, const struct tg_note *note, const struct tg_note_line *line,
                          const struct tg_note_key *key, uint64_t *ret_time, struct tg_errmsg *em)
{
    struct tg_note one = {.text = note->text, .line_count = 1};
    struct tg_note_seen seen = {.time = 0};
    one.lines[0] = *line;
    tg_err err = tg_note_verify(&one, key, 1, &seen, em);
#ifdef TG_CONTROL_NO_FAILED_LINE
    if (err == TG_ESIGNATURE) err = TG_OK;
#endif
    if (!err && is_ahead(node, seen.time))
        err = tg_fail(em, TG_EVALUE, "a cosignature of '%s' is dated in the future", key->name);
    *ret_time = err ? 0 : seen.time;
    return err;
}

static tg_err root_held(struct tg_node *node, const struct tg_held_log *log, uint64_t size,
                        struct tg_hash *ret_root)
{
    if (!log || !log->numbered || size > log->size) return TG_EPOSITION;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (err) return err;
    struct tg_held_tree tree = {.txn = txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    return tg_merkle_root_read(&reader, size, ret_root);
}

static bool is_kept(struct witnessed *witnessed, const struct tg_hash *by, uint64_t size, struct tg_view line)
{
    const struct cosigned *row = witnessed ? row_find(witnessed, by) : NULL;
    return row && row->size == size && tg_view_equal(tg_buf_view(&row->line), line);
}

tg_err tg_witness_check(struct tg_node *node, const struct tg_log_id *id, uint64_t size,
                        const struct tg_hash *root, struct tg_view lines, struct tg_errmsg *em)
{
    const struct tg_held_log *log = tg_held_find(node, id);
    const struct tg_card *card = tg_trust_card(node, &id->origin);
    struct witnessed *witnessed = log ? witnessed_of(node, log) : NULL;
    TG_AUTO(tg_buf) struct tg_buf storage = {0};
    struct tg_note note;
    struct tg_checkpoint checkpoint;
    struct tg_hash held, by;
    tg_err err = TG_OK;
    if (!root) err = root_held(node, log, size, &held);
    if (err) return err;
    checkpoint_of(id, size, root ? root : &held, &checkpoint);
    err = tg_checkpoint_lines_parse(&checkpoint, lines, &storage, &note, em);
    for (size_t i = 0; !err && i < note.line_count; i++) {
        uint64_t time;
        const struct tg_note_key *key = line_key(node, card, &note.lines[i], &by);
        if (!key || is_kept(witnessed, &by, size, line_text(&note.lines[i]))) continue;
        err = line_verify(node, &note, &note.lines[i], key, &time, em);
    }
    return err;
}

/* ---- what comes in ---- */

static tg_err line_set(struct tg_buf *buf, struct tg_view line)
{
    tg_buf_clear(buf);
    return tg_buf_put_view(buf, line);
}

static bool is_newer(struct tg_node *node, const struct cosigned *row, uint64_t size, uint64_t time)
{
    if (size != row->size) return size > row->size;
    /* Its clock was ahead, and has been set back since. */
    return time > row->time || is_ahead(node, row->time);
}

static tg_err row_take(struct tg_node *node, struct witnessed *witnessed, const struct tg_card *card,
                       const struct cosigned *fresh, struct tg_view line)
{
    struct cosigned *row = row_make(witnessed, card, &fresh->by);
    if (!row || !is_newer(node, row, fresh->size, fresh->time)) return TG_OK;
    tg_err err = line_set(&row->line, line);
    if (err) return err;
    row->size = fresh->size;
    row->root = fresh->root;
    row->time = fresh->time;
    row->stored = false;
    witnessed->unsaved = true;
    return TG_OK;
}

static tg_err line_wait(struct witnessed *witnessed, const struct tg_card *card, const struct tg_hash *by,
                        uint64_t size, struct tg_view line)
{
    struct cosigned *row = row_make(witnessed, card, by);
    if (!row) return TG_OK;
    row->waiting_size = size;
    return line_set(&row->waiting, line);
}

static tg_err line_take(struct tg_node *node, struct tg_held_log *log, struct witnessed *witnessed,
                        const struct tg_checkpoint *checkpoint, const struct tg_note *note,
                        const struct tg_note_line *line)
{
    const struct tg_card *card = tg_trust_card(node, &log->id.origin);
    struct cosigned fresh = {.size = checkpoint->size, .root = checkpoint->root};
    const struct tg_note_key *key = line_key(node, card, line, &fresh.by);
    if (!key || is_kept(witnessed, &fresh.by, fresh.size, line_text(line))) return TG_OK;
    if (line_verify(node, note, line, key, &fresh.time, NULL))
        return TG_OK; /* counted where it was checked */
    bool ours = tg_hash_equal(&fresh.by, &node->id), above = fresh.size > log->size;
    if (ours && fresh.size > witnessed->floor) witnessed->floor = fresh.size;
    if (above) return line_wait(witnessed, card, &fresh.by, fresh.size, line_text(line));
    return ours ? TG_OK : row_take(node, witnessed, card, &fresh, line_text(line));
}

tg_err tg_witness_take(struct tg_node *node, const struct tg_log_id *id, uint64_t size,
                       const struct tg_hash *root, struct tg_view lines)
{
    struct tg_held_log *log = tg_held_ensure(node, id);
    struct witnessed *witnessed = log ? witnessed_of(node, log) : NULL;
    TG_AUTO(tg_buf) struct tg_buf storage = {0};
    struct tg_note note;
    struct tg_checkpoint checkpoint;
    struct tg_hash held = {.bytes = {0}}, by;
    if (!witnessed) return log ? TG_ENOMEM : TG_OK;
    bool blind = !root && root_held(node, log, size, &held) != TG_OK;
    checkpoint_of(id, size, root ? root : &held, &checkpoint);
    tg_err err = tg_checkpoint_lines_parse(&checkpoint, lines, &storage, &note, NULL);
    if (err) return err == TG_ENOMEM ? err : TG_OK;
    for (size_t i = 0; !err && i < note.line_count; i++) {
        const struct tg_card *card = tg_trust_card(node, &id->origin);
        if (!blind)
            err = line_take(node, log, witnessed, &checkpoint, &note, &note.lines[i]);
        else if (line_key(node, card, &note.lines[i], &by))
            err = line_wait(witnessed, card, &by, size, line_text(&note.lines[i]));
    }
    return err;
}

/* The leaves that a line waited for are here. */
static tg_err waiting_apply(struct tg_node *node, struct tg_held_log *log, struct witnessed *witnessed)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < witnessed->count; i++) {
        struct cosigned *row = &witnessed->rows[i];
        if (!row->waiting_size || row->waiting_size > log->size) continue;
        uint64_t size = row->waiting_size;
        struct tg_buf line = row->waiting;
        row->waiting = (struct tg_buf){0};
        row->waiting_size = 0;
        err = tg_witness_take(node, &log->id, size, NULL, tg_buf_view(&line));
        tg_buf_release(&line);
    }
    return err;
}

void tg_witness_shown(struct tg_node *node, const struct tg_hash *peer, const struct tg_log_id *id,
                      uint64_t size)
{
    struct tg_held_log *log = tg_held_find(node, id);
    if (!log || size != log->signed_size || !tg_hash_equal(peer, &id->origin)) return;
    struct witnessed *witnessed = witnessed_of(node, log);
    if (witnessed) witnessed->shown_us = tg_clock_mono_us(node->clock);
}

tg_err tg_witness_lines(struct tg_node *node, const struct tg_log_id *id, uint64_t size, struct tg_buf *out)
{
    const struct tg_held_log *log = tg_held_find(node, id);
    const struct tg_card *card = tg_trust_card(node, &id->origin);
    struct witnessed *witnessed = log ? witnessed_of(node, log) : NULL;
    tg_err err = TG_OK;
    for (size_t i = 0; witnessed && !err && i < witnessed->count; i++) {
        const struct cosigned *row = &witnessed->rows[i];
        if (row->stored && row->size == size && lists(card, &row->by))
            err = tg_buf_put_view(out, tg_buf_view(&row->line));
    }
    return err;
}

/* ---- rows ---- */

static tg_err row_put(struct tg_wtxn *txn, uint32_t number, const struct cosigned *row)
{
    uint8_t head[ROW_HEAD_BYTES];
    TG_AUTO(tg_buf) struct tg_buf value = {0};
    tg_be64_put(head, row->size);
    memcpy(head + 8, row->root.bytes, TG_HASH_BYTES);
    tg_be64_put(head + 8 + TG_HASH_BYTES, row->time);
    tg_err err = tg_buf_put(&value, head, sizeof head);
    if (!err) err = tg_buf_put_view(&value, tg_buf_view(&row->line));
    return err ? err : tg_store_by_put(txn, TG_BY_COSIG, number, row->by.bytes, tg_buf_view(&value));
}

/* line may be NULL. */
static tg_err row_parse(struct tg_view value, struct cosigned *ret_row, struct tg_view *ret_line)
{
    struct tg_rd rd = tg_rd_init(value);
    ret_row->size = tg_rd_u64(&rd);
    tg_rd_copy(&rd, ret_row->root.bytes, sizeof ret_row->root.bytes);
    ret_row->time = tg_rd_u64(&rd);
    if (rd.err) return TG_EDAMAGED;
    if (ret_line) *ret_line = tg_view_of(rd.at, rd.left);
    return TG_OK;
}

static tg_err log_load(struct tg_node *node, const struct tg_rtxn *txn, struct tg_held_log *log)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    const struct tg_card *card = tg_trust_card(node, &log->id.origin);
    struct tg_hash by;
    struct tg_view value, line;
    tg_err err = tg_store_scan_by(txn, TG_BY_COSIG, log->number, &scan);
    while (!err && !(err = tg_store_by_next(&scan, by.bytes, &value))) {
        if (!lists(card, &by)) continue;
        struct witnessed *witnessed = witnessed_of(node, log);
        struct cosigned *row = witnessed ? row_make(witnessed, card, &by) : NULL;
        if (!row) return TG_ENOMEM;
        err = row_parse(value, row, &line);
        if (!err) err = line_set(&row->line, line);
        row->stored = true;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_witness_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    for (size_t i = 0; !err && i < node->log_count; i++)
        if (node->logs[i]->numbered) err = log_load(node, txn, node->logs[i]);
    return err ? tg_context(em, err, "cannot read the cosignatures of the store") : TG_OK;
}

/* ---- cosigning ---- */

/* One cosignature that is due. */
struct due {
    struct tg_held_log *log;
    struct tg_checkpoint checkpoint;
    struct cosigned row;
    tg_err result;
};
struct dues {
    struct tg_node *node;
    struct due *items;
    size_t count;
};

/* Our last state of that log, as it is stored; size 0: none. */
static tg_err last_read(const struct tg_rtxn *txn, const struct due *due, struct tg_checkpoint *ret_last)
{
    struct tg_view value;
    struct cosigned last = {.size = 0};
    tg_err err = tg_store_by_get(txn, TG_BY_COSIG, due->log->number, due->row.by.bytes, &value);
    if (!err) err = row_parse(value, &last, NULL);
    *ret_last = (struct tg_checkpoint){.size = last.size, .root = last.root};
    memcpy(ret_last->origin, due->checkpoint.origin, sizeof ret_last->origin);
    return err == TG_ENOENT ? TG_OK : err;
}

/* Compare with what we cosigned last, and store, in one transaction: a crash, or a second look at the same head, can
 * never make us sign what does not extend it. */
static tg_err compare_and_store(struct tg_wtxn *txn, struct due *due)
{
    const struct tg_rtxn *reading = tg_wtxn_read(txn);
    struct tg_held_tree tree = {.txn = reading, .number = due->log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    struct tg_merkle_proof proof = {0};
    struct tg_checkpoint last;
    tg_err err = last_read(reading, due, &last);
    if (!err && last.size && last.size < due->checkpoint.size)
        err = tg_merkle_consistency(&reader, last.size, due->checkpoint.size, &proof);
    if (err) return err;
#ifndef TG_CONTROL_NO_SUCCESSOR
    due->result = tg_checkpoint_successor(&last, &due->checkpoint, &proof, NULL);
#endif
#ifndef TG_CONTROL_NO_COSIGN_STORE
    if (!due->result) err = row_put(txn, due->log->number, &due->row);
#endif
    return err;
}

static tg_err work_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    struct dues *dues = ctx;
    struct tg_node *node = dues->node;
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < dues->count; i++) {
        dues->items[i].result = TG_OK;
        err = compare_and_store(txn, &dues->items[i]);
    }
    for (size_t i = 0; !err && i < node->log_count; i++) {
        const struct witnessed *witnessed = node->witness->logs[i];
        for (size_t k = 0; !err && witnessed && node->logs[i]->numbered && k < witnessed->count; k++)
            if (witnessed->rows[k].size && !witnessed->rows[k].stored)
                err = row_put(txn, node->logs[i]->number, &witnessed->rows[k]);
    }
    return err ? tg_fail(em, err, "cannot write cosignatures: %s", tg_err_text(err)) : TG_OK;
}

static bool is_due(struct tg_node *node, const struct tg_held_log *log, struct witnessed *witnessed,
                   int64_t now_us)
{
    if (log->own || !log->numbered || !log->signed_size || log->signed_size < witnessed->floor) return false;
    if (log->signed_size == witnessed->refused) return false;
    if (witnessed->cosigned_us && now_us - witnessed->cosigned_us < TG_WITNESS_CHANGE_US) return false;
    if (!lists(tg_trust_card(node, &log->id.origin), &node->id)) return false;
    if (tg_forks_frozen(node, &log->id.origin)) return false;
    const struct cosigned *own = row_find(witnessed, &node->id);
    if (!own || log->signed_size > own->size) return true;
#ifdef TG_CONTROL_NO_SUCCESSOR
    if (log->signed_size < own->size) return true;
#endif
    bool rested = !witnessed->cosigned_us || now_us - witnessed->cosigned_us >= TG_WITNESS_AGAIN_US;
    return log->signed_size == own->size && rested && witnessed->shown_us > witnessed->cosigned_us;
}

/* The head that is held, with our line below it; nothing has left yet. */
static tg_err due_make(struct tg_node *node, struct tg_held_log *log, struct due *due)
{
    *due = (struct due){.log = log, .row = {.by = node->id}};
    tg_err err =
        tg_heads_checkpoint_open(node, &log->id, tg_buf_view(&log->checkpoint), &due->checkpoint, NULL);
    struct tg_hash held;
    if (!err) err = root_held(node, log, due->checkpoint.size, &held);
    if (!err && !tg_hash_equal(&held, &due->checkpoint.root)) err = TG_EROOT;
    if (err) return err;
    int64_t now_ms = tg_clock_wall_ms(node->clock);
    due->row.size = due->checkpoint.size;
    due->row.root = due->checkpoint.root;
    due->row.time = (uint64_t)(now_ms > 0 ? now_ms : 0) / 1000;
    struct tg_signer signer = tg_vault_signer(node->vault, TG_VAULT_KEY_CLOCK);
    return tg_checkpoint_cosign(&due->checkpoint, &node->card->clock, due->row.time, &signer, &due->row.line);
}

/* It is durable: into memory, and out to the partners. */
static tg_err due_done(struct tg_node *node, struct due *due, int64_t now_us)
{
    struct witnessed *witnessed = witnessed_of(node, due->log);
    witnessed->cosigned_us = now_us;
    if (due->result) {
        witnessed->refused = due->checkpoint.size;
        tg_event(node->events, TG_EV_COSIGN_REFUSED, TG_F_NODE("origin", &due->log->id.origin),
                 TG_F_NUM("size", due->checkpoint.size), TG_F_TEXT("why", tg_err_text(due->result)));
        return TG_OK;
    }
    struct cosigned *row = row_make(witnessed, tg_trust_card(node, &due->log->id.origin), &node->id);
    if (!row) return TG_OK;
    tg_buf_release(&row->line);
    tg_buf_release(&row->waiting);
    *row = due->row;
    row->stored = true;
    due->row.line = (struct tg_buf){0};
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_COSIGNED);
    event.log = due->log->id;
    event.index = row->size;
    event.message = tg_buf_view(&row->line);
    return tg_engine_event(node, &event);
}

/* What others gave is durable too; the origin shows it to everybody, and so does who carries for it: some may be linked
 * to nobody else. */
static tg_err rows_saved(struct tg_node *node, struct tg_held_log *log, struct witnessed *witnessed)
{
    if (!witnessed->unsaved || !log->numbered) return TG_OK;
    witnessed->unsaved = false;
    for (size_t k = 0; k < witnessed->count; k++) witnessed->rows[k].stored = true;
    if (!log->own && !tg_relay_is(node, &log->id.origin, &node->id)) return TG_OK;
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_COSIGNED);
    event.log = log->id;
    return tg_engine_event(node, &event);
}

static tg_err dues_write(struct dues *dues, int64_t now_us, struct tg_errmsg *em)
{
    struct tg_node *node = dues->node;
    tg_err err = tg_store_write(node->store, work_txn, dues, em);
    if (err == TG_ESPACE) return TG_OK; /* tried again when there is room */
    for (size_t i = 0; !err && i < dues->count; i++) err = due_done(node, &dues->items[i], now_us);
    for (size_t i = 0; !err && i < node->log_count; i++)
        if (node->witness->logs[i]) err = rows_saved(node, node->logs[i], node->witness->logs[i]);
    return err;
}

/* ---- freshness ---- */

static uint64_t newest_time(const struct tg_card *card, const struct witnessed *witnessed)
{
    uint64_t newest = 0;
    for (size_t i = 0; witnessed && i < witnessed->count; i++)
        if (lists(card, &witnessed->rows[i].by) && witnessed->rows[i].time > newest)
            newest = witnessed->rows[i].time;
    return newest;
}

/* Who has just started has to hear first. */
static bool is_stale(struct tg_node *node, const struct tg_held_log *log, const struct witnessed *witnessed)
{
    const struct tg_card *card = tg_trust_card(node, &log->id.origin);
    int64_t up_us = tg_clock_mono_us(node->clock) - node->witness->started_us;
    if (tg_epochs_end(node, &log->id)) return false; /* it goes on as another one */
    if (!card || !card->witness_count || !log->size || up_us < (int64_t)TG_WITNESS_STALE_MS * 1000)
        return false;
    int64_t newest_ms = (int64_t)newest_time(card, witnessed) * 1000;
    return tg_clock_wall_ms(node->clock) - newest_ms > TG_WITNESS_STALE_MS;
}

static void stale_look(struct tg_node *node, const struct tg_held_log *log, struct witnessed *witnessed)
{
    bool stale = is_stale(node, log, witnessed);
    if (stale == witnessed->stale) return;
    witnessed->stale = stale;
    tg_event(node->events, stale ? TG_EV_LOG_STALE : TG_EV_LOG_FRESH, TG_F_NODE("origin", &log->id.origin),
             TG_F_NUM("size", log->size));
}

tg_err tg_witness_work(struct tg_node *node, struct tg_errmsg *em)
{
    int64_t now_us = tg_clock_mono_us(node->clock);
    if (now_us < node->witness->next_us) return TG_OK;
    bool look = now_us >= node->witness->stale_us;
    if (look) node->witness->stale_us = now_us + TG_WITNESS_LOOK_US;
    struct dues dues = {.node = node, .items = calloc(node->log_count + 1, sizeof *dues.items)};
    bool unsaved = false;
    tg_err err = dues.items ? TG_OK : TG_ENOMEM;
    for (size_t i = 0; !err && i < node->log_count; i++) {
        struct tg_held_log *log = node->logs[i];
        struct witnessed *witnessed = witnessed_of(node, log);
        if (!witnessed) err = TG_ENOMEM;
        if (!err) err = waiting_apply(node, log, witnessed);
        if (err) break;
        if (look) stale_look(node, log, witnessed);
        unsaved |= witnessed->unsaved && log->numbered;
        struct due *due = &dues.items[dues.count];
        if (is_due(node, log, witnessed, now_us) && !due_make(node, log, due)) dues.count++;
    }
    if (!err && (dues.count || unsaved)) {
        node->witness->next_us = now_us + TG_WITNESS_STORE_US;
        err = dues_write(&dues, now_us, em);
    }
    for (size_t i = 0; dues.items && i < dues.count; i++) tg_buf_release(&dues.items[i].row.line);
    free(dues.items);
    return err;
}

/* ---- how a place stands ---- */

static void missing_add(struct tg_node *node, const struct tg_hash *id)
{
    char *out = node->witness->missing;
    size_t at = strlen(out);
    (void)snprintf(out + at, TEXT_BYTES - at, "%s%s", at ? ", " : "", tg_trust_country(node, id));
}

struct tg_witness_view tg_witness_view(struct tg_node *node, const struct tg_held_log *log, uint64_t size)
{
    const struct tg_card *card = tg_trust_card(node, &log->id.origin);
    struct witnessed *witnessed = witnessed_of(node, log);
    struct tg_witness_view view = {.witnesses = card ? card->witness_count : 0};
    node->witness->missing[0] = 0;
    for (size_t i = 0; i < view.witnesses; i++) {
        struct tg_hash id;
        memcpy(id.bytes, card->witnesses[i].bytes, sizeof id.bytes);
        const struct cosigned *row = witnessed ? row_find(witnessed, &id) : NULL;
        if (row && row->stored && row->size >= size)
            view.cosigned++;
        else
            missing_add(node, &id);
    }
    view.excluded = view.witnesses >= TG_WITNESS_EXCLUDE_MIN;
    view.needed = tg_witnesses_needed(view.witnesses);
    view.missing = node->witness->missing;
    view.newest_ms = (int64_t)newest_time(card, witnessed) * 1000;
    view.stale = is_stale(node, log, witnessed);
    bool settled = view.witnesses && view.cosigned >= view.needed;
    view.state = size > log->signed_size ? "local" : settled ? "settled" : "published";
    return view;
}

const char *tg_witness_text(struct tg_node *node, const struct tg_held_log *log, uint64_t size, bool brief)
{
    struct tg_witness_view view = tg_witness_view(node, log, size);
    char *out = node->witness->text;
    size_t at = (size_t)snprintf(out, TEXT_BYTES, "%s", view.state);
    if (!view.witnesses) {
        (void)snprintf(out + at, TEXT_BYTES - at, ", no witnesses");
        return out;
    }
    at += (size_t)snprintf(out + at, TEXT_BYTES - at, ", %zu of %zu%s", view.cosigned, view.witnesses,
                           brief ? "" : " witnesses");
    if (view.missing[0]) {
        int bytes = snprintf(out + at, TEXT_BYTES - at, ", not %.100s", view.missing);
        at += (size_t)(bytes > 0 ? bytes : 0);
    }
    if (!brief && !view.excluded && strcmp(view.state, "settled") == 0)
        (void)snprintf(out + at, TEXT_BYTES - at, " (equivocation detected, not excluded)");
    return out;
}
