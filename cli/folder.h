/* A folder of files that appears under its name whole and on the disk, or not at all.
 *
 * Knows no meaning of a file. Every file is hashed as it is written.
 */
#ifndef TG_CLI_FOLDER_H
#define TG_CLI_FOLDER_H

#include "base/cleanup.h"
#include "base/limits.h"
#include "crypto/hash.h"

struct tg_folder_file {
    char name[TG_BACKUP_NAME_BYTES_MAX + 1]; /* "keys/node.key" */
    struct tg_hash sum;                      /* once it is ended */
    uint64_t bytes;
};
/* Zero-initialise. */
struct tg_folder {
    char place[TG_CLI_PATH_BYTES_MAX]; /* where it shall be */
    char work[TG_CLI_PATH_BYTES_MAX];  /* where it is made: place.partial-XXXXXX; "": not begun */
    struct tg_folder_file files[TG_FOLDER_FILES_MAX];
    size_t file_count;
    char folders[TG_FOLDER_FOLDERS_MAX][TG_BACKUP_NAME_BYTES_MAX + 1]; /* outer ones first */
    size_t folder_count;
    int fd; /* of the last file while open */
    bool open;
    struct tg_sha256 sum;
};

/* Letters, digits, '-', '_' and '.', up to three parts with '/' between, none of which begins with '.'. */
bool tg_folder_name_good(const char *name);

/* Trailing slashes of place are dropped. may_be_empty: an empty folder of that name is replaced. TG_EEXIST, TG_ENOENT
 * no such parent, TG_EDENIED. */
tg_err tg_folder_begin(struct tg_folder *folder, const char *place, bool may_be_empty, struct tg_errmsg *em);
/* Ends the file before, and begins another; folders on the way are made. TG_EFORMAT, TG_EEXIST, TG_ELIMIT. */
tg_err tg_folder_file(struct tg_folder *folder, const char *name, unsigned mode, struct tg_errmsg *em);
/* More bytes of the file that is open. TG_ESPACE, TG_EIO. */
tg_err tg_folder_put(struct tg_folder *folder, struct tg_view data, struct tg_errmsg *em);
/* The last file ended and synced; its sum is known now. */
tg_err tg_folder_file_end(struct tg_folder *folder, struct tg_errmsg *em);
/* Everything synced and put in its place. */
tg_err tg_folder_end(struct tg_folder *folder, struct tg_errmsg *em);
/* What did not end is removed. */
void tg_folder_release(struct tg_folder *folder);
TG_AUTO_DEFINE(tg_folder, tg_folder_release)

/* Free bytes where the folder is made; UINT64_MAX when that cannot be told. */
uint64_t tg_folder_room(const struct tg_folder *folder);

#endif
