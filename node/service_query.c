/* Verbs `query` and `records`: pick what fits, log the access, then give the rows in order, slice by slice.
 *
 * Picked records stand in a heap that is taken apart in place, so that neither sorting nor paging ever takes more than a
 * slice; what will be shown is known, and logged, before the first row.
 * Contract: docs/control.md.
 */
#include "node/cleared.h"
#include "node/clusters.h"
#include "node/service_internal.h"

#define NO_HIT UINT32_MAX

struct pick {
    uint64_t recno;
    int64_t time_ms;
    uint64_t place; /* in its log: index of the envelope ‖ u16 record, so that ties outlive a new index */
    uint32_t log;
    uint32_t hit; /* place in hits, or NO_HIT */
    uint16_t score;
};

enum order { ORDER_SCORE, ORDER_NEWEST, ORDER_OLDEST };
enum phase { PHASE_PICK, PHASE_ORDER, PHASE_ROWS };

struct answer {
    struct tg_job job;
    struct tg_access_note note;
    struct tg_sieve sieve;
    struct tg_hits hits;
    enum order order;
    enum phase phase;
    bool from_hits;
    const uint64_t *source; /* NULL: every record number below source_count */
    struct tg_recnos kinds; /* what source may point to */
    uint64_t source_count, cursor;
    struct pick *heap; /* heap_count picks; from the end, those taken out in their order */
    size_t heap_count, heap_capacity;
    struct tg_places places; /* of what will be shown */
    uint64_t total, hidden, shown, skip, limit;
    bool scores;                /* rows say score, band, why */
    struct tg_cleared *cleared; /* by the document of the question; NULL: it names none */
    bool show_cleared;
    bool met[TG_CLEARED_MAX]; /* which of them would have been a hit */
    uint32_t watch;           /* standing query that this looks back for; 0: none */
    int64_t watch_until_ms;
};

/* ---- heap ---- */

/* Record numbers tell in which order records were indexed, which is another one after each reindex and at each node. */
static int place_compare(const struct answer *answer, const struct pick *a, const struct pick *b)
{
    if (a->log == b->log) return a->place < b->place ? -1 : a->place > b->place;
    const struct tg_held_log *x = tg_held_by_number(answer->job.service->node, a->log);
    const struct tg_held_log *y = tg_held_by_number(answer->job.service->node, b->log);
    int origins = x && y ? memcmp(x->id.origin.bytes, y->id.origin.bytes, TG_HASH_BYTES) : 0;
    if (origins) return origins;
    return a->log < b->log ? -1 : 1;
}

static bool before(const struct answer *answer, const struct pick *a, const struct pick *b)
{
    if (answer->order == ORDER_SCORE && a->score != b->score) return a->score > b->score;
    bool oldest_first = answer->order == ORDER_OLDEST;
    if (a->time_ms != b->time_ms) return (a->time_ms < b->time_ms) == oldest_first;
    return (place_compare(answer, a, b) < 0) == oldest_first;
}

static void swap(struct pick *a, struct pick *b)
{
    struct pick kept = *a;
    *a = *b;
    *b = kept;
}

