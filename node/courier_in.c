/* A courier file read: block by block verified by its sender's key, message by message by a sync engine of its own.
 *
 * Decides nothing that the engine decides. What came true weeks ago on the other side is no answer to a question of now:
 * a head of our own log in a file proves that there is a longer history, never that there is none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/commit.h"
#include "node/courier.h"
#include "node/engine.h"
#include "node/receipts.h"

/* A write that was handed to the store. */
struct waiting {
    struct tg_log_id log;
    uint64_t index;
    uint64_t leaves; /* 0: an envelope */
};

struct tg_courier_in {
    struct tg_node *node;
    struct tg_courier_header header;
    struct tg_hash peer;
    struct tg_sync *sync;
    struct tg_buf block;
    struct tg_view rest; /* of its body */
    uint32_t next_block;
    uint64_t messages;
    bool last, greeted;
    struct waiting waiting[TG_COURIER_STORING_MAX];
    size_t waiting_count;
    struct tg_courier_log logs[TG_SYNC_LOGS_MAX];
    size_t log_count;
    struct tg_courier_told told;
    struct tg_courier_receipts receipts;
    tg_err failed; /* sticks; says why in `why` */
    struct tg_errmsg why;
    void (*on_stored)(void *ctx);
    void *ctx;
};

/* ---- life ---- */

static size_t nothing_urgent(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes, size_t max)
{
    (void)ctx, (void)peer, (void)ret_indexes, (void)max;
    return 0;
}

tg_err tg_courier_engine_new(struct tg_node *node, struct tg_sync **ret_sync)
{
    struct tg_sync_identity identity = {.node = node->id, .software = "tamga " TG_VERSION};
    memcpy(identity.boot, node->boot, sizeof identity.boot);
    struct tg_sync_ops ops = tg_engine_ops(node);
    ops.urgent_unreceipted = nothing_urgent;
    return tg_sync_new(&identity, &ops, ret_sync);
}

static tg_err step(struct tg_courier_in *in, const struct tg_sync_event *event);

static tg_err link_up(struct tg_courier_in *in)
{
    static const enum tg_lane lanes[] = {TG_LANE_BULK, TG_LANE_URGENT};
    struct tg_sync_event event = tg_engine_event_now(in->node, TG_SYNC_PEERS_CHANGED);
    tg_err err = step(in, &event);
    for (size_t i = 0; i < TG_LANES && !err; i++) {
        event = tg_engine_event_now(in->node, TG_SYNC_LINK_UP);
        event.peer = in->peer;
        event.lane = lanes[i];
        err = step(in, &event);
    }
    return err;
}

static tg_err header_check(struct tg_node *node, const struct tg_courier_header *header, struct tg_errmsg *em)
{
    struct tg_hash from, to;
    char text[TG_NODE_TEXT_BYTES];
    memcpy(from.bytes, header->from.bytes, sizeof from.bytes);
    memcpy(to.bytes, header->to.bytes, sizeof to.bytes);
    if (!tg_hash_equal(&to, &node->id)) {
        tg_node_id_format(&header->to, text);
        return tg_fail(em, TG_EDENIED, "the file is for %s (%s), not for this node: bring it there",
                       tg_trust_country(node, &to), text);
    }
    if (tg_trust_find(node, &from)) return TG_OK;
    tg_node_id_format(&header->from, text);
    return tg_fail(em, TG_EDENIED,
                   "the file says that it is from %s (%s), which is not enrolled here: 'tamga peer add' with "
                   "its card first",
                   tg_trust_country(node, &from), text);
}

tg_err tg_courier_in_new(struct tg_node *node, const struct tg_courier_header *header,
                         struct tg_courier_in **ret_in, struct tg_errmsg *em)
{
    tg_err err = header_check(node, header, em);
    if (err) return err;
    if (node->courier) return tg_fail(em, TG_EBUSY, "another courier file is being read; wait for it");
    struct tg_courier_in *in = calloc(1, sizeof *in);
    if (!in) return TG_ENOMEM;
    in->node = node;
    in->header = *header;
    memcpy(in->peer.bytes, header->from.bytes, sizeof in->peer.bytes);
    in->told.made_ms = header->made_ms;
    node->courier = in;
    err = tg_courier_engine_new(node, &in->sync);
    if (!err) err = link_up(in);
    if (err) {
        tg_courier_in_free(in);
        return err;
    }
    *ret_in = in;
    return TG_OK;
}

void tg_courier_in_free(struct tg_courier_in *in)
{
    if (!in) return;
    if (in->node->courier == in) in->node->courier = NULL;
    tg_sync_free(in->sync);
    tg_buf_release(&in->block);
    free(in);
}

