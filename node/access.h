/* The access log: who asked what and why, and which records the answer showed or the call made. For node/ alone.
 *
 * An entry names records by their places in logs, which outlive a new index and an erasure. Value: docs/formats-store.md.
 */
#ifndef TG_NODE_ACCESS_H
#define TG_NODE_ACCESS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cleanup.h"

struct tg_node;
struct tg_wtxn;

/* Records first .. first + count - 1 of one envelope. */
struct tg_place {
    uint32_t log; /* log# */
    uint64_t index;
    uint16_t first, count;
};
#define TG_PLACE_BYTES 16
/* A set: what continues the place before is joined to it, in either direction. Zero-initialise; release. */
struct tg_places {
    struct tg_buf bytes;
};
tg_err tg_places_add(struct tg_places *places, const struct tg_place *place);
void tg_places_release(struct tg_places *places);
TG_AUTO_DEFINE(tg_places, tg_places_release)
static inline struct tg_view tg_places_view(const struct tg_places *places)
{
    return tg_buf_view(&places->bytes);
}
static inline size_t tg_places_count(struct tg_view places)
{
    return places.bytes / TG_PLACE_BYTES;
}
/* i < count. */
struct tg_place tg_places_at(struct tg_view places, size_t i);
bool tg_place_holds(const struct tg_place *place, uint32_t log, uint64_t index, uint32_t n);

/* What is said of one call. */
struct tg_access {
    int64_t at_ms;
    uint32_t uid;
    const char *user, *verb, *reason, *case_number;
    const char *detail; /* what was asked, one line */
    uint64_t hits;
    bool
        made; /* places and hits are of records that the call made, not of shown ones; what it names stands there too */
    struct tg_view places;
};
/* Whether it names the first record of one of these places. */
bool tg_access_touches(const struct tg_access *access, const struct tg_place *places, size_t count);
/* Durable before an answer leaves: committed by the call. */
tg_err tg_access_put(struct tg_node *node, const struct tg_access *access, struct tg_errmsg *em);
/* Within the transaction that makes what it speaks of. */
tg_err tg_access_write(struct tg_node *node, struct tg_wtxn *txn, const struct tg_access *access);
/* Open one stored value that stands beside that time; texts and places in the arena. TG_EDAMAGED. */
tg_err tg_access_decode(const struct tg_node *node, int64_t at_ms, struct tg_view value,
                        struct tg_arena *arena, struct tg_access *ret_access);

/* What an entry will say, kept until it is known what was shown or made. Zero-initialise; release. */
struct tg_access_note {
    uint32_t uid;
    char user[64], verb[32];
    struct tg_buf reason, case_number, detail; /* ended by a zero byte, or empty */
    struct tg_places about;                    /* records that the call names */
};
tg_err tg_access_note_copy(const struct tg_access_note *from, struct tg_access_note *ret_note);
void tg_access_note_release(struct tg_access_note *note);
/* An entry of that note; it points into note and places. */
struct tg_access tg_access_of(const struct tg_access_note *note, int64_t at_ms, uint64_t hits,
                              struct tg_view places);

#endif
