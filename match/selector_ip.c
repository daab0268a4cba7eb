/* IP addresses and networks, network card addresses, autonomous systems.
 *
 * Knows no resolver. Text form of IPv6: [RFC 5952]; reserved ranges: IANA special-purpose registries.
 */
#include <stdio.h>

#include "match/selector_impl.h"

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

bool tg_ip4_parse(struct tg_view text, uint8_t out[static 4])
{
    uint8_t parts[4];
    for (int i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        while (text.bytes > 0 && tg_ascii_is_digit((char)text.data[0]) && digits < 3) {
            value = value * 10 + (unsigned)(text.data[0] - '0');
            digits++;
            if (digits > 1 && value < 10) return false; /* a leading zero: octal to some */
            text.data++;
            text.bytes--;
        }
        if (digits == 0 || value > 255) return false;
        parts[i] = (uint8_t)value;
        if (i < 3 && !tg_sel_eat(&text, ".")) return false;
    }
    if (text.bytes != 0) return false;
    memcpy(out, parts, 4);
    return true;
}

static bool loose_number(struct tg_view *text, uint64_t *ret_value)
{
    unsigned base = 10;
    uint64_t value = 0;
    if (tg_sel_eat(text, "0x")) {
        base = 16;
    } else if (text->bytes > 1 && text->data[0] == '0' && text->data[1] != '.') {
        base = 8;
    }
    while (text->bytes > 0 && text->data[0] != '.') {
        char c = tg_ascii_lower((char)text->data[0]);
        unsigned digit = tg_ascii_is_digit(c)   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;
        if (digit >= base) return false;
        value = value * base + digit;
        if (value > UINT32_MAX) return false;
        text->data++;
        text->bytes--;
    }
    *ret_value = value;
    return true;
}

bool tg_ip4_parse_loose(struct tg_view text, uint8_t out[static 4])
{
    uint64_t parts[4], address = 0;
    unsigned count = 0;
    do {
        if (count == 4 || !loose_number(&text, &parts[count])) return false;
        count++;
    } while (tg_sel_eat(&text, "."));
    for (unsigned i = 0; i + 1 < count; i++) {
        if (parts[i] > 255) return false;
        address |= parts[i] << (24 - 8 * i);
    }
    if (parts[count - 1] >= (uint64_t)1 << (8 * (5 - count))) return false;
    tg_be32_put(out, (uint32_t)(address | parts[count - 1]));
    return true;
}

static int hex_value(char c)
{
    c = tg_ascii_lower(c);
    if (tg_ascii_is_digit(c)) return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool ip6_group(struct tg_view *text, uint16_t *ret_group)
{
    unsigned value = 0, digits = 0;
    while (text->bytes > 0 && hex_value((char)text->data[0]) >= 0 && digits < 4) {
        value = value << 4 | (unsigned)hex_value((char)text->data[0]);
        digits++;
        text->data++;
        text->bytes--;
    }
    *ret_group = (uint16_t)value;
    return digits > 0;
}

struct ip6 {
    uint16_t groups[8];
    int count, gap; /* gap: where "::" stands, or -1 */
};

static bool ip6_read(struct tg_view text, struct ip6 *ip)
{
    if (tg_sel_eat(&text, "::")) ip->gap = 0;
    while (text.bytes > 0) {
        uint8_t tail[4];
        if (ip->count <= 6 && tg_ip4_parse(text, tail)) {
            ip->groups[ip->count++] = be16(tail);
            ip->groups[ip->count++] = be16(tail + 2);
            return true;
        }
        if (ip->count == 8 || !ip6_group(&text, &ip->groups[ip->count])) return false;
        ip->count++;
        if (text.bytes == 0) return true;
        if (tg_sel_eat(&text, "::")) {
            if (ip->gap >= 0) return false;
            ip->gap = ip->count;
        } else if (!tg_sel_eat(&text, ":") || text.bytes == 0) {
            return false;
        }
    }
    return true;
}

bool tg_ip6_parse(struct tg_view text, uint8_t out[static 16])
{
    struct ip6 ip = {.count = 0, .gap = -1};
    if (!ip6_read(text, &ip)) return false;
    if (ip.gap < 0 ? ip.count != 8 : ip.count > 7) return false;
    memset(out, 0, 16);
    for (int i = 0; i < ip.count; i++) {
        int at = ip.gap >= 0 && i >= ip.gap ? 8 - ip.count + i : i;
        tg_be16_put(out + (ptrdiff_t)2 * at, ip.groups[i]);
    }
    return true;
}

static void format6(const uint8_t *address, char *out)
{
    int best = -1, best_run = 1, at = 0;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && be16(address + 2 * (i + run)) == 0) run++;
        if (run > best_run) best = i, best_run = run;
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            at += sprintf(out + at, "::");
            i += best_run - 1;
            continue;
        }
        bool colon = i > 0 && !(best >= 0 && i == best + best_run);
        at += sprintf(out + at, "%s%x", colon ? ":" : "", (unsigned)be16(address + 2 * i));
    }
}

