/* Logs as they are held: size, frontier, newest checkpoint, and what of them is ours to read.
 *
 * Memory only; written by commit.c, rebuilt from the store at start. Terms: docs/formats.md "Leaf, checkpoint".
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "node/cards.h"
#include "node/heads.h"

const uint8_t tg_recipient_everyone[TG_STORE_NODE_BYTES] = {0};

struct tg_held_log *tg_held_find(struct tg_node *node, const struct tg_log_id *id)
{
    for (size_t i = 0; i < node->log_count; i++)
        if (tg_log_id_equal(&node->logs[i]->id, id)) return node->logs[i];
    return NULL;
}

struct tg_held_log *tg_held_by_number(struct tg_node *node, uint32_t number)
{
    for (size_t i = 0; i < node->log_count; i++)
        if (node->logs[i]->numbered && node->logs[i]->number == number) return node->logs[i];
    return NULL;
}

struct tg_held_log *tg_held_ensure(struct tg_node *node, const struct tg_log_id *id)
{
    struct tg_held_log *log = tg_held_find(node, id);
    if (log) return log;
    if (node->log_count == TG_SYNC_LOGS_MAX) return NULL;
    log = calloc(1, sizeof *log);
    if (!log) return NULL;
    log->id = *id;
    log->own = tg_hash_equal(&id->origin, &node->id);
    tg_merkle_root(&log->frontier, &log->root);
    node->logs[node->log_count++] = log;
    return log;
}

struct tg_held_log *tg_held_own(struct tg_node *node)
{
    struct tg_log_id id = {.origin = node->id, .epoch = node->own_epoch};
    return tg_held_ensure(node, &id);
}

void tg_held_free(struct tg_held_log *log)
{
    tg_ranges_release(&log->bare);
    tg_ranges_release(&log->closed);
    tg_buf_release(&log->checkpoint);
    free(log->have);
    free(log->refused);
    free(log->withdrawn);
    free(log);
}

/* Room for one more of item_bytes; the array may move. */
static tg_err room(void **items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity) return TG_OK;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *moved = realloc(*items, wanted * item_bytes);
    if (!moved) return TG_ENOMEM;
    *items = moved;
    *capacity = wanted;
    return TG_OK;
}
#define ROOM(log, items) \
    room((void **)&(log)->items, (log)->items##_count, &(log)->items##_capacity, sizeof *(log)->items)

tg_err tg_held_have(struct tg_held_log *log, uint64_t index)
{
    struct tg_ranges have = {.items = log->have, .count = log->have_count, .capacity = log->have_capacity};
    tg_err err = tg_ranges_add(&have, index);
    log->have = have.items;
    log->have_count = have.count;
    log->have_capacity = have.capacity;
    return err;
}

/* "EITEM" as a receipt writes it: "eitem". */
static void refusal_code(tg_err why, char out[static TG_REFUSAL_CODE_BYTES_MAX + 1])
{
    const char *name = tg_err_name(why);
    size_t i = 0;
    for (; name[i] && i < TG_REFUSAL_CODE_BYTES_MAX; i++) out[i] = tg_ascii_lower(name[i]);
    out[i] = 0;
}

tg_err tg_held_apart(struct tg_held_log *log, uint64_t index, const char *code)
{
    size_t at = log->refused_count;
    while (at && log->refused[at - 1].index >= index) at--;
    bool there = at < log->refused_count && log->refused[at].index == index;
    if (there && strcmp(log->refused[at].code, TG_CODE_NOT_UNDERSTOOD) != 0) return TG_OK;
    tg_err err = there ? TG_OK : ROOM(log, refused);
    if (err) return err;
    if (!there) {
        memmove(log->refused + at + 1, log->refused + at, (log->refused_count - at) * sizeof *log->refused);
        log->refused_count++;
    }
    log->refused[at].index = index;
    (void)snprintf(log->refused[at].code, sizeof log->refused[at].code, "%s", code);
    log->apart_unsaved = true;
    return TG_OK;
}

tg_err tg_held_refused(struct tg_held_log *log, uint64_t index, tg_err why)
{
    char code[TG_REFUSAL_CODE_BYTES_MAX + 1];
    refusal_code(why, code);
    return tg_held_apart(log, index, code);
}

tg_err tg_held_opened(struct tg_held_log *log, uint64_t index)
{
    for (size_t i = 0; i < log->refused_count; i++) {
        if (log->refused[i].index != index) continue;
        memmove(log->refused + i, log->refused + i + 1, (log->refused_count - i - 1) * sizeof *log->refused);
        log->refused_count--;
        log->apart_unsaved = true;
        break;
    }
    return tg_ranges_remove(&log->closed, index);
}

const char *tg_held_code(const struct tg_held_log *log, uint64_t index)
{
    for (size_t i = 0; i < log->refused_count; i++)
        if (log->refused[i].index == index) return log->refused[i].code;
    return NULL;
}

static bool withdrawal_before(const struct tg_withdrawal *a, uint64_t index, uint32_t record)
{
    return a->index < index || (a->index == index && a->record < record);
}

tg_err tg_held_withdrawn(struct tg_held_log *log, uint64_t index, uint32_t record)
{
    size_t at = log->withdrawn_count;
    while (at && !withdrawal_before(&log->withdrawn[at - 1], index, record)) at--;
    bool there =
        at < log->withdrawn_count && log->withdrawn[at].index == index && log->withdrawn[at].record == record;
    if (there) return TG_OK;
    tg_err err = ROOM(log, withdrawn);
    if (err) return err;
    memmove(log->withdrawn + at + 1, log->withdrawn + at,
            (log->withdrawn_count - at) * sizeof *log->withdrawn);
    log->withdrawn[at] = (struct tg_withdrawal){.index = index, .record = record};
    log->withdrawn_count++;
    return TG_OK;
}

bool tg_held_is_withdrawn(const struct tg_held_log *log, uint64_t index, uint32_t record)
{
    for (size_t i = 0; i < log->withdrawn_count; i++)
        if (log->withdrawn[i].index == index && log->withdrawn[i].record == record) return true;
    return false;
}

static tg_err tree_read(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash)
{
    const struct tg_held_tree *tree = ctx;
    return tg_store_tree_get(tree->txn, tree->number, (uint8_t)level, index, ret_hash->bytes);
}

struct tg_merkle_reader tg_held_tree_reader(struct tg_held_tree *tree)
{
    return (struct tg_merkle_reader){.read = tree_read, .ctx = tree};
}

/* ---- loading ---- */

static void cursor_name(uint32_t number, char out[static 32])
{
    (void)snprintf(out, 32, "cursor/%u", number);
}

tg_err tg_held_cursor_put(struct tg_wtxn *txn, uint32_t number, uint64_t env_upto, uint64_t relay_upto)
{
    char name[32];
    uint8_t value[16];
    cursor_name(number, name);
    tg_be64_put(value, env_upto);
    tg_be64_put(value + 8, relay_upto);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), TG_VIEW_ARRAY(value));
}

