/* One entry of the UN list → a Person or a Cell.
 *
 * Must not know: XML. Elements are those of https://www.un.org/sc/resources/sc-sanctions.xsd.
 */
#include <string.h>

#include "base/text.h"
#include "proto/country_names.h"
#include "proto/un_xml.h"

struct un {
    struct tg_build build;
    const struct tg_xml_node *entry;
    struct tg_buf text; /* comments and what fits in no field, as it grows */
};

static char *line_of(struct un *un, const struct tg_xml_node *node, const char *name)
{
    return tg_build_line(&un->build, tg_xml_text(node, name));
}

static void text_add(struct un *un, const char *lead, struct tg_view text)
{
    text = tg_text_trim(text);
    if (!text.bytes) return;
    tg_err err = un->text.bytes ? tg_buf_put_str(&un->text, "\n") : TG_OK;
    if (!err) err = tg_buf_put_str(&un->text, lead);
    if (!err) err = tg_buf_put_view(&un->text, text);
    if (err) un->build.failed = true;
}

/* The date, or none when the list holds something else there (it goes to the text). */
static Tamga__V1__Date *date_of(struct un *un, struct tg_view text, const char *lead)
{
    struct tg_date date;
    if (!text.bytes) return NULL;
    if (text.bytes > 10 && text.data[10] == 'T') text.bytes = 10;
    if (!tg_date_parse(text, &date, NULL)) return tg_build_date(&un->build, date);
    text_add(un, lead, text);
    return NULL;
}

static bool is(struct tg_view text, const char *word)
{
    return tg_view_equal_str(text, word);
}

/* Does the text, in lower case, hold the word? */
static bool holds(struct tg_view text, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.bytes; i++) {
        size_t same = 0;
        while (same < length && tg_ascii_lower((char)text.data[i + same]) == word[same]) same++;
        if (same == length) return true;
    }
    return false;
}

typedef void add_name(struct un *un, Tamga__V1__Name *name);

static void person_name(struct un *un, Tamga__V1__Name *name)
{
    Tamga__V1__Person *person = un->build.record->person;
    tg_build_append(&un->build, &person->names, &person->n_names, name);
}
static void cell_name(struct un *un, Tamga__V1__Name *name)
{
    Tamga__V1__Cell *cell = un->build.record->cell;
    tg_build_append(&un->build, &cell->names, &cell->n_names, name);
}

/* FIRST_NAME to FOURTH_NAME are one name in the order written. */
static void main_name(struct un *un, add_name *add)
{
    static const char *const parts[] = {"FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"};
    struct tg_buf whole = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct tg_view part = tg_xml_text(un->entry, parts[i]);
        if (part.bytes && whole.bytes && tg_buf_put_str(&whole, " ")) un->build.failed = true;
        if (part.bytes && tg_buf_put_view(&whole, part)) un->build.failed = true;
    }
    add(un, tg_build_name(&un->build, tg_buf_view(&whole), TAMGA__V1__NAME_KIND__NAME_KIND_PRIMARY));
    tg_buf_release(&whole);
    struct tg_view original = tg_xml_text(un->entry, "NAME_ORIGINAL_SCRIPT");
    add(un, tg_build_name(&un->build, original, TAMGA__V1__NAME_KIND__NAME_KIND_ORIGINAL));
}

static Tamga__V1__NameKind alias_kind(struct tg_view quality)
{
    if (is(quality, "Low")) return TAMGA__V1__NAME_KIND__NAME_KIND_WEAK;
    if (is(quality, "f.k.a.")) return TAMGA__V1__NAME_KIND__NAME_KIND_FORMER;
    return TAMGA__V1__NAME_KIND__NAME_KIND_ALIAS;
}

static void birth_add(struct un *un, Tamga__V1__Birth *birth)
{
    Tamga__V1__Person *person = un->build.record->person;
    if (birth && (birth->date || birth->note[0])) {
        tg_build_append(&un->build, &person->births, &person->n_births, birth);
    }
}

static void place_add(struct un *un, Tamga__V1__Place *place)
{
    if (!place || un->build.failed) return;
    bool stated = place->country[0] || place->country_text[0] || place->region[0] || place->city[0] ||
                  place->street[0] || place->note[0];
    if (!stated) return;
    if (un->build.record->body_case == TAMGA__V1__RECORD__BODY_PERSON) {
        Tamga__V1__Person *person = un->build.record->person;
        tg_build_append(&un->build, &person->places, &person->n_places, place);
    } else {
        Tamga__V1__Cell *cell = un->build.record->cell;
        tg_build_append(&un->build, &cell->places, &cell->n_places, place);
    }
}

