/* Messages between two nodes: our own structs, and their bytes on the wire.
 *
 * Knows no state of a link, no peer and no store. Bytes: docs/formats-wire.md, proto/wire.proto.
 */
#ifndef TG_PROTO_WIRE_H
#define TG_PROTO_WIRE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "crypto/hash.h"

#define TG_WIRE_VERSION 1
#define TG_WIRE_NONCE_BYTES 16
#define TG_WIRE_LEAF_BYTES 33

/* X(number, NAME, member): one row a message type. The number is the field's number in proto/wire.proto and
 * stands in no other place; it is never used again for anything else. */
#define TG_MSG_LIST(X)             \
    X(1, HELLO, hello)             \
    X(2, CARD, card)               \
    X(3, WANT_CARD, want_card)     \
    X(4, HEADS, heads)             \
    X(5, WANT_LEAVES, want_leaves) \
    X(6, LEAVES, leaves)           \
    X(7, WANT_ENV, want_env)       \
    X(8, ENV, env)                 \
    X(9, ENV_END, env_end)         \
    X(10, FLASH, flash)            \
    X(11, CREDIT, credit)          \
    X(12, RECEIPT, receipt)        \
    X(14, RESEAL, reseal)          \
    X(15, FORK, fork)              \
    X(16, COSIGN, cosign)          \
    X(17, CONFLICT, conflict)      \
    X(18, PING, ping)              \
    X(19, PONG, pong)              \
    X(20, BYE, bye)

enum tg_msg_type {
    TG_MSG_UNKNOWN = 0, /* well-formed, of a type newer than this node: to be counted and ignored */
#define TG_MSG_ENUM(number, NAME, member) TG_MSG_##NAME = (number),
    TG_MSG_LIST(TG_MSG_ENUM)
#undef TG_MSG_ENUM
};

/* Says who speaks and what it can do. First on every link; another one on a link that is up begins the
 * session anew. */
struct tg_msg_hello {
    struct tg_hash node;
    uint8_t boot[TG_WIRE_NONCE_BYTES]; /* random, new at each start of the process */
    uint8_t nonce[TG_WIRE_NONCE_BYTES];
    uint32_t version_min, version_max; /* of this protocol; min ≤ max, min ≥ 1 */
    const uint32_t *suites;            /* envelope suites that the sender can open */
    size_t suite_count;
    uint64_t card_serial; /* the sender's newest card */
    struct tg_hash card_hash;
    const struct tg_hash *origins; /* nodes whose logs the sender follows, itself included */
    size_t origin_count;           /* ≤ TG_HELLO_ORIGINS_MAX */
    uint64_t time_ms;              /* the sender's wall clock, unix milliseconds */
    struct tg_view software;       /* "tamga 0.1.0"; UTF-8, ≤ TG_LABEL_BYTES_MAX */
    bool answer;                   /* to the receiver's HELLO: begins no session that has begun */
};
struct tg_msg_card {
    struct tg_view note; /* signed note, 1..TG_CARD_BYTES_MAX */
};
struct tg_msg_want_card {
    struct tg_hash node;
    uint64_t after_serial; /* every card of that node with a greater serial, oldest first */
};
struct tg_msg_head {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t size;
    struct tg_view checkpoint;   /* signed note; empty exactly when size is 0 */
    struct tg_view cosignatures; /* whole signature lines, each with its newline; may be empty */
};
struct tg_msg_heads {
    const struct tg_msg_head *heads;
    size_t count; /* ≤ TG_HEADS_PER_MESSAGE_MAX */
};
struct tg_msg_want_leaves {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t start;
    uint32_t count; /* 1..TG_LEAVES_PER_MESSAGE_MAX */
};
struct tg_msg_leaves {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t start;        /* log index of the first leaf */
    struct tg_view leaves; /* whole leaves of TG_WIRE_LEAF_BYTES, 1..TG_LEAVES_PER_MESSAGE_MAX of them */
    size_t count;          /* leaves.bytes / TG_WIRE_LEAF_BYTES; set by decode, ignored by encode */
    /* The newest signed head that the sender holds (1..TG_NOTE_BYTES_MAX), and the RFC 6962 consistency proof
     * from start + count to its size, so that each message can be checked and stored alone: whole hashes of
     * 32 bytes, ≤ 64 of them. */
    struct tg_view checkpoint;
    struct tg_view consistency;
    /* Offsets from start, ascending and distinct, of the leaves whose envelope is addressed to the receiver
     * and held by the sender. */
    const uint32_t *for_you;
    size_t for_you_count;
};
struct tg_msg_want_env {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t from, until;  /* log indexes, from ≤ wanted < until */
    uint64_t credit_bytes; /* chunk bytes that the asker accepts before it sends CREDIT */
};
struct tg_msg_slot {
    struct tg_hash node;
    uint32_t slot; /* stanza of that recipient, < TG_STANZAS_MAX */
};
/* One chunk of an envelope. A small envelope is one message with offset 0. */
struct tg_msg_env {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t index;
    uint8_t precedence;              /* the manifest's: 0 routine .. 3 flash; FLASH messages carry 2 or 3 */
    const struct tg_msg_slot *slots; /* the receiver's own; for a relay, those it may serve; nodes distinct */
    size_t slot_count;               /* ≤ TG_STANZAS_MAX; stands in the chunk with offset 0 */
    uint64_t total_bytes;            /* 1..TG_ENVELOPE_BYTES_MAX, the same in every chunk */
    uint64_t offset;
    struct tg_view chunk;      /* 1..TG_ENV_CHUNK_BYTES_MAX, ends at or before total_bytes */
    const uint32_t *withdrawn; /* records 1..TG_BATCH_RECORDS_MAX, ascending and distinct */
    size_t withdrawn_count;
};
/* Every envelope of that log addressed to the receiver, held by the sender and below upto was sent. */
struct tg_msg_env_end {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t upto;
    uint64_t
        newest; /* 1 + index of the newest of them: the end of the chain that `previous` goes back along; 0: none */
};
struct tg_msg_credit {
    uint64_t bytes; /* more chunk bytes that may be sent; ≥ 1 */
};
struct tg_msg_receipt {
    struct tg_view note; /* signed note, 1..TG_RECEIPT_BYTES_MAX */
};
/* The key of one envelope, sealed anew: asked for by whoever may read it and cannot, and given by whoever holds it. */
enum tg_reseal_kind {
    TG_RESEAL_WANTED = 0,
    TG_RESEAL_KEY = 1,
    TG_RESEAL_REFUSED = 2,
};
enum tg_reseal_refusal {
    TG_RESEAL_NOT_HELD = 1,  /* the envelope or its key is not here */
    TG_RESEAL_NOT_YOURS = 2, /* the asker is neither its origin nor in its audience */
    TG_RESEAL_LATER = 3,     /* too many were asked for */
};
struct tg_msg_reseal {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t index;
    uint32_t kind;         /* enum tg_reseal_kind, or a newer one */
    struct tg_view sealed; /* KEY: TG_STANZA_BYTES..TG_RESEAL_BYTES_MAX; else empty */
    uint32_t why;          /* REFUSED: enum tg_reseal_refusal, or a newer one; else 0 */
};
enum tg_fork_kind {
    TG_FORK_MANIFESTS = 1,   /* two manifests with signatures, one (origin, epoch, index) */
    TG_FORK_CHECKPOINTS = 2, /* two notes and the nodes between them */
    TG_FORK_LEAF = 3,        /* a manifest, and the other leaf that a signed head has in its place */
};
struct tg_msg_fork {
    uint32_t kind;           /* enum tg_fork_kind, or a newer one */
    struct tg_view evidence; /* 1..TG_FORK_EVIDENCE_BYTES_MAX */
};
struct tg_msg_cosign {
    struct tg_hash origin;
    uint32_t epoch;
    uint64_t size;       /* of the checkpoint that is cosigned, ≥ 1 */
    struct tg_view line; /* one signature line with its newline, ≤ TG_SHORT_TEXT_BYTES_MAX */
};
struct tg_msg_conflict {
    struct tg_hash origin;
    uint32_t epoch;
    struct tg_view note; /* the checkpoint that does not extend what the sender holds */
};
struct tg_msg_ping {
    uint64_t nonce;
};
enum tg_bye_reason {
    TG_BYE_STOPPING = 1, /* the node goes down */
    TG_BYE_VERSION = 2,  /* no protocol version in common */
    TG_BYE_SECOND = 3,   /* another live process has the same node id */
    TG_BYE_PROTOCOL = 4, /* the receiver broke the protocol */
    TG_BYE_NOT_TRUSTED = 5,
};
struct tg_msg_bye {
    uint32_t reason;     /* enum tg_bye_reason, or a newer one */
    struct tg_view text; /* UTF-8, ≤ TG_SHORT_TEXT_BYTES_MAX; may be empty */
};

