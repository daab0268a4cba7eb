/* Verbs `watch.add`, `watch.list`, `watch.remove`: standing queries of the caller.
 *
 * Knows no matching. Contract: docs/control.md.
 */
#include "node/service_internal.h"
#include "node/watches.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_DEFAULT 90

static tg_err kinds_read(const struct tg_call *call, struct tg_watch_spec *spec, struct tg_errmsg *em)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(call->msg, "kind", field))) {
        enum tg_kind kind;
        tg_err err = tg_kind_read(field, &kind, em);
        if (err) return err;
        spec->kinds[(uint8_t)kind] = spec->has_kinds = true;
    }
    return TG_OK;
}

static tg_err until_read(const struct tg_call *call, struct tg_watch_spec *spec, struct tg_errmsg *em)
{
    int64_t now_ms = tg_service_now_ms(call->service);
    spec->made_ms = now_ms;
    spec->until_ms = tg_control_number(call->msg, "until", now_ms + DAYS_DEFAULT * DAY_MS);
    if (spec->until_ms <= now_ms) return tg_fail(em, TG_EVALUE, "it would end before it begins");
    if (spec->until_ms > now_ms + TG_WATCH_DAYS_MAX * DAY_MS)
        return tg_fail(em, TG_EVALUE, "a standing query lasts %d days at most: renew it when they are over",
                       TG_WATCH_DAYS_MAX);
    return TG_OK;
}

/* Texts are on loan from the request. */
static tg_err spec_read(const struct tg_call *call, struct tg_watch_spec *spec, struct tg_errmsg *em)
{
    if (!call->msg->reason[0])
        return tg_fail(em, TG_EUSAGE, "a standing query needs a reason: why, or for which case");
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++)
        spec->texts[i] = i == TG_WATCH_USER
                             ? call->client->user
                             : tg_control_text(call->msg, tg_watch_text_name((enum tg_watch_text)i), "");
    spec->uid = call->client->uid;
    spec->everyone = tg_control_number(call->msg, "everyone", 0) != 0;
    tg_err err = kinds_read(call, spec, em);
    return err ? err : until_read(call, spec, em);
}

tg_err tg_verb_watch_add(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_watch_spec spec = {.uid = 0};
    uint32_t id = 0;
    tg_err err = spec_read(call, &spec, em);
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_watches_add(call->node, &spec, &id, em);
    if (err) return err;
    err = tg_query_look_back(call, id, spec.until_ms, em);
    if (err) (void)tg_watches_remove(call->node, id, NULL); /* who is told that it failed has none */
    return err;
}

/* ---- list ---- */

static bool is_admin(const struct tg_call *call)
{
    return (tg_service_roles(call->service, call->client) & TG_ROLE_ADMIN) != 0;
}

/* Hits that are still listed, and when the last was. */
static uint64_t hits_of(const struct tg_call *call, uint32_t id, int64_t *ret_last_ms)
{
    const struct tg_notice *notices = NULL;
    size_t count = tg_notices_after(call->node, 0, &notices, SIZE_MAX);
    uint64_t hits = 0;
    *ret_last_ms = 0;
    for (size_t i = 0; i < count; i++) {
        if (notices[i].watch != id) continue;
        hits++;
        *ret_last_ms = notices[i].at_ms;
    }
    return hits;
}

static tg_err kinds_put(struct tg_control_out *row, const struct tg_watch_spec *spec)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_kinds_count && !err; i++)
        if (spec->kinds[(uint8_t)tg_kinds[i]])
            err = tg_buf_putf(&text, "%s%s", text.bytes ? "," : "", tg_kind_name(tg_kinds[i]));
    if (!err && text.bytes) tg_control_put_view(row, "kind", tg_buf_view(&text));
    return err;
}

static tg_err watch_row(const struct tg_call *call, const struct tg_watch *watch)
{
    struct tg_control_out row;
    int64_t last_ms = 0;
    const struct tg_watch_spec *spec = &watch->spec;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "watch");
    tg_control_put_number(&row, "watch", watch->id);
    for (size_t i = 0; i < TG_WATCH_TEXTS; i++)
        if (spec->texts[i][0])
            tg_control_put_text(&row, tg_watch_text_name((enum tg_watch_text)i), spec->texts[i]);
    tg_err err = kinds_put(&row, spec);
    tg_control_put_number(&row, "everyone", spec->everyone);
    tg_control_put_number(&row, "made_ms", spec->made_ms);
    tg_control_put_number(&row, "until_ms", spec->until_ms);
    bool ended = spec->until_ms <= tg_service_now_ms(call->service);
    bool idle = !watch->term_count && !watch->name_count && !watch->loose;
    tg_control_put_text(&row, "state", ended ? "ended" : idle ? "idle" : "live");
    tg_control_put_number(&row, "hits", (int64_t)hits_of(call, watch->id, &last_ms));
    if (last_ms) tg_control_put_number(&row, "last_ms", last_ms);
    return err ? err : tg_control_end(&row);
}

tg_err tg_verb_watch_list(struct tg_call *call, struct tg_errmsg *em)
{
    bool all = tg_control_number(call->msg, "all", 0) != 0;
    if (all && !is_admin(call))
        return tg_fail(em, TG_EDENIED, "only an admin sees the standing queries of others");
    uint64_t count = 0;
    for (size_t i = 0; i < tg_watches_count(call->node); i++)
        count += all || tg_watches_at(call->node, i)->spec.uid == call->client->uid;
    tg_err err = tg_call_access(call, count, NULL, em);
    for (size_t i = 0; i < tg_watches_count(call->node) && !err; i++) {
        const struct tg_watch *watch = tg_watches_at(call->node, i);
        if (all || watch->spec.uid == call->client->uid) err = watch_row(call, watch);
    }
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "total", (int64_t)count);
    return tg_control_end(&done);
}

/* ---- remove ---- */

tg_err tg_verb_watch_remove(struct tg_call *call, struct tg_errmsg *em)
{
    int64_t id = tg_control_number(call->msg, "watch", 0);
    const struct tg_watch *watch =
        id > 0 && id < UINT32_MAX ? tg_watches_find(call->node, (uint32_t)id) : NULL;
    bool his = watch && (watch->spec.uid == call->client->uid || is_admin(call));
    if (!his) /* another's is not even said to be there */
        return tg_fail(em, TG_ENOENT, "you have no standing query %" PRId64 ": 'tamga watch list' shows them",
                       id);
    char title[TG_WATCH_TITLE_BYTES];
    tg_watch_title(watch, title);
    tg_err err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_watches_remove(call->node, (uint32_t)id, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "watch", id);
    tg_control_put_text(&done, "title", title);
    return tg_control_end(&done);
}
