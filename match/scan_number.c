/* What stands around a digit: telephone numbers, network addresses, hashes, accounts, cards, devices, papers.
 *
 * Dates and times are no numbers. A paper is taken as one only where the words before it say so. What was looked at is
 * passed over, so that a text of digits costs no more than another.
 */
#include "match/scan_impl.h"

#define GROUPS_MAX 10
#define PHONE_TRIES 4
#define CONTEXT_BYTES 48

/* ---- what the words before say ---- */

static bool said_before(const struct tg_scan *scan, size_t at, const char *const *words, size_t count)
{
    size_t begin = at > CONTEXT_BYTES ? at - CONTEXT_BYTES : 0;
    for (size_t i = at; i > begin; i--) {
        const uint8_t *here = scan->window + i - 1;
        if (*here == '\n') return false;
        if (*here <= ' ') continue;
        for (size_t k = 0; k < count; k++)
            if (*here == (uint8_t)words[k][0] && !memcmp(here, words[k], strlen(words[k]))) return true;
    }
    return false;
}

static bool is_paper_here(const struct tg_scan *scan, size_t at)
{
    static const char *const words[] = {"ssport",    "pasport",   "SSPORT",    "Pass No",   "pass no",
                                        "пасп",      "Пасп",      "ПАСП",      "dentity",   "ID card",
                                        "id card",   "удостовер", "Удостовер", "шиноснома", "Шиноснома",
                                        "гувоҳнома", "Гувоҳнома", "جواز سفر",  "گذرنامه"};
    return said_before(scan, at, words, sizeof words / sizeof words[0]);
}

static bool is_phone_here(const struct tg_scan *scan, size_t at)
{
    static const char *const words[] = {"tel", "Tel", "TEL", "hone", "HONE", "mob",  "Mob",
                                        "тел", "Тел", "ТЕЛ", "моб",  "Моб",  "call", "звон"};
    return said_before(scan, at, words, sizeof words / sizeof words[0]);
}

static bool is_ship_here(const struct tg_scan *scan, size_t at, const char *word)
{
    return said_before(scan, at, &word, 1);
}

/* ---- runs ---- */

static size_t right_bound(const struct tg_scan *scan, size_t mark)
{
    size_t reach = mark + TG_SCAN_REACH_BYTES / 2;
    return reach < scan->bytes ? reach : scan->bytes;
}

/* also: a character besides those; 0: none, as no text goes on behind a zero. */
static size_t run_right(const struct tg_scan *scan, size_t at, size_t bound, unsigned classes, uint8_t also)
{
    while (at < bound && (tg_scan_is(scan->window[at], classes) || (also && scan->window[at] == also))) at++;
    return at;
}

static size_t run_left(const struct tg_scan *scan, size_t at, unsigned classes, uint8_t also)
{
    size_t bound = at > TG_SCAN_REACH_BYTES / 2 ? at - TG_SCAN_REACH_BYTES / 2 : 0;
    bound = bound > scan->floor ? bound : scan->floor;
    while (at > bound &&
           (tg_scan_is(scan->window[at - 1], classes) || (also && scan->window[at - 1] == also)))
        at--;
    return at;
}

static size_t count_of(const struct tg_scan *scan, size_t from, size_t to, uint8_t c)
{
    size_t count = 0;
    for (; from < to; from++) count += scan->window[from] == c;
    return count;
}

static bool digits_at(const struct tg_scan *scan, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!tg_scan_is(scan->window[at + i], TG_SCAN_DIGIT)) return false;
    return true;
}

/* ---- with colons or hyphens: MAC, IPv6, times ---- */

static tg_err colons_look(struct tg_scan *scan, size_t from, size_t to, bool *ret_taken)
{
    size_t begin = run_left(scan, from, TG_SCAN_HEX, ':'),
           end = run_right(scan, to, right_bound(scan, to), TG_SCAN_HEX, ':');
    size_t colons = count_of(scan, begin, end, ':');
    if (!colons) return TG_OK;
    while (end > begin && scan->window[end - 1] == ':') end--;
    if (end - begin == 17 && colons == 5)
        (void)tg_scan_try(scan, TG_SELECTOR_MAC, begin, end);
    else if (colons >= 7 || memmem(scan->window + begin, end - begin, "::", 2))
        (void)tg_scan_try(scan, TG_SELECTOR_IP, begin, end);
    bool is_time = colons <= 2 && end - begin >= 4 && end - begin <= 8 && digits_at(scan, end - 2, 2);
    *ret_taken = scan->form_count || is_time || colons > 7;
    if (*ret_taken) scan->floor = end;
    return tg_scan_give(scan, begin, end);
}

