/* dispute: contest a record, pass the word on, decide, and see what is open.
 *
 * Knows no rule of disputes: the node does. Verbs `dispute…`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/dispute.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "proto/record.h"

#define DAY_MS INT64_C(86400000)

const struct tg_option tg_dispute_options[] = {
    {"ground", 0, TG_OPTION_CHOICE, false, "NAME", "what is wrong with it (needed)", NULL,
     1 + TG_ENUM_DISPUTE_GROUND, 0},
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "why, for its origin and every holder", NULL, 0, 0},
    {"raised-by", 0, TG_OPTION_CHOICE, false, "WHO", "who contests it; else the holder", NULL,
     1 + TG_ENUM_DISPUTE_RAISER, 0},
    {"deadline", 0, TG_OPTION_DATE, false, "DATE", "last day on which its origin is asked to decide", NULL, 0,
     0},
    {"days", 0, TG_OPTION_NUMBER, false, "N", "or so many days from now (30)", NULL, 1, 3650},
    {"to", 0, TG_OPTION_TEXT, false, "WHO", "else its origin and every holder that is a partner", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "watch who stores it (0)", NULL, 0, 3600},
    TG_OPTION_END,
};
const struct tg_option tg_dispute_list_options[] = {
    {"open", 0, TG_OPTION_FLAG, false, NULL, "those that are not decided (default)", NULL, 0, 0},
    {"overdue", 0, TG_OPTION_FLAG, false, NULL, "those whose deadline has passed", NULL, 0, 0},
    {"all", 0, TG_OPTION_FLAG, false, NULL, "decided ones too", NULL, 0, 0},
    TG_OPTION_END,
};
const struct tg_option tg_dispute_pass_options[] = {
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "else what the dispute says", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "watch who stores it (0)", NULL, 0, 3600},
    TG_OPTION_END,
};
const struct tg_option tg_dispute_decide_options[] = {
    {"reject", 0, TG_OPTION_FLAG, false, NULL, "the record stands", NULL, 0, 0},
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "why; every holder is shown it (needed)", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "watch who stores it (0)", NULL, 0, 3600},
    TG_OPTION_END,
};

/* ---- rows ---- */

static const char *words_of(const char *name, char *out, size_t out_bytes)
{
    (void)snprintf(out, out_bytes, "%s", name);
    for (char *at = out; *at; at++)
        if (*at == '_') *at = ' ';
    return out;
}

tg_err tg_dispute_json(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"ref",    "country",   "by",    "kind", "target", "target_country",
                                        "ground", "raised_by", "state", "text"};
    struct tg_json json;
    tg_json_begin(&json, "dispute");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
    tg_json_hex(&json, "id", tg_control_data(msg, "id"));
    tg_json_time(&json, "at", tg_control_number(msg, "at_ms", 0));
    tg_json_time(&json, "deadline", tg_control_number(msg, "deadline_ms", 0));
    tg_json_raw(&json, "overdue", tg_view_str(tg_control_number(msg, "overdue", 0) ? "true" : "false"));
    tg_json_time(&json, "decided", tg_control_number(msg, "decided_ms", 0));
    tg_json_text(&json, "decision", tg_row_view(msg, "decision"));
    tg_json_text(&json, "decision_text", tg_row_view(msg, "decision_text"));
    return tg_json_put(&json, cli);
}

static tg_err ended_text(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    char since[TG_WHEN_BYTES], ended[TG_WHEN_BYTES], first[160], ground[64];
    const char *text = tg_control_text(msg, "decision_text", ""),
               *country = tg_control_text(msg, "country", "");
    tg_when_format(tg_control_number(msg, "at_ms", 0), since);
    tg_when_format(tg_control_number(msg, "decided_ms", 0), ended);
    (void)words_of(tg_control_text(msg, "ground", ""), ground, sizeof ground);
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err =
        tg_buf_putf(&line, "was disputed by %s on %.10s (%s), %s by %s on %.10s%s%s", country, since, ground,
                    tg_control_text(msg, "state", ""), tg_control_text(msg, "target_country", "its origin"),
                    ended, text[0] ? ": " : "", text);
    (void)snprintf(first, sizeof first, "  %-10.40s ", tg_control_text(msg, "ref", ""));
    if (!err) tg_put_wrapped(cli, first, 13, tg_buf_view(&line));
    return err;
}

