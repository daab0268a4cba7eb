/* Values and names out of a file, gathered into batches and asked of the node.
 *
 * Bytes of a batch: docs/control.md `screen`.
 */
#include "cli/screen_batch.h"

#include <stdlib.h>

#include "base/text.h"
#include "cli/row.h"
#include "cli/session.h"

#define ITEM_ROW 0
#define ITEM_NAME 255
#define FLAG_NO_ISSUER 1
#define NAMES_AT_ONCE 256 /* one takes the node as long as thousands of values */
#define FEATURE_BYTES_MAX 255

struct asked {
    uint64_t line, at;
    unsigned column;
    bool has_at, met;
    size_t text_at; /* value ‖ before ‖ after in texts */
    uint32_t value_bytes, before_bytes, after_bytes;
    struct tg_token token;
};
struct tg_screen_batch {
    struct tg_cli *cli;
    const char *file;
    bool all;
    tg_screen_on_row on_row;
    void *ctx;
    struct tg_buf items, texts;
    struct tg_buf document; /* of the row that is gathered */
    struct asked *asked;
    size_t count, names;
    struct tg_token_key key;    /* of this run alone */
    struct tg_token *fruitless; /* slots: what met nothing */
    char country[3];
    struct tg_screen_counts counts;
    struct tg_errmsg *em;
};

tg_err tg_screen_batch_new(struct tg_cli *cli, const char *file, bool all, tg_screen_on_row on_row, void *ctx,
                           struct tg_screen_batch **ret_batch, struct tg_errmsg *em)
{
    struct tg_screen_batch *batch = calloc(1, sizeof *batch);
    if (!batch) return tg_fail(em, TG_ENOMEM, "out of memory");
    *batch = (struct tg_screen_batch){.cli = cli, .file = file, .all = all, .on_row = on_row, .ctx = ctx};
    tg_random_fill(cli->random, batch->key.bytes, sizeof batch->key.bytes);
    batch->asked = calloc(TG_SCREEN_BATCH_ITEMS, sizeof *batch->asked);
    batch->fruitless = calloc(TG_SCREEN_REMEMBERED, sizeof *batch->fruitless);
    if (!batch->asked || !batch->fruitless) {
        tg_screen_batch_free(batch);
        return tg_fail(em, TG_ENOMEM, "out of memory");
    }
    *ret_batch = batch;
    return TG_OK;
}

void tg_screen_batch_free(struct tg_screen_batch *batch)
{
    if (!batch) return;
    tg_buf_release(&batch->items);
    tg_buf_release(&batch->texts);
    tg_buf_release(&batch->document);
    free(batch->asked);
    free(batch->fruitless);
    free(batch);
}

const char *tg_screen_country(const struct tg_screen_batch *batch)
{
    return batch->country;
}

const struct tg_screen_counts *tg_screen_counts_of(const struct tg_screen_batch *batch)
{
    return &batch->counts;
}

/* ---- what met nothing ---- */

static struct tg_token *slot_of(struct tg_screen_batch *batch, const struct tg_token *token)
{
    return &batch->fruitless[tg_be32_get(token->bytes) % TG_SCREEN_REMEMBERED];
}

static bool is_fruitless(struct tg_screen_batch *batch, const struct tg_token *token)
{
    return memcmp(slot_of(batch, token), token, sizeof *token) == 0;
}

/* ---- gathering ---- */

static tg_err u16_put(struct tg_buf *out, size_t number)
{
    uint8_t bytes[2];
    tg_be16_put(bytes, (uint16_t)number);
    return tg_buf_put(out, bytes, sizeof bytes);
}

static tg_err small_put(struct tg_buf *out, const char *text)
{
    size_t all = strlen(text);
    uint8_t bytes = (uint8_t)(all < FEATURE_BYTES_MAX ? all : 0);
    tg_err err = tg_buf_put(out, &bytes, 1);
    return err ? err : tg_buf_put(out, text, bytes);
}

static tg_err full(struct tg_errmsg *em, tg_err err)
{
    return err ? tg_fail(em, err, "out of memory") : TG_OK;
}

static tg_err row_put(struct tg_screen_batch *batch)
{
    static const uint8_t row = ITEM_ROW;
    tg_err err = tg_buf_put(&batch->items, &row, 1);
    if (!err) err = u16_put(&batch->items, batch->document.bytes);
    return err ? err : tg_buf_put_view(&batch->items, tg_buf_view(&batch->document));
}

tg_err tg_screen_row(struct tg_screen_batch *batch, struct tg_view document, struct tg_errmsg *em)
{
    bool fits = batch->names < NAMES_AT_ONCE;
    tg_err err = fits ? TG_OK : tg_screen_flush(batch, em);
    tg_buf_clear(&batch->document);
    if (!err)
        err = full(em, tg_buf_put(&batch->document, document.data,
                                  document.bytes < UINT16_MAX ? document.bytes : 0));
    return err ? err : full(em, row_put(batch));
}

static tg_err asked_add(struct tg_screen_batch *batch, const struct tg_screen_place *place,
                        const struct tg_token *token)
{
    struct asked *asked = &batch->asked[batch->count];
    *asked = (struct asked){.line = place->line,
                            .at = place->at,
                            .column = place->column,
                            .has_at = place->has_at,
                            .text_at = batch->texts.bytes,
                            .value_bytes = (uint32_t)place->value.bytes,
                            .before_bytes = (uint32_t)place->before.bytes,
                            .after_bytes = (uint32_t)place->after.bytes,
                            .token = *token};
    tg_err err = tg_buf_put_view(&batch->texts, place->value);
    if (!err) err = tg_buf_put_view(&batch->texts, place->before);
    if (!err) err = tg_buf_put_view(&batch->texts, place->after);
    if (!err) batch->count++;
    return err;
}

