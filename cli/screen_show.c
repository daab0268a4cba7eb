/* Hits of a screened file: as a table, the best first, or line by line for programs.
 *
 * What stands in the file is others' text, and escaped.
 */
#include "cli/screen_show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/row.h"
#include "cli/session.h"

#define QUIET_SHOWN 20
#define OFTEN_SHOWN 20
#define SHOWN_CELLS 10

struct tg_screen_kept {
    int64_t score;
    uint64_t order;
    const char *cells[SHOWN_CELLS]; /* in the arena; the shown columns but the line */
    int64_t line;
};
struct tg_screen_seen {
    struct tg_token token; /* of the value */
    uint64_t places;
    char *value; /* escaped, once there are more than shown */
};

/* For people: what of a hit is looked at first. */
static const struct tg_column shown_columns[] = {
    {"line", "line", TG_COLUMN_NUMBER, false},    {"value", "value", TG_COLUMN_TEXT, true},
    {"ref", "record", TG_COLUMN_TEXT, false},     {"kind", "kind", TG_COLUMN_TEXT, false},
    {"band", "match", TG_COLUMN_TEXT, false},     {"country", "from", TG_COLUMN_TEXT, false},
    {"grading", "grade", TG_COLUMN_TEXT, false},  {"tlp", "TLP", TG_COLUMN_TEXT, false},
    {"summary", "it is", TG_COLUMN_BELOW, false}, {"why", "why", TG_COLUMN_BELOW, false},
    {"where", "in", TG_COLUMN_BELOW, false},
};
/* For programs. */
static const struct tg_column all_columns[] = {
    {"line", NULL, TG_COLUMN_NUMBER, false},     {"column", NULL, TG_COLUMN_TEXT, false},
    {"at", NULL, TG_COLUMN_NUMBER, false},       {"value", NULL, TG_COLUMN_TEXT, false},
    {"ref", NULL, TG_COLUMN_TEXT, false},        {"score", NULL, TG_COLUMN_NUMBER, false},
    {"band", NULL, TG_COLUMN_TEXT, false},       {"state", NULL, TG_COLUMN_TEXT, false},
    {"kind", NULL, TG_COLUMN_TEXT, false},       {"country", NULL, TG_COLUMN_TEXT, false},
    {"grading", NULL, TG_COLUMN_TEXT, false},    {"tlp", NULL, TG_COLUMN_TEXT, false},
    {"summary", NULL, TG_COLUMN_TEXT, false},    {"matched", NULL, TG_COLUMN_TEXT, false},
    {"why", NULL, TG_COLUMN_TEXT, false},        {"before", NULL, TG_COLUMN_TEXT, false},
    {"after", NULL, TG_COLUMN_TEXT, false},      {"id", NULL, TG_COLUMN_TEXT, false},
    {"cleared_by", NULL, TG_COLUMN_TEXT, false}, {"cleared_until", NULL, TG_COLUMN_TEXT, false},
};
#define COLUMNS(columns) (sizeof columns / sizeof columns[0])

