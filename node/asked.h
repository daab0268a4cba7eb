/* What a question says besides its words, read the same way by a query and by a standing query. For node/ alone.
 */
#ifndef TG_NODE_ASKED_H
#define TG_NODE_ASKED_H

#include "match/score.h"
#include "node/core.h"

#define TG_WHY_PAPER "%s number %.*s equal, whose issuer was not given"
#define TG_SCORE_PAPER 7000    /* the number of a paper, whoever issued it: a person looks */
#define TG_SCORE_FACILITY 6000 /* below every name that is shown, above mere words */
#define TG_SCORE_TEXT 5000

/* What is said of the person beside a name. Must not move: features points into it. */
struct tg_asked {
    struct tg_birth birth;
    uint16_t country;
    struct tg_features features;
};
/* Texts as given, "" when not; a birth that stands already (from the typed text) stays when none is given.
 * TG_EVALUE, TG_EFORMAT. */
tg_err tg_asked_features(const char *birth, const char *nationality, const char *sex, struct tg_asked *asked,
                         struct tg_errmsg *em);
/* Take the first full date out of the text: "karim valiev 1984-07-21". */
void tg_asked_date_take(char *text, struct tg_date *ret_date);
/* The number alone of a passport or identity document; false for other forms. */
bool tg_paper_number(enum tg_selector_type type, struct tg_view form, struct tg_view *ret_number);
/* The same when its issuer was not typed ("A1234567"): form has then the asker's own country, which is a guess. */
bool tg_asked_paper(const struct tg_selector *form, struct tg_view typed, struct tg_view *ret_number);

#endif
