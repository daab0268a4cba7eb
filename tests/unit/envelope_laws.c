/* Laws of envelopes: every flipped bit is refused, one item opens without the others, an erased one never again, edges of
 * every limit.
 */
#include "federation.h"

static struct federation all;
static struct seeded seeded;
static struct tg_random fixed_random;
static void start(void)
{
    federation_init(&all);
    seeded = (struct seeded){.seed = 2026};
    fixed_random = seeded_random(&seeded);
}
static void stop(void)
{
    federation_release(&all);
}
TestSuite(envelope_laws, .init = start, .fini = stop);

struct kit {
    struct tg_recipient audience[TG_AUDIENCE_MAX + 1];
    struct tg_view *records;
    uint8_t *data;
    struct tg_signer signer;
    struct tg_seal_params params;
};
/* TJ writes count records of the given size to KG and UZ. */
static void kit_init(struct kit *kit, size_t count, size_t bytes)
{
    memset(kit, 0, sizeof *kit);
    kit->records = calloc(count, sizeof *kit->records);
    kit->data = calloc(count, bytes + 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = kit->data + i * (bytes + 1);
        seeded_fill(&seeded, at, bytes < 32 ? bytes : 32);
        kit->records[i] = tg_view_of(at, bytes);
    }
    kit->audience[0] =
        (struct tg_recipient){.id = all.kg.id, .seal = all.kg.keys.seal, .previous = TG_NO_PREVIOUS};
    kit->audience[1] = (struct tg_recipient){.id = all.uz.id, .seal = all.uz.keys.seal, .previous = 3};
    kit->signer = tg_vault_signer(all.tj.vault, TG_VAULT_KEY_ENVELOPE);
    kit->params = (struct tg_seal_params){
        .position = {.origin = all.tj.id, .epoch = 2, .index = 77},
        .envelope_key = &all.tj.envelope_key,
        .signer = &kit->signer,
        .created = 1790000000,
        .precedence = TG_FLASH,
        .audience = kit->audience,
        .audience_count = 2,
        .recovery = all.tj.recovery_public,
        .recovery_previous = TG_NO_PREVIOUS,
        .records = kit->records,
        .record_count = count,
    };
}
static void kit_release(struct kit *kit)
{
    free(kit->records);
    free(kit->data);
}
TG_AUTO_DEFINE(kit, kit_release)

static tg_err receive(const struct kit *kit, struct tg_view wire, uint32_t slot, struct tg_arena *arena)
{
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    struct tg_envelope envelope;
    tg_err err = tg_envelope_parse(wire, &envelope, NULL);
    if (err == TG_OK) err = tg_envelope_verify(&envelope, &kit->params.position, &all.tj.envelope_key, NULL);
    if (err == TG_OK) err = tg_envelope_open(&envelope, all.kg.vault, &all.kg.id, slot, arena, &batch, NULL);
    return err;
}

Test(envelope_laws, every_flipped_bit_and_every_cut_is_refused)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(kit) struct kit kit;
    tg_arena_init(&arena, 1 << 20);
    kit_init(&kit, 3, 5);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    assert_err(receive(&kit, tg_buf_view(&sealed.wire), sealed.slots[0], &arena), TG_OK);
    for (size_t bit = 0; bit < 8 * sealed.wire.bytes; bit++) {
        sealed.wire.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(receive(&kit, tg_buf_view(&sealed.wire), sealed.slots[0], &arena), TG_OK, "bit %zu",
                      bit);
        sealed.wire.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < sealed.wire.bytes; cut++)
        cr_assert_neq(receive(&kit, tg_view_of(sealed.wire.data, cut), sealed.slots[0], &arena), TG_OK);
    assert_err(receive(&kit, tg_buf_view(&sealed.wire), sealed.slots[1], &arena), TG_ESTANZA);
    assert_err(receive(&kit, tg_buf_view(&sealed.wire), sealed.envelope.manifest.stanza_count, &arena),
               TG_ESTANZA);
}

