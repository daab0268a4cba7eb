/* What only a terminal can do: questions, hidden input, a progress bar.
 *
 * Knows no command. Nothing here asks when there is no terminal: it refuses and says which option to give.
 */
#ifndef TG_CLI_TERMINAL_H
#define TG_CLI_TERMINAL_H

#include "cli/cli.h"
#include "crypto/secret.h"

/* Fills out_terminal, talk_terminal, in_terminal and columns. */
void tg_terminal_look(struct tg_cli *cli);
/* A yes or no at the terminal, with --yes answered already. TG_EDENIED without a terminal ("add --yes") and when
 * the answer is no. */
tg_err tg_terminal_confirm(struct tg_cli *cli, const char *question, struct tg_errmsg *em);
/* One line typed, without its newline; no echo when hidden. TG_EUSAGE without a terminal. */
tg_err tg_terminal_line(struct tg_cli *cli, const char *prompt, bool hidden, char *out, size_t out_bytes,
                        struct tg_errmsg *em);

/* A passphrase: from the file when given, from $CREDENTIALS_DIRECTORY/tamga.passphrase, else typed (twice when it is
 * new). One trailing newline of a file is not part of it. TG_EVALUE for a length that is not allowed. */
tg_err tg_passphrase_get(struct tg_cli *cli, const char *file, bool is_new, struct tg_secret **ret_passphrase,
                         struct tg_errmsg *em);

/* Rings the bell of whoever sits at it; nothing without a terminal. */
void tg_terminal_bell(struct tg_cli *cli);

/* A bar on one line of the terminal; nothing anywhere else. */
struct tg_progress {
    struct tg_cli *cli;
    const char *what;
    int64_t begun_us, shown_us;
    bool shown;
    bool bytes; /* the rate is one of bytes */
};
void tg_progress_begin(struct tg_progress *progress, struct tg_cli *cli, const char *what);
/* total 0: not known. units are counted in the rate. */
void tg_progress_at(struct tg_progress *progress, uint64_t done, uint64_t total, uint64_t units);
void tg_progress_end(struct tg_progress *progress);

#endif
