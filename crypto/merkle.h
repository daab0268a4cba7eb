/* Merkle trees [RFC 6962 §2.1]: hashes, growing frontier, inclusion and consistency proofs.
 *
 * Knows no storage: hashes of complete subtrees come through a callback. (level, index) is the subtree over leaves
 * index << level .. (index + 1) << level - 1.
 */
#ifndef TG_CRYPTO_MERKLE_H
#define TG_CRYPTO_MERKLE_H

#include "base/limits.h"
#include "crypto/hash.h"

void tg_merkle_leaf_hash(struct tg_view leaf, struct tg_hash *ret_hash);
void tg_merkle_node_hash(const struct tg_hash *left, const struct tg_hash *right, struct tg_hash *ret_hash);

/* The right edge of a tree: one hash for each set bit of its size. Zero-initialised is the empty tree. */
struct tg_merkle_frontier {
    uint64_t size;
    struct tg_hash nodes[TG_MERKLE_LEVELS_MAX]; /* nodes[level] counts when bit level of size is set */
};
/* Called for every subtree that became complete, level 0 (the leaf) first. */
typedef tg_err (*tg_merkle_emit)(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash);
/* emit may be NULL. Its failure is returned and leaves the frontier as it was. TG_ELIMIT at 2^63 leaves. */
tg_err tg_merkle_append(struct tg_merkle_frontier *frontier, const struct tg_hash *leaf_hash,
                        tg_merkle_emit emit, void *ctx);
void tg_merkle_root(const struct tg_merkle_frontier *frontier, struct tg_hash *ret_root);
/* u64 size ‖ the hashes of its set bits, highest level first. */
#define TG_MERKLE_FRONTIER_BYTES_MAX (8 + TG_MERKLE_LEVELS_MAX * TG_HASH_BYTES)
size_t tg_merkle_frontier_encode(const struct tg_merkle_frontier *frontier,
                                 uint8_t out[static TG_MERKLE_FRONTIER_BYTES_MAX]);
/* TG_ESHORT, TG_ETRAIL, TG_ELIMIT. */
tg_err tg_merkle_frontier_decode(struct tg_view bytes, struct tg_merkle_frontier *ret_frontier);
/* Root over leaf hashes; of none: SHA-256 of nothing. */
void tg_merkle_root_of(const struct tg_hash *leaf_hashes, size_t count, struct tg_hash *ret_root);

/* Hash of a complete subtree. An error of the callback is passed on. */
struct tg_merkle_reader {
    tg_err (*read)(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash);
    void *ctx;
};
/* A reader over count leaf hashes in memory; fills *ret_ctx, borrows both. For small trees (a batch's records). */
struct tg_merkle_memory {
    const struct tg_hash *leaf_hashes;
    size_t count;
};
struct tg_merkle_reader tg_merkle_reader_of_memory(const struct tg_merkle_memory *memory);

struct tg_merkle_proof {
    size_t count;
    struct tg_hash path[TG_MERKLE_LEVELS_MAX];
};
/* Root, and frontier, of the first size leaves. */
tg_err tg_merkle_root_read(const struct tg_merkle_reader *reader, uint64_t size, struct tg_hash *ret_root);
tg_err tg_merkle_frontier_read(const struct tg_merkle_reader *reader, uint64_t size,
                               struct tg_merkle_frontier *ret_frontier);
/* TG_EVALUE unless index < size, resp. old_size ≤ new_size. A proof from size 0 is empty. */
tg_err tg_merkle_inclusion(const struct tg_merkle_reader *reader, uint64_t index, uint64_t size,
                           struct tg_merkle_proof *ret_proof);
tg_err tg_merkle_consistency(const struct tg_merkle_reader *reader, uint64_t old_size, uint64_t new_size,
                             struct tg_merkle_proof *ret_proof);
/* TG_EROOT when the proof does not show it, TG_EVALUE for impossible positions. */
tg_err tg_merkle_inclusion_verify(uint64_t index, uint64_t size, const struct tg_hash *leaf_hash,
                                  const struct tg_merkle_proof *proof, const struct tg_hash *root);
/* old_size 0 is consistent with anything by an empty proof, if old_root is the empty root. */
tg_err tg_merkle_consistency_verify(uint64_t old_size, const struct tg_hash *old_root, uint64_t new_size,
                                    const struct tg_hash *new_root, const struct tg_merkle_proof *proof);
/* Nodes of the larger tree from which its root follows and that of its first old_size leaves, with neither root given:
 * the consistency proof, with the hash of those leaves in front when old_size is a power of two. 0 < old_size <
 * new_size, else TG_EVALUE. */
tg_err tg_merkle_front(const struct tg_merkle_reader *reader, uint64_t old_size, uint64_t new_size,
                       struct tg_merkle_proof *ret_nodes);
/* The two roots. TG_EROOT: too few or too many nodes for these sizes. */
tg_err tg_merkle_front_roots(uint64_t old_size, uint64_t new_size, const struct tg_merkle_proof *nodes,
                             struct tg_hash *ret_old, struct tg_hash *ret_new);

#endif
