/* The vault: signs, opens stanzas, wraps batch keys, derives.
 *
 * Knows no policy and no envelope. Formats: docs/formats-keys.md "Wrapped batch key", "Derived keys".
 */
#include "crypto/vault.h"

#include <stdio.h>

#include "base/cursor.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"

#define KEYS_MAX (2 + TG_VAULT_OLD_KEYS_MAX)
#define SECRET_BYTES 32
#define NEXT ".next"

/* Current first, then the former ones; a seal key that was made for the next card last. */
struct key_ring {
    size_t count;
    struct tg_key keys[KEYS_MAX];
};
/* Current, and next. */
#define AGES 2
/* In guarded memory. */
struct secrets {
    struct tg_sign_secret sign[TG_VAULT_KEYS][AGES];
    struct key_ring seal;
    struct key_ring wrap;
    struct tg_key curve[AGES];
    struct tg_key derive;
};
struct tg_vault {
    struct tg_secret *guarded;
    const struct secrets *secrets; /* in guarded */
    struct tg_sign_public sign[TG_VAULT_KEYS][AGES];
    struct tg_seal_public seals[KEYS_MAX];
    struct tg_seal_public curve[AGES];
    bool sign_next[TG_VAULT_KEYS], curve_next; /* the next one is there */
    size_t sign_used[TG_VAULT_KEYS], curve_used, seal_used;
    struct tg_vault_public public_keys; /* of those in use */
};

static const char *const sign_names[TG_VAULT_KEYS] = {
    [TG_VAULT_KEY_LOG] = TG_VAULT_LOG,
    [TG_VAULT_KEY_CLOCK] = TG_VAULT_CLOCK,
    [TG_VAULT_KEY_STORE] = TG_VAULT_STORE,
    [TG_VAULT_KEY_ENVELOPE] = TG_VAULT_ENVELOPE,
};
static const char *const all_names[] = {
    TG_VAULT_LOG,  TG_VAULT_CLOCK, TG_VAULT_STORE, TG_VAULT_ENVELOPE,
    TG_VAULT_SEAL, TG_VAULT_CURVE, TG_VAULT_WRAP,  TG_VAULT_DERIVE,
};

tg_err tg_vault_keys_generate(struct tg_keyfile *keyfile, const struct tg_random *random)
{
    for (size_t i = 0; i < sizeof all_names / sizeof *all_names; i++) {
        const tg_err err = tg_keyfile_generate(keyfile, all_names[i], SECRET_BYTES, random);
        if (err != TG_OK) return err;
    }
    return TG_OK;
}

static tg_err take_key(const struct tg_keyfile *keyfile, const char *name, struct tg_key *ret_key,
                       struct tg_errmsg *em)
{
    const struct tg_secret *secret = tg_keyfile_get(keyfile, name);
    if (secret == NULL) return tg_fail(em, TG_EKEY, "key file has no key '%s'", name);
    if (tg_secret_bytes(secret) != SECRET_BYTES)
        return tg_fail(em, TG_EKEY, "key '%s' in the key file is not %d bytes", name, SECRET_BYTES);
    memcpy(ret_key->bytes, tg_secret_data(secret), SECRET_BYTES);
    return TG_OK;
}

/* name, then name.1 up to the first that is not there. */
static tg_err take_ring(const struct tg_keyfile *keyfile, const char *name, struct key_ring *ring,
                        struct tg_errmsg *em)
{
    tg_err err = take_key(keyfile, name, &ring->keys[0], em);
    ring->count = 1;
    while (err == TG_OK && ring->count < 1 + TG_VAULT_OLD_KEYS_MAX) {
        char old[TG_KEYFILE_NAME_BYTES_MAX + 1];
        snprintf(old, sizeof old, "%s.%zu", name, ring->count);
        if (tg_keyfile_get(keyfile, old) == NULL) break;
        err = take_key(keyfile, old, &ring->keys[ring->count++], em);
    }
    return err;
}

static void next_name(const char *name, char out[static TG_KEYFILE_NAME_BYTES_MAX + 1])
{
    (void)snprintf(out, TG_KEYFILE_NAME_BYTES_MAX + 1, "%.25s" NEXT, name);
}

