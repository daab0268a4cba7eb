/* What a record says as tokens, so that it is found by them.
 *
 * Stores nothing. Token types: node/core.h; their forms: docs/formats-store.md.
 */
#include "base/text.h"
#include "match/fold.h"
#include "node/asked.h"
#include "node/cleared.h"
#include "node/disputes.h"
#include "node/duty.h"
#include "node/indexer.h"
#include "node/review.h"

/* ---- folding ---- */

static bool blank(uint8_t c)
{
    return c <= ' ';
}

tg_err tg_indexer_words(struct tg_view text, tg_err (*word)(void *ctx, struct tg_view folded), void *ctx)
{
    struct tg_word words[TG_NAME_TOKENS_MAX];
    size_t taken = 0;
    while (text.bytes && taken < TG_WORDS_MAX) {
        while (text.bytes && blank(text.data[0])) text.data++, text.bytes--;
        size_t bytes = 0, count = 0;
        while (bytes < text.bytes && !blank(text.data[bytes])) bytes++;
        tg_err err = bytes && bytes <= TG_NAME_BYTES_MAX
                         ? tg_fold_words(tg_view_of(text.data, bytes), words, &count)
                         : TG_OK;
        for (size_t i = 0; !err && i < count; i++, taken++)
            if (words[i].fold_bytes >= TG_WORD_BYTES_MIN)
                err = word(ctx, tg_view_of(words[i].fold, words[i].fold_bytes));
        if (err && err != TG_EFORMAT && err != TG_ELIMIT) return err;
        text.data += bytes;
        text.bytes -= bytes;
    }
    return TG_OK;
}

static tg_err fold_put(void *ctx, struct tg_view folded)
{
    struct tg_buf *out = ctx;
    tg_err err = out->bytes ? tg_buf_put(out, " ", 1) : TG_OK;
    return err ? err : tg_buf_put_view(out, folded);
}

tg_err tg_indexer_fold(struct tg_view text, struct tg_buf *out)
{
    return tg_indexer_words(text, fold_put, out);
}

/* ---- tokens of one record ---- */

static void gather2(struct tg_gathered *to, uint8_t type, struct tg_view a, struct tg_view b)
{
    if (to->count == TG_RECORD_TOKENS_MAX) return; /* limits of record fields keep it below */
    struct tg_token token;
    tg_indexer_token2(to->node, type, a, b, &token);
    memcpy(to->tokens + to->count++ * TG_INDEX_TOKEN_BYTES, token.bytes, TG_INDEX_TOKEN_BYTES);
}

static void gather(struct tg_gathered *to, uint8_t type, struct tg_view form)
{
    gather2(to, type, form, tg_view_of(NULL, 0));
}

static tg_err gather_word(void *ctx, struct tg_view folded)
{
    gather(ctx, TG_TOKEN_WORD, folded);
    return TG_OK;
}

static const struct tg_rec_facility_ref *facility_of(const struct tg_record *record)
{
    switch (record->kind) {
    case TG_KIND_ALERT:
        return record->alert->facility;
    case TG_KIND_INDICATOR:
        return record->indicator->facility;
    case TG_KIND_CELL:
        return record->cell->facility;
    case TG_KIND_INCIDENT:
        return record->incident->facility;
    case TG_KIND_ASSESSMENT:
        return record->assessment->facility;
    case TG_KIND_MEASURE:
        return record->measure->facility;
    case TG_KIND_CONTACT:
        return record->contact->facility;
    case TG_KIND_CUSTODY:
        return record->custody->facility;
    case TG_KIND_SIGHTING:
        return record->sighting->facility;
    case TG_KIND_NEWER:
    case TG_KIND_PERSON:
    case TG_KIND_FACILITY:
    case TG_KIND_WITHDRAWAL:
    case TG_KIND_LINK:
    case TG_KIND_REQUEST:
    case TG_KIND_ANSWER:
    case TG_KIND_SAMENESS:
    case TG_KIND_DISPUTE:
    case TG_KIND_ACKNOWLEDGEMENT:
        return NULL;
    }
    return NULL;
}

