/* Foreign tables and texts as they are, whatever their encoding: rows of fields, or one stream of UTF-8.
 *
 * Must not know: files (bytes come through a callback), what columns mean. Described in docs/records.md "Encodings".
 */
#ifndef TG_PROTO_SHEET_H
#define TG_PROTO_SHEET_H

#include "base/cleanup.h"
#include "proto/import.h"

struct tg_sheet;
/* Reads TG_SHEET_FRONT_BYTES, or what there is, to see what it is. encoding and delimiter as in struct tg_import_shape.
 * Errors: TG_EUSAGE unknown encoding, what the input returns, TG_ENOMEM. */
tg_err tg_sheet_open(struct tg_import_input input, const char *encoding, char delimiter,
                     struct tg_sheet **ret_sheet, struct tg_errmsg *em);
void tg_sheet_free(struct tg_sheet *sheet);
TG_AUTO_PTR_DEFINE(tg_sheet, tg_sheet_free)

/* Before the first row or text is taken. Not: running text, whose lines are no rows of values. */
bool tg_sheet_is_table(const struct tg_sheet *sheet);
/* How it is read, as of now: an ASCII file may turn out to be more. The delimiter is that of rows. */
struct tg_import_reading tg_sheet_reading_of(const struct tg_sheet *sheet);

/* ---- as rows ---- */

enum tg_sheet_outcome { TG_SHEET_END, TG_SHEET_ROW, TG_SHEET_REFUSED /* this row only; go on */ };
/* The next row that is not empty. TG_EFORMAT: a quote is never closed; rows that came before stand. */
tg_err tg_sheet_next(struct tg_sheet *sheet, enum tg_sheet_outcome *ret_outcome, struct tg_errmsg *why,
                     struct tg_errmsg *em);
size_t tg_sheet_fields(const struct tg_sheet *sheet);
/* From 0; on loan until the next row. */
struct tg_view tg_sheet_field(const struct tg_sheet *sheet, size_t i);
uint64_t tg_sheet_line(const struct tg_sheet *sheet); /* where the row begins, from 1 */

/* ---- as text ---- */

/* 1..bytes_max bytes of UTF-8, with TG_SHEET_BROKEN for what is no character of the encoding; 0 at the end. */
#define TG_SHEET_BROKEN 0xFF
tg_err tg_sheet_text(struct tg_sheet *sheet, void *out, size_t bytes_max, size_t *ret_bytes,
                     struct tg_errmsg *em);

#endif
