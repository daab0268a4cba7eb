/* Machine readable zones: shapes, check digits 7-3-1, confusions undone, fields.
 *
 * Knows no issuer's own rules for numbers. [ICAO 9303-3 §4.9, -4 §4.2, -5 §4.2, -6 §4.2, -7 §4]
 */
#include "match/mrz.h"

#include "base/text.h"
#include "match/country.h"

#define ZONE_MAX 90
#define FLIPS_MAX 4 /* exchanged characters in one field */

/* A run of characters in the zone, all lines in one. */
struct span {
    uint8_t at, count;
};

/* Where the fields of a format stand. A check digit stands behind its field; composite: where it stands, 0 for none. */
struct shape {
    uint8_t chars;
    bool visa;
    struct span kind, issuer, names, number, nationality, birth, sex, expiry, optional[2];
    uint8_t composite;
    struct span covered[4]; /* by the composite, in order */
};

static const struct shape shapes[] = {
    [TG_MRZ_TD1] = {.chars = 90,
                    .kind = {0, 2},
                    .issuer = {2, 3},
                    .number = {5, 9},
                    .optional = {{15, 15}, {48, 11}},
                    .birth = {30, 6},
                    .sex = {37, 1},
                    .expiry = {38, 6},
                    .nationality = {45, 3},
                    .names = {60, 30},
                    .composite = 59,
                    .covered = {{5, 25}, {30, 7}, {38, 7}, {48, 11}}},
    [TG_MRZ_TD2] = {.chars = 72,
                    .kind = {0, 2},
                    .issuer = {2, 3},
                    .names = {5, 31},
                    .number = {36, 9},
                    .nationality = {46, 3},
                    .birth = {49, 6},
                    .sex = {56, 1},
                    .expiry = {57, 6},
                    .optional = {{64, 7}},
                    .composite = 71,
                    .covered = {{36, 10}, {49, 7}, {57, 14}}},
    [TG_MRZ_TD3] = {.chars = 88,
                    .kind = {0, 2},
                    .issuer = {2, 3},
                    .names = {5, 39},
                    .number = {44, 9},
                    .nationality = {54, 3},
                    .birth = {57, 6},
                    .sex = {64, 1},
                    .expiry = {65, 6},
                    .optional = {{72, 14}},
                    .composite = 87,
                    .covered = {{44, 10}, {57, 7}, {65, 22}}},
    [TG_MRZ_MRV_A] = {.chars = 88,
                      .visa = true,
                      .kind = {0, 2},
                      .issuer = {2, 3},
                      .names = {5, 39},
                      .number = {44, 9},
                      .nationality = {54, 3},
                      .birth = {57, 6},
                      .sex = {64, 1},
                      .expiry = {65, 6},
                      .optional = {{72, 16}}},
    [TG_MRZ_MRV_B] = {.chars = 72,
                      .visa = true,
                      .kind = {0, 2},
                      .issuer = {2, 3},
                      .names = {5, 31},
                      .number = {36, 9},
                      .nationality = {46, 3},
                      .birth = {49, 6},
                      .sex = {56, 1},
                      .expiry = {57, 6},
                      .optional = {{64, 8}}},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static bool is_space(uint32_t cp)
{
    return cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r';
}

/* Capitals, digits and fillers into zone, which has room for ZONE_MAX; the count, ZONE_MAX + 1 when there are more
 * or other characters. */
static size_t zone_take(struct tg_view text, char zone[static ZONE_MAX])
{
    size_t count = 0;
    while (text.bytes > 0) {
        uint32_t cp = tg_utf8_next(&text);
        if (is_space(cp)) continue;
        size_t times = cp == 0xAB ? 2 : 1;
        char c = cp == 0xAB ? '<' : cp < 0x80 ? (char)cp : '?';
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (!tg_ascii_is_alnum(c) && c != '<') return ZONE_MAX + 1;
        for (; times > 0; times--) {
            if (count == ZONE_MAX) return ZONE_MAX + 1;
            zone[count++] = c;
        }
    }
    return count;
}

bool tg_mrz_is_shaped(struct tg_view text)
{
    size_t fillers = 0, chars = 0;
    if (text.bytes > 2 && (text.data[0] | 0x20) == 'p' && text.data[1] == '<') return true;
    while (text.bytes > 0) {
        uint32_t cp = tg_utf8_next(&text);
        if (is_space(cp)) continue;
        fillers += cp == '<' ? 1 : cp == 0xAB ? 2 : 0;
        chars++;
    }
    return chars > 28 && fillers >= 2;
}

static unsigned value_of(char c)
{
    if (tg_ascii_is_digit(c)) return (unsigned)(c - '0');
    return c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10 : 0;
}

/* Goes on with the weights where the last span ended. */
static unsigned sum_on(const char *zone, struct span span, size_t *weight)
{
    static const unsigned weights[3] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i < span.count; i++) sum += value_of(zone[span.at + i]) * weights[(*weight)++ % 3];
    return sum;
}

