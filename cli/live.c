/* Who has stored, read and answered, while the sender waits.
 *
 * Knows no command. Described in docs/cli.md "Alerts, read and answered".
 */
#include "cli/live.h"

#include "base/text.h"
#include "cli/session.h"

void tg_live_begin(struct tg_live *live, struct tg_cli *cli)
{
    *live = (struct tg_live){.cli = cli, .in_place = cli->out_terminal && cli->format == TG_FORMAT_TEXT};
}

void tg_live_release(struct tg_live *live)
{
    for (size_t i = 0; i < live->count; i++) tg_buf_release(&live->lines[i].said);
    live->count = 0;
}

static struct tg_live_line *line_of(struct tg_live *live, const struct tg_control_msg *msg)
{
    const char *node = tg_control_text(msg, "node", "");
    for (size_t i = 0; i < live->count; i++)
        if (strcmp(live->lines[i].node, node) == 0) return &live->lines[i];
    return NULL;
}

static void line_add(struct tg_live *live, const struct tg_control_msg *msg)
{
    if (live->count == TG_AUDIENCE_MAX) return;
    struct tg_live_line *line = &live->lines[live->count++];
    *line = (struct tg_live_line){.stored_ms = -1};
    (void)snprintf(line->country, sizeof line->country, "%s", tg_control_text(msg, "country", ""));
    (void)snprintf(line->node, sizeof line->node, "%s", tg_control_text(msg, "node", ""));
    if (live->count > TG_CLI_LIVE_LINES_MAX) live->in_place = false;
}

/* " · READ 2024-06-30 12:00:01Z, duty desk", " · NOT READ: call +998 ..." */
static tg_err said_put(const struct tg_control_msg *msg, struct tg_buf *out)
{
    const char *said = tg_control_text(msg, "said", "");
    char when[TG_WHEN_BYTES];
    tg_when_format(tg_control_number(msg, "at_ms", 0), when);
    tg_buf_clear(out);
    tg_err err = TG_OK;
    if (said[0]) {
        err = tg_buf_putf(out, "%.16s %s", said, when);
        if (!err && tg_row_view(msg, "by").bytes) err = tg_buf_put_str(out, ", ");
        return err ? err : tg_text_escape(tg_row_view(msg, "by"), out);
    }
    if (tg_control_number(msg, "not_read", 0)) err = tg_buf_put_str(out, "NOT READ: ");
    return err ? err : tg_text_escape(tg_row_view(msg, "call"), out);
}

static tg_err line_draw(struct tg_live *live, const struct tg_live_line *line)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    TG_AUTO(tg_buf) struct tg_buf cut = {0};
    tg_err err = tg_buf_putf(&text, "  %-4s ", line->country);
    if (!err && line->refused)
        err = tg_buf_put_str(&text, "refused");
    else if (!err && line->stored_ms < 0)
        err = tg_buf_put_str(&text, "not stored yet");
    else if (!err)
        err = tg_buf_putf(&text, "stored %lld ms", (long long)line->stored_ms);
    if (!err && line->said.bytes)
        err = tg_buf_putf(&text, " · %.*s", TG_VIEW_PRINT(tg_buf_view(&line->said)));
    if (!err) err = tg_put_cut(&cut, tg_buf_view(&text), live->cli->columns - 1);
    if (!err) tg_put(live->cli, "\r%.*s\033[K\n", TG_VIEW_PRINT(tg_buf_view(&cut)));
    return err;
}

static tg_err draw(struct tg_live *live)
{
    tg_err err = TG_OK;
    if (live->drawn) tg_put(live->cli, "\033[%zuA", live->drawn);
    for (size_t i = 0; i < live->count && !err; i++) err = line_draw(live, &live->lines[i]);
    live->drawn = live->count;
    (void)fflush(live->cli->out);
    return err;
}

/* ---- a line for each word ---- */

static tg_err said_json(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    static const char *const texts[] = {"country", "node", "said", "by", "call"};
    struct tg_json json;
    tg_json_begin(&json, "said");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(msg, texts[i]));
    tg_json_time(&json, "at", tg_control_number(msg, "at_ms", 0));
    tg_json_number(&json, "not_read", tg_control_number(msg, "not_read", 0));
    return tg_json_put(&json, cli);
}

static tg_err said_line(struct tg_live *live, const struct tg_control_msg *msg, const struct tg_buf *said)
{
    const char *country = tg_control_text(msg, "country", "");
    if (live->cli->format == TG_FORMAT_JSON) return said_json(live->cli, msg);
    tg_put(live->cli, live->cli->format == TG_FORMAT_TSV ? "said\t%s\t%.*s\n" : "  %-4s %.*s\n", country,
           TG_VIEW_PRINT(tg_buf_view(said)));
    (void)fflush(live->cli->out);
    return TG_OK;
}

tg_err tg_live_row(struct tg_live *live, const struct tg_control_msg *msg, bool *ret_taken)
{
    *ret_taken = true;
    if (tg_row_is(msg, "addressee")) {
        line_add(live, msg);
        return live->in_place ? draw(live) : TG_OK;
    }
    struct tg_live_line *line = line_of(live, msg);
    bool stored = tg_row_is(msg, "stored"), refused = tg_row_is(msg, "refused");
    if (line && (stored || refused)) {
        line->stored_ms = tg_control_number(msg, "ms", 0);
        line->refused = refused;
        *ret_taken = live->in_place;
        return live->in_place ? draw(live) : TG_OK;
    }
    if (line && tg_row_is(msg, "said")) {
        tg_err err = said_put(msg, &line->said);
        if (err) return err;
        return live->in_place ? draw(live) : said_line(live, msg, &line->said);
    }
    *ret_taken = false;
    return TG_OK;
}
