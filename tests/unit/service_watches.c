/* Standing queries: they raise for exactly the records that a query with the same terms finds, and only for their owner. */
#include "node/notices.h"
#include "node/watches.h"
#include "service_help.h"

#define DAY_US (86400 * INT64_C(1000000))

/* One question, for `query` and for `watch.add` alike: field, value, field, value, ..., NULL. */
typedef const char *question[9];

static struct asking *asked(const char *verb, const question *fields)
{
    struct asking *asking = ask(verb);
    for (size_t i = 0; (*fields)[i]; i += 2) with_text(asking, (*fields)[i], (*fields)[i + 1]);
    return asking;
}

static uint32_t added(struct bench *bench, const question *fields)
{
    TG_AUTO(answer) struct answer answer = call(bench, asked("watch.add", fields));
    must_be_done(&answer);
    return (uint32_t)done_number(&answer, "watch");
}

static bool query_finds(struct bench *bench, const question *fields, const char *ref)
{
    TG_AUTO(answer) struct answer answer = call(bench, with_number(asked("query", fields), "limit", 1000));
    must_be_done(&answer);
    for (size_t i = 0; i < answer.row_count; i++)
        if (strcmp(row_text(&answer, i, "ref"), ref) == 0) return true;
    return false;
}

/* How often that query was raised for that record; with id 0: any query. */
static size_t raised(struct bench *bench, uint32_t id, const char *ref)
{
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("notices"), "kind", "watch"));
    size_t count = 0;
    must_be_done(&answer);
    for (size_t i = 0; i < answer.row_count; i++) {
        bool same = !id || tg_control_number(&answer.rows[i], "watch", 0) == id;
        count += same && (!ref || strcmp(row_text(&answer, i, "ref"), ref) == 0);
    }
    return count;
}

static const char *incident_json(const char *facility, const char *text)
{
    static char json[4096];
    snprintf(json, sizeof json,
             "{\"v\":1,\"kind\":\"incident\"," HEAD "},\"incident\":{\"kind\":\"riot\",\"facility\":{"
             "\"name\":\"%s\",\"country\":\"TJ\"},\"text\":\"%s\"}}",
             facility, text);
    return json;
}

/* ---- the law ---- */

static const question questions[] = {
    {"text", "Karim Valiev", NULL},
    {"text", "Karim Valiev 1984-07-21", NULL},
    {"name", "Valiyev Karim", "birth", "1984", NULL},
    {"name", "Каримов Абдулло", NULL},
    {"name", "Abdullo Karimov", "nationality", "TJ", NULL},
    {"name", "Abu Bakr", NULL},
    {"name", "Karim", NULL},
    {"name", "Muhammad Rahimov", "birth", "1990-01-02", NULL},
    {"name", "Rahimov M", NULL},
    {"text", "+992 900 00 00 01", NULL},
    {"type", "phone", "value", "00992900000002", NULL},
    {"value", "+992900000003", NULL},
    {"text", "karim@example.org", NULL},
    {"text", "riot in block three", NULL},
    {"text", "block", NULL},
    {"text", "Central Prison", NULL},
    {"text", "Central Prison", "kind", "incident", NULL},
    {"facility", "central prison", NULL},
    {"kind", "alert", NULL},
    {"kind", "person", "origin", "TJ", NULL},
    {"origin", "TJ", "kind", "indicator", NULL},
    {"text", "Karim Valiev", "kind", "indicator", NULL},
    {"name", "Karim Valiev", "value", "+992900000001", NULL},
    {"list", "demo", NULL},
    {"text", "demo:7", NULL},
    {"text", "A7301994", NULL},
    {"text", "KG:A7301994", NULL},
    {"text", "KZ:A7301994", NULL},
    {"type", "passport", "value", "a 7301994", NULL},
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

static const char *const names[] = {
    "Karim Valiev",    "Карим Валиев",    "Valijev Karim", "Abdullo Karimov",  "Abdulloh Karimov",
    "Абдулло Каримов", "Abu Bakr",        "M. Rahimov",    "Muhammad Rahimov", "Mukhammad Rahim",
    "Karim Karimov",   "Valiev Karimjon", "Karim"};
static const char *const births[] = {"1984",       "1984-07-21", "1985-07-21",
                                     "1990-01-02", "1990-02-01", "1971-03-04"};
static const char *const texts[] = {"a riot in block three of the prison", "block 3", "nothing of note",
                                    "Karim Valiev was seen", "riot, again"};
static const char *const facilities[] = {"Central Prison", "central prison", "Northern Colony"};

static size_t pick(uint32_t *seed, size_t count)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % count;
}
#define PICK(seed, array) (array)[pick((seed), sizeof(array) / sizeof(array)[0])]