static char check_of(const char *zone, struct span span)
{
    size_t weight = 0;
    return (char)('0' + sum_on(zone, span, &weight) % 10);
}

static bool all_fillers(const char *zone, struct span span)
{
    for (size_t i = 0; i < span.count; i++) {
        if (zone[span.at + i] != '<') return false;
    }
    return true;
}

static char digit_for(char c)
{
    return c == 'O' ? '0' : c == 'I' ? '1' : c;
}

static char letter_for(char c)
{
    return c == '0' ? 'O' : c == '1' ? 'I' : c;
}

static char other_for(char c)
{
    char digit = digit_for(c);
    return digit != c ? digit : letter_for(c);
}

/* Fields of one kind of character are read as that kind. */
static bool put_right(char *zone, struct span span, char (*right)(char c))
{
    bool changed = false;
    for (size_t i = 0; i < span.count; i++) {
        char c = right(zone[span.at + i]);
        changed = changed || c != zone[span.at + i];
        zone[span.at + i] = c;
    }
    return changed;
}

/* Exchange look-alikes in the field until the check digit behind it holds: the fewest exchanges decide. False when no
 * reading or several of equally few hold. Fields have at most 22 characters, of which at most 12 may look alike. */
static bool exchange(char *zone, struct span span, char expected)
{
    uint8_t alike[12];
    size_t count = 0, found = 0;
    unsigned best = 0;
    for (size_t i = 0; i < span.count; i++) {
        if (other_for(zone[span.at + i]) == zone[span.at + i]) continue;
        if (count == sizeof alike) return false;
        alike[count++] = (uint8_t)(span.at + i);
    }
    int best_flips = FLIPS_MAX;
    for (unsigned mask = 1; mask < 1U << count; mask++) {
        int flips = __builtin_popcount(mask);
        if (flips > best_flips) continue;
        char tried[ZONE_MAX];
        memcpy(tried, zone, ZONE_MAX);
        for (size_t i = 0; i < count; i++) {
            if ((mask >> i & 1) != 0) tried[alike[i]] = other_for(tried[alike[i]]);
        }
        if (check_of(tried, span) != expected) continue;
        found = flips < best_flips ? 1 : found + 1;
        best_flips = flips;
        best = mask;
    }
    if (found != 1) return false;
    for (size_t i = 0; i < count; i++) {
        if ((best >> i & 1) != 0) zone[alike[i]] = other_for(zone[alike[i]]);
    }
    return true;
}

/* The number with what runs on into the optional data when the place of its check digit has a filler [9303-5 §4.2.4];
 * tail is the part there, its check digit included. */
static struct span number_tail(const char *zone, const struct shape *shape)
{
    struct span optional = shape->optional[0], tail = {optional.at, 0};
    if (zone[shape->number.at + shape->number.count] != '<' || shape->visa || shape->chars == 88) return tail;
    while (tail.count < optional.count && zone[tail.at + tail.count] != '<') tail.count++;
    return tail;
}

static tg_err wrong(struct tg_errmsg *em, const char *what, char expected)
{
    return tg_fail(em, TG_EVALUE, "check digit of the %s in the machine readable zone is wrong: expected %c",
                   what, expected);
}

static tg_err check_number(char *zone, const struct shape *shape, bool *corrected, struct tg_errmsg *em)
{
    struct span tail = number_tail(zone, shape), whole = shape->number;
    char joined[ZONE_MAX];
    memcpy(joined, zone, ZONE_MAX);
    char *digit = &zone[whole.at + whole.count];
    if (tail.count >= 2) { /* number, its rest, check digit: laid side by side for the sum */
        memcpy(joined, zone + whole.at, whole.count);
        memcpy(joined + whole.count, zone + tail.at, (size_t)tail.count - 1);
        digit = &zone[tail.at + tail.count - 1];
        whole = (struct span){0, (uint8_t)(whole.count + tail.count - 1)};
    }
    char typed = digit_for(*digit);
    *corrected = *corrected || typed != *digit;
    *digit = typed;
    if (typed == check_of(joined, whole)) return TG_OK;
    if (!tg_ascii_is_digit(typed) || !exchange(joined, whole, typed))
        return wrong(em, "document number", check_of(joined, whole));
    *corrected = true;
    if (tail.count < 2) {
        memcpy(zone, joined, ZONE_MAX);
        return TG_OK;
    }
    memcpy(zone + shape->number.at, joined, shape->number.count);
    memcpy(zone + tail.at, joined + shape->number.count, (size_t)tail.count - 1);
    return TG_OK;
}

