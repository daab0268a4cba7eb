/* Countries: ISO 3166 codes, dialling codes, national number lengths, IBAN lengths.
 *
 * Knows no selector. Static tables only.
 */
#ifndef TG_MATCH_COUNTRY_H
#define TG_MATCH_COUNTRY_H

#include "base/bytes.h"

struct tg_country {
    char alpha2[3];
    char alpha3[4];
    uint16_t dial;             /* 0: none of its own */
    uint16_t national_lengths; /* bit n: a national number may have n digits */
    char trunk[3];             /* dialled before national numbers; empty: nothing */
    uint8_t iban_chars;        /* 0: has no IBAN */
};

/* By alpha-2 or alpha-3, upper case ("D" as passports write it); NULL when unknown. Static storage. */
const struct tg_country *tg_country_of_code(struct tg_view code);
/* Lengths of national numbers under a dialling code, as bits; 0 when it is not assigned. ret_trunk may be NULL. */
uint32_t tg_country_dial_lengths(unsigned dial, const char **ret_trunk);

#endif
