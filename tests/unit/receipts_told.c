/* When receipts go out: of what is urgent at once, of the rest at most every TG_SYNC_RECEIPT_US. */
#include <criterion/criterion.h>

#include "trio.h"

/* One thousandth of a second: what flies arrives, everybody works once. */
static void pass_ms(struct trio *trio)
{
    trio->now_us += 1000;
    trio_deliver(trio);
    for (int i = 0; i < TRIO; i++) {
        trio->at[i]->now_us = trio->now_us;
        bench_turn(trio->at[i]);
    }
}

/* Milliseconds until TJ holds KG's receipt of that entry. */
static int receipted_after(struct trio *trio, uint64_t index)
{
    struct tg_hash kg = trio_id(trio, KG);
    for (int ms = 0; ms < 20000; ms++) {
        if (tg_receipts_holding(trio->at[TJ]->node, &kg, 0, index, 1) == TG_HOLDING_STORED) return ms;
        pass_ms(trio);
    }
    cr_assert(false, "it is never receipted");
    return 0;
}

static void enqueue(struct trio *trio, uint8_t precedence, const char *json, struct trio_published *published)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    cr_assert_eq(tg_record_from_json(tg_view_str(json), &arena, &bytes, NULL), TG_OK);
    struct tg_publish *job = calloc(1, sizeof *job);
    job->records = calloc(1, sizeof *job->records);
    job->record_count = job->audience_count = 1;
    tg_buf_put_view(&job->records[0], bytes);
    job->audience[0] = trio_id(trio, KG);
    job->precedence = precedence;
    job->done = trio_done;
    job->ctx = published;
    cr_assert_eq(tg_commit_enqueue(trio->at[TJ]->node, job, NULL), TG_OK);
}

Test(receipts_told, of_a_flash_at_once_and_of_the_rest_together)
{
    struct trio *trio = trio_new();
    struct trio_published first = {0}, flash = {0}, routine = {0};
    int limit_ms = TG_SYNC_RECEIPT_US / 1000;
    enqueue(trio, TG_FLASH, alert_json("First", "flash"), &first);
    cr_expect_lt(receipted_after(trio, 0), limit_ms / 5);
    /* A receipt has just gone: the next flash does not wait for the next time, the routine one does. */
    enqueue(trio, TG_FLASH, alert_json("Second", "flash"), &flash);
    cr_expect_lt(receipted_after(trio, 1), limit_ms / 5);
    enqueue(trio, TG_ROUTINE, person_json("Somebody", "1980-01-01", ""), &routine);
    cr_expect_geq(receipted_after(trio, 2), limit_ms / 2);
    cr_expect(first.done && flash.done && routine.done);
    trio_free(trio);
}
