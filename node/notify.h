/* What the service manager is told: that the node is ready, alive, stopping.
 *
 * Knows no node. The protocol is sd_notify(3)'s: datagrams to the socket that NOTIFY_SOCKET names.
 */
#ifndef TG_NODE_NOTIFY_H
#define TG_NODE_NOTIFY_H

#include "base/err.h"
#include "base/world.h"

struct tg_notify {
    int fd; /* -1: nobody listens */
    const struct tg_clock *clock;
    int64_t watchdog_us; /* how often it must hear of us; 0: it does not watch */
    int64_t told_us;     /* when it last did */
};

/* address: NOTIFY_SOCKET, a path or "@name"; NULL or "": nobody listens. watchdog_usec: WATCHDOG_USEC, may be NULL.
 * A manager that cannot be reached is TG_ESYSTEM: it would kill a node that never says it is ready. */
tg_err tg_notify_open(const char *address, const char *watchdog_usec, const struct tg_clock *clock,
                      struct tg_notify *ret_notify, struct tg_errmsg *em);
void tg_notify_close(struct tg_notify *notify);

/* "READY=1", "STOPPING=1", "STATUS=..."; lost when nobody listens. */
void tg_notify_say(struct tg_notify *notify, const char *text);
/* Call once a turn of the loop: says "WATCHDOG=1" when half of the time limit has passed. */
void tg_notify_alive(struct tg_notify *notify);
/* When that is due, in milliseconds from now; -1: never. */
int tg_notify_timeout_ms(const struct tg_notify *notify);

#endif
