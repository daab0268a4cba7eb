/* What the parts of the node share. For node/ alone; nothing outside includes it.
 *
 * Parts: trust (who), heads (trees and checkpoints), commit (own and foreign writes), indexer (records to rows),
 * lookup (rows to records), notices, answers to the sync engine, and the service's verbs.
 */
#ifndef TG_NODE_CORE_H
#define TG_NODE_CORE_H

#include "crypto/merkle.h"
#include "match/name_index.h"
#include "match/selector.h"
#include "node/access.h"
#include "node/node.h"
#include "node/ranges.h"
#include "proto/envelope.h"
#include "proto/receipt.h"
#include "proto/seal.h"
#include "store/index.h"
#include "store/log.h"
#include "store/mark.h"
#include "store/store.h"

/* ---- trust: enrolled peers and their cards (trust.c) ---- */

struct tg_peer {
    struct tg_hash id;
    struct tg_card *card;                        /* newest; owned */
    char endpoint[TG_CARD_ENDPOINT_BYTES_MAX];   /* dial this instead of the card's; "" */
    char contact[TG_CARD_CONTACT_BYTES_MAX + 1]; /* who answers at any hour, instead of the card's; "" */
    int64_t added_ms;
    bool has_former; /* its links may still use the key of the card before, until it works with the newest */
    uint8_t curve_former[32];
    char card_refused[TG_PEER_CARD_WHY_BYTES]; /* why a card of it, or by it, was refused last; "" */
};

/* NULL when not enrolled. */
struct tg_peer *tg_trust_find(struct tg_node *node, const struct tg_hash *id);
/* By country code or node id text (or its first 8 characters and more), TG_ENOENT with the nearest, TG_EVALUE when a
 * country has two. */
tg_err tg_trust_resolve(struct tg_node *node, const char *who, struct tg_peer **ret_peer,
                        struct tg_errmsg *em);
/* The card that signs for an origin: ours or a peer's (also a removed one's, from the store); NULL. */
const struct tg_card *tg_trust_card(struct tg_node *node, const struct tg_hash *origin);
/* "TJ" for an origin; "??" when no card is known. Static or node storage. */
const char *tg_trust_country(struct tg_node *node, const struct tg_hash *origin);
/* The origin of that country: ours, an enrolled peer, or one known by card; TG_ENOENT. */
tg_err tg_trust_origin_of_country(struct tg_node *node, struct tg_view country, struct tg_hash *ret_origin);
/* An origin as a person writes it: a country, or a node id in full. TG_ENOENT, TG_EVALUE. */
tg_err tg_origin_read(struct tg_node *node, const char *text, struct tg_hash *ret_origin,
                      struct tg_errmsg *em);
tg_err tg_trust_add(struct tg_node *node, struct tg_view card_note, const char *endpoint,
                    struct tg_peer **ret_peer, bool *ret_new, struct tg_errmsg *em);
/* "": what its card says. TG_EVALUE, TG_ELIMIT. */
tg_err tg_trust_contact_set(struct tg_node *node, struct tg_peer *peer, const char *contact,
                            struct tg_errmsg *em);
/* Who answers there at any hour: as set here, else as on its card; "" when neither says. Not escaped. */
const char *tg_trust_contact(struct tg_node *node, const struct tg_hash *id);
tg_err tg_trust_remove(struct tg_node *node, struct tg_peer *peer, struct tg_errmsg *em);
/* The fingerprint that both sides read out. */
void tg_trust_fingerprint(struct tg_node *node, const struct tg_peer *peer,
                          char out[static TG_FINGERPRINT_TEXT_BYTES]);
/* "KG,UZ", "all", "none", "" (the default) → ids. TG_ENOENT names who is not enrolled. */
tg_err tg_trust_audience(struct tg_node *node, const char *text,
                         struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                         struct tg_errmsg *em);

/* ---- logs as they are held (heads.c) ---- */

#define TG_ENTRY_BARE 0     /* leaf alone */
#define TG_ENTRY_READ 1     /* envelope held and opened */
#define TG_ENTRY_SEALED 2   /* envelope held for others: not addressed to us */
#define TG_ENTRY_CONTROL 3  /* control entry held: signed statements in clear, no records */
#define TG_ENTRY_REFUSED 64 /* envelope held, did not open or not understood: 64 + tg_err */

