/* situation: facilities with their cells, occupancy, incidents and releases that are expected, and what services make of
 * it, as of a day.
 *
 * Knows no store: it asks for the live records and sorts them by facility. What holds on a day is told by the records'
 * own dates (docs/cli.md "As of"), never by when they were stored.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/records.h"
#include "proto/repeat.h"

#define PERIOD_DAYS 366
#define GROUPS_MAX 1024
#define RELEASE_DAYS 90
#define DAYS_MAX 36600

const struct tg_option tg_situation_options[] = {
    {"as-of", 0, TG_OPTION_TIME, false, "DATE", "what holds on that day (today)", NULL, 0, 0},
    {"since", 0, TG_OPTION_TIME, false, "DATE", "incidents since that day (a year before)", NULL, 0, 0},
    {"releases", 0, TG_OPTION_NUMBER, false, "DAYS", "expected within so many days (90)", NULL, 0, DAYS_MAX},
    {"known", 0, TG_OPTION_TIME, false, "TIME", "only what was known here at that time", NULL, 0, 0},
    {"country", 0, TG_OPTION_TEXT, false, "CC", "facilities and assessments of that country", NULL, 0, 0},
    {"origin", 0, TG_OPTION_TEXT, false, "CC", "only what that country reported", NULL, 0, 0},
    {"facility", 0, TG_OPTION_TEXT, false, "NAME", "one facility", NULL, 0, 0},
    TG_OPTION_END,
};

/* One facility, or what belongs to none. */
struct group {
    const char *name;    /* "" : none */
    const char *country; /* "" : not stated */
    const struct tg_hash *id;
    const struct tg_row *facility, *cell; /* the newest that holds; NULL: none */
    size_t incidents, cells, releases;
};
struct report {
    struct tg_cli *cli;
    struct tg_rows *rows;
    int32_t as_of, since, release_until;
    const char *country;
    struct group *groups;
    size_t group_count;
    size_t *group_of; /* of each row; GROUPS_MAX: not shown */
    uint32_t *first;  /* of each row: the first report of its event */
    uint32_t *again;  /* of that: how many more there are */
    size_t at;        /* row that is printed */
    struct tg_footnotes notes;
};

static bool same_text(const char *a, const char *b)
{
    for (; *a && tg_ascii_lower(*a) == tg_ascii_lower(*b); a++, b++) continue;
    return *a == *b;
}

/* What a row says about where it belongs. */
struct place {
    const char *name, *country;
    const struct tg_hash *id;
};

static struct place of_ref(const struct tg_rec_facility_ref *facility, const char *fallback)
{
    const char *country = facility->present && facility->country[0] ? facility->country : fallback;
    return (struct place){facility->present ? facility->name : "", country,
                          facility->present ? facility->id : NULL};
}

static struct place place_of(const struct tg_row *row)
{
    const struct tg_record *record = row->record;
    if (record->kind == TG_KIND_FACILITY) {
        const struct tg_rec_facility *facility = record->facility;
        return (struct place){facility->names_count ? facility->names[0].text : "",
                              facility->country[0] ? facility->country : row->country, &record->id};
    }
    if (record->kind == TG_KIND_CELL) return of_ref(record->cell->facility, row->country);
    if (record->kind == TG_KIND_INCIDENT) return of_ref(record->incident->facility, row->country);
    if (record->kind == TG_KIND_CUSTODY) return of_ref(record->custody->facility, row->country);
    const char *country = record->assessment->country;
    return of_ref(record->assessment->facility, country[0] ? country : row->country);
}

static bool belongs(const struct group *group, const struct place *place)
{
    if (place->id && group->id && tg_hash_equal(place->id, group->id)) return true;
    if (!place->name[0]) return !group->name[0] && !place->id && same_text(group->country, place->country);
    return same_text(group->name, place->name);
}

static size_t group_take(struct report *report, const struct place *place)
{
    for (size_t i = 0; i < report->group_count; i++) {
        struct group *group = &report->groups[i];
        if (!belongs(group, place)) continue;
        if (!group->id) group->id = place->id;
        return i;
    }
    if (report->group_count == GROUPS_MAX) return GROUPS_MAX;
    report->groups[report->group_count] =
        (struct group){.name = place->name, .country = place->country, .id = place->id};
    return report->group_count++;
}

