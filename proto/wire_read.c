/* From generated protobuf structs to our own, a function a type.
 *
 * Does not judge values (wire_check.c does). Bytes: docs/formats-wire.md.
 */
#include "proto/wire_internal.h"

#define READ(member)                                                                                  \
    tg_err tg_wire_read_##member(const tg_pb_message *pb, struct tg_arena *arena, struct tg_msg *msg, \
                                 struct tg_errmsg *em)

static struct tg_view view_of(ProtobufCBinaryData data)
{
    return tg_view_of(data.data, data.len);
}

static tg_err fixed(ProtobufCBinaryData data, void *out, size_t bytes, const char *field,
                    struct tg_errmsg *em)
{
    if (data.len != bytes) {
        return tg_fail(em, TG_EVALUE, "'%s' has %zu bytes, not %zu", field, data.len, bytes);
    }
    memcpy(out, data.data, bytes);
    return TG_OK;
}

static tg_err hash(ProtobufCBinaryData data, struct tg_hash *out, const char *field, struct tg_errmsg *em)
{
    return fixed(data, out->bytes, TG_HASH_BYTES, field, em);
}

static tg_err read_origins(const Tamga__Wire__V1__Hello *from, struct tg_arena *arena,
                           struct tg_msg_hello *to, struct tg_errmsg *em)
{
    if (from->origins.len % TG_HASH_BYTES != 0) {
        return tg_fail(em, TG_EVALUE, "'origins' are not whole node ids");
    }
    struct tg_hash *origins = tg_arena_take(arena, from->origins.len);
    if (!origins) return TG_ENOMEM;
    if (from->origins.len) memcpy(origins, from->origins.data, from->origins.len);
    to->origins = origins;
    to->origin_count = from->origins.len / TG_HASH_BYTES;
    return TG_OK;
}

READ(hello)
{
    const Tamga__Wire__V1__Hello *from = pb->hello;
    struct tg_msg_hello *to = &msg->hello;
    tg_err err = hash(from->node, &to->node, "node", em);
    if (!err) err = fixed(from->boot, to->boot, sizeof to->boot, "boot", em);
    if (!err) err = fixed(from->nonce, to->nonce, sizeof to->nonce, "nonce", em);
    if (!err) err = hash(from->card_hash, &to->card_hash, "card_hash", em);
    if (!err) err = read_origins(from, arena, to, em);
    to->version_min = from->version_min;
    to->version_max = from->version_max;
    to->suites = from->suites;
    to->suite_count = from->n_suites;
    to->card_serial = from->card_serial;
    to->time_ms = from->time_ms;
    to->software = view_of(from->software);
    to->answer = from->answer != 0;
    return err;
}

READ(card)
{
    (void)arena, (void)em;
    msg->card.note = view_of(pb->card->note);
    return TG_OK;
}

READ(want_card)
{
    (void)arena;
    msg->want_card.after_serial = pb->want_card->after_serial;
    return hash(pb->want_card->node, &msg->want_card.node, "node", em);
}

READ(heads)
{
    const Tamga__Wire__V1__Heads *from = pb->heads;
    if (from->n_heads > TG_HEADS_PER_MESSAGE_MAX) return tg_fail(em, TG_ELIMIT, "too many heads");
    struct tg_msg_head *heads = tg_arena_take_array(arena, from->n_heads, sizeof *heads);
    if (!heads) return TG_ENOMEM;
    for (size_t i = 0; i < from->n_heads; i++) {
        const Tamga__Wire__V1__Head *head = from->heads[i];
        heads[i] = (struct tg_msg_head){.epoch = head->epoch,
                                        .size = head->size,
                                        .checkpoint = view_of(head->checkpoint),
                                        .cosignatures = view_of(head->cosignatures)};
        tg_err err = hash(head->origin, &heads[i].origin, "origin", em);
        if (err) return err;
    }
    msg->heads = (struct tg_msg_heads){.heads = heads, .count = from->n_heads};
    return TG_OK;
}

READ(want_leaves)
{
    (void)arena;
    const Tamga__Wire__V1__WantLeaves *from = pb->want_leaves;
    msg->want_leaves.epoch = from->epoch;
    msg->want_leaves.start = from->start;
    msg->want_leaves.count = from->count;
    return hash(from->origin, &msg->want_leaves.origin, "origin", em);
}

READ(leaves)
{
    (void)arena;
    const Tamga__Wire__V1__Leaves *from = pb->leaves;
    struct tg_msg_leaves *to = &msg->leaves;
    to->epoch = from->epoch;
    to->start = from->start;
    to->leaves = view_of(from->leaves);
    to->count = from->leaves.len / TG_WIRE_LEAF_BYTES;
    to->checkpoint = view_of(from->checkpoint);
    to->consistency = view_of(from->consistency);
    to->for_you = from->for_you;
    to->for_you_count = from->n_for_you;
    return hash(from->origin, &to->origin, "origin", em);
}

