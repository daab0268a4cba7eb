/* Verbs `audit.access` and `audit.sample`: entries of the access log, grouped, or drawn at random.
 *
 * Walks from the newest entry back, in slices; writes its own entry before the first row. Knows no contents.
 * Contract: docs/control.md.
 */
#include "crypto/hash.h"
#include "node/service_internal.h"

enum by { BY_ENTRY, BY_USER, BY_VERB, BY_CASE, BY_RECORD };
static const char *const by_names[] = {"entry", "user", "verb", "case", "record"};
#define BY_COUNT (sizeof by_names / sizeof by_names[0])

/* Which entries are meant. */
struct wanted {
    char user[64], verb[32], case_number[TG_ACCESS_TEXT_BYTES_MAX + 1];
    int64_t from_ms, until_ms; /* until is left out */
    bool has_place, unreasoned;
    struct tg_place place;
};

struct group {
    const char *text; /* user, verb, case; by record the user */
    struct tg_place place;
    uint64_t asks, records, unreasoned;
    int64_t first_ms, last_ms;
};

/* One entry that will be shown. */
struct taken {
    uint64_t number;
    struct tg_hash draw; /* of a sample */
};

enum phase { PHASE_WALK, PHASE_ROWS };
struct auditing {
    struct tg_job job;
    struct tg_access_note note;
    struct tg_access_walk walk;
    struct wanted wanted;
    enum phase phase;
    enum by by;
    bool sample;
    uint64_t seed, limit, refs, fitting, at;
    bool more; /* older ones fit as well */
    struct taken *taken;
    size_t taken_count, taken_capacity;
    struct tg_arena texts;
    struct group *groups;
    size_t group_count, group_capacity;
    uint32_t *slots; /* places in groups + 1; open addressing */
    size_t slot_count;
};

/* ---- which ---- */

static bool unreasoned(const struct tg_access *access)
{
    return !access->reason[0] && !access->case_number[0];
}

static bool fits(const struct wanted *wanted, const struct tg_access *access)
{
    if (access->at_ms < wanted->from_ms || access->at_ms >= wanted->until_ms) return false;
    if (wanted->user[0] && strcmp(wanted->user, access->user) != 0) return false;
    if (wanted->verb[0] && strcmp(wanted->verb, access->verb) != 0) return false;
    if (wanted->case_number[0] && strcmp(wanted->case_number, access->case_number) != 0) return false;
    if (wanted->unreasoned && !unreasoned(access)) return false;
    return !wanted->has_place || tg_access_touches(access, &wanted->place, 1);
}

/* ---- entries ---- */

static tg_err taken_add(struct auditing *auditing, uint64_t number, const struct tg_hash *draw)
{
    if (auditing->taken_count == auditing->taken_capacity) {
        size_t capacity = auditing->taken_capacity ? auditing->taken_capacity * 2 : 128;
        struct taken *taken = realloc(auditing->taken, capacity * sizeof *taken);
        if (!taken) return TG_ENOMEM;
        auditing->taken = taken;
        auditing->taken_capacity = capacity;
    }
    auditing->taken[auditing->taken_count++] = (struct taken){.number = number, .draw = *draw};
    return TG_OK;
}

static tg_err take_newest(struct auditing *auditing, uint64_t number)
{
    static const struct tg_hash none;
    if (auditing->taken_count < auditing->limit) return taken_add(auditing, number, &none);
    auditing->more = true;
    return TG_ENOENT;
}

/* Those whose numbers hash lowest with the seed: anybody with the seed draws the same ones. */
static tg_err take_drawn(struct auditing *auditing, uint64_t number)
{
    uint8_t bytes[16];
    struct tg_hash draw;
    tg_be64_put(bytes, auditing->seed);
    tg_be64_put(bytes + 8, number);
    tg_sha256_labelled("tamga/audit/sample/v1", TG_VIEW_ARRAY(bytes), &draw);
    if (auditing->taken_count < auditing->limit) return taken_add(auditing, number, &draw);
    struct taken *highest = &auditing->taken[0];
    for (size_t i = 1; i < auditing->taken_count; i++)
        if (memcmp(auditing->taken[i].draw.bytes, highest->draw.bytes, TG_HASH_BYTES) > 0)
            highest = &auditing->taken[i];
    if (memcmp(draw.bytes, highest->draw.bytes, TG_HASH_BYTES) < 0)
        *highest = (struct taken){.number = number, .draw = draw};
    return TG_OK;
}

