/* A log written into a folder as C2SP tlog-tiles: what is new there, everything on the disk, the checkpoint last.
 *
 * Knows no tree: the node makes the files. Verb `log.tiles`: docs/control.md; files: docs/formats-evidence.md.
 */
#include "cli/tiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "proto/tiles.h"

#define FILE_MODE 0600
#define FOLDER_MODE 0700

struct tiling {
    struct tg_cli *cli;
    const char *folder;
    struct tg_checkpoint held;              /* in the folder; size 0 and no origin: none */
    char subfolder[TG_TILE_PATH_BYTES_MAX]; /* that was made last */
    char origin[TG_KEY_NAME_BYTES];
    uint64_t size, files, bytes;
    struct tg_progress progress;
    struct tg_errmsg *em;
};

/* ---- what is there ---- */

static tg_err held_read(struct tiling *tiling)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    struct tg_note note;
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    tg_err err = tg_path_join(tiling->folder, "checkpoint", path, sizeof path, tiling->em);
    if (!err) err = tg_file_read(path, TG_NOTE_BYTES_MAX, &file, tiling->em);
    if (err) return err;
    err = tg_note_parse(tg_buf_view(&file), &note, tiling->em);
    if (!err) err = tg_checkpoint_parse(note.text, &tiling->held, tiling->em);
    return err ? tg_context(tiling->em, err, "'%s' is no checkpoint", path) : TG_OK;
}

/* Empty, or left by an export that did not come to its end. */
static tg_err leftover_check(struct tiling *tiling)
{
    DIR *entries = opendir(tiling->folder);
    bool other = false;
    if (!entries && errno == ENOENT) return TG_OK;
    if (!entries) return tg_fail_errno(tiling->em, TG_ESYSTEM, errno, "cannot read '%s'", tiling->folder);
    for (const struct dirent *entry; (entry = readdir(entries));)
        other = other || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                          strcmp(entry->d_name, "tile") != 0);
    (void)closedir(entries);
    if (!other) return TG_OK;
    return tg_fail(tiling->em, TG_EEXIST,
                   "'%s' holds something else: choose a new folder, nothing was changed", tiling->folder);
}

static tg_err folder_look(struct tiling *tiling)
{
    tg_err err = held_read(tiling);
    return err == TG_ENOENT ? leftover_check(tiling) : err;
}

/* ---- files ---- */

/* The folders that a file stands in; made once for all files of one. */
static tg_err subfolder_ensure(struct tiling *tiling, const char *name)
{
    size_t bytes = (size_t)(strrchr(name, '/') - name);
    if (strlen(tiling->subfolder) == bytes && memcmp(tiling->subfolder, name, bytes) == 0) return TG_OK;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        char part[TG_TILE_PATH_BYTES_MAX], path[TG_CLI_PATH_BYTES_MAX];
        (void)snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        tg_err err = tg_path_join(tiling->folder, part, path, sizeof path, tiling->em);
        if (!err && mkdir(path, FOLDER_MODE) && errno != EEXIST)
            err = tg_fail_errno(tiling->em, TG_ESYSTEM, errno, "cannot make folder '%s'", path);
        if (err) return err;
    }
    (void)snprintf(tiling->subfolder, sizeof tiling->subfolder, "%.*s", (int)bytes, name);
    return TG_OK;
}

static tg_err file_write(struct tiling *tiling, const char *name, struct tg_view data)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(tiling->folder, name, path, sizeof path, tiling->em);
    if (err) return err;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0) return tg_fail_errno(tiling->em, TG_ESYSTEM, errno, "cannot make file '%s'", path);
    while (data.bytes && !err) {
        ssize_t put = write(fd, data.data, data.bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            err = tg_fail_errno(tiling->em, errno == ENOSPC || errno == EDQUOT ? TG_ESPACE : TG_EIO, errno,
                                "cannot write '%s'", path);
        else
            data = tg_view_of(data.data + put, data.bytes - (size_t)put);
    }
    if (close(fd) && !err) err = tg_fail_errno(tiling->em, TG_EIO, errno, "cannot close '%s'", path);
    return err;
}

