/* A record is contested: who sees it, from when on, and what ends it. */
#include "node/disputes.h"

#include "node/notices.h"
#include "trio.h"

#define DAY_MS INT64_C(86400000)

static const char *hex(const struct tg_hash *id)
{
    static char texts[8][TG_HEX_BYTES(32)];
    static unsigned at;
    char *text = texts[at++ % 8];
    tg_hex_encode(id->bytes, sizeof id->bytes, text);
    return text;
}

#define PLAIN_HEAD "\"head\":{\"handling\":{\"tlp\":\"amber\"}"

static const char *dispute_json(const struct tg_hash *target, const char *deadline, const char *refers)
{
    static char text[2048];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"dispute\"," PLAIN_HEAD "%s},\"dispute\":{\"target\":\"%s\",\"ground\":"
             "\"wrong_person\",\"raised_by\":\"holder\",\"text\":\"another man\"%s%s%s}}",
             refers, hex(target), deadline ? ",\"deadline\":\"" : "", deadline ? deadline : "",
             deadline ? "\"" : "");
    return text;
}
static const char *decision_json(const struct tg_hash *target, const struct tg_hash *decides)
{
    static char text[2048];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"dispute\"," PLAIN_HEAD
             "},\"dispute\":{\"target\":\"%s\",\"decides\":\"%s\","
             "\"decision\":\"rejected\",\"text\":\"prints agree\"}}",
             hex(target), hex(decides));
    return text;
}
static const char *withdrawal_json(const struct tg_hash *target)
{
    static char text[2048];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"withdrawal\"," PLAIN_HEAD "},\"withdrawal\":{\"target\":\"%s\",\"reason\":"
             "\"wrong_person\",\"text\":\"not ours to withdraw\"}}",
             hex(target));
    return text;
}
static const char *successor_json(const struct tg_hash *older, const char *birth)
{
    static char more[128];
    snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", hex(older));
    return person_json("Abdullo Rahmonov", birth, more);
}

static struct tg_dispute_mark mark_at(struct trio *trio, int at, const struct tg_hash *id, int origin)
{
    struct tg_dispute_mark mark;
    struct tg_hash of = trio_id(trio, origin);
    cr_assert_eq(tg_disputes_mark(trio->at[at]->node, id, &of, &mark, NULL), TG_OK);
    return mark;
}
static unsigned open_at(struct trio *trio, int at, const struct tg_hash *id, int origin)
{
    return mark_at(trio, at, id, origin).open;
}
static void all_see(struct trio *trio, const struct tg_hash *id, int origin, unsigned open)
{
    for (int i = 0; i < TRIO; i++)
        cr_expect_eq(open_at(trio, i, id, origin), open, "%s sees %u of %u", trio_countries[i],
                     open_at(trio, i, id, origin), open);
}
/* The state of the only dispute there. */
static enum tg_dispute_state state_at(struct trio *trio, int at, const struct tg_hash *id, int origin)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_DISPUTES_BUDGET_BYTES);
    struct tg_dispute *disputes = NULL;
    size_t count = 0;
    struct tg_hash of = trio_id(trio, origin);
    cr_assert_eq(tg_disputes_of(trio->at[at]->node, id, &of, &arena, &disputes, &count, NULL), TG_OK);
    cr_assert_eq(count, 1, "%zu disputes at %s", count, trio_countries[at]);
    return disputes[0].state;
}
static tg_err count_one(void *ctx, const struct tg_dispute *dispute)
{
    (void)dispute;
    ++*(size_t *)ctx;
    return TG_OK;
}
static size_t held_at(struct trio *trio, int at)
{
    size_t count = 0;
    cr_assert_eq(tg_disputes_each(trio->at[at]->node, count_one, &count, NULL), TG_OK);
    return count;
}
static struct tg_hash person_of(struct trio *trio, int by, unsigned to)
{
    return trio_publish(trio, by, to, person_json("Abdullo Rahmonov", "1984-07-21", ""));
}

