/* The wake-up signal.
 *
 * Must not know any record. Described in tamgad(8) "Wake-up".
 */
#include "node/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIFO_MODE 0600

tg_err tg_wake_open(const char *path, unsigned min_precedence, bool matches, const struct tg_clock *clock,
                    struct tg_events *events, struct tg_wake *ret_wake, struct tg_errmsg *em)
{
    struct stat info;
    *ret_wake = (struct tg_wake){
        .min_precedence = min_precedence, .matches = matches, .clock = clock, .events = events};
    if (!path[0]) return TG_OK;
    if (strlen(path) >= sizeof ret_wake->path)
        return tg_fail(em, TG_ELIMIT, "the path of [wake] fifo is too long");
    if (mkfifo(path, FIFO_MODE) && errno != EEXIST)
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make the pipe '%.200s' of [wake] fifo", path);
    if (lstat(path, &info))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot look at '%.200s' of [wake] fifo", path);
    if (!S_ISFIFO(info.st_mode))
        return tg_fail(em, TG_EVALUE, "'%.200s' of [wake] fifo is no named pipe: remove it, or name another",
                       path);
    (void)snprintf(ret_wake->path, sizeof ret_wake->path, "%s", path);
    return TG_OK;
}

/* Opened anew each time: readers come and go, and whoever puts a file into its place gets nothing. */
static bool line_write(const struct tg_wake *wake, const char *line)
{
    struct stat info;
    size_t bytes = strlen(line);
    int fd = open(wake->path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return false;
    bool written = !fstat(fd, &info) && S_ISFIFO(info.st_mode) && write(fd, line, bytes) == (ssize_t)bytes;
    (void)close(fd);
    return written;
}

static void signal_give(struct tg_wake *wake, const char *word)
{
    char line[32];
    (void)snprintf(line, sizeof line, "wake %s\n", word);
    if (wake->path[0] && !line_write(wake, line)) wake->unheard++;
    tg_event(wake->events, TG_EV_WAKE, TG_F_TEXT("precedence", word), TG_F_NUM("unheard", wake->unheard));
}

void tg_wake_alert(struct tg_wake *wake, unsigned precedence)
{
    static const char *const words[] = {"routine", "PRIORITY", "IMMEDIATE", "FLASH"};
    unsigned last = sizeof words / sizeof words[0] - 1;
    if (precedence < wake->min_precedence) return;
    signal_give(wake, words[precedence > last ? last : precedence]); /* newer than FLASH is no less urgent */
}

void tg_wake_match(struct tg_wake *wake)
{
    int64_t now_us = tg_clock_mono_us(wake->clock);
    if (!wake->matches || (wake->matched_us && now_us - wake->matched_us < TG_WAKE_MATCH_US)) return;
    wake->matched_us = now_us;
    signal_give(wake, "MATCH");
}
