/* Every verb for every role, what a refusal says, and where a reason is asked for. */
#include "node/service_internal.h"
#include "proto/reasons.h"
#include "service_help.h"

#define ANALYST TG_ROLE_ANALYST
#define OFFICER TG_ROLE_OFFICER
#define AUDITOR TG_ROLE_AUDITOR
#define ADMIN TG_ROLE_ADMIN
#define ANY (ANALYST | OFFICER | AUDITOR | ADMIN)

/* Who may. An officer is an analyst too; nobody else has more than the one role here. */
static const struct may {
    const char *verb;
    unsigned roles;
} rows[] = {
    {"status", ANY},
    {"publish", OFFICER},
    {"inbox", ANALYST | OFFICER},
    {"import.begin", OFFICER},
    {"import.batch", OFFICER},
    {"import.end", OFFICER},
    {"query", ANALYST | OFFICER},
    {"screen", ANALYST | OFFICER},
    {"show", ANALYST | OFFICER | AUDITOR},
    {"why", ANALYST | OFFICER},
    {"records", ANALYST | OFFICER},
    {"withdraw", OFFICER},
    {"dispute", OFFICER},
    {"dispute.pass", OFFICER},
    {"dispute.decide", OFFICER},
    {"dispute.list", ANALYST | OFFICER | AUDITOR},
    {"review.list", ANALYST | OFFICER},
    {"reinstate", OFFICER | ADMIN},
    {"reinstate.list", OFFICER | ADMIN},
    {"watch.add", ANALYST | OFFICER},
    {"watch.list", ANALYST | OFFICER | ADMIN},
    {"watch.remove", ANALYST | OFFICER | ADMIN},
    {"backup", ADMIN},
    {"doctor", ADMIN},
    {"log", ANY},
    {"log.entries", ANY},
    {"log.receipts", ANY},
    {"log.withheld", ANY},
    {"log.tiles", ANY},
    {"log.notes", ANY},
    {"notices", ANALYST | OFFICER},
    {"ack", ANALYST | OFFICER},
    {"export", ANALYST | OFFICER | AUDITOR},
    {"courier.export", OFFICER | ADMIN},
    {"courier.begin", OFFICER | ADMIN},
    {"courier.block", OFFICER | ADMIN},
    {"courier.end", OFFICER | ADMIN},
    {"peer.list", ANY},
    {"peer.add", ADMIN},
    {"peer.contact", OFFICER | ADMIN},
    {"peer.remove", ADMIN},
    {"peer.test", OFFICER | ADMIN},
    {"log.forks", ANY},
    {"peer.unfreeze", ADMIN},
    {"card", ANY},
    {"card.install", ADMIN},
    {"keys", ANY},
    {"exposure", AUDITOR | ADMIN},
    {"recovery", ADMIN},
    {"attest", ADMIN},
    {"audit.access", AUDITOR | ADMIN},
    {"audit.sample", AUDITOR | ADMIN},
    {"audit.statistics", AUDITOR | ADMIN},
    {"audit.redress", AUDITOR | ADMIN},
    {"reindex", ADMIN},
    {"stop", ADMIN},
};

static const struct may *row_of(const char *verb)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].verb, verb) == 0) return &rows[i];
    return NULL;
}

/* Whether that caller is turned away for want of a role. The connection is a new one each time. */
static bool refused(struct bench *bench, struct bench_caller *caller, const char *verb)
{
    struct answer answer;
    bench_begin(bench, caller, ask(verb));
    bool ended = bench_read(caller, &answer), denied = ended && answer.end.kind == TG_CONTROL_FAIL &&
                                                       answer.end.err == TG_EDENIED &&
                                                       strstr(answer.end.message, "needs role");
    cr_expect(!denied || answer.row_count == 0, "%s: rows before the refusal", verb);
    answer_release(&answer);
    bench->handler.on_closed(bench->handler.ctx, &caller->caller);
    return denied;
}

Test(roles, every_verb_stands_in_the_table_and_nothing_else)
{
    for (size_t i = 0; i < tg_verbs_count; i++)
        cr_expect(row_of(tg_verbs[i].name) != NULL, "verb '%s' has no row here: say which roles may call it",
                  tg_verbs[i].name);
    cr_expect_eq(tg_verbs_count, sizeof rows / sizeof rows[0]);
}

Test(roles, control_each_verb_is_refused_to_every_role_but_its_own)
{
    static const struct {
        const char *name;
        uid_t uid;
        unsigned has;
    } users[] = {
        {"analyst", BENCH_ANALYST, ANALYST}, {"officer", BENCH_OFFICER, ANALYST | OFFICER},
        {"auditor", BENCH_AUDITOR, AUDITOR}, {"admin", BENCH_ADMIN, ADMIN},
        {"stranger", BENCH_STRANGER, 0},     {"owner", BENCH_OWNER, ANALYST | OFFICER | ADMIN},
    };
    struct bench *bench = bench_new();
    struct bench_caller *caller = bench_connect(bench, 0);
    for (size_t i = 0; i < tg_verbs_count; i++) {
        const struct may *may = row_of(tg_verbs[i].name);
        for (size_t k = 0; may && k < sizeof users / sizeof users[0]; k++) {
            caller->caller.uid = users[k].uid;
            bool allowed = (may->roles & users[k].has) != 0;
            cr_expect_eq(refused(bench, caller, may->verb), !allowed, "%s by %s", may->verb, users[k].name);
        }
    }
    bench_free(bench);
}

