/* Convergences: values and names of two origins that meet (MATCHING §4), and alerts that arrive.
 *
 * A value met often raises one notice that says how often; private and test values raise none.
 */
#include "node/converge.h"

#include <stdio.h>

#include "base/text.h"
#include "node/disputes.h"
#include "node/duty.h"
#include "node/notices.h"
#include "node/rows.h"
#include "node/tell_readers.h"
#include "proto/sources.h"

struct meeting {
    struct tg_node *node;
    const struct tg_record *record;
    const struct tg_placed *placed;
    const struct tg_facets *facets;
    struct tg_hash told[TG_CONVERGENCE_HITS_MAX]; /* records already named for this one */
    size_t told_count;
};

static bool told(struct meeting *meeting, const struct tg_hash *id)
{
    for (size_t i = 0; i < meeting->told_count; i++)
        if (tg_hash_equal(&meeting->told[i], id)) return true;
    if (meeting->told_count == TG_CONVERGENCE_HITS_MAX) return true;
    meeting->told[meeting->told_count++] = *id;
    return false;
}

/* Two countries that import one list do not converge by it. */
static bool same_listing(const struct tg_facets *facets, const struct tg_record *other)
{
    return facets->list && facets->list[0] && strcmp(facets->list, other->head->list) == 0 &&
           strcmp(facets->external_id, other->head->external_id) == 0;
}

static bool names(const struct tg_facets *facets, const struct tg_hash *id)
{
    for (size_t i = 0; i < facets->refs_count; i++)
        if (tg_hash_equal(facets->refs[i].id, id)) return true;
    return false;
}

/* A name in what is said of a record by its id (a question, a sighting, a custody) is that record's own: it meets neither
 * the record nor what else is said of it. */
static bool of_one_record(const struct meeting *meeting, const struct tg_record *other,
                          struct tg_arena *arena)
{
    struct tg_facets theirs;
    if (names(meeting->facets, &other->id)) return true;
    if (tg_record_facets(other, arena, &theirs)) return false;
    if (names(&theirs, &meeting->record->id)) return true;
    for (size_t i = 0; i < theirs.refs_count; i++)
        if (names(meeting->facets, theirs.refs[i].id)) return true;
    return false;
}

/* The other record, if it is another origin's, live, and says something of its own. */
static bool meets(struct meeting *meeting, uint64_t recno, struct tg_arena *arena, struct tg_found *ret_found)
{
    struct tg_index_rec rec;
    if (tg_index_get(meeting->node->store, recno, &rec, NULL) || (rec.flags & TG_REC_SUPERSEDED))
        return false;
    if (rec.expiry != TG_INDEX_NO_TIME && rec.expiry < tg_clock_wall_ms(meeting->node->clock)) return false;
    struct tg_held_log *log = tg_held_by_number(meeting->node, rec.log);
    if (!log || tg_hash_equal(&log->id.origin, &meeting->placed->log->id.origin)) return false;
    if (tg_lookup_open(meeting->node, recno, arena, ret_found, NULL)) return false;
    return !same_listing(meeting->facets, ret_found->record);
}

static void raise(struct meeting *meeting, const struct tg_found *other, const char *what, size_t hidden)
{
    struct tg_node *node = meeting->node;
    char mine[TG_REF_TEXT_BYTES], theirs[TG_REF_TEXT_BYTES], more[64] = "";
    /* Two that pass on one report are no confirmation of each other. */
    const char *voice = tg_sources_same(meeting->record, other->record) ? "; both rest on one source" : "";
    const struct tg_placed *placed = meeting->placed;
    tg_lookup_place_text(node, &placed->log->id, placed->index, placed->item, placed->of, mine);
    tg_lookup_ref_text(node, other, theirs);
    if (hidden) (void)snprintf(more, sizeof more, "; %zu more hold it", hidden);
    struct tg_notice notice = {.kind = TG_NOTICE_CONVERGENCE,
                               .id = meeting->record->id,
                               .other = other->record->id,
                               .log = placed->log->number,
                               .other_log = other->log->number,
                               .owner = TG_NOTICE_EVERYONE,
                               .precedence = TG_NOTICE_NO_PRECEDENCE};
    (void)snprintf(notice.text, sizeof notice.text, "%s and %s meet: %s%s%s", mine, theirs, what, more,
                   voice);
    tg_notices_put(node, &notice);
    tg_event(node->events, TG_EV_CONVERGENCE, TG_F_TEXT("record", mine), TG_F_TEXT("other", theirs));
}

