/* Stories of partial dates and points in time, checked against a calendar that counts day by day.
 *
 * Must not know time zones beyond an offset. Gregorian rules, proleptic.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/date.h"

static tg_err parse(const char *text, struct tg_date *ret_date)
{
    return tg_date_parse(tg_view_str(text), ret_date, NULL);
}

static tg_err parse_time(const char *text, int64_t *ret_ms)
{
    return tg_time_parse(tg_view_str(text), ret_ms, NULL);
}

static bool slow_leap(int year)
{
    if (year % 400 == 0) return true;
    if (year % 100 == 0) return false;
    return year % 4 == 0;
}

static int slow_month_days(int year, int month)
{
    if (month == 4 || month == 6 || month == 9 || month == 11) return 30;
    if (month == 2) return slow_leap(year) ? 29 : 28;
    return 31;
}

/* Every day of the years 1 to 9999, counted one after the other: -719162 is 0001-01-01, 0 is 1970-01-01. */
Test(calendar, agrees_with_counting_day_by_day)
{
    int32_t day = -719162;
    for (int year = 1; year <= 9999; year++) {
        struct tg_date whole_year = {.year = (int16_t)year};
        cr_assert_eq(tg_date_first_day(whole_year), day);
        for (int month = 1; month <= 12; month++) {
            struct tg_date whole_month = {.year = (int16_t)year, .month = (uint8_t)month};
            cr_assert_eq(tg_date_first_day(whole_month), day);
            for (int of_month = 1; of_month <= slow_month_days(year, month); of_month++, day++) {
                struct tg_date date = {(int16_t)year, (uint8_t)month, (uint8_t)of_month};
                struct tg_date back = tg_date_of_day(day);
                if (tg_date_first_day(date) != day || tg_date_last_day(date) != day ||
                    back.year != date.year || back.month != date.month || back.day != date.day)
                    cr_assert(false, "%04d-%02d-%02d is not day %d", year, month, of_month, (int)day);
            }
            cr_assert_eq(tg_date_last_day(whole_month), day - 1);
        }
        cr_assert_eq(tg_date_last_day(whole_year), day - 1);
    }
    cr_assert_eq(day, 2932897);
    cr_assert_eq(tg_date_first_day((struct tg_date){1970, 1, 1}), 0);
}

