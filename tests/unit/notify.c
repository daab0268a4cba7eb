/* What the service manager hears, at a socket made here and with a clock that stands still until it is moved. */
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/notify.h"

static int64_t now_us = 1000000;

static int64_t mono_us(void *ctx)
{
    (void)ctx;
    return now_us;
}
static const struct tg_clock test_clock = {.mono_us = mono_us};

/* A datagram socket at name ("@..." is abstract). */
static int manager(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@') address.sun_path[0] = '\0';
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, bytes), 0);
    return fd;
}

/* The next thing that was said; "" when nothing was. */
static const char *heard(int fd)
{
    static char text[256];
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

Test(notify, what_is_said_arrives_at_a_path_and_at_an_abstract_name)
{
    char folder[] = "/tmp/tamga-notify-XXXXXX", path[64], name[64];
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    (void)snprintf(name, sizeof name, "@tamga-notify-%ld", (long)getpid());
    const char *places[] = {path, name};
    for (size_t i = 0; i < 2; i++) {
        int fd = manager(places[i]);
        struct tg_errmsg em = {.text = ""};
        struct tg_notify notify;
        cr_assert_eq(tg_notify_open(places[i], NULL, &test_clock, &notify, &em), TG_OK, "%s", em.text);
        tg_notify_say(&notify, "READY=1");
        cr_expect_str_eq(heard(fd), "READY=1");
        tg_notify_alive(&notify);
        cr_expect_str_eq(heard(fd), "", "nobody asked for a watchdog");
        cr_expect_eq(tg_notify_timeout_ms(&notify), -1);
        tg_notify_close(&notify);
        close(fd);
    }
    unlink(path);
    rmdir(folder);
}

Test(notify, the_watchdog_hears_of_us_twice_in_its_time_limit)
{
    char name[64];
    (void)snprintf(name, sizeof name, "@tamga-watchdog-%ld", (long)getpid());
    int fd = manager(name);
    struct tg_notify notify;
    cr_assert_eq(tg_notify_open(name, "2000000", &test_clock, &notify, NULL), TG_OK);
    cr_expect_eq(tg_notify_timeout_ms(&notify), 1001);
    now_us += 999999;
    tg_notify_alive(&notify);
    cr_expect_str_eq(heard(fd), "", "one microsecond too early");
    now_us += 1;
    cr_expect_eq(tg_notify_timeout_ms(&notify), 0);
    tg_notify_alive(&notify);
    cr_expect_str_eq(heard(fd), "WATCHDOG=1");
    tg_notify_alive(&notify);
    cr_expect_str_eq(heard(fd), "");
    cr_expect_eq(tg_notify_timeout_ms(&notify), 1001);
    tg_notify_close(&notify);
    close(fd);
}

Test(notify, without_a_manager_nothing_happens)
{
    struct tg_notify notify;
    cr_assert_eq(tg_notify_open(NULL, "1000", &test_clock, &notify, NULL), TG_OK);
    tg_notify_say(&notify, "READY=1");
    tg_notify_alive(&notify);
    cr_expect_eq(tg_notify_timeout_ms(&notify), -1);
    tg_notify_close(&notify);
    cr_assert_eq(tg_notify_open("", NULL, &test_clock, &notify, NULL), TG_OK);
}

Test(notify, a_manager_that_is_not_there_or_no_address_is_refused)
{
    struct tg_notify notify;
    struct tg_errmsg em = {.text = ""};
    cr_expect_eq(tg_notify_open("/nowhere/socket", NULL, &test_clock, &notify, &em), TG_ESYSTEM);
    cr_expect_not_null(strstr(em.text, "/nowhere/socket"), "%s", em.text);
    cr_expect_eq(tg_notify_open("vsock:1:2", NULL, &test_clock, &notify, &em), TG_ESYSTEM);
    char text[200];
    memset(text, 'a', sizeof text - 1);
    text[0] = '/';
    text[sizeof text - 1] = '\0';
    cr_expect_eq(tg_notify_open(text, NULL, &test_clock, &notify, &em), TG_ESYSTEM);
}
