/* Who was judged not to be the one who is meant, found by the document that was shown.
 *
 * Every not_him holds TG_TOKEN_CLEARS of its document, and nothing else of the person who was checked is indexed.
 * Worked out at each question, so that a withdrawal, an expiry or a revoked partner counts at once.
 */
#include "node/cleared.h"

#include <stdio.h>

#include "base/text.h"
#include "node/disputes.h"

#define DAY_MS 86400000LL
#define VERSIONS_MAX 16 /* how often a judged record may have been replaced */

tg_err tg_cleared_document(const char *text, struct tg_arena *arena, struct tg_rec_document *ret_document,
                           struct tg_errmsg *em)
{
    const char *first = strchr(text, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    if (!second || !second[1])
        return tg_fail(em, TG_EUSAGE,
                       "document is TYPE:COUNTRY:NUMBER such as passport:TJ:A1234567, not '%.60s'", text);
    int type = 0;
    size_t country_bytes = (size_t)(second - first - 1);
    tg_err err = tg_enum_parse(TG_ENUM_DOCUMENT_TYPE, tg_view_of(text, (size_t)(first - text)), &type, em);
    if (err) return tg_context(em, err, "document");
    const char *country = tg_arena_text(arena, tg_view_of(first + 1, country_bytes));
    const char *number = tg_arena_text(arena, tg_view_str(second + 1));
    if (!country || !number) return TG_ENOMEM;
    if (country_bytes && !tg_country_code(tg_view_str(country)))
        return tg_fail(em, TG_EVALUE, "document: '%.20s' is no country code: two letters such as TJ",
                       country);
    *ret_document = (struct tg_rec_document){
        .present = true, .type = (enum tg_rec_document_type)type, .country = country, .number = number};
    return TG_OK;
}

/* ---- one judgement ---- */

static bool contested(struct tg_node *node, const struct tg_found *found)
{
    struct tg_dispute_mark mark = {0};
    return tg_disputes_mark(node, &found->record->id, &found->log->id.origin, &mark, NULL) || mark.open;
}

static bool trusted(struct tg_node *node, const struct tg_found *found)
{
    return found->log->own || tg_trust_find(node, &found->log->id.origin);
}

/* A not_him that counts now. Memory in the arena. */
static bool counts(struct tg_node *node, uint64_t recno, struct tg_arena *arena, struct tg_found *ret_found)
{
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL) || rec.kind != TG_KIND_SIGHTING) return false;
    if (tg_lookup_open(node, recno, arena, ret_found, NULL) || !ret_found->record) return false;
    const struct tg_rec_sighting *sighting = ret_found->record->sighting;
    if (sighting->outcome != TG_SIGHTING_OUTCOME_NOT_HIM) return false;
#ifndef TG_CONTROL_CLEARED_FOREVER
    bool stands = strcmp(ret_found->state, "live") == 0 || strcmp(ret_found->state, "early") == 0;
    if (!stands || (tg_date_last_day(sighting->until) + 1) * DAY_MS <= tg_clock_wall_ms(node->clock))
        return false;
#endif
    return trusted(node, ret_found) && !contested(node, ret_found);
}

/* ---- the record it speaks of ---- */

struct judged {
    struct tg_node *node;
    struct tg_cleared *cleared;
    struct tg_clearing like; /* what every version gets */
    const struct tg_rec_document *document;
    struct tg_hash origin; /* of the judged record; versions are its own */
    bool held, named;      /* the judged record is held here; it names the document itself */
};

static bool names_document(const struct tg_record *record, const struct tg_rec_document *document)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0}, other = {0};
    if (record->kind != TG_KIND_PERSON || tg_document_form(document, &form)) return false;
    for (size_t i = 0; i < record->person->documents_count; i++) {
        tg_buf_clear(&other);
        if (!tg_document_form(&record->person->documents[i], &other) &&
            tg_view_equal(tg_buf_view(&form), tg_buf_view(&other)))
            return true;
    }
    return false;
}

