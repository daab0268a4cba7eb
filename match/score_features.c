/* Birth dates, countries, sex, documents on top of a name's score; bands; names of the enumerations.
 *
 * Knows no alignment. Tables: docs/formats-match.md, version: TG_NAME_TABLES_VERSION.
 */
#include <stdlib.h>

#include "base/text.h"
#include "match/score_impl.h"

/* share: hundredths of what is missing to 1 that agreement gives back. minus: points a conflict takes. */
static const struct {
    const char *name;
    uint8_t share;
    uint16_t minus;
} births[TG_BIRTH_AGREEMENTS_END] = {
    [TG_BIRTH_UNKNOWN] = {"not known on both sides", 0, 0},
    [TG_BIRTH_EXACT] = {"equal", 62, 0},
    [TG_BIRTH_MONTH] = {"equal in year and month", 52, 0},
    [TG_BIRTH_YEAR] = {"equal in year", 48, 0},
    [TG_BIRTH_SWAPPED] = {"equal with day and month swapped", 40, 0},
    [TG_BIRTH_YEAR_NEAR] = {"a year off", 15, 0},
    [TG_BIRTH_DAY_DIFFERS] = {"another day of the same year", 0, 3200},
    [TG_BIRTH_CONFLICT] = {"another year", 0, 4300},
};
#define YEAR_CONFLICT 3400 /* years differ and one side has no more than a year */
#define NAME_FLOOR 4000    /* below this no feature helps */
#define COUNTRY_SHARE 19
#define COUNTRY_MINUS 690
#define SEX_MINUS 2500
#define DOCUMENT_SHARE 90
#define SIMILARITY_IN_FULL 9700 /* a weak name must agree so in every word, with nothing left over */

const char *tg_birth_agreement_name(enum tg_birth_agreement agreement)
{
    return (unsigned)agreement < TG_BIRTH_AGREEMENTS_END ? births[agreement].name : births[0].name;
}

const char *tg_band_name(enum tg_band band)
{
    static const char *const names[] = {"drop", "list", "review", "strong"};
    return (unsigned)band < 4 ? names[band] : names[0];
}

const char *tg_name_kind_name(enum tg_name_kind kind)
{
    static const char *const names[] = {"primary", "alias", "weak", "kunya", "nickname", "original"};
    return (unsigned)kind < TG_NAME_KINDS_END ? names[kind] : names[0];
}

uint16_t tg_country_code(struct tg_view alpha2)
{
    if (alpha2.bytes != 2) return 0;
    uint8_t letters[2];
    for (size_t i = 0; i < 2; i++) {
        char c = tg_ascii_lower((char)alpha2.data[i]);
        if (c < 'a' || c > 'z') return 0;
        letters[i] = (uint8_t)(c - 'a' + 'A');
    }
    return (uint16_t)(letters[0] << 8 | letters[1]);
}

/* A first of January is often no more than a year. */
static bool is_year_only(struct tg_date date)
{
    return date.month == 0 || (date.month == 1 && date.day == 1);
}

static bool same_day_and_month(struct tg_date a, struct tg_date b)
{
    return a.month == b.month && a.day == b.day;
}

struct birth_result {
    enum tg_birth_agreement agreement;
    uint16_t minus;
};

static struct birth_result birth_compare(const struct tg_birth *a, const struct tg_birth *b)
{
    struct tg_date x = a->date, y = b->date;
    bool year_only = is_year_only(x) || is_year_only(y);
    int apart = abs(x.year - y.year), tolerance = a->approximate || b->approximate ? TG_BIRTH_YEARS_NEAR : 1;
    enum tg_birth_agreement result = TG_BIRTH_CONFLICT;
    bool full = x.day != 0 && y.day != 0;
    if (apart == 0 && year_only) result = TG_BIRTH_YEAR;
    if (apart == 0 && !year_only) {
        result = TG_BIRTH_DAY_DIFFERS;
        if (x.month == y.month && !full) result = TG_BIRTH_MONTH;
        if (same_day_and_month(x, y) && full) result = TG_BIRTH_EXACT;
        if (full && x.day == y.month && x.month == y.day && x.day != x.month) result = TG_BIRTH_SWAPPED;
    }
    bool near = apart > 0 && apart <= tolerance && (year_only || same_day_and_month(x, y) || tolerance == 2);
    if (near) result = TG_BIRTH_YEAR_NEAR;
    uint16_t minus = births[result].minus;
    if (result == TG_BIRTH_CONFLICT && year_only) minus = YEAR_CONFLICT;
    return (struct birth_result){result, minus};
}

