/* What a tired analyst reads of two names: words side by side, letters marked, nothing wider than the screen, nothing that
 * moves the cursor. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/explain.h"
#include "cli/hit.h"

struct screen {
    struct tg_cli cli;
    char *text;
    size_t bytes;
};

static void screen_begin(struct screen *screen, bool terminal)
{
    *screen = (struct screen){.cli = {.columns = 80, .out_terminal = terminal}};
    screen->cli.out = open_memstream(&screen->text, &screen->bytes);
    cr_assert_not_null(screen->cli.out);
}

static void screen_end(struct screen *screen)
{
    fclose(screen->cli.out);
}

/* Columns of the widest line, without what a terminal does not show. */
static size_t widest(const char *text)
{
    size_t most = 0;
    while (*text) {
        char line[1024];
        size_t bytes = 0;
        for (; *text && *text != '\n'; text++) {
            if (*text == '\033') {
                while (*text && *text != 'm') text++;
                continue;
            }
            cr_assert(bytes < sizeof line);
            line[bytes++] = *text;
        }
        size_t columns = tg_text_columns(tg_view_of(line, bytes));
        if (columns > most) most = columns;
        text += *text == '\n';
    }
    return most;
}

struct pair {
    struct tg_name first, second;
    struct tg_scored scored;
    struct tg_compared compared;
};

static void pair_make(struct pair *pair, const char *first, const char *second)
{
    cr_assert_eq(tg_name_parse(tg_view_str(first), &pair->first, NULL), TG_OK);
    cr_assert_eq(tg_name_parse(tg_view_str(second), &pair->second, NULL), TG_OK);
    tg_score(&pair->first, NULL, &pair->second, TG_NAME_PRIMARY, NULL, &pair->scored);
    pair->compared =
        (struct tg_compared){&pair->first, &pair->second, &pair->scored, "the first", "the second"};
}

Test(explain, marks_the_letters_that_differ_as_capitals_where_there_is_no_terminal)
{
    struct screen screen;
    struct pair pair;
    pair_make(&pair, "Karim Valiev", "Kerim Veliyev");
    screen_begin(&screen, false);
    cr_assert_eq(tg_explain_name(&screen.cli, "  ", 2, &pair.compared), TG_OK);
    screen_end(&screen);
    cr_expect_str_eq(screen.text, "  kErim vEliYev\n");
    free(screen.text);
    pair_make(&pair, "Turdiyev Abd al Rahman", "Turdiev Abdurahman");
    screen_begin(&screen, false);
    cr_assert_eq(tg_explain_name(&screen.cli, "", 0, &pair.compared), TG_OK);
    screen_end(&screen);
    cr_expect(strncmp(screen.text, "turdi-ev ", 9) == 0, "a gap for the letter that it lacks: %s",
              screen.text);
    free(screen.text);
}

Test(explain, marks_them_by_bold_underline_at_a_terminal_unless_colour_is_off)
{
    struct screen screen;
    struct pair pair;
    pair_make(&pair, "Karim", "Kerim");
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    screen_begin(&screen, true);
    cr_assert_eq(tg_explain_name(&screen.cli, "", 0, &pair.compared), TG_OK);
    screen_end(&screen);
    cr_expect_str_eq(screen.text, "k\033[1;4me\033[0mrim\n");
    free(screen.text);
    static const char *const off[][2] = {{"NO_COLOR", "1"}, {"TERM", "dumb"}};
    for (size_t i = 0; i < 2; i++) {
        setenv(off[i][0], off[i][1], 1);
        screen_begin(&screen, true);
        cr_assert_eq(tg_explain_name(&screen.cli, "", 0, &pair.compared), TG_OK);
        screen_end(&screen);
        cr_expect_str_eq(screen.text, "kErim\n", "%s", off[i][0]);
        free(screen.text);
        unsetenv("NO_COLOR");
    }
}

