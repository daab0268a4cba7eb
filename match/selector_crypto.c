/* File hashes, cryptocurrency addresses, onion services: text whose checksum or length speaks for it.
 *
 * Knows no chain's contents. [BIP 13, 173, 350], [EIP-55], [Monero CNS007], [rend-spec-v3 §6]; docs/formats-match.md.
 */
#include "crypto/hash.h"
#include "match/selector_impl.h"

static const struct {
    const char *name;
    uint8_t bytes;
    const char *empty; /* hash of no bytes at all */
} algorithms[] = {
    {"md5", 16, "d41d8cd98f00b204e9800998ecf8427e"},
    {"sha1", 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"sha224", 28, "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"},
    {"sha256", 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"sha384", 48,
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
    {"sha512", 64,
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931b"
     "d47417a81"
     "a538327af927da3e"},
};
#define ALGORITHMS (sizeof algorithms / sizeof algorithms[0])

/* "sha256:...", "SHA-256 ...", or nothing; the number of the algorithm, ALGORITHMS when none is named. */
static size_t algorithm_take(struct tg_view *text)
{
    for (size_t i = ALGORITHMS; i-- > 0;) {
        struct tg_view rest = *text;
        const char *name = algorithms[i].name;
        bool named = tg_sel_eat(&rest, name);
        if (!named && tg_sel_eat(&rest, "sha-")) named = tg_sel_eat(&rest, name + 3);
        if (!named || rest.bytes == 0 || strchr(":= (", (char)rest.data[0]) == NULL) continue;
        rest = tg_view_of(rest.data + 1, rest.bytes - 1);
        *text = tg_text_trim(rest);
        return i;
    }
    return ALGORITHMS;
}

tg_err tg_sel_hash(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    struct tg_view text = in->plain;
    uint8_t hash[64];
    char hex[TG_HEX_BYTES(64)];
    size_t named = algorithm_take(&text), at = 0;
    while (at < ALGORITHMS && text.bytes != (size_t)algorithms[at].bytes * 2) at++;
    if (at == ALGORITHMS || (named < ALGORITHMS && named != at)) {
        return tg_fail(em, TG_EFORMAT,
                       "hash '%s' has %zu characters: 32 are MD5, 40 SHA-1, 64 SHA-256, 128 SHA-512",
                       in->shown, text.bytes);
    }
    if (tg_hex_decode(text, hash, algorithms[at].bytes) != TG_OK) {
        return tg_fail(em, TG_EFORMAT, "hash '%s' holds something else than 0-9 and a-f", in->shown);
    }
    tg_hex_encode(hash, algorithms[at].bytes, hex);
    if (strcmp(hex, algorithms[at].empty) == 0 || tg_sel_all_same(hex, text.bytes))
        out->flags |= TG_SELECTOR_NOISE;
    return tg_sel_form(out, em, "%s:%s", algorithms[at].name, hex);
}

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* 25 bytes: version, 20 of hash, 4 of checksum. */
static bool base58_decode(struct tg_view text, uint8_t out[static 25])
{
    uint8_t number[25] = {0};
    size_t ones = 0, zeros = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        const char *at = text.data[i] == 0 ? NULL : strchr(base58, (char)text.data[i]);
        if (at == NULL) return false;
        if (i == ones && *at == '1') ones++;
        unsigned carry = (unsigned)(at - base58);
        for (size_t k = 25; k-- > 0;) {
            carry += number[k] * 58U;
            number[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) return false;
    }
    while (zeros < 25 && number[zeros] == 0) zeros++;
    if (zeros != ones) return false;
    memcpy(out, number, 25);
    return true;
}

static bool base58_checked(const uint8_t decoded[25])
{
    struct tg_hash first, second;
    tg_sha256_of(tg_view_of(decoded, 21), &first);
    tg_sha256_of(tg_view_of(first.bytes, TG_HASH_BYTES), &second);
    return memcmp(second.bytes, decoded + 21, 4) == 0;
}

static const struct {
    uint8_t version;
    const char *chain;
} versions[] = {{0x00, "bitcoin"}, {0x05, "bitcoin"},  {0x30, "litecoin"}, {0x32, "litecoin"},
                {0x41, "tron"},    {0x1E, "dogecoin"}, {0x16, "dogecoin"}};

static tg_err base58_address(const struct tg_sel_in *in, struct tg_view text, struct tg_selector *out,
                             struct tg_errmsg *em)
{
    uint8_t decoded[25];
    if (!base58_decode(text, decoded)) {
        return tg_fail(em, TG_EFORMAT,
                       "'%s' is no address of Bitcoin, Litecoin, Dogecoin, Tron, Ethereum or Monero",
                       in->shown);
    }
    if (!base58_checked(decoded)) {
        return tg_fail(em, TG_EVALUE, "checksum of address '%s' is wrong: a character is mistyped",
                       in->shown);
    }
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        if (versions[i].version != decoded[0]) continue;
        return tg_sel_form(out, em, "%s:%.*s", versions[i].chain, TG_VIEW_PRINT(text));
    }
    return tg_fail(em, TG_EVALUE, "address '%s' has version %u: of no chain known here", in->shown,
                   decoded[0]);
}