Test(roles, refusal_names_the_role_and_who_has_it_here)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *stranger = bench_connect(bench, BENCH_STRANGER);
    snprintf(bench->config.control.officer, TG_CONFIG_LIST_BYTES, "@duty, rustam");
    bench->config.control.auditor[0] = 0;
    TG_AUTO(answer) struct answer one = call_by(bench, analyst, ask("withdraw"));
    must_fail(&one, TG_EDENIED,
              "user '#4001' may not 'withdraw': it needs role officer; officers here: #4000, @duty, rustam; "
              "roles stand in [control] of the node's configuration");
    TG_AUTO(answer) struct answer two = call_by(bench, stranger, ask("audit.access"));
    must_fail(&two, TG_EDENIED,
              "user '#4009' may not 'audit.access': it needs role auditor or admin, and this user has none; "
              "auditors here: nobody; admins here: #4000, 4004;");
    bench_free(bench);
}

Test(roles, refusal_with_long_lists_counts_what_it_leaves_out)
{
    struct bench *bench = bench_new();
    struct bench_caller *stranger = bench_connect(bench, BENCH_STRANGER);
    char *list = bench->config.control.analyst;
    list[0] = 0;
    for (int i = 0; i < 60; i++)
        snprintf(list + strlen(list), TG_CONFIG_LIST_BYTES - strlen(list), "%suser%02d", i ? ", " : "", i);
    TG_AUTO(answer) struct answer answer = call_by(bench, stranger, ask("status"));
    must_fail(&answer, TG_EDENIED, "user00, user01");
    cr_expect(strstr(answer.end.message, " more; officers here: #4000, 4002;"), "%s", answer.end.message);
    cr_expect(strstr(answer.end.message, "[control] of the node's configuration"), "%s", answer.end.message);
    bench_free(bench);
}

/* ---- reasons ---- */

Test(reasons, are_asked_for_where_the_configuration_says_so)
{
    struct bench *bench = bench_new();
    published(bench, alert_json("riot", "routine"));
    snprintf(bench->config.control.reason_required, TG_CONFIG_LIST_BYTES, "query, show");
    TG_AUTO(answer) struct answer bare = call(bench, with_text(ask_because("query", ""), "text", "riot"));
    must_fail(&bare, TG_EUSAGE, "add --reason TEXT or --case NUMBER");
    TG_AUTO(answer) struct answer blank = call(bench, with_text(ask_because("show", " \t"), "ref", "TJ-0"));
    must_fail(&blank, TG_EUSAGE, "'show' is not done here without saying why");
    TG_AUTO(answer) struct answer why = call(bench, with_text(ask("query"), "text", "riot"));
    must_be_done(&why);
    TG_AUTO(answer)
    struct answer cased =
        call(bench, with_text(with_text(ask_because("show", ""), "ref", "TJ-0"), "case", "17/2026"));
    must_be_done(&cased);
    TG_AUTO(answer) struct answer other = call(bench, ask_because("records", ""));
    must_be_done(&other);
    bench_free(bench);
}

Test(reasons, all_means_every_verb_that_leaves_an_entry)
{
    struct bench *bench = bench_new();
    struct bench_caller *caller = &bench->callers[0];
    snprintf(bench->config.control.reason_required, TG_CONFIG_LIST_BYTES, "all");
    for (size_t i = 0; i < tg_verbs_count; i++) {
        const char *verb = tg_verbs[i].name;
        struct answer answer;
        bench_begin(bench, caller, ask_because(verb, ""));
        bool ended = bench_read(caller, &answer), asked = ended && answer.end.kind == TG_CONTROL_FAIL &&
                                                          answer.end.err == TG_EUSAGE &&
                                                          strstr(answer.end.message, "without saying why");
        cr_expect_eq(asked, tg_reason_logged(verb), "%s", verb);
        answer_release(&answer);
        bench->handler.on_closed(bench->handler.ctx, &caller->caller);
    }
    bench_free(bench);
}

Test(reasons, names_stand_for_verbs_that_there_are)
{
    const char *name, *verb;
    for (size_t i = 0; tg_reason_at(i, &name, &verb); i++) {
        bool found = !verb;
        for (size_t k = 0; k < tg_verbs_count && !found; k++) found = strcmp(tg_verbs[k].name, verb) == 0;
        cr_expect(found, "'%s' stands for '%s', which is no verb", name, verb);
        cr_expect_eq(tg_reason_check(tg_view_str(name), NULL), TG_OK);
    }
    cr_expect(tg_reason_required("situation", "records"));
    cr_expect(tg_reason_required("peer, alert", "peer.remove"));
    cr_expect_not(tg_reason_required("peer, alert", "query"));
    cr_expect_not(tg_reason_required("", "query"));
    cr_expect_not(tg_reason_required("all", "status"));
}
