/* The inbox of three nodes: what waits for whom, in which order, and what takes it off the list. */
#include "region_help.h"

static const char *alert(const char *title, const char *precedence, const char *nature, const char *more)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"alert\",\"head\":{\"handling\":{\"tlp\":\"amber\"}},\"alert\":{\"nature\":"
             "\"%s\",\"precedence\":\"%s\",\"title\":\"%s\"%s}}",
             nature, precedence, title, more);
    return text;
}

static char sent_id[TG_HEX_BYTES(32)]; /* of the newest */

/* Its short name; lives until the next but seven. */
static const char *send_to(size_t from, const char *json, const char *to)
{
    static char refs[8][64];
    static size_t at;
    TG_AUTO(answer)
    struct answer answer = region_call(from, with_text(with_record(ask("publish"), json), "to", to));
    must_be_done(&answer);
    char *ref = refs[at++ % 8];
    snprintf(ref, sizeof refs[0], "%s", row_text(&answer, 0, "ref"));
    tg_hex_encode(tg_control_data(&answer.rows[0], "id").data, 32, sent_id);
    region_settle();
    return ref;
}

static void said(size_t at, const char *state, const char *ref)
{
    struct asking *asking = with_text(with_text(ask("ack"), "state", state), "ref", ref);
    if (strcmp(state, "answered") == 0) asking = with_text(asking, "text", "seen");
    TG_AUTO(answer) struct answer answer = region_call(at, asking);
    must_be_done(&answer);
    region_settle();
}

/* "alert:TJ-1 alert:TJ-0 request:KG-4", as given. */
static const char *inbox(size_t at)
{
    static char text[2048];
    size_t bytes = 0;
    text[0] = 0;
    TG_AUTO(answer) struct answer answer = region_call(at, ask("inbox"));
    must_be_done(&answer);
    for (size_t i = 0; i < answer.row_count; i++)
        bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s%s:%s", i ? " " : "",
                                  row_text(&answer, i, "group"), row_text(&answer, i, "ref"));
    cr_expect_eq(done_number(&answer, "shown"), (int64_t)answer.row_count);
    return text;
}

