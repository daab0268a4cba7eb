/* Clusters at nodes: words and likeness that join, words that hold apart, and that all of it falls apart again; the same
 * at every node that holds the same records, and nothing of what a node does not hold. */
#include "node/clusters.h"
#include "base_chance.h"
#include "trio.h"

#define YEAR_MS (366 * INT64_C(86400000))

static struct tg_hash person(struct trio *trio, int by, unsigned to, const char *name, const char *head,
                             const char *body)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"person\"," HEAD "%s},\"person\":{\"names\":[{\"text\":\"%s\"}],"
                   "\"status\":\"wanted\"%s}}",
                   head, name, body);
    return trio_publish(trio, by, to, json);
}

static struct tg_hash said(struct trio *trio, int by, unsigned to, const char *verdict, struct tg_hash first,
                           struct tg_hash second, const char *head)
{
    char json[2048], a[65], b[65];
    tg_hex_encode(first.bytes, 32, a);
    tg_hex_encode(second.bytes, 32, b);
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"sameness\"," HEAD "%s},\"sameness\":{\"first\":\"%s\",\"second\":\"%s\","
                   "\"verdict\":\"%s\",\"basis\":\"one passport in both\"}}",
                   head, a, b, verdict);
    return trio_publish(trio, by, to, json);
}

static void withdraw(struct trio *trio, int by, struct tg_hash id)
{
    char ref[65];
    tg_hex_encode(id.bytes, 32, ref);
    TG_AUTO(answer)
    struct answer answer =
        call(trio->at[by], with_text(with_text(ask("withdraw"), "ref", ref), "reason", "wrong_person"));
    must_be_done(&answer);
    trio_run(trio);
}

static void cluster_of(struct trio *trio, int at, struct tg_hash id, struct tg_arena *arena,
                       struct tg_cluster *cluster)
{
    uint64_t recno;
    size_t count = 0;
    struct tg_node *node = trio->at[at]->node;
    tg_arena_init(arena, TG_CLUSTER_WORK_BYTES);
    cr_assert_eq(tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id.bytes), &recno, 1, &count, NULL), TG_OK);
    cr_assert_eq(count, 1, "%s does not hold it", trio_countries[at]);
    cr_assert_eq(tg_clusters_of(node, recno, arena, cluster, NULL), TG_OK);
}

/* Members of its cluster, asked of one of them. */
static size_t size_at(struct trio *trio, int at, struct tg_hash id)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_cluster cluster;
    cluster_of(trio, at, id, &arena, &cluster);
    cr_expect(!cluster.large);
    return cluster.size;
}

static bool together(struct trio *trio, int at, struct tg_hash a, struct tg_hash b)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_cluster cluster;
    cluster_of(trio, at, a, &arena, &cluster);
    for (size_t i = 0; i < cluster.count; i++)
        if (tg_hash_equal(&cluster.members[i].id, &b)) return tg_cluster_inside(&cluster, i);
    return false;
}

Test(clusters, a_word_joins_at_every_holder_and_its_withdrawal_takes_them_apart)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Kerim Veliyev", "", "");
    struct tg_hash word = said(trio, UZ, TO_ALL, "same", a, b, "");
    for (int i = 0; i < TRIO; i++) {
        cr_expect_eq(size_at(trio, i, a), 2, "%s", trio_countries[i]);
        cr_expect(together(trio, i, b, a), "%s", trio_countries[i]);
        trio_reindex(trio, i);
        cr_expect_eq(size_at(trio, i, b), 2, "%s built anew", trio_countries[i]);
    }
    withdraw(trio, UZ, word);
    for (int i = 0; i < TRIO; i++) cr_expect_eq(size_at(trio, i, a), 1, "%s", trio_countries[i]);
    trio_free(trio);
}

/* Control: without the look at what stands, a word that has expired joins for ever. */
Test(clusters, control_forever_a_word_ends_with_its_day)
{
    struct trio *trio = trio_new();
    char json[1024];
    struct tg_hash ids[2];
    static const char *const names[2] = {"Karim Valiev", "Said Nazarov"};
    for (int i = 0; i < 2; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"kind\":\"person\",\"head\":{\"source\":{\"type\":\"custody\",\"name\":\"S\"},"
            "\"grading\":{\"reliability\":\"B\",\"credibility\":\"2\"},\"handling\":{\"tlp\":\"amber\","
            "\"purpose\":\"P\",\"legal_basis\":\"L\",\"review\":\"2027-01-01\",\"expiry\":\"2035-01-01\"}},"
            "\"person\":{\"names\":[{\"text\":\"%s\"}],\"status\":\"wanted\"}}",
            names[i]);
        ids[i] = trio_publish(trio, TJ, TO(KG), json);
    }
    said(trio, TJ, TO(KG), "same", ids[0], ids[1], "");
    cr_expect_eq(size_at(trio, KG, ids[0]), 2);
    trio_pass(trio, 3 * YEAR_MS);
    cr_expect_eq(size_at(trio, KG, ids[0]), 1, "the word's expiry has passed");
    trio_free(trio);
}

