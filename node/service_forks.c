/* Verbs `log.forks` and `peer.unfreeze`: origins that showed two histories, the proofs, and the way back.
 *
 * Contract: docs/control.md.
 */
#include "node/forks.h"
#include "node/service_internal.h"

/* What the two halves differ in: places, or sizes. */
static void put_halves(struct tg_control_out *row, const struct tg_fork *fork)
{
    bool heads = fork->kind == TG_FORK_CHECKPOINTS;
    tg_control_put_number(row, "first", (int64_t)(heads ? fork->signed_as[0].size : fork->index));
    tg_control_put_number(row, "second", (int64_t)(heads ? fork->signed_as[1].size : fork->index));
    tg_control_put_text(row, "measure", heads ? "size" : "entry");
}

static const char *state_of(struct tg_node *node, const struct tg_hash *origin)
{
    if (tg_hash_equal(origin, &node->id)) return "ours";
    return tg_forks_frozen(node, origin) ? "frozen" : "cleared";
}

static tg_err fork_row(struct tg_call *call, const struct tg_held_fork *held, bool evidence)
{
    struct tg_node *node = call->node;
    struct tg_control_out row;
    struct tg_hash origin;
    memcpy(origin.bytes, held->fork.origin.bytes, sizeof origin.bytes);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "fork");
    tg_control_put_number(&row, "number", (int64_t)held->number);
    tg_put_node(&row, "origin", &origin);
    tg_control_put_text(&row, "country", tg_trust_country(node, &origin));
    tg_control_put_number(&row, "epoch", held->fork.epoch);
    tg_control_put_number(&row, "kind", held->kind);
    tg_control_put_text(&row, "shows", tg_fork_kind_text(held->kind));
    put_halves(&row, &held->fork);
    tg_put_node(&row, "shown_by", &held->shown_by);
    tg_control_put_text(&row, "shown_by_country", tg_trust_country(node, &held->shown_by));
    tg_control_put_number(&row, "at_ms", held->at_ms);
    tg_control_put_number(&row, "bytes", (int64_t)held->evidence.bytes);
    tg_control_put_text(&row, "state", state_of(node, &origin));
    if (evidence) tg_control_put_data(&row, "evidence", tg_buf_view(&held->evidence));
    return tg_control_end(&row);
}

tg_err tg_verb_log_forks(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_node *node = call->node;
    int64_t number = tg_control_number(call->msg, "number", -1);
    size_t shown = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < tg_forks_count(node) && !err; i++) {
        const struct tg_held_fork *held = tg_forks_at(node, i);
        if (number >= 0 && held->number != (uint64_t)number) continue;
        err = fork_row(call, held, number >= 0);
        shown++;
    }
    if (!err && number >= 0 && !shown)
        err = tg_fail(em, TG_ENOENT, "there is no fork proof %" PRId64 ": 'tamga log forks' lists them",
                      number);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}

tg_err tg_verb_peer_unfreeze(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_hash origin;
    tg_err err = tg_origin_read(call->node, tg_control_text(call->msg, "peer", ""), &origin, em);
    if (!err && strcmp(state_of(call->node, &origin), "frozen") != 0)
        err = tg_fail(em, TG_ENOENT, "%s is not frozen: 'tamga log forks' shows who is",
                      tg_trust_country(call->node, &origin));
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_forks_clear(call->node, &origin, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_put_node(&done, "node", &origin);
    tg_control_put_text(&done, "country", tg_trust_country(call->node, &origin));
    return tg_control_end(&done);
}
