/* Prose files: what only a person can write of a manual page, in a text that is easy to write.
 *
 * Knows no command. The form is described in man/README.md.
 */
#ifndef TG_MAN_PROSE_H
#define TG_MAN_PROSE_H

#include "man/roff.h"

#define TG_PROSE_BYTES_MAX 65536
#define TG_PROSE_SECTIONS_MAX 24

struct tg_prose_section {
    struct tg_view title, body; /* into text */
    bool put;                   /* stands on the page already */
};
struct tg_prose {
    struct tg_buf text;
    struct tg_prose_section sections[TG_PROSE_SECTIONS_MAX];
    size_t count;
};
void tg_prose_release(struct tg_prose *prose);

/* TG_ENOENT: no such file. TG_EFORMAT: text in front of the first "# TITLE". */
tg_err tg_prose_read(const char *path, struct tg_prose *prose, struct tg_errmsg *em);
/* NULL when there is none. */
struct tg_prose_section *tg_prose_section(struct tg_prose *prose, const char *title);

/* What "@name" on a line of its own stands for. false: nothing has that name. */
typedef bool (*tg_prose_part_fn)(void *ctx, struct tg_roff *roff, struct tg_view name);
/* The body of a section as mdoc. TG_EFORMAT with the line in em. */
tg_err tg_prose_put(const struct tg_prose_section *section, struct tg_roff *roff, tg_prose_part_fn part,
                    void *ctx, struct tg_errmsg *em);

#endif
