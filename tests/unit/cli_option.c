/* Options: what may be typed, what is refused with the nearest right thing, and tables that keep to the rules of help. */
#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "proto/record.h"

static const char *const colours[] = {"red", "green", NULL};
static const struct tg_option own[] = {
    {"name", 'n', TG_OPTION_TEXT, true, "TEXT", "a name", NULL, 0, 0},
    {"count", 0, TG_OPTION_NUMBER, false, "N", "how many", NULL, 0, 100},
    {"colour", 0, TG_OPTION_CHOICE, false, "NAME", "which", colours, 0, 0},
    {"tlp", 0, TG_OPTION_CHOICE, false, "NAME", "handling", NULL, 1 + TG_ENUM_TLP, 0},
    {"born", 0, TG_OPTION_DATE, false, "DATE", "when", NULL, 0, 0},
    {"at", 0, TG_OPTION_TIME, false, "TIME", "when exactly", NULL, 0, 0},
    {"quick", 'q', TG_OPTION_FLAG, false, NULL, "at once", NULL, 0, 0},
    TG_OPTION_END,
};
static const struct tg_option *const tables[] = {own, tg_cli_globals, NULL};

static struct tg_args args;
static struct tg_errmsg em;

static tg_err parse(const char *const *words)
{
    char *argv[1024];
    int argc = 0;
    for (; words[argc]; argc++) argv[argc] = (char *)words[argc];
    memset(&args, 0, sizeof args);
    memset(&em, 0, sizeof em);
    return tg_args_parse("paint", tables, 0, argc, argv, false, &args, NULL, &em);
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

Test(cli_option, values_come_in_every_way_they_may_be_typed)
{
    cr_assert_eq(
        PARSE("--name", "a", "word", "--name=b", "-n", "c", "-nd", "--count=7", "-q", "--colour", "green"),
        TG_OK, "%s", em.text);
    size_t at = 0;
    cr_expect_str_eq(tg_args_each(&args, "name", &at), "a");
    cr_expect_str_eq(tg_args_each(&args, "name", &at), "b");
    cr_expect_str_eq(tg_args_each(&args, "name", &at), "c");
    cr_expect_str_eq(tg_args_each(&args, "name", &at), "d");
    cr_expect_null(tg_args_each(&args, "name", &at));
    cr_expect_eq(tg_args_number(&args, "count", 0), 7);
    cr_expect_eq(tg_args_number(&args, "colour", 9), 1, "place among the choices");
    cr_expect(tg_args_has(&args, "quick"));
    cr_expect_eq(args.word_count, 1);
    cr_expect_str_eq(tg_args_text(&args, "born", "not given"), "not given");
}

Test(cli_option, two_dashes_end_the_options_and_one_is_a_word)
{
    cr_assert_eq(PARSE("-", "--", "--name", "-q"), TG_OK);
    cr_expect_eq(args.word_count, 3);
    cr_expect_str_eq(args.words[0], "-");
    cr_expect_str_eq(args.words[1], "--name");
    cr_expect_not(tg_args_has(&args, "quick"));
}

Test(cli_option, numbers_have_both_edges)
{
    cr_expect_eq(PARSE("--count", "0"), TG_OK);
    cr_expect_eq(PARSE("--count", "100"), TG_OK);
    cr_expect_eq(PARSE("--count", "101"), TG_EUSAGE);
    cr_expect_eq(PARSE("--count", "-1"), TG_EUSAGE);
    cr_expect_eq(PARSE("--count", ""), TG_EUSAGE);
    cr_expect_eq(PARSE("--count", "99999999999999999999"), TG_EUSAGE);
}

Test(cli_option, dates_and_times_are_of_the_calendar)
{
    cr_expect_eq(PARSE("--born", "1984"), TG_OK);
    cr_expect_eq(PARSE("--born", "2024-02-29"), TG_OK);
    cr_expect_eq(PARSE("--born", "2023-02-29"), TG_EUSAGE);
    cr_expect_eq(PARSE("--at", "1970-01-01T05:00:01+05:00"), TG_OK);
    cr_expect_eq(tg_args_number(&args, "at", 0), 1000);
    cr_expect_eq(PARSE("--at", "1970"), TG_EUSAGE, "a year is no point in time");
}

Test(cli_option, what_is_wrong_is_told_with_the_nearest_name)
{
    static const struct {
        const char *words[4];
        const char *says;
    } rows[] = {
        {{"--nmae", "a"}, "did you mean '--name'?"},
        {{"--quik"}, "did you mean '--quick'?"},
        {{"--soket", "x"}, "did you mean '--socket'?"},
        {{"--zzzzzz"}, "see 'tamga paint --help'"},
        {{"-x"}, "unknown option '-x'"},
        {{"--colour", "gren"}, "did you mean 'green'?"},
        {{"--colour", "zzzzzzz"}, "it takes red, green"},
        {{"--tlp", "ambr"}, "did you mean 'amber'?"},
        {{"--count", "1", "--count=2"}, "'--count' is given twice"},
        {{"--name"}, "'--name' needs a value: --name TEXT"},
        {{"--quick=1"}, "takes no value"},
        {{"--name", "\xff"}, "is not UTF-8"},
        {{"\xc3("}, "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(parse(rows[i].words), TG_EUSAGE, "row %zu", i);
        cr_expect(strstr(em.text, rows[i].says), "row %zu: %s", i, em.text);
    }
}

Test(cli_option, as_many_values_as_the_limit_and_not_one_more)
{
    const char *words[TG_CLI_VALUES_MAX + 2] = {NULL};
    for (size_t i = 0; i < TG_CLI_VALUES_MAX; i++) words[i] = "--name=a";
    cr_expect_eq(parse(words), TG_OK, "%s", em.text);
    words[TG_CLI_VALUES_MAX] = "--name=a";
    cr_expect_eq(parse(words), TG_EUSAGE);
    memset(words, 0, sizeof words);
    for (size_t i = 0; i < TG_CLI_WORDS_MAX; i++) words[i] = "a";
    cr_expect_eq(parse(words), TG_OK);
    words[TG_CLI_WORDS_MAX] = "a";
    cr_expect_eq(parse(words), TG_EUSAGE);
}

static void table_keeps_rules(const char *who, const struct tg_option *options)
{
    for (const struct tg_option *a = options; a && a->name; a++) {
        cr_expect(a->help && a->help[0], "%s --%s has no help", who, a->name);
        cr_expect(a->kind == TG_OPTION_FLAG || a->argument, "%s --%s does not say what it takes", who,
                  a->name);
        cr_expect(a->kind != TG_OPTION_CHOICE || tg_option_choice(a, 0), "%s --%s has no choices", who,
                  a->name);
        for (const struct tg_option *b = a + 1; b->name; b++)
            cr_expect_str_neq(a->name, b->name, "%s has --%s twice", who, a->name);
    }
}

Test(cli_option, every_command_has_help_that_fits_a_screen_and_two_examples)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const struct tg_command *command = &tg_commands[i];
        TG_AUTO(tg_buf) struct tg_buf help = {0};
        table_keeps_rules(command->name, command->options);
        table_keeps_rules(command->name, command->shared);
        cr_assert_eq(tg_help_command(command, &help), TG_OK);
        size_t lines = 0, columns = 0, widest = 0;
        for (size_t k = 0; k < help.bytes; k++) {
            columns = help.data[k] == '\n' ? 0 : columns + 1;
            lines += help.data[k] == '\n';
            widest = columns > widest ? columns : widest;
        }
        cr_expect_leq(widest, 80, "a line of the help of '%s' has %zu columns", command->name, widest);
        cr_expect_leq(lines, 40, "help of '%s' has %zu lines", command->name, lines);
        cr_expect(command->examples[0] && command->examples[1], "%s", command->name);
        cr_expect(strncmp(command->examples[0], "tamga ", 6) == 0, "%s", command->examples[0]);
    }
}

Test(cli_option, commands_are_found_by_one_word_or_two)
{
    static const struct {
        const char *words[3];
        const char *name;
        int count;
    } rows[] = {
        {{"peer", "add"}, "peer add", 2},  {{"peer"}, "peer list", 1}, {{"peer", "--format"}, "peer list", 1},
        {{"card"}, "card show", 1},        {{"add"}, "add", 1},        {{"add", "person"}, "add person", 2},
        {{"status", "peer"}, "status", 1}, {{"peer", "zzz"}, NULL, 1}, {{"pee"}, NULL, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *argv[3] = {(char *)rows[i].words[0], (char *)rows[i].words[1]};
        int words = 0;
        const struct tg_command *command = tg_command_find(0, argv[1] ? 2 : 1, argv, &words);
        cr_expect_eq(command != NULL, rows[i].name != NULL, "row %zu", i);
        if (command) cr_expect_str_eq(command->name, rows[i].name);
        if (command) cr_expect_eq(words, rows[i].count, "row %zu", i);
    }
}
