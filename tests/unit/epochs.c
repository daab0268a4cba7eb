/* A log that lost entries for ever goes on as a new epoch: begun by the root key, followed by partners, never two of one.
 *
 * tests/controls runs each `control_*` once more with its check taken out: there it must go red.
 */
#include "node/epochs.h"

#include "node/cards.h"
#include "node/courier.h"
#include "node/start.h"
#include "node/witness.h"
#include "proto/record_edit.h"
#include "trio.h"

__attribute__((format(printf, 1, 2))) static void shell(const char *format, ...)
{
    char command[320];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    cr_assert_eq(system(command), 0, "%s", command);
}

static struct tg_held_log *log_at(struct trio *trio, int at, int of, uint32_t epoch)
{
    struct tg_log_id id = {.origin = trio_id(trio, of), .epoch = epoch};
    return tg_held_ensure(trio->at[at]->node, &id);
}

static bool ready(struct trio *trio, int i)
{
    return tg_node_append_refused(trio->at[i]->node) == NULL;
}

static void titled(struct trio *trio, int by, unsigned to, const char *title)
{
    trio_publish(trio, by, to, alert_json(title, "immediate"));
}

static tg_err look(struct trio *trio, int at, const char *ref)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    uint64_t recno = 0;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(trio->at[at]->node, ref, &recno, NULL);
    return err ? err : tg_lookup_open(trio->at[at]->node, recno, &arena, &found, NULL);
}

static uint64_t oddities_at(struct trio *trio, int at, int of)
{
    struct tg_hash id = trio_id(trio, of);
    struct tg_sync_peer_view view;
    cr_assert(tg_sync_peer(trio->at[at]->node->sync, &id, &view));
    return view.oddities;
}

static void links(struct trio *trio, int i, bool up)
{
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_link(trio, i, k, up);
    for (int round = 0; round < 4; round++) trio_run(trio);
}

/* The store of that node is gone; its keys, its card and its mark are not, nor are its partners' cards. */
static void lose(struct trio *trio, int i)
{
    const char *dir = trio->at[i]->dir;
    trio_stop(trio, i);
    shell("rm -rf '%s/store'", dir);
    trio_start(trio, i);
    for (int k = 0; k < TRIO; k++)
        if (k != i) trio_enrol(trio, i, k);
}

/* ---- what the offline machine makes ---- */

struct beginning {
    struct tg_card *card;
    struct tg_buf note, prologue;
    struct tg_prologue said;
};
static void beginning_release(struct beginning *begin)
{
    free(begin->card);
    tg_buf_release(&begin->note);
    tg_buf_release(&begin->prologue);
}
TG_AUTO_DEFINE(beginning, beginning_release)

static void range_add(struct tg_card_key *keys, size_t *count, const struct tg_note_key *key, uint32_t epoch)
{
    keys[(*count)++] = (struct tg_card_key){.key = *key, .epoch = epoch, .until = UINT64_MAX};
}

/* The card behind that one, with keys of epoch `epoch`; the same keys, as they were not lost. */
static void card_make(struct trio *trio, int i, struct tg_view before, uint32_t epoch,
                      struct beginning *begin)
{
    struct member_node *member = &trio->members[i];
    struct tg_signer root = tg_signer_of_secret(&member->root);
    struct tg_note_key log_key;
    char name[TG_KEY_NAME_BYTES];
    begin->card = calloc(1, sizeof *begin->card);
    assert_err(tg_card_open(before, begin->card, NULL), TG_OK);
    begin->card->serial++;
    begin->card->has_prev = true;
    begin->card->prev = begin->card->text_hash;
    tg_key_name_format(&member->id, TG_KEY_ROLE_LOG, epoch, name);
    assert_err(tg_note_key_make(name, TG_NOTE_ED25519, &member->keys.log, &log_key), TG_OK);
    range_add(begin->card->logs, &begin->card->log_count, &log_key, epoch);
    range_add(begin->card->envelopes, &begin->card->envelope_count, &member->envelope_key, epoch);
    assert_err(tg_card_sign(begin->card, &root, NULL, NULL, &begin->note, NULL), TG_OK);
}