/* One log in memory: what receipts and answers need at once. Rebuilt at start. */
struct tg_held_log {
    struct tg_log_id id;
    uint32_t number; /* log# of the store */
    bool numbered;   /* it has a number already */
    bool own;
    uint64_t size;
    uint64_t env_upto;   /* as the origin has said */
    uint64_t relay_upto; /* as relays have said */
    struct tg_hash root;
    struct tg_merkle_frontier frontier;
    uint64_t signed_size; /* newest checkpoint with all leaves held; 0: none */
    struct tg_buf checkpoint;
    /* Envelopes addressed to us (or, in our own log, all): held, and refused. Ascending. */
    struct tg_range *have;
    size_t have_count, have_capacity;
    struct tg_refusal *refused;
    size_t refused_count, refused_capacity;
    bool apart_unsaved; /* something new in refused that the index does not hold yet */
    struct tg_withdrawal *withdrawn;
    size_t withdrawn_count, withdrawn_capacity;
    /* What came back of our own log as a leaf alone: its envelope is asked of whoever it was addressed to. */
    struct tg_ranges bare;
    /* Envelopes that are held and that we may read, but whose key is missing here: it is asked for with RESEAL. */
    struct tg_ranges closed;
    /* Own log: last index sealed to the recovery key; UINT64_MAX none. */
    uint64_t recovery_previous;
    uint64_t longer; /* own log: the longest history of it that a peer has shown above our own */
};
struct tg_held_log *tg_held_find(struct tg_node *node, const struct tg_log_id *id);
struct tg_held_log *tg_held_ensure(struct tg_node *node, const struct tg_log_id *id);
struct tg_held_log *tg_held_by_number(struct tg_node *node, uint32_t number);
/* Every envelope of ours below that index has come: somebody said so who would know. */
static inline uint64_t tg_held_come(const struct tg_held_log *log)
{
    return log->env_upto > log->relay_upto ? log->env_upto : log->relay_upto;
}
tg_err tg_held_have(struct tg_held_log *log, uint64_t index);
tg_err tg_held_refused(struct tg_held_log *log, uint64_t index, tg_err why);
/* Of an envelope in that state: into `closed` when its key is what is missing. */
tg_err tg_held_closed(struct tg_held_log *log, uint64_t index, uint8_t state);
/* The same by a receipt's code. What was refused stays refused; "not-understood" gives way. */
tg_err tg_held_apart(struct tg_held_log *log, uint64_t index, const char *code);
/* Its key came: it is not refused and not closed any more. */
tg_err tg_held_opened(struct tg_held_log *log, uint64_t index);
/* NULL when it is neither refused nor not understood. */
const char *tg_held_code(const struct tg_held_log *log, uint64_t index);
tg_err tg_held_withdrawn(struct tg_held_log *log, uint64_t index, uint32_t record);
/* Whom a control entry is addressed to in the table of recipients: nobody's id, it stands for whoever follows the log. */
extern const uint8_t tg_recipient_everyone[TG_STORE_NODE_BYTES];
/* Ours that goes on: of the newest epoch. */
struct tg_held_log *tg_held_own(struct tg_node *node);
/* Hashes of complete subtrees, read in one transaction; borrows both. */
struct tg_held_tree {
    const struct tg_rtxn *txn;
    uint32_t number;
};
struct tg_merkle_reader tg_held_tree_reader(struct tg_held_tree *tree);

/* ---- receipts that others gave us for our own log (receipts.c) ---- */

struct tg_held_receipt {
    struct tg_hash by;
    int64_t at_ms; /* when it reached us */
    struct tg_arena arena;
    struct tg_receipt receipt;
    struct tg_view note;
};
/* For our log of that epoch; NULL when that peer never gave one. */
const struct tg_held_receipt *tg_receipts_of_epoch(struct tg_node *node, const struct tg_hash *by,
                                                   uint32_t epoch);
