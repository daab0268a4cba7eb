/* Dates of persons: parts in either order, then the calendar they are in.
 *
 * Lunar Hijri by the 30-year table (civil epoch, leap years 2 5 7 10 13 16 18 21 24 26 29), within a day of what was
 * seen; solar Hijri by the 33-year rule, exact for 1178 to 1633 (1799 to 2255).
 */
#include "match/birth.h"

#include "base/text.h"

#define PARTS 3
#define LUNAR_EPOCH (-492148) /* 1 Muharram 1 = 622-07-19 Gregorian, days since 1970 */
#define SOLAR_EPOCH (-492268) /* 1 Farvardin 1 = 622-03-21 Gregorian (proleptic 22 by equinox) */

enum calendar { GREGORIAN, LUNAR, SOLAR, UNSAID };

struct parts {
    unsigned value[PARTS];
    size_t digits[PARTS], count;
    bool slash, named_month;
    enum calendar calendar;
};

static uint32_t plain_of(uint32_t cp)
{
    if (cp >= 0x660 && cp <= 0x669) return cp - 0x660 + '0';
    if (cp >= 0x6F0 && cp <= 0x6F9) return cp - 0x6F0 + '0';
    return cp >= 0xFF10 && cp <= 0xFF19 ? cp - 0xFF10 + '0' : cp;
}

static bool take_word(struct tg_view *text, const char *word)
{
    size_t bytes = strlen(word);
    if (text->bytes < bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        if (tg_ascii_lower((char)text->data[i]) != word[i]) return false;
    }
    *text = tg_view_of(text->data + bytes, text->bytes - bytes);
    return true;
}

/* English month by its first three letters or whole; the number, 0 for none. */
static unsigned month_take(struct tg_view *text)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    for (unsigned i = 0; i < 12; i++) {
        char head[4] = {months[i][0], months[i][1], months[i][2], 0};
        if (take_word(text, months[i]) || take_word(text, head)) return i + 1;
    }
    return 0;
}

static bool mark_take(struct tg_view *text, enum calendar *calendar)
{
    static const struct {
        const char *mark;
        enum calendar calendar;
    } marks[] = {{"a.h.", LUNAR}, {"ah", LUNAR}, {"هـ", LUNAR}, {"ق", LUNAR},
                 {"s.h.", SOLAR}, {"sh", SOLAR}, {"ش", SOLAR},  {"ه", LUNAR}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!take_word(text, marks[i].mark)) continue;
        *calendar = marks[i].calendar;
        return true;
    }
    return false;
}

static bool part_put(struct parts *parts, unsigned value, size_t digits)
{
    if (parts->count == PARTS || digits > 4) return false;
    parts->value[parts->count] = value;
    parts->digits[parts->count++] = digits;
    return true;
}

static bool number_take(struct tg_view *text, struct parts *parts)
{
    unsigned value = 0;
    size_t digits = 0;
    while (text->bytes > 0) {
        struct tg_view rest = *text;
        uint32_t cp = plain_of(tg_utf8_next(&rest));
        if (cp < '0' || cp > '9') break;
        if (++digits > 4) return false;
        value = value * 10 + cp - '0';
        *text = rest;
    }
    return digits > 0 && part_put(parts, value, digits);
}

static bool parts_take(struct tg_view text, struct parts *parts)
{
    while (text.bytes > 0) {
        if (strchr(" .-/,", (int)text.data[0]) != NULL && text.data[0] != 0) {
            parts->slash = parts->slash || text.data[0] == '/';
            text = tg_view_of(text.data + 1, text.bytes - 1);
            continue;
        }
        if (parts->count > 0 && mark_take(&text, &parts->calendar)) {
            if (tg_text_trim(text).bytes > 0) return false;
            break;
        }
        unsigned month = parts->named_month ? 0 : month_take(&text);
        if (month != 0) {
            parts->named_month = true;
            if (!part_put(parts, month, 3)) return false; /* three digits: neither day nor year */
            continue;
        }
        if (!number_take(&text, parts)) return false;
    }
    return parts->count > 0;
}

/* Year, month, day from parts in the order that the place of the four-digit year tells. */
static bool order_parts(const struct parts *parts, unsigned ymd[static 3], unsigned *flags)
{
    const size_t n = parts->count, *digits = parts->digits;
    bool year_first = digits[0] == 4, year_last = n > 1 && digits[n - 1] == 4;
    if (year_first == year_last && n > 1) return false;
    if (n == 1 && !year_first) return false;
    memset(ymd, 0, 3 * sizeof *ymd);
    for (size_t i = 0; i < n; i++) ymd[i] = parts->value[year_first ? i : n - 1 - i];
    if (n < 3) return n == 1 || digits[year_first ? 1 : 0] <= 3;
    size_t month_at = year_first ? 1 : digits[0] == 3 ? 0 : 1;
    size_t day_at = year_first ? 2 : 1 - month_at;
    if (digits[day_at] > 2) return false;
    ymd[1] = parts->value[month_at];
    ymd[2] = parts->value[day_at];
    if (!year_first && parts->slash && !parts->named_month && ymd[1] <= 12 && ymd[2] <= 12 &&
        ymd[1] != ymd[2])
        *flags |= TG_BIRTH_ORDER;
    return true;
}

