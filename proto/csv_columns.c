/* Columns of CSV files: names to places in a record, text to values.
 *
 * Must not know: rows, files. Described in docs/records.md.
 */
#include "proto/csv_columns.h"

#include <string.h>

#include "base/text.h"
#include "match/birth.h"
#include "proto/country_names.h"

/* Columns that are a path of field names from the body (or head), for one kind or for all (0). Fields of body, head,
 * source, handling and grading with a plain value are columns by their own name without a row here. */
static const struct alias {
    const char *column;
    enum tg_kind kind;
    const char *path[TG_CSV_PATH_MAX];
    bool head;
} aliases[] = {
    {"source", 0, {"source", "name"}, true},
    {"source_type", 0, {"source", "type"}, true},
    {"source_reference", 0, {"source", "reference"}, true},
    {"source_date", 0, {"source", "date"}, true},
    {"tlp", 0, {"handling", "tlp"}, true},
    {"pap", 0, {"handling", "pap"}, true},
    {"release", 0, {"handling", "release"}, true},
    {"purpose", 0, {"handling", "purpose"}, true},
    {"legal_basis", 0, {"handling", "legal_basis"}, true},
    {"review", 0, {"handling", "review"}, true},
    {"expiry", 0, {"handling", "expiry"}, true},
    {"reliability", 0, {"grading", "reliability"}, true},
    {"credibility", 0, {"grading", "credibility"}, true},
    {"listed_on", 0, {"listing", "listed_on"}, true},
    {"updated", 0, {"listing", "updated"}, true},
    {"programme", 0, {"listing", "programme"}, true},
    {"facility", TG_KIND_ALERT, {"facility", "name"}, false},
    {"facility", TG_KIND_INDICATOR, {"facility", "name"}, false},
    {"facility", TG_KIND_CELL, {"facility", "name"}, false},
    {"facility", TG_KIND_INCIDENT, {"facility", "name"}, false},
    {"facility", TG_KIND_ASSESSMENT, {"facility", "name"}, false},
    {"facility", TG_KIND_MEASURE, {"facility", "name"}, false},
    {"facility", TG_KIND_CONTACT, {"facility", "name"}, false},
    {"facility", TG_KIND_CUSTODY, {"facility", "name"}, false},
    {"facility", TG_KIND_SIGHTING, {"facility", "name"}, false},
    {"facility_country", TG_KIND_CONTACT, {"facility", "country"}, false},
    {"facility_country", TG_KIND_CUSTODY, {"facility", "country"}, false},
    {"facility_country", TG_KIND_SIGHTING, {"facility", "country"}, false},
    {"country", TG_KIND_CONTACT, {"place", "country"}, false},
    {"country", TG_KIND_SIGHTING, {"place", "country"}, false},
    {"place", TG_KIND_CONTACT, {"place", "name"}, false},
    {"place", TG_KIND_SIGHTING, {"place", "name"}, false},
    {"person", TG_KIND_CUSTODY, {"person", "name"}, false},
    {"person_id", TG_KIND_CUSTODY, {"person", "id"}, false},
    {"subject", TG_KIND_LINK, {"subject", "name"}, false},
    {"subject_id", TG_KIND_LINK, {"subject", "id"}, false},
    {"subject_kind", TG_KIND_LINK, {"subject", "kind"}, false},
    {"object", TG_KIND_LINK, {"object", "name"}, false},
    {"object_id", TG_KIND_LINK, {"object", "id"}, false},
    {"object_kind", TG_KIND_LINK, {"object", "kind"}, false},
    {"document_type", TG_KIND_SIGHTING, {"document", "type"}, false},
    {"document_number", TG_KIND_SIGHTING, {"document", "number"}, false},
    {"document_country", TG_KIND_SIGHTING, {"document", "country"}, false},
    {"country", TG_KIND_ALERT, {"place", "country"}, false},
    {"country", TG_KIND_INCIDENT, {"place", "country"}, false},
    {"country", TG_KIND_CELL, {"area", "country"}, false},
    {"place", TG_KIND_ALERT, {"place", "name"}, false},
    {"place", TG_KIND_INCIDENT, {"place", "name"}, false},
    {"place", TG_KIND_FACILITY, {"place", "name"}, false},
    {"city", TG_KIND_FACILITY, {"place", "city"}, false},
    {"region", TG_KIND_FACILITY, {"place", "region"}, false},
    {"area", TG_KIND_CELL, {"area", "name"}, false},
    {"size_low", TG_KIND_CELL, {"size", "low"}, false},
    {"size_high", TG_KIND_CELL, {"size", "high"}, false},
    {"size_basis", TG_KIND_CELL, {"size", "basis"}, false},
    {"as_of", TG_KIND_CELL, {"size", "as_of"}, false},
    {"held", TG_KIND_FACILITY, {"occupancy", "held"}, false},
    {"staff", TG_KIND_FACILITY, {"occupancy", "staff"}, false},
    {"as_of", TG_KIND_FACILITY, {"occupancy", "as_of"}, false},
    {"count_low", TG_KIND_INCIDENT, {"occurrences", "low"}, false},
    {"count_high", TG_KIND_INCIDENT, {"occurrences", "high"}, false},
    {"participants_low", TG_KIND_INCIDENT, {"participants", "low"}, false},
    {"participants_high", TG_KIND_INCIDENT, {"participants", "high"}, false},
    {"metric", TG_KIND_MEASURE, {"metric", "name"}, false},
    {"metric_baseline", TG_KIND_MEASURE, {"metric", "baseline"}, false},
    {"metric_current", TG_KIND_MEASURE, {"metric", "current"}, false},
    {"metric_as_of", TG_KIND_MEASURE, {"metric", "as_of"}, false},
    /* `kind` names the record's kind, so a body's own kind has a longer name. */
    {"cell_kind", TG_KIND_CELL, {"kind"}, false},
    {"facility_kind", TG_KIND_FACILITY, {"kind"}, false},
    {"incident_kind", TG_KIND_INCIDENT, {"kind"}, false},
    {"contact_kind", TG_KIND_CONTACT, {"kind"}, false},
};
#define ALIASES (sizeof aliases / sizeof *aliases)

