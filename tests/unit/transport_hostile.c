/* The ZeroMQ transport under attack: admission that hangs or dies, strangers, floods, and peers with a valid key
 * and other software.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport_harness.h"

TestSuite(transport_hostile, .init = zap_start, .fini = zap_stop, .timeout = 120);

/* ---- failing closed ---- */

static void nobody_comes_in(void)
{
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    trust(a, b, true);
    trust(b, a, true);
    UNTIL(a, b, stats_of(a).dial_failures >= 3 && stats_of(b).dial_failures >= 3);
    cr_expect_eq(a->ups + b->ups, 0);
    cr_expect_eq(tg_zap_get_stats(zap).admitted, 0);
    drop(a);
    drop(b);
}

Test(transport_hostile, hung_admission_admits_nobody)
{
    tg_zap_fail(zap, TG_ZAP_HANGS);
    nobody_comes_in();
}

Test(transport_hostile, dead_admission_admits_nobody)
{
    tg_zap_fail(zap, TG_ZAP_DIES);
    nobody_comes_in();
}

Test(transport_hostile, admission_that_recovers_admits_again)
{
    tg_zap_fail(zap, TG_ZAP_HANGS);
    struct node *a = node_named('a'), *b = node_named('b');
    start(a);
    start(b);
    trust(a, b, false);
    trust(b, a, true);
    UNTIL(a, b, stats_of(b).dial_failures >= 2);
    tg_zap_fail(zap, TG_ZAP_ANSWERS);
    UNTIL(a, b, both_up(a) && both_up(b));
    drop(a);
    drop(b);
}

/* A server of plain libzmq with a domain and no handler; does it let a client in? */
static bool plain_server_admits(int enforce)
{
    void *context = zmq_ctx_new();
    char server_public[41], server_secret[41], client_public[41], client_secret[41];
    int one = 1, none = 0, wait = 1500;
    zmq_curve_keypair(server_public, server_secret);
    zmq_curve_keypair(client_public, client_secret);
    void *server = zmq_socket(context, ZMQ_ROUTER), *client = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_secret, 41);
    zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, "tamga", 5);
    cr_assert_eq(zmq_setsockopt(server, 93, &enforce, sizeof enforce), 0);
    zmq_setsockopt(server, ZMQ_RCVTIMEO, &wait, sizeof wait);
    zmq_setsockopt(server, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server_public, 41);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, client_public, 41);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, client_secret, 41);
    zmq_setsockopt(client, ZMQ_LINGER, &none, sizeof none);
    cr_assert_eq(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    char endpoint[64];
    size_t bytes = sizeof endpoint;
    zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &bytes);
    zmq_connect(client, endpoint);
    zmq_send(client, "in", 2, 0);
    char got[8];
    bool admitted = zmq_recv(server, got, sizeof got, 0) >= 0;
    zmq_close(client);
    zmq_close(server);
    zmq_ctx_term(context);
    return admitted;
}

/* Negative control: the option is what keeps strangers out when the handler is dead. */
Test(transport_control, without_enforced_domain_libzmq_lets_anyone_in)
{
    cr_expect(plain_server_admits(0));
}

Test(transport_control, with_enforced_domain_it_does_not)
{
    cr_expect_not(plain_server_admits(1));
}

Test(transport_hostile, every_socket_option_is_really_set)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    struct tg_errmsg em = {""};
    const struct tg_transport_zmq_options *options = &a->transport->options;
    cr_expect_eq(tg_socket_options_check(a->transport->router, TG_SOCKET_ROUTER, options, &em), TG_OK, "%s",
                 em.text);
    for (int lane = 0; lane < TG_LANES; lane++) {
        void *socket = b->transport->peers[0].dials[lane].socket;
        cr_expect_eq(tg_socket_options_check(socket, TG_SOCKET_DEALER, options, &em), TG_OK, "%s", em.text);
    }
    int value = 0;
    size_t bytes = sizeof value;
    cr_assert_eq(zmq_getsockopt(a->transport->router, 93, &value, &bytes), 0);
    cr_expect_eq(value, 1, "domain is enforced");
    char domain[128] = "";
    bytes = sizeof domain;
    cr_assert_eq(zmq_getsockopt(a->transport->router, ZMQ_ZAP_DOMAIN, domain, &bytes), 0);
    cr_expect(strncmp(domain, "tamga/", 6) == 0, "%s", domain);
    /* The one that cannot be read back, by what it does. */
    cr_expect_eq(zmq_send(a->transport->router, "\0nobo", 5, ZMQ_DONTWAIT | ZMQ_SNDMORE), -1);
    cr_expect_eq(errno, EHOSTUNREACH);
    int zero = 0;
    cr_assert_eq(zmq_setsockopt(a->transport->router, ZMQ_LINGER, (int[]){1000}, sizeof zero), 0);
    cr_expect_eq(tg_socket_options_check(a->transport->router, TG_SOCKET_ROUTER, options, &em), TG_ESYSTEM);
    cr_expect(strstr(em.text, "LINGER"), "%s", em.text);
    drop(a);
    drop(b);
}

