/* The usual ways of writing the usual selectors, to their normal forms in tens of nanoseconds.
 *
 * Whatever is not written in plain ASCII and beyond doubt is left to the rules of its type; what is taken here comes out
 * as those rules have it, which unit/match_selector_fast.c compares. Normal forms: docs/formats-match.md.
 */
#include "match/selector_impl.h"

#define HOST_MAX 253
#define LABEL_MAX 63
#define LOCAL_MAX 64
#define PHONE_DIGITS_MAX 15
#define SUFFIX_LABEL_MAX 4 /* first labels of public suffixes ("com.tj") are not longer */

enum { C_LOWER = 1, C_UPPER = 2, C_DIGIT = 4, C_HEX = 8, C_HYPHEN = 16, C_LOCAL = 32 };
#define G (C_LOWER | C_LOCAL)
#define H (C_LOWER | C_HEX | C_LOCAL)
#define V (C_UPPER | C_LOCAL)
#define W (C_UPPER | C_HEX | C_LOCAL)
#define N (C_DIGIT | C_HEX | C_LOCAL)
#define L C_LOCAL
/* clang-format off */
static const uint8_t classes[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* ! " # $ % & ' ( ) * + , - . / */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, L, 0, C_HYPHEN | L, 0, 0,
    N, N, N, N, N, N, N, N, N, N, 0, 0, 0, 0, 0, 0,
    0, W, W, W, W, W, W, V, V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V, V, V, V, 0, 0, 0, 0, L,
    0, H, H, H, H, H, H, G, G, G, G, G, G, G, G, G,
    G, G, G, G, G, G, G, G, G, G, G, 0, 0, 0, 0, 0,
};
/* clang-format on */
#undef G
#undef H
#undef V
#undef W
#undef N
#undef L

static unsigned class_of(uint8_t c)
{
    return c < 128 ? classes[c] : 0;
}

static bool give(struct tg_selector *out, enum tg_selector_type type, uint32_t flags, const char *form,
                 size_t bytes)
{
    out->type = type;
    out->flags = flags;
    out->form_bytes = (uint16_t)bytes;
    memcpy(out->form, form, bytes);
    out->form[bytes] = 0;
    return true;
}

/* "+992 (90) 000-00-01". */
static bool phone_fast(struct tg_view text, struct tg_selector *out)
{
    char form[PHONE_DIGITS_MAX + 1] = "+";
    size_t count = 0, dial_digits = 0;
    uint32_t lengths = 0;
    const char *trunk = "";
    if (text.bytes < 8 || text.data[0] != '+' || text.data[1] == '0') return false;
    for (size_t i = 1; i < text.bytes; i++) {
        uint8_t c = text.data[i];
        if (c >= '0' && c <= '9') {
            if (count == PHONE_DIGITS_MAX) return false;
            form[++count] = (char)c;
        } else if (c != ' ' && c != '-' && c != '.' && c != ')' &&
                   (c != '(' || (i + 1 < text.bytes && text.data[i + 1] == '0'))) {
            return false;
        }
    }
    for (unsigned dial = 0; dial_digits < 3 && dial_digits < count && !lengths; dial_digits++) {
        dial = dial * 10 + (unsigned)(form[dial_digits + 1] - '0');
        lengths = tg_country_dial_lengths(dial, &trunk);
    }
    const char *national = form + 1 + dial_digits;
    size_t digits = count - dial_digits;
    bool trunk_kept = trunk[0] == '0' && national[0] == '0';
    if (!lengths || trunk_kept || !digits || !((lengths >> digits) & 1) || text.data[text.bytes - 1] == ' ')
        return false;
    uint32_t noise = tg_sel_all_same(national, digits) ? TG_SELECTOR_NOISE : 0;
    return give(out, TG_SELECTOR_PHONE, TG_SELECTOR_REUSED | noise, form, count + 1);
}

/* Whether a host ends in a name that is set aside for documents and tests; last label and the one before begin there. */
static bool is_set_aside(const char *host, size_t bytes, size_t last, size_t before)
{
    static const char *const names[] = {"example", "test", "invalid", "localhost", "local"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == bytes - last && memcmp(host + last, names[i], bytes - last) == 0) return true;
    bool usual =
        bytes - last == 3 && (memcmp(host + last, "com", 3) == 0 || memcmp(host + last, "org", 3) == 0 ||
                              memcmp(host + last, "net", 3) == 0);
    return usual && last - before == sizeof "example" && memcmp(host + before, "example", 7) == 0;
}

/* Letters, digits and hyphens under a name of letters that is no public suffix. At most HOST_MAX bytes into form; 0: not
 * one of these. */
