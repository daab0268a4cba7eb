/* The verb `screen`: batches of values and names, what they meet, what stays quiet, what the access log keeps. */
#include "node/service_internal.h"
#include "service_help.h"

/* ---- batches, as docs/control.md says ---- */

static void u16_put(struct tg_buf *out, size_t number)
{
    uint8_t bytes[2];
    tg_be16_put(bytes, (uint16_t)number);
    cr_assert_eq(tg_buf_put(out, bytes, 2), TG_OK);
}

static void row_put(struct tg_buf *out, const char *document)
{
    cr_assert_eq(tg_buf_put(out, "", 1), TG_OK);
    u16_put(out, strlen(document));
    cr_assert_eq(tg_buf_put_str(out, document), TG_OK);
}

static void value_put(struct tg_buf *out, enum tg_selector_type type, const char *form, uint8_t flags)
{
    uint8_t front[2] = {(uint8_t)type, flags};
    cr_assert_eq(tg_buf_put(out, front, 2), TG_OK);
    u16_put(out, strlen(form));
    cr_assert_eq(tg_buf_put_str(out, form), TG_OK);
}

static void name_put(struct tg_buf *out, const char *name, const char *birth)
{
    uint8_t front[2] = {255, 0}, bytes = (uint8_t)strlen(birth);
    cr_assert_eq(tg_buf_put(out, front, 2), TG_OK);
    u16_put(out, strlen(name));
    cr_assert_eq(tg_buf_put_str(out, name), TG_OK);
    cr_assert_eq(tg_buf_put(out, &bytes, 1), TG_OK);
    cr_assert_eq(tg_buf_put_str(out, birth), TG_OK);
    cr_assert_eq(tg_buf_put(out, "\0", 2), TG_OK);
}

static struct answer screened_all(struct bench *bench, struct tg_buf *items, bool all)
{
    struct asking *asking = with_number(with_text(ask("screen"), "file", "manifest.csv"), "all", all);
    tg_control_put_data(&asking->out, "items", tg_buf_view(items));
    struct answer answer = call(bench, asking);
    tg_buf_release(items);
    return answer;
}
static struct answer screened(struct bench *bench, struct tg_buf *items)
{
    return screened_all(bench, items, false);
}

static const char *passport_json(const char *number)
{
    static char text[1024];
    snprintf(
        text, sizeof text,
        "{\"kind\":\"person\"," HEAD "},\"person\":{\"names\":[{\"text\":\"Karim Valiev\"}],"
        "\"births\":[{\"date\":\"1984-07-21\"}],\"documents\":[{\"type\":\"passport\",\"country\":\"TJ\","
        "\"number\":\"%s\"}],\"status\":\"wanted\"}}",
        number);
    return text;
}

Test(screening, meets_values_and_names_each_by_its_place_in_the_batch)
{
    struct bench *bench = bench_new();
    (void)published(bench, phone_json("+992900000001", ""));
    (void)published(bench, passport_json("A1234567"));
    struct tg_buf items = {0};
    row_put(&items, "");
    value_put(&items, TG_SELECTOR_PHONE, "+992900000002", 0);
    value_put(&items, TG_SELECTOR_PHONE, "+992900000001", 0);
    name_put(&items, "Karim Valiyev", "1984-07-21");
    row_put(&items, "");
    value_put(&items, TG_SELECTOR_PASSPORT, "TJ:A1234567", 1);
    value_put(&items, TG_SELECTOR_PASSPORT, "ZZ:A1234567", 1);
    value_put(&items, TG_SELECTOR_PASSPORT, "ZZ:A1234567", 0);
    TG_AUTO(answer) struct answer answer = screened(bench, &items);
    must_be_done(&answer);
    static const struct {
        int64_t item;
        const char *ref, *band;
    } rows[] = {{1, "TJ-0", "exact"}, {2, "TJ-1", "strong"}, {3, "TJ-1", "exact"}, {4, "TJ-1", "review"}};
    cr_assert_eq(answer.row_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(tg_control_number(&answer.rows[i], "of_item", -1), rows[i].item);
        cr_expect_str_eq(row_text(&answer, i, "ref"), rows[i].ref);
        cr_expect_str_eq(row_text(&answer, i, "band"), rows[i].band);
    }
    cr_expect_str_eq(row_text(&answer, 0, "why"), "phone +992900000001 equal");
    cr_expect_eq(done_number(&answer, "values"), 5);
    cr_expect_eq(done_number(&answer, "names"), 1);
    bench_free(bench);
}

