/* Ctrl-C while something half made stands on the disk: it is cleared away before the program ends.
 *
 * Knows no command. A second signal ends the program at once.
 */
#ifndef TG_CLI_INTERRUPT_H
#define TG_CLI_INTERRUPT_H

#include <stdbool.h>

#include "base/err.h"

/* From now on SIGINT, SIGTERM and SIGHUP are noted instead of ending the program. */
void tg_interrupt_catch(void);
/* TG_ESYSTEM once one has come. Ask between two steps of long work. */
tg_err tg_interrupt_check(struct tg_errmsg *em);
/* The last thing a program does: ends it by the signal that came, as its caller expects; else code is returned. */
int tg_interrupt_exit(int code);

#endif
