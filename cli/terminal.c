/* What only a terminal can do: questions, hidden input, a progress bar.
 *
 * Knows no command. Hidden input goes through a buffer that is wiped.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cli/output.h"

#define BAR_COLUMNS 24
#define REDRAW_US 100000
#define SIGNAL_LOOK_MS 100

static size_t columns_of(FILE *file)
{
    struct winsize size;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col >= TG_CLI_COLUMNS_MIN)
        return size.ws_col < TG_CLI_COLUMNS_MAX ? size.ws_col : TG_CLI_COLUMNS_MAX;
    return 80;
}

void tg_terminal_look(struct tg_cli *cli)
{
    int out = fileno(cli->out), talk = fileno(cli->talk);
    cli->out_terminal = out >= 0 && isatty(out);
    cli->talk_terminal = talk >= 0 && isatty(talk);
    cli->in_terminal = isatty(STDIN_FILENO);
    cli->columns = cli->out_terminal ? columns_of(cli->out) : 80;
}

/* While the terminal is quiet no signal may end the program: it is looked for, the terminal put back, and then obeyed. */
static bool signal_waits(void)
{
    sigset_t pending;
    (void)sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
           sigismember(&pending, SIGHUP) == 1;
}

static void signals_hold(sigset_t *ret_before)
{
    sigset_t held;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGINT);
    (void)sigaddset(&held, SIGTERM);
    (void)sigaddset(&held, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &held, ret_before);
}

static ssize_t char_read(char *out)
{
    struct pollfd typed = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!signal_waits()) {
        int ready = poll(&typed, 1, SIGNAL_LOOK_MS);
        if (ready < 0 && errno != EINTR) return -1;
        if (ready > 0) return read(STDIN_FILENO, out, 1);
    }
    return -1;
}

/* Reads one line from the terminal into out; the length, or -1. */
static ssize_t line_read(char *out, size_t out_bytes)
{
    size_t at = 0;
    for (char c; at + 1 < out_bytes;) {
        ssize_t got = char_read(&c);
        if (got < 0) return -1;
        if (got <= 0 && at == 0) return -1;
        if (got <= 0 || c == '\n') break;
        out[at++] = c;
    }
    out[at] = 0;
    return (ssize_t)at;
}

tg_err tg_terminal_line(struct tg_cli *cli, const char *prompt, bool hidden, char *out, size_t out_bytes,
                        struct tg_errmsg *em)
{
    if (!cli->in_terminal || !cli->talk_terminal)
        return tg_fail(em, TG_EUSAGE, "cannot ask '%s': no terminal", prompt);
    tg_talk(cli, "%s: ", prompt);
    (void)fflush(cli->talk);
    struct termios before, quiet;
    sigset_t signals;
    bool changed = hidden && tcgetattr(STDIN_FILENO, &before) == 0;
    if (hidden && !changed) return tg_fail(em, TG_ESYSTEM, "cannot hide what is typed at this terminal");
    if (changed) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
    }
    signals_hold(&signals);
    if (changed && tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)) {
        (void)sigprocmask(SIG_SETMASK, &signals, NULL);
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot hide what is typed at this terminal");
    }
    ssize_t bytes = line_read(out, out_bytes);
    if (changed) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        tg_talk(cli, "\n");
    }
    (void)sigprocmask(SIG_SETMASK, &signals, NULL); /* and with it whatever waits */
    return bytes < 0 ? tg_fail(em, TG_EUSAGE, "nothing was typed") : TG_OK;
}

tg_err tg_terminal_confirm(struct tg_cli *cli, const char *question, struct tg_errmsg *em)
{
    if (cli->yes) return TG_OK;
    if (!cli->in_terminal || !cli->talk_terminal)
        return tg_fail(em, TG_EDENIED, "cannot ask '%s': no terminal; add --yes to answer yes", question);
    char prompt[512], line[16] = "";
    (void)snprintf(prompt, sizeof prompt, "%s [yes/no]", question);
    tg_err err = tg_terminal_line(cli, prompt, false, line, sizeof line, em);
    if (err) return err;
    bool yes = strcmp(line, "yes") == 0 || strcmp(line, "y") == 0;
    return yes ? TG_OK : tg_fail(em, TG_EDENIED, "not confirmed: nothing was done");
}

static tg_err passphrase_check(size_t bytes, const char *where, struct tg_errmsg *em)
{
    if (bytes < TG_PASSPHRASE_BYTES_MIN)
        return tg_fail(em, TG_EVALUE, "passphrase%s is too short: use %d characters or more", where,
                       TG_PASSPHRASE_BYTES_MIN);
    if (bytes > TG_PASSPHRASE_BYTES_MAX)
        return tg_fail(em, TG_EVALUE, "passphrase%s is too long: use %d bytes or fewer", where,
                       TG_PASSPHRASE_BYTES_MAX);
    return TG_OK;
}

