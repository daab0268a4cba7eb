/* One call of the program: where it reads and writes, what was asked for globally, and its way to the node.
 *
 * Knows no command. Described in docs/cli.md.
 */
#ifndef TG_CLI_CLI_H
#define TG_CLI_CLI_H

#include <stdio.h>

#include "base/world.h"
#include "cli/control_client.h"
#include "cli/option.h"

enum tg_format { TG_FORMAT_TEXT, TG_FORMAT_TSV, TG_FORMAT_JSON };

struct tg_cli {
    FILE *out;  /* data */
    FILE *talk; /* everything else */
    bool out_terminal, talk_terminal, in_terminal;
    size_t columns; /* of the terminal, or 80 */
    enum tg_format format;
    const char *socket;  /* NULL: not given */
    const char *data;    /* NULL: not given */
    const char *reason;  /* "" when not given */
    const char *case_id; /* NULL: not given */
    bool yes;
    const struct tg_clock *clock;
    const struct tg_random *random;
    const char *command;              /* name of the command that runs */
    bool answer_no;                   /* done, and the answer is no: exit code 1 without a message */
    struct tg_control_client *client; /* open connection, or NULL; cli/session.h */
};

/* The whole program but for main(): returns the exit code (docs/cli.md "Exit codes"). */
int tg_cli_main(int argc, char *const *argv, FILE *out, FILE *talk);

/* Where the node's socket is: --socket, --data, TAMGA_SOCKET, TAMGA_DIR, then /run/tamga/control.sock. */
tg_err tg_cli_socket(const struct tg_cli *cli, char *out, size_t out_bytes, struct tg_errmsg *em);

/* The options that every command takes. */
extern const struct tg_option tg_cli_globals[];

#endif
