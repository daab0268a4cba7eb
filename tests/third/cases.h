/* Cases that three verifiers judge, as a stream of bytes: tests/third/README.md says how they are laid out. */
#ifndef TG_TESTS_THIRD_CASES_H
#define TG_TESTS_THIRD_CASES_H

#include "world.h"

#define CASES_MAGIC "TAMGA-CASES-1\n"

enum case_kind {
    CASE_EVIDENCE = 1,
    CASE_PROOF,
    CASE_TILES,
    CASE_RECEIPT,
    CASE_CARDS,
    CASE_CHECKPOINT,
    CASE_MANIFEST,
    CASE_ENVELOPE,
    CASE_KINDS
};
enum case_want { WANT_REFUSED, WANT_ACCEPTED, WANT_SAME }; /* SAME: whatever it is, all must agree */
#define CASE_GO 1                                          /* the Go program can judge it */
#define CASE_KNOWN 2                                       /* its reader has the cards of every node */

struct part {
    char name[TG_TILE_PATH_BYTES_MAX];
    struct tg_view bytes;
};
#define PARTS_MAX 64
struct one_case {
    enum case_kind kind;
    enum case_want want;
    uint8_t flags;
    char label[64];
    struct part parts[PARTS_MAX];
    size_t part_count;
};

void part_add(struct one_case *one, const char *name, struct tg_view bytes);
/* Writes it behind the others. */
void case_put(const struct one_case *one, FILE *out);
/* The next one of a whole file; false at its end. Views into it. */
bool case_next(struct tg_view *rest, struct one_case *one);

/* Fills *one (kind, label, want and parts) with the next case. */
void case_make(struct world *world, struct one_case *one);
/* The cards of a node one behind the other, in the arena of the world. */
struct tg_view actor_chain(struct world *world, const struct actor *actor);
/* What this implementation says of it: the step that refuses, NULL, or "+" and what is more. Static. known: what a reader
 * has who has the cards of every node. */
const char *case_judge(const struct one_case *one, const struct tg_known_cards *known,
                       struct tg_arena *arena);

#endif
