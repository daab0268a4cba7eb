/* A program's end of the control socket: connect, send requests, receive answers with a time limit.
 *
 * Knows no verb. Frames: docs/formats-wire.md.
 */
#include "cli/control_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/interrupt.h"

#define READ_BYTES 65536

struct tg_control_client {
    int fd;
    struct tg_buf in; /* bytes from in_at on are not handed out yet */
    size_t in_at;
    bool ended; /* the node closed its side */
};

static tg_err unreachable(const char *path, int saved_errno, struct tg_errmsg *em)
{
    if (saved_errno == EACCES || saved_errno == EPERM) {
        return tg_fail(em, TG_EDENIED,
                       "the way to control socket '%s' is closed to this user: the administrator opens its "
                       "folders (chmod o+x), or names another place in [control] socket",
                       path);
    }
    if (saved_errno == ENOENT || saved_errno == ECONNREFUSED || saved_errno == ENOTDIR) {
        return tg_fail(em, TG_EUNREACHABLE, "node is not running at '%s': start it with 'tamgad CONFIG'",
                       path);
    }
    return tg_fail_errno(em, TG_EUNREACHABLE, saved_errno, "cannot reach the node at '%s'", path);
}

tg_err tg_control_client_connect(const char *path, struct tg_control_client **ret_client,
                                 struct tg_errmsg *em)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return tg_fail(em, TG_ELIMIT, "socket path '%s' is longer than %zu bytes", path,
                       sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a socket");
    struct tg_control_client *client = calloc(1, sizeof *client);
    if (!client) {
        close(fd);
        return tg_fail(em, TG_ENOMEM, "out of memory");
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int saved = errno;
        close(fd);
        free(client);
        return unreachable(path, saved, em);
    }
    client->fd = fd;
    *ret_client = client;
    return TG_OK;
}

void tg_control_client_free(struct tg_control_client *client)
{
    if (!client) return;
    close(client->fd);
    tg_buf_release(&client->in);
    free(client);
}

int tg_control_client_fd(const struct tg_control_client *client)
{
    return client->fd;
}

static tg_err gone(struct tg_errmsg *em)
{
    return tg_fail(em, TG_EUNREACHABLE,
                   "node closed the connection before its answer was complete: see its log");
}

/* What has arrived, without waiting. */
static tg_err read_some(struct tg_control_client *client, struct tg_errmsg *em)
{
    if (client->in_at) { /* less than a frame is left over: a long answer must not pile up behind it */
        client->in.bytes -= client->in_at;
        memmove(client->in.data, client->in.data + client->in_at, client->in.bytes);
        client->in_at = 0;
    }
    if (tg_buf_reserve(&client->in, READ_BYTES) != TG_OK) return tg_fail(em, TG_ENOMEM, "out of memory");
    ssize_t got = recv(client->fd, client->in.data + client->in.bytes, READ_BYTES, MSG_DONTWAIT);
    if (got > 0) client->in.bytes += (size_t)got;
    bool over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (over) client->ended = true;
    return TG_OK;
}

/* Wait until it can be read (or written); TG_EBUSY after timeout_ms. */
static tg_err wait_for(struct tg_control_client *client, short events, int timeout_ms, short *ret_revents,
                       struct tg_errmsg *em)
{
    struct pollfd fd = {.fd = client->fd, .events = events};
    int ready;
    do {
        ready = poll(&fd, 1, timeout_ms);
        if (ready < 0 && errno == EINTR && tg_interrupt_check(NULL)) return tg_interrupt_check(em);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot wait for the node");
    if (ready == 0) return tg_fail(em, TG_EBUSY, "node did not answer in time");
    *ret_revents = fd.revents;
    return TG_OK;
}

tg_err tg_control_client_send(struct tg_control_client *client, struct tg_view frames, int timeout_ms,
                              struct tg_errmsg *em)
{
    while (frames.bytes > 0) {
        ssize_t sent = send(client->fd, frames.data, frames.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            frames = tg_view_of(frames.data + sent, frames.bytes - (size_t)sent);
            continue;
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return gone(em);
        short revents = 0;
        short events = (short)(POLLOUT | (client->ended ? 0 : POLLIN));
        tg_err err = wait_for(client, events, timeout_ms, &revents, em);
        if (!err && (revents & POLLIN)) err = read_some(client, em);
        if (err) return err;
    }
    return TG_OK;
}

/* The message at the front of what was read; TG_ESHORT when it is not whole yet. */
static tg_err take_message(struct tg_control_client *client, struct tg_arena *arena,
                           struct tg_control_msg *ret_msg, struct tg_errmsg *em)
{
    struct tg_view stream = tg_view_of(client->in.data + client->in_at, client->in.bytes - client->in_at);
    struct tg_view frame;
    size_t consumed;
    tg_err err = stream.bytes ? tg_control_frame(stream, &frame, &consumed) : TG_ESHORT;
    if (err == TG_ESHORT) return err;
    if (!err) err = tg_control_decode(frame, arena, ret_msg, em);
    if (err) return tg_context(em, TG_EUNREACHABLE, "node sent what is no answer");
    client->in_at += consumed;
    return TG_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

tg_err tg_control_client_receive(struct tg_control_client *client, struct tg_arena *arena, int timeout_ms,
                                 struct tg_control_msg *ret_msg, struct tg_errmsg *em)
{
    int64_t give_up = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
    tg_arena_clear(arena);
    for (;;) {
        tg_err err = take_message(client, arena, ret_msg, em);
        if (err != TG_ESHORT) return err;
        if (client->ended) return gone(em);
        int64_t left = timeout_ms < 0 ? -1 : give_up - now_ms();
        short revents = 0;
        err = wait_for(client, POLLIN, timeout_ms < 0 ? -1 : (int)(left > 0 ? left : 0), &revents, em);
        if (!err) err = read_some(client, em);
        if (err) return err;
    }
}

tg_err tg_control_client_call(struct tg_control_client *client, struct tg_view frames, int timeout_ms,
                              tg_err (*on_message)(void *ctx, const struct tg_control_msg *msg), void *ctx,
                              struct tg_arena *arena, struct tg_control_msg *ret_done, struct tg_errmsg *em)
{
    struct tg_control_msg msg;
    tg_err err = tg_control_client_send(client, frames, timeout_ms, em);
    while (!err) {
        err = tg_control_client_receive(client, arena, timeout_ms, &msg, em);
        if (err) return err;
        if (msg.kind == TG_CONTROL_FAIL) {
            return tg_fail(em, msg.err, "%s", *msg.message ? msg.message : tg_err_text(msg.err));
        }
        if (msg.kind == TG_CONTROL_DONE) break;
        if (on_message) err = on_message(ctx, &msg);
    }
    if (!err && ret_done) *ret_done = msg;
    return err;
}
