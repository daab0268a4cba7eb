/* restore: a backup put back into a new folder, from which the node starts and appends nothing until its partners have
 * shown what they hold of its log.
 *
 * Needs no node, and refuses while one of that name runs. Layout: docs/formats-store.md "Backup"; start rules:
 * ARCHITECTURE.md "Start".
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/age_keys.h"
#include "cli/backup.h"
#include "cli/cards.h"
#include "cli/command.h"
#include "cli/folder.h"
#include "cli/interrupt.h"
#include "cli/recovery.h"
#include "cli/settings.h"
#include "proto/card.h"

#define FILE_MODE 0600
#define CARD_MODE 0644
#define ASK_MS 3000

const struct tg_option tg_restore_options[] = {
    {"from-peers", 0, TG_OPTION_FLAG, false, NULL, "leave out the log; its partners give it back", NULL, 0,
     0},
    {"peer-card", 0, TG_OPTION_FILE, true, "FILE", "card of a partner that the backup does not hold", NULL, 0,
     0},
    {"identity", 'i', TG_OPTION_FILE, true, "FILE", "age key that opens an encrypted backup", NULL, 0, 0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "of an encrypted identity, or of the recovery key",
     NULL, 0, 0},
    {"recovery-key", 0, TG_OPTION_FILE, false, "FILE",
     "have the node that runs open what it stated itself and lost the keys of", NULL, 0, 0},
    TG_OPTION_END,
};

struct restoring {
    struct tg_cli *cli;
    struct tg_backup backup;
    struct tg_archive_in sealed; /* of an encrypted one */
    bool from_peers;
    struct tg_card_file cards[TG_PEERS_MAX]; /* of partners, given by name */
    size_t card_count, partner_count;
    struct tg_folder folder;
    struct tg_progress progress;
    uint64_t done_bytes;
    struct tg_buf settings; /* as they were */
    struct tg_settings_places places;
    struct tg_errmsg *em;
};

static void restoring_free(struct restoring *restoring)
{
    if (!restoring) return;
    tg_progress_end(&restoring->progress);
    tg_folder_release(&restoring->folder);
    tg_archive_in_release(&restoring->sealed);
    for (size_t i = 0; i < restoring->card_count; i++) tg_card_file_release(&restoring->cards[i]);
    tg_buf_release(&restoring->settings);
    free(restoring);
}
TG_AUTO_PTR_DEFINE(restoring, restoring_free)

/* ---- is it running? ---- */

/* The node that answers at that socket; false when none does, or it does not say who it is. */
static bool node_at(const char *socket, struct tg_node_id *ret_node)
{
    TG_AUTO_PTR(tg_control_client) struct tg_control_client *client = NULL;
    TG_AUTO(tg_buf) struct tg_buf frame = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_out out;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_control_request(&out, &frame, "card", "");
    if (tg_control_end(&out) || tg_control_client_connect(socket, &client, NULL)) return false;
    if (tg_control_client_call(client, tg_buf_view(&frame), ASK_MS, NULL, NULL, &arena, &done, NULL))
        return false;
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    if (!card || tg_card_open(tg_view_str(tg_control_text(&done, "card", "")), card, NULL)) return false;
    *ret_node = card->node;
    return true;
}

/* Two of one identity would show two histories of one log. */
static tg_err running_refuse(struct restoring *restoring, const char *socket)
{
    struct tg_node_id node;
    if (!socket[0] || !node_at(socket, &node) || !tg_node_id_equal(&node, &restoring->backup.about.node))
        return TG_OK;
    return tg_fail(restoring->em, TG_EBUSY,
                   "node %s is running, it answers at '%s': stop it for good before it is restored, or its "
                   "log will have two histories",
                   restoring->backup.about.country, socket);
}

