/* Which of several records are believed to concern one subject, from words that two do, or do not. A view: nothing is
 * merged, and without a word it falls apart again.
 *
 * Knows numbers and links; no records, names or origins. Method: docs/formats-match.md "Clusters".
 */
#ifndef TG_MATCH_CLUSTER_H
#define TG_MATCH_CLUSTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

/* Below: one doubtful word, or one likeness that a machine has seen. */
#define TG_CLUSTER_FIRM 3

/* One word about two members. */
struct tg_cluster_link {
    uint32_t a, b;
    uint32_t source;   /* who says so; of several words of one source about a pair the strongest counts */
    uint16_t strength; /* of a word that joins, from 1; different sources add up */
    bool apart;        /* it is said that the two differ: they never stand in one cluster */
    /* Filled in by tg_cluster_solve. */
    bool holds;  /* joins: both stand in one cluster. apart: always */
    bool bridge; /* the pair alone holds two parts of two members or more together, and is weaker than FIRM */
};

/* The clusters of `count` members by those links.
 *
 * count      members, numbered from 0 in ascending order of their ids: so every node that holds the same words finds
 *            the same clusters, in whatever order they came
 * links      reordered never; any order, repeats and both directions are fine
 * ret_first  of each member the smallest member of its cluster; itself when it stands alone
 *
 * Pairs are joined strongest first, of equal ones the smaller numbers first; a pair that would bring two members together
 * that are held apart is left out, whatever its strength.
 * Errors: TG_ELIMIT over TG_CLUSTER_MEMBERS_MAX or TG_CLUSTER_LINKS_MAX, TG_EVALUE a link of no member, TG_ENOMEM.
 * Thread: any. Memory from the arena: less than TG_CLUSTER_BUDGET_BYTES.
 */
tg_err tg_cluster_solve(size_t count, struct tg_cluster_link *links, size_t links_count,
                        struct tg_arena *arena, uint32_t *ret_first);

#endif
