/* Verbs `card.install` and `keys`: the next card of the node, and what each of its keys is for now.
 *
 * Sees public halves only. Contract: docs/control.md.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/cards.h"
#include "node/service_internal.h"

#define DAY_MS INT64_C(86400000)
#define KEY_TEXT_BYTES 16
#define NEEDED_BYTES 128

tg_err tg_verb_card_install(struct tg_call *call, struct tg_errmsg *em)
{
    const char *card = tg_control_text(call->msg, "card", "");
    const char *prologue = tg_control_text(call->msg, "prologue", "");
    bool revokes = tg_control_number(call->msg, "revoke", 0) != 0, restart = false;
    if (!card[0]) return tg_fail(em, TG_EUSAGE, "no card was given");
    tg_err err = tg_call_access(call, 0, NULL, em);
    if (!err)
        err = tg_cards_install(call->node, tg_view_str(card), tg_view_str(prologue), revokes, &restart, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "serial", (int64_t)tg_cards_newest(call->node)->serial);
    tg_control_put_number(&done, "restart", restart);
    if (prologue[0]) tg_control_put_number(&done, "epoch", call->node->own_epoch);
    const char *waits = tg_node_append_refused(call->node);
    if (prologue[0] && waits) tg_control_put_text(&done, "waits", waits);
    return tg_control_end(&done);
}

/* ---- keys ---- */

struct key_row {
    const char *name, *state;
    char id[KEY_TEXT_BYTES];
    uint64_t serial; /* of the card that named it first, as far as that is kept; 0 */
    uint64_t from, until;
    bool ranged;
    char needed[NEEDED_BYTES]; /* a former one: who may still have sealed to it */
};

static tg_err key_row_put(struct tg_call *call, const struct key_row *key)
{
    struct tg_control_out row;
    int64_t since_ms = 0;
    uint64_t index;
    char range[48] = "";
    if (key->serial && tg_cards_since(call->node, key->serial, &since_ms, NULL, &index)) since_ms = 0;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "key");
    tg_control_put_text(&row, "name", key->name);
    tg_control_put_text(&row, "id", key->id);
    tg_control_put_text(&row, "state", key->state);
    if (key->serial) tg_control_put_number(&row, "serial", (int64_t)key->serial);
    if (since_ms) tg_control_put_number(&row, "since_ms", since_ms);
    if (key->ranged && key->until == UINT64_MAX)
        (void)snprintf(range, sizeof range, "%" PRIu64 "-", key->from);
    else if (key->ranged)
        (void)snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, key->from, key->until - 1);
    tg_control_put_text(&row, "range", range);
    tg_control_put_text(&row, "needed_by", key->needed);
    return tg_control_end(&row);
}

static void id_of_bytes(const void *key, char out[static KEY_TEXT_BYTES])
{
    struct tg_hash hash;
    tg_sha256_of(tg_view_of(key, 32), &hash);
    tg_hex_encode(hash.bytes, 4, out);
}

static const void *single_of(const struct tg_card *card, size_t which)
{
    const void *const keys[] = {card->clock.public_key.bytes, card->store.public_key.bytes, card->seal.bytes,
                                card->curve};
    return keys[which];
}

/* The lowest serial from which on every card up to this one has that key. */
static uint64_t first_serial(struct tg_node *node, const struct tg_card *card, size_t which)
{
    uint64_t serial = card->serial;
    while (serial > 1) {
        TG_AUTO_FREE struct tg_card *before = NULL;
        if (tg_cards_get(node, &node->id, serial - 1, &before)) return serial;
        if (memcmp(single_of(before, which), single_of(card, which), 32) != 0) return serial;
        serial--;
    }
    return serial;
}

static tg_err single_rows(struct tg_call *call, const struct tg_card *newest)
{
    static const char *const names[] = {"clock", "store", "seal", "curve"};
    tg_err err = TG_OK;
    for (size_t i = 0; i < 4 && !err; i++) {
        const bool waits = memcmp(single_of(newest, i), single_of(call->node->card, i), 32) != 0;
        struct key_row key = {.name = names[i], .state = "in use"};
        key.serial = first_serial(call->node, call->node->card, i);
        id_of_bytes(single_of(call->node->card, i), key.id);
        err = key_row_put(call, &key);
        if (err || !waits) continue;
        key = (struct key_row){.name = names[i], .state = "next start", .serial = newest->serial};
        id_of_bytes(single_of(newest, i), key.id);
        err = key_row_put(call, &key);
    }
    return err;
}

static tg_err ranged_rows(struct tg_call *call, const struct tg_card *newest, bool logs)
{
    const struct tg_card_key *keys = logs ? newest->logs : newest->envelopes;
    const size_t count = logs ? newest->log_count : newest->envelope_count;
    const struct tg_held_log *own = tg_held_own(call->node);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const bool other = keys[i].epoch != own->id.epoch; /* a newer one: its prologue is not here yet */
        const bool ended = keys[i].epoch < own->id.epoch || (!other && keys[i].until <= own->size);
        struct key_row key = {.name = logs ? "log" : "envelope",
                              .state = ended                               ? "ended"
                                       : other || keys[i].from > own->size ? "waits"
                                                                           : "in use",
                              .ranged = true,
                              .from = keys[i].from,
                              .until = keys[i].until};
        (void)snprintf(key.id, sizeof key.id, "%08x", keys[i].key.id);
        err = key_row_put(call, &key);
    }
    return err;
}

