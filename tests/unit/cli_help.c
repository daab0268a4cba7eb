/* The help of every command: one screen of 80 by 24, with two examples that the command itself would take. */
#include <criterion/criterion.h>

#include "base/text.h"
#include "cli/command.h"

#define SCREEN_COLUMNS 80
#define SCREEN_LINES 24

struct size {
    size_t lines, columns;
};

static struct size size_of(const struct tg_buf *text)
{
    struct size size = {0};
    for (size_t at = 0; at < text->bytes;) {
        const uint8_t *end = memchr(text->data + at, '\n', text->bytes - at);
        size_t bytes = end ? (size_t)(end - text->data) - at : text->bytes - at;
        size_t columns = tg_text_columns(tg_view_of(text->data + at, bytes));
        if (columns > size.columns) size.columns = columns;
        size.lines++;
        at += bytes + 1;
    }
    return size;
}

Test(help, of_every_command_fits_a_screen)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        struct tg_buf text = {0};
        cr_assert_eq(tg_help_command(&tg_commands[i], &text), TG_OK);
        struct size size = size_of(&text);
        cr_expect_leq(size.columns, SCREEN_COLUMNS, "'%s' has a line of %zu columns", tg_commands[i].name,
                      size.columns);
        cr_expect_leq(size.lines, SCREEN_LINES, "'%s' has %zu lines", tg_commands[i].name, size.lines);
        tg_buf_release(&text);
    }
}

/* Words of an example, split at blanks outside quotes; storage is cut up. */
static int words_of(char *storage, char **words, int max)
{
    int count = 0;
    for (char *c = storage; *c && count < max;) {
        while (*c == ' ') *c++ = '\0';
        if (!*c) break;
        words[count++] = c;
        bool quoted = false;
        for (; *c && (quoted || *c != ' '); c++)
            if (*c == '"') quoted = !quoted;
    }
    return count;
}

/* Only what the option tables say: "..." stands for more, and what follows '>' or '|' is the shell's. */
static int own_words(char **words, int count)
{
    int from = 0, to = 0;
    while (from < count && strcmp(words[from], "tamga") != 0) from++;
    for (int i = from; i < count && strcmp(words[i], ">") != 0 && strcmp(words[i], "|") != 0; i++)
        if (strcmp(words[i], "...") != 0) words[to++] = words[i];
    return to;
}

Test(help, examples_are_taken_by_the_tables_of_their_command)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const struct tg_command *command = &tg_commands[i];
        for (size_t k = 0; k < 2; k++) {
            char storage[256], *words[64];
            cr_assert_not_null(command->examples[k], "'%s' has no two examples", command->name);
            cr_assert_lt(strlen(command->examples[k]), sizeof storage);
            (void)strcpy(storage, command->examples[k]);
            int count = own_words(words, words_of(storage, words, 64)), taken = 0;
            if (strncmp(storage, "source", 6) == 0) continue; /* the shell's own */
            cr_assert_gt(count, 1, "%s", command->examples[k]);
            const struct tg_command *found = tg_command_find(1, count, words, &taken);
            cr_expect(found, "%s", command->examples[k]);
            if (!found || found != command) continue; /* a pipe from another command */
            const struct tg_option *tables[TG_OPTION_TABLES_MAX];
            struct tg_args args = {0};
            struct tg_errmsg em = {.text = ""};
            tg_command_tables(command, tables);
            tg_err err =
                tg_args_parse(command->name, tables, 1 + taken, count, words, false, &args, NULL, &em);
            cr_expect_eq(err, TG_OK, "%s: %s", command->examples[k], em.text);
        }
    }
}

Test(help, a_summary_is_one_short_line)
{
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *summary = tg_commands[i].summary;
        size_t bytes = strlen(summary);
        cr_expect(bytes > 8 && bytes <= 52 && summary[bytes - 1] != '.', "%s: %s", tg_commands[i].name,
                  summary);
    }
}