/* The day from which a statement is known to hold: its own date, else its source's, else when it was reported. */
static struct tg_date date_of(const struct tg_record *record)
{
    const struct tg_rec_head *head = record->head;
    struct tg_date own = {0};
    if (record->kind == TG_KIND_CELL && record->cell->size->present) own = record->cell->size->as_of;
    if (record->kind == TG_KIND_FACILITY && record->facility->occupancy->present)
        own = record->facility->occupancy->as_of;
    if (record->kind == TG_KIND_ASSESSMENT) own = record->assessment->as_of;
    if (tg_date_known(own)) return own;
    if (tg_date_known(head->observed_to)) return head->observed_to;
    if (tg_date_known(head->observed_from)) return head->observed_from;
    return head->source->present ? head->source->date : own;
}

static bool incident_in_period(const struct report *report, const struct tg_rec_incident *incident)
{
    struct tg_date from = tg_date_known(incident->from) ? incident->from : incident->to;
    struct tg_date to = tg_date_known(incident->to) ? incident->to : incident->from;
    if (incident->at_ms) from = to = tg_date_of_day((int32_t)(incident->at_ms / 86400000));
    if (!tg_date_known(from)) return true;
    bool goes_on = incident->status == TG_INCIDENT_STATUS_ONGOING;
    return tg_date_first_day(from) <= report->as_of && (goes_on || tg_date_last_day(to) >= report->since);
}

/* Somebody is held, and may be out between the day of the report and the last one that is looked at. */
static bool release_expected(const struct report *report, const struct tg_rec_custody *custody)
{
    struct tg_date day = custody->expected_release;
    bool held = custody->status == TG_CUSTODY_STATUS_HELD;
    return held && tg_date_known(day) && tg_date_last_day(day) >= report->as_of &&
           tg_date_first_day(day) <= report->release_until;
}

/* Partial dates hold from the first day that they can mean. */
static bool holds(const struct report *report, const struct tg_row *row)
{
    if (!row->record || row->record->kind == TG_KIND_NEWER) return false;
    if (row->record->kind == TG_KIND_INCIDENT) return incident_in_period(report, row->record->incident);
    if (row->record->kind == TG_KIND_CUSTODY) return release_expected(report, row->record->custody);
    struct tg_date date = date_of(row->record);
    return !tg_date_known(date) || tg_date_first_day(date) <= report->as_of;
}

static int32_t day_of(const struct tg_row *row)
{
    struct tg_date date = date_of(row->record);
    return tg_date_known(date) ? tg_date_last_day(date) : INT32_MIN;
}

/* Of two statements the one about the later day counts; of the same day the one that was stored later. */
static void newest_take(const struct tg_row **at, const struct tg_row *row)
{
    if (!*at || day_of(row) > day_of(*at) ||
        (day_of(row) == day_of(*at) && row->stored_ms >= (*at)->stored_ms))
        *at = row;
}

static void row_sort(struct report *report, size_t i)
{
    const struct tg_row *row = report->rows->rows[i];
    report->group_of[i] = GROUPS_MAX;
    if (!holds(report, row)) return;
    struct place place = place_of(row);
    if (report->country && !same_text(report->country, place.country)) return;
    size_t at = group_take(report, &place);
    if (at == GROUPS_MAX) return;
    report->group_of[i] = at;
    struct group *group = &report->groups[at];
    if (row->record->kind == TG_KIND_FACILITY) {
        newest_take(&group->facility, row);
        group->country = place.country;
    }
    if (row->record->kind == TG_KIND_CELL) {
        group->cells++;
        newest_take(&group->cell, row);
    }
    group->incidents += row->record->kind == TG_KIND_INCIDENT;
    group->releases += row->record->kind == TG_KIND_CUSTODY;
}

