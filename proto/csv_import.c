/* CSV files with a header line → records, a row each.
 *
 * The straight path: cells go into the generated message, which is checked and packed; no text in between.
 * Must not know: files. Described in docs/records.md.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "proto/csv.h"
#include "proto/csv_columns.h"

enum column_role {
    COLUMN_FIELD,
    COLUMN_IGNORED, /* x-… */
    COLUMN_KIND,
    COLUMN_TYPE, /* of the selector in `value` */
    COLUMN_VALUE,
};

struct column {
    char name[TG_CSV_COLUMN_NAME_BYTES_MAX + 1];
    enum column_role role;
    int twin; /* nearest column before it with the same name; -1: none */
};

struct csv_import {
    struct tg_csv csv;
    size_t count;
    struct column columns[TG_CSV_COLUMNS_MAX];
    enum tg_kind targets_kind; /* whose targets stand below; 0: none yet */
    struct tg_csv_target targets[TG_CSV_COLUMNS_MAX];
    int kind_at, type_at, value_at; /* -1: no such column */
};

static void csv_close(struct tg_import *import)
{
    struct csv_import *state = import->state;
    if (state) tg_csv_release(&state->csv);
    free(state);
}

/* Lower case, spaces and dashes as '_'; x-columns keep their dash. */
static tg_err column_name(struct tg_view text, char out[static TG_CSV_COLUMN_NAME_BYTES_MAX + 1],
                          struct tg_errmsg *em)
{
    text = tg_text_trim(text);
    if (!text.bytes) return tg_fail(em, TG_EVALUE, "has no name");
    if (text.bytes > TG_CSV_COLUMN_NAME_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "has a name that is too long");
    bool ignored = tg_view_starts_with(text, "x-") || tg_view_starts_with(text, "X-");
    for (size_t i = 0; i < text.bytes; i++) {
        char c = tg_ascii_lower((char)text.data[i]);
        out[i] = !ignored && (c == ' ' || c == '-') ? '_' : c;
    }
    out[text.bytes] = '\0';
    return TG_OK;
}

/* What is no name at all is most often the first row of a file without a header. */
static tg_err column_unknown(const char *name, tg_err err, struct tg_errmsg *em)
{
    bool word = !tg_ascii_is_digit(name[0]);
    for (const char *c = name; *c; c++)
        word = word && (tg_ascii_is_alnum(*c) || *c == '_' || (uint8_t)*c >= 0x80);
    return word ? err
                : tg_fail(em, err,
                          "'%s' is no column name; the first line must name the columns, such as type,value",
                          name);
}

static void column_place(struct csv_import *state, size_t i)
{
    static const struct {
        const char *name;
        enum column_role role;
    } roles[] = {{"kind", COLUMN_KIND}, {"type", COLUMN_TYPE}, {"value", COLUMN_VALUE}};
    int *const places[] = {&state->kind_at, &state->type_at, &state->value_at};
    struct column *column = &state->columns[i];
    column->twin = -1;
    for (size_t n = 0; n < i; n++)
        if (strcmp(state->columns[n].name, column->name) == 0) column->twin = (int)n;
    for (size_t n = 0; n < sizeof roles / sizeof roles[0]; n++) {
        if (strcmp(column->name, roles[n].name) != 0) continue;
        column->role = roles[n].role;
        *places[n] = (int)i;
    }
    if (strncmp(column->name, "x-", 2) == 0) column->role = COLUMN_IGNORED;
}

static tg_err column_read(struct csv_import *state, size_t i, struct tg_errmsg *em)
{
    struct column *column = &state->columns[i];
    tg_err err = column_name(tg_csv_field(&state->csv, i), column->name, em);
    if (err) return err;
    column_place(state, i);
    if (column->role == COLUMN_IGNORED) return TG_OK;
    err = tg_csv_column_check(column->name, em);
    if (err) return column_unknown(column->name, err, em);
    if (column->twin >= 0 && !tg_csv_column_repeats(column->name))
        return tg_fail(em, TG_EVALUE, "'%s' stands twice, first in column %d", column->name,
                       column->twin + 1);
    return TG_OK;
}

