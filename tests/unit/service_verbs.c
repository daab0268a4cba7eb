/* The service's verbs against a real node: who may ask what, what is found, what is written down. */
#include "service_help.h"

#include "proto/evidence.h"

Test(service, refuses_unknown_verbs_and_fields_with_the_nearest)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer) struct answer verb = call(bench, ask("quary"));
    must_fail(&verb, TG_EUSAGE, "did you mean 'query'");
    TG_AUTO(answer) struct answer field = call(bench, with_text(ask("query"), "txet", "x"));
    must_fail(&field, TG_EUSAGE, "did you mean 'text'");
    TG_AUTO(answer) struct answer type = call(bench, with_number(ask("query"), "text", 1));
    must_fail(&type, TG_EUSAGE, "'text' of 'query' is text");
    TG_AUTO(answer)
    struct answer twice = call(bench, with_text(with_text(ask("show"), "ref", "TJ-0"), "ref", "TJ-1"));
    must_fail(&twice, TG_EUSAGE, "stands twice");
    TG_AUTO(answer)
    struct answer many = call(bench, with_text(with_text(ask("records"), "kind", "alert"), "kind", "person"));
    must_be_done(&many);
    bench_free(bench);
}

Test(service, shows_an_auditor_everything_but_the_contents)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Abdullo Rahmonov", "1984-07-21", ""));
    struct bench_caller *auditor = bench_connect(bench, BENCH_AUDITOR);
    TG_AUTO(answer) struct answer owner = call(bench, with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&owner);
    cr_expect(tg_control_has(&owner.rows[0], "record"));
    TG_AUTO(answer) struct answer bare = call_by(bench, auditor, with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&bare);
    cr_expect(!tg_control_has(&bare.rows[0], "record"));
    cr_expect_eq(tg_control_data(&bare.rows[0], "leaf").bytes, 33);
    TG_AUTO(answer) struct answer contents = call_by(bench, auditor, with_text(ask("export"), "ref", "TJ-0"));
    must_fail(&contents, TG_EDENIED, "without contents");
    TG_AUTO(answer)
    struct answer proof =
        call_by(bench, auditor, with_number(with_text(ask("export"), "ref", "TJ-0"), "contents", 0));
    must_be_done(&proof);
    struct tg_view file = tg_control_data(&proof.end, "file");
    cr_expect(memmem(file.data, file.bytes, "Rahmonov", 8) == NULL);
    bench_free(bench);
}

Test(service, finds_a_man_in_another_script_and_not_his_namesake)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Abdullo Rahmonov", "1984-07-21", ""));
    published(bench, person_json("Abdullo Rahmonov", "1961-01-05", ""));
    TG_AUTO(answer)
    struct answer found = call(bench, with_text(ask("query"), "text", "Раҳмонов Абдулло 1984-07-21"));
    must_be_done(&found);
    cr_assert_eq(found.row_count, 1);
    cr_expect_str_eq(row_text(&found, 0, "ref"), "TJ-0");
    cr_expect_str_eq(row_text(&found, 0, "band"), "strong");
    cr_expect(strstr(row_text(&found, 0, "why"), "birth") != NULL, "%s", row_text(&found, 0, "why"));
    TG_AUTO(answer) struct answer both = call(bench, with_text(ask("query"), "name", "Abdullo Rahmonov"));
    cr_expect_eq(both.row_count, 2);
    cr_expect_str_eq(row_text(&both, 0, "band"), "review"); /* a name alone is never more */
    TG_AUTO(answer) struct answer none = call(bench, with_text(ask("query"), "birth", "1984"));
    must_fail(&none, TG_EUSAGE, "give the name too");
    bench_free(bench);
}

