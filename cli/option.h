/* Option tables: one row an option; parsing, help, completion and the manual's check all read the same rows.
 *
 * Knows no command and prints nothing. What a person may type is described in docs/cli.md.
 */
#ifndef TG_CLI_OPTION_H
#define TG_CLI_OPTION_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/limits.h"

enum tg_option_kind {
    TG_OPTION_FLAG,
    TG_OPTION_TEXT,
    TG_OPTION_FILE,   /* text; completion offers files */
    TG_OPTION_NUMBER, /* 0..number_max (0: INT64_MAX) */
    TG_OPTION_CHOICE, /* one of the names */
    TG_OPTION_DATE,   /* 2024, 2024-06 or 2024-06-30; text, checked */
    TG_OPTION_TIME,   /* a full date or a time with zone; number = unix ms */
};

struct tg_option {
    const char *name; /* long name without dashes; NULL ends a table */
    char letter;      /* short name, 0: none */
    enum tg_option_kind kind;
    bool repeat;          /* may be given more than once */
    const char *argument; /* as help shows it, "TEXT" */
    const char *help;
    const char *const *choices; /* CHOICE: names, ended by NULL, ... */
    int enumeration;            /* ... or 1 + enum tg_rec_enum: the names of a record's enumeration */
    uint64_t number_max;
};
#define TG_OPTION_END \
    {                 \
        .name = NULL  \
    }

struct tg_arg {
    const struct tg_option *option;
    const char *text; /* "" for a flag; borrowed from argv */
    int64_t number;   /* NUMBER, TIME; CHOICE: its place among the choices */
};
/* What was typed. Zero-initialise. */
struct tg_args {
    struct tg_arg values[TG_CLI_VALUES_MAX];
    size_t value_count;
    const char *words[TG_CLI_WORDS_MAX];
    size_t word_count;
};

/* Read argv[from..argc) against up to TG_OPTION_TABLES_MAX tables, ended by NULL, and append to args. "--" ends the
 * options. Of two options with one name the earlier table's counts. who is named in messages: "peer add".
 *
 * stop_at_word  true: return at the first word that is no option
 * ret_next      where it stopped: argc, or the place of that word
 * Errors: TG_EUSAGE, with the nearest known name. args may be half filled then. */
#define TG_OPTION_TABLES_MAX 4
tg_err tg_args_parse(const char *who, const struct tg_option *const *tables, int from, int argc,
                     char *const *argv, bool stop_at_word, struct tg_args *args, int *ret_next,
                     struct tg_errmsg *em);

/* The option's value, or the fallback when it was not given. */
bool tg_args_has(const struct tg_args *args, const char *name);
const char *tg_args_text(const struct tg_args *args, const char *name, const char *fallback);
int64_t tg_args_number(const struct tg_args *args, const char *name, int64_t fallback);
/* The next value of a repeated option; *at begins at 0. NULL at the end. */
const char *tg_args_each(const struct tg_args *args, const char *name, size_t *at);

/* The i-th name an option accepts, for help and completion; NULL at the end or for free text. */
const char *tg_option_choice(const struct tg_option *option, size_t i);
/* Help lines of the first count options of a table, at most columns wide, appended. */
tg_err tg_options_help(const struct tg_option *options, size_t count, size_t columns, struct tg_buf *out);

#endif
