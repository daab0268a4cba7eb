/* Convergences between nodes: raised on arrival at every node that holds both records, and told to nobody else. */
#include "trio.h"

static struct tg_hash person(struct trio *trio, int by, unsigned to, const char *name, const char *head)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"person\"," HEAD "%s},\"person\":{\"names\":[{\"text\":\"%s\"}],"
                   "\"status\":\"wanted\"}}",
                   head, name);
    return trio_publish(trio, by, to, json);
}

static struct tg_hash phone(struct trio *trio, int by, unsigned to, const char *number)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"indicator\"," HEAD
                   "},\"indicator\":{\"selectors\":[{\"type\":\"phone\",\"value\":\"%s\"}],"
                   "\"on_hit\":\"inform\"}}",
                   number);
    return trio_publish(trio, by, to, json);
}

/* Convergences that anyone there is told of; text of the last one. */
static size_t told(struct trio *trio, int at, const char **ret_text)
{
    static char text[1024];
    TG_AUTO(answer)
    struct answer answer = call(trio->at[at], with_text(ask("notices"), "kind", "convergence"));
    must_be_done(&answer);
    size_t count = 0;
    text[0] = 0;
    for (size_t i = 0; i < answer.row_count; i++) {
        if (strcmp(row_text(&answer, i, "kind"), "convergence") != 0) continue;
        count++;
        (void)snprintf(text, sizeof text, "%s", row_text(&answer, i, "text"));
    }
    if (ret_text) *ret_text = text;
    return count;
}

Test(convergences, are_told_where_both_records_are_held_and_nowhere_else)
{
    struct trio *trio = trio_new();
    const char *text;
    person(trio, TJ, TO(KG), "Karim Valiev", "");
    person(trio, UZ, TO(KG), "Карим Валиев", "");
    cr_expect_eq(told(trio, KG, &text), 1);
    cr_expect(strstr(text, "UZ-0 and TJ-0 meet"), "%s", text);
    cr_expect_eq(told(trio, TJ, NULL), 0, "TJ does not hold what UZ has said");
    cr_expect_eq(told(trio, UZ, NULL), 0, "nor the other way round");
    trio_free(trio);
}

Test(convergences, are_told_on_both_sides_when_both_hold_both)
{
    struct trio *trio = trio_new();
    phone(trio, TJ, TO(UZ), "+992 900 00 00 01");
    phone(trio, UZ, TO(TJ), "00992900000001");
    cr_expect_eq(told(trio, TJ, NULL), 1);
    cr_expect_eq(told(trio, UZ, NULL), 1);
    cr_expect_eq(told(trio, KG, NULL), 0);
    trio_free(trio);
}

/* Kept to itself for months: a new alert meets it all the same, here and, as it is ours alone, nowhere else. */
Test(convergences, a_new_alert_is_matched_backwards_over_all_that_is_held)
{
    struct trio *trio = trio_new();
    const char *text;
    phone(trio, KG, 0, "+996 555 000 001");
    trio_pass(trio, INT64_C(90) * 86400000);
    trio_publish(
        trio, TJ, TO(KG),
        "{\"kind\":\"alert\"," HEAD "},\"alert\":{\"nature\":\"actual\",\"precedence\":\"immediate\","
        "\"title\":\"Number in a cell\",\"selectors\":[{\"type\":\"phone\",\"value\":\"+996555000001\"}]}}");
    cr_expect_eq(told(trio, KG, &text), 1);
    cr_expect(strstr(text, "TJ-0 and KG-0 meet"), "%s", text);
    cr_expect_eq(told(trio, TJ, NULL), 0);
    trio_free(trio);
}

/* Both took the number from one article: that is no confirmation. */
Test(convergences, of_two_that_pass_on_one_report_say_so)
{
    struct trio *trio = trio_new();
    const char *text;
    static const char article[] =
        "{\"kind\":\"indicator\",\"head\":{\"source\":{\"type\":\"press\",\"name\":\"The "
        "Herald\",\"reference\":\"p. 3\"},"
        "\"grading\":{\"reliability\":\"F\",\"credibility\":\"6\"},\"handling\":{\"tlp\":\"amber\","
        "\"purpose\":\"P\","
        "\"legal_basis\":\"L\"},\"note\":\"%s\"},\"indicator\":{\"selectors\":[{\"type\":\"phone\",\"value\":"
        "\"+992900000001\"}]}}";
    char json[1024];
    (void)snprintf(json, sizeof json, article, "x");
    trio_publish(trio, TJ, TO_ALL, json);
    (void)snprintf(json, sizeof json, article, "y");
    trio_publish(trio, KG, TO_ALL, json);
    cr_expect_eq(told(trio, UZ, &text), 1);
    cr_expect(strstr(text, "both rest on one source"), "%s", text);
    phone(trio, UZ, TO_ALL, "+992900000001");
    cr_expect_eq(told(trio, UZ, &text), 3);
    cr_expect(!strstr(text, "one source"), "%s", text);
    trio_free(trio);
}