/* name.next, when the file has it. */
static tg_err take_next(const struct tg_keyfile *keyfile, const char *name, struct tg_key *ret_key,
                        bool *ret_there, struct tg_errmsg *em)
{
    char next[TG_KEYFILE_NAME_BYTES_MAX + 1];
    next_name(name, next);
    *ret_there = tg_keyfile_get(keyfile, next) != NULL;
    return *ret_there ? take_key(keyfile, next, ret_key, em) : TG_OK;
}

static tg_err take_sign(const struct tg_keyfile *keyfile, struct tg_vault *vault, struct secrets *secrets,
                        size_t which, struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key seed;
    tg_err err = take_key(keyfile, sign_names[which], &seed, em);
    if (err != TG_OK) return err;
    tg_sign_secret_from_seed(seed.bytes, &secrets->sign[which][0], &vault->sign[which][0]);
    err = take_next(keyfile, sign_names[which], &seed, &vault->sign_next[which], em);
    if (err == TG_OK && vault->sign_next[which])
        tg_sign_secret_from_seed(seed.bytes, &secrets->sign[which][1], &vault->sign[which][1]);
    return err;
}

static tg_err take_seals(const struct tg_keyfile *keyfile, struct tg_vault *vault, struct secrets *secrets,
                         struct tg_errmsg *em)
{
    struct key_ring *ring = &secrets->seal;
    bool next = false;
    tg_err err = take_ring(keyfile, TG_VAULT_SEAL, ring, em);
    if (err == TG_OK) err = take_next(keyfile, TG_VAULT_SEAL, &ring->keys[ring->count], &next, em);
    if (next) ring->count++;
    for (size_t i = 0; err == TG_OK && i < ring->count; i++)
        tg_seal_public_of(&ring->keys[i], &vault->seals[i]);
    return err;
}

static tg_err take_secrets(const struct tg_keyfile *keyfile, struct tg_vault *vault, struct secrets *secrets,
                           struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < TG_VAULT_KEYS && err == TG_OK; i++)
        err = take_sign(keyfile, vault, secrets, i, em);
    if (err == TG_OK) err = take_seals(keyfile, vault, secrets, em);
    if (err == TG_OK) err = take_ring(keyfile, TG_VAULT_WRAP, &secrets->wrap, em);
    if (err == TG_OK) err = take_key(keyfile, TG_VAULT_CURVE, &secrets->curve[0], em);
    if (err == TG_OK) err = take_next(keyfile, TG_VAULT_CURVE, &secrets->curve[1], &vault->curve_next, em);
    if (err == TG_OK) err = take_key(keyfile, TG_VAULT_DERIVE, &secrets->derive, em);
    if (err != TG_OK) return err;
    tg_seal_public_of(&secrets->curve[0], &vault->curve[0]);
    if (vault->curve_next) tg_seal_public_of(&secrets->curve[1], &vault->curve[1]);
    return TG_OK;
}

static void public_keys_set(struct tg_vault *vault)
{
    vault->public_keys = (struct tg_vault_public){
        .log = vault->sign[TG_VAULT_KEY_LOG][vault->sign_used[TG_VAULT_KEY_LOG]],
        .clock = vault->sign[TG_VAULT_KEY_CLOCK][vault->sign_used[TG_VAULT_KEY_CLOCK]],
        .store = vault->sign[TG_VAULT_KEY_STORE][vault->sign_used[TG_VAULT_KEY_STORE]],
        .envelope = vault->sign[TG_VAULT_KEY_ENVELOPE][vault->sign_used[TG_VAULT_KEY_ENVELOPE]],
        .seal = vault->seals[vault->seal_used],
        .curve = vault->curve[vault->curve_used],
    };
}

/* AGES when neither is it. */
static size_t sign_age(const struct tg_vault *vault, size_t which, const struct tg_sign_public *public_key)
{
    const size_t ages = vault->sign_next[which] ? AGES : 1;
    for (size_t age = 0; age < ages; age++)
        if (memcmp(&vault->sign[which][age], public_key, sizeof *public_key) == 0) return age;
    return AGES;
}