Test(clusters, what_is_said_to_differ_is_never_joined_whatever_joins_it)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Kerim Veliyev", "", ""),
                   c = person(trio, UZ, TO_ALL, "Karimjon Valiyev", "", "");
    said(trio, TJ, TO_ALL, "same", a, b, "");
    said(trio, KG, TO_ALL, "same", b, c, "");
    cr_expect_eq(size_at(trio, TJ, c), 3);
    struct tg_hash apart = said(trio, UZ, TO_ALL, "different", a, c, "");
    for (int i = 0; i < TRIO; i++) {
        cr_expect(!together(trio, i, a, c), "%s", trio_countries[i]);
        cr_expect_eq(size_at(trio, i, a) + size_at(trio, i, c), 3,
                     "the third one stands with one of the two");
    }
    withdraw(trio, UZ, apart);
    cr_expect_eq(size_at(trio, TJ, c), 3, "and back");
    trio_free(trio);
}

Test(clusters, a_paper_joins_and_not_him_holds_apart_whoever_has_it)
{
    struct trio *trio = trio_new();
    static const char paper[] =
        ",\"births\":[{\"date\":\"1984-07-21\"}],\"documents\":[{\"type\":\"passport\","
        "\"country\":\"TJ\",\"number\":\"A1234567\"}]";
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", paper),
                   b = person(trio, KG, TO_ALL, "Kerim Valiyev", "", paper);
    cr_expect(together(trio, UZ, a, b), "a passport, a name and a birth date");
    struct tg_hash c = person(trio, UZ, TO_ALL, "Karim Valiev", "", "");
    said(trio, UZ, TO_ALL, "same", c, a, "");
    cr_expect_eq(size_at(trio, UZ, c), 3);
    char json[2048], target[65];
    tg_hex_encode(c.bytes, 32, target);
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"sighting\"," HEAD "},\"sighting\":{\"target\":\"%s\",\"outcome\":\"not_him\","
                   "\"document\":{\"type\":\"passport\",\"country\":\"TJ\",\"number\":\"A1234567\"},"
                   "\"until\":\"2027-01-01\"}}",
                   target);
    struct tg_hash judged = trio_publish(trio, KG, TO_ALL, json);
    cr_expect(!together(trio, UZ, c, a) && !together(trio, TJ, c, b));
    cr_expect(together(trio, UZ, a, b), "the two that have it stay together");
    withdraw(trio, KG, judged);
    cr_expect_eq(size_at(trio, UZ, c), 3);
    trio_free(trio);
}

Test(clusters, names_and_birth_dates_join_when_they_are_strong_and_not_below)
{
    struct trio *trio = trio_new();
    static const char born[] = ",\"births\":[{\"date\":\"1984-07-21\"}]";
    struct tg_hash a = person(trio, TJ, TO_ALL, "Rahmonov Abdullo", "", born),
                   b = person(trio, KG, TO_ALL, "Раҳмонов Абдулло", "", born),
                   year =
                       person(trio, KG, TO_ALL, "Rahmonov Abdullo", "", ",\"births\":[{\"date\":\"1984\"}]"),
                   other = person(trio, UZ, TO_ALL, "Rahmonov Abdullo", "",
                                  ",\"births\":[{\"date\":\"1985-02-11\"}]");
    cr_expect(together(trio, TJ, a, b) && together(trio, UZ, b, a));
    cr_expect(!together(trio, TJ, a, year), "a year is no full date");
    cr_expect(!together(trio, TJ, a, other), "another birth date");
    trio_free(trio);
}

