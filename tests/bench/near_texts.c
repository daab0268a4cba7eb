/* Near-duplicate texts: the join against every pair compared, and how many texts a second it takes.
 *
 * Use: near_texts TEXTS.tsv [PAIRS.tsv] [--copies N]: lines id TAB text with a heading; PAIRS has lines id1 TAB id2 TAB
 * jaccard, whose pairs of .7 and more are looked for too. With copies the texts are repeated with a word changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "match/near.h"

#define TEXTS_MAX 4000000
#define LINE_MAX_BYTES 1048576

struct texts {
    char *ids[TEXTS_MAX], *texts[TEXTS_MAX];
    struct tg_near_text near[TEXTS_MAX];
    uint32_t first[TEXTS_MAX]; /* the first text that is equal */
    size_t count, bytes;
};

static const struct tg_token_key key = {.bytes = {1, 2, 3, 4}};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time); /* of this process alone: others may use the machine */
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void add(struct texts *texts, const char *id, const char *text)
{
    if (texts->count == TEXTS_MAX) return;
    texts->ids[texts->count] = strdup(id);
    texts->texts[texts->count] = strdup(text);
    texts->bytes += strlen(text);
    texts->count++;
}

static void texts_read(const char *path, struct texts *texts)
{
    static char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    for (bool heading = true; fgets(line, sizeof line, file); heading = false) {
        char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
        if (!tab || heading) continue;
        if (end) *end = 0;
        *tab = 0;
        add(texts, line, tab + 1);
    }
    fclose(file);
}

/* Each copy has another first and last word, as a report that was passed on. */
static void copies_add(struct texts *texts, size_t copies)
{
    size_t count = texts->count;
    for (size_t copy = 1; copy < copies; copy++)
        for (size_t i = 0; i < count; i++) {
            char *text = malloc(strlen(texts->texts[i]) + 64);
            char id[256];
            sprintf(text, "unit%zu %s desk%zu", copy, texts->texts[i], copy % 7);
            snprintf(id, sizeof id, "%.200s/%zu", texts->ids[i], copy);
            add(texts, id, text);
            free(text);
        }
}

struct pairs {
    uint64_t *items;
    size_t count, capacity;
};

static tg_err on_near(void *ctx, uint32_t earlier, uint32_t later)
{
    struct pairs *pairs = ctx;
    if (pairs->count == pairs->capacity) {
        pairs->capacity = pairs->capacity ? 2 * pairs->capacity : 1024;
        pairs->items = realloc(pairs->items, pairs->capacity * sizeof *pairs->items);
    }
    pairs->items[pairs->count++] = (uint64_t)earlier << 32 | later;
    return TG_OK;
}

static int u64_order(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* Told, where equal texts stand for one. */
static bool told(const struct texts *texts, const struct pairs *pairs, uint32_t a, uint32_t b)
{
    a = texts->first[a];
    b = texts->first[b];
    if (a == b) return true;
    uint64_t pair = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    return bsearch(&pair, pairs->items, pairs->count, sizeof pair, u64_order) != NULL;
}

static void every_pair(const struct texts *texts, const struct pairs *pairs)
{
    size_t alike = 0, found = 0;
    for (uint32_t i = 0; i < texts->count; i++)
        for (uint32_t k = 0; k < i; k++) {
            if (!tg_near_alike(&texts->near[k], &texts->near[i])) continue;
            alike++;
            found += told(texts, pairs, k, i);
        }
    printf("every pair compared: %zu alike, %zu told by the join: recall %.4f\n", alike, found,
           alike ? (double)found / (double)alike : 1.0);
}

static void listed_pairs(const char *path, const struct texts *texts, const struct pairs *pairs)
{
    static char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");
    size_t listed = 0, found = 0, other = 0;
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        char *one = strtok(line, "\t"), *two = strtok(NULL, "\t"), *jaccard = strtok(NULL, "\n");
        if (!jaccard || atof(jaccard) < 0.7) continue;
        bool any = false, near = false;
        for (uint32_t i = 0; i < texts->count; i++)
            for (uint32_t k = 0; k < texts->count && strcmp(texts->ids[i], one) == 0; k++)
                if (strcmp(texts->ids[k], two) == 0) {
                    any = any || told(texts, pairs, i, k);
                    near = near || tg_near_alike(&texts->near[i], &texts->near[k]);
                }
        listed++;
        found += any;
        other += !any && !near;
    }
    fclose(file);
    printf("listed pairs of .7 and more: %zu, told %zu; %zu are not .7 by our words\n", listed, found, other);
}

int main(int argc, char **argv)
{
    static struct texts texts;
    struct pairs pairs = {0};
    size_t copies = 1;
    const char *listed = NULL;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--copies") == 0 && i + 1 < argc)
            copies = strtoul(argv[++i], NULL, 10);
        else
            listed = argv[i];
    }
    if (argc < 2) return 2;
    texts_read(argv[1], &texts);
    copies_add(&texts, copies);
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, (size_t)1 << 36);
    struct tg_near_join_stats stats = {0};
    double begun = now();
    for (size_t i = 0; i < texts.count; i++) {
        struct tg_view text = tg_view_str(texts.texts[i]);
        if (tg_near_read(&key, 0, text, &arena, &texts.near[i])) return 1;
    }
    double read = now();
    if (tg_near_join(texts.near, texts.count, on_near, &pairs, &stats)) return 1;
    double joined = now();
    printf("%zu texts, %.1f MB: read %.3f s, joined %.3f s, %.0f texts/s of one core; %zu pairs told, %llu "
           "compared, %llu cut\n",
           texts.count, (double)texts.bytes / 1e6, read - begun, joined - read,
           (double)texts.count / (joined - begun), pairs.count, (unsigned long long)stats.compared,
           (unsigned long long)stats.cut);
    qsort(pairs.items, pairs.count, sizeof *pairs.items, u64_order);
    for (uint32_t i = 0; i < texts.count; i++) {
        texts.first[i] = i;
        for (size_t k = 0; copies == 1 && k < i && texts.first[i] == i; k++)
            if (texts.near[k].count == texts.near[i].count &&
                memcmp(texts.near[k].shingles, texts.near[i].shingles,
                       texts.near[i].count * sizeof *texts.near[i].shingles) == 0)
                texts.first[i] = (uint32_t)k;
    }
    if (copies == 1) every_pair(&texts, &pairs);
    if (copies == 1 && listed) listed_pairs(listed, &texts, &pairs);
    return 0;
}
