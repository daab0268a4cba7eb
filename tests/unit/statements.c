/* Control entries: signed statements that stand in a log in clear, for everyone who follows it. */
#include "proto/statement.h"

#include "node/heads.h"
#include "trio.h"

#define INDICATOR                                                                                  \
    "{\"v\":1,\"kind\":\"indicator\"," HEAD "},\"indicator\":{\"selectors\":[{\"type\":\"email\"," \
    "\"value\":\"a@example.org\"}]}}"

/* Index of a control entry with that text as its only statement. */
static uint64_t state_at(struct trio *trio, int by, const char *text)
{
    struct trio_published published = {.done = false};
    struct tg_publish *job = calloc(1, sizeof *job);
    job->records = calloc(1, sizeof *job->records);
    job->record_count = 1;
    job->control = true;
    tg_buf_put_str(&job->records[0], text);
    job->done = trio_done;
    job->ctx = &published;
    cr_assert_eq(tg_commit_enqueue(trio->at[by]->node, job, NULL), TG_OK);
    trio_run(trio);
    cr_assert(published.done);
    assert_err(published.err, TG_OK);
    return published.index;
}

static struct tg_held_log *log_of(struct trio *trio, int at, int origin)
{
    struct tg_log_id id = {.origin = trio_id(trio, origin)};
    return tg_held_find(trio->at[at]->node, &id);
}

/* Whether that statement is held there, in clear. */
static bool holds(struct trio *trio, int at, int origin, uint64_t index, const char *text)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_arena_init(&arena, SIZE_MAX / 2);
    struct tg_envelope envelope;
    struct tg_batch batch;
    struct tg_held_log *log = log_of(trio, at, origin);
    if (!log || !log->numbered) return false;
    cr_assert_eq(tg_store_read_begin(trio->at[at]->node->store, &txn, NULL), TG_OK);
    tg_err err = tg_lookup_control(txn, log->number, index, &arena, &envelope, &batch);
    if (err) return false;
    cr_assert_eq(batch.record_count, 1);
    cr_assert(tg_view_equal_str(batch.records[0], text));
    return tg_ranges_contain(log->have, log->have_count, index);
}

Test(statements, are_told_apart_and_named_by_their_first_lines)
{
    static const struct {
        const char *note, *text;
        enum tg_statement statement;
    } cases[] = {
        {"tamga/card/v1\nnode x\nserial 12\n\n", "card 12", TG_STATEMENT_CARD},
        {"tamga/card/v1\nnode x\nserial 12", "card", TG_STATEMENT_CARD},
        {"tamga/card/v1\n\nserial 12\n", "card", TG_STATEMENT_CARD},
        {"tamga/epoch/v1\nepoch 1\n", "epoch", TG_STATEMENT_EPOCH},
        {"tamga/attest/v1\nfrom 7\nuntil 13\n", "attest 7-12", TG_STATEMENT_ATTEST},
        {"tamga/attest/v1\nfrom 7\nuntil 0\n", "attest 7", TG_STATEMENT_ATTEST},
        {"tamga/attest/v1\nfrom \x1b[2J\n", "attest", TG_STATEMENT_ATTEST},
        {"tamga/card/v2\nserial 1\n", "unknown", TG_STATEMENT_UNKNOWN},
        {"tamga/card/v1", "unknown", TG_STATEMENT_UNKNOWN},
        {"", "unknown", TG_STATEMENT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TG_STATEMENT_TEXT_BYTES];
        tg_statement_text(tg_view_str(cases[i].note), text);
        cr_expect_str_eq(text, cases[i].text);
        cr_expect_eq(tg_statement_of(tg_view_str(cases[i].note)), cases[i].statement, "%zu", i);
    }
}

Test(statements, reach_everyone_who_follows_the_log_and_are_receipted)
{
    struct trio *trio = trio_new();
    static const char text[] = "tamga/later/v1\nof a kind that nobody knows yet\n";
    trio_publish(trio, TJ, TO(KG), INDICATOR); /* UZ is not addressed */
    uint64_t index = state_at(trio, TJ, text);
    cr_assert_eq(index, 1);
    for (int at = TJ; at < TRIO; at++) cr_expect(holds(trio, at, TJ, index, text), "%d", at);
    for (int at = KG; at < TRIO; at++) {
        struct tg_hash by = trio_id(trio, at);
        const struct tg_held_receipt *held = tg_receipts_of(trio->at[TJ]->node, &by);
        cr_assert(held && tg_ranges_contain(held->receipt.have, held->receipt.have_count, index));
        cr_expect_eq(held->receipt.refused_count, 0);
    }
    trio_free(trio);
}

