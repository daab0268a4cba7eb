/* Voices behind records: what cites one another, or one third thing, is counted once. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/json.h"
#include "proto/sources.h"

static const struct tg_record *record(struct tg_arena *arena, const char *name, const char *source,
                                      const char *head)
{
    char json[2048];
    struct tg_view bytes;
    struct tg_record *read = NULL;
    struct tg_errmsg em = {.text = ""};
    (void)snprintf(
        json, sizeof json,
        "{\"kind\":\"person\",\"head\":{\"source\":{%s},\"grading\":{\"reliability\":\"B\","
        "\"credibility\":\"2\"},\"handling\":{\"tlp\":\"amber\",\"purpose\":\"P\",\"legal_basis\":\"L\","
        "\"review\":\"2027-01-01\",\"expiry\":\"2028-01-01\"}%s},\"person\":{\"names\":[{\"text\":\"%s\"}],"
        "\"status\":\"wanted\"}}",
        source, head, name);
    cr_assert_eq(tg_record_from_json(tg_view_str(json), arena, &bytes, &em), TG_OK, "%s: %s", json, em.text);
    cr_assert_eq(tg_record_decode(bytes, arena, &read, &em), TG_OK, "%s", em.text);
    return read;
}

#define CUSTODY "\"type\":\"custody\",\"name\":\"Interrogation\""

static const struct tg_record *citing(struct tg_arena *arena, const char *name, const struct tg_record *cited)
{
    char head[256], id[65];
    tg_hex_encode(cited->id.bytes, 32, id);
    (void)snprintf(head, sizeof head, ",\"refers\":[{\"id\":\"%s\"}]", id);
    return record(arena, name, CUSTODY, head);
}

Test(sources, that_cite_one_another_are_one_voice_in_whatever_order)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 64u << 20);
    const struct tg_record *a = record(&arena, "Karim Valiev", CUSTODY, ""),
                           *b = citing(&arena, "Kerim Veliyev", a), *c = citing(&arena, "Karimjon", b),
                           *d = record(&arena, "Karim V.", CUSTODY, "");
    const struct tg_record *orders[][4] = {{a, b, c, d}, {c, a, d, b}, {d, c, b, a}, {b, d, a, c}};
    for (size_t i = 0; i < 4; i++) cr_expect_eq(tg_sources_count(orders[i], 4), 2, "order %zu", i);
    const struct tg_record *apart[] = {a, d};
    cr_expect_eq(tg_sources_count(apart, 2), 2, "a name such as 'Interrogation' is no common source");
    const struct tg_record *without[] = {a, c};
    cr_expect_eq(tg_sources_count(without, 2), 2, "what they hang together by is not among them");
}

Test(sources, that_name_one_report_or_one_number_of_a_list_are_one_voice)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 64u << 20);
    static const char paper[] =
        "\"type\":\"press\",\"name\":\"The Herald\",\"reference\":\"2024-06-01 p. 3\"";
    static const char other[] =
        "\"type\":\"press\",\"name\":\"The Herald\",\"reference\":\"2024-06-02 p. 1\"";
    cr_expect(tg_sources_same(record(&arena, "A Bek", paper, ""), record(&arena, "B Bek", paper, "")));
    cr_expect(!tg_sources_same(record(&arena, "A Bek", paper, ""), record(&arena, "B Bek", other, "")));
    static const char listed[] = ",\"list\":\"un_sc\",\"external_id\":\"TAi.155\"",
                      next[] = ",\"list\":\"un_sc\",\"external_id\":\"TAi.156\"";
    cr_expect(
        tg_sources_same(record(&arena, "A Bek", CUSTODY, listed), record(&arena, "B Bek", CUSTODY, listed)));
    cr_expect(
        !tg_sources_same(record(&arena, "A Bek", CUSTODY, listed), record(&arena, "B Bek", CUSTODY, next)));
    cr_expect_eq(tg_sources_count(NULL, 0), 0);
}
