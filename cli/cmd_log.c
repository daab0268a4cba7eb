/* log: heads of all logs, the receipts that partners gave, entries one by one.
 *
 * Knows no tree. Verbs `log`, `log.entries`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/standing.h"
#include "cli/tables.h"

const struct tg_option tg_log_options[] = {
    {"entries", 0, TG_OPTION_FLAG, false, NULL, "its entries one by one", NULL, 0, 0},
    {"epoch", 0, TG_OPTION_NUMBER, false, "N", "entries of that epoch (else of the newest)", NULL, 0,
     1000000},
    {"from", 0, TG_OPTION_NUMBER, false, "INDEX", "begin at that entry (0)", NULL, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many entries (50)", NULL, 0, 1000000},
    TG_OPTION_END,
};
/* Two tables from one answer, one after the other. */
struct heads {
    struct tg_table logs, receipts;
    struct tg_standing standing;
    struct tg_cli *cli;
};

static tg_err on_head(void *ctx, const struct tg_control_msg *msg)
{
    struct heads *heads = ctx;
    bool log = tg_row_is(msg, "log");
    if (!log && !tg_row_is(msg, "receipt")) return TG_OK;
    struct tg_table *table = log ? &heads->logs : &heads->receipts;
    tg_table_fields(table, msg, log ? tg_table_logs.as : tg_table_receipts.as);
    return table->err ? table->err : log ? tg_standing_add(&heads->standing, msg) : TG_OK;
}

static tg_err heads_print(struct tg_cli *cli, struct heads *heads)
{
    bool both = heads->logs.rows && heads->receipts.rows && cli->format == TG_FORMAT_TEXT;
    if (!heads->logs.rows && !heads->receipts.rows && cli->format == TG_FORMAT_TEXT)
        tg_talk(cli, "no log has an entry yet\n");
    tg_err err = tg_table_end(&heads->logs);
    if (!err && both) tg_put(cli, "\n");
    if (!err) err = tg_table_end(&heads->receipts);
    if (!err) tg_standing_put(&heads->standing, cli);
    return err;
}

static tg_err heads_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct heads heads = {.cli = cli};
    tg_request_begin(cli, &request, "log");
    if (args->word_count) tg_request_text(&request, "origin", args->words[0]);
    tg_table_start(&heads.logs, cli, &tg_table_logs);
    tg_table_start(&heads.receipts, cli, &tg_table_receipts);
    tg_err err = tg_session_call(cli, &request, on_head, &heads, &arena, NULL, em);
    if (!err) err = heads_print(cli, &heads);
    tg_standing_release(&heads.standing);
    tg_table_release(&heads.logs);
    tg_table_release(&heads.receipts);
    return err;
}

tg_err tg_cmd_log(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (!tg_args_has(args, "entries")) return heads_show(cli, args, em);
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    size_t rows = 0;
    tg_request_begin(cli, &request, "log.entries");
    if (args->word_count) tg_request_text(&request, "origin", args->words[0]);
    tg_request_option(&request, args, "epoch");
    tg_request_option(&request, args, "from");
    tg_request_number(&request, "limit", tg_args_number(args, "limit", 50));
    tg_err err = tg_table_call(cli, &request, &tg_table_entries, &arena, NULL, &rows, em);
    if (!err && !rows) tg_talk(cli, "no entries there\n");
    return err;
}
