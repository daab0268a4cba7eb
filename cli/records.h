/* Records fetched for a report, and the footnotes that say where each came from.
 *
 * Knows no report. Verb `records`: docs/control.md.
 */
#ifndef TG_CLI_RECORDS_H
#define TG_CLI_RECORDS_H

#include "cli/row.h"

/* All live records of these kinds (names, ended by NULL), oldest first; country filters by origin, facility by name,
 * known_ms > 0: what was known then. Filters may be NULL. */
struct tg_records_want {
    const char *const *kinds;
    const char *origin;
    const char *facility;
    int64_t known_ms;
};
tg_err tg_records_get(struct tg_cli *cli, const struct tg_records_want *want, struct tg_rows *rows,
                      struct tg_errmsg *em);

/* Sources of a report, each listed once. Zero-initialise. */
#define TG_FOOTNOTES_MAX 64
struct tg_footnotes {
    struct tg_buf texts[TG_FOOTNOTES_MAX];
    size_t count;
};
void tg_footnotes_release(struct tg_footnotes *notes);
TG_AUTO_DEFINE(tg_footnotes, tg_footnotes_release)
/* " TJ-3 press [1]": ref and source of a row, appended. Beyond TG_FOOTNOTES_MAX sources the text stands in full. */
tg_err tg_footnote_put(struct tg_footnotes *notes, const struct tg_row *row, struct tg_buf *out);
/* "[1] press: SpecialEurasia 2024-06, not confirmed by a state" */
void tg_footnotes_print(struct tg_cli *cli, const struct tg_footnotes *notes);

/* Today, or the day that --as-of names (TIME option); days since 1970. */
int32_t tg_as_of_day(const struct tg_cli *cli, const struct tg_args *args);

#endif
