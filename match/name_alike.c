/* Tokens of the name index that sound like a token of a query.
 *
 * Knows tokens, not names. Guarantee: every token within one edit in fold or skeleton, or with an equal code or stem.
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define PREFETCH 6 /* tokens ahead */

tg_err tg_set_put(struct tg_set *set, uint32_t value)
{
    tg_err err = tg_vec_reserve(&set->items, 1, sizeof value);
    if (err != TG_OK) return err;
    if (set->items.count * 2 >= set->slots_count) {
        size_t count = set->slots_count == 0 ? 256 : set->slots_count * 2;
        uint32_t *slots = calloc(count, sizeof *slots);
        if (slots == NULL) return TG_ENOMEM;
        free(set->slots);
        set->slots = slots;
        set->slots_count = count;
        const uint32_t *items = set->items.data;
        for (size_t i = 0; i < set->items.count; i++) {
            size_t at = (items[i] * 2654435769U >> 7) & (count - 1);
            while (slots[at] != 0) at = (at + 1) & (count - 1);
            slots[at] = (uint32_t)i + 1;
        }
    }
    uint32_t *items = set->items.data;
    size_t at = (value * 2654435769U >> 7) & (set->slots_count - 1);
    for (; set->slots[at] != 0; at = (at + 1) & (set->slots_count - 1)) {
        if (items[set->slots[at] - 1] == value) return TG_OK;
    }
    items[set->items.count++] = value;
    set->slots[at] = (uint32_t)set->items.count;
    return TG_OK;
}

void tg_set_clear(struct tg_set *set)
{
    if (set->slots != NULL) memset(set->slots, 0, set->slots_count * sizeof set->slots[0]);
    set->items.count = 0;
}

void tg_set_release(struct tg_set *set)
{
    free(set->items.data);
    free(set->slots);
    *set = (struct tg_set){.slots = NULL};
}

struct looking {
    const struct tg_name_index *index;
    const struct tg_name_token *token;
    struct tg_set *found;
    struct tg_name_work *work;
};

static bool is_full(struct looking *looking)
{
    bool full = looking->found->items.count >= TG_NAME_COMPARED_MAX;
    looking->work->cut = looking->work->cut || full;
    return full;
}

/* Tokens that share a key of the fold. */
static tg_err look_folds(struct looking *looking)
{
    uint32_t keys[TG_KEYS_MAX], number;
    size_t count = tg_fold_query_keys(&looking->index->key, looking->token->fold, keys);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++) {
        struct tg_map_it it = tg_map_find(&looking->index->dictionary.folds, keys[i]);
        while (err == TG_OK && tg_map_next(&it, &number) && !is_full(looking))
            err = tg_set_put(looking->found, number);
    }
    return err;
}

static tg_err row_put(struct looking *looking, uint32_t held, bool stems)
{
    bool of_stem = (held & TG_BONES_OF_STEM) != 0;
    return of_stem && !stems ? TG_OK : tg_set_put(looking->found, TG_TOKEN_NUMBER(held));
}

/* Tokens of one skeleton. Those that have it as their stem alone count with stems: near is true for the others. */
static tg_err look_row(struct looking *looking, uint32_t bones, bool stems)
{
    const struct tg_postings *postings = &looking->index->dictionary.tokens_of_bones;
    struct tg_posting_row row = tg_postings_row(postings, bones);
    uint32_t number;
    tg_err err = TG_OK;
    for (size_t i = 0; i < row.count && err == TG_OK && !is_full(looking); i++)
        err = row_put(looking, row.values[i], stems);
    while (err == TG_OK && tg_postings_next(postings, bones, &row.link, &number) && !is_full(looking))
        err = row_put(looking, number, stems);
    return err;
}

static tg_err look_exactly(struct looking *looking, const char *code)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    bool vowels = false;
    size_t bytes = tg_bones_of(code, bones, &vowels);
    uint32_t own = tg_bones_find(&looking->index->dictionary, &looking->index->key, bones, bytes);
    return own == UINT32_MAX ? TG_OK : look_row(looking, own, true);
}

