/* Rules that hold between fields of a record.
 *
 * Must not know: bytes, our own structs. Described in docs/records.md.
 */
#include "proto/record_rules.h"

#include <string.h>

#include "base/text.h"

/* True when both dates stand and the first day of one is behind the last day of the other. */
static bool dates_crossed(const Tamga__V1__Date *from, const Tamga__V1__Date *to)
{
    struct tg_date a, b;
    if (!from || !to || !tg_pb_date(&from->base, &a) || !tg_pb_date(&to->base, &b)) return false;
    return tg_date_first_day(a) > tg_date_last_day(b);
}

/* Each says what is wrong, or NULL. */
static const char *rule_head(const void *msg)
{
    const Tamga__V1__Head *head = msg;
    if (dates_crossed(head->observed_from, head->observed_to)) return "observed_to lies before observed_from";
    if (head->external_id[0] && !head->list[0]) return "external_id stands without its list";
    return NULL;
}

static const char *rule_handling(const void *msg)
{
    const Tamga__V1__Handling *handling = msg;
    return dates_crossed(handling->review, handling->expiry) ? "review lies behind expiry" : NULL;
}

static const char *rule_birth(const void *msg)
{
    const Tamga__V1__Birth *birth = msg;
    if (!birth->date && (birth->date_to || !birth->note[0])) return "date is missing; it must be stated";
    return dates_crossed(birth->date, birth->date_to) ? "date_to lies before date" : NULL;
}

static const char *rule_point(const void *msg)
{
    const Tamga__V1__Point *point = msg;
    if (point->latitude_e7 < -900000000 || point->latitude_e7 > 900000000)
        return "latitude_e7 is outside -90..90 degrees";
    if (point->longitude_e7 < -1800000000 || point->longitude_e7 > 1800000000) {
        return "longitude_e7 is outside -180..180 degrees";
    }
    return NULL;
}

static const char *rule_nationality(const void *msg)
{
    const Tamga__V1__Nationality *nationality = msg;
    return nationality->country[0] || nationality->text[0] ? NULL : "country or text must be stated";
}

static const char *rule_document(const void *msg)
{
    const Tamga__V1__Document *document = msg;
    if (!document->number[0] && !document->note[0] && !document->type_text[0])
        return "number or note must be stated";
    return dates_crossed(document->issued, document->expires) ? "expires lies before issued" : NULL;
}

static const char *rule_selector(const void *msg)
{
    const Tamga__V1__Selector *selector = msg;
    return dates_crossed(selector->from, selector->to) ? "to lies before from" : NULL;
}

static const char *rule_estimate(const void *msg)
{
    const Tamga__V1__Estimate *estimate = msg;
    bool both = estimate->low_known_case && estimate->high_known_case;
    return both && estimate->low > estimate->high ? "low is above high" : NULL;
}

static const char *rule_facility_ref(const void *msg)
{
    const Tamga__V1__FacilityRef *facility = msg;
    return facility->name[0] || facility->id.len ? NULL : "name or id must be stated";
}

static const char *rule_alert(const void *msg)
{
    const Tamga__V1__Alert *alert = msg;
    bool first = alert->thread == TAMGA__V1__THREAD_KIND__THREAD_KIND_FIRST;
    if (!first && !alert->thread_of.len) return "thread_of is missing; say which alert this belongs to";
    if (first && alert->thread_of.len)
        return "thread_of stands in the first alert of a thread; say in 'thread' what this is";
    return NULL;
}

static const char *rule_indicator(const void *msg)
{
    const Tamga__V1__Indicator *indicator = msg;
    return dates_crossed(indicator->valid_from, indicator->valid_until) ? "valid_until lies before valid_from"
                                                                        : NULL;
}

static const char *rule_cell(const void *msg)
{
    const Tamga__V1__Cell *cell = msg;
    return cell->n_names || cell->facility || cell->area ? NULL : "names, facility or area must be stated";
}

static const char *rule_incident(const void *msg)
{
    const Tamga__V1__Incident *incident = msg;
    return dates_crossed(incident->from, incident->to) ? "to lies before from" : NULL;
}

static const char *rule_measure(const void *msg)
{
    const Tamga__V1__Measure *measure = msg;
    return dates_crossed(measure->start, measure->due) ? "due lies before start" : NULL;
}

