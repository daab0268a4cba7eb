/* What the files that make cases share: a case being made, damages, and the ways to damage bytes. */
#ifndef TG_TESTS_THIRD_MAKING_H
#define TG_TESTS_THIRD_MAKING_H

#include "cases.h"

/* A case being made. */
struct making {
    struct world *world;
    struct one_case *one;
    struct actor *actor, *other; /* two different ones */
    struct tg_evidence evidence;
    const struct sealed_batch *batch;
    uint64_t size;
    unsigned cosigners;
};

/* One damage: what is done, what must come of it, whether the Go program can tell. */
struct damage {
    const char *label;
    enum case_want want;
    bool go;
    void (*apply)(struct making *making);
};

/* A row of a table, drawn. */
#define PICK(table, world) (&(table)[world_below((world), sizeof(table) / sizeof(table)[0])])

/* A copy with one bit flipped: anywhere, or there. */
struct tg_view flipped(struct world *world, struct tg_view view);
struct tg_view flipped_at(struct world *world, struct tg_view view, size_t at, unsigned bit);
/* Bytes taken away, put in, doubled or exchanged, anywhere. */
struct tg_view mangled(struct world *world, struct tg_view view);
uint8_t *writable(struct tg_view view);
void nothing(struct making *making);
/* The checkpoint of the evidence: signed, with a root that is not this tree's. */
void d_checkpoint_root(struct making *making);
void damage_apply(struct making *making, const struct damage *damage);

/* damage_more.c: each fills the case. */
void tiles_make(struct making *making);
void receipt_make(struct making *making);
void cards_make(struct making *making);
void manifest_make(struct making *making);
void envelope_make(struct making *making);

#endif
