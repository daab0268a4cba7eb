/* Text for people and machines: escaping, wrapping, times, names with their Latin reading, JSON lines.
 *
 * Knows no command and no node. Output formats: docs/cli.md "Output".
 */
#include "cli/output.h"

#include "base/text.h"
#include "match/name.h"

void tg_put(struct tg_cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(cli->out, format, args);
    va_end(args);
}

void tg_talk(struct tg_cli *cli, const char *format, ...)
{
    (void)fflush(cli->out);
    va_list args;
    va_start(args, format);
    (void)vfprintf(cli->talk, format, args);
    va_end(args);
}

void tg_when_format(int64_t unix_ms, char out[static TG_WHEN_BYTES])
{
    if (unix_ms <= 0) {
        (void)snprintf(out, TG_WHEN_BYTES, "-");
        return;
    }
    tg_time_format(unix_ms, out);
    char *t = strchr(out, 'T');
    if (t) *t = ' ';
}

void tg_span_format(int64_t ms, char out[static TG_WHEN_BYTES])
{
    static const struct {
        int64_t below_s, unit_s;
        const char *name;
    } units[] = {{120, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {INT64_MAX, 86400, "d"}};
    int64_t seconds = ms / 1000;
    size_t i = 0;
    while (seconds >= units[i].below_s) i++;
    (void)snprintf(out, TG_WHEN_BYTES, "%lld %s", (long long)(seconds / units[i].unit_s), units[i].name);
}

void tg_count_format(int64_t count, char out[static TG_COUNT_BYTES])
{
    char digits[TG_COUNT_BYTES];
    int bytes = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(count < 0 ? -count : count));
    size_t at = 0;
    if (count < 0) out[at++] = '-';
    for (int i = 0; i < bytes && at + 2 < TG_COUNT_BYTES; i++) {
        if (i && (bytes - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
}

void tg_size_format(int64_t bytes, char out[static TG_COUNT_BYTES])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    int64_t tenths = bytes * 10;
    size_t unit = 0;
    for (; tenths >= 10000 && unit + 1 < sizeof units / sizeof units[0]; unit++) tenths /= 1000;
    if (unit == 0)
        (void)snprintf(out, TG_COUNT_BYTES, "%lld B", (long long)bytes);
    else
        (void)snprintf(out, TG_COUNT_BYTES, "%lld.%lld %s", (long long)(tenths / 10),
                       (long long)(tenths % 10), units[unit]);
}

/* Letters beyond Latin: what a reader of Latin script cannot be expected to read. */
static bool needs_reading(struct tg_view text)
{
    while (text.bytes) {
        uint32_t cp = tg_utf8_next(&text);
        bool foreign = (cp >= 0x0370 && cp <= 0x1DFF) || (cp >= 0x2E80 && cp <= 0xD7FF) ||
                       (cp >= 0xF900 && cp <= 0xFDFF) || (cp >= 0xFE70 && cp <= 0xFEFC) || cp >= 0x10000;
        if (foreign) return true;
    }
    return false;
}

tg_err tg_put_reading(struct tg_buf *out, struct tg_view text)
{
    tg_err err = tg_text_escape(text, out);
    if (err || text.bytes > TG_NAME_BYTES_MAX || !needs_reading(text)) return err;
    TG_AUTO(tg_buf) struct tg_buf latin = {0};
    if (tg_name_latin(text, &latin) || needs_reading(tg_buf_view(&latin))) return TG_OK;
    err = tg_buf_put_str(out, " [");
    if (!err) err = tg_text_escape(tg_buf_view(&latin), out);
    return err ? err : tg_buf_put_str(out, "]");
}

size_t tg_wrap_take(struct tg_view text, size_t columns, size_t *ret_skip)
{
    struct tg_view left = text;
    size_t blank = 0, used = 0;
    while (left.bytes) {
        size_t at = text.bytes - left.bytes;
        if (left.data[0] == ' ') blank = at;
        uint32_t cp = tg_utf8_next(&left);
        size_t bytes = text.bytes - left.bytes - at;
        used += tg_text_columns(tg_view_of(text.data + at, bytes));
        if (used <= columns || at == 0) continue;
        *ret_skip = cp == ' ' || blank ? 1 : 0;
        return cp == ' ' ? at : blank ? blank : at;
    }
    *ret_skip = 0;
    return text.bytes;
}

static void put_paragraph(struct tg_cli *cli, size_t indent, struct tg_view line)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (tg_text_escape(line, &safe)) return;
    struct tg_view left = tg_buf_view(&safe);
    size_t columns = cli->columns > indent + 20 ? cli->columns - indent : 20;
    do {
        size_t skip = 0, take = tg_wrap_take(left, columns, &skip);
        tg_put(cli, "%.*s\n", (int)take, left.data ? (const char *)left.data : "");
        left = tg_view_of(left.data + take + skip, left.bytes - take - skip);
        if (left.bytes) tg_put(cli, "%*s", (int)indent, "");
    } while (left.bytes);
}

void tg_put_wrapped(struct tg_cli *cli, const char *first, size_t indent, struct tg_view text)
{
    size_t used = tg_text_columns(tg_view_str(first)), solid = strlen(first);
    if (!text.bytes) {
        while (solid && first[solid - 1] == ' ') solid--;
        tg_put(cli, "%.*s\n", (int)solid, first);
        return;
    }
    if (used < indent)
        tg_put(cli, "%s%*s", first, (int)(indent - used), "");
    else if (used > indent)
        tg_put(cli, "%s\n%*s", first, (int)indent, "");
    else
        tg_put(cli, "%s", first);
    while (text.bytes) {
        const uint8_t *end = memchr(text.data, '\n', text.bytes);
        size_t bytes = end ? (size_t)(end - text.data) : text.bytes;
        put_paragraph(cli, indent, tg_text_trim(tg_view_of(text.data, bytes)));
        bytes += end ? 1 : 0;
        text = tg_view_of(text.data + bytes, text.bytes - bytes);
        if (text.bytes) tg_put(cli, "%*s", (int)indent, "");
    }
}

tg_err tg_put_cut(struct tg_buf *out, struct tg_view text, size_t columns)
{
    if (tg_text_columns(text) <= columns) return tg_buf_put_view(out, text);
    size_t used = 0, taken = 0;
    struct tg_view left = text;
    while (left.bytes) {
        struct tg_view before = left;
        (void)tg_utf8_next(&left);
        used += tg_text_columns(tg_view_of(before.data, before.bytes - left.bytes));
        if (used + 1 > columns) break;
        taken = text.bytes - left.bytes;
    }
    tg_err err = tg_buf_put(out, text.data, taken);
    return err ? err : tg_buf_put_str(out, "…");
}

static tg_err json_escape(struct tg_buf *out, uint32_t cp)
{
    if (cp == '\n') return tg_buf_put_str(out, "\\n");
    if (cp == '\t') return tg_buf_put_str(out, "\\t");
    if (cp < 0x10000) return tg_buf_putf(out, "\\u%04x", (unsigned)cp);
    cp -= 0x10000;
    return tg_buf_putf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + (cp >> 10)),
                       (unsigned)(0xDC00 + (cp & 0x3FF)));
}

