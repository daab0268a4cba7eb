/* backup: everything that brings the node back, written here while the node goes on, into a folder or into one encrypted
 * file; or what was so made checked.
 *
 * Knows no store: the node hands out the bytes. Verb `backup`: docs/control.md; layout: docs/formats-store.md.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/age_keys.h"
#include "cli/backup.h"
#include "cli/command.h"
#include "cli/folder.h"
#include "cli/interrupt.h"
#include "cli/session.h"

#define FILE_MODE 0600
#define CARD_MODE 0644

const struct tg_option tg_backup_options[] = {
    {"recipient", 0, TG_OPTION_TEXT, true, "AGE1...", "one encrypted file, to this age key", NULL, 0, 0},
    {"recipients-file", 0, TG_OPTION_FILE, true, "FILE", "the same to each key in this file", NULL, 0, 0},
    {"new-identity", 0, TG_OPTION_FILE, false, "FILE", "make a key for it, kept there", NULL, 0, 0},
    {"check", 0, TG_OPTION_FLAG, false, NULL, "check a backup that is there; needs no node", NULL, 0, 0},
    {"identity", 'i', TG_OPTION_FILE, true, "FILE", "age key that opens it, with --check", NULL, 0, 0},
    {"without-keys", 0, TG_OPTION_FLAG, false, NULL, "leave the key files out: they are kept apart", NULL, 0,
     0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "of an identity file that is encrypted", NULL, 0,
     0},
    TG_OPTION_END,
};

/* One call. */
struct backing {
    struct tg_cli *cli;
    struct tg_folder folder;
    struct tg_age_recipients recipients; /* none: a folder is made */
    struct tg_archive_out archive;
    struct tg_archive_in sealed;
    struct tg_buf about;     /* the file BACKUP, of an encrypted one */
    struct tg_backup backup; /* read again in the end; of an encrypted one what went by */
    struct tg_progress progress;
    uint64_t total;
    bool without_keys;
    struct tg_errmsg *em;
};

static void backing_free(struct backing *backing)
{
    if (!backing) return;
    tg_progress_end(&backing->progress);
    tg_folder_release(&backing->folder);
    tg_archive_out_release(&backing->archive);
    tg_archive_in_release(&backing->sealed);
    tg_buf_release(&backing->about);
    free(backing);
}
TG_AUTO_PTR_DEFINE(backing, backing_free)

/* ---- where it goes: a folder, or one encrypted file ---- */

static bool is_sealed(const struct backing *backing)
{
    return backing->recipients.count > 0;
}

static const char *place_of(const struct backing *backing)
{
    return is_sealed(backing) ? backing->archive.place : backing->folder.place;
}

static tg_err place_begin(struct backing *backing, const char *place)
{
    if (!is_sealed(backing)) return tg_folder_begin(&backing->folder, place, false, backing->em);
    return tg_archive_begin(&backing->archive, place, backing->recipients.items, backing->recipients.count,
                            backing->cli->random, backing->em);
}

/* bytes: how long it will be; an encrypted file needs to know. */
static tg_err file_begin(struct backing *backing, const char *name, int64_t bytes)
{
    unsigned mode = strcmp(name, TG_BACKUP_CARD_NAME) == 0 ? CARD_MODE : FILE_MODE;
    if (!is_sealed(backing)) return tg_folder_file(&backing->folder, name, mode, backing->em);
    if (bytes < 0)
        return tg_fail(
            backing->em, TG_EVERSION,
            "the node is older than this program and cannot make an encrypted backup: update it, or "
            "leave out --recipient");
    return tg_archive_file(&backing->archive, name, mode, (uint64_t)bytes,
                           tg_clock_wall_ms(backing->cli->clock), backing->em);
}

