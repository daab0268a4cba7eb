/* Merkle trees against RFC 6962 probes, a real log, our own vectors, and the laws that proofs keep. */
#include <stdio.h>

#include "crypto/merkle.h"
#include "vectors.h"

static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}
TestSuite(crypto_merkle, .init = start);

static void hash_from_hex(const char *hex, struct tg_hash *out)
{
    cr_assert_eq(tg_hex_decode(tg_view_str(hex), out->bytes, sizeof out->bytes), TG_OK);
}

Test(crypto_merkle, fixed_hashes_of_rfc6962)
{
    struct tg_hash got, want, a, b;
    tg_merkle_root_of(NULL, 0, &got);
    hash_from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &want);
    cr_assert(tg_hash_equal(&got, &want));
    tg_merkle_leaf_hash((struct tg_view){0}, &got);
    hash_from_hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", &want);
    cr_assert(tg_hash_equal(&got, &want));
    tg_merkle_leaf_hash(tg_view_str("L123456"), &got);
    hash_from_hex("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56", &want);
    cr_assert(tg_hash_equal(&got, &want));
    /* A node of two four-byte texts, as the reference library tests it, is the hash of 01 and both. */
    tg_sha256_of(tg_view_str("\x01N123N456"), &got);
    hash_from_hex("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb", &want);
    cr_assert(tg_hash_equal(&got, &want));
    memset(&a, 1, sizeof a), memset(&b, 2, sizeof b);
    uint8_t joined[65] = {1};
    memcpy(joined + 1, &a, 32), memcpy(joined + 33, &b, 32);
    tg_sha256_of(TG_VIEW_ARRAY(joined), &want);
    tg_merkle_node_hash(&a, &b, &got);
    cr_assert(tg_hash_equal(&got, &want));
}

/* False when a hash of the case is no hash: such a case can only be one that must fail. */
static bool hash_of(const char *base64, struct tg_hash *out)
{
    size_t bytes = 0;
    return tg_base64_decode(tg_view_str(base64), out->bytes, sizeof out->bytes, &bytes) == TG_OK &&
           bytes == sizeof out->bytes;
}
static bool proof_of(json_t *one, struct tg_merkle_proof *proof)
{
    json_t *array = json_object_get(one, "proof"), *item;
    size_t i;
    proof->count = 0;
    if (!json_is_array(array)) return true;
    json_array_foreach(array, i, item)
    {
        if (i == TG_MERKLE_LEVELS_MAX || !hash_of(json_string_value(item), &proof->path[proof->count++]))
            return false;
    }
    return true;
}

Test(crypto_merkle, rfc6962_inclusion_probes)
{
    json_t *json = vectors_load_as("rfc6962-merkle/inclusion.json", JSON_DECODE_INT_AS_REAL), *one;
    size_t i, good = 0;
    json_array_foreach(json, i, one)
    {
        struct tg_merkle_proof proof;
        struct tg_hash root, leaf;
        const bool shaped = hash_of(text_of(one, "root"), &root) &&
                            hash_of(text_of(one, "leafHash"), &leaf) && proof_of(one, &proof);
        const bool ok =
            shaped && tg_merkle_inclusion_verify(number_of(one, "leafIdx"), number_of(one, "treeSize"), &leaf,
                                                 &proof, &root) == TG_OK;
        cr_assert_eq(ok, json_is_false(member(one, "wantErr")), "%s", text_of(one, "file"));
        good += ok;
    }
    cr_assert_eq(i, 98);
    cr_assert_eq(good, 6);
    json_decref(json);
}

