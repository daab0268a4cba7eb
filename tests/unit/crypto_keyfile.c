/* Key files and the vault: what opens, what is told apart, what is never given away. */
#include "crypto/vault.h"
#include "federation.h"

static struct seeded seeded;
static struct tg_random fixed_random;
static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    seeded = (struct seeded){.seed = 64};
    fixed_random = seeded_random(&seeded);
}
TestSuite(crypto_keyfile, .init = start);

static const char passphrase[] = "correct horse battery staple";

static void seal_keys(struct tg_buf *out)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    const struct tg_keyfile_cost cost = tg_keyfile_cost_least();
    cr_assert_eq(tg_keyfile_put(&keyfile, "one", "1", 1), TG_OK);
    cr_assert_eq(tg_keyfile_put(&keyfile, "two.2", "22", 2), TG_OK);
    cr_assert_eq(tg_keyfile_seal(&keyfile, tg_view_str(passphrase), &cost, &fixed_random, out, NULL), TG_OK);
}

Test(crypto_keyfile, gives_back_what_was_put_in)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    seal_keys(&bytes);
    assert_err(tg_keyfile_open(tg_buf_view(&bytes), tg_view_str(passphrase), &keyfile, NULL), TG_OK);
    cr_assert_eq(keyfile.count, 2);
    cr_assert_eq(tg_secret_bytes(tg_keyfile_get(&keyfile, "two.2")), 2);
    assert_bytes(tg_secret_data(tg_keyfile_get(&keyfile, "two.2")), "22", 2, "secret");
    cr_assert_null(tg_keyfile_get(&keyfile, "three"));
    assert_err(tg_keyfile_put(&keyfile, "one", "x", 1), TG_EEXIST);
    assert_err(tg_keyfile_put(&keyfile, "One", "x", 1), TG_EVALUE);
    assert_err(tg_keyfile_put(&keyfile, "", "x", 1), TG_EVALUE);
    assert_err(tg_keyfile_put(&keyfile, "empty", "", 0), TG_EVALUE);
    assert_err(tg_keyfile_remove(&keyfile, "one"), TG_OK);
    assert_err(tg_keyfile_remove(&keyfile, "one"), TG_ENOENT);
    cr_assert_not_null(tg_keyfile_get(&keyfile, "two.2"));
}

Test(crypto_keyfile, wrong_passphrase_and_damage_are_told_apart)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_errmsg wrong = {0}, damaged = {0};
    seal_keys(&bytes);
    assert_err(
        tg_keyfile_open(tg_buf_view(&bytes), tg_view_str("correct horse battery stable"), &keyfile, &wrong),
        TG_EPASSPHRASE);
    assert_err(tg_keyfile_open(tg_buf_view(&bytes), tg_view_str(""), &keyfile, NULL), TG_EPASSPHRASE);
    for (size_t bit = 0; bit < 8 * bytes.bytes; bit++) {
        const size_t at = bit / 8;
        bytes.data[at] ^= (uint8_t)(1u << bit % 8);
        assert_err(tg_keyfile_open(tg_buf_view(&bytes), tg_view_str(passphrase), &keyfile, &damaged),
                   at < 7    ? TG_EMAGIC
                   : at == 7 ? TG_EVERSION
                             : TG_EDAMAGED);
        bytes.data[at] ^= (uint8_t)(1u << bit % 8);
    }
    cr_assert_str_neq(wrong.text, damaged.text);
    for (size_t cut = 8; cut < bytes.bytes; cut++)
        assert_err(tg_keyfile_open(tg_view_of(bytes.data, cut), tg_view_str(passphrase), &keyfile, NULL),
                   TG_EDAMAGED);
    assert_err(tg_keyfile_open((struct tg_view){0}, tg_view_str(passphrase), &keyfile, NULL), TG_EMAGIC);
    cr_assert_eq(keyfile.count, 0);
}

Test(crypto_keyfile, cost_and_passphrase_have_bounds)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_keyfile_cost cost = tg_keyfile_cost_least();
    struct tg_hash checksum;
    char longest[TG_PASSPHRASE_BYTES_MAX + 1];
    memset(longest, 'p', sizeof longest);
    assert_err(tg_keyfile_seal(&keyfile, tg_view_of("1234567", 7), &cost, &fixed_random, &bytes, NULL),
               TG_EVALUE);
    assert_err(tg_keyfile_seal(&keyfile, TG_VIEW_ARRAY(longest), &cost, &fixed_random, &bytes, NULL),
               TG_EVALUE);
    assert_err(tg_keyfile_seal(&keyfile, tg_view_of("12345678", 8), &cost, &fixed_random, &bytes, NULL),
               TG_OK);
    cost.memory_bytes = (uint64_t)TG_KEYFILE_MEMORY_BYTES_MAX + 1;
    assert_err(tg_keyfile_seal(&keyfile, tg_view_of("12345678", 8), &cost, &fixed_random, &bytes, NULL),
               TG_ELIMIT);
    /* A file from elsewhere that asks for a terabyte, with a good checksum. */
    tg_be64_put(bytes.data + 16, UINT64_C(1) << 40);
    tg_sha256_labelled("tamga/keyfile/v1", tg_view_of(bytes.data, bytes.bytes - 32), &checksum);
    memcpy(bytes.data + bytes.bytes - 32, checksum.bytes, 32);
    assert_err(tg_keyfile_open(tg_buf_view(&bytes), tg_view_of("12345678", 8), &keyfile, NULL), TG_ELIMIT);
    const struct tg_keyfile_cost normal = tg_keyfile_cost_normal();
    cr_assert_eq(normal.memory_bytes, 64u << 20);
}

