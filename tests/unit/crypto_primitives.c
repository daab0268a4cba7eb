/* The primitives against Wycheproof, CCTV and ed25519-speccheck, and the policy we state for Ed25519. */
#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/hpke.h"
#include "crypto/kdf.h"
#include "crypto/sha256.h"
#include "crypto/sign.h"
#include "vectors.h"

static void start(void)
{
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_crypto_init(&em), TG_OK, "%s", em.text);
}
TestSuite(crypto_primitives, .init = start);

/* Runs check over every test of every group; counts. */
static size_t each_case(const char *file, void (*check)(json_t *group, json_t *one, struct tg_arena *arena))
{
    json_t *json = vectors_load(file);
    json_t *group, *one;
    size_t g, t, count = 0;
    json_array_foreach(member(json, "testGroups"), g, group)
    {
        json_array_foreach(member(group, "tests"), t, one)
        {
            TG_AUTO(tg_arena) struct tg_arena arena;
            tg_arena_init(&arena, VECTORS_ARENA_BYTES);
            check(group, one, &arena);
            count++;
        }
    }
    cr_assert_eq(count, number_of(json, "numberOfTests"));
    json_decref(json);
    return count;
}

static bool is_valid(json_t *one)
{
    return strcmp(text_of(one, "result"), "valid") == 0;
}

static void check_ed25519(json_t *group, json_t *one, struct tg_arena *arena)
{
    const struct tg_view signature_bytes = hex_of(arena, one, "sig");
    const struct tg_view message = hex_of(arena, one, "msg");
    struct tg_sign_public key;
    struct tg_signature signature;
    hex_into(member(group, "publicKey"), "pk", key.bytes, sizeof key.bytes);
    if (signature_bytes.bytes != sizeof signature.bytes) {
        cr_assert(!is_valid(one)); /* struct tg_signature has no other length */
        return;
    }
    memcpy(signature.bytes, signature_bytes.data, sizeof signature.bytes);
    cr_assert_eq(tg_sign_verify(&key, message, &signature) == TG_OK, is_valid(one), "tcId %d",
                 (int)number_of(one, "tcId"));
}
Test(crypto_primitives, wycheproof_ed25519)
{
    cr_assert_eq(each_case("wycheproof/ed25519_test.json", check_ed25519), 151);
}

static void check_x25519(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group, (void)arena;
    static const uint8_t zero[32];
    uint8_t public_key[32], secret[32], want[32], got[32];
    struct tg_seal_public seal;
    hex_into(one, "public", public_key, 32);
    hex_into(one, "private", secret, 32);
    hex_into(one, "shared", want, 32);
    memcpy(seal.bytes, public_key, 32);
    const bool low_order = memcmp(want, zero, 32) == 0;
    cr_assert_eq(tg_seal_public_check(&seal) != TG_OK, low_order, "tcId %d", (int)number_of(one, "tcId"));
    cr_assert_eq(crypto_scalarmult(got, secret, public_key) != 0, low_order, "tcId %d",
                 (int)number_of(one, "tcId"));
    if (!low_order) assert_bytes(got, want, 32, "tcId %d", (int)number_of(one, "tcId"));
}
Test(crypto_primitives, wycheproof_x25519_and_refusal_of_small_order)
{
    cr_assert_eq(each_case("wycheproof/x25519_test.json", check_x25519), 518);
}

