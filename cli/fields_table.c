/* Tables whose columns are fields of the node's rows: one declaration, and the rows print themselves.
 *
 * Knows no verb.
 */
#include "cli/fields_table.h"

static void cell(struct tg_table *table, const struct tg_control_msg *msg, const char *key,
                 enum tg_cell_as as)
{
    if (!tg_control_has(msg, key)) {
        tg_table_none(table);
        return;
    }
    int64_t number = tg_control_number(msg, key, 0);
    switch (as) {
    case TG_AS_TEXT:
        tg_table_text(table, tg_row_view(msg, key));
        break;
    case TG_AS_NAME:
        tg_table_name(table, tg_row_view(msg, key));
        break;
    case TG_AS_NUMBER:
        tg_table_number(table, number);
        break;
    case TG_AS_TIME:
        tg_table_time(table, number);
        break;
    case TG_AS_SECONDS:
        tg_table_time(table, number * 1000);
        break;
    case TG_AS_HEX:
        tg_table_hex(table, tg_control_data(msg, key));
        break;
    case TG_AS_YES:
        tg_table_str(table, number ? "yes" : "no");
        break;
    }
}

void tg_table_fields(struct tg_table *table, const struct tg_control_msg *msg, const enum tg_cell_as *as)
{
    for (size_t i = 0; i < table->column_count; i++) cell(table, msg, table->columns[i].key, as[i]);
    tg_table_row(table);
}
