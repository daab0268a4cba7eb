/* Keys sealed anew: to those who may read and cannot, from those who hold them; to nobody else, and nothing else.
 *
 * tests/controls runs `control_*` once more with the look at the audience taken out.
 */
#include "node/reseal.h"
#include "proto/reseal.h"
#include "trio.h"

/* ---- one envelope, its key and who wants it ---- */

struct sealed {
    struct federation all;
    struct seeded seeded;
    struct tg_sealed envelope;
    struct tg_arena arena;
};

static struct sealed *sealed_new(size_t records)
{
    struct sealed *sealed = calloc(1, sizeof *sealed);
    federation_init(&sealed->all);
    sealed->seeded.seed = 5;
    tg_arena_init(&sealed->arena, 1u << 22);
    struct tg_random random = seeded_random(&sealed->seeded);
    struct tg_recipient kg = {
        .id = sealed->all.kg.id, .seal = sealed->all.kg.keys.seal, .previous = TG_NO_PREVIOUS};
    struct tg_signer signer = tg_vault_signer(sealed->all.tj.vault, TG_VAULT_KEY_ENVELOPE);
    static const struct tg_view texts[] = {
        {(const uint8_t *)"first", 5}, {(const uint8_t *)"second", 6}, {(const uint8_t *)"third", 5}};
    struct tg_seal_params params = {.position = {.origin = sealed->all.tj.id, .index = 7},
                                    .envelope_key = &sealed->all.tj.envelope_key,
                                    .signer = &signer,
                                    .created = 1719748800,
                                    .audience = &kg,
                                    .audience_count = 1,
                                    .recovery = sealed->all.tj.recovery_public,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = texts,
                                    .record_count = records};
    cr_assert_eq(tg_envelope_seal(&params, &random, &sealed->envelope, NULL), TG_OK);
    return sealed;
}

static void sealed_free(struct sealed *sealed)
{
    tg_sealed_release(&sealed->envelope);
    tg_arena_release(&sealed->arena);
    federation_release(&sealed->all);
    free(sealed);
}

/* hashes: of all records, from the key. */
static void hashes_of(const struct sealed *sealed, struct tg_hash *out)
{
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    const struct tg_manifest *manifest = &sealed->envelope.envelope.manifest;
    tg_keymat_init_whole(&keymat, &sealed->envelope.ck);
    cr_assert_eq(tg_keymat_set(&keymat, &manifest->where, &manifest->key_commitment, &set), TG_OK);
    TG_AUTO(tg_keywalk) struct tg_keywalk walk;
    tg_keywalk_init(&walk, &set);
    for (uint32_t i = 1; i <= manifest->record_count; i++) {
        struct tg_leaf_key leaf;
        cr_assert_eq(tg_keywalk_leaf(&walk, i, &leaf), TG_OK);
        tg_record_leaf_hash(leaf.salt, &sealed->envelope.record_ids[i - 1], &out[i - 1]);
    }
}

static tg_err pass(struct sealed *sealed, const struct tg_keymat *keymat, const struct tg_hash *hashes,
                   const struct member_node *to, const struct member_node *by, struct tg_resealed *ret)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    struct tg_random random = seeded_random(&sealed->seeded);
    tg_err err = tg_reseal_make(&sealed->envelope.envelope.manifest, keymat, hashes, &to->id, &to->keys.seal,
                                &random, &out);
    if (err) return err;
    cr_assert_eq(keymat->whole, out.bytes == TG_STANZA_BYTES);
    return tg_reseal_open(&sealed->envelope.envelope, by->vault, &by->id, tg_buf_view(&out), &sealed->arena,
                          ret, NULL);
}

