/* Invented nodes for cases that three verifiers judge: keys, cards, logs and envelopes, all from one seed.
 *
 * Every failure ends the program: a generator that goes on after one would make cases that nobody meant.
 */
#ifndef TG_TESTS_THIRD_WORLD_H
#define TG_TESTS_THIRD_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/world.h"
#include "proto/evidence.h"
#include "proto/receipt.h"
#include "proto/seal.h"
#include "proto/tiles.h"

#define ACTORS 5
#define ENVELOPES 6
#define RECORDS_MAX 17
#define LEAVES_MAX 700
#define TURN 20 /* where the log and envelope keys of an actor with three cards change */
#define CARDS_MAX 5
#define REVOKED \
    4 /* which envelope of such an actor is signed by a key that a later card has revoked from before there */
#define EPOCH_SECONDS UINT64_C(1718000000)

#define MUST(call)                                                                                        \
    do {                                                                                                  \
        tg_err must_err = (call);                                                                         \
        if (must_err) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, tg_err_name(must_err)), abort(); \
    } while (0)

/* A signing key pair. */
struct pair {
    struct tg_sign_secret secret;
    struct tg_sign_public public_key;
};

struct sealed_batch {
    struct tg_sealed sealed;
    uint64_t index;
    size_t card; /* which of the actor's cards it cites */
    size_t key;  /* and which of its envelope keys signs */
    struct tg_view records[RECORDS_MAX];
    size_t count;
    struct tg_hash hashes[RECORDS_MAX]; /* leaves of the records root */
    uint8_t salts[RECORDS_MAX][TG_SALT_BYTES];
};

/* A stolen envelope key: what it signed from `from` on does not count; its successor signs from `next` on, and stands
 * itself revoked from `void_from` on when that is not 0. At `at` the origin attests from..next-1. */
struct theft {
    uint64_t from, next, at, void_from;
};
/* What an attestation is made of, to be made wrongly. */
struct attesting {
    uint64_t from, until, at;
    size_t entry_key, note_key; /* which envelope keys sign */
    const struct actor *of;     /* whose log it speaks of */
    uint32_t epoch;
    bool other_root, control;
};

struct actor {
    struct pair roots[2], logs[2], envelopes[4], clock, store;
    struct theft theft; /* from 0: none */
    struct tg_node_id id;
    size_t card_count;
    struct tg_card *cards[CARDS_MAX];
    struct tg_buf notes[CARDS_MAX];
    size_t size; /* leaves of its log */
    uint8_t leaves[LEAVES_MAX][TG_LEAF_BYTES];
    struct tg_hash hashes[LEAVES_MAX];
    struct sealed_batch batches[ENVELOPES];
};

struct world {
    uint64_t seed, counter;
    struct tg_arena arena;
    struct actor *actors[ACTORS];
};

/* ---- chance ---- */

void world_fill(void *ctx, void *out, size_t bytes);
/* 0 .. count - 1. */
uint64_t world_below(struct world *world, uint64_t count);

/* ---- making ---- */

struct world *world_new(uint64_t seed);
void world_free(struct world *world);
/* In the arena of the world. */
struct tg_view world_copy(struct world *world, struct tg_view view);

/* Key names. */
void actor_key(const struct actor *actor, enum tg_key_role role, enum tg_note_type type,
               const struct tg_sign_public *public_key, struct tg_note_key *ret_key);
/* Which log key signs heads of that size. */
const struct pair *actor_log_pair(const struct actor *actor, uint64_t size);
struct attesting actor_attesting(const struct actor *actor);
/* The log with that attestation in it, and the proof of it under the tree of `size` leaves; hashes: all of that log. */
void actor_attest(struct world *world, const struct actor *actor, const struct attesting *attesting,
                  uint64_t size, struct tg_hash *hashes, struct tg_attest_proof *ret_proof);
/* The note by its log key, cosigned by the actors whose bit is set; root NULL: the true one. */
void actor_checkpoint(struct world *world, const struct actor *actor, uint64_t size,
                      const struct tg_hash *root, const struct pair *by, unsigned cosigners,
                      struct tg_buf *out);
void actor_evidence(struct world *world, const struct actor *actor, const struct sealed_batch *batch,
                    size_t item, uint64_t size, unsigned cosigners, struct tg_evidence *ret_evidence);

#endif