/* For the one that goes on. */
const struct tg_held_receipt *tg_receipts_of(struct tg_node *node, const struct tg_hash *by);
/* A receipt's code for a record that is kept, passed on and shown, with parts that its reader does not know. */
#define TG_CODE_NOT_UNDERSTOOD "not-understood"
enum tg_holding {
    TG_HOLDING_WAITING,
    TG_HOLDING_STORED,
    TG_HOLDING_NOT_UNDERSTOOD, /* stored all the same */
    TG_HOLDING_REFUSED,
    TG_HOLDING_WITHDRAWN
};
/* What the peer says of one record of our log of that epoch; item 0: of the envelope. */
enum tg_holding tg_receipts_holding(struct tg_node *node, const struct tg_hash *by, uint32_t epoch,
                                    uint64_t index, uint32_t item);
/* The code with which its receipt refuses, or does not understand, something of that envelope of ours; NULL. */
const char *tg_receipts_code(struct tg_node *node, const struct tg_hash *by, uint32_t epoch, uint64_t index);
/* When the peer's first receipt that covers the index reached us: microseconds after the commit began; -1 unknown
 * (kept for the newest TG_STORED_TIMES_MAX envelopes since start). */
int64_t tg_receipts_stored_us(struct tg_node *node, const struct tg_hash *by, uint32_t epoch, uint64_t index);
/* Called after every receipt that was taken; the service uses it to answer who waits. One observer. */
void tg_receipts_observe(struct tg_node *node, void (*on_receipt)(void *ctx, const struct tg_hash *by),
                         void *ctx);

/* ---- indexer (indexer.c) ---- */

/* Token types that are no selectors; stable within one index. */
enum {
    TG_TOKEN_ID = 200,      /* record id */
    TG_TOKEN_DIGEST,        /* origin ‖ content digest */
    TG_TOKEN_EXTERNAL,      /* origin ‖ list 00 external id */
    TG_TOKEN_EXTERNAL_ANY,  /* list 00 external id, any origin */
    TG_TOKEN_FACILITY,      /* folded facility name */
    TG_TOKEN_WORD,          /* folded word of a title or text */
    TG_TOKEN_LIST,          /* name of the outside list */
    TG_TOKEN_REF,           /* record id that this record points to: refers, supersedes, target */
    TG_TOKEN_KIND,          /* u8 kind; not given for indicators */
    TG_TOKEN_PLACE,         /* u32 log# ‖ u64 index ‖ u64 item */
    TG_TOKEN_ID_FRONT,      /* first 4 bytes of the record id */
    TG_TOKEN_CONTESTED,     /* record id that this record contests, decides on, withdraws or replaces */
    TG_TOKEN_CONTESTS,      /* nothing: this record opens a dispute */
    TG_TOKEN_SAID,          /* record id ‖ origin of what acknowledges or answers it */
    TG_TOKEN_THREAD,        /* record id of a thread's first alert: all its alerts */
    TG_TOKEN_OVER,          /* the same ‖ origin of the alert that stands it down */
    TG_TOKEN_REVIEW,        /* u32 day of review; own records of no list */
    TG_TOKEN_REVIEW_LISTED, /* the same; own records of lists */
    TG_TOKEN_REVIEW_OF,     /* u32 day of review ‖ list; own records */
    TG_TOKEN_CLEARS,        /* document that a not_him is bound to */
    TG_TOKEN_NOT_HIM,       /* record id that a not_him speaks of */
    TG_TOKEN_PAPER,         /* u8 type of selector ‖ number of a paper, without its issuer */
    TG_TOKEN_SAMENESS,      /* record id that a Sameness speaks of; two of each */
};
/* Of the tokens above: raised when a record gives other ones than before. An index of another number is built anew at
 * start. */
#define TG_INDEX_LAYOUT 6
/* Rows of the index; encrypted. */
enum { TG_ROW_NAMES = 1 };
/* Flags of tg_index_rec. READ, ACTED: what this node has acknowledged of another's record; ACTED also when answered. Of
 * an alert the two bits from PRECEDENCE on hold that, so that the most urgent are found without opening any. Of others
 * NO_BASIS: states something without a legal basis; MINOR: of one. */
