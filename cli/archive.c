/* A backup read from one encrypted file, at whatever place is asked for.
 *
 * Knows no meaning of a file in it. Everything that comes out was authenticated by its chunk; that nothing was cut off is
 * seen by the last chunk, which is opened first.
 */
#include "cli/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/archive_tar.h"

#define FRONT "age-encryption.org/"
#define ARMOR_FRONT "-----BEGIN AGE ENCRYPTED FILE"

/* Fewer only at the end of the file. */
static tg_err bytes_at(const struct tg_archive_in *archive, uint64_t at, uint8_t *out, size_t bytes,
                       size_t *ret_got, struct tg_errmsg *em)
{
    size_t got = 0;
    while (got < bytes) {
        ssize_t more = pread(archive->fd, out + got, bytes - got, (off_t)(at + got));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", archive->path);
        if (more == 0) break;
        got += (size_t)more;
    }
    *ret_got = got;
    return TG_OK;
}

/* ---- chunks ---- */

static tg_err chunk_load(struct tg_archive_in *archive, uint64_t number, struct tg_errmsg *em)
{
    uint64_t at = number * TG_AGE_SEALED_BYTES, left = archive->payload_bytes - at;
    size_t bytes = left < TG_AGE_SEALED_BYTES ? (size_t)left : TG_AGE_SEALED_BYTES, got = 0;
    if (archive->chunk_number == number) return TG_OK;
    archive->chunk_number = UINT64_MAX;
    tg_err err = bytes_at(archive, archive->payload_at + at, archive->chunk, bytes, &got, em);
    if (err) return err;
    if (got != bytes || tg_age_chunk_open(&archive->key, number, number + 1 == archive->chunks,
                                          tg_view_of(archive->chunk, bytes), archive->chunk))
        return tg_fail(em, TG_EITEM, "'%s' is damaged or was cut off: use another backup", archive->path);
    archive->chunk_number = number;
    archive->chunk_bytes = bytes - (TG_AGE_SEALED_BYTES - TG_AGE_CHUNK_BYTES);
    return TG_OK;
}

static tg_err plain_read(struct tg_archive_in *archive, uint64_t at, uint8_t *out, size_t bytes,
                         struct tg_errmsg *em)
{
    if (at > archive->bytes || bytes > archive->bytes - at)
        return tg_fail(em, TG_EFORMAT, "'%s' is no backup: it ends within a file", archive->path);
    while (bytes) {
        tg_err err = chunk_load(archive, at / TG_AGE_CHUNK_BYTES, em);
        if (err) return err;
        size_t from = (size_t)(at % TG_AGE_CHUNK_BYTES), there = (size_t)archive->chunk_bytes - from;
        size_t take = bytes < there ? bytes : there;
        memcpy(out, archive->chunk + from, take);
        out += take;
        at += take;
        bytes -= take;
    }
    return TG_OK;
}

/* ---- what is in it ---- */

const struct tg_archive_file *tg_archive_find(const struct tg_archive_in *archive, const char *name)
{
    for (size_t i = 0; i < archive->file_count; i++)
        if (strcmp(archive->files[i].name, name) == 0) return &archive->files[i];
    return NULL;
}

static tg_err file_add(struct tg_archive_in *archive, const char *name, uint64_t at, uint64_t bytes,
                       struct tg_errmsg *em)
{
    if (!tg_folder_name_good(name) || tg_archive_find(archive, name))
        return tg_fail(em, TG_EFORMAT, "'%s' is no backup: a file in it is named '%.60s'", archive->path,
                       name);
    if (archive->file_count == TG_BACKUP_FILES_MAX)
        return tg_fail(em, TG_ELIMIT, "'%s' holds more than %d files", archive->path, TG_BACKUP_FILES_MAX);
    if (bytes > archive->bytes || at > archive->bytes - bytes)
        return tg_fail(em, TG_EFORMAT, "'%s' is no backup: it ends within '%.60s'", archive->path, name);
    struct tg_archive_file *file = &archive->files[archive->file_count++];
    memcpy(file->name, name, strlen(name) + 1);
    file->at = at;
    file->bytes = bytes;
    return TG_OK;
}

