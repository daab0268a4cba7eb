/* Witnessing between three whole nodes: who cosigns what, what is believed of it, and what is shown.
 *
 * Rules: ARCHITECTURE.md "Witnesses and forks". Each control_ test goes red when its rule is compiled out.
 */
#include "node/witness.h"

#include "crypto/checkpoint.h"
#include "node/heads.h"
#include "trio.h"

static struct tg_log_id log_id(const struct trio *trio, int of)
{
    return (struct tg_log_id){.origin = trio_id(trio, of)};
}
static struct tg_held_log *log_at(const struct trio *trio, int at, int of)
{
    struct tg_log_id id = log_id(trio, of);
    return tg_held_find(trio->at[at]->node, &id);
}
static struct tg_witness_view view(const struct trio *trio, int at, int of)
{
    struct tg_held_log *log = log_at(trio, at, of);
    cr_assert_not_null(log);
    return tg_witness_view(trio->at[at]->node, log, log->size);
}
static const char *text(const struct trio *trio, int at, int of)
{
    struct tg_held_log *log = log_at(trio, at, of);
    return tg_witness_text(trio->at[at]->node, log, log->size, false);
}

/* What that witness has cosigned of TJ's log, as its store says. */
struct stored {
    uint64_t size, time;
    struct tg_hash root;
};
static struct stored stored_at(const struct trio *trio, int at)
{
    struct tg_rtxn *txn = NULL;
    struct tg_view value;
    struct stored stored = {.size = 0};
    struct tg_node *node = trio->at[at]->node;
    cr_assert_eq(tg_store_read_begin(node->store, &txn, NULL), TG_OK);
    if (!tg_store_by_get(txn, TG_BY_COSIG, log_at(trio, at, TJ)->number, node->id.bytes, &value)) {
        stored.size = tg_be64_get(value.data);
        memcpy(stored.root.bytes, value.data + 8, 32);
        stored.time = tg_be64_get(value.data + 40);
    }
    tg_store_read_end(txn);
    return stored;
}

struct forging {
    uint32_t log;
    struct tg_hash by;
    struct stored row;
};
static tg_err forge_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    struct forging *forging = ctx;
    uint8_t value[48];
    tg_be64_put(value, forging->row.size);
    memcpy(value + 8, forging->row.root.bytes, 32);
    tg_be64_put(value + 40, forging->row.time);
    return tg_store_by_put(txn, TG_BY_COSIG, forging->log, forging->by.bytes, TG_VIEW_ARRAY(value));
}
/* As if that witness had cosigned something else before. */
static void forge(struct trio *trio, int at, const struct stored *row)
{
    struct tg_node *node = trio->at[at]->node;
    struct forging forging = {.log = log_at(trio, at, TJ)->number, .by = node->id, .row = *row};
    cr_assert_eq(tg_store_write(node->store, forge_txn, &forging, NULL), TG_OK);
}

Test(witness, settles_when_the_witnesses_of_the_card_have_cosigned)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    for (int at = 0; at < TRIO; at++) {
        struct tg_witness_view seen = view(trio, at, TJ);
        cr_expect_str_eq(seen.state, "settled", "at %s: %s", trio_countries[at], text(trio, at, TJ));
        cr_expect_eq(seen.witnesses, 2);
        cr_expect_eq(seen.cosigned, 2, "at %s: %s", trio_countries[at], text(trio, at, TJ));
        cr_expect_eq(seen.needed, 1);
        cr_expect_not(seen.excluded);
    }
    cr_expect_str_eq(text(trio, UZ, TJ), "settled, 2 of 2 witnesses (equivocation detected, not excluded)");
    trio_free(trio);
}

Test(witness, a_place_is_local_then_published_then_settled)
{
    struct trio *trio = trio_make(true, false);
    trio_note(trio, TJ, "one");
    cr_expect_str_eq(text(trio, TJ, TJ), "published, 0 of 2 witnesses, not KG, UZ");
    struct tg_held_log *log = log_at(trio, TJ, TJ);
    cr_expect_str_eq(tg_witness_view(trio->at[TJ]->node, log, log->size + 1).state, "local");
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    cr_expect_str_eq(text(trio, TJ, TJ),
                     "settled, 1 of 2 witnesses, not KG (equivocation detected, not excluded)");
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    cr_expect_eq(view(trio, TJ, TJ).cosigned, 2);
    trio_free(trio);
}

Test(witness, cosigns_only_for_an_origin_that_lists_it)
{
    struct trio *trio = trio_new();
    trio_note(trio, TJ, "one");
    cr_expect_str_eq(text(trio, KG, TJ), "published, no witnesses");
    cr_expect_eq(stored_at(trio, KG).size, 0);
    trio_free(trio);
}

