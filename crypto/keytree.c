/* Key tree and punctured sets.
 *
 * Knows no envelope. Format: docs/formats.md "Keys of a batch", docs/formats-keys.md "Punctured set".
 */
#include "crypto/keytree.h"

#include <assert.h>

#include "base/cursor.h"
#include "crypto/hash.h"

static const char tree_label[] = "tamga/tree/v1";
static const char leaf_label[] = "tamga/leaf-key/v1";

#define NODE_BYTES (1 + 2 + TG_KEY_BYTES)

static void child_of(const uint8_t seed[static 32], unsigned bit, uint8_t ret_child[static 32])
{
    uint8_t message[sizeof tree_label + 1];
    memcpy(message, tree_label, sizeof tree_label);
    message[sizeof tree_label] = (uint8_t)bit;
    tg_blake2b(seed, TG_VIEW_ARRAY(message), ret_child, 32);
}

void tg_leaf_key_release(struct tg_leaf_key *leaf_key)
{
    if (leaf_key != NULL) tg_wipe(leaf_key, sizeof *leaf_key);
}

/* Leaves under a node: [first, first + count). */
static unsigned node_first(const struct tg_keynode *node)
{
    return (unsigned)node->prefix << (TG_TREE_DEPTH - node->depth);
}

static unsigned node_leaves(const struct tg_keynode *node)
{
    return 1u << (TG_TREE_DEPTH - node->depth);
}

static bool node_covers(const struct tg_keynode *node, unsigned leaf)
{
    return leaf < TG_TREE_LEAVES && leaf >> (TG_TREE_DEPTH - node->depth) == node->prefix;
}

/* Index of the node over that leaf, or count. */
static size_t set_find(const struct tg_keyset *set, unsigned leaf)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct tg_keynode *node = &set->nodes[middle];
        if (node_first(node) + node_leaves(node) <= leaf)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && node_covers(&set->nodes[low], leaf) ? low : set->count;
}

/* Room for count nodes; old storage is wiped. */
static tg_err set_reserve(struct tg_keyset *set, size_t count)
{
    if (count <= set->capacity) return TG_OK;
    if (count > TG_PUNCTURED_NODES_MAX + TG_TREE_DEPTH) return TG_ELIMIT;
    const size_t capacity = count < 16 ? 16 : count * 2;
    struct tg_keynode *nodes = calloc(capacity, sizeof *nodes);
    if (nodes == NULL) return TG_ENOMEM;
    if (set->count > 0) memcpy(nodes, set->nodes, set->count * sizeof *nodes);
    if (set->nodes != NULL) tg_wipe(set->nodes, set->capacity * sizeof *nodes);
    free(set->nodes);
    set->nodes = nodes;
    set->capacity = capacity;
    return TG_OK;
}

tg_err tg_keyset_init_whole(struct tg_keyset *set, const struct tg_key *root_seed)
{
    struct tg_keyset made = {0};
    const tg_err err = set_reserve(&made, 1);
    if (err != TG_OK) return err;
    memcpy(made.nodes[0].seed, root_seed->bytes, TG_KEY_BYTES);
    made.count = 1;
    *set = made;
    return TG_OK;
}

tg_err tg_keyset_copy(const struct tg_keyset *set, struct tg_keyset *ret_copy)
{
    struct tg_keyset copy = {0};
    const tg_err err = set_reserve(&copy, set->count);
    if (err != TG_OK) return err;
    if (set->count > 0) memcpy(copy.nodes, set->nodes, set->count * sizeof *set->nodes);
    copy.count = set->count;
    *ret_copy = copy;
    return TG_OK;
}

void tg_keyset_release(struct tg_keyset *set)
{
    if (set == NULL) return;
    if (set->nodes != NULL) tg_wipe(set->nodes, set->capacity * sizeof *set->nodes);
    free(set->nodes);
    *set = (struct tg_keyset){0};
}

bool tg_keyset_covers(const struct tg_keyset *set, unsigned leaf)
{
    return set_find(set, leaf) < set->count;
}

/* The siblings along the path from node to leaf, in leaf order: those on the left from the top down, then those on
 * the right from the bottom up. Returns how many. */
static size_t siblings_of(const struct tg_keynode *node, unsigned leaf,
                          struct tg_keynode ret_siblings[static TG_TREE_DEPTH])
{
    const size_t count = (size_t)(TG_TREE_DEPTH - node->depth);
    size_t left = 0, right = count;
    TG_AUTO(tg_key) struct tg_key seed;

    memcpy(seed.bytes, node->seed, sizeof seed.bytes);
    for (unsigned depth = node->depth + 1u; depth <= TG_TREE_DEPTH; depth++) {
        const unsigned prefix = leaf >> (TG_TREE_DEPTH - depth);
        const unsigned bit = prefix & 1u;
        struct tg_keynode *sibling = bit == 1 ? &ret_siblings[left++] : &ret_siblings[--right];
        sibling->depth = (uint8_t)depth;
        sibling->prefix = (uint16_t)(prefix ^ 1u);
        child_of(seed.bytes, bit ^ 1u, sibling->seed);
        child_of(seed.bytes, bit, seed.bytes);
    }
    return count;
}