static tg_err heap_push(struct answer *answer, const struct pick *pick, struct tg_errmsg *em)
{
    if (answer->heap_count == TG_SERVICE_HITS_MAX)
        return tg_fail(em, TG_ELIMIT,
                       "more than %d records answer that; narrow it with kind, origin, list or time",
                       TG_SERVICE_HITS_MAX);
    if (answer->heap_count == answer->heap_capacity) {
        size_t capacity = answer->heap_capacity ? answer->heap_capacity * 2 : 64;
        struct pick *heap = realloc(answer->heap, capacity * sizeof *heap);
        if (!heap) return TG_ENOMEM;
        answer->heap = heap;
        answer->heap_capacity = capacity;
    }
    size_t at = answer->heap_count++;
    answer->heap[at] = *pick;
    for (; at && before(answer, &answer->heap[at], &answer->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&answer->heap[at], &answer->heap[(at - 1) / 2]);
    return TG_OK;
}

/* The first one goes to the place that this frees at the end. */
static const struct pick *heap_pop(struct answer *answer)
{
    struct pick *heap = answer->heap;
    size_t count = --answer->heap_count, at = 0;
    swap(&heap[0], &heap[count]);
    for (;;) {
        size_t best = at, left = 2 * at + 1, right = left + 1;
        if (left < count && before(answer, &heap[left], &heap[best])) best = left;
        if (right < count && before(answer, &heap[right], &heap[best])) best = right;
        if (best == at) return &heap[count];
        swap(&heap[at], &heap[best]);
        at = best;
    }
}

/* ---- picking ---- */

/* For `as_of` the record itself has to be read. */
static tg_err known_then(struct answer *answer, uint64_t recno, bool *ret_known)
{
    struct tg_node *node = answer->job.service->node;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(node, recno, &arena, &found, NULL);
    *ret_known = false;
    if (err == TG_ENOENT || (!err && !found.record)) return TG_OK;
    return err ? err : tg_sieve_known(node, &answer->sieve, &found, ret_known);
}

/* Judged not to be the one, by the document of the question. */
static bool hidden_by_document(struct answer *answer, uint64_t recno)
{
    const struct tg_clearing *clearing = answer->cleared ? tg_cleared_find(answer->cleared, recno) : NULL;
    if (!clearing || answer->show_cleared) return false;
    answer->met[clearing - answer->cleared->items] = true;
    return true;
}

static tg_err pick_one(struct answer *answer, uint64_t place, struct tg_errmsg *em)
{
    const struct tg_hit *hit = answer->from_hits ? &answer->hits.items[place] : NULL;
    struct pick pick = {.recno = hit              ? hit->recno
                                 : answer->source ? answer->source[place]
                                                  : place,
                        .hit = hit ? (uint32_t)place : NO_HIT,
                        .score = hit ? hit->score : 0};
    struct tg_index_rec rec;
    enum tg_sift sift = tg_sieve_sift(answer->job.service->node, &answer->sieve, pick.recno, &rec);
    if (sift == TG_SIFT_OUT) return TG_OK;
    if (sift == TG_SIFT_HIDDEN || (hit && !hit->score)) {
        answer->hidden++;
        return TG_OK;
    }
    if (hidden_by_document(answer, pick.recno)) return TG_OK;
    bool known = true;
    tg_err err = answer->sieve.has_as_of ? known_then(answer, pick.recno, &known) : TG_OK;
    if (err || !known) return err;
    pick.time_ms = tg_rec_time_ms(&rec);
    pick.log = rec.log;
    pick.place = rec.index << 16 | rec.n;
    return heap_push(answer, &pick, em);
}

/* Whether the slice that began then has lasted long enough. */
static bool slice_over(const struct answer *answer, int64_t begun_us, uint64_t looked)
{
    bool look = answer->sieve.has_as_of || looked % TG_SERVICE_CLOCK_LOOKS == 0;
    return look && tg_service_now_us(answer->job.service) - begun_us > TG_SERVICE_SLICE_US;
}

static tg_err step_pick(struct answer *answer, struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(answer->job.service);
    for (uint64_t looked = 0; looked < TG_SERVICE_SLICE_LOOKS && answer->cursor < answer->source_count;
         looked++) {
        tg_err err = pick_one(answer, answer->cursor++, em);
        if (err) return err;
        if (slice_over(answer, begun_us, looked)) return TG_OK;
    }
    if (answer->cursor < answer->source_count) return TG_OK;
    answer->total = answer->heap_count;
    answer->phase = PHASE_ORDER;
    return TG_OK;
}

/* ---- order ---- */

/* Picks in their order, from the end of the heap. */
static size_t ordered(const struct answer *answer)
{
    return answer->total - answer->heap_count;
}

static tg_err order_one(struct answer *answer)
{
    bool skipped = ordered(answer) < answer->skip;
    const struct pick *pick = heap_pop(answer);
    const struct tg_place place = {
        .log = pick->log, .index = pick->place >> 16, .first = (uint16_t)pick->place, .count = 1};
    return skipped ? TG_OK : tg_places_add(&answer->places, &place);
}

static tg_err step_order(struct answer *answer, struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(answer->job.service);
    uint64_t end = answer->skip + answer->limit;
    for (uint64_t looked = 0; answer->heap_count && ordered(answer) < end; looked++) {
        tg_err err = order_one(answer);
        if (err) return err;
        if (looked >= TG_SERVICE_SLICE_LOOKS || slice_over(answer, begun_us, looked)) return TG_OK;
    }
    answer->phase = PHASE_ROWS;
    answer->cursor = answer->skip;
    return tg_access_note_put(&answer->note, &answer->job, answer->total, &answer->places, em);
}

/* ---- rows ---- */

static void put_clearing(struct tg_node *node, struct tg_control_out *row, const struct tg_clearing *clearing)
{
    char until[TG_DATE_TEXT_BYTES];
    tg_date_format(clearing->until, until);
    tg_control_put_text(row, "cleared_ref", clearing->ref);
    tg_control_put_text(row, "cleared_by", tg_trust_country(node, &clearing->origin));
    tg_control_put_text(row, "cleared_until", until);
}

/* Judged not to be the one: by the document of the question, or how often by others. */
static tg_err put_judged(struct answer *answer, struct tg_control_out *row, const struct tg_found *found)
{
    struct tg_node *node = answer->job.service->node;
    size_t count = 0;
    const struct tg_clearing *clearing =
        answer->cleared ? tg_cleared_find(answer->cleared, found->recno) : NULL;
    if (clearing) put_clearing(node, row, clearing);
    tg_err err = found->record ? tg_cleared_count(node, &found->record->id, &count, NULL) : TG_OK;
    if (!err && count) tg_control_put_number(row, "not_him", (int64_t)count);
    return err;
}

/* In which cluster a person stands who was found, so that hits of one subject are seen to be one. */
static tg_err put_cluster(struct answer *answer, struct tg_control_out *row, const struct pick *pick,
                          const struct tg_found *found)
{
    struct tg_cluster cluster;
    if (!answer->from_hits || found->rec.kind != TG_KIND_PERSON || answer->shown >= TG_CLUSTER_ROWS_MAX)
        return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CLUSTER_WORK_BYTES);
    tg_err err = tg_clusters_of(answer->job.service->node, pick->recno, &arena, &cluster, NULL);
    if (err || cluster.size < 2) return err == TG_ENOMEM ? err : TG_OK;
    tg_control_put_data(row, "cluster", TG_VIEW_ARRAY(tg_cluster_id(&cluster)->bytes));
    tg_control_put_number(row, "cluster_size", (int64_t)cluster.size);
    return TG_OK;
}

