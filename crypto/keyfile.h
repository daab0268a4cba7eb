/* Key files: named secrets behind a passphrase (Argon2id and secretbox).
 *
 * Knows no meaning of a name and no file: bytes in, bytes out. Format: docs/formats-keys.md.
 */
#ifndef TG_CRYPTO_KEYFILE_H
#define TG_CRYPTO_KEYFILE_H

#include "base/limits.h"
#include "base/world.h"
#include "crypto/secret.h"

/* What opening costs. Bounded by TG_KEYFILE_OPS_MAX and TG_KEYFILE_MEMORY_BYTES_MAX, so that a file from elsewhere
 * cannot exhaust the machine. */
struct tg_keyfile_cost {
    uint32_t ops;
    uint64_t memory_bytes;
};
/* Argon2id, 64 MiB, three passes. */
struct tg_keyfile_cost tg_keyfile_cost_normal(void);
/* The least that libsodium allows; for tests. */
struct tg_keyfile_cost tg_keyfile_cost_least(void);

struct tg_keyfile_item {
    char name[TG_KEYFILE_NAME_BYTES_MAX + 1]; /* a-z 0-9 - . */
    struct tg_secret *secret;
};
/* Zero-initialised is empty. Owns its secrets. */
struct tg_keyfile {
    struct tg_keyfile_item items[TG_KEYFILE_SECRETS_MAX];
    size_t count;
};
void tg_keyfile_release(struct tg_keyfile *keyfile);
TG_AUTO_DEFINE(tg_keyfile, tg_keyfile_release)
/* Copies. TG_EEXIST, TG_ELIMIT, TG_EVALUE (name), TG_ENOMEM. */
tg_err tg_keyfile_put(struct tg_keyfile *keyfile, const char *name, const void *data, size_t bytes);
/* Fresh random bytes under that name. */
tg_err tg_keyfile_generate(struct tg_keyfile *keyfile, const char *name, size_t bytes,
                           const struct tg_random *random);
/* On loan, or NULL. */
const struct tg_secret *tg_keyfile_get(const struct tg_keyfile *keyfile, const char *name);
/* Wipes and forgets; TG_ENOENT. */
tg_err tg_keyfile_remove(struct tg_keyfile *keyfile, const char *name);

/* passphrase: TG_PASSPHRASE_BYTES_MIN..MAX (TG_EVALUE). TG_ENOMEM when Argon2id's memory is not there. */
tg_err tg_keyfile_seal(const struct tg_keyfile *keyfile, struct tg_view passphrase,
                       const struct tg_keyfile_cost *cost, const struct tg_random *random, struct tg_buf *out,
                       struct tg_errmsg *em);
/* Is it a whole key file? What can be told without the passphrase: TG_EMAGIC, TG_EVERSION, TG_EDAMAGED, TG_ELIMIT. */
tg_err tg_keyfile_check(struct tg_view bytes, struct tg_errmsg *em);
/* TG_EMAGIC not a key file, TG_EVERSION, TG_EDAMAGED (checksum, length), TG_ELIMIT (cost), TG_EPASSPHRASE.
 * A file damaged by someone who also mended the checksum reads as a wrong passphrase. */
tg_err tg_keyfile_open(struct tg_view bytes, struct tg_view passphrase, struct tg_keyfile *ret_keyfile,
                       struct tg_errmsg *em);

#endif
