/* What a question says besides its words, read the same way by a query and by a standing query.
 */
#include "node/asked.h"

tg_err tg_asked_features(const char *birth, const char *nationality, const char *sex, struct tg_asked *asked,
                         struct tg_errmsg *em)
{
    tg_err err = birth[0] ? tg_date_parse(tg_view_str(birth), &asked->birth.date, em) : TG_OK;
    if (err) return tg_context(em, err, "birth");
    if (nationality[0] && !(asked->country = tg_country_code(tg_view_str(nationality))))
        return tg_fail(em, TG_EVALUE, "nationality '%.40s' is no country code: two letters such as TJ",
                       nationality);
    int sex_value = TG_REC_SEX_UNSPECIFIED;
    if (sex[0] && (err = tg_enum_parse(TG_ENUM_SEX, tg_view_str(sex), &sex_value, em))) return err;
    if (tg_date_known(asked->birth.date)) {
        asked->features.births = &asked->birth;
        asked->features.births_count = 1;
    }
    if (asked->country) {
        asked->features.countries = &asked->country;
        asked->features.countries_count = 1;
    }
    if (sex_value == TG_REC_SEX_MALE) asked->features.sex = TG_SEX_MALE;
    if (sex_value == TG_REC_SEX_FEMALE) asked->features.sex = TG_SEX_FEMALE;
    return TG_OK;
}

void tg_asked_date_take(char *text, struct tg_date *ret_date)
{
    enum { DATE_BYTES = 10 };
    size_t bytes = strlen(text);
    for (size_t i = 0; i + DATE_BYTES <= bytes; i++) {
        bool begins = i == 0 || text[i - 1] == ' ';
        bool ends = text[i + DATE_BYTES] == 0 || text[i + DATE_BYTES] == ' ' || text[i + DATE_BYTES] == ',';
        if (!begins || !ends || tg_date_parse(tg_view_of(text + i, DATE_BYTES), ret_date, NULL)) continue;
        memset(text + i, ' ', DATE_BYTES);
        return;
    }
}

#define ISSUER_BYTES 3 /* "TJ:" */

bool tg_paper_number(enum tg_selector_type type, struct tg_view form, struct tg_view *ret_number)
{
    bool paper = type == TG_SELECTOR_PASSPORT || type == TG_SELECTOR_NATIONAL_ID;
    if (!paper || form.bytes <= ISSUER_BYTES) return false;
    *ret_number = tg_view_of(form.data + ISSUER_BYTES, form.bytes - ISSUER_BYTES);
    return true;
}

bool tg_asked_paper(const struct tg_selector *form, struct tg_view typed, struct tg_view *ret_number)
{
    bool issued = typed.bytes && memchr(typed.data, ':', typed.bytes);
    return !issued && tg_paper_number(form->type, tg_selector_form(form), ret_number);
}
