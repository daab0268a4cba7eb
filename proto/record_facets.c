/* What an index needs of a record: names, dates, selectors, countries, references, texts.
 *
 * Must not know: indexes, tokens, bytes. Walks our own structs by the table of fields.
 */
#include <string.h>

#include "base/text.h"
#include "proto/record_fields.h"

/* A list in the arena that doubles when it is full. */
struct list {
    uint8_t *items;
    size_t count;
    size_t capacity;
};

struct collector {
    struct tg_arena *arena;
    struct list names, births, selectors, texts, countries, refs;
    enum tg_facet_subject subject;       /* of the body's own names */
    const struct tg_rec_subject *object; /* of a link; what an unstated kind means is told by the relation */
    enum tg_facet_subject object_is;
    const struct tg_rec_sighting *sighting; /* NULL: the record is none */
};

static void *list_add(struct collector *c, struct list *list, size_t each)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        uint8_t *items = tg_arena_take_array(c->arena, capacity, each);
        if (!items) return NULL;
        if (list->count) memcpy(items, list->items, list->count * each);
        list->items = items;
        list->capacity = capacity;
    }
    return list->items + each * list->count++;
}

static tg_err add_name(struct collector *c, const char *text, enum tg_facet_subject subject,
                       enum tg_rec_name_kind kind)
{
    if (!text[0]) return TG_OK;
    struct tg_facet_name *name = list_add(c, &c->names, sizeof *name);
    if (!name) return TG_ENOMEM;
    *name = (struct tg_facet_name){.text = tg_view_str(text), .subject = subject, .kind = kind};
    return TG_OK;
}

static tg_err add_text(struct collector *c, const char *text)
{
    if (!text[0]) return TG_OK;
    struct tg_facet_text *item = list_add(c, &c->texts, sizeof *item);
    if (!item) return TG_ENOMEM;
    item->text = tg_view_str(text);
    return TG_OK;
}

static tg_err add_country(struct collector *c, const char *country)
{
    if (!country[0]) return TG_OK;
    for (size_t i = 0; i < c->countries.count; i++) {
        const char *known;
        memcpy(&known, c->countries.items + i * sizeof known, sizeof known);
        if (strcmp(known, country) == 0) return TG_OK;
    }
    void *item = list_add(c, &c->countries, sizeof country);
    if (!item) return TG_ENOMEM;
    memcpy(item, &country, sizeof country);
    return TG_OK;
}

static tg_err add_ref(struct collector *c, const struct tg_hash *id, enum tg_rec_reference_role role)
{
    if (!id) return TG_OK;
    struct tg_facet_ref *ref = list_add(c, &c->refs, sizeof *ref);
    if (!ref) return TG_ENOMEM;
    *ref = (struct tg_facet_ref){.id = id, .role = role};
    return TG_OK;
}

static bool selector_known(const struct collector *c, enum tg_selector_type type, struct tg_view normal)
{
    for (size_t i = 0; i < c->selectors.count; i++) {
        struct tg_facet_selector known;
        memcpy(&known, c->selectors.items + i * sizeof known, sizeof known);
        if (known.type == type && tg_view_equal(known.normal, normal)) return true;
    }
    return false;
}

static tg_err add_selector(struct collector *c, enum tg_selector_type type, struct tg_view normal,
                           const char *written)
{
    if (!normal.bytes || selector_known(c, type, normal)) return TG_OK;
    struct tg_facet_selector *selector = list_add(c, &c->selectors, sizeof *selector);
    if (!selector) return TG_ENOMEM;
    *selector = (struct tg_facet_selector){.type = type, .normal = normal, .written = tg_view_str(written)};
    return TG_OK;
}

