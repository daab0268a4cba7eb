/* A backup, read: SHA256SUMS, BACKUP, and every file against its sum.
 *
 * Knows no store: that the log's pages are sound is seen by the node that starts from it. Layout:
 * docs/formats-store.md "Backup".
 */
#include "cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/folder.h"
#include "cli/interrupt.h"
#include "crypto/keyfile.h"
#include "proto/card.h"

#define DEPTH_MAX 3

const struct tg_backup_file *tg_backup_find(const struct tg_backup *backup, const char *name)
{
    for (size_t i = 0; i < backup->file_count; i++)
        if (strcmp(backup->files[i].name, name) == 0) return &backup->files[i];
    return NULL;
}

/* A small file of it, whole, appended. TG_ELIMIT. */
static tg_err small_read(const struct tg_backup *backup, const char *name, size_t max, struct tg_buf *out,
                         struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(backup->dir, name, path, sizeof path, em);
    if (err || !backup->archive) return err ? err : tg_file_read(path, max, out, em);
    const struct tg_archive_file *file = tg_archive_find(backup->archive, name);
    if (!file) return tg_fail(em, TG_ENOENT, "'%s' is no backup: it holds no %s", backup->dir, name);
    if (file->bytes > max) return tg_fail(em, TG_ELIMIT, "'%s' is too large", path);
    err = tg_buf_reserve(out, (size_t)file->bytes + 1);
    if (!err)
        err = tg_archive_read(backup->archive, file, 0, out->data + out->bytes, (size_t)file->bytes, em);
    if (!err) out->bytes += (size_t)file->bytes;
    return err;
}

/* ---- the list ---- */

/* "<64 hex digits>  name", as sha256sum writes it. */
static tg_err sum_line(struct tg_backup *backup, struct tg_view line, size_t number, struct tg_errmsg *em)
{
    struct tg_backup_file *file = &backup->files[backup->file_count];
    size_t hex = 2 * (size_t)TG_HASH_BYTES;
    bool shaped = line.bytes > hex + 2 && line.bytes - hex - 2 < sizeof file->name && line.data[hex] == ' ' &&
                  line.data[hex + 1] == ' ' &&
                  !tg_hex_decode(tg_view_of(line.data, hex), file->sum.bytes, sizeof file->sum.bytes);
    if (!shaped)
        return tg_fail(em, TG_EFORMAT, "line %zu of '%s' is no sum and name", number, TG_BACKUP_SUMS_NAME);
    memcpy(file->name, line.data + hex + 2, line.bytes - hex - 2);
    file->name[line.bytes - hex - 2] = 0;
    if (strlen(file->name) != line.bytes - hex - 2 || !tg_folder_name_good(file->name))
        return tg_fail(em, TG_EFORMAT, "line %zu of '%s' names no file of a backup", number,
                       TG_BACKUP_SUMS_NAME);
    if (tg_backup_find(backup, file->name))
        return tg_fail(em, TG_EFORMAT, "'%s' names '%s' twice", TG_BACKUP_SUMS_NAME, file->name);
    backup->file_count++;
    return TG_OK;
}

static tg_err sums_read(struct tg_backup *backup, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = small_read(backup, TG_BACKUP_SUMS_NAME, TG_BACKUP_SUMS_BYTES_MAX, &text, em);
    struct tg_view rest = tg_buf_view(&text);
    for (size_t number = 1; !err && rest.bytes; number++) {
        const uint8_t *end = memchr(rest.data, '\n', rest.bytes);
        if (!end) return tg_fail(em, TG_ESHORT, "'%s' of '%s' is cut off", TG_BACKUP_SUMS_NAME, backup->dir);
        size_t bytes = (size_t)(end - rest.data);
        if (backup->file_count == TG_BACKUP_FILES_MAX)
            return tg_fail(em, TG_ELIMIT, "'%s' names more than %d files", TG_BACKUP_SUMS_NAME,
                           TG_BACKUP_FILES_MAX);
        err = sum_line(backup, tg_view_of(rest.data, bytes), number, em);
        rest = tg_view_of(end + 1, rest.bytes - bytes - 1);
    }
    return err;
}

