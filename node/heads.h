/* Logs as they are held: loading and checkpoints. The struct is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_HEADS_H
#define TG_NODE_HEADS_H

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "crypto/checkpoint.h"
#include "node/core.h"

void tg_held_free(struct tg_held_log *log);
tg_err tg_held_load(struct tg_node *node, struct tg_errmsg *em);
bool tg_held_is_withdrawn(const struct tg_held_log *log, uint64_t index, uint32_t record);
/* Names of `meta` rows for envelopes that the next start has to index, whatever the index says it covers. */
#define TG_LATE_NAME_BYTES 48
void tg_held_late_name(uint32_t number, uint64_t index, char out[static TG_LATE_NAME_BYTES]);
bool tg_held_late_parse(struct tg_view name, uint32_t *ret_number, uint64_t *ret_index);
tg_err tg_held_cursor_put(struct tg_wtxn *txn, uint32_t number, uint64_t env_upto, uint64_t relay_upto);

/* Verified by the origin's card. TG_EKEY, TG_ESIGNATURE, TG_EPOSITION, TG_EFORMAT. */
tg_err tg_heads_checkpoint_open(struct tg_node *node, const struct tg_log_id *id, struct tg_view note,
                                struct tg_checkpoint *ret_checkpoint, struct tg_errmsg *em);
/* Sign (size, root) of our own log as it stands; only after the mark says the same. */
tg_err tg_heads_sign_own(struct tg_node *node, struct tg_held_log *log, struct tg_errmsg *em);
/* The newest signed head of a log that has one, with the cosignature lines that are held for it; appended. TG_EDAMAGED. */
tg_err tg_heads_cosigned(struct tg_node *node, const struct tg_held_log *log, struct tg_buf *out,
                         struct tg_errmsg *em);

#endif
