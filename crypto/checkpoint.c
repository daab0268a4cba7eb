/* Checkpoints and cosignatures.
 *
 * Knows no log beyond its origin line. [c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature].
 */
#include "crypto/checkpoint.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

tg_err tg_checkpoint_encode(const struct tg_checkpoint *checkpoint, struct tg_buf *out)
{
    char root[TG_BASE64_BYTES(TG_HASH_BYTES)];
    tg_base64_encode(checkpoint->root.bytes, sizeof checkpoint->root.bytes, root);
    return tg_buf_putf(out, "%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size, root);
}

static bool origin_valid(struct tg_view origin)
{
    return origin.bytes > 0 && origin.bytes <= TG_NOTE_KEY_NAME_BYTES_MAX &&
           memchr(origin.data, 0, origin.bytes) == NULL;
}

tg_err tg_checkpoint_parse(struct tg_view text, struct tg_checkpoint *ret_checkpoint, struct tg_errmsg *em)
{
    struct tg_checkpoint checkpoint = {0};
    struct tg_rd rd = tg_rd_init(text);
    const struct tg_view origin = tg_rd_until(&rd, '\n');
    const struct tg_view size = tg_rd_until(&rd, '\n');
    const struct tg_view root = tg_rd_until(&rd, '\n');
    size_t root_bytes = 0;

    const tg_err err = tg_rd_end(&rd);
    if (err != TG_OK) return tg_fail(em, err, "checkpoint is not three lines");
    if (!origin_valid(origin)) return tg_fail(em, TG_EFORMAT, "checkpoint's origin line is not usable");
    memcpy(checkpoint.origin, origin.data, origin.bytes);
    if (size.bytes == 0 || (size.bytes > 1 && size.data[0] == '0') ||
        tg_text_u64(size, UINT64_MAX >> 1, &checkpoint.size) != TG_OK)
        return tg_fail(em, TG_EFORMAT, "checkpoint's size is not a canonical number");
    if (tg_base64_decode(root, checkpoint.root.bytes, TG_HASH_BYTES, &root_bytes) != TG_OK ||
        root_bytes != TG_HASH_BYTES)
        return tg_fail(em, TG_EFORMAT, "checkpoint's root is not the base64 of a hash");
    *ret_checkpoint = checkpoint;
    return TG_OK;
}

tg_err tg_checkpoint_sign(const struct tg_checkpoint *checkpoint, const struct tg_note_key *log_key,
                          const struct tg_signer *signer, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const size_t before = out->bytes;
    if (strcmp(checkpoint->origin, log_key->name) != 0) return TG_EPOSITION;
    tg_err err = tg_checkpoint_encode(checkpoint, &text);
    if (err == TG_OK) err = tg_note_begin(tg_buf_view(&text), out);
    if (err == TG_OK) err = tg_note_sign(log_key, tg_buf_view(&text), signer, out);
    if (err != TG_OK) out->bytes = before;
    return err;
}

tg_err tg_checkpoint_cosign(const struct tg_checkpoint *checkpoint, const struct tg_note_key *clock_key,
                            uint64_t time, const struct tg_signer *signer, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const tg_err err = tg_checkpoint_encode(checkpoint, &text);
    return err != TG_OK ? err : tg_note_cosign(clock_key, time, tg_buf_view(&text), signer, out);
}

tg_err tg_checkpoint_open(struct tg_view note_bytes, const struct tg_note_key *log_key,
                          const struct tg_note_key *witnesses, size_t witness_count,
                          struct tg_checkpoint *ret_checkpoint, struct tg_note_seen *ret_seen,
                          struct tg_errmsg *em)
{
    struct tg_note note;
    struct tg_checkpoint checkpoint;
    tg_err err = tg_note_parse(note_bytes, &note, em);
    if (err == TG_OK) err = tg_note_verify(&note, log_key, 1, NULL, em);
    if (err == TG_OK) err = tg_checkpoint_parse(note.text, &checkpoint, em);
    if (err != TG_OK) return err;
    if (strcmp(checkpoint.origin, log_key->name) != 0)
        return tg_fail(em, TG_EPOSITION, "checkpoint of '%s' is signed by the key of '%s'", checkpoint.origin,
                       log_key->name);
    err = tg_note_verify(&note, witnesses, witness_count, ret_seen, em);
    if (err != TG_OK && err != TG_EKEY) return err;
    /* Nobody cosigned yet: no failure, and tg_note_verify left the array alone. */
    if (err == TG_EKEY && ret_seen != NULL && witness_count > 0)
        memset(ret_seen, 0, witness_count * sizeof *ret_seen);
    *ret_checkpoint = checkpoint;
    return TG_OK;
}

tg_err tg_checkpoint_cosignature_open(const struct tg_checkpoint *checkpoint, struct tg_view line,
                                      const struct tg_note_key *clock_key, uint64_t *ret_time,
                                      struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf whole = {0};
    struct tg_note note;
    struct tg_note_seen seen;
    tg_err err = tg_checkpoint_encode(checkpoint, &whole);
    if (err == TG_OK) err = tg_buf_put_str(&whole, "\n");
    if (err == TG_OK) err = tg_buf_put_view(&whole, line);
    if (err == TG_OK) err = tg_note_parse(tg_buf_view(&whole), &note, em);
    if (err != TG_OK) return err;
    if (note.line_count != 1) return tg_fail(em, TG_ETRAIL, "more than one cosignature line");
    err = tg_note_verify(&note, clock_key, 1, &seen, em);
    if (err != TG_OK) return err;
    *ret_time = seen.time;
    return TG_OK;
}

tg_err tg_checkpoint_successor(const struct tg_checkpoint *last, const struct tg_checkpoint *next,
                               const struct tg_merkle_proof *proof, struct tg_errmsg *em)
{
    if (last->size > 0 && strcmp(last->origin, next->origin) != 0)
        return tg_fail(em, TG_EKEY, "the checkpoints are of two logs");
    if (next->size < last->size)
        return tg_fail(em, TG_EPOSITION, "a checkpoint of size %" PRIu64 " was cosigned already", last->size);
    if (next->size == last->size && last->size > 0 && !tg_hash_equal(&last->root, &next->root))
        return tg_fail(em, TG_EFORK, "another checkpoint of the same size was cosigned already");
    if (last->size == 0) /* nothing that it would have to extend */
        return proof->count == 0 ? TG_OK : tg_fail(em, TG_EROOT, "a first checkpoint needs no proof");
    const tg_err err = tg_merkle_consistency_verify(last->size, &last->root, next->size, &next->root, proof);
    return err == TG_OK
               ? TG_OK
               : tg_fail(em, TG_EROOT, "the consistency proof does not lead from what was cosigned to this");
}

static bool same_key(const struct tg_note_line *a, const struct tg_note_line *b)
{
    return a->id == b->id && tg_view_equal(a->name, b->name);
}

tg_err tg_checkpoint_lines_parse(const struct tg_checkpoint *checkpoint, struct tg_view lines,
                                 struct tg_buf *storage, struct tg_note *ret_note, struct tg_errmsg *em)
{
    tg_buf_clear(storage);
    tg_err err = tg_checkpoint_encode(checkpoint, storage);
    if (err == TG_OK) err = tg_buf_put_str(storage, "\n");
    if (err == TG_OK) err = tg_buf_put_view(storage, lines);
    if (err == TG_OK) err = tg_note_parse(tg_buf_view(storage), ret_note, em);
    if (err != TG_OK) return err;
#ifndef TG_CONTROL_NO_DISTINCT
    for (size_t i = 0; i < ret_note->line_count; i++)
        for (size_t k = 0; k < i; k++)
            if (same_key(&ret_note->lines[i], &ret_note->lines[k]))
                return tg_fail(em, TG_EFORMAT, "two signature lines of one key");
#else
    (void)same_key;
#endif
    return TG_OK;
}
