/* review: which of our own records are to be looked at again, and the outcome of having looked.
 *
 * Knows no day but those that it is told. Verb `review.list`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/correct.h"
#include "cli/draft.h"
#include "cli/publish.h"
#include "cli/row.h"
#include "cli/session.h"
#include "cli/table.h"

#define DAY_MS INT64_C(86400000)

const struct tg_option tg_review_options[] = {
    {"due", 0, TG_OPTION_DATE, false, "DATE", "due by that day (14 days from now)", NULL, 0, 0},
    {"overdue", 0, TG_OPTION_FLAG, false, NULL, "only what was due before today", NULL, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many (1,000)", NULL, 1, 1000},
    {"keep-until", 0, TG_OPTION_DATE, false, "DATE", "with REF: it stands, to be looked at again then", NULL,
     0, 0},
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "with REF: why it is kept (needed)", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "with REF: watch who stores it (0)", NULL, 0, 3600},
    TG_OPTION_END,
};

static const struct tg_column columns[] = {
    {"review", "REVIEW", TG_COLUMN_TEXT, false}, {"ref", "RECORD", TG_COLUMN_TEXT, false},
    {"due", "DUE", TG_COLUMN_TEXT, false},       {"list", NULL, TG_COLUMN_TEXT, false},
    {"summary", "WHAT", TG_COLUMN_TEXT, true},   {"id", NULL, TG_COLUMN_TEXT, false},
};

struct listing {
    struct tg_cli *cli;
    struct tg_arena *arena;
    struct tg_table table;
    int32_t today;
    size_t count;
    struct tg_errmsg *em;
};

static tg_err on_due(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    struct tg_row *row = NULL;
    char day[TG_DATE_TEXT_BYTES], left[32];
    if (!tg_row_is(msg, "review")) return TG_OK;
    tg_arena_clear(listing->arena);
    tg_err err = tg_row_keep(msg, listing->arena, &row, listing->em);
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    if (!err) err = tg_row_summary(row, &summary);
    if (err) return err;
    int32_t due = (int32_t)tg_control_number(msg, "review_day", 0), days = due - listing->today;
    tg_date_format(tg_date_of_day(due), day);
    (void)snprintf(left, sizeof left, days < 0 ? "OVERDUE %d d" : "in %d d", days < 0 ? -days : days);
    listing->count++;
    tg_table_str(&listing->table, day);
    tg_table_str(&listing->table, row->ref);
    tg_table_str(&listing->table, left);
    tg_table_str(&listing->table, row->record ? row->record->head->list : "");
    tg_table_text(&listing->table, tg_buf_view(&summary));
    tg_table_hex(&listing->table, row->id);
    tg_table_row(&listing->table);
    return listing->table.err;
}

static tg_err list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena, row_arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_arena_init(&row_arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    int32_t today = (int32_t)(tg_clock_wall_ms(cli->clock) / DAY_MS), until = today + 14;
    const char *due = tg_args_text(args, "due", NULL);
    struct tg_date date;
    struct tg_control_msg done;
    tg_err err = due ? tg_date_parse(tg_view_str(due), &date, em) : TG_OK;
    if (err) return err;
    if (due) until = tg_date_last_day(date);
    if (tg_args_has(args, "overdue")) until = today - 1;
    struct listing listing = {.cli = cli, .arena = &row_arena, .today = today, .em = em};
    tg_request_begin(cli, &request, "review.list");
    tg_request_number(&request, "until_day", until);
    tg_request_option(&request, args, "limit");
    tg_table_begin(&listing.table, cli, "review", columns, sizeof columns / sizeof columns[0]);
    err = tg_session_call(cli, &request, on_due, &listing, &arena, &done, em);
    if (!err) err = tg_table_end(&listing.table);
    tg_table_release(&listing.table);
    if (err) return err;
    bool more = tg_control_number(&done, "more", 0) != 0;
    tg_talk(cli, listing.count ? "%zu to review%s\n" : "nothing is to be reviewed\n", listing.count,
            more ? "; there is more behind them" : "");
    cli->answer_no = listing.count == 0;
    return TG_OK;
}

/* ---- the outcome ---- */

static tg_err keep_patch(void *ctx, struct tg_cli *cli, enum tg_kind kind, struct tg_buf *out,
                         struct tg_errmsg *em)
{
    (void)cli, (void)kind, (void)em;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_draft draft;
    tg_draft_begin(&draft, &arena);
    tg_draft_str(&draft, "head.handling.review", ctx);
    return tg_draft_render(&draft, out);
}

tg_err tg_cmd_review(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *until = tg_args_text(args, "keep-until", NULL), *why = tg_args_text(args, "text", NULL);
    if (!args->word_count) {
        if (until || why)
            return tg_fail(em, TG_EUSAGE, "say which record: tamga review REF --keep-until DATE --text ...");
        return list(cli, args, em);
    }
    if (!until || !why)
        return tg_fail(em, TG_EUSAGE,
                       "say --keep-until and --text; what is not kept is ended by 'tamga withdraw %.60s' or "
                       "'tamga correct %.60s'",
                       args->words[0], args->words[0]);
    char *day = strdup(until);
    if (!day) return TG_ENOMEM;
    struct tg_correction correction = {
        .ref = args->words[0], .why = why, .wait_ms = tg_wait_ms(args, 0), .patch = keep_patch, .ctx = day};
    tg_err err = tg_correct(cli, &correction, em);
    free(day);
    return err;
}
