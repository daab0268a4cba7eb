/* The stream of notices, which outlives the node's absence: lost, tried again with back-off, resumed from the cursor.
 *
 * Prints nothing and waits for nothing: its caller polls. Verb `notices`: docs/control.md.
 */
#include "cli/follow.h"

#include "cli/session.h"

static tg_err ask(struct tg_follow *follow, struct tg_errmsg *em)
{
    static const char *const filters[] = {"kind", "from", "precedence", "mine"};
    TG_AUTO(tg_request) struct tg_request request;
    tg_request_begin(follow->cli, &request, "notices");
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        tg_request_option(&request, follow->args, filters[i]);
    if (follow->cursor >= 0)
        tg_request_number(&request, "after", follow->cursor);
    else if (follow->newest >= 0)
        tg_request_number(&request, "newest", follow->newest);
    if (!follow->once) tg_request_number(&request, "follow", 1);
    tg_err err = tg_control_end(&request.out);
    if (err) return tg_fail(em, err, "cannot ask the node: out of memory");
    return tg_control_client_send(follow->client, tg_buf_view(&request.frame), TG_CLI_FOLLOW_SEND_MS, em);
}

static tg_err connect_now(struct tg_follow *follow, struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_cli_socket(follow->cli, path, sizeof path, em);
    if (!err) err = tg_control_client_connect(path, &follow->client, em);
    if (!err) err = ask(follow, em);
    if (err) {
        tg_control_client_free(follow->client);
        follow->client = NULL;
    }
    return err;
}

/* A fifth, two fifths, ... of a second, up to five seconds, each up to a quarter longer: not all come back at once. */
static void again_later(struct tg_follow *follow)
{
    int64_t wait_ms = TG_CLI_FOLLOW_AGAIN_MIN_MS;
    for (unsigned i = 0; i < follow->tries && wait_ms < TG_CLI_FOLLOW_AGAIN_MAX_MS; i++) wait_ms *= 2;
    if (wait_ms > TG_CLI_FOLLOW_AGAIN_MAX_MS) wait_ms = TG_CLI_FOLLOW_AGAIN_MAX_MS;
    uint8_t spread = 0;
    tg_random_fill(follow->cli->random, &spread, sizeof spread);
    follow->tries++;
    follow->again_us = tg_clock_mono_us(follow->cli->clock) + wait_ms * 1000 + wait_ms * 250 * spread / 256;
}

tg_err tg_follow_begin(struct tg_follow *follow, struct tg_errmsg *em)
{
    tg_arena_init(&follow->arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    return connect_now(follow, em);
}

void tg_follow_release(struct tg_follow *follow)
{
    tg_control_client_free(follow->client);
    tg_arena_release(&follow->arena);
    follow->client = NULL;
}

int tg_follow_fd(const struct tg_follow *follow)
{
    return follow->client ? tg_control_client_fd(follow->client) : -1;
}

int tg_follow_timeout_ms(const struct tg_follow *follow)
{
    if (follow->client || follow->ended) return -1;
    int64_t left_us = follow->again_us - tg_clock_mono_us(follow->cli->clock);
    return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}

static tg_err try_again(struct tg_follow *follow, tg_on_follow on_event, void *ctx)
{
    struct tg_errmsg ignored = {.text = ""};
    if (tg_clock_mono_us(follow->cli->clock) < follow->again_us) return TG_OK;
    if (connect_now(follow, &ignored)) { /* whatever it is, it may pass: the node is being started */
        again_later(follow);
        return TG_OK;
    }
    follow->tries = 0;
    return on_event(ctx, TG_FOLLOW_BACK, NULL);
}

static tg_err lost(struct tg_follow *follow, tg_on_follow on_event, void *ctx)
{
    tg_control_client_free(follow->client);
    follow->client = NULL;
    again_later(follow);
    return on_event(ctx, TG_FOLLOW_LOST, NULL);
}

static tg_err take(struct tg_follow *follow, const struct tg_control_msg *msg, tg_on_follow on_event,
                   void *ctx, struct tg_errmsg *em)
{
    enum tg_follow_event event = tg_row_is(msg, "gone")      ? TG_FOLLOW_GONE
                                 : tg_row_is(msg, "waiting") ? TG_FOLLOW_WAITING
                                                             : TG_FOLLOW_NOTICE;
    if (msg->kind == TG_CONTROL_FAIL) return tg_session_failed(msg, em);
    if (msg->kind == TG_CONTROL_DONE) {
        follow->ended = true;
        event = TG_FOLLOW_END;
    }
    follow->cursor = tg_control_number(msg, "cursor", follow->cursor);
    return on_event(ctx, event, msg);
}

tg_err tg_follow_step(struct tg_follow *follow, tg_on_follow on_event, void *ctx, bool *ret_more,
                      struct tg_errmsg *em)
{
    *ret_more = false;
    tg_err err = follow->client || follow->ended ? TG_OK : try_again(follow, on_event, ctx);
    for (size_t i = 0; !err && follow->client && !follow->ended; i++) {
        struct tg_control_msg msg;
        struct tg_errmsg why = {.text = ""};
        if (i == TG_CLI_FOLLOW_ROWS_MAX) {
            *ret_more = true;
            return TG_OK;
        }
        err = tg_control_client_receive(follow->client, &follow->arena, 0, &msg, &why);
        if (err == TG_EBUSY) return TG_OK;
        if (err == TG_EUNREACHABLE && follow->once) return tg_fail(em, err, "%s", why.text);
        if (err == TG_EUNREACHABLE)
            err = lost(follow, on_event, ctx);
        else if (err)
            return tg_fail(em, err, "%s", why.text);
        else if (msg.kind != TG_CONTROL_PROGRESS)
            err = take(follow, &msg, on_event, ctx, em);
    }
    return err;
}
