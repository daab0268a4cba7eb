/* Every envelope of tests/data/tamga made again byte for byte, opened by all who may, and refused by the rest. */
#include "federation.h"

static struct federation all;
static void start(void)
{
    federation_init(&all);
}
static void stop(void)
{
    federation_release(&all);
}
TestSuite(envelope_vectors, .init = start, .fini = stop);

/* The records of one vector: listed, or made by its rule. */
static struct tg_view *records_of(json_t *one, struct tg_arena *arena, size_t *ret_count)
{
    const char *rule = text_of(one, "records_rule");
    json_t *listed = json_object_get(one, "records"), *item;
    struct tg_view *records;
    size_t i;
    if (listed != NULL) {
        records = tg_arena_take_array(arena, json_array_size(listed), sizeof *records);
        json_array_foreach(listed, i, item) records[i] = hex_view(arena, json_string_value(item));
        *ret_count = json_array_size(listed);
        return records;
    }
    *ret_count = strncmp(rule, "1,024", 5) == 0 ? 1024 : 1;
    records = tg_arena_take_array(arena, *ret_count, sizeof *records);
    for (i = 0; i < *ret_count; i++) {
        char *text = *ret_count == 1 ? memset(tg_arena_take(arena, 70000), 'r', 70000)
                                     : tg_arena_textf(arena, "n%zu", i);
        records[i] = tg_view_of(text, *ret_count == 1 ? 70000 : strlen(text));
    }
    return records;
}

static uint64_t previous_of(json_t *one, const char *who)
{
    uint8_t bytes[8];
    hex_into(member(one, "previous"), who, bytes, 8);
    return tg_be64_get(bytes);
}

struct made {
    struct tg_recipient audience[2];
    struct tg_seal_params params;
    struct tg_seal_draw draw;
    struct tg_signer signer;
};

static void made_init(struct made *made, json_t *one, struct tg_arena *arena)
{
    json_t *names = member(one, "audience"), *name, *secrets = member(one, "ephemeral_secrets"), *item;
    struct member_node *origin = federation_member(&all, text_of(one, "origin"));
    size_t i;
    uint8_t manifest[TG_MANIFEST_BYTES];
    hex_into(one, "manifest", manifest, sizeof manifest);
    memset(made, 0, sizeof *made);
    made->signer = tg_vault_signer(origin->vault, TG_VAULT_KEY_ENVELOPE);
    made->params = (struct tg_seal_params){
        .position = {.origin = origin->id, .epoch = 0, .index = number_of(one, "index")},
        .envelope_key = &origin->envelope_key,
        .signer = &made->signer,
        .created = number_of(one, "created"),
        .precedence = (enum tg_precedence)number_of(one, "precedence"),
        .audience = made->audience,
        .audience_count = json_array_size(names),
        .recovery = origin->recovery_public,
        .recovery_previous = previous_of(one, "recovery"),
    };
    memcpy(made->params.card_hash.bytes, manifest + 216, 32);
    made->params.records = records_of(one, arena, &made->params.record_count);
    hex_into(one, "ck", made->draw.ck.bytes, 32);
    json_array_foreach(names, i, name)
    {
        const struct member_node *node = federation_member(&all, json_string_value(name));
        made->audience[i] = (struct tg_recipient){
            .id = node->id, .seal = node->keys.seal, .previous = previous_of(one, json_string_value(name))};
    }
    /* Ephemerals by recipient number: the audience in ascending order of id, recovery, padding. */
    size_t number = 0;
    for (int rank = 0; rank < 2; rank++) {
        for (i = 0; i < made->params.audience_count; i++) {
            const size_t before = made->params.audience_count == 2 &&
                                  tg_node_id_compare(&made->audience[1 - i].id, &made->audience[i].id) < 0;
            if (before != (size_t)rank) continue;
            hex_into(secrets, json_string_value(json_array_get(names, i)),
                     made->draw.ephemerals[number++].bytes, 32);
        }
    }
    hex_into(secrets, "recovery", made->draw.ephemerals[number++].bytes, 32);
    json_array_foreach(member(secrets, "padding"), i, item)
        memcpy(made->draw.ephemerals[number++].bytes, hex_view(arena, json_string_value(item)).data, 32);
    json_array_foreach(member(one, "padding"), i, item)
    {
        const struct tg_view plain = hex_of(arena, item, "plaintext");
        hex_into(item, "recipient_public", made->draw.padding[i].recipient.bytes, 32);
        memcpy(made->draw.padding[i].ck.bytes, plain.data, 32);
        made->draw.padding[i].previous = tg_be64_get(plain.data + 32);
    }
    made->draw.stanza_count = (uint32_t)json_array_size(member(one, "slot_order"));
    json_array_foreach(member(one, "slot_order"), i, item) made->draw.slot_order[i] =
        (uint8_t)json_integer_value(item);
}