Test(clusters, words_about_a_record_hold_for_what_replaced_it)
{
    struct trio *trio = trio_new();
    char head[128], id[65];
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Said Nazarov", "", "");
    said(trio, KG, TO_ALL, "same", a, b, "");
    tg_hex_encode(a.bytes, 32, id);
    (void)snprintf(head, sizeof head, ",\"supersedes\":\"%s\"", id);
    struct tg_hash newer = person(trio, TJ, TO_ALL, "Karim Valiev", head, ",\"text\":\"x\"");
    cr_expect(together(trio, UZ, newer, b) && together(trio, UZ, b, newer));
    cr_expect_eq(size_at(trio, UZ, b), 2, "the older version is no member");
    cr_expect_eq(size_at(trio, UZ, a), 1, "nor has it a cluster");
    trio_free(trio);
}

/* Control: without the look at who says so, the word of a node that is no partner any more joins. */
Test(clusters, control_anyone_the_word_of_a_node_that_is_not_trusted_counts_for_nothing)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Said Nazarov", "", "");
    said(trio, UZ, TO_ALL, "same", a, b, "");
    cr_expect_eq(size_at(trio, TJ, a), 2);
    struct tg_hash uz = trio_id(trio, UZ);
    cr_assert_eq(tg_trust_remove(trio->at[TJ]->node, tg_trust_find(trio->at[TJ]->node, &uz), NULL), TG_OK);
    cr_expect_eq(size_at(trio, TJ, a), 1, "not enrolled any more");
    cr_expect_eq(size_at(trio, KG, a), 2);
    trio_free(trio);
}

Test(clusters, a_contested_word_joins_nothing_until_its_origin_has_decided)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Said Nazarov", "", "");
    struct tg_hash word = said(trio, UZ, TO_ALL, "same", a, b, "");
    char json[1024], target[65];
    tg_hex_encode(word.bytes, 32, target);
    (void)snprintf(
        json, sizeof json,
        "{\"kind\":\"dispute\",\"head\":{\"handling\":{\"tlp\":\"amber\"}},\"dispute\":{\"target\":"
        "\"%s\",\"ground\":\"wrong_person\",\"raised_by\":\"holder\",\"text\":\"no\"}}",
        target);
    trio_publish(trio, KG, TO_ALL, json);
    for (int i = 0; i < TRIO; i++) cr_expect_eq(size_at(trio, i, a), 1, "%s", trio_countries[i]);
    trio_free(trio);
}

static bool names_ref(const struct answer *answer, const char *ref)
{
    for (size_t i = 0; i < answer->row_count; i++)
        for (size_t k = 0; k < 3; k++) {
            static const char *const fields[3] = {"ref", "first", "second"};
            if (strcmp(row_text(answer, i, fields[k]), ref) == 0) return true;
        }
    return false;
}

static size_t rows_of(const struct answer *answer, const char *row)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->row_count; i++) count += strcmp(row_text(answer, i, "row"), row) == 0;
    return count;
}

/* TJ tells KG of one, UZ tells KG of another, KG alone knows that they are one man, and says so to TJ. */
Test(clusters, nobody_learns_of_a_record_that_was_not_addressed_to_him)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO(KG), "Karim Valiev", "", ""),
                   secret = person(trio, UZ, TO(KG), "Kerim Veliyev", "", "");
    said(trio, KG, TO(TJ), "same", a, secret, "");
    char ref[65];
    tg_hex_encode(a.bytes, 32, ref);
    TG_AUTO(answer) struct answer at_kg = call(trio->at[KG], with_text(ask("show"), "ref", ref));
    must_be_done(&at_kg);
    cr_expect_eq(rows_of(&at_kg, "member"), 2);
    cr_expect(names_ref(&at_kg, "UZ-0"));
    TG_AUTO(answer) struct answer at_tj = call(trio->at[TJ], with_text(ask("show"), "ref", ref));
    must_be_done(&at_tj);
    cr_expect_eq(rows_of(&at_tj, "member"), 0);
    cr_expect_eq(rows_of(&at_tj, "cluster"), 0);
    cr_expect(!names_ref(&at_tj, "UZ-0"));
    struct bench_caller *auditor = bench_connect(trio->at[KG], BENCH_AUDITOR);
    TG_AUTO(answer)
    struct answer audited = call_by(trio->at[KG], auditor, with_text(ask("show"), "ref", ref));
    must_be_done(&audited);
    cr_expect_eq(rows_of(&audited, "member") + rows_of(&audited, "tie"), 0, "an auditor reads no contents");
    trio_free(trio);
}

