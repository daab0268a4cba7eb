/* screen: a travel manifest, a phone's contents, a statement: what of it is held by the node, and by whom.
 *
 * The file is read here and stays here: values and names out of it are asked of the node, which keeps none of them.
 * Verb `screen`: docs/control.md.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/screen_input.h"
#include "cli/screen_show.h"
#include "cli/screen_table.h"
#include "proto/country_names.h"

#define TICK_BYTES 65536

static const char *const kinds[] = {"auto", "table", "text", "pdf", "docx", NULL};
static const char *const delimiters[] = {"comma", "semicolon", "tab", "bar", NULL};
static const char delimiter_bytes[] = ",;\t|";

const struct tg_option tg_screen_options[] = {
    {"as", 0, TG_OPTION_CHOICE, false, "KIND", "table, text, pdf or docx; else told by the content", kinds, 0,
     0},
    {"column", 0, TG_OPTION_TEXT, true, "NAME=TYPE",
     "what a column holds, as 'Doc=passport', 3=phone, 4=ignore", NULL, 0, 0},
    {"no-header", 0, TG_OPTION_FLAG, false, NULL, "the first line is a row like the others", NULL, 0, 0},
    {"encoding", 0, TG_OPTION_TEXT, false, "NAME", "of the text, as windows-1251 or UTF-16; else guessed",
     NULL, 0, 0},
    {"delimiter", 0, TG_OPTION_CHOICE, false, "NAME", "comma, semicolon, tab or bar; else guessed",
     delimiters, 0, 0},
    {"country", 0, TG_OPTION_TEXT, false, "CC", "of numbers without a dialling code; else the node's", NULL,
     0, 0},
    {"no-names", 0, TG_OPTION_FLAG, false, NULL, "of text: numbers and addresses alone, faster", NULL, 0, 0},
    {"all", 0, TG_OPTION_FLAG, false, NULL, "weak, replaced, expired, and judged not him too", NULL, 0, 0},
    TG_OPTION_END,
};

/* One call. */
struct screening {
    struct tg_cli *cli;
    const struct tg_args *args;
    struct tg_screen_input input;
    struct tg_sheet *sheet;
    struct tg_screen_batch *batch;
    struct tg_screen_show show;
    struct tg_screen_table table;
    struct tg_progress progress;
    const char *country;
    uint64_t ticked, text_bytes;
    bool is_table, begun;
    struct tg_errmsg *em;
};

static void screening_release(struct screening *screening)
{
    tg_screen_table_release(&screening->table);
    tg_screen_show_release(&screening->show);
    tg_screen_batch_free(screening->batch);
    tg_sheet_free(screening->sheet);
    tg_screen_input_release(&screening->input);
}
TG_AUTO_DEFINE(screening, screening_release)

static void tick(void *ctx)
{
    struct screening *screening = ctx;
    if (screening->input.read_bytes - screening->ticked < TICK_BYTES) return;
    screening->ticked = screening->input.read_bytes;
    bool converted = screening->input.pipe >= 0;
    tg_progress_at(&screening->progress, screening->input.read_bytes,
                   converted ? 0 : screening->input.file_bytes,
                   screening->is_table ? screening->table.rows : screening->input.read_bytes);
}

/* ---- text ---- */

static tg_err on_found(void *ctx, const struct tg_scan_found *found)
{
    struct screening *screening = ctx;
    const char *encoding = tg_sheet_reading_of(screening->sheet).encoding;
    struct tg_screen_place place = {.line = found->line,
                                    .has_at = strcmp(encoding, "UTF-8") == 0 && screening->input.pipe < 0,
                                    .at = found->at,
                                    .value = found->text,
                                    .before = found->before,
                                    .after = found->after};
    struct tg_screen_name name = {.text = found->text, .birth = "", .country = "", .sex = ""};
    tg_err err = found->form_count ? TG_OK : tg_screen_name(screening->batch, &place, &name, screening->em);
    for (size_t i = 0; i < found->form_count && !err; i++) {
        bool unissued = memcmp(found->forms[i].form, "ZZ:", 3) == 0;
        err = tg_screen_value(screening->batch, &place, &found->forms[i], unissued, screening->em);
    }
    return err;
}

