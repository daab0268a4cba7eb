/* A standing query taken apart: tokens and names that a record must have, the same that a query looks for.
 *
 * Knows no record. What a query finds: service_find.c; unit_service_watches compares the two.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/asked.h"
#include "node/watches.h"

struct compiling {
    struct tg_node *node;
    struct tg_watch *watch;
    struct tg_errmsg *em;
};

static const char *text_of(const struct compiling *compiling, enum tg_watch_text text)
{
    return compiling->watch->spec.texts[text];
}

static void token_of(struct tg_node *node, uint8_t type, struct tg_view form, struct tg_token *ret_token)
{
    tg_indexer_token2(node, type, form, tg_view_of(NULL, 0), ret_token);
}

/* The tokens are taken over; why may be NULL for out of memory. */
static tg_err term_add(struct compiling *compiling, const struct tg_token *tokens, size_t count,
                       uint16_t score, const char *why)
{
    struct tg_watch *watch = compiling->watch;
    if (!why || !tokens) return TG_ENOMEM;
    if (watch->term_count == TG_WATCH_TERMS_MAX)
        return tg_fail(compiling->em, TG_ELIMIT, "that may mean too many things; ask more precisely");
    watch->terms[watch->term_count++] =
        (struct tg_watch_term){.tokens = tokens, .count = count, .score = score, .why = why};
    return TG_OK;
}

static tg_err term_one(struct compiling *compiling, uint8_t type, struct tg_view form, uint16_t score,
                       const char *why)
{
    struct tg_token *token = tg_arena_take_array(&compiling->watch->arena, 1, sizeof *token);
    if (token) token_of(compiling->node, type, form, token);
    return term_add(compiling, token, 1, score, why);
}

/* ---- values ---- */

static tg_err form_add(struct compiling *compiling, const struct tg_selector *form)
{
    return term_one(
        compiling, (uint8_t)form->type, tg_selector_form(form), TG_SCORE_ONE,
        tg_arena_textf(&compiling->watch->arena, "%s %s equal", tg_selector_name(form->type), form->form));
}

static tg_err paper_add(struct compiling *compiling, const struct tg_selector *form, struct tg_view typed)
{
    TG_AUTO(tg_buf) struct tg_buf value = {0};
    struct tg_view number;
    uint8_t type = (uint8_t)form->type;
    if (!tg_asked_paper(form, typed, &number)) return TG_OK;
    tg_err err = tg_buf_put(&value, &type, 1);
    if (!err) err = tg_buf_put_view(&value, number);
    if (err) return err;
    return term_one(compiling, TG_TOKEN_PAPER, tg_buf_view(&value), TG_SCORE_PAPER,
                    tg_arena_textf(&compiling->watch->arena, TG_WHY_PAPER, tg_selector_name(form->type),
                                   TG_VIEW_PRINT(number)));
}

static tg_err guessed_add(struct compiling *compiling, struct tg_view text)
{
    TG_AUTO_FREE struct tg_selector *forms = calloc(TG_QUERY_FORMS_MAX, sizeof *forms);
    if (!forms) return TG_ENOMEM;
    size_t count = tg_selector_guess(text, compiling->node->country, forms, TG_QUERY_FORMS_MAX);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = form_add(compiling, &forms[i]);
        if (!err) err = paper_add(compiling, &forms[i], text);
    }
    return err;
}

static tg_err value_add(struct compiling *compiling)
{
    const char *type_name = text_of(compiling, TG_WATCH_TYPE), *value = text_of(compiling, TG_WATCH_VALUE);
    enum tg_selector_type type;
    struct tg_selector form;
    if (!type_name[0] && !value[0]) return TG_OK;
    if (!value[0]) return tg_fail(compiling->em, TG_EUSAGE, "type '%.40s' needs a value", type_name);
    if (!type_name[0]) return guessed_add(compiling, tg_view_str(value));
    tg_err err = tg_selector_type_of_name(tg_view_str(type_name), &type, compiling->em);
    if (!err)
        err = tg_selector_normalise(type, tg_view_str(value), compiling->node->country, &form, compiling->em);
    if (!err) err = form_add(compiling, &form);
    return err ? err : paper_add(compiling, &form, tg_view_str(value));
}

/* "list:number", as a reference is typed. Other references name a record that is here already. */
static tg_err external_add(struct compiling *compiling, const char *text)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || !colon[1] || strchr(text, ' ')) return TG_OK;
    tg_err err = tg_buf_put(&form, text, (size_t)(colon - text));
    if (!err) err = tg_buf_put(&form, "", 1);
    if (!err) err = tg_buf_put_str(&form, colon + 1);
    return err ? err
               : term_one(compiling, TG_TOKEN_EXTERNAL_ANY, tg_buf_view(&form), TG_SCORE_ONE, "reference");
}

