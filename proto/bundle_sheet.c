/* The sheet of an evidence bundle: what its maker said, and all that follows from the other files, as JSON and for
 * people.
 *
 * Must not know: stores, peers, folders. Format: docs/formats-evidence.md "Evidence bundle".
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/date.h"
#include "base/text.h"
#include "proto/bundle.h"
#include "proto/record.h"

#define TYPE "tamga-bundle"
#define STATE_BYTES_MAX 16

/* ---- what the maker said ---- */

/* A word of a node's own. */
static bool state_good(const char *text)
{
    size_t bytes = strlen(text);
    for (size_t i = 0; i < bytes; i++)
        if (text[i] < 'a' || text[i] > 'z') return false;
    return bytes && bytes <= STATE_BYTES_MAX;
}

static bool file_good(const char *text)
{
    static const char front[] = TG_BUNDLE_RECORDS_FOLDER;
    size_t bytes = strlen(text);
    if (strncmp(text, front, sizeof front - 1) != 0 || bytes > TG_BACKUP_NAME_BYTES_MAX) return false;
    for (const char *at = text + sizeof front - 1; *at; at++)
        if (!tg_ascii_is_alnum(*at) && *at != '.' && *at != '-') return false;
    return bytes > sizeof front - 1;
}

static tg_err record_said(const json_t *one, struct tg_arena *arena, struct tg_bundle_said *said,
                          struct tg_errmsg *em)
{
    const char *file = json_string_value(json_object_get(one, "file")),
               *state = json_string_value(json_object_get(one, "state"));
    if (!file || !state || !file_good(file) || !state_good(state))
        return tg_fail(em, TG_EFORMAT, "a record of the sheet has no file and state");
    const char *kept_file = tg_arena_text(arena, tg_view_str(file));
    const char *kept_state = tg_arena_text(arena, tg_view_str(state));
    if (!kept_file || !kept_state) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    said->files[said->record_count] = kept_file;
    said->states[said->record_count++] = kept_state;
    return TG_OK;
}

static tg_err said_read(const json_t *root, struct tg_arena *arena, struct tg_bundle_said *said,
                        struct tg_errmsg *em)
{
    const json_t *made = json_object_get(root, "made"), *by = json_object_get(root, "by"), *one;
    const json_t *contents = json_object_get(root, "contents"), *records = json_object_get(root, "records");
    const char *type = json_string_value(json_object_get(root, "type"));
    size_t i;
    if (!type || strcmp(type, TYPE) != 0) return tg_fail(em, TG_EMAGIC, "is no sheet of a bundle");
    if (json_integer_value(json_object_get(root, "v")) != 1)
        return tg_fail(em, TG_EVERSION, "is of another version than 1");
    bool shape = json_is_integer(made) && json_integer_value(made) > 0 &&
                 json_integer_value(made) <= TG_RECORD_TIME_MS_MAX / 1000 && json_is_string(by) &&
                 json_is_boolean(contents) && json_is_array(records);
    if (!shape || tg_node_id_parse(tg_view_str(json_string_value(by)), &said->by))
        return tg_fail(em, TG_EFORMAT, "does not say who made it, when, and of what");
    if (json_array_size(records) > TG_BUNDLE_RECORDS_MAX)
        return tg_fail(em, TG_ELIMIT, "has more than %d records", TG_BUNDLE_RECORDS_MAX);
    said->made = (uint64_t)json_integer_value(made);
    said->contents = json_is_true(contents);
    json_array_foreach(records, i, one)
    {
        tg_err err = record_said(one, arena, said, em);
        if (err) return err;
    }
    return TG_OK;
}

