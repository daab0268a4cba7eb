/* Selector types by number and name, the way of a value to its normal form, and guessing what a text may be.
 *
 * Knows no family's rules: those are in selector_*.c. Normal forms: docs/formats-match.md.
 */
#include "match/mrz.h"
#include "match/selector_impl.h"

/* How a type joins in guessing. */
enum guess {
    GUESS_NEVER,  /* accepts nearly anything: only by its prefix */
    GUESS_SHAPE,  /* its shape or check digit speaks for it */
    GUESS_LINK,   /* only where the text begins with "@" or names the service */
    GUESS_ISSUED, /* papers: five or more characters with a digit, and nothing of better shape required */
};

struct row {
    tg_sel_fn *normalise;
    enum guess guess;
    const char *service; /* for GUESS_LINK: what its links hold */
};

static const struct {
    const char *name, *title;
} words[TG_SELECTOR_TYPES_END] = {
#define WORDS(upper, number, name, title) [TG_SELECTOR_##upper] = {name, title},
    TG_SELECTOR_LIST(WORDS)
#undef WORDS
};

#define ROW(upper, lower, how, host) [TG_SELECTOR_##upper] = {tg_sel_##lower, how, host}
static const struct row rows[TG_SELECTOR_TYPES_END] = {
    ROW(PHONE, phone, GUESS_SHAPE, NULL),
    ROW(EMAIL, email, GUESS_SHAPE, NULL),
    ROW(DOMAIN, domain, GUESS_SHAPE, NULL),
    ROW(URL, url, GUESS_SHAPE, NULL),
    ROW(IP, ip, GUESS_SHAPE, NULL),
    ROW(CIDR, cidr, GUESS_SHAPE, NULL),
    ROW(IMEI, imei, GUESS_SHAPE, NULL),
    ROW(IMSI, imsi, GUESS_SHAPE, NULL),
    ROW(ICCID, iccid, GUESS_SHAPE, NULL),
    ROW(MAC, mac, GUESS_SHAPE, NULL),
    ROW(IBAN, iban, GUESS_SHAPE, NULL),
    ROW(BIC, bic, GUESS_SHAPE, NULL),
    ROW(PAYMENT_CARD, payment_card, GUESS_SHAPE, NULL),
    ROW(PASSPORT, passport, GUESS_ISSUED, NULL),
    ROW(NATIONAL_ID, national_id, GUESS_ISSUED, NULL),
    ROW(PLATE, plate, GUESS_ISSUED, NULL),
    ROW(VIN, vin, GUESS_SHAPE, NULL),
    ROW(IMO, imo, GUESS_SHAPE, NULL),
    ROW(MMSI, mmsi, GUESS_SHAPE, NULL),
    ROW(HASH, hash, GUESS_SHAPE, NULL),
    ROW(CRYPTO, crypto, GUESS_SHAPE, NULL),
    ROW(ONION, onion, GUESS_SHAPE, NULL),
    ROW(TELEGRAM, telegram, GUESS_LINK, "t.me/|telegram.|tg://"),
    ROW(WHATSAPP, whatsapp, GUESS_LINK, "wa.me/|whatsapp."),
    ROW(SIGNAL, signal, GUESS_LINK, "signal.group"),
    ROW(VK, vk, GUESS_LINK, "vk.com/|vk.ru/|vkontakte."),
    ROW(X, x, GUESS_LINK, "twitter.com/|/x.com/|x.com/"),
    ROW(FACEBOOK, facebook, GUESS_LINK, "facebook.com/|fb.com/|fb.me/"),
    ROW(INSTAGRAM, instagram, GUESS_LINK, "instagram.com/|instagr.am/"),
    ROW(TIKTOK, tiktok, GUESS_LINK, "tiktok.com/"),
    ROW(COORDINATES, coordinates, GUESS_SHAPE, NULL),
    ROW(HANDLE, handle, GUESS_NEVER, NULL),
    ROW(ASN, asn, GUESS_SHAPE, NULL),
};

