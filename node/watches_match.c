/* Which standing queries a record fits that arrives: its own tokens and names find them.
 *
 * Starts nothing but a notice. Bands and scores are those of a query: service_find.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "match/name_index.h"
#include "node/notices.h"
#include "node/rows.h"
#include "node/watches.h"

/* What a name must reach without dates and countries so that with them it can come to review: half of it, and a bit less
 * because which of two equal pairs is taken depends on the side that asks. */
#define NAME_THRESHOLD 4000
#define WHY_BYTES 240
#define SUMMARY_BYTES 120

struct tg_watch_hit {
    struct tg_watch *watch;
    uint16_t score;
    char why[WHY_BYTES];
};

struct matching {
    struct tg_node *node;
    struct tg_watches *watches;
    const struct tg_arrival *arrival;
    int64_t now_ms;
};

static bool has_token(const struct tg_arrival *arrival, const struct tg_token *token)
{
    for (size_t i = 0; i < arrival->token_count; i++)
        if (memcmp(arrival->tokens + i * TG_INDEX_TOKEN_BYTES, token->bytes, TG_INDEX_TOKEN_BYTES) == 0)
            return true;
    return false;
}

static bool filters_pass(const struct matching *matching, const struct tg_watch *watch)
{
    const struct tg_arrival *arrival = matching->arrival;
    if (watch->spec.until_ms <= matching->now_ms) return false;
    if (watch->spec.has_kinds && !watch->spec.kinds[(uint8_t)arrival->record->kind]) return false;
    if (watch->has_origin && !tg_hash_equal(&watch->origin, &arrival->placed->log->id.origin)) return false;
    if (watch->has_facility && !has_token(arrival, &watch->facility)) return false;
    return !watch->has_list || has_token(arrival, &watch->list);
}

/* One hit a query: with its best reason. */
static tg_err hit_add(struct matching *matching, struct tg_watch *watch, uint16_t score, const char *why)
{
    struct tg_watches *watches = matching->watches;
    bool again = watch->stamp == watches->stamp;
    if (again && watches->hits[watch->hit].score >= score) return TG_OK;
    if (!again && watches->hit_count == watches->hit_capacity) {
        size_t capacity = watches->hit_capacity ? watches->hit_capacity * 2 : 16;
        struct tg_watch_hit *moved = realloc(watches->hits, capacity * sizeof *moved);
        if (!moved) return TG_ENOMEM;
        watches->hits = moved;
        watches->hit_capacity = capacity;
    }
    if (!again) watch->hit = watches->hit_count++;
    watch->stamp = watches->stamp;
    struct tg_watch_hit *hit = &watches->hits[watch->hit];
    hit->watch = watch;
    hit->score = score;
    (void)snprintf(hit->why, sizeof hit->why, "%s", why);
    return TG_OK;
}

/* ---- tokens ---- */

static bool term_met(const struct tg_arrival *arrival, const struct tg_watch_term *term)
{
    for (size_t i = 0; i < term->count; i++)
        if (!has_token(arrival, &term->tokens[i])) return false;
    return true;
}

static tg_err match_token(struct matching *matching, const uint8_t *token)
{
    const struct tg_watches *watches = matching->watches;
    uint64_t key = 0;
    memcpy(&key, token, sizeof key);
    size_t at = (size_t)key & (watches->slot_count - 1);
    tg_err err = TG_OK;
    for (; watches->slots[at].term && !err; at = (at + 1) & (watches->slot_count - 1)) {
        const struct tg_watch_slot *slot = &watches->slots[at];
        if (slot->key != key || !filters_pass(matching, slot->watch)) continue;
        if (term_met(matching->arrival, slot->term))
            err = hit_add(matching, slot->watch, slot->term->score, slot->term->why);
    }
    return err;
}

static tg_err match_loose(struct matching *matching)
{
    struct tg_watches *watches = matching->watches;
    tg_err err = TG_OK;
    char why[64];
    (void)snprintf(why, sizeof why, "kind %s", tg_kind_name(matching->arrival->record->kind));
    for (size_t i = 0; i < watches->count && watches->loose_count && !err; i++) {
        struct tg_watch *watch = watches->items[i];
        if (watch->loose && filters_pass(matching, watch)) err = hit_add(matching, watch, 0, why);
    }
    return err;
}

/* ---- names ---- */

/* A name of the record. */
struct candidate {
    struct tg_name name;
    enum tg_name_kind kind;
    const struct tg_features *features;
};

static tg_err score_one(struct matching *matching, struct tg_watch *watch, size_t which,
                        const struct candidate *candidate)
{
    struct tg_scored scored;
    TG_AUTO(tg_buf) struct tg_buf why = {0};
    const struct tg_watch_name *name = watch->names[which];
    if (!filters_pass(matching, watch)) return TG_OK;
    tg_score(&name->name, &name->asked.features, &candidate->name, candidate->kind, candidate->features,
             &scored);
    if (scored.score < TG_SCORE_REVIEW) return TG_OK;
    tg_err err = tg_score_explain(&name->name, &candidate->name, &scored, &why);
    if (!err) err = tg_buf_put(&why, "", 1);
    return err ? err : hit_add(matching, watch, scored.score, (const char *)why.data);
}

static struct tg_watch *watch_of(const struct tg_watches *watches, uint64_t name_id)
{
    size_t low = 0, high = watches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (watches->items[middle]->id < name_id / 2)
            low = middle + 1;
        else
            high = middle;
    }
    return watches->items[low];
}

