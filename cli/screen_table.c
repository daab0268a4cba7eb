/* A table that is screened row by row.
 *
 * A row is one person as a rule: its names, birth date and country are asked together, and its document keeps quiet whom
 * somebody judged it not to be.
 */
#include "cli/screen_table.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/session.h"
#include "proto/country_names.h"

#define NAME_BYTES 512
#define HEADER_SHOWN_BYTES 40

/* ---- the first rows, kept until it is known what they hold ---- */

struct tg_screen_first {
    struct tg_buf text;
    struct {
        uint64_t line;
        size_t first, count; /* in ends */
    } rows[TG_COLUMN_SAMPLES_MAX + 1];
    size_t count;
    size_t *ends; /* of fields in text */
    size_t end_count;
    bool header;   /* the first of them is one */
    tg_err broken; /* the file goes on behind them and cannot be read: told once they are asked */
    struct tg_errmsg why;
};

static void first_free(struct tg_screen_first *kept)
{
    if (!kept) return;
    tg_buf_release(&kept->text);
    free(kept->ends);
    free(kept);
}

static struct tg_view kept_field(const struct tg_screen_first *kept, size_t row, size_t i)
{
    size_t at = kept->rows[row].first + i, begin = at ? kept->ends[at - 1] : 0;
    return tg_view_of(kept->text.data + begin, kept->ends[at] - begin);
}

static tg_err row_keep(const struct tg_sheet *sheet, struct tg_screen_first *kept)
{
    size_t fields = tg_sheet_fields(sheet);
    size_t *ends = reallocarray(kept->ends, kept->end_count + fields, sizeof *ends);
    if (!ends) return TG_ENOMEM;
    kept->ends = ends;
    kept->rows[kept->count].line = tg_sheet_line(sheet);
    kept->rows[kept->count].first = kept->end_count;
    kept->rows[kept->count++].count = fields;
    tg_err err = TG_OK;
    for (size_t i = 0; i < fields && !err; i++) {
        err = tg_buf_put_view(&kept->text, tg_sheet_field(sheet, i));
        kept->ends[kept->end_count++] = kept->text.bytes;
    }
    return err;
}

static void row_refuse(struct tg_screen_table *table, const struct tg_errmsg *why)
{
    if (!table->rows_refused++) {
        table->row_refused.line = tg_sheet_line(table->sheet);
        (void)snprintf(table->row_refused.why, sizeof table->row_refused.why, "%s", why->text);
    }
}

static tg_err first_rows(struct tg_screen_table *table, struct tg_screen_first *kept, struct tg_errmsg *em)
{
    enum tg_sheet_outcome outcome = TG_SHEET_ROW;
    while (kept->count <= TG_COLUMN_SAMPLES_MAX && kept->text.bytes < TG_IMPORT_BUDGET_BYTES) {
        struct tg_errmsg why = {.text = ""};
        tg_err err = tg_sheet_next(table->sheet, &outcome, &why, em);
        if (err && kept->count) {
            kept->broken = err;
            if (em) kept->why = *em;
            return TG_OK;
        }
        if (err || outcome == TG_SHEET_END) return err;
        if (outcome == TG_SHEET_REFUSED)
            row_refuse(table, &why);
        else if ((err = row_keep(table->sheet, kept)))
            return tg_fail(em, err, "out of memory");
    }
    return TG_OK;
}

/* ---- what columns hold ---- */

static bool has_digit(struct tg_view text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (tg_ascii_is_digit((char)text.data[i])) return true;
    return false;
}

/* A header has a word that names a column, and no cell of a value's shape. */
static bool is_header(const struct tg_screen_table *table, const struct tg_screen_first *kept)
{
    bool known = false;
    unsigned holds;
    if (tg_args_has(table->args, "no-header") || !kept->count) return false;
    for (size_t i = 0; i < kept->rows[0].count; i++) {
        struct tg_view cell = kept_field(kept, 0, i);
        struct tg_selector form;
        if (has_digit(cell) && tg_selector_guess(cell, NULL, &form, 1)) return false;
        if (memchr(cell.data, '@', cell.bytes)) return false;
        known = known || tg_holds_of_header(cell, &holds);
    }
    return known;
}

