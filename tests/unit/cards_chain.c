/* Cards that follow cards: installed, told, taken by partners in their order, and what is refused of them.
 *
 * tests/controls runs `control_jump` once more with the chain not looked at: there it must go red.
 */
#include "node/attests.h"
#include "node/cards.h"

#include "node/heads.h"
#include "trio.h"

#define INDICATOR                                                                                  \
    "{\"v\":1,\"kind\":\"indicator\"," HEAD "},\"indicator\":{\"selectors\":[{\"type\":\"email\"," \
    "\"value\":\"a@example.org\"}]}}"

/* ---- cards made as an offline machine makes them ---- */

struct next_card {
    struct tg_card *card;
    struct tg_buf note;
};
static void next_release(struct next_card *next)
{
    free(next->card);
    tg_buf_release(&next->note);
}
TG_AUTO_DEFINE(next_card, next_release)

/* The card behind that one, unsigned. */
static void next_begin(struct tg_view note, struct next_card *next)
{
    *next = (struct next_card){.card = calloc(1, sizeof *next->card)};
    assert_err(tg_card_open(note, next->card, NULL), TG_OK);
    next->card->serial++;
    next->card->has_prev = true;
    next->card->prev = next->card->text_hash;
}
static void next_sign(struct next_card *next, const struct tg_sign_secret *root)
{
    struct tg_signer signer = tg_signer_of_secret(root);
    tg_buf_clear(&next->note);
    assert_err(tg_card_sign(next->card, &signer, NULL, NULL, &next->note, NULL), TG_OK);
}
/* With another endpoint, so that it differs. */
static void next_make(struct trio *trio, int i, struct tg_view before, const char *endpoint,
                      struct next_card *next)
{
    next_begin(before, next);
    snprintf(next->card->endpoints[0], sizeof next->card->endpoints[0], "%s", endpoint);
    next->card->endpoint_count = 1;
    next_sign(next, &trio->members[i].root);
}

static void install(struct trio *trio, int i, const struct next_card *next)
{
    bool restart = true;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_cards_install(trio->at[i]->node, tg_buf_view(&next->note), tg_view_of(NULL, 0), false,
                                  &restart, &em),
                 TG_OK, "%s", em.text);
    cr_assert_not(restart);
    trio_run(trio);
}

static uint64_t serial_at(struct trio *trio, int at, int of)
{
    struct tg_hash id = trio_id(trio, of);
    return tg_trust_card(trio->at[at]->node, &id)->serial;
}
static uint64_t oddities_at(struct trio *trio, int at, int of)
{
    struct tg_hash id = trio_id(trio, of);
    struct tg_sync_peer_view view;
    cr_assert(tg_sync_peer(trio->at[at]->node->sync, &id, &view));
    return view.oddities;
}
static uint64_t held_at(struct trio *trio, int at, int of)
{
    struct tg_log_id id = {.origin = trio_id(trio, of)};
    const struct tg_held_log *log = tg_held_find(trio->at[at]->node, &id);
    uint64_t count = 0;
    for (size_t i = 0; log && i < log->have_count; i++) count += log->have[i].last - log->have[i].first + 1;
    return count;
}
static tg_err take(struct trio *trio, int at, const struct tg_buf *note)
{
    struct tg_hash id;
    uint64_t serial;
    struct tg_errmsg em = {.text = ""};
    return tg_cards_take(trio->at[at]->node, tg_buf_view(note), &id, &serial, &em);
}

/* ---- told and taken ---- */

Test(cards_chain, a_new_card_is_taken_by_partners_and_stands_in_the_log)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://new.example:7701", &next);
    install(trio, TJ, &next);
    for (int at = TJ; at < TRIO; at++) {
        cr_expect_eq(serial_at(trio, at, TJ), 2);
        cr_expect_eq(held_at(trio, at, TJ), 1, "the control entry");
    }
    cr_expect_eq(oddities_at(trio, KG, TJ), 0);
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    trio_restart(trio, TJ);
    trio_restart(trio, KG);
    for (int at = TJ; at < TRIO; at++) cr_expect_eq(serial_at(trio, at, TJ), 2);
    cr_expect_eq(held_at(trio, UZ, TJ), 2, "it is entered once");
    cr_expect_eq(trio->at[TJ]->node->card->serial, 2,
                 "though the file that the start was given is the old one");
    trio_free(trio);
}

