/* Verbs `courier.export`, `courier.begin`, `courier.block`, `courier.end`: messages between nodes on media.
 *
 * Opens no file: its bytes come and go in slices. Contract: docs/control.md; files: docs/formats-wire.md.
 */
#include "node/courier.h"
#include "node/service_internal.h"

/* ---- export ---- */

struct exporting {
    struct tg_job job;
    struct tg_courier_out *out;
    struct tg_buf bytes;
    struct tg_hash peer;
};

static void exporting_free(struct tg_job *job)
{
    struct exporting *exporting = (struct exporting *)job;
    tg_courier_out_free(exporting->out);
    tg_buf_release(&exporting->bytes);
    free(exporting);
}

static tg_err sent_row(struct tg_node *node, const struct tg_courier_sent *sent, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "log");
    tg_put_node(&row, "origin", &sent->id.origin);
    tg_control_put_text(&row, "country", tg_trust_country(node, &sent->id.origin));
    tg_control_put_number(&row, "epoch", sent->id.epoch);
    tg_control_put_number(&row, "leaves", (int64_t)sent->leaves);
    tg_control_put_number(&row, "envelopes", (int64_t)sent->envelopes);
    return tg_control_end(&row);
}

static tg_err exported(const struct exporting *exporting, struct tg_buf *out)
{
    struct tg_node *node = exporting->job.service->node;
    const struct tg_courier_sent *logs;
    size_t count = tg_courier_out_logs(exporting->out, &logs);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) err = sent_row(node, &logs[i], out);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "messages", (int64_t)tg_courier_out_messages(exporting->out));
    tg_control_put_text(&done, "from", node->card->country);
    tg_control_put_text(&done, "to", tg_trust_country(node, &exporting->peer));
    tg_control_put_number(&done, "follows_known", tg_courier_out_knows(exporting->out));
    return tg_control_end(&done);
}

static tg_err slice_put(struct exporting *exporting, struct tg_buf *out)
{
    struct tg_control_out frame;
    uint64_t at, total;
    tg_courier_out_progress(exporting->out, &at, &total);
    tg_control_answer(&frame, out, TG_CONTROL_ROW);
    tg_control_put_text(&frame, "row", "data");
    tg_control_put_data(&frame, "data", tg_buf_view(&exporting->bytes));
    tg_err err = tg_control_end(&frame);
    if (err) return err;
    tg_control_answer(&frame, out, TG_CONTROL_PROGRESS);
    tg_control_put_number(&frame, "done", (int64_t)at);
    tg_control_put_number(&frame, "total", (int64_t)total);
    return tg_control_end(&frame);
}

static tg_err exporting_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                             struct tg_errmsg *em)
{
    struct exporting *exporting = (struct exporting *)job;
    bool end = false;
    tg_buf_clear(&exporting->bytes);
    tg_err err = tg_courier_out_step(exporting->out, &exporting->bytes, &end, em);
    if (!err) err = slice_put(exporting, out);
    *ret_step = end ? TG_STEP_END : TG_STEP_MORE;
    return !err && end ? exported(exporting, out) : err;
}

static const struct tg_job_kind exporting_kind = {.step = exporting_step, .free = exporting_free};

tg_err tg_verb_courier_export(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    tg_err err = tg_trust_resolve(call->node, tg_control_text(call->msg, "peer", ""), &peer, em);
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    struct exporting *exporting = tg_job_start(call, &exporting_kind, sizeof *exporting);
    if (!exporting) return TG_ENOMEM;
    exporting->peer = peer->id;
    bool from_start = tg_control_number(call->msg, "from_start", 0) != 0;
    return tg_courier_out_new(call->node, peer, from_start, &exporting->out, em);
}

/* ---- import ---- */

/* The entry also says whom the file is from, as its header has it. */
static tg_err begin_access(struct tg_call *call, const struct tg_courier_header *header, struct tg_errmsg *em)
{
    char node[TG_NODE_TEXT_BYTES], text[TG_NODE_TEXT_BYTES + 32];
    struct tg_hash from;
    memcpy(from.bytes, header->from.bytes, sizeof from.bytes);
    tg_node_id_format(&header->from, node);
    (void)snprintf(text, sizeof text, " from='%s' node='%.8s'", tg_trust_country(call->node, &from), node);
    return tg_call_access_with(call, text, em);
}

tg_err tg_verb_courier_begin(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_courier_header header;
    struct tg_courier_in *in = NULL;
    tg_courier_in_free(tg_steal_ptr(&call->client->courier));
    tg_err err = tg_courier_header_decode(tg_control_data(call->msg, "header"), &header, em);
    if (!err) err = begin_access(call, &header, em);
    if (!err) err = tg_courier_in_new(call->node, &header, &in, em);
    if (err) return err;
    call->client->courier = in;
    struct tg_hash from;
    struct tg_control_out done;
    memcpy(from.bytes, header.from.bytes, sizeof from.bytes);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_put_node(&done, "node", &from);
    tg_control_put_text(&done, "country", tg_trust_country(call->node, &from));
    tg_control_put_number(&done, "made_ms", (int64_t)header.made_ms);
    return tg_control_end(&done);
}

