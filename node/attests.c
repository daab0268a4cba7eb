/* Attestations: made for our own log, kept of every log, asked when an entry's key was revoked.
 *
 * Kept as rows of `meta`: docs/formats-store.md.
 */
#include "node/attests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "node/cards.h"
#include "proto/attest.h"
#include "proto/statement.h"

#define NAME_BYTES 64

/* By the epoch and the key alone, wherever its range ends now. */
static const struct tg_card_key *key_of_id(const struct tg_card *card, uint32_t key_id, uint32_t epoch)
{
    for (size_t i = 0; i < card->envelope_count; i++)
        if (card->envelopes[i].key.id == key_id && card->envelopes[i].epoch == epoch)
            return &card->envelopes[i];
    return NULL;
}

/* "attest/<log#>/<entry>/<item>" */
static bool name_read(struct tg_view name, const char *front, struct tg_attested *ret_attested)
{
    const size_t bytes = strlen(front);
    uint64_t item;
    if (!tg_view_starts_with(name, front)) return false;
    struct tg_rd rd = tg_rd_init(tg_view_of(name.data + bytes, name.bytes - bytes));
    const struct tg_view entry = tg_rd_until(&rd, '/');
    if (rd.err || tg_text_u64(entry, INT64_MAX, &ret_attested->entry)) return false;
    if (tg_text_u64(tg_view_of(entry.data + entry.bytes + 1, name.bytes - bytes - entry.bytes - 1),
                    TG_BATCH_RECORDS_MAX, &item))
        return false;
    ret_attested->item = (uint32_t)item;
    return true;
}

/* Covers the entry, and was signed by the key that signs at its own place as the card sees it now: an attestation by a key
 * that was revoked in its turn is the thief's as well as the origin's. */
static bool row_holds(const struct tg_card *card, uint32_t epoch, uint64_t index, uint64_t entry,
                      struct tg_view value)
{
    struct tg_rd rd = tg_rd_init(value);
    const uint64_t from = tg_rd_u64(&rd), until = tg_rd_u64(&rd);
    const uint32_t key_id = tg_rd_u32(&rd);
    if (tg_rd_end(&rd) || index < from || index >= until) return false;
    const struct tg_card_key *key = tg_card_envelope_key_at(card, epoch, entry);
    return key && key->key.id == key_id;
}

/* Rows are few: one for each attestation that was ever made. */
bool tg_attests_find(struct tg_node *node, const struct tg_card *card, const struct tg_log_id *id,
                     uint64_t index, struct tg_attested *ret_attested)
{
    const struct tg_held_log *log = tg_held_find(node, id);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    char front[NAME_BYTES];
    struct tg_view name, value;
    struct tg_attested attested;
    bool found = false;
    if (!log || !log->numbered) return false;
    (void)snprintf(front, sizeof front, "attest/%u/", log->number);
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    while (!err && !found && !(err = tg_store_named_next(&scan, &name, &value)))
        found = name_read(name, front, &attested) && row_holds(card, id->epoch, index, attested.entry, value);
    tg_store_scan_release(&scan);
    if (found && ret_attested) *ret_attested = attested;
    return found;
}

const struct tg_card_key *tg_attests_key(struct tg_node *node, const struct tg_card *card, uint32_t key_id,
                                         const struct tg_log_id *log, uint64_t index)
{
    const struct tg_card_key *key = tg_card_envelope_key(card, key_id, log->epoch, index);
    if (key) return key;
    key = key_of_id(card, key_id, log->epoch);
    if (!key || index < key->from) return NULL;
#ifdef TG_CONTROL_NO_ATTEST
    (void)node;
#else
    if (!tg_attests_find(node, card, log, index, NULL)) return NULL;
#endif
    return key;
}

/* The key that signs there, when the attestation is by it and about a tree that we hold; NULL. */
static const struct tg_card_key *key_that_says(struct tg_node *node, const struct tg_wtxn *txn,
                                               const struct tg_stage *stage, const struct tg_work *work,
                                               struct tg_view note, struct tg_attest *ret_attest)
{
    const struct tg_card *card =
        stage->log->own ? tg_cards_newest(node) : tg_trust_card(node, &stage->log->id.origin);
    const struct tg_card_key *key =
        card ? tg_card_envelope_key_at(card, stage->log->id.epoch, work->index) : NULL;
    if (!key || tg_attest_open(note, &key->key, ret_attest, NULL)) return NULL;
    if (memcmp(ret_attest->origin.bytes, stage->log->id.origin.bytes, 32) != 0 ||
        ret_attest->epoch != stage->log->id.epoch || ret_attest->until > work->index)
        return NULL;
    struct tg_held_tree tree = {.txn = tg_wtxn_read((struct tg_wtxn *)(uintptr_t)txn),
                                .number = stage->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    struct tg_hash root;
    const bool same =
        !tg_merkle_root_read(&reader, ret_attest->until, &root) && tg_hash_equal(&root, &ret_attest->root);
    return same ? key : NULL;
}

static tg_err put_one(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                      const struct tg_work *work, size_t item, struct tg_view note)
{
    struct tg_attest attest;
    const struct tg_card_key *key;
    char name[NAME_BYTES];
    uint8_t value[20];
    if (tg_statement_of(note) != TG_STATEMENT_ATTEST ||
        !(key = key_that_says(node, txn, stage, work, note, &attest)))
        return TG_OK;
    (void)snprintf(name, sizeof name, "attest/%u/%" PRIu64 "/%zu", stage->number, work->index, item);
    tg_be64_put(value, attest.from);
    tg_be64_put(value + 8, attest.until);
    tg_be32_put(value + 16, key->key.id);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), TG_VIEW_ARRAY(value));
}

tg_err tg_attests_put(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                      const struct tg_work *work)
{
    const size_t count = work->job ? work->job->record_count : work->batch.record_count;
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = put_one(node, txn, stage, work, i + 1,
                      work->job ? tg_buf_view(&work->job->records[i]) : work->batch.records[i]);
    return err;
}

tg_err tg_attests_make(struct tg_node *node, uint64_t from, uint64_t until, struct tg_publish *job,
                       struct tg_errmsg *em)
{
    struct tg_held_log *own = tg_held_own(node);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_cards_signers signers;
    struct tg_attest attest = {.epoch = own->id.epoch, .from = from, .until = until};
    tg_err err = from < until && until <= own->size
                     ? TG_OK
                     : tg_fail(em, TG_EVALUE, "our log has entries 0 to %" PRIu64 ": name some of them",
                               own->size ? own->size - 1 : 0);
    if (!err) err = tg_cards_signers(node, own->id.epoch, own->size, &signers, em);
    if (!err) err = tg_store_read_begin(node->store, &txn, em);
    struct tg_held_tree tree = {.txn = txn, .number = own->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    if (!err) err = tg_merkle_root_read(&reader, until, &attest.root);
    memcpy(attest.origin.bytes, node->id.bytes, sizeof attest.origin.bytes);
    attest.time = (uint64_t)(tg_clock_wall_ms(node->clock) / 1000);
    job->control = true;
    job->records = err ? NULL : calloc(1, sizeof *job->records);
    if (!err && !job->records) err = TG_ENOMEM;
    if (!err) job->record_count = 1;
    if (!err)
        err = tg_attest_sign(&attest, &signers.envelope_key->key, &signers.envelope, &job->records[0], em);
    if (err) {
        tg_publish_free(job);
        return err;
    }
    return tg_commit_enqueue(node, job, em);
}