static tg_err running_check(struct restoring *restoring)
{
    char socket[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_cli_socket(restoring->cli, socket, sizeof socket, restoring->em);
    if (!err) err = running_refuse(restoring, socket);
    if (!err) err = running_refuse(restoring, restoring->backup.about.socket);
    bool absolute = restoring->places.socket[0] == '/';
    return err || !absolute ? err : running_refuse(restoring, restoring->places.socket);
}

/* ---- putting back ---- */

static tg_err backup_open(struct restoring *restoring, const struct tg_args *args, const char *place)
{
    TG_AUTO(tg_age_identities) struct tg_age_identities identities = {.count = 0};
    char sums[TG_CLI_PATH_BYTES_MAX];
    bool sealed = tg_archive_is(place);
    tg_err joined = tg_path_join(place, TG_BACKUP_SUMS_NAME, sums, sizeof sums, restoring->em);
    if (!sealed && !joined && restoring->from_peers && access(sums, F_OK) != 0)
        return tg_backup_open_keys(place, tg_clock_wall_ms(restoring->cli->clock), &restoring->backup,
                                   restoring->em);
    if (!sealed) return joined ? joined : tg_backup_open(place, &restoring->backup, restoring->em);
    tg_err err = tg_age_identities_read(restoring->cli, args, &identities, restoring->em);
    const struct tg_age_keys keys = {.identities = identities.items, .identity_count = identities.count};
    if (!err) err = tg_archive_open(place, &keys, &restoring->sealed, restoring->em);
    return err ? err : tg_backup_open_archive(&restoring->sealed, &restoring->backup, restoring->em);
}

static tg_err put_slice(void *ctx, struct tg_view data, struct tg_errmsg *em)
{
    struct restoring *restoring = ctx;
    return tg_folder_put(&restoring->folder, data, em);
}

static tg_err keep_slice(void *ctx, struct tg_view data, struct tg_errmsg *em)
{
    struct restoring *restoring = ctx;
    if (restoring->settings.bytes + data.bytes > TG_CONFIG_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the settings in the backup are too large");
    return tg_buf_put_view(&restoring->settings, data);
}

static tg_err whole_file(struct restoring *restoring, const char *name, struct tg_view content)
{
    tg_err err = tg_folder_file(&restoring->folder, name, FILE_MODE, restoring->em);
    return err ? err : tg_folder_put(&restoring->folder, content, restoring->em);
}

static tg_err settings_read(struct restoring *restoring)
{
    const struct tg_backup *backup = &restoring->backup;
    tg_err err = tg_backup_read(backup, tg_backup_find(backup, TG_BACKUP_CONFIG_NAME), keep_slice, restoring,
                                &restoring->progress, &restoring->done_bytes, restoring->em);
    if (!err) tg_settings_places(tg_buf_view(&restoring->settings), &restoring->places);
    return err;
}

/* The folder that it names is where it was; from now on it is here. */
static tg_err settings_write(struct restoring *restoring)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_settings_move_in(tg_buf_view(&restoring->settings), &text);
    return err ? err : whole_file(restoring, TG_BACKUP_CONFIG_NAME, tg_buf_view(&text));
}

/* The log is not there any more: what `restored` tells of is one without entries, from which the node fetches on. */
static tg_err about_write(struct restoring *restoring)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_backup_about about = restoring->backup.about;
    about.size = about.records = 0;
    about.epoch = 0;
    tg_sha256_of(tg_view_of(NULL, 0), &about.root);
    tg_err err = tg_backup_about_encode(&about, &text);
    return err ? err : whole_file(restoring, TG_RESTORED_NAME, tg_buf_view(&text));
}

static tg_err cards_write(struct restoring *restoring)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < restoring->card_count; i++) {
        const struct tg_card_file *file = &restoring->cards[i];
        char name[TG_BACKUP_PEER_NAME_BYTES];
        tg_backup_peer_name(file->card->country, &file->card->node, name);
        if (!tg_backup_find(&restoring->backup, name))
            err = whole_file(restoring, name, tg_buf_view(&file->note));
    }
    return err;
}

