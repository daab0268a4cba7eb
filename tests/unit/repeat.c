/* Reports of one event: what makes two reports one, and what keeps them two. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "proto/json.h"
#include "proto/repeat.h"

static const struct tg_token_key key = {.bytes = {7}};

static const struct tg_record *record(struct tg_arena *arena, const char *json)
{
    struct tg_view bytes;
    struct tg_record *read = NULL;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_record_from_json(tg_view_str(json), arena, &bytes, &em), TG_OK, "%s: %s", json, em.text);
    cr_assert_eq(tg_record_decode(bytes, arena, &read, &em), TG_OK, "%s", em.text);
    return read;
}

#define HEAD                                                                                               \
    "\"head\":{\"source\":{\"type\":\"human\"},\"grading\":{\"reliability\":\"B\",\"credibility\":\"2\"}," \
    "\"handling\":{\"tlp\":\"amber\",\"purpose\":\"P\",\"legal_basis\":\"L\"}}"

static const struct tg_record *incident(struct tg_arena *arena, const char *kind, const char *facility,
                                        const char *from, const char *text)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"incident\"," HEAD
                   ",\"incident\":{\"kind\":\"%s\",\"facility\":{\"name\":\"%s\"},"
                   "\"from\":\"%s\",\"title\":\"x\",\"text\":\"%s\"}}",
                   kind, facility, from, text);
    return record(arena, json);
}

static const struct tg_record *alert(struct tg_arena *arena, const char *nature, const char *thread,
                                     const char *text)
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"alert\"," HEAD ",\"alert\":{\"nature\":\"%s\",\"precedence\":\"immediate\","
                   "\"title\":\"Riot\",\"text\":\"%s\",\"incident\":\"riot\",\"at\":\"2024-06-01T10:00:00Z\","
                   "\"facility\":{\"name\":\"Central\"}%s}}",
                   nature, text, thread);
    return record(arena, json);
}

static bool one(const struct tg_record *a, const struct tg_record *b)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1u << 20);
    struct tg_report x, y;
    cr_assert_eq(tg_report_read(&key, a, &arena, &x), TG_OK);
    cr_assert_eq(tg_report_read(&key, b, &arena, &y), TG_OK);
    cr_assert_eq(tg_report_repeats(&x, &y), tg_report_repeats(&y, &x), "no matter which comes first");
    return tg_report_repeats(&x, &y);
}

#define TEXT "forty prisoners of the second block have taken two guards and ask for a talk"

Test(repeat, is_one_event_by_type_place_time_and_words)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 64u << 20);
    const struct tg_record *first = incident(&arena, "riot", "Central Prison", "2024-06-01", TEXT);
    cr_expect(one(first, incident(&arena, "riot", "central  prison", "2024-06-01", TEXT)));
    cr_expect(one(first, incident(&arena, "riot", "Central Prison", "2024-06-03", TEXT " again")));
    cr_expect(one(first, incident(&arena, "riot", "Central Prison", "2024-06-04", TEXT)), "three days");
    cr_expect(!one(first, incident(&arena, "riot", "Central Prison", "2024-06-05", TEXT)), "four days");
    cr_expect(one(first, incident(&arena, "riot", "Central Prison", "2024-06", TEXT)),
              "some day of that month");
    cr_expect(!one(first, incident(&arena, "escape", "Central Prison", "2024-06-01", TEXT)), "another type");
    cr_expect(!one(first, incident(&arena, "riot", "Northern Prison", "2024-06-01", TEXT)), "another place");
    cr_expect(!one(first, incident(&arena, "riot", "Central Prison", "2024-06-01",
                                   "a fire in the kitchen of the second block was put out by noon")),
              "other words");
    cr_expect(!one(incident(&arena, "riot", "Central Prison", "2024-06-01", "y"),
                   incident(&arena, "riot", "Central Prison", "2024-06-01", "y")),
              "two words say too little");
}

Test(repeat, an_exercise_and_an_update_are_no_repeats)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 64u << 20);
    const struct tg_record *actual = alert(&arena, "actual", "", TEXT);
    cr_expect(one(actual, alert(&arena, "actual", "", TEXT)));
    cr_expect(!one(actual, alert(&arena, "exercise", "", TEXT)));
    char thread[200];
    (void)snprintf(thread, sizeof thread, ",\"thread\":\"update\",\"thread_of\":\"%064d\"", 0);
    cr_expect(!one(actual, alert(&arena, "actual", thread, TEXT)));
    cr_expect(!one(actual, incident(&arena, "riot", "Central", "2024-06-01", TEXT)),
              "another kind of record");
}

Test(repeat, a_list_names_the_first_of_each_event_also_when_it_is_told_for_days)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 64u << 20);
    const struct tg_record *records[] = {
        incident(&arena, "riot", "Central Prison", "2024-06-01", TEXT),
        incident(&arena, "riot", "Northern Prison", "2024-06-01", TEXT),
        incident(&arena, "riot", "Central Prison", "2024-06-03", TEXT),
        NULL,
        incident(&arena, "riot", "Central Prison", "2024-06-06", TEXT),
        incident(&arena, "riot", "Central Prison", "2024-07-06", TEXT),
    };
    uint32_t first[6];
    cr_assert_eq(tg_reports_first(&key, records, 6, &arena, first), TG_OK);
    static const uint32_t expected[6] = {0, 1, 0, 3, 0, 5};
    for (size_t i = 0; i < 6; i++) cr_expect_eq(first[i], expected[i], "%zu: %u", i, first[i]);
}
