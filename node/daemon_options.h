/* What tamgad is called with: one table for parsing, help and the manual page.
 *
 * Does nothing of it. Described in tamgad(8).
 */
#ifndef TG_NODE_DAEMON_OPTIONS_H
#define TG_NODE_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "base/bytes.h"

#define TG_CONFIG_DEFAULT_PATH "/etc/tamga/tamga.conf"
#define TG_CONFIG_FILE_NAME "tamga.conf"
#define TG_CREDENTIAL_NAME "tamga.passphrase"

enum tg_daemon_action {
    TG_DAEMON_RUN,
    TG_DAEMON_CHECK,
    TG_DAEMON_CHECK_CONFIG,
    TG_DAEMON_PRINT_CONFIG,
    TG_DAEMON_VERSION,
    TG_DAEMON_HELP,
};

struct tg_daemon_options {
    enum tg_daemon_action action;
    const char *config; /* file or folder; NULL: the default place */
    bool override_start, discard_index;
};

struct tg_daemon_option {
    const char *name, *brief; /* "--config"; "-c" or NULL */
    const char *argument;     /* "FILE|DIR", or NULL: takes none */
    const char *help;         /* lower case, no full stop */
};
extern const struct tg_daemon_option tg_daemon_option_rows[];
extern const size_t tg_daemon_option_count;

/* TG_EUSAGE with the nearest known option. ret_options borrows from words. */
tg_err tg_daemon_options_read(int count, char **words, struct tg_daemon_options *ret_options,
                              struct tg_errmsg *em);
/* What --help prints, appended. */
tg_err tg_daemon_help(struct tg_buf *out);

#endif
