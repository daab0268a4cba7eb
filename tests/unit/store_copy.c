/* A copy of the log taken while it is written to: one moment of it, whole, and nobody waits for it. */
#include "store/copy.h"

#include "base/file.h"
#include "store_help.h"

enum { SLICE = 40000 };

/* ---- filling and reading ---- */

struct filling {
    uint64_t first, count;
    size_t bytes;
};

static tg_err fill(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    const struct filling *filling = ctx;
    static uint8_t node[32], body[60000], leaf[33];
    uint32_t log;
    help_id(1, node);
    (void)em;
    cr_assert_eq(tg_store_log_ensure(txn, node, 0, &log), TG_OK);
    for (uint64_t i = filling->first; i < filling->first + filling->count; i++) {
        memset(leaf, (int)i, sizeof leaf);
        memset(body, (int)i, sizeof body);
        struct tg_store_entry entry = {.state = 0, .leaf = leaf};
        tg_err err = tg_store_entry_append(txn, log, i, &entry);
        if (!err) err = tg_store_place_put(txn, TG_PLACE_BODY, log, i, tg_view_of(body, filling->bytes));
        if (err) return err;
    }
    return TG_OK;
}

static void entries(struct tg_store *store, uint64_t first, uint64_t count, size_t bytes)
{
    struct filling filling = {.first = first, .count = count, .bytes = bytes};
    help_ok(tg_store_write(store, fill, &filling, &help_em));
}

static uint64_t entries_of(struct tg_store *store)
{
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert_eq(stats.entries, stats.bodies);
    return stats.entries;
}

/* One step: everything there is, at most a slice; true at the end. */
static bool take(struct tg_store_copy *copy, struct tg_buf *out)
{
    bool end = false;
    size_t bytes = 0;
    help_ok(tg_buf_reserve(out, SLICE));
    help_ok(tg_store_copy_read(copy, out->data + out->bytes, SLICE, &bytes, &end, &help_em));
    cr_assert(bytes <= SLICE);
    out->bytes += bytes;
    return end;
}

static void take_rest(struct tg_store_copy *copy, struct tg_buf *out)
{
    while (!take(copy, out)) {
    }
}

static void take_some(struct tg_store_copy *copy, struct tg_buf *out)
{
    for (size_t before = out->bytes; out->bytes == before;) cr_assert(!take(copy, out));
}

static struct tg_store_copy *begin(struct tg_store *store)
{
    struct tg_store_copy *copy = NULL;
    help_ok(tg_store_copy_begin(store, &copy, &help_em));
    return copy;
}

/* A store whose log is those bytes. */
static struct tg_store *open_copy(const struct help_place *place, const struct tg_buf *log)
{
    char path[700];
    snprintf(path, sizeof path, "%s/copied", place->dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/copied/store.lock", place->dir);
    help_ok(tg_file_create(path, tg_view_of("", 0), 0600, &help_em));
    snprintf(path, sizeof path, "%s/copied/log", place->dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/copied/log/data.mdb", place->dir);
    help_ok(tg_file_create(path, tg_buf_view(log), 0600, &help_em));
    snprintf(path, sizeof path, "%s/copied", place->dir);
    return help_open(path, NULL);
}

/* ---- stories ---- */

Test(store_copy, opens_as_a_store_with_what_was_there_when_it_began)
{
    HELP_PLACE(place);
    TG_AUTO(tg_buf) struct tg_buf log = {0};
    struct tg_store *store = help_new(&place, NULL);
    entries(store, 0, 300, 20000);
    struct tg_store_copy *copy = begin(store);
    take_some(copy, &log);
    /* Written while it runs: not in it, and not in its way. */
    for (uint64_t i = 300; i < 320; i++) entries(store, i, 1, 20000);
    take_rest(copy, &log);
    cr_assert(log.bytes <= tg_store_copy_bytes_max(copy));
    cr_assert(log.bytes > 300u * 20000u);
    tg_store_copy_free(copy);
    struct tg_store *copied = open_copy(&place, &log);
    cr_assert_eq(entries_of(copied), 300);
    cr_assert_eq(entries_of(store), 320);
    tg_store_close(copied);
    tg_store_close(store);
}

Test(store_copy, leaves_out_what_is_free)
{
    HELP_PLACE(place);
    TG_AUTO(tg_buf) struct tg_buf log = {0};
    struct tg_store *store = help_new(&place, NULL);
    uint64_t empty;
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    empty = stats.log_used_bytes;
    struct tg_store_copy *copy = begin(store);
    take_rest(copy, &log);
    cr_assert(log.bytes && log.bytes <= empty);
    tg_store_copy_free(copy);
    tg_store_close(store);
}

Test(store_copy, is_one_at_a_time)
{
    HELP_PLACE(place);
    TG_AUTO(tg_buf) struct tg_buf log = {0};
    struct tg_store *store = help_new(&place, NULL);
    entries(store, 0, 300, 20000);
    struct tg_store_copy *copy = begin(store), *second = NULL;
    cr_assert_eq(tg_store_copy_begin(store, &second, NULL), TG_EBUSY);
    cr_assert_null(second);
    take_rest(copy, &log);
    tg_store_copy_free(copy);
    copy = begin(store);
    tg_store_copy_free(copy);
    tg_store_close(store);
}

Test(store_copy, that_nobody_reads_holds_up_neither_writes_nor_the_end)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    entries(store, 0, 300, 20000);
    struct tg_store_copy *copy = begin(store);
    entries(store, 300, 20, 20000);
    tg_store_copy_free(copy);
    entries(store, 320, 1, 20000);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    copy = begin(store);
    tg_store_copy_free(copy);
    tg_store_close(store); /* waits for the thread, which nobody reads any more */
}

Test(store_copy, gives_way_when_the_map_must_grow)
{
    HELP_PLACE(place);
    TG_AUTO(tg_buf) struct tg_buf log = {0};
    struct tg_store_options small = {.log_map_bytes = 4 << 20};
    struct tg_store *store = help_new(&place, &small);
    entries(store, 0, 60, 20000);
    struct tg_store_copy *copy = begin(store);
    for (uint64_t i = 60; i < 400; i++) entries(store, i, 1, 20000); /* far over 4 MiB */
    uint8_t slice[64];
    size_t bytes = 0;
    bool end = false;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_store_copy_read(copy, slice, sizeof slice, &bytes, &end, &em), TG_EBUSY);
    cr_assert(strstr(em.text, "begin again") != NULL, "%s", em.text);
    tg_store_copy_free(copy);
    copy = begin(store);
    take_rest(copy, &log);
    tg_store_copy_free(copy);
    struct tg_store *copied = open_copy(&place, &log);
    cr_assert_eq(entries_of(copied), 400);
    tg_store_close(copied);
    tg_store_close(store);
}