static tg_err check_date(const char *zone, struct span span, const char *what, bool may_be_empty,
                         struct tg_errmsg *em)
{
    char expected = check_of(zone, span), typed = zone[span.at + span.count];
    if (typed == expected || (may_be_empty && typed == '<' && all_fillers(zone, span))) return TG_OK;
    return wrong(em, what, expected);
}

static tg_err check_composite(const char *zone, const struct shape *shape, bool *corrected,
                              struct tg_errmsg *em)
{
    if (shape->composite == 0) return TG_OK;
    unsigned sum = 0;
    size_t weight = 0;
    for (size_t i = 0; i < 4; i++) sum += sum_on(zone, shape->covered[i], &weight);
    char typed = digit_for(zone[shape->composite]), expected = (char)('0' + sum % 10);
    *corrected = *corrected || typed != zone[shape->composite];
    if (typed == expected) return TG_OK;
    return wrong(em, "whole", expected);
}

/* Optional data of passports have a check digit of their own, a filler when there are none. */
static tg_err check_optional(char *zone, const struct shape *shape, bool *corrected, struct tg_errmsg *em)
{
    struct span span = shape->optional[0];
    if (shape->composite == 0 || shape->chars != 88) return TG_OK;
    char typed = digit_for(zone[span.at + span.count]), expected = check_of(zone, span);
    if (typed != expected && (typed != '<' || !all_fillers(zone, span)))
        return wrong(em, "personal number", expected);
    *corrected = *corrected || typed != zone[span.at + span.count];
    zone[span.at + span.count] = typed;
    return TG_OK;
}

static tg_err check_all(char *zone, const struct shape *shape, bool *corrected, struct tg_errmsg *em)
{
    struct span birth = shape->birth, expiry = shape->expiry;
    birth.count++; /* with their check digits */
    expiry.count++;
    *corrected = put_right(zone, birth, digit_for);
    *corrected = put_right(zone, expiry, digit_for) || *corrected;
    *corrected = put_right(zone, shape->issuer, letter_for) || *corrected;
    *corrected = put_right(zone, shape->nationality, letter_for) || *corrected;
    (void)put_right(zone, shape->names, letter_for);
    tg_err err = check_number(zone, shape, corrected, em);
    if (err == TG_OK) err = check_date(zone, shape->birth, "date of birth", true, em);
    if (err == TG_OK) err = check_date(zone, shape->expiry, "date of expiry", true, em);
    if (err == TG_OK) err = check_optional(zone, shape, corrected, em);
    if (err == TG_OK) err = check_composite(zone, shape, corrected, em);
    return err;
}

/* A span without the fillers at its end, those inside as mark; 0 drops them. */
static void field_text(const char *zone, struct span span, char mark, char *out)
{
    size_t at = strlen(out), first = at;
    for (size_t i = 0; i < span.count; i++) {
        char c = zone[span.at + i];
        if (c == '<') c = at > first ? mark : 0;
        if (c == ' ' && out[at - 1] == ' ') continue;
        if (c != 0) out[at++] = c;
    }
    while (at > first && out[at - 1] == mark) at--;
    out[at] = 0;
}

static void names_read(const char *zone, struct span span, struct tg_mrz *out)
{
    struct span surname = {span.at, 0};
    while (surname.count < span.count && memcmp(zone + surname.at + surname.count, "<<", 2) != 0) {
        surname.count++;
        if (surname.count + 1 == span.count) surname.count = span.count;
    }
    struct span given = {(uint8_t)(span.at + surname.count), (uint8_t)(span.count - surname.count)};
    field_text(zone, surname, ' ', out->surname);
    field_text(zone, given, ' ', out->given);
}

