/* Verbs `reindex` and `stop`.
 *
 * Contract: docs/control.md.
 */
#include "node/service_internal.h"

static void progress_put(void *ctx, uint64_t done, uint64_t total)
{
    const struct tg_call *call = ctx;
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    struct tg_control_out frame;
    tg_control_answer(&frame, &out, TG_CONTROL_PROGRESS);
    tg_control_put_number(&frame, "done", (int64_t)done);
    tg_control_put_number(&frame, "total", (int64_t)total);
    if (tg_control_end(&frame)) return;
    const struct tg_service_port *port = &call->service->port;
    (void)port->send(port->ctx, call->client->id, tg_buf_view(&out)); /* may be dropped */
}

/* The node does nothing else meanwhile. */
tg_err tg_verb_reindex(struct tg_call *call, struct tg_errmsg *em)
{
    uint64_t records = 0;
    int64_t begun_us = tg_service_now_us(call->service);
    struct tg_store_stats stats;
    tg_err err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    call->service->generation++;
    err = tg_indexer_rebuild(call->node, progress_put, call, &records, em);
    if (!err) err = tg_store_stats(call->node->store, &stats, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "records", (int64_t)records);
    tg_control_put_number(&done, "rows", (int64_t)(stats.run_rows + stats.delta_postings));
    tg_control_put_number(&done, "ms", (tg_service_now_us(call->service) - begun_us) / 1000);
    return tg_control_end(&done);
}

tg_err tg_verb_stop(struct tg_call *call, struct tg_errmsg *em)
{
    tg_err err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    call->service->stop = true;
    return tg_control_end(&done);
}
