/* What outsiders are given: names of tiles, whole logs as tiles, cards one behind the other, k of n, plain proofs. */
#include "proto/cosigned.h"

#include "base/file.h"
#include "evidence_make.h"
#include "proto/card_chain.h"
#include "proto/receipt_known.h"
#include "proto/tiles.h"

static struct evidence_made made;
static struct tg_arena arena;
static struct tg_card *kg, *uz;
static void start(void)
{
    evidence_make(&made);
    tg_arena_init(&arena, 64u << 20);
    char *note = made_card_note("KG");
    kg = calloc(1, sizeof *kg);
    cr_assert_eq(tg_card_open(tg_view_str(note), kg, NULL), TG_OK);
    free(note);
    note = made_card_note("UZ");
    uz = calloc(1, sizeof *uz);
    cr_assert_eq(tg_card_open(tg_view_str(note), uz, NULL), TG_OK);
    free(note);
}
static void stop(void)
{
    free(kg);
    free(uz);
    tg_arena_release(&arena);
    evidence_unmake(&made);
}
TestSuite(proofs, .init = start, .fini = stop);

/* ---- names of tiles ---- */

Test(proofs, tiles_are_named_as_tlog_tiles_says)
{
    static const struct {
        struct tg_tile tile;
        const char *path;
    } rows[] = {
        {{false, 0, 0, 256}, "tile/0/000"},
        {{false, 3, 999, 256}, "tile/3/999"},
        {{false, 0, 1000, 256}, "tile/0/x001/000"},
        {{false, 0, 1234067, 256}, "tile/0/x001/x234/067"},
        {{false, 1, 5, 1}, "tile/1/005.p/1"},
        {{true, 0, 1234067, 255}, "tile/entries/x001/x234/067.p/255"},
        {{true, 0, 36028797018963967, 256}, "tile/entries/x036/x028/x797/x018/x963/967"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[TG_TILE_PATH_BYTES_MAX];
        struct tg_tile back;
        tg_tile_path(&rows[i].tile, path);
        cr_assert_str_eq(path, rows[i].path);
        cr_assert_eq(tg_tile_path_parse(tg_view_str(path), &back), TG_OK, "%s", path);
        cr_assert(back.entries == rows[i].tile.entries && back.level == rows[i].tile.level &&
                      back.n == rows[i].tile.n && back.width == rows[i].tile.width,
                  "%s", path);
    }
}

Test(proofs, any_other_spelling_names_no_tile)
{
    static const char *const wrong[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/x01",
        "tile/0/001/",
        "tile/0/001.p",
        "tile/0/001.p/",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "../0/000",
        "tile/0/../000",
        "tile/0/001.p/01",
        "tile/0/001.p/1/",
        "tile/0/001.q/1",
        "/tile/0/000",
        "tile/0/x1/",
        "tile/entrie/0",
        "tile/0/001.p/1.p",
        "checkpoint",
        "tile/0/x001",
    };
    struct tg_tile tile;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(tg_tile_path_parse(tg_view_str(wrong[i]), &tile), TG_EFORMAT, "'%s'", wrong[i]);
}

/* The law: what is new from a to b, and what is there at b, are the same files, whatever a. */
Test(proofs, walk_gives_every_file_once_and_only_what_is_new)
{
    static const uint64_t sizes[] = {0,   1,   2,     255,   256,   257,   511,
                                     512, 513, 65535, 65536, 65537, 65800, 131072};
    for (size_t a = 0; a < sizeof sizes / sizeof sizes[0]; a++)
        for (size_t b = a; b < sizeof sizes / sizeof sizes[0]; b++) {
            struct tg_tiles_walk walk = {.from = sizes[a], .size = sizes[b]};
            uint64_t count = 0, entries = 0;
            struct tg_tile tile;
            while (tg_tiles_next(&walk, &tile)) {
                count++;
                uint64_t end = (tile.n * TG_TILE_WIDTH + tile.width) << (8 * tile.level);
                cr_assert(end <= sizes[b] && end > sizes[a], "%u/%llu", tile.level,
                          (unsigned long long)tile.n);
                entries += tile.entries ? tile.width : 0;
            }
            cr_assert_eq(count, tg_tiles_count(sizes[a], sizes[b]));
            cr_assert_eq(entries, sizes[a] == sizes[b] ? 0 : sizes[b] - sizes[a] / 256 * 256);
        }
}

/* ---- the log of tests/data/tlog-tiles, by another implementation ---- */

Test(proofs, tiles_of_another_implementation_are_ours_byte_for_byte)
{
    struct tg_hash hashes[15];
    for (unsigned size = 1; size <= 15; size++) {
        TG_AUTO(tg_buf) struct tg_buf bundle = {0}, tile = {0}, ours = {0}, again = {0};
        char name[TG_TILE_PATH_BYTES_MAX], path[512];
        struct tg_tile entries = {.entries = true, .width = size}, tree = {.width = size};
        tg_tile_path(&entries, name);
        snprintf(path, sizeof path, "%s/tlog-tiles/testdata/log/%s", TG_TEST_DATA, name);
        cr_assert_eq(tg_file_read(path, 65536, &bundle, NULL), TG_OK, "'%s' is missing", path);
        struct tg_view rest = tg_buf_view(&bundle), entry;
        unsigned count = 0;
        while (!tg_entries_next(&rest, &entry)) {
            tg_merkle_leaf_hash(entry, &hashes[count++]);
            cr_assert_eq(tg_entries_put(&again, entry), TG_OK);
        }
        cr_assert_eq(count, size);
        cr_assert(tg_view_equal(tg_buf_view(&again), tg_buf_view(&bundle)));
        tg_tile_path(&tree, name);
        snprintf(path, sizeof path, "%s/tlog-tiles/testdata/log/%s", TG_TEST_DATA, name);
        cr_assert_eq(tg_file_read(path, 65536, &tile, NULL), TG_OK, "'%s' is missing", path);
        struct tg_merkle_memory memory = {hashes, size};
        struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
        cr_assert_eq(tg_tile_encode(&tree, &reader, &ours), TG_OK);
        cr_assert(tg_view_equal(tg_buf_view(&ours), tg_buf_view(&tile)), "tile of %u", size);
    }
}

Test(proofs, bundle_of_entries_that_is_cut_off_is_noticed)
{
    struct tg_view entry, rest = tg_view_of("\0\3one\0\4fou", 10);
    cr_assert_eq(tg_entries_next(&rest, &entry), TG_OK);
    cr_assert_eq(tg_entries_next(&rest, &entry), TG_ESHORT);
    rest = tg_view_of("\0", 1);
    cr_assert_eq(tg_entries_next(&rest, &entry), TG_ESHORT);
}

/* ---- a whole log ---- */

struct shelf { /* files of a folder */
    const char *names[32];
    struct tg_view files[32];
    size_t count;
};
static tg_err shelf_read(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out,
                         struct tg_errmsg *em)
{
    const struct shelf *shelf = ctx;
    for (size_t i = 0; i < shelf->count; i++)
        if (strcmp(shelf->names[i], path) == 0)
            return shelf->files[i].bytes > bytes_max ? TG_ELIMIT : tg_buf_put_view(out, shelf->files[i]);
    return tg_fail(em, TG_ENOENT, "'%s' is missing", path);
}

#define LOG_LEAVES 600
static uint8_t leaves[LOG_LEAVES][TG_LEAF_BYTES];
static struct tg_hash hashes[LOG_LEAVES];

static struct tg_view head_note(uint64_t size, const struct tg_hash *root)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_checkpoint checkpoint = {.size = size};
    struct tg_signer log = tg_vault_signer(made.all.tj.vault, TG_VAULT_KEY_LOG);
    struct tg_signer clock = tg_vault_signer(made.all.kg.vault, TG_VAULT_KEY_CLOCK);
    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", made.all.tj.log_key.name);
    tg_merkle_root_of(hashes, (size_t)size, &checkpoint.root);
    if (root) checkpoint.root = *root;
    cr_assert_eq(tg_checkpoint_sign(&checkpoint, &made.all.tj.log_key, &log, &note), TG_OK);
    cr_assert_eq(tg_checkpoint_cosign(&checkpoint, &made.all.kg.clock_key, 1718000200, &clock, &note), TG_OK);
    return tg_view_of(tg_arena_copy(&made.arena, note.data, note.bytes), note.bytes);
}

