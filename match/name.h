/* A person's name taken apart: tokens, what each is (title, patronymic, ...), and its forms.
 *
 * Knows nothing of indexes or scores. Tags and forms: docs/formats-match.md.
 */
#ifndef TG_MATCH_NAME_H
#define TG_MATCH_NAME_H

#include "base/date.h"
#include "match/fold.h"

/* What a token is; several may hold. */
enum {
    TG_TOKEN_TITLE = 1,    /* haji, mullah, dr: weighs next to nothing */
    TG_TOKEN_PARTICLE = 2, /* al, bin, van: no weight of its own */
    TG_TOKEN_KUNYA = 4,    /* abu X, umm X */
    TG_TOKEN_PATRONYMIC =
        8,                 /* -ovich, X uulu, X o'g'li, bin X: free when omitted, counts when contradicted */
    TG_TOKEN_SUFFIX = 16,  /* carries -ov, -zoda, -uly ...: has a stem */
    TG_TOKEN_INITIAL = 32, /* one letter */
    TG_TOKEN_ABJAD = 64,   /* from a script without short vowels */
    TG_TOKEN_SYLLABIC = 128 /* from Hangul, which spells one name in one way */
};

struct tg_name_token {
    char fold[TG_NAME_FOLD_BYTES_MAX + 1];        /* Latin reading */
    char phonetic[TG_NAME_FOLD_BYTES_MAX + 1];    /* code of the fold */
    char alternative[TG_NAME_FOLD_BYTES_MAX + 1]; /* code of the second reading, or empty */
    char stem[TG_NAME_FOLD_BYTES_MAX + 1]; /* code without the surname or patronymic suffix, or empty */
    uint8_t tags;
    uint8_t weight; /* rarity, 1..100, from the table of common names */
};

struct tg_name {
    struct tg_name_token tokens[TG_NAME_TOKENS_MAX];
    size_t count;
    uint8_t script;  /* enum tg_script: the majority of the words */
    bool bare_kunya; /* nothing but a kunya */
};

/* Take a name apart. Errors as tg_fold_words; TG_EVALUE when nothing remains. ret_name untouched on failure.
 * Thread: any. No allocation. */
tg_err tg_name_parse(struct tg_view text, struct tg_name *ret_name, struct tg_errmsg *em);

/* The name in Latin letters, first letters capital, for people who do not read its script ("Rahmonov Abdullo").
 * A Latin text comes back as it is. out is appended to. Errors: TG_EFORMAT, TG_ELIMIT, TG_ENOMEM. */
tg_err tg_name_latin(struct tg_view text, struct tg_buf *out);

#endif