tg_err tg_vault_choose(struct tg_vault *vault, const struct tg_vault_public *named, struct tg_errmsg *em)
{
    const struct tg_sign_public *const sign[TG_VAULT_KEYS] = {
        [TG_VAULT_KEY_LOG] = &named->log,
        [TG_VAULT_KEY_CLOCK] = &named->clock,
        [TG_VAULT_KEY_STORE] = &named->store,
        [TG_VAULT_KEY_ENVELOPE] = &named->envelope,
    };
    size_t used[TG_VAULT_KEYS], seal_used = 0, curve_used = 0;
    for (size_t i = 0; i < TG_VAULT_KEYS; i++) {
        used[i] = sign_age(vault, i, sign[i]);
        if (used[i] == AGES)
            return tg_fail(em, TG_EKEY, "the key file has no '%s' key of this card", sign_names[i]);
    }
    const size_t seals = vault->secrets->seal.count;
    while (seal_used < seals && memcmp(&vault->seals[seal_used], &named->seal, sizeof named->seal) != 0)
        seal_used++;
    if (seal_used == seals)
        return tg_fail(em, TG_EKEY, "the key file has no '%s' key of this card", TG_VAULT_SEAL);
    while (curve_used < AGES && memcmp(&vault->curve[curve_used], &named->curve, sizeof named->curve) != 0)
        curve_used++;
    if (curve_used == AGES || (curve_used && !vault->curve_next))
        return tg_fail(em, TG_EKEY, "the key file has no '%s' key of this card", TG_VAULT_CURVE);
    memcpy(vault->sign_used, used, sizeof used);
    vault->seal_used = seal_used;
    vault->curve_used = curve_used;
    public_keys_set(vault);
    return TG_OK;
}

size_t tg_vault_seals(const struct tg_vault *vault,
                      struct tg_seal_public ret_seals[static TG_VAULT_SEALS_MAX])
{
    size_t count = 0;
    ret_seals[count++] = vault->seals[vault->seal_used];
    for (size_t i = 0; i < vault->secrets->seal.count; i++)
        if (i != vault->seal_used) ret_seals[count++] = vault->seals[i];
    return count;
}

tg_err tg_vault_new(const struct tg_keyfile *keyfile, struct tg_vault **ret_vault, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = calloc(1, sizeof *vault);
    if (vault == NULL) return tg_fail(em, TG_ENOMEM, "no memory for the vault");
    vault->guarded = tg_secret_new(sizeof(struct secrets));
    if (vault->guarded == NULL) return tg_fail(em, TG_ENOMEM, "no guarded memory for the vault");
    struct secrets *secrets = (struct secrets *)(void *)tg_secret_data_mutable(vault->guarded);
    vault->secrets = secrets;
    const tg_err err = take_secrets(keyfile, vault, secrets, em);
    if (err != TG_OK) return err;
    public_keys_set(vault);
    *ret_vault = tg_steal_ptr(&vault);
    return TG_OK;
}

void tg_vault_free(struct tg_vault *vault)
{
    if (vault == NULL) return;
    tg_secret_free(vault->guarded);
    free(vault);
}

bool tg_vault_locked(const struct tg_vault *vault)
{
    return tg_secret_locked(vault->guarded);
}

void tg_vault_public_of(const struct tg_vault *vault, struct tg_vault_public *ret_public)
{
    *ret_public = vault->public_keys;
}

tg_err tg_vault_public_of_keyfile(const struct tg_keyfile *keyfile, struct tg_vault_public *ret_public,
                                  struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = NULL;
    const tg_err err = tg_vault_new(keyfile, &vault, em);
    if (err != TG_OK) return err;
    *ret_public = vault->public_keys;
    return TG_OK;
}

struct tg_signer tg_vault_signer(const struct tg_vault *vault, enum tg_vault_key key)
{
    return tg_signer_of_secret(&vault->secrets->sign[key][vault->sign_used[key]]);
}

