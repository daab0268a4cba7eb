/* A log as C2SP tlog-tiles: names of tiles, their bytes, and a whole folder checked.
 *
 * Must not know: stores, folders, sockets; a tree comes through a reader, files through a source. Format:
 * c2sp.org/tlog-tiles; ours: docs/formats-evidence.md "A log as tiles".
 */
#ifndef TG_PROTO_TILES_H
#define TG_PROTO_TILES_H

#include "base/limits.h"
#include "crypto/merkle.h"
#include "proto/cosigned.h"

/* Hashes n·256 .. n·256 + width - 1 of tree level 8·level, or the entries with those indexes. */
struct tg_tile {
    bool entries;   /* an entry bundle; level is 0 */
    unsigned level; /* 0..TG_TILE_LEVELS_MAX - 1 */
    uint64_t n;
    unsigned width; /* 1..TG_TILE_WIDTH; less than that: a partial tile */
};
/* "tile/0/x001/234.p/17", "tile/entries/000". */
void tg_tile_path(const struct tg_tile *tile, char out[static TG_TILE_PATH_BYTES_MAX]);
/* The one spelling alone; TG_EFORMAT. */
tg_err tg_tile_path_parse(struct tg_view path, struct tg_tile *ret_tile);

/* Every file that a tree of `size` has and one of `from` had not: entry bundles first, then tiles level by level, each
 * from left to right. Initialise with from ≤ size and nothing else. */
struct tg_tiles_walk {
    uint64_t from, size;
    unsigned kind; /* 0 entry bundles, else level + 1 */
    uint64_t n;
    bool begun; /* that kind */
};
bool tg_tiles_next(struct tg_tiles_walk *walk, struct tg_tile *ret_tile);
/* How many there are, for a progress bar. */
uint64_t tg_tiles_count(uint64_t from, uint64_t size);

/* A tile of hashes, appended: width × 32 bytes. An error of the reader is passed on. */
tg_err tg_tile_encode(const struct tg_tile *tile, const struct tg_merkle_reader *reader, struct tg_buf *out);
/* One entry of a bundle, appended: u16 length ‖ bytes. TG_ELIMIT over 65,535 bytes. */
tg_err tg_entries_put(struct tg_buf *out, struct tg_view entry);
/* The next entry of a bundle, cut off the front; TG_ENOENT at the end, TG_ESHORT when it is cut off. */
tg_err tg_entries_next(struct tg_view *rest, struct tg_view *ret_entry);

/* ---- a whole folder ---- */

/* The files of a folder. path is relative to it; TG_ENOENT, TG_ELIMIT over bytes_max, TG_EIO. */
struct tg_tiles_source {
    tg_err (*read)(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out, struct tg_errmsg *em);
    void *ctx;
    /* How far the check is, in entries; may be NULL. Anything but TG_OK ends it. */
    tg_err (*progress)(void *ctx, uint64_t done, uint64_t total);
};

/* X(ID, "name", "what has been checked when it passes") */
#define TG_TILES_STEPS(X)                                                                     \
    X(CHECKPOINT, "checkpoint", "well formed, of a node's log, signed by its log key")        \
    X(SINCE, "older checkpoint", "of the same log, signed by its log key, and not longer")    \
    X(ENTRIES, "entry bundles", "every one is there, whole, with entries of the right shape") \
    X(TILES, "tiles", "every hash of every tile is that of what stands below it")             \
    X(ROOT, "root", "over all entries, is the one that the checkpoint signs")                 \
    X(CONSISTENCY, "consistency", "the older checkpoint is a front part of this log")
enum tg_tiles_step {
#define TG_TILES_ENUM(id, name, text) TG_TILES_##id,
    TG_TILES_STEPS(TG_TILES_ENUM)
#undef TG_TILES_ENUM
        TG_TILES_STEP_COUNT
};
const char *tg_tiles_step_name(enum tg_tiles_step step);
const char *tg_tiles_step_text(enum tg_tiles_step step);

struct tg_tiles_report {
    enum tg_tiles_step step; /* that refused, or TG_TILES_STEP_COUNT */
    struct tg_checkpoint checkpoint, since;
    struct tg_cosigned cosigned;
    uint64_t files; /* that were compared */
};

/* Reads the checkpoint and every tile and bundle that its tree has; recomputes all of them from the entries.
 *
 * since       note of an older checkpoint of the log; data NULL: none
 * arena       for notes, about 64 KiB
 * ret_report  always filled; step tells where it ended
 *
 * Memory: one hash an unfinished tile level, one bundle. The first failing step's error is returned, with a message that
 * begins with its name. */
tg_err tg_tiles_verify(const struct tg_tiles_source *source, struct tg_view since,
                       const struct tg_known_cards *known, struct tg_arena *arena,
                       struct tg_tiles_report *ret_report, struct tg_errmsg *em);

#endif