static tg_err passphrase_keep(const char *data, size_t bytes, const char *where,
                              struct tg_secret **ret_passphrase, struct tg_errmsg *em)
{
    tg_err err = passphrase_check(bytes, where, em);
    if (err) return err;
    struct tg_secret *secret = tg_secret_new_copy(data, bytes);
    if (!secret) return tg_fail(em, TG_ENOMEM, "cannot hold the passphrase: out of memory");
    *ret_passphrase = secret;
    return TG_OK;
}

static tg_err passphrase_of_file(const char *path, struct tg_secret **ret_passphrase, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    tg_err err = tg_buf_reserve(&buf, TG_PASSPHRASE_BYTES_MAX + 8);
    if (!err) err = tg_file_read_private(path, TG_PASSPHRASE_BYTES_MAX + 1, &buf, em);
    if (err) return tg_context(em, err, "cannot read the passphrase");
    size_t bytes = buf.bytes;
    if (bytes && buf.data[bytes - 1] == '\n') bytes--;
    char where[128];
    (void)snprintf(where, sizeof where, " in '%.100s'", path);
    err = passphrase_keep((const char *)buf.data, bytes, where, ret_passphrase, em);
    if (buf.data) tg_wipe(buf.data, buf.capacity);
    return err;
}

static tg_err passphrase_typed(struct tg_cli *cli, bool is_new, struct tg_secret **ret_passphrase,
                               struct tg_errmsg *em)
{
    if (!cli->in_terminal || !cli->talk_terminal)
        return tg_fail(em, TG_EUSAGE, "no terminal to ask for the passphrase: give --passphrase-file FILE");
    char first[TG_PASSPHRASE_BYTES_MAX + 2] = "", second[TG_PASSPHRASE_BYTES_MAX + 2] = "";
    tg_err err =
        tg_terminal_line(cli, is_new ? "new passphrase" : "passphrase", true, first, sizeof first, em);
    if (!err && is_new) err = passphrase_check(strlen(first), "", em);
    if (!err && is_new) err = tg_terminal_line(cli, "the same again", true, second, sizeof second, em);
    if (!err && is_new && strcmp(first, second) != 0)
        err = tg_fail(em, TG_EVALUE, "the two passphrases differ: nothing was done");
    if (!err) err = passphrase_keep(first, strlen(first), "", ret_passphrase, em);
    tg_wipe(first, sizeof first);
    tg_wipe(second, sizeof second);
    return err;
}

tg_err tg_passphrase_get(struct tg_cli *cli, const char *file, bool is_new, struct tg_secret **ret_passphrase,
                         struct tg_errmsg *em)
{
    if (file) return passphrase_of_file(file, ret_passphrase, em);
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[4096];
    if (credentials && credentials[0]) {
        tg_err err = tg_path_join(credentials, "tamga.passphrase", path, sizeof path, em);
        if (err) return err;
        if (access(path, F_OK) == 0) return passphrase_of_file(path, ret_passphrase, em);
    }
    return passphrase_typed(cli, is_new, ret_passphrase, em);
}

void tg_terminal_bell(struct tg_cli *cli)
{
    if (!cli->talk_terminal) return;
    (void)fputc('\a', cli->talk);
    (void)fflush(cli->talk);
}

void tg_progress_begin(struct tg_progress *progress, struct tg_cli *cli, const char *what)
{
    *progress = (struct tg_progress){.cli = cli, .what = what};
    progress->begun_us = progress->shown_us = tg_clock_mono_us(cli->clock);
}

static void bar_format(uint64_t done, uint64_t total, char out[static BAR_COLUMNS + 1])
{
    size_t full = total ? (size_t)(done < total ? done * BAR_COLUMNS / total : BAR_COLUMNS) : 0;
    memset(out, '.', BAR_COLUMNS);
    memset(out, '#', full);
    out[BAR_COLUMNS] = 0;
}

void tg_progress_at(struct tg_progress *progress, uint64_t done, uint64_t total, uint64_t units)
{
    struct tg_cli *cli = progress->cli;
    if (!cli->talk_terminal) return;
    int64_t now_us = tg_clock_mono_us(cli->clock), spent_us = now_us - progress->begun_us;
    if (now_us - progress->shown_us < REDRAW_US || spent_us <= 0) return;
    progress->shown_us = now_us;
    progress->shown = true;
    char bar[BAR_COLUMNS + 1], rate[TG_COUNT_BYTES], left[TG_WHEN_BYTES] = "?";
    bar_format(done, total, bar);
    (progress->bytes ? tg_size_format : tg_count_format)((int64_t)((double)units * 1e6 / (double)spent_us),
                                                         rate);
    if (done && total >= done)
        tg_span_format((int64_t)((double)spent_us / 1e3 * (double)(total - done) / (double)done), left);
    unsigned percent = total ? (unsigned)(done * 100 / total) : 0;
    (void)fprintf(cli->talk, "\r%s [%s] %3u %%  %s/s  %s left\033[K", progress->what, bar, percent, rate,
                  left);
    (void)fflush(cli->talk);
}

void tg_progress_end(struct tg_progress *progress)
{
    if (progress->shown) (void)fprintf(progress->cli->talk, "\r\033[K");
    progress->shown = false;
}
