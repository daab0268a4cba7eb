/* Files written whole or not at all, and opened without following links.
 *
 * The messages name path, permission and remedy.
 */
#ifndef TG_BASE_FILE_H
#define TG_BASE_FILE_H

#include "base/cleanup.h"
#include "base/limits.h"

/* Whole file into buf (appended). TG_ENOENT, TG_ELIMIT over bytes_max, TG_EIO. "-" is standard input. */
tg_err tg_file_read(const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em);
/* As tg_file_read, for secrets: O_NOFOLLOW, a regular file of ours, no permission for group or others
 * (TG_EDENIED). */
tg_err tg_file_read_private(const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em);
/* Write to a temporary neighbour, sync, rename over path, sync the folder. mode as chmod. */
tg_err tg_file_write(const char *path, struct tg_view content, unsigned mode, struct tg_errmsg *em);
/* As tg_file_write, but never over an existing file (TG_EEXIST). */
tg_err tg_file_create(const char *path, struct tg_view content, unsigned mode, struct tg_errmsg *em);
/* The same for a file that is written piece by piece: it stands in its place whole and synced once it has ended.
 * Zero-initialise; release it whatever came. */
struct tg_file_out {
    char path[TG_CLI_PATH_BYTES_MAX];
    char work[TG_CLI_PATH_BYTES_MAX]; /* beside it */
    int fd;
    bool open;
    bool replace;
};
tg_err tg_file_begin(struct tg_file_out *out, const char *path, unsigned mode, bool replace,
                     struct tg_errmsg *em);
tg_err tg_file_put(struct tg_file_out *out, struct tg_view content, struct tg_errmsg *em);
tg_err tg_file_end(struct tg_file_out *out, struct tg_errmsg *em);
/* What did not end is removed. */
void tg_file_out_release(struct tg_file_out *out);
TG_AUTO_DEFINE(tg_file_out, tg_file_out_release)
/* A folder with that mode, or the one that is there. */
tg_err tg_dir_ensure(const char *path, unsigned mode, struct tg_errmsg *em);
/* Sync a folder's entries. */
tg_err tg_dir_sync(const char *path, struct tg_errmsg *em);
/* The same of the folder that path stands in. */
tg_err tg_dir_sync_of(const char *path, struct tg_errmsg *em);
/* "folder/name" into out; TG_ELIMIT when it does not fit. */
tg_err tg_path_join(const char *folder, const char *name, char *out, size_t out_bytes, struct tg_errmsg *em);

#endif