static void estimate_format(const struct tg_rec_estimate *estimate, char *out, size_t out_bytes)
{
    long long low = (long long)estimate->low, high = (long long)estimate->high;
    if (estimate->low == TG_REC_UNKNOWN && estimate->high == TG_REC_UNKNOWN)
        (void)snprintf(out, out_bytes, "number not given");
    else if (estimate->high == TG_REC_UNKNOWN)
        (void)snprintf(out, out_bytes, "%lld or more", low);
    else if (estimate->low == TG_REC_UNKNOWN)
        (void)snprintf(out, out_bytes, "up to %lld", high);
    else if (low == high)
        (void)snprintf(out, out_bytes, "%lld", low);
    else
        (void)snprintf(out, out_bytes, "%lld–%lld", low, high);
}

static void date_put(struct tg_buf *out, tg_err *err, const char *before, struct tg_date date)
{
    char text[TG_DATE_TEXT_BYTES];
    if (*err || !tg_date_known(date)) return;
    tg_date_format(date, text);
    *err = tg_buf_putf(out, "%s%s", before, text);
}

/* Reports of one event stand once, with all who report it. */
static tg_err repeats_put(const struct report *report, struct tg_buf *line)
{
    size_t left = report->again[report->at], told = 0;
    tg_err err = TG_OK;
    for (size_t i = report->at + 1; left && told < TG_REPEAT_SHOWN_MAX && !err; i++) {
        if (report->first[i] != report->at) continue;
        left--;
        err = tg_buf_putf(line, "%s%s", told++ ? ", " : " · reported again: ", report->rows->rows[i]->ref);
    }
    return err || !left ? err : tg_buf_putf(line, " and %zu more", left);
}

static tg_err line_end(struct report *report, const char *label, struct tg_buf *line,
                       const struct tg_row *row, tg_err err)
{
    if (!err) err = tg_buf_put_str(line, " ·");
    if (!err) err = tg_footnote_put(&report->notes, row, line);
    char first[32];
    (void)snprintf(first, sizeof first, "  %-11s ", label);
    if (!err) tg_put_wrapped(report->cli, first, 14, tg_buf_view(line));
    return err;
}

static tg_err cell_put(struct report *report, const struct tg_row *row)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_rec_cell *cell = row->record->cell;
    char size[64];
    estimate_format(cell->size, size, sizeof size);
    tg_err err = tg_buf_putf(&line, "%s%s", size, cell->size->present ? " members" : "");
    date_put(&line, &err, " as of ", cell->size->as_of);
    const char *status = cell->status ? tg_enum_name(TG_ENUM_CELL_STATUS, (int)cell->status) : NULL;
    if (!err && status) err = tg_buf_putf(&line, ", %s", status);
    if (!err && cell->names_count) err = tg_buf_put_str(&line, ": ");
    if (!err && cell->names_count) err = tg_put_reading(&line, tg_view_str(cell->names[0].text));
    return line_end(report, "cell", &line, row, err);
}

static tg_err facility_put(struct report *report, const struct tg_row *row)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_rec_facility *facility = row->record->facility;
    const struct tg_rec_occupancy *occupancy = facility->occupancy;
    const char *kind = facility->kind ? tg_enum_name(TG_ENUM_FACILITY_KIND, (int)facility->kind) : NULL;
    tg_err err = tg_buf_put_str(&line, kind ? kind : "facility");
    if (!err && facility->regime[0]) err = tg_buf_put_str(&line, ", ");
    if (!err) err = tg_text_escape(tg_view_str(facility->regime), &line);
    if (!err && occupancy->present && occupancy->held != TG_REC_UNKNOWN) {
        err = tg_buf_putf(&line, ", holds %lld", (long long)occupancy->held);
        date_put(&line, &err, " as of ", occupancy->as_of);
    }
    if (!err && facility->capacity != TG_REC_UNKNOWN) {
        err = tg_buf_putf(&line, ", capacity %lld", (long long)facility->capacity);
        if (!err && occupancy->present && occupancy->held > facility->capacity)
            err = tg_buf_put_str(&line, " (overcrowded)");
    }
    return line_end(report, "regime", &line, row, err);
}

