/* The table of all fields, and access to generated messages through it.
 *
 * Must not know: who walks it. Described in proto/tamga.proto; a unit test compares every row with the schema.
 */
#include "proto/record_fields.h"

#include <stddef.h>
#include <string.h>

#define REQUIRED TG_FIELD_REQUIRED
#define ZERO_STATED TG_FIELD_ZERO_STATED
#define UPPER TG_FIELD_UPPER

#define ROW(owner, member, own, shape_, bytes_, many_, count_, sub_, flags_)                             \
    {                                                                                                    \
        .name = #member, .shape = TG_SHAPE_##shape_, .flags = (flags_), .many = (many_),                 \
        .max_bytes = (bytes_), .offset = offsetof(struct tg_rec_##owner, own), .count_offset = (count_), \
        .sub = (sub_)                                                                                    \
    }
#define COUNT_OF(owner, member) offsetof(struct tg_rec_##owner, member##_count)
#define ONE(owner, member, shape, flags) ROW(owner, member, member, shape, TG_HASH_BYTES, 0, 0, NULL, flags)
#define ONE_TIME(owner, member, flags) ROW(owner, member, member##_ms, TIME, 0, 0, 0, NULL, flags)
#define ONE_TEXT(owner, member, shape, bytes, flags) \
    ROW(owner, member, member, shape, bytes, 0, 0, NULL, flags)
#define ONE_MESSAGE(owner, member, info, flags) ROW(owner, member, member, MESSAGE, 0, 0, 0, &(info), flags)
#define MANY_TEXTS(owner, member, shape, bytes, many, flags) \
    ROW(owner, member, member, shape, bytes, many, COUNT_OF(owner, member), NULL, flags)
#define MANY_IDS(owner, member, many, flags) \
    ROW(owner, member, member, ID, TG_HASH_BYTES, many, COUNT_OF(owner, member), NULL, flags)
#define MANY_MESSAGES(owner, member, many, info, flags) \
    ROW(owner, member, member, MESSAGE, 0, many, COUNT_OF(owner, member), &(info), flags)
#define INFO(storage, variable, owner, message, descriptor)             \
    storage struct tg_message_info variable = {                         \
        .name = #message,                                               \
        .pb = &(descriptor),                                            \
        .fields = fields_##owner,                                       \
        .fields_count = sizeof fields_##owner / sizeof *fields_##owner, \
        .own_bytes = sizeof(struct tg_rec_##owner),                     \
    }

static const struct tg_field fields_source[] = {
    ONE(source, type, ENUM, REQUIRED),
    ONE_TEXT(source, name, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(source, reference, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE(source, date, DATE, 0),
};
INFO(static const, info_source, source, Source, tamga__v1__source__descriptor);

static const struct tg_field fields_handling[] = {
    ONE(handling, tlp, ENUM, REQUIRED),
    ONE(handling, pap, ENUM, 0),
    ONE(handling, release, ENUM, 0),
    ONE_TEXT(handling, release_authority, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(handling, purpose, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(handling, legal_basis, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(handling, review, DATE, 0),
    ONE(handling, expiry, DATE, 0),
};
INFO(static const, info_handling, handling, Handling, tamga__v1__handling__descriptor);

static const struct tg_field fields_grading[] = {
    ONE(grading, reliability, ENUM, REQUIRED | UPPER),
    ONE(grading, credibility, ENUM, REQUIRED | UPPER),
};
INFO(static const, info_grading, grading, Grading, tamga__v1__grading__descriptor);

static const struct tg_field fields_reference[] = {
    ONE(reference, id, ID, REQUIRED),
    ONE(reference, role, ENUM, 0),
};
INFO(static const, info_reference, reference, Reference, tamga__v1__reference__descriptor);

static const struct tg_field fields_listing[] = {
    ONE(listing, listed_on, DATE, 0),
    ONE(listing, updated, DATE, 0),
    ONE_TEXT(listing, programme, LINE, TG_LABEL_BYTES_MAX, 0),
};
INFO(static const, info_listing, listing, Listing, tamga__v1__listing__descriptor);

static const struct tg_field fields_head[] = {
    ONE_TEXT(head, list, KEY, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(head, external_id, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(head, agency, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(head, desk, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_MESSAGE(head, source, info_source, 0),
    ONE(head, observed_from, DATE, 0),
    ONE(head, observed_to, DATE, 0),
    ONE_TIME(head, reported, 0),
    ONE_TEXT(head, language, LANGUAGE, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(head, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_MESSAGE(head, handling, info_handling, REQUIRED),
    ONE_MESSAGE(head, grading, info_grading, 0),
    ONE(head, supersedes, ID, 0),
    MANY_MESSAGES(head, refers, TG_REFERS_MAX, info_reference, 0),
    ONE_MESSAGE(head, listing, info_listing, 0),
    MANY_TEXTS(head, critical, PATH, TG_LABEL_BYTES_MAX, TG_LIST_ITEMS_MAX, 0),
};
INFO(const, tg_head_info, head, Head, tamga__v1__head__descriptor);

static const struct tg_field fields_name[] = {
    ONE_TEXT(name, text, LINE, TG_NAME_BYTES_MAX, REQUIRED),
    ONE_TEXT(name, script, SCRIPT, 4, 0),
    ONE(name, kind, ENUM, 0),
    ONE_TEXT(name, language, LANGUAGE, TG_LABEL_BYTES_MAX, 0),
};
INFO(static const, info_name, name, Name, tamga__v1__name__descriptor);

static const struct tg_field fields_birth[] = {
    ONE(birth, date, DATE, 0),
    ONE(birth, date_to, DATE, 0),
    ONE(birth, approximate, FLAG, 0),
    ONE_TEXT(birth, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_birth, birth, Birth, tamga__v1__birth__descriptor);

static const struct tg_field fields_point[] = {
    ONE(point, latitude_e7, NUMBER, 0),
    ONE(point, longitude_e7, NUMBER, 0),
};
INFO(static const, info_point, point, Point, tamga__v1__point__descriptor);

static const struct tg_field fields_place[] = {
    ONE(place, role, ENUM, 0),
    ONE_TEXT(place, name, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(place, country, COUNTRY, 2, 0),
    ONE_TEXT(place, region, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(place, city, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(place, street, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(place, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_MESSAGE(place, point, info_point, 0),
    ONE_TEXT(place, country_text, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_place, place, Place, tamga__v1__place__descriptor);

static const struct tg_field fields_nationality[] = {
    ONE_TEXT(nationality, country, COUNTRY, 2, 0),
    ONE_TEXT(nationality, text, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(nationality, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_nationality, nationality, Nationality, tamga__v1__nationality__descriptor);

static const struct tg_field fields_document[] = {
    ONE(document, type, ENUM, 0),
    ONE_TEXT(document, number, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(document, country, COUNTRY, 2, 0),
    ONE(document, issued, DATE, 0),
    ONE(document, expires, DATE, 0),
    ONE_TEXT(document, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(document, type_text, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(document, country_text, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(document, city, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_document, document, Document, tamga__v1__document__descriptor);

static const struct tg_field fields_selector[] = {
    ONE(selector, type, ENUM, REQUIRED),
    ONE_TEXT(selector, value, LINE, TG_SHORT_TEXT_BYTES_MAX, REQUIRED),
    ONE_TEXT(selector, country, COUNTRY, 2, 0),
    ONE_TEXT(selector, note, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(selector, from, DATE, 0),
    ONE(selector, to, DATE, 0),
};
INFO(const, tg_selector_info, selector, Selector, tamga__v1__selector__descriptor);

static const struct tg_field fields_facility_ref[] = {
    ONE_TEXT(facility_ref, name, LINE, TG_NAME_BYTES_MAX, 0),
    ONE(facility_ref, id, ID, 0),
    ONE_TEXT(facility_ref, country, COUNTRY, 2, 0),
};
INFO(static const, info_facility_ref, facility_ref, FacilityRef, tamga__v1__facility_ref__descriptor);

static const struct tg_field fields_estimate[] = {
    ONE(estimate, low, COUNT, 0),
    ONE(estimate, high, COUNT, 0),
    ONE(estimate, as_of, DATE, 0),
    ONE_TEXT(estimate, basis, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_estimate, estimate, Estimate, tamga__v1__estimate__descriptor);

static const struct tg_field fields_subject[] = {
    ONE(subject, id, ID, 0),
    ONE_TEXT(subject, name, LINE, TG_NAME_BYTES_MAX, 0),
    ONE_MESSAGE(subject, selector, tg_selector_info, 0),
    ONE(subject, kind, ENUM, 0),
};
INFO(static const, info_subject, subject, Subject, tamga__v1__subject__descriptor);

static const struct tg_field fields_alert[] = {
    ONE(alert, nature, ENUM, REQUIRED),
    ONE(alert, precedence, ENUM, ZERO_STATED),
    ONE(alert, thread, ENUM, 0),
    ONE(alert, thread_of, ID, 0),
    ONE_TEXT(alert, title, LINE, TG_SHORT_TEXT_BYTES_MAX, REQUIRED),
    ONE_TEXT(alert, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE(alert, incident, ENUM, 0),
    ONE_MESSAGE(alert, facility, info_facility_ref, 0),
    ONE_MESSAGE(alert, place, info_place, 0),
    ONE_TIME(alert, at, 0),
    ONE_TEXT(alert, asked, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(alert, contact, LINE, TG_LABEL_BYTES_MAX, 0),
    MANY_MESSAGES(alert, selectors, TG_SELECTORS_MAX, tg_selector_info, 0),
};
INFO(static const, info_alert, alert, Alert, tamga__v1__alert__descriptor);

static const struct tg_field fields_indicator[] = {
    MANY_MESSAGES(indicator, selectors, TG_SELECTORS_MAX, tg_selector_info, REQUIRED),
    ONE_TEXT(indicator, use, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(indicator, valid_from, DATE, 0),
    ONE(indicator, valid_until, DATE, 0),
    ONE(indicator, cell, ID, 0),
    ONE(indicator, person, ID, 0),
    ONE(indicator, on_hit, ENUM, 0),
    ONE_TEXT(indicator, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE_TEXT(indicator, category, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_MESSAGE(indicator, facility, info_facility_ref, 0),
};
INFO(static const, info_indicator, indicator, Indicator, tamga__v1__indicator__descriptor);

static const struct tg_field fields_person[] = {
    MANY_MESSAGES(person, names, TG_NAMES_MAX, info_name, REQUIRED),
    MANY_MESSAGES(person, births, TG_BIRTHS_MAX, info_birth, 0),
    ONE(person, sex, ENUM, 0),
    MANY_MESSAGES(person, places, TG_PLACES_MAX, info_place, 0),
    MANY_MESSAGES(person, nationalities, TG_LIST_ITEMS_MAX, info_nationality, 0),
    MANY_MESSAGES(person, documents, TG_DOCUMENTS_MAX, info_document, 0),
    MANY_MESSAGES(person, selectors, TG_SELECTORS_MAX, tg_selector_info, 0),
    MANY_TEXTS(person, roles, LINE, TG_SHORT_TEXT_BYTES_MAX, TG_LIST_ITEMS_MAX, 0),
    ONE(person, status, ENUM, REQUIRED),
    ONE(person, minor, FLAG, 0),
    ONE_TEXT(person, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    MANY_TEXTS(person, titles, LINE, TG_SHORT_TEXT_BYTES_MAX, TG_LIST_ITEMS_MAX, 0),
};
INFO(static const, info_person, person, Person, tamga__v1__person__descriptor);

static const struct tg_field fields_cell[] = {
    MANY_MESSAGES(cell, names, TG_NAMES_MAX, info_name, 0),
    ONE(cell, kind, ENUM, 0),
    ONE_MESSAGE(cell, area, info_place, 0),
    ONE_MESSAGE(cell, facility, info_facility_ref, 0),
    ONE_MESSAGE(cell, size, info_estimate, 0),
    ONE(cell, status, ENUM, 0),
    ONE_TEXT(cell, parent, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(cell, parent_id, ID, 0),
    MANY_MESSAGES(cell, places, TG_PLACES_MAX, info_place, 0),
    MANY_MESSAGES(cell, selectors, TG_SELECTORS_MAX, tg_selector_info, 0),
    ONE_TEXT(cell, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_cell, cell, Cell, tamga__v1__cell__descriptor);

static const struct tg_field fields_occupancy[] = {
    ONE(occupancy, held, COUNT, 0),
    ONE(occupancy, staff, COUNT, 0),
    ONE(occupancy, as_of, DATE, 0),
};
INFO(static const, info_occupancy, occupancy, Occupancy, tamga__v1__occupancy__descriptor);

static const struct tg_field fields_facility[] = {
    MANY_MESSAGES(facility, names, TG_NAMES_MAX, info_name, REQUIRED),
    ONE(facility, kind, ENUM, 0),
    ONE_TEXT(facility, regime, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(facility, capacity, COUNT, 0),
    ONE_MESSAGE(facility, occupancy, info_occupancy, 0),
    ONE_TEXT(facility, operator, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_MESSAGE(facility, place, info_place, 0),
    ONE_TEXT(facility, country, COUNTRY, 2, 0),
    ONE_TEXT(facility, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_facility, facility, Facility, tamga__v1__facility__descriptor);

static const struct tg_field fields_casualties[] = {
    ONE(casualties, group, ENUM, 0),
    ONE(casualties, killed, COUNT, 0),
    ONE(casualties, injured, COUNT, 0),
};
INFO(static const, info_casualties, casualties, Casualties, tamga__v1__casualties__descriptor);

static const struct tg_field fields_item[] = {
    ONE(item, item_class, ENUM, 0),
    ONE_TEXT(item, description, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(item, quantity, COUNT, 0),
    MANY_MESSAGES(item, selectors, TG_SELECTORS_MAX, tg_selector_info, 0),
    ONE_TEXT(item, concealment, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(item, route, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_item, item, Item, tamga__v1__item__descriptor);

static const struct tg_field fields_incident[] = {
    ONE(incident, kind, ENUM, REQUIRED),
    ONE(incident, from, DATE, 0),
    ONE(incident, to, DATE, 0),
    ONE_TIME(incident, at, 0),
    ONE_MESSAGE(incident, facility, info_facility_ref, 0),
    ONE_MESSAGE(incident, place, info_place, 0),
    ONE_TEXT(incident, title, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(incident, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE_TEXT(incident, outcome, BLOCK, TG_SHORT_TEXT_BYTES_MAX, 0),
    MANY_MESSAGES(incident, casualties, TG_LIST_ITEMS_MAX, info_casualties, 0),
    ONE_MESSAGE(incident, participants, info_estimate, 0),
    ONE_MESSAGE(incident, occurrences, info_estimate, 0),
    MANY_MESSAGES(incident, items, TG_LIST_ITEMS_MAX, info_item, 0),
    ONE(incident, status, ENUM, 0),
};
INFO(static const, info_incident, incident, Incident, tamga__v1__incident__descriptor);

static const struct tg_field fields_assessment[] = {
    ONE_TEXT(assessment, scope, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(assessment, country, COUNTRY, 2, 0),
    ONE_MESSAGE(assessment, facility, info_facility_ref, 0),
    ONE(assessment, factor, ENUM, REQUIRED),
    ONE_TEXT(assessment, text, BLOCK, TG_TEXT_BYTES_MAX, REQUIRED),
    ONE(assessment, severity, ENUM, 0),
    ONE_TEXT(assessment, basis, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(assessment, as_of, DATE, 0),
    MANY_IDS(assessment, answered_by, TG_LIST_ITEMS_MAX, 0),
};
INFO(static const, info_assessment, assessment, Assessment, tamga__v1__assessment__descriptor);

static const struct tg_field fields_metric[] = {
    ONE_TEXT(metric, name, LINE, TG_SHORT_TEXT_BYTES_MAX, REQUIRED),
    ONE_TEXT(metric, baseline, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(metric, current, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(metric, as_of, DATE, 0),
};
INFO(static const, info_metric, metric, Metric, tamga__v1__metric__descriptor);

static const struct tg_field fields_measure[] = {
    ONE_TEXT(measure, area, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(measure, action, LINE, TG_SHORT_TEXT_BYTES_MAX, REQUIRED),
    ONE_TEXT(measure, objective, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(measure, expected_outcome, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(measure, responsible, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(measure, start, DATE, 0),
    ONE(measure, due, DATE, 0),
    ONE(measure, status, ENUM, 0),
    ONE_MESSAGE(measure, metric, info_metric, 0),
    ONE_TEXT(measure, country, COUNTRY, 2, 0),
    ONE_MESSAGE(measure, facility, info_facility_ref, 0),
    ONE(measure, time_limit_months, COUNT, 0),
    ONE_TEXT(measure, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_measure, measure, Measure, tamga__v1__measure__descriptor);

static const struct tg_field fields_withdrawal[] = {
    ONE(withdrawal, target, ID, REQUIRED),
    ONE(withdrawal, reason, ENUM, REQUIRED),
    ONE_TEXT(withdrawal, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE(withdrawal, successor, ID, 0),
    ONE_TIME(withdrawal, deadline, 0),
};
INFO(static const, info_withdrawal, withdrawal, Withdrawal, tamga__v1__withdrawal__descriptor);

static const struct tg_field fields_contact[] = {
    ONE(contact, kind, ENUM, REQUIRED),
    MANY_MESSAGES(contact, initiators, TG_SELECTORS_MAX, tg_selector_info, 0),
    MANY_MESSAGES(contact, receivers, TG_SELECTORS_MAX, tg_selector_info, 0),
    MANY_MESSAGES(contact, persons, TG_LIST_ITEMS_MAX, info_subject, 0),
    ONE(contact, from, DATE, 0),
    ONE(contact, to, DATE, 0),
    ONE_TIME(contact, at, 0),
    ONE(contact, times, COUNT, 0),
    ONE_MESSAGE(contact, facility, info_facility_ref, 0),
    ONE_MESSAGE(contact, place, info_place, 0),
    ONE_TEXT(contact, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_contact, contact, Contact, tamga__v1__contact__descriptor);

static const struct tg_field fields_custody[] = {
    ONE_MESSAGE(custody, person, info_subject, REQUIRED),
    ONE_MESSAGE(custody, facility, info_facility_ref, REQUIRED),
    ONE(custody, status, ENUM, REQUIRED),
    ONE(custody, from, DATE, 0),
    ONE(custody, to, DATE, 0),
    ONE(custody, expected_release, DATE, 0),
    ONE_TEXT(custody, section, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(custody, regime, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(custody, sentence, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(custody, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_custody, custody, Custody, tamga__v1__custody__descriptor);

static const struct tg_field fields_link[] = {
    ONE_MESSAGE(link, subject, info_subject, REQUIRED),
    ONE(link, relation, ENUM, REQUIRED),
    ONE_MESSAGE(link, object, info_subject, REQUIRED),
    ONE_TEXT(link, detail, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE(link, from, DATE, 0),
    ONE(link, to, DATE, 0),
    ONE_TEXT(link, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_link, link, Link, tamga__v1__link__descriptor);

static const struct tg_field fields_request[] = {
    ONE_TEXT(request, title, LINE, TG_SHORT_TEXT_BYTES_MAX, REQUIRED),
    ONE_TEXT(request, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE_TIME(request, due, 0),
    MANY_MESSAGES(request, subjects, TG_LIST_ITEMS_MAX, info_subject, 0),
    ONE_TEXT(request, contact, LINE, TG_LABEL_BYTES_MAX, 0),
};
INFO(static const, info_request, request, Request, tamga__v1__request__descriptor);

static const struct tg_field fields_answer[] = {
    ONE(answer, request, ID, REQUIRED),
    ONE(answer, outcome, ENUM, REQUIRED),
    ONE_TEXT(answer, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    MANY_IDS(answer, records, TG_LIST_ITEMS_MAX, 0),
};
INFO(static const, info_answer, answer, Answer, tamga__v1__answer__descriptor);

static const struct tg_field fields_sighting[] = {
    ONE(sighting, target, ID, REQUIRED),
    ONE(sighting, outcome, ENUM, REQUIRED),
    ONE_TIME(sighting, at, 0),
    ONE_MESSAGE(sighting, facility, info_facility_ref, 0),
    ONE_MESSAGE(sighting, place, info_place, 0),
    ONE_TEXT(sighting, name, LINE, TG_NAME_BYTES_MAX, 0),
    ONE(sighting, birth, DATE, 0),
    ONE_MESSAGE(sighting, document, info_document, 0),
    ONE(sighting, until, DATE, 0),
    ONE_MESSAGE(sighting, selector, tg_selector_info, 0),
    ONE_TEXT(sighting, action, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(sighting, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE(sighting, follows, ID, 0),
};
INFO(static const, info_sighting, sighting, Sighting, tamga__v1__sighting__descriptor);

static const struct tg_field fields_sameness[] = {
    ONE(sameness, first, ID, REQUIRED),
    ONE(sameness, second, ID, REQUIRED),
    ONE(sameness, verdict, ENUM, REQUIRED),
    ONE_TEXT(sameness, basis, LINE, TG_SHORT_TEXT_BYTES_MAX, 0),
    ONE_TEXT(sameness, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_sameness, sameness, Sameness, tamga__v1__sameness__descriptor);

static const struct tg_field fields_dispute[] = {
    ONE(dispute, target, ID, REQUIRED), ONE(dispute, ground, ENUM, 0),
    ONE(dispute, raised_by, ENUM, 0),   ONE_TEXT(dispute, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
    ONE_TIME(dispute, deadline, 0),     ONE(dispute, decides, ID, 0),
    ONE(dispute, decision, ENUM, 0),
};
INFO(static const, info_dispute, dispute, Dispute, tamga__v1__dispute__descriptor);

static const struct tg_field fields_acknowledgement[] = {
    ONE(acknowledgement, target, ID, REQUIRED),
    ONE(acknowledgement, state, ENUM, REQUIRED),
    ONE_TIME(acknowledgement, at, 0),
    ONE_TEXT(acknowledgement, by, LINE, TG_LABEL_BYTES_MAX, 0),
    ONE_TEXT(acknowledgement, text, BLOCK, TG_TEXT_BYTES_MAX, 0),
};
INFO(static const, info_acknowledgement, acknowledgement, Acknowledgement,
     tamga__v1__acknowledgement__descriptor);

const struct tg_message_info *const tg_message_infos[] = {
    &tg_head_info,     &info_source,          &info_handling,    &info_grading,
    &info_reference,   &info_listing,         &info_name,        &info_birth,
    &info_point,       &info_place,           &info_nationality, &info_document,
    &tg_selector_info, &info_facility_ref,    &info_estimate,    &info_alert,
    &info_indicator,   &info_person,          &info_cell,        &info_occupancy,
    &info_facility,    &info_casualties,      &info_item,        &info_incident,
    &info_assessment,  &info_metric,          &info_measure,     &info_withdrawal,
    &info_subject,     &info_contact,         &info_custody,     &info_link,
    &info_request,     &info_answer,          &info_sighting,    &info_sameness,
    &info_dispute,     &info_acknowledgement,
};
const size_t tg_message_infos_count = sizeof tg_message_infos / sizeof *tg_message_infos;

const struct tg_kind_row tg_kind_rows[] = {
    {TG_KIND_ALERT, "alert", &info_alert},
    {TG_KIND_INDICATOR, "indicator", &info_indicator},
    {TG_KIND_PERSON, "person", &info_person},
    {TG_KIND_CELL, "cell", &info_cell},
    {TG_KIND_FACILITY, "facility", &info_facility},
    {TG_KIND_INCIDENT, "incident", &info_incident},
    {TG_KIND_ASSESSMENT, "assessment", &info_assessment},
    {TG_KIND_MEASURE, "measure", &info_measure},
    {TG_KIND_WITHDRAWAL, "withdrawal", &info_withdrawal},
    {TG_KIND_CONTACT, "contact", &info_contact},
#ifndef TG_CONTROL_OLDER_SCHEMA
    {TG_KIND_CUSTODY, "custody", &info_custody},
#endif
    {TG_KIND_LINK, "link", &info_link},
    {TG_KIND_REQUEST, "request", &info_request},
    {TG_KIND_ANSWER, "answer", &info_answer},
    {TG_KIND_SIGHTING, "sighting", &info_sighting},
    {TG_KIND_SAMENESS, "sameness", &info_sameness},
    {TG_KIND_DISPUTE, "dispute", &info_dispute},
    {TG_KIND_ACKNOWLEDGEMENT, "acknowledgement", &info_acknowledgement},
};
const size_t tg_kind_rows_count = sizeof tg_kind_rows / sizeof *tg_kind_rows;

const struct tg_kind_row *tg_kind_row_of(enum tg_kind kind)
{
    for (size_t i = 0; i < tg_kind_rows_count; i++) {
        if (tg_kind_rows[i].kind == kind) return &tg_kind_rows[i];
    }
    return NULL;
}

int tg_field_of_number(const struct tg_message_info *info, uint32_t number)
{
    for (size_t i = 0; i < info->fields_count; i++) {
        if (info->pb->fields[i].id == number) return (int)i;
    }
    return -1;
}

static const uint8_t *member(const ProtobufCMessage *msg, size_t offset)
{
    return (const uint8_t *)msg + offset;
}

static bool scalar_stated(const uint8_t *at, ProtobufCType type)
{
    ProtobufCBinaryData data;
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
        return tg_pb_text(at)[0] != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        memcpy(&data, at, sizeof data);
        return data.len != 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return tg_pb_message(at) != NULL;
    case PROTOBUF_C_TYPE_INT64:
        return tg_pb_i64(at) != 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return tg_pb_i32(at) != 0;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break; /* the schema has none */
    }
    return false;
}

size_t tg_pb_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count;
        memcpy(&count, member(msg, field->quantifier_offset), sizeof count);
        return count;
    }
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t chosen;
        memcpy(&chosen, member(msg, field->quantifier_offset), sizeof chosen);
        return chosen == field->id;
    }
    return scalar_stated(member(msg, field->offset), field->type);
}

static size_t element_bytes(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

const void *tg_pb_at(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field, size_t i)
{
    const uint8_t *at = member(msg, field->offset);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) return at;
    const uint8_t *elements;
    memcpy(&elements, at, sizeof elements);
    return elements + i * element_bytes(field->type);
}

const char *tg_pb_text(const void *element)
{
    const char *text;
    memcpy(&text, element, sizeof text);
    return text ? text : "";
}

struct tg_view tg_pb_bytes(const void *element)
{
    ProtobufCBinaryData data;
    memcpy(&data, element, sizeof data);
    return tg_view_of(data.data, data.len);
}

const ProtobufCMessage *tg_pb_message(const void *element)
{
    const ProtobufCMessage *msg;
    memcpy(&msg, element, sizeof msg);
    return msg;
}

int32_t tg_pb_i32(const void *element)
{
    int32_t value;
    memcpy(&value, element, sizeof value);
    return value;
}

int64_t tg_pb_i64(const void *element)
{
    int64_t value;
    memcpy(&value, element, sizeof value);
    return value;
}

static bool day_in_calendar(struct tg_date date)
{
    struct tg_date month = {.year = date.year, .month = date.month};
    return date.day <= tg_date_last_day(month) - tg_date_first_day(month) + 1;
}

bool tg_pb_date(const ProtobufCMessage *msg, struct tg_date *ret_date)
{
    struct tg_date date = {0};
    if (msg) {
        Tamga__V1__Date parts;
        memcpy(&parts, msg, sizeof parts);
        if (parts.year < 1 || parts.year > 9999 || parts.month < 0 || parts.month > 12) return false;
        if (parts.day < 0 || parts.day > 31 || (parts.day && !parts.month)) return false;
        date = (struct tg_date){(int16_t)parts.year, (uint8_t)parts.month, (uint8_t)parts.day};
        if (parts.day > 28 && !day_in_calendar(date)) return false;
    }
    *ret_date = date;
    return true;
}

tg_err tg_selector_of_message(const Tamga__V1__Selector *msg, struct tg_selector *ret_selector,
                              struct tg_errmsg *em)
{
    enum tg_selector_type type;
    if (tg_selector_type_of_number((uint32_t)msg->type, &type)) {
        return tg_fail(em, TG_EVALUE, "selector type %d is unknown here", (int)msg->type);
    }
    const char *country = msg->country[0] ? msg->country : NULL;
    return tg_selector_normalise(type, tg_view_str(msg->value), country, ret_selector, em);
}

tg_err tg_path_in(struct tg_errmsg *em, tg_err err, const char *name)
{
    if (!em) return err;
    struct tg_errmsg before = *em;
    return tg_fail(em, err, "%s%s%s", name, before.text[0] == ':' ? "" : ".", before.text);
}

tg_err tg_path_index(struct tg_errmsg *em, tg_err err, const char *name, size_t i)
{
    if (!em) return err;
    struct tg_errmsg before = *em;
    size_t length = strlen(name);
    if (strncmp(before.text, name, length) != 0) return tg_context(em, err, "%s[%zu]", name, i);
    return tg_fail(em, err, "%s[%zu]%s", name, i, before.text + length);
}
