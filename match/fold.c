/* Text of a name to words in Latin letters: normalisation, look-alike repair, transliteration.
 *
 * Knows nothing of what a word means. Pipeline: docs/formats-match.md.
 */
#include "match/fold.h"

#include <utf8proc.h>

#include "base/text.h"
#include "match/translit.h"

#define POINTS_MAX (TG_NAME_BYTES_MAX * 3)
#define WORD_POINTS_MAX 64

static const struct {
    uint32_t first, last;
    uint8_t script;
} blocks[] = {
    {'a', 'z', TG_SCRIPT_LATIN},        {'A', 'Z', TG_SCRIPT_LATIN},
    {0xC0, 0x24F, TG_SCRIPT_LATIN},     {0x250, 0x2AF, TG_SCRIPT_LATIN},
    {0x400, 0x52F, TG_SCRIPT_CYRILLIC}, {0x600, 0x6FF, TG_SCRIPT_ARABIC},
    {0x750, 0x77F, TG_SCRIPT_ARABIC},   {0x8A0, 0x8FF, TG_SCRIPT_ARABIC},
    {0xFB50, 0xFDFF, TG_SCRIPT_ARABIC}, {0xFE70, 0xFEFC, TG_SCRIPT_ARABIC},
    {0x590, 0x5FF, TG_SCRIPT_HEBREW},   {0x370, 0x3FF, TG_SCRIPT_GREEK},
    {0x530, 0x58F, TG_SCRIPT_ARMENIAN}, {0x10A0, 0x10FF, TG_SCRIPT_GEORGIAN},
    {0xAC00, 0xD7A3, TG_SCRIPT_HANGUL}, {0x1E00, 0x1EFF, TG_SCRIPT_LATIN},
};

enum tg_script tg_script_of(uint32_t cp)
{
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (cp >= blocks[i].first && cp <= blocks[i].last) return (enum tg_script)blocks[i].script;
    }
    return cp < 0x80 ? TG_SCRIPT_NONE : TG_SCRIPT_OTHER;
}

/* What stands between words, within one, or nowhere. */
enum role { ROLE_LETTER, ROLE_SILENT, ROLE_SPACE, ROLE_HYPHEN };

