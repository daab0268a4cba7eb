/* What a typed question finds: references, selectors, names, facilities and words, each with its reason.
 *
 * Knows no filters, pages or rows. Bands and scores: docs/control.md `query`, match/score.h.
 */
#include "node/asked.h"
#include "node/cleared.h"
#include "node/service_internal.h"

void tg_hits_init(struct tg_hits *hits)
{
    *hits = (struct tg_hits){0};
    tg_arena_init(&hits->arena, TG_SERVICE_HITS_BUDGET_BYTES);
}

void tg_hits_release(struct tg_hits *hits)
{
    tg_arena_release(&hits->arena);
    free(hits->items);
}

static tg_err hits_add(struct tg_hits *hits, const struct tg_hit *hit)
{
    if (hits->count == hits->capacity) {
        size_t capacity = hits->capacity ? hits->capacity * 2 : 64;
        struct tg_hit *items = realloc(hits->items, capacity * sizeof *items);
        if (!items) return TG_ENOMEM;
        hits->items = items;
        hits->capacity = capacity;
    }
    hits->items[hits->count++] = *hit;
    return TG_OK;
}

/* The newest of them, as many as are asked for and never fewer than a few thousand, of which the best ones are then shown;
 * the others are counted. */
static tg_err hits_add_all(struct tg_hits *hits, const struct tg_recnos *recnos, const struct tg_hit *like)
{
    size_t most = hits->wanted > TG_LOOKUP_HITS_MAX ? hits->wanted : TG_LOOKUP_HITS_MAX;
    size_t from = recnos->count > most ? recnos->count - most : 0;
    tg_err err = TG_OK;
    hits->hidden += from;
    for (size_t i = from; i < recnos->count && !err; i++) {
        struct tg_hit hit = *like;
        hit.recno = recnos->items[i];
        err = hits_add(hits, &hit);
    }
    return err;
}

/* By record, best first; of two alike the first reason added. */
static int hit_compare(const void *a, const void *b)
{
    const struct tg_hit *x = a, *y = b;
    if (x->recno != y->recno) return x->recno < y->recno ? -1 : 1;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return strcmp(x->why, y->why);
}

/* What one look-up alone has found is in order already. */
static bool hits_sorted(const struct tg_hits *hits)
{
    for (size_t i = 1; i < hits->count; i++)
        if (hits->items[i].recno <= hits->items[i - 1].recno) return false;
    return true;
}

/* One hit a record: the best one, with every other reason as a further line. */
static tg_err hits_merge(struct tg_hits *hits)
{
    size_t kept = 0;
    if (hits_sorted(hits)) return TG_OK;
    qsort(hits->items, hits->count, sizeof *hits->items, hit_compare);
    for (size_t i = 0; i < hits->count; i++) {
        struct tg_hit *last = kept ? &hits->items[kept - 1] : NULL;
        const struct tg_hit *hit = &hits->items[i];
        if (!last || last->recno != hit->recno) {
            hits->items[kept++] = *hit;
            continue;
        }
        if (!hit->score || strcmp(hit->why, hits->items[i - 1].why) == 0) continue;
        last->why = tg_arena_textf(&hits->arena, "%s\n%s", last->why, hit->why);
        if (!last->why) return TG_ENOMEM;
    }
    hits->count = kept;
    return TG_OK;
}

/* ---- references ---- */

static tg_err find_ref(const struct tg_call *call, const char *text, struct tg_hits *hits)
{
    struct tg_hit hit = {.score = TG_SCORE_ONE, .band = "exact", .why = "reference", .matched = text};
    tg_err err = tg_lookup_ref(call->node, text, &hit.recno, NULL);
    if (err == TG_EWITHDRAWN) hits->hidden++;
    return err ? TG_OK : hits_add(hits, &hit); /* most texts are no reference */
}

/* ---- selectors ---- */

static tg_err find_form(const struct tg_call *call, const struct tg_selector *selector, struct tg_hits *hits,
                        struct tg_errmsg *em)
{
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    tg_err err =
        tg_recnos_token(call->node, (uint8_t)selector->type, tg_selector_form(selector), &recnos, em);
    if (err || !recnos.count) return err;
    struct tg_hit like = {.score = TG_SCORE_ONE, .band = "exact"};
    like.matched = tg_arena_textf(&hits->arena, "%s", selector->form);
    like.why = tg_arena_textf(&hits->arena, "%s %s equal", tg_selector_name(selector->type), selector->form);
    if (!like.matched || !like.why) return TG_ENOMEM;
    return hits_add_all(hits, &recnos, &like);
}

