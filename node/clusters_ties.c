/* Ties of one record: statements about it, numbers of lists and papers that it shares, names with a birth date.
 *
 * A likeness is always worked out from the smaller id to the larger one, so that both ends see the same.
 */
#include "node/clusters_ties.h"

#include "match/cluster.h"
#include "node/disputes.h"
#include "proto/likeness.h"

#define STRENGTH_NAME 1
#define STRENGTH_PAPER 2
#define STRENGTH_LISTING TG_CLUSTER_FIRM

/* Record numbers that hold a token, until the next call. A token that too many hold ties nothing: it says nothing of one
 * subject. */
static tg_err holders(struct tg_exploring *exploring, uint8_t type, struct tg_view form, size_t *ret_count)
{
    tg_err err = tg_lookup_token(exploring->node, type, form, exploring->recnos, TG_CLUSTER_LOOKS_MAX,
                                 ret_count, NULL);
    return !err && *ret_count > TG_CLUSTER_LOOKS_MAX ? TG_ELIMIT : err;
}

/* ---- statements ---- */

/* A sure word of a good source is firm alone; a doubtful one is not. What cannot be judged is in between. */
static uint16_t strength_of(const struct tg_record *record)
{
    const struct tg_rec_grading *grading = record->head->grading;
    unsigned reliability = grading ? (unsigned)grading->reliability : 0;
    unsigned credibility = grading ? (unsigned)grading->credibility : 0;
    bool doubtful = reliability == TG_RELIABILITY_D || reliability == TG_RELIABILITY_E ||
                    credibility == TG_CREDIBILITY_4 || credibility == TG_CREDIBILITY_5;
    bool sure = (reliability == TG_RELIABILITY_A || reliability == TG_RELIABILITY_B) &&
                (credibility == TG_CREDIBILITY_1 || credibility == TG_CREDIBILITY_2);
    return doubtful ? 1 : sure ? TG_CLUSTER_FIRM : 2;
}

/* One statement about the member, seen under one of its ids. */
static tg_err stated(struct tg_exploring *exploring, uint32_t at, uint64_t recno, const struct tg_hash *id)
{
    struct tg_found found;
    uint64_t other_recno;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_lookup_open(exploring->node, recno, &arena, &found, NULL) || !found.record ||
        found.record->kind != TG_KIND_SAMENESS || !tg_clusters_counts(exploring->node, &found))
        return TG_OK;
    const struct tg_rec_sameness *sameness = found.record->sameness;
    bool first = tg_hash_equal(sameness->first, id),
         apart = sameness->verdict == TG_SAMENESS_VERDICT_DIFFERENT;
    if (!apart && sameness->verdict != TG_SAMENESS_VERDICT_SAME)
        return TG_OK; /* possible: shown, never joined */
    if (!tg_clusters_now(exploring->node, first ? sameness->second : sameness->first, &other_recno))
        return TG_OK;
    struct tg_tie tie = {.a = at,
                         .basis = TG_TIE_STATED,
                         .apart = apart,
                         .recno = recno,
                         .contested = tg_clusters_contested(exploring->node, &found),
                         .strength = strength_of(found.record)};
    tg_err err = tg_exploring_member(exploring, other_recno, &tie.b);
    if (err == TG_ENOENT) return TG_OK;
    return err ? err : tg_exploring_tie(exploring, &tie);
}

tg_err tg_ties_stated(struct tg_exploring *exploring, uint32_t at)
{
    struct tg_hash ids[TG_SHOW_VERSIONS_MAX];
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_open(exploring->node, exploring->members[at].recno, &arena, &found, NULL);
    size_t versions = err ? 0 : tg_clusters_versions(exploring->node, &found, ids);
    for (size_t i = 0; i < versions && !err; i++) {
        size_t count = 0;
        err = holders(exploring, TG_TOKEN_SAMENESS, TG_VIEW_ARRAY(ids[i].bytes), &count);
        for (size_t k = 0; k < count && !err; k++) err = stated(exploring, at, exploring->recnos[k], &ids[i]);
    }
    return err;
}

/* ---- likeness ---- */

static tg_err likeness_tie(struct tg_exploring *exploring, uint32_t a, uint32_t b, enum tg_tie_basis basis,
                           uint16_t strength, uint16_t score)
{
    struct tg_tie tie = {
        .a = a, .b = b, .basis = basis, .recno = TG_NO_RECNO, .strength = strength, .score = score};
    return tg_exploring_tie(exploring, &tie);
}

