/* Machine readable zones: the specimens of [ICAO 9303], each check digit broken, look-alikes undone and marked.
 *
 * Persons are the specimens' or invented.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "match/mrz.h"
#include "match/selector.h"

#define TD3                                          \
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n" \
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
#define TD1                            \
    "I<UTOD231458907<<<<<<<<<<<<<<<\n" \
    "7408122F1204159UTO<<<<<<<<<<<6\n" \
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
#define TD2                                  \
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n" \
    "D231458907UTO7408122F1204159<<<<<<<6"
#define MRV_A                                        \
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n" \
    "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"
#define MRV_B                                \
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n" \
    "L8988901C4XXX4009078F9612109<<<<<<<<"
/* A document number that runs on into the optional data. */
#define TD1_LONG                       \
    "I<UTOD23145890<7349<<<<<<<<<<<\n" \
    "7408122F1204159UTO<<<<<<<<<<<6\n" \
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"

static const struct tg_date no_day = {0};

static struct tg_mrz read_zone(const char *text, struct tg_date today)
{
    struct tg_mrz mrz = {.number = "none"};
    struct tg_errmsg em = {.text = ""};
    cr_assert(tg_mrz_read(tg_view_str(text), today, &mrz, &em) == TG_OK, "%s", em.text);
    return mrz;
}

static void refused(const char *text, const char *says)
{
    struct tg_mrz mrz = {.number = "untouched"};
    struct tg_errmsg em = {.text = ""};
    cr_expect(tg_mrz_read(tg_view_str(text), no_day, &mrz, &em) != TG_OK, "'%s' was taken", text);
    cr_expect(strstr(em.text, says) != NULL, "'%s' says '%s', not '%s'", text, em.text, says);
    cr_expect(strcmp(mrz.number, "untouched") == 0);
}

Test(match_mrz, reads_the_specimens_of_all_five_formats)
{
    static const struct {
        const char *text;
        enum tg_mrz_format format;
        const char *number, *optional, *birth, *expiry;
    } zones[] = {{TD3, TG_MRZ_TD3, "L898902C3", "ZE184226B", "1974-08-12", "2012-04-15"},
                 {TD1, TG_MRZ_TD1, "D23145890", "", "1974-08-12", "2012-04-15"},
                 {TD1_LONG, TG_MRZ_TD1, "D23145890734", "", "1974-08-12", "2012-04-15"},
                 {TD2, TG_MRZ_TD2, "D23145890", "", "1974-08-12", "2012-04-15"},
                 {MRV_A, TG_MRZ_MRV_A, "L8988901C", "6ZE184226B", "1940-09-07", "1996-12-10"},
                 {MRV_B, TG_MRZ_MRV_B, "L8988901C", "", "1940-09-07", "1996-12-10"}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct tg_mrz mrz = read_zone(zones[i].text, no_day);
        char birth[TG_DATE_TEXT_BYTES], expiry[TG_DATE_TEXT_BYTES];
        tg_date_format(mrz.birth, birth);
        tg_date_format(mrz.expiry, expiry);
        cr_expect(mrz.format == zones[i].format && !mrz.corrected);
        cr_expect_str_eq(mrz.number, zones[i].number);
        cr_expect_str_eq(mrz.optional, zones[i].optional);
        cr_expect_str_eq(mrz.surname, "ERIKSSON");
        cr_expect_str_eq(mrz.given, "ANNA MARIA");
        cr_expect_str_eq(birth, zones[i].birth);
        cr_expect_str_eq(expiry, zones[i].expiry);
        cr_expect(mrz.sex == 'F');
    }
}

Test(match_mrz, names_the_check_digit_that_is_wrong)
{
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C46UTO7408122F1204159ZE184226B<<<<<10",
            "document number in the machine readable zone is wrong: expected 7");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408132F1204159ZE184226B<<<<<10",
            "date of birth in the machine readable zone is wrong");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204169ZE184226B<<<<<10",
            "date of expiry in the machine readable zone is wrong");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184227B<<<<<10",
            "personal number in the machine readable zone is wrong");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<11",
            "whole in the machine readable zone is wrong: expected 0");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<1",
            "has 87 characters");
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7413128F1204159ZE184226B<<<<<10",
            "date of birth in the machine readable zone, 741312, is no day");
    refused("P<UTOERIKSSON<<ANNA*MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            "others than A-Z 0-9 <");
}