static tg_err bytes_put(struct backing *backing, struct tg_view data)
{
    if (!is_sealed(backing)) return tg_folder_put(&backing->folder, data, backing->em);
    const struct tg_archive_out *archive = &backing->archive;
    const char *name = archive->file_count ? archive->files[archive->file_count - 1].name : "";
    if (strcmp(name, TG_BACKUP_ABOUT_NAME) == 0 &&
        backing->about.bytes + data.bytes <= TG_BACKUP_ABOUT_BYTES_MAX) {
        tg_err err = tg_buf_put_view(&backing->about, data);
        if (err) return err;
    }
    return tg_archive_put(&backing->archive, data, backing->em);
}

static tg_err file_end(struct backing *backing)
{
    return is_sealed(backing) ? tg_archive_file_end(&backing->archive, backing->em)
                              : tg_folder_file_end(&backing->folder, backing->em);
}

static tg_err place_end(struct backing *backing)
{
    return is_sealed(backing) ? tg_archive_end(&backing->archive, backing->em)
                              : tg_folder_end(&backing->folder, backing->em);
}

/* ---- making one ---- */

/* Before the long part begins. */
static tg_err room_check(struct backing *backing, uint64_t total)
{
    uint64_t room =
        is_sealed(backing) ? tg_archive_room(&backing->archive) : tg_folder_room(&backing->folder);
    if (backing->total || total <= room) return TG_OK;
    char have[TG_COUNT_BYTES], want[TG_COUNT_BYTES];
    tg_size_format((int64_t)room, have);
    tg_size_format((int64_t)total, want);
    return tg_fail(backing->em, TG_ESPACE,
                   "not enough room at '%s': %s free, up to %s needed; nothing was kept there",
                   place_of(backing), have, want);
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
    if (tg_row_is(msg, "data")) return bytes_put(backing, tg_control_data(msg, "data"));
    if (!tg_row_is(msg, "file")) return TG_OK;
    return file_begin(backing, tg_control_text(msg, "name", ""), tg_control_number(msg, "bytes", -1));
}

static tg_err sums_write(struct backing *backing)
{
    const struct tg_folder_file *files = is_sealed(backing) ? backing->archive.files : backing->folder.files;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = file_end(backing);
    size_t count = is_sealed(backing) ? backing->archive.file_count : backing->folder.file_count;
    for (size_t i = 0; i < count && !err; i++) {
        char hex[TG_HEX_BYTES(TG_HASH_BYTES)];
        tg_hex_encode(files[i].sum.bytes, TG_HASH_BYTES, hex);
        err = tg_buf_putf(&text, "%s  %s\n", hex, files[i].name);
    }
    if (!err) err = file_begin(backing, TG_BACKUP_SUMS_NAME, (int64_t)text.bytes);
    return err ? err : bytes_put(backing, tg_buf_view(&text));
}

static tg_err node_ask(struct backing *backing)
{
    struct tg_cli *cli = backing->cli;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "backup");
    tg_request_text(&request, "to", place_of(backing));
    if (backing->without_keys) tg_request_number(&request, "without_keys", 1);
    return tg_session_call(cli, &request, on_answer, backing, &arena, NULL, backing->em);
}

