/* Distinct tokens of the name index, and the candidate keys of folds and skeletons.
 *
 * Knows tokens, not names. Keys and guarantee: docs/formats-match.md.
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define HEAD_BYTES 2 /* flags, weight */
#define TEXTS 4      /* fold, phonetic, alternative, stem */
#define PACKED_MAX (TEXTS * (TG_NAME_FOLD_BYTES_MAX + 1) + HEAD_BYTES)
_Static_assert(PACKED_MAX <= UINT8_MAX, "a packed token has its length in one byte");
#define OF_TOKEN_ALONE (TG_TOKEN_INITIAL | TG_TOKEN_ABJAD | TG_TOKEN_SYLLABIC)

tg_err tg_vec_reserve(struct tg_vec *vec, size_t more, size_t bytes_each)
{
    size_t capacity = vec->capacity == 0 ? 64 : vec->capacity;
    if (vec->count + more <= vec->capacity) return TG_OK;
    while (capacity < vec->count + more) capacity += capacity / 2 + 1;
    if (capacity > UINT32_MAX) return TG_ELIMIT;
    void *data = realloc(vec->data, capacity * bytes_each);
    if (data == NULL) return TG_ENOMEM;
    vec->data = data;
    vec->capacity = capacity;
    return TG_OK;
}

void tg_vec_trim(struct tg_vec *vec, size_t bytes_each)
{
    if (vec->count == 0 || vec->count == vec->capacity) return;
    void *data = realloc(vec->data, vec->count * bytes_each);
    if (data == NULL) return;
    vec->data = data;
    vec->capacity = vec->count;
}

static void strings_release(struct tg_strings *strings)
{
    free(strings->bytes.data);
    free(strings->offsets.data);
    free(strings->slots);
    *strings = (struct tg_strings){.slots = NULL};
}

static const uint8_t *string_at(const struct tg_strings *strings, uint32_t number, size_t *ret_bytes)
{
    const uint8_t *at =
        (const uint8_t *)strings->bytes.data + ((const uint32_t *)strings->offsets.data)[number];
    *ret_bytes = at[0];
    return at + 1;
}

static size_t strings_bytes(const struct tg_strings *strings)
{
    return strings->bytes.capacity + strings->offsets.capacity * sizeof(uint32_t) +
           strings->slots_count * sizeof(uint32_t);
}

static uint32_t *slot_of(uint32_t *slots, size_t slots_count, const struct tg_strings *strings,
                         const struct tg_token_key *key, const uint8_t *text, size_t bytes)
{
    size_t at = (size_t)tg_siphash64(key, tg_view_of(text, bytes)) & (slots_count - 1);
    for (;; at = (at + 1) & (slots_count - 1)) {
        if (slots[at] == 0) return &slots[at];
        size_t other_bytes = 0;
        const uint8_t *other = string_at(strings, slots[at] - 1, &other_bytes);
        if (other_bytes == bytes && memcmp(other, text, bytes) == 0) return &slots[at];
    }
}

/* Slots are at most three quarters full. */
static tg_err slots_grow(struct tg_strings *strings, const struct tg_token_key *key)
{
    if (strings->slots_count > 0 && strings->offsets.count + 1 < strings->slots_count / 4 * 3) return TG_OK;
    size_t count = strings->slots_count == 0 ? 64 : strings->slots_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) return TG_ENOMEM;
    for (uint32_t i = 0; i < strings->offsets.count; i++) {
        size_t bytes = 0;
        const uint8_t *text = string_at(strings, i, &bytes);
        *slot_of(slots, count, strings, key, text, bytes) = i + 1;
    }
    free(strings->slots);
    strings->slots = slots;
    strings->slots_count = count;
    return TG_OK;
}