static tg_err header_read(struct csv_import *state, struct tg_errmsg *em)
{
    enum tg_csv_outcome outcome;
    struct tg_errmsg why = {0};
    tg_err err = tg_csv_next(&state->csv, &outcome, &why, em);
    if (err) return err;
    if (outcome == TG_CSV_END)
        return tg_fail(em, TG_EFORMAT, "the file is empty; a header line must name the columns");
    if (outcome == TG_CSV_REFUSED)
        return tg_fail(em, TG_EFORMAT, "line %llu: header: %s", (unsigned long long)state->csv.row_line,
                       why.text);
    state->count = state->csv.fields;
    state->kind_at = state->type_at = state->value_at = -1;
    for (size_t i = 0; i < state->count; i++) {
        err = column_read(state, i, em);
        if (err)
            return tg_context(em, err, "line %llu: column %zu", (unsigned long long)state->csv.row_line,
                              i + 1);
    }
    if ((state->type_at < 0) != (state->value_at < 0)) {
        return tg_fail(em, TG_EVALUE, "columns 'type' and 'value' come together; one is missing");
    }
    return TG_OK;
}

static tg_err csv_open(struct tg_import *import, struct tg_errmsg *em)
{
    struct csv_import *state = calloc(1, sizeof *state);
    if (!state) return tg_fail(em, TG_ENOMEM, "out of memory");
    import->state = state;
    tg_err err = tg_csv_init(&state->csv, &import->reader, import->delimiter, import->text.name, em);
    if (err) return err;
    import->delimiter_guessed = !import->delimiter;
    import->delimiter = (char)state->csv.delimiter;
    return header_read(state, em);
}

/* Targets are kept from row to row while the kind stays the same. */
static void targets_fill(struct csv_import *state, enum tg_kind kind)
{
    if (state->targets_kind == kind) return;
    for (size_t i = 0; i < state->count; i++) {
        bool field = state->columns[i].role == COLUMN_FIELD;
        state->targets[i] =
            field ? tg_csv_target_of(state->columns[i].name, kind) : (struct tg_csv_target){0};
    }
    state->targets_kind = kind;
}

static tg_err row_kind(const struct tg_import *import, enum tg_kind *ret_kind, struct tg_errmsg *em)
{
    const struct csv_import *state = import->state;
    struct tg_view text = state->kind_at >= 0
                              ? tg_text_trim(tg_csv_field(&state->csv, (size_t)state->kind_at))
                              : (struct tg_view){0};
    *ret_kind = import->profile.kind;
    if (!text.bytes || tg_kind_from_name(text, ret_kind)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "kind: no such kind; use one such as 'indicator' or 'person'");
}

/* Several values of one cell are divided by '|' where a field may repeat. */
static tg_err cell_put(struct csv_import *state, struct tg_build *build, size_t i, struct tg_errmsg *em)
{
    const struct tg_csv_target *target = &state->targets[i];
    struct tg_view left = tg_text_trim(tg_csv_field(&state->csv, i));
    if (!left.bytes || state->columns[i].role != COLUMN_FIELD) return TG_OK;
    if (!target->put) {
        return tg_fail(em, TG_EVALUE, "%s: has no meaning for this kind; leave it empty",
                       state->columns[i].name);
    }
    int twin = state->columns[i].twin;
    if (twin >= 0 && !tg_csv_target_repeats(target) &&
        tg_text_trim(tg_csv_field(&state->csv, (size_t)twin)).bytes)
        return tg_fail(em, TG_EVALUE, "%s: stands twice, and this kind has one", state->columns[i].name);
    bool many = target->depth == 0;
    while (left.bytes) {
        const uint8_t *bar = many ? memchr(left.data, '|', left.bytes) : NULL;
        struct tg_view part = bar ? tg_view_of(left.data, (size_t)(bar - left.data)) : left;
        left = bar ? tg_view_of(bar + 1, left.bytes - part.bytes - 1) : (struct tg_view){0};
        part = tg_text_trim(part);
        tg_err err = part.bytes ? target->put(build, target, part, em) : TG_OK;
        if (err) return tg_context(em, err, "%s", state->columns[i].name);
    }
    return TG_OK;
}