static void prologue_sign(struct trio *trio, int i, const struct tg_sign_secret *secret,
                          struct beginning *begin)
{
    struct tg_signer signer = tg_signer_of_secret(secret);
    (void)trio, (void)i;
    tg_buf_clear(&begin->prologue);
    assert_err(tg_prologue_sign(&begin->said, &begin->card->root, &signer, &begin->prologue, NULL), TG_OK);
}

/* Of what node i holds now. */
static void begin_make(struct trio *trio, int i, struct beginning *begin)
{
    const struct tg_held_log *own = tg_held_own(trio->at[i]->node);
    const uint32_t epoch = own->id.epoch + 1;
    *begin = (struct beginning){.card = NULL};
    card_make(trio, i, tg_buf_view(&trio->cards[i]), epoch, begin);
    begin->said = (struct tg_prologue){.origin = trio->members[i].id,
                                       .epoch = epoch,
                                       .size = own->size,
                                       .root = own->root,
                                       .time = 1760000000 + epoch};
    snprintf(begin->said.reason, sizeof begin->said.reason, "the disk failed");
    prologue_sign(trio, i, &trio->members[i].root, begin);
}

static tg_err install(struct trio *trio, int i, const struct beginning *begin, struct tg_errmsg *em)
{
    bool restart = true;
    tg_err err = tg_cards_install(trio->at[i]->node, tg_buf_view(&begin->note), tg_buf_view(&begin->prologue),
                                  false, &restart, em);
    if (err) return err;
    cr_assert_not(restart, "the keys are the same");
    tg_buf_clear(&trio->cards[i]);
    tg_buf_put_view(&trio->cards[i], tg_buf_view(&begin->note));
    for (int round = 0; round < 6; round++) trio_run(trio);
    return TG_OK;
}

static void begin_install(struct trio *trio, int i)
{
    TG_AUTO(beginning) struct beginning begin;
    struct tg_errmsg em = {.text = ""};
    begin_make(trio, i, &begin);
    cr_assert_eq(install(trio, i, &begin, &em), TG_OK, "%s", em.text);
}

static tg_err take(struct trio *trio, int at, const struct beginning *begin)
{
    struct tg_log_id id;
    struct tg_errmsg em = {.text = ""};
    return tg_epochs_take(trio->at[at]->node, tg_buf_view(&begin->prologue), &id, &em);
}

static tg_err take_card(struct trio *trio, int at, const struct beginning *begin)
{
    struct tg_hash id;
    uint64_t serial;
    return tg_cards_take(trio->at[at]->node, tg_buf_view(&begin->note), &id, &serial, NULL);
}

/* Two entries that everybody has, and two that nobody has any more though they were signed. */
static struct trio *lost_two(bool witnessed)
{
    struct trio *trio = trio_make(witnessed, true);
    titled(trio, TJ, TO_ALL, "first");
    titled(trio, TJ, TO_ALL, "second");
    links(trio, TJ, false);
    titled(trio, TJ, TO_ALL, "lost");
    titled(trio, TJ, TO_ALL, "lost as well");
    lose(trio, TJ);
    links(trio, TJ, true);
    return trio;
}

/* ---- stories ---- */

