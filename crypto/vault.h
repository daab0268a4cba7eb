/* The vault: everything that needs a secret of this node, and nothing else.
 *
 * Operations are message-shaped (bytes in, bytes out), so that it can become a process of its own. Root and recovery
 * keys are never in it. Formats: docs/formats-keys.md. Thread: any number of readers; after _new nothing changes but
 * which of its keys are in use, by tg_vault_choose.
 */
#ifndef TG_CRYPTO_VAULT_H
#define TG_CRYPTO_VAULT_H

#include "crypto/batchkey.h"
#include "crypto/hpke.h"
#include "crypto/keyfile.h"

struct tg_vault;

/* Names in a node's key file. Old seal and key-encryption keys have ".1" .. ".4" behind; keys made for the next card, and
 * those that a card names while the file was not yet tidied, have ".next" behind (all but wrap and derive). */
#define TG_VAULT_LOG "log"           /* Ed25519 seed: checkpoints */
#define TG_VAULT_CLOCK "clock"       /* Ed25519 seed: cosignatures */
#define TG_VAULT_STORE "store"       /* Ed25519 seed: receipts */
#define TG_VAULT_ENVELOPE "envelope" /* Ed25519 seed: manifests */
#define TG_VAULT_SEAL "seal"         /* X25519 secret: stanzas to us */
#define TG_VAULT_CURVE "curve"       /* X25519 secret: links; considered exposed */
#define TG_VAULT_WRAP "wrap"         /* key-encryption key of stored batch keys */
#define TG_VAULT_DERIVE "derive"     /* root of keys that never leave: tokens, index */

/* Puts fresh keys of every name into an empty key file. */
tg_err tg_vault_keys_generate(struct tg_keyfile *keyfile, const struct tg_random *random);
/* Copies what it needs. TG_EKEY names the missing or misshapen secret. */
tg_err tg_vault_new(const struct tg_keyfile *keyfile, struct tg_vault **ret_vault, struct tg_errmsg *em);
void tg_vault_free(struct tg_vault *vault);
TG_AUTO_PTR_DEFINE(tg_vault, tg_vault_free)
/* Whether its pages are locked in memory; report it at start when not. */
bool tg_vault_locked(const struct tg_vault *vault);

struct tg_vault_public {
    struct tg_sign_public log, clock, store, envelope;
    struct tg_seal_public seal;
    struct tg_seal_public curve;
};
void tg_vault_public_of(const struct tg_vault *vault, struct tg_vault_public *ret_public);
/* Public halves of a key file without a vault (for making a card). */
tg_err tg_vault_public_of_keyfile(const struct tg_keyfile *keyfile, struct tg_vault_public *ret_public,
                                  struct tg_errmsg *em);

/* The keys that this card names, each either the current one or the one with ".next": these are in use from now on. Log
 * and envelope keys are those of the newest entries. TG_EKEY, and nothing changes, when one is not there: the message
 * names it. */
tg_err tg_vault_choose(struct tg_vault *vault, const struct tg_vault_public *named, struct tg_errmsg *em);
/* Public halves of all seal keys that are held, the one in use first; then those not in use yet or any more. */
#define TG_VAULT_SEALS_MAX (2 + TG_VAULT_OLD_KEYS_MAX)
size_t tg_vault_seals(const struct tg_vault *vault,
                      struct tg_seal_public ret_seals[static TG_VAULT_SEALS_MAX]);

enum tg_vault_key {
    TG_VAULT_KEY_LOG,
    TG_VAULT_KEY_CLOCK,
    TG_VAULT_KEY_STORE,
    TG_VAULT_KEY_ENVELOPE,
};
#define TG_VAULT_KEYS 4
/* A signer by the key in use; borrows the vault. */
struct tg_signer tg_vault_signer(const struct tg_vault *vault, enum tg_vault_key key);
/* The same by the current or next key with that public half: which one signs depends on the place. TG_EKEY. */
tg_err tg_vault_signer_of(const struct tg_vault *vault, enum tg_vault_key key,
                          const struct tg_sign_public *public_key, struct tg_signer *ret_signer);