static tg_err row_put(struct answer *answer, const struct pick *pick, struct tg_buf *out,
                      struct tg_errmsg *em)
{
    struct tg_node *node = answer->job.service->node;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(node, pick->recno, &arena, &found, em);
    bool gone = err == TG_ENOENT || err == TG_EWITHDRAWN || (!err && !found.record);
    if (gone) { /* since it was picked */
        answer->hidden++;
        return TG_OK;
    }
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_put_record(node, &row, &found, true);
    const struct tg_hit *hit = pick->hit == NO_HIT ? NULL : &answer->hits.items[pick->hit];
    if (answer->scores) {
        tg_control_put_number(&row, "score", pick->score);
        tg_control_put_text(&row, "band", hit ? hit->band : "");
        tg_control_put_text(&row, "why", hit ? hit->why : "");
        tg_control_put_text(&row, "matched", hit ? hit->matched : "");
    }
    if (answer->scores) err = put_judged(answer, &row, &found);
    if (!err && answer->scores) err = put_cluster(answer, &row, pick, &found);
    answer->shown++;
    return err ? err : tg_control_end(&row);
}

/* What the question's document hid, so that nobody wonders. */
static tg_err cleared_rows(struct answer *answer, struct tg_buf *out)
{
    struct tg_node *node = answer->job.service->node;
    tg_err err = TG_OK;
    for (size_t i = 0; answer->cleared && i < answer->cleared->count && !err; i++) {
        if (!answer->met[i]) continue;
        struct tg_found found;
        char ref[TG_REF_TEXT_BYTES] = "";
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        if (tg_lookup_open(node, answer->cleared->items[i].recno, &arena, &found, NULL)) continue;
        tg_lookup_ref_text(node, &found, ref);
        struct tg_control_out row;
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "cleared");
        tg_control_put_text(&row, "ref", ref);
        put_clearing(node, &row, &answer->cleared->items[i]);
        err = tg_control_end(&row);
    }
    return err;
}

