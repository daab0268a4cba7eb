/* Secrets: guarded memory for those that last, wiped storage for those of one message.
 *
 * Knows nothing of what a secret is for. Nothing here formats one; to debug a secret write a test vector.
 */
#ifndef TG_CRYPTO_SECRET_H
#define TG_CRYPTO_SECRET_H

#include "base/bytes.h"
#include "base/cleanup.h"

/* A secret that outlives a message: pages of its own between guard pages, wiped when freed, kept out of
 * swap and core dumps where the system allows. Costs several system calls, so not for keys of a record. */
struct tg_secret;

/* Zeroed; NULL out of memory. bytes from 1. */
struct tg_secret *tg_secret_new(size_t bytes);
struct tg_secret *tg_secret_new_copy(const void *data, size_t bytes);
/* Wipes; takes NULL. */
void tg_secret_free(struct tg_secret *secret);
size_t tg_secret_bytes(const struct tg_secret *secret);
/* The bytes themselves, on loan until the secret is freed. Keep open for as few lines as possible. */
const uint8_t *tg_secret_data(const struct tg_secret *secret);
uint8_t *tg_secret_data_mutable(struct tg_secret *secret);
/* Constant time for equal lengths; the length itself is no secret. */
bool tg_secret_equal(const struct tg_secret *a, const struct tg_secret *b);
/* False when the pages could not be locked (RLIMIT_MEMLOCK): they may reach swap. Report it once at start. */
bool tg_secret_locked(const struct tg_secret *secret);
TG_AUTO_PTR_DEFINE(tg_secret, tg_secret_free)

/* A 32-byte key of one message, in the caller's storage: TG_AUTO(tg_key) struct tg_key ck; wipes it at the
 * end of the scope. */
#define TG_KEY_BYTES 32
struct tg_key {
    uint8_t bytes[TG_KEY_BYTES];
};
void tg_key_release(struct tg_key *key);
TG_AUTO_DEFINE(tg_key, tg_key_release)

/* Overwrites memory so that the compiler cannot leave it out. */
void tg_wipe(void *data, size_t bytes);
/* Constant-time comparison of equal lengths. */
bool tg_const_equal(const void *a, const void *b, size_t bytes);

#endif
