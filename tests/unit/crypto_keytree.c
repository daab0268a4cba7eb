/* Key tree, punctured sets, what is kept of a content key: vectors and laws. */
#include "crypto/batchkey.h"
#include "vectors.h"

static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}
TestSuite(crypto_keytree, .init = start);

static void vector_root(json_t *tree, struct tg_key *ret_root)
{
    hex_into(tree, "root", ret_root->bytes, sizeof ret_root->bytes);
}

Test(crypto_keytree, leaves_are_those_of_the_vectors_in_any_order)
{
    json_t *json = vectors_load("tamga/formats.json"), *one;
    json_t *tree = member(json, "key_tree");
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    TG_AUTO(tg_keywalk) struct tg_keywalk walk;
    struct tg_key root;
    size_t i;
    vector_root(tree, &root);
    assert_err(tg_keyset_init_whole(&set, &root), TG_OK);
    tg_keywalk_init(&walk, &set);
    for (int pass = 0; pass < 2; pass++) {
        json_t *leaves = member(tree, "leaves");
        json_array_foreach(leaves, i, one)
        {
            json_t *leaf = pass == 0 ? one : json_array_get(leaves, json_array_size(leaves) - 1 - i);
            struct tg_key seed, want_seed;
            struct tg_leaf_key got;
            uint8_t want[32], salt[16];
            hex_into(leaf, "seed", want_seed.bytes, 32);
            hex_into(leaf, "key", want, 32);
            hex_into(leaf, "salt", salt, 16);
            assert_err(tg_keywalk_leaf(&walk, (unsigned)number_of(leaf, "i"), &got), TG_OK);
            assert_err(tg_keywalk_leaf_seed(&walk, (unsigned)number_of(leaf, "i"), &seed), TG_OK);
            assert_bytes(seed.bytes, want_seed.bytes, 32, "seed of leaf");
            assert_bytes(got.key, want, 32, "key of leaf");
            assert_bytes(got.salt, salt, 16, "salt of leaf");
        }
    }
    struct tg_leaf_key out;
    assert_err(tg_keywalk_leaf(&walk, TG_TREE_LEAVES, &out), TG_EVALUE);
    json_decref(json);
}

Test(crypto_keytree, punctured_sets_are_those_of_the_vectors)
{
    json_t *json = vectors_load("tamga/formats.json"), *one, *item;
    json_t *tree = member(json, "key_tree");
    struct tg_key root;
    size_t i, k;
    vector_root(tree, &root);
    json_array_foreach(member(tree, "punctured"), i, one)
    {
        TG_AUTO(tg_keyset) struct tg_keyset set = {0};
        assert_err(tg_keyset_init_whole(&set, &root), TG_OK);
        json_array_foreach(member(one, "erased"), k, item)
        {
            assert_err(tg_keyset_erase(&set, (unsigned)json_integer_value(item)), TG_OK);
            assert_err(tg_keyset_erase(&set, (unsigned)json_integer_value(item)), TG_OK); /* twice is once */
        }
        json_t *seeds = member(one, "seeds");
        cr_assert_eq(set.count, json_array_size(seeds));
        json_array_foreach(seeds, k, item)
        {
            uint8_t want[32];
            hex_into(item, "seed", want, 32);
            cr_assert_eq(set.nodes[k].depth, number_of(item, "depth"));
            cr_assert_eq(set.nodes[k].prefix, number_of(item, "prefix"));
            assert_bytes(set.nodes[k].seed, want, 32, "seed");
        }
    }
    cr_assert_eq(i, 6);
    json_decref(json);
}

/* Law: after erasing any set, exactly the others are derived, with the same keys, and no kept seed is an ancestor of an
 * erased leaf; the encoding gives the same set back. */
static void erase_law(const unsigned *erased, size_t erased_count)
{
    static const struct tg_key root = {{42}};
    TG_AUTO(tg_keyset) struct tg_keyset whole = {0}, holes = {0}, again = {0};
    TG_AUTO(tg_keywalk) struct tg_keywalk walk_whole, walk_holes;
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    bool is_erased[TG_TREE_LEAVES] = {false};
    assert_err(tg_keyset_init_whole(&whole, &root), TG_OK);
    assert_err(tg_keyset_copy(&whole, &holes), TG_OK);
    for (size_t i = 0; i < erased_count; i++) {
        is_erased[erased[i]] = true;
        assert_err(tg_keyset_erase(&holes, erased[i]), TG_OK);
    }
    assert_err(tg_keyset_encode(&holes, &bytes), TG_OK);
    assert_err(tg_keyset_decode(tg_buf_view(&bytes), &again), TG_OK);
    cr_assert_eq(again.count, holes.count);
    cr_assert_leq(holes.count, TG_PUNCTURED_NODES_MAX);
    tg_keywalk_init(&walk_whole, &whole);
    tg_keywalk_init(&walk_holes, &again);
    for (unsigned leaf = 0; leaf < TG_TREE_LEAVES; leaf++) {
        struct tg_leaf_key want, got;
        cr_assert_eq(tg_keyset_covers(&holes, leaf), !is_erased[leaf]);
        const tg_err err = tg_keywalk_leaf(&walk_holes, leaf, &got);
        cr_assert_eq(err, is_erased[leaf] ? TG_EWITHDRAWN : TG_OK);
        if (err != TG_OK) continue;
        assert_err(tg_keywalk_leaf(&walk_whole, leaf, &want), TG_OK);
        assert_bytes(&got, &want, sizeof got, "leaf %u", leaf);
    }
    for (size_t i = 0; i < holes.count; i++)
        for (size_t k = 0; k < erased_count; k++)
            cr_assert_neq(erased[k] >> (TG_TREE_DEPTH - holes.nodes[i].depth), holes.nodes[i].prefix);
}