static const char *passport_json(const char *value, const char *more_head)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"indicator\"," HEAD "%s},\"indicator\":{\"selectors\":[{\"type\":"
             "\"passport\",\"value\":\"%s\"}]}}",
             more_head, value);
    return text;
}

/* No two alike, or the second would be the first one released again. */
static const char *any_record(uint32_t *seed, int number)
{
    static char head[160], phone[32], text[160];
    int at = snprintf(head, sizeof head, ",\"note\":\"no. %d\"", number);
    if (!pick(seed, 3))
        snprintf(head + at, sizeof head - at, ",\"list\":\"demo\",\"external_id\":\"%zu\"", pick(seed, 12));
    snprintf(phone, sizeof phone, "+99290000000%zu", 1 + pick(seed, 5));
    snprintf(text, sizeof text, "%s (%d)", PICK(seed, texts), number);
    switch (pick(seed, 5)) {
    case 0:
        return alert_json(text, "routine");
    case 1:
        return phone_json(phone, head);
    case 4:
        return passport_json(pick(seed, 3) ? "KG:A7301994" : "A7301994", head);
    case 2:
        return incident_json(PICK(seed, facilities), text);
    default:
        return person_json(PICK(seed, names), PICK(seed, births), head);
    }
}

Test(watches, raise_for_exactly_the_records_that_the_same_query_finds, .timeout = 280)
{
    struct bench *bench = bench_new();
    uint32_t ids[QUESTIONS], seed = 7;
    int64_t cursor = 0;
    size_t hits = 0;
    for (size_t i = 0; i < QUESTIONS; i++) ids[i] = added(bench, &questions[i]);
    for (int round = 0; round < 40; round++) {
        char ref[64];
        size_t got[QUESTIONS] = {0};
        snprintf(ref, sizeof ref, "%s", published(bench, any_record(&seed, round)));
        bench->now_us += TG_WATCH_BURST_US;
        TG_AUTO(answer) struct answer told = call(bench, with_number(ask("notices"), "after", cursor));
        cursor = done_number(&told, "cursor");
        for (size_t k = 0; k < told.row_count; k++)
            for (size_t i = 0; i < QUESTIONS; i++)
                got[i] += tg_control_number(&told.rows[k], "watch", 0) == ids[i];
        for (size_t i = 0; i < QUESTIONS; i++) {
            size_t expected = query_finds(bench, &questions[i], ref);
            cr_expect_eq(got[i], expected, "%s=%s: raised %zu times for %s, which the query %s",
                         questions[i][0], questions[i][1], got[i], ref, expected ? "finds" : "does not find");
            hits += got[i];
        }
    }
    cr_expect(hits > 60, "only %zu hits: the test shows little", hits);
    bench_free(bench);
}

static const question phone_question = {"label", "case 12", "value", "+992900000001", NULL};

Test(watches, are_not_told_twice_of_a_record_that_is_released_again)
{
    struct bench *bench = bench_new();
    uint32_t id = added(bench, &phone_question);
    published(bench, phone_json("+992900000001", ""));
    published(bench,
              phone_json("+992900000001", "")); /* the same bytes: the same record in another envelope */
    cr_expect_eq(raised(bench, id, NULL), 1);
    bench_free(bench);
}

