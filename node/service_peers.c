/* Verbs `peer.list`, `peer.add`, `peer.remove`, `peer.test` and `card`.
 *
 * Who is trusted is decided in trust.c. Contract: docs/control.md.
 */
#include "node/service_internal.h"
#include "proto/endpoint.h"

#define TEST_POLL_US 100000

/* All that is known of the way to a peer. */
struct way {
    struct tg_sync_peer_view view;
    struct tg_transport_link link;
    bool viewed, linked;
};

static struct way way_of(const struct tg_service *service, const struct tg_peer *peer)
{
    struct way way = {.viewed = false};
    way.viewed = tg_sync_peer(service->node->sync, &peer->id, &way.view);
    way.linked = service->link && !service->link(service->link_ctx, &peer->id, &way.link);
    return way;
}

static bool way_up(const struct way *way)
{
    return way->viewed && way->view.up[TG_LANE_URGENT] && way->view.greeted;
}

bool tg_peer_up(const struct tg_service *service, const struct tg_peer *peer)
{
    struct way way = way_of(service, peer);
    return way_up(&way);
}

static const char *endpoint_of(const struct tg_peer *peer)
{
    if (peer->endpoint[0]) return peer->endpoint;
    return peer->card->endpoint_count ? peer->card->endpoints[0] : "";
}

static const char *state_of(const struct tg_service *service, const struct tg_peer *peer,
                            const struct way *way)
{
    if (way_up(way)) return "up";
    if (way->linked && way->link.heard_us &&
        tg_service_now_us(service) - way->link.heard_us < (int64_t)TG_SILENCE_MS * 1000)
        return "connecting";
    if (!endpoint_of(peer)[0]) return "no-endpoint";
    return way->viewed && way->view.since_us ? "silent" : "connecting";
}

/* Envelopes of the peer's own logs that are held here. */
static uint64_t received_from(struct tg_node *node, const struct tg_peer *peer)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *log = node->logs[i];
        if (!tg_hash_equal(&log->id.origin, &peer->id)) continue;
        for (size_t j = 0; j < log->have_count; j++) sum += log->have[j].last - log->have[j].first + 1;
    }
    return sum;
}

static void put_counts(struct tg_node *node, struct tg_control_out *row, const struct tg_peer *peer,
                       const struct way *way)
{
    const struct tg_held_receipt *held = tg_receipts_of(node, &peer->id);
    const struct tg_held_log *own = tg_held_own(node);
    uint64_t sent = 0, size = own ? own->size : 0, holds = 0;
    for (size_t i = 0; held && i < held->receipt.have_count; i++)
        sent += held->receipt.have[i].last - held->receipt.have[i].first + 1;
    if (held) holds = held->receipt.size;
    if (way->viewed && way->view.own_size_known && way->view.own_size > holds) holds = way->view.own_size;
    tg_control_put_number(row, "lag", (int64_t)(size > holds ? size - holds : 0));
    tg_control_put_number(row, "sent", (int64_t)sent);
    tg_control_put_number(row, "received", (int64_t)received_from(node, peer));
    tg_control_put_number(row, "refused", held ? (int64_t)held->receipt.refused_count : 0);
}

static tg_err peer_row(struct tg_call *call, const struct tg_peer *peer)
{
    struct way way = way_of(call->service, peer);
    char fingerprint[TG_FINGERPRINT_TEXT_BYTES];
    struct tg_control_out row;
    int64_t since_ms = 0;
    if (way.viewed && way.view.since_us)
        since_ms =
            tg_service_now_ms(call->service) - (tg_service_now_us(call->service) - way.view.since_us) / 1000;
    tg_trust_fingerprint(call->node, peer, fingerprint);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "peer");
    tg_put_node(&row, "node", &peer->id);
    tg_control_put_text(&row, "country", peer->card->country);
    tg_control_put_text(&row, "name", peer->card->name);
    tg_control_put_number(&row, "serial", (int64_t)peer->card->serial);
    tg_control_put_text(&row, "endpoint", endpoint_of(peer));
    tg_control_put_text(&row, "state", state_of(call->service, peer, &way));
    tg_control_put_number(&row, "since_ms", since_ms);
    tg_control_put_text(&row, "fingerprint", fingerprint);
    tg_control_put_number(&row, "enrolled_us", way.viewed && way.view.enrolled_us);
    put_counts(call->node, &row, peer, &way);
    return tg_control_end(&row);
}

tg_err tg_peer_rows(struct tg_call *call)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < call->node->peer_count && !err; i++) err = peer_row(call, call->node->peers[i]);
    return err;
}

