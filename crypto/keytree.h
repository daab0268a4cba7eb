/* The key tree of a batch: one seed, 2,048 leaves, a key and a salt at each; and sets with holes in them.
 *
 * Knows no envelope. Format: docs/formats.md "Keys of a batch"; encodings: docs/formats-keys.md.
 */
#ifndef TG_CRYPTO_KEYTREE_H
#define TG_CRYPTO_KEYTREE_H

#include "base/limits.h"
#include "crypto/secret.h"

#define TG_TREE_LEAVES (1u << TG_TREE_DEPTH)
#define TG_SALT_BYTES 16

/* What leaf i gives: the key that seals item i once, and the salt of record i. */
struct tg_leaf_key {
    uint8_t key[32];
    uint8_t salt[TG_SALT_BYTES];
};
void tg_leaf_key_release(struct tg_leaf_key *leaf_key);
TG_AUTO_DEFINE(tg_leaf_key, tg_leaf_key_release)

/* A node of the tree: derives the leaves prefix << (11 - depth) .. (prefix + 1) << (11 - depth) - 1. */
struct tg_keynode {
    uint16_t prefix;
    uint8_t depth;
    uint8_t seed[TG_KEY_BYTES];
};

/* The nodes that derive every leaf but the erased ones: disjoint, in leaf order, as few as possible.
 * A whole tree is one node of depth 0. Zero-initialised is the set that derives nothing. Heap, wiped. */
struct tg_keyset {
    struct tg_keynode *nodes;
    size_t count;
    size_t capacity;
};
tg_err tg_keyset_init_whole(struct tg_keyset *set, const struct tg_key *root_seed);
tg_err tg_keyset_copy(const struct tg_keyset *set, struct tg_keyset *ret_copy);
void tg_keyset_release(struct tg_keyset *set);
TG_AUTO_DEFINE(tg_keyset, tg_keyset_release)
bool tg_keyset_covers(const struct tg_keyset *set, unsigned leaf);
/* Replaces the node over that leaf by the ≤ 11 siblings that exclude it, and wipes it. Erasing an erased leaf is
 * fine. TG_EVALUE for leaf ≥ TG_TREE_LEAVES, TG_ENOMEM; the set is unchanged then. */
tg_err tg_keyset_erase(struct tg_keyset *set, unsigned leaf);
/* u16 count ‖ count × (u8 depth ‖ u16 prefix ‖ seed 32), appended. The buffer then holds secrets. */
tg_err tg_keyset_encode(const struct tg_keyset *set, struct tg_buf *out);
/* The whole view. TG_EFORMAT unless nodes are valid, disjoint, in order, and no two are siblings. */
tg_err tg_keyset_decode(struct tg_view bytes, struct tg_keyset *ret_set);

/* Derives leaves, keeping the path: leaves in order cost two hashes each instead of twelve. Borrows the set. */
struct tg_keywalk {
    const struct tg_keyset *set;
    size_t node;         /* the set's node that the path starts from */
    unsigned leaf;       /* the path's end */
    unsigned depth_from; /* seeds[depth_from..11] are the path; TG_TREE_DEPTH + 1: none yet */
    uint8_t seeds[TG_TREE_DEPTH + 1][TG_KEY_BYTES];
};
void tg_keywalk_init(struct tg_keywalk *walk, const struct tg_keyset *set);
/* TG_EWITHDRAWN when the leaf is erased, TG_EVALUE for leaf ≥ TG_TREE_LEAVES. */
tg_err tg_keywalk_leaf(struct tg_keywalk *walk, unsigned leaf, struct tg_leaf_key *ret_leaf_key);
/* Seed of the leaf itself, for vectors. */
tg_err tg_keywalk_leaf_seed(struct tg_keywalk *walk, unsigned leaf, struct tg_key *ret_seed);
void tg_keywalk_release(struct tg_keywalk *walk);
TG_AUTO_DEFINE(tg_keywalk, tg_keywalk_release)

#endif
