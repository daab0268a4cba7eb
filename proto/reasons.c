/* For which verbs of the control socket a reason may be required, by the names that people use.
 *
 * Knows no role and no answer. Described in docs/control.md "Reasons".
 */
#include "proto/reasons.h"

#include <stdio.h>

#include "base/text.h"

#define NAME_BYTES 64

/* A name may stand in several rows. The batches of an import come under the reason of its beginning. */
static const struct row {
    const char *name, *verb;
} rows[] = {
    {"all", NULL},
    {"query", "query"},
    {"screen", "screen"},
    {"show", "show"},
    {"why", "why"},
    {"records", "records"},
    {"situation", "records"},
    {"measures", "records"},
    {"notices", "notices"},
    {"export", "export"},
    {"publish", "publish"},
    {"alert", "publish"},
    {"add", "publish"},
    {"import", "import.begin"},
    {"import.begin", "import.begin"},
    {"withdraw", "withdraw"},
    {"correct", "publish"},
    {"reinstate", "reinstate"},
    {"reinstate.list", "reinstate.list"},
    {"ack", "ack"},
    {"inbox", "inbox"},
    {"watch", "notices"},
    {"watch.add", "watch.add"},
    {"watch.list", "watch.list"},
    {"watch.remove", "watch.remove"},
    {"dispute", "dispute"},
    {"dispute", "dispute.pass"},
    {"dispute", "dispute.decide"},
    {"dispute.pass", "dispute.pass"},
    {"dispute.decide", "dispute.decide"},
    {"dispute.list", "dispute.list"},
    {"review", "review.list"},
    {"review.list", "review.list"},
    {"sighting", "publish"},
    {"same", "publish"},
    {"different", "publish"},
    {"ask", "publish"},
    {"answer", "publish"},
    {"backup", "backup"},
    {"doctor", "doctor"},
    {"export", "courier.export"},
    {"import", "courier.begin"},
    {"courier.export", "courier.export"},
    {"courier.begin", "courier.begin"},
    {"log", "exposure"},
    {"log", "attest"},
    {"exposure", "exposure"},
    {"restore", "recovery"},
    {"recovery", "recovery"},
    {"attest", "attest"},
    {"card", "card.install"},
    {"card.install", "card.install"},
    {"peer", "peer.add"},
    {"peer", "peer.contact"},
    {"peer", "peer.remove"},
    {"peer", "peer.unfreeze"},
    {"peer.unfreeze", "peer.unfreeze"},
    {"peer.add", "peer.add"},
    {"peer.contact", "peer.contact"},
    {"peer.remove", "peer.remove"},
    {"audit", "audit.access"},
    {"audit", "audit.sample"},
    {"audit", "audit.statistics"},
    {"audit", "audit.redress"},
    {"audit.access", "audit.access"},
    {"audit.sample", "audit.sample"},
    {"audit.statistics", "audit.statistics"},
    {"audit.redress", "audit.redress"},
    {"reindex", "reindex"},
    {"stop", "stop"},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

bool tg_reason_at(size_t i, const char **ret_name, const char **ret_verb)
{
    if (i >= ROW_COUNT) return false;
    *ret_name = rows[i].name;
    *ret_verb = rows[i].verb;
    return true;
}

tg_err tg_reason_check(struct tg_view name, struct tg_errmsg *em)
{
    const char *names[ROW_COUNT];
    char text[NAME_BYTES];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (tg_view_equal_str(name, rows[i].name)) return TG_OK;
        names[i] = rows[i].name;
    }
    (void)snprintf(text, sizeof text, "%.*s", TG_VIEW_PRINT(name));
    const char *near = tg_text_nearest(text, names, ROW_COUNT);
    if (near) return tg_fail(em, TG_EVALUE, "unknown name '%s': did you mean '%s'?", text, near);
    return tg_fail(em, TG_EVALUE,
                   "unknown name '%s': what leaves an entry in the access log can be named, such as query, "
                   "show, export, alert, import, withdraw, or all",
                   text);
}

bool tg_reason_logged(const char *verb)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].verb && strcmp(rows[i].verb, verb) == 0) return true;
    return false;
}

static bool asks(struct tg_view name, const char *verb)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!tg_view_equal_str(name, rows[i].name)) continue;
        if (rows[i].verb ? strcmp(rows[i].verb, verb) == 0 : tg_reason_logged(verb)) return true;
    }
    return false;
}

bool tg_reason_required(const char *list, const char *verb)
{
    for (const char *at = list; *at;) {
        size_t bytes = strcspn(at, ", \t");
        if (bytes && asks(tg_view_of(at, bytes), verb)) return true;
        at += bytes;
        at += strspn(at, ", \t");
    }
    return false;
}
