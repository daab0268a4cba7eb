/* Receipts: a node's signed statement to an origin of what it holds of that origin's log.
 *
 * Knows no store. Format: docs/formats.md "Leaf, checkpoint, proof, receipt".
 */
#ifndef TG_PROTO_RECEIPT_H
#define TG_PROTO_RECEIPT_H

#include "base/arena.h"
#include "crypto/note.h"

/* first..last, both included. */
struct tg_range {
    uint64_t first;
    uint64_t last;
};
struct tg_refusal {
    uint64_t index;
    char code[TG_REFUSAL_CODE_BYTES_MAX + 1]; /* a-z 0-9 - */
};
struct tg_withdrawal {
    uint64_t index;
    uint32_t record; /* 1..1024 */
};
/* Arrays ascending and without repetition, ranges neither touching nor overlapping, all within size. */
struct tg_receipt {
    struct tg_node_id by;
    uint64_t card_serial;
    struct tg_node_id origin;
    uint32_t epoch;
    uint64_t size;
    struct tg_hash root;
    const struct tg_range *have;
    size_t have_count;
    const struct tg_range *missing;
    size_t missing_count;
    const struct tg_refusal *refused;
    size_t refused_count;
    const struct tg_withdrawal *withdrawn;
    size_t withdrawn_count;
    uint64_t time; /* unix seconds */
};

/* Text, appended. TG_EVALUE when the arrays are not as said above, TG_ELIMIT. */
tg_err tg_receipt_encode(const struct tg_receipt *receipt, struct tg_buf *out, struct tg_errmsg *em);
/* Whole note by the store key. */
tg_err tg_receipt_sign(const struct tg_receipt *receipt, const struct tg_note_key *store_key,
                       const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em);
/* Arrays in the arena. Text that is not what tg_receipt_encode writes is refused. */
tg_err tg_receipt_parse(struct tg_view text, struct tg_arena *arena, struct tg_receipt *ret_receipt,
                        struct tg_errmsg *em);
/* Verifies first: TG_EKEY, TG_ESIGNATURE; TG_EPOSITION when `by` is not the store key's node. */
tg_err tg_receipt_open(struct tg_view note, const struct tg_note_key *store_key, struct tg_arena *arena,
                       struct tg_receipt *ret_receipt, struct tg_errmsg *em);
/* Which node and log a note speaks of, before its keys are known; nothing is verified. */
tg_err tg_receipt_peek(struct tg_view note, struct tg_node_id *ret_by, struct tg_node_id *ret_origin,
                       uint32_t *ret_epoch);

bool tg_ranges_contain(const struct tg_range *ranges, size_t count, uint64_t index);

#endif