static void shelf_add(struct shelf *shelf, const char *name, struct tg_view file)
{
    shelf->names[shelf->count] = tg_arena_text(&made.arena, tg_view_str(name));
    shelf->files[shelf->count++] = file;
}

static void shelf_fill(struct shelf *shelf, uint64_t size)
{
    *shelf = (struct shelf){.count = 0};
    for (size_t i = 0; i < size; i++) {
        memset(leaves[i], (int)i, TG_LEAF_BYTES);
        leaves[i][0] = 1;
        leaves[i][1] = (uint8_t)(i >> 8);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaves[i]), &hashes[i]);
    }
    struct tg_tiles_walk walk = {.size = size};
    struct tg_merkle_memory memory = {hashes, (size_t)size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    struct tg_tile tile;
    shelf_add(shelf, "checkpoint", head_note(size, NULL));
    while (tg_tiles_next(&walk, &tile)) {
        TG_AUTO(tg_buf) struct tg_buf file = {0};
        char path[TG_TILE_PATH_BYTES_MAX];
        for (unsigned i = 0; tile.entries && i < tile.width; i++)
            cr_assert_eq(tg_entries_put(&file, TG_VIEW_ARRAY(leaves[tile.n * TG_TILE_WIDTH + i])), TG_OK);
        if (!tile.entries) cr_assert_eq(tg_tile_encode(&tile, &reader, &file), TG_OK);
        tg_tile_path(&tile, path);
        shelf_add(shelf, path, tg_view_of(tg_arena_copy(&made.arena, file.data, file.bytes), file.bytes));
    }
}

