/* For which verbs of the control socket a reason may be required, by the names that people use.
 *
 * Every verb that leaves an entry in the access log stands here; [control] reason_required lists such names.
 * Described in docs/control.md "Reasons".
 */
#ifndef TG_PROTO_REASONS_H
#define TG_PROTO_REASONS_H

#include <stdbool.h>

#include "base/bytes.h"

/* i-th name that reason_required takes (a verb, a command, a family, "all"), and the verb that it stands for; NULL
 * stands for all. False at the end. */
bool tg_reason_at(size_t i, const char **ret_name, const char **ret_verb);
/* TG_EVALUE with the nearest name when it is none of them. */
tg_err tg_reason_check(struct tg_view name, struct tg_errmsg *em);
/* Whether the verb leaves an entry in the access log. */
bool tg_reason_logged(const char *verb);
/* Whether the list (names with commas or blanks between, checked before) asks for a reason with that verb. */
bool tg_reason_required(const char *list, const char *verb);

#endif
