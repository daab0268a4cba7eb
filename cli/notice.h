/* Notices as rows of the node's answers, shown the same way by every command that shows them.
 *
 * Knows no command. Fields: docs/control.md `notices`.
 */
#ifndef TG_CLI_NOTICE_H
#define TG_CLI_NOTICE_H

#include "cli/output.h"

/* The kinds that --kind takes, ended by NULL. */
extern const char *const tg_notice_kinds[];

/* "2024-06-30 12:00:00Z  alert        TJ-7  TEST FLASH alert: ..." on one line, escaped, without its end. */
tg_err tg_notice_line(const struct tg_control_msg *msg, struct tg_buf *out);
/* How loud it is: 2 for an alert of FLASH, 1 for IMMEDIATE, 0 for all else. */
int tg_notice_rings(const struct tg_control_msg *msg);
/* To the person: row `gone`, notices that are no longer listed, and where to find what they spoke of. */
void tg_notice_gone_talk(struct tg_cli *cli, const struct tg_control_msg *msg);

#endif
