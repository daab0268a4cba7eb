/* Papers and vehicles: passports, identity documents, plates, VIN; ships: IMO, MMSI.
 *
 * Knows issuers by ISO country only. [ISO 3779], [IMO A.1117], [ITU-R M.585]; docs/formats-match.md.
 */
#include <stdio.h>

#include "match/mrz.h"
#include "match/selector_impl.h"

#define UNKNOWN_ISSUER "ZZ" /* user-assigned in ISO 3166 */
#define NUMBER_MAX 32

/* "TJ:A123" or "TJK:A123" names its issuer; else the hint does; else nobody. */
static tg_err issuer_take(const struct tg_sel_in *in, struct tg_view *text, const char **ret_issuer,
                          struct tg_errmsg *em)
{
    const uint8_t *colon = memchr(text->data, ':', text->bytes);
    *ret_issuer = in->country != NULL ? in->country->alpha2 : UNKNOWN_ISSUER;
    if (colon == NULL) return TG_OK;
    struct tg_view code = tg_text_trim(tg_view_of(text->data, (size_t)(colon - text->data)));
    char upper[4] = "";
    if (code.bytes == 0 || code.bytes > 3) {
        return tg_fail(em, TG_EFORMAT, "issuer of '%s' is no country code such as TJ or TJK", in->shown);
    }
    for (size_t i = 0; i < code.bytes; i++) {
        char c = tg_ascii_lower((char)code.data[i]);
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : '?';
    }
    const struct tg_country *country = tg_country_of_code(tg_view_str(upper));
    if (country == NULL && strcmp(upper, UNKNOWN_ISSUER) != 0) {
        return tg_fail(em, TG_EVALUE, "issuer '%s' of '%s' is no country", upper, in->shown);
    }
    *ret_issuer = country != NULL ? country->alpha2 : UNKNOWN_ISSUER;
    *text = tg_view_of(colon + 1, text->bytes - (size_t)(colon + 1 - text->data));
    return TG_OK;
}

/* Cyrillic capitals and small letters that are drawn like Latin ones. */
static const struct {
    uint32_t from;
    char to;
} look_alikes[] = {{0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41A, 'K'}, {0x41C, 'M'},
                   {0x41D, 'H'}, {0x41E, 'O'}, {0x420, 'P'}, {0x421, 'C'}, {0x422, 'T'},
                   {0x423, 'Y'}, {0x425, 'X'}, {0x406, 'I'}, {0x405, 'S'}, {0x408, 'J'}};

/* Upper case Latin for what looks like it; other Cyrillic capitals stay; 0 for what stands on no paper. */
static uint32_t paper_letter(uint32_t cp)
{
    if (cp < 0x80) {
        char c = tg_ascii_lower((char)cp);
        if (!tg_ascii_is_alnum(c)) return 0;
        return (uint32_t)(c >= 'a' ? c - 'a' + 'A' : c);
    }
    if (cp >= 0x430 && cp <= 0x44F) cp -= 0x20;
    if (cp >= 0x450 && cp <= 0x45F) cp -= 0x50;
    for (size_t i = 0; i < sizeof look_alikes / sizeof look_alikes[0]; i++) {
        if (look_alikes[i].from == cp) return (uint32_t)look_alikes[i].to;
    }
    return cp >= 0x400 && cp <= 0x42F ? cp : 0;
}

/* Number on a paper or plate: capitals and digits, separators and fillers out. */
static tg_err paper_number(const struct tg_sel_in *in, struct tg_view text, size_t chars_min,
                           size_t chars_max, char out[static NUMBER_MAX * 2 + 1], struct tg_errmsg *em)
{
    size_t at = 0, chars = 0;
    bool digit = false;
    while (text.bytes > 0) {
        uint32_t cp = tg_utf8_next(&text);
        if (cp < 0x80 && strchr(" -./<_", (int)cp) != NULL) continue;
        if (cp == 0x2116) continue; /* № */
        uint32_t letter = paper_letter(cp);
        if (letter == 0)
            return tg_fail(em, TG_EFORMAT, "'%s' holds a character that stands on no paper", in->shown);
        if (chars == chars_max) {
            return tg_fail(em, TG_ELIMIT, "'%s' is longer than %zu characters", in->shown, chars_max);
        }
        digit = digit || (letter >= '0' && letter <= '9');
        at += tg_utf8_put(letter, (uint8_t *)out + at);
        chars++;
    }
    out[at] = 0;
    if (chars < chars_min)
        return tg_fail(em, TG_EFORMAT, "'%s' is shorter than %zu characters", in->shown, chars_min);
    if (!digit) return tg_fail(em, TG_EFORMAT, "'%s' has no digit", in->shown);
    return TG_OK;
}

