/* Cards: a node's keys and endpoints, signed by its root key, each new one chained to the one before.
 *
 * Knows no trust: whether a root key is believed is decided where cards are enrolled. Format: docs/formats.md "Card".
 */
#ifndef TG_PROTO_CARD_H
#define TG_PROTO_CARD_H

#include "base/limits.h"
#include "crypto/hpke.h"
#include "crypto/identity.h"
#include "crypto/note.h"

/* A log or envelope key, and the positions of one epoch where it is valid. */
struct tg_card_key {
    struct tg_note_key key;
    uint32_t epoch;
    uint64_t from;
    uint64_t until; /* first position where it is no longer valid; UINT64_MAX: open */
};

/* Checked. About 60 KiB, so keep it on the heap or in an arena. */
struct tg_card {
    struct tg_node_id node;
    uint64_t serial; /* from 1 */
    char country[3];
    char name[TG_CARD_NAME_BYTES_MAX + 1];
    bool has_prev;
    struct tg_hash prev; /* text hash of the card before */
    bool has_next_root;
    struct tg_hash next_root; /* SHA-256 of the next root public key */
    struct tg_note_key root;
    struct tg_card_key logs[TG_CARD_KEYS_MAX];
    size_t log_count;
    struct tg_card_key envelopes[TG_CARD_KEYS_MAX];
    size_t envelope_count;
    struct tg_note_key clock; /* type cosignature */
    struct tg_note_key store;
    struct tg_seal_public seal;
    struct tg_seal_public recovery;
    uint8_t curve[32];
    char endpoints[TG_CARD_ENDPOINTS_MAX][TG_CARD_ENDPOINT_BYTES_MAX + 1];
    size_t endpoint_count;
    struct tg_node_id witnesses[TG_CARD_WITNESSES_MAX];
    size_t witness_count;
    struct tg_node_id relays[TG_CARD_RELAYS_MAX];
    size_t relay_count;
    char contact[TG_CARD_CONTACT_BYTES_MAX + 1]; /* who answers at any hour; "": not stated. Not escaped */
    struct tg_hash text_hash;                    /* what manifests cite; set by parse and build */
};

/* Note bytes → card: shape, canonical text, key names and points, and the signature of the card's own root key. For
 * serial 1 the node id is the root key's. A later serial says nothing about the chain: see tg_card_check_successor.
 * TG_ELIMIT, TG_EFORMAT, TG_EVALUE, TG_EKEY, TG_ESIGNATURE; the message names the line. */
tg_err tg_card_open(struct tg_view note, struct tg_card *ret_card, struct tg_errmsg *em);
/* The text alone, unsigned. */
tg_err tg_card_parse_text(struct tg_view text, struct tg_card *ret_card, struct tg_errmsg *em);
/* Whether a text may be a contact: of 1 to TG_CARD_CONTACT_BYTES_MAX bytes, all of which show. TG_ELIMIT, TG_EVALUE. */
tg_err tg_card_contact_check(const char *text, struct tg_errmsg *em);
/* Canonical text, appended; refuses what tg_card_parse_text would refuse. text_hash is not read. */
tg_err tg_card_encode(const struct tg_card *card, struct tg_buf *out, struct tg_errmsg *em);
/* Whole note. previous_root and previous_signer are NULL unless the root key changes; sets card->text_hash. */
tg_err tg_card_sign(struct tg_card *card, const struct tg_signer *root,
                    const struct tg_note_key *previous_root, const struct tg_signer *previous_signer,
                    struct tg_buf *out, struct tg_errmsg *em);
void tg_card_text_hash(struct tg_view text, struct tg_hash *ret_hash);

/* Whether next (note bytes and the card they gave) may replace card: same node, next serial, prev = hash of card's
 * text, root key the same, or the one that card announced and the note signed by both; log and envelope ranges of card
 * stand, and may only be closed at positions (never reopened, moved or removed). TG_EVALUE, TG_EHASH, TG_EKEY,
 * TG_ESIGNATURE. */
tg_err tg_card_check_successor(const struct tg_card *card, const struct tg_card *next,
                               struct tg_view next_note, struct tg_errmsg *em);

/* On loan from the card; NULL when it lists none for that place. */
const struct tg_card_key *tg_card_envelope_key(const struct tg_card *card, uint32_t key_id, uint32_t epoch,
                                               uint64_t index);
/* The one that signs there. */
const struct tg_card_key *tg_card_envelope_key_at(const struct tg_card *card, uint32_t epoch, uint64_t index);
/* Key that signs heads of size `size` (size 0 counts as position 0, else position size - 1). */
const struct tg_card_key *tg_card_log_key(const struct tg_card *card, uint32_t epoch, uint64_t size);
/* The range open at the end of the newest epoch: with what the node signs now. */
const struct tg_card_key *tg_card_envelope_key_now(const struct tg_card *card);
const struct tg_card_key *tg_card_log_key_now(const struct tg_card *card);

#endif
