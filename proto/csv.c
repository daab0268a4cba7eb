/* Comma-separated values as a stream of rows.
 *
 * Must not know: what columns mean. Format: RFC 4180, with ; and tab as further delimiters and bare \n as a line end.
 */
#include "proto/csv.h"

#include <string.h>

/* The most frequent candidate in the first line, outside quotes. */
static uint8_t delimiter_guess(const struct tg_import_reader *reader)
{
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (size_t i = reader->at; i < reader->end; i++) {
        uint8_t c = reader->chunk[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n' || c == '\r') break;
        commas += c == ',';
        semicolons += c == ';';
        tabs += c == '\t';
    }
    if (tabs > commas && tabs >= semicolons) return '\t';
    return semicolons > commas ? ';' : ',';
}

/* Until the first line or the whole chunk is there. */
static tg_err first_line_fill(struct tg_import_reader *reader, struct tg_errmsg *em)
{
    while (reader->end < TG_IMPORT_CHUNK_BYTES && !memchr(reader->chunk, '\n', reader->end)) {
        size_t got = 0;
        tg_err err = reader->input.read(reader->input.ctx, reader->chunk + reader->end,
                                        TG_IMPORT_CHUNK_BYTES - reader->end, &got, em);
        if (err) return err;
        if (got == 0) break;
        reader->end += got;
    }
    return TG_OK;
}

tg_err tg_csv_init(struct tg_csv *csv, struct tg_import_reader *reader, struct tg_errmsg *em)
{
    tg_err err = first_line_fill(reader, em);
    if (err) return err;
    *csv = (struct tg_csv){.reader = reader, .line = 1, .delimiter = delimiter_guess(reader)};
    return TG_OK;
}

void tg_csv_release(struct tg_csv *csv)
{
    tg_buf_release(&csv->text);
}

struct tg_view tg_csv_field(const struct tg_csv *csv, size_t i)
{
    size_t start = i ? csv->ends[i - 1] : 0;
    return tg_view_of(csv->text.data + start, csv->ends[i] - start);
}

/* What stands between two bytes of a row. */
enum state { FIELD_START, PLAIN, QUOTED, QUOTE_SEEN, SKIPPING };

struct row {
    enum state state;
    bool ended;
    bool any; /* something other than a line end was seen */
    uint64_t quote_line;
    struct tg_errmsg *why;
    bool refused;
};

static size_t field_bytes(const struct tg_csv *csv)
{
    return csv->text.bytes - (csv->fields ? csv->ends[csv->fields - 1] : 0);
}

/* The row is refused; outside quotes the rest of its line is passed over. */
static void refuse(struct tg_csv *csv, struct row *row, const char *why)
{
    if (!row->refused) {
        (void)tg_fail(row->why, TG_EFORMAT, "%s", why);
        csv->error_column = csv->fields + 1;
    }
    row->refused = true;
    row->state = SKIPPING;
}

static void field_end(struct tg_csv *csv, struct row *row)
{
    row->state = FIELD_START;
    if (csv->fields == TG_CSV_COLUMNS_MAX) {
        refuse(csv, row, "more columns than are allowed");
        return;
    }
    csv->ends[csv->fields++] = (uint32_t)csv->text.bytes;
}

static void row_end(struct tg_csv *csv, struct row *row)
{
    bool empty = !row->any && csv->fields == 0;
    if (row->state != SKIPPING && !empty) field_end(csv, row);
    row->ended = !empty || row->refused;
    if (empty) csv->row_line = csv->line;
}

static bool ordinary(const struct tg_csv *csv, enum state state, uint8_t c)
{
    if (state == QUOTED) return c != '"' && c != '\n' && c != '\0';
    return c != csv->delimiter && c != '"' && c != '\n' && c != '\r' && c != '\0';
}

/* Bytes that go into the field as they are. */
static tg_err run_take(struct tg_csv *csv, struct row *row)
{
    struct tg_import_reader *reader = csv->reader;
    const uint8_t *start = reader->chunk + reader->at;
    size_t run = 0, left = reader->end - reader->at;
    while (run < left && ordinary(csv, row->state, start[run])) run++;
    if (!run) return TG_OK;
    reader->at += run;
    row->any = true;
    if (field_bytes(csv) + run > TG_CSV_FIELD_BYTES_MAX) {
        if (row->state == QUOTED) return TG_ELIMIT;
        refuse(csv, row, "field is too long");
        return TG_OK;
    }
    return tg_buf_put(&csv->text, start, run);
}

/* A quote or line break inside a quoted field. */
static tg_err byte_put(struct tg_csv *csv, uint8_t c)
{
    return field_bytes(csv) < TG_CSV_FIELD_BYTES_MAX ? tg_buf_put(&csv->text, &c, 1) : TG_ELIMIT;
}

/* One byte that is not ordinary where it stands. */
static tg_err special_take(struct tg_csv *csv, struct row *row, uint8_t c)
{
    if (c == '\n') {
        csv->line++;
        if (row->state == QUOTED) return byte_put(csv, c);
        row_end(csv, row);
        return TG_OK;
    }
    if (row->state == SKIPPING) return TG_OK;
    if (c == '\r' && row->state != QUOTED) return TG_OK; /* of \r\n; a lone one is dropped */
    row->any = true;
    if (c == '\0') {
        refuse(csv, row, "field holds a NUL character");
    } else if (c == '"') {
        if (row->state == PLAIN)
            refuse(csv, row, "a quote stands inside an unquoted field; double it and quote the field");
        else if (row->state == QUOTED)
            row->state = QUOTE_SEEN;
        else {
            bool doubled = row->state == QUOTE_SEEN;
            row->state = QUOTED;
            if (doubled) return byte_put(csv, c);
            row->quote_line = csv->line;
        }
    } else { /* the delimiter */
        field_end(csv, row);
    }
    return TG_OK;
}

static tg_err byte_take(struct tg_csv *csv, struct row *row)
{
    uint8_t c = csv->reader->chunk[csv->reader->at];
    if (row->state == FIELD_START && ordinary(csv, PLAIN, c)) row->state = PLAIN;
    if (row->state == QUOTE_SEEN && ordinary(csv, PLAIN, c))
        refuse(csv, row, "text stands behind a closing quote");
    if (row->state == PLAIN || row->state == QUOTED) {
        size_t before = csv->reader->at;
        tg_err err = run_take(csv, row);
        if (err || csv->reader->at != before) return err;
    }
    csv->reader->at++;
    return special_take(csv, row, c);
}

tg_err tg_csv_next(struct tg_csv *csv, enum tg_csv_outcome *ret_outcome, struct tg_errmsg *why,
                   struct tg_errmsg *em)
{
    struct row row = {.state = FIELD_START, .why = why};
    tg_buf_clear(&csv->text);
    csv->fields = 0;
    csv->error_column = 0;
    csv->row_line = csv->line;
    while (!row.ended) {
        tg_err err = tg_import_fill(csv->reader, em);
        if (err) return err;
        if (csv->reader->ended) break;
        err = byte_take(csv, &row);
        if (err == TG_ELIMIT) {
            return tg_fail(em, TG_EFORMAT,
                           "line %llu: a quote opens a field of more than %d bytes; is it ever closed?",
                           (unsigned long long)row.quote_line, TG_CSV_FIELD_BYTES_MAX);
        }
        if (err) return tg_fail(em, err, "out of memory");
    }
    if (row.state == QUOTED && !row.ended) {
        return tg_fail(em, TG_EFORMAT, "line %llu: a quote is opened and never closed",
                       (unsigned long long)row.quote_line);
    }
    if (!row.ended) row_end(csv, &row);
    *ret_outcome = !row.ended ? TG_CSV_END : (row.refused ? TG_CSV_REFUSED : TG_CSV_ROW);
    return TG_OK;
}
