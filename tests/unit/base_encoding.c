/* Stories of hex, base64, base32 and Z85: published vectors, round trips, one spelling a value.
 *
 * Must not know who uses them. Vectors: RFC 4648 §10, ZeroMQ RFC 32.
 */
#include <criterion/criterion.h>

#include "base/bytes.h"
#include "tests/unit/base_chance.h"

#define ROUNDS 2000
#define BYTES_MAX 67

struct vector {
    const char *plain;
    const char *text;
};

Test(hex, gives_the_vectors_of_rfc_4648_in_lower_case)
{
    static const struct vector vectors[] = {{"", ""},
                                            {"f", "66"},
                                            {"fo", "666f"},
                                            {"foo", "666f6f"},
                                            {"foob", "666f6f62"},
                                            {"fooba", "666f6f6261"},
                                            {"foobar", "666f6f626172"}};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[TG_HEX_BYTES(6)];
        tg_hex_encode(vectors[i].plain, strlen(vectors[i].plain), text);
        cr_assert_str_eq(text, vectors[i].text, "of '%s'", vectors[i].plain);
    }
}

Test(hex, reads_both_cases)
{
    uint8_t out[3];
    cr_assert_eq(tg_hex_decode(tg_view_str("aBcDeF"), out, sizeof out), TG_OK);
    cr_assert_arr_eq(out, "\xAB\xCD\xEF", 3);
}

Test(hex, refuses_other_lengths_and_other_characters_and_writes_nothing)
{
    static const char *const bad[] = {"", "0", "000", "00000", "00000g", "0000 0", "000\n00", "0x0000"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[3] = "ab";
        cr_assert_eq(tg_hex_decode(tg_view_str(bad[i]), out, sizeof out), TG_EFORMAT, "of '%s'", bad[i]);
        cr_assert_arr_eq(out, "ab", 3, "of '%s'", bad[i]);
    }
    uint8_t out[1] = {7};
    cr_assert_eq(tg_hex_decode(tg_view_of("0\0", 2), out, 1), TG_EFORMAT, "a NUL is no digit");
    cr_assert_eq(out[0], 7);
}

Test(base64, gives_and_reads_the_vectors_of_rfc_4648)
{
    static const struct vector vectors[] = {{"", ""},
                                            {"f", "Zg=="},
                                            {"fo", "Zm8="},
                                            {"foo", "Zm9v"},
                                            {"foob", "Zm9vYg=="},
                                            {"fooba", "Zm9vYmE="},
                                            {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t plain_bytes = strlen(vectors[i].plain), bytes = 99;
        char text[TG_BASE64_BYTES(6)];
        tg_base64_encode(vectors[i].plain, plain_bytes, text);
        cr_assert_str_eq(text, vectors[i].text, "of '%s'", vectors[i].plain);
        uint8_t out[6];
        cr_assert_eq(tg_base64_decode(tg_view_str(vectors[i].text), out, sizeof out, &bytes), TG_OK);
        cr_assert_eq(bytes, plain_bytes);
        cr_assert(memcmp(out, vectors[i].plain, bytes) == 0, "of '%s'", vectors[i].text);
    }
}

Test(base64, has_one_spelling_for_each_value)
{
    /* Bits set under the padding, padding missing, doubled or inside, the other alphabet, white space. */
    static const char *const bad[] = {"Zh==",     "Zm9=", "Zg",       "Zg=",  "Z===",   "====", "=",
                                      "Zg==Zg==", "Z=g=", "Zm9v====", "Zm-_", "Zm9v\n", " Zm9", "Zm9v Zm9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[8] = "before!";
        size_t bytes = 99;
        cr_assert_eq(tg_base64_decode(tg_view_str(bad[i]), out, sizeof out, &bytes), TG_EFORMAT, "of '%s'",
                     bad[i]);
        cr_assert_str_eq((char *)out, "before!", "of '%s'", bad[i]);
        cr_assert_eq(bytes, 99u, "of '%s'", bad[i]);
    }
}

Test(base64, writes_at_most_what_it_was_given)
{
    uint8_t out[3] = "ab";
    size_t bytes = 99;
    cr_assert_eq(tg_base64_decode(tg_view_str("Zm9v"), out, 2, &bytes), TG_ELIMIT);
    cr_assert_eq(bytes, 99u);
    cr_assert_str_eq((char *)out, "ab");
    cr_assert_eq(tg_base64_decode(tg_view_str("Zm9v"), out, 3, &bytes), TG_OK);
}

Test(base32, gives_the_vectors_of_rfc_4648_in_lower_case_without_padding)
{
    static const struct vector vectors[] = {{"", ""},
                                            {"f", "my"},
                                            {"fo", "mzxq"},
                                            {"foo", "mzxw6"},
                                            {"foob", "mzxw6yq"},
                                            {"fooba", "mzxw6ytb"},
                                            {"foobar", "mzxw6ytboi"}};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t bytes = strlen(vectors[i].plain);
        char text[TG_BASE32_BYTES(6)];
        tg_base32_encode(vectors[i].plain, bytes, text);
        cr_assert_str_eq(text, vectors[i].text);
        uint8_t out[6];
        cr_assert_eq(tg_base32_decode(tg_view_str(text), out, bytes), TG_OK);
        cr_assert(memcmp(out, vectors[i].plain, bytes) == 0, "of '%s'", text);
    }
}

Test(base32, takes_52_characters_for_a_node_id)
{
    cr_assert_eq(TG_BASE32_BYTES(32), 53);
}