static tg_err open_line(const struct tg_control_msg *msg, struct tg_buf *line)
{
    char since[TG_WHEN_BYTES], until[TG_WHEN_BYTES], ground[64], raiser[64];
    const char *state = tg_control_text(msg, "state", ""), *text = tg_control_text(msg, "text", "");
    int64_t deadline_ms = tg_control_number(msg, "deadline_ms", 0);
    tg_when_format(tg_control_number(msg, "at_ms", 0), since);
    tg_when_format(deadline_ms, until);
    (void)words_of(tg_control_text(msg, "ground", ""), ground, sizeof ground);
    (void)words_of(tg_control_text(msg, "raised_by", ""), raiser, sizeof raiser);
    tg_err err = tg_buf_putf(line, "%s, since %.10s: %s, raised by the %s",
                             tg_control_text(msg, "country", ""), since, ground, raiser);
    bool dispute = strcmp(tg_control_text(msg, "kind", ""), "dispute") == 0;
    if (!err && !dispute)
        err = tg_buf_put_str(line, "; would take it back or replace it, which binds nobody");
    if (!err && strcmp(state, "not_counted") == 0)
        err = tg_buf_put_str(line, "; not counted: it was not given the record, as far as is known here");
    if (!err && strcmp(state, "passed_on") == 0)
        err = tg_buf_put_str(line, "; the word of the origin about it");
    if (!err && deadline_ms)
        err = tg_control_number(msg, "overdue", 0) ? tg_buf_putf(line, "; OVERDUE since %s", until)
                                                   : tg_buf_putf(line, "; to be decided by %s", until);
    if (!err && text[0]) err = tg_buf_putf(line, "\n%s", text);
    return err;
}

tg_err tg_dispute_text(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    if (tg_control_number(msg, "decided_ms", 0)) return ended_text(cli, msg);
    char first[160];
    const char *ref = tg_control_text(msg, "ref", ""), *target = tg_control_text(msg, "target", "");
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err = open_line(msg, &line);
    (void)snprintf(first, sizeof first, "  %-10.40s ", ref);
    if (err) return err;
    tg_put_wrapped(cli, first, 13, tg_buf_view(&line));
    bool ours = tg_control_number(msg, "ours", 0) && strcmp(tg_control_text(msg, "state", ""), "open") == 0;
    if (!ours) return TG_OK;
    tg_talk(cli,
            "it is ours to decide: tamga dispute decide %s --reject --text ...\n"
            "                      tamga correct %s --dispute %s ... or tamga withdraw %s --dispute %s ...\n"
            "tell its other holders: tamga dispute pass %s\n",
            ref, target, ref, target, ref, ref);
    return TG_OK;
}

/* ---- list ---- */

static const struct tg_column columns[] = {
    {"ref", "DISPUTE", TG_COLUMN_TEXT, false},
    {"target", "RECORD", TG_COLUMN_TEXT, false},
    {"country", "BY", TG_COLUMN_TEXT, false},
    {"ground", "GROUND", TG_COLUMN_TEXT, false},
    {"decide_by", "DECIDE BY", TG_COLUMN_TEXT, false},
    {"state", "STATE", TG_COLUMN_TEXT, false},
    {"text", "WHY", TG_COLUMN_TEXT, true},
    {"raised_by", NULL, TG_COLUMN_TEXT, false},
    {"at", NULL, TG_COLUMN_TIME, false},
    {"deadline", NULL, TG_COLUMN_TIME, false},
    {"decided", NULL, TG_COLUMN_TIME, false},
    {"decision", NULL, TG_COLUMN_TEXT, false},
    {"decision_text", NULL, TG_COLUMN_TEXT, false},
    {"id", NULL, TG_COLUMN_TEXT, false},
};

struct listing {
    struct tg_cli *cli;
    struct tg_table table;
};

static void time_or_none(struct tg_table *table, int64_t ms)
{
    if (ms)
        tg_table_time(table, ms);
    else
        tg_table_none(table);
}

static tg_err on_listed(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    struct tg_table *table = &listing->table;
    char day[TG_WHEN_BYTES];
    if (!tg_row_is(msg, "dispute")) return TG_OK;
    if (listing->cli->format == TG_FORMAT_JSON) return tg_dispute_json(listing->cli, msg);
    int64_t deadline_ms = tg_control_number(msg, "deadline_ms", 0);
    tg_when_format(deadline_ms, day);
    if (deadline_ms) day[10] = 0;
    tg_table_str(table, tg_control_text(msg, "ref", ""));
    tg_table_str(table, tg_control_text(msg, "target", ""));
    tg_table_str(table, tg_control_text(msg, "country", ""));
    tg_table_str(table, tg_control_text(msg, "ground", ""));
    tg_table_str(table, day);
    tg_table_str(table, tg_control_number(msg, "overdue", 0) ? "OVERDUE" : tg_control_text(msg, "state", ""));
    tg_table_text(table, tg_row_view(msg, "text"));
    tg_table_str(table, tg_control_text(msg, "raised_by", ""));
    tg_table_time(table, tg_control_number(msg, "at_ms", 0));
    time_or_none(table, deadline_ms);
    time_or_none(table, tg_control_number(msg, "decided_ms", 0));
    tg_table_str(table, tg_control_text(msg, "decision", ""));
    tg_table_text(table, tg_row_view(msg, "decision_text"));
    tg_table_hex(table, tg_control_data(msg, "id"));
    tg_table_row(table);
    return table->err;
}

