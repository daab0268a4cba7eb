/* Rows that several verbs give, and record numbers by token.
 *
 * Knows no verb. Contract: docs/control.md "What stands for a record".
 */
#include "node/disputes.h"
#include "node/duty.h"
#include "node/not_read.h"
#include "node/service_internal.h"
#include "node/witness.h"

void tg_put_node(struct tg_control_out *out, const char *name, const struct tg_hash *node)
{
    char text[TG_NODE_TEXT_BYTES];
    struct tg_node_id id;
    memcpy(id.bytes, node->bytes, sizeof id.bytes);
    tg_node_id_format(&id, text);
    tg_control_put_text(out, name, text);
}

tg_err tg_put_countries(struct tg_node *node, const struct tg_hash *ids, size_t count, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = tg_buf_putf(out, "%s%s", i ? "," : "", tg_trust_country(node, &ids[i]));
    return err;
}

static void put_audience(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    if (tg_commit_audience_of(node, found->log, found->rec.index, ids, &count, NULL)) count = 0;
    if (!tg_put_countries(node, ids, count, &text)) tg_control_put_view(out, "audience", tg_buf_view(&text));
}

/* Nothing when nobody contests it. A look that fails is told as a mark: never the quiet answer. */
static void put_disputed(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found)
{
    struct tg_dispute_mark mark = {0};
    if (!found->record) return;
    tg_err err = tg_disputes_mark(node, &found->record->id, &found->log->id.origin, &mark, NULL);
    if (err) mark.open = 1;
    if (!mark.open) return;
    tg_control_put_number(out, "disputed", mark.open);
    if (mark.deadline_ms) tg_control_put_number(out, "dispute_deadline_ms", mark.deadline_ms);
    if (mark.overdue) tg_control_put_number(out, "dispute_overdue", 1);
}

/* A receipt names the envelope. Of one with several records nobody can tell here which are meant. */
static bool in_part(const struct tg_held_receipt *receipt, const struct tg_found *found)
{
    const struct tg_receipt *said = &receipt->receipt;
    return found->manifest.record_count > 1 &&
           tg_ranges_contain(said->have, said->have_count, found->rec.index);
}

struct tg_told tg_holding_told(struct tg_node *node, const struct tg_found *found, const struct tg_hash *by)
{
    static const char *const states[] = {[TG_HOLDING_WAITING] = "waiting",
                                         [TG_HOLDING_STORED] = "stored",
                                         [TG_HOLDING_NOT_UNDERSTOOD] = "not understood",
                                         [TG_HOLDING_REFUSED] = "refused",
                                         [TG_HOLDING_WITHDRAWN] = "withdrawn"};
    const uint32_t epoch = found->log->id.epoch;
    enum tg_holding holding = tg_receipts_holding(node, by, epoch, found->rec.index, found->rec.n);
    const struct tg_held_receipt *receipt = tg_receipts_of_epoch(node, by, epoch);
    bool apart = holding == TG_HOLDING_REFUSED || holding == TG_HOLDING_NOT_UNDERSTOOD;
    int64_t us = tg_receipts_stored_us(node, by, epoch, found->rec.index);
    int64_t at_ms =
        us >= 0 ? (int64_t)found->manifest.created * 1000 + us / 1000 : (receipt ? receipt->at_ms : 0);
    if (holding != TG_HOLDING_STORED && receipt) at_ms = receipt->at_ms;
    return (struct tg_told){
        .state = apart && in_part(receipt, found) ? "in part" : states[holding],
        .code = apart ? tg_receipts_code(node, by, epoch, found->rec.index) : "",
        .at_ms = holding == TG_HOLDING_WAITING ? 0 : at_ms,
    };
}

void tg_not_read_put(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found,
                     const struct tg_hash *who, const struct tg_said *said)
{
    char call[TG_NOT_READ_CALL_BYTES];
    if (!tg_not_read_is(node, found, who, said)) return;
    tg_not_read_call(node, who, call);
    tg_control_put_number(out, "not_read", 1);
    tg_control_put_text(out, "call", call);
}