static enum role role_of(uint32_t cp)
{
    if (cp < 0x80) {
        if (tg_ascii_is_alnum((char)cp)) return ROLE_LETTER;
        if (cp == '\'' || cp == '`') return ROLE_SILENT;
        return cp == '-' ? ROLE_HYPHEN : ROLE_SPACE;
    }
    if (cp == 0x2010 || cp == 0x2011 || cp == 0x2013) return ROLE_HYPHEN;
    if (cp == 0x2018 || cp == 0x2019 || cp == 0xB4 || (cp >= 0x2B0 && cp <= 0x2FF)) return ROLE_SILENT;
    if (cp == 0x640 || cp == 0xAD || (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E))
        return ROLE_SILENT;
    if ((cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || cp == 0x61C) return ROLE_SILENT;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return ROLE_LETTER;
    if (category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ND) return ROLE_LETTER;
    if (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME) {
        return tg_script_of(cp) == TG_SCRIPT_OTHER && cp > 0x36F ? ROLE_LETTER : ROLE_SILENT;
    }
    return ROLE_SPACE;
}

/* Compatibility forms resolved, case folded, composed. Returns the count, or 0 when it does not fit. */
static size_t normalise(struct tg_view text, uint32_t points[static POINTS_MAX])
{
    bool ascii = true;
    for (size_t i = 0; i < text.bytes; i++) ascii = ascii && text.data[i] < 0x80;
    if (ascii) {
        for (size_t i = 0; i < text.bytes; i++) points[i] = (uint8_t)tg_ascii_lower((char)text.data[i]);
        return text.bytes;
    }
    utf8proc_int32_t raw[POINTS_MAX];
    const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE;
    utf8proc_ssize_t count =
        utf8proc_decompose(text.data, (utf8proc_ssize_t)text.bytes, raw, POINTS_MAX, options);
    if (count < 0 || count > POINTS_MAX) return 0;
    count = utf8proc_normalize_utf32(raw, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < count; i++) points[i] = (uint32_t)raw[i];
    return count < 0 ? 0 : (size_t)count;
}

struct raw_word {
    uint32_t points[WORD_POINTS_MAX];
    size_t count;
    bool joined_left, after_comma;
};

/* The next word from *at on; false at the end. */
static bool word_take(const uint32_t *points, size_t count, size_t *at, struct raw_word *word)
{
    word->count = 0;
    word->joined_left = word->after_comma = false;
    for (; *at < count; (*at)++) {
        enum role role = role_of(points[*at]);
        if (role == ROLE_LETTER && word->count < WORD_POINTS_MAX) word->points[word->count++] = points[*at];
        if (role == ROLE_HYPHEN || role == ROLE_SPACE) {
            if (word->count > 0) break;
            word->joined_left = role == ROLE_HYPHEN;
            word->after_comma = word->after_comma || points[*at] == ',';
        }
    }
    return word->count > 0;
}

/* Letters that only one script can have decide between Latin and Cyrillic; NONE when they do not. */
static enum tg_script telling(const uint32_t *points, size_t count)
{
    size_t latin = 0, cyrillic = 0;
    for (size_t i = 0; i < count; i++) {
        enum tg_script own = tg_script_of(points[i]);
        latin += own == TG_SCRIPT_LATIN && tg_look_alike_cyrillic(points[i]) == 0;
        cyrillic += own == TG_SCRIPT_CYRILLIC && tg_look_alike_latin(points[i]) == 0;
    }
    if (latin == 0 && cyrillic > 0) return TG_SCRIPT_CYRILLIC;
    return cyrillic == 0 && latin > 0 ? TG_SCRIPT_LATIN : TG_SCRIPT_NONE;
}

static enum tg_script majority(const uint32_t *points, size_t count)
{
    unsigned counts[TG_SCRIPT_OTHER + 1] = {0};
    unsigned best = TG_SCRIPT_NONE;
    for (size_t i = 0; i < count; i++) counts[tg_script_of(points[i])]++;
    for (unsigned s = TG_SCRIPT_LATIN; s <= TG_SCRIPT_OTHER; s++) {
        if (counts[s] > 0 && (best == TG_SCRIPT_NONE || counts[s] >= counts[best])) best = s;
    }
    if (counts[TG_SCRIPT_LATIN] > 0 && counts[TG_SCRIPT_CYRILLIC] > 0) {
        enum tg_script told = telling(points, count);
        if (told != TG_SCRIPT_NONE) return told;
    }
    return (enum tg_script)best;
}

/* Letters of the minority script that look like the majority's. */
static bool repair(uint32_t *points, size_t count, enum tg_script script)
{
    bool repaired = false;
    for (size_t i = 0; i < count; i++) {
        enum tg_script own = tg_script_of(points[i]);
        uint32_t to = 0;
        if (script == TG_SCRIPT_CYRILLIC && own == TG_SCRIPT_LATIN) to = tg_look_alike_cyrillic(points[i]);
        if (script == TG_SCRIPT_LATIN && own == TG_SCRIPT_CYRILLIC) to = tg_look_alike_latin(points[i]);
        if (to == 0) continue;
        points[i] = to;
        repaired = true;
    }
    return repaired;
}

struct folding {
    char text[TG_NAME_FOLD_BYTES_MAX + 1];
    size_t bytes;
};

static void fold_put_bytes(struct folding *fold, const char *text, size_t bytes)
{
    if (fold->bytes + bytes > TG_NAME_FOLD_BYTES_MAX) return;
    memcpy(fold->text + fold->bytes, text, bytes);
    fold->bytes += bytes;
}

static void fold_put(struct folding *fold, const char *text)
{
    fold_put_bytes(fold, text, strlen(text));
}

/* A Latin letter with marks to its base; digits of any script to ASCII; the rest as UTF-8. */
static void put_plain(struct folding *fold, uint32_t cp)
{
    char out[5] = "";
    if (cp < 0x80) {
        out[0] = (char)cp;
        fold_put_bytes(fold, out, 1);
        return;
    }
    utf8proc_int32_t parts[8];
    int bound = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE, &bound);
    if (count > 0 && count <= 8 && parts[0] < 0x80) {
        out[0] = (char)parts[0];
        fold_put(fold, out);
        return;
    }
    out[tg_utf8_put(cp, (uint8_t *)out)] = 0;
    fold_put(fold, out);
}