/* Two digits at zone + at; 0 where there are fillers, -1 for anything else. */
static int two_digits(const char *at)
{
    if (at[0] == '<' && at[1] == '<') return 0;
    if (!tg_ascii_is_digit(at[0]) || !tg_ascii_is_digit(at[1])) return -1;
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* Date with a two-digit year: the latest century in which it is not behind last (no date: 2069). */
static tg_err date_read(const char *zone, struct span span, struct tg_date last, const char *what,
                        struct tg_date *out, struct tg_errmsg *em)
{
    const char *at = zone + span.at;
    int year = two_digits(at), month = two_digits(at + 2), day = two_digits(at + 4);
    struct tg_date date = {0};
    if (at[0] == '<') return TG_OK;
    int limit = tg_date_known(last) ? last.year : 2069;
    bool calendar = year >= 0 && month >= 0 && day >= 0 && !(month == 0 && day != 0);
    if (calendar) {
        char iso[16];
        year += limit / 100 * 100;
        if (year > limit) year -= 100;
        date = (struct tg_date){.year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
        if (tg_date_known(last) && tg_date_first_day(date) > tg_date_last_day(last)) date.year -= 100;
        tg_date_format(date, iso);
        calendar = month <= 12 && tg_date_parse(tg_view_str(iso), &date, NULL) == TG_OK;
    }
    if (!calendar) {
        return tg_fail(em, TG_EVALUE, "%s in the machine readable zone, %.6s, is no day of the calendar",
                       what, at);
    }
    *out = date;
    return TG_OK;
}

static tg_err fields_read(const char *zone, const struct shape *shape, struct tg_date today,
                          struct tg_mrz *out, struct tg_errmsg *em)
{
    field_text(zone, shape->kind, 0, out->kind);
    field_text(zone, shape->issuer, 0, out->issuer);
    field_text(zone, shape->nationality, 0, out->nationality);
    field_text(zone, shape->number, 0, out->number);
    struct span tail = number_tail(zone, shape), optional = shape->optional[0];
    if (tail.count >= 2) {
        tail.count--;
        field_text(zone, tail, 0, out->number);
        optional.at = (uint8_t)(optional.at + tail.count + 1);
        optional.count = (uint8_t)(optional.count - tail.count - 1);
    }
    field_text(zone, optional, 0, out->optional);
    field_text(zone, shape->optional[1], 0, out->optional);
    names_read(zone, shape->names, out);
    char sex = zone[shape->sex.at];
    out->sex = sex == 'M' || sex == 'F' ? sex : 'X';
    tg_err err = date_read(zone, shape->expiry, (struct tg_date){0}, "date of expiry", &out->expiry, em);
    if (err != TG_OK) return err;
    struct tg_date last = out->expiry;
    bool earlier =
        tg_date_known(today) && (!tg_date_known(last) || tg_date_last_day(today) < tg_date_last_day(last));
    return date_read(zone, shape->birth, earlier ? today : last, "date of birth", &out->birth, em);
}

tg_err tg_mrz_read(struct tg_view text, struct tg_date today, struct tg_mrz *out, struct tg_errmsg *em)
{
    char zone[ZONE_MAX];
    size_t count = zone_take(text, zone), format = 0;
    if (count > ZONE_MAX) {
        return tg_fail(em, TG_EFORMAT,
                       "machine readable zone has over %d characters, or others than A-Z 0-9 <", ZONE_MAX);
    }
    while (format < SHAPES && (shapes[format].chars != count || shapes[format].visa != (zone[0] == 'V')))
        format++;
    if (format == SHAPES) {
        return tg_fail(em, TG_EFORMAT,
                       "machine readable zone has %zu characters: passports have 88, cards 90 or 72", count);
    }
    memset(zone + count, '<', ZONE_MAX - count);
    struct tg_mrz made = {.format = (enum tg_mrz_format)format};
    tg_err err = check_all(zone, &shapes[format], &made.corrected, em);
    if (err == TG_OK) err = fields_read(zone, &shapes[format], today, &made, em);
    if (err == TG_OK && made.number[0] == 0)
        err = tg_fail(em, TG_EVALUE, "machine readable zone has no document number");
    if (err == TG_OK) *out = made;
    return err;
}

const char *tg_mrz_country(const char *code)
{
    static const struct {
        const char *code, *country;
    } own[] = {{"GBD", "GB"}, {"GBN", "GB"}, {"GBO", "GB"}, {"GBP", "GB"}, {"GBS", "GB"}, {"RKS", "XK"}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(own[i].code, code) == 0) return own[i].country;
    }
    const struct tg_country *country = tg_country_of_code(tg_view_str(code));
    return country != NULL && strlen(code) != 2 ? country->alpha2 : "ZZ";
}
