/* Near-duplicate texts by prefix filter: two texts that are alike share one of their rarest shingles.
 *
 * Of n shingles an alike text holds at least ⌈0.7 n⌉; so, in one order for all texts, one of the first n - ⌈0.7 n⌉ + 1 is
 * shared [Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007]. The order is by how often a shingle occurs, as
 * counted in a table without chains: where two share a counter the order changes, the result does not.
 */
#include "match/near.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/text.h"

#define WORDS_OF_SHINGLE 3
#define ALIKE_TENTHS 7
#define COUNTERS (1u << 20)
#define NO_POSTING UINT32_MAX
#define ODD_A UINT64_C(0x9E3779B97F4A7C15)
#define ODD_B UINT64_C(0xC2B2AE3D27D4EB4F)
#define ODD_C UINT64_C(0x165667B19E3779F9)

/* ---- words ---- */

static bool of_word(uint32_t cp)
{
    if (cp < 0x80) return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z');
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}

/* One character as its word has it; 0 when it is of none. */
static uint32_t letter_next(struct tg_view *text)
{
    if (text->data[0] < 0x80) {
        uint8_t c = text->data[0];
        *text = tg_view_of(text->data + 1, text->bytes - 1);
        if (!of_word(c)) return 0;
        return c >= 'A' && c <= 'Z' ? c + 32u : c;
    }
    uint32_t cp = tg_utf8_next(text);
    return of_word(cp) ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp) : 0;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 32)) * ODD_A;
    return x ^ (x >> 29);
}

/* The next word, hashed; false at the end of the text. */
static bool word_next(const struct tg_token_key *key, struct tg_view *text, uint64_t *ret_hash)
{
    uint32_t letters[64];
    size_t count = 0;
    uint64_t front = 0; /* of a word longer than the buffer */
    while (text->bytes) {
        uint32_t letter = letter_next(text);
        if (!letter && count) break;
        if (!letter) continue;
        if (count == sizeof letters / sizeof *letters) {
            front = mix(front ^ tg_siphash64(key, tg_view_of(letters, sizeof letters)));
            count = 0;
        }
        letters[count++] = letter;
    }
    if (!count) return false;
    *ret_hash = front ^ tg_siphash64(key, tg_view_of(letters, count * sizeof *letters));
    return true;
}

/* ---- shingles ---- */

static int u64_compare(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* Hashes are spread evenly: buckets by their first bits, each then put in order by insertion. */
static tg_err sort(uint64_t *items, size_t count, struct tg_arena *arena)
{
    uint32_t at[257] = {0};
    if (count < 2) return TG_OK;
    uint64_t *sorted = tg_arena_take_array(arena, count, sizeof *sorted);
    if (!sorted) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) at[(items[i] >> 56) + 1]++;
    for (size_t i = 1; i < 257; i++) at[i] += at[i - 1];
    for (size_t i = 0; i < count; i++) sorted[at[items[i] >> 56]++] = items[i];
    for (size_t b = 0, from = 0; b < 256; from = at[b++])
        if (at[b] - from > 1) qsort(sorted + from, at[b] - from, sizeof *sorted, u64_compare);
    memcpy(items, sorted, count * sizeof *items);
    return TG_OK;
}

static size_t distinct(uint64_t *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!kept || items[kept - 1] != items[i]) items[kept++] = items[i];
    return kept;
}

tg_err tg_near_read(const struct tg_token_key *key, uint64_t block, struct tg_view text,
                    struct tg_arena *arena, struct tg_near_text *ret_text)
{
    uint64_t words[TG_NEAR_WORDS_MAX];
    size_t count = 0;
    while (count < TG_NEAR_WORDS_MAX && word_next(key, &text, &words[count])) count++;
    size_t of_one = count < WORDS_OF_SHINGLE ? count : WORDS_OF_SHINGLE;
    size_t shingles_count = count ? count - of_one + 1 : 0;
    uint64_t *shingles = tg_arena_take_array(arena, shingles_count, sizeof *shingles);
    if (!shingles) return TG_ENOMEM;
    for (size_t i = 0; i < shingles_count; i++) {
        uint64_t hash = mix(block + of_one);
        for (size_t k = 0; k < of_one; k++) hash = mix(hash * ODD_B + words[i + k]);
        shingles[i] = hash;
    }
    tg_err err = sort(shingles, shingles_count, arena);
    if (err) return err;
    *ret_text = (struct tg_near_text){.shingles = shingles,
                                      .count = (uint32_t)distinct(shingles, shingles_count),
                                      .words = (uint32_t)count};
    return TG_OK;
}

