/* Endpoints: the text that says where a node is reached.
 *
 * Opens nothing. Format: docs/formats.md "Card".
 */
#ifndef TG_PROTO_ENDPOINT_H
#define TG_PROTO_ENDPOINT_H

#include <stdbool.h>

/* tcp://host:port, a DNS name, IPv4 address or [IPv6] address, port 1..65535, nothing else: what a peer's
 * card may ask us to dial. allow_any: also * as host or port, for listening. */
bool tg_endpoint_valid(const char *endpoint, bool allow_any);

#endif
