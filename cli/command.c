/* What is made of the table of commands (cli/command_table.c): dispatch and help.
 *
 * Knows how commands are called, not what they do. Described in docs/cli.md.
 */
#include "cli/command.h"

#include "base/cleanup.h"
#include "base/text.h"

#define HELP_COLUMNS 80
#define HELP_LINES 24

const char *tg_group_title(enum tg_command_group group)
{
    static const char *const titles[TG_GROUPS] = {
        [TG_GROUP_DUTY] = "On duty",      [TG_GROUP_FIND] = "Find",   [TG_GROUP_TELL] = "Tell",
        [TG_GROUP_PARTNERS] = "Partners", [TG_GROUP_PROVE] = "Prove", [TG_GROUP_RUN] = "Run",
    };
    return titles[group];
}

static const struct tg_command *named(const char *first, const char *second)
{
    char name[64];
    int bytes = snprintf(name, sizeof name, second ? "%s %s" : "%s", first, second ? second : "");
    if (bytes < 0 || (size_t)bytes >= sizeof name) return NULL;
    for (size_t i = 0; i < tg_commands_count; i++)
        if (strcmp(tg_commands[i].name, name) == 0) return &tg_commands[i];
    return NULL;
}

/* Is the command one of the family "peer ..."? */
static bool in_family(const struct tg_command *command, const char *word)
{
    size_t bytes = strlen(word);
    return strncmp(command->name, word, bytes) == 0 && command->name[bytes] == ' ';
}

const struct tg_command *tg_command_find(int at, int argc, char *const *argv, int *ret_words)
{
    const char *first = argv[at], *second = at + 1 < argc ? argv[at + 1] : NULL;
    const struct tg_command *command = second ? named(first, second) : NULL;
    *ret_words = command ? 2 : 1;
    if (!command) command = named(first, NULL);
    bool alone = !second || second[0] == '-';
    for (size_t i = 0; !command && alone && i < tg_commands_count; i++)
        if (in_family(&tg_commands[i], first)) command = &tg_commands[i];
    return command;
}

/* Second words of a family, for its nearest name. */
static size_t family_collect(const char *word, const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < tg_commands_count; i++)
        if (in_family(&tg_commands[i], word)) names[count++] = tg_commands[i].name + strlen(word) + 1;
    return count;
}

bool tg_command_is_family(const char *word)
{
    const char *names[TG_CLI_COMMANDS_MAX];
    return family_collect(word, names) > 0;
}

/* First words, each once. */
static size_t firsts_collect(char (*storage)[32], const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < tg_commands_count; i++) {
        (void)snprintf(storage[count], sizeof storage[count], "%.*s", (int)strcspn(tg_commands[i].name, " "),
                       tg_commands[i].name);
        if (count && strcmp(storage[count], storage[count - 1]) == 0) continue;
        names[count] = storage[count];
        count++;
    }
    return count;
}

tg_err tg_command_unknown(const char *first, const char *second, struct tg_errmsg *em)
{
    const char *names[TG_CLI_COMMANDS_MAX];
    size_t count = family_collect(first, names);
    if (count) {
        const char *nearest = second ? tg_text_nearest(second, names, count) : NULL;
        if (nearest)
            return tg_fail(em, TG_EUSAGE, "unknown command '%.30s %.30s': did you mean '%.30s %s'?", first,
                           second, first, nearest);
        return tg_fail(em, TG_EUSAGE, "unknown command '%.30s %.30s': see 'tamga %.30s --help'", first,
                       second ? second : "", first);
    }
    char storage[TG_CLI_COMMANDS_MAX][32];
    count = firsts_collect(storage, names);
    const char *nearest = tg_text_nearest(first, names, count);
    if (nearest) return tg_fail(em, TG_EUSAGE, "unknown command '%.30s': did you mean '%s'?", first, nearest);
    return tg_fail(em, TG_EUSAGE, "unknown command '%.30s': 'tamga --help' lists them", first);
}

void tg_command_tables(const struct tg_command *command,
                       const struct tg_option *ret_tables[static TG_OPTION_TABLES_MAX])
{
    size_t count = 0;
    if (command->options) ret_tables[count++] = command->options;
    if (command->shared) ret_tables[count++] = command->shared;
    ret_tables[count++] = tg_cli_globals;
    ret_tables[count] = NULL;
}

static tg_err command_line(const struct tg_command *command, struct tg_buf *out)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s %s", command->name, command->words);
    return tg_buf_putf(out, "  %-27s %s\n", left, command->summary);
}

tg_err tg_help_all(struct tg_buf *out)
{
    tg_err err = tg_buf_put_str(out, "tamga: share, match and prove what partners tell each other\n\n"
                                     "Usage: tamga COMMAND [OPTION...]\n");
    for (int group = 0; group < TG_GROUPS && !err; group++) {
        err = tg_buf_putf(out, "%s\n", tg_group_title((enum tg_command_group)group));
        for (size_t i = 0; i < tg_commands_count && !err; i++)
            if ((int)tg_commands[i].group == group) err = command_line(&tg_commands[i], out);
    }
    if (!err) err = tg_buf_put_str(out, "With every command\n");
    if (!err) err = tg_options_help(tg_cli_globals, SIZE_MAX, HELP_COLUMNS, out);
    if (!err) err = tg_buf_put_str(out, "\n'tamga COMMAND --help' says more about one. Manual: tamga(1).\n");
    return err;
}