Test(envelope_laws, wrong_place_key_and_reader_are_refused)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    TG_AUTO(kit) struct kit kit;
    tg_arena_init(&arena, 1 << 20);
    kit_init(&kit, 1, 5);
    kit.params.audience_count = 1;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    const struct tg_envelope *envelope = &sealed.envelope;
    struct tg_position position = kit.params.position;
    position.index++;
    assert_err(tg_envelope_verify(envelope, &position, &all.tj.envelope_key, NULL), TG_EPOSITION);
    position = kit.params.position, position.epoch++;
    assert_err(tg_envelope_verify(envelope, &position, &all.tj.envelope_key, NULL), TG_EPOSITION);
    position = kit.params.position, position.origin = all.kg.id;
    assert_err(tg_envelope_verify(envelope, &position, &all.tj.envelope_key, NULL), TG_EPOSITION);
    assert_err(tg_envelope_verify(envelope, &kit.params.position, &all.kg.envelope_key, NULL), TG_EKEY);
    /* UZ has the content key by some other way: it still must not take what was not addressed to it. */
    assert_err(tg_envelope_open_key(envelope, &sealed.ck, &all.uz.id, &arena, &batch, NULL), TG_EAUDIENCE);
    assert_err(tg_envelope_open_key(envelope, &sealed.ck, &all.kg.id, &arena, &batch, NULL), TG_OK);
    assert_err(tg_envelope_open_key(envelope, &sealed.ck, &all.tj.id, &arena, &batch, NULL), TG_OK);
    sealed.ck.bytes[0] ^= 1;
    assert_err(tg_envelope_open_key(envelope, &sealed.ck, &all.kg.id, &arena, &batch, NULL), TG_ECOMMIT);
    /* Over its budget it fails cleanly. */
    TG_AUTO(tg_arena) struct tg_arena tiny;
    tg_arena_init(&tiny, 64);
    sealed.ck.bytes[0] ^= 1;
    assert_err(tg_envelope_open_key(envelope, &sealed.ck, &all.kg.id, &tiny, &batch, NULL), TG_ENOMEM);
}

Test(envelope_laws, one_item_opens_alone_and_an_erased_one_never_again)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(kit) struct kit kit;
    bool erased[1025] = {false};
    kit_init(&kit, 1024, 40);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    const struct tg_envelope *envelope = &sealed.envelope;
    const struct tg_manifest *manifest = &envelope->manifest;
    tg_keymat_init_whole(&keymat, &sealed.ck);
    for (int round = 0; round < 30; round++) {
        TG_AUTO(tg_opener) struct tg_opener opener;
        assert_err(tg_opener_init(&opener, &keymat, manifest, envelope->body), TG_OK);
        for (int k = 0; k < 60; k++) {
            const uint32_t item = 1 + (uint32_t)seeded_below(&seeded, 1024);
            uint8_t out[64];
            size_t bytes = 0;
            assert_err(tg_opener_item_bytes(&opener, item, &bytes), TG_OK);
            cr_assert_eq(bytes, 40);
            const tg_err err = tg_opener_item(&opener, item, out, NULL);
            cr_assert_eq(err, erased[item] ? TG_EWITHDRAWN : TG_OK);
            if (err == TG_OK) assert_bytes(out, kit.records[item - 1].data, 40, "item %u", item);
        }
        uint8_t out[64];
        assert_err(tg_opener_item(&opener, 1025, out, NULL), TG_EVALUE);
        const uint32_t gone = 1 + (uint32_t)seeded_below(&seeded, 1024);
        erased[gone] = true;
        assert_err(tg_keymat_erase(&keymat, &manifest->where, gone), TG_OK);
    }
}

Test(envelope_laws, single_item_of_a_damaged_body_is_refused)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(tg_opener) struct tg_opener opener = {0};
    TG_AUTO(kit) struct kit kit;
    uint8_t out[2048];
    kit_init(&kit, 4, 8);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    const struct tg_manifest *manifest = &sealed.envelope.manifest;
    const struct tg_view body = sealed.envelope.body;
    uint8_t *bytes = sealed.wire.data + (sealed.wire.bytes - body.bytes);
    tg_keymat_init_whole(&keymat, &sealed.ck);
    assert_err(tg_opener_init(&opener, &keymat, manifest, tg_view_of(body.data, body.bytes - 1)), TG_ECOUNT);
    assert_err(tg_opener_init(&opener, &keymat, manifest, body), TG_OK);
    for (size_t at = 0; at < body.bytes; at++) {
        size_t room = 0;
        bytes[at] ^= 0x20;
        for (uint32_t item = 1; item <= 4; item++)
            if (tg_opener_item_bytes(&opener, item, &room) == TG_OK && room <= sizeof out &&
                tg_opener_item(&opener, item, out, NULL) == TG_OK)
                assert_bytes(out, kit.records[item - 1].data, 8, "never a wrong answer");
        bytes[at] ^= 0x20;
    }
    struct tg_key other = sealed.ck;
    other.bytes[31] ^= 1;
    tg_keymat_init_whole(&keymat, &other);
    struct tg_opener refused = {0};
    assert_err(tg_opener_init(&refused, &keymat, manifest, body), TG_ECOMMIT);
}

