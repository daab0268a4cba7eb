/* Partial dates and points in time as text, UTC.
 *
 * Proleptic Gregorian; days are counted from 1970-01-01. No time zone data is consulted.
 */
#include "base/date.h"

#include <stdio.h>

#include "base/text.h"

#define MS_PER_DAY 86400000LL
#define FIRST_DAY (-719162) /* 0001-01-01 */
#define LAST_DAY 2932896    /* 9999-12-31 */

/* Howard Hinnant's civil calendar arithmetic, on a year that begins in March. */
static int32_t day_of(int year, unsigned month, unsigned day)
{
    year -= month <= 2; /* not negative from year 1 on */
    int era = year / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int32_t)day_of_era - 719468;
}

struct tg_date tg_date_of_day(int32_t day)
{
    if (day < FIRST_DAY || day > LAST_DAY) return (struct tg_date){0};
    int32_t shifted = day + 719468; /* days since 0000-03-01: not negative from year 1 on */
    int32_t era = shifted / 146097;
    unsigned doe = (unsigned)(shifted - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned shifted_month = (5 * doy + 2) / 153;
    unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int year = (int)yoe + era * 400 + (month <= 2);
    return (struct tg_date){.year = (int16_t)year,
                            .month = (uint8_t)month,
                            .day = (uint8_t)(doy - (153 * shifted_month + 2) / 5 + 1)};
}

static unsigned days_in_month(int year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* digits decimal digits from the front; false when there are fewer. */
static bool digits_take(struct tg_view *text, size_t digits, unsigned *ret_value)
{
    if (text->bytes < digits) return false;
    unsigned value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!tg_ascii_is_digit((char)text->data[i])) return false;
        value = value * 10 + (unsigned)(text->data[i] - '0');
    }
    text->data += digits;
    text->bytes -= digits;
    *ret_value = value;
    return true;
}

static bool char_take(struct tg_view *text, char c)
{
    if (!text->bytes || text->data[0] != (uint8_t)c) return false;
    text->data++;
    text->bytes--;
    return true;
}

