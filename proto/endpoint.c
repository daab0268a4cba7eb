/* Endpoints: the text that says where a node is reached.
 *
 * Opens nothing. Format: docs/formats.md "Card".
 */
#include "proto/endpoint.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "base/text.h"

#define PORT_MAX 65535

static bool port_valid(struct tg_view port, bool allow_any)
{
    uint64_t number;
    if (allow_any && tg_view_equal_str(port, "*")) return true;
    if (port.bytes == 0 || port.bytes > 5 || tg_text_u64(port, PORT_MAX, &number)) return false;
    return number > 0;
}

static bool host_valid(struct tg_view host, bool allow_any)
{
    if (allow_any && tg_view_equal_str(host, "*")) return true;
    bool bracketed = host.bytes > 2 && host.data[0] == '[' && host.data[host.bytes - 1] == ']';
    if (bracketed) host = tg_view_of(host.data + 1, host.bytes - 2);
    if (host.bytes == 0) return false;
    for (size_t i = 0; i < host.bytes; i++) {
        char c = (char)host.data[i];
        if (!tg_ascii_is_alnum(c) && c != '.' && c != (bracketed ? ':' : '-')) return false;
    }
    return true;
}

bool tg_endpoint_valid(const char *endpoint, bool allow_any)
{
    static const char scheme[] = "tcp://";
    size_t bytes = strnlen(endpoint, TG_CARD_ENDPOINT_BYTES_MAX);
    if (bytes >= TG_CARD_ENDPOINT_BYTES_MAX || strncmp(endpoint, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = endpoint + sizeof scheme - 1;
    const char *colon = strrchr(host, ':');
    if (!colon) return false;
    return host_valid(tg_view_of(host, (size_t)(colon - host)), allow_any) &&
           port_valid(tg_view_str(colon + 1), allow_any);
}
