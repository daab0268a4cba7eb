/* Lists and long answers: imports that may be repeated, answers in slices that nobody has to wait behind. */
#include "service_help.h"

#define LIST_HEAD ",\"list\":\"demo\",\"external_id\":\"%s\""

static const char *listed(const char *number, const char *phone)
{
    static char head[128];
    snprintf(head, sizeof head, LIST_HEAD, number);
    return phone_json(phone, head);
}

static struct asking *begin(bool full, bool dry_run, bool yes)
{
    struct asking *asking = with_text(with_text(ask("import.begin"), "to", "none"), "list", "demo");
    return with_number(with_number(with_number(asking, "full", full), "dry_run", dry_run), "yes", yes);
}

/* Entries first..last as one or more batches; a changed number for those below `changed`. */
static void import_range(struct bench *bench, int first, int last, int changed)
{
    while (first <= last) {
        struct asking *asking = ask("import.batch");
        for (int i = 0; i < 500 && first <= last; i++, first++) {
            char number[16], phone[32];
            snprintf(number, sizeof number, "N%d", first);
            snprintf(phone, sizeof phone, "+99293%07d", first + (first < changed ? 1000000 : 0));
            with_record(asking, listed(number, phone));
        }
        TG_AUTO(answer) struct answer answer = call(bench, asking);
        must_be_done(&answer);
    }
}

static void import_whole(struct bench *bench, int first, int last)
{
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, false, false));
    must_be_done(&begun);
    import_range(bench, first, last, 0);
    TG_AUTO(answer) struct answer ended = call(bench, ask("import.end"));
    must_be_done(&ended);
    cr_assert_eq(done_number(&ended, "new"), last - first + 1);
}

Test(service_import, adds_once_replaces_what_changed_and_leaves_the_rest)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 40);
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, false, false));
    must_be_done(&begun);
    import_range(bench, 1, 40, 4);
    TG_AUTO(answer) struct answer ended = call(bench, ask("import.end"));
    cr_expect_eq(done_number(&ended, "new"), 0);
    cr_expect_eq(done_number(&ended, "changed"), 3);
    cr_expect_eq(done_number(&ended, "unchanged"), 37);
    TG_AUTO(answer) struct answer live = call(bench, with_text(ask("records"), "list", "demo"));
    cr_expect_eq(done_number(&live, "total"), 40);
    TG_AUTO(answer) struct answer old = call(bench, with_text(ask("query"), "text", "+992930000001"));
    cr_expect_eq(old.row_count, 0);
    cr_expect_eq(done_number(&old, "hidden"), 1);
    bench_free(bench);
}

Test(service_import, counts_a_repeated_entry_once_and_refuses_a_contradiction)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer) struct answer before = call(bench, ask("import.batch"));
    must_fail(&before, TG_EUSAGE, "import.begin");
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, false, false));
    struct asking *asking = ask("import.batch");
    with_record(asking, listed("N1", "+992930000001"));
    with_record(asking, listed("N1", "+992930000001"));
    with_record(asking, listed("N1", "+992930000002"));
    with_record(asking, "nonsense");
    with_record(asking, phone_json("+992930000003", ",\"list\":\"other\",\"external_id\":\"N9\""));
    TG_AUTO(answer) struct answer answer = call(bench, asking);
    must_be_done(&answer);
    cr_expect_eq(done_number(&answer, "new"), 1);
    cr_expect_eq(done_number(&answer, "unchanged"), 1);
    cr_expect_eq(done_number(&answer, "refused"), 3);
    cr_assert_eq(answer.row_count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(tg_control_number(&answer.rows[i], "item", -1), (int64_t)i + 2);
    cr_expect(strstr(row_text(&answer, 0, "error"), "stands twice") != NULL, "%s",
              row_text(&answer, 0, "error"));
    bench_free(bench);
}

Test(service_import, publishes_nothing_in_a_dry_run)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, true, false));
    import_range(bench, 1, 10, 0);
    TG_AUTO(answer) struct answer ended = call(bench, ask("import.end"));
    cr_expect_eq(done_number(&ended, "new"), 10);
    TG_AUTO(answer) struct answer status = call(bench, ask("status"));
    cr_expect_eq(done_number(&status, "entries"), 0);
    bench_free(bench);
}

