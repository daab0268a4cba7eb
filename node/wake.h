/* The wake-up signal: a named pipe that says how urgent something is, and nothing else.
 *
 * Knows no record: what it is given is a precedence, so nothing of one can get out here. It starts nothing; who reads the
 * pipe (a siren, a pager) is a program of the operator's. Described in tamgad(8) "Wake-up".
 */
#ifndef TG_NODE_WAKE_H
#define TG_NODE_WAKE_H

#include "base/cleanup.h"
#include "base/world.h"
#include "node/events.h"

#define TG_WAKE_PATH_BYTES 1024

struct tg_wake {
    char path[TG_WAKE_PATH_BYTES]; /* "": only the log is told */
    unsigned min_precedence;
    bool matches; /* convergences and hits of standing queries, too */
    const struct tg_clock *clock;
    struct tg_events *events;
    int64_t matched_us; /* when a match was told of; 0: never */
    uint64_t unheard;   /* signals that nobody read */
};

/* Makes the pipe when nothing is there. TG_EVALUE: something else is. path is copied. */
tg_err tg_wake_open(const char *path, unsigned min_precedence, bool matches, const struct tg_clock *clock,
                    struct tg_events *events, struct tg_wake *ret_wake, struct tg_errmsg *em);
/* One line "wake FLASH" into the pipe, and one event. Never waits: without a reader, or with one that is behind, the
 * signal is counted as unheard. */
void tg_wake_alert(struct tg_wake *wake, unsigned precedence);
/* The same with "wake MATCH", at most one in TG_WAKE_MATCH_US. */
void tg_wake_match(struct tg_wake *wake);

#endif
