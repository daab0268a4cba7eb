/* Rows with named columns, printed as aligned text, TSV or JSON lines.
 *
 * Knows no command. Text waits for the end to be aligned; TSV and JSON lines go out row by row.
 */
#ifndef TG_CLI_TABLE_H
#define TG_CLI_TABLE_H

#include "cli/output.h"

enum tg_column_type {
    TG_COLUMN_TEXT,
    TG_COLUMN_NUMBER, /* right aligned, with thousands separators in text */
    TG_COLUMN_TIME,   /* unix ms */
    TG_COLUMN_BELOW, /* text on lines of its own under the row, after its title; nothing when there is none */
};
struct tg_column {
    const char *key;   /* in JSON and in the TSV header */
    const char *title; /* in text; NULL: not shown there */
    enum tg_column_type type;
    bool flex; /* takes the width that is left, and wraps; several share it */
};
#define TG_COLUMNS_MAX 32

/* Remembers its first failure. Release after tg_table_end or instead of it. */
struct tg_table {
    struct tg_cli *cli;
    const char *row;
    const struct tg_column *columns;
    size_t column_count;
    struct tg_buf text;  /* of all cells, one after the other */
    struct tg_buf cells; /* struct cell each */
    size_t at;           /* column of the next cell */
    size_t rows;
    tg_err err;
};

/* row names the rows in JSON. Borrows columns. */
void tg_table_begin(struct tg_table *table, struct tg_cli *cli, const char *row,
                    const struct tg_column *columns, size_t column_count);
/* Cells in the order of the columns, whatever their type. text is of others and is escaped here. */
void tg_table_text(struct tg_table *table, struct tg_view text);
void tg_table_str(struct tg_table *table, const char *text);
void tg_table_hex(struct tg_table *table, struct tg_view data);
/* With a Latin reading behind it in text. */
void tg_table_name(struct tg_table *table, struct tg_view text);
void tg_table_number(struct tg_table *table, int64_t number);
void tg_table_time(struct tg_table *table, int64_t unix_ms);
/* Nothing is known: "-" in text, empty in TSV, null in JSON. */
void tg_table_none(struct tg_table *table);
/* After the last cell of a row. */
void tg_table_row(struct tg_table *table);
/* Prints what waits; nothing at all for a table without rows, in text. */
tg_err tg_table_end(struct tg_table *table);
void tg_table_release(struct tg_table *table);
TG_AUTO_DEFINE(tg_table, tg_table_release)

#endif
