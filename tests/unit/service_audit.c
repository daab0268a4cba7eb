/* The access log and what auditors read of it: nothing leaves unlogged, and every record that was shown is named. */
#include "service_help.h"

static struct answer audit(struct bench *bench, struct asking *asking)
{
    struct answer answer = call_by(bench, bench_connect(bench, BENCH_AUDITOR), asking);
    must_be_done(&answer);
    return answer;
}

static uint64_t entries(struct bench *bench)
{
    struct tg_rtxn *txn = NULL;
    uint64_t end = 0;
    cr_assert_eq(tg_store_read_begin(bench->node->store, &txn, NULL), TG_OK);
    cr_assert_eq(tg_store_access_end(txn, &end), TG_OK);
    tg_store_read_end(txn);
    return end;
}

/* ---- places ---- */

Test(places, join_what_continues_in_either_direction)
{
    TG_AUTO(tg_places) struct tg_places places = {0};
    for (uint16_t n = 5; n <= 8; n++)
        cr_assert_eq(tg_places_add(&places, &(struct tg_place){.log = 1, .index = 7, .first = n, .count = 1}),
                     0);
    for (uint16_t n = 4; n >= 2; n--)
        cr_assert_eq(tg_places_add(&places, &(struct tg_place){.log = 1, .index = 7, .first = n, .count = 1}),
                     0);
    cr_assert_eq(tg_places_add(&places, &(struct tg_place){.log = 1, .index = 7, .first = 3, .count = 1}), 0);
    cr_assert_eq(tg_places_add(&places, &(struct tg_place){.log = 1, .index = 8, .first = 9, .count = 1}), 0);
    cr_assert_eq(tg_places_count(tg_places_view(&places)), 2);
    struct tg_place first = tg_places_at(tg_places_view(&places), 0);
    cr_expect_eq(first.first, 2);
    cr_expect_eq(first.count, 7);
    cr_expect(tg_place_holds(&first, 1, 7, 8));
    cr_expect(!tg_place_holds(&first, 1, 7, 9));
    cr_expect(!tg_place_holds(&first, 2, 7, 8));
    cr_expect(!tg_place_holds(&first, 1, 7, 1));
}

static tg_err count_places(void *ctx, uint64_t number, const struct tg_access *access)
{
    (void)number;
    *(size_t *)ctx += tg_places_count(access->places);
    return TG_OK;
}

Test(places, more_than_one_entry_holds_go_on_in_the_next)
{
    struct bench *bench = bench_new();
    TG_AUTO(tg_places) struct tg_places places = {0};
    size_t most = 2 * TG_ACCESS_PLACES_MAX + 1, counted = 0;
    for (size_t i = 0; i < most; i++)
        cr_assert_eq(
            tg_places_add(&places, &(struct tg_place){.log = 1, .index = 2 * i, .first = 1, .count = 1}), 0);
    struct tg_access access = {
        .at_ms = 5, .user = "u", .verb = "query", .reason = "", .case_number = "", .detail = ""};
    access.places = tg_places_view(&places);
    access.hits = most;
    uint64_t before = entries(bench);
    cr_assert_eq(tg_access_put(bench->node, &access, NULL), TG_OK);
    cr_expect_eq(entries(bench), before + 3);
    struct tg_rtxn *txn = NULL;
    cr_assert_eq(tg_store_read_begin(bench->node->store, &txn, NULL), TG_OK);
    for (uint64_t i = before; i < before + 3; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, 2 * TG_STORE_ACCESS_BYTES_MAX);
        int64_t at_ms;
        struct tg_view value;
        struct tg_access read;
        cr_assert_eq(tg_store_access_get(txn, i, &at_ms, &value), TG_OK);
        cr_assert_eq(tg_access_decode(bench->node, at_ms, value, &arena, &read), TG_OK);
        cr_expect_eq(read.hits, i == before ? most : 0, "the hits are counted once");
        count_places(&counted, i, &read);
    }
    cr_expect_eq(counted, most);
    tg_store_read_end(txn);
    bench_free(bench);
}

/* ---- before it leaves ---- */

/* The first frame with something in it meets a log that is longer than when the call began. */
static uint64_t expected_entries;
static void must_be_logged(struct bench *bench, struct tg_view frames)
{
    struct tg_view frame;
    size_t consumed;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, SIZE_MAX / 2);
    while (tg_control_frame(frames, &frame, &consumed) == TG_OK) {
        struct tg_control_msg msg;
        cr_assert_eq(tg_control_decode(frame, &arena, &msg, NULL), TG_OK);
        if (msg.kind == TG_CONTROL_ROW || msg.kind == TG_CONTROL_DONE)
            cr_assert_geq(entries(bench), expected_entries, "an answer leaves before its entry is durable");
        frames = tg_view_of(frames.data + consumed, frames.bytes - consumed);
    }
}

