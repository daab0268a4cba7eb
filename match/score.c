/* Alignment of two names, and the score of their names and features together.
 *
 * Knows no index. Integer arithmetic only; method: docs/formats-match.md, version: TG_NAME_TABLES_VERSION.
 */
#include "match/score.h"

#include <stdlib.h>

#include "base/text.h"
#include "match/score_impl.h"

/* What is left over on both sides speaks against; what only one side has was left out by the other. Hundredths. */
#define LEFT_BOTH 87
#define LEFT_ONE 30
#define CONTRADICTED 8000 /* hundredths of weight: two fathers that differ */
/* Agreement of less weight than this is thin evidence unless nothing is left over. */
#define EVIDENCE_FULL 220
#define EVIDENCE_FLOOR 63
/* So it is when all agrees, if names as common as these are shared by many. */
#define AGREED_FULL 207
#define AGREED_FLOOR 68

static unsigned min_u(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void tg_side_of(const struct tg_name *name, struct tg_side *ret_side)
{
    ret_side->count = name->count;
    for (size_t i = 0; i < name->count; i++) {
        ret_side->tags[i] = name->tokens[i].tags;
        ret_side->weights[i] = name->tokens[i].weight;
    }
}

static unsigned span_weight(const struct tg_side *side, unsigned at, unsigned count)
{
    unsigned weight = 0;
    for (unsigned i = at; i < at + count; i++)
        weight += (side->tags[i] & TG_TOKEN_PARTICLE) != 0 ? 0 : side->weights[i];
    return weight;
}

static unsigned pair_gain(const struct tg_aligned *pair)
{
    return (unsigned)pair->weight * pair->similarity;
}

/* Best first; then by place, so that every machine takes the same. */
static int pair_order(const void *left, const void *right)
{
    const struct tg_aligned *a = left, *b = right;
    unsigned a_gain = pair_gain(a), b_gain = pair_gain(b);
    if (a_gain != b_gain) return a_gain > b_gain ? -1 : 1;
    if (a->query_at != b->query_at) return a->query_at < b->query_at ? -1 : 1;
    if (a->candidate_at != b->candidate_at) return a->candidate_at < b->candidate_at ? -1 : 1;
    return (int)a->query_count + a->candidate_count - b->query_count - b->candidate_count;
}

static unsigned span_bits(unsigned at, unsigned count)
{
    return ((1U << count) - 1) << at;
}

/* Similarities near one half are little better than chance: what counts is the part above. */
static unsigned counted(unsigned similarity)
{
    return similarity >= 9000 ? similarity : similarity > 4136 ? 9000 - (9000 - similarity) * 37 / 20 : 0;
}

struct tally {
    unsigned matched, gained;                          /* weight; weight × hundredths of similarity */
    unsigned query_left, candidate_left, fathers_left; /* bit 0 query, bit 1 candidate */
};

uint32_t tg_left_weight(uint8_t tags, uint8_t weight)
{
    if ((tags & (TG_TOKEN_PARTICLE | TG_TOKEN_PATRONYMIC)) != 0) return 0;
    return (tags & (TG_TOKEN_TITLE | TG_TOKEN_INITIAL)) != 0 ? weight / 2U : weight;
}

static uint16_t left_over(const struct tg_side *side, unsigned used, unsigned bit, unsigned *weight,
                          struct tally *tally)
{
    uint16_t left = 0;
    for (unsigned i = 0; i < side->count; i++) {
        if ((used >> i & 1) != 0 || (side->tags[i] & TG_TOKEN_PARTICLE) != 0) continue;
        left = (uint16_t)(left | 1U << i);
        if ((side->tags[i] & TG_TOKEN_PATRONYMIC) != 0) tally->fathers_left |= bit;
        *weight += tg_left_weight(side->tags[i], side->weights[i]);
    }
    return left;
}

/* How much a weight of agreement counts, of TG_SCORE_ONE. More when nothing is left over. */
static unsigned evidence(unsigned matched, bool left)
{
    unsigned full = left ? EVIDENCE_FULL : AGREED_FULL, floor = left ? EVIDENCE_FLOOR : AGREED_FLOOR;
    return matched >= full ? TG_SCORE_ONE : floor * 100 + (100 - floor) * 100 * matched / full;
}

static uint16_t name_score_of(const struct tally *tally)
{
    if (tally->matched == 0) return 0;
    unsigned both = min_u(tally->query_left, tally->candidate_left);
    unsigned one = tally->query_left + tally->candidate_left - 2 * both;
    unsigned against = both * LEFT_BOTH + one * LEFT_ONE + (tally->fathers_left == 3 ? CONTRADICTED : 0);
    uint64_t ratio = (uint64_t)tally->gained * 100 / (tally->matched * 100 + against);
    ratio = ratio * evidence(tally->matched, against > 0) / TG_SCORE_ONE;
    return (uint16_t)(ratio < TG_SCORE_ONE ? ratio : TG_SCORE_ONE);
}

uint32_t tg_gain(uint32_t weight, uint16_t similarity)
{
    return (weight * counted(similarity) + TG_SCORE_ONE - 1) / TG_SCORE_ONE;
}

/* gained / (matched + against) is at most gained / (gained + against), which only grows with gained. */
uint16_t tg_name_score_bound(const struct tg_reach *reach)
{
    unsigned both = min_u(reach->query_left, reach->candidate_left);
    unsigned one = reach->query_left + reach->candidate_left - 2 * both;
    unsigned against = both * LEFT_BOTH + one * LEFT_ONE;
    if (reach->gained == 0) return 0;
    uint64_t ratio = (uint64_t)reach->gained * 100 * TG_SCORE_ONE / (reach->gained * 100 + against);
    ratio = ratio * evidence(reach->matched, against > 0) / TG_SCORE_ONE;
    return (uint16_t)(ratio < TG_SCORE_ONE - 1 ? ratio + 1 : TG_SCORE_ONE);
}

void tg_align(const struct tg_side *query, const struct tg_side *candidate, struct tg_aligned *pairs,
              size_t count, struct tg_explanation *why)
{
    struct tally tally = {.matched = 0};
    unsigned query_used = 0, candidate_used = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned of_query = span_weight(query, pairs[i].query_at, pairs[i].query_count);
        pairs[i].weight = (uint8_t)min_u(
            min_u(of_query, span_weight(candidate, pairs[i].candidate_at, pairs[i].candidate_count)),
            UINT8_MAX);
    }
    if (count > 1) qsort(pairs, count, sizeof pairs[0], pair_order);
    why->aligned_count = 0;
    for (size_t i = 0; i < count && why->aligned_count < TG_NAME_TOKENS_MAX; i++) {
        unsigned query_bits = span_bits(pairs[i].query_at, pairs[i].query_count);
        unsigned candidate_bits = span_bits(pairs[i].candidate_at, pairs[i].candidate_count);
        if ((query_used & query_bits) != 0 || (candidate_used & candidate_bits) != 0 || pairs[i].weight == 0)
            continue;
        query_used |= query_bits;
        candidate_used |= candidate_bits;
        tally.matched += pairs[i].weight;
        tally.gained += pairs[i].weight * counted(pairs[i].similarity);
        why->aligned[why->aligned_count++] = pairs[i];
    }
    why->query_left = left_over(query, query_used, 1, &tally.query_left, &tally);
    why->candidate_left = left_over(candidate, candidate_used, 2, &tally.candidate_left, &tally);
    why->patronymic_contradicted = tally.fathers_left == 3;
    unsigned score = name_score_of(&tally);
    why->name_score = (uint16_t)score;
    why->tables_version = TG_NAME_TABLES_VERSION;
}

