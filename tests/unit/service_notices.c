/* Notices: told when they are durable, resumed by cursor, counted when they are gone. */
#include "node/notices.h"

#include "crypto/aead.h"
#include "service_help.h"

static struct tg_hash hash_of(uint8_t byte)
{
    struct tg_hash hash;
    memset(hash.bytes, byte, sizeof hash.bytes);
    return hash;
}

static void raise_one(struct bench *bench, uint8_t byte, enum tg_notice_kind kind, uint8_t precedence)
{
    struct tg_notice notice = {.kind = kind,
                               .id = hash_of(byte),
                               .log = TG_NOTICE_NO_LOG,
                               .other_log = TG_NOTICE_NO_LOG,
                               .owner = TG_NOTICE_EVERYONE,
                               .precedence = precedence,
                               .nature = precedence == TG_NOTICE_NO_PRECEDENCE ? 0 : TG_NATURE_TEST};
    snprintf(notice.text, sizeof notice.text, "notice %u", byte);
    tg_notices_put(bench->node, &notice);
}

static void raise_plain(struct bench *bench, uint8_t byte)
{
    raise_one(bench, byte, TG_NOTICE_CONVERGENCE, TG_NOTICE_NO_PRECEDENCE);
}

static size_t rows_named(const struct answer *answer, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->row_count; i++)
        count += strcmp(tg_control_text(&answer->rows[i], "row", ""), name) == 0;
    return count;
}

static size_t told_so_far(struct bench_caller *caller)
{
    TG_AUTO(answer) struct answer answer;
    bench_read(caller, &answer);
    return rows_named(&answer, "notice");
}

Test(notices, are_told_to_nobody_before_they_are_durable)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    bench_begin(bench, analyst, with_number(ask("notices"), "follow", 1));
    bench_turn(bench);
    raise_plain(bench, 1);
    tg_service_tick(bench->service);
    cr_expect_eq(told_so_far(analyst), 0, "told, and a crash would forget it");
    bench->now_us += TG_NOTICES_STORE_US;
    bench_turn(bench);
    cr_expect_eq(told_so_far(analyst), 1);
    bench_free(bench);
}

Test(notices, of_an_urgent_alert_do_not_wait_for_others)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    bench_begin(bench, analyst, with_number(ask("notices"), "follow", 1));
    bench_turn(bench);
    raise_one(bench, 1, TG_NOTICE_ALERT, TG_PRECEDENCE_FLASH);
    bench_turn(bench); /* no time has passed */
    cr_expect_eq(told_so_far(analyst), 1);
    bench_free(bench);
}

Test(notices, give_no_cursor_twice_though_the_last_ones_were_withdrawn)
{
    struct bench *bench = bench_new();
    for (uint8_t i = 1; i <= 3; i++) raise_plain(bench, i);
    TG_AUTO(answer) struct answer first = call(bench, ask("notices"));
    cr_expect_eq(done_number(&first, "cursor"), 3);
    struct tg_hash third = hash_of(3);
    tg_notices_forget(bench->node, &third);
    bench_turn(bench);
    bench_restart(bench, true);
    raise_plain(bench, 4);
    TG_AUTO(answer) struct answer resumed = call(bench, with_number(ask("notices"), "after", 3));
    cr_expect_eq(resumed.row_count, 1, "the cursor of the withdrawn one was given to the next");
    cr_expect_eq(done_number(&resumed, "cursor"), 4);
    TG_AUTO(answer) struct answer all = call(bench, ask("notices"));
    cr_expect_eq(all.row_count, 3);
    bench_free(bench);
}

Test(notices, survive_a_clean_end_and_a_crash_with_all_they_say)
{
    for (int crash = 0; crash < 2; crash++) {
        struct bench *bench = bench_new();
        raise_one(bench, 7, TG_NOTICE_ALERT, TG_PRECEDENCE_IMMEDIATE);
        bench_turn(bench);
        bench_restart(bench, crash);
        TG_AUTO(answer) struct answer all = call(bench, ask("notices"));
        cr_assert_eq(all.row_count, 1);
        cr_expect_str_eq(row_text(&all, 0, "text"), "notice 7");
        cr_expect_str_eq(row_text(&all, 0, "kind"), "alert");
        cr_expect_str_eq(row_text(&all, 0, "nature"), "test");
        cr_expect_str_eq(row_text(&all, 0, "precedence"), "immediate");
        bench_free(bench);
    }
}