Test(cards_chain, who_was_away_takes_every_card_between)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card second, third;
    trio_link(trio, TJ, KG, false);
    trio_link(trio, UZ, KG, false);
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://a.example:7701", &second);
    install(trio, TJ, &second);
    next_make(trio, TJ, tg_buf_view(&second.note), "tcp://b.example:7701", &third);
    install(trio, TJ, &third);
    cr_expect_eq(serial_at(trio, KG, TJ), 1);
    trio_link(trio, TJ, KG, true);
    trio_run(trio);
    cr_expect_eq(serial_at(trio, KG, TJ), 3);
    cr_expect_eq(oddities_at(trio, KG, TJ), 0);
    trio_free(trio);
}

Test(cards_chain, reaches_through_another_partner_whom_the_node_itself_does_not_reach)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    trio_link(trio, TJ, UZ, false);
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://a.example:7701", &next);
    install(trio, TJ, &next);
    cr_expect_eq(serial_at(trio, UZ, TJ), 2, "KG has passed it on");
    trio_free(trio);
}

Test(cards_chain, who_enrols_late_is_given_the_older_cards_and_verifies_what_cites_them)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card second, third;
    struct tg_hash tj = trio_id(trio, TJ), uz = trio_id(trio, UZ);
    trio_publish(trio, TJ, TO_ALL, INDICATOR);
    cr_assert_eq(tg_trust_remove(trio->at[TJ]->node, tg_trust_find(trio->at[TJ]->node, &uz), NULL), TG_OK);
    trio_stop(trio, UZ);
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'/*", trio->at[UZ]->dir);
    cr_assert_eq(system(command), 0);
    trio_start(trio, UZ);
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://a.example:7701", &second);
    install(trio, TJ, &second);
    next_make(trio, TJ, tg_buf_view(&second.note), "tcp://b.example:7701", &third);
    install(trio, TJ, &third);
    tg_buf_clear(&trio->cards[TJ]);
    tg_buf_put_view(&trio->cards[TJ], tg_buf_view(&third.note));
    trio_enrol(trio, UZ, TJ);
    trio_enrol(trio, TJ, UZ);
    trio_link(trio, TJ, UZ, true);
    trio_run(trio);
    for (int i = 0; i < 3; i++) trio_pass(trio, 6000);
    cr_expect_eq(tg_cards_upto(trio->at[UZ]->node, &tj), 3);
    cr_expect_eq(held_at(trio, UZ, TJ), 3, "an envelope that cites card 1, and two cards");
    trio_free(trio);
}

/* ---- refused ---- */

Test(cards_chain, control_jump)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card second, third;
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://a.example:7701", &second);
    next_make(trio, TJ, tg_buf_view(&second.note), "tcp://b.example:7701", &third);
    assert_err(take(trio, KG, &third.note), TG_EPOSITION);
    cr_expect_eq(serial_at(trio, KG, TJ), 1);
    assert_err(take(trio, KG, &second.note), TG_OK);
    assert_err(take(trio, KG, &third.note), TG_OK);
    assert_err(take(trio, KG, &third.note), TG_EEXIST);
    assert_err(take(trio, KG, &second.note), TG_EEXIST);
    trio_free(trio);
}

Test(cards_chain, a_card_that_follows_another_one_or_forks_the_chain_is_refused_and_counted)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next, fork, stranger;
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://a.example:7701", &next);
    next_make(trio, TJ, tg_buf_view(&trio->cards[TJ]), "tcp://b.example:7701", &fork);
    install(trio, TJ, &next);
    assert_err(take(trio, KG, &fork.note), TG_EFORK);
    next_make(trio, TJ, tg_buf_view(&fork.note), "tcp://c.example:7701", &stranger);
    assert_err(take(trio, KG, &stranger.note), TG_EHASH);
    uint64_t before = oddities_at(trio, KG, TJ);
    struct tg_hash tj = trio_id(trio, TJ);
    cr_assert_eq(tg_cards_shown(trio->at[KG]->node, &tj, tg_buf_view(&fork.note)), TG_OK);
    cr_expect_eq(oddities_at(trio, KG, TJ), before + 1);
    cr_expect_neq(tg_trust_find(trio->at[KG]->node, &tj)->card_refused[0], 0, "and it is said why");
    cr_expect_eq(serial_at(trio, KG, TJ), 2);
    struct tg_hash other = trio_id(trio, UZ);
    cr_assert_eq(tg_cards_shown(trio->at[KG]->node, &other, tg_buf_view(&next.note)), TG_OK);
    cr_expect_eq(oddities_at(trio, KG, UZ), 0, "what is held is no oddity");
    trio_free(trio);
}

