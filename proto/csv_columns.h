/* What the columns of a CSV file mean, by the kind of the row.
 *
 * Internal to proto/. Described in docs/records.md.
 */
#ifndef TG_PROTO_CSV_COLUMNS_H
#define TG_PROTO_CSV_COLUMNS_H

#include "proto/import_impl.h"

#define TG_CSV_PATH_MAX 3

struct tg_csv_target;
/* One cell, not empty, into the record; a failure's message names no column. */
typedef tg_err tg_csv_put(struct tg_build *build, const struct tg_csv_target *target, struct tg_view text,
                          struct tg_errmsg *em);

/* Where a column goes for rows of one kind. */
struct tg_csv_target {
    tg_csv_put *put;               /* NULL: has no meaning for this kind */
    int detail;                    /* kind of name, type of selector… */
    bool last;                     /* put behind all other cells of the row, which it speaks of */
    bool head;                     /* path starts at the head, else at the body */
    uint8_t depth;                 /* of the path */
    uint8_t path[TG_CSV_PATH_MAX]; /* indexes of fields, from the outside in */
};

/* Meaning of the column for the kind; `put` is NULL when it has none. */
struct tg_csv_target tg_csv_target_of(const char *column, enum tg_kind kind);
/* Whether the column means anything for any kind; TG_EVALUE with the nearest name. */
tg_err tg_csv_column_check(const char *column, struct tg_errmsg *em);
/* Whether several cells of one row may go there. */
bool tg_csv_target_repeats(const struct tg_csv_target *target);
/* Whether they may for any kind. */
bool tg_csv_column_repeats(const char *column);

#endif
