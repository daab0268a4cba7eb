/* Text from outside: checked, escaped for a terminal or a log, and the nearest known name.
 *
 * Knows no locale; folding of names is match/'s.
 */
#include "base/text.h"

#define NEAREST_TEXT_MAX 63
#define NEAREST_EDITS_MAX 2

/* Length of the sequence that begins with this byte, 0 when none does. */
static size_t sequence_bytes(uint8_t first)
{
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/* One code point and its length from the front; length 0 when the front is not well formed. */
static size_t sequence_take(struct tg_view text, uint32_t *ret_code_point)
{
    if (!text.bytes) return 0;
    size_t bytes = sequence_bytes(text.data[0]);
    if (!bytes || bytes > text.bytes) return 0;
    static const uint8_t first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code_point = text.data[0] & first_mask[bytes];
    for (size_t i = 1; i < bytes; i++) {
        if ((text.data[i] & 0xC0) != 0x80) return 0;
        code_point = code_point << 6 | (text.data[i] & 0x3F);
    }
    bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < least[bytes] || code_point > 0x10FFFF || surrogate) return 0;
    *ret_code_point = code_point;
    return bytes;
}

size_t tg_utf8_prefix(struct tg_view text)
{
    size_t at = 0;
    while (at < text.bytes) {
        uint32_t code_point;
        if (text.data[at] < 0x80) {
            at++;
            continue;
        }
        size_t bytes = sequence_take(tg_view_of(text.data + at, text.bytes - at), &code_point);
        if (!bytes) break;
        at += bytes;
    }
    return at;
}

bool tg_utf8_valid(struct tg_view text)
{
    return tg_utf8_prefix(text) == text.bytes;
}

uint32_t tg_utf8_next(struct tg_view *text)
{
    uint32_t code_point = 0;
    size_t bytes = sequence_take(*text, &code_point);
    if (!bytes && text->bytes) bytes = 1, code_point = 0xFFFD;
    text->data += bytes;
    text->bytes -= bytes;
    return code_point;
}

size_t tg_utf8_put(uint32_t cp, uint8_t out[static 4])
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    size_t bytes = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = bytes - 1; i > 0; i--, cp >>= 6) out[i] = (uint8_t)(0x80 | (cp & 0x3F));
    out[0] = (uint8_t)(lead[bytes] | cp);
    return bytes;
}

#define ZERO_WIDTH_NON_JOINER 0x200C

struct range {
    uint32_t first;
    uint32_t last;
};

static bool in_ranges(uint32_t cp, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last) return true;
    return false;
}
#define IN_RANGES(cp, ranges) in_ranges((cp), (ranges), sizeof(ranges) / sizeof(ranges)[0])

