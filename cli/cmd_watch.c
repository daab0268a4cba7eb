/* watch: notices as they come; lines that a script can resume, in a pipe.
 *
 * Knows no matching. Verb `notices`: docs/control.md.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/notice.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/terminal.h"
#include "cli/watch_screen.h"
#include "proto/record.h"

const struct tg_option tg_watch_options[] = {
    {"after", 0, TG_OPTION_NUMBER, false, "CURSOR", "begin behind that one (default: with all there is)",
     NULL, 0, 0},
    {"new", 0, TG_OPTION_FLAG, false, NULL, "only what comes from now on", NULL, 0, 0},
    {"cursor-file", 0, TG_OPTION_FILE, false, "FILE", "begin where it says, and keep it up to date", NULL, 0,
     0},
    {"once", 0, TG_OPTION_FLAG, false, NULL, "print what is there, and end", NULL, 0, 0},
    {"kind", 0, TG_OPTION_CHOICE, true, "KIND", "alert, convergence ...; may repeat", tg_notice_kinds, 0, 0},
    {"from", 0, TG_OPTION_TEXT, false, "CC", "about what that country reported", NULL, 0, 0},
    {"precedence", 0, TG_OPTION_CHOICE, false, "NAME", "alerts of that precedence and above", NULL,
     1 + TG_ENUM_PRECEDENCE, 0},
    {"mine", 0, TG_OPTION_FLAG, false, NULL, "hits of your standing queries", NULL, 0, 0},
    {"bell", 0, TG_OPTION_FLAG, false, NULL, "ring for all, not for FLASH and IMMEDIATE alone", NULL, 0, 0},
    TG_OPTION_END,
};

#define SECOND_MS 1000

/* ---- the cursor ---- */

/* A file of digits. ret_cursor stays when there is none yet. */
static tg_err cursor_read(const char *path, int64_t *ret_cursor, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    uint64_t cursor = 0;
    tg_err err = tg_file_read(path, TG_CLI_CURSOR_FILE_BYTES_MAX, &text, NULL);
    if (err == TG_ENOENT) return TG_OK;
    if (!err && tg_text_u64(tg_text_trim(tg_buf_view(&text)), INT64_MAX, &cursor))
        return tg_fail(em, TG_EFORMAT, "cursor file '%s' holds no number: remove it to begin anew", path);
    if (err == TG_ELIMIT)
        return tg_fail(em, TG_EFORMAT, "'%s' is no cursor file: it holds more than a number", path);
    if (err) return tg_fail(em, err, "cannot read the cursor file '%s'", path);
    *ret_cursor = (int64_t)cursor;
    return TG_OK;
}

static tg_err cursor_write(const char *path, int64_t cursor, struct tg_errmsg *em)
{
    char text[32];
    int bytes = snprintf(text, sizeof text, "%lld\n", (long long)cursor);
    tg_err err = tg_file_write(path, tg_view_of(text, (size_t)bytes), 0600, em);
    return err ? tg_context(em, err, "cannot keep the cursor") : TG_OK;
}

static tg_err begin_where(const struct tg_args *args, struct tg_follow *follow, struct tg_errmsg *em)
{
    const char *path = tg_args_text(args, "cursor-file", NULL);
    bool after = tg_args_has(args, "after"), only_new = tg_args_has(args, "new");
    if (after && only_new)
        return tg_fail(em, TG_EUSAGE, "'--after' and '--new' are two ways to begin: give one");
    if (after && path)
        return tg_fail(em, TG_EUSAGE, "'--after' and '--cursor-file' are two ways to begin: give one");
    if (only_new && tg_args_has(args, "once"))
        return tg_fail(em, TG_EUSAGE, "'--once' prints what is there, '--new' what is not: give one");
    follow->cursor = tg_args_number(args, "after", -1);
    follow->newest = only_new ? 0 : -1;
    return path ? cursor_read(path, &follow->cursor, em) : TG_OK;
}

/* ---- lines ---- */

struct lines {
    struct tg_cli *cli;
    struct tg_table table;
    struct tg_watch_screen screen;
    bool bell;
    const char *cursor_file;
    int64_t kept; /* cursor that the file holds */
    struct tg_errmsg *em;
};

