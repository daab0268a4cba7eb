/* The program that writes the manual pages: one for each command and each file.
 *
 * What the tables know (commands, options, settings) is taken from them; what only a person can write stands in
 * man/PAGE.txt. A command without such a file ends the build, and so does a file that belongs to nothing.
 * Runs at build time only. Described in man/README.md.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "man/prose.h"
#include "node/daemon_options.h"
#include "proto/config.h"

#define PAGE_BYTES 96
#define PATH_BYTES 1024
#define PROSE_MAX 256
#define EXAMPLE_COLUMNS 70

/* The day of the release that they describe. */
#define MANUAL_DAY "June 30, 2026"

struct manual {
    const char *prose_dir, *out_dir;
    char pages[PROSE_MAX][PAGE_BYTES]; /* those with prose: "tamga-alert.1" */
    bool used[PROSE_MAX];
    size_t page_count;
};

/* One page while it is written. */
struct page {
    const struct manual *manual;
    char name[PAGE_BYTES]; /* "tamga-peer-add" */
    char section;          /* '1' */
    struct tg_prose prose;
    struct tg_roff roff;
};

static void page_release(struct page *page)
{
    tg_prose_release(&page->prose);
    tg_roff_release(&page->roff);
}
TG_AUTO_DEFINE(page, page_release)

/* ---- names ---- */

/* "peer add" → "tamga-peer-add" */
static void page_name(const char *command, char out[static PAGE_BYTES])
{
    (void)snprintf(out, PAGE_BYTES, "tamga-%s", command);
    for (char *c = out; *c; c++)
        if (*c == ' ') *c = '-';
}

static bool is_family(const char *word)
{
    return word[0] && tg_command_is_family(word);
}

static bool is_command(const char *name)
{
    char page[PAGE_BYTES];
    for (size_t i = 0; i < tg_commands_count; i++) {
        page_name(tg_commands[i].name, page);
        if (strcmp(page, name) == 0) return true;
    }
    return false;
}

/* Is there a page of ours with that name in that section? */
static bool has_page(const struct manual *manual, const char *name, char section)
{
    static const char before[] = "tamga-";
    bool family = strncmp(name, before, sizeof before - 1) == 0 && is_family(name + sizeof before - 1);
    if (section == '1' && (family || is_command(name))) return true;
    char page[PAGE_BYTES + 2];
    (void)snprintf(page, sizeof page, "%s.%c", name, section);
    for (size_t i = 0; i < manual->page_count; i++)
        if (strcmp(manual->pages[i], page) == 0) return true;
    return false;
}

/* ---- parts made from tables ---- */

/* Is the help itself no more than some of the values? "routine (default), priority or flash" */
static bool help_is_values(const struct tg_option *option)
{
    size_t bytes = strcspn(option->help, " ,");
    for (size_t i = 0;; i++) {
        const char *name = tg_option_choice(option, i);
        if (!name) return false;
        if (strlen(name) == bytes && strncmp(name, option->help, bytes) == 0)
            return option->help[bytes] != '\0';
    }
}

static void put_choices(struct tg_roff *roff, const struct tg_option *option)
{
    const char *name = tg_option_choice(option, 0);
    if (!name) return;
    tg_roff_line(roff, "One of:");
    for (size_t i = 0; name; i++) {
        const char *next = tg_option_choice(option, i + 1);
        char usual[64];
        (void)snprintf(usual, sizeof usual, "%s (default)", name);
        tg_roff_put(roff, ".Cm ");
        tg_roff_word(roff, name);
        tg_roff_put(roff, strstr(option->help, usual) ? " No (default)" : "");
        tg_roff_put(roff, next ? " ,\n" : " .\n");
        name = next;
    }
}

