/* Reads names and queries as TSV, answers every query from the name index: for the evaluation and for speed.
 *
 * usage: match_names INDEX.tsv[,MORE.tsv...] QUERIES.tsv [--no-features] [--threads N] [--limit N] [--threshold N] > RUN.tsv
 * Columns: id, name, dob, country, kind, script. Figures go to standard error:
 * build and search in processor time, which other work on the machine does not change.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "match/name_index.h"

#define FILE_BYTES_MAX 2000000000
#define ARENA_BYTES (64U << 20)
#define THREADS_MAX 64
#define PAIRS_MAX 16

struct row {
    struct tg_view id, name;
    struct tg_birth births[PAIRS_MAX];
    uint16_t countries[TG_NAME_COUNTRIES_MAX];
    struct tg_features features;
    enum tg_name_kind kind;
};
struct rows {
    struct row *rows;
    size_t count, capacity;
};
struct options {
    bool features;
    size_t threads, limit;
    uint16_t threshold;
};
struct job {
    const struct tg_name_index *index;
    const struct rows *queries, *entries;
    const struct options *options;
    size_t from, to;
    struct tg_buf out;
    uint32_t *nanoseconds;
    struct tg_name_work work; /* of all queries */
    size_t cut;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* Processor time of this thread: steady when others use the machine. */
static uint64_t cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void die(const char *what)
{
    fprintf(stderr, "match_names: %s\n", what);
    exit(2);
}

static struct tg_view take(struct tg_view *text, char stop)
{
    const uint8_t *at = text->bytes == 0 ? NULL : memchr(text->data, stop, text->bytes);
    struct tg_view head = *text;
    if (at != NULL) head.bytes = (size_t)(at - text->data);
    size_t used = head.bytes + (at != NULL ? 1 : 0);
    text->data += used;
    text->bytes -= used;
    return head;
}

static void read_features(struct row *row, struct tg_view dates, struct tg_view countries)
{
    while (dates.bytes > 0 && row->features.births_count < PAIRS_MAX) {
        struct tg_birth *birth = &row->births[row->features.births_count];
        if (tg_date_parse(take(&dates, ','), &birth->date, NULL) == TG_OK) row->features.births_count++;
    }
    while (countries.bytes > 0 && row->features.countries_count < TG_NAME_COUNTRIES_MAX) {
        uint16_t code = tg_country_code(take(&countries, ','));
        if (code != 0) row->countries[row->features.countries_count++] = code;
    }
}

static enum tg_name_kind read_kind(struct tg_view text)
{
    for (unsigned kind = 0; kind < TG_NAME_KINDS_END; kind++) {
        if (tg_view_equal_str(text, tg_name_kind_name((enum tg_name_kind)kind)))
            return (enum tg_name_kind)kind;
    }
    return TG_NAME_PRIMARY;
}

static void read_rows(const char *path, struct rows *rows)
{
    static struct tg_buf files[16];
    static size_t files_count;
    struct tg_errmsg em = {.text = ""};
    if (files_count == 16) die("too many files");
    struct tg_buf *file = &files[files_count++];
    if (tg_file_read(path, FILE_BYTES_MAX, file, &em) != TG_OK) die(em.text);
    struct tg_view text = tg_buf_view(file);
    (void)take(&text, '\n');
    while (text.bytes > 0) {
        struct tg_view line = take(&text, '\n');
        if (line.bytes == 0) continue;
        if (rows->count == rows->capacity) {
            rows->capacity = rows->capacity == 0 ? 1024 : rows->capacity * 2;
            rows->rows = realloc(rows->rows, rows->capacity * sizeof *rows->rows);
            if (rows->rows == NULL) die("out of memory");
        }
        struct row *row = &rows->rows[rows->count++];
        memset(row, 0, sizeof *row);
        row->id = take(&line, '\t');
        row->name = take(&line, '\t');
        struct tg_view dates = take(&line, '\t'), countries = take(&line, '\t');
        row->kind = read_kind(take(&line, '\t'));
        read_features(row, dates, countries);
    }
}

