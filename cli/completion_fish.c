/* The completion of fish: one line for each command, option and kind of word.
 */
#include "cli/completion.h"

/* In single quotes of fish, which knows \' and \\ alone. */
static void put_quoted(struct tg_cli *cli, const char *text)
{
    tg_put(cli, "'");
    for (; *text; text++) tg_put(cli, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    tg_put(cli, "'");
}

static void put_seconds(struct tg_cli *cli, struct tg_view family)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *second = tg_completion_second(&tg_commands[i], family);
        if (second) tg_put(cli, " %s", second);
    }
}

/* " -n '...'": the command is the one that was typed. */
static void put_condition(struct tg_cli *cli, const struct tg_command *command)
{
    size_t bytes = strcspn(command->name, " ");
    struct tg_view family = tg_view_of(command->name, bytes);
    tg_put(cli, "complete -c tamga -n '__fish_seen_subcommand_from %.*s", (int)bytes, command->name);
    if (command->name[bytes])
        tg_put(cli, "; and __fish_seen_subcommand_from %s", command->name + bytes + 1);
    else if (tg_command_is_family(command->name)) {
        tg_put(cli, "; and not __fish_seen_subcommand_from");
        put_seconds(cli, family);
    }
    tg_put(cli, "'");
}

static void put_option(struct tg_cli *cli, const struct tg_option *option)
{
    enum tg_completion_value value = tg_completion_value_of(option);
    tg_put(cli, " -l %s", option->name);
    if (option->letter) tg_put(cli, " -s %c", option->letter);
    if (value == TG_VALUE_FILE) tg_put(cli, " -rF");
    if (value == TG_VALUE_FOLDER) tg_put(cli, " -x -a '(__fish_complete_directories)'");
    if (value == TG_VALUE_CHOICE || value == TG_VALUE_OTHER) tg_put(cli, " -x");
    if (value == TG_VALUE_CHOICE) {
        tg_put(cli, " -a '");
        tg_completion_choices(cli, option);
        tg_put(cli, "'");
    }
    tg_put(cli, " -d ");
    put_quoted(cli, option->help);
    tg_put(cli, "\n");
}

static void put_options(struct tg_cli *cli, const struct tg_command *command, const struct tg_option *options)
{
    for (; options && options->name; options++) {
        put_condition(cli, command);
        put_option(cli, options);
    }
}

static void put_words(struct tg_cli *cli, const struct tg_command *command)
{
    enum tg_completion_value value = tg_completion_words_of(command);
    if (value == TG_VALUE_NONE || value == TG_VALUE_OTHER) return;
    put_condition(cli, command);
    if (value == TG_VALUE_FILE) tg_put(cli, " -F");
    if (value == TG_VALUE_FOLDER) tg_put(cli, " -a '(__fish_complete_directories)'");
    if (value == TG_VALUE_CHOICE) {
        tg_put(cli, " -a '");
        tg_completion_bars(cli, command->words);
        tg_put(cli, "'");
    }
    tg_put(cli, "\n");
}

static void put_family(struct tg_cli *cli, struct tg_view family, bool is_command)
{
    if (!is_command)
        tg_put(cli, "complete -c tamga -n __fish_use_subcommand -a %.*s -d 'more commands'\n",
               TG_VIEW_PRINT(family));
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *second = tg_completion_second(&tg_commands[i], family);
        if (!second) continue;
        tg_put(cli,
               "complete -c tamga -n '__fish_seen_subcommand_from %.*s; and not __fish_seen_subcommand_from",
               TG_VIEW_PRINT(family));
        put_seconds(cli, family);
        tg_put(cli, "' -a %s -d ", second);
        put_quoted(cli, tg_commands[i].summary);
        tg_put(cli, "\n");
    }
}

void tg_completion_fish(struct tg_cli *cli)
{
    struct tg_view family;
    tg_put(cli, "# fish completion for tamga\ncomplete -c tamga -f\n");
    for (const struct tg_option *option = tg_cli_globals; option->name; option++) {
        tg_put(cli, "complete -c tamga");
        put_option(cli, option);
    }
    for (size_t i = 0; i < tg_commands_count; i++) {
        const struct tg_command *command = &tg_commands[i];
        if (!strchr(command->name, ' ')) {
            tg_put(cli, "complete -c tamga -n __fish_use_subcommand -a %s -d ", command->name);
            put_quoted(cli, command->summary);
            tg_put(cli, "\n");
        }
        if (tg_completion_begins_family(i, &family))
            put_family(cli, family, i && strncmp(tg_commands[i - 1].name, command->name, family.bytes) == 0);
        put_options(cli, command, command->options);
        put_options(cli, command, command->shared);
        put_words(cli, command);
    }
}
