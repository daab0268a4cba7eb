/* A backup in one encrypted file: the files of a backup folder as a ustar archive inside an age file.
 *
 * Knows no meaning of a file in it. Written in one go, as the bytes come; read at any place, because age opens each of
 * its chunks alone. `age -d` and `tar x` read the same. Layout: docs/formats-store.md "Encrypted backup".
 */
#ifndef TG_CLI_ARCHIVE_H
#define TG_CLI_ARCHIVE_H

#include "base/cleanup.h"
#include "cli/folder.h"
#include "crypto/age.h"

/* ---- writing ---- */

/* Zero-initialise. */
struct tg_archive_out {
    char place[TG_CLI_PATH_BYTES_MAX]; /* where it shall be */
    char work[TG_CLI_PATH_BYTES_MAX];  /* where it is made: place.partial-XXXXXX; "": not begun */
    struct tg_folder_file files[TG_BACKUP_FILES_MAX];
    size_t file_count;
    int fd;
    bool open;     /* fd is */
    uint64_t left; /* bytes that the last file still needs */
    bool in_file;  /* its bytes are on the way */
    struct tg_sha256 sum;
    struct tg_key key;
    uint64_t chunk; /* number of the one that is filled */
    size_t filled;
    uint8_t *plain; /* TG_AGE_SEALED_BYTES */
    uint64_t bytes; /* written */
};
/* Trailing file appears under its name when it ends. TG_EEXIST, TG_ENOENT no such parent, TG_EDENIED, and what
 * tg_age_header_make returns. */
tg_err tg_archive_begin(struct tg_archive_out *archive, const char *place,
                        const struct tg_age_recipient *recipients, size_t count,
                        const struct tg_random *random, struct tg_errmsg *em);
/* Ends the file before, and begins another of so many bytes. TG_EFORMAT, TG_EEXIST, TG_ELIMIT; TG_EDAMAGED the one
 * before is not as long as was said. */
tg_err tg_archive_file(struct tg_archive_out *archive, const char *name, unsigned mode, uint64_t bytes,
                       int64_t time_ms, struct tg_errmsg *em);
tg_err tg_archive_put(struct tg_archive_out *archive, struct tg_view data, struct tg_errmsg *em);
/* The last file ended; its sum is known now. */
tg_err tg_archive_file_end(struct tg_archive_out *archive, struct tg_errmsg *em);
/* Everything synced and put in its place. */
tg_err tg_archive_end(struct tg_archive_out *archive, struct tg_errmsg *em);
/* What did not end is removed; keys are wiped. */
void tg_archive_out_release(struct tg_archive_out *archive);
TG_AUTO_DEFINE(tg_archive_out, tg_archive_out_release)
/* Free bytes where it is made; UINT64_MAX when that cannot be told. */
uint64_t tg_archive_room(const struct tg_archive_out *archive);

/* ---- reading ---- */

struct tg_archive_file {
    char name[TG_BACKUP_NAME_BYTES_MAX + 1];
    uint64_t at; /* of its first byte, in the archive */
    uint64_t bytes;
};
/* Zero-initialise. */
struct tg_archive_in {
    const char *path; /* borrowed */
    int fd;
    bool open;
    struct tg_key key;
    uint64_t payload_at, payload_bytes, chunks, bytes; /* the last: of the archive itself */
    uint8_t *chunk;                                    /* the one that was opened last */
    uint64_t chunk_number, chunk_bytes;                /* UINT64_MAX: none */
    struct tg_archive_file files[TG_BACKUP_FILES_MAX];
    size_t file_count;
};
/* Opens it with one of the keys and lists what is in it. TG_EMAGIC, TG_ESTANZA and what else tg_age_header_open returns,
 * TG_EITEM it was changed, TG_EFORMAT it holds something else than a backup's files. */
tg_err tg_archive_open(const char *path, const struct tg_age_keys *keys, struct tg_archive_in *archive,
                       struct tg_errmsg *em);
const struct tg_archive_file *tg_archive_find(const struct tg_archive_in *archive, const char *name);
/* Exactly so many bytes from that place of a file; they are its own, or TG_EITEM. */
tg_err tg_archive_read(struct tg_archive_in *archive, const struct tg_archive_file *file, uint64_t from,
                       uint8_t *out, size_t bytes, struct tg_errmsg *em);
void tg_archive_in_release(struct tg_archive_in *archive);
TG_AUTO_DEFINE(tg_archive_in, tg_archive_in_release)

/* Is that a regular file that begins as an age file does? */
bool tg_archive_is(const char *path);

#endif
