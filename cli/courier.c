/* Courier files on this side of the socket, block by block, so that their size does not matter.
 *
 * Knows of a file only where its blocks end. Verbs `courier.*`: docs/control.md; files: docs/formats.md "Courier file".
 */
#include "cli/courier.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "proto/courier.h"

#define FILE_MODE 0600

/* ---- export ---- */

struct exporting {
    struct tg_cli *cli;
    struct tg_file_out file;
    uint64_t bytes;
    int64_t told; /* leaves and envelopes in it */
    struct tg_table table;
    struct tg_progress progress;
    struct tg_errmsg *em;
};

static void exporting_release(struct exporting *exporting)
{
    tg_progress_end(&exporting->progress);
    tg_table_release(&exporting->table);
    tg_file_out_release(&exporting->file);
}
TG_AUTO_DEFINE(exporting, exporting_release)

static tg_err sent_row(struct exporting *exporting, const struct tg_control_msg *msg)
{
    struct tg_table *table = &exporting->table;
    int64_t leaves = tg_control_number(msg, "leaves", 0), envelopes = tg_control_number(msg, "envelopes", 0);
    exporting->told += leaves + envelopes;
    tg_table_str(table, tg_control_text(msg, "country", ""));
    tg_table_number(table, tg_control_number(msg, "epoch", 0));
    tg_table_number(table, leaves);
    tg_table_number(table, envelopes);
    tg_table_str(table, tg_control_text(msg, "origin", ""));
    tg_table_row(table);
    return table->err;
}

static tg_err on_export(void *ctx, const struct tg_control_msg *msg)
{
    struct exporting *exporting = ctx;
    tg_err err = tg_interrupt_check(exporting->em);
    if (err) return err;
    if (msg->kind == TG_CONTROL_PROGRESS)
        tg_progress_at(&exporting->progress, (uint64_t)tg_control_number(msg, "done", 0),
                       (uint64_t)tg_control_number(msg, "total", 0), exporting->bytes);
    if (tg_row_is(msg, "log")) return sent_row(exporting, msg);
    if (!tg_row_is(msg, "data")) return TG_OK;
    struct tg_view data = tg_control_data(msg, "data");
    exporting->bytes += data.bytes;
    return tg_file_put(&exporting->file, data, exporting->em);
}

static tg_err exported_put(struct exporting *exporting, const struct tg_control_msg *done)
{
    struct tg_cli *cli = exporting->cli;
    const char *to = tg_control_text(done, "to", ""), *path = exporting->file.path;
    int64_t messages = tg_control_number(done, "messages", 0);
    struct tg_json json;
    char size[TG_COUNT_BYTES];
    tg_size_format((int64_t)exporting->bytes, size);
    if (cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "%s  %lld messages for %s, %s\n", path, (long long)messages, to, size);
    tg_err err = tg_table_end(&exporting->table);
    if (!err && cli->format == TG_FORMAT_JSON) {
        tg_json_begin(&json, "courier");
        tg_json_text(&json, "file", tg_view_str(path));
        tg_json_text(&json, "to", tg_view_str(to));
        tg_json_number(&json, "messages", messages);
        tg_json_number(&json, "bytes", (int64_t)exporting->bytes);
        err = tg_json_put(&json, cli);
    }
    if (err) return err;
    if (!exporting->told)
        tg_talk(cli, "%s is known to hold all that is for it:\nthe file brings receipts and heads alone\n",
                to);
    if (!tg_control_number(done, "follows_known", 0))
        tg_talk(cli, "%s has not told yet whose logs it follows: our own log alone is in the file\n", to);
    tg_talk(cli, "there: 'tamga import'; the answer, with receipts:\nthere 'tamga export --to %s FILE'\n",
            tg_control_text(done, "from", ""));
    return TG_OK;
}

tg_err tg_courier_export(struct tg_cli *cli, const char *peer, const char *path, bool from_start, bool force,
                         struct tg_errmsg *em)
{
    static const struct tg_column columns[] = {{"country", "log of", TG_COLUMN_TEXT, true},
                                               {"epoch", "epoch", TG_COLUMN_NUMBER, false},
                                               {"leaves", "leaves", TG_COLUMN_NUMBER, false},
                                               {"envelopes", "envelopes", TG_COLUMN_NUMBER, false},
                                               {"origin", NULL, TG_COLUMN_TEXT, false}};
    TG_AUTO(exporting) struct exporting exporting = {.cli = cli, .em = em};
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "courier.export");
    tg_request_text(&request, "peer", peer);
    tg_request_number(&request, "from_start", from_start);
    tg_request_text(&request, "file", path);
    tg_table_begin(&exporting.table, cli, "log", columns, sizeof columns / sizeof columns[0]);
    tg_progress_begin(&exporting.progress, cli, "export");
    exporting.progress.bytes = true;
    tg_interrupt_catch();
    if (!force && access(path, F_OK) == 0)
        return tg_fail(em, TG_EEXIST, "'%s' exists already; it is left as it is, unless you add --force",
                       path);
    tg_err err = tg_file_begin(&exporting.file, path, FILE_MODE, force, em);
    if (!err) err = tg_session_call(cli, &request, on_export, &exporting, &arena, &done, em);
    tg_progress_end(&exporting.progress);
    if (!err) err = tg_file_end(&exporting.file, em);
    return err ? err : exported_put(&exporting, &done);
}