Test(crypto_merkle, rfc6962_consistency_probes)
{
    json_t *json = vectors_load_as("rfc6962-merkle/consistency.json", JSON_DECODE_INT_AS_REAL), *one;
    size_t i, good = 0, own_rule = 0;
    json_array_foreach(json, i, one)
    {
        struct tg_merkle_proof proof;
        struct tg_hash old_root, new_root;
        /* Roots in the hand-made cases are short texts; as zero-padded hashes they serve as well. */
        memset(&old_root, 0, sizeof old_root), memset(&new_root, 0, sizeof new_root);
        size_t bytes;
        (void)tg_base64_decode(tg_view_str(text_of(one, "root1")), old_root.bytes, 32, &bytes);
        (void)tg_base64_decode(tg_view_str(text_of(one, "root2")), new_root.bytes, 32, &bytes);
        const bool ok = proof_of(one, &proof) &&
                        tg_merkle_consistency_verify(number_of(one, "size1"), &old_root,
                                                     number_of(one, "size2"), &new_root, &proof) == TG_OK;
        const bool want = json_is_false(member(one, "wantErr"));
        good += ok;
        if (ok && !want) {
            /* That library refuses size 0 always; c2sp.org/tlog-witness and we accept it by an empty proof. */
            cr_assert_eq(number_of(one, "size1"), 0, "%s", text_of(one, "file"));
            own_rule++;
            continue;
        }
        cr_assert_eq(ok, want, "%s", text_of(one, "file"));
    }
    cr_assert_eq(i, 98);
    cr_assert_eq(good - own_rule, 6);
    json_decref(json);
}

Test(crypto_merkle, empty_tree_is_consistent_with_all_by_an_empty_proof)
{
    struct tg_merkle_proof proof = {0};
    struct tg_hash nothing, some = {{1}};
    tg_merkle_root_of(NULL, 0, &nothing);
    assert_err(tg_merkle_consistency_verify(0, &nothing, 5, &some, &proof), TG_OK);
    assert_err(tg_merkle_consistency_verify(0, &nothing, 0, &nothing, &proof), TG_OK);
    assert_err(tg_merkle_consistency_verify(0, &nothing, 0, &some, &proof), TG_EROOT);
    assert_err(tg_merkle_consistency_verify(0, &some, 5, &some, &proof), TG_EROOT);
    proof.count = 1;
    assert_err(tg_merkle_consistency_verify(0, &nothing, 5, &some, &proof), TG_EROOT);
}

/* --- laws --- */

struct complete {
    struct tg_hash nodes[12][1 << 11]; /* level, index */
    uint64_t count[12];
};
static tg_err complete_emit(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash)
{
    struct complete *complete = ctx;
    cr_assert_eq(complete->count[level]++, index, "every complete subtree once, in order");
    complete->nodes[level][index] = *hash;
    return TG_OK;
}
static tg_err complete_read(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash)
{
    const struct complete *complete = ctx;
    if (level >= 12 || index >= complete->count[level]) return TG_EVALUE;
    *ret_hash = complete->nodes[level][index];
    return TG_OK;
}

#define LEAVES 600
struct grown {
    struct complete complete;
    struct tg_hash leaves[LEAVES];
    struct tg_hash roots[LEAVES + 1];
};
static struct grown *grow(void)
{
    struct grown *grown = calloc(1, sizeof *grown);
    struct tg_merkle_frontier frontier = {0};
    cr_assert_not_null(grown);
    tg_merkle_root(&frontier, &grown->roots[0]);
    for (uint64_t i = 0; i < LEAVES; i++) {
        uint8_t data[8];
        tg_be64_put(data, i);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(data), &grown->leaves[i]);
        cr_assert_eq(tg_merkle_append(&frontier, &grown->leaves[i], complete_emit, &grown->complete), TG_OK);
        tg_merkle_root(&frontier, &grown->roots[i + 1]);
    }
    return grown;
}