/* The code where the name is known, else the name as written. */
static void country_fill(struct un *un, struct tg_view text, char **code, char **written)
{
    const char *known = tg_country_of_name(text);
    *code = tg_build_text(&un->build, tg_view_str(known ? known : ""));
    if (!known) *written = tg_build_line(&un->build, text);
}

/* What an alias says beside its name belongs to the person under that name. */
static void alias_details(struct un *un, const struct tg_xml_node *alias)
{
    char *name = line_of(un, alias, "ALIAS_NAME");
    struct tg_view born = tg_xml_text(alias, "DATE_OF_BIRTH");
    Tamga__V1__Birth *birth = born.bytes ? tg_build_new(&un->build, &tamga__v1__birth__descriptor) : NULL;
    if (birth) {
        birth->date = date_of(un, born, "Date of birth under an alias: ");
        if (birth->date) birth->note = tg_arena_textf(un->build.arena, "as %s", name);
        if (!birth->note) un->build.failed = true;
        if (!un->build.failed) birth_add(un, birth);
    }
    struct tg_view city = tg_xml_text(alias, "CITY_OF_BIRTH"),
                   country = tg_xml_text(alias, "COUNTRY_OF_BIRTH");
    Tamga__V1__Place *place =
        city.bytes || country.bytes ? tg_build_new(&un->build, &tamga__v1__place__descriptor) : NULL;
    if (place) {
        place->role = TAMGA__V1__PLACE_ROLE__PLACE_ROLE_BIRTH;
        place->city = tg_build_line(&un->build, city);
        country_fill(un, country, &place->country, &place->country_text);
        place_add(un, place);
    }
    struct tg_view note = tg_xml_text(alias, "NOTE");
    char *lead = note.bytes ? tg_arena_textf(un->build.arena, "Alias %s: ", name) : NULL;
    if (note.bytes) text_add(un, lead ? lead : "", note);
}

static void aliases(struct un *un, const char *element, add_name *add)
{
    for (const struct tg_xml_node *alias = NULL; (alias = tg_xml_child(un->entry, element, alias));) {
        struct tg_view name = tg_xml_text(alias, "ALIAS_NAME");
        if (!name.bytes) continue;
        add(un, tg_build_name(&un->build, name, alias_kind(tg_xml_text(alias, "QUALITY"))));
        alias_details(un, alias);
    }
}

static void births(struct un *un)
{
    for (const struct tg_xml_node *node = NULL;
         (node = tg_xml_child(un->entry, "INDIVIDUAL_DATE_OF_BIRTH", node));) {
        Tamga__V1__Birth *birth = tg_build_new(&un->build, &tamga__v1__birth__descriptor);
        if (!birth) return;
        struct tg_view type = tg_xml_text(node, "TYPE_OF_DATE");
        struct tg_view exact = tg_xml_text(node, "DATE"), year = tg_xml_text(node, "YEAR");
        struct tg_view from = tg_xml_text(node, "FROM_YEAR"), to = tg_xml_text(node, "TO_YEAR");
        birth->approximate = is(type, "APPROXIMATELY");
        birth->date = date_of(un, exact.bytes ? exact : (year.bytes ? year : from), "Date of birth: ");
        if (to.bytes && birth->date) birth->date_to = date_of(un, to, "Date of birth, to: ");
        birth->note = tg_build_block(&un->build, tg_xml_text(node, "NOTE"));
        birth_add(un, birth);
    }
}

static void places(struct un *un, const char *element, Tamga__V1__PlaceRole role)
{
    for (const struct tg_xml_node *node = NULL; (node = tg_xml_child(un->entry, element, node));) {
        Tamga__V1__Place *place = tg_build_new(&un->build, &tamga__v1__place__descriptor);
        if (!place) return;
        place->role = role;
        place->city = line_of(un, node, "CITY");
        place->region = line_of(un, node, "STATE_PROVINCE");
        place->street = line_of(un, node, "STREET");
        char *zip = line_of(un, node, "ZIP_CODE");
        if (*zip)
            place->street =
                tg_arena_textf(un->build.arena, "%s%s%s", place->street, *place->street ? ", " : "", zip);
        if (!place->street) un->build.failed = true;
        place->note = tg_build_block(&un->build, tg_xml_text(node, "NOTE"));
        country_fill(un, tg_xml_text(node, "COUNTRY"), &place->country, &place->country_text);
        if (!un->build.failed) place_add(un, place);
    }
}

