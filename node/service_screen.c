/* Verb `screen`: a batch of values and names out of somebody's file, each met with what is held.
 *
 * Values are hashed and looked up together, names and judgements go one by one in slices. What will be shown is known, and
 * logged, before the first row; the log says how many were asked, never which. Contract: docs/control.md.
 */
#include "base/cursor.h"
#include "node/asked.h"
#include "node/cleared.h"
#include "node/service_internal.h"

#define NO_ROW UINT32_MAX
#define ITEM_ROW 0 /* a row begins: u16 bytes ‖ its document or nothing */
#define ITEM_NAME 255 /* u8 flags ‖ u16 bytes ‖ name ‖ u8 bytes ‖ birth ‖ ... nationality ‖ ... sex */
/* any other: type of selector ‖ u8 flags ‖ u16 bytes ‖ normal form */
#define FLAG_NO_ISSUER 1 /* of a paper: whoever issued it */

enum phase { PHASE_VALUES, PHASE_PAPERS, PHASE_NAMES, PHASE_JUDGE, PHASE_LOG, PHASE_ROWS };

struct item {
    uint32_t at, row; /* where it, and the row that it stands in, begin in the bytes */
    uint64_t total;   /* records that hold it */
    uint32_t hits;    /* of them in hits */
    bool paper;       /* ask for its number alone, too */
};
struct screen_hit {
    uint32_t item;
    uint16_t score;
    uint8_t band;
    bool exact, cleared;
    uint64_t recno;
    const char *why, *matched; /* of names; in the arena */
};
struct screening {
    struct tg_job job;
    struct tg_access_note note;
    struct tg_sieve sieve;
    struct tg_buf bytes; /* what was sent */
    struct item *items;
    size_t item_count, value_count, name_count;
    uint8_t *tokens; /* of the values of one slice */
    uint32_t *asked; /* their items */
    size_t asked_count;
    struct screen_hit *hits;
    size_t hit_count, hit_capacity;
    struct tg_arena arena;
    struct tg_cleared *cleared; /* of the row that is looked at */
    uint32_t cleared_row;
    struct tg_places places;
    enum phase phase;
    size_t cursor;
    bool all;
    uint64_t shown, cleared_count, hidden; /* hits; pairs judged not to be the one; records not live */
};

/* ---- what was sent ---- */

static struct tg_view item_text(struct tg_rd *rd)
{
    uint16_t bytes = tg_rd_u16(rd);
    return tg_rd_view(rd, bytes);
}

static struct tg_rd reader_at(const struct screening *screening, uint32_t at)
{
    return tg_rd_init(tg_view_of(screening->bytes.data + at, screening->bytes.bytes - at));
}

static tg_err item_add(struct screening *screening, const struct item *item)
{
    if (screening->item_count == TG_SCREEN_ITEMS_MAX) return TG_ELIMIT;
    screening->items[screening->item_count++] = *item;
    return TG_OK;
}

/* One entry behind the other; *row is where the last row began. */
static tg_err entry_read(struct screening *screening, struct tg_rd *rd, uint32_t *row)
{
    uint32_t at = (uint32_t)(screening->bytes.bytes - rd->left);
    struct item item = {.at = at, .row = *row};
    uint8_t kind = tg_rd_u8(rd);
    if (kind == ITEM_ROW) {
        struct tg_view document = item_text(rd);
        *row = document.bytes ? at : NO_ROW;
        return tg_utf8_valid(document) ? rd->err : TG_EFORMAT;
    }
    uint8_t flags = tg_rd_u8(rd);
    struct tg_view text = item_text(rd);
    for (int i = 0; kind == ITEM_NAME && i < 3; i++) {
        struct tg_view feature = tg_rd_view(rd, tg_rd_u8(rd));
        if (!tg_utf8_valid(feature)) return TG_EFORMAT;
    }
    if (rd->err) return rd->err;
    if (kind != ITEM_NAME && !tg_selector_name((enum tg_selector_type)kind)) return TG_EVALUE;
    if (!tg_utf8_valid(text)) return TG_EFORMAT;
    item.paper = kind != ITEM_NAME && (flags & FLAG_NO_ISSUER);
    screening->name_count += kind == ITEM_NAME;
    screening->value_count += kind != ITEM_NAME;
    return item_add(screening, &item);
}

