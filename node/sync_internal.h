/* What the parts of the sync engine share: peers, logs, and how they send.
 *
 * For node/sync*.c alone.
 */
#ifndef TG_NODE_SYNC_INTERNAL_H
#define TG_NODE_SYNC_INTERNAL_H

#include "base/limits.h"
#include "node/sync.h"

/* An envelope that arrives in chunks on one lane. */
struct tg_assembly {
    bool active;
    struct tg_envelope_ref ref;
    uint64_t total_bytes;
    struct tg_buf bytes;
    struct tg_msg_slot slots[TG_STANZAS_MAX];
    size_t slot_count;
    uint32_t withdrawn[TG_BATCH_RECORDS_MAX];
    size_t withdrawn_count;
};

struct sync_peer {
    struct tg_hash id;
    bool up[TG_LANES];
    bool greeted; /* its HELLO of this session was taken */
    int64_t hello_sent_us;
    struct tg_hash follows[TG_HELLO_ORIGINS_MAX];
    size_t follow_count;
    int64_t since_us;
    int64_t heads_sent_us;
    int64_t skew_ms;
    bool heads_due;
    bool own_size_known;
    uint64_t own_size;
    uint64_t oddities;
    int64_t cards_asked_us;
    bool cards_due; /* of that node they are to be asked for again, and that would have been too soon */
    struct tg_hash cards_due_of;
    uint64_t resealed;
    int64_t reseal_since_us; /* the second that is counted */
    size_t reseal_count;     /* asked for in it */
    char software[TG_LABEL_BYTES_MAX + 1];
    struct tg_assembly assembly[TG_LANES];
};

/* Asking for keys of one log: one peer after the other. */
struct sync_reseal {
    size_t place;   /* of the peer that is asked */
    uint64_t below; /* what is asked for next is below */
    size_t asked;   /* not answered yet, or not stored */
    bool holed;     /* keys with holes are taken too: nobody had them whole */
    int64_t deadline_us, rest_until_us;
};

/* What one peer has of one log. */
struct sync_offer {
    uint64_t size;
    uint64_t env_cursor;   /* the next envelope to ask this peer for (neither the origin nor a relay of it) */
    int64_t rest_until_us; /* not to be asked for envelopes before */
    uint64_t denied_index; /* named as ours, asked for and not given, so many times in a row */
    uint64_t denied_times;
    uint64_t denied_from, denied_upto; /* what all of these answers spoke of */
    int64_t denied_since_ms;           /* when the first of them came */
    int64_t conflict_until_us; /* not to be told again before that its head contradicts what we hold */
    bool doubted;              /* a head of it did not verify, and a newer card may be why */
    bool prologues_asked;      /* one that it gave lacks those before */
};

/* How far envelopes were asked for. */
struct sync_cursor {
    uint64_t next;   /* the next one to ask for; what is below was sent, and may have been lost */
    uint64_t stored; /* handed to the store: nothing below is wanted any more */
};

struct sync_log {
    struct tg_log_id id;
    struct tg_log_state held;
    struct sync_offer offers[TG_PEERS_MAX]; /* by place in tg_sync.peers */
    bool leaves_asked;
    bool leaves_storing;
    int64_t leaves_deadline_us;
    size_t leaves_peer;
    bool envs_asked;
    uint64_t envs_from; /* the question's beginning */
    bool envs_unstored; /* something of the answer found no room here */
    int64_t envs_deadline_us;
    size_t envs_peer;
    struct sync_cursor from_origin, from_relays;
    int64_t again_us; /* a lost one is not asked for again before */
    size_t storing;   /* envelopes handed to the store */
    struct sync_reseal reseal;
    bool receipt_due;
    bool receipt_now;
    int64_t receipt_sent_us;
    bool receipt_by_relay; /* the last one */
};

struct tg_sync {
    struct tg_sync_identity identity;
    char software[TG_LABEL_BYTES_MAX + 1];
    struct tg_sync_ops ops;
    struct sync_peer *peers[TG_PEERS_MAX]; /* NULL: free place */
    struct sync_log *logs[TG_SYNC_LOGS_MAX];
    size_t log_count;
    uint64_t nonce;
};

/* One step: the engine, the moment, and where effects go. The first failure sticks. */
struct sync_step {
    struct tg_sync *sync;
    struct tg_sync_effects *effects;
    int64_t now_us;
    int64_t wall_ms;
    tg_err err;
};

