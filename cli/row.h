/* Record rows of the node's answers, kept and shown the same way by every command.
 *
 * Knows no command. Fields: docs/control.md "What stands for a record".
 */
#ifndef TG_CLI_ROW_H
#define TG_CLI_ROW_H

#include "cli/output.h"
#include "proto/record.h"

/* Everything lives in the arena that it was kept in. Texts are never NULL. */
struct tg_row {
    const char *ref, *origin, *country, *kind, *state, *audience, *settled;
    const char *band, *why, *matched; /* of a hit */
    int64_t score;
    int64_t epoch, index, item, of;
    int64_t stored_ms, created; /* created in seconds */
    int64_t over;               /* an alert whose thread was stood down */
    int64_t disputed, dispute_deadline_ms, dispute_overdue;
    struct tg_view id;
    struct tg_record *record; /* NULL: withdrawn, not for this caller's eyes, or not readable here */
    const char *nature;       /* of an alert: "exercise"; else "" */
    const char *unreadable;   /* why a record that came is not readable; "" */
};
/* TG_ENOMEM over the arena's budget. A record that does not decode is no failure. */
tg_err tg_row_keep(const struct tg_control_msg *msg, struct tg_arena *arena, struct tg_row **ret_row,
                   struct tg_errmsg *em);

/* A growing list of them. Zero-initialise with the arena. */
struct tg_rows {
    struct tg_arena *arena;
    struct tg_row **rows; /* heap */
    size_t count, capacity;
};
void tg_rows_release(struct tg_rows *rows);
TG_AUTO_DEFINE(tg_rows, tg_rows_release)
tg_err tg_rows_keep(struct tg_rows *rows, const struct tg_control_msg *msg, struct tg_errmsg *em);
/* Memory for the rows of one answer. */
#define TG_ROWS_ARENA_BYTES 536870912

/* "person: Karim Valiev (b. 1984) TJ, wanted", escaped, with a Latin reading of the main name behind it. */
tg_err tg_row_summary(const struct tg_row *row, struct tg_buf *out);
/* "press: SpecialEurasia 2024-06, not confirmed by a state"; "" when no source is stated. Escaped. */
tg_err tg_row_source(const struct tg_row *row, struct tg_buf *out);
/* "C3", "F6", or "" when not graded. */
void tg_row_grade(const struct tg_row *row, char out[static 8]);
/* "DISPUTED by 2, OVERDUE since 2024-06-30", for every line that shows the record; "" when nobody contests it. */
#define TG_MARK_BYTES 96
void tg_row_mark(const struct tg_row *row, char out[static TG_MARK_BYTES]);
/* "TLP:AMBER+STRICT"; "" when not stated. */
const char *tg_tlp_text(enum tg_rec_tlp tlp);

/* The members that every row has, into a JSON line; the record as JSON last, under "record". */
void tg_row_json(struct tg_json *json, const struct tg_row *row);

#endif