static tg_err items_read(const struct tg_call *call, struct screening *screening, struct tg_errmsg *em)
{
    uint32_t row = NO_ROW;
    struct tg_view sent = tg_control_data(call->msg, TG_FIELD_SCREENED);
    tg_err err = tg_buf_put_view(&screening->bytes, sent);
    screening->items = calloc(TG_SCREEN_ITEMS_MAX, sizeof *screening->items);
    if (err || !screening->items) return TG_ENOMEM;
    struct tg_rd rd = tg_rd_init(tg_buf_view(&screening->bytes));
    while (rd.left && !err) err = entry_read(screening, &rd, &row);
    if (err == TG_ELIMIT) return tg_fail(em, err, "more than %d values in one batch", TG_SCREEN_ITEMS_MAX);
    if (err)
        return tg_fail(em, err, "the batch is not as docs/control.md says, at byte %zu",
                       screening->bytes.bytes - rd.left);
    if (screening->name_count > TG_SCREEN_NAMES_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d names in one batch", TG_SCREEN_NAMES_MAX);
    return TG_OK;
}

/* ---- hits ---- */

/* TG_ELIMIT: there is no room, and the item says how many there are. */
static tg_err hit_add(struct screening *screening, const struct screen_hit *hit)
{
    if (screening->hit_count == TG_SCREEN_HITS_MAX) return TG_ELIMIT;
    if (screening->hit_count == screening->hit_capacity) {
        size_t capacity = screening->hit_capacity ? screening->hit_capacity * 2 : 64;
        struct screen_hit *hits = realloc(screening->hits, capacity * sizeof *hits);
        if (!hits) return TG_ENOMEM;
        screening->hits = hits;
        screening->hit_capacity = capacity;
    }
    screening->hits[screening->hit_count++] = *hit;
    screening->items[hit->item].hits++;
    return TG_OK;
}

/* The newest records of one value that are live, and how many hold it in all. */
static tg_err value_hits(struct screening *screening, uint32_t item, bool exact, const uint64_t *recnos,
                         size_t given, size_t count)
{
    struct tg_node *node = screening->job.service->node;
    struct screen_hit hit = {
        .item = item, .exact = exact, .band = TG_BAND_REVIEW, .score = exact ? TG_SCORE_ONE : TG_SCORE_PAPER};
    uint64_t live = count - given; /* those are not looked at */
    size_t shown = 0;
    for (size_t i = given; i-- > 0;) {
        struct tg_index_rec rec;
        hit.recno = recnos[i];
        enum tg_sift sift = tg_sieve_sift(node, &screening->sieve, hit.recno, &rec);
        screening->hidden += sift == TG_SIFT_HIDDEN;
        if (sift != TG_SIFT_IN) continue;
        live++;
        if (shown == TG_SCREEN_SHOWN_MAX) continue;
        tg_err err = hit_add(screening, &hit);
        if (err && err != TG_ELIMIT) return err;
        shown += !err;
    }
    screening->items[item].total += live;
    return TG_OK;
}

static tg_err on_value(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count)
{
    struct screening *screening = ctx;
    return value_hits(screening, screening->asked[i], true, recnos, given, count);
}

static bool is_name(const struct screening *screening, size_t item)
{
    return screening->bytes.data[screening->items[item].at] == ITEM_NAME;
}

/* The type, and the form behind it. */
static uint8_t value_read(const struct screening *screening, size_t item, struct tg_view *ret_form)
{
    struct tg_rd rd = reader_at(screening, screening->items[item].at);
    uint8_t type = tg_rd_u8(&rd);
    (void)tg_rd_u8(&rd);
    *ret_form = item_text(&rd);
    return type;
}

static tg_err step_values(struct screening *screening, struct tg_errmsg *em)
{
    struct tg_node *node = screening->job.service->node;
    screening->asked_count = 0;
    while (screening->cursor < screening->item_count && screening->asked_count < TG_SCREEN_SLICE_VALUES) {
        size_t item = screening->cursor++;
        struct tg_view form;
        struct tg_token token;
        if (is_name(screening, item)) continue;
        uint8_t type = value_read(screening, item, &form);
        tg_indexer_token2(node, type, form, tg_view_of(NULL, 0), &token);
        memcpy(screening->tokens + screening->asked_count * TG_TOKEN_BYTES, token.bytes, TG_TOKEN_BYTES);
        screening->asked[screening->asked_count++] = (uint32_t)item;
    }
    return tg_index_lookup_batch(node->store, screening->tokens, screening->asked_count, on_value, screening,
                                 em);
}

/* Those that hold the whole form are hits already: growing, and gone from the list of those that hold the number. */
static void exact_leave_out(const struct screening *screening, size_t item, struct tg_recnos *recnos)
{
    size_t kept = 0;
    for (size_t i = 0; i < recnos->count; i++) {
        bool known = false;
        for (size_t k = 0; k < screening->hit_count && screening->items[item].hits && !known; k++)
            known = screening->hits[k].item == item && screening->hits[k].recno == recnos->items[i];
        if (!known) recnos->items[kept++] = recnos->items[i];
    }
    recnos->count = kept;
}

/* The number alone, whoever issued it. */
static tg_err step_paper(struct screening *screening, size_t item, struct tg_errmsg *em)
{
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    TG_AUTO(tg_buf) struct tg_buf key = {0};
    struct tg_view form, number;
    if (!screening->items[item].paper) return TG_OK;
    uint8_t type = value_read(screening, item, &form);
    if (!tg_paper_number((enum tg_selector_type)type, form, &number)) return TG_OK;
    tg_err err = tg_buf_put(&key, &type, 1);
    if (!err) err = tg_buf_put_view(&key, number);
    if (!err)
        err = tg_recnos_token(screening->job.service->node, TG_TOKEN_PAPER, tg_buf_view(&key), &recnos, em);
    if (err || !recnos.count) return err;
    exact_leave_out(screening, item, &recnos);
    return value_hits(screening, (uint32_t)item, false, recnos.items, recnos.count, recnos.count);
}

/* ---- names ---- */

struct name_asked {
    struct tg_view text;
    char features[3][256]; /* birth, nationality, sex */
};

static void name_read(const struct screening *screening, size_t item, struct name_asked *name)
{
    struct tg_rd rd = reader_at(screening, screening->items[item].at);
    (void)tg_rd_u8(&rd);
    (void)tg_rd_u8(&rd);
    name->text = item_text(&rd);
    for (int i = 0; i < 3; i++) {
        struct tg_view text = tg_rd_view(&rd, tg_rd_u8(&rd));
        memcpy(name->features[i], text.data, text.bytes);
        name->features[i][text.bytes] = 0;
    }
}

static tg_err name_hit(struct screening *screening, size_t item, const struct tg_name *asked,
                       const struct tg_name_result *result)
{
    struct tg_name candidate;
    TG_AUTO(tg_buf) struct tg_buf why = {0};
    struct tg_index_rec rec;
    enum tg_sift sift = tg_sieve_sift(screening->job.service->node, &screening->sieve, result->id, &rec);
    screening->hidden += sift == TG_SIFT_HIDDEN;
    if (sift != TG_SIFT_IN) return TG_OK;
    struct screen_hit hit = {.item = (uint32_t)item,
                             .recno = result->id,
                             .score = result->scored.score,
                             .band = result->scored.band};
    tg_err err = tg_name_parse(result->name, &candidate, NULL);
    if (!err) err = tg_score_explain(asked, &candidate, &result->scored, &why);
    if (err) return err;
    screening->items[item].total++;
    if (screening->hit_count == TG_SCREEN_HITS_MAX) return TG_OK; /* counted */
    hit.why = tg_arena_text(&screening->arena, tg_buf_view(&why));
    hit.matched = tg_arena_text(&screening->arena, result->name);
    return hit.why && hit.matched ? hit_add(screening, &hit) : TG_OK;
}

/* What is no name finds nothing; the caller's file is full of such. */
static tg_err step_name(struct screening *screening, size_t item)
{
    struct name_asked name;
    struct tg_name parsed;
    struct tg_asked asked = {0};
    struct tg_name_result *results = NULL;
    size_t count = 0;
    if (!is_name(screening, item)) return TG_OK;
    name_read(screening, item, &name);
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_HITS_BUDGET_BYTES);
    tg_err err = tg_asked_features(name.features[0], name.features[1], name.features[2], &asked, NULL);
    if (!err) err = tg_name_parse(name.text, &parsed, NULL);
    if (err) return err == TG_ENOMEM ? err : TG_OK;
    struct tg_name_query query = {.text = name.text,
                                  .features = asked.features,
                                  .threshold = screening->all ? TG_SCORE_LIST : TG_SCORE_REVIEW,
                                  .limit = TG_SCREEN_SHOWN_MAX};
    err = tg_name_index_query(tg_indexer_names(screening->job.service->node), &query, &arena, &results,
                              &count, NULL);
    if (err) return err == TG_ENOMEM ? err : TG_OK;
    for (size_t i = 0; i < count && !err; i++) err = name_hit(screening, item, &parsed, &results[i]);
    return err;
}

