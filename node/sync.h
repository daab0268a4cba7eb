/* The sync engine: decides what to ask, send and store, and does none of it.
 *
 * step(engine, event, effects): no clock, socket, file or thread; the world comes in through events and
 * tg_sync_ops, and leaves as effects. Messages: docs/formats-wire.md.
 */
#ifndef TG_NODE_SYNC_H
#define TG_NODE_SYNC_H

#include "base/arena.h"
#include "base/world.h"
#include "crypto/hash.h"
#include "node/transport.h"
#include "proto/wire.h"

/* One origin's log in one epoch. */
struct tg_log_id {
    struct tg_hash origin; /* node id */
    uint32_t epoch;
};
static inline bool tg_log_id_equal(const struct tg_log_id *a, const struct tg_log_id *b)
{
    return a->epoch == b->epoch && tg_hash_equal(&a->origin, &b->origin);
}

struct tg_log_state {
    uint64_t size;       /* leaves held, all verified under a signed head */
    uint64_t env_upto;   /* the origin has said that all of ours below this were sent */
    uint64_t relay_upto; /* a relay of the origin has said so: what it says is asked of no relay again */
    struct tg_hash root;
};

struct tg_envelope_ref {
    struct tg_log_id log;
    uint64_t index;
};

/* What goes beside an envelope's bytes. */
struct tg_envelope_extra {
    struct tg_msg_slot slots[TG_STANZAS_MAX];
    size_t slot_count;
    uint32_t withdrawn[TG_BATCH_RECORDS_MAX]; /* records, as far as the sender knows */
    size_t withdrawn_count;
    uint8_t precedence;
};

/* What the engine may ask of its node. All reads see what is committed. ctx is the node. Buffers are appended to. */
struct tg_sync_ops {
    void *ctx;
    /* Enrolled peers, our own id not among them. */
    size_t (*peers_list)(void *ctx, struct tg_hash *ret_ids, size_t max);
    /* Logs that we hold anything of, ours included. */
    size_t (*logs_list)(void *ctx, struct tg_log_id *ret_logs, size_t max);
    /* A log nobody has seen yet has size 0 and the empty root. */
    tg_err (*log_state)(void *ctx, const struct tg_log_id *log, struct tg_log_state *ret_state);
    /* The newest signed checkpoint whose leaves are all held; TG_ENOENT before the first. */
    tg_err (*checkpoint_get)(void *ctx, const struct tg_log_id *log, struct tg_buf *out);
    /* Verify a checkpoint note by the origin's card; size and root come back. */
    tg_err (*checkpoint_verify)(void *ctx, const struct tg_log_id *log, struct tg_view note,
                                uint64_t *ret_size, struct tg_hash *ret_root);
    tg_err (*root_at)(void *ctx, const struct tg_log_id *log, uint64_t size, struct tg_hash *ret_root);
    /* count leaves of 33 bytes from start. */
    tg_err (*leaves_get)(void *ctx, const struct tg_log_id *log, uint64_t start, uint32_t count,
                         struct tg_buf *out);
    /* Hashes that prove the tree of old_size to be the front of that of new_size. */
    tg_err (*consistency_get)(void *ctx, const struct tg_log_id *log, uint64_t old_size, uint64_t new_size,
                              struct tg_buf *out);
    /* Leaves that begin where the held ones end, against a signed (size, root): TG_EROOT. */
    tg_err (*leaves_verify)(void *ctx, const struct tg_log_id *log, struct tg_view leaves, uint64_t size,
                            const struct tg_hash *root, struct tg_view consistency);
    /* First envelope at or after from that is sealed to peer and held here whole; TG_ENOENT. */
    tg_err (*addressed_next)(void *ctx, const struct tg_log_id *log, const struct tg_hash *peer,
                             uint64_t from, uint64_t *ret_index);
    /* Newest envelope below upto that is sealed to peer: 1 + its index, 0 when there is none. */
    uint64_t (*addressed_newest)(void *ctx, const struct tg_log_id *log, const struct tg_hash *peer,
                                 uint64_t upto);
    /* Envelope bytes, with what goes beside them to that peer. */
    tg_err (*envelope_get)(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                           struct tg_buf *out, struct tg_envelope_extra *ret_extra);
    bool (*envelope_held)(void *ctx, const struct tg_envelope_ref *ref);
    /* First envelope of the log that somebody said is for us and that is not held; TG_ENOENT. */
    tg_err (*wanted_first)(void *ctx, const struct tg_log_id *log, uint64_t *ret_index);
    /* Our signed receipt for that log; nothing appended when there is nothing to say. */
    tg_err (*receipt_make)(void *ctx, const struct tg_log_id *log, int64_t wall_ms, struct tg_buf *out);
    /* Our own urgent envelopes that this peer has not receipted, ascending. */
    size_t (*urgent_unreceipted)(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes, size_t max);
    void (*card_info)(void *ctx, uint64_t *ret_serial, struct tg_hash *ret_hash);
    /* Does the origin's card name that node as a relay of its envelopes? */
    bool (*relays)(void *ctx, const struct tg_hash *origin, const struct tg_hash *who);
    /* Cosignature lines over the checkpoint of exactly that size. */
    tg_err (*cosignatures_get)(void *ctx, const struct tg_log_id *log, uint64_t size, struct tg_buf *out);
    /* May lines over the checkpoint of that size be believed? root NULL: as it is held. TG_EPOSITION: above what is
     * held, so that cannot be said yet. */
    tg_err (*cosignatures_verify)(void *ctx, const struct tg_log_id *log, uint64_t size,
                                  const struct tg_hash *root, struct tg_view lines);
    /* The i-th fork proof that is kept; TG_ENOENT behind the last. */
    tg_err (*fork_get)(void *ctx, size_t i, struct tg_hash *ret_origin, uint32_t *ret_kind,
                       struct tg_buf *out);
    /* TG_OK: it proves something new. TG_EEXIST: known, or not our business. TG_ENEWER: not understood. */
    tg_err (*fork_verify)(void *ctx, uint32_t kind, struct tg_view evidence);
    /* Nothing is taken from an origin that showed two histories. */
    bool (*is_frozen)(void *ctx, const struct tg_hash *origin);
    /* Whether leaves of our own log may be taken from others: our store is older than it. */
    bool (*own_recovers)(void *ctx);
    /* First run, from .. *ret_end - 1 at or after from, of entries of our own log whose envelope is not held;
     * TG_ENOENT. */
    tg_err (*own_bare_next)(void *ctx, const struct tg_log_id *log, uint64_t from, uint64_t *ret_first,
                            uint64_t *ret_end);
    /* Every card of that node up to this serial is held, and what follows is asked for; 0: not even the first. */
    uint64_t (*cards_upto)(void *ctx, const struct tg_hash *node);
    /* Whether that is the card of that serial: TG_EFORK another one is held, TG_ENOENT none. */
    tg_err (*card_is)(void *ctx, const struct tg_hash *node, uint64_t serial, const struct tg_hash *hash);
    /* The held card of the lowest serial above *serial, which becomes its serial; TG_ENOENT. */
    tg_err (*card_next)(void *ctx, const struct tg_hash *node, uint64_t *serial, struct tg_buf *out);
    /* Of our own log: the newest that was begun. */
    uint32_t (*own_epoch)(void *ctx);
    /* The held prologue of that node of the lowest epoch above *epoch, which becomes its epoch; TG_ENOENT. */
    tg_err (*epoch_next)(void *ctx, const struct tg_hash *node, uint32_t *epoch, struct tg_buf *out);
    /* Greatest index below of an envelope that is held, that we may read, and whose key is missing; TG_ENOENT. */
    tg_err (*closed_before)(void *ctx, const struct tg_log_id *log, uint64_t below, uint64_t *ret_index);
    /* Its key sealed to the peer's newest card. TG_ENOENT, TG_EAUDIENCE the peer may not read it. */
    tg_err (*reseal_give)(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                          struct tg_buf *out);
};

