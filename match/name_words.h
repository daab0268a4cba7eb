/* Words with a meaning of their own in names, suffixes, and how common a name is. For name.c alone.
 *
 * Static tables; version: TG_NAME_TABLES_VERSION.
 */
#ifndef TG_MATCH_NAME_WORDS_H
#define TG_MATCH_NAME_WORDS_H

#include "match/name.h"

enum tg_word_role {
    TG_WORD_PLAIN,
    TG_WORD_TITLE,
    TG_WORD_ARTICLE,  /* al, el, ul */
    TG_WORD_PARTICLE, /* de, van, der */
    TG_WORD_NASAB,    /* bin, ibn: the next word is an ancestor */
    TG_WORD_FILIAL,   /* uulu, o'g'li: the word before is the father */
    TG_WORD_ZODA,     /* zoda, zadeh written apart: a suffix of the word before */
    TG_WORD_KUNYA,    /* abu: the next word is a child */
    TG_WORD_SERVANT,  /* abd: joins with the next word */
    TG_WORD_DIN       /* din, ullah: joins with the word before */
};
enum tg_word_role tg_word_role_of(const char *fold);

/* Length of the fold without its suffix; 0 when it has none. ret_class: the code by which such suffixes are one. */
size_t tg_suffix_cut(const char *fold, size_t bytes, bool *ret_patronymic, const char **ret_class);

/* Code that stands for a name in all languages that have it; NULL when the table does not list it. Static storage. */
const char *tg_name_kin(const char *phonetic);

/* Rarity of a phonetic code, 1..100: 100 for a name that the table of common ones does not list. */
uint8_t tg_rarity(const char *phonetic, size_t bytes);

#endif
