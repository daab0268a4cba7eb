/* Keys made for a next card: put on the card, moved into their places, given up.
 *
 * Knows no file. Names: docs/formats-keys.md.
 */
#include "cli/keys_next.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/card_draft.h"
#include "crypto/vault.h"
#include "proto/prologue.h"

const char *const tg_rotating_names[TG_ROTATING + 1] = {
    [TG_ROTATING_LOG] = TG_VAULT_LOG,     [TG_ROTATING_ENVELOPE] = TG_VAULT_ENVELOPE,
    [TG_ROTATING_CLOCK] = TG_VAULT_CLOCK, [TG_ROTATING_STORE] = TG_VAULT_STORE,
    [TG_ROTATING_SEAL] = TG_VAULT_SEAL,   [TG_ROTATING_CURVE] = TG_VAULT_CURVE,
};

#define NAME_BYTES (TG_KEYFILE_NAME_BYTES_MAX + 1)

static void next_name(enum tg_rotating which, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%.20s.next", tg_rotating_names[which]);
}

/* 32 bytes, whatever the kind of key. False: there is none of that name. */
static bool public_of(const struct tg_keyfile *keyfile, const char *name, bool signs, uint8_t out[static 32])
{
    const struct tg_secret *secret = tg_keyfile_get(keyfile, name);
    if (!secret || tg_secret_bytes(secret) != TG_KEY_BYTES) return false;
    if (signs) {
        TG_AUTO(tg_sign_secret) struct tg_sign_secret sign;
        struct tg_sign_public public_key;
        tg_sign_secret_from_seed(tg_secret_data(secret), &sign, &public_key);
        memcpy(out, public_key.bytes, 32);
    } else {
        TG_AUTO(tg_key) struct tg_key key;
        struct tg_seal_public public_key;
        memcpy(key.bytes, tg_secret_data(secret), sizeof key.bytes);
        tg_seal_public_of(&key, &public_key);
        memcpy(out, public_key.bytes, 32);
    }
    return true;
}

static bool signs(enum tg_rotating which)
{
    return which != TG_ROTATING_SEAL && which != TG_ROTATING_CURVE;
}

/* The range of log or envelope keys that has that public half. */
static const struct tg_card_key *range_of(const struct tg_card *card, enum tg_rotating which,
                                          const uint8_t public_key[static 32])
{
    const struct tg_card_key *keys = which == TG_ROTATING_LOG ? card->logs : card->envelopes;
    const size_t count = which == TG_ROTATING_LOG ? card->log_count : card->envelope_count;
    for (size_t i = count; i-- > 0;)
        if (memcmp(keys[i].key.public_key.bytes, public_key, 32) == 0) return &keys[i];
    return NULL;
}

static bool named(const struct tg_card *card, enum tg_rotating which, const uint8_t public_key[static 32])
{
    switch (which) {
    case TG_ROTATING_LOG:
    case TG_ROTATING_ENVELOPE:
        return range_of(card, which, public_key) != NULL;
    case TG_ROTATING_CLOCK:
        return memcmp(card->clock.public_key.bytes, public_key, 32) == 0;
    case TG_ROTATING_STORE:
        return memcmp(card->store.public_key.bytes, public_key, 32) == 0;
    case TG_ROTATING_SEAL:
        return memcmp(card->seal.bytes, public_key, 32) == 0;
    case TG_ROTATING_CURVE:
        return memcmp(card->curve, public_key, 32) == 0;
    case TG_ROTATING:
        break;
    }
    return false;
}

bool tg_keys_still_signs(const struct tg_keyfile *keyfile, enum tg_rotating which, const struct tg_card *card,
                         uint64_t size, uint64_t *ret_until)
{
    char next[NAME_BYTES];
    uint8_t public_key[32];
    next_name(which, next);
    if (which != TG_ROTATING_LOG && which != TG_ROTATING_ENVELOPE) return false;
    if (!public_of(keyfile, next, true, public_key)) return false;
    const struct tg_card_key *range = range_of(card, which, public_key);
    /* In an epoch that is over no entry comes any more. */
    if (!range || range->from <= size || range->epoch < tg_card_epoch(card)) return false;
    *ret_until = range->from;
    return true;
}

/* NAME.next becomes NAME. */
static tg_err promote(struct tg_keyfile *keyfile, enum tg_rotating which, struct tg_errmsg *em)
{
    char next[NAME_BYTES];
    const char *name = tg_rotating_names[which];
    next_name(which, next);
    const struct tg_secret *fresh = tg_keyfile_get(keyfile, next);
    tg_err err;
    if (which == TG_ROTATING_SEAL) {
        err = tg_keys_push(keyfile, name, fresh, em);
    } else {
        err = tg_keyfile_remove(keyfile, name);
        if (!err) err = tg_keyfile_put(keyfile, name, tg_secret_data(fresh), tg_secret_bytes(fresh));
    }
    return err ? err : tg_keyfile_remove(keyfile, next);
}

