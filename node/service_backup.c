/* Verb `backup`: everything that brings this node back, as files one after the other, while it goes on working.
 *
 * Writes no file: the caller does. The index is not in it (it is derived), the mark is not (a store that was put back
 * must be known as such), the passphrase is not. Contract: docs/control.md; layout: docs/formats-store.md "Backup".
 */
#include <dirent.h>

#include "base/file.h"
#include "crypto/keyfile.h"
#include "node/service_internal.h"
#include "proto/backup.h"
#include "store/copy.h"

#define POLL_US 2000 /* while the copy has nothing to give */

struct small_file {
    char name[TG_BACKUP_NAME_BYTES_MAX + 1];
    struct tg_buf content;
};

struct backing {
    struct tg_job job;
    struct tg_backup_about about;
    struct small_file *files;
    size_t file_count, files_sent;
    struct tg_store_copy *copy;
    uint64_t log_bytes, log_total; /* read, and what the copy will come to */
    bool log_named;
    uint8_t *slice;
    size_t held; /* bytes of slice that are not sent yet */
};

static void backing_free(struct tg_job *job)
{
    struct backing *backing = (struct backing *)job;
    tg_store_copy_free(backing->copy);
    for (size_t i = 0; i < backing->file_count; i++) tg_buf_release(&backing->files[i].content);
    free(backing->files);
    free(backing->slice);
    free(backing);
}

/* ---- what is small ---- */