/* ---- import ---- */

struct taking {
    struct tg_cli *cli;
    const char *path;
    FILE *file;
    struct tg_view front;
    uint64_t read_bytes, file_bytes;
    char country[16]; /* of who wrote it */
    int64_t made_ms;
    uint64_t messages;
    int64_t news; /* of anything */
    struct tg_table table;
    struct tg_progress progress;
    uint8_t *block;
    struct tg_errmsg *em;
};

static void taking_release(struct taking *taking)
{
    tg_progress_end(&taking->progress);
    tg_table_release(&taking->table);
    free(taking->block);
}
TG_AUTO_DEFINE(taking, taking_release)

static tg_err cut_off(struct taking *taking)
{
    return tg_fail(taking->em, TG_ESHORT, "'%s' is cut off behind message %" PRIu64, taking->path,
                   taking->messages);
}

/* What was read to recognise the file comes first. Less than asked for at the end of the file. */
static tg_err read_up_to(struct taking *taking, uint8_t *out, size_t bytes, size_t *ret_bytes)
{
    size_t got = taking->front.bytes < bytes ? taking->front.bytes : bytes;
    if (got) memcpy(out, taking->front.data, got);
    taking->front = tg_view_of(taking->front.data + got, taking->front.bytes - got);
    got += fread(out + got, 1, bytes - got, taking->file);
    if (ferror(taking->file))
        return tg_fail_errno(taking->em, TG_EIO, errno, "cannot read '%s'", taking->path);
    taking->read_bytes += got;
    *ret_bytes = got;
    return TG_OK;
}

static tg_err header_send(struct taking *taking)
{
    uint8_t header[TG_COURIER_HEADER_BYTES];
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(taking->cli, &request, "courier.begin");
    size_t got = 0;
    tg_err err = read_up_to(taking, header, sizeof header, &got);
    if (!err && got < sizeof header) err = cut_off(taking);
    if (err) return err;
    tg_request_data(&request, "header", TG_VIEW_ARRAY(header));
    tg_request_text(&request, "file", taking->path);
    err = tg_session_call(taking->cli, &request, NULL, NULL, &arena, &done, taking->em);
    if (err) return tg_context(taking->em, err, "'%s'", taking->path);
    (void)snprintf(taking->country, sizeof taking->country, "%s", tg_control_text(&done, "country", ""));
    taking->made_ms = tg_control_number(&done, "made_ms", 0);
    return TG_OK;
}

static tg_err block_send(struct taking *taking, size_t bytes)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(taking->cli, &request, "courier.block");
    tg_request_data(&request, "block", tg_view_of(taking->block, bytes));
    tg_err err = tg_session_call(taking->cli, &request, NULL, NULL, &arena, &done, taking->em);
    if (err) return tg_context(taking->em, err, "'%s'", taking->path);
    taking->messages = (uint64_t)tg_control_number(&done, "messages", 0);
    tg_progress_at(&taking->progress, taking->read_bytes, taking->file_bytes, taking->read_bytes);
    return tg_interrupt_check(taking->em);
}

/* To the end of the file: whether it is the right one, the node knows. */
static tg_err blocks_send(struct taking *taking)
{
    for (;;) {
        size_t whole = 0, head = TG_COURIER_BLOCK_HEAD_BYTES, got = 0;
        tg_err err = read_up_to(taking, taking->block, head, &got);
        if (err || !got) return err;
        if (got < head) return cut_off(taking);
        err = tg_courier_block_bytes(tg_view_of(taking->block, head), &whole, taking->em);
        if (err)
            return tg_context(taking->em, err, "'%s' is damaged behind message %" PRIu64, taking->path,
                              taking->messages);
        err = read_up_to(taking, taking->block + head, whole - head, &got);
        if (!err && got < whole - head) err = cut_off(taking);
        if (!err) err = block_send(taking, whole);
        if (err) return err;
    }
}