Test(disputes, mark_the_record_at_every_holder_until_its_origin_decides)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    all_see(trio, &person, TJ, 0);
    struct tg_hash dispute = trio_publish(trio, KG, TO_ALL, dispute_json(&person, NULL, ""));
    all_see(trio, &person, TJ, 1);
    for (int i = 0; i < TRIO; i++) {
        trio_restart(trio, i);
        trio_reindex(trio, i);
    }
    all_see(trio, &person, TJ, 1);
    trio_publish(trio, TJ, TO_ALL, decision_json(&person, &dispute));
    all_see(trio, &person, TJ, 0);
    for (int i = 0; i < TRIO; i++) {
        cr_expect_eq(state_at(trio, i, &person, TJ), TG_DISPUTE_REJECTED);
        cr_expect_eq(held_at(trio, i), 1);
    }
    trio_free(trio);
}

static void only_the_origin_decides(void)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    struct tg_hash dispute = trio_publish(trio, KG, TO_ALL, dispute_json(&person, NULL, ""));
    trio_publish(trio, UZ, TO_ALL, decision_json(&person, &dispute));
    trio_publish(trio, KG, TO_ALL, decision_json(&person, &dispute));
    all_see(trio, &person, TJ, 1);
    trio_free(trio);
}
Test(disputes, are_not_ended_by_anyone_but_the_origin_of_the_record)
{
    only_the_origin_decides();
}
Test(disputes, control_decider)
{
    only_the_origin_decides();
}

Test(disputes, stand_whichever_came_first_the_record_or_the_dispute)
{
    struct trio *trio = trio_new();
    trio_link(trio, TJ, UZ, false);
    trio_link(trio, KG, UZ, false);
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    trio_publish(trio, KG, TO_ALL, dispute_json(&person, NULL, ""));
    trio_link(trio, KG, UZ,
              true); /* KG brings UZ its dispute; the record, being TJ's, may come through KG as well */
    trio_run(trio);
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    all_see(trio, &person, TJ, 1);
    trio_free(trio);
}

static void only_readers_contest(void)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO(KG));
    trio_publish(trio, UZ, TO_ALL, dispute_json(&person, NULL, ""));
    cr_expect_eq(open_at(trio, TJ, &person, TJ), 0);
    cr_expect_eq(open_at(trio, KG, &person, TJ), 0);
    cr_expect_eq(state_at(trio, TJ, &person, TJ), TG_DISPUTE_UNADDRESSED);
    cr_expect_eq(state_at(trio, KG, &person, TJ), TG_DISPUTE_UNADDRESSED);
    trio_free(trio);
}
Test(disputes, of_a_node_that_was_not_given_the_record_are_shown_and_not_counted)
{
    only_readers_contest();
}
Test(disputes, control_standing)
{
    only_readers_contest();
}

Test(disputes, are_what_a_withdrawal_by_another_than_the_origin_is)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    trio_publish(trio, KG, TO_ALL, withdrawal_json(&person));
    all_see(trio, &person, TJ, 1);
    trio_reindex(trio, UZ);
    all_see(trio, &person, TJ, 1);
    cr_expect_eq(held_at(trio, UZ), 1);
    trio_free(trio);
}

Test(disputes, are_what_a_replacement_by_another_than_the_origin_is)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    trio_publish(trio, KG, TO_ALL, successor_json(&person, "1984-07-22"));
    all_see(trio, &person, TJ, 1);
    TG_AUTO(answer) struct answer found = call(trio->at[UZ], with_text(ask("show"), "ref", hex(&person)));
    must_be_done(&found);
    cr_expect_str_eq(row_text(&found, 0, "state"), "live");
    cr_expect_eq(tg_control_number(&found.rows[0], "disputed", 0), 1);
    trio_free(trio);
}