Test(service_import, withdraws_what_vanished_and_asks_above_five_percent)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 100);
    TG_AUTO(answer) struct answer begun = call(bench, begin(true, false, false));
    import_range(bench, 6, 100, 0);
    TG_AUTO(answer) struct answer five = call(bench, ask("import.end"));
    must_be_done(&five);
    cr_expect_eq(done_number(&five, "withdrawn"), 5); /* exactly five of a hundred */
    TG_AUTO(answer) struct answer again = call(bench, begin(true, false, false));
    import_range(bench, 11, 100, 0); /* five of ninety-five are more */
    TG_AUTO(answer) struct answer asked = call(bench, ask("import.end"));
    must_fail(&asked, TG_EVALUE, "5 of 95");
    TG_AUTO(answer) struct answer yes = call(bench, begin(true, false, true));
    import_range(bench, 11, 100, 0);
    TG_AUTO(answer) struct answer done = call(bench, ask("import.end"));
    cr_expect_eq(done_number(&done, "withdrawn"), 5);
    TG_AUTO(answer) struct answer live = call(bench, with_text(ask("records"), "list", "demo"));
    cr_expect_eq(done_number(&live, "total"), 90);
    bench_free(bench);
}

Test(service_import, withdraws_nothing_when_it_cannot_tell_what_vanished)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 100);
    TG_AUTO(answer) struct answer begun = call(bench, begin(true, false, true));
    import_range(bench, 2, 100, 0);
    TG_AUTO(answer) struct answer bad = call(bench, with_record(ask("import.batch"), "nonsense"));
    must_be_done(&bad);
    TG_AUTO(answer) struct answer ended = call(bench, ask("import.end"));
    must_fail(&ended, TG_EVALUE, "refused");
    TG_AUTO(answer) struct answer live = call(bench, with_text(ask("records"), "list", "demo"));
    cr_expect_eq(done_number(&live, "total"), 100);
    bench_free(bench);
}

Test(service_import, takes_not_back_what_an_officer_withdrew)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 3);
    TG_AUTO(answer)
    struct answer done =
        call(bench, with_text(with_text(ask("withdraw"), "ref", "demo:N2"), "reason", "wrong_person"));
    must_be_done(&done);
    for (int i = 0; i < 5; i++) bench_turn(bench);
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, false, false));
    import_range(bench, 1, 3, 0);
    TG_AUTO(answer) struct answer ended = call(bench, ask("import.end"));
    cr_expect_eq(done_number(&ended, "blocked"), 1);
    cr_expect_eq(done_number(&ended, "unchanged"), 2);
    cr_expect_eq(done_number(&ended, "new"), 0);
    bench_free(bench);
}

/* ---- long answers ---- */

Test(service_answers, come_in_slices_and_lose_nothing_when_the_client_reads_slowly)
{
    struct bench *bench = bench_new();
    enum { RECORDS = 1500 };
    import_whole(bench, 1, RECORDS);
    struct bench_caller *owner = &bench->callers[0];
    bench_begin(bench, owner, with_text(ask("records"), "list", "demo"));
    cr_expect(!bench_ended(owner));
    cr_expect(owner->paused);
    for (int i = 0; !bench_ended(owner); i++) {
        bench->refuse_sends = i % 3;
        bench_turn(bench);
    }
    TG_AUTO(answer) struct answer answer = bench_answer(bench, owner);
    must_be_done(&answer);
    cr_assert_eq(answer.row_count, RECORDS);
    cr_expect_geq(owner->sends, RECORDS / TG_SERVICE_SLICE_ROWS);
    cr_expect_leq(owner->largest_send, TG_SERVICE_SEND_BYTES_MAX + TG_CONTROL_FRAME_BYTES_MAX);
    static bool seen[RECORDS + 1];
    for (size_t i = 0; i < RECORDS; i++) {
        int64_t place = tg_control_number(&answer.rows[i], "index", 0) * TG_BATCH_RECORDS_MAX +
                        tg_control_number(&answer.rows[i], "item", 0);
        size_t n = (size_t)(place / TG_BATCH_RECORDS_MAX * 500 + place % TG_BATCH_RECORDS_MAX);
        cr_assert(n >= 1 && n <= RECORDS && !seen[n], "record %zu twice or never published", n);
        seen[n] = true;
    }
    bench_free(bench);
}

Test(service_answers, never_hold_up_an_alert)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 1500);
    struct bench_caller *owner = &bench->callers[0], *officer = bench_connect(bench, BENCH_OFFICER);
    bench_begin(bench, owner, with_text(ask("records"), "list", "demo"));
    bench_turn(bench);
    bench_begin(bench, officer,
                with_text(with_record(ask("publish"), alert_json("now", "flash")), "to", "none"));
    bench_turn(bench);
    bench_turn(bench);
    cr_expect(bench_ended(officer), "the alert stood behind a long answer");
    cr_expect(!bench_ended(owner));
    bench_free(bench); /* with an answer under way */
}

