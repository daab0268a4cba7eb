/* Guarded memory over sodium_malloc, and wiping.
 *
 * Knows nothing of what a secret is for. sodium_malloc hides a failed mlock, so it is asked again here.
 */
#include "crypto/secret.h"

#include <assert.h>
#include <sodium.h>

struct tg_secret {
    uint8_t *data; /* sodium_malloc */
    size_t bytes;
    bool locked;
};

struct tg_secret *tg_secret_new(size_t bytes)
{
    assert(bytes > 0);
    struct tg_secret *secret = calloc(1, sizeof *secret);
    if (secret == NULL) return NULL;
    secret->data = sodium_malloc(bytes);
    if (secret->data == NULL) {
        free(secret);
        return NULL;
    }
    secret->bytes = bytes;
    secret->locked = sodium_mlock(secret->data, bytes) == 0;
    memset(secret->data, 0, bytes);
    return secret;
}

struct tg_secret *tg_secret_new_copy(const void *data, size_t bytes)
{
    struct tg_secret *secret = tg_secret_new(bytes);
    if (secret != NULL) memcpy(secret->data, data, bytes);
    return secret;
}

void tg_secret_free(struct tg_secret *secret)
{
    if (secret == NULL) return;
    sodium_free(secret->data);
    free(secret);
}

size_t tg_secret_bytes(const struct tg_secret *secret)
{
    return secret->bytes;
}

const uint8_t *tg_secret_data(const struct tg_secret *secret)
{
    return secret->data;
}

uint8_t *tg_secret_data_mutable(struct tg_secret *secret)
{
    return secret->data;
}

bool tg_secret_equal(const struct tg_secret *a, const struct tg_secret *b)
{
    return a->bytes == b->bytes && tg_const_equal(a->data, b->data, a->bytes);
}

bool tg_secret_locked(const struct tg_secret *secret)
{
    return secret->locked;
}

void tg_key_release(struct tg_key *key)
{
    if (key != NULL) tg_wipe(key, sizeof *key);
}

void tg_wipe(void *data, size_t bytes)
{
    if (bytes > 0) sodium_memzero(data, bytes);
}

bool tg_const_equal(const void *a, const void *b, size_t bytes)
{
    return bytes == 0 || sodium_memcmp(a, b, bytes) == 0;
}
