/* Group commit: everything that waits shares the syncs; urgent work goes first, at most one bulk batch with it.
 *
 * Knows the order and the bookkeeping; sealing is in commit_own.c, checking others' bytes in commit_foreign.c.
 */
#include "node/commit.h"

#include <stdlib.h>

#include "node/attests.h"
#include "node/engine.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/indexer.h"
#include "node/missing.h"
#include "node/notices.h"
#include "node/receipts.h"
#include "node/reminders.h"
#include "node/reseal.h"

struct queue {
    struct tg_work *first, **last;
};
struct tg_commit {
    struct queue urgent, bulk;
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

static void queue_put(struct queue *queue, struct tg_work *work)
{
    work->next = NULL;
    *queue->last = work;
    queue->last = &work->next;
}

static struct tg_work *queue_take(struct queue *queue)
{
    struct tg_work *work = queue->first;
    if (!work) return NULL;
    queue->first = work->next;
    if (!queue->first) queue->last = &queue->first;
    work->next = NULL;
    return work;
}

tg_err tg_commit_new(struct tg_node *node)
{
    node->commit = calloc(1, sizeof *node->commit);
    if (!node->commit) return TG_ENOMEM;
    queue_init(&node->commit->urgent);
    queue_init(&node->commit->bulk);
    return TG_OK;
}

void tg_publish_free(struct tg_publish *job)
{
    if (!job) return;
    for (size_t i = 0; i < job->record_count; i++) tg_buf_release(&job->records[i]);
    free(job->records);
    free(job->checked);
    tg_access_note_release(&job->note);
    tg_arena_release(&job->kept);
    free(job);
}

void tg_work_free(struct tg_work *work)
{
    if (!work) return;
    tg_buf_release(&work->bytes);
    tg_buf_release(&work->note);
    tg_buf_release(&work->wrapped);
    tg_sealed_release(&work->sealed);
    tg_batch_release(&work->batch);
    tg_arena_release(&work->arena);
    tg_publish_free(work->job);
    free(work->wanted);
    free(work->withdrawn);
    free(work->record_hashes);
    free(work);
}

void tg_commit_free(struct tg_node *node)
{
    if (!node->commit) return;
    struct tg_work *work;
    while ((work = queue_take(&node->commit->urgent))) tg_work_free(work);
    while ((work = queue_take(&node->commit->bulk))) tg_work_free(work);
    free(node->commit);
    node->commit = NULL;
}

/* Bulk takes turns with the index, and waits until that has merged what it holds; without space it is refused at
 * once. */
static bool bulk_may(const struct tg_node *node)
{
    return node->space.low || (!node->index_next && !tg_index_pressed(node->store));
}

bool tg_commit_waiting(const struct tg_node *node)
{
    return node->commit->urgent.first || (node->commit->bulk.first && bulk_may(node));
}

static struct tg_work *work_new(enum tg_work_kind kind, const struct tg_log_id *log, uint64_t index)
{
    struct tg_work *work = calloc(1, sizeof *work);
    if (!work) return NULL;
    work->kind = kind;
    work->log_id = *log;
    work->index = index;
    return work;
}

static tg_err enqueue(struct tg_node *node, struct tg_work *work, tg_err err)
{
    if (work && !err) {
        queue_put(work->urgent ? &node->commit->urgent : &node->commit->bulk, work);
        return TG_OK;
    }
    tg_work_free(work);
    return err ? err : TG_ENOMEM;
}

tg_err tg_commit_leaves(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct tg_work *work = work_new(TG_WORK_LEAVES, &effect->log, effect->index);
    tg_err err = work ? tg_buf_put_view(&work->bytes, effect->bytes) : TG_ENOMEM;
    if (!err) err = tg_buf_put_view(&work->note, effect->note);
    if (!err) work->wanted = malloc((effect->wanted_count + 1) * sizeof *work->wanted);
    if (!err && !work->wanted) err = TG_ENOMEM;
    if (!err) {
        if (effect->wanted_count)
            memcpy(work->wanted, effect->wanted, effect->wanted_count * sizeof *work->wanted);
        work->wanted_count = effect->wanted_count;
        work->size = effect->size;
        work->urgent = true; /* small, and an alert behind them waits for them */
        work->sender = effect->peer;
    }
    return enqueue(node, work, err);
}

tg_err tg_commit_envelope(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct tg_work *work = work_new(TG_WORK_ENVELOPE, &effect->log, effect->index);
    tg_err err = work ? tg_buf_put_view(&work->bytes, effect->bytes) : TG_ENOMEM;
    if (!err && effect->withdrawn_count) {
        work->withdrawn = malloc(effect->withdrawn_count * sizeof *work->withdrawn);
        if (!work->withdrawn) err = TG_ENOMEM;
    }
    if (err) return enqueue(node, work, err);
    work->urgent = effect->urgent;
    work->sender = effect->peer;
    if (effect->withdrawn_count)
        memcpy(work->withdrawn, effect->withdrawn, effect->withdrawn_count * sizeof *work->withdrawn);
    work->withdrawn_count = effect->withdrawn_count;
    for (size_t i = 0; i < effect->slot_count; i++) {
        memcpy(work->slots[i].node, effect->slots[i].node.bytes, sizeof work->slots[i].node);
        work->slots[i].slot = (uint8_t)effect->slots[i].slot;
    }
    work->slot_count = effect->slot_count;
    return enqueue(node, work, TG_OK);
}

tg_err tg_commit_key(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct tg_work *work = work_new(TG_WORK_KEY, &effect->log, effect->index);
    tg_err err = work ? tg_buf_put_view(&work->note, effect->bytes) : TG_ENOMEM;
    if (!err) work->sender = effect->peer;
    return enqueue(node, work, err);
}

tg_err tg_commit_cursor(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct tg_work *work = work_new(TG_WORK_CURSOR, &effect->log, effect->index);
    if (work) work->size = effect->size;
    return enqueue(node, work, TG_OK);
}

tg_err tg_commit_wanted(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct tg_work *work = work_new(TG_WORK_WANTED, &effect->log, effect->index);
    if (work) work->sender = effect->peer;
    return enqueue(node, work, TG_OK);
}

tg_err tg_commit_enqueue(struct tg_node *node, struct tg_publish *job, struct tg_errmsg *em)
{
    const char *refused = tg_node_append_refused(node);
    if (refused) {
        tg_publish_free(job);
        return tg_fail(em, TG_EDENIED, "nothing can be published now: %s", refused);
    }
    tg_space_look(node);
    if (node->space.low && job->precedence < TG_SYNC_URGENT_PRECEDENCE) {
        tg_publish_free(job);
        return tg_fail(em, TG_ESPACE, "nothing can be stored now: %s", node->space.why);
    }
    struct tg_work *work = work_new(TG_WORK_OWN, &tg_held_own(node)->id, 0);
    if (!work) {
        tg_publish_free(job);
        return TG_ENOMEM;
    }
    work->job = job;
    work->urgent = job->precedence >= TG_SYNC_URGENT_PRECEDENCE;
    return enqueue(node, work, TG_OK);
}

/* ---- one group ---- */

struct tg_stage *tg_group_stage(struct tg_group *group, struct tg_wtxn *txn, struct tg_held_log *log,
                                tg_err *ret_err)
{
    for (size_t i = 0; i < group->stage_count; i++)
        if (group->stages[i].log == log) return &group->stages[i];
    struct tg_stage *stage = &group->stages[group->stage_count];
    *stage = (struct tg_stage){.log = log, .frontier = log->frontier};
    *ret_err = tg_store_log_ensure(txn, log->id.origin.bytes, log->id.epoch, &stage->number);
    if (*ret_err) return NULL;
    group->stage_count++;
    return stage;
}

struct emitting {
    struct tg_wtxn *txn;
    uint32_t number;
};

static tg_err emit(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash)
{
    const struct emitting *to = ctx;
    return tg_store_tree_put(to->txn, to->number, (uint8_t)level, index, hash->bytes);
}

tg_err tg_stage_append(struct tg_stage *stage, struct tg_wtxn *txn, const struct tg_store_entry *entry)
{
    struct tg_hash hash;
    struct emitting to = {.txn = txn, .number = stage->number};
    tg_err err = tg_store_entry_append(txn, stage->number, stage->frontier.size, entry);
    tg_merkle_leaf_hash(tg_view_of(entry->leaf, TG_LEAF_BYTES), &hash);
    return err ? err : tg_merkle_append(&stage->frontier, &hash, emit, &to);
}

static tg_err write_frontiers(struct tg_group *group, struct tg_wtxn *txn)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < group->stage_count; i++) {
        struct tg_stage *stage = &group->stages[i];
        if (stage->frontier.size == stage->log->frontier.size) continue;
        uint8_t frontier[TG_MERKLE_FRONTIER_BYTES_MAX];
        size_t bytes = tg_merkle_frontier_encode(&stage->frontier, frontier);
        err = tg_store_frontier_put(txn, stage->number, stage->frontier.size, tg_view_of(frontier, bytes));
    }
    return err;
}