/* "late/<log#>/<index>": the envelope came when the index could already cover its place. */
void tg_held_late_name(uint32_t number, uint64_t index, char out[static TG_LATE_NAME_BYTES])
{
    (void)snprintf(out, TG_LATE_NAME_BYTES, "late/%u/%" PRIu64, number, index);
}

bool tg_held_late_parse(struct tg_view name, uint32_t *ret_number, uint64_t *ret_index)
{
    struct tg_rd rd = tg_rd_init(name);
    struct tg_view word = tg_rd_until(&rd, '/');
    struct tg_view number = tg_rd_until(&rd, '/');
    uint64_t log = 0;
    if (rd.err || !tg_view_equal_str(word, "late") || tg_text_u64(number, UINT32_MAX, &log)) return false;
    if (tg_text_u64(tg_view_of(rd.at, rd.left), UINT64_MAX, ret_index)) return false;
    *ret_number = (uint32_t)log;
    return true;
}

static tg_err load_cursor(const struct tg_rtxn *txn, struct tg_held_log *log)
{
    char name[32];
    struct tg_view value;
    cursor_name(log->number, name);
    tg_err err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(name), &value);
    if (err == TG_ENOENT) return TG_OK;
    if (err || (value.bytes != 8 && value.bytes != 16)) return err ? err : TG_EDAMAGED;
    log->env_upto = tg_be64_get(value.data);
    if (value.bytes == 16) log->relay_upto = tg_be64_get(value.data + 8); /* older rows have none */
    return TG_OK;
}

static tg_err load_tree(const struct tg_rtxn *txn, struct tg_held_log *log)
{
    struct tg_view frontier;
    tg_err err = tg_store_frontier_get(txn, log->number, &log->size, &frontier);
    if (err == TG_ENOENT) return TG_OK;
    if (!err) err = tg_merkle_frontier_decode(frontier, &log->frontier);
    if (err || log->frontier.size != log->size) return err ? err : TG_EDAMAGED;
    tg_merkle_root(&log->frontier, &log->root);
    struct tg_store_head head;
    err = tg_store_head_get(txn, log->number, TG_HEAD_SIGNED, &head);
    if (err == TG_ENOENT) return TG_OK;
    if (err) return err;
    log->signed_size = head.size;
    return tg_buf_put_view(&log->checkpoint, head.note);
}