/* The most telling first. */
static const enum tg_selector_type guess_order[] = {
    TG_SELECTOR_ONION,  TG_SELECTOR_TELEGRAM,    TG_SELECTOR_WHATSAPP,    TG_SELECTOR_SIGNAL,
    TG_SELECTOR_VK,     TG_SELECTOR_X,           TG_SELECTOR_FACEBOOK,    TG_SELECTOR_INSTAGRAM,
    TG_SELECTOR_TIKTOK, TG_SELECTOR_EMAIL,       TG_SELECTOR_CRYPTO,      TG_SELECTOR_IBAN,
    TG_SELECTOR_HASH,   TG_SELECTOR_CIDR,        TG_SELECTOR_IP,          TG_SELECTOR_URL,
    TG_SELECTOR_DOMAIN, TG_SELECTOR_COORDINATES, TG_SELECTOR_MAC,         TG_SELECTOR_IMEI,
    TG_SELECTOR_ICCID,  TG_SELECTOR_PHONE,       TG_SELECTOR_IMSI,        TG_SELECTOR_PAYMENT_CARD,
    TG_SELECTOR_VIN,    TG_SELECTOR_MMSI,        TG_SELECTOR_IMO,         TG_SELECTOR_ASN,
    TG_SELECTOR_BIC,    TG_SELECTOR_PASSPORT,    TG_SELECTOR_NATIONAL_ID, TG_SELECTOR_PLATE};

static const struct row *row_of(enum tg_selector_type type)
{
    unsigned number = (unsigned)type;
    return number < TG_SELECTOR_TYPES_END && rows[number].normalise != NULL ? &rows[number] : NULL;
}

const char *tg_selector_name(enum tg_selector_type type)
{
    const struct row *row = row_of(type);
    return row != NULL ? words[type].name : NULL;
}

const char *tg_selector_title(enum tg_selector_type type)
{
    const struct row *row = row_of(type);
    return row != NULL ? words[type].title : NULL;
}

tg_err tg_selector_type_of_number(uint64_t number, enum tg_selector_type *ret_type)
{
    if (number >= TG_SELECTOR_TYPES_END || rows[number].normalise == NULL) return TG_EVALUE;
    *ret_type = (enum tg_selector_type)number;
    return TG_OK;
}

tg_err tg_selector_type_of_name(struct tg_view name, enum tg_selector_type *ret_type, struct tg_errmsg *em)
{
    const char *names[TG_SELECTOR_TYPES_END];
    size_t count = 0;
    for (unsigned i = 0; i < TG_SELECTOR_TYPES_END; i++) {
        if (words[i].name == NULL) continue;
        if (tg_view_equal_str(name, words[i].name)) {
            *ret_type = (enum tg_selector_type)i;
            return TG_OK;
        }
        names[count++] = words[i].name;
    }
    char typed[32];
    size_t bytes = name.bytes < sizeof typed - 1 ? name.bytes : sizeof typed - 1;
    memcpy(typed, name.data, bytes);
    typed[bytes] = 0;
    const char *nearest = tg_text_nearest(typed, names, count);
    if (nearest == NULL) return tg_fail(em, TG_EVALUE, "unknown selector type '%s'", typed);
    return tg_fail(em, TG_EVALUE, "unknown selector type '%s': did you mean '%s'?", typed, nearest);
}

/* What a code point becomes in plain text; 0: nothing. Eastern digits are read as ours, but not in names, which can be
 * registered with them. */
