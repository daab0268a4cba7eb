/* Whoever was shown a record here is told when its origin withdraws or corrects it.
 *
 * One walk through the access log serves everything that waits when it begins. Knows no contents. Rows:
 * docs/formats-store.md "tell".
 */
#include "node/tell_readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/date.h"
#include "base/text.h"
#include "node/notices.h"

#define WHY_BYTES 64
#define NAME_BYTES 64
#define AUDITS "audit." /* verbs that show no contents */

struct reader {
    uint32_t uid;
    int64_t last_ms;
};
/* A place that was withdrawn or corrected. */
struct target {
    uint32_t log;
    uint64_t index;
    uint32_t item;
    enum tg_notice_kind kind;
    struct tg_hash by;
    char why[WHY_BYTES];
    struct reader *readers;
    size_t reader_count, reader_capacity;
};
struct targets {
    struct target *items;
    size_t count, capacity;
};

struct tg_tell {
    struct targets waiting; /* for the next walk; stored up to `stored` */
    size_t stored;
    struct targets now;  /* of the walk under way, by place */
    uint64_t left;       /* entries still to look at */
    struct targets gone; /* told: their rows go */
};

static void targets_release(struct targets *targets)
{
    for (size_t i = 0; i < targets->count; i++) free(targets->items[i].readers);
    free(targets->items);
    *targets = (struct targets){.count = 0};
}

static struct target *target_add(struct targets *targets, const struct target *target)
{
    if (targets->count == targets->capacity) {
        size_t capacity = targets->capacity ? targets->capacity * 2 : 16;
        struct target *moved = realloc(targets->items, capacity * sizeof *moved);
        if (!moved) return NULL;
        targets->items = moved;
        targets->capacity = capacity;
    }
    targets->items[targets->count] = *target;
    return &targets->items[targets->count++];
}

tg_err tg_tell_new(struct tg_node *node)
{
    node->tell = calloc(1, sizeof *node->tell);
    return node->tell ? TG_OK : TG_ENOMEM;
}

void tg_tell_free(struct tg_node *node)
{
    if (!node->tell) return;
    targets_release(&node->tell->waiting);
    targets_release(&node->tell->now);
    targets_release(&node->tell->gone);
    free(node->tell);
    node->tell = NULL;
}

/* ---- what waits ---- */

static int target_compare(const void *left, const void *right)
{
    const struct target *a = left, *b = right;
    if (a->log != b->log) return a->log < b->log ? -1 : 1;
    if (a->index != b->index) return a->index < b->index ? -1 : 1;
    if (a->item != b->item) return a->item < b->item ? -1 : 1;
    return a->kind == b->kind ? 0 : a->kind < b->kind ? -1 : 1;
}

/* A crash may have put one in twice. */
static void targets_sort(struct targets *targets)
{
    size_t kept = 0;
    qsort(targets->items, targets->count, sizeof *targets->items, target_compare);
    for (size_t i = 0; i < targets->count; i++)
        if (!kept || target_compare(&targets->items[kept - 1], &targets->items[i]))
            targets->items[kept++] = targets->items[i];
    targets->count = kept;
}

void tg_tell_readers(struct tg_node *node, enum tg_notice_kind kind, const struct tg_place *place,
                     const struct tg_hash *by, const char *why)
{
    struct tg_tell *tell = node->tell;
    struct target target = {
        .log = place->log, .index = place->index, .item = place->first, .kind = kind, .by = *by};
#ifdef TG_CONTROL_NO_TELL
    return;
#endif
    if (tell->waiting.count == TG_TELL_WAITING_MAX) return;
    (void)snprintf(target.why, sizeof target.why, "%s", why);
    (void)target_add(&tell->waiting, &target);
}

void tg_tell_correction(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    const struct tg_hash *older = record->newer ? NULL : record->head->supersedes;
    if (!older || tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(older->bytes), recnos,
                                  TG_WITHDRAW_PLACES_MAX, &count, NULL))
        return;
    for (size_t i = 0; i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        struct tg_index_rec rec;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log || !tg_hash_equal(&log->id.origin, &placed->log->id.origin)) continue;
        struct tg_place place = {.log = rec.log, .index = rec.index, .first = rec.n, .count = 1};
        tg_tell_readers(node, TG_NOTICE_CORRECTION, &place, &record->id, "");
    }
}

/* ---- rows ---- */

static void name_of(const struct target *target, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "tell/%" PRIu32 "/%" PRIu64 "/%" PRIu32 "/%d", target->log, target->index,
                   target->item, (int)target->kind);
}

