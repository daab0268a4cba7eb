/* Stories of memory that runs out: the n-th allocation fails, for every n, and what was there stays.
 *
 * Must not know the order of allocations; it tries all. The linker hands malloc, calloc and realloc to us.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);

static long until_failure = -1; /* allocations that still succeed; below 0: all do */
static long failures;

static bool fails_now(void)
{
    if (until_failure < 0) return false;
    if (until_failure-- > 0) return false;
    until_failure = 0; /* and all later ones too */
    failures++;
    return true;
}

void *__wrap_malloc(size_t bytes)
{
    return fails_now() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails_now() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(old, bytes);
}

/* Runs the story with the first, second, … allocation failing until one run meets no failure. Each failing run
 * must answer TG_ENOMEM. Returns the allocations that the story needs. */
static long fail_each(tg_err (*story)(void))
{
    for (long n = 0; n < 1000; n++) {
        failures = 0;
        until_failure = n;
        tg_err err = story();
        bool failed = failures > 0;
        until_failure = -1;
        if (!failed) {
            cr_assert_eq(err, TG_OK, "with all memory it wants the story ends well");
            return n;
        }
        cr_assert_eq(err, TG_ENOMEM, "allocation %ld failed and the answer was %s", n, tg_err_name(err));
    }
    cr_assert(false, "the story never ends");
    return -1;
}

static tg_err fill_buffer(void)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < 100; i++) {
        err = tg_buf_putf(&buf, "%0100zu", i);
        if (err) cr_assert_eq(buf.bytes, i * 100, "the buffer is as it was before the call");
    }
    return err;
}

Test(buffer, survives_any_failing_allocation)
{
    cr_assert_gt(fail_each(fill_buffer), 3);
}

static tg_err fill_arena(void)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < 100; i++) {
        size_t before = arena.taken_bytes;
        if (!tg_arena_take(&arena, 1000)) {
            cr_assert_eq(arena.taken_bytes, before, "a failed take costs nothing");
            return TG_ENOMEM;
        }
    }
    return TG_OK;
}

Test(arena, survives_any_failing_allocation)
{
    cr_assert_gt(fail_each(fill_arena), 2);
}

static tg_err escape_text(void)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    char text[500];
    memset(text, 0x1B, sizeof text);
    tg_err err = tg_text_escape(tg_view_of(text, sizeof text), &buf);
    cr_assert_eq(buf.bytes, err ? 0u : 2000u, "half an escaped text is not left behind");
    return err;
}

Test(escape, leaves_nothing_behind_when_memory_runs_out)
{
    cr_assert_gt(fail_each(escape_text), 3);
}

static char large_path[64];

static tg_err read_file(void)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    tg_err err = tg_file_read(large_path, 1 << 20, &buf, NULL);
    cr_assert_eq(buf.bytes, err ? 0u : 300000u, "half a file is not left behind");
    return err;
}

Test(file, leaves_nothing_behind_when_memory_runs_out)
{
    (void)snprintf(large_path, sizeof large_path, "/tmp/tamga-alloc-%ld", (long)getpid());
    static uint8_t content[300000];
    cr_assert_eq(tg_file_write(large_path, TG_VIEW_ARRAY(content), 0600, NULL), TG_OK);
    cr_assert_gt(fail_each(read_file), 2);
    (void)unlink(large_path);
}