static void inbox_is(size_t at, const char *format, ...)
{
    char expected[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    cr_expect_str_eq(inbox(at), expected);
}

Test(inbox, has_the_most_urgent_first_and_of_those_the_newest)
{
    region_new();
    const char *routine = send_to(TJ, alert("one", "routine", "actual", ""), "KG");
    const char *flash = send_to(TJ, alert("two", "flash", "test", ""), "KG");
    const char *newer = send_to(UZ, alert("three", "flash", "exercise", ""), "KG");
    const char *priority = send_to(TJ, alert("four", "priority", "actual", ""), "KG");
    inbox_is(KG, "alert:%s alert:%s alert:%s alert:%s", newer, flash, priority, routine);
    inbox_is(TJ, "");
    TG_AUTO(answer) struct answer one = region_call(KG, with_number(ask("inbox"), "limit", 1));
    must_be_done(&one);
    cr_expect_eq(one.row_count, 1);
    cr_expect_eq(done_number(&one, "alert"), 4, "what finds no room is counted");
    cr_expect_str_eq(row_text(&one, 0, "nature"), "exercise");
    cr_expect_str_eq(row_text(&one, 0, "precedence"), "flash");
    region_free();
}

Test(inbox, lets_go_of_what_was_read_and_keeps_what_asks_until_it_is_answered)
{
    region_new();
    const char *plain = send_to(TJ, alert("plain", "flash", "actual", ""), "KG");
    const char *asks = send_to(TJ, alert("asks", "routine", "actual", ",\"asked\":\"close the post\""), "KG");
    said(KG, "read", plain);
    inbox_is(KG, "alert:%s", asks);
    said(KG, "read", asks);
    inbox_is(KG, "asked:%s", asks);
    said(KG, "answered", asks);
    inbox_is(KG, "");
    region_free();
}

Test(inbox, asks_nothing_any_longer_once_the_thread_is_over)
{
    region_new();
    char more[256];
    const char *first = send_to(TJ, alert("asks", "routine", "actual", ",\"asked\":\"close it\""), "KG");
    said(KG, "read", first);
    inbox_is(KG, "asked:%s", first);
    snprintf(more, sizeof more, ",\"thread\":\"stand_down\",\"thread_of\":\"%s\"", sent_id);
    const char *end = send_to(TJ, alert("calm", "routine", "actual", more), "KG");
    TG_AUTO(answer) struct answer answer = region_call(KG, ask("inbox"));
    cr_expect_eq(answer.row_count, 1);
    cr_expect_str_eq(row_text(&answer, 0, "ref"), end, "the stand-down itself is to be read");
    cr_expect_eq(tg_control_number(&answer.rows[0], "over", 0), 1);
    region_free();
}

Test(inbox, has_questions_with_their_time_and_marks_those_that_are_late)
{
    region_new();
    char json[512];
    int64_t due_ms = BENCH_EPOCH_MS + 3600000;
    char due[TG_TIME_TEXT_BYTES];
    tg_time_format(due_ms, due);
    snprintf(json, sizeof json,
             "{\"v\":1,\"kind\":\"request\",\"head\":{\"handling\":{\"tlp\":\"amber\"}},\"request\":{"
             "\"title\":\"who is it\",\"text\":\"x\",\"due\":\"%s\"}}",
             due);
    const char *ref = send_to(TJ, json, "KG");
    inbox_is(KG, "request:%s", ref);
    TG_AUTO(answer) struct answer early = region_call(KG, ask("inbox"));
    cr_expect_eq(tg_control_number(&early.rows[0], "due_ms", 0), due_ms);
    cr_expect_eq(tg_control_number(&early.rows[0], "overdue", 0), 0);
    region_pass(3600000000);
    region_settle();
    TG_AUTO(answer) struct answer late = region_call(KG, ask("inbox"));
    cr_expect_eq(tg_control_number(&late.rows[0], "overdue", 0), 1);
    cr_expect_eq(done_number(&late, "overdue"), 1);
    region_free();
}

Test(inbox, gives_a_record_once_that_came_in_two_envelopes)
{
    region_new();
    const char *json = alert("twice", "priority", "actual", ",\"at\":\"2026-01-01T00:00:00Z\"");
    struct asking *both = with_record(with_record(ask("publish"), json), json);
    TG_AUTO(answer) struct answer sent = region_call(TJ, with_text(both, "to", "KG"));
    must_be_done(&sent);
    region_settle();
    TG_AUTO(answer) struct answer answer = region_call(KG, ask("inbox"));
    cr_expect_eq(answer.row_count, 1);
    cr_expect_eq(done_number(&answer, "alert"), 1);
    region_free();
}

Test(inbox, has_disputes_of_our_records_that_are_open_and_no_others)
{
    region_new();
    const char *ours = send_to(TJ, alert("contested", "routine", "actual", ""), "KG,UZ");
    struct asking *asking = with_text(with_text(ask("dispute"), "ref", ours), "ground", "wrong_fact");
    TG_AUTO(answer) struct answer told = region_call(KG, with_text(asking, "text", "it was another post"));
    must_be_done(&told);
    region_settle();
    TG_AUTO(answer) struct answer at_tj = region_call(TJ, ask("inbox"));
    cr_expect_eq(done_number(&at_tj, "dispute"), 1);
    cr_expect_str_eq(row_text(&at_tj, 0, "group"), "dispute");
    cr_expect_str_eq(row_text(&at_tj, 0, "state"), ours);
    cr_expect_str_eq(row_text(&at_tj, 0, "country"), "KG");
    TG_AUTO(answer) struct answer at_uz = region_call(UZ, ask("inbox"));
    cr_expect_eq(done_number(&at_uz, "dispute"), 0, "it is not for UZ to decide");
    struct asking *decision = with_text(ask("dispute.decide"), "ref", row_text(&at_tj, 0, "ref"));
    TG_AUTO(answer) struct answer decided = region_call(TJ, with_text(decision, "text", "it stands"));
    must_be_done(&decided);
    region_settle();
    inbox_is(TJ, "");
    region_free();
}

Test(inbox, keeps_its_order_when_the_index_is_built_anew)
{
    region_new();
    const char *flash = send_to(TJ, alert("one", "flash", "actual", ""), "KG");
    const char *routine = send_to(TJ, alert("two", "routine", "actual", ""), "KG");
    const char *read = send_to(TJ, alert("three", "immediate", "actual", ""), "KG");
    said(KG, "read", read);
    TG_AUTO(answer) struct answer done = region_call(KG, ask("reindex"));
    must_be_done(&done);
    region_settle();
    inbox_is(KG, "alert:%s alert:%s", flash, routine);
    region_free();
}

/* ---- alerts of ours that were not read ---- */

#define MINUTE_US INT64_C(60000000)

/* Notices at TJ of kind not_read, and the text of the newest. */
static size_t told(char *ret_text, size_t bytes)
{
    TG_AUTO(answer) struct answer notices = region_call(TJ, with_text(ask("notices"), "kind", "not_read"));
    must_be_done(&notices);
    if (ret_text)
        snprintf(ret_text, bytes, "%s",
                 notices.row_count ? row_text(&notices, notices.row_count - 1, "text") : "");
    return notices.row_count;
}

static void contact_is(const char *partner, const char *contact)
{
    struct asking *asking = with_text(with_text(ask("peer.contact"), "peer", partner), "contact", contact);
    TG_AUTO(answer) struct answer answer = region_call(TJ, asking);
    must_be_done(&answer);
    cr_expect_str_eq(tg_control_text(&answer.end, "contact", "?"), contact);
}

Test(inbox, tells_once_for_each_partner_that_an_alert_was_not_read_in_time_and_whom_to_call)
{
    region_new();
    char text[TG_NOTICE_TEXT_BYTES_MAX + 1];
    contact_is("UZ", "+998 71 200 00 00");
    const char *ref = send_to(TJ, alert("riot", "flash", "actual", ""), "KG,UZ");
    said(KG, "read", ref);
    region_pass(5 * MINUTE_US - 10000000); /* some seconds went by to send it */
    cr_expect_eq(told(NULL, 0), 0, "before the time");
    inbox_is(TJ, "");
    region_pass(10000000);
    cr_expect_eq(told(text, sizeof text), 1);
    char expected[256];
    snprintf(expected, sizeof expected, "%s FLASH NOT READ by UZ after 5 min: call +998 71 200 00 00 (riot)",
             ref);
    cr_expect_str_eq(text, expected);
    inbox_is(TJ, "not_read:%s", ref);
    TG_AUTO(answer) struct answer waits = region_call(TJ, ask("inbox"));
    cr_expect_str_eq(row_text(&waits, 0, "country"), "UZ");
    cr_expect_str_eq(row_text(&waits, 0, "text"), "+998 71 200 00 00");
    TG_AUTO(answer) struct answer shown = region_call(TJ, with_text(ask("show"), "ref", ref));
    cr_expect_eq(tg_control_number(row_where(&shown, "addressee", "country", "UZ"), "not_read", 0), 1);
    cr_expect_eq(tg_control_number(row_where(&shown, "addressee", "country", "KG"), "not_read", 0), 0);
    region_pass(60 * MINUTE_US);
    bench_restart(region.at[TJ], true);
    region_settle();
    cr_expect_eq(told(NULL, 0), 1, "once, also over a restart");
    inbox_is(TJ, "not_read:%s", ref);
    region_free();
}

Test(inbox, tells_what_was_not_read_while_the_node_was_away)
{
    region_new();
    char text[TG_NOTICE_TEXT_BYTES_MAX + 1];
    region_link(TJ, UZ, false); /* it is not even stored there */
    const char *ref = send_to(TJ, alert("drill", "immediate", "exercise", ""), "UZ");
    for (size_t i = 0; i < REGION_NODES; i++) region.at[i]->now_us += 16 * MINUTE_US;
    bench_restart(region.at[TJ], true);
    region_settle();
    cr_expect_eq(told(text, sizeof text), 1);
    cr_expect_not_null(strstr(text, "EXERCISE IMMEDIATE NOT READ by UZ after 15 min: no 24/7 contact known: "
                                    "tamga peer contact UZ '...'"),
                       "%s", text);
    cr_expect_not_null(strstr(text, ref));
    region_free();
}

Test(inbox, tells_nobody_of_what_needs_no_call)
{
    region_new();
    char more[256];
    send_to(TJ, alert("later", "routine", "actual", ""), "UZ");
    send_to(TJ, alert("over", "flash", "actual", ""), "UZ");
    snprintf(more, sizeof more, ",\"thread\":\"stand_down\",\"thread_of\":\"%s\"", sent_id);
    send_to(TJ, alert("calm", "flash", "actual", more), "UZ");
    const char *gone = send_to(TJ, alert("wrong", "flash", "actual", ""), "UZ");
    struct asking *asking = with_text(with_text(ask("withdraw"), "ref", gone), "reason", "error");
    TG_AUTO(answer) struct answer withdrawn = region_call(TJ, asking);
    must_be_done(&withdrawn);
    const char *read = send_to(TJ, alert("read", "flash", "actual", ""), "UZ");
    region_pass(6 * MINUTE_US);
    cr_expect_eq(told(NULL, 0), 1, "of the last one alone");
    said(UZ, "read", read);
    inbox_is(TJ, "");
    region_pass(100 * 24 * 60 * MINUTE_US);
    cr_expect_eq(told(NULL, 0), 1);
    region_free();
}

Test(inbox, keeps_a_contact_over_a_restart_and_a_new_card_and_refuses_what_is_none)
{
    region_new();
    char long_text[TG_CARD_CONTACT_BYTES_MAX + 2];
    memset(long_text, '7', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    contact_is("KG", long_text + 1);
    contact_is("UZ", "+998 71 200 00 00");
    struct asking *longer = with_text(with_text(ask("peer.contact"), "peer", "KG"), "contact", long_text);
    TG_AUTO(answer) struct answer refused = region_call(TJ, longer);
    must_fail(&refused, TG_ELIMIT, "longer than 200 bytes");
    struct asking *broken = with_text(with_text(ask("peer.contact"), "peer", "KG"), "contact", "a\nb");
    TG_AUTO(answer) struct answer line = region_call(TJ, broken);
    must_fail(&line, TG_EVALUE, "line break");
    bench_restart(region.at[TJ], true);
    region_enrol(TJ, UZ);
    TG_AUTO(answer) struct answer peers = region_call(TJ, ask("peer.list"));
    cr_expect_str_eq(tg_control_text(row_where(&peers, "peer", "country", "KG"), "contact", ""),
                     long_text + 1);
    cr_expect_str_eq(tg_control_text(row_where(&peers, "peer", "country", "UZ"), "contact", ""),
                     "+998 71 200 00 00");
    contact_is("KG", "");
    region_free();
}

Test(inbox, tells_who_waits_at_the_alert_what_is_said_and_what_is_not_said_in_time)
{
    region_new();
    contact_is("KG", "+996 312 00 00 00");
    struct asking *asking =
        with_text(with_record(ask("publish"), alert("riot", "flash", "actual", "")), "to", "KG");
    asking = with_number(with_text(asking, "until", "read"), "wait_ms", 600000);
    bench_begin(region.at[TJ], &region.at[TJ]->callers[0], asking);
    region_settle();
    region_pass(5 * MINUTE_US);
    region_settle();
    TG_AUTO(answer) struct answer waits = region_call(KG, ask("inbox"));
    said(KG, "read", row_text(&waits, 0, "ref"));
    TG_AUTO(answer) struct answer answer = region_answer(region.at[TJ]);
    must_be_done(&answer);
    static const char *const rows[] = {"record", "addressee", "stored", "said", "said"};
    cr_assert_eq(answer.row_count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < answer.row_count; i++) cr_expect_str_eq(row_text(&answer, i, "row"), rows[i]);
    cr_expect_eq(tg_control_number(&answer.rows[3], "not_read", 0), 1);
    cr_expect_str_eq(row_text(&answer, 3, "call"), "call +996 312 00 00 00");
    cr_expect_str_eq(row_text(&answer, 4, "said"), "READ");
    cr_expect_eq(tg_control_number(&answer.rows[4], "not_read", 0), 0);
    cr_expect_eq(done_number(&answer, "read"), 1);
    region_free();
}