/* Number of the string, new or known; at most max of them. */
static tg_err strings_take(struct tg_strings *strings, const struct tg_token_key *key, const void *text,
                           size_t bytes, uint32_t max, uint32_t *ret_number, bool *ret_new)
{
    tg_err err = slots_grow(strings, key);
    if (err == TG_OK) err = tg_vec_reserve(&strings->bytes, bytes + 1, 1);
    if (err == TG_OK) err = tg_vec_reserve(&strings->offsets, 1, sizeof(uint32_t));
    if (err != TG_OK) return err;
    uint32_t *slot = slot_of(strings->slots, strings->slots_count, strings, key, text, bytes);
    *ret_new = *slot == 0;
    if (*slot == 0) {
        if (strings->offsets.count >= max) return TG_ELIMIT;
        uint8_t *to = (uint8_t *)strings->bytes.data + strings->bytes.count;
        ((uint32_t *)strings->offsets.data)[strings->offsets.count++] = (uint32_t)strings->bytes.count;
        to[0] = (uint8_t)bytes;
        memcpy(to + 1, text, bytes);
        strings->bytes.count += bytes + 1;
        *slot = (uint32_t)strings->offsets.count;
    }
    *ret_number = *slot - 1;
    return TG_OK;
}

void tg_dictionary_release(struct tg_dictionary *dictionary)
{
    strings_release(&dictionary->tokens);
    strings_release(&dictionary->bones);
    tg_map_release(&dictionary->folds);
    tg_map_release(&dictionary->near);
    tg_postings_release(&dictionary->tokens_of_bones);
}

/* Flags, weight, then four texts, each with its length before it. */
static size_t pack(const struct tg_name_token *token, uint8_t out[static PACKED_MAX])
{
    const char *const texts[TEXTS] = {token->fold, token->phonetic, token->alternative, token->stem};
    size_t at = 0;
    out[at++] = token->tags & OF_TOKEN_ALONE;
    out[at++] = token->weight;
    for (size_t i = 0; i < TEXTS; i++) {
        size_t bytes = strlen(texts[i]);
        out[at++] = (uint8_t)bytes;
        memcpy(out + at, texts[i], bytes);
        at += bytes;
    }
    return at;
}

void tg_dictionary_get(const struct tg_dictionary *dictionary, uint32_t number,
                       struct tg_name_token *ret_token)
{
    size_t whole = 0, at = HEAD_BYTES;
    const uint8_t *packed = string_at(&dictionary->tokens, number, &whole);
    char *const texts[TEXTS] = {ret_token->fold, ret_token->phonetic, ret_token->alternative,
                                ret_token->stem};
    ret_token->tags = packed[0];
    ret_token->weight = packed[1];
    for (size_t i = 0; i < TEXTS; i++) {
        size_t bytes = packed[at++];
        memcpy(texts[i], packed + at, bytes);
        texts[i][bytes] = 0;
        at += bytes;
    }
}

void tg_dictionary_prefetch(const struct tg_dictionary *dictionary, uint32_t number)
{
    __builtin_prefetch((const uint8_t *)dictionary->tokens.bytes.data +
                       ((const uint32_t *)dictionary->tokens.offsets.data)[number]);
}

void tg_dictionary_prefetch_place(const struct tg_dictionary *dictionary, uint32_t number)
{
    __builtin_prefetch((const uint32_t *)dictionary->tokens.offsets.data + number);
}

char tg_dictionary_first(const struct tg_dictionary *dictionary, uint32_t number)
{
    size_t bytes = 0;
    const uint8_t *packed = string_at(&dictionary->tokens, number, &bytes);
    const uint8_t *phonetic = packed + HEAD_BYTES + 1 + packed[HEAD_BYTES];
    return phonetic[0] == 0 ? 0 : (char)phonetic[1];
}

uint8_t tg_dictionary_weight(const struct tg_dictionary *dictionary, uint32_t number)
{
    size_t bytes = 0;
    return string_at(&dictionary->tokens, number, &bytes)[1];
}

size_t tg_dictionary_bytes(const struct tg_dictionary *dictionary)
{
    return strings_bytes(&dictionary->tokens) + strings_bytes(&dictionary->bones) +
           tg_map_bytes(&dictionary->folds) + tg_map_bytes(&dictionary->near) +
           tg_postings_bytes(&dictionary->tokens_of_bones);
}

/* ---- keys ---- */

enum { LABEL_FOLD = 'F', LABEL_FRONT = '<', LABEL_BACK = '>', LABEL_SKELETON = 'S', LABEL_JOINED = 'J' };

struct keys {
    uint32_t *out;
    size_t count;
    const struct tg_token_key *key;
};

