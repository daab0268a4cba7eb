/* Two records compared: every name of one with every name of the other, and what else both say of a person.
 *
 * Knows no index and no node.
 */
#include "proto/likeness.h"

#include "base/cleanup.h"
#include "match/birth.h"

static size_t birth_add(struct tg_births *storage, size_t count, struct tg_date date, bool approximate)
{
    if (!tg_date_known(date) || count == TG_BIRTHS_MAX) return count;
    storage->births[count] = (struct tg_birth){.date = date, .approximate = approximate};
    return count + 1;
}

struct tg_features tg_likeness_features(const struct tg_facets *facets, struct tg_births *storage)
{
    size_t births = 0, countries = 0;
    for (size_t i = 0; i < facets->births_count; i++) {
        const struct tg_facet_birth *birth = &facets->births[i];
        bool range = tg_date_known(birth->to) && memcmp(&birth->from, &birth->to, sizeof birth->from) != 0;
        births = birth_add(storage, births, birth->from, birth->approximate || range);
        if (range) births = birth_add(storage, births, birth->to, true);
    }
    for (size_t i = 0; i < facets->countries_count && countries < TG_NAME_COUNTRIES_MAX; i++) {
        uint16_t code = tg_country_code(tg_view_str(facets->countries[i]));
        if (code) storage->countries[countries++] = code;
    }
    return (struct tg_features){
        .births = storage->births,
        .births_count = births,
        .countries = storage->countries,
        .countries_count = countries,
        .sex = facets->sex == TG_REC_SEX_MALE     ? TG_SEX_MALE
               : facets->sex == TG_REC_SEX_FEMALE ? TG_SEX_FEMALE
                                                  : TG_SEX_UNKNOWN,
    };
}

bool tg_likeness_is_name(const struct tg_facet_name *name)
{
    return name->subject == TG_FACET_PERSON || name->subject == TG_FACET_CELL;
}

enum tg_name_kind tg_likeness_kind(const struct tg_facet_name *name)
{
    switch (name->kind) {
    case TG_NAME_KIND_WEAK:
        return TG_NAME_WEAK;
    case TG_NAME_KIND_KUNYA:
        return TG_NAME_KUNYA;
    case TG_NAME_KIND_NICKNAME:
        return TG_NAME_NICKNAME;
    case TG_NAME_KIND_ORIGINAL:
        return TG_NAME_ORIGINAL;
    case TG_NAME_KIND_ALIAS:
    case TG_NAME_KIND_FORMER:
        return TG_NAME_ALIAS;
    case TG_NAME_KIND_UNSPECIFIED:
    case TG_NAME_KIND_PRIMARY:
        return TG_NAME_PRIMARY;
    }
    return TG_NAME_PRIMARY; /* a kind newer than this node */
}

/* ---- what is asked with ---- */

tg_err tg_asked_features(const char *birth, const char *nationality, const char *sex, struct tg_asked *asked,
                         struct tg_errmsg *em)
{
    struct tg_birth_date born = {.flags = 0};
    tg_err err = birth[0] ? tg_birth_parse(tg_view_str(birth), nationality, &born, em) : TG_OK;
    if (err) return tg_context(em, err, "birth");
    if (birth[0]) {
        asked->birth.date = born.date;
        asked->birth.approximate = (born.flags & TG_BIRTH_APPROXIMATE) != 0;
    }
    if (nationality[0] && !(asked->country = tg_country_code(tg_view_str(nationality))))
        return tg_fail(em, TG_EVALUE, "nationality '%.40s' is no country code: two letters such as TJ",
                       nationality);
    int sex_value = TG_REC_SEX_UNSPECIFIED;
    if (sex[0] && (err = tg_enum_parse(TG_ENUM_SEX, tg_view_str(sex), &sex_value, em))) return err;
    if (tg_date_known(asked->birth.date)) {
        asked->features.births = &asked->birth;
        asked->features.births_count = 1;
    }
    if (asked->country) {
        asked->features.countries = &asked->country;
        asked->features.countries_count = 1;
    }
    if (sex_value == TG_REC_SEX_MALE) asked->features.sex = TG_SEX_MALE;
    if (sex_value == TG_REC_SEX_FEMALE) asked->features.sex = TG_SEX_FEMALE;
    return TG_OK;
}

void tg_asked_date_take(char *text, struct tg_date *ret_date)
{
    enum { DATE_BYTES = 10 };
    size_t bytes = strlen(text);
    for (size_t i = 0; i + DATE_BYTES <= bytes; i++) {
        bool begins = i == 0 || text[i - 1] == ' ';
        bool ends = text[i + DATE_BYTES] == 0 || text[i + DATE_BYTES] == ' ' || text[i + DATE_BYTES] == ',';
        struct tg_birth_date born;
        if (!begins || !ends || tg_birth_parse(tg_view_of(text + i, DATE_BYTES), NULL, &born, NULL)) continue;
        *ret_date = born.date;
        memset(text + i, ' ', DATE_BYTES);
        return;
    }
}

/* ---- two records ---- */

/* One side: its names, taken apart. */
struct side {
    struct tg_facets facets;
    struct tg_births storage;
    struct tg_features features;
    struct tg_name *names;
    const struct tg_facet_name **written;
    size_t count;
};

