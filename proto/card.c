/* Cards: signatures, the chain, and which key is valid where.
 *
 * Knows no trust and no line (proto/card_text.c does). Format: docs/formats.md "Card".
 */
#include "proto/card.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "proto/card_text.h"

void tg_card_text_hash(struct tg_view text, struct tg_hash *ret_hash)
{
    tg_sha256_of(text, ret_hash);
}

tg_err tg_card_open(struct tg_view note_bytes, struct tg_card *ret_card, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    struct tg_note note;
    if (card == NULL) return tg_fail(em, TG_ENOMEM, "no memory for a card");
    tg_err err = tg_note_parse(note_bytes, &note, em);
    if (err == TG_OK) err = tg_card_parse_text(note.text, card, em);
    if (err == TG_OK) err = tg_note_verify(&note, &card->root, 1, NULL, em);
    if (err != TG_OK) return err;
    *ret_card = *card;
    return TG_OK;
}

tg_err tg_card_encode(const struct tg_card *card, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    TG_AUTO_FREE struct tg_card *again = calloc(1, sizeof *again);
    if (again == NULL) return tg_fail(em, TG_ENOMEM, "no memory for a card");
    tg_err err = tg_card_put(card, &text);
    if (err == TG_OK && card->contact[0]) err = tg_card_contact_check(card->contact, em);
    if (err == TG_OK && card->contact[0]) err = tg_buf_putf(&text, "x-contact %s\n", card->contact);
    if (err == TG_OK) err = tg_card_parse_text(tg_buf_view(&text), again, em);
    return err != TG_OK ? err : tg_buf_put_view(out, tg_buf_view(&text));
}

tg_err tg_card_sign(struct tg_card *card, const struct tg_signer *root,
                    const struct tg_note_key *previous_root, const struct tg_signer *previous_signer,
                    struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const size_t before = out->bytes;
    tg_err err = tg_card_encode(card, &text, em);
    if (err != TG_OK) return err;
    err = tg_note_begin(tg_buf_view(&text), out);
    if (err == TG_OK && previous_root != NULL)
        err = tg_note_sign(previous_root, tg_buf_view(&text), previous_signer, out);
    if (err == TG_OK) err = tg_note_sign(&card->root, tg_buf_view(&text), root, out);
    if (err != TG_OK) {
        out->bytes = before;
        return tg_fail(em, err, "card could not be signed");
    }
    tg_card_text_hash(tg_buf_view(&text), &card->text_hash);
    return TG_OK;
}

/* Same root, or the one announced and the note signed by both. */
static tg_err root_check(const struct tg_card *card, const struct tg_card *next, struct tg_view next_note,
                         struct tg_errmsg *em)
{
    struct tg_note note;
    struct tg_hash hash;
    if (tg_note_key_equal(&card->root, &next->root)) return TG_OK;
    tg_sha256_of(TG_VIEW_ARRAY(next->root.public_key.bytes), &hash);
    if (!card->has_next_root || !tg_hash_equal(&hash, &card->next_root))
        return tg_fail(em, TG_EKEY, "new card has a root key that the old one did not announce");
    const tg_err err = tg_note_parse(next_note, &note, em);
    if (err != TG_OK) return err;
    return tg_note_verify(&note, &card->root, 1, NULL, em);
}

/* Every old range is there, closed at most; of envelope keys also closed earlier than it was, as it may come out late that a
 * former one was stolen. Heads are not attested again, so of log keys not. */
static tg_err ranges_stand(const struct tg_card_key *old_keys, size_t old_count,
                           const struct tg_card_key *keys, size_t count, bool earlier, struct tg_errmsg *em)
{
    for (size_t i = 0; i < old_count; i++) {
        const struct tg_card_key *old = &old_keys[i];
        bool stands = false;
        for (size_t k = 0; k < count && !stands; k++)
            stands = keys[k].epoch == old->epoch && keys[k].from == old->from &&
                     tg_note_key_equal(&keys[k].key, &old->key) &&
                     (keys[k].until == old->until || old->until == UINT64_MAX ||
                      (earlier && keys[k].until < old->until));
        if (!stands)
            return tg_fail(em, TG_EVALUE,
                           "new card removes, moves or reopens the range of key '%s' from %" PRIu64,
                           old->key.name, old->from);
    }
    return TG_OK;
}

tg_err tg_card_check_successor(const struct tg_card *card, const struct tg_card *next,
                               struct tg_view next_note, struct tg_errmsg *em)
{
    if (!tg_node_id_equal(&card->node, &next->node)) return tg_fail(em, TG_EVALUE, "card is of another node");
    if (next->serial != card->serial + 1)
        return tg_fail(em, TG_EVALUE, "card has serial %" PRIu64 ", next would be %" PRIu64, next->serial,
                       card->serial + 1);
    if (!next->has_prev || !tg_hash_equal(&next->prev, &card->text_hash))
        return tg_fail(em, TG_EHASH, "card does not follow the one that is held");
    tg_err err = root_check(card, next, next_note, em);
    if (err == TG_OK) err = ranges_stand(card->logs, card->log_count, next->logs, next->log_count, false, em);
    if (err == TG_OK)
        err = ranges_stand(card->envelopes, card->envelope_count, next->envelopes, next->envelope_count, true,
                           em);
    return err;
}

static bool range_holds(const struct tg_card_key *key, uint32_t epoch, uint64_t position)
{
    return key->epoch == epoch && position >= key->from && position < key->until;
}

const struct tg_card_key *tg_card_envelope_key(const struct tg_card *card, uint32_t key_id, uint32_t epoch,
                                               uint64_t index)
{
    for (size_t i = 0; i < card->envelope_count; i++)
        if (card->envelopes[i].key.id == key_id && range_holds(&card->envelopes[i], epoch, index))
            return &card->envelopes[i];
    return NULL;
}

const struct tg_card_key *tg_card_envelope_key_at(const struct tg_card *card, uint32_t epoch, uint64_t index)
{
    for (size_t i = 0; i < card->envelope_count; i++)
        if (range_holds(&card->envelopes[i], epoch, index)) return &card->envelopes[i];
    return NULL;
}

const struct tg_card_key *tg_card_log_key(const struct tg_card *card, uint32_t epoch, uint64_t size)
{
    const uint64_t position = size > 0 ? size - 1 : 0;
    for (size_t i = 0; i < card->log_count; i++)
        if (range_holds(&card->logs[i], epoch, position)) return &card->logs[i];
    return NULL;
}

/* Ranges are in order, so only the last can be open now. */
static const struct tg_card_key *key_now(const struct tg_card_key *keys, size_t count)
{
    return count > 0 && keys[count - 1].until == UINT64_MAX ? &keys[count - 1] : NULL;
}

const struct tg_card_key *tg_card_envelope_key_now(const struct tg_card *card)
{
    return key_now(card->envelopes, card->envelope_count);
}

const struct tg_card_key *tg_card_log_key_now(const struct tg_card *card)
{
    return key_now(card->logs, card->log_count);
}