static tg_err paper(const struct tg_sel_in *in, size_t chars_min, size_t chars_max, struct tg_selector *out,
                    struct tg_errmsg *em)
{
    char number[NUMBER_MAX * 2 + 1];
    const char *issuer = UNKNOWN_ISSUER;
    struct tg_view text = in->plain;
    tg_err err = issuer_take(in, &text, &issuer, em);
    if (err != TG_OK) return err;
    err = paper_number(in, text, chars_min, chars_max, number, em);
    if (err != TG_OK) return err;
    if (tg_sel_all_same(number, strlen(number))) out->flags |= TG_SELECTOR_NOISE;
    if (strcmp(issuer, UNKNOWN_ISSUER) == 0) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK, "'%s' names no issuing country: it meets only others without one",
                      in->shown);
    }
    return tg_sel_form(out, em, "%s:%s", issuer, number);
}

static tg_err zone_number(const struct tg_sel_in *in, const struct tg_mrz *mrz, size_t chars_min,
                          size_t chars_max, struct tg_selector *out, struct tg_errmsg *em)
{
    char number[NUMBER_MAX * 2 + 1];
    const char *issuer = tg_mrz_country(mrz->issuer);
    tg_err err = paper_number(in, tg_view_str(mrz->number), chars_min, chars_max, number, em);
    if (err != TG_OK) return err;
    bool specimen = strcmp(mrz->issuer, "UTO") == 0;
    if (specimen || tg_sel_all_same(number, strlen(number))) out->flags |= TG_SELECTOR_NOISE;
    if (strcmp(issuer, UNKNOWN_ISSUER) == 0) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK,
                      "issuer '%s' in the machine readable zone is no country: it meets only others "
                      "without one",
                      mrz->issuer);
    }
    if (mrz->corrected) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(
            em, TG_OK,
            "O and 0 or I and 1 exchanged in the machine readable zone, so that its check digits hold: "
            "number read as %s",
            number);
    }
    return tg_sel_form(out, em, "%s:%s", issuer, number);
}

tg_err tg_sel_passport(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_mrz mrz;
    if (!tg_mrz_is_shaped(in->plain)) return paper(in, 5, 20, out, em);
    tg_err err = tg_mrz_read(in->plain, (struct tg_date){0}, &mrz, em);
    if (err != TG_OK) return err;
    if (mrz.format == TG_MRZ_MRV_A || mrz.format == TG_MRZ_MRV_B) {
        return tg_fail(em, TG_EVALUE,
                       "machine readable zone is of a visa: give it as national_id, and the passport's own");
    }
    return zone_number(in, &mrz, 5, 20, out, em);
}

static int weighted_mod11(const char *digits, const uint8_t *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) sum += (unsigned)(digits[i] - '0') * weights[i];
    return (int)(sum % 11);
}

static bool kz_iin_holds(const char *digits)
{
    static const uint8_t first[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                         second[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2};
    int rest = weighted_mod11(digits, first, 11);
    if (rest == 10) rest = weighted_mod11(digits, second, 11);
    return rest == digits[11] - '0';
}

static bool tr_kimlik_holds(const char *digits)
{
    int odd = 0, even = 0;
    for (int i = 0; i < 9; i++) *(i % 2 == 0 ? &odd : &even) += digits[i] - '0';
    int tenth = ((odd * 7 - even) % 10 + 10) % 10;
    return digits[9] - '0' == tenth && digits[10] - '0' == (odd + even + tenth) % 10;
}

static bool ir_melli_holds(const char *digits)
{
    static const uint8_t weights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2};
    int rest = weighted_mod11(digits, weights, 9);
    return digits[9] - '0' == (rest < 2 ? rest : 11 - rest);
}

/* Personal numbers with a check digit. Other papers of these countries can have as many digits, so a failed check
 * is a doubt, not a refusal. */
static const struct {
    char issuer[3];
    uint8_t digits;
    bool (*holds)(const char *digits);
} personal_numbers[] = {{"KZ", 12, kz_iin_holds}, {"TR", 11, tr_kimlik_holds}, {"IR", 10, ir_melli_holds}};

static tg_err zone_of_card(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_mrz mrz;
    tg_err err = tg_mrz_read(in->plain, (struct tg_date){0}, &mrz, em);
    if (err != TG_OK) return err;
    if (mrz.format == TG_MRZ_TD3)
        return tg_fail(em, TG_EVALUE, "machine readable zone is of a passport: give it as passport");
    return zone_number(in, &mrz, 4, 24, out, em);
}

