/* Cards from files and from the node, for the commands that show and enrol them.
 *
 * Knows no trust: a card is checked against itself, never believed.
 */
#ifndef TG_CLI_CARDS_H
#define TG_CLI_CARDS_H

#include "cli/cli.h"
#include "proto/card.h"

/* A card and the note it came as. Zero-initialise. */
struct tg_card_file {
    struct tg_buf note;
    struct tg_buf prologue; /* those that stand behind it, one after the other; mostly none */
    struct tg_card *card;   /* heap; NULL until read */
};
void tg_card_file_release(struct tg_card_file *file);
TG_AUTO_DEFINE(tg_card_file, tg_card_file_release)
/* "-" is standard input. Messages begin with the path. */
tg_err tg_card_file_read(const char *path, struct tg_card_file *file, struct tg_errmsg *em);
/* The node's own. */
tg_err tg_card_file_own(struct tg_cli *cli, struct tg_card_file *file, struct tg_errmsg *em);

/* The newest epoch of that node's own log, as it says: its number, entries and root. Verb `log`. */
struct tg_own_log {
    uint32_t epoch;
    uint64_t size;
    struct tg_hash root;
};
tg_err tg_own_log_get(struct tg_cli *cli, const struct tg_node_id *node, struct tg_own_log *ret_log,
                      struct tg_errmsg *em);

/* Prints it for a person, or one JSON line. */
tg_err tg_card_print(struct tg_cli *cli, const struct tg_card *card);

#endif