static void put_option(struct tg_roff *roff, const struct tg_option *option)
{
    tg_roff_put(roff, ".It ");
    if (option->letter) tg_roff_line(roff, "Fl %c , \\", option->letter);
    tg_roff_put(roff, "Fl Fl ");
    tg_roff_word(roff, option->name);
    if (option->kind != TG_OPTION_FLAG) {
        tg_roff_put(roff, " Ar ");
        tg_roff_word(roff, option->argument ? option->argument : "TEXT");
    }
    tg_roff_put(roff, "\n");
    bool values = option->kind == TG_OPTION_CHOICE && help_is_values(option);
    if (!values) tg_roff_sentence(roff, option->help);
    if (option->kind == TG_OPTION_CHOICE) put_choices(roff, option);
    if (values && strstr(option->help, "(needed)")) tg_roff_line(roff, "Needed.");
    if (option->repeat && !strstr(option->help, "may repeat")) tg_roff_line(roff, "May repeat.");
}

static void put_options(struct tg_roff *roff, const struct tg_option *options)
{
    tg_roff_line(roff, ".Bl -tag -width Ds");
    for (; options->name; options++) put_option(roff, options);
    tg_roff_line(roff, ".El");
}

static void put_command_row(struct tg_roff *roff, const struct tg_command *command)
{
    char name[PAGE_BYTES];
    page_name(command->name, name);
    tg_roff_put(roff, ".It Xr ");
    tg_roff_word(roff, name);
    tg_roff_line(roff, " 1");
    tg_roff_summary(roff, command->summary);
}

static void part_commands(struct tg_roff *roff)
{
    for (int group = 0; group < TG_GROUPS; group++) {
        tg_roff_heading(roff, ".Ss", tg_view_str(tg_group_title((enum tg_command_group)group)));
        tg_roff_line(roff, ".Bl -tag -width Ds -compact");
        for (size_t i = 0; i < tg_commands_count; i++)
            if ((int)tg_commands[i].group == group) put_command_row(roff, &tg_commands[i]);
        tg_roff_line(roff, ".El");
    }
}

static void part_globals(struct tg_roff *roff)
{
    put_options(roff, tg_cli_globals);
}

static void part_daemon_options(struct tg_roff *roff)
{
    tg_roff_line(roff, ".Bl -tag -width Ds");
    for (size_t i = 0; i < tg_daemon_option_count; i++) {
        const struct tg_daemon_option *row = &tg_daemon_option_rows[i];
        tg_roff_put(roff, ".It ");
        if (row->brief) tg_roff_line(roff, "Fl %s , \\", row->brief + 1);
        tg_roff_put(roff, "Fl Fl ");
        tg_roff_word(roff, row->name + 2);
        if (row->argument) tg_roff_put(roff, " Ar ");
        if (row->argument) tg_roff_word(roff, row->argument);
        tg_roff_put(roff, "\n");
        tg_roff_sentence(roff, row->help);
    }
    tg_roff_line(roff, ".El");
}

static void put_setting(struct tg_roff *roff, const struct tg_config_key *key)
{
    tg_roff_put(roff, ".It Cm ");
    tg_roff_word(roff, key->name);
    tg_roff_put(roff, "\n");
    tg_roff_sentence(roff, key->doc);
    tg_roff_put(roff, "Takes ");
    tg_roff_word(roff, key->takes);
    if (key->fallback[0]) tg_roff_put(roff, "; default ");
    if (key->fallback[0]) tg_roff_word(roff, key->fallback);
    tg_roff_put(roff, ".\n");
}

static void part_settings(struct tg_roff *roff)
{
    struct tg_config_key key;
    char takes[TG_CONFIG_TAKES_BYTES];
    const char *section = "";
    for (size_t i = 0; tg_config_key_at(i, &key, takes); i++) {
        if (strcmp(section, key.section) != 0) {
            if (i) tg_roff_line(roff, ".El");
            tg_roff_line(roff, ".Ss [%s]", key.section);
            tg_roff_line(roff, ".Bl -tag -width Ds");
        }
        section = key.section;
        put_setting(roff, &key);
    }
    tg_roff_line(roff, ".El");
}

static const struct {
    const char *name; /* "@name" in a prose file */
    void (*put)(struct tg_roff *roff);
} parts[] = {
    {"commands", part_commands},
    {"globals", part_globals},
    {"daemon_options", part_daemon_options},
    {"settings", part_settings},
};

