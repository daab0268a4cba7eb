/* ack: tell the origin of a record that it was read, acted upon or answered here.
 *
 * Knows no record: the node finds targets, origins and precedence. Verb `ack`: docs/control.md "Duty".
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "proto/record.h"

#define WAIT_MS 2000
#define WAIT_SECONDS_MAX 3600

#define OPTION_AS                                                                                       \
    {                                                                                                   \
        "as", 0, TG_OPTION_TEXT, false, "DESK", "desk or function that says so; never a person's name", \
            NULL, 0, 0                                                                                  \
    }
#define OPTION_WAIT                                                                                  \
    {                                                                                                \
        "wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "how long to watch who gets it (2)", NULL, 0, \
            WAIT_SECONDS_MAX                                                                         \
    }

static const char *const precedences[] = {"routine", "priority", "immediate", "flash", NULL};
#define PRECEDENCES 4
#define PRECEDENCE_EACH \
    2 /* from there on each alert is read by whoever says so: not marked with all others */

const struct tg_option tg_ack_read_options[] = {
    {"all", 0, TG_OPTION_FLAG, false, NULL, "routine and PRIORITY alerts that 'tamga inbox' has as not read",
     NULL, 0, 0},
    {"precedence", 0, TG_OPTION_CHOICE, false, "NAME", "with --all: those of that precedence alone",
     precedences, 0, 0},
    OPTION_AS,
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "a word to the origin", NULL, 0, 0},
    OPTION_WAIT,
    TG_OPTION_END,
};
const struct tg_option tg_ack_options[] = {
    OPTION_AS,
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "a word to the origin", NULL, 0, 0},
    OPTION_WAIT,
    TG_OPTION_END,
};
const struct tg_option tg_ack_answer_options[] = {
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "the answer; its first line is its title (needed)", NULL, 0,
     0},
    {"to", 0, TG_OPTION_TEXT, false, "WHO", "KG,UZ or all; else all who got the alert, and its origin", NULL,
     0, 0},
    OPTION_AS,
    OPTION_WAIT,
    TG_OPTION_END,
};

/* ---- rows ---- */

static tg_err said_json(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"target", "ref", "country", "node", "state", "by"};
    struct tg_json json;
    tg_json_begin(&json, "acknowledged");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
    tg_json_time(&json, "at", tg_control_number(msg, "at_ms", 0));
    tg_json_number(&json, "already", tg_control_number(msg, "already", 0));
    tg_json_number(&json, "enrolled", tg_control_number(msg, "enrolled", 1));
    return tg_json_put(&json, cli);
}

static tg_err said_row(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    if (cli->format == TG_FORMAT_JSON) return said_json(cli, msg);
    char when[TG_WHEN_BYTES];
    TG_AUTO(tg_buf) struct tg_buf by = {0};
    bool already = tg_control_number(msg, "already", 0) != 0;
    const char *target = tg_control_text(msg, "target", ""), *state = tg_control_text(msg, "state", "");
    const char *country = tg_control_text(msg, "country", ""), *ref = tg_control_text(msg, "ref", "");
    tg_when_format(tg_control_number(msg, "at_ms", 0), when);
    tg_err err = tg_text_escape(tg_row_view(msg, "by"), &by);
    if (err) return err;
    if (cli->format == TG_FORMAT_TSV)
        tg_put(cli, "acknowledged\t%s\t%s\t%s\t%s\t%.*s\t%s\t%d\n", target, state, country, when,
               TG_VIEW_PRINT(tg_buf_view(&by)), ref, already);
    else if (already)
        tg_put(cli, "%s was %s already, %s, by %.*s\n", target, state, when, TG_VIEW_PRINT(tg_buf_view(&by)));
    else if (!tg_control_number(msg, "enrolled", 1))
        tg_put(cli, "%s %s (%s); kept here: %s is no longer a partner\n", target, state, ref, country);
    else
        tg_put(cli, "%s %s, %s is told as %.*s (%s)\n", target, state, country,
               TG_VIEW_PRINT(tg_buf_view(&by)), ref);
    return TG_OK;
}

static tg_err answer_row(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    const char *ref = tg_control_text(msg, "ref", ""), *audience = tg_control_text(msg, "audience", "");
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "record");
        tg_json_text(&json, "ref", tg_view_str(ref));
        tg_json_hex(&json, "id", tg_control_data(msg, "id"));
        tg_json_text(&json, "audience", tg_view_str(audience));
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV)
        tg_put(cli, "record\t%s\t%s\n", ref, audience);
    else
        tg_put(cli, "answer %s to %s\n", ref, audience[0] ? audience : "nobody else: kept here");
    return TG_OK;
}

static tg_err stored_row(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"country", "node", "what"};
    const char *country = tg_control_text(msg, "country", ""), *what = tg_control_text(msg, "what", "");
    long long ms = (long long)tg_control_number(msg, "ms", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "stored");
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
        tg_json_number(&json, "ms", ms);
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV)
        tg_put(cli, "stored\t%s\t%s\t%lld\n", country, what, ms);
    else
        tg_put(cli, "  %-15s stored by %-4s %8lld ms\n", what, country, ms);
    (void)fflush(cli->out);
    return TG_OK;
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = ctx;
    if (tg_row_is(msg, "acknowledged")) return said_row(cli, msg);
    if (tg_row_is(msg, "record")) return answer_row(cli, msg);
    return tg_row_is(msg, "stored") ? stored_row(cli, msg) : TG_OK;
}

/* ---- calls ---- */

