/* Manual pages as mdoc(7): what every page is written with.
 *
 * Knows no command and no file. Errors stick: write everything, ask once.
 */
#ifndef TG_MAN_ROFF_H
#define TG_MAN_ROFF_H

#include <stdbool.h>

#include "base/bytes.h"

struct tg_roff {
    struct tg_buf text;
    tg_err err; /* the first failure */
};
void tg_roff_release(struct tg_roff *roff);

/* As it is. */
void tg_roff_put(struct tg_roff *roff, const char *text);
/* Requests and macros as they are, one line. */
void tg_roff_line(struct tg_roff *roff, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* ".Sh TITLE" or ".Ss title". */
void tg_roff_heading(struct tg_roff *roff, const char *macro, struct tg_view title);
/* Running text: escaped, `words` between back quotes in bold, each sentence on a line of its own. */
void tg_roff_text(struct tg_roff *roff, struct tg_view text);
/* One line of an example, as it is typed. */
void tg_roff_literal(struct tg_roff *roff, struct tg_view line);
/* The same inside a macro's line: escaped, no end of line. */
void tg_roff_word(struct tg_roff *roff, const char *word);
/* "help of an option" as a sentence: a capital in front, a full stop behind. */
void tg_roff_sentence(struct tg_roff *roff, const char *help);
/* The same, with a capital whatever it begins with. */
void tg_roff_summary(struct tg_roff *roff, const char *summary);

#endif
