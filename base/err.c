/* The one list of errors, and the message that goes with one.
 *
 * Knows nothing of who failed or why. Messages are cut at TG_ERRMSG_BYTES, never overrun.
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct err_row {
    const char *name;
    const char *text;
    int exit_code;
};
static const struct err_row rows[] = {
#define TG_ERR_ROW(name, exit_code, text) {#name, text, exit_code},
    TG_ERR_LIST(TG_ERR_ROW)
#undef TG_ERR_ROW
};
#define ROWS (sizeof rows / sizeof rows[0])

/* What a message may take of the whole when something comes behind it. */
#define MESSAGE_BYTES (TG_ERRMSG_BYTES - 128)
#define CONTEXT_BYTES 200

static const struct err_row *row_of(tg_err err)
{
    return (size_t)err < ROWS ? &rows[err] : &rows[TG_EBUG];
}

const char *tg_err_name(tg_err err)
{
    return row_of(err)->name;
}

const char *tg_err_text(tg_err err)
{
    return row_of(err)->text;
}

int tg_err_exit_code(tg_err err)
{
    return row_of(err)->exit_code;
}

tg_err tg_err_from_name(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0) return (tg_err)i;
    return TG_EBUG;
}

tg_err tg_err_from_code(const char *code)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcasecmp(rows[i].name, code) == 0) return (tg_err)i;
    return TG_EBUG;
}

/* A message that was cut may end inside a character: drop what is left of it. */
static void end_whole(char *text)
{
    size_t bytes = strlen(text), back = 0;
    while (back < 3 && back < bytes && ((unsigned char)text[bytes - 1 - back] & 0xC0) == 0x80) back++;
    if (back == bytes) return;
    unsigned char lead = (unsigned char)text[bytes - 1 - back];
    size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (wanted > back) text[bytes - 1 - back] = 0;
}

tg_err tg_fail(struct tg_errmsg *em, tg_err err, const char *format, ...)
{
    if (!em) return err;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(em->text, sizeof em->text, format, args);
    va_end(args);
    end_whole(em->text);
    return err;
}

tg_err tg_fail_errno(struct tg_errmsg *em, tg_err err, int saved_errno, const char *format, ...)
{
    if (!em) return err;
    char message[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    end_whole(message);
    char reason[128];
    const char *text = strerror_r(saved_errno, reason, sizeof reason);
    return tg_fail(em, err, "%s: %.120s", message, text);
}

tg_err tg_context(struct tg_errmsg *em, tg_err err, const char *format, ...)
{
    if (!em) return err;
    char front[CONTEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(front, sizeof front, format, args);
    va_end(args);
    end_whole(front);
    char inner[TG_ERRMSG_BYTES];
    (void)snprintf(inner, sizeof inner, "%s", tg_errmsg_text(em, err));
    return tg_fail(em, err, "%s: %s", front, inner);
}

const char *tg_errmsg_text(const struct tg_errmsg *em, tg_err err)
{
    return em && em->text[0] ? em->text : tg_err_text(err);
}