enum {
    TG_REC_SUPERSEDED = 1,
    TG_REC_NEWER = 2,
    TG_REC_ASKED = 4,
    TG_REC_READ = 8,
    TG_REC_ACTED = 16,
    TG_REC_PRECEDENCE = 32,
    TG_REC_NO_BASIS = 32,
    TG_REC_MINOR = 64
};
static inline unsigned tg_rec_precedence(uint8_t flags)
{
    return flags / TG_REC_PRECEDENCE & 3;
}

struct tg_placed { /* a record and where it stands */
    struct tg_held_log *log;
    uint64_t index;
    uint32_t item;
    uint32_t of;      /* records of that envelope */
    uint64_t created; /* unix seconds, of the envelope */
};

/* ---- lookup: recno → record (lookup.c) ---- */

struct tg_found {
    uint64_t recno;
    struct tg_index_rec rec;
    struct tg_held_log *log;
    struct tg_manifest manifest;
    struct tg_record *record; /* in the arena; NULL when withdrawn or not understood */
    int64_t stored_ms;        /* when this node stored it */
    const char *state;        /* live, superseded, withdrawn, expired, early */
};
/* Opens one record; memory in the arena (TG_RECORD_PARSE_BUDGET_BYTES each). TG_ENOENT removed meanwhile. */
tg_err tg_lookup_open(struct tg_node *node, uint64_t recno, struct tg_arena *arena,
                      struct tg_found *ret_found, struct tg_errmsg *em);
/* What a person typed → recno. TG_ENOENT, TG_EVALUE (several), TG_EWITHDRAWN (it is known, and gone). */
tg_err tg_lookup_ref(struct tg_node *node, const char *ref, uint64_t *ret_recno, struct tg_errmsg *em);
/* The place that a short name means, whether a record is (still) held there or not. */
bool tg_lookup_place(struct tg_node *node, const char *ref, struct tg_place *ret_place);
/* "TJ-7#2". */
#define TG_REF_TEXT_BYTES 48
void tg_lookup_ref_text(struct tg_node *node, const struct tg_found *found,
                        char out[static TG_REF_TEXT_BYTES]);
/* Recnos that hold a token, up to max; ret_count may be larger. */
tg_err tg_lookup_token(struct tg_node *node, uint8_t type, struct tg_view form, uint64_t *ret_recnos,
                       size_t max, size_t *ret_count, struct tg_errmsg *em);
tg_err tg_lookup_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                        uint64_t *ret_recnos, size_t max, size_t *ret_count, struct tg_errmsg *em);

/* Ref of a record by its id; the first digits of the id when it is not held. */
void tg_lookup_id_text(struct tg_node *node, const struct tg_hash *id, char out[static TG_REF_TEXT_BYTES]);
void tg_lookup_place_text(struct tg_node *node, const struct tg_log_id *log, uint64_t index, uint32_t item,
                          uint32_t of, char out[static TG_REF_TEXT_BYTES]);

/* One stored envelope, its items to be read one by one. Must not move; ends before the next write. */
struct tg_lookup_batch {
    struct tg_held_log *log;
    uint64_t index;
    int64_t stored_ms;
    struct tg_manifest manifest;
    uint8_t signature[TG_SIGNATURE_BYTES];
    uint8_t leaf[TG_LEAF_BYTES];
    struct tg_rtxn *txn;
    struct tg_opener opener;
    bool open;
};
tg_err tg_lookup_batch_begin(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                             struct tg_lookup_batch *batch, struct tg_errmsg *em);
/* Plain bytes in the arena; ret_salt (TG_SALT_BYTES) may be NULL. TG_EWITHDRAWN. */
tg_err tg_lookup_item(struct tg_lookup_batch *batch, uint32_t item, struct tg_arena *arena,
                      struct tg_view *ret_bytes, uint8_t *ret_salt);
void tg_lookup_batch_end(struct tg_lookup_batch *batch);
/* The statements of a control entry, in the arena; TG_ENOENT when no control entry is held there. The envelope's views
 * live as long as the transaction. */
tg_err tg_lookup_control(const struct tg_rtxn *txn, uint32_t number, uint64_t index, struct tg_arena *arena,
                         struct tg_envelope *ret_envelope, struct tg_batch *ret_batch);
