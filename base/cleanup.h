/* Cleanup by typed attribute, and ownership that is seen to leave. */
#ifndef TG_BASE_CLEANUP_H
#define TG_BASE_CLEANUP_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/bytes.h"

/* TG_AUTO(tg_arena) struct tg_arena arena; calls tg_arena_release at the end of the scope.
 * A type opts in with TG_AUTO_DEFINE(name, release). */
#define TG_AUTO(name) __attribute__((cleanup(tg_auto_##name), unused))
#define TG_AUTO_DEFINE(name, release)                                          \
    __attribute__((unused)) static inline void tg_auto_##name(struct name *it) \
    {                                                                          \
        release(it);                                                           \
    }
/* The same for a pointer made by _new: TG_AUTO_PTR(tg_store) struct tg_store *store = NULL; */
#define TG_AUTO_PTR(name) __attribute__((cleanup(tg_auto_ptr_##name), unused))
#define TG_AUTO_PTR_DEFINE(name, free_it)                                           \
    __attribute__((unused)) static inline void tg_auto_ptr_##name(struct name **it) \
    {                                                                               \
        free_it(*it);                                                               \
    }

TG_AUTO_DEFINE(tg_arena, tg_arena_release)
TG_AUTO_DEFINE(tg_buf, tg_buf_release)

/* TG_AUTO_FREE char *text = NULL; */
static inline void tg_auto_free(void *it)
{
    void *heap;
    memcpy(&heap, it, sizeof heap);
    free(heap);
}
#define TG_AUTO_FREE __attribute__((cleanup(tg_auto_free), unused))

/* Take the pointer out of *(type **)at, leaving NULL. */
#define tg_steal_ptr(at)                   \
    __extension__({                        \
        __typeof__(*(at)) stolen_ = *(at); \
        *(at) = NULL;                      \
        stolen_;                           \
    })

#endif
