/* Notes of withholding: a node's signed statement that an envelope which its origin's log says is for it was not given.
 *
 * Knows no store. Format, and what such a note proves: docs/formats-evidence.md "Withholding".
 */
#ifndef TG_PROTO_WITHHOLDING_H
#define TG_PROTO_WITHHOLDING_H

#include "crypto/note.h"

#define TG_WITHHOLDING_LEAF_BYTES 33

struct tg_withholding {
    struct tg_node_id by;
    uint64_t card_serial; /* of the card that has the store key */
    struct tg_node_id origin;
    uint32_t epoch;
    uint64_t size; /* a signed head of that log, as held by the one who states this */
    struct tg_hash root;
    uint64_t missing; /* below size */
    uint8_t leaf[TG_WITHHOLDING_LEAF_BYTES];
    /* Named by the stanza of this later envelope of the log (chained), or said by a node that serves the log. */
    bool chained;
    uint64_t later; /* chained: above missing, below size */
    uint8_t later_leaf[TG_WITHHOLDING_LEAF_BYTES];
    struct tg_node_id teller; /* not chained */
    struct tg_node_id asked;
    uint64_t answers; /* of it in a row that it has sent everything, 1 and more */
    uint64_t upto;    /* everything below this; above missing */
    uint64_t time;    /* unix seconds */
};

/* Whole note by the store key, appended. TG_EVALUE when it contradicts itself. */
tg_err tg_withholding_sign(const struct tg_withholding *withholding, const struct tg_note_key *store_key,
                           const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em);
/* Text that is not what _sign writes is refused: TG_EMAGIC, TG_EFORMAT, TG_EVALUE. */
tg_err tg_withholding_parse(struct tg_view text, struct tg_withholding *ret_withholding,
                            struct tg_errmsg *em);
/* Verifies first: TG_EKEY, TG_ESIGNATURE; TG_EPOSITION when `by` is not the store key's node. */
tg_err tg_withholding_open(struct tg_view note, const struct tg_note_key *store_key,
                           struct tg_withholding *ret_withholding, struct tg_errmsg *em);

#endif