static tg_err file_take(struct tiling *tiling, const struct tg_control_msg *msg)
{
    const char *name = tg_control_text(msg, "name", "");
    struct tg_view data = tg_control_data(msg, "data");
    struct tg_tile tile;
    if (tg_tile_path_parse(tg_view_str(name), &tile))
        return tg_fail(tiling->em, TG_EFORMAT, "the node named a file '%.60s', which is no tile", name);
    tg_err err = subfolder_ensure(tiling, name);
    if (!err) err = file_write(tiling, name, data);
    tiling->files++;
    tiling->bytes += data.bytes;
    return err;
}

static tg_err log_take(struct tiling *tiling, const struct tg_control_msg *msg)
{
    (void)snprintf(tiling->origin, sizeof tiling->origin, "%s", tg_control_text(msg, "origin", ""));
    if (!tiling->held.origin[0] || strcmp(tiling->held.origin, tiling->origin) == 0)
        return tg_dir_ensure(tiling->folder, FOLDER_MODE, tiling->em);
    return tg_fail(tiling->em, TG_EEXIST,
                   "'%s' holds the log '%s': choose another folder, nothing was changed", tiling->folder,
                   tiling->held.origin);
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct tiling *tiling = ctx;
    tg_err err = tg_interrupt_check(tiling->em);
    if (err) return err;
    if (msg->kind == TG_CONTROL_PROGRESS)
        tg_progress_at(&tiling->progress, (uint64_t)tg_control_number(msg, "done", 0),
                       (uint64_t)tg_control_number(msg, "total", 0), tiling->bytes);
    if (tg_row_is(msg, "log")) return log_take(tiling, msg);
    return tg_row_is(msg, "file") ? file_take(tiling, msg) : TG_OK;
}

/* Thousands of small files are synced at once: a sync for each would take minutes. */
static tg_err files_sync(struct tiling *tiling)
{
    int fd = open(tiling->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    tg_err err = TG_OK;
    if (fd < 0 || syncfs(fd))
        err = tg_fail_errno(tiling->em, TG_EIO, errno, "cannot sync '%s'", tiling->folder);
    if (fd >= 0) (void)close(fd);
    return err;
}

static tg_err node_ask(struct tiling *tiling, const char *origin)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(tiling->cli, &request, "log.tiles");
    tg_request_text(&request, "origin", origin);
    if (tiling->held.origin[0]) {
        tg_request_number(&request, "size", (int64_t)tiling->held.size);
        tg_request_data(&request, "root", TG_VIEW_ARRAY(tiling->held.root.bytes));
    }
    tg_err err = tg_session_call(tiling->cli, &request, on_answer, tiling, &arena, &done, tiling->em);
    tg_progress_end(&tiling->progress);
    if (err) return err;
    tiling->size = (uint64_t)tg_control_number(&done, "size", 0);
    err = files_sync(tiling);
    if (!err) err = tg_path_join(tiling->folder, "checkpoint", path, sizeof path, tiling->em);
    return err ? err : tg_file_write(path, tg_row_view(&done, "checkpoint"), FILE_MODE, tiling->em);
}

static tg_err written_put(struct tiling *tiling)
{
    struct tg_cli *cli = tiling->cli;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "tiles");
        tg_json_text(&json, "folder", tg_view_str(tiling->folder));
        tg_json_text(&json, "origin", tg_view_str(tiling->origin));
        tg_json_number(&json, "size", (int64_t)tiling->size);
        tg_json_number(&json, "before", (int64_t)tiling->held.size);
        tg_json_number(&json, "files", (int64_t)tiling->files);
        tg_json_number(&json, "bytes", (int64_t)tiling->bytes);
        return tg_json_put(&json, cli);
    }
    char size[TG_COUNT_BYTES], more[TG_COUNT_BYTES];
    tg_count_format((int64_t)tiling->size, size);
    tg_count_format((int64_t)(tiling->size - tiling->held.size), more);
    tg_put(cli, "%s  %s entries, %s of them new\n", tiling->folder, size, more);
    tg_talk(cli, "check it anywhere with\n'tamga verify %s --card CARD'\n", tiling->folder);
    return TG_OK;
}

tg_err tg_tiles_export(struct tg_cli *cli, const char *origin, const char *folder, struct tg_errmsg *em)
{
    struct tiling tiling = {.cli = cli, .folder = folder, .em = em};
    tg_err err = folder_look(&tiling);
    if (err) return err;
    tg_interrupt_catch();
    tg_progress_begin(&tiling.progress, cli, "export");
    tiling.progress.bytes = true;
    err = node_ask(&tiling, origin);
    tg_progress_end(&tiling.progress);
    return err ? err : written_put(&tiling);
}