Test(envelope_laws, a_record_is_proved_without_the_others)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    tg_arena_init(&arena, 1 << 22);
    for (size_t count = 1; count <= 70; count += 23) {
        TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
        TG_AUTO(kit) struct kit kit;
        kit_init(&kit, count, 9);
        assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
        assert_err(tg_envelope_open_key(&sealed.envelope, &sealed.ck, &all.kg.id, &arena, &batch, NULL),
                   TG_OK);
        for (uint32_t item = 1; item <= count; item++) {
            struct tg_record_proof proof;
            struct tg_hash id;
            assert_err(tg_record_proof_of_batch(&sealed.envelope, &batch, item, &proof), TG_OK);
            assert_err(tg_record_proof_verify(&proof, &sealed.envelope.manifest), TG_OK);
            tg_record_id_of(kit.records[item - 1], &id);
            cr_assert(tg_hash_equal(&id, &proof.record_id));
            proof.salt[3] ^= 1;
            assert_err(tg_record_proof_verify(&proof, &sealed.envelope.manifest), TG_EROOT);
            proof.salt[3] ^= 1, proof.record_id.bytes[0] ^= 1;
            assert_err(tg_record_proof_verify(&proof, &sealed.envelope.manifest), TG_EROOT);
            proof.record_id.bytes[0] ^= 1, proof.count++;
            assert_err(tg_record_proof_verify(&proof, &sealed.envelope.manifest), TG_EROOT);
        }
        struct tg_record_proof proof;
        assert_err(tg_record_proof_of_batch(&sealed.envelope, &batch, 0, &proof), TG_EVALUE);
        assert_err(tg_record_proof_of_batch(&sealed.envelope, &batch, (uint32_t)count + 1, &proof),
                   TG_EVALUE);
    }
}

Test(envelope_laws, limits_hold_on_both_sides)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(kit) struct kit kit;
    kit_init(&kit, TG_BATCH_RECORDS_MAX + 1, 1);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_ELIMIT);
    kit.params.record_count = 0;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_EVALUE);
    kit.params.record_count = 1;
    for (size_t i = 0; i <= TG_AUDIENCE_MAX; i++) {
        kit.audience[i] = (struct tg_recipient){.seal = all.kg.keys.seal};
        tg_be64_put(kit.audience[i].id.bytes, TG_AUDIENCE_MAX - i);
    }
    kit.params.audience_count = TG_AUDIENCE_MAX + 1;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_ELIMIT);
    kit.params.audience_count = TG_AUDIENCE_MAX;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    cr_assert_eq(sealed.envelope.manifest.stanza_count, TG_STANZAS_MAX);
    bool taken[TG_STANZAS_MAX] = {false};
    for (size_t i = 0; i < TG_AUDIENCE_MAX; i++) {
        cr_assert(!taken[sealed.slots[i]], "a slot each");
        taken[sealed.slots[i]] = true;
    }
    tg_sealed_release(&sealed);
    kit.audience[1].id = kit.audience[0].id;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_EVALUE);
    kit.audience[1].id = all.tj.id;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_EVALUE);
    kit.params.audience_count = 1;
    memset(&kit.audience[0].seal, 0, sizeof kit.audience[0].seal);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_EKEY);
    cr_assert_null(sealed.wire.data, "outputs untouched on failure");
}

Test(envelope_laws, largest_body_passes_and_one_byte_more_does_not)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(kit) struct kit kit;
    kit_init(&kit, 1, TG_BODY_BYTES_MAX);
    /* The sealer counts a full audience, so that the limit does not depend on who reads. */
    const size_t overhead = 8 + 4 + 16 + 16 + 2 + TG_AUDIENCE_MAX * 32;
    kit.records[0].bytes = TG_BODY_BYTES_MAX - overhead;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    tg_sealed_release(&sealed);
    kit.records[0].bytes++;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_ELIMIT);
}

Test(envelope_laws, padding_hides_small_audiences)
{
    cr_assert_eq(tg_seal_stanza_count(0, 0), 2);
    cr_assert_eq(tg_seal_stanza_count(1, 0), 2);
    cr_assert_eq(tg_seal_stanza_count(2, 0), 4);
    cr_assert_eq(tg_seal_stanza_count(3, 0), 4);
    cr_assert_eq(tg_seal_stanza_count(4, 0), 8);
    cr_assert_eq(tg_seal_stanza_count(TG_AUDIENCE_MAX, 0), TG_STANZAS_MAX);
    cr_assert_eq(tg_seal_stanza_count(1, 5), 8);
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(kit) struct kit kit;
    kit_init(&kit, 1, 1);
    kit.params.stanzas_min = 16;
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    cr_assert_eq(sealed.envelope.manifest.stanza_count, 16);
}

