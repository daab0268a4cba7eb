/* How alike two persons' names and features are, in ten-thousandths, by integer arithmetic over versioned tables:
 * every node prints the same number.
 *
 * Knows no index. Method: docs/formats-match.md.
 */
#ifndef TG_MATCH_SCORE_H
#define TG_MATCH_SCORE_H

#include "base/arena.h"
#include "match/name.h"

#define TG_SCORE_ONE 10000
#define TG_SCORE_LIST 6000   /* below: not shown */
#define TG_SCORE_REVIEW 7000 /* below: listed on request */
#define TG_SCORE_STRONG 8500 /* above, and a full birth date or a document agrees: strong */

enum tg_band { TG_BAND_DROP, TG_BAND_LIST, TG_BAND_REVIEW, TG_BAND_STRONG };
/* "review". Static storage. */
const char *tg_band_name(enum tg_band band);

enum tg_sex { TG_SEX_UNKNOWN, TG_SEX_MALE, TG_SEX_FEMALE };

/* How good the source says a name is. */
enum tg_name_kind {
    TG_NAME_PRIMARY,
    TG_NAME_ALIAS,
    TG_NAME_WEAK,     /* matches only exactly, and with a second factor */
    TG_NAME_KUNYA,    /* the same */
    TG_NAME_NICKNAME, /* the same */
    TG_NAME_ORIGINAL, /* in the original script */
    TG_NAME_KINDS_END
};
const char *tg_name_kind_name(enum tg_name_kind kind);

struct tg_birth {
    struct tg_date date; /* partial allowed; 1 January counts as a year only */
    bool approximate;    /* circa: years within two agree */
};
/* What else is known of a person. Arrays on loan for the call. Countries: ISO alpha-2, upper case, as
 * (first << 8 | second); tg_country_code makes one. */
struct tg_features {
    const struct tg_birth *births;
    size_t births_count;
    const uint16_t *countries;
    size_t countries_count;
    enum tg_sex sex;
    bool document; /* the caller found a document in common */
};
/* "tj" or "TJ" to its number; 0 when it is not two letters. */
uint16_t tg_country_code(struct tg_view alpha2);

enum tg_how {
    TG_HOW_EXACT,
    TG_HOW_PHONETIC,
    TG_HOW_STEM,
    TG_HOW_SKELETON,
    TG_HOW_FUZZY,
    TG_HOW_JOINED,
    TG_HOW_INITIAL
};
/* "phonetic". Static storage. */
const char *tg_how_name(enum tg_how how);

/* Token query[query_at .. +query_count) met token candidate[candidate_at .. +candidate_count). */
struct tg_aligned {
    uint8_t query_at, query_count;
    uint8_t candidate_at, candidate_count;
    uint8_t how; /* enum tg_how */
    uint8_t weight;
    uint16_t similarity; /* 0..10000 */
};

enum tg_birth_agreement {
    TG_BIRTH_UNKNOWN,     /* one side has none */
    TG_BIRTH_EXACT,       /* full dates equal */
    TG_BIRTH_MONTH,       /* year and month equal, no day on one side */
    TG_BIRTH_YEAR,        /* years equal, no more known (or 1 January) */
    TG_BIRTH_SWAPPED,     /* day and month swapped */
    TG_BIRTH_YEAR_NEAR,   /* a year off, the rest equal or unknown; or circa */
    TG_BIRTH_DAY_DIFFERS, /* same year, another day: conflict */
    TG_BIRTH_CONFLICT,    /* another year */
    TG_BIRTH_AGREEMENTS_END
};
const char *tg_birth_agreement_name(enum tg_birth_agreement agreement);

/* Why a score is what it is. Token positions refer to tg_name_parse of the two texts. */
struct tg_explanation {
    uint32_t tables_version;
    uint16_t name_score; /* before features */
    int16_t birth_points, country_points, sex_points, document_points;
    uint8_t birth; /* enum tg_birth_agreement */
    uint8_t aligned_count;
    struct tg_aligned aligned[TG_NAME_TOKENS_MAX];
    uint16_t query_left, candidate_left; /* bit i: token i met nothing and counts */
    bool patronymic_contradicted;
    bool capped; /* the band would be higher by the score alone */
};

struct tg_scored {
    uint16_t score; /* 0..10000 */
    uint8_t band;   /* enum tg_band: a name alone never goes above review */
    struct tg_explanation why;
};

/* Similarity of two tokens, 0 or at least TG_SIMILARITY_MIN. Zero unless their folds or skeletons lie within one
 * edit, or they share a phonetic code or a stem: exactly the pairs that the index finds. */
#define TG_SIMILARITY_MIN 6500
uint16_t tg_token_similarity(const struct tg_name_token *a, const struct tg_name_token *b,
                             enum tg_how *ret_how);

/* Score a query against a candidate. Thread: any; no allocation. */
void tg_score(const struct tg_name *query, const struct tg_features *query_features,
              const struct tg_name *candidate, enum tg_name_kind candidate_kind,
              const struct tg_features *candidate_features, struct tg_scored *ret_scored);

/* The explanation for people, one line, such as
 *   "rahmonov = Раҳмонов (exact), abdulo ~ abdullo (phonetic .95); left over: karimovich; birth date agrees +.30; tables 1".
 * Names appear as their Latin reading. */
tg_err tg_score_explain(const struct tg_name *query, const struct tg_name *candidate,
                        const struct tg_scored *scored, struct tg_buf *out);

#endif