Test(reseal, a_whole_key_is_proven_by_its_commitment)
{
    struct sealed *sealed = sealed_new(3);
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(tg_resealed) struct tg_resealed resealed = {0};
    tg_keymat_init_whole(&keymat, &sealed->envelope.ck);
    const struct member_node *tj = &sealed->all.tj, *kg = &sealed->all.kg, *uz = &sealed->all.uz;
    assert_err(pass(sealed, &keymat, NULL, tj, tj, &resealed), TG_OK);
    cr_assert_eq(resealed.batch.record_count, 3);
    cr_assert(tg_view_equal_str(resealed.batch.records[1], "second"));
    tg_resealed_release(&resealed);
    assert_err(pass(sealed, &keymat, NULL, kg, kg, &resealed), TG_OK);
    tg_resealed_release(&resealed);
    /* Sealed to another; to one who is not in the audience; another key. */
    assert_err(pass(sealed, &keymat, NULL, kg, tj, &resealed), TG_ESTANZA);
    assert_err(pass(sealed, &keymat, NULL, uz, uz, &resealed), TG_EAUDIENCE);
    keymat.ck.bytes[0] ^= 1;
    assert_err(pass(sealed, &keymat, NULL, tj, tj, &resealed), TG_ECOMMIT);
    sealed_free(sealed);
}

Test(reseal, a_key_with_holes_is_proven_by_the_records_root)
{
    struct sealed *sealed = sealed_new(3);
    struct tg_hash hashes[3];
    const struct member_node *tj = &sealed->all.tj;
    const struct tg_where *where = &sealed->envelope.envelope.manifest.where;
    hashes_of(sealed, hashes);
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(tg_resealed) struct tg_resealed resealed = {0};
    tg_keymat_init_whole(&keymat, &sealed->envelope.ck);
    cr_assert_eq(tg_keymat_erase(&keymat, where, 2), TG_OK);
    assert_err(pass(sealed, &keymat, NULL, tj, tj, &resealed), TG_EVALUE);
    assert_err(pass(sealed, &keymat, hashes, tj, tj, &resealed), TG_OK);
    cr_assert(tg_view_equal_str(resealed.batch.records[0], "first"));
    cr_assert_eq(resealed.batch.records[1].data, NULL);
    cr_assert(tg_view_equal_str(resealed.batch.records[2], "third"));
    cr_assert_not(resealed.keymat.whole);
    tg_resealed_release(&resealed);
    /* Of what was erased another record cannot be claimed, and of another key nothing opens. */
    hashes[1].bytes[0] ^= 1;
    assert_err(pass(sealed, &keymat, hashes, tj, tj, &resealed), TG_EROOT);
    hashes[1].bytes[0] ^= 1;
    keymat.set.nodes[0].seed[0] ^= 1;
    assert_err(pass(sealed, &keymat, hashes, tj, tj, &resealed), TG_EITEM);
    sealed_free(sealed);
}

Test(reseal, one_changed_bit_is_seen)
{
    struct sealed *sealed = sealed_new(2);
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    struct tg_random random = seeded_random(&sealed->seeded);
    const struct member_node *tj = &sealed->all.tj;
    struct tg_hash hashes[2];
    hashes_of(sealed, hashes);
    tg_keymat_init_whole(&keymat, &sealed->envelope.ck);
    for (int holed = 0; holed < 2; holed++) {
        tg_buf_clear(&out);
        cr_assert_eq(tg_reseal_make(&sealed->envelope.envelope.manifest, &keymat, holed ? hashes : NULL,
                                    &tj->id, &tj->keys.seal, &random, &out),
                     TG_OK);
        for (size_t i = 0; i < out.bytes; i++) {
            TG_AUTO(tg_resealed) struct tg_resealed resealed = {0};
            out.data[i] ^= 4;
            cr_assert(tg_reseal_open(&sealed->envelope.envelope, tj->vault, &tj->id, tg_buf_view(&out),
                                     &sealed->arena, &resealed, NULL));
            out.data[i] ^= 4;
        }
        cr_assert_eq(tg_keymat_erase(&keymat, &sealed->envelope.envelope.manifest.where, 1), TG_OK);
    }
    sealed_free(sealed);
}

