/* Asking the name index: tokens alike, names that hold them, bounds, exact scores.
 *
 * Knows no records. Guarantee: same answers as scoring every name that shares a key (docs/formats-match.md).
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

/* A token of the dictionary that sounds like token query_at of the query. */
struct alike {
    uint32_t token;
    uint16_t similarity;
    uint8_t query_at, how;
    uint8_t weight, token_weight; /* of the pair at most; of the token */
    uint32_t next;                /* 1 + another of the same token, 0 none */
};

/* What may still be left over of a candidate for it to be enough: 2 + weight, 1 never, 0 not yet known. */
struct limits {
    uint16_t plain, with_features;
};
#define PREFETCH 8 /* tokens ahead */
#define GAIN_STEP 5
#define GAIN_LEVELS (100 / GAIN_STEP + 1)
#define MASK_TOKENS 6 /* tokens after the one at hand that are looked at one by one */
#define MASKS (1U << MASK_TOKENS)
#define LEFT_MAX (TG_NAME_TOKENS_MAX * 100U)

struct hit {
    uint32_t name;
    struct tg_scored scored;
};

struct search {
    const struct tg_name_index *index;
    const struct tg_name_query *query;
    struct tg_name name;
    struct tg_side side;
    uint64_t *seen;        /* bit by token: in found */
    struct tg_vec found;   /* u32: tokens that share a key with the query token at hand */
    struct tg_vec alikes;  /* struct alike */
    uint32_t *alike_heads; /* by token, 1 + number */
    size_t alike_heads_count;
    uint32_t first_of[TG_NAME_TOKENS_MAX + 1]; /* alikes of query token i: first_of[i] .. first_of[i + 1] */
    uint8_t order[TG_NAME_TOKENS_MAX];         /* query tokens, heavy first, initials last, no particles */
    size_t order_count;
    uint64_t *met[TG_NAME_TOKENS_MAX]; /* by place in order; bit by name: holds a token alike */
    uint64_t *bits;                    /* their storage */
    uint64_t *taken;                   /* bit by name: is a candidate */
    struct limits *limits;             /* by place, gain level, mask */
    struct tg_vec joined, plain;       /* u32: candidates, by a joined form and by tokens */
    struct tg_vec hits;                /* struct hit */
};

static void search_release(struct search *search)
{
    free(search->seen);
    free(search->found.data);
    free(search->alikes.data);
    free(search->alike_heads);
    free(search->bits);
    free(search->limits);
    free(search->joined.data);
    free(search->plain.data);
    free(search->hits.data);
}

static tg_err found_put(struct search *search, uint32_t key)
{
    struct tg_map_it it = tg_map_find(&search->index->tokens_of_key, key);
    uint32_t token;
    while (tg_map_next(&it, &token)) {
        uint64_t bit = (uint64_t)1 << (token % 64);
        if ((search->seen[token / 64] & bit) != 0) continue;
        tg_err err = tg_vec_reserve(&search->found, 1, sizeof(uint32_t));
        if (err != TG_OK) return err;
        search->seen[token / 64] |= bit;
        ((uint32_t *)search->found.data)[search->found.count++] = token;
    }
    return TG_OK;
}

static void found_clear(struct search *search)
{
    const uint32_t *found = search->found.data;
    for (size_t i = 0; i < search->found.count; i++) search->seen[found[i] / 64] = 0;
    search->found.count = 0;
}

static tg_err alike_put(struct search *search, size_t query_at, uint32_t token, uint8_t token_weight,
                        uint16_t similarity, enum tg_how how)
{
    tg_err err = tg_vec_reserve(&search->alikes, 1, sizeof(struct alike));
    if (err != TG_OK) return err;
    uint8_t weight = search->side.weights[query_at];
    ((struct alike *)search->alikes.data)[search->alikes.count++] =
        (struct alike){.token = token,
                       .similarity = similarity,
                       .query_at = (uint8_t)query_at,
                       .how = (uint8_t)how,
                       .weight = weight < token_weight ? weight : token_weight,
                       .token_weight = token_weight};
    return TG_OK;
}

