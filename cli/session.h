/* Requests to the node: one frame built, sent, and its answers handed out.
 *
 * Knows no verb beyond its name. Verbs: docs/control.md.
 */
#ifndef TG_CLI_SESSION_H
#define TG_CLI_SESSION_H

#include "cli/cli.h"

/* A request being built; release it after the call. */
struct tg_request {
    struct tg_buf frame;
    struct tg_control_out out;
    bool unlisted; /* the command's row in cli/command_verbs.c lacks the verb */
};
/* What was given with --reason and --case goes along. */
void tg_request_begin(struct tg_cli *cli, struct tg_request *request, const char *verb);
/* NULL text is left out. */
void tg_request_text(struct tg_request *request, const char *name, const char *text);
void tg_request_number(struct tg_request *request, const char *name, int64_t number);
void tg_request_data(struct tg_request *request, const char *name, struct tg_view data);
/* Options of the command passed on under their own names: texts, numbers (TIME: "from" → unix ms), flags as 1. */
void tg_request_option(struct tg_request *request, const struct tg_args *args, const char *name);
void tg_request_release(struct tg_request *request);
TG_AUTO_DEFINE(tg_request, tg_request_release)

/* Every ROW and PROGRESS of an answer; anything but TG_OK ends the call with it. */
typedef tg_err (*tg_on_answer)(void *ctx, const struct tg_control_msg *msg);
/* Connects on the first call. ret_done (may be NULL) lives in arena. The node's FAIL is returned as its error, with
 * its message escaped. */
tg_err tg_session_call(struct tg_cli *cli, struct tg_request *request, tg_on_answer on_answer, void *ctx,
                       struct tg_arena *arena, struct tg_control_msg *ret_done, struct tg_errmsg *em);
/* The error that a FAIL stands for, its message escaped. */
tg_err tg_session_failed(const struct tg_control_msg *msg, struct tg_errmsg *em);
/* For verbs without rows. */
tg_err tg_session_ask(struct tg_cli *cli, const char *verb, struct tg_arena *arena,
                      struct tg_control_msg *ret_done, struct tg_errmsg *em);

/* Which kind of row an answer is: its `row` field, or "". */
bool tg_row_is(const struct tg_control_msg *msg, const char *row);
struct tg_view tg_row_view(const struct tg_control_msg *msg, const char *name);

#endif
