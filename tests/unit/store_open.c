/* Opening, refusing, growing, running out of room, failing. */
#include <lmdb.h>
#include <pthread.h>
#include <sys/file.h>

#include "store_help.h"

/* ---- creation ---- */

Test(store_open, creates_once_and_opens_again)
{
    HELP_PLACE(place);
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_store_create(place.store, NULL, &em), TG_OK, "%s", em.text);
    cr_assert_eq(tg_store_create(place.store, NULL, &em), TG_EEXIST);
    struct tg_store *store = help_open(place.store, NULL), *second = NULL;
    cr_assert_eq(tg_store_open(place.store, NULL, &second, &em), TG_EBUSY);
    cr_assert_null(second, "untouched on failure");
    cr_assert_not_null(strstr(em.text, "another process has it"), "%s", em.text);
    tg_store_close(store);
    tg_store_close(help_open(place.store, NULL));
    struct stat st;
    cr_assert_eq(stat(place.store, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0700, "nobody else may look");
}

Test(store_open, takes_an_empty_folder_and_leaves_a_full_one)
{
    HELP_PLACE(place);
    struct tg_errmsg em = {0};
    char file[600];
    cr_assert_eq(mkdir(place.store, 0700), 0);
    cr_assert_eq(tg_store_create(place.store, NULL, &em), TG_OK, "%s", em.text);
    help_remove(place.store);
    cr_assert_eq(mkdir(place.store, 0700), 0);
    snprintf(file, sizeof file, "%s/letter", place.store);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(tg_store_create(place.store, NULL, &em), TG_EEXIST);
    cr_assert_eq(access(file, F_OK), 0);
}

