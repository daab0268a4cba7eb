/* What is refused in a message, a function a type: the same on both sides.
 *
 * Knows no state: whether a message is expected is the engine's business. Rules: docs/formats-wire.md.
 */
#include "base/text.h"
#include "proto/wire_internal.h"

#define CHECK(member) tg_err tg_wire_check_##member(const struct tg_msg *msg, struct tg_errmsg *em)

static tg_err length(size_t bytes, size_t min, size_t max, const char *field, struct tg_errmsg *em)
{
    if (bytes < min) return tg_fail(em, TG_EVALUE, "'%s' is empty or too short", field);
    if (bytes > max) {
        return tg_fail(em, TG_ELIMIT, "'%s' has %zu, the limit is %zu", field, bytes, max);
    }
    return TG_OK;
}

static tg_err text(struct tg_view view, size_t max, const char *field, struct tg_errmsg *em)
{
    tg_err err = length(view.bytes, 0, max, field, em);
    if (err) return err;
    if (!tg_utf8_valid(view) || (view.bytes && memchr(view.data, 0, view.bytes))) {
        return tg_fail(em, TG_EVALUE, "'%s' is not text", field);
    }
    return TG_OK;
}

static tg_err ascending(const uint32_t *numbers, size_t count, uint32_t min, uint32_t end, const char *field,
                        struct tg_errmsg *em)
{
    if (count > (size_t)(end - min)) return tg_fail(em, TG_ELIMIT, "'%s' has too many numbers", field);
    uint32_t least = min;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < least || numbers[i] >= end) {
            return tg_fail(em, TG_EVALUE, "'%s' is not ascending within its range", field);
        }
        least = numbers[i] + 1;
    }
    return TG_OK;
}

CHECK(hello)
{
    const struct tg_msg_hello *hello = &msg->hello;
    if (hello->version_min == 0 || hello->version_min > hello->version_max) {
        return tg_fail(em, TG_EVALUE, "protocol versions %u to %u are no range", hello->version_min,
                       hello->version_max);
    }
    tg_err err = length(hello->suite_count, 1, TG_HELLO_SUITES_MAX, "suites", em);
    if (!err) err = length(hello->origin_count, 0, TG_HELLO_ORIGINS_MAX, "origins", em);
    if (!err) err = text(hello->software, TG_LABEL_BYTES_MAX, "software", em);
    return err;
}

CHECK(card)
{
    return length(msg->card.note.bytes, 1, TG_CARD_BYTES_MAX, "note", em);
}

CHECK(want_card)
{
    (void)msg, (void)em;
    return TG_OK;
}

static tg_err check_head(const struct tg_msg_head *head, struct tg_errmsg *em)
{
    tg_err err = length(head->checkpoint.bytes, 0, TG_NOTE_BYTES_MAX, "checkpoint", em);
    if (!err) err = length(head->cosignatures.bytes, 0, TG_NOTE_BYTES_MAX, "cosignatures", em);
    if (err) return err;
    if ((head->size == 0) != (head->checkpoint.bytes == 0)) {
        return tg_fail(em, TG_EVALUE, "a head has a checkpoint exactly when its size is not 0");
    }
    return TG_OK;
}

CHECK(heads)
{
    tg_err err = length(msg->heads.count, 0, TG_HEADS_PER_MESSAGE_MAX, "heads", em);
    for (size_t i = 0; !err && i < msg->heads.count; i++) err = check_head(&msg->heads.heads[i], em);
    return err;
}

static tg_err range(uint64_t start, uint64_t count, struct tg_errmsg *em)
{
    if (start > UINT64_MAX - count) return tg_fail(em, TG_EVALUE, "range leaves the log");
    return TG_OK;
}

CHECK(want_leaves)
{
    tg_err err = length(msg->want_leaves.count, 1, TG_LEAVES_PER_MESSAGE_MAX, "count", em);
    return err ? err : range(msg->want_leaves.start, msg->want_leaves.count, em);
}

static tg_err check_consistency(struct tg_view proof, struct tg_errmsg *em)
{
    if (proof.bytes % TG_HASH_BYTES != 0) return tg_fail(em, TG_EVALUE, "'consistency' is not whole hashes");
    return length(proof.bytes / TG_HASH_BYTES, 0, TG_MERKLE_LEVELS_MAX, "consistency", em);
}

