/* Signed notes: parse, verify, sign.
 *
 * Knows no text. [c2sp.org/signed-note, c2sp.org/tlog-cosignature].
 */
#include "crypto/note.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/text.h"

#define ID_BYTES 4
#define TIME_BYTES 8
#define BLOB_BYTES_MAX (ID_BYTES + TIME_BYTES + TG_SIGNATURE_BYTES)
#define TIME_MAX (UINT64_MAX >> 1)

static const char line_prefix[] = "\xe2\x80\x94 "; /* em dash, space */

/* Unicode's White_Space. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

static bool name_valid(struct tg_view name)
{
    if (name.bytes == 0 || !tg_utf8_valid(name)) return false;
    while (name.bytes > 0) {
        const uint32_t c = tg_utf8_next(&name);
        if (is_space(c) || c == '+' || c < 0x20) return false;
    }
    return true;
}

static uint32_t key_id_of(const char *name, enum tg_note_type type, const struct tg_sign_public *public_key)
{
    const uint8_t between[2] = {'\n', (uint8_t)type};
    struct tg_sha256 state;
    struct tg_hash hash;
    tg_sha256_init(&state);
    tg_sha256_update(&state, tg_view_str(name));
    tg_sha256_update(&state, TG_VIEW_ARRAY(between));
    tg_sha256_update(&state, TG_VIEW_ARRAY(public_key->bytes));
    tg_sha256_final(&state, &hash);
    return tg_be32_get(hash.bytes);
}

tg_err tg_note_key_make(const char *name, enum tg_note_type type, const struct tg_sign_public *public_key,
                        struct tg_note_key *ret_key)
{
    const struct tg_view view = tg_view_str(name);
    struct tg_note_key key = {.type = type, .public_key = *public_key};
    if (view.bytes > TG_NOTE_KEY_NAME_BYTES_MAX || !name_valid(view)) return TG_EFORMAT;
    if (tg_sign_public_check(public_key) != TG_OK) return TG_EKEY;
    memcpy(key.name, name, view.bytes + 1);
    key.id = key_id_of(name, type, public_key);
    *ret_key = key;
    return TG_OK;
}

/* Cut the view at the first '+', which is consumed; false when there is none. */
static bool cut_plus(struct tg_view *rest, struct tg_view *ret_part)
{
    const uint8_t *plus = rest->bytes > 0 ? memchr(rest->data, '+', rest->bytes) : NULL;
    if (plus == NULL) return false;
    const size_t bytes = (size_t)(plus - rest->data);
    *ret_part = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(plus + 1, rest->bytes - bytes - 1);
    return true;
}

tg_err tg_note_key_parse(struct tg_view vkey, struct tg_note_key *ret_key)
{
    struct tg_view rest = vkey, name_view, id_view;
    char name[TG_KEY_NAME_BYTES] = {0};
    char canonical[TG_VKEY_BYTES];
    uint8_t blob[33], id[ID_BYTES];
    size_t blob_bytes;
    struct tg_sign_public public_key;
    struct tg_note_key key;

    if (!cut_plus(&rest, &name_view) || !cut_plus(&rest, &id_view)) return TG_EFORMAT;
    if (name_view.bytes > TG_NOTE_KEY_NAME_BYTES_MAX || memchr(name_view.data, 0, name_view.bytes) != NULL)
        return TG_EFORMAT;
    memcpy(name, name_view.data, name_view.bytes);
    if (tg_hex_decode(id_view, id, sizeof id) != TG_OK) return TG_EFORMAT;
    if (tg_base64_decode(rest, blob, sizeof blob, &blob_bytes) != TG_OK || blob_bytes != sizeof blob)
        return TG_EFORMAT;
    if (blob[0] != TG_NOTE_ED25519 && blob[0] != TG_NOTE_COSIGNATURE) return TG_EVALUE;
    memcpy(public_key.bytes, blob + 1, sizeof public_key.bytes);
    const tg_err err = tg_note_key_make(name, (enum tg_note_type)blob[0], &public_key, &key);
    if (err != TG_OK) return err;
    if (key.id != tg_be32_get(id)) return TG_EVALUE;
    tg_note_key_format(&key, canonical);
    if (!tg_view_equal_str(vkey, canonical)) return TG_EFORMAT;
    *ret_key = key;
    return TG_OK;
}

void tg_note_key_format(const struct tg_note_key *key, char out[static TG_VKEY_BYTES])
{
    const size_t name_bytes = strlen(key->name);
    uint8_t blob[33], id[ID_BYTES];
    tg_be32_put(id, key->id);
    blob[0] = (uint8_t)key->type;
    memcpy(blob + 1, key->public_key.bytes, 32);
    memcpy(out, key->name, name_bytes);
    out[name_bytes] = '+';
    tg_hex_encode(id, sizeof id, out + name_bytes + 1);
    out[name_bytes + 9] = '+';
    tg_base64_encode(blob, sizeof blob, out + name_bytes + 10);
}