Test(calendar, has_no_days_outside_years_1_to_9999)
{
    static const int32_t outside[] = {-719163, 2932897, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        cr_assert(!tg_date_known(tg_date_of_day(outside[i])), "day %d", (int)outside[i]);
    cr_assert(tg_date_known(tg_date_of_day(-719162)));
    cr_assert(tg_date_known(tg_date_of_day(2932896)));
}

Test(date, is_kept_as_it_is_known)
{
    static const char *const good[] = {"1984",       "1984-07",    "1984-07-21", "0001",      "9999",
                                       "9999-12-31", "2024-02-29", "2000-02-29", "0001-01-01"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct tg_date date;
        char text[TG_DATE_TEXT_BYTES];
        cr_assert_eq(parse(good[i], &date), TG_OK, "%s", good[i]);
        tg_date_format(date, text);
        cr_assert_str_eq(text, good[i]);
    }
    struct tg_date year;
    cr_assert_eq(parse("1984", &year), TG_OK);
    cr_assert(year.month == 0 && year.day == 0, "1984 is not 1984-01-01");
}

struct bad_date {
    const char *text;
    tg_err err;
};

Test(date, refuses_what_the_calendar_does_not_have_apart_from_what_is_no_date)
{
    static const struct bad_date bad[] = {
        {"0000", TG_EVALUE},        {"1984-00", TG_EVALUE},      {"1984-13", TG_EVALUE},
        {"1984-07-00", TG_EVALUE},  {"1984-07-32", TG_EVALUE},   {"1984-04-31", TG_EVALUE},
        {"2023-02-29", TG_EVALUE},  {"1900-02-29", TG_EVALUE},   {"2024-02-30", TG_EVALUE},
        {"", TG_EFORMAT},           {"198", TG_EFORMAT},         {"19845", TG_EFORMAT},
        {"1984-", TG_EFORMAT},      {"1984-7", TG_EFORMAT},      {"1984-07-", TG_EFORMAT},
        {"1984-07-2", TG_EFORMAT},  {"1984-07-211", TG_EFORMAT}, {"1984/07/21", TG_EFORMAT},
        {"21.07.1984", TG_EFORMAT}, {" 1984", TG_EFORMAT},       {"1984 ", TG_EFORMAT},
        {"-984", TG_EFORMAT},       {"+1984", TG_EFORMAT},       {"1984-07-21T00:00Z", TG_EFORMAT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tg_date date = {1, 2, 3};
        cr_assert_eq(parse(bad[i].text, &date), bad[i].err, "'%s'", bad[i].text);
        cr_assert(date.year == 1 && date.month == 2 && date.day == 3, "'%s' touched the output", bad[i].text);
    }
    struct tg_date date;
    cr_assert_eq(tg_date_parse((struct tg_view){.data = NULL, .bytes = 0}, &date, NULL), TG_EFORMAT);
}

Test(date, says_which_date_and_what_to_write)
{
    struct tg_errmsg em = {0};
    struct tg_date date;
    (void)tg_date_parse(tg_view_str("2023-02-29"), &date, &em);
    cr_assert_str_eq(em.text, "impossible date '2023-02-29': the calendar has no such day");
    (void)tg_date_parse(tg_view_str("last year"), &date, &em);
    cr_assert_str_eq(em.text, "unreadable date 'last year': write YYYY, YYYY-MM or YYYY-MM-DD");
}

Test(date, not_known_is_no_text)
{
    char text[TG_DATE_TEXT_BYTES] = "x";
    tg_date_format((struct tg_date){0}, text);
    cr_assert_str_eq(text, "");
}

struct moment {
    const char *text;
    int64_t ms;
    const char *shown;
};

Test(time, is_read_in_every_form_and_shown_in_one)
{
    static const struct moment moments[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2024-06-30", 1719705600000, "2024-06-30T00:00:00Z"},
        {"2024-06-30T12:00Z", 1719748800000, "2024-06-30T12:00:00Z"},
        {"2024-06-30 12:00:00Z", 1719748800000, "2024-06-30T12:00:00Z"},
        {"2024-06-30T12:00:00.5Z", 1719748800500, "2024-06-30T12:00:00Z"},
        {"2024-06-30T12:00:00.123456Z", 1719748800123, "2024-06-30T12:00:00Z"},
        {"2024-06-30T17:00:00+05:00", 1719748800000, "2024-06-30T12:00:00Z"},
        {"2024-06-30T06:30:00-05:30", 1719748800000, "2024-06-30T12:00:00Z"},
        {"2024-07-01T02:00:00+14:00", 1719748800000, "2024-06-30T12:00:00Z"},
        {"1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59Z"},
        {"0001-01-01T00:00:00Z", -62135596800000, "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        int64_t ms = 0;
        char text[TG_TIME_TEXT_BYTES];
        cr_assert_eq(parse_time(moments[i].text, &ms), TG_OK, "%s", moments[i].text);
        cr_assert_eq(ms, moments[i].ms, "%s is %lld", moments[i].text, (long long)ms);
        tg_time_format(ms, text);
        cr_assert_str_eq(text, moments[i].shown);
    }
}

Test(time, refuses_impossible_hours_unknown_zones_and_half_fractions)
{
    static const struct bad_date bad[] = {
        {"2024-06-30T24:00:00Z", TG_EVALUE},
        {"2024-06-30T23:60:00Z", TG_EVALUE},
        {"2024-06-30T23:59:60Z", TG_EVALUE},
        {"2024-06-31T00:00:00Z", TG_EVALUE},
        {"2024-06-30T12:00:00+15:00", TG_EVALUE},
        {"2024-06-30T12:00:00+05:60", TG_EVALUE},
        {"0001-01-01T00:00:00+00:01", TG_EVALUE},
        {"9999-12-31T23:59:00-00:01", TG_EVALUE},
        {"2024-06", TG_EFORMAT},
        {"2024", TG_EFORMAT},
        {"", TG_EFORMAT},
        {"2024-06-30T", TG_EFORMAT},
        {"2024-06-30T12", TG_EFORMAT},
        {"2024-06-30T12:00", TG_EFORMAT},
        {"2024-06-30T12:00:00", TG_EFORMAT},
        {"2024-06-30T12:00:Z", TG_EFORMAT},
        {"2024-06-30T12:00.5Z", TG_EFORMAT},
        {"2024-06-30T12:00:00.Z", TG_EFORMAT},
        {"2024-06-30T12:00:00z", TG_EFORMAT},
        {"2024-06-30t12:00:00Z", TG_EFORMAT},
        {"2024-06-30T12:00:00+0500", TG_EFORMAT},
        {"2024-06-30T12:00:00+05", TG_EFORMAT},
        {"2024-06-30T12:00:00Z ", TG_EFORMAT},
        {"2024-06-30T12:00:00Z+05:00", TG_EFORMAT},
        {"2024-06-30Z", TG_EFORMAT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms = 77;
        cr_assert_eq(parse_time(bad[i].text, &ms), bad[i].err, "'%s'", bad[i].text);
        cr_assert_eq(ms, 77, "'%s' touched the output", bad[i].text);
    }
}

Test(time, of_any_number_is_shown_as_something)
{
    static const int64_t numbers[] = {INT64_MIN, -62135596800001, 253402300800000, INT64_MAX};
    static const char *const shown[] = {"(before year 1)", "(before year 1)", "(after year 9999)",
                                        "(after year 9999)"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[TG_TIME_TEXT_BYTES];
        tg_time_format(numbers[i], text);
        cr_assert_str_eq(text, shown[i]);
    }
}

/* Law: what is shown is read back as the same second. */
Test(time, shown_is_read_back)
{
    for (int64_t ms = -62135596800000; ms < 253402300800000; ms += 86399999 * INT64_C(37)) {
        char text[TG_TIME_TEXT_BYTES];
        int64_t back = 0;
        tg_time_format(ms, text);
        cr_assert_eq(parse_time(text, &back), TG_OK, "%s", text);
        int64_t second = ms / 1000 - (ms % 1000 < 0);
        cr_assert_eq(back, second * 1000, "%s", text);
    }
}