CHECK(leaves)
{
    const struct tg_msg_leaves *leaves = &msg->leaves;
    if (leaves->leaves.bytes % TG_WIRE_LEAF_BYTES != 0) {
        return tg_fail(em, TG_EVALUE, "'leaves' are not whole leaves");
    }
    size_t count = leaves->leaves.bytes / TG_WIRE_LEAF_BYTES;
    tg_err err = length(count, 1, TG_LEAVES_PER_MESSAGE_MAX, "leaves", em);
    if (!err) err = range(leaves->start, count, em);
    if (!err) err = length(leaves->checkpoint.bytes, 1, TG_NOTE_BYTES_MAX, "checkpoint", em);
    if (!err) err = check_consistency(leaves->consistency, em);
    if (!err) err = ascending(leaves->for_you, leaves->for_you_count, 0, (uint32_t)count, "for_you", em);
    return err;
}

CHECK(want_env)
{
    if (msg->want_env.from >= msg->want_env.until) return tg_fail(em, TG_EVALUE, "range is empty");
    if (msg->want_env.credit_bytes == 0) return tg_fail(em, TG_EVALUE, "'credit_bytes' is 0");
    return TG_OK;
}

static tg_err check_slots(const struct tg_msg_env *env, struct tg_errmsg *em)
{
    tg_err err = length(env->slot_count, 0, TG_STANZAS_MAX, "slots", em);
    for (size_t i = 0; !err && i < env->slot_count; i++) {
        if (env->slots[i].slot >= TG_STANZAS_MAX) return tg_fail(em, TG_EVALUE, "slot is out of range");
        for (size_t j = 0; j < i; j++) {
            if (tg_hash_equal(&env->slots[i].node, &env->slots[j].node)) {
                return tg_fail(em, TG_EVALUE, "one node has two slots");
            }
        }
    }
    return err;
}

static tg_err check_chunk(const struct tg_msg_env *env, struct tg_errmsg *em)
{
    tg_err err = length(env->chunk.bytes, 1, TG_ENV_CHUNK_BYTES_MAX, "chunk", em);
    if (err) return err;
    if (env->total_bytes == 0 || env->total_bytes > TG_ENVELOPE_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "envelope is over the limit of %d bytes", TG_ENVELOPE_BYTES_MAX);
    }
    if (env->offset > env->total_bytes || env->chunk.bytes > env->total_bytes - env->offset) {
        return tg_fail(em, TG_EVALUE, "chunk ends behind its envelope");
    }
    return TG_OK;
}

static tg_err check_env(const struct tg_msg_env *env, uint8_t least, uint8_t most, struct tg_errmsg *em)
{
    if (env->precedence < least || env->precedence > most) {
        return tg_fail(em, TG_EVALUE, "precedence %u does not travel so", env->precedence);
    }
    tg_err err = check_chunk(env, em);
    if (!err) err = check_slots(env, em);
    if (!err) {
        err = ascending(env->withdrawn, env->withdrawn_count, 1, TG_BATCH_RECORDS_MAX + 1, "withdrawn", em);
    }
    return err;
}

CHECK(env)
{
    return check_env(&msg->env, 0, 3, em);
}

CHECK(flash)
{
    return check_env(&msg->flash, 2, 3, em);
}

CHECK(env_end)
{
    (void)msg, (void)em;
    return TG_OK;
}

CHECK(credit)
{
    if (msg->credit.bytes == 0) return tg_fail(em, TG_EVALUE, "'bytes' is 0");
    return TG_OK;
}

CHECK(receipt)
{
    return length(msg->receipt.note.bytes, 1, TG_RECEIPT_BYTES_MAX, "note", em);
}

CHECK(reseal)
{
    const struct tg_msg_reseal *reseal = &msg->reseal;
    if (reseal->kind > TG_RESEAL_REFUSED) return TG_OK; /* newer: passes, and says nothing here */
    bool key = reseal->kind == TG_RESEAL_KEY, refused = reseal->kind == TG_RESEAL_REFUSED;
    if (refused != (reseal->why != 0)) return tg_fail(em, TG_EVALUE, "'why' does not fit 'kind'");
    return length(reseal->sealed.bytes, key ? TG_STANZA_BYTES : 0, key ? TG_RESEAL_BYTES_MAX : 0, "sealed",
                  em);
}

CHECK(fork)
{
    return length(msg->fork.evidence.bytes, 1, TG_FORK_EVIDENCE_BYTES_MAX, "evidence", em);
}

CHECK(cosign)
{
    if (!msg->cosign.size) return tg_fail(em, TG_EVALUE, "the head of an empty log is not cosigned");
    return length(msg->cosign.line.bytes, 1, TG_SHORT_TEXT_BYTES_MAX, "line", em);
}

CHECK(conflict)
{
    return length(msg->conflict.note.bytes, 1, TG_NOTE_BYTES_MAX, "note", em);
}

CHECK(ping)
{
    (void)msg, (void)em;
    return TG_OK;
}

CHECK(pong)
{
    (void)msg, (void)em;
    return TG_OK;
}

CHECK(bye)
{
    return text(msg->bye.text, TG_SHORT_TEXT_BYTES_MAX, "text", em);
}