Test(witness, lines_reach_who_has_no_link_to_the_witness)
{
    struct trio *trio = trio_make(true, false);
    trio_link(trio, TJ, KG, true);
    trio_link(trio, TJ, UZ, true); /* KG and UZ only know each other's lines from TJ */
    trio_note(trio, TJ, "one");
    cr_expect_eq(view(trio, KG, TJ).cosigned, 2, "%s", text(trio, KG, TJ));
    cr_expect_eq(view(trio, UZ, TJ).cosigned, 2, "%s", text(trio, UZ, TJ));
    trio_free(trio);
}

Test(witness, nothing_regresses_after_a_restart)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    for (int at = 0; at < TRIO; at++) {
        trio_stop(trio, at);
        trio_start(trio, at);
        cr_expect_eq(view(trio, at, TJ).cosigned, 2, "at %s: %s", trio_countries[at], text(trio, at, TJ));
    }
    trio_free(trio);
}

Test(witness, a_head_that_stands_still_is_cosigned_again)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    struct stored first = stored_at(trio, KG);
    cr_assert_eq(first.size, 1);
    trio_pass(trio, 65000);
    trio_pass(trio, 65000);
    struct stored second = stored_at(trio, KG);
    cr_expect_eq(second.size, 1);
    cr_expect(tg_hash_equal(&first.root, &second.root));
    cr_expect(second.time >= first.time + 60, "%llu after %llu", (unsigned long long)second.time,
              (unsigned long long)first.time);
    cr_expect_eq(view(trio, UZ, TJ).newest_ms / 60000, view(trio, TJ, TJ).newest_ms / 60000);
    trio_free(trio);
}

/* Durable before it leaves: what the others have seen of KG, KG's store says, however KG ended. */
Test(witness, control_what_left_is_stored)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    cr_assert_eq(view(trio, TJ, TJ).cosigned, 2);
    cr_expect_eq(stored_at(trio, KG).size, 1);
    cr_expect_eq(stored_at(trio, UZ).size, 1);
    trio_free(trio);
}

static size_t cosigned_after(const struct stored *forged)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    forge(trio, KG, forged);
    trio_restart(trio, KG);
    trio_note(trio, TJ, "two");
    struct stored kept = stored_at(trio, KG);
    size_t cosigned = view(trio, TJ, TJ).cosigned;
    if (cosigned == 1) cr_expect_eq(kept.size, forged->size, "the row was overwritten");
    trio_free(trio);
    return cosigned;
}

Test(witness, control_never_a_smaller_size)
{
    struct stored forged = {.size = 1000, .time = 1};
    cr_expect_eq(cosigned_after(&forged), 1);
}

Test(witness, control_never_what_does_not_extend_what_was_cosigned)
{
    struct stored forged = {.size = 1, .time = 1, .root = {.bytes = {7}}};
    cr_expect_eq(cosigned_after(&forged), 1);
}

Test(witness, control_never_another_root_of_one_size)
{
    struct stored forged = {.size = 2, .time = 1, .root = {.bytes = {7}}};
    cr_expect_eq(cosigned_after(&forged), 1);
}

/* A witness put back from a backup: what it said since, the others know. */
Test(witness, goes_on_from_what_the_others_have_of_it)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    struct stored old = stored_at(trio, KG);
    trio_note(trio, TJ, "two");
    cr_assert_eq(view(trio, TJ, TJ).cosigned, 2);
    forge(trio, KG, &old);
    trio_restart(trio, KG);
    trio_pass(trio, 65000);
    trio_pass(trio, 65000);
    cr_expect_eq(stored_at(trio, KG).size, 2);
    trio_free(trio);
}

/* ---- what is believed ---- */

/* A line by that member's clock key over TJ's head as it stands at TJ. */
static void line_make(struct trio *trio, int by, int64_t ahead_ms, struct tg_buf *out)
{
    struct tg_held_log *log = log_at(trio, TJ, TJ);
    struct tg_checkpoint checkpoint = {.size = log->size, .root = log->root};
    tg_key_name_format(&trio->members[TJ].id, TG_KEY_ROLE_LOG, 0, checkpoint.origin);
    struct tg_node *node = trio->at[by]->node;
    struct tg_signer signer = tg_vault_signer(node->vault, TG_VAULT_KEY_CLOCK);
    uint64_t time = (uint64_t)(tg_clock_wall_ms(node->clock) + ahead_ms) / 1000;
    cr_assert_eq(tg_checkpoint_cosign(&checkpoint, &node->card->clock, time, &signer, out), TG_OK);
}

static uint64_t oddities(const struct trio *trio, int at, int of)
{
    struct tg_sync_peer_view peer;
    struct tg_hash id = trio_id(trio, of);
    cr_assert(tg_sync_peer(trio->at[at]->node->sync, &id, &peer));
    return peer.oddities;
}