/* ---- the folder ---- */

static tg_err sizes_take(struct tg_backup *backup, struct tg_errmsg *em)
{
    for (size_t i = 0; i < backup->file_count; i++) {
        struct tg_backup_file *file = &backup->files[i];
        char path[TG_CLI_PATH_BYTES_MAX];
        struct stat about;
        tg_err err = tg_path_join(backup->dir, file->name, path, sizeof path, em);
        if (err) return err;
        if (lstat(path, &about) != 0)
            return tg_fail_errno(em, TG_EDAMAGED, errno, "the backup is not whole: '%s'", path);
        if (!S_ISREG(about.st_mode)) return tg_fail(em, TG_EDAMAGED, "'%s' is not a regular file", path);
        file->bytes = (uint64_t)about.st_size;
        backup->bytes += file->bytes;
    }
    return TG_OK;
}

static bool expected(const struct tg_backup *backup, const char *name)
{
    size_t bytes = strlen(name);
    if (strcmp(name, TG_BACKUP_SUMS_NAME) == 0) return true;
    for (size_t i = 0; i < backup->file_count; i++) {
        const char *file = backup->files[i].name;
        if (strncmp(file, name, bytes) == 0 && (!file[bytes] || file[bytes] == '/')) return true;
    }
    return false;
}

/* Nothing stands there that the list does not have: what no sum covers, nobody vouches for. */
static tg_err strangers_refuse(const struct tg_backup *backup, const char *inner, unsigned depth,
                               struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(backup->dir, inner, path, sizeof path, em);
    DIR *entries = err ? NULL : opendir(path);
    if (!err && !entries) return tg_fail_errno(em, TG_EIO, errno, "cannot read folder '%s'", path);
    for (const struct dirent *entry; !err && (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char name[TG_BACKUP_NAME_BYTES_MAX + 1] = "";
        int bytes = snprintf(name, sizeof name, "%s%s%s", inner, inner[0] ? "/" : "", entry->d_name);
        if (bytes < 0 || (size_t)bytes >= sizeof name || !expected(backup, name))
            err = tg_fail(em, TG_EDAMAGED, "'%.200s' of '%s' does not stand in %s: take it out", name,
                          backup->dir, TG_BACKUP_SUMS_NAME);
        bool is_folder = !err && strcmp(name, TG_BACKUP_SUMS_NAME) && !tg_backup_find(backup, name);
        if (is_folder && depth < DEPTH_MAX) err = strangers_refuse(backup, name, depth + 1, em);
    }
    if (entries) (void)closedir(entries);
    return err;
}

/* The same of an encrypted file, and how long each is. */
static tg_err archive_compare(struct tg_backup *backup, struct tg_errmsg *em)
{
    const struct tg_archive_in *archive = backup->archive;
    for (size_t i = 0; i < archive->file_count; i++)
        if (!expected(backup, archive->files[i].name))
            return tg_fail(em, TG_EDAMAGED, "'%.200s' in '%s' does not stand in %s", archive->files[i].name,
                           backup->dir, TG_BACKUP_SUMS_NAME);
    for (size_t i = 0; i < backup->file_count; i++) {
        struct tg_backup_file *file = &backup->files[i];
        const struct tg_archive_file *there = tg_archive_find(archive, file->name);
        if (!there)
            return tg_fail(em, TG_EDAMAGED, "the backup is not whole: '%s' holds no '%s'", backup->dir,
                           file->name);
        file->bytes = there->bytes;
        backup->bytes += file->bytes;
    }
    return TG_OK;
}

static tg_err needed_check(const struct tg_backup *backup, struct tg_errmsg *em)
{
    static const char *const needed[] = {TG_BACKUP_ABOUT_NAME, TG_BACKUP_CONFIG_NAME, TG_BACKUP_CARD_NAME,
                                         TG_BACKUP_LOG_NAME};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!tg_backup_find(backup, needed[i]))
            return tg_fail(em, TG_EDAMAGED, "the backup '%s' is not whole: it has no '%s'", backup->dir,
                           needed[i]);
    return TG_OK;
}