/* All tokens of the dictionary like one query token. */
static tg_err alikes_of(struct search *search, size_t query_at)
{
    uint32_t keys[TG_QUERY_KEYS_MAX];
    const struct tg_name_token *token = &search->name.tokens[query_at];
    if ((token->tags & TG_TOKEN_PARTICLE) != 0) return TG_OK;
    size_t count = tg_query_keys(&search->index->key, token, keys);
    tg_err err = TG_OK;
    found_clear(search);
    for (size_t i = 0; i < count && err == TG_OK; i++) err = found_put(search, keys[i]);
    for (size_t i = 0; i < search->found.count && err == TG_OK; i++) {
        struct tg_name_token other;
        enum tg_how how = TG_HOW_EXACT;
        const uint32_t *found = search->found.data;
        uint32_t number = found[i];
        if (i + PREFETCH < search->found.count) {
            tg_dictionary_prefetch(&search->index->dictionary, found[i + PREFETCH]);
        }
        tg_dictionary_get(&search->index->dictionary, number, &other);
        uint16_t similarity = tg_token_similarity(token, &other, &how);
        if (similarity > 0) err = alike_put(search, query_at, number, other.weight, similarity, how);
    }
    return err;
}

static size_t mix(uint32_t value, size_t mask)
{
    return (size_t)(value * 2654435769U >> 7) & mask;
}

static tg_err alikes_link(struct search *search)
{
    size_t count = 16;
    while (count < search->alikes.count * 2) count *= 2;
    search->alike_heads = calloc(count, sizeof(uint32_t));
    if (search->alike_heads == NULL) return TG_ENOMEM;
    search->alike_heads_count = count;
    struct alike *alikes = search->alikes.data;
    for (size_t i = 0; i < search->alikes.count; i++) {
        uint32_t *head = &search->alike_heads[mix(alikes[i].token, count - 1)];
        alikes[i].next = *head;
        *head = (uint32_t)i + 1;
    }
    return TG_OK;
}

static bool bit_of(const uint64_t *bits, uint32_t at)
{
    return (bits[at / 64] >> (at % 64) & 1) != 0;
}

static void bit_set(uint64_t *bits, uint32_t at)
{
    bits[at / 64] |= (uint64_t)1 << (at % 64);
}

static tg_err candidate_put(struct search *search, struct tg_vec *to, uint32_t name)
{
    if (bit_of(search->taken, name)) return TG_OK;
    tg_err err = tg_vec_reserve(to, 1, sizeof(uint32_t));
    if (err != TG_OK) return err;
    bit_set(search->taken, name);
    ((uint32_t *)to->data)[to->count++] = name;
    return TG_OK;
}

static tg_err joined_from(struct search *search, const struct tg_map *map, uint32_t key)
{
    struct tg_map_it it = tg_map_find(map, key);
    uint32_t name;
    tg_err err = TG_OK;
    while (err == TG_OK && tg_map_next(&it, &name)) err = candidate_put(search, &search->joined, name);
    return err;
}

/* Whether a name score can become enough with features that agree. */
static bool enough(const struct search *search, uint16_t name_score)
{
    return tg_score_ceiling(name_score, &search->query->features) >= search->query->threshold;
}

static bool is_initial(const struct search *search, size_t at)
{
    return (search->side.tags[at] & TG_TOKEN_INITIAL) != 0;
}

static void order_make(struct search *search)
{
    size_t count = 0;
    for (size_t i = 0; i < search->side.count; i++) {
        if ((search->side.tags[i] & TG_TOKEN_PARTICLE) != 0) continue;
        size_t at = count++;
        unsigned own = is_initial(search, i) ? 0 : search->side.weights[i];
        for (; at > 0; at--) {
            uint8_t before = search->order[at - 1];
            if ((is_initial(search, before) ? 0U : search->side.weights[before]) >= own) break;
            search->order[at] = before;
        }
        search->order[at] = (uint8_t)i;
    }
    search->order_count = count;
}

/* Storage of the bits, and which names hold something like each token but the heaviest. */
static tg_err met_make(struct search *search)
{
    size_t words = search->index->names.count / 64 + 1;
    const struct alike *alikes = search->alikes.data;
    search->bits = calloc(words * (search->order_count + 1), sizeof(uint64_t));
    search->limits = calloc(TG_NAME_TOKENS_MAX * GAIN_LEVELS * MASKS, sizeof(struct limits));
    if (search->bits == NULL || search->limits == NULL) return TG_ENOMEM;
    search->taken = search->bits + words * search->order_count;
    for (size_t at = 0; at < search->order_count; at++) {
        search->met[at] = search->bits + words * at;
        uint32_t token = search->order[at];
        for (uint32_t i = search->first_of[token]; at > 0 && i < search->first_of[token + 1]; i++) {
            struct tg_map_it it = tg_map_find(&search->index->names_of_token, alikes[i].token);
            uint32_t name;
            while (tg_map_next(&it, &name)) bit_set(search->met[at], name);
        }
    }
    return TG_OK;
}

