/* What a partner's refusal means, and what to do about it, from the code of its receipt. */
#include "cli/refusal.h"

#include <string.h>

#include "base/err.h"

#define UPGRADE "nothing to send again: it reads it by itself once its program is upgraded"
#define CARDS "compare cards ('tamga peer test' names the side), then send it again with 'tamga correct'"
#define MEND "'tamga correct' with what is mended puts another in its place"

static const struct {
    const char *code, *why, *advice;
} refusals[] = {
    {"not-understood", "kept there, with parts that its program is too old to read", UPGRADE},
    {"enewer", "must not be used there by a program that does not know all of it", UPGRADE},
    {"estanza", "does not open there", CARDS},
    {"ekey", "does not open there", CARDS},
    {"ecommit", "does not open there", CARDS},
    {"eaudience", "does not open there", CARDS},
    {"ewithdrawn", "was withdrawn before it came there", "nothing"},
};

const char *tg_refusal_why(const char *code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (strcmp(refusals[i].code, code) == 0) return refusals[i].why;
    tg_err err = tg_err_from_code(code);
    return err == TG_EBUG ? "is taken as wrong there" : tg_err_text(err);
}

const char *tg_refusal_advice(const char *code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (strcmp(refusals[i].code, code) == 0) return refusals[i].advice;
    return MEND;
}

tg_err tg_refusal_put(struct tg_cli *cli, const char *state, const char *code)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    bool in_part = strcmp(state, "in part") == 0;
    tg_err err = tg_buf_putf(&line, "%s%s (%s); %s", in_part ? "some record of its envelope " : "",
                             tg_refusal_why(code), code, tg_refusal_advice(code));
    if (!err) tg_put_wrapped(cli, "       ", 7, tg_buf_view(&line));
    return err;
}
