/* log receipts, log withheld: who has not acknowledged what, and what was addressed to us and is not given.
 *
 * Knows no tree. Verbs `log.receipts`, `log.withheld`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/tables.h"

#define MINUTE_MS 60000
#define MINUTES_MAX 525600 /* a year */

const struct tg_option tg_log_receipts_options[] = {
    {"overdue", 0, TG_OPTION_FLAG, false, NULL, "only what is overdue, and what to do about it", NULL, 0, 0},
    {"peer", 0, TG_OPTION_TEXT, false, "PEER", "of that partner alone: country or node id", NULL, 0, 0},
    {"after", 0, TG_OPTION_NUMBER, false, "MINUTES", "overdue after so long (flash 1, immediate 2, else 10)",
     NULL, 0, MINUTES_MAX},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "of each partner's, the oldest N (20)", NULL, 1, 1000},
    TG_OPTION_END,
};
const struct tg_option tg_log_withheld_options[] = {
    {"note", 0, TG_OPTION_FLAG, false, NULL, "print the signed notes, to be shown to others", NULL, 0, 0},
    TG_OPTION_END,
};

static const struct tg_column owed_columns[] = {
    {"country", "partner", TG_COLUMN_TEXT, false}, {"ref", "record", TG_COLUMN_TEXT, true},
    {"what", "waits for", TG_COLUMN_TEXT, false},  {"precedence", "precedence", TG_COLUMN_TEXT, false},
    {"since_ms", "since", TG_COLUMN_TIME, false},  {"due_ms", NULL, TG_COLUMN_TIME, false},
    {"overdue", "overdue", TG_COLUMN_TEXT, false}, {"index", NULL, TG_COLUMN_NUMBER, false},
    {"by", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as owed_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT,   TG_AS_TEXT, TG_AS_TIME,
                                          TG_AS_TIME, TG_AS_YES,  TG_AS_NUMBER, TG_AS_TEXT};
static const struct tg_column withheld_columns[] = {
    {"country", "log of", TG_COLUMN_TEXT, false},   {"ref", "envelope", TG_COLUMN_TEXT, false},
    {"named_by", "named by", TG_COLUMN_TEXT, true}, {"asked", "asked", TG_COLUMN_TEXT, false},
    {"state", "state", TG_COLUMN_TEXT, false},      {"at_ms", "since", TG_COLUMN_TIME, false},
    {"index", NULL, TG_COLUMN_NUMBER, false},       {"origin", NULL, TG_COLUMN_TEXT, false},
    {"chained", NULL, TG_COLUMN_TEXT, false},       {"note", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as withheld_as[] = {TG_AS_TEXT, TG_AS_TEXT,   TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT,
                                              TG_AS_TIME, TG_AS_NUMBER, TG_AS_TEXT, TG_AS_YES,  TG_AS_TEXT};

/* Receipts, then what is owed, then words about each partner. */
struct receipts {
    struct tg_cli *cli;
    struct tg_table given, owed;
    bool overdue_alone;
    struct tg_buf advice;
};

/* What the operator does next. */
static tg_err advise(struct receipts *receipts, const struct tg_control_msg *msg)
{
    const char *country = tg_control_text(msg, "country", ""), *contact = tg_control_text(msg, "contact", "");
    int64_t overdue = tg_control_number(msg, "overdue", 0), waiting = tg_control_number(msg, "waiting", 0);
    bool up = strcmp(tg_control_text(msg, "link", ""), "up") == 0;
    if (!overdue) return TG_OK;
    tg_err err = tg_buf_putf(&receipts->advice, "%s: %lld of %lld overdue; ", country, (long long)overdue,
                             (long long)waiting);
    if (!err && up)
        err = tg_buf_putf(&receipts->advice,
                          "the link is up: ask its operator for 'tamga status' and 'tamga doctor' there");
    else if (!err)
        err = tg_buf_putf(&receipts->advice, "no link: 'tamga peer test %s' says what is wrong", country);
    if (!err && contact[0]) err = tg_buf_putf(&receipts->advice, "; they answer at %s", contact);
    return err ? err : tg_buf_put_str(&receipts->advice, "\n");
}

static tg_err on_receipt_row(void *ctx, const struct tg_control_msg *msg)
{
    struct receipts *receipts = ctx;
    if (tg_row_is(msg, "partner")) return advise(receipts, msg);
    if (tg_row_is(msg, "receipt") && !receipts->overdue_alone)
        tg_table_fields(&receipts->given, msg, tg_table_receipts.as);
    if (tg_row_is(msg, "owed")) tg_table_fields(&receipts->owed, msg, owed_as);
    return receipts->given.err ? receipts->given.err : receipts->owed.err;
}

static tg_err receipts_print(struct receipts *receipts, const struct tg_control_msg *done)
{
    struct tg_cli *cli = receipts->cli;
    bool text = cli->format == TG_FORMAT_TEXT, both = receipts->given.rows && receipts->owed.rows && text;
    bool nothing = !receipts->owed.rows;
    tg_err err = tg_table_end(&receipts->given);
    if (!err && both) tg_put(cli, "\n");
    if (!err) err = tg_table_end(&receipts->owed);
    if (err) return err;
    if (nothing) tg_talk(cli, "nothing is %s\n", receipts->overdue_alone ? "overdue" : "waited for");
    if (!nothing)
        tg_talk(cli, "%lld not acknowledged, %lld of them overdue\n",
                (long long)tg_control_number(done, "waiting", 0),
                (long long)tg_control_number(done, "overdue", 0));
    TG_AUTO(tg_buf) struct tg_buf escaped = {0};
    struct tg_view rest = tg_buf_view(&receipts->advice);
    while (rest.bytes && !err) {
        const uint8_t *end = memchr(rest.data, '\n', rest.bytes);
        size_t bytes = end ? (size_t)(end - rest.data) : rest.bytes;
        tg_buf_clear(&escaped);
        err = tg_text_escape(tg_view_of(rest.data, bytes), &escaped);
        if (!err) tg_talk(cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&escaped)));
        rest = tg_view_of(rest.data + bytes + 1, rest.bytes - bytes - 1);
    }
    return err;
}

tg_err tg_cmd_log_receipts(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    struct receipts receipts = {.cli = cli, .overdue_alone = tg_args_has(args, "overdue")};
    tg_request_begin(cli, &request, "log.receipts");
    tg_request_option(&request, args, "peer");
    tg_request_option(&request, args, "overdue");
    if (tg_args_has(args, "after"))
        tg_request_number(&request, "overdue_ms", tg_args_number(args, "after", 0) * MINUTE_MS);
    tg_request_number(&request, "limit", tg_args_number(args, "limit", 20));
    tg_table_start(&receipts.given, cli, &tg_table_receipts);
    tg_table_begin(&receipts.owed, cli, "owed", owed_columns, sizeof owed_columns / sizeof *owed_columns);
    tg_err err = tg_session_call(cli, &request, on_receipt_row, &receipts, &arena, &done, em);
    if (!err) err = receipts_print(&receipts, &done);
    tg_table_release(&receipts.given);
    tg_table_release(&receipts.owed);
    tg_buf_release(&receipts.advice);
    return err;
}

struct withheld {
    struct tg_cli *cli;
    struct tg_table table;
    bool notes;
    size_t rows;
};

static tg_err on_withheld_row(void *ctx, const struct tg_control_msg *msg)
{
    struct withheld *withheld = ctx;
    if (!tg_row_is(msg, "withheld")) return TG_OK;
    withheld->rows++;
    if (withheld->notes) {
        struct tg_view note = tg_row_view(msg, "note");
        tg_put(withheld->cli, "%s%.*s", withheld->rows > 1 ? "\n" : "", TG_VIEW_PRINT(note));
        return TG_OK;
    }
    tg_table_fields(&withheld->table, msg, withheld_as);
    return withheld->table.err;
}

tg_err tg_cmd_log_withheld(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    struct withheld withheld = {.cli = cli, .notes = tg_args_has(args, "note")};
    tg_request_begin(cli, &request, "log.withheld");
    tg_table_begin(&withheld.table, cli, "withheld", withheld_columns,
                   sizeof withheld_columns / sizeof *withheld_columns);
    tg_err err = tg_session_call(cli, &request, on_withheld_row, &withheld, &arena, &done, em);
    if (!err) err = tg_table_end(&withheld.table);
    tg_table_release(&withheld.table);
    if (err) return err;
    int64_t open = tg_control_number(&done, "withheld", 0);
    if (!withheld.rows) tg_talk(cli, "nothing that was addressed to this node is withheld\n");
    if (open && !withheld.notes)
        tg_talk(cli,
                "%lld withheld: ask the origin; 'tamga log withheld --note' prints what this node signed\n",
                (long long)open);
    return TG_OK;
}