Test(crypto_merkle, frontier_roots_are_those_of_the_definition)
{
    struct grown *grown = grow();
    const struct tg_merkle_reader reader = {.read = complete_read, .ctx = &grown->complete};
    for (uint64_t size = 0; size <= LEAVES; size++) {
        struct tg_hash root;
        struct tg_merkle_frontier frontier, again;
        uint8_t bytes[TG_MERKLE_FRONTIER_BYTES_MAX];
        tg_merkle_root_of(grown->leaves, size, &root);
        cr_assert(tg_hash_equal(&root, &grown->roots[size]));
        assert_err(tg_merkle_root_read(&reader, size, &root), TG_OK);
        cr_assert(tg_hash_equal(&root, &grown->roots[size]));
        assert_err(tg_merkle_frontier_read(&reader, size, &frontier), TG_OK);
        const size_t encoded = tg_merkle_frontier_encode(&frontier, bytes);
        assert_err(tg_merkle_frontier_decode(tg_view_of(bytes, encoded), &again), TG_OK);
        tg_merkle_root(&again, &root);
        cr_assert(tg_hash_equal(&root, &grown->roots[size]));
        if (encoded > 8)
            assert_err(tg_merkle_frontier_decode(tg_view_of(bytes, encoded - 1), &again), TG_ESHORT);
        bytes[encoded] = 0;
        assert_err(tg_merkle_frontier_decode(tg_view_of(bytes, encoded + 1), &again), TG_ETRAIL);
    }
    free(grown);
}

/* Definition of RFC 6962 §2.1, recursive, as a second opinion. */
static void root_by_definition(const struct tg_hash *leaves, size_t count, struct tg_hash *ret_root)
{
    struct tg_hash left, right;
    size_t split = 1;
    if (count == 1) {
        *ret_root = leaves[0];
        return;
    }
    while (split * 2 < count) split *= 2;
    root_by_definition(leaves, split, &left);
    root_by_definition(leaves + split, count - split, &right);
    tg_merkle_node_hash(&left, &right, ret_root);
}
Test(crypto_merkle, second_opinion_on_roots)
{
    struct grown *grown = grow();
    for (size_t size = 1; size <= LEAVES; size++) {
        struct tg_hash root;
        root_by_definition(grown->leaves, size, &root);
        cr_assert(tg_hash_equal(&root, &grown->roots[size]), "size %zu", size);
    }
    free(grown);
}

Test(crypto_merkle, proofs_of_random_sizes_verify_and_bent_ones_do_not)
{
    struct grown *grown = grow();
    struct seeded seeded = {.seed = 6962};
    const struct tg_merkle_reader reader = {.read = complete_read, .ctx = &grown->complete};
    for (int round = 0; round < 4000; round++) {
        struct tg_merkle_proof proof;
        const uint64_t size = 1 + seeded_below(&seeded, LEAVES);
        const uint64_t index = seeded_below(&seeded, size);
        const uint64_t old_size = seeded_below(&seeded, size + 1);
        const struct tg_hash *root = &grown->roots[size];
        assert_err(tg_merkle_inclusion(&reader, index, size, &proof), TG_OK);
        assert_err(tg_merkle_inclusion_verify(index, size, &grown->leaves[index], &proof, root), TG_OK);
        if (size > 1) {
            const uint64_t other = (index + 1 + seeded_below(&seeded, size - 1)) % size;
            cr_assert_neq(tg_merkle_inclusion_verify(other, size, &grown->leaves[index], &proof, root),
                          TG_OK);
            cr_assert_neq(tg_merkle_inclusion_verify(index, size, &grown->leaves[other], &proof, root),
                          TG_OK);
            proof.path[seeded_below(&seeded, proof.count)].bytes[seeded_below(&seeded, 32)] ^= 4;
            cr_assert_neq(tg_merkle_inclusion_verify(index, size, &grown->leaves[index], &proof, root),
                          TG_OK);
        }
        assert_err(tg_merkle_consistency(&reader, old_size, size, &proof), TG_OK);
        assert_err(tg_merkle_consistency_verify(old_size, &grown->roots[old_size], size, root, &proof),
                   TG_OK);
        if (old_size == 0 || old_size == size) continue;
        cr_assert_neq(tg_merkle_consistency_verify(old_size, &grown->roots[old_size - 1], size, root, &proof),
                      TG_OK);
        cr_assert_neq(tg_merkle_consistency_verify(old_size, &grown->roots[old_size], size,
                                                   &grown->roots[size - 1], &proof),
                      TG_OK);
        proof.path[seeded_below(&seeded, proof.count)].bytes[3] ^= 1;
        cr_assert_neq(tg_merkle_consistency_verify(old_size, &grown->roots[old_size], size, root, &proof),
                      TG_OK);
    }
    struct tg_merkle_proof proof;
    assert_err(tg_merkle_inclusion(&reader, 5, 5, &proof), TG_EVALUE);
    assert_err(tg_merkle_consistency(&reader, 6, 5, &proof), TG_EVALUE);
    free(grown);
}

