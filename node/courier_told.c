/* What a peer has told by courier: whose logs it follows, and from where on it wants them. Kept in the store, because the
 * next file to it may be written weeks later.
 *
 * Value of `courier/<node id>` in `meta`: docs/formats-store.md.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "node/courier.h"
#include "node/receipts.h"

static struct tg_view name_of(const struct tg_hash *peer, char out[static TG_STORE_NAMED_BYTES_MAX])
{
    struct tg_node_id id;
    char text[TG_NODE_TEXT_BYTES];
    memcpy(id.bytes, peer->bytes, sizeof id.bytes);
    tg_node_id_format(&id, text);
    (void)snprintf(out, TG_STORE_NAMED_BYTES_MAX, "courier/%s", text);
    return tg_view_str(out);
}

static tg_err told_encode(const struct tg_courier_told *told, struct tg_buf *out)
{
    size_t bytes = 8 + 2 + told->follow_count * 32 + 2 + told->want_count * 52;
    tg_err err = tg_buf_reserve(out, bytes);
    if (err) return err;
    struct tg_wr wr = tg_wr_init(out->data + out->bytes, bytes);
    tg_wr_u64(&wr, told->made_ms);
    tg_wr_u16(&wr, (uint16_t)told->follow_count);
    for (size_t i = 0; i < told->follow_count; i++) tg_wr_put(&wr, told->follows[i].bytes, 32);
    tg_wr_u16(&wr, (uint16_t)told->want_count);
    for (size_t i = 0; i < told->want_count; i++) {
        const struct tg_courier_want *want = &told->wants[i];
        tg_wr_put(&wr, want->id.origin.bytes, 32);
        tg_wr_u32(&wr, want->id.epoch);
        tg_wr_u64(&wr, want->leaves);
        tg_wr_u64(&wr, want->envelopes);
    }
    out->bytes += wr.at;
    return wr.err;
}

static tg_err told_decode(struct tg_view value, struct tg_courier_told *told)
{
    struct tg_rd rd = tg_rd_init(value);
    told->made_ms = tg_rd_u64(&rd);
    told->follow_count = tg_rd_u16(&rd);
    if (told->follow_count > TG_HELLO_ORIGINS_MAX) return TG_EDAMAGED;
    for (size_t i = 0; i < told->follow_count; i++) tg_rd_copy(&rd, told->follows[i].bytes, 32);
    told->want_count = tg_rd_u16(&rd);
    if (told->want_count > TG_SYNC_LOGS_MAX) return TG_EDAMAGED;
    for (size_t i = 0; i < told->want_count; i++) {
        struct tg_courier_want *want = &told->wants[i];
        tg_rd_copy(&rd, want->id.origin.bytes, 32);
        want->id.epoch = tg_rd_u32(&rd);
        want->leaves = tg_rd_u64(&rd);
        want->envelopes = tg_rd_u64(&rd);
    }
    return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
}

tg_err tg_courier_told_get(struct tg_node *node, const struct tg_hash *peer, struct tg_courier_told *ret_told)
{
    char name[TG_STORE_NAMED_BYTES_MAX];
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    memset(ret_told, 0, sizeof *ret_told);
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_named_get(txn, TG_NAMED_META, name_of(peer, name), &value);
    return err ? err : told_decode(value, ret_told);
}

struct putting {
    struct tg_node *node;
    struct tg_view name;
    struct tg_buf value; /* empty: nothing is told anew */
};

/* Receipts else wait for the next commit, which between nodes without a network may never come. */
static tg_err put_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    const struct putting *putting = ctx;
    (void)em;
    tg_err err = tg_receipts_store(putting->node, txn);
    if (err || !putting->value.bytes) return err;
    return tg_store_named_put(txn, TG_NAMED_META, putting->name, tg_buf_view(&putting->value));
}

tg_err tg_courier_told_put(struct tg_node *node, const struct tg_hash *peer,
                           const struct tg_courier_told *told, struct tg_errmsg *em)
{
    char name[TG_STORE_NAMED_BYTES_MAX];
    TG_AUTO_FREE struct tg_courier_told *held = calloc(1, sizeof *held);
    if (!held) return TG_ENOMEM;
    struct putting putting = {.node = node, .name = name_of(peer, name)};
    bool older = told && !tg_courier_told_get(node, peer, held) && held->made_ms >= told->made_ms;
    tg_err err = told && !older ? told_encode(told, &putting.value) : TG_OK;
    if (!err) err = tg_store_write(node->store, put_txn, &putting, em);
    if (!err) tg_receipts_stored(node);
    tg_buf_release(&putting.value);
    return err;
}
