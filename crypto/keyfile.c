/* Key files: Argon2id over the passphrase, secretbox over the named secrets, a checksum over all of it.
 *
 * Knows no file and no meaning of a name. Format: docs/formats-keys.md "Key file".
 */
#include "crypto/keyfile.h"

#include <sodium.h>

#include "base/cursor.h"
#include "crypto/hash.h"

static const uint8_t magic[7] = {'T', 'A', 'M', 'G', 'A', 'K', 0};

#define VERSION 1
#define HEADER_BYTES 68
#define CHECKSUM_BYTES TG_HASH_BYTES
#define SALT_BYTES crypto_pwhash_SALTBYTES
#define NONCE_BYTES crypto_secretbox_NONCEBYTES
#ifdef TG_FAST_KEYS /* tests alone: they make and open hundreds of key files */
#define COST_MEMORY_NORMAL (UINT64_C(64) * 1024)
#else
#define COST_MEMORY_NORMAL (UINT64_C(64) * 1024 * 1024)
#endif
#define COST_OPS_NORMAL 3

_Static_assert(SALT_BYTES == 16 && NONCE_BYTES == 24, "sizes of docs/formats-keys.md");

struct header {
    struct tg_keyfile_cost cost;
    uint8_t salt[SALT_BYTES];
    uint8_t nonce[NONCE_BYTES];
    uint32_t box_bytes;
};

struct tg_keyfile_cost tg_keyfile_cost_normal(void)
{
    return (struct tg_keyfile_cost){.ops = COST_OPS_NORMAL, .memory_bytes = COST_MEMORY_NORMAL};
}

struct tg_keyfile_cost tg_keyfile_cost_least(void)
{
    return (struct tg_keyfile_cost){.ops = crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                    .memory_bytes = crypto_pwhash_argon2id_MEMLIMIT_MIN};
}

void tg_keyfile_release(struct tg_keyfile *keyfile)
{
    if (keyfile == NULL) return;
    for (size_t i = 0; i < keyfile->count; i++) tg_secret_free(keyfile->items[i].secret);
    *keyfile = (struct tg_keyfile){0};
}

static bool name_valid(const char *name)
{
    const size_t bytes = strlen(name);
    if (bytes == 0 || bytes > TG_KEYFILE_NAME_BYTES_MAX) return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == bytes;
}

static size_t find(const struct tg_keyfile *keyfile, const char *name)
{
    size_t i = 0;
    while (i < keyfile->count && strcmp(keyfile->items[i].name, name) != 0) i++;
    return i;
}

tg_err tg_keyfile_put(struct tg_keyfile *keyfile, const char *name, const void *data, size_t bytes)
{
    if (!name_valid(name)) return TG_EVALUE;
    if (bytes == 0 || bytes > TG_KEYFILE_SECRET_BYTES_MAX) return TG_EVALUE;
    if (find(keyfile, name) < keyfile->count) return TG_EEXIST;
    if (keyfile->count == TG_KEYFILE_SECRETS_MAX) return TG_ELIMIT;
    struct tg_keyfile_item *item = &keyfile->items[keyfile->count];
    item->secret = tg_secret_new_copy(data, bytes);
    if (item->secret == NULL) return TG_ENOMEM;
    memcpy(item->name, name, strlen(name) + 1);
    keyfile->count++;
    return TG_OK;
}

tg_err tg_keyfile_generate(struct tg_keyfile *keyfile, const char *name, size_t bytes,
                           const struct tg_random *random)
{
    uint8_t fresh[64];
    if (bytes > sizeof fresh) return TG_EVALUE;
    tg_random_fill(random, fresh, bytes);
    const tg_err err = tg_keyfile_put(keyfile, name, fresh, bytes);
    tg_wipe(fresh, sizeof fresh);
    return err;
}

const struct tg_secret *tg_keyfile_get(const struct tg_keyfile *keyfile, const char *name)
{
    const size_t at = find(keyfile, name);
    return at < keyfile->count ? keyfile->items[at].secret : NULL;
}

tg_err tg_keyfile_remove(struct tg_keyfile *keyfile, const char *name)
{
    const size_t at = find(keyfile, name);
    if (at == keyfile->count) return TG_ENOENT;
    tg_secret_free(keyfile->items[at].secret);
    memmove(&keyfile->items[at], &keyfile->items[at + 1],
            (keyfile->count - at - 1) * sizeof keyfile->items[0]);
    keyfile->count--;
    keyfile->items[keyfile->count] = (struct tg_keyfile_item){0};
    return TG_OK;
}

static bool cost_valid(const struct tg_keyfile_cost *cost)
{
    return cost->ops >= crypto_pwhash_argon2id_OPSLIMIT_MIN && cost->ops <= TG_KEYFILE_OPS_MAX &&
           cost->memory_bytes >= crypto_pwhash_argon2id_MEMLIMIT_MIN &&
           cost->memory_bytes <= TG_KEYFILE_MEMORY_BYTES_MAX;
}