static tg_err incident_put(struct report *report, const struct tg_row *row, bool first)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_rec_incident *incident = row->record->incident;
    tg_err err = TG_OK;
    if (incident->at_ms) {
        char when[TG_WHEN_BYTES];
        tg_when_format(incident->at_ms, when);
        err = tg_buf_putf(&line, "%s ", when);
    } else {
        date_put(&line, &err, "", incident->from);
        date_put(&line, &err, tg_date_known(incident->from) ? " to " : "until ", incident->to);
        if (!err && line.bytes) err = tg_buf_put_str(&line, " ");
    }
    const char *kind = tg_enum_name(TG_ENUM_INCIDENT_KIND, (int)incident->kind);
    if (!err) err = tg_buf_put_str(&line, kind ? kind : "newer kind");
    const char *text = incident->title[0] ? incident->title : incident->text;
    if (!err && text[0]) err = tg_buf_put_str(&line, ": ");
    if (!err) err = tg_text_escape(tg_view_str(text), &line);
    if (!err && incident->occurrences->present) {
        char times[64];
        estimate_format(incident->occurrences, times, sizeof times);
        err = tg_buf_putf(&line, " (%s%s)", times,
                          incident->occurrences->low == TG_REC_UNKNOWN &&
                                  incident->occurrences->high == TG_REC_UNKNOWN
                              ? ""
                              : " times");
    }
    if (!err) err = repeats_put(report, &line);
    return line_end(report, first ? "incidents" : "", &line, row, err);
}

static tg_err assessment_put(struct report *report, const struct tg_row *row, bool first)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_rec_assessment *assessment = row->record->assessment;
    const char *factor = tg_enum_name(TG_ENUM_FACTOR, (int)assessment->factor);
    const char *severity =
        assessment->severity ? tg_enum_name(TG_ENUM_SEVERITY, (int)assessment->severity) : NULL;
    tg_err err = tg_buf_put_str(&line, factor ? factor : "newer factor");
    if (!err && severity) err = tg_buf_putf(&line, ", %s", severity);
    if (!err && assessment->scope[0]) err = tg_buf_put_str(&line, ", ");
    if (!err) err = tg_text_escape(tg_view_str(assessment->scope), &line);
    if (!err) err = tg_buf_put_str(&line, ": ");
    if (!err) err = tg_text_escape(tg_view_str(assessment->text), &line);
    return line_end(report, first ? "assessment" : "", &line, row, err);
}

static tg_err release_put(struct report *report, const struct tg_row *row, bool first)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    const struct tg_rec_custody *custody = row->record->custody;
    const struct tg_rec_subject *person = custody->person;
    char id[TG_HEX_BYTES(4)] = "";
    tg_err err = TG_OK;
    date_put(&line, &err, "", custody->expected_release);
    if (!err) err = tg_buf_put_str(&line, " ");
    if (person->id) tg_hex_encode(person->id->bytes, 4, id);
    if (!err)
        err = person->name[0] ? tg_put_reading(&line, tg_view_str(person->name))
                              : tg_buf_putf(&line, "person %s", id);
    if (!err && custody->section[0]) err = tg_buf_put_str(&line, ", ");
    if (!err) err = tg_text_escape(tg_view_str(custody->section), &line);
    return line_end(report, first ? "releases" : "", &line, row, err);
}

static int32_t release_day(const struct tg_row *row)
{
    return tg_date_first_day(row->record->custody->expected_release);
}

/* The next one first: of those behind that day and row, the nearest. */
static const struct tg_row *release_after(const struct report *report, size_t group,
                                          const struct tg_row *before)
{
    const struct tg_row *next = NULL;
    bool passed = !before;
    for (size_t i = 0; i < report->rows->count; i++) {
        const struct tg_row *row = report->rows->rows[i];
        if (report->group_of[i] != group || row->record->kind != TG_KIND_CUSTODY) continue;
        bool behind = !before || release_day(row) > release_day(before) ||
                      (release_day(row) == release_day(before) && passed && row != before);
        if (row == before) passed = true;
        if (behind && (!next || release_day(row) < release_day(next))) next = row;
    }
    return next;
}

static tg_err releases_put(struct report *report, size_t group)
{
    const struct tg_row *row = NULL;
    tg_err err = TG_OK;
    bool first = true;
    while (!err && (row = release_after(report, group, row))) {
        err = release_put(report, row, first);
        first = false;
    }
    return err;
}

typedef tg_err row_put(struct report *report, const struct tg_row *row, bool first);

