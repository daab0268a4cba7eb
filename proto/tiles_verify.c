/* A log as tiles, checked as a whole: every tile and the root are computed from the entries and compared.
 *
 * Must not know: stores, folders. Steps: docs/formats-evidence.md "A log as tiles".
 */
#include "proto/envelope.h"
#include "proto/tiles.h"

static const struct {
    const char *name, *text;
} steps[] = {
#define TG_TILES_ROW(id, name, text) {name, text},
    TG_TILES_STEPS(TG_TILES_ROW)
#undef TG_TILES_ROW
};

const char *tg_tiles_step_name(enum tg_tiles_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step].name : "nothing";
}

const char *tg_tiles_step_text(enum tg_tiles_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step].text : "";
}

#define TILE_BITS 8

/* One verification. */
struct checking {
    const struct tg_tiles_source *source;
    const struct tg_known_cards *known;
    struct tg_arena *arena;
    struct tg_tiles_report *report;
    bool has_since;
    struct tg_merkle_frontier frontier;
    struct tg_hash since_root; /* of the front part that is as long as the older checkpoint */
    /* What the tile of each level that is being filled must hold. */
    struct tg_hash hashes[TG_TILE_LEVELS_MAX][TG_TILE_WIDTH];
    unsigned width[TG_TILE_LEVELS_MAX];
    uint64_t n[TG_TILE_LEVELS_MAX];
    struct tg_buf file;
    struct tg_errmsg *em;
};

static tg_err refuse(struct checking *checking, enum tg_tiles_step step, tg_err err)
{
    checking->report->step = step;
    return tg_context(checking->em, err, "%s", tg_tiles_step_name(step));
}

static tg_err refuse_why(struct checking *checking, enum tg_tiles_step step, tg_err err, const char *why)
{
    checking->report->step = step;
    return tg_fail(checking->em, err, "%s: %s", tg_tiles_step_name(step), why);
}

static tg_err read_file(struct checking *checking, enum tg_tiles_step step, const char *path,
                        size_t bytes_max)
{
    tg_buf_clear(&checking->file);
    tg_err err =
        checking->source->read(checking->source->ctx, path, bytes_max, &checking->file, checking->em);
    return err ? refuse(checking, step, err) : TG_OK;
}

/* ---- notes ---- */

static tg_err checkpoint_open(struct checking *checking, struct tg_view note, enum tg_tiles_step step,
                              struct tg_checkpoint *ret_checkpoint, struct tg_cosigned *ret_cosigned)
{
    const struct tg_note_key *key;
    tg_err err = tg_cosigned_open(note, NULL, checking->known, checking->arena, ret_checkpoint, &key,
                                  ret_cosigned, checking->em);
    return err ? refuse(checking, step, err) : TG_OK;
}

static tg_err check_since(struct checking *checking, struct tg_view note)
{
    struct tg_cosigned ignored;
    struct tg_checkpoint *since = &checking->report->since;
    const struct tg_checkpoint *now = &checking->report->checkpoint;
    if (!note.data) return TG_OK;
    tg_err err = checkpoint_open(checking, note, TG_TILES_SINCE, since, &ignored);
    if (err) return err;
    if (strcmp(since->origin, now->origin) != 0)
        return refuse_why(checking, TG_TILES_SINCE, TG_EPOSITION, "it is of another log");
    if (since->size > now->size)
        return refuse_why(checking, TG_TILES_SINCE, TG_EPOSITION, "it is longer than the log in the folder");
    checking->has_since = true;
    return TG_OK;
}

/* ---- tiles ---- */

static tg_err tile_compare(struct checking *checking, unsigned level)
{
    char path[TG_TILE_PATH_BYTES_MAX];
    struct tg_tile tile = {.level = level, .n = checking->n[level], .width = checking->width[level]};
    tg_tile_path(&tile, path);
    tg_err err = read_file(checking, TG_TILES_TILES, path, TG_TILE_WIDTH * TG_HASH_BYTES);
    if (err) return err;
    struct tg_view want = tg_view_of(checking->hashes[level], tile.width * sizeof(struct tg_hash));
    checking->report->files++;
    bool whole = checking->file.bytes == want.bytes;
    if (!whole || !tg_view_equal(tg_buf_view(&checking->file), want)) {
        checking->report->step = TG_TILES_TILES;
        if (!whole)
            return tg_fail(checking->em, TG_ESHORT, "tiles: '%s' is not %zu bytes long", path, want.bytes);
        return tg_fail(checking->em, TG_EHASH, "tiles: a hash in '%s' is not that of what stands below it",
                       path);
    }
    checking->n[level]++;
    checking->width[level] = 0;
    return TG_OK;
}

