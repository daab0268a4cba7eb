/* The mark: size and root of each of our own logs, kept in a file beside the store, so that a store put
 * back to an older state is noticed before anything is signed.
 * Knows no keys. Layout: docs/formats-store.md.
 *
 * Two slots written in turn, each with a checksum: a write cut off in the middle leaves the mark before.
 */
#ifndef TG_STORE_MARK_H
#define TG_STORE_MARK_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/limits.h"

struct tg_mark {
    uint32_t epoch;
    uint64_t size;
    uint8_t root[32];
};
struct tg_mark_file;

/* TG_ENOENT missing and not create · TG_EDAMAGED no slot is whole, or not a mark file. */
tg_err tg_mark_open(const char *path, bool create, struct tg_mark_file **ret_file, struct tg_errmsg *em);
void tg_mark_close(struct tg_mark_file *file);
TG_AUTO_PTR_DEFINE(tg_mark_file, tg_mark_close)

/* The marks as last written (none after creation), ascending by epoch. */
size_t tg_mark_read(const struct tg_mark_file *file, struct tg_mark ret_marks[static TG_MARKS_MAX]);
/* Replace them all, synced: one write, one sync. marks ascending by epoch, ≤ TG_MARKS_MAX. After TG_EIO
 * the file takes nothing more. */
tg_err tg_mark_write(struct tg_mark_file *file, const struct tg_mark *marks, size_t count,
                     struct tg_errmsg *em);

#endif
