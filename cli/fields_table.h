/* Tables whose columns are fields of the node's rows: one declaration, and the rows print themselves.
 *
 * Knows no verb.
 */
#ifndef TG_CLI_FIELDS_TABLE_H
#define TG_CLI_FIELDS_TABLE_H

#include "cli/session.h"
#include "cli/table.h"

enum tg_cell_as {
    TG_AS_TEXT,
    TG_AS_NAME, /* with a Latin reading */
    TG_AS_NUMBER,
    TG_AS_TIME,    /* unix ms */
    TG_AS_SECONDS, /* unix seconds */
    TG_AS_HEX,
    TG_AS_YES, /* number as yes or no */
};
/* One row's fields as cells, in the order of the columns: as[i] says what columns[i].key is. */
void tg_table_fields(struct tg_table *table, const struct tg_control_msg *msg, const enum tg_cell_as *as);

#endif
