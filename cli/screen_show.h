/* Hits of a screened file on the screen, in TSV or JSON lines, and the sum at the end.
 *
 * Knows no file format and asks nobody. Output: docs/cli.md "Output".
 */
#ifndef TG_CLI_SCREEN_SHOW_H
#define TG_CLI_SCREEN_SHOW_H

#include "cli/screen_batch.h"
#include "cli/table.h"
#include "cli/terminal.h"

/* Zero-initialise, begin, release. */
struct tg_screen_show {
    struct tg_cli *cli;
    struct tg_progress *progress; /* taken off the screen before anything is told */
    struct tg_table table;
    struct tg_arena row_arena; /* of one answer */
    struct tg_arena kept_arena;
    struct tg_screen_kept *kept; /* text: hits that wait to be ordered */
    size_t kept_count;
    struct tg_screen_seen *seen; /* slots: how often a value met something */
    struct tg_token_key key;
    const char *const *column_names; /* of the table; NULL: none */
    size_t column_count;
    uint64_t hits, places, untold,
        quiet_told;              /* rows shown, places with a hit, rows of places beyond the limit */
    struct tg_screen_place last; /* line, column, at of the hit before */
};
tg_err tg_screen_show_begin(struct tg_screen_show *show, struct tg_cli *cli, struct tg_progress *progress,
                            struct tg_errmsg *em);
void tg_screen_show_release(struct tg_screen_show *show);
/* As tg_screen_on_row; ctx is the show. */
tg_err tg_screen_show_row(void *ctx, const struct tg_screen_place *place, const struct tg_control_msg *msg,
                          struct tg_errmsg *em);
/* What waits, the best first, and what was not shown. */
tg_err tg_screen_show_end(struct tg_screen_show *show, struct tg_errmsg *em);

#endif
