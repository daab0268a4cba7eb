/* Host names to A-labels as UTS 46 (non-transitional) makes them: mapping by utf8proc, punycode of our own.
 *
 * Knows no public suffixes. What only the rules of IDNA forbid (directions, joiners, marks in front) is a doubt, what
 * DNS forbids is refused. [RFC 5890-5893], [UTS 46]
 */
#include <utf8proc.h>

#include "match/selector_impl.h"

#define HOST_MAX 253
#define CODE_POINTS_MAX 256
#define ZERO_WIDTH_NON_JOINER 0x200C
#define ZERO_WIDTH_JOINER 0x200D

/* A host on its way. */
struct host {
    char text[HOST_MAX + TG_LABEL_MAX + 2];
    size_t bytes;
    bool doubt; /* a rule of IDNA is broken */
};

static bool is_ldh(char c)
{
    return tg_ascii_is_alnum(c) || c == '-' || c == '_';
}

static bool is_joiner(uint32_t cp)
{
    return cp == ZERO_WIDTH_NON_JOINER || cp == ZERO_WIDTH_JOINER;
}

/* Arabic and Syriac letters that join the next one; the others of these blocks join the one before alone. */
static bool joins_next(uint32_t cp)
{
    static const uint16_t ranges[][2] = {
        {0x620, 0x620}, {0x626, 0x626}, {0x628, 0x628}, {0x62a, 0x62e}, {0x633, 0x63f}, {0x641, 0x647},
        {0x649, 0x64a}, {0x66e, 0x66f}, {0x678, 0x687}, {0x69a, 0x6bf}, {0x6c1, 0x6c2}, {0x6cc, 0x6cc},
        {0x6ce, 0x6ce}, {0x6d0, 0x6d1}, {0x6fa, 0x6fc}, {0x6ff, 0x6ff}, {0x712, 0x714}, {0x71a, 0x71d},
        {0x71f, 0x727}, {0x729, 0x729}, {0x72b, 0x72b}, {0x72d, 0x72e}, {0x74e, 0x758}, {0x75c, 0x76a},
        {0x76d, 0x770}, {0x772, 0x772}, {0x775, 0x777}, {0x77a, 0x77f}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (cp >= ranges[i][0] && cp <= ranges[i][1]) return true;
    }
    return false;
}

