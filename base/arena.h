/* Memory for one message: taken in pieces, given back at once, never over its budget. */
#ifndef TG_BASE_ARENA_H
#define TG_BASE_ARENA_H

#include "base/bytes.h"

struct tg_arena_block;

/* Zero-initialise through tg_arena_init. Not shared between threads. */
struct tg_arena {
    struct tg_arena_block *blocks;
    size_t budget_bytes; /* what may be taken in all, rounding included, a header a block not */
    size_t taken_bytes;
};

void tg_arena_init(struct tg_arena *arena, size_t budget_bytes);
/* Zeroed, aligned for any type; NULL over the budget or out of memory. bytes 0 gives a valid pointer. */
void *tg_arena_take(struct tg_arena *arena, size_t bytes);
/* count × bytes each, overflow checked. */
void *tg_arena_take_array(struct tg_arena *arena, size_t count, size_t bytes_each);
/* Copies; the text one adds a NUL. NULL over the budget. */
void *tg_arena_copy(struct tg_arena *arena, const void *data, size_t bytes);
char *tg_arena_text(struct tg_arena *arena, struct tg_view view);
char *tg_arena_textf(struct tg_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_arena_clear(struct tg_arena *arena);   /* empty and reusable, same budget */
void tg_arena_release(struct tg_arena *arena); /* frees all */

#endif
