/* Foreign tables and texts as they are, whatever their encoding.
 *
 * Decoding is proto/import_text.c's, rows are proto/csv.c's; here is only what tells a table from a text.
 */
#include "proto/sheet.h"

#include <stdlib.h>

#include "base/text.h"
#include "proto/csv.h"

_Static_assert(TG_SHEET_BROKEN == TG_IMPORT_BROKEN, "one mark for what is no character");

#define LINES_LOOKED 50
#define VALUE_LINE_BYTES_MAX 100 /* longer lines are no values that stand one a line */
#define VALUE_BLANKS_MAX 6
#define SENTENCE_BYTES_MIN 30

struct tg_sheet {
    struct tg_import_text text;
    struct tg_import_reader reader;
    struct tg_csv csv;
    bool csv_begun, delimiter_guessed;
    char delimiter;
};

static tg_err front_read(struct tg_sheet *sheet, struct tg_errmsg *em)
{
    struct tg_import_reader *reader = &sheet->reader;
    reader->input = (struct tg_import_input){.read = tg_import_text_read, .ctx = &sheet->text};
    while (reader->end < TG_SHEET_FRONT_BYTES) {
        size_t got = 0;
        tg_err err = tg_import_text_read(&sheet->text, reader->chunk + reader->end,
                                         TG_SHEET_FRONT_BYTES - reader->end, &got, em);
        if (err) return err;
        if (!got) break;
        reader->end += got;
    }
    return TG_OK;
}

static tg_err sheet_begin(struct tg_sheet *sheet, struct tg_import_input input, const char *encoding,
                          struct tg_errmsg *em)
{
    sheet->reader.chunk = malloc(TG_IMPORT_CHUNK_BYTES);
    if (!sheet->reader.chunk) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_import_text_init(&sheet->text, input, em);
    if (!err) err = tg_import_text_begin(&sheet->text, encoding, em);
    return err ? err : front_read(sheet, em);
}

tg_err tg_sheet_open(struct tg_import_input input, const char *encoding, char delimiter,
                     struct tg_sheet **ret_sheet, struct tg_errmsg *em)
{
    struct tg_sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) return tg_fail(em, TG_ENOMEM, "out of memory");
    sheet->delimiter = delimiter;
    tg_err err = sheet_begin(sheet, input, encoding, em);
    if (err)
        tg_sheet_free(sheet);
    else
        *ret_sheet = sheet;
    return err;
}

void tg_sheet_free(struct tg_sheet *sheet)
{
    if (!sheet) return;
    if (sheet->csv_begun) tg_csv_release(&sheet->csv);
    tg_import_text_release(&sheet->text);
    free(sheet->reader.chunk);
    free(sheet);
}

/* ---- table or text ---- */

static bool line_next(struct tg_view *left, struct tg_view *ret_line)
{
    const uint8_t *end = memchr(left->data, '\n', left->bytes);
    if (!left->bytes) return false;
    size_t bytes = end ? (size_t)(end - left->data) : left->bytes;
    *ret_line = tg_text_trim(tg_view_of(left->data, bytes));
    *left = tg_view_of(left->data + bytes + (end != NULL), left->bytes - bytes - (end != NULL));
    return true;
}

/* Outside quotes. */
static size_t count_of(struct tg_view line, uint8_t wanted)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < line.bytes; i++) {
        if (line.data[i] == '"') quoted = !quoted;
        count += !quoted && line.data[i] == wanted;
    }
    return count;
}

/* Most lines have as many delimiters as the first one, and that has some. */
static bool divided_by(struct tg_view front, uint8_t delimiter)
{
    struct tg_view line;
    size_t lines = 0, alike = 0, first = 0;
    while (lines < LINES_LOOKED && line_next(&front, &line)) {
        if (!line.bytes) continue;
        size_t count = count_of(line, delimiter);
        if (!lines++) first = count;
        alike += count == first;
    }
    return first && (lines == 1 ? first > 1 : 5 * alike >= 4 * lines);
}