Test(service_answers, pages_join_to_the_whole_in_order)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 300);
    TG_AUTO(answer) struct answer whole = call(bench, with_text(ask("records"), "list", "demo"));
    size_t at = 0;
    while (at < whole.row_count) {
        struct asking *asking = with_text(ask("records"), "list", "demo");
        TG_AUTO(answer)
        struct answer page =
            call(bench, with_number(with_number(asking, "limit", 70), "offset", (int64_t)at));
        must_be_done(&page);
        cr_expect_eq(done_number(&page, "total"), 300);
        cr_assert_eq(page.row_count, at + 70 <= 300 ? 70 : 300 - at);
        for (size_t i = 0; i < page.row_count; i++)
            cr_assert_str_eq(row_text(&page, i, "ref"), row_text(&whole, at + i, "ref"));
        at += page.row_count;
    }
    TG_AUTO(answer)
    struct answer edge =
        call(bench, with_number(with_text(ask("query"), "list", "demo"), "limit", TG_SERVICE_HITS_MAX));
    must_be_done(&edge);
    TG_AUTO(answer)
    struct answer over =
        call(bench, with_number(with_text(ask("query"), "list", "demo"), "limit", TG_SERVICE_HITS_MAX + 1));
    must_fail(&over, TG_EVALUE, "limit");
    bench_free(bench);
}

Test(service_answers, end_when_the_index_is_rebuilt_under_them)
{
    struct bench *bench = bench_new();
    import_whole(bench, 1, 1000);
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    bench_begin(bench, analyst, with_text(ask("records"), "list", "demo"));
    bench_turn(bench);
    TG_AUTO(answer) struct answer rebuilt = call(bench, ask("reindex"));
    must_be_done(&rebuilt);
    TG_AUTO(answer) struct answer answer = bench_answer(bench, analyst);
    must_fail(&answer, TG_EBUSY, "rebuilt");
    bench_free(bench);
}

Test(service_answers, follow_notices_until_the_client_goes)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    bench_begin(bench, analyst, with_number(ask("notices"), "follow", 1));
    for (int i = 0; i < 5; i++) bench_turn(bench);
    cr_expect(!bench_ended(analyst));
    cr_expect_eq(tg_service_timeout_ms(bench->service), -1); /* nothing to do but wait */
    bench->handler.on_closed(bench->handler.ctx, &analyst->caller);
    bench_turn(bench);
    TG_AUTO(answer) struct answer none = call(bench, ask("notices"));
    must_be_done(&none);
    bench_free(bench);
}

/* Runs in the index until it asks for rest. */
static void press(struct tg_store *store)
{
    for (uint8_t n = 0; !tg_index_pressed(store); n++) {
        struct tg_index_rec rec = {
            .log = 9, .index = n, .time = TG_INDEX_NO_TIME, .expiry = TG_INDEX_NO_TIME};
        uint8_t token[TG_INDEX_TOKEN_BYTES] = {n, 1};
        uint64_t recno;
        cr_assert_eq(tg_index_add(store, &rec, token, 1, NULL, 0, &recno, NULL), TG_OK);
        cr_assert_eq(tg_index_flush(store, NULL, 0, NULL), TG_OK);
    }
}

Test(service_import, waits_for_the_merge_of_the_index_and_an_alert_does_not)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer) struct answer begun = call(bench, begin(false, false, false));
    must_be_done(&begun);
    press(bench->node->store);
    struct bench_caller *owner = &bench->callers[0], *officer = bench_connect(bench, BENCH_OFFICER);
    bench_begin(bench, owner, with_record(ask("import.batch"), listed("N1", "+992930000001")));
    bench_begin(bench, officer,
                with_text(with_record(ask("publish"), alert_json("now", "flash")), "to", "none"));
    for (int turn = 0; turn < 100 && !bench_ended(officer); turn++) {
        cr_assert(!bench_ended(owner), "bulk went ahead");
        bench_turn(bench);
    }
    cr_expect(bench_ended(officer));
    cr_expect(!bench_ended(owner), "bulk did not wait");
    for (int turn = 0; turn < 100 && !bench_ended(owner); turn++) bench_turn(bench);
    cr_expect(bench_ended(owner), "bulk goes on once runs are merged");
    bench_free(bench);
}
