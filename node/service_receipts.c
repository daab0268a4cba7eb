/* Verbs `log.receipts` and `log.withheld`: who has not acknowledged what for how long, and what was not given to us.
 *
 * Opens no envelope. Contract: docs/control.md.
 */
#include "node/missing.h"
#include "node/service_internal.h"

/* ---- log.receipts ---- */

/* The oldest ones of one partner, in order of their time. */
struct listing {
    const struct tg_node *node;
    int64_t now_ms, given_ms;
    bool overdue_alone;
    size_t limit;
    struct tg_owed *items;
    size_t count;
    uint64_t waiting, overdue;
};

static bool overdue(const struct listing *listing, const struct tg_owed *owed)
{
    const int64_t due_ms = tg_owed_due_ms(listing->node, owed, listing->given_ms);
    return due_ms && due_ms <= listing->now_ms;
}

static tg_err take(void *ctx, const struct tg_owed *owed)
{
    struct listing *listing = ctx;
    bool late = overdue(listing, owed);
    listing->waiting++;
    listing->overdue += late;
    if (listing->overdue_alone && !late) return TG_OK;
    size_t at = listing->count;
    while (at && listing->items[at - 1].since_ms > owed->since_ms) at--;
    if (at == listing->limit) return TG_OK;
    size_t moved = listing->count - at - (listing->count == listing->limit);
    memmove(listing->items + at + 1, listing->items + at, moved * sizeof *listing->items);
    listing->items[at] = *owed;
    if (listing->count < listing->limit) listing->count++;
    return listing->waiting < TG_SERVICE_COUNTED_MAX ? TG_OK : TG_ENOENT;
}

static tg_err owed_row(struct tg_call *call, const struct listing *listing, const struct tg_peer *peer,
                       const struct tg_owed *owed)
{
    struct tg_control_out row;
    char ref[TG_REF_TEXT_BYTES];
    const struct tg_log_id own = {.origin = call->node->id, .epoch = owed->epoch};
    const struct tg_held_log *log = tg_held_ensure(call->node, &own);
    if (!log) return TG_ENOMEM;
    tg_place_text(call->node, log->number, owed->index, owed->item ? owed->item : 1, ref);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "owed");
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &peer->id));
    tg_put_node(&row, "by", &peer->id);
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_number(&row, "index", (int64_t)owed->index);
    tg_control_put_text(&row, "what", owed->item ? "erasure" : owed->named ? "envelope" : "receipt");
    tg_control_put_text(&row, "precedence", tg_enum_name(TG_ENUM_PRECEDENCE, (int)owed->precedence));
    tg_control_put_number(&row, "since_ms", owed->since_ms);
    tg_control_put_number(&row, "due_ms", tg_owed_due_ms(call->node, owed, listing->given_ms));
    tg_control_put_number(&row, "overdue", overdue(listing, owed));
    return tg_control_end(&row);
}

static const char *link_of(const struct tg_call *call, const struct tg_peer *peer)
{
    return tg_peer_up(call->service, peer) ? "up" : "down";
}

static tg_err partner_row(struct tg_call *call, const struct listing *listing, const struct tg_peer *peer)
{
    const struct tg_held_receipt *held = tg_receipts_of(call->node, &peer->id);
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "partner");
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &peer->id));
    tg_put_node(&row, "by", &peer->id);
    tg_control_put_text(&row, "link", link_of(call, peer));
    tg_control_put_number(&row, "waiting", (int64_t)listing->waiting);
    tg_control_put_number(&row, "overdue", (int64_t)listing->overdue);
    tg_control_put_number(&row, "shown", (int64_t)listing->count);
    tg_control_put_number(&row, "receipt_ms", held ? held->at_ms : 0);
    tg_control_put_text(&row, "contact", tg_trust_contact(call->node, &peer->id));
    return tg_control_end(&row);
}