static tg_err text_run(struct screening *screening, struct tg_errmsg *em)
{
    struct tg_scan_options options = {.country = screening->country[0] ? screening->country : NULL,
                                      .names = !tg_args_has(screening->args, "no-names"),
                                      .on_found = on_found,
                                      .ctx = screening};
    TG_AUTO_PTR(tg_scan) struct tg_scan *scan = tg_scan_new(&options);
    TG_AUTO_FREE uint8_t *piece = malloc(TG_CLI_SLICE_BYTES);
    if (!scan || !piece) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_screen_row(screening->batch, tg_view_of("", 0), em);
    for (;;) {
        size_t bytes = 0;
        if (!err) err = tg_sheet_text(screening->sheet, piece, TG_CLI_SLICE_BYTES, &bytes, em);
        if (err || !bytes) break;
        screening->text_bytes += bytes;
        err = tg_scan_feed(scan, tg_view_of(piece, bytes));
        tick(screening);
    }
    return err ? err : tg_scan_end(scan);
}

/* ---- table ---- */

static tg_err table_run(struct screening *screening, struct tg_errmsg *em)
{
    struct tg_screen_table *table = &screening->table;
    *table = (struct tg_screen_table){.cli = screening->cli,
                                      .args = screening->args,
                                      .batch = screening->batch,
                                      .sheet = screening->sheet,
                                      .country = screening->country};
    screening->show.column_names = (const char *const *)(uintptr_t)table->names;
    tg_err err = tg_screen_table_open(table, em);
    screening->show.column_count = table->columns;
    screening->begun = !err;
    return err ? err : tg_screen_table_run(table, tick, screening, em);
}

/* ---- the whole ---- */

static void reading_tell(const struct screening *screening)
{
    struct tg_import_reading reading = tg_sheet_reading_of(screening->sheet);
    const char *what = screening->is_table                       ? "table"
                       : screening->input.kind == TG_SCREEN_PDF  ? "PDF"
                       : screening->input.kind == TG_SCREEN_DOCX ? "DOCX"
                                                                 : "text";
    tg_talk(screening->cli, "read as %s", what);
    if (reading.encoding_guessed && strcmp(reading.encoding, "UTF-8") != 0)
        tg_talk(screening->cli, ", written in %s", reading.encoding);
    tg_talk(screening->cli, "\n");
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "(standard input)" : slash ? slash + 1 : path;
}

static tg_err screening_open(struct screening *screening, struct tg_errmsg *em)
{
    const struct tg_args *args = screening->args;
    const char *path = args->words[0];
    char delimiter =
        tg_args_has(args, "delimiter") ? delimiter_bytes[tg_args_number(args, "delimiter", 0)] : 0;
    enum tg_screen_kind asked = (enum tg_screen_kind)tg_args_number(args, "as", 0);
    const char *typed = tg_args_text(args, "country", "");
    screening->country = typed[0] ? tg_country_of_text(tg_view_str(typed)) : "";
    if (!screening->country)
        return tg_fail(em, TG_EUSAGE, "'--country' takes a code such as TJ, not '%.40s'", typed);
    tg_err err = tg_screen_input_open(&screening->input, path, asked, em);
    struct tg_import_input input = {.read = tg_screen_input_read, .ctx = &screening->input};
    if (!err)
        err = tg_sheet_open(input, tg_args_text(args, "encoding", NULL), delimiter, &screening->sheet, em);
    if (err) return err;
    enum tg_screen_kind kind = screening->input.kind;
    screening->is_table = kind == TG_SCREEN_TABLE ||
                          (kind == TG_SCREEN_AUTO &&
                           (delimiter || tg_args_has(args, "column") || tg_sheet_is_table(screening->sheet)));
    if (tg_args_has(args, "column") && !screening->is_table)
        return tg_fail(em, TG_EUSAGE, "'--column' is for tables, and '%.200s' is read as %s", path,
                       kinds[kind]);
    return tg_screen_batch_new(screening->cli, base_name(path), tg_args_has(args, "all"), tg_screen_show_row,
                               &screening->show, &screening->batch, em);
}

