/* Proofs for outsiders: their sizes, and how long a stranger takes to check them.
 *
 * usage: proofs FOLDER
 * Of logs of 10, 10,000 and 1,000,000 leaves: bytes of a tlog-proof and of an evidence file (one record of 1,000 bytes among
 * 16, a head with three cosignatures), and the median time to read and check it. Then the largest log as tiles in FOLDER (left
 * there), the median time to check all of it, and what hashing alone takes in the same run. Knows no node.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "proto/evidence.h"
#include "proto/seal.h"
#include "proto/tiles.h"

#define LEVELS 24
#define RECORDS 16
#define RECORD_BYTES 1000
#define WITNESSES 3
#define ROUNDS 1001
#define LOG_ROUNDS 5

static void die(const char *what)
{
    fprintf(stderr, "proofs: %s\n", what);
    exit(1);
}

static void must(tg_err err, const char *what)
{
    if (err) fprintf(stderr, "proofs: %s\n", tg_err_name(err)), die(what);
}

static double now_s(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* SHA-256 of a counter: the same in every run. */
static void fill(void *ctx, void *out, size_t bytes)
{
    uint64_t *counter = ctx;
    for (uint8_t *at = out; bytes;) {
        struct tg_hash hash;
        uint8_t number[8];
        size_t take = bytes < sizeof hash.bytes ? bytes : sizeof hash.bytes;
        tg_be64_put(number, (*counter)++);
        tg_sha256_of(TG_VIEW_ARRAY(number), &hash);
        memcpy(at, hash.bytes, take);
        at += take;
        bytes -= take;
    }
}

struct node {
    struct tg_sign_secret root, log, envelope, clock, store;
    struct tg_card card;
    struct tg_buf note;
};

static uint64_t counter;

static void key_make(struct node *node, struct tg_sign_secret *secret, enum tg_key_role role,
                     enum tg_note_type type, struct tg_note_key *ret_key)
{
    char name[TG_KEY_NAME_BYTES];
    uint8_t seed[32];
    struct tg_sign_public public_key;
    fill(&counter, seed, sizeof seed);
    tg_sign_secret_from_seed(seed, secret, &public_key);
    if (role == TG_KEY_ROLE_ROOT) tg_node_id_of_root(&public_key, &node->card.node);
    tg_key_name_format(&node->card.node, role, 0, name);
    must(tg_note_key_make(name, type, &public_key, ret_key), "key");
}

static void node_make(struct node *node)
{
    struct tg_card *card = &node->card;
    struct tg_key secret;
    key_make(node, &node->root, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &card->root);
    key_make(node, &node->log, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &card->logs[0].key);
    key_make(node, &node->envelope, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &card->envelopes[0].key);
    key_make(node, &node->clock, TG_KEY_ROLE_CLOCK, TG_NOTE_COSIGNATURE, &card->clock);
    key_make(node, &node->store, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &card->store);
    card->serial = card->log_count = card->envelope_count = 1;
    card->logs[0].until = card->envelopes[0].until = UINT64_MAX;
    (void)snprintf(card->country, sizeof card->country, "TJ");
    (void)snprintf(card->name, sizeof card->name, "Service");
    fill(&counter, secret.bytes, sizeof secret.bytes);
    tg_seal_public_of(&secret, &card->seal);
    fill(&counter, secret.bytes, sizeof secret.bytes);
    tg_seal_public_of(&secret, &card->recovery);
    fill(&counter, card->curve, sizeof card->curve);
}

static void node_sign(struct node *node)
{
    struct tg_signer root = tg_signer_of_secret(&node->root);
    must(tg_card_sign(&node->card, &root, NULL, NULL, &node->note, NULL), "card");
}

/* ---- a log, every subtree of it ---- */

struct tree {
    uint8_t (*leaves)[TG_LEAF_BYTES];
    struct tg_hash *levels[LEVELS];
    uint64_t size;
};

static tg_err tree_read(void *ctx, unsigned level, uint64_t index, struct tg_hash *ret_hash)
{
    const struct tree *tree = ctx;
    if (level >= LEVELS || index >= tree->size >> level) return TG_EVALUE;
    *ret_hash = tree->levels[level][index];
    return TG_OK;
}

static tg_err tree_emit(void *ctx, unsigned level, uint64_t index, const struct tg_hash *hash)
{
    struct tree *tree = ctx;
    tree->levels[level][index] = *hash;
    return TG_OK;
}

