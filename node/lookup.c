/* From a number of the index to the record itself, and from what a person typed to a number.
 *
 * Opens one item of one batch, never the others. Refs: docs/control.md.
 */
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "base/cursor.h"
#include "base/text.h"
#include "node/heads.h"

#define AUDIENCE_ITEM 0 /* proto/envelope.h "Item 1..record_count (0: the audience block)" */

tg_err tg_lookup_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                        uint64_t *ret_recnos, size_t max, size_t *ret_count, struct tg_errmsg *em)
{
    struct tg_token token;
    tg_indexer_token2(node, type, a, b, &token);
    return tg_index_lookup(node->store, token.bytes, ret_recnos, max, ret_count, em);
}

tg_err tg_lookup_token(struct tg_node *node, uint8_t type, struct tg_view form, uint64_t *ret_recnos,
                       size_t max, size_t *ret_count, struct tg_errmsg *em)
{
    return tg_lookup_token2(node, type, form, tg_view_of(NULL, 0), ret_recnos, max, ret_count, em);
}

/* Where the parts of a stored envelope are: behind its leaf, or early. */
static tg_err entry_of(const struct tg_rtxn *txn, const struct tg_held_log *log, uint64_t index,
                       struct tg_store_entry *ret_entry)
{
    tg_err err = tg_store_entry_get(txn, log->number, index, ret_entry);
    if (err == TG_ENOENT || (!err && !ret_entry->has_envelope)) {
        tg_err early = tg_store_early_get(txn, log->number, index, ret_entry);
        if (!early) return TG_OK;
        return err ? err : TG_ENOENT;
    }
    return err;
}

tg_err tg_lookup_key_begin(struct tg_buf *out, int64_t stored_ms)
{
    uint8_t time[8];
    tg_be64_put(time, (uint64_t)stored_ms);
    return tg_buf_put(out, time, sizeof time);
}

tg_err tg_lookup_key(const struct tg_rtxn *txn, uint32_t number, uint64_t index, int64_t *ret_stored_ms,
                     struct tg_view *ret_wrapped)
{
    struct tg_view value;
    tg_err err = tg_store_place_get(txn, TG_PLACE_CKEY, number, index, &value);
    if (err || value.bytes < 8) return err ? err : TG_EDAMAGED;
    *ret_stored_ms = (int64_t)tg_be64_get(value.data);
    *ret_wrapped = tg_view_of(value.data + 8, value.bytes - 8);
    return TG_OK;
}

tg_err tg_lookup_batch_begin(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                             struct tg_lookup_batch *batch, struct tg_errmsg *em)
{
    *batch = (struct tg_lookup_batch){.log = log, .index = index};
    tg_err err = tg_store_read_begin(node->store, &batch->txn, em);
    if (err) return err;
    struct tg_store_entry entry;
    struct tg_view body = {0}, wrapped = {0};
    err = entry_of(batch->txn, log, index, &entry);
    if (!err) err = tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &batch->manifest, em);
    if (!err && batch->manifest.control) err = tg_fail(em, TG_ENOENT, "it is a control entry");
    if (!err) err = tg_store_place_get(batch->txn, TG_PLACE_BODY, log->number, index, &body);
    if (!err) err = tg_lookup_key(batch->txn, log->number, index, &batch->stored_ms, &wrapped);
    if (!err) memcpy(batch->leaf, entry.leaf, sizeof batch->leaf);
    if (!err) memcpy(batch->signature, entry.signature, sizeof batch->signature);
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    if (!err) err = tg_vault_unwrap(node->vault, &batch->manifest.where, wrapped, &keymat);
    if (!err) err = tg_opener_init(&batch->opener, &keymat, &batch->manifest, body);
    if (!err) batch->open = true;
    if (err) tg_lookup_batch_end(batch);
    return err ? tg_context(em, err, "cannot open envelope %s-%" PRIu64,
                            tg_trust_country(node, &log->id.origin), index)
               : TG_OK;
}

void tg_lookup_batch_end(struct tg_lookup_batch *batch)
{
    if (batch->open) tg_opener_release(&batch->opener);
    if (batch->txn) tg_store_read_end(batch->txn);
    batch->open = false;
    batch->txn = NULL;
}