static bool aligns(const struct tg_name_token *token)
{
    return (token->tags & TG_TOKEN_PARTICLE) == 0;
}

static void pair_put(struct tg_aligned *pairs, size_t *count, size_t q, size_t q_count, size_t c,
                     size_t c_count, enum tg_how how, uint16_t similarity)
{
    if (*count == TG_PAIRS_MAX || similarity == 0) return;
    pairs[(*count)++] = (struct tg_aligned){.query_at = (uint8_t)q,
                                            .query_count = (uint8_t)q_count,
                                            .candidate_at = (uint8_t)c,
                                            .candidate_count = (uint8_t)c_count,
                                            .how = (uint8_t)how,
                                            .similarity = similarity};
}

/* Neighbours of joiner against single tokens of other. */
static void pairs_joined(const struct tg_name *joiner, const struct tg_name *other, bool joiner_is_query,
                         struct tg_aligned *pairs, size_t *count)
{
    char code[TG_NAME_FOLD_BYTES_MAX + 1];
    for (size_t i = 0; i + 1 < joiner->count; i++) {
        if (tg_joined_code(&joiner->tokens[i], &joiner->tokens[i + 1], code) == 0) continue;
        for (size_t k = 0; k < other->count; k++) {
            if (!aligns(&other->tokens[k])) continue;
            uint16_t similarity = tg_joined_similarity(code, joiner->tokens[i].tags, &other->tokens[k]);
            if (joiner_is_query) pair_put(pairs, count, i, 2, k, 1, TG_HOW_JOINED, similarity);
            if (!joiner_is_query) pair_put(pairs, count, k, 1, i, 2, TG_HOW_JOINED, similarity);
        }
    }
}

void tg_score(const struct tg_name *query, const struct tg_features *query_features,
              const struct tg_name *candidate, enum tg_name_kind kind,
              const struct tg_features *candidate_features, struct tg_scored *ret_scored)
{
    struct tg_aligned pairs[TG_PAIRS_MAX];
    struct tg_side query_side, candidate_side;
    size_t count = 0;
    memset(ret_scored, 0, sizeof *ret_scored);
    tg_side_of(query, &query_side);
    tg_side_of(candidate, &candidate_side);
    for (size_t q = 0; q < query->count; q++) {
        for (size_t c = 0; c < candidate->count && aligns(&query->tokens[q]); c++) {
            if (!aligns(&candidate->tokens[c])) continue;
            enum tg_how how = TG_HOW_EXACT;
            uint16_t similarity = tg_token_similarity(&query->tokens[q], &candidate->tokens[c], &how);
            pair_put(pairs, &count, q, 1, c, 1, how, similarity);
        }
    }
    pairs_joined(query, candidate, true, pairs, &count);
    pairs_joined(candidate, query, false, pairs, &count);
    tg_align(&query_side, &candidate_side, pairs, count, &ret_scored->why);
    tg_score_features(query, query_features, candidate->bare_kunya, kind, candidate_features, ret_scored);
}