void tg_ip_format(const uint8_t *address, size_t bytes, char out[static TG_IP_TEXT_BYTES])
{
    if (bytes == 4) {
        (void)snprintf(out, TG_IP_TEXT_BYTES, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
    } else {
        format6(address, out);
    }
}

struct address {
    uint8_t bytes[16];
    size_t count; /* 4 or 16 */
};

static bool address_parse(struct tg_view text, struct address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    if (tg_ip4_parse(text, out->bytes)) {
        out->count = 4;
        return true;
    }
    if (text.bytes > 2 && text.data[0] == '[' && text.data[text.bytes - 1] == ']') {
        text = tg_view_of(text.data + 1, text.bytes - 2);
    }
    if (!tg_ip6_parse(text, out->bytes)) return false;
    out->count = 16;
    if (memcmp(out->bytes, mapped, 12) == 0) {
        memmove(out->bytes, out->bytes + 12, 4);
        out->count = 4;
    }
    return true;
}

/* Private, reserved, documentation, multicast: nobody's address. */
static const struct {
    uint8_t bytes[16];
    uint8_t count, bits;
} reserved[] = {
    {{0}, 4, 8},
    {{10}, 4, 8},
    {{100, 64}, 4, 10},
    {{127}, 4, 8},
    {{169, 254}, 4, 16},
    {{172, 16}, 4, 12},
    {{192, 0, 0}, 4, 24},
    {{192, 0, 2}, 4, 24},
    {{192, 88, 99}, 4, 24},
    {{192, 168}, 4, 16},
    {{198, 18}, 4, 15},
    {{198, 51, 100}, 4, 24},
    {{203, 0, 113}, 4, 24},
    {{224}, 4, 3},
    {{0}, 16, 127},
    {{0x01, 0x00}, 16, 64},
    {{0x20, 0x01, 0x0d, 0xb8}, 16, 32},
    {{0xfc}, 16, 7},
    {{0xfe, 0x80}, 16, 10},
    {{0xff}, 16, 8},
};

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0) return false;
    unsigned rest = bits % 8;
    return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

static bool is_reserved(const struct address *address, unsigned bits)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (reserved[i].count != address->count || reserved[i].bits > bits) continue;
        if (same_bits(address->bytes, reserved[i].bytes, reserved[i].bits)) return true;
    }
    return false;
}

tg_err tg_sel_ip(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], form[TG_IP_TEXT_BYTES];
    struct address address;
    struct tg_view view = tg_view_of(text, tg_sel_refang(in->plain, text));
    if (memchr(view.data, '%', view.bytes) != NULL) {
        return tg_fail(em, TG_EFORMAT, "IP address '%s' has a zone: leave out everything from '%%' on",
                       in->shown);
    }
    if (!address_parse(view, &address)) {
        return tg_fail(em, TG_EFORMAT,
                       "'%s' is no IP address: four numbers 0-255 without leading zeros, or IPv6", in->shown);
    }
    if (is_reserved(&address, (unsigned)address.count * 8)) out->flags |= TG_SELECTOR_NOISE;
    tg_ip_format(address.bytes, address.count, form);
    return tg_sel_form(out, em, "%s", form);
}

static bool clear_host_bits(struct address *address, unsigned bits)
{
    bool cleared = false;
    for (unsigned i = 0; i < address->count * 8; i++) {
        uint8_t bit = (uint8_t)(0x80 >> (i % 8));
        if (i < bits || (address->bytes[i / 8] & bit) == 0) continue;
        address->bytes[i / 8] = (uint8_t)(address->bytes[i / 8] & ~bit);
        cleared = true;
    }
    return cleared;
}

