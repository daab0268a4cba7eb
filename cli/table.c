/* Rows with named columns, printed as aligned text, TSV or JSON lines.
 *
 * Knows no command. A text column that is too long for the screen wraps; nothing is left out.
 */
#include "cli/table.h"

#include "base/text.h"

#define GAP 2
#define FLEX_MIN 16
#define FLEX_SHARE_MIN 12 /* of each, where there are several */
#define SHRUNK_MIN 4

struct cell {
    size_t start, bytes; /* escaped text, in table->text */
    int64_t number;
    bool none;
};

void tg_table_begin(struct tg_table *table, struct tg_cli *cli, const char *row,
                    const struct tg_column *columns, size_t column_count)
{
    *table = (struct tg_table){.cli = cli, .row = row, .columns = columns, .column_count = column_count};
    if (column_count > TG_COLUMNS_MAX) table->err = TG_EBUG;
    if (cli->format != TG_FORMAT_TSV) return;
    for (size_t i = 0; i < column_count; i++) tg_put(cli, "%s%s", i ? "\t" : "", columns[i].key);
    tg_put(cli, "\n");
}

void tg_table_release(struct tg_table *table)
{
    tg_buf_release(&table->text);
    tg_buf_release(&table->cells);
}

static void cell_put(struct tg_table *table, size_t start, int64_t number, bool none)
{
    struct cell cell = {.start = start, .bytes = table->text.bytes - start, .number = number, .none = none};
    if (!table->err && table->at >= table->column_count) table->err = TG_EBUG;
    if (!table->err && table->text.bytes > TG_CLI_TABLE_BYTES_MAX) table->err = TG_ELIMIT;
    if (!table->err) table->err = tg_buf_put(&table->cells, &cell, sizeof cell);
    table->at++;
}

/* JSON escapes by its own rules; the others want the terminal's. */
static tg_err text_put(struct tg_table *table, struct tg_view text)
{
    if (table->cli->format == TG_FORMAT_JSON) return tg_buf_put_view(&table->text, text);
    return tg_text_escape(text, &table->text);
}

void tg_table_text(struct tg_table *table, struct tg_view text)
{
    size_t start = table->text.bytes;
    if (!table->err) table->err = text_put(table, text);
    cell_put(table, start, 0, text.bytes == 0);
}

void tg_table_str(struct tg_table *table, const char *text)
{
    tg_table_text(table, tg_view_str(text));
}

void tg_table_hex(struct tg_table *table, struct tg_view data)
{
    size_t start = table->text.bytes;
    for (size_t i = 0; i < data.bytes && !table->err; i++)
        table->err = tg_buf_putf(&table->text, "%02x", data.data[i]);
    cell_put(table, start, 0, data.bytes == 0);
}

void tg_table_name(struct tg_table *table, struct tg_view text)
{
    size_t start = table->text.bytes;
    bool people = table->cli->format == TG_FORMAT_TEXT;
    if (!table->err) table->err = people ? tg_put_reading(&table->text, text) : text_put(table, text);
    cell_put(table, start, 0, text.bytes == 0);
}

void tg_table_number(struct tg_table *table, int64_t number)
{
    size_t start = table->text.bytes;
    char text[TG_COUNT_BYTES];
    if (table->cli->format == TG_FORMAT_TEXT)
        tg_count_format(number, text);
    else
        (void)snprintf(text, sizeof text, "%lld", (long long)number);
    if (!table->err) table->err = tg_buf_put_str(&table->text, text);
    cell_put(table, start, number, false);
}

void tg_table_time(struct tg_table *table, int64_t unix_ms)
{
    size_t start = table->text.bytes;
    char text[TG_WHEN_BYTES] = "";
    if (unix_ms > 0 && table->cli->format == TG_FORMAT_TEXT)
        tg_when_format(unix_ms, text);
    else if (unix_ms > 0)
        tg_time_format(unix_ms, text);
    if (!table->err) table->err = tg_buf_put_str(&table->text, text);
    cell_put(table, start, unix_ms, unix_ms <= 0);
}