static tg_err names_set(struct tg_screen_table *table, const struct tg_screen_first *kept, bool header)
{
    for (size_t i = 0; i < table->columns; i++) {
        TG_AUTO(tg_buf) struct tg_buf safe = {0};
        tg_err err = header ? tg_text_escape(tg_text_trim(kept_field(kept, 0, i)), &safe) : TG_OK;
        if (!err) err = tg_buf_put(&safe, "", 1);
        if (err) return err;
        table->names[i] = (char *)tg_steal_ptr(&safe.data);
    }
    return TG_OK;
}

static void holds_guess(struct tg_screen_table *table, const struct tg_screen_first *kept, bool header)
{
    const char *country = table->country[0] ? table->country : NULL;
    for (size_t i = 0; i < table->columns; i++) {
        if (header && tg_holds_of_header(kept_field(kept, 0, i), &table->holds[i])) continue;
        struct tg_column_sample sample = {0};
        for (size_t row = header; row < kept->count; row++)
            if (i < kept->rows[row].count) tg_column_sample_add(&sample, kept_field(kept, row, i), country);
        table->holds[i] = tg_column_sample_holds(&sample);
    }
}

/* The days of a column that shows somewhere which number is the day. */
static void orders_guess(struct tg_screen_table *table, const struct tg_screen_first *kept, bool header)
{
    for (size_t i = 0; i < table->columns; i++)
        for (size_t row = header; table->holds[i] == TG_HOLDS_BIRTH && row < kept->count; row++) {
            struct tg_date date;
            if (i < kept->rows[row].count)
                (void)tg_column_date(kept_field(kept, row, i), &table->orders[i], &date);
        }
}

static tg_err column_find(const struct tg_screen_table *table, struct tg_view name, size_t *ret_column,
                          struct tg_errmsg *em)
{
    const char *names[TG_CSV_COLUMNS_MAX];
    uint64_t number = 0;
    for (size_t i = 0; i < table->columns; i++) {
        names[i] = table->names[i];
        if (!table->names[i][0] || !tg_view_equal_str(name, table->names[i])) continue;
        *ret_column = i;
        return TG_OK;
    }
    if (!tg_text_u64(name, table->columns, &number) && number) {
        *ret_column = (size_t)number - 1;
        return TG_OK;
    }
    char typed[HEADER_SHOWN_BYTES + 1];
    (void)snprintf(typed, sizeof typed, "%.*s", TG_VIEW_PRINT(name));
    const char *nearest = tg_text_nearest(typed, names, table->columns);
    return tg_fail(em, TG_EUSAGE, "no column '%s': %s%s%s of 1 to %zu", typed,
                   nearest ? "did you mean '" : "give its name or its number", nearest ? nearest : "",
                   nearest ? "'? Or give its number" : "", table->columns);
}

/* "Passport No=passport", "3=phone". */
static tg_err columns_given(struct tg_screen_table *table, struct tg_errmsg *em)
{
    const char *given;
    for (size_t at = 0; (given = tg_args_each(table->args, "column", &at));) {
        const char *equals = strrchr(given, '=');
        size_t column = 0;
        if (!equals || equals == given)
            return tg_fail(em, TG_EUSAGE,
                           "'--column' takes NAME=TYPE such as 'Passport No=passport', not '%.60s'", given);
        tg_err err = column_find(table, tg_view_of(given, (size_t)(equals - given)), &column, em);
        if (!err && tg_holds_of_name(tg_view_str(equals + 1), &table->holds[column], em)) err = TG_EUSAGE;
        if (err) return err;
    }
    return TG_OK;
}

static void columns_tell(const struct tg_screen_table *table)
{
    static const char *const days[] = {"", " (day first)", " (month first)"};
    for (size_t i = 0; i < table->columns; i++)
        tg_talk(table->cli, "column %zu%s%.40s%s as %s%s\n", i + 1, table->names[i][0] ? " '" : "",
                table->names[i], table->names[i][0] ? "'" : "", tg_holds_name(table->holds[i]),
                days[table->orders[i]]);
}

/* ---- cells ---- */

static void value_refuse(struct tg_screen_table *table, size_t column, const struct tg_errmsg *why)
{
    struct tg_screen_refused *refused = &table->refused[column];
    if (refused->count++) return;
    refused->line = table->place.line;
    (void)snprintf(refused->why, sizeof refused->why, "%s", why->text);
}

