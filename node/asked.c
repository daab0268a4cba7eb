/* What a question says besides its words, read the same way by a query and by a standing query.
 */
#include "node/asked.h"

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
