/* Our own cards: which is in force, how a new one is installed, told and entered in our log.
 *
 * Makes and signs none: the root key is never here. Partners' cards are in cards.c. Rules: docs/formats.md "Card".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "node/cards.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/heads.h"

#define CARD_NAME "card.note"
#define CARD_MODE 0644
#define SINCE_BYTES 20
#define SINCE_OLD_BYTES 16 /* without an epoch: of the first */
#define SINCE_NAME_BYTES 32

struct tg_cards {
    struct tg_card *next; /* installed, with keys that the next start takes; NULL */
    uint64_t entered;     /* every card up to this serial stands in our log, or came before the log did */
    bool entering;
    int64_t again_us;
    uint64_t shown; /* the greatest serial of ours that a partner has shown */
};

tg_err tg_cards_new(struct tg_node *node)
{
    node->cards = calloc(1, sizeof *node->cards);
    return node->cards ? TG_OK : TG_ENOMEM;
}

void tg_cards_free(struct tg_node *node)
{
    if (node->cards) free(node->cards->next);
    free(node->cards);
    node->cards = NULL;
}

const struct tg_card *tg_cards_newest(const struct tg_node *node)
{
    return node->cards && node->cards->next ? node->cards->next : node->card;
}

/* A card further on may be by a later root key: then only those between can tell. */
void tg_cards_newer_shown(struct tg_node *node, const struct tg_card *card)
{
    const struct tg_card *newest = tg_cards_newest(node);
    struct tg_hash root;
    tg_sha256_of(TG_VIEW_ARRAY(card->root.public_key.bytes), &root);
    const bool ours = tg_note_key_equal(&card->root, &newest->root) ||
                      (newest->has_next_root && tg_hash_equal(&root, &newest->next_root));
    if (ours && card->serial > node->cards->shown) node->cards->shown = card->serial;
}

uint64_t tg_cards_newer(const struct tg_node *node)
{
    return node->cards->shown > tg_cards_newest(node)->serial ? node->cards->shown : 0;
}

/* ---- since when, and where in our log ---- */

static void since_name(uint64_t serial, char out[static SINCE_NAME_BYTES])
{
    (void)snprintf(out, SINCE_NAME_BYTES, "card/%" PRIu64, serial);
}

static tg_err since_put(struct tg_wtxn *txn, uint64_t serial, int64_t ms, uint32_t epoch, uint64_t index)
{
    char name[SINCE_NAME_BYTES];
    uint8_t value[SINCE_BYTES];
    since_name(serial, name);
    tg_be64_put(value, (uint64_t)ms);
    tg_be64_put(value + 8, index);
    tg_be32_put(value + 16, epoch);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), TG_VIEW_ARRAY(value));
}

static tg_err since_get(const struct tg_rtxn *txn, uint64_t serial, int64_t *ret_ms, uint32_t *ret_epoch,
                        uint64_t *ret_index)
{
    char name[SINCE_NAME_BYTES];
    struct tg_view value;
    since_name(serial, name);
    tg_err err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(name), &value);
    if (err) return err;
    if (value.bytes != SINCE_BYTES && value.bytes != SINCE_OLD_BYTES) return TG_EDAMAGED;
    *ret_ms = (int64_t)tg_be64_get(value.data);
    *ret_index = tg_be64_get(value.data + 8);
    if (ret_epoch) *ret_epoch = value.bytes == SINCE_BYTES ? tg_be32_get(value.data + 16) : 0;
    return TG_OK;
}

tg_err tg_cards_since(struct tg_node *node, uint64_t serial, int64_t *ret_ms, uint32_t *ret_epoch,
                      uint64_t *ret_index)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    return err ? err : since_get(txn, serial, ret_ms, ret_epoch, ret_index);
}

/* ---- at start ---- */

struct keeping {
    const struct tg_card *card;
    struct tg_view note;
    int64_t now_ms;
    const struct tg_prologue *prologue; /* that comes with it; NULL */
    struct tg_view prologue_note;
};