static enum tg_tiles_step verify(struct shelf *shelf, struct tg_view since, struct tg_tiles_report *report)
{
    const struct tg_card *cards[] = {made.card, kg};
    struct tg_known_cards known = {cards, 2};
    struct tg_tiles_source source = {.read = shelf_read, .ctx = shelf};
    struct tg_errmsg em = {0};
    tg_arena_clear(&arena);
    tg_err err = tg_tiles_verify(&source, since, &known, &arena, report, &em);
    cr_assert_eq(err == TG_OK, report->step == TG_TILES_STEP_COUNT, "%s", em.text);
    if (err)
        cr_assert(
            strncmp(em.text, tg_tiles_step_name(report->step), strlen(tg_tiles_step_name(report->step))) == 0,
            "%s", em.text);
    return report->step;
}

Test(proofs, whole_log_verifies_at_sizes_around_every_edge)
{
    static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 513, 600};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct shelf shelf;
        struct tg_tiles_report report;
        shelf_fill(&shelf, sizes[i]);
        cr_assert_eq(verify(&shelf, (struct tg_view){0}, &report), TG_TILES_STEP_COUNT, "size %zu", sizes[i]);
        cr_assert_eq(report.checkpoint.size, sizes[i]);
        cr_assert_eq(report.files, shelf.count - 1);
        cr_assert_eq(report.cosigned.seen, 1);
    }
}

Test(proofs, every_file_of_a_log_counts_bit_by_bit)
{
    struct shelf shelf;
    struct tg_tiles_report report;
    shelf_fill(&shelf, 300);
    for (size_t i = 1; i < shelf.count; i++) {
        bool entries = strncmp(shelf.names[i], "tile/entries", 12) == 0;
        struct tg_view good = shelf.files[i];
        for (size_t at = 0; at < good.bytes; at += 97) {
            uint8_t *bad = tg_arena_copy(&made.arena, good.data, good.bytes);
            bad[at] ^= (uint8_t)(1u << at % 8);
            shelf.files[i] = tg_view_of(bad, good.bytes);
            enum tg_tiles_step step = verify(&shelf, (struct tg_view){0}, &report);
            cr_assert(step == TG_TILES_TILES || (entries && step == TG_TILES_ENTRIES), "%s, byte %zu: %s",
                      shelf.names[i], at, tg_tiles_step_name(step));
        }
        shelf.files[i] = tg_view_of(good.data, good.bytes - 1);
        cr_assert_neq(verify(&shelf, (struct tg_view){0}, &report), TG_TILES_STEP_COUNT, "%s cut",
                      shelf.names[i]);
        shelf.files[i] = good;
        const char *name = shelf.names[i];
        shelf.names[i] = "lost";
        cr_assert_neq(verify(&shelf, (struct tg_view){0}, &report), TG_TILES_STEP_COUNT, "%s missing", name);
        shelf.names[i] = name;
    }
}

Test(proofs, control_root_that_the_entries_do_not_have_is_refused)
{
    struct shelf shelf;
    struct tg_tiles_report report;
    struct tg_hash other = {{7}};
    shelf_fill(&shelf, 300);
    shelf.files[0] = head_note(300, &other);
    cr_assert_eq(verify(&shelf, (struct tg_view){0}, &report), TG_TILES_ROOT);
}

Test(proofs, older_checkpoint_must_be_a_front_part)
{
    struct shelf shelf;
    struct tg_tiles_report report;
    struct tg_hash other = {{7}};
    shelf_fill(&shelf, 300);
    static const uint64_t sizes[] = {0, 1, 17, 256, 299, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        cr_assert_eq(verify(&shelf, head_note(sizes[i], NULL), &report), TG_TILES_STEP_COUNT, "%zu",
                     sizes[i]);
        cr_assert_eq(verify(&shelf, head_note(sizes[i], &other), &report), TG_TILES_CONSISTENCY, "%zu",
                     sizes[i]);
    }
    cr_assert_eq(verify(&shelf, head_note(301, &other), &report), TG_TILES_SINCE, "longer than the log");
    cr_assert_eq(verify(&shelf, tg_view_str("no note"), &report), TG_TILES_SINCE);
}

