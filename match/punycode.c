/* Host names to A-labels: mapping by utf8proc, punycode of our own, LDH and length checks.
 *
 * Knows no public-suffix list beyond a few second-level ones. [RFC 3492], [UTS 46 non-transitional].
 */
#include <utf8proc.h>

#include "match/selector_impl.h"

#define HOST_MAX 253
#define LABEL_MAX 63
#define CODE_POINTS_MAX 256

/* [RFC 3492 §5] */
enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, INITIAL_BIAS = 72, INITIAL_N = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((BASE - TMIN) * TMAX) / 2; k += BASE) delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static char digit_char(uint32_t digit)
{
    return (char)(digit < 26 ? 'a' + digit : '0' + digit - 26);
}

struct label {
    char text[LABEL_MAX + 1];
    size_t bytes;
    bool full;
};

static void label_put(struct label *label, char c)
{
    if (label->bytes == LABEL_MAX) {
        label->full = true;
        return;
    }
    label->text[label->bytes++] = c;
}

static void put_delta(struct label *label, uint32_t delta, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        if (delta < t) break;
        label_put(label, digit_char(t + (delta - t) % (BASE - t)));
        delta = (delta - t) / (BASE - t);
    }
    label_put(label, digit_char(delta));
}

static uint32_t smallest_from(const uint32_t *points, size_t count, uint32_t from)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        if (points[i] >= from && points[i] < smallest) smallest = points[i];
    }
    return smallest;
}