/* More are alike than one answer holds: each is scored. */
static tg_err score_all(struct matching *matching, const struct candidate *candidate)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < matching->watches->count && !err; i++)
        for (size_t k = 0; k < matching->watches->items[i]->name_count && !err; k++)
            err = score_one(matching, matching->watches->items[i], k, candidate);
    return err;
}

static tg_err match_name(struct matching *matching, struct tg_view text, struct candidate *candidate)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_QUERY_BUDGET_BYTES);
    struct tg_name_query query = {.text = text, .threshold = NAME_THRESHOLD, .limit = TG_NAME_RESULTS_MAX};
    struct tg_name_result *results = NULL;
    size_t count = 0;
    if (tg_name_parse(text, &candidate->name, NULL)) return TG_OK; /* a name without letters */
    tg_err err = tg_name_index_query(matching->watches->names, &query, &arena, &results, &count, NULL);
    if (err) return err;
    if (count == TG_NAME_RESULTS_MAX) return score_all(matching, candidate);
    for (size_t i = 0; i < count && !err; i++)
        err = score_one(matching, watch_of(matching->watches, results[i].id), (size_t)(results[i].id % 2),
                        candidate);
    return err;
}

static tg_err match_names(struct matching *matching)
{
    const struct tg_facets *facets = matching->arrival->facets;
    struct tg_births storage;
    struct tg_features features = tg_likeness_features(facets, &storage);
    struct candidate *candidate = malloc(sizeof *candidate);
    tg_err err = candidate ? TG_OK : TG_ENOMEM;
    for (size_t i = 0; !err && i < facets->names_count; i++) {
        if (!tg_likeness_is_name(&facets->names[i])) continue;
        candidate->kind = tg_likeness_kind(&facets->names[i]);
        candidate->features = &features;
        err = match_name(matching, facets->names[i].text, candidate);
    }
    free(candidate);
    return err;
}

/* ---- telling ---- */

/* The same record may come in another envelope, released to more. */
static bool told_before(struct matching *matching)
{
    uint64_t recno;
    size_t count = 0;
    struct tg_view id = TG_VIEW_ARRAY(matching->arrival->record->id.bytes);
    if (matching->arrival->again) return false; /* notices.c knows */
    return !tg_lookup_token(matching->node, TG_TOKEN_ID, id, &recno, 1, &count, NULL) && count;
}

/* A query that fits everything must not push out what others are told. */
static bool burst_pass(struct matching *matching, struct tg_watch *watch)
{
    int64_t now_us = tg_clock_mono_us(matching->node->clock);
    if (now_us - watch->burst_us >= TG_WATCH_BURST_US && !watch->unsaid) {
        watch->burst_us = now_us;
        watch->burst = 0;
    }
    if (watch->burst == TG_WATCH_BURST_MAX) {
        watch->unsaid++;
        return false;
    }
    watch->burst++;
    return true;
}

static void raise_one(struct matching *matching, const struct tg_watch_hit *hit, const char *summary)
{
    const struct tg_record *record = matching->arrival->record;
    const struct tg_watch *watch = hit->watch;
    bool alert = record->kind == TG_KIND_ALERT;
    char title[TG_WATCH_TITLE_BYTES];
    struct tg_notice notice = {.kind = TG_NOTICE_WATCH,
                               .id = record->id,
                               .log = matching->arrival->placed->log->number,
                               .other_log = TG_NOTICE_NO_LOG,
                               .watch = watch->id,
                               .owner = watch->spec.everyone ? TG_NOTICE_EVERYONE : watch->spec.uid,
                               .nature = alert ? (uint8_t)record->alert->nature : 0,
                               .precedence =
                                   alert ? (uint8_t)record->alert->precedence : TG_NOTICE_NO_PRECEDENCE};
    tg_watch_title(watch, title);
    (void)snprintf(notice.text, sizeof notice.text, "%s: %s: %s", title, summary, hit->why);
    tg_notices_put(matching->node, &notice);
}

static tg_err raise_all(struct matching *matching)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    struct tg_watches *watches = matching->watches;
    if (!watches->hit_count || told_before(matching)) return TG_OK;
    tg_err err = tg_record_summary(matching->arrival->record, &summary);
    if (!err && summary.bytes > SUMMARY_BYTES) {
        summary.bytes = SUMMARY_BYTES;
        while (summary.bytes && (summary.data[summary.bytes] & 0xc0) == 0x80) summary.bytes--;
    }
    if (!err) err = tg_buf_put(&summary, "", 1);
    for (size_t i = 0; i < watches->hit_count && !err; i++)
        if (burst_pass(matching, watches->hits[i].watch))
            raise_one(matching, &watches->hits[i], (const char *)summary.data);
    return err;
}

tg_err tg_watches_match(struct tg_node *node, const struct tg_arrival *arrival, struct tg_errmsg *em)
{
    (void)em;
    struct tg_watches *watches = node->watches;
    struct matching matching = {.node = node, .watches = watches, .arrival = arrival};
    if (!watches->count) return TG_OK;
    matching.now_ms = tg_clock_wall_ms(node->clock);
    if (arrival->facets->expiry_ms && arrival->facets->expiry_ms < matching.now_ms) return TG_OK; /* hidden */
    watches->stamp++;
    watches->hit_count = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < arrival->token_count && watches->slot_count && !err; i++)
        err = match_token(&matching, arrival->tokens + i * TG_INDEX_TOKEN_BYTES);
    if (!err && watches->name_count) err = match_names(&matching);
    if (!err) err = match_loose(&matching);
    return err ? err : raise_all(&matching);
}
