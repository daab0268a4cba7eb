/* Comma-separated values as a stream of rows (RFC 4180; delimiter , ; tab or |).
 *
 * Internal to proto/. Must not know: what columns mean.
 */
#ifndef TG_PROTO_CSV_H
#define TG_PROTO_CSV_H

#include "proto/import_impl.h"

struct tg_csv {
    struct tg_import_reader *reader;
    const char *encoding; /* its name, for messages */
    uint8_t delimiter;
    bool after_return; /* a \n that follows belongs to the \r before */
    uint64_t line;     /* of the next byte, from 1 */
    /* The row that tg_csv_next gave. */
    uint64_t row_line;
    size_t fields;
    struct tg_buf text;                /* all fields of the row, unquoted, one after the other */
    uint32_t ends[TG_CSV_COLUMNS_MAX]; /* where each field ends in text */
    uint64_t error_column;             /* column (field number, from 1) that a refused row failed in */
};

/* reader gives UTF-8 with TG_IMPORT_BROKEN where it was none. A delimiter of 0 is guessed from the first line. encoding is
 * borrowed. */
tg_err tg_csv_init(struct tg_csv *csv, struct tg_import_reader *reader, char delimiter, const char *encoding,
                   struct tg_errmsg *em);
void tg_csv_release(struct tg_csv *csv);

enum tg_csv_outcome { TG_CSV_END, TG_CSV_ROW, TG_CSV_REFUSED };
/* The next row that is not empty. REFUSED: this row only, reason in *why (em's form); a failure ends the file:
 * TG_EFORMAT a quote is never closed, what the input returned, TG_ENOMEM. */
tg_err tg_csv_next(struct tg_csv *csv, enum tg_csv_outcome *ret_outcome, struct tg_errmsg *why,
                   struct tg_errmsg *em);
/* The i-th field of the row, from 0; on loan until the next row. */
struct tg_view tg_csv_field(const struct tg_csv *csv, size_t i);

#endif
