/* The control socket's two ends over a real Unix socket: answers, back-pressure, hostile and slow clients. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/control_client.h"
#include "node/control_server.h"

static char folder[64], path[96];
static struct tg_control_server *server;
static struct tg_errmsg em;
static int64_t clock_us; /* the server's clock, moved by the tests */

/* What the service under test saw, and what it is to do. */
static struct {
    unsigned requests, closed, troubles, writable;
    char last_verb[64], last_trouble[256];
    struct tg_control_caller caller;
    uint32_t rows_left; /* rows that "rows" has still to send */
} service;

static int64_t fake_us(void *ctx)
{
    (void)ctx;
    return clock_us;
}
static const struct tg_clock fake_clock = {.wall_ms = fake_us, .mono_us = fake_us, .ctx = NULL};

static tg_err answer(uint64_t client, enum tg_control_kind kind, int64_t number, size_t padding)
{
    static uint8_t filling[4096];
    TG_AUTO(tg_buf) struct tg_buf frame = {.data = NULL};
    struct tg_control_out out;
    tg_control_answer(&out, &frame, kind);
    tg_control_put_number(&out, "number", number);
    if (padding) tg_control_put_data(&out, "padding", tg_view_of(filling, padding));
    cr_assert_eq(tg_control_end(&out), TG_OK);
    return tg_control_server_send(server, client, tg_buf_view(&frame));
}

/* As many rows as the queue takes; the rest when it has room. */
static void more_rows(uint64_t client)
{
    while (service.rows_left > 0) {
        tg_err err = answer(client, TG_CONTROL_ROW, service.rows_left, 4096);
        if (err == TG_EBUSY) return;
        cr_assert_eq(err, TG_OK);
        service.rows_left--;
    }
    answer(client, TG_CONTROL_DONE, 0, 0);
    tg_control_server_pause(server, client, false);
}

static void on_request(void *ctx, const struct tg_control_caller *caller, const struct tg_control_msg *msg)
{
    (void)ctx;
    service.requests++;
    service.caller = *caller;
    snprintf(service.last_verb, sizeof service.last_verb, "%s", msg->verb);
    if (strcmp(msg->verb, "rows") == 0) {
        service.rows_left = (uint32_t)tg_control_number(msg, "count", 0);
        tg_control_server_pause(server, caller->client, true);
        more_rows(caller->client);
    } else if (strcmp(msg->verb, "bye") == 0) {
        answer(caller->client, TG_CONTROL_DONE, 1, 0);
        tg_control_server_close(server, caller->client);
    } else if (strcmp(msg->verb, "echo") == 0) {
        answer(caller->client, TG_CONTROL_DONE, tg_control_number(msg, "number", 0), 0);
    }
}

static void on_writable(void *ctx, const struct tg_control_caller *caller)
{
    (void)ctx;
    service.writable++;
    more_rows(caller->client);
}

static void on_closed(void *ctx, const struct tg_control_caller *caller)
{
    (void)ctx, (void)caller;
    service.closed++;
}

static void on_trouble(void *ctx, const struct tg_control_caller *caller, const char *why)
{
    (void)ctx, (void)caller;
    service.troubles++;
    snprintf(service.last_trouble, sizeof service.last_trouble, "%s", why);
}

static const struct tg_control_handler handler = {
    .on_request = on_request, .on_writable = on_writable, .on_closed = on_closed, .on_trouble = on_trouble};

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/tamga-control-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/control.sock", folder);
    cr_assert_eq(tg_control_server_new(path, &handler, &fake_clock, &server, &em), TG_OK, "%s", em.text);
}

static void teardown(void)
{
    tg_control_server_free(server);
    unlink(path);
    rmdir(folder);
}

TestSuite(control_socket, .init = setup, .fini = teardown, .timeout = 60);

static void turn(int timeout_ms)
{
    struct pollfd fds[TG_CONTROL_FDS_MAX];
    size_t count = tg_control_server_fds(server, fds);
    poll(fds, count, tg_control_server_pending(server) ? 0 : timeout_ms);
    tg_control_server_handle(server, fds, count);
}

#define UNTIL(condition)                                       \
    do {                                                       \
        for (int turns_ = 0; !(condition); turns_++) {         \
            cr_assert(turns_ < 5000, "never: %s", #condition); \
            turn(2);                                           \
        }                                                      \
    } while (0)

static struct tg_control_client *connected(void)
{
    struct tg_control_client *client = NULL;
    cr_assert_eq(tg_control_client_connect(path, &client, &em), TG_OK, "%s", em.text);
    return client;
}

static void request(struct tg_control_client *client, const char *verb, const char *name, int64_t number)
{
    TG_AUTO(tg_buf) struct tg_buf frame = {.data = NULL};
    struct tg_control_out out;
    tg_control_request(&out, &frame, verb, "test");
    tg_control_put_number(&out, name, number);
    cr_assert_eq(tg_control_end(&out), TG_OK);
    cr_assert_eq(tg_control_client_send(client, tg_buf_view(&frame), 1000, &em), TG_OK, "%s", em.text);
}

/* The next message, while the server runs between tries. */
static tg_err next(struct tg_control_client *client, struct tg_arena *arena, struct tg_control_msg *msg)
{
    for (int i = 0; i < 5000; i++) {
        tg_err err = tg_control_client_receive(client, arena, 0, msg, &em);
        if (err != TG_EBUSY) return err;
        turn(2);
    }
    return TG_EBUSY;
}

static int raw_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

Test(control_socket, request_is_answered_and_the_caller_is_who_the_kernel_says)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    request(client, "echo", "number", 42);
    cr_assert_eq(next(client, &arena, &msg), TG_OK, "%s", em.text);
    cr_expect_eq(msg.kind, TG_CONTROL_DONE);
    cr_expect_eq(tg_control_number(&msg, "number", 0), 42);
    cr_expect_eq(service.caller.uid, getuid());
    cr_expect_eq(service.caller.pid, getpid());
}