static tg_err put_name(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                       struct tg_errmsg *em)
{
    Tamga__V1__Record *record = build->record;
    Tamga__V1__Name *name = tg_build_name(build, text, (Tamga__V1__NameKind)target->detail);
    (void)em;
    switch ((int)record->body_case) {
    case TG_KIND_PERSON:
        tg_build_append(build, &record->person->names, &record->person->n_names, name);
        break;
    case TG_KIND_CELL:
        tg_build_append(build, &record->cell->names, &record->cell->n_names, name);
        break;
    case TG_KIND_FACILITY:
        tg_build_append(build, &record->facility->names, &record->facility->n_names, name);
        break;
    default:
        break; /* has no such target */
    }
    return TG_OK;
}

/* As tg_birth_parse reads it; "~1984" about, "1967..1969" between; several divided by '|'. */
static tg_err put_birth(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                        struct tg_errmsg *em)
{
    Tamga__V1__Person *person = build->record->person;
    struct tg_birth_date from = {.flags = 0}, to = {.flags = 0};
    (void)target;
    text = tg_text_trim(text);
    bool approximate = text.bytes && text.data[0] == '~';
    if (approximate) text = tg_view_of(text.data + 1, text.bytes - 1);
    const uint8_t *dots = text.bytes ? memmem(text.data, text.bytes, "..", 2) : NULL;
    size_t first = dots ? (size_t)(dots - text.data) : text.bytes;
    tg_err err = tg_birth_parse(tg_view_of(text.data, first), NULL, &from, em);
    if (!err && dots) err = tg_birth_parse(tg_view_of(dots + 2, text.bytes - first - 2), NULL, &to, em);
    if (err) return err;
    Tamga__V1__Birth *birth = tg_build_new(build, &tamga__v1__birth__descriptor);
    if (!birth) return TG_OK; /* told by tg_build_end */
    birth->approximate = approximate || ((from.flags | to.flags) & TG_BIRTH_APPROXIMATE) != 0;
    birth->date = tg_build_date(build, from.date);
    birth->date_to = tg_build_date(build, to.date);
    tg_build_append(build, &person->births, &person->n_births, birth);
    return TG_OK;
}