static size_t host_fast(struct tg_view text, char *form, uint32_t *ret_flags)
{
    size_t label = 0, dots = 0, first = 0, before = 0,
           others = 0; /* where labels begin; no letters in this one */
    if (text.bytes < 4 || text.bytes > HOST_MAX) return 0;
    for (size_t i = 0; i < text.bytes; i++) {
        unsigned class = class_of(text.data[i]);
        if (text.data[i] == '.') {
            if (i == label || i - label > LABEL_MAX || text.data[i - 1] == '-') return 0;
            if (!dots++) first = i;
            before = label;
            label = i + 1;
            others = 0;
            form[i] = '.';
            continue;
        }
        if (!(class & (C_LOWER | C_UPPER | C_DIGIT | C_HYPHEN))) return 0;
        if ((class & C_HYPHEN) && (i == label || (i == label + 3 && text.data[i - 1] == '-'))) return 0;
        others += (class & (C_DIGIT | C_HYPHEN)) != 0;
        form[i] = (char)(text.data[i] | (class & C_UPPER ? 0x20 : 0));
    }
    size_t last = text.bytes - label;
    if (!dots || last < 2 || last > LABEL_MAX || others || (dots == 1 && first <= SUFFIX_LABEL_MAX)) return 0;
    *ret_flags = is_set_aside(form, text.bytes, label, before) ? TG_SELECTOR_NOISE : 0;
    return text.bytes;
}

static bool domain_fast(struct tg_view text, struct tg_selector *out)
{
    char form[HOST_MAX + 1];
    uint32_t flags = 0;
    size_t bytes = host_fast(text, form, &flags);
    return bytes && give(out, TG_SELECTOR_DOMAIN, flags, form, bytes);
}

static bool email_fast(struct tg_view text, struct tg_selector *out)
{
    char form[LOCAL_MAX + 1 + HOST_MAX + 1];
    const uint8_t *sign = memchr(text.data, '@', text.bytes);
    size_t local = sign ? (size_t)(sign - text.data) : 0;
    if (!local || local > LOCAL_MAX) return false;
    for (size_t i = 0; i < local; i++) {
        unsigned class = class_of(text.data[i]);
        bool dot = text.data[i] == '.' && i && i + 1 < local && text.data[i - 1] != '.';
        if (!dot && !(class & C_LOCAL)) return false;
        form[i] = (char)(text.data[i] | (class & C_UPPER ? 0x20 : 0));
    }
    form[local] = '@';
    uint32_t flags = 0;
    size_t host = host_fast(tg_view_of(sign + 1, text.bytes - local - 1), form + local + 1, &flags);
    return host && give(out, TG_SELECTOR_EMAIL, flags, form, local + 1 + host);
}

/* Four numbers outside the blocks that hold reserved networks. */
static bool ip_fast(struct tg_view text, struct tg_selector *out)
{
    unsigned number = 0, digits = 0, dots = 0, first = 0;
    if (text.bytes < 7 || text.bytes > 15) return false;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.data[i];
        if (c == '.') {
            if (!digits || dots == 3) return false;
            if (!dots++) first = number;
            number = digits = 0;
            continue;
        }
        if (c < '0' || c > '9' || (digits && !number)) return false;
        number = number * 10 + (unsigned)(c - '0');
        if (++digits > 3 || number > 255) return false;
    }
    bool perhaps_reserved = first == 0 || first == 10 || first == 100 || first == 127 || first == 169 ||
                            first == 172 || first == 192 || first == 198 || first >= 203;
    if (dots != 3 || !digits || perhaps_reserved) return false;
    return give(out, TG_SELECTOR_IP, 0, (const char *)text.data, text.bytes);
}

/* Hexadecimal digits of a known length that do not begin as the hash of nothing does. */
static bool hash_fast(struct tg_view text, struct tg_selector *out)
{
    static const struct {
        uint8_t digits;
        char name[8];
        char empty[8]; /* how the hash of nothing begins */
    } algorithms[] = {{32, "md5:", "d41d8cd"}, {40, "sha1:", "da39a3e"}, {64, "sha256:", "e3b0c44"}};
    char form[8 + 64];
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (algorithms[i].digits != text.bytes) continue;
        size_t head = strlen(algorithms[i].name);
        memcpy(form, algorithms[i].name, head);
        for (size_t k = 0; k < text.bytes; k++) {
            unsigned class = class_of(text.data[k]);
            if (!(class & C_HEX)) return false;
            form[head + k] = (char)(text.data[k] | (class & C_UPPER ? 0x20 : 0));
        }
        if (memcmp(form + head, algorithms[i].empty, 7) == 0 || tg_sel_all_same(form + head, text.bytes))
            return false;
        return give(out, TG_SELECTOR_HASH, 0, form, head + text.bytes);
    }
    return false;
}

bool tg_sel_fast(enum tg_selector_type type, struct tg_view text, struct tg_selector *out)
{
    if (type == TG_SELECTOR_PHONE) return phone_fast(text, out);
    if (type == TG_SELECTOR_EMAIL) return email_fast(text, out);
    if (type == TG_SELECTOR_DOMAIN) return domain_fast(text, out);
    if (type == TG_SELECTOR_IP) return ip_fast(text, out);
    return type == TG_SELECTOR_HASH && hash_fast(text, out);
}