Test(cards_chain, control_a_new_root_key_must_be_the_announced_one_and_both_must_sign)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card announces, next;
    struct tg_sign_secret fresh;
    struct tg_sign_public fresh_public;
    uint8_t seed[32];
    member_secret("root two", "TJ", seed);
    tg_sign_secret_from_seed(seed, &fresh, &fresh_public);
    struct tg_signer old_root = tg_signer_of_secret(&trio->members[TJ].root),
                     new_root = tg_signer_of_secret(&fresh);

    /* Never announced. */
    next_begin(tg_buf_view(&trio->cards[TJ]), &next);
    struct tg_note_key old_key = next.card->root;
    member_key(&trio->members[TJ], TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &fresh_public, &next.card->root);
    assert_err(tg_card_sign(next.card, &new_root, &old_key, &old_root, &next.note, NULL), TG_OK);
    assert_err(take(trio, KG, &next.note), TG_EKEY);
    next_release(&next);

    next_begin(tg_buf_view(&trio->cards[TJ]), &announces);
    announces.card->has_next_root = true;
    tg_sha256_of(TG_VIEW_ARRAY(fresh_public.bytes), &announces.card->next_root);
    next_sign(&announces, &trio->members[TJ].root);
    assert_err(take(trio, KG, &announces.note), TG_OK);

    next_begin(tg_buf_view(&announces.note), &next);
    next.card->has_next_root = false;
    member_key(&trio->members[TJ], TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &fresh_public, &next.card->root);
    assert_err(tg_card_sign(next.card, &new_root, NULL, NULL, &next.note, NULL), TG_OK);
    assert_err(take(trio, KG, &next.note), TG_EKEY);
    tg_buf_clear(&next.note);
    assert_err(tg_card_sign(next.card, &new_root, &old_key, &old_root, &next.note, NULL), TG_OK);
    assert_err(take(trio, KG, &next.note), TG_OK);
    cr_expect_eq(serial_at(trio, KG, TJ), 3);
    trio_free(trio);
}

/* ---- new keys ---- */

/* TJ's vault with a next key of each name, and with or without the seal key of the first card. */
static bool seal_destroyed;
static struct tg_vault *vault_with_next(int i)
{
    static const char *const names[] = {TG_VAULT_LOG, TG_VAULT_ENVELOPE, TG_VAULT_SEAL};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    struct tg_vault *vault = NULL;
    uint8_t secret[32];
    member_keyfile(trio_countries[i], &keyfile);
    for (size_t k = 0; i == TJ && k < 3; k++) {
        char role[32], next[32];
        snprintf(role, sizeof role, "%s two", names[k]);
        snprintf(next, sizeof next, "%s.next", names[k]);
        member_secret(role, "TJ", secret);
        cr_assert_eq(tg_keyfile_put(&keyfile, next, secret, sizeof secret), TG_OK);
    }
    if (i == TJ && seal_destroyed) {
        member_secret("seal two", "TJ", secret);
        cr_assert_eq(tg_keyfile_remove(&keyfile, TG_VAULT_SEAL), TG_OK);
        cr_assert_eq(tg_keyfile_remove(&keyfile, TG_VAULT_SEAL ".next"), TG_OK);
        cr_assert_eq(tg_keyfile_put(&keyfile, TG_VAULT_SEAL, secret, sizeof secret), TG_OK);
    }
    cr_assert_eq(tg_vault_new(&keyfile, &vault, NULL), TG_OK);
    return vault;
}