/* The date at the front of text: year, then month and day while dashes follow. */
static tg_err date_take(struct tg_view *text, struct tg_date *ret_date)
{
    unsigned year = 0, month = 0, day = 0;
    if (!digits_take(text, 4, &year)) return TG_EFORMAT;
    bool has_month = char_take(text, '-');
    if (has_month && !digits_take(text, 2, &month)) return TG_EFORMAT;
    bool has_day = has_month && char_take(text, '-');
    if (has_day && !digits_take(text, 2, &day)) return TG_EFORMAT;
    if (year < 1) return TG_EVALUE;
    if (has_month && (month < 1 || month > 12)) return TG_EVALUE;
    if (has_day && (day < 1 || day > days_in_month((int)year, month))) return TG_EVALUE;
    *ret_date = (struct tg_date){.year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
    return TG_OK;
}

tg_err tg_date_parse(struct tg_view text, struct tg_date *ret_date, struct tg_errmsg *em)
{
    struct tg_view rest = text;
    struct tg_date date;
    tg_err err = date_take(&rest, &date);
    if (err == TG_EVALUE)
        return tg_fail(em, err, "impossible date '%.*s': the calendar has no such day",
                       (int)(text.bytes < 32 ? text.bytes : 32), (const char *)text.data);
    if (err || rest.bytes)
        return tg_fail(em, TG_EFORMAT, "unreadable date '%.*s': write YYYY, YYYY-MM or YYYY-MM-DD",
                       (int)(text.bytes < 32 ? text.bytes : 32), (const char *)text.data);
    *ret_date = date;
    return TG_OK;
}

void tg_date_format(struct tg_date date, char out[static TG_DATE_TEXT_BYTES])
{
    out[0] = 0;
    if (!date.year) return;
    unsigned year = (unsigned)date.year % 10000u, month = date.month % 100u, day = date.day % 100u;
    if (date.day)
        (void)snprintf(out, TG_DATE_TEXT_BYTES, "%04u-%02u-%02u", year, month, day);
    else if (date.month)
        (void)snprintf(out, TG_DATE_TEXT_BYTES, "%04u-%02u", year, month);
    else
        (void)snprintf(out, TG_DATE_TEXT_BYTES, "%04u", year);
}

int32_t tg_date_first_day(struct tg_date date)
{
    return day_of(date.year, date.month ? date.month : 1, date.day ? date.day : 1);
}

int32_t tg_date_last_day(struct tg_date date)
{
    unsigned month = date.month ? date.month : 12;
    return day_of(date.year, month, date.day ? date.day : days_in_month(date.year, month));
}

/* "00[.000]": seconds, and what follows the point; digits beyond the third are dropped. */
static tg_err seconds_take(struct tg_view *text, unsigned *ret_second, int64_t *ret_ms)
{
    unsigned digit = 0;
    if (!digits_take(text, 2, ret_second)) return TG_EFORMAT;
    if (!char_take(text, '.')) return TG_OK;
    if (!digits_take(text, 1, &digit)) return TG_EFORMAT;
    *ret_ms = (int64_t)digit * 100;
    for (int64_t scale = 10; digits_take(text, 1, &digit); scale /= 10) *ret_ms += digit * scale;
    return TG_OK;
}

/* "Z", "+05:00" or "-05:00": what local time is ahead of UTC. */
static tg_err zone_take(struct tg_view *text, int64_t *ret_ahead_ms)
{
    if (char_take(text, 'Z')) return TG_OK;
    bool ahead = text->bytes && text->data[0] == '+';
    unsigned zone_hour = 0, zone_minute = 0;
    if (!char_take(text, '+') && !char_take(text, '-')) return TG_EFORMAT;
    if (!digits_take(text, 2, &zone_hour) || !char_take(text, ':') || !digits_take(text, 2, &zone_minute))
        return TG_EFORMAT;
    if (zone_hour > 14 || zone_minute > 59) return TG_EVALUE;
    int64_t zone_ms = ((int64_t)zone_hour * 60 + zone_minute) * 60000;
    *ret_ahead_ms = ahead ? zone_ms : -zone_ms;
    return TG_OK;
}

/* "12:00[:00[.000]]" and a zone; the offset is taken away. */
static tg_err clock_take(struct tg_view *text, int64_t *ret_ms)
{
    unsigned hour = 0, minute = 0, second = 0;
    int64_t ms = 0, ahead_ms = 0;
    if (!digits_take(text, 2, &hour) || !char_take(text, ':') || !digits_take(text, 2, &minute))
        return TG_EFORMAT;
    tg_err err = char_take(text, ':') ? seconds_take(text, &second, &ms) : TG_OK;
    if (err) return err;
    if (hour > 23 || minute > 59 || second > 59) return TG_EVALUE;
    err = zone_take(text, &ahead_ms);
    if (err) return err;
    *ret_ms = ms + (((int64_t)hour * 60 + minute) * 60 + second) * 1000 - ahead_ms;
    return TG_OK;
}

static bool in_calendar(int64_t unix_ms)
{
    return unix_ms >= FIRST_DAY * MS_PER_DAY && unix_ms < (LAST_DAY + 1) * MS_PER_DAY;
}

tg_err tg_time_parse(struct tg_view text, int64_t *ret_unix_ms, struct tg_errmsg *em)
{
    struct tg_view rest = text;
    struct tg_date date = {0};
    int64_t ms = 0;
    tg_err err = date_take(&rest, &date);
    if (!err && !date.day) err = TG_EFORMAT;
    if (!err && rest.bytes)
        err = char_take(&rest, 'T') || char_take(&rest, ' ') ? clock_take(&rest, &ms) : TG_EFORMAT;
    if (!err && rest.bytes) err = TG_EFORMAT;
    if (!err) ms += tg_date_first_day(date) * MS_PER_DAY;
    if (!err && !in_calendar(ms)) err = TG_EVALUE;
    if (err == TG_EVALUE)
        return tg_fail(em, err, "impossible time '%.*s': calendar and clock have no such moment",
                       (int)(text.bytes < 40 ? text.bytes : 40), (const char *)text.data);
    if (err)
        return tg_fail(em, err, "unreadable time '%.*s': write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ",
                       (int)(text.bytes < 40 ? text.bytes : 40), (const char *)text.data);
    *ret_unix_ms = ms;
    return TG_OK;
}

void tg_time_format(int64_t unix_ms, char out[static TG_TIME_TEXT_BYTES])
{
    if (!in_calendar(unix_ms)) {
        (void)snprintf(out, TG_TIME_TEXT_BYTES, unix_ms < 0 ? "(before year 1)" : "(after year 9999)");
        return;
    }
    int64_t day = unix_ms / MS_PER_DAY - (unix_ms % MS_PER_DAY < 0);
    struct tg_date date = tg_date_of_day((int32_t)day);
    unsigned second = (unsigned)((unix_ms - day * MS_PER_DAY) / 1000);
    (void)snprintf(out, TG_TIME_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)date.year % 10000u,
                   date.month % 100u, date.day % 100u, second / 3600 % 24u, second / 60 % 60u, second % 60u);
}
