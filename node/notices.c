/* Notices: convergences, alerts, withdrawals, in the order in which they were noticed.
 *
 * They wake people and start nothing. Kept in memory and, sealed, in the store; nobody is told of one before it is
 * durable, so that a cursor which somebody was given means the same after a crash: docs/formats-store.md "notice".
 */
#include "node/notices.h"
#include "node/tell_readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "crypto/aead.h"

#define LABEL "notices"
#define NAME_BYTES 32
#define PLAIN_BYTES_MAX (8 + 1 + 2 + 4 * 4 + 32 + 32 + TG_NOTICE_TEXT_BYTES_MAX)
#define VALUE_BYTES_MAX (TG_XAEAD_NONCE_BYTES + PLAIN_BYTES_MAX + TG_AEAD_TAG_BYTES)
#define KIND_LONG 0x80 /* beside the kind: more follows than the first version had */
#define STATE_NAME "notices"
#define STATE_PLAIN_BYTES 16
#define STATE_VALUE_BYTES (TG_XAEAD_NONCE_BYTES + STATE_PLAIN_BYTES + TG_AEAD_TAG_BYTES)

struct owed {
    uint32_t log;
    uint64_t index;
};

struct tg_notices {
    struct tg_notice *items; /* ascending by cursor */
    size_t count;
    uint64_t next;
    uint64_t stored;  /* every notice below this cursor is in the store */
    uint64_t dropped; /* the last cursor that went for its age */
    uint64_t *gone;   /* cursors whose rows are to be removed */
    size_t gone_count, gone_capacity;
    struct owed *paid; /* envelopes whose notices were raised and not yet stored */
    size_t paid_count, paid_capacity;
    bool repeating;
    bool at_once; /* an urgent one waits to be told, or a row that must go is still on disk */
    int64_t stored_us;
    uint8_t key[32];
    bool resealing; /* rows were read that a former key had sealed */
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
    return tg_vault_derive_erasable(node->vault, 0, LABEL, notices->key, sizeof notices->key);
}

void tg_notices_free(struct tg_node *node)
{
    if (!node->notices) return;
    tg_wipe(node->notices->key, sizeof node->notices->key);
    free(node->notices->items);
    free(node->notices->gone);
    free(node->notices->paid);
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
        notices->dropped = notices->items[gone - 1].cursor;
        memmove(notices->items, notices->items + gone, (notices->count - gone) * sizeof *notices->items);
        notices->count -= gone;
    }
    return &notices->items[notices->count++];
}

/* The two records of a convergence may come in either order. */
static bool known(const struct tg_notices *notices, const struct tg_notice *given)
{
    for (size_t i = 0; i < notices->count; i++) {
        const struct tg_notice *notice = &notices->items[i];
        if (notice->kind != given->kind || notice->watch != given->watch || notice->owner != given->owner)
            continue;
        bool same = tg_hash_equal(&notice->id, &given->id) && tg_hash_equal(&notice->other, &given->other);
        bool turned = tg_hash_equal(&notice->id, &given->other) && tg_hash_equal(&notice->other, &given->id);
        if (same || turned) return true;
    }
    return false;
}

void tg_notices_repeat(struct tg_node *node, bool repeating)
{
    node->notices->repeating = repeating;
}

void tg_notices_put(struct tg_node *node, const struct tg_notice *given)
{
    struct tg_notices *notices = node->notices;
    if (notices->repeating && known(notices, given)) return;
    struct tg_notice *notice = notice_add(notices);
    *notice = *given;
    notice->cursor = notices->next++;
    notice->at_ms = tg_clock_wall_ms(node->clock);
    if (notice->precedence != TG_NOTICE_NO_PRECEDENCE && notice->precedence >= TG_SYNC_URGENT_PRECEDENCE)
        notices->at_once = true;
}

bool tg_notices_put_once(struct tg_node *node, const struct tg_notice *notice)
{
    if (known(node->notices, notice)) return false;
    tg_notices_put(node, notice);
    return true;
}

