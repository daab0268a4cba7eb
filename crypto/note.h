/* Signed notes [c2sp.org/signed-note], with Ed25519 (01) and cosignature/v1 (04) keys.
 *
 * Knows no text: whoever opens a note parses what it says. Thread: any.
 */
#ifndef TG_CRYPTO_NOTE_H
#define TG_CRYPTO_NOTE_H

#include "crypto/identity.h"
#include "crypto/sign.h"

enum tg_note_type {
    TG_NOTE_ED25519 = 1,
    TG_NOTE_COSIGNATURE = 4,
};

/* A key that notes are checked with. */
struct tg_note_key {
    char name[TG_KEY_NAME_BYTES];
    enum tg_note_type type;
    struct tg_sign_public public_key;
    uint32_t id;
};
/* Sets the id. TG_EFORMAT for a name that notes forbid (empty, space, plus, too long), TG_EKEY for a bad point. */
tg_err tg_note_key_make(const char *name, enum tg_note_type type, const struct tg_sign_public *public_key,
                        struct tg_note_key *ret_key);
/* vkey text: name+id+base64. TG_EFORMAT, TG_EVALUE (id is not the key's, unknown type), TG_EKEY. */
#define TG_VKEY_BYTES (TG_NOTE_KEY_NAME_BYTES_MAX + 1 + 8 + 1 + TG_BASE64_BYTES(33))
tg_err tg_note_key_parse(struct tg_view vkey, struct tg_note_key *ret_key);
void tg_note_key_format(const struct tg_note_key *key, char out[static TG_VKEY_BYTES]);
bool tg_note_key_equal(const struct tg_note_key *a, const struct tg_note_key *b);

/* One signature line; views on loan from the note. */
struct tg_note_line {
    struct tg_view name;
    struct tg_view base64; /* canonical; id and signature */
    uint32_t id;
};
struct tg_note {
    struct tg_view text; /* with its last newline */
    size_t line_count;
    struct tg_note_line lines[TG_NOTE_SIGNATURES_MAX];
};
/* Shape alone: UTF-8, no control characters, text, empty line, 1..TG_NOTE_SIGNATURES_MAX signature lines. */
tg_err tg_note_parse(struct tg_view bytes, struct tg_note *ret_note, struct tg_errmsg *em);

/* What one known key said. */
struct tg_note_seen {
    bool signed_it;
    uint64_t time; /* cosignatures: unix seconds, the latest */
};
/* Lines of unknown keys are ignored; a line of a known key that fails refuses the note (TG_ESIGNATURE); so does a
 * note that no known key signed (TG_EKEY). seen has key_count entries, or is NULL. */
tg_err tg_note_verify(const struct tg_note *note, const struct tg_note_key *keys, size_t key_count,
                      struct tg_note_seen *ret_seen, struct tg_errmsg *em);

/* Text ‖ empty line, appended to out; TG_EFORMAT when text is not fit for a note. Then signature lines. */
tg_err tg_note_begin(struct tg_view text, struct tg_buf *out);
tg_err tg_note_sign(const struct tg_note_key *key, struct tg_view text, const struct tg_signer *signer,
                    struct tg_buf *out);
/* key is of type 04; time ≤ 2^63 - 1. */
tg_err tg_note_cosign(const struct tg_note_key *key, uint64_t time, struct tg_view text,
                      const struct tg_signer *signer, struct tg_buf *out);

#endif