static tg_err gather_facility(struct tg_gathered *to, struct tg_view name)
{
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    tg_err err = tg_indexer_fold(name, &folded);
    if (!err && folded.bytes) gather(to, TG_TOKEN_FACILITY, tg_buf_view(&folded));
    return err;
}

static tg_err gather_facilities(struct tg_gathered *to, const struct tg_record *record,
                                const struct tg_facets *facets)
{
    const struct tg_rec_facility_ref *facility = facility_of(record);
    tg_err err = facility && facility->name[0] ? gather_facility(to, tg_view_str(facility->name)) : TG_OK;
    for (size_t i = 0; !err && i < facets->names_count; i++) {
        if (facets->names[i].subject != TG_FACET_FACILITY && facets->names[i].subject != TG_FACET_PLACE)
            continue;
        err = gather_facility(to, facets->names[i].text);
        if (!err) err = tg_indexer_words(facets->names[i].text, gather_word, to);
    }
    return err;
}

static tg_err gather_external(struct tg_gathered *to, const struct tg_facets *facets)
{
    if (!facets->list || !facets->list[0]) return TG_OK;
    gather(to, TG_TOKEN_LIST, tg_view_str(facets->list));
    if (!facets->external_id[0]) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    tg_err err = tg_import_external_form(facets->list, facets->external_id, &form);
    if (err) return err;
    gather(to, TG_TOKEN_EXTERNAL_ANY, tg_buf_view(&form));
    return TG_OK;
}

static tg_err gather_own_external(struct tg_gathered *to, const struct tg_hash *origin,
                                  const struct tg_facets *facets)
{
    if (!facets->list || !facets->list[0] || !facets->external_id[0]) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    tg_err err = tg_import_external_form(facets->list, facets->external_id, &form);
    if (!err) gather2(to, TG_TOKEN_EXTERNAL, TG_VIEW_ARRAY(origin->bytes), tg_buf_view(&form));
    return err;
}

static void gather_identity(struct tg_gathered *to, const struct tg_record *record,
                            const struct tg_placed *placed)
{
    uint8_t place[20], kind = (uint8_t)record->kind;
    tg_be32_put(place, placed->log->number);
    tg_be64_put(place + 4, placed->index);
    tg_be64_put(place + 12, placed->item);
    gather(to, TG_TOKEN_PLACE, TG_VIEW_ARRAY(place));
    gather(to, TG_TOKEN_ID, TG_VIEW_ARRAY(record->id.bytes));
    gather(to, TG_TOKEN_ID_FRONT, tg_view_of(record->id.bytes, 4));
    gather2(to, TG_TOKEN_DIGEST, TG_VIEW_ARRAY(placed->log->id.origin.bytes),
            TG_VIEW_ARRAY(record->digest.bytes));
    if (record->kind != TG_KIND_INDICATOR) gather(to, TG_TOKEN_KIND, tg_view_of(&kind, 1));
}

static void gather_contest(struct tg_gathered *to, const struct tg_record *record,
                           const struct tg_placed *placed)
{
    const struct tg_hash *target = tg_disputes_target(record);
    if (!target) return;
    gather(to, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(target->bytes));
    if (tg_disputes_opens(to->node, record, &placed->log->id.origin))
        gather(to, TG_TOKEN_CONTESTS, tg_view_of(NULL, 0));
}

/* What duty asks for: whom a record speaks for, and the thread of an alert. */
static void gather_duty(struct tg_gathered *to, const struct tg_record *record, const struct tg_hash *origin)
{
    struct tg_view by = TG_VIEW_ARRAY(origin->bytes);
    const struct tg_hash *target = tg_duty_speaks_of(record);
    if (target) gather2(to, TG_TOKEN_SAID, TG_VIEW_ARRAY(target->bytes), by);
    if (record->kind != TG_KIND_ALERT) return;
    struct tg_view thread = TG_VIEW_ARRAY(tg_duty_thread(record)->bytes);
    gather(to, TG_TOKEN_THREAD, thread);
    if (record->alert->thread == TG_THREAD_KIND_STAND_DOWN) gather2(to, TG_TOKEN_OVER, thread, by);
}