static void features_link(struct rows *rows, bool features)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct row *row = &rows->rows[i];
        row->features.births = row->births;
        row->features.countries = row->countries;
        if (!features) row->features.births_count = row->features.countries_count = 0;
    }
}

static void explain(const struct tg_name *query, const struct tg_name_result *result, struct tg_buf *out)
{
    struct tg_name candidate;
    if (tg_name_parse(result->name, &candidate, NULL) != TG_OK) return;
    (void)tg_score_explain(query, &candidate, &result->scored, out);
}

static void put_results(const struct job *job, const struct row *row, const struct tg_name_result *results,
                        size_t count, struct tg_buf *out)
{
    struct tg_name query;
    if (tg_name_parse(row->name, &query, NULL) != TG_OK) return;
    for (size_t i = 0; i < count; i++) {
        struct tg_view id = job->entries->rows[results[i].id].id;
        (void)tg_buf_putf(out, "%.*s\t%.*s\t%.4f\t", TG_VIEW_PRINT(row->id), TG_VIEW_PRINT(id),
                          (double)results[i].scored.score / TG_SCORE_ONE);
        (void)tg_buf_putf(out, "%s: ", tg_band_name((enum tg_band)results[i].scored.band));
        explain(&query, &results[i], out);
        (void)tg_buf_put_str(out, "\n");
    }
}

static void *run(void *context)
{
    struct job *job = context;
    struct tg_arena arena;
    struct tg_name_work work;
    tg_arena_init(&arena, ARENA_BYTES);
    for (size_t i = job->from; i < job->to; i++) {
        const struct row *row = &job->queries->rows[i];
        struct tg_name_query query = {.text = row->name,
                                      .features = row->features,
                                      .threshold = job->options->threshold,
                                      .limit = job->options->limit,
                                      .work = &work};
        struct tg_name_result *results = NULL;
        size_t count = 0;
        work = (struct tg_name_work){.compared = 0};
        uint64_t start = cpu_ns();
        if (tg_name_index_query(job->index, &query, &arena, &results, &count, NULL) != TG_OK) count = 0;
        job->nanoseconds[i] = (uint32_t)(cpu_ns() - start);
        job->work.compared += work.compared;
        job->work.looked += work.looked;
        job->work.aligned += work.aligned;
        job->cut += work.cut;
        put_results(job, row, results, count, &job->out);
        tg_arena_clear(&arena);
    }
    tg_arena_release(&arena);
    return NULL;
}

static size_t same_person(const struct rows *rows, size_t at, size_t first)
{
    return at > 0 && tg_view_equal(rows->rows[at].id, rows->rows[at - 1].id) ? first : at;
}

static struct tg_name_index *build(const struct rows *rows)
{
    static const struct tg_token_key key = {.bytes = {1, 2, 3}};
    struct tg_name_index *index = tg_name_index_new(&key);
    size_t refused = 0, person = 0;
    if (index == NULL) die("out of memory");
    uint64_t start = cpu_ns();
    for (size_t i = 0; i < rows->count; i++) {
        person = same_person(rows, i, person);
        const struct row *row = &rows->rows[i];
        struct tg_name_entry entry = {
            .id = person, .text = row->name, .kind = row->kind, .features = row->features};
        if (tg_name_index_add(index, &entry, NULL) != TG_OK) refused++;
    }
    if (tg_name_index_merge(index) != TG_OK) die("out of memory");
    double seconds = (double)(cpu_ns() - start) / 1e9;
    struct tg_name_index_stats stats;
    tg_name_index_stats(index, &stats);
    fprintf(stderr,
            "names %zu (refused %zu), tokens %zu, build %.3f s (%.0f names/s), %zu bytes (%.0f a name)\n",
            stats.names, refused, stats.tokens, seconds, (double)stats.names / seconds, stats.bytes,
            (double)stats.bytes / (double)(stats.names == 0 ? 1 : stats.names));
    return index;
}

