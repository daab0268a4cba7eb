/* Normal forms for the differential tests: reads lines TYPE<TAB>VALUE<TAB>COUNTRY, writes one line each.
 *
 * "ok<TAB>form<TAB>flags" or "no<TAB>reason". TYPE "mrz" gives the fields of a machine readable zone, its today in the
 * third column; TYPE "birth" the date of a person, by tg_birth_parse. Nothing but match/ is asked.
 */
#include <stdio.h>
#include <string.h>

#include "match/birth.h"
#include "match/mrz.h"
#include "match/selector.h"

#define LINE_BYTES 16384

static void on_mrz(const char *value, const char *today)
{
    static const char *const formats[] = {"TD1", "TD2", "TD3", "MRVA", "MRVB"};
    struct tg_mrz mrz;
    struct tg_errmsg em = {.text = ""};
    struct tg_date day = {0};
    if (*today) (void)tg_date_parse(tg_view_str(today), &day, NULL);
    if (tg_mrz_read(tg_view_str(value), day, &mrz, &em)) {
        printf("no\t%s\n", em.text);
        return;
    }
    char birth[TG_DATE_TEXT_BYTES], expiry[TG_DATE_TEXT_BYTES];
    tg_date_format(mrz.birth, birth);
    tg_date_format(mrz.expiry, expiry);
    printf("ok\t%s|%s|%s|%s|%s|%s|%s|%c|%s|%s|%s\t%d\n", formats[mrz.format], mrz.kind, mrz.issuer,
           mrz.nationality, mrz.number, mrz.surname, mrz.given, mrz.sex, birth, expiry, mrz.optional,
           mrz.corrected);
}

static void on_birth(const char *value, const char *country)
{
    struct tg_birth_date birth;
    struct tg_errmsg em = {.text = ""};
    char text[TG_DATE_TEXT_BYTES];
    if (tg_birth_parse(tg_view_str(value), *country ? country : NULL, &birth, &em)) {
        printf("no\t%s\n", em.text);
        return;
    }
    tg_date_format(birth.date, text);
    printf("ok\t%s\t%u\n", text, (unsigned)birth.flags);
}

static void on_selector(const char *type_name, const char *value, const char *country)
{
    enum tg_selector_type type;
    struct tg_selector form;
    struct tg_errmsg em = {.text = ""};
    tg_err err = tg_selector_type_of_name(tg_view_str(type_name), &type, &em);
    if (!err) err = tg_selector_normalise(type, tg_view_str(value), *country ? country : NULL, &form, &em);
    if (err)
        printf("no\t%s\n", em.text);
    else
        printf("ok\t%s\t%u\n", form.form, (unsigned)form.flags);
}

int main(void)
{
    static char line[LINE_BYTES];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, '\t'), *country = value ? strchr(value + 1, '\t') : NULL;
        if (!value || !country) {
            fprintf(stderr, "driver: a line is not TYPE<TAB>VALUE<TAB>COUNTRY\n");
            return 1;
        }
        *value++ = 0;
        *country++ = 0;
        if (!strcmp(line, "mrz"))
            on_mrz(value, country);
        else if (!strcmp(line, "birth"))
            on_birth(value, country);
        else
            on_selector(line, value, country);
    }
    return ferror(stdin) || fflush(stdout);
}