Test(service, finds_a_value_however_it_is_written_and_says_why)
{
    struct bench *bench = bench_new();
    published(bench, phone_json("+992 93 123 45 67", ""));
    static const char *const written[] = {"+992931234567", "00992 93 1234567", "93 123 45 67",
                                          "phone:+992931234567"};
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("query"), "text", written[i]));
        must_be_done(&answer);
        cr_assert_eq(answer.row_count, 1, "%s", written[i]);
        cr_expect_str_eq(row_text(&answer, 0, "band"), "exact");
        cr_expect_eq(tg_control_number(&answer.rows[0], "score", 0), TG_SCORE_ONE);
        cr_expect(strstr(row_text(&answer, 0, "why"), "phone +992931234567 equal") != NULL);
    }
    TG_AUTO(answer)
    struct answer value =
        call(bench, with_text(with_text(ask("query"), "type", "phone"), "value", "931234567"));
    cr_expect_eq(value.row_count, 1);
    TG_AUTO(answer)
    struct answer bad = call(bench, with_text(with_text(ask("query"), "type", "imei"), "value", "123"));
    cr_expect_eq(bad.end.kind, TG_CONTROL_FAIL);
    TG_AUTO(answer) struct answer other = call(bench, with_text(ask("query"), "text", "+992931234568"));
    cr_expect_eq(other.row_count, 0);
    bench_free(bench);
}

Test(service, wants_all_words_of_a_text)
{
    struct bench *bench = bench_new();
    published(bench, alert_json("hostages taken in block four", "routine"));
    published(bench, alert_json("hostages freed", "routine"));
    TG_AUTO(answer) struct answer one = call(bench, with_text(ask("query"), "text", "hostages block"));
    cr_assert_eq(one.row_count, 1);
    cr_expect_str_eq(row_text(&one, 0, "band"), "text");
    TG_AUTO(answer) struct answer two = call(bench, with_text(ask("query"), "text", "hostages"));
    cr_expect_eq(two.row_count, 2);
    TG_AUTO(answer)
    struct answer kind =
        call(bench, with_text(with_text(ask("query"), "text", "hostages"), "kind", "person"));
    cr_expect_eq(kind.row_count, 0);
    TG_AUTO(answer) struct answer nothing = call(bench, ask("query"));
    must_fail(&nothing, TG_EUSAGE, "nothing was asked");
    bench_free(bench);
}

Test(service, hides_what_was_replaced_and_what_has_expired)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));
    TG_AUTO(answer) struct answer shown = call(bench, with_text(ask("show"), "ref", "TJ-0"));
    char id[TG_HEX_BYTES(32)], more[128];
    tg_hex_encode(tg_control_data(&shown.rows[0], "id").data, 32, id);
    snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", id);
    published(bench, person_json("Karim Valiev", "1985", more));
    TG_AUTO(answer) struct answer found = call(bench, with_text(ask("query"), "name", "Karim Valiev"));
    cr_assert_eq(found.row_count, 1);
    cr_expect_str_eq(row_text(&found, 0, "ref"), "TJ-1");
    TG_AUTO(answer)
    struct answer all = call(bench, with_text(with_text(ask("records"), "kind", "person"), "state", "all"));
    cr_expect_eq(all.row_count, 2);
    cr_expect_str_eq(row_text(&all, 0, "state"), "superseded");
    bench->now_us += 3LL * 366 * 86400 * 1000000; /* both have expired */
    TG_AUTO(answer) struct answer late = call(bench, with_text(ask("query"), "name", "Karim Valiev"));
    cr_expect_eq(late.row_count, 0);
    cr_expect_eq(done_number(&late, "hidden"), 1);
    bench_free(bench);
}

Test(service, hides_an_expired_record_from_the_first_instant_after_its_last_day)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));       /* expires 2028-01-01 */
    bench->now_us = (1830384000000 - BENCH_EPOCH_MS) * 1000 - 20000; /* that day has 20 ms left */
    TG_AUTO(answer) struct answer last = call(bench, with_text(ask("query"), "name", "Karim Valiev"));
    cr_assert_lt(bench_wall(bench), 1830384000000, "the answer took too long");
    cr_expect_eq(last.row_count, 1);
    bench->now_us = (1830384000000 - BENCH_EPOCH_MS) * 1000;
    TG_AUTO(answer) struct answer after = call(bench, with_text(ask("query"), "name", "Karim Valiev"));
    cr_expect_eq(after.row_count, 0);
    cr_expect_eq(done_number(&after, "hidden"), 1);
    bench_free(bench);
}

