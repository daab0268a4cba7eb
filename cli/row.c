/* Record rows of the node's answers, kept and shown the same way by every command.
 *
 * Knows no command. Fields: docs/control.md "What stands for a record".
 */
#include "cli/row.h"

#include "base/text.h"
#include "match/name.h"
#include "proto/json.h"

static const char *keep_text(const struct tg_control_msg *msg, const char *name, struct tg_arena *arena,
                             bool *ok)
{
    const char *text = tg_arena_text(arena, tg_view_str(tg_control_text(msg, name, "")));
    *ok = *ok && text;
    return text ? text : "";
}

static bool texts_keep(const struct tg_control_msg *msg, struct tg_arena *arena, struct tg_row *row)
{
    const struct {
        const char *name;
        const char **at;
    } texts[] = {{"ref", &row->ref},         {"origin", &row->origin}, {"country", &row->country},
                 {"kind", &row->kind},       {"state", &row->state},   {"audience", &row->audience},
                 {"settled", &row->settled}, {"band", &row->band},     {"why", &row->why},
                 {"matched", &row->matched}};
    bool ok = true;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i].at = keep_text(msg, texts[i].name, arena, &ok);
    return ok;
}

static void numbers_keep(const struct tg_control_msg *msg, struct tg_row *row)
{
    const struct {
        const char *name;
        int64_t *at;
    } numbers[] = {{"epoch", &row->epoch},
                   {"index", &row->index},
                   {"item", &row->item},
                   {"of", &row->of},
                   {"stored_ms", &row->stored_ms},
                   {"created", &row->created},
                   {"score", &row->score},
                   {"over", &row->over},
                   {"disputed", &row->disputed},
                   {"dispute_deadline_ms", &row->dispute_deadline_ms},
                   {"dispute_overdue", &row->dispute_overdue}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i].at = tg_control_number(msg, numbers[i].name, 0);
}

static tg_err record_keep(const struct tg_control_msg *msg, struct tg_arena *arena, struct tg_row *row)
{
    struct tg_view bytes = tg_control_data(msg, "record");
    row->unreadable = row->nature = "";
    if (!bytes.bytes) return TG_OK;
    struct tg_errmsg why = {0};
    tg_err err = tg_record_decode(bytes, arena, &row->record, &why);
    if (!err && row->record->kind == TG_KIND_ALERT) {
        const char *nature = tg_enum_name(TG_ENUM_NATURE, (int)row->record->alert->nature);
        row->nature = nature ? nature : "newer";
    }
    if (!err || err == TG_ENOMEM) return err;
    row->record = NULL;
    row->unreadable = tg_arena_text(arena, tg_view_str(tg_errmsg_text(&why, err)));
    return row->unreadable ? TG_OK : TG_ENOMEM;
}

tg_err tg_row_keep(const struct tg_control_msg *msg, struct tg_arena *arena, struct tg_row **ret_row,
                   struct tg_errmsg *em)
{
    struct tg_row *row = tg_arena_take(arena, sizeof *row);
    struct tg_view id = tg_control_data(msg, "id");
    bool ok = row && texts_keep(msg, arena, row);
    if (ok) row->id = tg_view_of(tg_arena_copy(arena, id.data, id.bytes), id.bytes);
    if (!ok || !row->id.data)
        return tg_fail(em, TG_ENOMEM, "the answer is too large: ask for less with --limit");
    numbers_keep(msg, row);
    tg_err err = record_keep(msg, arena, row);
    if (err) return tg_fail(em, err, "the answer is too large: ask for less with --limit");
    *ret_row = row;
    return TG_OK;
}

void tg_rows_release(struct tg_rows *rows)
{
    free(rows->rows);
    rows->rows = NULL;
    rows->count = rows->capacity = 0;
}

tg_err tg_rows_keep(struct tg_rows *rows, const struct tg_control_msg *msg, struct tg_errmsg *em)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 64;
        struct tg_row **grown = reallocarray(rows->rows, capacity, sizeof *grown);
        if (!grown) return tg_fail(em, TG_ENOMEM, "the answer is too large");
        rows->rows = grown;
        rows->capacity = capacity;
    }
    tg_err err = tg_row_keep(msg, rows->arena, &rows->rows[rows->count], em);
    if (!err) rows->count++;
    return err;
}

/* The name that a summary shows, of the kinds that have names. */
static const char *main_name(const struct tg_record *record)
{
    const struct tg_rec_name *names = NULL;
    size_t count = 0;
    if (record->kind == TG_KIND_PERSON) names = record->person->names, count = record->person->names_count;
    if (record->kind == TG_KIND_CELL) names = record->cell->names, count = record->cell->names_count;
    if (record->kind == TG_KIND_FACILITY)
        names = record->facility->names, count = record->facility->names_count;
    for (size_t i = 0; i < count; i++)
        if (names[i].kind == TG_NAME_KIND_PRIMARY) return names[i].text;
    return count ? names[0].text : NULL;
}

/* " [Rahmonov Abdullo]" when the name is not in Latin letters. */
static tg_err reading_put(const char *name, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf plain = {0}, read = {0};
    tg_err err = tg_text_escape(tg_view_str(name), &plain);
    if (!err) err = tg_put_reading(&read, tg_view_str(name));
    if (err || read.bytes <= plain.bytes) return err;
    return tg_buf_put(out, read.data + plain.bytes, read.bytes - plain.bytes);
}

