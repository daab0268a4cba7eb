/* Fork proofs: made of what an origin signed, believed with its card alone; and what proves nothing. */
#include "proto/fork.h"

#include "federation.h"
#include "service_help.h"

#define LEAVES 21

struct bend {
    struct federation all;
    struct tg_buf note;
    struct tg_card *card;
    struct tg_hash trees[2][LEAVES]; /* leaf hashes of two histories that part at `apart` */
    uint64_t apart;
};

static void bend_init(struct bend *bend, uint64_t apart)
{
    *bend = (struct bend){.apart = apart};
    federation_init(&bend->all);
    bench_card(&bend->all.tj, &bend->note);
    bend->card = malloc(sizeof *bend->card);
    cr_assert_eq(tg_card_open(tg_buf_view(&bend->note), bend->card, NULL), TG_OK);
    for (size_t side = 0; side < 2; side++)
        for (uint64_t i = 0; i < LEAVES; i++) {
            uint8_t leaf[TG_LEAF_BYTES] = {1, (uint8_t)i, (uint8_t)(i >= apart ? side : 0)};
            tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &bend->trees[side][i]);
        }
}
static void bend_release(struct bend *bend)
{
    free(bend->card);
    tg_buf_release(&bend->note);
    federation_release(&bend->all);
}

static void head_sign(struct bend *bend, size_t side, uint64_t size, struct tg_buf *out)
{
    struct tg_checkpoint checkpoint = {.size = size};
    memcpy(checkpoint.origin, bend->all.tj.log_key.name, sizeof checkpoint.origin);
    tg_merkle_root_of(bend->trees[side], size, &checkpoint.root);
    struct tg_signer signer = tg_vault_signer(bend->all.tj.vault, TG_VAULT_KEY_LOG);
    cr_assert_eq(tg_checkpoint_sign(&checkpoint, &bend->all.tj.log_key, &signer, out), TG_OK);
}

/* small of history 1, large of history 0, proven with the tree of history 0. */
static void evidence_make(struct bend *bend, uint64_t small, uint64_t large, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf one = {0}, two = {0};
    struct tg_fork *fork = calloc(1, sizeof *fork);
    head_sign(bend, 1, small, &one);
    head_sign(bend, 0, large, &two);
    *fork = (struct tg_fork){.kind = TG_FORK_CHECKPOINTS, .notes = {tg_buf_view(&one), tg_buf_view(&two)}};
    if (small < large) {
        struct tg_merkle_memory memory = {.leaf_hashes = bend->trees[0], .count = LEAVES};
        struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
        cr_assert_eq(tg_merkle_front(&reader, small, large, &fork->nodes), TG_OK);
    } else {
        struct tg_hash roots[2];
        for (size_t side = 0; side < 2; side++) tg_merkle_root_of(bend->trees[side], small, &roots[side]);
        bool swap = memcmp(&roots[1], &roots[0], 32) > 0;
        if (swap) fork->notes[0] = tg_buf_view(&two), fork->notes[1] = tg_buf_view(&one);
    }
    cr_assert_eq(tg_fork_encode(fork, out, NULL), TG_OK);
    free(fork);
}

static tg_err judge(const struct tg_card *card, uint32_t kind, struct tg_view evidence)
{
    struct tg_fork *fork = malloc(sizeof *fork);
    tg_err err = tg_fork_decode(kind, evidence, fork, NULL);
    if (!err) err = tg_fork_verify(fork, card, NULL);
    free(fork);
    return err;
}

