/* A place as latitude and longitude with an optional radius.
 *
 * Knows no map. Normal form: degrees with seven decimals, ";u=" metres as in [RFC 5870]; docs/formats-match.md.
 */
#include <inttypes.h>
#include <stdio.h>

#include "match/selector_impl.h"

#define UNIT 10000000 /* of a degree */
#define RADIUS_MAX_METRES 20000000

/* One number, scaled by UNIT and rounded down; false when there is none. */
static bool number_take(struct tg_view *text, int64_t *ret_scaled)
{
    int64_t whole = 0, part = 0, unit = UNIT;
    size_t digits = 0;
    while (text->bytes > 0 && tg_ascii_is_digit((char)text->data[0]) && digits < 9) {
        whole = whole * 10 + (text->data[0] - '0');
        text->data++, text->bytes--, digits++;
    }
    bool point = digits > 0 && (tg_sel_eat(text, "."));
    while (point && text->bytes > 0 && tg_ascii_is_digit((char)text->data[0])) {
        unit /= 10;
        part += (text->data[0] - '0') * unit;
        text->data++, text->bytes--;
    }
    *ret_scaled = whole * UNIT + part;
    return digits > 0;
}

static void skip_spaces(struct tg_view *text)
{
    while (text->bytes > 0 && text->data[0] == ' ') text->data++, text->bytes--;
}

static bool eat_any(struct tg_view *text, const char *const *marks, size_t count)
{
    skip_spaces(text);
    for (size_t i = 0; i < count; i++) {
        if (tg_sel_eat(text, marks[i])) return true;
    }
    return false;
}

/* North and east +1, south and west -1, none 0; axis 'a' for latitude, 'o' for longitude, 0 unknown. */
static int hemisphere_take(struct tg_view *text, char *ret_axis)
{
    static const struct {
        const char *mark;
        int sign;
        char axis;
    } marks[] = {{"n", 1, 'a'}, {"s", -1, 'a'}, {"e", 1, 'o'}, {"w", -1, 'o'}};
    skip_spaces(text);
    for (size_t i = 0; i < 4; i++) {
        if (!tg_sel_eat(text, marks[i].mark)) continue;
        *ret_axis = marks[i].axis;
        return marks[i].sign;
    }
    return 0;
}

/* Degrees, or degrees with minutes and seconds, with a sign or a hemisphere. */
static bool angle_take(struct tg_view *text, int64_t *ret_scaled, char *ret_axis)
{
    static const char *const degree[] = {"°", "º", "deg"}, *const minute[] = {"′", "'", "’"},
                             *const second[] = {"″", "\"", "”", "''", "′′"};
    int64_t degrees = 0, minutes = 0, seconds = 0;
    *ret_axis = 0;
    skip_spaces(text);
    int sign = hemisphere_take(text, ret_axis);
    skip_spaces(text);
    bool minus = sign < 0;
    if (sign == 0) {
        minus = tg_sel_eat(text, "-");
        if (!minus) (void)tg_sel_eat(text, "+");
    }
    if (!number_take(text, &degrees)) return false;
    if (eat_any(text, degree, 3)) {
        struct tg_view before = *text;
        skip_spaces(text);
        if (number_take(text, &minutes)) {
            if (!eat_any(text, minute, 3)) *text = before, minutes = 0;
        }
        before = *text;
        skip_spaces(text);
        if (number_take(text, &seconds)) {
            if (!eat_any(text, second, 5)) *text = before, seconds = 0;
        }
    }
    if (minutes >= (int64_t)60 * UNIT || seconds >= (int64_t)60 * UNIT) return false;
    int64_t scaled = degrees + (minutes * 60 + seconds + 1800) / 3600;
    char axis = 0;
    int behind = *ret_axis == 0 ? hemisphere_take(text, &axis) : 0;
    if (behind != 0) {
        if (minus) return false;
        minus = behind < 0;
        *ret_axis = axis;
    }
    *ret_scaled = minus ? -scaled : scaled;
    return true;
}

