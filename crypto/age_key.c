/* Keys of age as people copy them: Bech32 of 32 bytes [BIP 173].
 *
 * Knows no file.
 */
#include "crypto/age.h"

#include <sodium.h>

#include "base/text.h"

#define RECIPIENT_PREFIX "age"
#define IDENTITY_PREFIX "age-secret-key-"
#define DATA_CHARS 52 /* 32 bytes, 5 bits each, zero bits behind */
#define SUM_CHARS 6

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t step(uint32_t sum, uint8_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if (top >> i & 1) sum ^= generator[i];
    return sum;
}

static uint32_t sum_of_prefix(const char *prefix)
{
    uint32_t sum = 1;
    for (const char *at = prefix; *at; at++) sum = step(sum, (uint8_t)*at >> 5);
    sum = step(sum, 0);
    for (const char *at = prefix; *at; at++) sum = step(sum, (uint8_t)*at & 31);
    return sum;
}

/* Value of a character in either case; -1. */
static int value_of(uint8_t letter)
{
    const char *at = letter ? strchr(alphabet, tg_ascii_lower((char)letter)) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static bool mixed(struct tg_view text)
{
    bool lower = false, upper = false;
    for (size_t i = 0; i < text.bytes; i++) {
        lower = lower || (text.data[i] >= 'a' && text.data[i] <= 'z');
        upper = upper || (text.data[i] >= 'A' && text.data[i] <= 'Z');
    }
    return lower && upper;
}

/* 52 values of 5 bits into 32 bytes; false when the four bits behind are not zero. */
static bool bits_join(const uint8_t values[static DATA_CHARS], uint8_t out[static 32])
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < DATA_CHARS; i++) {
        held = (held << 5 | values[i]) & 0xfff;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        out[at++] = (uint8_t)(held >> bits);
    }
    return (held & 15) == 0;
}

static bool decode(struct tg_view text, const char *prefix, uint8_t out[static 32])
{
    size_t head = strlen(prefix) + 1;
    uint8_t values[DATA_CHARS + SUM_CHARS];
    if (text.bytes != head + sizeof values || mixed(text)) return false;
    for (size_t i = 0; i + 1 < head; i++)
        if (tg_ascii_lower((char)text.data[i]) != prefix[i]) return false;
    if (text.data[head - 1] != '1') return false;
    uint32_t sum = sum_of_prefix(prefix);
    for (size_t i = 0; i < sizeof values; i++) {
        int value = value_of(text.data[head + i]);
        if (value < 0) return false;
        values[i] = (uint8_t)value;
        sum = step(sum, values[i]);
    }
    bool good = sum == 1 && bits_join(values, out);
    tg_wipe(values, sizeof values);
    return good;
}

static void encode(const char *prefix, const uint8_t bytes[static 32], char *out)
{
    uint8_t values[DATA_CHARS];
    uint32_t sum = sum_of_prefix(prefix), held = 0;
    unsigned bits = 0;
    size_t count = 0, at = strlen(prefix);
    for (size_t i = 0; i < 32; i++) {
        held = (held << 8 | bytes[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5) values[count++] = held >> (bits - 5) & 31;
    }
    values[count++] = (uint8_t)(held << (5 - bits) & 31);
    memcpy(out, prefix, at);
    out[at++] = '1';
    for (size_t i = 0; i < count; i++) {
        out[at++] = alphabet[values[i]];
        sum = step(sum, values[i]);
    }
    for (unsigned i = 0; i < SUM_CHARS; i++) sum = step(sum, 0);
    sum ^= 1;
    for (unsigned i = 0; i < SUM_CHARS; i++) out[at++] = alphabet[sum >> 5 * (5 - i) & 31];
    out[at] = 0;
    tg_wipe(values, sizeof values);
}

tg_err tg_age_recipient_parse(struct tg_view text, struct tg_age_recipient *ret_recipient,
                              struct tg_errmsg *em)
{
    static const uint8_t any_scalar[32] = {1};
    struct tg_age_recipient recipient;
    uint8_t shared[32];
    if (tg_view_starts_with(text, "ssh-") || tg_view_starts_with(text, "age1pq1"))
        return tg_fail(em, TG_EFORMAT,
                       "only age recipients of type X25519 are supported: age1 and 58 characters");
    if (!decode(text, RECIPIENT_PREFIX, recipient.bytes))
        return tg_fail(em, TG_EFORMAT,
                       "this is no age recipient: age1 and 58 characters, as age-keygen prints it");
    if (crypto_scalarmult(shared, any_scalar, recipient.bytes) != 0)
        return tg_fail(em, TG_EKEY, "this age recipient is no usable key");
    *ret_recipient = recipient;
    return TG_OK;
}

void tg_age_recipient_format(const struct tg_age_recipient *recipient,
                             char out[static TG_AGE_RECIPIENT_TEXT_BYTES])
{
    encode(RECIPIENT_PREFIX, recipient->bytes, out);
}

tg_err tg_age_identity_parse(struct tg_view text, struct tg_key *ret_identity, struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key identity;
    if (!decode(text, IDENTITY_PREFIX, identity.bytes))
        return tg_fail(em, TG_EFORMAT, "this is no age identity: AGE-SECRET-KEY-1 and 58 characters");
    *ret_identity = identity;
    return TG_OK;
}

void tg_age_identity_format(const struct tg_key *identity, char out[static TG_AGE_IDENTITY_TEXT_BYTES])
{
    encode(IDENTITY_PREFIX, identity->bytes, out);
    for (char *at = out; *at; at++)
        if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
}

void tg_age_recipient_of(const struct tg_key *identity, struct tg_age_recipient *ret_recipient)
{
    crypto_scalarmult_base(ret_recipient->bytes, identity->bytes);
}