/* Of our own records alone: each origin looks after its own. */
static void gather_review(struct tg_gathered *to, const struct tg_record *record,
                          const struct tg_placed *placed)
{
    uint8_t form[4];
    int32_t day;
    if (!placed->log->own || !tg_review_day(record, &day)) return;
    tg_be32_put(form, (uint32_t)day);
    const char *list = record->head->list;
    gather(to, list[0] ? TG_TOKEN_REVIEW_LISTED : TG_TOKEN_REVIEW, TG_VIEW_ARRAY(form));
    if (list[0]) gather2(to, TG_TOKEN_REVIEW_OF, TG_VIEW_ARRAY(form), tg_view_str(list));
}

/* All that a not_him is found by (node/cleared.h). */
static tg_err gather_cleared(struct tg_gathered *to, const struct tg_record *record)
{
    bool not_him =
        record->kind == TG_KIND_SIGHTING && record->sighting->outcome == TG_SIGHTING_OUTCOME_NOT_HIM;
    if (!not_him) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    tg_err err = tg_document_form(record->sighting->document, &form);
    if (err) return err == TG_EVALUE ? TG_OK : err;
    gather(to, TG_TOKEN_CLEARS, tg_buf_view(&form));
    gather(to, TG_TOKEN_NOT_HIM, TG_VIEW_ARRAY(record->sighting->target->bytes));
    return TG_OK;
}

/* All that clusters ask for of what people have said (node/clusters.h). */
static void gather_sameness(struct tg_gathered *to, const struct tg_record *record)
{
    if (record->kind != TG_KIND_SAMENESS) return;
    gather(to, TG_TOKEN_SAMENESS, TG_VIEW_ARRAY(record->sameness->first->bytes));
    gather(to, TG_TOKEN_SAMENESS, TG_VIEW_ARRAY(record->sameness->second->bytes));
}

/* What a passport is found by whose issuer is not known to the asker. */
static void gather_paper(struct tg_gathered *to, const struct tg_facet_selector *selector)
{
    uint8_t type = (uint8_t)selector->type;
    struct tg_view number;
    if (tg_paper_number(selector->type, selector->normal, &number))
        gather2(to, TG_TOKEN_PAPER, tg_view_of(&type, 1), number);
}

tg_err tg_indexer_gather(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                         const struct tg_facets *facets, struct tg_gathered *to)
{
    to->node = node;
    to->count = 0;
    gather_identity(to, record, placed);
    gather_contest(to, record, placed);
    gather_duty(to, record, &placed->log->id.origin);
    gather_review(to, record, placed);
    for (size_t i = 0; i < facets->selectors_count; i++) {
        gather(to, (uint8_t)facets->selectors[i].type, facets->selectors[i].normal);
        gather_paper(to, &facets->selectors[i]);
    }
    tg_err err = gather_cleared(to, record);
    gather_sameness(to, record);
    for (size_t i = 0; i < facets->refs_count; i++)
        gather(to, TG_TOKEN_REF, TG_VIEW_ARRAY(facets->refs[i].id->bytes));
    if (facets->supersedes) gather(to, TG_TOKEN_REF, TG_VIEW_ARRAY(facets->supersedes->bytes));
    if (facets->target) gather(to, TG_TOKEN_REF, TG_VIEW_ARRAY(facets->target->bytes));
    if (!err) err = gather_external(to, facets);
    if (!err) err = gather_own_external(to, &placed->log->id.origin, facets);
    if (!err) err = gather_facilities(to, record, facets);
    for (size_t i = 0; !err && i < facets->texts_count; i++)
        err = tg_indexer_words(facets->texts[i].text, gather_word, to);
    return err;
}