void tg_courier_in_observe(struct tg_courier_in *in, void (*on_stored)(void *ctx), void *ctx)
{
    in->on_stored = on_stored;
    in->ctx = ctx;
}

/* ---- what is told of it ---- */

uint64_t tg_courier_in_messages(const struct tg_courier_in *in)
{
    return in->messages;
}

size_t tg_courier_in_logs(const struct tg_courier_in *in, const struct tg_courier_log **ret_logs)
{
    *ret_logs = in->logs;
    return in->log_count;
}

const struct tg_courier_receipts *tg_courier_in_receipts(const struct tg_courier_in *in)
{
    return &in->receipts;
}

static uint64_t withdrawn_now(const struct tg_courier_in *in, const struct tg_log_id *id)
{
    const struct tg_held_log *held = tg_held_find(in->node, id);
    return held ? held->withdrawn_count : 0;
}

uint64_t tg_courier_in_withdrawn(const struct tg_courier_in *in, const struct tg_courier_log *log)
{
    return withdrawn_now(in, &log->id) - log->withdrawn_before;
}

/* The row of that log, made on first use; the last one when there are too many. */
static struct tg_courier_log *log_of(struct tg_courier_in *in, const struct tg_hash *origin, uint32_t epoch)
{
    struct tg_log_id id = {.origin = *origin, .epoch = epoch};
    for (size_t i = 0; i < in->log_count; i++)
        if (tg_log_id_equal(&in->logs[i].id, &id)) return &in->logs[i];
    if (in->log_count == TG_SYNC_LOGS_MAX) return &in->logs[TG_SYNC_LOGS_MAX - 1];
    struct tg_courier_log *log = &in->logs[in->log_count++];
    bool own = tg_hash_equal(origin, &in->node->id);
    *log = (struct tg_courier_log){.id = id,
                                   .followed = own || tg_trust_find(in->node, origin),
                                   .withdrawn_before = withdrawn_now(in, &id)};
    return log;
}

static tg_err fail(struct tg_courier_in *in, tg_err err)
{
    if (!in->failed) in->failed = err;
    return err;
}

/* ---- effects ---- */

static void wait_for(struct tg_courier_in *in, const struct tg_sync_effect *effect, uint64_t leaves)
{
    in->waiting[in->waiting_count++] =
        (struct waiting){.log = effect->log, .index = effect->index, .leaves = leaves};
}

static void take_receipt(struct tg_courier_in *in, const struct tg_sync_effect *effect)
{
    tg_err err = tg_receipts_take(in->node, &effect->peer, effect->note);
    uint64_t *count = !err               ? &in->receipts.taken
                      : err == TG_EEXIST ? &in->receipts.known
                                         : &in->receipts.refused;
    (*count)++;
}

static tg_err carry_out(struct tg_courier_in *in, const struct tg_sync_effect *effect)
{
    switch (effect->kind) {
    case TG_EFFECT_SEND: /* nobody is there to hear it */
    case TG_EFFECT_DISCONNECT:
    case TG_EFFECT_OWN_HEAD_SEEN: /* it was so when the file was written: no answer for our start */
    case TG_EFFECT_WITHHELD:      /* a file is not asked again, so it denies nothing */
    case TG_EFFECT_HEAD_SHOWN:    /* the same, and nothing fresh */
        return TG_OK;
    case TG_EFFECT_RECEIPT:
        take_receipt(in, effect);
        return TG_OK;
    case TG_EFFECT_ODDITY:
        (void)fail(in, tg_fail(&in->why, TG_EVALUE, "message %" PRIu64 ": %s %.*s", in->messages,
                               tg_trust_country(in->node, &in->peer), TG_VIEW_PRINT(effect->bytes)));
        break;
    case TG_EFFECT_STORE_LEAVES:
        wait_for(in, effect, effect->bytes.bytes / TG_LEAF_BYTES);
        break;
    case TG_EFFECT_STORE_ENVELOPE:
        wait_for(in, effect, 0);
        break;
    case TG_EFFECT_FORK:
        (void)fail(in, tg_fail(&in->why, TG_EFORK,
                               "the log of %s shows two histories: the head in the file, of size %" PRIu64
                               ", is not of the log that is held here; speak to %s",
                               tg_trust_country(in->node, &effect->log.origin), effect->index,
                               tg_trust_country(in->node, &effect->log.origin)));
        break;
    case TG_EFFECT_STORE_CURSOR:
    case TG_EFFECT_STORE_KEY:
    case TG_EFFECT_STORE_WANTED:
    case TG_EFFECT_FORK_SHOWN:
    case TG_EFFECT_CONFLICT:
    case TG_EFFECT_COSIGNATURES:
    case TG_EFFECT_CARD:
    case TG_EFFECT_CARD_USED:
    case TG_EFFECT_ROLLED_BACK: /* a longer history of ours is proven, whenever the file was written */
        break;
    }
    return tg_engine_carry_out(in->node, effect);
}

