/* What the tests of the store share: folders that vanish, a seeded generator, stores in one line. */
#ifndef TG_TESTS_STORE_HELP_H
#define TG_TESTS_STORE_HELP_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/index.h"
#include "store/log.h"
#include "store/mark.h"
#include "store/store.h"

struct help_rng {
    uint64_t state;
};
static inline uint64_t help_next(struct help_rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline uint64_t help_below(struct help_rng *rng, uint64_t bound)
{
    return help_next(rng) % bound;
}
/* The n-th token: looks random, is always the same. */
static inline void help_token(uint64_t n, uint8_t out[16])
{
    struct help_rng rng = {n * 2 + 1};
    tg_be64_put(out, help_next(&rng));
    tg_be64_put(out + 8, help_next(&rng));
}
static inline void help_id(uint8_t seed, uint8_t out[32])
{
    for (unsigned i = 0; i < 32; i++) out[i] = (uint8_t)(seed + 7 * i);
}

static inline int help_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}
static inline void help_remove(const char *path)
{
    (void)nftw(path, help_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A folder of this test's own, and the path of a store in it. */
struct help_place {
    char dir[256];
    char store[512];
};
static inline void help_place_init(struct help_place *place)
{
    const char *base = getenv("TMPDIR");
    snprintf(place->dir, sizeof place->dir, "%s/tamga-store-XXXXXX", base ? base : P_tmpdir);
    cr_assert_not_null(mkdtemp(place->dir));
    snprintf(place->store, sizeof place->store, "%s/store", place->dir);
}
static inline void help_place_release(struct help_place *place)
{
    help_remove(place->dir);
}
TG_AUTO_DEFINE(help_place, help_place_release)
#define HELP_PLACE(name)                        \
    TG_AUTO(help_place) struct help_place name; \
    help_place_init(&name)

#define help_ok(expression)                                                               \
    do {                                                                                  \
        struct tg_errmsg help_em = {0};                                                   \
        tg_err err_ = (expression);                                                       \
        cr_assert_eq(err_, TG_OK, "%s: %s", #expression, tg_errmsg_text(&help_em, err_)); \
    } while (0)

static inline struct tg_store *help_open(const char *dir, const struct tg_store_options *options)
{
    struct tg_store *store = NULL;
    help_ok(tg_store_open(dir, options, &store, &help_em));
    return store;
}
static inline struct tg_store *help_new(const struct help_place *place,
                                        const struct tg_store_options *options)
{
    help_ok(tg_store_create(place->store, options, &help_em));
    return help_open(place->store, options);
}

/* Size, time of change and checksum of a file: did anybody touch it? */
struct help_print {
    off_t bytes;
    struct timespec changed;
    uint64_t sum;
};
static inline struct help_print help_print_of(const char *path)
{
    struct help_print print = {0};
    struct stat st;
    int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
    print.bytes = st.st_size;
    print.changed = st.st_mtim;
    uint8_t chunk[4096];
    for (ssize_t got; (got = read(fd, chunk, sizeof chunk)) > 0;)
        for (ssize_t i = 0; i < got; i++) print.sum = print.sum * 31 + chunk[i];
    close(fd);
    return print;
}
static inline bool help_print_equal(struct help_print a, struct help_print b)
{
    return a.bytes == b.bytes && a.changed.tv_sec == b.changed.tv_sec &&
           a.changed.tv_nsec == b.changed.tv_nsec && a.sum == b.sum;
}

#endif
