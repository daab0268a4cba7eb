/* Acknowledgements and threads between three nodes: whose word counts, and what belongs together. */
#include "node/indexer.h"
#include "region_help.h"

/* What nature, precedence and more of an alert; text is static. */
static const char *alert(const char *title, const char *nature, const char *more)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"alert\",\"head\":{\"handling\":{\"tlp\":\"amber\"}},\"alert\":{\"nature\":"
             "\"%s\","
             "\"precedence\":\"flash\",\"title\":\"%s\"%s}}",
             nature, title, more);
    return text;
}

struct sent {
    char ref[64], id[TG_HEX_BYTES(32)];
    struct tg_hash hash;
};

static struct sent send_record(size_t from, const char *json, const char *to)
{
    struct sent sent = {.ref = ""};
    struct asking *asking = with_record(ask("publish"), json);
    TG_AUTO(answer) struct answer answer = region_call(from, to ? with_text(asking, "to", to) : asking);
    must_be_done(&answer);
    snprintf(sent.ref, sizeof sent.ref, "%s", row_text(&answer, 0, "ref"));
    memcpy(sent.hash.bytes, tg_control_data(&answer.rows[0], "id").data, 32);
    tg_hex_encode(sent.hash.bytes, 32, sent.id);
    region_settle();
    return sent;
}

static struct sent follow_up(size_t from, const char *thread, const struct sent *first, const char *nature,
                             const char *to)
{
    char more[256];
    snprintf(more, sizeof more, ",\"thread\":\"%s\",\"thread_of\":\"%s\"", thread, first->id);
    return send_record(from, alert(thread, nature, more), to);
}

static struct asking *ack(const char *state, const char *ref)
{
    return with_text(with_text(ask("ack"), "state", state), "ref", ref);
}

static struct answer show(size_t at, const char *ref)
{
    return region_call(at, with_text(ask("show"), "ref", ref));
}

static int64_t row_number(const struct tg_control_msg *row, const char *name)
{
    cr_assert_not_null(row);
    return tg_control_number(row, name, -1);
}

/* The word of `by` on our alert, as the sender sees it. */
static int64_t said(size_t at, const char *ref, const char *by, const char *what)
{
    TG_AUTO(answer) struct answer shown = show(at, ref);
    must_be_done(&shown);
    return row_number(row_where(&shown, "addressee", "country", by), what);
}

static size_t notices_of(size_t at, const char *kind)
{
    TG_AUTO(answer) struct answer notices = region_call(at, ask("notices"));
    size_t count = 0;
    for (size_t i = 0; i < notices.row_count; i++) count += strcmp(row_text(&notices, i, "kind"), kind) == 0;
    return count;
}

Test(service_ack, tells_the_origin_who_has_read_and_nobody_else)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG,UZ");
    cr_expect_eq(said(TJ, first.ref, "KG", "read_ms"), 0);
    TG_AUTO(answer)
    struct answer done = region_call(KG, with_text(ack("read", first.ref), "by", "duty desk"));
    must_be_done(&done);
    cr_expect_eq(done_number(&done, "acknowledged"), 1);
    cr_expect_str_eq(row_text(&done, 0, "country"), "TJ");
    region_settle();
    cr_expect_gt(said(TJ, first.ref, "KG", "read_ms"), 0);
    cr_expect_eq(said(TJ, first.ref, "KG", "answered_ms"), 0);
    cr_expect_eq(said(TJ, first.ref, "UZ", "read_ms"), 0);
    cr_expect_eq(notices_of(TJ, "ack"), 1);
    TG_AUTO(answer)
    struct answer at_uz = region_call(UZ, with_text(ask("records"), "kind", "acknowledgement"));
    cr_expect_eq(at_uz.row_count, 0, "what KG read is between KG and TJ");
    region_free();
}

