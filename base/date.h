/* Partial dates (year, year-month, full) and points in time as text, UTC.
 *
 * A partial date is stored as it is known and never padded: 1984 is not 1984-01-01.
 */
#ifndef TG_BASE_DATE_H
#define TG_BASE_DATE_H

#include <stdbool.h>

#include "base/bytes.h"

struct tg_date {
    int16_t year;  /* 1..9999; 0: no date at all */
    uint8_t month; /* 1..12; 0: unknown */
    uint8_t day;   /* 1..31, of that month; 0: unknown */
};

static inline bool tg_date_known(struct tg_date date)
{
    return date.year != 0;
}
/* "1984", "1984-07", "1984-07-21"; TG_EFORMAT when not shaped so, TG_EVALUE when the calendar has no such day. */
tg_err tg_date_parse(struct tg_view text, struct tg_date *ret_date, struct tg_errmsg *em);
#define TG_DATE_TEXT_BYTES 16
void tg_date_format(struct tg_date date, char out[static TG_DATE_TEXT_BYTES]);
/* First and last day that the partial date can mean, as days since 1970-01-01. The date must be known. */
int32_t tg_date_first_day(struct tg_date date);
int32_t tg_date_last_day(struct tg_date date);
/* No date (year 0) outside 0001-01-01..9999-12-31. */
struct tg_date tg_date_of_day(int32_t day);

/* "2024-06-30T12:00:00Z", seconds and fraction optional, offset "+05:00" accepted; or a full date = midnight UTC.
 * The moment in UTC stands in years 1..9999, else TG_EVALUE. Leap seconds are not accepted. */
tg_err tg_time_parse(struct tg_view text, int64_t *ret_unix_ms, struct tg_errmsg *em);
#define TG_TIME_TEXT_BYTES 32
/* "2024-06-30T12:00:00Z", or "(before year 1)", "(after year 9999)": any number may come from a peer. */
void tg_time_format(int64_t unix_ms, char out[static TG_TIME_TEXT_BYTES]);

#endif