/* ---- groups ---- */

static uint64_t mix(uint64_t hash, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ at[i]) * 1099511628211u; /* FNV-1a */
    return hash;
}

static uint64_t group_hash(const char *text, const struct tg_place *place)
{
    uint64_t hash = mix(14695981039346656037u, text, strlen(text));
    hash = mix(hash, &place->log, sizeof place->log);
    hash = mix(hash, &place->index, sizeof place->index);
    return mix(hash, &place->first, sizeof place->first);
}

static bool is_group(const struct group *group, const char *text, const struct tg_place *place)
{
    return group->place.log == place->log && group->place.index == place->index &&
           group->place.first == place->first && strcmp(group->text, text) == 0;
}

static tg_err slots_grow(struct auditing *auditing)
{
    size_t count = auditing->slot_count ? auditing->slot_count * 2 : 1024;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) return TG_ENOMEM;
    for (size_t i = 0; i < auditing->group_count; i++) {
        const struct group *group = &auditing->groups[i];
        size_t slot = group_hash(group->text, &group->place) % count;
        while (slots[slot]) slot = (slot + 1) % count;
        slots[slot] = (uint32_t)i + 1;
    }
    free(auditing->slots);
    auditing->slots = slots;
    auditing->slot_count = count;
    return TG_OK;
}

static tg_err group_new(struct auditing *auditing, const char *text, const struct tg_place *place,
                        size_t slot)
{
    if (auditing->group_count == TG_AUDIT_GROUPS_MAX) return TG_ELIMIT;
    if (auditing->group_count == auditing->group_capacity) {
        size_t capacity = auditing->group_capacity ? auditing->group_capacity * 2 : 64;
        struct group *groups = realloc(auditing->groups, capacity * sizeof *groups);
        if (!groups) return TG_ENOMEM;
        auditing->groups = groups;
        auditing->group_capacity = capacity;
    }
    const char *kept = tg_arena_text(&auditing->texts, tg_view_str(text));
    if (!kept) return TG_ENOMEM;
    auditing->groups[auditing->group_count++] = (struct group){.text = kept, .place = *place};
    auditing->slots[slot] = (uint32_t)auditing->group_count;
    return TG_OK;
}

static tg_err group_count_in(struct auditing *auditing, const char *text, const struct tg_place *place,
                             const struct tg_access *access)
{
    tg_err err = auditing->group_count * 2 >= auditing->slot_count ? slots_grow(auditing) : TG_OK;
    if (err) return err;
    size_t slot = group_hash(text, place) % auditing->slot_count;
    while (auditing->slots[slot] && !is_group(&auditing->groups[auditing->slots[slot] - 1], text, place))
        slot = (slot + 1) % auditing->slot_count;
    if (!auditing->slots[slot]) err = group_new(auditing, text, place, slot);
    if (err) return err;
    struct group *group = &auditing->groups[auditing->slots[slot] - 1];
    group->asks++;
    group->records += access->hits;
    group->unreasoned += unreasoned(access);
    if (!group->last_ms || access->at_ms > group->last_ms) group->last_ms = access->at_ms;
    if (!group->first_ms || access->at_ms < group->first_ms) group->first_ms = access->at_ms;
    return TG_OK;
}

/* Who was shown which record: every record of the entry. */
static tg_err group_records(struct auditing *auditing, const struct tg_access *access)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !access->made && i < tg_places_count(access->places); i++) {
        struct tg_place places = tg_places_at(access->places, i);
        struct tg_place one = {.log = places.log, .index = places.index, .count = 1};
        for (uint16_t n = 0; n < places.count && !err; n++) {
            one.first = (uint16_t)(places.first + n);
            bool meant = !auditing->wanted.has_place ||
                         tg_place_holds(&one, auditing->wanted.place.log, auditing->wanted.place.index,
                                        auditing->wanted.place.first);
            if (meant) err = group_count_in(auditing, access->user, &one, access);
        }
    }
    return err;
}

