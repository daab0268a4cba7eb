/* One call of the program, from the words typed to the exit code.
 *
 * Knows no command: they are rows of cli/command.c. Described in docs/cli.md.
 */
#include "cli/cli.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "crypto/hash.h"

#define SOCKET_DEFAULT "/run/tamga/control.sock"
#define SOCKET_NAME "control.sock"

static const char *const formats[] = {"text", "tsv", "json", NULL};

const struct tg_option tg_cli_globals[] = {
    {"help", 'h', TG_OPTION_FLAG, false, NULL, "what the command does and takes", NULL, 0, 0},
    {"version", 0, TG_OPTION_FLAG, false, NULL, "the version of this program", NULL, 0, 0},
    {"socket", 0, TG_OPTION_FILE, false, "PATH", "the node's control socket (else TAMGA_SOCKET)", NULL, 0, 0},
    {"data", 0, TG_OPTION_FILE, false, "DIR", "the node's folder (else TAMGA_DIR)", NULL, 0, 0},
    {"format", 0, TG_OPTION_CHOICE, false, "text|tsv|json", "how to print; text is for people", formats, 0,
     0},
    {"reason", 0, TG_OPTION_TEXT, false, "TEXT", "why you ask; kept in the access log", NULL, 0, 0},
    {"case", 0, TG_OPTION_TEXT, false, "NUMBER", "the case it is for; kept in the access log", NULL, 0, 0},
    {"yes", 0, TG_OPTION_FLAG, false, NULL, "answer yes to what would be asked", NULL, 0, 0},
    TG_OPTION_END,
};

tg_err tg_cli_socket(const struct tg_cli *cli, char *out, size_t out_bytes, struct tg_errmsg *em)
{
    const char *given = cli->socket ? cli->socket : NULL;
    const char *folder = given ? NULL : cli->data;
    if (!given && !folder) given = getenv("TAMGA_SOCKET");
    if (!given && !folder) folder = getenv("TAMGA_DIR");
    if (folder && folder[0]) return tg_path_join(folder, SOCKET_NAME, out, out_bytes, em);
    int bytes = snprintf(out, out_bytes, "%s", given && given[0] ? given : SOCKET_DEFAULT);
    if (bytes < 0 || (size_t)bytes >= out_bytes)
        return tg_fail(em, TG_ELIMIT, "path of the socket is too long");
    return TG_OK;
}

static void globals_take(struct tg_cli *cli, const struct tg_args *args)
{
    cli->socket = tg_args_text(args, "socket", NULL);
    cli->data = tg_args_text(args, "data", NULL);
    cli->format = (enum tg_format)tg_args_number(args, "format", TG_FORMAT_TEXT);
    cli->reason = tg_args_text(args, "reason", "");
    cli->case_id = tg_args_text(args, "case", NULL);
    cli->yes = tg_args_has(args, "yes");
}

static tg_err put_help(struct tg_cli *cli, tg_err err, struct tg_buf *text, struct tg_errmsg *em)
{
    if (err) return tg_fail(em, err, "cannot show help: out of memory");
    (void)fwrite(text->data, 1, text->bytes, cli->out);
    return TG_OK;
}

static tg_err help_show(struct tg_cli *cli, const struct tg_command *command, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    return put_help(cli, command ? tg_help_command(command, &text) : tg_help_all(&text), &text, em);
}

/* "tamga help peer add", "tamga peer --help". */
static tg_err help_of_words(struct tg_cli *cli, int at, int argc, char *const *argv, struct tg_errmsg *em)
{
    int words = 0;
    if (at >= argc) return help_show(cli, NULL, em);
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const struct tg_command *command = tg_command_find(at, argc, argv, &words);
    bool family = words == 1 && (!command || strcmp(command->name, argv[at]) != 0);
    if (family && tg_help_family(argv[at], &text) == TG_OK) return put_help(cli, TG_OK, &text, em);
    if (!command) return tg_command_unknown(argv[at], at + 1 < argc ? argv[at + 1] : NULL, em);
    return help_show(cli, command, em);
}