static void logged_call(struct bench *bench, struct asking *asking)
{
    expected_entries = entries(bench) + 1;
    bench->on_send = must_be_logged;
    TG_AUTO(answer) struct answer answer = call(bench, asking);
    must_be_done(&answer);
    bench->on_send = NULL;
}

Test(audit, control_no_answer_leaves_before_its_entry_is_durable)
{
    struct bench *bench = bench_new();
    snprintf(bench->config.control.auditor, TG_CONFIG_LIST_BYTES, "%d", BENCH_OWNER);
    published(bench, person_json("Karim Valiev", "1984", ""));
    published(bench, alert_json("riot", "flash"));
    logged_call(bench, with_text(ask("query"), "text", "Karim Valiev"));
    logged_call(bench, with_text(ask("query"), "kind", "person"));
    logged_call(bench, with_text(ask("show"), "ref", "TJ-0"));
    logged_call(bench, ask("records"));
    logged_call(bench, ask("notices"));
    logged_call(bench, with_text(ask("export"), "ref", "TJ-0"));
    logged_call(bench,
                with_number(with_text(ask("watch.add"), "text", "riot"), "until", BENCH_EPOCH_MS + 86400000));
    logged_call(bench, ask("dispute.list"));
    logged_call(bench, ask("review.list"));
    logged_call(bench, ask("audit.access"));
    logged_call(bench, with_text(ask("audit.access"), "by", "record"));
    logged_call(bench, ask("audit.sample"));
    logged_call(bench, ask("audit.statistics"));
    logged_call(bench, with_text(ask("audit.redress"), "ref", "TJ-0"));
    bench_free(bench);
}

Test(audit, what_comes_later_to_a_follower_is_logged_too)
{
    struct bench *bench = bench_new();
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    TG_AUTO(answer)
    struct answer query = call_by(bench, analyst, with_text(ask("watch.add"), "text", "riot"));
    must_be_done(&query);
    bench_begin(bench, analyst, with_number(ask("notices"), "follow", 1));
    bench_turn(bench);
    published(bench, alert_json("riot", "flash"));
    expected_entries = entries(bench) + 1;
    bench->on_send = must_be_logged;
    for (int i = 0; i < 50; i++) {
        bench_turn(bench);
        bench->now_us += 10000;
    }
    bench->on_send = NULL;
    struct answer so_far;
    size_t told = 0;
    (void)bench_read(analyst, &so_far);
    for (size_t i = 0; i < so_far.row_count; i++) told += strcmp(row_text(&so_far, i, "row"), "notice") == 0;
    answer_release(&so_far);
    cr_assert_eq(told, 1, "no notice came");
    TG_AUTO(answer) struct answer log = audit(bench, with_text(ask("audit.access"), "verb", "notices"));
    cr_assert_eq(log.row_count, 2, "one entry for what was there, one for what came later");
    cr_expect_str_eq(row_text(&log, 0, "records"), "");
    cr_expect_str_eq(row_text(&log, 1, "records"), "TJ-0");
    bench_free(bench);
}

/* ---- what an entry says ---- */

Test(audit, names_every_record_that_was_shown_and_the_case)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));
    published(bench, person_json("Karim Valiev", "1961", ""));
    published(bench, person_json("Safar Odinaev", "1970", ""));
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST);
    TG_AUTO(answer)
    struct answer found =
        call_by(bench, analyst,
                with_text(with_text(ask_because("query", ""), "name", "Karim Valiev"), "case", "12/26"));
    cr_assert_eq(found.row_count, 2);
    TG_AUTO(answer)
    struct answer one =
        call_by(bench, analyst, with_number(with_text(ask("query"), "name", "Karim Valiev"), "limit", 1));
    cr_assert_eq(one.row_count, 1);
    char shown[64];
    snprintf(shown, sizeof shown, "%s", row_text(&one, 0, "ref"));
    TG_AUTO(answer) struct answer log = audit(bench, with_text(ask("audit.access"), "user", "#4001"));
    cr_assert_eq(log.row_count, 2);
    cr_expect_str_eq(row_text(&log, 0, "case"), "12/26");
    cr_expect_str_eq(row_text(&log, 0, "reason"), "");
    cr_expect_str_eq(row_text(&log, 0, "detail"), "name='Karim Valiev'");
    cr_expect(strstr(row_text(&log, 0, "records"), "TJ-0") && strstr(row_text(&log, 0, "records"), "TJ-1"));
    cr_expect_eq(tg_control_number(&log.rows[0], "record_count", 0), 2);
    cr_expect_str_eq(row_text(&log, 1, "records"), shown, "what a limit kept back was not shown");
    cr_expect_eq(tg_control_number(&log.rows[1], "hits", 0), 2);
    TG_AUTO(answer) struct answer other = audit(bench, with_text(ask("audit.access"), "record", "TJ-2"));
    cr_assert_eq(other.row_count, 1);
    cr_expect_str_eq(row_text(&other, 0, "verb"), "publish");
    cr_expect_eq(tg_control_number(&other.rows[0], "made", 0), 1);
    TG_AUTO(answer) struct answer of_case = audit(bench, with_text(ask("audit.access"), "for_case", "12/26"));
    cr_expect_eq(of_case.row_count, 1);
    bench_free(bench);
}