static bool lunar_leap(unsigned year)
{
    return (11 * year + 14) % 30 < 11;
}

static bool solar_leap(unsigned year)
{
    static const uint8_t leaps[] = {1, 5, 9, 13, 17, 22, 26, 30};
    for (size_t i = 0; i < sizeof leaps; i++) {
        if (year % 33 == leaps[i]) return true;
    }
    return false;
}

static unsigned month_days(enum calendar calendar, unsigned year, unsigned month)
{
    if (calendar == LUNAR) return month == 12 ? (lunar_leap(year) ? 30 : 29) : month % 2 == 1 ? 30 : 29;
    if (month <= 6) return 31;
    return month < 12 || solar_leap(year) ? 30 : 29;
}

/* Days since 1970-01-01. */
static int32_t hijri_day(enum calendar calendar, unsigned year, unsigned month, unsigned day)
{
    int32_t days = calendar == LUNAR ? LUNAR_EPOCH : SOLAR_EPOCH;
    for (unsigned y = 1; y < year; y++) days += calendar == LUNAR ? 354 + lunar_leap(y) : 365 + solar_leap(y);
    for (unsigned m = 1; m < month; m++) days += (int32_t)month_days(calendar, year, m);
    return days + (int32_t)day - 1;
}

static tg_err impossible(struct tg_view text, struct tg_errmsg *em)
{
    return tg_fail(em, TG_EVALUE, "impossible date '%.*s': the calendar has no such day",
                   (int)(text.bytes < 32 ? text.bytes : 32), (const char *)text.data);
}

static tg_err from_hijri(struct tg_view text, enum calendar calendar, const unsigned ymd[static 3],
                         struct tg_birth_date *made, struct tg_errmsg *em)
{
    unsigned month = ymd[1] != 0 ? ymd[1] : 1, day = ymd[2] != 0 ? ymd[2] : 1;
    if (ymd[0] < 1 || ymd[0] > 1700 || month > 12 || day > month_days(calendar, ymd[0], month))
        return impossible(text, em);
    made->date = tg_date_of_day(hijri_day(calendar, ymd[0], month, day));
    made->flags |= TG_BIRTH_HIJRI;
    if (calendar == LUNAR || ymd[2] == 0) made->flags |= TG_BIRTH_APPROXIMATE;
    if (ymd[2] == 0) made->date.day = 0;
    if (ymd[1] == 0) made->date.month = 0;
    return TG_OK;
}

static enum calendar calendar_of(const struct parts *parts, unsigned year, const char *country)
{
    if (parts->calendar != GREGORIAN || year < 1200 || year > 1500) return parts->calendar;
    char c[2] = {0};
    if (country != NULL && strlen(country) == 2)
        c[0] = tg_ascii_lower(country[0]), c[1] = tg_ascii_lower(country[1]);
    if (memcmp(c, "ir", 2) == 0 || memcmp(c, "af", 2) == 0) return SOLAR;
    return memcmp(c, "sa", 2) == 0 ? LUNAR : UNSAID;
}

tg_err tg_birth_parse(struct tg_view text, const char *country, struct tg_birth_date *out,
                      struct tg_errmsg *em)
{
    struct parts parts = {.count = 0};
    struct tg_birth_date made = {.flags = 0};
    unsigned ymd[3];
    char iso[TG_DATE_TEXT_BYTES];
    struct tg_view trimmed = tg_text_trim(text);
    if (!tg_utf8_valid(trimmed) || !parts_take(trimmed, &parts) || !order_parts(&parts, ymd, &made.flags)) {
        return tg_fail(em, TG_EFORMAT,
                       "unreadable date '%.*s': write YYYY, YYYY-MM, YYYY-MM-DD or DD.MM.YYYY",
                       (int)(text.bytes < 32 ? tg_utf8_prefix(text) : 0), (const char *)text.data);
    }
    /* 00 stands for unknown on papers, but not a month unknown with a known day. */
    if (ymd[1] > 12 || ymd[2] > 31 || (ymd[1] == 0 && ymd[2] != 0)) return impossible(trimmed, em);
    if ((ymd[1] == 1 || ymd[1] == 0) && ymd[2] == 1) made.flags |= TG_BIRTH_DEFAULT;
    enum calendar calendar = calendar_of(&parts, ymd[0], country);
    if (calendar == UNSAID) {
        return tg_fail(em, TG_EVALUE, "date '%.*s' is Hijri: write AH behind it (lunar) or SH (solar)",
                       (int)(trimmed.bytes < 32 ? trimmed.bytes : 32), (const char *)trimmed.data);
    }
    tg_err err = TG_OK;
    if (calendar != GREGORIAN) {
        err = from_hijri(trimmed, calendar, ymd, &made, em);
    } else {
        made.date = (struct tg_date){(int16_t)ymd[0], (uint8_t)ymd[1], (uint8_t)ymd[2]};
        tg_date_format(made.date, iso);
        err = ymd[0] == 0 ? impossible(trimmed, em) : tg_date_parse(tg_view_str(iso), &made.date, em);
    }
    if (err == TG_OK) *out = made;
    return err;
}
