/* Distinct tokens of the name index, and the candidate keys of a token.
 *
 * Knows tokens, not names. Keys and guarantee: docs/formats-match.md.
 */
#include <stdlib.h>

#include "match/name_index_impl.h"

#define LABEL_FOLD 'F'
#define LABEL_SKELETON 'S'
#define LABEL_JOINED 'J'
#define HEAD_BYTES 2 /* flags, weight */
#define PACKED_MAX (4 * (TG_NAME_FOLD_BYTES_MAX + 1) + HEAD_BYTES)
#define OF_TOKEN_ALONE (TG_TOKEN_INITIAL | TG_TOKEN_ABJAD | TG_TOKEN_SYLLABIC)

tg_err tg_vec_reserve(struct tg_vec *vec, size_t more, size_t bytes_each)
{
    size_t capacity = vec->capacity == 0 ? 256 : vec->capacity;
    if (vec->count + more <= vec->capacity) return TG_OK;
    while (capacity < vec->count + more) capacity += capacity / 2;
    if (capacity > UINT32_MAX) return TG_ELIMIT;
    void *data = realloc(vec->data, capacity * bytes_each);
    if (data == NULL) return TG_ENOMEM;
    vec->data = data;
    vec->capacity = capacity;
    return TG_OK;
}

void tg_dictionary_release(struct tg_dictionary *dictionary)
{
    free(dictionary->bytes.data);
    free(dictionary->offsets.data);
    free(dictionary->slots);
    *dictionary = (struct tg_dictionary){.slots = NULL};
}

/* Flags, weight, then four texts, each with its length before it. */
static size_t pack(const struct tg_name_token *token, uint8_t out[static PACKED_MAX])
{
    const char *const texts[] = {token->fold, token->phonetic, token->alternative, token->stem};
    size_t at = 0;
    out[at++] = token->tags & OF_TOKEN_ALONE;
    out[at++] = token->weight;
    for (size_t i = 0; i < 4; i++) {
        size_t bytes = strlen(texts[i]);
        out[at++] = (uint8_t)bytes;
        memcpy(out + at, texts[i], bytes);
        at += bytes;
    }
    return at;
}

static size_t packed_bytes(const uint8_t *packed)
{
    size_t at = HEAD_BYTES;
    for (int i = 0; i < 4; i++) at += 1U + packed[at];
    return at;
}

static const uint8_t *packed_at(const struct tg_dictionary *dictionary, uint32_t number)
{
    return (const uint8_t *)dictionary->bytes.data + ((const uint32_t *)dictionary->offsets.data)[number];
}

void tg_dictionary_get(const struct tg_dictionary *dictionary, uint32_t number,
                       struct tg_name_token *ret_token)
{
    const uint8_t *packed = packed_at(dictionary, number);
    char *const texts[] = {ret_token->fold, ret_token->phonetic, ret_token->alternative, ret_token->stem};
    size_t at = HEAD_BYTES;
    ret_token->tags = packed[0];
    ret_token->weight = packed[1];
    for (size_t i = 0; i < 4; i++) {
        size_t bytes = packed[at++];
        memcpy(texts[i], packed + at, bytes);
        texts[i][bytes] = 0;
        at += bytes;
    }
}

void tg_dictionary_prefetch(const struct tg_dictionary *dictionary, uint32_t number)
{
    __builtin_prefetch(packed_at(dictionary, number));
}

char tg_dictionary_first(const struct tg_dictionary *dictionary, uint32_t number)
{
    const uint8_t *packed = packed_at(dictionary, number);
    const uint8_t *phonetic = packed + HEAD_BYTES + 1 + packed[HEAD_BYTES];
    return phonetic[0] == 0 ? 0 : (char)phonetic[1];
}

size_t tg_dictionary_bytes(const struct tg_dictionary *dictionary)
{
    return dictionary->bytes.capacity + dictionary->offsets.capacity * sizeof(uint32_t) +
           dictionary->slots_count * sizeof(uint32_t);
}

static uint32_t *slot_of(uint32_t *slots, size_t slots_count, const struct tg_dictionary *dictionary,
                         const struct tg_token_key *key, const uint8_t *packed, size_t bytes)
{
    size_t at = (size_t)tg_siphash64(key, tg_view_of(packed, bytes)) & (slots_count - 1);
    for (;; at = (at + 1) & (slots_count - 1)) {
        if (slots[at] == 0) return &slots[at];
        const uint8_t *other = packed_at(dictionary, slots[at] - 1);
        if (packed_bytes(other) == bytes && memcmp(other, packed, bytes) == 0) return &slots[at];
    }
}

static tg_err slots_grow(struct tg_dictionary *dictionary, const struct tg_token_key *key)
{
    if (dictionary->offsets.count * 2 < dictionary->slots_count) return TG_OK;
    size_t count = dictionary->slots_count == 0 ? 1024 : dictionary->slots_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) return TG_ENOMEM;
    for (uint32_t i = 0; i < dictionary->offsets.count; i++) {
        const uint8_t *packed = packed_at(dictionary, i);
        *slot_of(slots, count, dictionary, key, packed, packed_bytes(packed)) = i + 1;
    }
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slots_count = count;
    return TG_OK;
}

