/* The structured log: events from one catalogue, as text or JSON lines.
 *
 * Knows no component's state; what peers wrote is escaped here and nowhere else. Described in
 * docs/formats-wire.md.
 */
#include "node/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/date.h"
#include "base/text.h"

#define MINUTE_US INT64_C(60000000)
#define FIELD_BYTES_MAX 1024 /* of one field, before it is escaped */
#define NAME_BYTES 32

struct row {
    const char *name; /* in capitals */
    enum tg_log_level level;
    unsigned limit;
    const char *text, *advice;
};
static const struct row rows[] = {
#define EVENT_ROW(id, level, limit, text, advice) {#id, TG_LEVEL_##level, limit, text, advice},
    TG_EVENT_LIST(EVENT_ROW)
#undef EVENT_ROW
};
static const char *const level_names[] = {"debug", "info", "notice", "warning", "error"};

/* Of one event: since when and how many were written, and how many were not. */
struct meter {
    int64_t since_us;
    unsigned written;
    uint64_t suppressed;
};

struct tg_events {
    int fd;
    enum tg_log_format format;
    enum tg_log_level level;
    const struct tg_clock *clock;
    struct meter meters[TG_EVENT_COUNT];
    struct tg_buf line, scratch;
};

tg_err tg_events_new(int fd, enum tg_log_format format, enum tg_log_level level, const struct tg_clock *clock,
                     struct tg_events **ret_events)
{
    struct tg_events *events = calloc(1, sizeof *events);
    if (!events) return TG_ENOMEM;
    events->fd = fd;
    events->format = format;
    events->level = level;
    events->clock = clock;
    *ret_events = events;
    return TG_OK;
}

void tg_events_free(struct tg_events *events)
{
    if (!events) return;
    tg_buf_release(&events->line);
    tg_buf_release(&events->scratch);
    free(events);
}

static tg_err put_lower(struct tg_buf *out, const char *name)
{
    tg_err err = TG_OK;
    for (; *name && !err; name++) {
        char c = tg_ascii_lower(*name);
        err = tg_buf_put(out, &c, 1);
    }
    return err;
}

const char *tg_event_name(enum tg_event_id id)
{
    static char names[TG_EVENT_COUNT][NAME_BYTES]; /* written with the same letters each time */
    if ((unsigned)id >= TG_EVENT_COUNT) return "unknown";
    for (size_t i = 0; rows[id].name[i] && i < NAME_BYTES - 1; i++) {
        names[id][i] = tg_ascii_lower(rows[id].name[i]);
    }
    return names[id];
}

tg_err tg_events_catalogue(struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < TG_EVENT_COUNT && !err; i++) {
        err = put_lower(out, rows[i].name);
        if (!err) {
            err =
                tg_buf_putf(out, "\t%s\t%s\t%s\n", level_names[rows[i].level], rows[i].text, rows[i].advice);
        }
    }
    return err;
}

/* ---- how often ---- */

/* May it be written now? *ret_suppressed: how many were not since the last one. */
static bool pass(struct tg_events *events, enum tg_event_id id, uint64_t *ret_suppressed)
{
    struct meter *meter = &events->meters[id];
    int64_t now = tg_clock_mono_us(events->clock);
    if (meter->written == 0 || now - meter->since_us >= MINUTE_US) {
        meter->since_us = now;
        meter->written = 0;
    }
    if (rows[id].limit && meter->written >= rows[id].limit) {
        meter->suppressed += 1;
        return false;
    }
    meter->written += 1;
    *ret_suppressed = meter->suppressed;
    meter->suppressed = 0;
    return true;
}

/* ---- one line ---- */

/* The field's text, escaped, in events->scratch. */
static struct tg_view value_of(struct tg_events *events, const struct tg_event_field *field)
{
    char node[TG_BASE32_BYTES(TG_HASH_BYTES)];
    struct tg_view text = field->text;
    if (field->type == TG_FIELD_NODE) {
        tg_base32_encode(field->node->bytes, TG_HASH_BYTES, node);
        text = tg_view_str(node);
    }
    if (text.bytes > FIELD_BYTES_MAX) text.bytes = FIELD_BYTES_MAX;
    tg_buf_clear(&events->scratch);
    if (tg_text_escape(text, &events->scratch)) return tg_view_str("?");
    return tg_buf_view(&events->scratch);
}

/* Between double quotes, for text and JSON alike: what is escaped already holds no control character. */
static void put_quoted(struct tg_buf *line, struct tg_view value)
{
    tg_buf_put_str(line, "\"");
    for (size_t i = 0; i < value.bytes; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\') tg_buf_put_str(line, "\\");
        tg_buf_put(line, &value.data[i], 1);
    }
    tg_buf_put_str(line, "\"");
}

static bool needs_quotes(struct tg_view value)
{
    for (size_t i = 0; i < value.bytes; i++) {
        if (value.data[i] <= ' ' || memchr("\"=\\", value.data[i], 3)) return true;
    }
    return value.bytes == 0;
}

static void put_field(struct tg_events *events, const struct tg_event_field *field)
{
    struct tg_buf *line = &events->line;
    bool json = events->format == TG_LOG_JSON;
    tg_buf_putf(line, json ? ",\"%s\":" : " %s=", field->key);
    if (field->type == TG_FIELD_NUMBER) {
        tg_buf_putf(line, "%" PRId64, field->number);
        return;
    }
    struct tg_view value = value_of(events, field);
    if (json || needs_quotes(value)) {
        put_quoted(line, value);
    } else {
        tg_buf_put_view(line, value);
    }
}

static void put_head(struct tg_events *events, enum tg_event_id id)
{
    char time[TG_TIME_TEXT_BYTES];
    int64_t now_ms = tg_clock_wall_ms(events->clock);
    tg_time_format(now_ms, time);
    if (events->format == TG_LOG_TEXT) {
        tg_buf_putf(&events->line, "%s %-7s %s: %s", time, level_names[rows[id].level], tg_event_name(id),
                    rows[id].text);
        return;
    }
    tg_buf_putf(&events->line,
                "{\"v\":1,\"time\":\"%s\",\"unix_ms\":%" PRId64
                ",\"level\":\"%s\",\"event\":\"%s\",\"text\":\"%s\"",
                time, now_ms, level_names[rows[id].level], tg_event_name(id), rows[id].text);
}

/* One write(2), so that lines of several processes do not mix; what cannot be written is lost. */
static void write_line(const struct tg_events *events)
{
    ssize_t written;
    do {
        written = write(events->fd, events->line.data, events->line.bytes);
    } while (written < 0 && errno == EINTR);
}

void tg_event_write(struct tg_events *events, enum tg_event_id id, const struct tg_event_field *fields)
{
    uint64_t suppressed = 0;
    if (!events || (unsigned)id >= TG_EVENT_COUNT || rows[id].level < events->level) return;
    if (!pass(events, id, &suppressed)) return;
    tg_buf_clear(&events->line);
    put_head(events, id);
    for (; fields && fields->key; fields++) {
        if (events->line.bytes < TG_EVENT_LINE_BYTES_MAX) put_field(events, fields);
    }
    if (suppressed) put_field(events, &TG_F_NUM("suppressed", suppressed));
    tg_buf_put_str(&events->line, events->format == TG_LOG_JSON ? "}\n" : "\n");
    write_line(events);
}
