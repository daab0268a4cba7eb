/* The structured log: events from one catalogue, as text or JSON lines.
 *
 * Knows no component's state; what peers wrote is escaped here and nowhere else. Described in
 * docs/formats-wire.md.
 */
#ifndef TG_NODE_EVENTS_H
#define TG_NODE_EVENTS_H

#include "base/bytes.h"
#include "base/world.h"
#include "crypto/hash.h"
#include "proto/config.h"

/* X(ID, level, per-minute limit (0: none), text, what the operator does about it). The name in the log is ID
 * in lower case. An event that a peer or client can cause has a limit. */
#define TG_EVENT_LIST(X)                                                                                     \
    X(NODE_STARTED, NOTICE, 0, "node started", "nothing")                                                    \
    X(NODE_STOPPING, NOTICE, 0, "node is stopping", "nothing")                                               \
    X(NODE_FAILED, ERROR, 0, "node failed", "read 'why'; the store is untouched beyond its last commit")     \
    X(LISTENING, NOTICE, 0, "listening for peers", "nothing")                                                \
    X(LISTEN_FAILED, ERROR, 6, "cannot listen for peers", "free the address or change [net] listen")         \
    X(LINK_UP, INFO, 60, "link is up", "nothing")                                                            \
    X(LINK_DOWN, NOTICE, 60, "link is down", "if it lasts: 'tamga peer test'")                               \
    X(LINK_SILENT, NOTICE, 60, "peer fell silent, link is cut and dialled again",                            \
      "if it repeats: look at the network between the nodes")                                                \
    X(DIAL_FAILED, INFO, 12, "peer cannot be reached", "'tamga peer test' says what is wrong on which side") \
    X(STRANGER, WARNING, 6, "messages from a node that is not trusted were dropped",                         \
      "'tamga peer list'; a revoked peer is expected to try")                                                \
    X(PEER_ODD, WARNING, 30, "peer sent something that is refused", "ask the peer's operator; see 'why'")    \
    X(PEER_FORK, ERROR, 6, "an origin shows two histories",                                                  \
      "keep the evidence; speak with the origin; an administrator clears it")                                \
    X(WITHHELD, WARNING, 6, "an envelope that was addressed to us is not given",                             \
      "'tamga log withheld' has the signed note; ask the origin")                                            \
    X(FORK_CLEARED, NOTICE, 0, "an origin that showed two histories is taken from again", "nothing")         \
    X(PEER_CONFLICT, WARNING, 6, "a peer says that a head of ours does not extend what it holds",            \
      "'tamga log forks' shows whether it can be proven; speak with the peer")                               \
    X(PEER_SECOND, ERROR, 6, "a second process with a peer's keys wants to connect",                         \
      "call the peer: its keys may be stolen, or a copy of its node runs")                                   \
    X(LOG_STALE, WARNING, 12, "no witness has cosigned a log for three intervals",                           \
      "look at the links ('tamga status'): it is cut off, or somebody shows us an old head")                 \
    X(LOG_FRESH, NOTICE, 12, "a log is cosigned again", "nothing")                                           \
    X(COSIGN_REFUSED, ERROR, 6, "a head was not cosigned",                                                   \
      "it does not extend what this node cosigned before: was its store put back from a backup?")            \
    X(PEER_ADDED, NOTICE, 0, "peer is trusted now", "nothing")                                               \
    X(PEER_REMOVED, NOTICE, 0, "peer is no longer trusted", "nothing")                                       \
    X(CARD_ACCEPTED, NOTICE, 60, "newer card of a peer accepted", "nothing")                                 \
    X(CARD_INSTALLED, NOTICE, 0, "new card of our own", "start the node anew when 'tamga key list' says so") \
    X(CARD_REFUSED, WARNING, 12, "card of a peer refused", "get the card by hand: 'tamga peer add'")         \
    X(EPOCH_BEGUN, NOTICE, 12, "a log goes on as a new epoch",                                               \
      "nothing; entries of the one before that are not here by now are lost for ever")                       \
    X(EPOCH_MORE, WARNING, 12, "more is held of a log than its next epoch says could be proven",             \
      "keep it, and tell its origin: it is signed, and may be what they believe lost")                       \
    X(CLOCK_SET, WARNING, 6, "the clock was set while the node runs",                                        \
      "'tamga doctor' compares it with partners'; keep a time service running")                              \
    X(HANGUP, NOTICE, 6, "hangup signal: nothing changes",                                                   \
      "nothing; settings are read at the start, so start the node anew for those")                           \
    X(COMMIT, DEBUG, 0, "envelopes committed", "nothing")                                                    \
    X(STORE_FAILED, ERROR, 0, "the store cannot be written, the node stops",                                 \
      "see 'why'; free space or mend the disk, then start again")                                            \
    X(STORE_SPACE, ERROR, 6, "little space left: the node answers and takes only urgent alerts",             \
      "free space on the disk of 'why'; the node goes on by itself")                                         \
    X(STORE_SPACE_BACK, NOTICE, 6, "space again: the node takes everything", "nothing")                      \
    X(REPLAYED, NOTICE, 0, "index brought up to the log", "nothing")                                         \
    X(REWRAPPED, NOTICE, 0, "every stored batch key is under the new key-encryption key",                    \
      "'tamga rewrap --finish' destroys the former one")                                                     \
    X(RECORD_REFUSED, WARNING, 60, "a record was kept apart", "'tamga doctor' says what to do")              \
    X(ALERT, NOTICE, 0, "alert stored", "read it: 'tamga notices'")                                          \
    X(CONVERGENCE, NOTICE, 60, "two countries report the same thing", "'tamga notices' names both")          \
    X(DISPUTE, NOTICE, 60, "a record is contested", "its origin decides: 'tamga dispute list'")              \
    X(DISPUTE_OVERDUE, WARNING, 60, "a dispute was not decided in time", "'tamga dispute list --overdue'")   \
    X(WAKE, NOTICE, 0, "somebody has to look at the inbox", "'tamga inbox'")                                 \
    X(NOT_READ, WARNING, 60, "a partner has not read an alert of ours",                                      \
      "call them: 'tamga inbox' has the number")                                                             \
    X(REVIEW_DUE, NOTICE, 60, "own records are to be reviewed", "'tamga review'")                            \
    X(WATCH_IDLE, WARNING, 60, "a standing query means nothing any more and raises nothing",                 \
      "see 'why'; its owner removes it and adds it again")                                                   \
    X(CLIENT_REFUSED, WARNING, 30, "control client refused", "see 'why'; roles stand in [control]")          \
    X(CLIENT_ODD, WARNING, 30, "control client broke the protocol", "update the program that calls")         \
    X(START_WAIT, NOTICE, 0, "waiting for peers before the first append",                                    \
      "nothing, or override as 'why' says")