static tg_err step(struct tg_courier_in *in, const struct tg_sync_event *event)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_sync_effects effects;
    tg_arena_init(&arena, TG_ENGINE_STEP_BYTES_MAX);
    tg_sync_effects_init(&effects, &arena);
    tg_err err = tg_sync_step(in->sync, event, &effects);
    for (size_t i = 0; !err && i < effects.count; i++) err = carry_out(in, &effects.items[i]);
    return err;
}

/* ---- commits ---- */

static void leaves_stored(struct tg_courier_in *in, const struct waiting *waiting, tg_err result)
{
    struct tg_courier_log *log = log_of(in, &waiting->log.origin, waiting->log.epoch);
    const struct tg_held_log *held = tg_held_find(in->node, &waiting->log);
    if (!result)
        log->leaves_new += waiting->leaves;
    else if (result == TG_EPOSITION && held && held->size >= waiting->index + waiting->leaves)
        log->leaves_known += waiting->leaves; /* a link was faster */
    else
        fail(in, tg_fail(&in->why, result, "leaves of %s from %" PRIu64 " on were not stored: %s",
                         tg_trust_country(in->node, &log->id.origin), waiting->index, tg_err_text(result)));
}

/* Stored, and yet of no use: it did not open, or is not understood. NULL: it is good. */
static const char *refusal_of(struct tg_courier_in *in, const struct waiting *waiting)
{
    const struct tg_held_log *held = tg_held_find(in->node, &waiting->log);
    for (size_t i = held ? held->refused_count : 0; i--;)
        if (held->refused[i].index == waiting->index) return held->refused[i].code;
    return NULL;
}

static uint32_t records_of(struct tg_courier_in *in, const struct waiting *waiting)
{
    const struct tg_held_log *held = tg_held_find(in->node, &waiting->log);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    struct tg_manifest manifest;
    tg_err err = held ? tg_store_read_begin(in->node->store, &txn, NULL) : TG_ENOENT;
    if (!err) err = tg_store_entry_get(txn, held->number, waiting->index, &entry);
    if (!err) err = tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL);
    return err ? 0 : manifest.record_count;
}

static void envelope_stored(struct tg_courier_in *in, const struct waiting *waiting, tg_err result)
{
    struct tg_courier_log *log = log_of(in, &waiting->log.origin, waiting->log.epoch);
    const char *why = result ? tg_err_text(result) : refusal_of(in, waiting);
    if (result == TG_ESPACE) {
        (void)fail(in, tg_fail(&in->why, result, "too little space: free some, then import the file again"));
    } else if (result == TG_EEXIST) {
        log->envelopes_known++; /* a link was faster */
    } else if (why) {
        log->envelopes_refused++;
        (void)snprintf(log->why, sizeof log->why, "%s", why);
    } else {
        log->envelopes_new++;
        log->records += records_of(in, waiting);
    }
}

static void write_ended(struct tg_courier_in *in, const struct tg_sync_event *event)
{
    bool leaves = event->kind == TG_SYNC_LEAVES_STORED;
    for (size_t i = 0; i < in->waiting_count; i++) {
        struct waiting waiting = in->waiting[i];
        bool same = leaves == (waiting.leaves > 0) && waiting.index == event->index &&
                    tg_log_id_equal(&waiting.log, &event->log);
        if (!same) continue;
        in->waiting[i] = in->waiting[--in->waiting_count];
        (leaves ? leaves_stored : envelope_stored)(in, &waiting, event->result);
        return;
    }
}

tg_err tg_courier_in_event(struct tg_node *node, const struct tg_sync_event *event)
{
    struct tg_courier_in *in = node->courier;
    if (!in || (event->kind != TG_SYNC_LEAVES_STORED && event->kind != TG_SYNC_ENVELOPE_STORED)) return TG_OK;
    write_ended(in, event);
    tg_err err = step(in, event);
    if (in->on_stored) in->on_stored(in->ctx);
    return err;
}

/* ---- messages ---- */

static tg_err on_hello(struct tg_courier_in *in, const struct tg_msg_hello *hello)
{
    if (in->greeted) return fail(in, tg_fail(&in->why, TG_EFORMAT, "the file greets twice"));
    in->greeted = true;
    in->told.follow_count = hello->origin_count;
    memcpy(in->told.follows, hello->origins, hello->origin_count * sizeof *hello->origins);
    return TG_OK;
}