static void nationalities(struct un *un)
{
    static const char *const elements[] = {"NATIONALITY", "NATIONALITY2"};
    Tamga__V1__Person *person = un->build.record->person;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        const struct tg_xml_node *list = tg_xml_child(un->entry, elements[i], NULL);
        for (const struct tg_xml_node *value = NULL; list && (value = tg_xml_child(list, "VALUE", value));) {
            struct tg_view text = tg_text_trim(value->text);
            if (!text.bytes) continue;
            Tamga__V1__Nationality *nationality =
                tg_build_new(&un->build, &tamga__v1__nationality__descriptor);
            if (!nationality) return;
            country_fill(un, text, &nationality->country, &nationality->text);
            tg_build_append(&un->build, &person->nationalities, &person->n_nationalities, nationality);
        }
    }
}

/* Words in several languages, the first that is found decides. */
static Tamga__V1__DocumentType document_type(struct tg_view text)
{
    static const struct {
        const char *word;
        Tamga__V1__DocumentType type;
    } words[] = {
        {"passport", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_PASSPORT},
        {"passeport", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_PASSPORT},
        {"pasaporte", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_PASSPORT},
        {"birth certificate", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_BIRTH_CERTIFICATE},
        {"certificate", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_OTHER},
        {"fiscal", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_TAX},
        {"tax", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_TAX},
        {"resident", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_RESIDENCE},
        {"driv", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_DRIVING_LICENCE},
        {"identi", TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_IDENTITY},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (holds(text, words[i].word)) return words[i].type;
    }
    return TAMGA__V1__DOCUMENT_TYPE__DOCUMENT_TYPE_OTHER;
}

static void document(struct un *un, const struct tg_xml_node *node)
{
    struct tg_view type = tg_xml_text(node, "TYPE_OF_DOCUMENT"),
                   type2 = tg_xml_text(node, "TYPE_OF_DOCUMENT2");
    struct tg_view number = tg_xml_text(node, "NUMBER"), note = tg_xml_text(node, "NOTE");
    Tamga__V1__Person *person = un->build.record->person;
    if (!type.bytes && !type2.bytes && !number.bytes && !note.bytes) return;
    Tamga__V1__Document *msg = tg_build_new(&un->build, &tamga__v1__document__descriptor);
    if (!msg) return;
    msg->type = document_type(type.bytes ? type : type2);
    bool plain = is(type, "Passport") && !type2.bytes;
    if (!plain) msg->type_text = tg_build_line(&un->build, type2.bytes ? type2 : type);
    bool fits = number.bytes <= TG_LABEL_BYTES_MAX;
    msg->number = tg_build_line(&un->build, fits ? number : (struct tg_view){0});
    msg->note = tg_build_block(&un->build, note);
    if (!fits) text_add(un, "Document: ", number);
    msg->issued = date_of(un, tg_xml_text(node, "DATE_OF_ISSUE"), "Document issued: ");
    struct tg_view country = tg_xml_text(node, "ISSUING_COUNTRY");
    if (!country.bytes) country = tg_xml_text(node, "COUNTRY_OF_ISSUE");
    country_fill(un, country, &msg->country, &msg->country_text);
    msg->city = line_of(un, node, "CITY_OF_ISSUE");
    if (!msg->number[0] && !msg->note[0] && !msg->type_text[0]) return;
    tg_build_append(&un->build, &person->documents, &person->n_documents, msg);
}

/* VALUE elements of a list of lines. */
static void values(struct un *un, const char *element, char ***lines, size_t *count)
{
    const struct tg_xml_node *list = tg_xml_child(un->entry, element, NULL);
    for (const struct tg_xml_node *value = NULL; list && (value = tg_xml_child(list, "VALUE", value));) {
        char *line = tg_build_line(&un->build, value->text);
        if (*line) tg_build_append(&un->build, lines, count, line);
    }
}

