/* Bounded reader and writer. Each remembers its first failure, so that code reads or writes every
 * field and asks once at the end.
 */
#ifndef TG_BASE_CURSOR_H
#define TG_BASE_CURSOR_H

#include "base/bytes.h"

/* Reader over borrowed bytes. After a failure every read returns zero or an empty view. */
struct tg_rd {
    const uint8_t *at;
    size_t left;
    tg_err err;
};
static inline struct tg_rd tg_rd_init(struct tg_view view)
{
    return (struct tg_rd){.at = view.data, .left = view.bytes, .err = TG_OK};
}
uint8_t tg_rd_u8(struct tg_rd *rd);
uint16_t tg_rd_u16(struct tg_rd *rd);
uint32_t tg_rd_u32(struct tg_rd *rd);
uint64_t tg_rd_u64(struct tg_rd *rd);
/* The next bytes, on loan from the underlying view. */
struct tg_view tg_rd_view(struct tg_rd *rd, size_t bytes);
void tg_rd_copy(struct tg_rd *rd, void *out, size_t bytes);
/* Up to and without the delimiter, which is consumed; TG_EFORMAT when it is missing. */
struct tg_view tg_rd_until(struct tg_rd *rd, uint8_t delimiter);
/* First failure, or TG_ETRAIL when bytes are left over. */
tg_err tg_rd_end(const struct tg_rd *rd);

/* Writer into the caller's fixed storage. After a failure nothing more is written. */
struct tg_wr {
    uint8_t *start;
    size_t at;
    size_t capacity;
    tg_err err;
};
static inline struct tg_wr tg_wr_init(void *storage, size_t capacity)
{
    return (struct tg_wr){.start = storage, .at = 0, .capacity = capacity, .err = TG_OK};
}
void tg_wr_u8(struct tg_wr *wr, uint8_t value);
void tg_wr_u16(struct tg_wr *wr, uint16_t value);
void tg_wr_u32(struct tg_wr *wr, uint32_t value);
void tg_wr_u64(struct tg_wr *wr, uint64_t value);
void tg_wr_put(struct tg_wr *wr, const void *data, size_t bytes);
void tg_wr_view(struct tg_wr *wr, struct tg_view view);
/* Characters without the NUL. */
void tg_wr_str(struct tg_wr *wr, const char *text);
static inline struct tg_view tg_wr_view_of(const struct tg_wr *wr)
{
    return (struct tg_view){.data = wr->start, .bytes = wr->at};
}

#endif