static tg_err about_read(struct tg_backup *backup, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = small_read(backup, TG_BACKUP_ABOUT_NAME, TG_BACKUP_ABOUT_BYTES_MAX, &text, em);
    if (err) return err;
    err = tg_backup_about_decode(tg_buf_view(&text), &backup->about, em);
    return err ? tg_context(em, err, "cannot use '%s' of '%s'", TG_BACKUP_ABOUT_NAME, backup->dir) : TG_OK;
}

tg_err tg_backup_open(const char *dir, struct tg_backup *ret_backup, struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    struct stat about;
    memset(ret_backup, 0, sizeof *ret_backup);
    ret_backup->dir = dir;
    if (stat(dir, &about) != 0) return tg_fail(em, TG_ENOENT, "no folder '%s'", dir);
    tg_err err = tg_path_join(dir, TG_BACKUP_SUMS_NAME, path, sizeof path, em);
    if (!err && access(path, F_OK) != 0)
        return tg_fail(em, TG_ENOENT, "'%s' is no backup: it holds no %s", dir, TG_BACKUP_SUMS_NAME);
    if (!err) err = sums_read(ret_backup, em);
    if (!err) err = needed_check(ret_backup, em);
    if (!err) err = sizes_take(ret_backup, em);
    if (!err) err = strangers_refuse(ret_backup, "", 0, em);
    if (!err) err = about_read(ret_backup, em);
    if (!err && !ret_backup->about.without_keys && !tg_backup_find(ret_backup, TG_BACKUP_NODE_KEY_NAME))
        err = tg_fail(em, TG_EDAMAGED, "the backup '%s' is not whole: it has no '%s'", dir,
                      TG_BACKUP_NODE_KEY_NAME);
    if (!err) ret_backup->log_bytes = tg_backup_find(ret_backup, TG_BACKUP_LOG_NAME)->bytes;
    return err;
}

tg_err tg_backup_open_archive(struct tg_archive_in *archive, struct tg_backup *ret_backup,
                              struct tg_errmsg *em)
{
    memset(ret_backup, 0, sizeof *ret_backup);
    ret_backup->dir = archive->path;
    ret_backup->archive = archive;
    tg_err err = sums_read(ret_backup, em);
    if (!err) err = needed_check(ret_backup, em);
    if (!err) err = archive_compare(ret_backup, em);
    if (!err) err = about_read(ret_backup, em);
    if (!err) ret_backup->log_bytes = tg_backup_find(ret_backup, TG_BACKUP_LOG_NAME)->bytes;
    return err;
}

/* ---- keys without a log ---- */

static tg_err left_add(struct tg_backup *backup, const char *name, struct tg_errmsg *em)
{
    struct tg_backup_file *file = &backup->files[backup->file_count];
    TG_AUTO(tg_buf) struct tg_buf content = {0};
    if (backup->file_count == TG_BACKUP_FILES_MAX)
        return tg_fail(em, TG_ELIMIT, "too many files in '%s'", backup->dir);
    if (!tg_folder_name_good(name)) return TG_OK; /* nothing of ours is called so */
    tg_err err = small_read(backup, name, TG_CONFIG_BYTES_MAX, &content, em);
    if (err)
        return tg_context(em, err, "cannot use '%s': it must hold %s, %s and %s", backup->dir,
                          TG_BACKUP_CONFIG_NAME, TG_BACKUP_CARD_NAME, TG_BACKUP_NODE_KEY_NAME);
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    file->bytes = content.bytes;
    backup->bytes += content.bytes;
    tg_sha256_of(tg_buf_view(&content), &file->sum);
    backup->file_count++;
    return TG_OK;
}