bool tg_document_selector(const struct tg_rec_document *document, struct tg_selector *ret_selector)
{
    static const enum tg_selector_type types[] = {
        [TG_DOCUMENT_TYPE_PASSPORT] = TG_SELECTOR_PASSPORT,
        [TG_DOCUMENT_TYPE_IDENTITY] = TG_SELECTOR_NATIONAL_ID,
        [TG_DOCUMENT_TYPE_DRIVING_LICENCE] = TG_SELECTOR_NATIONAL_ID,
        [TG_DOCUMENT_TYPE_RESIDENCE] = TG_SELECTOR_NATIONAL_ID,
        [TG_DOCUMENT_TYPE_TRAVEL] = TG_SELECTOR_PASSPORT,
        [TG_DOCUMENT_TYPE_TAX] = TG_SELECTOR_NATIONAL_ID,
    };
    size_t type = (size_t)document->type;
    if (type >= sizeof types / sizeof *types || types[type] == TG_SELECTOR_NONE || !document->number[0])
        return false;
    const char *country = document->country[0] ? document->country : NULL;
    return !tg_selector_normalise(types[type], tg_view_str(document->number), country, ret_selector, NULL);
}

static tg_err add_document(struct collector *c, const struct tg_rec_document *document)
{
    struct tg_selector selector;
    if (!tg_document_selector(document, &selector)) return TG_OK;
    const char *form = tg_arena_text(c->arena, tg_selector_form(&selector));
    if (!form) return TG_ENOMEM;
    return add_selector(c, selector.type, tg_view_str(form), document->number);
}

/* Capitals and digits of a number; what is not ASCII stays as it is. */
static tg_err put_number(struct tg_buf *out, const char *number)
{
    tg_err err = TG_OK;
    for (; *number && !err; number++) {
        char c = tg_ascii_lower(*number);
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        bool kept = (uint8_t)c >= 0x80 || tg_ascii_is_alnum(c);
        if (kept) err = tg_buf_put(out, &c, 1);
    }
    return err;
}

tg_err tg_document_form(const struct tg_rec_document *document, struct tg_buf *out)
{
    struct tg_selector selector;
    const char *type = tg_enum_name(TG_ENUM_DOCUMENT_TYPE, (int)document->type);
    tg_err err = tg_buf_putf(out, "%s ", type ? type : "newer");
    if (!err && tg_document_selector(document, &selector))
        return tg_buf_put_view(out, tg_selector_form(&selector));
    if (!err) err = tg_buf_putf(out, "%s:", document->country[0] ? document->country : "ZZ");
    size_t start = out->bytes;
    if (!err) err = put_number(out, document->number);
    return err ? err : out->bytes > start ? TG_OK : TG_EVALUE;
}

static tg_err add_birth(struct collector *c, const struct tg_rec_birth *birth)
{
    if (!tg_date_known(birth->date)) return TG_OK;
    struct tg_facet_birth *item = list_add(c, &c->births, sizeof *item);
    if (!item) return TG_ENOMEM;
    *item = (struct tg_facet_birth){
        .from = birth->date,
        .to = tg_date_known(birth->date_to) ? birth->date_to : birth->date,
        .approximate = birth->approximate,
    };
    return TG_OK;
}

static tg_err add_selector_of(struct collector *c, const struct tg_rec_selector *selector)
{
    return add_selector(c, selector->type, selector->normal, selector->value);
}

static tg_err add_subject(struct collector *c, const struct tg_rec_subject *subject)
{
    static const enum tg_facet_subject facets[] = {
        [TG_SUBJECT_KIND_PERSON] = TG_FACET_PERSON,     [TG_SUBJECT_KIND_CELL] = TG_FACET_CELL,
        [TG_SUBJECT_KIND_ORGANISATION] = TG_FACET_CELL, [TG_SUBJECT_KIND_FACILITY] = TG_FACET_FACILITY,
        [TG_SUBJECT_KIND_THING] = TG_FACET_THING,
    };
    size_t kind = (size_t)subject->kind;
    enum tg_facet_subject is = subject == c->object ? c->object_is : TG_FACET_PERSON;
    if (kind && kind < sizeof facets / sizeof *facets) is = facets[kind];
    if (is == TG_FACET_THING) return add_text(c, subject->name);
    return add_name(c, subject->name, is, TG_NAME_KIND_UNSPECIFIED);
}

/* Who was checked is found by name, unless the word is that it is not him: then nobody meets that name here. */
static tg_err add_checked(struct collector *c, const struct tg_rec_sighting *sighting)
{
    const struct tg_rec_birth birth = {.date = sighting->birth};
    if (sighting->outcome == TG_SIGHTING_OUTCOME_NOT_HIM) return TG_OK;
    tg_err err = add_name(c, sighting->name, TG_FACET_PERSON, TG_NAME_KIND_UNSPECIFIED);
    return err ? err : add_birth(c, &birth);
}