static tg_err hyphens_look(struct tg_scan *scan, size_t from, size_t to, bool *ret_taken)
{
    size_t begin = run_left(scan, from, TG_SCAN_HEX, '-'),
           end = run_right(scan, to, right_bound(scan, to), TG_SCAN_HEX, '-');
    if (end - begin == 17 && count_of(scan, begin, end, '-') == 5)
        *ret_taken = tg_scan_try(scan, TG_SELECTOR_MAC, begin, end);
    if (end - begin > TG_SELECTOR_FORM_BYTES_MAX) scan->floor = end, *ret_taken = true;
    return tg_scan_give(scan, begin, end);
}

/* ---- digits with letters ---- */

static bool is_iban_head(const struct tg_scan *scan, size_t at)
{
    const uint8_t *window = scan->window + at;
    return window[0] >= 'A' && window[0] <= 'Z' && window[1] >= 'A' && window[1] <= 'Z' &&
           digits_at(scan, at + 2, 2);
}

/* "GB29 NWBK 6016 1331 9268 19": as many groups as make an account. */
static tg_err iban_look(struct tg_scan *scan, size_t from, size_t to)
{
    size_t ends[GROUPS_MAX], count = 0, chars = to - from, at = to;
    while (count < GROUPS_MAX && scan->window[at] == ' ') {
        size_t end = run_right(scan, at + 1, right_bound(scan, at), TG_SCAN_DIGIT | TG_SCAN_LETTER, 0);
        size_t group = end - at - 1;
        chars += group;
        if (!group || group > 4 || chars > 34) break;
        ends[count++] = at = end;
    }
    for (; count && !scan->form_count; count--)
        if (tg_scan_try(scan, TG_SELECTOR_IBAN, from, ends[count - 1]))
            return tg_scan_give(scan, from, ends[count - 1]);
    return TG_OK;
}

/* Issued by nobody knows whom: the hint is about telephones. */
static void paper_try(struct tg_scan *scan, size_t from, size_t to)
{
    const char *country = scan->options.country;
    scan->options.country = NULL;
    (void)(tg_scan_try(scan, TG_SELECTOR_PASSPORT, from, to) &&
           tg_scan_try(scan, TG_SELECTOR_NATIONAL_ID, from, to));
    scan->options.country = country;
}

static tg_err mixed_look(struct tg_scan *scan, size_t from, size_t to, size_t hex)
{
    size_t chars = to - from;
    bool is_hash = hex == chars && (chars == 32 || chars == 40 || chars == 64 || chars == 96 || chars == 128);
    scan->floor = to;
    if (is_hash) (void)tg_scan_try(scan, TG_SELECTOR_HASH, from, to);
    if (chars >= 26 && chars <= 110 && !is_hash) (void)tg_scan_try(scan, TG_SELECTOR_CRYPTO, from, to);
    if (chars >= 15 && chars <= 34 && is_iban_head(scan, from))
        (void)tg_scan_try(scan, TG_SELECTOR_IBAN, from, to);
    if (chars == 17) (void)tg_scan_try(scan, TG_SELECTOR_VIN, from, to);
    bool is_as = chars > 3 && chars <= 12 && memcmp(scan->window + from, "AS", 2) == 0;
    if (is_as) (void)tg_scan_try(scan, TG_SELECTOR_ASN, from, to);
    if (!scan->form_count && chars == 4 && is_iban_head(scan, from)) return iban_look(scan, from, to);
    if (!scan->form_count && chars >= 6 && chars <= 14 && is_paper_here(scan, from))
        paper_try(scan, from, to);
    return tg_scan_give(scan, from, to);
}

/* ---- digits alone ---- */