/* Files of that folder that end so. */
static tg_err left_folder(struct tg_backup *backup, const char *inner, const char *ending,
                          struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX], name[TG_BACKUP_NAME_BYTES_MAX + 1];
    tg_err err = tg_path_join(backup->dir, inner, path, sizeof path, em);
    DIR *entries = err ? NULL : opendir(path);
    if (!entries) return err; /* what must be there is asked for by name */
    for (const struct dirent *entry; !err && (entry = readdir(entries));) {
        size_t bytes = strlen(entry->d_name), tail = strlen(ending);
        if (bytes <= tail || strcmp(entry->d_name + bytes - tail, ending) != 0) continue;
        int all = snprintf(name, sizeof name, "%s/%s", inner, entry->d_name);
        bool there = all < 0 || (size_t)all >= sizeof name || tg_backup_find(backup, name);
        if (!there) err = left_add(backup, name, em);
    }
    (void)closedir(entries);
    return err;
}

static tg_err about_now(struct tg_backup *backup, int64_t now_ms, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    struct tg_backup_about *about = &backup->about;
    if (!card) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = small_read(backup, TG_BACKUP_CARD_NAME, TG_CARD_BYTES_MAX, &note, em);
    if (!err) err = tg_card_open(tg_buf_view(&note), card, em);
    if (err) return tg_context(em, err, "cannot use '%s' of '%s'", TG_BACKUP_CARD_NAME, backup->dir);
    about->node = card->node;
    about->taken_ms = now_ms / 1000 * 1000;
    memcpy(about->country, card->country, sizeof card->country);
    (void)snprintf(about->name, sizeof about->name, "%s", card->name);
    (void)snprintf(about->software, sizeof about->software, "%s", TG_VERSION);
    tg_sha256_of(tg_view_of(NULL, 0), &about->root);
    return TG_OK;
}

tg_err tg_backup_open_keys(const char *dir, int64_t now_ms, struct tg_backup *ret_backup,
                           struct tg_errmsg *em)
{
    memset(ret_backup, 0, sizeof *ret_backup);
    ret_backup->dir = dir;
    tg_err err = left_add(ret_backup, TG_BACKUP_CONFIG_NAME, em);
    if (!err) err = left_add(ret_backup, TG_BACKUP_CARD_NAME, em);
    if (!err) err = left_add(ret_backup, TG_BACKUP_NODE_KEY_NAME, em);
    if (!err) err = left_folder(ret_backup, "keys", ".key", em);
    if (!err) err = left_folder(ret_backup, TG_BACKUP_PEERS_DIR, ".note", em);
    return err ? err : about_now(ret_backup, now_ms, em);
}

/* ---- the files ---- */

/* One file, open: of a folder by fd, of an encrypted file by its place. */
struct reading {
    const struct tg_backup *backup;
    const struct tg_archive_file *file; /* NULL: of a folder */
    const char *path;
    int fd;
    uint64_t at;
};

