/* Phonetic codes and skeletons: one byte a sound.
 *
 * Knows spelling habits, not names. Codes: a e i o u, consonants by their letter, 'S' sh, 'c' ch, 'j' zh dzh j, 'h' h kh.
 */
#include "base/text.h"
#include "match/fold.h"

/* Longest first. A code of two letters is two sounds. */
static const struct {
    char spelling[5], code[3];
} spellings[] = {
    {"shch", "S"}, {"tsch", "c"}, {"sch", "S"}, {"tch", "c"}, {"dzh", "j"}, {"dsh", "j"}, {"dj", "j"},
    {"zh", "j"},   {"sh", "S"},   {"ch", "c"},  {"kh", "h"},  {"gh", "g"},  {"ph", "f"},  {"th", "t"},
    {"dh", "d"},   {"ck", "k"},   {"cz", "c"},  {"ts", "s"},  {"tz", "s"},  {"ou", "u"},  {"oo", "u"},
    {"ee", "i"},   {"iy", "i"},   {"yi", "i"},  {"ij", "i"},  {"ie", "i"},  {"ye", "e"},  {"yo", "o"},
    {"ey", "ei"},  {"ay", "ai"},  {"qu", "k"},  {"q", "k"},   {"w", "v"},   {"x", "ks"},  {"y", "i"},
    {"ce", "se"},  {"ci", "si"},  {"cy", "si"}, {"c", "k"},
};

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static size_t starts(const char *text, size_t bytes, const char *with)
{
    size_t length = strlen(with);
    return length <= bytes && memcmp(text, with, length) == 0 ? length : 0;
}

static void code_put(char *out, size_t *at, const char *code)
{
    for (; *code != 0 && *at < TG_NAME_FOLD_BYTES_MAX; code++) {
        if (*at > 0 && out[*at - 1] == *code) continue;
        out[(*at)++] = *code;
    }
}

static size_t spelling_at(const char *text, size_t bytes, const char **ret_code)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (spellings[i].spelling[0] != text[0]) continue;
        size_t used = starts(text, bytes, spellings[i].spelling);
        if (used == 0) continue;
        *ret_code = spellings[i].code;
        return used;
    }
    return 0;
}

static size_t encode(const char *fold, size_t bytes, char *out, size_t at)
{
    for (size_t i = 0; i < bytes;) {
        const char *code = NULL;
        size_t used = spelling_at(fold + i, bytes - i, &code);
        char own[2] = {fold[i], 0};
        code_put(out, &at, used > 0 ? code : own);
        i += used > 0 ? used : 1;
    }
    return at;
}

/* "abdur rahman", "abdel-rahman", "abdulrahman": the article in the middle takes the colour of what follows. Returns the
 * bytes of "abd", vowel and article, 0 when the word is not such a name. */
static size_t servant_prefix(const char *fold, size_t bytes)
{
    if (bytes < 7 || memcmp(fold, "abd", 3) != 0 || !is_vowel(fold[3])) return 0;
    bool article = fold[4] == 'l' && !is_vowel(fold[5]);
    bool doubled = fold[4] == fold[5] && !is_vowel(fold[4]);
    bool sh = bytes > 8 && fold[4] == 's' && fold[5] == 'h' && fold[6] == 's' && fold[7] == 'h';
    if (!article && !doubled && !sh) return 0;
    return sh ? 6 : 5;
}

size_t tg_phonetic(const char *fold, size_t bytes, bool from_abjad, char *out)
{
    size_t at = 0;
    size_t prefix = servant_prefix(fold, bytes);
    if (prefix > 0) code_put(out, &at, "abdu");
    at = encode(fold + prefix, bytes - prefix, out, at);
    bool silent_h = at > 2 && out[at - 1] == 'h' && is_vowel(out[at - 2]);
    bool spelt_kh = bytes > 1 && fold[bytes - 2] == 'k';
    bool of_allah = at > 3 && silent_h && out[at - 3] == 'l'; /* -ullah, -allah: silent in every script */
    if (silent_h && !spelt_kh && (!from_abjad || of_allah)) at--;
    out[at] = 0;
    return at;
}

/* Sounds that one spelling has for the other. Capital letters are those of codes. */
static const char classes[128] = {
    ['b'] = 'b', ['c'] = 'j', ['d'] = 'd', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['j'] = 'j', ['k'] = 'g',
    ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['p'] = 'b', ['q'] = 'g', ['r'] = 'r', ['s'] = 's', ['t'] = 'd',
    ['v'] = 'v', ['w'] = 'v', ['x'] = 's', ['z'] = 's', ['S'] = 's', ['0'] = '0', ['1'] = '1', ['2'] = '2',
    ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
};

size_t tg_skeleton(const char *phonetic, size_t bytes, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes; i++) {
        char sound = (phonetic[i] & 0x80) != 0 ? phonetic[i] : classes[(unsigned char)phonetic[i]];
        if (sound == 0 || (at > 0 && out[at - 1] == sound)) continue; /* 0: a vowel */
        out[at++] = sound;
    }
    out[at] = 0;
    return at;
}
