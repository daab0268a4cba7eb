/* Records made from records: one that replaces another, the withdrawal, acknowledgement and answer of one. On the wire,
 * so that nothing else of a record's bytes changes.
 *
 * Must not know: stores, audiences, who may. Described in docs/records.md.
 */
#ifndef TG_PROTO_RECORD_EDIT_H
#define TG_PROTO_RECORD_EDIT_H

#include "proto/record.h"

/* The same record with head.supersedes = id (taking the place of an older one). Its content digest stays.
 * ret_bytes lives in the arena. TG_EFORMAT no record, TG_ELIMIT over TG_RECORD_BYTES_MAX, TG_ENOMEM. */
tg_err tg_record_set_supersedes(struct tg_view bytes, const struct tg_hash *id, struct tg_arena *arena,
                                struct tg_view *ret_bytes);

/* The same with head.reported = now: the same content under another id. */
tg_err tg_record_set_reported(struct tg_view bytes, int64_t now_ms, struct tg_arena *arena,
                              struct tg_view *ret_bytes);

/* What is said with a withdrawal. */
struct tg_withdrawal_draft {
    int reason;                      /* enum tg_rec_withdrawal_reason, not 0 */
    const char *note;                /* text of the withdrawal, or NULL */
    const struct tg_hash *successor; /* id of the record that stands instead, or NULL */
    int64_t deadline_ms;             /* by which holders are asked to have told its end; 0: none */
};
/* A Withdrawal of target, entered now, with the target's TLP and agency.
 *
 * ret_bytes  lives in the arena (TG_RECORD_PARSE_BUDGET_BYTES); decodes with tg_record_decode
 * Errors: TG_EVALUE the note is not fit for a record; TG_ELIMIT, TG_ENOMEM. */
tg_err tg_record_withdrawal_build(const struct tg_record *target, const struct tg_withdrawal_draft *draft,
                                  int64_t now_ms, struct tg_arena *arena, struct tg_view *ret_bytes,
                                  struct tg_errmsg *em);

/* The word of a desk on target, entered now, with the target's TLP.
 *
 * state  enum tg_rec_acknowledgement_state, not 0
 * by     desk or function; text may be ""
 * Errors and ret_bytes as above. */
tg_err tg_record_acknowledgement_build(const struct tg_record *target, int state, const char *by,
                                       const char *text, int64_t now_ms, struct tg_arena *arena,
                                       struct tg_view *ret_bytes, struct tg_errmsg *em);
/* An alert that answers another in its thread: of its nature, precedence and TLP. title is one line. */
tg_err tg_record_alert_answer_build(const struct tg_record *alert, const char *by, const char *title,
                                    const char *text, int64_t now_ms, struct tg_arena *arena,
                                    struct tg_view *ret_bytes, struct tg_errmsg *em);
/* A Dispute of target, or the decision on one. What is NULL, "" or 0 is left out. */
struct tg_dispute_draft {
    const struct tg_record *target;
    enum tg_rec_dispute_ground ground;
    enum tg_rec_dispute_raiser raised_by;
    const char *text;
    int64_t deadline_ms;
    const struct tg_hash *refers; /* to what it passes on */
    const struct tg_hash *decides;
    enum tg_rec_dispute_decision decision;
};
/* Entered now, with the target's TLP; as tg_record_withdrawal_build. */
tg_err tg_record_dispute_build(const struct tg_dispute_draft *draft, int64_t now_ms, struct tg_arena *arena,
                               struct tg_view *ret_bytes, struct tg_errmsg *em);

#endif