Test(store_open, clears_what_a_creation_cut_off_left_behind)
{
    HELP_PLACE(place);
    struct tg_errmsg em = {0};
    char fresh[600], part[700];
    snprintf(fresh, sizeof fresh, "%s.new", place.store);
    snprintf(part, sizeof part, "%s/log", fresh);
    cr_assert(mkdir(fresh, 0700) == 0 && mkdir(part, 0700) == 0);
    snprintf(part, sizeof part, "%s/log/data.mdb", fresh);
    close(open(part, O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(tg_store_create(place.store, NULL, &em), TG_OK, "%s", em.text);
    cr_assert_neq(access(fresh, F_OK), 0);
    tg_store_close(help_open(place.store, NULL));
}

Test(store_open, says_when_there_is_nothing)
{
    HELP_PLACE(place);
    struct tg_errmsg em = {0};
    struct tg_store *store = NULL;
    cr_assert_eq(tg_store_open(place.store, NULL, &store, &em), TG_ENOENT);
    cr_assert_eq(mkdir(place.store, 0700), 0);
    cr_assert_eq(tg_store_open(place.store, NULL, &store, &em), TG_EDAMAGED);
    char missing[700];
    snprintf(missing, sizeof missing, "%s/no/such", place.dir);
    cr_assert_eq(tg_store_create(missing, NULL, &em), TG_ENOENT);
}

/* ---- damage ---- */

static tg_err fill(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    uint64_t *round = ctx;
    uint8_t body[3000];
    for (uint64_t i = 0; i < 100; i++) {
        memset(body, (int)(*round + i), sizeof body);
        tg_err err = tg_store_place_put(txn, TG_PLACE_BODY, 0, *round * 100 + i,
                                        tg_view_of(body, i % 2 ? sizeof body : 200));
        if (err) return err;
    }
    return TG_OK;
}

static void data_path(const struct help_place *place, const char *part, char out[700])
{
    snprintf(out, 700, "%s/%s/data.mdb", place->store, part);
}

/* The file must be refused, with its name and a way out, and stay as it is. */
static void refuses(const struct help_place *place, const char *path, tg_err expected, const char *word)
{
    struct help_print before = help_print_of(path);
    struct tg_store *store = NULL;
    struct tg_errmsg em = {0};
    tg_err err = tg_store_open(place->store, NULL, &store, &em);
    cr_assert_eq(err, expected, "%s: %s", tg_err_name(err), em.text);
    cr_assert_null(store);
    cr_assert_not_null(strstr(em.text, word), "'%s' not in: %s", word, em.text);
    cr_assert_not_null(strstr(em.text, place->store), "%s", em.text);
    cr_assert(help_print_equal(before, help_print_of(path)), "the store is untouched");
}

static void filled_store(const struct help_place *place)
{
    struct tg_store *store = help_new(place, NULL);
    for (uint64_t round = 0; round < 10; round++) help_ok(tg_store_write(store, fill, &round, &help_em));
    tg_store_close(store);
}

Test(store_open, refuses_a_file_of_no_length)
{
    static const char *const parts[] = {"log", "index"};
    for (size_t i = 0; i < 2; i++) {
        HELP_PLACE(place);
        filled_store(&place);
        char path[700];
        data_path(&place, parts[i], path);
        cr_assert_eq(truncate(path, 0), 0);
        refuses(&place, path, TG_EDAMAGED, "it is empty");
    }
}

Test(store_open, refuses_a_file_cut_off_anywhere)
{
    HELP_PLACE(place);
    filled_store(&place);
    char path[700];
    data_path(&place, "log", path);
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    static const off_t tenths[] = {9, 7, 5, 3, 1};
    cr_assert_eq(truncate(path, st.st_size - 1), 0);
    refuses(&place, path, TG_EDAMAGED, "cut off");
    for (size_t i = 0; i < sizeof tenths / sizeof tenths[0]; i++) {
        cr_assert_eq(truncate(path, st.st_size * tenths[i] / 10), 0);
        refuses(&place, path, TG_EDAMAGED, "cut off");
    }
    cr_assert_eq(truncate(path, 5000), 0);
    refuses(&place, path, TG_EDAMAGED, "cut off");
    cr_assert_eq(truncate(path, 17), 0);
    refuses(&place, path, TG_EDAMAGED, "cut off");
}

Test(store_open, refuses_a_file_that_is_no_database)
{
    HELP_PLACE(place);
    filled_store(&place);
    char path[700];
    data_path(&place, "log", path);
    int fd = open(path, O_WRONLY | O_TRUNC);
    for (int i = 0; i < 5000; i++) cr_assert_eq(write(fd, "letters and numbers\n", 20), 20);
    close(fd);
    refuses(&place, path, TG_EDAMAGED, "not a database");
    cr_assert_eq(unlink(path), 0);
    struct tg_store *store = NULL;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_store_open(place.store, NULL, &store, &em), TG_EDAMAGED);
    cr_assert_not_null(strstr(em.text, "missing"), "%s", em.text);
    cr_assert_neq(access(path, F_OK), 0, "nothing is made in its place");
}

/* Write into a database with LMDB itself: a stranger's table, or another version in ours. */
static void put_raw(const char *folder, const char *table, const char *key, const void *value, size_t bytes)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    cr_assert_eq(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 64);
    cr_assert_eq(mdb_env_open(env, folder, 0, 0600), 0);
    cr_assert_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    cr_assert_eq(mdb_dbi_open(txn, table, MDB_CREATE, &dbi), 0);
    union {
        const void *in;
        void *out;
    } k = {.in = key}, v = {.in = value};
    MDB_val mk = {strlen(key), k.out}, mv = {bytes, v.out};
    cr_assert_eq(mdb_put(txn, dbi, &mk, &mv, 0), 0);
    cr_assert_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

Test(store_open, refuses_another_programs_database)
{
    HELP_PLACE(place);
    filled_store(&place);
    char folder[600], path[700];
    snprintf(folder, sizeof folder, "%s/log", place.store);
    help_remove(folder);
    cr_assert_eq(mkdir(folder, 0700), 0);
    put_raw(folder, "meta", "owner", "somebody else", 13);
    data_path(&place, "log", path);
    refuses(&place, path, TG_EDAMAGED, "not one of Tamga");
}

Test(store_open, refuses_a_store_of_a_newer_version_and_the_wrong_environment)
{
    HELP_PLACE(place);
    filled_store(&place);
    char folder[600], path[700];
    snprintf(folder, sizeof folder, "%s/log", place.store);
    data_path(&place, "log", path);
    put_raw(folder, "meta", "store/format", "TAMGAS\0\0\0\0\0\2\1", 13);
    refuses(&place, path, TG_EVERSION, "newer program");
    put_raw(folder, "meta", "store/format", "TAMGAS\0\0\0\0\0\1\2", 13);
    refuses(&place, path, TG_EDAMAGED, "not the environment");
    put_raw(folder, "meta", "store/format", "TAMGAS\0\0\0\0\0\1\1", 13);
    tg_store_close(help_open(place.store, NULL));
}

Test(store_open, begins_a_new_index_when_told_to_or_when_it_is_gone)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_index_rec rec = {.log = 1, .time = TG_INDEX_NO_TIME, .expiry = TG_INDEX_NO_TIME};
    uint64_t recno = 0;
    help_ok(tg_index_add(store, &rec, NULL, 0, NULL, 0, &recno, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    tg_store_close(store);
    char path[700];
    data_path(&place, "index", path);
    cr_assert_eq(truncate(path, 100), 0);
    refuses(&place, path, TG_EDAMAGED, "tamgad --discard-index");
    struct tg_store_options options = {.discard_index = true};
    store = help_open(place.store, &options);
    cr_assert_eq(tg_index_records(store), 0);
    help_ok(tg_index_add(store, &rec, NULL, 0, NULL, 0, &recno, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    cr_assert_eq(tg_index_records(store), 1);
    help_ok(tg_index_clear(store, &help_em));
    cr_assert_eq(tg_index_records(store), 0);
    tg_store_close(store);
    char index_folder[600];
    snprintf(index_folder, sizeof index_folder, "%s/index", place.store);
    help_remove(index_folder);
    tg_store_close(help_open(place.store, NULL));
}

/* LMDB may leave free pages at the end of the file unwritten: that file is short and sound, and must not be
 * called damaged. Made here by hand: the end is full of pages that nothing refers to any more. */
static tg_err take_many(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    static uint8_t body[2000];
    for (uint64_t i = 0; i < 400; i++)
        if (tg_store_place_put(txn, TG_PLACE_BODY, 9, i, TG_VIEW_ARRAY(body))) return TG_EBUG;
    return TG_OK;
}

static tg_err free_many(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    for (uint64_t i = 0; i < 400; i++)
        if (tg_store_place_del(txn, TG_PLACE_BODY, 9, i)) return TG_EBUG;
    return TG_OK;
}

static tg_err put_marker(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    return tg_store_place_put(txn, TG_PLACE_WANTED, 9, 0, tg_view_str("left"));
}

Test(store_open, opens_a_file_whose_unused_end_was_never_written)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    help_ok(tg_store_write(store, take_many, NULL, &help_em));
    help_ok(tg_store_write(store, free_many, NULL, &help_em));
    for (int i = 0; i < 8; i++) help_ok(tg_store_write(store, put_marker, NULL, &help_em));
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    tg_store_close(store);
    char path[700];
    data_path(&place, "log", path);
    cr_assert_eq(truncate(path, (off_t)(stats.log_used_bytes / 2)), 0);
    for (int i = 0; i < 2; i++) {
        store = help_open(place.store, NULL);
        help_ok(tg_store_stats(store, &stats, &help_em));
        cr_assert_geq(stats.log_file_bytes, stats.log_used_bytes, "it has its full length again");
        struct tg_rtxn *txn = NULL;
        struct tg_view value;
        help_ok(tg_store_read_begin(store, &txn, &help_em));
        cr_assert_eq(tg_store_place_get(txn, TG_PLACE_WANTED, 9, 0, &value), TG_OK);
        tg_store_read_end(txn);
        help_ok(tg_store_write(store, take_many, NULL, &help_em));
        help_ok(tg_store_write(store, free_many, NULL, &help_em));
        tg_store_close(store);
    }
    cr_assert_eq(truncate(path, 3 * 4096), 0);
    refuses(&place, path, TG_EDAMAGED, "cut off");
}

/* ---- the world ---- */

struct world {
    uint64_t free_bytes, fs_type;
    bool commit_fails;
};
static tg_err world_free(void *ctx, const char *dir, uint64_t *ret_bytes)
{
    (void)dir;
    *ret_bytes = ((struct world *)ctx)->free_bytes;
    return TG_OK;
}
static tg_err world_fs(void *ctx, const char *dir, uint64_t *ret_type)
{
    (void)dir;
    *ret_type = ((struct world *)ctx)->fs_type;
    return TG_OK;
}
static bool world_fails(void *ctx)
{
    return ((struct world *)ctx)->commit_fails;
}
#define WORLD(name)                                                                                \
    struct world name = {.free_bytes = UINT64_C(1) << 40, .fs_type = 0xef53};                      \
    struct tg_store_hooks name##_hooks = {                                                         \
        .free_bytes = world_free, .fs_type = world_fs, .commit_fails = world_fails, .ctx = &name}; \
    struct tg_store_options name##_options = {.hooks = &name##_hooks}

Test(store_open, refuses_a_network_file_system)
{
    static const uint64_t types[] = {0x6969, 0xff534d42, 0x65735546};
    HELP_PLACE(place);
    struct tg_errmsg em = {0};
    WORLD(world);
    for (size_t i = 0; i < 3; i++) {
        world.fs_type = types[i];
        cr_assert_eq(tg_store_create(place.store, &world_options, &em), TG_EDENIED);
        cr_assert_not_null(strstr(em.text, "local disk"), "%s", em.text);
    }
    world.fs_type = 0x01021994; /* tmpfs */
    cr_assert_eq(tg_store_create(place.store, &world_options, &em), TG_OK);
    world.fs_type = 0x6969;
    struct tg_store *store = NULL;
    cr_assert_eq(tg_store_open(place.store, &world_options, &store, &em), TG_EDENIED);
}

static tg_err put_wanted(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    uint64_t *index = ctx;
    return tg_store_place_put(txn, TG_PLACE_WANTED, 0, *index, tg_view_str("x"));
}

static bool is_wanted(struct tg_store *store, uint64_t index)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    return tg_store_place_get(txn, TG_PLACE_WANTED, 0, index, &value) == TG_OK;
}

Test(store_open, writes_nothing_below_the_reserve_and_goes_on_when_there_is_room)
{
    HELP_PLACE(place);
    WORLD(world);
    struct tg_store *store = help_new(&place, &world_options);
    struct tg_errmsg em = {0};
    uint64_t index = 1;
    world.free_bytes = TG_STORE_RESERVE_BYTES - 1;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_ESPACE);
    cr_assert(!tg_store_poisoned(store));
    cr_assert(!is_wanted(store, 1), "reading goes on");
    world.free_bytes = TG_STORE_RESERVE_BYTES;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_OK);
    cr_assert(is_wanted(store, 1));
    struct tg_index_rec rec = {.time = TG_INDEX_NO_TIME, .expiry = TG_INDEX_NO_TIME};
    uint64_t recno = 0;
    help_ok(tg_index_add(store, &rec, NULL, 0, NULL, 0, &recno, &help_em));
    cr_assert_eq(tg_index_flush(store, NULL, 0, &em), TG_ESPACE,
                 "a flush asks for what it will write on top");
    world.free_bytes *= 2;
    cr_assert_eq(tg_index_flush(store, NULL, 0, &em), TG_OK, "%s", em.text);
    cr_assert_eq(tg_index_get(store, recno, &rec, &em), TG_OK);
    tg_store_close(store);
    world.free_bytes = 0;
    char other[600];
    snprintf(other, sizeof other, "%s/other", place.dir);
    cr_assert_eq(tg_store_create(other, &world_options, &em), TG_ESPACE);
}