Test(disputes, are_over_when_the_origin_corrects_or_withdraws)
{
    struct trio *trio = trio_new();
    struct tg_hash first = person_of(trio, TJ, TO_ALL);
    struct tg_hash second = trio_publish(trio, TJ, TO_ALL, person_json("Karim Valiev", "1961-01-05", ""));
    trio_publish(trio, KG, TO_ALL, dispute_json(&first, NULL, ""));
    trio_publish(trio, KG, TO_ALL, dispute_json(&second, NULL, ""));
    cr_expect_eq(held_at(trio, UZ), 2);
    struct tg_hash newer = trio_publish(trio, TJ, TO_ALL, successor_json(&first, "1984-07-22"));
    trio_publish(trio, TJ, TO_ALL, withdrawal_json(&second));
    for (int i = 0; i < TRIO; i++) {
        cr_expect_eq(state_at(trio, i, &first, TJ), TG_DISPUTE_CORRECTED);
        cr_expect_eq(state_at(trio, i, &second, TJ), TG_DISPUTE_WITHDRAWN);
    }
    all_see(trio, &newer, TJ, 0);
    trio_reindex(trio, KG);
    cr_expect_eq(state_at(trio, KG, &second, TJ), TG_DISPUTE_WITHDRAWN);
    cr_expect_eq(held_at(trio, KG), 2);
    trio_free(trio);
}

Test(disputes, name_the_nearest_deadline_and_are_overdue_behind_it)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    int64_t deadline_ms = BENCH_EPOCH_MS + 30 * DAY_MS;
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(deadline_ms, text);
    trio_publish(trio, KG, TO_ALL, dispute_json(&person, text, ""));
    trio_publish(trio, UZ, TO_ALL, dispute_json(&person, "2090-01-01T00:00:00Z", ""));
    struct tg_dispute_mark mark = mark_at(trio, UZ, &person, TJ);
    cr_expect_eq(mark.open, 2);
    cr_expect_eq(mark.deadline_ms, deadline_ms);
    cr_expect(!mark.overdue);
    trio->at[UZ]->now_us = 30 * DAY_MS * 1000; /* the last instant before */
    cr_expect(!mark_at(trio, UZ, &person, TJ).overdue);
    trio->at[UZ]->now_us += 1000;
    cr_expect(mark_at(trio, UZ, &person, TJ).overdue);
    trio_free(trio);
}

Test(disputes, that_the_origin_passes_on_count_once_and_end_together)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    struct tg_hash dispute = trio_publish(trio, KG, TO(TJ), dispute_json(&person, NULL, ""));
    cr_expect_eq(open_at(trio, UZ, &person, TJ), 0);
    char refers[160];
    snprintf(refers, sizeof refers, ",\"refers\":[{\"id\":\"%s\",\"role\":\"related\"}]", hex(&dispute));
    trio_publish(trio, TJ, TO_ALL, dispute_json(&person, NULL, refers));
    all_see(trio, &person, TJ, 1);
    trio_publish(trio, TJ, TO_ALL, decision_json(&person, &dispute));
    all_see(trio, &person, TJ, 0);
    trio_free(trio);
}

Test(disputes, one_origins_correction_is_known_also_when_it_comes_before_what_it_corrects)
{
    struct trio *trio = trio_new();
    struct tg_hash person = trio_publish(trio, TJ, 0, person_json("Abdullo Rahmonov", "1984-07-21", ""));
    trio_publish(trio, TJ, TO(KG), successor_json(&person, "1984-07-22"));
    /* The same bytes once more, sealed to KG: released later. */
    trio_publish(trio, TJ, TO(KG), person_json("Abdullo Rahmonov", "1984-07-21", ""));
    TG_AUTO(answer) struct answer found = call(trio->at[KG], with_text(ask("show"), "ref", hex(&person)));
    must_be_done(&found);
    cr_expect_str_eq(row_text(&found, 0, "state"), "superseded");
    TG_AUTO(answer)
    struct answer query = call(trio->at[KG], with_text(ask("query"), "name", "Abdullo Rahmonov"));
    cr_expect_eq(query.row_count, 1);
    trio_free(trio);
}

/* ---- what people are told, and when ---- */

static size_t told_of(struct trio *trio, int at, enum tg_notice_kind kind, const char *part)
{
    const struct tg_notice *notices = NULL;
    size_t count = tg_notices_after(trio->at[at]->node, 0, &notices, TG_NOTICES_MAX), found = 0;
    for (size_t i = 0; i < count; i++) found += notices[i].kind == kind && strstr(notices[i].text, part);
    return found;
}

