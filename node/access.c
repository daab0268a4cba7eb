/* The access log: who asked what and why, durable before the answer leaves.
 *
 * Sealed, because what is asked names people as records do: a thief of the disk reads neither. Value: docs/formats-store.md.
 */
#include "base/cursor.h"
#include "crypto/aead.h"
#include "node/core.h"

#define PLAIN_BYTES_MAX (12 + 4 * (2 + TG_ACCESS_TEXT_BYTES_MAX))
#define SEALED_BYTES (TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES) /* more than the plain entry */

static tg_err key_of(const struct tg_node *node, struct tg_key *ret_key)
{
    return tg_vault_derive(node->vault, "access", ret_key->bytes, sizeof ret_key->bytes);
}

/* An entry opens only beside its own time. */
static struct tg_view binding(int64_t at_ms, uint8_t storage[static 8])
{
    struct tg_wr wr = tg_wr_init(storage, 8);
    tg_wr_u64(&wr, (uint64_t)at_ms);
    return tg_wr_view_of(&wr);
}

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
    uint8_t storage[PLAIN_BYTES_MAX + SEALED_BYTES], time[8];
    struct tg_wr wr = tg_wr_init(storage + TG_XAEAD_NONCE_BYTES, PLAIN_BYTES_MAX);
    tg_wr_u32(&wr, access->uid);
    tg_wr_u64(&wr, access->hits);
    text_put(&wr, access->user);
    text_put(&wr, access->verb);
    text_put(&wr, access->reason);
    text_put(&wr, access->detail);
    TG_AUTO(tg_key) struct tg_key key;
    tg_err err = wr.err ? wr.err : key_of(node, &key);
    if (err) return tg_context(em, err, "the access log cannot be written, so nothing is answered");
    tg_random_fill(node->random, storage, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(key.bytes, storage, binding(access->at_ms, time), tg_wr_view_of(&wr),
                  storage + TG_XAEAD_NONCE_BYTES);
    struct appending entry = {.at_ms = access->at_ms, .value = tg_view_of(storage, wr.at + SEALED_BYTES)};
    err = tg_store_write_spare(node->store, append_txn, &entry, em);
    return err ? tg_context(em, err, "the access log cannot be written, so nothing is answered") : TG_OK;
}

static const char *text_get(struct tg_rd *rd, struct tg_arena *arena)
{
    uint16_t bytes = tg_rd_u16(rd);
    const char *text = tg_arena_text(arena, tg_rd_view(rd, bytes));
    return text ? text : "";
}

tg_err tg_access_decode(const struct tg_node *node, int64_t at_ms, struct tg_view value,
                        struct tg_arena *arena, struct tg_access *ret_access)
{
    uint8_t plain[PLAIN_BYTES_MAX], time[8];
    TG_AUTO(tg_key) struct tg_key key;
    if (value.bytes < SEALED_BYTES || value.bytes > sizeof plain + SEALED_BYTES) return TG_EDAMAGED;
    tg_err err = key_of(node, &key);
    if (err) return err;
    struct tg_view sealed = tg_view_of(value.data + TG_XAEAD_NONCE_BYTES, value.bytes - TG_XAEAD_NONCE_BYTES);
    if (tg_xaead_open(key.bytes, value.data, binding(at_ms, time), sealed, plain)) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, value.bytes - SEALED_BYTES));
    struct tg_access access = {.at_ms = at_ms, .uid = tg_rd_u32(&rd), .hits = tg_rd_u64(&rd)};
    access.user = text_get(&rd, arena);
    access.verb = text_get(&rd, arena);
    access.reason = text_get(&rd, arena);
    access.detail = text_get(&rd, arena);
    if (tg_rd_end(&rd)) return TG_EDAMAGED;
    *ret_access = access;
    return TG_OK;
}