typedef tg_err (*aead_open)(const uint8_t *, const uint8_t *, struct tg_view, struct tg_view, uint8_t *);
typedef void (*aead_seal)(const uint8_t *, const uint8_t *, struct tg_view, struct tg_view, uint8_t *);
static void check_aead(json_t *one, struct tg_arena *arena, size_t nonce_bytes, aead_open open,
                       aead_seal seal)
{
    const struct tg_view key = hex_of(arena, one, "key"), nonce = hex_of(arena, one, "iv");
    const struct tg_view aad = hex_of(arena, one, "aad"), message = hex_of(arena, one, "msg");
    const struct tg_view cipher = hex_of(arena, one, "ct"), tag = hex_of(arena, one, "tag");
    uint8_t *sealed = tg_arena_take(arena, cipher.bytes + tag.bytes);
    uint8_t *plain = tg_arena_take(arena, cipher.bytes + 1);
    if (nonce.bytes != nonce_bytes) {
        cr_assert(!is_valid(one)); /* the nonce's length stands in the type */
        return;
    }
    memcpy(sealed, cipher.data, cipher.bytes);
    memcpy(sealed + cipher.bytes, tag.data, tag.bytes);
    const tg_err err = open(key.data, nonce.data, aad, tg_view_of(sealed, cipher.bytes + tag.bytes), plain);
    cr_assert_eq(err == TG_OK, is_valid(one), "tcId %d", (int)number_of(one, "tcId"));
    if (err != TG_OK) return;
    assert_bytes(plain, message.data, message.bytes, "tcId %d", (int)number_of(one, "tcId"));
    memset(sealed, 0, cipher.bytes + tag.bytes);
    seal(key.data, nonce.data, aad, message, sealed);
    assert_bytes(sealed, cipher.data, cipher.bytes, "tcId %d", (int)number_of(one, "tcId"));
    assert_bytes(sealed + cipher.bytes, tag.data, tag.bytes, "tcId %d", (int)number_of(one, "tcId"));
}
static void check_chacha(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group;
    check_aead(one, arena, TG_AEAD_NONCE_BYTES, tg_aead_open, tg_aead_seal);
}
static void check_xchacha(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group;
    check_aead(one, arena, TG_XAEAD_NONCE_BYTES, tg_xaead_open, tg_xaead_seal);
}
Test(crypto_primitives, wycheproof_chacha20_poly1305)
{
    cr_assert_eq(each_case("wycheproof/chacha20_poly1305_test.json", check_chacha), 325);
}
Test(crypto_primitives, wycheproof_xchacha20_poly1305)
{
    cr_assert_eq(each_case("wycheproof/xchacha20_poly1305_test.json", check_xchacha), 315);
}
Test(crypto_primitives, aead_refuses_what_is_shorter_than_a_tag)
{
    const uint8_t key[32] = {0}, nonce[24] = {0}, sealed[15] = {0};
    uint8_t out[16];
    assert_err(tg_aead_open(key, nonce, (struct tg_view){0}, TG_VIEW_ARRAY(sealed), out), TG_ESHORT);
    assert_err(tg_xaead_open(key, nonce, (struct tg_view){0}, TG_VIEW_ARRAY(sealed), out), TG_ESHORT);
}

static void check_hkdf(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group;
    const size_t bytes = number_of(one, "size");
    uint8_t prk[32];
    uint8_t *out = tg_arena_take(arena, bytes);
    tg_hkdf_extract(hex_of(arena, one, "salt"), hex_of(arena, one, "ikm"), prk);
    const tg_err err = tg_hkdf_expand(TG_VIEW_ARRAY(prk), hex_of(arena, one, "info"), out, bytes);
    cr_assert_eq(err == TG_OK, is_valid(one), "tcId %d", (int)number_of(one, "tcId"));
    if (err == TG_OK)
        assert_bytes(out, hex_of(arena, one, "okm").data, bytes, "tcId %d", (int)number_of(one, "tcId"));
}
Test(crypto_primitives, wycheproof_hkdf_sha256)
{
    cr_assert_eq(each_case("wycheproof/hkdf_sha256_test.json", check_hkdf), 86);
}

static void check_hmac(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group;
    const struct tg_view want = hex_of(arena, one, "tag");
    uint8_t tag[32];
    tg_hmac_of(hex_of(arena, one, "key"), hex_of(arena, one, "msg"), tag);
    cr_assert_eq(tg_const_equal(tag, want.data, want.bytes), is_valid(one), "tcId %d",
                 (int)number_of(one, "tcId"));
}
Test(crypto_primitives, wycheproof_hmac_sha256)
{
    cr_assert_eq(each_case("wycheproof/hmac_sha256_test.json", check_hmac), 174);
}