static bool part_put(void *ctx, struct tg_roff *roff, struct tg_view name)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!tg_view_equal_str(name, parts[i].name)) continue;
        parts[i].put(roff);
        return true;
    }
    return false;
}

/* ---- sections ---- */

static void put_head(struct page *page, const char *summary)
{
    char upper[PAGE_BYTES];
    size_t i = 0;
    for (; page->name[i]; i++)
        upper[i] = page->name[i] >= 'a' && page->name[i] <= 'z' ? (char)(page->name[i] - 32) : page->name[i];
    upper[i] = '\0';
    struct tg_roff *roff = &page->roff;
    tg_roff_line(roff, ".\\\" Made from the tables of the program and man/*.txt; do not edit.");
    tg_roff_line(roff, ".Dd %s", MANUAL_DAY);
    tg_roff_line(roff, ".Dt %s %c", upper, page->section);
    tg_roff_line(roff, ".Os Tamga");
    tg_roff_line(roff, ".nh");
    tg_roff_line(roff, ".Sh NAME");
    tg_roff_line(roff, ".Nm %s", page->name);
    tg_roff_put(roff, ".Nd ");
    tg_roff_word(roff, "");
    tg_roff_text(roff, tg_view_str(summary));
}

static tg_err put_prose(struct page *page, struct tg_prose_section *section, struct tg_errmsg *em)
{
    section->put = true;
    tg_roff_heading(&page->roff, ".Sh", section->title);
    tg_err err = tg_prose_put(section, &page->roff, part_put, NULL, em);
    return err ? tg_context(em, err, "%s/%s.%c.txt", page->manual->prose_dir, page->name, page->section)
               : TG_OK;
}

static tg_err put_prose_named(struct page *page, const char *title, struct tg_errmsg *em)
{
    struct tg_prose_section *section = tg_prose_section(&page->prose, title);
    return section && !section->put ? put_prose(page, section, em) : TG_OK;
}

/* Every section but those that have their place at the end. */
static tg_err put_prose_rest(struct page *page, struct tg_errmsg *em)
{
    static const char *const last[] = {"EXIT STATUS", "EXAMPLES", "SEE ALSO"};
    tg_err err = TG_OK;
    for (size_t i = 0; i < page->prose.count && !err; i++) {
        struct tg_prose_section *section = &page->prose.sections[i];
        bool later = section->put;
        for (size_t k = 0; k < sizeof last / sizeof last[0]; k++)
            later = later || tg_view_equal_str(section->title, last[k]);
        if (!later) err = put_prose(page, section, em);
    }
    return err;
}

/* "peer test" → tamga-peer-test(1); "tamga.conf(5)" as it is. */
static tg_err put_reference(struct page *page, struct tg_view item, bool more, struct tg_errmsg *em)
{
    char text[PAGE_BYTES], name[PAGE_BYTES];
    (void)snprintf(text, sizeof text, "%.*s", TG_VIEW_PRINT(item));
    char *bracket = strchr(text, '(');
    char section = bracket ? bracket[1] : '1';
    if (bracket) *bracket = '\0';
    if (bracket)
        (void)snprintf(name, sizeof name, "%s", text);
    else
        page_name(text, name);
    bool ours = strncmp(name, "tamga", 5) == 0;
    if (ours && !has_page(page->manual, name, section))
        return tg_fail(em, TG_ENOENT, "'%s.%c' points to '%s(%c)', which is not there", page->name,
                       page->section, name, section);
    tg_roff_put(&page->roff, ".Xr ");
    tg_roff_word(&page->roff, name);
    tg_roff_line(&page->roff, " %c%s", section, more ? " ," : "");
    return TG_OK;
}