static tg_err done_put(const struct answer *answer, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "total", (int64_t)answer->total);
    if (answer->scores) {
        uint64_t cleared = 0;
        for (size_t i = 0; i < TG_CLEARED_MAX; i++) cleared += answer->met[i];
        tg_control_put_number(&done, "cleared", (int64_t)cleared);
        tg_control_put_number(&done, "shown", (int64_t)answer->shown);
        tg_control_put_number(&done, "hidden", (int64_t)(answer->hidden + answer->hits.hidden));
    }
    if (answer->watch) {
        tg_control_put_number(&done, "watch", answer->watch);
        tg_control_put_number(&done, "until_ms", answer->watch_until_ms);
    }
    return tg_control_end(&done);
}

static tg_err step_rows(struct answer *answer, struct tg_buf *out, enum tg_step *ret_step,
                        struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(answer->job.service);
    uint64_t end = ordered(answer);
    for (uint64_t rows = 0;
         answer->cursor < end && rows < TG_SERVICE_SLICE_ROWS && out->bytes < TG_SERVICE_SEND_BYTES_MAX;
         rows++) {
        const struct pick *pick = &answer->heap[answer->total - 1 - answer->cursor++];
        tg_err err = row_put(answer, pick, out, em);
        if (err) return err;
        if (tg_service_now_us(answer->job.service) - begun_us > TG_SERVICE_SLICE_US) break;
    }
    bool more = answer->cursor < end;
    *ret_step = more ? TG_STEP_MORE : TG_STEP_END;
    tg_err err = more ? TG_OK : cleared_rows(answer, out);
    return more || err ? err : done_put(answer, out);
}

static tg_err answer_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                          struct tg_errmsg *em)
{
    struct answer *answer = (struct answer *)job;
    *ret_step = TG_STEP_MORE;
    if (answer->phase == PHASE_PICK) return step_pick(answer, em);
    if (answer->phase == PHASE_ORDER) return step_order(answer, em);
    return step_rows(answer, out, ret_step, em);
}

static void answer_free(struct tg_job *job)
{
    struct answer *answer = (struct answer *)job;
    tg_access_note_release(&answer->note);
    tg_sieve_release(&answer->sieve);
    tg_hits_release(&answer->hits);
    tg_recnos_release(&answer->kinds);
    tg_places_release(&answer->places);
    free(answer->heap);
    free(answer->cleared);
    free(answer);
}

static const struct tg_job_kind answer_kind = {.step = answer_step, .free = answer_free};

/* ---- where to look ---- */

/* Every record of these kinds; each has one kind, so none comes twice. */
static tg_err source_kinds(struct answer *answer, struct tg_errmsg *em)
{
    for (unsigned kind = 0; kind < 256; kind++) {
        if (!answer->sieve.kinds[kind]) continue;
        uint8_t form = (uint8_t)kind;
        TG_AUTO(tg_recnos) struct tg_recnos some = {0};
        tg_err err =
            tg_recnos_token(answer->job.service->node, TG_TOKEN_KIND, tg_view_of(&form, 1), &some, em);
        if (err) return err;
        if (!some.count) continue;
        uint64_t *items = realloc(answer->kinds.items, (answer->kinds.count + some.count) * sizeof *items);
        if (!items) return TG_ENOMEM;
        memcpy(items + answer->kinds.count, some.items, some.count * sizeof *items);
        answer->kinds.items = items;
        answer->kinds.count += some.count;
    }
    answer->source = answer->kinds.items;
    answer->source_count = answer->kinds.count;
    return TG_OK;
}

static void source_set(struct answer *answer, const struct tg_recnos *recnos)
{
    answer->source = recnos->items;
    answer->source_count = recnos->count;
}

/* The narrowest set that holds all that may fit. */
static tg_err source_choose(struct answer *answer, struct tg_errmsg *em)
{
    const struct tg_sieve *sieve = &answer->sieve;
    bool indicators = sieve->kinds[TG_KIND_INDICATOR]; /* too many for a posting list */
    if (sieve->has_facility && (!sieve->has_list || sieve->facility.count < sieve->list.count))
        source_set(answer, &sieve->facility);
    else if (sieve->has_list)
        source_set(answer, &sieve->list);
    else if (sieve->has_kinds && !indicators)
        return source_kinds(answer, em);
    else
        answer->source_count = tg_index_records(answer->job.service->node->store);
    return TG_OK;
}