static void check_siphash(json_t *group, json_t *one, struct tg_arena *arena)
{
    (void)group;
    struct tg_token_key key;
    uint8_t want[8];
    hex_into(one, "key", key.bytes, sizeof key.bytes);
    hex_into(one, "tag", want, sizeof want);
    const uint64_t got = tg_siphash64(&key, hex_of(arena, one, "msg"));
    assert_bytes(&got, want, sizeof want, "tcId %d", (int)number_of(one, "tcId"));
}
Test(crypto_primitives, wycheproof_siphash_2_4)
{
    cr_assert_eq(each_case("wycheproof/siphash_2_4_test.json", check_siphash), 40);
}

Test(crypto_primitives, tokens_differ_by_key_type_and_text_and_long_forms_work)
{
    const struct tg_token_key key = {{1}}, other = {{2}};
    static uint8_t longs[5000];
    struct tg_token a, b;
    tg_token_of(&key, 1, tg_view_str("992900000000"), &a);
    tg_token_of(&key, 1, tg_view_str("992900000000"), &b);
    assert_bytes(a.bytes, b.bytes, sizeof a.bytes, "a token is a function");
    tg_token_of(&key, 2, tg_view_str("992900000000"), &b);
    cr_assert_neq(memcmp(a.bytes, b.bytes, sizeof a.bytes), 0);
    tg_token_of(&other, 1, tg_view_str("992900000000"), &b);
    cr_assert_neq(memcmp(a.bytes, b.bytes, sizeof a.bytes), 0);
    tg_token_of(&key, 1, TG_VIEW_ARRAY(longs), &a);
    longs[4999] = 1;
    tg_token_of(&key, 1, TG_VIEW_ARRAY(longs), &b);
    cr_assert_neq(memcmp(a.bytes, b.bytes, sizeof a.bytes), 0);
    tg_token_of(&key, 1, (struct tg_view){0}, &a);
}

/* Our policy is libsodium's: no small order, no non-canonical encoding, cofactorless equation. A component of low order
 * in A alone, or in A and R without residue, passes the signature check, which is why enrolment refuses such keys. */
Test(crypto_primitives, cctv_ed25519_edge_cases_follow_our_policy)
{
    json_t *json = vectors_load("cctv-ed25519/ed25519vectors.json");
    json_t *one, *flag;
    size_t i, f, accepted = 0;
    json_array_foreach(json, i, one)
    {
        struct tg_sign_public key;
        struct tg_signature signature;
        bool refused_kind = false, touched_key = false;
        hex_into(one, "key", key.bytes, sizeof key.bytes);
        hex_into(one, "sig", signature.bytes, sizeof signature.bytes);
        json_t *flags = json_object_get(one, "flags");
        json_array_foreach(flags, f, flag)
        {
            const char *name = json_string_value(flag);
            const bool component =
                strcmp(name, "low_order_component_A") == 0 || strcmp(name, "low_order_component_R") == 0;
            refused_kind |= !component;
            touched_key |= strcmp(name + strlen(name) - 2, "_A") == 0;
        }
        const tg_err err = tg_sign_verify(&key, tg_view_str(text_of(one, "msg")), &signature);
        if (err == TG_OK) accepted++;
        if (refused_kind) cr_assert_neq(err, TG_OK, "number %d", (int)number_of(one, "number"));
        if (touched_key)
            cr_assert_neq(tg_sign_public_check(&key), TG_OK, "number %d", (int)number_of(one, "number"));
    }
    cr_assert_eq(json_array_size(json), 914);
    cr_assert_eq(accepted, 43);
    json_decref(json);
}

