/* Evidence files: one record, what its origin signed about it, and its place in the origin's log, for a stranger
 * who holds nothing but public keys.
 *
 * Must not know: stores, peers, files. Format: docs/formats-evidence.md.
 */
#ifndef TG_PROTO_EVIDENCE_H
#define TG_PROTO_EVIDENCE_H

#include "base/limits.h"
#include "crypto/checkpoint.h"
#include "proto/attest_proof.h"
#include "proto/card.h"
#include "proto/cosigned.h"
#include "proto/envelope.h"

/* First line of a C2SP tlog-proof@v1. */
#define TG_TLOG_PROOF_MAGIC "c2sp.org/tlog-proof@v1\n"

/* What an evidence file is made of; views on loan. A plain tlog-proof has neither card nor record: card.data is NULL,
 * proof.count 0. */
struct tg_evidence {
    struct tg_view card; /* signed note: the card that the manifest cites */
    struct tg_view head; /* manifest ‖ signature, TG_HEAD_BYTES */
    struct tg_attest_proof
        attest; /* when a newer card has revoked the key: that the entry counts; note.data NULL: none */
    uint64_t index;      /* leaf index that the inclusion path is for */
    struct tg_merkle_proof inclusion;
    struct tg_view checkpoint;    /* signed note, cosignature lines may follow */
    struct tg_record_proof proof; /* item, count, salt, record id, path in the records root */
    struct tg_view record;        /* its bytes; without contents: data NULL */
};

/* The file's text, appended; unchanged on failure. Lengths are checked and nothing else: whoever gives a file out runs
 * tg_evidence_verify on the parts first, so that no file goes out that a reader would refuse.
 * TG_EVALUE (a part is missing or of the wrong length), TG_ELIMIT over TG_EVIDENCE_BYTES_MAX, TG_ENOMEM. */
tg_err tg_evidence_encode(const struct tg_evidence *evidence, struct tg_buf *out, struct tg_errmsg *em);

/* The log's part alone, as a C2SP tlog-proof@v1 file that programs of others check too: manifest and signature, place,
 * path, checkpoint. Errors as above. */
tg_err tg_evidence_encode_proof(const struct tg_evidence *evidence, struct tg_buf *out, struct tg_errmsg *em);

/* What can be wrong with evidence, in the order of checking. X(ID, "name", "what has been checked when it passes") */
#define TG_EVIDENCE_STEPS(X)                                                             \
    X(FILE, "file", "complete and well formed")                                          \
    X(CARD, "card", "well formed, and the one that the manifest cites")                  \
    X(CARD_SIGNATURE, "card signature", "by the root key that the node's id stands for") \
    X(MANIFEST, "manifest", "well formed, and of that node")                             \
    X(MANIFEST_SIGNATURE, "manifest signature", "by an envelope key of that card")       \
    X(CHECKPOINT, "checkpoint", "well formed, and of that log")                          \
    X(CHECKPOINT_SIGNATURE, "checkpoint signature", "by the log key of that node")       \
    X(LEAF, "leaf", "stands for manifest and signature, at their place")                 \
    X(INCLUSION, "inclusion path", "leads from the leaf to the checkpoint's root")       \
    X(ATTESTATION, "attestation", "by the key that signs now: the entry is the node's")  \
    X(RECORD, "record", "its bytes have the id that is stated")                          \
    X(RECORDS_PATH, "records path", "leads from the record to what the manifest signs")

enum tg_evidence_step {
#define TG_EVIDENCE_ENUM(id, name, text) TG_EVIDENCE_##id,
    TG_EVIDENCE_STEPS(TG_EVIDENCE_ENUM)
#undef TG_EVIDENCE_ENUM
        TG_EVIDENCE_STEP_COUNT
};
/* "manifest signature"; static storage. */
const char *tg_evidence_step_name(enum tg_evidence_step step);
/* What it means that the step passed; static storage. */
const char *tg_evidence_step_text(enum tg_evidence_step step);

/* What came of checking. */
struct tg_evidence_report {
    enum tg_evidence_step step; /* that refused, or TG_EVIDENCE_STEP_COUNT */
    struct tg_card *card;       /* in the arena; NULL when it was not reached */
    struct tg_manifest manifest;
    struct tg_checkpoint checkpoint;
    const struct tg_note_key *log_key; /* that signed the checkpoint; in card or in one of the known cards */
    struct tg_cosigned cosigned;       /* by nodes among the known cards */
    bool
        attested; /* the key was revoked from an earlier place on, and the origin has said again that this is its own */
    struct tg_attest attest;
};

/* Shape alone: text to parts, which live in the arena. Every refusal names its step in *ret_step (may be NULL) and in
 * the message. At most TG_EVIDENCE_BYTES_MAX. Errors: TG_EFORMAT, TG_EVALUE, TG_ELIMIT, TG_ESHORT, TG_ETRAIL,
 * TG_ENOMEM. */
tg_err tg_evidence_parse(struct tg_view text, struct tg_arena *arena, struct tg_evidence *ret_evidence,
                         enum tg_evidence_step *ret_step, struct tg_errmsg *em);

/* The same for a plain tlog-proof; what it lacks stays empty. */
tg_err tg_evidence_parse_proof(struct tg_view text, struct tg_arena *arena, struct tg_evidence *ret_evidence,
                               enum tg_evidence_step *ret_step, struct tg_errmsg *em);

/* Check every step with public keys alone. Of a plain proof the card is the known one that the manifest cites, and the
 * record's steps have nothing to check.
 *
 * known       cards that the reader got by another way, any number; a newer card of the origin may name a newer log
 *             key, and cards of witnesses let their cosignatures count. Not needed for the steps themselves.
 * arena       for the card, about 64 KiB
 * ret_report  always filled; step tells where it ended
 *
 * The record's bytes are compared with its id and not parsed. The first failing step's error is returned, with a
 * message that begins with its name. Thread: any. */
tg_err tg_evidence_verify(const struct tg_evidence *evidence, const struct tg_card *const *known,
                          size_t known_count, struct tg_arena *arena, struct tg_evidence_report *ret_report,
                          struct tg_errmsg *em);

#endif