tg_err tg_screen_show_begin(struct tg_screen_show *show, struct tg_cli *cli, struct tg_progress *progress,
                            struct tg_errmsg *em)
{
    show->cli = cli;
    show->progress = progress;
    tg_arena_init(&show->row_arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_arena_init(&show->kept_arena, TG_SCREEN_KEPT_BYTES);
    show->kept = calloc(TG_SCREEN_KEPT_MAX, sizeof *show->kept);
    show->seen = calloc(TG_SCREEN_VALUES_COUNTED, sizeof *show->seen);
    if (!show->kept || !show->seen) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_random_fill(cli->random, show->key.bytes, sizeof show->key.bytes);
    if (cli->format == TG_FORMAT_TSV)
        tg_table_begin(&show->table, cli, "hit", all_columns, COLUMNS(all_columns));
    return TG_OK;
}

void tg_screen_show_release(struct tg_screen_show *show)
{
    for (size_t i = 0; show->seen && i < TG_SCREEN_VALUES_COUNTED; i++) free(show->seen[i].value);
    free(show->seen);
    free(show->kept);
    tg_table_release(&show->table);
    tg_arena_release(&show->row_arena);
    tg_arena_release(&show->kept_arena);
}

static const char *column_name(const struct tg_screen_show *show, unsigned column)
{
    return column && column <= show->column_count ? show->column_names[column - 1] : "";
}

/* ---- for programs ---- */

static tg_err place_json(const struct tg_screen_show *show, struct tg_json *json,
                         const struct tg_screen_place *place)
{
    tg_json_number(json, "line", (int64_t)place->line);
    if (place->column) {
        tg_json_number(json, "column", place->column);
        tg_json_text(json, "column_name", tg_view_str(column_name(show, place->column)));
    }
    if (place->has_at) tg_json_number(json, "at", (int64_t)place->at);
    tg_json_text(json, "value", place->value);
    if (place->before.bytes || place->after.bytes) {
        tg_json_text(json, "before", place->before);
        tg_json_text(json, "after", place->after);
    }
    return json->err;
}

static void cleared_json(struct tg_json *json, const struct tg_control_msg *msg)
{
    static const char *const names[] = {"cleared_by", "cleared_until", "cleared_ref"};
    for (size_t i = 0; i < COLUMNS(names); i++)
        if (tg_control_has(msg, names[i])) tg_json_text(json, names[i], tg_row_view(msg, names[i]));
}

static tg_err hit_json(struct tg_screen_show *show, const struct tg_screen_place *place,
                       const struct tg_row *row, const struct tg_control_msg *msg)
{
    struct tg_json json;
    tg_json_begin(&json, "hit");
    (void)place_json(show, &json, place);
    tg_json_number(&json, "score", row->score);
    tg_json_text(&json, "band", tg_view_str(row->band));
    tg_json_text(&json, "matched", tg_view_str(row->matched));
    tg_json_text(&json, "why", tg_view_str(row->why));
    cleared_json(&json, msg);
    tg_row_json(&json, row);
    return tg_json_put(&json, show->cli);
}

static const char *handling_of(const struct tg_row *row)
{
    return row->record ? tg_tlp_text(row->record->head->handling->tlp) : "";
}

static tg_err hit_tsv(struct tg_screen_show *show, const struct tg_screen_place *place,
                      const struct tg_row *row, const struct tg_control_msg *msg)
{
    struct tg_table *table = &show->table;
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    char grade[8];
    tg_err err = tg_row_summary(row, &summary);
    if (err) return err;
    tg_row_grade(row, grade);
    tg_table_number(table, (int64_t)place->line);
    tg_table_str(table, column_name(show, place->column));
    if (place->has_at)
        tg_table_number(table, (int64_t)place->at);
    else
        tg_table_none(table);
    tg_table_text(table, place->value);
    tg_table_str(table, row->ref);
    tg_table_number(table, row->score);
    tg_table_str(table, row->band);
    tg_table_str(table, row->state);
    tg_table_str(table, row->kind);
    tg_table_str(table, row->country);
    tg_table_str(table, grade);
    tg_table_str(table, handling_of(row));
    tg_table_text(table, tg_buf_view(&summary));
    tg_table_str(table, row->matched);
    tg_table_str(table, row->why);
    tg_table_text(table, place->before);
    tg_table_text(table, place->after);
    tg_table_hex(table, row->id);
    tg_table_text(table, tg_row_view(msg, "cleared_by"));
    tg_table_text(table, tg_row_view(msg, "cleared_until"));
    tg_table_row(table);
    return table->err;
}

/* ---- for people ---- */

static int kept_compare(const void *a, const void *b)
{
    const struct tg_screen_kept *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static tg_err kept_put(struct tg_screen_show *show)
{
    TG_AUTO(tg_table) struct tg_table table;
    tg_table_begin(&table, show->cli, "hit", shown_columns, COLUMNS(shown_columns));
    qsort(show->kept, show->kept_count, sizeof *show->kept, kept_compare);
    for (size_t i = 0; i < show->kept_count; i++) {
        const struct tg_screen_kept *kept = &show->kept[i];
        tg_table_number(&table, kept->line);
        for (size_t k = 0; k < SHOWN_CELLS; k++) tg_table_str(&table, kept->cells[k]);
        tg_table_row(&table);
    }
    tg_progress_end(show->progress);
    show->kept_count = 0;
    tg_arena_clear(&show->kept_arena);
    return tg_table_end(&table);
}

/* "column 'Passport No'", or the words around. */
static const char *where_text(struct tg_screen_show *show, const struct tg_screen_place *place)
{
    struct tg_arena *arena = &show->kept_arena;
    const char *name = column_name(show, place->column);
    if (place->before.bytes || place->after.bytes)
        return tg_arena_textf(arena, "%s%s%.*s>%.*s<%.*s", name, name[0] ? ": " : "",
                              TG_VIEW_PRINT(place->before), TG_VIEW_PRINT(place->value),
                              TG_VIEW_PRINT(place->after));
    return name[0] ? tg_arena_textf(arena, "column '%s'", name) : "";
}

/* "exact", "review .83", and who judged that it is not the one. */
static const char *match_text(struct tg_arena *arena, const struct tg_row *row)
{
    bool scored = row->score < 10000 && row->score > 0;
    return scored ? tg_arena_textf(arena, "%s .%02d", row->band, (int)(row->score / 100))
                  : tg_arena_text(arena, tg_view_str(row->band));
}

static const char *why_text(struct tg_arena *arena, const struct tg_row *row,
                            const struct tg_control_msg *msg)
{
    char mark[TG_MARK_BYTES];
    tg_row_mark(row, mark);
    const char *by = tg_control_text(msg, "cleared_by", "");
    return tg_arena_textf(arena, "%s%s%s%s%s%s%s", row->why, mark[0] ? "; " : "", mark,
                          by[0] ? "; judged not him by " : "", by, by[0] ? ", until " : "",
                          by[0] ? tg_control_text(msg, "cleared_until", "") : "");
}

static tg_err hit_keep(struct tg_screen_show *show, const struct tg_screen_place *place,
                       const struct tg_row *row, const struct tg_control_msg *msg)
{
    struct tg_arena *arena = &show->kept_arena;
    struct tg_screen_kept *kept = &show->kept[show->kept_count];
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    char grade[8];
    tg_err err = tg_row_summary(row, &summary);
    if (err) return err;
    tg_row_grade(row, grade);
    const char *tlp = handling_of(row), *colon = strchr(tlp, ':');
    *kept = (struct tg_screen_kept){.score = row->score, .order = show->hits, .line = (int64_t)place->line};
    const char *cells[SHOWN_CELLS] = {tg_arena_text(arena, place->value),
                                      tg_arena_text(arena, tg_view_str(row->ref)),
                                      tg_arena_text(arena, tg_view_str(row->kind)),
                                      match_text(arena, row),
                                      tg_arena_text(arena, tg_view_str(row->country)),
                                      tg_arena_text(arena, tg_view_str(grade)),
                                      tg_arena_text(arena, tg_view_str(colon ? colon + 1 : tlp)),
                                      tg_arena_text(arena, tg_buf_view(&summary)),
                                      why_text(arena, row, msg),
                                      where_text(show, place)};
    for (size_t i = 0; i < SHOWN_CELLS; i++)
        if (!(kept->cells[i] = cells[i])) return TG_ENOMEM;
    show->kept_count++;
    return TG_OK;
}

/* With what is held already shown, there is room again. */
static tg_err hit_text(struct tg_screen_show *show, const struct tg_screen_place *place,
                       const struct tg_row *row, const struct tg_control_msg *msg)
{
    bool full = show->kept_count == TG_SCREEN_KEPT_MAX ||
                show->kept_arena.taken_bytes > TG_SCREEN_KEPT_BYTES - 4 * TG_RECORD_BYTES_MAX;
    tg_err err = full ? kept_put(show) : TG_OK;
    return err ? err : hit_keep(show, place, row, msg);
}

/* ---- how often ---- */

static struct tg_screen_seen *seen_of(struct tg_screen_show *show, struct tg_view value)
{
    struct tg_token token;
    tg_token_of(&show->key, 0, value, &token);
    size_t at = tg_be32_get(token.bytes) % TG_SCREEN_VALUES_COUNTED;
    for (size_t looked = 0; looked < OFTEN_SHOWN; looked++) {
        struct tg_screen_seen *seen = &show->seen[(at + looked) % TG_SCREEN_VALUES_COUNTED];
        if (seen->places && memcmp(&seen->token, &token, sizeof token) != 0) continue;
        seen->token = token;
        return seen;
    }
    return NULL; /* too many different ones: every place is shown */
}

static bool same_place(const struct tg_screen_place *a, const struct tg_screen_place *b)
{
    return a->line == b->line && a->column == b->column && a->at == b->at && a->value.bytes == b->value.bytes;
}

/* Whether this place of the value is still shown; counts it once. */
static bool place_count(struct tg_screen_show *show, const struct tg_screen_place *place)
{
    struct tg_screen_seen *seen = seen_of(show, place->value);
    if (!show->places || !same_place(&show->last, place)) {
        show->places++;
        if (seen) seen->places++;
        show->last = *place;
    }
    if (!seen || seen->places <= TG_SCREEN_SHOWN_MAX) return true;
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (!seen->value && !tg_text_escape(place->value, &safe) && !tg_buf_put(&safe, "", 1))
        seen->value = (char *)tg_steal_ptr(&safe.data);
    show->untold++;
    return false;
}

static tg_err often_tell(struct tg_screen_show *show)
{
    size_t told = 0, more = 0;
    for (size_t i = 0; i < TG_SCREEN_VALUES_COUNTED; i++) {
        const struct tg_screen_seen *seen = &show->seen[i];
        if (seen->places <= TG_SCREEN_SHOWN_MAX) continue;
        if (told++ >= OFTEN_SHOWN) {
            more++;
            continue;
        }
        char places[TG_COUNT_BYTES];
        tg_count_format((int64_t)seen->places, places);
        tg_talk(show->cli, "'%.60s' stands in %s places; the first %d are shown\n",
                seen->value ? seen->value : "?", places, TG_SCREEN_SHOWN_MAX);
    }
    if (more)
        tg_talk(show->cli, "and %zu more values stand in more than %d places\n", more, TG_SCREEN_SHOWN_MAX);
    return TG_OK;
}

/* ---- rows of the answer ---- */

static tg_err cleared_tell(struct tg_screen_show *show, const struct tg_screen_place *place,
                           const struct tg_control_msg *msg)
{
    const char *ref = tg_control_text(msg, "ref", "");
    if (show->cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "cleared");
        (void)place_json(show, &json, place);
        tg_json_text(&json, "ref", tg_view_str(ref));
        cleared_json(&json, msg);
        return tg_json_put(&json, show->cli);
    }
    if (show->quiet_told++ >= QUIET_SHOWN) return TG_OK;
    tg_progress_end(show->progress);
    tg_talk(show->cli, "line %" PRIu64 ": %s stays quiet: judged not him by %s (%s), until %s\n", place->line,
            ref, tg_control_text(msg, "cleared_by", ""), tg_control_text(msg, "cleared_ref", ""),
            tg_control_text(msg, "cleared_until", ""));
    return TG_OK;
}

static tg_err more_tell(struct tg_screen_show *show, const struct tg_screen_place *place,
                        const struct tg_control_msg *msg)
{
    int64_t total = tg_control_number(msg, "total", 0), given = tg_control_number(msg, "given", 0);
    if (show->cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "more");
        (void)place_json(show, &json, place);
        tg_json_number(&json, "total", total);
        tg_json_number(&json, "given", given);
        return tg_json_put(&json, show->cli);
    }
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    tg_err err = tg_text_escape(place->value, &safe);
    if (err) return err;
    tg_progress_end(show->progress);
    tg_talk(show->cli, "line %" PRIu64 ": '%.*s' stands in %lld records; %lld are shown, the newest\n",
            place->line, TG_VIEW_PRINT(tg_buf_view(&safe)), (long long)total, (long long)given);
    return TG_OK;
}