enum tg_event_id {
#define TG_EVENT_ENUM(id, level, limit, text, advice) TG_EV_##id,
    TG_EVENT_LIST(TG_EVENT_ENUM)
#undef TG_EVENT_ENUM
        TG_EVENT_COUNT
};

struct tg_event_field {
    const char *key; /* NULL ends a list */
    enum { TG_FIELD_TEXT, TG_FIELD_NUMBER, TG_FIELD_NODE } type;
    struct tg_view text; /* from anyone: escaped when written */
    int64_t number;
    const struct tg_hash *node; /* written as base32 */
};
#define TG_F_TEXT(k, t) ((struct tg_event_field){.key = (k), .type = TG_FIELD_TEXT, .text = tg_view_str(t)})
#define TG_F_VIEW(k, v) ((struct tg_event_field){.key = (k), .type = TG_FIELD_TEXT, .text = (v)})
#define TG_F_NUM(k, n) ((struct tg_event_field){.key = (k), .type = TG_FIELD_NUMBER, .number = (int64_t)(n)})
#define TG_F_NODE(k, h) ((struct tg_event_field){.key = (k), .type = TG_FIELD_NODE, .node = (h)})

struct tg_events;

/* fd is borrowed (standard error in the daemon); clock is borrowed until _free. */
tg_err tg_events_new(int fd, enum tg_log_format format, enum tg_log_level level, const struct tg_clock *clock,
                     struct tg_events **ret_events);
/* NULL is allowed. */
void tg_events_free(struct tg_events *events);

/* Write one event as one line with one write(2); over its limit it is counted and left out, and the next one
 * written carries `suppressed`. events NULL: nothing is written. Never fails: a log that cannot be written
 * stops nothing. Thread: the core's only. */
void tg_event_write(struct tg_events *events, enum tg_event_id id, const struct tg_event_field *fields);
/* tg_event(log, TG_EV_LINK_UP, TG_F_NODE("peer", &id), TG_F_NUM("lane", lane)); at least one field. */
#define tg_event(events, id, ...)  \
    tg_event_write((events), (id), \
                   (const struct tg_event_field[]){__VA_ARGS__, (struct tg_event_field){.key = NULL}})
#define tg_event_plain(events, id) tg_event_write((events), (id), NULL)

/* "link_up". Static storage. */
const char *tg_event_name(enum tg_event_id id);
/* The whole catalogue as text, a line an event with its advice: for docs and `doctor`. */
tg_err tg_events_catalogue(struct tg_buf *out);

#endif