static tg_err kind_put(struct report *report, size_t group, enum tg_kind kind, row_put *put)
{
    bool first = true;
    for (size_t i = 0; i < report->rows->count; i++) {
        if (report->group_of[i] != group || report->rows->rows[i]->record->kind != kind) continue;
        if (report->first[i] != i) continue;
        report->at = i;
        tg_err err = put(report, report->rows->rows[i], first);
        if (err) return err;
        first = false;
    }
    return TG_OK;
}

static tg_err group_put(struct report *report, size_t at)
{
    const struct group *group = &report->groups[at];
    struct tg_cli *cli = report->cli;
    TG_AUTO(tg_buf) struct tg_buf title = {0};
    tg_err err = TG_OK;
    if (group->name[0]) err = tg_put_reading(&title, tg_view_str(group->name));
    if (!err && !group->name[0])
        err = tg_buf_put_str(&title, group->id ? "a facility by its id" : "beyond one facility");
    if (err) return err;
    char country[16];
    (void)snprintf(country, sizeof country, "%-3.8s ", group->country);
    tg_put(cli, "\n");
    tg_put_wrapped(cli, country, 4, tg_buf_view(&title));
    if (group->facility) err = facility_put(report, group->facility);
    if (!err && group->cell) err = cell_put(report, group->cell);
    if (!err && group->cells > 1)
        tg_put(cli, "  %-11s %zu more statements on cells here\n", "", group->cells - 1);
    if (!err) err = releases_put(report, at);
    if (!err) err = kind_put(report, at, TG_KIND_INCIDENT, incident_put);
    return err ? err : kind_put(report, at, TG_KIND_ASSESSMENT, assessment_put);
}

/* Named facilities before what belongs to none, each by country and name. */
static int group_compare(const struct group *a, const struct group *b)
{
    int named = (b->name[0] != 0) - (a->name[0] != 0);
    if (named) return named;
    int country = strcmp(a->country, b->country);
    return country ? country : strcmp(a->name, b->name);
}

static tg_err groups_put(struct report *report)
{
    size_t order[GROUPS_MAX];
    for (size_t i = 0; i < report->group_count; i++) {
        size_t at = i;
        for (; at > 0 && group_compare(&report->groups[order[at - 1]], &report->groups[i]) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 0; i < report->group_count; i++) {
        tg_err err = group_put(report, order[i]);
        if (err) return err;
    }
    return TG_OK;
}

static void header_put(struct report *report)
{
    char as_of[TG_DATE_TEXT_BYTES], since[TG_DATE_TEXT_BYTES];
    size_t facilities = 0, incidents = 0, assessments = 0, releases = 0;
    tg_date_format(tg_date_of_day(report->as_of), as_of);
    tg_date_format(tg_date_of_day(report->since), since);
    for (size_t i = 0; i < report->group_count; i++) {
        facilities += report->groups[i].name[0] != 0;
        releases += report->groups[i].releases;
    }
    for (size_t i = 0; i < report->rows->count; i++) {
        if (report->group_of[i] == GROUPS_MAX) continue;
        incidents += report->rows->rows[i]->record->kind == TG_KIND_INCIDENT && report->first[i] == i;
        assessments += report->rows->rows[i]->record->kind == TG_KIND_ASSESSMENT;
    }
    tg_put(report->cli, "Situation as of %s (UTC), incidents since %s\n", as_of, since);
    tg_put(report->cli, "%zu facilit%s, %zu incident%s, %zu assessment%s\n", facilities,
           facilities == 1 ? "y" : "ies", incidents, incidents == 1 ? "" : "s", assessments,
           assessments == 1 ? "" : "s");
    if (releases)
        tg_put(report->cli, "%zu release%s expected within %d days\n", releases, releases == 1 ? "" : "s",
               (int)(report->release_until - report->as_of));
}

/* Machines get the records that stand in the report, each with the facility it was put under. */
static tg_err rows_json(struct report *report)
{
    for (size_t i = 0; i < report->rows->count; i++) {
        if (report->group_of[i] == GROUPS_MAX) continue;
        const struct group *group = &report->groups[report->group_of[i]];
        struct tg_json json;
        tg_json_begin(&json, report->rows->rows[i]->kind);
        tg_json_text(&json, "under", tg_view_str(group->name));
        tg_json_text(&json, "under_country", tg_view_str(group->country));
        if (report->first[i] != i)
            tg_json_text(&json, "repeats", tg_view_str(report->rows->rows[report->first[i]]->ref));
        tg_row_json(&json, report->rows->rows[i]);
        tg_err err = tg_json_put(&json, report->cli);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err rows_tsv(struct report *report)
{
    tg_put(report->cli, "country\tfacility\tref\tkind\tsummary\tsource\n");
    for (size_t i = 0; i < report->rows->count; i++) {
        if (report->group_of[i] == GROUPS_MAX) continue;
        const struct group *group = &report->groups[report->group_of[i]];
        const struct tg_row *row = report->rows->rows[i];
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        tg_err err = tg_buf_putf(&line, "%s\t", group->country);
        if (!err) err = tg_text_escape(tg_view_str(group->name), &line);
        if (!err) err = tg_buf_putf(&line, "\t%s\t%s\t", row->ref, row->kind);
        if (!err) err = tg_row_summary(row, &line);
        if (!err) err = tg_buf_put_str(&line, "\t");
        if (!err) err = tg_row_source(row, &line);
        if (err) return err;
        tg_put(report->cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&line)));
    }
    return TG_OK;
}

/* The first of each event among what is shown. */
static tg_err repeats_find(struct report *report)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_ROWS_ARENA_BYTES);
    struct tg_token_key key;
    tg_random_fill(report->cli->random, key.bytes, sizeof key.bytes);
    const struct tg_record **records = tg_arena_take_array(&arena, report->rows->count, sizeof *records);
    if (!records) return TG_ENOMEM;
    for (size_t i = 0; i < report->rows->count; i++)
        if (report->group_of[i] != GROUPS_MAX) records[i] = report->rows->rows[i]->record;
    tg_err err = tg_reports_first(&key, records, report->rows->count, &arena, report->first);
    for (size_t i = 0; i < report->rows->count && !err; i++)
        report->again[report->first[i]] += report->first[i] != i;
    return err;
}