struct tg_sync_effect *tg_sync_effect_add(struct sync_step *step, enum tg_sync_effect_kind kind);
/* NULL when it is not enrolled. */
struct sync_peer *tg_sync_peer_find(struct tg_sync *sync, const struct tg_hash *id);
size_t tg_sync_peer_place(const struct tg_sync *sync, const struct sync_peer *peer);
/* The log, made on first use; NULL when there are too many. */
struct sync_log *tg_sync_log_find(struct sync_step *step, const struct tg_log_id *id);
bool tg_sync_is_own(const struct tg_sync *sync, const struct tg_log_id *id);
/* Whether leaves of that log come from others: of every log but our own, and of that while it is fetched back. */
bool tg_sync_follows_leaves(const struct tg_sync *sync, const struct tg_log_id *id);
/* Both sides follow that origin, or it is one of the two. */
bool tg_sync_shared(const struct tg_sync *sync, const struct sync_peer *peer, const struct tg_hash *origin);
bool tg_sync_ready(const struct sync_peer *peer, enum tg_lane lane);

void tg_sync_send(struct sync_step *step, const struct sync_peer *peer, enum tg_lane lane,
                  const struct tg_msg *msg);
/* Count it against the peer and tell the operator. */
void tg_sync_odd(struct sync_step *step, struct sync_peer *peer, const char *what);

/* sync_cards.c */
void tg_sync_cards_tick(struct sync_step *step);
void tg_sync_ask_cards(struct sync_step *step, struct sync_peer *peer, const struct tg_hash *node);
void tg_sync_on_hello_card(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_hello *hello);
void tg_sync_on_card(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_card *card);
void tg_sync_on_want_card(struct sync_step *step, struct sync_peer *peer,
                          const struct tg_msg_want_card *want);
void tg_sync_on_card_taken(struct sync_step *step, const struct tg_sync_event *event);
void tg_sync_on_epoch_taken(struct sync_step *step, const struct tg_sync_event *event);

/* sync_serve.c */
void tg_sync_send_heads(struct sync_step *step, struct sync_peer *peer);
void tg_sync_on_want_leaves(struct sync_step *step, struct sync_peer *peer,
                            const struct tg_msg_want_leaves *want);
void tg_sync_on_want_env(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_want_env *want);
/* Head, missing leaves and the envelope itself, at once, on the urgent lane; nothing when it is not for that peer. Of
 * our own log: tg_sync_push_own. */
void tg_sync_push(struct sync_step *step, struct sync_peer *peer, const struct tg_envelope_ref *ref);
void tg_sync_push_own(struct sync_step *step, struct sync_peer *peer, uint64_t index);

/* sync_relay.c */
bool tg_sync_relayed_by(const struct sync_step *step, const struct tg_hash *origin,
                        const struct tg_hash *who);
/* To the origin, or where it is not linked, by its relays. */
void tg_sync_send_receipt(struct sync_step *step, struct sync_log *log);
/* Receipts that went by a relay may have met a cut behind it: say so again after a while. */
void tg_sync_receipt_again(struct sync_step *step, struct sync_log *log);
void tg_sync_on_receipt(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_receipt *receipt);
/* An urgent envelope of an origin that we relay goes on at once. */
void tg_sync_relay_on(struct sync_step *step, const struct tg_envelope_ref *ref);

/* sync_fetch.c */
void tg_sync_on_heads(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_heads *heads);
void tg_sync_on_leaves(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_leaves *leaves);
void tg_sync_on_env(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                    const struct tg_msg_env *env);
void tg_sync_on_env_end(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_env_end *end);
/* Move the stored cursor up to the first envelope that is wanted; go back to it when it was lost on the way. */
void tg_sync_cursor(struct sync_step *step, struct sync_log *log);
/* Ask for what is missing and not yet asked for. */
void tg_sync_fetch(struct sync_step *step, struct sync_log *log);

/* sync_reseal.c */
void tg_sync_on_reseal(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_reseal *reseal);
/* Ask for the keys that are missing, as far as the window goes. */
void tg_sync_reseal_ask(struct sync_step *step, struct sync_log *log);
void tg_sync_key_stored(struct sync_step *step, const struct tg_sync_event *event);

void tg_sync_assembly_drop(struct tg_assembly *assembly);

/* sync_witness.c */
/* What may not be believed of the lines below a head is counted; those that are dated in the future are taken away from
 * it. False: the note is to be refused whole. */
bool tg_sync_head_lines(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                        struct tg_msg_head *head, const struct tg_hash *root);
void tg_sync_head_shown(struct sync_step *step, const struct sync_peer *peer, const struct tg_log_id *log,
                        const struct tg_msg_head *head, const struct tg_hash *root);
void tg_sync_on_cosign(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_cosign *cosign);
void tg_sync_cosigned(struct sync_step *step, const struct tg_sync_event *event);
void tg_sync_fork_kept(struct sync_step *step, const struct tg_sync_event *event);
/* All proofs about origins that both follow. */
void tg_sync_send_forks(struct sync_step *step, const struct sync_peer *peer);
void tg_sync_on_fork(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_fork *fork);
void tg_sync_send_conflict(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                           struct tg_view checkpoint);
void tg_sync_on_conflict(struct sync_step *step, struct sync_peer *peer,
                         const struct tg_msg_conflict *conflict);

#endif
