/* Running text against stored selectors: found, brought into normal form, hashed, looked up in the node's own index.
 *
 * usage: text_scan FOLDER TEXT SELECTORS       one "type<TAB>value" a line; the store it makes in FOLDER is removed
 * Knows store, match and tokens, no node. Beside the whole it prints what passing over the text alone takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "crypto/hash.h"
#include "match/scan.h"
#include "store/index.h"

#define BATCH 1024
#define ROUNDS 3
#define LINE_BYTES 512
#define FLUSH_RECORDS 65536
#define PATH_BYTES 4096

struct bench {
    struct tg_store *store;
    struct tg_token_key key;
    uint8_t tokens[BATCH * TG_INDEX_TOKEN_BYTES];
    size_t waiting;
    uint64_t found, forms, hits;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "text_scan: %s: %s\n", what, why);
    exit(1);
}

static void must(const char *what, tg_err err, const struct tg_errmsg *em)
{
    if (err) die(what, tg_errmsg_text(em, err));
}

/* Processor time: see exact_match.c. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static tg_err on_hit(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count)
{
    struct bench *bench = ctx;
    (void)i, (void)recnos, (void)given;
    bench->hits += count > 0;
    return TG_OK;
}

static void ask(struct bench *bench)
{
    struct tg_errmsg em = {.text = ""};
    must("lookup", tg_index_lookup_batch(bench->store, bench->tokens, bench->waiting, on_hit, bench, &em),
         &em);
    bench->waiting = 0;
}

static tg_err on_asked(void *ctx, const struct tg_scan_found *found)
{
    struct bench *bench = ctx;
    bench->found++;
    for (size_t i = 0; i < found->form_count; i++) {
        struct tg_token token;
        tg_token_of(&bench->key, (uint8_t)found->forms[i].type, tg_selector_form(&found->forms[i]), &token);
        memcpy(bench->tokens + bench->waiting * TG_INDEX_TOKEN_BYTES, token.bytes, TG_INDEX_TOKEN_BYTES);
        bench->forms++;
        if (++bench->waiting == BATCH) ask(bench);
    }
    return TG_OK;
}

static tg_err on_counted(void *ctx, const struct tg_scan_found *found)
{
    (void)found;
    ((struct bench *)ctx)->found++;
    return TG_OK;
}

/* One selector a record; found at once, whatever was stored before. */
static size_t store_all(struct bench *bench, const char *path)
{
    char line[LINE_BYTES];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    if (!file) die(path, "cannot be read");
    while (fgets(line, sizeof line, file)) {
        char *tab = strchr(line, '\t');
        enum tg_selector_type type;
        struct tg_selector form;
        struct tg_token token;
        uint64_t recno;
        line[strcspn(line, "\n")] = 0;
        if (!tab || tg_selector_type_of_name(tg_view_of(line, (size_t)(tab - line)), &type, NULL) ||
            tg_selector_normalise(type, tg_view_str(tab + 1), NULL, &form, NULL))
            continue;
        tg_token_of(&bench->key, (uint8_t)type, tg_selector_form(&form), &token);
        struct tg_index_rec rec = {.log = 1,
                                   .index = count / 1024,
                                   .n = (uint16_t)(count % 1024 + 1),
                                   .kind = 2,
                                   .time = (int64_t)count,
                                   .expiry = TG_INDEX_NO_TIME};
        must("add", tg_index_add(bench->store, &rec, token.bytes, 1, NULL, 0, &recno, NULL), NULL);
        if (++count % FLUSH_RECORDS == 0) must("flush", tg_index_flush(bench->store, NULL, 0, NULL), NULL);
    }
    (void)fclose(file);
    must("flush", tg_index_flush(bench->store, NULL, 0, NULL), NULL);
    for (bool more = true; more;)
        must("merge", tg_index_merge_step(bench->store, 1048576, &more, NULL), NULL);
    return count;
}

static void scan(struct bench *bench, const struct tg_buf *text, const char *what, tg_scan_on_found on_found,
                 bool names)
{
    struct tg_scan_options options = {.country = "TJ", .names = names, .on_found = on_found, .ctx = bench};
    struct tg_scan *scanner = tg_scan_new(&options);
    double best = 0;
    if (!scanner) die("scan", "out of memory");
    for (int round = 0; round < ROUNDS; round++) {
        bench->found = bench->forms = bench->hits = 0;
        double from = now_s();
        must("feed", tg_scan_feed(scanner, tg_buf_view(text)), NULL);
        must("end", tg_scan_end(scanner), NULL);
        ask(bench);
        double rate = (double)text->bytes / (now_s() - from) / 1e9;
        best = rate > best ? rate : best;
    }
    printf("%-44s  %6.3f GB/s  %llu places, %llu forms, %llu hits\n", what, best,
           (unsigned long long)bench->found, (unsigned long long)bench->forms,
           (unsigned long long)bench->hits);
    tg_scan_free(scanner);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static const char *const files[] = {"index/data.mdb", "index/lock.mdb", "log/data.mdb", "log/lock.mdb",
                                        "store.lock",     "index",          "log",          ""};
    struct tg_errmsg em = {.text = ""};
    struct tg_buf text = {0};
    char path[PATH_BYTES], file[PATH_BYTES + 32];
    if (argc != 4) die("usage", "text_scan FOLDER TEXT SELECTORS");
    must(argv[2], tg_file_read(argv[2], SIZE_MAX / 2, &text, &em), &em);
    (void)snprintf(path, sizeof path, "%s/text_store", argv[1]);
    must("create", tg_store_create(path, NULL, &em), &em);
    must("open", tg_store_open(path, NULL, &bench.store, &em), &em);
    printf("%zu selectors stored, text of %.1f MB\n", store_all(&bench, argv[3]), (double)text.bytes / 1e6);
    scan(&bench, &text, "selectors, not looked up", on_counted, false);
    scan(&bench, &text, "selectors, hashed and looked up", on_asked, false);
    scan(&bench, &text, "selectors looked up, names looked for", on_asked, true);
    tg_store_close(bench.store);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", path, files[i]);
        (void)remove(file);
    }
    tg_buf_release(&text);
    return 0;
}