/* The next slice; no bytes: the end. */
static tg_err slice_read(struct reading *reading, uint8_t *slice, size_t *ret_bytes, struct tg_errmsg *em)
{
    ssize_t got;
    if (reading->file) {
        uint64_t left = reading->file->bytes - reading->at;
        *ret_bytes = left < TG_CLI_SLICE_BYTES ? (size_t)left : TG_CLI_SLICE_BYTES;
        reading->at += *ret_bytes;
        return tg_archive_read(reading->backup->archive, reading->file, reading->at - *ret_bytes, slice,
                               *ret_bytes, em);
    }
    do {
        got = read(reading->fd, slice, TG_CLI_SLICE_BYTES);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", reading->path);
    *ret_bytes = (size_t)got;
    return TG_OK;
}

static tg_err slices_read(struct reading *reading, uint8_t *slice, tg_backup_fn fn, void *ctx,
                          struct tg_sha256 *sum, struct tg_progress *progress, uint64_t *done_bytes,
                          struct tg_errmsg *em)
{
    for (;;) {
        size_t got = 0;
        tg_err err = slice_read(reading, slice, &got, em);
        if (err || got == 0) return err;
        struct tg_view data = tg_view_of(slice, got);
        tg_sha256_update(sum, data);
        err = fn ? fn(ctx, data, em) : TG_OK;
        if (!err) err = tg_interrupt_check(em);
        if (err) return err;
        *done_bytes += got;
        tg_progress_at(progress, *done_bytes, reading->backup->bytes, *done_bytes);
    }
}

static tg_err reading_begin(const struct tg_backup *backup, const char *name, const char *path,
                            struct reading *ret_reading, struct tg_errmsg *em)
{
    *ret_reading = (struct reading){.backup = backup, .path = path, .fd = -1};
    if (backup->archive) {
        ret_reading->file = tg_archive_find(backup->archive, name);
        return ret_reading->file ? TG_OK : tg_fail(em, TG_EBUG, "no file '%s' in '%s'", name, backup->dir);
    }
    ret_reading->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (ret_reading->fd < 0) return tg_fail_errno(em, TG_EIO, errno, "cannot open '%s'", path);
    return TG_OK;
}

tg_err tg_backup_read(const struct tg_backup *backup, const struct tg_backup_file *file, tg_backup_fn fn,
                      void *ctx, struct tg_progress *progress, uint64_t *done_bytes, struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    struct tg_sha256 state;
    struct tg_hash sum;
    struct reading reading;
    tg_err err = tg_path_join(backup->dir, file->name, path, sizeof path, em);
    if (err) return err;
    TG_AUTO_FREE uint8_t *slice = malloc(TG_CLI_SLICE_BYTES);
    if (!slice) return tg_fail(em, TG_ENOMEM, "out of memory");
    err = reading_begin(backup, file->name, path, &reading, em);
    if (err) return err;
    tg_sha256_init(&state);
    err = slices_read(&reading, slice, fn, ctx, &state, progress, done_bytes, em);
    if (reading.fd >= 0) (void)close(reading.fd);
    if (err) return err;
    tg_sha256_final(&state, &sum);
    bool same = tg_hash_equal(&sum, &file->sum);
#ifdef TG_CONTROL_NO_SUMS
    same = true;
#endif
    return same ? TG_OK
                : tg_fail(em, TG_EHASH, "'%s' is damaged: it is not what %s says; use another backup", path,
                          TG_BACKUP_SUMS_NAME);
}

static tg_err card_check(const struct tg_backup *backup, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    if (!card) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = small_read(backup, TG_BACKUP_CARD_NAME, TG_CARD_BYTES_MAX, &note, em);
    if (!err) err = tg_card_open(tg_buf_view(&note), card, em);
    if (err) return tg_context(em, err, "cannot use '%s' of '%s'", TG_BACKUP_CARD_NAME, backup->dir);
    if (tg_node_id_equal(&card->node, &backup->about.node)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "the card in '%s' is of another node than %s says", backup->dir,
                   TG_BACKUP_ABOUT_NAME);
}

static tg_err key_check(const struct tg_backup *backup, const char *name, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    tg_err err = small_read(backup, name, TG_KEYFILE_BYTES_MAX, &bytes, em);
    if (!err) err = tg_keyfile_check(tg_buf_view(&bytes), em);
    return err ? tg_context(em, err, "cannot use '%s' of '%s'", name, backup->dir) : TG_OK;
}

tg_err tg_backup_check_parts(const struct tg_backup *backup, struct tg_errmsg *em)
{
    tg_err err = card_check(backup, em);
    for (size_t i = 0; i < backup->file_count && !err; i++)
        if (strncmp(backup->files[i].name, "keys/", 5) == 0)
            err = key_check(backup, backup->files[i].name, em);
    return err;
}

/* ---- what is shown of it ---- */

void tg_backup_offline_keys(const struct tg_backup *backup, char out[static TG_BACKUP_KEYS_TEXT_BYTES])
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < backup->file_count; i++) {
        const char *name = backup->files[i].name;
        if (strncmp(name, "keys/", 5) != 0 || strcmp(name, TG_BACKUP_NODE_KEY_NAME) == 0) continue;
        if (at < TG_BACKUP_KEYS_TEXT_BYTES)
            at +=
                (size_t)snprintf(out + at, TG_BACKUP_KEYS_TEXT_BYTES - at, "%s%s", at ? ", " : "", name + 5);
    }
}