tg_err tg_help_family(const char *word, struct tg_buf *out)
{
    bool any = false;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_commands_count && !err; i++) {
        if (!in_family(&tg_commands[i], word)) continue;
        any = true;
        err = command_line(&tg_commands[i], out);
    }
    if (!any) return TG_ENOENT;
    return err ? err : tg_buf_putf(out, "\n'tamga %s COMMAND --help' says more about one.\n", word);
}

/* "Also: --list TEXT, ..." broken into lines, at most so many (0: all), with "..." where they were cut. */
static tg_err names_line(const char *title, const struct tg_option *options, bool arguments, size_t lines_max,
                         struct tg_buf *out)
{
    size_t indent = strlen(title), used = indent, lines = 1;
    tg_err err = tg_buf_put_str(out, title);
    for (; options && options->name && !err; options++) {
        char word[64];
        const char *argument = arguments && options->argument ? options->argument : "";
        int bytes = snprintf(word, sizeof word, " --%s%s%s%s", options->name, argument[0] ? " " : "",
                             argument, options[1].name ? "," : "");
        bool wraps = used + (size_t)bytes > HELP_COLUMNS, last = lines == lines_max;
        if (last && options[1].name && used + (size_t)bytes + 4 > HELP_COLUMNS)
            return tg_buf_put_str(out, " ...\n");
        if (wraps) err = tg_buf_putf(out, "\n%*s", (int)indent, "");
        lines += wraps;
        used = (wraps ? indent : used) + (size_t)bytes;
        if (!err) err = tg_buf_put_str(out, word);
    }
    return err ? err : tg_buf_put_str(out, "\n");
}

/* The other commands of its family: a line each, or their second words alone where lines are short. */
static tg_err family_lines(const struct tg_command *command, bool names_only, struct tg_buf *out)
{
    bool any = false;
    size_t used = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_commands_count && !err; i++) {
        if (!in_family(&tg_commands[i], command->name)) continue;
        const char *second = tg_commands[i].name + strlen(command->name) + 1;
        bool wraps = names_only && used + strlen(second) + 1 > HELP_COLUMNS;
        if (!any) err = tg_buf_put_str(out, names_only ? "\nMore:" : "\nMore:\n");
        if (!any || wraps) used = 5;
        any = true;
        if (err) return err;
        if (!names_only) {
            err = command_line(&tg_commands[i], out);
            continue;
        }
        used += strlen(second) + 1;
        err = tg_buf_putf(out, "%s %s", wraps ? "\n     " : "", second);
    }
    return err || !any || !names_only ? err : tg_buf_put_str(out, "\n");
}

/* How much of it is explained, so that it fits a screen. */
struct extent {
    size_t options;  /* explained; the others are named */
    bool names_only; /* of the family */
};

static tg_err help_try(const struct tg_command *command, struct extent extent, struct tg_buf *out)
{
    const struct tg_option *own = command->options && command->options[0].name ? command->options : NULL,
                           *rest = own;
    tg_err err =
        tg_buf_putf(out, "tamga %s: %s\nUsage: tamga %s%s%s%s\n", command->name, command->summary,
                    command->name, command->words[0] ? " " : "", command->words, own ? " [OPTION...]" : "");
    if (!err && own) err = tg_buf_put_str(out, "\n");
    if (!err && own) err = tg_options_help(own, extent.options, HELP_COLUMNS, out);
    for (size_t i = 0; rest && rest->name && i < extent.options; i++) rest++;
    if (!err && rest && rest->name) err = names_line("  and:", rest, true, 0, out);
    if (!err) err = tg_buf_put_str(out, "\n");
    if (!err && command->shared) err = names_line("Also:", command->shared, false, 2, out);
    if (!err && !command->shared) err = names_line("Also:", tg_cli_globals + 2, true, 0, out);
    if (!err) err = family_lines(command, extent.names_only, out);
    if (!err) err = tg_buf_put_str(out, "\nExamples:\n");
    for (size_t i = 0; i < 2 && !err; i++) err = tg_buf_putf(out, "  %s\n", command->examples[i]);
    return err;
}

static size_t lines_of(const struct tg_buf *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->bytes; i++) lines += text->data[i] == '\n';
    return lines;
}

/* Explains what fits a screen and names the rest; the manual page has all of it. */
tg_err tg_help_command(const struct tg_command *command, struct tg_buf *out)
{
    struct extent extent = {0};
    while (command->options && command->options[extent.options].name) extent.options++;
    for (;;) {
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        tg_err err = help_try(command, extent, &text);
        bool least = extent.names_only && extent.options == 0;
        if (err || least || lines_of(&text) <= HELP_LINES)
            return err ? err : tg_buf_put_view(out, tg_buf_view(&text));
        if (!extent.names_only && tg_command_is_family(command->name))
            extent.names_only = true;
        else if (extent.options)
            extent.options--;
        else
            extent.names_only = true;
    }
}
