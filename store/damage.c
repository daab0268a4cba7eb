/* Is an LMDB data file whole? LMDB 0.9 takes an empty file for an empty database and dies of SIGBUS on one
 * that was cut off, so the file is read first, with plain reads.
 * Must not know our tables: it walks pages. Changes nothing (but tg_damage_extend).
 * Page format: lmdb 0.9 mdb.c, MDB_page, MDB_node, MDB_meta, on a 64-bit machine, native byte order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

enum {
    PAGE_HEADER_BYTES = 16,
    NODE_HEADER_BYTES = 8,
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_OVERFLOW = 0x04,
    PAGE_META = 0x08,
    NODE_BIGDATA = 0x01,
    NODE_SUBDATA = 0x02,
    META_BYTES = 152, /* of a meta page, header included */
    DB_ROOT_AT = 40,  /* in the 48 bytes that describe a database */
    DB_BYTES = 48,
    DEPTH_MAX = 64,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
};
#define LMDB_MAGIC 0xBEEFC0DEu
#define LMDB_DATA_VERSION 1u
#define LMDB_NO_PAGE UINT64_MAX

struct file {
    int fd;
    uint64_t bytes;
    uint32_t page_bytes;
    uint64_t pages;     /* that are in the file */
    uint64_t last_page; /* that the newest state speaks of */
    uint64_t roots[2];  /* of free list and main table */
    uint64_t visits;    /* pages read by the walk, bounded against cycles */
};

static uint16_t native16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static uint32_t native32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static uint64_t native64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static bool read_at(const struct file *file, uint64_t offset, uint8_t *out, size_t bytes)
{
    if (offset > file->bytes || bytes > file->bytes - offset) return false;
    ssize_t got = pread(file->fd, out, bytes, (off_t)offset);
    return got >= 0 && (size_t)got == bytes;
}

/* Take a meta page if it is one; the newer of two wins. */
static bool take_meta(struct file *file, const uint8_t *page, uint64_t *newest)
{
    if (!(native16(page + 10) & PAGE_META) || native32(page + 16) != LMDB_MAGIC ||
        native32(page + 20) != LMDB_DATA_VERSION)
        return false;
    uint32_t page_bytes = native32(page + 40);
    if (page_bytes < PAGE_BYTES_MIN || page_bytes > PAGE_BYTES_MAX || (page_bytes & (page_bytes - 1)))
        return false;
    if (file->page_bytes && file->page_bytes != page_bytes) return false;
    file->page_bytes = page_bytes;
    uint64_t transaction = native64(page + 144);
    if (transaction >= *newest) {
        *newest = transaction;
        file->roots[0] = native64(page + 40 + DB_ROOT_AT);
        file->roots[1] = native64(page + 40 + DB_BYTES + DB_ROOT_AT);
        file->last_page = native64(page + 136);
    }
    return true;
}

static bool read_metas(struct file *file)
{
    uint8_t page[META_BYTES];
    uint64_t newest = 0;
    if (!read_at(file, 0, page, sizeof page) || !take_meta(file, page, &newest)) return false;
    if (!read_at(file, file->page_bytes, page, sizeof page) || !take_meta(file, page, &newest)) return false;
    file->pages = file->bytes / file->page_bytes;
    return file->pages >= 2;
}

static bool walk(struct file *file, uint64_t number, unsigned depth);

static bool walk_branch(struct file *file, const uint8_t *node, unsigned depth)
{
    uint64_t child = native16(node) | (uint64_t)native16(node + 2) << 16 | (uint64_t)native16(node + 4) << 32;
    return walk(file, child, depth + 1);
}

/* A leaf node that refers to further pages: a large value or a whole table. */
static bool walk_leaf(struct file *file, const uint8_t *node, size_t left, unsigned depth)
{
    uint16_t flags = native16(node + 4);
    size_t data_at = NODE_HEADER_BYTES + (size_t)native16(node + 6);
    if (flags & NODE_BIGDATA) {
        if (data_at + 8 > left) return false;
        uint64_t first = native64(node + data_at);
        uint64_t bytes = native16(node) | (uint64_t)native16(node + 2) << 16;
        uint64_t count = (bytes + PAGE_HEADER_BYTES - 1) / file->page_bytes + 1;
        return first < file->pages && count <= file->pages - first;
    }
    if (flags & NODE_SUBDATA) {
        if (data_at + DB_BYTES > left) return false;
        return walk(file, native64(node + data_at + DB_ROOT_AT), depth + 1);
    }
    return true;
}

