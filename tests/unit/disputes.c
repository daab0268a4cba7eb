/* A record is contested: who sees it, from when on, and what ends it. */
#include "node/disputes.h"

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