tg_err tg_vault_signer_of(const struct tg_vault *vault, enum tg_vault_key key,
                          const struct tg_sign_public *public_key, struct tg_signer *ret_signer)
{
    const size_t age = sign_age(vault, key, public_key);
    if (age == AGES) return TG_EKEY;
    *ret_signer = tg_signer_of_secret(&vault->secrets->sign[key][age]);
    return TG_OK;
}

/* --- stanzas --- */

#define STANZA_PLAIN_BYTES (TG_KEY_BYTES + 8)
#define STANZA_SEALED_BYTES (STANZA_PLAIN_BYTES + TG_HPKE_TAG_BYTES)
_Static_assert(TG_HPKE_ENC_BYTES + STANZA_SEALED_BYTES == TG_STANZA_BYTES, "stanza of docs/formats.md");

void tg_opened_stanza_release(struct tg_opened_stanza *opened)
{
    if (opened != NULL) tg_wipe(opened, sizeof *opened);
}

tg_err tg_stanza_open(const struct tg_key *secret, struct tg_view stanza, struct tg_view info,
                      struct tg_view aad, struct tg_opened_stanza *ret_opened)
{
    uint8_t plain[STANZA_PLAIN_BYTES];
    if (stanza.bytes != TG_STANZA_BYTES) return TG_ESHORT;
    const struct tg_view sealed = tg_view_of(stanza.data + TG_HPKE_ENC_BYTES, STANZA_SEALED_BYTES);
    const tg_err err = tg_hpke_open(secret, stanza.data, info, aad, sealed, plain);
    if (err == TG_OK) {
        memcpy(ret_opened->ck.bytes, plain, TG_KEY_BYTES);
        ret_opened->previous = tg_be64_get(plain + TG_KEY_BYTES);
    }
    tg_wipe(plain, sizeof plain);
    return err;
}

tg_err tg_stanza_seal(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                      const struct tg_key *ck, uint64_t previous, struct tg_view info, struct tg_view aad,
                      uint8_t ret_stanza[static TG_STANZA_BYTES])
{
    uint8_t plain[STANZA_PLAIN_BYTES];
    memcpy(plain, ck->bytes, TG_KEY_BYTES);
    tg_be64_put(plain + TG_KEY_BYTES, previous);
    const tg_err err = tg_hpke_seal_with(recipient, ephemeral, info, aad, TG_VIEW_ARRAY(plain), ret_stanza,
                                         ret_stanza + TG_HPKE_ENC_BYTES);
    tg_wipe(plain, sizeof plain);
    return err;
}

tg_err tg_vault_open_stanza(const struct tg_vault *vault, struct tg_view stanza, struct tg_view info,
                            struct tg_view aad, struct tg_opened_stanza *ret_opened)
{
    const struct key_ring *ring = &vault->secrets->seal;
    tg_err err = TG_ESTANZA;
    for (size_t i = 0; i < ring->count && err == TG_ESTANZA; i++)
        err = tg_stanza_open(&ring->keys[i], stanza, info, aad, ret_opened);
    return err;
}

tg_err tg_vault_stanza_key(const struct tg_vault *vault, struct tg_view stanza, struct tg_view info,
                           struct tg_view aad, struct tg_seal_public *ret_key)
{
    const struct key_ring *ring = &vault->secrets->seal;
    tg_err err = TG_ESTANZA;
    for (size_t i = 0; i < ring->count && err == TG_ESTANZA; i++) {
        TG_AUTO(tg_opened_stanza) struct tg_opened_stanza opened = {0};
        err = tg_stanza_open(&ring->keys[i], stanza, info, aad, &opened);
        if (err == TG_OK) *ret_key = vault->seals[i];
    }
    return err;
}

tg_err tg_vault_open_sealed(const struct tg_vault *vault, struct tg_view sealed, struct tg_view info,
                            struct tg_view aad, uint8_t *ret_plain)
{
    const struct key_ring *ring = &vault->secrets->seal;
    tg_err err = TG_ESTANZA;
    if (sealed.bytes < TG_HPKE_ENC_BYTES + TG_HPKE_TAG_BYTES) return TG_ESHORT;
    const struct tg_view ciphertext =
        tg_view_of(sealed.data + TG_HPKE_ENC_BYTES, sealed.bytes - TG_HPKE_ENC_BYTES);
    for (size_t i = 0; i < ring->count && err == TG_ESTANZA; i++)
        err = tg_hpke_open(&ring->keys[i], sealed.data, info, aad, ciphertext, ret_plain);
    return err;
}