/* Reach of names whose heaviest token met is order[at], with that gain; of the tokens behind it those in mask are met,
 * and all that the mask does not cover. */
static struct tg_reach reach_of(const struct search *search, size_t at, uint32_t gain, uint32_t mask)
{
    struct tg_reach reach = {.matched = search->side.weights[search->order[at]], .gained = gain};
    for (size_t i = 0; i < search->order_count; i++) {
        size_t token = search->order[i];
        uint32_t weight = search->side.weights[token];
        bool covered = i > at && i - at <= MASK_TOKENS && !is_initial(search, token);
        bool met = i > at && (!covered || (mask >> (i - at - 1) & 1) != 0);
        if (met) reach.matched += weight, reach.gained += weight;
        if (i != at && !met)
            reach.query_left += tg_left_weight(search->side.tags[token], search->side.weights[token]);
    }
    return reach;
}

/* The largest weight left over on the candidate's side with which the reach is enough; 2 + that, or 1. */
static uint16_t limit_find(const struct search *search, struct tg_reach reach, bool with_features)
{
    uint32_t low = 0, high = LEFT_MAX + 1; /* below low it is enough, from high on it is not */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        reach.candidate_left = middle;
        uint16_t bound = tg_name_score_bound(&reach);
        bool reaches = with_features ? enough(search, bound) : bound >= search->query->threshold;
        if (reaches) low = middle + 1;
        if (!reaches) high = middle;
    }
    return (uint16_t)(low + 1);
}

static const struct limits *limits_of(struct search *search, size_t at, uint32_t level, uint32_t mask)
{
    struct limits *limits = &search->limits[(at * GAIN_LEVELS + level) * MASKS + mask];
    if (limits->plain == 0) {
        struct tg_reach reach = reach_of(search, at, level * GAIN_STEP, mask);
        limits->plain = limit_find(search, reach, false);
        limits->with_features = limit_find(search, reach, true);
    }
    return limits;
}

static uint32_t mask_of(const struct search *search, size_t at, uint32_t name, uint32_t *ret_count)
{
    uint32_t mask = 0, count = 0;
    for (size_t i = at + 1; i < search->order_count && i - at <= MASK_TOKENS; i++) {
        if (!bit_of(search->met[i], name)) continue;
        mask |= 1U << (i - at - 1);
        count++;
    }
    *ret_count = count;
    return mask;
}

static enum tg_name_kind kind_of(const struct tg_name_index *index, const struct tg_stored_name *stored)
{
    return (enum tg_name_kind)((const struct tg_stored_features *)index->features.data)[stored->features_at]
        .kind;
}

/* Whether a name score is enough with the candidate's own features; sets score and band for it. */
static bool features_reach(const struct search *search, const struct tg_stored_name *stored,
                           struct tg_scored *scored)
{
    struct tg_features features = tg_stored_features_of(search->index, stored);
    tg_score_features(&search->name, &search->query->features, (stored->flags & TG_STORED_KUNYA) != 0,
                      kind_of(search->index, stored), &features, scored);
    return scored->score >= search->query->threshold;
}

/* Whether a name that holds the token of an alike, and none like a heavier query token, can be enough. Weights that the
 * query's uncovered tokens and initials may meet are taken as met. */
static bool name_can_reach(struct search *search, size_t at, const struct alike *alike, uint32_t level,
                           uint32_t name)
{
    uint16_t left = ((const uint16_t *)search->index->lefts.data)[name];
    uint32_t count = 0, mask = mask_of(search, at, name, &count);
    const struct limits *limits = limits_of(search, at, level, mask);
    size_t uncovered = 0;
    for (size_t i = at + 1; i < search->order_count; i++) {
        uncovered += i - at > MASK_TOKENS || is_initial(search, search->order[i]);
    }
    uint32_t met = alike->token_weight + 100 * (count + (uint32_t)uncovered);
    uint32_t least = left > met ? left - met : 0;
    if (least + 2 <= limits->plain) return true;
    if (least + 2 > limits->with_features) return false;
    struct tg_reach reach = reach_of(search, at, level * GAIN_STEP, mask);
    struct tg_scored scored = {.score = 0};
    reach.candidate_left = least;
    scored.why.name_score = tg_name_score_bound(&reach);
    return features_reach(search, tg_stored(search->index, name), &scored);
}

