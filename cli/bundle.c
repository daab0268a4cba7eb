/* Evidence bundles made: records, cards, receipts and heads collected from the node into one folder, then read back,
 * checked as a stranger would, and summed up.
 *
 * Knows no proof. Verbs `export`, `log.notes`: docs/control.md; folder: docs/formats-evidence.md.
 */
#include "cli/bundle.h"

#include <stdlib.h>

#include "base/file.h"
#include "cli/folder.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verify.h"
#include "proto/bundle.h"

#define FILE_MODE 0600
#define ARENA_BYTES 536870912
#define LOGS_MAX 64

/* A record as it came, until its place in the order of names is known. */
struct taken {
    char name[TG_BACKUP_NAME_BYTES_MAX + 1];
    char state[32];
};

struct bundling {
    struct tg_cli *cli;
    bool contents;
    struct tg_folder folder;
    struct taken records[TG_BUNDLE_RECORDS_MAX];
    size_t record_count;
    char origins[LOGS_MAX][TG_KEY_NAME_BYTES]; /* logs that the records stand in */
    size_t origin_count;
    struct tg_buf cards; /* of one node, from the answer that is being read */
    char cards_node[TG_NODE_TEXT_BYTES];
    const char *origin; /* of the log whose notes are being read */
    struct tg_node_id own;
    struct tg_progress progress;
    struct tg_arena arena;
    struct tg_bundle bundle;
    struct tg_bundle_said said;
    struct tg_errmsg *em;
};

static void bundling_free(struct bundling *bundling)
{
    if (!bundling) return;
    tg_progress_end(&bundling->progress);
    tg_folder_release(&bundling->folder);
    tg_buf_release(&bundling->cards);
    tg_arena_release(&bundling->arena);
    free(bundling);
}
TG_AUTO_PTR_DEFINE(bundling, bundling_free)

static tg_err file_put(struct bundling *bundling, const char *name, struct tg_view data)
{
    tg_err err = tg_folder_file(&bundling->folder, name, FILE_MODE, bundling->em);
    return err ? err : tg_folder_put(&bundling->folder, data, bundling->em);
}

static bool has_file(const struct bundling *bundling, const char *name)
{
    for (size_t i = 0; i < bundling->folder.file_count; i++)
        if (strcmp(bundling->folder.files[i].name, name) == 0) return true;
    return false;
}

/* ---- records ---- */

/* The log that the evidence is of: its checkpoint's origin line. */
static tg_err origin_note(struct bundling *bundling, struct tg_view file)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_evidence evidence;
    struct tg_note note;
    struct tg_checkpoint checkpoint;
    tg_arena_init(&arena, TG_EVIDENCE_BYTES_MAX * 4);
    tg_err err = tg_evidence_parse(file, &arena, &evidence, NULL, bundling->em);
    if (!err) err = tg_note_parse(evidence.checkpoint, &note, bundling->em);
    if (!err) err = tg_checkpoint_parse(note.text, &checkpoint, bundling->em);
    if (err) return err;
    for (size_t i = 0; i < bundling->origin_count; i++)
        if (strcmp(bundling->origins[i], checkpoint.origin) == 0) return TG_OK;
    if (bundling->origin_count == LOGS_MAX)
        return tg_fail(bundling->em, TG_ELIMIT, "records of more than %d logs", LOGS_MAX);
    memcpy(bundling->origins[bundling->origin_count++], checkpoint.origin, sizeof checkpoint.origin);
    return TG_OK;
}

static tg_err record_take(struct bundling *bundling, const char *ref)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(bundling->cli, &request, "export");
    tg_request_text(&request, "ref", ref);
    tg_request_number(&request, "contents", bundling->contents);
    tg_err err = tg_session_call(bundling->cli, &request, NULL, NULL, &arena, &done, bundling->em);
    if (err) return tg_context(bundling->em, err, "'%.40s'", ref);
    struct taken *taken = &bundling->records[bundling->record_count];
    struct tg_view file = tg_control_data(&done, "file");
    (void)snprintf(taken->name, sizeof taken->name, TG_BUNDLE_RECORDS_FOLDER "%.100s",
                   tg_control_text(&done, "name", ""));
    (void)snprintf(taken->state, sizeof taken->state, "%s", tg_control_text(&done, "state", ""));
    if (has_file(bundling, taken->name)) return TG_OK; /* named twice */
    bundling->record_count++;
    err = file_put(bundling, taken->name, file);
    return err ? err : origin_note(bundling, file);
}

/* ---- cards, receipts, heads ---- */