tg_err tg_sel_cidr(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], form[TG_IP_TEXT_BYTES];
    struct address address;
    struct tg_view view = tg_view_of(text, tg_sel_refang(in->plain, text));
    const uint8_t *slash = memchr(view.data, '/', view.bytes);
    if (slash == NULL) return tg_fail(em, TG_EFORMAT, "network '%s' has no /length", in->shown);
    size_t at = (size_t)(slash - view.data);
    uint64_t bits = 0;
    struct tg_view typed = tg_view_of(view.data, at);
    if (!address_parse(typed, &address))
        return tg_fail(em, TG_EFORMAT, "network '%s' has no valid address", in->shown);
    bool mapped = address.count == 4 && memchr(typed.data, ':', typed.bytes) != NULL;
    uint64_t bits_max = mapped ? 128 : address.count * 8;
    if (tg_text_u64(tg_view_of(slash + 1, view.bytes - at - 1), bits_max, &bits) != TG_OK ||
        (mapped && bits < 96)) {
        return tg_fail(em, TG_EVALUE, "network '%s' has a bad length: %s to %u", in->shown,
                       mapped ? "96" : "0", (unsigned)bits_max);
    }
    if (mapped) bits -= 96;
    if (clear_host_bits(&address, (unsigned)bits)) {
        out->flags |= TG_SELECTOR_ADVISORY;
        (void)tg_fail(em, TG_OK, "address bits behind the length of '%s' cleared", in->shown);
    }
    if (is_reserved(&address, (unsigned)bits) || bits < 8) out->flags |= TG_SELECTOR_NOISE;
    tg_ip_format(address.bytes, address.count, form);
    return tg_sel_form(out, em, "%s/%u", form, (unsigned)bits);
}

/* The digits of one group behind another: two groups of six, three of four, six of two or, with a leading zero left
 * out, of one; or all twelve without marks. False when the groups are others. */
static bool mac_digits(struct tg_view text, char out[static 13])
{
    size_t groups[6], count = 0, at = 0, one = 0;
    const char *marks = ":-. ";
    while (text.bytes > 0 && count < 6) {
        size_t digits = 0;
        while (digits < text.bytes && tg_ascii_is_alnum((char)text.data[digits])) digits++;
        if (digits == 0 || digits + at > 12) return false;
        if (digits == 1) out[at++] = '0', one++;
        if (digits + at > 12) return false;
        memcpy(out + at, text.data, digits);
        at += digits;
        groups[count++] = digits;
        text = tg_view_of(text.data + digits, text.bytes - digits);
        if (text.bytes == 0) break;
        if (text.data[0] == 0 || strchr(marks, (char)text.data[0]) == NULL) return false;
        text = tg_view_of(text.data + 1, text.bytes - 1);
        if (text.bytes == 0) return false;
    }
    out[at] = 0;
    if (text.bytes > 0 || at != 12 || (one > 0 && count != 6)) return false;
    for (size_t i = 0; i < count; i++) {
        if (groups[i] != 12 / count && groups[i] != 1) return false;
    }
    return true;
}

tg_err tg_sel_mac(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    char hex[13];
    uint8_t address[6];
    if (!mac_digits(in->plain, hex) || tg_hex_decode(tg_view_str(hex), address, 6) != TG_OK) {
        return tg_fail(em, TG_EFORMAT,
                       "MAC address '%s' is not 12 hexadecimal digits, in groups of 2, 4 or 6", in->shown);
    }
    if ((address[0] & 2) != 0) out->flags |= TG_SELECTOR_RANDOM;
    if ((address[0] & 1) != 0 || tg_sel_all_same(hex, 12)) out->flags |= TG_SELECTOR_NOISE;
    tg_hex_encode(address, 6, hex);
    return tg_sel_form(out, em, "%s", hex);
}

tg_err tg_sel_asn(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    uint64_t number = 0;
    (void)(tg_sel_eat(&text, "asn") || tg_sel_eat(&text, "as"));
    text = tg_text_trim(text);
    if (tg_text_u64(text, UINT32_MAX, &number) != TG_OK || number == 0) {
        return tg_fail(em, TG_EVALUE, "autonomous system '%s' is no number from 1 to 4294967295", in->shown);
    }
    bool reserved_as = number == 23456 || (number >= 64496 && number <= 131071) || number >= 4200000000U;
    if (reserved_as) out->flags |= TG_SELECTOR_NOISE;
    return tg_sel_form(out, em, "AS%u", (unsigned)number);
}