struct row {
    const struct tg_view *fields;
    size_t count;
    const char *issuer; /* ISO alpha-2; NULL: not known */
    const char *nationality;
    char birth[TG_DATE_TEXT_BYTES];
    const char *sex;
};

static struct tg_view cell(const struct tg_screen_table *table, const struct row *row, unsigned holds)
{
    for (size_t i = 0; i < row->count && i < table->columns; i++)
        if (table->holds[i] == holds && tg_text_trim(row->fields[i]).bytes)
            return tg_text_trim(row->fields[i]);
    return tg_view_of("", 0);
}

static const char *country_of(struct tg_view text)
{
    return text.bytes ? tg_country_of_text(text) : NULL;
}

/* "M", "female", "муж": as `query` takes it; "" when it says nothing. */
static const char *sex_of(struct tg_view text)
{
    static const char *const men[] = {"m", "M", "м", "М", "ж"}; /* the last one is a woman */
    if (!text.bytes) return "";
    if (tg_view_starts_with(text, "муж") || tg_view_starts_with(text, "Муж") ||
        tg_view_starts_with(text, "МУЖ"))
        return "male";
    if (tg_view_starts_with(text, "жен") || tg_view_starts_with(text, "Жен") ||
        tg_view_starts_with(text, "ЖЕН") || tg_view_starts_with(text, "Ж") || tg_view_equal_str(text, men[4]))
        return "female";
    for (size_t i = 0; i < 4; i++)
        if (tg_view_equal_str(text, men[i])) return "male";
    char c = tg_ascii_lower((char)text.data[0]);
    if (c == 'f' || c == 'w') return "female";
    return c == 'm' ? "male" : "";
}

static void birth_read(struct tg_screen_table *table, struct row *row)
{
    for (size_t i = 0; i < row->count && i < table->columns; i++) {
        struct tg_date date;
        struct tg_view text = tg_text_trim(row->fields[i]);
        if (table->holds[i] != TG_HOLDS_BIRTH || !text.bytes) continue;
        if (!tg_column_date(text, &table->orders[i], &date)) {
            tg_date_format(date, row->birth);
            return;
        }
        struct tg_errmsg why = {.text = ""};
        (void)tg_fail(&why, TG_EVALUE, "no date that people are born on; the name was asked without it");
        value_refuse(table, i, &why);
    }
}

/* "passport:TJ:A1234567" of the row's paper, or "". */
static void document_make(const struct tg_screen_table *table, const struct row *row,
                          char out[static NAME_BYTES])
{
    static const struct {
        unsigned holds;
        const char *type;
    } papers[] = {{TG_SELECTOR_PASSPORT, "passport"},
                  {TG_HOLDS_DOCUMENT, "passport"},
                  {TG_SELECTOR_NATIONAL_ID, "identity"}};
    out[0] = 0;
    for (size_t i = 0; i < sizeof papers / sizeof papers[0] && !out[0]; i++) {
        struct tg_view text = cell(table, row, papers[i].holds);
        if (!text.bytes || text.bytes > NAME_BYTES / 2 || memchr(text.data, ':', text.bytes)) continue;
        const char *country = row->issuer ? row->issuer : row->nationality;
        (void)snprintf(out, NAME_BYTES, "%s:%s:%.*s", papers[i].type, country ? country : "",
                       TG_VIEW_PRINT(text));
    }
}

static bool is_paper(unsigned type)
{
    return type == TG_SELECTOR_PASSPORT || type == TG_SELECTOR_NATIONAL_ID || type == TG_SELECTOR_PLATE;
}

static tg_err value_ask(struct tg_screen_table *table, const struct row *row, size_t column, unsigned type)
{
    struct tg_selector form;
    struct tg_errmsg why = {.text = ""};
    const char *hint = table->country[0] ? table->country : NULL;
    bool issued = memchr(table->place.value.data, ':', table->place.value.bytes) != NULL;
    if (is_paper(type)) hint = row->issuer ? row->issuer : row->nationality;
    if (tg_selector_normalise((enum tg_selector_type)type, table->place.value, hint, &form, &why)) {
        value_refuse(table, column, &why);
        return TG_OK;
    }
    bool no_issuer = is_paper(type) && !row->issuer && !issued;
    return tg_screen_value(table->batch, &table->place, &form, no_issuer, table->em);
}