static struct answer *answer_start(struct tg_call *call)
{
    struct answer *answer = tg_job_start(call, &answer_kind, sizeof *answer);
    if (!answer) return NULL;
    answer->job.uses_index = true;
    tg_hits_init(&answer->hits);
    return answer;
}

static tg_err page_read(const struct tg_call *call, int64_t fallback, int64_t max, struct answer *answer,
                        struct tg_errmsg *em)
{
    int64_t limit = tg_control_number(call->msg, "limit", 0),
            offset = tg_control_number(call->msg, "offset", 0);
    if (!limit) limit = fallback;
    if (limit < 1 || limit > max) return tg_fail(em, TG_EVALUE, "limit is 1 to %" PRId64, max);
    if (offset < 0 || offset > TG_SERVICE_HITS_MAX)
        return tg_fail(em, TG_EVALUE, "offset is 0 to %d", TG_SERVICE_HITS_MAX);
    answer->limit = (uint64_t)limit;
    answer->skip = (uint64_t)offset;
    return TG_OK;
}

static tg_err order_read(const struct tg_call *call, bool scored, enum order *ret_order, struct tg_errmsg *em)
{
    const char *sort = tg_control_text(call->msg, "sort", scored ? "score" : "time");
    bool by_score = strcmp(sort, "score") == 0;
    if (!by_score && strcmp(sort, "time") != 0)
        return tg_fail(em, TG_EVALUE, "sort is 'score' or 'time', not '%.40s'", sort);
    *ret_order = by_score ? ORDER_SCORE : ORDER_NEWEST;
    return TG_OK;
}

static tg_err cleared_read(const struct tg_call *call, struct answer *answer, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "document", "");
    struct tg_rec_document document;
    if (!text[0]) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    answer->show_cleared = tg_control_number(call->msg, "all", 0) != 0;
    answer->cleared = calloc(1, sizeof *answer->cleared);
    if (!answer->cleared) return TG_ENOMEM;
    tg_err err = tg_cleared_document(text, &arena, &document, em);
    return err ? err : tg_cleared_by_document(call->node, &document, answer->cleared, em);
}

static tg_err query_begin(struct tg_call *call, int64_t limit, struct answer *answer, struct tg_errmsg *em)
{
    answer->scores = true;
    tg_err err = tg_access_note_take(call, &answer->note);
    if (!err) err = page_read(call, limit, TG_SERVICE_HITS_MAX, answer, em);
    if (!err) err = tg_sieve_init(call, &answer->sieve, em);
    answer->hits.wanted = answer->skip + answer->limit;
    if (!err) err = cleared_read(call, answer, em);
    if (!err) err = tg_find(call, &answer->hits, &answer->from_hits, em);
    if (!err) err = order_read(call, answer->from_hits, &answer->order, em);
    if (err) return err;
    if (answer->from_hits) {
        answer->source_count = answer->hits.count;
        return TG_OK;
    }
    if (!tg_sieve_given(&answer->sieve))
        return tg_fail(em, TG_EUSAGE,
                       "nothing was asked: give a text, a name, a value, or what to narrow by");
    return source_choose(answer, em);
}

tg_err tg_verb_query(struct tg_call *call, struct tg_errmsg *em)
{
    struct answer *answer = answer_start(call);
    return answer ? query_begin(call, TG_QUERY_LIMIT_DEFAULT, answer, em) : TG_ENOMEM;
}

tg_err tg_query_look_back(struct tg_call *call, uint32_t watch, int64_t until_ms, struct tg_errmsg *em)
{
    struct answer *answer = answer_start(call);
    if (!answer) return TG_ENOMEM;
    answer->watch = watch;
    answer->watch_until_ms = until_ms;
    return query_begin(call, TG_WATCH_SHOWN_DEFAULT, answer, em);
}

tg_err tg_verb_records(struct tg_call *call, struct tg_errmsg *em)
{
    struct answer *answer = answer_start(call);
    if (!answer) return TG_ENOMEM;
    answer->order = ORDER_OLDEST;
    tg_err err = tg_access_note_take(call, &answer->note);
    if (!err) err = page_read(call, TG_SERVICE_HITS_MAX, TG_SERVICE_HITS_MAX, answer, em);
    if (!err) err = tg_sieve_init(call, &answer->sieve, em);
    return err ? err : source_choose(answer, em);
}
