/* Exact match: selectors as people write them → normal form → token → index, hits and misses apart.
 *
 * usage: exact_match FOLDER [STORED] [ASKED]
 * Knows store, match and tokens, no node. The raw limits beside the figures are the same tokens in a plain hash table
 * in memory and in one LMDB table, in the same run. The store it makes in FOLDER is removed.
 */
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "match/selector.h"
#include "store/index.h"

#define TEXT_BYTES 96
#define PATH_BYTES 4096
#define FLUSH_RECORDS 65536
#define MERGE_ROWS 1048576
#define MAP_BYTES 17179869184U
#define ROUNDS 5
#define MISSES_FROM 1000000000U /* numbers from here on are not stored */
#define SELECTOR_SHAPES 4

struct bench {
    char path[PATH_BYTES];
    struct tg_store *store;
    struct tg_token_key key;
    size_t stored, asked;
    char (*texts)[TEXT_BYTES];
    char (*forms)[TEXT_BYTES]; /* of the texts */
    enum tg_selector_type *types;
    uint8_t *tokens;
    uint8_t *table; /* the plain hash table: slots of 16 bytes, zero is free */
    size_t slots;
    MDB_env *env;
    MDB_dbi dbi;
    uint64_t found;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "exact_match: %s: %s\n", what, why);
    exit(1);
}

static void must(const char *what, tg_err err, const struct tg_errmsg *em)
{
    if (err) die(what, tg_errmsg_text(em, err));
}

static void must_mdb(const char *what, int rc)
{
    if (rc != MDB_SUCCESS) die(what, mdb_strerror(rc));
}

/* Processor time: nothing here waits for a disk, and other work on the machine disturbs it less. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/* Selector number `number` as one would write it: a quarter each of telephones, domains, addresses, hashes. */
static enum tg_selector_type write_selector(uint64_t number, char out[static TEXT_BYTES])
{
    unsigned n = (unsigned)(number / SELECTOR_SHAPES);
    uint64_t random = mix(number);
    switch (number % SELECTOR_SHAPES) {
    case 0:
        (void)snprintf(out, TEXT_BYTES, "+996 7%02u %03u-%03u", n / 1000000 % 100, n / 1000 % 1000, n % 1000);
        return TG_SELECTOR_PHONE;
    case 1:
        (void)snprintf(out, TEXT_BYTES, "S%08xN%u.Example.org", (unsigned)(random & 0xffffffffU), n);
        return TG_SELECTOR_DOMAIN;
    case 2:
        (void)snprintf(out, TEXT_BYTES, "%u.%u.%u.%u", 11 + n / 16777216 % 80, n / 65536 % 256, n / 256 % 256,
                       n % 256);
        return TG_SELECTOR_IP;
    default:
        (void)snprintf(out, TEXT_BYTES, "%016llx%016llx%016llx%016llx", (unsigned long long)random,
                       (unsigned long long)mix(random), (unsigned long long)mix(number + 1),
                       (unsigned long long)number);
        return TG_SELECTOR_HASH;
    }
}

static void token_of(const struct bench *bench, enum tg_selector_type type, const char *text,
                     uint8_t out[static 16])
{
    struct tg_selector selector;
    struct tg_token token;
    struct tg_errmsg em = {.text = ""};
    must(text, tg_selector_normalise(type, tg_view_str(text), NULL, &selector, &em), &em);
    tg_token_of(&bench->key, (uint8_t)type, tg_selector_form(&selector), &token);
    memcpy(out, token.bytes, TG_INDEX_TOKEN_BYTES);
}

static void store_one(struct bench *bench, uint64_t number)
{
    char text[TEXT_BYTES];
    uint8_t token[TG_INDEX_TOKEN_BYTES];
    struct tg_errmsg em = {.text = ""};
    uint64_t recno;
    enum tg_selector_type type = write_selector(number, text);
    token_of(bench, type, text, token);
    struct tg_index_rec rec = {.log = 1,
                               .index = number / 1024,
                               .n = (uint16_t)(number % 1024 + 1),
                               .kind = 2,
                               .time = (int64_t)number,
                               .expiry = TG_INDEX_NO_TIME};
    must("add", tg_index_add(bench->store, &rec, token, 1, NULL, 0, &recno, &em), &em);
}

