/* A backup, read, a folder or one encrypted file: its sums, whose it is, and whether everything in it is whole.
 *
 * Makes no backup and puts none back: cmd_backup.c, cmd_restore.c. Layout: docs/formats-store.md "Backup".
 */
#ifndef TG_CLI_BACKUP_H
#define TG_CLI_BACKUP_H

#include "cli/archive.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "proto/backup.h"

#define TG_BACKUP_SUMS_NAME "SHA256SUMS"
#define TG_BACKUP_ABOUT_NAME "BACKUP"
#define TG_BACKUP_LOG_NAME "store/log/data.mdb"
#define TG_BACKUP_CONFIG_NAME "tamga.conf"
#define TG_BACKUP_CARD_NAME "card.note"
#define TG_BACKUP_NODE_KEY_NAME "keys/node.key"
#define TG_RESTORED_NAME "restored" /* what BACKUP is called beside a store that was put back */

struct tg_backup_file {
    char name[TG_BACKUP_NAME_BYTES_MAX + 1];
    struct tg_hash sum; /* as SHA256SUMS says */
    uint64_t bytes;     /* as it is on the disk */
};
struct tg_backup {
    const char *dir;               /* the folder, or the encrypted file; borrowed */
    struct tg_archive_in *archive; /* of an encrypted file; NULL: a folder. Borrowed */
    struct tg_backup_file files[TG_BACKUP_FILES_MAX];
    size_t file_count;
    uint64_t bytes; /* of all files */
    uint64_t log_bytes;
    struct tg_backup_about about;
};

/* Reads the list and looks at the folder: everything that is needed is there, nothing is there that the list does not
 * have. No file but SHA256SUMS and BACKUP is read. TG_ENOENT, TG_EFORMAT, TG_EMAGIC, TG_EVERSION, TG_EDAMAGED. */
tg_err tg_backup_open(const char *dir, struct tg_backup *ret_backup, struct tg_errmsg *em);
/* The same of an encrypted file that is open; it must stay so as long as the backup is read. */
tg_err tg_backup_open_archive(struct tg_archive_in *archive, struct tg_backup *ret_backup,
                              struct tg_errmsg *em);
/* What is left of a node when its store is gone, as if it were a backup without a log: settings, card and keys of a folder
 * laid out as a node's own, and `peers/` when it is there. The about is of now, and of a log of no entries. */
tg_err tg_backup_open_keys(const char *dir, int64_t now_ms, struct tg_backup *ret_backup,
                           struct tg_errmsg *em);
/* One file through fn (NULL: to nobody), slice by slice, and its sum compared in the end: TG_EHASH. done_bytes goes on
 * counting for the bar. */
typedef tg_err (*tg_backup_fn)(void *ctx, struct tg_view data, struct tg_errmsg *em);
tg_err tg_backup_read(const struct tg_backup *backup, const struct tg_backup_file *file, tg_backup_fn fn,
                      void *ctx, struct tg_progress *progress, uint64_t *done_bytes, struct tg_errmsg *em);
/* What the card and the key files say of themselves: that they are whole, and of that node. TG_EVALUE, TG_ESIGNATURE. */
tg_err tg_backup_check_parts(const struct tg_backup *backup, struct tg_errmsg *em);

const struct tg_backup_file *tg_backup_find(const struct tg_backup *backup, const char *name);
/* Keys that belong into a safe and not into a backup, as words: "root.key, recovery.key"; "" none. */
#define TG_BACKUP_KEYS_TEXT_BYTES 256
void tg_backup_offline_keys(const struct tg_backup *backup, char out[static TG_BACKUP_KEYS_TEXT_BYTES]);
/* Lines about node, moment, log and size. */
tg_err tg_backup_put_about(struct tg_cli *cli, const struct tg_backup *backup);
/* The same as one JSON line, or TSV. */
tg_err tg_backup_put_row(struct tg_cli *cli, const char *row, const struct tg_backup *backup,
                         const char *folder);

#endif