tg_err tg_bundle_said_parse(struct tg_view sheet, struct tg_arena *arena, struct tg_bundle_said *ret_said,
                            struct tg_errmsg *em)
{
    json_error_t error;
    if (sheet.bytes > TG_BUNDLE_SHEET_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "is longer than %d bytes", TG_BUNDLE_SHEET_BYTES_MAX);
    struct tg_bundle_said *said = tg_arena_take(arena, sizeof *said);
    if (!said) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    json_t *root = json_loadb((const char *)sheet.data, sheet.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return tg_fail(em, TG_EFORMAT, "no valid JSON at line %d, column %d", error.line, error.column);
    tg_err err = said_read(root, arena, said, em);
    json_decref(root);
    if (!err) *ret_said = *said;
    return err;
}

/* ---- what follows from the files ---- */

/* Of one log, by one node: the receipt with the latest time. */
static const struct tg_receipt *receipt_of(const struct tg_bundle *bundle, const struct tg_where *where,
                                           const struct tg_node_id *by)
{
    const struct tg_receipt *newest = NULL;
    for (size_t i = 0; i < bundle->receipt_count; i++) {
        const struct tg_receipt *one = &bundle->receipts[i].receipt;
        bool fits = tg_node_id_equal(&one->by, by) && tg_node_id_equal(&one->origin, &where->origin) &&
                    one->epoch == where->epoch;
        if (fits && (!newest || one->time > newest->time)) newest = one;
    }
    return newest;
}

const char *tg_bundle_holding(const struct tg_bundle *bundle, const struct tg_bundle_record *record,
                              const struct tg_node_id *by)
{
    const struct tg_where *where = &record->report.manifest.where;
    const struct tg_receipt *receipt = receipt_of(bundle, where, by);
    uint32_t item = record->evidence.proof.item;
    if (!receipt) return "no receipt";
    for (size_t i = 0; i < receipt->withdrawn_count; i++)
        if (receipt->withdrawn[i].index == where->index && receipt->withdrawn[i].record == item)
            return "withdrawn";
    for (size_t i = 0; i < receipt->refused_count; i++)
        if (receipt->refused[i].index == where->index) return "refused";
    if (tg_ranges_contain(receipt->have, receipt->have_count, where->index)) return "stored";
    if (tg_ranges_contain(receipt->missing, receipt->missing_count, where->index)) return "missing";
    return where->index < receipt->size ? "not addressed" : "not yet known";
}

static const char *country_of(const struct tg_bundle *bundle, const struct tg_node_id *node)
{
    for (size_t i = 0; i < bundle->chain_count; i++)
        if (tg_node_id_equal(&bundle->newest[i]->node, node)) return bundle->newest[i]->country;
    return "??";
}

static uint64_t ranges_sum(const struct tg_range *ranges, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += ranges[i].last - ranges[i].first + 1;
    return sum;
}

/* ---- JSON ---- */

static tg_err put_cosigned(const struct tg_cosigned *cosigned, struct tg_buf *out)
{
    return tg_buf_putf(out, "\"cosigned\": %zu, \"witnesses\": %zu, \"needed\": %zu, \"settled\": %s",
                       cosigned->listed, cosigned->witnesses, cosigned->needed,
                       tg_cosigned_settled(cosigned) ? "true" : "false");
}

static tg_err put_record(const struct tg_bundle *bundle, const struct tg_bundle_said *said, size_t i,
                         struct tg_buf *out)
{
    const struct tg_bundle_record *record = &bundle->records[i];
    const struct tg_manifest *manifest = &record->report.manifest;
    char id[TG_HEX_BYTES(TG_HASH_BYTES)], node[TG_NODE_TEXT_BYTES];
    tg_hex_encode(record->evidence.proof.record_id.bytes, TG_HASH_BYTES, id);
    tg_node_id_format(&manifest->where.origin, node);
    tg_err err = tg_buf_putf(
        out,
        "%s\n  {\"file\": \"%s\", \"state\": \"%s\",\n   \"node\": \"%s\", \"country\": \"%s\", "
        "\"epoch\": %u, \"index\": %" PRIu64 ",\n   \"item\": %u, \"of\": %u, \"id\": \"%s\",\n"
        "   \"precedence\": \"%s\", \"created\": %" PRIu64 ", \"contents\": %s, \"size\": %" PRIu64 ",\n   ",
        i ? "," : "", record->file, said->states[i], node, record->report.card->country,
        manifest->where.epoch, manifest->where.index, record->evidence.proof.item,
        record->evidence.proof.count, id, tg_enum_name(TG_ENUM_PRECEDENCE, (int)manifest->precedence),
        manifest->created, record->evidence.record.data ? "true" : "false", record->report.checkpoint.size);
    if (!err) err = put_cosigned(&record->report.cosigned, out);
    if (!err) err = tg_buf_put_str(out, ",\n   \"holders\": [");
    bool some = false;
    for (size_t k = 0; k < bundle->chain_count && !err; k++) {
        const struct tg_card *card = bundle->newest[k];
        const struct tg_receipt *receipt = receipt_of(bundle, &manifest->where, &card->node);
        if (!receipt) continue;
        tg_node_id_format(&card->node, node);
        err = tg_buf_putf(
            out, "%s{\"node\": \"%s\", \"country\": \"%s\", \"says\": \"%s\", \"time\": %" PRIu64 "}",
            some ? ", " : "", node, card->country, tg_bundle_holding(bundle, record, &card->node),
            receipt->time);
        some = true;
    }
    return err ? err : tg_buf_put_str(out, "]}");
}

static tg_err put_checkpoint(const struct tg_bundle_checkpoint *one, bool first, struct tg_buf *out)
{
    char root[TG_HEX_BYTES(TG_HASH_BYTES)];
    tg_hex_encode(one->checkpoint.root.bytes, TG_HASH_BYTES, root);
    tg_err err = tg_buf_putf(
        out, "%s\n  {\"file\": \"%s\", \"origin\": \"%s\", \"size\": %" PRIu64 ",\n   \"root\": \"%s\",\n   ",
        first ? "" : ",", one->file, one->checkpoint.origin, one->checkpoint.size, root);
    if (!err) err = put_cosigned(&one->cosigned, out);
    return err ? err : tg_buf_put_str(out, "}");
}

static tg_err put_receipt(const struct tg_bundle_receipt *one, bool first, struct tg_buf *out)
{
    const struct tg_receipt *receipt = &one->receipt;
    char by[TG_NODE_TEXT_BYTES], origin[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&receipt->by, by);
    tg_node_id_format(&receipt->origin, origin);
    return tg_buf_putf(
        out,
        "%s\n  {\"file\": \"%s\", \"by\": \"%s\", \"country\": \"%s\",\n   \"origin\": \"%s\", \"epoch\": "
        "%u, \"size\": %" PRIu64 ",\n   \"have\": %" PRIu64 ", \"missing\": %" PRIu64
        ", \"refused\": %zu, \"withdrawn\": %zu, \"time\": %" PRIu64 "}",
        first ? "" : ",", one->file, by, one->card->country, origin, receipt->epoch, receipt->size,
        ranges_sum(receipt->have, receipt->have_count), ranges_sum(receipt->missing, receipt->missing_count),
        receipt->refused_count, receipt->withdrawn_count, receipt->time);
}

static tg_err put_chain(const struct tg_bundle *bundle, size_t i, struct tg_buf *out)
{
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&bundle->newest[i]->node, node);
    return tg_buf_putf(out, "%s\n  {\"node\": \"%s\", \"country\": \"%s\", \"serial\": %" PRIu64 "}",
                       i ? "," : "", node, bundle->newest[i]->country, bundle->newest[i]->serial);
}

