/* backup: everything that brings the node back, written into a folder here while the node goes on; or such a folder
 * checked.
 *
 * Knows no store: the node hands out the bytes. Verb `backup`: docs/control.md; layout: docs/formats-store.md.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/backup.h"
#include "cli/command.h"
#include "cli/folder.h"
#include "cli/interrupt.h"
#include "cli/session.h"

#define FILE_MODE 0600
#define CARD_MODE 0644

const struct tg_option tg_backup_options[] = {
    {"check", 0, TG_OPTION_FLAG, false, NULL, "check a backup that is there; needs no node", NULL, 0, 0},
    TG_OPTION_END,
};

/* One call. */
struct backing {
    struct tg_cli *cli;
    struct tg_folder folder;
    struct tg_backup backup; /* read again in the end */
    struct tg_progress progress;
    uint64_t total;
    struct tg_errmsg *em;
};

static void backing_free(struct backing *backing)
{
    if (!backing) return;
    tg_progress_end(&backing->progress);
    tg_folder_release(&backing->folder);
    free(backing);
}
TG_AUTO_PTR_DEFINE(backing, backing_free)

/* ---- making one ---- */

/* Before the long part begins. */
static tg_err room_check(struct backing *backing, uint64_t total)
{
    uint64_t room = tg_folder_room(&backing->folder);
    if (backing->total || total <= room) return TG_OK;
    char have[TG_COUNT_BYTES], want[TG_COUNT_BYTES];
    tg_size_format((int64_t)room, have);
    tg_size_format((int64_t)total, want);
    return tg_fail(backing->em, TG_ESPACE,
                   "not enough room at '%s': %s free, up to %s needed; nothing was kept there",
                   backing->folder.place, have, want);
}

static tg_err progress_take(struct backing *backing, const struct tg_control_msg *msg)
{
    uint64_t done = (uint64_t)tg_control_number(msg, "done", 0),
             total = (uint64_t)tg_control_number(msg, "total", 0);
    tg_err err = room_check(backing, total);
    backing->total = total;
    tg_progress_at(&backing->progress, done, total, done);
    return err;
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct backing *backing = ctx;
    tg_err err = tg_interrupt_check(backing->em);
    if (err) return err;
    if (msg->kind == TG_CONTROL_PROGRESS) return progress_take(backing, msg);
    if (tg_row_is(msg, "data"))
        return tg_folder_put(&backing->folder, tg_control_data(msg, "data"), backing->em);
    if (!tg_row_is(msg, "file")) return TG_OK;
    const char *name = tg_control_text(msg, "name", "");
    unsigned mode = strcmp(name, TG_BACKUP_CARD_NAME) == 0 ? CARD_MODE : FILE_MODE;
    return tg_folder_file(&backing->folder, name, mode, backing->em);
}

static tg_err sums_write(struct backing *backing)
{
    struct tg_folder *folder = &backing->folder;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_folder_file_end(folder, backing->em);
    for (size_t i = 0; i < folder->file_count && !err; i++) {
        char hex[TG_HEX_BYTES(TG_HASH_BYTES)];
        tg_hex_encode(folder->files[i].sum.bytes, TG_HASH_BYTES, hex);
        err = tg_buf_putf(&text, "%s  %s\n", hex, folder->files[i].name);
    }
    if (!err) err = tg_folder_file(folder, TG_BACKUP_SUMS_NAME, FILE_MODE, backing->em);
    return err ? err : tg_folder_put(folder, tg_buf_view(&text), backing->em);
}

static tg_err node_ask(struct backing *backing)
{
    struct tg_cli *cli = backing->cli;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "backup");
    tg_request_text(&request, "to", backing->folder.place);
    return tg_session_call(cli, &request, on_answer, backing, &arena, NULL, backing->em);
}

static tg_err folder_make(struct backing *backing, const char *place)
{
    tg_err err = tg_folder_begin(&backing->folder, place, false, backing->em);
    if (err) return err;
    tg_interrupt_catch();
    tg_progress_begin(&backing->progress, backing->cli, "backup");
    backing->progress.bytes = true;
    err = node_ask(backing);
    tg_progress_end(&backing->progress);
    if (!err) err = sums_write(backing);
    if (!err) err = tg_folder_end(&backing->folder, backing->em);
    return err ? tg_context(backing->em, err, "no backup was made") : TG_OK;
}

static void keys_warn(struct backing *backing)
{
    char keys[TG_BACKUP_KEYS_TEXT_BYTES];
    tg_backup_offline_keys(&backing->backup, keys);
    if (!keys[0]) return;
    tg_talk(backing->cli,
            "\nWARNING: %s still lie%s beside the node's keys and went into the backup.\n"
            "They belong into a safe, off this machine: whoever has root.key and its\n"
            "passphrase is this node. Move them there, then make the backup again and\n"
            "destroy this one.\n",
            keys, strchr(keys, ',') ? "" : "s");
}

static tg_err made_put(struct backing *backing)
{
    struct tg_cli *cli = backing->cli;
    const char *place = backing->folder.place;
    tg_err err = tg_backup_open(place, &backing->backup, backing->em);
    if (err) return err;
    if (cli->format != TG_FORMAT_TEXT)
        err = tg_backup_put_row(cli, "backup", &backing->backup, place);
    else
        err = tg_backup_put_about(cli, &backing->backup);
    if (err) return err;
    if (cli->format == TG_FORMAT_TEXT) tg_put(cli, "folder    %s\n", place);
    tg_talk(cli,
            "\nin it      log, cards, receipts, access log, settings,\n           keys (behind their "
            "passphrase)\n"
            "not in it  the passphrase: without it the backup is of no use; keep it elsewhere\n"
            "           the index: it is built anew when the node first starts from the backup\n"
            "check it   tamga backup --check '%s', or there: sha256sum -c %s\n",
            place, TG_BACKUP_SUMS_NAME);
    keys_warn(backing);
    return TG_OK;
}

/* ---- checking one ---- */

static tg_err folder_check(struct backing *backing, const char *place)
{
    struct tg_cli *cli = backing->cli;
    uint64_t done_bytes = 0;
    tg_err err = tg_backup_open(place, &backing->backup, backing->em);
    if (err) return err;
    tg_progress_begin(&backing->progress, cli, "check");
    backing->progress.bytes = true;
    for (size_t i = 0; i < backing->backup.file_count && !err; i++)
        err = tg_backup_read(&backing->backup, &backing->backup.files[i], NULL, NULL, &backing->progress,
                             &done_bytes, backing->em);
    tg_progress_end(&backing->progress);
    if (!err) err = tg_backup_check_parts(&backing->backup, backing->em);
    if (err) return err;
    if (cli->format != TG_FORMAT_TEXT) return tg_backup_put_row(cli, "backup", &backing->backup, place);
    err = tg_backup_put_about(cli, &backing->backup);
    if (!err) tg_put(cli, "GOOD      every file is what %s says\n", TG_BACKUP_SUMS_NAME);
    return err;
}

tg_err tg_cmd_backup(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO_PTR(backing) struct backing *backing = calloc(1, sizeof *backing);
    if (!backing) return tg_fail(em, TG_ENOMEM, "out of memory");
    backing->cli = backing->progress.cli = cli;
    backing->em = em;
    if (tg_args_has(args, "check")) return folder_check(backing, args->words[0]);
    tg_err err = folder_make(backing, args->words[0]);
    return err ? err : made_put(backing);
}
