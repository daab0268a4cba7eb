/* The cluster that a record stands in, as it is shown: members, each field by who says it, what ties them, what is held
 * apart, conflicts and bridges; and the way from one member to another.
 *
 * Knows no node. Rows `cluster`, `member`, `tie` of `show` and `why`: docs/control.md.
 */
#ifndef TG_CLI_CLUSTER_H
#define TG_CLI_CLUSTER_H

#include "cli/row.h"

struct tg_cluster_member_row {
    struct tg_row *row;
    bool inside;
};
struct tg_tie_row {
    const char *first, *second, *basis; /* refs of two members */
    bool apart, contested, holds, bridge;
    int64_t score;
    struct tg_row *row; /* the statement; NULL: a likeness */
};
/* Zero-initialise with the arena. */
struct tg_cluster_rows {
    struct tg_arena *arena;
    bool known, large;
    char id[17]; /* front of its name, in hexadecimal */
    int64_t size;
    struct tg_cluster_member_row members[TG_CLUSTER_MEMBERS_MAX];
    size_t members_count;
    struct tg_tie_row ties[TG_CLUSTER_LINKS_MAX];
    size_t ties_count;
};
/* Takes a row of any of the three sorts; others are passed over. */
tg_err tg_cluster_keep(struct tg_cluster_rows *cluster, const struct tg_control_msg *msg,
                       struct tg_errmsg *em);
/* The section of `show`; nothing when the record stands alone. */
tg_err tg_cluster_print(struct tg_cli *cli, const struct tg_cluster_rows *cluster);
/* How the two hang together, or that they do not. */
tg_err tg_cluster_way(struct tg_cli *cli, const struct tg_cluster_rows *cluster, const char *first,
                      const char *second);

#endif