static bool is_mark(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

/* Whether a joiner at that place is part of the name [RFC 5892 A.1, A.2]: behind a virama, or between two letters
 * that would join without it. */
static bool joiner_counts(const uint32_t *points, size_t count, size_t at)
{
    if (at == 0) return false;
    if (utf8proc_get_property((utf8proc_int32_t)points[at - 1])->combining_class == 9) return true;
    if (points[at] == ZERO_WIDTH_JOINER) return false;
    size_t before = at - 1, after = at + 1;
    while (before > 0 && is_mark(points[before])) before--;
    while (after < count && is_mark(points[after])) after++;
    bool joining =
        after < count && points[after] >= 0x620 && points[after] <= 0x77F && points[after] != 0x621;
    return joining && joins_next(points[before]);
}

/* Mapped as UTS 46 does it: compatibility forms, lower case, composed; ß and final sigma stay, and joiners where they
 * count. The count of code points; 0 for none or too many. */
static size_t map_label(const uint32_t *from, size_t from_count, uint32_t out[static CODE_POINTS_MAX])
{
    utf8proc_int32_t points[CODE_POINTS_MAX];
    size_t count = 0;
    const utf8proc_option_t options =
        UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_DECOMPOSE;
    for (size_t i = 0; i < from_count; i++) {
        int bound = 0;
        utf8proc_ssize_t room = (utf8proc_ssize_t)(CODE_POINTS_MAX - count);
        if (room < 1) return 0;
        bool stays = from[i] == 0xDF || from[i] == 0x3C2;
        if (stays || (is_joiner(from[i]) && joiner_counts(from, from_count, i))) {
            points[count++] = (utf8proc_int32_t)from[i];
            continue;
        }
        utf8proc_ssize_t got =
            utf8proc_decompose_char((utf8proc_int32_t)from[i], points + count, room, options, &bound);
        if (got < 0 || got > room) return 0;
        count += (size_t)got;
    }
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(points, (utf8proc_ssize_t)count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < composed; i++) out[i] = (uint32_t)points[i];
    return composed < 0 ? 0 : (size_t)composed;
}

/* Letters, marks, digits, punctuation and symbols; no controls, spaces, private or unassigned code points. */
static bool may_stand(uint32_t cp)
{
    if (cp < 0x80) return is_ldh((char)cp);
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    bool specials = (cp >= 0xFFF0 && cp <= 0xFFFF) || (cp >= 0x2FF0 && cp <= 0x2FFF);
    return is_joiner(cp) ||
           (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO && !specials);
}

static unsigned direction_of(uint32_t cp)
{
    return (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)->bidi_class;
}

#define DIRECTION(name) (1U << UTF8PROC_BIDI_CLASS_##name)

/* [RFC 5893 §2], for a label with letters or digits from right to left. */
static bool directions_hold(const uint32_t *points, size_t count)
{
    const unsigned right = DIRECTION(R) | DIRECTION(AL), digits = DIRECTION(EN) | DIRECTION(AN);
    const unsigned neutral =
        DIRECTION(ES) | DIRECTION(CS) | DIRECTION(ET) | DIRECTION(ON) | DIRECTION(BN) | DIRECTION(NSM);
    unsigned all = 0, first = 1U << direction_of(points[0]);
    size_t end = count;
    for (size_t i = 0; i < count; i++) all |= 1U << direction_of(points[i]);
    while (end > 1 && direction_of(points[end - 1]) == UTF8PROC_BIDI_CLASS_NSM) end--;
    unsigned last = 1U << direction_of(points[end - 1]);
    bool holds = false;
    if ((first & right) != 0) {
        holds = (all & ~(right | digits | neutral)) == 0 && (last & (right | digits)) != 0 &&
                (all & digits) != digits;
    } else if (first == DIRECTION(L)) {
        holds = (all & ~(DIRECTION(L) | DIRECTION(EN) | neutral)) == 0 &&
                (last & (DIRECTION(L) | DIRECTION(EN))) != 0;
    }
    return holds || (all & (right | DIRECTION(AN))) == 0;
}

struct label {
    char text[TG_LABEL_MAX + 1];
    size_t bytes;
};

static tg_err no_domain_has(const struct tg_sel_in *in, struct tg_errmsg *em)
{
    return tg_fail(em, TG_EFORMAT, "host of '%s' holds a character that no domain name can have", in->shown);
}

static tg_err too_long(const struct tg_sel_in *in, struct tg_errmsg *em)
{
    return tg_fail(em, TG_ELIMIT, "a label in the host of '%s' is longer than %d characters", in->shown,
                   TG_LABEL_MAX);
}

/* A label that says it is one already: it must decode, and be what its decoded form maps to. */
static tg_err look_at_a_label(const struct tg_sel_in *in, const struct label *label, struct host *host,
                              struct tg_errmsg *em)
{
    uint32_t points[TG_LABEL_MAX], mapped[CODE_POINTS_MAX];
    size_t count = 0;
    bool valid = true;
    if (!tg_punycode_decode(tg_view_of(label->text + 4, label->bytes - 4), points, &count)) {
        return tg_fail(em, TG_EVALUE, "host of '%s' has a label 'xn--' that does not decode", in->shown);
    }
    bool same =
        map_label(points, count, mapped) == count && memcmp(mapped, points, count * sizeof *points) == 0;
    for (size_t i = 0; i < count; i++) valid = valid && may_stand(points[i]);
    host->doubt = host->doubt || !same || !valid || is_mark(points[0]) || !directions_hold(points, count);
    return TG_OK;
}

static tg_err label_encode(const struct tg_sel_in *in, const uint32_t *points, size_t count,
                           struct label *label, struct host *host, struct tg_errmsg *em)
{
    bool ascii = true;
    for (size_t i = 0; i < count; i++) {
        ascii = ascii && points[i] < 0x80;
        if (!may_stand(points[i])) return no_domain_has(in, em);
    }
    if (!ascii) {
        memcpy(label->text, "xn--", 4);
        bool fits = tg_punycode_encode(points, count, label->text + 4, TG_LABEL_MAX - 4, &label->bytes);
        if (!fits) return too_long(in, em);
        label->bytes += 4;
        bool marked =
            count > 4 && points[0] == 'x' && points[1] == 'n' && points[2] == '-' && points[3] == '-';
        host->doubt = host->doubt || marked || is_mark(points[0]) || !directions_hold(points, count);
    } else {
        if (count > TG_LABEL_MAX) return too_long(in, em);
        for (size_t i = 0; i < count; i++) label->text[label->bytes++] = (char)points[i];
    }
    const char *text = label->text;
    bool hyphen =
        label->bytes > 0 && (points[0] == '-' || points[count - 1] == '-' || text[label->bytes - 1] == '-');
    if (label->bytes == 0 || hyphen) {
        return tg_fail(em, TG_EFORMAT, "host of '%s' has an empty label, or one with a hyphen at its end",
                       in->shown);
    }
    if (ascii && label->bytes > 4 && memcmp(text, "xn--", 4) == 0)
        return look_at_a_label(in, label, host, em);
    return TG_OK;
}

static bool is_dot(uint32_t cp)
{
    return cp == '.' || cp == 0x3002 || cp == 0xFF0E || cp == 0xFF61;
}

/* The label at the front, as typed; its dot is taken, too, and said in more. */
static size_t label_take(struct tg_view *host, uint32_t points[static CODE_POINTS_MAX], bool *more)
{
    size_t count = 0;
    *more = false;
    while (host->bytes > 0) {
        uint32_t cp = tg_utf8_next(host);
        *more = is_dot(cp);
        if (*more) break;
        if (count < CODE_POINTS_MAX) points[count] = cp;
        count++;
    }
    return count;
}

/* Nothing but letters, digits, '-', '_' and dots, no label with "xn--": only lower case and lengths. False: the long
 * way has to look, and to say what is wrong. */
static bool plain_host(struct tg_view view, char out[static HOST_MAX + 1])
{
    size_t label = 0;
    if (view.bytes > 1 && view.data[view.bytes - 1] == '.') view.bytes--;
    if (view.bytes == 0 || view.bytes > HOST_MAX) return false;
    for (size_t i = 0; i < view.bytes; i++) {
        char c = tg_ascii_lower((char)view.data[i]);
        out[i] = c;
        if (is_ldh(c)) continue;
        if (c != '.' || i == label || i - label > TG_LABEL_MAX || out[label] == '-' || out[i - 1] == '-')
            return false;
        if (i - label >= 4 && memcmp(out + label, "xn--", 4) == 0) return false;
        label = i + 1;
    }
    size_t last = view.bytes - label;
    out[view.bytes] = 0;
    return last > 0 && last <= TG_LABEL_MAX && out[label] != '-' && out[view.bytes - 1] != '-' &&
           (last < 4 || memcmp(out + label, "xn--", 4) != 0);
}

tg_err tg_sel_host(const struct tg_sel_in *in, struct tg_view typed, char out[static 254], bool *ret_doubt,
                   struct tg_errmsg *em)
{
    struct host host = {.bytes = 0};
    bool more = typed.bytes > 0;
    *ret_doubt = false;
    if (!more) return tg_fail(em, TG_EFORMAT, "'%s' has no host name", in->shown);
    if (plain_host(typed, out)) return TG_OK;
    while (more) {
        uint32_t points[CODE_POINTS_MAX], mapped[CODE_POINTS_MAX];
        struct label label = {.bytes = 0};
        size_t count = label_take(&typed, points, &more);
        if (count > CODE_POINTS_MAX) return too_long(in, em);
        tg_err err = label_encode(in, mapped, map_label(points, count, mapped), &label, &host, em);
        if (err != TG_OK) return err;
        if (host.bytes > 0) host.text[host.bytes++] = '.';
        memcpy(host.text + host.bytes, label.text, label.bytes);
        host.bytes += label.bytes;
        if (host.bytes > HOST_MAX)
            return tg_fail(em, TG_ELIMIT, "host of '%s' is longer than %d characters", in->shown, HOST_MAX);
        if (more && typed.bytes == 0) more = false; /* the root's dot */
    }
    memcpy(out, host.text, host.bytes);
    out[host.bytes] = 0;
    *ret_doubt = host.doubt;
    if (*ret_doubt)
        (void)tg_fail(em, TG_OK, "host of '%s' breaks the rules of international names: no browser opens it",
                      in->shown);
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