/* Everybody whom the envelope names as its readers, without the origin: what its origin signed. */
tg_err tg_lookup_audience(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                          struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                          struct tg_errmsg *em);
/* Every record of a stored envelope but those that were withdrawn; copied out first, so that each may write. A control
 * entry has none. */
tg_err tg_lookup_each(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                      tg_err (*each)(struct tg_node *node, const struct tg_placed *placed,
                                     struct tg_view bytes, struct tg_errmsg *em),
                      struct tg_errmsg *em);
/* Leaves of the records root of that envelope, also when records of it were withdrawn. */
tg_err tg_heads_record_hashes(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                              struct tg_hash *out, size_t max, size_t *ret_count, struct tg_errmsg *em);

/* ---- notices (notices.c) ---- */

enum tg_notice_kind {
    TG_NOTICE_CONVERGENCE = 1,
    TG_NOTICE_ALERT,
    TG_NOTICE_WITHDRAWAL,
    TG_NOTICE_ACK,
    TG_NOTICE_DISPUTE,
    TG_NOTICE_CORRECTION,
    TG_NOTICE_REVIEW,
    TG_NOTICE_WATCH,
    TG_NOTICE_NOT_READ, /* other: the partner, who is no record */
    TG_NOTICE_KINDS
};
#define TG_NOTICE_NO_LOG UINT32_MAX
#define TG_NOTICE_EVERYONE UINT32_MAX
#define TG_NOTICE_NO_PRECEDENCE UINT8_MAX
struct tg_notice {
    uint64_t cursor; /* from 1, ascending, never given twice */
    int64_t at_ms;
    enum tg_notice_kind kind;
    struct tg_hash id, other;   /* record ids; other is zero when there is none */
    uint32_t log, other_log;    /* log# that they stand in; TG_NOTICE_NO_LOG */
    uint8_t nature, precedence; /* of an alert, as its record has them; 0 and TG_NOTICE_NO_PRECEDENCE */
    uint32_t watch;             /* standing query that it is a hit of; 0: told to everybody */
    uint32_t owner;             /* user who alone is told; TG_NOTICE_EVERYONE */
    char text[TG_NOTICE_TEXT_BYTES_MAX + 1];
};

/* Notices after `after` that are durable, at most max; views live until the next notice. */
size_t tg_notices_after(struct tg_node *node, uint64_t after, const struct tg_notice **ret_notices,
                        size_t max);
/* The newest cursor that is durable; 0: none yet. */
uint64_t tg_notices_end(struct tg_node *node);
/* How many after `after` are no longer kept for their age; ret_before_ms: the oldest that is kept is of then. */
uint64_t tg_notices_gone(struct tg_node *node, uint64_t after, int64_t *ret_before_ms);
/* Called for each new notice once it is durable. One observer. */
void tg_notices_observe(struct tg_node *node, void (*on_notice)(void *ctx, const struct tg_notice *notice),
                        void *ctx);

/* ---- publishing (commit.c) ---- */

/* A job of ours that waits for its commit. Freed by the node after done was called. */
struct tg_publish {
    struct tg_buf *records; /* owned; record_count buffers */
    size_t record_count;
    /* The same, unpacked and checked, so that indexing need not do it again: NULL, or record_count pointers, any of
     * them NULL. What they point to lives in `kept`. */
    const struct tg_record **checked;
    struct tg_arena kept;
    struct tg_hash audience[TG_AUDIENCE_MAX];
    size_t audience_count;
    bool control; /* the records are signed statements (proto/statement.h), to stand in clear; no audience */
    uint8_t precedence;
    int64_t begun_us;
    struct tg_access_note note; /* its entry in the access log, written with it; no verb: none */
    /* Called once, after the commit is durable and published, or has failed. ret: leaf index and ids. */
    void (*done)(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em, uint64_t index,
                 const struct tg_hash *ids);
    void *ctx;
};
/* With all that it owns; NULL is fine. */
void tg_publish_free(struct tg_publish *job);
/* Takes the job; urgent ones go ahead of bulk ones. */
tg_err tg_commit_enqueue(struct tg_node *node, struct tg_publish *job, struct tg_errmsg *em);

/* Withdraw a record of ours: publishes the Withdrawal record to everyone the target was ever sealed to. The job's
 * records and audience are filled in from the target. */