bool tg_note_key_equal(const struct tg_note_key *a, const struct tg_note_key *b)
{
    return strcmp(a->name, b->name) == 0 && a->type == b->type && a->id == b->id &&
           memcmp(a->public_key.bytes, b->public_key.bytes, sizeof a->public_key.bytes) == 0;
}

static bool characters_valid(struct tg_view bytes)
{
    for (size_t i = 0; i < bytes.bytes; i++)
        if (bytes.data[i] < 0x20 && bytes.data[i] != '\n') return false;
    return tg_utf8_valid(bytes);
}

/* Canonical base64 of any length, looked at in pieces; sets the first bytes. */
static bool blob_valid(struct tg_view base64, uint8_t ret_id[static ID_BYTES])
{
    enum { PIECE = 1024 };
    uint8_t piece[PIECE / 4 * 3];
    size_t total = 0;
    for (size_t at = 0; at < base64.bytes; at += PIECE) {
        const size_t take = base64.bytes - at < PIECE ? base64.bytes - at : PIECE;
        const bool last = at + take == base64.bytes;
        size_t bytes;
        if (tg_base64_decode(tg_view_of(base64.data + at, take), piece, sizeof piece, &bytes) != TG_OK)
            return false;
        if (!last && bytes != sizeof piece) return false;
        if (at == 0 && bytes >= ID_BYTES) memcpy(ret_id, piece, ID_BYTES);
        total += bytes;
    }
    return total > ID_BYTES;
}

/* One line without its newline. */
static bool line_parse(struct tg_view line, struct tg_note_line *ret_line)
{
    const size_t prefix_bytes = sizeof line_prefix - 1;
    uint8_t id[ID_BYTES];
    if (!tg_view_starts_with(line, line_prefix)) return false;
    const struct tg_view rest = tg_view_of(line.data + prefix_bytes, line.bytes - prefix_bytes);
    const uint8_t *space = rest.bytes > 0 ? memchr(rest.data, ' ', rest.bytes) : NULL;
    if (space == NULL) return false;
    const size_t name_bytes = (size_t)(space - rest.data);
    ret_line->name = tg_view_of(rest.data, name_bytes);
    ret_line->base64 = tg_view_of(space + 1, rest.bytes - name_bytes - 1);
    if (!name_valid(ret_line->name) || !blob_valid(ret_line->base64, id)) return false;
    ret_line->id = tg_be32_get(id);
    return true;
}

static tg_err lines_parse(struct tg_view block, struct tg_note *note, struct tg_errmsg *em)
{
    while (block.bytes > 0) {
        const uint8_t *end = memchr(block.data, '\n', block.bytes);
        if (end == NULL) return tg_fail(em, TG_EFORMAT, "note does not end with a newline");
        const struct tg_view line = tg_view_of(block.data, (size_t)(end - block.data));
        if (note->line_count == TG_NOTE_SIGNATURES_MAX)
            return tg_fail(em, TG_ELIMIT, "note has more than %d signatures", TG_NOTE_SIGNATURES_MAX);
        if (!line_parse(line, &note->lines[note->line_count]))
            return tg_fail(em, TG_EFORMAT, "signature line %zu of the note is malformed",
                           note->line_count + 1);
        note->line_count++;
        block = tg_view_of(end + 1, block.bytes - line.bytes - 1);
    }
    if (note->line_count == 0) return tg_fail(em, TG_EFORMAT, "note has no signature");
    return TG_OK;
}

tg_err tg_note_parse(struct tg_view bytes, struct tg_note *ret_note, struct tg_errmsg *em)
{
    struct tg_note note = {.line_count = 0};
    if (bytes.bytes > TG_NOTE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "note is over %d bytes", TG_NOTE_BYTES_MAX);
    if (!characters_valid(bytes))
        return tg_fail(em, TG_EFORMAT, "note is not UTF-8 or holds control characters");
    size_t at = bytes.bytes;
    while (at >= 2 && !(bytes.data[at - 1] == '\n' && bytes.data[at - 2] == '\n')) at--;
    if (at < 2) return tg_fail(em, TG_EFORMAT, "note has no empty line before its signatures");
    note.text = tg_view_of(bytes.data, at - 1);
    const tg_err err = lines_parse(tg_view_of(bytes.data + at, bytes.bytes - at), &note, em);
    if (err != TG_OK) return err;
    *ret_note = note;
    return TG_OK;
}

/* What a cosignature signs. */
static tg_err cosigned_message(uint64_t time, struct tg_view text, struct tg_buf *out)
{
    const tg_err err = tg_buf_putf(out, "cosignature/v1\ntime %" PRIu64 "\n", time);
    return err != TG_OK ? err : tg_buf_put_view(out, text);
}

static tg_err cosignature_verify(struct tg_view text, const struct tg_note_key *key,
                                 const uint8_t blob[static BLOB_BYTES_MAX], uint64_t *ret_time)
{
    TG_AUTO(tg_buf) struct tg_buf message = {0};
    struct tg_signature signature;
    const uint64_t time = tg_be64_get(blob + ID_BYTES);
    if (time > TIME_MAX) return TG_ESIGNATURE;
    const tg_err err = cosigned_message(time, text, &message);
    if (err != TG_OK) return err;
    memcpy(signature.bytes, blob + ID_BYTES + TIME_BYTES, sizeof signature.bytes);
    *ret_time = time;
    return tg_sign_verify(&key->public_key, tg_buf_view(&message), &signature);
}

