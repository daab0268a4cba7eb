/* Views of bytes, growing buffers, integers in network order, and text encodings of bytes.
 *
 * A view borrows: whoever hands one out says until when. Knows no format of ours.
 */
#ifndef TG_BASE_BYTES_H
#define TG_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct tg_view {
    const uint8_t *data;
    size_t bytes;
};

static inline struct tg_view tg_view_of(const void *data, size_t bytes)
{
    return (struct tg_view){.data = data, .bytes = bytes};
}
static inline struct tg_view tg_view_str(const char *text)
{
    return (struct tg_view){.data = (const uint8_t *)text, .bytes = strlen(text)};
}
#define TG_VIEW_ARRAY(array) tg_view_of((array), sizeof(array))
/* For printf("%.*s", TG_VIEW_PRINT(view)). */
#define TG_VIEW_PRINT(view) (int)(view).bytes, (const char *)(view).data

bool tg_view_equal(struct tg_view a, struct tg_view b);
/* <0, 0, >0 in byte order, shorter first. */
int tg_view_compare(struct tg_view a, struct tg_view b);
bool tg_view_equal_str(struct tg_view a, const char *text);
bool tg_view_starts_with(struct tg_view view, const char *prefix);

/* Written out: compilers make one load and one swap of it, of a loop they do not. */
static inline void tg_be16_put(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static inline void tg_be32_put(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}
static inline void tg_be64_put(uint8_t *at, uint64_t value)
{
    tg_be32_put(at, (uint32_t)(value >> 32));
    tg_be32_put(at + 4, (uint32_t)value);
}
static inline uint16_t tg_be16_get(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}
static inline uint32_t tg_be32_get(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline uint64_t tg_be64_get(const uint8_t *at)
{
    return (uint64_t)tg_be32_get(at) << 32 | tg_be32_get(at + 4);
}

/* A growing byte buffer on the heap. Zero-initialised is empty and ready. */
struct tg_buf {
    uint8_t *data;
    size_t bytes;
    size_t capacity;
};
/* Every call leaves the buffer as it was when it fails (TG_ENOMEM). */
tg_err tg_buf_reserve(struct tg_buf *buf, size_t more_bytes);
tg_err tg_buf_put(struct tg_buf *buf, const void *data, size_t bytes);
tg_err tg_buf_put_view(struct tg_buf *buf, struct tg_view view);
tg_err tg_buf_put_str(struct tg_buf *buf, const char *text);
tg_err tg_buf_putf(struct tg_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_buf_clear(struct tg_buf *buf);   /* empty, storage kept */
void tg_buf_release(struct tg_buf *buf); /* storage freed, ready again */
static inline struct tg_view tg_buf_view(const struct tg_buf *buf)
{
    return (struct tg_view){.data = buf->data, .bytes = buf->bytes};
}

/* Text encodings. Encoders write a terminating NUL into out, whose size the macro gives; decoders
 * accept only the canonical form (hex: lower or upper case) and exactly the length asked for. */
#define TG_HEX_BYTES(n) (2 * (n) + 1)
#define TG_BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
#define TG_BASE32_BYTES(n) (((n)*8 + 4) / 5 + 1)
#define TG_Z85_BYTES(n) ((n) / 4 * 5 + 1)
void tg_hex_encode(const void *data, size_t bytes, char *out);
tg_err tg_hex_decode(struct tg_view text, uint8_t *out, size_t out_bytes);
/* RFC 4648 §4 with padding. */
void tg_base64_encode(const void *data, size_t bytes, char *out);
/* ret_bytes ≤ out_bytes_max; canonical padding and zero trailing bits are required. */
tg_err tg_base64_decode(struct tg_view text, uint8_t *out, size_t out_bytes_max, size_t *ret_bytes);
/* RFC 4648 §6, lower case, no padding. */
void tg_base32_encode(const void *data, size_t bytes, char *out);
tg_err tg_base32_decode(struct tg_view text, uint8_t *out, size_t out_bytes);
/* ZeroMQ RFC 32; bytes is a multiple of 4. */
void tg_z85_encode(const void *data, size_t bytes, char *out);
tg_err tg_z85_decode(struct tg_view text, uint8_t *out, size_t out_bytes);

#endif
