/* Verbs `peer.list`, `peer.add`, `peer.remove`, `peer.test` and `card`.
 *
 * Who is trusted is decided in trust.c. Contract: docs/control.md.
 */
#include <sys/timex.h>

#include "node/cards.h"
#include "node/epochs.h"
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

/* What is known of the way to it and of the other end. */
static void put_way(struct tg_call *call, struct tg_control_out *row, const struct tg_peer *peer,
                    const struct way *way)
{
    bool greeted = way->viewed && way->view.greeted;
    int64_t heard_ms = 0;
    if (way->linked && way->link.heard_us)
        heard_ms =
            tg_service_now_ms(call->service) - (tg_service_now_us(call->service) - way->link.heard_us) / 1000;
    tg_control_put_number(row, "greeted", greeted);
    tg_control_put_number(row, "heard_ms", heard_ms);
    tg_control_put_number(row, "skew_ms", greeted ? way->view.skew_ms : 0);
    tg_control_put_text(row, "software", greeted ? way->view.software : "");
    tg_control_put_number(row, "leaves_behind", way->viewed ? (int64_t)way->view.leaves_behind : 0);
    tg_control_put_number(row, "oddities", way->viewed ? (int64_t)way->view.oddities : 0);
    tg_control_put_text(row, "card_refused", peer->card_refused);
    tg_control_put_number(row, "seconds", way->linked ? (int64_t)way->link.seconds : 0);
    tg_control_put_text(row, "trouble", way->linked && !way_up(way) ? way->link.trouble : "");
}

static tg_err peer_row(struct tg_call *call, const struct tg_peer *peer, bool detail, struct tg_errmsg *em)
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
    tg_control_put_text(&row, "contact", tg_trust_contact(call->node, &peer->id));
    tg_control_put_text(&row, "state", state_of(call->service, peer, &way));
    tg_control_put_number(&row, "since_ms", since_ms);
    tg_control_put_text(&row, "fingerprint", fingerprint);
    tg_control_put_number(&row, "enrolled_us", way.viewed && way.view.enrolled_us);
    put_counts(call->node, &row, peer, &way);
    put_way(call, &row, peer, &way);
    tg_err err = detail ? tg_partner_put(call, peer, &row, em) : TG_OK;
    return err ? err : tg_control_end(&row);
}

tg_err tg_peer_rows(struct tg_call *call, bool detail, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < call->node->peer_count && !err; i++)
        err = peer_row(call, call->node->peers[i], detail, em);
    return err;
}

tg_err tg_verb_peer_list(struct tg_call *call, struct tg_errmsg *em)
{
    if (tg_control_number(call->msg, "overdue_ms", 0) < 0)
        return tg_fail(em, TG_EVALUE, "overdue_ms is 0 and more");
    tg_err err = tg_peer_rows(call, tg_control_number(call->msg, "detail", 0) != 0, em);
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
               *endpoint = tg_control_text(call->msg, "endpoint", ""),
               *contact = tg_control_text(call->msg, "contact", ""),
               *prologue = tg_control_text(call->msg, "prologue", "");
    if (!card[0]) return tg_fail(em, TG_EUSAGE, "no card was given");
    if (endpoint[0] && !tg_endpoint_valid(endpoint, false))
        return tg_fail(em, TG_EVALUE, "endpoint '%.80s' is not of the form tcp://HOST:PORT", endpoint);
    tg_err err = contact[0] ? tg_card_contact_check(contact, em) : TG_OK;
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_trust_add(call->node, tg_view_str(card), endpoint, &peer, &fresh, em);
    if (!err && contact[0]) err = tg_trust_contact_set(call->node, peer, contact, em);
    if (!err) err = tg_epochs_handed(call->node, &peer->id, tg_view_str(prologue), em);
    if (err) return err;
    struct tg_control_out done;
    tg_trust_fingerprint(call->node, peer, fingerprint);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_who(&done, peer);
    tg_control_put_text(&done, "fingerprint", fingerprint);
    tg_control_put_number(&done, "new", fresh);
    return tg_control_end(&done);
}

tg_err tg_verb_peer_contact(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    tg_err err = tg_trust_resolve(call->node, tg_control_text(call->msg, "peer", ""), &peer, em);
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_trust_contact_set(call->node, peer, tg_control_text(call->msg, "contact", ""), em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_who(&done, peer);
    tg_control_put_text(&done, "contact", tg_trust_contact(call->node, &peer->id));
    return tg_control_end(&done);
}

tg_err tg_verb_peer_remove(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_peer *peer = NULL;
    tg_err err = tg_trust_resolve(call->node, tg_control_text(call->msg, "peer", ""), &peer, em);
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    put_who(&done, peer); /* while it is there */
    err = tg_trust_remove(call->node, peer, em);
    return err ? err : tg_control_end(&done);
}

tg_err tg_verb_card(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_fingerprint fingerprint;
    char text[TG_FINGERPRINT_TEXT_BYTES];
    struct tg_control_out done;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    uint64_t before = tg_cards_newest(call->node)->serial - 1;
    TG_AUTO(tg_buf) struct tg_buf prologues = {0};
    uint32_t epoch = 0;
    tg_err err = tg_cards_next(call->node, &call->node->id, &before, &note);
    while (!err && !(err = tg_epochs_next(call->node, &call->node->id, &epoch, &prologues)))
        ;
    if (err != TG_ENOENT || !note.bytes)
        return tg_fail(em, err, "cannot read our own card: %s", tg_err_text(err));
    const struct tg_sign_public *root = &tg_cards_newest(call->node)->root.public_key;
    tg_fingerprint_pair(root, root, &fingerprint);
    tg_fingerprint_format(&fingerprint, text);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_view(&done, "card", tg_buf_view(&note));
    if (prologues.bytes) tg_control_put_view(&done, "prologue", tg_buf_view(&prologues));
    tg_control_put_text(&done, "fingerprint", text);
    return tg_control_end(&done);
}

/* ---- test ---- */

struct testing {
    struct tg_job job;
    struct tg_hash peer;
    int64_t until_us;
};

/* What is not known yet is no fault of its own. */
enum verdict { VERDICT_OK, VERDICT_FAIL, VERDICT_UNKNOWN };

static tg_err check_row(struct tg_buf *out, const char *check, enum verdict verdict, const char *detail,
                        bool *all_ok)
{
    static const char *const names[] = {"ok", "fail", "unknown"};
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "check", check);
    tg_control_put_text(&row, "result", names[verdict]);
    tg_control_put_text(&row, "detail", detail);
    if (verdict != VERDICT_OK) *all_ok = false;
    return tg_control_end(&row);
}