/* Code points number at most CODE_POINTS_MAX, so that no delta overflows 32 bits. */
static void punycode_encode(const uint32_t *points, size_t count, struct label *label)
{
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, handled = 0;
    for (size_t i = 0; i < count; i++) {
        if (points[i] >= 0x80) continue;
        label_put(label, (char)points[i]);
        handled++;
    }
    uint32_t basic = handled;
    if (basic > 0) label_put(label, '-');
    while (handled < count && !label->full) {
        uint32_t m = smallest_from(points, count, n);
        delta += (m - n) * (handled + 1);
        n = m;
        for (size_t i = 0; i < count; i++) {
            if (points[i] < n) delta++;
            if (points[i] != n) continue;
            put_delta(label, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
}

/* Whether the part behind "xn--" decodes: digits only, no overflow, ends whole. */
static bool punycode_valid(const char *text, size_t bytes)
{
    uint64_t i = 0, n = INITIAL_N;
    uint32_t bias = INITIAL_BIAS, points = 0;
    size_t at = 0;
    for (size_t k = 0; k < bytes; k++) {
        if (text[k] == '-') points = (uint32_t)k, at = k + 1;
    }
    if (at >= bytes) return false;
    while (at < bytes) {
        uint64_t before = i, weight = 1;
        for (uint32_t k = BASE;; k += BASE) {
            if (at == bytes) return false;
            char c = text[at++];
            uint32_t digit = tg_ascii_is_digit(c) ? (uint32_t)(c - '0') + 26 : (uint32_t)(c - 'a');
            if (digit >= BASE) return false;
            i += digit * weight;
            uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
            if (digit < t) break;
            weight *= BASE - t;
            if (weight > UINT32_MAX || i > UINT32_MAX) return false;
        }
        points++;
        bias = adapt((uint32_t)(i - before), points, before == 0);
        n += i / points;
        i = i % points + 1;
        if (n > 0x10FFFF) return false;
    }
    return true;
}

/* Letters and digits mapped as UTS 46 does it: compatibility forms, lower case, composed; ß and final sigma stay. */
static size_t map_label(struct tg_view label, uint32_t out[static CODE_POINTS_MAX])
{
    utf8proc_int32_t points[CODE_POINTS_MAX];
    size_t count = 0;
    const utf8proc_option_t options =
        UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_DECOMPOSE;
    while (label.bytes > 0) {
        uint32_t cp = tg_utf8_next(&label);
        int bound = 0;
        utf8proc_ssize_t room = (utf8proc_ssize_t)(CODE_POINTS_MAX - count);
        if (room < 1) return 0;
        if (cp == 0xDF || cp == 0x3C2) {
            points[count++] = (utf8proc_int32_t)cp;
            continue;
        }
        utf8proc_ssize_t got =
            utf8proc_decompose_char((utf8proc_int32_t)cp, points + count, room, options, &bound);
        if (got < 0 || got > room) return 0;
        count += (size_t)got;
    }
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(points, (utf8proc_ssize_t)count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < composed; i++) out[i] = (uint32_t)points[i];
    return composed < 0 ? 0 : (size_t)composed;
}

static bool letter_or_mark(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}

static tg_err label_encode(const struct tg_sel_in *in, const uint32_t *points, size_t count,
                           struct label *label, struct tg_errmsg *em)
{
    bool ascii = true;
    for (size_t i = 0; i < count; i++) {
        bool ldh =
            points[i] < 0x80 && (tg_ascii_is_alnum((char)points[i]) || points[i] == '-' || points[i] == '_');
        if (points[i] >= 0x80) ascii = false;
        if (!ldh && (points[i] < 0x80 || !letter_or_mark(points[i]))) {
            return tg_fail(em, TG_EFORMAT, "host of '%s' holds a character that no domain name can have",
                           in->shown);
        }
    }
    if (!ascii) {
        memcpy(label->text, "xn--", 4);
        label->bytes = 4;
        punycode_encode(points, count, label);
    } else {
        for (size_t i = 0; i < count; i++) label_put(label, (char)points[i]);
    }
    if (label->full) {
        return tg_fail(em, TG_ELIMIT, "a label in the host of '%s' is longer than %d characters", in->shown,
                       LABEL_MAX);
    }
    const char *text = label->text;
    if (label->bytes == 0 || text[0] == '-' || text[label->bytes - 1] == '-') {
        return tg_fail(em, TG_EFORMAT, "host of '%s' has an empty label, or one with a hyphen at its end",
                       in->shown);
    }
    if (ascii && label->bytes > 4 && memcmp(text, "xn--", 4) == 0 &&
        !punycode_valid(text + 4, label->bytes - 4)) {
        return tg_fail(em, TG_EVALUE, "host of '%s' has a label 'xn--' that does not decode", in->shown);
    }
    return TG_OK;
}

/* Bytes of a dot at the front: '.', or the ideographic ones that UTS 46 maps to it. */
static size_t dot_bytes(struct tg_view view)
{
    static const char *const dots[] = {".", "\u3002", "\uff0e", "\uff61"};
    for (size_t i = 0; i < 4; i++) {
        if (tg_view_starts_with(view, dots[i])) return strlen(dots[i]);
    }
    return 0;
}

static struct tg_view label_take(struct tg_view *host, bool *more)
{
    struct tg_view label = tg_view_of(host->data, 0);
    *more = false;
    while (host->bytes > 0) {
        size_t dot = dot_bytes(*host);
        size_t step = dot > 0 ? dot : 1;
        host->data += step;
        host->bytes -= step;
        if (dot > 0) {
            *more = true;
            break;
        }
        label.bytes++;
    }
    return label;
}

tg_err tg_sel_host(const struct tg_sel_in *in, struct tg_view host, char out[static 254],
                   struct tg_errmsg *em)
{
    char built[HOST_MAX + LABEL_MAX + 2];
    size_t at = 0;
    bool more = host.bytes > 0;
    if (!more) return tg_fail(em, TG_EFORMAT, "'%s' has no host name", in->shown);
    while (more) {
        struct tg_view typed = label_take(&host, &more);
        uint32_t points[CODE_POINTS_MAX];
        struct label label = {.bytes = 0};
        tg_err err = label_encode(in, points, map_label(typed, points), &label, em);
        if (err != TG_OK) return err;
        if (at > 0) built[at++] = '.';
        memcpy(built + at, label.text, label.bytes);
        at += label.bytes;
        if (at > HOST_MAX)
            return tg_fail(em, TG_ELIMIT, "host of '%s' is longer than %d characters", in->shown, HOST_MAX);
        if (more && host.bytes == 0) more = false; /* the root's dot */
    }
    memcpy(out, built, at);
    out[at] = 0;
    return TG_OK;
}

bool tg_host_is_numeric(struct tg_view host)
{
    if (host.bytes > 0 && host.data[host.bytes - 1] == '.') host.bytes--;
    size_t at = host.bytes;
    while (at > 0 && host.data[at - 1] != '.') at--;
    struct tg_view last = tg_view_of(host.data + at, host.bytes - at);
    bool hex = tg_sel_eat(&last, "0x");
    if (last.bytes == 0) return hex;
    for (size_t i = 0; i < last.bytes; i++) {
        char c = tg_ascii_lower((char)last.data[i]);
        if (!tg_ascii_is_digit(c) && !(hex && c >= 'a' && c <= 'f')) return false;
    }
    return true;
}
