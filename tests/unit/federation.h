/* The three invented nodes of tests/data/tamga, with all their secrets, for tests of everything above the keys.
 *
 * Secrets are SHA-256("tamga vector <role> <country>").
 */
#ifndef TG_TESTS_FEDERATION_H
#define TG_TESTS_FEDERATION_H

#include "crypto/vault.h"
#include "proto/seal.h"
#include "vectors.h"

struct member_node {
    const char *country;
    struct tg_node_id id;
    struct tg_sign_secret root;
    struct tg_sign_public root_public;
    struct tg_note_key log_key, clock_key, store_key, envelope_key;
    struct tg_key recovery;
    struct tg_seal_public recovery_public;
    struct tg_vault *vault;
    struct tg_vault_public keys;
};

static inline void member_key(const struct member_node *node, enum tg_key_role role, enum tg_note_type type,
                              const struct tg_sign_public *public_key, struct tg_note_key *ret_key)
{
    char name[TG_KEY_NAME_BYTES];
    tg_key_name_format(&node->id, role, 0, name);
    cr_assert_eq(tg_note_key_make(name, type, public_key, ret_key), TG_OK);
}

static inline void member_secret(const char *role, const char *country, uint8_t out[32])
{
    char label[64];
    snprintf(label, sizeof label, "%s %s", role, country);
    vector_secret(label, out);
}

/* Key file of a node, without passphrase. */
static inline void member_keyfile(const char *country, struct tg_keyfile *keyfile)
{
    static const char *const names[] = {TG_VAULT_LOG,  TG_VAULT_CLOCK, TG_VAULT_STORE, TG_VAULT_ENVELOPE,
                                        TG_VAULT_SEAL, TG_VAULT_CURVE, TG_VAULT_WRAP,  TG_VAULT_DERIVE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t secret[32];
        member_secret(names[i], country, secret);
        cr_assert_eq(tg_keyfile_put(keyfile, names[i], secret, sizeof secret), TG_OK);
    }
}

static inline void member_init(struct member_node *node, const char *country)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    uint8_t seed[32];
    node->country = country;
    member_secret("root", country, seed);
    tg_sign_secret_from_seed(seed, &node->root, &node->root_public);
    tg_node_id_of_root(&node->root_public, &node->id);
    member_secret("recovery", country, node->recovery.bytes);
    tg_seal_public_of(&node->recovery, &node->recovery_public);
    member_keyfile(country, &keyfile);
    cr_assert_eq(tg_vault_new(&keyfile, &node->vault, NULL), TG_OK);
    tg_vault_public_of(node->vault, &node->keys);
    member_key(node, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &node->keys.log, &node->log_key);
    member_key(node, TG_KEY_ROLE_CLOCK, TG_NOTE_COSIGNATURE, &node->keys.clock, &node->clock_key);
    member_key(node, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &node->keys.store, &node->store_key);
    member_key(node, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &node->keys.envelope, &node->envelope_key);
}

struct federation {
    struct member_node tj, kg, uz;
};
static inline void federation_init(struct federation *all)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    member_init(&all->tj, "TJ");
    member_init(&all->kg, "KG");
    member_init(&all->uz, "UZ");
}
static inline void federation_release(struct federation *all)
{
    tg_vault_free(all->tj.vault);
    tg_vault_free(all->kg.vault);
    tg_vault_free(all->uz.vault);
}
static inline struct member_node *federation_member(struct federation *all, const char *country)
{
    return strcmp(country, "TJ") == 0 ? &all->tj : strcmp(country, "KG") == 0 ? &all->kg : &all->uz;
}

#endif
