/* Dates of persons as people write them, both Hijri calendars, and what is doubtful about them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "match/birth.h"

static const struct {
    const char *text, *country, *date; /* date NULL: refused, and says is part of the reason */
    unsigned flags;
    const char *says;
} rows[] = {
    {"1984", NULL, "1984", 0, NULL},
    {"1984-07", NULL, "1984-07", 0, NULL},
    {"1984-07-21", NULL, "1984-07-21", 0, NULL},
    {" 21.07.1984 ", NULL, "1984-07-21", 0, NULL},
    {"21/07/1984", NULL, "1984-07-21", 0, NULL},
    {"05/07/1984", NULL, "1984-07-05", TG_BIRTH_ORDER, NULL},
    {"05.07.1984", NULL, "1984-07-05", 0, NULL},
    {"1984/07/21", NULL, "1984-07-21", 0, NULL},
    {"07.1984", NULL, "1984-07", 0, NULL},
    {"21 Jul 1984", NULL, "1984-07-21", 0, NULL},
    {"July 21, 1984", NULL, "1984-07-21", 0, NULL},
    {"1984-00-00", NULL, "1984", 0, NULL},
    {"00.00.1984", NULL, "1984", 0, NULL},
    {"1984-01-01", NULL, "1984-01-01", TG_BIRTH_DEFAULT, NULL},
    {"01.01.1984", NULL, "1984-01-01", TG_BIRTH_DEFAULT, NULL},
    {"٢١/٠٧/١٩٨٤", NULL, "1984-07-21", 0, NULL},
    {"1363/01/01", "IR", "1984-03-21", TG_BIRTH_HIJRI | TG_BIRTH_DEFAULT, NULL},
    {"۱۳۶۳/۰۱/۰۲", "AF", "1984-03-22", TG_BIRTH_HIJRI, NULL},
    {"1363-12-30", "ir", NULL, 0, "no such day"},
    {"1364-12-30 SH", NULL, NULL, 0, "no such day"},
    {"1366-12-30 SH", NULL, "1988-03-20", TG_BIRTH_HIJRI, NULL}, /* a leap year */
    {"1404-06-18 AH", NULL, "1984-03-21", TG_BIRTH_HIJRI | TG_BIRTH_APPROXIMATE, NULL},
    {"1404/6/18 هـ", NULL, "1984-03-21", TG_BIRTH_HIJRI | TG_BIRTH_APPROXIMATE, NULL},
    {"1404-06-18", "SA", "1984-03-21", TG_BIRTH_HIJRI | TG_BIRTH_APPROXIMATE, NULL},
    {"1404-06-18", NULL, NULL, 0, "write AH behind it"},
    {"1363", "IR", "1984", TG_BIRTH_HIJRI | TG_BIRTH_APPROXIMATE, NULL},
    {"1983-02-29", NULL, NULL, 0, "no such day"},
    {"1984-02-29", NULL, "1984-02-29", 0, NULL},
    {"1984-13-01", NULL, NULL, 0, "no such day"},
    {"1984-00-12", NULL, NULL, 0, "no such day"},
    {"0000-01-02", NULL, NULL, 0, "no such day"},
    {"21.07.84", NULL, NULL, 0, "unreadable"},
    {"2107.1984", NULL, NULL, 0, "unreadable"},
    {"1984 1985", NULL, NULL, 0, "unreadable"},
    {"Jul Jul 1984", NULL, NULL, 0, "unreadable"},
    {"", NULL, NULL, 0, "unreadable"},
    {"AH", NULL, NULL, 0, "unreadable"},
    {"1404 AH 3", NULL, NULL, 0, "unreadable"},
    {"\xff", NULL, NULL, 0, "unreadable"},
};

Test(match_birth, reads_what_is_written_and_says_what_is_doubtful)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_birth_date birth = {.flags = 77};
        struct tg_errmsg em = {.text = ""};
        char text[TG_DATE_TEXT_BYTES];
        tg_err err = tg_birth_parse(tg_view_str(rows[i].text), rows[i].country, &birth, &em);
        if (rows[i].date == NULL) {
            cr_expect(err != TG_OK && birth.flags == 77, "'%s' was taken", rows[i].text);
            cr_expect(strstr(em.text, rows[i].says) != NULL, "'%s' says '%s'", rows[i].text, em.text);
            continue;
        }
        tg_date_format(birth.date, text);
        cr_expect(err == TG_OK, "'%s': %s", rows[i].text, em.text);
        cr_expect(strcmp(text, rows[i].date) == 0, "'%s' gives %s", rows[i].text, text);
        cr_expect(birth.flags == rows[i].flags, "'%s' has flags %u", rows[i].text, birth.flags);
    }
}

Test(match_birth, every_day_of_both_hijri_calendars_follows_the_one_before)
{
    for (int solar = 0; solar < 2; solar++) {
        int32_t last = 0;
        for (int year = 1300; year < 1450; year++)
            for (int month = 1; month <= 12; month++)
                for (int day = 1; day <= 31; day++) {
                    char text[64];
                    struct tg_birth_date birth;
                    (void)snprintf(text, sizeof text, "%d-%02d-%02d %s", year, month, day,
                                   solar ? "SH" : "AH");
                    if (tg_birth_parse(tg_view_str(text), NULL, &birth, NULL) != TG_OK) continue;
                    int32_t now = tg_date_first_day(birth.date);
                    cr_assert(last == 0 || now == last + 1, "%s", text);
                    last = now;
                }
    }
}
