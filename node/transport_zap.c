/* The process's one ZeroMQ context and the thread that decides who is admitted.
 *
 * Knows CURVE keys and node ids; no messages. Fails closed: no answer, no admission. Format: ZeroMQ RFC 27.
 */
#include "node/transport_zap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zmq.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define WAKE_ENDPOINT "inproc://tamga.zap.wake"
#define WAKE_LOOK 'l' /* look at the failpoint again */
#define WAKE_QUIT 'q'
#define DOMAIN_BYTES 128
#define KEY_BYTES 32

/* Parts of a request, in their order. */
enum { PART_VERSION, PART_REQUEST, PART_DOMAIN, PART_ADDRESS, PART_ROUTE, PART_MECHANISM, PART_KEY, PARTS };

struct domain {
    char name[DOMAIN_BYTES]; /* "": free */
    struct tg_zap_entry entries[TG_ZAP_ENTRIES_MAX];
    size_t count;
};

struct tg_zap {
    void *context;
    void *requests;  /* REP; the thread's after start */
    void *wake_read; /* PAIR; the thread's */
    void *wake;      /* PAIR; the core's */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* of domains */
    struct domain domains[TG_ZAP_DOMAINS_MAX];
    atomic_int failpoint;
    atomic_ullong admitted, refused;
};

/* ---- the table ---- */

static struct domain *domain_find(struct tg_zap *zap, const char *name)
{
    for (size_t i = 0; i < TG_ZAP_DOMAINS_MAX; i++) {
        if (strcmp(zap->domains[i].name, name) == 0) return &zap->domains[i];
    }
    return NULL;
}

tg_err tg_zap_set(struct tg_zap *zap, const char *domain, const struct tg_zap_entry *entries, size_t count)
{
    if (count > TG_ZAP_ENTRIES_MAX || strlen(domain) >= DOMAIN_BYTES || !*domain) return TG_ELIMIT;
    pthread_mutex_lock(&zap->lock);
    struct domain *place = domain_find(zap, domain);
    if (!place) place = domain_find(zap, "");
    if (place) {
        memcpy(place->name, domain, strlen(domain) + 1);
        if (count) memcpy(place->entries, entries, count * sizeof *entries);
        place->count = count;
    }
    pthread_mutex_unlock(&zap->lock);
    return place ? TG_OK : TG_ELIMIT;
}

void tg_zap_remove(struct tg_zap *zap, const char *domain)
{
    pthread_mutex_lock(&zap->lock);
    struct domain *place = domain_find(zap, domain);
    if (place) *place = (struct domain){.count = 0};
    pthread_mutex_unlock(&zap->lock);
}

static bool lookup(struct tg_zap *zap, struct tg_view name, struct tg_view key, struct tg_hash *ret_node)
{
    char text[DOMAIN_BYTES];
    if (name.bytes == 0 || name.bytes >= sizeof text || key.bytes != KEY_BYTES) return false;
    memcpy(text, name.data, name.bytes);
    text[name.bytes] = '\0';
    bool found = false;
    pthread_mutex_lock(&zap->lock);
    const struct domain *domain = domain_find(zap, text);
    for (size_t i = 0; domain && i < domain->count && !found; i++) {
        found = memcmp(domain->entries[i].curve_public, key.data, KEY_BYTES) == 0;
        if (found) *ret_node = domain->entries[i].node;
    }
    pthread_mutex_unlock(&zap->lock);
    return found;
}

/* ---- one request ---- */

static struct tg_view msg_view(zmq_msg_t *msg)
{
    return tg_view_of(zmq_msg_data(msg), zmq_msg_size(msg));
}

/* All parts of one message; the first PARTS are kept. Returns how many there were, 0 on failure. */
static size_t receive_parts(void *socket, zmq_msg_t parts[static PARTS])
{
    size_t count = 0;
    int more = 1;
    while (more) {
        zmq_msg_t extra;
        zmq_msg_t *part = count < PARTS ? &parts[count] : &extra;
        if (part == &extra) zmq_msg_init(&extra);
        if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) < 0) count = SIZE_MAX;
        more = count == SIZE_MAX ? 0 : zmq_msg_more(part);
        if (part == &extra) zmq_msg_close(&extra);
        count += 1;
    }
    return count;
}

