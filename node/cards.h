/* Cards that follow cards: ours installed, told and entered in our log; partners' taken when they are next in the chain.
 *
 * For node/ alone. Rules: docs/formats.md "Card"; what is kept: docs/formats-store.md.
 */
#ifndef TG_NODE_CARDS_H
#define TG_NODE_CARDS_H

#include "node/commit.h"
#include "node/core.h"

tg_err tg_cards_new(struct tg_node *node);
void tg_cards_free(struct tg_node *node);
/* Our own at start: the newest of `note` (card.note) and the store is in force, and its keys are chosen from the vault.
 * TG_EFORK, TG_EKEY, and what tg_card_check_successor says. */
tg_err tg_cards_load_own(struct tg_node *node, struct tg_view note, struct tg_errmsg *em);
/* Enters cards of ours that are not in our log yet, as soon as the start rules allow. */
tg_err tg_cards_step(struct tg_node *node, struct tg_errmsg *em);

/* A partner has shown a newer card of ours; taken for true when our root key, or the one that it announced, signed it. */
void tg_cards_newer_shown(struct tg_node *node, const struct tg_card *card);
/* Its serial; 0: none was shown that is newer than ours. */
uint64_t tg_cards_newer(const struct tg_node *node);
/* Our newest card: what our entries cite and which keys sign where. The same as node->card but between the installing of
 * a card with other keys and the next start. */
const struct tg_card *tg_cards_newest(const struct tg_node *node);
/* The signers of entry `index` and of the head behind it, and the public halves as the card has them. TG_EKEY tells what
 * to do. */
struct tg_cards_signers {
    const struct tg_card_key *envelope_key, *log_key; /* on loan from the card */
    struct tg_signer envelope, log;
};
tg_err tg_cards_signers(const struct tg_node *node, uint32_t epoch, uint64_t index,
                        struct tg_cards_signers *ret_signers, struct tg_errmsg *em);

/* A successor of our own card. revokes: it may close a range at a position that the log has passed. It is stored, told to
 * partners and entered; prologue (or nothing): the new epoch that the card begins; ret_restart: it names other keys, which the next start takes. TG_EKEY, TG_EPOSITION, and what
 * tg_card_check_successor says. */
tg_err tg_cards_install(struct tg_node *node, struct tg_view note, struct tg_view prologue, bool revokes,
                        bool *ret_restart, struct tg_errmsg *em);

/* A card that somebody shows, of an enrolled node. TG_EEXIST it is held, TG_EPOSITION those between are missing, TG_EFORK
 * another one of that serial is held, TG_ENOENT of nobody whom we know, and what tg_card_open and
 * tg_card_check_successor say. */
tg_err tg_cards_take(struct tg_node *node, struct tg_view note, struct tg_hash *ret_node,
                     uint64_t *ret_serial, struct tg_errmsg *em);
/* The sync engine's, and its answer. */
tg_err tg_cards_shown(struct tg_node *node, const struct tg_hash *by, struct tg_view note);
/* A card, or a prologue, of that node was refused: told, and shown with the partner until a good one is taken. */
void tg_cards_refused(struct tg_node *node, const struct tg_hash *by, const struct tg_hash *of,
                      const char *why);
/* Cards among the statements of a control entry of that origin. */
void tg_cards_learn(struct tg_node *node, const struct tg_hash *origin, const struct tg_batch *batch);
/* The peer works with that card of its own: what it used before is not admitted any more. */
tg_err tg_cards_used(struct tg_node *node, const struct tg_hash *peer, uint64_t serial);
/* Sets what the peer's links may still use, from the card before its newest one. */
void tg_cards_former_set(struct tg_node *node, struct tg_peer *peer);

uint64_t tg_cards_upto(struct tg_node *node, const struct tg_hash *id);
tg_err tg_cards_is(struct tg_node *node, const struct tg_hash *id, uint64_t serial,
                   const struct tg_hash *hash);
tg_err tg_cards_next(struct tg_node *node, const struct tg_hash *id, uint64_t *serial, struct tg_buf *out);
/* Card of that serial, checked; heap. TG_ENOENT. */
tg_err tg_cards_get(struct tg_node *node, const struct tg_hash *id, uint64_t serial,
                    struct tg_card **ret_card);

/* When our card of that serial came into force here, and where it stands in our log of which epoch (may be NULL);
 * UINT64_MAX: not yet. TG_ENOENT. */
tg_err tg_cards_since(struct tg_node *node, uint64_t serial, int64_t *ret_ms, uint32_t *ret_epoch,
                      uint64_t *ret_index);
/* In the transaction that writes a control entry of ours. */
tg_err tg_cards_entered(struct tg_node *node, struct tg_wtxn *txn, const struct tg_work *work);

#endif
