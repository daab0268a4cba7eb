/* Bounded reader and writer with a sticky failure.
 *
 * Knows no format of ours.
 */
#include "base/cursor.h"

struct tg_view tg_rd_view(struct tg_rd *rd, size_t bytes)
{
    if (!rd->err && bytes > rd->left) rd->err = TG_ESHORT;
    if (rd->err) return (struct tg_view){.data = NULL, .bytes = 0};
    struct tg_view view = tg_view_of(rd->at, bytes);
    if (bytes) rd->at += bytes; /* an empty view may have no address to count from */
    rd->left -= bytes;
    return view;
}

uint8_t tg_rd_u8(struct tg_rd *rd)
{
    struct tg_view view = tg_rd_view(rd, 1);
    return view.data ? view.data[0] : 0;
}

uint16_t tg_rd_u16(struct tg_rd *rd)
{
    struct tg_view view = tg_rd_view(rd, 2);
    return view.data ? tg_be16_get(view.data) : 0;
}

uint32_t tg_rd_u32(struct tg_rd *rd)
{
    struct tg_view view = tg_rd_view(rd, 4);
    return view.data ? tg_be32_get(view.data) : 0;
}

uint64_t tg_rd_u64(struct tg_rd *rd)
{
    struct tg_view view = tg_rd_view(rd, 8);
    return view.data ? tg_be64_get(view.data) : 0;
}

void tg_rd_copy(struct tg_rd *rd, void *out, size_t bytes)
{
    struct tg_view view = tg_rd_view(rd, bytes);
    if (!bytes) return;
    if (view.data)
        memcpy(out, view.data, bytes);
    else
        memset(out, 0, bytes);
}

struct tg_view tg_rd_until(struct tg_rd *rd, uint8_t delimiter)
{
    const uint8_t *found = rd->err || !rd->left ? NULL : memchr(rd->at, delimiter, rd->left);
    if (!found) {
        if (!rd->err) rd->err = TG_EFORMAT;
        return (struct tg_view){.data = NULL, .bytes = 0};
    }
    struct tg_view view = tg_rd_view(rd, (size_t)(found - rd->at));
    (void)tg_rd_view(rd, 1);
    return view;
}

tg_err tg_rd_end(const struct tg_rd *rd)
{
    if (rd->err) return rd->err;
    return rd->left ? TG_ETRAIL : TG_OK;
}

void tg_wr_put(struct tg_wr *wr, const void *data, size_t bytes)
{
    if (!wr->err && bytes > wr->capacity - wr->at) wr->err = TG_ELIMIT;
    if (wr->err || !bytes) return;
    memcpy(wr->start + wr->at, data, bytes);
    wr->at += bytes;
}

void tg_wr_u8(struct tg_wr *wr, uint8_t value)
{
    tg_wr_put(wr, &value, 1);
}

void tg_wr_u16(struct tg_wr *wr, uint16_t value)
{
    uint8_t bytes[2];
    tg_be16_put(bytes, value);
    tg_wr_put(wr, bytes, sizeof bytes);
}

void tg_wr_u32(struct tg_wr *wr, uint32_t value)
{
    uint8_t bytes[4];
    tg_be32_put(bytes, value);
    tg_wr_put(wr, bytes, sizeof bytes);
}

void tg_wr_u64(struct tg_wr *wr, uint64_t value)
{
    uint8_t bytes[8];
    tg_be64_put(bytes, value);
    tg_wr_put(wr, bytes, sizeof bytes);
}

void tg_wr_view(struct tg_wr *wr, struct tg_view view)
{
    tg_wr_put(wr, view.data, view.bytes);
}

void tg_wr_str(struct tg_wr *wr, const char *text)
{
    tg_wr_put(wr, text, strlen(text));
}
