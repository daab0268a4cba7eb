/* Who was judged not to be the one: hidden for the document that was shown, until a day, and never silently. */
#include "service_help.h"

/* Publish, and the record's id in hexadecimal. */
static void stated(struct bench *bench, const char *json, char ret_id[static 65])
{
    TG_AUTO(answer)
    struct answer answer = call(bench, with_text(with_record(ask("publish"), json), "to", "none"));
    must_be_done(&answer);
    struct tg_view id = tg_control_data(&answer.rows[0], "id");
    cr_assert(id.bytes == 32);
    tg_hex_encode(id.data, 32, ret_id);
}

static void person(struct bench *bench, const char *more_head, const char *more_body, char ret_id[static 65])
{
    char json[1024];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"person\"," HEAD "%s},\"person\":{\"names\":[{\"text\":\"Karim Valiev\"}],"
                   "\"status\":\"wanted\"%s}}",
                   more_head, more_body);
    stated(bench, json, ret_id);
}

static void not_him(struct bench *bench, const char *target, const char *number, char ret_id[static 65])
{
    char json[1024];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"sighting\"," HEAD "},\"sighting\":{\"target\":\"%s\",\"outcome\":\"not_him\","
                   "\"name\":\"Karim Valiyev\",\"document\":{\"type\":\"passport\",\"country\":\"TJ\","
                   "\"number\":\"%s\"},\"until\":\"2027-01-01\"}}",
                   target, number);
    stated(bench, json, ret_id);
}

static struct answer asked(struct bench *bench, const char *document)
{
    struct asking *asking = with_text(ask("query"), "text", "Karim Valiev");
    if (document) with_text(asking, "document", document);
    struct answer answer = call(bench, asking);
    must_be_done(&answer);
    return answer;
}

/* Hits, and how many are hidden and told. */
static void expect(struct bench *bench, const char *document, int64_t total, int64_t cleared,
                   const char *what)
{
    TG_AUTO(answer) struct answer answer = asked(bench, document);
    cr_expect_eq(done_number(&answer, "total"), total, "%s: %ld hits", what,
                 (long)done_number(&answer, "total"));
    cr_expect_eq(done_number(&answer, "cleared"), cleared, "%s: %ld hidden", what,
                 (long)done_number(&answer, "cleared"));
    size_t told = 0;
    for (size_t i = 0; i < answer.row_count; i++)
        told += strcmp(tg_control_text(&answer.rows[i], "row", ""), "cleared") == 0;
    cr_expect_eq(told, (size_t)cleared, "%s: hidden without a word", what);
}

#define DAY_US (86400 * INT64_C(1000000))

Test(cleared, hides_the_pair_for_that_document_alone_and_says_so)
{
    struct bench *bench = bench_new();
    char target[65], sighting[65];
    person(bench, "", "", target);
    expect(bench, "passport:TJ:A1234567", 1, 0, "nobody has judged");
    not_him(bench, target, "A 123-4567", sighting);
    expect(bench, "passport:TJ:A1234567", 0, 1, "that document");
    expect(bench, "passport:TJ:A1234568", 1, 0, "another number");
    expect(bench, "passport:UZ:A1234567", 1, 0, "another country");
    expect(bench, "passport::A1234567", 1, 0, "no country");
    expect(bench, "identity:TJ:A1234567", 1, 0, "another sort of document");
    TG_AUTO(answer) struct answer without = asked(bench, NULL);
    cr_assert_eq(without.row_count, 1);
    cr_expect_eq(tg_control_number(&without.rows[0], "not_him", 0), 1, "shown with a mark");
    bench_free(bench);
}

Test(cleared, shows_with_all_what_it_hides_and_who_judged_so)
{
    struct bench *bench = bench_new();
    char target[65], sighting[65];
    person(bench, "", "", target);
    not_him(bench, target, "A1234567", sighting);
    TG_AUTO(answer)
    struct answer all = call(bench, with_number(with_text(with_text(ask("query"), "text", "Karim Valiev"),
                                                          "document", "passport:TJ:A1234567"),
                                                "all", 1));
    must_be_done(&all);
    cr_assert_eq(all.row_count, 1);
    cr_expect_str_eq(row_text(&all, 0, "cleared_by"), "TJ");
    cr_expect_str_eq(row_text(&all, 0, "cleared_ref"), "TJ-1");
    cr_expect_str_eq(row_text(&all, 0, "cleared_until"), "2027-01-01");
    bench_free(bench);
}

/* The name and the paper of whoever was checked find nothing: he is nobody's hit. */
Test(cleared, finds_nothing_of_whoever_was_checked)
{
    struct bench *bench = bench_new();
    char target[65], sighting[65];
    person(bench, "", "", target);
    not_him(bench, target, "A1234567", sighting);
    TG_AUTO(answer)
    struct answer paper =
        call(bench, with_text(with_text(ask("query"), "type", "passport"), "value", "TJ:A1234567"));
    must_be_done(&paper);
    cr_expect_eq(paper.row_count, 0);
    TG_AUTO(answer) struct answer name = call(bench, with_text(ask("query"), "text", "Valiyev"));
    must_be_done(&name);
    for (size_t i = 0; i < name.row_count; i++) cr_expect_str_neq(row_text(&name, i, "kind"), "sighting");
    bench_free(bench);
}