static void clear_add(struct judged *judged, uint64_t recno)
{
    struct tg_cleared *cleared = judged->cleared;
    if (cleared->count == TG_CLEARED_MAX || tg_cleared_find(cleared, recno)) return;
    cleared->items[cleared->count] = judged->like;
    cleared->items[cleared->count++].recno = recno;
}

/* One place of the judged record (older NULL), or of what its origin put in the place of older. */
static void version_take(struct judged *judged, uint64_t recno, const struct tg_hash *older,
                         struct tg_hash *ret_next, bool *ret_taken)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_lookup_open(judged->node, recno, &arena, &found, NULL) || !found.record) return;
    const struct tg_hash *supersedes = found.record->head->supersedes;
    bool names = names_document(found.record, judged->document);
    if (!older && !judged->held) {
        judged->held = true;
        judged->named = names;
        judged->origin = found.log->id.origin;
    }
    if (older && (!supersedes || !tg_hash_equal(supersedes, older))) return;
    if (older && !tg_hash_equal(&found.log->id.origin, &judged->origin)) return;
    if (names && !judged->named) return;
    clear_add(judged, recno);
    *ret_next = found.record->id;
    *ret_taken = true;
}

static tg_err versions_take(struct judged *judged, const struct tg_hash *target, struct tg_errmsg *em)
{
    struct tg_hash id = *target;
    bool taken = true;
    tg_err err = TG_OK;
    for (size_t version = 0; version < VERSIONS_MAX && taken && !err; version++) {
        uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
        size_t count = 0;
        struct tg_hash next = id;
        uint8_t type = version ? TG_TOKEN_CONTESTED : TG_TOKEN_ID;
        err = tg_lookup_token(judged->node, type, TG_VIEW_ARRAY(id.bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                              &count, em);
        taken = false;
        for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX; i++)
            version_take(judged, recnos[i], version ? &id : NULL, &next, &taken);
        id = next;
    }
    return err;
}

tg_err tg_cleared_by_document(struct tg_node *node, const struct tg_rec_document *document,
                              struct tg_cleared *ret_cleared, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    uint64_t recnos[TG_CLEARED_MAX];
    size_t count = 0;
    ret_cleared->count = 0;
    if (tg_document_form(document, &form)) return TG_OK;
    tg_err err =
        tg_lookup_token(node, TG_TOKEN_CLEARS, tg_buf_view(&form), recnos, TG_CLEARED_MAX, &count, em);
    for (size_t i = 0; !err && i < count && i < TG_CLEARED_MAX; i++) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        if (!counts(node, recnos[i], &arena, &found)) continue;
        struct judged judged = {
            .node = node,
            .cleared = ret_cleared,
            .document = document,
            .like = {.origin = found.log->id.origin, .until = found.record->sighting->until}};
        tg_lookup_ref_text(node, &found, judged.like.ref);
        err = versions_take(&judged, found.record->sighting->target, em);
    }
    return err;
}

const struct tg_clearing *tg_cleared_find(const struct tg_cleared *cleared, uint64_t recno)
{
    for (size_t i = 0; i < cleared->count; i++)
        if (cleared->items[i].recno == recno) return &cleared->items[i];
    return NULL;
}

tg_err tg_cleared_count(struct tg_node *node, const struct tg_hash *id, size_t *ret_count,
                        struct tg_errmsg *em)
{
    uint64_t recnos[TG_CLEARED_MAX];
    size_t count = 0, found_count = 0;
    tg_err err =
        tg_lookup_token(node, TG_TOKEN_NOT_HIM, TG_VIEW_ARRAY(id->bytes), recnos, TG_CLEARED_MAX, &count, em);
    for (size_t i = 0; !err && i < count && i < TG_CLEARED_MAX; i++) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        found_count += counts(node, recnos[i], &arena, &found);
    }
    if (!err) *ret_count = found_count;
    return err;
}
