/* What is found by: names, dates, selectors, texts of the kinds that speak of others. */
#include "record_test.h"

static void facets_of(const char *kind, const char *from, const char *to, struct tg_arena *arena,
                      struct tg_facets *facets)
{
    TG_AUTO(tg_buf) struct tg_buf in = {0}, changed = {0};
    char path[128];
    struct tg_view bytes;
    struct tg_record *rec;
    struct tg_errmsg em = {0};
    tg_arena_init(arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    snprintf(path, sizeof path, "records/%s.in.json", kind);
    test_file_read(path, &in);
    cr_assert(tg_buf_put(&in, "", 1) == TG_OK);
    test_replace((const char *)in.data, from, to, &changed);
    cr_assert(tg_record_from_json(tg_buf_view(&changed), arena, &bytes, &em) == TG_OK, "%s", em.text);
    cr_assert(tg_record_decode(bytes, arena, &rec, &em) == TG_OK, "%s", em.text);
    cr_assert(tg_record_facets(rec, arena, facets) == TG_OK);
}

static int subject_of(const struct tg_facets *facets, const char *name)
{
    for (size_t i = 0; i < facets->names_count; i++)
        if (tg_view_equal_str(facets->names[i].text, name)) return (int)facets->names[i].subject;
    return 0;
}

static bool has_text(const struct tg_facets *facets, const char *text)
{
    for (size_t i = 0; i < facets->texts_count; i++)
        if (tg_view_equal_str(facets->texts[i].text, text)) return true;
    return false;
}

static size_t refs_to(const struct tg_facets *facets, uint8_t first)
{
    size_t count = 0;
    for (size_t i = 0; i < facets->refs_count; i++) count += facets->refs[i].id->bytes[0] == first;
    return count;
}

Test(record_facets, take_what_a_relation_leads_to_for_what_it_is)
{
    static const struct {
        const char *to;
        int subject;
    } rows[] = {
        {"\"leads\"", TG_FACET_CELL},
        {"\"member_of\"", TG_FACET_CELL},
        {"\"kin\"", TG_FACET_PERSON},
        {"\"located_at\"", TG_FACET_FACILITY},
        {"\"uses\"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_facets facets;
        facets_of("link", "\"leads\"", rows[i].to, &arena, &facets);
        cr_expect_eq(subject_of(&facets, "Block 4 group"), rows[i].subject, "%s", rows[i].to);
        cr_expect_eq(has_text(&facets, "Block 4 group"), rows[i].subject == 0, "%s", rows[i].to);
        cr_expect_eq(subject_of(&facets, "Karim Valiev"), TG_FACET_PERSON, "%s", rows[i].to);
        cr_expect(refs_to(&facets, 0x00) == 1 && refs_to(&facets, 0xff) == 1);
    }
}

Test(record_facets, believe_what_a_subject_says_of_itself)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_facets facets;
    facets_of("request", "\"Karim Valiev\"", "\"Central Prison\", \"kind\": \"facility\"", &arena, &facets);
    cr_expect_eq(subject_of(&facets, "Central Prison"), TG_FACET_FACILITY);
    cr_expect_eq(subject_of(&facets, "Example Transport"), TG_FACET_CELL);
    cr_expect_eq(facets.selectors_count, 1);
}

Test(record_facets, give_nobody_a_facilitys_country)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_facets facets;
    facets_of("custody", "\"held\"", "\"held\"", &arena, &facets);
    cr_expect_eq(subject_of(&facets, "Karim Valiev"), TG_FACET_PERSON);
    cr_expect_eq(subject_of(&facets, "Central Prison"), TG_FACET_FACILITY);
    cr_expect_eq(facets.countries_count, 0);
}

/* Whoever was judged not to be the one who is meant is found by nothing of his own. */
Test(record_facets, hold_nothing_of_whoever_it_is_not)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_facets facets;
    facets_of("sighting", "\"not_him\"", "\"not_him\"", &arena, &facets);
    cr_expect_eq(subject_of(&facets, "Karim Valiyev"), 0);
    cr_expect_not(has_text(&facets, "Karim Valiyev"));
    cr_expect_eq(facets.selectors_count, 0);
    cr_expect_eq(facets.births_count, 0);
    cr_expect_eq(refs_to(&facets, 0x00), 1);
    cr_expect_eq(facets.expiry_ms, 1798847999999); /* the end of 2027-01-01 */
}

Test(record_facets, hold_whoever_it_is)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_facets facets;
    TG_AUTO(tg_buf) struct tg_buf in = {0}, first = {0}, second = {0};
    struct tg_view bytes;
    struct tg_record *rec;
    struct tg_errmsg em = {0};
    test_file_read("records/sighting.in.json", &in);
    cr_assert(tg_buf_put(&in, "", 1) == TG_OK);
    test_replace((const char *)in.data, "\"not_him\"", "\"confirmed\"", &first);
    test_replace((const char *)first.data, "\"until\": \"2027-01-01\", ", "", &second);
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(tg_record_from_json(tg_buf_view(&second), &arena, &bytes, &em) == TG_OK, "%s", em.text);
    cr_assert(tg_record_decode(bytes, &arena, &rec, &em) == TG_OK, "%s", em.text);
    cr_assert(tg_record_facets(rec, &arena, &facets) == TG_OK);
    cr_expect_eq(subject_of(&facets, "Karim Valiyev"), TG_FACET_PERSON);
    cr_expect_eq(facets.selectors_count, 2);
    cr_expect_eq(facets.births_count, 1);
    cr_expect_eq(facets.expiry_ms, 0);
}

Test(record_facets, know_two_mentions_of_one_paper)
{
    static const struct {
        struct tg_rec_document document;
        const char *form; /* NULL: none */
    } rows[] = {
        {{.type = TG_DOCUMENT_TYPE_PASSPORT, .country = "TJ", .number = "A 123-4567"},
         "passport TJ:A1234567"},
        {{.type = TG_DOCUMENT_TYPE_PASSPORT, .country = "TJ", .number = "a1234567"}, "passport TJ:A1234567"},
        {{.type = TG_DOCUMENT_TYPE_PASSPORT, .country = "TJ", .number = "A123"}, "passport TJ:A123"},
        {{.type = TG_DOCUMENT_TYPE_PASSPORT, .country = "", .number = "A1234567"}, "passport ZZ:A1234567"},
        {{.type = TG_DOCUMENT_TYPE_IDENTITY, .country = "TJ", .number = "A1234567"}, "identity TJ:A1234567"},
        {{.type = TG_DOCUMENT_TYPE_PASSPORT, .country = "TJ", .number = "--"}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TG_AUTO(tg_buf) struct tg_buf form = {0};
        tg_err err = tg_document_form(&rows[i].document, &form);
        cr_expect(err == (rows[i].form ? TG_OK : TG_EVALUE), "%zu", i);
        cr_expect(!rows[i].form || tg_view_equal_str(tg_buf_view(&form), rows[i].form), "%zu: %.*s", i,
                  TG_VIEW_PRINT(tg_buf_view(&form)));
    }
}
