/* Tables that several commands print: partners, logs, receipts.
 *
 * Knows no verb; rows are those of docs/control.md.
 */
#ifndef TG_CLI_TABLES_H
#define TG_CLI_TABLES_H

#include "cli/fields_table.h"

/* Columns and what they are, for tg_table_begin and tg_table_fields. */
struct tg_table_kind {
    const char *row;
    const struct tg_column *columns;
    const enum tg_cell_as *as;
    size_t count;
};
extern const struct tg_table_kind tg_table_peers, tg_table_logs, tg_table_receipts, tg_table_entries,
    tg_table_access, tg_table_exposed, tg_table_closed, tg_table_keys, tg_table_checks, tg_table_notices,
    tg_table_partners, tg_table_forks;

void tg_table_start(struct tg_table *table, struct tg_cli *cli, const struct tg_table_kind *kind);

/* One verb whose rows of `row` go into one table; title is printed above it in text (NULL: none). */
tg_err tg_table_call(struct tg_cli *cli, struct tg_request *request, const struct tg_table_kind *kind,
                     struct tg_arena *arena, struct tg_control_msg *ret_done, size_t *ret_rows,
                     struct tg_errmsg *em);

#endif