static void individual(struct un *un, const struct tg_import_profile *profile)
{
    Tamga__V1__Person *person = un->build.record->person;
    struct tg_view gender = tg_xml_text(un->entry, "GENDER");
    person->status = (Tamga__V1__PersonStatus)profile->person_status;
    if (is(gender, "Male")) person->sex = TAMGA__V1__SEX__SEX_MALE;
    if (is(gender, "Female")) person->sex = TAMGA__V1__SEX__SEX_FEMALE;
    main_name(un, person_name);
    births(un);
    places(un, "INDIVIDUAL_PLACE_OF_BIRTH", TAMGA__V1__PLACE_ROLE__PLACE_ROLE_BIRTH);
    places(un, "INDIVIDUAL_ADDRESS", TAMGA__V1__PLACE_ROLE__PLACE_ROLE_ADDRESS);
    aliases(un, "INDIVIDUAL_ALIAS", person_name);
    nationalities(un);
    for (const struct tg_xml_node *node = NULL;
         (node = tg_xml_child(un->entry, "INDIVIDUAL_DOCUMENT", node));) {
        document(un, node);
    }
    values(un, "TITLE", &person->titles, &person->n_titles);
    values(un, "DESIGNATION", &person->roles, &person->n_roles);
    text_add(un, "", tg_xml_text(un->entry, "COMMENTS1"));
    person->text = tg_build_block(&un->build, tg_buf_view(&un->text));
}

static void entity(struct un *un)
{
    Tamga__V1__Cell *cell = un->build.record->cell;
    cell->kind = TAMGA__V1__CELL_KIND__CELL_KIND_ORGANISATION;
    cell->status = TAMGA__V1__CELL_STATUS__CELL_STATUS_LISTED;
    main_name(un, cell_name);
    aliases(un, "ENTITY_ALIAS", cell_name);
    places(un, "ENTITY_ADDRESS", TAMGA__V1__PLACE_ROLE__PLACE_ROLE_ADDRESS);
    text_add(un, "", tg_xml_text(un->entry, "COMMENTS1"));
    cell->text = tg_build_block(&un->build, tg_buf_view(&un->text));
}

/* The latest of LAST_DAY_UPDATED's values; ISO dates compare as text. */
static struct tg_view last_updated(const struct tg_xml_node *entry)
{
    struct tg_view latest = {0};
    const struct tg_xml_node *list = tg_xml_child(entry, "LAST_DAY_UPDATED", NULL);
    for (const struct tg_xml_node *value = NULL; list && (value = tg_xml_child(list, "VALUE", value));) {
        struct tg_view text = tg_text_trim(value->text);
        if (text.bytes && (!latest.bytes || tg_view_compare(text, latest) > 0)) latest = text;
    }
    return latest;
}

static void head(struct un *un)
{
    Tamga__V1__Head *msg = un->build.record->head;
    msg->external_id = line_of(un, un->entry, "REFERENCE_NUMBER");
    Tamga__V1__Listing *listing = tg_build_new(&un->build, &tamga__v1__listing__descriptor);
    if (!listing) return;
    listing->listed_on = date_of(un, tg_xml_text(un->entry, "LISTED_ON"), "Listed on: ");
    listing->updated = date_of(un, last_updated(un->entry), "Updated: ");
    listing->programme = line_of(un, un->entry, "UN_LIST_TYPE");
    msg->listing = listing;
    if (!msg->source) return;
    Tamga__V1__Source *source = tg_arena_copy(un->build.arena, msg->source, sizeof *source);
    if (!source) {
        un->build.failed = true;
        return;
    }
    if (!source->reference[0]) source->reference = msg->external_id;
    if (!source->date) source->date = listing->updated ? listing->updated : listing->listed_on;
    msg->source = source;
}

void tg_un_record(const struct tg_import *import, const struct tg_xml_node *entry, struct tg_arena *arena,
                  struct tg_import_item *item)
{
    struct un un = {.entry = entry};
    struct tg_errmsg reason = {0};
    item->kind = strcmp(entry->name, "INDIVIDUAL") == 0 ? TG_KIND_PERSON : TG_KIND_CELL;
    tg_build_begin(&un.build, import, arena, item->kind);
    if (!un.build.failed) head(&un);
    if (!un.build.failed && item->kind == TG_KIND_PERSON) individual(&un, &import->profile);
    if (!un.build.failed && item->kind == TG_KIND_CELL) entity(&un);
    tg_buf_release(&un.text);
    if (!un.build.failed) item->external_id = un.build.record->head->external_id;
    tg_err err = TG_OK;
    if (!item->external_id[0]) err = tg_fail(&reason, TG_EVALUE, "entry has no REFERENCE_NUMBER");
    if (!err) err = tg_build_end(&un.build, &item->bytes, &reason);
    if (err)
        (void)tg_import_refuse(item, err, &reason);
    else
        item->outcome = TG_IMPORT_RECORD;
}
