/* The process's one ZeroMQ context and the thread that decides who is admitted.
 *
 * Knows CURVE keys and node ids; no messages. Fails closed: no answer, no admission. Format: ZeroMQ RFC 27.
 */
#ifndef TG_NODE_TRANSPORT_ZAP_H
#define TG_NODE_TRANSPORT_ZAP_H

#include <stdbool.h>

#include "node/transport.h"

struct tg_zap;

/* Who may come in at one ROUTER. Made by the transport, read by the thread. */
struct tg_zap_entry {
    uint8_t curve_public[32];
    struct tg_hash node;
};

/* Each peer by its card's key, and by that of the card before. */
#define TG_ZAP_ENTRIES_MAX (2 * TG_PEERS_MAX)

/* What a test makes the thread do instead of answering. */
enum tg_zap_failpoint { TG_ZAP_ANSWERS, TG_ZAP_HANGS, TG_ZAP_DIES };

/* Starts context and thread. Once per process: several contexts with CURVE can crash libzmq. */
tg_err tg_zap_new(struct tg_zap **ret_zap, struct tg_errmsg *em);
/* After every transport on it was freed. NULL is allowed. */
void tg_zap_free(struct tg_zap *zap);

/* The ZeroMQ context, on loan until tg_zap_free. */
void *tg_zap_context(struct tg_zap *zap);

/* Replace who is admitted under a domain; copied; takes effect with the next handshake. count 0 admits
 * nobody. TG_ELIMIT over TG_ZAP_DOMAINS_MAX domains. Any thread. */
tg_err tg_zap_set(struct tg_zap *zap, const char *domain, const struct tg_zap_entry *entries, size_t count);
/* Forget a domain: nobody is admitted under it. */
void tg_zap_remove(struct tg_zap *zap, const char *domain);

/* The User-Id of a connection says which node, and with which key: "<node base32>/<key base32>", so that
 * each message can be held against the peer table of this moment. */
#define TG_ZAP_USER_BYTES (2 * TG_BASE32_BYTES(32))
void tg_zap_user(const struct tg_hash *node, const uint8_t key[static 32],
                 char out[static TG_ZAP_USER_BYTES]);
/* user may be NULL: false. */
bool tg_zap_user_parse(const char *user, struct tg_hash *ret_node, uint8_t ret_key[static 32]);

struct tg_zap_stats {
    uint64_t admitted, refused;
};
struct tg_zap_stats tg_zap_get_stats(struct tg_zap *zap);

/* Tests only. TG_ZAP_DIES is for good. */
void tg_zap_fail(struct tg_zap *zap, enum tg_zap_failpoint failpoint);

#endif