tg_err tg_dictionary_take(struct tg_dictionary *dictionary, const struct tg_token_key *key,
                          const struct tg_name_token *token, uint32_t *ret_number, bool *ret_new)
{
    uint8_t packed[PACKED_MAX];
    size_t bytes = pack(token, packed);
    tg_err err = slots_grow(dictionary, key);
    if (err == TG_OK) err = tg_vec_reserve(&dictionary->bytes, bytes, 1);
    if (err == TG_OK) err = tg_vec_reserve(&dictionary->offsets, 1, sizeof(uint32_t));
    if (err != TG_OK) return err;
    uint32_t *slot = slot_of(dictionary->slots, dictionary->slots_count, dictionary, key, packed, bytes);
    *ret_new = *slot == 0;
    if (*slot == 0) {
        ((uint32_t *)dictionary->offsets.data)[dictionary->offsets.count++] =
            (uint32_t)dictionary->bytes.count;
        memcpy((uint8_t *)dictionary->bytes.data + dictionary->bytes.count, packed, bytes);
        dictionary->bytes.count += bytes;
        *slot = (uint32_t)dictionary->offsets.count;
    }
    *ret_number = *slot - 1;
    return TG_OK;
}

#define WHOLE 0xFF /* no letter taken out */

/* Key of a text from which the letter at without is gone (SIZE_MAX: none), marked with the place of the gap. */
static uint32_t key_of(const struct tg_token_key *key, char label, const char *text, size_t bytes,
                       size_t without, size_t gap)
{
    char labelled[TG_NAME_FOLD_BYTES_MAX + 3];
    size_t at = 2;
    labelled[0] = label;
    labelled[1] = (char)(unsigned char)gap;
    for (size_t i = 0; i < bytes; i++) {
        if (i != without) labelled[at++] = text[i];
    }
    return (uint32_t)(tg_siphash64(key, tg_view_of(labelled, at)) >> 32);
}

struct keys {
    uint32_t *out;
    size_t count, max;
    const struct tg_token_key *key;
    bool asking;
};

static void keys_put(struct keys *keys, uint32_t value)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->out[i] == value) return;
    }
    if (keys->count < keys->max) keys->out[keys->count++] = value;
}

static void keys_of_text(struct keys *keys, char label, const char *text, size_t bytes, size_t deletion_min)
{
    if (bytes == 0) return;
    keys_put(keys, key_of(keys->key, label, text, bytes, SIZE_MAX, WHOLE));
    if (bytes < deletion_min) return;
    for (size_t i = 0; i < bytes; i++) {
        keys_put(keys, key_of(keys->key, label, text, bytes, i, i));
        if (!keys->asking) continue;
        keys_put(keys, key_of(keys->key, label, text, bytes, SIZE_MAX, i));
        if (bytes > deletion_min) keys_put(keys, key_of(keys->key, label, text, bytes, i, WHOLE));
    }
    if (keys->asking) keys_put(keys, key_of(keys->key, label, text, bytes, SIZE_MAX, bytes));
}

/* Codes of vowels alone have no skeleton: the code itself stands for it. */
static size_t bones_of(const char *code, char *out)
{
    size_t bytes = tg_skeleton(code, strlen(code), out);
    if (bytes > 0) return bytes;
    bytes = strlen(code);
    memcpy(out, code, bytes + 1);
    return bytes;
}

uint32_t tg_skeleton_key(const struct tg_token_key *key, const char *code)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t bytes = bones_of(code, bones);
    return key_of(key, LABEL_SKELETON, bones, bytes, SIZE_MAX, WHOLE);
}

static size_t keys_make(struct keys *keys, const struct tg_name_token *token)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    keys_of_text(keys, LABEL_FOLD, token->fold, strlen(token->fold), TG_FOLD_DELETION_MIN);
    if ((token->tags & TG_TOKEN_INITIAL) != 0) return keys->count;
    const char *const codes[] = {token->phonetic, token->alternative};
    for (size_t i = 0; i < 2; i++) {
        if (codes[i][0] == 0) continue;
        bool vowels = tg_skeleton(codes[i], strlen(codes[i]), bones) == 0;
        size_t bytes = bones_of(codes[i], bones);
        keys_of_text(keys, LABEL_SKELETON, bones, bytes, vowels ? SIZE_MAX : TG_SKELETON_DELETION_MIN);
    }
    if (token->stem[0] != 0) keys_put(keys, tg_skeleton_key(keys->key, token->stem));
    return keys->count;
}

size_t tg_token_keys(const struct tg_token_key *key, const struct tg_name_token *token,
                     uint32_t out[static TG_TOKEN_KEYS_MAX])
{
    struct keys keys = {.out = out, .max = TG_TOKEN_KEYS_MAX, .key = key};
    return keys_make(&keys, token);
}

size_t tg_query_keys(const struct tg_token_key *key, const struct tg_name_token *token,
                     uint32_t out[static TG_QUERY_KEYS_MAX])
{
    struct keys keys = {.out = out, .max = TG_QUERY_KEYS_MAX, .key = key, .asking = true};
    return keys_make(&keys, token);
}

bool tg_joined_key(const struct tg_token_key *key, const char *code, uint32_t *ret_key)
{
    char bones[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t bytes = tg_skeleton(code, strlen(code), bones);
    if (bytes < TG_JOINED_SKELETON_MIN) return false;
    *ret_key = key_of(key, LABEL_JOINED, bones, bytes, SIZE_MAX, WHOLE);
    return true;
}
