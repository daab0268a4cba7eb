/* A hit of `query` as people read it: the name it was found by with its letters marked, what speaks for it and against it,
 * who else it may be, where it comes from.
 *
 * Knows no request. Rows of `query`: docs/control.md.
 */
#ifndef TG_CLI_HIT_H
#define TG_CLI_HIT_H

#include "cli/row.h"
#include "proto/likeness.h"
#include "proto/repeat.h"

/* The names that a question asks for, and what it says beside them. Must not move. */
struct tg_question {
    struct tg_name names[2];
    size_t names_count;
    struct tg_asked asked;
};
/* typed: the words as given; texts may be "". What cannot be read as a name asks for none. */
void tg_question_read(const char *typed, const char *name, const char *birth, const char *nationality,
                      const char *sex, struct tg_question *ret_question);

/* Why it was found: lines of its name, for, against, held; of what was not found by a name the reasons as given. */
tg_err tg_hit_why(struct tg_cli *cli, const struct tg_question *question, const struct tg_row *row);

/* Clusters that hits of one answer stand in: each further hit says which one was first. Zero-initialise. */
#define TG_HIT_CLUSTERS_MAX TG_CLUSTER_ROWS_MAX
struct tg_hit_clusters {
    struct tg_hash ids[TG_HIT_CLUSTERS_MAX];
    int64_t first[TG_HIT_CLUSTERS_MAX]; /* number of the first hit in it */
    char refs[TG_HIT_CLUSTERS_MAX][48];
    size_t count;
};
/* "one subject with 2 more records, see 'tamga show TJ-0'", "one subject with hit 1"; nothing of what stands alone. */
void tg_hit_cluster(struct tg_cli *cli, struct tg_hit_clusters *clusters, struct tg_view id, int64_t size,
                    int64_t number, const struct tg_row *row);

/* Reports among the hits of one answer. Zero-initialise with the key, the arena, and room for TG_HIT_REPORTS_MAX. */
#define TG_HIT_REPORTS_MAX TG_QUERY_LIMIT_MAX
struct tg_hit_reports {
    struct tg_token_key key;
    struct tg_arena *arena; /* of the answer, not of one row */
    struct tg_report *reports;
    const char **refs;
    size_t count, repeats;
};
/* Of a report of an event that stands above already its one line, and true: no more is shown of it. */
tg_err tg_hit_repeats(struct tg_cli *cli, struct tg_hit_reports *reports, int64_t number,
                      const struct tg_row *row, bool *ret_repeats);

#endif
