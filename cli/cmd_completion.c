/* completion: scripts for bash, zsh and fish, made from the command and option tables.
 *
 * Talks to no node. What each shell is told: commands, second words of families, options with their values, files.
 * The zsh and fish scripts are in cli/completion_zsh.c and cli/completion_fish.c.
 */
#include "cli/completion.h"

bool tg_completion_begins_family(size_t i, struct tg_view *ret_family)
{
    const char *name = tg_commands[i].name;
    size_t bytes = strcspn(name, " ");
    if (!name[bytes]) return false;
    for (size_t k = 0; k < i; k++)
        if (strncmp(tg_commands[k].name, name, bytes + 1) == 0) return false;
    *ret_family = tg_view_of(name, bytes);
    return true;
}

const char *tg_completion_second(const struct tg_command *command, struct tg_view family)
{
    bool member = strncmp(command->name, (const char *)family.data, family.bytes) == 0 &&
                  command->name[family.bytes] == ' ';
    return member ? command->name + family.bytes + 1 : NULL;
}

enum tg_completion_value tg_completion_value_of(const struct tg_option *option)
{
    if (option->kind == TG_OPTION_FLAG) return TG_VALUE_NONE;
    if (option->kind == TG_OPTION_CHOICE) return TG_VALUE_CHOICE;
    if (option->kind != TG_OPTION_FILE) return TG_VALUE_OTHER;
    return option->argument && strcmp(option->argument, "DIR") == 0 ? TG_VALUE_FOLDER : TG_VALUE_FILE;
}

enum tg_completion_value tg_completion_words_of(const struct tg_command *command)
{
    if (command->words_max == 0) return TG_VALUE_NONE;
    if (strchr(command->words, '|')) return TG_VALUE_CHOICE;
    if (strstr(command->words, "FILE")) return TG_VALUE_FILE;
    return strstr(command->words, "DIR") ? TG_VALUE_FOLDER : TG_VALUE_OTHER;
}

void tg_completion_choices(struct tg_cli *cli, const struct tg_option *option)
{
    const char *name;
    for (size_t i = 0; (name = tg_option_choice(option, i)); i++) tg_put(cli, "%s%s", i ? " " : "", name);
}

void tg_completion_bars(struct tg_cli *cli, const char *words)
{
    for (; *words; words++) tg_put(cli, "%c", *words == '|' ? ' ' : *words);
}

/* ---- bash ---- */

static void put_seconds(struct tg_cli *cli, struct tg_view family)
{
    bool first = true;
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *second = tg_completion_second(&tg_commands[i], family);
        if (!second) continue;
        tg_put(cli, "%s%s", first ? "" : " ", second);
        first = false;
    }
}

/* The first words of all commands, each once. */
static void put_firsts(struct tg_cli *cli)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        size_t bytes = strcspn(name, " ");
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = strncmp(tg_commands[k].name, name, bytes) == 0 &&
                    (tg_commands[k].name[bytes] == ' ' || tg_commands[k].name[bytes] == '\0');
        if (!again) tg_put(cli, "%s%.*s", i ? " " : "", (int)bytes, name);
    }
}

static void put_names(struct tg_cli *cli, const struct tg_option *options)
{
    for (; options && options->name; options++) tg_put(cli, " --%s", options->name);
}

/* One line "COMMAND --option) what fits": every option that takes a value. */
static void put_values(struct tg_cli *cli, const char *command, const struct tg_option *options)
{
    for (; options && options->name; options++) {
        enum tg_completion_value value = tg_completion_value_of(options);
        if (value == TG_VALUE_NONE) continue;
        tg_put(cli, "    '%s --%s'", command, options->name);
        if (options->letter) tg_put(cli, "|'%s -%c'", command, options->letter);
        tg_put(cli, ") ");
        if (value == TG_VALUE_FILE) tg_put(cli, "_tamga_paths -f; ");
        if (value == TG_VALUE_FOLDER) tg_put(cli, "_tamga_paths -d; ");
        if (value == TG_VALUE_CHOICE) {
            tg_put(cli, "_tamga_words '");
            tg_completion_choices(cli, options);
            tg_put(cli, "'; ");
        }
        tg_put(cli, "return;;\n");
    }
}

static void put_families(struct tg_cli *cli)
{
    struct tg_view family;
    for (size_t i = 0; i < tg_commands_count; i++) {
        if (!tg_completion_begins_family(i, &family)) continue;
        tg_put(cli,
               "    %.*s)\n      if [ $((at + 1)) -eq $COMP_CWORD ] && [ \"${cur#-}\" = \"$cur\" ]; then",
               TG_VIEW_PRINT(family));
        tg_put(cli, " _tamga_words '");
        put_seconds(cli, family);
        tg_put(cli, "'; return; fi\n      case \" ");
        put_seconds(cli, family);
        tg_put(cli, " \" in *\" ${COMP_WORDS[at+1]} \"*) name=\"$name ${COMP_WORDS[at+1]}\";; esac;;\n");
    }
}