static tg_err backup_make(struct backing *backing, const char *place)
{
    tg_err err = place_begin(backing, place);
    if (err) return err;
    tg_interrupt_catch();
    tg_progress_begin(&backing->progress, backing->cli, "backup");
    backing->progress.bytes = true;
    err = node_ask(backing);
    tg_progress_end(&backing->progress);
    if (!err) err = sums_write(backing);
    if (!err) err = place_end(backing);
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

/* Nobody here can open it again: what is said of it is what went by. */
static tg_err sealed_about(struct backing *backing)
{
    struct tg_backup *backup = &backing->backup;
    const struct tg_archive_out *archive = &backing->archive;
    backup->dir = archive->place;
    for (size_t i = 0; i < archive->file_count; i++) {
        struct tg_backup_file *file = &backup->files[backup->file_count];
        if (strcmp(archive->files[i].name, TG_BACKUP_SUMS_NAME) == 0) continue;
        backup->file_count++;
        memcpy(file->name, archive->files[i].name, sizeof file->name);
        file->bytes = archive->files[i].bytes;
        backup->bytes += file->bytes;
        if (strcmp(file->name, TG_BACKUP_LOG_NAME) == 0) backup->log_bytes = file->bytes;
    }
    return tg_backup_about_decode(tg_buf_view(&backing->about), &backup->about, backing->em);
}

static void sealed_tell(struct backing *backing)
{
    struct tg_cli *cli = backing->cli;
    tg_talk(cli, "\nencrypted  to %zu age key%s: nobody else can open it, this node neither\n",
            backing->recipients.count, backing->recipients.count == 1 ? "" : "s");
    tg_talk(cli,
            "in it      log, cards, receipts, access log, settings,\n           keys (behind their "
            "passphrase as well)\n"
            "not in it  the passphrase of the node's keys; the index\n"
            "check it   tamga backup --check '%s' --identity FILE\n"
            "           or without this program: age -d -i FILE '%s' | tar t\n",
            backing->archive.place, backing->archive.place);
}

static tg_err made_put(struct backing *backing, const struct tg_args *args)
{
    struct tg_cli *cli = backing->cli;
    const char *place = place_of(backing), *fresh = tg_args_text(args, "new-identity", NULL);
    tg_err err =
        is_sealed(backing) ? sealed_about(backing) : tg_backup_open(place, &backing->backup, backing->em);
    if (err) return err;
    if (cli->format != TG_FORMAT_TEXT)
        err = tg_backup_put_row(cli, "backup", &backing->backup, place);
    else
        err = tg_backup_put_about(cli, &backing->backup);
    if (err) return err;
    if (cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "%s    %s\n", is_sealed(backing) ? "file  " : "folder", place);
    if (is_sealed(backing))
        sealed_tell(backing);
    else
        tg_talk(cli,
                "\nin it      log, cards, receipts, access log, settings,\n           %s\n"
                "not in it  %s: without it the backup is of no use; keep it elsewhere\n"
                "           the index: it is built anew when the node first starts from the backup\n"
                "check it   tamga backup --check '%s', or there: sha256sum -c %s\n",
                backing->without_keys ? "no keys" : "keys (behind their passphrase)",
                backing->without_keys ? "node.key, nor its passphrase" : "the passphrase", place,
                TG_BACKUP_SUMS_NAME);
    if (fresh)
        tg_talk(cli,
                "\nThe key that opens it is in '%s'. Put that file into a safe, off this\nmachine: without "
                "it the backup is lost, with it anyone reads it.\n",
                fresh);
    keys_warn(backing);
    return TG_OK;
}

/* ---- checking one ---- */

static tg_err check_open(struct backing *backing, const struct tg_args *args, const char *place)
{
    TG_AUTO(tg_age_identities) struct tg_age_identities identities = {.count = 0};
    if (!tg_archive_is(place)) return tg_backup_open(place, &backing->backup, backing->em);
    tg_err err = tg_age_identities_read(backing->cli, args, &identities, backing->em);
    const struct tg_age_keys keys = {.identities = identities.items, .identity_count = identities.count};
    if (!err) err = tg_archive_open(place, &keys, &backing->sealed, backing->em);
    return err ? err : tg_backup_open_archive(&backing->sealed, &backing->backup, backing->em);
}

static tg_err backup_check(struct backing *backing, const struct tg_args *args, const char *place)
{
    struct tg_cli *cli = backing->cli;
    uint64_t done_bytes = 0;
    tg_err err = check_open(backing, args, place);
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
    backing->without_keys = tg_args_has(args, "without-keys");
    if (tg_args_has(args, "check")) return backup_check(backing, args, args->words[0]);
    tg_err err = tg_age_recipients_read(cli, args, &backing->recipients, em);
    if (err) return tg_context(em, err, "no backup was made");
    err = backup_make(backing, args->words[0]);
    return err ? err : made_put(backing, args);
}