/* Sentences have commas, too. */
static bool ends_sentences(struct tg_view front)
{
    struct tg_view line;
    size_t lines = 0, sentences = 0;
    while (lines < LINES_LOOKED && line_next(&front, &line)) {
        lines += line.bytes != 0;
        sentences += line.bytes >= SENTENCE_BYTES_MIN && strchr(".!?", line.data[line.bytes - 1]);
    }
    return 2 * sentences > lines;
}

/* One value a line: short, and no sentences. */
static bool values_in_lines(struct tg_view front)
{
    struct tg_view line;
    size_t lines = 0, short_ones = 0;
    while (lines < LINES_LOOKED && line_next(&front, &line)) {
        if (!line.bytes) continue;
        lines++;
        bool sentence = line.bytes > 1 && strchr(".!?:;,", line.data[line.bytes - 1]);
        short_ones +=
            line.bytes <= VALUE_LINE_BYTES_MAX && count_of(line, ' ') <= VALUE_BLANKS_MAX && !sentence;
    }
    return lines && 10 * short_ones >= 9 * lines;
}

bool tg_sheet_is_table(const struct tg_sheet *sheet)
{
    struct tg_view front = tg_view_of(sheet->reader.chunk, sheet->reader.end);
    if (memchr(front.data, 0, front.bytes)) return false;
    for (const char *c = ends_sentences(front) ? "\t|" : ",;\t|"; *c; c++)
        if (divided_by(front, (uint8_t)*c)) return true;
    return values_in_lines(front);
}

struct tg_import_reading tg_sheet_reading_of(const struct tg_sheet *sheet)
{
    return (struct tg_import_reading){.encoding = sheet->text.name,
                                      .encoding_guessed = sheet->text.guessed,
                                      .delimiter =
                                          sheet->csv_begun ? (char)sheet->csv.delimiter : sheet->delimiter,
                                      .delimiter_guessed = sheet->delimiter_guessed};
}

/* ---- rows, text ---- */

tg_err tg_sheet_next(struct tg_sheet *sheet, enum tg_sheet_outcome *ret_outcome, struct tg_errmsg *why,
                     struct tg_errmsg *em)
{
    static const enum tg_sheet_outcome outcomes[] = {
        [TG_CSV_END] = TG_SHEET_END, [TG_CSV_ROW] = TG_SHEET_ROW, [TG_CSV_REFUSED] = TG_SHEET_REFUSED};
    enum tg_csv_outcome outcome = TG_CSV_END;
    tg_err err = TG_OK;
    if (!sheet->csv_begun) {
        sheet->delimiter_guessed = !sheet->delimiter;
        err = tg_csv_init(&sheet->csv, &sheet->reader, sheet->delimiter, sheet->text.name, em);
        sheet->csv_begun = !err;
    }
    if (!err) err = tg_csv_next(&sheet->csv, &outcome, why, em);
    if (!err) *ret_outcome = outcomes[outcome];
    return err;
}

size_t tg_sheet_fields(const struct tg_sheet *sheet)
{
    return sheet->csv.fields;
}

struct tg_view tg_sheet_field(const struct tg_sheet *sheet, size_t i)
{
    return tg_csv_field(&sheet->csv, i);
}

uint64_t tg_sheet_line(const struct tg_sheet *sheet)
{
    return sheet->csv.row_line;
}

tg_err tg_sheet_text(struct tg_sheet *sheet, void *out, size_t bytes_max, size_t *ret_bytes,
                     struct tg_errmsg *em)
{
    struct tg_import_reader *reader = &sheet->reader;
    size_t waiting = reader->end - reader->at;
    if (!waiting) return tg_import_text_read(&sheet->text, out, bytes_max, ret_bytes, em);
    size_t bytes = waiting < bytes_max ? waiting : bytes_max;
    memcpy(out, reader->chunk + reader->at, bytes);
    reader->at += bytes;
    *ret_bytes = bytes;
    return TG_OK;
}
