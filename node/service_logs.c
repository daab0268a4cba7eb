/* Verbs `status`, `log` and `log.entries`: what is held, how it is signed, what others have receipted.
 *
 * Shows no content. Contract: docs/control.md.
 */
#include <unistd.h>

#include "base/file.h"
#include "node/epochs.h"
#include "node/forks.h"
#include "node/missing.h"
#include "node/recover.h"
#include "node/rewrap.h"
#include "node/service_internal.h"
#include "node/witness.h"
#include "proto/statement.h"

static uint64_t ranges_count(const struct tg_range *ranges, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += ranges[i].last - ranges[i].first + 1;
    return sum;
}

/* ---- rows ---- */

tg_err tg_log_gaps(struct tg_call *call, const struct tg_held_log *log, uint64_t *ret_missing,
                   uint64_t *ret_early, struct tg_errmsg *em)
{
    uint64_t index, missing = 0, early = 0;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    struct tg_store_scan wanted = {0}, ahead = {0};
    struct tg_view note;
    struct tg_store_entry entry;
    if (!err) err = tg_store_scan_place(txn, TG_PLACE_WANTED, log->number, 0, &wanted);
    while (!err && missing < TG_SERVICE_COUNTED_MAX && !tg_store_place_next(&wanted, &index, &note))
        missing++;
    if (!err) err = tg_store_scan_early(txn, log->number, log->size, &ahead);
    while (!err && early < TG_SERVICE_COUNTED_MAX && !tg_store_entry_next(&ahead, &index, &entry)) early++;
    tg_store_scan_release(&wanted);
    tg_store_scan_release(&ahead);
    if (err && err != TG_ENOENT) return err;
    *ret_missing = missing;
    *ret_early = early;
    return TG_OK;
}

/* Who has cosigned its head, and what is wrong with it. */
static void put_standing(struct tg_call *call, struct tg_control_out *row, const struct tg_held_log *log)
{
    struct tg_node *node = call->node;
    struct tg_witness_view view = tg_witness_view(node, log, log->size);
    bool forked = tg_forks_frozen(node, &log->id.origin);
    for (size_t i = 0; log->own && i < tg_forks_count(node); i++)
        forked |= memcmp(tg_forks_at(node, i)->fork.origin.bytes, node->id.bytes, sizeof node->id.bytes) == 0;
    tg_control_put_text(row, "state", view.state);
    tg_control_put_number(row, "own", log->own);
    tg_control_put_number(row, "witnesses", (int64_t)view.witnesses);
    tg_control_put_number(row, "cosigned", (int64_t)view.cosigned);
    tg_control_put_number(row, "needed", (int64_t)view.needed);
    tg_control_put_number(row, "excluded", view.excluded);
    tg_control_put_text(row, "not_cosigned", view.missing);
    tg_control_put_number(row, "cosigned_ms", view.newest_ms);
    tg_control_put_number(row, "stale", view.stale);
    tg_control_put_number(row, "forked", forked);
    const struct tg_prologue *end = tg_epochs_end(node, &log->id);
    const char *over = end && log->size > end->size ? "ended, MORE HELD" : "ended";
    if (end) tg_control_put_number(row, "ended", (int64_t)end->size);
    if (end) tg_control_put_text(row, "ended_why", end->reason);
    if (end) tg_control_put_number(row, "more", log->size > end->size);
    tg_control_put_text(row, "standing",
                        forked ? "FORKED"
                        : end  ? over
                               : tg_witness_text(node, log, log->size, true));
}

static tg_err log_row(struct tg_call *call, const struct tg_held_log *log, struct tg_errmsg *em)
{
    uint64_t missing = 0, early = 0;
    struct tg_control_out row;
    tg_err err = log->numbered ? tg_log_gaps(call, log, &missing, &early, em) : TG_OK;
    if (err) return err;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "log");
    tg_put_node(&row, "origin", &log->id.origin);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &log->id.origin));
    tg_control_put_number(&row, "epoch", log->id.epoch);
    tg_control_put_number(&row, "size", (int64_t)log->size);
    tg_control_put_number(&row, "held", (int64_t)ranges_count(log->have, log->have_count));
    tg_control_put_number(&row, "missing", (int64_t)missing);
    tg_control_put_number(&row, "early", (int64_t)early);
    tg_control_put_data(&row, "root", TG_VIEW_ARRAY(log->root.bytes));
    tg_control_put_view(&row, "checkpoint", tg_buf_view(&log->checkpoint));
    put_standing(call, &row, log);
    return tg_control_end(&row);
}