/* ---- plain proofs ---- */

Test(proofs, plain_proof_stands_with_the_readers_card_and_not_without)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0}, again = {0}, published = {0};
    struct tg_evidence read;
    struct tg_evidence_report report;
    const struct tg_card *cards[] = {kg, made.card};
    cr_assert_eq(tg_evidence_encode_proof(&made.evidence, &text, NULL), TG_OK);
    cr_assert(tg_view_starts_with(tg_buf_view(&text), TG_TLOG_PROOF_MAGIC));
    cr_assert_eq(tg_file_read(TG_TEST_DATA "/evidence/tj-6.tlog-proof", 65536, &published, NULL), TG_OK);
    cr_assert(tg_view_equal(tg_buf_view(&text), tg_buf_view(&published)), "as it was published");
    cr_assert_eq(tg_evidence_parse_proof(tg_buf_view(&text), &arena, &read, NULL, NULL), TG_OK);
    cr_assert_eq(tg_evidence_encode_proof(&read, &again, NULL), TG_OK);
    cr_assert(tg_view_equal(tg_buf_view(&text), tg_buf_view(&again)));
    cr_assert_eq(tg_evidence_verify(&read, cards, 2, &arena, &report, NULL), TG_OK);
    cr_assert_eq(report.cosigned.seen, 1);
    cr_assert_eq(tg_evidence_verify(&read, cards, 1, &arena, &report, NULL), TG_EKEY);
    cr_assert_eq(report.step, TG_EVIDENCE_CARD);
}

Test(proofs, every_flipped_bit_of_a_plain_proof_is_refused)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const struct tg_card *cards[] = {kg, made.card};
    cr_assert_eq(tg_evidence_encode_proof(&made.evidence, &text, NULL), TG_OK);
    const uint8_t *line = memmem(text.data, text.bytes, made.all.kg.clock_key.name, 20);
    for (size_t i = 0; i < text.bytes; i++) {
        struct tg_evidence read;
        struct tg_evidence_report report;
        if (text.data + i >= line - 4) break; /* a line by another name or key is nobody's here */
        text.data[i] ^= (uint8_t)(1u << i % 7);
        tg_arena_clear(&arena);
        tg_err err = tg_evidence_parse_proof(tg_buf_view(&text), &arena, &read, NULL, NULL);
        if (!err) err = tg_evidence_verify(&read, cards, 2, &arena, &report, NULL);
        text.data[i] ^= (uint8_t)(1u << i % 7);
        cr_assert_neq(err, TG_OK, "byte %zu", i);
    }
}

/* ---- which key, how many witnesses ---- */

Test(proofs, more_than_two_thirds_of_the_witnesses_are_needed)
{
    static const size_t needed[] = {0, 1, 1, 3, 3, 4, 5, 5, 6, 7, 7};
    for (size_t n = 0; n < sizeof needed / sizeof needed[0]; n++)
        cr_assert_eq(tg_witnesses_needed(n), needed[n], "%zu", n);
}

/* The old card does not know that its log key's time has ended: with it alone a head by the old key would do. */
Test(proofs, control_newest_card_at_hand_says_which_log_key_counts)
{
    struct tg_card *newer = tg_arena_copy(&made.arena, made.card, sizeof *newer);
    const struct tg_note_key *key;
    struct tg_checkpoint checkpoint;
    struct tg_cosigned cosigned;
    newer->serial = 2;
    newer->logs[0].until = 5;
    newer->logs[1] = (struct tg_card_key){.key = made.all.kg.log_key, .from = 5, .until = UINT64_MAX};
    newer->log_count = 2;
    const struct tg_card *cards[] = {made.card, newer, kg};
    struct tg_known_cards old = {cards, 1}, both = {cards, 3};
    struct tg_view note = tg_buf_view(&made.checkpoint); /* of 9 entries, by the first key */
    cr_assert_eq(tg_cosigned_open(note, NULL, &old, &arena, &checkpoint, &key, &cosigned, NULL), TG_OK);
    cr_assert_neq(tg_cosigned_open(note, NULL, &both, &arena, &checkpoint, &key, &cosigned, NULL), TG_OK);
    cr_assert_neq(tg_cosigned_open(note, made.card, &both, &arena, &checkpoint, &key, &cosigned, NULL), TG_OK,
                  "also when the old one comes with the evidence");
}

