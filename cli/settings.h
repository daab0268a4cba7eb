/* The few lines of a node's settings that say where things lie, found and changed without touching the others.
 *
 * Does not check settings: the node does. Format: docs/formats-wire.md "Configuration file".
 */
#ifndef TG_CLI_SETTINGS_H
#define TG_CLI_SETTINGS_H

#include "base/bytes.h"
#include "base/limits.h"

/* "" where nothing is said. */
struct tg_settings_places {
    char data[TG_CLI_PATH_BYTES_MAX];
    char keys[TG_CLI_PATH_BYTES_MAX];
    char passphrase[TG_CLI_PATH_BYTES_MAX];
    char socket[TG_CLI_PATH_BYTES_MAX];
};
void tg_settings_places(struct tg_view text, struct tg_settings_places *ret_places);
/* The same settings for a node whose folder is the one that holds them: `data = .`, `keys = keys`, everything else,
 * comments too, as it was. Appended. */
tg_err tg_settings_move_in(struct tg_view text, struct tg_buf *out);

#endif
