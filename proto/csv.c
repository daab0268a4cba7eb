/* Comma-separated values as a stream of rows.
 *
 * Must not know: what columns mean. Format: RFC 4180, with ; and tab as further delimiters and bare \n as a line end.
 */
#include "proto/csv.h"

#include <stdio.h>
#include <string.h>

#include "proto/import_text.h"

#define ROOM_BYTES 64 /* for one decoded character, whatever the encoding */

/* The most frequent candidate in the first line, outside quotes. */
static uint8_t delimiter_guess(const struct tg_import_reader *reader)
{
    static const char candidates[] = ",;\t|";
    size_t counts[sizeof candidates - 1] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = reader->at; i < reader->end; i++) {
        uint8_t c = reader->chunk[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n' || c == '\r') break;
        const char *found = c ? strchr(candidates, c) : NULL;
        if (found) counts[found - candidates]++;
    }
    for (size_t i = 1; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] > counts[best]) best = i;
    return (uint8_t)candidates[best];
}

/* Until the first line or the whole chunk is there. */
static tg_err first_line_fill(struct tg_import_reader *reader, struct tg_errmsg *em)
{
    while (reader->end + ROOM_BYTES < TG_IMPORT_CHUNK_BYTES && !memchr(reader->chunk, '\n', reader->end)) {
        size_t got = 0;
        tg_err err = reader->input.read(reader->input.ctx, reader->chunk + reader->end,
                                        TG_IMPORT_CHUNK_BYTES - reader->end, &got, em);
        if (err) return err;
        if (got == 0) break;
        reader->end += got;
    }
    return TG_OK;
}

tg_err tg_csv_init(struct tg_csv *csv, struct tg_import_reader *reader, char delimiter, const char *encoding,
                   struct tg_errmsg *em)
{
    tg_err err = first_line_fill(reader, em);
    if (err) return err;
    *csv = (struct tg_csv){.reader = reader,
                           .line = 1,
                           .encoding = encoding,
                           .delimiter = delimiter ? (uint8_t)delimiter : delimiter_guess(reader)};
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
    size_t field_bytes;
    struct tg_errmsg *why;
    bool refused; /* its structure is followed to its end, its text is not kept */
};

static void refuse(struct tg_csv *csv, struct row *row, const char *why)
{
    if (!row->refused) {
        (void)tg_fail(row->why, TG_EFORMAT, "%s", why);
        csv->error_column = csv->fields + 1;
    }
    row->refused = true;
}

static void refuse_broken(struct tg_csv *csv, struct row *row)
{
    char why[TG_ENCODING_NAME_BYTES_MAX + 128];
    (void)snprintf(why, sizeof why,
                   "field is not %s; say what the file is with --encoding, such as windows-1251",
                   csv->encoding);
    refuse(csv, row, why);
}

/* Quotes stand where none may: nobody knows how the line goes on, so the rest of it is passed over. */
static void skip(struct tg_csv *csv, struct row *row, const char *why)
{
    refuse(csv, row, why);
    row->state = SKIPPING;
}

static void field_end(struct tg_csv *csv, struct row *row)
{
    row->state = FIELD_START;
    row->field_bytes = 0;
    if (csv->fields == TG_CSV_COLUMNS_MAX)
        refuse(csv, row, "row has more columns than are allowed");
    else
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
    if (c == '"' || c == '\n' || c == '\0' || c == TG_IMPORT_BROKEN) return false;
    return state == QUOTED || (c != csv->delimiter && c != '\r');
}

/* Bytes of the field. TG_ELIMIT: a quoted one is so long that its end must have been forgotten. */
static tg_err bytes_put(struct tg_csv *csv, struct row *row, const uint8_t *data, size_t bytes)
{
    row->any = true;
    row->field_bytes += bytes;
    if (row->field_bytes > TG_CSV_FIELD_BYTES_MAX) {
        if (row->state == QUOTED) return TG_ELIMIT;
        refuse(csv, row, "field is too long");
    }
    return row->refused ? TG_OK : tg_buf_put(&csv->text, data, bytes);
}

/* Bytes that go into the field as they are. */
static tg_err run_take(struct tg_csv *csv, struct row *row)
{
    struct tg_import_reader *reader = csv->reader;
    const uint8_t *start = reader->chunk + reader->at;
    size_t run = 0, left = reader->end - reader->at;
    while (run < left && ordinary(csv, row->state, start[run])) run++;
    reader->at += run;
    return run && row->state != SKIPPING ? bytes_put(csv, row, start, run) : TG_OK;
}

static tg_err quote_take(struct tg_csv *csv, struct row *row)
{
    if (row->state == QUOTED) {
        row->state = QUOTE_SEEN;
    } else if (row->state == PLAIN) {
        skip(csv, row, "a quote stands inside an unquoted field; double it and quote the field");
    } else {
        bool doubled = row->state == QUOTE_SEEN;
        row->state = QUOTED;
        if (doubled) return bytes_put(csv, row, (const uint8_t *)"\"", 1);
        row->quote_line = csv->line;
    }
    return TG_OK;
}

static tg_err line_end_take(struct tg_csv *csv, struct row *row, uint8_t c)
{
    bool of_return = c == '\n' && csv->after_return;
    csv->after_return = c == '\r';
    if (of_return) return TG_OK;
    csv->line++;
    if (row->state == QUOTED) return bytes_put(csv, row, &c, 1);
    row_end(csv, row);
    return TG_OK;
}

/* One byte that is not ordinary where it stands. */
static tg_err special_take(struct tg_csv *csv, struct row *row, uint8_t c)
{
    if (c == '\n' || c == '\r') return line_end_take(csv, row, c);
    if (row->state == SKIPPING) return TG_OK;
    row->any = true;
    if (c == '"') return quote_take(csv, row);
    if (c == csv->delimiter) {
        field_end(csv, row);
        return TG_OK;
    }
    if (row->state == FIELD_START) row->state = PLAIN;
    if (c == '\0')
        refuse(csv, row, "field holds a NUL character");
    else
        refuse_broken(csv, row);
    return TG_OK;
}

static tg_err byte_take(struct tg_csv *csv, struct row *row)
{
    uint8_t c = csv->reader->chunk[csv->reader->at];
    if (c != '\n') csv->after_return = false;
    if (row->state == FIELD_START && ordinary(csv, PLAIN, c)) row->state = PLAIN;
    if (row->state == QUOTE_SEEN && ordinary(csv, PLAIN, c))
        skip(csv, row, "text stands behind a closing quote");
    if (row->state == PLAIN || row->state == QUOTED || row->state == SKIPPING) {
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