/* UZ shows KG the head of TJ with these lines below. */
static void show(struct trio *trio, struct tg_view lines)
{
    struct tg_held_log *log = log_at(trio, TJ, TJ);
    struct tg_msg_head head = {.origin = trio_id(trio, TJ),
                               .size = log->size,
                               .checkpoint = tg_buf_view(&log->checkpoint),
                               .cosignatures = lines};
    struct tg_msg msg = {.type = TG_MSG_HEADS, .heads = {.heads = &head, .count = 1}};
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    cr_assert_eq(tg_msg_encode(&msg, &bytes, NULL), TG_OK);
    struct tg_transport_event event = {
        .kind = TG_LINK_MESSAGE, .peer = trio_id(trio, UZ), .message = tg_buf_view(&bytes)};
    tg_node_on_transport(trio->at[KG]->node, &event);
    trio_run(trio);
}

/* Two entries and no cosignature of either; UZ then shows KG the head of two with what make_lines says. */
static struct trio *unsigned_trio(void)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    trio_link(trio, TJ, UZ, false); /* UZ cosigns nothing by itself any more */
    trio_note(trio, TJ, "two");
    trio_link(trio, KG, UZ, false);
    trio_link(trio, KG, UZ, true);
    trio_link(trio, TJ, KG, false);
    trio_run(trio);
    return trio;
}

static bool refused(struct trio *trio, struct tg_view lines)
{
    uint64_t before = oddities(trio, KG, UZ), newest = (uint64_t)view(trio, KG, TJ).newest_ms;
    show(trio, lines);
    bool counted = oddities(trio, KG, UZ) == before + 1;
    cr_expect(!counted || newest == (uint64_t)view(trio, KG, TJ).newest_ms,
              "refused, and taken all the same");
    return counted;
}

Test(witness, takes_a_good_line_from_anybody)
{
    struct trio *trio = unsigned_trio();
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    line_make(trio, UZ, 2000, &lines);
    int64_t before_ms = view(trio, KG, TJ).newest_ms;
    cr_expect_not(refused(trio, tg_buf_view(&lines)));
    cr_expect(view(trio, KG, TJ).newest_ms > before_ms, "%lld", (long long)before_ms);
    trio_free(trio);
}

Test(witness, control_no_two_lines_of_one_key)
{
    struct trio *trio = unsigned_trio();
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    line_make(trio, UZ, 1000, &lines);
    line_make(trio, UZ, 2000, &lines);
    cr_expect(refused(trio, tg_buf_view(&lines)));
    trio_free(trio);
}

Test(witness, control_a_known_key_that_fails_refuses_the_note)
{
    struct trio *trio = unsigned_trio();
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    line_make(trio, UZ, 1000, &lines);
    uint8_t *digit = lines.data + lines.bytes - 12; /* within the signature */
    *digit = *digit == 'A' ? 'B' : 'A';
    cr_expect(refused(trio, tg_buf_view(&lines)));
    trio_free(trio);
}

Test(witness, unknown_keys_are_passed_over)
{
    struct trio *trio = unsigned_trio();
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    line_make(trio, TJ, 1000, &lines); /* no witness of its own log */
    cr_expect_not(refused(trio, tg_buf_view(&lines)));
    trio_free(trio);
}

Test(witness, control_not_from_the_future)
{
    struct trio *trio = unsigned_trio();
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    line_make(trio, UZ, TG_COSIGN_AHEAD_MS_MAX + 10000, &lines);
    cr_expect(refused(trio, tg_buf_view(&lines)));
    trio_free(trio);
}

/* COSIGN may come before the leaves: it counts when they are here. */
Test(witness, a_line_waits_for_its_leaves)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    trio_link(trio, TJ, KG, false);
    trio_link(trio, UZ, KG, false);
    trio_note(trio, TJ, "two");
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    line_make(trio, UZ, 0, &line);
    struct tg_log_id id = log_id(trio, TJ);
    cr_assert_eq(tg_witness_take(trio->at[KG]->node, &id, 2, NULL, tg_buf_view(&line)), TG_OK);
    cr_expect_eq(tg_witness_check(trio->at[KG]->node, &id, 2, NULL, tg_buf_view(&line), NULL), TG_EPOSITION);
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    cr_expect_eq(view(trio, KG, TJ).cosigned, 2, "%s", text(trio, KG, TJ));
    trio_free(trio);
}

Test(witness, a_log_that_nobody_cosigns_any_more_is_stale)
{
    struct trio *trio = trio_make(true, true);
    trio_note(trio, TJ, "one");
    for (int i = 0; i < 4; i++) trio_pass(trio, 65000);
    cr_expect_not(view(trio, KG, TJ).stale);
    cr_expect_not(view(trio, TJ, TJ).stale);
    trio_link(trio, TJ, KG, false);
    trio_link(trio, TJ, UZ, false); /* KG and UZ still show each other the old head */
    for (int i = 0; i < 4; i++) trio_pass(trio, 65000);
    cr_expect(view(trio, KG, TJ).stale);
    cr_expect(view(trio, TJ, TJ).stale);
    trio_link(trio, TJ, KG, true);
    trio_link(trio, TJ, UZ, true);
    trio_pass(trio, 65000);
    cr_expect_not(view(trio, KG, TJ).stale);
    cr_expect_not(view(trio, TJ, TJ).stale);
    trio_free(trio);
}