static void put_words(struct tg_cli *cli)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const struct tg_command *command = &tg_commands[i];
        enum tg_completion_value value = tg_completion_words_of(command);
        if (value == TG_VALUE_FILE) tg_put(cli, "    '%s') _tamga_paths -f;;\n", command->name);
        if (value == TG_VALUE_FOLDER) tg_put(cli, "    '%s') _tamga_paths -d;;\n", command->name);
        if (value != TG_VALUE_CHOICE) continue;
        tg_put(cli, "    '%s') _tamga_words '", command->name);
        tg_completion_bars(cli, command->words);
        tg_put(cli, "';;\n");
    }
}

static const char bash_head[] =
    "# bash completion for tamga\n"
    "_tamga_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); }\n"
    "_tamga_paths()\n"
    "{\n"
    "  local IFS=$'\\n'\n"
    "  compopt -o filenames 2>/dev/null\n"
    "  COMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n"
    "}\n"
    "_tamga()\n"
    "{\n"
    "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" at=1 name=\n"
    "  COMPREPLY=()\n"
    "  # '--format=json' comes as three words.\n"
    "  if [ \"$cur\" = = ]; then cur=; elif [ \"$prev\" = = ]; then prev=\"${COMP_WORDS[COMP_CWORD-2]}\"; "
    "fi\n"
    "  # The command is the first word that is neither an option nor the value of one.\n"
    "  while [ $at -lt $COMP_CWORD ]; do\n"
    "    case \"${COMP_WORDS[at]}\" in\n";
static const char bash_middle[] = " at=$((at + 1)); [ \"${COMP_WORDS[at]}\" = = ] && at=$((at + 1));;\n"
                                  "      -*|=) ;;\n"
                                  "      *) name=\"${COMP_WORDS[at]}\"; break;;\n"
                                  "    esac\n"
                                  "    at=$((at + 1))\n"
                                  "  done\n";

/* "--socket|--data|...)": global options that take a value. */
static void put_global_pattern(struct tg_cli *cli)
{
    bool first = true;
    tg_put(cli, "      ");
    for (const struct tg_option *option = tg_cli_globals; option->name; option++) {
        if (option->kind == TG_OPTION_FLAG) continue;
        tg_put(cli, "%s--%s", first ? "" : "|", option->name);
        first = false;
    }
    tg_put(cli, ")");
}

static void bash_put(struct tg_cli *cli)
{
    tg_put(cli, "%s", bash_head);
    put_global_pattern(cli);
    tg_put(cli, "%s  case \"* $prev\" in\n", bash_middle);
    put_values(cli, "*", tg_cli_globals);
    tg_put(cli, "  esac\n  if [ -z \"$name\" ]; then _tamga_words '");
    put_firsts(cli);
    put_names(cli, tg_cli_globals);
    tg_put(cli, "'; return; fi\n  case \"$name\" in\n");
    put_families(cli);
    tg_put(cli, "  esac\n  case \"$name $prev\" in\n");
    for (size_t i = 0; i < tg_commands_count; i++) {
        put_values(cli, tg_commands[i].name, tg_commands[i].options);
        put_values(cli, tg_commands[i].name, tg_commands[i].shared);
    }
    tg_put(cli, "  esac\n  case \"$cur\" in -*) ;; *) case \"$name\" in\n");
    put_words(cli);
    tg_put(cli, "  esac; return;; esac\n  case \"$name\" in\n");
    for (size_t i = 0; i < tg_commands_count; i++) {
        tg_put(cli, "    '%s') _tamga_words '", tg_commands[i].name);
        put_names(cli, tg_commands[i].options);
        put_names(cli, tg_commands[i].shared);
        put_names(cli, tg_cli_globals);
        tg_put(cli, "';;\n");
    }
    tg_put(cli, "  esac\n}\ncomplete -F _tamga tamga\n");
}

tg_err tg_cmd_completion(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const struct {
        const char *shell;
        void (*put)(struct tg_cli *);
    } shells[] = {{"bash", bash_put}, {"zsh", tg_completion_zsh}, {"fish", tg_completion_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(args->words[0], shells[i].shell) != 0) continue;
        shells[i].put(cli);
        return TG_OK;
    }
    return tg_fail(em, TG_EUSAGE, "no completion for '%.40s': there is one for bash, zsh and fish",
                   args->words[0]);
}
