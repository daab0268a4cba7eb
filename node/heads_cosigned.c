/* The newest signed head of a log with the cosignatures that are held for it, as one note.
 *
 * Verifies nothing: what stands in the store was verified when it was written.
 */
#include "node/heads.h"

#define COSIG_HEAD_BYTES (8 + 8 + TG_HASH_BYTES) /* when it came ‖ size ‖ root, before the signature line */

/* Only a line over this size and root. */
static tg_err line_put(const struct tg_checkpoint *checkpoint, struct tg_view value, struct tg_buf *out)
{
    if (value.bytes <= COSIG_HEAD_BYTES) return TG_EDAMAGED;
    bool same = tg_be64_get(value.data + 8) == checkpoint->size &&
                memcmp(value.data + 16, checkpoint->root.bytes, TG_HASH_BYTES) == 0;
    if (!same) return TG_OK;
    return tg_buf_put(out, value.data + COSIG_HEAD_BYTES, value.bytes - COSIG_HEAD_BYTES);
}

tg_err tg_heads_cosigned(struct tg_node *node, const struct tg_held_log *log, struct tg_buf *out,
                         struct tg_errmsg *em)
{
    struct tg_note note;
    struct tg_checkpoint checkpoint;
    struct tg_hash by;
    struct tg_view value;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_note_parse(tg_buf_view(&log->checkpoint), &note, em);
    if (!err) err = tg_checkpoint_parse(note.text, &checkpoint, em);
    if (!err) err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_by(txn, TG_BY_COSIG, log->number, &scan);
    if (!err) err = tg_buf_put_view(out, tg_buf_view(&log->checkpoint));
    while (!err && !(err = tg_store_by_next(&scan, by.bytes, &value)))
        err = line_put(&checkpoint, value, out);
    return err == TG_ENOENT ? TG_OK : err;
}