/* Strong by names and a full birth date, whatever papers say. */
static bool strong_by_name(const struct tg_likeness *likeness)
{
    const struct tg_scored *scored = &likeness->scored;
    return scored->why.birth == TG_BIRTH_EXACT &&
           scored->score - scored->why.document_points > TG_SCORE_STRONG;
}

static tg_err likeness_ties(struct tg_exploring *exploring, uint32_t at, uint64_t recno,
                            const struct tg_likeness *likeness)
{
    uint32_t other;
    bool paper = likeness->paper.bytes != 0, name = strong_by_name(likeness);
    bool strong = likeness->compared && likeness->scored.band == TG_BAND_STRONG;
    if (!strong || (!paper && !name)) return TG_OK;
    tg_err err = tg_exploring_member(exploring, recno, &other);
    if (err) return err == TG_ENOENT ? TG_OK : err;
    exploring->compared[at][other] = exploring->compared[other][at] = true;
    uint16_t score = likeness->scored.score;
    if (paper) err = likeness_tie(exploring, at, other, TG_TIE_PAPER, STRENGTH_PAPER, score);
    if (!err && name) err = likeness_tie(exploring, at, other, TG_TIE_NAME, STRENGTH_NAME, score);
    return err;
}

/* A person that stands; not the member itself, and none that it was compared with. */
static bool is_candidate(const struct tg_exploring *exploring, uint32_t at, uint64_t recno)
{
    struct tg_index_rec rec;
    if (tg_index_get(exploring->node->store, recno, &rec, NULL)) return false;
    bool expired = rec.expiry != TG_INDEX_NO_TIME && rec.expiry < tg_clock_wall_ms(exploring->node->clock);
    if (rec.kind != TG_KIND_PERSON || (rec.flags & TG_REC_SUPERSEDED) || expired) return false;
    for (uint32_t i = 0; i < exploring->count; i++)
        if (exploring->members[i].recno == recno) return i != at && !exploring->compared[at][i];
    return true;
}

/* Tied when the two are strongly alike: by a paper, by names and birth dates, or by both. */
static tg_err alike(struct tg_exploring *exploring, uint32_t at, uint64_t recno)
{
    struct tg_found other;
    struct tg_likeness likeness;
    const struct tg_cluster_member *member = &exploring->members[at];
    if (!is_candidate(exploring, at, recno)) return TG_OK;
    if (exploring->comparisons++ == TG_CLUSTER_LINKS_MAX) return TG_ELIMIT;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_lookup_open(exploring->node, recno, &arena, &other, NULL) || !other.record) return TG_OK;
    bool forth = memcmp(member->id.bytes, other.record->id.bytes, TG_HASH_BYTES) < 0;
    tg_err err = tg_likeness_of(forth ? member->record : other.record, forth ? other.record : member->record,
                                TG_CLUSTER_NAMES_MAX, &arena, &likeness);
    if (err) return err == TG_ENOMEM ? TG_OK : err;
    return likeness_ties(exploring, at, recno, &likeness);
}

static tg_err all_alike(struct tg_exploring *exploring, uint32_t at, uint8_t type, struct tg_view form)
{
    size_t count = 0;
    tg_err err = holders(exploring, type, form, &count);
    for (size_t i = 0; i < count && !err; i++) err = alike(exploring, at, exploring->recnos[i]);
    return err;
}

/* One number of one list is one person, as the list has it. */
static tg_err all_listed(struct tg_exploring *exploring, uint32_t at, const struct tg_facets *facets)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    size_t count = 0;
    if (!facets->list[0] || !facets->external_id[0]) return TG_OK;
    tg_err err = tg_import_external_form(facets->list, facets->external_id, &form);
    if (!err) err = holders(exploring, TG_TOKEN_EXTERNAL_ANY, tg_buf_view(&form), &count);
    for (size_t i = 0; i < count && !err; i++) {
        uint32_t other;
        if (!is_candidate(exploring, at, exploring->recnos[i])) continue;
        err = tg_exploring_member(exploring, exploring->recnos[i], &other);
        if (!err) err = likeness_tie(exploring, at, other, TG_TIE_LISTING, STRENGTH_LISTING, 0);
        if (err == TG_ENOENT) err = TG_OK;
    }
    return err;
}

static bool has_full_birth(const struct tg_features *features)
{
    for (size_t i = 0; i < features->births_count; i++) {
        struct tg_date date = features->births[i].date;
        if (date.day && !(date.day == 1 && date.month == 1)) return true;
    }
    return false;
}