tg_err tg_keyset_erase(struct tg_keyset *set, unsigned leaf)
{
    struct tg_keynode siblings[TG_TREE_DEPTH];
    if (leaf >= TG_TREE_LEAVES) return TG_EVALUE;
    const size_t at = set_find(set, leaf);
    if (at == set->count) return TG_OK;
    const tg_err err = set_reserve(set, set->count + TG_TREE_DEPTH);
    if (err != TG_OK) return err;

    const size_t count = siblings_of(&set->nodes[at], leaf, siblings);
    const size_t behind = set->count - at - 1;
    memmove(&set->nodes[at + count], &set->nodes[at + 1], behind * sizeof *set->nodes);
    memcpy(&set->nodes[at], siblings, count * sizeof *siblings);
    if (count == 0) tg_wipe(&set->nodes[set->count - 1], sizeof *set->nodes);
    set->count = set->count - 1 + count;
    tg_wipe(siblings, sizeof siblings);
    return TG_OK;
}

tg_err tg_keyset_encode(const struct tg_keyset *set, struct tg_buf *out)
{
    tg_err err = tg_buf_reserve(out, 2 + set->count * NODE_BYTES);
    if (err != TG_OK) return err;
    struct tg_wr wr = tg_wr_init(out->data + out->bytes, out->capacity - out->bytes);
    tg_wr_u16(&wr, (uint16_t)set->count);
    for (size_t i = 0; i < set->count; i++) {
        tg_wr_u8(&wr, set->nodes[i].depth);
        tg_wr_u16(&wr, set->nodes[i].prefix);
        tg_wr_put(&wr, set->nodes[i].seed, TG_KEY_BYTES);
    }
    if (wr.err != TG_OK) return wr.err;
    out->bytes += wr.at;
    return TG_OK;
}

/* Valid, behind the one before, and not its sibling. */
static bool node_follows(const struct tg_keynode *node, const struct tg_keynode *before)
{
    if (node->depth > TG_TREE_DEPTH || node->prefix >> node->depth != 0) return false;
    if (before == NULL) return true;
    if (node_first(node) < node_first(before) + node_leaves(before)) return false;
    return !(node->depth == before->depth && (node->prefix ^ 1u) == before->prefix);
}

tg_err tg_keyset_decode(struct tg_view bytes, struct tg_keyset *ret_set)
{
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    struct tg_rd rd = tg_rd_init(bytes);
    const size_t count = tg_rd_u16(&rd);
    if (rd.err != TG_OK || count > TG_PUNCTURED_NODES_MAX || rd.left != count * NODE_BYTES) return TG_EFORMAT;
    const tg_err err = set_reserve(&set, count);
    if (err != TG_OK) return err;
    for (size_t i = 0; i < count; i++) {
        struct tg_keynode *node = &set.nodes[i];
        node->depth = tg_rd_u8(&rd);
        node->prefix = tg_rd_u16(&rd);
        tg_rd_copy(&rd, node->seed, TG_KEY_BYTES);
        if (!node_follows(node, i > 0 ? node - 1 : NULL)) return TG_EFORMAT;
        set.count++;
    }
    *ret_set = set;
    set = (struct tg_keyset){0};
    return TG_OK;
}

void tg_keywalk_init(struct tg_keywalk *walk, const struct tg_keyset *set)
{
    walk->set = set;
    walk->node = 0;
    walk->leaf = 0;
    walk->depth_from = TG_TREE_DEPTH + 1;
}

void tg_keywalk_release(struct tg_keywalk *walk)
{
    if (walk != NULL) tg_wipe(walk, sizeof *walk);
}

/* Depth down to which the paths to both leaves are the same. */
static unsigned common_depth(unsigned a, unsigned b)
{
    unsigned depth = TG_TREE_DEPTH;
    for (unsigned differ = a ^ b; differ != 0; differ >>= 1) depth--;
    return depth;
}

/* Bring the path to that leaf, from as far down as the last one serves. */
static tg_err walk_to(struct tg_keywalk *walk, unsigned leaf)
{
    if (leaf >= TG_TREE_LEAVES) return TG_EVALUE;
    unsigned depth = common_depth(walk->leaf, leaf);
    if (walk->depth_from > TG_TREE_DEPTH || depth < walk->depth_from ||
        !node_covers(&walk->set->nodes[walk->node], leaf)) {
        walk->node = set_find(walk->set, leaf);
        if (walk->node == walk->set->count) {
            walk->depth_from = TG_TREE_DEPTH + 1;
            return TG_EWITHDRAWN;
        }
        depth = walk->depth_from = walk->set->nodes[walk->node].depth;
        memcpy(walk->seeds[depth], walk->set->nodes[walk->node].seed, TG_KEY_BYTES);
    }
    for (; depth < TG_TREE_DEPTH; depth++)
        child_of(walk->seeds[depth], leaf >> (TG_TREE_DEPTH - 1 - depth) & 1u, walk->seeds[depth + 1]);
    walk->leaf = leaf;
    return TG_OK;
}

tg_err tg_keywalk_leaf_seed(struct tg_keywalk *walk, unsigned leaf, struct tg_key *ret_seed)
{
    const tg_err err = walk_to(walk, leaf);
    if (err == TG_OK) memcpy(ret_seed->bytes, walk->seeds[TG_TREE_DEPTH], TG_KEY_BYTES);
    return err;
}

tg_err tg_keywalk_leaf(struct tg_keywalk *walk, unsigned leaf, struct tg_leaf_key *ret_leaf_key)
{
    uint8_t keys[64];
    const tg_err err = walk_to(walk, leaf);
    if (err != TG_OK) return err;
    tg_blake2b(walk->seeds[TG_TREE_DEPTH], TG_VIEW_ARRAY(leaf_label), keys, sizeof keys);
    memcpy(ret_leaf_key->key, keys, sizeof ret_leaf_key->key);
    memcpy(ret_leaf_key->salt, keys + 32, sizeof ret_leaf_key->salt);
    tg_wipe(keys, sizeof keys);
    return TG_OK;
}