static bool all_zero(const uint8_t *block)
{
    uint8_t any = 0;
    for (size_t i = 0; i < TG_TAR_BLOCK_BYTES; i++) any |= block[i];
    return !any;
}

/* Header by header; two blocks of zeros end it. */
static tg_err list(struct tg_archive_in *archive, struct tg_errmsg *em)
{
    uint8_t block[TG_TAR_BLOCK_BYTES];
    unsigned zeros = 0;
    for (uint64_t at = 0; zeros < 2;) {
        char name[101];
        uint64_t bytes = 0;
        tg_err err = plain_read(archive, at, block, sizeof block, em);
        if (err) return err;
        at += sizeof block;
        zeros = all_zero(block) ? zeros + 1 : 0;
        if (zeros) continue;
        if (tg_tar_header_parse(block, name, &bytes))
            return tg_fail(em, TG_EFORMAT, "'%s' is no backup: what is encrypted in it is something else",
                           archive->path);
        err = file_add(archive, name, at, bytes, em);
        if (err) return err;
        at += bytes + tg_tar_padding(bytes);
    }
    return TG_OK;
}

/* ---- open ---- */

static tg_err header_take(struct tg_archive_in *archive, const struct tg_age_keys *keys, uint64_t file_bytes,
                          struct tg_errmsg *em)
{
    TG_AUTO_FREE uint8_t *front = malloc(TG_AGE_HEADER_BYTES_MAX);
    size_t got = 0, header_bytes = 0;
    if (!front) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = bytes_at(archive, 0, front, TG_AGE_HEADER_BYTES_MAX, &got, em);
    if (!err) err = tg_age_header_open(tg_view_of(front, got), keys, &archive->key, &header_bytes, em);
    if (err) return tg_context(em, err, "cannot open '%s'", archive->path);
    archive->payload_at = header_bytes;
    archive->payload_bytes = file_bytes - header_bytes;
    if (tg_age_layout(archive->payload_bytes, &archive->chunks, &archive->bytes))
        return tg_fail(em, TG_EITEM, "'%s' is damaged or was cut off: use another backup", archive->path);
    return TG_OK;
}

tg_err tg_archive_open(const char *path, const struct tg_age_keys *keys, struct tg_archive_in *archive,
                       struct tg_errmsg *em)
{
    struct stat about;
    archive->path = path;
    archive->chunk_number = UINT64_MAX;
    archive->chunk = malloc(TG_AGE_SEALED_BYTES);
    if (!archive->chunk) return tg_fail(em, TG_ENOMEM, "out of memory");
    archive->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (archive->fd < 0) return tg_fail_errno(em, TG_ENOENT, errno, "cannot open '%s'", path);
    archive->open = true;
    if (fstat(archive->fd, &about) != 0 || !S_ISREG(about.st_mode))
        return tg_fail(em, TG_EFORMAT, "'%s' is not a regular file", path);
    tg_err err = header_take(archive, keys, (uint64_t)about.st_size, em);
    if (!err) err = chunk_load(archive, archive->chunks - 1, em);
    return err ? err : list(archive, em);
}

tg_err tg_archive_read(struct tg_archive_in *archive, const struct tg_archive_file *file, uint64_t from,
                       uint8_t *out, size_t bytes, struct tg_errmsg *em)
{
    if (from > file->bytes || bytes > file->bytes - from)
        return tg_fail(em, TG_EBUG, "asked for bytes behind the end of '%s'", file->name);
    return plain_read(archive, file->at + from, out, bytes, em);
}

void tg_archive_in_release(struct tg_archive_in *archive)
{
    if (archive->open) (void)close(archive->fd);
    archive->open = false;
    if (archive->chunk) tg_wipe(archive->chunk, TG_AGE_SEALED_BYTES);
    free(archive->chunk);
    archive->chunk = NULL;
    tg_wipe(&archive->key, sizeof archive->key);
}

bool tg_archive_is(const char *path)
{
    uint8_t front[sizeof FRONT - 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    ssize_t got = read(fd, front, sizeof front);
    (void)close(fd);
    return got == (ssize_t)sizeof front &&
           (memcmp(front, FRONT, sizeof front) == 0 || memcmp(front, ARMOR_FRONT, sizeof front) == 0);
}