static void store_all(struct bench *bench)
{
    struct tg_errmsg em = {.text = ""};
    for (size_t i = 0; i < bench->stored; i++) {
        store_one(bench, i);
        if (i % FLUSH_RECORDS == FLUSH_RECORDS - 1)
            must("flush", tg_index_flush(bench->store, NULL, 0, &em), &em);
    }
    must("flush", tg_index_flush(bench->store, NULL, 0, &em), &em);
    bool more = true;
    while (more) must("merge", tg_index_merge_step(bench->store, MERGE_ROWS, &more, &em), &em);
}

/* What a start of the node loads before it answers. */
static void reopen(struct bench *bench)
{
    struct tg_errmsg em = {.text = ""};
    tg_store_close(bench->store);
    double from = now_s();
    must("open", tg_store_open(bench->path, NULL, &bench->store, &em), &em);
    printf("opened again, filters loaded: %.2f s\n", now_s() - from);
}

/* ---- raw limits ---- */

static uint8_t *slot_of(struct bench *bench, const uint8_t token[static 16])
{
    static const uint8_t none[TG_INDEX_TOKEN_BYTES];
    uint64_t at;
    memcpy(&at, token, sizeof at);
    for (at &= bench->slots - 1;; at = (at + 1) & (bench->slots - 1)) {
        uint8_t *slot = bench->table + at * TG_INDEX_TOKEN_BYTES;
        if (!memcmp(slot, none, sizeof none) || !memcmp(slot, token, sizeof none)) return slot;
    }
}

static int by_token(const void *a, const void *b)
{
    return memcmp(a, b, TG_INDEX_TOKEN_BYTES);
}

static void raw_fill(struct bench *bench)
{
    for (bench->slots = 1024; bench->slots < bench->stored * 2; bench->slots *= 2) {
    }
    bench->table = calloc(bench->slots, TG_INDEX_TOKEN_BYTES);
    uint8_t *tokens = malloc(bench->stored * TG_INDEX_TOKEN_BYTES);
    if (!bench->table || !tokens) die("memory", strerror(errno));
    for (size_t i = 0; i < bench->stored; i++) {
        char text[TEXT_BYTES];
        enum tg_selector_type type = write_selector(i, text);
        token_of(bench, type, text, tokens + i * TG_INDEX_TOKEN_BYTES);
        memcpy(slot_of(bench, tokens + i * TG_INDEX_TOKEN_BYTES), tokens + i * TG_INDEX_TOKEN_BYTES,
               TG_INDEX_TOKEN_BYTES);
    }
    qsort(tokens, bench->stored, TG_INDEX_TOKEN_BYTES, by_token);
    MDB_txn *txn;
    must_mdb("begin", mdb_txn_begin(bench->env, NULL, 0, &txn));
    for (size_t i = 0; i < bench->stored; i++) {
        uint64_t recno = i;
        MDB_val key = {.mv_size = TG_INDEX_TOKEN_BYTES, .mv_data = tokens + i * TG_INDEX_TOKEN_BYTES};
        MDB_val value = {.mv_size = sizeof recno, .mv_data = &recno};
        must_mdb("put", mdb_put(txn, bench->dbi, &key, &value, MDB_APPEND));
    }
    must_mdb("commit", mdb_txn_commit(txn));
    free(tokens);
}

static void raw_open(struct bench *bench, const char *folder)
{
    char path[PATH_BYTES];
    MDB_txn *txn;
    (void)snprintf(path, sizeof path, "%s/exact_raw.mdb", folder);
    must_mdb("create", mdb_env_create(&bench->env));
    must_mdb("map", mdb_env_set_mapsize(bench->env, MAP_BYTES));
    must_mdb(path, mdb_env_open(bench->env, path, MDB_NOSUBDIR, 0600));
    must_mdb("begin", mdb_txn_begin(bench->env, NULL, 0, &txn));
    must_mdb("table", mdb_dbi_open(txn, NULL, 0, &bench->dbi));
    must_mdb("commit", mdb_txn_commit(txn));
}

/* ---- the ways of asking; each answers how many were found ---- */

static uint64_t ask_forms(struct bench *bench)
{
    uint64_t sum = 0;
    struct tg_selector selector;
    for (size_t i = 0; i < bench->asked; i++)
        sum += !tg_selector_normalise(bench->types[i], tg_view_str(bench->texts[i]), NULL, &selector, NULL);
    return sum;
}