static tg_err put_nationality(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                              struct tg_errmsg *em)
{
    Tamga__V1__Person *person = build->record->person;
    Tamga__V1__Nationality *nationality = tg_build_new(build, &tamga__v1__nationality__descriptor);
    const char *code = tg_country_of_text(text);
    (void)target, (void)em;
    if (!nationality) return TG_OK;
    if (code)
        nationality->country = tg_build_text(build, tg_view_str(code));
    else
        nationality->text = tg_build_line(build, text);
    tg_build_append(build, &person->nationalities, &person->n_nationalities, nationality);
    return TG_OK;
}

/* `birth_place`, `address`, `country` of a person. */
static tg_err put_place(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                        struct tg_errmsg *em)
{
    Tamga__V1__Person *person = build->record->person;
    Tamga__V1__Place *place = tg_build_new(build, &tamga__v1__place__descriptor);
    (void)em;
    if (!place) return TG_OK;
    place->role = (Tamga__V1__PlaceRole)target->detail;
    const char *code =
        place->role == TAMGA__V1__PLACE_ROLE__PLACE_ROLE_RESIDENCE ? tg_country_of_text(text) : NULL;
    if (code)
        place->country = tg_build_text(build, tg_view_str(code));
    else
        place->name = tg_build_line(build, text);
    tg_build_append(build, &person->places, &person->n_places, place);
    return TG_OK;
}

static tg_err put_role(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                       struct tg_errmsg *em)
{
    Tamga__V1__Person *person = build->record->person;
    char *line = tg_build_line(build, text);
    (void)em;
    if (target->detail)
        tg_build_append(build, &person->titles, &person->n_titles, line);
    else
        tg_build_append(build, &person->roles, &person->n_roles, line);
    return TG_OK;
}

static tg_err put_document(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                           struct tg_errmsg *em)
{
    Tamga__V1__Person *person = build->record->person;
    Tamga__V1__Document *document = tg_build_new(build, &tamga__v1__document__descriptor);
    if (!document) return TG_OK;
    document->type = (Tamga__V1__DocumentType)target->detail;
    document->number = tg_build_line(build, text);
    if ((int)build->record->body_case == TG_KIND_SIGHTING) {
        Tamga__V1__Sighting *sighting = build->record->sighting;
        if (sighting->document) return tg_fail(em, TG_EVALUE, "only one document may stand here");
        sighting->document = document;
        return TG_OK;
    }
    tg_build_append(build, &person->documents, &person->n_documents, document);
    return TG_OK;
}

static void selector_append(struct tg_build *build, Tamga__V1__Selector *selector)
{
    Tamga__V1__Record *record = build->record;
    switch ((int)record->body_case) {
    case TG_KIND_ALERT:
        tg_build_append(build, &record->alert->selectors, &record->alert->n_selectors, selector);
        break;
    case TG_KIND_INDICATOR:
        tg_build_append(build, &record->indicator->selectors, &record->indicator->n_selectors, selector);
        break;
    case TG_KIND_PERSON:
        tg_build_append(build, &record->person->selectors, &record->person->n_selectors, selector);
        break;
    case TG_KIND_CELL:
        tg_build_append(build, &record->cell->selectors, &record->cell->n_selectors, selector);
        break;
    default:
        break; /* has no such target */
    }
}

static tg_err put_selector(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                           struct tg_errmsg *em)
{
    Tamga__V1__Selector *selector = tg_build_new(build, &tamga__v1__selector__descriptor);
    (void)em;
    if (!selector) return TG_OK;
    selector->type = (Tamga__V1__SelectorType)target->detail;
    selector->value = tg_build_line(build, text);
    selector_append(build, selector);
    return TG_OK;
}

static tg_err put_subject(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                          struct tg_errmsg *em)
{
    Tamga__V1__Record *record = build->record;
    Tamga__V1__Subject *subject = tg_build_new(build, &tamga__v1__subject__descriptor);
    (void)target, (void)em;
    if (!subject) return TG_OK;
    subject->name = tg_build_line(build, text);
    if ((int)record->body_case == TG_KIND_CONTACT)
        tg_build_append(build, &record->contact->persons, &record->contact->n_persons, subject);
    else
        tg_build_append(build, &record->request->subjects, &record->request->n_subjects, subject);
    return TG_OK;
}

