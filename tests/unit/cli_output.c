/* Tables, wrapping, readings and JSON lines, on streams in memory. */
#include <criterion/criterion.h>

#include "cli/draft.h"
#include "cli/table.h"

static struct tg_cli cli;
static char *out;
static size_t out_bytes;

static void start(void)
{
    cli = (struct tg_cli){.columns = 40};
    cli.out = open_memstream(&out, &out_bytes);
}
static void stop(void)
{
    if (cli.out) fclose(cli.out);
    free(out);
}
TestSuite(cli_output, .init = start, .fini = stop);

static const char *screen(void)
{
    fflush(cli.out);
    return out;
}

static const struct tg_column columns[] = {
    {"ref", "record", TG_COLUMN_TEXT, false},
    {"count", "n", TG_COLUMN_NUMBER, false},
    {"text", "what it says", TG_COLUMN_TEXT, true},
    {"at", NULL, TG_COLUMN_TIME, false},
};

static void rows_put(struct tg_table *table)
{
    tg_table_begin(table, &cli, "sample", columns, 4);
    tg_table_str(table, "TJ-7");
    tg_table_number(table, 1234567);
    tg_table_str(table, "one two three four five six seven");
    tg_table_time(table, 1719748800000);
    tg_table_row(table);
    tg_table_str(table, "a\tb\n\x1b");
    tg_table_number(table, -5);
    tg_table_none(table);
    tg_table_time(table, 0);
    tg_table_row(table);
    cr_assert_eq(tg_table_end(table), TG_OK);
    tg_table_release(table);
}

Test(cli_output, text_is_aligned_and_wraps_nothing_away)
{
    struct tg_table table;
    rows_put(&table);
    cr_expect_str_eq(screen(), "record              n  what it says\n"
                               "TJ-7        1,234,567  one two three\n"
                               "                       four five six\n"
                               "                       seven\n"
                               "a\\tb\\n\\x1b         -5  -\n");
}

Test(cli_output, several_columns_that_wrap_share_what_is_left)
{
    static const struct tg_column two[] = {
        {"ref", "record", TG_COLUMN_TEXT, false},
        {"what", "what", TG_COLUMN_TEXT, true},
        {"why", "why", TG_COLUMN_TEXT, true},
    };
    struct tg_table table;
    tg_table_begin(&table, &cli, "sample", two, 3);
    tg_table_str(&table, "TJ-7");
    tg_table_str(&table, "one two three four");
    tg_table_str(&table, "five six seven eight");
    tg_table_row(&table);
    tg_table_str(&table, "TJ-8");
    tg_table_str(&table, "one");
    tg_table_str(&table, "two");
    tg_table_row(&table);
    cr_assert_eq(tg_table_end(&table), TG_OK);
    tg_table_release(&table);
    cr_expect_str_eq(screen(), "record  what             why\n"
                               "TJ-7    one two three    five six seven\n"
                               "        four             eight\n"
                               "TJ-8    one              two\n");
}

Test(cli_output, tsv_has_a_header_and_keeps_its_columns)
{
    struct tg_table table;
    cli.format = TG_FORMAT_TSV;
    rows_put(&table);
    cr_expect_str_eq(screen(), "ref\tcount\ttext\tat\n"
                               "TJ-7\t1234567\tone two three four five six seven\t2024-06-30T12:00:00Z\n"
                               "a\\tb\\n\\x1b\t-5\t\t\n");
}

Test(cli_output, json_lines_have_a_version_and_nulls_for_what_is_not_known)
{
    struct tg_table table;
    cli.format = TG_FORMAT_JSON;
    rows_put(&table);
    cr_expect_str_eq(
        screen(), "{\"v\":1,\"row\":\"sample\",\"ref\":\"TJ-7\",\"count\":1234567,\"text\":\"one two three "
                  "four five six seven\",\"at\":\"2024-06-30T12:00:00Z\"}\n"
                  "{\"v\":1,\"row\":\"sample\",\"ref\":\"a\\tb\\n\\u001b\",\"count\":-5,\"text\":null,"
                  "\"at\":null}\n");
}

Test(cli_output, a_table_without_rows_prints_nothing)
{
    struct tg_table table;
    tg_table_begin(&table, &cli, "sample", columns, 4);
    cr_expect_eq(tg_table_end(&table), TG_OK);
    cr_expect_str_eq(screen(), "");
    tg_table_release(&table);
}

Test(cli_output, a_row_with_too_few_cells_is_our_defect)
{
    struct tg_table table;
    tg_table_begin(&table, &cli, "sample", columns, 4);
    tg_table_str(&table, "TJ-7");
    tg_table_row(&table);
    cr_expect_eq(tg_table_end(&table), TG_EBUG);
    tg_table_release(&table);
}

