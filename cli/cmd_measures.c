/* measures: what was agreed, by when, and what is overdue.
 *
 * Knows no store. When a measure is due is told by its own dates (docs/cli.md "As of").
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/records.h"
#include "cli/table.h"

const struct tg_option tg_measures_options[] = {
    {"as-of", 0, TG_OPTION_TIME, false, "DATE", "how it stands on that day (today)", NULL, 0, 0},
    {"known", 0, TG_OPTION_TIME, false, "TIME", "only what was known here at that time", NULL, 0, 0},
    {"country", 0, TG_OPTION_TEXT, false, "CC", "measures of that country", NULL, 0, 0},
    {"overdue", 0, TG_OPTION_FLAG, false, NULL, "only those that are overdue", NULL, 0, 0},
    TG_OPTION_END,
};

enum standing { OVERDUE, DUE_SOON, OPEN, NO_LIMIT, CLOSED };
#define SOON_DAYS 31

/* One measure, ready to be sorted. */
struct line {
    const struct tg_row *row;
    enum standing standing;
    struct tg_date due;
    bool counted;         /* the limit was counted from a date that the measure itself does not give */
    int32_t days;         /* until due; negative: since */
    bool folded;          /* says again what another line says */
    const char *repeated; /* short names of measures that say the same again, "" */
};

/* That date and so many months, at the same precision. */
static struct tg_date months_after(struct tg_date date, int64_t months)
{
    int64_t month = date.month ? date.month : 12; /* a year alone means all of it */
    int64_t total = (int64_t)date.year * 12 + (month - 1) + months;
    struct tg_date after = {
        .year = (int16_t)(total / 12), .month = (uint8_t)(total % 12 + 1), .day = date.day};
    struct tg_date last = {.year = after.year, .month = after.month};
    uint8_t days = (uint8_t)tg_date_of_day(tg_date_last_day(last)).day;
    if (after.day > days) after.day = days;
    return after;
}

static void due_find(struct line *line)
{
    const struct tg_rec_measure *measure = line->row->record->measure;
    const struct tg_rec_head *head = line->row->record->head;
    line->due = measure->due;
    if (tg_date_known(line->due) || measure->time_limit_months == TG_REC_UNKNOWN) return;
    struct tg_date from = measure->start;
    line->counted = !tg_date_known(from);
    if (!tg_date_known(from) && tg_date_known(head->observed_from)) from = head->observed_from;
    if (!tg_date_known(from) && head->source->present) from = head->source->date;
    if (tg_date_known(from) && measure->time_limit_months <= 1200)
        line->due = months_after(from, measure->time_limit_months);
}

static void line_judge(struct line *line, int32_t as_of)
{
    enum tg_rec_measure_status status = line->row->record->measure->status;
    due_find(line);
    bool known = tg_date_known(line->due);
    line->days = known ? tg_date_last_day(line->due) - as_of : 0;
    if (status == TG_MEASURE_STATUS_DONE || status == TG_MEASURE_STATUS_DROPPED)
        line->standing = CLOSED;
    else if (!known)
        line->standing = NO_LIMIT;
    else
        line->standing = line->days < 0 ? OVERDUE : line->days <= SOON_DAYS ? DUE_SOON : OPEN;
}

static int line_compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->standing != y->standing) return x->standing < y->standing ? -1 : 1;
    if (x->days != y->days) return x->days < y->days ? -1 : 1;
    return strcmp(x->row->ref, y->row->ref);
}

static void standing_format(const struct line *line, char *out, size_t out_bytes)
{
    const char *status = tg_enum_name(TG_ENUM_MEASURE_STATUS, (int)line->row->record->measure->status);
    switch (line->standing) {
    case OVERDUE:
        (void)snprintf(out, out_bytes, "OVERDUE %d d", -line->days);
        break;
    case DUE_SOON:
        (void)snprintf(out, out_bytes, "due in %d d", line->days);
        break;
    case OPEN:
        (void)snprintf(out, out_bytes, "in %d d", line->days);
        break;
    case NO_LIMIT:
        (void)snprintf(out, out_bytes, "no limit");
        break;
    case CLOSED:
        (void)snprintf(out, out_bytes, "%s", status ? status : "closed");
        break;
    }
}

static const struct tg_column columns[] = {
    {"standing", "standing", TG_COLUMN_TEXT, false}, {"due", "due", TG_COLUMN_TEXT, false},
    {"country", "for", TG_COLUMN_TEXT, false},       {"measure", "measure", TG_COLUMN_TEXT, true},
    {"status", NULL, TG_COLUMN_TEXT, false},         {"action", NULL, TG_COLUMN_TEXT, false},
    {"responsible", NULL, TG_COLUMN_TEXT, false},    {"ref", NULL, TG_COLUMN_TEXT, false},
    {"source", NULL, TG_COLUMN_TEXT, false},         {"id", NULL, TG_COLUMN_TEXT, false},
};

/* "area: action — responsible · TJ-4 press [1]". */
static tg_err measure_text(const struct line *line, struct tg_footnotes *notes, struct tg_buf *out)
{
    const struct tg_rec_measure *measure = line->row->record->measure;
    tg_err err = TG_OK;
    if (measure->area[0]) err = tg_buf_putf(out, "%s: ", measure->area);
    if (!err) err = tg_buf_put_str(out, measure->action);
    if (!err && measure->responsible[0]) err = tg_buf_putf(out, ", by %s", measure->responsible);
    if (!err && measure->metric->present && measure->metric->name[0])
        err = tg_buf_putf(out, "; %s: %s (at first %s)", measure->metric->name,
                          measure->metric->current[0] ? measure->metric->current : "?",
                          measure->metric->baseline[0] ? measure->metric->baseline : "?");
    if (!err) err = tg_buf_put_str(out, " ·");
    if (!err) err = tg_footnote_put(notes, line->row, out);
    return err || !line->repeated[0] ? err : tg_buf_putf(out, ", said again in %s", line->repeated);
}