Test(epochs, what_is_lost_for_ever_ends_the_log_and_a_new_epoch_goes_on, .timeout = 120)
{
    struct trio *trio = lost_two(true);
    struct tg_hash kg = trio_id(trio, KG);
    cr_assert_eq(log_at(trio, TJ, TJ, 0)->size, 2);
    const char *why = tg_node_append_refused(trio->at[TJ]->node);
    cr_assert(why && strstr(why, "--new-epoch"), "%s", why);
    begin_install(trio, TJ);
    cr_assert(ready(trio, TJ), "%s", tg_node_append_refused(trio->at[TJ]->node));
    titled(trio, TJ, TO_ALL, "goes on");
    titled(trio, KG, TO_ALL, "of KG");
    trio_pass(trio, 2000);
    for (int life = 0; life < 2; life++) {
        for (int at = TJ; at < TRIO; at++) {
            cr_assert_eq(log_at(trio, at, TJ, 0)->size, 2, "%s", trio_countries[at]);
            cr_assert_eq(log_at(trio, at, TJ, 1)->size, 2, "%s: prologue and alert", trio_countries[at]);
            assert_err(look(trio, at, "TJ-0"), TG_OK);
            assert_err(look(trio, at, "TJ-1"), TG_OK);
            assert_err(look(trio, at, "TJ.1-1"), TG_OK);
            cr_assert_neq(look(trio, at, "TJ.1-0"), TG_OK, "the prologue is no record");
            cr_assert_neq(look(trio, at, "TJ-2"), TG_OK);
        }
        /* Receipts of both epochs, each for itself. */
        struct tg_node *tj = trio->at[TJ]->node;
        cr_expect_eq(tg_receipts_holding(tj, &kg, 1, 1, 0), TG_HOLDING_STORED);
        cr_expect_eq(tg_receipts_holding(tj, &kg, 0, 1, 0), TG_HOLDING_STORED);
        cr_expect_eq(tg_receipts_holding(tj, &kg, 0, 2, 0), TG_HOLDING_WAITING);
        if (life == 0) {
            trio_restart(trio, TJ);
            trio_restart(trio, KG);
            trio_pass(trio, 2000);
            cr_assert(ready(trio, TJ));
        }
    }
    cr_expect_eq(oddities_at(trio, KG, TJ) + oddities_at(trio, UZ, TJ) + oddities_at(trio, TJ, KG), 0);
    /* Witnesses cosign the new one too. */
    const struct tg_held_log *fresh = log_at(trio, TJ, TJ, 1);
    cr_expect_str_eq(tg_witness_view(trio->at[TJ]->node, fresh, fresh->size).state, "settled");
    trio_free(trio);
}

Test(epochs, a_second_loss_is_a_third_log_and_both_old_ones_come_back_first, .timeout = 120)
{
    struct trio *trio = lost_two(false);
    begin_install(trio, TJ);
    titled(trio, TJ, TO_ALL, "in epoch 1");
    links(trio, TJ, false);
    titled(trio, TJ, TO_ALL, "lost again");
    lose(trio, TJ);
    cr_assert_eq(trio->at[TJ]->node->own_epoch, 0, "nothing here knows of epoch 1");
    cr_assert_not(ready(trio, TJ));
    links(trio, TJ, true);
    trio_pass(trio, 3000);
    links(trio, TJ, true);
    cr_assert_eq(trio->at[TJ]->node->own_epoch, 1, "its partners have its prologue");
    cr_assert_eq(log_at(trio, TJ, TJ, 0)->size, 2);
    cr_assert_eq(log_at(trio, TJ, TJ, 1)->size, 2);
    cr_assert_not(ready(trio, TJ), "one entry of it is lost");
    begin_install(trio, TJ);
    cr_assert(ready(trio, TJ), "%s", tg_node_append_refused(trio->at[TJ]->node));
    titled(trio, TJ, TO_ALL, "in epoch 2");
    /* Whoever loses everything now, or comes late, gets all three. */
    trio_stop(trio, UZ);
    shell("rm -rf '%s'/*", trio->at[UZ]->dir);
    trio_start(trio, UZ);
    for (int k = 0; k < UZ; k++) trio_enrol(trio, UZ, k);
    links(trio, UZ, true);
    trio_pass(trio, 3000);
    trio_pass(trio, 6000);
    for (int at = TJ; at < TRIO; at++) {
        assert_err(look(trio, at, "TJ-1"), TG_OK);
        assert_err(look(trio, at, "TJ.1-1"), TG_OK);
        assert_err(look(trio, at, "TJ.2-1"), TG_OK);
        cr_assert_eq(log_at(trio, at, TJ, 2)->size, 2);
    }
    trio_free(trio);
}

