/* reinstate: let an entry be imported again that an officer's withdrawal keeps out.
 *
 * Knows no key: what was withdrawn stays gone. Verbs `reinstate`, `reinstate.list`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/terminal.h"

const struct tg_option tg_reinstate_options[] = {
    {"list", 0, TG_OPTION_FLAG, false, NULL, "what is kept from being imported again", NULL, 0, 0},
    TG_OPTION_END,
};

static const struct tg_column columns[] = {
    {"ref", "RECORD", TG_COLUMN_TEXT, false},
    {"withdrawal", "WITHDRAWN BY", TG_COLUMN_TEXT, false},
    {"at", "SINCE", TG_COLUMN_TIME, false},
    {"blocked", "KEEPS OUT BY", TG_COLUMN_TEXT, false},
};

static tg_err on_blocked(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_table *table = ctx;
    if (!tg_row_is(msg, "blocked")) return TG_OK;
    int64_t at_ms = tg_control_number(msg, "at_ms", 0);
    tg_table_str(table, tg_control_text(msg, "ref", ""));
    tg_table_str(table, tg_control_text(msg, "withdrawal", ""));
    if (at_ms)
        tg_table_time(table, at_ms);
    else
        tg_table_none(table);
    tg_table_str(table, tg_control_text(msg, "blocked", ""));
    tg_table_row(table);
    return table->err;
}

static tg_err list(struct tg_cli *cli, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_table) struct tg_table table = {0};
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "reinstate.list");
    tg_table_begin(&table, cli, "blocked", columns, sizeof columns / sizeof columns[0]);
    tg_err err = tg_session_call(cli, &request, on_blocked, &table, &arena, &done, em);
    if (!err) err = tg_table_end(&table);
    if (err) return err;
    cli->answer_no = tg_control_number(&done, "total", 0) == 0;
    if (cli->answer_no) tg_talk(cli, "nothing is kept from being imported\n");
    return TG_OK;
}

tg_err tg_cmd_reinstate(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (tg_args_has(args, "list")) return list(cli, em);
    if (!args->word_count)
        return tg_fail(em, TG_EUSAGE,
                       "say which: a withdrawn record as TJ-7, or list:number; --list shows them");
    char question[256];
    (void)snprintf(question, sizeof question, "let %.100s be imported again?", args->words[0]);
    tg_err err = tg_terminal_confirm(cli, question, em);
    if (err) return err;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "reinstate");
    tg_request_text(&request, "ref", args->words[0]);
    err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (err) return err;
    bool number = strcmp(tg_control_text(&done, "blocked", ""), "number") == 0;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "reinstated");
        tg_json_text(&json, "ref", tg_row_view(&done, "ref"));
        tg_json_text(&json, "blocked", tg_row_view(&done, "blocked"));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, cli->format == TG_FORMAT_TSV ? "reinstated\t%s\n" : "reinstated: %s\n", args->words[0]);
    tg_talk(cli, "an import takes %s again; the withdrawn record itself stays gone\n",
            number ? "the entry of that number" : "the same statement");
    return TG_OK;
}
