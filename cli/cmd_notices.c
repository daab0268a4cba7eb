/* notices: what came in that somebody should look at, once or as it comes.
 *
 * Knows no matching. Verb `notices`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/tables.h"

const struct tg_option tg_notices_options[] = {
    {"after", 0, TG_OPTION_NUMBER, false, "CURSOR", "only what came after that one", NULL, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many (50)", NULL, 0, 1000000},
    {"follow", 0, TG_OPTION_FLAG, false, NULL, "stay, and print what comes", NULL, 0, 0},
    TG_OPTION_END,
};

struct following {
    struct tg_cli *cli;
    struct tg_table table;
    bool follow;
    size_t rows;
    int64_t cursor;
};

static tg_err notice_text(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    char when[TG_WHEN_BYTES], first[128];
    const char *kind = tg_control_text(msg, "kind", ""), *other = tg_control_text(msg, "other", "");
    const char *does = strcmp(kind, "withdrawal") == 0 ? " withdraws " : " meets ";
    tg_when_format(tg_control_number(msg, "at_ms", 0), when);
    (void)snprintf(first, sizeof first, "%s  %-11.11s  %.24s%s%.24s", when, kind,
                   tg_control_text(msg, "ref", ""), other[0] ? does : "", other);
    tg_put(cli, "%s\n", first);
    tg_put_wrapped(cli, "    ", 4, tg_row_view(msg, "text"));
    return TG_OK;
}

static tg_err on_notice(void *ctx, const struct tg_control_msg *msg)
{
    struct following *following = ctx;
    if (msg->kind != TG_CONTROL_ROW) return TG_OK;
    following->rows++;
    following->cursor = tg_control_number(msg, "cursor", following->cursor);
    tg_err err = TG_OK;
    if (following->cli->format == TG_FORMAT_TEXT) {
        err = notice_text(following->cli, msg);
    } else {
        tg_table_fields(&following->table, msg, tg_table_notices.as);
        err = following->table.err;
    }
    (void)fflush(following->cli->out);
    return err;
}

tg_err tg_cmd_notices(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct following following = {.cli = cli, .follow = tg_args_has(args, "follow")};
    tg_request_begin(cli, &request, "notices");
    tg_request_option(&request, args, "after");
    tg_request_option(&request, args, "follow");
    tg_request_number(&request, "limit", tg_args_number(args, "limit", 50));
    tg_table_start(&following.table, cli, &tg_table_notices);
    tg_err err = tg_session_call(cli, &request, on_notice, &following, &arena, NULL, em);
    tg_table_release(&following.table);
    if (!err && !following.rows) tg_talk(cli, "no notices\n");
    return err;
}
