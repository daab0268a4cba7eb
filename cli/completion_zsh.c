/* The completion of zsh: commands with their summaries, options with their help.
 *
 * One function, found as _tamga in the shell's path of functions, or sourced.
 */
#include "cli/completion.h"

/* Inside '...[help]' or '...:message:' of _arguments, in single quotes. */
static void put_quoted(struct tg_cli *cli, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            tg_put(cli, "'\\''");
        else
            tg_put(cli, strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
    }
}

static void put_value(struct tg_cli *cli, const struct tg_option *option)
{
    enum tg_completion_value value = tg_completion_value_of(option);
    if (value == TG_VALUE_NONE) return;
    tg_put(cli, ":");
    put_quoted(cli, option->argument ? option->argument : "TEXT");
    tg_put(cli, ":");
    if (value == TG_VALUE_FILE) tg_put(cli, "_files");
    if (value == TG_VALUE_FOLDER) tg_put(cli, "_files -/");
    if (value == TG_VALUE_OTHER) tg_put(cli, " ");
    if (value != TG_VALUE_CHOICE) return;
    tg_put(cli, "(");
    tg_completion_choices(cli, option);
    tg_put(cli, ")");
}

static void put_options(struct tg_cli *cli, const struct tg_option *options)
{
    for (; options && options->name; options++) {
        const char *value = options->kind == TG_OPTION_FLAG ? "" : "=";
        if (options->letter) {
            tg_put(cli, " '%s-%c[", options->repeat ? "*" : "", options->letter);
            put_quoted(cli, options->help);
            tg_put(cli, "]");
            put_value(cli, options);
            tg_put(cli, "'");
        }
        tg_put(cli, " '%s--%s%s[", options->repeat ? "*" : "", options->name, value);
        put_quoted(cli, options->help);
        tg_put(cli, "]");
        put_value(cli, options);
        tg_put(cli, "'");
    }
}

static void put_words(struct tg_cli *cli, const struct tg_command *command)
{
    enum tg_completion_value value = tg_completion_words_of(command);
    if (value == TG_VALUE_NONE) return;
    tg_put(cli, " '*:");
    if (value != TG_VALUE_CHOICE) put_quoted(cli, command->words);
    if (value == TG_VALUE_FILE) tg_put(cli, ":_files'");
    if (value == TG_VALUE_FOLDER) tg_put(cli, ":_files -/'");
    if (value == TG_VALUE_OTHER) tg_put(cli, ": '");
    if (value != TG_VALUE_CHOICE) return;
    tg_put(cli, "word:(");
    tg_completion_bars(cli, command->words);
    tg_put(cli, ")'");
}

static void put_described(struct tg_cli *cli, const char *word, size_t bytes, const char *summary)
{
    tg_put(cli, " '%.*s:", (int)bytes, word);
    put_quoted(cli, summary);
    tg_put(cli, "'");
}

static void put_commands(struct tg_cli *cli)
{
    struct tg_view family;
    tg_put(cli, "  commands=(");
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        if (!strchr(name, ' ')) put_described(cli, name, strlen(name), tg_commands[i].summary);
        if (tg_completion_begins_family(i, &family) &&
            !(i && strncmp(tg_commands[i - 1].name, name, family.bytes) == 0))
            put_described(cli, name, family.bytes, "more commands");
    }
    tg_put(cli, ")\n");
}

static void put_families(struct tg_cli *cli)
{
    struct tg_view family;
    for (size_t i = 0; i < tg_commands_count; i++) {
        if (!tg_completion_begins_family(i, &family)) continue;
        tg_put(cli, "    %.*s) commands=(", TG_VIEW_PRINT(family));
        for (size_t k = 0; k < tg_commands_count; k++) {
            const char *second = tg_completion_second(&tg_commands[k], family);
            if (second) put_described(cli, second, strlen(second), tg_commands[k].summary);
        }
        tg_put(cli, ");;\n");
    }
}

void tg_completion_zsh(struct tg_cli *cli)
{
    tg_put(cli, "#compdef tamga\n_tamga()\n{\n  local curcontext=\"$curcontext\" state line name\n"
                "  local -a globals commands\n  globals=(");
    put_options(cli, tg_cli_globals);
    tg_put(cli, ")\n");
    put_commands(cli);
    tg_put(cli, "  _arguments -C $globals '1:command:->command' '*::word:->words' && return\n"
                "  if [[ $state == command ]]; then _describe -t commands 'command' commands; return; fi\n"
                "  [[ $state == words ]] || return\n"
                "  name=$words[1]\n  commands=()\n  case $name in\n");
    put_families(cli);
    tg_put(cli, "  esac\n"
                "  if (( $#commands )); then\n"
                "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                "      _describe -t commands \"command of $name\" commands; return\n    fi\n"
                "    if (( ${commands[(I)$words[2]:*]} )); then\n"
                "      name=\"$name $words[2]\"; shift words; (( CURRENT-- ))\n    fi\n  fi\n"
                "  case $name in\n");
    for (size_t i = 0; i < tg_commands_count; i++) {
        tg_put(cli, "    '%s') _arguments $globals", tg_commands[i].name);
        put_options(cli, tg_commands[i].options);
        put_options(cli, tg_commands[i].shared);
        put_words(cli, &tg_commands[i]);
        tg_put(cli, ";;\n");
    }
    tg_put(cli, "  esac\n}\n"
                "if [ \"$funcstack[1]\" = _tamga ]; then _tamga \"$@\"; else compdef _tamga tamga; fi\n");
}