/* Part of a sighting that is not him, and speaks of somebody else than the target. */
static bool of_another(const struct collector *c, const void *part)
{
    const struct tg_rec_sighting *sighting = c->sighting;
    if (!sighting || sighting->outcome != TG_SIGHTING_OUTCOME_NOT_HIM) return false;
    return part == sighting->document || part == sighting->selector;
}

/* What is taken of a message as a whole; what a generic field gives is taken beside it. */
static tg_err take_message(struct collector *c, const struct tg_message_info *info, const void *own)
{
    if (info->pb == &tamga__v1__name__descriptor) {
        const struct tg_rec_name *name = own;
        return add_name(c, name->text, c->subject, name->kind);
    }
    if (info->pb == &tamga__v1__subject__descriptor) return add_subject(c, own);
    if (info->pb == &tamga__v1__sighting__descriptor) return add_checked(c, own);
    if (info->pb == &tamga__v1__facility_ref__descriptor) {
        return add_name(c, ((const struct tg_rec_facility_ref *)own)->name, TG_FACET_FACILITY,
                        TG_NAME_KIND_UNSPECIFIED);
    }
    if (info->pb == &tamga__v1__place__descriptor) {
        const struct tg_rec_place *place = own;
        tg_err err = add_name(c, place->name, TG_FACET_PLACE, TG_NAME_KIND_UNSPECIFIED);
        if (!err) err = add_name(c, place->city, TG_FACET_PLACE, TG_NAME_KIND_UNSPECIFIED);
        return err ? err : add_name(c, place->region, TG_FACET_PLACE, TG_NAME_KIND_UNSPECIFIED);
    }
    if (info->pb == &tamga__v1__birth__descriptor) return add_birth(c, own);
    if (info->pb == &tamga__v1__document__descriptor) return add_document(c, own);
    if (info == &tg_selector_info) return add_selector_of(c, own);
    if (info->pb == &tamga__v1__reference__descriptor) {
        const struct tg_rec_reference *reference = own;
        return add_ref(c, reference->id, reference->role);
    }
    return TG_OK;
}

/* Texts that take_message takes, or that say nothing to search for. */
static bool text_left_out(const struct tg_message_info *info, const struct tg_field *field)
{
    if (info->pb == &tamga__v1__sighting__descriptor) return strcmp(field->name, "name") == 0;
    return info->pb == &tamga__v1__name__descriptor || info->pb == &tamga__v1__facility_ref__descriptor ||
           info->pb == &tamga__v1__subject__descriptor || info->pb == &tamga__v1__place__descriptor ||
           info == &tg_selector_info || info->pb == &tamga__v1__document__descriptor ||
           info->pb == &tamga__v1__handling__descriptor;
}

static tg_err walk(struct collector *c, const struct tg_message_info *info, const void *own);