void tg_notices_raise(struct tg_node *node, enum tg_notice_kind kind, const struct tg_hash *id,
                      const struct tg_hash *other, const char *text)
{
    struct tg_notice notice = {.kind = kind,
                               .id = *id,
                               .log = TG_NOTICE_NO_LOG,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = TG_NOTICE_EVERYONE,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    if (other) notice.other = *other;
    (void)snprintf(notice.text, sizeof notice.text, "%s", text);
    tg_notices_put(node, &notice);
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

/* The first place whose cursor is above. */
static size_t place_after(const struct tg_notices *notices, uint64_t cursor)
{
    size_t low = 0, high = notices->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (notices->items[middle].cursor <= cursor)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t tg_notices_after(struct tg_node *node, uint64_t after, const struct tg_notice **ret_notices,
                        size_t max)
{
    struct tg_notices *notices = node->notices;
    size_t first = place_after(notices, after), end = place_after(notices, notices->stored - 1);
    *ret_notices = notices->items + first;
    if (first >= end) return 0;
    return end - first < max ? end - first : max;
}

uint64_t tg_notices_end(struct tg_node *node)
{
    return node->notices->stored - 1;
}

uint64_t tg_notices_gone(struct tg_node *node, uint64_t after, int64_t *ret_before_ms)
{
    const struct tg_notices *notices = node->notices;
    *ret_before_ms = notices->count ? notices->items[0].at_ms : tg_clock_wall_ms(node->clock);
    return notices->dropped > after ? notices->dropped - after : 0;
}

/* ---- what is owed ---- */

tg_err tg_notices_owe(struct tg_wtxn *txn, uint32_t log, uint64_t index)
{
    char name[TG_OWED_NAME_BYTES];
    tg_notices_owed_name(log, index, name);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), tg_view_of("", 0));
}

/* Out of memory it is noticed again at the next start, and found to be known. */
void tg_notices_paid(struct tg_node *node, uint32_t log, uint64_t index)
{
    struct tg_notices *notices = node->notices;
    if (notices->paid_count == notices->paid_capacity) {
        size_t capacity = notices->paid_capacity ? notices->paid_capacity * 2 : 64;
        struct owed *moved = realloc(notices->paid, capacity * sizeof *moved);
        if (!moved) return;
        notices->paid = moved;
        notices->paid_capacity = capacity;
    }
    notices->paid[notices->paid_count++] = (struct owed){.log = log, .index = index};
}

/* ---- on disk ---- */

static void name_of(uint64_t cursor, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "notice/%020" PRIu64, cursor);
}

/* Puts the nonce in front of what stands behind it, and seals that in place. */
static struct tg_view seal(const struct tg_notices *notices, const struct tg_random *random, const char *name,
                           size_t plain_bytes, uint8_t *out)
{
    uint8_t *plain = out + TG_XAEAD_NONCE_BYTES;
    tg_random_fill(random, out, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(notices->key, out, tg_view_str(name), tg_view_of(plain, plain_bytes), plain);
    return tg_view_of(out, TG_XAEAD_NONCE_BYTES + plain_bytes + TG_AEAD_TAG_BYTES);
}

static tg_err notice_store(const struct tg_notices *notices, const struct tg_random *random,
                           const struct tg_notice *notice, struct tg_wtxn *txn)
{
    char name[NAME_BYTES];
    uint8_t value[VALUE_BYTES_MAX];
    struct tg_wr wr = tg_wr_init(value + TG_XAEAD_NONCE_BYTES, PLAIN_BYTES_MAX);
    tg_wr_u64(&wr, (uint64_t)notice->at_ms);
    tg_wr_u8(&wr, (uint8_t)notice->kind | KIND_LONG);
    tg_wr_u8(&wr, notice->nature);
    tg_wr_u8(&wr, notice->precedence);
    tg_wr_u32(&wr, notice->log);
    tg_wr_u32(&wr, notice->other_log);
    tg_wr_u32(&wr, notice->watch);
    tg_wr_u32(&wr, notice->owner);
    tg_wr_put(&wr, notice->id.bytes, 32);
    tg_wr_put(&wr, notice->other.bytes, 32);
    tg_wr_str(&wr, notice->text);
    name_of(notice->cursor, name);
    struct tg_view sealed = seal(notices, random, name, wr.at, value);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), sealed);
}

/* Which cursors were given away, even when the notices that had them are gone. */
static tg_err state_store(const struct tg_notices *notices, const struct tg_random *random,
                          struct tg_wtxn *txn)
{
    uint8_t value[STATE_VALUE_BYTES];
    struct tg_wr wr = tg_wr_init(value + TG_XAEAD_NONCE_BYTES, STATE_PLAIN_BYTES);
    tg_wr_u64(&wr, notices->next);
    tg_wr_u64(&wr, notices->dropped);
    struct tg_view sealed = seal(notices, random, STATE_NAME, wr.at, value);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(STATE_NAME), sealed);
}

