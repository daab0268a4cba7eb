/* Telephone numbers to E.164.
 *
 * Knows the numbering plans by dialling code and length only. Normal form: '+' and digits (docs/formats-match.md).
 */
#include "match/selector_impl.h"

#define DIGITS_MAX 15 /* [E.164 §6.1] */
#define TYPED_MAX 24

struct phone {
    char digits[TYPED_MAX + 1];
    size_t count;
    bool plus, extension;
};

/* Where an extension begins, or the whole length. */
static size_t extension_at(struct tg_view text)
{
    static const char *const marks[] = {";ext=", "ext", "доб", "x", "#", ";"};
    for (size_t at = 1; at < text.bytes; at++) {
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
            struct tg_view rest = tg_view_of(text.data + at, text.bytes - at);
            if (tg_sel_eat(&rest, marks[i])) return at;
        }
    }
    return text.bytes;
}

static tg_err phone_read(const struct tg_sel_in *in, struct tg_view text, struct phone *phone,
                         struct tg_errmsg *em)
{
    size_t end = extension_at(text);
    phone->extension = end < text.bytes;
    text.bytes = end;
    while (text.bytes > 0) {
        if (phone->count > 0 && tg_sel_eat(&text, "(0)")) continue;
        char c = (char)text.data[0];
        text.data++;
        text.bytes--;
        if (strchr(" -./()", c) != NULL) continue;
        if (c == '+' && phone->count == 0) {
            phone->plus = true;
            continue;
        }
        if (!tg_ascii_is_digit(c)) {
            return tg_fail(em, TG_EFORMAT, "phone '%s' holds something else than digits", in->shown);
        }
        if (phone->count == TYPED_MAX)
            return tg_fail(em, TG_ELIMIT, "phone '%s' has too many digits", in->shown);
        phone->digits[phone->count++] = c;
    }
    if (phone->count == 0) return tg_fail(em, TG_EFORMAT, "phone '%s' has no digits", in->shown);
    return TG_OK;
}

static void phone_drop(struct phone *phone, size_t count)
{
    memmove(phone->digits, phone->digits + count, phone->count - count + 1);
    phone->count -= count;
}

/* The dialling code at the front, 0 when none is assigned; no code is the beginning of another. */
static unsigned dial_of(const char *digits, size_t count, size_t *ret_digits, uint32_t *ret_lengths,
                        const char **ret_trunk)
{
    unsigned dial = 0;
    if (digits[0] == '0') return 0;
    for (size_t i = 0; i < 3 && i < count; i++) {
        dial = dial * 10 + (unsigned)(digits[i] - '0');
        uint32_t lengths = tg_country_dial_lengths(dial, ret_trunk);
        if (lengths == 0) continue;
        *ret_digits = i + 1;
        *ret_lengths = lengths;
        return dial;
    }
    return 0;
}

static bool fits(uint32_t lengths, size_t count)
{
    return count <= DIGITS_MAX && ((lengths >> count) & 1) != 0;
}

static tg_err phone_form(struct phone *phone, struct tg_selector *out, struct tg_errmsg *em)
{
    size_t dial_digits = 0;
    uint32_t lengths = 0;
    (void)dial_of(phone->digits, phone->count, &dial_digits, &lengths, NULL);
    if (tg_sel_all_same(phone->digits + dial_digits, phone->count - dial_digits))
        out->flags |= TG_SELECTOR_NOISE;
    out->flags |= TG_SELECTOR_REUSED;
    return tg_sel_form(out, em, "+%s", phone->digits);
}

static tg_err international(const struct tg_sel_in *in, struct phone *phone, struct tg_selector *out,
                            struct tg_errmsg *em)
{
    size_t dial_digits = 0;
    uint32_t lengths = 0;
    const char *trunk = "";
    unsigned dial = dial_of(phone->digits, phone->count, &dial_digits, &lengths, &trunk);
    if (dial == 0) {
        return tg_fail(em, TG_EVALUE, "phone '%s' begins with no dialling code that is in use", in->shown);
    }
    size_t national = phone->count - dial_digits;
    while (strcmp(trunk, "0") == 0 && national > 1 && phone->digits[dial_digits] == '0' &&
        fits(lengths, national - 1)) {
        memmove(phone->digits + dial_digits, phone->digits + dial_digits + 1, national);
        phone->count--;
        national--;
    }
    /* "+7 8 800 ...": the trunk digits left in where nothing else fits. */
    size_t extra = strlen(trunk);
    if (!fits(lengths, national) && extra > 0 && national > extra && fits(lengths, national - extra) &&
        memcmp(phone->digits + dial_digits, trunk, extra) == 0) {
        memmove(phone->digits + dial_digits, phone->digits + dial_digits + extra, national - extra + 1);
        phone->count -= extra;
        national -= extra;
    }
    if (!fits(lengths, national) || phone->count > DIGITS_MAX) {
        return tg_fail(em, TG_EVALUE, "phone '%s' has %zu digits behind +%u: no number there is that long",
                       in->shown, national, dial);
    }
    return phone_form(phone, out, em);
}

