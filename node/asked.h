/* What a question says besides its words, read the same way by a query and by a standing query. For node/ alone.
 */
#ifndef TG_NODE_ASKED_H
#define TG_NODE_ASKED_H

#include "match/score.h"
#include "node/core.h"
#include "proto/likeness.h"

#define TG_WHY_PAPER "%s number %.*s equal, whose issuer was not given"
#define TG_SCORE_PAPER 7000    /* the number of a paper, whoever issued it: a person looks */
#define TG_SCORE_FACILITY 6000 /* below every name that is shown, above mere words */
#define TG_SCORE_TEXT 5000

/* The number alone of a passport or identity document; false for other forms. */
bool tg_paper_number(enum tg_selector_type type, struct tg_view form, struct tg_view *ret_number);
/* The same when its issuer was not typed ("A1234567"): form has then the asker's own country, which is a guess. */
bool tg_asked_paper(const struct tg_selector *form, struct tg_view typed, struct tg_view *ret_number);

#endif