static tg_err report_put(struct report *report)
{
    for (size_t i = 0; i < report->rows->count; i++) row_sort(report, i);
    tg_err found = repeats_find(report);
    if (found) return found;
    if (report->cli->format == TG_FORMAT_JSON) return rows_json(report);
    if (report->cli->format == TG_FORMAT_TSV) return rows_tsv(report);
    header_put(report);
    tg_err err = groups_put(report);
    tg_footnotes_print(report->cli, &report->notes);
    return err;
}

tg_err tg_cmd_situation(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const char *const kinds[] = {"facility", "cell", "incident", "assessment", "custody", NULL};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_ROWS_ARENA_BYTES);
    TG_AUTO(tg_rows) struct tg_rows rows = {.arena = &arena};
    struct tg_records_want want = {.kinds = kinds,
                                   .origin = tg_args_text(args, "origin", NULL),
                                   .facility = tg_args_text(args, "facility", NULL),
                                   .known_ms = tg_args_number(args, "known", 0)};
    tg_err err = tg_records_get(cli, &want, &rows, em);
    if (err) return err;
    struct report report = {.cli = cli,
                            .rows = &rows,
                            .as_of = tg_as_of_day(cli, args),
                            .country = tg_args_text(args, "country", NULL)};
    report.since = tg_args_has(args, "since") ? (int32_t)(tg_args_number(args, "since", 0) / 86400000)
                                              : report.as_of - PERIOD_DAYS;
    report.release_until = report.as_of + (int32_t)tg_args_number(args, "releases", RELEASE_DAYS);
    report.groups = tg_arena_take_array(&arena, GROUPS_MAX, sizeof *report.groups);
    report.group_of = tg_arena_take_array(&arena, rows.count, sizeof *report.group_of);
    report.first = tg_arena_take_array(&arena, rows.count, sizeof *report.first);
    report.again = tg_arena_take_array(&arena, rows.count, sizeof *report.again);
    if (!report.groups || !report.group_of || !report.first || !report.again)
        return tg_fail(em, TG_ENOMEM, "the situation does not fit into memory");
    err = report_put(&report);
    tg_footnotes_release(&report.notes);
    return err;
}
