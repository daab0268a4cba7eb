/* watch, as lines, against a node that answers what the test says. */
#include <sys/stat.h>

#include "base/file.h"
#include "fake_node.h"

static struct fake_node node;
static int asked;

static void end_ok(struct tg_control_out *row)
{
    cr_assert_eq(tg_control_end(row), TG_OK);
}

static void notice(struct tg_buf *out, int64_t cursor, const char *kind, const char *precedence,
                   const char *text)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "notice");
    tg_control_put_number(&row, "cursor", cursor);
    tg_control_put_number(&row, "at_ms", 1719748800000 + cursor * 1000);
    tg_control_put_text(&row, "kind", kind);
    if (precedence) tg_control_put_text(&row, "nature", "exercise");
    if (precedence) tg_control_put_text(&row, "precedence", precedence);
    tg_control_put_text(&row, "ref", "KG-4");
    tg_control_put_text(&row, "text", text);
    end_ok(&row);
}

static void waiting(struct tg_buf *out, int64_t cursor)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "waiting");
    tg_control_put_number(&row, "cursor", cursor);
    end_ok(&row);
}

static void done(struct tg_buf *out, int64_t cursor)
{
    struct tg_control_out end;
    tg_control_answer(&end, out, TG_CONTROL_DONE);
    tg_control_put_number(&end, "cursor", cursor);
    end_ok(&end);
}

static void begin(fake_answer *answer)
{
    asked = 0;
    fake_start(&node, answer);
}

static bool requested(const char *line)
{
    tg_buf_put(&node.requests, "", 1);
    node.requests.bytes--;
    bool found = strstr((const char *)node.requests.data, line) != NULL;
    if (!found) cr_log_error("no '%s' in:\n%s", line, (const char *)node.requests.data);
    return found;
}

#define HOSTILE "FLASH \x1b[2J\x07 Riot\xe2\x80\xae nigeb\nTSET"

static void answer_once(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    notice(out, 3, "alert", "flash", HOSTILE);
    notice(out, 9, "convergence", NULL, "KG-4 and TJ-1 meet");
    done(out, 9);
}

Test(watch, prints_one_line_for_each_and_moves_no_cursor)
{
    begin(answer_once);
    cr_expect_eq(CALL(&node, "watch", "--once"), 0, "%s", node.talk);
    cr_expect_str_eq(
        node.out, "2024-06-30 12:00:03Z  alert        KG-4  FLASH \\x1b[2J\\x07 Riot\\u{202e} nigeb\\nTSET\n"
                  "2024-06-30 12:00:09Z  convergence  KG-4  KG-4 and TJ-1 meet\n");
    cr_expect(requested("notices\n"), "it ends, so it does not follow");
    fake_stop(&node);
}

Test(watch, gives_the_cursor_in_every_row_for_programs)
{
    begin(answer_once);
    cr_expect_eq(CALL(&node, "watch", "--once", "--format", "json"), 0);
    cr_expect(strstr(node.out, "\"cursor\":3,\"at_ms\":\"2024-06-30T12:00:03Z\",\"kind\":\"alert\"") != NULL,
              "%s", node.out);
    cr_expect(strstr(node.out, "\"nature\":\"exercise\",\"precedence\":\"flash\"") != NULL);
    cr_expect(strchr(node.out, 0x1b) == NULL);
    cr_expect_eq(CALL(&node, "watch", "--once", "--format", "tsv"), 0);
    cr_expect(strstr(node.out, "\n9\t2024-06-30T12:00:09Z\tconvergence\t") != NULL, "%s", node.out);
    fake_stop(&node);
}

static void answer_narrow(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    done(out, 0);
}

Test(watch, hands_on_where_to_begin_and_what_is_meant)
{
    begin(answer_narrow);
    cr_expect_eq(CALL(&node, "watch", "--after", "12", "--kind", "alert", "--kind", "withdrawal", "--from",
                      "KG", "--precedence", "immediate", "--once"),
                 0);
    cr_expect(requested("notices kind=alert kind=withdrawal from=KG precedence=immediate after=12\n"));
    cr_expect_eq(CALL(&node, "watch", "--new"), 0);
    cr_expect(requested("notices newest=0 follow=1\n"));
    fake_stop(&node);
}

Test(watch, refuses_two_ways_to_begin)
{
    begin(answer_narrow);
    cr_expect_eq(CALL(&node, "watch", "--after", "1", "--new"), 2);
    cr_expect_eq(CALL(&node, "watch", "--after", "1", "--cursor-file", "x"), 2);
    cr_expect_eq(CALL(&node, "watch", "--once", "--new"), 2);
    cr_expect_eq(node.requests.bytes, 0);
    fake_stop(&node);
}

/* The node goes away twice, each time after some rows; the third connection ends the stream. */
static void answer_goes(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    int64_t first = tg_control_number(request, "after", 0) + 1;
    notice(out, first, "convergence", NULL, "one");
    notice(out, first + 1, "convergence", NULL, "two");
    if (++asked == 3)
        done(out, first + 1);
    else
        node.hang_up = true;
}

