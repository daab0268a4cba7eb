/* Who has stored, read and answered an alert, while its sender waits: a line for each addressee, drawn again in place at a
 * terminal; a line for each word, as it comes, anywhere else.
 *
 * Knows no command. Rows `addressee`, `stored`, `said` of verb `publish`: docs/control.md "Duty".
 */
#ifndef TG_CLI_LIVE_H
#define TG_CLI_LIVE_H

#include "cli/output.h"

struct tg_live_line {
    char country[8], node[64];
    int64_t stored_ms; /* after the commit; -1: not yet */
    bool refused;
    struct tg_buf said; /* escaped; "" until somebody says something */
};
struct tg_live {
    struct tg_cli *cli;
    struct tg_live_line lines[TG_AUDIENCE_MAX];
    size_t count;
    bool in_place; /* a terminal that has room for all */
    size_t drawn;  /* lines on the screen */
};
void tg_live_begin(struct tg_live *live, struct tg_cli *cli);
void tg_live_release(struct tg_live *live);
TG_AUTO_DEFINE(tg_live, tg_live_release)
/* One row of the answer. ret_taken: nothing else is to be printed of it. */
tg_err tg_live_row(struct tg_live *live, const struct tg_control_msg *msg, bool *ret_taken);

#endif