#define BECH32_MAX 90

static uint32_t bech32_step(uint32_t sum, uint8_t value)
{
    static const uint32_t generators[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++) {
        if ((top >> i & 1) != 0) sum ^= generators[i];
    }
    return sum;
}

/* Length and padding of the program behind the version [BIP 141, 173]. */
static bool program_valid(unsigned version, const uint8_t *values, size_t count)
{
    size_t bytes = count * 5 / 8, spare = count * 5 % 8;
    if (version > 16 || spare >= 5 || bytes < 2 || bytes > 40) return false;
    if ((values[count - 1] & ((1U << spare) - 1)) != 0) return false;
    return version != 0 || bytes == 20 || bytes == 32;
}

static tg_err bech32_address(const struct tg_sel_in *in, struct tg_view text, const char *prefix,
                             const char *chain, struct tg_selector *out, struct tg_errmsg *em)
{
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    char lower[BECH32_MAX + 1];
    uint8_t values[BECH32_MAX];
    size_t head = strlen(prefix), count = 0;
    bool small = false, capital = false;
    if (text.bytes < head + 8 || text.bytes > BECH32_MAX) {
        return tg_fail(em, TG_EFORMAT, "address '%s' has the wrong length", in->shown);
    }
    uint32_t sum = 1;
    for (size_t i = 0; i + 1 < head; i++) sum = bech32_step(sum, (uint8_t)(prefix[i] >> 5));
    sum = bech32_step(sum, 0);
    for (size_t i = 0; i + 1 < head; i++) sum = bech32_step(sum, (uint8_t)(prefix[i] & 31));
    for (size_t i = 0; i < text.bytes; i++) {
        char c = (char)text.data[i];
        small = small || (c >= 'a' && c <= 'z');
        capital = capital || (c >= 'A' && c <= 'Z');
        lower[i] = tg_ascii_lower(c);
        if (i < head) continue;
        const char *at = lower[i] == 0 ? NULL : strchr(alphabet, lower[i]);
        if (at == NULL) return tg_fail(em, TG_EFORMAT, "address '%s' holds '%c'", in->shown, c);
        values[count++] = (uint8_t)(at - alphabet);
        sum = bech32_step(sum, values[count - 1]);
    }
    lower[text.bytes] = 0;
    if (small && capital)
        return tg_fail(em, TG_EFORMAT, "address '%s' mixes small and capital letters", in->shown);
    if (sum != (values[0] == 0 ? 1U : 0x2bc830a3U)) {
        return tg_fail(em, TG_EVALUE, "checksum of address '%s' is wrong: a character is mistyped",
                       in->shown);
    }
    if (!program_valid(values[0], values + 1, count - 7)) {
        return tg_fail(em, TG_EVALUE, "address '%s' has a witness program that no wallet makes", in->shown);
    }
    return tg_sel_form(out, em, "%s:%s", chain, lower);
}