Test(service_ack, says_of_a_second_word_that_it_was_said_and_by_whom)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG");
    TG_AUTO(answer)
    struct answer once = region_call(KG, with_text(ack("read", first.ref), "by", "duty desk"));
    must_be_done(&once);
    region_settle();
    TG_AUTO(answer)
    struct answer twice = region_call(KG, with_text(ack("read", first.ref), "by", "night desk"));
    must_be_done(&twice);
    cr_expect_eq(done_number(&twice, "acknowledged"), 0);
    cr_expect_eq(done_number(&twice, "already"), 1);
    cr_expect_str_eq(row_text(&twice, 0, "by"), "duty desk");
    TG_AUTO(answer)
    struct answer records = region_call(KG, with_text(ask("records"), "kind", "acknowledgement"));
    cr_expect_eq(records.row_count, 1, "nothing was published a second time");
    TG_AUTO(answer) struct answer acted = region_call(KG, ack("acted", first.ref));
    cr_expect_eq(done_number(&acted, "acknowledged"), 1, "another state is another word");
    cr_expect_str_eq(row_text(&acted, 0, "by"), "officer", "without a desk the caller's role");
    region_free();
}

/* An acknowledgement made by hand: of that record, saying that it comes from `by`. */
static const char *forged(const struct sent *target, const char *by)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"acknowledgement\",\"head\":{\"handling\":{\"tlp\":\"amber\"}},"
             "\"acknowledgement\":{\"target\":\"%s\",\"state\":\"read\",\"by\":\"%s\"}}",
             target->id, by);
    return text;
}

Test(service_ack, counts_a_word_for_the_node_that_signed_it_alone)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG,UZ");
    send_record(UZ, forged(&first, "duty desk of KG"), "TJ");
    cr_expect_eq(said(TJ, first.ref, "KG", "read_ms"), 0, "whatever UZ says of KG");
    cr_expect_gt(said(TJ, first.ref, "UZ", "read_ms"), 0);
    region_free();
}

Test(service_ack, does_not_count_a_node_that_was_not_addressed)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG");
    send_record(UZ, forged(&first, "duty desk"), "TJ");
    TG_AUTO(answer) struct answer shown = show(TJ, first.ref);
    cr_expect_eq(rows_of(&shown, "addressee"), 1);
    cr_expect_null(row_where(&shown, "addressee", "country", "UZ"));
    cr_expect_eq(notices_of(TJ, "ack"), 0, "nor is anybody told");
    send_record(KG, forged(&first, "duty desk"), "TJ");
    cr_expect_eq(notices_of(TJ, "ack"), 1, "the same of an addressee is told");
    region_free();
}

Test(service_ack, acknowledges_several_at_once_each_to_its_origin)
{
    region_new();
    struct sent a = send_record(TJ, alert("one", "test", ""), "UZ"),
                b = send_record(TJ, alert("two", "test", ""), "UZ"),
                c = send_record(KG, alert("three", "test", ""), "UZ");
    struct asking *asking = with_text(with_text(ack("read", a.ref), "ref", b.ref), "ref", c.ref);
    TG_AUTO(answer) struct answer done = region_call(UZ, with_text(asking, "ref", a.ref));
    must_be_done(&done);
    cr_expect_eq(done_number(&done, "acknowledged"), 3, "one named twice is one");
    cr_expect_eq(done_number(&done, "addressees"), 2);
    region_settle();
    cr_expect_gt(said(TJ, b.ref, "UZ", "read_ms"), 0);
    cr_expect_gt(said(KG, c.ref, "UZ", "read_ms"), 0);
    TG_AUTO(answer) struct answer log = region_call(UZ, with_text(ask("log.entries"), "origin", "UZ"));
    cr_assert_eq(log.row_count, 2);
    cr_expect_str_eq(row_text(&log, 0, "precedence"), "immediate", "as urgent as what they speak of");
    region_free();
}

