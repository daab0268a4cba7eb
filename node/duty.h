/* Duty: what nodes have acknowledged, and the threads that alerts form. For node/ alone.
 *
 * An acknowledgement speaks for the node that signed it and for nobody else, whatever it says; whether that node was
 * addressed at all is the caller's question. Described in docs/control.md "Duty".
 */
#ifndef TG_NODE_DUTY_H
#define TG_NODE_DUTY_H

#include "node/core.h"

/* What one node has said of a record: times as it states them, 0 when it has not. */
struct tg_said {
    int64_t read_ms; /* with ACTED or ANSWERED the record was read, too */
    int64_t acted_ms;
    int64_t answered_ms;
    char by[TG_LABEL_BYTES_MAX + 1]; /* desk of the newest; of peers, not escaped */
};
tg_err tg_duty_said(struct tg_node *node, const struct tg_hash *target, const struct tg_hash *by,
                    struct tg_said *ret_said, struct tg_errmsg *em);
/* "READ", "ANSWERED": the most that was said; "" for nothing. Static. */
const char *tg_duty_said_text(const struct tg_said *said);

/* ---- while indexing (indexer.c) ---- */

/* The record that this one acknowledges or answers, for TG_TOKEN_SAID; NULL. */
const struct tg_hash *tg_duty_speaks_of(const struct tg_record *record);
/* What we have said ourselves, as flags of every place where the record stands. After one of the two was indexed or
 * forgotten. */
tg_err tg_duty_mark(struct tg_node *node, const struct tg_hash *target, struct tg_errmsg *em);
/* A partner's word on a record of ours: a notice, when it is new and the partner was addressed. Before it is indexed. */
void tg_duty_tell(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed);

/* ---- threads ---- */

/* Record id of the first alert of the thread that this alert belongs to. */
const struct tg_hash *tg_duty_thread(const struct tg_record *alert);
/* The alert that begins the thread, as that origin told it (or, when it does not hold one, as anybody did). TG_ENOENT:
 * not held. */
tg_err tg_duty_first(struct tg_node *node, const struct tg_hash *thread, const struct tg_hash *origin,
                     uint64_t *ret_recno, struct tg_errmsg *em);
/* Has the origin of its first alert stood it down? */
bool tg_duty_over(struct tg_node *node, const struct tg_hash *thread, const struct tg_hash *origin);
/* The same of the thread that an opened record belongs to; false for what is no alert. */
bool tg_duty_ended(struct tg_node *node, const struct tg_found *found);
/* The origin of a record and everybody it went to, ourselves left out, as far as they are enrolled. */
tg_err tg_duty_circle(struct tg_node *node, const struct tg_found *found,
                      struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                      struct tg_errmsg *em);
/* May this alert of ours be published? Its thread has one nature, is named by its first alert, and is stood down by
 * whoever began it. ret_first: recno of that alert, when it is held and this one is another. */
tg_err tg_duty_thread_check(struct tg_node *node, const struct tg_record *alert, bool *ret_held,
                            uint64_t *ret_first, struct tg_errmsg *em);

#endif