tg_err tg_sel_national_id(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    bool zone = tg_mrz_is_shaped(in->plain);
    tg_err err = zone ? zone_of_card(in, out, em) : paper(in, 4, 24, out, em);
    if (err != TG_OK || zone) return err;
    const char *number = out->form + 3;
    size_t digits = strspn(number, "0123456789");
    for (size_t i = 0; i < sizeof personal_numbers / sizeof personal_numbers[0]; i++) {
        bool applies = memcmp(out->form, personal_numbers[i].issuer, 2) == 0 &&
                       digits == personal_numbers[i].digits && number[digits] == 0;
        if (!applies || personal_numbers[i].holds(number)) continue;
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK, "check digit of '%s' is wrong for a personal number of %s", in->shown,
                      personal_numbers[i].issuer);
    }
    return TG_OK;
}

tg_err tg_sel_plate(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    return paper(in, 2, 12, out, em);
}

static int vin_value(char c)
{
    static const char values[] = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ";
    const char *at = strchr(values, c);
    return c == '.' || at == NULL ? -1 : (int)((at - values) % 10);
}

static char vin_check(const char *vin)
{
    static const uint8_t weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++) sum += vin_value(vin[i]) * weights[i];
    return "0123456789X"[sum % 11];
}

tg_err tg_sel_vin(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char vin[18];
    tg_err err = tg_sel_compact(in, in->plain, " -", vin, 17, em);
    if (err != TG_OK) return err;
    if (strlen(vin) != 17)
        return tg_fail(em, TG_EFORMAT, "VIN '%s' has %zu characters, not 17", in->shown, strlen(vin));
    const char *bad = strpbrk(vin, "IOQ");
    if (bad != NULL)
        return tg_fail(em, TG_EVALUE, "VIN '%s' holds '%c', which no VIN has: 1 or 0?", in->shown, *bad);
    bool north_america = vin[0] >= '1' && vin[0] <= '5';
    char expected = vin_check(vin);
    if (vin[8] != expected && north_america) {
        return tg_fail(em, TG_EVALUE, "check digit (ninth) of VIN '%s' is wrong: expected %c", in->shown,
                       expected);
    }
    if (tg_sel_all_same(vin, 17)) out->flags |= TG_SELECTOR_NOISE;
    if (vin[8] != expected) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(
            em, TG_OK,
            "ninth character of VIN '%s' is no check digit; many makers outside North America use none",
            in->shown);
    }
    return tg_sel_form(out, em, "%s", vin);
}

tg_err tg_sel_imo(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[8];
    struct tg_view text = in->plain;
    (void)tg_sel_eat(&text, "imo");
    tg_err err = tg_sel_digits(in, text, " -:.", digits, 7, em);
    if (err != TG_OK) return err;
    if (strlen(digits) != 7)
        return tg_fail(em, TG_EFORMAT, "IMO number '%s' has %zu digits, not 7", in->shown, strlen(digits));
    int sum = 0;
    for (int i = 0; i < 6; i++) sum += (digits[i] - '0') * (7 - i);
    if (sum % 10 != digits[6] - '0') {
        return tg_fail(em, TG_EVALUE, "check digit of IMO number '%s' is wrong: expected %d", in->shown,
                       sum % 10);
    }
    if (digits[0] == '0') return tg_fail(em, TG_EVALUE, "IMO number '%s' begins with 0", in->shown);
    return tg_sel_form(out, em, "%s", digits);
}

/* Where the three digits of the country stand: ships, groups, coast stations, aircraft, craft, aids. */
static const struct {
    const char *prefix;
    uint8_t mid_at; /* 0xFF: none */
} mmsi_kinds[] = {{"00", 2},     {"0", 1},      {"111", 3},    {"98", 2}, {"99", 2},
                  {"970", 0xFF}, {"972", 0xFF}, {"974", 0xFF}, {"8", 1},  {"", 0}};

tg_err tg_sel_mmsi(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[10];
    struct tg_view text = in->plain;
    (void)tg_sel_eat(&text, "mmsi");
    tg_err err = tg_sel_digits(in, text, " -:.", digits, 9, em);
    if (err != TG_OK) return err;
    if (strlen(digits) != 9)
        return tg_fail(em, TG_EFORMAT, "MMSI '%s' has %zu digits, not 9", in->shown, strlen(digits));
    size_t kind = 0;
    while (strncmp(digits, mmsi_kinds[kind].prefix, strlen(mmsi_kinds[kind].prefix)) != 0) kind++;
    if (mmsi_kinds[kind].mid_at != 0xFF) {
        const char *mid = digits + mmsi_kinds[kind].mid_at;
        int value = (mid[0] - '0') * 100 + (mid[1] - '0') * 10 + (mid[2] - '0');
        if (value < 201 || value > 775) {
            return tg_fail(em, TG_EVALUE, "MMSI '%s' names country %.3s: these run from 201 to 775",
                           in->shown, mid);
        }
    }
    if (tg_sel_all_same(digits, 9) || strcmp(digits, "123456789") == 0) out->flags |= TG_SELECTOR_NOISE;
    return tg_sel_form(out, em, "%s", digits);
}
