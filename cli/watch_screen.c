/* The status line of `watch` at a terminal.
 *
 * Knows no notice. Described in docs/cli.md "Watching".
 */
#include "cli/watch_screen.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

static void resized(int number)
{
    (void)number; /* it ends the wait, and the line is drawn anew */
}

void tg_watch_screen_begin(struct tg_watch_screen *screen, struct tg_cli *cli)
{
    *screen = (struct tg_watch_screen){.cli = NULL};
    if (cli->format != TG_FORMAT_TEXT || !cli->out_terminal || !cli->in_terminal) return;
    screen->cli = cli;
    struct sigaction action = {.sa_handler = resized};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGWINCH, &action, NULL);
    tg_interrupt_catch();
    if (tcgetattr(STDIN_FILENO, &screen->before)) return;
    struct termios keys = screen->before;
    keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    screen->keys = tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys) == 0;
}

void tg_watch_screen_end(struct tg_watch_screen *screen)
{
    if (!screen->cli) return;
    tg_watch_screen_clear(screen);
    if (screen->keys) (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
    screen->cli = NULL;
}

void tg_watch_screen_clear(struct tg_watch_screen *screen)
{
    if (!screen->cli) return;
    tg_put(screen->cli, "\r\033[K");
    (void)fflush(screen->cli->out);
}

void tg_watch_screen_draw(struct tg_watch_screen *screen)
{
    struct tg_cli *cli = screen->cli;
    char when[TG_WHEN_BYTES];
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    TG_AUTO(tg_buf) struct tg_buf cut = {0};
    if (!cli) return;
    tg_terminal_look(cli); /* its width may be another by now */
    tg_when_format(tg_clock_wall_ms(cli->clock), when);
    if (tg_buf_putf(&text, " %s%s · FLASH %zu · IMMEDIATE %zu · PRIORITY %zu · routine %zu · q leaves", when,
                    screen->away ? " · NODE AWAY" : "", screen->counts[3], screen->counts[2],
                    screen->counts[1], screen->counts[0]) ||
        tg_put_cut(&cut, tg_buf_view(&text), cli->columns - 1))
        return;
    tg_put(cli, "\r\033[7m%.*s\033[0m\033[K", TG_VIEW_PRINT(tg_buf_view(&cut)));
    (void)fflush(cli->out);
}

void tg_watch_screen_count(struct tg_watch_screen *screen, const char *precedence)
{
    static const char *const names[TG_WATCH_PRECEDENCES] = {"routine", "priority", "immediate", "flash"};
    for (size_t i = 0; i < TG_WATCH_PRECEDENCES; i++) screen->counts[i] += strcmp(names[i], precedence) == 0;
}

bool tg_watch_screen_left(struct tg_watch_screen *screen)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;
    if (!screen->cli) return false;
    if (tg_interrupt_check(NULL)) return true;
    while (poll(&fd, 1, 0) == 1) {
        if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q') return true;
    }
    return false;
}
