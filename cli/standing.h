/* What has to be said of logs below their table: cut off, forked, or witnessed by few.
 *
 * Knows no verb; rows are those of docs/control.md `log`.
 */
#ifndef TG_CLI_STANDING_H
#define TG_CLI_STANDING_H

#include "cli/fields_table.h"

struct tg_standing {
    struct tg_buf notes; /* one line each */
    bool few;            /* some log has witnesses, and too few to exclude a second history */
};
/* A row of a log. */
tg_err tg_standing_add(struct tg_standing *standing, const struct tg_control_msg *msg);
/* In text alone; nothing when there is nothing to say. */
void tg_standing_put(const struct tg_standing *standing, struct tg_cli *cli);
void tg_standing_release(struct tg_standing *standing);
TG_AUTO_DEFINE(tg_standing, tg_standing_release)

#endif