Test(watches, find_a_passport_whose_issuer_was_not_given_and_say_so)
{
    struct bench *bench = bench_new();
    published(bench, passport_json("KG:A7301994", ""));
    TG_AUTO(answer) struct answer typed = call(bench, with_text(ask("query"), "text", "A7301994"));
    must_be_done(&typed);
    cr_assert_eq(typed.row_count, 1);
    cr_expect_str_eq(tg_control_text(&typed.rows[0], "band", ""), "review");
    cr_expect_not_null(
        strstr(tg_control_text(&typed.rows[0], "why", ""), "A7301994 equal, whose issuer was not given"));
    TG_AUTO(answer) struct answer issued = call(bench, with_text(ask("query"), "text", "KG:A7301994"));
    cr_assert_eq(issued.row_count, 1);
    cr_expect_str_eq(tg_control_text(&issued.rows[0], "band", ""), "exact");
    cr_expect_null(strstr(tg_control_text(&issued.rows[0], "why", ""), "not given"));
    TG_AUTO(answer) struct answer other = call(bench, with_text(ask("query"), "text", "KZ:A7301994"));
    cr_expect_eq(other.row_count, 0, "another country's");
    bench_free(bench);
}

/* ---- why, and once ---- */

Test(watches, say_why_as_a_query_does)
{
    struct bench *bench = bench_new();
    added(bench, &phone_question);
    published(bench, phone_json("+992 900 000-001", ""));
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("notices"), "kind", "watch"));
    cr_assert_eq(answer.row_count, 1);
    cr_expect_str_eq(row_text(&answer, 0, "text"),
                     "watch 1 'case 12': indicator: phone +992 900 000-001: phone +992900000001 equal");
    cr_expect_eq(tg_control_number(&answer.rows[0], "watch", 0), 1);
    bench_free(bench);
}

Test(watches, tell_nothing_again_when_the_index_is_rebuilt_or_the_node_starts)
{
    struct bench *bench = bench_new();
    uint32_t id = added(bench, &phone_question);
    published(bench, phone_json("+992900000001", ""));
    cr_expect_eq(raised(bench, id, NULL), 1);
    TG_AUTO(answer) struct answer rebuilt = call(bench, ask("reindex"));
    must_be_done(&rebuilt);
    for (int crash = 0; crash < 2; crash++) {
        cr_expect_eq(raised(bench, id, NULL), 1);
        bench_restart(bench, crash);
    }
    cr_expect_eq(raised(bench, id, NULL), 1);
    published(bench, phone_json("+992900000001", ",\"note\":\"again\""));
    cr_expect_eq(raised(bench, id, NULL), 2, "it stands after the restart");
    bench_free(bench);
}

Test(watches, take_their_notices_back_with_a_withdrawn_record)
{
    struct bench *bench = bench_new();
    char ref[64];
    uint32_t id = added(bench, &phone_question);
    snprintf(ref, sizeof ref, "%s", published(bench, phone_json("+992900000001", "")));
    cr_expect_eq(raised(bench, id, NULL), 1);
    TG_AUTO(answer)
    struct answer answer = call(bench, with_text(with_text(ask("withdraw"), "ref", ref), "reason", "error"));
    must_be_done(&answer);
    cr_expect_eq(raised(bench, id, NULL), 0);
    bench_free(bench);
}

Test(watches, that_a_crash_forgot_to_tell_are_told_at_the_next_start)
{
    struct bench *bench = bench_new();
    uint32_t id = added(bench, &phone_question);
    published(bench, phone_json("+992900000001", ""));
    cr_assert_eq(tg_notices_end(bench->node), 0, "stored already: the test shows nothing");
    bench_restart(bench, true);
    cr_expect_eq(raised(bench, id, NULL), 1);
    bench_free(bench);
}

/* ---- whose ---- */