static void tree_make(struct tree *tree, uint64_t size, uint64_t at, const uint8_t leaf[static TG_LEAF_BYTES])
{
    struct tg_merkle_frontier frontier = {0};
    *tree = (struct tree){.size = size, .leaves = calloc(size, TG_LEAF_BYTES)};
    for (unsigned level = 0; level < LEVELS; level++)
        tree->levels[level] = calloc((size >> level) + 1, sizeof(struct tg_hash));
    for (uint64_t i = 0; i < size; i++) {
        struct tg_hash hash;
        fill(&counter, tree->leaves[i], TG_LEAF_BYTES);
        tree->leaves[i][0] = 1;
        if (i == at) memcpy(tree->leaves[i], leaf, TG_LEAF_BYTES);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(tree->leaves[i]), &hash);
        must(tg_merkle_append(&frontier, &hash, tree_emit, tree), "append");
    }
}

static void tree_free(struct tree *tree)
{
    for (unsigned level = 0; level < LEVELS; level++) free(tree->levels[level]);
    free(tree->leaves);
}

/* ---- one record's evidence ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, size_t count)
{
    qsort(times, count, sizeof *times, by_value);
    return times[count / 2];
}

typedef tg_err (*parse)(struct tg_view text, struct tg_arena *arena, struct tg_evidence *ret_evidence,
                        enum tg_evidence_step *ret_step, struct tg_errmsg *em);

static double check_time(parse read, struct tg_view text, const struct tg_card *const *cards)
{
    static double times[ROUNDS];
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 16u << 20);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct tg_evidence evidence;
        struct tg_evidence_report report;
        double begun = now_s();
        tg_arena_clear(&arena);
        must(read(text, &arena, &evidence, NULL, NULL), "parse");
        must(tg_evidence_verify(&evidence, cards, 1 + WITNESSES, &arena, &report, NULL), "verify");
        times[i] = now_s() - begun;
        if (report.cosigned.seen != WITNESSES) die("cosignatures");
    }
    return median(times, ROUNDS);
}

static void head_make(struct node *nodes, const struct tree *tree, struct tg_buf *out)
{
    struct tg_checkpoint checkpoint = {.size = tree->size};
    struct tg_merkle_reader reader = {.read = tree_read, .ctx = (void *)(uintptr_t)tree};
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", nodes[0].card.logs[0].key.name);
    must(tg_merkle_root_read(&reader, tree->size, &checkpoint.root), "root");
    struct tg_signer signer = tg_signer_of_secret(&nodes[0].log);
    must(tg_checkpoint_sign(&checkpoint, &nodes[0].card.logs[0].key, &signer, out), "checkpoint");
    for (size_t i = 1; i <= WITNESSES; i++) {
        signer = tg_signer_of_secret(&nodes[i].clock);
        must(tg_checkpoint_cosign(&checkpoint, &nodes[i].card.clock, 1718000000 + i, &signer, out), "cosign");
    }
}

static void batch_seal(struct node *node, uint64_t at, struct tg_view *records, struct tg_sealed *sealed)
{
    static uint8_t bytes[RECORDS][RECORD_BYTES];
    struct tg_random random = {.fill = fill, .ctx = &counter};
    struct tg_signer signer = tg_signer_of_secret(&node->envelope);
    for (size_t i = 0; i < RECORDS; i++) {
        fill(&counter, bytes[i], RECORD_BYTES);
        records[i] = TG_VIEW_ARRAY(bytes[i]);
    }
    struct tg_seal_params params = {.position = {.origin = node->card.node, .index = at},
                                    .envelope_key = &node->card.envelopes[0].key,
                                    .signer = &signer,
                                    .created = 1718000000,
                                    .card_hash = node->card.text_hash,
                                    .recovery = node->card.recovery,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = records,
                                    .record_count = RECORDS};
    must(tg_envelope_seal(&params, &random, sealed, NULL), "seal");
}

static void evidence_measure(struct node *nodes, uint64_t size, struct tree *tree)
{
    const struct tg_card *cards[1 + WITNESSES];
    struct tg_view records[RECORDS];
    uint64_t at = size / 2;
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf head = {0}, proof = {0}, file = {0};
    tg_arena_init(&arena, 16u << 20);
    for (size_t i = 0; i <= WITNESSES; i++) cards[i] = &nodes[i].card;
    batch_seal(&nodes[0], at, records, &sealed);
    must(tg_envelope_open_key(&sealed.envelope, &sealed.ck, &nodes[0].card.node, &arena, &batch, NULL),
         "open");
    tree_make(tree, size, at, sealed.leaf);
    head_make(nodes, tree, &head);
    struct tg_evidence evidence = {.card = tg_buf_view(&nodes[0].note),
                                   .head = sealed.envelope.head,
                                   .index = at,
                                   .checkpoint = tg_buf_view(&head),
                                   .record = records[3]};
    struct tg_merkle_reader reader = {.read = tree_read, .ctx = tree};
    must(tg_merkle_inclusion(&reader, at, size, &evidence.inclusion), "path");
    must(tg_record_proof_of_batch(&sealed.envelope, &batch, 4, &evidence.proof), "records path");
    must(tg_evidence_encode_proof(&evidence, &proof, NULL), "proof");
    must(tg_evidence_encode(&evidence, &file, NULL), "evidence");
    printf("%8llu leaves: tlog-proof %zu bytes, %.0f us; evidence file %zu bytes, %.0f us\n",
           (unsigned long long)size, proof.bytes,
           check_time(tg_evidence_parse_proof, tg_buf_view(&proof), cards) * 1e6, file.bytes,
           check_time(tg_evidence_parse, tg_buf_view(&file), cards) * 1e6);
}

/* ---- a whole log ---- */