/* --- wrapped batch keys --- */

#define WRAP_VERSION 1
#define WRAP_ID_BYTES 4
#define WRAP_HEAD_BYTES (1 + WRAP_ID_BYTES + TG_XAEAD_NONCE_BYTES)
static const char wrap_label[] = "tamga/ckey/v1";
#define WRAP_AAD_BYTES (sizeof wrap_label + TG_WHERE_BYTES)

static uint32_t wrap_id_of(const struct tg_key *key)
{
    return tg_wrap_id_of(key->bytes);
}

static void wrap_aad(const struct tg_where *where, uint8_t ret_aad[static WRAP_AAD_BYTES])
{
    memcpy(ret_aad, wrap_label, sizeof wrap_label);
    tg_where_encode(where, ret_aad + sizeof wrap_label);
}

static tg_err wrap_put(const struct tg_key *key, const struct tg_where *where, struct tg_view plain,
                       const struct tg_random *random, struct tg_buf *out)
{
    uint8_t aad[WRAP_AAD_BYTES];
    const size_t whole = WRAP_HEAD_BYTES + plain.bytes + TG_AEAD_TAG_BYTES;
    const tg_err err = tg_buf_reserve(out, whole);
    if (err != TG_OK) return err;
    uint8_t *at = out->data + out->bytes;
    uint8_t *nonce = at + 1 + WRAP_ID_BYTES;
    at[0] = WRAP_VERSION;
    tg_be32_put(at + 1, wrap_id_of(key));
    tg_random_fill(random, nonce, TG_XAEAD_NONCE_BYTES);
    wrap_aad(where, aad);
    tg_xaead_seal(key->bytes, nonce, TG_VIEW_ARRAY(aad), plain, at + WRAP_HEAD_BYTES);
    out->bytes += whole;
    return TG_OK;
}

/* A buffer that held secrets. */
static void buf_wipe(struct tg_buf *buf)
{
    if (buf->data != NULL) tg_wipe(buf->data, buf->capacity);
    tg_buf_release(buf);
}

tg_err tg_vault_wrap(const struct tg_vault *vault, const struct tg_where *where,
                     const struct tg_keymat *keymat, const struct tg_random *random, struct tg_buf *out)
{
    struct tg_buf plain = {0};
    /* At once as large as it gets: growing would leave copies behind. */
    tg_err err = tg_buf_reserve(&plain, 1 + TG_KEY_BYTES + 2 + keymat->set.count * sizeof(struct tg_keynode));
    if (err == TG_OK) err = tg_keymat_encode(keymat, &plain);
    if (err == TG_OK) err = wrap_put(&vault->secrets->wrap.keys[0], where, tg_buf_view(&plain), random, out);
    buf_wipe(&plain);
    return err;
}

static const struct tg_key *wrap_key_find(const struct tg_vault *vault, uint32_t id)
{
    const struct key_ring *ring = &vault->secrets->wrap;
    for (size_t i = 0; i < ring->count; i++)
        if (wrap_id_of(&ring->keys[i]) == id) return &ring->keys[i];
    return NULL;
}

tg_err tg_vault_unwrap(const struct tg_vault *vault, const struct tg_where *where, struct tg_view blob,
                       struct tg_keymat *ret_keymat)
{
    uint8_t aad[WRAP_AAD_BYTES];
    struct tg_buf plain = {0};
    struct tg_rd rd = tg_rd_init(blob);
    const unsigned version = tg_rd_u8(&rd);
    const uint32_t id = tg_rd_u32(&rd);
    const struct tg_view nonce = tg_rd_view(&rd, TG_XAEAD_NONCE_BYTES);
    if (rd.err != TG_OK || rd.left < TG_AEAD_TAG_BYTES) return TG_EDAMAGED;
    if (version != WRAP_VERSION) return TG_EVERSION;
    const struct tg_key *key = wrap_key_find(vault, id);
    if (key == NULL) return TG_EKEY;

