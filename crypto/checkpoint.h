/* Checkpoints [c2sp.org/tlog-checkpoint] without extension lines, and their cosignatures.
 *
 * Knows no log beyond its origin line; whether a head may be signed is the vault's guard's business.
 */
#ifndef TG_CRYPTO_CHECKPOINT_H
#define TG_CRYPTO_CHECKPOINT_H

#include "crypto/merkle.h"
#include "crypto/note.h"

struct tg_checkpoint {
    char origin[TG_KEY_NAME_BYTES];
    uint64_t size;
    struct tg_hash root;
};
/* Three lines, appended. */
tg_err tg_checkpoint_encode(const struct tg_checkpoint *checkpoint, struct tg_buf *out);
tg_err tg_checkpoint_parse(struct tg_view text, struct tg_checkpoint *ret_checkpoint, struct tg_errmsg *em);

/* Whole note signed by the log's key, whose name is the origin line. */
tg_err tg_checkpoint_sign(const struct tg_checkpoint *checkpoint, const struct tg_note_key *log_key,
                          const struct tg_signer *signer, struct tg_buf *out);
/* One signature line by a clock key, to be put behind the note. */
tg_err tg_checkpoint_cosign(const struct tg_checkpoint *checkpoint, const struct tg_note_key *clock_key,
                            uint64_t time, const struct tg_signer *signer, struct tg_buf *out);
/* Parse, require the log key's signature (TG_EKEY, TG_ESIGNATURE) and its name as origin line (TG_EPOSITION), check
 * cosignatures of the witnesses. ret_seen has witness_count entries, or is NULL. */
tg_err tg_checkpoint_open(struct tg_view note, const struct tg_note_key *log_key,
                          const struct tg_note_key *witnesses, size_t witness_count,
                          struct tg_checkpoint *ret_checkpoint, struct tg_note_seen *ret_seen,
                          struct tg_errmsg *em);
/* One cosignature line alone, over a checkpoint already known; TG_EKEY when it is another key's. */
tg_err tg_checkpoint_cosignature_open(const struct tg_checkpoint *checkpoint, struct tg_view line,
                                      const struct tg_note_key *clock_key, uint64_t *ret_time,
                                      struct tg_errmsg *em);
/* May a witness that has cosigned `last` (size 0: nothing yet) cosign `next`? [c2sp.org/tlog-witness] TG_EKEY another
 * log; TG_EPOSITION a smaller size; TG_EFORK the same size with another root; TG_EROOT proof, an RFC 6962 consistency
 * proof, does not lead from the one to the other. */
tg_err tg_checkpoint_successor(const struct tg_checkpoint *last, const struct tg_checkpoint *next,
                               const struct tg_merkle_proof *proof, struct tg_errmsg *em);
/* Signature lines alone, as they stand behind a checkpoint. TG_EFORMAT: malformed, or two by one key. */
tg_err tg_checkpoint_lines_parse(const struct tg_checkpoint *checkpoint, struct tg_view lines,
                                 struct tg_buf *storage, struct tg_note *ret_note, struct tg_errmsg *em);

#endif