bool tg_near_alike(const struct tg_near_text *a, const struct tg_near_text *b)
{
    uint64_t whole = (uint64_t)a->count + b->count, common = 0;
    /* c / (whole - c) >= 0.7, so c >= 7 whole / 17 */
    uint64_t needed = (ALIKE_TENTHS * whole + 9 + ALIKE_TENTHS) / (10 + ALIKE_TENTHS);
    if (!a->count || !b->count) return false;
    for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
        uint32_t left = a->count - i < b->count - k ? a->count - i : b->count - k;
        if (common + left < needed) return false;
        uint64_t x = a->shingles[i], y = b->shingles[k];
        common += x == y;
        i += x <= y;
        k += y <= x;
    }
    return common >= needed;
}

/* ---- the join ---- */

struct posting {
    uint32_t text, next;
};
/* Of one text while its prefix is chosen. */
struct rare {
    uint32_t often;
    uint64_t shingle;
};

struct join {
    const struct tg_near_text *texts;
    size_t count;
    tg_on_near on_near;
    void *ctx;
    struct tg_near_join_stats stats;
    uint32_t *counters;
    uint32_t *firsts; /* of each text: the first that is equal, which may be itself */
    uint32_t *equals; /* table of whole texts: place + 1 */
    size_t equals_slots;
    uint32_t *heads; /* table of shingles: the newest posting */
    uint64_t *heads_of;
    size_t slots; /* powers of two */
    struct posting *postings;
    size_t postings_count, postings_capacity;
    uint32_t *looked_for; /* of each text: the last one that it was looked at for, + 1 */
    struct rare *rares;
    size_t rares_capacity;
};

static size_t counter_of(uint64_t shingle)
{
    return shingle >> 44;
}

static int rare_compare(const void *x, const void *y)
{
    const struct rare *a = x, *b = y;
    if (a->often != b->often) return a->often < b->often ? -1 : 1;
    return u64_compare(&a->shingle, &b->shingle);
}

/* The first text that is equal, which may be itself. */
static uint32_t first_equal(struct join *join, uint32_t at)
{
    const struct tg_near_text *text = &join->texts[at];
    uint64_t hash = text->count;
    for (uint32_t i = 0; i < text->count; i++) hash = (hash ^ text->shingles[i]) * ODD_C;
    size_t mask = join->equals_slots - 1;
    for (size_t slot = mix(hash) & mask;; slot = (slot + 1) & mask) {
        if (!join->equals[slot]) {
            join->equals[slot] = at + 1;
            return at;
        }
        const struct tg_near_text *other = &join->texts[join->equals[slot] - 1];
        if (other->count == text->count &&
            memcmp(other->shingles, text->shingles, text->count * sizeof *text->shingles) == 0)
            return join->equals[slot] - 1;
    }
}

static tg_err room(struct join *join, uint32_t count)
{
    if (count > join->rares_capacity) {
        struct rare *grown = reallocarray(join->rares, count, sizeof *grown);
        if (!grown) return TG_ENOMEM;
        join->rares = grown;
        join->rares_capacity = count;
    }
    if (join->postings_count + count > join->postings_capacity) {
        size_t capacity = 2 * join->postings_capacity + count;
        struct posting *grown = reallocarray(join->postings, capacity, sizeof *grown);
        if (!grown || capacity >= NO_POSTING) return TG_ENOMEM;
        join->postings = grown;
        join->postings_capacity = capacity;
    }
    return TG_OK;
}

/* How many of its shingles, in any order, one must be among that an alike text shares. */
static uint32_t prefix_of(const struct tg_near_text *text)
{
    return text->count - (ALIKE_TENTHS * text->count + 9) / 10 + 1;
}

/* Its rarest ones, so many. */
static uint32_t prefix_take(struct join *join, const struct tg_near_text *text)
{
    uint32_t prefix = prefix_of(text), alone = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        uint32_t often = join->counters[counter_of(text->shingles[i])];
        join->rares[i] = (struct rare){often, text->shingles[i]};
        alone += often == 1;
    }
    if (alone >= prefix) return 0; /* all of them occur here alone: nothing is alike */
    qsort(join->rares, text->count, sizeof *join->rares, rare_compare);
    return prefix;
}

/* Where the newest posting of a shingle stands. */
static uint32_t *head_of(struct join *join, uint64_t shingle)
{
    size_t slot = mix(shingle) & (join->slots - 1);
    while (join->heads[slot] != NO_POSTING && join->heads_of[slot] != shingle)
        slot = (slot + 1) & (join->slots - 1);
    join->heads_of[slot] = shingle;
    return &join->heads[slot];
}

