/* Text of a name to words in Latin letters: normalisation, look-alike repair, transliteration.
 *
 * Knows nothing of what a word means (that is name.h). Tables and their version: docs/formats-match.md.
 */
#ifndef TG_MATCH_FOLD_H
#define TG_MATCH_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

/* Raised whenever a fold, a phonetic code, a tag, a weight or a score can come out differently. */
#define TG_NAME_TABLES_VERSION 2

enum tg_script {
    TG_SCRIPT_NONE,
    TG_SCRIPT_LATIN,
    TG_SCRIPT_CYRILLIC,
    TG_SCRIPT_ARABIC,
    TG_SCRIPT_HEBREW,
    TG_SCRIPT_GREEK,
    TG_SCRIPT_ARMENIAN,
    TG_SCRIPT_GEORGIAN,
    TG_SCRIPT_HANGUL,
    TG_SCRIPT_OTHER
};
enum tg_script tg_script_of(uint32_t code_point);

/* One word of a name. fold is lower-case ASCII a-z0-9 (for scripts without a table: UTF-8 as it is);
 * alt is a second reading of ambiguous letters, empty when there is none. */
struct tg_word {
    char fold[TG_NAME_FOLD_BYTES_MAX + 1];
    char alt[TG_NAME_FOLD_BYTES_MAX + 1];
    uint8_t fold_bytes;
    uint8_t alt_bytes;
    uint8_t script;   /* enum tg_script: the majority of the word's letters */
    bool repaired;    /* held look-alikes of another script */
    bool joined_left; /* written with a hyphen or apostrophe to the word before */
    bool after_comma; /* a comma stands before it */
    bool initial;     /* one letter, with or without a stop */
};

/* Split text into words and fold each. Words over the maximum are left out, longer words are cut.
 *
 * text   valid UTF-8 (TG_EFORMAT otherwise), at most TG_NAME_BYTES_MAX bytes (TG_ELIMIT)
 * words  room for TG_NAME_TOKENS_MAX
 * Returns TG_OK with 0 words for a text without letters. Thread: any. No allocation. */
tg_err tg_fold_words(struct tg_view text, struct tg_word words[static TG_NAME_TOKENS_MAX], size_t *ret_count);

/* Phonetic code of a folded word: one byte a sound, so that the usual ways of writing one name in Latin letters
 * fall together. out has room for TG_NAME_FOLD_BYTES_MAX + 1; returns its length. from_abjad: the fold comes from a
 * script that leaves out short vowels. */
size_t tg_phonetic(const char *fold, size_t fold_bytes, bool from_abjad, char *out);
/* The phonetic code without its vowels, sounds that one spelling has for the other (p b, t d, k g, ch j, s z sh) as one.
 * out as above. */
size_t tg_skeleton(const char *phonetic, size_t bytes, char *out);

#endif