static tg_err meet_value(struct meeting *meeting, const struct tg_facet_selector *value, struct tg_errmsg *em)
{
    uint64_t recnos[TG_CONVERGENCE_HITS_MAX];
    size_t count = 0;
    tg_err err = tg_lookup_token(meeting->node, (uint8_t)value->type, value->normal, recnos,
                                 TG_CONVERGENCE_HITS_MAX, &count, em);
    if (err || !count) return err;
    struct tg_selector form;
    enum tg_selector_type type = value->type;
    bool known = !tg_selector_normalise(type, value->normal, NULL, &form, NULL);
    if (known && (form.flags & TG_SELECTOR_NOISE)) return TG_OK;
    size_t given = count < TG_CONVERGENCE_HITS_MAX ? count : TG_CONVERGENCE_HITS_MAX;
    for (size_t i = 0; i < given; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        struct tg_found other;
        char what[TG_SELECTOR_FORM_BYTES_MAX + 64];
        if (!meets(meeting, recnos[i], &arena, &other) || told(meeting, &other.record->id)) continue;
        (void)snprintf(what, sizeof what, "%s %.*s", tg_selector_title(type), TG_VIEW_PRINT(value->normal));
        raise(meeting, &other, what, count - given);
    }
    return TG_OK;
}

/* What a notice has room for, cut between two letters. */
static struct tg_view name_front(struct tg_view name)
{
    if (name.bytes > TG_NOTICE_NAME_BYTES_MAX) name.bytes = TG_NOTICE_NAME_BYTES_MAX;
    name.bytes = tg_utf8_prefix(name);
    return name;
}

static tg_err meet_name(struct meeting *meeting, const struct tg_facet_name *name,
                        const struct tg_features *features)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_QUERY_BUDGET_BYTES);
    struct tg_name_query query = {.text = name->text,
                                  .features = *features,
                                  .threshold = TG_SCORE_REVIEW,
                                  .limit = TG_CONVERGENCE_HITS_MAX};
    struct tg_name_result *results = NULL;
    size_t count = 0;
    tg_err err = tg_name_index_query(tg_indexer_names(meeting->node), &query, &arena, &results, &count, NULL);
    if (err) return err == TG_ENOMEM ? err : TG_OK; /* a name that cannot be asked for meets nothing */
    for (size_t i = 0; i < count; i++) {
        TG_AUTO(tg_arena) struct tg_arena record_arena;
        tg_arena_init(&record_arena, TG_RECORD_PARSE_BUDGET_BYTES);
        struct tg_found other;
        char what[TG_NOTICE_TEXT_BYTES_MAX];
        if (!meets(meeting, results[i].id, &record_arena, &other) ||
            of_one_record(meeting, other.record, &record_arena) || told(meeting, &other.record->id))
            continue;
        struct tg_view here = name_front(name->text), there = name_front(results[i].name);
        (void)snprintf(what, sizeof what, "name '%.*s' ~ '%.*s' (%s %u.%02u)", TG_VIEW_PRINT(here),
                       TG_VIEW_PRINT(there), tg_band_name((enum tg_band)results[i].scored.band),
                       results[i].scored.score / 10000u, results[i].scored.score / 100u % 100u);
        raise(meeting, &other, what, 0);
    }
    return TG_OK;
}

static tg_err meet_names(struct meeting *meeting)
{
    struct tg_births storage;
    struct tg_features features = tg_likeness_features(meeting->facets, &storage);
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < meeting->facets->names_count; i++) {
        const struct tg_facet_name *name = &meeting->facets->names[i];
        if (tg_likeness_is_name(name)) err = meet_name(meeting, name, &features);
    }
    return err;
}

static void tell_alert(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    if (placed->log->own || tg_record_summary(record, &summary) || tg_buf_put(&summary, "", 1)) return;
    struct tg_notice notice = {.kind = TG_NOTICE_ALERT,
                               .id = record->id,
                               .log = placed->log->number,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = TG_NOTICE_EVERYONE,
                               .nature = (uint8_t)record->alert->nature,
                               .precedence = (uint8_t)record->alert->precedence};
    (void)snprintf(notice.text, sizeof notice.text, "%s", (const char *)summary.data);
    tg_notices_put(node, &notice);
    tg_event(node->events, TG_EV_ALERT, TG_F_NODE("origin", &placed->log->id.origin),
             TG_F_NUM("index", placed->index), TG_F_NUM("precedence", record->alert->precedence));
}

tg_err tg_converge(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                   const struct tg_facets *facets, struct tg_errmsg *em)
{
    struct meeting meeting = {.node = node, .record = record, .placed = placed, .facets = facets};
    if (record->kind == TG_KIND_ALERT) tell_alert(node, record, placed);
    tg_duty_tell(node, record, placed);
    tg_disputes_notice(node, record, placed);
    tg_tell_correction(node, record, placed);
    tg_err err = TG_OK;
    if (facets->expiry_ms && facets->expiry_ms < tg_clock_wall_ms(node->clock)) return TG_OK;
    for (size_t i = 0; !err && i < facets->selectors_count; i++)
        err = meet_value(&meeting, &facets->selectors[i], em);
    return err ? err : meet_names(&meeting);
}