static tg_err put_late(struct tg_wtxn *txn, uint32_t number, uint64_t index)
{
    char name[TG_LATE_NAME_BYTES];
    tg_held_late_name(number, index, name);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), tg_view_of("", 0));
}

tg_err tg_work_put_envelope(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                            struct tg_work *work)
{
    tg_err err = tg_store_place_put(txn, TG_PLACE_BODY, stage->number, work->index, work->envelope.body);
    if (!err && work->wrapped.bytes)
        err = tg_store_place_put(txn, TG_PLACE_CKEY, stage->number, work->index, tg_buf_view(&work->wrapped));
    if (!err && work->opened) err = tg_notices_owe(txn, stage->number, work->index);
    bool late = work->kind == TG_WORK_KEY || (!work->log->own && work->index < tg_held_come(work->log));
    if (!err && late) err = put_late(txn, stage->number, work->index);
    if (!err) err = tg_store_place_del(txn, TG_PLACE_WANTED, stage->number, work->index);
    if (err == TG_ENOENT) err = TG_OK;
    for (size_t i = 0; !err && i < work->slot_count; i++)
        err =
            tg_store_recipient_put(txn, work->slots[i].node, stage->number, work->index, work->slots[i].slot);
    if (!err && work->envelope.manifest.control)
        err = tg_store_recipient_put(txn, tg_recipient_everyone, stage->number, work->index, 0);
    if (!err && work->state == TG_ENTRY_CONTROL) err = tg_attests_put(node, txn, stage, work);
    if (!err && work->record_hashes)
        err = tg_withdraw_record_hashes_put(txn, stage->number, work->index, work->record_hashes,
                                            work->batch.record_count);
    return err ? err : tg_withdraw_put_tombs(node, txn, work);
}

