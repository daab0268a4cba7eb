/* Files written whole or not at all, and opened without following links.
 *
 * The messages name path, permission and remedy. Knows no content.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536
#define TEMPORARY_MODE 0600 /* as mkostemp makes them */

static tg_err open_failed(const char *what, const char *path, struct tg_errmsg *em)
{
    int saved = errno;
    tg_err err = saved == ENOENT                      ? TG_ENOENT
                 : saved == ENOSPC || saved == EDQUOT ? TG_ESPACE
                 : saved == EACCES || saved == EPERM  ? TG_EDENIED
                                                      : TG_ESYSTEM;
    return tg_fail_errno(em, err, saved, "cannot %s '%s'", what, path);
}

/* Appends to buf as it goes. The buffer moves only when it is full: a small secret stays in one place. */
static tg_err read_on(int fd, const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em)
{
    size_t before = buf->bytes;
    for (;;) {
        size_t room = buf->capacity - buf->bytes;
        tg_err err = room ? TG_OK : tg_buf_reserve(buf, READ_BYTES);
        if (err) return tg_fail(em, err, "out of memory while reading '%s'", path);
        ssize_t got = read(fd, buf->data + buf->bytes, buf->capacity - buf->bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", path);
        if (got == 0) return TG_OK;
        buf->bytes += (size_t)got;
        if (buf->bytes - before > bytes_max)
            return tg_fail(em, TG_ELIMIT, "'%s' is larger than %zu bytes, the most that is read here", path,
                           bytes_max);
    }
}

static tg_err read_all(int fd, const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em)
{
    size_t before = buf->bytes;
    tg_err err = tg_buf_reserve(buf, READ_BYTES);
    if (err) return tg_fail(em, err, "out of memory while reading '%s'", path);
    err = read_on(fd, path, bytes_max, buf, em);
    if (err) buf->bytes = before;
    return err;
}

tg_err tg_file_read(const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em)
{
    bool standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return open_failed("open", path, em);
    tg_err err = read_all(fd, path, bytes_max, buf, em);
    if (!standard_input) (void)close(fd);
    return err;
}

static tg_err check_private(int fd, const char *path, struct tg_errmsg *em)
{
    struct stat st;
    if (fstat(fd, &st)) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot look at '%s'", path);
    if (!S_ISREG(st.st_mode)) return tg_fail(em, TG_EDENIED, "cannot use '%s': not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return tg_fail(em, TG_EDENIED, "cannot use '%s': it belongs to another user (uid %u)", path,
                       st.st_uid);
    if (st.st_mode & 077)
        return tg_fail(em, TG_EDENIED, "cannot use '%s': readable by others; run: chmod 600 '%s'", path,
                       path);
    return TG_OK;
}

tg_err tg_file_read_private(const char *path, size_t bytes_max, struct tg_buf *buf, struct tg_errmsg *em)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return tg_fail(em, TG_EDENIED, "cannot use '%s': it is a symbolic link", path);
    if (fd < 0) return open_failed("open", path, em);
    tg_err err = check_private(fd, path, em);
    if (!err) err = read_all(fd, path, bytes_max, buf, em);
    (void)close(fd);
    return err;
}

static tg_err write_all(int fd, const char *path, struct tg_view content, struct tg_errmsg *em)
{
    while (content.bytes) {
        ssize_t put = write(fd, content.data, content.bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return tg_fail_errno(em, errno == ENOSPC ? TG_ESPACE : TG_EIO, errno, "cannot write '%s'", path);
        content.data += put;
        content.bytes -= (size_t)put;
    }
    return TG_OK;
}

/* The folder that holds path; a folder's name may end in a slash. */
static void folder_of(const char *path, char out[static PATH_MAX])
{
    size_t bytes = strlen(path);
    while (bytes > 1 && path[bytes - 1] == '/') bytes--;
    (void)snprintf(out, PATH_MAX, "%.*s", bytes < PATH_MAX ? (int)bytes : PATH_MAX - 1, path);
    char *slash = strrchr(out, '/');
    if (!slash)
        (void)snprintf(out, PATH_MAX, ".");
    else
        slash[slash == out ? 1 : 0] = 0;
}

tg_err tg_dir_sync_of(const char *path, struct tg_errmsg *em)
{
    char folder[PATH_MAX];
    folder_of(path, folder);
    return tg_dir_sync(folder, em);
}

/* Rename that refuses to replace. File systems without it have links, and those without links (removable
 * media) have it. */
static bool rename_new(const char *temporary, const char *path)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    if (link(temporary, path)) return false;
    (void)unlink(temporary);
    return true;
}