/* The same for names with an initial, which may meet any heavier token. */
static bool initials_can_reach(const struct search *search, size_t at, uint32_t gain)
{
    struct tg_reach reach = reach_of(search, at, gain, MASKS - 1);
    reach.query_left = 0;
    reach.matched += (uint32_t)at * TG_INITIAL_WEIGHT;
    reach.gained += (uint32_t)at * TG_INITIAL_WEIGHT;
    return enough(search, tg_name_score_bound(&reach));
}

static tg_err candidates_of_alike(struct search *search, size_t at, const struct alike *alike)
{
    const uint16_t *lefts = search->index->lefts.data;
    uint32_t name, level = (tg_gain(alike->weight, alike->similarity) + GAIN_STEP - 1) / GAIN_STEP;
    bool plain = limits_of(search, at, level, MASKS - 1)->with_features > 1;
    bool initials = initials_can_reach(search, at, level * GAIN_STEP);
    if (!plain && !initials) return TG_OK;
    struct tg_map_it it = tg_map_find(&search->index->names_of_token, alike->token);
    tg_err err = TG_OK;
    while (err == TG_OK && tg_map_next(&it, &name)) {
        bool initial = (lefts[name] & TG_LEFT_INITIAL) != 0;
        if (initial ? !initials : !plain || !name_can_reach(search, at, alike, level, name)) continue;
        err = candidate_put(search, &search->plain, name);
    }
    return err;
}

/* In any alignment some query token is the heaviest that is met: a name is taken where that one finds it, or not at all. */
static tg_err candidates_of_tokens(struct search *search)
{
    const struct alike *alikes = search->alikes.data;
    tg_err err = TG_OK;
    for (size_t at = 0; at < search->order_count; at++) {
        uint32_t end = search->first_of[search->order[at] + 1];
        for (uint32_t i = search->first_of[search->order[at]]; err == TG_OK && i < end; i++) {
            err = candidates_of_alike(search, at, &alikes[i]);
        }
    }
    return err;
}

/* Two query tokens that are one in the index. */
static tg_err joined_query(struct search *search, const char *code, uint8_t tags)
{
    found_clear(search);
    tg_err err = found_put(search, tg_skeleton_key(&search->index->key, code));
    for (size_t i = 0; i < search->found.count && err == TG_OK; i++) {
        struct tg_name_token other;
        uint32_t number = ((const uint32_t *)search->found.data)[i];
        tg_dictionary_get(&search->index->dictionary, number, &other);
        if (tg_joined_similarity(code, tags, &other) == 0) continue;
        err = joined_from(search, &search->index->names_of_token, number);
    }
    return err;
}

static tg_err candidates_joined(struct search *search)
{
    char code[TG_NAME_FOLD_BYTES_MAX + 1];
    tg_err err = TG_OK;
    for (size_t i = 0; i < search->name.count && err == TG_OK; i++) {
        const struct tg_name_token *token = &search->name.tokens[i];
        uint32_t key = 0;
        if ((token->tags & TG_TOKEN_PARTICLE) == 0 &&
            tg_joined_key(&search->index->key, token->phonetic, &key)) {
            err = joined_from(search, &search->index->names_of_joined, key);
        }
        bool pair = err == TG_OK && i + 1 < search->name.count && tg_joined_code(token, token + 1, code) > 0;
        if (pair && tg_joined_key(&search->index->key, code, &key)) err = joined_query(search, code, token->tags);
    }
    return err;
}

struct view_of_name {
    const uint32_t *numbers;
    const uint8_t *tags, *weights;
    size_t count;
};

static struct view_of_name tokens_of(const struct tg_name_index *index, const struct tg_stored_name *stored)
{
    return (struct view_of_name){(const uint32_t *)index->token_numbers.data + stored->tokens_at,
                                 (const uint8_t *)index->token_tags.data + stored->tokens_at,
                                 (const uint8_t *)index->token_weights.data + stored->tokens_at,
                                 stored->tokens_count};
}