Test(proofs, only_witnesses_on_the_origins_card_settle_a_head)
{
    struct tg_card *origin = tg_arena_copy(&made.arena, made.card, sizeof *origin);
    const struct tg_note_key *key;
    struct tg_checkpoint checkpoint;
    struct tg_cosigned cosigned;
    const struct tg_card *cards[] = {origin, kg, kg};
    struct tg_known_cards known = {cards, 3};
    struct tg_view note = tg_buf_view(&made.checkpoint);
    origin->witnesses[0] = uz->node;
    origin->witness_count = 1;
    cr_assert_eq(tg_cosigned_open(note, NULL, &known, &arena, &checkpoint, &key, &cosigned, NULL), TG_OK);
    cr_assert(cosigned.seen == 1 && cosigned.listed == 0 && !tg_cosigned_settled(&cosigned));
    origin->witnesses[1] = kg->node;
    origin->witness_count = 2;
    cr_assert_eq(tg_cosigned_open(note, NULL, &known, &arena, &checkpoint, &key, &cosigned, NULL), TG_OK);
    cr_assert(cosigned.listed == 1 && cosigned.needed == 1 && tg_cosigned_settled(&cosigned));
    cr_assert_eq(cosigned.oldest, 1718000100);
}

/* ---- cards one behind the other, receipts ---- */

Test(proofs, cards_one_behind_the_other_must_follow_each_other)
{
    TG_AUTO(tg_buf) struct tg_buf second = {0}, chain = {0};
    struct tg_card *next = tg_arena_copy(&made.arena, made.card, sizeof *next);
    struct tg_signer root = tg_signer_of_secret(&made.all.tj.root);
    const struct tg_card **cards;
    size_t count;
    uint64_t bad;
    next->serial = 2;
    next->has_prev = true;
    next->prev = made.card->text_hash;
    cr_assert_eq(tg_card_sign(next, &root, NULL, NULL, &second, NULL), TG_OK);
    cr_assert_eq(tg_buf_put_str(&chain, made.card_note), TG_OK);
    cr_assert_eq(tg_buf_put_view(&chain, tg_buf_view(&second)), TG_OK);
    cr_assert_eq(tg_card_chain_open(tg_buf_view(&chain), &arena, &cards, &count, &bad, NULL), TG_OK);
    cr_assert(count == 2 && cards[1]->serial == 2);
    cr_assert_eq(tg_card_chain_open(tg_buf_view(&second), &arena, &cards, &count, &bad, NULL), TG_OK,
                 "one alone");
    cr_assert_eq(tg_buf_put_view(&chain, tg_buf_view(&second)), TG_OK);
    cr_assert_neq(tg_card_chain_open(tg_buf_view(&chain), &arena, &cards, &count, &bad, NULL), TG_OK,
                  "twice");
    cr_assert_eq(bad, 3);
    tg_buf_clear(&chain);
    cr_assert_eq(tg_buf_put_view(&chain, tg_buf_view(&second)), TG_OK);
    cr_assert_eq(tg_buf_put_str(&chain, made.card_note), TG_OK);
    cr_assert_neq(tg_card_chain_open(tg_buf_view(&chain), &arena, &cards, &count, &bad, NULL), TG_OK,
                  "backwards");
    cr_assert_eq(tg_card_chain_open((struct tg_view){0}, &arena, &cards, &count, &bad, NULL), TG_ENOENT);
}

Test(proofs, receipt_needs_the_very_card_that_it_cites)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_signer store = tg_vault_signer(made.all.kg.vault, TG_VAULT_KEY_STORE);
    struct tg_receipt receipt = {.card_serial = kg->serial, .size = 9, .time = 1718000000}, read;
    const struct tg_card *card, *cards[] = {made.card, kg};
    receipt.by = made.all.kg.id;
    receipt.origin = made.all.tj.id;
    cr_assert_eq(tg_receipt_sign(&receipt, &made.all.kg.store_key, &store, &note, NULL), TG_OK);
    struct tg_known_cards known = {cards, 2}, few = {cards, 1};
    cr_assert_eq(tg_receipt_open_known(tg_buf_view(&note), &known, &arena, &read, &card, NULL), TG_OK);
    cr_assert_eq(card, kg);
    cr_assert_eq(tg_receipt_open_known(tg_buf_view(&note), &few, &arena, &read, &card, NULL), TG_EKEY);
    kg->serial = 2;
    cr_assert_eq(tg_receipt_open_known(tg_buf_view(&note), &known, &arena, &read, &card, NULL), TG_EKEY);
}