static tg_err cards_end(struct bundling *bundling)
{
    char name[TG_NODE_TEXT_BYTES + 32];
    tg_err err = TG_OK;
    (void)snprintf(name, sizeof name, TG_BUNDLE_CARDS_FOLDER "%s.cards", bundling->cards_node);
    if (bundling->cards.bytes && !has_file(bundling, name))
        err = file_put(bundling, name, tg_buf_view(&bundling->cards));
    tg_buf_clear(&bundling->cards);
    return err;
}

static tg_err card_take(struct bundling *bundling, const struct tg_control_msg *msg)
{
    const char *node = tg_control_text(msg, "node", "");
    tg_err err = strcmp(bundling->cards_node, node) == 0 ? TG_OK : cards_end(bundling);
    if (err) return err;
    (void)snprintf(bundling->cards_node, sizeof bundling->cards_node, "%s", node);
    return tg_buf_put_view(&bundling->cards, tg_row_view(msg, "note"));
}

/* "<node>-<epoch>" of an origin line, as a part of file names. */
static void log_name(const char *origin, char *out, size_t out_bytes)
{
    char node[TG_NODE_TEXT_BYTES] = "";
    struct tg_node_id id;
    uint32_t epoch = 0;
    if (!tg_log_origin_parse(tg_view_str(origin), &id, &epoch)) tg_node_id_format(&id, node);
    (void)snprintf(out, out_bytes, "%s-%u", node, epoch);
}

static tg_err receipt_take(struct bundling *bundling, const struct tg_control_msg *msg)
{
    char log[TG_NODE_TEXT_BYTES + 16], name[TG_BACKUP_NAME_BYTES_MAX];
    log_name(bundling->origin, log, sizeof log);
    (void)snprintf(name, sizeof name, TG_BUNDLE_RECEIPTS_FOLDER "%s/%.60s.receipt", log,
                   tg_control_text(msg, "by", ""));
    return file_put(bundling, name, tg_row_view(msg, "note"));
}

static tg_err on_note(void *ctx, const struct tg_control_msg *msg)
{
    struct bundling *bundling = ctx;
    tg_err err = tg_interrupt_check(bundling->em);
    if (err) return err;
    if (tg_row_is(msg, "card")) return card_take(bundling, msg);
    return tg_row_is(msg, "receipt") ? receipt_take(bundling, msg) : TG_OK;
}

static tg_err notes_take(struct bundling *bundling, const char *origin)
{
    char log[TG_NODE_TEXT_BYTES + 16], name[TG_BACKUP_NAME_BYTES_MAX];
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    bundling->origin = origin;
    bundling->cards_node[0] = 0;
    tg_request_begin(bundling->cli, &request, "log.notes");
    tg_request_text(&request, "origin", origin);
    tg_err err = tg_session_call(bundling->cli, &request, on_note, bundling, &arena, &done, bundling->em);
    if (!err) err = cards_end(bundling);
    if (err) return err;
    log_name(origin, log, sizeof log);
    (void)snprintf(name, sizeof name, TG_BUNDLE_CHECKPOINTS_FOLDER "%s.checkpoint", log);
    return file_put(bundling, name, tg_row_view(&done, "checkpoint"));
}

static tg_err own_take(struct bundling *bundling)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_card *card = tg_arena_take(&bundling->arena, sizeof *card);
    if (!card) return TG_ENOMEM;
    tg_err err = tg_session_ask(bundling->cli, "card", &arena, &done, bundling->em);
    if (!err) err = tg_card_open(tg_row_view(&done, "card"), card, bundling->em);
    if (!err) bundling->own = card->node;
    return err;
}

/* ---- the sheet ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void said_fill(struct bundling *bundling)
{
    struct tg_bundle_said *said = &bundling->said;
    said->made = (uint64_t)(tg_clock_wall_ms(bundling->cli->clock) / 1000);
    said->by = bundling->own;
    said->contents = bundling->contents;
    said->record_count = bundling->bundle.record_count;
    for (size_t i = 0; i < said->record_count; i++) {
        said->files[i] = bundling->bundle.records[i].file;
        for (size_t k = 0; k < bundling->record_count; k++)
            if (strcmp(bundling->records[k].name, said->files[i]) == 0)
                said->states[i] = bundling->records[k].state;
    }
}

/* Read back from the disk and checked as whoever gets it will. */
static tg_err read_back(struct bundling *bundling, const char **names)
{
    struct tg_folder *folder = &bundling->folder;
    struct tg_verify_folder place = {folder->work, NULL};
    struct tg_tiles_source source = tg_verify_source(&place);
    size_t count = folder->file_count;
    tg_err err = tg_folder_file_end(folder, bundling->em);
    for (size_t i = 0; i < count; i++) names[i] = folder->files[i].name;
    qsort(names, count, sizeof *names, by_name);
    return err ? err
               : tg_bundle_load(&source, names, count, NULL, &bundling->arena, &bundling->bundle,
                                bundling->em);
}

