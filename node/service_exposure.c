/* Verbs `exposure` and `attest`: what hangs on one key of ours, and saying that it is ours all the same.
 *
 * Walks logs in pages; opens nothing. Contract: docs/control.md.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "node/attests.h"
#include "node/cards.h"
#include "node/service_internal.h"
#include "proto/statement.h"

#define DAY_MS INT64_C(86400000)

enum exposed { EXPOSED_ENVELOPE, EXPOSED_LOG, EXPOSED_SEAL, EXPOSED_WRAP };

/* What is looked for: entries signed by a key of ours, or sealed to us within a time. */
struct looking {
    enum exposed exposed;
    uint32_t key_id;          /* ENVELOPE */
    uint64_t from, until;     /* LOG, ENVELOPE: positions of our log */
    struct tg_seal_public seal; /* SEAL, and whether it is held: then each stanza is tried */
    bool held;
    int64_t begin_ms, end_ms; /* SEAL: where the key that opens a stanza is not held any more */
    const char *how;
};

static bool id_is(const char *text, const void *key)
{
    struct tg_hash hash;
    char id[TG_HEX_BYTES(4)];
    tg_sha256_of(tg_view_of(key, 32), &hash);
    tg_hex_encode(hash.bytes, 4, id);
    return strcmp(id, text) == 0;
}

/* "envelope" means the one that signs now, a key id any that a card of ours lists. */
static bool ranged_find(struct tg_node *node, const char *text, bool logs, struct looking *ret_looking)
{
    const struct tg_card *card = tg_cards_newest(node);
    const struct tg_card_key *keys = logs ? card->logs : card->envelopes;
    const size_t count = logs ? card->log_count : card->envelope_count;
    const struct tg_held_log *own = tg_held_own(node);
    for (size_t i = count; i-- > 0;) {
        char id[16];
        (void)snprintf(id, sizeof id, "%08x", keys[i].key.id);
        const bool now = keys[i].from <= own->size && strcmp(text, logs ? "log" : "envelope") == 0;
        if (!now && strcmp(id, text) != 0) continue;
        *ret_looking = (struct looking){.exposed = logs ? EXPOSED_LOG : EXPOSED_ENVELOPE,
                                        .key_id = keys[i].key.id,
                                        .from = keys[i].from,
                                        .until = logs ? keys[i].until : UINT64_MAX,
                                        .how = "signed"};
        return true;
    }
    return false;
}

/* From a day before the first card with that key came into force, as clocks differ, until a week after the first one
 * without it did: what was under way may still have been sealed to it. */
static bool seal_find(struct tg_node *node, const char *text, struct looking *ret_looking)
{
    struct looking looking = {.exposed = EXPOSED_SEAL, .end_ms = INT64_MAX, .how = "sealed"};
    const struct tg_card *newest = tg_cards_newest(node);
    uint64_t first = 0, last = 0, index;
    int64_t ms;
    for (uint64_t serial = 1; serial <= newest->serial; serial++) {
        TG_AUTO_FREE struct tg_card *card = NULL;
        if (tg_cards_get(node, &node->id, serial, &card)) continue;
        const bool is = strcmp(text, "seal") == 0 ? memcmp(&card->seal, &newest->seal, sizeof card->seal) == 0
                                                  : id_is(text, card->seal.bytes);
        if (!is) continue;
        if (!first) first = serial;
        last = serial;
        looking.seal = card->seal;
    }
    if (!first) return false;
    if (first > 1 && !tg_cards_since(node, first, &ms, NULL, &index)) looking.begin_ms = ms - DAY_MS;
    if (last < newest->serial && !tg_cards_since(node, last + 1, &ms, NULL, &index))
        looking.end_ms = ms + 7 * DAY_MS;
    struct tg_seal_public seals[TG_VAULT_SEALS_MAX];
    for (size_t i = tg_vault_seals(node->vault, seals); i-- > 0;)
        looking.held = looking.held || memcmp(&seals[i], &looking.seal, sizeof looking.seal) == 0;
    *ret_looking = looking;
    return true;
}

static tg_err looking_of(struct tg_node *node, const char *text, struct looking *ret_looking,
                         struct tg_errmsg *em)
{
    if (ranged_find(node, text, false, ret_looking) || ranged_find(node, text, true, ret_looking))
        return TG_OK;
    if (seal_find(node, text, ret_looking)) return TG_OK;
    if (strcmp(text, "wrap") == 0) {
        *ret_looking = (struct looking){.exposed = EXPOSED_WRAP, .how = "wrapped"};
        return TG_OK;
    }
    return tg_fail(
        em, TG_ENOENT,
        "no card of ours has a key '%.40s': log, envelope, seal, wrap, or an id of 'tamga key list'", text);
}

/* Sealed to that key: known where a seal key that is held opens the stanza, be it this one or another; where none does, this
 * one is not held any more, and all that is left to go by is the time. */
static bool sealed_fits(const struct tg_node *node, const struct looking *looking,
                        const struct tg_store_entry *entry, const struct tg_manifest *manifest,
                        const char **ret_how)
{
    uint8_t slot;
    struct tg_seal_public key;
    struct tg_node_id ours;
    const int64_t created_ms = (int64_t)manifest->created * 1000;
    const struct tg_envelope envelope = {.manifest = *manifest, .stanzas = entry->stanzas};
    if (tg_store_slots_find(entry->slots, node->id.bytes, &slot)) return false;
    memcpy(ours.bytes, node->id.bytes, sizeof ours.bytes);
    if (!tg_envelope_stanza_key(&envelope, node->vault, &ours, slot, &key))
        return memcmp(&key, &looking->seal, sizeof key) == 0;
    *ret_how = "perhaps";
    return !looking->held && created_ms >= looking->begin_ms && created_ms < looking->end_ms;
}

