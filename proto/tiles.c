/* A log as C2SP tlog-tiles: names and bytes of its files.
 *
 * Must not know: stores, folders, sockets. proto/tiles_verify.c checks a whole folder.
 */
#include "proto/tiles.h"

#include <stdio.h>

#include "base/text.h"

#define TILE_BITS 8

void tg_tile_path(const struct tg_tile *tile, char out[static TG_TILE_PATH_BYTES_MAX])
{
    char groups[48] = "";
    size_t at = sizeof groups - 1;
    uint64_t n = tile->n;
    /* From the last group of three digits back; all but that have an x in front. */
    for (bool last = true; last || n; last = false, n /= 1000) {
        char group[8];
        int bytes = snprintf(group, sizeof group, last ? "%03u" : "x%03u/", (unsigned)(n % 1000));
        at -= (size_t)bytes;
        memcpy(groups + at, group, (size_t)bytes);
    }
    groups[sizeof groups - 1] = 0;
    int bytes = tile->entries ? snprintf(out, TG_TILE_PATH_BYTES_MAX, "tile/entries/%s", groups + at)
                              : snprintf(out, TG_TILE_PATH_BYTES_MAX, "tile/%u/%s", tile->level, groups + at);
    if (tile->width < TG_TILE_WIDTH)
        (void)snprintf(out + bytes, TG_TILE_PATH_BYTES_MAX - (size_t)bytes, ".p/%u", tile->width);
}

/* The part up to the next slash, cut off the front; all of it when there is none. */
static struct tg_view part_take(struct tg_view *rest)
{
    const uint8_t *slash = rest->bytes ? memchr(rest->data, '/', rest->bytes) : NULL;
    size_t bytes = slash ? (size_t)(slash - rest->data) : rest->bytes, skip = slash ? bytes + 1 : bytes;
    struct tg_view part = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + skip, rest->bytes - skip);
    return part;
}

static bool digits_take(struct tg_view digits, uint64_t *n)
{
    uint64_t value;
    if (digits.bytes != 3 || tg_text_u64(digits, 999, &value)) return false;
    if (*n > (UINT64_MAX - value) / 1000) return false;
    *n = *n * 1000 + value;
    return true;
}

/* Shape is read freely here: whoever calls compares with the one spelling. */
static tg_err path_read(struct tg_view path, struct tg_tile *ret_tile)
{
    struct tg_tile tile = {.width = TG_TILE_WIDTH};
    uint64_t number = 0;
    if (!tg_view_equal_str(part_take(&path), "tile")) return TG_EFORMAT;
    struct tg_view part = part_take(&path);
    tile.entries = tg_view_equal_str(part, "entries");
    if (!tile.entries && tg_text_u64(part, TG_TILE_LEVELS_MAX - 1, &number)) return TG_EFORMAT;
    tile.level = (unsigned)number;
    for (part = part_take(&path); part.bytes == 4 && part.data[0] == 'x'; part = part_take(&path))
        if (!digits_take(tg_view_of(part.data + 1, 3), &tile.n)) return TG_EFORMAT;
    bool partial = part.bytes == 5 && part.data[3] == '.' && part.data[4] == 'p';
    if (!digits_take(tg_view_of(part.data, partial ? 3 : part.bytes), &tile.n)) return TG_EFORMAT;
    if (partial) {
        if (tg_text_u64(path, TG_TILE_WIDTH - 1, &number) || !number) return TG_EFORMAT;
        tile.width = (unsigned)number;
    } else if (path.bytes) {
        return TG_EFORMAT;
    }
    *ret_tile = tile;
    return TG_OK;
}

tg_err tg_tile_path_parse(struct tg_view path, struct tg_tile *ret_tile)
{
    struct tg_tile tile;
    char again[TG_TILE_PATH_BYTES_MAX];
    if (path.bytes >= TG_TILE_PATH_BYTES_MAX || path_read(path, &tile)) return TG_EFORMAT;
    tg_tile_path(&tile, again);
    if (!tg_view_equal_str(path, again)) return TG_EFORMAT;
    *ret_tile = tile;
    return TG_OK;
}

/* ---- which files a tree has ---- */

/* Hashes of that level of tiles. */
static uint64_t tile_hashes(uint64_t size, unsigned level)
{
    return size >> (TILE_BITS * level);
}

static unsigned width_of(uint64_t hashes, uint64_t n)
{
    uint64_t left = hashes - n * TG_TILE_WIDTH;
    return left < TG_TILE_WIDTH ? (unsigned)left : TG_TILE_WIDTH;
}

bool tg_tiles_next(struct tg_tiles_walk *walk, struct tg_tile *ret_tile)
{
    for (; walk->kind <= TG_TILE_LEVELS_MAX; walk->kind++, walk->begun = false) {
        unsigned level = walk->kind ? walk->kind - 1 : 0;
        uint64_t hashes = tile_hashes(walk->size, level), old = tile_hashes(walk->from, level);
        if (!walk->begun) walk->n = old / TG_TILE_WIDTH;
        walk->begun = true;
        if (hashes == old || walk->n * TG_TILE_WIDTH >= hashes) continue;
        *ret_tile = (struct tg_tile){
            .entries = !walk->kind, .level = level, .n = walk->n, .width = width_of(hashes, walk->n)};
        walk->n++;
        return true;
    }
    return false;
}

uint64_t tg_tiles_count(uint64_t from, uint64_t size)
{
    uint64_t count = 0;
    for (unsigned level = 0; level < TG_TILE_LEVELS_MAX; level++) {
        uint64_t all = tile_hashes(size, level), old = tile_hashes(from, level);
        if (all == old) continue;
        uint64_t tiles = (all + TG_TILE_WIDTH - 1) / TG_TILE_WIDTH - old / TG_TILE_WIDTH;
        count += level ? tiles : 2 * tiles;
    }
    return count;
}

/* ---- bytes ---- */

tg_err tg_tile_encode(const struct tg_tile *tile, const struct tg_merkle_reader *reader, struct tg_buf *out)
{
    size_t before = out->bytes;
    tg_err err = TG_OK;
    for (unsigned i = 0; i < tile->width && !err; i++) {
        struct tg_hash hash;
        err = reader->read(reader->ctx, TILE_BITS * tile->level, tile->n * TG_TILE_WIDTH + i, &hash);
        if (!err) err = tg_buf_put(out, hash.bytes, TG_HASH_BYTES);
    }
    if (err) out->bytes = before;
    return err;
}

tg_err tg_entries_put(struct tg_buf *out, struct tg_view entry)
{
    uint8_t length[2];
    if (entry.bytes > UINT16_MAX) return TG_ELIMIT;
    tg_be16_put(length, (uint16_t)entry.bytes);
    size_t before = out->bytes;
    tg_err err = tg_buf_put(out, length, sizeof length);
    if (!err) err = tg_buf_put_view(out, entry);
    if (err) out->bytes = before;
    return err;
}

tg_err tg_entries_next(struct tg_view *rest, struct tg_view *ret_entry)
{
    if (!rest->bytes) return TG_ENOENT;
    size_t bytes = rest->bytes < 2 ? 0 : tg_be16_get(rest->data);
    if (rest->bytes < 2 + bytes) return TG_ESHORT;
    *ret_entry = tg_view_of(rest->data + 2, bytes);
    *rest = tg_view_of(rest->data + 2 + bytes, rest->bytes - 2 - bytes);
    return TG_OK;
}