tg_err tg_backup_put_about(struct tg_cli *cli, const struct tg_backup *backup)
{
    const struct tg_backup_about *about = &backup->about;
    char node[TG_NODE_TEXT_BYTES], when[TG_WHEN_BYTES], count[TG_COUNT_BYTES], size[TG_COUNT_BYTES],
        log[TG_COUNT_BYTES], root[TG_HEX_BYTES(TG_HASH_BYTES)];
    TG_AUTO(tg_buf) struct tg_buf name = {0};
    tg_err err = tg_put_reading(&name, tg_view_str(about->name));
    if (err) return err;
    tg_node_id_format(&about->node, node);
    tg_when_format(about->taken_ms, when);
    tg_count_format((int64_t)about->size, count);
    tg_hex_encode(about->root.bytes, sizeof about->root.bytes, root);
    tg_put(cli, "%s  %.*s\nnode      %s\ntaken     %s, by tamga %s\n", about->country,
           TG_VIEW_PRINT(tg_buf_view(&name)), node, when, about->software);
    tg_put(cli, "own log   %s entr%s, epoch %u\n          root %s\n", count, about->size == 1 ? "y" : "ies",
           (unsigned)about->epoch, root);
    tg_count_format((int64_t)about->records, count);
    tg_size_format((int64_t)backup->bytes, size);
    tg_size_format((int64_t)backup->log_bytes, log);
    tg_put(cli, "records   %s\nsize      %s in %zu files, %s of it the log\n", count, size,
           backup->file_count, log);
    return TG_OK;
}

static tg_err row_json(struct tg_cli *cli, const char *row, const struct tg_backup *backup,
                       const char *folder)
{
    const struct tg_backup_about *about = &backup->about;
    char node[TG_NODE_TEXT_BYTES], keys[TG_BACKUP_KEYS_TEXT_BYTES];
    struct tg_json json;
    tg_node_id_format(&about->node, node);
    tg_backup_offline_keys(backup, keys);
    tg_json_begin(&json, row);
    tg_json_text(&json, "folder", tg_view_str(folder));
    tg_json_text(&json, "node", tg_view_str(node));
    tg_json_text(&json, "country", tg_view_str(about->country));
    tg_json_text(&json, "name", tg_view_str(about->name));
    tg_json_time(&json, "taken", about->taken_ms);
    tg_json_text(&json, "software", tg_view_str(about->software));
    tg_json_number(&json, "epoch", about->epoch);
    tg_json_number(&json, "size", (int64_t)about->size);
    tg_json_hex(&json, "root", TG_VIEW_ARRAY(about->root.bytes));
    tg_json_number(&json, "records", (int64_t)about->records);
    tg_json_number(&json, "files", (int64_t)backup->file_count);
    tg_json_number(&json, "bytes", (int64_t)backup->bytes);
    tg_json_number(&json, "log_bytes", (int64_t)backup->log_bytes);
    tg_json_text(&json, "offline_keys", tg_view_str(keys));
    return tg_json_put(&json, cli);
}

tg_err tg_backup_put_row(struct tg_cli *cli, const char *row, const struct tg_backup *backup,
                         const char *folder)
{
    if (cli->format == TG_FORMAT_JSON) return row_json(cli, row, backup, folder);
    const struct tg_backup_about *about = &backup->about;
    char node[TG_NODE_TEXT_BYTES], taken[TG_TIME_TEXT_BYTES], root[TG_HEX_BYTES(TG_HASH_BYTES)];
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    tg_node_id_format(&about->node, node);
    tg_time_format(about->taken_ms, taken);
    tg_hex_encode(about->root.bytes, sizeof about->root.bytes, root);
    tg_err err = tg_text_escape(tg_view_str(folder), &safe);
    if (err) return err;
    tg_put(cli, "folder\t%.*s\nnode\t%s\ncountry\t%s\ntaken\t%s\n", TG_VIEW_PRINT(tg_buf_view(&safe)), node,
           about->country, taken);
    tg_put(cli, "epoch\t%u\nsize\t%llu\nroot\t%s\nrecords\t%llu\nfiles\t%zu\nbytes\t%llu\n",
           (unsigned)about->epoch, (unsigned long long)about->size, root, (unsigned long long)about->records,
           backup->file_count, (unsigned long long)backup->bytes);
    return TG_OK;
}