/* Control: without the look at who was judged not to be the one, he is stopped again at every border. */
Test(screening, control_loud_keeps_a_judged_pair_quiet_for_its_document_and_counts_it)
{
    struct bench *bench = bench_new();
    TG_AUTO(answer)
    struct answer made =
        call(bench, with_text(with_record(ask("publish"), person_json("Karim Valiev", "1984-07-21", "")),
                              "to", "none"));
    char json[1024], id[65];
    tg_hex_encode(tg_control_data(&made.rows[0], "id").data, 32, id);
    (void)snprintf(json, sizeof json,
                   "{\"kind\":\"sighting\"," HEAD "},\"sighting\":{\"target\":\"%s\",\"outcome\":\"not_him\","
                   "\"document\":{\"type\":\"passport\",\"country\":\"TJ\",\"number\":\"A7654321\"},"
                   "\"until\":\"2027-01-01\"}}",
                   id);
    (void)published(bench, json);
    static const struct {
        const char *document;
        bool all;
        size_t hits;
        int64_t cleared;
    } cases[] = {{"passport:TJ:A7654321", false, 0, 1},
                 {"passport:TJ:A7654321", true, 1, 1},
                 {"passport:TJ:A7654322", false, 1, 0},
                 {"", false, 1, 0},
                 {"no document", false, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tg_buf items = {0};
        row_put(&items, cases[i].document);
        name_put(&items, "Karim Valiev", "1984-07-21");
        TG_AUTO(answer) struct answer answer = screened_all(bench, &items, cases[i].all);
        must_be_done(&answer);
        cr_assert_eq(answer.row_count, 1, "case %zu", i);
        bool quiet = strcmp(tg_control_text(&answer.rows[0], "row", ""), "cleared") == 0;
        cr_expect_eq(quiet, cases[i].hits == 0, "case %zu", i);
        cr_expect_eq(tg_control_has(&answer.rows[0], "record"), !quiet, "case %zu: contents", i);
        cr_expect_eq(done_number(&answer, "cleared"), cases[i].cleared, "case %zu", i);
        if (cases[i].cleared) cr_expect_str_eq(row_text(&answer, 0, "cleared_until"), "2027-01-01");
    }
    bench_free(bench);
}

Test(screening, shows_twenty_records_of_a_value_and_says_how_many_it_hides)
{
    struct bench *bench = bench_new();
    for (int i = 0; i < TG_SCREEN_SHOWN_MAX + 3; i++) {
        char more[64];
        snprintf(more, sizeof more, ",\"list\":\"watch\",\"external_id\":\"%d\"", i);
        (void)published(bench, phone_json("+992900000001", more));
    }
    struct tg_buf items = {0};
    value_put(&items, TG_SELECTOR_PHONE, "+992900000001", 0);
    TG_AUTO(answer) struct answer answer = screened(bench, &items);
    must_be_done(&answer);
    cr_assert_eq(answer.row_count, TG_SCREEN_SHOWN_MAX + 1);
    cr_expect_str_eq(row_text(&answer, 0, "ref"), "TJ-22", "the newest first");
    cr_expect_str_eq(row_text(&answer, TG_SCREEN_SHOWN_MAX, "row"), "more");
    cr_expect_eq(tg_control_number(&answer.rows[TG_SCREEN_SHOWN_MAX], "total", 0), TG_SCREEN_SHOWN_MAX + 3);
    cr_expect_eq(tg_control_number(&answer.rows[TG_SCREEN_SHOWN_MAX], "given", 0), TG_SCREEN_SHOWN_MAX);
    bench_free(bench);
}

/* Who was shown what, how many were asked, and not one of the values. */
Test(screening, leaves_counts_and_what_was_shown_in_the_access_log_and_no_value)
{
    struct bench *bench = bench_new();
    (void)published(bench, phone_json("+992900000001", ""));
    struct tg_buf items = {0};
    value_put(&items, TG_SELECTOR_PHONE, "+992900000001", 0);
    value_put(&items, TG_SELECTOR_EMAIL, "secret.source@example.tj", 0);
    name_put(&items, "Hidden Person", "");
    TG_AUTO(answer) struct answer answer = screened(bench, &items);
    must_be_done(&answer);
    TG_AUTO(answer) struct answer log = call(bench, with_text(ask("audit.access"), "verb", "screen"));
    must_be_done(&log);
    cr_assert_eq(log.row_count, 1);
    const char *detail = row_text(&log, 0, "detail");
    cr_expect(strstr(detail, "file='manifest.csv'") && strstr(detail, "values=2 names=1"), "%s", detail);
    cr_expect_str_eq(row_text(&log, 0, "reason"), "case 7");
    cr_expect_eq(tg_control_number(&log.rows[0], "hits", -1), 1);
    for (size_t i = 0; i < log.rows[0].field_count; i++) {
        struct tg_view text = log.rows[0].fields[i].data;
        cr_expect(!text.bytes || (!memmem(text.data, text.bytes, "secret", 6) &&
                                  !memmem(text.data, text.bytes, "Hidden", 6) &&
                                  !memmem(text.data, text.bytes, "9000", 4)),
                  "%s keeps what was asked", log.rows[0].fields[i].name);
    }
    bench_free(bench);
}

Test(screening, passes_over_what_is_expired_and_says_so)
{
    struct bench *bench = bench_new();
    (void)published(bench, phone_json("+992900000001", ""));
    while (bench_wall(bench) < INT64_C(1830384000000)) bench->now_us += 86400 * INT64_C(1000000);
    for (int all = 0; all < 2; all++) {
        struct tg_buf items = {0};
        value_put(&items, TG_SELECTOR_PHONE, "+992900000001", 0);
        TG_AUTO(answer) struct answer answer = screened_all(bench, &items, all);
        must_be_done(&answer);
        cr_expect_eq(answer.row_count, (size_t)all);
        cr_expect_eq(done_number(&answer, "hidden"), !all);
    }
    bench_free(bench);
}

Test(screening, refuses_batches_that_are_none)
{
    struct bench *bench = bench_new();
    static const struct {
        const char *bytes;
        size_t count;
        tg_err err;
    } cases[] = {{"\x01\0\0", 3, TG_ESHORT},
                 {"\x01\0\0\x05+99", 7, TG_ESHORT},
                 {"\x63\0\0\x01"
                  "a",
                  5, TG_EVALUE},
                 {"\x01\0\0\x01\xff", 5, TG_EFORMAT},
                 {"\0\0\x01\xff", 4, TG_EFORMAT},
                 {"\xff\0\0\x01"
                  "a\x01\xff\0\0",
                  9, TG_EFORMAT},
                 {"\xff\0\0\x01"
                  "a\0\0",
                  7, TG_ESHORT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tg_buf items = {0};
        cr_assert_eq(tg_buf_put(&items, cases[i].bytes, cases[i].count), TG_OK);
        TG_AUTO(answer) struct answer answer = screened(bench, &items);
        cr_expect_eq(answer.end.kind, TG_CONTROL_FAIL, "case %zu", i);
        cr_expect_eq(answer.end.err, cases[i].err, "case %zu: %s", i, answer.end.message);
    }
    struct tg_buf many = {0};
    for (int i = 0; i <= TG_SCREEN_NAMES_MAX; i++) name_put(&many, "A B", "");
    TG_AUTO(answer) struct answer answer = screened(bench, &many);
    must_fail(&answer, TG_ELIMIT, "names in one batch");
    struct tg_buf none = {0};
    TG_AUTO(answer) struct answer empty = screened(bench, &none);
    must_be_done(&empty);
    cr_expect_str_eq(tg_control_text(&empty.end, "country", ""), "TJ");
    bench_free(bench);
}