struct tg_withdrawal_draft;
tg_err tg_commit_withdrawal(struct tg_node *node, const struct tg_found *target,
                            const struct tg_withdrawal_draft *draft, struct tg_publish *job,
                            struct tg_errmsg *em);
/* What is kept of a batch key: u64 when it was stored (unix milliseconds) ‖ wrapped key. */
tg_err tg_lookup_key_begin(struct tg_buf *out, int64_t stored_ms);
tg_err tg_lookup_key(const struct tg_rtxn *txn, uint32_t number, uint64_t index, int64_t *ret_stored_ms,
                     struct tg_view *ret_wrapped);
/* Whether some origin withdrew a record of that id. */
bool tg_withdraw_known(struct tg_node *node, const struct tg_hash *id);
/* Whether that origin did; ret_by (may be NULL): id of its Withdrawal, zero when that is not known. */
bool tg_withdraw_known_by(struct tg_node *node, const struct tg_hash *origin, const struct tg_hash *id,
                          struct tg_hash *ret_by, int64_t *ret_at_ms);
/* What an officer's withdrawal keeps from being imported again. Zero and 0 when an older node wrote it. */
struct tg_block {
    uint8_t token[16]; /* its name in the store */
    struct tg_hash target, by;
    int64_t at_ms;
    uint32_t epoch; /* where the record stood in our log */
    uint64_t index;
    uint32_t item;
    bool listed; /* by its number on a list; else by its content */
};
typedef tg_err (*tg_on_block)(void *ctx, const struct tg_block *block);
tg_err tg_blocks_each(struct tg_node *node, tg_on_block on_block, void *ctx, struct tg_errmsg *em);
/* "list:number". False when the text is none. */
bool tg_block_token(struct tg_node *node, const char *ref, uint8_t ret_token[static 16]);
/* TG_ENOENT. Durable when it returns. */
tg_err tg_block_remove(struct tg_node *node, const uint8_t token[static 16], struct tg_errmsg *em);
/* A record of a log that was withdrawn. */
struct tg_withdrawn {
    uint64_t index;
    uint32_t item;
    int64_t at_ms;
    struct tg_hash by; /* id of the withdrawal record */
};
typedef tg_err (*tg_on_withdrawn)(void *ctx, const struct tg_withdrawn *withdrawn);
/* Every place of that log, in no order. What on_withdrawn returns ends the walk. */
tg_err tg_withdrawn_each(const struct tg_rtxn *txn, const struct tg_held_log *log,
                         tg_on_withdrawn on_withdrawn, void *ctx);
/* Everybody that envelope was sealed to, as far as its slots are known here. */
tg_err tg_commit_audience_of(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                             struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                             struct tg_errmsg *em);

/* ---- room on the disk (space.c) ---- */

#define TG_SPACE_WHY_BYTES 256
struct tg_space {
    bool low;  /* less than the reserve: the node answers, and takes only what must not wait */
    bool none; /* nor that */
    int64_t looked_us;
    uint64_t free_bytes, reserve_bytes;
    char why[TG_SPACE_WHY_BYTES]; /* for people */
};
/* Look now; a change is told. */
void tg_space_look(struct tg_node *node);
/* Look when it is time to. */
void tg_space_tick(struct tg_node *node);

/* ---- the node itself (node.c) ---- */

enum tg_start { TG_START_WAITING, TG_START_READY, TG_START_QUARANTINE };

struct tg_node {
    const struct tg_clock *clock;
    const struct tg_random *random;
    struct tg_events *events;
    struct tg_vault *vault;
    struct tg_store *store;
    struct tg_mark_file *mark;
    struct tg_card *card; /* ours */
    struct tg_buf card_note;
    struct tg_hash id;
    struct tg_vault_public public_keys;
    char country[4]; /* for local numbers */
    char default_audience[TG_CONFIG_LIST_BYTES];
    char data[TG_CONFIG_PATH_BYTES];
    int64_t started_ms;
    int64_t wall_offset_ms; /* wall clock less monotonic one, as last told */

    struct tg_peer *peers[TG_PEERS_MAX];
    size_t peer_count;
    struct tg_card *known_cards[TG_PEERS_MAX]; /* of origins that are not (any longer) enrolled */
    size_t known_card_count;