static uint64_t ask_tokens(struct bench *bench)
{
    for (size_t i = 0; i < bench->asked; i++)
        token_of(bench, bench->types[i], bench->texts[i], bench->tokens + i * TG_INDEX_TOKEN_BYTES);
    return bench->asked;
}

static uint64_t ask_single(struct bench *bench)
{
    uint64_t found = 0, recnos[4];
    for (size_t i = 0; i < bench->asked; i++) {
        size_t count = 0;
        must("lookup",
             tg_index_lookup(bench->store, bench->tokens + i * TG_INDEX_TOKEN_BYTES, recnos, 4, &count, NULL),
             NULL);
        found += count > 0;
    }
    return found;
}

static tg_err on_hit(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count)
{
    struct bench *bench = ctx;
    (void)i;
    (void)recnos;
    (void)given;
    bench->found += count > 0;
    return TG_OK;
}

static uint64_t ask_batch(struct bench *bench)
{
    struct tg_errmsg em = {.text = ""};
    bench->found = 0;
    for (size_t i = 0; i < bench->asked; i += 1024) {
        size_t count = bench->asked - i < 1024 ? bench->asked - i : 1024;
        must("batch",
             tg_index_lookup_batch(bench->store, bench->tokens + i * TG_INDEX_TOKEN_BYTES, count, on_hit,
                                   bench, &em),
             &em);
    }
    return bench->found;
}

/* As a node takes them: each 1,024 to their tokens, and these looked up while they are at hand. */
static uint64_t by_batches(struct bench *bench, void (*token)(struct bench *bench, size_t i))
{
    struct tg_errmsg em = {.text = ""};
    bench->found = 0;
    for (size_t i = 0; i < bench->asked; i += 1024) {
        size_t count = bench->asked - i < 1024 ? bench->asked - i : 1024;
        for (size_t k = i; k < i + count; k++) token(bench, k);
        must("batch",
             tg_index_lookup_batch(bench->store, bench->tokens + i * TG_INDEX_TOKEN_BYTES, count, on_hit,
                                   bench, &em),
             &em);
    }
    return bench->found;
}

static void token_of_text(struct bench *bench, size_t i)
{
    token_of(bench, bench->types[i], bench->texts[i], bench->tokens + i * TG_INDEX_TOKEN_BYTES);
}

static uint64_t ask_whole(struct bench *bench)
{
    return by_batches(bench, token_of_text);
}

static void token_of_form(struct bench *bench, size_t i)
{
    struct tg_token token;
    tg_token_of(&bench->key, (uint8_t)bench->types[i], tg_view_str(bench->forms[i]), &token);
    memcpy(bench->tokens + i * TG_INDEX_TOKEN_BYTES, token.bytes, TG_INDEX_TOKEN_BYTES);
}

/* Normal forms that lie in memory and in no cache, as they come out of another program. */
static uint64_t ask_cold(struct bench *bench)
{
    return by_batches(bench, token_of_form);
}

static uint64_t ask_table(struct bench *bench)
{
    uint64_t found = 0;
    for (size_t i = 0; i < bench->asked; i++) {
        const uint8_t *token = bench->tokens + i * TG_INDEX_TOKEN_BYTES;
        found += !memcmp(slot_of(bench, token), token, TG_INDEX_TOKEN_BYTES);
    }
    return found;
}

static uint64_t ask_lmdb(struct bench *bench)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    uint64_t found = 0;
    must_mdb("begin", mdb_txn_begin(bench->env, NULL, MDB_RDONLY, &txn));
    must_mdb("cursor", mdb_cursor_open(txn, bench->dbi, &cursor));
    for (size_t i = 0; i < bench->asked; i++) {
        MDB_val key = {.mv_size = TG_INDEX_TOKEN_BYTES, .mv_data = bench->tokens + i * TG_INDEX_TOKEN_BYTES},
                value;
        found += mdb_cursor_get(cursor, &key, &value, MDB_SET) == MDB_SUCCESS;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return found;
}