static tg_err keep_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct keeping *keeping = ctx;
    const struct tg_card *card = keeping->card;
    int64_t ms;
    uint64_t index;
    tg_err err = tg_store_card_put(txn, card->node.bytes, card->serial, card->text_hash.bytes, keeping->note);
    if (err) return err;
    err = since_get(tg_wtxn_read(txn), card->serial, &ms, NULL, &index);
    if (err == TG_ENOENT) err = since_put(txn, card->serial, keeping->now_ms, 0, UINT64_MAX);
    return err || !keeping->prologue ? err : tg_epochs_put(txn, keeping->prologue, keeping->prologue_note);
}

static tg_err keep(struct tg_node *node, const struct tg_card *card, struct tg_view note,
                   const struct tg_prologue *prologue, struct tg_view prologue_note, struct tg_errmsg *em)
{
    struct keeping keeping = {card, note, tg_clock_wall_ms(node->clock), prologue, prologue_note};
    return tg_store_write_spare(node->store, keep_txn, &keeping, em);
}

/* Newest of ours that the store holds; TG_ENOENT. */
static tg_err stored_get(struct tg_node *node, struct tg_card **ret_card, struct tg_buf *note)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    uint64_t serial;
    struct tg_view view;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_card_latest(txn, node->id.bytes, &serial, &view);
    if (!err) err = tg_buf_put_view(note, view);
    struct tg_card *card = err ? NULL : malloc(sizeof *card);
    if (!err) err = card ? tg_card_open(tg_buf_view(note), card, NULL) : TG_ENOMEM;
    if (err)
        free(card);
    else
        *ret_card = card;
    return err;
}

/* Which of the two is in force: the store has the newest, or the file is the next one. */
static tg_err file_follows(const struct tg_card *file, struct tg_view note, const struct tg_card *stored,
                           bool *ret_file, struct tg_errmsg *em)
{
    *ret_file = false;
    if (file->serial < stored->serial) return TG_OK;
    if (file->serial == stored->serial)
        return tg_hash_equal(&file->text_hash, &stored->text_hash)
                   ? TG_OK
                   : tg_fail(em, TG_EFORK,
                             "card.note is another card of serial %" PRIu64
                             " than the one that was in force: put that one back",
                             file->serial);
    *ret_file = true;
    tg_err err = tg_card_check_successor(stored, file, note, em);
    return err ? tg_context(em, err, "card.note cannot follow the card that was in force") : TG_OK;
}

static void named_keys(const struct tg_card *card, struct tg_vault_public *ret_named)
{
    const struct tg_card_key *log = tg_card_log_key_now(card), *envelope = tg_card_envelope_key_now(card);
    *ret_named = (struct tg_vault_public){
        .clock = card->clock.public_key, .store = card->store.public_key, .seal = card->seal};
    if (log) ret_named->log = log->key.public_key;
    if (envelope) ret_named->envelope = envelope->key.public_key;
    memcpy(ret_named->curve.bytes, card->curve, sizeof card->curve);
}

/* Takes the card when it succeeds. */
static tg_err card_use(struct tg_node *node, struct tg_card **card, struct tg_view note, struct tg_errmsg *em)
{
    struct tg_vault_public named;
    named_keys(*card, &named);
    tg_err err = tg_vault_choose(node->vault, &named, em);
    if (err)
        return tg_context(
            em, err, "our card and our key file do not belong together; use the card that names these keys");
    tg_vault_public_of(node->vault, &node->public_keys);
    tg_buf_clear(&node->card_note);
    err = tg_buf_put_view(&node->card_note, note);
    if (err) return err;
    free(node->card);
    node->card = *card;
    *card = NULL;
    return TG_OK;
}

tg_err tg_cards_load_own(struct tg_node *node, struct tg_view note, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *file = malloc(sizeof *file);
    TG_AUTO_FREE struct tg_card *stored = NULL;
    TG_AUTO(tg_buf) struct tg_buf stored_note = {0};
    bool use_file = true;
    tg_err err = file ? tg_card_open(note, file, em) : TG_ENOMEM;
    if (err) return tg_context(em, err, "cannot use our own card");
    tg_err held = stored_get(node, &stored, &stored_note);
    if (held && held != TG_ENOENT) return tg_fail(em, held, "cannot read our own cards from the store");
    if (!held) err = file_follows(file, note, stored, &use_file, em);
    if (!err && use_file) err = keep(node, file, note, NULL, tg_view_of(NULL, 0), em);
    /* A store of before cards were kept: what it came with is in no log, and went from hand to hand. */
    if (!err && held) node->cards->entered = file->serial;
    if (err) return err;
    if (use_file) return card_use(node, &file, note, em);
    return card_use(node, &stored, tg_buf_view(&stored_note), em);
}

