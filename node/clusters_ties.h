/* What ties one record to others: for clusters*.c alone.
 */
#ifndef TG_NODE_CLUSTERS_TIES_H
#define TG_NODE_CLUSTERS_TIES_H

#include "node/clusters.h"

/* One cluster while it is found; members in the order in which they were reached. */
struct tg_exploring {
    struct tg_node *node;
    struct tg_arena *arena;
    struct tg_cluster_member *members;
    size_t count;
    bool *wanted; /* of each member: something joins it to what was explored, so it is explored too */
    struct tg_tie *ties;
    size_t ties_count;
    uint64_t *recnos;                         /* of one look-up */
    size_t queries;                           /* names that were asked for */
    bool (*compared)[TG_CLUSTER_MEMBERS_MAX]; /* of every two members */
    size_t comparisons;
};
/* TG_ELIMIT: more than can be one subject. TG_ENOENT: gone meanwhile. */
tg_err tg_exploring_member(struct tg_exploring *exploring, uint64_t recno, uint32_t *ret_at);
/* Once, whichever end it was seen from. TG_ELIMIT. */
tg_err tg_exploring_tie(struct tg_exploring *exploring, const struct tg_tie *tie);

/* What people have said of it. */
tg_err tg_ties_stated(struct tg_exploring *exploring, uint32_t at);
/* What is alike to it. */
tg_err tg_ties_likeness(struct tg_exploring *exploring, uint32_t at);
/* What was judged of it with a document that another member has. */
tg_err tg_ties_apart(struct tg_exploring *exploring, uint32_t at);

#endif