/* Mixed case is a checksum [EIP-55]; one case has none. */
static tg_err ethereum_address(const struct tg_sel_in *in, struct tg_view text, struct tg_selector *out,
                               struct tg_errmsg *em)
{
    uint8_t address[20], hash[32];
    char lower[41];
    bool small = false, capital = false, wrong = false;
    if (tg_hex_decode(text, address, 20) != TG_OK) {
        return tg_fail(em, TG_EFORMAT, "address '%s' is not 0x and 40 hexadecimal digits", in->shown);
    }
    tg_hex_encode(address, 20, lower);
    tg_keccak256(tg_view_of(lower, 40), 0x01, hash);
    for (size_t i = 0; i < 40; i++) {
        char c = (char)text.data[i];
        if (tg_ascii_is_digit(c)) continue;
        bool is_capital = c >= 'A' && c <= 'F';
        bool expected = ((hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 8) != 0;
        small = small || !is_capital;
        capital = capital || is_capital;
        wrong = wrong || is_capital != expected;
    }
    if (small && capital && wrong) {
        return tg_fail(em, TG_EVALUE, "checksum of address '%s' is wrong: a character is mistyped",
                       in->shown);
    }
    if (tg_sel_all_same(lower, 40)) out->flags |= TG_SELECTOR_NOISE;
    return tg_sel_form(out, em, "ethereum:0x%s", lower);
}

/* Monero writes blocks of 8 bytes with 11 characters each; the last, of 5 bytes, has 7. */
#define MONERO_BLOCK_BYTES 8
#define MONERO_BLOCK_CHARS 11
#define MONERO_TAIL_BYTES 5
#define MONERO_TAIL_CHARS 7
#define MONERO_BYTES_MAX 77 /* with a payment id; else 69 */

static bool monero_block(struct tg_view text, uint8_t *out, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        const char *at = text.data[i] == 0 ? NULL : strchr(base58, (char)text.data[i]);
        if (at == NULL || __builtin_mul_overflow(value, (uint64_t)58, &value) ||
            __builtin_add_overflow(value, (uint64_t)(at - base58), &value))
            return false;
    }
    if (bytes < 8 && value >> (8 * bytes) != 0) return false;
    for (size_t i = bytes; i-- > 0; value >>= 8) out[i] = (uint8_t)value;
    return true;
}

static tg_err monero_address(const struct tg_sel_in *in, struct tg_view text, struct tg_selector *out,
                             struct tg_errmsg *em)
{
    uint8_t decoded[MONERO_BYTES_MAX], hash[32];
    size_t at = 0, chars = 0;
    bool read = true;
    for (; read && chars + MONERO_BLOCK_CHARS <= text.bytes; chars += MONERO_BLOCK_CHARS) {
        read =
            monero_block(tg_view_of(text.data + chars, MONERO_BLOCK_CHARS), decoded + at, MONERO_BLOCK_BYTES);
        at += MONERO_BLOCK_BYTES;
    }
    read = read &&
           monero_block(tg_view_of(text.data + chars, MONERO_TAIL_CHARS), decoded + at, MONERO_TAIL_BYTES);
    at += MONERO_TAIL_BYTES;
    if (read) tg_keccak256(tg_view_of(decoded, at - 4), 0x01, hash);
    if (!read || memcmp(hash, decoded + at - 4, 4) != 0) {
        return tg_fail(em, TG_EVALUE, "checksum of address '%s' is wrong: a character is mistyped",
                       in->shown);
    }
    bool known =
        decoded[0] == 18 || decoded[0] == 42 || decoded[0] == 19; /* account, subaddress, payment id */
    if (!known || (decoded[0] == 19) != (at == MONERO_BYTES_MAX)) {
        return tg_fail(em, TG_EVALUE, "address '%s' is of no kind that Monero has", in->shown);
    }
    return tg_sel_form(out, em, "monero:%.*s", TG_VIEW_PRINT(text));
}