static tg_err group_take(struct auditing *auditing, const struct tg_access *access)
{
    static const struct tg_place nowhere;
    if (auditing->by == BY_RECORD) return group_records(auditing, access);
    const char *text = auditing->by == BY_USER   ? access->user
                       : auditing->by == BY_VERB ? access->verb
                                                 : access->case_number;
    return group_count_in(auditing, text, &nowhere, access);
}

/* ---- the walk ---- */

static tg_err on_access(void *ctx, uint64_t number, const struct tg_access *access)
{
    struct auditing *auditing = ctx;
    if (!fits(&auditing->wanted, access)) return TG_OK;
    auditing->fitting++;
    if (auditing->by != BY_ENTRY) return group_take(auditing, access);
    return auditing->sample ? take_drawn(auditing, number) : take_newest(auditing, number);
}

static int taken_compare(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The most asked first; records in the order of their places. */
static int group_compare(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->place.log != y->place.log) return x->place.log < y->place.log ? -1 : 1;
    if (x->place.index != y->place.index) return x->place.index < y->place.index ? -1 : 1;
    if (x->place.first != y->place.first) return x->place.first < y->place.first ? -1 : 1;
    if (x->asks != y->asks) return x->asks > y->asks ? -1 : 1;
    return strcmp(x->text, y->text);
}

static tg_err walk_end(struct auditing *auditing, struct tg_errmsg *em)
{
    if (auditing->taken_count)
        qsort(auditing->taken, auditing->taken_count, sizeof *auditing->taken, taken_compare);
    if (auditing->group_count)
        qsort(auditing->groups, auditing->group_count, sizeof *auditing->groups, group_compare);
    uint64_t rows = auditing->by == BY_ENTRY ? auditing->taken_count : auditing->group_count;
    if (rows > auditing->limit) {
        rows = auditing->limit;
        auditing->more = true;
    }
    auditing->limit = rows;
    auditing->phase = PHASE_ROWS;
    return tg_access_note_put(&auditing->note, &auditing->job, rows, NULL, em);
}

static tg_err step_walk(struct auditing *auditing, struct tg_buf *out, struct tg_errmsg *em)
{
    tg_err err = tg_access_walk_step(auditing->job.service, &auditing->walk, on_access, auditing, em);
    if (err == TG_ELIMIT)
        return tg_fail(em, err,
                       "more than %d rows would answer that; narrow it with user, record, from or until",
                       TG_AUDIT_GROUPS_MAX);
    if (err) return err;
    return auditing->walk.left ? tg_access_progress(&auditing->walk, out) : walk_end(auditing, em);
}

/* ---- rows ---- */

/* "TJ-7#1,TJ-7#2", as many as are asked for. */
static tg_err refs_make(const struct auditing *auditing, const struct tg_access *access, struct tg_buf *out,
                        uint64_t *ret_count)
{
    uint64_t count = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_places_count(access->places); i++) {
        struct tg_place place = tg_places_at(access->places, i);
        for (uint16_t n = 0; n < place.count && count + n < auditing->refs && !err; n++) {
            char ref[TG_REF_TEXT_BYTES];
            tg_place_text(auditing->job.service->node, place.log, place.index, place.first + n, ref);
            err = tg_buf_putf(out, "%s%s", out->bytes ? "," : "", ref);
        }
        count += place.count;
    }
    *ret_count = count;
    return err;
}

struct row_of {
    const struct auditing *auditing;
    struct tg_buf *out;
};

