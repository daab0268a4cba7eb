/* The node's end of the control socket: accepts programs of this machine, cuts the stream into checked
 * messages, queues answers. Knows neither verbs nor roles. Frames: docs/formats-wire.md.
 */
#include "node/control_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

#define READ_BYTES 65536
/* Everybody may speak: the kernel says who calls, and roles decide. A user who has none is told so in words. */
#define SOCKET_MODE 0666

struct client {
    int fd; /* -1: free place */
    struct tg_control_caller caller;
    struct tg_buf in;  /* read and not yet handled; at most one frame and a read */
    struct tg_buf out; /* bytes from out_at on wait to be written */
    size_t out_at;
    bool paused, wants_more, closing;
    bool half_closed;    /* it will send no more; answers still go out */
    bool hung;           /* to be removed; its handler is told then */
    int64_t progress_us; /* last byte read of an unfinished frame, or written of a waiting answer */
};

struct tg_control_server {
    int fd;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    dev_t device; /* of the socket that is ours */
    ino_t inode;
    struct tg_control_handler handler;
    const struct tg_clock *clock;
    struct client clients[TG_CONTROL_CLIENTS_MAX];
    uint64_t clients_made;
};

/* ---- small things ---- */

static size_t queued(const struct client *client)
{
    return client->out.bytes - client->out_at;
}

static bool has_room(const struct client *client)
{
    return client->fd >= 0 && queued(client) <= TG_CONTROL_QUEUE_BYTES_MAX / 2;
}

static bool has_frame(const struct client *client)
{
    struct tg_view frame;
    size_t consumed;
    return client->fd >= 0 && !client->paused && !client->closing && !client->hung &&
           tg_control_frame(tg_buf_view(&client->in), &frame, &consumed) != TG_ESHORT;
}

/* Inside a frame, or an answer that is not taken: the client has to move. */
static bool is_stalling(const struct client *client)
{
    return client->fd >= 0 && !client->hung &&
           (queued(client) > 0 || (client->in.bytes > 0 && !client->paused && !has_frame(client)));
}

static struct client *find(struct tg_control_server *server, uint64_t number)
{
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->fd >= 0 && client->caller.client == number && !client->hung) return client;
    }
    return NULL;
}

static void touch(struct tg_control_server *server, struct client *client)
{
    client->progress_us = tg_clock_mono_us(server->clock);
}

static void hang_up(struct tg_control_server *server, struct client *client, const char *why)
{
    if (why && server->handler.on_trouble)
        server->handler.on_trouble(server->handler.ctx, &client->caller, why);
    client->hung = true;
}

static void remove_client(struct client *client)
{
    close(client->fd);
    tg_buf_release(&client->in);
    tg_buf_release(&client->out);
    *client = (struct client){.fd = -1};
}

/* ---- listening ---- */

static tg_err address_of(const char *path, struct sockaddr_un *address, struct tg_errmsg *em)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) {
        return tg_fail(em, TG_ELIMIT,
                       "socket path '%s' is longer than %zu bytes: set a shorter [control] socket", path,
                       sizeof address->sun_path - 1);
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    return TG_OK;
}