static tg_err put_see_also(struct page *page, struct tg_errmsg *em)
{
    struct tg_prose_section *section = tg_prose_section(&page->prose, "SEE ALSO");
    bool main_page = strcmp(page->name, "tamga") == 0;
    struct tg_view rest = section ? tg_text_trim(section->body) : tg_view_str("");
    if (!rest.bytes && main_page) return TG_OK;
    tg_roff_line(&page->roff, ".Sh SEE ALSO");
    tg_err err = TG_OK;
    if (!main_page) err = put_reference(page, tg_view_str("tamga(1)"), rest.bytes > 0, em);
    while (rest.bytes && !err) {
        const uint8_t *comma = memchr(rest.data, ',', rest.bytes);
        size_t bytes = comma ? (size_t)(comma - rest.data) : rest.bytes;
        struct tg_view item = tg_text_trim(tg_view_of(rest.data, bytes));
        size_t step = bytes + (comma ? 1 : 0);
        rest = tg_view_of(rest.data + step, rest.bytes - step);
        err = put_reference(page, item, rest.bytes > 0, em);
    }
    return err;
}

/* ---- pages ---- */

static tg_err prose_open(struct manual *manual, struct page *page, struct tg_errmsg *em)
{
    char path[PATH_BYTES], name[PAGE_BYTES + 2];
    (void)snprintf(name, sizeof name, "%s.%c", page->name, page->section);
    for (size_t i = 0; i < manual->page_count; i++)
        if (strcmp(manual->pages[i], name) == 0) manual->used[i] = true;
    (void)snprintf(path, sizeof path, "%s/%s.txt", manual->prose_dir, name);
    return tg_prose_read(path, &page->prose, em);
}

static tg_err page_write(const struct page *page, struct tg_errmsg *em)
{
    char folder[PATH_BYTES], path[PATH_BYTES], name[PAGE_BYTES + 2];
    if (page->roff.err) return tg_fail(em, page->roff.err, "cannot write the page '%s'", page->name);
    (void)snprintf(name, sizeof name, "man%c", page->section);
    tg_err err = tg_path_join(page->manual->out_dir, name, folder, sizeof folder, em);
    if (!err) err = tg_dir_ensure(folder, 0755, em);
    (void)snprintf(name, sizeof name, "%s.%c", page->name, page->section);
    if (!err) err = tg_path_join(folder, name, path, sizeof path, em);
    return err ? err : tg_file_write(path, tg_buf_view(&page->roff.text), 0644, em);
}

static void put_words(struct tg_roff *roff, const char *words)
{
    while (*words) {
        char word[64];
        size_t bytes = strcspn(words, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)bytes, words);
        bool option = strncmp(word, "--", 2) == 0;
        tg_roff_put(roff, option ? ".Fl Fl " : ".Ar ");
        tg_roff_word(roff, option ? word + 2 : word);
        tg_roff_put(roff, "\n");
        words += bytes;
        words += *words == ' ';
    }
}

static void put_synopsis(struct page *page, const struct tg_command *command)
{
    struct tg_roff *roff = &page->roff;
    tg_roff_line(roff, ".Sh SYNOPSIS");
    tg_roff_put(roff, ".Nm ");
    tg_roff_put(roff, "tamga\\ ");
    tg_roff_word(roff, command->name);
    tg_roff_put(roff, "\n");
    if (command->options || command->shared) tg_roff_line(roff, ".Op Ar OPTION...");
    put_words(roff, command->words);
}

static void put_all_options(struct page *page, const struct tg_command *command)
{
    struct tg_roff *roff = &page->roff;
    tg_roff_line(roff, ".Sh OPTIONS");
    if (command->options && command->options->name) put_options(roff, command->options);
    if (command->shared && command->shared->name) {
        tg_roff_line(roff, ".Ss Of every record");
        put_options(roff, command->shared);
    }
    tg_roff_line(roff, ".Ss Of every command");
    put_options(roff, tg_cli_globals);
}

/* The commands "peer ..." of the family "peer". */
static void put_family(struct tg_roff *roff, const char *family)
{
    size_t bytes = strlen(family);
    tg_roff_line(roff, ".Bl -tag -width Ds -compact");
    for (size_t i = 0; i < tg_commands_count; i++) {
        const char *name = tg_commands[i].name;
        if (strncmp(name, family, bytes) == 0 && name[bytes] == ' ') put_command_row(roff, &tg_commands[i]);
    }
    tg_roff_line(roff, ".El");
}

