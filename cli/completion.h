/* Completion scripts: what the three shells have in common.
 *
 * Knows the tables of commands and options, and no node. Described in docs/cli.md "Completion and manual".
 */
#ifndef TG_CLI_COMPLETION_H
#define TG_CLI_COMPLETION_H

#include "cli/command.h"
#include "cli/output.h"

/* What fits where a value or word stands. */
enum tg_completion_value {
    TG_VALUE_NONE, /* takes none */
    TG_VALUE_CHOICE,
    TG_VALUE_FILE,
    TG_VALUE_FOLDER,
    TG_VALUE_OTHER, /* nothing can be offered */
};
enum tg_completion_value tg_completion_value_of(const struct tg_option *option);
enum tg_completion_value tg_completion_words_of(const struct tg_command *command);

/* Is the i-th command the first of a family ("peer list" of "peer")? */
bool tg_completion_begins_family(size_t i, struct tg_view *ret_family);
/* "list" of "peer list"; NULL when it is not of that family. */
const char *tg_completion_second(const struct tg_command *command, struct tg_view family);

/* The names that a CHOICE takes, blanks between; "a|b" likewise. */
void tg_completion_choices(struct tg_cli *cli, const struct tg_option *option);
void tg_completion_bars(struct tg_cli *cli, const char *words);

void tg_completion_zsh(struct tg_cli *cli);
void tg_completion_fish(struct tg_cli *cli);

#endif