/* "0-12, 14": what a list of a receipt holds, as text; the first few of many. */
#define ITEMS_SHOWN 8
static tg_err items_more(size_t count, struct tg_buf *out)
{
    return count > ITEMS_SHOWN ? tg_buf_putf(out, ", and %zu more", count - ITEMS_SHOWN) : TG_OK;
}

static tg_err ranges_text(const struct tg_range *ranges, size_t count, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && i < ITEMS_SHOWN && !err; i++) {
        err = tg_buf_putf(out, "%s%" PRIu64, i ? ", " : "", ranges[i].first);
        if (!err && ranges[i].last != ranges[i].first) err = tg_buf_putf(out, "-%" PRIu64, ranges[i].last);
    }
    return err ? err : items_more(count, out);
}

static tg_err refused_text(const struct tg_receipt *receipt, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < receipt->refused_count && i < ITEMS_SHOWN && !err; i++)
        err = tg_buf_putf(out, "%s%" PRIu64 " %s", i ? ", " : "", receipt->refused[i].index,
                          receipt->refused[i].code);
    return err ? err : items_more(receipt->refused_count, out);
}

static tg_err withdrawn_text(const struct tg_receipt *receipt, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < receipt->withdrawn_count && i < ITEMS_SHOWN && !err; i++)
        err = tg_buf_putf(out, "%s%" PRIu64 "#%u", i ? ", " : "", receipt->withdrawn[i].index,
                          receipt->withdrawn[i].record);
    return err ? err : items_more(receipt->withdrawn_count, out);
}

tg_err tg_receipt_row(struct tg_call *call, const struct tg_peer *peer, uint32_t epoch)
{
    const struct tg_held_receipt *held = tg_receipts_of_epoch(call->node, &peer->id, epoch);
    char of[TG_REF_TEXT_BYTES];
    if (!held) return TG_OK;
    const char *country = tg_trust_country(call->node, &call->node->id);
    (void)snprintf(of, sizeof of, epoch ? "%s.%u" : "%s", country, epoch);
    const struct tg_receipt *receipt = &held->receipt;
    TG_AUTO(tg_buf) struct tg_buf have = {0}, missing = {0}, refused = {0}, withdrawn = {0};
    tg_err err = ranges_text(receipt->have, receipt->have_count, &have);
    if (!err) err = ranges_text(receipt->missing, receipt->missing_count, &missing);
    if (!err) err = refused_text(receipt, &refused);
    if (!err) err = withdrawn_text(receipt, &withdrawn);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "receipt");
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &peer->id));
    tg_control_put_text(&row, "of", of);
    tg_control_put_number(&row, "epoch", epoch);
    tg_put_node(&row, "by", &peer->id);
    tg_control_put_number(&row, "size", (int64_t)receipt->size);
    tg_control_put_view(&row, "have", tg_buf_view(&have));
    tg_control_put_view(&row, "missing", tg_buf_view(&missing));
    tg_control_put_view(&row, "refused", tg_buf_view(&refused));
    tg_control_put_view(&row, "withdrawn", tg_buf_view(&withdrawn));
    tg_control_put_number(&row, "at_ms", held->at_ms);
    return tg_control_end(&row);
}

tg_err tg_log_rows(struct tg_call *call, const struct tg_hash *origin, bool receipts, struct tg_errmsg *em)
{
    struct tg_node *node = call->node;
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count && !err; i++)
        if (!origin || tg_hash_equal(&node->logs[i]->id.origin, origin))
            err = log_row(call, node->logs[i], em);
    bool own = !origin || tg_hash_equal(origin, &node->id);
    for (size_t i = 0; i < node->peer_count && !err && receipts && own; i++)
        for (uint32_t epoch = 0; epoch <= node->own_epoch && !err; epoch++)
            err = tg_receipt_row(call, node->peers[i], epoch);
    return err;
}

/* ---- verbs ---- */

/* Field origin: ours when it is absent and wanted. */
static tg_err origin_read(struct tg_call *call, struct tg_hash *ret_origin, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "origin", "");
    struct tg_node_id id;
    if (!text[0]) {
        *ret_origin = call->node->id;
        return TG_OK;
    }
    if (!tg_node_id_parse(tg_view_str(text), &id)) {
        memcpy(ret_origin->bytes, id.bytes, sizeof id.bytes);
        return TG_OK;
    }
    tg_err err = tg_trust_origin_of_country(call->node, tg_view_str(text), ret_origin);
    return err ? tg_fail(em, err, "no origin '%.60s' is known here; 'tamga peer list' shows them", text)
               : TG_OK;
}

static tg_err done_plain(struct tg_call *call)
{
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}