Test(audit, a_commit_has_its_entry_and_a_refused_one_has_none)
{
    struct bench *bench = bench_new();
    uint64_t before = entries(bench);
    TG_AUTO(answer) struct answer refused = call(bench, with_record(ask("publish"), "nonsense"));
    cr_expect_eq(refused.end.kind, TG_CONTROL_FAIL);
    cr_expect_eq(entries(bench), before);
    TG_AUTO(answer)
    struct answer three =
        call(bench, with_text(with_record(with_record(ask("publish"), phone_json("+992930000001", "")),
                                          phone_json("+992930000002", "")),
                              "to", "none"));
    must_be_done(&three);
    cr_expect_eq(entries(bench), before + 1);
    TG_AUTO(answer)
    struct answer gone =
        call(bench, with_text(with_text(ask("withdraw"), "ref", "TJ-0#2"), "reason", "error"));
    must_be_done(&gone);
    TG_AUTO(answer) struct answer log = audit(bench, with_text(ask("audit.access"), "record", "TJ-0#2"));
    cr_assert_eq(log.row_count, 2, "the erased one is still known by its place");
    cr_expect_str_eq(row_text(&log, 0, "verb"), "publish");
    cr_expect_str_eq(row_text(&log, 0, "records"), "TJ-0#1,TJ-0#2");
    cr_expect_str_eq(row_text(&log, 0, "detail"), "to='none' records=2");
    cr_expect_str_eq(row_text(&log, 1, "verb"), "withdraw");
    bench_free(bench);
}

Test(audit, an_import_says_why_at_its_begin_and_in_each_batch)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer)
    struct answer begun = call(
        bench, with_text(with_text(ask_because("import.begin", "decree 5"), "list", "demo"), "to", "none"));
    must_be_done(&begun);
    TG_AUTO(answer)
    struct answer batch =
        call(bench, with_record(ask_because("import.batch", ""),
                                phone_json("+992930000001", ",\"list\":\"demo\",\"external_id\":\"N1\"")));
    must_be_done(&batch);
    TG_AUTO(answer) struct answer log = audit(bench, ask("audit.access"));
    cr_assert_eq(log.row_count, 2);
    cr_expect_str_eq(row_text(&log, 0, "verb"), "import.begin");
    cr_expect_str_eq(row_text(&log, 1, "verb"), "import.batch");
    cr_expect_str_eq(row_text(&log, 1, "reason"), "decree 5");
    cr_expect_str_eq(row_text(&log, 1, "records"), "TJ-0");
    bench_free(bench);
}

/* ---- reading it ---- */

Test(audit, adds_up_by_user_and_by_record)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *officer = bench_connect(bench, BENCH_OFFICER);
    for (int i = 0; i < 3; i++) {
        bench->now_us += 1000000;
        TG_AUTO(answer)
        struct answer shown =
            call_by(bench, analyst, with_text(ask_because("show", i ? "" : "x"), "ref", "TJ-0"));
        must_be_done(&shown);
    }
    TG_AUTO(answer) struct answer shown = call_by(bench, officer, with_text(ask("show"), "ref", "TJ-0"));
    must_be_done(&shown);
    TG_AUTO(answer)
    struct answer users =
        audit(bench, with_text(with_text(ask("audit.access"), "by", "user"), "verb", "show"));
    cr_assert_eq(users.row_count, 2);
    cr_expect_str_eq(row_text(&users, 0, "user"), "#4001", "who asked most stands first");
    cr_expect_eq(tg_control_number(&users.rows[0], "asks", 0), 3);
    cr_expect_eq(tg_control_number(&users.rows[0], "unreasoned", 0), 2);
    cr_expect_eq(tg_control_number(&users.rows[0], "last_ms", 0) -
                     tg_control_number(&users.rows[0], "first_ms", 0),
                 2000);
    TG_AUTO(answer) struct answer records = audit(bench, with_text(ask("audit.access"), "by", "record"));
    cr_assert_eq(records.row_count, 2, "who made it was not shown it");
    cr_expect_str_eq(row_text(&records, 0, "record"), "TJ-0");
    cr_expect_str_eq(row_text(&records, 0, "user"), "#4001");
    TG_AUTO(answer)
    struct answer bare =
        audit(bench, with_number(with_text(ask("audit.access"), "verb", "show"), "unreasoned", 1));
    cr_expect_eq(bare.row_count, 2);
    TG_AUTO(answer)
    struct answer wrong =
        call_by(bench, bench_connect(bench, BENCH_AUDITOR), with_text(ask("audit.access"), "by", "day"));
    must_fail(&wrong, TG_EVALUE, "by is 'entry'");
    bench_free(bench);
}