tg_err tg_verb_peer_list(struct tg_call *call, struct tg_errmsg *em)
{
    (void)em;
    tg_err err = tg_peer_rows(call);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}

/* ---- add, remove, card ---- */

static void put_who(struct tg_control_out *out, const struct tg_peer *peer)
{
    tg_put_node(out, "node", &peer->id);
    tg_control_put_text(out, "country", peer->card->country);
    tg_control_put_text(out, "name", peer->card->name);
}

tg_err tg_verb_peer_add(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    bool fresh = false;
    char fingerprint[TG_FINGERPRINT_TEXT_BYTES];
    const char *card = tg_control_text(call->msg, "card", ""),
               *endpoint = tg_control_text(call->msg, "endpoint", "");
    if (!card[0]) return tg_fail(em, TG_EUSAGE, "no card was given");
    if (endpoint[0] && !tg_endpoint_valid(endpoint, false))
        return tg_fail(em, TG_EVALUE, "endpoint '%.80s' is not of the form tcp://HOST:PORT", endpoint);
    tg_err err = tg_call_access(call, 0, em);
    if (!err) err = tg_trust_add(call->node, tg_view_str(card), endpoint, &peer, &fresh, em);
    if (err) return err;
    struct tg_control_out done;
    tg_trust_fingerprint(call->node, peer, fingerprint);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_who(&done, peer);
    tg_control_put_text(&done, "fingerprint", fingerprint);
    tg_control_put_number(&done, "new", fresh);
    return tg_control_end(&done);
}

tg_err tg_verb_peer_remove(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    tg_err err = tg_trust_resolve(call->node, tg_control_text(call->msg, "peer", ""), &peer, em);
    if (!err) err = tg_call_access(call, 0, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_who(&done, peer); /* while it is there */
    err = tg_trust_remove(call->node, peer, em);
    return err ? err : tg_control_end(&done);
}

tg_err tg_verb_card(struct tg_call *call, struct tg_errmsg *em)
{
    (void)em;
    struct tg_fingerprint fingerprint;
    char text[TG_FINGERPRINT_TEXT_BYTES];
    struct tg_control_out done;
    const struct tg_sign_public *root = &call->node->card->root.public_key;
    tg_fingerprint_pair(root, root, &fingerprint);
    tg_fingerprint_format(&fingerprint, text);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_view(&done, "card", tg_buf_view(&call->node->card_note));
    tg_control_put_text(&done, "fingerprint", text);
    return tg_control_end(&done);
}

/* ---- test ---- */

struct testing {
    struct tg_job job;
    struct tg_hash peer;
    int64_t until_us;
};

static tg_err check_row(struct tg_buf *out, const char *check, bool ok, const char *detail, bool *all_ok)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "check", check);
    tg_control_put_text(&row, "result", ok ? "ok" : "fail");
    tg_control_put_text(&row, "detail", detail);
    if (!ok) *all_ok = false;
    return tg_control_end(&row);
}

#define DETAIL_BYTES 512

static tg_err check_endpoint(const struct tg_peer *peer, const struct way *way, struct tg_buf *out,
                             bool *all_ok)
{
    char detail[DETAIL_BYTES];
    const char *endpoint = endpoint_of(peer);
    if (endpoint[0])
        (void)snprintf(detail, sizeof detail, "%s is dialled%s", endpoint,
                       peer->endpoint[0] ? " (set here)" : " (from its card)");
    else if (way_up(way))
        (void)snprintf(detail, sizeof detail, "its card names no endpoint; it dials us");
    else
        (void)snprintf(detail, sizeof detail,
                       "its card names no endpoint, so only it can dial: there, 'tamga peer test' "
                       "towards us; or here 'tamga peer add' with --endpoint");
    return check_row(out, "endpoint", endpoint[0] || way_up(way), detail, all_ok);
}

static tg_err check_handshake(const struct way *way, struct tg_buf *out, bool *all_ok)
{
    char detail[DETAIL_BYTES];
    bool urgent = way->viewed && way->view.up[TG_LANE_URGENT],
         bulk = way->viewed && way->view.up[TG_LANE_BULK];
    if (urgent && bulk)
        (void)snprintf(detail, sizeof detail, "both connections are up, %s dialled",
                       way->linked && way->link.dialled[TG_LANE_URGENT] ? "we" : "it");
    else if (urgent || bulk)
        (void)snprintf(detail, sizeof detail, "only the %s connection is up; the other is being dialled",
                       urgent ? "urgent" : "bulk");
    else if (way->linked && way->link.trouble[0])
        (void)snprintf(detail, sizeof detail, "%s (%u tries)", way->link.trouble, way->link.failures);
    else
        (void)snprintf(detail, sizeof detail,
                       "no connection: its node is not running, a firewall stands between, or it does "
                       "not trust us yet: there, 'tamga peer list' must show our node");
    return check_row(out, "handshake", urgent && bulk, detail, all_ok);
}

