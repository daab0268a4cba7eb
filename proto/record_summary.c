/* One line that says what a record is.
 *
 * Must not know: terminals (text of peers is in it unescaped), bytes.
 */
#include <inttypes.h>
#include <string.h>

#include "proto/record_fields.h"

struct line {
    struct tg_buf *out;
    tg_err err;
};

static void put(struct line *line, const char *text)
{
    if (!line->err) line->err = tg_buf_put_str(line->out, text);
}

/* text behind a lead, when there is a text. */
static void put_with(struct line *line, const char *lead, const char *text)
{
    if (!text[0]) return;
    put(line, lead);
    put(line, text);
}

static void put_number(struct line *line, int64_t number)
{
    if (!line->err) line->err = tg_buf_putf(line->out, "%" PRId64, number);
}

static void put_date(struct line *line, const char *lead, struct tg_date date)
{
    char text[TG_DATE_TEXT_BYTES];
    if (!tg_date_known(date)) return;
    tg_date_format(date, text);
    put_with(line, lead, text);
}

/* An enumeration's name in words; "newer value 17" when it is unknown; nothing when not stated. */
static void put_enum(struct line *line, const char *lead, enum tg_rec_enum which, int value)
{
    const char *name = tg_enum_name(which, value);
    if (value == 0) return;
    put(line, lead);
    if (!name) {
        put(line, "newer value ");
        put_number(line, value);
        return;
    }
    for (; *name; name++) {
        char c[2] = {*name == '_' ? ' ' : *name, '\0'};
        put(line, c);
    }
}

static void put_estimate(struct line *line, const struct tg_rec_estimate *estimate)
{
    bool low = estimate->low != TG_REC_UNKNOWN, high = estimate->high != TG_REC_UNKNOWN;
    if (!low && !high) return;
    if (low && !high) put(line, "at least ");
    if (!low) put(line, "at most ");
    if (low) put_number(line, estimate->low);
    if (low && high && estimate->low != estimate->high) put(line, "-");
    if (high && (!low || estimate->low != estimate->high)) put_number(line, estimate->high);
}

static void put_facility(struct line *line, const char *lead, const struct tg_rec_facility_ref *facility)
{
    if (!facility->present) return;
    put_with(line, lead, facility->name[0] ? facility->name : "a facility");
    put_with(line, ", ", facility->country);
}

/* The primary name, else the first. */
static const char *main_name(const struct tg_rec_name *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].kind == TG_NAME_KIND_PRIMARY) return names[i].text;
    }
    return count ? names[0].text : "";
}

static void put_alert(struct line *line, const struct tg_record *rec)
{
    static const char *const precedences[] = {"routine", "PRIORITY", "IMMEDIATE", "FLASH"};
    static const char *const threads[] = {"", " update", " answer", " stand-down"};
    const struct tg_rec_alert *alert = rec->alert;
    unsigned precedence = (unsigned)alert->precedence, thread = (unsigned)alert->thread;
    if (alert->nature == TG_NATURE_EXERCISE)
        put(line, "EXERCISE ");
    else if (alert->nature == TG_NATURE_TEST)
        put(line, "TEST ");
    else if (alert->nature != TG_NATURE_ACTUAL)
        put(line, "NEWER NATURE ");
    put(line, precedence < 4 ? precedences[precedence] : "newer precedence");
    put(line, " alert");
    put(line, thread < 4 ? threads[thread] : " of a newer thread kind");
    put_with(line, ": ", alert->title);
    bool named = alert->facility->name[0] && strstr(alert->title, alert->facility->name);
    if (!named) put_facility(line, " at ", alert->facility);
}

static void put_indicator(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_indicator *indicator = rec->indicator;
    const struct tg_rec_selector *first = indicator->selectors;
    const char *type = tg_selector_name(first->type);
    put_with(line, "indicator: ", type ? type : "newer selector");
    put_with(line, " ", first->value);
    if (indicator->selectors_count > 1) {
        put(line, " and ");
        put_number(line, (int64_t)indicator->selectors_count - 1);
        put(line, " more");
    }
    put_with(line, ", ", indicator->use);
    put_enum(line, ", on hit ", TG_ENUM_ON_HIT, (int)indicator->on_hit);
}

static void put_person(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_person *person = rec->person;
    put(line, "person: ");
    put(line, main_name(person->names, person->names_count));
    if (person->births_count && tg_date_known(person->births[0].date)) {
        put_date(line, person->births[0].approximate ? " (b. about " : " (b. ", person->births[0].date);
        if (tg_date_known(person->births[0].date_to)) put_date(line, "-", person->births[0].date_to);
        put(line, ")");
    }
    for (size_t i = 0; i < person->nationalities_count; i++) {
        const struct tg_rec_nationality *nationality = &person->nationalities[i];
        put_with(line, i ? "/" : " ", nationality->country[0] ? nationality->country : nationality->text);
    }
    put_enum(line, ", ", TG_ENUM_PERSON_STATUS, (int)person->status);
    if (person->minor) put(line, ", minor");
}