    tg_err err = tg_buf_reserve(&plain, rd.left);
    if (err != TG_OK) return err;
    wrap_aad(where, aad);
    err = tg_xaead_open(key->bytes, nonce.data, TG_VIEW_ARRAY(aad), tg_view_of(rd.at, rd.left), plain.data);
    if (err == TG_OK) err = tg_keymat_decode(tg_view_of(plain.data, rd.left - TG_AEAD_TAG_BYTES), ret_keymat);
    buf_wipe(&plain);
    return err == TG_OK || err == TG_ENOMEM ? err : TG_EDAMAGED;
}

bool tg_vault_wrap_current(const struct tg_vault *vault, struct tg_view blob)
{
    return blob.bytes > WRAP_HEAD_BYTES && blob.data[0] == WRAP_VERSION &&
           tg_be32_get(blob.data + 1) == wrap_id_of(&vault->secrets->wrap.keys[0]);
}

/* --- the rest --- */

#define DERIVE_BYTES_MAX 64
#define DERIVE_LABEL_BYTES_MAX 64
#define DERIVE_PURPOSE_BYTES_MAX 32

static tg_err derive(const struct tg_key *from, const char *purpose, const char *label, uint8_t *out,
                     size_t out_bytes)
{
    uint8_t info[DERIVE_PURPOSE_BYTES_MAX + 1 + DERIVE_LABEL_BYTES_MAX];
    struct tg_wr wr = tg_wr_init(info, sizeof info);
    if (out_bytes == 0 || out_bytes > DERIVE_BYTES_MAX) return TG_ELIMIT;
    tg_wr_str(&wr, purpose);
    tg_wr_u8(&wr, 0);
    tg_wr_str(&wr, label);
    if (wr.err != TG_OK) return TG_ELIMIT;
    return tg_hkdf_expand(TG_VIEW_ARRAY(from->bytes), tg_wr_view_of(&wr), out, out_bytes);
}

tg_err tg_vault_derive(const struct tg_vault *vault, const char *label, uint8_t *out, size_t out_bytes)
{
    return derive(&vault->secrets->derive, "tamga/derive/v1", label, out, out_bytes);
}

tg_err tg_vault_derive_erasable(const struct tg_vault *vault, size_t generation, const char *label,
                                uint8_t *out, size_t out_bytes)
{
    const struct key_ring *ring = &vault->secrets->wrap;
    if (generation >= ring->count) return TG_ENOENT;
    return derive(&ring->keys[generation], "tamga/derive-erasable/v1", label, out, out_bytes);
}

uint32_t tg_wrap_id_of(const uint8_t key[static 32])
{
    struct tg_hash hash;
    tg_sha256_labelled("tamga/wrap-id/v1", tg_view_of(key, 32), &hash);
    return tg_be32_get(hash.bytes);
}

uint32_t tg_vault_wrap_id(const struct tg_vault *vault)
{
    return wrap_id_of(&vault->secrets->wrap.keys[0]);
}

size_t tg_vault_wrap_former(const struct tg_vault *vault)
{
    return vault->secrets->wrap.count - 1;
}

static void curve_get(const struct tg_vault *vault, size_t age, uint8_t *ret_public, uint8_t *ret_secret)
{
    memcpy(ret_public, vault->curve[age].bytes, 32);
    memcpy(ret_secret, vault->secrets->curve[age].bytes, 32);
}

void tg_vault_curve(const struct tg_vault *vault, uint8_t ret_public[static 32],
                    uint8_t ret_secret[static 32])
{
    curve_get(vault, vault->curve_used, ret_public, ret_secret);
}

bool tg_vault_curve_former(const struct tg_vault *vault, uint8_t ret_public[static 32],
                           uint8_t ret_secret[static 32])
{
    if (vault->curve_used == 0) return false;
    curve_get(vault, 0, ret_public, ret_secret);
    return true;
}