/* Tokens with a code whose skeleton is that of the code, or within one edit of it. */
static tg_err look_code(struct looking *looking, const char *code)
{
    const struct tg_dictionary *dictionary = &looking->index->dictionary;
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    uint32_t keys[TG_KEYS_MAX], number;
    bool vowels = false;
    if (code[0] == 0) return TG_OK;
    size_t bytes = tg_bones_of(code, bones, &vowels);
    uint32_t own = tg_bones_find(dictionary, &looking->index->key, bones, bytes);
    tg_err err = own == UINT32_MAX ? TG_OK : look_row(looking, own, false);
    if (vowels || bytes < TG_SKELETON_DELETION_MIN) return err;
    size_t count = tg_bones_keys(&looking->index->key, bones, bytes, keys);
    for (size_t i = 0; i < count && err == TG_OK; i++) {
        struct tg_map_it it = tg_map_find(&dictionary->near, keys[i]);
        while (err == TG_OK && tg_map_next(&it, &number)) {
            size_t other_bytes = 0;
            const char *other = tg_bones_text(dictionary, number, &other_bytes);
            if (number != own && tg_within_one_edit(bones, bytes, other, other_bytes))
                err = look_row(looking, number, false);
        }
    }
    return err;
}

static int order_of_alikes(const void *left, const void *right)
{
    const struct tg_alike *a = left, *b = right;
    if (a->gain != b->gain) return a->gain > b->gain ? -1 : 1;
    if (a->similarity != b->similarity) return a->similarity > b->similarity ? -1 : 1;
    return a->token < b->token ? -1 : a->token > b->token;
}

/* The first near_count of those found are known to be near. */
static tg_err compare(struct looking *looking, size_t near_count, uint8_t query_at, struct tg_vec *alikes)
{
    const struct tg_dictionary *dictionary = &looking->index->dictionary;
    const uint32_t *found = looking->found->items.data;
    size_t count = looking->found->items.count;
    struct tg_sounding sounding;
    tg_err err = tg_vec_reserve(alikes, count, sizeof(struct tg_alike));
    if (err != TG_OK) return err;
    looking->work->compared += count;
    tg_sounding_of(looking->token, &sounding);
    for (size_t i = 0; i < count; i++) {
        struct tg_name_token other;
        enum tg_how how = TG_HOW_EXACT;
        if (i + 2 * (size_t)PREFETCH < count)
            tg_dictionary_prefetch_place(dictionary, found[i + 2 * (size_t)PREFETCH]);
        if (i + PREFETCH < count) tg_dictionary_prefetch(dictionary, found[i + PREFETCH]);
        tg_dictionary_get(dictionary, found[i], &other);
        uint16_t similarity = tg_sounding_similarity(&sounding, &other, i < near_count, &how);
        if (similarity == 0) continue;
        uint8_t own = looking->token->weight, weight = own < other.weight ? own : other.weight;
        ((struct tg_alike *)alikes->data)[alikes->count++] =
            (struct tg_alike){.token = found[i],
                              .similarity = similarity,
                              .query_at = query_at,
                              .how = (uint8_t)how,
                              .weight = weight,
                              .token_weight = other.weight,
                              .gain = (uint8_t)tg_gain(weight, similarity)};
    }
    return TG_OK;
}

tg_err tg_alikes_of(const struct tg_name_index *index, const struct tg_name_token *token, uint8_t query_at,
                    struct tg_set *found, struct tg_vec *alikes, struct tg_name_work *work)
{
    struct looking looking = {.index = index, .token = token, .found = found, .work = work};
    size_t first = alikes->count;
    tg_set_clear(found);
    tg_err err = TG_OK;
    size_t near_count = 0;
    if ((token->tags & TG_TOKEN_INITIAL) == 0 && (token->fold[0] & 0x80) == 0) {
        err = look_code(&looking, token->phonetic);
        if (err == TG_OK) err = look_code(&looking, token->alternative);
        near_count = found->items.count;
        if (err == TG_OK) err = look_exactly(&looking, token->stem[0] != 0 ? token->stem : token->phonetic);
    }
    if (err == TG_OK) err = look_folds(&looking);
    if (err == TG_OK) err = compare(&looking, near_count, query_at, alikes);
    if (err != TG_OK) return err;
    size_t count = alikes->count - first;
    if (count > 1) qsort((struct tg_alike *)alikes->data + first, count, sizeof(struct tg_alike), order_of_alikes);
    return TG_OK;
}