/* The end of a date or a decimal number that begins there, or 0. */
static size_t date_end(const struct tg_scan *scan, size_t at)
{
    const uint8_t *w = scan->window + at;
    bool ordered = digits_at(scan, at, 4) && (w[4] == '-' || w[4] == '.' || w[4] == '/') &&
                   digits_at(scan, at + 5, 2) && w[7] == w[4] && digits_at(scan, at + 8, 2);
    if (ordered && !tg_scan_is(w[10], TG_SCAN_DIGIT)) return at + 10;
    bool reversed = digits_at(scan, at, 2) && (w[2] == '-' || w[2] == '.' || w[2] == '/') &&
                    digits_at(scan, at + 3, 2) && w[5] == w[2] && digits_at(scan, at + 6, 4);
    return reversed && !tg_scan_is(w[10], TG_SCAN_DIGIT) ? at + 10 : 0;
}

/* "1.2.3.4", "1.2.3.0/24". */
static tg_err quad_look(struct tg_scan *scan, size_t from, bool *ret_taken)
{
    size_t end = run_right(scan, from, right_bound(scan, from), TG_SCAN_DIGIT, '.'), dots;
    while (end > from && scan->window[end - 1] == '.') end--;
    dots = count_of(scan, from, end, '.');
    if (dots != 3 || end - from > 15) return TG_OK;
    size_t net = scan->window[end] == '/' ? run_right(scan, end + 1, end + 4, TG_SCAN_DIGIT, 0) : end;
    if (net > end + 1 && tg_scan_try(scan, TG_SELECTOR_CIDR, from, net)) end = net;
    if (!scan->form_count) (void)tg_scan_try(scan, TG_SELECTOR_IP, from, end);
    *ret_taken = scan->form_count;
    return tg_scan_give(scan, from, end);
}

/* Digits in groups, as numbers are written: "+992 (90) 000-00-01". */
struct groups {
    size_t from; /* with + and bracket */
    bool plus;
    size_t count, ends[GROUPS_MAX], digits[GROUPS_MAX];
};

static size_t separator_bytes(const struct tg_scan *scan, size_t at)
{
    const uint8_t *w = scan->window + at;
    size_t bytes = 0;
    while (bytes < 3 && tg_scan_is(w[bytes], TG_SCAN_SPACER)) bytes++;
    if (!bytes && w[0] == 0xC2 && w[1] == 0xA0) bytes = 2;
    bool doubled = bytes > 1 && w[0] == ' ' && w[1] == ' ';
    return tg_scan_is(w[bytes], TG_SCAN_DIGIT) && !doubled ? bytes : 0;
}

static void groups_read(const struct tg_scan *scan, size_t at, struct groups *groups)
{
    size_t bound = right_bound(scan, at), digits = 0;
    groups->from = at;
    if (groups->from > scan->floor && scan->window[groups->from - 1] == '(') groups->from--;
    groups->plus = groups->from > scan->floor && scan->window[groups->from - 1] == '+';
    groups->from = groups->plus ? groups->from - 1 : at;
    while (groups->count < GROUPS_MAX) {
        size_t end = run_right(scan, at, bound, TG_SCAN_DIGIT, 0);
        digits += end - at;
        groups->ends[groups->count] = end;
        groups->digits[groups->count++] = digits;
        size_t bytes = separator_bytes(scan, end);
        if (!bytes || digits > 20) return;
        at = end + bytes;
    }
}

/* The longest front that is a telephone number; 0: none is. */
static size_t phone_try(struct tg_scan *scan, const struct groups *groups)
{
    const uint8_t *first = scan->window + groups->from;
    bool abroad = groups->plus || (first[0] == '0' && first[1] == '0');
    size_t all = groups->digits[groups->count - 1];
    size_t least = abroad ? 8 : all < 9 && is_phone_here(scan, groups->from) ? 7 : 9;
    size_t tries = abroad ? PHONE_TRIES : 1;
    for (size_t i = groups->count; i-- > 0 && tries;) {
        if (groups->digits[i] < least || groups->digits[i] > 15 + 3) continue;
        tries--;
        if (tg_scan_try(scan, TG_SELECTOR_PHONE, groups->from, groups->ends[i])) return groups->ends[i];
    }
    return 0;
}