Test(control_socket, everybody_may_speak_for_roles_decide)
{
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0666);
}

Test(control_socket, many_requests_on_one_connection_are_answered_in_order)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    for (int i = 0; i < 100; i++) request(client, "echo", "number", i);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(next(client, &arena, &msg), TG_OK, "%s", em.text);
        cr_assert_eq(tg_control_number(&msg, "number", -1), i);
    }
}

Test(control_socket, large_answer_comes_in_slices_and_waits_for_its_reader)
{
    enum { ROWS = 5000 }; /* five times what the queue holds */
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    request(client, "rows", "count", ROWS);
    UNTIL(service.requests == 1);
    for (int i = 0; i < 20; i++) turn(0);
    cr_expect_gt(service.rows_left, ROWS / 2, "nobody reads, so the answer stands still");
    cr_expect_not(tg_control_server_pending(server), "and costs nothing meanwhile");
    for (int64_t i = ROWS; i > 0; i--) {
        cr_assert_eq(next(client, &arena, &msg), TG_OK, "%s", em.text);
        cr_assert_eq(tg_control_number(&msg, "number", -1), i);
    }
    cr_assert_eq(next(client, &arena, &msg), TG_OK);
    cr_expect_eq(msg.kind, TG_CONTROL_DONE);
    cr_expect_gt(service.writable, 1U);
}

Test(control_socket, paused_client_waits_with_its_next_request)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    request(client, "silent", "x", 0);
    UNTIL(service.requests == 1);
    tg_control_server_pause(server, service.caller.client, true);
    request(client, "echo", "x", 0);
    for (int i = 0; i < 20; i++) turn(1);
    cr_expect_eq(service.requests, 1);
    tg_control_server_pause(server, service.caller.client, false);
    UNTIL(service.requests == 2);
}

Test(control_socket, closing_server_side_comes_after_the_answer)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    request(client, "bye", "x", 0);
    cr_assert_eq(next(client, &arena, &msg), TG_OK);
    cr_expect_eq(next(client, &arena, &msg), TG_EUNREACHABLE);
    UNTIL(service.closed == 1);
}

Test(control_socket, client_that_leaves_is_forgotten_and_its_place_is_free)
{
    for (int i = 0; i < 3 * TG_CONTROL_CLIENTS_MAX; i++) {
        struct tg_control_client *client = connected();
        request(client, "echo", "number", i);
        UNTIL(service.requests == (unsigned)i + 1);
        tg_control_client_free(client);
        UNTIL(service.closed == (unsigned)i + 1);
    }
    cr_expect_eq(service.troubles, 0);
}

/* All programs of a test are one user's, so the limit of one user is met first. */
Test(control_socket, one_user_takes_half_of_the_places_and_is_told_so)
{
    struct tg_control_client *clients[TG_CONTROL_CLIENTS_USER_MAX];
    cr_assert_lt(TG_CONTROL_CLIENTS_USER_MAX, TG_CONTROL_CLIENTS_MAX);
    for (int i = 0; i < TG_CONTROL_CLIENTS_USER_MAX; i++) {
        clients[i] = connected();
        turn(0);
    }
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *late = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg msg;
    cr_assert_eq(next(late, &arena, &msg), TG_OK, "%s", em.text);
    cr_expect_eq(msg.err, TG_EBUSY);
    cr_expect(strstr(msg.message, "of this user"), "%s", msg.message);
    cr_expect_eq(service.troubles, 1);
    tg_control_client_free(clients[0]);
    UNTIL(service.closed == 1);
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *again = connected();
    request(again, "echo", "number", 1);
    UNTIL(service.requests == 1);
    for (int i = 1; i < TG_CONTROL_CLIENTS_USER_MAX; i++) tg_control_client_free(clients[i]);
}