static tg_err write_cursor(struct tg_group *group, struct tg_wtxn *txn, const struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    return stage ? tg_held_cursor_put(txn, stage->number, work->index, work->size) : err;
}

static tg_err write_wanted(struct tg_group *group, struct tg_wtxn *txn, const struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    struct tg_want want = {
        .told = true, .teller = work->sender, .since_ms = tg_clock_wall_ms(group->node->clock)};
    return stage ? tg_want_put(txn, stage->number, work->index, &want) : err;
}

static tg_err write_one(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work)
{
    switch (work->kind) {
    case TG_WORK_OWN:
        return tg_own_write(group, txn, work);
    case TG_WORK_LEAVES:
        return tg_foreign_write_leaves(group, txn, work);
    case TG_WORK_ENVELOPE:
        return tg_foreign_write_envelope(group, txn, work);
    case TG_WORK_CURSOR:
        return write_cursor(group, txn, work);
    case TG_WORK_WANTED:
        return write_wanted(group, txn, work);
    case TG_WORK_KEY:
        return tg_reseal_write(group, txn, work);
    }
    return TG_EBUG;
}

/* Runs again from the start when the map had to grow, so all it knows is made anew. */
static tg_err group_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    struct tg_group *group = ctx;
    group->stage_count = 0;
    tg_err err = TG_OK;
    for (struct tg_work *work = group->works; !err && work; work = work->next)
        if (!work->result) err = write_one(group, txn, work);
    if (!err) err = write_frontiers(group, txn);
    if (!err) err = tg_receipts_store(group->node, txn);
    if (!err) err = tg_notices_store(group->node, txn);
    if (!err) err = tg_reminders_store(group->node, txn);
    return err ? tg_fail(em, err, "cannot write a commit group: %s", tg_err_text(err)) : TG_OK;
}