static tg_err words_check(const struct tg_command *command, const struct tg_args *args, struct tg_errmsg *em)
{
    if (args->word_count < command->words_min)
        return tg_fail(em, TG_EUSAGE, "'%s' needs %s: see 'tamga %s --help'", command->name, command->words,
                       command->name);
    if (args->word_count && command->words_max == 0 && tg_command_is_family(command->name))
        return tg_command_unknown(command->name, args->words[0], em);
    if (args->word_count > command->words_max)
        return tg_fail(em, TG_EUSAGE, "'%s' does not know what to do with '%.60s': see 'tamga %s --help'",
                       command->name, args->words[command->words_max], command->name);
    return TG_OK;
}

static tg_err command_run(struct tg_cli *cli, const struct tg_command *command, struct tg_args *args,
                          struct tg_errmsg *em)
{
    globals_take(cli, args);
    cli->command = command->name;
    if (tg_args_has(args, "help")) return help_show(cli, command, em);
    tg_err err = words_check(command, args, em);
    if (!err) err = tg_crypto_init(em);
    if (!err) err = command->run(cli, args, em);
    bool written = fflush(cli->out) == 0 && !ferror(cli->out);
    return err || written ? err : tg_fail(em, TG_EIO, "cannot write the output");
}

static bool asks_help(int at, int argc, char *const *argv)
{
    for (; at < argc; at++)
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) return true;
    return false;
}

static tg_err dispatch(struct tg_cli *cli, int argc, char *const *argv, struct tg_errmsg *em)
{
    struct tg_args args = {0};
    int at = 1, words = 0;
    const struct tg_option *tables[TG_OPTION_TABLES_MAX] = {tg_cli_globals};
    tg_err err = tg_args_parse("tamga", tables, 1, argc, argv, true, &args, &at, em);
    if (err) return err;
    if (tg_args_has(&args, "version")) {
        tg_put(cli, "tamga %s\n", TG_VERSION);
        return TG_OK;
    }
    if (at < argc && strcmp(argv[at], "help") == 0) return help_of_words(cli, at + 1, argc, argv, em);
    if (tg_args_has(&args, "help")) return help_of_words(cli, at, argc, argv, em);
    if (at >= argc) return tg_fail(em, TG_EUSAGE, "no command given: 'tamga --help' lists them");
    const struct tg_command *command = tg_command_find(at, argc, argv, &words);
    if (asks_help(at, argc, argv) && (!command || words == 1)) return help_of_words(cli, at, argc, argv, em);
    if (!command) return tg_command_unknown(argv[at], at + 1 < argc ? argv[at + 1] : NULL, em);
    tg_command_tables(command, tables);
    err = tg_args_parse(command->name, tables, at + words, argc, argv, false, &args, NULL, em);
    return err ? err : command_run(cli, command, &args, em);
}

/* A message may quote a file, a peer or the call: it moves no cursor. */
static void error_tell(struct tg_cli *cli, tg_err err, const struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (tg_text_escape(tg_view_str(tg_errmsg_text(em, err)), &safe)) return;
    tg_talk(cli, "tamga: %.*s%s\n", TG_VIEW_PRINT(tg_buf_view(&safe)),
            err == TG_EBUG ? " (a defect of tamga: please report it)" : "");
    (void)fflush(cli->talk);
}

int tg_cli_main(int argc, char *const *argv, FILE *out, FILE *talk)
{
    struct tg_cli cli = {
        .out = out, .talk = talk, .reason = "", .clock = tg_clock_system(), .random = tg_random_system()};
    tg_terminal_look(&cli);
    struct tg_errmsg em = {0};
    tg_err err = dispatch(&cli, argc, argv, &em);
    tg_control_client_free(cli.client);
    (void)fflush(out);
    if (!err) return tg_interrupt_exit(cli.answer_no ? 1 : 0);
    error_tell(&cli, err, &em);
    return tg_interrupt_exit(tg_err_exit_code(err));
}