/* ---- between nodes ---- */

static struct tg_envelope_ref ref_of(const struct trio *trio, int origin, uint64_t index)
{
    return (struct tg_envelope_ref){.log = {.origin = trio_id(trio, origin)}, .index = index};
}

static tg_err give(struct trio *trio, int holder, int origin, uint64_t index, int asker)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    struct tg_envelope_ref ref = ref_of(trio, origin, index);
    struct tg_hash id = trio_id(trio, asker);
    return tg_reseal_give(trio->at[holder]->node, &ref, &id, &out);
}

Test(reseal, control_nobody_gets_a_key_but_origin_and_audience)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO(KG), alert_json("to KG alone", "routine"));
    trio_publish(trio, TJ, TO_ALL, alert_json("to both", "routine"));
    cr_assert_eq(give(trio, KG, TJ, 0, TJ), TG_OK, "the origin");
    cr_assert_eq(give(trio, TJ, TJ, 0, KG), TG_OK, "of its audience");
    cr_assert_eq(give(trio, TJ, TJ, 0, UZ), TG_EAUDIENCE);
    cr_assert_eq(give(trio, KG, TJ, 0, UZ), TG_EAUDIENCE);
    cr_assert_eq(give(trio, KG, TJ, 1, UZ), TG_OK, "of the audience, from another of it");
    cr_assert_eq(give(trio, UZ, TJ, 0, TJ), TG_ENOENT, "it does not hold it");
    trio_free(trio);
}

/* What arrives at `to` as if `from` had sent it. */
static void inject(struct trio *trio, int from, int to, const struct tg_msg_reseal *reseal)
{
    TG_AUTO(tg_buf) struct tg_buf frame = {0};
    struct tg_msg msg = {.type = TG_MSG_RESEAL, .reseal = *reseal};
    cr_assert_eq(tg_msg_encode(&msg, &frame, NULL), TG_OK);
    struct tg_transport_event event = {.kind = TG_LINK_MESSAGE,
                                       .peer = trio_id(trio, from),
                                       .lane = TG_LANE_BULK,
                                       .message = tg_buf_view(&frame)};
    tg_node_on_transport(trio->at[to]->node, &event);
}

static struct tg_sync_peer_view view_of(struct trio *trio, int at, int peer)
{
    struct tg_sync_peer_view view = {.greeted = false};
    struct tg_hash id = trio_id(trio, peer);
    cr_assert(tg_sync_peer(trio->at[at]->node->sync, &id, &view));
    return view;
}

Test(reseal, asking_for_what_one_may_not_read_is_counted_and_so_is_asking_too_much)
{
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO(KG), alert_json("to KG alone", "routine"));
    struct tg_msg_reseal wanted = {.origin = trio_id(trio, TJ), .kind = TG_RESEAL_WANTED};
    uint64_t odd = view_of(trio, KG, UZ).oddities;
    inject(trio, UZ, KG, &wanted);
    cr_assert_eq(view_of(trio, KG, UZ).oddities, odd + 1);
    cr_assert_eq(view_of(trio, KG, UZ).resealed, 0);
    for (int i = 0; i < TG_SYNC_RESEALS_PER_SECOND_MAX + 50; i++) inject(trio, TJ, KG, &wanted);
    cr_assert_eq(view_of(trio, KG, TJ).resealed, TG_SYNC_RESEALS_PER_SECOND_MAX);
    trio_run(trio);
    inject(trio, TJ, KG, &wanted);
    cr_assert_eq(view_of(trio, KG, TJ).resealed, TG_SYNC_RESEALS_PER_SECOND_MAX + 1);
    trio_free(trio);
}

