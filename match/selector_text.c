/* Helpers on text that the selector families share.
 *
 * Knows no type. Normal forms: docs/formats-match.md.
 */
#include <stdarg.h>
#include <stdio.h>

#include "match/selector_impl.h"

tg_err tg_sel_form(struct tg_selector *out, struct tg_errmsg *em, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(out->form, sizeof out->form, format, args);
    va_end(args);
    if (bytes < 0 || (size_t)bytes >= sizeof out->form) {
        return tg_fail(em, TG_ELIMIT, "normal form is longer than %d bytes", TG_SELECTOR_FORM_BYTES_MAX);
    }
    out->form_bytes = (uint16_t)bytes;
    return TG_OK;
}

static char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

tg_err tg_sel_compact(const struct tg_sel_in *in, struct tg_view text, const char *drop, char *out,
                      size_t max, struct tg_errmsg *em)
{
    size_t at = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        char c = (char)text.data[i];
        if (strchr(drop, c) != NULL && c != 0) continue;
        if (!tg_ascii_is_alnum(c)) {
            if (c > ' ' && c < 127) return tg_fail(em, TG_EFORMAT, "'%s' holds '%c'", in->shown, c);
            return tg_fail(em, TG_EFORMAT, "'%s' holds something else than letters A-Z and digits",
                           in->shown);
        }
        if (at == max) return tg_fail(em, TG_ELIMIT, "'%s' is longer than %zu characters", in->shown, max);
        out[at++] = ascii_upper(c);
    }
    out[at] = 0;
    return TG_OK;
}

tg_err tg_sel_digits(const struct tg_sel_in *in, struct tg_view text, const char *drop, char *out, size_t max,
                     struct tg_errmsg *em)
{
    char all[TG_SELECTOR_FORM_BYTES_MAX + 1];
    if (max >= sizeof all) return tg_fail(em, TG_EBUG, "digits asked for are too many");
    tg_err err = tg_sel_compact(in, text, drop, all, max, em);
    if (err != TG_OK) return err;
    for (const char *c = all; *c != 0; c++) {
        if (!tg_ascii_is_digit(*c))
            return tg_fail(em, TG_EFORMAT, "'%s' holds '%c', not only digits", in->shown, *c);
    }
    memcpy(out, all, strlen(all) + 1);
    return TG_OK;
}

bool tg_sel_eat(struct tg_view *text, const char *prefix)
{
    size_t bytes = strlen(prefix);
    if (text->bytes < bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        if (tg_ascii_lower((char)text->data[i]) != prefix[i]) return false;
    }
    text->data += bytes;
    text->bytes -= bytes;
    return true;
}

/* What harmless writing stands for what. Longer ones first where one begins like another. */
static const struct {
    const char *from, *to;
} refangs[] = {
    {"[.]", "."},     {"(.)", "."},     {"{.}", "."},     {"[dot]", "."},         {"(dot)", "."},
    {"{dot}", "."},   {" dot ", "."},   {"[at]", "@"},    {"(at)", "@"},          {"{at}", "@"},
    {"[@]", "@"},     {"(@)", "@"},     {" at ", "@"},    {"[:]", ":"},           {"[/]", "/"},
    {"[://]", "://"}, {"hxxp", "http"}, {"hXXp", "http"}, {"meow://", "http://"}, {"\\.", "."},
};

static size_t refang_one(struct tg_view *text, char *out)
{
    /* Every row begins with one of these, most text with none. */
    bool begins = text->data[0] != 0 && strchr("[({ hm\\", tg_ascii_lower((char)text->data[0])) != NULL;
    for (size_t i = 0; begins && i < sizeof refangs / sizeof refangs[0]; i++) {
        if (!tg_sel_eat(text, refangs[i].from)) continue;
        size_t bytes = strlen(refangs[i].to);
        memcpy(out, refangs[i].to, bytes);
        return bytes;
    }
    out[0] = (char)text->data[0];
    text->data++;
    text->bytes--;
    return 1;
}

size_t tg_sel_refang(struct tg_view text, char *out)
{
    size_t at = 0;
    while (text.bytes > 0 && at < TG_SELECTOR_TEXT_BYTES_MAX) at += refang_one(&text, out + at);
    out[at] = 0;
    return at;
}

char tg_luhn_digit(const char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0');
        if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

bool tg_sel_all_same(const char *text, size_t bytes)
{
    for (size_t i = 1; i < bytes; i++) {
        if (text[i] != text[0]) return false;
    }
    return true;
}
