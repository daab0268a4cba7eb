/* Letters of other scripts in Latin: tables of our own, one row a letter, by script. For fold.c alone.
 *
 * Knows letters and their neighbours within a word, not names. Version: TG_NAME_TABLES_VERSION.
 */
#ifndef TG_MATCH_TRANSLIT_H
#define TG_MATCH_TRANSLIT_H

#include "match/fold.h"

/* main: usual reading, "" for a letter without sound; other: second reading or NULL. */
struct tg_letter {
    const char *main, *other;
};

/* NULL when the table has no such letter. */
const struct tg_letter *tg_letter_cyrillic(uint32_t cp);
const struct tg_letter *tg_letter_hebrew(uint32_t cp);
const struct tg_letter *tg_letter_greek(uint32_t cp);
const struct tg_letter *tg_letter_armenian(uint32_t cp);
const struct tg_letter *tg_letter_georgian(uint32_t cp);
const struct tg_letter *tg_letter_latin(uint32_t cp);

/* Readings of the Arabic letter at word[at]; they depend on its neighbours. A reading "" is possible; false when the
 * table has no such letter. ret_used: how many letters the reading covers. */
bool tg_letter_arabic(const uint32_t *word, size_t count, size_t at, struct tg_letter *ret_letter,
                      size_t *ret_used);

/* Romanisation of one Hangul syllable; out ends with a NUL. */
void tg_letter_hangul(uint32_t cp, char out[static 8]);

/* The Cyrillic letter that a Latin one looks like, and back; 0 when there is none. */
uint32_t tg_look_alike_cyrillic(uint32_t latin);
uint32_t tg_look_alike_latin(uint32_t cyrillic);

#endif