Test(service_ack, refuses_what_cannot_be_acknowledged_and_says_why)
{
    region_new();
    struct sent own = send_record(KG, alert("own", "test", ""), "none"),
                theirs = send_record(TJ, phone_json("+992900000001", ""), "KG");
    struct sent alarm = send_record(TJ, alert("riot", "test", ""), "KG");
    TG_AUTO(answer) struct answer ours = region_call(KG, ack("read", own.ref));
    must_fail(&ours, TG_EVALUE, "is our own");
    TG_AUTO(answer) struct answer silent = region_call(KG, ack("answered", alarm.ref));
    must_fail(&silent, TG_EUSAGE, "needs a text");
    TG_AUTO(answer)
    struct answer phone = region_call(KG, with_text(ack("answered", theirs.ref), "text", "x"));
    must_fail(&phone, TG_EVALUE, "is no alert");
    TG_AUTO(answer)
    struct answer both =
        region_call(KG, with_text(with_text(ack("read", alarm.ref), "ref", "TJ-77"), "ref", "TJ-0"));
    must_fail(&both, TG_ENOENT, "TJ-77");
    TG_AUTO(answer)
    struct answer none = region_call(KG, with_text(ask("records"), "kind", "acknowledgement"));
    cr_expect_eq(none.row_count, 0, "one wrong name and nothing is said");
    TG_AUTO(answer) struct answer nothing = region_call(KG, with_text(ask("ack"), "state", "read"));
    must_fail(&nothing, TG_EUSAGE, "which records");
    struct bench_caller *analyst = bench_connect(region.at[KG], BENCH_ANALYST);
    TG_AUTO(answer) struct answer read = call_by(region.at[KG], analyst, ack("read", alarm.ref));
    must_be_done(&read);
    TG_AUTO(answer) struct answer acted = call_by(region.at[KG], analyst, ack("acted", alarm.ref));
    must_fail(&acted, TG_EDENIED, "role officer");
    region_free();
}

Test(service_ack, answers_an_alert_to_all_who_got_it)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "exercise", ""), "KG,UZ");
    TG_AUTO(answer)
    struct answer done =
        region_call(KG, with_text(ack("answered", first.ref), "text", "Post closed\nsince noon"));
    must_be_done(&done);
    region_settle();
    const struct tg_control_msg *answer = row_where(&done, "record", NULL, NULL);
    cr_assert_not_null(answer);
    cr_expect_str_eq(tg_control_text(answer, "audience", ""), "TJ,UZ");
    cr_expect_gt(said(TJ, first.ref, "KG", "answered_ms"), 0);
    TG_AUTO(answer) struct answer shown = show(UZ, first.ref);
    const struct tg_control_msg *row = row_where(&shown, "thread", "thread", "answer");
    cr_assert_not_null(row, "the third sees the answer too");
    cr_expect_str_eq(tg_control_text(row, "title", ""), "Post closed");
    cr_expect_str_eq(tg_control_text(row, "nature", ""), "exercise");
    cr_expect_str_eq(tg_control_text(row, "precedence", ""), "flash");
    TG_AUTO(answer)
    struct answer again = region_call(KG, with_text(ack("answered", first.ref), "text", "And quiet"));
    must_be_done(&again);
    cr_expect_not_null(row_where(&again, "record", NULL, NULL), "one may answer twice");
    cr_expect_eq(done_number(&again, "already"), 1);
    region_free();
}

Test(service_ack, a_thread_has_one_nature_and_is_named_by_its_first_alert)
{
    region_new();
    struct sent first = send_record(TJ, alert("drill", "exercise", ""), "KG,UZ");
    struct sent update = follow_up(TJ, "update", &first, "exercise", NULL);
    char more[256];
    snprintf(more, sizeof more, ",\"thread\":\"update\",\"thread_of\":\"%s\"", first.id);
    TG_AUTO(answer)
    struct answer actual = region_call(TJ, with_record(ask("publish"), alert("x", "actual", more)));
    must_fail(&actual, TG_EVALUE, "is an EXERCISE, this alert is ACTUAL");
    snprintf(more, sizeof more, ",\"thread\":\"update\",\"thread_of\":\"%s\"", update.id);
    TG_AUTO(answer)
    struct answer nested = region_call(TJ, with_record(ask("publish"), alert("x", "exercise", more)));
    must_fail(&nested, TG_EVALUE, "name the alert that began it");
    TG_AUTO(answer) struct answer at_uz = show(UZ, update.ref);
    cr_expect_eq(rows_of(&at_uz, "thread"), 2, "an update goes to whom the first alert went");
    region_free();
}

