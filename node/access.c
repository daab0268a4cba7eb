/* The access log: who asked what and why, durable before the answer leaves.
 *
 * Value: u32 uid ‖ u64 hits ‖ four texts, each u16 length ‖ bytes: user, verb, reason, detail (docs/formats-store.md).
 */
#include "base/cursor.h"
#include "node/core.h"

static void text_put(struct tg_wr *wr, const char *text)
{
    size_t bytes = strlen(text);
    if (bytes > TG_ACCESS_TEXT_BYTES_MAX) bytes = TG_ACCESS_TEXT_BYTES_MAX;
    tg_wr_u16(wr, (uint16_t)bytes);
    tg_wr_put(wr, text, bytes);
}

struct appending {
    int64_t at_ms;
    struct tg_view value;
};

static tg_err append_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct appending *entry = ctx;
    uint64_t number;
    return tg_store_access_append(txn, entry->at_ms, entry->value, &number);
}

tg_err tg_access_put(struct tg_node *node, const struct tg_access *access, struct tg_errmsg *em)
{
    uint8_t storage[12 + 4 * (2 + TG_ACCESS_TEXT_BYTES_MAX)];
    struct tg_wr wr = tg_wr_init(storage, sizeof storage);
    tg_wr_u32(&wr, access->uid);
    tg_wr_u64(&wr, access->hits);
    text_put(&wr, access->user);
    text_put(&wr, access->verb);
    text_put(&wr, access->reason);
    text_put(&wr, access->detail);
    struct appending entry = {.at_ms = access->at_ms, .value = tg_wr_view_of(&wr)};
    tg_err err = wr.err ? wr.err : tg_store_write(node->store, append_txn, &entry, em);
    return err ? tg_context(em, err, "the access log cannot be written, so nothing is answered") : TG_OK;
}

static const char *text_get(struct tg_rd *rd, struct tg_arena *arena)
{
    uint16_t bytes = tg_rd_u16(rd);
    const char *text = tg_arena_text(arena, tg_rd_view(rd, bytes));
    return text ? text : "";
}

tg_err tg_access_decode(struct tg_view value, struct tg_arena *arena, struct tg_access *ret_access)
{
    struct tg_rd rd = tg_rd_init(value);
    struct tg_access access = {.uid = tg_rd_u32(&rd), .hits = tg_rd_u64(&rd)};
    access.user = text_get(&rd, arena);
    access.verb = text_get(&rd, arena);
    access.reason = text_get(&rd, arena);
    access.detail = text_get(&rd, arena);
    tg_err err = tg_rd_end(&rd);
    if (err) return TG_EDAMAGED;
    access.at_ms = ret_access->at_ms;
    *ret_access = access;
    return TG_OK;
}
