/* What belongs to a record that is shown: what it points to, what points to it or to what it replaced, what shares a value.
 *
 * Knows which field of a kind points where, not what the kinds mean. Contract: docs/control.md `show`.
 */
#include "node/service_internal.h"

/* One call while it is answered. */
struct relating {
    struct tg_call *call;
    const struct tg_found *of;
    struct tg_hash ids[TG_SHOW_VERSIONS_MAX]; /* the record and what it replaced, newest first */
    size_t ids_count;
    uint64_t told[TG_SHOW_RELATED_MAX]; /* pointing records that stand in the answer already */
    size_t told_count;
    uint64_t left; /* that found no room */
};

/* ---- which field points ---- */

static bool is_id(const struct tg_hash *field, const struct tg_hash *id)
{
    return field && tg_hash_equal(field, id);
}

static bool among(const struct tg_hash *fields, size_t count, const struct tg_hash *id)
{
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(&fields[i], id)) return true;
    return false;
}

static bool subject_among(const struct tg_rec_subject *subjects, size_t count, const struct tg_hash *id)
{
    for (size_t i = 0; i < count; i++)
        if (is_id(subjects[i].id, id)) return true;
    return false;
}

static const char *link_relation(const struct tg_rec_link *link, const struct tg_hash *id)
{
    if (is_id(link->subject->id, id)) return "link_subject";
    return is_id(link->object->id, id) ? "link_object" : NULL;
}

static const char *body_relation(const struct tg_record *from, const struct tg_hash *id)
{
    switch (from->kind) {
    case TG_KIND_WITHDRAWAL:
        return is_id(from->withdrawal->target, id) ? "withdrawn_by" : NULL;
    case TG_KIND_ALERT:
        return is_id(from->alert->thread_of, id) ? "thread" : NULL;
    case TG_KIND_INDICATOR:
        return is_id(from->indicator->person, id) || is_id(from->indicator->cell, id) ? "indicator" : NULL;
    case TG_KIND_CONTACT:
        return subject_among(from->contact->persons, from->contact->persons_count, id) ? "contact" : NULL;
    case TG_KIND_CUSTODY:
        if (is_id(from->custody->person->id, id)) return "custody";
        return is_id(from->custody->facility->id, id) ? "custody_at" : NULL;
    case TG_KIND_LINK:
        return link_relation(from->link, id);
    case TG_KIND_REQUEST:
        return subject_among(from->request->subjects, from->request->subjects_count, id) ? "request" : NULL;
    case TG_KIND_ANSWER:
        if (is_id(from->answer->request, id)) return "answer";
        return among(from->answer->records, from->answer->records_count, id) ? "answered_with" : NULL;
    case TG_KIND_SIGHTING:
        if (is_id(from->sighting->target, id)) return "sighting";
        return is_id(from->sighting->follows, id) ? "follow_up" : NULL;
    case TG_KIND_SAMENESS:
        return is_id(from->sameness->first, id) || is_id(from->sameness->second, id) ? "sameness" : NULL;
    case TG_KIND_DISPUTE:
        if (is_id(from->dispute->decides, id)) return "decision";
        return is_id(from->dispute->target, id) ? "dispute" : NULL;
    case TG_KIND_ACKNOWLEDGEMENT:
        return is_id(from->acknowledgement->target, id) ? "acknowledgement" : NULL;
    case TG_KIND_NEWER:
    case TG_KIND_PERSON:
    case TG_KIND_CELL:
    case TG_KIND_FACILITY:
    case TG_KIND_INCIDENT:
    case TG_KIND_ASSESSMENT:
    case TG_KIND_MEASURE:
        return NULL;
    }
    return NULL;
}

static const char *relation_of(const struct tg_record *from, const struct tg_hash *id)
{
    const char *relation = body_relation(from, id);
    if (relation) return relation;
    return is_id(from->head->supersedes, id) ? "superseded_by" : "referred_by";
}