Test(service_ack, a_thread_is_over_when_its_origin_says_so)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG,UZ");
    char more[256];
    snprintf(more, sizeof more, ",\"thread\":\"stand_down\",\"thread_of\":\"%s\"", first.id);
    TG_AUTO(answer)
    struct answer theirs = region_call(UZ, with_record(ask("publish"), alert("calm", "actual", more)));
    must_fail(&theirs, TG_EDENIED, "only TJ");
    TG_AUTO(answer) struct answer before = show(KG, first.ref);
    cr_expect_eq(row_number(row_where(&before, "thread", NULL, NULL), "over"), 0);
    struct sent over = follow_up(TJ, "stand_down", &first, "actual", NULL);
    TG_AUTO(answer) struct answer after = show(KG, first.ref);
    cr_expect_eq(row_number(row_where(&after, "thread", NULL, NULL), "over"), 1);
    cr_expect_eq(row_number(row_where(&after, "record", NULL, NULL), "over"), 1);
    TG_AUTO(answer)
    struct answer gone =
        region_call(TJ, with_text(with_text(ask("withdraw"), "ref", over.ref), "reason", "error"));
    must_be_done(&gone);
    region_settle();
    TG_AUTO(answer) struct answer again = show(KG, first.ref);
    cr_expect_eq(row_number(row_where(&again, "thread", NULL, NULL), "over"), 0,
                 "an end that was withdrawn is none");
    region_free();
}

Test(service_ack, what_was_said_survives_a_crash_and_a_rebuild_of_the_index)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG,UZ");
    TG_AUTO(answer) struct answer done = region_call(KG, ack("read", first.ref));
    must_be_done(&done);
    region_settle();
    region_down(KG);
    region_down(TJ);
    region_up(KG);
    region_up(TJ);
    TG_AUTO(answer) struct answer twice = region_call(KG, ack("read", first.ref));
    cr_expect_eq(done_number(&twice, "already"), 1);
    TG_AUTO(answer) struct answer rebuilt = region_call(TJ, ask("reindex"));
    must_be_done(&rebuilt);
    cr_expect_gt(said(TJ, first.ref, "KG", "read_ms"), 0);
    cr_expect_eq(said(TJ, first.ref, "UZ", "read_ms"), 0);
    region_free();
}

Test(service_ack, an_index_of_an_older_layout_is_built_anew_at_start)
{
    region_new();
    struct sent first = send_record(TJ, alert("riot", "actual", ""), "KG,UZ");
    struct tg_view name = tg_view_str("node/layout"), held;
    static const uint8_t older[4] = {0, 0, 0, TG_INDEX_LAYOUT - 1};
    cr_assert_eq(tg_indexer_flush(region.at[KG]->node, NULL), TG_OK);
    cr_assert_eq(tg_index_meta_put(region.at[KG]->node->store, name, TG_VIEW_ARRAY(older), NULL), TG_OK);
    region_down(KG);
    region_up(KG);
    cr_assert_eq(tg_index_meta_get(region.at[KG]->node->store, name, &held, NULL), TG_OK);
    cr_expect_eq(tg_be32_get(held.data), TG_INDEX_LAYOUT);
    TG_AUTO(answer) struct answer shown = show(KG, first.ref);
    must_be_done(&shown);
    cr_expect_eq(rows_of(&shown, "thread"), 1);
    region_free();
}
