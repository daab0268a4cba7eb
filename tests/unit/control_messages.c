/* Frames of the control socket: what is built is read back, and what is not a frame is refused. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "proto/control.h"

static struct tg_arena arena;
static struct tg_buf buf;
static struct tg_errmsg em;

static void setup(void)
{
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    buf = (struct tg_buf){.data = NULL};
}

static void teardown(void)
{
    tg_arena_release(&arena);
    tg_buf_release(&buf);
}

TestSuite(control, .init = setup, .fini = teardown);

/* The one frame in buf, decoded. */
static tg_err decode(struct tg_control_msg *msg)
{
    struct tg_view frame;
    size_t consumed;
    cr_assert_eq(tg_control_frame(tg_buf_view(&buf), &frame, &consumed), TG_OK);
    cr_assert_eq(consumed, buf.bytes);
    return tg_control_decode(frame, &arena, msg, &em);
}

Test(control, request_with_every_type_of_field_is_read_back)
{
    struct tg_control_out out;
    tg_control_request(&out, &buf, "query", "case 17");
    tg_control_put_text(&out, "text", "Раҳмонов");
    tg_control_put_text(&out, "empty", "");
    tg_control_put_data(&out, "data", tg_view_of("a\0b", 3));
    static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < 9; i++) tg_control_put_number(&out, "n", numbers[i]);
    cr_assert_eq(tg_control_end(&out), TG_OK);
    struct tg_control_msg msg;
    cr_assert_eq(decode(&msg), TG_OK, "%s", em.text);
    cr_expect_eq(msg.kind, TG_CONTROL_REQUEST);
    cr_expect_str_eq(msg.verb, "query");
    cr_expect_str_eq(msg.reason, "case 17");
    cr_expect_str_eq(tg_control_text(&msg, "text", "?"), "Раҳмонов");
    cr_expect_str_eq(tg_control_text(&msg, "empty", "?"), "");
    cr_expect_str_eq(tg_control_text(&msg, "none", "fallback"), "fallback");
    cr_expect_str_eq(tg_control_text(&msg, "data", "fallback"), "fallback", "data is not text");
    cr_expect(tg_view_equal(tg_control_data(&msg, "data"), tg_view_of("a\0b", 3)));
    cr_expect_eq(tg_control_data(&msg, "none").bytes, 0);
    const struct tg_control_field *field = NULL;
    for (size_t i = 0; i < 9; i++) {
        field = tg_control_each(&msg, "n", field);
        cr_assert_not_null(field);
        cr_expect_eq(field->number, numbers[i]);
    }
    cr_expect_null(tg_control_each(&msg, "n", field));
    cr_expect(tg_control_has(&msg, "n"));
    cr_expect_not(tg_control_has(&msg, "m"));
    cr_expect_eq(tg_control_number(&msg, "none", -5), -5);
}

Test(control, failure_carries_error_and_message)
{
    struct tg_control_out out;
    tg_control_fail(&out, &buf, TG_EDENIED, "needs the role 'officer'");
    tg_control_put_text(&out, "role", "officer");
    cr_assert_eq(tg_control_end(&out), TG_OK);
    struct tg_control_msg msg;
    cr_assert_eq(decode(&msg), TG_OK);
    cr_expect_eq(msg.kind, TG_CONTROL_FAIL);
    cr_expect_eq(msg.err, TG_EDENIED);
    cr_expect_str_eq(msg.message, "needs the role 'officer'");
    cr_expect_str_eq(tg_control_text(&msg, "role", ""), "officer");
}

Test(control, failure_that_says_ok_or_nothing_known_is_a_bug)
{
    struct tg_control_out out;
    struct tg_control_msg msg;
    tg_control_fail(&out, &buf, TG_OK, "x");
    cr_assert_eq(tg_control_end(&out), TG_OK);
    cr_assert_eq(decode(&msg), TG_OK);
    cr_expect_eq(msg.err, TG_EBUG);
}