void tg_table_none(struct tg_table *table)
{
    cell_put(table, table->text.bytes, 0, true);
}

static struct cell cell_at(const struct tg_table *table, size_t row, size_t column)
{
    struct cell cell;
    memcpy(&cell, table->cells.data + (row * table->column_count + column) * sizeof cell, sizeof cell);
    return cell;
}

static struct tg_view cell_text(const struct tg_table *table, struct cell cell)
{
    if (!cell.bytes) return tg_view_of("", 0);
    return tg_view_of(table->text.data + cell.start, cell.bytes);
}

static tg_err row_json(struct tg_table *table)
{
    struct tg_json json;
    tg_json_begin(&json, table->row);
    for (size_t i = 0; i < table->column_count; i++) {
        struct cell cell = cell_at(table, 0, i);
        const struct tg_column *column = &table->columns[i];
        if (cell.none)
            tg_json_null(&json, column->key);
        else if (column->type == TG_COLUMN_NUMBER)
            tg_json_number(&json, column->key, cell.number);
        else
            tg_json_text(&json, column->key, cell_text(table, cell));
    }
    return tg_json_put(&json, table->cli);
}

static tg_err row_tsv(struct tg_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        struct tg_view text = cell_text(table, cell_at(table, 0, i));
        tg_put(table->cli, "%s%.*s", i ? "\t" : "", TG_VIEW_PRINT(text));
    }
    tg_put(table->cli, "\n");
    return TG_OK;
}

void tg_table_row(struct tg_table *table)
{
    if (!table->err && table->at != table->column_count) table->err = TG_EBUG;
    table->at = 0;
    table->rows++;
    if (table->err || table->cli->format == TG_FORMAT_TEXT) return;
    table->err = table->cli->format == TG_FORMAT_JSON ? row_json(table) : row_tsv(table);
    tg_buf_clear(&table->text);
    tg_buf_clear(&table->cells);
}

/* What is left goes to the flexible columns in equal shares; what a narrow one does not need, to the others. */
static void flex_share(size_t widths[static TG_COLUMNS_MAX], bool flex[static TG_COLUMNS_MAX], size_t count,
                       size_t left)
{
    size_t least = count > 1 ? FLEX_SHARE_MIN : FLEX_MIN;
    for (; count; count--) {
        size_t narrowest = TG_COLUMNS_MAX;
        for (size_t i = 0; i < TG_COLUMNS_MAX; i++)
            if (flex[i] && (narrowest == TG_COLUMNS_MAX || widths[i] < widths[narrowest])) narrowest = i;
        size_t share = left / count > least ? left / count : least;
        if (widths[narrowest] > share) widths[narrowest] = share;
        left -= widths[narrowest] < left ? widths[narrowest] : left;
        flex[narrowest] = false;
    }
}

static bool in_line(const struct tg_column *column)
{
    return column->title && column->type != TG_COLUMN_BELOW;
}

/* Where the screen is too narrow all the same, the widest texts give way: nothing passes its edge. */
static void widths_shrink(const struct tg_table *table, size_t widths[static TG_COLUMNS_MAX])
{
    for (;;) {
        size_t total = 0, widest = TG_COLUMNS_MAX;
        for (size_t i = 0; i < table->column_count; i++) {
            if (!in_line(&table->columns[i])) continue;
            total += widths[i] + (total ? GAP : 0);
            if (table->columns[i].type != TG_COLUMN_TEXT || widths[i] <= SHRUNK_MIN) continue;
            if (widest == TG_COLUMNS_MAX || widths[i] > widths[widest]) widest = i;
        }
        if (total <= table->cli->columns || widest == TG_COLUMNS_MAX) return;
        widths[widest]--;
    }
}