static struct tg_courier_want *want_of(struct tg_courier_in *in, const struct tg_hash *origin, uint32_t epoch)
{
    struct tg_log_id id = {.origin = *origin, .epoch = epoch};
    for (size_t i = 0; i < in->told.want_count; i++)
        if (tg_log_id_equal(&in->told.wants[i].id, &id)) return &in->told.wants[i];
    if (in->told.want_count == TG_SYNC_LOGS_MAX) return NULL;
    struct tg_courier_want *want = &in->told.wants[in->told.want_count++];
    *want = (struct tg_courier_want){.id = id};
    return want;
}

static void on_want_leaves(struct tg_courier_in *in, const struct tg_msg_want_leaves *msg)
{
    struct tg_courier_want *want = want_of(in, &msg->origin, msg->epoch);
    if (want) want->leaves = msg->start;
}

static void on_want_env(struct tg_courier_in *in, const struct tg_msg_want_env *msg)
{
    struct tg_courier_want *want = want_of(in, &msg->origin, msg->epoch);
    if (want) want->envelopes = msg->from;
}

static tg_err on_leaves(struct tg_courier_in *in, const struct tg_msg_leaves *leaves)
{
    struct tg_log_id id = {.origin = leaves->origin, .epoch = leaves->epoch};
    const struct tg_held_log *held = tg_held_find(in->node, &id);
    uint64_t size = held ? held->size : 0, end = leaves->start + leaves->count;
    if (leaves->start > size)
        return fail(in, tg_fail(&in->why, TG_EPOSITION,
                                "the file begins at entry %" PRIu64 " of the log of %s, and this node holds "
                                "only %" PRIu64 ": ask %s for a file made with --from-start",
                                leaves->start, tg_trust_country(in->node, &id.origin), size,
                                tg_trust_country(in->node, &in->peer)));
    log_of(in, &id.origin, id.epoch)->leaves_known += (end < size ? end : size) - leaves->start;
    return TG_OK;
}

/* An envelope that is here already leaves no trace in the engine: it is counted before. */
static void on_env(struct tg_courier_in *in, const struct tg_msg_env *env)
{
    struct tg_envelope_ref ref = {.log = {.origin = env->origin, .epoch = env->epoch}, .index = env->index};
    struct tg_sync_ops ops = tg_engine_ops(in->node);
    bool whole = env->offset + env->chunk.bytes == env->total_bytes;
    if (whole && ops.envelope_held(ops.ctx, &ref)) log_of(in, &env->origin, env->epoch)->envelopes_known++;
}

/* Whose log it speaks of; NULL: none in particular. */
static const struct tg_hash *origin_of(const struct tg_msg *msg, uint32_t *ret_epoch)
{
    if (msg->type == TG_MSG_LEAVES) *ret_epoch = msg->leaves.epoch;
    if (msg->type == TG_MSG_LEAVES) return &msg->leaves.origin;
    if (msg->type == TG_MSG_ENV) *ret_epoch = msg->env.epoch;
    if (msg->type == TG_MSG_ENV) return &msg->env.origin;
    if (msg->type == TG_MSG_ENV_END) *ret_epoch = msg->env_end.epoch;
    return msg->type == TG_MSG_ENV_END ? &msg->env_end.origin : NULL;
}

/* Looked at before the engine does; *ret_engine: it is for the engine. */
static tg_err look(struct tg_courier_in *in, const struct tg_msg *msg, bool *ret_engine)
{
    uint32_t epoch = 0;
    const struct tg_hash *origin = origin_of(msg, &epoch);
    *ret_engine = false;
    if (!in->greeted && msg->type != TG_MSG_HELLO)
        return fail(in, tg_fail(&in->why, TG_EFORMAT, "the file does not begin with a greeting"));
    if (origin && !log_of(in, origin, epoch)->followed) return TG_OK;
    switch (msg->type) {
    case TG_MSG_HELLO:
        *ret_engine = true;
        return on_hello(in, &msg->hello);
    case TG_MSG_LEAVES:
        *ret_engine = true;
        return on_leaves(in, &msg->leaves);
    case TG_MSG_ENV:
        *ret_engine = true;
        on_env(in, &msg->env);
        return TG_OK;
    case TG_MSG_HEADS:
    case TG_MSG_ENV_END:
    case TG_MSG_RECEIPT:
    case TG_MSG_CARD:
        *ret_engine = true;
        return TG_OK;
    case TG_MSG_WANT_LEAVES:
        on_want_leaves(in, &msg->want_leaves);
        return TG_OK;
    case TG_MSG_WANT_ENV:
        on_want_env(in, &msg->want_env);
        return TG_OK;
    case TG_MSG_UNKNOWN: /* newer, or of no use in a file */
    case TG_MSG_WANT_CARD:
    case TG_MSG_FLASH:
    case TG_MSG_CREDIT:
    case TG_MSG_RESEAL:
    case TG_MSG_FORK:
    case TG_MSG_COSIGN:
    case TG_MSG_CONFLICT:
    case TG_MSG_PING:
    case TG_MSG_PONG:
    case TG_MSG_BYE:
        return TG_OK;
    }
    return TG_OK;
}

