/* The thread of an alert on the screen: its alerts in order, and under each what every addressee has said.
 *
 * Knows no command. Rows `thread` and `addressee` of verb `show`: docs/control.md "Duty".
 */
#include "cli/thread.h"

#include "base/text.h"
#include "cli/refusal.h"
#include "cli/session.h"

#define DAY_MS 86400000

void tg_alert_words(const char *nature, const char *precedence, const char *thread,
                    char out[static TG_ALERT_WORDS_BYTES])
{
    static const struct {
        const char *name, *word;
    } words[] = {{"actual", ""},
                 {"exercise", "EXERCISE "},
                 {"test", "TEST "},
                 {"routine", "routine"},
                 {"priority", "PRIORITY"},
                 {"immediate", "IMMEDIATE"},
                 {"flash", "FLASH"},
                 {"first", ""},
                 {"update", " update"},
                 {"answer", " answer"},
                 {"stand_down", " stand-down"}};
    const char *names[] = {nature, precedence, thread}, *found[] = {"NEWER NATURE ", "newer precedence", ""};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            if (strcmp(words[k].name, names[i]) == 0) found[i] = words[k].word;
    (void)snprintf(out, TG_ALERT_WORDS_BYTES, "%s%s alert%s", found[0], found[1], found[2]);
}

/* "12:00:01Z" on the day of the alert, else in full. */
static void clock_format(int64_t ms, int64_t day_of_ms, char out[static TG_WHEN_BYTES])
{
    char when[TG_WHEN_BYTES];
    tg_when_format(ms, when);
    bool same_day = ms > 0 && day_of_ms > 0 && ms / DAY_MS == day_of_ms / DAY_MS;
    const char *blank = same_day ? strchr(when, ' ') : NULL;
    (void)snprintf(out, TG_WHEN_BYTES, "%s", blank ? blank + 1 : when);
}

/* ---- an alert ---- */

static tg_err thread_json(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"ref",        "country", "node",  "thread", "nature",
                                        "precedence", "state",   "title", "asked"};
    struct tg_json json;
    tg_json_begin(&json, "thread");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
    tg_json_hex(&json, "id", tg_control_data(msg, "id"));
    tg_json_time(&json, "at", tg_control_number(msg, "at_ms", 0));
    tg_json_number(&json, "over", tg_control_number(msg, "over", 0));
    return tg_json_put(&json, cli);
}

static tg_err thread_tsv(struct tg_cli *cli, const struct tg_control_msg *msg, const char *when)
{
    TG_AUTO(tg_buf) struct tg_buf title = {0};
    tg_err err = tg_text_escape(tg_row_view(msg, "title"), &title);
    if (!err)
        tg_put(cli, "thread\t%s\t%s\t%s\t%s\t%s\t%s\t%.*s\n", tg_control_text(msg, "ref", ""),
               tg_control_text(msg, "country", ""), tg_control_text(msg, "thread", ""),
               tg_control_text(msg, "nature", ""), tg_control_text(msg, "precedence", ""), when,
               TG_VIEW_PRINT(tg_buf_view(&title)));
    return err;
}

tg_err tg_thread_put(struct tg_cli *cli, struct tg_thread *thread, const struct tg_control_msg *msg)
{
    char when[TG_WHEN_BYTES], words[TG_ALERT_WORDS_BYTES], first[64];
    thread->at_ms = tg_control_number(msg, "at_ms", 0);
    tg_when_format(thread->at_ms, when);
    if (cli->format == TG_FORMAT_JSON) return thread_json(cli, msg);
    if (cli->format == TG_FORMAT_TSV) return thread_tsv(cli, msg, when);
    bool over = tg_control_number(msg, "over", 0) != 0;
    if (!thread->begun) tg_put(cli, "\nthe thread%s\n", over ? ", which is over" : "");
    thread->begun = true;
    tg_alert_words(tg_control_text(msg, "nature", ""), tg_control_text(msg, "precedence", ""),
                   tg_control_text(msg, "thread", ""), words);
    const char *state = tg_control_text(msg, "state", "");
    bool live = strcmp(state, "live") == 0 || strcmp(state, "early") == 0;
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err = tg_buf_putf(&line, "%s  %s%s%s", when, words, live ? "" : ", ", live ? "" : state);
    if (!err && tg_row_view(msg, "title").bytes) err = tg_buf_putf(&line, ": ");
    if (!err) err = tg_buf_put_view(&line, tg_row_view(msg, "title"));
    if (err) return err;
    (void)snprintf(first, sizeof first, "%s %-7.40s ", tg_control_number(msg, "shown", 0) ? ">" : " ",
                   tg_control_text(msg, "ref", ""));
    tg_put_wrapped(cli, first, 10, tg_buf_view(&line));
    return TG_OK;
}

