/* A checkpoint as a stranger judges it: signed by its log, and cosigned by how many of the witnesses that matter.
 *
 * Knows no store and no peer. Rule of k of n: docs/formats.md "Leaf, checkpoint, proof, receipt".
 */
#ifndef TG_PROTO_COSIGNED_H
#define TG_PROTO_COSIGNED_H

#include "base/arena.h"
#include "crypto/checkpoint.h"
#include "proto/card.h"

/* Cards that the reader has; on loan. Any node's, any serial, repeated or not. */
struct tg_known_cards {
    const struct tg_card *const *cards;
    size_t count;
};
/* The card of that node with the highest serial; NULL. */
const struct tg_card *tg_known_newest(const struct tg_known_cards *known, const struct tg_node_id *node);
/* The card whose text has that hash; NULL. */
const struct tg_card *tg_known_by_hash(const struct tg_known_cards *known, const struct tg_hash *text_hash);
/* k of n witnesses that a card lists: more than two thirds, and 1 of the one or two of a federation below four nodes.
 * 0 when it lists none: then nothing is ever settled. */
size_t tg_witnesses_needed(size_t witnesses);

struct tg_cosigned {
    size_t seen;      /* nodes other than the origin, among the known cards, that cosigned it */
    size_t listed;    /* of them, witnesses that the origin's newest known card lists */
    size_t witnesses; /* n: that it lists */
    size_t needed;    /* k */
    uint64_t oldest;  /* unix seconds: the earliest of the listed ones' cosignatures; 0 when there is none */
};
static inline bool tg_cosigned_settled(const struct tg_cosigned *cosigned)
{
    return cosigned->needed && cosigned->listed >= cosigned->needed;
}

/* Parses the note, finds whose log it is, and verifies the log's signature and every cosignature by a known node.
 * card: the origin's card beside the known ones; may be NULL. Memory for the note comes from the arena (about 16 KiB).
 * TG_EKEY (no card of the origin, or none with a key for that size), TG_ESIGNATURE, TG_EPOSITION (origin line of no
 * node), TG_EFORMAT, TG_ENOMEM. */
tg_err tg_cosigned_open(struct tg_view note, const struct tg_card *card, const struct tg_known_cards *known,
                        struct tg_arena *arena, struct tg_checkpoint *ret_checkpoint,
                        const struct tg_note_key **ret_log_key, struct tg_cosigned *ret_cosigned,
                        struct tg_errmsg *em);

#endif
