/* Stories of text from outside: well-formed or not, made harmless for a terminal, and the name that was meant.
 *
 * Must not know a language.
 */
#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "tests/unit/base_chance.h"

static void expect_escaped(struct tg_view text, const char *expected)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    cr_assert_eq(tg_text_escape(text, &out), TG_OK);
    cr_assert_eq(tg_buf_put(&out, "", 1), TG_OK);
    cr_assert_str_eq((char *)out.data, expected);
}

Test(utf8, finds_the_longest_front_that_is_utf_8)
{
    static const struct {
        const char *text;
        size_t bytes;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"a\xD0\xB6"
                 "b",
                 4},
                {"ab\xD0", 2},
                {"\xFF", 0},
                {"a\xC0\xAF", 1},
                {"\xED\xA0\x80", 0},
                {"x\xE2\x82", 1},
                {"\xF4\x90\x80\x80", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(tg_utf8_prefix(tg_view_str(rows[i].text)) == rows[i].bytes, "%zu", i);
}

Test(utf8, is_well_formed_to_the_edges)
{
    static const char *const good[] = {"",
                                       "a",
                                       "Қодиров",
                                       "دوشنبه",
                                       "\x7F",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(tg_utf8_valid(tg_view_str(good[i])), "case %zu", i);
}

Test(utf8, refuses_overlong_surrogates_beyond_the_last_and_broken)
{
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x41",
                                      "\xE0\x9F\xBF",
                                      "\xE0\xA0",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF0\x90\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "a\xC2",
                                      "\xE2\x82\x28"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(!tg_utf8_valid(tg_view_str(bad[i])), "case %zu", i);
}

/* Law: every code point that is one is written, valid, and read back; the others are refused. */
Test(utf8, brings_back_every_code_point)
{
    for (uint32_t cp = 1; cp <= 0x110000; cp++) {
        uint8_t bytes[4];
        struct tg_view text = tg_view_of(bytes, tg_utf8_put(cp, bytes));
        bool exists = cp <= 0x10FFFF && !(cp >= 0xD800 && cp <= 0xDFFF);
        cr_assert_eq(tg_utf8_valid(text), exists, "U+%04X", (unsigned)cp);
        if (!exists) continue;
        cr_assert_eq(tg_utf8_next(&text), cp);
        cr_assert_eq(text.bytes, 0u);
    }
}

Test(utf8, goes_on_byte_by_byte_where_it_is_broken)
{
    struct tg_view text = tg_view_str("a\xFF\xC3z");
    cr_assert_eq(tg_utf8_next(&text), (uint32_t)'a');
    cr_assert_eq(tg_utf8_next(&text), 0xFFFDu);
    cr_assert_eq(tg_utf8_next(&text), 0xFFFDu);
    cr_assert_eq(tg_utf8_next(&text), (uint32_t)'z');
    cr_assert_eq(tg_utf8_next(&text), 0u);
    cr_assert_eq(tg_utf8_next(&text), 0u, "the end stays the end");
}

Test(escape, leaves_text_of_every_script_as_it_is)
{
    expect_escaped(tg_view_str("Душанбе, دوشنبه, Toshkent, 東京, ‘quoted’ \\n"),
                   "Душанбе, دوشنبه, Toshkent, 東京, ‘quoted’ \\n");
    expect_escaped(tg_view_of(NULL, 0), "");
    expect_escaped(tg_view_str("e\xCC\x81"), "e\xCC\x81");
}

Test(escape, leaves_a_non_joiner_where_persian_writes_it_and_nowhere_else)
{
    expect_escaped(tg_view_str("علی\u200cرضا"), "علی\u200cرضا");
    expect_escaped(tg_view_str("می\u064e\u200c\u064eروم"), "می\u064e\u200c\u064eروم");
    expect_escaped(tg_view_str("a\u200c"
                               "b"),
                   "a\\u{200c}b");
    expect_escaped(tg_view_str("Кар\u200cим"), "Кар\\u{200c}им");
    expect_escaped(tg_view_str("\u200cعلی\u200c"), "\\u{200c}علی\\u{200c}");
    expect_escaped(tg_view_str("علی\u200c\u200cرضا"), "علی\\u{200c}\\u{200c}رضا");
    expect_escaped(tg_view_str("علی\u200c x"), "علی\\u{200c} x");
    /* Alef joins nothing behind it: there the mark would be seen by nobody. */
    expect_escaped(tg_view_str("رضا\u200cعلی"), "رضا\\u{200c}علی");
    expect_escaped(tg_view_str("علی\u200dرضا"), "علی\\u{200d}رضا");
}

Test(escape, takes_the_cursor_away_from_strangers)
{
    expect_escaped(tg_view_str("\x1B[2J\x1B]0;owned\x07"), "\\x1b[2J\\x1b]0;owned\\x07");
    expect_escaped(tg_view_str("a\rb\bc\x7F"), "a\\x0db\\x08c\\x7f");
    expect_escaped(tg_view_str("one\ntwo\tthree"), "one\\ntwo\\tthree");
    expect_escaped(tg_view_of("a\0b", 3), "a\\x00b");
}

Test(escape, knows_the_second_set_of_controls)
{
    expect_escaped(tg_view_str("\xC2\x9B"
                               "31m"),
                   "\\u{009b}31m");
    expect_escaped(tg_view_str("\xC2\x85"), "\\u{0085}");
    expect_escaped(tg_view_str("\x9B"), "\\x9b");
}

Test(escape, shows_what_reorders_and_what_hides)
{
    expect_escaped(tg_view_str("invoice\xE2\x80\xAE"
                               "fdp.exe"),
                   "invoice\\u{202e}fdp.exe");
    expect_escaped(tg_view_str("\xE2\x81\xA6x\xE2\x81\xA9"), "\\u{2066}x\\u{2069}");
    expect_escaped(tg_view_str("\xD8\x9C"), "\\u{061c}");
    expect_escaped(tg_view_str("a\xE2\x80\x8B"
                               "b"),
                   "a\\u{200b}b");
    expect_escaped(tg_view_str("\xEF\xBB\xBFstart"), "\\u{feff}start");
    expect_escaped(tg_view_str("\xE2\x80\xA8"), "\\u{2028}");
    expect_escaped(tg_view_str("\xE3\x85\xA4"), "\\u{3164}");
    expect_escaped(tg_view_str("\xF3\xA0\x81\x81"), "\\u{e0041}");
}

/* Law: whatever comes in, what goes out is one line of valid text with nothing left that needs an escape. */
Test(escape, is_harmless_for_any_bytes_and_needs_no_second_pass)
{
    struct chance chance = {.state = 7};
    for (int round = 0; round < 2000; round++) {
        TG_AUTO(tg_buf) struct tg_buf once = {0};
        TG_AUTO(tg_buf) struct tg_buf twice = {0};
        uint8_t bytes[64];
        size_t count = chance_below(&chance, sizeof bytes + 1);
        chance_fill(&chance, bytes, count);
        cr_assert_eq(tg_text_escape(tg_view_of(bytes, count), &once), TG_OK);
        cr_assert(tg_utf8_valid(tg_buf_view(&once)));
        for (size_t i = 0; i < once.bytes; i++) cr_assert(once.data[i] >= 0x20 && once.data[i] != 0x7F);
        cr_assert_eq(tg_text_escape(tg_buf_view(&once), &twice), TG_OK);
        cr_assert(tg_view_equal(tg_buf_view(&once), tg_buf_view(&twice)));
    }
}

/* Law: no character of general category Cc or Zl, Zp and no direction mark comes out, whatever its place. */
Test(escape, lets_no_control_through)
{
    static const uint32_t invisible[][2] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},
                                            {0x34F, 0x34F},   {0x61C, 0x61C},   {0x180B, 0x180F},
                                            {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
                                            {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE01EF}};
    for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
        for (uint32_t cp = invisible[i][0]; cp <= invisible[i][1]; cp++) {
            TG_AUTO(tg_buf) struct tg_buf out = {0};
            uint8_t bytes[4];
            cr_assert_eq(tg_text_escape(tg_view_of(bytes, tg_utf8_put(cp, bytes)), &out), TG_OK);
            cr_assert_eq(out.data[0], '\\', "U+%04X", (unsigned)cp);
        }
}

Test(columns, count_combining_as_none_and_wide_as_two)
{
    cr_assert_eq(tg_text_columns(tg_view_str("")), 0u);
    cr_assert_eq(tg_text_columns(tg_view_str("Tamga")), 5u);
    cr_assert_eq(tg_text_columns(tg_view_str("Қодиров")), 7u);
    cr_assert_eq(tg_text_columns(tg_view_str("e\xCC\x81")), 1u);
    cr_assert_eq(tg_text_columns(tg_view_str("مُحَمَّد")), 4u);
    cr_assert_eq(tg_text_columns(tg_view_str("東京")), 4u);
}

static const char *const commands[] = {"alert",  "query", "import", "status",
                                       "verify", "log",   "init",   "withdraw"};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void expect_nearest(const char *typed, const char *meant)
{
    const char *found = tg_text_nearest(typed, commands, COMMANDS);
    if (meant)
        cr_assert(found && strcmp(found, meant) == 0, "'%s' gave %s", typed, found ? found : "nothing");
    else
        cr_assert_null(found, "'%s' gave %s", typed, found ? found : "nothing");
}

Test(nearest, finds_what_two_slips_of_the_finger_made)
{
    expect_nearest("alert", "alert");
    expect_nearest("alret", "alert");
    expect_nearest("qeury", "query");
    expect_nearest("imports", "import");
    expect_nearest("verfy", "verify");
    expect_nearest("STATUS", "status");
    expect_nearest("STAUTS", "status");
    expect_nearest("with", "withdraw");
    expect_nearest("widraw", "withdraw");
}

Test(nearest, does_not_guess_wildly)
{
    expect_nearest("frobnicate", NULL);
    expect_nearest("", NULL);
    expect_nearest("xyz", NULL);
    expect_nearest("wi", NULL);
    expect_nearest("an argument that is longer than any name that we would ever give to anything", NULL);
    cr_assert_null(tg_text_nearest("alert", NULL, 0));
}

Test(ascii, has_no_locale)
{
    cr_assert_eq(tg_ascii_lower('A'), 'a');
    cr_assert_eq(tg_ascii_lower('Z'), 'z');
    cr_assert_eq(tg_ascii_lower('@'), '@');
    cr_assert_eq(tg_ascii_lower('['), '[');
    for (int c = 0; c < 256; c++) {
        bool digit = c >= 48 && c <= 57, letter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
        cr_assert_eq(tg_ascii_is_digit((char)c), digit, "%d", c);
        cr_assert_eq(tg_ascii_is_alnum((char)c), digit || letter, "%d", c);
    }
}

Test(trim, takes_ascii_white_space_from_both_ends_only)
{
    cr_assert(tg_view_equal_str(tg_text_trim(tg_view_str(" \t\r\n a b \v\f")), "a b"));
    cr_assert_eq(tg_text_trim(tg_view_str(" \n ")).bytes, 0u);
    cr_assert_eq(tg_text_trim(tg_view_of(NULL, 0)).bytes, 0u);
    cr_assert(tg_view_equal_str(tg_text_trim(tg_view_str("\xC2\xA0x")), "\xC2\xA0x"));
}

Test(number, is_read_up_to_its_limit_and_one_more_is_refused)
{
    uint64_t value = 7;
    cr_assert_eq(tg_text_u64(tg_view_str("1024"), 1024, &value), TG_OK);
    cr_assert_eq(value, 1024u);
    cr_assert_eq(tg_text_u64(tg_view_str("1025"), 1024, &value), TG_ELIMIT);
    cr_assert_eq(value, 1024u, "unchanged");
    cr_assert_eq(tg_text_u64(tg_view_str("18446744073709551615"), UINT64_MAX, &value), TG_OK);
    cr_assert_eq(value, UINT64_MAX);
    cr_assert_eq(tg_text_u64(tg_view_str("18446744073709551616"), UINT64_MAX, &value), TG_ELIMIT);
    cr_assert_eq(tg_text_u64(tg_view_str("99999999999999999999999"), UINT64_MAX, &value), TG_ELIMIT);
    cr_assert_eq(tg_text_u64(tg_view_str("000000000000000000000007"), 10, &value), TG_OK);
    cr_assert_eq(value, 7u);
    static const char *const bad[] = {"", " 1", "1 ", "-1", "+1", "1.0", "0x10", "1e3", "١"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(tg_text_u64(tg_view_str(bad[i]), UINT64_MAX, &value), TG_EFORMAT, "'%s'", bad[i]);
}
