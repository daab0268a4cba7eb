/* A folder of files that appears under its name whole and on the disk, or not at all: made beside, synced, renamed.
 *
 * Knows no meaning of a file.
 */
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define FOLDER_MODE 0700
#define PARTS_MAX 3

bool tg_folder_name_good(const char *name)
{
    size_t parts = 1, at = 0;
    for (; name[at]; at++) {
        bool first = at == 0 || name[at - 1] == '/';
        if (name[at] == '/' && (first || ++parts > PARTS_MAX)) return false;
        bool good = tg_ascii_is_alnum(name[at]) || name[at] == '/' ||
                    (!first && (name[at] == '.' || name[at] == '-' || name[at] == '_'));
        if (!good) return false;
    }
    return at && at <= TG_BACKUP_NAME_BYTES_MAX && name[at - 1] != '/';
}

/* ---- begin ---- */

static bool is_empty(const char *path)
{
    DIR *entries = opendir(path);
    bool empty = entries != NULL;
    for (const struct dirent *entry; empty && (entry = readdir(entries));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (entries) (void)closedir(entries);
    return empty;
}

static tg_err place_check(const char *place, bool may_be_empty, struct tg_errmsg *em)
{
    struct stat about;
    if (lstat(place, &about) != 0) return TG_OK;
    if (!may_be_empty)
        return tg_fail(em, TG_EEXIST, "'%s' exists already: choose a new folder, nothing was changed", place);
    if (S_ISDIR(about.st_mode) && is_empty(place)) return TG_OK;
    return tg_fail(em, TG_EEXIST, "'%s' is not an empty folder: choose a new one, nothing was changed",
                   place);
}

tg_err tg_folder_begin(struct tg_folder *folder, const char *place, bool may_be_empty, struct tg_errmsg *em)
{
    int bytes = snprintf(folder->place, sizeof folder->place, "%s", place);
    if (bytes <= 0 || (size_t)bytes >= sizeof folder->place)
        return tg_fail(em, TG_EUSAGE, "the folder's path is %s", bytes ? "too long" : "empty");
    while (bytes > 1 && folder->place[bytes - 1] == '/') folder->place[--bytes] = 0;
    tg_err err = place_check(folder->place, may_be_empty, em);
    if (err) return err;
    char work[TG_CLI_PATH_BYTES_MAX];
    bytes = snprintf(work, sizeof work, "%s.partial-XXXXXX", folder->place);
    if (bytes < 0 || (size_t)bytes >= sizeof work)
        return tg_fail(em, TG_EUSAGE, "the folder's path is too long");
    if (!mkdtemp(work)) {
        err = errno == ENOENT ? TG_ENOENT : errno == EACCES ? TG_EDENIED : TG_ESYSTEM;
        return tg_fail_errno(em, err, errno, "cannot make a folder beside '%s'", folder->place);
    }
    memcpy(folder->work, work, sizeof work);
    return TG_OK;
}

uint64_t tg_folder_room(const struct tg_folder *folder)
{
    struct statvfs fs;
    if (statvfs(folder->work, &fs) != 0) return UINT64_MAX;
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* ---- files ---- */

static tg_err write_failed(const struct tg_folder *folder, const char *what, struct tg_errmsg *em)
{
    int saved = errno;
    tg_err err = saved == ENOSPC || saved == EDQUOT ? TG_ESPACE : TG_EIO;
    return tg_fail_errno(em, err, saved, "cannot %s '%s' of '%s'", what,
                         folder->files[folder->file_count - 1].name, folder->place);
}

tg_err tg_folder_file_end(struct tg_folder *folder, struct tg_errmsg *em)
{
    if (!folder->open) return TG_OK;
    folder->open = false;
    tg_sha256_final(&folder->sum, &folder->files[folder->file_count - 1].sum);
    tg_err err = fsync(folder->fd) ? write_failed(folder, "sync", em) : TG_OK;
    if (close(folder->fd) && !err) err = write_failed(folder, "close", em);
    return err;
}

static tg_err folder_ensure(struct tg_folder *folder, const char *name, size_t bytes, struct tg_errmsg *em)
{
    char inner[TG_BACKUP_NAME_BYTES_MAX + 1], path[TG_CLI_PATH_BYTES_MAX];
    (void)snprintf(inner, sizeof inner, "%.*s", (int)bytes, name);
    for (size_t i = 0; i < folder->folder_count; i++)
        if (strcmp(folder->folders[i], inner) == 0) return TG_OK;
    if (folder->folder_count == TG_FOLDER_FOLDERS_MAX) return tg_fail(em, TG_ELIMIT, "too many folders");
    tg_err err = tg_path_join(folder->work, inner, path, sizeof path, em);
    if (!err && mkdir(path, FOLDER_MODE))
        err = tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make folder '%s'", path);
    if (!err) memcpy(folder->folders[folder->folder_count++], inner, sizeof inner);
    return err;
}

static tg_err name_take(struct tg_folder *folder, const char *name, struct tg_errmsg *em)
{
    if (!tg_folder_name_good(name)) return tg_fail(em, TG_EFORMAT, "'%.60s' is no name of a file here", name);
    for (size_t i = 0; i < folder->file_count; i++)
        if (strcmp(folder->files[i].name, name) == 0)
            return tg_fail(em, TG_EEXIST, "file '%.60s' comes twice", name);
    if (folder->file_count == TG_FOLDER_FILES_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d files", TG_FOLDER_FILES_MAX);
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        tg_err err = folder_ensure(folder, name, (size_t)(slash - name), em);
        if (err) return err;
    }
    return TG_OK;
}

tg_err tg_folder_file(struct tg_folder *folder, const char *name, unsigned mode, struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_folder_file_end(folder, em);
    if (!err) err = name_take(folder, name, em);
    if (!err) err = tg_path_join(folder->work, name, path, sizeof path, em);
    if (err) return err;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make file '%s'", path);
    struct tg_folder_file *file = &folder->files[folder->file_count++];
    *file = (struct tg_folder_file){.bytes = 0};
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    folder->fd = fd;
    folder->open = true;
    tg_sha256_init(&folder->sum);
    return fchmod(fd, mode) ? write_failed(folder, "set permissions of", em) : TG_OK;
}

tg_err tg_folder_put(struct tg_folder *folder, struct tg_view data, struct tg_errmsg *em)
{
    if (!folder->open) return tg_fail(em, TG_EBUG, "bytes without a file");
    tg_sha256_update(&folder->sum, data);
    folder->files[folder->file_count - 1].bytes += data.bytes;
    while (data.bytes) {
        ssize_t put = write(folder->fd, data.data, data.bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return write_failed(folder, "write", em);
        data = tg_view_of(data.data + put, data.bytes - (size_t)put);
    }
    return TG_OK;
}

/* ---- end ---- */

tg_err tg_folder_end(struct tg_folder *folder, struct tg_errmsg *em)
{
    tg_err err = tg_folder_file_end(folder, em);
    for (size_t i = folder->folder_count; i-- && !err;) {
        char path[TG_CLI_PATH_BYTES_MAX];
        err = tg_path_join(folder->work, folder->folders[i], path, sizeof path, em);
        if (!err) err = tg_dir_sync(path, em);
    }
    if (!err) err = tg_dir_sync(folder->work, em);
    /* Replaces nothing but an empty folder. */
    if (!err && rename(folder->work, folder->place)) {
        tg_err why = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? TG_EEXIST : TG_ESYSTEM;
        err = tg_fail_errno(em, why, errno, "cannot put '%s' in its place", folder->place);
    }
    if (err) return err;
    folder->work[0] = 0;
    return tg_dir_sync_of(folder->place, em);
}

void tg_folder_release(struct tg_folder *folder)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    if (folder->open) (void)close(folder->fd);
    folder->open = false;
    if (!folder->work[0]) return;
    for (size_t i = 0; i < folder->file_count; i++)
        if (!tg_path_join(folder->work, folder->files[i].name, path, sizeof path, NULL)) (void)unlink(path);
    for (size_t i = folder->folder_count; i--;)
        if (!tg_path_join(folder->work, folder->folders[i], path, sizeof path, NULL)) (void)rmdir(path);
    (void)rmdir(folder->work);
    folder->work[0] = 0;
}
