/* Reports of one event: incidents, and alerts that begin a thread, of one type, place and time whose words are nearly the
 * same. Both are kept; a list shows the first and says how often it was repeated.
 *
 * Knows no node. Rules: docs/formats-match.md "Repeats".
 */
#ifndef TG_PROTO_REPEAT_H
#define TG_PROTO_REPEAT_H

#include "match/near.h"
#include "proto/record.h"

/* What one record is compared by. */
struct tg_report {
    bool comparable; /* an incident or a first alert with a day, and with three words or more */
    int32_t first_day, last_day;
    struct tg_near_text text; /* its block is type, nature and place */
};
/* Memory from the arena. TG_ENOMEM. */
tg_err tg_report_read(const struct tg_token_key *key, const struct tg_record *record, struct tg_arena *arena,
                      struct tg_report *ret_report);
/* Two reports of one event. An exercise is never a report of what is actual. */
bool tg_report_repeats(const struct tg_report *a, const struct tg_report *b);

/* Of each record the place of the first of those that it repeats, directly or through others; its own when it repeats none.
 * Records in the order in which they are shown; NULL ones repeat nothing. TG_ENOMEM, TG_ELIMIT. */
tg_err tg_reports_first(const struct tg_token_key *key, const struct tg_record *const *records, size_t count,
                        struct tg_arena *arena, uint32_t *ret_first);

#endif