void tg_put_record(struct tg_node *node, struct tg_control_out *out, const struct tg_found *found,
                   bool contents)
{
    char ref[TG_REF_TEXT_BYTES];
    tg_lookup_ref_text(node, found, ref);
    if (found->record) tg_control_put_data(out, "id", TG_VIEW_ARRAY(found->record->id.bytes));
    tg_control_put_text(out, "ref", ref);
    tg_put_node(out, "origin", &found->log->id.origin);
    tg_control_put_text(out, "country", tg_trust_country(node, &found->log->id.origin));
    tg_control_put_number(out, "epoch", found->log->id.epoch);
    tg_control_put_number(out, "index", (int64_t)found->rec.index);
    tg_control_put_number(out, "item", found->rec.n);
    tg_control_put_number(out, "of", found->manifest.record_count);
    tg_control_put_text(out, "kind", tg_kind_name((enum tg_kind)found->rec.kind));
    tg_control_put_text(out, "state", found->state);
    if (found->record && tg_duty_ended(node, found)) tg_control_put_number(out, "over", 1);
    if (contents && found->record) tg_control_put_data(out, "record", found->record->bytes);
    tg_control_put_number(out, "created", (int64_t)found->manifest.created);
    tg_control_put_number(out, "stored_ms", found->stored_ms);
    put_audience(node, out, found);
    tg_control_put_text(out, "settled", tg_witness_view(node, found->log, found->rec.index + 1).state);
    put_disputed(node, out, found);
}

/* ---- record numbers ---- */

void tg_recnos_release(struct tg_recnos *recnos)
{
    free(recnos->items);
    *recnos = (struct tg_recnos){0};
}

/* Asks once with some room, and again with enough when there are more. */
tg_err tg_recnos_token(struct tg_node *node, uint8_t type, struct tg_view form, struct tg_recnos *ret_recnos,
                       struct tg_errmsg *em)
{
    size_t room = TG_LOOKUP_HITS_MAX, count = 0;
    TG_AUTO_FREE uint64_t *items = malloc(room * sizeof *items);
    if (!items) return TG_ENOMEM;
    tg_err err = tg_lookup_token(node, type, form, items, room, &count, em);
    if (!err && count > room) {
        if (count > TG_SERVICE_HITS_MAX)
            return tg_fail(em, TG_ELIMIT,
                           "%zu records answer that; narrow it with kind, origin, list or facility", count);
        free(items);
        room = count;
        items = malloc(room * sizeof *items);
        if (!items) return TG_ENOMEM;
        err = tg_lookup_token(node, type, form, items, room, &count, em);
    }
    if (err) return err;
    ret_recnos->count = count < room ? count : room;
    ret_recnos->items = tg_steal_ptr(&items);
    return TG_OK;
}

bool tg_recnos_contain(const struct tg_recnos *recnos, uint64_t recno)
{
    size_t low = 0, high = recnos->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recnos->items[middle] < recno)
            low = middle + 1;
        else
            high = middle;
    }
    return low < recnos->count && recnos->items[low] == recno;
}

tg_err tg_recno_of_id(struct tg_node *node, const struct tg_hash *id, uint64_t *ret_recno,
                      struct tg_errmsg *em)
{
    uint64_t recno;
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), &recno, 1, &count, em);
    if (err) return err;
    if (!count) return tg_fail(em, TG_ENOENT, "no record with that id is held here");
    *ret_recno = recno;
    return TG_OK;
}

void tg_place_text(struct tg_node *node, uint32_t log, uint64_t index, uint32_t item,
                   char out[static TG_REF_TEXT_BYTES])
{
    const struct tg_held_log *held = tg_held_by_number(node, log);
    struct tg_store_entry entry;
    struct tg_manifest manifest = {.record_count = 1};
    struct tg_rtxn *txn = NULL;
    out[0] = 0;
    if (!held || tg_store_read_begin(node->store, &txn, NULL)) return;
    bool there = !tg_store_entry_get(txn, log, index, &entry) || !tg_store_early_get(txn, log, index, &entry);
    if (there && entry.manifest)
        (void)tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL);
    tg_store_read_end(txn);
    tg_lookup_place_text(node, &held->id, index, item, manifest.record_count, out);
}

tg_err tg_place_of_ref(struct tg_node *node, const char *ref, struct tg_place *ret_place,
                       struct tg_errmsg *em)
{
    uint64_t recno;
    struct tg_index_rec rec;
    tg_err err = tg_lookup_ref(node, ref, &recno, em);
    if (err == TG_EWITHDRAWN && tg_lookup_place(node, ref, ret_place)) return TG_OK;
    if (!err) err = tg_index_get(node->store, recno, &rec, em);
    if (err) return err;
    *ret_place = tg_place_of_rec(&rec);
    return TG_OK;
}

void tg_ref_of_id(struct tg_node *node, const struct tg_hash *id, char out[static TG_REF_TEXT_BYTES],
                  struct tg_hash *ret_origin, enum tg_kind *ret_kind)
{
    uint64_t recno;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_hex_encode(id->bytes, 8, out);
    if (tg_recno_of_id(node, id, &recno, NULL) || tg_lookup_open(node, recno, &arena, &found, NULL)) return;
    tg_lookup_ref_text(node, &found, out);
    if (ret_origin) *ret_origin = found.log->id.origin;
    if (ret_kind) *ret_kind = (enum tg_kind)found.rec.kind;
}