/* Whom the node will ask: those whose cards are in the backup, and those given by name. */
static tg_err partners_take(struct restoring *restoring, const struct tg_args *args)
{
    const struct tg_backup *backup = &restoring->backup;
    size_t at = 0;
    tg_err err = TG_OK;
    for (const char *path; !err && (path = tg_args_each(args, "peer-card", &at));) {
        if (restoring->card_count == TG_PEERS_MAX)
            return tg_fail(restoring->em, TG_ELIMIT, "more than %d partners", TG_PEERS_MAX);
        err = tg_card_file_read(path, &restoring->cards[restoring->card_count], restoring->em);
        if (!err) restoring->card_count++;
    }
    for (size_t i = 0; i < backup->file_count; i++)
        if (strncmp(backup->files[i].name, TG_BACKUP_PEERS_DIR "/", sizeof TG_BACKUP_PEERS_DIR) == 0)
            restoring->partner_count++;
    for (size_t i = 0; !err && i < restoring->card_count; i++) {
        char name[TG_BACKUP_PEER_NAME_BYTES];
        tg_backup_peer_name(restoring->cards[i].card->country, &restoring->cards[i].card->node, name);
        if (!tg_backup_find(backup, name)) restoring->partner_count++;
    }
    if (err || !restoring->from_peers || restoring->partner_count) return err;
    return tg_fail(restoring->em, TG_EUSAGE,
                   "no partner's card is in '%s': give each with --peer-card, or nobody can be asked",
                   backup->dir);
}

/* BACKUP becomes `restored`: as long as it stands beside the store, the node holds back. */
static tg_err file_restore(struct restoring *restoring, const struct tg_backup_file *file)
{
    bool about = strcmp(file->name, TG_BACKUP_ABOUT_NAME) == 0;
    if (restoring->from_peers && (about || strcmp(file->name, TG_BACKUP_LOG_NAME) == 0)) return TG_OK;
    if (strcmp(file->name, TG_BACKUP_CONFIG_NAME) == 0) return settings_write(restoring);
    unsigned mode = strcmp(file->name, TG_BACKUP_CARD_NAME) == 0 ? CARD_MODE : FILE_MODE;
    tg_err err =
        tg_folder_file(&restoring->folder, about ? TG_RESTORED_NAME : file->name, mode, restoring->em);
    if (err) return err;
    return tg_backup_read(&restoring->backup, file, put_slice, restoring, &restoring->progress,
                          &restoring->done_bytes, restoring->em);
}

static tg_err room_check(const struct restoring *restoring)
{
    uint64_t room = tg_folder_room(&restoring->folder);
    if (restoring->backup.bytes <= room) return TG_OK;
    char have[TG_COUNT_BYTES], want[TG_COUNT_BYTES];
    tg_size_format((int64_t)room, have);
    tg_size_format((int64_t)restoring->backup.bytes, want);
    return tg_fail(restoring->em, TG_ESPACE, "not enough room at '%s': %s free, %s needed",
                   restoring->folder.place, have, want);
}

static tg_err folder_make(struct restoring *restoring, const char *place)
{
    const struct tg_backup *backup = &restoring->backup;
    tg_err err = tg_folder_begin(&restoring->folder, place, true, restoring->em);
    if (!err) err = room_check(restoring);
    for (size_t i = 0; i < backup->file_count && !err; i++) err = file_restore(restoring, &backup->files[i]);
    if (!err && restoring->from_peers) err = about_write(restoring);
    if (!err) err = cards_write(restoring);
    if (!err && !restoring->from_peers) err = whole_file(restoring, "store/store.lock", tg_view_of("", 0));
    return err ? err : tg_folder_end(&restoring->folder, restoring->em);
}

/* ---- what is said ---- */