Test(service, shows_every_version_from_any_of_them)
{
    struct bench *bench = bench_new();
    char more[128] = "", id[TG_HEX_BYTES(32)], ref[16], birth[16];
    for (int i = 0; i < 4; i++) {
        snprintf(birth, sizeof birth, "%d", 1981 + i);
        published(bench, person_json("Karim Valiev", birth, more));
        snprintf(ref, sizeof ref, "TJ-%d", i);
        TG_AUTO(answer) struct answer shown = call(bench, with_text(ask("show"), "ref", ref));
        tg_hex_encode(tg_control_data(&shown.rows[0], "id").data, 32, id);
        snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", id);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(ref, sizeof ref, "TJ-%d", i);
        TG_AUTO(answer) struct answer shown = call(bench, with_text(ask("show"), "ref", ref));
        int older = 0, newer = 0;
        for (size_t k = 0; k < shown.row_count; k++) {
            const char *relation = tg_control_text(&shown.rows[k], "relation", "");
            older += strcmp(relation, "supersedes") == 0;
            newer += strcmp(relation, "superseded_by") == 0;
        }
        cr_expect_eq(older, i, "%d versions before %s", older, ref);
        cr_expect_eq(newer, 3 - i, "%d versions after %s", newer, ref);
    }
    bench_free(bench);
}

Test(service, tells_what_was_known_at_a_moment)
{
    struct bench *bench = bench_new();
    bench->now_us = 10000000;
    published(bench, alert_json("first", "routine"));
    int64_t between_ms = BENCH_EPOCH_MS + 20000;
    bench->now_us = 30000000;
    published(bench, alert_json("second", "routine"));
    TG_AUTO(answer) struct answer now = call(bench, with_text(ask("records"), "kind", "alert"));
    cr_assert_eq(now.row_count, 2);
    cr_expect_str_eq(row_text(&now, 0, "ref"),
                     "TJ-0"); /* records: in order of time; query: the newest first */
    TG_AUTO(answer) struct answer newest = call(bench, with_text(ask("query"), "kind", "alert"));
    cr_assert_eq(newest.row_count, 2);
    cr_expect_str_eq(row_text(&newest, 0, "ref"), "TJ-1");
    TG_AUTO(answer) struct answer then = call(bench, with_number(ask("records"), "as_of", between_ms));
    cr_assert_eq(then.row_count, 1);
    cr_expect_str_eq(row_text(&then, 0, "ref"), "TJ-0");
    cr_expect_eq(done_number(&then, "total"), 1);
    bench_free(bench);
}

Test(service, writes_down_who_asked_what_and_why)
{
    struct bench *bench = bench_new();
    published(bench, alert_json("riot", "routine"));
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *auditor = bench_connect(bench, BENCH_AUDITOR);
    TG_AUTO(answer)
    struct answer found = call_by(bench, analyst, with_text(ask("query"), "text", "riot\x1b[2J"));
    must_be_done(&found);
    TG_AUTO(answer) struct answer failed = call_by(bench, analyst, with_text(ask("show"), "ref", "TJ-77"));
    cr_expect_eq(failed.end.err, TG_ENOENT);
    TG_AUTO(answer) struct answer log = call_by(bench, auditor, ask("audit.access"));
    must_be_done(&log);
    cr_assert_eq(log.row_count, 3); /* not the reading of the log itself: that is the next one's */
    cr_expect_str_eq(row_text(&log, 0, "verb"), "publish");
    cr_expect_str_eq(row_text(&log, 1, "user"), "#4001");
    cr_expect_str_eq(row_text(&log, 1, "verb"), "query");
    cr_expect_str_eq(row_text(&log, 1, "reason"), "case 7");
    cr_expect_str_eq(row_text(&log, 1, "detail"), "text='riot\\x1b[2J'");
    cr_expect_eq(tg_control_number(&log.rows[1], "hits", -1), (int64_t)found.row_count);
    cr_expect_str_eq(row_text(&log, 2, "verb"), "show");
    TG_AUTO(answer)
    struct answer again = call_by(bench, auditor, with_number(ask("audit.access"), "limit", 1));
    cr_assert_eq(again.row_count, 1);
    cr_expect_str_eq(row_text(&again, 0, "verb"), "audit.access");
    bench_free(bench);
}