static tg_err walk_texts(struct collector *c, const struct tg_field *field, const uint8_t *own)
{
    const char *const *texts;
    size_t count;
    memcpy(&texts, own + field->offset, sizeof texts);
    memcpy(&count, own + field->count_offset, sizeof count);
    for (size_t i = 0; i < count; i++) {
        tg_err err = add_text(c, texts[i]);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err walk_subs(struct collector *c, const struct tg_field *field, const uint8_t *own)
{
    const uint8_t *subs;
    size_t count = 1;
    memcpy(&subs, own + field->offset, sizeof subs);
    if (field->many) memcpy(&count, own + field->count_offset, sizeof count);
    for (size_t i = 0; i < count; i++) {
        tg_err err = walk(c, field->sub, subs + i * field->sub->own_bytes);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err walk_ids(struct collector *c, const struct tg_field *field, const uint8_t *own)
{
    const struct tg_hash *ids;
    size_t count = 1;
    memcpy(&ids, own + field->offset, sizeof ids);
    if (field->many) memcpy(&count, own + field->count_offset, sizeof count);
    for (size_t i = 0; i < count && ids; i++) {
        tg_err err = add_ref(c, &ids[i], TG_REFERENCE_ROLE_RELATED);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err walk_field(struct collector *c, const struct tg_message_info *info,
                         const struct tg_field *field, const uint8_t *own)
{
    const char *text;
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        return walk_subs(c, field, own);
    case TG_SHAPE_ID:
        return info == &tg_head_info || info->pb == &tamga__v1__reference__descriptor
                   ? TG_OK
                   : walk_ids(c, field, own);
    case TG_SHAPE_COUNTRY:
        memcpy(&text, own + field->offset, sizeof text);
        return add_country(c, text);
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
        if (text_left_out(info, field)) return TG_OK;
        if (field->many) return walk_texts(c, field, own);
        memcpy(&text, own + field->offset, sizeof text);
        return add_text(c, text);
    case TG_SHAPE_KEY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
    case TG_SHAPE_DATE:
    case TG_SHAPE_TIME:
    case TG_SHAPE_COUNT:
    case TG_SHAPE_NUMBER:
    case TG_SHAPE_FLAG:
    case TG_SHAPE_ENUM:
        break;
    }
    return TG_OK;
}

/* Recursion is bounded by the schema. */
static tg_err walk(struct collector *c, const struct tg_message_info *info, const void *own)
{
    bool present;
    memcpy(&present, own, sizeof present);
    if (!present || of_another(c, own)) return TG_OK;
    tg_err err = take_message(c, info, own);
    for (size_t i = 0; i < info->fields_count && !err; i++) err = walk_field(c, info, &info->fields[i], own);
    return err;
}

#define DAY_MS 86400000LL

static int64_t first_ms(struct tg_date date)
{
    return tg_date_known(date) ? tg_date_first_day(date) * DAY_MS : 0;
}
static int64_t last_ms(struct tg_date date)
{
    return tg_date_known(date) ? (tg_date_last_day(date) + 1) * DAY_MS - 1 : 0;
}

static void span(struct tg_facets *facets, struct tg_date from, struct tg_date to)
{
    bool any = tg_date_known(from) || tg_date_known(to);
    if (!any) return;
    facets->from_ms = first_ms(tg_date_known(from) ? from : to);
    facets->to_ms = last_ms(tg_date_known(to) ? to : from);
}

static void instant(struct tg_facets *facets, int64_t ms)
{
    if (ms) facets->from_ms = facets->to_ms = ms;
}

/* When what the record tells of took place: the body's own dates, else the observation. */
static void times_fill(const struct tg_record *rec, struct tg_facets *facets)
{
    span(facets, rec->head->observed_from, rec->head->observed_to);
    switch (rec->kind) {
    case TG_KIND_ALERT:
        instant(facets, rec->alert->at_ms);
        break;
    case TG_KIND_INCIDENT:
        span(facets, rec->incident->from, rec->incident->to);
        instant(facets, rec->incident->at_ms);
        break;
    case TG_KIND_INDICATOR:
        span(facets, rec->indicator->valid_from, rec->indicator->valid_until);
        break;
    case TG_KIND_ASSESSMENT:
        span(facets, rec->assessment->as_of, rec->assessment->as_of);
        break;
    case TG_KIND_CELL:
        span(facets, rec->cell->size->as_of, rec->cell->size->as_of);
        break;
    case TG_KIND_FACILITY:
        span(facets, rec->facility->occupancy->as_of, rec->facility->occupancy->as_of);
        break;
    case TG_KIND_MEASURE:
        span(facets, rec->measure->start, rec->measure->due);
        break;
    case TG_KIND_CONTACT:
        span(facets, rec->contact->from, rec->contact->to);
        instant(facets, rec->contact->at_ms);
        break;
    case TG_KIND_CUSTODY:
        span(facets, rec->custody->from, rec->custody->to);
        break;
    case TG_KIND_LINK:
        span(facets, rec->link->from, rec->link->to);
        break;
    case TG_KIND_SIGHTING:
        instant(facets, rec->sighting->at_ms);
        break;
    case TG_KIND_ACKNOWLEDGEMENT:
        instant(facets, rec->acknowledgement->at_ms);
        break;
    case TG_KIND_PERSON:
    case TG_KIND_WITHDRAWAL:
    case TG_KIND_REQUEST:
    case TG_KIND_ANSWER:
    case TG_KIND_SAMENESS:
    case TG_KIND_DISPUTE:
    case TG_KIND_NEWER:
        break;
    }
}

/* The word of a sighting that is not him ends with its day. */
static int64_t expiry_of(const struct tg_record *rec)
{
    int64_t expiry_ms = last_ms(rec->head->handling->expiry);
    if (rec->kind != TG_KIND_SIGHTING) return expiry_ms;
    int64_t until_ms = last_ms(rec->sighting->until);
    return until_ms && (!expiry_ms || until_ms < expiry_ms) ? until_ms : expiry_ms;
}

static void facets_fill(const struct tg_record *rec, const struct collector *c, struct tg_facets *facets)
{
    const struct tg_rec_head *head = rec->head;
    *facets = (struct tg_facets){
        .names = (const void *)c->names.items,
        .names_count = c->names.count,
        .births = (const void *)c->births.items,
        .births_count = c->births.count,
        .selectors = (const void *)c->selectors.items,
        .selectors_count = c->selectors.count,
        .texts = (const void *)c->texts.items,
        .texts_count = c->texts.count,
        .countries = (const void *)c->countries.items,
        .countries_count = c->countries.count,
        .refs = (const void *)c->refs.items,
        .refs_count = c->refs.count,
        .supersedes = head->supersedes,
        .list = head->list,
        .external_id = head->external_id,
        .tlp = head->handling->tlp,
        .reported_ms = head->reported_ms,
        .expiry_ms = expiry_of(rec),
    };
    /* A facility's country is not that of a person whose name stands beside it. */
    bool own_names =
        rec->kind == TG_KIND_PERSON || rec->kind == TG_KIND_CELL || rec->kind == TG_KIND_FACILITY;
    if (!own_names) facets->countries_count = 0;
    if (rec->kind == TG_KIND_PERSON) facets->sex = rec->person->sex;
    if (rec->kind == TG_KIND_ALERT) facets->precedence = rec->alert->precedence;
    if (rec->kind == TG_KIND_WITHDRAWAL) facets->target = rec->withdrawal->target;
    times_fill(rec, facets);
}

/* What the object of a relation is when it does not say so itself. */
static enum tg_facet_subject object_of(enum tg_rec_link_relation relation)
{
    switch (relation) {
    case TG_LINK_RELATION_MEMBER_OF:
    case TG_LINK_RELATION_LEADS:
        return TG_FACET_CELL;
    case TG_LINK_RELATION_LOCATED_AT:
        return TG_FACET_FACILITY;
    case TG_LINK_RELATION_USES:
    case TG_LINK_RELATION_OWNS:
        return TG_FACET_THING;
    case TG_LINK_RELATION_UNSPECIFIED:
    case TG_LINK_RELATION_KIN:
    case TG_LINK_RELATION_ASSOCIATE:
    case TG_LINK_RELATION_CELLMATE:
    case TG_LINK_RELATION_VISITOR:
    case TG_LINK_RELATION_FINANCES:
    case TG_LINK_RELATION_OTHER:
        return TG_FACET_PERSON;
    }
    return TG_FACET_PERSON; /* a relation newer than this node */
}

static void collector_init(struct collector *c, const struct tg_record *rec, struct tg_arena *arena)
{
    *c = (struct collector){.arena = arena, .subject = TG_FACET_PERSON};
    if (rec->kind == TG_KIND_CELL) c->subject = TG_FACET_CELL;
    if (rec->kind == TG_KIND_FACILITY) c->subject = TG_FACET_FACILITY;
    if (rec->kind == TG_KIND_SIGHTING) c->sighting = rec->sighting;
    if (rec->kind != TG_KIND_LINK) return;
    c->object = rec->link->object;
    c->object_is = object_of(rec->link->relation);
}

tg_err tg_record_facets(const struct tg_record *rec, struct tg_arena *arena, struct tg_facets *ret_facets)
{
    struct collector c;
    collector_init(&c, rec, arena);
    const struct tg_kind_row *kind = tg_kind_row_of(rec->kind);
    tg_err err = walk(&c, &tg_head_info, rec->head);
    if (!err && kind) err = walk(&c, kind->info, rec->body);
    if (err) return err;
    facets_fill(rec, &c, ret_facets);
    return TG_OK;
}
