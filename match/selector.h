/* Selectors: typed identifying values, each with one normal form that is the key for matching and deduplication.
 *
 * Pure: no clock, disk, network, key. Normal forms are described in docs/formats-match.md.
 */
#ifndef TG_MATCH_SELECTOR_H
#define TG_MATCH_SELECTOR_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

/* ROW(NAME, number, "name", "title for people"). The numbers go on the wire and into tokens: never change or
 * re-use one. Names are what people type and what JSON holds. */
#define TG_SELECTOR_LIST(ROW)                                          \
    ROW(PHONE, 1, "phone", "telephone number")                         \
    ROW(EMAIL, 2, "email", "e-mail address")                           \
    ROW(DOMAIN, 3, "domain", "domain name")                            \
    ROW(URL, 4, "url", "web address")                                  \
    ROW(IP, 5, "ip", "IP address")                                     \
    ROW(CIDR, 6, "cidr", "IP network")                                 \
    ROW(IMEI, 7, "imei", "handset number (IMEI)")                      \
    ROW(IMSI, 8, "imsi", "subscriber number (IMSI)")                   \
    ROW(ICCID, 9, "iccid", "SIM card number (ICCID)")                  \
    ROW(MAC, 10, "mac", "network card address (MAC)")                  \
    ROW(IBAN, 11, "iban", "bank account (IBAN)")                       \
    ROW(BIC, 12, "bic", "bank code (BIC)")                             \
    ROW(PAYMENT_CARD, 13, "payment_card", "payment card")              \
    ROW(PASSPORT, 14, "passport", "passport")                          \
    ROW(NATIONAL_ID, 15, "national_id", "identity document or number") \
    ROW(PLATE, 16, "plate", "vehicle plate")                           \
    ROW(VIN, 17, "vin", "vehicle identification number")               \
    ROW(IMO, 18, "imo", "ship number (IMO)")                           \
    ROW(MMSI, 19, "mmsi", "ship radio identity (MMSI)")                \
    ROW(HASH, 20, "hash", "file hash")                                 \
    ROW(CRYPTO, 21, "crypto", "cryptocurrency address")                \
    ROW(ONION, 22, "onion", "onion service")                           \
    ROW(TELEGRAM, 23, "telegram", "Telegram account or invitation")    \
    ROW(WHATSAPP, 24, "whatsapp", "WhatsApp account or invitation")    \
    ROW(SIGNAL, 25, "signal", "Signal account")                        \
    ROW(VK, 26, "vk", "VK account")                                    \
    ROW(X, 27, "x", "X (Twitter) account")                             \
    ROW(FACEBOOK, 28, "facebook", "Facebook account")                  \
    ROW(INSTAGRAM, 29, "instagram", "Instagram account")               \
    ROW(TIKTOK, 30, "tiktok", "TikTok account")                        \
    ROW(COORDINATES, 31, "coordinates", "place on the map")            \
    ROW(HANDLE, 32, "handle", "account on another service")            \
    ROW(ASN, 33, "asn", "autonomous system")

enum tg_selector_type {
    TG_SELECTOR_NONE = 0,
#define TG_SELECTOR_ENUM(upper, number, name, title) TG_SELECTOR_##upper = (number),
    TG_SELECTOR_LIST(TG_SELECTOR_ENUM)
#undef TG_SELECTOR_ENUM
        TG_SELECTOR_TYPES_END /* one above the highest number */
};

/* What is to be known about a form. */
enum {
    TG_SELECTOR_NOISE =
        1, /* says nothing about anyone: private address, test number, hash of the empty file */
    TG_SELECTOR_ADVISORY =
        2, /* accepted, with a doubt that the errmsg names: an advisory check digit, a guessed country */
    TG_SELECTOR_REUSED = 4, /* handed on to others over time (handles, numbers): bind hits to a period */
    TG_SELECTOR_RANDOM = 8, /* locally administered or randomised (MAC) */
    TG_SELECTOR_MASKED =
        16 /* the form hides part of the value on purpose (payment card): the text as written must not be kept */
};

/* A normalised selector. form is ASCII or UTF-8, NUL-terminated, without control characters. */
struct tg_selector {
    enum tg_selector_type type;
    uint32_t flags;
    uint16_t form_bytes;
    char form[TG_SELECTOR_FORM_BYTES_MAX + 1];
};

static inline struct tg_view tg_selector_form(const struct tg_selector *selector)
{
    return tg_view_of(selector->form, selector->form_bytes);
}

/* "phone", "telephone number"; NULL for a number that is no type. Static storage. */
const char *tg_selector_name(enum tg_selector_type type);
const char *tg_selector_title(enum tg_selector_type type);
/* The type with that number, as it came over the wire; TG_EVALUE when there is none (ret_type untouched). */
tg_err tg_selector_type_of_number(uint64_t number, enum tg_selector_type *ret_type);
/* The type with that name; TG_EVALUE with the nearest known name in the message. */
tg_err tg_selector_type_of_name(struct tg_view name, enum tg_selector_type *ret_type, struct tg_errmsg *em);

/* Bring a value as written into its normal form. A normal form is its own normal form.
 *
 * text          UTF-8, at most TG_SELECTOR_TEXT_BYTES_MAX bytes, on loan for the call
 * hint_country  ISO 3166 alpha-2 in either case, or NULL: the country whose national way of writing is meant
 * out           untouched on failure
 * em            why it was refused; with TG_OK and TG_SELECTOR_ADVISORY what is doubtful. May be NULL.
 *
 * Errors: TG_EFORMAT not shaped like the type   TG_EVALUE check digit, range, unknown prefix   TG_ELIMIT too long
 * Thread: any. No allocation. */
tg_err tg_selector_normalise(enum tg_selector_type type, struct tg_view text, const char *hint_country,
                             struct tg_selector *out, struct tg_errmsg *em);

/* All types that a typed text may plausibly be, the most telling first ("query anything"). Types with a check
 * digit or a shape of their own come before those that accept nearly anything. A prefix "type:" decides.
 * Returns the count, at most max. */
size_t tg_selector_guess(struct tg_view text, const char *hint_country, struct tg_selector out[], size_t max);

#endif
