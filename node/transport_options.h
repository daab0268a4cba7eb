/* Every socket option of the transport, as a table. An option that is not set makes CURVE fail open or lets
 * a peer fill the memory, so each is read back. Why each: docs/formats-wire.md.
 */
#ifndef TG_NODE_TRANSPORT_OPTIONS_H
#define TG_NODE_TRANSPORT_OPTIONS_H

#include "node/transport_zmq.h"

enum tg_socket_role { TG_SOCKET_ROUTER = 1, TG_SOCKET_DEALER = 2 };

struct tg_socket_option {
    int option;
    const char *name;
    unsigned roles; /* bits of enum tg_socket_role */
    bool wide;      /* int64_t instead of int */
    bool readable;  /* libzmq gives it back */
    size_t from;    /* place in tg_transport_zmq_options of a uint32_t to use; 0: value */
    int64_t value;
};
extern const struct tg_socket_option tg_socket_options[];
extern const size_t tg_socket_option_count;

/* What the option has to be. */
int64_t tg_socket_option_value(const struct tg_socket_option *option,
                               const struct tg_transport_zmq_options *options);
/* Set all of the role, and read back those that can be. TG_ESYSTEM names the option. */
tg_err tg_socket_options_set(void *socket, enum tg_socket_role role,
                             const struct tg_transport_zmq_options *options, struct tg_errmsg *em);
/* Read back only. */
tg_err tg_socket_options_check(void *socket, enum tg_socket_role role,
                               const struct tg_transport_zmq_options *options, struct tg_errmsg *em);

#endif