/* KG was away, and has an entry that nobody else has. */
Test(epochs, a_partner_that_holds_more_keeps_it_and_follows_the_new_epoch, .timeout = 120)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "first");
    trio_link(trio, TJ, UZ, false);
    trio_link(trio, KG, UZ, false);
    titled(trio, TJ, TO_ALL, "KG alone has it");
    trio_link(trio, TJ, KG, false);
    lose(trio, TJ);
    trio_link(trio, TJ, UZ, true);
    for (int round = 0; round < 4; round++) trio_run(trio);
    cr_assert_eq(log_at(trio, TJ, TJ, 0)->size, 1);
    begin_install(trio, TJ);
    cr_assert_not(ready(trio, TJ), "KG has not said what it holds of the new epoch");
    assert_err(tg_start_override(trio->at[TJ]->node, NULL), TG_OK);
    titled(trio, TJ, TO_ALL, "goes on");
    links(trio, TJ, true);
    links(trio, KG, true);
    trio_pass(trio, 6000);
    cr_assert(ready(trio, TJ), "%s", tg_node_append_refused(trio->at[TJ]->node));
    cr_assert_eq(log_at(trio, KG, TJ, 0)->size, 2, "it stays as evidence");
    assert_err(look(trio, KG, "TJ-1"), TG_OK);
    assert_err(look(trio, KG, "TJ.1-1"), TG_OK);
    cr_assert_eq(log_at(trio, UZ, TJ, 0)->size, 1, "and nobody takes it any more");
    cr_expect_eq(oddities_at(trio, UZ, KG), 0, "nor is it shown to them");
    trio_free(trio);
}

/* What TJ has for that one, carried by hand. */
static void carry(struct trio *trio, int from, int to)
{
    struct tg_hash id = trio_id(trio, to);
    struct tg_courier_out *out = NULL;
    struct tg_courier_in *in = NULL;
    struct tg_errmsg em = {.text = ""};
    bool end = false;
    assert_err(
        tg_courier_out_new(trio->at[from]->node, tg_trust_find(trio->at[from]->node, &id), true, &out, &em),
        TG_OK);
    while (!end) {
        TG_AUTO(tg_buf) struct tg_buf bytes = {0};
        struct tg_courier_header header;
        cr_assert_eq(tg_courier_out_step(out, &bytes, &end, &em), TG_OK, "%s", em.text);
        if (!in) {
            assert_err(tg_courier_header_decode(tg_buf_view(&bytes), &header, &em), TG_OK);
            assert_err(tg_courier_in_new(trio->at[to]->node, &header, &in, &em), TG_OK);
            continue;
        }
        cr_assert_eq(tg_courier_in_block(in, tg_buf_view(&bytes), &em), TG_OK, "%s", em.text);
        enum tg_courier_step step = TG_COURIER_MORE;
        for (int turn = 0; step != TG_COURIER_STORED; turn++) {
            cr_assert(turn < 500);
            cr_assert_eq(tg_courier_in_step(in, &step, &em), TG_OK, "%s", em.text);
            if (step == TG_COURIER_WAITS) trio_run(trio);
        }
    }
    cr_assert_eq(tg_courier_in_end(in, false, &em), TG_OK, "%s", em.text);
    tg_courier_in_free(in);
    tg_courier_out_free(out);
    trio_run(trio);
}

Test(epochs, a_courier_file_brings_card_and_prologue_with_it, .timeout = 120)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "first");
    links(trio, TJ, false);
    begin_install(trio, TJ);
    assert_err(tg_start_override(trio->at[TJ]->node, NULL), TG_OK);
    titled(trio, TJ, TO_ALL, "by hand");
    carry(trio, TJ, KG);
    assert_err(look(trio, KG, "TJ-0"), TG_OK);
    assert_err(look(trio, KG, "TJ.1-1"), TG_OK);
    trio_pass(trio, 6000);
    cr_assert_eq(log_at(trio, UZ, TJ, 1)->size, 2, "KG passes it on");
    trio_free(trio);
}