/* ---- names ---- */

/* TG_EVALUE, TG_EFORMAT, TG_ELIMIT: it is none. */
static tg_err name_add(struct compiling *compiling, struct tg_view text, struct tg_date birth,
                       struct tg_errmsg *em)
{
    struct tg_watch *watch = compiling->watch;
    struct tg_watch_name *name = tg_arena_take_array(&watch->arena, 1, sizeof *name);
    if (!name) return TG_ENOMEM;
    *name = (struct tg_watch_name){.asked = {.birth = {.date = birth}}};
    tg_err err =
        tg_asked_features(text_of(compiling, TG_WATCH_BIRTH), text_of(compiling, TG_WATCH_NATIONALITY),
                          text_of(compiling, TG_WATCH_SEX), &name->asked, compiling->em);
    if (err) return err == TG_EVALUE || err == TG_EFORMAT ? TG_EUSAGE : err; /* not the name's fault */
    err = tg_name_parse(text, &name->name, em);
    if (!err) watch->names[watch->name_count++] = name;
    return err;
}

/* ---- facilities and words ---- */

static tg_err facility_add(struct compiling *compiling, struct tg_view text)
{
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    tg_err err = tg_indexer_fold(text, &folded);
    if (err || !folded.bytes) return TG_OK; /* no letters */
    return term_one(compiling, TG_TOKEN_FACILITY, tg_buf_view(&folded), TG_SCORE_FACILITY,
                    tg_arena_textf(&compiling->watch->arena, "facility %.*s", TG_VIEW_PRINT(text)));
}

struct words {
    struct compiling *compiling;
    struct tg_token *tokens;
    size_t count, longest_bytes;
};

/* The longest word comes first: fewer records have it. */
static tg_err word_found(void *ctx, struct tg_view folded)
{
    struct words *words = ctx;
    if (words->count == TG_WATCH_WORDS_MAX)
        return tg_fail(words->compiling->em, TG_ELIMIT, "more than %d words", TG_WATCH_WORDS_MAX);
    size_t at = words->count++;
    token_of(words->compiling->node, TG_TOKEN_WORD, folded, &words->tokens[at]);
    if (folded.bytes <= words->longest_bytes) return TG_OK;
    words->longest_bytes = folded.bytes;
    struct tg_token kept = words->tokens[0];
    words->tokens[0] = words->tokens[at];
    words->tokens[at] = kept;
    return TG_OK;
}

static tg_err words_add(struct compiling *compiling, struct tg_view text)
{
    struct tg_arena *arena = &compiling->watch->arena;
    struct words words = {.compiling = compiling,
                          .tokens = tg_arena_take_array(arena, TG_WATCH_WORDS_MAX, sizeof *words.tokens)};
    tg_err err = words.tokens ? tg_indexer_words(text, word_found, &words) : TG_ENOMEM;
    if (err || !words.count) return err;
    return term_add(compiling, words.tokens, words.count, TG_SCORE_TEXT,
                    tg_arena_textf(arena, "%s in its text: %.*s", words.count > 1 ? "all words" : "word",
                                   TG_VIEW_PRINT(text)));
}

/* ---- anything typed ---- */

static tg_err typed_add(struct compiling *compiling)
{
    struct tg_arena *arena = &compiling->watch->arena;
    char *text = tg_arena_text(arena, tg_text_trim(tg_view_str(text_of(compiling, TG_WATCH_TEXT))));
    char *rest = text ? tg_arena_text(arena, tg_view_str(text)) : NULL;
    struct tg_date birth = {0};
    if (!rest) return TG_ENOMEM;
    if (!text[0]) return TG_OK;
    tg_err err = external_add(compiling, text);
    if (!err) err = guessed_add(compiling, tg_view_str(text));
    tg_asked_date_take(rest, &birth);
    struct tg_view left = tg_text_trim(tg_view_str(rest));
    if (err || !left.bytes) return err;
    struct tg_errmsg ignored;
    err = name_add(compiling, left, birth, &ignored);
    bool no_name = err == TG_EVALUE || err == TG_EFORMAT || err == TG_ELIMIT;
    if (err && !no_name) return err;
    err = facility_add(compiling, left);
    return err ? err : words_add(compiling, left);
}

/* ---- filters ---- */

