/* Text for people and machines: escaping, wrapping, times, names with their Latin reading, JSON lines.
 *
 * Knows no command and no node. Output formats: docs/cli.md "Output".
 */
#ifndef TG_CLI_OUTPUT_H
#define TG_CLI_OUTPUT_H

#include "base/date.h"
#include "cli/cli.h"
#include "proto/control.h"

/* Formatted text to stdout or to the person, for texts that are this program's own. */
void tg_put(struct tg_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_talk(struct tg_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "2024-06-30 12:00:00Z"; "-" for 0 and less. */
#define TG_WHEN_BYTES TG_TIME_TEXT_BYTES
void tg_when_format(int64_t unix_ms, char out[static TG_WHEN_BYTES]);
/* "3 s", "12 min", "5 h", "9 d". */
void tg_span_format(int64_t ms, char out[static TG_WHEN_BYTES]);
/* "1,234,567". */
#define TG_COUNT_BYTES 32
void tg_count_format(int64_t count, char out[static TG_COUNT_BYTES]);
/* "12.3 MB". */
void tg_size_format(int64_t bytes, char out[static TG_COUNT_BYTES]);

/* Text of others, escaped, and with a Latin reading in brackets when it is written in another script. */
tg_err tg_put_reading(struct tg_buf *out, struct tg_view text);
/* first, then text broken at blanks to the width of the screen; further lines begin with indent blanks. The text is
 * escaped; its line breaks are kept, blanks at both ends of its lines are not. */
void tg_put_wrapped(struct tg_cli *cli, const char *first, size_t indent, struct tg_view text);
/* How many bytes of text, which is escaped already, fit into that many columns, cut at a blank where there is one;
 * *ret_skip is what to pass over after them. At least one character. */
size_t tg_wrap_take(struct tg_view text, size_t columns, size_t *ret_skip);
/* One line of the escaped text cut to that many columns, with "…" when it was cut. */
tg_err tg_put_cut(struct tg_buf *out, struct tg_view text, size_t columns);

/* A JSON string in quotes that moves no cursor: everything that tg_text_escape would escape is \u.... */
tg_err tg_json_string(struct tg_buf *out, struct tg_view text);
/* JSON made elsewhere: the same escapes, inside its strings. */
tg_err tg_json_safe(struct tg_buf *out, struct tg_view json);

/* One JSON line: {"v":1,"row":"peer",...}. Remembers its first failure. */
struct tg_json {
    struct tg_buf buf;
    tg_err err;
};
void tg_json_begin(struct tg_json *json, const char *row);
void tg_json_text(struct tg_json *json, const char *key, struct tg_view text);
void tg_json_number(struct tg_json *json, const char *key, int64_t number);
void tg_json_null(struct tg_json *json, const char *key);
void tg_json_hex(struct tg_json *json, const char *key, struct tg_view data);
void tg_json_time(struct tg_json *json, const char *key, int64_t unix_ms); /* null for 0 and less */
/* value is JSON already. */
void tg_json_raw(struct tg_json *json, const char *key, struct tg_view value);
/* Closes, prints the line and frees. */
tg_err tg_json_put(struct tg_json *json, struct tg_cli *cli);

#endif