tg_err tg_lookup_control(const struct tg_rtxn *txn, uint32_t number, uint64_t index, struct tg_arena *arena,
                         struct tg_envelope *ret_envelope, struct tg_batch *ret_batch)
{
    struct tg_store_entry entry;
    struct tg_view body;
    tg_err err = tg_store_entry_get(txn, number, index, &entry);
    if (!err && entry.state != TG_ENTRY_CONTROL) err = TG_ENOENT;
    if (!err) err = tg_store_place_get(txn, TG_PLACE_BODY, number, index, &body);
    uint8_t *head = err ? NULL : tg_arena_take(arena, TG_HEAD_BYTES);
    if (!head) return err ? err : TG_ENOMEM;
    memcpy(head, entry.manifest, TG_MANIFEST_BYTES);
    memcpy(head + TG_MANIFEST_BYTES, entry.signature, TG_SIGNATURE_BYTES);
    err = tg_envelope_join(tg_view_of(head, TG_HEAD_BYTES), entry.stanzas, body, ret_envelope, NULL);
    return err ? err : tg_envelope_open_control(ret_envelope, arena, ret_batch, NULL);
}

tg_err tg_lookup_each(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                      tg_err (*each)(struct tg_node *node, const struct tg_placed *placed,
                                     struct tg_view bytes, struct tg_errmsg *em),
                      struct tg_errmsg *em)
{
    struct tg_lookup_batch batch;
    tg_err err = tg_lookup_batch_begin(node, log, index, &batch, em);
    if (err == TG_ENOENT && batch.manifest.control) return TG_OK;
    if (err) return err;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_BODY_BYTES_MAX * 2u);
    uint32_t count = batch.manifest.record_count;
    uint64_t created = batch.manifest.created;
    struct tg_view *items = tg_arena_take_array(&arena, count, sizeof *items);
    if (!items) err = TG_ENOMEM;
    for (uint32_t item = 1; !err && item <= count; item++) {
        err = tg_lookup_item(&batch, item, &arena, &items[item - 1], NULL);
        if (err == TG_EWITHDRAWN) err = TG_OK; /* stays an empty view */
    }
    tg_lookup_batch_end(&batch);
    for (uint32_t item = 1; !err && item <= count; item++) {
        struct tg_placed placed = {.log = log, .index = index, .item = item, .of = count, .created = created};
        if (items[item - 1].data) err = each(node, &placed, items[item - 1], em);
    }
    return err;
}

tg_err tg_lookup_item(struct tg_lookup_batch *batch, uint32_t item, struct tg_arena *arena,
                      struct tg_view *ret_bytes, uint8_t *ret_salt)
{
    size_t bytes = 0;
    tg_err err = tg_opener_item_bytes(&batch->opener, item, &bytes);
    uint8_t *plain = err ? NULL : tg_arena_take(arena, bytes);
    if (!plain) return err ? err : TG_ENOMEM;
    err = tg_opener_item(&batch->opener, item, plain, ret_salt);
    if (!err) *ret_bytes = tg_view_of(plain, bytes);
    return err;
}

tg_err tg_lookup_audience(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                          struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                          struct tg_errmsg *em)
{
    struct tg_lookup_batch batch;
    uint8_t plain[2 + TG_AUDIENCE_MAX * TG_HASH_BYTES];
    size_t bytes = 0;
    tg_err err = tg_lookup_batch_begin(node, log, index, &batch, em);
    if (err) return err;
    err = tg_opener_item_bytes(&batch.opener, AUDIENCE_ITEM, &bytes);
    if (!err && bytes > sizeof plain) err = TG_ELIMIT;
    if (!err) err = tg_opener_item(&batch.opener, AUDIENCE_ITEM, plain, NULL);
    tg_lookup_batch_end(&batch);
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, bytes));
    size_t count = err ? 0 : tg_rd_u16(&rd);
    if (count > TG_AUDIENCE_MAX) return TG_ELIMIT;
    for (size_t i = 0; i < count; i++) tg_rd_copy(&rd, ret_ids[i].bytes, TG_HASH_BYTES);
    if (!err && tg_rd_end(&rd)) err = TG_EDAMAGED;
    if (!err) *ret_count = count;
    return err ? tg_context(em, err, "cannot read who an envelope is addressed to") : TG_OK;
}

static const char *state_of(struct tg_node *node, const struct tg_found *found)
{
    if (found->rec.flags & TG_REC_SUPERSEDED) return "superseded";
    bool expired = found->rec.expiry != TG_INDEX_NO_TIME && found->rec.expiry < tg_clock_wall_ms(node->clock);
    if (expired) return "expired";
    return found->rec.index >= found->log->size ? "early" : "live";
}

tg_err tg_lookup_open(struct tg_node *node, uint64_t recno, struct tg_arena *arena,
                      struct tg_found *ret_found, struct tg_errmsg *em)
{
    struct tg_found found = {.recno = recno};
    tg_err err = tg_index_get(node->store, recno, &found.rec, em);
    if (err) return err;
    found.log = tg_held_by_number(node, found.rec.log);
    if (!found.log)
        return tg_fail(em, TG_EDAMAGED,
                       "the index names a log that the store does not hold; run 'tamga reindex'");
    struct tg_lookup_batch batch;
    err = tg_lookup_batch_begin(node, found.log, found.rec.index, &batch, em);
    if (err) return err;
    struct tg_view bytes;
    found.manifest = batch.manifest;
    found.stored_ms = batch.stored_ms;
    err = tg_lookup_item(&batch, found.rec.n, arena, &bytes, NULL);
    if (!err) err = tg_record_decode(bytes, arena, &found.record, em);
    tg_lookup_batch_end(&batch);
    if (err) return err == TG_EWITHDRAWN ? err : tg_context(em, err, "cannot open a record");
    found.state = state_of(node, &found);
    *ret_found = found;
    return TG_OK;
}