static bool name_parse(struct tg_view name, struct target *target)
{
    struct tg_rd rd = tg_rd_init(name);
    uint64_t log, item, kind;
    if (!tg_view_equal_str(tg_rd_until(&rd, '/'), "tell") || rd.err) return false;
    if (tg_text_u64(tg_rd_until(&rd, '/'), UINT32_MAX, &log)) return false;
    if (tg_text_u64(tg_rd_until(&rd, '/'), UINT64_MAX, &target->index)) return false;
    if (tg_text_u64(tg_rd_until(&rd, '/'), TG_BATCH_RECORDS_MAX, &item) || rd.err) return false;
    if (tg_text_u64(tg_view_of(rd.at, rd.left), TG_NOTICE_KINDS - 1, &kind)) return false;
    target->log = (uint32_t)log;
    target->item = (uint32_t)item;
    target->kind = (enum tg_notice_kind)kind;
    return true;
}

bool tg_tell_dirty(const struct tg_node *node)
{
    return node->tell->stored < node->tell->waiting.count || node->tell->gone.count;
}

tg_err tg_tell_store(struct tg_node *node, struct tg_wtxn *txn)
{
    const struct tg_tell *tell = node->tell;
    char name[NAME_BYTES];
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < tell->gone.count; i++) {
        name_of(&tell->gone.items[i], name);
        err = tg_store_named_del(txn, TG_NAMED_META, tg_view_str(name));
        if (err == TG_ENOENT) err = TG_OK;
    }
    for (size_t i = tell->stored; !err && i < tell->waiting.count; i++) {
        const struct target *target = &tell->waiting.items[i];
        uint8_t value[32 + WHY_BYTES];
        struct tg_wr wr = tg_wr_init(value, sizeof value);
        tg_wr_put(&wr, target->by.bytes, 32);
        tg_wr_str(&wr, target->why);
        name_of(target, name);
        err = tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), tg_wr_view_of(&wr));
    }
    return err;
}

void tg_tell_stored(struct tg_node *node)
{
    node->tell->stored = node->tell->waiting.count;
    targets_release(&node->tell->gone);
}

tg_err tg_tell_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        struct target target = {.log = 0};
        if (!name_parse(name, &target)) continue;
        struct tg_rd rd = tg_rd_init(value);
        tg_rd_copy(&rd, target.by.bytes, 32);
        if (rd.err || rd.left >= WHY_BYTES) err = TG_EDAMAGED;
        if (err) break;
        memcpy(target.why, rd.at, rd.left);
        if (!target_add(&node->tell->waiting, &target)) err = TG_ENOMEM;
    }
    tg_store_scan_release(&scan);
    node->tell->stored = node->tell->waiting.count;
    return err == TG_ENOENT ? TG_OK : err;
}

/* ---- the walk ---- */

bool tg_tell_due(const struct tg_node *node)
{
    const struct tg_tell *tell = node->tell;
    return tell->now.count ||
           (tell->waiting.count && tell->stored == tell->waiting.count && !tell->gone.count);
}

static tg_err walk_begin(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_tell *tell = node->tell;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_access_end(txn, &tell->left);
    if (err) return err;
    tell->now = tell->waiting;
    tell->waiting = (struct targets){.count = 0};
    tell->stored = 0;
    targets_sort(&tell->now);
    return TG_OK;
}

static tg_err reader_add(struct target *target, const struct tg_access *access)
{
    for (size_t i = 0; i < target->reader_count; i++)
        if (target->readers[i].uid == access->uid) return TG_OK;
    if (target->reader_count == target->reader_capacity) {
        size_t capacity = target->reader_capacity ? target->reader_capacity * 2 : 4;
        struct reader *moved = realloc(target->readers, capacity * sizeof *moved);
        if (!moved) return TG_ENOMEM;
        target->readers = moved;
        target->reader_capacity = capacity;
    }
    target->readers[target->reader_count++] = (struct reader){.uid = access->uid, .last_ms = access->at_ms};
    return TG_OK;
}