static void parts_check(json_t *one, const struct tg_sealed *sealed, struct tg_arena *arena)
{
    const struct tg_envelope *envelope = &sealed->envelope;
    json_t *body = json_object_get(one, "body"), *item;
    struct tg_hash hash;
    uint8_t want[TG_LEAF_BYTES];
    size_t i;
    hex_into(one, "key_commitment", hash.bytes, 32);
    cr_assert(tg_hash_equal(&hash, &envelope->manifest.key_commitment), "key commitment");
    hex_into(one, "records_root", hash.bytes, 32);
    cr_assert(tg_hash_equal(&hash, &envelope->manifest.records_root), "records root");
    hex_into(one, "body_sha256", hash.bytes, 32);
    cr_assert(tg_hash_equal(&hash, &envelope->manifest.body_hash), "body");
    if (body != NULL) cr_assert(tg_view_equal(envelope->body, hex_of(arena, one, "body")));
    const struct tg_view stanzas = hex_of(arena, one, "stanzas");
    cr_assert_eq(stanzas.bytes, envelope->stanzas.bytes);
    for (i = 0; i * TG_STANZA_BYTES < stanzas.bytes; i++)
        assert_bytes(stanzas.data + i * TG_STANZA_BYTES, envelope->stanzas.data + i * TG_STANZA_BYTES,
                     TG_STANZA_BYTES, "envelope %d, stanza %zu", (int)number_of(one, "index"), i);
    const struct tg_view manifest = hex_of(arena, one, "manifest"),
                         signature = hex_of(arena, one, "signature");
    assert_bytes(envelope->head.data, manifest.data, TG_MANIFEST_BYTES, "manifest");
    assert_bytes(envelope->head.data + TG_MANIFEST_BYTES, signature.data, TG_SIGNATURE_BYTES, "signature");
    hex_into(one, "leaf_data", want, sizeof want);
    assert_bytes(sealed->leaf, want, sizeof want, "leaf");
    json_array_foreach(member(one, "record_ids"), i, item)
    {
        const struct tg_view id = hex_view(arena, json_string_value(item));
        assert_bytes(sealed->record_ids[i].bytes, id.data, 32, "record id %zu", i);
    }
}

static void readers_check(json_t *one, const struct made *made, const struct tg_sealed *sealed,
                          struct tg_arena *arena)
{
    const struct tg_seal_params *params = &made->params;
    const struct member_node *origin = federation_member(&all, text_of(one, "origin"));
    struct tg_errmsg em = {0};
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    assert_err(tg_envelope_verify(&sealed->envelope, &params->position, &origin->envelope_key, &em), TG_OK);
    json_t *names = member(one, "audience");
    for (size_t i = 0; i < params->audience_count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const struct member_node *reader = federation_member(&all, name);
        cr_assert_eq(sealed->slots[i], number_of(member(one, "slots"), name));
        cr_assert_eq(tg_envelope_open(&sealed->envelope, reader->vault, &reader->id, sealed->slots[i], arena,
                                      &batch, &em),
                     TG_OK, "%s: %s", name, em.text);
        cr_assert_eq(batch.previous, previous_of(one, name));
        cr_assert_eq(batch.audience_count, params->audience_count);
        cr_assert_eq(batch.record_count, params->record_count);
        for (size_t k = 0; k < batch.record_count; k++)
            cr_assert(tg_view_equal(batch.records[k], params->records[k]));
    }
    cr_assert_eq(sealed->recovery_slot, number_of(member(one, "slots"), "recovery"));
    for (int any = 0; any < 2; any++) {
        assert_err(tg_envelope_open_recovery(&sealed->envelope, &origin->recovery,
                                             any ? TG_SLOT_ANY : sealed->recovery_slot, arena, &batch, &em),
                   TG_OK);
        cr_assert_eq(batch.previous, params->recovery_previous);
    }
    assert_err(tg_envelope_open_key(&sealed->envelope, &sealed->ck, &origin->id, arena, &batch, &em), TG_OK);
}

