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
    uint32_t next; /* 1 + another of the same token, 0 none */
};

struct candidate {
    uint32_t name1; /* 1 + name, 0 free */
    bool joined;
};

struct hit {
    uint32_t name;
    struct tg_scored scored;
};

struct search {
    const struct tg_name_index *index;
    const struct tg_name_query *query;
    struct tg_name name;
    struct tg_side side;
    struct tg_vec found;   /* u32: tokens that share a key with the query token at hand */
    struct tg_vec alikes;  /* struct alike */
    uint32_t *alike_heads; /* by token, 1 + number */
    size_t alike_heads_count;
    uint32_t first_of[TG_NAME_TOKENS_MAX + 1]; /* alikes of query token i: first_of[i] .. first_of[i + 1] */
    struct candidate *candidates;
    size_t candidates_count, candidates_capacity;
    struct tg_vec hits; /* struct hit */
};

static void search_release(struct search *search)
{
    free(search->found.data);
    free(search->alikes.data);
    free(search->alike_heads);
    free(search->candidates);
    free(search->hits.data);
}

static int order_u32(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

static tg_err found_put(struct search *search, uint32_t key)
{
    struct tg_map_it it = tg_map_find(&search->index->tokens_of_key, key);
    uint32_t token;
    while (tg_map_next(&it, &token)) {
        tg_err err = tg_vec_reserve(&search->found, 1, sizeof(uint32_t));
        if (err != TG_OK) return err;
        ((uint32_t *)search->found.data)[search->found.count++] = token;
    }
    return TG_OK;
}

static void found_unique(struct search *search)
{
    uint32_t *found = search->found.data;
    size_t count = 0;
    if (search->found.count > 1) qsort(found, search->found.count, sizeof *found, order_u32);
    for (size_t i = 0; i < search->found.count; i++) {
        if (count == 0 || found[count - 1] != found[i]) found[count++] = found[i];
    }
    search->found.count = count;
}

static tg_err alike_put(struct search *search, size_t query_at, uint32_t token, uint16_t similarity,
                        enum tg_how how)
{
    tg_err err = tg_vec_reserve(&search->alikes, 1, sizeof(struct alike));
    if (err != TG_OK) return err;
    ((struct alike *)search->alikes.data)[search->alikes.count++] = (struct alike){
        .token = token, .similarity = similarity, .query_at = (uint8_t)query_at, .how = (uint8_t)how};
    return TG_OK;
}

/* All tokens of the dictionary like one query token. */
static tg_err alikes_of(struct search *search, size_t query_at)
{
    uint32_t keys[TG_TOKEN_KEYS_MAX];
    const struct tg_name_token *token = &search->name.tokens[query_at];
    if ((token->tags & TG_TOKEN_PARTICLE) != 0) return TG_OK;
    size_t count = tg_token_keys(&search->index->key, token, keys);
    search->found.count = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++) err = found_put(search, keys[i]);
    found_unique(search);
    for (size_t i = 0; i < search->found.count && err == TG_OK; i++) {
        struct tg_name_token other;
        enum tg_how how = TG_HOW_EXACT;
        uint32_t number = ((const uint32_t *)search->found.data)[i];
        tg_dictionary_get(&search->index->dictionary, number, &other);
        uint16_t similarity = tg_token_similarity(token, &other, &how);
        if (similarity > 0) err = alike_put(search, query_at, number, similarity, how);
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

static struct candidate *candidate_slot(struct candidate *slots, size_t capacity, uint32_t name)
{
    size_t at = mix(name, capacity - 1);
    while (slots[at].name1 != 0 && slots[at].name1 != name + 1) at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static tg_err candidates_grow(struct search *search)
{
    if (search->candidates_count * 2 < search->candidates_capacity) return TG_OK;
    size_t capacity = search->candidates_capacity == 0 ? 1024 : search->candidates_capacity * 4;
    struct candidate *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) return TG_ENOMEM;
    for (size_t i = 0; i < search->candidates_capacity; i++) {
        if (search->candidates[i].name1 == 0) continue;
        *candidate_slot(slots, capacity, search->candidates[i].name1 - 1) = search->candidates[i];
    }
    free(search->candidates);
    search->candidates = slots;
    search->candidates_capacity = capacity;
    return TG_OK;
}

static tg_err candidate_put(struct search *search, uint32_t name, bool joined)
{
    tg_err err = candidates_grow(search);
    if (err != TG_OK) return err;
    struct candidate *slot = candidate_slot(search->candidates, search->candidates_capacity, name);
    if (slot->name1 == 0) search->candidates_count++;
    slot->name1 = name + 1;
    slot->joined = slot->joined || joined;
    return TG_OK;
}

static tg_err candidates_from(struct search *search, const struct tg_map *map, uint32_t key, bool joined)
{
    struct tg_map_it it = tg_map_find(map, key);
    uint32_t name;
    tg_err err = TG_OK;
    while (err == TG_OK && tg_map_next(&it, &name)) err = candidate_put(search, name, joined);
    return err;
}

/* Highest final score that a name score allows here. */
static bool can_reach(const struct search *search, uint32_t met, uint32_t left)
{
    uint16_t bound = tg_name_score_bound(met, left);
    return tg_score_ceiling(bound, &search->query->features) >= search->query->threshold;
}

static bool is_initial(const struct search *search, size_t at)
{
    return (search->side.tags[at] & TG_TOKEN_INITIAL) != 0;
}

/* Whether names that meet no query token but those outside heavy can reach the threshold. An initial on either side
 * may meet anything. */
static bool rest_can_reach(const struct search *search, uint32_t heavy)
{
    uint32_t met = 0, left = 0;
    for (size_t i = 0; i < search->side.count; i++) {
        uint32_t weight = search->side.weights[i];
        if ((search->side.tags[i] & TG_TOKEN_PARTICLE) != 0) continue;
        bool out = (heavy >> i & 1) != 0 && !is_initial(search, i);
        if (out) {
            met += weight < TG_INITIAL_WEIGHT ? weight : TG_INITIAL_WEIGHT;
            continue;
        }
        met += weight;
    }
    return can_reach(search, met, left);
}

/* The heaviest token that has not given candidates yet, or the count when there is none. */
static size_t heaviest(const struct search *search, uint32_t done)
{
    size_t best = search->side.count;
    for (size_t i = 0; i < search->side.count; i++) {
        if ((done >> i & 1) != 0 || (search->side.tags[i] & TG_TOKEN_PARTICLE) != 0) continue;
        if (best == search->side.count || search->side.weights[i] > search->side.weights[best]) best = i;
    }
    return best;
}

static tg_err candidates_of_token(struct search *search, size_t query_at)
{
    const struct alike *alikes = search->alikes.data;
    tg_err err = TG_OK;
    for (uint32_t i = search->first_of[query_at]; err == TG_OK && i < search->first_of[query_at + 1]; i++) {
        err = candidates_from(search, &search->index->names_of_token, alikes[i].token, false);
    }
    return err;
}

/* Rare tokens first; the common ones give no candidates of their own once what they can add is not enough. */
static tg_err candidates_of_tokens(struct search *search)
{
    uint32_t done = 0;
    tg_err err = TG_OK;
    while (err == TG_OK && rest_can_reach(search, done)) {
        size_t next = heaviest(search, done);
        if (next == search->side.count) break;
        done |= 1U << next;
        err = candidates_of_token(search, next);
    }
    return err;
}

/* Two query tokens that are one in the index. */
static tg_err joined_query(struct search *search, const char *code)
{
    search->found.count = 0;
    tg_err err = found_put(search, tg_skeleton_key(&search->index->key, code));
    found_unique(search);
    for (size_t i = 0; i < search->found.count && err == TG_OK; i++) {
        struct tg_name_token other;
        uint32_t number = ((const uint32_t *)search->found.data)[i];
        tg_dictionary_get(&search->index->dictionary, number, &other);
        if (tg_joined_similarity(code, &other, true) == 0 && tg_joined_similarity(code, &other, false) == 0)
            continue;
        err = candidates_from(search, &search->index->names_of_token, number, true);
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
            err = candidates_from(search, &search->index->names_of_joined, key, true);
        }
        bool pair = err == TG_OK && i + 1 < search->name.count && tg_joined_code(token, token + 1, code) > 0;
        if (pair && tg_joined_key(&search->index->key, code, &key)) err = joined_query(search, code);
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

/* What the pairs allow at most: every query token met is met in full. */
static bool pairs_can_reach(const struct search *search, const struct tg_aligned *pairs, size_t count)
{
    uint32_t met_tokens = 0, met = 0, left = 0;
    for (size_t i = 0; i < count; i++) met_tokens |= 1U << pairs[i].query_at;
    for (size_t i = 0; i < search->side.count; i++) {
        uint8_t tags = search->side.tags[i], weight = search->side.weights[i];
        if ((tags & TG_TOKEN_PARTICLE) != 0) continue;
        if ((met_tokens >> i & 1) != 0) {
            met += weight;
        } else {
            left += tg_left_weight(tags, weight);
        }
    }
    return can_reach(search, met, left);
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

static enum tg_name_kind kind_of(const struct tg_name_index *index, const struct tg_stored_name *stored)
{
    return (enum tg_name_kind)((const struct tg_stored_features *)index->features.data)[stored->features_at]
        .kind;
}

/* Whether the name reaches the threshold, and its score then. */
static bool score_candidate(const struct search *search, const struct candidate *candidate,
                            struct tg_scored *ret_scored)
{
    const struct tg_name_index *index = search->index;
    const struct tg_stored_name *stored = tg_stored(index, candidate->name1 - 1);
    if ((stored->flags & TG_STORED_REMOVED) != 0) return false;
    struct view_of_name tokens = tokens_of(index, stored);
    bool kunya = (stored->flags & TG_STORED_KUNYA) != 0;
    if (candidate->joined) {
        struct tg_name name;
        struct tg_features features = tg_stored_features_of(index, stored);
        name_rebuild(index, &tokens, kunya, &name);
        tg_score(&search->name, &search->query->features, &name, kind_of(index, stored), &features,
                 ret_scored);
        return ret_scored->score >= search->query->threshold;
    }
    struct tg_aligned pairs[TG_PAIRS_MAX];
    size_t count = pairs_of(search, &tokens, pairs);
    if (!pairs_can_reach(search, pairs, count)) return false;
    struct tg_side side = {.count = tokens.count};
    memcpy(side.tags, tokens.tags, tokens.count);
    memcpy(side.weights, tokens.weights, tokens.count);
    memset(ret_scored, 0, sizeof *ret_scored);
    tg_align(&search->side, &side, pairs, count, &ret_scored->why);
    if (tg_score_ceiling(ret_scored->why.name_score, &search->query->features) < search->query->threshold)
        return false;
    struct tg_features features = tg_stored_features_of(index, stored);
    tg_score_features(&search->name, &search->query->features, kunya, kind_of(index, stored), &features,
                      ret_scored);
    return ret_scored->score >= search->query->threshold;
}

static uint64_t id_of(const struct search *search, const struct hit *hit)
{
    return tg_stored(search->index, hit->name)->id;
}

static tg_err hits_collect(struct search *search)
{
    struct hit hit;
    for (size_t i = 0; i < search->candidates_capacity; i++) {
        if (search->candidates[i].name1 == 0) continue;
        if (!score_candidate(search, &search->candidates[i], &hit.scored)) continue;
        tg_err err = tg_vec_reserve(&search->hits, 1, sizeof hit);
        if (err != TG_OK) return err;
        hit.name = search->candidates[i].name1 - 1;
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
    for (size_t i = 0; i < search->name.count && err == TG_OK; i++) {
        search->first_of[i] = (uint32_t)search->alikes.count;
        err = alikes_of(search, i);
        search->first_of[i + 1] = (uint32_t)search->alikes.count;
    }
    if (err == TG_OK) err = alikes_link(search);
    if (err == TG_OK) err = candidates_of_tokens(search);
    if (err == TG_OK) err = candidates_joined(search);
    return err == TG_OK ? hits_collect(search) : err;
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
