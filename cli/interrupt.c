/* Ctrl-C while something half made stands on the disk: noted, asked for, and in the end obeyed.
 *
 * Knows no command.
 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came; /* a handler can reach nothing else */

static void note(int number)
{
    came = number;
}

void tg_interrupt_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction before;
        bool ignored = !sigaction(numbers[i], NULL, &before) && before.sa_handler == SIG_IGN;
        if (!ignored) (void)sigaction(numbers[i], &action, NULL); /* nohup stays nohup */
    }
}

tg_err tg_interrupt_check(struct tg_errmsg *em)
{
    return came ? tg_fail(em, TG_ESYSTEM, "interrupted") : TG_OK;
}

int tg_interrupt_exit(int code)
{
    if (!came) return code;
    (void)signal(came, SIG_DFL);
    (void)raise(came);
    return code;
}
