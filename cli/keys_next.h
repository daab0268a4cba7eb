/* Keys of a node that are made for its next card, take their places, and are given up: names in node.key.
 *
 * Knows which name stands on which line of a card; asks nobody. Names: docs/formats-keys.md.
 */
#ifndef TG_CLI_KEYS_NEXT_H
#define TG_CLI_KEYS_NEXT_H

#include "cli/keys.h"
#include "proto/card.h"

enum tg_rotating {
    TG_ROTATING_LOG,
    TG_ROTATING_ENVELOPE,
    TG_ROTATING_CLOCK,
    TG_ROTATING_STORE,
    TG_ROTATING_SEAL,
    TG_ROTATING_CURVE,
    TG_ROTATING
};
/* "log" and so on, ended by NULL; the places are those of the enumeration. */
extern const char *const tg_rotating_names[TG_ROTATING + 1];

/* Keys made for a card that is in force by now take their places: the old one of `seal` stays as seal.1, others are given
 * up. size: entries of our log. A key that still signs stays. drafts_too: what was made for a card that was not installed
 * is given up. *ret_changed is set when the file is to be saved. */
tg_err tg_keys_settle(struct tg_keyfile *keyfile, const struct tg_card *card, uint64_t size, bool drafts_too,
                      bool *ret_changed, struct tg_errmsg *em);
/* Whether the next key of that name is named by the card and the old one still signs below some entry. */
bool tg_keys_still_signs(const struct tg_keyfile *keyfile, enum tg_rotating which, const struct tg_card *card,
                         uint64_t size, uint64_t *ret_until);
/* A fresh NAME.next, and the card's line says so. from: log and envelope keys end and begin there. */
tg_err tg_keys_rotate(struct tg_keyfile *keyfile, enum tg_rotating which, uint32_t epoch, uint64_t from,
                      const struct tg_random *random, struct tg_card *card, struct tg_errmsg *em);
/* Former seal key `number` of the file (from 1), as cards have it. */
bool tg_keys_seal_public(const struct tg_keyfile *keyfile, size_t number, struct tg_seal_public *ret_public);

#endif