/* libzmq's I/O thread once stood still for ever after a dial was given up in the middle of its handshake. */
Test(transport_hostile, dials_given_up_at_any_moment_stop_nothing)
{
    struct node *a = node_named('a'), *b = node_named('b'), *c = node_named('c');
    start(a);
    start(b);
    start(c);
    struct tg_transport_peer both[] = {with_endpoint(a), with_endpoint(c)};
    trust(c, b, false);
    unsigned short seed[3] = {1, 2, 3};
    for (int round = 0; round < 150; round++) {
        tg_zap_fail(zap, round % 3 ? TG_ZAP_HANGS : TG_ZAP_ANSWERS);
        set_peers(b, both, 2);
        for (long steps = nrand48(seed) % 4; steps >= 0; steps--) step(b);
        usleep((useconds_t)(nrand48(seed) % 2000));
        set_peers(b, NULL, 0);
        step(b);
    }
    tg_zap_fail(zap, TG_ZAP_ANSWERS);
    set_peers(b, &both[1], 1);
    UNTIL(b, c, both_up(b) && both_up(c));
    drop(a);
    drop(b);
    drop(c);
}

/* ---- hostile connections ---- */

/* A DEALER of our own making with b's valid key, as a peer with other software would have it. */
static void *raw_dealer(const struct node *a, const struct node *b, const char *identity)
{
    int none = 0, wait = 0;
    void *socket = zmq_socket(tg_zap_context(zap), ZMQ_DEALER);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait, sizeof wait);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, a->card.curve_public, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, b->card.curve_public, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, b->secret, 32);
    if (identity) zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity, strlen(identity));
    cr_assert_eq(zmq_connect(socket, tg_transport_zmq_endpoint(a->transport)), 0);
    return socket;
}

static struct node *listener_for(struct node *b)
{
    struct node *a = node_named('a');
    start(a);
    set_peers(a, &b->card, 1);
    return a;
}

static int received_kind(void *socket)
{
    uint8_t frame[64];
    int bytes = zmq_recv(socket, frame, sizeof frame, ZMQ_DONTWAIT);
    return bytes > 0 ? frame[0] : 0;
}

Test(transport_hostile, message_before_the_lane_is_named_is_dropped_and_answered_with_close)
{
    struct node *b = node_named('b'), *a = listener_for(b);
    void *raw = raw_dealer(a, b, NULL);
    zmq_send(raw, "\4hello", 6, 0);
    int kind = 0;
    UNTIL(a, b, (kind = received_kind(raw)) == TG_FRAME_CLOSE);
    cr_expect_eq(a->messages + a->ups, 0);
    cr_expect_eq(stats_of(a).dropped_no_lane, 1);
    zmq_send(raw, "\1\1\0", 3, 0);
    UNTIL(a, b, (kind = received_kind(raw)) == TG_FRAME_OPENED);
    cr_expect_eq(a->ups, 1);
    zmq_close(raw);
    free(b);
    drop(a);
}

Test(transport_hostile, unknown_version_or_lane_is_closed)
{
    struct node *b = node_named('b'), *a = listener_for(b);
    static const char *const bad[] = {"\1\2\0", "\1\1\2", "\1\1", "\1"};
    static const size_t bad_bytes[] = {3, 3, 2, 1};
    for (size_t i = 0; i < 4; i++) {
        void *raw = raw_dealer(a, b, NULL);
        zmq_send(raw, bad[i], bad_bytes[i], 0);
        int kind = 0;
        UNTIL(a, b, (kind = received_kind(raw)) == TG_FRAME_CLOSE);
        zmq_close(raw);
    }
    cr_expect_eq(a->ups, 0);
    free(b);
    drop(a);
}