static void put_cell(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_cell *cell = rec->cell;
    put(line, "cell");
    put_with(line, ": ", main_name(cell->names, cell->names_count));
    put_facility(line, " at ", cell->facility);
    if (cell->area->present)
        put_with(line, " in ", cell->area->name[0] ? cell->area->name : cell->area->city);
    if (cell->size->low != TG_REC_UNKNOWN || cell->size->high != TG_REC_UNKNOWN) {
        put(line, ", ");
        put_estimate(line, cell->size);
        put(line, " members");
        put_date(line, " as of ", cell->size->as_of);
    }
    put_enum(line, ", ", TG_ENUM_CELL_STATUS, (int)cell->status);
}

static void put_facility_record(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_facility *facility = rec->facility;
    put_with(line, "facility: ", main_name(facility->names, facility->names_count));
    put_enum(line, ", ", TG_ENUM_FACILITY_KIND, (int)facility->kind);
    put_with(line, ", ", facility->country);
    put_with(line, ", ", facility->regime);
    if (facility->occupancy->held != TG_REC_UNKNOWN) {
        put(line, ", holds ");
        put_number(line, facility->occupancy->held);
        put_date(line, " as of ", facility->occupancy->as_of);
    }
    if (facility->capacity != TG_REC_UNKNOWN) {
        put(line, ", capacity ");
        put_number(line, facility->capacity);
    }
}

static void put_incident(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_incident *incident = rec->incident;
    put_enum(line, "incident: ", TG_ENUM_INCIDENT_KIND, (int)incident->kind);
    put_facility(line, " at ", incident->facility);
    if (incident->place->present)
        put_with(line, " in ", incident->place->name[0] ? incident->place->name : incident->place->city);
    if (incident->at_ms) {
        char text[TG_TIME_TEXT_BYTES];
        tg_time_format(incident->at_ms, text);
        put_with(line, ", ", text);
    } else {
        put_date(line, ", ", incident->from);
        put_date(line, tg_date_known(incident->from) ? " to " : ", until ", incident->to);
    }
    put_with(line, ": ", incident->title);
    put_enum(line, ", ", TG_ENUM_INCIDENT_STATUS, (int)incident->status);
}

static void put_assessment(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_assessment *assessment = rec->assessment;
    put_enum(line, "assessment: ", TG_ENUM_FACTOR, (int)assessment->factor);
    put_enum(line, ", ", TG_ENUM_SEVERITY, (int)assessment->severity);
    put_with(line, ", ", assessment->scope);
    put_with(line, ": ", assessment->text);
}

static void put_measure(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_measure *measure = rec->measure;
    put_with(line, "measure: ", measure->action);
    put_with(line, ", ", measure->responsible);
    put_date(line, ", due ", measure->due);
    put_enum(line, ", ", TG_ENUM_MEASURE_STATUS, (int)measure->status);
}

static void put_withdrawal(struct line *line, const struct tg_record *rec)
{
    char id[TG_HEX_BYTES(4)];
    tg_hex_encode(rec->withdrawal->target->bytes, 4, id);
    put_with(line, "withdrawal of ", id);
    put_enum(line, ": ", TG_ENUM_WITHDRAWAL_REASON, (int)rec->withdrawal->reason);
    put_with(line, ", ", rec->withdrawal->text);
}

static void put_id(struct line *line, const char *lead, const struct tg_hash *id)
{
    char text[TG_HEX_BYTES(4)];
    if (!id) return;
    tg_hex_encode(id->bytes, 4, text);
    put_with(line, lead, text);
}

static void put_time(struct line *line, const char *lead, int64_t ms)
{
    char text[TG_TIME_TEXT_BYTES];
    if (!ms) return;
    tg_time_format(ms, text);
    put_with(line, lead, text);
}

static void put_subject(struct line *line, const char *lead, const struct tg_rec_subject *subject)
{
    if (subject->name[0]) {
        put_with(line, lead, subject->name);
    } else if (subject->selector->present) {
        const char *type = tg_selector_name(subject->selector->type);
        put_with(line, lead, type ? type : "newer selector");
        put_with(line, " ", subject->selector->value);
    } else {
        put_id(line, lead, subject->id);
    }
}

static void put_selectors(struct line *line, const char *lead, const struct tg_rec_selector *selectors,
                          size_t count)
{
    if (!count) return;
    put_with(line, lead, selectors[0].value);
    if (count == 1) return;
    put(line, " and ");
    put_number(line, (int64_t)count - 1);
    put(line, " more");
}

static void put_contact(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_contact *contact = rec->contact;
    put_enum(line, "contact: ", TG_ENUM_CONTACT_KIND, (int)contact->kind);
    put_selectors(line, " from ", contact->initiators, contact->initiators_count);
    put_selectors(line, " to ", contact->receivers, contact->receivers_count);
    for (size_t i = 0; i < contact->persons_count && i < 2; i++)
        put_subject(line, i ? ", " : " with ", &contact->persons[i]);
    if (contact->times != TG_REC_UNKNOWN) {
        put(line, ", ");
        put_number(line, contact->times);
        put(line, contact->times == 1 ? " time" : " times");
    }
    put_date(line, ", ", contact->from);
    put_date(line, tg_date_known(contact->from) ? " to " : ", until ", contact->to);
    put_time(line, ", ", contact->at_ms);
    put_facility(line, " at ", contact->facility);
}

