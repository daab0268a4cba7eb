/* Numbers with check digits: handsets, SIM cards, bank accounts, payment cards.
 *
 * Knows no operator or bank. [3GPP 23.003], [E.118], [ISO 13616], [ISO 9362], [ISO 7812]; docs/formats-match.md.
 */
#include "crypto/hash.h"
#include "match/selector_impl.h"

static tg_err check_luhn(const struct tg_sel_in *in, const char *what, const char *digits, size_t count,
                         struct tg_errmsg *em)
{
    char expected = tg_luhn_digit(digits, count - 1);
    if (digits[count - 1] == expected) return TG_OK;
    return tg_fail(em, TG_EVALUE, "check digit of %s '%s' is wrong: expected %c", what, in->shown, expected);
}

/* 15 digits end in a check digit, 16 in a software version; 14 have neither. */
tg_err tg_sel_imei(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[17];
    struct tg_view text = in->plain;
    (void)tg_sel_eat(&text, "imei");
    tg_err err = tg_sel_digits(in, text, " -./:", digits, 16, em);
    if (err != TG_OK) return err;
    size_t count = strlen(digits);
    if (count < 14)
        return tg_fail(em, TG_EFORMAT, "IMEI '%s' has %zu digits, not 14 to 16", in->shown, count);
    if (count == 15) err = check_luhn(in, "IMEI", digits, count, em);
    if (err != TG_OK) return err;
    digits[14] = 0;
    bool test = memcmp(digits, "00", 2) == 0 || tg_sel_all_same(digits + 8, 6) || tg_sel_all_same(digits, 8);
    if (test) out->flags |= TG_SELECTOR_NOISE;
    return tg_sel_form(out, em, "%s", digits);
}

/* Country codes of [E.212] in use; bit n of word w: code 200 + 64 w + n. */
static bool mcc_in_use(unsigned code)
{
    static const uint64_t in_use[9] = {0x5a85d54dd67d7154, 0x0017d042f75d5554, 0x0001557d55555454,
                                       0xd40375ff7ff47700, 0x0c42400000014c33, 0x0000000ffffb0521,
                                       0xeffffffffffc0000, 0x5540000000000eff, 0x0000005555541415};
    return code >= 200 && code < 776 && ((in_use[(code - 200) / 64] >> (code - 200) % 64) & 1) != 0;
}

tg_err tg_sel_imsi(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[16];
    struct tg_view text = in->plain;
    (void)tg_sel_eat(&text, "imsi");
    tg_err err = tg_sel_digits(in, text, " -./:", digits, 15, em);
    if (err != TG_OK) return err;
    size_t count = strlen(digits);
    if (count < 14)
        return tg_fail(em, TG_EFORMAT, "IMSI '%s' has %zu digits, not 14 or 15", in->shown, count);
    bool test = memcmp(digits, "001", 3) == 0 || memcmp(digits, "999", 3) == 0;
    bool country = (digits[0] >= '2' && digits[0] <= '7') || memcmp(digits, "901", 3) == 0;
    if (!test && !country) {
        return tg_fail(em, TG_EVALUE, "IMSI '%s' begins with %.3s: no country has that code", in->shown,
                       digits);
    }
    if (test || tg_sel_all_same(digits + 5, count - 5)) out->flags |= TG_SELECTOR_NOISE;
    unsigned code = (unsigned)((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0');
    if (!test && code != 901 && !mcc_in_use(code)) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK, "IMSI '%s' begins with %.3s, which no country is known to use", in->shown,
                      digits);
    }
    return tg_sel_form(out, em, "%s", digits);
}

/* 18 digits lack the check digit: it is put on. */
tg_err tg_sel_iccid(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[22];
    struct tg_view text = tg_text_trim(in->plain);
    (void)tg_sel_eat(&text, "iccid");
    while (text.bytes > 0 && (text.data[text.bytes - 1] | 0x20) == 'f') text.bytes--; /* filler of the chip */
    tg_err err = tg_sel_digits(in, text, " -./:", digits, 20, em);
    if (err != TG_OK) return err;
    size_t count = strlen(digits);
    if (count < 18)
        return tg_fail(em, TG_EFORMAT, "ICCID '%s' has %zu digits, not 18 to 20", in->shown, count);
    if (memcmp(digits, "89", 2) != 0) {
        return tg_fail(em, TG_EVALUE, "ICCID '%s' does not begin with 89, as all of telephony do", in->shown);
    }
    if (count == 18) {
        digits[18] = tg_luhn_digit(digits, 18);
        digits[19] = 0;
    } else {
        err = check_luhn(in, "ICCID", digits, count, em);
    }
    if (err != TG_OK) return err;
    return tg_sel_form(out, em, "%s", digits);
}

static unsigned mod97(const char *text, size_t bytes)
{
    unsigned rest = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (tg_ascii_is_digit(c)) {
            rest = (rest * 10 + (unsigned)(c - '0')) % 97;
        } else {
            rest = (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
        }
    }
    return rest;
}

static unsigned iban_check(const char *iban)
{
    char turned[40];
    size_t bytes = strlen(iban);
    memcpy(turned, iban + 4, bytes - 4);
    memcpy(turned + bytes - 4, iban, 2);
    memcpy(turned + bytes - 2, "00", 2);
    return 98 - mod97(turned, bytes);
}