Test(clusters, why_says_who_stated_what_of_the_two_and_by_what_way_they_hang_together)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ""),
                   b = person(trio, KG, TO_ALL, "Kerim Veliyev", "", ""),
                   c = person(trio, UZ, TO_ALL, "Karimjon Valiyev", "", "");
    said(trio, TJ, TO_ALL, "same", a, b, "");
    said(trio, KG, TO_ALL, "same", b, c, "");
    said(trio, UZ, TO_ALL, "possible", a, c, "");
    TG_AUTO(answer)
    struct answer why =
        call(trio->at[UZ], with_text(with_text(ask("why"), "first", "TJ-0"), "second", "UZ-0"));
    must_be_done(&why);
    cr_expect_eq(rows_of(&why, "record"), 2);
    cr_expect_eq(rows_of(&why, "statement"), 1);
    cr_expect_eq(rows_of(&why, "tie"), 2);
    TG_AUTO(answer)
    struct answer one =
        call(trio->at[UZ], with_text(with_text(ask("why"), "first", "TJ-0"), "second", "TJ-0"));
    must_fail(&one, TG_EVALUE, "one record");
    TG_AUTO(answer) struct answer none = call(trio->at[UZ], with_text(ask("why"), "first", "TJ-99"));
    must_fail(&none, TG_ENOENT, "TJ-99");
    trio_free(trio);
}

/* Every node the same, whichever order they came in: the records travel on links that go up one after the other. */
Test(clusters, are_the_same_at_every_node_whatever_arrived_first)
{
    struct chance chance = {.state = 17};
    struct trio *trio = trio_make(false, false);
    enum { PERSONS = 9, WORDS = 14 };
    struct tg_hash ids[PERSONS];
    char name[32];
    for (int i = 0; i < PERSONS; i++) {
        (void)snprintf(name, sizeof name, "Name%c Other%c", 'a' + i, 'q' + i);
        ids[i] = person(trio, i % TRIO, TO_ALL, name, "", "");
    }
    for (int i = 0; i < WORDS; i++) {
        size_t a = chance_below(&chance, PERSONS), b = (a + 1 + chance_below(&chance, PERSONS - 1)) % PERSONS;
        said(trio, (int)chance_below(&chance, TRIO), TO_ALL, chance_below(&chance, 4) ? "same" : "different",
             ids[a], ids[b], "");
    }
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    trio_link(trio, UZ, TJ, true);
    trio_pass(trio, 5000);
    for (int i = 0; i < PERSONS; i++) {
        struct tg_hash names[TRIO];
        for (int at = 0; at < TRIO; at++) {
            TG_AUTO(tg_arena) struct tg_arena arena;
            struct tg_cluster cluster;
            cluster_of(trio, at, ids[i], &arena, &cluster);
            names[at] = *tg_cluster_id(&cluster);
            for (int k = 0; k < PERSONS; k++)
                cr_assert_eq(together(trio, at, ids[i], ids[k]), together(trio, TJ, ids[k], ids[i]),
                             "%s: %d and %d", trio_countries[at], i, k);
        }
        cr_assert(tg_hash_equal(&names[0], &names[1]) && tg_hash_equal(&names[0], &names[2]));
    }
    trio_free(trio);
}

/* ---- reports of one event ---- */

static void incident(struct trio *trio, int by, const char *facility, const char *day, const char *text)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"incident\"," HEAD
                   "},\"incident\":{\"kind\":\"riot\",\"facility\":{\"name\":\"%s\"},"
                   "\"from\":\"%s\",\"title\":\"Riot\",\"text\":\"%s\"}}",
                   facility, day, text);
    trio_publish(trio, by, TO_ALL, json);
}

static const char *relation_to(const struct answer *answer, const char *ref)
{
    for (size_t i = 0; i < answer->row_count; i++)
        if (strcmp(row_text(answer, i, "ref"), ref) == 0 &&
            strcmp(row_text(answer, i, "row"), "related") == 0)
            return row_text(answer, i, "relation");
    return "";
}

Test(repeats, are_linked_in_show_both_ways_and_kept_both)
{
    static const char text[] = "forty prisoners of the second block have taken two guards and ask for a talk";
    struct trio *trio = trio_new();
    incident(trio, TJ, "Central Prison", "2026-09-20", text);
    incident(trio, KG, "central prison", "2026-09-22", text);
    incident(trio, UZ, "Northern Prison", "2026-09-21", text);
    incident(trio, UZ, "Central Prison", "2026-08-20", text);
    TG_AUTO(answer) struct answer first = call(trio->at[UZ], with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&first);
    cr_expect_str_eq(relation_to(&first, "KG-0"), "repeated_by");
    cr_expect_str_eq(relation_to(&first, "UZ-0"), "", "another place");
    cr_expect_str_eq(relation_to(&first, "UZ-1"), "", "a month before");
    TG_AUTO(answer) struct answer second = call(trio->at[UZ], with_text(ask("show"), "ref", "KG-0"));
    must_be_done(&second);
    cr_expect_str_eq(relation_to(&second, "TJ-0"), "repeats");
    TG_AUTO(answer) struct answer both = call(trio->at[UZ], with_text(ask("records"), "kind", "incident"));
    must_be_done(&both);
    cr_expect_eq(both.row_count, 4);
    struct bench_caller *auditor = bench_connect(trio->at[UZ], BENCH_AUDITOR);
    TG_AUTO(answer)
    struct answer audited = call_by(trio->at[UZ], auditor, with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&audited);
    cr_expect_str_eq(relation_to(&audited, "KG-0"), "", "an auditor reads no contents");
    trio_free(trio);
}

