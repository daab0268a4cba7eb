/* Why two names met, in words.
 *
 * Knows no index. Names appear as their Latin reading.
 */
#include "match/score.h"

static tg_err put_span(const struct tg_name *name, unsigned at, unsigned count, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (unsigned i = at; err == TG_OK && i < at + count && i < name->count; i++) {
        err = tg_buf_putf(out, "%s%s", i == at ? "" : " ", name->tokens[i].fold);
    }
    return err;
}

static tg_err put_aligned(const struct tg_name *query, const struct tg_name *candidate,
                          const struct tg_aligned *pair, struct tg_buf *out)
{
    tg_err err = put_span(query, pair->query_at, pair->query_count, out);
    if (err == TG_OK) err = tg_buf_put_str(out, pair->how == TG_HOW_EXACT ? " = " : " ~ ");
    if (err == TG_OK) err = put_span(candidate, pair->candidate_at, pair->candidate_count, out);
    if (err != TG_OK) return err;
    if (pair->how == TG_HOW_EXACT) return tg_buf_put_str(out, " (exact)");
    return tg_buf_putf(out, " (%s .%02u)", tg_how_name((enum tg_how)pair->how), pair->similarity / 100U);
}

static tg_err put_left(const struct tg_name *name, uint16_t left, const char *side, struct tg_buf *out)
{
    tg_err err = left == 0 ? TG_OK : tg_buf_putf(out, "; only %s:", side);
    for (unsigned i = 0; err == TG_OK && i < name->count; i++) {
        if ((left >> i & 1) != 0) err = tg_buf_putf(out, " %s", name->tokens[i].fold);
    }
    return err;
}

static tg_err put_points(const char *what, const char *more, int points, struct tg_buf *out)
{
    int size = points < 0 ? -points : points;
    return tg_buf_putf(out, "; %s%s%s %c.%02d", what, more[0] != 0 ? " " : "", more, points < 0 ? '-' : '+',
                       size / 100);
}

static tg_err put_features(const struct tg_explanation *why, struct tg_buf *out)
{
    tg_err err = TG_OK;
    if (why->birth != TG_BIRTH_UNKNOWN) {
        err = put_points("birth date", tg_birth_agreement_name((enum tg_birth_agreement)why->birth),
                         why->birth_points, out);
    }
    if (err == TG_OK && why->country_points != 0) {
        err = put_points("country", why->country_points > 0 ? "equal" : "differs", why->country_points, out);
    }
    if (err == TG_OK && why->sex_points != 0) err = put_points("sex", "differs", why->sex_points, out);
    if (err == TG_OK && why->document_points != 0)
        err = put_points("document", "equal", why->document_points, out);
    return err;
}

const char *tg_how_name(enum tg_how how)
{
    static const char *const names[] = {"exact", "phonetic", "stem",   "skeleton",
                                        "fuzzy", "joined",   "initial"};
    return (unsigned)how < sizeof names / sizeof names[0] ? names[how] : names[0];
}

tg_err tg_score_explain(const struct tg_name *query, const struct tg_name *candidate,
                        const struct tg_scored *scored, struct tg_buf *out)
{
    const struct tg_explanation *why = &scored->why;
    size_t before = out->bytes;
    tg_err err = TG_OK;
    for (unsigned i = 0; i < why->aligned_count && err == TG_OK; i++) {
        if (i > 0) err = tg_buf_put_str(out, ", ");
        if (err == TG_OK) err = put_aligned(query, candidate, &why->aligned[i], out);
    }
    if (err == TG_OK && why->aligned_count == 0) err = tg_buf_put_str(out, "no word in common");
    if (err == TG_OK) err = put_left(query, why->query_left, "asked", out);
    if (err == TG_OK) err = put_left(candidate, why->candidate_left, "listed", out);
    if (err == TG_OK && why->patronymic_contradicted) err = tg_buf_put_str(out, "; fathers differ");
    if (err == TG_OK)
        err = tg_buf_putf(out, "; name .%04u", why->name_score < 10000U ? why->name_score : 9999U);
    if (err == TG_OK) err = put_features(why, out);
    if (err == TG_OK && why->capped)
        err = tg_buf_put_str(out, "; held at review: no full birth date or document agrees");
    if (err == TG_OK) err = tg_buf_putf(out, "; tables %u", why->tables_version);
    if (err != TG_OK) out->bytes = before;
    return err;
}