Test(match_mrz, undoes_look_alikes_and_says_so)
{
    /* O for 0 in the number, the dates and the check digit of the whole; I for 1; 0 for O in the country. */
    struct tg_mrz mrz = read_zone("P<UT0ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                                  "L8989O2C36UTO74O8I22FI204159ZE184226B<<<<<1O",
                                  no_day);
    cr_expect(mrz.corrected);
    cr_expect_str_eq(mrz.number, "L898902C3");
    cr_expect_str_eq(mrz.issuer, "UTO");
    cr_expect(mrz.birth.year == 1974 && mrz.birth.month == 8 && mrz.birth.day == 12);
    /* Two places where one exchange mends the sum: nobody can say which. */
    refused("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<O12O456781UTO7408122F1204159ZE184226B<<<<<10",
            "document number");
}

Test(match_mrz, chooses_the_century_of_birth_by_expiry_and_today)
{
    static const char zone[] = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                               "L898902C36UTO2808129F3004157ZE184226B<<<<<16";
    struct tg_mrz mrz = read_zone(zone, no_day);
    cr_expect(mrz.birth.year == 2028, "no day known: the latest before the expiry, not %d", mrz.birth.year);
    mrz = read_zone(zone, (struct tg_date){2026, 7, 1});
    cr_expect(mrz.birth.year == 1928, "nobody is born after today, not %d", mrz.birth.year);
}

Test(match_mrz, gives_the_document_as_a_selector)
{
    struct tg_selector out[4];
    struct tg_errmsg em = {.text = ""};
    char text[] = TD3;
    memcpy(text + 2, "TJK", 3); /* the issuer stands in no sum */
    cr_assert(tg_selector_normalise(TG_SELECTOR_PASSPORT, tg_view_str(text), NULL, &out[0], &em) == TG_OK,
              "%s", em.text);
    cr_expect_str_eq(out[0].form, "TJ:L898902C3");
    cr_expect((out[0].flags & (TG_SELECTOR_ADVISORY | TG_SELECTOR_NOISE)) == 0);
    cr_expect(tg_selector_guess(tg_view_str(text), NULL, out, 4) == 1 && out[0].type == TG_SELECTOR_PASSPORT);
    text[strlen(text) - 1] = 'O';
    cr_assert(tg_selector_normalise(TG_SELECTOR_PASSPORT, tg_view_str(text), NULL, &out[0], &em) == TG_OK);
    cr_expect((out[0].flags & TG_SELECTOR_ADVISORY) != 0 && strstr(em.text, "exchanged") != NULL, "%s",
              em.text);
    cr_assert(tg_selector_normalise(TG_SELECTOR_NATIONAL_ID, tg_view_str(TD1), NULL, &out[0], &em) == TG_OK);
    cr_expect_str_eq(out[0].form, "ZZ:D23145890");
    cr_expect((out[0].flags & TG_SELECTOR_NOISE) != 0, "a specimen says nothing");
    cr_expect(tg_selector_normalise(TG_SELECTOR_NATIONAL_ID, tg_view_str(TD3), NULL, &out[0], &em) != TG_OK);
    cr_expect(strstr(em.text, "give it as passport") != NULL);
    cr_expect(tg_selector_normalise(TG_SELECTOR_PASSPORT, tg_view_str(MRV_A), NULL, &out[0], &em) != TG_OK);
    cr_expect(strstr(em.text, "visa") != NULL);
    cr_expect_str_eq(tg_mrz_country("D"), "DE");
    cr_expect_str_eq(tg_mrz_country("GBN"), "GB");
    cr_expect_str_eq(tg_mrz_country("XXA"), "ZZ");
}

/* xorshift64*: the same everywhere. */
static uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717U;
}

Test(match_mrz, no_character_of_number_or_dates_changes_unnoticed)
{
    static const char zone[] =
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    uint64_t state = 7;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof zone];
        memcpy(text, zone, sizeof zone);
        size_t at = 44 + chance(&state) % 44;
        bool counted = at < 54 || (at >= 57 && at != 64);
        char c = "0123456789"[chance(&state) % 10];
        if (!counted || !(text[at] >= '0' && text[at] <= '9') || text[at] == c) continue;
        text[at] = c;
        struct tg_mrz mrz;
        tg_err err = tg_mrz_read(tg_view_str(text), no_day, &mrz, NULL);
        cr_assert(err != TG_OK || mrz.corrected, "'%s' was taken", text);
    }
}

Test(match_mrz, any_bytes_are_refused_or_read_without_harm)
{
    static const char letters[] = "<<<<PVI0O1LAZ9 \n\xc2\xab";
    uint64_t state = 11;
    for (int round = 0; round < 20000; round++) {
        char text[100];
        size_t bytes =
            chance(&state) % 3 == 0 ? chance(&state) % 100 : (size_t[]){88, 72, 90}[chance(&state) % 3];
        for (size_t i = 0; i < bytes; i++) text[i] = letters[chance(&state) % (sizeof letters - 1)];
        struct tg_mrz mrz;
        (void)tg_mrz_read(tg_view_of(text, bytes), (struct tg_date){2026, 0, 0}, &mrz, NULL);
    }
}
