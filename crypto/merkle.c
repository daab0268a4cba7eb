/* RFC 6962 trees: frontier, subtree roots, proofs and their verification.
 *
 * Knows no storage. The two verifications follow RFC 9162 §2.1.3.2 and §2.1.4.2.
 */
#include "crypto/merkle.h"

#include "base/cursor.h"

#define LEAVES_MAX (UINT64_MAX >> 1)

void tg_merkle_leaf_hash(struct tg_view leaf, struct tg_hash *ret_hash)
{
    static const uint8_t prefix = 0x00;
    struct tg_sha256 state;
    tg_sha256_init(&state);
    tg_sha256_update(&state, tg_view_of(&prefix, 1));
    tg_sha256_update(&state, leaf);
    tg_sha256_final(&state, ret_hash);
}

void tg_merkle_node_hash(const struct tg_hash *left, const struct tg_hash *right, struct tg_hash *ret_hash)
{
    uint8_t node[1 + 2 * TG_HASH_BYTES];
    node[0] = 0x01;
    memcpy(node + 1, left->bytes, TG_HASH_BYTES);
    memcpy(node + 1 + TG_HASH_BYTES, right->bytes, TG_HASH_BYTES);
    tg_sha256_of(TG_VIEW_ARRAY(node), ret_hash);
}

static void empty_root(struct tg_hash *ret_root)
{
    tg_sha256_of((struct tg_view){0}, ret_root);
}

tg_err tg_merkle_append(struct tg_merkle_frontier *frontier, const struct tg_hash *leaf_hash,
                        tg_merkle_emit emit, void *ctx)
{
    const uint64_t index = frontier->size;
    struct tg_hash hash = *leaf_hash;
    unsigned level = 0;

    if (index >= LEAVES_MAX) return TG_ELIMIT;
    for (;; level++) {
        if (emit != NULL) {
            const tg_err err = emit(ctx, level, index >> level, &hash);
            if (err != TG_OK) return err;
        }
        if ((index >> level & 1) == 0) break;
        tg_merkle_node_hash(&frontier->nodes[level], &hash, &hash);
    }
    frontier->nodes[level] = hash;
    frontier->size = index + 1;
    return TG_OK;
}

void tg_merkle_root(const struct tg_merkle_frontier *frontier, struct tg_hash *ret_root)
{
    struct tg_hash root;
    bool some = false;
    for (unsigned level = 0; level < TG_MERKLE_LEVELS_MAX; level++) {
        if ((frontier->size >> level & 1) == 0) continue;
        if (some)
            tg_merkle_node_hash(&frontier->nodes[level], &root, &root);
        else
            root = frontier->nodes[level];
        some = true;
    }
    if (!some) empty_root(&root);
    *ret_root = root;
}

size_t tg_merkle_frontier_encode(const struct tg_merkle_frontier *frontier,
                                 uint8_t out[static TG_MERKLE_FRONTIER_BYTES_MAX])
{
    struct tg_wr wr = tg_wr_init(out, TG_MERKLE_FRONTIER_BYTES_MAX);
    tg_wr_u64(&wr, frontier->size);
    for (unsigned level = TG_MERKLE_LEVELS_MAX; level-- > 0;)
        if (frontier->size >> level & 1) tg_wr_put(&wr, frontier->nodes[level].bytes, TG_HASH_BYTES);
    return wr.at;
}

tg_err tg_merkle_frontier_decode(struct tg_view bytes, struct tg_merkle_frontier *ret_frontier)
{
    struct tg_merkle_frontier frontier = {0};
    struct tg_rd rd = tg_rd_init(bytes);
    frontier.size = tg_rd_u64(&rd);
    if (frontier.size > LEAVES_MAX) return TG_ELIMIT;
    for (unsigned level = TG_MERKLE_LEVELS_MAX; level-- > 0;)
        if (frontier.size >> level & 1) tg_rd_copy(&rd, frontier.nodes[level].bytes, TG_HASH_BYTES);
    const tg_err err = tg_rd_end(&rd);
    if (err != TG_OK) return err;
    *ret_frontier = frontier;
    return TG_OK;
}

void tg_merkle_root_of(const struct tg_hash *leaf_hashes, size_t count, struct tg_hash *ret_root)
{
    struct tg_merkle_frontier frontier;
    frontier.size = 0;
    for (size_t i = 0; i < count; i++) (void)tg_merkle_append(&frontier, &leaf_hashes[i], NULL, NULL);
    tg_merkle_root(&frontier, ret_root);
}

static tg_err memory_read(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash)
{
    const struct tg_merkle_memory *memory = ctx;
    const uint64_t leaves = UINT64_C(1) << level;
    if (index >= memory->count >> level) return TG_EVALUE;
    tg_merkle_root_of(memory->leaf_hashes + index * leaves, (size_t)leaves, ret_hash);
    return TG_OK;
}

