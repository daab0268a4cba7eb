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
