/* The few lines of a node's settings that say where things lie.
 *
 * Reads line by line as the node's own reader does: [section], name = value or name: value, comments with # and ;.
 */
#include "cli/settings.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum place { PLACE_DATA, PLACE_KEYS, PLACE_PASSPHRASE, PLACE_SOCKET, PLACES };
static const struct {
    const char *section, *name;
    size_t offset;
    const char *moved; /* what a moved-in node says; NULL: as it was */
} rows[PLACES] = {
    [PLACE_DATA] = {"node", "data", offsetof(struct tg_settings_places, data), "."},
    [PLACE_KEYS] = {"node", "keys", offsetof(struct tg_settings_places, keys), "keys"},
    [PLACE_PASSPHRASE] = {"node", "passphrase", offsetof(struct tg_settings_places, passphrase), NULL},
    [PLACE_SOCKET] = {"control", "socket", offsetof(struct tg_settings_places, socket), NULL},
};

struct line {
    struct tg_view whole; /* with its newline */
    struct tg_view section;
    enum place place; /* PLACES: another one */
    struct tg_view value;
    bool heads_section;
};

/* Without a comment behind it, which begins with white space and ';'. */
static struct tg_view value_of(struct tg_view text)
{
    for (size_t i = 1; i < text.bytes; i++)
        if (text.data[i] == ';' && (text.data[i - 1] == ' ' || text.data[i - 1] == '\t'))
            return tg_text_trim(tg_view_of(text.data, i - 1));
    return tg_text_trim(text);
}

static void line_read(struct line *line, struct tg_view text)
{
    line->place = PLACES;
    line->heads_section = text.bytes && text.data[0] == '[';
    if (line->heads_section) {
        const uint8_t *end = memchr(text.data, ']', text.bytes);
        if (end) line->section = tg_view_of(text.data + 1, (size_t)(end - text.data) - 1);
        return;
    }
    size_t at = 0;
    while (at < text.bytes && text.data[at] != '=' && text.data[at] != ':') at++;
    if (at == text.bytes || text.data[0] == '#' || text.data[0] == ';') return;
    struct tg_view name = tg_text_trim(tg_view_of(text.data, at));
    line->value = value_of(tg_view_of(text.data + at + 1, text.bytes - at - 1));
    for (size_t i = 0; i < PLACES; i++)
        if (tg_view_equal_str(line->section, rows[i].section) && tg_view_equal_str(name, rows[i].name))
            line->place = (enum place)i;
}

/* The next line of the text; its section goes on from the line before. */
static bool line_next(struct tg_view *rest, struct line *line)
{
    if (!rest->bytes) return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->bytes);
    size_t bytes = end ? (size_t)(end - rest->data) + 1 : rest->bytes;
    line->whole = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + bytes, rest->bytes - bytes);
    line_read(line, tg_text_trim(line->whole));
    return true;
}

void tg_settings_places(struct tg_view text, struct tg_settings_places *ret_places)
{
    struct line line = {.place = PLACES};
    memset(ret_places, 0, sizeof *ret_places);
    while (line_next(&text, &line)) {
        if (line.place == PLACES || line.value.bytes >= TG_CLI_PATH_BYTES_MAX) continue;
        char *to = (char *)ret_places + rows[line.place].offset;
        memcpy(to, line.value.data, line.value.bytes);
        to[line.value.bytes] = 0;
    }
}

static tg_err moved_lines(struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < PLACES && !err; i++)
        if (rows[i].moved) err = tg_buf_putf(out, "%s = %s\n", rows[i].name, rows[i].moved);
    return err;
}

static bool is_moved_in(struct tg_view text)
{
    struct tg_settings_places places;
    tg_settings_places(text, &places);
    for (size_t i = 0; i < PLACES; i++)
        if (rows[i].moved && strcmp((const char *)&places + rows[i].offset, rows[i].moved) != 0) return false;
    return true;
}

tg_err tg_settings_move_in(struct tg_view text, struct tg_buf *out)
{
    if (is_moved_in(text)) return tg_buf_put_view(out, text);
    struct line line = {.place = PLACES};
    bool said = false;
    tg_err err = TG_OK;
    while (!err && line_next(&text, &line)) {
        bool moved = line.place != PLACES && rows[line.place].moved;
        if (moved) err = tg_buf_put_str(out, "# before it was restored: ");
        if (!err) err = tg_buf_put_view(out, line.whole);
        bool node = line.heads_section && tg_view_equal_str(line.section, "node");
        if (!node || said || err) continue;
        if (line.whole.data[line.whole.bytes - 1] != '\n') err = tg_buf_put_str(out, "\n");
        if (!err) err = moved_lines(out);
        said = true;
    }
    if (err || said) return err;
    err = tg_buf_put_str(out, "\n[node]\n");
    return err ? err : moved_lines(out);
}