static void next_envelope_key(struct trio *trio, uint64_t from, struct next_card *next)
{
    struct tg_sign_secret secret;
    struct tg_sign_public public_key;
    uint8_t seed[32];
    member_secret("envelope two", "TJ", seed);
    tg_sign_secret_from_seed(seed, &secret, &public_key);
    next->card->envelopes[0].until = from;
    next->card->envelopes[1] = (struct tg_card_key){.from = from, .until = UINT64_MAX};
    member_key(&trio->members[TJ], TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &public_key,
               &next->card->envelopes[1].key);
    next->card->envelope_count = 2;
}

static void install_and_restart(struct trio *trio, const struct next_card *next, bool revokes)
{
    bool restart = false;
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_cards_install(trio->at[TJ]->node, tg_buf_view(&next->note), tg_view_of(NULL, 0), revokes,
                                  &restart, &em),
                 TG_OK, "%s", em.text);
    cr_assert(restart);
    trio_run(trio);
    trio_restart(trio, TJ);
}

Test(cards_chain, a_range_that_is_closed_behind_what_was_signed_is_refused_unless_it_is_meant)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    bool restart;
    trio->vault_of = vault_with_next;
    trio_restart(trio, TJ);
    for (int i = 0; i < 3; i++) trio_publish(trio, TJ, TO(KG), INDICATOR);
    next_begin(tg_buf_view(&trio->cards[TJ]), &next);
    next_envelope_key(trio, 2, &next);
    next_sign(&next, &trio->members[TJ].root);
    assert_err(tg_cards_install(trio->at[TJ]->node, tg_buf_view(&next.note), tg_view_of(NULL, 0), false,
                                &restart, NULL),
               TG_EPOSITION);
    cr_expect_eq(tg_cards_newest(trio->at[TJ]->node)->serial, 1, "nothing was stored or told");
    cr_expect_eq(serial_at(trio, KG, TJ), 1);
    trio_free(trio);
}

static void attest_done(void *ctx, struct tg_publish *job, tg_err err, const struct tg_errmsg *em,
                        uint64_t index, const struct tg_hash *ids)
{
    (void)ctx, (void)job, (void)em, (void)index, (void)ids;
    assert_err(err, TG_OK);
}

/* UZ has nothing yet when TJ revokes its key from entry 1 on. */
static void revoked(struct trio *trio, struct next_card *next)
{
    trio->vault_of = vault_with_next;
    trio_link(trio, TJ, UZ, false);
    trio_link(trio, KG, UZ, false);
    trio_restart(trio, TJ);
    trio_link(trio, TJ, UZ, false);
    for (int i = 0; i < 3; i++) trio_publish(trio, TJ, TO_ALL, INDICATOR);
    next_begin(tg_buf_view(&trio->cards[TJ]), next);
    next_envelope_key(trio, 1, next);
    next_sign(next, &trio->members[TJ].root);
    install_and_restart(trio, next, true);
    trio_run(trio);
}

Test(cards_chain, control_what_a_revoked_key_signed_is_not_taken_until_it_is_attested)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    revoked(trio, &next);
    for (int i = 0; i < 3; i++) trio_pass(trio, 6000);
    cr_expect_eq(held_at(trio, KG, TJ), 4, "what KG held it keeps, and the card");
    cr_expect_eq(held_at(trio, UZ, TJ), 2,
                 "entry 0 and the card; entries 1 and 2 are signed by a revoked key");
    struct tg_publish *job = calloc(1, sizeof *job);
    job->done = attest_done;
    assert_err(tg_attests_make(trio->at[TJ]->node, 1, 3, job, NULL), TG_OK);
    for (int i = 0; i < 5; i++) trio_pass(trio, 6000);
    cr_expect_eq(held_at(trio, UZ, TJ), 5, "now they count");
    trio_free(trio);
}

