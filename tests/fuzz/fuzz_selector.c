/* Any bytes as a selector of every type, as a machine readable zone and as a date: the first byte chooses the type and a
 * country. What is accepted is clean and its own normal form, with any country, and is guessed from itself without harm. */
#include <stdlib.h>

#include "base/text.h"
#include "fuzz.h"
#include "match/birth.h"
#include "match/mrz.h"
#include "match/selector.h"

static const char *const countries[] = {NULL, "TJ", "ru", "IT", "US", "IR", "zz", ""};
#define COUNTRIES (sizeof countries / sizeof countries[0])

static void check(enum tg_selector_type type, struct tg_view text, const char *country)
{
    struct tg_selector form = {.form_bytes = 0xFFFF}, again;
    struct tg_errmsg em = {.text = ""};
    if (tg_selector_normalise(type, text, country, &form, &em)) {
        if (!em.text[0] || form.form_bytes != 0xFFFF) abort(); /* a reason, and nothing written */
        return;
    }
    struct tg_view made = tg_selector_form(&form);
    if (!made.bytes || made.bytes > TG_SELECTOR_FORM_BYTES_MAX || form.form[made.bytes]) abort();
    if (!tg_utf8_valid(made)) abort();
    for (size_t i = 0; i < made.bytes; i++)
        if (made.data[i] < ' ' || made.data[i] == 0x7F) abort();
    if ((form.flags & TG_SELECTOR_ADVISORY) && !em.text[0]) abort();
    for (size_t i = 0; i < COUNTRIES; i++) {
        if (tg_selector_normalise(type, made, countries[i], &again, NULL)) abort();
        if (!tg_view_equal(tg_selector_form(&again), made)) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tg_mrz mrz;
    struct tg_birth_date birth;
    struct tg_selector guesses[8];
    if (!bytes) return 0;
    enum tg_selector_type type = (enum tg_selector_type)(1 + data[0] % (TG_SELECTOR_TYPES_END - 1));
    const char *country = countries[data[0] / TG_SELECTOR_TYPES_END % COUNTRIES];
    struct tg_view text = tg_view_of(data + 1, bytes - 1);
    check(type, text, country);
    if (!tg_mrz_read(text, (struct tg_date){2026, 7, 1}, &mrz, NULL) && !mrz.number[0]) abort();
    if (!tg_birth_parse(text, country, &birth, NULL) && !tg_date_known(birth.date)) abort();
    if (tg_selector_guess(text, country, guesses, 8) > 8) abort();
    return 0;
}
