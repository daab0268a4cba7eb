/* notices: what came in that somebody should look at, the newest of it. What comes from now on: cmd_watch.c.
 *
 * Knows no matching. Verb `notices`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/notice.h"
#include "cli/tables.h"
#include "proto/record.h"

#define LIMIT_DEFAULT 50

const struct tg_option tg_notices_options[] = {
    {"after", 0, TG_OPTION_NUMBER, false, "CURSOR", "what came after that one, the oldest first", NULL, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many (50)", NULL, 0, 1000000},
    {"kind", 0, TG_OPTION_CHOICE, true, "KIND", "alert, convergence ...; may repeat", tg_notice_kinds, 0, 0},
    {"from", 0, TG_OPTION_TEXT, false, "CC", "about what that country reported", NULL, 0, 0},
    {"precedence", 0, TG_OPTION_CHOICE, false, "NAME", "alerts of that precedence and above", NULL,
     1 + TG_ENUM_PRECEDENCE, 0},
    {"mine", 0, TG_OPTION_FLAG, false, NULL, "hits of your standing queries", NULL, 0, 0},
    TG_OPTION_END,
};

struct listing {
    struct tg_cli *cli;
    struct tg_table table;
    int64_t rows;
};

static tg_err notice_text(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    char when[TG_WHEN_BYTES], first[128];
    const char *kind = tg_control_text(msg, "kind", ""), *other = tg_control_text(msg, "other", "");
    const char *does = strcmp(kind, "withdrawal") == 0   ? " withdraws "
                       : strcmp(kind, "dispute") == 0    ? " is about "
                       : strcmp(kind, "correction") == 0 ? " replaces "
                       : strcmp(kind, "ack") == 0        ? " by "
                                                         : " meets ";
    tg_when_format(tg_control_number(msg, "at_ms", 0), when);
    (void)snprintf(first, sizeof first, "%s  %-11.11s  %.24s%s%.24s", when, kind,
                   tg_control_text(msg, "ref", ""), other[0] ? does : "", other);
    tg_put(cli, "%s\n", first);
    tg_put_wrapped(cli, "    ", 4, tg_row_view(msg, "text"));
    return TG_OK;
}

static tg_err on_notice(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    if (tg_row_is(msg, "gone")) tg_notice_gone_talk(listing->cli, msg);
    if (!tg_row_is(msg, "notice")) return TG_OK;
    listing->rows++;
    if (listing->cli->format == TG_FORMAT_TEXT) return notice_text(listing->cli, msg);
    tg_table_fields(&listing->table, msg, tg_table_notices.as);
    return listing->table.err;
}

static void ending_put(struct tg_cli *cli, const struct tg_args *args, const struct listing *listing,
                       const struct tg_control_msg *done)
{
    long long rows = (long long)listing->rows, total = (long long)tg_control_number(done, "total", rows);
    if (!rows) tg_talk(cli, "no notices\n");
    if (!rows || total <= rows) return;
    if (tg_args_has(args, "after"))
        tg_talk(cli, "%lld of %lld shown; more with --after %lld\n", rows, total,
                (long long)tg_control_number(done, "cursor", 0));
    else
        tg_talk(cli, "the newest %lld of %lld shown; more with --limit\n", rows, total);
}

tg_err tg_cmd_notices(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct listing listing = {.cli = cli};
    struct tg_control_msg done;
    int64_t limit = tg_args_number(args, "limit", LIMIT_DEFAULT);
    tg_request_begin(cli, &request, "notices");
    for (const struct tg_option *option = tg_notices_options; option->name; option++)
        if (strcmp(option->name, "limit") != 0) tg_request_option(&request, args, option->name);
    if (!tg_args_has(args, "after")) tg_request_number(&request, "newest", limit);
    tg_request_number(&request, "limit", limit);
    tg_table_start(&listing.table, cli, &tg_table_notices);
    tg_err err = tg_session_call(cli, &request, on_notice, &listing, &arena, &done, em);
    tg_table_release(&listing.table);
    if (!err) ending_put(cli, args, &listing, &done);
    return err;
}
