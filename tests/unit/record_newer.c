/* Two versions of the schema meet: what this one does with what a later one writes. */
#include "record_test.h"

#include "next.pb-c.h"

struct next {
    Tamga__Next__Record record;
    Tamga__Next__Head head;
    Tamga__Next__Source source;
    Tamga__Next__Handling handling;
    Tamga__Next__Grading grading;
    Tamga__Next__Date review, expiry;
    Tamga__Next__Person person;
    Tamga__Next__Name name, *names[1];
    Tamga__Next__Indicator indicator;
    Tamga__Next__Selector selector, *selectors[1];
    char *texts[2];
    struct tg_arena arena;
    struct tg_record *rec;
    struct tg_errmsg em;
    uint8_t bytes[4096];
};

static void next_init(struct next *next)
{
    memset(next, 0, sizeof *next);
    tamga__next__record__init(&next->record);
    tamga__next__head__init(&next->head);
    tamga__next__source__init(&next->source);
    tamga__next__handling__init(&next->handling);
    tamga__next__grading__init(&next->grading);
    tamga__next__date__init(&next->review);
    tamga__next__date__init(&next->expiry);
    tamga__next__person__init(&next->person);
    tamga__next__name__init(&next->name);
    tamga__next__indicator__init(&next->indicator);
    tamga__next__selector__init(&next->selector);
    next->record.head = &next->head;
    next->head.source = &next->source;
    next->source.type = TAMGA__NEXT__SOURCE_TYPE__SOURCE_TYPE_PRESS;
    next->head.handling = &next->handling;
    next->handling.tlp = TAMGA__NEXT__TLP__TLP_AMBER;
    next->handling.purpose = (char *)"p";
    next->handling.legal_basis = (char *)"l";
    next->handling.review = &next->review;
    next->handling.expiry = &next->expiry;
    next->review.year = 2025;
    next->expiry.year = 2026;
    next->head.grading = &next->grading;
    next->grading.reliability = TAMGA__NEXT__RELIABILITY__RELIABILITY_B;
    next->grading.credibility = TAMGA__NEXT__CREDIBILITY__CREDIBILITY_2;
    next->record.body_case = TAMGA__NEXT__RECORD__BODY_PERSON;
    next->record.person = &next->person;
    next->person.status = TAMGA__NEXT__PERSON_STATUS__PERSON_STATUS_SUSPECT;
    next->person.names = next->names;
    next->person.n_names = 1;
    next->names[0] = &next->name;
    next->name.text = (char *)"Karim Valiev";
    tg_arena_init(&next->arena, TG_RECORD_PARSE_BUDGET_BYTES);
}

static tg_err next_read(struct next *next)
{
    size_t bytes = tamga__next__record__get_packed_size(&next->record);
    cr_assert(bytes <= sizeof next->bytes);
    tamga__next__record__pack(&next->record, next->bytes);
    return tg_record_decode(tg_view_of(next->bytes, bytes), &next->arena, &next->rec, &next->em);
}

static void next_shows(struct next *next, const char *says)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    cr_assert(tg_record_to_json(next->rec, &json) == TG_OK && tg_buf_put(&json, "", 1) == TG_OK);
    cr_expect(strstr((const char *)json.data, says) != NULL, "lacks %s:\n%s", says, (const char *)json.data);
}

static tg_err line_find(void *ctx, unsigned depth, const char *label, struct tg_view value)
{
    (void)depth, (void)label;
    unsigned *found = ctx;
    *found += memmem(value.data, value.bytes, "newer than this program", 23) != NULL;
    return TG_OK;
}

static void next_newer(struct next *next, unsigned lines)
{
    unsigned found = 0;
    cr_assert(next_read(next) == TG_OK, "%s", next->em.text);
    cr_expect(next->rec->newer);
    cr_expect(next->rec->bytes.bytes == tamga__next__record__get_packed_size(&next->record),
              "bytes are kept whole");
    cr_assert(tg_record_lines(next->rec, line_find, &found) == TG_OK);
    cr_expect(found >= lines, "%u lines say so", found);
}

Test(record_newer, reads_what_a_later_version_writes_without_anything_new_as_its_own)
{
    struct next next;
    next_init(&next);
    cr_assert(next_read(&next) == TG_OK, "%s", next.em.text);
    cr_expect_not(next.rec->newer);
    tg_arena_release(&next.arena);
}