static void pair_put(struct tg_aligned *pairs, size_t *count, size_t query_at, size_t candidate_at,
                     uint8_t how, uint16_t similarity)
{
    if (*count == TG_PAIRS_MAX) return;
    pairs[(*count)++] = (struct tg_aligned){.query_at = (uint8_t)query_at,
                                            .query_count = 1,
                                            .candidate_at = (uint8_t)candidate_at,
                                            .candidate_count = 1,
                                            .how = how,
                                            .similarity = similarity};
}

/* Initials have few keys: they are compared here. */
static void initials_pair(const struct search *search, const struct view_of_name *tokens, size_t at,
                          struct tg_aligned *pairs, size_t *count)
{
    char first = tg_dictionary_first(&search->index->dictionary, tokens->numbers[at]);
    for (size_t q = 0; q < search->name.count; q++) {
        const struct tg_name_token *token = &search->name.tokens[q];
        if ((token->tags & TG_TOKEN_PARTICLE) != 0) continue;
        uint16_t similarity = tg_initial_similarity(token->tags, token->phonetic[0], tokens->tags[at], first);
        if (similarity > 0) pair_put(pairs, count, q, at, TG_HOW_INITIAL, similarity);
    }
}

static size_t pairs_of(const struct search *search, const struct view_of_name *tokens,
                       struct tg_aligned *pairs)
{
    const struct alike *alikes = search->alikes.data;
    bool query_initials = false;
    size_t count = 0;
    for (size_t i = 0; i < search->side.count; i++) query_initials = query_initials || is_initial(search, i);
    for (size_t at = 0; at < tokens->count; at++) {
        if ((tokens->tags[at] & TG_TOKEN_PARTICLE) != 0) continue;
        uint32_t number = tokens->numbers[at];
        uint32_t link = search->alike_heads[mix(number, search->alike_heads_count - 1)];
        for (; link != 0; link = alikes[link - 1].next) {
            const struct alike *alike = &alikes[link - 1];
            if (alike->token == number)
                pair_put(pairs, &count, alike->query_at, at, alike->how, alike->similarity);
        }
        bool initial = query_initials || (tokens->tags[at] & TG_TOKEN_INITIAL) != 0;
        if (initial) initials_pair(search, tokens, at, pairs, &count);
    }
    return count;
}

static void name_rebuild(const struct tg_name_index *index, const struct view_of_name *tokens,
                         bool bare_kunya, struct tg_name *ret_name)
{
    ret_name->count = tokens->count;
    ret_name->bare_kunya = bare_kunya;
    for (size_t i = 0; i < tokens->count; i++) {
        tg_dictionary_get(&index->dictionary, tokens->numbers[i], &ret_name->tokens[i]);
        ret_name->tokens[i].tags = tokens->tags[i];
        ret_name->tokens[i].weight = tokens->weights[i];
    }
}

static bool score_joined(const struct search *search, const struct tg_stored_name *stored,
                         struct tg_scored *ret_scored)
{
    struct tg_name name;
    struct view_of_name tokens = tokens_of(search->index, stored);
    struct tg_features features = tg_stored_features_of(search->index, stored);
    name_rebuild(search->index, &tokens, (stored->flags & TG_STORED_KUNYA) != 0, &name);
    tg_score(&search->name, &search->query->features, &name, kind_of(search->index, stored), &features,
             ret_scored);
    return ret_scored->score >= search->query->threshold;
}

/* Whether the name reaches the threshold, and its score then. */
static bool score_plain(const struct search *search, const struct tg_stored_name *stored,
                        struct tg_scored *ret_scored)
{
    struct view_of_name tokens = tokens_of(search->index, stored);
    struct tg_aligned pairs[TG_PAIRS_MAX];
    struct tg_side side = {.count = tokens.count};
    size_t count = pairs_of(search, &tokens, pairs);
    memcpy(side.tags, tokens.tags, tokens.count);
    memcpy(side.weights, tokens.weights, tokens.count);
    memset(ret_scored, 0, sizeof *ret_scored);
    tg_align(&search->side, &side, pairs, count, &ret_scored->why);
    return enough(search, ret_scored->why.name_score) && features_reach(search, stored, ret_scored);
}

static uint64_t id_of(const struct search *search, const struct hit *hit)
{
    return tg_stored(search->index, hit->name)->id;
}