static int order_u32(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

static void answer(const struct tg_name_index *index, const struct rows *queries, const struct rows *entries,
                   const struct options *options)
{
    struct job jobs[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    uint32_t *nanoseconds = calloc(queries->count + 1, sizeof *nanoseconds);
    if (nanoseconds == NULL) die("out of memory");
    uint64_t start = now_ns();
    for (size_t i = 0; i < options->threads; i++) {
        jobs[i] = (struct job){.index = index,
                               .queries = queries,
                               .entries = entries,
                               .options = options,
                               .from = queries->count * i / options->threads,
                               .to = queries->count * (i + 1) / options->threads,
                               .nanoseconds = nanoseconds};
        if (pthread_create(&threads[i], NULL, run, &jobs[i]) != 0) die("no thread");
    }
    for (size_t i = 0; i < options->threads; i++) pthread_join(threads[i], NULL);
    double seconds = (double)(now_ns() - start) / 1e9;
    struct tg_name_work work = {.compared = 0};
    size_t cut = 0;
    for (size_t i = 0; i < options->threads; i++) {
        work.compared += jobs[i].work.compared;
        work.looked += jobs[i].work.looked;
        work.aligned += jobs[i].work.aligned;
        cut += jobs[i].cut;
        fwrite(jobs[i].out.data, 1, jobs[i].out.bytes, stdout);
        tg_buf_release(&jobs[i].out);
    }
    uint64_t busy = 0;
    for (size_t i = 0; i < queries->count; i++) busy += nanoseconds[i];
    qsort(nanoseconds, queries->count, sizeof *nanoseconds, order_u32);
    fprintf(
        stderr,
        "queries %zu, %.0f queries/s with %zu threads, output included; processor time of the search alone: "
        "%.0f queries/s a core, p50 %.1f us, p99 %.1f us, p99.9 %.1f us\n",
        queries->count, (double)queries->count / seconds, options->threads,
        (double)queries->count * 1e9 / (double)(busy == 0 ? 1 : busy), nanoseconds[queries->count / 2] / 1e3,
        nanoseconds[queries->count * 99 / 100] / 1e3, nanoseconds[queries->count * 999 / 1000] / 1e3);
    size_t count = queries->count == 0 ? 1 : queries->count;
    fprintf(stderr, "a query: %zu words compared, %zu names looked at, %zu aligned; %zu queries cut short\n",
            work.compared / count, work.looked / count, work.aligned / count, cut);
    free(nanoseconds);
}

int main(int argc, char **argv)
{
    struct options options = {.features = true, .threads = 1, .limit = 20, .threshold = 3000};
    struct rows entries = {.count = 0}, queries = {.count = 0};
    int at = 3;
    if (argc < 3)
        die("usage: match_names INDEX.tsv[,MORE.tsv...] QUERIES.tsv [--no-features] [--threads N] [--limit "
            "N] "
            "[--threshold N]");
    for (; at < argc; at++) {
        size_t value = at + 1 < argc ? (size_t)strtoul(argv[at + 1], NULL, 10) : 0;
        if (strcmp(argv[at], "--no-features") == 0) {
            options.features = false;
            continue;
        }
        if (strcmp(argv[at], "--threads") == 0 && value > 0 && value <= THREADS_MAX)
            options.threads = value;
        else if (strcmp(argv[at], "--limit") == 0 && value > 0)
            options.limit = value;
        else if (strcmp(argv[at], "--threshold") == 0 && value <= TG_SCORE_ONE)
            options.threshold = (uint16_t)value;
        else
            die("unknown option");
        at++;
    }
    for (char *path = strtok(argv[1], ","); path != NULL; path = strtok(NULL, ",")) read_rows(path, &entries);
    read_rows(argv[2], &queries);
    features_link(&entries, options.features);
    features_link(&queries, options.features);
    struct tg_name_index *index = build(&entries);
    answer(index, &queries, &entries, &options);
    tg_name_index_free(index);
    free(entries.rows);
    free(queries.rows);
    return 0;
}
