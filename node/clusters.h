/* Which records are believed to concern the subject of one. For node/ alone.
 *
 * A view that is worked out when somebody looks: from the words of people that this node trusts and from likeness that is
 * strong, so it stands whichever came first, after a restart and a reindex, and falls apart with a withdrawal, a correction
 * or an expiry. Nothing is stored, nothing is merged. Rules: docs/formats-match.md "Clusters".
 */
#ifndef TG_NODE_CLUSTERS_H
#define TG_NODE_CLUSTERS_H

#include "node/core.h"

enum tg_tie_basis {
    TG_TIE_STATED,  /* a Sameness */
    TG_TIE_NOT_HIM, /* a Sighting: whoever has that document is not whom the record means */
    TG_TIE_LISTING, /* one number of one list, in two records */
    TG_TIE_PAPER,   /* a paper in common, and a likeness that is strong with it */
    TG_TIE_NAME,    /* names and full birth dates alike: strong */
    TG_TIE_BASES
};
/* "stated", "not_him", "listing", "paper", "name". Static storage. */
const char *tg_tie_basis_name(enum tg_tie_basis basis);

/* A reason why two members belong together, or do not. */
struct tg_tie {
    uint32_t a, b; /* places in members */
    enum tg_tie_basis basis;
    bool apart;
    bool
        contested; /* joins nothing while somebody contests the statement; what holds apart holds all the same */
    uint64_t recno; /* of the statement; UINT64_MAX: a likeness that anyone who holds both records sees */
    uint16_t strength, score;
    /* As match/cluster.h has them. */
    bool holds, bridge;
};

struct tg_cluster_member {
    uint64_t recno;
    struct tg_hash id, origin;
    const struct tg_record *record;
    uint32_t first; /* place of the smallest member of its cluster */
};

/* Everything that ties reach from one record: its own cluster, and what is held apart from that. */
struct tg_cluster {
    struct tg_cluster_member *members; /* ascending by id */
    size_t count;
    struct tg_tie *ties;
    size_t ties_count;
    uint32_t at; /* place of the record that was asked about */
    size_t size; /* members of its cluster; 1: it stands alone */
    bool large;  /* too much is tied together to be one subject: nothing is joined */
};
/* All memory from the arena (TG_CLUSTER_WORK_BYTES is enough). A record that is withdrawn, replaced or expired stands
 * alone. TG_ENOENT it is not held. */
tg_err tg_clusters_of(struct tg_node *node, uint64_t recno, struct tg_arena *arena,
                      struct tg_cluster *ret_cluster, struct tg_errmsg *em);
static inline bool tg_cluster_inside(const struct tg_cluster *cluster, size_t member)
{
    return cluster->members[member].first == cluster->members[cluster->at].first;
}
/* The smallest id in it: its name, the same wherever the same records are held. */
static inline const struct tg_hash *tg_cluster_id(const struct tg_cluster *cluster)
{
    return &cluster->members[cluster->members[cluster->at].first].id;
}

/* What stands now in the place of the record of that id: itself, or the newest that its origin put there. False when none
 * is held that is neither replaced nor expired. */
bool tg_clusters_now(struct tg_node *node, const struct tg_hash *id, uint64_t *ret_recno);
/* The record's id and those of what its origin put it in the place of, newest first; at most TG_SHOW_VERSIONS_MAX. */
size_t tg_clusters_versions(struct tg_node *node, const struct tg_found *found,
                            struct tg_hash ret_ids[static TG_SHOW_VERSIONS_MAX]);
/* A statement of a node that is enrolled, or of ours, that is neither replaced nor expired. */
bool tg_clusters_counts(struct tg_node *node, const struct tg_found *found);
bool tg_clusters_contested(struct tg_node *node, const struct tg_found *found);

#endif