Test(record_newer, keeps_and_shows_unknown_fields_wherever_they_stand)
{
    struct next next;
    Tamga__Next__Provenance provenance = TAMGA__NEXT__PROVENANCE__INIT;
    next_init(&next);
    next.texts[0] = (char *)"voice";
    next.person.voice_prints = next.texts;
    next.person.n_voice_prints = 1;
    next.head.embargo = (char *)"soon";
    next.record.provenance = &provenance;
    provenance.chain = (char *)"x";
    next_newer(&next, 3);
    cr_expect(next.rec->kind == TG_KIND_PERSON);
    cr_expect_str_eq(next.rec->person->names[0].text, "Karim Valiev");
    next_shows(&next, "\"newer\":true");
    next_shows(&next, "\"unknown\":[{\"field\":60,\"wire\":2,\"hex\":\"05766f696365\"}]");
    next_shows(&next, "\"unknown\":[{\"field\":40,\"wire\":2");
    tg_arena_release(&next.arena);
}

Test(record_newer, keeps_and_shows_a_value_that_it_does_not_know)
{
    struct next next;
    next_init(&next);
    next.person.status = TAMGA__NEXT__PERSON_STATUS__PERSON_STATUS_PROTECTED;
    next_newer(&next, 1);
    cr_expect((int)next.rec->person->status == 40);
    next_shows(&next, "\"status\":40");
    tg_arena_release(&next.arena);
}

Test(record_newer, keeps_a_selector_of_an_unknown_type_without_indexing_it)
{
    struct next next;
    struct tg_facets facets;
    next_init(&next);
    next.record.body_case = TAMGA__NEXT__RECORD__BODY_INDICATOR;
    next.record.indicator = &next.indicator;
    next.indicator.selectors = next.selectors;
    next.indicator.n_selectors = 1;
    next.selectors[0] = &next.selector;
    next.selector.type = TAMGA__NEXT__SELECTOR_TYPE__SELECTOR_TYPE_SATELLITE;
    next.selector.value = (char *)"8816 1234";
    next.selector.confidence = 3;
    next_newer(&next, 1);
    cr_assert(tg_record_facets(next.rec, &next.arena, &facets) == TG_OK);
    cr_expect(facets.selectors_count == 0);
    cr_expect(next.rec->indicator->selectors[0].refusal[0] != '\0');
    next_shows(&next, "\"refusal\":");
    tg_arena_release(&next.arena);
}

Test(record_newer, keeps_a_kind_that_it_does_not_know)
{
    struct next next;
    struct tg_facets facets;
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    Tamga__Next__Tip tip = TAMGA__NEXT__TIP__INIT;
    next_init(&next);
    next.record.body_case = TAMGA__NEXT__RECORD__BODY_TIP;
    next.record.tip = &tip;
    tip.text = (char *)"at the gate";
    next_newer(&next, 1);
    cr_expect(next.rec->kind == TG_KIND_NEWER && next.rec->body == NULL);
    cr_assert(tg_record_facets(next.rec, &next.arena, &facets) == TG_OK);
    cr_assert(tg_record_summary(next.rec, &summary) == TG_OK);
    next_shows(&next, "\"kind\":\"newer\"");
    tg_arena_release(&next.arena);
}

Test(record_newer, refuses_alone_what_says_that_an_unknown_part_is_critical)
{
    static const struct {
        const char *path;
        tg_err err;
    } rows[] = {
        {"1.40", TG_ENEWER},     {"12.60", TG_ENEWER}, {"30", TG_ENEWER},         {"12.9.1", TG_ENEWER},
        {"1.11.7.4", TG_ENEWER}, {"1.11.7.1", TG_OK},  {"1.10", TG_OK},           {"12.7.2", TG_OK},
        {"12", TG_OK},           {"1", TG_OK},         {"", TG_ENEWER},           {"1..4", TG_ENEWER},
        {"1.11.", TG_ENEWER},    {"x", TG_ENEWER},     {"4294967297", TG_ENEWER}, {"0", TG_ENEWER}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct next next;
        next_init(&next);
        next.texts[0] = (char *)"12.1";
        next.texts[1] = (char *)rows[i].path;
        next.head.critical = next.texts;
        next.head.n_critical = 2;
        next.head.embargo = (char *)"soon";
        tg_err err = next_read(&next);
        cr_expect(err == rows[i].err, "'%s': %s, %s", rows[i].path, tg_err_name(err), next.em.text);
        tg_arena_release(&next.arena);
    }
}

Test(record_newer, does_not_let_a_newer_part_excuse_a_wrong_known_one)
{
    struct next next;
    next_init(&next);
    next.head.embargo = (char *)"soon";
    next.handling.purpose = (char *)"";
    cr_expect(next_read(&next) == TG_EVALUE);
    tg_arena_release(&next.arena);
}
