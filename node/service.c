/* Clients and their jobs: requests in, frames out, one slice at a time so that an alert never waits for an answer.
 *
 * Knows no verb's meaning. Contract: docs/control.md.
 */
#include "node/service.h"

#include "node/courier.h"
#include "node/service_internal.h"

/* ---- the port ---- */

static tg_err server_send(void *ctx, uint64_t client, struct tg_view frames)
{
    return tg_control_server_send(ctx, client, frames);
}

static void server_pause(void *ctx, uint64_t client, bool paused)
{
    tg_control_server_pause(ctx, client, paused);
}

struct tg_service_port tg_service_port_of_server(struct tg_control_server *server)
{
    return (struct tg_service_port){.send = server_send, .pause = server_pause, .ctx = server};
}

/* ---- clients ---- */

static void job_free(struct tg_client *client)
{
    struct tg_job *job = tg_steal_ptr(&client->job);
    if (job) job->kind->free(job);
}

static void client_free(struct tg_client *client)
{
    job_free(client);
    tg_import_session_free(client->import);
    tg_courier_in_free(client->courier);
    tg_buf_release(&client->out);
    free(client);
}

static struct tg_client **client_place(struct tg_service *service, uint64_t id)
{
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++)
        if (service->clients[i] && service->clients[i]->id == id) return &service->clients[i];
    return NULL;
}

static struct tg_client *client_ensure(struct tg_service *service, const struct tg_control_caller *caller)
{
    struct tg_client **place = client_place(service, caller->client);
    if (place) return *place;
    for (size_t i = 0; !place && i < TG_CONTROL_CLIENTS_MAX; i++)
        if (!service->clients[i]) place = &service->clients[i];
    struct tg_client *client = place ? calloc(1, sizeof *client) : NULL;
    if (!client) return NULL;
    client->id = caller->client;
    client->uid = caller->uid;
    client->gid = caller->gid;
    tg_user_name(caller->uid, client->user, sizeof client->user);
    return *place = client;
}

/* ---- frames out ---- */

/* Whole frames from the front, at least one, at most about TG_SERVICE_SEND_BYTES_MAX. */
static struct tg_view whole_frames(struct tg_view left)
{
    size_t taken = 0;
    while (taken < left.bytes) {
        struct tg_view frame;
        size_t consumed = 0;
        if (tg_control_frame(tg_view_of(left.data + taken, left.bytes - taken), &frame, &consumed)) break;
        if (taken && taken + consumed > TG_SERVICE_SEND_BYTES_MAX) break;
        taken += consumed;
    }
    return tg_view_of(left.data, taken);
}

/* True when nothing is left to send. */
static bool flush(struct tg_service *service, struct tg_client *client)
{
    while (client->sent < client->out.bytes) {
        struct tg_view left = tg_view_of(client->out.data + client->sent, client->out.bytes - client->sent);
        struct tg_view frames = whole_frames(left);
        tg_err err = frames.bytes ? service->port.send(service->port.ctx, client->id, frames) : TG_EBUG;
        if (err == TG_EBUSY) return false;
        client->sent += err ? left.bytes : frames.bytes; /* a client that is gone needs nothing */
    }
    tg_buf_clear(&client->out);
    client->sent = 0;
    return true;
}

static void fail_put(struct tg_buf *out, tg_err err, const struct tg_errmsg *em)
{
    struct tg_control_out frame;
    tg_control_fail(&frame, out, err, tg_errmsg_text(em, err));
    (void)tg_control_end(&frame);
}

static void pause_set(struct tg_service *service, struct tg_client *client, bool paused)
{
    if (client->paused == paused) return;
    client->paused = paused;
    service->port.pause(service->port.ctx, client->id, paused);
}

/* ---- jobs ---- */

void *tg_job_start(struct tg_call *call, const struct tg_job_kind *kind, size_t bytes)
{
    struct tg_job *job = calloc(1, bytes);
    if (!job) return NULL;
    job->kind = kind;
    job->service = call->service;
    job->client = call->client;
    job->deadline_us = INT64_MAX;
    job->runnable = true;
    job->generation = call->service->generation;
    call->client->job = job;
    return job;
}

static void job_step(struct tg_service *service, struct tg_client *client)
{
    struct tg_job *job = client->job;
    struct tg_errmsg em = {.text = ""};
    enum tg_step step = TG_STEP_WAIT;
    size_t before = client->out.bytes;
    job->runnable = false;
    tg_err err = job->uses_index && job->generation != service->generation
                     ? tg_fail(&em, TG_EBUSY, "the index was rebuilt meanwhile; ask again")
                     : job->kind->step(job, &client->out, &step, &em);
    if (err) {
        client->out.bytes = before;
        fail_put(&client->out, err, &em);
    }
    if (err || step == TG_STEP_END)
        job_free(client);
    else if (step == TG_STEP_MORE)
        job->runnable = true;
}

/* Send what is there; when all is sent, one slice more of the job, and send that. */
static void pump(struct tg_service *service, struct tg_client *client)
{
    if (flush(service, client) && client->job && client->job->runnable) {
        job_step(service, client);
        (void)flush(service, client);
    }
    pause_set(service, client, client->out.bytes || client->job);
}

void tg_job_wake(struct tg_job *job)
{
    job->runnable = true;
}

/* ---- requests ---- */