Test(control, bytes_that_are_no_text_are_mended_not_lost)
{
    struct tg_control_out out;
    tg_control_answer(&out, &buf, TG_CONTROL_ROW);
    tg_control_put_view(&out, "t",
                        tg_view_of("a\xff"
                                   "b\0c\xe2\x82",
                                   7));
    cr_assert_eq(tg_control_end(&out), TG_OK);
    struct tg_control_msg msg;
    cr_assert_eq(decode(&msg), TG_OK, "%s", em.text);
    cr_expect_str_eq(tg_control_text(&msg, "t", ""), "a\xEF\xBF\xBD"
                                                     "b\xEF\xBF\xBD"
                                                     "c\xEF\xBF\xBD\xEF\xBF\xBD");
}

Test(control, frame_at_its_limit_passes_and_one_byte_more_leaves_the_buffer_alone)
{
    static uint8_t data[TG_CONTROL_FRAME_BYTES_MAX];
    struct tg_control_out out;
    cr_assert_eq(tg_buf_put_str(&buf, "before"), TG_OK);
    tg_control_request(&out, &buf, "v", "");
    size_t head = tg_control_bytes(&out);
    tg_control_put_data(&out, "d", tg_view_of(data, 100000));
    size_t overhead = tg_control_bytes(&out) - head - 100000;
    out.buf->bytes = out.start + head;
    out.fields = 0;
    size_t fits = TG_CONTROL_FRAME_BYTES_MAX - (head - TG_CONTROL_HEADER_BYTES) - overhead;
    tg_control_put_data(&out, "d", tg_view_of(data, fits + 1));
    cr_expect_eq(tg_control_end(&out), TG_ELIMIT);
    cr_expect(tg_view_equal_str(tg_buf_view(&buf), "before"));
    tg_buf_clear(&buf);
    tg_control_request(&out, &buf, "v", "");
    tg_control_put_data(&out, "d", tg_view_of(data, fits));
    cr_assert_eq(tg_control_end(&out), TG_OK);
    cr_expect_eq(buf.bytes, TG_CONTROL_FRAME_BYTES_MAX + TG_CONTROL_HEADER_BYTES);
    struct tg_control_msg msg;
    cr_assert_eq(decode(&msg), TG_OK, "%s", em.text);
    cr_expect_eq(tg_control_data(&msg, "d").bytes, fits);
}

static tg_err with_fields(size_t count)
{
    struct tg_control_out out;
    tg_buf_clear(&buf);
    tg_control_request(&out, &buf, "v", "");
    for (size_t i = 0; i < count; i++)
        tg_control_put_text(&out, "name", "some text of a batch that fills it up");
    return tg_control_end(&out);
}

Test(control, most_fields_pass_and_one_more_is_refused_on_both_sides)
{
    struct tg_control_msg msg;
    cr_expect_eq(with_fields(TG_CONTROL_FIELDS_MAX + 1), TG_ELIMIT);
    cr_assert_eq(with_fields(TG_CONTROL_FIELDS_MAX), TG_OK);
    cr_assert_eq(decode(&msg), TG_OK, "%s", em.text);
    cr_expect_eq(msg.field_count, TG_CONTROL_FIELDS_MAX);
    static const uint8_t one_more[] = {0x3a, 0x06, 0x0a, 0x01, 'n', 0x12, 0x01, 't'};
    cr_assert_eq(tg_buf_put(&buf, one_more, sizeof one_more), TG_OK);
    struct tg_view frame =
        tg_view_of(buf.data + TG_CONTROL_HEADER_BYTES, buf.bytes - TG_CONTROL_HEADER_BYTES);
    tg_arena_clear(&arena);
    cr_expect_eq(tg_control_decode(frame, &arena, &msg, &em), TG_ELIMIT);
}