static void next_tell(struct restoring *restoring)
{
    struct tg_cli *cli = restoring->cli;
    const char *place = restoring->folder.place, *passphrase = restoring->places.passphrase;
    char when[TG_WHEN_BYTES];
    tg_when_format(restoring->backup.about.taken_ms, when);
    tg_talk(cli, "\nBefore you start it: the installation of this backup must never run again.\n\nNext:\n");
    if (restoring->backup.about.without_keys)
        tg_talk(cli, "0. The keys were kept apart: put node.key into '%s/keys' (folder 0700, file 0600).\n",
                place);
    if (passphrase[0])
        tg_talk(cli, "1. Put the passphrase where the settings look for it: %s%s\n",
                passphrase[0] == '/' ? "" : "beside them, ", passphrase);
    else
        tg_talk(cli, "1. Have the passphrase at hand: it is not in the backup.\n");
    if (geteuid() == 0)
        tg_talk(cli, "   Give the folder to the user who runs the node: chown -R USER '%s'\n", place);
    tg_talk(cli,
            "2. Start it: tamgad '%s'\n"
            "   It builds its index anew, and appends nothing until every partner has shown\n"
            "   how much of this node's log it holds. 'tamga status' says who is missing.\n"
            "   What partners hold beyond the backup it fetches back from them, and reads it\n"
            "   again with keys that they seal anew; then it goes on by itself.\n"
            "   A partner that is gone for good: 'tamga peer remove', or start once with\n"
            "   'tamgad --override-start' when you know that nobody was given anything newer.\n",
            place);
    if (!restoring->from_peers)
        tg_talk(cli,
                "\nAfter %s:\n"
                "what partners stated and took back comes back by itself, and so does what this\n"
                "node stated to them; what it kept for itself alone does not: make it again.\n",
                when);
    else
        tg_talk(cli,
                "\nFrom %zu partner%s comes back what they hold: their own statements, and what this\n"
                "node stated to them. What it kept for itself alone, its access log and notices do\n"
                "not. A partner that is missing here cannot say what it holds: name each with\n"
                "--peer-card. 'tamga status' counts what came back.\n",
                restoring->partner_count, restoring->partner_count == 1 ? "" : "s");
}

static tg_err restored_put(struct restoring *restoring)
{
    struct tg_cli *cli = restoring->cli;
    const char *place = restoring->folder.place;
    tg_err err = cli->format == TG_FORMAT_TEXT ? tg_backup_put_about(cli, &restoring->backup)
                                               : tg_backup_put_row(cli, "restore", &restoring->backup, place);
    if (err) return err;
    if (cli->format == TG_FORMAT_TEXT) tg_put(cli, "folder    %s\n", place);
    next_tell(restoring);
    return TG_OK;
}

tg_err tg_cmd_restore(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (tg_args_has(args, "recovery-key")) return tg_restore_recovery(cli, args, em);
    if (args->word_count != 2)
        return tg_fail(em, TG_EUSAGE, "what is put back, and where? 'tamga restore BACKUP NEWDIR'");
    TG_AUTO_PTR(restoring) struct restoring *restoring = calloc(1, sizeof *restoring);
    if (!restoring) return tg_fail(em, TG_ENOMEM, "out of memory");
    restoring->cli = restoring->progress.cli = cli;
    restoring->em = em;
    tg_interrupt_catch();
    restoring->from_peers = tg_args_has(args, "from-peers");
    tg_err err = backup_open(restoring, args, args->words[0]);
    if (!err) err = partners_take(restoring, args);
    if (!err) err = tg_backup_check_parts(&restoring->backup, em);
    tg_progress_begin(&restoring->progress, cli, "restore");
    restoring->progress.bytes = true;
    if (!err) err = settings_read(restoring);
    if (!err) err = running_check(restoring);
    if (!err) err = folder_make(restoring, args->words[1]);
    tg_progress_end(&restoring->progress);
    if (err) return tg_context(em, err, "nothing was restored");
    return restored_put(restoring);
}