/* Widths of all columns; the flexible ones get what the others leave. */
static void widths_measure(const struct tg_table *table, size_t widths[static TG_COLUMNS_MAX])
{
    bool flex[TG_COLUMNS_MAX] = {false};
    size_t flexes = 0, fixed = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct tg_column *column = &table->columns[i];
        widths[i] = 0;
        if (!in_line(column)) continue;
        widths[i] = tg_text_columns(tg_view_str(column->title));
        for (size_t row = 0; row < table->rows; row++) {
            size_t width = tg_text_columns(cell_text(table, cell_at(table, row, i)));
            if (width > widths[i]) widths[i] = width;
        }
        flex[i] = column->flex;
        if (column->flex) flexes++;
        fixed += column->flex ? (flexes > 1 ? GAP : 0) : widths[i] + GAP;
    }
    if (flexes)
        flex_share(widths, flex, flexes, table->cli->columns > fixed ? table->cli->columns - fixed : 0);
    widths_shrink(table, widths);
}

static void blanks_put(struct tg_cli *cli, size_t count)
{
    tg_put(cli, "%*s", (int)count, "");
}

/* One printed line: of each cell what fits; rest keeps what is still to be printed. False when all is. */
static bool line_put(struct tg_table *table, const size_t *widths, struct tg_view *rest)
{
    size_t waiting = 0; /* blanks that are printed only when something follows */
    bool more = false;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct tg_column *column = &table->columns[i];
        if (!in_line(column)) continue;
        size_t skip = 0, take = tg_wrap_take(rest[i], widths[i], &skip);
        struct tg_view part = tg_view_of(rest[i].data, take);
        rest[i] = tg_view_of(rest[i].data + take + skip, rest[i].bytes - take - skip);
        more = more || rest[i].bytes;
        size_t used = tg_text_columns(part), pad = widths[i] > used ? widths[i] - used : 0;
        bool right = column->type == TG_COLUMN_NUMBER;
        if (part.bytes) blanks_put(table->cli, waiting + (right ? pad : 0)), waiting = 0;
        tg_put(table->cli, "%.*s", TG_VIEW_PRINT(part));
        waiting += GAP + (right && part.bytes ? 0 : pad);
    }
    tg_put(table->cli, "\n");
    return more;
}

static void row_text(struct tg_table *table, const size_t *widths, struct tg_view *rest)
{
    while (line_put(table, widths, rest)) continue;
}

/* "    why: asked by the court"; the text is escaped already. */
static void below_put(struct tg_cli *cli, const char *title, size_t indent, struct tg_view text)
{
    blanks_put(cli, indent);
    tg_put(cli, "%s: ", title);
    size_t at = indent + strlen(title) + 2;
    while (text.bytes) {
        size_t skip = 0, take = tg_wrap_take(text, cli->columns > at ? cli->columns - at : 1, &skip);
        tg_put(cli, "%.*s\n", (int)take, (const char *)text.data);
        text = tg_view_of(text.data + take + skip, text.bytes - take - skip);
        at = indent + GAP;
        if (text.bytes) blanks_put(cli, at);
    }
}

/* Under the second column. */
static void row_below(struct tg_table *table, size_t row, size_t indent)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct tg_column *column = &table->columns[i];
        struct cell cell = cell_at(table, row, i);
        if (column->type != TG_COLUMN_BELOW || cell.none) continue;
        below_put(table->cli, column->title, indent, cell_text(table, cell));
    }
}

tg_err tg_table_end(struct tg_table *table)
{
    if (table->err || table->cli->format != TG_FORMAT_TEXT || !table->rows) return table->err;
    size_t widths[TG_COLUMNS_MAX];
    widths_measure(table, widths);
    struct tg_view rest[TG_COLUMNS_MAX];
    for (size_t i = 0; i < table->column_count; i++)
        rest[i] = tg_view_str(table->columns[i].title ? table->columns[i].title : "");
    row_text(table, widths, rest);
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            struct cell cell = cell_at(table, row, i);
            rest[i] = cell.none ? tg_view_str("-") : cell_text(table, cell);
        }
        row_text(table, widths, rest);
        row_below(table, row, widths[0] + GAP);
    }
    tg_buf_clear(&table->text);
    tg_buf_clear(&table->cells);
    table->rows = 0;
    return TG_OK;
}
