/* Every socket option of the transport, as a table. An option that is not set makes CURVE fail open or lets
 * a peer fill the memory, so each is read back. Why each: docs/formats-wire.md.
 */
#include "node/transport_options.h"

#include <errno.h>
#include <zmq.h>

/* Draft in this libzmq's header; 1: a connection is refused when nobody answers for its domain. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/* libzmq compares its limit with the encrypted size. */
#define FRAME_ON_THE_WIRE (TG_FRAME_BYTES_MAX + TG_TRANSPORT_HEADER_BYTES + TG_TRANSPORT_CURVE_BYTES)
#define BOTH (TG_SOCKET_ROUTER | TG_SOCKET_DEALER)
#define FROM(field) offsetof(struct tg_transport_zmq_options, field)
#define OPTION(name) ZMQ_##name, #name

const struct tg_socket_option tg_socket_options[] = {
    /* option, roles, wide, readable, from, value */
    {OPTION(ZAP_ENFORCE_DOMAIN), TG_SOCKET_ROUTER, false, true, 0, 1},
    {OPTION(CURVE_SERVER), TG_SOCKET_ROUTER, false, true, 0, 1},
    {OPTION(ROUTER_MANDATORY), TG_SOCKET_ROUTER, false, false, 0, 1},
    {OPTION(ROUTER_HANDOVER), TG_SOCKET_ROUTER, false, false, 0, 0},
    {OPTION(BACKLOG), TG_SOCKET_ROUTER, false, true, 0, TG_TRANSPORT_BACKLOG},
    {OPTION(RECONNECT_IVL), TG_SOCKET_DEALER, false, true, 0, -1},
    {OPTION(CONNECT_TIMEOUT), TG_SOCKET_DEALER, false, true, FROM(handshake_ms), 0},
    {OPTION(MAXMSGSIZE), BOTH, true, true, 0, FRAME_ON_THE_WIRE},
    {OPTION(SNDHWM), BOTH, false, true, 0, TG_TRANSPORT_QUEUE_MESSAGES},
    {OPTION(RCVHWM), BOTH, false, true, 0, TG_TRANSPORT_UNREAD_MESSAGES},
    {OPTION(LINGER), BOTH, false, true, 0, 0},
    {OPTION(SNDTIMEO), BOTH, false, true, 0, 0},
    {OPTION(RCVTIMEO), BOTH, false, true, 0, 0},
    {OPTION(HANDSHAKE_IVL), BOTH, false, true, FROM(handshake_ms), 0},
    {OPTION(HEARTBEAT_IVL), BOTH, false, true, FROM(heartbeat_ms), 0},
    {OPTION(HEARTBEAT_TIMEOUT), BOTH, false, true, FROM(silence_ms), 0},
    {OPTION(TCP_KEEPALIVE), BOTH, false, true, 0, 1},
    {OPTION(TCP_KEEPALIVE_IDLE), BOTH, false, true, 0, 30},
    {OPTION(TCP_KEEPALIVE_INTVL), BOTH, false, true, 0, 10},
    {OPTION(TCP_KEEPALIVE_CNT), BOTH, false, true, 0, 3},
};
const size_t tg_socket_option_count = sizeof tg_socket_options / sizeof tg_socket_options[0];

int64_t tg_socket_option_value(const struct tg_socket_option *option,
                               const struct tg_transport_zmq_options *options)
{
    if (option->from == 0) return option->value;
    uint32_t value;
    memcpy(&value, (const uint8_t *)options + option->from, sizeof value);
    return value;
}

static int set_one(void *socket, const struct tg_socket_option *option, int64_t value)
{
    int narrow = (int)value;
    if (option->wide) return zmq_setsockopt(socket, option->option, &value, sizeof value);
    return zmq_setsockopt(socket, option->option, &narrow, sizeof narrow);
}

static bool is_set(void *socket, const struct tg_socket_option *option, int64_t value)
{
    int64_t wide = 0;
    int narrow = 0;
    size_t bytes = option->wide ? sizeof wide : sizeof narrow;
    if (zmq_getsockopt(socket, option->option, option->wide ? (void *)&wide : (void *)&narrow, &bytes) != 0) {
        return false;
    }
    return (option->wide ? wide : narrow) == value;
}

tg_err tg_socket_options_set(void *socket, enum tg_socket_role role,
                             const struct tg_transport_zmq_options *options, struct tg_errmsg *em)
{
    for (size_t i = 0; i < tg_socket_option_count; i++) {
        const struct tg_socket_option *option = &tg_socket_options[i];
        if (!(option->roles & (unsigned)role)) continue;
        if (set_one(socket, option, tg_socket_option_value(option, options)) != 0) {
            return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot set socket option '%s'", option->name);
        }
    }
    return tg_socket_options_check(socket, role, options, em);
}

tg_err tg_socket_options_check(void *socket, enum tg_socket_role role,
                               const struct tg_transport_zmq_options *options, struct tg_errmsg *em)
{
    for (size_t i = 0; i < tg_socket_option_count; i++) {
        const struct tg_socket_option *option = &tg_socket_options[i];
        if (!(option->roles & (unsigned)role) || !option->readable) continue;
        if (!is_set(socket, option, tg_socket_option_value(option, options))) {
            return tg_fail(em, TG_ESYSTEM, "socket option '%s' is not what was set", option->name);
        }
    }
    return TG_OK;
}