/* An example that is longer than a line goes on in the next, as a shell reads it. */
static void put_example(struct tg_roff *roff, const char *example)
{
    char line[EXAMPLE_COLUMNS + 8];
    const char *indent = "";
    while (strlen(example) > EXAMPLE_COLUMNS) {
        size_t bytes = EXAMPLE_COLUMNS - 4;
        while (bytes > 1 && !(example[bytes] == ' ' && example[bytes + 1] == '-')) bytes--;
        if (bytes == 1) break;
        (void)snprintf(line, sizeof line, "%s%.*s \\", indent, (int)bytes, example);
        tg_roff_literal(roff, tg_view_str(line));
        example += bytes + 1;
        indent = "    ";
    }
    tg_roff_put(roff, indent);
    tg_roff_literal(roff, tg_view_str(example));
}

static void put_examples(struct page *page, const struct tg_command *command)
{
    tg_roff_line(&page->roff, ".Sh EXAMPLES");
    tg_roff_line(&page->roff, ".Bd -literal -offset 2n");
    for (size_t i = 0; i < 2; i++) put_example(&page->roff, command->examples[i]);
    tg_roff_line(&page->roff, ".Ed");
}

static tg_err put_exit_status(struct page *page, struct tg_errmsg *em)
{
    struct tg_prose_section *section = tg_prose_section(&page->prose, "EXIT STATUS");
    if (section) return put_prose(page, section, em);
    tg_roff_line(&page->roff, ".Sh EXIT STATUS");
    tg_roff_text(&page->roff, tg_view_str("0 when it is done, 1 when the answer is no, and otherwise as in"));
    tg_roff_line(&page->roff, ".Xr tamga 1 .");
    return TG_OK;
}

static tg_err no_prose(const struct manual *manual, const struct page *page, const char *command,
                       struct tg_errmsg *em)
{
    return tg_fail(em, TG_ENOENT,
                   "the command '%s' has no prose for its manual page: write '%s/%s.1.txt' with a section "
                   "'# DESCRIPTION' (man/README.md has the form, tamga-withdraw.1.txt is an example)",
                   command, manual->prose_dir, page->name);
}

static tg_err command_page(struct manual *manual, const struct tg_command *command, struct tg_errmsg *em)
{
    TG_AUTO(page) struct page page = {.manual = manual, .section = '1'};
    page_name(command->name, page.name);
    tg_err err = prose_open(manual, &page, em);
    if (err == TG_ENOENT || (!err && !tg_prose_section(&page.prose, "DESCRIPTION")))
        return no_prose(manual, &page, command->name, em);
    if (err) return err;
    put_head(&page, command->summary);
    put_synopsis(&page, command);
    err = put_prose_named(&page, "DESCRIPTION", em);
    if (is_family(command->name)) {
        tg_roff_line(&page.roff, ".Sh COMMANDS");
        put_family(&page.roff, command->name);
    }
    put_all_options(&page, command);
    if (!err) err = put_prose_rest(&page, em);
    if (!err) err = put_exit_status(&page, em);
    put_examples(&page, command);
    struct tg_prose_section *more = tg_prose_section(&page.prose, "EXAMPLES");
    if (!err && more) err = tg_prose_put(more, &page.roff, part_put, NULL, em);
    if (!err) err = put_see_also(&page, em);
    return err ? err : page_write(&page, em);
}

/* For words that begin commands and are none, such as "peer". */
static tg_err family_page(struct manual *manual, const char *family, struct tg_errmsg *em)
{
    char text[128];
    TG_AUTO(page) struct page page = {.manual = manual, .section = '1'};
    page_name(family, page.name);
    if (is_command(page.name)) return TG_OK;
    (void)snprintf(text, sizeof text, "the commands that begin with '%s'", family);
    put_head(&page, text);
    tg_roff_line(&page.roff, ".Sh DESCRIPTION");
    put_family(&page.roff, family);
    tg_err err = put_see_also(&page, em);
    return err ? err : page_write(&page, em);
}

