/* A likeness of two names for a tired reader: the words that met side by side with the letters that differ marked, what
 * speaks for it, what against, and what the band rests on.
 *
 * Knows no node. Scores: match/score.h.
 */
#ifndef TG_CLI_EXPLAIN_H
#define TG_CLI_EXPLAIN_H

#include "cli/output.h"
#include "match/score.h"

/* Two names and how they were scored: first was asked with. Borrowed. */
struct tg_compared {
    const struct tg_name *first, *second;
    const struct tg_scored *scored;
    const char *first_is, *second_is; /* "the question", "the record" */
};

/* "review: a person has to look". Static storage. */
const char *tg_band_words(enum tg_band band);
/* How letters are marked here: by a terminal's bold underline, or as capitals where there is no terminal, NO_COLOR is set
 * or TERM is dumb. */
bool tg_marks_shown(const struct tg_cli *cli);

/* One line a word: both readings, how they met, how alike, what it weighs; then what was left over on either side. */
tg_err tg_explain_words(struct tg_cli *cli, const struct tg_compared *compared);
/* The second name's Latin reading with the letters marked in which it differs from the first, behind `first` as in
 * tg_put_wrapped. */
tg_err tg_explain_name(struct tg_cli *cli, const char *first, size_t indent,
                       const struct tg_compared *compared);
/* "name .83, birth date equal +.10"; "" nothing. Appended. */
tg_err tg_explain_for(const struct tg_compared *compared, struct tg_buf *out);
/* "only asked: karimovich, country differs -.06"; "" nothing. Appended. */
tg_err tg_explain_against(const struct tg_compared *compared, struct tg_buf *out);
/* What keeps the band below what the score alone would give; NULL nothing. Static storage. */
const char *tg_explain_cap(const struct tg_compared *compared);

/* Members score, band, name_score, tables, aligned, left, points, birth, capped into a JSON line. */
void tg_explain_json(struct tg_json *json, const struct tg_compared *compared);
/* A line "aligned" a word: both readings, how, similarity in ten-thousandths, weight; tabs between. */
void tg_explain_tsv(struct tg_cli *cli, const struct tg_compared *compared);

#endif