Test(control, stream_is_cut_into_frames_at_any_boundary)
{
    struct tg_control_out out;
    for (int i = 0; i < 3; i++) {
        tg_control_answer(&out, &buf, TG_CONTROL_ROW);
        tg_control_put_number(&out, "i", i);
        cr_assert_eq(tg_control_end(&out), TG_OK);
    }
    size_t whole = buf.bytes / 3, consumed;
    struct tg_view frame;
    for (size_t bytes = 0; bytes < buf.bytes; bytes++) {
        tg_err err = tg_control_frame(tg_view_of(buf.data, bytes), &frame, &consumed);
        cr_expect_eq(err, bytes < whole ? TG_ESHORT : TG_OK);
    }
    cr_expect_eq(tg_control_frame(tg_view_of("\0\0\0\0", 4), &frame, &consumed), TG_EFORMAT);
    cr_expect_eq(tg_control_frame(tg_view_of("\0\x10\0\1", 4), &frame, &consumed), TG_ELIMIT);
    cr_expect_eq(tg_control_frame(tg_view_of("\0\x10\0\0", 4), &frame, &consumed), TG_ESHORT);
}

Test(control, what_is_no_frame_is_refused_by_name)
{
    static const struct {
        const char *name, *bytes;
        size_t count;
        tg_err err;
    } rows[] = {
        {"nothing", "", 0, TG_EVERSION},
        {"version 2", "\x08\x02\x10\x01\x1a\x01v", 7, TG_EVERSION},
        {"kind 0", "\x08\x01\x10\x00", 4, TG_EVALUE},
        {"kind 7", "\x08\x01\x10\x07", 4, TG_EVALUE},
        {"request without verb", "\x08\x01\x10\x01", 4, TG_EVALUE},
        {"verb not UTF-8", "\x08\x01\x10\x01\x1a\x01\xff", 7, TG_EVALUE},
        {"verb with NUL", "\x08\x01\x10\x01\x1a\x02v\0", 8, TG_EVALUE},
        {"field without name", "\x08\x01\x10\x02\x3a\x03\x12\x01t", 9, TG_EVALUE},
        {"field without value", "\x08\x01\x10\x02\x3a\x03\x0a\x01n", 9, TG_EVALUE},
        {"field text not UTF-8", "\x08\x01\x10\x02\x3a\x06\x0a\x01n\x12\x01\xff", 12, TG_EVALUE},
        {"truncated", "\x08\x01\x10\x01\x1a\x05v", 7, TG_EFORMAT},
        {"group", "\x08\x01\x10\x02\x0b", 5, TG_EFORMAT},
        {"field number 0", "\x08\x01\x10\x02\x00\x01", 6, TG_EFORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_control_msg msg = {.version = 99};
        tg_err err = tg_control_decode(tg_view_of(rows[i].bytes, rows[i].count), &arena, &msg, &em);
        cr_expect_eq(err, rows[i].err, "%s: %s", rows[i].name, tg_err_name(err));
        cr_expect_eq(msg.version, 99, "%s: output touched", rows[i].name);
    }
    struct tg_control_msg msg;
    const char *newer = "\x08\x01\x10\x01\x1a\x01v\xc0\x3e\x01";
    cr_expect_eq(tg_control_decode(tg_view_of(newer, 10), &arena, &msg, &em), TG_OK,
                 "unknown parts are skipped");
}

Test(control, random_changes_never_do_harm)
{
    struct tg_control_out out;
    tg_control_request(&out, &buf, "query", "why");
    tg_control_put_text(&out, "a", "text");
    tg_control_put_number(&out, "b", -7);
    tg_control_put_data(&out, "c", tg_view_of("\0\1\2", 3));
    cr_assert_eq(tg_control_end(&out), TG_OK);
    unsigned short seed[3] = {1, 2, 3};
    uint8_t copy[256];
    size_t bytes = buf.bytes - TG_CONTROL_HEADER_BYTES;
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, buf.data + TG_CONTROL_HEADER_BYTES, bytes);
        for (int i = 0; i < 1 + round % 3; i++) copy[(size_t)nrand48(seed) % bytes] = (uint8_t)nrand48(seed);
        struct tg_control_msg msg;
        tg_arena_clear(&arena);
        tg_control_decode(tg_view_of(copy, bytes - (size_t)nrand48(seed) % 3), &arena, &msg, NULL);
    }
}