tg_err tg_verb_log(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_hash origin;
    tg_err err = origin_read(call, &origin, em);
    bool one = tg_control_text(call->msg, "origin", "")[0] != 0;
    if (!err) err = tg_log_rows(call, one ? &origin : NULL, true, em);
    return err ? err : done_plain(call);
}

static const char *entry_state(const struct tg_store_entry *entry)
{
    if (entry->state == TG_ENTRY_BARE) return "leaf alone";
    if (entry->state == TG_ENTRY_READ) return "read";
    if (entry->state == TG_ENTRY_CONTROL) return "control";
    return entry->state == TG_ENTRY_SEALED ? "sealed to others" : "refused";
}

/* "card 2", and how many more there are. */
static tg_err statements_put(struct tg_control_out *row, const struct tg_rtxn *txn,
                             const struct tg_held_log *log, uint64_t index)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_BODY_BYTES_MAX * 2u);
    struct tg_envelope envelope;
    struct tg_batch batch = {.record_count = 0};
    char text[TG_STATEMENT_TEXT_BYTES], more[TG_STATEMENT_TEXT_BYTES + 32];
    tg_err err = tg_lookup_control(txn, log->number, index, &arena, &envelope, &batch);
    if (err || !batch.record_count) return err;
    tg_statement_text(batch.records[0], text);
    (void)snprintf(more, sizeof more, "%s, and %zu more", text, batch.record_count - 1);
    tg_control_put_text(row, "why", batch.record_count > 1 ? more : text);
    return TG_OK;
}

static tg_err entry_row(struct tg_call *call, const struct tg_rtxn *txn, const struct tg_held_log *log,
                        uint64_t index, const struct tg_store_entry *entry)
{
    struct tg_control_out row;
    struct tg_manifest manifest;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_number(&row, "index", (int64_t)index);
    bool known = entry->has_envelope &&
                 !tg_manifest_parse(tg_view_of(entry->manifest, TG_MANIFEST_BYTES), &manifest, NULL);
    if (known) {
        uint64_t bytes =
            TG_HEAD_BYTES + (uint64_t)manifest.stanza_count * TG_STANZA_BYTES + manifest.body_bytes;
        tg_control_put_number(&row, "created", (int64_t)manifest.created);
        tg_control_put_text(&row, "precedence", tg_enum_name(TG_ENUM_PRECEDENCE, (int)manifest.precedence));
        tg_control_put_number(&row, "records", manifest.record_count);
        tg_control_put_number(&row, "bytes", (int64_t)bytes);
    }
    tg_control_put_text(&row, "state", entry_state(entry));
    const char *code = tg_held_code(log, index);
    bool kept = code && strcmp(code, TG_CODE_NOT_UNDERSTOOD) == 0;
    if (code) tg_control_put_text(&row, "why", kept ? "not understood" : tg_err_text(tg_err_from_code(code)));
    tg_err err = entry->state == TG_ENTRY_CONTROL ? statements_put(&row, txn, log, index) : TG_OK;
    if (err) return err;
    tg_control_put_data(&row, "leaf", tg_view_of(entry->leaf, TG_STORE_LEAF_BYTES));
    return tg_control_end(&row);
}