static uint32_t plain_of(uint32_t cp, bool name)
{
    if (cp >= 0x660 && cp <= 0x669) return name ? cp : cp - 0x660 + '0';
    if (cp >= 0x6F0 && cp <= 0x6F9) return name ? cp : cp - 0x6F0 + '0';
    if (cp >= 0xFF01 && cp <= 0xFF5E) return cp - 0xFF01 + '!';
    if (cp == 0xA0 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x202F || cp == 0x205F || cp == 0x3000)
        return ' ';
    if (cp >= 0x09 && cp <= 0x0D) return ' ';
    if ((cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212 || cp == 0xFE63) return '-';
    if (cp == 0x2018 || cp == 0x2019 || cp == 0x2BC) return '\'';
    if (cp == 0x60C) return ',';
    bool invisible = cp == 0xAD || cp == 0x61C || (cp >= 0x200B && cp <= 0x200F) ||
                     (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF ||
                     (cp >= 0xFE00 && cp <= 0xFE0F);
    return invisible ? 0 : cp;
}

/* Zero-width joiners are part of words in some scripts: they stay between two characters from Hebrew on. */
static bool joins(uint32_t before, uint32_t cp, struct tg_view rest)
{
    return cp >= 0x200C && cp <= 0x200D && before >= 0x590 && tg_utf8_next(&rest) >= 0x590;
}

static tg_err make_plain(struct tg_view text, const char *name, bool is_name,
                         char out[static TG_SELECTOR_TEXT_BYTES_MAX + 1], struct tg_view *ret_plain,
                         struct tg_errmsg *em)
{
    if (text.bytes > TG_SELECTOR_TEXT_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "%s has %zu bytes, more than %d", name, text.bytes,
                       TG_SELECTOR_TEXT_BYTES_MAX);
    }
    if (!tg_utf8_valid(text)) return tg_fail(em, TG_EFORMAT, "%s is not valid UTF-8", name);
    size_t at = 0;
    uint32_t before = 0;
    while (text.bytes > 0) {
        uint32_t typed = tg_utf8_next(&text),
                 cp = is_name && joins(before, typed, text) ? typed : plain_of(typed, is_name);
        if (cp == 0) continue;
        before = cp;
        if (cp < ' ' || (cp >= 0x7F && cp < 0xA0)) {
            return tg_fail(em, TG_EFORMAT, "%s holds a control character", name);
        }
        at += tg_utf8_put(cp, (uint8_t *)out + at);
    }
    struct tg_view plain = tg_text_trim(tg_view_of(out, at));
    if (plain.bytes == 0) return tg_fail(em, TG_EFORMAT, "%s is empty", name);
    size_t front = (size_t)(plain.data - (const uint8_t *)out);
    out[front + plain.bytes] = 0;
    *ret_plain = plain;
    return TG_OK;
}

static void make_shown(struct tg_view plain, char out[static TG_SEL_SHOWN_BYTES])
{
    size_t at = 0;
    while (plain.bytes > 0 && at + 8 < TG_SEL_SHOWN_BYTES) {
        uint32_t cp = tg_utf8_next(&plain);
        at += tg_utf8_put(cp == '\'' ? '`' : cp, (uint8_t *)out + at);
    }
    if (plain.bytes > 0) {
        memcpy(out + at, "...", 3);
        at += 3;
    }
    out[at] = 0;
}

static const struct tg_country *hint_of(const char *hint_country)
{
    if (hint_country == NULL || strlen(hint_country) != 2) return NULL;
    char upper[2];
    for (int i = 0; i < 2; i++) {
        char c = tg_ascii_lower(hint_country[i]);
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : '?';
    }
    return tg_country_of_code(tg_view_of(upper, 2));
}

tg_err tg_selector_normalise(enum tg_selector_type type, struct tg_view text, const char *hint_country,
                             struct tg_selector *out, struct tg_errmsg *em)
{
    return tg_sel_fast(type, text, out) ? TG_OK : tg_sel_by_rules(type, text, hint_country, out, em);
}

tg_err tg_sel_by_rules(enum tg_selector_type type, struct tg_view text, const char *hint_country,
                       struct tg_selector *out, struct tg_errmsg *em)
{
    char plain[TG_SELECTOR_TEXT_BYTES_MAX + 1];
    const struct row *row = row_of(type);
    if (row == NULL) return tg_fail(em, TG_EVALUE, "selector type %u is unknown", (unsigned)type);
    struct tg_sel_in in = {.country = hint_of(hint_country)};
    bool is_name = type == TG_SELECTOR_DOMAIN || type == TG_SELECTOR_EMAIL || type == TG_SELECTOR_URL;
    tg_err err = make_plain(text, words[type].title, is_name, plain, &in.plain, em);
    if (err != TG_OK) return err;
    make_shown(in.plain, in.shown);
    struct tg_selector made = {.type = type};
    struct tg_errmsg said = {.text = ""};
    err = row->normalise(&in, &made, &said);
    if (em != NULL && (err != TG_OK || (made.flags & TG_SELECTOR_ADVISORY) != 0)) *em = said;
    if (err == TG_OK) *out = made;
    return err;
}

static bool holds(struct tg_view text, struct tg_view part)
{
    for (size_t at = 0; at + part.bytes <= text.bytes; at++) {
        size_t i = 0;
        while (i < part.bytes && tg_ascii_lower((char)text.data[at + i]) == (char)part.data[i]) i++;
        if (i == part.bytes) return true;
    }
    return false;
}

/* Any of the parts that '|' separates. */
static bool holds_any(struct tg_view text, const char *parts)
{
    while (*parts != 0) {
        size_t bytes = strcspn(parts, "|");
        if (holds(text, tg_view_of(parts, bytes))) return true;
        parts += bytes + (parts[bytes] == '|');
    }
    return false;
}

static size_t count_digits(struct tg_view text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.bytes; i++) digits += tg_ascii_is_digit((char)text.data[i]) ? 1 : 0;
    return digits;
}