/* ---- an addressee ---- */

static tg_err addressee_json(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"ref", "country", "node", "state", "code", "by", "call"};
    struct tg_json json;
    tg_json_begin(&json, "addressee");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
    tg_json_time(&json, "at", tg_control_number(msg, "at_ms", 0));
    tg_json_time(&json, "read", tg_control_number(msg, "read_ms", 0));
    tg_json_time(&json, "acted", tg_control_number(msg, "acted_ms", 0));
    tg_json_time(&json, "answered", tg_control_number(msg, "answered_ms", 0));
    tg_json_number(&json, "not_read", tg_control_number(msg, "not_read", 0));
    return tg_json_put(&json, cli);
}

static tg_err addressee_tsv(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const times[] = {"at_ms", "read_ms", "acted_ms", "answered_ms"};
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err = tg_buf_putf(&line, "addressee\t%s\t%s\t%s", tg_control_text(msg, "ref", ""),
                             tg_control_text(msg, "country", ""), tg_control_text(msg, "state", ""));
    for (size_t i = 0; i < sizeof times / sizeof times[0] && !err; i++) {
        char when[TG_WHEN_BYTES];
        tg_when_format(tg_control_number(msg, times[i], 0), when);
        err = tg_buf_putf(&line, "\t%s", when);
    }
    if (!err) err = tg_buf_put_str(&line, "\t");
    if (!err) err = tg_text_escape(tg_row_view(msg, "by"), &line);
    if (!err) err = tg_buf_put_str(&line, "\t");
    if (!err) err = tg_text_escape(tg_row_view(msg, "call"), &line);
    if (!err) tg_put(cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&line)));
    return err;
}

static tg_err said_put(const struct tg_thread *thread, const struct tg_control_msg *msg, struct tg_buf *out)
{
    static const struct {
        const char *field, *word;
    } said[] = {{"read_ms", "READ"}, {"acted_ms", "ACTED"}, {"answered_ms", "ANSWERED"}};
    tg_err err = TG_OK;
    for (size_t i = 0; i < sizeof said / sizeof said[0] && !err; i++) {
        char when[TG_WHEN_BYTES];
        int64_t ms = tg_control_number(msg, said[i].field, 0);
        clock_format(ms, thread->at_ms, when);
        if (ms) err = tg_buf_putf(out, " · %s %s", said[i].word, when);
    }
    const char *by = tg_control_text(msg, "by", "");
    if (!err && by[0]) err = tg_buf_putf(out, ", %s", by);
    bool late = tg_control_number(msg, "not_read", 0) != 0;
    if (!err && late) err = tg_buf_putf(out, " · NOT READ: %s", tg_control_text(msg, "call", ""));
    if (!err && !late && !tg_control_number(msg, "read_ms", 0)) err = tg_buf_put_str(out, " · not read");
    return err;
}

tg_err tg_addressee_put(struct tg_cli *cli, const struct tg_thread *thread, const struct tg_control_msg *msg)
{
    if (cli->format == TG_FORMAT_JSON) return addressee_json(cli, msg);
    if (cli->format == TG_FORMAT_TSV) return addressee_tsv(cli, msg);
    char when[TG_WHEN_BYTES], first[32];
    const char *state = tg_control_text(msg, "state", "");
    int64_t at_ms = tg_control_number(msg, "at_ms", 0);
    clock_format(at_ms, thread->at_ms, when);
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    bool waiting = strcmp(state, "waiting") == 0;
    tg_err err = waiting ? tg_buf_put_str(&line, "not stored yet") : tg_buf_putf(&line, "%s %s", state, when);
    if (!err) err = said_put(thread, msg, &line);
    if (err) return err;
    const char *code = tg_control_text(msg, "code", "");
    (void)snprintf(first, sizeof first, "          %-4.8s ", tg_control_text(msg, "country", ""));
    tg_put_wrapped(cli, first, 15, tg_buf_view(&line));
    return code[0] ? tg_refusal_put(cli, state, code) : TG_OK;
}