tg_err tg_held_closed(struct tg_held_log *log, uint64_t index, uint8_t state)
{
    bool ours = log->own && state == TG_ENTRY_SEALED;
    return ours || state == TG_ENTRY_REFUSED + TG_ESTANZA ? tg_ranges_add(&log->closed, index) : TG_OK;
}

static tg_err load_one(struct tg_held_log *log, uint64_t index, uint8_t state)
{
    tg_err err = log->own && state == TG_ENTRY_BARE ? tg_ranges_add(&log->bare, index)
                                                    : tg_held_closed(log, index, state);
    if (err) return err;
    if (state >= TG_ENTRY_REFUSED) return tg_held_refused(log, index, (tg_err)(state - TG_ENTRY_REFUSED));
    return state == TG_ENTRY_READ || state == TG_ENTRY_CONTROL ? tg_held_have(log, index) : TG_OK;
}

static tg_err load_entries(const struct tg_rtxn *txn, struct tg_held_log *log, bool early)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = early ? tg_store_scan_early(txn, log->number, 0, &scan)
                       : tg_store_scan_entries(txn, log->number, 0, &scan);
    uint64_t index;
    struct tg_store_entry entry;
    while (!err && !(err = tg_store_entry_next(&scan, &index, &entry)))
        err = load_one(log, index, entry.state);
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err load_log(struct tg_node *node, const struct tg_rtxn *txn, uint32_t number)
{
    struct tg_log_id id;
    tg_err err = tg_store_log_name(txn, number, id.origin.bytes, &id.epoch);
    struct tg_held_log *log = err ? NULL : tg_held_ensure(node, &id);
    if (!log) return err ? err : TG_ENOMEM;
    log->number = number;
    log->numbered = true;
    err = load_tree(txn, log);
    if (!err) err = load_cursor(txn, log);
    if (!err) err = load_entries(txn, log, false);
    if (!err) err = load_entries(txn, log, true);
    return err;
}

tg_err tg_held_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (err) return err;
    uint32_t count = 0;
    err = tg_store_log_count(txn, &count);
    for (uint32_t number = 0; !err && number < count; number++) err = load_log(node, txn, number);
    return err ? tg_context(em, err, "cannot read the logs of the store") : TG_OK;
}

/* ---- checkpoints ---- */

tg_err tg_heads_checkpoint_open(struct tg_node *node, const struct tg_log_id *id, struct tg_view note,
                                struct tg_checkpoint *ret_checkpoint, struct tg_errmsg *em)
{
    const struct tg_card *card = tg_trust_card(node, &id->origin);
    if (!card) return tg_fail(em, TG_EKEY, "no card is known for the origin of this checkpoint");
    struct tg_note parsed;
    struct tg_checkpoint claimed;
    tg_err err = tg_note_parse(note, &parsed, em);
    if (!err) err = tg_checkpoint_parse(parsed.text, &claimed, em);
    if (err) return err;
    const struct tg_card_key *key = tg_card_log_key(card, id->epoch, claimed.size);
    if (!key)
        return tg_fail(em, TG_EKEY, "the origin's card lists no log key for size %" PRIu64, claimed.size);
    return tg_checkpoint_open(note, &key->key, NULL, 0, ret_checkpoint, NULL, em);
}

tg_err tg_heads_sign_own(struct tg_node *node, struct tg_held_log *log, struct tg_errmsg *em)
{
    struct tg_cards_signers signers;
    tg_err err = tg_cards_signers(node, log->id.epoch, log->size ? log->size - 1 : 0, &signers, em);
    if (err) return err;
    const struct tg_card_key *key = signers.log_key;
    struct tg_checkpoint checkpoint = {.size = log->size, .root = log->root};
    memcpy(checkpoint.origin, key->key.name, sizeof checkpoint.origin);
    struct tg_buf note = {0};
    err = tg_checkpoint_sign(&checkpoint, &key->key, &signers.log, &note);
    if (err) {
        tg_buf_release(&note);
        return tg_fail(em, err, "cannot sign the head of our log: %s", tg_err_text(err));
    }
    tg_buf_release(&log->checkpoint);
    log->checkpoint = note;
    log->signed_size = log->size;
    return TG_OK;
}