Test(transport_hostile, self_chosen_routing_ids_and_multipart_and_empty_frames_are_dropped)
{
    struct node *b = node_named('b'), *a = listener_for(b);
    void *squatter = raw_dealer(a, b, "squat");
    zmq_send(squatter, "\1\1\0", 3, 0);
    UNTIL(a, b, stats_of(a).dropped_malformed == 1);
    void *raw = raw_dealer(a, b, NULL);
    zmq_send(raw, "\1\1\0", 3, ZMQ_SNDMORE);
    zmq_send(raw, "more", 4, ZMQ_SNDMORE);
    zmq_send(raw, "", 0, 0);
    zmq_send(raw, "", 0, 0);
    UNTIL(a, b, stats_of(a).dropped_malformed == 3);
    zmq_send(raw, "\1\1\0", 3, 0);
    zmq_send(raw, "\77?", 2, 0);
    UNTIL(a, b, stats_of(a).dropped_malformed == 4);
    cr_expect_eq(a->ups, 1);
    cr_expect_eq(a->messages, 0);
    zmq_close(squatter);
    zmq_close(raw);
    free(b);
    drop(a);
}

Test(transport_hostile, oversize_frame_ends_the_connection_and_nothing_else)
{
    struct node *a, *b;
    pair(&a, &b, false, true);
    void *raw = raw_dealer(a, b, NULL);
    static uint8_t big[TG_FRAME_BYTES_MAX + 100] = {TG_FRAME_MESSAGE};
    zmq_send(raw, big, sizeof big, 0);
    for (int i = 0; i < 40; i++) {
        step(a);
        step(b);
    }
    cr_expect_eq(a->messages, 0);
    cr_expect_eq(a->downs, 0);
    cr_expect_eq(send_number(b, a, TG_LANE_BULK, 3, 10), TG_OK);
    UNTIL(a, b, a->messages == 1);
    zmq_close(raw);
    drop(a);
    drop(b);
}

Test(transport_hostile, stranger_without_a_key_and_client_without_curve_never_come_in)
{
    struct node *b = node_named('b'), *a = listener_for(b), *stranger = node_named('x');
    void *raw = raw_dealer(a, stranger, NULL);
    void *plain = zmq_socket(tg_zap_context(zap), ZMQ_DEALER);
    int none = 0;
    zmq_setsockopt(plain, ZMQ_LINGER, &none, sizeof none);
    zmq_connect(plain, tg_transport_zmq_endpoint(a->transport));
    zmq_send(raw, "\1\1\0", 3, 0);
    zmq_send(plain, "\1\1\0", 3, 0);
    UNTIL(a, b, tg_zap_get_stats(zap).refused >= 1);
    for (int i = 0; i < 20; i++) step(a);
    cr_expect_eq(a->ups, 0);
    cr_expect_eq(tg_zap_get_stats(zap).admitted, 0);
    zmq_close(raw);
    zmq_close(plain);
    free(b);
    free(stranger);
    drop(a);
}

static int tcp_connect(const char *endpoint, bool talks)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1));
    (void)!connect(fd, (struct sockaddr *)&to, sizeof to);
    static const char noise[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n\377\0\0\0\0\0\0\0\1\177";
    if (talks) (void)!write(fd, noise, sizeof noise);
    return fd;
}

Test(transport_hostile, flood_of_strangers_stops_no_honest_peer)
{
    enum { FLOOD = 300 };
    struct node *a, *b;
    pair(&a, &b, false, true);
    int fds[FLOOD];
    for (int i = 0; i < FLOOD; i++) {
        fds[i] = tcp_connect(tg_transport_zmq_endpoint(a->transport), i % 2);
        if (i % 10 == 0) cr_assert_eq(send_number(b, a, TG_LANE_URGENT, (uint32_t)i, 10), TG_OK);
        if (i % 10 == 0) UNTIL(a, b, a->messages == (unsigned)i / 10 + 1);
    }
    struct node *c = node_named('c');
    start(c);
    struct tg_transport_peer both[] = {b->card, c->card};
    set_peers(a, both, 2);
    trust(c, a, true);
    UNTIL(a, c, both_up(c) && (step(b), true));
    cr_expect_eq(a->downs + b->downs, 0);
    for (int i = 0; i < FLOOD; i++) close(fds[i]);
    drop(a);
    drop(b);
    drop(c);
}