enum tg_sync_event_kind {
    TG_SYNC_LINK_UP,
    TG_SYNC_LINK_DOWN,
    TG_SYNC_MESSAGE,
    TG_SYNC_TICK,
    TG_SYNC_PEERS_CHANGED,
    TG_SYNC_OWN_COMMITTED,   /* log, index = first, count, precedence */
    TG_SYNC_LEAVES_STORED,   /* log, result */
    TG_SYNC_ENVELOPE_STORED, /* log, index, result, precedence */
    TG_SYNC_CLOCK_SET,       /* ahead_ms */
    TG_SYNC_COSIGNED,        /* log, index = size, message = our line; or none: others' lines have come */
    TG_SYNC_FORK_KEPT,       /* log, count = kind, message = evidence: for all who follow that origin */
    TG_SYNC_KEY_STORED,      /* log, index, result: of a key that was sealed anew */
    TG_SYNC_HOLDING_CHANGED, /* log.origin: what we hold of its logs is less now (withdrawn): the origin is to know at once */
    TG_SYNC_EPOCH_TAKEN, /* peer = who gave the prologue (ourselves: our own), log = what it begins, result */
    TG_SYNC_CARD_TAKEN, /* peer = who gave it (ourselves: our own), log.origin = whose, index = its serial, result */
};

struct tg_sync_event {
    enum tg_sync_event_kind kind;
    int64_t now_us; /* monotonic */
    int64_t wall_ms;
    struct tg_hash peer;
    enum tg_lane lane;
    struct tg_view message; /* MESSAGE: borrowed for the step */
    struct tg_log_id log;
    uint64_t index;
    uint64_t count;
    uint8_t precedence;
    tg_err result;
    int64_t ahead_ms; /* by so much our wall clock was set forward */
};