Test(crypto_primitives, speccheck_accepts_only_case_3)
{
    json_t *json = vectors_load("ed25519-speccheck/cases.json");
    json_t *one;
    size_t i;
    json_array_foreach(json, i, one)
    {
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_sign_public key;
        struct tg_signature signature;
        tg_arena_init(&arena, VECTORS_ARENA_BYTES);
        hex_into(one, "pub_key", key.bytes, sizeof key.bytes);
        hex_into(one, "signature", signature.bytes, sizeof signature.bytes);
        const tg_err err = tg_sign_verify(&key, hex_of(&arena, one, "message"), &signature);
        cr_assert_eq(err == TG_OK, i == 3, "case %zu", i);
    }
    cr_assert_eq(json_array_size(json), 12);
    json_decref(json);
}

Test(crypto_primitives, label_keeps_signatures_apart)
{
    const uint8_t seed[32] = {7};
    TG_AUTO(tg_sign_secret) struct tg_sign_secret secret;
    struct tg_sign_public key;
    struct tg_signature signature;
    static uint8_t longest[TG_SIGN_LABELLED_BYTES_MAX + 1];
    tg_sign_secret_from_seed(seed, &secret, &key);
    const struct tg_view message = tg_view_str("m");
    assert_err(tg_sign_labelled(&secret, "tamga/manifest/v1", message, &signature), TG_OK);
    assert_err(tg_sign_verify_labelled(&key, "tamga/manifest/v1", message, &signature), TG_OK);
    assert_err(tg_sign_verify_labelled(&key, "tamga/manifest/v2", message, &signature), TG_ESIGNATURE);
    assert_err(tg_sign_verify(&key, message, &signature), TG_ESIGNATURE);
    assert_err(tg_sign_verify(&key, tg_view_of("tamga/manifest/v1\0m", 19), &signature), TG_OK);
    assert_err(tg_sign_labelled(&secret, "l", tg_view_of(longest, sizeof longest - 1), &signature), TG_OK);
    assert_err(tg_sign_labelled(&secret, "l", TG_VIEW_ARRAY(longest), &signature), TG_ELIMIT);
}

Test(crypto_primitives, guarded_secrets_compare_and_copy)
{
    TG_AUTO_PTR(tg_secret) struct tg_secret *a = tg_secret_new_copy("sesam", 5);
    TG_AUTO_PTR(tg_secret) struct tg_secret *b = tg_secret_new_copy("sesam", 5);
    TG_AUTO_PTR(tg_secret) struct tg_secret *c = tg_secret_new_copy("sesan", 5);
    TG_AUTO_PTR(tg_secret) struct tg_secret *d = tg_secret_new(4);
    cr_assert(tg_secret_equal(a, b));
    cr_assert(!tg_secret_equal(a, c));
    cr_assert(!tg_secret_equal(a, d));
    cr_assert_eq(tg_secret_data(d)[3], 0);
    tg_secret_free(NULL);
}

/* Wherever a text is cut, on either way of hashing, the hash is one; a state keeps to the way it was started on. */
Test(crypto_primitives, both_ways_of_hashing_agree_on_every_length_and_cut)
{
    struct seeded seeded = {.seed = 180};
    static uint8_t data[700];
    const bool had = tg_sha256_hardware_used();
    seeded_fill(&seeded, data, sizeof data);
    for (size_t bytes = 0; bytes <= sizeof data; bytes++) {
        struct tg_hash want, got;
        crypto_hash_sha256(want.bytes, data, bytes);
        for (int way = 0; way < 2; way++) {
            struct tg_sha256 state;
            tg_sha256_hardware_use(way == 1);
            tg_sha256_init(&state);
            tg_sha256_hardware_use(way == 0);
            for (size_t at = 0; at < bytes;) {
                const size_t take = 1 + seeded_below(&seeded, bytes - at);
                tg_sha256_update(&state, tg_view_of(data + at, take));
                at += take;
            }
            tg_sha256_final(&state, &got);
            cr_assert(tg_hash_equal(&want, &got), "%zu bytes, way %d", bytes, way);
        }
    }
    tg_sha256_hardware_use(had);
    cr_assert_eq(tg_sha256_hardware_used(), tg_sha256_hardware_found());
}