/* The other end of a record that binds two. */
static const struct tg_hash *other_of(const struct tg_record *from, const struct tg_hash *id)
{
    if (from->kind == TG_KIND_SAMENESS)
        return is_id(from->sameness->first, id) ? from->sameness->second : from->sameness->first;
    if (from->kind == TG_KIND_LINK)
        return is_id(from->link->subject->id, id) ? from->link->object->id : from->link->subject->id;
    return from->kind == TG_KIND_CUSTODY && is_id(from->custody->person->id, id) ? from->custody->facility->id
                                                                                 : NULL;
}

/* ---- rows ---- */

static tg_err bare_row(struct tg_call *call, const struct tg_hash *id, const char *relation)
{
    char ref[TG_REF_TEXT_BYTES];
    enum tg_kind kind = TG_KIND_NEWER;
    struct tg_hash origin;
    struct tg_control_out row;
    tg_ref_of_id(call->node, id, ref, &origin, &kind);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "related");
    tg_control_put_text(&row, "relation", relation);
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_data(&row, "id", TG_VIEW_ARRAY(id->bytes));
    tg_control_put_text(&row, "kind", kind == TG_KIND_NEWER ? "not held" : tg_kind_name(kind));
    return tg_control_end(&row);
}

static tg_err held_row(struct tg_call *call, const struct tg_found *found, const struct tg_hash *of,
                       const char *relation)
{
    struct tg_control_out row;
    const struct tg_hash *other = other_of(found->record, of);
    tg_err err = tg_places_add_rec(&call->shown, &found->rec);
    if (err) return err;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "related");
    tg_control_put_text(&row, "relation", relation);
    bool contents = !call->auditing && call->out->bytes < TG_SHOW_CONTENTS_BYTES_MAX;
    tg_put_record(call->node, &row, found, contents);
    if (other) {
        char ref[TG_REF_TEXT_BYTES];
        struct tg_hash origin;
        enum tg_kind kind;
        tg_ref_of_id(call->node, other, ref, &origin, &kind);
        tg_control_put_text(&row, "other", ref);
    }
    return tg_control_end(&row);
}

static bool room_for(struct relating *relating, uint64_t recno)
{
    if (recno == relating->of->recno) return false;
    for (size_t i = 0; i < relating->told_count; i++)
        if (relating->told[i] == recno) return false;
    if (relating->told_count == TG_SHOW_RELATED_MAX) {
        relating->left++;
        return false;
    }
    relating->told[relating->told_count++] = recno;
    return true;
}

/* relation NULL: as the record says by which field it points at id. */
static tg_err related_row(struct relating *relating, uint64_t recno, const struct tg_hash *id,
                          const char *relation)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (!room_for(relating, recno)) return TG_OK;
    if (tg_lookup_open(relating->call->node, recno, &arena, &found, NULL) || !found.record) return TG_OK;
    if (!relation) relation = relation_of(found.record, id);
    return held_row(relating->call, &found, id, relation);
}

static tg_err outgoing_row(struct relating *relating, const struct tg_hash *id, const char *relation)
{
    uint64_t recno;
    if (tg_recno_of_id(relating->call->node, id, &recno, NULL)) return bare_row(relating->call, id, relation);
    return related_row(relating, recno, &relating->ids[0], relation);
}

/* Records that hold the token, the newest few, the newest first. */
static tg_err by_token(struct relating *relating, uint8_t type, struct tg_view form, size_t max,
                       const struct tg_hash *id, const char *relation, struct tg_errmsg *em)
{
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    tg_err err = tg_recnos_token(relating->call->node, type, form, &recnos, em);
    if (recnos.count > max) relating->left += recnos.count - max;
    for (size_t i = 0; i < recnos.count && i < max && !err; i++)
        err = related_row(relating, recnos.items[recnos.count - 1 - i], id, relation);
    return err;
}