Test(watches, are_seen_removed_and_told_of_by_their_owner_alone)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *officer = bench_connect(bench, BENCH_OFFICER);
    TG_AUTO(answer) struct answer own = call_by(bench, analyst, asked("watch.add", &phone_question));
    must_be_done(&own);
    published(bench, phone_json("+992900000001", ""));
    TG_AUTO(answer) struct answer his = call_by(bench, analyst, with_number(ask("notices"), "mine", 1));
    cr_expect_eq(his.row_count, 1);
    TG_AUTO(answer)
    struct answer others = call_by(bench, officer, with_text(ask("notices"), "kind", "watch"));
    cr_expect_eq(others.row_count, 0, "another learns what he looks for");
    TG_AUTO(answer) struct answer list = call_by(bench, officer, ask("watch.list"));
    cr_expect_eq(list.row_count, 0);
    TG_AUTO(answer) struct answer all = call_by(bench, officer, with_number(ask("watch.list"), "all", 1));
    must_fail(&all, TG_EDENIED, "admin");
    TG_AUTO(answer)
    struct answer removed = call_by(bench, officer, with_number(ask("watch.remove"), "watch", 1));
    must_fail(&removed, TG_ENOENT, "you have no standing query 1");
    TG_AUTO(answer) struct answer admin = call(bench, with_number(ask("watch.list"), "all", 1));
    cr_assert_eq(admin.row_count, 1);
    cr_expect_str_eq(row_text(&admin, 0, "label"), "case 12");
    cr_expect_eq(tg_control_number(&admin.rows[0], "hits", -1), 1);
    TG_AUTO(answer) struct answer by_admin = call(bench, with_number(ask("watch.remove"), "watch", 1));
    must_be_done(&by_admin);
    published(bench, phone_json("+992900000001", ",\"note\":\"again\""));
    TG_AUTO(answer) struct answer after = call_by(bench, analyst, with_number(ask("notices"), "mine", 1));
    cr_expect_eq(after.row_count, 1, "it was removed");
    bench_free(bench);
}

Test(watches, for_everyone_are_told_to_all_who_may_read)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *officer = bench_connect(bench, BENCH_OFFICER);
    TG_AUTO(answer)
    struct answer own =
        call_by(bench, analyst, with_number(asked("watch.add", &phone_question), "everyone", 1));
    must_be_done(&own);
    published(bench, phone_json("+992900000001", ""));
    TG_AUTO(answer)
    struct answer others = call_by(bench, officer, with_text(ask("notices"), "kind", "watch"));
    cr_expect_eq(others.row_count, 1);
    TG_AUTO(answer) struct answer mine = call_by(bench, officer, with_number(ask("notices"), "mine", 1));
    cr_expect_eq(mine.row_count, 0);
    bench_free(bench);
}

/* ---- limits ---- */

Test(watches, need_a_reason_something_to_look_for_and_an_end_in_time)
{
    struct bench *bench = bench_new();
    struct asking *silent = calloc(1, sizeof *silent);
    tg_control_request(&silent->out, &silent->frame, "watch.add", "");
    with_text(silent, "text", "Karim");
    TG_AUTO(answer) struct answer reason = call(bench, silent);
    must_fail(&reason, TG_EUSAGE, "needs a reason");
    TG_AUTO(answer) struct answer empty = call(bench, ask("watch.add"));
    must_fail(&empty, TG_EUSAGE, "nothing was asked");
    static const question long_ago = {"text", "Karim", NULL}, odd = {"type", "phone", "value", "12", NULL},
                          kind = {"text", "Karim", "kind", "persn", NULL};
    TG_AUTO(answer) struct answer past = call(bench, with_number(asked("watch.add", &long_ago), "until", 1));
    must_fail(&past, TG_EVALUE, "end before it begins");
    TG_AUTO(answer)
    struct answer late = call(bench, with_number(asked("watch.add", &long_ago), "until", BENCH_EPOCH_MS * 2));
    must_fail(&late, TG_EVALUE, "366 days");
    TG_AUTO(answer) struct answer phone = call(bench, asked("watch.add", &odd));
    cr_expect_eq(phone.end.kind, TG_CONTROL_FAIL);
    TG_AUTO(answer) struct answer which = call(bench, asked("watch.add", &kind));
    must_fail(&which, TG_EVALUE, "person");
    cr_expect_eq(tg_watches_count(bench->node), 0);
    bench_free(bench);
}