Test(base32, refuses_upper_case_padding_unused_bits_and_other_lengths)
{
    static const char *const bad[] = {"MY", "m1", "m0", "mz", "m", "my======", "mya", "m\xC3", "m "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[1] = {7};
        cr_assert_eq(tg_base32_decode(tg_view_str(bad[i]), out, 1), TG_EFORMAT, "of '%s'", bad[i]);
        cr_assert_eq(out[0], 7, "of '%s'", bad[i]);
    }
}

Test(z85, says_hello_world_as_zeromq_rfc_32_does)
{
    static const uint8_t bytes[] = {0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B};
    char text[TG_Z85_BYTES(8)];
    tg_z85_encode(bytes, sizeof bytes, text);
    cr_assert_str_eq(text, "HelloWorld");
    uint8_t out[8];
    cr_assert_eq(tg_z85_decode(tg_view_str("HelloWorld"), out, sizeof out), TG_OK);
    cr_assert_arr_eq(out, bytes, 8);
}

Test(z85, knows_the_greatest_group_and_refuses_the_next)
{
    uint8_t out[4];
    cr_assert_eq(tg_z85_decode(tg_view_str("%nSc0"), out, 4), TG_OK);
    cr_assert_arr_eq(out, "\xFF\xFF\xFF\xFF", 4);
    cr_assert_eq(tg_z85_decode(tg_view_str("%nSc1"), out, 4), TG_EFORMAT, "one more than 32 bits");
    cr_assert_eq(tg_z85_decode(tg_view_str("#####"), out, 4), TG_EFORMAT);
}

Test(z85, refuses_other_characters_and_lengths_and_writes_nothing)
{
    static const char *const bad[] = {"Hello",      "HelloWorl",   "HelloWorld0",
                                      "Hello Worl", "HelloWorl\"", "HelloWorl~"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[8] = "before!";
        cr_assert_eq(tg_z85_decode(tg_view_str(bad[i]), out, sizeof out), TG_EFORMAT, "of '%s'", bad[i]);
        cr_assert_str_eq((char *)out, "before!", "of '%s'", bad[i]);
    }
    uint8_t out[3];
    cr_assert_eq(tg_z85_decode(tg_view_str("Hel"), out, 3), TG_EFORMAT, "not a multiple of four");
}

/* Law: decode(encode(x)) = x, and the text is exactly as long as the macro says. */
Test(encodings, bring_back_every_value)
{
    struct chance chance = {.state = 1};
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t in[BYTES_MAX], out[BYTES_MAX];
        size_t bytes = chance_below(&chance, BYTES_MAX + 1), got = 0;
        chance_fill(&chance, in, bytes);
        char text[TG_HEX_BYTES(BYTES_MAX)];

        tg_hex_encode(in, bytes, text);
        cr_assert_eq(strlen(text) + 1, TG_HEX_BYTES(bytes));
        cr_assert(!tg_hex_decode(tg_view_str(text), out, bytes) && memcmp(in, out, bytes) == 0);

        tg_base64_encode(in, bytes, text);
        cr_assert_eq(strlen(text) + 1, TG_BASE64_BYTES(bytes));
        cr_assert(!tg_base64_decode(tg_view_str(text), out, bytes, &got) && got == bytes);
        cr_assert(memcmp(in, out, bytes) == 0);

        tg_base32_encode(in, bytes, text);
        cr_assert_eq(strlen(text) + 1, TG_BASE32_BYTES(bytes));
        cr_assert(!tg_base32_decode(tg_view_str(text), out, bytes) && memcmp(in, out, bytes) == 0);

        size_t whole = bytes / 4 * 4;
        tg_z85_encode(in, whole, text);
        cr_assert_eq(strlen(text) + 1, TG_Z85_BYTES(whole));
        cr_assert(!tg_z85_decode(tg_view_str(text), out, whole) && memcmp(in, out, whole) == 0);
    }
}

/* Law: a text that is accepted is the one that encoding its value gives. */
Test(encodings, accept_no_second_spelling)
{
    struct chance chance = {.state = 2};
    size_t accepted = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t in[8], out[9];
        char text[TG_HEX_BYTES(8)], again[TG_HEX_BYTES(9)];
        chance_fill(&chance, in, sizeof in);
        size_t got = 0, bytes = 1 + chance_below(&chance, sizeof in);

        tg_base64_encode(in, bytes, text);
        text[chance_below(&chance, strlen(text))] = (char)(32 + chance_below(&chance, 95));
        if (!tg_base64_decode(tg_view_str(text), out, sizeof out, &got)) {
            tg_base64_encode(out, got, again);
            cr_assert_str_eq(text, again);
            accepted++;
        }
        tg_base32_encode(in, bytes, text);
        text[chance_below(&chance, strlen(text))] = (char)(32 + chance_below(&chance, 95));
        if (!tg_base32_decode(tg_view_str(text), out, bytes)) {
            tg_base32_encode(out, bytes, again);
            cr_assert_str_eq(text, again);
            accepted++;
        }
        tg_z85_encode(in, sizeof in, text);
        text[chance_below(&chance, strlen(text))] = (char)(32 + chance_below(&chance, 95));
        if (!tg_z85_decode(tg_view_str(text), out, sizeof in)) {
            tg_z85_encode(out, sizeof in, again);
            cr_assert_str_eq(text, again);
            accepted++;
        }
    }
    cr_assert_gt(accepted, (size_t)ROUNDS / 4,
                 "the changed texts must not all be refused for this to say anything");
}