Test(explain, fits_the_screen_in_every_script_and_length)
{
    static const char *const names[] = {
        "Karim Valiev",
        "Раҳмонов Абдулло Каримович",
        "رحمانزاده عبدالله ابن محمد",
        "عَبْدُ ٱللَّٰه مُحَمَّد",
        "محمد\xE2\x80\xAEعبد",
        "אברהם בן יעקב",
        "김 정은",
        "习近平",
        "Ñandú Ägidius Çağrı Øyvind",
        "Wolfeschlegelsteinhausenbergerdorffwelchevoraltern Waren Gewissenhaft Schafers Wessen Schafewaren "
        "Wohlgepflege Und Sorgfaltigkeit Beschutzen Vor Angreifen Durch Ihr Raubgierig",
    };
    size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count * count * 2; i++) {
        struct screen screen;
        struct pair pair;
        pair_make(&pair, names[i / 2 / count], names[i / 2 % count]);
        screen_begin(&screen, i % 2);
        cr_assert_eq(tg_explain_words(&screen.cli, &pair.compared), TG_OK);
        cr_assert_eq(tg_explain_name(&screen.cli, "    name     ", 13, &pair.compared), TG_OK);
        screen_end(&screen);
        cr_expect_leq(widest(screen.text), 80, "%s", screen.text);
        for (size_t k = 0; k < screen.bytes; k++)
            cr_assert(screen.text[k] != '\r' && screen.text[k] != '\b', "moves the cursor");
        cr_expect(!strstr(screen.text, "\xE2\x80\xAE"), "turns the line around");
        free(screen.text);
    }
}

Test(explain, tells_for_and_against_apart)
{
    struct pair pair;
    struct tg_birth births[2] = {{.date = {1984, 7, 21}}, {.date = {1985, 2, 11}}};
    struct tg_features first = {.births = &births[0], .births_count = 1},
                       second = {.births = &births[1], .births_count = 1};
    TG_AUTO(tg_buf) struct tg_buf speaks_for = {0}, against = {0};
    pair_make(&pair, "Karim Valiev", "Karim Valiev Rustamovich Said");
    tg_score(&pair.first, &first, &pair.second, TG_NAME_PRIMARY, &second, &pair.scored);
    cr_assert_eq(tg_explain_for(&pair.compared, &speaks_for), TG_OK);
    cr_assert_eq(tg_explain_against(&pair.compared, &against), TG_OK);
    cr_assert_eq(tg_buf_put(&speaks_for, "", 1) || tg_buf_put(&against, "", 1), 0);
    cr_expect_str_eq((char *)speaks_for.data, "karim, valiev");
    cr_expect(strstr((char *)against.data, "only in the second:") && strstr((char *)against.data, "said"),
              "%s", (char *)against.data);
    cr_expect(strstr((char *)against.data, "birth date another year -."), "%s", (char *)against.data);
    tg_score(&pair.first, &first, &pair.first, TG_NAME_PRIMARY, &first, &pair.scored);
    pair.compared.second = &pair.first;
    tg_buf_clear(&speaks_for);
    cr_assert_eq(tg_explain_for(&pair.compared, &speaks_for), TG_OK);
    cr_assert_eq(tg_buf_put(&speaks_for, "", 1), TG_OK);
    cr_expect(strstr((char *)speaks_for.data, "birth date equal"), "also where it adds nothing: %s",
              (char *)speaks_for.data);
}

Test(hits, say_which_one_was_the_first_of_a_subject)
{
    struct screen screen;
    struct tg_hit_clusters clusters = {0};
    struct tg_hash a = {.bytes = {1}}, b = {.bytes = {2}};
    struct tg_row row = {.ref = "TJ-0"}, other = {.ref = "KG-1"};
    screen_begin(&screen, false);
    tg_hit_cluster(&screen.cli, &clusters, TG_VIEW_ARRAY(a.bytes), 3, 1, &row);
    tg_hit_cluster(&screen.cli, &clusters, tg_view_of(NULL, 0), 1, 2, &other);
    tg_hit_cluster(&screen.cli, &clusters, TG_VIEW_ARRAY(b.bytes), 2, 3, &other);
    tg_hit_cluster(&screen.cli, &clusters, TG_VIEW_ARRAY(a.bytes), 3, 4, &other);
    screen_end(&screen);
    cr_expect_str_eq(screen.text, "    one subject with 2 more records: 'tamga show TJ-0' has them\n"
                                  "    one subject with 1 more record: 'tamga show KG-1' has them\n"
                                  "    one subject with hit 1 (TJ-0)\n");
    free(screen.text);
}

Test(hits, show_the_words_of_the_node_where_it_counted_otherwise)
{
    struct screen screen;
    struct tg_question question;
    struct tg_row row = {
        .ref = "TJ-0", .why = "a newer table's reason", .matched = "Karim Valiev", .score = 1};
    tg_question_read("Karim Valiev 1984-07-21", "", "", "", "", &question);
    cr_expect_eq(question.names_count, 1);
    cr_expect_eq(question.asked.birth.date.year, 1984);
    screen_begin(&screen, false);
    cr_assert_eq(tg_hit_why(&screen.cli, &question, &row), TG_OK);
    screen_end(&screen);
    cr_expect_str_eq(screen.text, "    a newer table's reason\n");
    free(screen.text);
}
