/* A backup written into one encrypted file, which appears under its name whole and on the disk, or not at all.
 *
 * Knows no meaning of a file in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/archive.h"
#include "cli/archive_tar.h"

/* ---- bytes ---- */

static tg_err write_failed(const struct tg_archive_out *archive, const char *what, struct tg_errmsg *em)
{
    int saved = errno;
    tg_err err = saved == ENOSPC || saved == EDQUOT ? TG_ESPACE : TG_EIO;
    return tg_fail_errno(em, err, saved, "cannot %s '%s'", what, archive->place);
}

static tg_err file_write(struct tg_archive_out *archive, struct tg_view data, struct tg_errmsg *em)
{
    while (data.bytes) {
        ssize_t put = write(archive->fd, data.data, data.bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return write_failed(archive, "write", em);
        archive->bytes += (uint64_t)put;
        data = tg_view_of(data.data + put, data.bytes - (size_t)put);
    }
    return TG_OK;
}

static tg_err chunk_write(struct tg_archive_out *archive, bool last, struct tg_errmsg *em)
{
    size_t filled = archive->filled;
    archive->filled = 0;
    tg_age_chunk_seal(&archive->key, archive->chunk++, last, tg_view_of(archive->plain, filled),
                      archive->plain);
    return file_write(archive, tg_view_of(archive->plain, filled + TG_AGE_SEALED_BYTES - TG_AGE_CHUNK_BYTES),
                      em);
}

/* A full chunk waits until more comes: the last one is sealed as such. */
static tg_err plain_put(struct tg_archive_out *archive, struct tg_view data, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    while (data.bytes && !err) {
        if (archive->filled == TG_AGE_CHUNK_BYTES) err = chunk_write(archive, false, em);
        size_t room = TG_AGE_CHUNK_BYTES - archive->filled, take = data.bytes < room ? data.bytes : room;
        memcpy(archive->plain + archive->filled, data.data, take);
        archive->filled += take;
        data = tg_view_of(data.data + take, data.bytes - take);
    }
    return err;
}

/* ---- begin ---- */

static tg_err work_make(struct tg_archive_out *archive, struct tg_errmsg *em)
{
    struct stat about;
    char work[TG_CLI_PATH_BYTES_MAX];
    if (lstat(archive->place, &about) == 0)
        return tg_fail(em, TG_EEXIST, "'%s' exists already: choose a new name, nothing was changed",
                       archive->place);
    int bytes = snprintf(work, sizeof work, "%s.partial-XXXXXX", archive->place);
    if (bytes < 0 || (size_t)bytes >= sizeof work)
        return tg_fail(em, TG_EUSAGE, "the file's path is too long");
    archive->fd = mkostemp(work, O_CLOEXEC);
    if (archive->fd < 0) {
        tg_err err = errno == ENOENT ? TG_ENOENT : errno == EACCES ? TG_EDENIED : TG_ESYSTEM;
        return tg_fail_errno(em, err, errno, "cannot make a file beside '%s'", archive->place);
    }
    archive->open = true;
    memcpy(archive->work, work, sizeof work);
    return TG_OK;
}

tg_err tg_archive_begin(struct tg_archive_out *archive, const char *place,
                        const struct tg_age_recipient *recipients, size_t count,
                        const struct tg_random *random, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf header = {0};
    int bytes = snprintf(archive->place, sizeof archive->place, "%s", place);
    if (bytes <= 0 || (size_t)bytes >= sizeof archive->place || place[bytes - 1] == '/')
        return tg_fail(em, TG_EUSAGE, "'%.100s' is no name for a file", place);
    archive->plain = malloc(TG_AGE_SEALED_BYTES);
    if (!archive->plain) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_age_header_make(recipients, count, random, &header, &archive->key, em);
    if (!err) err = work_make(archive, em);
    return err ? err : file_write(archive, tg_buf_view(&header), em);
}

uint64_t tg_archive_room(const struct tg_archive_out *archive)
{
    struct statvfs fs;
    if (fstatvfs(archive->fd, &fs) != 0) return UINT64_MAX;
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* ---- files ---- */

tg_err tg_archive_file_end(struct tg_archive_out *archive, struct tg_errmsg *em)
{
    static const uint8_t zeros[TG_TAR_BLOCK_BYTES];
    if (!archive->in_file) return TG_OK;
    struct tg_folder_file *file = &archive->files[archive->file_count - 1];
    if (archive->left)
        return tg_fail(em, TG_EDAMAGED, "'%s' is shorter than the node said: make the backup again",
                       file->name);
    archive->in_file = false;
    tg_sha256_final(&archive->sum, &file->sum);
    return plain_put(archive, tg_view_of(zeros, tg_tar_padding(file->bytes)), em);
}

tg_err tg_archive_file(struct tg_archive_out *archive, const char *name, unsigned mode, uint64_t bytes,
                       int64_t time_ms, struct tg_errmsg *em)
{
    uint8_t block[TG_TAR_BLOCK_BYTES];
    tg_err err = tg_archive_file_end(archive, em);
    if (err) return err;
    if (!tg_folder_name_good(name)) return tg_fail(em, TG_EFORMAT, "'%.60s' is no name of a file here", name);
    for (size_t i = 0; i < archive->file_count; i++)
        if (strcmp(archive->files[i].name, name) == 0)
            return tg_fail(em, TG_EEXIST, "file '%.60s' comes twice", name);
    if (archive->file_count == TG_BACKUP_FILES_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d files", TG_BACKUP_FILES_MAX);
    if (tg_tar_header_make(name, mode, bytes, time_ms / 1000, block))
        return tg_fail(em, TG_ELIMIT, "the name '%.60s' is too long for an archive", name);
    struct tg_folder_file *file = &archive->files[archive->file_count++];
    *file = (struct tg_folder_file){.bytes = bytes};
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    archive->left = bytes;
    archive->in_file = true;
    tg_sha256_init(&archive->sum);
    return plain_put(archive, TG_VIEW_ARRAY(block), em);
}

tg_err tg_archive_put(struct tg_archive_out *archive, struct tg_view data, struct tg_errmsg *em)
{
    if (!archive->in_file) return tg_fail(em, TG_EBUG, "bytes without a file");
    if (data.bytes > archive->left)
        return tg_fail(em, TG_EDAMAGED, "'%s' is longer than the node said: make the backup again",
                       archive->files[archive->file_count - 1].name);
    archive->left -= data.bytes;
    tg_sha256_update(&archive->sum, data);
    return plain_put(archive, data, em);
}

/* ---- end ---- */

/* Never over something that is there: link fails then, rename would not. */
static tg_err put_in_place(struct tg_archive_out *archive, struct tg_errmsg *em)
{
    if (link(archive->work, archive->place) != 0)
        return tg_fail_errno(em, errno == EEXIST ? TG_EEXIST : TG_ESYSTEM, errno,
                             "cannot put '%s' in its place", archive->place);
    (void)unlink(archive->work);
    archive->work[0] = 0;
    return tg_dir_sync_of(archive->place, em);
}

tg_err tg_archive_end(struct tg_archive_out *archive, struct tg_errmsg *em)
{
    static const uint8_t zeros[2 * TG_TAR_BLOCK_BYTES];
    tg_err err = tg_archive_file_end(archive, em);
    if (!err) err = plain_put(archive, TG_VIEW_ARRAY(zeros), em);
    if (!err) err = chunk_write(archive, true, em);
    if (!err && fsync(archive->fd) != 0) err = write_failed(archive, "sync", em);
    if (err) return err;
    archive->open = false;
    if (close(archive->fd) != 0) return write_failed(archive, "close", em);
    return put_in_place(archive, em);
}

void tg_archive_out_release(struct tg_archive_out *archive)
{
    if (archive->open) (void)close(archive->fd);
    archive->open = false;
    if (archive->work[0]) (void)unlink(archive->work);
    archive->work[0] = 0;
    if (archive->plain) tg_wipe(archive->plain, TG_AGE_SEALED_BYTES);
    free(archive->plain);
    archive->plain = NULL;
    tg_wipe(&archive->key, sizeof archive->key);
}