static tg_err hits_collect(struct search *search, const struct tg_vec *candidates, bool joined)
{
    struct hit hit;
    for (size_t i = 0; i < candidates->count; i++) {
        hit.name = ((const uint32_t *)candidates->data)[i];
        const struct tg_stored_name *stored = tg_stored(search->index, hit.name);
        if ((stored->flags & TG_STORED_REMOVED) != 0) continue;
        bool reached =
            joined ? score_joined(search, stored, &hit.scored) : score_plain(search, stored, &hit.scored);
        if (!reached) continue;
        tg_err err = tg_vec_reserve(&search->hits, 1, sizeof hit);
        if (err != TG_OK) return err;
        ((struct hit *)search->hits.data)[search->hits.count++] = hit;
    }
    return TG_OK;
}

struct rank {
    uint64_t id;
    uint32_t name, hit;
    uint16_t score;
};

static int order_by_id(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;
    if (a->id != b->id) return a->id < b->id ? -1 : 1;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;
}

static int order_by_score(const void *left, const void *right)
{
    const struct rank *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* The best name of each id, best id first. */
static size_t rank_hits(const struct search *search, struct rank *ranks)
{
    const struct hit *hits = search->hits.data;
    size_t count = 0;
    for (size_t i = 0; i < search->hits.count; i++) {
        ranks[i] = (struct rank){id_of(search, &hits[i]), hits[i].name, (uint32_t)i, hits[i].scored.score};
    }
    qsort(ranks, search->hits.count, sizeof *ranks, order_by_id);
    for (size_t i = 0; i < search->hits.count; i++) {
        if (count == 0 || ranks[count - 1].id != ranks[i].id) ranks[count++] = ranks[i];
    }
    qsort(ranks, count, sizeof *ranks, order_by_score);
    return count;
}

static tg_err results_make(struct search *search, struct tg_arena *arena, struct tg_name_result **ret_results,
                           size_t *ret_count)
{
    size_t limit = search->query->limit < TG_NAME_RESULTS_MAX ? search->query->limit : TG_NAME_RESULTS_MAX;
    const struct hit *hits = search->hits.data;
    struct rank *ranks = malloc((search->hits.count + 1) * sizeof *ranks);
    if (ranks == NULL) return TG_ENOMEM;
    size_t count = search->hits.count == 0 ? 0 : rank_hits(search, ranks);
    if (count > limit) count = limit;
    struct tg_name_result *results = tg_arena_take_array(arena, count, sizeof *results);
    for (size_t i = 0; results != NULL && i < count; i++) {
        const struct tg_stored_name *stored = tg_stored(search->index, ranks[i].name);
        results[i].id = stored->id;
        results[i].name =
            tg_view_of((const uint8_t *)search->index->texts.data + stored->text_at, stored->text_bytes);
        results[i].kind = kind_of(search->index, stored);
        results[i].scored = hits[ranks[i].hit].scored;
    }
    free(ranks);
    if (results == NULL) return TG_ENOMEM;
    *ret_results = results;
    *ret_count = count;
    return TG_OK;
}

static tg_err search_run(struct search *search)
{
    tg_err err = TG_OK;
    tg_side_of(&search->name, &search->side);
    search->seen = calloc(search->index->dictionary.offsets.count / 64 + 1, sizeof *search->seen);
    if (search->seen == NULL) return TG_ENOMEM;
    for (size_t i = 0; i < search->name.count && err == TG_OK; i++) {
        search->first_of[i] = (uint32_t)search->alikes.count;
        err = alikes_of(search, i);
        search->first_of[i + 1] = (uint32_t)search->alikes.count;
    }
    order_make(search);
    if (err == TG_OK) err = alikes_link(search);
    if (err == TG_OK) err = met_make(search);
    if (err == TG_OK) err = candidates_joined(search);
    if (err == TG_OK) err = candidates_of_tokens(search);
    if (err == TG_OK) err = hits_collect(search, &search->joined, true);
    return err == TG_OK ? hits_collect(search, &search->plain, false) : err;
}

tg_err tg_name_index_query(const struct tg_name_index *index, const struct tg_name_query *query,
                           struct tg_arena *arena, struct tg_name_result **ret_results, size_t *ret_count,
                           struct tg_errmsg *em)
{
    struct search search = {.index = index, .query = query};
    tg_err err = tg_name_parse(query->text, &search.name, em);
    if (err != TG_OK) return err;
    err = search_run(&search);
    if (err == TG_OK) err = results_make(&search, arena, ret_results, ret_count);
    search_release(&search);
    return err == TG_OK ? TG_OK : tg_fail(em, err, "name query ran out of memory");
}