static bool walk_nodes(struct file *file, const uint8_t *page, unsigned depth)
{
    uint16_t flags = native16(page + 10);
    size_t lower = native16(page + 12);
    if (lower < PAGE_HEADER_BYTES || lower > file->page_bytes) return false;
    size_t nodes = (lower - PAGE_HEADER_BYTES) / 2;
    for (size_t i = 0; i < nodes; i++) {
        size_t at = native16(page + PAGE_HEADER_BYTES + 2 * i);
        if (at < PAGE_HEADER_BYTES || at + NODE_HEADER_BYTES > file->page_bytes) return false;
        bool good = flags & PAGE_BRANCH ? walk_branch(file, page + at, depth)
                                        : walk_leaf(file, page + at, file->page_bytes - at, depth);
        if (!good) return false;
    }
    return true;
}

/* Every page that can be reached from here lies within the file. */
static bool walk(struct file *file, uint64_t number, unsigned depth)
{
    if (number == LMDB_NO_PAGE) return true;
    if (number < 2 || number >= file->pages || depth > DEPTH_MAX || ++file->visits > file->pages)
        return false;
    uint8_t *page = malloc(file->page_bytes);
    if (!page) return false;
    bool good = read_at(file, number * file->page_bytes, page, file->page_bytes) &&
                native64(page) == number && (native16(page + 10) & (PAGE_BRANCH | PAGE_LEAF)) &&
                walk_nodes(file, page, depth);
    free(page);
    return good;
}

static tg_err check_open_file(struct file *file, const char *path, const char *remedy, bool *ret_short,
                              struct tg_errmsg *em)
{
    if (file->bytes == 0)
        return tg_fail(em, TG_EDAMAGED, "cannot open store file '%s': it is empty; %s", path, remedy);
    if (!read_metas(file))
        return tg_fail(em, TG_EDAMAGED, "cannot open store file '%s': it is cut off or not a database; %s",
                       path, remedy);
    *ret_short = file->last_page >= file->pages;
    /* LMDB may leave pages at the end unwritten when they were taken and given back in one transaction:
     * short alone proves nothing, a missing page that something refers to does. */
    if (*ret_short && !(walk(file, file->roots[0], 0) && walk(file, file->roots[1], 0)))
        return tg_fail(em, TG_EDAMAGED,
                       "cannot open store file '%s': it is cut off at %llu of %llu pages; %s", path,
                       (unsigned long long)file->pages, (unsigned long long)file->last_page + 1, remedy);
    return TG_OK;
}

static tg_err open_file(const char *path, int flags, struct file *file, const char *remedy,
                        struct tg_errmsg *em)
{
    file->fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
    if (file->fd < 0 && errno == ENOENT)
        return tg_fail(em, TG_EDAMAGED, "cannot open store file '%s': it is missing; %s", path, remedy);
    if (file->fd < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot open store file '%s'", path);
    struct stat st;
    if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(file->fd);
        return tg_fail(em, TG_EDAMAGED, "cannot open store file '%s': not a regular file; %s", path, remedy);
    }
    file->bytes = (uint64_t)st.st_size;
    return TG_OK;
}

tg_err tg_damage_check(const char *data_path, const char *remedy, bool *ret_short, struct tg_errmsg *em)
{
    struct file file = {0};
    tg_err err = open_file(data_path, O_RDONLY, &file, remedy, em);
    if (err) return err;
    bool is_short = false;
    err = check_open_file(&file, data_path, remedy, &is_short, em);
    close(file.fd);
    if (!err) *ret_short = is_short;
    return err;
}

bool tg_damage_copy_bytes(struct tg_view front, uint64_t *ret_bytes)
{
    struct file file = {.fd = -1};
    uint64_t newest = 0;
    if (front.bytes < META_BYTES || !take_meta(&file, front.data, &newest)) return false;
    if (front.bytes < file.page_bytes + (size_t)META_BYTES) return false;
    if (!take_meta(&file, front.data + file.page_bytes, &newest)) return false;
    *ret_bytes = (file.last_page + 1) * file.page_bytes;
    return true;
}

tg_err tg_damage_extend(const char *data_path, struct tg_errmsg *em)
{
    struct file file = {0};
    tg_err err = open_file(data_path, O_RDWR, &file, "open it again", em);
    if (err) return err;
    uint64_t full = 0;
    if (read_metas(&file)) full = (file.last_page + 1) * file.page_bytes;
    if (full > file.bytes && (ftruncate(file.fd, (off_t)full) != 0 || fsync(file.fd) != 0))
        err = tg_fail_errno(em, TG_EIO, errno, "cannot lengthen store file '%s'", data_path);
    close(file.fd);
    return err;
}