/* Who or what a selector stands for in a record of two sides. */
enum side { SIDE_INITIATOR, SIDE_RECEIVER, SIDE_SUBJECT, SIDE_OBJECT, SIDE_PERSON, SIDES };
static const struct {
    const char *prefix; /* of the column; a selector's type follows */
    enum tg_kind kind;
} sides[SIDES] = {
    [SIDE_INITIATOR] = {"initiator_", TG_KIND_CONTACT}, [SIDE_RECEIVER] = {"receiver_", TG_KIND_CONTACT},
    [SIDE_SUBJECT] = {"subject_", TG_KIND_LINK},        [SIDE_OBJECT] = {"object_", TG_KIND_LINK},
    [SIDE_PERSON] = {"person_", TG_KIND_CUSTODY},
};
#define SIDE_SHIFT 16

static tg_err subject_selector(struct tg_build *build, Tamga__V1__Subject **subject,
                               Tamga__V1__Selector *selector, struct tg_errmsg *em)
{
    if (!*subject) *subject = tg_build_new(build, &tamga__v1__subject__descriptor);
    if (!*subject) return TG_OK; /* told by tg_build_end */
    if ((*subject)->selector) return tg_fail(em, TG_EVALUE, "only one value may stand here");
    (*subject)->selector = selector;
    return TG_OK;
}

static tg_err put_side(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                       struct tg_errmsg *em)
{
    Tamga__V1__Record *record = build->record;
    Tamga__V1__Selector *selector = tg_build_new(build, &tamga__v1__selector__descriptor);
    if (!selector) return TG_OK;
    selector->type = (Tamga__V1__SelectorType)(target->detail & ((1 << SIDE_SHIFT) - 1));
    selector->value = tg_build_line(build, text);
    switch ((enum side)(target->detail >> SIDE_SHIFT)) {
    case SIDE_INITIATOR:
        tg_build_append(build, &record->contact->initiators, &record->contact->n_initiators, selector);
        break;
    case SIDE_RECEIVER:
        tg_build_append(build, &record->contact->receivers, &record->contact->n_receivers, selector);
        break;
    case SIDE_SUBJECT:
        return subject_selector(build, &record->link->subject, selector, em);
    case SIDE_OBJECT:
        return subject_selector(build, &record->link->object, selector, em);
    case SIDE_PERSON:
        return subject_selector(build, &record->custody->person, selector, em);
    case SIDES:
        break;
    }
    return TG_OK;
}

/* "initiator_phone" of a contact, "object_plate" of a link; `put` is NULL when it is none of them. */
static struct tg_csv_target side_target(const char *column, enum tg_kind kind)
{
    enum tg_selector_type type;
    for (int side = 0; side < SIDES; side++) {
        size_t bytes = strlen(sides[side].prefix);
        if (sides[side].kind != kind || strncmp(column, sides[side].prefix, bytes) != 0) continue;
        if (tg_selector_type_of_name(tg_view_str(column + bytes), &type, NULL)) continue;
        return (struct tg_csv_target){.put = put_side, .detail = side << SIDE_SHIFT | (int)type};
    }
    return (struct tg_csv_target){0};
}

/* The issuer of all selectors of the row. */
static tg_err put_selector_country(struct tg_build *build, const struct tg_csv_target *target,
                                   struct tg_view text, struct tg_errmsg *em)
{
    Tamga__V1__Indicator *indicator = build->record->indicator;
    const char *code = tg_country_of_text(text);
    (void)target;
    if (!code) return tg_fail(em, TG_EVALUE, "no such country; write an ISO 3166 code");
    char *copy = tg_build_text(build, tg_view_str(code));
    for (size_t i = 0; i < indicator->n_selectors; i++) indicator->selectors[i]->country = copy;
    return TG_OK;
}

static tg_err id_put(struct tg_build *build, struct tg_view text, void *at, struct tg_errmsg *em)
{
    uint8_t id[TG_HASH_BYTES];
    if (text.bytes != 2 * TG_HASH_BYTES || tg_hex_decode(text, id, sizeof id))
        return tg_fail(em, TG_EVALUE, "must be a record id of %d hexadecimal digits", 2 * TG_HASH_BYTES);
    ProtobufCBinaryData data = {.len = TG_HASH_BYTES, .data = tg_arena_copy(build->arena, id, TG_HASH_BYTES)};
    if (!data.data) build->failed = true;
    memcpy(at, &data, sizeof data);
    return TG_OK;
}

