/* Verb `show`: one record, who holds it, and what belongs to it.
 *
 * What belongs to it is in service_related.c. Contract: docs/control.md.
 */
#include "node/service_internal.h"
#include "node/witness.h"

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
    tg_control_put_text(row, "standing",
                        tg_witness_text(call->node, found->log, found->rec.index + 1, false));
    return TG_OK;
}

/* Node ids of its origin and of everybody whom that sealed it to, as far as they are partners: who is told what is said
 * of it. */
static tg_err put_readers(struct tg_call *call, struct tg_control_out *row, const struct tg_found *found)
{
    struct tg_hash ids[TG_AUDIENCE_MAX + 1];
    size_t count = 0;
    TG_AUTO(tg_buf) struct tg_buf text = {0}, countries = {0};
    tg_err err = tg_lookup_audience(call->node, found->log, found->rec.index, ids, &count, NULL);
    if (err == TG_ENOMEM) return err;
    if (err) count = 0;
    ids[count++] = found->log->id.origin;
    err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        char node[TG_NODE_TEXT_BYTES];
        struct tg_node_id id;
        if (!tg_trust_find(call->node, &ids[i])) continue;
        memcpy(id.bytes, ids[i].bytes, sizeof id.bytes);
        tg_node_id_format(&id, node);
        err = tg_buf_putf(&text, "%s%s", text.bytes ? "," : "", node);
        if (!err)
            err = tg_buf_putf(&countries, "%s%s", countries.bytes ? "," : "",
                              tg_trust_country(call->node, &ids[i]));
    }
    tg_control_put_view(row, "readers", tg_buf_view(&text));
    tg_control_put_view(row, "reader_countries", tg_buf_view(&countries));
    return err;
}

static tg_err record_row(struct tg_call *call, const struct tg_found *found)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_put_record(call->node, &row, found, tg_call_may_read(call));
    tg_err err = put_readers(call, &row, found);
    if (!err) err = put_provenance(call, &row, found);
    return err ? err : tg_control_end(&row);
}

/* ---- who holds it ---- */

static tg_err holder_row(struct tg_call *call, const struct tg_hash *node, const struct tg_told *told)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "holder");
    tg_control_put_text(&row, "country", tg_trust_country(call->node, node));
    tg_put_node(&row, "node", node);
    tg_control_put_text(&row, "state", told->state);
    tg_control_put_text(&row, "code", told->code);
    tg_control_put_number(&row, "at_ms", told->at_ms);
    return tg_control_end(&row);
}

/* Of our own records the addressees' receipts tell; of others we know the origin and ourselves. */
tg_err tg_holder_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    struct tg_told there = {.state = "stored", .code = "", .at_ms = (int64_t)found->manifest.created * 1000};
    struct tg_told here = {.state = found->record->newer ? "not understood" : "stored",
                           .code = found->record->newer ? TG_CODE_NOT_UNDERSTOOD : "",
                           .at_ms = found->stored_ms};
    tg_err err = holder_row(call, &found->log->id.origin, &there);
    if (!err && !found->log->own) return holder_row(call, &call->node->id, &here);
    if (!err) err = tg_commit_audience_of(call->node, found->log, found->rec.index, ids, &count, em);
    for (size_t i = 0; i < count && !err; i++) {
        struct tg_told told = tg_holding_told(call->node, found, &ids[i]);
        err = holder_row(call, &ids[i], &told);
    }
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
        tg_err logged = tg_call_access(call, 0, NULL, NULL);
        return logged ? logged : err;
    }
    if (!err) err = tg_places_add_rec(&call->shown, &found.rec);
    if (!err) err = record_row(call, &found);
    if (!err) err = tg_holder_rows(call, &found, em);
    if (!err && found.rec.kind == TG_KIND_ALERT) err = tg_thread_rows(call, &found, em);
    if (!err) err = tg_dispute_rows(call, &found, em);
    uint64_t left = 0;
    if (!err && tg_call_may_read(call)) err = tg_related_rows(call, &found, &left, em);
    if (!err && tg_call_may_read(call)) err = tg_repeat_rows(call, &found, &left, em);
    if (!err) err = tg_cluster_rows(call, found.recno, em);
    if (!err) err = tg_call_access(call, 1, &call->shown, em); /* what stands in out has not left yet */
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "left", (int64_t)left);
    return tg_control_end(&done);
}