/* One row of the table. NONE: it cannot be told, or is none of these. */
#define NONE (-1)
static void count_row(struct taking *taking, const struct tg_control_msg *msg, const char *what,
                      int64_t taken, int64_t known, int64_t refused)
{
    struct tg_table *table = &taking->table;
    const int64_t counts[] = {taken, known, refused};
    tg_table_str(table, tg_control_text(msg, "country", ""));
    tg_table_str(table, what);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] == NONE)
            tg_table_none(table);
        else
            tg_table_number(table, counts[i]);
    tg_table_str(table, refused > 0 ? tg_control_text(msg, "why", "") : "");
    tg_table_number(table, tg_control_number(msg, "epoch", 0));
    tg_table_str(table, tg_control_text(msg, "origin", ""));
    tg_table_row(table);
    taking->news += taken + (refused > 0 ? refused : 0);
}

static tg_err on_log(void *ctx, const struct tg_control_msg *msg)
{
    struct taking *taking = ctx;
    if (!tg_row_is(msg, "log")) return TG_OK;
    if (!tg_control_number(msg, "followed", 0)) {
        tg_talk(taking->cli, "the log of %s is passed over: its origin is not enrolled here\n",
                tg_control_text(msg, "origin", ""));
        return TG_OK;
    }
    count_row(taking, msg, "leaves", tg_control_number(msg, "leaves_new", 0),
              tg_control_number(msg, "leaves_known", 0), NONE);
    count_row(taking, msg, "envelopes", tg_control_number(msg, "envelopes_new", 0),
              tg_control_number(msg, "envelopes_known", 0), tg_control_number(msg, "envelopes_refused", 0));
    count_row(taking, msg, "records", tg_control_number(msg, "records", 0), NONE, NONE);
    count_row(taking, msg, "withdrawals", tg_control_number(msg, "withdrawals", 0), NONE, NONE);
    return taking->table.err;
}

static tg_err summary_put(struct taking *taking, const struct tg_control_msg *done)
{
    struct tg_cli *cli = taking->cli;
    char when[TG_WHEN_BYTES];
    int64_t messages = tg_control_number(done, "messages", 0);
    count_row(taking, done, "receipts", tg_control_number(done, "receipts_new", 0),
              tg_control_number(done, "receipts_known", 0), tg_control_number(done, "receipts_refused", 0));
    tg_when_format(taking->made_ms, when);
    if (cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "from %s, written %s, %lld messages\n", taking->country, when, (long long)messages);
    tg_err err = tg_table_end(&taking->table);
    if (!err && cli->format == TG_FORMAT_TEXT && !taking->news) tg_put(cli, "nothing new\n");
    if (err || cli->format != TG_FORMAT_JSON) return err;
    struct tg_json json;
    tg_json_begin(&json, "courier");
    tg_json_text(&json, "from", tg_view_str(taking->country));
    tg_json_time(&json, "made", taking->made_ms);
    tg_json_number(&json, "messages", messages);
    tg_json_number(&json, "new", taking->news);
    return tg_json_put(&json, cli);
}

/* cut: the file did not come to its end; what was verified stays, and is told. */
static tg_err end_send(struct taking *taking, bool cut, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(taking->cli, &request, "courier.end");
    tg_request_number(&request, "cut", cut);
    tg_err err = tg_session_call(taking->cli, &request, on_log, taking, &arena, &done, em);
    return err ? err : summary_put(taking, &done);
}

tg_err tg_courier_import(struct tg_cli *cli, const char *path, FILE *file, struct tg_view front,
                         uint64_t file_bytes, struct tg_errmsg *em)
{
    static const struct tg_column columns[] = {
        {"country", "log of", TG_COLUMN_TEXT, false},    {"what", "", TG_COLUMN_TEXT, false},
        {"taken", "taken", TG_COLUMN_NUMBER, false},     {"known", "already there", TG_COLUMN_NUMBER, false},
        {"refused", "refused", TG_COLUMN_NUMBER, false}, {"why", "why", TG_COLUMN_TEXT, true},
        {"epoch", NULL, TG_COLUMN_NUMBER, false},        {"origin", NULL, TG_COLUMN_TEXT, false}};
    TG_AUTO(taking)
    struct taking taking = {
        .cli = cli, .path = path, .file = file, .front = front, .file_bytes = file_bytes, .em = em};
    taking.block = malloc(TG_COURIER_BLOCK_BYTES_MAX);
    if (!taking.block) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_table_begin(&taking.table, cli, "log", columns, sizeof columns / sizeof columns[0]);
    tg_interrupt_catch();
    tg_err err = header_send(&taking);
    if (err) return err;
    tg_progress_begin(&taking.progress, cli, "import");
    taking.progress.bytes = true;
    err = blocks_send(&taking);
    tg_progress_end(&taking.progress);
    if (!err) err = end_send(&taking, false, em);
    if (err && !end_send(&taking, true, NULL))
        tg_talk(cli, "what was verified before is kept; a whole file imported again goes on from there\n");
    return err;
}
