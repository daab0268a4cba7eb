/* Verb `recovery`: own envelopes whose keys are lost, opened by the recovery key that the caller lends, a page a call.
 *
 * The key comes sealed to our seal key, so it lies in no buffer of the socket; it is open in one tg_key for the length of
 * a call, and nothing of it is written. Contract: docs/control.md.
 */
#include "crypto/vault.h"
#include "node/reseal.h"
#include "node/service_internal.h"

static tg_err secret_open(struct tg_call *call, struct tg_key *ret_secret, struct tg_errmsg *em)
{
    static const char info[] = TG_CONTROL_RECOVERY_INFO;
    const struct tg_view sealed = tg_control_data(call->msg, "sealed");
    tg_err err = TG_ESHORT;
    if (sealed.bytes == TG_HPKE_ENC_BYTES + TG_KEY_BYTES + TG_HPKE_TAG_BYTES)
        err = tg_vault_open_sealed(call->node->vault, sealed, TG_VIEW_ARRAY(info),
                                   TG_VIEW_ARRAY(call->node->id.bytes), ret_secret->bytes);
    return err ? tg_fail(em, err, "the recovery key does not come sealed to this node's seal key") : TG_OK;
}

static tg_err refused_row(struct tg_call *call, const struct tg_held_log *log, uint64_t index, tg_err why,
                          const struct tg_errmsg *em)
{
    char ref[TG_REF_TEXT_BYTES];
    struct tg_control_out row;
    tg_lookup_place_text(call->node, &log->id, index, 1, 1, ref);
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "closed");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_text(&row, "error", tg_err_name(why));
    tg_control_put_text(&row, "why",
                        why == TG_ESTANZA ? "sealed to another recovery key" : tg_errmsg_text(em, why));
    return tg_control_end(&row);
}

/* Where a page goes on: a log of ours, by its place among all logs, and the index below which. */
struct place {
    size_t log;
    uint64_t below;
};

/* The next closed envelope of ours. Newest first: a withdrawal stands above what it withdraws, and is known before that is
 * opened; so newest epoch first. */
static struct tg_held_log *next_closed(struct tg_node *node, struct place *at)
{
    for (; at->log < node->log_count; at->log++, at->below = INT64_MAX) {
        struct tg_held_log *log = node->logs[node->log_count - 1 - at->log];
        if (tg_hash_equal(&log->id.origin, &node->id) &&
            tg_ranges_before(&log->closed, at->below, &at->below))
            return log;
    }
    return NULL;
}

static tg_err page(struct tg_call *call, const struct tg_key *secret, struct place *at, int64_t *opened,
                   bool *more)
{
    struct tg_held_log *log;
    struct place next = *at;
    tg_err err = TG_OK;
    *more = false;
    for (size_t steps = 0; !err && (log = next_closed(call->node, &next)); steps++) {
        struct tg_errmsg why = {.text = ""};
        *more = steps == TG_RECOVERY_STEPS_MAX;
        if (*more) break;
        tg_err one = tg_reseal_recover(call->node, log, next.below, secret, &why);
        *at = next;
        if (!one)
            ++*opened;
        else if (one == TG_ENOMEM)
            err = one;
        else
            err = refused_row(call, log, next.below, one, &why);
    }
    return err;
}

tg_err tg_verb_recovery(struct tg_call *call, struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key secret = {{0}};
    struct tg_seal_public public_key;
    int64_t opened = 0, below = tg_control_number(call->msg, "below", INT64_MAX),
            at_log = tg_control_number(call->msg, "at_log", 0);
    bool more = false;
    if (below < 0 || at_log < 0) return tg_fail(em, TG_EVALUE, "below and at_log are 0 and more");
    tg_err err = secret_open(call, &secret, em);
    if (!err && below == INT64_MAX) err = tg_call_access(call, 0, NULL, em);
    if (err) return err;
    tg_seal_public_of(&secret, &public_key);
    struct place at = {(size_t)at_log, (uint64_t)below};
    err = page(call, &secret, &at, &opened, &more);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "opened", opened);
    tg_control_put_number(&done, "more", more);
    tg_control_put_number(&done, "at_log", (int64_t)at.log);
    tg_control_put_number(&done, "below", (int64_t)at.below);
    tg_control_put_number(&done, "listed",
                          memcmp(&public_key, &call->node->card->recovery, sizeof public_key) == 0);
    return tg_control_end(&done);
}
