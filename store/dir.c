/* Folders of a store: what they hold, who has them, on which file system and with how much room.
 * Knows nothing of what is inside the files.
 * Layout: docs/formats-store.md.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "store/internal.h"

static tg_err system_free_bytes(void *ctx, const char *dir, uint64_t *ret_bytes)
{
    (void)ctx;
    struct statvfs fs;
    if (statvfs(dir, &fs) != 0) return TG_EIO;
    *ret_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return TG_OK;
}

static tg_err system_fs_type(void *ctx, const char *dir, uint64_t *ret_type)
{
    (void)ctx;
    struct statfs fs;
    if (statfs(dir, &fs) != 0) return TG_EIO;
    *ret_type = (uint32_t)fs.f_type;
    return TG_OK;
}

static bool system_commit_fails(void *ctx)
{
    (void)ctx;
    return false;
}

const struct tg_store_hooks tg_store_system_hooks = {
    .free_bytes = system_free_bytes,
    .fs_type = system_fs_type,
    .commit_fails = system_commit_fails,
};

/* File systems on which memory maps and locks are not what LMDB needs (statfs(2) numbers). */
static const struct {
    uint64_t type;
    const char *name;
} remote_fs[] = {
    {0x6969, "NFS"},        {0x517b, "SMB"},      {0xfe534d42, "SMB2"},   {0xff534d42, "CIFS"},
    {0x65735546, "FUSE"},   {0x5346414f, "AFS"},  {0x6b414653, "AFS"},    {0x00c36400, "Ceph"},
    {0x01021997, "9P"},     {0x73757245, "Coda"}, {0x01161970, "GFS2"},   {0x7461636f, "OCFS2"},
    {0x0bd00bd0, "Lustre"}, {0x564c, "NCP"},      {0x19830326, "BeeGFS"}, {0x786f4256, "vboxsf"},
};

tg_err tg_dir_check_fs(const struct tg_store_hooks *hooks, const char *dir, struct tg_errmsg *em)
{
    uint64_t type = 0;
    if (hooks->fs_type(hooks->ctx, dir, &type) != TG_OK)
        return tg_fail_errno(em, TG_EIO, errno, "cannot ask for the file system of '%s'", dir);
    for (size_t i = 0; i < sizeof remote_fs / sizeof remote_fs[0]; i++)
        if (remote_fs[i].type == type)
            return tg_fail(em, TG_EDENIED,
                           "will not keep a store on '%s': %s cannot give what a database needs; choose a "
                           "folder on a local disk",
                           dir, remote_fs[i].name);
    return TG_OK;
}

tg_err tg_dir_check_space(const struct tg_store_hooks *hooks, const char *dir, uint64_t wanted_bytes,
                          struct tg_errmsg *em)
{
    uint64_t free_bytes = 0;
    if (hooks->free_bytes(hooks->ctx, dir, &free_bytes) != TG_OK)
        return tg_fail_errno(em, TG_EIO, errno, "cannot ask for free space at '%s'", dir);
    if (free_bytes >= wanted_bytes) return TG_OK;
    return tg_fail(em, TG_ESPACE, "will not write to '%s': %llu MiB free, %llu MiB wanted; make room", dir,
                   (unsigned long long)(free_bytes >> 20), (unsigned long long)(wanted_bytes >> 20));
}

bool tg_dir_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

bool tg_dir_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) return false;
    bool empty = true;
    for (struct dirent *item = readdir(folder); item && empty; item = readdir(folder))
        empty = strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0;
    closedir(folder);
    return empty;
}

tg_err tg_dir_lock(const char *dir, bool create, int *ret_fd, struct tg_errmsg *em)
{
    char path[TG_STORE_PATH_BYTES_MAX];
    tg_err err = tg_path_join(dir, TG_STORE_LOCK_NAME, path, sizeof path, em);
    if (err) return err;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
    if (fd < 0 && errno == ENOENT)
        return tg_fail(em, TG_EDAMAGED, "cannot open store '%s': it holds no '%s', so it is not a store", dir,
                       TG_STORE_LOCK_NAME);
    if (fd < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot open '%s'", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return TG_OK;
    }
    int saved = errno;
    close(fd);
    if (saved == EWOULDBLOCK)
        return tg_fail(em, TG_EBUSY, "cannot open store '%s': another process has it; stop that first", dir);
    return tg_fail_errno(em, TG_EIO, saved, "cannot lock '%s'", path);
}

/* Remove path/name; absent is fine. */
static tg_err remove_in(const char *path, const char *name, struct tg_errmsg *em)
{
    char file[TG_STORE_PATH_BYTES_MAX];
    tg_err err = tg_path_join(path, name, file, sizeof file, em);
    if (err) return err;
    if (unlink(file) == 0 || errno == ENOENT) return TG_OK;
    return tg_fail_errno(em, TG_EIO, errno, "cannot remove '%s'", file);
}

static tg_err remove_folder(const char *path, struct tg_errmsg *em)
{
    if (rmdir(path) == 0 || errno == ENOENT) return TG_OK;
    return tg_fail_errno(em, TG_EIO, errno, "cannot remove folder '%s'", path);
}

tg_err tg_dir_remove_env(const char *path, struct tg_errmsg *em)
{
    tg_err err = remove_in(path, "data.mdb", em);
    if (!err) err = remove_in(path, "lock.mdb", em);
    return err ? err : remove_folder(path, em);
}

tg_err tg_dir_remove_store(const char *path, struct tg_errmsg *em)
{
    static const char *const parts[] = {TG_STORE_LOG_NAME, TG_STORE_INDEX_NAME};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char part[TG_STORE_PATH_BYTES_MAX];
        tg_err err = tg_path_join(path, parts[i], part, sizeof part, em);
        if (!err) err = tg_dir_remove_env(part, em);
        if (err) return err;
    }
    tg_err err = remove_in(path, TG_STORE_LOCK_NAME, em);
    return err ? err : remove_folder(path, em);
}

tg_err tg_dir_exchange(const char *a, const char *b, struct tg_errmsg *em)
{
    if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0) return TG_OK;
    return tg_fail_errno(em, TG_EIO, errno, "cannot exchange '%s' and '%s'", a, b);
}
