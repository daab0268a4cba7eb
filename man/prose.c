/* Prose files: read into sections, written as mdoc line by line.
 *
 * Knows no command. The form is described in man/README.md.
 */
#include "man/prose.h"

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"

void tg_prose_release(struct tg_prose *prose)
{
    tg_buf_release(&prose->text);
}

static struct tg_view take_line(struct tg_view *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->bytes);
    size_t bytes = end ? (size_t)(end - rest->data) : rest->bytes;
    struct tg_view line = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + bytes + (end ? 1 : 0), rest->bytes - bytes - (end ? 1 : 0));
    return line;
}

static bool begins(struct tg_view line, const char *with)
{
    size_t bytes = strlen(with);
    return line.bytes >= bytes && memcmp(line.data, with, bytes) == 0;
}

static struct tg_view without(struct tg_view line, size_t bytes)
{
    return tg_text_trim(tg_view_of(line.data + bytes, line.bytes - bytes));
}

static tg_err split(struct tg_prose *prose, const char *path, struct tg_errmsg *em)
{
    struct tg_view rest = tg_buf_view(&prose->text);
    while (rest.bytes) {
        const uint8_t *from = rest.data;
        struct tg_view line = take_line(&rest);
        if (begins(line, "# ")) {
            if (prose->count == TG_PROSE_SECTIONS_MAX)
                return tg_fail(em, TG_ELIMIT, "'%s' has more than %d sections", path, TG_PROSE_SECTIONS_MAX);
            prose->sections[prose->count++] =
                (struct tg_prose_section){.title = without(line, 2), .body = tg_view_of(rest.data, 0)};
        } else if (prose->count) {
            struct tg_view *body = &prose->sections[prose->count - 1].body;
            body->bytes += (size_t)(rest.data - from);
        } else if (tg_text_trim(line).bytes) {
            return tg_fail(em, TG_EFORMAT, "'%s' begins without a line '# DESCRIPTION'", path);
        }
    }
    return TG_OK;
}

tg_err tg_prose_read(const char *path, struct tg_prose *prose, struct tg_errmsg *em)
{
    tg_err err = tg_file_read(path, TG_PROSE_BYTES_MAX, &prose->text, em);
    if (!err && !tg_utf8_valid(tg_buf_view(&prose->text)))
        return tg_fail(em, TG_EFORMAT, "'%s' is not UTF-8", path);
    return err ? err : split(prose, path, em);
}

struct tg_prose_section *tg_prose_section(struct tg_prose *prose, const char *title)
{
    for (size_t i = 0; i < prose->count; i++)
        if (tg_view_equal_str(prose->sections[i].title, title)) return &prose->sections[i];
    return NULL;
}

/* What the lines before have opened. */
enum open { OPEN_NOTHING, OPEN_TEXT, OPEN_LITERAL, OPEN_LIST };

struct state {
    struct tg_roff *roff;
    enum open open;
    bool gap; /* an empty line stands before this one */
    bool any; /* something stands in this section */
    tg_prose_part_fn part;
    void *ctx;
    struct tg_errmsg *em;
};

static void close_open(struct state *state)
{
    if (state->open == OPEN_LITERAL) tg_roff_line(state->roff, ".Ed");
    if (state->open == OPEN_LIST) tg_roff_line(state->roff, ".El");
    state->open = OPEN_NOTHING;
}

static void literal(struct state *state, struct tg_view line)
{
    if (state->open != OPEN_LITERAL) {
        close_open(state);
        tg_roff_line(state->roff, ".Bd -literal -offset indent");
        state->open = OPEN_LITERAL;
    } else if (state->gap) {
        tg_roff_literal(state->roff, tg_view_str(""));
    }
    tg_roff_literal(state->roff, tg_view_of(line.data + 4, line.bytes - 4));
}

/* "- term :: what it means" */
static tg_err item(struct state *state, struct tg_view line)
{
    struct tg_view text = without(line, 2);
    const uint8_t *colons = memmem(text.data, text.bytes, " :: ", 4);
    if (!colons)
        return tg_fail(state->em, TG_EFORMAT, "'%.*s' is no '- term :: what it means'", TG_VIEW_PRINT(line));
    if (state->open != OPEN_LIST) {
        close_open(state);
        tg_roff_line(state->roff, ".Bl -tag -width Ds");
        state->open = OPEN_LIST;
    }
    size_t term = (size_t)(colons - text.data);
    char word[128];
    (void)snprintf(word, sizeof word, "%.*s", (int)term, (const char *)text.data);
    tg_roff_put(state->roff, ".It Sy ");
    tg_roff_word(state->roff, word);
    tg_roff_put(state->roff, "\n");
    tg_roff_text(state->roff, without(text, term + 4));
    return TG_OK;
}

static void paragraph(struct state *state, struct tg_view line)
{
    bool goes_on = state->open == OPEN_TEXT || (state->open == OPEN_LIST && begins(line, "  "));
    if (!goes_on || state->gap) {
        if (!(state->open == OPEN_LIST && begins(line, "  "))) close_open(state);
        if (state->any) tg_roff_line(state->roff, ".Pp");
        if (state->open != OPEN_LIST) state->open = OPEN_TEXT;
    }
    tg_roff_text(state->roff, tg_text_trim(line));
}

static tg_err put_line(struct state *state, struct tg_view line)
{
    if (begins(line, "    ")) {
        literal(state, line);
    } else if (begins(line, "- ")) {
        return item(state, line);
    } else if (begins(line, "## ")) {
        close_open(state);
        tg_roff_heading(state->roff, ".Ss", without(line, 3));
        state->any = false;
        return TG_OK;
    } else if (begins(line, "@")) {
        close_open(state);
        if (!state->part || !state->part(state->ctx, state->roff, without(line, 1)))
            return tg_fail(state->em, TG_EFORMAT, "nothing is called '%.*s'", TG_VIEW_PRINT(line));
    } else {
        paragraph(state, line);
    }
    state->any = true;
    return TG_OK;
}

tg_err tg_prose_put(const struct tg_prose_section *section, struct tg_roff *roff, tg_prose_part_fn part,
                    void *ctx, struct tg_errmsg *em)
{
    struct state state = {.roff = roff, .part = part, .ctx = ctx, .em = em};
    struct tg_view rest = section->body;
    while (rest.bytes) {
        struct tg_view line = take_line(&rest);
        if (!tg_text_trim(line).bytes) {
            state.gap = true;
            continue;
        }
        tg_err err = put_line(&state, line);
        if (err) return err;
        state.gap = false;
    }
    close_open(&state);
    return TG_OK;
}
