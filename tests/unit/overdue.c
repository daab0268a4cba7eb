/* What a partner has not acknowledged is overdue by the limits of the configuration, and a withdrawal by its own deadline. */
#include "trio.h"

#define HOUR_MS INT64_C(3600000)

/* The only thing that KG owes TJ of that kind ("receipt", "erasure"): whether it is overdue, and from when on. */
static bool owed(struct trio *trio, const char *what, int64_t *ret_due_ms, int64_t *ret_since_ms)
{
    TG_AUTO(answer) struct answer answer = call(trio->at[TJ], with_text(ask("log.receipts"), "peer", "KG"));
    must_be_done(&answer);
    for (size_t i = 0; i < answer.row_count; i++) {
        if (strcmp(row_text(&answer, i, "row"), "owed") != 0 ||
            strcmp(row_text(&answer, i, "what"), what) != 0)
            continue;
        *ret_due_ms = tg_control_number(&answer.rows[i], "due_ms", 0);
        *ret_since_ms = tg_control_number(&answer.rows[i], "since_ms", 0);
        return tg_control_number(&answer.rows[i], "overdue", 0) != 0;
    }
    cr_assert(false, "nothing of '%s' is owed", what);
    return false;
}

Test(overdue, goes_by_the_limits_of_the_configuration)
{
    struct trio *trio = trio_new();
    int64_t due, since;
    trio_link(trio, TJ, KG, false);
    trio_publish(trio, TJ, TO(KG), alert_json("to KG", "routine"));
    cr_expect_not(owed(trio, "receipt", &due, &since));
    cr_expect_eq(due - since, TG_OVERDUE_ROUTINE_MS, "as the limits say");
    trio->at[TJ]->node->overdue_seconds[0] = 7200;
    cr_expect_not(owed(trio, "receipt", &due, &since));
    cr_expect_eq(due - since, 2 * HOUR_MS);
    trio_pass(trio, 2 * HOUR_MS - 10000);
    cr_expect_not(owed(trio, "receipt", &due, &since));
    trio_pass(trio, 10000);
    cr_expect(owed(trio, "receipt", &due, &since));
    TG_AUTO(answer)
    struct answer given = call(trio->at[TJ], with_number(ask("log.receipts"), "overdue_ms", 3 * HOUR_MS));
    must_be_done(&given);
    cr_expect_eq(done_number(&given, "overdue"), 0, "who asks with a limit gets that");
    trio_free(trio);
}

Test(overdue, a_withdrawal_goes_by_its_own_deadline)
{
    struct trio *trio = trio_new();
    struct bench *tj = trio->at[TJ];
    int64_t due, since, deadline;
    trio_publish(trio, TJ, TO(KG), alert_json("one", "routine"));
    trio_link(trio, TJ, KG, false);
    deadline = bench_wall(tj) + 5 * HOUR_MS;
    TG_AUTO(answer)
    struct answer early =
        call(tj, with_number(with_text(with_text(ask("withdraw"), "ref", "TJ-0"), "reason", "error"),
                             "deadline_ms", bench_wall(tj)));
    must_fail(&early, TG_EVALUE, "has passed already");
    TG_AUTO(answer)
    struct answer done =
        call(tj, with_number(with_text(with_text(ask("withdraw"), "ref", "TJ-0"), "reason", "error"),
                             "deadline_ms", deadline));
    must_be_done(&done);
    trio_run(trio);
    cr_expect_not(owed(trio, "erasure", &due, &since));
    cr_expect_eq(due, deadline);
    trio_pass(trio, TG_OVERDUE_IMMEDIATE_MS * 2);
    cr_expect_not(owed(trio, "erasure", &due, &since), "later than what has none");
    trio_pass(trio, 5 * HOUR_MS);
    cr_expect(owed(trio, "erasure", &due, &since));
    trio_link(trio, TJ, KG, true);
    for (int i = 0; i < 3; i++) trio_pass(trio, 6000);
    TG_AUTO(answer) struct answer after = call(tj, with_text(ask("log.receipts"), "peer", "KG"));
    must_be_done(&after);
    cr_expect_eq(done_number(&after, "waiting"), 0);
    trio_free(trio);
}
