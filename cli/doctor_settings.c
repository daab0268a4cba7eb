/* doctor: the settings — that they are read, whom they name, where the node listens.
 *
 * Looks, and changes nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/doctor.h"

#define PORT_PRIVILEGED 1024

enum tg_doctor_level tg_doctor_settings(struct tg_doctor *doctor)
{
    if (!doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%s'", doctor->config_path);
    if (doctor->config_err == TG_ENOENT)
        tg_doctor_advise(doctor, "name the node's folder with --data DIR, or make one: tamga init DIR");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "%s",
                         tg_errmsg_text(&doctor->config_em, doctor->config_err));
}

enum tg_doctor_level tg_doctor_settings_mode(struct tg_doctor *doctor)
{
    struct stat info;
    if (stat(doctor->config_path, &info)) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no settings");
    if (!(info.st_mode & 022)) return tg_doctor_say(doctor, TG_DOCTOR_OK, "only their owner changes them");
    tg_doctor_advise(doctor, "chmod go-w '%s'", doctor->config_path);
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "others may change '%s' (mode %04o)", doctor->config_path,
                         info.st_mode & 07777);
}

/* ---- roles ---- */

static bool item_known(struct tg_view item)
{
    char name[256];
    uint64_t number;
    bool group = item.bytes && item.data[0] == '@';
    if (group) item = tg_view_of(item.data + 1, item.bytes - 1);
    if (!tg_text_u64(item, UINT32_MAX, &number)) return true;
    (void)snprintf(name, sizeof name, "%.*s", TG_VIEW_PRINT(item));
    return group ? getgrnam(name) != NULL : getpwnam(name) != NULL;
}

/* The names of one list that the system does not know, appended to detail. */
static size_t unknown_names(const char *list, struct tg_buf *out)
{
    struct tg_view rest = tg_view_str(list), item;
    size_t count = 0;
    while (tg_config_list_next(&rest, &item)) {
        if (item_known(item)) continue;
        if (tg_buf_putf(out, "%s'%.*s'", out->bytes ? ", " : "", TG_VIEW_PRINT(item))) break;
        count++;
    }
    return count;
}

enum tg_doctor_level tg_doctor_role_names(struct tg_doctor *doctor)
{
    TG_AUTO(tg_buf) struct tg_buf names = {0};
    const struct tg_config *config = doctor->config;
    if (doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the settings");
    size_t count = unknown_names(config->control.analyst, &names);
    count += unknown_names(config->control.officer, &names);
    count += unknown_names(config->control.auditor, &names);
    count += unknown_names(config->control.admin, &names);
    if (!count) return tg_doctor_say(doctor, TG_DOCTOR_OK, "this system knows all of them");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "[control] names %.*s, which this system does not know",
                         TG_VIEW_PRINT(tg_buf_view(&names)));
}

enum tg_doctor_level tg_doctor_officer(struct tg_doctor *doctor)
{
    if (doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the settings");
    if (doctor->config->control.officer[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "somebody is");
    /* Whoever runs the node is officer; a person can be that, a service's user cannot. */
    const struct passwd *user = doctor->user_known ? getpwuid(doctor->user) : NULL;
    bool person = !user || (!strstr(user->pw_shell, "nologin") && !strstr(user->pw_shell, "/false"));
    if (person) return tg_doctor_say(doctor, TG_DOCTOR_OK, "who runs the node is");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING,
                         "nobody may raise an alert: only '%s' is officer, who cannot log in", user->pw_name);
}

enum tg_doctor_level tg_doctor_auditor(struct tg_doctor *doctor)
{
    if (doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the settings");
    if (doctor->config->control.auditor[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "somebody is");
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "nobody may see who asked what");
}

enum tg_doctor_level tg_doctor_wake(struct tg_doctor *doctor)
{
    struct stat info;
    if (doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the settings");
    const char *fifo = doctor->config->wake.fifo;
    if (!fifo[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "none is set: nobody is woken");
    if (lstat(fifo, &info) && errno == ENOENT && doctor->node == TG_NODE_STOPPED)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%.200s' will be made by the node", fifo);
    if (lstat(fifo, &info))
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%.200s' cannot be looked at: %s", fifo,
                             strerror(errno));
    if (S_ISFIFO(info.st_mode)) return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%.200s'", fifo);
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%.200s' is no named pipe", fifo);
}

/* ---- where it listens ---- */

/* "tcp://10.0.0.1:7701" → an address to bind to; port 0 keeps the port out of it. false: it cannot be tried. */
static bool address_of(const char *endpoint, bool with_port, struct sockaddr_storage *ret_address,
                       socklen_t *ret_bytes, unsigned *ret_port)
{
    char host[TG_CARD_ENDPOINT_BYTES_MAX + 1];
    const char *from = endpoint + strlen("tcp://"), *colon = strrchr(from, ':');
    uint64_t port = 0;
    if (!colon || strcmp(colon, ":*") == 0 || tg_text_u64(tg_view_str(colon + 1), 65535, &port)) return false;
    bool bracketed = from[0] == '[' && colon > from + 1;
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - from) - (bracketed ? 2 : 0),
                   from + (bracketed ? 1 : 0));
    if (strcmp(host, "*") == 0) (void)snprintf(host, sizeof host, "0.0.0.0");
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE},
                    *found = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", with_port ? (unsigned)port : 0);
    if (getaddrinfo(host, service, &hints, &found) || !found) return false;
    memcpy(ret_address, found->ai_addr, found->ai_addrlen);
    *ret_bytes = found->ai_addrlen;
    *ret_port = (unsigned)port;
    freeaddrinfo(found);
    return true;
}

/* 0, or why nobody could listen there. */
static int bind_errno(const struct sockaddr_storage *address, socklen_t bytes)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int why = bind(fd, (const struct sockaddr *)address, bytes) ? errno : 0;
    if (!why && listen(fd, 1)) why = errno;
    (void)close(fd);
    return why;
}

enum tg_doctor_level tg_doctor_listen_address(struct tg_doctor *doctor)
{
    struct sockaddr_storage address;
    socklen_t bytes;
    unsigned port;
    const char *listen_at = doctor->config->net.listen;
    if (!listen_at[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node only dials");
    if (!address_of(listen_at, false, &address, &bytes, &port))
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "'%s' names no single address", listen_at);
    if (bind_errno(&address, bytes) != EADDRNOTAVAIL)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s", listen_at);
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s' is no address of this machine", listen_at);
}

enum tg_doctor_level tg_doctor_listen_port(struct tg_doctor *doctor)
{
    struct sockaddr_storage address;
    socklen_t bytes;
    unsigned port;
    const char *listen_at = doctor->config->net.listen;
    if (!listen_at[0]) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node only dials");
    if (doctor->node != TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node has it");
    if (!address_of(listen_at, true, &address, &bytes, &port))
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "'%s' names no single address", listen_at);
    if (port < PORT_PRIVILEGED && doctor->user_known && doctor->user != 0) {
        tg_doctor_advise(doctor, "choose a port from %d on in [net] listen, and tell partners by a new card",
                         PORT_PRIVILEGED);
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "port %u is for root alone", port);
    }
    int why = bind_errno(&address, bytes);
    if (why == EADDRINUSE)
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "another program listens at %s", listen_at);
    if (why == EACCES) return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "port %u may not be used here", port);
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "free");
}