tg_err tg_bundle_sheet_json(const struct tg_bundle *bundle, const struct tg_bundle_said *said,
                            struct tg_buf *out)
{
    char by[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&said->by, by);
    tg_err err = tg_buf_putf(out,
                             "{\"v\": 1, \"type\": \"" TYPE "\", \"made\": %" PRIu64
                             ",\n \"by\": \"%s\", \"contents\": %s,\n \"records\": [",
                             said->made, by, said->contents ? "true" : "false");
    for (size_t i = 0; i < bundle->record_count && !err; i++) err = put_record(bundle, said, i, out);
    if (!err) err = tg_buf_put_str(out, "],\n \"checkpoints\": [");
    for (size_t i = 0; i < bundle->checkpoint_count && !err; i++)
        err = put_checkpoint(&bundle->checkpoints[i], i == 0, out);
    if (!err) err = tg_buf_put_str(out, "],\n \"receipts\": [");
    for (size_t i = 0; i < bundle->receipt_count && !err; i++)
        err = put_receipt(&bundle->receipts[i], i == 0, out);
    if (!err) err = tg_buf_put_str(out, "],\n \"cards\": [");
    for (size_t i = 0; i < bundle->chain_count && !err; i++) err = put_chain(bundle, i, out);
    return err ? err : tg_buf_put_str(out, "]}\n");
}

/* ---- for people ---- */

static tg_err text_cosigned(const struct tg_cosigned *cosigned, struct tg_buf *out)
{
    if (!cosigned->witnesses) return tg_buf_put_str(out, "published; its node's card lists no witness\n");
    return tg_buf_putf(out, "%s: %zu of %zu witnesses cosigned it, %zu needed\n",
                       tg_cosigned_settled(cosigned) ? "settled" : "published, not settled", cosigned->listed,
                       cosigned->witnesses, cosigned->needed);
}

