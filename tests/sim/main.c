/* sim [--seeds FIRST-LAST] [--nodes N] [--minutes M] [--relayed] [--equivocate] [--verbose]: runs seeds, each twice when
 * --twice is given; the troubles of a seed follow from it. With --equivocate the last node is a twin of the first, with
 * another history for every second partner, and what must hold is that all others prove it. A failing seed prints itself
 * and its options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static struct sim_options options_of(uint64_t seed, size_t nodes, int64_t minutes, bool equivocates,
                                     bool verbose)
{
    return (struct sim_options){
        .seed = seed,
        .nodes = nodes,
        .minutes = minutes,
        .lossy = seed & 1,
        .reordering = seed & 2,
        .crashes = seed % 3 != 0,
        .cuts = seed % 5 != 0,
        .clock_jumps = seed & 4,
        .equivocates = equivocates,
        .verbose = verbose,
    };
}

static int run(const struct sim_options *options, struct tg_hash *ret_digest)
{
    struct sim *sim = sim_new(options);
    sim_run(sim);
    const char *failure = sim_check(sim);
    *ret_digest = sim_digest(sim);
    if (failure[0])
        printf("seed %llu FAILED: %s (nodes %zu, minutes %lld%s%s%s%s%s)\n",
               (unsigned long long)options->seed, failure, options->nodes, (long long)options->minutes,
               options->lossy ? ", loss" : "", options->reordering ? ", reordering" : "",
               options->crashes ? ", crashes" : "", options->cuts ? ", cuts" : "",
               options->clock_jumps ? ", clock jumps" : "");
    else if (options->equivocates)
        printf("seed %llu ok: %zu published, proven to all %.1f simulated seconds after they met\n",
               (unsigned long long)options->seed, sim_published(sim), (double)sim_proven_us(sim) / 1e6);
    else
        printf("seed %llu ok: %zu published, equal %.1f simulated seconds after heal\n",
               (unsigned long long)options->seed, sim_published(sim), (double)sim_heal_us(sim) / 1e6);
    int failed = failure[0] != 0;
    sim_free(sim);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned long long first = 1, last = 4;
    size_t nodes = 5;
    long long minutes = 5;
    bool verbose = false, twice = false, relayed = false, equivocates = false;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--seeds") && sscanf(value, "%llu-%llu", &first, &last) == 2)
            i++;
        else if (!strcmp(argv[i], "--nodes"))
            nodes = (size_t)atoi(value), i++;
        else if (!strcmp(argv[i], "--minutes"))
            minutes = atoll(value), i++;
        else if (!strcmp(argv[i], "--verbose"))
            verbose = true;
        else if (!strcmp(argv[i], "--relayed"))
            relayed = true;
        else if (!strcmp(argv[i], "--equivocate"))
            equivocates = true;
        else if (!strcmp(argv[i], "--twice"))
            twice = true;
        else {
            fprintf(stderr, "usage: sim [--seeds FIRST-LAST] [--nodes 2..8] [--minutes M] [--relayed] "
                            "[--equivocate] [--twice] "
                            "[--verbose]\n");
            return 2;
        }
    }
    if (nodes < (equivocates ? 4 : 2) || nodes > SIM_NODES_MAX) return 2;
    int failures = 0;
    for (unsigned long long seed = first; seed <= last; seed++) {
        struct sim_options options = options_of(seed, nodes, minutes, equivocates, verbose);
        options.relayed = relayed;
        struct tg_hash digest, again;
        failures += run(&options, &digest);
        if (!twice) continue;
        failures += run(&options, &again);
        if (!tg_hash_equal(&digest, &again)) {
            printf("seed %llu FAILED: two runs differ\n", seed);
            failures++;
        }
    }
    printf("%d failures in %llu seeds\n", failures, last - first + 1);
    return failures != 0;
}
