/* Attestations ↔ signed notes.
 *
 * Knows no log. Format: docs/formats.md "Revocation and attestation".
 */
#include "proto/attest.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

static const char first_line[] = "tamga/attest/v1";

static tg_err text_put(const struct tg_attest *attest, struct tg_buf *out)
{
    char log[TG_KEY_NAME_BYTES], root[TG_BASE64_BYTES(TG_HASH_BYTES)];
    tg_key_name_format(&attest->origin, TG_KEY_ROLE_LOG, attest->epoch, log);
    tg_base64_encode(attest->root.bytes, TG_HASH_BYTES, root);
    return tg_buf_putf(out, "%s\nlog %s\nfrom %" PRIu64 "\nuntil %" PRIu64 "\nroot %s\ntime %" PRIu64 "\n",
                       first_line, log, attest->from, attest->until, root, attest->time);
}

tg_err tg_attest_sign(const struct tg_attest *attest, const struct tg_note_key *envelope_key,
                      const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    if (attest->from >= attest->until) return tg_fail(em, TG_EVALUE, "an attestation names no entry");
    tg_err err = text_put(attest, &text);
    if (err == TG_OK) err = tg_note_begin(tg_buf_view(&text), out);
    return err != TG_OK ? err : tg_note_sign(envelope_key, tg_buf_view(&text), signer, out);
}

/* The value behind `name` on the next line. */
static struct tg_view value_next(struct tg_rd *rd, const char *name)
{
    const struct tg_view line = tg_rd_until(rd, '\n');
    const size_t front = strlen(name);
    if (rd->err != TG_OK || !tg_view_starts_with(line, name)) return tg_view_of(NULL, 0);
    return tg_view_of(line.data + front, line.bytes - front);
}

static tg_err text_parse(struct tg_view text, struct tg_attest *ret_attest, struct tg_errmsg *em)
{
    struct tg_attest attest = {.from = 0};
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    size_t bytes = 0;
    struct tg_rd rd = tg_rd_init(text);
    if (!tg_view_equal_str(tg_rd_until(&rd, '\n'), first_line))
        return tg_fail(em, TG_EMAGIC, "this is no attestation of version 1");
    bool good = tg_log_origin_parse(value_next(&rd, "log "), &attest.origin, &attest.epoch) == TG_OK;
    good = good && tg_text_u64(value_next(&rd, "from "), INT64_MAX, &attest.from) == TG_OK;
    good = good && tg_text_u64(value_next(&rd, "until "), INT64_MAX, &attest.until) == TG_OK;
    good =
        good && tg_base64_decode(value_next(&rd, "root "), attest.root.bytes, TG_HASH_BYTES, &bytes) == TG_OK;
    good = good && tg_text_u64(value_next(&rd, "time "), INT64_MAX, &attest.time) == TG_OK;
    if (!good || bytes != TG_HASH_BYTES) return tg_fail(em, TG_EFORMAT, "attestation is malformed");
    if (attest.from >= attest.until) return tg_fail(em, TG_EVALUE, "attestation names no entry");
    const tg_err err = text_put(&attest, &again);
    if (err != TG_OK) return err;
    if (!tg_view_equal(text, tg_buf_view(&again)))
        return tg_fail(em, TG_EFORMAT, "attestation is not written in canonical form");
    *ret_attest = attest;
    return TG_OK;
}

tg_err tg_attest_peek(struct tg_view note, struct tg_attest *ret_attest, struct tg_errmsg *em)
{
    struct tg_note parsed;
    const tg_err err = tg_note_parse(note, &parsed, em);
    return err != TG_OK ? err : text_parse(parsed.text, ret_attest, em);
}

tg_err tg_attest_open(struct tg_view note, const struct tg_note_key *envelope_key,
                      struct tg_attest *ret_attest, struct tg_errmsg *em)
{
    struct tg_note parsed;
    tg_err err = tg_note_parse(note, &parsed, em);
    if (err == TG_OK) err = tg_note_verify(&parsed, envelope_key, 1, NULL, em);
    return err != TG_OK ? err : text_parse(parsed.text, ret_attest, em);
}