/* The pair of columns `type` and `value`. */
static tg_err pair_put(struct csv_import *state, struct tg_build *build, enum tg_kind kind,
                       struct tg_errmsg *em)
{
    enum tg_selector_type type;
    if (state->type_at < 0) return TG_OK;
    struct tg_view name = tg_text_trim(tg_csv_field(&state->csv, (size_t)state->type_at));
    struct tg_view value = tg_text_trim(tg_csv_field(&state->csv, (size_t)state->value_at));
    if (!name.bytes && !value.bytes) return TG_OK;
    tg_err err = tg_selector_type_of_name(name, &type, em);
    if (err) return tg_context(em, err, "type");
    if (!value.bytes) return tg_fail(em, TG_EVALUE, "value: is empty");
    struct tg_csv_target target = tg_csv_target_of(tg_selector_name(type), kind);
    if (!target.put) return tg_fail(em, TG_EVALUE, "type: has no meaning for this kind");
    return target.put(build, &target, value, em);
}

static void defaults_fill(const struct tg_import *import, struct tg_build *build)
{
    if ((int)build->record->body_case != TG_KIND_PERSON) return;
    build->record->person->status = (Tamga__V1__PersonStatus)import->profile.person_status;
}

static tg_err row_build(struct tg_import *import, struct tg_build *build, struct tg_import_item *item,
                        struct tg_errmsg *em)
{
    struct csv_import *state = import->state;
    if (state->csv.fields != state->count) {
        return tg_fail(em, TG_EFORMAT, "row has %zu fields, the header %zu", state->csv.fields, state->count);
    }
    tg_err err = row_kind(import, &item->kind, em);
    if (err) return err;
    targets_fill(state, item->kind);
    tg_build_begin(build, import, build->arena, item->kind);
    if (build->failed) return tg_fail(em, TG_ENOMEM, "row over the memory budget");
    defaults_fill(import, build);
    err = pair_put(state, build, item->kind, em);
    for (size_t n = 0; n < 2 * state->count && !err; n++) {
        size_t i = n % state->count;
        if (state->targets[i].last == (n >= state->count)) err = cell_put(state, build, i, em);
        if (err) item->column = i + 1;
    }
    item->external_id = build->record->head->external_id;
    return err ? err : tg_build_end(build, &item->bytes, em);
}

static tg_err csv_next(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *item,
                       struct tg_errmsg *em)
{
    struct csv_import *state = import->state;
    enum tg_csv_outcome outcome;
    struct tg_errmsg reason;
    struct tg_build build = {.arena = arena};
    reason.text[0] = '\0';
    tg_err err = tg_csv_next(&state->csv, &outcome, &reason, em);
    if (err) return err;
    item->line = state->csv.row_line;
    if (outcome == TG_CSV_END) return TG_OK; /* TG_IMPORT_END */
    if (outcome == TG_CSV_REFUSED) {
        item->column = state->csv.error_column;
        return tg_import_refuse(item, TG_EFORMAT, &reason);
    }
    err = row_build(import, &build, item, &reason);
    if (err) return tg_import_refuse(item, err, &reason);
    item->outcome = TG_IMPORT_RECORD;
    return TG_OK;
}

const struct tg_import_driver tg_import_csv = {
    .name = "csv",
    .format = TG_IMPORT_CSV,
    .open = csv_open,
    .next = csv_next,
    .close = csv_close,
};