Test(store_open, leaves_a_quarter_of_its_own_reserve_to_what_must_not_wait)
{
    HELP_PLACE(place);
    WORLD(world);
    world_options.reserve_bytes = 4000;
    struct tg_store *store = help_new(&place, &world_options);
    struct tg_errmsg em = {0};
    uint64_t index = 1, free_bytes = 0, reserve_bytes = 0;
    world.free_bytes = 3999;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_ESPACE);
    cr_assert_eq(tg_store_space(store, &free_bytes, &reserve_bytes), TG_OK);
    cr_assert(free_bytes == 3999 && reserve_bytes == 4000);
    world.free_bytes = 1000;
    cr_assert_eq(tg_store_write_spare(store, put_wanted, &index, &em), TG_OK, "%s", em.text);
    world.free_bytes = 999;
    index = 2;
    cr_assert_eq(tg_store_write_spare(store, put_wanted, &index, &em), TG_ESPACE);
    cr_assert(is_wanted(store, 1) && !is_wanted(store, 2));
    world.free_bytes = 4000;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_OK);
    tg_store_close(store);
}

Test(store_open, takes_nothing_more_after_a_commit_that_failed)
{
    HELP_PLACE(place);
    WORLD(world);
    struct tg_store *store = help_new(&place, &world_options);
    struct tg_errmsg em = {0};
    uint64_t index = 1;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_OK);
    world.commit_fails = true;
    index = 2;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_EIO);
    world.commit_fails = false;
    cr_assert(tg_store_poisoned(store));
    index = 3;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_EIO,
                 "even though the disk is well again");
    cr_assert_eq(tg_index_clear(store, &em), TG_EIO);
    cr_assert(is_wanted(store, 1) && !is_wanted(store, 2) && !is_wanted(store, 3));
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_OK);
    tg_store_close(store);
}

