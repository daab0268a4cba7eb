/* What the columns of somebody's table hold: told by its header line and its first rows.
 *
 * Pure. Knows no file and asks nobody. Rules: docs/formats-match.md "Columns of a table".
 */
#ifndef TG_MATCH_COLUMNS_H
#define TG_MATCH_COLUMNS_H

#include "base/date.h"
#include "match/selector.h"

/* A column is one type of selector (its number), or one of these. The rows are ROW(NAME, number, "name"). */
#define TG_COLUMN_LIST(ROW)                                               \
    ROW(IGNORE, 0, "ignore") /* is not asked */                           \
    ROW(TEXT, 200, "text")   /* selectors in it are looked for */         \
    ROW(NAME, 201, "name")   /* of a person, an organisation */           \
    ROW(GIVEN, 202, "given") /* parts of a person's name, put together */ \
    ROW(PATRONYMIC, 203, "patronymic")                                    \
    ROW(SURNAME, 204, "surname")                                          \
    ROW(BIRTH, 205, "birth")     /* of the person of the row */           \
    ROW(COUNTRY, 206, "country") /* whose national it is */               \
    ROW(SEX, 207, "sex")                                                  \
    ROW(ISSUER, 208, "issuer")     /* of the row's document */            \
    ROW(DOCUMENT, 209, "document") /* a passport or another identity document */
enum tg_column_holds {
#define TG_COLUMN_ENUM(upper, number, name) TG_HOLDS_##upper = (number),
    TG_COLUMN_LIST(TG_COLUMN_ENUM)
#undef TG_COLUMN_ENUM
};
/* "phone", "surname"; NULL for a number that is neither. Static storage. */
const char *tg_holds_name(unsigned holds);
/* TG_EVALUE with the nearest name. */
tg_err tg_holds_of_name(struct tg_view name, unsigned *ret_holds, struct tg_errmsg *em);

/* By the words of a header cell, in any of the languages that the table of words knows; false: they say nothing. */
bool tg_holds_of_header(struct tg_view header, unsigned *ret_holds);

/* What the values of one column look like; zero-initialise, add up to TG_COLUMN_SAMPLES_MAX, ask. */
struct tg_column_sample {
    unsigned count, names, dates, texts;
    unsigned types[TG_SELECTOR_TYPES_END];
};
void tg_column_sample_add(struct tg_column_sample *sample, struct tg_view value, const char *hint_country);
/* TG_HOLDS_TEXT when they agree on nothing. */
unsigned tg_column_sample_holds(const struct tg_column_sample *sample);

/* Which number of a date is the day. */
enum tg_date_order { TG_DATE_ORDER_UNKNOWN, TG_DATE_DAY_FIRST, TG_DATE_MONTH_FIRST };
/* A birth date as people write it, as "1984-07-21" (21.07.1984, 21/07/1984, 19840721, 21 JUL 1984): of what may be day or
 * month, with TG_DATE_ORDER_UNKNOWN and no point between, the year alone is kept. *order becomes what the value shows.
 * TG_EFORMAT, TG_EVALUE. */
tg_err tg_column_date(struct tg_view value, enum tg_date_order *order, struct tg_date *ret_date);

#endif
