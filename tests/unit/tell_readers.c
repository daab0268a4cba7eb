/* Whoever was shown a record is told when it is withdrawn or corrected: at every node its own users, once, also after a
 * crash; and nobody else.
 */
#include <criterion/criterion.h>

#include "trio.h"

struct users {
    struct bench_caller *analyst, *officer;
};

static struct users users_of(struct trio *trio, int i)
{
    return (struct users){.analyst = bench_connect(trio->at[i], BENCH_ANALYST),
                          .officer = bench_connect(trio->at[i], BENCH_OFFICER)};
}

static void show(struct trio *trio, int i, struct bench_caller *caller, const char *ref)
{
    TG_AUTO(answer) struct answer answer = call_by(trio->at[i], caller, with_text(ask("show"), "ref", ref));
    must_be_done(&answer);
}

/* Notices of that caller's own that say this. */
static size_t told(struct trio *trio, int i, struct bench_caller *caller, const char *part)
{
    size_t count = 0;
    TG_AUTO(answer) struct answer answer = call_by(trio->at[i], caller, ask("notices"));
    must_be_done(&answer);
    for (size_t row = 0; row < answer.row_count; row++) {
        const char *text = row_text(&answer, row, "text");
        count += strstr(text, "you were shown") && strstr(text, part);
    }
    return count;
}

static void withdraw(struct trio *trio, const char *ref)
{
    TG_AUTO(answer)
    struct answer answer =
        call(trio->at[TJ], with_text(with_text(ask("withdraw"), "ref", ref), "reason", "wrong_person"));
    must_be_done(&answer);
    trio_run(trio);
}

Test(tell_readers, control_each_node_tells_its_own_users_once)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, person_json("A Namesake", "1980-01-01", ""));
    struct users tj = users_of(trio, TJ), kg = users_of(trio, KG), uz = users_of(trio, UZ);
    show(trio, KG, kg.analyst, "TJ-0");
    show(trio, KG, kg.analyst, "TJ-0");
    show(trio, TJ, tj.officer, "TJ-0");
    withdraw(trio, "TJ-0");
    trio_run(trio);
    cr_expect_eq(told(trio, KG, kg.analyst, "TJ withdrew TJ-0"), 1);
    cr_expect_eq(told(trio, KG, kg.analyst, "wrong_person"), 1);
    cr_expect_eq(told(trio, KG, kg.officer, ""), 0, "it was not shown to them");
    cr_expect_eq(told(trio, TJ, tj.officer, "TJ withdrew TJ-0"), 1, "at the origin too");
    cr_expect_eq(told(trio, TJ, tj.analyst, ""), 0);
    cr_expect_eq(told(trio, UZ, uz.analyst, ""), 0);
    trio_free(trio);
}

Test(tell_readers, of_a_correction_too)
{
    struct trio *trio = trio_new();
    char json[4096], hex[TG_HEX_BYTES(32)], more[128];
    struct tg_hash old = trio_publish(trio, TJ, TO_ALL, person_json("As Written", "1980-01-01", ""));
    struct users kg = users_of(trio, KG), tj = users_of(trio, TJ);
    show(trio, KG, kg.analyst, "TJ-0");
    show(trio, TJ, tj.analyst, "TJ-0");
    tg_hex_encode(old.bytes, 32, hex);
    snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", hex);
    snprintf(json, sizeof json, "%s", person_json("As Written", "1981-02-02", more));
    trio_publish(trio, TJ, TO_ALL, json);
    trio_run(trio);
    cr_expect_eq(told(trio, KG, kg.analyst, "TJ corrected TJ-0"), 1);
    cr_expect_eq(told(trio, TJ, tj.analyst, "TJ corrected TJ-0"), 1);
    cr_expect_eq(told(trio, KG, kg.officer, ""), 0);
    show(trio, KG, kg.analyst, "TJ-0"); /* the old version stays readable, and says that it is old */
    trio_free(trio);
}

Test(tell_readers, after_a_crash_all_the_same_and_once)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, person_json("A Namesake", "1980-01-01", ""));
    struct users kg = users_of(trio, KG);
    show(trio, KG, kg.analyst, "TJ-0");
    for (int turns = 0; turns < 40; turns += 3) { /* stopped at ever later moments */
        char ref[16], name[32];
        snprintf(name, sizeof name, "Person %d", turns);
        trio_publish(trio, TJ, TO_ALL, person_json(name, "1980-01-01", ""));
        snprintf(ref, sizeof ref, "TJ-%d", 1 + 2 * (turns / 3));
        show(trio, KG, kg.analyst, ref);
        TG_AUTO(answer)
        struct answer answer =
            call(trio->at[TJ], with_text(with_text(ask("withdraw"), "ref", ref), "reason", "error"));
        must_be_done(&answer);
        for (int i = 0; i < turns; i++) {
            bool more;
            cr_assert_eq(tg_node_work(trio->at[KG]->node, &more, NULL), TG_OK);
            while (trio->first) {
                struct trio_message *flying = trio->first;
                trio->first = flying->next;
                if (!trio->first) trio->last = &trio->first;
                struct tg_transport_event event = {.kind = TG_LINK_MESSAGE,
                                                   .peer = trio_id(trio, flying->from),
                                                   .lane = flying->lane,
                                                   .message = tg_view_of(flying->data, flying->bytes)};
                if (trio->up[flying->from][flying->to])
                    tg_node_on_transport(trio->at[flying->to]->node, &event);
                free(flying);
            }
        }
        trio_restart(trio, KG);
        trio_run(trio);
        kg = users_of(trio, KG);
        char part[40];
        snprintf(part, sizeof part, "TJ withdrew %s, ", ref);
        cr_expect_eq(told(trio, KG, kg.analyst, part), 1, "stopped after %d turns", turns);
    }
    trio_free(trio);
}

Test(tell_readers, nobody_is_told_who_was_shown_nothing)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, person_json("A Namesake", "1980-01-01", ""));
    struct users kg = users_of(trio, KG);
    withdraw(trio, "TJ-0");
    trio_run(trio);
    cr_expect_eq(told(trio, KG, kg.analyst, ""), 0);
    cr_expect_eq(told(trio, KG, kg.officer, ""), 0);
    trio_free(trio);
}

/* A list whose entries vanish is no reason to bury somebody. */
Test(tell_readers, of_many_the_rest_is_counted)
{
    struct trio *trio = trio_new();
    struct users kg = users_of(trio, KG);
    char ref[16];
    int many = TG_TELL_EACH_MAX + 5;
    for (int i = 0; i < many; i++) {
        snprintf(ref, sizeof ref, "P%d", i);
        trio_publish(trio, TJ, TO_ALL, person_json(ref, "1980-01-01", ""));
    }
    for (int i = 0; i < many; i++) {
        snprintf(ref, sizeof ref, "TJ-%d", i);
        show(trio, KG, kg.analyst, ref);
    }
    trio_link(trio, TJ, KG, false);
    trio_link(trio, UZ, KG, false);
    for (int i = 0; i < many; i++) {
        snprintf(ref, sizeof ref, "TJ-%d", i);
        withdraw(trio, ref);
    }
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    trio_run(trio);
    size_t single = told(trio, KG, kg.analyst, "TJ withdrew"),
           rest = told(trio, KG, kg.analyst, "more records");
    cr_expect(single >= TG_TELL_EACH_MAX && single <= (size_t)many, "%zu", single);
    cr_expect(single == (size_t)many || rest >= 1);
    trio_free(trio);
}