/* A cell of running text: each selector in it. */
static tg_err on_found(void *ctx, const struct tg_scan_found *found)
{
    struct tg_screen_table *table = ctx;
    struct tg_screen_place place = table->place;
    place.value = found->text;
    place.before = found->before;
    place.after = found->after;
    tg_err err = TG_OK;
    for (size_t i = 0; i < found->form_count && !err; i++) {
        bool unissued = is_paper(found->forms[i].type) && memcmp(found->forms[i].form, "ZZ:", 3) == 0;
        err = tg_screen_value(table->batch, &place, &found->forms[i], unissued, table->em);
    }
    return err;
}

static tg_err text_ask(struct tg_screen_table *table)
{
    tg_err err = tg_scan_feed(table->scan, table->place.value);
    return err ? err : tg_scan_end(table->scan);
}

static tg_err name_ask(struct tg_screen_table *table, const struct row *row, struct tg_view text,
                       size_t column)
{
    struct tg_screen_place place = table->place;
    place.value = text;
    place.column = (unsigned)column + 1;
    struct tg_screen_name name = {.text = text,
                                  .birth = row->birth,
                                  .country = row->nationality ? row->nationality : "",
                                  .sex = row->sex};
    return tg_screen_name(table->batch, &place, &name, table->em);
}

/* The parts of a name in the order that a passport has them. */
static tg_err parts_ask(struct tg_screen_table *table, const struct row *row)
{
    static const unsigned parts[] = {TG_HOLDS_SURNAME, TG_HOLDS_GIVEN, TG_HOLDS_PATRONYMIC};
    char whole[3 * NAME_BYTES];
    size_t at = 0, column = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct tg_view part = cell(table, row, parts[i]);
        if (!part.bytes || part.bytes >= NAME_BYTES - 1) continue;
        if (at) whole[at++] = ' ';
        memcpy(whole + at, part.data, part.bytes);
        at += part.bytes;
    }
    while (column < table->columns && table->holds[column] != TG_HOLDS_SURNAME) column++;
    if (column == table->columns) column = 0;
    return at ? name_ask(table, row, tg_view_of(whole, at), column) : TG_OK;
}

static tg_err cell_ask(struct tg_screen_table *table, const struct row *row, size_t column)
{
    unsigned holds = table->holds[column];
    table->place.value = tg_text_trim(row->fields[column]);
    table->place.column = (unsigned)column + 1;
    if (!table->place.value.bytes) return TG_OK;
    if (holds == TG_HOLDS_TEXT) return text_ask(table);
    if (holds == TG_HOLDS_NAME) return name_ask(table, row, table->place.value, column);
    if (holds == TG_HOLDS_DOCUMENT) {
        tg_err err = value_ask(table, row, column, TG_SELECTOR_PASSPORT);
        return err ? err : value_ask(table, row, column, TG_SELECTOR_NATIONAL_ID);
    }
    return holds && holds < TG_SELECTOR_TYPES_END ? value_ask(table, row, column, holds) : TG_OK;
}

static tg_err row_ask(struct tg_screen_table *table, uint64_t line, const struct tg_view *fields,
                      size_t count)
{
    char document[NAME_BYTES];
    struct row row = {.fields = fields, .count = count};
    table->place = (struct tg_screen_place){.line = line};
    table->rows++;
    table->rows_uneven += count != table->columns;
    row.issuer = country_of(cell(table, &row, TG_HOLDS_ISSUER));
    row.nationality = country_of(cell(table, &row, TG_HOLDS_COUNTRY));
    row.sex = sex_of(cell(table, &row, TG_HOLDS_SEX));
    birth_read(table, &row);
    document_make(table, &row, document);
    tg_err err = tg_screen_row(table->batch, tg_view_str(document), table->em);
    if (!err) err = parts_ask(table, &row);
    for (size_t i = 0; i < count && i < table->columns && !err; i++) err = cell_ask(table, &row, i);
    /* What stands beyond the columns that are known is text. */
    for (size_t i = table->columns; i < count && !err; i++) {
        table->place.value = tg_text_trim(fields[i]);
        table->place.column = (unsigned)i + 1;
        err = text_ask(table);
    }
    return err;
}

/* ---- the whole ---- */

