/* Asking the name index: tokens alike, names that hold them, bounds, exact scores.
 *
 * Knows no records. Guarantee: same answers as scoring every name that shares a key (docs/formats-match.md).
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define PREFETCH 12 /* names ahead */
#define LEFT_MAX (TG_NAME_TOKENS_MAX * 100U)
#define TOKEN_WEIGHT_MAX 100U

struct hit {
    uint64_t id;
    uint32_t name;
    uint16_t score;
    bool joined;
};

/* What may be met of one query token. */
struct wanted {
    uint32_t first, end; /* its alikes */
    uint64_t postings;   /* names that hold one of them, a name for each */
    uint8_t best_gain;
    uint8_t heaviest; /* token weight among its alikes */
};

struct search {
    const struct tg_name_index *index;
    const struct tg_name_query *query;
    struct tg_name_work *work;
    struct tg_name name;
    struct tg_side side;
    struct tg_vec alikes; /* struct tg_alike */
    uint64_t *tokens;     /* bit by token: has an alike */
    uint32_t *heads;      /* by hash of a token, 1 + number of an alike */
    size_t heads_mask;
    struct wanted wanted[TG_NAME_TOKENS_MAX];
    uint8_t order[TG_NAME_TOKENS_MAX]; /* query tokens that find names, rare first */
    uint8_t place[TG_NAME_TOKENS_MAX]; /* of a query token in order; UINT8_MAX: finds none */
    size_t order_count, initials;
    struct tg_set found, joined; /* joined: names that hold a joined form, scored in full */
    struct tg_vec hits;          /* struct hit */
    uint16_t least;              /* scores below cannot become results */
};

static void search_release(struct search *search)
{
    free(search->alikes.data);
    free(search->tokens);
    free(search->heads);
    free(search->hits.data);
    tg_set_release(&search->found);
    tg_set_release(&search->joined);
}

/* ---- hits ---- */

static int order_by_id(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->id != b->id) return a->id < b->id ? -1 : 1;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;
}

