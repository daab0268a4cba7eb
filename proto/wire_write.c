/* From our own structs to generated protobuf structs, a function a type.
 *
 * Takes checked messages only; what it points to is the caller's. Bytes: docs/formats-wire.md.
 */
#include "proto/wire_internal.h"

#define PB(name) tamga__wire__v1__##name
#define CASE(NAME) TAMGA__WIRE__V1__MESSAGE__BODY_##NAME
/* void tg_wire_write_hello(msg, scratch, pb) */
#define WRITE(member) \
    void tg_wire_write_##member(const struct tg_msg *msg, struct tg_wire_scratch *scratch, tg_pb_message *pb)
/* Start the scratch's message of that type and hang it into pb. */
#define BEGIN(type, place, member, NAME) \
    PB(type##__init)(&scratch->place);   \
    pb->body_case = CASE(NAME);          \
    pb->member = &scratch->place

/* protobuf-c reads what it packs through pointers without const. */
static ProtobufCBinaryData data_of(const void *data, size_t bytes)
{
    return (ProtobufCBinaryData){.len = bytes, .data = (uint8_t *)(uintptr_t)data};
}

static ProtobufCBinaryData view_data(struct tg_view view)
{
    return data_of(view.data, view.bytes);
}

static ProtobufCBinaryData hash_data(const struct tg_hash *hash)
{
    return data_of(hash->bytes, TG_HASH_BYTES);
}

static uint32_t *numbers(const uint32_t *from)
{
    return (uint32_t *)(uintptr_t)from;
}

WRITE(hello)
{
    const struct tg_msg_hello *from = &msg->hello;
    BEGIN(hello, hello, hello, HELLO);
    Tamga__Wire__V1__Hello *to = &scratch->hello;
    to->node = hash_data(&from->node);
    to->boot = data_of(from->boot, sizeof from->boot);
    to->nonce = data_of(from->nonce, sizeof from->nonce);
    to->version_min = from->version_min;
    to->version_max = from->version_max;
    to->suites = numbers(from->suites);
    to->n_suites = from->suite_count;
    to->card_serial = from->card_serial;
    to->card_hash = hash_data(&from->card_hash);
    to->origins = data_of(from->origins, from->origin_count * TG_HASH_BYTES);
    to->time_ms = from->time_ms;
    to->software = view_data(from->software);
    to->answer = from->answer;
}

WRITE(card)
{
    BEGIN(card, card, card, CARD);
    scratch->card.note = view_data(msg->card.note);
}

WRITE(want_card)
{
    BEGIN(want_card, want_card, want_card, WANT_CARD);
    scratch->want_card.node = hash_data(&msg->want_card.node);
    scratch->want_card.after_serial = msg->want_card.after_serial;
}

WRITE(heads)
{
    BEGIN(heads, heads_message, heads, HEADS);
    for (size_t i = 0; i < msg->heads.count; i++) {
        const struct tg_msg_head *from = &msg->heads.heads[i];
        Tamga__Wire__V1__Head *to = &scratch->heads[i];
        PB(head__init)(to);
        to->origin = hash_data(&from->origin);
        to->epoch = from->epoch;
        to->size = from->size;
        to->checkpoint = view_data(from->checkpoint);
        to->cosignatures = view_data(from->cosignatures);
        scratch->head_pointers[i] = to;
    }
    scratch->heads_message.heads = scratch->head_pointers;
    scratch->heads_message.n_heads = msg->heads.count;
}

WRITE(want_leaves)
{
    BEGIN(want_leaves, want_leaves, want_leaves, WANT_LEAVES);
    scratch->want_leaves.origin = hash_data(&msg->want_leaves.origin);
    scratch->want_leaves.epoch = msg->want_leaves.epoch;
    scratch->want_leaves.start = msg->want_leaves.start;
    scratch->want_leaves.count = msg->want_leaves.count;
}

WRITE(leaves)
{
    BEGIN(leaves, leaves, leaves, LEAVES);
    scratch->leaves.origin = hash_data(&msg->leaves.origin);
    scratch->leaves.epoch = msg->leaves.epoch;
    scratch->leaves.start = msg->leaves.start;
    scratch->leaves.leaves = view_data(msg->leaves.leaves);
    scratch->leaves.checkpoint = view_data(msg->leaves.checkpoint);
    scratch->leaves.consistency = view_data(msg->leaves.consistency);
    scratch->leaves.for_you = numbers(msg->leaves.for_you);
    scratch->leaves.n_for_you = msg->leaves.for_you_count;
}

WRITE(want_env)
{
    BEGIN(want_env, want_env, want_env, WANT_ENV);
    scratch->want_env.origin = hash_data(&msg->want_env.origin);
    scratch->want_env.epoch = msg->want_env.epoch;
    scratch->want_env.from = msg->want_env.from;
    scratch->want_env.until = msg->want_env.until;
    scratch->want_env.credit_bytes = msg->want_env.credit_bytes;
}

static void write_env_from(const struct tg_msg_env *from, struct tg_wire_scratch *scratch)
{
    Tamga__Wire__V1__Env *to = &scratch->env;
    to->origin = hash_data(&from->origin);
    to->epoch = from->epoch;
    to->index = from->index;
    to->precedence = from->precedence;
    for (size_t i = 0; i < from->slot_count; i++) {
        PB(slot__init)(&scratch->slots[i]);
        scratch->slots[i].node = hash_data(&from->slots[i].node);
        scratch->slots[i].slot = from->slots[i].slot;
        scratch->slot_pointers[i] = &scratch->slots[i];
    }
    to->slots = scratch->slot_pointers;
    to->n_slots = from->slot_count;
    to->total_bytes = from->total_bytes;
    to->offset = from->offset;
    to->chunk = view_data(from->chunk);
    to->withdrawn = numbers(from->withdrawn);
    to->n_withdrawn = from->withdrawn_count;
}

WRITE(env)
{
    BEGIN(env, env, env, ENV);
    write_env_from(&msg->env, scratch);
}

WRITE(flash)
{
    BEGIN(env, env, flash, FLASH);
    write_env_from(&msg->flash, scratch);
}

WRITE(env_end)
{
    BEGIN(env_end, env_end, env_end, ENV_END);
    scratch->env_end.origin = hash_data(&msg->env_end.origin);
    scratch->env_end.epoch = msg->env_end.epoch;
    scratch->env_end.upto = msg->env_end.upto;
    scratch->env_end.newest = msg->env_end.newest;
}

WRITE(credit)
{
    BEGIN(credit, credit, credit, CREDIT);
    scratch->credit.bytes = msg->credit.bytes;
}

WRITE(receipt)
{
    BEGIN(receipt, receipt, receipt, RECEIPT);
    scratch->receipt.note = view_data(msg->receipt.note);
}

WRITE(reseal)
{
    BEGIN(reseal, reseal, reseal, RESEAL);
    scratch->reseal.origin = hash_data(&msg->reseal.origin);
    scratch->reseal.epoch = msg->reseal.epoch;
    scratch->reseal.index = msg->reseal.index;
    scratch->reseal.kind = msg->reseal.kind;
    scratch->reseal.sealed = view_data(msg->reseal.sealed);
    scratch->reseal.why = msg->reseal.why;
}

WRITE(fork)
{
    BEGIN(fork, fork, fork, FORK);
    scratch->fork.kind = msg->fork.kind;
    scratch->fork.evidence = view_data(msg->fork.evidence);
}

WRITE(cosign)
{
    BEGIN(cosign, cosign, cosign, COSIGN);
    scratch->cosign.origin = hash_data(&msg->cosign.origin);
    scratch->cosign.epoch = msg->cosign.epoch;
    scratch->cosign.size = msg->cosign.size;
    scratch->cosign.line = view_data(msg->cosign.line);
}

WRITE(conflict)
{
    BEGIN(conflict, conflict, conflict, CONFLICT);
    scratch->conflict.origin = hash_data(&msg->conflict.origin);
    scratch->conflict.epoch = msg->conflict.epoch;
    scratch->conflict.note = view_data(msg->conflict.note);
}

WRITE(ping)
{
    BEGIN(ping, ping, ping, PING);
    scratch->ping.nonce = msg->ping.nonce;
}

WRITE(pong)
{
    BEGIN(ping, ping, pong, PONG);
    scratch->ping.nonce = msg->pong.nonce;
}

WRITE(bye)
{
    BEGIN(bye, bye, bye, BYE);
    scratch->bye.reason = msg->bye.reason;
    scratch->bye.text = view_data(msg->bye.text);
}