/* label and number, then the text without the letter at without (SIZE_MAX: whole). */
static void key_put(struct keys *keys, char label, size_t number, const char *text, size_t bytes,
                    size_t without)
{
    char labelled[TG_NAME_FOLD_BYTES_MAX + 3];
    size_t at = 2;
    labelled[0] = label;
    labelled[1] = (char)(unsigned char)number;
    for (size_t i = 0; i < bytes; i++) {
        if (i != without) labelled[at++] = text[i];
    }
    if (keys->count < TG_KEYS_MAX)
        keys->out[keys->count++] = (uint32_t)(tg_siphash64(keys->key, tg_view_of(labelled, at)) >> 32);
}

/* The text and the text without each of its letters; one of two equal neighbours is enough. */
static void deletions_put(struct keys *keys, char label, const char *text, size_t bytes)
{
    key_put(keys, label, 0, text, bytes, SIZE_MAX);
    for (size_t i = 0; i < bytes; i++) {
        if (i == 0 || text[i] != text[i - 1]) key_put(keys, label, 0, text, bytes, i);
    }
}

static void halves_put(struct keys *keys, const char *fold, size_t bytes, size_t length)
{
    size_t front = length / 2, back = length - front;
    if (bytes >= front) key_put(keys, LABEL_FRONT, length, fold, front, SIZE_MAX);
    if (bytes >= back) key_put(keys, LABEL_BACK, length, fold + bytes - back, back, SIZE_MAX);
}

static bool as_written(const char *fold)
{
    return (fold[0] & 0x80) != 0;
}

size_t tg_fold_keys(const struct tg_token_key *key, const char *fold, uint32_t out[static TG_KEYS_MAX])
{
    struct keys keys = {.out = out, .key = key};
    size_t bytes = strlen(fold);
    if (as_written(fold) || bytes < TG_FOLD_DELETION_MIN)
        key_put(&keys, LABEL_FOLD, 0, fold, bytes, SIZE_MAX);
    else if (bytes < TG_FOLD_HALVES_MIN)
        deletions_put(&keys, LABEL_FOLD, fold, bytes);
    else
        halves_put(&keys, fold, bytes, bytes);
    return keys.count;
}

size_t tg_fold_query_keys(const struct tg_token_key *key, const char *fold, uint32_t out[static TG_KEYS_MAX])
{
    struct keys keys = {.out = out, .key = key};
    size_t bytes = strlen(fold);
    if (as_written(fold) || bytes < TG_FOLD_DELETION_MIN) {
        key_put(&keys, LABEL_FOLD, 0, fold, bytes, SIZE_MAX);
        return keys.count;
    }
    if (bytes <= TG_FOLD_HALVES_MIN) deletions_put(&keys, LABEL_FOLD, fold, bytes);
    for (size_t length = bytes - 1; length <= bytes + 1; length++) {
        if (length >= TG_FOLD_HALVES_MIN) halves_put(&keys, fold, bytes, length);
    }
    return keys.count;
}

size_t tg_bones_keys(const struct tg_token_key *key, const char *bones, size_t bytes,
                     uint32_t out[static TG_KEYS_MAX])
{
    struct keys keys = {.out = out, .key = key};
    deletions_put(&keys, LABEL_SKELETON, bones, bytes);
    return keys.count;
}

size_t tg_bones_of(const char *code, char *out, bool *ret_vowels)
{
    size_t bytes = tg_skeleton(code, strlen(code), out);
    *ret_vowels = bytes == 0;
    if (bytes > 0) return bytes;
    bytes = strlen(code);
    memcpy(out, code, bytes + 1);
    return bytes;
}

bool tg_joined_key(const struct tg_token_key *key, const char *code, uint32_t *ret_key)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    struct keys keys = {.out = ret_key, .key = key};
    size_t bytes = tg_skeleton(code, strlen(code), bones);
    if (bytes < TG_JOINED_SKELETON_MIN) return false;
    key_put(&keys, LABEL_JOINED, 0, bones, bytes, SIZE_MAX);
    return true;
}

uint32_t tg_bones_find(const struct tg_dictionary *dictionary, const struct tg_token_key *key,
                       const char *bones, size_t bytes)
{
    const struct tg_strings *strings = &dictionary->bones;
    if (strings->slots_count == 0) return UINT32_MAX;
    uint32_t slot =
        *slot_of(strings->slots, strings->slots_count, strings, key, (const uint8_t *)bones, bytes);
    return slot == 0 ? UINT32_MAX : slot - 1;
}