static tg_err check_enrolled(const struct way *way, struct tg_buf *out, bool *all_ok)
{
    bool ok = way->viewed && way->view.greeted && way->view.enrolled_us;
    const char *detail = ok ? "it trusts our card"
                         : way->viewed && way->view.greeted
                             ? "it does not trust us: there, 'tamga peer add' with our card"
                             : "it has not greeted us, so nobody can say; first mend the handshake";
    return check_row(out, "enrolled", ok, detail, all_ok);
}

static tg_err check_clock(const struct way *way, struct tg_buf *out, bool *all_ok)
{
    char detail[DETAIL_BYTES];
    bool known = way->viewed && way->view.greeted;
    int64_t skew = known ? way->view.skew_ms : 0, size = skew < 0 ? -skew : skew;
    bool ok = known && size <= TG_SERVICE_SKEW_MS_MAX;
    if (!known)
        (void)snprintf(detail, sizeof detail, "it has not greeted us, so its clock is unknown");
    else
        (void)snprintf(detail, sizeof detail, "its clock is %" PRId64 ".%03" PRId64 " s %s ours%s",
                       size / 1000, size % 1000, skew < 0 ? "behind" : "ahead of",
                       ok ? "" : ": one of the two is wrong, compare both with a time server");
    return check_row(out, "clock", ok, detail, all_ok);
}

static tg_err check_versions(const struct tg_peer *peer, const struct way *way, struct tg_buf *out,
                             bool *all_ok)
{
    char detail[DETAIL_BYTES];
    bool ok = way->viewed && way->view.greeted;
    if (ok)
        (void)snprintf(detail, sizeof detail, "it runs '%s'; we hold its card serial %" PRIu64,
                       way->view.software, peer->card->serial);
    else
        (void)snprintf(detail, sizeof detail, "it has not greeted us; we hold its card serial %" PRIu64,
                       peer->card->serial);
    return check_row(out, "versions", ok, detail, all_ok);
}

static tg_err testing_answer(const struct tg_peer *peer, const struct way *way, struct tg_buf *out)
{
    bool ok = true;
    tg_err err = check_endpoint(peer, way, out, &ok);
    if (!err) err = check_handshake(way, out, &ok);
    if (!err) err = check_enrolled(way, out, &ok);
    if (!err) err = check_clock(way, out, &ok);
    if (!err) err = check_versions(peer, way, out, &ok);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "ok", ok);
    return tg_control_end(&done);
}

/* Answers as soon as all is well, or when the wait is over. */
static tg_err testing_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                           struct tg_errmsg *em)
{
    const struct testing *testing = (const struct testing *)job;
    const struct tg_peer *peer = tg_trust_find(job->service->node, &testing->peer);
    if (!peer) return tg_fail(em, TG_ENOENT, "the peer was removed meanwhile");
    struct way way = way_of(job->service, peer);
    int64_t now_us = tg_service_now_us(job->service);
    bool good = way_up(&way) && way.view.up[TG_LANE_BULK] && way.view.enrolled_us;
    *ret_step = TG_STEP_END;
    if (good || now_us >= testing->until_us) return testing_answer(peer, &way, out);
    *ret_step = TG_STEP_WAIT;
    job->deadline_us = now_us + TEST_POLL_US < testing->until_us ? now_us + TEST_POLL_US : testing->until_us;
    return TG_OK;
}

static void testing_free(struct tg_job *job)
{
    free(job);
}

static const struct tg_job_kind testing_kind = {.step = testing_step, .free = testing_free};

tg_err tg_verb_peer_test(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    int64_t wait_ms = tg_control_number(call->msg, "wait_ms", 0);
    if (wait_ms < 0 || wait_ms > TG_SERVICE_WAIT_MS_MAX)
        return tg_fail(em, TG_EVALUE, "wait_ms is 0 to %d", TG_SERVICE_WAIT_MS_MAX);
    tg_err err = tg_trust_resolve(call->node, tg_control_text(call->msg, "peer", ""), &peer, em);
    if (err) return err;
    struct testing *testing = tg_job_start(call, &testing_kind, sizeof *testing);
    if (!testing) return TG_ENOMEM;
    testing->peer = peer->id;
    testing->until_us = tg_service_now_us(call->service) + wait_ms * 1000;
    return TG_OK;
}
