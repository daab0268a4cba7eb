/* Node ids, names and fingerprints against the vectors; what people mistype. */
#include "crypto/identity.h"
#include "vectors.h"

static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}
TestSuite(crypto_identity, .init = start);

static void root_of(json_t *json, const char *country, struct tg_sign_public *ret_root)
{
    json_t *one;
    size_t i;
    json_array_foreach(member(json, "identity"), i, one)
    {
        if (strcmp(text_of(one, "country"), country) == 0) hex_into(one, "root_public", ret_root->bytes, 32);
    }
}

Test(crypto_identity, node_ids_are_those_of_the_vectors)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    size_t i;
    json_array_foreach(member(json, "identity"), i, one)
    {
        TG_AUTO(tg_sign_secret) struct tg_sign_secret secret;
        struct tg_sign_public root;
        struct tg_node_id id, want, parsed;
        uint8_t seed[32], public_bytes[32];
        char text[TG_NODE_TEXT_BYTES];
        hex_into(one, "root_seed", seed, 32);
        hex_into(one, "root_public", public_bytes, 32);
        hex_into(one, "node_id", want.bytes, 32);
        tg_sign_secret_from_seed(seed, &secret, &root);
        assert_bytes(root.bytes, public_bytes, 32, "public key");
        tg_node_id_of_root(&root, &id);
        cr_assert(tg_node_id_equal(&id, &want));
        tg_node_id_format(&id, text);
        cr_assert_str_eq(text, text_of(one, "node_text"));
        assert_err(tg_node_id_parse(tg_view_str(text), &parsed), TG_OK);
        cr_assert(tg_node_id_equal(&id, &parsed));
        text[0] = 'Y';
        assert_err(tg_node_id_parse(tg_view_str(text), &parsed), TG_EFORMAT);
        assert_err(tg_node_id_parse(tg_view_of(text, 51), &parsed), TG_EFORMAT);
    }
    cr_assert_eq(i, 3);
    json_decref(json);
}

Test(crypto_identity, fingerprints_are_those_of_the_vectors_from_both_sides)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    size_t i;
    json_array_foreach(member(json, "fingerprints"), i, one)
    {
        struct tg_sign_public a, b;
        struct tg_fingerprint ours, theirs, typed;
        char text[TG_FINGERPRINT_TEXT_BYTES], want[64];
        root_of(json, text_of(one, "a"), &a);
        root_of(json, text_of(one, "b"), &b);
        tg_fingerprint_pair(&a, &b, &ours);
        tg_fingerprint_pair(&b, &a, &theirs);
        cr_assert(tg_fingerprint_equal(&ours, &theirs));
        tg_fingerprint_format(&ours, text);
        json_t *check = member(one, "check");
        if (json_is_string(check))
            snprintf(want, sizeof want, "%s %s", text_of(one, "groups"), json_string_value(check));
        else
            snprintf(want, sizeof want, "%s %02d", text_of(one, "groups"), (int)json_integer_value(check));
        cr_assert_str_eq(text, want);
        assert_err(tg_fingerprint_parse(tg_view_str(text), &typed), TG_OK);
        cr_assert(tg_fingerprint_equal(&ours, &typed));
        /* One digit misheard is always noticed: 97 is prime and no power of ten times 1..9 is a multiple of it. */
        for (size_t at = 0; text[at] != '\0'; at++) {
            if (text[at] == ' ') continue;
            const char kept = text[at];
            text[at] = kept == '9' ? '0' : (char)(kept + 1);
            assert_err(tg_fingerprint_parse(tg_view_str(text), &typed), TG_EVALUE);
            text[at] = kept;
        }
        assert_err(tg_fingerprint_parse(tg_view_of(text, strlen(text) - 1), &typed), TG_EFORMAT);
        assert_err(tg_fingerprint_parse(tg_view_str("12345 abc"), &typed), TG_EFORMAT);
    }
    cr_assert_eq(i, 3);
    json_decref(json);
}

Test(crypto_identity, origin_lines_come_back)
{
    const struct tg_node_id id = {{1, 2, 3}};
    struct tg_node_id got;
    uint32_t epoch;
    char name[TG_KEY_NAME_BYTES];
    tg_key_name_format(&id, TG_KEY_ROLE_LOG, UINT32_MAX, name);
    assert_err(tg_log_origin_parse(tg_view_str(name), &got, &epoch), TG_OK);
    cr_assert(tg_node_id_equal(&id, &got));
    cr_assert_eq(epoch, UINT32_MAX);
    name[strlen(name) - 1] = '6';
    assert_err(tg_log_origin_parse(tg_view_str(name), &got, &epoch), TG_EFORMAT);
    tg_key_name_format(&id, TG_KEY_ROLE_LOG, 7, name);
    name[strlen(name) - 1] = '\0';
    assert_err(tg_log_origin_parse(tg_view_str(name), &got, &epoch), TG_EFORMAT);
    strcat(name, "07");
    assert_err(tg_log_origin_parse(tg_view_str(name), &got, &epoch), TG_EFORMAT);
    tg_key_name_format(&id, TG_KEY_ROLE_CLOCK, 0, name);
    assert_err(tg_log_origin_parse(tg_view_str(name), &got, &epoch), TG_EFORMAT);
}
