/* Hex, base64, base32 and Z85.
 *
 * Decoders accept one spelling of each value only (hex has two cases), so that text can be compared and
 * signed; they write nothing unless all of it is right. RFC 4648, ZeroMQ RFC 32.
 */
#include "base/bytes.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char z85_digits[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/* The digit's value, or -1. */
static int digit_of(const char *digits, uint8_t c)
{
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

void tg_hex_encode(const void *data, size_t bytes, char *out)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++) {
        *out++ = hex_digits[at[i] >> 4];
        *out++ = hex_digits[at[i] & 15];
    }
    *out = 0;
}

static int hex_value(uint8_t c)
{
    if (c >= 'A' && c <= 'F') c = (uint8_t)(c - 'A' + 'a');
    return digit_of(hex_digits, c);
}

tg_err tg_hex_decode(struct tg_view text, uint8_t *out, size_t out_bytes)
{
    if (text.bytes != 2 * out_bytes) return TG_EFORMAT;
    for (size_t i = 0; i < text.bytes; i++)
        if (hex_value(text.data[i]) < 0) return TG_EFORMAT;
    for (size_t i = 0; i < out_bytes; i++)
        out[i] = (uint8_t)(hex_value(text.data[2 * i]) * 16 + hex_value(text.data[2 * i + 1]));
    return TG_OK;
}

void tg_base64_encode(const void *data, size_t bytes, char *out)
{
    const uint8_t *at = data;
    for (; bytes >= 3; bytes -= 3, at += 3) {
        uint32_t group = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
        for (int shift = 18; shift >= 0; shift -= 6) *out++ = base64_digits[group >> shift & 63];
    }
    if (bytes) {
        uint32_t group = (uint32_t)at[0] << 16 | (bytes == 2 ? (uint32_t)at[1] << 8 : 0);
        *out++ = base64_digits[group >> 18 & 63];
        *out++ = base64_digits[group >> 12 & 63];
        *out++ = bytes == 2 ? base64_digits[group >> 6 & 63] : '=';
        *out++ = '=';
    }
    *out = 0;
}

/* One group of four characters, the last of which may be padding. */
static tg_err base64_group(const uint8_t *text, size_t padding, uint8_t out[static 3])
{
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - padding ? digit_of(base64_digits, text[i]) : 0;
        if (digit < 0) return TG_EFORMAT;
        group = group << 6 | (uint32_t)digit;
    }
    if (padding == 1 && (group & 0xFF)) return TG_EFORMAT;
    if (padding == 2 && (group & 0xFFFF)) return TG_EFORMAT;
    for (int i = 0; i < 3; i++) out[i] = (uint8_t)(group >> (16 - 8 * i));
    return TG_OK;
}

tg_err tg_base64_decode(struct tg_view text, uint8_t *out, size_t out_bytes_max, size_t *ret_bytes)
{
    if (text.bytes % 4) return TG_EFORMAT;
    size_t padding = 0;
    while (padding < 2 && padding < text.bytes && text.data[text.bytes - 1 - padding] == '=') padding++;
    size_t bytes = text.bytes / 4 * 3 - padding;
    uint8_t group[3];
    for (size_t i = 0; i < text.bytes; i += 4) {
        tg_err err = base64_group(text.data + i, i + 4 == text.bytes ? padding : 0, group);
        if (err) return err;
    }
    if (bytes > out_bytes_max) return TG_ELIMIT;
    for (size_t i = 0, at = 0; i < text.bytes; i += 4, at += 3) {
        (void)base64_group(text.data + i, i + 4 == text.bytes ? padding : 0, group);
        memcpy(out + at, group, bytes - at < 3 ? bytes - at : 3);
    }
    *ret_bytes = bytes;
    return TG_OK;
}

void tg_base32_encode(const void *data, size_t bytes, char *out)
{
    const uint8_t *at = data;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < bytes; i++) {
        bits = bits << 8 | at[i];
        for (count += 8; count >= 5; count -= 5) *out++ = base32_digits[bits >> (count - 5) & 31];
    }
    if (count) *out++ = base32_digits[bits << (5 - count) & 31];
    *out = 0;
}

/* Digits only, and no bits set beyond the last whole byte. */
static bool base32_is_canonical(struct tg_view text)
{
    int digit = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        digit = digit_of(base32_digits, text.data[i]);
        if (digit < 0) return false;
    }
    unsigned unused_bits = (unsigned)(text.bytes * 5 % 8);
    return ((unsigned)digit & ((1u << unused_bits) - 1)) == 0;
}

tg_err tg_base32_decode(struct tg_view text, uint8_t *out, size_t out_bytes)
{
    if (text.bytes != TG_BASE32_BYTES(out_bytes) - 1 || !base32_is_canonical(text)) return TG_EFORMAT;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        bits = bits << 5 | (uint32_t)digit_of(base32_digits, text.data[i]);
        count += 5;
        if (count >= 8) {
            count -= 8;
            *out++ = (uint8_t)(bits >> count);
        }
    }
    return TG_OK;
}

void tg_z85_encode(const void *data, size_t bytes, char *out)
{
    const uint8_t *at = data;
    for (size_t i = 0; i + 4 <= bytes; i += 4) {
        uint32_t value = tg_be32_get(at + i);
        for (int j = 4; j >= 0; j--) {
            out[j] = z85_digits[value % 85];
            value /= 85;
        }
        out += 5;
    }
    *out = 0;
}

/* Five characters; false when one is no digit or the value is over 32 bits. */
static bool z85_group(const uint8_t *text, uint32_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 5; i++) {
        int digit = digit_of(z85_digits, text[i]);
        if (digit < 0) return false;
        value = value * 85 + (uint64_t)digit;
    }
    if (value > UINT32_MAX) return false;
    *ret_value = (uint32_t)value;
    return true;
}

tg_err tg_z85_decode(struct tg_view text, uint8_t *out, size_t out_bytes)
{
    if (out_bytes % 4 || text.bytes != out_bytes / 4 * 5) return TG_EFORMAT;
    uint32_t value = 0;
    for (size_t i = 0; i < out_bytes / 4; i++)
        if (!z85_group(text.data + 5 * i, &value)) return TG_EFORMAT;
    for (size_t i = 0; i < out_bytes / 4; i++) {
        (void)z85_group(text.data + 5 * i, &value);
        tg_be32_put(out + 4 * i, value);
    }
    return TG_OK;
}
