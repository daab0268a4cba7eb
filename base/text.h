/* Text from outside: checked, escaped for a terminal or a log, and the nearest known name.
 *
 * Knows no locale.
 */
#ifndef TG_BASE_TEXT_H
#define TG_BASE_TEXT_H

#include <stdbool.h>

#include "base/bytes.h"

/* Well-formed UTF-8 (no surrogates, no overlong forms, ≤ U+10FFFF). */
bool tg_utf8_valid(struct tg_view text);
/* Bytes of the longest front that is well formed. */
size_t tg_utf8_prefix(struct tg_view text);
/* One code point from the front of valid UTF-8; 0 at the end. Advances the view. */
uint32_t tg_utf8_next(struct tg_view *text);
/* Appends one code point to out (≤ 4 bytes), returns the bytes written. */
size_t tg_utf8_put(uint32_t code_point, uint8_t out[static 4]);
/* Columns that a terminal gives it (combining 0, wide 2 for CJK). */
size_t tg_text_columns(struct tg_view text);

/* One line that moves no cursor and hides nothing: C0, C1, DEL, bidi controls, zero-width and other invisible
 * characters (variation selectors, fillers, tags), line separators and invalid bytes become \n, \t, \xNN or \u{NNNN}; everything else stays,
 * and so does a zero-width non-joiner that keeps two Arabic letters from joining. */
tg_err tg_text_escape(struct tg_view text, struct tg_buf *out);

/* The nearest of count names within two edits (or a prefix of it), or NULL. For "did you mean". */
const char *tg_text_nearest(const char *text, const char *const *names, size_t count);

/* ASCII only, no locale. */
char tg_ascii_lower(char c);
bool tg_ascii_is_alnum(char c);
bool tg_ascii_is_digit(char c);
/* Without the ASCII white space at both ends. */
struct tg_view tg_text_trim(struct tg_view text);
/* Decimal without sign, leading zeros allowed; TG_EFORMAT, TG_ELIMIT above max. */
tg_err tg_text_u64(struct tg_view text, uint64_t max, uint64_t *ret_value);

#endif