Test(crypto_keyfile, holds_its_limit_of_secrets_and_not_one_more)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    char name[TG_KEYFILE_NAME_BYTES_MAX + 2];
    for (int i = 0; i < TG_KEYFILE_SECRETS_MAX; i++) {
        snprintf(name, sizeof name, "key.%d", i);
        assert_err(tg_keyfile_put(&keyfile, name, "x", 1), TG_OK);
    }
    assert_err(tg_keyfile_put(&keyfile, "more", "x", 1), TG_ELIMIT);
    assert_err(tg_keyfile_remove(&keyfile, "key.0"), TG_OK);
    memset(name, 'n', sizeof name), name[sizeof name - 1] = '\0';
    assert_err(tg_keyfile_put(&keyfile, name, "x", 1), TG_EVALUE);
    name[sizeof name - 2] = '\0';
    assert_err(tg_keyfile_put(&keyfile, name, "x", 1), TG_OK);
}

/* --- vault --- */

static struct tg_vault *vault_with(const char *extra_name, const char *replaced, const char *replacement)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_vault *vault = NULL;
    uint8_t old[32];
    member_keyfile("TJ", &keyfile);
    if (replaced != NULL) {
        memcpy(old, tg_secret_data(tg_keyfile_get(&keyfile, replaced)), 32);
        cr_assert_eq(tg_keyfile_remove(&keyfile, replaced), TG_OK);
        uint8_t fresh[32];
        vector_secret(replacement, fresh);
        cr_assert_eq(tg_keyfile_put(&keyfile, replaced, fresh, 32), TG_OK);
        if (extra_name != NULL) cr_assert_eq(tg_keyfile_put(&keyfile, extra_name, old, 32), TG_OK);
    }
    cr_assert_eq(tg_vault_new(&keyfile, &vault, NULL), TG_OK);
    return vault;
}

static const struct tg_where here = {.suite = 1, .epoch = 1, .index = 9};

Test(crypto_keyfile, vault_needs_every_key_at_its_length)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_vault *vault = NULL;
    struct tg_errmsg em = {0};
    member_keyfile("TJ", &keyfile);
    cr_assert_eq(tg_keyfile_remove(&keyfile, TG_VAULT_WRAP), TG_OK);
    assert_err(tg_vault_new(&keyfile, &vault, &em), TG_EKEY);
    cr_assert_not_null(strstr(em.text, "'wrap'"));
    cr_assert_eq(tg_keyfile_put(&keyfile, TG_VAULT_WRAP, "short", 5), TG_OK);
    assert_err(tg_vault_new(&keyfile, &vault, &em), TG_EKEY);
    cr_assert_null(vault);
}

Test(crypto_keyfile, fresh_keys_differ_and_make_a_vault)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = NULL;
    struct tg_vault_public a, b;
    cr_assert_eq(tg_vault_keys_generate(&keyfile, &fixed_random), TG_OK);
    assert_err(tg_vault_new(&keyfile, &vault, NULL), TG_OK);
    tg_vault_public_of(vault, &a);
    assert_err(tg_vault_public_of_keyfile(&keyfile, &b, NULL), TG_OK);
    assert_bytes(&a, &b, sizeof a, "same keys");
    cr_assert_neq(memcmp(&a.log, &a.clock, 32), 0);
    cr_assert_neq(memcmp(&a.seal, &a.curve, 32), 0);
}

