/* Who was judged not to be the one who is meant: which records a question that gives a document does not show. For
 * node/ alone.
 *
 * A Sighting `not_him` hides a pair: the record it speaks of, and the document that was shown. It does so while it is
 * live, not contested, and its day has not passed, and while its origin is trusted. Rules: docs/records.md.
 */
#ifndef TG_NODE_CLEARED_H
#define TG_NODE_CLEARED_H

#include "node/core.h"

struct tg_clearing {
    uint64_t recno;              /* the record that it is not */
    struct tg_hash origin;       /* who judged so */
    char ref[TG_REF_TEXT_BYTES]; /* of the judgement */
    struct tg_date until;
};
struct tg_cleared {
    struct tg_clearing items[TG_CLEARED_MAX];
    size_t count;
};

/* "passport:TJ:A1234567", the country may be empty. Texts point into the arena. TG_EUSAGE. */
tg_err tg_cleared_document(const char *text, struct tg_arena *arena, struct tg_rec_document *ret_document,
                           struct tg_errmsg *em);
/* Everything that is hidden from a question with that document: the judged record, and what its origin put in its place
 * since, unless that names the document and the judged one did not. What goes beyond TG_CLEARED_MAX hides nothing. */
tg_err tg_cleared_by_document(struct tg_node *node, const struct tg_rec_document *document,
                              struct tg_cleared *ret_cleared, struct tg_errmsg *em);
/* NULL: it is shown. */
const struct tg_clearing *tg_cleared_find(const struct tg_cleared *cleared, uint64_t recno);
/* How many such judgements, by whatever document, stand on that record itself. */
tg_err tg_cleared_count(struct tg_node *node, const struct tg_hash *id, size_t *ret_count,
                        struct tg_errmsg *em);

#endif