/* Put the country's dialling code before its national digits. */
static tg_err national(const struct tg_country *country, struct phone *phone, struct tg_selector *out,
                       struct tg_errmsg *em)
{
    char code[4];
    size_t code_digits = 0;
    for (unsigned left = country->dial; left > 0; left /= 10) code_digits++;
    unsigned left = country->dial;
    for (size_t i = code_digits; i-- > 0; left /= 10) code[i] = (char)('0' + left % 10);
    if (phone->count + code_digits > DIGITS_MAX) {
        return tg_fail(em, TG_EVALUE, "phone number has more than %d digits", DIGITS_MAX);
    }
    memmove(phone->digits + code_digits, phone->digits, phone->count + 1);
    memcpy(phone->digits, code, code_digits);
    phone->count += code_digits;
    return phone_form(phone, out, em);
}

static bool begins_with_dial(const struct phone *phone, const struct tg_country *country)
{
    size_t dial_digits = 0;
    uint32_t lengths = 0;
    unsigned dial = dial_of(phone->digits, phone->count, &dial_digits, &lengths, NULL);
    return dial == country->dial && fits(country->national_lengths, phone->count - dial_digits);
}

/* Without '+': the country's own writing first, then an international number whose '+' was left out. */
static tg_err guessed(const struct tg_sel_in *in, struct phone *phone, struct tg_selector *out,
                      struct tg_errmsg *em)
{
    const struct tg_country *country = in->country != NULL && in->country->dial != 0 ? in->country : NULL;
    if (country != NULL) {
        size_t trunk = strlen(country->trunk);
        bool dialled = trunk > 0 && phone->count > trunk && memcmp(phone->digits, country->trunk, trunk) == 0;
        if (dialled && fits(country->national_lengths, phone->count - trunk)) {
            phone_drop(phone, trunk);
            return national(country, phone, out, em);
        }
        if (begins_with_dial(phone, country)) return phone_form(phone, out, em);
        if (fits(country->national_lengths, phone->count)) return national(country, phone, out, em);
    }
    if (phone->count < 11) {
        if (country != NULL) {
            return tg_fail(em, TG_EVALUE,
                           "phone '%s' is no number of %s: write it with + and the dialling code", in->shown,
                           country->alpha2);
        }
        return tg_fail(em, TG_EVALUE,
                       "phone '%s' has no dialling code: write + and the code, or name the country",
                       in->shown);
    }
    tg_err err = international(in, phone, out, em);
    if (err != TG_OK) return err;
    out->flags |= TG_SELECTOR_ADVISORY;
    (void)tg_fail(em, TG_OK, "phone '%s' has no +, read as +%s", in->shown, phone->digits);
    return TG_OK;
}

tg_err tg_sel_phone(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    struct phone phone = {.count = 0};
    (void)tg_sel_eat(&text, "tel:");
    tg_err err = phone_read(in, text, &phone, em);
    if (err != TG_OK) return err;
    if (!phone.plus) {
        static const char *const prefixes[] = {"00", "810", "011"};
        for (size_t i = 0; i < 3; i++) {
            bool here = i == 0 || (in->country != NULL && in->country->trunk[0] == (i == 1 ? '8' : '1'));
            size_t bytes = strlen(prefixes[i]);
            if (!here || phone.count < bytes + (i == 0 ? 5 : 8) ||
                memcmp(phone.digits, prefixes[i], bytes) != 0)
                continue;
            phone_drop(&phone, bytes);
            phone.plus = true;
            break;
        }
    }
    err = phone.plus ? international(in, &phone, out, em) : guessed(in, &phone, out, em);
    if (err != TG_OK || !phone.extension) return err;
    out->flags |= TG_SELECTOR_ADVISORY;
    (void)tg_fail(em, TG_OK, "extension of phone '%s' left out", in->shown);
    return TG_OK;
}