static bool dirty(const struct tg_notices *notices)
{
    return notices->stored < notices->next || notices->gone_count;
}

bool tg_notices_due(const struct tg_node *node)
{
    const struct tg_notices *notices = node->notices;
    int64_t rested_us = tg_clock_mono_us(node->clock) - notices->stored_us;
    return notices->at_once || (dirty(notices) && rested_us >= TG_NOTICES_STORE_US) ||
           (tg_tell_dirty(node) && rested_us >= TG_NOTICES_STORE_US) ||
           (notices->paid_count && rested_us >= TG_INDEX_FLUSH_US);
}

static tg_err del(struct tg_wtxn *txn, const char *name)
{
    tg_err err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_notices_store(struct tg_node *node, struct tg_wtxn *txn)
{
    const struct tg_notices *notices = node->notices;
    tg_err err = dirty(notices) ? state_store(notices, node->random, txn) : TG_OK;
    for (size_t i = 0; !err && i < notices->gone_count; i++) {
        char name[NAME_BYTES];
        name_of(notices->gone[i], name);
        err = del(txn, name);
    }
    for (size_t i = 0; !err && i < notices->paid_count; i++) {
        char name[TG_OWED_NAME_BYTES];
        tg_notices_owed_name(notices->paid[i].log, notices->paid[i].index, name);
        err = del(txn, name);
    }
    for (size_t i = place_after(notices, notices->stored - 1); !err && i < notices->count; i++)
        err = notice_store(notices, node->random, &notices->items[i], txn);
    return err ? err : tg_tell_store(node, txn);
}

/* Somebody has to look: with how urgent it is and nothing more. */
static void wake(struct tg_node *node, const struct tg_notice *notice)
{
    bool alert = notice->kind == TG_NOTICE_ALERT || notice->kind == TG_NOTICE_NOT_READ;
    bool match = notice->kind == TG_NOTICE_CONVERGENCE || notice->kind == TG_NOTICE_WATCH;
    if (node->on_wake && (alert || match))
        node->on_wake(node->wake_ctx, alert ? notice->precedence : 0, match);
}

void tg_notices_stored(struct tg_node *node)
{
    struct tg_notices *notices = node->notices;
    size_t first = place_after(notices, notices->stored - 1);
    notices->stored = notices->next;
    notices->gone_count = notices->paid_count = 0;
    tg_tell_stored(node);
    notices->at_once = false;
    notices->stored_us = tg_clock_mono_us(node->clock);
    for (size_t i = first; i < notices->count; i++) {
        wake(node, &notices->items[i]);
        if (notices->on_notice) notices->on_notice(notices->ctx, &notices->items[i]);
    }
}

/* The plain bytes of a row. */
/* Sealed under a key-encryption key of before, or by a version that sealed under what never changes. */
static bool open_former(const struct tg_vault *vault, struct tg_view name, struct tg_view value,
                        struct tg_view sealed, uint8_t *plain)
{
    TG_AUTO(tg_key) struct tg_key key;
    for (size_t i = 1; !tg_vault_derive_erasable(vault, i, LABEL, key.bytes, sizeof key.bytes); i++)
        if (!tg_xaead_open(key.bytes, value.data, name, sealed, plain)) return true;
    return !tg_vault_derive(vault, LABEL, key.bytes, sizeof key.bytes) &&
           !tg_xaead_open(key.bytes, value.data, name, sealed, plain);
}

static tg_err open_value(struct tg_node *node, struct tg_view name, struct tg_view value,
                         uint8_t plain[static VALUE_BYTES_MAX], struct tg_rd *ret_rd)
{
    struct tg_notices *notices = node->notices;
    size_t overhead = TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES;
    if (value.bytes < overhead || value.bytes > VALUE_BYTES_MAX) return TG_EDAMAGED;
    struct tg_view sealed = tg_view_of(value.data + TG_XAEAD_NONCE_BYTES, value.bytes - TG_XAEAD_NONCE_BYTES);
    bool current = !tg_xaead_open(notices->key, value.data, name, sealed, plain);
    if (!current && !open_former(node->vault, name, value, sealed, plain)) return TG_EDAMAGED;
    if (!current) notices->resealing = true;
    *ret_rd = tg_rd_init(tg_view_of(plain, value.bytes - overhead));
    return TG_OK;
}

static tg_err flush_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    return tg_notices_store(ctx, txn);
}