/* Targets from first .. of one place of the entry. */
static tg_err place_look(struct targets *targets, const struct tg_place *place,
                         const struct tg_access *access)
{
    struct target from = {.log = place->log, .index = place->index, .item = place->first};
    size_t low = 0, high = targets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (target_compare(&targets->items[middle], &from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    tg_err err = TG_OK;
    for (; !err && low < targets->count; low++) {
        struct target *target = &targets->items[low];
        if (!tg_place_holds(place, target->log, target->index, target->item)) break;
        err = reader_add(target, access);
    }
    return err;
}

static tg_err entry_look(struct tg_node *node, const struct tg_rtxn *txn, uint64_t number,
                         struct tg_arena *arena)
{
    int64_t at_ms;
    struct tg_view value;
    struct tg_access access;
    tg_arena_clear(arena);
    tg_err err = tg_store_access_get(txn, number, &at_ms, &value);
    if (!err) err = tg_access_decode(node, at_ms, value, arena, &access);
    if (err) return err;
    if (access.made || strncmp(access.verb, AUDITS, strlen(AUDITS)) == 0) return TG_OK;
    for (size_t i = 0; !err && i < tg_places_count(access.places); i++) {
        struct tg_place place = tg_places_at(access.places, i);
        err = place_look(&node->tell->now, &place, &access);
    }
    return err;
}

/* ---- notices ---- */

static uint32_t records_of(struct tg_node *node, const struct target *target)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    struct tg_manifest manifest;
    if (tg_store_read_begin(node->store, &txn, NULL)) return target->item;
    if (tg_store_entry_get(txn, target->log, target->index, &entry) || !entry.has_envelope)
        return target->item;
    if (tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL))
        return target->item;
    return manifest.record_count;
}

static void tell_one(struct tg_node *node, const struct target *target, const struct reader *reader)
{
    char ref[TG_REF_TEXT_BYTES], when[TG_TIME_TEXT_BYTES];
    const struct tg_held_log *log = tg_held_by_number(node, target->log);
    if (!log) return;
    bool withdrawn = target->kind == TG_NOTICE_WITHDRAWAL;
    struct tg_notice notice = {.kind = target->kind,
                               .id = target->by,
                               .log = target->log,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = reader->uid,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    tg_lookup_place_text(node, &log->id, target->index, target->item, records_of(node, target), ref);
    tg_time_format(reader->last_ms, when);
    (void)snprintf(notice.text, sizeof notice.text, "%s %s %s, which you were shown at %s%s%s",
                   tg_trust_country(node, &log->id.origin), withdrawn ? "withdrew" : "corrected", ref, when,
                   target->why[0] ? ": " : "", target->why);
    (void)tg_notices_put_once(node, &notice);
}

/* Of one user: so many one by one, and the rest in one. */
static void tell_many(struct tg_node *node, const struct target *target, uint32_t uid, size_t more)
{
    struct tg_notice notice = {.kind = target->kind,
                               .id = target->by,
                               .log = TG_NOTICE_NO_LOG,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = uid,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    (void)snprintf(notice.text, sizeof notice.text,
                   "%zu more records that you were shown were withdrawn or corrected: look again at what you "
                   "took from here",
                   more);
    tg_notices_put(node, &notice);
}

struct told {
    uint32_t uid;
    size_t count;
    const struct target *last;
};

static struct told *told_of(struct told *told, size_t *count, uint32_t uid)
{
    for (size_t i = 0; i < *count; i++)
        if (told[i].uid == uid) return &told[i];
    if (*count == TG_READERS_MAX) return NULL;
    told[*count] = (struct told){.uid = uid};
    return &told[(*count)++];
}

static tg_err tell_all(struct tg_node *node)
{
    struct targets *now = &node->tell->now;
    size_t count = 0;
    struct told *told = calloc(TG_READERS_MAX, sizeof *told);
    if (!told) return TG_ENOMEM;
    for (size_t i = 0; i < now->count; i++)
        for (size_t k = 0; k < now->items[i].reader_count; k++) {
            struct told *to = told_of(told, &count, now->items[i].readers[k].uid);
            if (!to) continue;
            to->last = &now->items[i];
            if (to->count++ < TG_TELL_EACH_MAX) tell_one(node, to->last, &now->items[i].readers[k]);
        }
    for (size_t i = 0; i < count; i++)
        if (told[i].count > TG_TELL_EACH_MAX)
            tell_many(node, told[i].last, told[i].uid, told[i].count - TG_TELL_EACH_MAX);
    free(told);
    targets_release(&node->tell->gone);
    node->tell->gone = *now; /* their rows go with the notices' own transaction */
    *now = (struct targets){.count = 0};
    return TG_OK;
}

tg_err tg_tell_work(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_tell *tell = node->tell;
    if (!tg_tell_due(node)) return TG_OK;
    tg_err err = tell->now.count ? TG_OK : walk_begin(node, em);
    if (err) return err;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 2 * TG_STORE_ACCESS_BYTES_MAX);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    int64_t begun_us = tg_clock_mono_us(node->clock);
    err = tg_store_read_begin(node->store, &txn, em);
    for (size_t looks = 0; !err && tell->left && looks < TG_TELL_SLICE_LOOKS; looks++) {
        err = entry_look(node, txn, --tell->left, &arena);
        if (tg_clock_mono_us(node->clock) - begun_us > TG_SERVICE_SLICE_US) break;
    }
    if (err) return tg_fail(em, err, "cannot read the access log for who was shown a record");
    return tell->left ? TG_OK : tell_all(node);
}
