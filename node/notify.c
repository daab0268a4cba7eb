/* What the service manager is told: that the node is ready, alive, stopping.
 *
 * Knows no node. The protocol is sd_notify(3)'s, which is a few bytes and not worth a library.
 */
#include "node/notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static tg_err address_of(const char *text, struct sockaddr_un *address, socklen_t *ret_bytes,
                         struct tg_errmsg *em)
{
    size_t bytes = strlen(text);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((text[0] != '/' && text[0] != '@') || bytes >= sizeof address->sun_path)
        return tg_fail(em, TG_ESYSTEM, "NOTIFY_SOCKET '%.120s' is no address of a socket", text);
    memcpy(address->sun_path, text, bytes);
    if (text[0] == '@') address->sun_path[0] = '\0'; /* Linux's abstract names */
    *ret_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
    return TG_OK;
}

tg_err tg_notify_open(const char *address, const char *watchdog_usec, const struct tg_clock *clock,
                      struct tg_notify *ret_notify, struct tg_errmsg *em)
{
    struct sockaddr_un place;
    socklen_t bytes = 0;
    uint64_t limit_us = 0;
    *ret_notify = (struct tg_notify){.fd = -1, .clock = clock};
    if (!address || !address[0]) return TG_OK;
    if (watchdog_usec && tg_text_u64(tg_view_str(watchdog_usec), INT64_MAX, &limit_us)) limit_us = 0;
    tg_err err = address_of(address, &place, &bytes, em);
    if (err) return err;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)&place, bytes)) {
        err = tg_fail_errno(em, TG_ESYSTEM, errno, "cannot reach the service manager at '%s'", address);
        (void)close(fd);
        return err;
    }
    ret_notify->fd = fd;
    ret_notify->watchdog_us = (int64_t)limit_us;
    ret_notify->told_us = tg_clock_mono_us(clock);
    return TG_OK;
}

void tg_notify_close(struct tg_notify *notify)
{
    if (notify->fd >= 0) (void)close(notify->fd);
    notify->fd = -1;
}

void tg_notify_say(struct tg_notify *notify, const char *text)
{
    if (notify->fd >= 0) (void)send(notify->fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Twice in the time limit, as sd_watchdog_enabled(3) has it. */
static int64_t due_us(const struct tg_notify *notify)
{
    return notify->told_us + notify->watchdog_us / 2;
}

void tg_notify_alive(struct tg_notify *notify)
{
    if (notify->fd < 0 || !notify->watchdog_us) return;
    int64_t now_us = tg_clock_mono_us(notify->clock);
    if (now_us < due_us(notify)) return;
    tg_notify_say(notify, "WATCHDOG=1");
    notify->told_us = now_us;
}

int tg_notify_timeout_ms(const struct tg_notify *notify)
{
    if (notify->fd < 0 || !notify->watchdog_us) return -1;
    int64_t left_us = due_us(notify) - tg_clock_mono_us(notify->clock);
    return left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}