static bool fits(const struct tg_node *node, const struct looking *looking, const struct tg_held_log *log,
                 uint64_t index, const struct tg_store_entry *entry, const struct tg_manifest *manifest,
                 const char **ret_how)
{
    switch (looking->exposed) {
    case EXPOSED_ENVELOPE:
        return log->own && index >= looking->from && manifest->envelope_key_id == looking->key_id;
    case EXPOSED_LOG:
        return log->own && index >= looking->from && index < looking->until;
    case EXPOSED_SEAL:
        return !log->own && sealed_fits(node, looking, entry, manifest, ret_how);
    case EXPOSED_WRAP:
        return entry->state == TG_ENTRY_READ;
    }
    return false;
}

static tg_err exposed_row(struct tg_call *call, const char *how, const struct tg_held_log *log,
                          uint64_t index, const struct tg_store_entry *entry,
                          const struct tg_manifest *manifest)
{
    char ref[TG_REF_TEXT_BYTES];
    struct tg_control_out row;
    const bool control = entry->state == TG_ENTRY_CONTROL;
    const struct tg_card *card =
        log->own ? tg_cards_newest(call->node) : tg_trust_card(call->node, &log->id.origin);
    tg_lookup_place_text(call->node, &log->id, index, 1, 1, ref);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "exposed");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_text(&row, "how", how);
    tg_control_put_number(&row, "created", (int64_t)manifest->created);
    tg_control_put_text(&row, "precedence", tg_enum_name(TG_ENUM_PRECEDENCE, (int)manifest->precedence));
    tg_control_put_number(&row, "records", control ? 0 : manifest->record_count);
    tg_control_put_text(&row, "state",
                        control ? "control"
                        : tg_attests_key(call->node, card, manifest->envelope_key_id, &log->id, index)
                            ? "counts"
                            : "revoked");
    return tg_control_end(&row);
}

/* A page of one log; *at moves on. */
static tg_err log_page(struct tg_call *call, const struct looking *looking, const struct tg_held_log *log,
                       uint64_t *at, size_t *rows, size_t *steps, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_store_entry entry;
    uint64_t index;
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    if (!err) err = tg_store_scan_entries(txn, log->number, *at, &scan);
    while (!err && *rows < TG_EXPOSURE_ROWS_MAX && *steps < TG_EXPOSURE_STEPS_MAX &&
           !(err = tg_store_entry_next(&scan, &index, &entry))) {
        struct tg_manifest manifest;
        *at = index + 1;
        (*steps)++;
        if (!entry.has_envelope ||
            tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL))
            continue;
        const char *how = looking->how;
        if (looking->exposed == EXPOSED_SEAL && !log->own) *steps += TG_EXPOSURE_STANZA_STEPS;
        if (!fits(call->node, looking, log, index, &entry, &manifest, &how)) continue;
        err = exposed_row(call, how, log, index, &entry, &manifest);
        (*rows)++;
    }
    tg_store_scan_release(&scan);
    return err;
}

tg_err tg_verb_exposure(struct tg_call *call, struct tg_errmsg *em)
{
    struct looking looking;
    struct tg_node *node = call->node;
    int64_t from = tg_control_number(call->msg, "from", 0),
            at_log = tg_control_number(call->msg, "at_log", 0), at = tg_control_number(call->msg, "at", 0);
    if (from < 0 || at_log < 0 || at < 0) return tg_fail(em, TG_EVALUE, "from, at_log and at are 0 and more");
    tg_err err = looking_of(node, tg_control_text(call->msg, "key", ""), &looking, em);
    if (!err && !at_log && !at) err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    if ((uint64_t)from > looking.from) looking.from = (uint64_t)from;
    size_t rows = 0, steps = 0, log_at = (size_t)at_log;
    uint64_t index = (uint64_t)at;
    for (; log_at < node->log_count && !err; log_at++, index = 0) {
        if (!node->logs[log_at]->numbered) continue;
        err = log_page(call, &looking, node->logs[log_at], &index, &rows, &steps, em);
        if (err == TG_ENOENT) err = TG_OK; /* the end of that log */
        if (!err && (rows >= TG_EXPOSURE_ROWS_MAX || steps >= TG_EXPOSURE_STEPS_MAX)) break;
    }
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "more", log_at < node->log_count);
    tg_control_put_number(&done, "at_log", (int64_t)log_at);
    tg_control_put_number(&done, "at", (int64_t)index);
    return tg_control_end(&done);
}

/* Nothing is waited for: the entry stands in the log a moment later, or the event log says why it does not. */
static void attested(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em,
                     uint64_t index, const struct tg_hash *ids)
{
    (void)job, (void)index, (void)ids;
    struct tg_node *node = ctx;
    if (err) tg_event(node->events, TG_EV_CARD_REFUSED, TG_F_TEXT("why", tg_errmsg_text(em, err)));
}

tg_err tg_verb_attest(struct tg_call *call, struct tg_errmsg *em)
{
    int64_t from = tg_control_number(call->msg, "from", -1),
            until = tg_control_number(call->msg, "until", -1);
    if (from < 0 || until <= from) return tg_fail(em, TG_EUSAGE, "which entries? from and until are needed");
    tg_err err = tg_call_access(call, 0, NULL, em);
    struct tg_publish *job = err ? NULL : calloc(1, sizeof *job);
    if (!job) return err ? err : TG_ENOMEM;
    job->done = attested;
    job->ctx = call->node;
    err = tg_attests_make(call->node, (uint64_t)from, (uint64_t)until, job, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "from", from);
    tg_control_put_number(&done, "until", until);
    return tg_control_end(&done);
}
