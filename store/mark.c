/* The mark file: two slots written in turn, the newer whole one counts.
 * Knows no keys and no store.
 * Layout: docs/formats-store.md.
 */
#include "store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/file.h"

/* Slot: magic 8 ‖ sequence u64 ‖ count u32 ‖ count × (epoch u32 ‖ size u64 ‖ root 32) ‖ CRC-32 of all that.
 * The two begin 4,096 bytes apart: no disk tears both. */
enum {
    SLOT_BYTES = 4096,
    SLOTS = 2,
    HEAD_BYTES = 20,
    MARK_BYTES = 44,
    CRC_BYTES = 4,
};
_Static_assert(HEAD_BYTES + TG_MARKS_MAX * MARK_BYTES + CRC_BYTES <= SLOT_BYTES, "marks fit into a slot");
#define MARK_MAGIC "TAMGAK\0\1"

struct tg_mark_file {
    int fd;
    bool poisoned;
    unsigned slot; /* the one that counts */
    uint64_t sequence;
    size_t count;
    struct tg_mark marks[TG_MARKS_MAX];
    char path[TG_STORE_PATH_BYTES_MAX];
};

/* CRC-32 as in IEEE 802.3, against torn writes and rot, not against people. */
static uint32_t crc32_of(const uint8_t *data, size_t bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & (0u - (crc & 1u)));
    }
    return ~crc;
}

static size_t slot_encode(uint64_t sequence, const struct tg_mark *marks, size_t count,
                          uint8_t out[static SLOT_BYTES])
{
    memset(out, 0, SLOT_BYTES);
    struct tg_wr wr = tg_wr_init(out, SLOT_BYTES);
    tg_wr_put(&wr, MARK_MAGIC, 8);
    tg_wr_u64(&wr, sequence);
    tg_wr_u32(&wr, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        tg_wr_u32(&wr, marks[i].epoch);
        tg_wr_u64(&wr, marks[i].size);
        tg_wr_put(&wr, marks[i].root, sizeof marks[i].root);
    }
    tg_wr_u32(&wr, crc32_of(out, wr.at));
    return wr.at;
}

/* Take the slot into file if it is whole and newer than what is there. */
static bool slot_take(struct tg_mark_file *file, unsigned slot, const uint8_t bytes[static SLOT_BYTES])
{
    struct tg_rd rd = tg_rd_init(tg_view_of(bytes, SLOT_BYTES));
    struct tg_view magic = tg_rd_view(&rd, 8);
    uint64_t sequence = tg_rd_u64(&rd);
    uint32_t count = tg_rd_u32(&rd);
    if (memcmp(magic.data, MARK_MAGIC, 8) != 0 || sequence == 0 || count > TG_MARKS_MAX) return false;
    size_t crc_at = HEAD_BYTES + (size_t)count * MARK_BYTES;
    if (tg_be32_get(bytes + crc_at) != crc32_of(bytes, crc_at)) return false;
    if (sequence <= file->sequence) return true;
    file->sequence = sequence;
    file->slot = slot;
    file->count = count;
    for (size_t i = 0; i < count; i++) {
        file->marks[i].epoch = tg_rd_u32(&rd);
        file->marks[i].size = tg_rd_u64(&rd);
        tg_rd_copy(&rd, file->marks[i].root, sizeof file->marks[i].root);
    }
    return true;
}

static tg_err damaged(const struct tg_mark_file *file, struct tg_errmsg *em)
{
    return tg_fail(em, TG_EDAMAGED,
                   "cannot read mark file '%s': damaged; move it away, then the node signs nothing before "
                   "all peers have shown what they hold",
                   file->path);
}

static tg_err read_slots(struct tg_mark_file *file, struct tg_errmsg *em)
{
    struct stat st;
    if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != (off_t)SLOTS * SLOT_BYTES)
        return damaged(file, em);
    bool whole = false;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        uint8_t bytes[SLOT_BYTES];
        ssize_t got = pread(file->fd, bytes, sizeof bytes, (off_t)slot * SLOT_BYTES);
        if (got < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read mark file '%s'", file->path);
        if (got == SLOT_BYTES) whole |= slot_take(file, slot, bytes);
    }
    return whole ? TG_OK : damaged(file, em);
}

/* A new file is made whole beside and renamed, so that a half-made one never stands under its name. */
static tg_err make_file(const char *path, struct tg_errmsg *em)
{
    uint8_t content[SLOTS * SLOT_BYTES] = {0};
    (void)slot_encode(1, NULL, 0, content);
    return tg_file_create(path, TG_VIEW_ARRAY(content), 0600, em);
}

static tg_err open_at(struct tg_mark_file *file, bool create, struct tg_errmsg *em)
{
    file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file->fd < 0 && errno == ENOENT && create) {
        tg_err err = make_file(file->path, em);
        if (err) return err;
        file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    }
    if (file->fd < 0 && errno == ENOENT)
        return tg_fail(em, TG_ENOENT, "cannot open mark file '%s': it is missing", file->path);
    if (file->fd < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot open mark file '%s'", file->path);
    return read_slots(file, em);
}

tg_err tg_mark_open(const char *path, bool create, struct tg_mark_file **ret_file, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_mark_file) struct tg_mark_file *file = calloc(1, sizeof *file);
    if (!file) return tg_fail(em, TG_ENOMEM, "out of memory for a mark file");
    file->fd = -1;
    if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
        return tg_fail(em, TG_ELIMIT, "path too long: '%s'", path);
    tg_err err = open_at(file, create, em);
    if (err) return err;
    *ret_file = tg_steal_ptr(&file);
    return TG_OK;
}

void tg_mark_close(struct tg_mark_file *file)
{
    if (!file) return;
    if (file->fd >= 0) close(file->fd);
    free(file);
}

size_t tg_mark_read(const struct tg_mark_file *file, struct tg_mark ret_marks[static TG_MARKS_MAX])
{
    memcpy(ret_marks, file->marks, file->count * sizeof file->marks[0]);
    return file->count;
}

static bool ascending(const struct tg_mark *marks, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (marks[i].epoch <= marks[i - 1].epoch) return false;
    return true;
}

tg_err tg_mark_write(struct tg_mark_file *file, const struct tg_mark *marks, size_t count,
                     struct tg_errmsg *em)
{
    if (file->poisoned)
        return tg_fail(em, TG_EIO, "will not write mark file '%s': an earlier write failed", file->path);
    if (count > TG_MARKS_MAX) return tg_fail(em, TG_ELIMIT, "too many marks for '%s'", file->path);
    if (!ascending(marks, count))
        return tg_fail(em, TG_EUSAGE, "marks for '%s' are not in order", file->path);
    uint8_t bytes[SLOT_BYTES];
    unsigned slot = 1 - file->slot;
    (void)slot_encode(file->sequence + 1, marks, count, bytes);
    ssize_t put = pwrite(file->fd, bytes, sizeof bytes, (off_t)slot * SLOT_BYTES);
    if (put != SLOT_BYTES || fdatasync(file->fd) != 0) {
        file->poisoned = true;
        return tg_fail_errno(em, TG_EIO, errno, "cannot write mark file '%s'", file->path);
    }
    file->slot = slot;
    file->sequence++;
    file->count = count;
    if (count) memcpy(file->marks, marks, count * sizeof marks[0]);
    return TG_OK;
}