Test(cards_chain, an_attestation_counts_only_while_the_key_that_signed_it_does)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    struct tg_attested at;
    revoked(trio, &next);
    struct tg_publish *job = calloc(1, sizeof *job);
    job->done = attest_done;
    assert_err(tg_attests_make(trio->at[TJ]->node, 1, 3, job, NULL), TG_OK);
    for (int i = 0; i < 5; i++) trio_pass(trio, 6000);
    struct tg_node *uz = trio->at[UZ]->node;
    const struct tg_log_id log = {.origin = trio_id(trio, TJ)};
    struct tg_card *card = next.card;
    cr_assert(tg_attests_find(uz, card, &log, 1, &at));
    cr_expect(at.entry == 4 && at.item == 1, "behind three entries and the card");
    cr_expect(tg_attests_find(uz, card, &log, 2, NULL));
    cr_expect_not(tg_attests_find(uz, card, &log, 0, NULL), "it begins at 1");
    cr_expect_not(tg_attests_find(uz, card, &log, 3, NULL), "and ends at 2");
    card->envelopes[1].until = 5;
    cr_expect(tg_attests_find(uz, card, &log, 1, NULL));
    card->envelopes[1].until = 4; /* a newer card: that key too was stolen, before the attestation */
    cr_expect_not(tg_attests_find(uz, card, &log, 1, NULL));
    trio_free(trio);
}

Test(cards_chain, after_its_destruction_a_seal_key_opens_nothing_and_what_is_held_stays_readable)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_key secret;
    tg_arena_init(&arena, SIZE_MAX / 2);
    seal_destroyed = false;
    trio->vault_of = vault_with_next;
    trio_restart(trio, TJ);
    struct tg_hash id = trio_publish(trio, KG, TO(TJ), INDICATOR);
    next_begin(tg_buf_view(&trio->cards[TJ]), &next);
    member_secret("seal two", "TJ", secret.bytes);
    tg_seal_public_of(&secret, &next.card->seal);
    next_sign(&next, &trio->members[TJ].root);
    install_and_restart(trio, &next, false);
    seal_destroyed = true;
    trio_restart(trio, TJ);
    seal_destroyed = false;

    uint64_t recno;
    size_t count = 0;
    struct tg_found found;
    struct tg_node *node = trio->at[TJ]->node;
    assert_err(tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id.bytes), &recno, 1, &count, NULL), TG_OK);
    cr_assert_eq(count, 1);
    assert_err(tg_lookup_open(node, recno, &arena, &found, NULL), TG_OK);
    cr_expect(tg_hash_equal(&found.record->id, &id),
              "read by the key that it was wrapped under when it came");

    struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    struct tg_view body;
    struct tg_envelope envelope;
    struct tg_batch batch;
    uint8_t head[TG_HEAD_BYTES];
    const struct tg_held_log *log = found.log;
    cr_assert_eq(tg_store_read_begin(node->store, &txn, NULL), TG_OK);
    cr_assert_eq(tg_store_entry_get(txn, log->number, found.rec.index, &entry), TG_OK);
    cr_assert_eq(tg_store_place_get(txn, TG_PLACE_BODY, log->number, found.rec.index, &body), TG_OK);
    memcpy(head, entry.manifest, TG_MANIFEST_BYTES);
    memcpy(head + TG_MANIFEST_BYTES, entry.signature, TG_SIGNATURE_BYTES);
    assert_err(tg_envelope_join(TG_VIEW_ARRAY(head), entry.stanzas, body, &envelope, NULL), TG_OK);
    assert_err(
        tg_envelope_open(&envelope, node->vault, &trio->members[TJ].id, TG_SLOT_ANY, &arena, &batch, NULL),
        TG_ESTANZA);
    tg_store_read_end(txn);
    trio_publish(trio, KG, TO(TJ), INDICATOR);
    cr_expect_eq(held_at(trio, TJ, KG), 2, "and KG seals to the new key");
    trio_free(trio);
}

/* ---- what hangs on a key ---- */

/* The rows of `exposure` for that key, as "KG-0 sealed KG-1 perhaps ". */
static void exposed(struct trio *trio, const struct tg_seal_public *seal, char *out, size_t out_bytes)
{
    struct tg_hash hash;
    char id[TG_HEX_BYTES(4)];
    size_t at = 0;
    tg_sha256_of(TG_VIEW_ARRAY(seal->bytes), &hash);
    tg_hex_encode(hash.bytes, 4, id);
    TG_AUTO(answer) struct answer answer = call(trio->at[TJ], with_text(ask("exposure"), "key", id));
    must_be_done(&answer);
    out[0] = 0;
    for (size_t i = 0; i < answer.row_count; i++)
        at += (size_t)snprintf(out + at, out_bytes - at, "%s %s ", row_text(&answer, i, "ref"),
                               row_text(&answer, i, "how"));
}