static tg_err call_answer(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_client *client = call->client;
    if (client->job || client->out.bytes) return tg_fail(em, TG_EBUSY, "the answer before is not finished");
    tg_err err = tg_verb_check(call->service, client, call->msg, &call->verb, em);
    return err ? err : call->verb->run(call, em);
}

static void call_run(struct tg_service *service, struct tg_client *client, const struct tg_control_msg *msg)
{
    struct tg_errmsg em = {.text = ""};
    struct tg_call call = {
        .service = service, .node = service->node, .client = client, .msg = msg, .out = &client->out};
    size_t before = client->out.bytes;
    bool running = client->job != NULL;
    tg_err err = call_answer(&call, &em);
    tg_places_release(&call.shown);
    if (!err) return;
    if (!running) job_free(client);
    client->out.bytes = before;
    fail_put(&client->out, err, &em);
    if (err == TG_EDENIED)
        tg_event(service->node->events, TG_EV_CLIENT_REFUSED, TG_F_TEXT("user", client->user),
                 TG_F_TEXT("verb", msg->verb), TG_F_TEXT("why", tg_errmsg_text(&em, err)));
}

static void on_request(void *ctx, const struct tg_control_caller *caller, const struct tg_control_msg *msg)
{
    struct tg_service *service = ctx;
    struct tg_client *client = client_ensure(service, caller);
    if (client) {
        call_run(service, client, msg);
        pump(service, client);
        return;
    }
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    fail_put(&out, TG_ENOMEM, NULL);
    (void)service->port.send(service->port.ctx, caller->client, tg_buf_view(&out));
}

static void on_writable(void *ctx, const struct tg_control_caller *caller)
{
    struct tg_service *service = ctx;
    struct tg_client **place = client_place(service, caller->client);
    if (place) pump(service, *place);
}

static void on_closed(void *ctx, const struct tg_control_caller *caller)
{
    struct tg_service *service = ctx;
    struct tg_client **place = client_place(service, caller->client);
    if (place) client_free(tg_steal_ptr(place));
}

static void on_trouble(void *ctx, const struct tg_control_caller *caller, const char *why)
{
    const struct tg_service *service = ctx;
    char user[64];
    tg_user_name(caller->uid, user, sizeof user);
    tg_event(service->node->events, TG_EV_CLIENT_ODD, TG_F_TEXT("user", user), TG_F_NUM("pid", caller->pid),
             TG_F_TEXT("why", why));
}

struct tg_control_handler tg_service_handler(struct tg_service *service)
{
    return (struct tg_control_handler){.on_request = on_request,
                                       .on_writable = on_writable,
                                       .on_closed = on_closed,
                                       .on_trouble = on_trouble,
                                       .ctx = service};
}

/* ---- what the node tells ---- */

static void wake_all(struct tg_service *service)
{
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        struct tg_client *client = service->clients[i];
        if (client && client->job) tg_job_wake(client->job);
    }
}

static void on_receipt(void *ctx, const struct tg_hash *by)
{
    (void)by;
    wake_all(ctx);
}

static void on_notice(void *ctx, const struct tg_notice *notice)
{
    (void)notice;
    wake_all(ctx);
}

/* ---- life ---- */

tg_err tg_service_new(const struct tg_service_options *options, struct tg_service **ret_service)
{
    struct tg_service *service = calloc(1, sizeof *service);
    if (!service) return TG_ENOMEM;
    service->node = options->node;
    service->config = options->config;
    service->config_path = options->config_path;
    service->owner = options->owner;
    service->version = options->version;
    service->link = options->link;
    service->link_ctx = options->link_ctx;
    tg_receipts_observe(service->node, on_receipt, service);
    tg_notices_observe(service->node, on_notice, service);
    *ret_service = service;
    return TG_OK;
}

void tg_service_free(struct tg_service *service)
{
    if (!service) return;
    tg_receipts_observe(service->node, NULL, NULL);
    tg_notices_observe(service->node, NULL, NULL);
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++)
        if (service->clients[i]) client_free(service->clients[i]);
    tg_tickets_free(service);
    free(service);
}

void tg_service_attach(struct tg_service *service, const struct tg_service_port *port)
{
    service->port = *port;
}

void tg_service_tick(struct tg_service *service)
{
    int64_t now_us = tg_service_now_us(service);
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        struct tg_client *client = service->clients[i];
        if (!client || !client->job) continue;
        if (client->job->deadline_us <= now_us) tg_job_wake(client->job);
        if (client->job->runnable && !client->out.bytes) pump(service, client);
    }
}

int tg_service_timeout_ms(const struct tg_service *service)
{
    int64_t earliest_us = INT64_MAX, now_us = tg_service_now_us(service);
    for (size_t i = 0; i < TG_CONTROL_CLIENTS_MAX; i++) {
        const struct tg_client *client = service->clients[i];
        if (!client || !client->job) continue;
        if (client->job->runnable && !client->out.bytes) return 0;
        if (client->job->deadline_us < earliest_us) earliest_us = client->job->deadline_us;
    }
    if (earliest_us == INT64_MAX) return -1;
    if (earliest_us <= now_us) return 0;
    int64_t left_ms = (earliest_us - now_us + 999) / 1000;
    return left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

bool tg_service_stopping(const struct tg_service *service)
{
    return service->stop;
}
