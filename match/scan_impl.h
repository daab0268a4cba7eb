/* What the files of the scanner share. Not for use outside match/scan*.c.
 *
 * Positions are places in the window; a candidate is at most TG_SCAN_REACH_BYTES away from what gave it away, and so much
 * stands on both sides of whatever is looked at, so that pieces are found the same wherever the borders of the input fall.
 */
#ifndef TG_MATCH_SCAN_IMPL_H
#define TG_MATCH_SCAN_IMPL_H

#include "base/text.h"
#include "match/scan.h"

#define TG_SCAN_FORMS_MAX 8

/* How many lines end before a place that only grows. */
struct tg_scan_lines {
    size_t counted;
    uint64_t line;
};
struct tg_scan {
    struct tg_scan_options options;
    uint8_t *window; /* TG_SCAN_WINDOW_BYTES; zeros stand behind what it holds */
    size_t bytes;    /* that stand in it */
    size_t next;     /* where to look on */
    size_t floor;    /* nothing before it belongs to a further candidate */
    size_t name_next;
    uint64_t base;                          /* bytes of the text before the window */
    struct tg_scan_lines lines, name_lines; /* words are looked at behind the numbers of a window */
    struct tg_selector forms[TG_SCAN_FORMS_MAX];
    size_t form_count;
};

enum {
    TG_SCAN_DIGIT = 1,
    TG_SCAN_LETTER = 2,
    TG_SCAN_HEX = 4,
    TG_SCAN_HOST = 8,   /* letters, digits, hyphen, beyond ASCII */
    TG_SCAN_LOCAL = 16, /* of an e-mail address, before the @ */
    TG_SCAN_URL = 32,
    TG_SCAN_MARK = 64,    /* digits, @ . [ ( : one of them stands in every selector */
    TG_SCAN_SPACER = 128, /* between the groups of a number */
};
extern const uint8_t tg_scan_class[256];
static inline bool tg_scan_is(uint8_t c, unsigned classes)
{
    return (tg_scan_class[c] & classes) != 0;
}
static inline struct tg_view tg_scan_view(const struct tg_scan *scan, size_t from, size_t to)
{
    return tg_view_of(scan->window + from, to - from);
}

/* Try one type on these bytes and keep its form; whether it was one. */
bool tg_scan_try(struct tg_scan *scan, enum tg_selector_type type, size_t from, size_t to);
/* Hand over what was kept, as of these bytes, and go on behind them. With nothing kept nothing happens. */
tg_err tg_scan_give(struct tg_scan *scan, size_t from, size_t to);
tg_err tg_scan_give_name(struct tg_scan *scan, size_t from, size_t to);

/* scan_address.c: what stands around an @, a dot, a bracket. *ret_taken: it was an address or handle of some sort. */
tg_err tg_scan_address(struct tg_scan *scan, size_t mark, bool *ret_taken);
/* scan_number.c: what stands around a digit. */
tg_err tg_scan_number(struct tg_scan *scan, size_t mark);
/* scan_words.c: names that begin in name_next .. end. */
tg_err tg_scan_words(struct tg_scan *scan, size_t end);

#endif