/* Text → the storage of a singular field. */
static tg_err value_put(struct tg_build *build, const struct tg_field *field,
                        const ProtobufCFieldDescriptor *pb, struct tg_view text, void *at,
                        struct tg_errmsg *em)
{
    uint64_t number = 0;
    int64_t ms = 0;
    int value = 0;
    struct tg_date date = {0};
    const void *pointer = NULL;
    tg_err err = TG_OK;
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_BLOCK:
        pointer = tg_build_block(build, text);
        break;
    case TG_SHAPE_LINE:
    case TG_SHAPE_KEY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
        pointer = tg_build_line(build, text);
        break;
    case TG_SHAPE_COUNTRY: {
        const char *code = tg_country_of_text(text);
        pointer = code ? tg_build_text(build, tg_view_str(code)) : tg_build_line(build, text);
        break;
    }
    case TG_SHAPE_DATE:
        err = tg_date_parse(tg_text_trim(text), &date, em);
        if (!err) pointer = tg_build_date(build, date);
        break;
    case TG_SHAPE_TIME:
        err = tg_time_parse(tg_text_trim(text), &ms, em);
        if (!err) memcpy(at, &ms, sizeof ms);
        return err;
    case TG_SHAPE_COUNT:
        err = tg_text_u64(tg_text_trim(text), UINT32_MAX, &number);
        value = (int)(uint32_t)number;
        if (!err) memcpy(at, &value, sizeof value);
        return err ? tg_fail(em, TG_EVALUE, "must be a whole number from 0") : TG_OK;
    case TG_SHAPE_ENUM:
        err = tg_enum_parse_pb(pb->descriptor, tg_text_trim(text), &value, em);
        if (!err) memcpy(at, &value, sizeof value);
        return err;
    case TG_SHAPE_FLAG:
        text = tg_text_trim(text);
        value =
            tg_view_equal_str(text, "yes") || tg_view_equal_str(text, "true") || tg_view_equal_str(text, "1");
        memcpy(at, &value, sizeof value);
        return TG_OK;
    case TG_SHAPE_ID:
        return id_put(build, tg_text_trim(text), at, em);
    case TG_SHAPE_PATH:
    case TG_SHAPE_NUMBER:
    case TG_SHAPE_MESSAGE:
        return tg_fail(em, TG_EBUG, "column has no plain value");
    }
    if (!err && pointer) memcpy(at, &pointer, sizeof pointer);
    return err;
}

/* The sub-message of the field, the record's own: made when absent, copied when it is the profile's. */
static ProtobufCMessage *sub_own(struct tg_build *build, const struct tg_field *field,
                                 const ProtobufCFieldDescriptor *pb, ProtobufCMessage *msg, bool shared)
{
    uint8_t *at = (uint8_t *)msg + pb->offset;
    ProtobufCMessage *sub;
    memcpy(&sub, at, sizeof sub);
    if (!sub)
        sub = tg_build_new(build, field->sub->pb);
    else if (shared)
        sub = tg_arena_copy(build->arena, sub, field->sub->pb->sizeof_message);
    if (!sub)
        build->failed = true;
    else
        memcpy(at, &sub, sizeof sub);
    return sub;
}

