/* Evidence about one record of TJ, made the same way every time, for tests of proto/evidence.h and of `verify`.
 *
 * Keys and card are those of tests/data/tamga; the record is invented.
 */
#ifndef TG_TESTS_EVIDENCE_MAKE_H
#define TG_TESTS_EVIDENCE_MAKE_H

#include "federation.h"
#include "proto/evidence.h"
#include "proto/json.h"

#define MADE_RECORDS 5
#define MADE_LEAVES 9
#define MADE_INDEX 6
#define MADE_ITEM 3

/* Everything that the parts point into. */
struct evidence_made {
    struct federation all;
    struct tg_arena arena;
    struct seeded seeded;
    char *card_note;
    struct tg_card *card;
    struct tg_sealed sealed;
    struct tg_buf checkpoint;
    struct tg_view records[MADE_RECORDS];
    struct tg_evidence evidence;
};

static inline char *made_card_note(const char *country)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    char *text = NULL;
    size_t i;
    json_array_foreach(member(json, "cards"), i, one)
    {
        if (strcmp(text_of(one, "country"), country) == 0) text = strdup(text_of(one, "note"));
    }
    json_decref(json);
    cr_assert_not_null(text);
    return text;
}

static inline struct tg_view made_record(struct evidence_made *made, size_t i)
{
    char *json = tg_arena_textf(&made->arena,
                                "{\"v\":1,\"kind\":\"incident\",\"head\":{\"source\":{\"type\":\"human\"},"
                                "\"handling\":{\"tlp\":\"amber\"}},\"incident\":{\"kind\":\"smuggling\","
                                "\"title\":\"telephone %zu found in bread\",\"from\":\"2024-06-0%zu\"}}",
                                i, i);
    struct tg_view bytes;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_record_from_json(tg_view_str(json), &made->arena, &bytes, &em), TG_OK, "%s", em.text);
    return bytes;
}

static inline void made_seal(struct evidence_made *made)
{
    struct tg_random random = seeded_random(&made->seeded);
    struct tg_signer signer = tg_vault_signer(made->all.tj.vault, TG_VAULT_KEY_ENVELOPE);
    struct tg_recipient to = {
        .id = made->all.kg.id, .seal = made->all.kg.keys.seal, .previous = TG_NO_PREVIOUS};
    for (size_t i = 0; i < MADE_RECORDS; i++) made->records[i] = made_record(made, i + 1);
    struct tg_seal_params params = {.position = {.origin = made->all.tj.id, .index = MADE_INDEX},
                                    .envelope_key = &made->all.tj.envelope_key,
                                    .signer = &signer,
                                    .created = 1718000000,
                                    .card_hash = made->card->text_hash,
                                    .audience = &to,
                                    .audience_count = 1,
                                    .recovery = made->all.tj.recovery_public,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = made->records,
                                    .record_count = MADE_RECORDS};
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_envelope_seal(&params, &random, &made->sealed, &em), TG_OK, "%s", em.text);
}

static inline void made_log(struct evidence_made *made)
{
    struct tg_hash leaves[MADE_LEAVES], root;
    for (size_t i = 0; i < MADE_LEAVES; i++) {
        uint8_t leaf[TG_LEAF_BYTES] = {1, (uint8_t)i};
        if (i == MADE_INDEX) memcpy(leaf, made->sealed.leaf, sizeof leaf);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &leaves[i]);
    }
    struct tg_merkle_memory memory = {leaves, MADE_LEAVES};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    cr_assert_eq(tg_merkle_inclusion(&reader, MADE_INDEX, MADE_LEAVES, &made->evidence.inclusion), TG_OK);
    tg_merkle_root_of(leaves, MADE_LEAVES, &root);
    struct tg_checkpoint checkpoint = {.size = MADE_LEAVES, .root = root};
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", made->all.tj.log_key.name);
    struct tg_signer log = tg_vault_signer(made->all.tj.vault, TG_VAULT_KEY_LOG);
    struct tg_signer clock = tg_vault_signer(made->all.kg.vault, TG_VAULT_KEY_CLOCK);
    cr_assert_eq(tg_checkpoint_sign(&checkpoint, &made->all.tj.log_key, &log, &made->checkpoint), TG_OK);
    cr_assert_eq(
        tg_checkpoint_cosign(&checkpoint, &made->all.kg.clock_key, 1718000100, &clock, &made->checkpoint),
        TG_OK);
}

static inline void evidence_make(struct evidence_made *made)
{
    memset(made, 0, sizeof *made);
    made->seeded = (struct seeded){.seed = 20240630};
    federation_init(&made->all);
    tg_arena_init(&made->arena, 64u << 20);
    made->card_note = made_card_note("TJ");
    made->card = calloc(1, sizeof *made->card);
    cr_assert_eq(tg_card_open(tg_view_str(made->card_note), made->card, NULL), TG_OK);
    made_seal(made);
    made_log(made);
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_envelope_open_key(&made->sealed.envelope, &made->sealed.ck, &made->all.tj.id,
                                      &made->arena, &batch, &em),
                 TG_OK, "%s", em.text);
    cr_assert_eq(tg_record_proof_of_batch(&made->sealed.envelope, &batch, MADE_ITEM, &made->evidence.proof),
                 TG_OK);
    made->evidence.card = tg_view_str(made->card_note);
    made->evidence.head = made->sealed.envelope.head;
    made->evidence.index = MADE_INDEX;
    made->evidence.checkpoint = tg_buf_view(&made->checkpoint);
    made->evidence.record = made->records[MADE_ITEM - 1];
}

static inline void evidence_unmake(struct evidence_made *made)
{
    tg_sealed_release(&made->sealed);
    tg_buf_release(&made->checkpoint);
    free(made->card_note);
    free(made->card);
    federation_release(&made->all);
    tg_arena_release(&made->arena);
}

#endif