static tg_err refuse_late(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    cr_assert_eq(put_wanted(txn, ctx, em), TG_OK);
    return tg_fail(em, TG_EVALUE, "changed my mind");
}

static tg_err write_within(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)txn;
    uint64_t index = 5;
    cr_assert_eq(tg_store_write(ctx, put_wanted, &index, em), TG_EUSAGE);
    return TG_OK;
}

Test(store_open, leaves_no_trace_of_a_transaction_that_failed)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_errmsg em = {0};
    uint64_t index = 4;
    cr_assert_eq(tg_store_write(store, refuse_late, &index, &em), TG_EVALUE);
    cr_assert_str_eq(em.text, "changed my mind");
    cr_assert(!is_wanted(store, 4));
    cr_assert_eq(tg_store_write(store, write_within, store, &em), TG_OK);
    cr_assert(!is_wanted(store, 5));
    tg_store_close(store);
}

Test(store_open, reads_and_does_not_write_when_read_only)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_errmsg em = {0};
    uint64_t index = 4, recno = 0;
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_OK);
    tg_store_close(store);
    struct tg_store_options options = {.read_only = true};
    store = help_open(place.store, &options);
    cr_assert(is_wanted(store, 4));
    cr_assert_eq(tg_store_write(store, put_wanted, &index, &em), TG_EDENIED);
    struct tg_index_rec rec = {0};
    uint8_t token[16];
    size_t count = 0;
    help_token(1, token);
    help_ok(tg_index_add(store, &rec, token, 1, NULL, 0, &recno, &help_em));
    help_ok(tg_index_lookup(store, token, &recno, 1, &count, &help_em));
    cr_assert_eq(count, 1, "what is replayed is found all the same");
    cr_assert_eq(tg_index_flush(store, NULL, 0, &em), TG_EDENIED);
    cr_assert_eq(tg_index_clear(store, &em), TG_EDENIED);
    tg_store_close(store);
}