/* ---- which keys sign where ---- */

tg_err tg_cards_signers(const struct tg_node *node, uint32_t epoch, uint64_t index,
                        struct tg_cards_signers *ret_signers, struct tg_errmsg *em)
{
    static const char restart[] =
        "the keys of our newest card are not those that this node was started with: "
        "start it anew";
    const struct tg_card *card = tg_cards_newest(node);
    ret_signers->envelope_key = tg_card_envelope_key_at(card, epoch, index);
    ret_signers->log_key = tg_card_log_key(card, epoch, index + 1);
    if (!ret_signers->envelope_key)
        return tg_fail(em, TG_EKEY, "our card lists no envelope key for entry %" PRIu64 "; issue a new card",
                       index);
    if (!ret_signers->log_key)
        return tg_fail(em, TG_EKEY, "our card lists no log key for entry %" PRIu64 "; issue a new card",
                       index);
    tg_err err = tg_vault_signer_of(node->vault, TG_VAULT_KEY_ENVELOPE,
                                    &ret_signers->envelope_key->key.public_key, &ret_signers->envelope);
    if (!err)
        err = tg_vault_signer_of(node->vault, TG_VAULT_KEY_LOG, &ret_signers->log_key->key.public_key,
                                 &ret_signers->log);
    return err ? tg_fail(em, err, "%s", restart) : TG_OK;
}

/* ---- installing ---- */

/* Where a range of the old card is closed must not lie behind us, or what stands there loses its key. */
static tg_err closings_check(const struct tg_card_key *old, size_t old_count, const struct tg_card_key *keys,
                             size_t count, const struct tg_held_log *own, struct tg_errmsg *em)
{
    for (size_t i = 0; i < old_count; i++)
        for (size_t k = 0; k < count; k++) {
            bool closed = keys[k].epoch == old[i].epoch && keys[k].from == old[i].from &&
                          keys[k].until != old[i].until && keys[k].epoch == own->id.epoch;
            if (!closed || keys[k].until >= own->size) continue;
            return tg_fail(em, TG_EPOSITION,
                           "the card ends key %08x at entry %" PRIu64 ", and our log has %" PRIu64
                           ": what it signed from there would lose its key. Draft anew, or give "
                           "--revoke when that is meant",
                           keys[k].key.id, keys[k].until, own->size);
        }
    return TG_OK;
}

static tg_err install_check(struct tg_node *node, const struct tg_card *card, struct tg_view note,
                            bool revokes, bool begins, struct tg_errmsg *em)
{
    const struct tg_card *newest = tg_cards_newest(node);
    /* Once more, with the prologue that came with it: this store lost that. */
    if (begins && tg_hash_equal(&card->text_hash, &newest->text_hash)) return TG_OK;
    const struct tg_held_log *own = tg_held_own(node);
    tg_err err = tg_card_check_successor(newest, card, note, em);
    if (err || revokes) return err;
    err = closings_check(newest->logs, newest->log_count, card->logs, card->log_count, own, em);
    if (!err)
        err = closings_check(newest->envelopes, newest->envelope_count, card->envelopes, card->envelope_count,
                             own, em);
    return err;
}

static bool keys_same(const struct tg_card *a, const struct tg_card *b)
{
    struct tg_vault_public of_a, of_b;
    named_keys(a, &of_a);
    named_keys(b, &of_b);
    return memcmp(&of_a, &of_b, sizeof of_a) == 0;
}

static tg_err tell(struct tg_node *node, const struct tg_card *card)
{
    struct tg_sync_event event = tg_engine_event_now(node, TG_SYNC_CARD_TAKEN);
    event.peer = event.log.origin = node->id;
    event.index = card->serial;
    return tg_engine_event(node, &event);
}

