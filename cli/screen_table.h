/* A table that is screened row by row: what its columns hold, and what of each row is asked.
 *
 * Knows no output but what it says of columns and refused values.
 */
#ifndef TG_CLI_SCREEN_TABLE_H
#define TG_CLI_SCREEN_TABLE_H

#include "cli/screen_batch.h"
#include "cli/screen_show.h"
#include "match/columns.h"
#include "match/scan.h"
#include "proto/sheet.h"

/* Why values of a column were not asked. */
struct tg_screen_refused {
    uint64_t count, line; /* of them; of the first */
    char why[TG_ERRMSG_BYTES];
};
/* Zero-initialise with cli, args, batch, sheet, path, progress and tick; release. */
struct tg_screen_table {
    struct tg_cli *cli;
    const struct tg_args *args;
    struct tg_screen_batch *batch;
    struct tg_sheet *sheet;
    const char *country;          /* national numbers are of; "" */
    struct tg_scan *scan;         /* of cells that hold text */
    struct tg_screen_place place; /* of the cell that is looked at */
    size_t columns;
    unsigned holds[TG_CSV_COLUMNS_MAX];
    enum tg_date_order orders[TG_CSV_COLUMNS_MAX];
    char *names[TG_CSV_COLUMNS_MAX];   /* owned; "" where there is no header */
    struct tg_screen_refused *refused; /* one a column */
    struct tg_screen_first *first;     /* rows that were read to see what the columns hold */
    uint64_t rows, rows_refused, rows_uneven;
    struct tg_screen_refused row_refused;
    struct tg_errmsg *em;
};
/* Reads the first rows, and knows what the columns hold. TG_EUSAGE for a --column that is none. */
tg_err tg_screen_table_open(struct tg_screen_table *table, struct tg_errmsg *em);
/* To the end of the sheet; tick is called after each row. What was read before a failure was asked. */
tg_err tg_screen_table_run(struct tg_screen_table *table, void (*tick)(void *ctx), void *ctx,
                           struct tg_errmsg *em);
/* What was not asked, and why. */
void tg_screen_table_tell(const struct tg_screen_table *table);
/* Values and rows that were not asked. */
uint64_t tg_screen_table_refused(const struct tg_screen_table *table);
void tg_screen_table_release(struct tg_screen_table *table);
TG_AUTO_DEFINE(tg_screen_table, tg_screen_table_release)

#endif