Test(audit, gives_the_newest_and_says_when_older_ones_fit)
{
    struct bench *bench = bench_new();
    for (int i = 0; i < 5; i++) {
        TG_AUTO(answer) struct answer shown = call(bench, with_text(ask("query"), "text", "x"));
        must_be_done(&shown);
        bench->now_us += 1000000;
    }
    TG_AUTO(answer) struct answer two = audit(bench, with_number(ask("audit.access"), "limit", 2));
    cr_assert_eq(two.row_count, 2);
    cr_expect_eq(tg_control_number(&two.rows[0], "seq", -1), 3);
    cr_expect_eq(tg_control_number(&two.rows[1], "seq", -1), 4);
    cr_expect_eq(done_number(&two, "more"), 1);
    int64_t middle = tg_control_number(&two.rows[0], "at_ms", 0);
    TG_AUTO(answer) struct answer until = audit(bench, with_number(ask("audit.access"), "until", middle));
    cr_expect_eq(until.row_count, 3);
    cr_expect_eq(done_number(&until, "more"), 0);
    bench_free(bench);
}

Test(audit, draws_the_same_sample_with_the_same_seed_and_another_with_another)
{
    struct bench *bench = bench_new();
    for (int i = 0; i < 60; i++) {
        TG_AUTO(answer)
        struct answer shown = call_by(bench, &bench->callers[0], with_text(ask("query"), "text", "x"));
        must_be_done(&shown);
    }
    int64_t drawn[3][5];
    for (int i = 0; i < 3; i++) {
        TG_AUTO(answer)
        struct answer sample =
            audit(bench,
                  with_text(with_number(with_number(ask("audit.sample"), "limit", 5), "seed", i == 2 ? 8 : 7),
                            "verb", "query"));
        cr_assert_eq(sample.row_count, 5);
        cr_expect_eq(done_number(&sample, "fitting"), 60);
        for (size_t k = 0; k < 5; k++) drawn[i][k] = tg_control_number(&sample.rows[k], "seq", -1);
        for (size_t k = 1; k < 5; k++) cr_expect_gt(drawn[i][k], drawn[i][k - 1]);
    }
    cr_expect_arr_eq(drawn[0], drawn[1], sizeof drawn[0]);
    cr_expect_arr_neq(drawn[0], drawn[2], sizeof drawn[0]);
    bench_free(bench);
}

/* ---- redress, statistics ---- */

static bool anywhere(const struct answer *answer, const char *text)
{
    for (size_t i = 0; i < answer->row_count; i++)
        for (size_t k = 0; k < answer->rows[i].field_count; k++) {
            const struct tg_control_field *field = &answer->rows[i].fields[k];
            if (field->type != TG_CONTROL_NUMBER && field->data.bytes &&
                memmem(field->data.data, field->data.bytes, text, strlen(text)))
                return true;
        }
    return false;
}

static size_t rows_of(const struct answer *answer, const char *row)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->row_count; i++) count += strcmp(row_text(answer, i, "row"), row) == 0;
    return count;
}

static const char *told_by_somebody(void)
{
    static char text[4096];
    snprintf(text, sizeof text, "%s", person_json("Karim Valiev", "1984", ""));
    char *at = strstr(text, "\"custody\",\"name\":\"S\"");
    cr_assert(at != NULL);
    char rest[4096];
    snprintf(rest, sizeof rest, "%s", at + strlen("\"custody\",\"name\":\"S\""));
    snprintf(at, sizeof text - (size_t)(at - text), "\"human\",\"name\":\"Adham the neighbour\"%s", rest);
    return text;
}