static tg_err entry_row(void *ctx, uint64_t number, const struct tg_access *access)
{
    const struct row_of *of = ctx;
    uint64_t records = 0;
    TG_AUTO(tg_buf) struct tg_buf refs = {0};
    tg_err err = refs_make(of->auditing, access, &refs, &records);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, of->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "access");
    tg_control_put_number(&row, "seq", (int64_t)number);
    tg_control_put_number(&row, "at_ms", access->at_ms);
    tg_control_put_text(&row, "user", access->user);
    tg_control_put_text(&row, "verb", access->verb);
    tg_control_put_text(&row, "reason", access->reason);
    tg_control_put_text(&row, "case", access->case_number);
    tg_control_put_text(&row, "detail", access->detail);
    tg_control_put_number(&row, "hits", (int64_t)access->hits);
    tg_control_put_number(&row, "made", access->made);
    tg_control_put_view(&row, "records", tg_buf_view(&refs));
    tg_control_put_number(&row, "record_count", (int64_t)records);
    return tg_control_end(&row);
}

static tg_err group_row(const struct auditing *auditing, const struct group *group, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "group");
    if (auditing->by == BY_RECORD) {
        char ref[TG_REF_TEXT_BYTES];
        tg_place_text(auditing->job.service->node, group->place.log, group->place.index, group->place.first,
                      ref);
        tg_control_put_text(&row, "record", ref);
        tg_control_put_text(&row, "user", group->text);
    } else {
        tg_control_put_text(&row, by_names[auditing->by], group->text);
        tg_control_put_number(&row, "records", (int64_t)group->records);
    }
    tg_control_put_number(&row, "asks", (int64_t)group->asks);
    tg_control_put_number(&row, "unreasoned", (int64_t)group->unreasoned);
    tg_control_put_number(&row, "first_ms", group->first_ms);
    tg_control_put_number(&row, "last_ms", group->last_ms);
    return tg_control_end(&row);
}

static tg_err done_put(const struct auditing *auditing, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "entries", (int64_t)auditing->walk.end);
    tg_control_put_number(&done, "fitting", (int64_t)auditing->fitting);
    tg_control_put_number(&done, "more", auditing->more);
    if (auditing->sample) tg_control_put_number(&done, "seed", (int64_t)auditing->seed);
    return tg_control_end(&done);
}

static tg_err step_rows(struct auditing *auditing, struct tg_buf *out, enum tg_step *ret_step,
                        struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(auditing->job.service);
    struct row_of of = {.auditing = auditing, .out = out};
    tg_err err = TG_OK;
    while (!err && auditing->at < auditing->limit && out->bytes < TG_SERVICE_SEND_BYTES_MAX) {
        uint64_t at = auditing->at++;
        err = auditing->by == BY_ENTRY
                  ? tg_access_read(auditing->job.service, auditing->taken[at].number, entry_row, &of, em)
                  : group_row(auditing, &auditing->groups[at], out);
        if (tg_service_now_us(auditing->job.service) - begun_us > TG_SERVICE_SLICE_US) break;
    }
    if (err || auditing->at < auditing->limit) return err;
    *ret_step = TG_STEP_END;
    return done_put(auditing, out);
}

static tg_err auditing_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                            struct tg_errmsg *em)
{
    struct auditing *auditing = (struct auditing *)job;
    *ret_step = TG_STEP_MORE;
    return auditing->phase == PHASE_WALK ? step_walk(auditing, out, em)
                                         : step_rows(auditing, out, ret_step, em);
}

static void auditing_free(struct tg_job *job)
{
    struct auditing *auditing = (struct auditing *)job;
    tg_access_note_release(&auditing->note);
    tg_arena_release(&auditing->texts);
    free(auditing->taken);
    free(auditing->groups);
    free(auditing->slots);
    free(auditing);
}

static const struct tg_job_kind auditing_kind = {.step = auditing_step, .free = auditing_free};

/* ---- the call ---- */

static tg_err text_read(const struct tg_call *call, const char *field, char *out, size_t out_bytes,
                        struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, field, "");
    if (strlen(text) >= out_bytes)
        return tg_fail(em, TG_ELIMIT, "%s has at most %zu bytes", field, out_bytes - 1);
    (void)snprintf(out, out_bytes, "%s", text);
    return TG_OK;
}

