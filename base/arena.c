/* Memory for one message: taken in pieces, given back at once, never over its budget.
 *
 * Blocks double up to a cap; a piece larger than a block gets its own.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES_FIRST 1024
#define BLOCK_BYTES_MOST 65536

struct tg_arena_block {
    struct tg_arena_block *next;
    size_t capacity;
    size_t used;
    _Alignas(max_align_t) uint8_t data[];
};

void tg_arena_init(struct tg_arena *arena, size_t budget_bytes)
{
    *arena = (struct tg_arena){.blocks = NULL, .budget_bytes = budget_bytes, .taken_bytes = 0};
}

static size_t block_bytes_for(const struct tg_arena *arena, size_t bytes)
{
    size_t next = arena->blocks ? arena->blocks->capacity * 2 : BLOCK_BYTES_FIRST;
    if (next > BLOCK_BYTES_MOST) next = BLOCK_BYTES_MOST;
    size_t left = arena->budget_bytes - arena->taken_bytes;
    if (next > left) next = left;
    return next > bytes ? next : bytes;
}

static struct tg_arena_block *block_add(struct tg_arena *arena, size_t bytes)
{
    if (bytes > arena->budget_bytes - arena->taken_bytes) return NULL;
    size_t capacity = block_bytes_for(arena, bytes);
    struct tg_arena_block *block = malloc(sizeof *block + capacity);
    if (!block) return NULL;
    block->next = arena->blocks;
    block->capacity = capacity;
    block->used = 0;
    arena->blocks = block;
    arena->taken_bytes += capacity;
    return block;
}

void *tg_arena_take(struct tg_arena *arena, size_t bytes)
{
    const size_t align = _Alignof(max_align_t);
    if (bytes > SIZE_MAX - align) return NULL;
    size_t rounded = bytes ? (bytes + align - 1) / align * align : align;
    struct tg_arena_block *block = arena->blocks;
    if (!block || rounded > block->capacity - block->used) block = block_add(arena, rounded);
    if (!block) return NULL;
    uint8_t *piece = block->data + block->used;
    block->used += rounded;
    memset(piece, 0, rounded);
    return piece;
}

void *tg_arena_take_array(struct tg_arena *arena, size_t count, size_t bytes_each)
{
    if (bytes_each && count > SIZE_MAX / bytes_each) return NULL;
    return tg_arena_take(arena, count * bytes_each);
}

void *tg_arena_copy(struct tg_arena *arena, const void *data, size_t bytes)
{
    void *piece = tg_arena_take(arena, bytes);
    if (piece && bytes) memcpy(piece, data, bytes);
    return piece;
}

char *tg_arena_text(struct tg_arena *arena, struct tg_view view)
{
    if (view.bytes == SIZE_MAX) return NULL;
    char *text = tg_arena_take(arena, view.bytes + 1);
    if (text && view.bytes) memcpy(text, view.data, view.bytes);
    return text;
}

char *tg_arena_textf(struct tg_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = bytes < 0 ? NULL : tg_arena_take(arena, (size_t)bytes + 1);
    if (text) (void)vsnprintf(text, (size_t)bytes + 1, format, again);
    va_end(again);
    return text;
}

void tg_arena_clear(struct tg_arena *arena)
{
    size_t budget_bytes = arena->budget_bytes;
    tg_arena_release(arena);
    arena->budget_bytes = budget_bytes;
}

void tg_arena_release(struct tg_arena *arena)
{
    struct tg_arena_block *block = arena->blocks;
    while (block) {
        struct tg_arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct tg_arena){0};
}