tg_err tg_row_summary(const struct tg_row *row, struct tg_buf *out)
{
    if (!row->record && row->unreadable[0])
        return tg_buf_putf(out, "%s: not readable here (%s)", row->kind, row->unreadable);
    if (!row->record && strcmp(row->state, "withdrawn") == 0)
        return tg_buf_putf(out, "%s: withdrawn", row->kind);
    if (!row->record) return tg_buf_putf(out, "%s: contents not shown", row->kind);
    TG_AUTO(tg_buf) struct tg_buf raw = {0};
    tg_err err = tg_record_summary(row->record, &raw);
    if (!err) err = tg_text_escape(tg_buf_view(&raw), out);
    if (!err && row->over) err = tg_buf_put_str(out, " (over)");
    const char *name = main_name(row->record);
    return err || !name ? err : reading_put(name, out);
}

tg_err tg_row_source(const struct tg_row *row, struct tg_buf *out)
{
    const struct tg_rec_source *source = row->record ? row->record->head->source : NULL;
    if (!source || !source->present) return TG_OK;
    const char *type = tg_enum_name(TG_ENUM_SOURCE_TYPE, (int)source->type);
    tg_err err = tg_buf_put_str(out, type ? type : "source of a newer kind");
    if (!err && source->name[0]) err = tg_buf_put_str(out, ": ");
    if (!err) err = tg_text_escape(tg_view_str(source->name), out);
    if (!err && tg_date_known(source->date)) {
        char date[TG_DATE_TEXT_BYTES];
        tg_date_format(source->date, date);
        err = tg_buf_putf(out, " %s", date);
    }
    bool press = source->type == TG_SOURCE_TYPE_PRESS;
    return err || !press ? err : tg_buf_put_str(out, ", not confirmed by a state");
}

void tg_row_grade(const struct tg_row *row, char out[static 8])
{
    out[0] = 0;
    const struct tg_rec_grading *grading = row->record ? row->record->head->grading : NULL;
    if (!grading || !grading->present) return;
    bool known = grading->reliability >= TG_RELIABILITY_A && grading->reliability <= TG_RELIABILITY_F;
    out[0] = known ? "ABCDEF"[grading->reliability - TG_RELIABILITY_A] : '?';
    known = grading->credibility >= TG_CREDIBILITY_1 && grading->credibility <= TG_CREDIBILITY_6;
    out[1] = known ? "123456"[grading->credibility - TG_CREDIBILITY_1] : '?';
    out[2] = 0;
}

void tg_row_mark(const struct tg_row *row, char out[static TG_MARK_BYTES])
{
    char when[TG_WHEN_BYTES], count[32] = "";
    out[0] = 0;
    if (!row->disputed) return;
    tg_when_format(row->dispute_deadline_ms, when);
    if (row->disputed > 1) (void)snprintf(count, sizeof count, " by %lld", (long long)row->disputed);
    if (row->dispute_overdue)
        (void)snprintf(out, TG_MARK_BYTES, "DISPUTED%s, OVERDUE since %.10s", count, when);
    else if (row->dispute_deadline_ms)
        (void)snprintf(out, TG_MARK_BYTES, "DISPUTED%s, to be decided by %.10s", count, when);
    else
        (void)snprintf(out, TG_MARK_BYTES, "DISPUTED%s", count);
}

const char *tg_tlp_text(enum tg_rec_tlp tlp)
{
    static const char *const texts[] = {"",          "TLP:CLEAR",        "TLP:GREEN",
                                        "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"};
    return (size_t)tlp < sizeof texts / sizeof texts[0] ? texts[tlp] : "TLP:?";
}

void tg_row_json(struct tg_json *json, const struct tg_row *row)
{
    tg_json_text(json, "ref", tg_view_str(row->ref));
    tg_json_hex(json, "id", row->id);
    tg_json_text(json, "country", tg_view_str(row->country));
    tg_json_text(json, "origin", tg_view_str(row->origin));
    tg_json_number(json, "epoch", row->epoch);
    tg_json_number(json, "index", row->index);
    tg_json_number(json, "item", row->item);
    tg_json_number(json, "of", row->of);
    tg_json_text(json, "kind", tg_view_str(row->kind));
    tg_json_text(json, "state", tg_view_str(row->state));
    if (row->nature[0]) tg_json_text(json, "nature", tg_view_str(row->nature));
    if (row->nature[0]) tg_json_number(json, "over", row->over);
    tg_json_text(json, "audience", tg_view_str(row->audience));
    tg_json_text(json, "settled", tg_view_str(row->settled));
    tg_json_time(json, "created", row->created * 1000);
    tg_json_time(json, "stored", row->stored_ms);
    if (row->disputed) {
        tg_json_number(json, "disputed", row->disputed);
        tg_json_time(json, "dispute_deadline", row->dispute_deadline_ms);
        tg_json_raw(json, "dispute_overdue", tg_view_str(row->dispute_overdue ? "true" : "false"));
    }
    TG_AUTO(tg_buf) struct tg_buf record = {0};
    if (row->record && !tg_record_to_json(row->record, &record))
        tg_json_raw(json, "record", tg_buf_view(&record));
    else
        tg_json_null(json, "record");
}