static tg_err kept_ask(struct tg_screen_table *table, const struct tg_screen_first *kept, bool header)
{
    struct tg_view fields[TG_CSV_COLUMNS_MAX];
    tg_err err = TG_OK;
    for (size_t row = header; row < kept->count && !err; row++) {
        for (size_t i = 0; i < kept->rows[row].count; i++) fields[i] = kept_field(kept, row, i);
        err = row_ask(table, kept->rows[row].line, fields, kept->rows[row].count);
    }
    return err;
}

tg_err tg_screen_table_open(struct tg_screen_table *table, struct tg_errmsg *em)
{
    struct tg_scan_options scan = {
        .country = table->country[0] ? table->country : NULL, .on_found = on_found, .ctx = table};
    table->scan = tg_scan_new(&scan);
    table->refused = calloc(TG_CSV_COLUMNS_MAX, sizeof *table->refused);
    struct tg_screen_first *first = table->first = calloc(1, sizeof *table->first);
    if (!table->scan || !table->refused || !first) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = first_rows(table, first, em);
    if (err) return err;
    first->header = is_header(table, first);
    table->columns = first->count ? first->rows[0].count : 0;
    if (names_set(table, first, first->header)) return tg_fail(em, TG_ENOMEM, "out of memory");
    holds_guess(table, first, first->header);
    err = columns_given(table, em);
    if (err) return err;
    orders_guess(table, first, first->header);
    columns_tell(table);
    return TG_OK;
}

tg_err tg_screen_table_run(struct tg_screen_table *table, void (*tick)(void *ctx), void *ctx,
                           struct tg_errmsg *em)
{
    struct tg_view fields[TG_CSV_COLUMNS_MAX];
    table->em = em;
    tg_err err = kept_ask(table, table->first, table->first->header);
    if (!err && table->first->broken) return tg_fail(em, table->first->broken, "%s", table->first->why.text);
    while (!err) {
        enum tg_sheet_outcome outcome = TG_SHEET_END;
        struct tg_errmsg why = {.text = ""};
        err = tg_sheet_next(table->sheet, &outcome, &why, em);
        if (err || outcome == TG_SHEET_END) break;
        tick(ctx);
        if (outcome == TG_SHEET_REFUSED) {
            row_refuse(table, &why);
            continue;
        }
        size_t count = tg_sheet_fields(table->sheet);
        for (size_t i = 0; i < count; i++) fields[i] = tg_sheet_field(table->sheet, i);
        err = row_ask(table, tg_sheet_line(table->sheet), fields, count);
    }
    return err;
}

static void refused_tell(const struct tg_screen_table *table, const char *what,
                         const struct tg_screen_refused *refused)
{
    char count[TG_COUNT_BYTES];
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    tg_count_format((int64_t)refused->count, count);
    if (!refused->count || tg_text_escape(tg_view_str(refused->why), &safe)) return;
    tg_talk(table->cli, "%s: %s not asked; the first in line %" PRIu64 ": %.*s\n", what, count, refused->line,
            TG_VIEW_PRINT(tg_buf_view(&safe)));
}

void tg_screen_table_tell(const struct tg_screen_table *table)
{
    struct tg_screen_refused rows = table->row_refused;
    rows.count = table->rows_refused;
    refused_tell(table, "rows", &rows);
    for (size_t i = 0; table->refused && i < table->columns; i++) {
        char what[HEADER_SHOWN_BYTES + 32];
        (void)snprintf(what, sizeof what, table->names[i][0] ? "column %zu '%.40s'" : "column %zu", i + 1,
                       table->names[i]);
        refused_tell(table, what, &table->refused[i]);
    }
    if (table->rows_uneven)
        tg_talk(table->cli, "%" PRIu64 " rows have another number of columns than the first one\n",
                table->rows_uneven);
}

uint64_t tg_screen_table_refused(const struct tg_screen_table *table)
{
    uint64_t count = table->rows_refused;
    for (size_t i = 0; table->refused && i < table->columns; i++) count += table->refused[i].count;
    return count;
}

void tg_screen_table_release(struct tg_screen_table *table)
{
    first_free(table->first);
    for (size_t i = 0; i < TG_CSV_COLUMNS_MAX; i++) free(table->names[i]);
    free(table->refused);
    tg_scan_free(table->scan);
}