Test(notices, that_are_no_longer_kept_are_counted_and_dated)
{
    struct bench *bench = bench_new();
    for (size_t i = 0; i < TG_NOTICES_MAX; i++) raise_plain(bench, (uint8_t)i);
    TG_AUTO(answer) struct answer kept = call(bench, with_number(ask("notices"), "after", 10));
    cr_expect_eq(rows_named(&kept, "gone"), 0);
    cr_expect_eq(kept.row_count, TG_NOTICES_MAX - 10);
    raise_plain(bench, 9); /* one more: the oldest quarter goes */
    for (int crash = 0; crash < 2; crash++) {
        TG_AUTO(answer) struct answer late = call(bench, with_number(ask("notices"), "after", 10));
        cr_assert_eq(rows_named(&late, "gone"), 1);
        cr_expect_str_eq(row_text(&late, 0, "row"), "gone", "said before anything else");
        cr_expect_eq(tg_control_number(&late.rows[0], "count", 0), TG_NOTICES_MAX / 4 - 10);
        cr_expect_eq(tg_control_number(&late.rows[0], "before_ms", 0),
                     tg_control_number(&late.rows[1], "at_ms", 0));
        cr_expect_eq(late.row_count, 1 + TG_NOTICES_MAX * 3 / 4 + 1);
        TG_AUTO(answer)
        struct answer caught_up = call(bench, with_number(ask("notices"), "after", TG_NOTICES_MAX / 4));
        cr_expect_eq(rows_named(&caught_up, "gone"), 0, "nothing behind that cursor is gone");
        bench_restart(bench, true);
    }
    bench_free(bench);
}

Test(notices, begin_with_the_newest_or_with_what_comes)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    for (uint8_t i = 1; i <= 5; i++) raise_plain(bench, i);
    TG_AUTO(answer) struct answer two = call(bench, with_number(ask("notices"), "newest", 2));
    cr_assert_eq(two.row_count, 2);
    cr_expect_str_eq(row_text(&two, 0, "text"), "notice 4");
    cr_expect_str_eq(row_text(&two, 1, "text"), "notice 5");
    cr_expect_eq(done_number(&two, "total"), 5);
    TG_AUTO(answer) struct answer many = call(bench, with_number(ask("notices"), "newest", 100));
    cr_expect_eq(many.row_count, 5);
    bench_begin(bench, analyst, with_number(with_number(ask("notices"), "newest", 0), "follow", 1));
    bench_turn(bench);
    cr_expect_eq(told_so_far(analyst), 0);
    raise_one(bench, 6, TG_NOTICE_ALERT, TG_PRECEDENCE_FLASH);
    bench_turn(bench);
    cr_expect_eq(told_so_far(analyst), 1);
    bench_free(bench);
}

Test(notices, say_where_a_follower_stands_once_it_has_all)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    for (uint8_t i = 1; i <= 3; i++) raise_plain(bench, i);
    bench_begin(bench, analyst, with_number(with_number(ask("notices"), "newest", 0), "follow", 1));
    for (int i = 0; i < 3; i++) bench_turn(bench);
    TG_AUTO(answer) struct answer answer;
    bench_read(analyst, &answer);
    cr_assert_eq(answer.row_count, 1);
    cr_expect_str_eq(row_text(&answer, 0, "row"), "waiting");
    cr_expect_eq(tg_control_number(&answer.rows[0], "cursor", 0), 3);
    bench_free(bench);
}

