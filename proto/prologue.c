/* Prologues ↔ signed notes.
 *
 * Knows no log and no chain of cards. Format: docs/formats.md "New epoch".
 */
#include "proto/prologue.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

static tg_err reason_check(const char *reason, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (reason[0] == '\0') return tg_fail(em, TG_EVALUE, "the prologue gives no reason");
    const tg_err err = tg_text_escape(tg_view_str(reason), &safe);
    if (err != TG_OK) return err;
    if (tg_view_equal_str(tg_buf_view(&safe), reason)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "the reason holds a line break or another character that does not show");
}

tg_err tg_prologue_encode(const struct tg_prologue *prologue, struct tg_buf *out, struct tg_errmsg *em)
{
    char log[TG_KEY_NAME_BYTES], after[TG_KEY_NAME_BYTES], root[TG_BASE64_BYTES(TG_HASH_BYTES)];
    if (prologue->epoch == 0) return tg_fail(em, TG_EVALUE, "the first epoch of a log has no prologue");
    const tg_err err = reason_check(prologue->reason, em);
    if (err != TG_OK) return err;
    tg_key_name_format(&prologue->origin, TG_KEY_ROLE_LOG, prologue->epoch, log);
    tg_key_name_format(&prologue->origin, TG_KEY_ROLE_LOG, prologue->epoch - 1, after);
    tg_base64_encode(prologue->root.bytes, TG_HASH_BYTES, root);
    return tg_buf_putf(
        out, TG_PROLOGUE_MAGIC "log %s\nafter %s\nsize %" PRIu64 "\nroot %s\nreason %s\ntime %" PRIu64 "\n",
        log, after, prologue->size, root, prologue->reason, prologue->time);
}

/* The value behind `name` on the next line. */
static struct tg_view value_next(struct tg_rd *rd, const char *name)
{
    const struct tg_view line = tg_rd_until(rd, '\n');
    const size_t front = strlen(name);
    if (rd->err != TG_OK || !tg_view_starts_with(line, name)) return tg_view_of(NULL, 0);
    return tg_view_of(line.data + front, line.bytes - front);
}

static bool lines_parse(struct tg_rd *rd, struct tg_prologue *prologue)
{
    struct tg_node_id of;
    uint32_t before = 0;
    size_t bytes = 0;
    bool good = tg_log_origin_parse(value_next(rd, "log "), &prologue->origin, &prologue->epoch) == TG_OK;
    good = good && tg_log_origin_parse(value_next(rd, "after "), &of, &before) == TG_OK;
    good = good && tg_text_u64(value_next(rd, "size "), INT64_MAX, &prologue->size) == TG_OK;
    good = good &&
           tg_base64_decode(value_next(rd, "root "), prologue->root.bytes, TG_HASH_BYTES, &bytes) == TG_OK;
    if (!good || bytes != TG_HASH_BYTES) return false;
    const struct tg_view reason = value_next(rd, "reason ");
    if (reason.bytes == 0 || reason.bytes > TG_PROLOGUE_REASON_BYTES_MAX) return false;
    memcpy(prologue->reason, reason.data, reason.bytes);
    return tg_text_u64(value_next(rd, "time "), INT64_MAX, &prologue->time) == TG_OK;
}

/* What parses and would not be written like that is refused: so also an epoch 0, and one that skips. */
tg_err tg_prologue_parse_text(struct tg_view text, struct tg_prologue *ret_prologue, struct tg_errmsg *em)
{
    struct tg_prologue prologue = {.epoch = 0};
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    if (text.bytes > TG_PROLOGUE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the prologue is over %d bytes", TG_PROLOGUE_BYTES_MAX);
    if (!tg_view_starts_with(text, TG_PROLOGUE_MAGIC))
        return tg_fail(em, TG_EMAGIC, "this is no prologue of version 1");
    struct tg_rd rd = tg_rd_init(text);
    (void)tg_rd_until(&rd, '\n');
    if (!lines_parse(&rd, &prologue)) return tg_fail(em, TG_EFORMAT, "the prologue is malformed");
    const tg_err err = tg_prologue_encode(&prologue, &again, em);
    if (err != TG_OK) return err;
    if (!tg_view_equal(text, tg_buf_view(&again)))
        return tg_fail(em, TG_EFORMAT, "the prologue is not written in canonical form");
    *ret_prologue = prologue;
    return TG_OK;
}

tg_err tg_prologue_sign(const struct tg_prologue *prologue, const struct tg_note_key *root_key,
                        const struct tg_signer *root, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_prologue_encode(prologue, &text, em);
    if (err == TG_OK) err = tg_note_begin(tg_buf_view(&text), out);
    return err != TG_OK ? err : tg_note_sign(root_key, tg_buf_view(&text), root, out);
}

tg_err tg_prologue_peek(struct tg_view note, struct tg_prologue *ret_prologue, struct tg_errmsg *em)
{
    struct tg_note parsed;
    const tg_err err = tg_note_parse(note, &parsed, em);
    return err != TG_OK ? err : tg_prologue_parse_text(parsed.text, ret_prologue, em);
}

bool tg_card_begins(const struct tg_card *card, uint32_t epoch)
{
    return tg_card_log_key(card, epoch, 0) != NULL && tg_card_envelope_key_at(card, epoch, 0) != NULL;
}

uint32_t tg_card_epoch(const struct tg_card *card)
{
    return card->log_count > 0 ? card->logs[card->log_count - 1].epoch : 0;
}

tg_err tg_prologue_open(struct tg_view note, const struct tg_card *card, struct tg_prologue *ret_prologue,
                        struct tg_errmsg *em)
{
    struct tg_note parsed;
    struct tg_prologue prologue;
    tg_err err = tg_note_parse(note, &parsed, em);
    if (err == TG_OK) err = tg_prologue_parse_text(parsed.text, &prologue, em);
    if (err != TG_OK) return err;
    if (!tg_node_id_equal(&prologue.origin, &card->node))
        return tg_fail(em, TG_EKEY, "the prologue is of another node than the card");
    if (!tg_card_begins(card, prologue.epoch))
        return tg_fail(em, TG_EKEY, "the card has no keys for the beginning of epoch %" PRIu32,
                       prologue.epoch);
    err = tg_note_verify(&parsed, &card->root, 1, NULL, em);
    if (err != TG_OK) return tg_context(em, err, "the prologue is not signed by the root key");
    *ret_prologue = prologue;
    return TG_OK;
}

bool tg_prologue_equal(const struct tg_prologue *a, const struct tg_prologue *b)
{
    return tg_node_id_equal(&a->origin, &b->origin) && a->epoch == b->epoch && a->size == b->size &&
           tg_hash_equal(&a->root, &b->root) && strcmp(a->reason, b->reason) == 0 && a->time == b->time;
}

void tg_prologue_split(struct tg_view *both, struct tg_view *ret_prologue)
{
    static const char next[] = "\n" TG_PROLOGUE_MAGIC;
    const uint8_t *at = both->bytes ? memmem(both->data, both->bytes, next, sizeof next - 1) : NULL;
    *ret_prologue = tg_view_of(NULL, 0);
    if (at == NULL) return;
    const size_t front = (size_t)(at - both->data) + 1;
    *ret_prologue = tg_view_of(both->data + front, both->bytes - front);
    both->bytes = front;
}
