/* withdraw: take a record back at every holder, and see who has done it.
 *
 * Knows no key: the node punctures. Verb `withdraw`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/session.h"
#include "cli/terminal.h"

#define WAIT_MS 5000
#define DAY_MS INT64_C(86400000)

static const char *const reasons[] = {"wrong_person",  "expired", "court_order", "superseded",
                                      "source_burned", "error",   NULL};

const struct tg_option tg_withdraw_options[] = {
    {"reason", 0, TG_OPTION_CHOICE, false, "NAME",
     "wrong_person, expired, court_order, superseded, source_burned or error (needed)", reasons, 0, 0},
    {"note", 0, TG_OPTION_TEXT, false, "TEXT", "for those who hold it", NULL, 0, 0},
    {"successor", 0, TG_OPTION_TEXT, false, "REF", "the record that stands in its place", NULL, 0, 0},
    {"dispute", 0, TG_OPTION_TEXT, false, "REF", "the dispute that this decides", NULL, 0, 0},
    {"deadline", 0, TG_OPTION_DATE, false, "DATE",
     "last day for holders to have erased it; overdue from then on", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "how long to watch who withdraws it (5)", NULL, 0, 3600},
    TG_OPTION_END,
};

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = ctx;
    if (!tg_row_is(msg, "withdrawn")) return TG_OK;
    const char *country = tg_control_text(msg, "country", ""), *node = tg_control_text(msg, "node", "");
    long long ms = (long long)tg_control_number(msg, "ms", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "withdrawn");
        tg_json_text(&json, "country", tg_view_str(country));
        tg_json_text(&json, "node", tg_view_str(node));
        tg_json_number(&json, "ms", ms);
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV)
        tg_put(cli, "withdrawn\t%s\t%s\t%lld\n", country, node, ms);
    else
        tg_put(cli, "  gone at %-4s %8lld ms\n", country, ms);
    (void)fflush(cli->out);
    return TG_OK;
}

static tg_err done_put(struct tg_cli *cli, const struct tg_control_msg *done, int64_t wait_ms)
{
    long long addressees = (long long)tg_control_number(done, "addressees", 0);
    long long withdrawn = (long long)tg_control_number(done, "withdrawn", 0);
    if (wait_ms && withdrawn < addressees) cli->answer_no = true;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "done");
        tg_json_text(&json, "ref", tg_row_view(done, "ref"));
        tg_json_number(&json, "index", tg_control_number(done, "index", 0));
        tg_json_number(&json, "addressees", addressees);
        tg_json_number(&json, "withdrawn", withdrawn);
        tg_json_number(&json, "readers", tg_control_number(done, "readers", 0));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, cli->format == TG_FORMAT_TSV ? "done\t%s\n" : "withdrawn here: %s\n",
           tg_control_text(done, "ref", ""));
    tg_readers_tell(cli, done, "it");
    if (withdrawn < addressees)
        tg_talk(cli, "%lld of %lld addressees have acknowledged; the others do as soon as they are reached\n",
                withdrawn, addressees);
    else
        tg_talk(cli, addressees ? "all %lld addressees have acknowledged\n" : "nobody else had it\n",
                addressees);
    return TG_OK;
}

/* The last instant of the day; 0: none is set. */
static tg_err deadline_of(const struct tg_args *args, int64_t *ret_ms, struct tg_errmsg *em)
{
    const char *date = tg_args_text(args, "deadline", NULL);
    struct tg_date day;
    *ret_ms = 0;
    if (!date) return TG_OK;
    tg_err err = tg_date_parse(tg_view_str(date), &day, em);
    if (!err) *ret_ms = (tg_date_last_day(day) + INT64_C(1)) * DAY_MS - 1;
    return err;
}

tg_err tg_cmd_withdraw(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *reason = tg_args_text(args, "reason", NULL);
    if (!reason)
        return tg_fail(em, TG_EUSAGE,
                       "'withdraw' needs --reason: wrong_person, expired, court_order, superseded, "
                       "source_burned or error");
    char question[256];
    (void)snprintf(question, sizeof question, "withdraw %.80s everywhere (%s)? it cannot be read again",
                   args->words[0], reason);
    int64_t deadline_ms;
    tg_err err = deadline_of(args, &deadline_ms, em);
    if (!err && cli->in_terminal) err = tg_terminal_confirm(cli, question, em);
    if (err) return err;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    int64_t wait_ms = tg_wait_ms(args, WAIT_MS);
    tg_request_begin(cli, &request, "withdraw");
    tg_request_text(&request, "ref", args->words[0]);
    tg_request_option(&request, args, "reason");
    tg_request_option(&request, args, "note");
    tg_request_option(&request, args, "successor");
    tg_request_option(&request, args, "dispute");
    if (deadline_ms) tg_request_number(&request, "deadline_ms", deadline_ms);
    tg_request_number(&request, "wait_ms", wait_ms);
    err = tg_session_call(cli, &request, on_answer, cli, &arena, &done, em);
    return err ? err : done_put(cli, &done, wait_ms);
}
