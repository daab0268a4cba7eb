/* Views of bytes and growing buffers.
 *
 * Knows no format of ours; the text encodings are in encoding.c.
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool tg_view_equal(struct tg_view a, struct tg_view b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

int tg_view_compare(struct tg_view a, struct tg_view b)
{
    size_t shared = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    if (order) return order;
    return (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

bool tg_view_equal_str(struct tg_view a, const char *text)
{
    return tg_view_equal(a, tg_view_str(text));
}

bool tg_view_starts_with(struct tg_view view, const char *prefix)
{
    size_t bytes = strlen(prefix);
    return view.bytes >= bytes && (bytes == 0 || memcmp(view.data, prefix, bytes) == 0);
}

tg_err tg_buf_reserve(struct tg_buf *buf, size_t more_bytes)
{
    if (more_bytes > SIZE_MAX / 2 - buf->bytes) return TG_ENOMEM;
    size_t wanted = buf->bytes + more_bytes;
    if (wanted <= buf->capacity) return TG_OK;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < wanted) capacity *= 2;
    uint8_t *data = realloc(buf->data, capacity);
    if (!data) return TG_ENOMEM;
    buf->data = data;
    buf->capacity = capacity;
    return TG_OK;
}

tg_err tg_buf_put(struct tg_buf *buf, const void *data, size_t bytes)
{
    tg_err err = tg_buf_reserve(buf, bytes);
    if (err) return err;
    if (bytes) memcpy(buf->data + buf->bytes, data, bytes);
    buf->bytes += bytes;
    return TG_OK;
}

tg_err tg_buf_put_view(struct tg_buf *buf, struct tg_view view)
{
    return tg_buf_put(buf, view.data, view.bytes);
}

tg_err tg_buf_put_str(struct tg_buf *buf, const char *text)
{
    return tg_buf_put(buf, text, strlen(text));
}

tg_err tg_buf_putf(struct tg_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    tg_err err = bytes < 0 ? TG_EBUG : tg_buf_reserve(buf, (size_t)bytes + 1);
    if (!err) {
        (void)vsnprintf((char *)buf->data + buf->bytes, (size_t)bytes + 1, format, again);
        buf->bytes += (size_t)bytes;
    }
    va_end(again);
    return err;
}

void tg_buf_clear(struct tg_buf *buf)
{
    buf->bytes = 0;
}

void tg_buf_release(struct tg_buf *buf)
{
    free(buf->data);
    *buf = (struct tg_buf){0};
}