/* ---- judged not to be the one ---- */

static tg_err cleared_of_row(struct screening *screening, uint32_t row, struct tg_errmsg *em)
{
    struct tg_rec_document document;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (screening->cleared_row == row) return TG_OK;
    screening->cleared_row = row;
    screening->cleared->count = 0;
    struct tg_rd rd = reader_at(screening, row);
    (void)tg_rd_u8(&rd);
    const char *text = tg_arena_text(&arena, item_text(&rd));
    if (!text) return TG_ENOMEM;
    if (tg_cleared_document(text, &arena, &document, NULL))
        return TG_OK; /* nobody was judged by such a one */
    return tg_cleared_by_document(screening->job.service->node, &document, screening->cleared, em);
}

static int hit_compare(const void *a, const void *b)
{
    const struct screen_hit *x = a, *y = b;
    if (x->item != y->item) return x->item < y->item ? -1 : 1;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->recno < y->recno) - (x->recno > y->recno); /* the newest first */
}

static bool is_shown(const struct screening *screening, const struct screen_hit *hit)
{
    return !hit->cleared || screening->all;
}

static tg_err step_judge(struct screening *screening, size_t at, struct tg_errmsg *em)
{
    if (!at) qsort(screening->hits, screening->hit_count, sizeof *screening->hits, hit_compare);
    struct screen_hit *hit = &screening->hits[at];
    struct tg_index_rec rec;
    uint32_t row = screening->items[hit->item].row;
#ifdef TG_CONTROL_SCREEN_LOUD
    row = NO_ROW;
#endif
    tg_err err = row == NO_ROW ? TG_OK : cleared_of_row(screening, row, em);
    hit->cleared = !err && row != NO_ROW && tg_cleared_find(screening->cleared, hit->recno);
    screening->cleared_count += hit->cleared;
    bool there = !err && !tg_index_get(screening->job.service->node->store, hit->recno, &rec, NULL);
    if (!there || !is_shown(screening, hit)) return err;
    screening->shown++;
    return tg_places_add_rec(&screening->places, &rec);
}