enum tg_sync_effect_kind {
    TG_EFFECT_SEND,         /* peer, lane, bytes */
    TG_EFFECT_STORE_LEAVES, /* log, index = start, bytes = leaves, note = checkpoint, size: ends in LEAVES_STORED */
    TG_EFFECT_STORE_ENVELOPE, /* log, index, bytes, slots, peer = who sent it, urgent: ends in ENVELOPE_STORED */
    TG_EFFECT_STORE_KEY,      /* peer, log, index, bytes = a key sealed anew: ends in KEY_STORED */
    TG_EFFECT_STORE_CURSOR, /* log, index = env_upto, size = relay_upto: no completion */
    TG_EFFECT_STORE_WANTED, /* peer, log, index: it has one for us there that is not held: no completion */
    TG_EFFECT_WITHHELD, /* peer, log, from, index = upto, size = times, since_ms: it has answered so many times in a
                              * row, first then, that all of ours between the two was sent, and what was named there
                              * before is not held */
    TG_EFFECT_RECEIPT,       /* peer = who signed it, note: to be verified and kept */
    TG_EFFECT_FORK,          /* log, note = offending checkpoint, index = its size */
    TG_EFFECT_FORK_SHOWN,    /* peer, index = kind, bytes = evidence that proves something new */
    TG_EFFECT_CONFLICT,      /* peer, log, index = size of the head of it that the peer does not believe */
    TG_EFFECT_HEAD_SHOWN,    /* peer, log, index = size of a head that is no fork */
    TG_EFFECT_COSIGNATURES,  /* log, index = size, bytes = lines, root */
    TG_EFFECT_ROLLED_BACK,   /* log = own, index = the size that peer holds, note */
    TG_EFFECT_OWN_HEAD_SEEN, /* peer has told which head of ours it holds: index = size */
    TG_EFFECT_ODDITY,        /* peer, bytes = what was odd (text); counted */
    TG_EFFECT_DISCONNECT,    /* peer */
    TG_EFFECT_CARD, /* peer, note: a card or a prologue to be judged: ends in CARD_TAKEN or EPOCH_TAKEN */
    TG_EFFECT_CARD_USED, /* peer, index: the serial of the card that it works with, as it said */
};

struct tg_sync_effect {
    enum tg_sync_effect_kind kind;
    struct tg_hash peer;
    enum tg_lane lane;
    struct tg_log_id log;
    uint64_t index;
    uint64_t size;
    uint64_t from;
    int64_t since_ms; /* wall clock */
    struct tg_view bytes;
    struct tg_view note;
    const struct tg_hash *root; /* COSIGNATURES: of the checkpoint; NULL: as held */
    const struct tg_msg_slot *slots;
    size_t slot_count;
    const uint64_t *wanted; /* STORE_LEAVES: indexes of those whose envelope is for us */
    size_t wanted_count;
    const uint32_t *withdrawn; /* STORE_ENVELOPE: said by the origin itself */
    size_t withdrawn_count;
    bool urgent;
};

/* Effects of one step, in order; memory is the arena's and lives until it is cleared. */
struct tg_sync_effects {
    struct tg_arena *arena;
    struct tg_sync_effect *items;
    size_t count;
    size_t capacity;
};
void tg_sync_effects_init(struct tg_sync_effects *effects, struct tg_arena *arena);

struct tg_sync;
struct tg_sync_identity {
    struct tg_hash node;
    uint8_t boot[16];
    const char *software;
};
tg_err tg_sync_new(const struct tg_sync_identity *identity, const struct tg_sync_ops *ops,
                   struct tg_sync **ret_sync);
void tg_sync_free(struct tg_sync *sync);

/* One event in, effects out. TG_ENOMEM only; a peer's nonsense is an ODDITY effect, never an error. */
tg_err tg_sync_step(struct tg_sync *sync, const struct tg_sync_event *event, struct tg_sync_effects *effects);

/* What the engine knows of a peer, for status. */
struct tg_sync_peer_view {
    bool up[2];
    bool greeted;
    bool enrolled_us;
    int64_t since_us;
    int64_t skew_ms;
    uint64_t own_size; /* the head of our own log that it holds, as it said */
    bool own_size_known;
    uint64_t oddities;
    uint64_t resealed;      /* keys sealed anew for it */
    uint64_t leaves_behind; /* leaves of its own logs that it has told of and that are not here */
    char software[64];
};
bool tg_sync_peer(const struct tg_sync *sync, const struct tg_hash *peer, struct tg_sync_peer_view *ret_view);
/* Whose logs it follows, as it said over the link that is up; TG_HELLO_ORIGINS_MAX at most. False: it is silent now. */
bool tg_sync_follows(const struct tg_sync *sync, const struct tg_hash *peer, struct tg_hash *ret_ids,
                     size_t *ret_count);

#endif