Test(watches, end_when_their_time_is_over_and_say_so_once)
{
    struct bench *bench = bench_new();
    uint32_t id = added(bench, &phone_question);
    published(bench, phone_json("+992900000001", ""));
    bench->now_us += 91 * DAY_US;
    bench_turn(bench);
    published(bench, phone_json("+992900000001", ",\"note\":\"again\""));
    cr_expect_eq(raised(bench, id, NULL), 2, "the hit before, and that it has ended");
    bench_restart(bench, false);
    bench->now_us += 2000000;
    bench_turn(bench);
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("notices"), "kind", "watch"));
    cr_assert_eq(answer.row_count, 2);
    cr_expect(strstr(row_text(&answer, 1, "text"), "watch 1 'case 12' has ended") != NULL);
    TG_AUTO(answer) struct answer list = call(bench, ask("watch.list"));
    cr_expect_str_eq(row_text(&list, 0, "state"), "ended");
    bench_free(bench);
}

Test(watches, that_fit_everything_do_not_push_out_what_others_are_told)
{
    struct bench *bench = bench_new();
    static const question every = {"kind", "indicator", NULL};
    uint32_t id = added(bench, &every);
    for (int i = 0; i < TG_WATCH_BURST_MAX + 5; i++) {
        char phone[32];
        snprintf(phone, sizeof phone, "+9929000%05d", i);
        published(bench, phone_json(phone, ""));
    }
    cr_expect_eq(raised(bench, id, NULL), TG_WATCH_BURST_MAX);
    bench->now_us += TG_WATCH_BURST_US;
    bench_turn(bench);
    cr_expect_eq(raised(bench, id, NULL), TG_WATCH_BURST_MAX + 1);
    TG_AUTO(answer) struct answer answer = call(bench, with_number(ask("notices"), "newest", 1));
    cr_expect(strstr(row_text(&answer, 0, "text"), "fitted 5 more records") != NULL, "%s",
              row_text(&answer, 0, "text"));
    published(bench, phone_json("+992900900001", ""));
    cr_expect_eq(raised(bench, id, NULL), TG_WATCH_BURST_MAX + 2, "and goes on");
    bench_free(bench);
}

Test(watches, are_no_more_than_one_user_may_have)
{
    struct bench *bench = bench_new();
    struct tg_watch_spec spec = {.uid = BENCH_OWNER, .until_ms = INT64_MAX};
    struct tg_errmsg em = {.text = ""};
    uint32_t id = 0;
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++) spec.texts[i] = "";
    spec.texts[TG_WATCH_TEXT] = "Karim";
    for (size_t i = 0; i < TG_WATCHES_USER_MAX; i++)
        cr_assert_eq(tg_watches_add(bench->node, &spec, &id, &em), TG_OK, "%s", em.text);
    cr_expect_eq(tg_watches_add(bench->node, &spec, &id, &em), TG_ELIMIT);
    spec.uid = BENCH_ANALYST;
    cr_expect_eq(tg_watches_add(bench->node, &spec, &id, &em), TG_OK, "%s", em.text);
    bench_free(bench);
}

Test(watches, say_at_once_what_is_held_already)
{
    struct bench *bench = bench_new();
    char ref[64];
    snprintf(ref, sizeof ref, "%s", published(bench, phone_json("+992900000001", "")));
    TG_AUTO(answer) struct answer answer = call(bench, asked("watch.add", &phone_question));
    must_be_done(&answer);
    cr_assert_eq(answer.row_count, 1);
    cr_expect_str_eq(row_text(&answer, 0, "ref"), ref);
    cr_expect_str_eq(row_text(&answer, 0, "why"), "phone +992900000001 equal");
    cr_expect_eq(done_number(&answer, "total"), 1);
    cr_expect_eq(raised(bench, 0, NULL), 0, "what was held is no arrival");
    bench_free(bench);
}

Test(watches, stand_in_the_store_without_a_word_that_can_be_read)
{
    struct bench *bench = bench_new();
    static const question secret = {"label", "Zarnigor-7741", "name", "Quvvatbek Zarnigorzoda", NULL};
    added(bench, &secret);
    bench_restart(bench, false);
    char command[256];
    snprintf(command, sizeof command, "grep -rqa -e Zarnigor -e Quvvatbek '%s'", bench->dir);
    cr_expect_neq(system(command), 0, "a thief of the disk reads what was looked for");
    TG_AUTO(answer) struct answer list = call(bench, ask("watch.list"));
    cr_expect_str_eq(row_text(&list, 0, "name"), "Quvvatbek Zarnigorzoda");
    bench_free(bench);
}
