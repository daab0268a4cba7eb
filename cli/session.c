/* Requests to the node: one frame built, sent, and its answers handed out.
 *
 * Knows no verb beyond its name. Verbs: docs/control.md.
 */
#include "cli/session.h"

#include "base/text.h"
#include "cli/command_verbs.h"

void tg_request_begin(struct tg_cli *cli, struct tg_request *request, const char *verb)
{
    *request = (struct tg_request){0};
    tg_control_request(&request->out, &request->frame, verb, cli->reason);
    tg_request_text(request, "case", cli->case_id);
    request->unlisted = cli->command && !tg_command_asks(cli->command, verb);
}

void tg_request_text(struct tg_request *request, const char *name, const char *text)
{
    if (text) tg_control_put_text(&request->out, name, text);
}

void tg_request_number(struct tg_request *request, const char *name, int64_t number)
{
    tg_control_put_number(&request->out, name, number);
}

void tg_request_data(struct tg_request *request, const char *name, struct tg_view data)
{
    tg_control_put_data(&request->out, name, data);
}

static void option_put(struct tg_request *request, const struct tg_arg *arg, const char *name)
{
    bool number = arg->option->kind == TG_OPTION_NUMBER || arg->option->kind == TG_OPTION_TIME;
    if (arg->option->kind == TG_OPTION_FLAG)
        tg_request_number(request, name, 1);
    else if (number)
        tg_request_number(request, name, arg->number);
    else
        tg_request_text(request, name, arg->text);
}

void tg_request_option(struct tg_request *request, const struct tg_args *args, const char *name)
{
    for (size_t i = 0; i < args->value_count; i++)
        if (strcmp(args->values[i].option->name, name) == 0) option_put(request, &args->values[i], name);
}

void tg_request_release(struct tg_request *request)
{
    tg_buf_release(&request->frame);
}

static tg_err connect_once(struct tg_cli *cli, struct tg_errmsg *em)
{
    if (cli->client) return TG_OK;
    char path[4096];
    tg_err err = tg_cli_socket(cli, path, sizeof path, em);
    return err ? err : tg_control_client_connect(path, &cli->client, em);
}

/* What the node says is of this machine, but may quote a peer. */
static tg_err message_escape(tg_err err, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (!em || tg_text_escape(tg_view_str(tg_errmsg_text(em, err)), &safe)) return err;
    return tg_fail(em, err, "%.*s", TG_VIEW_PRINT(tg_buf_view(&safe)));
}

tg_err tg_session_call(struct tg_cli *cli, struct tg_request *request, tg_on_answer on_answer, void *ctx,
                       struct tg_arena *arena, struct tg_control_msg *ret_done, struct tg_errmsg *em)
{
    if (request->unlisted)
        return tg_fail(em, TG_EBUG, "'%s' asks for what cli/command_verbs.c does not list", cli->command);
    tg_err err = tg_control_end(&request->out);
    if (err) return tg_fail(em, err, "cannot ask the node: the request is too large");
    err = connect_once(cli, em);
    if (err) return err;
    err = tg_control_client_call(cli->client, tg_buf_view(&request->frame), -1, on_answer, ctx, arena,
                                 ret_done, em);
    return err ? message_escape(err, em) : TG_OK;
}

tg_err tg_session_failed(const struct tg_control_msg *msg, struct tg_errmsg *em)
{
    return message_escape(tg_fail(em, msg->err, "%s", *msg->message ? msg->message : tg_err_text(msg->err)),
                          em);
}

tg_err tg_session_ask(struct tg_cli *cli, const char *verb, struct tg_arena *arena,
                      struct tg_control_msg *ret_done, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    tg_request_begin(cli, &request, verb);
    return tg_session_call(cli, &request, NULL, NULL, arena, ret_done, em);
}

bool tg_row_is(const struct tg_control_msg *msg, const char *row)
{
    return msg->kind == TG_CONTROL_ROW && strcmp(tg_control_text(msg, "row", ""), row) == 0;
}

struct tg_view tg_row_view(const struct tg_control_msg *msg, const char *name)
{
    return tg_view_str(tg_control_text(msg, name, ""));
}