static void riot_alert(struct trio *trio, const char *title, const char *text)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"alert\"," HEAD
                   "},\"alert\":{\"nature\":\"actual\",\"precedence\":\"priority\","
                   "\"title\":\"%s\",\"text\":\"%s\",\"facility\":{\"name\":\"Central\"},\"at\":\"2026-09-"
                   "21T10:00:00Z\"}}",
                   title, text);
    trio_publish(trio, KG, TO(TJ), json);
}

Test(repeats, keep_their_line_in_the_inbox_and_name_the_alert_above)
{
    struct trio *trio = trio_new();
    riot_alert(trio, "Riot at Central", "forty prisoners of the second block have taken two guards");
    riot_alert(trio, "Fire at Central", "a fire in the kitchen of the first block was put out");
    riot_alert(trio, "Riot at Central", "forty prisoners of the second block have taken two guards now");
    TG_AUTO(answer) struct answer inbox = call(trio->at[TJ], ask("inbox"));
    must_be_done(&inbox);
    cr_assert_eq(inbox.row_count, 3, "each has to be read");
    cr_expect_str_eq(row_text(&inbox, 0, "repeats"), "");
    cr_expect_str_eq(row_text(&inbox, 1, "repeats"), "");
    cr_expect_str_eq(row_text(&inbox, 2, "ref"), "KG-0");
    cr_expect_str_eq(row_text(&inbox, 2, "repeats"), "KG-2");
    trio_free(trio);
}

Test(clusters, are_told_of_hits_of_a_query)
{
    struct trio *trio = trio_new();
    struct tg_hash a = person(trio, TJ, TO_ALL, "Karim Valiev", "", ",\"text\":\"a\""),
                   b = person(trio, KG, TO_ALL, "Karim Valiev", "", ",\"text\":\"b\"");
    person(trio, UZ, TO_ALL, "Karim Valiev", "", ",\"text\":\"c\"");
    said(trio, TJ, TO_ALL, "same", a, b, "");
    TG_AUTO(answer) struct answer hits = call(trio->at[UZ], with_text(ask("query"), "text", "Karim Valiev"));
    must_be_done(&hits);
    size_t together = 0, alone = 0;
    for (size_t i = 0; i < hits.row_count; i++) {
        bool named = tg_control_data(&hits.rows[i], "cluster").bytes == TG_HASH_BYTES;
        together += named && tg_control_number(&hits.rows[i], "cluster_size", 0) == 2;
        alone += !named;
    }
    cr_expect_eq(together, 2);
    cr_expect_eq(alone, 1);
    trio_free(trio);
}

/* One passport in everybody's record is nobody's: nothing is joined, and that is said. */
Test(clusters, too_many_to_be_one_subject_are_not_joined)
{
    struct bench *bench = bench_new();
    char json[1024];
    for (int i = 0; i <= TG_CLUSTER_MEMBERS_MAX; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"kind\":\"person\"," HEAD
                       "},\"person\":{\"names\":[{\"text\":\"Karim Valiev\"}],\"text\":\"%d\","
                       "\"births\":[{\"date\":\"1984-07-21\"}],\"documents\":[{\"type\":\"passport\","
                       "\"country\":\"TJ\",\"number\":\"A1234567\"}],\"status\":\"wanted\"}}",
                       i);
        published(bench, json);
    }
    TG_AUTO(answer) struct answer shown = call(bench, with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&shown);
    size_t large = 0;
    for (size_t i = 0; i < shown.row_count; i++) large += tg_control_number(&shown.rows[i], "large", 0) != 0;
    cr_expect_eq(large, 1);
    cr_expect_eq(rows_of(&shown, "tie"), 0);
    bench_free(bench);
}
