/* The access log: who asked what and why, durable before the answer leaves.
 *
 * Sealed, because what is asked names people as records do: a thief of the disk reads neither. Value: docs/formats-store.md.
 */
#include "node/access.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "crypto/aead.h"
#include "node/core.h"

#define TEXTS 5
#define PLAIN_BYTES_MAX \
    (2 + 12 + TEXTS * (2 + TG_ACCESS_TEXT_BYTES_MAX) + 4 + TG_ACCESS_PLACES_MAX * TG_PLACE_BYTES)
#define SEALED_BYTES (TG_XAEAD_NONCE_BYTES + TG_AEAD_TAG_BYTES) /* more than the plain entry */
#define LAYOUT 1

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

/* ---- places ---- */

static void place_encode(const struct tg_place *place, uint8_t out[static TG_PLACE_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, TG_PLACE_BYTES);
    tg_wr_u32(&wr, place->log);
    tg_wr_u64(&wr, place->index);
    tg_wr_u16(&wr, place->first);
    tg_wr_u16(&wr, place->count);
}

struct tg_place tg_places_at(struct tg_view places, size_t i)
{
    struct tg_rd rd = tg_rd_init(tg_view_of(places.data + i * TG_PLACE_BYTES, TG_PLACE_BYTES));
    struct tg_place place = {.log = tg_rd_u32(&rd), .index = tg_rd_u64(&rd)};
    place.first = tg_rd_u16(&rd);
    place.count = tg_rd_u16(&rd);
    return place;
}

/* Whether both are one row of records; then last holds both. */
static bool join(struct tg_place *last, const struct tg_place *place)
{
    if (last->log != place->log || last->index != place->index) return false;
    bool after = last->first + last->count == place->first,
         before = place->first + place->count == last->first;
    if (before) last->first = place->first;
    if (after || before) last->count = (uint16_t)(last->count + place->count);
    return after || before;
}

tg_err tg_places_add(struct tg_places *places, const struct tg_place *place)
{
    uint8_t bytes[TG_PLACE_BYTES];
    size_t count = tg_places_count(tg_places_view(places));
    if (count) {
        struct tg_place last = tg_places_at(tg_places_view(places), count - 1);
        if (tg_place_holds(&last, place->log, place->index, place->first) && place->count == 1) return TG_OK;
        if (join(&last, place)) {
            place_encode(&last, places->bytes.data + (count - 1) * TG_PLACE_BYTES);
            return TG_OK;
        }
    }
    place_encode(place, bytes);
    return tg_buf_put(&places->bytes, bytes, sizeof bytes);
}

void tg_places_release(struct tg_places *places)
{
    tg_buf_release(&places->bytes);
}

bool tg_place_holds(const struct tg_place *place, uint32_t log, uint64_t index, uint32_t n)
{
    return place->log == log && place->index == index && n >= place->first &&
           n < (uint32_t)place->first + place->count;
}

/* ---- writing ---- */

static void text_put(struct tg_wr *wr, const char *text)
{
    size_t bytes = strlen(text);
    if (bytes > TG_ACCESS_TEXT_BYTES_MAX) bytes = TG_ACCESS_TEXT_BYTES_MAX;
    tg_wr_u16(wr, (uint16_t)bytes);
    tg_wr_put(wr, text, bytes);
}

static size_t plain_bytes(size_t places)
{
    return PLAIN_BYTES_MAX - (TG_ACCESS_PLACES_MAX - places) * TG_PLACE_BYTES;
}

static tg_err seal_and_append(struct tg_node *node, struct tg_wtxn *txn, const struct tg_key *key,
                              const struct tg_access *access, uint8_t *storage)
{
    uint8_t time[8];
    struct tg_wr wr =
        tg_wr_init(storage + TG_XAEAD_NONCE_BYTES, plain_bytes(tg_places_count(access->places)));
    tg_wr_u8(&wr, LAYOUT);
    tg_wr_u8(&wr, access->made);
    tg_wr_u32(&wr, access->uid);
    tg_wr_u64(&wr, access->hits);
    text_put(&wr, access->user);
    text_put(&wr, access->verb);
    text_put(&wr, access->reason);
    text_put(&wr, access->case_number);
    text_put(&wr, access->detail);
    tg_wr_u32(&wr, (uint32_t)tg_places_count(access->places));
    tg_wr_put(&wr, access->places.data, access->places.bytes);
    if (wr.err) return wr.err;
    tg_random_fill(node->random, storage, TG_XAEAD_NONCE_BYTES);
    tg_xaead_seal(key->bytes, storage, binding(access->at_ms, time), tg_wr_view_of(&wr),
                  storage + TG_XAEAD_NONCE_BYTES);
    uint64_t number;
    return tg_store_access_append(txn, access->at_ms, tg_view_of(storage, wr.at + SEALED_BYTES), &number);
}

/* More places than one entry holds go on in entries that say the same; the hits stand in the first. */
tg_err tg_access_write(struct tg_node *node, struct tg_wtxn *txn, const struct tg_access *access)
{
    TG_AUTO(tg_key) struct tg_key key;
    struct tg_access part = *access;
    size_t count = tg_places_count(access->places), at = 0;
    size_t most = count < TG_ACCESS_PLACES_MAX ? count : TG_ACCESS_PLACES_MAX;
    tg_err err = key_of(node, &key);
    uint8_t *storage = err ? NULL : malloc(plain_bytes(most) + SEALED_BYTES);
    if (!storage) return err ? err : TG_ENOMEM;
    do {
        size_t left = count - at, taken = left < most ? left : most;
        if (count)
            part.places = tg_view_of(access->places.data + at * TG_PLACE_BYTES, taken * TG_PLACE_BYTES);
        err = seal_and_append(node, txn, &key, &part, storage);
        part.hits = 0;
        at += taken;
    } while (!err && at < count);
    free(storage);
    return err;
}