/* The letter without its marks. */
static uint32_t base_of(uint32_t cp)
{
    utf8proc_int32_t parts[8];
    int bound = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE, &bound);
    return count > 0 && count <= 8 ? (uint32_t)parts[0] : cp;
}

static bool is_cyrillic_vowel(uint32_t cp)
{
    static const uint16_t vowels[] = {0x430, 0x435, 0x438, 0x43E, 0x443, 0x44B, 0x44D, 0x44E, 0x44F, 0x451, 0x456};
    for (size_t i = 0; i < sizeof vowels / sizeof vowels[0]; i++) {
        if (vowels[i] == cp) return true;
    }
    return false;
}

/* Both readings of the letter at word[at]; returns the letters used, 0 when no table has it. */
static size_t letter_of(const uint32_t *word, size_t count, size_t at, struct tg_letter *ret_letter,
                        char syllable[8])
{
    typedef const struct tg_letter *lookup(uint32_t cp);
    static lookup *const lookups[] = {[TG_SCRIPT_LATIN] = tg_letter_latin,
                                      [TG_SCRIPT_CYRILLIC] = tg_letter_cyrillic,
                                      [TG_SCRIPT_HEBREW] = tg_letter_hebrew,
                                      [TG_SCRIPT_GREEK] = tg_letter_greek,
                                      [TG_SCRIPT_ARMENIAN] = tg_letter_armenian,
                                      [TG_SCRIPT_GEORGIAN] = tg_letter_georgian,
                                      [TG_SCRIPT_OTHER] = NULL};
    size_t used = 1;
    enum tg_script script = tg_script_of(word[at]);
    if (word[at] == 0x45E && at > 0 && is_cyrillic_vowel(word[at - 1])) { /* Belarusian; Uzbek after a consonant */
        *ret_letter = (struct tg_letter){"v", NULL};
        return 1;
    }
    if (script == TG_SCRIPT_ARABIC) return tg_letter_arabic(word, count, at, ret_letter, &used) ? used : 0;
    if (script == TG_SCRIPT_HANGUL) {
        tg_letter_hangul(word[at], syllable);
        *ret_letter = (struct tg_letter){syllable, NULL};
        return 1;
    }
    bool listed = lookups[script] != NULL && word[at] >= 0x80;
    const struct tg_letter *letter = listed ? lookups[script](word[at]) : NULL;
    if (letter == NULL && listed && script != TG_SCRIPT_LATIN) letter = lookups[script](base_of(word[at]));
    if (letter == NULL) return 0;
    *ret_letter = *letter;
    return 1;
}

static bool has_pair(const uint32_t *word, size_t count, uint32_t first, uint32_t second)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (word[i] == first && word[i + 1] == second) return true;
    }
    return false;
}

/* Latin x is kh to some and ks to others; q is the Persian gh; a final -ou, -au is Belarusian for -ov; a lone c is also
 * the Turkish j; ch is sh to those who write ou for u. */
static const char *latin_other(const uint32_t *word, size_t count, size_t at)
{
    if (word[at] == 'x') return "kh";
    if (word[at] == 'q' && (at + 1 == count || word[at + 1] != 'u')) return "gh";
    bool belarusian = count > 4 && word[count - 1] == 'u' && (word[count - 2] == 'o' || word[count - 2] == 'a');
    bool after = at > 1 && (word[at - 1] == 'o' || word[at - 1] == 'a');
    if (word[at] == 'u' && belarusian && after) return "v";
    if (word[at] == 'c' && at + 1 < count && word[at + 1] == 'h' && has_pair(word, count, 'o', 'u')) return "s";
    bool lone = at + 1 == count || (word[at + 1] != 'h' && word[at + 1] != 'k' && word[at + 1] != 'z');
    return word[at] == 'c' && lone && (at == 0 || (word[at - 1] != 's' && word[at - 1] != 'c')) ? "j" : NULL;
}

/* h after such a letter would be read as one sound with it: the short vowel that stands between is written. */
static void part_from_h(struct folding *fold)
{
    if (fold->bytes > 0 && strchr("sckgztdp", fold->text[fold->bytes - 1]) != NULL) fold_put(fold, "a");
}