#define DETAIL_BYTES 512
#define NOT_GREETED "not known before the handshake succeeds"

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
                       "its card names no endpoint, so only it can dial. At their side: 'tamga peer test' "
                       "towards us. At ours: 'tamga peer add' with --endpoint");
    return check_row(out, "endpoint", endpoint[0] || way_up(way) ? VERDICT_OK : VERDICT_FAIL, detail, all_ok);
}

/* Nobody answers: what to look at, on which side. */
static void unanswered(const struct tg_peer *peer, const struct way *way, char *out, size_t out_bytes)
{
    const char *endpoint = endpoint_of(peer), *trouble = way->linked ? way->link.trouble : "";
    unsigned tries = way->linked ? way->link.failures : 0;
    if (tg_link_not_admitted(trouble))
        (void)snprintf(out, out_bytes, "their node answers and does not admit us (%u tries)", tries);
    else if (strcmp(trouble, TG_LINK_NOBODY) == 0)
        (void)snprintf(
            out, out_bytes,
            "nobody answers at %s (%u tries). At their side: does the node run, does its firewall let us "
            "in? At ours: is the address still right ('tamga peer add' with --endpoint sets another)?",
            endpoint, tries);
    else if (trouble[0])
        (void)snprintf(out, out_bytes, "%s (%u tries)", trouble, tries);
    else
        (void)snprintf(out, out_bytes,
                       "no connection yet: their node does not run, a firewall stands between, or it has not "
                       "enrolled us");
}

static tg_err check_handshake(const struct tg_peer *peer, const struct way *way, struct tg_buf *out,
                              bool *all_ok)
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
    else
        unanswered(peer, way, detail, sizeof detail);
    return check_row(out, "handshake", urgent && bulk ? VERDICT_OK : VERDICT_FAIL, detail, all_ok);
}

static tg_err check_enrolled(const struct way *way, struct tg_buf *out, bool *all_ok)
{
    bool greeted = way->viewed && way->view.greeted;
    bool refused = !greeted && way->linked && tg_link_not_admitted(way->link.trouble);
    if (greeted && way->view.enrolled_us)
        return check_row(out, "enrolled", VERDICT_OK, "it trusts our card", all_ok);
    if (!greeted && !refused) return check_row(out, "enrolled", VERDICT_UNKNOWN, NOT_GREETED, all_ok);
    return check_row(
        out, "enrolled", VERDICT_FAIL,
        "they have not enrolled us, or another card of ours. At their side: 'tamga peer add' with the "
        "card that 'tamga card show --raw' prints here",
        all_ok);
}

/* Which of two clocks is wrong, neither can say; but one that no time service keeps is looked at first. */
static bool own_clock_kept(void)
{
    struct timex timex = {.modes = 0};
    int state = adjtimex(&timex);
    return state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
}

static tg_err check_clock(const struct way *way, struct tg_buf *out, bool *all_ok)
{
    char detail[DETAIL_BYTES];
    if (!way->viewed || !way->view.greeted)
        return check_row(out, "clock", VERDICT_UNKNOWN, NOT_GREETED, all_ok);
    int64_t skew = way->view.skew_ms, size = skew < 0 ? -skew : skew;
    bool ok = size <= TG_SERVICE_SKEW_MS_MAX;
    (void)snprintf(detail, sizeof detail, "its clock is %" PRId64 ".%03" PRId64 " s %s ours%s", size / 1000,
                   size % 1000, skew < 0 ? "behind" : "ahead of",
                   ok                 ? ""
                   : own_clock_kept() ? ". A time service keeps ours, so look at theirs first"
                                      : ". No time service keeps ours, so look here first");
    return check_row(out, "clock", ok ? VERDICT_OK : VERDICT_FAIL, detail, all_ok);
}

static tg_err check_versions(const struct tg_peer *peer, const struct way *way, struct tg_buf *out,
                             bool *all_ok)
{
    char detail[DETAIL_BYTES];
    bool greeted = way->viewed && way->view.greeted;
    if (!greeted) return check_row(out, "versions", VERDICT_UNKNOWN, NOT_GREETED, all_ok);
    (void)snprintf(detail, sizeof detail, "it runs '%s'; we hold its card serial %" PRIu64,
                   way->view.software, peer->card->serial);
    return check_row(out, "versions", VERDICT_OK, detail, all_ok);
}

static tg_err testing_answer(const struct tg_peer *peer, const struct way *way, struct tg_buf *out)
{
    bool ok = true;
    tg_err err = check_endpoint(peer, way, out, &ok);
    if (!err) err = check_handshake(peer, way, out, &ok);
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