static const char *rule_subject(const void *msg)
{
    const Tamga__V1__Subject *subject = msg;
    return subject->name[0] || subject->id.len || subject->selector ? NULL
                                                                    : "id, name or selector must be stated";
}

static const char *rule_contact(const void *msg)
{
    const Tamga__V1__Contact *contact = msg;
    if (!contact->n_initiators && !contact->n_receivers && !contact->n_persons)
        return "initiators, receivers or persons must be stated";
    return dates_crossed(contact->from, contact->to) ? "to lies before from" : NULL;
}

static const char *rule_custody(const void *msg)
{
    const Tamga__V1__Custody *custody = msg;
    if (dates_crossed(custody->from, custody->to)) return "to lies before from";
    return dates_crossed(custody->from, custody->expected_release) ? "expected_release lies before from"
                                                                   : NULL;
}

static bool same_id(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static const char *rule_link(const void *msg)
{
    const Tamga__V1__Link *link = msg;
    if (link->subject && link->object && link->subject->id.len &&
        same_id(&link->subject->id, &link->object->id))
        return "subject and object are one record";
    return dates_crossed(link->from, link->to) ? "to lies before from" : NULL;
}

static const char *rule_answer(const void *msg)
{
    const Tamga__V1__Answer *answer = msg;
    bool tells = answer->outcome == TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_POSITIVE ||
                 answer->outcome == TAMGA__V1__ANSWER_OUTCOME__ANSWER_OUTCOME_PARTIAL;
    return tells && !answer->text[0] && !answer->n_records ? "text or records must be stated" : NULL;
}

static bool number_says_something(const char *number)
{
    for (; *number; number++) {
        if ((uint8_t)*number >= 0x80 || tg_ascii_is_alnum(*number)) return true;
    }
    return false;
}

/* A word that clears somebody must say whom, by which paper, and for how long. */
static const char *rule_sighting(const void *msg)
{
    const Tamga__V1__Sighting *sighting = msg;
    bool not_him = sighting->outcome == TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_NOT_HIM;
    bool follows = sighting->outcome == TAMGA__V1__SIGHTING_OUTCOME__SIGHTING_OUTCOME_FOLLOW_UP;
    if (not_him && (!sighting->document || !number_says_something(sighting->document->number)))
        return "document is missing; not_him is bound to the document that was shown";
    if (not_him && !sighting->until) return "until is missing; not_him holds until a day";
    if (!not_him && sighting->until) return "until belongs to not_him alone";
    if (follows && !sighting->follows.len) return "follows is missing; say which sighting this follows";
    return NULL;
}

static const char *rule_sameness(const void *msg)
{
    const Tamga__V1__Sameness *sameness = msg;
    return same_id(&sameness->first, &sameness->second) ? "first and second are one record" : NULL;
}

static const char *rule_dispute(const void *msg)
{
    const Tamga__V1__Dispute *dispute = msg;
    if (!dispute->decides.len != !dispute->decision) return "decides and decision stand together";
    if (!dispute->decides.len && !dispute->ground) return "ground is missing; say what is wrong with it";
    return NULL;
}

static const struct {
    const ProtobufCMessageDescriptor *pb;
    const char *(*rule)(const void *msg);
} message_rules[] = {
    {&tamga__v1__head__descriptor, rule_head},
    {&tamga__v1__handling__descriptor, rule_handling},
    {&tamga__v1__birth__descriptor, rule_birth},
    {&tamga__v1__point__descriptor, rule_point},
    {&tamga__v1__nationality__descriptor, rule_nationality},
    {&tamga__v1__document__descriptor, rule_document},
    {&tamga__v1__selector__descriptor, rule_selector},
    {&tamga__v1__estimate__descriptor, rule_estimate},
    {&tamga__v1__facility_ref__descriptor, rule_facility_ref},
    {&tamga__v1__alert__descriptor, rule_alert},
    {&tamga__v1__indicator__descriptor, rule_indicator},
    {&tamga__v1__cell__descriptor, rule_cell},
    {&tamga__v1__incident__descriptor, rule_incident},
    {&tamga__v1__measure__descriptor, rule_measure},
    {&tamga__v1__subject__descriptor, rule_subject},
    {&tamga__v1__contact__descriptor, rule_contact},
    {&tamga__v1__custody__descriptor, rule_custody},
    {&tamga__v1__link__descriptor, rule_link},
    {&tamga__v1__answer__descriptor, rule_answer},
    {&tamga__v1__sighting__descriptor, rule_sighting},
    {&tamga__v1__sameness__descriptor, rule_sameness},
    {&tamga__v1__dispute__descriptor, rule_dispute},
};

tg_err tg_record_rules_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                               struct tg_errmsg *em)
{
    for (size_t i = 0; i < sizeof message_rules / sizeof *message_rules; i++) {
        if (message_rules[i].pb != info->pb) continue;
        const char *wrong = message_rules[i].rule(msg);
        return wrong ? tg_fail(em, TG_EVALUE, ": %s", wrong) : TG_OK;
    }
    return TG_OK;
}

