/* The inside of the name index, for name_index.c, name_dictionary.c, name_alike.c and name_query.c.
 *
 * Knows no records. Layout: docs/formats-match.md.
 */
#ifndef TG_MATCH_NAME_INDEX_IMPL_H
#define TG_MATCH_NAME_INDEX_IMPL_H

#include "match/multimap.h"
#include "match/name_index.h"
#include "match/postings.h"
#include "match/score_impl.h"

/* An array that grows. */
struct tg_vec {
    void *data;
    size_t count, capacity;
};
/* Room for more elements of that size. */
tg_err tg_vec_reserve(struct tg_vec *vec, size_t more, size_t bytes_each);
/* Give back what is not used; keeps all when memory is short. */
void tg_vec_trim(struct tg_vec *vec, size_t bytes_each);

/* Distinct strings of bytes, numbered; found by hash. */
struct tg_strings {
    struct tg_vec bytes;   /* u8: each with its length (u8) before it */
    struct tg_vec offsets; /* u32, by number */
    uint32_t *slots;       /* 1 + number, 0 free */
    size_t slots_count;
};
#define TG_BONES_OF_STEM 0x1000000U /* beside a token in tokens_of_bones: the skeleton is that of its stem */
/* Distinct tokens, and under what they are found: their folds, and the skeletons of their codes and stems. */
struct tg_dictionary {
    struct tg_strings tokens, bones;
    struct tg_map folds; /* hash of a fold, of a fold without a letter, or of half a long fold → token */
    struct tg_map near;  /* hash of a skeleton, or of one without a sound → number in bones */
    struct tg_postings tokens_of_bones;
};
void tg_dictionary_release(struct tg_dictionary *dictionary);
/* Number of the token, new or known. TG_ELIMIT over TG_NAME_INDEX_TOKENS_MAX. */
tg_err tg_dictionary_take(struct tg_dictionary *dictionary, const struct tg_token_key *key,
                          const struct tg_name_token *token, uint32_t *ret_number);
tg_err tg_dictionary_merge(struct tg_dictionary *dictionary);
/* All but tags of context. */
void tg_dictionary_get(const struct tg_dictionary *dictionary, uint32_t number,
                       struct tg_name_token *ret_token);
/* Bring the token near, to be got soon. */
void tg_dictionary_prefetch(const struct tg_dictionary *dictionary, uint32_t number);
void tg_dictionary_prefetch_place(const struct tg_dictionary *dictionary, uint32_t number);
/* First sound of the token. */
char tg_dictionary_first(const struct tg_dictionary *dictionary, uint32_t number);
uint8_t tg_dictionary_weight(const struct tg_dictionary *dictionary, uint32_t number);
size_t tg_dictionary_bytes(const struct tg_dictionary *dictionary);
/* Skeleton of a code; of a code of vowels alone the code itself. out has room for a code. */
size_t tg_bones_of(const char *code, char *out, bool *ret_vowels);
/* Number of a skeleton, UINT32_MAX when no token has it. */
uint32_t tg_bones_find(const struct tg_dictionary *dictionary, const struct tg_token_key *key,
                       const char *bones, size_t bytes);
const char *tg_bones_text(const struct tg_dictionary *dictionary, uint32_t number, size_t *ret_bytes);

/* Candidate keys. Those of a fold: itself and itself without each letter; from TG_FOLD_HALVES_MIN letters on its two
 * halves instead. length: that the fold at hand must have. */
#define TG_KEYS_MAX (TG_NAME_FOLD_BYTES_MAX + 8)
#define TG_FOLD_HALVES_MIN 7
size_t tg_fold_keys(const struct tg_token_key *key, const char *fold, uint32_t out[static TG_KEYS_MAX]);
/* Keys to look under for all folds within one edit. */
size_t tg_fold_query_keys(const struct tg_token_key *key, const char *fold, uint32_t out[static TG_KEYS_MAX]);
size_t tg_bones_keys(const struct tg_token_key *key, const char *bones, size_t bytes,
                     uint32_t out[static TG_KEYS_MAX]);
/* Key of a joined form; false when it is too short to be one. */
bool tg_joined_key(const struct tg_token_key *key, const char *code, uint32_t *ret_key);

/* A set of numbers that remembers their order. */
struct tg_set {
    struct tg_vec items; /* u32 */
    uint32_t *slots;     /* 1 + item number, 0 free */
    size_t slots_count;
};
tg_err tg_set_put(struct tg_set *set, uint32_t value);
void tg_set_clear(struct tg_set *set);
void tg_set_release(struct tg_set *set);

