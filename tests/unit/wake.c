/* The wake-up signal: what stands in the pipe and in the log byte for byte, and that nothing ever waits for a reader. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/wake.h"

static char folder[64], path[96];
static int log_fds[2];
static int64_t now_us = 1000000;
static struct tg_events *events;
static struct tg_wake wake;

static int64_t mono(void *ctx)
{
    (void)ctx;
    return now_us;
}
static int64_t wall(void *ctx)
{
    (void)ctx;
    return 1790000000000;
}
static const struct tg_clock clock_still = {.wall_ms = wall, .mono_us = mono};

static void start(void)
{
    snprintf(folder, sizeof folder, "/tmp/tamga-wake-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/wake", folder);
    cr_assert_eq(pipe(log_fds), 0);
    cr_assert_eq(fcntl(log_fds[0], F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(tg_events_new(log_fds[1], TG_LOG_TEXT, TG_LEVEL_INFO, &clock_still, &events), TG_OK);
    signal(SIGPIPE, SIG_IGN);
}
static void stop(void)
{
    tg_events_free(events);
    close(log_fds[0]);
    close(log_fds[1]);
    unlink(path);
    rmdir(folder);
}
TestSuite(wake, .init = start, .fini = stop);

static void open_wake(unsigned min_precedence, bool matches)
{
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_wake_open(path, min_precedence, matches, &clock_still, events, &wake, &em), TG_OK, "%s",
                 em.text);
}

static int reader(void)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    cr_assert_geq(fd, 0);
    return fd;
}

/* All that there is; lives until the next call. */
static const char *all_of(int fd)
{
    static char text[200000];
    size_t bytes = 0;
    ssize_t got;
    while ((got = read(fd, text + bytes, sizeof text - 1 - bytes)) > 0) bytes += (size_t)got;
    text[bytes] = 0;
    return text;
}

Test(wake, says_how_urgent_it_is_and_not_one_byte_more)
{
    open_wake(2, false);
    int fd = reader();
    for (unsigned precedence = 0; precedence < 5; precedence++) tg_wake_alert(&wake, precedence);
    tg_wake_match(&wake);
    cr_expect_str_eq(all_of(fd), "wake IMMEDIATE\nwake FLASH\nwake FLASH\n");
    cr_expect_str_eq(
        all_of(log_fds[0]),
        "2026-09-21T14:13:20Z notice  wake: somebody has to look at the inbox precedence=IMMEDIATE "
        "unheard=0\n"
        "2026-09-21T14:13:20Z notice  wake: somebody has to look at the inbox precedence=FLASH unheard=0\n"
        "2026-09-21T14:13:20Z notice  wake: somebody has to look at the inbox precedence=FLASH unheard=0\n");
    close(fd);
}

Test(wake, counts_what_nobody_reads_and_goes_on_when_somebody_does)
{
    open_wake(0, false);
    tg_wake_alert(&wake, 3);
    cr_expect_eq(wake.unheard, 1, "no reader");
    int fd = reader();
    tg_wake_alert(&wake, 0);
    cr_expect_str_eq(all_of(fd), "wake routine\n");
    size_t given = 0;
    for (; wake.unheard == 1 && given < 100000; given++) {
        tg_wake_alert(&wake, 3);
        (void)all_of(log_fds[0]); /* the log is a pipe here, too, and it is waited for */
    }
    cr_expect_eq(wake.unheard, 2, "a full pipe is not waited for");
    cr_expect_eq(strlen(all_of(fd)), (given - 1) * strlen("wake FLASH\n"), "whole lines alone");
    close(fd);
    tg_wake_alert(&wake, 3);
    cr_expect_eq(wake.unheard, 3, "the reader went");
}

Test(wake, tells_of_matches_when_asked_to_and_of_many_once)
{
    open_wake(0, true);
    int fd = reader();
    for (int i = 0; i < 5; i++) tg_wake_match(&wake);
    now_us += TG_WAKE_MATCH_US - 1;
    tg_wake_match(&wake);
    cr_expect_str_eq(all_of(fd), "wake MATCH\n");
    now_us += 1;
    tg_wake_match(&wake);
    cr_expect_str_eq(all_of(fd), "wake MATCH\n");
    close(fd);
}

Test(wake, writes_into_no_file_whenever_it_was_put_there)
{
    struct stat info;
    struct tg_errmsg em = {.text = ""};
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    cr_expect_eq(tg_wake_open(path, 0, false, &clock_still, events, &wake, &em), TG_EVALUE);
    cr_expect_not_null(strstr(em.text, "is no named pipe"), "%s", em.text);
    unlink(path);
    close(file);
    open_wake(0, false);
    cr_expect_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    unlink(path);
    file = open(path, O_CREAT | O_WRONLY, 0600);
    tg_wake_alert(&wake, 3);
    cr_expect_eq(fstat(file, &info), 0);
    cr_expect_eq(info.st_size, 0);
    cr_expect_eq(wake.unheard, 1);
    close(file);
}