/* The best agreement of any two; unknown when one side has none. */
static struct birth_result births_compare(const struct tg_features *a, const struct tg_features *b)
{
    struct birth_result best = {TG_BIRTH_UNKNOWN, 0};
    int best_value = 0;
    bool any = false;
    for (size_t i = 0; i < a->births_count; i++) {
        for (size_t k = 0; k < b->births_count; k++) {
            if (!tg_date_known(a->births[i].date) || !tg_date_known(b->births[k].date)) continue;
            struct birth_result now = birth_compare(&a->births[i], &b->births[k]);
            int value = births[now.agreement].share - now.minus;
            if (any && value <= best_value) continue;
            any = true;
            best = now;
            best_value = value;
        }
    }
    return best;
}

static int country_agreement(const struct tg_features *a, const struct tg_features *b)
{
    if (a->countries_count == 0 || b->countries_count == 0) return 0;
    for (size_t i = 0; i < a->countries_count; i++) {
        for (size_t k = 0; k < b->countries_count; k++) {
            if (a->countries[i] == b->countries[k]) return 1;
        }
    }
    return -1;
}

/* A share of what is missing to 1. */
static int16_t raise(int score, unsigned share)
{
    return (int16_t)((TG_SCORE_ONE - score) * (int)share / 100);
}

static enum tg_band band_of(int score)
{
    if (score < TG_SCORE_LIST) return TG_BAND_DROP;
    if (score < TG_SCORE_REVIEW) return TG_BAND_LIST;
    return score > TG_SCORE_STRONG ? TG_BAND_STRONG : TG_BAND_REVIEW;
}

static bool is_weak(enum tg_name_kind kind)
{
    return kind == TG_NAME_WEAK || kind == TG_NAME_KUNYA || kind == TG_NAME_NICKNAME;
}

/* Not aligned yet: taken to agree, for bounds. */
static bool in_full(const struct tg_explanation *why)
{
    if (why->query_left != 0 || why->candidate_left != 0) return false;
    for (size_t i = 0; i < why->aligned_count; i++) {
        if (why->aligned[i].similarity < SIMILARITY_IN_FULL) return false;
    }
    return true;
}

static const struct tg_features no_features;

void tg_score_features(const struct tg_name *query, const struct tg_features *query_features,
                       bool candidate_bare_kunya, enum tg_name_kind kind,
                       const struct tg_features *candidate_features, struct tg_scored *scored)
{
    struct tg_explanation *why = &scored->why;
    const struct tg_features *a = query_features != NULL ? query_features : &no_features;
    const struct tg_features *b = candidate_features != NULL ? candidate_features : &no_features;
    struct birth_result birth = births_compare(a, b);
    int country = country_agreement(a, b), score = why->name_score;
    bool plausible = score >= NAME_FLOOR, document = a->document || b->document;
    why->birth = (uint8_t)birth.agreement;
    why->birth_points =
        (int16_t)(plausible ? raise(score, births[birth.agreement].share) - birth.minus : -birth.minus);
    score += why->birth_points;
    why->country_points = (int16_t)(country < 0                ? -COUNTRY_MINUS
                                    : country > 0 && plausible ? raise(score, COUNTRY_SHARE)
                                                               : 0);
    score += why->country_points;
    bool sexes = a->sex != TG_SEX_UNKNOWN && b->sex != TG_SEX_UNKNOWN && a->sex != b->sex;
    why->sex_points = sexes ? -SEX_MINUS : 0;
    score += why->sex_points;
    why->document_points = document && plausible ? raise(score, DOCUMENT_SHARE) : 0;
    score += why->document_points;
    bool second_factor = country > 0 || document || births[birth.agreement].share > 0;
    bool weak = is_weak(kind) || candidate_bare_kunya || query->bare_kunya;
    if (weak && (!in_full(why) || !second_factor)) score = score * 55 / 100;
    score = score < 0 ? 0 : score > TG_SCORE_ONE ? TG_SCORE_ONE : score;
    enum tg_band band = band_of(score);
    why->capped = band == TG_BAND_STRONG && birth.agreement != TG_BIRTH_EXACT && !document;
    scored->score = (uint16_t)score;
    scored->band = (uint8_t)(why->capped ? TG_BAND_REVIEW : band);
}

uint16_t tg_score_ceiling(uint16_t name_score, const struct tg_features *features)
{
    int score = name_score;
    if (features == NULL || score < NAME_FLOOR) return name_score;
    if (features->births_count > 0) score += raise(score, births[TG_BIRTH_EXACT].share) + 1;
    if (features->countries_count > 0) score += raise(score, COUNTRY_SHARE) + 1;
    if (features->document) score += raise(score, DOCUMENT_SHARE) + 1;
    return (uint16_t)(score < TG_SCORE_ONE ? score : TG_SCORE_ONE);
}

uint16_t tg_score_ceiling_conflict(uint16_t name_score, const struct tg_features *features)
{
    int score = name_score - YEAR_CONFLICT;
    if (features->countries_count > 0) score += raise(score, COUNTRY_SHARE) + 1;
    return (uint16_t)(score < 0 ? 0 : score);
}