static void whole_try(struct tg_scan *scan, size_t from, size_t to)
{
    size_t digits = to - from;
    if (digits >= 14 && digits <= 16) (void)tg_scan_try(scan, TG_SELECTOR_IMEI, from, to);
    if (digits >= 18 && digits <= 20) (void)tg_scan_try(scan, TG_SELECTOR_ICCID, from, to);
    if (digits == 15) (void)tg_scan_try(scan, TG_SELECTOR_IMSI, from, to);
    if (digits == 9 && is_ship_here(scan, from, "MMSI")) (void)tg_scan_try(scan, TG_SELECTOR_MMSI, from, to);
    if (digits == 7 && is_ship_here(scan, from, "IMO")) (void)tg_scan_try(scan, TG_SELECTOR_IMO, from, to);
    if (digits == 32 || digits == 40 || digits == 64) (void)tg_scan_try(scan, TG_SELECTOR_HASH, from, to);
}

/* "AA 1234567": the letters of a paper stand apart. */
static size_t series_left(const struct tg_scan *scan, size_t from)
{
    size_t at = from;
    if (at < scan->floor + 3 || scan->window[at - 1] != ' ') return from;
    at--;
    while (at > scan->floor && from - at < 4 && scan->window[at - 1] >= 'A' && scan->window[at - 1] <= 'Z')
        at--;
    bool begins = at < from - 1 && (at == 0 || !tg_ascii_is_alnum((char)scan->window[at - 1]));
    return begins ? at : from;
}

/* Sixteen digits by fours, or in one. */
static size_t card_try(struct tg_scan *scan, const struct groups *groups, size_t from, size_t to)
{
    bool by_fours = to - from == 4 && groups->count >= 4 && groups->digits[3] == 16;
    size_t end = by_fours ? groups->ends[3] : to;
    bool fits = !groups->plus && (by_fours || (to - from >= 12 && to - from <= 19));
    return fits && tg_scan_try(scan, TG_SELECTOR_PAYMENT_CARD, from, end) ? end : 0;
}

static tg_err digits_look(struct tg_scan *scan, size_t from, size_t to)
{
    struct groups groups = {.from = from};
    groups_read(scan, from, &groups);
    size_t digits = to - from, phone = 0, begin = from, end = to;
    if (groups.digits[groups.count - 1] >= 5 || groups.plus) {
        whole_try(scan, from, to);
        if (digits < 17) phone = phone_try(scan, &groups);
        size_t card = card_try(scan, &groups, from, to);
        if (phone > end) end = phone;
        if (card > end) end = card;
        if (phone) begin = groups.from;
        if (!groups.plus && digits >= 5 && digits <= 12 && is_paper_here(scan, from)) {
            begin = series_left(scan, from);
            paper_try(scan, begin, to);
        }
    }
    scan->floor = to;
    return tg_scan_give(scan, begin, end);
}

tg_err tg_scan_number(struct tg_scan *scan, size_t mark)
{
    size_t from = run_left(scan, mark, TG_SCAN_DIGIT | TG_SCAN_LETTER, 0),
           to = run_right(scan, mark, right_bound(scan, mark), TG_SCAN_DIGIT | TG_SCAN_LETTER, 0), hex = 0,
           letters = 0;
    bool taken = false;
    tg_err err = TG_OK;
    for (size_t i = from; i < to; i++) {
        hex += tg_scan_is(scan->window[i], TG_SCAN_HEX);
        letters += tg_scan_is(scan->window[i], TG_SCAN_LETTER);
    }
    bool short_hex = hex == to - from && to - from <= 4;
    bool after_colon = from > scan->floor && scan->window[from - 1] == ':';
    if (short_hex && (scan->window[to] == ':' || after_colon)) err = colons_look(scan, from, to, &taken);
    if (!err && !taken && hex == 2 && to - from == 2 && scan->window[to] == '-')
        err = hyphens_look(scan, from, to, &taken);
    if (err || taken) return err;
    if (letters) return mixed_look(scan, from, to, hex);
    size_t date = to - from == 4 || to - from == 2 ? date_end(scan, from) : 0;
    if (date) {
        scan->floor = date;
        return TG_OK;
    }
    if (scan->window[to] == '.') err = quad_look(scan, from, &taken);
    return err || taken ? err : digits_look(scan, from, to);
}