static tg_err radius_take(const struct tg_sel_in *in, struct tg_view *text, int64_t *ret_metres,
                          struct tg_errmsg *em)
{
    static const char *const marks[] = {";u=", ";r=", "±", "+/-", "+-", "r="};
    *ret_metres = 0;
    if (!eat_any(text, marks, sizeof marks / sizeof marks[0])) return TG_OK;
    int64_t scaled = 0;
    skip_spaces(text);
    if (!number_take(text, &scaled)) return tg_fail(em, TG_EFORMAT, "radius of '%s' is no number", in->shown);
    skip_spaces(text);
    if (tg_sel_eat(text, "km")) scaled *= 1000;
    (void)tg_sel_eat(text, "m");
    *ret_metres = (scaled + UNIT - 1) / UNIT;
    if (*ret_metres > RADIUS_MAX_METRES)
        return tg_fail(em, TG_EVALUE, "radius of '%s' is larger than the Earth", in->shown);
    return TG_OK;
}

static tg_err check_range(const struct tg_sel_in *in, int64_t latitude, int64_t longitude,
                          struct tg_errmsg *em)
{
    const int64_t right = (int64_t)90 * UNIT;
    bool latitude_high = latitude > right || latitude < -right;
    if (latitude_high && longitude <= right && longitude >= -right) {
        return tg_fail(em, TG_EVALUE,
                       "latitude of '%s' is over 90 degrees: are latitude and longitude swapped?", in->shown);
    }
    if (latitude_high || longitude > 2 * right || longitude < -2 * right) {
        return tg_fail(em, TG_EVALUE, "'%s' lies outside latitude 90 and longitude 180", in->shown);
    }
    return TG_OK;
}

static void format_degrees(int64_t scaled, char out[static 24])
{
    int64_t size = scaled < 0 ? -scaled : scaled;
    (void)snprintf(out, 24, "%s%" PRId64 ".%07" PRId64, scaled < 0 ? "-" : "", size / UNIT, size % UNIT);
}

tg_err tg_sel_coordinates(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    int64_t first = 0, second = 0, metres = 0;
    char first_axis = 0, second_axis = 0, latitude[24], longitude[24];
    (void)tg_sel_eat(&text, "geo:");
    bool read = angle_take(&text, &first, &first_axis);
    bool spaced = text.data > in->plain.data && text.data[-1] == ' '; /* the angle has eaten them */
    bool apart = read && (tg_sel_eat(&text, ",") || tg_sel_eat(&text, ";") || tg_sel_eat(&text, "/") ||
                          spaced || first_axis != 0);
    if (!apart || !angle_take(&text, &second, &second_axis)) {
        return tg_fail(em, TG_EFORMAT, "'%s' is not latitude, longitude such as 38.5597, 68.7870", in->shown);
    }
    if (first_axis == second_axis && first_axis != 0) {
        return tg_fail(em, TG_EFORMAT, "'%s' names the same axis twice", in->shown);
    }
    bool swapped = first_axis == 'o' || second_axis == 'a';
    tg_err err = radius_take(in, &text, &metres, em);
    if (err != TG_OK) return err;
    skip_spaces(&text);
    if (text.bytes > 0)
        return tg_fail(em, TG_EFORMAT, "'%s' has something behind its coordinates", in->shown);
    err = check_range(in, swapped ? second : first, swapped ? first : second, em);
    if (err != TG_OK) return err;
    format_degrees(swapped ? second : first, latitude);
    format_degrees(swapped ? first : second, longitude);
    if (first == 0 && second == 0) out->flags |= TG_SELECTOR_NOISE;
    if (metres > 0) return tg_sel_form(out, em, "%s,%s;u=%" PRId64, latitude, longitude, metres);
    return tg_sel_form(out, em, "%s,%s", latitude, longitude);
}
