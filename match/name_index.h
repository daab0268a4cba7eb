/* Names in memory, found by what they sound like. New names can be found at once.
 *
 * Knows names, birth dates and countries; not records, persons, files or keys beyond the hash key it is given.
 * Keys, guarantee and layout: docs/formats-match.md.
 */
#ifndef TG_MATCH_NAME_INDEX_H
#define TG_MATCH_NAME_INDEX_H

#include "base/cleanup.h"
#include "crypto/hash.h"
#include "match/score.h"

struct tg_name_index;

/* Empty index. key: hash key for the candidate keys, so that nobody can prepare names that collide. NULL out of memory. */
struct tg_name_index *tg_name_index_new(const struct tg_token_key *key);
void tg_name_index_free(struct tg_name_index *index);
TG_AUTO_PTR_DEFINE(tg_name_index, tg_name_index_free)

/* One name of somebody. id: the caller's number for the person or record; an id may have many names. */
struct tg_name_entry {
    uint64_t id;
    struct tg_view text; /* as written, UTF-8 */
    enum tg_name_kind kind;
    struct tg_features features; /* document is ignored */
};
/* Copies what it needs. The name is found by the next query. Features over TG_BIRTHS_MAX births or
 * TG_NAME_COUNTRIES_MAX countries are cut.
 * Errors: TG_EFORMAT, TG_ELIMIT, TG_EVALUE (no letters), TG_ENOMEM; the index is as before.
 * Thread: one writer, with no query at the same time. */
tg_err tg_name_index_add(struct tg_name_index *index, const struct tg_name_entry *entry,
                         struct tg_errmsg *em);
/* Remove all names of id; TG_ENOENT when it has none. Thread: as add. */
tg_err tg_name_index_remove(struct tg_name_index *index, uint64_t id);
/* Fold the delta into the sorted segment now (add does it by itself from time to time). Worth calling after a bulk
 * load. TG_ENOMEM leaves the index as before. Thread: as add. */
tg_err tg_name_index_merge(struct tg_name_index *index);

/* What a query cost, counted: the same on every machine. */
struct tg_name_work {
    size_t compared; /* pairs of words */
    size_t looked;   /* names looked at */
    size_t aligned;  /* names aligned and scored */
    bool cut;        /* a maximum of base/limits.h was met: worse candidates were left out */
};
struct tg_name_query {
    struct tg_view text;
    struct tg_features
        features;       /* document: id of a person whose document agrees is for the caller to raise */
    uint16_t threshold; /* results at or above; TG_SCORE_LIST or TG_SCORE_REVIEW as a rule */
    size_t limit;       /* at most TG_NAME_RESULTS_MAX */
    struct tg_name_work *work; /* what it cost; may be NULL */
};
/* Best name of one id. name is on loan from the index until its next change. */
struct tg_name_result {
    uint64_t id;
    struct tg_view name; /* as written */
    enum tg_name_kind kind;
    struct tg_scored scored;
};
/* Every id with a name at or above the threshold, best first (equal scores: smaller id first), at most limit. When more
 * ids have the last score than there is room for, those of names with less left over and earlier ones come.
 * ret_results and their explanations live in the arena. Zero results is TG_OK.
 * Errors: as tg_name_parse; TG_ENOMEM.
 * Thread: any number of readers, each with its own arena, while nobody writes. */
tg_err tg_name_index_query(const struct tg_name_index *index, const struct tg_name_query *query,
                           struct tg_arena *arena, struct tg_name_result **ret_results, size_t *ret_count,
                           struct tg_errmsg *em);

struct tg_name_index_stats {
    size_t names; /* that can be found */
    size_t tokens;
    size_t bytes; /* memory held */
};
void tg_name_index_stats(const struct tg_name_index *index, struct tg_name_index_stats *ret_stats);

#endif
