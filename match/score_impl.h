/* The alignment behind tg_score, for score.c and name_index*.c: the index knows the similar pairs already.
 *
 * Knows no text. Method: docs/formats-match.md.
 */
#ifndef TG_MATCH_SCORE_IMPL_H
#define TG_MATCH_SCORE_IMPL_H

#include "match/score.h"

#define TG_PAIRS_MAX (TG_NAME_TOKENS_MAX * 12)

/* One side of an alignment: what of a token counts. */
struct tg_side {
    size_t count;
    uint8_t tags[TG_NAME_TOKENS_MAX];
    uint8_t weights[TG_NAME_TOKENS_MAX];
};
void tg_side_of(const struct tg_name *name, struct tg_side *ret_side);

/* Align by greatest gain first, one to one, and score: sets aligned, left, patronymic_contradicted, name_score of why.
 * pairs are reordered; at most TG_PAIRS_MAX are looked at. */
void tg_align(const struct tg_side *query, const struct tg_side *candidate, struct tg_aligned *pairs,
              size_t count, struct tg_explanation *why);

/* Features and bands on top of why->name_score. */
void tg_score_features(const struct tg_name *query, const struct tg_features *query_features,
                       bool candidate_bare_kunya, enum tg_name_kind kind,
                       const struct tg_features *candidate_features, struct tg_scored *scored);

/* Most that a name score can become with features that agree in full. */
uint16_t tg_score_ceiling(uint16_t name_score, const struct tg_features *query_features);
/* The same when the births conflict. */
uint16_t tg_score_ceiling_conflict(uint16_t name_score, const struct tg_features *query_features);
#define TG_BIRTH_YEARS_NEAR 2 /* years further apart conflict */
/* What is known of a pair of names before they are aligned. */
struct tg_reach {
    uint32_t matched;    /* weight of all pairs at most */
    uint32_t gained;     /* the same, each times its similarity as it counts */
    uint32_t query_left; /* weight left over on either side at least */
    uint32_t candidate_left;
};
/* No alignment within that reach has a higher name score. */
uint16_t tg_name_score_bound(const struct tg_reach *reach);
/* How much of a weight counts at a similarity, rounded up. */
uint32_t tg_gain(uint32_t weight, uint16_t similarity);
/* What a token weighs when it is left over; 0: free. */
uint32_t tg_left_weight(uint8_t tags, uint8_t weight);

/* Two neighbours as one: codes joined. Empty when they make no joined form. out has room for a code. */
size_t tg_joined_code(const struct tg_name_token *first, const struct tg_name_token *second, char *out);
/* Similarity of a joined code, of tokens with those tags, with a token's code; 0 unless their skeletons are equal, of three sounds or more. */
uint16_t tg_joined_similarity(const char *joined, uint8_t tags, const struct tg_name_token *token);

enum { TG_SOUND_CONSONANT, TG_SOUND_ASPIRATE, TG_SOUND_VOWEL };
/* A phonetic code ready to be compared. */
struct tg_code {
    char text[TG_NAME_FOLD_BYTES_MAX];
    uint8_t sound[TG_NAME_FOLD_BYTES_MAX], kind[TG_NAME_FOLD_BYTES_MAX];
    uint8_t count, vowels;
};
void tg_code_of(const char *text, size_t bytes, struct tg_code *ret_code);
/* A token ready to be compared with many. The token is on loan. */
struct tg_sounding {
    const struct tg_name_token *token;
    struct tg_code phonetic, alternative, stem;
};
void tg_sounding_of(const struct tg_name_token *token, struct tg_sounding *ret_sounding);
/* As tg_token_similarity. near: they are known to be near enough to be compared. */
uint16_t tg_sounding_similarity(const struct tg_sounding *a, const struct tg_name_token *b, bool near,
                                enum tg_how *ret_how);

/* Whether one text becomes the other by at most one letter put in, left out or replaced. */
bool tg_within_one_edit(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

/* An initial and a token, or two initials, that begin alike; 0 else. */
uint16_t tg_initial_similarity(uint8_t tags, char first, uint8_t other_tags, char other_first);
#define TG_INITIAL_WEIGHT 15

/* Skeletons whose one-letter deletions are looked at, and folds, are at least this long. */
#define TG_SKELETON_DELETION_MIN 3
#define TG_FOLD_DELETION_MIN 4
#define TG_JOINED_SKELETON_MIN 3

#endif