static tg_err text_record(const struct tg_bundle *bundle, const struct tg_bundle_said *said, size_t i,
                          struct tg_buf *out)
{
    const struct tg_bundle_record *record = &bundle->records[i];
    const struct tg_manifest *manifest = &record->report.manifest;
    char when[TG_TIME_TEXT_BYTES];
    tg_time_format((int64_t)manifest->created * 1000, when);
    tg_err err =
        tg_buf_putf(out,
                    "\n  %s\n    of %s: record %u of %u at leaf %" PRIu64 ", epoch %u, %s, %s\n"
                    "    signed %s by its origin's clock\n"
                    "    %s, as the maker's node had it\n    head of %" PRIu64 " entries: ",
                    record->file + strlen(TG_BUNDLE_RECORDS_FOLDER), record->report.card->country,
                    record->evidence.proof.item, record->evidence.proof.count, manifest->where.index,
                    manifest->where.epoch, tg_enum_name(TG_ENUM_PRECEDENCE, (int)manifest->precedence),
                    record->evidence.record.data ? "with contents" : "without contents", when,
                    said->states[i], record->report.checkpoint.size);
    if (!err) err = text_cosigned(&record->report.cosigned, out);
    bool some = false;
    for (size_t k = 0; k < bundle->chain_count && !err; k++) {
        const struct tg_card *card = bundle->newest[k];
        const struct tg_receipt *receipt = receipt_of(bundle, &manifest->where, &card->node);
        if (!receipt) continue;
        tg_time_format((int64_t)receipt->time * 1000, when);
        err = tg_buf_putf(out, "    %s says: %s (%s)\n", card->country,
                          tg_bundle_holding(bundle, record, &card->node), when);
        some = true;
    }
    return err || some ? err : tg_buf_put_str(out, "    nobody's receipt for its log is in the bundle\n");
}

static tg_err text_notes(const struct tg_bundle *bundle, struct tg_buf *out)
{
    char when[TG_TIME_TEXT_BYTES];
    tg_err err = tg_buf_putf(out, "\nHEADS OF LOGS  %zu\n", bundle->checkpoint_count);
    for (size_t i = 0; i < bundle->checkpoint_count && !err; i++) {
        const struct tg_bundle_checkpoint *one = &bundle->checkpoints[i];
        err =
            tg_buf_putf(out, "  %s\n    %" PRIu64 " entries, ", one->checkpoint.origin, one->checkpoint.size);
        if (!err) err = text_cosigned(&one->cosigned, out);
    }
    if (!err) err = tg_buf_putf(out, "\nRECEIPTS  %zu\n", bundle->receipt_count);
    for (size_t i = 0; i < bundle->receipt_count && !err; i++) {
        const struct tg_receipt *one = &bundle->receipts[i].receipt;
        tg_time_format((int64_t)one->time * 1000, when);
        err =
            tg_buf_putf(out,
                        "  %s for the log of %s, epoch %u, %s\n    %" PRIu64 " stored, %" PRIu64
                        " missing, %zu refused, %zu withdrawn\n",
                        bundle->receipts[i].card->country, country_of(bundle, &one->origin), one->epoch, when,
                        ranges_sum(one->have, one->have_count), ranges_sum(one->missing, one->missing_count),
                        one->refused_count, one->withdrawn_count);
    }
    if (!err) err = tg_buf_putf(out, "\nCARDS  %zu nodes\n", bundle->chain_count);
    for (size_t i = 0; i < bundle->chain_count && !err; i++) {
        char node[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&bundle->newest[i]->node, node);
        err = tg_buf_putf(out, "  %s  serial %" PRIu64 "\n    %s\n", bundle->newest[i]->country,
                          bundle->newest[i]->serial, node);
    }
    return err;
}

tg_err tg_bundle_sheet_text(const struct tg_bundle *bundle, const struct tg_bundle_said *said,
                            struct tg_buf *out)
{
    char when[TG_TIME_TEXT_BYTES], by[TG_NODE_TEXT_BYTES];
    size_t settled = 0, live = 0;
    for (size_t i = 0; i < bundle->record_count; i++) {
        settled += tg_cosigned_settled(&bundle->records[i].report.cosigned);
        live += strcmp(said->states[i], "live") == 0;
    }
    tg_time_format((int64_t)said->made * 1000, when);
    tg_node_id_format(&said->by, by);
    tg_err err = tg_buf_putf(
        out,
        "EVIDENCE BUNDLE\n\nmade      %s by %s\n          node %s\ncontents  %s\nrecords   %zu: %zu "
        "live, %zu under a settled head\n\nCheck it anywhere, with no node: tamga verify FOLDER "
        "--card CARD\nwith the cards of the origins, got from them and not from here.\n\nRECORDS  "
        "%zu\n",
        when, country_of(bundle, &said->by), by, said->contents ? "in clear" : "left out",
        bundle->record_count, live, settled, bundle->record_count);
    for (size_t i = 0; i < bundle->record_count && !err; i++) err = text_record(bundle, said, i, out);
    if (!err) err = text_notes(bundle, out);
    if (err) return err;
    return tg_buf_put_str(out,
                          "\nNOT PROVEN\n"
                          "  that what the records say is true\n"
                          "  that a node is the service it calls itself: its card, got from it, shows that\n"
                          "  that a record is still live, and the state that its maker's node had for it\n"
                          "  that who says stored still holds it, or that anybody has read it\n"
                          "  when something was signed: every time is its signer's own clock\n"
                          "  that nothing was left out: a bundle holds what its maker chose\n");
}
