/* What columns hold: by their headers, by their values; dates as people write them. */
#include "match/columns.h"

#include <criterion/criterion.h>

Test(match_columns, are_told_by_their_headers)
{
    static const struct {
        const char *header;
        unsigned holds; /* 999: it says nothing */
    } cases[] = {{"Passport No", TG_SELECTOR_PASSPORT},
                 {"PASSPORT_NUMBER", TG_SELECTOR_PASSPORT},
                 {"Passport expiry date", TG_HOLDS_IGNORE},
                 {"Surname", TG_HOLDS_SURNAME},
                 {"Given Name(s)", TG_HOLDS_GIVEN},
                 {"name", TG_HOLDS_NAME},
                 {"Фамилия", TG_HOLDS_SURNAME},
                 {"Дата рождения", TG_HOLDS_BIRTH},
                 {"Место рождения", TG_HOLDS_IGNORE},
                 {"Ному насаб", TG_HOLDS_NAME},
                 {"Tug'ilgan sana", TG_HOLDS_BIRTH},
                 {"Номер телефона", TG_SELECTOR_PHONE},
                 {"E-Mail", TG_SELECTOR_EMAIL},
                 {"SHA256", TG_SELECTOR_HASH},
                 {"نام خانوادگی", TG_HOLDS_SURNAME},
                 {"Doc. No.", TG_HOLDS_DOCUMENT},
                 {"seat", 999},
                 {"filename", 999},
                 {"\xff", 999},
                 {"", 999}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned holds = 999;
        cr_expect_eq(tg_holds_of_header(tg_view_str(cases[i].header), &holds), cases[i].holds != 999, "%s",
                     cases[i].header);
        cr_expect_eq(holds, cases[i].holds, "'%s' as %u", cases[i].header, holds);
    }
}

static unsigned guessed(const char *const *values)
{
    struct tg_column_sample sample = {0};
    for (; *values; values++) tg_column_sample_add(&sample, tg_view_str(*values), "TJ");
    return tg_column_sample_holds(&sample);
}

Test(match_columns, are_told_by_their_values_where_these_agree)
{
    cr_expect_eq(guessed((const char *[]){"+992900000001", "900 00 00 02", "", "n/a", "+7 9161234567", NULL}),
                 TG_SELECTOR_PHONE);
    cr_expect_eq(guessed((const char *[]){"a@b.tj", "x.y@mail.ru", NULL}), TG_SELECTOR_EMAIL);
    cr_expect_eq(guessed((const char *[]){"Karim Valiev", "Раҳмонов Абдулло", "O'Neil, Jack", NULL}),
                 TG_HOLDS_NAME);
    cr_expect_eq(guessed((const char *[]){"A1234567", "B7654321", NULL}), TG_HOLDS_TEXT,
                 "any number is a paper");
    cr_expect_eq(guessed((const char *[]){"a@b.tj", "Karim Valiev", "+992900000001", NULL}), TG_HOLDS_TEXT);
    cr_expect_eq(guessed((const char *[]){"1984-07-21", "21.07.1984", NULL}), TG_HOLDS_TEXT,
                 "any date, not a birth");
    cr_expect_eq(guessed((const char *[]){"", "\xff", NULL}), TG_HOLDS_TEXT);
}

Test(match_columns, have_names_and_the_nearest_is_told)
{
    unsigned holds = 0;
    struct tg_errmsg em = {.text = ""};
    cr_expect_eq(tg_holds_of_name(tg_view_str("surname"), &holds, &em), TG_OK);
    cr_expect_eq(holds, TG_HOLDS_SURNAME);
    cr_expect_eq(tg_holds_of_name(tg_view_str("imei"), &holds, &em), TG_OK);
    cr_expect_eq(holds, TG_SELECTOR_IMEI);
    cr_expect_eq(tg_holds_of_name(tg_view_str("passprot"), &holds, &em), TG_EVALUE);
    cr_expect(strstr(em.text, "'passport'"), "%s", em.text);
    cr_expect_str_eq(tg_holds_name(TG_HOLDS_IGNORE), "ignore");
    cr_expect_null(tg_holds_name(150));
}

Test(match_columns, read_dates_as_people_write_them_and_guess_no_day)
{
    static const struct {
        const char *text, *date; /* NULL: refused */
        enum tg_date_order order, after;
    } cases[] = {{"1984-07-21", "1984-07-21", 0, 0},
                 {"21.07.1984", "1984-07-21", 0, TG_DATE_DAY_FIRST},
                 {"21/07/1984", "1984-07-21", 0, TG_DATE_DAY_FIRST},
                 {"07/21/1984", "1984-07-21", 0, TG_DATE_MONTH_FIRST},
                 {"07/08/1984", "1984", 0, 0},
                 {"07/07/1984", "1984-07-07", 0, 0},
                 {"07/08/1984", "1984-08-07", TG_DATE_DAY_FIRST, TG_DATE_DAY_FIRST},
                 {"07/08/1984", "1984-07-08", TG_DATE_MONTH_FIRST, TG_DATE_MONTH_FIRST},
                 {"19840721", "1984-07-21", 0, 0},
                 {"21 JUL 1984", "1984-07-21", 0, 0},
                 {"21JUL1984", "1984-07-21", 0, 0},
                 {"Jul 21 1984", "1984-07-21", 0, 0},
                 {"1984-07-21T00:00:00", "1984-07-21", 0, 0},
                 {"1984-07", "1984-07", 0, 0},
                 {"31.02.1984", NULL, 0, TG_DATE_DAY_FIRST},
                 {"21.07.84", NULL, 0, 0},
                 {"12345678", NULL, 0, 0},
                 {"n/a", NULL, 0, 0},
                 {"", NULL, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tg_date date = {0};
        char text[TG_DATE_TEXT_BYTES] = "";
        enum tg_date_order order = cases[i].order;
        tg_err err = tg_column_date(tg_view_str(cases[i].text), &order, &date);
        if (!err) tg_date_format(date, text);
        cr_expect_eq(err == TG_OK, cases[i].date != NULL, "'%s': %s", cases[i].text, text);
        if (cases[i].date) cr_expect_str_eq(text, cases[i].date, "'%s': %s", cases[i].text, text);
        cr_expect_eq(order, cases[i].after, "'%s'", cases[i].text);
    }
}
