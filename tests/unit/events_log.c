/* The structured log: one line an event, text from outside escaped, floods counted instead of written. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "node/events.h"

static int64_t clock_us;
static int64_t wall_ms(void *ctx)
{
    (void)ctx;
    return 1719748800000 + clock_us / 1000;
}
static int64_t mono_us(void *ctx)
{
    (void)ctx;
    return clock_us;
}
static const struct tg_clock clock_of_test = {.wall_ms = wall_ms, .mono_us = mono_us, .ctx = NULL};

static int ends[2];
static struct tg_events *events;

static void start(enum tg_log_format format, enum tg_log_level level)
{
    cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
    cr_assert_eq(tg_events_new(ends[1], format, level, &clock_of_test, &events), TG_OK);
}

static void stop(void)
{
    tg_events_free(events);
    close(ends[0]);
    close(ends[1]);
}

/* What was written since the last time. */
static const char *written(void)
{
    static char text[16384];
    ssize_t bytes = read(ends[0], text, sizeof text - 1);
    text[bytes > 0 ? bytes : 0] = '\0';
    return text;
}

Test(events, text_line_has_time_level_name_and_fields)
{
    struct tg_hash node = {{0}};
    start(TG_LOG_TEXT, TG_LEVEL_DEBUG);
    tg_event(events, TG_EV_LINK_DOWN, TG_F_NODE("peer", &node), TG_F_NUM("lane", -1),
             TG_F_TEXT("why", "two words"), TG_F_TEXT("empty", ""), TG_F_TEXT("plain", "word"));
    cr_expect_str_eq(written(), "2024-06-30T12:00:00Z notice  link_down: link is down "
                                "peer=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa lane=-1 "
                                "why=\"two words\" empty=\"\" plain=word\n");
    tg_event_plain(events, TG_EV_NODE_STARTED);
    cr_expect_str_eq(written(), "2024-06-30T12:00:00Z notice  node_started: node started\n");
    stop();
}

Test(events, json_line_is_json_whatever_a_peer_wrote)
{
    start(TG_LOG_JSON, TG_LEVEL_DEBUG);
    static const char hostile[] = "a\"b\\c\n\x1b[2J\xff\xe2\x80\xaetail";
    tg_event(events, TG_EV_PEER_ODD, TG_F_VIEW("why", tg_view_of(hostile, sizeof hostile - 1)),
             TG_F_NUM("n", INT64_MIN));
    const char *line = written();
    json_error_t error;
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(json, "%s: %s", error.text, line);
    cr_expect_str_eq(json_string_value(json_object_get(json, "event")), "peer_odd");
    cr_expect_eq(json_integer_value(json_object_get(json, "v")), 1);
    cr_expect_eq(json_integer_value(json_object_get(json, "n")), INT64_MIN);
    const char *why = json_string_value(json_object_get(json, "why"));
    for (const char *at = why; *at; at++) cr_expect_geq((unsigned char)*at, 0x20);
    cr_expect_null(strstr(why, "\xe2\x80\xae"), "the bidi control is escaped");
    json_decref(json);
    stop();
}

Test(events, hostile_text_moves_no_cursor_in_a_text_line)
{
    start(TG_LOG_TEXT, TG_LEVEL_DEBUG);
    tg_event(events, TG_EV_PEER_ODD,
             TG_F_TEXT("why", "x\n2024-06-30T12:00:00Z error node_failed: forged\r\x1b[1A"));
    const char *line = written();
    cr_expect_eq(strchr(line, '\n') - line + 1, (long)strlen(line), "one line: %s", line);
    cr_expect_null(strchr(line, '\x1b'));
    cr_expect_null(strchr(line, '\r'));
    stop();
}

Test(events, quieter_events_are_left_out)
{
    start(TG_LOG_TEXT, TG_LEVEL_WARNING);
    tg_event_plain(events, TG_EV_NODE_STARTED);
    cr_expect_str_eq(written(), "");
    tg_event_plain(events, TG_EV_NODE_FAILED);
    cr_expect_str_not_empty(written());
    tg_event_plain(NULL, TG_EV_NODE_FAILED);
    stop();
}

Test(events, flood_is_counted_and_the_count_is_told)
{
    start(TG_LOG_TEXT, TG_LEVEL_DEBUG);
    unsigned lines = 0;
    for (int i = 0; i < 100; i++) {
        tg_event(events, TG_EV_STRANGER, TG_F_NUM("i", i));
        lines += written()[0] != '\0';
    }
    cr_expect_eq(lines, 6);
    tg_event(events, TG_EV_LINK_UP, TG_F_NUM("i", 1));
    cr_expect_str_not_empty(written(), "other events are not held back");
    clock_us += 60000000;
    tg_event(events, TG_EV_STRANGER, TG_F_NUM("i", 100));
    cr_expect(strstr(written(), "suppressed=94"));
    stop();
}

Test(events, long_fields_are_cut)
{
    static char text[100000];
    start(TG_LOG_TEXT, TG_LEVEL_DEBUG);
    memset(text, '\x01', sizeof text - 1);
    tg_event(events, TG_EV_PEER_ODD, TG_F_TEXT("a", text), TG_F_TEXT("b", text), TG_F_TEXT("c", text));
    cr_expect_lt(strlen(written()), 2 * TG_EVENT_LINE_BYTES_MAX + 4096UL);
    stop();
}

Test(events, every_event_has_a_text_and_an_advice)
{
    TG_AUTO(tg_buf) struct tg_buf catalogue = {.data = NULL};
    cr_assert_eq(tg_events_catalogue(&catalogue), TG_OK);
    cr_assert_eq(tg_buf_put(&catalogue, "", 1), TG_OK);
    size_t lines = 0;
    for (char *line = strtok((char *)catalogue.data, "\n"); line; line = strtok(NULL, "\n")) {
        char name[64], level[16];
        cr_expect_eq(sscanf(line, "%63[^\t]\t%15[^\t]\t%*[^\t]\t%*c", name, level), 2, "%s", line);
        cr_expect_str_eq(name, tg_event_name((enum tg_event_id)lines));
        lines++;
    }
    cr_expect_eq(lines, TG_EVENT_COUNT);
}
