/* Envelopes: bytes ↔ verified batch of records, sealed to an audience and signed once.
 *
 * Knows no record's meaning, no policy and no store. Format: docs/formats.md "Keys of a batch" to "Leaf".
 * Everything refused has its own error: see tg_envelope_parse, _verify, _open.
 */
#ifndef TG_PROTO_ENVELOPE_H
#define TG_PROTO_ENVELOPE_H

#include "base/arena.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "crypto/vault.h"

enum tg_precedence {
    TG_ROUTINE,
    TG_PRIORITY,
    TG_IMMEDIATE,
    TG_FLASH,
};
#define TG_MANIFEST_CONTROL 1u /* flag bit 0 */
#define TG_LEAF_BYTES 33

struct tg_manifest {
    struct tg_where where; /* suite, origin, epoch, leaf index */
    bool control;
    uint32_t envelope_key_id;
    uint64_t created; /* unix seconds */
    uint32_t stanza_count;
    uint32_t record_count;
    uint64_t body_bytes;
    struct tg_hash stanzas_hash;
    struct tg_hash body_hash;
    struct tg_hash key_commitment;
    struct tg_hash records_root;
    struct tg_hash card_hash;
    enum tg_precedence precedence;
};
void tg_manifest_encode(const struct tg_manifest *manifest, uint8_t out[static TG_MANIFEST_BYTES]);
/* TG_EMAGIC, TG_ESUITE, TG_ERESERVED, TG_EVALUE (precedence), TG_ELIMIT, TG_ECOUNT; TG_ESHORT/TG_ETRAIL unless
 * exactly 256 bytes. */
tg_err tg_manifest_parse(struct tg_view bytes, struct tg_manifest *ret_manifest, struct tg_errmsg *em);

/* A parsed envelope; views on loan from the bytes it was parsed from. Not verified by itself. */
struct tg_envelope {
    struct tg_manifest manifest;
    struct tg_view head; /* manifest ‖ signature, TG_HEAD_BYTES */
    struct tg_view stanzas;
    struct tg_view body;
};
#define TG_HEAD_BYTES (TG_MANIFEST_BYTES + TG_SIGNATURE_BYTES)

/* Whole envelope as on the wire. Manifest's errors, TG_ESHORT, TG_ETRAIL, TG_ECOUNT (counts and lengths disagree). */
tg_err tg_envelope_parse(struct tg_view wire, struct tg_envelope *ret_envelope, struct tg_errmsg *em);
/* The same from stored parts. */
tg_err tg_envelope_join(struct tg_view head, struct tg_view stanzas, struct tg_view body,
                        struct tg_envelope *ret_envelope, struct tg_errmsg *em);

/* The place asked for; suite is not compared. */
struct tg_position {
    struct tg_node_id origin;
    uint32_t epoch;
    uint64_t index;
};
/* Manifest and signature alone, as when only leaves are held. TG_EPOSITION, TG_EKEY (another key id is cited),
 * TG_ESIGNATURE. Which key is valid where: tg_card_envelope_key. */
tg_err tg_head_verify(struct tg_view head, const struct tg_position *expected,
                      const struct tg_note_key *envelope_key, struct tg_manifest *ret_manifest,
                      struct tg_errmsg *em);
/* tg_head_verify, then TG_EHASH for stanzas or body. Needs no secret. */
tg_err tg_envelope_verify(const struct tg_envelope *envelope, const struct tg_position *expected,
                          const struct tg_note_key *envelope_key, struct tg_errmsg *em);
/* Leaf data of the log. */
void tg_envelope_leaf(struct tg_view head, uint8_t ret_leaf[static TG_LEAF_BYTES]);
void tg_record_id_of(struct tg_view record, struct tg_hash *ret_id);

/* An opened batch: arrays in the arena it was opened into. Release wipes the content key alone. */
struct tg_batch {
    struct tg_key ck;  /* zero for control envelopes */
    uint64_t previous; /* leaf index before this one that was sealed to the reader, or TG_NO_PREVIOUS */
    const struct tg_node_id *audience;
    size_t audience_count;
    const struct tg_view *records;
    const struct tg_hash *record_ids;
    size_t record_count;
};
void tg_batch_release(struct tg_batch *batch);
TG_AUTO_DEFINE(tg_batch, tg_batch_release)

/* All on verified envelopes. Errors: TG_ESTANZA, TG_ECOMMIT, TG_EITEM, TG_EAUDIENCE, TG_EROOT, TG_ENOMEM (arena's
 * budget: about body_bytes + 64 bytes a record). */
tg_err tg_envelope_open(const struct tg_envelope *envelope, const struct tg_vault *vault,
                        const struct tg_node_id *reader, uint32_t slot, struct tg_arena *arena,
                        struct tg_batch *ret_batch, struct tg_errmsg *em);