static void put_custody(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_custody *custody = rec->custody;
    put_subject(line, "custody: ", custody->person);
    put_enum(line, " ", TG_ENUM_CUSTODY_STATUS, (int)custody->status);
    put_facility(line, " at ", custody->facility);
    put_with(line, ", ", custody->section);
    put_date(line, ", since ", custody->from);
    put_date(line, ", until ", custody->to);
    put_date(line, ", release expected ", custody->expected_release);
}

static void put_link(struct line *line, const struct tg_record *rec)
{
    put_subject(line, "link: ", rec->link->subject);
    put_enum(line, " ", TG_ENUM_LINK_RELATION, (int)rec->link->relation);
    put_subject(line, " ", rec->link->object);
    put_with(line, ", ", rec->link->detail);
}

static void put_request(struct line *line, const struct tg_record *rec)
{
    put_with(line, "request: ", rec->request->title);
    put_time(line, ", due ", rec->request->due_ms);
}

static void put_answer(struct line *line, const struct tg_record *rec)
{
    put_id(line, "answer to ", rec->answer->request);
    put_enum(line, ": ", TG_ENUM_ANSWER_OUTCOME, (int)rec->answer->outcome);
    put_with(line, ", ", rec->answer->text);
}

static void put_sighting(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_sighting *sighting = rec->sighting;
    put_id(line, "sighting of ", sighting->target);
    put_enum(line, ": ", TG_ENUM_SIGHTING_OUTCOME, (int)sighting->outcome);
    put_with(line, ", ", sighting->name);
    if (sighting->outcome == TG_SIGHTING_OUTCOME_NOT_HIM) put_date(line, ", until ", sighting->until);
    put_facility(line, " at ", sighting->facility);
    put_with(line, ", ", sighting->action);
}

static void put_sameness(struct line *line, const struct tg_record *rec)
{
    put_id(line, "sameness: ", rec->sameness->first);
    put_id(line, " and ", rec->sameness->second);
    put_enum(line, ": ", TG_ENUM_SAMENESS_VERDICT, (int)rec->sameness->verdict);
    put_with(line, ", ", rec->sameness->basis);
}

static void put_dispute(struct line *line, const struct tg_record *rec)
{
    const struct tg_rec_dispute *dispute = rec->dispute;
    put_id(line, dispute->decides ? "decision on a dispute of " : "dispute of ", dispute->target);
    put_enum(line, ": ", TG_ENUM_DISPUTE_GROUND, (int)dispute->ground);
    put_enum(line, ": ", TG_ENUM_DISPUTE_DECISION, (int)dispute->decision);
    put_enum(line, ", raised by ", TG_ENUM_DISPUTE_RAISER, (int)dispute->raised_by);
    put_time(line, ", to be decided by ", dispute->deadline_ms);
}

static void put_acknowledgement(struct line *line, const struct tg_record *rec)
{
    put_id(line, "acknowledgement of ", rec->acknowledgement->target);
    put_enum(line, ": ", TG_ENUM_ACKNOWLEDGEMENT_STATE, (int)rec->acknowledgement->state);
    put_with(line, " by ", rec->acknowledgement->by);
}

static const struct {
    enum tg_kind kind;
    void (*put)(struct line *line, const struct tg_record *rec);
} writers[] = {
    {TG_KIND_ALERT, put_alert},
    {TG_KIND_INDICATOR, put_indicator},
    {TG_KIND_PERSON, put_person},
    {TG_KIND_CELL, put_cell},
    {TG_KIND_FACILITY, put_facility_record},
    {TG_KIND_INCIDENT, put_incident},
    {TG_KIND_ASSESSMENT, put_assessment},
    {TG_KIND_MEASURE, put_measure},
    {TG_KIND_WITHDRAWAL, put_withdrawal},
    {TG_KIND_CONTACT, put_contact},
    {TG_KIND_CUSTODY, put_custody},
    {TG_KIND_LINK, put_link},
    {TG_KIND_REQUEST, put_request},
    {TG_KIND_ANSWER, put_answer},
    {TG_KIND_SIGHTING, put_sighting},
    {TG_KIND_SAMENESS, put_sameness},
    {TG_KIND_DISPUTE, put_dispute},
    {TG_KIND_ACKNOWLEDGEMENT, put_acknowledgement},
};

tg_err tg_record_summary(const struct tg_record *rec, struct tg_buf *out)
{
    struct line line = {.out = out, .err = TG_OK};
    size_t before = out->bytes;
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (writers[i].kind == rec->kind) writers[i].put(&line, rec);
    }
    if (rec->kind == TG_KIND_NEWER)
        put(&line, "a record of a kind newer than this program");
    else if (rec->newer)
        put(&line, " (with parts newer than this program)");
    if (line.err) out->bytes = before;
    return line.err;
}
