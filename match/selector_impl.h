/* What the files of the selector families share. Not for use outside match/selector*.c.
 *
 * Knows no type. Normal forms: docs/formats-match.md.
 */
#ifndef TG_MATCH_SELECTOR_IMPL_H
#define TG_MATCH_SELECTOR_IMPL_H

#include "base/text.h"
#include "match/country.h"
#include "match/selector.h"

#define TG_SEL_SHOWN_BYTES 72

/* One value on its way. plain is the text trimmed, with full-width and Arabic-Indic characters as ASCII, every dash
 * a '-', every space a ' ', and invisible marks gone; it ends with a NUL. */
struct tg_sel_in {
    struct tg_view plain;
    const struct tg_country *country; /* the hint, or NULL */
    char shown[TG_SEL_SHOWN_BYTES];   /* for messages: no controls, cut */
};

typedef tg_err tg_sel_fn(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em);

tg_sel_fn tg_sel_phone, tg_sel_email, tg_sel_domain, tg_sel_url, tg_sel_ip, tg_sel_cidr, tg_sel_mac,
    tg_sel_asn;
tg_sel_fn tg_sel_imei, tg_sel_imsi, tg_sel_iccid, tg_sel_iban, tg_sel_bic, tg_sel_payment_card;
tg_sel_fn tg_sel_passport, tg_sel_national_id, tg_sel_plate, tg_sel_vin, tg_sel_imo, tg_sel_mmsi;
tg_sel_fn tg_sel_hash, tg_sel_crypto, tg_sel_onion, tg_sel_coordinates;
tg_sel_fn tg_sel_telegram, tg_sel_whatsapp, tg_sel_signal, tg_sel_vk, tg_sel_x, tg_sel_facebook,
    tg_sel_instagram, tg_sel_tiktok, tg_sel_handle;

/* What is written as it usually is; false: see tg_sel_by_rules, with which it always agrees. out untouched then. */
bool tg_sel_fast(enum tg_selector_type type, struct tg_view text, struct tg_selector *out);
/* As tg_selector_normalise, by the rules of the type. */
tg_err tg_sel_by_rules(enum tg_selector_type type, struct tg_view text, const char *hint_country,
                       struct tg_selector *out, struct tg_errmsg *em);

/* printf into out->form; TG_ELIMIT when it does not fit. */
tg_err tg_sel_form(struct tg_selector *out, struct tg_errmsg *em, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copy without the characters of drop, letters to upper case; TG_EFORMAT at anything but A-Z 0-9, TG_ELIMIT over
 * max. out has room for max + 1 and ends with a NUL. */
tg_err tg_sel_compact(const struct tg_sel_in *in, struct tg_view text, const char *drop, char *out,
                      size_t max, struct tg_errmsg *em);
/* As tg_sel_compact, digits only. */
tg_err tg_sel_digits(const struct tg_sel_in *in, struct tg_view text, const char *drop, char *out, size_t max,
                     struct tg_errmsg *em);
/* Take prefix off the front, ASCII case ignored. */
bool tg_sel_eat(struct tg_view *text, const char *prefix);
/* Undo the usual ways to make an address harmless: [.] (.) {.} [dot] (dot) [at] (at) [:] [/] hxxp meow. out has room
 * for TG_SELECTOR_TEXT_BYTES_MAX + 1; never longer than the text. Returns its length. */
size_t tg_sel_refang(struct tg_view text, char *out);
/* Luhn check digit that belongs behind these digits. */
char tg_luhn_digit(const char *digits, size_t count);
bool tg_sel_all_same(const char *text, size_t bytes);

#define TG_LABEL_MAX 63
/* Behind "xn--"; false when text, of max bytes, is too short. At most 256 code points, so that no delta overflows. */
bool tg_punycode_encode(const uint32_t *points, size_t count, char *text, size_t max, size_t *ret_bytes);
/* What stands behind "xn--"; false when it does not decode: other characters than a-z, 0-9 and '-', overflow, an end in
 * the middle, nothing beyond ASCII. */
bool tg_punycode_decode(struct tg_view text, uint32_t points[static TG_LABEL_MAX], size_t *ret_count);
/* A domain's labels to their A-label form, checked. out has room for 254. ret_doubt: a rule of IDNA is broken that DNS
 * does not have; em says so. */
tg_err tg_sel_host(const struct tg_sel_in *in, struct tg_view typed, char out[static 254], bool *ret_doubt,
                   struct tg_errmsg *em);
/* Whether a host's last label is a number: then it is an IPv4 address in some form or nothing. */
bool tg_host_is_numeric(struct tg_view host);
/* IPv4 as URLs allow it (decimal, octal, hexadecimal, one to four parts). */
bool tg_ip4_parse_loose(struct tg_view text, uint8_t out[static 4]);
/* Strict dotted quad. */
bool tg_ip4_parse(struct tg_view text, uint8_t out[static 4]);
bool tg_ip6_parse(struct tg_view text, uint8_t out[static 16]);
#define TG_IP_TEXT_BYTES 48
/* bytes 4 or 16; RFC 5952. */
void tg_ip_format(const uint8_t *address, size_t bytes, char out[static TG_IP_TEXT_BYTES]);

/* Keccak sponge with 256 bits out: pad 0x01 is Ethereum's Keccak-256, 0x06 SHA3-256. */
void tg_keccak256(struct tg_view data, uint8_t pad, uint8_t out[static 32]);

#endif