/* Whoever issued it, when nobody typed who did. */
static tg_err find_paper(const struct tg_call *call, const struct tg_selector *selector, struct tg_view typed,
                         struct tg_hits *hits, struct tg_errmsg *em)
{
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    struct tg_view number;
    uint8_t type = (uint8_t)selector->type;
    if (!tg_asked_paper(selector, typed, &number)) return TG_OK;
    tg_err err = tg_buf_put(&form, &type, 1);
    if (!err) err = tg_buf_put_view(&form, number);
    if (!err) err = tg_recnos_token(call->node, TG_TOKEN_PAPER, tg_buf_view(&form), &recnos, em);
    if (err || !recnos.count) return err;
    struct tg_hit like = {.score = TG_SCORE_PAPER, .band = tg_band_name(TG_BAND_REVIEW)};
    like.matched = tg_arena_textf(&hits->arena, "%.*s", TG_VIEW_PRINT(number));
    like.why =
        tg_arena_textf(&hits->arena, TG_WHY_PAPER, tg_selector_name(selector->type), TG_VIEW_PRINT(number));
    if (!like.matched || !like.why) return TG_ENOMEM;
    return hits_add_all(hits, &recnos, &like);
}

static tg_err find_guessed(const struct tg_call *call, struct tg_view text, struct tg_hits *hits,
                           struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_selector *forms = calloc(TG_QUERY_FORMS_MAX, sizeof *forms);
    if (!forms) return TG_ENOMEM;
    size_t count = tg_selector_guess(text, call->node->country, forms, TG_QUERY_FORMS_MAX);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = find_form(call, &forms[i], hits, em);
        if (!err) err = find_paper(call, &forms[i], text, hits, em);
    }
    return err;
}

/* Fields type and value. */
static tg_err find_value(const struct tg_call *call, const char *type_name, const char *value,
                         struct tg_hits *hits, struct tg_errmsg *em)
{
    enum tg_selector_type type;
    struct tg_selector selector;
    if (!value[0]) return tg_fail(em, TG_EUSAGE, "type '%.40s' needs a value", type_name);
    if (!type_name[0]) return find_guessed(call, tg_view_str(value), hits, em);
    tg_err err = tg_selector_type_of_name(tg_view_str(type_name), &type, em);
    if (!err) err = tg_selector_normalise(type, tg_view_str(value), call->node->country, &selector, em);
    if (!err) err = find_form(call, &selector, hits, em);
    return err ? err : find_paper(call, &selector, tg_view_str(value), hits, em);
}

/* Field document: whoever has it. */
static tg_err find_document(const struct tg_call *call, const char *text, struct tg_hits *hits,
                            struct tg_errmsg *em)
{
    struct tg_rec_document document;
    struct tg_selector selector;
    tg_err err = tg_cleared_document(text, &hits->arena, &document, em);
    return err || !tg_document_selector(&document, &selector) ? err : find_form(call, &selector, hits, em);
}

/* ---- names ---- */

/* A name as asked for, and what else was said of the person. */
struct asking {
    struct tg_view text;
    struct tg_asked asked;
};

static tg_err asking_features(const struct tg_call *call, struct asking *asking, struct tg_errmsg *em)
{
    return tg_asked_features(tg_control_text(call->msg, "birth", ""),
                             tg_control_text(call->msg, "nationality", ""),
                             tg_control_text(call->msg, "sex", ""), &asking->asked, em);
}

static tg_err name_hit(const struct tg_call *call, const struct tg_name *query,
                       const struct tg_name_result *result, struct tg_hits *hits)
{
    struct tg_name candidate;
    TG_AUTO(tg_buf) struct tg_buf why = {0};
    bool listed = result->scored.band == TG_BAND_LIST && !tg_control_number(call->msg, "all", 0);
    struct tg_hit hit = {.recno = result->id,
                         .score = listed ? 0 : result->scored.score,
                         .band = tg_band_name((enum tg_band)result->scored.band)};
    tg_err err = tg_name_parse(result->name, &candidate, NULL);
    if (!err) err = tg_score_explain(query, &candidate, &result->scored, &why);
    if (err) return err;
    hit.why = tg_arena_text(&hits->arena, tg_buf_view(&why));
    hit.matched = tg_arena_text(&hits->arena, result->name);
    return hit.why && hit.matched ? hits_add(hits, &hit) : TG_ENOMEM;
}

static tg_err find_name(const struct tg_call *call, const struct asking *asking, struct tg_hits *hits,
                        struct tg_errmsg *em)
{
    struct tg_name parsed;
    struct tg_name_result *results = NULL;
    size_t count = 0;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_HITS_BUDGET_BYTES);
    struct tg_name_query query = {.text = asking->text,
                                  .features = asking->asked.features,
                                  .threshold = TG_SCORE_LIST,
                                  .limit = TG_NAME_RESULTS_MAX};
    tg_err err = tg_name_parse(asking->text, &parsed, em);
    if (!err) err = tg_name_index_query(tg_indexer_names(call->node), &query, &arena, &results, &count, em);
    for (size_t i = 0; i < count && !err; i++) err = name_hit(call, &parsed, &results[i], hits);
    return err;
}

/* ---- facilities and words ---- */

