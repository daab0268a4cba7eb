/* An origin that signs two histories, one for each of two partners: proven, told, frozen, cleared. */
#include "node/forks.h"

#include "trio.h"

static struct tg_log_id log_id(const struct trio *trio)
{
    return (struct tg_log_id){.origin = trio_id(trio, TJ)};
}
static uint64_t held(const struct trio *trio, int at)
{
    struct tg_log_id id = log_id(trio);
    const struct tg_held_log *log = tg_held_find(trio->at[at]->node, &id);
    return log ? log->size : 0;
}
static bool frozen(const struct trio *trio, int at)
{
    struct tg_hash id = trio_id(trio, TJ);
    return tg_forks_frozen(trio->at[at]->node, &id);
}
static size_t proofs(const struct trio *trio, int at)
{
    return tg_forks_count(trio->at[at]->node);
}

static void shell(const char *command, const char *from, const char *to)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s '%s' '%s'", command, from, to);
    cr_assert_eq(system(text), 0, "%s", text);
}

/* The store of TJ as it is now, kept aside; TJ is down afterwards. */
static void life_keep(struct trio *trio)
{
    char kept[96];
    trio_stop(trio, TJ);
    (void)snprintf(kept, sizeof kept, "%s.kept", trio->at[TJ]->dir);
    shell("cp -a", trio->at[TJ]->dir, kept);
    trio_start(trio, TJ);
}
/* The other life goes on; this one is kept in its place. */
static void life_change(struct trio *trio)
{
    char kept[96], between[96];
    (void)snprintf(kept, sizeof kept, "%s.kept", trio->at[TJ]->dir);
    (void)snprintf(between, sizeof between, "%s.between", trio->at[TJ]->dir);
    trio_stop(trio, TJ);
    shell("mv", trio->at[TJ]->dir, between);
    shell("mv", kept, trio->at[TJ]->dir);
    shell("mv", between, kept);
    trio_start(trio, TJ);
}
static void end(struct trio *trio)
{
    char kept[96];
    (void)snprintf(kept, sizeof kept, "%s.kept", trio->at[TJ]->dir);
    shell("rm -rf", kept, kept);
    trio_free(trio);
}

/* Both hold one entry of TJ; then KG is given `kg` more, and UZ, from another history, `uz`. TJ is cut off from both,
 * and they from each other. */
static struct trio *two_histories(int kg, int uz)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "both");
    for (int a = 0; a < TRIO; a++)
        for (int b = a + 1; b < TRIO; b++) trio_link(trio, a, b, false);
    life_keep(trio);
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    for (int i = 0; i < kg; i++) trio_note(trio, TJ, "for KG");
    life_change(trio);
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    for (int i = 0; i < uz; i++) trio_note(trio, TJ, "for UZ");
    trio_link(trio, TJ, UZ, false);
    cr_assert_eq(held(trio, KG), (uint64_t)kg + 1);
    cr_assert_eq(held(trio, UZ), (uint64_t)uz + 1);
    cr_assert_eq(proofs(trio, KG) + proofs(trio, UZ), 0);
    return trio;
}

static void expect_proven(struct trio *trio, int at)
{
    struct tg_hash id = trio_id(trio, TJ);
    cr_assert_eq(proofs(trio, at), 1, "%s has %zu proofs", trio_countries[at], proofs(trio, at));
    const struct tg_held_fork *fork = tg_forks_at(trio->at[at]->node, 0);
    const struct tg_card *card = tg_trust_card(trio->at[at]->node, &id);
    cr_expect_eq(tg_fork_verify(&fork->fork, card, NULL), TG_OK);
    cr_expect(fork->evidence.bytes <= 2048, "%zu bytes", fork->evidence.bytes);
    cr_expect(frozen(trio, at), "at %s", trio_countries[at]);
}

