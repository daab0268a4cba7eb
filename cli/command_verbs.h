/* What each command asks the node for, so that anybody can say which role a command needs.
 *
 * A request for a verb that does not stand here is a defect, and is refused before it is sent. docs/cli.md "Who may" is
 * made of this table and the node's.
 */
#ifndef TG_CLI_COMMAND_VERBS_H
#define TG_CLI_COMMAND_VERBS_H

#include <stdbool.h>
#include <stddef.h>

/* i-th verb of the command, which may be one of a family ("add person"); NULL at the end. A command that needs no node
 * has none. ret_listed: it stands in the table; ret_optional: only some of the command's options ask for that verb. */
const char *tg_command_verb(const char *command, size_t i, bool *ret_listed, bool *ret_optional);
/* The name of the row that the command's verbs stand in: its own or its family's; "" when there is none. */
const char *tg_command_verbs_row(const char *command);
bool tg_command_asks(const char *command, const char *verb);

#endif