static size_t code_point_columns(uint32_t cp)
{
    static const struct range none[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
                                        {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
                                        {0x06D6, 0x06DC}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
                                        {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};
    static const struct range wide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                        {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                        {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    if (IN_RANGES(cp, none)) return 0;
    return IN_RANGES(cp, wide) ? 2 : 1;
}

size_t tg_text_columns(struct tg_view text)
{
    size_t columns = 0;
    while (text.bytes) columns += code_point_columns(tg_utf8_next(&text));
    return columns;
}

/* What could move a cursor, hide text or reorder it: C0, C1, line separators, interlinear marks, and all that
 * Unicode calls Default_Ignorable_Code_Point [DerivedCoreProperties.txt]. */
static bool needs_escape(uint32_t cp)
{
    static const struct range ranges[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x034F, 0x034F},  {0x061C, 0x061C},
        {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},  {0x2028, 0x202E},
        {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
    return IN_RANGES(cp, ranges);
}

/* A zero-width non-joiner is orthography where it keeps two letters from joining, and can be seen by that: behind one
 * that joins on both sides, before one that joins backwards [RFC 5892 A.1, ArabicShaping.txt]. Elsewhere it hides. */
static const struct range joins_both[] = {
    {0x0620, 0x0620}, {0x0626, 0x0626}, {0x0628, 0x0628}, {0x062A, 0x062E}, {0x0633, 0x063F},
    {0x0641, 0x0647}, {0x0649, 0x064A}, {0x066E, 0x066F}, {0x0678, 0x0687}, {0x069A, 0x06BF},
    {0x06C1, 0x06C2}, {0x06CC, 0x06CC}, {0x06CE, 0x06CE}, {0x06D0, 0x06D1}, {0x06FA, 0x06FC},
    {0x06FF, 0x06FF}, {0x0750, 0x0758}, {0x075C, 0x076A}, {0x076D, 0x0770}, {0x0772, 0x0772},
    {0x0775, 0x0777}, {0x077A, 0x077F}};
static const struct range joins_back[] = {
    {0x0622, 0x0625}, {0x0627, 0x0627}, {0x0629, 0x0629}, {0x062F, 0x0632}, {0x0648, 0x0648},
    {0x0671, 0x0673}, {0x0675, 0x0677}, {0x0688, 0x0699}, {0x06C0, 0x06C0}, {0x06C3, 0x06CB},
    {0x06CD, 0x06CD}, {0x06CF, 0x06CF}, {0x06D2, 0x06D3}, {0x06D5, 0x06D5}, {0x06EE, 0x06EF},
    {0x0759, 0x075B}, {0x076B, 0x076C}, {0x0771, 0x0771}, {0x0773, 0x0774}, {0x0778, 0x0779}};

/* Vowel signs, which stand on the letter before. */
static bool is_arabic_mark(uint32_t cp)
{
    return (cp >= 0x064B && cp <= 0x065F) || cp == 0x0670;
}

/* before: the letter in front; rest: what stands behind. */
static bool keeps_apart(uint32_t before, struct tg_view rest)
{
    uint32_t cp = 0;
    while (rest.bytes && is_arabic_mark(cp = tg_utf8_next(&rest))) cp = 0;
    return IN_RANGES(before, joins_both) && (IN_RANGES(cp, joins_both) || IN_RANGES(cp, joins_back));
}

static tg_err escape_put(uint32_t cp, struct tg_buf *out)
{
    if (cp == '\n') return tg_buf_put_str(out, "\\n");
    if (cp == '\t') return tg_buf_put_str(out, "\\t");
    if (cp < 0x80) return tg_buf_putf(out, "\\x%02x", (unsigned)cp);
    return tg_buf_putf(out, "\\u{%04x}", (unsigned)cp);
}

tg_err tg_text_escape(struct tg_view text, struct tg_buf *out)
{
    size_t before = out->bytes;
    uint32_t letter = 0;
    tg_err err = TG_OK;
    while (!err && text.bytes) {
        uint32_t cp = 0;
        size_t bytes = sequence_take(text, &cp), step = bytes ? bytes : 1;
        struct tg_view rest = tg_view_of(text.data + step, text.bytes - step);
        bool plain = !needs_escape(cp) || (cp == ZERO_WIDTH_NON_JOINER && keeps_apart(letter, rest));
        if (!bytes)
            err = tg_buf_putf(out, "\\x%02x", text.data[0]);
        else if (plain)
            err = tg_buf_put(out, text.data, bytes);
        else
            err = escape_put(cp, out);
        if (!is_arabic_mark(cp)) letter = cp;
        text = rest;
    }
    if (err) out->bytes = before;
    return err;
}

static bool same_letter(char a, char b)
{
    return tg_ascii_lower(a) == tg_ascii_lower(b);
}

/* Damerau-Levenshtein (adjacent swaps count one), on short ASCII names. */
static size_t edits_between(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    size_t rows[3][NEAREST_TEXT_MAX + 1];
    for (size_t j = 0; j <= b_bytes; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_bytes; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_bytes; j++) {
            size_t change = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            size_t drop = last[j] + 1, add = now[j - 1] + 1;
            size_t least = change < drop ? change : drop;
            if (add < least) least = add;
            bool swapped =
                i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
            if (swapped && before[j - 2] + 1 < least) least = before[j - 2] + 1;
            now[j] = least;
        }
    }
    return rows[a_bytes % 3][b_bytes];
}

const char *tg_text_nearest(const char *text, const char *const *names, size_t count)
{
    size_t bytes = strlen(text);
    if (!bytes || bytes > NEAREST_TEXT_MAX) return NULL;
    const char *nearest = NULL;
    size_t least = NEAREST_EDITS_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        size_t name_bytes = strlen(names[i]);
        if (name_bytes > NEAREST_TEXT_MAX) continue;
        bool prefix = bytes >= 3 && name_bytes > bytes && strncmp(text, names[i], bytes) == 0;
        size_t edits = prefix ? 1 : edits_between(text, bytes, names[i], name_bytes);
        if (edits < least && edits < name_bytes) {
            least = edits;
            nearest = names[i];
        }
    }
    return nearest;
}

char tg_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tg_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool tg_ascii_is_alnum(char c)
{
    char lower = tg_ascii_lower(c);
    return tg_ascii_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct tg_view tg_text_trim(struct tg_view text)
{
    while (text.bytes && is_space(text.data[0])) text.data++, text.bytes--;
    while (text.bytes && is_space(text.data[text.bytes - 1])) text.bytes--;
    return text;
}

tg_err tg_text_u64(struct tg_view text, uint64_t max, uint64_t *ret_value)
{
    if (!text.bytes) return TG_EFORMAT;
    uint64_t value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        if (!tg_ascii_is_digit((char)text.data[i])) return TG_EFORMAT;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return TG_ELIMIT;
        value = value * 10 + digit;
    }
    if (value > max) return TG_ELIMIT;
    *ret_value = value;
    return TG_OK;
}