static tg_err wanted_read(const struct tg_call *call, struct wanted *wanted, struct tg_errmsg *em)
{
    const char *ref = tg_control_text(call->msg, "record", "");
    wanted->from_ms = tg_control_number(call->msg, "from", INT64_MIN);
    wanted->until_ms = tg_control_number(call->msg, "until", INT64_MAX);
    wanted->unreasoned = tg_control_number(call->msg, "unreasoned", 0) != 0;
    wanted->has_place = ref[0] != 0;
    tg_err err = text_read(call, "user", wanted->user, sizeof wanted->user, em);
    if (!err) err = text_read(call, "verb", wanted->verb, sizeof wanted->verb, em);
    if (!err) err = text_read(call, "for_case", wanted->case_number, sizeof wanted->case_number, em);
    return err || !ref[0] ? err : tg_place_of_ref(call->node, ref, &wanted->place, em);
}

static tg_err by_read(const struct tg_call *call, enum by *ret_by, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "by", by_names[BY_ENTRY]);
    size_t by = 0;
    while (by < BY_COUNT && strcmp(by_names[by], text) != 0) by++;
    if (by == BY_COUNT)
        return tg_fail(em, TG_EVALUE, "by is 'entry', 'user', 'verb', 'case' or 'record', not '%.40s'", text);
    *ret_by = (enum by)by;
    return TG_OK;
}

static tg_err limit_read(const struct tg_call *call, int64_t fallback, int64_t max, uint64_t *ret_limit,
                         struct tg_errmsg *em)
{
    int64_t limit = tg_control_number(call->msg, "limit", fallback);
    if (limit < 1 || limit > max) return tg_fail(em, TG_EVALUE, "limit is 1 to %" PRId64, max);
    *ret_limit = (uint64_t)limit;
    return TG_OK;
}

static tg_err auditing_start(struct tg_call *call, struct auditing **ret_auditing, struct tg_errmsg *em)
{
    struct auditing *auditing = tg_job_start(call, &auditing_kind, sizeof *auditing);
    if (!auditing) return TG_ENOMEM;
    tg_arena_init(&auditing->texts, (size_t)TG_AUDIT_GROUPS_MAX * TG_ACCESS_TEXT_BYTES_MAX);
    int64_t refs = tg_control_number(call->msg, "refs", TG_AUDIT_REFS_DEFAULT);
    if (refs < 0 || refs > TG_AUDIT_REFS_MAX)
        return tg_fail(em, TG_EVALUE, "refs is 0 to %d", TG_AUDIT_REFS_MAX);
    auditing->refs = (uint64_t)refs;
    *ret_auditing = auditing;
    tg_err err = tg_access_note_take(call, &auditing->note);
    if (!err) err = wanted_read(call, &auditing->wanted, em);
    return err ? err : tg_access_walk_begin(call->service, &auditing->walk, em);
}

tg_err tg_verb_audit_access(struct tg_call *call, struct tg_errmsg *em)
{
    struct auditing *auditing = NULL;
    tg_err err = auditing_start(call, &auditing, em);
    if (!err) err = by_read(call, &auditing->by, em);
    int64_t max = err || auditing->by == BY_ENTRY ? TG_AUDIT_ENTRIES_MAX : TG_AUDIT_GROUPS_MAX;
    return err ? err : limit_read(call, TG_AUDIT_ENTRIES_DEFAULT, max, &auditing->limit, em);
}

tg_err tg_verb_audit_sample(struct tg_call *call, struct tg_errmsg *em)
{
    struct auditing *auditing = NULL;
    tg_err err = auditing_start(call, &auditing, em);
    if (err) return err;
    uint8_t drawn[8];
    tg_random_fill(call->node->random, drawn, sizeof drawn);
    auditing->sample = true;
    auditing->seed = (uint64_t)tg_control_number(call->msg, "seed", tg_be32_get(drawn));
    return limit_read(call, TG_AUDIT_SAMPLE_DEFAULT, TG_AUDIT_SAMPLE_MAX, &auditing->limit, em);
}