static tg_err done_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    static const char *const numbers[] = {"acknowledged", "already", "addressees", "stored"};
    long long addressees = (long long)tg_control_number(done, "addressees", 0),
              stored = (long long)tg_control_number(done, "stored", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "done");
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            tg_json_number(&json, numbers[i], tg_control_number(done, numbers[i], 0));
        return tg_json_put(&json, cli);
    }
    if (stored < addressees)
        tg_talk(cli, "durable here; it is sent as soon as the others are reached (%lld of %lld have it)\n",
                stored, addressees);
    return TG_OK;
}

static tg_err ack(struct tg_cli *cli, const struct tg_args *args, const char *state, const char *const *refs,
                  size_t ref_count, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "ack");
    tg_request_text(&request, "state", state);
    for (size_t i = 0; i < ref_count; i++) tg_request_text(&request, "ref", refs[i]);
    tg_request_text(&request, "by", tg_args_text(args, "as", NULL));
    tg_request_text(&request, "text", tg_args_text(args, "text", NULL));
    tg_request_text(&request, "to", tg_args_text(args, "to", NULL));
    tg_request_number(&request, "wait_ms", tg_wait_ms(args, WAIT_MS));
    tg_err err = tg_session_call(cli, &request, on_answer, cli, &arena, &done, em);
    return err ? err : done_put(cli, &done);
}

/* ---- all that is not read ---- */

struct unread {
    struct tg_arena arena;
    const char *refs[TG_SERVICE_ACK_REFS_MAX];
    size_t count;
    int64_t only; /* precedence; -1: those below PRECEDENCE_EACH */
    size_t left;  /* urgent ones that are not taken */
    bool more;
};

static tg_err on_unread(void *ctx, const struct tg_control_msg *msg)
{
    struct unread *unread = ctx;
    const char *text = tg_control_text(msg, "precedence", "");
    int64_t precedence = 0;
    if (!tg_row_is(msg, "inbox")) return TG_OK;
    while (precedence < PRECEDENCES && strcmp(precedences[precedence], text) != 0) precedence++;
    bool taken = unread->only < 0 ? precedence < PRECEDENCE_EACH : precedence == unread->only;
    unread->left += !taken && precedence >= PRECEDENCE_EACH;
    if (!taken) return TG_OK;
    unread->more = unread->more || unread->count == TG_SERVICE_ACK_REFS_MAX;
    if (unread->count == TG_SERVICE_ACK_REFS_MAX) return TG_OK;
    const char *ref = tg_arena_text(&unread->arena, tg_row_view(msg, "ref"));
    if (!ref) return TG_ENOMEM;
    unread->refs[unread->count++] = ref;
    return TG_OK;
}

static tg_err urgent_confirm(struct tg_cli *cli, const struct unread *unread, struct tg_errmsg *em)
{
    if (unread->only < PRECEDENCE_EACH || !unread->count) return TG_OK;
    if (!cli->yes)
        for (size_t i = 0; i < unread->count; i++)
            tg_talk(cli, "%s%s", unread->refs[i], i + 1 < unread->count ? " " : "\n");
    char question[128];
    (void)snprintf(question, sizeof question, "tell their origins that %zu %s alert%s read here?",
                   unread->count, unread->only == TG_PRECEDENCE_FLASH ? "FLASH" : "IMMEDIATE",
                   unread->count == 1 ? " was" : "s were");
    return tg_terminal_confirm(cli, question, em);
}

static void unread_talk(struct tg_cli *cli, const struct unread *unread)
{
    if (!unread->count) tg_talk(cli, "nothing to mark as read\n");
    if (unread->count)
        tg_talk(cli, "%zu marked as read%s\n", unread->count, unread->more ? "; there are more: again" : "");
    if (!unread->left || unread->only >= 0) return;
    tg_talk(cli, "%zu FLASH or IMMEDIATE left unread: read each ('tamga inbox'), or give --precedence\n",
            unread->left);
    cli->answer_no = true;
}

/* Only what the inbox lists at that moment is named, one by one: what comes meanwhile stays unread. Urgent alerts are
 * left, because a sender who sees READ stops calling: nobody shall say that of an alert which nobody has looked at. */
static tg_err ack_all(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct unread unread = {.only = tg_args_number(args, "precedence", -1)};
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_arena_init(&unread.arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "inbox");
    tg_request_number(&request, "alerts", 1);
    tg_err err = tg_session_call(cli, &request, on_unread, &unread, &arena, NULL, em);
    if (!err) err = urgent_confirm(cli, &unread, em);
    if (!err && unread.count) err = ack(cli, args, "read", unread.refs, unread.count, em);
    if (!err) unread_talk(cli, &unread);
    tg_arena_release(&unread.arena);
    return err;
}

tg_err tg_cmd_ack_read(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    bool all = tg_args_has(args, "all");
    if (all && args->word_count) return tg_fail(em, TG_EUSAGE, "name records, or give '--all': not both");
    if (!all && tg_args_has(args, "precedence"))
        return tg_fail(em, TG_EUSAGE, "'--precedence' goes with '--all'");
    if (!all && !args->word_count)
        return tg_fail(em, TG_EUSAGE, "say which records were read: 'tamga inbox' lists what was not");
    if (all) return ack_all(cli, args, em);
    return ack(cli, args, "read", args->words, args->word_count, em);
}

tg_err tg_cmd_ack_acted(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    return ack(cli, args, "acted", args->words, args->word_count, em);
}

tg_err tg_cmd_ack_answer(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *text = tg_args_text(args, "text", NULL);
    if (!text || !text[0])
        return tg_fail(em, TG_EUSAGE, "'ack answer' needs --text: what you tell those who got the alert");
    return ack(cli, args, "answered", args->words, args->word_count, em);
}