static tg_err refuse(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash)
{
    (void)ctx, (void)index, (void)hash;
    return level == 1 ? TG_ESPACE : TG_OK;
}
Test(crypto_merkle, failed_emit_leaves_the_frontier_alone)
{
    struct tg_merkle_frontier frontier = {0}, before;
    const struct tg_hash leaf = {{1}};
    assert_err(tg_merkle_append(&frontier, &leaf, refuse, NULL), TG_OK);
    before = frontier;
    assert_err(tg_merkle_append(&frontier, &leaf, refuse, NULL), TG_ESPACE);
    assert_bytes(&before, &frontier, sizeof before, "unchanged");
    frontier.size = UINT64_MAX >> 1;
    assert_err(tg_merkle_append(&frontier, &leaf, NULL, NULL), TG_ELIMIT);
}

Test(crypto_merkle, our_own_log_vectors)
{
    json_t *json = vectors_load("tamga/formats.json"), *one, *item;
    json_t *log = member(json, "log"), *data = member(log, "leaf_data");
    struct tg_hash leaves[16], roots[17];
    struct tg_merkle_memory memory = {.leaf_hashes = leaves, .count = json_array_size(data)};
    const struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    TG_AUTO(tg_arena) struct tg_arena arena;
    size_t i, k;
    tg_arena_init(&arena, VECTORS_ARENA_BYTES);
    json_array_foreach(data, i, one)
        tg_merkle_leaf_hash(hex_view(&arena, json_string_value(one)), &leaves[i]);
    json_array_foreach(member(log, "checkpoints"), i, one)
    {
        struct tg_hash want;
        hex_into(one, "root", want.bytes, 32);
        tg_merkle_root_of(leaves, number_of(one, "size"), &roots[number_of(one, "size")]);
        cr_assert(tg_hash_equal(&roots[number_of(one, "size")], &want));
    }
    json_array_foreach(member(log, "inclusion"), i, one)
    {
        struct tg_merkle_proof proof;
        json_t *path = member(one, "path");
        assert_err(tg_merkle_inclusion(&reader, number_of(one, "index"), number_of(one, "size"), &proof),
                   TG_OK);
        cr_assert_eq(proof.count, json_array_size(path));
        json_array_foreach(path, k, item)
            assert_bytes(proof.path[k].bytes, hex_view(&arena, json_string_value(item)).data, 32, "path");
    }
    json_array_foreach(member(log, "consistency"), i, one)
    {
        struct tg_merkle_proof proof;
        json_t *path = member(one, "path");
        assert_err(tg_merkle_consistency(&reader, number_of(one, "old"), number_of(one, "new"), &proof),
                   TG_OK);
        cr_assert_eq(proof.count, json_array_size(path));
        json_array_foreach(path, k, item)
            assert_bytes(proof.path[k].bytes, hex_view(&arena, json_string_value(item)).data, 32, "path");
    }
    cr_assert_eq(json_array_size(member(log, "inclusion")), 21);
    json_decref(json);
}