static tg_err feed(struct tg_courier_in *in, struct tg_view message)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_msg msg;
    bool engine = false;
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    in->messages++;
    tg_err err = tg_msg_decode(message, &arena, &msg, &in->why);
    if (err) return fail(in, tg_context(&in->why, err, "message %" PRIu64, in->messages));
    err = look(in, &msg, &engine);
    if (err || !engine) return err;
    struct tg_sync_event event = tg_engine_event_now(in->node, TG_SYNC_MESSAGE);
    event.peer = in->peer;
    event.lane = TG_LANE_BULK;
    event.message = message;
    err = step(in, &event);
    return err ? err : in->failed;
}

/* Envelopes may wait for the store side by side; everything else comes behind what is being stored. */
static bool must_wait(const struct tg_courier_in *in, struct tg_view message)
{
    if (tg_msg_peek(message) == TG_MSG_ENV) {
        for (size_t i = 0; i < in->waiting_count; i++)
            if (in->waiting[i].leaves) return true;
        return in->waiting_count == TG_COURIER_STORING_MAX;
    }
    return in->waiting_count > 0;
}

/* ---- blocks ---- */

tg_err tg_courier_in_block(struct tg_courier_in *in, struct tg_view bytes, struct tg_errmsg *em)
{
    const struct tg_peer *peer = tg_trust_find(in->node, &in->peer);
    struct tg_courier_block block;
    if (!peer) return tg_fail(em, TG_EDENIED, "the sender of the file was removed from the peers meanwhile");
    if (in->last) return tg_fail(em, TG_ETRAIL, "something stands behind the end of the file");
    tg_err err = tg_courier_block_decode(bytes, in->next_block, in->messages, &block, em);
    if (!err) {
        err = tg_courier_block_verify(&in->header, &block, &peer->card->store.public_key);
        if (err)
            (void)tg_fail(
                em, err,
                "its signature is not by the key on %s's card: it was changed or damaged on the way (copy "
                "the file anew), or the card that is enrolled here is an older one",
                peer->card->country);
    }
    if (err) return tg_context(em, err, "block %" PRIu32 " of the file", in->next_block);
    tg_buf_clear(&in->block);
    err = tg_buf_put_view(&in->block, block.body);
    if (err) return err;
    in->rest = tg_buf_view(&in->block);
    in->next_block++;
    in->last = block.last;
    struct tg_sync_event event = tg_engine_event_now(in->node, TG_SYNC_PEERS_CHANGED);
    return step(in, &event);
}

static tg_err told_why(const struct tg_courier_in *in, struct tg_errmsg *em)
{
    if (em && in->why.text[0]) *em = in->why;
    return in->failed;
}

tg_err tg_courier_in_step(struct tg_courier_in *in, enum tg_courier_step *ret_step, struct tg_errmsg *em)
{
    for (size_t fed = 0;; fed++) {
        struct tg_view rest = in->rest, message;
        *ret_step = in->waiting_count ? TG_COURIER_WAITS : TG_COURIER_STORED;
        /* Also when something failed, what is on its way to the store is counted first. */
        if (in->failed) return in->waiting_count ? TG_OK : told_why(in, em);
        tg_err err = tg_courier_message_next(&rest, &message);
        if (err) return err == TG_ENOENT ? TG_OK : err;
        if (must_wait(in, message)) return TG_OK;
        if (fed == TG_COURIER_SLICE_MESSAGES) {
            *ret_step = TG_COURIER_MORE;
            return TG_OK;
        }
        in->rest = rest;
        err = feed(in, message);
        if (err && !in->failed) return err;
    }
}

tg_err tg_courier_in_end(struct tg_courier_in *in, bool cut, struct tg_errmsg *em)
{
    if (!in->last && !cut)
        return tg_fail(em, TG_ESHORT, "the file is cut off behind message %" PRIu64, in->messages);
    return tg_courier_told_put(in->node, &in->peer, in->last ? &in->told : NULL, em);
}