Test(fork_proof, two_heads_of_any_two_sizes)
{
    for (uint64_t apart = 0; apart < 6; apart++) {
        struct bend bend;
        bend_init(&bend, apart);
        for (uint64_t small = 1; small <= LEAVES; small++)
            for (uint64_t large = small; large <= LEAVES; large++) {
                TG_AUTO(tg_buf) struct tg_buf evidence = {0};
                if (small == large && small <= apart) continue;
                evidence_make(&bend, small, large, &evidence);
                tg_err err = judge(bend.card, TG_FORK_CHECKPOINTS, tg_buf_view(&evidence));
                cr_expect_eq(err, small > apart ? TG_OK : TG_EVALUE, "%llu of %llu, apart at %llu: %s",
                             (unsigned long long)small, (unsigned long long)large, (unsigned long long)apart,
                             tg_err_name(err));
                cr_expect(evidence.bytes <= 2048, "%zu bytes", evidence.bytes);
            }
        bend_release(&bend);
    }
}

/* No bit of it is there for nothing. */
Test(fork_proof, any_other_bit_proves_nothing)
{
    struct bend bend;
    bend_init(&bend, 2);
    static const uint64_t sizes[][2] = {{4, 13}, {7, 21}, {5, 5}};
    for (size_t i = 0; i < 3; i++) {
        TG_AUTO(tg_buf) struct tg_buf evidence = {0};
        evidence_make(&bend, sizes[i][0], sizes[i][1], &evidence);
        for (size_t bit = 0; bit < evidence.bytes * 8; bit++) {
            evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            cr_expect_neq(judge(bend.card, TG_FORK_CHECKPOINTS, tg_buf_view(&evidence)), TG_OK,
                          "bit %zu may be flipped", bit);
            evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t bytes = 0; bytes < evidence.bytes; bytes++)
            cr_expect_neq(judge(bend.card, TG_FORK_CHECKPOINTS, tg_view_of(evidence.data, bytes)), TG_OK);
    }
    bend_release(&bend);
}

Test(fork_proof, another_nodes_card_says_nothing)
{
    struct bend bend;
    bend_init(&bend, 2);
    TG_AUTO(tg_buf) struct tg_buf evidence = {0}, note = {0};
    struct tg_card *kg = malloc(sizeof *kg);
    bench_card(&bend.all.kg, &note);
    cr_assert_eq(tg_card_open(tg_buf_view(&note), kg, NULL), TG_OK);
    evidence_make(&bend, 4, 9, &evidence);
    cr_expect_eq(judge(kg, TG_FORK_CHECKPOINTS, tg_buf_view(&evidence)), TG_EPOSITION);
    cr_expect_eq(judge(bend.card, 9, tg_buf_view(&evidence)), TG_ENEWER);
    free(kg);
    bend_release(&bend);
}

/* ---- manifests ---- */

static void head_seal(struct bend *bend, uint64_t index, uint64_t created, uint8_t out[static TG_HEAD_BYTES])
{
    struct tg_random random = *tg_random_system();
    struct tg_signer signer = tg_vault_signer(bend->all.tj.vault, TG_VAULT_KEY_ENVELOPE);
    struct tg_view record = tg_view_str("x");
    struct tg_seal_params params = {.position = {.origin = bend->all.tj.id, .index = index},
                                    .envelope_key = &bend->all.tj.envelope_key,
                                    .signer = &signer,
                                    .created = created,
                                    .card_hash = bend->card->text_hash,
                                    .recovery = bend->card->recovery,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = &record,
                                    .record_count = 1};
    struct tg_sealed sealed = {0};
    cr_assert_eq(tg_envelope_seal(&params, &random, &sealed, NULL), TG_OK);
    memcpy(out, sealed.envelope.head.data, TG_HEAD_BYTES);
    tg_sealed_release(&sealed);
}

static void leaf_hash(const uint8_t *head, struct tg_hash *ret_hash)
{
    uint8_t leaf[TG_LEAF_BYTES];
    tg_envelope_leaf(tg_view_of(head, TG_HEAD_BYTES), leaf);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), ret_hash);
}