Test(crypto_keyfile, wrapped_keys_come_back_only_in_their_place_and_unbent)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = vault_with(NULL, NULL, NULL);
    TG_AUTO(tg_buf) struct tg_buf blob = {0};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0}, back = {0};
    static const struct tg_key ck = {{1, 2, 3}};
    struct tg_where elsewhere = here;
    tg_keymat_init_whole(&keymat, &ck);
    assert_err(tg_vault_wrap(vault, &here, &keymat, &fixed_random, &blob), TG_OK);
    cr_assert(tg_vault_wrap_current(vault, tg_buf_view(&blob)));
    assert_err(tg_vault_unwrap(vault, &here, tg_buf_view(&blob), &back), TG_OK);
    assert_bytes(back.ck.bytes, ck.bytes, 32, "content key");
    elsewhere.index++;
    assert_err(tg_vault_unwrap(vault, &elsewhere, tg_buf_view(&blob), &back), TG_EDAMAGED);
    for (size_t bit = 0; bit < 8 * blob.bytes; bit++) {
        blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const tg_err want = bit < 8 ? TG_EVERSION : bit < 40 ? TG_EKEY : TG_EDAMAGED;
        assert_err(tg_vault_unwrap(vault, &here, tg_buf_view(&blob), &back), want);
        blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_err(tg_vault_unwrap(vault, &here, tg_view_of(blob.data, 40), &back), TG_EDAMAGED);
    assert_err(tg_vault_unwrap(vault, &here, (struct tg_view){0}, &back), TG_EDAMAGED);

    /* A punctured one too, and appended behind what is there. */
    assert_err(tg_keymat_erase(&keymat, &here, 5), TG_OK);
    const size_t before = blob.bytes;
    assert_err(tg_vault_wrap(vault, &here, &keymat, &fixed_random, &blob), TG_OK);
    tg_keymat_release(&back);
    assert_err(tg_vault_unwrap(vault, &here, tg_view_of(blob.data + before, blob.bytes - before), &back),
               TG_OK);
    cr_assert(!back.whole);
    cr_assert(!tg_keyset_covers(&back.set, 5));
    cr_assert(tg_keyset_covers(&back.set, 6));
}

Test(crypto_keyfile, rotated_wrapping_key_reads_old_blobs_until_it_is_dropped)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *first = vault_with(NULL, NULL, NULL);
    TG_AUTO_PTR(tg_vault) struct tg_vault *rotated = vault_with("wrap.1", TG_VAULT_WRAP, "wrap new");
    TG_AUTO_PTR(tg_vault) struct tg_vault *dropped = vault_with(NULL, TG_VAULT_WRAP, "wrap new");
    TG_AUTO(tg_buf) struct tg_buf blob = {0};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0}, back = {0};
    static const struct tg_key ck = {{9}};
    tg_keymat_init_whole(&keymat, &ck);
    assert_err(tg_vault_wrap(first, &here, &keymat, &fixed_random, &blob), TG_OK);
    assert_err(tg_vault_unwrap(rotated, &here, tg_buf_view(&blob), &back), TG_OK);
    cr_assert(!tg_vault_wrap_current(rotated, tg_buf_view(&blob)));
    assert_err(tg_vault_unwrap(dropped, &here, tg_buf_view(&blob), &back), TG_EKEY);
}

Test(crypto_keyfile, old_seal_key_still_opens_stanzas)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *first = vault_with(NULL, NULL, NULL);
    TG_AUTO_PTR(tg_vault) struct tg_vault *rotated = vault_with("seal.1", TG_VAULT_SEAL, "seal new");
    TG_AUTO_PTR(tg_vault) struct tg_vault *dropped = vault_with(NULL, TG_VAULT_SEAL, "seal new");
    const struct tg_key ephemeral = {{4}}, ck = {{5}};
    const struct tg_view info = tg_view_str("info"), aad = tg_view_str("aad");
    struct tg_vault_public keys;
    struct tg_opened_stanza opened;
    uint8_t stanza[TG_STANZA_BYTES];
    tg_vault_public_of(first, &keys);
    assert_err(tg_stanza_seal(&keys.seal, &ephemeral, &ck, 41, info, aad, stanza), TG_OK);
    assert_err(tg_vault_open_stanza(rotated, TG_VIEW_ARRAY(stanza), info, aad, &opened), TG_OK);
    cr_assert_eq(opened.previous, 41);
    assert_bytes(opened.ck.bytes, ck.bytes, 32, "content key");
    assert_err(tg_vault_open_stanza(dropped, TG_VIEW_ARRAY(stanza), info, aad, &opened), TG_ESTANZA);
    assert_err(tg_vault_open_stanza(first, tg_view_of(stanza, 87), info, aad, &opened), TG_ESHORT);
}

Test(crypto_keyfile, derived_keys_depend_on_their_label_alone)
{
    TG_AUTO_PTR(tg_vault) struct tg_vault *vault = vault_with(NULL, NULL, NULL);
    uint8_t a[64], b[64], public_key[32], secret[32];
    struct tg_seal_public again;
    struct tg_key key;
    assert_err(tg_vault_derive(vault, "tokens", a, sizeof a), TG_OK);
    assert_err(tg_vault_derive(vault, "tokens", b, sizeof b), TG_OK);
    assert_bytes(a, b, sizeof a, "same label");
    assert_err(tg_vault_derive(vault, "index", b, sizeof b), TG_OK);
    cr_assert_neq(memcmp(a, b, 16), 0);
    assert_err(tg_vault_derive(vault, "tokens", a, 65), TG_ELIMIT);
    assert_err(tg_vault_derive(vault, "tokens", a, 0), TG_ELIMIT);
    tg_vault_curve(vault, public_key, secret);
    memcpy(key.bytes, secret, 32);
    tg_seal_public_of(&key, &again);
    assert_bytes(again.bytes, public_key, 32, "CURVE pair");
}