void tg_lookup_place_text(struct tg_node *node, const struct tg_log_id *log, uint64_t index, uint32_t item,
                          uint32_t of, char out[static TG_REF_TEXT_BYTES])
{
    char epoch[16] = "", number[16] = "";
    if (log->epoch) (void)snprintf(epoch, sizeof epoch, ".%u", log->epoch);
    if (of > 1 || item > 1) (void)snprintf(number, sizeof number, "#%u", item);
    (void)snprintf(out, TG_REF_TEXT_BYTES, "%s%s-%" PRIu64 "%s", tg_trust_country(node, &log->origin), epoch,
                   index, number);
}

void tg_lookup_ref_text(struct tg_node *node, const struct tg_found *found,
                        char out[static TG_REF_TEXT_BYTES])
{
    tg_lookup_place_text(node, &found->log->id, found->rec.index, found->rec.n, found->manifest.record_count,
                         out);
}

void tg_lookup_id_text(struct tg_node *node, const struct tg_hash *id, char out[static TG_REF_TEXT_BYTES])
{
    uint64_t recno;
    size_t count = 0;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_hex_encode(id->bytes, 8, out);
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), &recno, 1, &count, NULL);
    if (!err && count && !tg_lookup_open(node, recno, &arena, &found, NULL))
        tg_lookup_ref_text(node, &found, out);
}

/* ---- what a person typed ---- */

/* "TJ-7", "TJ-7#2", "TJ.1-7". */
static bool place_parse(struct tg_node *node, struct tg_view ref, struct tg_log_id *ret_log,
                        uint64_t *ret_index, uint32_t *ret_item)
{
    uint64_t epoch = 0, index = 0, item = 1;
    if (ref.bytes < 4 || tg_trust_origin_of_country(node, tg_view_of(ref.data, 2), &ret_log->origin))
        return false;
    struct tg_view rest = tg_view_of(ref.data + 2, ref.bytes - 2);
    const uint8_t *dash = memchr(rest.data, '-', rest.bytes);
    if (!dash) return false;
    size_t before = (size_t)(dash - rest.data);
    if (before &&
        (rest.data[0] != '.' || tg_text_u64(tg_view_of(rest.data + 1, before - 1), UINT32_MAX, &epoch)))
        return false;
    rest = tg_view_of(dash + 1, rest.bytes - before - 1);
    const uint8_t *hash = memchr(rest.data, '#', rest.bytes);
    size_t digits = hash ? (size_t)(hash - rest.data) : rest.bytes;
    if (tg_text_u64(tg_view_of(rest.data, digits), UINT64_MAX, &index)) return false;
    if (hash && tg_text_u64(tg_view_of(hash + 1, rest.bytes - digits - 1), TG_BATCH_RECORDS_MAX, &item))
        return false;
    ret_log->epoch = (uint32_t)epoch;
    *ret_index = index;
    *ret_item = (uint32_t)item;
    return true;
}

bool tg_lookup_place(struct tg_node *node, const char *ref, struct tg_place *ret_place)
{
    struct tg_log_id id;
    uint64_t index;
    uint32_t item;
    if (!place_parse(node, tg_view_str(ref), &id, &index, &item)) return false;
    const struct tg_held_log *log = tg_held_find(node, &id);
    if (!log || !log->numbered) return false;
    *ret_place = (struct tg_place){.log = log->number, .index = index, .first = (uint16_t)item, .count = 1};
    return true;
}

/* What was refused here is not found, and it is said why. */
static tg_err not_here(const struct tg_held_log *log, const char *ref, uint64_t index, struct tg_errmsg *em)
{
    const char *code = tg_held_code(log, index);
    if (!code || strcmp(code, TG_CODE_NOT_UNDERSTOOD) == 0)
        return tg_fail(em, TG_ENOENT, "no record '%s' is held here", ref);
    return tg_fail(em, TG_ENOENT, "'%s' was refused here: it %s", ref, tg_err_text(tg_err_from_code(code)));
}