tg_err tg_sel_crypto(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const char *const schemes[] = {
        "bitcoin:", "litecoin:", "dogecoin:", "ethereum:", "tron:", "monero:"};
    struct tg_view text = in->plain;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && !tg_sel_eat(&text, schemes[i]); i++) {
    }
    const uint8_t *query = memchr(text.data, '?', text.bytes);
    if (query != NULL) text.bytes = (size_t)(query - text.data);
    struct tg_view rest = text;
    if (tg_sel_eat(&rest, "bc1")) return bech32_address(in, text, "bc1", "bitcoin", out, em);
    if (tg_sel_eat(&rest, "ltc1")) return bech32_address(in, text, "ltc1", "litecoin", out, em);
    if (tg_sel_eat(&rest, "0x")) return ethereum_address(in, rest, out, em);
    size_t monero_chars = MONERO_BLOCK_CHARS * 8 + MONERO_TAIL_CHARS;
    if (text.bytes == monero_chars || text.bytes == monero_chars + MONERO_BLOCK_CHARS)
        return monero_address(in, text, out, em);
    return base58_address(in, text, out, em);
}

#define ONION_CHARS 56

tg_err tg_sel_onion(const struct tg_sel_in *in, struct tg_selector *out, struct tg_errmsg *em)
{
    static const char label[] = ".onion checksum";
    char text[TG_SELECTOR_TEXT_BYTES_MAX + 1], name[ONION_CHARS + 1];
    struct tg_view view = tg_view_of(text, tg_sel_refang(in->plain, text));
    uint8_t decoded[35], checked[sizeof label - 1 + 33], hash[32];
    if (view.bytes > 0 && view.data[view.bytes - 1] == '/') view.bytes--;
    (void)(tg_sel_eat(&view, "http://") || tg_sel_eat(&view, "https://"));
    size_t suffix = strlen(".onion");
    struct tg_view end = tg_view_of(view.data + (view.bytes > suffix ? view.bytes - suffix : 0), suffix);
    if (view.bytes <= suffix || !tg_sel_eat(&end, ".onion")) {
        return tg_fail(em, TG_EFORMAT, "'%s' does not end in .onion", in->shown);
    }
    view.bytes -= suffix;
    while (memchr(view.data, '.', view.bytes) != NULL)
        view.data++, view.bytes--; /* a name below it is the service's own */
    if (view.bytes == 16)
        return tg_fail(em, TG_EVALUE, "onion '%s' is of version 2, which is gone since 2021", in->shown);
    if (view.bytes != ONION_CHARS) {
        return tg_fail(em, TG_EFORMAT, "onion '%s' has %zu characters, not %d", in->shown, view.bytes,
                       ONION_CHARS);
    }
    for (size_t i = 0; i < ONION_CHARS; i++) name[i] = tg_ascii_lower((char)view.data[i]);
    name[ONION_CHARS] = 0;
    if (tg_base32_decode(tg_view_of(name, ONION_CHARS), decoded, 35) != TG_OK) {
        return tg_fail(em, TG_EFORMAT, "onion '%s' holds something else than a-z and 2-7", in->shown);
    }
    memcpy(checked, label, sizeof label - 1);
    memcpy(checked + sizeof label - 1, decoded, 32);
    checked[sizeof checked - 1] = decoded[34];
    tg_keccak256(TG_VIEW_ARRAY(checked), 0x06, hash);
    if (decoded[34] != 3 || memcmp(hash, decoded + 32, 2) != 0) {
        return tg_fail(em, TG_EVALUE, "checksum of onion '%s' is wrong: a character is mistyped", in->shown);
    }
    return tg_sel_form(out, em, "%s.onion", name);
}