Test(statements, are_no_records_to_index_reindex_and_restart)
{
    struct trio *trio = trio_new();
    static const char text[] = "tamga/later/v1\n";
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    uint64_t index = state_at(trio, TJ, text);
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    for (int at = TJ; at < TRIO; at++) {
        struct tg_store_stats stats;
        trio_reindex(trio, at);
        trio_restart(trio, at);
        cr_assert_eq(tg_store_stats(trio->at[at]->node->store, &stats, NULL), TG_OK);
        cr_expect_eq(stats.records, 2);
        cr_expect(holds(trio, at, TJ, index, text));
    }
    trio_free(trio);
}

Test(statements, reach_who_enrols_late_and_whom_the_origin_does_not_reach)
{
    struct trio *trio = trio_new();
    static const char text[] = "tamga/later/v1\n";
    struct tg_hash uz = trio_id(trio, UZ);
    cr_assert_eq(tg_trust_remove(trio->at[TJ]->node, tg_trust_find(trio->at[TJ]->node, &uz), NULL), TG_OK);
    uint64_t before = state_at(trio, TJ, text);
    trio_link(trio, TJ, UZ, false);
    trio_enrol(trio, TJ, UZ);
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    cr_expect(holds(trio, UZ, TJ, before, text), "who enrols late is given what stood before");
    trio_link(trio, TJ, UZ, false);
    uint64_t after = state_at(trio, TJ, text);
    for (int i = 0; i < 3; i++) trio_pass(trio, 61000);
    cr_expect(holds(trio, UZ, TJ, after, text), "KG passes on what is for everyone");
    trio_free(trio);
}

Test(statements, stand_in_no_chain_of_sealed_envelopes)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    state_at(trio, TJ, "tamga/later/v1\n");
    state_at(trio, TJ, "tamga/later/v1\n");
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    const struct tg_held_log *log = log_of(trio, TJ, TJ);
    struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_batch) struct tg_batch batch = {.record_count = 0};
    tg_arena_init(&arena, SIZE_MAX / 2);
    cr_assert_eq(tg_store_read_begin(trio->at[TJ]->node->store, &txn, NULL), TG_OK);
    struct tg_store_entry entry;
    struct tg_view body;
    struct tg_envelope envelope;
    uint8_t head[TG_HEAD_BYTES];
    cr_assert_eq(tg_store_entry_get(txn, log->number, 3, &entry), TG_OK);
    cr_assert_eq(tg_store_place_get(txn, TG_PLACE_BODY, log->number, 3, &body), TG_OK);
    memcpy(head, entry.manifest, TG_MANIFEST_BYTES);
    memcpy(head + TG_MANIFEST_BYTES, entry.signature, TG_SIGNATURE_BYTES);
    assert_err(tg_envelope_join(TG_VIEW_ARRAY(head), entry.stanzas, body, &envelope, NULL), TG_OK);
    assert_err(
        tg_envelope_open_recovery(&envelope, &trio->members[TJ].recovery, TG_SLOT_ANY, &arena, &batch, NULL),
        TG_OK);
    tg_store_read_end(txn);
    cr_expect_eq(batch.previous, 0, "the recovery key's chain goes from sealed envelope to sealed envelope");
    trio_free(trio);
}

Test(statements, are_listed_with_the_entries_of_a_log)
{
    struct trio *trio = trio_new();
    state_at(trio, TJ, "tamga/attest/v1\nfrom 7\nuntil 13\n");
    TG_AUTO(answer) struct answer answer = call(trio->at[KG], with_text(ask("log.entries"), "origin", "TJ"));
    must_be_done(&answer);
    cr_assert_eq(answer.row_count, 1);
    cr_expect_str_eq(row_text(&answer, 0, "state"), "control");
    cr_expect_str_eq(row_text(&answer, 0, "why"), "attest 7-12");
    trio_free(trio);
}