/* What the head must state, by kind; every kind has a row. */
enum {
    NEEDS_NONE = 0,
    NEEDS_SOURCE = 1,
    NEEDS_GRADING = 2,
    NEEDS_PURPOSE = 4,
    NEEDS_LEGAL_BASIS = 8,
    NEEDS_REVIEW = 16,
    NEEDS_EXPIRY = 32,
};
static const struct {
    enum tg_kind kind;
    unsigned needs;
} kind_needs[] = {
    {TG_KIND_PERSON,
     NEEDS_SOURCE | NEEDS_GRADING | NEEDS_PURPOSE | NEEDS_LEGAL_BASIS | NEEDS_REVIEW | NEEDS_EXPIRY},
    {TG_KIND_INDICATOR, NEEDS_SOURCE},
    {TG_KIND_CELL, NEEDS_SOURCE},
    {TG_KIND_INCIDENT, NEEDS_SOURCE},
    {TG_KIND_ASSESSMENT, NEEDS_SOURCE},
    {TG_KIND_CONTACT, NEEDS_SOURCE},
    {TG_KIND_CUSTODY, NEEDS_SOURCE | NEEDS_PURPOSE | NEEDS_LEGAL_BASIS | NEEDS_REVIEW | NEEDS_EXPIRY},
    {TG_KIND_LINK, NEEDS_SOURCE | NEEDS_GRADING},
    {TG_KIND_SAMENESS, NEEDS_GRADING},
    {TG_KIND_ALERT, NEEDS_NONE}, /* an officer's own word; nothing may hold up a warning */
    {TG_KIND_FACILITY, NEEDS_NONE},
    {TG_KIND_MEASURE, NEEDS_NONE},
    {TG_KIND_WITHDRAWAL, NEEDS_NONE},
    {TG_KIND_REQUEST, NEEDS_NONE},
    {TG_KIND_ANSWER, NEEDS_NONE},
    {TG_KIND_SIGHTING, NEEDS_NONE},
    {TG_KIND_DISPUTE, NEEDS_NONE},
    {TG_KIND_ACKNOWLEDGEMENT, NEEDS_NONE},
};

static const char *head_lacks(const Tamga__V1__Head *head, unsigned needs)
{
    const Tamga__V1__Handling *handling = head->handling; /* required of every head */
    if ((needs & NEEDS_SOURCE) && !head->source) return "head.source";
    if ((needs & NEEDS_GRADING) && !head->grading) return "head.grading";
    if ((needs & NEEDS_PURPOSE) && !handling->purpose[0]) return "head.handling.purpose";
    if ((needs & NEEDS_LEGAL_BASIS) && !handling->legal_basis[0]) return "head.handling.legal_basis";
    if ((needs & NEEDS_REVIEW) && !handling->review) return "head.handling.review";
    if ((needs & NEEDS_EXPIRY) && !handling->expiry) return "head.handling.expiry";
    return NULL;
}

tg_err tg_record_rules_kind(const Tamga__V1__Record *msg, struct tg_errmsg *em)
{
    for (size_t i = 0; i < sizeof kind_needs / sizeof *kind_needs; i++) {
        if ((int)kind_needs[i].kind != (int)msg->body_case) continue;
        const char *lacks = head_lacks(msg->head, kind_needs[i].needs);
        if (lacks) return tg_fail(em, TG_EVALUE, ": %s is missing; this kind must state it", lacks);
    }
    return TG_OK;
}

static tg_err selector_rule(Tamga__V1__Selector *msg, struct tg_arena *arena, struct tg_errmsg *em)
{
    struct tg_selector selector;
    tg_err err = tg_selector_of_message(msg, &selector, em);
    if (err) return err;
    if (!(selector.flags & TG_SELECTOR_MASKED)) return TG_OK;
    msg->value = tg_arena_text(arena, tg_selector_form(&selector));
    return msg->value ? TG_OK : tg_fail(em, TG_ENOMEM, "over the memory budget");
}