static void folders_make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) die("cannot make a folder");
        *slash = '/';
    }
}

static void file_write(const char *folder, const char *name, struct tg_view bytes)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    folders_make(path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes.data, 1, bytes.bytes, file) != bytes.bytes || fclose(file))
        die("cannot write a file");
}

static void tiles_write(const char *folder, struct node *nodes, struct tree *tree)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0};
    struct tg_tiles_walk walk = {.size = tree->size};
    struct tg_merkle_reader reader = {.read = tree_read, .ctx = tree};
    struct tg_tile tile;
    uint64_t files = 0, bytes = 0;
    while (tg_tiles_next(&walk, &tile)) {
        TG_AUTO(tg_buf) struct tg_buf file = {0};
        char name[TG_TILE_PATH_BYTES_MAX];
        for (unsigned i = 0; tile.entries && i < tile.width; i++)
            must(tg_entries_put(&file, TG_VIEW_ARRAY(tree->leaves[tile.n * TG_TILE_WIDTH + i])), "entries");
        if (!tile.entries) must(tg_tile_encode(&tile, &reader, &file), "tile");
        tg_tile_path(&tile, name);
        file_write(folder, name, tg_buf_view(&file));
        files++;
        bytes += file.bytes;
    }
    head_make(nodes, tree, &head);
    file_write(folder, "checkpoint", tg_buf_view(&head));
    file_write(folder, "card.note", tg_buf_view(&nodes[0].note));
    printf("%8llu leaves as tiles: %llu files, %.1f MB\n", (unsigned long long)tree->size,
           (unsigned long long)files, (double)bytes / 1e6);
}

static tg_err folder_read(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out,
                          struct tg_errmsg *em)
{
    char whole[4096];
    (void)snprintf(whole, sizeof whole, "%s/%s", (const char *)ctx, path);
    return tg_file_read(whole, bytes_max, out, em);
}

static void log_measure(char *folder, struct node *nodes, const struct tree *tree)
{
    double times[LOG_ROUNDS], hashing[LOG_ROUNDS];
    const struct tg_card *cards[] = {&nodes[0].card};
    struct tg_known_cards known = {cards, 1};
    struct tg_tiles_source source = {.read = folder_read, .ctx = folder};
    for (size_t i = 0; i < LOG_ROUNDS; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_tiles_report report;
        struct tg_merkle_frontier frontier = {0};
        tg_arena_init(&arena, 16u << 20);
        double begun = now_s();
        must(tg_tiles_verify(&source, (struct tg_view){0}, &known, &arena, &report, NULL), "tiles");
        times[i] = now_s() - begun;
        begun = now_s();
        for (uint64_t k = 0; k < tree->size; k++) {
            struct tg_hash hash;
            tg_merkle_leaf_hash(TG_VIEW_ARRAY(tree->leaves[k]), &hash);
            must(tg_merkle_append(&frontier, &hash, NULL, NULL), "append");
        }
        hashing[i] = now_s() - begun;
    }
    printf("%8llu leaves checked, every tile: %.2f s; hashing alone %.2f s\n", (unsigned long long)tree->size,
           median(times, LOG_ROUNDS), median(hashing, LOG_ROUNDS));
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[] = {10, 10000, 1000000};
    char *folder = argc == 2 ? argv[1] : NULL;
    if (!folder) die("usage: proofs FOLDER");
    must(tg_crypto_init(NULL), "crypto");
    struct node *nodes = calloc(1 + WITNESSES, sizeof *nodes);
    if (!nodes) die("out of memory");
    for (size_t i = 0; i <= WITNESSES; i++) node_make(&nodes[i]);
    for (size_t i = 1; i <= WITNESSES; i++) nodes[0].card.witnesses[i - 1] = nodes[i].card.node;
    nodes[0].card.witness_count = WITNESSES;
    for (size_t i = 0; i <= WITNESSES; i++) node_sign(&nodes[i]);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct tree tree;
        bool last = i + 1 == sizeof sizes / sizeof sizes[0];
        evidence_measure(nodes, sizes[i], &tree);
        if (last) tiles_write(folder, nodes, &tree);
        if (last) log_measure(folder, nodes, &tree);
        tree_free(&tree);
    }
    for (size_t i = 0; i <= WITNESSES; i++) tg_buf_release(&nodes[i].note);
    free(nodes);
    return 0;
}