static struct small_file *file_add(struct backing *backing, const char *name)
{
    if (backing->file_count == TG_BACKUP_FILES_MAX) return NULL;
    struct small_file *file = &backing->files[backing->file_count++];
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

/* Whose backup it is, and the log's length now: what the copy holds is this, or more. */
static tg_err about_add(const struct tg_call *call, struct backing *backing, struct tg_errmsg *em)
{
    const struct tg_node *node = call->node;
    const struct tg_held_log *own = tg_held_own(call->node);
    struct tg_store_stats stats;
    tg_err err = own ? tg_store_stats(node->store, &stats, em) : TG_ENOMEM;
    if (err) return err;
    struct tg_backup_about *about = &backing->about;
    memcpy(about->node.bytes, node->id.bytes, sizeof about->node.bytes);
    (void)snprintf(about->country, sizeof about->country, "%s", node->card->country);
    (void)snprintf(about->name, sizeof about->name, "%s", node->card->name);
    (void)snprintf(about->software, sizeof about->software, "%s", call->service->version);
    (void)snprintf(about->socket, sizeof about->socket, "%.*s", TG_BACKUP_SOCKET_BYTES_MAX,
                   call->service->config->control.socket);
    about->taken_ms = tg_service_now_ms(call->service) / 1000 * 1000;
    about->epoch = own->id.epoch;
    about->size = own->size;
    about->root = own->root;
    about->records = stats.records;
    struct small_file *file = file_add(backing, "BACKUP");
    return file ? tg_backup_about_encode(about, &file->content) : TG_ELIMIT;
}

static tg_err config_add(const struct tg_call *call, struct backing *backing, struct tg_errmsg *em)
{
    const char *path = call->service->config_path;
    if (!path) return TG_OK;
    struct small_file *file = file_add(backing, "tamga.conf");
    tg_err err = file ? tg_file_read(path, TG_CONFIG_BYTES_MAX, &file->content, em) : TG_ELIMIT;
    return err ? tg_context(em, err, "cannot back up the configuration") : TG_OK;
}

static tg_err card_add(const struct tg_call *call, struct backing *backing)
{
    struct small_file *file = file_add(backing, "card.note");
    return file ? tg_buf_put_view(&file->content, tg_buf_view(&call->node->card_note)) : TG_ELIMIT;
}

/* Only files that are whole and behind a passphrase; anything else in that folder is not ours. */
static tg_err key_add(struct backing *backing, const char *folder, const char *name, struct tg_errmsg *em)
{
    char path[TG_CONFIG_PATH_BYTES], place[TG_BACKUP_NAME_BYTES_MAX + 1];
    TG_AUTO(tg_buf) struct tg_buf content = {0};
    tg_err err = tg_path_join(folder, name, path, sizeof path, em);
    if (!err) err = tg_path_join("keys", name, place, sizeof place, em);
    if (!err) err = tg_file_read_private(path, TG_KEYFILE_BYTES_MAX, &content, em);
    if (!err) err = tg_keyfile_check(tg_buf_view(&content), em);
    if (err == TG_EMAGIC) return TG_OK;
    if (err) return tg_context(em, err, "cannot back up key file '%s'", path);
    struct small_file *file = file_add(backing, place);
    if (!file) return tg_fail(em, TG_ELIMIT, "more than %d files in '%s'", TG_BACKUP_FILES_MAX, folder);
    file->content = content;
    content = (struct tg_buf){0};
    return TG_OK;
}

static bool is_key_name(const char *name)
{
    size_t bytes = strlen(name);
    for (const char *at = name; *at; at++)
        if (!tg_ascii_is_alnum(*at) && *at != '-' && (*at != '.' || at == name)) return false;
    return bytes > 4 && strcmp(name + bytes - 4, ".key") == 0;
}

static tg_err keys_add(const struct tg_call *call, struct backing *backing, struct tg_errmsg *em)
{
    const char *folder = call->service->config->node.keys;
    if (!folder[0]) return TG_OK;
    DIR *entries = opendir(folder);
    if (!entries) return tg_fail(em, TG_EIO, "cannot back up the keys: cannot read folder '%s'", folder);
    tg_err err = TG_OK;
    for (const struct dirent *entry; !err && (entry = readdir(entries));)
        if (is_key_name(entry->d_name)) err = key_add(backing, folder, entry->d_name, em);
    (void)closedir(entries);
    return err;
}

/* Partners' cards once more as files: whoever lost the log as well can still be put back from keys and these. */
static tg_err peers_add(const struct tg_call *call, struct backing *backing, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    for (size_t i = 0; !err && i < call->node->peer_count; i++) {
        const struct tg_peer *peer = call->node->peers[i];
        char name[TG_BACKUP_PEER_NAME_BYTES];
        uint64_t serial = 0;
        struct tg_view note;
        tg_backup_peer_name(peer->card->country, &peer->card->node, name);
        struct small_file *file = file_add(backing, name);
        err = file ? tg_store_card_latest(txn, peer->id.bytes, &serial, &note) : TG_ELIMIT;
        if (!err) err = tg_buf_put_view(&file->content, note);
    }
    return err ? tg_context(em, err, "cannot back up the partners' cards") : TG_OK;
}

/* ---- the answer ---- */

static tg_err file_row(struct tg_buf *out, const char *name, uint64_t bytes)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "file");
    tg_control_put_text(&row, "name", name);
    tg_control_put_number(&row, "bytes", (int64_t)bytes);
    return tg_control_end(&row);
}

static tg_err data_row(struct tg_buf *out, struct tg_view data)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "data");
    tg_control_put_data(&row, "data", data);
    return tg_control_end(&row);
}

static tg_err progress_put(const struct backing *backing, struct tg_buf *out)
{
    struct tg_control_out frame;
    tg_control_answer(&frame, out, TG_CONTROL_PROGRESS);
    tg_control_put_number(&frame, "done", (int64_t)backing->log_bytes);
    tg_control_put_number(&frame, "total", (int64_t)tg_store_copy_bytes_max(backing->copy));
    return tg_control_end(&frame);
}

static tg_err done_put(const struct backing *backing, struct tg_buf *out)
{
    const struct tg_backup_about *about = &backing->about;
    struct tg_control_out done;
    struct tg_hash node;
    memcpy(node.bytes, about->node.bytes, sizeof node.bytes);
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_put_node(&done, "node", &node);
    tg_control_put_text(&done, "country", about->country);
    tg_control_put_text(&done, "name", about->name);
    tg_control_put_number(&done, "taken_ms", about->taken_ms);
    tg_control_put_number(&done, "epoch", about->epoch);
    tg_control_put_number(&done, "size", (int64_t)about->size);
    tg_control_put_data(&done, "root", TG_VIEW_ARRAY(about->root.bytes));
    tg_control_put_number(&done, "records", (int64_t)about->records);
    tg_control_put_number(&done, "log_bytes", (int64_t)backing->log_bytes);
    return tg_control_end(&done);
}