Test(watch, outlives_the_node_and_goes_on_behind_the_last_row)
{
    begin(answer_goes);
    cr_expect_eq(CALL(&node, "watch", "--format", "tsv"), 0, "%s", node.talk);
    cr_expect(requested("notices follow=1\nnotices after=2 follow=1\nnotices after=4 follow=1\n"));
    const char *at = node.out;
    for (int cursor = 1; cursor <= 6; cursor++) {
        char row[16];
        snprintf(row, sizeof row, "\n%d\t", cursor);
        at = at ? strstr(at, row) : NULL;
        cr_assert(at != NULL, "no row %d: %s", cursor, node.out);
    }
    cr_expect_str_eq(node.talk, "the node is gone; waiting for it\nthe node is back\n"
                                "the node is gone; waiting for it\nthe node is back\n");
    fake_stop(&node);
}

/* Nothing came yet, but where it stood is known. */
static void answer_idle(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    waiting(out, 41);
    if (++asked == 2)
        done(out, 41);
    else
        node.hang_up = true;
}

Test(watch, of_what_is_new_loses_nothing_while_the_node_is_away)
{
    begin(answer_idle);
    cr_expect_eq(CALL(&node, "watch", "--new"), 0);
    cr_expect(requested("notices newest=0 follow=1\nnotices after=41 follow=1\n"));
    fake_stop(&node);
}

static void answer_refuses(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    struct tg_control_out fail;
    tg_control_fail(&fail, out, TG_EDENIED, "only an analyst may\x1b[31m");
    end_ok(&fail);
}

Test(watch, ends_when_the_node_says_no)
{
    begin(answer_refuses);
    cr_expect_eq(CALL(&node, "watch"), 5);
    cr_expect(strstr(node.talk, "only an analyst may\\x1b[31m") != NULL, "%s", node.talk);
    fake_stop(&node);
}

Test(watch, says_so_at_once_when_there_is_no_node)
{
    char *out = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&out, &bytes);
    char *argv[] = {(char *)"tamga", (char *)"--socket", (char *)"/nonexistent/control.sock",
                    (char *)"watch"};
    cr_expect_eq(tg_cli_main(4, argv, stream, stream), 3);
    fclose(stream);
    free(out);
}

/* ---- cursor file ---- */

static void path_of(const char *name, char out[static 128])
{
    snprintf(out, 128, "%s/%s", node.folder, name);
}

static void content(const char *path, char out[static 64])
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "no %s", path);
    out[fread(out, 1, 63, file)] = 0;
    fclose(file);
}

Test(watch, keeps_its_cursor_in_a_file_and_begins_there)
{
    char path[128], text[64];
    begin(answer_once);
    path_of("duty.cursor", path);
    cr_expect_eq(CALL(&node, "watch", "--once", "--cursor-file", path), 0, "%s", node.talk);
    cr_expect(requested("notices\n"));
    content(path, text);
    cr_expect_str_eq(text, "9\n");
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0600);
    cr_expect_eq(CALL(&node, "watch", "--once", "--cursor-file", path), 0);
    cr_expect(requested("notices after=9\n"));
    unlink(path);
    fake_stop(&node);
}

Test(watch, refuses_a_file_that_holds_no_cursor_and_leaves_it)
{
    static const char *const contents[] = {
        "nine\n", "-4\n", "9 10\n", "a letter that somebody wrote long ago, and that is no cursor at all\n"};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        char path[128], text[64];
        begin(answer_once);
        path_of("letter", path);
        cr_assert_eq(tg_file_write(path, tg_view_str(contents[i]), 0600, NULL), TG_OK);
        cr_expect_eq(CALL(&node, "watch", "--once", "--cursor-file", path), 1, "%s: %s", contents[i],
                     node.talk);
        content(path, text);
        cr_expect(strncmp(text, contents[i], 9) == 0);
        cr_expect_eq(node.requests.bytes, 0);
        unlink(path);
        fake_stop(&node);
    }
}

static void answer_gone(const struct tg_control_msg *request, struct tg_buf *out)
{
    (void)request;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "gone");
    tg_control_put_number(&row, "count", 2500);
    tg_control_put_number(&row, "before_ms", 1719748800000);
    end_ok(&row);
    notice(out, 2511, "convergence", NULL, "KG-4 and TJ-1 meet");
    done(out, 2511);
}

Test(watch, says_how_many_are_gone_and_where_their_records_are)
{
    begin(answer_gone);
    cr_expect_eq(CALL(&node, "watch", "--once", "--after", "10", "--format", "json"), 0);
    cr_expect_str_eq(node.talk,
                     "2,500 notices of before 2024-06-30T12:00:00Z are no longer listed: 'tamga query --to "
                     "2024-06-30T12:00:00Z --sort time' finds their records\n");
    cr_expect(
        strstr(node.out, "{\"v\":1,\"row\":\"gone\",\"count\":2500,\"before\":\"2024-06-30T12:00:00Z\"}\n") ==
            node.out,
        "%s", node.out);
    cr_expect_eq(CALL(&node, "notices", "--after", "10"), 0);
    cr_expect(strstr(node.talk, "2,500 notices") != NULL);
    fake_stop(&node);
}