static tg_err sheet_write(struct bundling *bundling)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0}, text = {0};
    said_fill(bundling);
    tg_err err = tg_bundle_sheet_json(&bundling->bundle, &bundling->said, &json);
    if (!err) err = tg_bundle_sheet_text(&bundling->bundle, &bundling->said, &text);
    if (!err) err = file_put(bundling, TG_BUNDLE_SHEET_NAME, tg_buf_view(&json));
    return err ? err : file_put(bundling, TG_BUNDLE_TEXT_NAME, tg_buf_view(&text));
}

static tg_err sums_write(struct bundling *bundling, const char **names)
{
    struct tg_folder *folder = &bundling->folder;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_folder_file_end(folder, bundling->em);
    size_t count = folder->file_count;
    for (size_t i = 0; i < count; i++) names[i] = folder->files[i].name;
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count && !err; i++)
        for (size_t k = 0; k < count && !err; k++) {
            if (folder->files[k].name != names[i]) continue;
            char hex[TG_HEX_BYTES(TG_HASH_BYTES)];
            tg_hex_encode(folder->files[k].sum.bytes, TG_HASH_BYTES, hex);
            err = tg_buf_putf(&text, "%s  %s\n", hex, names[i]);
        }
    return err ? err : file_put(bundling, TG_BUNDLE_SUMS_NAME, tg_buf_view(&text));
}

static tg_err written_put(const struct bundling *bundling)
{
    struct tg_cli *cli = bundling->cli;
    const struct tg_bundle *bundle = &bundling->bundle;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "bundle");
        tg_json_text(&json, "folder", tg_view_str(bundling->folder.place));
        tg_json_number(&json, "records", (int64_t)bundle->record_count);
        tg_json_number(&json, "receipts", (int64_t)bundle->receipt_count);
        tg_json_number(&json, "nodes", (int64_t)bundle->chain_count);
        tg_json_raw(&json, "contents", tg_view_str(bundling->contents ? "true" : "false"));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "%s  %zu record%s, %zu receipt%s, cards of %zu node%s\n", bundling->folder.place,
           bundle->record_count, bundle->record_count == 1 ? "" : "s", bundle->receipt_count,
           bundle->receipt_count == 1 ? "" : "s", bundle->chain_count, bundle->chain_count == 1 ? "" : "s");
    tg_talk(cli, "%s;\nread %s in it; check it anywhere with\n'tamga verify %s --card CARD'\n",
            bundling->contents ? "holds the records' contents in clear: handle it as such"
                               : "proves that the records exist, not what they say",
            TG_BUNDLE_TEXT_NAME, bundling->folder.place);
    return TG_OK;
}

static tg_err collect(struct bundling *bundling, const char *const *refs, size_t ref_count)
{
    tg_err err = own_take(bundling);
    for (size_t i = 0; i < ref_count && !err; i++) {
        tg_progress_at(&bundling->progress, i, ref_count, i);
        err = tg_interrupt_check(bundling->em);
        if (!err) err = record_take(bundling, refs[i]);
    }
    for (size_t i = 0; i < bundling->origin_count && !err; i++)
        err = notes_take(bundling, bundling->origins[i]);
    return err;
}

tg_err tg_bundle_export(struct tg_cli *cli, const char *folder, const char *const *refs, size_t ref_count,
                        bool contents, struct tg_errmsg *em)
{
    if (ref_count > TG_BUNDLE_RECORDS_MAX)
        return tg_fail(em, TG_EUSAGE, "at most %d records in one bundle", TG_BUNDLE_RECORDS_MAX);
    TG_AUTO_PTR(bundling) struct bundling *bundling = calloc(1, sizeof *bundling);
    const char **names = calloc(TG_BUNDLE_FILES_MAX, sizeof *names);
    if (!bundling || !names) {
        free(names);
        return tg_fail(em, TG_ENOMEM, "out of memory");
    }
    bundling->cli = cli;
    bundling->contents = contents;
    bundling->em = em;
    tg_arena_init(&bundling->arena, ARENA_BYTES);
    tg_err err = tg_folder_begin(&bundling->folder, folder, false, em);
    tg_interrupt_catch();
    tg_progress_begin(&bundling->progress, cli, "export");
    if (!err) err = collect(bundling, refs, ref_count);
    tg_progress_end(&bundling->progress);
    if (!err) err = read_back(bundling, names);
    if (!err) err = sheet_write(bundling);
    if (!err) err = sums_write(bundling, names);
    if (!err) err = tg_folder_end(&bundling->folder, em);
    free(names);
    if (err) return tg_context(em, err, "no bundle was made");
    return written_put(bundling);
}
