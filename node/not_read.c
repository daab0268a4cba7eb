/* NOT READ: alerts of ours that an addressee has not read in time.
 *
 * Knows no verb, client or timer (node/reminders.c). Meaning: docs/control.md "Not read".
 */
#include "node/not_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/notices.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define TOLD_BYTES 40 /* of the title, in a notice */

/* What is newer than FLASH is no less urgent. */
static unsigned precedence_of(const struct tg_record *alert)
{
    unsigned precedence = (unsigned)alert->alert->precedence;
    return precedence > TG_PRECEDENCE_FLASH ? TG_PRECEDENCE_FLASH : precedence;
}

int64_t tg_not_read_due_ms(const struct tg_node *node, const struct tg_record *alert, uint64_t created)
{
    uint32_t minutes = node->not_read_minutes[precedence_of(alert)];
    return minutes ? (int64_t)created * 1000 + minutes * MINUTE_MS : 0;
}

/* Without looking at who said what. */
static bool time_is_up(struct tg_node *node, const struct tg_found *found)
{
    if (!found->record || found->rec.kind != TG_KIND_ALERT || !found->log->own) return false;
    if (strcmp(found->state, "live") != 0) return false;
    int64_t due_ms = tg_not_read_due_ms(node, found->record, found->manifest.created);
    return due_ms && due_ms <= tg_clock_wall_ms(node->clock);
}

bool tg_not_read_is(struct tg_node *node, const struct tg_found *found, const struct tg_hash *who,
                    const struct tg_said *said)
{
    return !said->read_ms && tg_trust_find(node, who) && time_is_up(node, found) &&
           !tg_duty_ended(node, found);
}

void tg_not_read_call(struct tg_node *node, const struct tg_hash *who,
                      char out[static TG_NOT_READ_CALL_BYTES])
{
    const char *contact = tg_trust_contact(node, who);
    if (contact[0])
        (void)snprintf(out, TG_NOT_READ_CALL_BYTES, "call %s", contact);
    else
        (void)snprintf(out, TG_NOT_READ_CALL_BYTES, "no 24/7 contact known: tamga peer contact %s '...'",
                       tg_trust_country(node, who));
}

tg_err tg_not_read_each(struct tg_node *node, const struct tg_found *found, tg_on_not_read on_not_read,
                        void *ctx, struct tg_errmsg *em)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    if (!time_is_up(node, found)) return TG_OK;
    tg_err err = tg_commit_audience_of(node, found->log, found->rec.index, ids, &count, em);
    for (size_t i = 0; i < count && !err; i++) {
        struct tg_said said;
        err = tg_duty_said(node, &found->record->id, &ids[i], &said, em);
        if (!err && tg_not_read_is(node, found, &ids[i], &said)) err = on_not_read(ctx, found, &ids[i]);
    }
    return err;
}

/* ---- notices ---- */

static void text_format(struct tg_node *node, const struct tg_found *found, const struct tg_hash *who,
                        const char *ref, char out[static TG_NOTICE_TEXT_BYTES_MAX + 1])
{
    static const char *const precedences[] = {"routine", "PRIORITY", "IMMEDIATE", "FLASH"};
    enum tg_rec_nature nature = found->record->alert->nature;
    const char *mark = nature == TG_NATURE_EXERCISE ? "EXERCISE " : nature == TG_NATURE_TEST ? "TEST " : "";
    unsigned precedence = precedence_of(found->record);
    char call[TG_NOT_READ_CALL_BYTES];
    tg_not_read_call(node, who, call);
    (void)snprintf(out, TG_NOTICE_TEXT_BYTES_MAX + 1, "%s %s%s NOT READ by %s after %u min: %s (%.*s)", ref,
                   mark, precedences[precedence], tg_trust_country(node, who),
                   (unsigned)node->not_read_minutes[precedence], call, TOLD_BYTES,
                   found->record->alert->title);
}

static tg_err raise(void *ctx, const struct tg_found *found, const struct tg_hash *who)
{
    struct tg_node *node = ctx;
    char ref[TG_REF_TEXT_BYTES];
    struct tg_notice notice = {.kind = TG_NOTICE_NOT_READ,
                               .id = found->record->id,
                               .other = *who,
                               .log = found->rec.log,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = TG_NOTICE_EVERYONE,
                               .nature = (uint8_t)found->record->alert->nature,
                               .precedence = (uint8_t)precedence_of(found->record)};
    tg_lookup_ref_text(node, found, ref);
    text_format(node, found, who, ref, notice.text);
    if (!tg_notices_put_once(node, &notice)) return TG_OK;
    tg_event(node->events, TG_EV_NOT_READ, TG_F_TEXT("record", ref), TG_F_NODE("peer", who),
             TG_F_TEXT("country", tg_trust_country(node, who)));
    return TG_OK;
}

tg_err tg_not_read_tell(struct tg_node *node, const struct tg_hash *alert, struct tg_errmsg *em)
{
    uint64_t recno;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_duty_first(node, alert, &node->id, &recno, NULL); /* as we told it */
    if (!err) err = tg_lookup_open(node, recno, &arena, &found, NULL);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    return err ? err : tg_not_read_each(node, &found, raise, node, em);
}

/* ---- alerts of ours ---- */

static tg_err kind_recnos(struct tg_node *node, uint64_t **ret_recnos, size_t *ret_count,
                          struct tg_errmsg *em)
{
    uint8_t kind = TG_KIND_ALERT;
    uint64_t first;
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_KIND, tg_view_of(&kind, 1), &first, 1, &count, em);
    if (err || !count) return err;
    size_t room = count;
    TG_AUTO_FREE uint64_t *recnos = calloc(room, sizeof *recnos);
    if (!recnos) return TG_ENOMEM;
    err = tg_lookup_token(node, TG_TOKEN_KIND, tg_view_of(&kind, 1), recnos, room, &count, em);
    if (err) return err;
    *ret_recnos = tg_steal_ptr(&recnos);
    *ret_count = count < room ? count : room;
    return TG_OK;
}

tg_err tg_not_read_alerts(struct tg_node *node, tg_on_own_alert on_alert, void *ctx, struct tg_errmsg *em)
{
    TG_AUTO_FREE uint64_t *recnos = NULL;
    size_t count = 0;
    int64_t oldest_ms = tg_clock_wall_ms(node->clock) - TG_NOT_READ_DAYS * DAY_MS;
    tg_err err = kind_recnos(node, &recnos, &count, em);
    while (!err && count--) {
        struct tg_index_rec rec;
        struct tg_found found;
        if (tg_index_get(node->store, recnos[count], &rec, NULL)) continue;
        const struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log || !log->own) continue;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        if (tg_lookup_open(node, recnos[count], &arena, &found, NULL) || !found.record) continue;
        /* Own records are numbered in the order of our log: all others are older still. */
        if ((int64_t)found.manifest.created * 1000 < oldest_ms) return TG_OK;
        err = on_alert(ctx, &found);
    }
    return err;
}