/* ---- log ---- */

/* "values=1200 names=30 file='manifest.csv'": the note ends with a zero byte. */
static tg_err note_counts(struct screening *screening)
{
    struct tg_buf *detail = &screening->note.detail;
    if (detail->bytes) detail->bytes--;
    tg_err err = tg_buf_putf(detail, "%svalues=%zu names=%zu", detail->bytes ? " " : "",
                             screening->value_count, screening->name_count);
    return err ? err : tg_buf_put(detail, "", 1);
}

static tg_err step_log(struct screening *screening, struct tg_errmsg *em)
{
    tg_err err = note_counts(screening);
    return err ? err
               : tg_access_note_put(&screening->note, &screening->job, screening->shown, &screening->places,
                                    em);
}

/* ---- rows ---- */

static void why_put(const struct screening *screening, const struct screen_hit *hit,
                    struct tg_control_out *row)
{
    struct tg_view form, number = {0};
    char why[TG_SELECTOR_FORM_BYTES_MAX + 128];
    if (hit->why) {
        tg_control_put_text(row, "why", hit->why);
        tg_control_put_text(row, "matched", hit->matched);
        return;
    }
    enum tg_selector_type type = (enum tg_selector_type)value_read(screening, hit->item, &form);
    if (hit->exact)
        (void)snprintf(why, sizeof why, "%s %.*s equal", tg_selector_name(type), TG_VIEW_PRINT(form));
    else if (tg_paper_number(type, form, &number))
        (void)snprintf(why, sizeof why, TG_WHY_PAPER, tg_selector_name(type), TG_VIEW_PRINT(number));
    tg_control_put_text(row, "why", why);
    tg_control_put_view(row, "matched", hit->exact ? form : number);
}