struct tg_merkle_reader tg_merkle_reader_of_memory(const struct tg_merkle_memory *memory)
{
    void *ctx;
    memcpy(&ctx, &memory, sizeof ctx);
    return (struct tg_merkle_reader){.read = memory_read, .ctx = ctx};
}

static unsigned highest_bit(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

/* Root of leaves [begin, begin + count), where begin is a multiple of the power of two at or above count: that is how
 * RFC 6962 splits. Complete subtrees are read from left to right, then joined from the right. */
static tg_err range_root(const struct tg_merkle_reader *reader, uint64_t begin, uint64_t count,
                         struct tg_hash *ret_root)
{
    struct tg_hash parts[TG_MERKLE_LEVELS_MAX];
    size_t part_count = 0;

    if (count == 0) {
        empty_root(ret_root);
        return TG_OK;
    }
    while (count > 0) {
        const unsigned level = highest_bit(count);
        const tg_err err = reader->read(reader->ctx, level, begin >> level, &parts[part_count++]);
        if (err != TG_OK) return err;
        begin += UINT64_C(1) << level;
        count -= UINT64_C(1) << level;
    }
    struct tg_hash root = parts[--part_count];
    while (part_count > 0) tg_merkle_node_hash(&parts[--part_count], &root, &root);
    *ret_root = root;
    return TG_OK;
}

tg_err tg_merkle_root_read(const struct tg_merkle_reader *reader, uint64_t size, struct tg_hash *ret_root)
{
    return range_root(reader, 0, size, ret_root);
}

tg_err tg_merkle_frontier_read(const struct tg_merkle_reader *reader, uint64_t size,
                               struct tg_merkle_frontier *ret_frontier)
{
    struct tg_merkle_frontier frontier = {.size = size};
    if (size > LEAVES_MAX) return TG_ELIMIT;
    uint64_t begin = 0;
    for (unsigned level = TG_MERKLE_LEVELS_MAX; level-- > 0;) {
        if ((size >> level & 1) == 0) continue;
        const tg_err err = reader->read(reader->ctx, level, begin >> level, &frontier.nodes[level]);
        if (err != TG_OK) return err;
        begin += UINT64_C(1) << level;
    }
    *ret_frontier = frontier;
    return TG_OK;
}

/* Largest power of two below count, which is at least 2. */
static uint64_t split_of(uint64_t count)
{
    return UINT64_C(1) << highest_bit(count - 1);
}

static void proof_reverse(struct tg_merkle_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        const struct tg_hash kept = proof->path[i];
        proof->path[i] = proof->path[proof->count - 1 - i];
        proof->path[proof->count - 1 - i] = kept;
    }
}

tg_err tg_merkle_inclusion(const struct tg_merkle_reader *reader, uint64_t index, uint64_t size,
                           struct tg_merkle_proof *ret_proof)
{
    struct tg_merkle_proof proof = {0};
    uint64_t begin = 0, count = size;

    if (index >= size || size > LEAVES_MAX) return TG_EVALUE;
    while (count > 1) {
        const uint64_t left = split_of(count);
        const bool is_right = index - begin >= left;
        const tg_err err = is_right
                               ? range_root(reader, begin, left, &proof.path[proof.count])
                               : range_root(reader, begin + left, count - left, &proof.path[proof.count]);
        if (err != TG_OK) return err;
        proof.count++;
        if (is_right) begin += left;
        count = is_right ? count - left : left;
    }
    proof_reverse(&proof);
    *ret_proof = proof;
    return TG_OK;
}

/* SUBPROOF of RFC 6962 §2.1.2, from the top down, reversed at the end. */
tg_err tg_merkle_consistency(const struct tg_merkle_reader *reader, uint64_t old_size, uint64_t new_size,
                             struct tg_merkle_proof *ret_proof)
{
    struct tg_merkle_proof proof = {0};
    uint64_t begin = 0, old_count = old_size, count = new_size;
    bool known = true; /* the old subtree here is the old tree itself */
    tg_err err = TG_OK;

    if (old_size > new_size || new_size > LEAVES_MAX) return TG_EVALUE;
    while (old_size > 0 && old_count < count && err == TG_OK) {
        const uint64_t left = split_of(count);
        if (old_count <= left) {
            err = range_root(reader, begin + left, count - left, &proof.path[proof.count]);
            count = left;
        } else {
            err = range_root(reader, begin, left, &proof.path[proof.count]);
            begin += left;
            old_count -= left;
            count -= left;
            known = false;
        }
        proof.count++;
    }
    if (err == TG_OK && !known) err = range_root(reader, begin, count, &proof.path[proof.count++]);
    if (err != TG_OK) return err;
    proof_reverse(&proof);
    *ret_proof = proof;
    return TG_OK;
}

