/* A person's date as papers and people write it: several orders, two Hijri calendars, partial.
 *
 * Pure. The normal form is the Gregorian partial date of base/date.h.
 */
#ifndef TG_MATCH_BIRTH_H
#define TG_MATCH_BIRTH_H

#include "base/date.h"
#include "base/err.h"

enum {
    TG_BIRTH_DEFAULT = 1,     /* 1 January (or 1 Farvardin): often stands for "year known only" */
    TG_BIRTH_HIJRI = 2,       /* converted from a Hijri calendar */
    TG_BIRTH_APPROXIMATE = 4, /* may be off: lunar months by table, a Hijri year lies in two of ours */
    TG_BIRTH_ORDER = 8        /* 05/07/1984: read as day, month; the other order is a day, too */
};

struct tg_birth_date {
    struct tg_date date;
    unsigned flags;
};

/* text     "1984", "1984-07", "1984-07-21" or with '.' or '/', "21.07.1984", "07.1984", "21 Jul 1984"; full-width and
 *          Arabic-Indic digits as well. Behind it "AH" or "هـ" says lunar Hijri, "SH" or "ش" solar Hijri.
 * country  ISO 3166 alpha-2 or NULL: years 1200 to 1500 without a mark are solar in AF and IR, lunar in SA, else refused
 * A Hijri year without month becomes the year in which it began, flagged approximate; without day the month.
 *
 * Errors: TG_EFORMAT no date   TG_EVALUE no day of the calendar, or which Hijri calendar is not said */
tg_err tg_birth_parse(struct tg_view text, const char *country, struct tg_birth_date *out,
                      struct tg_errmsg *em);

#endif