static void withdraw(struct trio *trio, int by, const char *ref)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    struct tg_node *node = trio->at[by]->node;
    struct trio_published published = {.done = false};
    uint64_t recno = 0;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    assert_err(tg_lookup_ref(node, ref, &recno, NULL), TG_OK);
    assert_err(tg_lookup_open(node, recno, &arena, &found, NULL), TG_OK);
    struct tg_publish *job = calloc(1, sizeof *job);
    job->done = trio_done;
    job->ctx = &published;
    const struct tg_withdrawal_draft draft = {.reason = TG_WITHDRAWAL_REASON_ERROR};
    assert_err(tg_commit_withdrawal(node, &found, &draft, job, NULL), TG_OK);
    assert_err(tg_commit_enqueue(node, job, NULL), TG_OK);
    trio_pass(trio, 1000);
    cr_assert(published.done && !published.err);
}

/* What stands in the old epoch is taken back by a withdrawal in the new one; so is what has the same place in the new one. */
Test(epochs, records_of_both_are_withdrawn_each_for_itself, .timeout = 120)
{
    struct trio *trio = trio_new();
    struct tg_hash kg = trio_id(trio, KG);
    static const char *const titles[] = {"a", "b", "c", "d", "e", "f"}; /* each a record of its own */
    for (int i = 0; i < 3; i++) titled(trio, TJ, TO_ALL, titles[i]);
    begin_install(trio, TJ);
    for (int i = 3; i < 6; i++) titled(trio, TJ, TO_ALL, titles[i]);
    withdraw(trio, TJ, "TJ-1");
    withdraw(trio, TJ, "TJ.1-2");
    for (int life = 0; life < 2; life++) {
        for (int at = TJ; at < TRIO; at++) {
            cr_assert_neq(look(trio, at, "TJ-1"), TG_OK, "%s", trio_countries[at]);
            cr_assert_neq(look(trio, at, "TJ.1-2"), TG_OK, "%s", trio_countries[at]);
            assert_err(look(trio, at, "TJ-2"), TG_OK);
            assert_err(look(trio, at, "TJ.1-1"), TG_OK);
            cr_expect_eq(log_at(trio, at, TJ, 0)->withdrawn_count, 1);
            cr_expect_eq(log_at(trio, at, TJ, 1)->withdrawn_count, 1);
        }
        cr_expect_eq(tg_receipts_holding(trio->at[TJ]->node, &kg, 0, 1, 1), TG_HOLDING_WITHDRAWN);
        cr_expect_eq(tg_receipts_holding(trio->at[TJ]->node, &kg, 1, 2, 1), TG_HOLDING_WITHDRAWN);
        cr_expect_eq(tg_receipts_holding(trio->at[TJ]->node, &kg, 0, 2, 1), TG_HOLDING_STORED);
        trio_restart(trio, TJ);
        trio_restart(trio, KG);
    }
    trio_free(trio);
}

/* A backup of before: its card knows nothing of epoch 1, and to append to epoch 0 would be to write what nobody takes. */
Test(epochs, an_old_card_put_back_appends_nothing, .timeout = 120)
{
    struct trio *trio = trio_new();
    TG_AUTO(tg_buf) struct tg_buf old = {0};
    tg_buf_put_view(&old, tg_buf_view(&trio->cards[TJ]));
    titled(trio, TJ, TO_ALL, "first");
    begin_install(trio, TJ);
    titled(trio, TJ, TO_ALL, "in epoch 1");
    trio_stop(trio, TJ);
    shell("rm -rf '%s'/*", trio->at[TJ]->dir);
    tg_buf_clear(&trio->cards[TJ]);
    tg_buf_put_view(&trio->cards[TJ], tg_buf_view(&old));
    trio_start(trio, TJ);
    for (int k = KG; k < TRIO; k++) trio_enrol(trio, TJ, k);
    links(trio, TJ, true);
    trio_pass(trio, 3000);
    const char *why = tg_node_append_refused(trio->at[TJ]->node);
    cr_assert(why && strstr(why, "holds card 2 of ours"), "%s", why ? why : "it appends");
    trio_free(trio);
}