static tg_err small_step(struct backing *backing, struct tg_buf *out)
{
    const struct small_file *file = &backing->files[backing->files_sent++];
    tg_err err = backing->files_sent == 1 ? progress_put(backing, out) : TG_OK; /* how much it will be */
    if (!err) err = file_row(out, file->name, file->content.bytes);
    return err ? err : data_row(out, tg_buf_view(&file->content));
}

/* Its name goes out with its length, which its first two pages tell. */
static tg_err log_name(struct backing *backing, struct tg_buf *out, bool end, struct tg_errmsg *em)
{
    if (backing->log_named) return TG_OK;
    backing->log_total = tg_store_copy_bytes(tg_view_of(backing->slice, backing->held));
    bool enough = end || backing->held >= TG_STORE_COPY_FRONT_BYTES;
    if (!backing->log_total)
        return enough ? tg_fail(em, TG_EDAMAGED, "the copy of the log does not begin as one") : TG_OK;
    backing->log_named = true;
    return file_row(out, "store/log/data.mdb", backing->log_total);
}

static tg_err log_put(struct backing *backing, struct tg_buf *out)
{
    if (!backing->log_named || !backing->held) return TG_OK;
    tg_err err = data_row(out, tg_view_of(backing->slice, backing->held));
    backing->held = 0;
    return err ? err : progress_put(backing, out);
}

static tg_err log_step(struct backing *backing, struct tg_buf *out, enum tg_step *ret_step,
                       struct tg_errmsg *em)
{
    size_t bytes = 0;
    bool end = false;
    tg_err err = tg_store_copy_read(backing->copy, backing->slice + backing->held,
                                    TG_SERVICE_BACKUP_SLICE_BYTES - backing->held, &bytes, &end, em);
    if (err) return err;
    *ret_step = end ? TG_STEP_END : bytes ? TG_STEP_MORE : TG_STEP_WAIT;
    backing->job.deadline_us = bytes || end ? INT64_MAX : tg_service_now_us(backing->job.service) + POLL_US;
    backing->held += bytes;
    backing->log_bytes += bytes;
    err = log_name(backing, out, end, em);
    if (!err) err = log_put(backing, out);
    if (!err && end && backing->log_bytes != backing->log_total)
        err = tg_fail(em, TG_EDAMAGED, "the copy of the log is not as long as it says");
    return !err && end ? done_put(backing, out) : err;
}

static tg_err backing_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                           struct tg_errmsg *em)
{
    struct backing *backing = (struct backing *)job;
    if (backing->files_sent == backing->file_count) return log_step(backing, out, ret_step, em);
    *ret_step = TG_STEP_MORE;
    return small_step(backing, out);
}

static const struct tg_job_kind backing_kind = {.step = backing_step, .free = backing_free};

tg_err tg_verb_backup(struct tg_call *call, struct tg_errmsg *em)
{
    struct backing *backing = tg_job_start(call, &backing_kind, sizeof *backing);
    if (!backing) return TG_ENOMEM;
    backing->files = calloc(TG_BACKUP_FILES_MAX, sizeof *backing->files);
    backing->slice = malloc(TG_SERVICE_BACKUP_SLICE_BYTES);
    if (!backing->files || !backing->slice) return TG_ENOMEM;
    tg_err err = tg_call_access(call, 0, NULL, em);
    backing->about.without_keys = tg_control_number(call->msg, "without_keys", 0) != 0;
    if (!err) err = about_add(call, backing, em);
    if (!err) err = config_add(call, backing, em);
    if (!err) err = card_add(call, backing);
    if (!err && !backing->about.without_keys) err = keys_add(call, backing, em);
    if (!err) err = peers_add(call, backing, em);
    return err ? err : tg_store_copy_begin(call->node->store, &backing->copy, em);
}