Test(forks, are_proven_to_both_as_soon_as_they_meet)
{
    static const int sizes[][2] = {{1, 1}, {3, 1}, {1, 3}, {2, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct trio *trio = two_histories(sizes[i][0], sizes[i][1]);
        trio_link(trio, KG, UZ, true);
        trio_run(trio);
        expect_proven(trio, KG);
        expect_proven(trio, UZ);
        end(trio);
    }
}

Test(forks, stay_known_after_a_restart)
{
    struct trio *trio = two_histories(2, 1);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    trio_stop(trio, UZ);
    trio_start(trio, UZ);
    expect_proven(trio, UZ);
    end(trio);
}

/* TJ comes back to KG with what KG holds, and more: nothing is taken. */
Test(forks, control_freeze_their_origin_until_it_is_cleared)
{
    struct trio *trio = two_histories(1, 1);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    expect_proven(trio, UZ);
    trio_link(trio, TJ, UZ, true);
    trio_note(trio, TJ, "more for UZ");
    cr_expect_eq(held(trio, UZ), 2);
    struct tg_hash id = trio_id(trio, TJ);
    cr_assert_eq(tg_forks_clear(trio->at[UZ]->node, &id, NULL), TG_OK);
    cr_expect_eq(tg_forks_clear(trio->at[UZ]->node, &id, NULL), TG_ENOENT);
    trio_pass(trio, 65000);
    cr_expect_eq(held(trio, UZ), 3, "taken again, and what was known freezes nobody anew");
    cr_expect_not(frozen(trio, UZ));
    end(trio);
}

/* Both histories grow after they were cleared: that is another deed, and another proof. */
Test(forks, freeze_again_when_it_goes_on)
{
    struct trio *trio = two_histories(1, 1);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    struct tg_hash id = trio_id(trio, TJ);
    cr_assert_eq(tg_forks_clear(trio->at[UZ]->node, &id, NULL), TG_OK);
    cr_assert_eq(tg_forks_clear(trio->at[KG]->node, &id, NULL), TG_OK);
    trio_link(trio, KG, UZ, false);
    trio_link(trio, TJ, UZ, true);
    trio_note(trio, TJ, "more for UZ");
    trio_link(trio, TJ, UZ, false);
    life_change(trio);
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    trio_note(trio, TJ, "more for KG");
    trio_link(trio, TJ, KG, false);
    cr_assert_eq(held(trio, KG), 3);
    cr_assert_eq(held(trio, UZ), 3);
    cr_expect_not(frozen(trio, KG));
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    cr_expect(frozen(trio, KG));
    cr_expect(frozen(trio, UZ));
    cr_expect_eq(proofs(trio, KG), 2);
    end(trio);
}

Test(forks, are_told_to_who_comes_later)
{
    struct trio *trio = two_histories(1, 1);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    trio_link(trio, KG, UZ, false);
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    cr_expect_eq(proofs(trio, TJ), 1, "the origin itself is told too");
    cr_expect_not(frozen(trio, TJ));
    end(trio);
}

static void send(struct trio *trio, int from, int to, const struct tg_msg *msg)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    cr_assert_eq(tg_msg_encode(msg, &bytes, NULL), TG_OK);
    struct tg_transport_event event = {
        .kind = TG_LINK_MESSAGE, .peer = trio_id(trio, from), .message = tg_buf_view(&bytes)};
    tg_node_on_transport(trio->at[to]->node, &event);
    trio_run(trio);
}

/* A proof that is none freezes nobody, and is counted. */
Test(forks, control_are_believed_with_public_keys_alone)
{
    struct trio *trio = two_histories(2, 1);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    TG_AUTO(tg_buf) struct tg_buf evidence = {0};
    cr_assert_eq(tg_buf_put_view(&evidence, tg_buf_view(&tg_forks_at(trio->at[KG]->node, 0)->evidence)),
                 TG_OK);
    end(trio);

    trio = trio_make(true, true);
    struct tg_sync_peer_view peer;
    struct tg_hash uz = trio_id(trio, UZ);
    evidence.data[evidence.bytes - 1] ^= 1;
    struct tg_msg msg = {.type = TG_MSG_FORK,
                         .fork = {.kind = TG_FORK_CHECKPOINTS, .evidence = tg_buf_view(&evidence)}};
    send(trio, UZ, KG, &msg);
    cr_expect_not(frozen(trio, KG));
    cr_assert(tg_sync_peer(trio->at[KG]->node->sync, &uz, &peer));
    cr_expect_eq(peer.oddities, 1);
    evidence.data[evidence.bytes - 1] ^= 1;
    send(trio, UZ, KG, &msg);
    cr_expect(frozen(trio, KG), "the same with the right bit is believed");
    end(trio);
}

/* The envelope of an urgent alert came ahead of its leaf, and the log then holds another one there. */
Test(forks, an_early_envelope_that_its_log_contradicts)
{
    struct trio *trio = two_histories(1, 0);
    struct tg_envelope_ref ref = {.log = log_id(trio), .index = 1};
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct tg_envelope_extra extra = {.slot_count = 0};
    struct tg_hash kg = trio_id(trio, KG);
    struct tg_sync_ops ops = tg_engine_ops(trio->at[KG]->node);
    cr_assert_eq(ops.envelope_get(ops.ctx, &ref, &kg, &bytes, &extra), TG_OK);
    struct tg_msg msg = {.type = TG_MSG_FLASH,
                         .flash = {.origin = ref.log.origin,
                                   .index = 1,
                                   .precedence = 3,
                                   .slots = extra.slots,
                                   .slot_count = extra.slot_count,
                                   .total_bytes = bytes.bytes,
                                   .chunk = tg_buf_view(&bytes)}};
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    send(trio, TJ, UZ, &msg);
    cr_assert_eq(held(trio, UZ), 1);
    trio_note(trio, TJ, "another one in that place");
    cr_assert_eq(held(trio, UZ), 2);
    cr_assert_eq(proofs(trio, UZ), 1);
    cr_expect_eq(tg_forks_at(trio->at[UZ]->node, 0)->kind, TG_FORK_LEAF);
    expect_proven(trio, UZ);
    trio_link(trio, KG, UZ, true);
    trio_run(trio);
    cr_expect(frozen(trio, KG), "and KG is told");
    end(trio);
}