static void sum_put(const struct screening *screening)
{
    struct tg_cli *cli = screening->cli;
    const struct tg_screen_counts *counts = tg_screen_counts_of(screening->batch);
    const struct {
        const char *key, *before, *after;
        uint64_t count;
    } rows[] = {
        {"rows", "", " rows", screening->table.rows},
        {"values", "", " values", counts->values},
        {"names", "", " names", counts->names},
        {"hits", "", " hits", screening->show.hits},
        {"places", "in ", " places", screening->show.places},
        {"refused", "", " refused", tg_screen_table_refused(&screening->table)},
        {"noise", "", " not asked as they identify nobody", counts->noise},
        {"cleared", "",
         tg_args_has(screening->args, "all") ? " judged not him"
                                             : " judged not him and quiet (--all shows them)",
         counts->cleared},
        {"hidden", "", " replaced or expired (--all shows them)", counts->hidden}};
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "screened");
        tg_json_text(&json, "read_as", tg_view_str(screening->is_table ? "table" : "text"));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            tg_json_number(&json, rows[i].key, (int64_t)rows[i].count);
        (void)tg_json_put(&json, cli);
        return;
    }
    for (size_t i = 0, told = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[TG_COUNT_BYTES];
        bool always = i == 1 || i == 3;
        if (!rows[i].count && !always) continue;
        tg_count_format((int64_t)rows[i].count, number);
        tg_talk(cli, "%s%s%s%s",
                told++ ? i == 3   ? " screened: "
                         : i == 4 ? " "
                                  : ", "
                       : "",
                rows[i].before, number, rows[i].after);
    }
    tg_talk(cli, "\n");
}

/* "Nothing found" has a code of its own: what kept a file from being screened must not look like it. */
static tg_err failed(const struct screening *screening, tg_err err, struct tg_errmsg *em)
{
    bool looks_like_no = tg_err_exit_code(err) == tg_err_exit_code(TG_ENOENT);
    if (screening->begun) err = tg_context(em, err, "'%.200s'", screening->args->words[0]);
    return looks_like_no ? TG_EIO : err;
}

/* What was read is asked and shown all the same. */
static tg_err stopped(struct screening *screening, tg_err err, struct tg_errmsg *em)
{
    if (screening->begun) {
        (void)tg_screen_flush(screening->batch, NULL);
        (void)tg_screen_show_end(&screening->show, NULL);
        tg_talk(screening->cli, "stopped: what stands behind it was not screened\n");
    }
    return failed(screening, err, em);
}

tg_err tg_cmd_screen(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(screening)
    struct screening screening = {.cli = cli, .args = args, .input = {.pipe = -1}, .em = em};
    tg_err err = screening_open(&screening, em);
    if (!err) err = tg_screen_begin(screening.batch, em);
    if (!err) err = tg_screen_show_begin(&screening.show, cli, &screening.progress, em);
    if (err) return failed(&screening, err, em);
    if (!screening.country[0]) screening.country = tg_screen_country(screening.batch);
    reading_tell(&screening);
    tg_progress_begin(&screening.progress, cli, "screen");
    screening.progress.bytes = !screening.is_table;
    err = screening.is_table ? table_run(&screening, em) : text_run(&screening, em);
    if (!err) err = tg_screen_flush(screening.batch, em);
    if (err) return stopped(&screening, err, em);
    err = tg_screen_show_end(&screening.show, em);
    if (err) return err;
    if (screening.is_table) tg_screen_table_tell(&screening.table);
    sum_put(&screening);
    cli->answer_no = screening.show.hits == 0;
    return TG_OK;
}