Test(crypto_keytree, puncture_leaves_no_path_to_the_erased_and_keeps_all_others)
{
    struct seeded seeded = {.seed = 1};
    static unsigned erased[TG_TREE_LEAVES];
    for (int round = 0; round < 40; round++) {
        const size_t count = 1 + seeded_below(&seeded, round < 30 ? 20 : 1200);
        for (size_t i = 0; i < count; i++) erased[i] = (unsigned)seeded_below(&seeded, TG_TREE_LEAVES);
        erase_law(erased, count);
    }
    for (unsigned i = 0; i < TG_TREE_LEAVES / 2; i++) erased[i] = 2 * i; /* the largest set there is */
    erase_law(erased, TG_TREE_LEAVES / 2);
    for (unsigned i = 0; i < TG_TREE_LEAVES; i++) erased[i] = i; /* nothing left */
    erase_law(erased, TG_TREE_LEAVES);
}

Test(crypto_keytree, order_of_erasing_does_not_matter)
{
    static const struct tg_key root = {{9}};
    TG_AUTO(tg_keyset) struct tg_keyset a = {0}, b = {0};
    TG_AUTO(tg_buf) struct tg_buf bytes_a = {0}, bytes_b = {0};
    assert_err(tg_keyset_init_whole(&a, &root), TG_OK);
    assert_err(tg_keyset_init_whole(&b, &root), TG_OK);
    for (unsigned i = 0; i < 100; i++) {
        assert_err(tg_keyset_erase(&a, i * 17 % 1025), TG_OK);
        assert_err(tg_keyset_erase(&b, (99 - i) * 17 % 1025), TG_OK);
    }
    assert_err(tg_keyset_encode(&a, &bytes_a), TG_OK);
    assert_err(tg_keyset_encode(&b, &bytes_b), TG_OK);
    cr_assert(tg_view_equal(tg_buf_view(&bytes_a), tg_buf_view(&bytes_b)));
    assert_err(tg_keyset_erase(&a, TG_TREE_LEAVES), TG_EVALUE);
}

Test(crypto_keytree, refuses_encodings_that_no_puncture_makes)
{
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    uint8_t bytes[2 + 2 * 35] = {0, 2};
    struct {
        const char *name;
        uint8_t depth_a, depth_b;
        uint16_t prefix_a, prefix_b;
    } cases[] = {
        {"siblings", 1, 1, 0, 1}, {"overlap", 1, 2, 0, 1},   {"out of order", 2, 2, 3, 0},
        {"same", 3, 3, 2, 2},     {"too deep", 12, 1, 0, 1}, {"prefix over its depth", 1, 2, 2, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes[2] = cases[i].depth_a;
        tg_be16_put(bytes + 3, cases[i].prefix_a);
        bytes[37] = cases[i].depth_b;
        tg_be16_put(bytes + 38, cases[i].prefix_b);
        cr_assert_eq(tg_keyset_decode(TG_VIEW_ARRAY(bytes), &set), TG_EFORMAT, "%s", cases[i].name);
    }
    bytes[2] = 2, bytes[37] = 2;
    tg_be16_put(bytes + 3, 0);
    tg_be16_put(bytes + 38, 2);
    assert_err(tg_keyset_decode(TG_VIEW_ARRAY(bytes), &set), TG_OK);
    assert_err(tg_keyset_decode(tg_view_of(bytes, sizeof bytes - 1), &set), TG_EFORMAT);
}

Test(crypto_keytree, key_material_erases_itself_into_a_set)
{
    static const struct tg_key ck = {{1, 2, 3}};
    const struct tg_where where = {.suite = 1, .epoch = 2, .index = 3};
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0}, back = {0};
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct tg_hash commitment;
    struct tg_key root;
    static const struct tg_key nothing;
    tg_batchkey_derive(&ck, &where, &commitment, &root);
    tg_keymat_init_whole(&keymat, &ck);
    assert_err(tg_keymat_encode(&keymat, &bytes), TG_OK);
    cr_assert_eq(bytes.bytes, 33);
    assert_err(tg_keymat_decode(tg_buf_view(&bytes), &back), TG_OK);
    cr_assert(back.whole);
    assert_err(tg_keymat_set(&back, &where, &commitment, &set), TG_OK);
    cr_assert_eq(set.count, 1);
    tg_keyset_release(&set);
    commitment.bytes[0] ^= 1;
    assert_err(tg_keymat_set(&back, &where, &commitment, &set), TG_ECOMMIT);
    assert_err(tg_keymat_erase(&back, &where, 7), TG_OK);
    cr_assert(!back.whole);
    assert_bytes(back.ck.bytes, nothing.bytes, 32, "the content key is gone");
    assert_err(tg_keymat_set(&back, &where, &commitment, &set), TG_OK);
    cr_assert_eq(set.count, 11);
    tg_buf_clear(&bytes);
    assert_err(tg_keymat_encode(&back, &bytes), TG_OK);
    tg_keymat_release(&back);
    assert_err(tg_keymat_decode(tg_buf_view(&bytes), &back), TG_OK);
    bytes.data[0] = 3;
    TG_AUTO(tg_keymat) struct tg_keymat newer = {0};
    assert_err(tg_keymat_decode(tg_buf_view(&bytes), &newer), TG_EVERSION);
}