tg_err tg_cmd_dispute_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    bool all = tg_args_has(args, "all"), overdue = tg_args_has(args, "overdue");
    if (all + overdue + tg_args_has(args, "open") > 1)
        return tg_fail(em, TG_EUSAGE, "give one of --open, --overdue and --all");
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct listing listing = {.cli = cli};
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "dispute.list");
    tg_request_text(&request, "which", all ? "all" : overdue ? "overdue" : "open");
    tg_table_begin(&listing.table, cli, "dispute", columns, sizeof columns / sizeof columns[0]);
    tg_err err = tg_session_call(cli, &request, on_listed, &listing, &arena, &done, em);
    if (!err && cli->format != TG_FORMAT_JSON) err = tg_table_end(&listing.table);
    tg_table_release(&listing.table);
    if (err) return err;
    tg_talk(cli, "%lld open, %lld of them overdue\n", (long long)tg_control_number(&done, "open", 0),
            (long long)tg_control_number(&done, "overdue", 0));
    cli->answer_no = tg_control_number(&done, "shown", 0) == 0;
    return TG_OK;
}

/* ---- words that go out ---- */

static tg_err on_untold(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    if (!tg_row_is(msg, "untold")) return TG_OK;
    const char *country = tg_control_text(msg, "country", ""), *node = tg_control_text(msg, "node", "");
    const char *origin = tg_control_text(msg, "origin", "");
    bool is_origin = tg_control_number(msg, "is_origin", 0) != 0;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "untold");
        tg_json_text(&json, "country", tg_view_str(country));
        tg_json_text(&json, "node", tg_view_str(node));
        tg_json_text(&json, "origin", tg_view_str(origin));
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV) tg_put(cli, "untold\t%s\t%s\n", country, node);
    char name[64];
    bool known = strcmp(country, "??") != 0;
    (void)snprintf(name, sizeof name, known ? "%s" : "node %.12s", known ? country : node);
    if (is_origin)
        tg_talk(cli, "%s, its origin, is no partner of ours: it is not told, and only it can decide\n", name);
    else
        tg_talk(cli, "%s holds it too and is no partner of ours: %s, its origin, has to tell them\n", name,
                origin);
    return TG_OK;
}

/* The last instant of the day, else so many days from now. */
static tg_err deadline_of(const struct tg_cli *cli, const struct tg_args *args, int64_t *ret_ms,
                          struct tg_errmsg *em)
{
    const char *date = tg_args_text(args, "deadline", NULL);
    struct tg_date day;
    if (date && tg_args_has(args, "days"))
        return tg_fail(em, TG_EUSAGE, "give '--deadline' or '--days', not both");
    if (!date) {
        *ret_ms = tg_clock_wall_ms(cli->clock) + tg_args_number(args, "days", 30) * DAY_MS;
        return TG_OK;
    }
    tg_err err = tg_date_parse(tg_view_str(date), &day, em);
    if (!err) *ret_ms = (tg_date_last_day(day) + INT64_C(1)) * DAY_MS - 1;
    return err;
}

tg_err tg_cmd_dispute(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    int64_t deadline_ms = 0;
    if (!tg_args_has(args, "ground"))
        return tg_fail(
            em, TG_EUSAGE,
            "'dispute' needs --ground: wrong_person, wrong_fact, outdated, unlawful, source or other");
    tg_err err = deadline_of(cli, args, &deadline_ms, em);
    if (err) return err;
    TG_AUTO(tg_request) struct tg_request request;
    tg_request_begin(cli, &request, "dispute");
    tg_request_text(&request, "ref", args->words[0]);
    tg_request_option(&request, args, "ground");
    tg_request_option(&request, args, "text");
    tg_request_text(&request, "raised_by", tg_args_text(args, "raised-by", NULL));
    tg_request_option(&request, args, "to");
    tg_request_number(&request, "deadline_ms", deadline_ms);
    struct tg_publish publish = {.what = "dispute", .wait_ms = tg_wait_ms(args, 0)};
    return tg_publish_request(cli, &request, &publish, on_untold, em);
}

static tg_err word_send(struct tg_cli *cli, const struct tg_args *args, const char *verb, const char *what,
                        struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    tg_request_begin(cli, &request, verb);
    tg_request_text(&request, "ref", args->words[0]);
    tg_request_option(&request, args, "text");
    struct tg_publish publish = {.what = what, .wait_ms = tg_wait_ms(args, 0)};
    return tg_publish_request(cli, &request, &publish, on_untold, em);
}

tg_err tg_cmd_dispute_pass(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    return word_send(cli, args, "dispute.pass", "dispute passed on as", em);
}

tg_err tg_cmd_dispute_decide(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (!tg_args_has(args, "reject"))
        return tg_fail(em, TG_EUSAGE,
                       "say --reject and --text; a dispute that is right is ended by 'tamga correct REF "
                       "--dispute %.40s' "
                       "or 'tamga withdraw REF --dispute %.40s'",
                       args->words[0], args->words[0]);
    if (!tg_args_has(args, "text"))
        return tg_fail(em, TG_EUSAGE, "say why with --text: every holder is shown it");
    char question[256];
    (void)snprintf(question, sizeof question, "reject %.80s before all who hold the record?", args->words[0]);
    tg_err err = cli->in_terminal ? tg_terminal_confirm(cli, question, em) : TG_OK;
    return err ? err : word_send(cli, args, "dispute.decide", "decision", em);
}