tg_err tg_sel_iban(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char iban[36];
    struct tg_view text = in->plain;
    (void)tg_sel_eat(&text, "iban");
    tg_err err = tg_sel_compact(in, text, " -.:", iban, 34, em);
    if (err != TG_OK) return err;
    size_t bytes = strlen(iban);
    if (bytes < 5) return tg_fail(em, TG_EFORMAT, "IBAN '%s' is too short", in->shown);
    const struct tg_country *country = tg_country_of_code(tg_view_of(iban, 2));
    if (country == NULL || country->iban_chars == 0) {
        return tg_fail(em, TG_EVALUE, "IBAN '%s' begins with '%.2s': no country with IBANs", in->shown, iban);
    }
    if (bytes != country->iban_chars) {
        return tg_fail(em, TG_EVALUE, "IBAN '%s' has %zu characters; those of %s have %u", in->shown, bytes,
                       country->alpha2, country->iban_chars);
    }
    if (!tg_ascii_is_digit(iban[2]) || !tg_ascii_is_digit(iban[3])) {
        return tg_fail(em, TG_EFORMAT, "IBAN '%s' has no two check digits behind the country", in->shown);
    }
    unsigned expected = iban_check(iban), typed = (unsigned)(iban[2] - '0') * 10 + (unsigned)(iban[3] - '0');
    if (expected != typed) {
        return tg_fail(em, TG_EVALUE, "check digits of IBAN '%s' are wrong: expected %02u", in->shown,
                       expected);
    }
    return tg_sel_form(out, em, "%s", iban);
}

/* A head office is written with eight letters or with XXX behind: one form. */
tg_err tg_sel_bic(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char bic[12];
    tg_err err = tg_sel_compact(in, in->plain, " -", bic, 11, em);
    if (err != TG_OK) return err;
    size_t bytes = strlen(bic);
    if (bytes != 8 && bytes != 11) {
        return tg_fail(em, TG_EFORMAT, "BIC '%s' has %zu characters, not 8 or 11", in->shown, bytes);
    }
    for (size_t i = 0; i < 6; i++) {
        if (tg_ascii_is_digit(bic[i]))
            return tg_fail(em, TG_EFORMAT, "BIC '%s' has a digit in its first six", in->shown);
    }
    if (tg_country_of_code(tg_view_of(bic + 4, 2)) == NULL) {
        return tg_fail(em, TG_EVALUE, "BIC '%s' names '%.2s': no country", in->shown, bic + 4);
    }
    if (bytes == 11 && memcmp(bic + 8, "XXX", 3) == 0) bic[8] = 0;
    if (bic[7] == '0') out->flags |= TG_SELECTOR_NOISE; /* test bank */
    return tg_sel_form(out, em, "%s", bic);
}

#define CARD_HEAD 6
#define CARD_TAIL 4
#define CARD_HIDDEN_FOR_TAG 5 /* with fewer hidden digits a tag would give the number away */

static bool card_is_test(const char *digits)
{
    static const char *const tests[] = {"4111111111111111", "4242424242424242", "5555555555554444",
                                        "378282246310005",  "6011111111111117", "4012888888881881",
                                        "371449635398431",  "5105105105105100"};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (strcmp(digits, tests[i]) == 0) return true;
    }
    return tg_sel_all_same(digits, strlen(digits));
}

/* "411111******1111~a7", the form itself, as it came from a partner. */
static bool is_masked_card(struct tg_view text)
{
    size_t stars = 0, at = CARD_HEAD;
    if (text.bytes < CARD_HEAD + CARD_TAIL + 2) return false;
    while (at + stars < text.bytes && text.data[at + stars] == '*') stars++;
    size_t tail = at + stars, total = CARD_HEAD + stars + CARD_TAIL;
    bool tagged = stars >= CARD_HIDDEN_FOR_TAG;
    if (stars < 2 || total > 19 || text.bytes != total + (tagged ? 3 : 0)) return false;
    for (size_t i = 0; i < total; i++) {
        if ((i < CARD_HEAD || i >= tail) && !tg_ascii_is_digit((char)text.data[i])) return false;
    }
    uint8_t tag;
    return !tagged ||
           (text.data[total] == '~' && tg_hex_decode(tg_view_of(text.data + total + 1, 2), &tag, 1) == TG_OK);
}

/* The number is never kept. Eight bits of hash tell most cards with equal ends apart, and leave some four hundred
 * numbers possible for a sixteen-digit card; a longer unkeyed hash could be searched through in a second. */
tg_err tg_sel_payment_card(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char digits[20], tag[4] = "";
    out->flags |= TG_SELECTOR_MASKED;
    if (is_masked_card(in->plain)) return tg_sel_form(out, em, "%.*s", TG_VIEW_PRINT(in->plain));
    tg_err err = tg_sel_digits(in, in->plain, " -.", digits, 19, em);
    if (err != TG_OK) return tg_fail(em, err, "payment card is no number of 12 to 19 digits");
    size_t count = strlen(digits);
    if (count < 12) return tg_fail(em, TG_EFORMAT, "payment card has %zu digits, not 12 to 19", count);
    if (tg_luhn_digit(digits, count - 1) != digits[count - 1]) {
        return tg_fail(em, TG_EVALUE, "check digit of payment card ending '%s' is wrong",
                       digits + count - CARD_TAIL);
    }
    if (card_is_test(digits)) out->flags |= TG_SELECTOR_NOISE;
    size_t hidden = count - CARD_HEAD - CARD_TAIL;
    if (hidden >= CARD_HIDDEN_FOR_TAG) {
        struct tg_hash hash;
        tg_sha256_labelled("tamga/payment-card/v1", tg_view_of(digits, count), &hash);
        tag[0] = '~';
        tg_hex_encode(hash.bytes, 1, tag + 1);
    }
    return tg_sel_form(out, em, "%.6s%.*s%s%s", digits, (int)hidden, "*********", digits + count - CARD_TAIL,
                       tag);
}