/* A stanza addressed to recipient (us): 88 bytes, info and aad as docs/formats.md "Stanzas". TG_ESTANZA when no seal
 * key of ours opens it; TG_ESHORT when it is no stanza. The commitment is the caller's to compare. */
struct tg_opened_stanza {
    struct tg_key ck;
    uint64_t previous; /* TG_NO_PREVIOUS: none before */
};
#define TG_NO_PREVIOUS UINT64_MAX
void tg_opened_stanza_release(struct tg_opened_stanza *opened);
TG_AUTO_DEFINE(tg_opened_stanza, tg_opened_stanza_release)
tg_err tg_vault_open_stanza(const struct tg_vault *vault, struct tg_view stanza, struct tg_view info,
                            struct tg_view aad, struct tg_opened_stanza *ret_opened);
/* By which seal key of ours it opens, without giving what is in it. TG_ESTANZA: by none that is held. */
tg_err tg_vault_stanza_key(const struct tg_vault *vault, struct tg_view stanza, struct tg_view info,
                           struct tg_view aad, struct tg_seal_public *ret_key);
/* Anything else that was sealed to a seal key of ours, now or before: enc 32 ‖ ciphertext; its plaintext of bytes - 48.
 * TG_ESHORT, TG_ESTANZA. */
tg_err tg_vault_open_sealed(const struct tg_vault *vault, struct tg_view sealed, struct tg_view info,
                            struct tg_view aad, uint8_t *ret_plain);
/* A stanza opened with a secret that is in no vault: the recovery key. */
tg_err tg_stanza_open(const struct tg_key *secret, struct tg_view stanza, struct tg_view info,
                      struct tg_view aad, struct tg_opened_stanza *ret_opened);
/* And the sealing side: 88 bytes into out. */
tg_err tg_stanza_seal(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                      const struct tg_key *ck, uint64_t previous, struct tg_view info, struct tg_view aad,
                      uint8_t ret_stanza[static TG_STANZA_BYTES]);

/* Key material of one batch under the current key-encryption key, bound to where; appended to out. */
tg_err tg_vault_wrap(const struct tg_vault *vault, const struct tg_where *where,
                     const struct tg_keymat *keymat, const struct tg_random *random, struct tg_buf *out);
/* TG_EKEY when the key that wrapped it is gone, TG_EDAMAGED when it does not open, TG_EVERSION. */
tg_err tg_vault_unwrap(const struct tg_vault *vault, const struct tg_where *where, struct tg_view blob,
                       struct tg_keymat *ret_keymat);
/* Whether a blob is under the current key (else wrap it anew when rotating). */
bool tg_vault_wrap_current(const struct tg_vault *vault, struct tg_view blob);

/* Id of a key-encryption key, as it stands in what it wrapped. */
uint32_t tg_wrap_id_of(const uint8_t key[static 32]);
/* Of the current one. */
uint32_t tg_vault_wrap_id(const struct tg_vault *vault);
/* How many former ones are held beside it. */
size_t tg_vault_wrap_former(const struct tg_vault *vault);
/* As tg_vault_derive, of key-encryption key number `generation` (0: the current one, 1: the one before) instead: gone with
 * it. TG_ENOENT when that is not held. */
tg_err tg_vault_derive_erasable(const struct tg_vault *vault, size_t generation, const char *label,
                                uint8_t *out, size_t out_bytes);

/* A key of 1..64 bytes for one use at home ("tokens", "index"); the same label gives the same key. */
tg_err tg_vault_derive(const struct tg_vault *vault, const char *label, uint8_t *out, size_t out_bytes);

/* CURVE key pair for libzmq, which needs the secret itself. Raw, 32 bytes each. */
void tg_vault_curve(const struct tg_vault *vault, uint8_t ret_public[static 32],
                    uint8_t ret_secret[static 32]);
/* The pair that was in use before the card named another one: for peers that have not seen that card. False: none. */
bool tg_vault_curve_former(const struct tg_vault *vault, uint8_t ret_public[static 32],
                           uint8_t ret_secret[static 32]);

#endif