static void clearing_put(const struct screening *screening, struct tg_control_out *row,
                         const struct tg_clearing *clearing)
{
    char until[TG_DATE_TEXT_BYTES];
    tg_date_format(clearing->until, until);
    tg_control_put_text(row, "cleared_ref", clearing->ref);
    tg_control_put_text(row, "cleared_by", tg_trust_country(screening->job.service->node, &clearing->origin));
    tg_control_put_text(row, "cleared_until", until);
}

/* A record, or with `row`=`cleared` only its ref and who judged so. */
static tg_err hit_put(struct screening *screening, const struct screen_hit *hit, struct tg_buf *out,
                      struct tg_errmsg *em)
{
    struct tg_node *node = screening->job.service->node;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    const struct tg_clearing *clearing = NULL;
    tg_err err = hit->cleared ? cleared_of_row(screening, screening->items[hit->item].row, em) : TG_OK;
    if (!err && hit->cleared) clearing = tg_cleared_find(screening->cleared, hit->recno);
    if (!err) err = tg_lookup_open(node, hit->recno, &arena, &found, em);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN || (!err && !found.record))
        return TG_OK; /* gone meanwhile */
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_number(&row, "of_item", hit->item);
    if (is_shown(screening, hit)) {
        tg_put_record(node, &row, &found, true);
        tg_control_put_number(&row, "score", hit->score);
        tg_control_put_text(&row, "band", hit->exact ? "exact" : tg_band_name((enum tg_band)hit->band));
        why_put(screening, hit, &row);
    } else {
        char ref[TG_REF_TEXT_BYTES];
        tg_lookup_ref_text(node, &found, ref);
        tg_control_put_text(&row, "row", "cleared");
        tg_control_put_text(&row, "ref", ref);
    }
    if (clearing) clearing_put(screening, &row, clearing);
    return tg_control_end(&row);
}

/* More records hold the value than are shown. */
static tg_err more_put(const struct screening *screening, size_t item, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "more");
    tg_control_put_number(&row, "of_item", (int64_t)item);
    tg_control_put_number(&row, "total", (int64_t)screening->items[item].total);
    tg_control_put_number(&row, "given", screening->items[item].hits);
    return tg_control_end(&row);
}

static tg_err done_put(const struct screening *screening, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_text(&done, "country", screening->job.service->node->country);
    tg_control_put_number(&done, "values", (int64_t)screening->value_count);
    tg_control_put_number(&done, "names", (int64_t)screening->name_count);
    tg_control_put_number(&done, "cleared", (int64_t)screening->cleared_count);
    tg_control_put_number(&done, "hidden", (int64_t)screening->hidden);
    return tg_control_end(&done);
}

static tg_err step_row(struct screening *screening, size_t at, struct tg_buf *out, struct tg_errmsg *em)
{
    const struct screen_hit *hit = &screening->hits[at];
    tg_err err = hit_put(screening, hit, out, em);
    bool last = at + 1 == screening->hit_count || screening->hits[at + 1].item != hit->item;
    const struct item *item = &screening->items[hit->item];
    return err || !last || item->total <= item->hits ? err : more_put(screening, hit->item, out);
}