tg_err tg_merkle_inclusion_verify(uint64_t index, uint64_t size, const struct tg_hash *leaf_hash,
                                  const struct tg_merkle_proof *proof, const struct tg_hash *root)
{
    struct tg_hash hash = *leaf_hash;
    uint64_t node = index, last = size - 1;

    if (index >= size || size > LEAVES_MAX || proof->count > TG_MERKLE_LEVELS_MAX) return TG_EVALUE;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0) return TG_EROOT;
        if ((node & 1) == 1 || node == last) {
            tg_merkle_node_hash(&proof->path[i], &hash, &hash);
            while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
        } else {
            tg_merkle_node_hash(&hash, &proof->path[i], &hash);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && tg_hash_equal(&hash, root) ? TG_OK : TG_EROOT;
}

/* From the hash that both trees have in common on (seed), both roots grow by the same path. */
static tg_err consistency_walk(uint64_t old_size, uint64_t new_size, const struct tg_hash *seed,
                               const struct tg_hash *path, size_t count, struct tg_hash *ret_old,
                               struct tg_hash *ret_new)
{
    uint64_t node = old_size - 1, last = new_size - 1;
    struct tg_hash old_hash = *seed, new_hash = *seed;

    while ((node & 1) == 1) node >>= 1, last >>= 1;
    for (size_t at = 0; at < count; at++) {
        const struct tg_hash *next = &path[at];
        if (last == 0) return TG_EROOT;
        if ((node & 1) == 1 || node == last) {
            tg_merkle_node_hash(next, &old_hash, &old_hash);
            tg_merkle_node_hash(next, &new_hash, &new_hash);
            while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
        } else {
            tg_merkle_node_hash(&new_hash, next, &new_hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0) return TG_EROOT;
    *ret_old = old_hash;
    *ret_new = new_hash;
    return TG_OK;
}

static bool is_complete(uint64_t size)
{
    return (size & (size - 1)) == 0;
}

tg_err tg_merkle_consistency_verify(uint64_t old_size, const struct tg_hash *old_root, uint64_t new_size,
                                    const struct tg_hash *new_root, const struct tg_merkle_proof *proof)
{
    struct tg_hash nothing;
    if (old_size > new_size || new_size > LEAVES_MAX || proof->count > TG_MERKLE_LEVELS_MAX) return TG_EVALUE;
    if (old_size == 0) {
        empty_root(&nothing);
        if (proof->count != 0 || !tg_hash_equal(old_root, &nothing)) return TG_EROOT;
        return new_size > 0 || tg_hash_equal(new_root, &nothing) ? TG_OK : TG_EROOT;
    }
    if (old_size == new_size)
        return proof->count == 0 && tg_hash_equal(old_root, new_root) ? TG_OK : TG_EROOT;
    if (proof->count == 0) return TG_EROOT;
    const size_t first = is_complete(old_size) ? 0 : 1;
    struct tg_hash old_hash, new_hash;
    const tg_err err = consistency_walk(old_size, new_size, first == 0 ? old_root : &proof->path[0],
                                        proof->path + first, proof->count - first, &old_hash, &new_hash);
    if (err != TG_OK) return err;
    return tg_hash_equal(&old_hash, old_root) && tg_hash_equal(&new_hash, new_root) ? TG_OK : TG_EROOT;
}

tg_err tg_merkle_front(const struct tg_merkle_reader *reader, uint64_t old_size, uint64_t new_size,
                       struct tg_merkle_proof *ret_nodes)
{
    struct tg_merkle_proof nodes = {0};
    if (old_size == 0 || old_size >= new_size) return TG_EVALUE;
    tg_err err = tg_merkle_consistency(reader, old_size, new_size, &nodes);
    if (err == TG_OK && is_complete(old_size)) {
        if (nodes.count == TG_MERKLE_LEVELS_MAX) return TG_ELIMIT;
        memmove(nodes.path + 1, nodes.path, nodes.count * sizeof nodes.path[0]);
        nodes.count++;
        err = range_root(reader, 0, old_size, &nodes.path[0]);
    }
    if (err == TG_OK) *ret_nodes = nodes;
    return err;
}

tg_err tg_merkle_front_roots(uint64_t old_size, uint64_t new_size, const struct tg_merkle_proof *nodes,
                             struct tg_hash *ret_old, struct tg_hash *ret_new)
{
    if (old_size == 0 || old_size >= new_size || new_size > LEAVES_MAX || nodes->count > TG_MERKLE_LEVELS_MAX)
        return TG_EVALUE;
    if (nodes->count == 0) return TG_EROOT;
    return consistency_walk(old_size, new_size, &nodes->path[0], nodes->path + 1, nodes->count - 1, ret_old,
                            ret_new);
}