Test(disputes, are_told_to_people_at_every_other_node)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    struct tg_hash dispute =
        trio_publish(trio, KG, TO_ALL, dispute_json(&person, "2090-01-01T00:00:00Z", ""));
    for (int i = 0; i < TRIO; i++)
        cr_expect_eq(
            told_of(trio, i, TG_NOTICE_DISPUTE, "KG contests TJ-0: wrong_person, to be decided by 2090"),
            i != KG, "%s", trio_countries[i]);
    trio_publish(trio, TJ, TO_ALL, decision_json(&person, &dispute));
    cr_expect_eq(told_of(trio, KG, TG_NOTICE_DISPUTE, "TJ decided a dispute of TJ-0: rejected: prints agree"),
                 1);
    trio_publish(trio, TJ, TO_ALL, successor_json(&person, "1984-07-22"));
    cr_expect_eq(told_of(trio, UZ, TG_NOTICE_CORRECTION, "TJ corrected TJ-0: births"), 1);
    trio_free(trio);
}

Test(disputes, that_pass_their_deadline_are_told_once_at_every_holder_also_over_a_restart)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(BENCH_EPOCH_MS + 2 * DAY_MS, text);
    trio_publish(trio, KG, TO_ALL, dispute_json(&person, text, ""));
    trio_pass(trio, DAY_MS);
    for (int i = 0; i < TRIO; i++) cr_expect_eq(told_of(trio, i, TG_NOTICE_DISPUTE, "OVERDUE"), 0);
    trio_restart(trio, UZ);
    trio_pass(trio, DAY_MS);
    for (int i = 0; i < TRIO; i++)
        cr_expect_eq(told_of(trio, i, TG_NOTICE_DISPUTE,
                             "OVERDUE: TJ has not decided on KG-0, by which KG contests TJ-0"),
                     1, "%s", trio_countries[i]);
    for (int i = 0; i < TRIO; i++) trio_restart(trio, i);
    trio_pass(trio, DAY_MS);
    for (int i = 0; i < TRIO; i++) cr_expect_eq(told_of(trio, i, TG_NOTICE_DISPUTE, "OVERDUE"), 1);
    trio_free(trio);
}

Test(disputes, that_were_decided_in_time_are_not_told_as_overdue)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(BENCH_EPOCH_MS + 2 * DAY_MS, text);
    struct tg_hash dispute = trio_publish(trio, KG, TO_ALL, dispute_json(&person, text, ""));
    trio_publish(trio, TJ, TO_ALL, decision_json(&person, &dispute));
    trio_pass(trio, 3 * DAY_MS);
    for (int i = 0; i < TRIO; i++) cr_expect_eq(told_of(trio, i, TG_NOTICE_DISPUTE, "OVERDUE"), 0);
    trio_free(trio);
}

Test(disputes, that_come_behind_their_deadline_are_told_as_they_come)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    trio_link(trio, KG, UZ, false);
    trio_link(trio, TJ, UZ, false);
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(BENCH_EPOCH_MS + 2 * DAY_MS, text);
    trio_publish(trio, KG, TO_ALL, dispute_json(&person, text, ""));
    trio_pass(trio, 3 * DAY_MS);
    cr_expect_eq(told_of(trio, UZ, TG_NOTICE_DISPUTE, "OVERDUE"), 0);
    trio_link(trio, KG, UZ, true);
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    cr_expect_eq(told_of(trio, UZ, TG_NOTICE_DISPUTE, "OVERDUE"), 1);
    trio_free(trio);
}

/* ---- verbs ---- */