static tg_err side_init(const struct tg_record *record, size_t names_max, struct tg_arena *arena,
                        struct side *side)
{
    tg_err err = tg_record_facets(record, arena, &side->facets);
    if (err) return err;
    size_t most = side->facets.names_count < names_max ? side->facets.names_count : names_max;
    side->features = tg_likeness_features(&side->facets, &side->storage);
    side->names = tg_arena_take_array(arena, most, sizeof *side->names);
    side->written = tg_arena_take_array(arena, most, sizeof *side->written);
    if (!side->names || !side->written) return TG_ENOMEM;
    for (size_t i = 0; i < side->facets.names_count && side->count < most; i++) {
        const struct tg_facet_name *name = &side->facets.names[i];
        if (!tg_likeness_is_name(name) || tg_name_parse(name->text, &side->names[side->count], NULL))
            continue;
        side->written[side->count++] = name;
    }
    return TG_OK;
}

static bool is_paper(const struct tg_facet_selector *selector)
{
    struct tg_selector form;
    if (selector->type != TG_SELECTOR_PASSPORT && selector->type != TG_SELECTOR_NATIONAL_ID) return false;
    return tg_selector_normalise(selector->type, selector->normal, NULL, &form, NULL) ||
           !(form.flags & TG_SELECTOR_NOISE);
}

static struct tg_view paper_in_common(const struct tg_facets *a, const struct tg_facets *b)
{
    for (size_t i = 0; i < a->selectors_count; i++) {
        if (!is_paper(&a->selectors[i])) continue;
        for (size_t k = 0; k < b->selectors_count; k++)
            if (a->selectors[i].type == b->selectors[k].type &&
                tg_view_equal(a->selectors[i].normal, b->selectors[k].normal))
                return a->selectors[i].normal;
    }
    return tg_view_of(NULL, 0);
}

/* A number of that sort by that issuer; NULL form when it has none. */
static tg_err number_of(const struct tg_rec_document *document, struct tg_arena *arena,
                        struct tg_view *ret_form)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    bool single = document->type == TG_DOCUMENT_TYPE_IDENTITY || document->type == TG_DOCUMENT_TYPE_TAX;
    *ret_form = tg_view_of(NULL, 0);
    if (!single || !document->country[0] || tg_document_form(document, &form)) return TG_OK;
    const char *text = tg_arena_text(arena, tg_buf_view(&form));
    if (!text) return TG_ENOMEM;
    *ret_form = tg_view_str(text);
    return TG_OK;
}

/* Papers of one sort and issuer, of which none is the same: people have one such number. */
static tg_err numbers_compare(const struct tg_rec_person *a, const struct tg_rec_person *b,
                              struct tg_arena *arena, struct tg_likeness *likeness)
{
    for (size_t i = 0; i < a->documents_count; i++) {
        const struct tg_rec_document *one = &a->documents[i];
        struct tg_view mine, theirs, other = {0};
        tg_err err = number_of(one, arena, &mine);
        bool equal = false;
        for (size_t k = 0; k < b->documents_count && mine.bytes && !err; k++) {
            const struct tg_rec_document *two = &b->documents[k];
            if (two->type != one->type || strcmp(two->country, one->country) != 0) continue;
            err = number_of(two, arena, &theirs);
            equal = equal || tg_view_equal(mine, theirs);
            if (theirs.bytes) other = theirs;
        }
        if (err) return err;
        if (equal || !other.bytes) continue;
        likeness->number_first = mine;
        likeness->number_second = other;
        return TG_OK;
    }
    return TG_OK;
}

static void names_compare(const struct side *first, const struct side *second, struct tg_likeness *likeness)
{
    struct tg_features features = first->features;
    features.document = likeness->paper.bytes != 0;
    for (size_t i = 0; i < first->count; i++) {
        for (size_t k = 0; k < second->count; k++) {
            struct tg_scored scored;
            tg_score(&first->names[i], &features, &second->names[k], tg_likeness_kind(second->written[k]),
                     &second->features, &scored);
            if (likeness->compared && scored.score <= likeness->scored.score) continue;
            likeness->compared = true;
            likeness->scored = scored;
            likeness->first = first->written[i]->text;
            likeness->second = second->written[k]->text;
            likeness->first_name = first->names[i];
            likeness->second_name = second->names[k];
        }
    }
}

tg_err tg_likeness_of(const struct tg_record *first, const struct tg_record *second, size_t names_max,
                      struct tg_arena *arena, struct tg_likeness *ret_likeness)
{
    struct side *sides = tg_arena_take_array(arena, 2, sizeof *sides);
    tg_err err = sides ? side_init(first, names_max, arena, &sides[0]) : TG_ENOMEM;
    if (!err) err = side_init(second, names_max, arena, &sides[1]);
    if (err) return err;
    *ret_likeness = (struct tg_likeness){.paper = paper_in_common(&sides[0].facets, &sides[1].facets)};
    names_compare(&sides[0], &sides[1], ret_likeness);
    enum tg_birth_agreement birth = (enum tg_birth_agreement)ret_likeness->scored.why.birth;
    ret_likeness->births_conflict =
        ret_likeness->compared && (birth == TG_BIRTH_CONFLICT || birth == TG_BIRTH_DAY_DIFFERS);
    enum tg_sex a = sides[0].features.sex, b = sides[1].features.sex;
    ret_likeness->sexes_conflict = a != TG_SEX_UNKNOWN && b != TG_SEX_UNKNOWN && a != b;
    bool persons = first->kind == TG_KIND_PERSON && second->kind == TG_KIND_PERSON;
    return persons ? numbers_compare(first->person, second->person, arena, ret_likeness) : TG_OK;
}