tg_err tg_cards_install(struct tg_node *node, struct tg_view note, struct tg_view prologue_note, bool revokes,
                        bool *ret_restart, struct tg_errmsg *em)
{
    struct tg_prologue prologue;
    const bool begins = prologue_note.bytes != 0;
    TG_AUTO_FREE struct tg_card *card = malloc(sizeof *card);
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = card ? tg_card_open(note, card, em) : TG_ENOMEM;
    if (!err) err = install_check(node, card, note, revokes, begins, em);
    if (!err) err = tg_epochs_check_own(node, card, prologue_note, &prologue, em);
    if (!err) err = tg_path_join(node->data, CARD_NAME, path, sizeof path, em);
    if (!err) err = keep(node, card, note, begins ? &prologue : NULL, prologue_note, em);
    if (!err) err = tg_file_write(path, note, CARD_MODE, em);
    if (err) return err;
    const struct tg_card *told = card;
    *ret_restart = !keys_same(node->card, card);
    if (*ret_restart) {
        free(node->cards->next);
        node->cards->next = tg_steal_ptr(&card);
    } else {
        free(node->cards->next);
        node->cards->next = NULL;
        err = card_use(node, &card, note, em);
    }
    tg_event(node->events, TG_EV_CARD_INSTALLED, TG_F_NUM("serial", told->serial));
    if (!err) err = tell(node, told);
    return err || !begins ? err : tg_epochs_begin(node, &prologue, prologue_note, em);
}

/* ---- into our log ---- */

static void entered(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em, uint64_t index,
                    const struct tg_hash *ids)
{
    (void)job, (void)em, (void)index, (void)ids;
    struct tg_node *node = ctx;
    node->cards->entering = false;
    if (err) node->cards->again_us = tg_clock_mono_us(node->clock) + TG_CARDS_ENTER_AGAIN_US;
}

static tg_err enter(struct tg_node *node, uint64_t serial)
{
    struct tg_publish *job = calloc(1, sizeof *job);
    struct tg_buf *record = job ? calloc(1, sizeof *record) : NULL;
    if (!record) {
        free(job);
        return TG_ENOMEM;
    }
    *job = (struct tg_publish){
        .records = record, .record_count = 1, .control = true, .done = entered, .ctx = node};
    uint64_t before = serial - 1;
    tg_err err = tg_cards_next(node, &node->id, &before, record);
    if (err) {
        tg_publish_free(job);
        return err;
    }
    node->cards->entering = true;
    err = tg_commit_enqueue(node, job, NULL);
    if (err) entered(node, NULL, err, NULL, 0, NULL);
    return err == TG_ENOMEM ? err : TG_OK;
}

tg_err tg_cards_step(struct tg_node *node, struct tg_errmsg *em)
{
    (void)em;
    struct tg_cards *cards = node->cards;
    const uint64_t newest = tg_cards_newest(node)->serial;
    if (cards->entered >= newest || cards->entering || node->start != TG_START_READY) return TG_OK;
    if (node->own_epoch && !tg_held_own(node)->size)
        return TG_OK; /* the prologue comes first, and brings it */
    if (tg_clock_mono_us(node->clock) < cards->again_us) return TG_OK;
    int64_t ms;
    uint64_t index;
    const uint64_t serial = cards->entered + 1;
    tg_err err = tg_cards_since(node, serial, &ms, NULL, &index);
    if (serial > 1 && !err && index == UINT64_MAX) return enter(node, serial);
    cards->entered = serial; /* it stands there, or came before cards were entered */
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_cards_entered(struct tg_node *node, struct tg_wtxn *txn, const struct tg_work *work)
{
    (void)node;
    tg_err err = TG_OK;
    for (size_t i = 0; i < work->job->record_count && !err; i++) {
        TG_AUTO_FREE struct tg_card *card = malloc(sizeof *card);
        int64_t ms;
        uint64_t index;
        if (!card) return TG_ENOMEM;
        if (tg_card_open(tg_buf_view(&work->job->records[i]), card, NULL)) continue;
        err = since_get(tg_wtxn_read(txn), card->serial, &ms, NULL, &index);
        if (!err) err = since_put(txn, card->serial, ms, work->log_id.epoch, work->index);
    }
    return err;
}
