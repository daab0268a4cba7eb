/* Rows of disputes, shown the same way by `show` and `dispute list`.
 *
 * Knows no rule of disputes. Rows: docs/control.md `dispute.list`.
 */
#ifndef TG_CLI_DISPUTE_H
#define TG_CLI_DISPUTE_H

#include "cli/cli.h"

/* One line of JSON. */
tg_err tg_dispute_json(struct tg_cli *cli, const struct tg_control_msg *msg);
/* A few lines for people: who, why, since when, until when, or how it ended; and what the origin can do now. */
tg_err tg_dispute_text(struct tg_cli *cli, const struct tg_control_msg *msg);

#endif
