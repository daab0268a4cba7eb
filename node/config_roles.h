/* Roles: who may do what, by the operating system's user.
 *
 * Knows no verb. The lists are described in docs/formats-wire.md.
 */
#ifndef TG_NODE_CONFIG_ROLES_H
#define TG_NODE_CONFIG_ROLES_H

#include <sys/types.h>

#include "proto/config.h"

/* Roles, as bits. */
enum tg_role { TG_ROLE_ANALYST = 1, TG_ROLE_OFFICER = 2, TG_ROLE_AUDITOR = 4, TG_ROLE_ADMIN = 8 };

/* The roles (bits of enum tg_role) of the operating system's user: by name, by number, or by membership in a
 * @group. owner is the user who runs the node: always admin and officer and analyst. Asks the system's user
 * database. */
unsigned tg_config_roles(const struct tg_config *config, uid_t uid, gid_t gid, uid_t owner);
/* "analyst", or NULL when it is not exactly one role. */
const char *tg_role_name(enum tg_role role);

#endif
