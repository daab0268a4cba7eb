/* Notices: convergences, alerts, withdrawals, in the order in which they were noticed.
 *
 * They wake people and start nothing. Kept in memory and, sealed, in the store, so that who comes back after a restart
 * still finds what came in: docs/formats-store.md "notice".
 */
#include "node/notices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/aead.h"

#define NAME_BYTES 32
#define VALUE_BYTES_MAX \
    (TG_XAEAD_NONCE_BYTES + 8 + 1 + 32 + 32 + TG_NOTICE_TEXT_BYTES_MAX + TG_AEAD_TAG_BYTES)

struct tg_notices {
    struct tg_notice *items; /* ascending by cursor */
    size_t count;
    uint64_t next;
    uint64_t stored; /* every notice below this cursor is in the store */
    uint64_t *gone;  /* cursors whose rows are to be removed */
    size_t gone_count, gone_capacity;
    bool at_once; /* a row that must go is still on disk */
    int64_t stored_us;
    uint8_t key[32];
    void (*on_notice)(void *ctx, const struct tg_notice *notice);
    void *ctx;
};

tg_err tg_notices_new(struct tg_node *node)
{
    struct tg_notices *notices = calloc(1, sizeof *notices);
    if (notices) notices->items = malloc(TG_NOTICES_MAX * sizeof *notices->items);
    if (!notices || !notices->items) {
        free(notices);
        return TG_ENOMEM;
    }
    notices->next = notices->stored = 1;
    node->notices = notices;
    return tg_vault_derive(node->vault, "notices", notices->key, sizeof notices->key);
}

void tg_notices_free(struct tg_node *node)
{
    if (!node->notices) return;
    tg_wipe(node->notices->key, sizeof node->notices->key);
    free(node->notices->items);
    free(node->notices->gone);
    free(node->notices);
    node->notices = NULL;
}

/* Out of memory the row stays until the notice is dropped for age at a later start; nothing shows it. */
static void gone_add(struct tg_notices *notices, uint64_t cursor)
{
    if (cursor >= notices->stored) return;
    if (notices->gone_count == notices->gone_capacity) {
        size_t capacity = notices->gone_capacity ? notices->gone_capacity * 2 : 64;
        uint64_t *moved = realloc(notices->gone, capacity * sizeof *moved);
        if (!moved) return;
        notices->gone = moved;
        notices->gone_capacity = capacity;
    }
    notices->gone[notices->gone_count++] = cursor;
}

/* The oldest quarter goes when it is full. */
static struct tg_notice *notice_add(struct tg_notices *notices)
{
    if (notices->count == TG_NOTICES_MAX) {
        size_t gone = TG_NOTICES_MAX / 4;
        for (size_t i = 0; i < gone; i++) gone_add(notices, notices->items[i].cursor);
        memmove(notices->items, notices->items + gone, (notices->count - gone) * sizeof *notices->items);
        notices->count -= gone;
    }
    return &notices->items[notices->count++];
}

void tg_notices_raise(struct tg_node *node, enum tg_notice_kind kind, const struct tg_hash *id,
                      const struct tg_hash *other, const char *text)
{
    struct tg_notices *notices = node->notices;
    struct tg_notice *notice = notice_add(notices);
    *notice = (struct tg_notice){
        .cursor = notices->next++, .at_ms = tg_clock_wall_ms(node->clock), .kind = kind, .id = *id};
    if (other) notice->other = *other;
    (void)snprintf(notice->text, sizeof notice->text, "%s", text);
    if (notices->on_notice) notices->on_notice(notices->ctx, notice);
}

void tg_notices_forget(struct tg_node *node, const struct tg_hash *id)
{
    struct tg_notices *notices = node->notices;
    size_t kept = 0;
    for (size_t i = 0; i < notices->count; i++) {
        const struct tg_notice *notice = &notices->items[i];
        bool concerned = tg_hash_equal(&notice->id, id) || tg_hash_equal(&notice->other, id);
        if (!concerned || notice->kind == TG_NOTICE_WITHDRAWAL) {
            notices->items[kept++] = *notice;
            continue;
        }
        gone_add(notices, notice->cursor);
        notices->at_once = true;
    }
    notices->count = kept;
}

void tg_notices_observe(struct tg_node *node, void (*on_notice)(void *ctx, const struct tg_notice *notice),
                        void *ctx)
{
    node->notices->on_notice = on_notice;
    node->notices->ctx = ctx;
}

size_t tg_notices_after(struct tg_node *node, uint64_t after, const struct tg_notice **ret_notices,
                        size_t max)
{
    struct tg_notices *notices = node->notices;
    size_t first = 0;
    while (first < notices->count && notices->items[first].cursor <= after) first++;
    *ret_notices = notices->items + first;
    return notices->count - first < max ? notices->count - first : max;
}