Test(notices, are_narrowed_by_kind_precedence_and_origin)
{
    struct bench *bench = bench_new();
    raise_plain(bench, 1);
    raise_one(bench, 2, TG_NOTICE_ALERT, TG_PRECEDENCE_ROUTINE);
    raise_one(bench, 3, TG_NOTICE_ALERT, TG_PRECEDENCE_FLASH);
    published(bench, alert_json("Of our own", "routine"));
    struct tg_notice ours = {.kind = TG_NOTICE_WITHDRAWAL,
                             .id = hash_of(4),
                             .log = bench->node->logs[0]->number,
                             .other_log = TG_NOTICE_NO_LOG,
                             .owner = TG_NOTICE_EVERYONE,
                             .precedence = TG_NOTICE_NO_PRECEDENCE,
                             .text = "notice 4"};
    tg_notices_put(bench->node, &ours);
    static const struct {
        const char *field, *value, *expected;
    } cases[] = {
        {"kind", "convergence", "notice 1"},
        {"kind", "withdrawal", "notice 4"},
        {"precedence", "priority", "notice 3"},
        {"from", "TJ", "notice 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TG_AUTO(answer)
        struct answer answer = call(bench, with_text(ask("notices"), cases[i].field, cases[i].value));
        cr_assert_eq(answer.row_count, 1, "%s %s: %zu", cases[i].field, cases[i].value, answer.row_count);
        cr_expect_str_eq(row_text(&answer, 0, "text"), cases[i].expected);
        cr_expect_eq(done_number(&answer, "cursor"), 4, "the cursor passes over what was left out");
    }
    TG_AUTO(answer) struct answer wrong = call(bench, with_text(ask("notices"), "kind", "alrt"));
    must_fail(&wrong, TG_EVALUE, "did you mean 'alert'");
    TG_AUTO(answer) struct answer nobody = call(bench, with_text(ask("notices"), "from", "XX"));
    must_fail(&nobody, TG_ENOENT, "XX");
    bench_free(bench);
}

Test(notices, refuse_the_cursor_of_another_store)
{
    struct bench *bench = bench_new();
    raise_plain(bench, 1);
    TG_AUTO(answer) struct answer newest = call(bench, with_number(ask("notices"), "after", 1));
    must_be_done(&newest);
    TG_AUTO(answer) struct answer ahead = call(bench, with_number(ask("notices"), "after", 2));
    must_fail(&ahead, TG_EVALUE, "ahead of the newest notice, 1");
    bench_free(bench);
}

/* As the first version of this program stored them. */
static tg_err put_first_form(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    struct bench *bench = ctx;
    (void)em;
    static const char name[] = "notice/00000000000000000005";
    uint8_t key[32], plain[8 + 1 + 64 + 3] = {0}, value[24 + sizeof plain + 16] = {0};
    plain[7] = 42;
    plain[8] = TG_NOTICE_WITHDRAWAL;
    memcpy(plain + sizeof plain - 3, "old", 3);
    cr_assert_eq(tg_vault_derive(bench->node->vault, "notices", key, sizeof key), TG_OK);
    tg_xaead_seal(key, value, tg_view_str(name), TG_VIEW_ARRAY(plain), value + 24);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), TG_VIEW_ARRAY(value));
}

Test(notices, of_the_first_form_are_still_read)
{
    struct bench *bench = bench_new();
    cr_assert_eq(tg_store_write(bench->node->store, put_first_form, bench, NULL), TG_OK);
    bench_restart(bench, true);
    raise_plain(bench, 6);
    TG_AUTO(answer) struct answer all = call(bench, ask("notices"));
    cr_assert_eq(all.row_count, 2);
    cr_expect_str_eq(row_text(&all, 0, "text"), "old");
    cr_expect_str_eq(row_text(&all, 0, "kind"), "withdrawal");
    cr_expect_eq(tg_control_number(&all.rows[0], "at_ms", 0), 42);
    cr_expect_eq(tg_control_number(&all.rows[1], "cursor", 0), 6);
    bench_free(bench);
}

static size_t withdrawals_told(struct bench *bench, char text[static 128])
{
    TG_AUTO(answer) struct answer answer = call(bench, with_text(ask("notices"), "kind", "withdrawal"));
    must_be_done(&answer);
    if (answer.row_count) snprintf(text, 128, "%s", row_text(&answer, 0, "text"));
    return answer.row_count;
}

Test(notices, that_a_crash_forgot_are_raised_at_the_next_start_and_once)
{
    struct bench *bench = bench_new();
    char ref[64], text[128] = "", expected[128];
    snprintf(ref, sizeof ref, "%s", published(bench, phone_json("+992900000001", "")));
    TG_AUTO(answer)
    struct answer answer = call(bench, with_text(with_text(ask("withdraw"), "ref", ref), "reason", "error"));
    must_be_done(&answer);
    cr_assert_eq(tg_notices_end(bench->node), 0, "stored already: the test shows nothing");
    bench_restart(bench, true);
    snprintf(expected, sizeof expected, "TJ withdrew %s: error", ref);
    cr_expect_eq(withdrawals_told(bench, text), 1);
    cr_expect_str_eq(text, expected);
    for (int crash = 0; crash < 2; crash++) {
        bench_restart(bench, crash);
        cr_expect_eq(withdrawals_told(bench, text), 1, "told again");
    }
    bench_free(bench);
}

Test(notices, that_are_stored_are_owed_no_longer)
{
    struct bench *bench = bench_new();
    published(bench, phone_json("+992900000001", ""));
    bench->now_us += TG_INDEX_FLUSH_US;
    bench_turn(bench);
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    cr_assert_eq(tg_store_read_begin(bench->node->store, &txn, NULL), TG_OK);
    cr_assert_eq(tg_store_scan_named(txn, TG_NAMED_META, &scan), TG_OK);
    while (tg_store_named_next(&scan, &name, &value) == TG_OK)
        cr_expect(!tg_view_starts_with(name, "owed/"), "%.*s", TG_VIEW_PRINT(name));
    tg_store_scan_release(&scan);
    tg_store_read_end(tg_steal_ptr(&txn));
    bench_free(bench);
}