static tg_err key_of(struct tg_view passphrase, const struct header *header, struct tg_key *ret_key,
                     struct tg_errmsg *em)
{
    const char *text = (const char *)passphrase.data;
    if (crypto_pwhash(ret_key->bytes, sizeof ret_key->bytes, text, passphrase.bytes, header->salt,
                      header->cost.ops, (size_t)header->cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return tg_fail(em, TG_ENOMEM,
                       "not enough memory to derive a key from the passphrase (%zu MiB needed)",
                       (size_t)(header->cost.memory_bytes >> 20) + 1);
    return TG_OK;
}

static size_t plain_bytes_of(const struct tg_keyfile *keyfile)
{
    size_t bytes = 2;
    for (size_t i = 0; i < keyfile->count; i++)
        bytes += 1 + strlen(keyfile->items[i].name) + 2 + tg_secret_bytes(keyfile->items[i].secret);
    return bytes;
}

static struct tg_secret *plain_encode(const struct tg_keyfile *keyfile)
{
    struct tg_secret *plain = tg_secret_new(plain_bytes_of(keyfile));
    if (plain == NULL) return NULL;
    struct tg_wr wr = tg_wr_init(tg_secret_data_mutable(plain), tg_secret_bytes(plain));
    tg_wr_u16(&wr, (uint16_t)keyfile->count);
    for (size_t i = 0; i < keyfile->count; i++) {
        const struct tg_keyfile_item *item = &keyfile->items[i];
        tg_wr_u8(&wr, (uint8_t)strlen(item->name));
        tg_wr_str(&wr, item->name);
        tg_wr_u16(&wr, (uint16_t)tg_secret_bytes(item->secret));
        tg_wr_put(&wr, tg_secret_data(item->secret), tg_secret_bytes(item->secret));
    }
    return plain;
}

static tg_err plain_decode(struct tg_view plain, struct tg_keyfile *keyfile)
{
    struct tg_rd rd = tg_rd_init(plain);
    const unsigned count = tg_rd_u16(&rd);
    for (unsigned i = 0; i < count && rd.err == TG_OK; i++) {
        char name[TG_KEYFILE_NAME_BYTES_MAX + 1] = {0};
        const struct tg_view name_view = tg_rd_view(&rd, tg_rd_u8(&rd));
        const struct tg_view data = tg_rd_view(&rd, tg_rd_u16(&rd));
        if (rd.err != TG_OK || name_view.bytes == 0 || name_view.bytes >= sizeof name) return TG_EFORMAT;
        memcpy(name, name_view.data, name_view.bytes);
        const tg_err err = tg_keyfile_put(keyfile, name, data.data, data.bytes);
        if (err != TG_OK) return err;
    }
    return tg_rd_end(&rd);
}

static void header_encode(const struct header *header, uint8_t out[static HEADER_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, HEADER_BYTES);
    tg_wr_put(&wr, magic, sizeof magic);
    tg_wr_u8(&wr, VERSION);
    tg_wr_u32(&wr, 0);
    tg_wr_u32(&wr, header->cost.ops);
    tg_wr_u64(&wr, header->cost.memory_bytes);
    tg_wr_put(&wr, header->salt, sizeof header->salt);
    tg_wr_put(&wr, header->nonce, sizeof header->nonce);
    tg_wr_u32(&wr, header->box_bytes);
}

tg_err tg_keyfile_seal(const struct tg_keyfile *keyfile, struct tg_view passphrase,
                       const struct tg_keyfile_cost *cost, const struct tg_random *random, struct tg_buf *out,
                       struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_secret) struct tg_secret *plain = NULL;
    TG_AUTO(tg_key) struct tg_key key;
    struct header header = {.cost = *cost};
    struct tg_hash checksum;

    if (passphrase.bytes < TG_PASSPHRASE_BYTES_MIN || passphrase.bytes > TG_PASSPHRASE_BYTES_MAX)
        return tg_fail(em, TG_EVALUE, "passphrase has %zu bytes: use %d to %d", passphrase.bytes,
                       TG_PASSPHRASE_BYTES_MIN, TG_PASSPHRASE_BYTES_MAX);
    if (!cost_valid(cost)) return tg_fail(em, TG_ELIMIT, "cost of the key file is outside its bounds");
    tg_random_fill(random, header.salt, sizeof header.salt);
    tg_random_fill(random, header.nonce, sizeof header.nonce);
    plain = plain_encode(keyfile);
    if (plain == NULL) return tg_fail(em, TG_ENOMEM, "no memory for the secrets");
    header.box_bytes = (uint32_t)(tg_secret_bytes(plain) + crypto_secretbox_MACBYTES);
    const size_t whole = HEADER_BYTES + header.box_bytes + CHECKSUM_BYTES;
    tg_err err = key_of(passphrase, &header, &key, em);
    if (err == TG_OK) err = tg_buf_reserve(out, whole);
    if (err != TG_OK) return err;

    uint8_t *at = out->data + out->bytes;
    header_encode(&header, at);
    crypto_secretbox_easy(at + HEADER_BYTES, tg_secret_data(plain), tg_secret_bytes(plain), header.nonce,
                          key.bytes);
    tg_sha256_labelled("tamga/keyfile/v1", tg_view_of(at, whole - CHECKSUM_BYTES), &checksum);
    memcpy(at + whole - CHECKSUM_BYTES, checksum.bytes, CHECKSUM_BYTES);
    out->bytes += whole;
    return TG_OK;
}

/* Header and lengths; the checksum is compared before anything in it is believed. */
static tg_err header_decode(struct tg_view bytes, struct header *ret_header, struct tg_errmsg *em)
{
    struct header header;
    struct tg_hash checksum;
    struct tg_rd rd = tg_rd_init(bytes);
    const struct tg_view found = tg_rd_view(&rd, sizeof magic);
    const unsigned version = tg_rd_u8(&rd);

    if (rd.err != TG_OK || !tg_view_equal(found, TG_VIEW_ARRAY(magic)))
        return tg_fail(em, TG_EMAGIC, "this is no key file");
    if (version != VERSION)
        return tg_fail(em, TG_EVERSION, "key file has version %u, this program reads version %d", version,
                       VERSION);
    if (bytes.bytes < HEADER_BYTES + crypto_secretbox_MACBYTES + CHECKSUM_BYTES ||
        bytes.bytes > TG_KEYFILE_BYTES_MAX)
        return tg_fail(em, TG_EDAMAGED, "key file is damaged (wrong length): restore it from its copy");
    const struct tg_view covered = tg_view_of(bytes.data, bytes.bytes - CHECKSUM_BYTES);
    tg_sha256_labelled("tamga/keyfile/v1", covered, &checksum);
    if (!tg_const_equal(checksum.bytes, bytes.data + covered.bytes, CHECKSUM_BYTES))
        return tg_fail(em, TG_EDAMAGED, "key file is damaged (checksum): restore it from its copy");
    const uint32_t reserved = tg_rd_u32(&rd);
    header.cost.ops = tg_rd_u32(&rd);
    header.cost.memory_bytes = tg_rd_u64(&rd);
    tg_rd_copy(&rd, header.salt, sizeof header.salt);
    tg_rd_copy(&rd, header.nonce, sizeof header.nonce);
    header.box_bytes = tg_rd_u32(&rd);
    if (rd.err != TG_OK || reserved != 0 || header.box_bytes != covered.bytes - HEADER_BYTES)
        return tg_fail(em, TG_EDAMAGED, "key file is damaged (header): restore it from its copy");
    if (!cost_valid(&header.cost))
        return tg_fail(em, TG_ELIMIT, "key file asks for more work than is allowed (%u passes, %zu MiB)",
                       header.cost.ops, (size_t)(header.cost.memory_bytes >> 20));
    *ret_header = header;
    return TG_OK;
}

tg_err tg_keyfile_check(struct tg_view bytes, struct tg_errmsg *em)
{
    struct header header;
    return header_decode(bytes, &header, em);
}

tg_err tg_keyfile_open(struct tg_view bytes, struct tg_view passphrase, struct tg_keyfile *ret_keyfile,
                       struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_secret) struct tg_secret *plain = NULL;
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    TG_AUTO(tg_key) struct tg_key key;
    struct header header;