struct tg_msg {
    enum tg_msg_type type;
    union {
        struct tg_msg_hello hello;
        struct tg_msg_card card;
        struct tg_msg_want_card want_card;
        struct tg_msg_heads heads;
        struct tg_msg_want_leaves want_leaves;
        struct tg_msg_leaves leaves;
        struct tg_msg_want_env want_env;
        struct tg_msg_env env;
        struct tg_msg_env_end env_end;
        struct tg_msg_env flash;
        struct tg_msg_credit credit;
        struct tg_msg_receipt receipt;
        struct tg_msg_reseal reseal;
        struct tg_msg_fork fork;
        struct tg_msg_cosign cosign;
        struct tg_msg_conflict conflict;
        struct tg_msg_ping ping, pong;
        struct tg_msg_bye bye;
    };
};

/* Append the message's bytes to out. The message is checked as a receiver would check it, so what is sent
 * is never refused by an honest peer of this version.
 *
 * Errors: TG_EVALUE, TG_ELIMIT as tg_msg_decode; TG_ELIMIT over TG_FRAME_BYTES_MAX; TG_ENOMEM. out is
 * unchanged on failure. Any thread.
 */
tg_err tg_msg_encode(const struct tg_msg *msg, struct tg_buf *out, struct tg_errmsg *em);

/* Read and check one message; fields and types that this node does not know are skipped.
 *
 * arena    memory for everything ret_msg points to, which lives until the arena is cleared; give it a budget
 *          of TG_MESSAGE_PARSE_BUDGET_BYTES
 * ret_msg  unchanged on failure; type TG_MSG_UNKNOWN for a type that is newer than this node
 *
 * Errors: TG_EFORMAT not a message; TG_ELIMIT too large, too many fields; TG_EVALUE a field's value is
 * refused; TG_ENOMEM over the arena's budget. Any thread.
 */
tg_err tg_msg_decode(struct tg_view wire, struct tg_arena *arena, struct tg_msg *ret_msg,
                     struct tg_errmsg *em);

/* The type without reading the rest, TG_MSG_UNKNOWN when it cannot be told: for counting and for tests. */
enum tg_msg_type tg_msg_peek(struct tg_view wire);

/* "WANT_LEAVES"; "UNKNOWN" for anything else. Static storage. */
const char *tg_msg_type_name(enum tg_msg_type type);

#endif