/* Seals what is ours, checks what is not; what fails keeps its error and is not written. */
static void prepare(struct tg_node *node, struct tg_group *group)
{
    uint64_t own_index = tg_held_own(node)->size;
    for (struct tg_work *work = group->works; work; work = work->next) {
        if (work->kind == TG_WORK_OWN) work->log_id = tg_held_own(node)->id; /* a new epoch may have begun */
        work->log = tg_held_ensure(node, &work->log_id);
        if (!work->log) {
            work->result = tg_fail(&work->em, TG_ELIMIT, "more than %d logs", TG_SYNC_LOGS_MAX);
            continue;
        }
        if (work->kind == TG_WORK_ENVELOPE) tg_foreign_prepare(node, work);
        if (work->kind == TG_WORK_KEY) tg_reseal_prepare(node, work);
        if (work->kind != TG_WORK_OWN) continue;
        work->result = tg_own_prepare(node, group, work, own_index);
        if (!work->result) own_index++;
    }
}

/* The stages become the logs' state. */
static tg_err adopt(struct tg_node *node, struct tg_group *group, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < group->stage_count; i++) {
        struct tg_stage *stage = &group->stages[i];
        struct tg_held_log *log = stage->log;
        struct tg_merkle_frontier old = log->frontier;
        log->number = stage->number;
        log->numbered = true;
        if (stage->frontier.size == old.size) continue;
        log->frontier = stage->frontier;
        log->size = stage->frontier.size;
        tg_merkle_root(&log->frontier, &log->root);
        if (log->own)
            err = node->start == TG_START_QUARANTINE ? tg_recover_leaves(log, old.size)
                                                     : tg_own_publish(node, log, old.size, &old, em);
    }
    return err;
}

static tg_err adopt_checkpoint(struct tg_work *work)
{
    if (work->log->size < work->size || work->log->signed_size >= work->size) return TG_OK;
    tg_buf_clear(&work->log->checkpoint);
    work->log->signed_size = work->size;
    return tg_buf_put_view(&work->log->checkpoint, tg_buf_view(&work->note));
}

static tg_err finish_batch(struct tg_node *node, struct tg_work *work, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    if (work->state == TG_ENTRY_READ || work->state == TG_ENTRY_CONTROL)
        err = tg_held_have(work->log, work->index);
    if (!err && work->kind == TG_WORK_KEY) err = tg_held_opened(work->log, work->index);
    if (work->state >= TG_ENTRY_REFUSED) {
        err = tg_held_refused(work->log, work->index, (tg_err)(work->state - TG_ENTRY_REFUSED));
        tg_event(node->events, TG_EV_RECORD_REFUSED, TG_F_NODE("origin", &work->log_id.origin),
                 TG_F_NUM("index", work->index), TG_F_TEXT("why", work->em.text));
    }
    if (!err) err = tg_held_closed(work->log, work->index, work->state);
    if (!err && work->log->own) err = tg_ranges_remove(&work->log->bare, work->index);
    for (size_t i = 0; !err && work->opened && i < work->withdrawn_count; i++)
        err = tg_held_withdrawn(work->log, work->index, work->withdrawn[i]);
    if (err || !work->opened) return err;
    err = tg_indexer_take_batch(node, work, em);
    if (!err) tg_notices_paid(node, work->log->number, work->index);
    return err;
}