/* Room for one more; a row that is divided has its document in front of both parts. */
static tg_err room_make(struct tg_screen_batch *batch, struct tg_errmsg *em)
{
    bool fits = batch->count < TG_SCREEN_BATCH_ITEMS && batch->items.bytes < TG_SCREEN_BATCH_BYTES &&
                batch->names < NAMES_AT_ONCE;
    tg_err err = fits ? TG_OK : tg_screen_flush(batch, em);
    return err || fits ? err : full(em, row_put(batch));
}

tg_err tg_screen_value(struct tg_screen_batch *batch, const struct tg_screen_place *place,
                       const struct tg_selector *form, bool no_issuer, struct tg_errmsg *em)
{
    struct tg_token token;
    uint8_t front[2] = {(uint8_t)form->type, no_issuer ? FLAG_NO_ISSUER : 0};
    tg_err err = room_make(batch, em);
    if (err) return err;
    if (form->flags & TG_SELECTOR_NOISE) {
        batch->counts.noise++;
        return TG_OK;
    }
    batch->counts.values++;
    tg_token_of(&batch->key, front[0], tg_selector_form(form), &token);
    token.bytes[TG_TOKEN_BYTES - 1] = (uint8_t)((token.bytes[TG_TOKEN_BYTES - 1] & 0xFE) | front[1]);
    if (is_fruitless(batch, &token)) return TG_OK;
    err = tg_buf_put(&batch->items, front, sizeof front);
    if (!err) err = u16_put(&batch->items, form->form_bytes);
    if (!err) err = tg_buf_put_view(&batch->items, tg_selector_form(form));
    return full(em, err ? err : asked_add(batch, place, &token));
}

tg_err tg_screen_name(struct tg_screen_batch *batch, const struct tg_screen_place *place,
                      const struct tg_screen_name *name, struct tg_errmsg *em)
{
    static const uint8_t front[2] = {ITEM_NAME, 0};
    struct tg_token token;
    tg_err err = room_make(batch, em);
    if (err || !name->text.bytes || name->text.bytes > TG_NAME_BYTES_MAX || !tg_utf8_valid(name->text))
        return err;
    size_t begin = batch->items.bytes;
    batch->counts.names++;
    err = tg_buf_put(&batch->items, front, sizeof front);
    if (!err) err = u16_put(&batch->items, name->text.bytes);
    if (!err) err = tg_buf_put_view(&batch->items, name->text);
    if (!err) err = small_put(&batch->items, name->birth);
    if (!err) err = small_put(&batch->items, name->country);
    if (!err) err = small_put(&batch->items, name->sex);
    if (err) return full(em, err);
    struct tg_view item = tg_view_of(batch->items.data + begin, batch->items.bytes - begin);
    tg_token_of(&batch->key, ITEM_NAME, item, &token);
    if (is_fruitless(batch, &token)) {
        batch->items.bytes = begin;
        return TG_OK;
    }
    batch->names++;
    return full(em, asked_add(batch, place, &token));
}

/* ---- asking ---- */

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_screen_batch *batch = ctx;
    int64_t number = tg_control_number(msg, "of_item", -1);
    if (msg->kind != TG_CONTROL_ROW || number < 0 || (size_t)number >= batch->count) return TG_OK;
    struct asked *asked = &batch->asked[number];
    const uint8_t *text = batch->texts.data + asked->text_at;
    struct tg_screen_place place = {
        .line = asked->line,
        .column = asked->column,
        .has_at = asked->has_at,
        .at = asked->at,
        .value = tg_view_of(text, asked->value_bytes),
        .before = tg_view_of(text + asked->value_bytes, asked->before_bytes),
        .after = tg_view_of(text + asked->value_bytes + asked->before_bytes, asked->after_bytes)};
    asked->met = true;
    return batch->on_row(batch->ctx, &place, msg, batch->em);
}

static tg_err ask(struct tg_screen_batch *batch, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(batch->cli, &request, "screen");
    tg_request_text(&request, "file", batch->file);
    if (batch->all) tg_request_number(&request, "all", 1);
    tg_request_data(&request, "items", tg_buf_view(&batch->items));
    batch->em = em;
    tg_err err = tg_session_call(batch->cli, &request, on_answer, batch, &arena, &done, em);
    if (err) return err;
    (void)snprintf(batch->country, sizeof batch->country, "%.2s", tg_control_text(&done, "country", ""));
    batch->counts.cleared += (uint64_t)tg_control_number(&done, "cleared", 0);
    batch->counts.hidden += (uint64_t)tg_control_number(&done, "hidden", 0);
    return TG_OK;
}

tg_err tg_screen_begin(struct tg_screen_batch *batch, struct tg_errmsg *em)
{
    return ask(batch, em);
}

tg_err tg_screen_flush(struct tg_screen_batch *batch, struct tg_errmsg *em)
{
    tg_err err = batch->count ? ask(batch, em) : TG_OK;
    for (size_t i = 0; i < batch->count && !err; i++)
        if (!batch->asked[i].met) *slot_of(batch, &batch->asked[i].token) = batch->asked[i].token;
    tg_buf_clear(&batch->items);
    tg_buf_clear(&batch->texts);
    batch->count = batch->names = 0;
    return err;
}