Test(fork_proof, two_manifests_of_one_place)
{
    struct bend bend;
    bend_init(&bend, 2);
    uint8_t heads[3][TG_HEAD_BYTES];
    struct tg_hash hashes[2];
    head_seal(&bend, 7, 100, heads[0]);
    head_seal(&bend, 7, 101, heads[1]);
    head_seal(&bend, 8, 101, heads[2]);
    for (size_t i = 0; i < 2; i++) leaf_hash(heads[i], &hashes[i]);
    size_t first = memcmp(&hashes[0], &hashes[1], 32) < 0 ? 0 : 1;
    struct tg_fork *fork = calloc(1, sizeof *fork);
    TG_AUTO(tg_buf) struct tg_buf evidence = {0};
    *fork = (struct tg_fork){.kind = TG_FORK_MANIFESTS,
                             .heads = {TG_VIEW_ARRAY(heads[first]), TG_VIEW_ARRAY(heads[1 - first])}};
    cr_assert_eq(tg_fork_encode(fork, &evidence, NULL), TG_OK);
    cr_expect_eq(evidence.bytes, 640);
    cr_expect_eq(judge(bend.card, TG_FORK_MANIFESTS, tg_buf_view(&evidence)), TG_OK);
    for (size_t bit = 0; bit < evidence.bytes * 8; bit++) {
        evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(judge(bend.card, TG_FORK_MANIFESTS, tg_buf_view(&evidence)), TG_OK, "bit %zu", bit);
        evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memcpy(evidence.data + TG_HEAD_BYTES, evidence.data, TG_HEAD_BYTES);
    cr_expect_eq(judge(bend.card, TG_FORK_MANIFESTS, tg_buf_view(&evidence)), TG_EVALUE);
    memcpy(evidence.data + TG_HEAD_BYTES, heads[2], TG_HEAD_BYTES);
    cr_expect_eq(judge(bend.card, TG_FORK_MANIFESTS, tg_buf_view(&evidence)), TG_EPOSITION);
    free(fork);
    bend_release(&bend);
}

Test(fork_proof, a_manifest_against_the_leaf_in_its_place)
{
    struct bend bend;
    bend_init(&bend, 2);
    uint8_t head[TG_HEAD_BYTES], leaf[TG_LEAF_BYTES] = {1, 7, 0};
    TG_AUTO(tg_buf) struct tg_buf note = {0}, evidence = {0};
    head_seal(&bend, 7, 100, head);
    head_sign(&bend, 0, 13, &note);
    struct tg_fork *fork = calloc(1, sizeof *fork);
    *fork =
        (struct tg_fork){.kind = TG_FORK_LEAF, .heads = {TG_VIEW_ARRAY(head)}, .leaf = TG_VIEW_ARRAY(leaf)};
    fork->notes[1] = tg_buf_view(&note);
    struct tg_merkle_memory memory = {.leaf_hashes = bend.trees[0], .count = LEAVES};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    cr_assert_eq(tg_merkle_inclusion(&reader, 7, 13, &fork->nodes), TG_OK);
    cr_assert_eq(tg_fork_encode(fork, &evidence, NULL), TG_OK);
    cr_expect_eq(judge(bend.card, TG_FORK_LEAF, tg_buf_view(&evidence)), TG_OK);
    for (size_t bit = 0; bit < evidence.bytes * 8; bit++) {
        evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(judge(bend.card, TG_FORK_LEAF, tg_buf_view(&evidence)), TG_OK, "bit %zu", bit);
        evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(fork);
    bend_release(&bend);
}

Test(fork_proof, a_file_is_a_kind_and_its_evidence)
{
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    uint32_t kind;
    struct tg_view evidence;
    cr_assert_eq(tg_fork_file_encode(2, tg_view_str("abc"), &file), TG_OK);
    cr_assert_eq(tg_fork_file_decode(tg_buf_view(&file), &kind, &evidence), TG_OK);
    cr_expect_eq(kind, 2);
    cr_expect(tg_view_equal_str(evidence, "abc"));
    cr_expect_eq(tg_fork_file_decode(tg_view_of(file.data, 9), &kind, &evidence), TG_ESHORT);
    file.data[7] = 2;
    cr_expect_eq(tg_fork_file_decode(tg_buf_view(&file), &kind, &evidence), TG_EMAGIC);
}