static const struct way {
    const char *name;
    uint64_t (*ask)(struct bench *bench);
} ways[] = {
    {"normal form", ask_forms},
    {"normal form, token", ask_tokens},
    {"lookup, one by one", ask_single},
    {"lookup, 1,024 at a time", ask_batch},
    {"form, token, lookup by 1,024", ask_whole},
    {"normal forms: token, lookup", ask_cold},
    {"raw: hash table in memory", ask_table},
    {"raw: LMDB cursor, one table", ask_lmdb},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void prepare(struct bench *bench, bool hits)
{
    for (size_t i = 0; i < bench->asked; i++) {
        uint64_t number = mix(i + 1) % bench->stored + (hits ? 0 : MISSES_FROM);
        struct tg_selector form;
        bench->types[i] = write_selector(number, bench->texts[i]);
        must("form", tg_selector_normalise(bench->types[i], tg_view_str(bench->texts[i]), NULL, &form, NULL),
             NULL);
        if (form.form_bytes >= TEXT_BYTES) die("form", "too long");
        memcpy(bench->forms[i], form.form, form.form_bytes + 1U);
    }
    (void)ask_tokens(bench);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median_of(struct bench *bench, const struct way *way, uint64_t *ret_found)
{
    double seconds[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        double from = now_s();
        *ret_found = way->ask(bench);
        seconds[round] = now_s() - from;
    }
    qsort(seconds, ROUNDS, sizeof *seconds, by_value);
    return seconds[ROUNDS / 2];
}

static void measure(struct bench *bench, bool hits)
{
    prepare(bench, hits);
    for (size_t i = 0; i < WAYS; i++) {
        uint64_t found = 0;
        double seconds = median_of(bench, &ways[i], &found);
        bool asks = ways[i].ask != ask_forms && ways[i].ask != ask_tokens;
        if (asks && found != (hits ? bench->asked : 0)) die(ways[i].name, "wrong answer");
        printf("%-6s  %-30s  %10.0f/s  %8.1f ns\n", hits ? "hits" : "misses", ways[i].name,
               (double)bench->asked / seconds, seconds * 1e9 / (double)bench->asked);
    }
}

static void remove_all(struct bench *bench, const char *folder)
{
    static const char *const files[] = {
        "store/index/data.mdb", "store/index/lock.mdb", "store/log/data.mdb", "store/log/lock.mdb",
        "store/store.lock",     "store/index",          "store/log",          "store",
        "exact_raw.mdb",        "exact_raw.mdb-lock"};
    tg_store_close(bench->store);
    mdb_env_close(bench->env);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)remove(path);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) die("usage", "exact_match FOLDER [STORED] [ASKED]");
    struct bench bench = {.stored = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000,
                          .asked = argc > 3 ? strtoul(argv[3], NULL, 10) : 1000000};
    struct tg_errmsg em = {.text = ""};
    if (!bench.stored || !bench.asked) die("usage", "STORED and ASKED are at least 1");
    for (size_t i = 0; i < sizeof bench.key.bytes; i++) bench.key.bytes[i] = (uint8_t)i;
    bench.texts = calloc(bench.asked, sizeof *bench.texts);
    bench.types = calloc(bench.asked, sizeof *bench.types);
    bench.tokens = calloc(bench.asked, TG_INDEX_TOKEN_BYTES);
    bench.forms = calloc(bench.asked, sizeof *bench.forms);
    if (!bench.forms || !bench.texts || !bench.types || !bench.tokens) die("memory", strerror(errno));
    (void)snprintf(bench.path, sizeof bench.path, "%s/store", argv[1]);
    must("create", tg_store_create(bench.path, NULL, &em), &em);
    must("open", tg_store_open(bench.path, NULL, &bench.store, &em), &em);
    raw_open(&bench, argv[1]);
    store_all(&bench);
    reopen(&bench);
    raw_fill(&bench);
    struct tg_store_stats stats;
    must("stats", tg_store_stats(bench.store, &stats, &em), &em);
    printf("stored %zu selectors: index %.1f bytes a record on disk, %llu runs, filters %.1f bytes a record; "
           "asked %zu\n",
           bench.stored, (double)stats.index_file_bytes / (double)bench.stored,
           (unsigned long long)stats.runs, (double)stats.filter_bytes / (double)bench.stored, bench.asked);
    measure(&bench, true);
    measure(&bench, false);
    remove_all(&bench, argv[1]);
    free(bench.texts);
    free(bench.forms);
    free(bench.types);
    free(bench.tokens);
    free(bench.table);
    return 0;
}
