/* restore --recovery-key: own envelopes whose keys are lost, opened by the key that is kept offline. */
#ifndef TG_CLI_RECOVERY_H
#define TG_CLI_RECOVERY_H

#include "cli/command.h"

/* Asks the running node. TG_EKEY: the key opens none of them, and nothing was changed. */
tg_err tg_restore_recovery(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em);

#endif