/* Does somebody answer there? A socket that nobody answers at is taken away. */
static tg_err clear_stale(const char *path, const struct sockaddr_un *address, struct tg_errmsg *em)
{
    struct stat status;
    if (lstat(path, &status) != 0) return TG_OK;
    if (!S_ISSOCK(status.st_mode)) {
        return tg_fail(em, TG_EEXIST, "'%s' exists and is not a socket: move it away", path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a socket");
    int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
    int saved = errno;
    close(fd);
    if (rc == 0 || saved == EAGAIN) {
        return tg_fail(em, TG_EBUSY, "another node answers at '%s': stop it first", path);
    }
    if (saved != ECONNREFUSED) return tg_fail_errno(em, TG_ESYSTEM, saved, "cannot tell who owns '%s'", path);
    if (unlink(path) != 0)
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot remove stale socket '%s'", path);
    return TG_OK;
}

/* The mode is right from the first moment, whatever the process's umask is. */
static int bind_private(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0777 & ~SOCKET_MODE);
    int rc = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int saved = errno;
    umask(before);
    errno = saved;
    return rc;
}

static tg_err listen_at(struct tg_control_server *server, const char *path, struct tg_errmsg *em)
{
    struct sockaddr_un address;
    tg_err err = address_of(path, &address, em);
    if (!err) err = clear_stale(path, &address, em);
    if (err) return err;
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a socket");
    struct stat status;
    if (bind_private(server->fd, &address) != 0) {
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot listen at '%s'", path);
    }
    memcpy(server->path, path, strlen(path) + 1);
    if (stat(path, &status) != 0 || listen(server->fd, TG_CONTROL_BACKLOG) != 0) {
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot listen at '%s'", path);
    }
    server->device = status.st_dev;
    server->inode = status.st_ino;
    return TG_OK;
}

tg_err tg_control_server_new(const char *path, const struct tg_control_handler *handler,
                             const struct tg_clock *clock, struct tg_control_server **ret_server,
                             struct tg_errmsg *em)
{
    struct tg_control_server *server = calloc(1, sizeof *server);
    if (!server) return tg_fail(em, TG_ENOMEM, "out of memory");
    server->fd = -1;
    server->handler = *handler;
    server->clock = clock;
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) server->clients[i].fd = -1;
    tg_err err = listen_at(server, path, em);
    if (err) {
        tg_control_server_free(server);
        return err;
    }
    *ret_server = server;
    return TG_OK;
}

void tg_control_server_free(struct tg_control_server *server)
{
    if (!server) return;
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        if (server->clients[i].fd >= 0) remove_client(&server->clients[i]);
    }
    if (server->fd >= 0) close(server->fd);
    struct stat status;
    bool ours = server->path[0] && lstat(server->path, &status) == 0 && status.st_dev == server->device &&
                status.st_ino == server->inode;
    if (ours) unlink(server->path);
    free(server);
}

/* ---- polling ---- */

static short events_of(const struct client *client)
{
    bool reads = !client->half_closed && !client->closing && !client->paused && !has_frame(client);
    return (short)((reads ? POLLIN : 0) | (queued(client) > 0 ? POLLOUT : 0));
}

size_t tg_control_server_fds(const struct tg_control_server *server,
                             struct pollfd fds[static TG_CONTROL_FDS_MAX])
{
    size_t count = 0;
    fds[count++] = (struct pollfd){.fd = server->fd, .events = POLLIN};
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        const struct client *client = &server->clients[i];
        if (client->fd < 0) continue;
        fds[count++] = (struct pollfd){.fd = client->fd, .events = events_of(client)};
    }
    return count;
}

int tg_control_server_timeout_ms(const struct tg_control_server *server)
{
    int64_t now = tg_clock_mono_us(server->clock), least = INT64_MAX;
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        const struct client *client = &server->clients[i];
        int64_t due = client->progress_us + TG_CONTROL_STALL_MS * INT64_C(1000);
        if (is_stalling(client) && due < least) least = due;
    }
    if (least == INT64_MAX) return -1;
    return least <= now ? 0 : (int)((least - now) / 1000 + 1);
}

bool tg_control_server_pending(const struct tg_control_server *server)
{
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        const struct client *client = &server->clients[i];
        if (has_frame(client) || client->hung || (client->wants_more && has_room(client))) return true;
    }
    return false;
}

/* ---- accepting ---- */

static bool caller_of(int fd, struct tg_control_caller *caller)
{
    struct ucred credentials;
    socklen_t bytes = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) return false;
    caller->uid = credentials.uid;
    caller->gid = credentials.gid;
    caller->pid = credentials.pid;
    return true;
}