/* ---- what is refused ---- */

/* A log whose next epoch KG has a card for, and no prologue yet: TJ is cut off. */
static struct trio *about_to_begin(struct beginning *begin)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "first");
    titled(trio, TJ, TO_ALL, "second");
    links(trio, TJ, false);
    begin_make(trio, TJ, begin);
    assert_err(take_card(trio, KG, begin), TG_OK);
    return trio;
}

Test(epochs, control_only_the_root_key_begins_one)
{
    TG_AUTO(beginning) struct beginning begin;
    struct trio *trio = about_to_begin(&begin);
    prologue_sign(trio, TJ, &trio->members[KG].root, &begin);
    assert_err(take(trio, KG, &begin), TG_ESIGNATURE);
    cr_expect_null(tg_epochs_find(trio->at[KG]->node, &(struct tg_hash){0}, 1));
    trio_free(trio);
}

Test(epochs, control_a_prologue_that_says_another_log_went_before_is_refused)
{
    TG_AUTO(beginning) struct beginning begin;
    struct trio *trio = about_to_begin(&begin);
    begin.said.root.bytes[0] ^= 1;
    prologue_sign(trio, TJ, &trio->members[TJ].root, &begin);
    assert_err(take(trio, KG, &begin), TG_EFORK);
    trio_free(trio);
}

Test(epochs, the_same_again_is_known_and_another_one_of_that_epoch_is_refused)
{
    TG_AUTO(beginning) struct beginning begin;
    struct trio *trio = about_to_begin(&begin);
    assert_err(take(trio, KG, &begin), TG_OK);
    assert_err(take(trio, KG, &begin), TG_EEXIST);
    begin.said.time++;
    prologue_sign(trio, TJ, &trio->members[TJ].root, &begin);
    assert_err(take(trio, KG, &begin), TG_EFORK);
    trio_restart(trio, KG);
    assert_err(take(trio, KG, &begin), TG_EFORK);
    trio_free(trio);
}

Test(epochs, control_none_is_skipped)
{
    TG_AUTO(beginning) struct beginning begin, second = {.card = NULL};
    struct trio *trio = about_to_begin(&begin);
    card_make(trio, TJ, tg_buf_view(&begin.note), 2, &second);
    assert_err(take_card(trio, KG, &second), TG_OK);
    second.said = begin.said;
    second.said.epoch = 2;
    second.said.size = 0;
    tg_sha256_of(tg_view_of(NULL, 0), &second.said.root);
    prologue_sign(trio, TJ, &trio->members[TJ].root, &second);
    assert_err(take(trio, KG, &second), TG_EEPOCH);
    assert_err(take(trio, KG, &begin), TG_OK);
    assert_err(take(trio, KG, &second), TG_OK);
    trio_free(trio);
}

Test(epochs, a_prologue_needs_the_card_that_lists_its_keys)
{
    TG_AUTO(beginning) struct beginning begin;
    struct trio *trio = about_to_begin(&begin);
    assert_err(take(trio, UZ, &begin), TG_EPOSITION);
    begin.said.epoch = 2;
    prologue_sign(trio, TJ, &trio->members[TJ].root, &begin);
    assert_err(take(trio, KG, &begin), TG_EEPOCH);
    trio_free(trio);
}

/* TJ's card has the keys, TJ signs with them, and its prologue never comes to KG. */
static void prologues_drop(struct trio *trio, int from, int to, struct tg_buf *message)
{
    (void)trio, (void)from;
    static const char magic[] = TG_PROLOGUE_MAGIC;
    if (to != UZ && memmem(message->data, message->bytes, magic, sizeof magic - 1)) tg_buf_clear(message);
}