Test(service, refuses_to_publish_what_has_its_own_verb_or_another_origin)
{
    struct bench *bench = bench_new();
    char id[TG_HEX_BYTES(32)], more[128], withdrawal[2048];
    memset(id, 'a', 64);
    id[64] = 0;
    snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", id);
    TG_AUTO(answer)
    struct answer unknown = call(bench, with_record(ask("publish"), person_json("A B", "1984", more)));
    must_fail(&unknown, TG_EVALUE, "cannot replace a record");
    snprintf(withdrawal, sizeof withdrawal,
             "{\"v\":1,\"kind\":\"withdrawal\"," HEAD
             "},\"withdrawal\":{\"target\":\"%s\",\"reason\":\"error\"}}",
             id);
    TG_AUTO(answer) struct answer own = call(bench, with_record(ask("publish"), withdrawal));
    must_fail(&own, TG_EUSAGE, "'withdraw'");
    TG_AUTO(answer) struct answer nonsense = call(bench, with_record(ask("publish"), "\xff\xff nonsense"));
    cr_expect_eq(nonsense.end.kind, TG_CONTROL_FAIL);
    TG_AUTO(answer) struct answer none = call(bench, ask("publish"));
    must_fail(&none, TG_EUSAGE, "no record");
    TG_AUTO(answer) struct answer status = call(bench, ask("status"));
    cr_expect_eq(done_number(&status, "entries"), 0);
    bench_free(bench);
}

Test(service, takes_the_precedence_of_the_alert_when_none_is_said)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer)
    struct answer answer = call(bench, with_record(ask("publish"), alert_json("fire", "flash")));
    must_be_done(&answer);
    TG_AUTO(answer) struct answer entries = call(bench, ask("log.entries"));
    cr_expect_str_eq(row_text(&entries, 0, "precedence"), "flash");
    TG_AUTO(answer)
    struct answer over =
        call(bench, with_number(with_record(ask("publish"), alert_json("fire", "flash")), "precedence", 4));
    must_fail(&over, TG_EVALUE, "precedence");
    bench_free(bench);
}

Test(service, waits_for_receipts_until_the_deadline_and_no_longer)
{
    struct bench *bench = bench_new();
    bench_enrol_kg(bench);
    bench->now_us += TG_START_WAIT_US;
    struct bench_caller *owner = &bench->callers[0];
    bench_begin(bench, owner,
                with_number(with_record(ask("publish"), alert_json("x", "flash")), "wait_ms", 500));
    for (int i = 0; i < 10; i++) bench_turn(bench);
    cr_expect(owner->paused);
    cr_expect(!bench_ended(owner));
    cr_expect_gt(tg_service_timeout_ms(bench->service), 0);
    bench->now_us += 499000;
    bench_turn(bench);
    cr_expect(!bench_ended(owner));
    bench->now_us += 1000;
    bench_turn(bench);
    cr_expect(bench_ended(owner));
    cr_expect(!owner->paused);
    TG_AUTO(answer) struct answer answer = bench_answer(bench, owner);
    cr_expect_eq(done_number(&answer, "stored"), 0);
    cr_expect_eq(done_number(&answer, "addressees"), 1);
    bench_free(bench);
}

Test(service, commits_for_a_client_that_has_gone)
{
    struct bench *bench = bench_new();
    struct bench_caller *officer = bench_connect(bench, BENCH_OFFICER);
    bench_begin(bench, officer,
                with_text(with_record(ask("publish"), alert_json("x", "flash")), "to", "none"));
    bench->handler.on_closed(bench->handler.ctx, &officer->caller);
    for (int i = 0; i < 5; i++) bench_turn(bench);
    TG_AUTO(answer) struct answer status = call(bench, ask("status"));
    cr_expect_eq(done_number(&status, "entries"), 1);
    bench_begin(bench, &bench->callers[0], with_record(ask("publish"), alert_json("y", "flash")));
    bench_free(bench); /* with a commit under way: nothing leaks, nobody is called */
}