/* By one of its names; whoever is strong in that direction is a candidate, and then compared in the one direction. */
static tg_err named_alike(struct tg_exploring *exploring, uint32_t at, struct tg_view name,
                          const struct tg_features *features)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_QUERY_BUDGET_BYTES);
    struct tg_name_query query = {
        .text = name, .features = *features, .threshold = TG_SCORE_REVIEW, .limit = TG_NAME_RESULTS_MAX};
    struct tg_name_result *results = NULL;
    size_t count = 0;
    if (exploring->queries++ == TG_CLUSTER_QUERIES_MAX) return TG_ELIMIT;
    tg_err err =
        tg_name_index_query(tg_indexer_names(exploring->node), &query, &arena, &results, &count, NULL);
    if (err == TG_EVALUE || err == TG_EFORMAT || err == TG_ELIMIT) return TG_OK;
    for (size_t i = 0; i < count && !err; i++)
        if (results[i].scored.why.birth == TG_BIRTH_EXACT) err = alike(exploring, at, results[i].id);
    return err;
}

tg_err tg_ties_likeness(struct tg_exploring *exploring, uint32_t at)
{
    struct tg_facets facets;
    struct tg_births storage;
    const struct tg_record *record = exploring->members[at].record;
    if (record->kind != TG_KIND_PERSON) return TG_OK;
    tg_err err = tg_record_facets(record, exploring->arena, &facets);
    if (!err) err = all_listed(exploring, at, &facets); /* before any two are marked as compared */
    for (size_t i = 0; i < facets.selectors_count && !err; i++) {
        enum tg_selector_type type = facets.selectors[i].type;
        if (type == TG_SELECTOR_PASSPORT || type == TG_SELECTOR_NATIONAL_ID)
            err = all_alike(exploring, at, (uint8_t)type, facets.selectors[i].normal);
    }
    if (err) return err;
    struct tg_features features = tg_likeness_features(&facets, &storage);
    size_t names = has_full_birth(&features) ? facets.names_count : 0;
    if (names > TG_CLUSTER_NAMES_MAX) names = TG_CLUSTER_NAMES_MAX;
    for (size_t i = 0; i < names && !err; i++)
        if (tg_likeness_is_name(&facets.names[i]))
            err = named_alike(exploring, at, facets.names[i].text, &features);
    return err;
}

/* ---- not him ---- */

static bool has_document(const struct tg_record *record, struct tg_view form)
{
    if (record->kind != TG_KIND_PERSON) return false;
    for (size_t i = 0; i < record->person->documents_count; i++) {
        TG_AUTO(tg_buf) struct tg_buf other = {0};
        if (!tg_document_form(&record->person->documents[i], &other) &&
            tg_view_equal(tg_buf_view(&other), form))
            return true;
    }
    return false;
}

/* Whoever has the document that was shown is not whom the member means. */
static tg_err judged(struct tg_exploring *exploring, uint32_t at, uint64_t recno)
{
    struct tg_found found;
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_lookup_open(exploring->node, recno, &arena, &found, NULL) || !found.record ||
        found.record->kind != TG_KIND_SIGHTING || !tg_clusters_counts(exploring->node, &found) ||
        tg_document_form(found.record->sighting->document, &form))
        return TG_OK;
    if (has_document(exploring->members[at].record, tg_buf_view(&form)))
        return TG_OK; /* it names it itself */
    tg_err err = TG_OK;
    for (uint32_t other = 0; other < exploring->count && !err; other++) {
        if (other == at || !has_document(exploring->members[other].record, tg_buf_view(&form))) continue;
        struct tg_tie tie = {.a = at, .b = other, .basis = TG_TIE_NOT_HIM, .apart = true, .recno = recno};
        tie.contested = tg_clusters_contested(exploring->node, &found);
        err = tg_exploring_tie(exploring, &tie);
    }
    return err;
}

tg_err tg_ties_apart(struct tg_exploring *exploring, uint32_t at)
{
    struct tg_hash ids[TG_SHOW_VERSIONS_MAX];
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_open(exploring->node, exploring->members[at].recno, &arena, &found, NULL);
    size_t versions = err ? 0 : tg_clusters_versions(exploring->node, &found, ids);
    for (size_t i = 0; i < versions && !err; i++) {
        size_t count = 0;
        err = holders(exploring, TG_TOKEN_NOT_HIM, TG_VIEW_ARRAY(ids[i].bytes), &count);
        for (size_t k = 0; k < count && !err; k++) err = judged(exploring, at, exploring->recnos[k]);
    }
    return err;
}