/* So that one user, who may have no role at all, never shuts the others out. */
static size_t clients_of(const struct tg_control_server *server, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++)
        count += server->clients[i].fd >= 0 && server->clients[i].caller.uid == uid;
    return count;
}

static struct client *free_place(struct tg_control_server *server)
{
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        if (server->clients[i].fd < 0) return &server->clients[i];
    }
    return NULL;
}

static void turn_away(struct tg_control_server *server, int fd, const struct tg_control_caller *caller,
                      const char *why)
{
    TG_AUTO(tg_buf) struct tg_buf frame = {.data = NULL};
    struct tg_control_out out;
    tg_control_fail(&out, &frame, TG_EBUSY, why);
    if (tg_control_end(&out) == TG_OK) send(fd, frame.data, frame.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (server->handler.on_trouble)
        server->handler.on_trouble(server->handler.ctx, caller, "too many clients");
    close(fd);
}

static void accept_one(struct tg_control_server *server, int fd)
{
    struct tg_control_caller caller = {.client = 0};
    struct client *client = free_place(server);
    if (!caller_of(fd, &caller)) {
        close(fd);
        return;
    }
    if (!client) {
        turn_away(server, fd, &caller, "node serves as many programs as it can: try again");
        return;
    }
    if (clients_of(server, caller.uid) >= TG_CONTROL_CLIENTS_USER_MAX) {
        turn_away(server, fd, &caller,
                  "node serves as many programs of this user as it may: end some of them");
        return;
    }
    caller.client = ++server->clients_made;
    *client = (struct client){.fd = fd, .caller = caller};
    touch(server, client);
}

static void accept_waiting(struct tg_control_server *server)
{
    for (int i = 0; i < TG_CONTROL_BACKLOG; i++) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        accept_one(server, fd);
    }
}

/* ---- reading and writing ---- */

static void read_some(struct tg_control_server *server, struct client *client)
{
    if (tg_buf_reserve(&client->in, READ_BYTES) != TG_OK) {
        hang_up(server, client, "out of memory");
        return;
    }
    ssize_t got = recv(client->fd, client->in.data + client->in.bytes, READ_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        client->in.bytes += (size_t)got;
        touch(server, client);
    } else if (got == 0) {
        client->half_closed = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        hang_up(server, client, NULL);
    }
}

static void write_some(struct tg_control_server *server, struct client *client)
{
    while (queued(client) > 0) {
        ssize_t sent =
            send(client->fd, client->out.data + client->out_at, queued(client), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) hang_up(server, client, NULL);
        if (sent < 0) return;
        client->out_at += (size_t)sent;
        touch(server, client);
    }
    tg_buf_clear(&client->out);
    client->out_at = 0;
}

/* Move what waits to the front, when that is cheap. */
static void compact(struct client *client)
{
    if (client->out_at < queued(client)) return;
    size_t left = queued(client);
    if (left) memmove(client->out.data, client->out.data + client->out_at, left);
    client->out.bytes = left;
    client->out_at = 0;
}

tg_err tg_control_server_send(struct tg_control_server *server, uint64_t number, struct tg_view frames)
{
    struct client *client = find(server, number);
    if (!client || client->closing) return TG_ENOENT;
    if (queued(client) > 0 && queued(client) + frames.bytes > TG_CONTROL_QUEUE_BYTES_MAX) {
        client->wants_more = true;
        return TG_EBUSY;
    }
    if (queued(client) == 0) touch(server, client);
    compact(client);
    tg_err err = tg_buf_put_view(&client->out, frames);
    if (!err) write_some(server, client);
    return err;
}

void tg_control_server_want_more(struct tg_control_server *server, uint64_t number)
{
    struct client *client = find(server, number);
    if (client) client->wants_more = true;
}

void tg_control_server_pause(struct tg_control_server *server, uint64_t number, bool paused)
{
    struct client *client = find(server, number);
    if (!client) return;
    client->paused = paused;
    touch(server, client);
}