static tg_err partner_rows(struct tg_call *call, struct listing *listing, const struct tg_peer *peer,
                           struct tg_errmsg *em)
{
    listing->count = 0;
    listing->waiting = listing->overdue = 0;
    tg_err err = tg_owed_each(call->node, peer, take, listing, em);
    if (!err) err = tg_owed_withdrawals_each(call->node, peer, take, listing, em);
    for (uint32_t epoch = 0; epoch <= call->node->own_epoch && !err; epoch++)
        err = tg_receipt_row(call, peer, epoch);
    if (!err) err = partner_row(call, listing, peer);
    for (size_t i = 0; !err && i < listing->count; i++)
        err = owed_row(call, listing, peer, &listing->items[i]);
    return err;
}

static tg_err listing_begin(struct tg_call *call, struct listing *listing, struct tg_errmsg *em)
{
    int64_t limit = tg_control_number(call->msg, "limit", TG_OWED_SHOWN_MAX);
    *listing = (struct listing){.node = call->node,
                                .now_ms = tg_service_now_ms(call->service),
                                .given_ms = tg_control_number(call->msg, "overdue_ms", -1),
                                .overdue_alone = tg_control_number(call->msg, "overdue", 0) != 0,
                                .limit = (size_t)limit};
    if (limit < 1 || limit > TG_OWED_SHOWN_MAX)
        return tg_fail(em, TG_EVALUE, "limit is 1 to %d", TG_OWED_SHOWN_MAX);
    if (tg_control_has(call->msg, "overdue_ms") && listing->given_ms < 0)
        return tg_fail(em, TG_EVALUE, "overdue_ms is 0 and more");
    listing->items = calloc(listing->limit, sizeof *listing->items);
    return listing->items ? TG_OK : TG_ENOMEM;
}

tg_err tg_verb_log_receipts(struct tg_call *call, struct tg_errmsg *em)
{
    struct listing listing;
    struct tg_control_out done;
    struct tg_peer *only = NULL;
    uint64_t waiting = 0, late = 0;
    const char *who = tg_control_text(call->msg, "peer", "");
    tg_err err = who[0] ? tg_trust_resolve(call->node, who, &only, em) : TG_OK;
    if (!err) err = listing_begin(call, &listing, em);
    if (err) return err;
    for (size_t i = 0; i < call->node->peer_count && !err; i++) {
        if (only && call->node->peers[i] != only) continue;
        err = partner_rows(call, &listing, call->node->peers[i], em);
        waiting += listing.waiting;
        late += listing.overdue;
    }
    free(listing.items);
    if (err) return err;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "waiting", (int64_t)waiting);
    tg_control_put_number(&done, "overdue", (int64_t)late);
    return tg_control_end(&done);
}

/* ---- log.withheld ---- */

static tg_err withheld_row(void *ctx, const struct tg_withheld *withheld)
{
    struct tg_call *call = ctx;
    struct tg_held_log *log = tg_held_by_number(call->node, withheld->log);
    struct tg_control_out row;
    char ref[TG_REF_TEXT_BYTES], by[TG_REF_TEXT_BYTES] = "";
    if (!log) return TG_OK;
    tg_place_text(call->node, withheld->log, withheld->index, 1, ref);
    bool chained = withheld->chained;
    if (chained) tg_place_text(call->node, withheld->log, withheld->want.by, 1, by);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "withheld");
    tg_put_node(&row, "origin", &log->id.origin);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &log->id.origin));
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_number(&row, "index", (int64_t)withheld->index);
    tg_control_put_text(&row, "named_by",
                        chained ? by : tg_trust_country(call->node, &withheld->want.teller));
    tg_control_put_number(&row, "chained", chained);
    tg_control_put_text(&row, "asked", tg_trust_country(call->node, &withheld->asked));
    tg_control_put_number(&row, "at_ms", withheld->at_ms);
    tg_control_put_text(&row, "state", tg_withheld_here(call->node, withheld) ? "came later" : "withheld");
    tg_control_put_view(&row, "note", withheld->note);
    return tg_control_end(&row);
}

tg_err tg_verb_log_withheld(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_control_out done;
    uint64_t open = 0;
    tg_err err = tg_withheld_each(call->node, withheld_row, call, em);
    if (!err) err = tg_withheld_count(call->node, &open, em);
    if (err) return err;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "withheld", (int64_t)open);
    return tg_control_end(&done);
}