static tg_err gone_put(struct lines *lines, const struct tg_control_msg *msg)
{
    tg_notice_gone_talk(lines->cli, msg);
    if (lines->cli->format != TG_FORMAT_JSON) return TG_OK;
    struct tg_json json;
    tg_json_begin(&json, "gone");
    tg_json_number(&json, "count", tg_control_number(msg, "count", 0));
    tg_json_time(&json, "before", tg_control_number(msg, "before_ms", 0));
    return tg_json_put(&json, lines->cli);
}

static tg_err notice_put(struct lines *lines, const struct tg_control_msg *msg)
{
    int rings = tg_notice_rings(msg);
    tg_watch_screen_count(&lines->screen, tg_control_text(msg, "precedence", ""));
    if (rings || lines->bell) tg_terminal_bell(lines->cli);
    if (lines->cli->format != TG_FORMAT_TEXT) {
        tg_table_fields(&lines->table, msg, tg_table_notices.as);
        return lines->table.err;
    }
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err = tg_notice_line(msg, &line);
    if (!err) tg_put(lines->cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&line)));
    return err;
}

static tg_err on_event(void *ctx, enum tg_follow_event event, const struct tg_control_msg *msg)
{
    struct lines *lines = ctx;
    tg_err err = TG_OK;
    tg_watch_screen_clear(&lines->screen);
    lines->screen.away = event == TG_FOLLOW_LOST;
    switch (event) {
    case TG_FOLLOW_NOTICE:
        err = notice_put(lines, msg);
        break;
    case TG_FOLLOW_GONE:
        err = gone_put(lines, msg);
        break;
    case TG_FOLLOW_LOST:
        tg_talk(lines->cli, "the node is gone; waiting for it\n");
        break;
    case TG_FOLLOW_BACK:
        tg_talk(lines->cli, "the node is back\n");
        break;
    case TG_FOLLOW_WAITING:
    case TG_FOLLOW_END:
        break;
    }
    if (!err && fflush(lines->cli->out))
        return tg_fail_errno(lines->em, TG_EIO, errno, "cannot write what came");
    return err;
}

/* What was printed is not printed again; after a crash at most one step's rows are. */
static tg_err cursor_keep(struct lines *lines, const struct tg_follow *follow)
{
    if (!lines->cursor_file || follow->cursor == lines->kept) return TG_OK;
    tg_err err = cursor_write(lines->cursor_file, follow->cursor, lines->em);
    if (!err) lines->kept = follow->cursor;
    return err;
}

/* Until something comes, or nobody reads any longer. */
static bool readers_left(const struct lines *lines, const struct tg_follow *follow)
{
    struct pollfd fds[] = {{.fd = tg_follow_fd(follow), .events = POLLIN},
                           {.fd = fileno(lines->cli->out)},
                           {.fd = -1, .events = POLLIN}};
    int timeout_ms = tg_follow_timeout_ms(follow);
    if (lines->screen.cli && (timeout_ms < 0 || timeout_ms > SECOND_MS))
        timeout_ms = SECOND_MS; /* its clock */
    if (lines->screen.cli) fds[2].fd = STDIN_FILENO;
    (void)poll(fds, 3, timeout_ms);
    return !(fds[1].revents & (POLLERR | POLLHUP | POLLNVAL));
}

static tg_err lines_run(struct lines *lines, struct tg_follow *follow)
{
    bool more = false;
    tg_err err = TG_OK;
    while (!err && !follow->ended && !tg_watch_screen_left(&lines->screen)) {
        if (!more) tg_watch_screen_draw(&lines->screen);
        if (!more && !readers_left(lines, follow)) return TG_OK;
        err = tg_follow_step(follow, on_event, lines, &more, lines->em);
        if (!err) err = cursor_keep(lines, follow);
    }
    return err;
}

tg_err tg_cmd_watch(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_follow)
    struct tg_follow follow = {.cli = cli, .args = args, .once = tg_args_has(args, "once")};
    struct lines lines = {.cli = cli,
                          .bell = tg_args_has(args, "bell"),
                          .cursor_file = tg_args_text(args, "cursor-file", NULL),
                          .em = em};
    tg_err err = begin_where(args, &follow, em);
    lines.kept = follow.cursor;
    if (!err) err = tg_follow_begin(&follow, em);
    if (err) return err;
    tg_table_start(&lines.table, cli, &tg_table_notices);
    if (!follow.once) tg_watch_screen_begin(&lines.screen, cli);
    err = lines_run(&lines, &follow);
    tg_watch_screen_end(&lines.screen);
    tg_table_release(&lines.table);
    return err;
}