    struct tg_held_log *logs[TG_SYNC_LOGS_MAX];
    size_t log_count;

    struct tg_sync *sync;
    struct tg_outbox *outbox;
    const struct tg_transport *transport;
    tg_err failed; /* met where it could not be returned; tg_node_work does */
    bool
        index_next; /* bulk was written: the next turn works on the index, and no more bulk is written before */
    uint8_t boot[16];

    enum tg_start start;
    char start_why[TG_START_WHY_BYTES];   /* QUARANTINE: what is wrong */
    char start_text[TG_START_TEXT_BYTES]; /* the same with what is waited for, as it was said last */
    bool restored;                        /* put back from a backup, and not let go since */
    struct tg_hash longer_peer;           /* who showed a longer history of ours last */
    uint32_t own_epoch;                   /* of our log: the newest that a prologue of ours began */
    bool own_forked; /* a partner has shown another history of our log, signed by us */
    struct tg_hash forked_peer;
    int64_t start_deadline_us;
    struct tg_hash start_answered[TG_PEERS_MAX];
    size_t start_answered_count;

    struct tg_space space;

    struct tg_cards *cards;
    struct tg_epochs *epochs;
    struct tg_indexer *indexer;
    struct tg_commit *commit;
    struct tg_receipts *receipts;
    struct tg_witness *witness;
    struct tg_forks *forks;
    struct tg_notices *notices;
    struct tg_reminders *reminders;
    void (*on_wake)(void *ctx, unsigned precedence, bool match);
    void *wake_ctx;
    uint32_t not_read_minutes[4]; /* by precedence, from routine; 0: never told */
    uint32_t overdue_seconds[4];  /* by precedence, from routine; 0: as limits.h says */
    int32_t review_days;          /* how long before a review its origin is reminded */
    struct tg_watches *watches;
    struct tg_rewrap *rewrap;
    struct tg_tell *tell;
    bool catching_up; /* put back from a backup: no contents are shown yet (catch_up.c) */
    char catch_up_text[TG_START_TEXT_BYTES];
    struct tg_courier_in *courier; /* the courier file that is being read; NULL. On loan */
};

/* The way from node to its name index and token key, for queries. */
struct tg_name_index *tg_indexer_names(struct tg_node *node);
/* Of a and b joined. */
void tg_indexer_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                       struct tg_token *ret_token);
/* Of what outlives a change of the key-encryption key: names in the table `blocked`. */
void tg_indexer_kept_token2(struct tg_node *node, uint8_t type, struct tg_view a, struct tg_view b,
                            struct tg_token *ret_token);
/* Fold a facility name or a word the way the indexer does; appended. */
tg_err tg_indexer_fold(struct tg_view text, struct tg_buf *out);
/* Words of a text as the indexer takes them (folded, ≥ 3 letters), one callback each. */
tg_err tg_indexer_words(struct tg_view text, tg_err (*word)(void *ctx, struct tg_view folded), void *ctx);
uint64_t tg_indexer_behind(struct tg_node *node); /* records not yet in a run */
/* Throw the index away and build it from the log. progress may be NULL. */
tg_err tg_indexer_rebuild(struct tg_node *node, void (*progress)(void *ctx, uint64_t done, uint64_t total),
                          void *ctx, uint64_t *ret_records, struct tg_errmsg *em);

/* ---- import (import.c): what is new, changed, unchanged ---- */

/* list 00 external id, as TG_TOKEN_EXTERNAL and _ANY have it; appended. */
tg_err tg_import_external_form(const char *list, const char *external_id, struct tg_buf *out);
enum tg_import_verdict { TG_IMPORT_NEW, TG_IMPORT_CHANGED, TG_IMPORT_UNCHANGED, TG_IMPORT_BLOCKED };
/* Against the live record of the same (list, external id) of our own, else our own live records by digest.
 * CHANGED: ret_superseded is the id to supersede. */
tg_err tg_import_judge(struct tg_node *node, const struct tg_record *record,
                       enum tg_import_verdict *ret_verdict, struct tg_hash *ret_superseded,
                       struct tg_errmsg *em);

#endif
