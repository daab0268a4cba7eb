/* Messages between nodes: each type is read back as it was written, and each rule refuses on both sides. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "proto/wire.h"

static struct tg_arena arena;
static struct tg_buf buf;
static struct tg_errmsg em;

static void setup(void)
{
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    buf = (struct tg_buf){.data = NULL};
}

static void teardown(void)
{
    tg_arena_release(&arena);
    tg_buf_release(&buf);
}

TestSuite(wire, .init = setup, .fini = teardown);

static const struct tg_hash id_a = {{0xa1, 2, 3}}, id_b = {{0xb1, 5, 6}};
static const struct tg_hash origins[] = {{{1}}, {{2}}, {{3}}};
static const uint32_t suites[] = {1, 7};
static const uint8_t leaf_bytes[3 * TG_WIRE_LEAF_BYTES] = {1, 9, 9};
static const uint8_t proof_bytes[2 * TG_HASH_BYTES] = {4, 4};
static const uint32_t for_you[] = {0, 2};
static const uint32_t withdrawn[] = {1, 1024};
static const struct tg_msg_slot slots[] = {{{{1}}, 0}, {{{2}}, 127}};

static struct tg_view text(const char *text)
{
    return tg_view_str(text);
}

/* One good message of each type. */
static const enum tg_msg_type types[] = {
#define TYPE(number, NAME, member) TG_MSG_##NAME,
    TG_MSG_LIST(TYPE)
#undef TYPE
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

static struct tg_msg_env good_env(uint8_t precedence)
{
    return (struct tg_msg_env){.origin = id_a,
                               .epoch = 3,
                               .index = UINT64_MAX,
                               .precedence = precedence,
                               .slots = slots,
                               .slot_count = 2,
                               .total_bytes = 100,
                               .offset = 90,
                               .chunk = text("0123456789"),
                               .withdrawn = withdrawn,
                               .withdrawn_count = 2};
}

static struct tg_msg_head good_heads[2];

static struct tg_msg good_small(enum tg_msg_type type)
{
    struct tg_msg msg = {.type = type};
    if (type == TG_MSG_CARD) msg.card.note = text("card");
    if (type == TG_MSG_WANT_CARD) msg.want_card = (struct tg_msg_want_card){id_a, 9};
    if (type == TG_MSG_ENV_END) msg.env_end = (struct tg_msg_env_end){id_a, 1, 77, 70};
    if (type == TG_MSG_CREDIT) msg.credit.bytes = 1;
    if (type == TG_MSG_RECEIPT) msg.receipt.note = text("receipt");
    static const uint8_t stanza[TG_STANZA_BYTES] = {9};
    if (type == TG_MSG_RESEAL)
        msg.reseal = (struct tg_msg_reseal){id_a, 1, 7, TG_RESEAL_KEY, TG_VIEW_ARRAY(stanza), 0};
    if (type == TG_MSG_FORK) msg.fork = (struct tg_msg_fork){TG_FORK_MANIFESTS, text("evidence")};
    if (type == TG_MSG_COSIGN) msg.cosign = (struct tg_msg_cosign){id_a, 1, 9, text("line\n")};
    if (type == TG_MSG_CONFLICT) msg.conflict = (struct tg_msg_conflict){id_b, 2, text("note")};
    if (type == TG_MSG_PING) msg.ping.nonce = 5;
    if (type == TG_MSG_PONG) msg.pong.nonce = UINT64_MAX;
    if (type == TG_MSG_BYE) msg.bye = (struct tg_msg_bye){TG_BYE_STOPPING, text("хайр")};
    return msg;
}

static struct tg_msg_hello good_hello(void)
{
    return (struct tg_msg_hello){.node = id_a,
                                 .boot = {1, 2},
                                 .nonce = {3, 4},
                                 .version_min = 1,
                                 .version_max = 2,
                                 .suites = suites,
                                 .suite_count = 2,
                                 .card_serial = 12,
                                 .card_hash = id_b,
                                 .origins = origins,
                                 .origin_count = 3,
                                 .time_ms = 1719748800000,
                                 .software = text("tamga 0.1.0"),
                                 .answer = true};
}

static struct tg_msg_leaves good_leaves(void)
{
    return (struct tg_msg_leaves){.origin = id_b,
                                  .epoch = 4,
                                  .start = 1000,
                                  .leaves = TG_VIEW_ARRAY(leaf_bytes),
                                  .checkpoint = text("checkpoint"),
                                  .consistency = TG_VIEW_ARRAY(proof_bytes),
                                  .for_you = for_you,
                                  .for_you_count = 2};
}

static struct tg_msg good(enum tg_msg_type type)
{
    struct tg_msg msg = good_small(type);
    if (type == TG_MSG_HELLO) msg.hello = good_hello();
    if (type == TG_MSG_HEADS) {
        good_heads[0] = (struct tg_msg_head){id_a, 1, 5, text("checkpoint"), text("cosignatures")};
        good_heads[1] = (struct tg_msg_head){id_b, 2, 0, text(""), text("")};
        msg.heads = (struct tg_msg_heads){good_heads, 2};
    }
    if (type == TG_MSG_WANT_LEAVES)
        msg.want_leaves = (struct tg_msg_want_leaves){id_a, 1, 7, TG_LEAVES_PER_MESSAGE_MAX};
    if (type == TG_MSG_LEAVES) msg.leaves = good_leaves();
    if (type == TG_MSG_WANT_ENV) msg.want_env = (struct tg_msg_want_env){id_a, 1, 5, 6, 65536};
    if (type == TG_MSG_ENV) msg.env = good_env(0);
    if (type == TG_MSG_FLASH) msg.flash = good_env(3);
    return msg;
}

/* Encodes, decodes, encodes again. */
static struct tg_msg round_trip(const struct tg_msg *msg)
{
    struct tg_msg back;
    TG_AUTO(tg_buf) struct tg_buf again = {.data = NULL};
    tg_buf_clear(&buf);
    tg_arena_clear(&arena);
    cr_assert_eq(tg_msg_encode(msg, &buf, &em), TG_OK, "%s", em.text);
    cr_assert_eq(tg_msg_decode(tg_buf_view(&buf), &arena, &back, &em), TG_OK, "%s", em.text);
    cr_assert_eq(back.type, msg->type);
    cr_assert_eq(tg_msg_encode(&back, &again, &em), TG_OK, "%s", em.text);
    cr_expect(tg_view_equal(tg_buf_view(&buf), tg_buf_view(&again)), "%s", tg_msg_type_name(msg->type));
    return back;
}

Test(wire, every_type_is_read_back_as_it_was_written)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct tg_msg msg = good(types[i]);
        round_trip(&msg);
        cr_expect_eq(tg_msg_peek(tg_buf_view(&buf)), types[i]);
    }
}

