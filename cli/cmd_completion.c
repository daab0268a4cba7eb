/* completion: scripts for bash, zsh and fish, made from the command and option tables.
 *
 * Knows no command in particular: a new row completes by itself.
 */
#include "cli/command.h"
#include "cli/output.h"

static void first_words(struct tg_cli *cli)
{
    const char *last = "";
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        size_t bytes = strcspn(name, " ");
        if (strlen(last) >= bytes && strncmp(last, name, bytes) == 0 && (last[bytes] == ' ' || !last[bytes]))
            continue;
        tg_put(cli, "%s%.*s", i ? " " : "", (int)bytes, name);
        last = name;
    }
}

static void second_words(struct tg_cli *cli, const char *family, size_t bytes)
{
    bool first = true;
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        if (strncmp(name, family, bytes) != 0 || name[bytes] != ' ') continue;
        tg_put(cli, "%s%s", first ? "" : " ", name + bytes + 1);
        first = false;
    }
}

static void option_words(struct tg_cli *cli, const struct tg_option *options)
{
    for (; options && options->name; options++) tg_put(cli, " --%s", options->name);
}

static void choice_words(struct tg_cli *cli, const struct tg_option *option)
{
    const char *name;
    for (size_t i = 0; (name = tg_option_choice(option, i)); i++) tg_put(cli, "%s%s", i ? " " : "", name);
}

/* One line "COMMAND --option) candidates": for options that take one of several names, or a file. */
static void bash_values(struct tg_cli *cli, const char *command, const struct tg_option *options)
{
    for (; options && options->name; options++) {
        if (options->kind == TG_OPTION_FILE)
            tg_put(cli, "    '%s --%s') COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n", command,
                   options->name);
        if (options->kind != TG_OPTION_CHOICE) continue;
        tg_put(cli, "    '%s --%s') COMPREPLY=($(compgen -W '", command, options->name);
        choice_words(cli, options);
        tg_put(cli, "' -- \"$cur\")); return;;\n");
    }
}

static void bash_families(struct tg_cli *cli)
{
    const char *last = "";
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        size_t bytes = strcspn(name, " ");
        if (!name[bytes] || strncmp(last, name, bytes + 1) == 0) continue;
        last = name;
        tg_put(cli, "    %.*s) [ $at -eq 2 ] && { COMPREPLY=($(compgen -W '", (int)bytes, name);
        second_words(cli, name, bytes);
        tg_put(cli, "' -- \"$cur\")); return; }; name=\"$first ${COMP_WORDS[2]}\";;\n");
    }
}

static void bash_put(struct tg_cli *cli)
{
    tg_put(cli, "# bash completion for tamga\n_tamga()\n{\n"
                "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
                "  local at=$COMP_CWORD first=\"${COMP_WORDS[1]}\" name=\"${COMP_WORDS[1]}\"\n"
                "  if [ $at -eq 1 ]; then COMPREPLY=($(compgen -W '");
    first_words(cli);
    option_words(cli, tg_cli_globals);
    tg_put(cli, "' -- \"$cur\")); return; fi\n  case \"$first\" in\n");
    bash_families(cli);
    tg_put(cli, "  esac\n  case \"* $prev\" in\n");
    bash_values(cli, "*", tg_cli_globals);
    tg_put(cli, "  esac\n  case \"$name $prev\" in\n");
    for (size_t i = 0; i < tg_commands_count; i++) {
        bash_values(cli, tg_commands[i].name, tg_commands[i].options);
        bash_values(cli, tg_commands[i].name, tg_commands[i].shared);
    }
    tg_put(cli, "  esac\n  case \"$cur\" in -*) ;; *) COMPREPLY=($(compgen -f -- \"$cur\")); return;; esac\n"
                "  case \"$name\" in\n");
    for (size_t i = 0; i < tg_commands_count; i++) {
        tg_put(cli, "    '%s') COMPREPLY=($(compgen -W '", tg_commands[i].name);
        option_words(cli, tg_commands[i].options);
        option_words(cli, tg_commands[i].shared);
        option_words(cli, tg_cli_globals);
        tg_put(cli, "' -- \"$cur\"));;\n");
    }
    tg_put(cli, "  esac\n}\ncomplete -o filenames -F _tamga tamga\n");
}

/* zsh reads bash's functions. */
static void zsh_put(struct tg_cli *cli)
{
    tg_put(cli, "#compdef tamga\nautoload -Uz bashcompinit && bashcompinit\n");
    bash_put(cli);
}

/* In single quotes of fish, which knows \' and \\ alone. */
static void fish_quoted(struct tg_cli *cli, const char *text)
{
    tg_put(cli, "'");
    for (; *text; text++) tg_put(cli, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    tg_put(cli, "'");
}

static void fish_options(struct tg_cli *cli, const char *condition, const struct tg_option *options)
{
    for (; options && options->name; options++) {
        tg_put(cli, "complete -c tamga%s -l %s", condition, options->name);
        if (options->letter) tg_put(cli, " -s %c", options->letter);
        if (options->kind == TG_OPTION_FILE) tg_put(cli, " -rF");
        if (options->kind != TG_OPTION_FILE && options->kind != TG_OPTION_FLAG) tg_put(cli, " -x");
        if (options->kind == TG_OPTION_CHOICE) {
            tg_put(cli, " -a '");
            choice_words(cli, options);
            tg_put(cli, "'");
        }
        tg_put(cli, " -d ");
        fish_quoted(cli, options->help);
        tg_put(cli, "\n");
    }
}

static void fish_condition(const struct tg_command *command, char *out, size_t out_bytes)
{
    size_t bytes = strcspn(command->name, " ");
    if (command->name[bytes])
        (void)snprintf(out, out_bytes,
                       " -n '__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s'",
                       (int)bytes, command->name, command->name + bytes + 1);
    else
        (void)snprintf(out, out_bytes, " -n '__fish_seen_subcommand_from %s'", command->name);
}

static void fish_put(struct tg_cli *cli)
{
    tg_put(cli, "# fish completion for tamga\n");
    fish_options(cli, "", tg_cli_globals);
    for (size_t i = 0; i < tg_commands_count; i++) {
        const struct tg_command *command = &tg_commands[i];
        size_t bytes = strcspn(command->name, " ");
        char condition[256];
        if (command->name[bytes]) {
            tg_put(cli, "complete -c tamga -f -n __fish_use_subcommand -a %.*s\n", (int)bytes, command->name);
            tg_put(cli, "complete -c tamga -f -n '__fish_seen_subcommand_from %.*s' -a %s -d ", (int)bytes,
                   command->name, command->name + bytes + 1);
        } else {
            tg_put(cli, "complete -c tamga -f -n __fish_use_subcommand -a %s -d ", command->name);
        }
        fish_quoted(cli, command->summary);
        tg_put(cli, "\n");
        fish_condition(command, condition, sizeof condition);
        fish_options(cli, condition, command->options);
        fish_options(cli, condition, command->shared);
    }
}

tg_err tg_cmd_completion(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const struct {
        const char *shell;
        void (*put)(struct tg_cli *);
    } shells[] = {{"bash", bash_put}, {"zsh", zsh_put}, {"fish", fish_put}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(args->words[0], shells[i].shell) != 0) continue;
        shells[i].put(cli);
        return TG_OK;
    }
    return tg_fail(em, TG_EUSAGE, "no completion for '%.40s': there is one for bash, zsh and fish",
                   args->words[0]);
}
