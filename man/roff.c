/* Manual pages as mdoc(7): escaping, headings, running text.
 *
 * Knows no command and no file.
 */
#include "man/roff.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define LINE_BYTES 1024

void tg_roff_release(struct tg_roff *roff)
{
    tg_buf_release(&roff->text);
}

void tg_roff_put(struct tg_roff *roff, const char *text)
{
    if (!roff->err) roff->err = tg_buf_put_str(&roff->text, text);
}

void tg_roff_line(struct tg_roff *roff, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list list;
    va_start(list, format);
    int bytes = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (bytes < 0 || (size_t)bytes >= sizeof line) roff->err = roff->err ? roff->err : TG_ELIMIT;
    tg_roff_put(roff, line);
    tg_roff_put(roff, "\n");
}

/* A minus must stay a minus, so that what is copied from a page works. */
static void put_char(struct tg_roff *roff, char c)
{
    char text[2] = {c, 0};
    tg_roff_put(roff, c == '\\' ? "\\e" : c == '-' ? "\\-" : text);
}

static bool at_line_start(const struct tg_roff *roff)
{
    return roff->text.bytes == 0 || roff->text.data[roff->text.bytes - 1] == '\n';
}

/* A full stop or quote in front of a line would be a request. */
static void guard(struct tg_roff *roff, char first)
{
    if (at_line_start(roff) && (first == '.' || first == '\'')) tg_roff_put(roff, "\\&");
}

/* ". Next" ends a sentence; "e.g. this" and "no. 5" do not. */
static bool ends_sentence(struct tg_view text, size_t at)
{
    return at + 2 < text.bytes && (text.data[at] == '.' || text.data[at] == '?') &&
           text.data[at + 1] == ' ' && isupper(text.data[at + 2]);
}

void tg_roff_text(struct tg_roff *roff, struct tg_view text)
{
    bool bold = false;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = (char)text.data[i];
        if (c == '`') {
            bold = !bold;
            tg_roff_put(roff, bold ? "\\fB" : "\\fR");
            continue;
        }
        guard(roff, c);
        put_char(roff, c);
        if (bold || !ends_sentence(text, i)) continue;
        tg_roff_put(roff, "\n");
        i++;
    }
    if (bold && !roff->err) roff->err = TG_EFORMAT;
    tg_roff_put(roff, "\n");
}

void tg_roff_literal(struct tg_roff *roff, struct tg_view line)
{
    if (line.bytes) guard(roff, (char)line.data[0]);
    for (size_t i = 0; i < line.bytes; i++) put_char(roff, (char)line.data[i]);
    tg_roff_put(roff, "\n");
}

void tg_roff_word(struct tg_roff *roff, const char *word)
{
    tg_roff_put(roff, "\\&");
    for (; *word; word++) {
        if (*word == ' ')
            tg_roff_put(roff, "\\ ");
        else if (*word == '"')
            tg_roff_put(roff, "\\(dq");
        else
            put_char(roff, *word);
    }
}

void tg_roff_heading(struct tg_roff *roff, const char *macro, struct tg_view title)
{
    tg_roff_put(roff, macro);
    tg_roff_put(roff, " ");
    for (size_t i = 0; i < title.bytes; i++) put_char(roff, (char)title.data[i]);
    tg_roff_put(roff, "\n");
}

/* Names of values and what is typed stay as they are: "male, female", "phone=+992...". */
static bool begins_with_a_word(const char *help)
{
    size_t bytes = 0;
    while (islower((unsigned char)help[bytes])) bytes++;
    return bytes > 0 && (help[bytes] == ' ' || help[bytes] == '\0' || help[bytes] == ';');
}

static void sentence(struct tg_roff *roff, const char *help, bool capital)
{
    char text[LINE_BYTES];
    size_t bytes = strlen(help);
    if (!bytes) return;
    if (bytes + 2 > sizeof text) {
        roff->err = roff->err ? roff->err : TG_ELIMIT;
        return;
    }
    memcpy(text, help, bytes + 1);
    if (capital) text[0] = (char)toupper((unsigned char)text[0]);
    if (bytes && text[bytes - 1] != '.') memcpy(text + bytes, ".", 2);
    tg_roff_text(roff, tg_view_str(text));
}

void tg_roff_sentence(struct tg_roff *roff, const char *help)
{
    sentence(roff, help, begins_with_a_word(help));
}

void tg_roff_summary(struct tg_roff *roff, const char *summary)
{
    sentence(roff, summary, true);
}
