/* Punycode, both ways [RFC 3492].
 *
 * Knows no host names; those are in host.c.
 */
#include "match/selector_impl.h"

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

struct out {
    char *text;
    size_t bytes, max;
    bool full;
};

static void out_put(struct out *out, char c)
{
    if (out->bytes == out->max) {
        out->full = true;
        return;
    }
    out->text[out->bytes++] = c;
}

static void put_delta(struct out *out, uint32_t delta, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        if (delta < t) break;
        out_put(out, digit_char(t + (delta - t) % (BASE - t)));
        delta = (delta - t) / (BASE - t);
    }
    out_put(out, digit_char(delta));
}

static uint32_t smallest_from(const uint32_t *points, size_t count, uint32_t from)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        if (points[i] >= from && points[i] < smallest) smallest = points[i];
    }
    return smallest;
}

bool tg_punycode_encode(const uint32_t *points, size_t count, char *text, size_t max, size_t *ret_bytes)
{
    struct out out = {.text = text, .max = max};
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, handled = 0;
    for (size_t i = 0; i < count; i++) {
        if (points[i] >= 0x80) continue;
        out_put(&out, (char)points[i]);
        handled++;
    }
    uint32_t basic = handled;
    if (basic > 0) out_put(&out, '-');
    while (handled < count && !out.full) {
        uint32_t m = smallest_from(points, count, n);
        delta += (m - n) * (handled + 1);
        n = m;
        for (size_t i = 0; i < count; i++) {
            if (points[i] < n) delta++;
            if (points[i] != n) continue;
            put_delta(&out, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
    *ret_bytes = out.bytes;
    return !out.full;
}

static bool insert(uint32_t *points, size_t count, uint64_t at, uint64_t point)
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    memmove(points + at + 1, points + at, (count - at) * sizeof *points);
    points[at] = (uint32_t)point;
    return true;
}

bool tg_punycode_decode(struct tg_view text, uint32_t points[static TG_LABEL_MAX], size_t *ret_count)
{
    uint64_t i = 0, n = INITIAL_N;
    uint32_t bias = INITIAL_BIAS;
    size_t at = 0, count = 0;
    if (text.bytes > TG_LABEL_MAX) return false;
    for (size_t k = 0; k < text.bytes; k++) {
        if (text.data[k] == '-') count = k, at = k + 1;
    }
    for (size_t k = 0; k < count; k++) points[k] = text.data[k];
    if (at >= text.bytes) return false;
    while (at < text.bytes) {
        uint64_t before = i, weight = 1;
        for (uint32_t k = BASE;; k += BASE) {
            if (at == text.bytes) return false;
            char c = (char)text.data[at++];
            uint32_t digit = tg_ascii_is_digit(c) ? (uint32_t)(c - '0') + 26 : (uint32_t)(c - 'a');
            if (digit >= BASE) return false;
            i += digit * weight;
            uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
            if (digit < t) break;
            weight *= BASE - t;
            if (weight > UINT32_MAX || i > UINT32_MAX) return false;
        }
        bias = adapt((uint32_t)(i - before), (uint32_t)count + 1, before == 0);
        n += i / (count + 1);
        i = i % (count + 1);
        if (!insert(points, count, i, n)) return false;
        count++;
        i++;
    }
    *ret_count = count;
    return true;
}