static tg_err entry_rows(struct tg_call *call, const struct tg_held_log *log, uint64_t from, uint64_t limit,
                         struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    if (!err) err = tg_store_scan_entries(txn, log->number, from, &scan);
    for (uint64_t i = 0; i < limit && !err; i++) {
        uint64_t index;
        struct tg_store_entry entry;
        err = tg_store_entry_next(&scan, &index, &entry);
        if (!err) err = entry_row(call, txn, log, index, &entry);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_verb_log_entries(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_hash origin;
    int64_t from = tg_control_number(call->msg, "from", 0),
            limit = tg_control_number(call->msg, "limit", 100);
    if (from < 0 || limit < 1 || limit > TG_QUERY_LIMIT_MAX)
        return tg_fail(em, TG_EVALUE, "from is 0 or more, limit 1 to %d", TG_QUERY_LIMIT_MAX);
    tg_err err = origin_read(call, &origin, em);
    const struct tg_held_log *log = NULL;
    const int64_t epoch = tg_control_number(call->msg, "epoch", -1); /* else the newest that is held */
    for (size_t i = 0; i < call->node->log_count && !err; i++) {
        const struct tg_held_log *held = call->node->logs[i];
        if (!tg_hash_equal(&held->id.origin, &origin) || (epoch >= 0 && held->id.epoch != epoch)) continue;
        if (held->numbered && (!log || held->id.epoch > log->id.epoch)) log = held;
    }
    if (!err && log && log->numbered) err = entry_rows(call, log, (uint64_t)from, (uint64_t)limit, em);
    return err ? err : done_plain(call);
}

/* Resident memory of this process; 0 where /proc does not tell. */
static int64_t rss_bytes(void)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    unsigned long long pages[2] = {0, 0};
    if (tg_file_read("/proc/self/statm", TG_EVENT_LINE_BYTES_MAX, &text, NULL) || tg_buf_put(&text, "", 1))
        return 0;
    char *at = (char *)text.data;
    for (size_t i = 0; i < 2; i++) pages[i] = strtoull(at, &at, 10);
    return (int64_t)pages[1] * (int64_t)sysconf(_SC_PAGESIZE);
}

/* Where the change of the key-encryption key stands; nothing when there is none. */
static void rewrap_put(struct tg_node *node, struct tg_control_out *done)
{
    struct tg_rewrap_state state = tg_rewrap_state(node);
    tg_control_put_number(done, "wrap_id", (int64_t)state.wrap_id);
    tg_control_put_number(done, "wrap_former", (int64_t)state.former);
    if (!state.former) return;
    tg_control_put_number(done, "rewrap_looked", (int64_t)state.looked);
    tg_control_put_number(done, "rewrap_total", (int64_t)state.total);
    tg_control_put_number(done, "rewrap_done", state.done);
    tg_control_put_number(done, "rewrap_lost", (int64_t)state.lost);
}

static tg_err status_done(struct tg_call *call, const struct tg_store_stats *stats, struct tg_errmsg *em)
{
    struct tg_node *node = call->node;
    uint64_t withheld = 0;
    tg_err err = tg_withheld_count(node, &withheld, em);
    if (err) return err;
    struct tg_name_index_stats names;
    struct tg_control_out done;
    tg_space_look(node);
    const char *waiting = tg_node_append_refused(node);
    uint64_t behind = tg_indexer_behind(node);
    size_t up = 0;
    for (size_t i = 0; i < node->peer_count; i++) up += tg_peer_up(call->service, node->peers[i]);
    tg_name_index_stats(tg_indexer_names(node), &names);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_put_node(&done, "node", &node->id);
    tg_control_put_text(&done, "country", node->card->country);
    tg_control_put_text(&done, "name", node->card->name);
    tg_control_put_text(&done, "version", call->service->version);
    tg_control_put_number(&done, "started_ms", node->started_ms);
    tg_control_put_number(&done, "records", (int64_t)stats->records);
    tg_control_put_number(&done, "entries", (int64_t)stats->entries);
    tg_control_put_number(&done, "log_bytes", (int64_t)stats->log_used_bytes);
    tg_control_put_number(&done, "index_bytes", (int64_t)stats->index_used_bytes);
    tg_control_put_number(&done, "names", (int64_t)names.names);
    tg_control_put_number(&done, "selectors", (int64_t)(stats->run_rows + stats->delta_postings));
    tg_control_put_number(&done, "indexed",
                          (int64_t)(stats->records - (behind < stats->records ? behind : stats->records)));
    tg_control_put_number(&done, "behind", (int64_t)behind);
    tg_control_put_number(&done, "rss_bytes", rss_bytes());
    tg_control_put_number(&done, "peers_up", (int64_t)up);
    tg_control_put_number(&done, "peers", (int64_t)node->peer_count);
    tg_control_put_number(&done, "withheld", (int64_t)withheld);
    rewrap_put(node, &done);
    tg_control_put_text(&done, "waiting", waiting ? waiting : "");
    struct tg_recovery recovery;
    tg_recover_look(node, &recovery);
    tg_control_put_number(&done, "own_known", (int64_t)recovery.known);
    tg_control_put_number(&done, "own_leaves", (int64_t)recovery.leaves);
    tg_control_put_number(&done, "own_envelopes", (int64_t)recovery.envelopes);
    tg_control_put_number(&done, "own_readable", (int64_t)recovery.readable);
    tg_control_put_number(&done, "own_withdrawn", (int64_t)recovery.withdrawn);
    tg_control_put_text(&done, "read_only", node->space.low ? node->space.why : "");
    tg_control_put_number(&done, "seal_days", tg_seal_key_days(node));
    tg_control_put_number(&done, "free_bytes", (int64_t)node->space.free_bytes);
    return tg_control_end(&done);
}

tg_err tg_verb_status(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_store_stats stats;
    tg_err err = tg_store_stats(call->node->store, &stats, em);
    if (!err) err = tg_peer_rows(call, false, em);
    if (!err) err = tg_log_rows(call, NULL, false, em);
    return err ? err : status_done(call, &stats, em);
}