Test(service, withdraws_one_of_a_batch_and_still_proves_its_neighbour)
{
    struct bench *bench = bench_new();
    struct asking *asking = ask("publish");
    with_record(asking, person_json("Karim Valiev", "1984", ""));
    with_record(asking, person_json("Said Nazarov", "1985", ""));
    TG_AUTO(answer) struct answer published_both = call(bench, with_text(asking, "to", "none"));
    must_be_done(&published_both);
    cr_expect_str_eq(row_text(&published_both, 1, "ref"), "TJ-0#2");
    TG_AUTO(answer) struct answer silent = call(bench, with_text(ask("withdraw"), "ref", "TJ-0#1"));
    must_fail(&silent, TG_EUSAGE, "reason");
    TG_AUTO(answer)
    struct answer done =
        call(bench, with_text(with_text(ask("withdraw"), "ref", "TJ-0#1"), "reason", "wrong_person"));
    must_be_done(&done);
    for (int i = 0; i < 5; i++) bench_turn(bench);
    TG_AUTO(answer) struct answer gone = call(bench, with_text(ask("show"), "ref", "TJ-0#1"));
    must_fail(&gone, TG_EWITHDRAWN, "withdrawn");
    TG_AUTO(answer) struct answer query = call(bench, with_text(ask("query"), "name", "Karim Valiev"));
    cr_expect_eq(query.row_count, 0);
    TG_AUTO(answer) struct answer file = call(bench, with_text(ask("export"), "ref", "TJ-0#2"));
    must_be_done(&file);
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1 << 22);
    struct tg_evidence evidence;
    struct tg_evidence_report report;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_evidence_parse(tg_control_data(&file.end, "file"), &arena, &evidence, NULL, &em), TG_OK,
                 "%s", em.text);
    cr_expect_eq(tg_evidence_verify(&evidence, NULL, 0, &arena, &report, &em), TG_OK, "%s", em.text);
    bench_free(bench);
}

Test(service, answers_the_same_after_a_rebuild_of_the_index)
{
    struct bench *bench = bench_new();
    published(bench, phone_json("+992931234567", ""));
    published(bench, person_json("Abdullo Rahmonov", "1984-07-21", ""));
    static const char *const asked[] = {"+992931234567", "Раҳмонов Абдулло", "TJ-1"};
    for (size_t i = 0; i < 3; i++) {
        TG_AUTO(answer) struct answer before = call(bench, with_text(ask("query"), "text", asked[i]));
        TG_AUTO(answer) struct answer rebuilt = call(bench, ask("reindex"));
        must_be_done(&rebuilt);
        cr_expect_eq(done_number(&rebuilt, "records"), 2);
        TG_AUTO(answer) struct answer after = call(bench, with_text(ask("query"), "text", asked[i]));
        cr_assert_eq(after.row_count, before.row_count);
        cr_assert_eq(after.row_count, 1);
        cr_expect_str_eq(row_text(&after, 0, "ref"), row_text(&before, 0, "ref"));
        cr_expect_str_eq(row_text(&after, 0, "why"), row_text(&before, 0, "why"));
    }
    bench_free(bench);
}

Test(service, tells_which_side_is_at_fault_when_a_peer_is_silent)
{
    struct bench *bench = bench_new();
    bench_enrol_kg(bench);
    TG_AUTO(answer) struct answer peers = call(bench, ask("peer.list"));
    cr_assert_eq(peers.row_count, 1);
    cr_expect_str_eq(row_text(&peers, 0, "state"), "no-endpoint");
    TG_AUTO(answer)
    struct answer test = call(bench, with_number(with_text(ask("peer.test"), "peer", "KG"), "wait_ms", 50));
    must_be_done(&test);
    cr_expect_eq(done_number(&test, "ok"), 0);
    cr_assert_eq(test.row_count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(row_text(&test, i, "result"), i < 2 ? "fail" : "unknown",
                         "what follows from a fault is none");
    TG_AUTO(answer) struct answer unknown = call(bench, with_text(ask("peer.test"), "peer", "UZ"));
    must_fail(&unknown, TG_ENOENT, "UZ");
    TG_AUTO(answer) struct answer removed = call(bench, with_text(ask("peer.remove"), "peer", "KG"));
    must_be_done(&removed);
    cr_expect_str_eq(tg_control_text(&removed.end, "country", ""), "KG");
    bench_free(bench);
}

Test(service, stops_when_an_admin_says_so)
{
    struct bench *bench = bench_new();
    cr_expect(!tg_service_stopping(bench->service));
    TG_AUTO(answer) struct answer answer = call(bench, ask("stop"));
    must_be_done(&answer);
    cr_expect(tg_service_stopping(bench->service));
    bench_free(bench);
}
