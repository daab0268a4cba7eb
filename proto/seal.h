/* Sealing: records → envelope.
 *
 * Knows no record's meaning and no policy: who may read is the caller's. Format: docs/formats.md.
 */
#ifndef TG_PROTO_SEAL_H
#define TG_PROTO_SEAL_H

#include "proto/envelope.h"

struct tg_recipient {
    struct tg_node_id id;
    struct tg_seal_public seal; /* its card's seal key */
    uint64_t previous;          /* last leaf index sealed to it, or TG_NO_PREVIOUS */
};

/* Borrowed for the call. */
struct tg_seal_params {
    struct tg_position position;
    const struct tg_note_key *envelope_key; /* public half; its id is cited */
    const struct tg_signer *signer;         /* by the envelope key */
    uint64_t created;                       /* unix seconds */
    enum tg_precedence precedence;
    struct tg_hash card_hash;            /* of our card in force */
    const struct tg_recipient *audience; /* any order, distinct, without the origin; may be empty */
    size_t audience_count;
    struct tg_seal_public recovery; /* our own recovery key */
    uint64_t recovery_previous;
    const struct tg_view *records;
    size_t record_count;
    uint32_t stanzas_min; /* pad to at least so many, to hide small audiences; 0: no wish */
};

/* What came out. Zero-initialise. Release wipes and frees. */
struct tg_sealed {
    struct tg_buf wire;          /* the envelope */
    struct tg_envelope envelope; /* parsed, views into wire */
    uint8_t leaf[TG_LEAF_BYTES];
    struct tg_key ck;                /* wrap it (tg_vault_wrap) before the envelope is committed */
    uint32_t slots[TG_AUDIENCE_MAX]; /* slots[k] is that of params->audience[k] */
    uint32_t recovery_slot;
    struct tg_hash *record_ids; /* record_count of them */
    size_t record_count;
};
void tg_sealed_release(struct tg_sealed *sealed);
TG_AUTO_DEFINE(tg_sealed, tg_sealed_release)

/* TG_ELIMIT (records, audience, body), TG_EVALUE (a recipient twice, or the origin itself; no records), TG_EKEY (a seal
 * key that is no key), TG_ENOMEM, and what the signer returns. */
tg_err tg_envelope_seal(const struct tg_seal_params *params, const struct tg_random *random,
                        struct tg_sealed *ret_sealed, struct tg_errmsg *em);
/* A control envelope: public records, no audience, no recovery, no content key. */
tg_err tg_envelope_seal_control(const struct tg_seal_params *params, struct tg_sealed *ret_sealed,
                                struct tg_errmsg *em);

/* Everything that tg_envelope_seal draws, so that a vector can give it. Recipients are counted so: the audience in
 * ascending order of id, recovery, padding. */
struct tg_seal_padding {
    struct tg_seal_public recipient;
    struct tg_key ck;
    uint64_t previous;
};
struct tg_seal_draw {
    uint32_t stanza_count; /* a power of two, 2..TG_STANZAS_MAX, above the audience's count */
    struct tg_key ck;
    struct tg_key ephemerals[TG_STANZAS_MAX];
    struct tg_seal_padding padding[TG_STANZAS_MAX]; /* from 0 */
    uint8_t slot_order[TG_STANZAS_MAX];             /* slot_order[slot] is a recipient's number */
};
tg_err tg_envelope_seal_drawn(const struct tg_seal_params *params, const struct tg_seal_draw *draw,
                              struct tg_sealed *ret_sealed, struct tg_errmsg *em);
/* Stanzas of an envelope to that many members: the power of two, at least 2 and stanzas_min, that holds them and
 * recovery. Readers accept any power of two. */
uint32_t tg_seal_stanza_count(size_t audience_count, uint32_t stanzas_min);

#endif