static tg_err on_subtree(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash)
{
    struct checking *checking = ctx;
    (void)index;
    if (level % TILE_BITS) return TG_OK;
    unsigned at = level / TILE_BITS;
    checking->hashes[at][checking->width[at]++] = *hash;
    return checking->width[at] == TG_TILE_WIDTH ? tile_compare(checking, at) : TG_OK;
}

static tg_err entry_take(struct checking *checking, struct tg_view entry)
{
    struct tg_hash hash;
    bool good = entry.bytes == TG_LEAF_BYTES && entry.data[0] == 1;
    if (!good)
        return refuse_why(checking, TG_TILES_ENTRIES, TG_EFORMAT, "an entry is no leaf of a node's log");
    tg_merkle_leaf_hash(entry, &hash);
    tg_err err = tg_merkle_append(&checking->frontier, &hash, on_subtree, checking);
    if (err) return err;
    if (checking->has_since && checking->frontier.size == checking->report->since.size)
        tg_merkle_root(&checking->frontier, &checking->since_root);
    return TG_OK;
}

static tg_err bundle_take(struct checking *checking, uint64_t n, unsigned width)
{
    char path[TG_TILE_PATH_BYTES_MAX];
    struct tg_tile bundle = {.entries = true, .n = n, .width = width};
    tg_tile_path(&bundle, path);
    tg_err err = read_file(checking, TG_TILES_ENTRIES, path, width * (2 + TG_LEAF_BYTES));
    if (err) return err;
    /* Tiles are read into the same buffer meanwhile. */
    TG_AUTO(tg_buf) struct tg_buf whole = checking->file;
    checking->file = (struct tg_buf){0};
    struct tg_view rest = tg_buf_view(&whole), entry;
    unsigned count = 0;
    checking->report->files++;
    while (!(err = tg_entries_next(&rest, &entry)) && count < width) {
        count++;
        err = entry_take(checking, entry);
        if (err) return err;
    }
    if (err == TG_ENOENT && count == width) return TG_OK;
    checking->report->step = TG_TILES_ENTRIES;
    return tg_fail(checking->em, TG_ECOUNT, "entry bundles: '%s' does not hold %u entries", path, width);
}

static tg_err check_entries(struct checking *checking)
{
    uint64_t size = checking->report->checkpoint.size;
    const struct tg_tiles_source *source = checking->source;
    if (checking->has_since && !checking->report->since.size)
        tg_merkle_root(&checking->frontier, &checking->since_root);
    for (uint64_t at = 0; at < size; at += TG_TILE_WIDTH) {
        uint64_t left = size - at;
        tg_err err =
            bundle_take(checking, at / TG_TILE_WIDTH, left < TG_TILE_WIDTH ? (unsigned)left : TG_TILE_WIDTH);
        if (!err && source->progress) err = source->progress(source->ctx, at, size);
        if (err) return err;
    }
    for (unsigned level = 0; level < TG_TILE_LEVELS_MAX; level++) {
        tg_err err = checking->width[level] ? tile_compare(checking, level) : TG_OK;
        if (err) return err;
    }
    return TG_OK;
}

static tg_err check_roots(struct checking *checking)
{
    struct tg_hash root;
    const struct tg_tiles_report *report = checking->report;
    tg_merkle_root(&checking->frontier, &root);
#ifdef TG_CONTROL_NO_TILES_ROOT
    root = report->checkpoint.root;
#endif
    if (!tg_hash_equal(&root, &report->checkpoint.root))
        return refuse_why(checking, TG_TILES_ROOT, TG_EROOT, "the entries have another one");
    if (checking->has_since && !tg_hash_equal(&checking->since_root, &report->since.root))
        return refuse_why(checking, TG_TILES_CONSISTENCY, TG_EFORK,
                          "the older checkpoint signs another front part: the log has two histories");
    return TG_OK;
}

tg_err tg_tiles_verify(const struct tg_tiles_source *source, struct tg_view since,
                       const struct tg_known_cards *known, struct tg_arena *arena,
                       struct tg_tiles_report *ret_report, struct tg_errmsg *em)
{
    *ret_report = (struct tg_tiles_report){.step = TG_TILES_STEP_COUNT};
    struct checking *checking = tg_arena_take(arena, sizeof *checking);
    if (!checking) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    checking->source = source;
    checking->known = known;
    checking->arena = arena;
    checking->report = ret_report;
    checking->em = em;
    tg_err err = read_file(checking, TG_TILES_CHECKPOINT, "checkpoint", TG_NOTE_BYTES_MAX);
    if (!err)
        err = checkpoint_open(checking, tg_buf_view(&checking->file), TG_TILES_CHECKPOINT,
                              &ret_report->checkpoint, &ret_report->cosigned);
    if (!err) err = check_since(checking, since);
    if (!err) err = check_entries(checking);
    if (!err) err = check_roots(checking);
    tg_buf_release(&checking->file);
    return err;
}
