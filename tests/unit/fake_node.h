/* A node that answers on a real socket what a test tells it to, and the program run against it.
 *
 * One thread, one connection at a time; every request is written down as "verb name=value name=value".
 */
#ifndef TG_TESTS_FAKE_NODE_H
#define TG_TESTS_FAKE_NODE_H

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "proto/control.h"
#include "proto/json.h"
#include "proto/record.h"

/* Appends the frames that answer a request. */
typedef void fake_answer(const struct tg_control_msg *request, struct tg_buf *out);

struct fake_node {
    char folder[64], socket[96];
    int listener, stop[2];
    pthread_t thread;
    fake_answer *answer;
    bool hang_up;           /* set by an answer: close the connection behind it */
    struct tg_buf requests; /* text, one line each */
    char *out, *talk;       /* of the last call */
    size_t out_bytes, talk_bytes;
};

static inline void fake_note(struct fake_node *node, const struct tg_control_msg *msg)
{
    tg_buf_putf(&node->requests, "%s", msg->verb);
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(msg, NULL, field))) {
        if (field->type == TG_CONTROL_NUMBER)
            tg_buf_putf(&node->requests, " %s=%lld", field->name, (long long)field->number);
        if (field->type == TG_CONTROL_TEXT)
            tg_buf_putf(&node->requests, " %s=%s", field->name, (const char *)field->data.data);
        if (field->type == TG_CONTROL_DATA)
            tg_buf_putf(&node->requests, " %s=<%zu>", field->name, field->data.bytes);
    }
    tg_buf_putf(&node->requests, "%s%s\n", msg->reason[0] ? " reason:" : "", msg->reason);
}

/* True while there may be more. */
static inline bool fake_serve(struct fake_node *node, int fd, struct tg_buf *in)
{
    uint8_t piece[65536];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got <= 0) return false;
    tg_buf_put(in, piece, (size_t)got);
    struct tg_view frame;
    size_t consumed = 0;
    while (tg_control_frame(tg_buf_view(in), &frame, &consumed) == TG_OK) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        TG_AUTO(tg_buf) struct tg_buf out = {0};
        tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
        struct tg_control_msg msg;
        struct tg_errmsg em = {0};
        cr_assert_eq(tg_control_decode(frame, &arena, &msg, &em), TG_OK, "%s", em.text);
        fake_note(node, &msg);
        node->answer(&msg, &out);
        for (size_t at = 0; at < out.bytes;) {
            ssize_t put = send(fd, out.data + at, out.bytes - at, MSG_NOSIGNAL);
            if (put <= 0) return false;
            at += (size_t)put;
        }
        memmove(in->data, in->data + consumed, in->bytes - consumed);
        in->bytes -= consumed;
    }
    bool stay = !node->hang_up;
    node->hang_up = false;
    return stay;
}

static inline void *fake_run(void *ctx)
{
    struct fake_node *node = ctx;
    for (;;) {
        struct pollfd wait[] = {{node->listener, POLLIN, 0}, {node->stop[0], POLLIN, 0}};
        poll(wait, 2, -1);
        if (wait[1].revents) return NULL;
        int fd = accept(node->listener, NULL, NULL);
        TG_AUTO(tg_buf) struct tg_buf in = {0};
        while (fd >= 0 && fake_serve(node, fd, &in)) continue;
        if (fd >= 0) close(fd);
    }
}

static inline void fake_start(struct fake_node *node, fake_answer *answer)
{
    *node = (struct fake_node){.answer = answer};
    snprintf(node->folder, sizeof node->folder, "/tmp/tg-fake-XXXXXX");
    cr_assert_not_null(mkdtemp(node->folder));
    snprintf(node->socket, sizeof node->socket, "%s/control.sock", node->folder);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", node->socket);
    node->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(node->listener, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(node->listener, 4), 0);
    cr_assert_eq(pipe(node->stop), 0);
    cr_assert_eq(pthread_create(&node->thread, NULL, fake_run, node), 0);
}

static inline void fake_forget(struct fake_node *node)
{
    free(node->out);
    free(node->talk);
    node->out = node->talk = NULL;
}

static inline void fake_stop(struct fake_node *node)
{
    cr_assert_eq(write(node->stop[1], "x", 1), 1);
    pthread_join(node->thread, NULL);
    close(node->listener);
    close(node->stop[0]);
    close(node->stop[1]);
    unlink(node->socket);
    rmdir(node->folder);
    tg_buf_release(&node->requests);
    fake_forget(node);
}

/* Runs "tamga --socket S WORDS..." (words ended by NULL); output in node->out and node->talk. Returns the exit code. */
static inline int fake_call(struct fake_node *node, const char *const *words)
{
    char *argv[64] = {(char *)"tamga", (char *)"--socket", node->socket};
    int argc = 3;
    for (; words[argc - 3]; argc++) argv[argc] = (char *)words[argc - 3];
    fake_forget(node);
    FILE *out = open_memstream(&node->out, &node->out_bytes),
         *talk = open_memstream(&node->talk, &node->talk_bytes);
    int code = tg_cli_main(argc, argv, out, talk);
    fclose(out);
    fclose(talk);
    return code;
}
#define CALL(node, ...) fake_call((node), (const char *const[]){__VA_ARGS__, NULL})

/* A record row, as docs/control.md has it; the record from JSON. Leaves the row open for more fields. */
static inline void fake_record(struct tg_control_out *row, struct tg_buf *out, const char *ref,
                               const char *country, const char *json)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 8u << 20);
    struct tg_view bytes;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_record_from_json(tg_view_str(json), &arena, &bytes, &em), TG_OK, "%s: %s", json, em.text);
    struct tg_record *record;
    cr_assert_eq(tg_record_decode(bytes, &arena, &record, &em), TG_OK, "%s", em.text);
    tg_control_answer(row, out, TG_CONTROL_ROW);
    tg_control_put_text(row, "row", "record");
    tg_control_put_text(row, "ref", ref);
    tg_control_put_data(row, "id", TG_VIEW_ARRAY(record->id.bytes));
    tg_control_put_text(row, "country", country);
    tg_control_put_text(row, "origin", "yqracvgzixe2wcel47gen3pxi3ewrazh43yi7jqwytor6ydcbqhq");
    tg_control_put_text(row, "kind", tg_kind_name(record->kind));
    tg_control_put_text(row, "state", "live");
    tg_control_put_text(row, "audience", "KG,UZ");
    tg_control_put_text(row, "settled", "published");
    tg_control_put_number(row, "index", 7);
    tg_control_put_number(row, "item", 1);
    tg_control_put_number(row, "of", 1);
    tg_control_put_number(row, "created", 1719748800);
    tg_control_put_number(row, "stored_ms", 1719748801250);
    tg_control_put_data(row, "record", bytes);
}

#endif