Test(audit, redress_tells_everything_but_contents_and_who_told_it)
{
    struct bench *bench = bench_new();
    published(bench, told_by_somebody());
    TG_AUTO(answer)
    struct answer shown =
        call_by(bench, bench_connect(bench, BENCH_ANALYST), with_text(ask("show"), "ref", "TJ-0"));
    char id[TG_HEX_BYTES(32)], more[128];
    tg_hex_encode(tg_control_data(&shown.rows[0], "id").data, 32, id);
    snprintf(more, sizeof more, ",\"supersedes\":\"%s\"", id);
    published(bench, person_json("Karim Valiev", "1985", more));
    TG_AUTO(answer) struct answer old = audit(bench, with_text(ask("audit.redress"), "ref", "TJ-0"));
    cr_expect(anywhere(&old, "human"));
    cr_expect(!anywhere(&old, "Adham"), "a human source is named");
    cr_expect(!anywhere(&old, "Valiev"), "contents are shown");
    cr_expect_eq(rows_of(&old, "reader"), 1);
    cr_expect_eq(rows_of(&old, "author"), 2, "who entered it, and who replaced it");
    cr_expect_eq(rows_of(&old, "holder"), 1);
    cr_expect_eq(rows_of(&old, "related"), 1, "what replaced it followed");
    TG_AUTO(answer) struct answer new = audit(bench, with_text(ask("audit.redress"), "ref", "TJ-1"));
    cr_expect_eq(rows_of(&new, "reader"), 1, "who saw what it replaced is its reader; auditors are not");
    cr_expect_eq(rows_of(&new, "version"), 1);
    TG_AUTO(answer)
    struct answer none =
        call_by(bench, bench_connect(bench, BENCH_AUDITOR), with_text(ask("audit.redress"), "ref", "TJ-9"));
    must_fail(&none, TG_ENOENT, "no record");
    bench_free(bench);
}

Test(audit, says_to_how_many_users_a_replaced_version_was_shown)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));
    struct bench_caller *analyst = bench_connect(bench, BENCH_ANALYST),
                        *officer = bench_connect(bench, BENCH_OFFICER);
    TG_AUTO(answer)
    struct answer one = call_by(bench, analyst, with_text(ask("query"), "name", "Karim Valiev"));
    TG_AUTO(answer)
    struct answer two = call_by(bench, officer, with_text(ask("query"), "name", "Karim Valiev"));
    TG_AUTO(answer)
    struct answer other =
        call_by(bench, bench_connect(bench, BENCH_OWNER), with_text(ask("query"), "name", "Safar"));
    TG_AUTO(answer)
    struct answer gone =
        call(bench, with_text(with_text(ask("withdraw"), "ref", "TJ-0"), "reason", "wrong_person"));
    must_be_done(&gone);
    cr_expect_eq(done_number(&gone, "readers"), 2);
    bench_free(bench);
}

Test(audit, statistics_count_what_is_wrong)
{
    struct bench *bench = bench_new();
    published(bench, person_json("Karim Valiev", "1984", ""));
    char minor[4096];
    snprintf(minor, sizeof minor, "%s", person_json("Safar Odinaev", "2012", ""));
    char *at = strstr(minor, "\"status\":");
    char rest[256];
    snprintf(rest, sizeof rest, "%s", at);
    snprintf(at, sizeof minor - (size_t)(at - minor), "\"minor\":true,%s", rest);
    published(bench, minor);
    char bare[4096];
    snprintf(bare, sizeof bare, "%s", phone_json("+992930000001", ""));
    at = strstr(bare, "\"legal_basis\":\"L\",");
    memmove(at, at + strlen("\"legal_basis\":\"L\","), strlen(at + strlen("\"legal_basis\":\"L\",")) + 1);
    published(bench, bare);
    TG_AUTO(answer) struct answer asked = call(bench, with_text(ask_because("query", ""), "text", "x"));
    bench->now_us += 400LL * 86400 * 1000000; /* reviews have passed, nothing has expired */
    TG_AUTO(answer) struct answer sums = audit(bench, ask("audit.statistics"));
    cr_expect_eq(done_number(&sums, "no_basis"), 1);
    cr_expect_eq(done_number(&sums, "minors"), 1);
    cr_expect_eq(done_number(&sums, "reviews_overdue"), 3);
    cr_expect_eq(done_number(&sums, "asked"), 1);
    cr_expect_eq(done_number(&sums, "asked_unreasoned"), 1);
    cr_expect_eq(done_number(&sums, "made"), 3);
    cr_expect_eq(sums.row_count, 2);
    bench_free(bench);
}