Test(envelope_vectors, all_six_are_made_and_opened)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    size_t i;
    json_array_foreach(member(json, "envelopes"), i, one)
    {
        TG_AUTO(tg_arena) struct tg_arena arena;
        TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
        struct tg_errmsg em = {0};
        struct made made;
        tg_arena_init(&arena, VECTORS_ARENA_BYTES);
        made_init(&made, one, &arena);
        cr_assert_eq(tg_envelope_seal_drawn(&made.params, &made.draw, &sealed, &em), TG_OK, "%zu: %s", i,
                     em.text);
        parts_check(one, &sealed, &arena);
        readers_check(one, &made, &sealed, &arena);
    }
    cr_assert_eq(i, 6);
    json_decref(json);
}

/* What the reference says, in our errors; the order of checks may differ, the refusal may not. */
static tg_err refusal_of(const char *what)
{
    static const struct {
        const char *what;
        tg_err err;
    } table[] = {
        {"magic", TG_EMAGIC},
        {"version", TG_EMAGIC},
        {"suite", TG_ESUITE},
        {"reserved", TG_ERESERVED},
        {"reserved flags", TG_ERESERVED},
        {"precedence 4", TG_EVALUE},
        {"other index", TG_EPOSITION},
        {"signature", TG_ESIGNATURE},
        {"manifest bit", TG_ESIGNATURE},
        {"stanza bit", TG_EHASH},
        {"body bit", TG_EHASH},
        {"trailing byte", TG_ETRAIL},
        {"short", TG_ESHORT},
        {"empty", TG_EMAGIC},
        {"header only", TG_ESHORT},
        {"item bit, hashes mended (stanza aad fails)", TG_ESTANZA},
        {"stanza bit, hash mended", TG_ESTANZA},
        {"three stanzas", TG_ECOUNT},
        {"record count 3", TG_ECOUNT},
        {"commitment swapped", TG_ESTANZA},
        {"records root swapped", TG_ESTANZA},
        {"dishonest origin: commitment of another key", TG_ECOMMIT},
        {"dishonest origin: records root of other records", TG_EROOT},
        {"reader not in the audience", TG_EAUDIENCE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].what, what) == 0) return table[i].err;
    cr_assert_fail("vector '%s' is not expected", what);
    return TG_OK;
}

/* What KG does with bytes that came for index 1. */
static tg_err kg_receives(struct tg_view wire, uint32_t slot, struct tg_arena *arena)
{
    const struct tg_position position = {.origin = all.tj.id, .epoch = 0, .index = 1};
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    struct tg_envelope envelope;
    tg_err err = tg_envelope_parse(wire, &envelope, NULL);
    if (err == TG_OK) err = tg_envelope_verify(&envelope, &position, &all.tj.envelope_key, NULL);
    if (err == TG_OK) err = tg_envelope_open(&envelope, all.kg.vault, &all.kg.id, slot, arena, &batch, NULL);
    return err;
}

static void refused(const char *what)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    size_t i;
    json_array_foreach(member(json, "envelopes_refused_by_KG_at_index_1"), i, one)
    {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, VECTORS_ARENA_BYTES);
        if (what != NULL && strcmp(what, text_of(one, "what")) != 0) continue;
        const tg_err err =
            kg_receives(hex_of(&arena, one, "envelope"), (uint32_t)number_of(one, "slot"), &arena);
        cr_assert_eq(err, refusal_of(text_of(one, "what")), "%s: %s", text_of(one, "what"), tg_err_name(err));
    }
    cr_assert_eq(i, 24);
    json_decref(json);
}

Test(envelope_vectors, all_that_must_be_refused_are_for_the_reason_given)
{
    refused(NULL);
}
Test(envelope_vectors, the_envelope_they_were_bent_from_opens)
{
    json_t *json = vectors_load("tamga/formats.json");
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, VECTORS_ARENA_BYTES);
    assert_err(kg_receives(hex_of(&arena, json, "envelope_1"), 1, &arena), TG_OK);
    json_decref(json);
}

/* The four whose check is removed in the negative controls (tests/controls.cmake): there, each must go red. */
Test(envelope_vectors, control_signature)
{
    refused("signature");
}
Test(envelope_vectors, control_commitment)
{
    refused("dishonest origin: commitment of another key");
}
Test(envelope_vectors, control_root)
{
    refused("dishonest origin: records root of other records");
}
Test(envelope_vectors, control_audience)
{
    refused("reader not in the audience");
}