void tg_control_server_close(struct tg_control_server *server, uint64_t number)
{
    struct client *client = find(server, number);
    if (client) client->closing = true;
}

/* ---- requests ---- */

static void refuse(struct tg_control_server *server, struct client *client, tg_err err, const char *why)
{
    TG_AUTO(tg_buf) struct tg_buf frame = {.data = NULL};
    struct tg_control_out out;
    tg_control_fail(&out, &frame, err, why);
    if (tg_control_end(&out) == TG_OK && tg_buf_put_view(&client->out, tg_buf_view(&frame)) == TG_OK) {
        write_some(server, client);
    }
    if (server->handler.on_trouble) server->handler.on_trouble(server->handler.ctx, &client->caller, why);
    client->closing = true;
}

static void consume(struct client *client, size_t bytes)
{
    client->in.bytes -= bytes;
    if (client->in.bytes) memmove(client->in.data, client->in.data + bytes, client->in.bytes);
}

/* One request, at most: everyone gets a turn. */
static void take_request(struct tg_control_server *server, struct client *client)
{
    struct tg_view frame;
    size_t consumed = 0;
    struct tg_errmsg em = {""};
    tg_err err = tg_control_frame(tg_buf_view(&client->in), &frame, &consumed);
    if (err == TG_ESHORT) return;
    if (err) {
        refuse(server, client, err, "frame has no length, or one over the limit");
        return;
    }
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    err = tg_control_decode(frame, &arena, &msg, &em);
    if (!err && msg.kind != TG_CONTROL_REQUEST) err = tg_fail(&em, TG_EVALUE, "only requests are taken here");
    consume(client, consumed);
    if (err) {
        refuse(server, client, err, tg_errmsg_text(&em, err));
        return;
    }
    server->handler.on_request(server->handler.ctx, &client->caller, &msg);
}

/* ---- one round ---- */

static void serve_sockets(struct tg_control_server *server, const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd == server->fd) continue;
        for (size_t j = 0; j < TG_CONTROL_CLIENTS_MAX; j++) {
            struct client *client = &server->clients[j];
            if (client->fd != fds[i].fd || client->hung) continue;
            if (fds[i].revents & POLLIN) read_some(server, client);
            if (fds[i].revents & POLLOUT) write_some(server, client);
            bool broken = (fds[i].revents & (POLLERR | POLLHUP)) && !(fds[i].revents & POLLIN);
            if (broken && !client->hung) hang_up(server, client, NULL);
        }
    }
}

static void serve_client(struct tg_control_server *server, struct client *client)
{
    if (client->wants_more && has_room(client)) {
        client->wants_more = false;
        if (server->handler.on_writable) server->handler.on_writable(server->handler.ctx, &client->caller);
    }
    if (has_frame(client)) take_request(server, client);
    bool answered = queued(client) == 0 && !client->paused && !client->wants_more;
    bool over = client->half_closed && answered && !has_frame(client);
    if (client->closing ? queued(client) == 0 : over) client->hung = true;
    int64_t stalled_us = tg_clock_mono_us(server->clock) - client->progress_us;
    if (is_stalling(client) && stalled_us >= TG_CONTROL_STALL_MS * INT64_C(1000)) {
        hang_up(server, client, "client stalls: it neither finishes its frame nor reads its answer");
    }
}

void tg_control_server_handle(struct tg_control_server *server, const struct pollfd *fds, size_t count)
{
    serve_sockets(server, fds, count);
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        if (client->fd >= 0 && !client->hung) serve_client(server, client);
        if (client->fd < 0 || !client->hung) continue;
        struct tg_control_caller caller = client->caller;
        remove_client(client);
        if (server->handler.on_closed) server->handler.on_closed(server->handler.ctx, &caller);
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i].fd == server->fd && (fds[i].revents & POLLIN)) accept_waiting(server);
    }
}