const char *tg_bones_text(const struct tg_dictionary *dictionary, uint32_t number, size_t *ret_bytes)
{
    return (const char *)string_at(&dictionary->bones, number, ret_bytes);
}

/* ---- taking tokens ---- */

static tg_err bones_take(struct tg_dictionary *dictionary, const struct tg_token_key *key, const char *code,
                         uint32_t *ret_number)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    uint32_t keys[TG_KEYS_MAX];
    bool vowels = false, fresh = false;
    size_t bytes = tg_bones_of(code, bones, &vowels);
    tg_err err = tg_map_reserve(&dictionary->near, TG_KEYS_MAX);
    if (err == TG_OK)
        err = strings_take(&dictionary->bones, key, bones, bytes, UINT32_MAX - 1, ret_number, &fresh);
    if (err != TG_OK || !fresh || vowels || bytes < TG_SKELETON_DELETION_MIN) return err;
    size_t count = tg_bones_keys(key, bones, bytes, keys);
    for (size_t i = 0; i < count; i++) tg_map_put(&dictionary->near, keys[i], *ret_number);
    return TG_OK;
}

/* What a new token is found under. Room has been made. */
static void token_link(struct tg_dictionary *dictionary, const struct tg_token_key *key,
                         const struct tg_name_token *token, const uint32_t bones[], size_t bones_count,
                         uint32_t number)
{
    uint32_t keys[TG_KEYS_MAX];
    size_t count = tg_fold_keys(key, token->fold, keys);
    for (size_t i = 0; i < count; i++) tg_map_put(&dictionary->folds, keys[i], number);
    for (size_t i = 0; i < bones_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen = seen || bones[k] == bones[i];
        bool of_stem = token->stem[0] != 0 && i + 1 == bones_count;
        if (!seen) tg_postings_put(&dictionary->tokens_of_bones, bones[i], number | (of_stem ? TG_BONES_OF_STEM : 0));
    }
}

tg_err tg_dictionary_take(struct tg_dictionary *dictionary, const struct tg_token_key *key,
                          const struct tg_name_token *token, uint32_t *ret_number)
{
    uint8_t packed[PACKED_MAX];
    size_t bytes = pack(token, packed), bones_count = 0;
    uint32_t bones[3];
    bool fresh = false;
    if (dictionary->tokens.slots_count > 0) {
        uint32_t slot = *slot_of(dictionary->tokens.slots, dictionary->tokens.slots_count,
                                 &dictionary->tokens, key, packed, bytes);
        if (slot != 0) {
            *ret_number = slot - 1;
            return TG_OK;
        }
    }
    const char *const codes[] = {token->phonetic, token->alternative, token->stem};
    bool alone = (token->tags & TG_TOKEN_INITIAL) != 0 || as_written(token->fold);
    tg_err err = tg_map_reserve(&dictionary->folds, TG_KEYS_MAX);
    if (err == TG_OK) err = tg_postings_reserve(&dictionary->tokens_of_bones, 3);
    for (size_t i = 0; i < 3 && !alone && err == TG_OK; i++) {
        if (codes[i][0] != 0) err = bones_take(dictionary, key, codes[i], &bones[bones_count++]);
    }
    if (err == TG_OK) {
        err = strings_take(&dictionary->tokens, key, packed, bytes, TG_NAME_INDEX_TOKENS_MAX, ret_number,
                           &fresh);
    }
    if (err == TG_OK) token_link(dictionary, key, token, bones, bones_count, *ret_number);
    return err;
}

tg_err tg_dictionary_merge(struct tg_dictionary *dictionary)
{
    tg_err err = tg_map_merge(&dictionary->folds);
    if (err == TG_OK) err = tg_map_merge(&dictionary->near);
    if (err == TG_OK) err = tg_postings_merge(&dictionary->tokens_of_bones, dictionary->bones.offsets.count);
    struct tg_strings *const strings[] = {&dictionary->tokens, &dictionary->bones};
    for (size_t i = 0; i < 2 && err == TG_OK; i++) {
        tg_vec_trim(&strings[i]->bytes, 1);
        tg_vec_trim(&strings[i]->offsets, sizeof(uint32_t));
    }
    return err;
}
