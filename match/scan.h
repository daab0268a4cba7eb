/* Selectors and names in running text: statements, chats, dumps, of any size.
 *
 * Pure: bytes go in piece by piece, whatever their borders, and what may identify somebody comes out in its order, brought
 * into normal form. Knows no file, no index, no key. Rules: docs/formats-match.md "In running text".
 */
#ifndef TG_MATCH_SCAN_H
#define TG_MATCH_SCAN_H

#include "base/cleanup.h"
#include "match/selector.h"

/* One place in the text. Views and forms live for the call. */
struct tg_scan_found {
    uint64_t at;                  /* bytes before it */
    uint64_t line;                /* from 1 */
    struct tg_view text;          /* as written */
    struct tg_view before, after; /* around it, on its line, cut between characters */
    const struct tg_selector
        *forms; /* what it may be, the most telling first; none: words that may be a name */
    size_t form_count;
};
/* Anything but TG_OK ends the scan and is returned. */
typedef tg_err (*tg_scan_on_found)(void *ctx, const struct tg_scan_found *found);

struct tg_scan_options {
    const char *country; /* ISO 3166 alpha-2 whose national way of writing numbers is meant, or NULL */
    bool names;          /* two to five words that begin with capitals, too */
    tg_scan_on_found on_found;
    void *ctx;
};
struct tg_scan;
/* NULL: out of memory. Holds TG_SCAN_WINDOW_BYTES, however long the text or a line of it. */
struct tg_scan *tg_scan_new(const struct tg_scan_options *options);
void tg_scan_free(struct tg_scan *scan);
TG_AUTO_PTR_DEFINE(tg_scan, tg_scan_free)
/* The next bytes of the text: UTF-8, or nearly; what is none stands between words. What is found may come with a later
 * call. */
tg_err tg_scan_feed(struct tg_scan *scan, struct tg_view bytes);
/* The text ends here: the rest is found, and another text may begin. */
tg_err tg_scan_end(struct tg_scan *scan);

#endif
