/* The inside of the name index, for name_index.c, name_dictionary.c and name_query.c.
 *
 * Knows no records. Layout: docs/formats-match.md.
 */
#ifndef TG_MATCH_NAME_INDEX_IMPL_H
#define TG_MATCH_NAME_INDEX_IMPL_H

#include "match/multimap.h"
#include "match/name_index.h"
#include "match/score_impl.h"

/* An array that grows. */
struct tg_vec {
    void *data;
    size_t count, capacity;
};
/* Room for more elements of that size. */
tg_err tg_vec_reserve(struct tg_vec *vec, size_t more, size_t bytes_each);

/* Distinct tokens: offset of the packed token in bytes, found by hash of its identity. */
struct tg_dictionary {
    struct tg_vec bytes;   /* u8 */
    struct tg_vec offsets; /* u32, by token number */
    uint32_t *slots;       /* 1 + token number, 0 free */
    size_t slots_count;
};
void tg_dictionary_release(struct tg_dictionary *dictionary);
/* Number of the token, new or known. */
tg_err tg_dictionary_take(struct tg_dictionary *dictionary, const struct tg_token_key *key,
                          const struct tg_name_token *token, uint32_t *ret_number, bool *ret_new);
/* All but tags of context. */
void tg_dictionary_get(const struct tg_dictionary *dictionary, uint32_t number,
                       struct tg_name_token *ret_token);
/* Bring the token near, to be got soon. */
void tg_dictionary_prefetch(const struct tg_dictionary *dictionary, uint32_t number);
/* First sound of the token. */
char tg_dictionary_first(const struct tg_dictionary *dictionary, uint32_t number);
size_t tg_dictionary_bytes(const struct tg_dictionary *dictionary);

/* Candidate keys under which a token is found: fold, skeletons, stem; each fold and skeleton also without one letter,
 * together with the place where it stood. */
#define TG_TOKEN_KEYS_MAX 128
size_t tg_token_keys(const struct tg_token_key *key, const struct tg_name_token *token,
                     uint32_t out[static TG_TOKEN_KEYS_MAX]);
/* Keys to look under for all tokens within one edit: the text itself, itself without a letter (found is shorter), itself
 * as what is left of a longer one, and without a letter at the same place (one replaced). */
#define TG_QUERY_KEYS_MAX 320
size_t tg_query_keys(const struct tg_token_key *key, const struct tg_name_token *token,
                     uint32_t out[static TG_QUERY_KEYS_MAX]);
uint32_t tg_skeleton_key(const struct tg_token_key *key, const char *code);
/* Key of a joined form; false when it is too short to be one. */
bool tg_joined_key(const struct tg_token_key *key, const char *code, uint32_t *ret_key);

#define TG_LEFT_INITIAL 0x8000 /* one of the tokens is an initial, which may meet anything */

enum { TG_STORED_REMOVED = 1, TG_STORED_KUNYA = 2 };

struct tg_stored_name {
    uint64_t id;
    uint32_t text_at, tokens_at, features_at;
    uint16_t text_bytes;
    uint8_t tokens_count, flags;
};
struct tg_stored_features {
    uint8_t births_count, countries_count, sex, kind;
    uint32_t births_at, countries_at;
};

struct tg_name_index {
    struct tg_token_key key;
    struct tg_dictionary dictionary;
    struct tg_map tokens_of_key; /* hash → token */
    struct tg_map names_of_token;
    struct tg_map names_of_joined; /* hash → name */
    struct tg_map names_of_id;     /* hash of the id → name */
    struct tg_vec names;           /* struct tg_stored_name */
    struct tg_vec lefts;         /* u16, by name: what it weighs when all is left over, and TG_LEFT_INITIAL */
    struct tg_vec texts;         /* u8 */
    struct tg_vec token_numbers; /* u32 */
    struct tg_vec token_tags;    /* u8 */
    struct tg_vec token_weights; /* u8 */
    struct tg_vec features;      /* struct tg_stored_features */
    struct tg_vec births;        /* struct tg_birth */
    struct tg_vec countries;     /* u16 */
    size_t removed;
};

static inline const struct tg_stored_name *tg_stored(const struct tg_name_index *index, uint32_t number)
{
    return &((const struct tg_stored_name *)index->names.data)[number];
}
struct tg_features tg_stored_features_of(const struct tg_name_index *index,
                                         const struct tg_stored_name *name);
uint32_t tg_id_key(const struct tg_token_key *key, uint64_t id);

#endif