static tg_err line_put(struct tg_table *table, const struct line *line, struct tg_footnotes *notes)
{
    const struct tg_rec_measure *measure = line->row->record->measure;
    const char *status = tg_enum_name(TG_ENUM_MEASURE_STATUS, (int)measure->status);
    char standing[32], date[TG_DATE_TEXT_BYTES] = "", due[TG_DATE_TEXT_BYTES + 2];
    TG_AUTO(tg_buf) struct tg_buf text = {0}, source = {0};
    tg_err err = measure_text(line, notes, &text);
    if (!err) err = tg_row_source(line->row, &source);
    if (err) return err;
    standing_format(line, standing, sizeof standing);
    if (tg_date_known(line->due)) tg_date_format(line->due, date);
    (void)snprintf(due, sizeof due, "%s%s", date,
                   line->counted && date[0] && table->cli->format == TG_FORMAT_TEXT ? "*" : "");
    tg_table_str(table, standing);
    tg_table_str(table, due);
    tg_table_str(table, measure->country[0] ? measure->country : line->row->country);
    tg_table_text(table, tg_buf_view(&text));
    tg_table_str(table, status ? status : "");
    tg_table_str(table, measure->action);
    tg_table_str(table, measure->responsible);
    tg_table_str(table, line->row->ref);
    tg_table_text(table, tg_buf_view(&source));
    tg_table_hex(table, line->row->id);
    tg_table_row(table);
    return table->err;
}

/* The line whose record this one says again; NULL when it is not among them. */
static struct line *original_of(const struct line *line, struct line *lines, size_t count)
{
    const struct tg_rec_head *head = line->row->record->head;
    for (size_t i = 0; i < head->refers_count; i++) {
        if (head->refers[i].role != TG_REFERENCE_ROLE_REPEATS) continue;
        for (size_t k = 0; k < count; k++)
            if (&lines[k] != line && tg_hash_equal(&lines[k].row->record->id, head->refers[i].id))
                return &lines[k];
    }
    return NULL;
}

/* A measure that is said twice is shown once, with where it is said again. Returns how many remain. */
static size_t repeats_fold(struct tg_arena *arena, struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct line *original = original_of(&lines[i], lines, count);
        if (!original) continue;
        const char *text = tg_arena_textf(arena, "%s%s%s", original->repeated,
                                          original->repeated[0] ? ", " : "", lines[i].row->ref);
        if (text) original->repeated = text;
        lines[i].folded = text != NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!lines[i].folded) lines[kept++] = lines[i];
    return kept;
}

static bool is_wanted(const struct tg_args *args, const struct line *line)
{
    const char *country = tg_args_text(args, "country", NULL);
    const struct tg_rec_measure *measure = line->row->record->measure;
    const char *whose = measure->country[0] ? measure->country : line->row->country;
    if (country && strcmp(country, whose) != 0) return false;
    return !tg_args_has(args, "overdue") || line->standing == OVERDUE;
}

static void ending_put(struct tg_cli *cli, const struct line *lines, size_t count)
{
    bool counted = false;
    for (size_t i = 0; i < count; i++) counted = counted || (lines[i].counted && tg_date_known(lines[i].due));
    if (counted && cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "\n* no start is stated: the time limit is counted from the date of the source\n");
}

static tg_err lines_put(struct tg_cli *cli, const struct line *lines, size_t count, int32_t as_of)
{
    TG_AUTO(tg_table) struct tg_table table;
    TG_AUTO(tg_footnotes) struct tg_footnotes notes = {0};
    char day[TG_DATE_TEXT_BYTES];
    size_t overdue = 0;
    for (size_t i = 0; i < count; i++) overdue += lines[i].standing == OVERDUE;
    tg_date_format(tg_date_of_day(as_of), day);
    if (cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "Measures as of %s (UTC): %zu, of which %zu overdue\n\n", day, count, overdue);
    tg_table_begin(&table, cli, "measure", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < count; i++) {
        tg_err err = line_put(&table, &lines[i], &notes);
        if (err) return err;
    }
    tg_err err = tg_table_end(&table);
    if (!err) ending_put(cli, lines, count);
    if (!err && cli->format == TG_FORMAT_TEXT) tg_footnotes_print(cli, &notes);
    return err;
}

tg_err tg_cmd_measures(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const char *const kinds[] = {"measure", NULL};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_ROWS_ARENA_BYTES);
    TG_AUTO(tg_rows) struct tg_rows rows = {.arena = &arena};
    struct tg_records_want want = {.kinds = kinds, .known_ms = tg_args_number(args, "known", 0)};
    tg_err err = tg_records_get(cli, &want, &rows, em);
    if (err) return err;
    struct line *lines = tg_arena_take_array(&arena, rows.count, sizeof *lines);
    if (!lines) return tg_fail(em, TG_ENOMEM, "the measures do not fit into memory");
    size_t count = 0;
    int32_t as_of = tg_as_of_day(cli, args);
    for (size_t i = 0; i < rows.count; i++) {
        if (!rows.rows[i]->record || rows.rows[i]->record->kind != TG_KIND_MEASURE) continue;
        lines[count] = (struct line){.row = rows.rows[i], .repeated = ""};
        line_judge(&lines[count], as_of);
        count += is_wanted(args, &lines[count]);
    }
    if (cli->format == TG_FORMAT_TEXT) count = repeats_fold(&arena, lines, count);
    qsort(lines, count, sizeof *lines, line_compare);
    return lines_put(cli, lines, count, as_of);
}