READ(want_env)
{
    (void)arena;
    const Tamga__Wire__V1__WantEnv *from = pb->want_env;
    struct tg_msg_want_env *to = &msg->want_env;
    to->epoch = from->epoch;
    to->from = from->from;
    to->until = from->until;
    to->credit_bytes = from->credit_bytes;
    return hash(from->origin, &to->origin, "origin", em);
}

static tg_err read_slots(const Tamga__Wire__V1__Env *from, struct tg_arena *arena, struct tg_msg_env *to,
                         struct tg_errmsg *em)
{
    if (from->n_slots > TG_STANZAS_MAX) return tg_fail(em, TG_ELIMIT, "too many slots");
    struct tg_msg_slot *slots = tg_arena_take_array(arena, from->n_slots, sizeof *slots);
    if (!slots) return TG_ENOMEM;
    for (size_t i = 0; i < from->n_slots; i++) {
        slots[i].slot = from->slots[i]->slot;
        tg_err err = hash(from->slots[i]->node, &slots[i].node, "node of a slot", em);
        if (err) return err;
    }
    to->slots = slots;
    to->slot_count = from->n_slots;
    return TG_OK;
}

static tg_err read_env_into(const Tamga__Wire__V1__Env *from, struct tg_arena *arena, struct tg_msg_env *to,
                            struct tg_errmsg *em)
{
    if (from->precedence > UINT8_MAX)
        return tg_fail(em, TG_EVALUE, "precedence %u is unknown", from->precedence);
    to->epoch = from->epoch;
    to->index = from->index;
    to->precedence = (uint8_t)from->precedence;
    to->total_bytes = from->total_bytes;
    to->offset = from->offset;
    to->chunk = view_of(from->chunk);
    to->withdrawn = from->withdrawn;
    to->withdrawn_count = from->n_withdrawn;
    tg_err err = hash(from->origin, &to->origin, "origin", em);
    return err ? err : read_slots(from, arena, to, em);
}

READ(env)
{
    return read_env_into(pb->env, arena, &msg->env, em);
}

READ(flash)
{
    return read_env_into(pb->flash, arena, &msg->flash, em);
}

READ(env_end)
{
    (void)arena;
    msg->env_end.epoch = pb->env_end->epoch;
    msg->env_end.upto = pb->env_end->upto;
    msg->env_end.newest = pb->env_end->newest;
    return hash(pb->env_end->origin, &msg->env_end.origin, "origin", em);
}

READ(credit)
{
    (void)arena, (void)em;
    msg->credit.bytes = pb->credit->bytes;
    return TG_OK;
}

READ(receipt)
{
    (void)arena, (void)em;
    msg->receipt.note = view_of(pb->receipt->note);
    return TG_OK;
}

READ(reseal)
{
    (void)arena;
    msg->reseal.epoch = pb->reseal->epoch;
    msg->reseal.index = pb->reseal->index;
    msg->reseal.kind = pb->reseal->kind;
    msg->reseal.sealed = view_of(pb->reseal->sealed);
    msg->reseal.why = pb->reseal->why;
    return hash(pb->reseal->origin, &msg->reseal.origin, "origin", em);
}

READ(fork)
{
    (void)arena, (void)em;
    msg->fork.kind = pb->fork->kind;
    msg->fork.evidence = view_of(pb->fork->evidence);
    return TG_OK;
}

READ(cosign)
{
    (void)arena;
    msg->cosign.epoch = pb->cosign->epoch;
    msg->cosign.size = pb->cosign->size;
    msg->cosign.line = view_of(pb->cosign->line);
    return hash(pb->cosign->origin, &msg->cosign.origin, "origin", em);
}

READ(conflict)
{
    (void)arena;
    msg->conflict.epoch = pb->conflict->epoch;
    msg->conflict.note = view_of(pb->conflict->note);
    return hash(pb->conflict->origin, &msg->conflict.origin, "origin", em);
}

READ(ping)
{
    (void)arena, (void)em;
    msg->ping.nonce = pb->ping->nonce;
    return TG_OK;
}

READ(pong)
{
    (void)arena, (void)em;
    msg->pong.nonce = pb->pong->nonce;
    return TG_OK;
}

READ(bye)
{
    (void)arena, (void)em;
    msg->bye.reason = pb->bye->reason;
    msg->bye.text = view_of(pb->bye->text);
    return TG_OK;
}