/* Items of which not one hit found room. */
static tg_err crowded_out(const struct screening *screening, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; screening->hit_count == TG_SCREEN_HITS_MAX && i < screening->item_count && !err; i++)
        if (screening->items[i].total && !screening->items[i].hits) err = more_put(screening, i, out);
    return err;
}

/* ---- the job ---- */

static size_t phase_end(const struct screening *screening)
{
    if (screening->phase == PHASE_LOG) return 1;
    bool of_hits = screening->phase == PHASE_JUDGE || screening->phase == PHASE_ROWS;
    return of_hits ? screening->hit_count : screening->item_count;
}

static tg_err step_one(struct screening *screening, struct tg_buf *out, struct tg_errmsg *em)
{
    if (screening->phase == PHASE_VALUES) return step_values(screening, em);
    size_t at = screening->cursor++;
    if (screening->phase == PHASE_PAPERS) return step_paper(screening, at, em);
    if (screening->phase == PHASE_NAMES) return step_name(screening, at);
    if (screening->phase == PHASE_JUDGE) return step_judge(screening, at, em);
    return screening->phase == PHASE_LOG ? step_log(screening, em) : step_row(screening, at, out, em);
}

static tg_err screening_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                             struct tg_errmsg *em)
{
    struct screening *screening = (struct screening *)job;
    int64_t begun_us = tg_service_now_us(job->service);
    *ret_step = TG_STEP_MORE;
    while (screening->cursor < phase_end(screening)) {
        tg_err err = step_one(screening, out, em);
        if (err) return err;
        bool look = screening->phase == PHASE_VALUES || screening->phase == PHASE_NAMES ||
                    screening->cursor % TG_SERVICE_CLOCK_LOOKS == 0;
        if (out->bytes >= TG_SERVICE_SEND_BYTES_MAX ||
            (look && tg_service_now_us(job->service) - begun_us > TG_SERVICE_SLICE_US))
            return TG_OK;
    }
    screening->cursor = 0;
    if (screening->phase != PHASE_ROWS) {
        screening->phase++;
        return TG_OK;
    }
    *ret_step = TG_STEP_END;
    tg_err err = crowded_out(screening, out);
    return err ? err : done_put(screening, out);
}

static void screening_free(struct tg_job *job)
{
    struct screening *screening = (struct screening *)job;
    tg_access_note_release(&screening->note);
    tg_sieve_release(&screening->sieve);
    tg_buf_release(&screening->bytes);
    tg_arena_release(&screening->arena);
    tg_places_release(&screening->places);
    free(screening->items);
    free(screening->tokens);
    free(screening->asked);
    free(screening->hits);
    free(screening->cleared);
    free(screening);
}

static const struct tg_job_kind screening_kind = {.step = screening_step, .free = screening_free};

tg_err tg_verb_screen(struct tg_call *call, struct tg_errmsg *em)
{
    struct screening *screening = tg_job_start(call, &screening_kind, sizeof *screening);
    if (!screening) return TG_ENOMEM;
    screening->job.uses_index = true;
    screening->cleared_row = NO_ROW;
    screening->all = tg_control_number(call->msg, "all", 0) != 0;
    tg_arena_init(&screening->arena, TG_SERVICE_HITS_BUDGET_BYTES);
    screening->tokens = calloc(TG_SCREEN_SLICE_VALUES, TG_TOKEN_BYTES);
    screening->asked = calloc(TG_SCREEN_SLICE_VALUES, sizeof *screening->asked);
    screening->cleared = calloc(1, sizeof *screening->cleared);
    if (!screening->tokens || !screening->asked || !screening->cleared) return TG_ENOMEM;
    tg_err err = tg_access_note_take(call, &screening->note);
    if (!err) err = tg_sieve_init(call, &screening->sieve, em);
    return err ? err : items_read(call, screening, em);
}