static int order_by_score(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static size_t limit_of(const struct search *search)
{
    return search->query->limit < TG_NAME_RESULTS_MAX ? search->query->limit : TG_NAME_RESULTS_MAX;
}

/* The best name of each id, best id first, no more than asked for; then only better ones are worth a look. */
static void hits_rank(struct search *search)
{
    struct hit *hits = search->hits.data;
    size_t count = 0, limit = limit_of(search);
    if (search->hits.count > 1) qsort(hits, search->hits.count, sizeof *hits, order_by_id);
    for (size_t i = 0; i < search->hits.count; i++) {
        if (count == 0 || hits[count - 1].id != hits[i].id) hits[count++] = hits[i];
    }
    if (count > 1) qsort(hits, count, sizeof *hits, order_by_score);
    search->hits.count = count < limit ? count : limit;
    if (count >= limit && limit > 0 && hits[limit - 1].score >= search->least)
        search->least = (uint16_t)(hits[limit - 1].score + 1);
}

static tg_err hit_put(struct search *search, uint32_t name, uint16_t score, bool joined)
{
    tg_err err = tg_vec_reserve(&search->hits, 1, sizeof(struct hit));
    if (err != TG_OK) return err;
    ((struct hit *)search->hits.data)[search->hits.count++] =
        (struct hit){tg_id(search->index, name), name, score, joined};
    if (search->hits.count >= 2 * limit_of(search)) hits_rank(search);
    return TG_OK;
}

/* ---- scores ---- */

/* Whether a name score can become enough with features that agree. */
static bool enough(const struct search *search, uint16_t name_score)
{
    return tg_score_ceiling(name_score, &search->query->features) >= search->least;
}

/* Whether a name score is enough with the candidate's own features; sets score and band for it. */
static bool features_reach(const struct search *search, uint32_t name, struct tg_scored *scored)
{
    struct tg_unpacked known;
    const struct tg_name_head *head = tg_head(search->index, name);
    tg_features_unpack(search->index, name, &known);
    tg_score_features(&search->name, &search->query->features, (head->flags & TG_STORED_KUNYA) != 0,
                      tg_kind(head), &known.features, scored);
    return scored->score >= search->least;
}

/* Whether the year in the head says that the births cannot agree. */
static bool years_conflict(const struct search *search, const struct tg_name_head *head)
{
    const struct tg_features *asked = &search->query->features;
    if (head->year == 0 || asked->births_count == 0 || asked->document) return false;
    for (size_t i = 0; i < asked->births_count; i++) {
        int apart = asked->births[i].date.year - TG_HEAD_YEAR - (int)head->year;
        if (!tg_date_known(asked->births[i].date) || abs(apart) <= TG_BIRTH_YEARS_NEAR) return false;
    }
    return true;
}

static size_t slot_of(const struct search *search, uint32_t token)
{
    return (token * 2654435769U >> 7) & search->heads_mask;
}

static bool has_alike(const struct search *search, uint32_t token)
{
    return (search->tokens[token / 64] >> (token % 64) & 1) != 0;
}

static uint32_t first_alike(const struct search *search, uint32_t token)
{
    if (!has_alike(search, token)) return 0;
    return search->heads[slot_of(search, token)];
}

static const struct tg_alike *alike_at(const struct search *search, uint32_t link)
{
    return &((const struct tg_alike *)search->alikes.data)[link - 1];
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
static void initials_pair(const struct search *search, uint32_t held, size_t at, struct tg_aligned *pairs,
                          size_t *count)
{
    char first = tg_dictionary_first(&search->index->dictionary, TG_TOKEN_NUMBER(held));
    for (size_t q = 0; q < search->name.count; q++) {
        const struct tg_name_token *token = &search->name.tokens[q];
        if ((token->tags & TG_TOKEN_PARTICLE) != 0) continue;
        uint16_t similarity =
            tg_initial_similarity(token->tags, token->phonetic[0], TG_TOKEN_TAGS(held), first);
        if (similarity > 0) pair_put(pairs, count, q, at, TG_HOW_INITIAL, similarity);
    }
}

static size_t pairs_of(const struct search *search, const uint32_t *held, size_t held_count,
                       struct tg_aligned *pairs)
{
    size_t count = 0;
    for (size_t at = 0; at < held_count; at++) {
        if ((TG_TOKEN_TAGS(held[at]) & TG_TOKEN_PARTICLE) != 0) continue;
        uint32_t number = TG_TOKEN_NUMBER(held[at]);
        for (uint32_t link = first_alike(search, number); link != 0; link = alike_at(search, link)->next) {
            const struct tg_alike *alike = alike_at(search, link);
            if (alike->token == number)
                pair_put(pairs, &count, alike->query_at, at, alike->how, alike->similarity);
        }
        bool initial = search->initials > 0 || (TG_TOKEN_TAGS(held[at]) & TG_TOKEN_INITIAL) != 0;
        if (initial) initials_pair(search, held[at], at, pairs, &count);
    }
    return count;
}

/* A name without joined forms: aligned with what is known of its tokens. */
static bool score_plain(const struct search *search, uint32_t name, struct tg_scored *ret_scored)
{
    uint32_t held[TG_NAME_TOKENS_MAX];
    struct tg_aligned pairs[TG_PAIRS_MAX];
    struct tg_side side = {.count = tg_head(search->index, name)->count};
    tg_held(search->index, name, held);
    for (size_t i = 0; i < side.count; i++) {
        side.tags[i] = TG_TOKEN_TAGS(held[i]);
        side.weights[i] = tg_dictionary_weight(&search->index->dictionary, TG_TOKEN_NUMBER(held[i]));
    }
    size_t count = pairs_of(search, held, side.count, pairs);
    memset(ret_scored, 0, sizeof *ret_scored);
    tg_align(&search->side, &side, pairs, count, &ret_scored->why);
    return enough(search, ret_scored->why.name_score) && features_reach(search, name, ret_scored);
}

static bool score_joined(const struct search *search, uint32_t name, struct tg_scored *ret_scored)
{
    struct tg_name candidate = {.bare_kunya = (tg_head(search->index, name)->flags & TG_STORED_KUNYA) != 0,
                                .count = tg_head(search->index, name)->count};
    struct tg_unpacked known;
    uint32_t held[TG_NAME_TOKENS_MAX];
    tg_held(search->index, name, held);
    for (size_t i = 0; i < candidate.count; i++) {
        tg_dictionary_get(&search->index->dictionary, TG_TOKEN_NUMBER(held[i]), &candidate.tokens[i]);
        candidate.tokens[i].tags = TG_TOKEN_TAGS(held[i]);
    }
    tg_features_unpack(search->index, name, &known);
    tg_score(&search->name, &search->query->features, &candidate, tg_kind(tg_head(search->index, name)),
             &known.features, ret_scored);
    return ret_scored->score >= search->least;
}

/* Align and score; a hit when it is enough. */
static tg_err judge(struct search *search, uint32_t name, bool joined)
{
    struct tg_scored scored;
    search->work->aligned++;
    bool reached = joined ? score_joined(search, name, &scored) : score_plain(search, name, &scored);
    return reached ? hit_put(search, name, scored.score, joined) : TG_OK;
}

/* ---- bounds ---- */

/* Most that names can reach whose first query token met, in order, is that at place, with that gain: none before it is
 * met, all behind it may be. initials: an initial of theirs may stand for any token before. */
static struct tg_reach reach_at(const struct search *search, size_t place, const struct tg_alike *alike,
                                bool initials)
{
    struct tg_reach reach = {.matched = alike->weight, .gained = alike->gain};
    for (size_t q = 0; q < search->side.count; q++) {
        uint8_t tags = search->side.tags[q], at = search->place[q];
        if ((tags & TG_TOKEN_PARTICLE) != 0 || at == place) continue;
        bool initial = (tags & TG_TOKEN_INITIAL) != 0 || (initials && (at == UINT8_MAX || at < place));
        bool met = at != UINT8_MAX && at > place;
        uint32_t gain = met ? search->wanted[q].best_gain : 0;
        if (initial && gain < TG_INITIAL_WEIGHT) gain = TG_INITIAL_WEIGHT;
        reach.matched += met || initial ? search->side.weights[q] : 0;
        reach.gained += gain;
        if (!met && !initial) reach.query_left += tg_left_weight(tags, search->side.weights[q]);
    }
    return reach;
}

/* Most weight that may be left over of a name for the reach to be enough, 1 + that. 0: it never is. */
static uint32_t most_left(const struct search *search, struct tg_reach reach)
{
    uint32_t low = 0, high = LEFT_MAX + 1;
    while (low < high) { /* below low it is enough, from high on it is not */
        uint32_t middle = (low + high) / 2;
        reach.candidate_left = middle;
        bool reaches = enough(search, tg_name_score_bound(&reach));
        if (reaches) low = middle + 1;
        if (!reaches) high = middle;
    }
    return low;
}

/* How heavy names may be that an alike finds: when other tokens of theirs may be met, and when none is. 1 + that. */
struct heaviest {
    uint32_t met, alone;
};

static struct heaviest heaviest_names(const struct search *search, size_t place, const struct tg_alike *alike)
{
    uint32_t met = alike->token_weight + (uint32_t)search->initials * TOKEN_WEIGHT_MAX;
    struct tg_reach alone = {.matched = alike->weight, .gained = alike->gain};
    for (size_t i = place + 1; i < search->order_count; i++)
        met += search->wanted[search->order[i]].heaviest;
    for (size_t q = 0; q < search->side.count; q++) {
        if (q != alike->query_at) alone.query_left += tg_left_weight(search->side.tags[q], search->side.weights[q]);
    }
    uint32_t with = most_left(search, reach_at(search, place, alike, false)), without = most_left(search, alone);
    return (struct heaviest){with == 0 ? 0 : with + met, without == 0 ? 0 : without + alike->token_weight};
}

struct sums {
    uint32_t query_gain, query_weight, candidate_gain, candidate_weight, candidate_met, query_left;
};

/* What of a name's tokens meets the query, each side by itself. False when a query token earlier in order, or a better
 * alike of this one, finds the name, too: it has been looked at, or could not reach then. */
static bool sum_up(const struct search *search, const uint32_t *held, size_t count, size_t place,
                   uint32_t current, struct sums *sums)
{
    uint8_t best[TG_NAME_TOKENS_MAX] = {0};
    bool met[TG_NAME_TOKENS_MAX] = {false}, initials = false;
    for (size_t i = 0; i < count; i++) {
        uint8_t tags = TG_TOKEN_TAGS(held[i]), gain = 0, weight = 0, whole = 0;
        if ((tags & TG_TOKEN_PARTICLE) != 0) continue;
        uint32_t number = TG_TOKEN_NUMBER(held[i]);
        for (uint32_t link = first_alike(search, number); link != 0; link = alike_at(search, link)->next) {
            const struct tg_alike *alike = alike_at(search, link);
            if (alike->token != number) continue;
            uint8_t at = search->place[alike->query_at];
            if (at < place || (at == place && link < current)) return false;
            met[alike->query_at] = true;
            if (alike->gain > best[alike->query_at]) best[alike->query_at] = alike->gain;
            if (alike->gain > gain) gain = alike->gain;
            if (alike->weight > weight) weight = alike->weight;
            whole = alike->token_weight;
        }
        bool initial = (tags & TG_TOKEN_INITIAL) != 0;
        initials = initials || initial;
        if (initial || search->initials > 0) {
            gain = gain > TG_INITIAL_WEIGHT ? gain : TG_INITIAL_WEIGHT;
            weight = weight > TG_INITIAL_WEIGHT ? weight : TG_INITIAL_WEIGHT;
            whole = TOKEN_WEIGHT_MAX;
        }
        sums->candidate_gain += gain;
        sums->candidate_weight += weight;
        sums->candidate_met += tg_left_weight(tags, whole);
    }
    for (size_t q = 0; q < search->side.count; q++) {
        uint8_t tags = search->side.tags[q], weight = search->side.weights[q];
        if ((tags & TG_TOKEN_PARTICLE) != 0) continue;
        bool initial = initials || (tags & TG_TOKEN_INITIAL) != 0;
        sums->query_gain += best[q] > 0 || !initial ? best[q] : TG_INITIAL_WEIGHT;
        sums->query_weight += met[q] || initial ? weight : 0;
        if (!met[q] && !initial) sums->query_left += tg_left_weight(tags, weight);
    }
    return true;
}

/* Whether a name found by that alike can be enough, by its own tokens and features. */
static bool name_can_reach(const struct search *search, uint32_t name, size_t place, uint32_t current)
{
    uint32_t held[TG_NAME_TOKENS_MAX];
    struct sums sums = {.query_gain = 0};
    const struct tg_name_head *head = tg_head(search->index, name);
    tg_held(search->index, name, held);
    if (!sum_up(search, held, head->count, place, current, &sums)) return false;
    uint32_t gained = sums.query_gain < sums.candidate_gain ? sums.query_gain : sums.candidate_gain;
    uint32_t matched = sums.query_weight < sums.candidate_weight ? sums.query_weight : sums.candidate_weight;
    struct tg_reach reach = {.matched = matched,
                             .gained = gained,
                             .query_left = sums.query_left,
                             .candidate_left =
                                 head->left > sums.candidate_met ? head->left - sums.candidate_met : 0};
    uint16_t bound = tg_name_score_bound(&reach);
    if (!enough(search, bound)) return false;
    if (years_conflict(search, head) && tg_score_ceiling_conflict(bound, &search->query->features) < search->least)
        return false;
    struct tg_scored scored = {.why = {.name_score = bound}};
    return features_reach(search, name, &scored);
}

/* ---- finding names ---- */

static bool is_in(const struct tg_set *set, uint32_t value)
{
    if (set->items.count == 0) return false;
    const uint32_t *items = set->items.data;
    size_t at = (value * 2654435769U >> 7) & (set->slots_count - 1);
    for (; set->slots[at] != 0; at = (at + 1) & (set->slots_count - 1)) {
        if (items[set->slots[at] - 1] == value) return true;
    }
    return false;
}

static bool is_spent(struct search *search)
{
    bool spent = search->work->looked >= TG_NAME_LOOKED_MAX || search->work->aligned >= TG_NAME_ALIGNED_MAX;
    search->work->cut = search->work->cut || spent;
    return spent;
}

/* Whether no token of the name but that of the alike can be met, and that by no other query token. */
static bool is_alone(const struct search *search, const struct tg_name_head *head, uint32_t current)
{
    uint32_t token = alike_at(search, current)->token;
    for (uint32_t link = first_alike(search, token); link != 0; link = alike_at(search, link)->next) {
        if (link != current && alike_at(search, link)->token == token) return false;
    }
    if (head->count > TG_HEAD_TOKENS || search->initials > 0 || (head->flags & TG_STORED_INITIAL) != 0) return false;
    for (size_t i = 0; i < head->count; i++) {
        uint32_t number = TG_TOKEN_NUMBER(head->tokens[i]);
        if (number != token && has_alike(search, number)) return false;
    }
    return true;
}

static tg_err look_at(struct search *search, uint32_t name, size_t place, uint32_t current, uint32_t alone)
{
    const struct tg_name_head *head = tg_head(search->index, name);
    search->work->looked++;
    if ((head->flags & TG_STORED_REMOVED) != 0) return TG_OK;
    if (head->left >= alone && is_alone(search, head, current)) return TG_OK;
    if (!name_can_reach(search, name, place, current) || is_in(&search->joined, name)) return TG_OK;
    return judge(search, name, false);
}

/* Names of one row; lighter names come first: the first that is too heavy ends it. */
static tg_err look_row(struct search *search, uint32_t key, size_t place, uint32_t current,
                       struct heaviest heaviest)
{
    const struct tg_postings *postings = &search->index->names_of_token;
    struct tg_posting_row row = tg_postings_row(postings, key);
    uint16_t least = search->least;
    uint32_t name;
    tg_err err = TG_OK;
    for (size_t i = 0; i < row.count && err == TG_OK && !is_spent(search); i++) {
        if (i + PREFETCH < row.count) __builtin_prefetch(tg_head(search->index, row.values[i + PREFETCH]));
        if (least != search->least && heaviest.met != UINT32_MAX) {
            least = search->least;
            heaviest = heaviest_names(search, place, alike_at(search, current));
        }
        if (tg_head(search->index, row.values[i])->left >= heaviest.met) break;
        err = look_at(search, row.values[i], place, current, heaviest.alone);
    }
    while (err == TG_OK && !is_spent(search) && tg_postings_next(postings, key, &row.link, &name))
        err = look_at(search, name, place, current, heaviest.alone);
    return err;
}

/* Names found first by the query token at place. Alikes come best gain first: the first that cannot reach ends it. */
static tg_err look_place(struct search *search, size_t place)
{
    const struct wanted *wanted = &search->wanted[search->order[place]];
    tg_err err = TG_OK;
    for (uint32_t i = wanted->first; i < wanted->end && err == TG_OK && !is_spent(search); i++) {
        const struct tg_alike *alike = alike_at(search, i + 1);
        struct tg_reach initials = reach_at(search, place, alike, true);
        struct heaviest heaviest = heaviest_names(search, place, alike);
        static const struct heaviest any = {UINT32_MAX, UINT32_MAX};
        bool with_initials = enough(search, tg_name_score_bound(&initials));
        if (heaviest.met == 0 && !with_initials) break;
        if (heaviest.met > 0) err = look_row(search, alike->token * 2, place, i + 1, heaviest);
        if (err == TG_OK && with_initials)
            err = look_row(search, alike->token * 2 + 1, place, i + 1, any);
    }
    return err;
}

static tg_err joined_put(struct search *search, uint32_t name)
{
    if ((tg_head(search->index, name)->flags & TG_STORED_REMOVED) != 0 || is_in(&search->joined, name))
        return TG_OK;
    tg_err err = tg_set_put(&search->joined, name);
    return err == TG_OK ? judge(search, name, true) : err;
}

/* A query token that is two in the index. */
static tg_err look_apart(struct search *search, const struct tg_name_token *token)
{
    uint32_t key = 0, name;
    tg_err err = TG_OK;
    if ((token->tags & TG_TOKEN_PARTICLE) != 0 || !tg_joined_key(&search->index->key, token->phonetic, &key))
        return TG_OK;
    struct tg_map_it it = tg_map_find(&search->index->names_of_joined, key);
    while (err == TG_OK && !is_spent(search) && tg_map_next(&it, &name)) err = joined_put(search, name);
    return err;
}

static tg_err joined_row(struct search *search, uint32_t key)
{
    const struct tg_postings *postings = &search->index->names_of_token;
    struct tg_posting_row row = tg_postings_row(postings, key);
    uint32_t name;
    tg_err err = TG_OK;
    for (size_t i = 0; i < row.count && err == TG_OK && !is_spent(search); i++)
        err = joined_put(search, row.values[i]);
    while (err == TG_OK && !is_spent(search) && tg_postings_next(postings, key, &row.link, &name))
        err = joined_put(search, name);
    return err;
}

/* Two query tokens that are one in the index. */
static tg_err look_together(struct search *search, const struct tg_name_token *token)
{
    const struct tg_dictionary *dictionary = &search->index->dictionary;
    char code[TG_NAME_FOLD_BYTES_MAX + 1], bones[TG_NAME_FOLD_BYTES_MAX + 1];
    if (tg_joined_code(token, token + 1, code) == 0) return TG_OK;
    size_t bytes = tg_skeleton(code, strlen(code), bones);
    uint32_t own = bytes < TG_JOINED_SKELETON_MIN
                       ? UINT32_MAX
                       : tg_bones_find(dictionary, &search->index->key, bones, bytes);
    if (own == UINT32_MAX) return TG_OK;
    struct tg_posting_row row = tg_postings_row(&dictionary->tokens_of_bones, own);
    tg_err err = TG_OK;
    uint32_t number;
    for (size_t i = 0; err == TG_OK && !is_spent(search);) {
        if (i < row.count)
            number = row.values[i++];
        else if (!tg_postings_next(&dictionary->tokens_of_bones, own, &row.link, &number))
            break;
        struct tg_name_token other;
        number = TG_TOKEN_NUMBER(number);
        tg_dictionary_get(dictionary, number, &other);
        if (tg_joined_similarity(code, token->tags, &other) == 0) continue;
        err = joined_row(search, number * 2);
        if (err == TG_OK) err = joined_row(search, number * 2 + 1);
    }
    return err;
}

/* ---- the whole ---- */

static tg_err alikes_link(struct search *search)
{
    size_t count = 64;
    while (count < search->alikes.count * 4) count *= 2;
    search->heads = calloc(count, sizeof(uint32_t));
    search->tokens = calloc(search->index->dictionary.tokens.offsets.count / 64 + 1, sizeof(uint64_t));
    if (search->heads == NULL || search->tokens == NULL) return TG_ENOMEM;
    search->heads_mask = count - 1;
    struct tg_alike *alikes = search->alikes.data;
    for (size_t i = search->alikes.count; i > 0; i--) {
        uint32_t *head = &search->heads[slot_of(search, alikes[i - 1].token)];
        search->tokens[alikes[i - 1].token / 64] |= (uint64_t)1 << (alikes[i - 1].token % 64);
        alikes[i - 1].next = *head;
        *head = (uint32_t)i;
    }
    return TG_OK;
}

static uint64_t row_size(const struct search *search, uint32_t token)
{
    const struct tg_postings *postings = &search->index->names_of_token;
    return tg_postings_row(postings, token * 2).count + tg_postings_row(postings, token * 2 + 1).count + 1;
}

/* All that sounds like each query token. */
static tg_err want(struct search *search)
{
    tg_err err = TG_OK;
    for (size_t q = 0; q < search->name.count && err == TG_OK; q++) {
        const struct tg_name_token *token = &search->name.tokens[q];
        struct wanted *wanted = &search->wanted[q];
        search->place[q] = UINT8_MAX;
        if ((token->tags & TG_TOKEN_PARTICLE) != 0) continue;
        search->initials += (token->tags & TG_TOKEN_INITIAL) != 0;
        wanted->first = (uint32_t)search->alikes.count;
        err = tg_alikes_of(search->index, token, (uint8_t)q, &search->found, &search->alikes, search->work);
        wanted->end = (uint32_t)search->alikes.count;
        for (uint32_t i = wanted->first; i < wanted->end; i++) {
            const struct tg_alike *alike = alike_at(search, i + 1);
            wanted->postings += row_size(search, alike->token);
            if (alike->gain > wanted->best_gain) wanted->best_gain = alike->gain;
            if (alike->token_weight > wanted->heaviest) wanted->heaviest = alike->token_weight;
        }
    }
    return err;
}

/* Query tokens with alikes, those with the fewest names first. */
static void order_make(struct search *search)
{
    for (size_t q = 0; q < search->name.count; q++) {
        if (search->wanted[q].first == search->wanted[q].end) continue;
        size_t at = search->order_count++;
        for (; at > 0 && search->wanted[search->order[at - 1]].postings > search->wanted[q].postings; at--)
            search->order[at] = search->order[at - 1];
        search->order[at] = (uint8_t)q;
    }
    for (size_t i = 0; i < search->order_count; i++) search->place[search->order[i]] = (uint8_t)i;
}

static tg_err search_run(struct search *search)
{
    tg_side_of(&search->name, &search->side);
    search->least = search->query->threshold;
    if (limit_of(search) == 0) return TG_OK;
    tg_err err = want(search);
    if (err == TG_OK) err = alikes_link(search);
    order_make(search);
    for (size_t i = 0; i < search->name.count && err == TG_OK; i++) {
        err = look_apart(search, &search->name.tokens[i]);
        if (err == TG_OK && i + 1 < search->name.count) err = look_together(search, &search->name.tokens[i]);
    }
    for (size_t place = 0; place < search->order_count && err == TG_OK; place++)
        err = look_place(search, place);
    if (err == TG_OK) hits_rank(search);
    return err;
}

static tg_err results_make(struct search *search, struct tg_arena *arena, struct tg_name_result **ret_results,
                           size_t *ret_count)
{
    const struct hit *hits = search->hits.data;
    size_t count = search->hits.count;
    struct tg_name_result *results = tg_arena_take_array(arena, count, sizeof *results);
    if (results == NULL) return TG_ENOMEM;
    search->least = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t name = hits[i].name;
        results[i] = (struct tg_name_result){.id = hits[i].id,
                                             .name = tg_stored_text(search->index, name),
                                             .kind = tg_kind(tg_head(search->index, name))};
        if (hits[i].joined) (void)score_joined(search, name, &results[i].scored);
        if (!hits[i].joined) (void)score_plain(search, name, &results[i].scored);
    }
    *ret_results = results;
    *ret_count = count;
    return TG_OK;
}

tg_err tg_name_index_query(const struct tg_name_index *index, const struct tg_name_query *query,
                           struct tg_arena *arena, struct tg_name_result **ret_results, size_t *ret_count,
                           struct tg_errmsg *em)
{
    struct tg_name_work work = {.compared = 0};
    struct search search = {.index = index, .query = query, .work = &work};
    tg_err err = tg_name_parse(query->text, &search.name, em);
    if (err != TG_OK) return err;
    err = search_run(&search);
    if (err == TG_OK) err = results_make(&search, arena, ret_results, ret_count);
    search_release(&search);
    if (query->work != NULL) *query->work = work;
    return err == TG_OK ? TG_OK : tg_fail(em, err, "name query ran out of memory");
}