/* ---- on disk ---- */

static void name_of(uint64_t cursor, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "notice/%020" PRIu64, cursor);
}

static struct tg_view seal(const struct tg_notices *notices, const struct tg_random *random,
                           const struct tg_notice *notice, const char *name,
                           uint8_t out[static VALUE_BYTES_MAX])
{
    uint8_t *plain = out + TG_XAEAD_NONCE_BYTES;
    struct tg_wr wr = tg_wr_init(plain, VALUE_BYTES_MAX - TG_XAEAD_NONCE_BYTES - TG_AEAD_TAG_BYTES);
    tg_wr_u64(&wr, (uint64_t)notice->at_ms);
    tg_wr_u8(&wr, (uint8_t)notice->kind);
    tg_wr_put(&wr, notice->id.bytes, 32);
    tg_wr_put(&wr, notice->other.bytes, 32);
    tg_wr_str(&wr, notice->text);
    tg_random_fill(random, out, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(notices->key, out, tg_view_str(name), tg_wr_view_of(&wr), plain);
    return tg_view_of(out, TG_XAEAD_NONCE_BYTES + wr.at + TG_AEAD_TAG_BYTES);
}

bool tg_notices_due(const struct tg_node *node)
{
    const struct tg_notices *notices = node->notices;
    bool dirty = notices->stored < notices->next || notices->gone_count;
    bool rested = tg_clock_mono_us(node->clock) - notices->stored_us >= TG_INDEX_FLUSH_US;
    return notices->at_once || (dirty && rested);
}

tg_err tg_notices_store(struct tg_node *node, struct tg_wtxn *txn)
{
    const struct tg_notices *notices = node->notices;
    tg_err err = TG_OK;
    char name[NAME_BYTES];
    for (size_t i = 0; !err && i < notices->gone_count; i++) {
        name_of(notices->gone[i], name);
        err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
        if (err == TG_ENOENT) err = TG_OK;
    }
    for (size_t i = notices->count; !err && i > 0 && notices->items[i - 1].cursor >= notices->stored; i--) {
        uint8_t value[VALUE_BYTES_MAX];
        name_of(notices->items[i - 1].cursor, name);
        struct tg_view sealed = seal(notices, node->random, &notices->items[i - 1], name, value);
        err = tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), sealed);
    }
    return err;
}

void tg_notices_stored(struct tg_node *node)
{
    struct tg_notices *notices = node->notices;
    notices->stored = notices->next;
    notices->gone_count = 0;
    notices->at_once = false;
    notices->stored_us = tg_clock_mono_us(node->clock);
}

static tg_err open_row(struct tg_notices *notices, struct tg_view name, struct tg_view value, uint64_t cursor)
{
    uint8_t plain[VALUE_BYTES_MAX];
    size_t overhead = TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES;
    if (value.bytes < overhead || value.bytes > VALUE_BYTES_MAX) return TG_EDAMAGED;
    struct tg_view sealed = tg_view_of(value.data + TG_XAEAD_NONCE_BYTES, value.bytes - TG_XAEAD_NONCE_BYTES);
    if (tg_xaead_open(notices->key, value.data, name, sealed, plain)) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, value.bytes - overhead));
    struct tg_notice *notice = notice_add(notices);
    *notice = (struct tg_notice){.cursor = cursor, .at_ms = (int64_t)tg_rd_u64(&rd)};
    notice->kind = (enum tg_notice_kind)tg_rd_u8(&rd);
    tg_rd_copy(&rd, notice->id.bytes, 32);
    tg_rd_copy(&rd, notice->other.bytes, 32);
    struct tg_view text = tg_rd_view(&rd, rd.left);
    if (rd.err) return TG_EDAMAGED;
    (void)snprintf(notice->text, sizeof notice->text, "%.*s", TG_VIEW_PRINT(text));
    notices->next = notices->stored = cursor + 1;
    return TG_OK;
}

tg_err tg_notices_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        uint64_t cursor;
        if (!tg_view_starts_with(name, "notice/")) continue;
        struct tg_view digits = tg_view_of(name.data + 7, name.bytes - 7);
        err = tg_text_u64(digits, UINT64_MAX - 1, &cursor) ? TG_EDAMAGED
                                                           : open_row(node->notices, name, value, cursor);
    }
    tg_store_scan_release(&scan);
    if (err == TG_ENOENT) return TG_OK;
    return err ? tg_fail(em, err, "a stored notice is damaged; restore the store from a backup") : TG_OK;
}
