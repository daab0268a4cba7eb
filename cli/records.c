/* Records fetched for a report, and the footnotes that say where each came from.
 *
 * Knows no report. Verb `records`: docs/control.md.
 */
#include "cli/records.h"

#include "cli/session.h"

#define PAGE 1000
#define DAY_MS 86400000

struct answer {
    struct tg_rows *rows;
    struct tg_errmsg *em;
};

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct answer *answer = ctx;
    return msg->kind == TG_CONTROL_ROW ? tg_rows_keep(answer->rows, msg, answer->em) : TG_OK;
}

static tg_err page_get(struct tg_cli *cli, const struct tg_records_want *want, struct tg_rows *rows,
                       int64_t *ret_total, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct answer answer = {rows, em};
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "records");
    for (size_t i = 0; want->kinds[i]; i++) tg_request_text(&request, "kind", want->kinds[i]);
    tg_request_text(&request, "origin", want->origin);
    tg_request_text(&request, "facility", want->facility);
    if (want->known_ms) tg_request_number(&request, "as_of", want->known_ms);
    tg_request_number(&request, "limit", PAGE);
    tg_request_number(&request, "offset", (int64_t)rows->count);
    tg_err err = tg_session_call(cli, &request, on_answer, &answer, &arena, &done, em);
    if (!err) *ret_total = tg_control_number(&done, "total", 0);
    return err;
}

tg_err tg_records_get(struct tg_cli *cli, const struct tg_records_want *want, struct tg_rows *rows,
                      struct tg_errmsg *em)
{
    int64_t total = 0;
    size_t before;
    do {
        before = rows->count;
        tg_err err = page_get(cli, want, rows, &total, em);
        if (err) return err;
    } while (rows->count > before && (int64_t)rows->count < total);
    return TG_OK;
}

void tg_footnotes_release(struct tg_footnotes *notes)
{
    for (size_t i = 0; i < notes->count; i++) tg_buf_release(&notes->texts[i]);
    notes->count = 0;
}

/* The number of that text, from 1; 0 when there is no room for another. Takes the text. */
static size_t note_number(struct tg_footnotes *notes, struct tg_buf *text)
{
    for (size_t i = 0; i < notes->count; i++)
        if (tg_view_equal(tg_buf_view(&notes->texts[i]), tg_buf_view(text))) return i + 1;
    if (notes->count == TG_FOOTNOTES_MAX) return 0;
    notes->texts[notes->count++] = *text;
    *text = (struct tg_buf){0};
    return notes->count;
}

tg_err tg_footnote_put(struct tg_footnotes *notes, const struct tg_row *row, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf source = {0};
    char grade[8];
    tg_err err = tg_row_source(row, &source);
    tg_row_grade(row, grade);
    if (!err && source.bytes && grade[0]) err = tg_buf_putf(&source, "; graded %s", grade);
    char mark[TG_MARK_BYTES];
    tg_row_mark(row, mark);
    if (!err) err = tg_buf_putf(out, " %s%s%s", row->ref, mark[0] ? " " : "", mark);
    if (err || !source.bytes) return err;
    bool press = row->record->head->source->type == TG_SOURCE_TYPE_PRESS;
    size_t number = note_number(notes, &source);
    if (!number) return tg_buf_putf(out, " (%.*s)", TG_VIEW_PRINT(tg_buf_view(&source)));
    return tg_buf_putf(out, "%s [%zu]", press ? " press" : "", number);
}

void tg_footnotes_print(struct tg_cli *cli, const struct tg_footnotes *notes)
{
    if (notes->count) tg_put(cli, "\n");
    for (size_t i = 0; i < notes->count; i++) {
        char first[32];
        (void)snprintf(first, sizeof first, "[%zu] ", i + 1);
        tg_put_wrapped(cli, first, strlen(first), tg_buf_view(&notes->texts[i]));
    }
}

int32_t tg_as_of_day(const struct tg_cli *cli, const struct tg_args *args)
{
    int64_t ms = tg_args_number(args, "as-of", tg_clock_wall_ms(cli->clock));
    return (int32_t)(ms / DAY_MS - (ms < 0 && ms % DAY_MS ? 1 : 0));
}