static struct tg_sync_event event_of(struct tg_node *node, const struct tg_work *work)
{
    static const enum tg_sync_event_kind kinds[] = {
        [TG_WORK_OWN] = TG_SYNC_OWN_COMMITTED,
        [TG_WORK_LEAVES] = TG_SYNC_LEAVES_STORED,
        [TG_WORK_ENVELOPE] = TG_SYNC_ENVELOPE_STORED,
        [TG_WORK_CURSOR] = TG_SYNC_TICK,
        [TG_WORK_WANTED] = TG_SYNC_TICK,
        [TG_WORK_KEY] = TG_SYNC_KEY_STORED,
    };
    struct tg_sync_event event = tg_engine_event_now(node, kinds[work->kind]);
    event.log = work->log_id;
    event.index = work->index;
    event.count = 1;
    event.result = work->result;
    if (work->kind == TG_WORK_OWN) event.precedence = work->job->precedence;
    if (work->kind == TG_WORK_ENVELOPE && !work->result)
        event.precedence = (uint8_t)work->envelope.manifest.precedence;
    return event;
}

/* A peer's bytes that were refused, or that show two histories. */
static void tell_refused(struct tg_node *node, const struct tg_work *work)
{
    /* Two ways may bring one envelope: the second is no oddity. */
    bool fork = work->forked || work->result == TG_EFORK;
    bool odd = work->result && work->result != TG_EEXIST && work->kind != TG_WORK_OWN;
    if (!fork && !odd) return;
    tg_event(node->events, fork ? TG_EV_PEER_FORK : TG_EV_PEER_ODD, TG_F_NODE("peer", &work->sender),
             TG_F_NUM("index", work->index), TG_F_TEXT("why", tg_errmsg_text(&work->em, work->result)));
}

/* What is signed twice for one place, as a proof. */
static tg_err prove_fork(struct tg_node *node, struct tg_work *work)
{
    bool leaves = work->kind == TG_WORK_LEAVES && !work->result;
    if (leaves && (work->forked || tg_forks_early_wait(node))) return tg_forks_early(node);
    if (work->kind == TG_WORK_ENVELOPE && work->result == TG_EFORK)
        return tg_forks_leaf(node, work->log, &work->sender, work->index, work->envelope.head);
    return TG_OK;
}

static tg_err finish_one(struct tg_node *node, struct tg_work *work, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    if (!work->result && work->kind == TG_WORK_LEAVES) err = adopt_checkpoint(work);
    if (!work->result && work->kind == TG_WORK_CURSOR) {
        work->log->env_upto = work->index;
        work->log->relay_upto = work->size;
    }
    if (!work->result && work->kind == TG_WORK_OWN)
        tg_receipts_committed(node, work->index, work->job->precedence, work->job->begun_us);
    struct tg_sync_event event = event_of(node, work);
    tell_refused(node, work);
    if (!err) err = prove_fork(node, work);
    bool silent = work->kind == TG_WORK_CURSOR || work->kind == TG_WORK_WANTED;
    /* An alert leaves before it is indexed here: its addressees come first. */
    bool tell_first = work->urgent && work->kind == TG_WORK_OWN && !work->result;
    if (!err && tell_first) err = tg_engine_event(node, &event);
    bool batch = work->kind == TG_WORK_ENVELOPE || work->kind == TG_WORK_OWN || work->kind == TG_WORK_KEY;
    if (!err && !work->result && batch) err = finish_batch(node, work, em);
    if (!err && !tell_first && !silent && !(work->kind == TG_WORK_OWN && work->result))
        err = tg_engine_event(node, &event);
    if (work->kind == TG_WORK_OWN)
        work->job->done(work->job->ctx, work->job, work->result, &work->em, work->index,
                        work->sealed.record_ids);
    return err;
}

static size_t work_records(const struct tg_work *work)
{
    if (work->kind == TG_WORK_OWN) return work->job->record_count;
    return work->kind == TG_WORK_ENVELOPE || work->kind == TG_WORK_KEY ? TG_COMMIT_BULK_RECORDS_MAX / 2 : 0;
}

/* Records with much text have many words to index. */
static size_t work_bytes(const struct tg_work *work)
{
    size_t bytes = work->bytes.bytes;
    for (size_t i = 0; work->job && i < work->job->record_count; i++) bytes += work->job->records[i].bytes;
    return bytes;
}

/* All that is urgent; then bulk, up to one batch of ours or two small ones of others', but never none. Leaves and
 * cursors count nothing. */
