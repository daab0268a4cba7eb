/* The status line under the scrolling lines of `watch` at a terminal, and the key that leaves.
 *
 * Lines scroll and are never drawn over, so what went by can be read back and copied, and nothing has to be put back but
 * the one line and the keyboard's mode. Knows no notice but its precedence.
 */
#ifndef TG_CLI_WATCH_SCREEN_H
#define TG_CLI_WATCH_SCREEN_H

#include <termios.h>

#include "cli/output.h"

#define TG_WATCH_PRECEDENCES 4
struct tg_watch_screen {
    struct tg_cli *cli; /* NULL: no terminal, nothing is done */
    struct termios before;
    bool keys; /* the keyboard's mode was changed */
    size_t counts[TG_WATCH_PRECEDENCES];
    bool away; /* the node is */
};
void tg_watch_screen_begin(struct tg_watch_screen *screen, struct tg_cli *cli);
/* The terminal as it was. */
void tg_watch_screen_end(struct tg_watch_screen *screen);
TG_AUTO_DEFINE(tg_watch_screen, tg_watch_screen_end)
/* In front of anything that is printed, and behind it. */
void tg_watch_screen_clear(struct tg_watch_screen *screen);
void tg_watch_screen_draw(struct tg_watch_screen *screen);
void tg_watch_screen_count(struct tg_watch_screen *screen, const char *precedence);
/* What was typed is taken; true: somebody leaves, by key or signal. */
bool tg_watch_screen_left(struct tg_watch_screen *screen);

#endif