    tg_err err = header_decode(bytes, &header, em);
    if (err != TG_OK) return err;
    if (passphrase.bytes == 0 || passphrase.bytes > TG_PASSPHRASE_BYTES_MAX)
        return tg_fail(em, TG_EPASSPHRASE, "key file does not open with this passphrase");
    /* One byte more, as guarded memory cannot be empty. */
    plain = tg_secret_new(header.box_bytes - crypto_secretbox_MACBYTES + 1);
    if (plain == NULL) return tg_fail(em, TG_ENOMEM, "no memory for the secrets");
    err = key_of(passphrase, &header, &key, em);
    if (err != TG_OK) return err;
    if (crypto_secretbox_open_easy(tg_secret_data_mutable(plain), bytes.data + HEADER_BYTES, header.box_bytes,
                                   header.nonce, key.bytes) != 0)
        return tg_fail(em, TG_EPASSPHRASE, "key file does not open with this passphrase");
    err = plain_decode(tg_view_of(tg_secret_data(plain), tg_secret_bytes(plain) - 1), &keyfile);
    if (err == TG_ENOMEM) return tg_fail(em, err, "no memory for the secrets");
    if (err != TG_OK) return tg_fail(em, TG_EDAMAGED, "key file opens, but what is in it is malformed");
    *ret_keyfile = keyfile;
    keyfile = (struct tg_keyfile){0};
    return TG_OK;
}