static void fold_word(const struct raw_word *raw, struct tg_word *word)
{
    struct folding main = {.bytes = 0}, other = {.bytes = 0};
    bool differs = false;
    for (size_t at = 0; at < raw->count;) {
        struct tg_letter letter;
        char syllable[8];
        size_t used = letter_of(raw->points, raw->count, at, &letter, syllable);
        if (used == 0) {
            put_plain(&main, raw->points[at]);
            const char *second = latin_other(raw->points, raw->count, at);
            if (second == NULL) put_plain(&other, raw->points[at]);
            if (second != NULL) fold_put(&other, second);
            differs = differs || second != NULL;
            at++;
            continue;
        }
        bool abjad = word->script == TG_SCRIPT_ARABIC || word->script == TG_SCRIPT_HEBREW;
        if (letter.main[0] == 'h' && abjad) part_from_h(&main), part_from_h(&other);
        fold_put(&main, letter.main);
        fold_put(&other, letter.other != NULL ? letter.other : letter.main);
        differs = differs || letter.other != NULL;
        at += used;
    }
    memcpy(word->fold, main.text, sizeof word->fold);
    word->fold_bytes = (uint8_t)main.bytes;
    word->alt_bytes = differs ? (uint8_t)other.bytes : 0;
    memcpy(word->alt, other.text, sizeof word->alt);
    word->alt[word->alt_bytes] = 0;
}

static void word_put(struct raw_word *raw, struct tg_word words[], size_t *count)
{
    if (*count == TG_NAME_TOKENS_MAX) return;
    struct tg_word *word = &words[*count];
    memset(word, 0, sizeof *word);
    word->script = (uint8_t)majority(raw->points, raw->count);
    word->repaired = repair(raw->points, raw->count, (enum tg_script)word->script);
    word->joined_left = raw->joined_left;
    word->after_comma = raw->after_comma;
    word->initial = raw->count == 1 && word->script != TG_SCRIPT_HANGUL && word->script != TG_SCRIPT_OTHER;
    fold_word(raw, word);
    if (word->fold_bytes > 0) (*count)++;
}

/* The Arabic article is written with its word: take it off as a word of its own, but leave الله whole. */
static bool article_split(struct raw_word *raw, struct raw_word *rest)
{
    bool article = raw->count >= 5 && raw->points[0] == 0x627 && raw->points[1] == 0x644;
    if (!article || (raw->points[2] == 0x644 && raw->points[3] == 0x647)) return false;
    rest->count = raw->count - 2;
    memcpy(rest->points, raw->points + 2, rest->count * sizeof rest->points[0]);
    rest->joined_left = true;
    rest->after_comma = false;
    raw->count = 2;
    return true;
}

/* A Korean name written as one word: the surname is one syllable (two of four). */
static bool surname_split(struct raw_word *raw, struct raw_word *rest)
{
    if (raw->count < 2 || raw->count > 4) return false;
    for (size_t i = 0; i < raw->count; i++) {
        if (tg_script_of(raw->points[i]) != TG_SCRIPT_HANGUL) return false;
    }
    size_t surname = raw->count == 4 ? 2 : 1;
    rest->count = raw->count - surname;
    memcpy(rest->points, raw->points + surname, rest->count * sizeof rest->points[0]);
    rest->joined_left = rest->after_comma = false;
    raw->count = surname;
    return true;
}

tg_err tg_fold_words(struct tg_view text, struct tg_word words[static TG_NAME_TOKENS_MAX], size_t *ret_count)
{
    uint32_t points[POINTS_MAX];
    if (text.bytes > TG_NAME_BYTES_MAX) return TG_ELIMIT;
    if (!tg_utf8_valid(text)) return TG_EFORMAT;
    size_t total = normalise(text, points), at = 0, count = 0;
    struct raw_word raw, rest;
    while (word_take(points, total, &at, &raw)) {
        bool whole = count == 0 && at == total;
        bool split = article_split(&raw, &rest) || (whole && surname_split(&raw, &rest));
        word_put(&raw, words, &count);
        if (split) word_put(&rest, words, &count);
    }
    *ret_count = count;
    return TG_OK;
}
