/* Is it Windows-1251? Asked of text that is not ASCII and names no encoding.
 *
 * Must not know: files. What is not told for sure is not guessed: the reader then refuses rows and asks for --encoding.
 */
#include "base/text.h"
#include "proto/import_text.h"

#define PAIRS_MIN 3 /* of letters side by side: fewer prove nothing */

/* Letters of Windows-1251: а-я, ё and those of Belarusian and Ukrainian. */
static bool is_upper(uint8_t c)
{
    return (c >= 0xC0 && c <= 0xDF) || memchr("\xA8\xA5\xAA\xAF\xB2\xA1", c, 6);
}
static bool is_lower(uint8_t c)
{
    return c >= 0xE0 || memchr("\xB8\xB4\xBA\xBF\xB3\xA2", c, 6);
}
static bool is_vowel(uint8_t c)
{
    /* а е и о у ы э ю я ё, і ї є ў in both cases */
    static const char vowels[] = "\xE0\xE5\xE8\xEE\xF3\xFB\xFD\xFE\xFF\xB8\xB3\xBF\xBA\xA2"
                                 "\xC0\xC5\xC8\xCE\xD3\xDB\xDD\xDE\xDF\xA8\xB2\xAF\xAA\xA1";
    return memchr(vowels, c, sizeof vowels - 1);
}

/* The beginning of a character, cut off by the end of the sample. */
static bool is_cut(struct tg_view text)
{
    bool cut = text.bytes < 4 && text.data[0] >= 0xC2;
    for (size_t i = 1; i < text.bytes && cut; i++) cut = (text.data[i] & 0xC0) == 0x80;
    return cut;
}

/* Characters that UTF-8 has, and bytes that it cannot have. */
static bool is_utf8(struct tg_view text)
{
    size_t whole = 0, broken = 0;
    while (text.bytes) {
        size_t good = tg_utf8_prefix(text);
        for (size_t i = 0; i < good; i++) whole += text.data[i] >= 0xC0;
        text = tg_view_of(text.data + good, text.bytes - good);
        if (!text.bytes || is_cut(text)) break;
        text = tg_view_of(text.data + 1, text.bytes - 1);
        broken++;
    }
    return broken <= whole;
}

/* In other encodings of Cyrillic, upper and lower case or letters and signs change places, and vowels are few; in
 * Western ones the letters stand alone between ASCII. */
bool tg_import_looks_1251(struct tg_view text)
{
    size_t high = 0, in_words = 0, pairs = 0, inverted = 0, vowels = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.data[i], before = i ? text.data[i - 1] : 0;
        uint8_t after = i + 1 < text.bytes ? text.data[i + 1] : 0;
        bool letter = is_upper(c) || is_lower(c), follows = is_upper(before) || is_lower(before);
        high += c >= 0x80;
        in_words += letter && (follows || is_upper(after) || is_lower(after));
        pairs += letter && follows;
        inverted += is_lower(before) && is_upper(c);
        vowels += is_vowel(c);
    }
    bool words = pairs >= PAIRS_MIN && 4 * in_words >= 3 * high && 8 * inverted <= pairs &&
                 10 * vowels >= 3 * in_words;
    return words && !is_utf8(text);
}