/* What normalisation alone would let through too easily. */
static bool plausible(enum tg_selector_type type, const struct row *row, struct tg_view text)
{
    bool at_front = text.bytes > 0 && text.data[0] == '@';
    if (row->guess == GUESS_NEVER) return false;
    if (row->guess == GUESS_LINK) {
        bool number_service = type == TG_SELECTOR_WHATSAPP || type == TG_SELECTOR_SIGNAL;
        return (at_front && !number_service) || holds_any(text, row->service);
    }
    if (row->guess == GUESS_ISSUED) {
        if (type != TG_SELECTOR_PLATE && tg_mrz_is_shaped(text)) return true;
        return text.bytes <= 32 && count_digits(text) >= 2 && !holds_any(text, "@|.|/|,|://");
    }
    if (type == TG_SELECTOR_URL) return holds_any(text, "://|/|hxxp");
    if (type == TG_SELECTOR_ASN) return tg_ascii_lower((char)text.data[0]) == 'a';
    if (type == TG_SELECTOR_PHONE) return count_digits(text) >= 7 && !holds_any(text, ":|,");
    if (type == TG_SELECTOR_BIC) return !holds_any(text, " ") && text.data[0] >= 'A' && text.data[0] <= 'Z';
    return true;
}

/* "phone:+992..." decides by itself. */
static bool typed_prefix(struct tg_view text, enum tg_selector_type *ret_type, struct tg_view *ret_rest)
{
    const uint8_t *colon = memchr(text.data, ':', text.bytes);
    if (colon == NULL) return false;
    size_t at = (size_t)(colon - text.data);
    if (tg_selector_type_of_name(tg_view_of(text.data, at), ret_type, NULL) != TG_OK) return false;
    *ret_rest = tg_view_of(colon + 1, text.bytes - at - 1);
    return true;
}

size_t tg_selector_guess(struct tg_view text, const char *hint_country, struct tg_selector out[], size_t max)
{
    char plain_storage[TG_SELECTOR_TEXT_BYTES_MAX + 1];
    struct tg_view plain, rest;
    enum tg_selector_type type = TG_SELECTOR_NONE;
    if (max == 0 || make_plain(text, "text", false, plain_storage, &plain, NULL) != TG_OK) return 0;
    if (typed_prefix(plain, &type, &rest) &&
        tg_selector_normalise(type, rest, hint_country, &out[0], NULL) == TG_OK) {
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < sizeof guess_order / sizeof guess_order[0] && count < max; i++) {
        type = guess_order[i];
        if (!plausible(type, &rows[type], plain)) continue;
        if (tg_selector_normalise(type, text, hint_country, &out[count], NULL) == TG_OK) count++;
    }
    return count;
}