/* Has it said that it holds that entry of ours? */
static bool has_entry(struct tg_node *node, const struct tg_peer *peer, uint32_t epoch, uint64_t index)
{
    const struct tg_held_receipt *held = tg_receipts_of_epoch(node, &peer->id, epoch);
    return held && index != UINT64_MAX &&
           tg_ranges_contain(held->receipt.have, held->receipt.have_count, index);
}

/* Whether that partner has our card, and we have everything that it sealed before it had. */
static bool still_seals(struct tg_call *call, const struct tg_peer *peer, uint64_t serial)
{
    struct tg_node *node = call->node;
    struct tg_sync_peer_view view;
    int64_t since_ms;
    uint64_t entered;
    uint32_t epoch;
    if (tg_cards_since(node, serial, &since_ms, &epoch, &entered)) return true;
    if (tg_clock_wall_ms(node->clock) - since_ms < TG_SEAL_KEEP_MS) return true;
    if (!has_entry(node, peer, epoch, entered)) return true;
    if (!tg_sync_peer(node->sync, &peer->id, &view) || !view.greeted || view.leaves_behind) return true;
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *log = node->logs[i];
        uint64_t missing = 0, early = 0;
        if (!tg_hash_equal(&log->id.origin, &peer->id) || !log->numbered) continue;
        if (log->env_upto < log->size) return true;
        if (tg_log_gaps(call, log, &missing, &early, NULL) || missing) return true;
    }
    return false;
}

/* "KG, UZ". */
static void needed_by(struct tg_call *call, uint64_t serial, char out[static NEEDED_BYTES])
{
    struct tg_node *node = call->node;
    size_t at = 0;
    for (size_t i = 0; i < node->peer_count && at < NEEDED_BYTES; i++)
        if (still_seals(call, node->peers[i], serial))
            at += (size_t)snprintf(out + at, NEEDED_BYTES - at, "%s%s", at ? ", " : "",
                                   node->peers[i]->card->country);
}

/* Serial of the newest of our cards that has that seal key; 0: none has it. */
static uint64_t last_serial(struct tg_node *node, const struct tg_seal_public *seal)
{
    for (uint64_t serial = tg_cards_newest(node)->serial; serial > 0; serial--) {
        TG_AUTO_FREE struct tg_card *card = NULL;
        if (tg_cards_get(node, &node->id, serial, &card)) continue;
        if (memcmp(&card->seal, seal, sizeof *seal) == 0) return serial;
    }
    return 0;
}

/* Seal keys of former cards; of what was only drafted nobody knows yet. */
static tg_err former_rows(struct tg_call *call, const struct tg_card *newest)
{
    struct tg_seal_public seals[TG_VAULT_SEALS_MAX];
    const size_t count = tg_vault_seals(call->node->vault, seals);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const bool current = memcmp(&seals[i], &newest->seal, sizeof seals[i]) == 0 ||
                             memcmp(&seals[i], &call->node->card->seal, sizeof seals[i]) == 0;
        const uint64_t last = current ? 0 : last_serial(call->node, &seals[i]);
        if (current) continue;
        struct key_row key = {.name = "seal", .state = last ? "former" : "draft", .serial = last};
        id_of_bytes(seals[i].bytes, key.id);
        if (last) needed_by(call, last + 1, key.needed);
        err = key_row_put(call, &key);
    }
    return err;
}

static tg_err partner_rows(struct tg_call *call, const struct tg_card *newest)
{
    struct tg_node *node = call->node;
    int64_t since_ms;
    uint32_t epoch = 0;
    uint64_t index = UINT64_MAX;
    tg_err err = TG_OK;
    if (newest->serial == 1) return TG_OK; /* it went from hand to hand */
    (void)tg_cards_since(node, newest->serial, &since_ms, &epoch, &index);
    for (size_t i = 0; i < node->peer_count && !err; i++) {
        const bool has = has_entry(node, node->peers[i], epoch, index);
        struct tg_control_out row;
        tg_control_answer(&row, call->out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "partner");
        tg_put_node(&row, "node", &node->peers[i]->id);
        tg_control_put_text(&row, "country", node->peers[i]->card->country);
        tg_control_put_number(&row, "has", has);
        err = tg_control_end(&row);
    }
    return err;
}

int64_t tg_seal_key_days(struct tg_node *node)
{
    int64_t since_ms;
    uint64_t index;
    const struct tg_card *newest = tg_cards_newest(node);
    if (tg_cards_since(node, first_serial(node, newest, 2), &since_ms, NULL, &index)) return -1;
    return (tg_clock_wall_ms(node->clock) - since_ms) / DAY_MS;
}

tg_err tg_verb_keys(struct tg_call *call, struct tg_errmsg *em)
{
    (void)em;
    const struct tg_card *newest = tg_cards_newest(call->node);
    tg_err err = ranged_rows(call, newest, true);
    if (!err) err = ranged_rows(call, newest, false);
    if (!err) err = single_rows(call, newest);
    if (!err) err = former_rows(call, newest);
    if (!err) err = partner_rows(call, newest);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "serial", (int64_t)newest->serial);
    tg_control_put_number(&done, "restart", newest != call->node->card);
    tg_control_put_number(&done, "seal_days", tg_seal_key_days(call->node));
    return tg_control_end(&done);
}