/* ---- growth ---- */

static tg_err put_body(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    uint64_t *index = ctx;
    static uint8_t body[100000];
    return tg_store_place_put(txn, TG_PLACE_BODY, 0, *index, TG_VIEW_ARRAY(body));
}

struct reading {
    struct tg_store *store;
    _Atomic bool stop;
    _Atomic uint64_t reads;
};

/* Reads all it can see, again and again; what it sees never shrinks and is always whole. */
static void *keep_reading(void *ctx)
{
    struct reading *it = ctx;
    uint64_t most = 0;
    while (!it->stop) {
        struct tg_rtxn *txn = NULL;
        if (tg_store_read_begin(it->store, &txn, NULL) != TG_OK) abort();
        struct tg_store_scan scan = {0};
        if (tg_store_scan_place(txn, TG_PLACE_BODY, 0, 0, &scan) != TG_OK) abort();
        uint64_t index = 0, count = 0;
        struct tg_view value;
        for (; tg_store_place_next(&scan, &index, &value) == TG_OK; count++)
            if (index != count || value.bytes != 100000 || value.data[99999] != 0) abort();
        tg_store_scan_release(&scan);
        tg_store_read_end(txn);
        if (count < most) abort();
        most = count;
        it->reads++;
    }
    return NULL;
}