Test(control_socket, what_is_no_frame_is_answered_with_an_error_and_the_end)
{
    static const struct {
        const char *bytes;
        size_t count;
    } rows[] = {
        {"\0\0\0\0", 4}, {"\xff\xff\xff\xff", 4}, {"GET / HTTP/1.1\r\n\r\n", 18}, {"\0\0\0\2\x08\x01", 6}};
    for (unsigned i = 0; i < 4; i++) {
        int fd = raw_client();
        cr_assert_eq(write(fd, rows[i].bytes, rows[i].count), (ssize_t)rows[i].count);
        UNTIL(service.closed == i + 1);
        uint8_t got[512];
        ssize_t bytes = read(fd, got, sizeof got);
        cr_expect_gt(bytes, TG_CONTROL_HEADER_BYTES, "row %u", i);
        cr_expect_eq(read(fd, got, sizeof got), 0);
        close(fd);
    }
    cr_expect_eq(service.requests, 0);
    cr_expect_eq(service.troubles, 4);
}

Test(control_socket, client_stuck_inside_a_frame_is_cut_off_and_an_idle_one_is_not)
{
    int stuck = raw_client();
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *idle = connected();
    cr_assert_eq(write(stuck, "\0\0\1\0abc", 7), 7);
    for (int i = 0; i < 5; i++) turn(1);
    cr_expect_geq(tg_control_server_timeout_ms(server), TG_CONTROL_STALL_MS - 1);
    clock_us += TG_CONTROL_STALL_MS * INT64_C(1000) - 1;
    turn(0);
    cr_expect_eq(service.closed, 0);
    clock_us += 1;
    turn(0);
    cr_expect_eq(service.closed, 1);
    cr_expect(strstr(service.last_trouble, "stalls"), "%s", service.last_trouble);
    request(idle, "echo", "x", 0);
    UNTIL(service.requests == 1);
    close(stuck);
}

Test(control_socket, client_that_reads_nothing_is_cut_off)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    request(client, "rows", "count", 3000);
    UNTIL(service.requests == 1);
    for (int i = 0; i < 5; i++) turn(0);
    clock_us += TG_CONTROL_STALL_MS * INT64_C(1000);
    turn(0);
    cr_expect_eq(service.closed, 1);
    cr_expect_eq(tg_control_server_send(server, service.caller.client, tg_view_of("x", 1)), TG_ENOENT);
}

Test(control_socket, half_a_request_then_the_end_is_no_request)
{
    int fd = raw_client();
    cr_assert_eq(write(fd, "\0\0\1\0abc", 7), 7);
    close(fd);
    UNTIL(service.closed == 1);
    cr_expect_eq(service.requests, 0);
}

Test(control_socket, second_live_server_is_refused_and_a_stale_socket_is_replaced)
{
    struct tg_control_server *second = NULL;
    cr_expect_eq(tg_control_server_new(path, &handler, &fake_clock, &second, &em), TG_EBUSY);
    cr_expect(strstr(em.text, "stop it first"), "%s", em.text);
    cr_expect_null(second);
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    tg_control_server_free(server);
    server = NULL;
    cr_expect_eq(access(path, F_OK), -1, "the socket goes with its server");
    /* As a killed process leaves it: bound, and nobody listens. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    cr_expect_eq(tg_control_server_new(path, &handler, &fake_clock, &server, &em), TG_OK, "%s", em.text);
}

Test(control_socket, file_that_is_no_socket_is_not_touched)
{
    char file[128];
    snprintf(file, sizeof file, "%s/precious", folder);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    struct tg_control_server *second = NULL;
    cr_expect_eq(tg_control_server_new(file, &handler, &fake_clock, &second, &em), TG_EEXIST);
    cr_expect_eq(access(file, F_OK), 0);
    unlink(file);
}

Test(control_client, says_how_to_start_a_node_that_is_not_there)
{
    struct tg_control_client *client = NULL;
    cr_expect_eq(tg_control_client_connect("/tmp/tamga-nobody/control.sock", &client, &em), TG_EUNREACHABLE);
    cr_expect(strstr(em.text, "start it with 'tamgad"), "%s", em.text);
    char long_path[300];
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    cr_expect_eq(tg_control_client_connect(long_path, &client, &em), TG_ELIMIT);
    cr_expect_null(client);
}

static tg_err count_message(void *ctx, const struct tg_control_msg *msg)
{
    (void)msg;
    *(unsigned *)ctx += 1;
    return TG_OK;
}

Test(control_socket, call_turns_a_failure_into_its_error_and_hands_rows_out)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = connected();
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    request(client, "rows", "count", 3);
    UNTIL(service.requests == 1);
    unsigned rows = 0;
    struct tg_control_msg done;
    tg_err err =
        tg_control_client_call(client, tg_view_of("", 0), 1000, count_message, &rows, &arena, &done, &em);
    cr_expect_eq(err, TG_OK, "%s", em.text);
    cr_expect_eq(rows, 3);
    cr_expect_eq(done.kind, TG_CONTROL_DONE);
    cr_expect_eq(tg_control_client_call(client, tg_view_of("", 0), 20, NULL, NULL, &arena, NULL, &em),
                 TG_EBUSY);
    cr_assert_eq(tg_control_client_send(client, tg_view_of("\0\0\0\1\0", 5), 100, &em), TG_OK);
    UNTIL(service.closed == 1);
    err = tg_control_client_call(client, tg_view_of("", 0), 1000, NULL, NULL, &arena, NULL, &em);
    cr_expect_eq(err, TG_EFORMAT, "%s", em.text);
}