Test(cli_output, names_in_other_scripts_are_followed_by_a_reading)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_put_reading(&buf, tg_view_str("Абдулло")), TG_OK);
    cr_expect(tg_view_equal_str(tg_buf_view(&buf), "Абдулло [Abdullo]"), "%.*s",
              TG_VIEW_PRINT(tg_buf_view(&buf)));
    tg_buf_clear(&buf);
    cr_assert_eq(tg_put_reading(&buf, tg_view_str("Şükrü O'g'li")), TG_OK);
    cr_expect(tg_view_equal_str(tg_buf_view(&buf), "Şükrü O'g'li"), "Latin letters need none");
}

Test(cli_output, long_words_are_cut_and_short_ones_are_not)
{
    cli.columns = 30;
    tg_put_wrapped(&cli, "label ", 6, tg_view_str("abcdefghijklmnopqrstuvwxyz0123456789 end\nnew"));
    cr_expect_str_eq(screen(), "label abcdefghijklmnopqrstuvwx\n      yz0123456789 end\n      new\n");
}

Test(cli_output, nothing_to_say_leaves_no_blanks)
{
    tg_put_wrapped(&cli, "label   ", 8, tg_view_str(""));
    cr_expect_str_eq(screen(), "label\n");
}

Test(cli_output, json_text_hides_and_breaks_nothing)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_json_string(&buf, tg_view_str("a\"b\\c\n\x7f\xE2\x80\xAE\xF3\xA0\x80\x81ж\xff")), TG_OK);
    cr_expect(tg_view_equal_str(tg_buf_view(&buf), "\"a\\\"b\\\\c\\n\\u007f\\u202e\\udb40\\udc01ж\\ufffd\""),
              "%.*s", TG_VIEW_PRINT(tg_buf_view(&buf)));
}

Test(cli_output, counts_sizes_and_spans_read_well)
{
    char text[TG_COUNT_BYTES], span[TG_WHEN_BYTES];
    static const struct {
        int64_t count;
        const char *count_text, *size_text, *span_text;
    } rows[] = {{0, "0", "0 B", "0 s"},
                {999, "999", "999 B", "0 s"},
                {1000, "1,000", "1.0 kB", "1 s"},
                {119999, "119,999", "119.9 kB", "119 s"},
                {120000, "120,000", "120.0 kB", "2 min"},
                {172800000, "172,800,000", "172.8 MB", "2 d"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tg_count_format(rows[i].count, text);
        cr_expect_str_eq(text, rows[i].count_text);
        tg_size_format(rows[i].count, text);
        cr_expect_str_eq(text, rows[i].size_text);
        tg_span_format(rows[i].count, span);
        cr_expect_str_eq(span, rows[i].span_text);
    }
}

Test(cli_output, a_draft_becomes_nested_json)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    tg_arena_init(&arena, 65536);
    struct tg_draft draft;
    tg_draft_begin(&draft, &arena);
    tg_draft_str(&draft, "kind", "person");
    tg_draft_str(&draft, "person.names[+].text", "a\"b");
    tg_draft_str(&draft, "person.names[-].kind", "primary");
    tg_draft_str(&draft, "person.names[+].text", "c");
    tg_draft_str(&draft, "person.roles[+]", "x");
    tg_draft_str(&draft, "person.roles[+]", "y");
    tg_draft_number(&draft, "person.size.low", 3);
    tg_draft_true(&draft, "person.minor");
    tg_draft_str(&draft, "kind", "cell");
    cr_assert_eq(tg_draft_render(&draft, &buf), TG_OK);
    cr_expect(tg_view_equal_str(tg_buf_view(&buf),
                                "{\"kind\":\"cell\",\"person\":{\"names\":[{\"text\":\"a\\\"b\",\"kind\":"
                                "\"primary\"},{\"text\":\"c\"}],\"roles\":[\"x\",\"y\"],\"size\":{"
                                "\"low\":3},\"minor\":true}}"),
              "%.*s", TG_VIEW_PRINT(tg_buf_view(&buf)));
    cr_expect(tg_draft_has(&draft, "person.size.low"));
    cr_expect_not(tg_draft_has(&draft, "person.size.high"));
}

Test(cli_output, a_draft_over_its_memory_fails_whole)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    tg_arena_init(&arena, 2048);
    struct tg_draft draft;
    tg_draft_begin(&draft, &arena);
    for (int i = 0; i < 100; i++) tg_draft_str(&draft, "list[+].text", "some text that takes memory");
    cr_expect_eq(tg_draft_render(&draft, &buf), TG_ENOMEM);
    cr_expect_eq(buf.bytes, 0);
}