Test(disputes, that_an_officer_raises_go_to_the_origin_and_all_readers_and_only_the_origin_decides)
{
    struct trio *trio = trio_new();
    struct tg_hash person = person_of(trio, TJ, TO_ALL);
    TG_AUTO(answer) struct answer no_ground = call(trio->at[KG], with_text(ask("dispute"), "ref", "TJ-0"));
    must_fail(&no_ground, TG_EUSAGE, "say the ground");
    TG_AUTO(answer)
    struct answer raised =
        call(trio->at[KG], with_text(with_text(ask("dispute"), "ref", "TJ-0"), "ground", "source"));
    must_be_done(&raised);
    cr_expect_eq(done_number(&raised, "addressees"), 2);
    trio_run(trio);
    all_see(trio, &person, TJ, 1);
    TG_AUTO(answer)
    struct answer by_uz =
        call(trio->at[UZ], with_text(with_text(ask("dispute.decide"), "ref", "KG-0"), "text", "no"));
    must_fail(&by_uz, TG_EDENIED, "only TJ, the origin of TJ-0");
    TG_AUTO(answer)
    struct answer of_dispute =
        call(trio->at[UZ], with_text(with_text(ask("dispute"), "ref", "KG-0"), "ground", "other"));
    must_fail(&of_dispute, TG_EVALUE, "nothing that could be contested");
    TG_AUTO(answer)
    struct answer silent = call(trio->at[TJ], with_text(ask("dispute.decide"), "ref", "TJ-0"));
    must_fail(&silent, TG_EUSAGE, "say why");
    TG_AUTO(answer)
    struct answer decided =
        call(trio->at[TJ], with_text(with_text(ask("dispute.decide"), "ref", "TJ-0"), "text", "it stands"));
    must_be_done(&decided);
    trio_run(trio);
    all_see(trio, &person, TJ, 0);
    TG_AUTO(answer) struct answer list = call(trio->at[UZ], with_text(ask("dispute.list"), "which", "all"));
    must_be_done(&list);
    cr_assert_eq(list.row_count, 1);
    cr_expect_str_eq(row_text(&list, 0, "state"), "rejected");
    cr_expect_str_eq(row_text(&list, 0, "decision"), "TJ-1");
    trio_free(trio);
}

/* ---- reviews ---- */

static const char *reviewed_json(const char *name, const char *review, const char *list)
{
    static char text[2048];
    snprintf(
        text, sizeof text,
        "{\"v\":1,\"kind\":\"person\",\"head\":{%s\"source\":{\"type\":\"custody\",\"name\":\"S\"},"
        "\"grading\":"
        "{\"reliability\":\"B\",\"credibility\":\"2\"},\"handling\":{\"tlp\":\"amber\",\"purpose\":\"P\","
        "\"legal_basis\":\"L\",\"review\":\"%s\",\"expiry\":\"2099-01-01\"}},\"person\":{\"names\":[{"
        "\"text\":\"%s\","
        "\"kind\":\"primary\"}],\"status\":\"wanted\"}}",
        list, review, name);
    return text;
}

Test(review, reminds_the_origin_once_a_record_and_once_a_list_and_nobody_else)
{
    struct trio *trio = trio_new();
    char day[TG_DATE_TEXT_BYTES], text[128];
    int32_t due = (int32_t)(BENCH_EPOCH_MS / DAY_MS) + 20;
    tg_date_format(tg_date_of_day(due), day);
    trio_publish(trio, TJ, TO_ALL, reviewed_json("Karim Valiev", day, ""));
    trio_publish(trio, TJ, TO_ALL,
                 reviewed_json("Sher Nazarov", day, "\"list\":\"wanted\",\"external_id\":\"1\","));
    trio_publish(trio, TJ, TO_ALL,
                 reviewed_json("Olim Sharipov", day, "\"list\":\"wanted\",\"external_id\":\"2\","));
    trio_pass(trio, 5 * DAY_MS);
    cr_expect_eq(told_of(trio, TJ, TG_NOTICE_REVIEW, ""), 0);
    trio_pass(trio, DAY_MS);
    snprintf(text, sizeof text, "review due: TJ-0, %s (in 14 days)", day);
    cr_expect_eq(told_of(trio, TJ, TG_NOTICE_REVIEW, text), 1);
    snprintf(text, sizeof text, "2 records of list wanted: review due %s (in 14 days)", day);
    cr_expect_eq(told_of(trio, TJ, TG_NOTICE_REVIEW, text), 1);
    trio_restart(trio, TJ);
    trio_pass(trio, 20 * DAY_MS);
    cr_expect_eq(told_of(trio, TJ, TG_NOTICE_REVIEW, ""), 2);
    cr_expect_eq(told_of(trio, KG, TG_NOTICE_REVIEW, ""), 0);
    trio_free(trio);
}