/* What the record replaced, and what that replaced: statements about them are statements about it. */
static void versions_read(struct relating *relating)
{
    const struct tg_record *record = relating->of->record;
    relating->ids[relating->ids_count++] = record->id;
    const struct tg_hash *older = record->head->supersedes;
    struct tg_hash next;
    while (older && relating->ids_count < TG_SHOW_VERSIONS_MAX) {
        struct tg_found found;
        uint64_t recno;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        next = *older;
        relating->ids[relating->ids_count++] = next;
        bool held = !tg_recno_of_id(relating->call->node, &next, &recno, NULL) &&
                    !tg_lookup_open(relating->call->node, recno, &arena, &found, NULL) && found.record;
        const struct tg_hash *before = held ? found.record->head->supersedes : NULL;
        if (before) next = *before;
        older = before ? &next : NULL;
    }
}

/* What its origin put in the place of the record of that id. */
static bool successor_of(struct relating *relating, const struct tg_hash *id, uint64_t *ret_recno,
                         struct tg_hash *ret_id)
{
    struct tg_node *node = relating->call->node;
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    if (tg_recnos_token(node, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(id->bytes), &recnos, NULL)) return false;
    for (size_t i = recnos.count; i > 0; i--) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        if (tg_lookup_open(node, recnos.items[i - 1], &arena, &found, NULL) || !found.record) continue;
        bool by_origin = tg_hash_equal(&found.log->id.origin, &relating->of->log->id.origin);
        if (!by_origin || !is_id(found.record->head->supersedes, id)) continue;
        *ret_recno = recnos.items[i - 1];
        *ret_id = found.record->id;
        return true;
    }
    return false;
}

/* Every newer version, not the next one alone: who looks at an old one is led to what stands now. */
static tg_err newer_rows(struct relating *relating)
{
    struct tg_hash id = relating->ids[0], next;
    uint64_t recno;
    tg_err err = TG_OK;
    for (size_t i = 0; i < TG_SHOW_VERSIONS_MAX && !err && successor_of(relating, &id, &recno, &next); i++) {
        err = related_row(relating, recno, &id, "superseded_by");
        id = next;
    }
    return err;
}

static tg_err outgoing(struct relating *relating, const struct tg_facets *facets)
{
    tg_err err = TG_OK;
    for (size_t i = 1; i < relating->ids_count && !err; i++)
        err = outgoing_row(relating, &relating->ids[i], "supersedes");
    for (size_t i = 0; i < facets->refs_count && !err; i++)
        err = outgoing_row(relating, facets->refs[i].id, "refers");
    return err;
}

static tg_err related_rows(struct tg_call *call, const struct tg_found *found, bool values,
                           uint64_t *ret_left, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct relating relating = {.call = call, .of = found};
    struct tg_facets facets;
    tg_err err = tg_record_facets(found->record, &arena, &facets);
    if (err) return err;
    versions_read(&relating);
    err = outgoing(&relating, &facets);
    if (!err) err = newer_rows(&relating);
    for (size_t i = 0; i < relating.ids_count && !err; i++)
        err = by_token(&relating, TG_TOKEN_REF, TG_VIEW_ARRAY(relating.ids[i].bytes), TG_SHOW_RELATED_MAX,
                       &relating.ids[i], NULL, em);
    for (size_t i = 0; values && i < facets.selectors_count && !err && i < TG_SERVICE_RELATED_MAX; i++)
        err = by_token(&relating, (uint8_t)facets.selectors[i].type, facets.selectors[i].normal,
                       TG_SERVICE_RELATED_MAX, &relating.ids[0], "same_value", em);
    *ret_left = relating.left;
    return err;
}

tg_err tg_related_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                       struct tg_errmsg *em)
{
    return related_rows(call, found, true, ret_left, em);
}

tg_err tg_pointing_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                        struct tg_errmsg *em)
{
    return related_rows(call, found, false, ret_left, em);
}