/* A key that nobody asked for changes nothing. */
Test(reseal, a_key_that_was_not_asked_for_is_left)
{
    static const uint8_t stanza[TG_STANZA_BYTES] = {1};
    struct trio *trio = trio_new();
    trio_publish(trio, TJ, TO(KG), alert_json("to KG", "routine"));
    struct tg_msg_reseal key = {
        .origin = trio_id(trio, TJ), .kind = TG_RESEAL_KEY, .sealed = TG_VIEW_ARRAY(stanza)};
    inject(trio, UZ, KG, &key);
    trio_run(trio);
    cr_assert_eq(view_of(trio, KG, UZ).oddities, 0);
    trio_free(trio);
}

/* ---- a seal key that was destroyed ---- */

/* KG with all its keys but the seal key, which is another one now, and a card that says so. */
static void rekeyed(struct trio *trio, struct member_node *kg)
{
    static const char *const names[] = {TG_VAULT_LOG,   TG_VAULT_CLOCK, TG_VAULT_STORE, TG_VAULT_ENVELOPE,
                                        TG_VAULT_CURVE, TG_VAULT_WRAP,  TG_VAULT_DERIVE};
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    uint8_t secret[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        member_secret(names[i], "KG", secret);
        cr_assert_eq(tg_keyfile_put(&keyfile, names[i], secret, sizeof secret), TG_OK);
    }
    member_secret("another seal", "KG", secret);
    cr_assert_eq(tg_keyfile_put(&keyfile, TG_VAULT_SEAL, secret, sizeof secret), TG_OK);
    tg_vault_free(kg->vault);
    cr_assert_eq(tg_vault_new(&keyfile, &kg->vault, NULL), TG_OK);
    tg_vault_public_of(kg->vault, &kg->keys);
    cr_assert_eq(tg_card_open(tg_buf_view(&trio->cards[KG]), card, NULL), TG_OK);
    card->serial++;
    card->has_prev = true;
    card->prev = card->text_hash;
    card->seal = kg->keys.seal;
    struct tg_signer signer = tg_signer_of_secret(&kg->root);
    tg_buf_clear(&trio->cards[KG]);
    cr_assert_eq(tg_card_sign(card, &signer, NULL, NULL, &trio->cards[KG], NULL), TG_OK);
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

Test(reseal, what_was_sealed_to_a_destroyed_key_opens_again_for_its_addressee)
{
    struct trio *trio = trio_new();
    struct bench *kg = trio->at[KG];
    char command[128];
    trio_publish(trio, TJ, TO(KG), alert_json("to KG alone", "routine"));
    trio_publish(trio, TJ, TO_ALL, alert_json("to both", "routine"));
    trio_publish(trio, TJ, TO(UZ), alert_json("to UZ alone", "routine"));
    trio_stop(trio, KG);
    snprintf(command, sizeof command, "rm -rf '%s'/*", kg->dir);
    cr_assert_eq(system(command), 0);
    member_init(&trio->members[KG], "KG");
    rekeyed(trio, &trio->members[KG]);
    bench_start(kg, &trio->members[KG], tg_buf_view(&trio->cards[KG]));
    for (int i = TJ; i < TRIO; i++) {
        if (i == KG) continue;
        trio_enrol(trio, i, KG);
        trio_enrol(trio, KG, i);
        trio_link(trio, i, KG, true);
    }
    for (int i = 0; i < 6; i++) trio_run(trio);
    cr_assert_eq(look(trio, KG, "TJ-0"), TG_OK);
    cr_assert_eq(look(trio, KG, "TJ-1"), TG_OK);
    cr_assert_neq(look(trio, KG, "TJ-2"), TG_OK);
    cr_assert_geq(view_of(trio, TJ, KG).resealed, 2);
    /* It is refused no more: the origin is told that both are held. */
    const struct tg_hash id = trio_id(trio, KG);
    for (uint64_t index = 0; index < 2; index++)
        cr_assert_eq(tg_receipts_holding(trio->at[TJ]->node, &id, 0, index, 0), TG_HOLDING_STORED, "TJ-%d",
                     (int)index);
    trio_free(trio);
}