/* What tg_text_escape would change. */
static bool escapes(struct tg_view one)
{
    if (one.bytes == 1 && one.data[0] >= 0x20 && one.data[0] < 0x7F) return false;
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    return tg_text_escape(one, &safe) || !tg_view_equal(tg_buf_view(&safe), one);
}

static tg_err json_copy(struct tg_buf *out, struct tg_view text, bool quotes)
{
    tg_err err = TG_OK;
    while (!err && text.bytes) {
        struct tg_view before = text;
        uint32_t cp = tg_utf8_next(&text);
        struct tg_view one = tg_view_of(before.data, before.bytes - text.bytes);
        if (quotes && (cp == '"' || cp == '\\'))
            err = tg_buf_putf(out, "\\%c", (int)cp);
        else
            err = escapes(one) ? json_escape(out, cp) : tg_buf_put_view(out, one);
    }
    return err;
}

tg_err tg_json_string(struct tg_buf *out, struct tg_view text)
{
    tg_err err = tg_buf_put_str(out, "\"");
    if (!err) err = json_copy(out, text, true);
    return err ? err : tg_buf_put_str(out, "\"");
}

tg_err tg_json_safe(struct tg_buf *out, struct tg_view json)
{
    return json_copy(out, json, false);
}

void tg_json_begin(struct tg_json *json, const char *row)
{
    *json = (struct tg_json){0};
    json->err = tg_buf_putf(&json->buf, "{\"v\":1,\"row\":\"%s\"", row);
}

static bool key_put(struct tg_json *json, const char *key)
{
    if (!json->err) json->err = tg_buf_putf(&json->buf, ",\"%s\":", key);
    return !json->err;
}

void tg_json_text(struct tg_json *json, const char *key, struct tg_view text)
{
    if (key_put(json, key)) json->err = tg_json_string(&json->buf, text);
}

void tg_json_number(struct tg_json *json, const char *key, int64_t number)
{
    if (key_put(json, key)) json->err = tg_buf_putf(&json->buf, "%lld", (long long)number);
}

void tg_json_null(struct tg_json *json, const char *key)
{
    if (key_put(json, key)) json->err = tg_buf_put_str(&json->buf, "null");
}

void tg_json_hex(struct tg_json *json, const char *key, struct tg_view data)
{
    if (!key_put(json, key)) return;
    json->err = tg_buf_put_str(&json->buf, "\"");
    for (size_t i = 0; i < data.bytes && !json->err; i++)
        json->err = tg_buf_putf(&json->buf, "%02x", data.data[i]);
    if (!json->err) json->err = tg_buf_put_str(&json->buf, "\"");
}

void tg_json_time(struct tg_json *json, const char *key, int64_t unix_ms)
{
    if (unix_ms <= 0) {
        tg_json_null(json, key);
        return;
    }
    char text[TG_TIME_TEXT_BYTES];
    tg_time_format(unix_ms, text);
    tg_json_text(json, key, tg_view_str(text));
}

void tg_json_raw(struct tg_json *json, const char *key, struct tg_view value)
{
    if (key_put(json, key)) json->err = tg_json_safe(&json->buf, value);
}

tg_err tg_json_put(struct tg_json *json, struct tg_cli *cli)
{
    tg_err err = json->err ? json->err : tg_buf_put_str(&json->buf, "}\n");
    if (!err) (void)fwrite(json->buf.data, 1, json->buf.bytes, cli->out);
    tg_buf_release(&json->buf);
    return err;
}