static tg_err filters_read(struct compiling *compiling)
{
    struct tg_watch *watch = compiling->watch;
    const char *origin = text_of(compiling, TG_WATCH_ORIGIN), *list = text_of(compiling, TG_WATCH_LIST);
    const char *facility = text_of(compiling, TG_WATCH_FACILITY);
    tg_err err = origin[0] ? tg_origin_read(compiling->node, origin, &watch->origin, compiling->em) : TG_OK;
    watch->has_origin = origin[0] != 0;
    watch->has_list = list[0] != 0;
    if (watch->has_list) token_of(compiling->node, TG_TOKEN_LIST, tg_view_str(list), &watch->list);
    watch->has_facility = facility[0] != 0;
    if (err || !watch->has_facility) return err;
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    err = tg_indexer_fold(tg_view_str(facility), &folded);
    token_of(compiling->node, TG_TOKEN_FACILITY, tg_buf_view(&folded), &watch->facility);
    return err;
}

/* Nothing but filters: the narrowest of them finds the record, or all are looked at. */
static tg_err filters_alone(struct compiling *compiling)
{
    struct tg_watch *watch = compiling->watch;
    const char *facility = text_of(compiling, TG_WATCH_FACILITY), *list = text_of(compiling, TG_WATCH_LIST);
    if (watch->has_facility)
        return term_add(compiling, &watch->facility, 1, TG_SCORE_TEXT,
                        tg_arena_textf(&watch->arena, "facility %s", facility));
    if (watch->has_list)
        return term_add(compiling, &watch->list, 1, TG_SCORE_TEXT,
                        tg_arena_textf(&watch->arena, "list %s", list));
    if (!watch->has_origin && !watch->spec.has_kinds)
        return tg_fail(compiling->em, TG_EUSAGE,
                       "nothing was asked: give a text, a name, a value, or what to narrow by");
    watch->loose = true;
    return TG_OK;
}

static tg_err compile(struct compiling *compiling)
{
    struct tg_watch *watch = compiling->watch;
    const char *name = text_of(compiling, TG_WATCH_NAME);
    struct tg_date unknown = {0};
    bool asked = text_of(compiling, TG_WATCH_TEXT)[0] || name[0] || text_of(compiling, TG_WATCH_VALUE)[0] ||
                 text_of(compiling, TG_WATCH_TYPE)[0];
    tg_err err = filters_read(compiling);
    if (!err) err = typed_add(compiling);
    if (!err && name[0]) err = name_add(compiling, tg_text_trim(tg_view_str(name)), unknown, compiling->em);
    if (!err) err = value_add(compiling);
    if (err || (asked && (watch->term_count || watch->name_count))) return err;
    return asked ? tg_fail(compiling->em, TG_EVALUE, "nothing can be looked for in that: it has no letters")
                 : filters_alone(compiling);
}

/* ---- life ---- */

static tg_err spec_copy(struct tg_watch *watch, const struct tg_watch_spec *spec)
{
    watch->spec = *spec;
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++) {
        watch->spec.texts[i] = tg_arena_text(&watch->arena, tg_view_str(spec->texts[i]));
        if (!watch->spec.texts[i]) return TG_ENOMEM;
    }
    return TG_OK;
}

void tg_watch_free(struct tg_watch *watch)
{
    if (!watch) return;
    tg_arena_release(&watch->arena);
    free(watch);
}

tg_err tg_watch_idle(const struct tg_watch_spec *spec, struct tg_watch **ret_watch)
{
    struct tg_watch *watch = calloc(1, sizeof *watch);
    if (!watch) return TG_ENOMEM;
    tg_arena_init(&watch->arena, TG_WATCH_BUDGET_BYTES);
    tg_err err = spec_copy(watch, spec);
    if (err) tg_watch_free(watch);
    if (!err) *ret_watch = watch;
    return err;
}

tg_err tg_watch_compile(struct tg_node *node, const struct tg_watch_spec *spec, struct tg_watch **ret_watch,
                        struct tg_errmsg *em)
{
    struct tg_watch *watch = NULL;
    tg_err err = tg_watch_idle(spec, &watch);
    if (err) return tg_fail(em, err, "out of memory for a standing query");
    struct compiling compiling = {.node = node, .watch = watch, .em = em};
    watch->terms = tg_arena_take_array(&watch->arena, TG_WATCH_TERMS_MAX, sizeof *watch->terms);
    err = watch->terms ? compile(&compiling) : TG_ENOMEM;
    if (err) {
        tg_watch_free(watch);
        return err == TG_ENOMEM ? tg_fail(em, err, "out of memory for a standing query") : err;
    }
    *ret_watch = watch;
    return TG_OK;
}
