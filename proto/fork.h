/* Fork proofs: what shows, with public keys alone, that an origin signed two histories of one log.
 *
 * Knows no store, no peer and no trust. Bytes: docs/formats-evidence.md "Fork proofs".
 */
#ifndef TG_PROTO_FORK_H
#define TG_PROTO_FORK_H

#include "base/limits.h"
#include "crypto/checkpoint.h"
#include "proto/card.h"
#include "proto/envelope.h"
#include "proto/wire.h"

/* A decoded proof; views on loan from its bytes. Which members hold something depends on kind. */
struct tg_fork {
    enum tg_fork_kind kind;
    struct tg_node_id origin; /* set by decode */
    uint32_t epoch;           /* set by decode */
    /* MANIFESTS: both heads, the one with the smaller leaf first. LEAF: heads[0] was signed for a place where the log
     * of the checkpoint holds `leaf`. */
    uint64_t index;           /* set by decode */
    struct tg_view heads[2];  /* manifest ‖ signature, TG_HEAD_BYTES each */
    struct tg_view leaf;      /* TG_LEAF_BYTES */
    struct tg_hash leaves[2]; /* leaf hashes; set by decode */
    /* CHECKPOINTS: two signed notes, the smaller size (of equal sizes, the smaller root) first. LEAF: notes[1]. */
    struct tg_view notes[2];
    struct tg_checkpoint signed_as[2]; /* what they say; set by decode */
    /* CHECKPOINTS: tg_merkle_front of the larger tree, none when the sizes are equal. LEAF: inclusion path. */
    struct tg_merkle_proof nodes;
};

/* The evidence of a FORK message, appended. TG_EVALUE a part is missing or of the wrong length; TG_ELIMIT. */
tg_err tg_fork_encode(const struct tg_fork *fork, struct tg_buf *out, struct tg_errmsg *em);

/* Shape alone, and what it speaks of: both halves must be of one log and place, and differ. Nothing is verified.
 * TG_ENEWER a kind that this program does not know; TG_EFORMAT, TG_EVALUE, TG_ESHORT, TG_ETRAIL, TG_ELIMIT,
 * TG_EPOSITION. Any thread. */
tg_err tg_fork_decode(uint32_t kind, struct tg_view evidence, struct tg_fork *ret_fork, struct tg_errmsg *em);

/* Whether a decoded proof proves: card is any card of the origin that lists the keys of both halves, such as its
 * newest. TG_OK: it does; TG_EPOSITION the card is another node's; TG_EKEY the card lists no such key for that place;
 * TG_ESIGNATURE; TG_EROOT the nodes do not lead to the signed root; TG_EVALUE one history extends the other. */
tg_err tg_fork_verify(const struct tg_fork *fork, const struct tg_card *card, struct tg_errmsg *em);

/* The note with its text and the lines of that key alone, appended: what a proof needs of a checkpoint. */
tg_err tg_fork_note(struct tg_view note, const struct tg_note_key *log_key, struct tg_buf *out);

/* A proof as a file: "TAMGAF" 00 01 ‖ u8 kind ‖ evidence. Appended. */
tg_err tg_fork_file_encode(uint32_t kind, struct tg_view evidence, struct tg_buf *out);
/* TG_EMAGIC, TG_ESHORT; the rest is for tg_fork_decode. */
tg_err tg_fork_file_decode(struct tg_view file, uint32_t *ret_kind, struct tg_view *ret_evidence);

/* "two manifests"; static storage. */
const char *tg_fork_kind_text(uint32_t kind);

#endif
