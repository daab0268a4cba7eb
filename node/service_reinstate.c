/* Verbs `reinstate` and `reinstate.list`: what an officer's withdrawal keeps from being imported again.
 *
 * Knows no reason why. Contract: docs/control.md.
 */
#include "node/service_internal.h"

struct seeking {
    struct tg_call *call;
    const char *ref;
    bool by_token;
    struct tg_block found;
    size_t count;
};

static void place_text(struct tg_node *node, const struct tg_block *block, char out[static TG_REF_TEXT_BYTES])
{
    struct tg_log_id log = {.origin = node->id, .epoch = block->epoch};
    out[0] = 0;
    if (block->at_ms) tg_lookup_place_text(node, &log, block->index, block->item, 1, out);
}

/* As it is typed: TJ-7, TJ-7#1, the record id, the Withdrawal's name, or list:number. */
static bool meant(struct tg_node *node, const struct seeking *seeking, const struct tg_block *block)
{
    char place[TG_REF_TEXT_BYTES], whole[TG_REF_TEXT_BYTES + 16], id[TG_HEX_BYTES(32)];
    if (seeking->by_token) return memcmp(block->token, seeking->found.token, sizeof block->token) == 0;
    place_text(node, block, place);
    if (!place[0]) return false;
    tg_hex_encode(block->target.bytes, sizeof block->target.bytes, id);
    (void)snprintf(whole, sizeof whole, "%s#%u", place, block->item);
    return strcmp(place, seeking->ref) == 0 || strcmp(whole, seeking->ref) == 0 ||
           strcmp(id, seeking->ref) == 0;
}

static tg_err seek(void *ctx, const struct tg_block *block)
{
    struct seeking *seeking = ctx;
    if (!meant(seeking->call->node, seeking, block)) return TG_OK;
    seeking->found = *block;
    seeking->count++;
    return TG_OK;
}

tg_err tg_verb_reinstate(struct tg_call *call, struct tg_errmsg *em)
{
    struct seeking seeking = {.call = call, .ref = tg_control_text(call->msg, "ref", "")};
    if (!call->msg->reason[0])
        return tg_fail(em, TG_EUSAGE, "say why with --reason: it goes into the access log");
    seeking.by_token = tg_block_token(call->node, seeking.ref, seeking.found.token);
    tg_err err = tg_blocks_each(call->node, seek, &seeking, em);
    if (err) return err;
    if (!seeking.count)
        return tg_fail(em, TG_ENOENT,
                       "nothing of '%.60s' is kept from being imported; see 'tamga reinstate --list'",
                       seeking.ref);
    err = tg_call_access(call, 1, NULL, em);
    if (!err) err = tg_block_remove(call->node, seeking.found.token, em);
    if (err) return err;
    char place[TG_REF_TEXT_BYTES];
    struct tg_control_out done;
    place_text(call->node, &seeking.found, place);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_text(&done, "ref", place);
    tg_control_put_text(&done, "blocked", seeking.found.listed || seeking.by_token ? "number" : "content");
    return tg_control_end(&done);
}

static tg_err block_row(void *ctx, const struct tg_block *block)
{
    struct seeking *seeking = ctx;
    struct tg_node *node = seeking->call->node;
    char place[TG_REF_TEXT_BYTES], by[TG_REF_TEXT_BYTES] = "";
    struct tg_control_out row;
    if (++seeking->count > TG_QUERY_LIMIT_MAX) return TG_OK;
    place_text(node, block, place);
    if (block->at_ms) tg_lookup_id_text(node, &block->by, by);
    tg_control_answer(&row, seeking->call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "blocked");
    tg_control_put_text(&row, "ref", place);
    tg_control_put_text(&row, "withdrawal", by);
    tg_control_put_number(&row, "at_ms", block->at_ms);
    tg_control_put_text(&row, "blocked", !block->at_ms ? "not known" : block->listed ? "number" : "content");
    return tg_control_end(&row);
}

tg_err tg_verb_reinstate_list(struct tg_call *call, struct tg_errmsg *em)
{
    struct seeking seeking = {.call = call};
    tg_err err = tg_call_access(call, 0, NULL, em);
    if (!err) err = tg_blocks_each(call->node, block_row, &seeking, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "total", (int64_t)seeking.count);
    return tg_control_end(&done);
}
