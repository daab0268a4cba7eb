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
#define WORD_BYTES 60
#define COUNTERS (1u << 20)
#define ODD_A UINT64_C(0x9E3779B97F4A7C15)
#define ODD_B UINT64_C(0xC2B2AE3D27D4EB4F)
#define ODD_C UINT64_C(0x165667B19E3779F9)

/* ---- words ---- */

/* One character as its word has it, in UTF-8; 0 bytes when it is of none. */
static size_t letter_next(struct tg_view *text, uint8_t out[static 4])
{
    uint8_t c = text->data[0], small = c | 0x20;
    if (c < 0x80) {
        bool letter = (uint8_t)(small - 'a') < 26;
        *text = tg_view_of(text->data + 1, text->bytes - 1);
        out[0] = letter ? small : c;
        return letter || (uint8_t)(c - '0') < 10;
    }
    uint32_t cp = tg_utf8_next(text);
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    bool of_word = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
    return of_word ? tg_utf8_put((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), out) : 0;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 32)) * ODD_A;
    return x ^ (x >> 29);
}

/* The next word, hashed; false at the end of the text. */
static bool word_next(const struct tg_token_key *key, struct tg_view *text, uint64_t *ret_hash)
{
    uint8_t letters[WORD_BYTES + 4];
    size_t count = 0;
    uint64_t front = 0; /* of a word that is longer */
    while (text->bytes) {
        size_t bytes = letter_next(text, letters + count);
        if (!bytes && count) break;
        count += bytes;
        if (count < WORD_BYTES) continue;
        front = mix(front ^ tg_siphash64(key, tg_view_of(letters, count)));
        count = 0;
        letters[count++] = ' '; /* so that the word has not ended */
    }
    if (!count) return false;
    *ret_hash = front ^ tg_siphash64(key, tg_view_of(letters, count));
    return true;
}

/* ---- shingles ---- */

/* Hashes are spread evenly: put into buckets by their first bits they stand nearly in order, and insertion does the rest. */
static void sort(uint64_t *items, size_t count, uint64_t *sorted)
{
    uint32_t at[257] = {0};
    for (size_t i = 0; i < count; i++) at[(items[i] >> 56) + 1]++;
    for (size_t i = 1; i < 257; i++) at[i] += at[i - 1];
    for (size_t i = 0; i < count; i++) sorted[at[items[i] >> 56]++] = items[i];
    for (size_t i = 1; i < count; i++) {
        uint64_t item = sorted[i];
        size_t k = i;
        for (; k && sorted[k - 1] > item; k--) sorted[k] = sorted[k - 1];
        sorted[k] = item;
    }
    memcpy(items, sorted, count * sizeof *items);
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
    sort(shingles, shingles_count, words); /* which are not needed any more */
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
struct head {
    uint64_t shingle;
    uint32_t newest; /* posting, + 1; 0: the place is free */
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
    uint16_t *counters; /* up to UINT16_MAX */
    uint32_t *firsts;   /* of each text: the first that is equal, which may be itself */
    uint32_t *equals;   /* table of whole texts: place + 1 */
    size_t equals_slots;
    struct head *heads;        /* table of shingles */
    size_t slots, heads_count; /* slots: powers of two */
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
    return a->shingle < b->shingle ? -1 : a->shingle > b->shingle;
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
        if (!grown || capacity >= UINT32_MAX) return TG_ENOMEM;
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

/* Its rarest ones, so many; those that stand in no other text are counted and left out. */
static uint32_t prefix_take(struct join *join, const struct tg_near_text *text)
{
    uint32_t prefix = prefix_of(text), shared = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        uint32_t often = join->counters[counter_of(text->shingles[i])];
        if (often > 1) join->rares[shared++] = (struct rare){often, text->shingles[i]};
    }
    uint32_t alone = text->count - shared;
    if (alone >= prefix) return 0;
    qsort(join->rares, shared, sizeof *join->rares, rare_compare);
    return prefix - alone;
}

/* Where a shingle stands, or would. */
static struct head *head_of(const struct join *join, uint64_t shingle)
{
    size_t slot = mix(shingle) & (join->slots - 1);
    while (join->heads[slot].newest && join->heads[slot].shingle != shingle)
        slot = (slot + 1) & (join->slots - 1);
    return &join->heads[slot];
}

/* Room for so many shingles more, half of the table free. */
static tg_err heads_room(struct join *join, uint32_t more)
{
    if (2 * (join->heads_count + more) <= join->slots) return TG_OK;
    struct join grown = *join;
    for (grown.slots = join->slots ? join->slots : 1024; grown.slots < 2 * (join->heads_count + more);)
        grown.slots *= 2;
    grown.slots *= 2;
    grown.heads = calloc(grown.slots, sizeof *grown.heads);
    if (!grown.heads) return TG_ENOMEM;
    for (size_t i = 0; i < join->slots; i++)
        if (join->heads[i].newest) *head_of(&grown, join->heads[i].shingle) = join->heads[i];
    free(join->heads);
    join->heads = grown.heads;
    join->slots = grown.slots;
    return TG_OK;
}

static tg_err look(struct join *join, uint32_t at, uint32_t posting, uint32_t *alike, bool *ret_cut)
{
    const struct tg_near_text *text = &join->texts[at];
    uint32_t looks = 0;
    for (; posting; posting = join->postings[posting - 1].next) {
        uint32_t other = join->postings[posting - 1].text;
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
    if (!err) err = heads_room(join, prefix);
    for (uint32_t i = 0; i < prefix && !err; i++) {
        struct head *head = head_of(join, join->rares[i].shingle);
        err = look(join, at, head->newest, &alike, &cut);
        join->postings[join->postings_count++] = (struct posting){.text = at, .next = head->newest};
        join->heads_count += head->newest == 0;
        *head = (struct head){join->rares[i].shingle, (uint32_t)join->postings_count};
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

static void count_up(uint16_t *counter)
{
    if (*counter < UINT16_MAX) ++*counter;
}

/* Whole texts, and how often each shingle occurs in texts that are not equal. */
static void count(struct join *join)
{
    for (uint32_t i = 0; i < join->count; i++) {
        const struct tg_near_text *text = &join->texts[i];
        join->firsts[i] = text->count ? first_equal(join, i) : i;
        for (uint32_t k = 0; k < text->count && join->firsts[i] == i; k++)
            count_up(&join->counters[counter_of(text->shingles[k])]);
    }
}

static tg_err run(struct join *join)
{
    tg_err err = tables_make(join);
    if (err) return err;
    count(join);
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
    free(join.looked_for);
    free(join.postings);
    free(join.rares);
    if (!err && ret_stats) *ret_stats = join.stats;
    return err;
}