Test(envelope_laws, same_randomness_same_bytes_other_randomness_other_bytes)
{
    TG_AUTO(tg_sealed) struct tg_sealed a = {0}, b = {0}, c = {0};
    TG_AUTO(kit) struct kit kit;
    struct seeded one = {.seed = 5}, two = {.seed = 5}, three = {.seed = 6};
    const struct tg_random random_one = seeded_random(&one), random_two = seeded_random(&two);
    const struct tg_random random_three = seeded_random(&three);
    kit_init(&kit, 2, 10);
    assert_err(tg_envelope_seal(&kit.params, &random_one, &a, NULL), TG_OK);
    assert_err(tg_envelope_seal(&kit.params, &random_two, &b, NULL), TG_OK);
    assert_err(tg_envelope_seal(&kit.params, &random_three, &c, NULL), TG_OK);
    cr_assert(tg_view_equal(tg_buf_view(&a.wire), tg_buf_view(&b.wire)));
    cr_assert(!tg_view_equal(a.envelope.body, c.envelope.body));
}

Test(envelope_laws, control_envelopes_are_clear_signed_and_rooted)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    TG_AUTO(kit) struct kit kit;
    struct tg_envelope envelope;
    struct tg_record_proof proof;
    tg_arena_init(&arena, 1 << 20);
    kit_init(&kit, 3, 7);
    assert_err(tg_envelope_seal_control(&kit.params, &sealed, NULL), TG_EVALUE); /* it has no audience */
    kit.params.audience_count = 0;
    assert_err(tg_envelope_seal_control(&kit.params, &sealed, NULL), TG_OK);
    assert_err(tg_envelope_parse(tg_buf_view(&sealed.wire), &envelope, NULL), TG_OK);
    cr_assert(envelope.manifest.control);
    cr_assert_eq(envelope.stanzas.bytes, 0);
    assert_err(tg_envelope_verify(&envelope, &kit.params.position, &all.tj.envelope_key, NULL), TG_OK);
    assert_err(tg_envelope_open_control(&envelope, &arena, &batch, NULL), TG_OK);
    cr_assert_eq(batch.record_count, 3);
    for (size_t i = 0; i < 3; i++) cr_assert(tg_view_equal(batch.records[i], kit.records[i]));
    assert_err(tg_record_proof_of_batch(&envelope, &batch, 2, &proof), TG_OK);
    assert_err(tg_record_proof_verify(&proof, &envelope.manifest), TG_OK);
    assert_err(tg_envelope_open_key(&envelope, &sealed.ck, &all.kg.id, &arena, &batch, NULL), TG_EVALUE);
    for (size_t bit = 0; bit < 8 * sealed.wire.bytes; bit++) {
        sealed.wire.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        tg_err err = tg_envelope_parse(tg_buf_view(&sealed.wire), &envelope, NULL);
        if (err == TG_OK)
            err = tg_envelope_verify(&envelope, &kit.params.position, &all.tj.envelope_key, NULL);
        cr_assert_neq(err, TG_OK, "bit %zu", bit);
        sealed.wire.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

Test(envelope_laws, stored_parts_join_to_the_same_envelope)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(kit) struct kit kit;
    struct tg_envelope joined;
    kit_init(&kit, 2, 10);
    assert_err(tg_envelope_seal(&kit.params, &fixed_random, &sealed, NULL), TG_OK);
    const struct tg_envelope *whole = &sealed.envelope;
    assert_err(tg_envelope_join(whole->head, whole->stanzas, whole->body, &joined, NULL), TG_OK);
    assert_err(tg_envelope_verify(&joined, &kit.params.position, &all.tj.envelope_key, NULL), TG_OK);
    assert_err(tg_envelope_join(whole->head, (struct tg_view){0}, whole->body, &joined, NULL), TG_ESHORT);
    assert_err(
        tg_envelope_join(tg_view_of(whole->head.data, 319), whole->stanzas, whole->body, &joined, NULL),
        TG_ESHORT);
    uint8_t leaf[TG_LEAF_BYTES];
    tg_envelope_leaf(whole->head, leaf);
    assert_bytes(leaf, sealed.leaf, sizeof leaf, "leaf");
}