Test(cards_chain, what_a_stolen_seal_key_opens_is_known_by_the_key_and_by_the_time_only_where_it_is_gone)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next;
    struct tg_key secret;
    struct tg_seal_public first, second;
    char told[256];
    seal_destroyed = false;
    trio->vault_of = vault_with_next;
    trio_restart(trio, TJ);
    first = trio->members[TJ].keys.seal;
    trio_publish(trio, KG, TO(TJ), INDICATOR);
    trio_publish(trio, KG, TO(UZ), INDICATOR);
    next_begin(tg_buf_view(&trio->cards[TJ]), &next);
    member_secret("seal two", "TJ", secret.bytes);
    tg_seal_public_of(&secret, &second);
    next.card->seal = second;
    next_sign(&next, &trio->members[TJ].root);
    install_and_restart(trio, &next, false);
    trio_publish(trio, KG, TO(TJ), INDICATOR);

    exposed(trio, &first, told, sizeof told);
    cr_expect_str_eq(told, "KG-0 sealed ", "a moment later, and not KG-2");
    exposed(trio, &second, told, sizeof told);
    cr_expect_str_eq(told, "KG-2 sealed ");
    seal_destroyed = true;
    trio_restart(trio, TJ);
    seal_destroyed = false;
    exposed(trio, &first, told, sizeof told);
    cr_expect_str_eq(told, "KG-0 perhaps ", "whose key is gone; KG-2 opens by another");
    exposed(trio, &second, told, sizeof told);
    cr_expect_str_eq(told, "KG-2 sealed ");
    trio_free(trio);
}

static void nothing_to_uz(struct trio *trio, int from, int to, struct tg_buf *message)
{
    (void)trio, (void)from;
    if (to == UZ) tg_buf_clear(message);
}

/* It comes out when the key was changed long ago. */
Test(cards_chain, the_range_of_a_former_key_is_ended_earlier_when_it_turns_out_to_be_stolen)
{
    struct trio *trio = trio_new();
    TG_AUTO(next_card) struct next_card next, late;
    trio->vault_of = vault_with_next;
    trio->bend = nothing_to_uz;
    trio_restart(trio, TJ);
    for (int i = 0; i < 3; i++) trio_publish(trio, TJ, TO_ALL, INDICATOR);
    next_begin(tg_buf_view(&trio->cards[TJ]), &next);
    next_envelope_key(trio, 4, &next);
    next_sign(&next, &trio->members[TJ].root);
    install_and_restart(trio, &next, false);
    trio_publish(trio, TJ, TO_ALL, INDICATOR); /* by the new key */
    next_begin(tg_buf_view(&next.note), &late);
    late.card->envelopes[0].until = 2;
    next_sign(&late, &trio->members[TJ].root);
    bool restart = true;
    assert_err(tg_cards_install(trio->at[TJ]->node, tg_buf_view(&late.note), tg_view_of(NULL, 0), false,
                                &restart, NULL),
               TG_EPOSITION);
    assert_err(tg_cards_install(trio->at[TJ]->node, tg_buf_view(&late.note), tg_view_of(NULL, 0), true,
                                &restart, NULL),
               TG_OK);
    cr_expect_not(restart, "no key is new");
    trio_run(trio);
    trio->bend = NULL;
    trio_link(trio, TJ, UZ, false);
    trio_link(trio, TJ, UZ, true);
    for (int i = 0; i < 4; i++) trio_pass(trio, 6000);
    const struct tg_hash id = trio_id(trio, TJ);
    const struct tg_held_log *own = tg_held_own(trio->at[TJ]->node),
                             *log = tg_held_find(trio->at[UZ]->node, &(struct tg_log_id){.origin = id});
    cr_assert_eq(own->size, 6, "three, a card, one, a card");
    cr_assert_eq(log->size, 6);
    cr_expect_eq(held_at(trio, UZ, TJ), 4,
                 "0, 1, and what the new key signed: 4, 5; not 2, nor the card at 3");
    trio_free(trio);
}
