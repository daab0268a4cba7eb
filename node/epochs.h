/* Epochs: which logs were begun by a prologue, where those before them end, and how our own log goes on as a new one.
 *
 * For node/ alone. Rules: docs/formats.md "New epoch"; what is kept: docs/formats-store.md.
 */
#ifndef TG_NODE_EPOCHS_H
#define TG_NODE_EPOCHS_H

#include "crypto/checkpoint.h"
#include "node/commit.h"
#include "proto/prologue.h"

struct tg_held_prologue {
    struct tg_prologue said;
    struct tg_buf note;
};
struct tg_epochs {
    struct tg_held_prologue *items[TG_EPOCHS_MAX];
    size_t count;
    bool entering; /* our own, into our log */
    int64_t again_us;
};

tg_err tg_epochs_new(struct tg_node *node);
void tg_epochs_free(struct tg_node *node);
/* Before the logs are read: says which of our own is the one that goes on. */
tg_err tg_epochs_load(struct tg_node *node, struct tg_errmsg *em);

const struct tg_held_prologue *tg_epochs_find(struct tg_node *node, const struct tg_hash *origin,
                                              uint32_t epoch);
/* In memory; copied. TG_ELIMIT. */
tg_err tg_epochs_add(struct tg_node *node, const struct tg_prologue *prologue, struct tg_view note);
/* The prologue that began that log, and the one that ended it; NULL. */
const struct tg_prologue *tg_epochs_begun(struct tg_node *node, const struct tg_log_id *id);
const struct tg_prologue *tg_epochs_end(struct tg_node *node, const struct tg_log_id *id);

/* May that head of that log be believed? TG_EEPOCH: no prologue began it, or it goes beyond what the next one's prologue
 * says, or is another log of that size. */
tg_err tg_epochs_head_check(struct tg_node *node, const struct tg_log_id *id,
                            const struct tg_checkpoint *checkpoint, struct tg_errmsg *em);
/* May that envelope be taken? entry 0 of an epoch holds its prologue. batch: of a control entry, else NULL. TG_EEPOCH. */
tg_err tg_epochs_entry_check(struct tg_node *node, const struct tg_log_id *id, uint64_t index,
                             const struct tg_batch *batch, struct tg_errmsg *em);

/* A prologue that somebody shows. TG_EEXIST it is held, TG_EPOSITION a card before it is missing, TG_EEPOCH it skips an
 * epoch, TG_EFORK
 * another one of that epoch is held, or what is held of the log before it is not what it says; TG_ENOENT of nobody whom we
 * know; TG_ELIMIT, and what tg_prologue_open says. */
tg_err tg_epochs_take(struct tg_node *node, struct tg_view note, struct tg_log_id *ret_log,
                      struct tg_errmsg *em);
/* The sync engine's, and its answer. */
tg_err tg_epochs_shown(struct tg_node *node, const struct tg_hash *by, struct tg_view note);
/* Prologues that came by hand with the card of that peer, one behind the other: each is judged as tg_epochs_take does, and
 * those that are held, or lack a card before, are passed over. */
tg_err tg_epochs_handed(struct tg_node *node, const struct tg_hash *of, struct tg_view notes,
                        struct tg_errmsg *em);
/* Prologues among the statements of a control entry of that origin. */
void tg_epochs_learn(struct tg_node *node, const struct tg_hash *origin, const struct tg_batch *batch);
/* The held prologue of the lowest epoch above *epoch, which becomes its epoch; TG_ENOENT. */
tg_err tg_epochs_next(struct tg_node *node, const struct tg_hash *origin, uint32_t *epoch,
                      struct tg_buf *out);

/* ---- our own ---- */

/* A prologue that is to be installed with that card: the next epoch, of what we hold of the one before. TG_EPOSITION,
 * TG_EROOT, and what tg_prologue_open says. note empty: the card may list keys of no epoch that was not begun. */
tg_err tg_epochs_check_own(struct tg_node *node, const struct tg_card *card, struct tg_view note,
                           struct tg_prologue *ret_prologue, struct tg_errmsg *em);
/* In the transaction that keeps the card. */
tg_err tg_epochs_put(struct tg_wtxn *txn, const struct tg_prologue *prologue, struct tg_view note);
/* Once that is durable: our log is the new one from now on. */
tg_err tg_epochs_begin(struct tg_node *node, const struct tg_prologue *prologue, struct tg_view note,
                       struct tg_errmsg *em);
/* Enters the prologue as the first entry of our log, as soon as the start rules allow. */
tg_err tg_epochs_step(struct tg_node *node, struct tg_errmsg *em);
/* Heads of our former epochs, which nobody else may have kept; those that cannot be signed any more are left out. */
void tg_epochs_sign_former(struct tg_node *node);

#endif