Test(store_open, grows_its_map_while_others_read)
{
    HELP_PLACE(place);
    struct tg_store_options options = {.log_map_bytes = 65536, .index_map_bytes = 65536};
    struct tg_store *store = help_new(&place, &options);
    struct reading reading[2] = {{.store = store}, {.store = store}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) cr_assert_eq(pthread_create(&threads[i], NULL, keep_reading, &reading[i]), 0);
    for (uint64_t index = 0; index < 200; index++) help_ok(tg_store_write(store, put_body, &index, &help_em));
    for (int i = 0; i < 2; i++) {
        while (reading[i].reads == 0) sched_yield();
        reading[i].stop = true;
        pthread_join(threads[i], NULL);
    }
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert_geq(stats.log_map_bytes, UINT64_C(20000000));
    cr_assert_eq(stats.bodies, 200);
    cr_assert_eq(stats.readers, 0);
    tg_store_close(store);
}

Test(store_open, asks_to_end_the_read_of_the_same_thread_before_it_grows)
{
    HELP_PLACE(place);
    struct tg_store_options options = {.log_map_bytes = 65536};
    struct tg_store *store = help_new(&place, &options);
    struct tg_errmsg em = {0};
    struct tg_rtxn *txn = NULL;
    uint64_t index = 0;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    tg_err err = TG_OK;
    for (; index < 50 && !err; index++) err = tg_store_write(store, put_body, &index, &em);
    cr_assert_eq(err, TG_EBUSY, "%s", em.text);
    cr_assert(!tg_store_poisoned(store));
    tg_store_read_end(txn);
    help_ok(tg_store_write(store, put_body, &index, &help_em));
    tg_store_close(store);
}

Test(store_open, grows_the_index_too)
{
    HELP_PLACE(place);
    struct tg_store_options options = {.index_map_bytes = 65536};
    struct tg_store *store = help_new(&place, &options);
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 5000; i++) {
            struct tg_index_rec rec = {
                .index = round * 5000 + i, .time = (int64_t)i, .expiry = TG_INDEX_NO_TIME};
            uint8_t token[16];
            uint64_t recno = 0;
            help_token(rec.index, token);
            help_ok(tg_index_add(store, &rec, token, 1, NULL, 0, &recno, &help_em));
        }
        help_ok(tg_index_flush(store, NULL, 0, &help_em));
    }
    uint8_t token[16];
    uint64_t recno = 0;
    size_t count = 0;
    help_token(24999, token);
    help_ok(tg_index_lookup(store, token, &recno, 1, &count, &help_em));
    cr_assert(count == 1 && recno == 24999);
    tg_store_close(store);
}

Test(store_open, lets_only_so_many_read_at_once)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_rtxn *txns[TG_STORE_READERS_MAX], *more = NULL;
    for (size_t i = 0; i < TG_STORE_READERS_MAX; i++) help_ok(tg_store_read_begin(store, &txns[i], &help_em));
    cr_assert_eq(tg_store_read_begin(store, &more, NULL), TG_ELIMIT);
    uint8_t token[16];
    uint64_t recno = 0;
    size_t count = 0;
    help_token(1, token);
    help_ok(tg_index_lookup(store, token, &recno, 1, &count, &help_em));
    for (size_t i = 0; i < TG_STORE_READERS_MAX; i++) tg_store_read_end(txns[i]);
    help_ok(tg_store_read_begin(store, &more, &help_em));
    tg_store_read_end(more);
    tg_store_close(store);
}
