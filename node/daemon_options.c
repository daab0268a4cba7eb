/* What tamgad is called with: one table for parsing, help and the manual page.
 *
 * Does nothing of it. Described in tamgad(8).
 */
#include "node/daemon_options.h"

#include <stdio.h>

#include "base/text.h"

#define ROWS (sizeof tg_daemon_option_rows / sizeof tg_daemon_option_rows[0])

const struct tg_daemon_option tg_daemon_option_rows[] = {
    {"--config", "-c", "FILE|DIR", "the configuration file, or the folder that holds " TG_CONFIG_FILE_NAME},
    {"--check", NULL, NULL, "check configuration, card and keys, then end"},
    {"--check-config", NULL, NULL, "check the configuration alone, then end"},
    {"--print-config", NULL, NULL, "print every setting with what it is for, then end"},
    {"--override-start", NULL, NULL, "append although the start rules say wait; is logged"},
    {"--discard-index", NULL, NULL, "build the index anew from the log"},
    {"--version", "-V", NULL, "print the version, then end"},
    {"--help", "-h", NULL, "print this, then end"},
};
const size_t tg_daemon_option_count = ROWS;

/* What each row means, in the order of the rows. */
enum meaning { MEANS_CONFIG, MEANS_ACTION, MEANS_OVERRIDE, MEANS_DISCARD };
static const struct {
    enum meaning meaning;
    enum tg_daemon_action action;
} meanings[] = {
    {MEANS_CONFIG, TG_DAEMON_RUN},          {MEANS_ACTION, TG_DAEMON_CHECK},
    {MEANS_ACTION, TG_DAEMON_CHECK_CONFIG}, {MEANS_ACTION, TG_DAEMON_PRINT_CONFIG},
    {MEANS_OVERRIDE, TG_DAEMON_RUN},        {MEANS_DISCARD, TG_DAEMON_RUN},
    {MEANS_ACTION, TG_DAEMON_VERSION},      {MEANS_ACTION, TG_DAEMON_HELP},
};
_Static_assert(sizeof meanings / sizeof meanings[0] == ROWS, "every option means something");

/* ROWS when there is none. */
static size_t row_named(const char *text)
{
    size_t at = 0;
    for (; at < ROWS; at++) {
        const struct tg_daemon_option *row = &tg_daemon_option_rows[at];
        if (strcmp(row->name, text) == 0 || (row->brief && strcmp(row->brief, text) == 0)) break;
    }
    return at;
}

static tg_err unknown(const char *text, struct tg_errmsg *em)
{
    const char *names[ROWS];
    for (size_t i = 0; i < ROWS; i++) names[i] = tg_daemon_option_rows[i].name;
    const char *nearest = tg_text_nearest(text, names, ROWS);
    if (nearest) return tg_fail(em, TG_EUSAGE, "no option '%.60s'; did you mean '%s'?", text, nearest);
    return tg_fail(em, TG_EUSAGE, "no option '%.60s'; see 'tamgad --help'", text);
}

static tg_err config_take(struct tg_daemon_options *options, const char *path, struct tg_errmsg *em)
{
    if (options->config)
        return tg_fail(em, TG_EUSAGE, "two configurations were given: '%.200s' is one too many", path);
    options->config = path;
    return TG_OK;
}

static tg_err option_take(struct tg_daemon_options *options, size_t row, const char *value,
                          struct tg_errmsg *em)
{
    switch (meanings[row].meaning) {
    case MEANS_ACTION:
        options->action = meanings[row].action;
        return TG_OK;
    case MEANS_CONFIG:
        if (!value)
            return tg_fail(em, TG_EUSAGE, "'%s' needs a file or folder", tg_daemon_option_rows[row].name);
        return config_take(options, value, em);
    case MEANS_OVERRIDE:
        options->override_start = true;
        return TG_OK;
    case MEANS_DISCARD:
        options->discard_index = true;
        return TG_OK;
    }
    return TG_EBUG;
}

tg_err tg_daemon_options_read(int count, char **words, struct tg_daemon_options *ret_options,
                              struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    *ret_options = (struct tg_daemon_options){.action = TG_DAEMON_RUN};
    for (int i = 1; i < count && !err; i++) {
        size_t row = row_named(words[i]);
        if (row < ROWS) {
            const char *value = tg_daemon_option_rows[row].argument && i + 1 < count ? words[++i] : NULL;
            err = option_take(ret_options, row, value, em);
        } else {
            err = words[i][0] == '-' ? unknown(words[i], em) : config_take(ret_options, words[i], em);
        }
    }
    return err;
}

static tg_err row_help(const struct tg_daemon_option *row, struct tg_buf *out)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s%s%s", row->name, row->argument ? " " : "",
                   row->argument ? row->argument : "");
    return tg_buf_putf(out, "  %-3s %-18s  %s\n", row->brief ? row->brief : "", left, row->help);
}

tg_err tg_daemon_help(struct tg_buf *out)
{
    tg_err err = tg_buf_putf(out,
                             "tamgad: the node of a Tamga federation\n\n"
                             "Usage: tamgad [OPTION...] [FILE|DIR]\n\n"
                             "Runs the node that FILE, or " TG_CONFIG_FILE_NAME " in DIR, describes\n"
                             "(else %s).\n\n",
                             TG_CONFIG_DEFAULT_PATH);
    for (size_t i = 0; i < ROWS && !err; i++) err = row_help(&tg_daemon_option_rows[i], out);
    if (err) return err;
    return tg_buf_put_str(
        out, "\nThe passphrase of the keys comes from the file that [node] passphrase names, "
             "from\nthe systemd credential " TG_CREDENTIAL_NAME ", or is asked for at the terminal.\n\n"
             "Examples:\n  tamgad /srv/tamga\n  tamgad --check /srv/tamga\n");
}