Test(wire, hello_keeps_every_field)
{
    struct tg_msg msg = good(TG_MSG_HELLO), back = round_trip(&msg);
    cr_expect(tg_hash_equal(&back.hello.node, &id_a));
    cr_expect_arr_eq(back.hello.boot, msg.hello.boot, TG_WIRE_NONCE_BYTES);
    cr_expect_arr_eq(back.hello.nonce, msg.hello.nonce, TG_WIRE_NONCE_BYTES);
    cr_expect_eq(back.hello.version_max, 2);
    cr_expect_eq(back.hello.suites[1], 7);
    cr_expect_eq(back.hello.origin_count, 3);
    cr_expect(tg_hash_equal(&back.hello.origins[2], &origins[2]));
    cr_expect_eq(back.hello.card_serial, 12);
    cr_expect(tg_hash_equal(&back.hello.card_hash, &id_b));
    cr_expect_eq(back.hello.time_ms, 1719748800000U);
    cr_expect(tg_view_equal_str(back.hello.software, "tamga 0.1.0"));
    cr_expect(back.hello.answer);
}

Test(wire, leaves_and_envelopes_keep_every_field)
{
    struct tg_msg msg = good(TG_MSG_LEAVES), back = round_trip(&msg);
    cr_expect_eq(back.leaves.count, 3);
    cr_expect(tg_view_equal(back.leaves.leaves, msg.leaves.leaves));
    cr_expect(tg_view_equal_str(back.leaves.checkpoint, "checkpoint"));
    cr_expect(tg_view_equal(back.leaves.consistency, msg.leaves.consistency));
    cr_expect_eq(back.leaves.for_you[1], 2);
    msg = good(TG_MSG_FLASH);
    back = round_trip(&msg);
    cr_expect_eq(back.flash.index, UINT64_MAX);
    cr_expect_eq(back.flash.precedence, 3);
    cr_expect_eq(back.flash.slots[1].slot, 127);
    cr_expect_eq(back.flash.withdrawn[1], 1024);
    cr_expect_eq(back.flash.offset, 90);
    cr_expect(tg_view_equal_str(back.flash.chunk, "0123456789"));
}