static tg_err by_place(struct tg_node *node, const char *ref, const struct tg_log_id *id, uint64_t index,
                       uint32_t item, uint64_t *ret_recno, struct tg_errmsg *em)
{
    struct tg_held_log *log = tg_held_find(node, id);
    if (!log || !log->numbered) return tg_fail(em, TG_ENOENT, "nothing is held of the log of '%s'", ref);
    if (tg_held_is_withdrawn(log, index, item))
        return tg_fail(em, TG_EWITHDRAWN, "'%s' has been withdrawn", ref);
    uint8_t place[20];
    tg_be32_put(place, log->number);
    tg_be64_put(place + 4, index);
    tg_be64_put(place + 12, item);
    uint64_t recno;
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_PLACE, TG_VIEW_ARRAY(place), &recno, 1, &count, em);
    if (err) return err;
    if (!count) return not_here(log, ref, index, em);
    *ret_recno = recno;
    return TG_OK;
}

static tg_err one_of(const char *ref, const uint64_t *recnos, size_t count, uint64_t *ret_recno,
                     struct tg_errmsg *em)
{
    if (!count) return tg_fail(em, TG_ENOENT, "no record '%s' is held here", ref);
    *ret_recno = recnos[count - 1]; /* the newest statement */
    return TG_OK;
}

static tg_err by_id(struct tg_node *node, const char *ref, uint64_t *ret_recno, struct tg_errmsg *em)
{
    struct tg_hash id;
    uint64_t recno;
    size_t count = 0;
    tg_err err = tg_hex_decode(tg_view_str(ref), id.bytes, sizeof id.bytes);
    if (!err) err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id.bytes), &recno, 1, &count, em);
    if (err) return err;
    if (!count && tg_withdraw_known(node, &id))
        return tg_fail(em, TG_EWITHDRAWN, "record '%s' has been withdrawn", ref);
    return one_of(ref, &recno, count, ret_recno, em);
}

/* The first 8 digits and more of a record id: its leading 4 bytes are a token. */
static tg_err by_id_prefix(struct tg_node *node, const char *ref, uint64_t *ret_recno, struct tg_errmsg *em)
{
    uint8_t front[4];
    uint64_t recnos[16];
    size_t count = 0, matching = 0;
    tg_err err = tg_hex_decode(tg_view_of(ref, 8), front, sizeof front);
    if (!err) err = tg_lookup_token(node, TG_TOKEN_ID_FRONT, TG_VIEW_ARRAY(front), recnos, 16, &count, em);
    for (size_t i = 0; !err && i < count && i < 16; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        struct tg_found found;
        char text[TG_HEX_BYTES(32)];
        if (tg_lookup_open(node, recnos[i], &arena, &found, NULL)) continue;
        tg_hex_encode(found.record->id.bytes, 32, text);
        if (strncasecmp(text, ref, strlen(ref)) == 0) recnos[matching++] = recnos[i];
    }
    if (!err && matching > 1)
        return tg_fail(em, TG_EVALUE, "'%s' may be more than one record; give more digits", ref);
    return err ? err : one_of(ref, recnos, matching, ret_recno, em);
}

static tg_err by_external(struct tg_node *node, const char *ref, const char *colon, uint64_t *ret_recno,
                          struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    uint64_t recnos[64];
    size_t count = 0;
    tg_err err = tg_buf_put(&form, ref, (size_t)(colon - ref));
    if (!err) err = tg_buf_put(&form, "", 1);
    if (!err) err = tg_buf_put_str(&form, colon + 1);
    if (!err) err = tg_lookup_token(node, TG_TOKEN_EXTERNAL_ANY, tg_buf_view(&form), recnos, 64, &count, em);
    return err ? err : one_of(ref, recnos, count < 64 ? count : 64, ret_recno, em);
}

static bool all_hex(const char *text)
{
    for (; *text; text++)
        if (!tg_ascii_is_digit(*text) && !(tg_ascii_lower(*text) >= 'a' && tg_ascii_lower(*text) <= 'f'))
            return false;
    return true;
}

tg_err tg_lookup_ref(struct tg_node *node, const char *ref, uint64_t *ret_recno, struct tg_errmsg *em)
{
    struct tg_log_id log;
    uint64_t index;
    uint32_t item;
    size_t bytes = strlen(ref);
    const char *colon = strchr(ref, ':');
    if (place_parse(node, tg_view_str(ref), &log, &index, &item))
        return by_place(node, ref, &log, index, item, ret_recno, em);
    if (bytes == 64 && all_hex(ref)) return by_id(node, ref, ret_recno, em);
    if (bytes >= 8 && bytes < 64 && all_hex(ref)) return by_id_prefix(node, ref, ret_recno, em);
    if (colon && colon != ref && colon[1]) return by_external(node, ref, colon, ret_recno, em);
    return tg_fail(em, TG_EVALUE,
                   "'%s' names no record: write a short name as TJ-7 or KG-55#2, a record id, or "
                   "list:number",
                   ref);
}