Test(epochs, control_without_a_prologue_nothing_of_it_is_followed)
{
    struct trio *trio = trio_new();
    titled(trio, TJ, TO_ALL, "first");
    trio_link(trio, KG, UZ, false);
    trio->bend = prologues_drop;
    begin_install(trio, TJ);
    titled(trio, TJ, TO_ALL, "in epoch 1");
    titled(trio, TJ, TO_ALL, "and again");
    trio_pass(trio, 3000);
    cr_assert_eq(log_at(trio, UZ, TJ, 1)->size, 3);
    cr_assert_eq(log_at(trio, KG, TJ, 1)->size, 0);
    cr_assert_neq(look(trio, KG, "TJ.1-1"), TG_OK);
    cr_assert_neq(oddities_at(trio, KG, TJ), 0, "it is counted");
    trio->bend = NULL; /* and when it comes, all is followed */
    trio_pass(trio, 61000);
    trio_pass(trio, 6000);
    assert_err(look(trio, KG, "TJ.1-2"), TG_OK);
    trio_free(trio);
}

static tg_err head_of_size(struct trio *trio, int at, uint64_t size, const struct tg_hash *root)
{
    struct tg_sync_ops ops = tg_engine_ops(trio->at[at]->node);
    struct tg_log_id id = {.origin = trio_id(trio, TJ)};
    struct tg_checkpoint checkpoint = {.size = size, .root = *root};
    struct tg_signer signer = tg_vault_signer(trio->members[TJ].vault, TG_VAULT_KEY_LOG);
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_hash got;
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", trio->members[TJ].log_key.name);
    assert_err(tg_checkpoint_sign(&checkpoint, &trio->members[TJ].log_key, &signer, &note), TG_OK);
    return ops.checkpoint_verify(ops.ctx, &id, tg_buf_view(&note), &size, &got);
}

Test(epochs, control_the_one_before_does_not_grow_beyond_its_end)
{
    struct trio *trio = trio_new();
    struct tg_hash other = {.bytes = {7}};
    titled(trio, TJ, TO_ALL, "first");
    assert_err(head_of_size(trio, KG, 2, &other), TG_OK);
    begin_install(trio, TJ);
    struct tg_hash root = log_at(trio, KG, TJ, 0)->root;
    assert_err(head_of_size(trio, KG, 1, &root), TG_OK);
    assert_err(head_of_size(trio, KG, 1, &other), TG_EEPOCH);
    assert_err(head_of_size(trio, KG, 2, &other), TG_EEPOCH);
    struct tg_log_id id = {.origin = trio_id(trio, TJ)};
    assert_err(tg_epochs_entry_check(trio->at[KG]->node, &id, 0, NULL, NULL), TG_OK);
    assert_err(tg_epochs_entry_check(trio->at[KG]->node, &id, 1, NULL, NULL), TG_EEPOCH);
    id.epoch = 1;
    assert_err(tg_epochs_entry_check(trio->at[KG]->node, &id, 0, NULL, NULL), TG_EEPOCH);
    id.epoch = 2;
    assert_err(tg_epochs_entry_check(trio->at[KG]->node, &id, 5, NULL, NULL), TG_EEPOCH);
    trio_free(trio);
}

Test(epochs, what_is_installed_is_of_what_the_node_holds_and_comes_with_its_prologue)
{
    TG_AUTO(beginning) struct beginning begin;
    struct trio *trio = trio_new();
    struct tg_errmsg em = {.text = ""};
    titled(trio, TJ, TO_ALL, "first");
    begin_make(trio, TJ, &begin);
    bool restart;
    assert_err(tg_cards_install(trio->at[TJ]->node, tg_buf_view(&begin.note), tg_view_of(NULL, 0), false,
                                &restart, &em),
               TG_EEPOCH);
    titled(trio, TJ, TO_ALL, "meanwhile");
    assert_err(install(trio, TJ, &begin, &em), TG_EROOT);
    prologue_sign(trio, TJ, &trio->members[UZ].root, &begin);
    assert_err(install(trio, TJ, &begin, &em), TG_ESIGNATURE);
    cr_assert_eq(trio->at[TJ]->node->own_epoch, 0);
    titled(trio, TJ, TO_ALL, "nothing has changed");
    trio_free(trio);
}