static struct tg_work *group_take(struct tg_node *node, bool urgent_only)
{
    struct tg_commit *commit = node->commit;
    struct tg_work *first = NULL, **last = &first, *work;
    while ((work = queue_take(&commit->urgent))) {
        *last = work;
        last = &work->next;
    }
    size_t records = 0, bytes = 0;
    bool any = false;
    while (!urgent_only && commit->bulk.first) {
        records += work_records(commit->bulk.first);
        bytes += work_bytes(commit->bulk.first);
        bool fits = records <= TG_COMMIT_BULK_RECORDS_MAX && bytes <= TG_COMMIT_BULK_BYTES_MAX;
        if (any && !fits) break;
        any = true;
        if (work_records(commit->bulk.first)) node->index_next = true;
        work = queue_take(&commit->bulk);
        *last = work;
        last = &work->next;
    }
    return first;
}

static void works_free(struct tg_work *work)
{
    while (work) {
        struct tg_work *next = work->next;
        tg_work_free(work);
        work = next;
    }
}

static void fail_all(struct tg_group *group, tg_err err, const struct tg_errmsg *em)
{
    for (struct tg_work *work = group->works; work; work = work->next)
        if (work->kind == TG_WORK_OWN)
            work->job->done(work->job->ctx, work->job, work->result ? work->result : err,
                            work->result ? &work->em : em, 0, NULL);
}

/* Space may come back: nothing of the group is written, its senders are asked again, our jobs are told. */
static tg_err group_failed(struct tg_node *node, struct tg_group *group, tg_err err, struct tg_errmsg *em)
{
    fail_all(group, err, em);
    if (err != TG_ESPACE) return err;
    tg_space_look(node);
    for (struct tg_work *work = group->works; work; work = work->next) {
        if (work->kind != TG_WORK_LEAVES && work->kind != TG_WORK_ENVELOPE && work->kind != TG_WORK_KEY)
            continue;
        work->result = err;
        struct tg_sync_event event = event_of(node, work);
        err = tg_engine_event(node, &event);
        if (err != TG_OK) return err;
    }
    return TG_OK;
}

/* There is no room for what can wait. */
static tg_err bulk_refuse(struct tg_node *node)
{
    struct tg_group *group = calloc(1, sizeof *group);
    if (!group) return TG_ENOMEM;
    struct tg_errmsg why = {0};
    tg_err err = tg_fail(&why, TG_ESPACE, "nothing can be stored now: %s", node->space.why);
    group->node = node;
    struct queue refused;
    queue_init(&refused);
    for (struct tg_work *work; (work = queue_take(&node->commit->bulk));)
        queue_put(work->kind == TG_WORK_WANTED ? &node->commit->urgent : &refused,
                  work); /* never forgotten */
    group->works = refused.first;
    err = group_failed(node, group, err, &why);
    works_free(group->works);
    free(group);
    return err;
}

tg_err tg_commit_run(struct tg_node *node, struct tg_errmsg *em)
{
    tg_space_look(node);
    bool low = node->space.low;
    if (low && node->commit->bulk.first) {
        tg_err refused = bulk_refuse(node);
        if (refused) return refused;
    }
    struct tg_group *group = calloc(1, sizeof *group);
    if (!group) return TG_ENOMEM;
    group->node = node;
    group->works = group_take(node, low || !bulk_may(node));
    prepare(node, group);
    struct tg_errmsg why = {0};
    tg_err err = low ? tg_store_write_spare(node->store, group_txn, group, &why)
                     : tg_store_write(node->store, group_txn, group, &why);
    if (err) {
        if (em) *em = why;
        tg_notices_not_stored(node);
        err = group_failed(node, group, err, &why);
    } else {
        tg_receipts_stored(node);
        tg_notices_stored(node);
        tg_reminders_stored(node);
        err = adopt(node, group, em);
        for (struct tg_work *work = group->works; !err && work; work = work->next)
            err = finish_one(node, work, em);
        if (!err) err = tg_indexer_apply_withdrawals(node, em);
    }
    works_free(group->works);
    free(group);
    return err;
}