struct feeding {
    struct tg_job job;
    struct tg_courier_in *in; /* the client's */
};

static void feeding_free(struct tg_job *job)
{
    struct feeding *feeding = (struct feeding *)job;
    tg_courier_in_observe(feeding->in, NULL, NULL);
    free(feeding);
}

static void on_stored(void *ctx)
{
    tg_job_wake(ctx);
}

static tg_err feeding_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                           struct tg_errmsg *em)
{
    static const enum tg_step steps[] = {[TG_COURIER_MORE] = TG_STEP_MORE,
                                         [TG_COURIER_WAITS] = TG_STEP_WAIT,
                                         [TG_COURIER_STORED] = TG_STEP_END};
    struct feeding *feeding = (struct feeding *)job;
    enum tg_courier_step step = TG_COURIER_MORE;
    tg_err err = tg_courier_in_step(feeding->in, &step, em);
    *ret_step = steps[step];
    if (err || step != TG_COURIER_STORED) return err;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "messages", (int64_t)tg_courier_in_messages(feeding->in));
    return tg_control_end(&done);
}

static const struct tg_job_kind feeding_kind = {.step = feeding_step, .free = feeding_free};

static tg_err courier_of(const struct tg_call *call, struct tg_courier_in **ret_in, struct tg_errmsg *em)
{
    if (!call->client->courier)
        return tg_fail(em, TG_EUSAGE, "no courier file is open on this connection: 'courier.begin' first");
    *ret_in = call->client->courier;
    return TG_OK;
}

tg_err tg_verb_courier_block(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_courier_in *in = NULL;
    tg_err err = courier_of(call, &in, em);
    if (!err) err = tg_courier_in_block(in, tg_control_data(call->msg, "block"), em);
    if (err) return err;
    struct feeding *feeding = tg_job_start(call, &feeding_kind, sizeof *feeding);
    if (!feeding) return TG_ENOMEM;
    feeding->in = in;
    tg_courier_in_observe(in, on_stored, feeding);
    return TG_OK;
}

static tg_err log_row(struct tg_call *call, const struct tg_courier_log *log, uint64_t withdrawn)
{
    const struct tg_held_log *held = tg_held_find(call->node, &log->id);
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "log");
    tg_put_node(&row, "origin", &log->id.origin);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &log->id.origin));
    tg_control_put_number(&row, "epoch", log->id.epoch);
    tg_control_put_number(&row, "followed", log->followed);
    tg_control_put_number(&row, "size", held ? (int64_t)held->size : 0);
    tg_control_put_number(&row, "leaves_new", (int64_t)log->leaves_new);
    tg_control_put_number(&row, "leaves_known", (int64_t)log->leaves_known);
    tg_control_put_number(&row, "envelopes_new", (int64_t)log->envelopes_new);
    tg_control_put_number(&row, "envelopes_known", (int64_t)log->envelopes_known);
    tg_control_put_number(&row, "envelopes_refused", (int64_t)log->envelopes_refused);
    tg_control_put_number(&row, "records", (int64_t)log->records);
    tg_control_put_number(&row, "withdrawals", (int64_t)withdrawn);
    tg_control_put_text(&row, "why", log->why);
    return tg_control_end(&row);
}

/* With `cut`, what came so far is told of a file that did not come to its end. */
tg_err tg_verb_courier_end(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_courier_in *in = NULL;
    bool cut = tg_control_number(call->msg, "cut", 0) != 0;
    tg_err err = courier_of(call, &in, em);
    if (!err) err = tg_courier_in_end(in, cut, em);
    if (err) return err;
    const struct tg_courier_log *logs;
    size_t count = tg_courier_in_logs(in, &logs);
    for (size_t i = 0; i < count && !err; i++)
        err = log_row(call, &logs[i], tg_courier_in_withdrawn(in, &logs[i]));
    if (err) return err;
    const struct tg_courier_receipts *receipts = tg_courier_in_receipts(in);
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "messages", (int64_t)tg_courier_in_messages(in));
    tg_put_node(&done, "origin", &call->node->id);
    tg_control_put_text(&done, "country", call->node->card->country);
    tg_control_put_number(&done, "receipts_new", (int64_t)receipts->taken);
    tg_control_put_number(&done, "receipts_known", (int64_t)receipts->known);
    tg_control_put_number(&done, "receipts_refused", (int64_t)receipts->refused);
    err = tg_control_end(&done);
    tg_courier_in_free(tg_steal_ptr(&call->client->courier));
    return err;
}