/* Every other page: all of it stands in its prose file, with parts from the tables where "@name" asks for one. */
static tg_err prose_page(struct manual *manual, const char *name, struct tg_errmsg *em)
{
    TG_AUTO(page) struct page page = {.manual = manual};
    size_t bytes = strlen(name) - 2;
    (void)snprintf(page.name, sizeof page.name, "%.*s", (int)bytes, name);
    page.section = name[bytes + 1];
    tg_err err = prose_open(manual, &page, em);
    if (err) return err;
    struct tg_prose_section *title = tg_prose_section(&page.prose, "NAME");
    if (!title) return tg_fail(em, TG_EFORMAT, "'%s.txt' has no section '# NAME' with one line", name);
    if (page.section == '1' && strcmp(page.name, "tamga") != 0)
        return tg_fail(em, TG_EFORMAT, "'%s.txt' belongs to no command: remove it, or add the command", name);
    char summary[128];
    (void)snprintf(summary, sizeof summary, "%.*s", TG_VIEW_PRINT(tg_text_trim(title->body)));
    title->put = true;
    put_head(&page, summary);
    err = put_prose_rest(&page, em);
    if (!err) err = put_prose_named(&page, "EXIT STATUS", em);
    if (!err) err = put_prose_named(&page, "EXAMPLES", em);
    if (!err) err = put_see_also(&page, em);
    return err ? err : page_write(&page, em);
}

/* ---- all of them ---- */

/* "tamga-alert.1.txt": a page and its section. */
static bool is_prose_name(const char *name)
{
    size_t bytes = strlen(name);
    return bytes > 6 && bytes < PAGE_BYTES && strcmp(name + bytes - 4, ".txt") == 0 &&
           name[bytes - 6] == '.' && tg_ascii_is_digit(name[bytes - 5]);
}

static tg_err prose_list(struct manual *manual, struct tg_errmsg *em)
{
    DIR *folder = opendir(manual->prose_dir);
    if (!folder) return tg_fail(em, TG_EIO, "cannot open '%s'", manual->prose_dir);
    tg_err err = TG_OK;
    for (const struct dirent *entry; !err && (entry = readdir(folder));) {
        if (!is_prose_name(entry->d_name)) continue;
        if (manual->page_count == PROSE_MAX) err = tg_fail(em, TG_ELIMIT, "more than %d pages", PROSE_MAX);
        if (err) break;
        (void)snprintf(manual->pages[manual->page_count++], PAGE_BYTES, "%.*s",
                       (int)strlen(entry->d_name) - 4, entry->d_name);
    }
    (void)closedir(folder);
    return err;
}

static tg_err families(struct manual *manual, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_commands_count && !err; i++) {
        char word[64];
        (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(tg_commands[i].name, " "),
                       tg_commands[i].name);
        if (is_family(word)) err = family_page(manual, word, em);
    }
    return err;
}

static tg_err manual_write(struct manual *manual, struct tg_errmsg *em)
{
    tg_err err = tg_dir_ensure(manual->out_dir, 0755, em);
    if (!err) err = prose_list(manual, em);
    for (size_t i = 0; i < tg_commands_count && !err; i++) err = command_page(manual, &tg_commands[i], em);
    if (!err) err = families(manual, em);
    for (size_t i = 0; i < manual->page_count && !err; i++)
        if (!manual->used[i]) err = prose_page(manual, manual->pages[i], em);
    return err;
}

int main(int count, char **words)
{
    if (count != 3) {
        (void)fputs("usage: tamga-manual PROSE_DIR OUT_DIR\n", stderr);
        return 2;
    }
    struct tg_errmsg em = {.text = ""};
    TG_AUTO_FREE struct manual *manual = calloc(1, sizeof *manual);
    if (!manual) return 4;
    manual->prose_dir = words[1];
    manual->out_dir = words[2];
    tg_err err = manual_write(manual, &em);
    if (!err) return 0;
    (void)fprintf(stderr, "tamga-manual: %s\n", tg_errmsg_text(&em, err));
    return tg_err_exit_code(err);
}