tg_err tg_screen_show_row(void *ctx, const struct tg_screen_place *place, const struct tg_control_msg *msg,
                          struct tg_errmsg *em)
{
    struct tg_screen_show *show = ctx;
    struct tg_row *row = NULL;
    if (tg_row_is(msg, "cleared")) return cleared_tell(show, place, msg);
    show->hits += !tg_row_is(msg, "more");
    bool shown = place_count(show, place);
    if (!shown) return TG_OK;
    if (tg_row_is(msg, "more")) return more_tell(show, place, msg);
    tg_arena_clear(&show->row_arena);
    tg_err err = tg_row_keep(msg, &show->row_arena, &row, em);
    if (err) return err;
    if (show->cli->format == TG_FORMAT_JSON) return hit_json(show, place, row, msg);
    return show->cli->format == TG_FORMAT_TSV ? hit_tsv(show, place, row, msg)
                                              : hit_text(show, place, row, msg);
}

tg_err tg_screen_show_end(struct tg_screen_show *show, struct tg_errmsg *em)
{
    tg_err err = show->kept_count ? kept_put(show) : TG_OK;
    if (err) return tg_fail(em, err, "cannot show what was found");
    tg_progress_end(show->progress);
    if (show->quiet_told > QUIET_SHOWN)
        tg_talk(show->cli, "and %" PRIu64 " more stay quiet\n", show->quiet_told - QUIET_SHOWN);
    return often_tell(show);
}
