/* A copy of the log environment, taken while its owner goes on writing: one moment of it, without free pages.
 * Knows no file that it goes to: the owner takes the bytes as they come, in slices of its own size.
 * What comes out is the `data.mdb` of docs/formats-store.md.
 *
 * A thread of its own walks the pages and writes into a pipe, so that the owner never waits for the disk. While a copy
 * runs, pages that its moment can see are not reused: who takes the bytes slowly lets the file grow.
 */
#ifndef TG_STORE_COPY_H
#define TG_STORE_COPY_H

#include "store/store.h"

struct tg_store_copy;
#define TG_STORE_COPY_FRONT_BYTES 131072 /* two pages of the largest size */

/* The moment is between this call and the first byte. One at a time: TG_EBUSY. Thread: owner, as all below. */
tg_err tg_store_copy_begin(struct tg_store *store, struct tg_store_copy **ret_copy, struct tg_errmsg *em);
/* How many bytes it can be at most, for a progress bar. */
uint64_t tg_store_copy_bytes_max(const struct tg_store_copy *copy);
/* What is there, at most `max` bytes into out; 0 bytes: nothing yet. ret_end: that was all of it.
 * TG_EBUSY the store had to grow, which no reader may watch: begin again · TG_EIO, TG_EDAMAGED the walk failed. */
tg_err tg_store_copy_read(struct tg_store_copy *copy, uint8_t *out, size_t max, size_t *ret_bytes,
                          bool *ret_end, struct tg_errmsg *em);
/* How long the copy that begins with these bytes will be in the end; 0: TG_STORE_COPY_FRONT_BYTES of it tell for sure. */
uint64_t tg_store_copy_bytes(struct tg_view front);
/* Also before its end; never waits. NULL is fine. Before the store is closed. */
void tg_store_copy_free(struct tg_store_copy *copy);
TG_AUTO_PTR_DEFINE(tg_store_copy, tg_store_copy_free)

#endif