static tg_err line_verify(struct tg_view text, const struct tg_note_line *line, const struct tg_note_key *key,
                          struct tg_note_seen *seen)
{
    uint8_t blob[BLOB_BYTES_MAX];
    struct tg_signature signature;
    size_t bytes = 0;
    uint64_t time = 0;
    tg_err err;

    if (tg_base64_decode(line->base64, blob, sizeof blob, &bytes) != TG_OK) return TG_ESIGNATURE;
    if (key->type == TG_NOTE_COSIGNATURE) {
        if (bytes != BLOB_BYTES_MAX) return TG_ESIGNATURE;
        err = cosignature_verify(text, key, blob, &time);
    } else {
        if (bytes != ID_BYTES + TG_SIGNATURE_BYTES) return TG_ESIGNATURE;
        memcpy(signature.bytes, blob + ID_BYTES, sizeof signature.bytes);
        err = tg_sign_verify(&key->public_key, text, &signature);
    }
    if (err != TG_OK) return err;
    seen->signed_it = true;
    if (time > seen->time) seen->time = time;
    return TG_OK;
}

/* All lines of one key. */
static tg_err key_verify(const struct tg_note *note, const struct tg_note_key *key, struct tg_note_seen *seen)
{
    *seen = (struct tg_note_seen){0};
    for (size_t i = 0; i < note->line_count; i++) {
        const struct tg_note_line *line = &note->lines[i];
        if (line->id != key->id || !tg_view_equal_str(line->name, key->name)) continue;
        const tg_err err = line_verify(note->text, line, key, seen);
        if (err != TG_OK) return err;
    }
    return TG_OK;
}

tg_err tg_note_verify(const struct tg_note *note, const struct tg_note_key *keys, size_t key_count,
                      struct tg_note_seen *ret_seen, struct tg_errmsg *em)
{
    struct tg_note_seen seen;
    bool some = false;
    /* Twice over the keys, so that ret_seen stays untouched when a later key refuses; the first pass decides. */
    for (int pass = 0; pass < (ret_seen != NULL ? 2 : 1); pass++) {
        for (size_t i = 0; i < key_count; i++) {
            const tg_err err =
                pass == 0 ? key_verify(note, &keys[i], &seen) : key_verify(note, &keys[i], &ret_seen[i]);
            if (err != TG_OK) return tg_fail(em, err, "bad signature by '%s'", keys[i].name);
            if (pass == 0) some |= seen.signed_it;
        }
        if (!some) return tg_fail(em, TG_EKEY, "no known key signed the note");
    }
    return TG_OK;
}

tg_err tg_note_begin(struct tg_view text, struct tg_buf *out)
{
    const size_t before = out->bytes;
    if (text.bytes == 0 || text.data[text.bytes - 1] != '\n' || !characters_valid(text)) return TG_EFORMAT;
    tg_err err = tg_buf_put_view(out, text);
    if (err == TG_OK) err = tg_buf_put_str(out, "\n");
    if (err != TG_OK) out->bytes = before;
    return err;
}

static tg_err line_put(const struct tg_note_key *key, const uint8_t *blob, size_t blob_bytes,
                       struct tg_buf *out)
{
    char base64[TG_BASE64_BYTES(BLOB_BYTES_MAX)];
    tg_base64_encode(blob, blob_bytes, base64);
    return tg_buf_putf(out, "%s%s %s\n", line_prefix, key->name, base64);
}

tg_err tg_note_sign(const struct tg_note_key *key, struct tg_view text, const struct tg_signer *signer,
                    struct tg_buf *out)
{
    uint8_t blob[ID_BYTES + TG_SIGNATURE_BYTES];
    struct tg_signature signature;
    if (key->type != TG_NOTE_ED25519) return TG_EKEY;
    const tg_err err = tg_signer_sign(signer, text, &signature);
    if (err != TG_OK) return err;
    tg_be32_put(blob, key->id);
    memcpy(blob + ID_BYTES, signature.bytes, sizeof signature.bytes);
    return line_put(key, blob, sizeof blob, out);
}

tg_err tg_note_cosign(const struct tg_note_key *key, uint64_t time, struct tg_view text,
                      const struct tg_signer *signer, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf message = {0};
    uint8_t blob[BLOB_BYTES_MAX];
    struct tg_signature signature;
    if (key->type != TG_NOTE_COSIGNATURE) return TG_EKEY;
    if (time > TIME_MAX) return TG_EVALUE;
    tg_err err = cosigned_message(time, text, &message);
    if (err == TG_OK) err = tg_signer_sign(signer, tg_buf_view(&message), &signature);
    if (err != TG_OK) return err;
    tg_be32_put(blob, key->id);
    tg_be64_put(blob + ID_BYTES, time);
    memcpy(blob + ID_BYTES + TIME_BYTES, signature.bytes, sizeof signature.bytes);
    return line_put(key, blob, sizeof blob, out);
}