static tg_err put_in_place(const char *temporary, const char *path, bool replace, struct tg_errmsg *em)
{
    if (replace && rename(temporary, path)) return open_failed("replace", path, em);
    if (!replace && !rename_new(temporary, path)) {
        if (errno == EEXIST) return tg_fail(em, TG_EEXIST, "'%s' exists already; it is left as it is", path);
        return open_failed("create", path, em);
    }
    return tg_dir_sync_of(path, em);
}

tg_err tg_file_begin(struct tg_file_out *out, const char *path, unsigned mode, bool replace,
                     struct tg_errmsg *em)
{
    *out = (struct tg_file_out){.replace = replace};
    int bytes = snprintf(out->path, sizeof out->path, "%s", path);
    if (bytes >= 0 && (size_t)bytes < sizeof out->path)
        bytes = snprintf(out->work, sizeof out->work, "%s.tmp-XXXXXX", path);
    if (bytes < 0 || (size_t)bytes >= sizeof out->work)
        return tg_fail(em, TG_ELIMIT, "path '%.200s…' is too long", path);
    out->fd = mkostemp(out->work, O_CLOEXEC);
    if (out->fd < 0) return open_failed("write beside", path, em);
    out->open = true;
    /* It is of this mode already, and removable media know no other. */
    if (mode == TEMPORARY_MODE || fchmod(out->fd, mode) == 0) return TG_OK;
    return open_failed("set permissions of", out->work, em);
}

tg_err tg_file_put(struct tg_file_out *out, struct tg_view content, struct tg_errmsg *em)
{
    return write_all(out->fd, out->path, content, em);
}

tg_err tg_file_end(struct tg_file_out *out, struct tg_errmsg *em)
{
    if (fsync(out->fd)) return tg_fail_errno(em, TG_EIO, errno, "cannot sync '%s'", out->path);
    tg_err err = put_in_place(out->work, out->path, out->replace, em);
    if (err) return err;
    (void)close(out->fd);
    out->open = false;
    return TG_OK;
}

void tg_file_out_release(struct tg_file_out *out)
{
    if (!out->open) return;
    (void)close(out->fd);
    (void)unlink(out->work);
    out->open = false;
}

static tg_err write_beside(const char *path, struct tg_view content, unsigned mode, bool replace,
                           struct tg_errmsg *em)
{
    TG_AUTO(tg_file_out) struct tg_file_out out = {.open = false};
    tg_err err = tg_file_begin(&out, path, mode, replace, em);
    if (!err) err = tg_file_put(&out, content, em);
    return err ? err : tg_file_end(&out, em);
}

tg_err tg_file_write(const char *path, struct tg_view content, unsigned mode, struct tg_errmsg *em)
{
    return write_beside(path, content, mode, true, em);
}

tg_err tg_file_create(const char *path, struct tg_view content, unsigned mode, struct tg_errmsg *em)
{
    return write_beside(path, content, mode, false, em);
}

tg_err tg_dir_ensure(const char *path, unsigned mode, struct tg_errmsg *em)
{
    if (mkdir(path, mode) == 0) return tg_dir_sync_of(path, em);
    if (errno != EEXIST) return open_failed("create folder", path, em);
    struct stat st;
    if (stat(path, &st)) return open_failed("look at", path, em);
    if (!S_ISDIR(st.st_mode)) return tg_fail(em, TG_EEXIST, "'%s' is there but is not a folder", path);
    return TG_OK;
}

tg_err tg_dir_sync(const char *path, struct tg_errmsg *em)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return open_failed("open folder", path, em);
    int failed = fsync(fd);
    int saved = errno;
    (void)close(fd);
    return failed ? tg_fail_errno(em, TG_EIO, saved, "cannot sync folder '%s'", path) : TG_OK;
}

tg_err tg_path_join(const char *folder, const char *name, char *out, size_t out_bytes, struct tg_errmsg *em)
{
    size_t folder_bytes = strlen(folder);
    const char *slash = folder_bytes && folder[folder_bytes - 1] == '/' ? "" : "/";
    int bytes = snprintf(out, out_bytes, "%s%s%s", folder, slash, name);
    if (bytes < 0 || (size_t)bytes >= out_bytes)
        return tg_fail(em, TG_ELIMIT, "path '%.200s…' is too long", folder);
    return TG_OK;
}
