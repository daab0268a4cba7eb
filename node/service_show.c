/* Verb `show`: one record, who holds it, and what belongs to it.
 *
 * Knows relations, not kinds. Contract: docs/control.md.
 */
#include "node/service_internal.h"

/* ---- the record ---- */

/* Size, leaf and head of the log that stand for its envelope. */
static tg_err put_provenance(struct tg_call *call, struct tg_control_out *row, const struct tg_found *found)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    const struct tg_manifest *manifest = &found->manifest;
    char card[TG_HEX_BYTES(32)];
    tg_err err = tg_store_read_begin(call->node->store, &txn, NULL);
    if (!err) err = tg_store_entry_get(txn, found->log->number, found->rec.index, &entry);
    if (err == TG_ENOENT) err = tg_store_early_get(txn, found->log->number, found->rec.index, &entry);
    if (err) return err;
    tg_hex_encode(manifest->card_hash.bytes, sizeof manifest->card_hash.bytes, card);
    tg_control_put_text(row, "card", card);
    uint64_t bytes =
        TG_HEAD_BYTES + (uint64_t)manifest->stanza_count * TG_STANZA_BYTES + manifest->body_bytes;
    tg_control_put_number(row, "envelope_bytes", (int64_t)bytes);
    tg_control_put_data(row, "leaf", tg_view_of(entry.leaf, TG_STORE_LEAF_BYTES));
    tg_control_put_data(row, "root", TG_VIEW_ARRAY(found->log->root.bytes));
    return TG_OK;
}

static tg_err record_row(struct tg_call *call, const struct tg_found *found)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_put_record(call->node, &row, found, tg_call_may_read(call));
    tg_err err = put_provenance(call, &row, found);
    return err ? err : tg_control_end(&row);
}

/* ---- who holds it ---- */

static tg_err holder_row(struct tg_call *call, const struct tg_hash *node, const char *state, int64_t at_ms)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "holder");
    tg_control_put_text(&row, "country", tg_trust_country(call->node, node));
    tg_put_node(&row, "node", node);
    tg_control_put_text(&row, "state", state);
    tg_control_put_number(&row, "at_ms", at_ms);
    return tg_control_end(&row);
}

/* Of our own records the addressees' receipts tell; of others we know the origin and ourselves. */
static tg_err holder_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    int64_t created_ms = (int64_t)found->manifest.created * 1000;
    tg_err err = holder_row(call, &found->log->id.origin, "stored", created_ms);
    if (!err && !found->log->own) return holder_row(call, &call->node->id, "stored", found->stored_ms);
    if (!err) err = tg_commit_audience_of(call->node, found->log, found->rec.index, ids, &count, em);
    for (size_t i = 0; i < count && !err; i++) {
        int64_t at_ms = 0;
        const char *state = tg_holding_text(call->node, found, &ids[i], &at_ms);
        err = holder_row(call, &ids[i], state, at_ms);
    }
    return err;
}

/* ---- what belongs to it ---- */

static tg_err related_row(struct tg_call *call, const struct tg_hash *id, const char *relation)
{
    char ref[TG_REF_TEXT_BYTES];
    enum tg_kind kind = TG_KIND_NEWER;
    struct tg_hash origin;
    struct tg_control_out row;
    tg_ref_of_id(call->node, id, ref, &origin, &kind);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "related");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_text(&row, "kind", kind == TG_KIND_NEWER ? "not held" : tg_kind_name(kind));
    tg_control_put_text(&row, "relation", relation);
    return tg_control_end(&row);
}

static const char *relation_of(const struct tg_record *pointing, const struct tg_hash *id)
{
    if (pointing->kind == TG_KIND_WITHDRAWAL && pointing->withdrawal->target &&
        tg_hash_equal(pointing->withdrawal->target, id))
        return "withdrawn_by";
    const struct tg_hash *supersedes = pointing->head->supersedes;
    return supersedes && tg_hash_equal(supersedes, id) ? "superseded_by" : "referred_by";
}

static tg_err related_to(struct tg_call *call, uint64_t recno, const struct tg_found *of,
                         const char *relation)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (recno == of->recno || tg_lookup_open(call->node, recno, &arena, &found, NULL) || !found.record)
        return TG_OK;
    return related_row(call, &found.record->id,
                       relation ? relation : relation_of(found.record, &of->record->id));
}

/* Records that hold the token, the newest few. relation NULL: as each says. */
static tg_err related_by_token(struct tg_call *call, const struct tg_found *of, uint8_t type,
                               struct tg_view form, const char *relation, struct tg_errmsg *em)
{
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    tg_err err = tg_recnos_token(call->node, type, form, &recnos, em);
    size_t from = recnos.count > TG_SERVICE_RELATED_MAX ? recnos.count - TG_SERVICE_RELATED_MAX : 0;
    for (size_t i = from; i < recnos.count && !err; i++)
        err = related_to(call, recnos.items[i], of, relation);
    return err;
}

static tg_err related_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_facets facets;
    tg_err err = tg_record_facets(found->record, &arena, &facets);
    if (err) return err;
    if (facets.supersedes) err = related_row(call, facets.supersedes, "supersedes");
    for (size_t i = 0; i < facets.refs_count && !err; i++)
        err = related_row(call, facets.refs[i].id, "refers");
    if (!err && facets.target) err = related_row(call, facets.target, "refers");
    if (!err)
        err = related_by_token(call, found, TG_TOKEN_REF, TG_VIEW_ARRAY(found->record->id.bytes), NULL, em);
    for (size_t i = 0; i < facets.selectors_count && !err && i < TG_SERVICE_RELATED_MAX; i++)
        err = related_by_token(call, found, (uint8_t)facets.selectors[i].type, facets.selectors[i].normal,
                               "same_value", em);
    return err;
}

tg_err tg_verb_show(struct tg_call *call, struct tg_errmsg *em)
{
    uint64_t recno;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(call->node, tg_control_text(call->msg, "ref", ""), &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &arena, &found, em);
    if (err == TG_EWITHDRAWN || err == TG_ENOENT) {
        tg_err logged = tg_call_access(call, 0, NULL);
        return logged ? logged : err;
    }
    if (!err) err = tg_call_access(call, 1, em);
    if (!err) err = record_row(call, &found);
    if (!err) err = holder_rows(call, &found, em);
    if (!err && found.rec.kind == TG_KIND_ALERT) err = tg_thread_rows(call, &found, em);
    if (!err) err = tg_dispute_rows(call, &found, em);
    if (!err && tg_call_may_read(call)) err = related_rows(call, &found, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}