/* A token of the dictionary that sounds like token query_at of the query. */
struct tg_alike {
    uint32_t token;
    uint16_t similarity;
    uint8_t query_at, how;
    uint8_t weight, token_weight; /* of the pair at most; of the token */
    uint8_t gain;                 /* of the pair at most */
    uint32_t next;                /* 1 + another of the same token, 0 none */
};
/* Tokens like query token query_at, appended to alikes, best gain first. found is scratch. */
tg_err tg_alikes_of(const struct tg_name_index *index, const struct tg_name_token *token, uint8_t query_at,
                    struct tg_set *found, struct tg_vec *alikes, struct tg_name_work *work);

/* A token in a name: its number and its tags there. */
#define TG_TOKEN_NUMBER(held) ((held) & 0xFFFFFFU)
#define TG_TOKEN_TAGS(held) ((uint8_t)((held) >> 24))
#define TG_HEAD_TOKENS 3
enum { TG_STORED_REMOVED = 1, TG_STORED_KUNYA = 2, TG_STORED_INITIAL = 4, TG_STORED_KIND_SHIFT = 4 };
/* What a query needs of every name it looks at, in a quarter of a cache line. */
struct tg_name_head {
    uint32_t tokens[TG_HEAD_TOKENS]; /* the first ones */
    unsigned left : 11;              /* what the name weighs when all of it is left over */
    unsigned count : 5;
    unsigned flags : 8; /* kind in the upper half */
    unsigned year : 8;  /* of birth, from TG_HEAD_YEAR on; 0: none, several, or before */
};
_Static_assert(sizeof(struct tg_name_head) == 16, "four heads a cache line");
_Static_assert(TG_NAME_TOKENS_MAX * 100 < 1 << 11 && TG_NAME_TOKENS_MAX < 1 << 5, "counts fit into a head");
#define TG_HEAD_YEAR 1899
/* The rest of a name. */
struct tg_name_row {
    uint32_t text_at, more_at; /* tokens after the first ones */
    uint32_t features_at;      /* UINT32_MAX: nothing known */
};

struct tg_name_index {
    struct tg_token_key key;
    struct tg_dictionary dictionary;
    struct tg_postings names_of_token; /* 2 × token, 1 more for names that hold an initial → name; lighter names first */
    struct tg_map names_of_joined;     /* hash → name */
    struct tg_map names_of_id;         /* hash of the id → name */
    struct tg_vec heads;               /* struct tg_name_head */
    struct tg_vec rows;                /* struct tg_name_row */
    struct tg_vec ids;                 /* u64 */
    struct tg_vec texts;               /* u8: each with its length (u16) before it */
    struct tg_vec more;                /* u32: tokens that the heads have no room for */
    struct tg_vec features;            /* u16: counts and sex, births, countries */
    size_t removed;
};

static inline const struct tg_name_head *tg_head(const struct tg_name_index *index, uint32_t name)
{
    return &((const struct tg_name_head *)index->heads.data)[name];
}
static inline const struct tg_name_row *tg_row(const struct tg_name_index *index, uint32_t name)
{
    return &((const struct tg_name_row *)index->rows.data)[name];
}
static inline uint64_t tg_id(const struct tg_name_index *index, uint32_t name)
{
    return ((const uint64_t *)index->ids.data)[name];
}
static inline enum tg_name_kind tg_kind(const struct tg_name_head *head)
{
    return (enum tg_name_kind)(head->flags >> TG_STORED_KIND_SHIFT);
}
/* Tokens of a name with their tags, in order. */
static inline void tg_held(const struct tg_name_index *index, uint32_t name,
                           uint32_t out[static TG_NAME_TOKENS_MAX])
{
    const struct tg_name_head *head = tg_head(index, name);
    memcpy(out, head->tokens, sizeof head->tokens);
    if (head->count > TG_HEAD_TOKENS) {
        memcpy(out + TG_HEAD_TOKENS, (const uint32_t *)index->more.data + tg_row(index, name)->more_at,
               (head->count - (size_t)TG_HEAD_TOKENS) * sizeof out[0]);
    }
}
struct tg_view tg_stored_text(const struct tg_name_index *index, uint32_t name);
/* Features unpacked. */
struct tg_unpacked {
    struct tg_birth births[TG_BIRTHS_MAX];
    uint16_t countries[TG_NAME_COUNTRIES_MAX];
    struct tg_features features; /* points into this */
};
void tg_features_unpack(const struct tg_name_index *index, uint32_t name, struct tg_unpacked *ret_unpacked);

#endif