static tg_err find_facility(const struct tg_call *call, struct tg_view text, struct tg_hits *hits,
                            struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    tg_err err = tg_indexer_fold(text, &folded);
    if (err || !folded.bytes) return TG_OK; /* no letters */
    err = tg_recnos_token(call->node, TG_TOKEN_FACILITY, tg_buf_view(&folded), &recnos, em);
    if (err || !recnos.count) return err;
    struct tg_hit like = {.score = TG_SCORE_FACILITY, .band = "text"};
    like.matched = tg_arena_text(&hits->arena, text);
    like.why = tg_arena_textf(&hits->arena, "facility %.*s", TG_VIEW_PRINT(text));
    return like.matched && like.why ? hits_add_all(hits, &recnos, &like) : TG_ENOMEM;
}

struct words {
    const struct tg_call *call;
    struct tg_errmsg *em;
    struct tg_recnos left; /* hold all words so far */
    size_t count;
};

static void intersect(struct tg_recnos *left, const struct tg_recnos *other)
{
    size_t kept = 0, j = 0;
    for (size_t i = 0; i < left->count; i++) {
        while (j < other->count && other->items[j] < left->items[i]) j++;
        if (j < other->count && other->items[j] == left->items[i]) left->items[kept++] = left->items[i];
    }
    left->count = kept;
}

static tg_err word_found(void *ctx, struct tg_view folded)
{
    struct words *words = ctx;
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    if (words->count && !words->left.count) return TG_OK;
    tg_err err = tg_recnos_token(words->call->node, TG_TOKEN_WORD, folded, &recnos, words->em);
    if (err) return err;
    if (words->count++) {
        intersect(&words->left, &recnos);
    } else {
        words->left = recnos;
        recnos = (struct tg_recnos){0};
    }
    return TG_OK;
}

static tg_err find_words(const struct tg_call *call, struct tg_view text, struct tg_hits *hits,
                         struct tg_errmsg *em)
{
    struct words words = {.call = call, .em = em};
    tg_err err = tg_indexer_words(text, word_found, &words);
    struct tg_hit like = {.score = TG_SCORE_TEXT, .band = "text"};
    if (!err && words.left.count) {
        like.matched = tg_arena_text(&hits->arena, text);
        like.why = tg_arena_textf(&hits->arena, "%s in its text: %.*s",
                                  words.count > 1 ? "all words" : "word", TG_VIEW_PRINT(text));
        err = like.matched && like.why ? hits_add_all(hits, &words.left, &like) : TG_ENOMEM;
    }
    tg_recnos_release(&words.left);
    return err;
}

/* ---- anything typed ---- */

static tg_err find_typed(const struct tg_call *call, const char *typed, struct tg_hits *hits,
                         struct tg_errmsg *em)
{
    char *text = tg_arena_text(&hits->arena, tg_text_trim(tg_view_str(typed)));
    if (!text) return TG_ENOMEM;
    if (!text[0]) return tg_fail(em, TG_EVALUE, "nothing was asked: the text is empty");
    tg_err err = find_ref(call, text, hits);
    if (!err) err = find_guessed(call, tg_view_str(text), hits, em);
    char *rest = tg_arena_text(&hits->arena, tg_view_str(text));
    struct asking asking = {.text = {.bytes = 0}};
    if (!err && !rest) err = TG_ENOMEM;
    if (err) return err;
    tg_asked_date_take(rest, &asking.asked.birth.date);
    err = asking_features(call, &asking, em);
    asking.text = tg_text_trim(tg_view_str(rest));
    if (err || !asking.text.bytes) return err;
    struct tg_errmsg ignored;
    err = find_name(call, &asking, hits, &ignored);
    bool no_name = err == TG_EVALUE || err == TG_EFORMAT || err == TG_ELIMIT;
    if (err && !no_name) return err;
    err = find_facility(call, asking.text, hits, em);
    return err ? err : find_words(call, asking.text, hits, em);
}

tg_err tg_find(const struct tg_call *call, struct tg_hits *hits, bool *ret_asked, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "text", ""), *name = tg_control_text(call->msg, "name", "");
    const char *type = tg_control_text(call->msg, "type", ""),
               *value = tg_control_text(call->msg, "value", "");
    bool has_text = tg_control_has(call->msg, "text"), has_value = type[0] || value[0];
    static const char *const features[] = {"birth", "nationality", "sex"};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (tg_control_has(call->msg, features[i]) && !name[0] && !has_text)
            return tg_fail(em, TG_EUSAGE, "'%s' is compared with a name: give the name too", features[i]);
    tg_err err = has_text ? find_typed(call, text, hits, em) : TG_OK;
    if (!err && name[0]) {
        struct asking asking = {.text = tg_text_trim(tg_view_str(name))};
        err = asking_features(call, &asking, em);
        if (!err) err = find_name(call, &asking, hits, em);
    }
    if (!err && has_value) err = find_value(call, type, value, hits, em);
    const char *document = tg_control_text(call->msg, "document", "");
    if (!err && document[0]) err = find_document(call, document, hits, em);
    if (!err) err = hits_merge(hits);
    if (err == TG_ENOMEM) return tg_fail(em, TG_ELIMIT, "too much answers that; ask more precisely");
    if (!err) *ret_asked = has_text || name[0] || has_value || document[0];
    return err;
}