/* Which seal key of the vault opens a stanza of it: that in the slot, else any. The envelope needs manifest and stanzas, no
 * body. TG_ESTANZA: none that is held. Cost: some 50 µs a stanza and key. */
tg_err tg_envelope_stanza_key(const struct tg_envelope *envelope, const struct tg_vault *vault,
                              const struct tg_node_id *reader, uint32_t slot, struct tg_seal_public *ret_key);
/* With the origin's recovery secret. slot TG_SLOT_ANY tries them all. */
#define TG_SLOT_ANY UINT32_MAX
tg_err tg_envelope_open_recovery(const struct tg_envelope *envelope, const struct tg_key *recovery_secret,
                                 uint32_t slot, struct tg_arena *arena, struct tg_batch *ret_batch,
                                 struct tg_errmsg *em);
/* With the content key itself (the origin's own copy, a re-sealed one). reader as above; the origin may read. */
tg_err tg_envelope_open_key(const struct tg_envelope *envelope, const struct tg_key *ck,
                            const struct tg_node_id *reader, struct tg_arena *arena,
                            struct tg_batch *ret_batch, struct tg_errmsg *em);
/* With what a holder kept of the key. given: leaves of the records root, of which those stand in whose record was erased
 * there: empty views and zero ids in the batch; the root covers them all, so nothing else can be slipped in. NULL: none
 * may be erased. */
tg_err tg_envelope_open_keymat(const struct tg_envelope *envelope, const struct tg_keymat *keymat,
                               const struct tg_hash *given, const struct tg_node_id *reader,
                               struct tg_arena *arena, struct tg_batch *ret_batch, struct tg_errmsg *em);
/* A control envelope: clear records, their root checked. */
tg_err tg_envelope_open_control(const struct tg_envelope *envelope, struct tg_arena *arena,
                                struct tg_batch *ret_batch, struct tg_errmsg *em);

/* Reads single items, without the others. For stored envelopes that were verified when they came in; what it reads is
 * authenticated by the item key, so a damaged body gives TG_EITEM, never other content. Borrows the body; release
 * wipes. */
struct tg_opener {
    struct tg_where where;
    struct tg_view body;
    uint32_t record_count;
    struct tg_keyset set;
    struct tg_keywalk walk;
};
/* key_commitment from the manifest. TG_ECOMMIT, TG_ECOUNT. The opener must not move in memory afterwards. */
tg_err tg_opener_init(struct tg_opener *opener, const struct tg_keymat *keymat,
                      const struct tg_manifest *manifest, struct tg_view body);
/* Item 1..record_count (0: the audience block). Plaintext bytes of the item, or its room. */
tg_err tg_opener_item_bytes(const struct tg_opener *opener, uint32_t item, size_t *ret_bytes);
/* Into out, which has room for tg_opener_item_bytes. TG_EWITHDRAWN when erased, TG_EITEM, TG_EVALUE. Ascending
 * items are cheapest. ret_salt may be NULL. */
tg_err tg_opener_item(struct tg_opener *opener, uint32_t item, uint8_t *out, uint8_t *ret_salt);
void tg_opener_release(struct tg_opener *opener);
TG_AUTO_DEFINE(tg_opener, tg_opener_release)

/* One record shown to an outsider without the others. */
struct tg_record_proof {
    uint32_t item;  /* 1..count */
    uint32_t count; /* records in the batch */
    uint8_t salt[TG_SALT_BYTES];
    struct tg_hash record_id;
    struct tg_merkle_proof path;
};
/* Leaf of the records root; keep those of a batch before withdrawing one of it, else no path can be made again. */
void tg_record_leaf_hash(const uint8_t salt[static TG_SALT_BYTES], const struct tg_hash *record_id,
                         struct tg_hash *ret_hash);
/* leaf_hashes: of all count records, in order. TG_EVALUE. */
tg_err tg_record_proof_make(const struct tg_hash *leaf_hashes, uint32_t count, uint32_t item,
                            const uint8_t salt[static TG_SALT_BYTES], const struct tg_hash *record_id,
                            struct tg_record_proof *ret_proof);
/* From an opened batch: derives the salts (of a control batch: zero). TG_EVALUE, TG_ENOMEM. */
tg_err tg_record_proof_of_batch(const struct tg_envelope *envelope, const struct tg_batch *batch,
                                uint32_t item, struct tg_record_proof *ret_proof);
/* TG_EROOT. Compare tg_record_id_of(record) with proof->record_id, and manifest->records_root is signed. */
tg_err tg_record_proof_verify(const struct tg_record_proof *proof, const struct tg_manifest *manifest);

#endif
