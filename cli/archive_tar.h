/* One header of a ustar archive [POSIX.1-2017 pax, "ustar Interchange Format"]. For cli/archive*.c alone.
 *
 * Sizes of 8 GiB and more are written in base 256, as GNU tar, bsdtar and Python read them.
 */
#ifndef TG_CLI_ARCHIVE_TAR_H
#define TG_CLI_ARCHIVE_TAR_H

#include "base/bytes.h"

#define TG_TAR_BLOCK_BYTES 512

/* name at most 100 bytes. TG_ELIMIT. */
tg_err tg_tar_header_make(const char *name, unsigned mode, uint64_t bytes, int64_t time_s,
                          uint8_t out[static TG_TAR_BLOCK_BYTES]);
/* A regular file's. TG_EHASH its sum does not hold, TG_EFORMAT anything else than a regular file's header. name ends
 * with a NUL and has room for 101 bytes. */
tg_err tg_tar_header_parse(const uint8_t block[static TG_TAR_BLOCK_BYTES], char ret_name[static 101],
                           uint64_t *ret_bytes);
/* Bytes of zeros behind a file of that length. */
static inline size_t tg_tar_padding(uint64_t bytes)
{
    return (size_t)((TG_TAR_BLOCK_BYTES - bytes % TG_TAR_BLOCK_BYTES) % TG_TAR_BLOCK_BYTES);
}

#endif