static tg_err put_path(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                       struct tg_errmsg *em)
{
    Tamga__V1__Record *record = build->record;
    const struct tg_message_info *info =
        target->head ? &tg_head_info : tg_kind_row_of((enum tg_kind)record->body_case)->info;
    ProtobufCMessage *msg = target->head ? &record->head->base : &record->alert->base;
    for (size_t i = 0; i + 1 < target->depth; i++) {
        const struct tg_field *field = &info->fields[target->path[i]];
        msg = sub_own(build, field, tg_pb_field(info, target->path[i]), msg, target->head);
        if (!msg) return TG_OK; /* told by tg_build_end */
        info = field->sub;
    }
    size_t last = target->path[target->depth - 1];
    const ProtobufCFieldDescriptor *pb = tg_pb_field(info, last);
    if (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        memcpy((uint8_t *)msg + pb->quantifier_offset, &pb->id, sizeof pb->id);
    return value_put(build, &info->fields[last], pb, text, (uint8_t *)msg + pb->offset, em);
}

/* Columns that are more than one plain field, for the kinds that have them. */
static const struct special {
    const char *column;
    tg_csv_put *put;
    int detail;
    enum tg_kind kinds[3];
} specials[] = {
    {"name", put_name, TG_NAME_KIND_PRIMARY, {TG_KIND_PERSON, TG_KIND_CELL, TG_KIND_FACILITY}},
    {"alias", put_name, TG_NAME_KIND_ALIAS, {TG_KIND_PERSON, TG_KIND_CELL, TG_KIND_FACILITY}},
    {"weak_alias", put_name, TG_NAME_KIND_WEAK, {TG_KIND_PERSON, TG_KIND_CELL}},
    {"kunya", put_name, TG_NAME_KIND_KUNYA, {TG_KIND_PERSON}},
    {"nickname", put_name, TG_NAME_KIND_NICKNAME, {TG_KIND_PERSON}},
    {"former_name", put_name, TG_NAME_KIND_FORMER, {TG_KIND_PERSON, TG_KIND_CELL, TG_KIND_FACILITY}},
    {"original_name", put_name, TG_NAME_KIND_ORIGINAL, {TG_KIND_PERSON, TG_KIND_CELL, TG_KIND_FACILITY}},
    {"birth", put_birth, 0, {TG_KIND_PERSON}},
    {"nationality", put_nationality, 0, {TG_KIND_PERSON}},
    {"birth_place", put_place, TG_PLACE_ROLE_BIRTH, {TG_KIND_PERSON}},
    {"address", put_place, TG_PLACE_ROLE_ADDRESS, {TG_KIND_PERSON}},
    {"country", put_place, TG_PLACE_ROLE_RESIDENCE, {TG_KIND_PERSON}},
    {"role", put_role, 0, {TG_KIND_PERSON}},
    {"title", put_role, 1, {TG_KIND_PERSON}},
    {"passport", put_document, TG_DOCUMENT_TYPE_PASSPORT, {TG_KIND_PERSON, TG_KIND_SIGHTING}},
    {"national_id", put_document, TG_DOCUMENT_TYPE_IDENTITY, {TG_KIND_PERSON, TG_KIND_SIGHTING}},
    {"country", put_selector_country, 0, {TG_KIND_INDICATOR}},
    {"person", put_subject, 0, {TG_KIND_CONTACT}},
    {"subject", put_subject, 0, {TG_KIND_REQUEST}},
};
#define SPECIALS (sizeof specials / sizeof *specials)

static bool special_is(const struct special *special, const char *column, enum tg_kind kind)
{
    if (strcmp(special->column, column) != 0) return false;
    for (size_t i = 0; i < 3; i++) {
        if (special->kinds[i] == kind) return true;
    }
    return false;
}

static int field_index(const struct tg_message_info *info, const char *name)
{
    for (size_t i = 0; i < info->fields_count; i++) {
        if (strcmp(info->fields[i].name, name) == 0) return (int)i;
    }
    return -1;
}

/* A field that one cell can fill. */
static bool plain(const struct tg_field *field)
{
    return !field->many && field->shape != TG_SHAPE_MESSAGE && field->shape != TG_SHAPE_NUMBER &&
           field->shape != TG_SHAPE_PATH;
}

static struct tg_csv_target path_target(const char *const *names, bool head, enum tg_kind kind)
{
    const struct tg_message_info *info = head ? &tg_head_info : tg_kind_row_of(kind)->info;
    struct tg_csv_target target = {.put = put_path, .head = head};
    for (size_t i = 0; i < TG_CSV_PATH_MAX && names[i] && info; i++) {
        int at = field_index(info, names[i]);
        if (at < 0) return (struct tg_csv_target){0};
        target.path[target.depth++] = (uint8_t)at;
        info = info->fields[at].sub;
    }
    return target;
}

static bool has_selectors(enum tg_kind kind)
{
    return kind == TG_KIND_ALERT || kind == TG_KIND_INDICATOR || kind == TG_KIND_PERSON ||
           kind == TG_KIND_CELL;
}

/* A field of the body, or of the head, by its own name. */
static struct tg_csv_target plain_target(const char *column, enum tg_kind kind)
{
    const char *const path[TG_CSV_PATH_MAX] = {column};
    const struct tg_message_info *body = tg_kind_row_of(kind)->info;
    int at = field_index(body, column);
    if (at >= 0 && plain(&body->fields[at]) && strcmp(column, "kind") != 0)
        return path_target(path, false, kind);
    at = field_index(&tg_head_info, column);
    bool by_node = strcmp(column, "reported") == 0 || strcmp(column, "supersedes") == 0;
    if (at >= 0 && plain(&tg_head_info.fields[at]) && !by_node) return path_target(path, true, kind);
    return (struct tg_csv_target){0};
}

struct tg_csv_target tg_csv_target_of(const char *column, enum tg_kind kind)
{
    enum tg_selector_type type;
    for (size_t i = 0; i < SPECIALS; i++) {
        if (special_is(&specials[i], column, kind)) {
            return (struct tg_csv_target){.put = specials[i].put,
                                          .detail = specials[i].detail,
                                          .last = specials[i].put == put_selector_country};
        }
    }
    for (size_t i = 0; i < ALIASES; i++) {
        bool fits = !aliases[i].kind || aliases[i].kind == kind;
        if (fits && strcmp(aliases[i].column, column) == 0)
            return path_target(aliases[i].path, aliases[i].head, kind);
    }
    if (has_selectors(kind) && !tg_selector_type_of_name(tg_view_str(column), &type, NULL)) {
        return (struct tg_csv_target){.put = put_selector, .detail = (int)type};
    }
    struct tg_csv_target side = side_target(column, kind);
    return side.put ? side : plain_target(column, kind);
}

bool tg_csv_target_repeats(const struct tg_csv_target *target)
{
    return target->put && target->put != put_path && target->put != put_selector_country;
}

bool tg_csv_column_repeats(const char *column)
{
    for (size_t i = 0; i < tg_kind_rows_count; i++) {
        struct tg_csv_target target = tg_csv_target_of(column, tg_kind_rows[i].kind);
        if (tg_csv_target_repeats(&target)) return true;
    }
    return false;
}

static const char *const row_columns[] = {"kind", "type", "value"};

static size_t names_add(const char **names, size_t count, size_t max, const char *name)
{
    if (count < max) names[count++] = name;
    return count;
}

#define NAMES_MAX 512
static tg_err column_unknown(const char *column, struct tg_errmsg *em)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < SPECIALS; i++) count = names_add(names, count, NAMES_MAX, specials[i].column);
    for (size_t i = 0; i < ALIASES; i++) count = names_add(names, count, NAMES_MAX, aliases[i].column);
    for (size_t i = 0; i < sizeof row_columns / sizeof *row_columns; i++) {
        count = names_add(names, count, NAMES_MAX, row_columns[i]);
    }
    for (int type = 1; type < TG_SELECTOR_TYPES_END; type++) {
        const char *name = tg_selector_name((enum tg_selector_type)type);
        if (name) count = names_add(names, count, NAMES_MAX, name);
    }
    for (size_t k = 0; k < tg_kind_rows_count; k++) {
        const struct tg_message_info *info = tg_kind_rows[k].info;
        for (size_t i = 0; i < info->fields_count; i++) {
            if (plain(&info->fields[i])) count = names_add(names, count, NAMES_MAX, info->fields[i].name);
        }
    }
    const char *nearest = tg_text_nearest(column, names, count);
    if (nearest) {
        return tg_fail(em, TG_EVALUE,
                       "unknown column '%.64s'; did you mean '%s'? (x-… columns are passed over)", column,
                       nearest);
    }
    return tg_fail(em, TG_EVALUE,
                   "unknown column '%.64s'; name it x-%.64s to pass it over, or see docs/records.md", column,
                   column);
}

tg_err tg_csv_column_check(const char *column, struct tg_errmsg *em)
{
    for (size_t i = 0; i < sizeof row_columns / sizeof *row_columns; i++) {
        if (strcmp(row_columns[i], column) == 0) return TG_OK;
    }
    for (size_t i = 0; i < tg_kind_rows_count; i++) {
        if (tg_csv_target_of(column, tg_kind_rows[i].kind).put) return TG_OK;
    }
    return column_unknown(column, em);
}
