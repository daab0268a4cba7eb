/* The witness of c2sp.org/tlog-witness, asked what torchwood's own test asks it: tests/data/tlog-witness. */
#include "base/text.h"
#include "crypto/checkpoint.h"
#include "vectors.h"

struct witness {
    struct tg_note_key log_key;
    struct tg_checkpoint last;
};

/* What the body holds: the old size, the proof, the note. */
static bool request_read(struct tg_view body, uint64_t *ret_old, struct tg_merkle_proof *ret_proof,
                         struct tg_view *ret_note)
{
    struct tg_view rest = body;
    ret_proof->count = 0;
    bool first = true;
    for (;;) {
        const uint8_t *end = memchr(rest.data, '\n', rest.bytes);
        cr_assert_not_null(end);
        struct tg_view line = tg_view_of(rest.data, (size_t)(end - rest.data));
        rest = tg_view_of(end + 1, rest.bytes - line.bytes - 1);
        if (!line.bytes) break;
        size_t bytes;
        if (first && (!tg_view_starts_with(line, "old ") ||
                      tg_text_u64(tg_view_of(line.data + 4, line.bytes - 4), UINT64_MAX, ret_old)))
            return false;
        if (!first &&
            (tg_base64_decode(line, ret_proof->path[ret_proof->count].bytes, 32, &bytes) || bytes != 32))
            return false;
        if (!first) ret_proof->count++;
        first = false;
    }
    *ret_note = rest;
    return true;
}

static int add_checkpoint(struct witness *witness, struct tg_view body)
{
    uint64_t old;
    struct tg_merkle_proof proof;
    struct tg_view note;
    struct tg_checkpoint next;
    if (!request_read(body, &old, &proof, &note)) return 400;
    if (tg_checkpoint_open(note, &witness->log_key, NULL, 0, &next, NULL, NULL)) return 403;
    if (old > next.size) return 400;
    if (old != witness->last.size) return 409;
    tg_err err = tg_checkpoint_successor(&witness->last, &next, &proof, NULL);
    if (err == TG_EROOT) return 422;
    if (err) return 409;
    witness->last = next;
    return 200;
}

Test(witness_vectors, answers_as_the_specification_says)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    json_t *all = vectors_load("tlog-witness/add-checkpoint-scenario.json"), *step;
    struct witness witness = {.last = {.size = 0}};
    struct tg_sign_public key;
    cr_assert_eq(tg_hex_decode(tg_view_str(text_of(all, "log_public_key_hex")), key.bytes, 32), TG_OK);
    cr_assert_eq(tg_note_key_make(text_of(all, "log_origin"), TG_NOTE_ED25519, &key, &witness.log_key),
                 TG_OK);
    size_t i, seen = 0;
    json_array_foreach(member(all, "steps"), i, step)
    {
        int status = add_checkpoint(&witness, tg_view_str(text_of(step, "body")));
        cr_expect_eq(status, (int)number_of(step, "status"), "step %zu: %d", i, status);
        seen++;
    }
    cr_expect_eq(seen, 9);
    cr_expect_eq(witness.last.size, 5);
    json_decref(all);
}

/* What the scenario does not ask. */
Test(witness_vectors, never_back_and_never_aside)
{
    struct tg_checkpoint last = {.origin = "log", .size = 5, .root = {.bytes = {1}}}, next = last;
    struct tg_merkle_proof none = {.count = 0};
    cr_expect_eq(tg_checkpoint_successor(&last, &next, &none, NULL), TG_OK);
    next.root.bytes[0] = 2;
    cr_expect_eq(tg_checkpoint_successor(&last, &next, &none, NULL), TG_EFORK);
    next.size = 4;
    cr_expect_eq(tg_checkpoint_successor(&last, &next, &none, NULL), TG_EPOSITION);
    next.size = 6;
    cr_expect_eq(tg_checkpoint_successor(&last, &next, &none, NULL), TG_EROOT);
    strcpy(next.origin, "another");
    cr_expect_eq(tg_checkpoint_successor(&last, &next, &none, NULL), TG_EKEY);
}