static void send_part(void *socket, const void *data, size_t bytes, bool more)
{
    zmq_send(socket, data, bytes, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
}

static void reply(struct tg_zap *zap, struct tg_view request, bool admit, const char *user)
{
    void *socket = zap->requests;
    send_part(socket, "1.0", 3, true);
    send_part(socket, request.data, request.bytes, true);
    send_part(socket, admit ? "200" : "400", 3, true);
    send_part(socket, admit ? "OK" : "no", 2, true);
    send_part(socket, user, strlen(user), true);
    send_part(socket, "", 0, false);
    atomic_fetch_add(admit ? &zap->admitted : &zap->refused, 1);
}

static void decide(struct tg_zap *zap, zmq_msg_t parts[static PARTS], size_t count)
{
    char user[TG_ZAP_USER_BYTES] = "";
    struct tg_hash node;
    struct tg_view key = msg_view(&parts[PART_KEY]);
    bool admit = count == PARTS && tg_view_equal_str(msg_view(&parts[PART_VERSION]), "1.0") &&
                 tg_view_equal_str(msg_view(&parts[PART_MECHANISM]), "CURVE") &&
                 lookup(zap, msg_view(&parts[PART_DOMAIN]), key, &node);
    if (admit) tg_zap_user(&node, key.data, user);
    reply(zap, msg_view(&parts[PART_REQUEST]), admit, user);
}

static void serve(struct tg_zap *zap)
{
    zmq_msg_t parts[PARTS];
    for (size_t i = 0; i < PARTS; i++) zmq_msg_init(&parts[i]);
    size_t count = receive_parts(zap->requests, parts);
    if (count > 0) decide(zap, parts, count);
    for (size_t i = 0; i < PARTS; i++) zmq_msg_close(&parts[i]);
}

void tg_zap_user(const struct tg_hash *node, const uint8_t key[static 32], char out[static TG_ZAP_USER_BYTES])
{
    tg_base32_encode(node->bytes, TG_HASH_BYTES, out);
    size_t at = strlen(out);
    out[at] = '/';
    tg_base32_encode(key, KEY_BYTES, out + at + 1);
}

bool tg_zap_user_parse(const char *user, struct tg_hash *ret_node, uint8_t ret_key[static 32])
{
    const size_t half = TG_BASE32_BYTES(TG_HASH_BYTES) - 1;
    if (!user || strlen(user) != 2 * half + 1 || user[half] != '/') return false;
    return tg_base32_decode(tg_view_of(user, half), ret_node->bytes, TG_HASH_BYTES) == TG_OK &&
           tg_base32_decode(tg_view_of(user + half + 1, half), ret_key, KEY_BYTES) == TG_OK;
}

/* ---- the thread ---- */

static bool told_to_quit(struct tg_zap *zap)
{
    char what = 0;
    while (zmq_recv(zap->wake_read, &what, 1, ZMQ_DONTWAIT) == 1) {
        if (what == WAKE_QUIT) return true;
    }
    return false;
}

/* Serve until told to quit, or until the failpoint says to die. */
static void serve_until_quit(struct tg_zap *zap)
{
    for (;;) {
        int failpoint = atomic_load(&zap->failpoint);
        if (failpoint == TG_ZAP_DIES) return;
        zmq_pollitem_t items[] = {{.socket = zap->wake_read, .events = ZMQ_POLLIN},
                                  {.socket = zap->requests, .events = ZMQ_POLLIN}};
        if (zmq_poll(items, failpoint == TG_ZAP_HANGS ? 1 : 2, -1) < 0 && errno == ETERM) return;
        if (items[0].revents && told_to_quit(zap)) return;
        if (failpoint == TG_ZAP_ANSWERS && items[1].revents) serve(zap);
    }
}

static void *thread_main(void *argument)
{
    struct tg_zap *zap = argument;
    serve_until_quit(zap);
    zmq_close(zap->requests);
    zmq_close(zap->wake_read);
    return NULL;
}

/* The thread takes no signals: they are the core's. */
static int thread_start(struct tg_zap *zap)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&zap->thread, NULL, thread_main, zap);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* ---- life ---- */

static bool sockets_open(struct tg_zap *zap)
{
    const int none = 0;
    zap->requests = zmq_socket(zap->context, ZMQ_REP);
    zap->wake_read = zmq_socket(zap->context, ZMQ_PAIR);
    zap->wake = zmq_socket(zap->context, ZMQ_PAIR);
    void *all[] = {zap->requests, zap->wake_read, zap->wake};
    for (size_t i = 0; i < 3; i++) {
        if (!all[i] || zmq_setsockopt(all[i], ZMQ_LINGER, &none, sizeof none) != 0) return false;
    }
    return zmq_bind(zap->requests, ZAP_ENDPOINT) == 0 && zmq_bind(zap->wake_read, WAKE_ENDPOINT) == 0 &&
           zmq_connect(zap->wake, WAKE_ENDPOINT) == 0;
}

tg_err tg_zap_new(struct tg_zap **ret_zap, struct tg_errmsg *em)
{
    struct tg_zap *zap = calloc(1, sizeof *zap);
    if (!zap) return tg_fail(em, TG_ENOMEM, "out of memory");
    pthread_mutex_init(&zap->lock, NULL);
    atomic_init(&zap->failpoint, TG_ZAP_ANSWERS);
    zap->context = zmq_ctx_new();
    bool ok = zap->context && zmq_ctx_set(zap->context, ZMQ_MAX_SOCKETS, TG_ZMQ_SOCKETS_MAX) == 0 &&
              zmq_ctx_set(zap->context, ZMQ_BLOCKY, 0) == 0 && zmq_has("curve") && sockets_open(zap);
    if (ok) {
        errno = thread_start(zap);
        zap->started = ok = errno == 0;
    }
    if (!ok) {
        int saved = errno;
        tg_zap_free(zap);
        return tg_fail_errno(em, TG_ESYSTEM, saved, "cannot start ZeroMQ with CURVE");
    }
    *ret_zap = zap;
    return TG_OK;
}

void tg_zap_free(struct tg_zap *zap)
{
    if (!zap) return;
    if (zap->started) {
        char quit = WAKE_QUIT;
        zmq_send(zap->wake, &quit, 1, ZMQ_DONTWAIT);
        pthread_join(zap->thread, NULL);
    } else {
        if (zap->requests) zmq_close(zap->requests);
        if (zap->wake_read) zmq_close(zap->wake_read);
    }
    if (zap->wake) zmq_close(zap->wake);
    if (zap->context) zmq_ctx_term(zap->context);
    pthread_mutex_destroy(&zap->lock);
    free(zap);
}

void *tg_zap_context(struct tg_zap *zap)
{
    return zap->context;
}

struct tg_zap_stats tg_zap_get_stats(struct tg_zap *zap)
{
    return (struct tg_zap_stats){.admitted = atomic_load(&zap->admitted),
                                 .refused = atomic_load(&zap->refused)};
}

void tg_zap_fail(struct tg_zap *zap, enum tg_zap_failpoint failpoint)
{
    char look = WAKE_LOOK;
    atomic_store(&zap->failpoint, (int)failpoint);
    zmq_send(zap->wake, &look, 1, ZMQ_DONTWAIT);
}
