/* What an import brings: new, changed, unchanged, or withdrawn before and not to come back.
 *
 * Compares content digests (docs/records.md), only with our own live records.
 */
#include "node/core.h"

/* First live record of our own log among the recnos. */
static bool own_live(struct tg_node *node, const uint64_t *recnos, size_t count, uint64_t *ret_recno)
{
    for (size_t i = 0; i < count; i++) {
        struct tg_index_rec rec;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log || !log->own || (rec.flags & TG_REC_SUPERSEDED)) continue;
        *ret_recno = recnos[i];
        return true;
    }
    return false;
}

static tg_err lookup_own(struct tg_node *node, uint8_t type, struct tg_view form, bool *ret_found,
                         uint64_t *ret_recno, struct tg_errmsg *em)
{
    uint64_t recnos[64];
    size_t count = 0;
    tg_err err = tg_lookup_token2(node, type, TG_VIEW_ARRAY(node->id.bytes), form, recnos, 64, &count, em);
    if (err) return err;
    *ret_found = own_live(node, recnos, count < 64 ? count : 64, ret_recno);
    return TG_OK;
}

static bool blocked(struct tg_node *node, uint8_t type, struct tg_view form)
{
    struct tg_token token;
    tg_indexer_kept_token2(node, type, TG_VIEW_ARRAY(node->id.bytes), form, &token);
    struct tg_rtxn *txn = NULL;
    struct tg_view value;
    if (tg_store_read_begin(node->store, &txn, NULL)) return true;
    tg_err err = tg_store_named_get(txn, TG_NAMED_BLOCKED, TG_VIEW_ARRAY(token.bytes), &value);
    tg_store_read_end(txn);
    return err != TG_ENOENT;
}

/* list 00 external id, as the tokens have it. */
tg_err tg_import_external_form(const char *list, const char *external_id, struct tg_buf *out)
{
    tg_err err = tg_buf_put(out, list, strlen(list) + 1);
    return err ? err : tg_buf_put_str(out, external_id);
}

static tg_err judge_external(struct tg_node *node, const struct tg_record *record, struct tg_view form,
                             enum tg_import_verdict *ret_verdict, struct tg_hash *ret_superseded,
                             struct tg_errmsg *em)
{
    bool found = false;
    uint64_t recno = 0;
    tg_err err = lookup_own(node, TG_TOKEN_EXTERNAL, form, &found, &recno, em);
    if (err) return err;
    *ret_verdict = TG_IMPORT_NEW;
    if (!found) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_found held;
    err = tg_lookup_open(node, recno, &arena, &held, em);
    if (err || !held.record) return err;
    bool same = tg_hash_equal(&held.record->digest, &record->digest);
    *ret_verdict = same ? TG_IMPORT_UNCHANGED : TG_IMPORT_CHANGED;
    if (!same) *ret_superseded = held.record->id;
    return TG_OK;
}

tg_err tg_import_judge(struct tg_node *node, const struct tg_record *record,
                       enum tg_import_verdict *ret_verdict, struct tg_hash *ret_superseded,
                       struct tg_errmsg *em)
{
    if (record->head->list[0] && record->head->external_id[0]) {
        TG_AUTO(tg_buf) struct tg_buf form = {0};
        tg_err err = tg_import_external_form(record->head->list, record->head->external_id, &form);
        if (err) return err;
        if (blocked(node, TG_TOKEN_EXTERNAL, tg_buf_view(&form))) {
            *ret_verdict = TG_IMPORT_BLOCKED;
            return TG_OK;
        }
        return judge_external(node, record, tg_buf_view(&form), ret_verdict, ret_superseded, em);
    }
    struct tg_view digest = TG_VIEW_ARRAY(record->digest.bytes);
    if (blocked(node, TG_TOKEN_DIGEST, digest)) {
        *ret_verdict = TG_IMPORT_BLOCKED;
        return TG_OK;
    }
    bool found = false;
    uint64_t recno;
    tg_err err = lookup_own(node, TG_TOKEN_DIGEST, digest, &found, &recno, em);
    if (!err) *ret_verdict = found ? TG_IMPORT_UNCHANGED : TG_IMPORT_NEW;
    return err;
}