tg_err tg_notices_flush(struct tg_node *node, struct tg_errmsg *em)
{
    if (!dirty(node->notices) && !tg_tell_dirty(node)) return TG_OK; /* debts alone can wait */
    tg_err err = tg_store_write(node->store, flush_txn, node, em);
    if (!err) tg_notices_stored(node);
    return err;
}

void tg_notices_not_stored(struct tg_node *node)
{
    node->notices->at_once = false;
    node->notices->stored_us = tg_clock_mono_us(node->clock);
}

static tg_err open_row(struct tg_node *node, struct tg_view name, struct tg_view value, uint64_t cursor)
{
    struct tg_notices *notices = node->notices;
    uint8_t plain[VALUE_BYTES_MAX];
    struct tg_rd rd;
    tg_err err = open_value(node, name, value, plain, &rd);
    if (err) return err;
    struct tg_notice *notice = notice_add(notices);
    *notice = (struct tg_notice){.cursor = cursor, .at_ms = (int64_t)tg_rd_u64(&rd)};
    uint8_t kind = tg_rd_u8(&rd);
    bool is_long = kind & KIND_LONG;
    notice->kind = (enum tg_notice_kind)(kind & ~KIND_LONG);
    notice->nature = is_long ? tg_rd_u8(&rd) : 0;
    notice->precedence = is_long ? tg_rd_u8(&rd) : TG_NOTICE_NO_PRECEDENCE;
    notice->log = is_long ? tg_rd_u32(&rd) : TG_NOTICE_NO_LOG;
    notice->other_log = is_long ? tg_rd_u32(&rd) : TG_NOTICE_NO_LOG;
    notice->watch = is_long ? tg_rd_u32(&rd) : 0;
    notice->owner = is_long ? tg_rd_u32(&rd) : TG_NOTICE_EVERYONE;
    tg_rd_copy(&rd, notice->id.bytes, 32);
    tg_rd_copy(&rd, notice->other.bytes, 32);
    struct tg_view text = tg_rd_view(&rd, rd.left);
    if (rd.err) return TG_EDAMAGED;
    (void)snprintf(notice->text, sizeof notice->text, "%.*s", TG_VIEW_PRINT(text));
    notices->next = notices->stored = cursor + 1;
    return TG_OK;
}

static tg_err open_state(struct tg_node *node, struct tg_view name, struct tg_view value)
{
    struct tg_notices *notices = node->notices;
    uint8_t plain[VALUE_BYTES_MAX];
    struct tg_rd rd;
    tg_err err = open_value(node, name, value, plain, &rd);
    if (err) return err;
    uint64_t next = tg_rd_u64(&rd);
    notices->dropped = tg_rd_u64(&rd);
    if (next > notices->next) notices->next = next;
    return tg_rd_end(&rd) ? TG_EDAMAGED : TG_OK;
}

static tg_err load_row(struct tg_node *node, struct tg_view name, struct tg_view value)
{
    uint64_t cursor;
    if (tg_view_equal(name, tg_view_str(STATE_NAME))) return open_state(node, name, value);
    if (!tg_view_starts_with(name, "notice/")) return TG_OK;
    struct tg_view digits = tg_view_of(name.data + 7, name.bytes - 7);
    if (tg_text_u64(digits, UINT64_MAX - 1, &cursor)) return TG_EDAMAGED;
    return open_row(node, name, value, cursor);
}

static tg_err load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) err = load_row(node, name, value);
    node->notices->stored = node->notices->next;
    tg_store_scan_release(&scan);
    if (err == TG_ENOENT) return TG_OK;
    return err ? tg_fail(em, err, "a stored notice is damaged; restore the store from a backup") : TG_OK;
}

static tg_err reseal_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    struct tg_node *node = ctx;
    const struct tg_notices *notices = node->notices;
    tg_err err = state_store(notices, node->random, txn);
    for (size_t i = 0; !err && i < notices->count; i++)
        err = notice_store(notices, node->random, &notices->items[i], txn);
    return err;
}

/* All under the current key, before anybody can say that former ones are not needed any more. */
tg_err tg_notices_load(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = load(node, em);
    if (err || !node->notices->resealing) return err;
    err = tg_store_write_spare(node->store, reseal_txn, node, em);
    if (!err) node->notices->resealing = false;
    return err == TG_ESPACE ? TG_OK : err; /* resealing stays set: no former key may go yet */
}

bool tg_notices_sealed_anew(const struct tg_node *node)
{
    return !node->notices->resealing;
}