/* Control: without the look at state and day, the old word hides for ever. */
Test(cleared, control_forever_ends_with_its_day)
{
    struct bench *bench = bench_new();
    char target[65], sighting[65];
    person(bench, "", "", target);
    not_him(bench, target, "A1234567", sighting);
    while (bench_wall(bench) < INT64_C(1798761600000) + 86399999) bench->now_us += DAY_US / 24;
    expect(bench, "passport:TJ:A1234567", 1, 0, "the day after");
    bench_free(bench);
}

Test(cleared, ends_with_a_withdrawal)
{
    struct bench *bench = bench_new();
    char target[65], sighting[65];
    person(bench, "", "", target);
    not_him(bench, target, "A1234567", sighting);
    expect(bench, "passport:TJ:A1234567", 0, 1, "judged");
    TG_AUTO(answer)
    struct answer gone = call(bench, with_text(with_text(ask("withdraw"), "ref", "TJ-1"), "reason", "error"));
    must_be_done(&gone);
    for (int i = 0; i < 8; i++) bench_turn(bench);
    expect(bench, "passport:TJ:A1234567", 1, 0, "withdrawn");
    bench_free(bench);
}

Test(cleared, holds_for_what_replaced_the_record_unless_that_names_the_document)
{
    struct bench *bench = bench_new();
    char first[65], second[65], third[65], sighting[65], head[128];
    person(bench, "", "", first);
    not_him(bench, first, "A1234567", sighting);
    (void)snprintf(head, sizeof head, ",\"supersedes\":\"%s\"", first);
    person(bench, head, ",\"text\":\"seen in Osh\"", second);
    expect(bench, "passport:TJ:A1234567", 0, 1, "replaced by its origin");
    (void)snprintf(head, sizeof head, ",\"supersedes\":\"%s\"", second);
    person(bench, head, ",\"documents\":[{\"type\":\"passport\",\"country\":\"TJ\",\"number\":\"A1234567\"}]",
           third);
    expect(bench, "passport:TJ:A1234567", 1, 0, "the replacement names the document itself");
    bench_free(bench);
}

Test(cleared, refuses_a_document_that_is_none)
{
    struct bench *bench = bench_new();
    static const char *const bad[][2] = {{"A1234567", "TYPE:COUNTRY:NUMBER"},
                                         {"pasport:TJ:A1", "did you mean 'passport'?"},
                                         {"passport:Tajikistan:A1", "no country code"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TG_AUTO(answer)
        struct answer answer =
            call(bench, with_text(with_text(ask("query"), "text", "Karim"), "document", bad[i][0]));
        cr_expect(answer.end.kind == TG_CONTROL_FAIL && strstr(answer.end.message, bad[i][1]), "%s: %s",
                  bad[i][0], answer.end.message);
    }
    bench_free(bench);
}

/* ---- what belongs to a record ---- */

static const char *relation_of(const struct answer *answer, const char *ref)
{
    for (size_t i = 0; i < answer->row_count; i++)
        if (strcmp(tg_control_text(&answer->rows[i], "row", ""), "related") == 0 &&
            strcmp(tg_control_text(&answer->rows[i], "ref", ""), ref) == 0)
            return tg_control_text(&answer->rows[i], "relation", "");
    return "none";
}

Test(cleared, show_says_by_which_field_a_record_points_also_to_what_was_replaced)
{
    struct bench *bench = bench_new();
    char first[65], cell[65], other[65], id[65], json[1024];
    person(bench, "", "", first);
    stated(bench, "{\"kind\":\"cell\"," HEAD "},\"cell\":{\"names\":[{\"text\":\"Block 4\"}]}}", cell);
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"link\"," HEAD
                   "},\"link\":{\"subject\":{\"id\":\"%s\"},\"relation\":\"leads\","
                   "\"object\":{\"id\":\"%s\"}}}",
                   first, cell);
    stated(bench, json, id);
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"custody\"," HEAD
                   "},\"custody\":{\"person\":{\"id\":\"%s\"},\"facility\":{\"name\":"
                   "\"Central\"},\"status\":\"held\"}}",
                   first);
    stated(bench, json, id);
    not_him(bench, first, "A1234567", id);
    char head[128];
    (void)snprintf(head, sizeof head, ",\"supersedes\":\"%s\"", first);
    person(bench, head, ",\"text\":\"x\"", other);
    TG_AUTO(answer) struct answer now = call(bench, with_text(ask("show"), "ref", "TJ-5"));
    must_be_done(&now);
    cr_expect_str_eq(relation_of(&now, "TJ-0"), "supersedes");
    cr_expect_str_eq(relation_of(&now, "TJ-2"), "link_subject");
    cr_expect_str_eq(relation_of(&now, "TJ-3"), "custody");
    cr_expect_str_eq(relation_of(&now, "TJ-4"), "sighting");
    TG_AUTO(answer) struct answer from_cell = call(bench, with_text(ask("show"), "ref", "TJ-1"));
    must_be_done(&from_cell);
    cr_expect_str_eq(relation_of(&from_cell, "TJ-2"), "link_object");
    bench_free(bench);
}
