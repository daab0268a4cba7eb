/* A holder whose store was put back from before a withdrawal: nothing is shown until the withdrawal is here again. */
#include <criterion/criterion.h>

#include "trio.h"

static tg_err row_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)ctx, (void)em;
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str("catching-up"), tg_view_of("", 0));
}

/* Shell words around the folder's name. */
static void shell(const char *before, const char *dir, const char *between, const char *after)
{
    char command[256];
    snprintf(command, sizeof command, "%s '%s'%s '%s%s'", before, dir, between, dir, after);
    cr_assert_eq(system(command), 0);
}

static void withdraw(struct trio *trio, const char *ref)
{
    TG_AUTO(answer)
    struct answer answer =
        call(trio->at[TJ], with_text(with_text(ask("withdraw"), "ref", ref), "reason", "wrong_person"));
    must_be_done(&answer);
    trio_run(trio);
}

static struct answer show(struct trio *trio, const char *ref)
{
    return call(trio->at[KG], with_text(ask("show"), "ref", ref));
}

/* KG with the store that it had when TJ-0 was alive, as a start from a backup leaves it; no link is up. */
static struct trio *put_back(void)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, person_json("A Namesake", "1980-01-01", ""));
    cr_assert_eq(tg_store_write(trio->at[KG]->node->store, row_txn, NULL, NULL), TG_OK);
    trio_stop(trio, KG);
    shell("cp -a", trio->at[KG]->dir, "", ".old");
    trio_start(trio, KG);
    for (int k = 0; k < TRIO; k++)
        if (k != KG) trio_link(trio, KG, k, true);
    trio_run(trio);
    withdraw(trio, "TJ-0");
    TG_AUTO(answer) struct answer gone = show(trio, "TJ-0");
    cr_assert_eq(gone.end.err, TG_EWITHDRAWN, "%s", gone.end.message);
    trio_stop(trio, KG);
    shell("rm -rf", trio->at[KG]->dir, "; test ! -e", "");
    char old[80];
    snprintf(old, sizeof old, "%s.old", trio->at[KG]->dir);
    cr_assert_eq(rename(old, trio->at[KG]->dir), 0);
    trio_start(trio, KG);
    return trio;
}

Test(catch_up, control_nothing_is_shown_before_withdrawals_are_here)
{
    struct trio *trio = put_back();
    static const char *const verbs[] = {"query",   "show",   "records",    "inbox",
                                        "notices", "export", "review.list"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        TG_AUTO(answer) struct answer answer = call(trio->at[KG], ask(verbs[i]));
        must_fail(&answer, TG_EDENIED, "waiting until all is here from");
        cr_expect_eq(answer.row_count, 0);
    }
    TG_AUTO(answer) struct answer status = call(trio->at[KG], ask("status"));
    must_be_done(&status);
    /* One partner alone is not enough: the other may have withdrawn something. */
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    TG_AUTO(answer) struct answer waits = show(trio, "TJ-0");
    must_fail(&waits, TG_EDENIED, "from TJ");
    trio_restart(trio, KG); /* and with all of them it goes on, also after one more start */
    trio_run(trio);
    TG_AUTO(answer) struct answer gone = show(trio, "TJ-0");
    must_fail(&gone, TG_EWITHDRAWN, "withdrawn");
    trio_restart(trio, KG);
    TG_AUTO(answer) struct answer still = show(trio, "TJ-0");
    must_fail(&still, TG_EWITHDRAWN, "withdrawn");
    trio_free(trio);
}

Test(catch_up, a_store_that_was_not_put_back_answers_at_once)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, person_json("A Namesake", "1980-01-01", ""));
    trio_stop(trio, KG);
    trio_start(trio, KG);
    TG_AUTO(answer) struct answer shown = show(trio, "TJ-0");
    must_be_done(&shown);
    trio_free(trio);
}
