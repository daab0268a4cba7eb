/* What a witness does for one head, and what a fork proof costs: signing, verifying, sizes.
 *
 * usage: witness > TABLE.tsv
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/world.h"
#include "crypto/checkpoint.h"
#include "proto/fork.h"

#define ROUNDS 5000

struct bench {
    struct tg_sign_secret secret;
    struct tg_note_key log_key, clock_key;
    struct tg_node_id node;
    struct tg_card *card;
    struct tg_hash *levels[32]; /* of a log of 2^20 leaves */
};

static int64_t now_us(void)
{
    return tg_clock_mono_us(tg_clock_system());
}

static void keys_make(struct bench *bench)
{
    uint8_t seed[32] = {1};
    char name[TG_KEY_NAME_BYTES];
    struct tg_sign_public public_key;
    tg_sign_secret_from_seed(seed, &bench->secret, &public_key);
    tg_node_id_of_root(&public_key, &bench->node);
    tg_key_name_format(&bench->node, TG_KEY_ROLE_LOG, 0, name);
    if (tg_note_key_make(name, TG_NOTE_ED25519, &public_key, &bench->log_key)) abort();
    tg_key_name_format(&bench->node, TG_KEY_ROLE_CLOCK, 0, name);
    if (tg_note_key_make(name, TG_NOTE_COSIGNATURE, &public_key, &bench->clock_key)) abort();
    bench->card = calloc(1, sizeof *bench->card);
    if (!bench->card) abort();
    bench->card->node = bench->node;
    bench->card->logs[0] = (struct tg_card_key){.key = bench->log_key, .until = UINT64_MAX};
    bench->card->log_count = 1;
}

static tg_err level_read(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash)
{
    *ret_hash = ((struct bench *)ctx)->levels[level][index];
    return TG_OK;
}

static void tree_make(struct bench *bench, unsigned depth)
{
    for (unsigned level = 0; level <= depth; level++) {
        size_t count = (size_t)1 << (depth - level);
        bench->levels[level] = malloc(count * sizeof *bench->levels[level]);
        if (!bench->levels[level]) abort();
        for (size_t i = 0; i < count; i++) {
            uint8_t leaf[33] = {1, (uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)};
            if (level == 0)
                tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &bench->levels[0][i]);
            else
                tg_merkle_node_hash(&bench->levels[level - 1][2 * i], &bench->levels[level - 1][2 * i + 1],
                                    &bench->levels[level][i]);
        }
    }
}

static void head_make(struct bench *bench, uint64_t size, const struct tg_hash *root, struct tg_buf *out)
{
    struct tg_checkpoint checkpoint = {.size = size, .root = *root};
    struct tg_signer signer = tg_signer_of_secret(&bench->secret);
    memcpy(checkpoint.origin, bench->log_key.name, sizeof checkpoint.origin);
    if (tg_checkpoint_sign(&checkpoint, &bench->log_key, &signer, out)) abort();
}

static void cosignatures(struct bench *bench)
{
    struct tg_checkpoint checkpoint = {.size = 1000000};
    struct tg_signer signer = tg_signer_of_secret(&bench->secret);
    struct tg_buf line = {0};
    uint64_t time;
    memcpy(checkpoint.origin, bench->log_key.name, sizeof checkpoint.origin);
    int64_t begun_us = now_us();
    for (int i = 0; i < ROUNDS; i++) {
        tg_buf_clear(&line);
        if (tg_checkpoint_cosign(&checkpoint, &bench->clock_key, 1790000000, &signer, &line)) abort();
    }
    printf("cosign one head, us\t%.1f\n", (double)(now_us() - begun_us) / ROUNDS);
    begun_us = now_us();
    for (int i = 0; i < ROUNDS; i++)
        if (tg_checkpoint_cosignature_open(&checkpoint, tg_buf_view(&line), &bench->clock_key, &time, NULL))
            abort();
    printf("verify one line, us\t%.1f\n", (double)(now_us() - begun_us) / ROUNDS);
    printf("a line, bytes\t%zu\n", line.bytes);
    tg_buf_release(&line);
}

static void forks(struct bench *bench, uint64_t small, uint64_t large)
{
    struct tg_merkle_reader reader = {.read = level_read, .ctx = bench};
    struct tg_hash root, other = {.bytes = {9}};
    struct tg_buf one = {0}, two = {0}, evidence = {0};
    static struct tg_fork fork, again;
    memset(&fork, 0, sizeof fork);
    if (tg_merkle_root_read(&reader, large, &root)) abort();
    head_make(bench, small, &other, &one);
    head_make(bench, large, &root, &two);
    fork.kind = TG_FORK_CHECKPOINTS;
    fork.notes[0] = tg_buf_view(&one);
    fork.notes[1] = tg_buf_view(&two);
    if (tg_merkle_front(&reader, small, large, &fork.nodes) || tg_fork_encode(&fork, &evidence, NULL))
        abort();
    int64_t begun_us = now_us();
    for (int i = 0; i < ROUNDS; i++)
        if (tg_fork_decode(TG_FORK_CHECKPOINTS, tg_buf_view(&evidence), &again, NULL) ||
            tg_fork_verify(&again, bench->card, NULL))
            abort();
    printf("two heads, %llu and %llu entries: bytes, us to verify\t%zu\t%.1f\n", (unsigned long long)small,
           (unsigned long long)large, evidence.bytes, (double)(now_us() - begun_us) / ROUNDS);
    tg_buf_release(&one);
    tg_buf_release(&two);
    tg_buf_release(&evidence);
}

int main(void)
{
    static struct bench bench;
    if (tg_crypto_init(NULL)) return 1;
    keys_make(&bench);
    tree_make(&bench, 20);
    cosignatures(&bench);
    forks(&bench, 10, 100);
    forks(&bench, 1000, 10000);
    forks(&bench, 333333, 1000000);
    forks(&bench, 699049, 999999); /* about as many nodes as there can be */
    forks(&bench, 524288, 1048575);
    return 0;
}