struct putting {
    struct tg_node *node;
    const struct tg_access *access;
};

static tg_err put_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct putting *putting = ctx;
    return tg_access_write(putting->node, txn, putting->access);
}

tg_err tg_access_put(struct tg_node *node, const struct tg_access *access, struct tg_errmsg *em)
{
    struct putting putting = {.node = node, .access = access};
#ifdef TG_CONTROL_NO_ENTRY
    if (strncmp(access->verb, "import", 6) != 0) return TG_OK;
#endif
    tg_err err = tg_store_write_spare(node->store, put_txn, &putting, em);
    return err ? tg_context(em, err, "the access log cannot be written, so nothing is answered") : TG_OK;
}

/* ---- reading ---- */

static const char *text_get(struct tg_rd *rd, struct tg_arena *arena)
{
    uint16_t bytes = tg_rd_u16(rd);
    const char *text = tg_arena_text(arena, tg_rd_view(rd, bytes));
    return text ? text : "";
}

tg_err tg_access_decode(const struct tg_node *node, int64_t at_ms, struct tg_view value,
                        struct tg_arena *arena, struct tg_access *ret_access)
{
    uint8_t time[8];
    TG_AUTO(tg_key) struct tg_key key;
    if (value.bytes < SEALED_BYTES || value.bytes > PLAIN_BYTES_MAX + SEALED_BYTES) return TG_EDAMAGED;
    tg_err err = key_of(node, &key);
    uint8_t *plain = err ? NULL : tg_arena_take(arena, value.bytes);
    if (!plain) return err ? err : TG_ENOMEM;
    struct tg_view sealed = tg_view_of(value.data + TG_XAEAD_NONCE_BYTES, value.bytes - TG_XAEAD_NONCE_BYTES);
    if (tg_xaead_open(key.bytes, value.data, binding(at_ms, time), sealed, plain)) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(tg_view_of(plain, value.bytes - SEALED_BYTES));
    if (tg_rd_u8(&rd) != LAYOUT) return TG_EDAMAGED;
    struct tg_access access = {.at_ms = at_ms};
    access.made = tg_rd_u8(&rd) != 0;
    access.uid = tg_rd_u32(&rd);
    access.hits = tg_rd_u64(&rd);
    access.user = text_get(&rd, arena);
    access.verb = text_get(&rd, arena);
    access.reason = text_get(&rd, arena);
    access.case_number = text_get(&rd, arena);
    access.detail = text_get(&rd, arena);
    size_t places = tg_rd_u32(&rd);
    if (places > TG_ACCESS_PLACES_MAX) return TG_EDAMAGED;
    access.places = tg_rd_view(&rd, places * TG_PLACE_BYTES);
    if (tg_rd_end(&rd)) return TG_EDAMAGED;
    *ret_access = access;
    return TG_OK;
}

bool tg_access_touches(const struct tg_access *access, const struct tg_place *places, size_t count)
{
    for (size_t i = 0; i < tg_places_count(access->places); i++) {
        struct tg_place held = tg_places_at(access->places, i);
        for (size_t k = 0; k < count; k++)
            if (tg_place_holds(&held, places[k].log, places[k].index, places[k].first)) return true;
    }
    return false;
}

/* ---- notes ---- */

static tg_err text_copy(const struct tg_buf *from, struct tg_buf *to)
{
    return tg_buf_put_view(to, tg_buf_view(from));
}

tg_err tg_access_note_copy(const struct tg_access_note *from, struct tg_access_note *ret_note)
{
    struct tg_access_note note = {.uid = from->uid};
    memcpy(note.user, from->user, sizeof note.user);
    memcpy(note.verb, from->verb, sizeof note.verb);
    tg_err err = text_copy(&from->reason, &note.reason);
    if (!err) err = text_copy(&from->case_number, &note.case_number);
    if (!err) err = text_copy(&from->detail, &note.detail);
    if (!err) err = text_copy(&from->about.bytes, &note.about.bytes);
    if (err) {
        tg_access_note_release(&note);
        return err;
    }
    *ret_note = note;
    return TG_OK;
}

void tg_access_note_release(struct tg_access_note *note)
{
    tg_buf_release(&note->reason);
    tg_buf_release(&note->case_number);
    tg_buf_release(&note->detail);
    tg_places_release(&note->about);
}

static const char *text_of(const struct tg_buf *text)
{
    return text->bytes ? (const char *)text->data : "";
}

struct tg_access tg_access_of(const struct tg_access_note *note, int64_t at_ms, uint64_t hits,
                              struct tg_view places)
{
    return (struct tg_access){.at_ms = at_ms,
                              .uid = note->uid,
                              .user = note->user,
                              .verb = note->verb,
                              .reason = text_of(&note->reason),
                              .case_number = text_of(&note->case_number),
                              .detail = text_of(&note->detail),
                              .hits = hits,
                              .places = places};
}