tg_err tg_keys_settle(struct tg_keyfile *keyfile, const struct tg_card *card, uint64_t size, bool drafts_too,
                      bool *ret_changed, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (enum tg_rotating which = 0; which < TG_ROTATING && !err; which++) {
        char next[NAME_BYTES];
        uint8_t public_key[32];
        uint64_t until;
        next_name(which, next);
        if (!public_of(keyfile, next, signs(which), public_key)) continue;
        const bool in_force = named(card, which, public_key);
        if (in_force ? tg_keys_still_signs(keyfile, which, card, size, &until) : !drafts_too) continue;
        err = in_force ? promote(keyfile, which, em) : tg_keyfile_remove(keyfile, next);
        *ret_changed = true;
    }
    return err;
}

static tg_err range_put(struct tg_card *card, enum tg_rotating which, uint32_t epoch, uint64_t from,
                        const struct tg_note_key *key, struct tg_errmsg *em)
{
    struct tg_card_key *keys = which == TG_ROTATING_LOG ? card->logs : card->envelopes;
    size_t *count = which == TG_ROTATING_LOG ? &card->log_count : &card->envelope_count;
    struct tg_card_key *last = &keys[*count - 1];
    const char *name = tg_rotating_names[which];
    if (*count == TG_CARD_KEYS_MAX)
        return tg_fail(em, TG_ELIMIT, "the card lists %d '%s' keys already, the most there can be",
                       TG_CARD_KEYS_MAX, name);
    if (last->epoch == epoch && last->until == UINT64_MAX) {
        if (from <= last->from)
            return tg_fail(em, TG_EVALUE,
                           "the '%s' key in use began at entry %" PRIu64 ", and can end behind that only",
                           name, last->from);
        last->until = from;
    } else if (last->epoch == epoch && from < last->until) {
        return tg_fail(em, TG_EVALUE, "the last '%s' key ended at entry %" PRIu64 " already", name,
                       last->until);
    }
    keys[(*count)++] = (struct tg_card_key){.key = *key, .epoch = epoch, .from = from, .until = UINT64_MAX};
    return TG_OK;
}

tg_err tg_keys_rotate(struct tg_keyfile *keyfile, enum tg_rotating which, uint32_t epoch, uint64_t from,
                      const struct tg_random *random, struct tg_card *card, struct tg_errmsg *em)
{
    static const enum tg_key_role roles[TG_ROTATING] = {
        [TG_ROTATING_LOG] = TG_KEY_ROLE_LOG,
        [TG_ROTATING_ENVELOPE] = TG_KEY_ROLE_ENVELOPE,
        [TG_ROTATING_CLOCK] = TG_KEY_ROLE_CLOCK,
        [TG_ROTATING_STORE] = TG_KEY_ROLE_STORE,
    };
    char next[NAME_BYTES];
    struct tg_sign_public public_key;
    struct tg_note_key key;
    next_name(which, next);
    (void)tg_keyfile_remove(keyfile, next); /* of a draft that was never installed */
    tg_err err = tg_keyfile_generate(keyfile, next, TG_KEY_BYTES, random);
    if (err)
        return tg_fail(em, err, "cannot make a new '%s' key: %s", tg_rotating_names[which], tg_err_text(err));
    if (!public_of(keyfile, next, signs(which), public_key.bytes)) return TG_EBUG;
    if (signs(which)) {
        const uint32_t of_epoch = which == TG_ROTATING_LOG ? epoch : 0;
        err = tg_card_key_make(&card->node, roles[which], of_epoch, &public_key, &key);
        if (err) return err;
    }
    switch (which) {
    case TG_ROTATING_LOG:
    case TG_ROTATING_ENVELOPE:
        return range_put(card, which, epoch, from, &key, em);
    case TG_ROTATING_CLOCK:
        card->clock = key;
        return TG_OK;
    case TG_ROTATING_STORE:
        card->store = key;
        return TG_OK;
    case TG_ROTATING_SEAL:
        memcpy(card->seal.bytes, public_key.bytes, sizeof card->seal.bytes);
        return TG_OK;
    case TG_ROTATING_CURVE:
        memcpy(card->curve, public_key.bytes, sizeof card->curve);
        return TG_OK;
    case TG_ROTATING:
        break;
    }
    return TG_EBUG;
}

bool tg_keys_seal_public(const struct tg_keyfile *keyfile, size_t number, struct tg_seal_public *ret_public)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, TG_VAULT_SEAL ".%u", (unsigned)(number % 100));
    return public_of(keyfile, number ? name : TG_VAULT_SEAL, false, ret_public->bytes);
}
