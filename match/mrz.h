/* Machine readable zones of passports, identity cards and visas [ICAO 9303 parts 3 to 7].
 *
 * Pure: the day of today is given by the caller, for the centuries of two-digit years.
 */
#ifndef TG_MATCH_MRZ_H
#define TG_MATCH_MRZ_H

#include "base/date.h"
#include "base/err.h"

enum tg_mrz_format {
    TG_MRZ_TD1,   /* cards, 3 lines of 30 */
    TG_MRZ_TD2,   /* cards, 2 lines of 36 */
    TG_MRZ_TD3,   /* passports, 2 lines of 44 */
    TG_MRZ_MRV_A, /* visas, 2 lines of 44 */
    TG_MRZ_MRV_B  /* visas, 2 lines of 36 */
};

#define TG_MRZ_NUMBER_CHARS 22
#define TG_MRZ_NAME_CHARS 39

/* What a zone says. Texts end with a NUL, have no fillers, and are empty when the zone says nothing. */
struct tg_mrz {
    enum tg_mrz_format format;
    bool corrected;      /* O for 0 or I for 1 (or the reverse) was undone so that the check digits hold */
    char kind[3];        /* document code as printed: "P", "PM", "ID", "V" */
    char issuer[4];      /* as printed: "TJK", "D", "UTO" */
    char nationality[4]; /* as printed */
    char number[TG_MRZ_NUMBER_CHARS + 1];
    char optional[TG_MRZ_NUMBER_CHARS + 8]; /* personal number or other optional data */
    char surname[TG_MRZ_NAME_CHARS + 1], given[TG_MRZ_NAME_CHARS + 1];
    char sex;                     /* 'M', 'F', or 'X' for unspecified */
    struct tg_date birth, expiry; /* month and day 0 where the zone has fillers; year 0: not given */
};

/* Whether text is so long, or holds fillers so, that only a machine readable zone can be meant. */
bool tg_mrz_is_shaped(struct tg_view text);

/* Read a zone with its lines in order; white space between and inside them does not count, small letters are read as
 * capitals, a '«' as two fillers. Every check digit is checked. O and I in dates and check digits are read as digits, 0
 * and 1 in countries as letters. Where the document number's digit fails, O and 0, I and 1 in it are exchanged: the one
 * reading with fewest exchanges at which it holds is taken, none or several are refused. All of this is marked.
 *
 * today  for two-digit years: nobody is born after it; no date: nobody is born after the expiry
 * out    untouched on failure
 *
 * Errors: TG_EFORMAT not the length or characters of a zone   TG_EVALUE a check digit or date is wrong */
tg_err tg_mrz_read(struct tg_view text, struct tg_date today, struct tg_mrz *out, struct tg_errmsg *em);

/* Issuing country as ISO 3166 alpha-2, "ZZ" for organisations, refugees, stateless persons and specimens. */
const char *tg_mrz_country(const char *code);

#endif
