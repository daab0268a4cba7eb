/* A federation in one process: real nodes and real stores on a virtual clock and a network that promises less than
 * ZeroMQ does. Everything that chance decides comes from one seed.
 */
#ifndef TG_TESTS_SIM_SIM_H
#define TG_TESTS_SIM_SIM_H

#include "node/core.h"

#define SIM_NODES_MAX 8
#define SIM_RECORDS_MAX 4096

struct sim_options {
    uint64_t seed;
    size_t nodes;
    int64_t minutes; /* of trouble, before everything is healed */
    bool lossy;      /* messages vanish */
    bool reordering; /* and overtake one another */
    bool crashes;
    bool cuts;
    bool clock_jumps;
    bool relayed; /* all name node 0 as relay, and no two others are ever linked */
    bool
        equivocates; /* the last node is the first one's twin: the same keys, another history, other partners */
    bool verbose;
};

/* One record that a node published and that was acknowledged to its officer. */
struct sim_record {
    size_t by;
    uint64_t index;
    struct tg_hash id;
    bool addressed[SIM_NODES_MAX];
    bool withdrawn;
};

struct sim;
struct sim *sim_new(const struct sim_options *options);
void sim_free(struct sim *sim);
/* Trouble for the given time, then heal, then wait until nothing is missing or a simulated minute has gone. */
void sim_run(struct sim *sim);
/* "" or the first thing that does not hold. */
const char *sim_check(struct sim *sim);
/* What happened, to be compared between two runs of one seed. */
struct tg_hash sim_digest(struct sim *sim);
size_t sim_published(const struct sim *sim);
int64_t sim_heal_us(const struct sim *sim);
/* From the meeting of the two circles until every honest node held a proof; -1: not before heal. */
int64_t sim_proven_us(const struct sim *sim);

#endif