static tg_err look(struct join *join, uint32_t at, uint32_t posting, uint32_t *alike, bool *ret_cut)
{
    const struct tg_near_text *text = &join->texts[at];
    uint32_t looks = 0;
    for (; posting != NO_POSTING; posting = join->postings[posting].next) {
        uint32_t other = join->postings[posting].text;
        if (join->looked_for[other] == at + 1) continue;
        if (looks++ == TG_NEAR_POSTINGS_MAX || *alike == TG_NEAR_ALIKE_MAX) {
            *ret_cut = true;
            return TG_OK;
        }
        join->looked_for[other] = at + 1;
        join->stats.compared++;
        if (!tg_near_alike(text, &join->texts[other])) continue;
        ++*alike;
        tg_err err = join->on_near(join->ctx, other, at);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err one(struct join *join, uint32_t at)
{
    const struct tg_near_text *text = &join->texts[at];
    uint32_t alike = 0;
    bool cut = false;
    tg_err err = room(join, text->count);
    uint32_t prefix = err ? 0 : prefix_take(join, text);
    for (uint32_t i = 0; i < prefix && !err; i++) {
        if (join->rares[i].often == 1) continue;
        uint32_t *head = head_of(join, join->rares[i].shingle);
        err = look(join, at, *head, &alike, &cut);
        join->postings[join->postings_count] = (struct posting){.text = at, .next = *head};
        *head = (uint32_t)join->postings_count++;
    }
    join->stats.cut += cut;
    return err;
}

static tg_err tables_make(struct join *join)
{
    join->counters = calloc(COUNTERS, sizeof *join->counters);
    join->looked_for = calloc(join->count + 1, sizeof *join->looked_for);
    join->firsts = calloc(join->count + 1, sizeof *join->firsts);
    for (join->equals_slots = 1024; join->equals_slots < 2 * join->count;) join->equals_slots *= 2;
    join->equals = calloc(join->equals_slots, sizeof *join->equals);
    return join->counters && join->looked_for && join->firsts && join->equals ? TG_OK : TG_ENOMEM;
}

/* Whole texts, and how often each shingle occurs in texts that are not equal. */
static void count(struct join *join)
{
    for (uint32_t i = 0; i < join->count; i++) {
        const struct tg_near_text *text = &join->texts[i];
        join->firsts[i] = text->count ? first_equal(join, i) : i;
        for (uint32_t k = 0; k < text->count && join->firsts[i] == i; k++)
            join->counters[counter_of(text->shingles[k])]++;
    }
}

/* A table with room for every posting that can come. */
static tg_err heads_make(struct join *join)
{
    size_t most = 0;
    for (uint32_t i = 0; i < join->count; i++) {
        const struct tg_near_text *text = &join->texts[i];
        uint32_t shared = 0, prefix = prefix_of(text);
        for (uint32_t k = 0; k < text->count && join->firsts[i] == i; k++)
            shared += join->counters[counter_of(text->shingles[k])] > 1;
        most += shared < prefix ? shared : prefix;
    }
    for (join->slots = 1024; join->slots < 2 * most;) join->slots *= 2;
    join->heads = malloc(join->slots * sizeof *join->heads);
    join->heads_of = malloc(join->slots * sizeof *join->heads_of);
    if (!join->heads || !join->heads_of) return TG_ENOMEM;
    memset(join->heads, 0xFF, join->slots * sizeof *join->heads);
    return TG_OK;
}

static tg_err run(struct join *join)
{
    tg_err err = tables_make(join);
    if (err) return err;
    count(join);
    err = heads_make(join);
    for (uint32_t i = 0; i < join->count && !err; i++) {
        if (join->firsts[i] != i)
            err = join->on_near(join->ctx, join->firsts[i], i);
        else if (join->texts[i].count)
            err = one(join, i);
    }
    return err;
}

tg_err tg_near_join(const struct tg_near_text *texts, size_t count, tg_on_near on_near, void *ctx,
                    struct tg_near_join_stats *ret_stats)
{
    struct join join = {.texts = texts, .count = count, .on_near = on_near, .ctx = ctx};
    if (count > TG_NEAR_TEXTS_MAX) return TG_ELIMIT;
    tg_err err = run(&join);
    free(join.counters);
    free(join.firsts);
    free(join.equals);
    free(join.heads);
    free(join.heads_of);
    free(join.looked_for);
    free(join.postings);
    free(join.rares);
    if (!err && ret_stats) *ret_stats = join.stats;
    return err;
}