static tg_err named_selectors_rule(Tamga__V1__Selector **selectors, size_t count, const char *name,
                                   struct tg_arena *arena, struct tg_errmsg *em)
{
    for (size_t i = 0; i < count; i++) {
        tg_err err = selector_rule(selectors[i], arena, em);
        if (err) return tg_context(em, err, "%s[%zu]", name, i);
    }
    return TG_OK;
}

static tg_err selectors_rule(Tamga__V1__Selector **selectors, size_t count, struct tg_arena *arena,
                             struct tg_errmsg *em)
{
    return named_selectors_rule(selectors, count, "selectors", arena, em);
}

static tg_err items_rule(Tamga__V1__Incident *incident, struct tg_arena *arena, struct tg_errmsg *em)
{
    for (size_t i = 0; i < incident->n_items; i++) {
        tg_err err =
            selectors_rule(incident->items[i]->selectors, incident->items[i]->n_selectors, arena, em);
        if (err) {
            (void)tg_path_in(em, err, "items");
            return tg_path_index(em, err, "items", i);
        }
    }
    return TG_OK;
}

static tg_err subject_rule(Tamga__V1__Subject *subject, const char *name, struct tg_arena *arena,
                           struct tg_errmsg *em)
{
    tg_err err = subject->selector ? selector_rule(subject->selector, arena, em) : TG_OK;
    return err ? tg_context(em, err, "%s.selector", name) : TG_OK;
}

static tg_err subjects_rule(Tamga__V1__Subject **subjects, size_t count, const char *name,
                            struct tg_arena *arena, struct tg_errmsg *em)
{
    for (size_t i = 0; i < count; i++) {
        tg_err err = subjects[i]->selector ? selector_rule(subjects[i]->selector, arena, em) : TG_OK;
        if (err) return tg_context(em, err, "%s[%zu].selector", name, i);
    }
    return TG_OK;
}

static tg_err contact_rule(Tamga__V1__Contact *contact, struct tg_arena *arena, struct tg_errmsg *em)
{
    tg_err err = named_selectors_rule(contact->initiators, contact->n_initiators, "initiators", arena, em);
    if (!err) err = named_selectors_rule(contact->receivers, contact->n_receivers, "receivers", arena, em);
    return err ? err : subjects_rule(contact->persons, contact->n_persons, "persons", arena, em);
}

static tg_err link_rule(Tamga__V1__Link *link, struct tg_arena *arena, struct tg_errmsg *em)
{
    tg_err err = subject_rule(link->subject, "subject", arena, em);
    return err ? err : subject_rule(link->object, "object", arena, em);
}

static tg_err sighting_rule(Tamga__V1__Sighting *sighting, struct tg_arena *arena, struct tg_errmsg *em)
{
    tg_err err = sighting->selector ? selector_rule(sighting->selector, arena, em) : TG_OK;
    return err ? tg_context(em, err, "selector") : TG_OK;
}

tg_err tg_record_rules_selectors(Tamga__V1__Record *msg, struct tg_arena *arena, struct tg_errmsg *em)
{
    switch ((int)msg->body_case) {
    case TG_KIND_ALERT:
        return selectors_rule(msg->alert->selectors, msg->alert->n_selectors, arena, em);
    case TG_KIND_INDICATOR:
        return selectors_rule(msg->indicator->selectors, msg->indicator->n_selectors, arena, em);
    case TG_KIND_PERSON:
        return selectors_rule(msg->person->selectors, msg->person->n_selectors, arena, em);
    case TG_KIND_CELL:
        return selectors_rule(msg->cell->selectors, msg->cell->n_selectors, arena, em);
    case TG_KIND_INCIDENT:
        return items_rule(msg->incident, arena, em);
    case TG_KIND_CONTACT:
        return contact_rule(msg->contact, arena, em);
    case TG_KIND_CUSTODY:
        return subject_rule(msg->custody->person, "person", arena, em);
    case TG_KIND_LINK:
        return link_rule(msg->link, arena, em);
    case TG_KIND_REQUEST:
        return subjects_rule(msg->request->subjects, msg->request->n_subjects, "subjects", arena, em);
    case TG_KIND_SIGHTING:
        return sighting_rule(msg->sighting, arena, em);
    default:
        return TG_OK;
    }
}