Test(wire, pings_and_pongs_with_zero_and_heads_without_any_pass)
{
    struct tg_msg ping = {.type = TG_MSG_PING}, heads = {.type = TG_MSG_HEADS};
    round_trip(&ping);
    cr_expect_eq(buf.bytes, 3, "an empty body is there all the same");
    struct tg_msg back = round_trip(&heads);
    cr_expect_eq(back.heads.count, 0);
}

/* ---- each rule, on the edge ---- */

static void expect(const struct tg_msg *msg, tg_err err, const char *name)
{
    em.text[0] = '\0';
    tg_buf_clear(&buf);
    cr_expect_eq(tg_msg_encode(msg, &buf, &em), err, "%s: %s", name, em.text);
    if (err) cr_expect_eq(buf.bytes, 0, "%s: buffer touched", name);
}

#define RULE(NAME, change, wanted)             \
    do {                                       \
        struct tg_msg m = good(TG_MSG_##NAME); \
        change;                                \
        expect(&m, wanted, #NAME " " #change); \
    } while (0)

Test(wire, rules_of_hello_and_cards)
{
    static uint8_t big[TG_CARD_BYTES_MAX + 1];
    static const struct tg_hash many[TG_HELLO_ORIGINS_MAX + 1];
    static const uint32_t more[TG_HELLO_SUITES_MAX + 1];
    RULE(HELLO, m.hello.version_min = 0, TG_EVALUE);
    RULE(HELLO, m.hello.version_min = 3, TG_EVALUE);
    RULE(HELLO, m.hello.version_min = 2, TG_OK);
    RULE(HELLO, m.hello.suite_count = 0, TG_EVALUE);
    RULE(HELLO, (m.hello.suites = more, m.hello.suite_count = TG_HELLO_SUITES_MAX), TG_OK);
    RULE(HELLO, (m.hello.suites = more, m.hello.suite_count = TG_HELLO_SUITES_MAX + 1), TG_ELIMIT);
    RULE(HELLO, (m.hello.origins = many, m.hello.origin_count = TG_HELLO_ORIGINS_MAX), TG_OK);
    RULE(HELLO, (m.hello.origins = many, m.hello.origin_count = TG_HELLO_ORIGINS_MAX + 1), TG_ELIMIT);
    RULE(HELLO, m.hello.software = tg_view_of(big, TG_LABEL_BYTES_MAX + 1), TG_ELIMIT);
    RULE(HELLO, m.hello.software = text("\xff"), TG_EVALUE);
    RULE(HELLO, m.hello.software = tg_view_of("a\0b", 3), TG_EVALUE);
    RULE(CARD, m.card.note = text(""), TG_EVALUE);
    RULE(CARD, m.card.note = tg_view_of(big, TG_CARD_BYTES_MAX), TG_OK);
    RULE(CARD, m.card.note = tg_view_of(big, TG_CARD_BYTES_MAX + 1), TG_ELIMIT);
}

Test(wire, rules_of_heads_and_leaves)
{
    static const struct tg_msg_head many[TG_HEADS_PER_MESSAGE_MAX + 1];
    static const uint8_t big[(TG_LEAVES_PER_MESSAGE_MAX + 1) * TG_WIRE_LEAF_BYTES];
    RULE(HEADS, (m.heads.heads = many, m.heads.count = TG_HEADS_PER_MESSAGE_MAX), TG_OK);
    RULE(HEADS, (m.heads.heads = many, m.heads.count = TG_HEADS_PER_MESSAGE_MAX + 1), TG_ELIMIT);
    RULE(HEADS, good_heads[0].checkpoint = text(""), TG_EVALUE);
    RULE(HEADS, good_heads[1].checkpoint = text("x"), TG_EVALUE);
    RULE(WANT_LEAVES, m.want_leaves.count = 0, TG_EVALUE);
    RULE(WANT_LEAVES, m.want_leaves.count = TG_LEAVES_PER_MESSAGE_MAX + 1, TG_ELIMIT);
    RULE(WANT_LEAVES, m.want_leaves.start = UINT64_MAX, TG_EVALUE);
    RULE(LEAVES, m.leaves.leaves.bytes = TG_WIRE_LEAF_BYTES - 1, TG_EVALUE);
    RULE(LEAVES, (m.leaves.leaves.bytes = 0, m.leaves.for_you_count = 0), TG_EVALUE);
    RULE(LEAVES, m.leaves.leaves = tg_view_of(big, sizeof big - TG_WIRE_LEAF_BYTES), TG_OK);
    RULE(LEAVES, m.leaves.leaves = tg_view_of(big, sizeof big), TG_ELIMIT);
    RULE(LEAVES, m.leaves.start = UINT64_MAX - 2, TG_EVALUE);
    RULE(LEAVES, m.leaves.checkpoint = text(""), TG_EVALUE);
    RULE(LEAVES, m.leaves.consistency.bytes = 33, TG_EVALUE);
    RULE(LEAVES, m.leaves.consistency = tg_view_of(big, 65 * 32), TG_ELIMIT);
    RULE(LEAVES, m.leaves.for_you = ((const uint32_t[]){0, 3}), TG_EVALUE);
    RULE(LEAVES, m.leaves.for_you = ((const uint32_t[]){1, 1}), TG_EVALUE);
    RULE(LEAVES, m.leaves.for_you = ((const uint32_t[]){1, 0}), TG_EVALUE);
}

Test(wire, rules_of_envelopes)
{
    static const uint8_t big[TG_ENV_CHUNK_BYTES_MAX + 1];
    static struct tg_msg_slot many[TG_STANZAS_MAX + 1];
    for (size_t i = 0; i < TG_STANZAS_MAX + 1; i++) many[i].node.bytes[0] = (uint8_t)i;
    RULE(WANT_ENV, m.want_env.until = 5, TG_EVALUE);
    RULE(WANT_ENV, m.want_env.credit_bytes = 0, TG_EVALUE);
    RULE(ENV, m.env.precedence = 4, TG_EVALUE);
    RULE(FLASH, m.flash.precedence = 1, TG_EVALUE);
    RULE(FLASH, m.flash.precedence = 2, TG_OK);
    RULE(ENV, m.env.chunk.bytes = 0, TG_EVALUE);
    RULE(ENV, (m.env.total_bytes = TG_ENVELOPE_BYTES_MAX, m.env.chunk = tg_view_of(big, sizeof big - 1)),
         TG_OK);
    RULE(ENV, (m.env.total_bytes = TG_ENVELOPE_BYTES_MAX, m.env.chunk = tg_view_of(big, sizeof big)),
         TG_ELIMIT);
    RULE(ENV, m.env.total_bytes = TG_ENVELOPE_BYTES_MAX + 1, TG_ELIMIT);
    RULE(ENV, m.env.total_bytes = 0, TG_ELIMIT);
    RULE(ENV, m.env.offset = 91, TG_EVALUE);
    RULE(ENV, m.env.offset = UINT64_MAX, TG_EVALUE);
    RULE(ENV, (m.env.slots = many, m.env.slot_count = TG_STANZAS_MAX), TG_OK);
    RULE(ENV, (m.env.slots = many, m.env.slot_count = TG_STANZAS_MAX + 1), TG_ELIMIT);
    RULE(ENV, (m.env.slots = (const struct tg_msg_slot[]){{{{1}}, 0}, {{{1}}, 1}}), TG_EVALUE);
    RULE(ENV, (m.env.slots = (const struct tg_msg_slot[]){{{{1}}, 0}, {{{2}}, 128}}), TG_EVALUE);
    RULE(ENV, m.env.withdrawn = ((const uint32_t[]){0, 1}), TG_EVALUE);
    RULE(ENV, m.env.withdrawn = ((const uint32_t[]){1, 1025}), TG_EVALUE);
    RULE(ENV, m.env.withdrawn = ((const uint32_t[]){2, 2}), TG_EVALUE);
    RULE(CREDIT, m.credit.bytes = 0, TG_EVALUE);
    RULE(RECEIPT, m.receipt.note = text(""), TG_EVALUE);
    RULE(RESEAL, m.reseal.sealed.bytes = TG_STANZA_BYTES - 1, TG_EVALUE);
    RULE(RESEAL, m.reseal.sealed = tg_view_of(big, TG_RESEAL_BYTES_MAX + 1), TG_ELIMIT);
    RULE(RESEAL, m.reseal.why = TG_RESEAL_NOT_HELD, TG_EVALUE);
    RULE(RESEAL, m.reseal.kind = TG_RESEAL_WANTED, TG_ELIMIT);
    RULE(RESEAL, (m.reseal.kind = TG_RESEAL_WANTED, m.reseal.sealed.bytes = 0), TG_OK);
    RULE(RESEAL, (m.reseal.kind = TG_RESEAL_REFUSED, m.reseal.sealed.bytes = 0), TG_EVALUE);
    RULE(RESEAL, (m.reseal.kind = TG_RESEAL_REFUSED, m.reseal.sealed.bytes = 0, m.reseal.why = 99), TG_OK);
    RULE(RESEAL, m.reseal.kind = 99, TG_OK);
    RULE(FORK, m.fork.evidence = text(""), TG_EVALUE);
    RULE(FORK, m.fork.kind = 99, TG_OK);
    RULE(COSIGN, m.cosign.size = 0, TG_EVALUE);
    RULE(COSIGN, m.cosign.line = tg_view_of(big, TG_SHORT_TEXT_BYTES_MAX + 1), TG_ELIMIT);
    RULE(CONFLICT, m.conflict.note = text(""), TG_EVALUE);
    RULE(BYE, m.bye.text = text("\xc3"), TG_EVALUE);
}

Test(wire, message_over_the_frame_limit_is_not_sent)
{
    static const uint8_t big[TG_NOTE_BYTES_MAX];
    struct tg_msg_head heads[3];
    for (int i = 0; i < 3; i++)
        heads[i] = (struct tg_msg_head){id_a, 1, 1, tg_view_of(big, sizeof big), text("")};
    struct tg_msg msg = {.type = TG_MSG_HEADS, .heads = {heads, 1}};
    expect(&msg, TG_OK, "one");
    msg.heads.count = 3;
    expect(&msg, TG_ELIMIT, "three");
}

/* ---- what arrives ---- */

static tg_err decode(const void *data, size_t bytes, struct tg_msg *msg)
{
    tg_arena_clear(&arena);
    return tg_msg_decode(tg_view_of(data, bytes), &arena, msg, &em);
}

Test(wire, newer_types_are_unknown_and_newer_fields_are_skipped)
{
    struct tg_msg msg;
    cr_expect_eq(decode("\xaa\x01\x00", 3, &msg), TG_OK, "type 21");
    cr_expect_eq(msg.type, TG_MSG_UNKNOWN);
    cr_expect_eq(decode("\x6a\x00", 2, &msg), TG_OK, "type 13, reserved");
    cr_expect_eq(msg.type, TG_MSG_UNKNOWN);
    cr_expect_eq(decode("\x92\x01\x05\x08\x07\xf8\x07\x01", 8, &msg), TG_OK, "%s", em.text);
    cr_expect_eq(msg.type, TG_MSG_PING);
    cr_expect_eq(msg.ping.nonce, 7);
    cr_expect_eq(decode("\x92\x01\x02\x08\x07\x80\x04\x01", 8, &msg), TG_OK, "field 64 beside the message");
    cr_expect_eq(msg.ping.nonce, 7);
}

Test(wire, what_is_no_message_is_refused)
{
    static const struct {
        const char *name, *bytes;
        size_t count;
    } rows[] = {
        {"nothing", "", 0},
        {"only a newer field", "\x80\x04\x01", 3},
        {"two messages", "\x92\x01\x00\x9a\x01\x00", 6},
        {"the same twice", "\x92\x01\x00\x92\x01\x00", 6},
        {"a number as message", "\x90\x01\x01", 3},
        {"cut short", "\x92\x01\x05\x08", 4},
        {"group", "\x93\x01\x94\x01", 4},
        {"number 0", "\x02\x00", 2},
        {"over-long integer", "\x92\x01\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 14},
        {"length over the end", "\x92\x01\xff\xff\xff\xff\x0f", 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_msg msg = {.type = TG_MSG_BYE};
        cr_expect_neq(decode(rows[i].bytes, rows[i].count, &msg), TG_OK, "%s", rows[i].name);
        cr_expect_eq(msg.type, TG_MSG_BYE, "%s: output touched", rows[i].name);
    }
}

Test(wire, many_small_fields_ask_for_no_memory)
{
    static uint8_t bytes[TG_FRAME_BYTES_MAX];
    struct tg_msg msg;
    /* LEAVES with 65,000 unpacked numbers of two bytes each */
    size_t inner = TG_FRAME_BYTES_MAX - 4;
    memcpy(bytes, "\x32\xfc\xff\x07", 4);
    for (size_t i = 4; i + 1 < sizeof bytes; i += 2) memcpy(bytes + i, "\x28\x01", 2);
    cr_assert_eq(inner, 0x1fffc);
    cr_expect_eq(decode(bytes, sizeof bytes, &msg), TG_ELIMIT, "%s", em.text);
    cr_expect_leq(arena.taken_bytes, 65536UL);
    /* ENV with as many slots */
    bytes[0] = 0x42;
    for (size_t i = 4; i + 1 < sizeof bytes; i += 2) memcpy(bytes + i, "\x2a\x00", 2);
    cr_expect_neq(decode(bytes, sizeof bytes, &msg), TG_OK);
    cr_expect_leq(arena.taken_bytes, (size_t)TG_MESSAGE_PARSE_BUDGET_BYTES);
    cr_expect_eq(decode(bytes, sizeof bytes, &msg), decode(bytes, sizeof bytes, &msg));
}

Test(wire, frame_over_the_limit_is_refused_unread)
{
    static const uint8_t bytes[TG_FRAME_BYTES_MAX + 1];
    struct tg_msg msg;
    cr_expect_eq(decode(bytes, sizeof bytes, &msg), TG_ELIMIT);
}

Test(wire, largest_of_each_fits_its_budget)
{
    static const uint8_t leaves[TG_LEAVES_PER_MESSAGE_MAX * TG_WIRE_LEAF_BYTES], note[16384], proof[64 * 32];
    static uint32_t all[TG_LEAVES_PER_MESSAGE_MAX];
    static const uint8_t chunk[TG_ENV_CHUNK_BYTES_MAX];
    static struct tg_msg_slot many[TG_STANZAS_MAX];
    static uint32_t records[TG_BATCH_RECORDS_MAX];
    for (uint32_t i = 0; i < TG_LEAVES_PER_MESSAGE_MAX; i++) all[i] = i;
    for (uint32_t i = 0; i < TG_BATCH_RECORDS_MAX; i++) records[i] = i + 1;
    for (uint32_t i = 0; i < TG_STANZAS_MAX; i++) many[i].node.bytes[0] = (uint8_t)i;
    struct tg_msg msg = {.type = TG_MSG_LEAVES};
    msg.leaves = (struct tg_msg_leaves){.start = 1,
                                        .leaves = TG_VIEW_ARRAY(leaves),
                                        .checkpoint = TG_VIEW_ARRAY(note),
                                        .consistency = TG_VIEW_ARRAY(proof),
                                        .for_you = all,
                                        .for_you_count = TG_LEAVES_PER_MESSAGE_MAX};
    round_trip(&msg);
    msg = (struct tg_msg){.type = TG_MSG_FLASH};
    msg.flash = (struct tg_msg_env){.precedence = 3,
                                    .slots = many,
                                    .slot_count = TG_STANZAS_MAX,
                                    .total_bytes = TG_ENVELOPE_BYTES_MAX,
                                    .chunk = TG_VIEW_ARRAY(chunk),
                                    .withdrawn = records,
                                    .withdrawn_count = TG_BATCH_RECORDS_MAX};
    round_trip(&msg);
}

/* Law: whatever is accepted can be sent again and means the same. */
Test(wire, random_changes_do_no_harm_and_what_is_accepted_can_be_sent_again)
{
    unsigned short seed[3] = {7, 8, 9};
    unsigned accepted = 0;
    for (int round = 0; round < 30000; round++) {
        struct tg_msg msg = good(types[(size_t)round % TYPE_COUNT]), back;
        tg_buf_clear(&buf);
        cr_assert_eq(tg_msg_encode(&msg, &buf, NULL), TG_OK);
        for (int i = 0; i < 1 + round % 3; i++)
            buf.data[(size_t)nrand48(seed) % buf.bytes] = (uint8_t)nrand48(seed);
        if (decode(buf.data, buf.bytes - (size_t)nrand48(seed) % 2, &back)) continue;
        accepted++;
        if (back.type == TG_MSG_UNKNOWN) continue;
        TG_AUTO(tg_buf) struct tg_buf again = {.data = NULL};
        cr_assert_eq(tg_msg_encode(&back, &again, &em), TG_OK, "%s", em.text);
    }
    cr_expect_gt(accepted, 1000U);
}

Test(wire, names_of_types)
{
    cr_expect_str_eq(tg_msg_type_name(TG_MSG_WANT_LEAVES), "WANT_LEAVES");
    cr_expect_str_eq(tg_msg_type_name(TG_MSG_UNKNOWN), "UNKNOWN");
    struct tg_msg msg = {.type = TG_MSG_UNKNOWN};
    expect(&msg, TG_EVALUE, "unknown is never sent");
}
