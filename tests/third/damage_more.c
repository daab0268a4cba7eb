/* Cases of logs as tiles, receipts, cards, manifest signatures and envelopes. */
#include "making.h"

/* ---- tiles ---- */

static void tiles_write(struct making *making, const struct tg_hash *hashes, uint64_t size)
{
    struct tg_tiles_walk walk = {.from = 0, .size = size};
    struct tg_merkle_memory memory = {hashes, (size_t)size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    struct tg_tile tile;
    while (tg_tiles_next(&walk, &tile)) {
        TG_AUTO(tg_buf) struct tg_buf bytes = {0};
        char path[TG_TILE_PATH_BYTES_MAX];
        for (unsigned i = 0; i < tile.width && tile.entries; i++)
            MUST(tg_entries_put(&bytes, TG_VIEW_ARRAY(making->actor->leaves[tile.n * TG_TILE_WIDTH + i])));
        if (!tile.entries) MUST(tg_tile_encode(&tile, &reader, &bytes));
        tg_tile_path(&tile, path);
        part_add(making->one, path, world_copy(making->world, tg_buf_view(&bytes)));
    }
}

static struct part *some_file(struct making *making)
{
    for (;;) {
        struct part *part = &making->one->parts[world_below(making->world, making->one->part_count)];
        if (strncmp(part->name, "tile/", 5) == 0) return part;
    }
}
static void t_bit(struct making *m)
{
    struct part *part = some_file(m);
    part->bytes = flipped(m->world, part->bytes);
}
static void t_mangled(struct making *m)
{
    struct part *part = some_file(m);
    part->bytes = mangled(m->world, part->bytes);
}
static void t_missing(struct making *m)
{
    (void)snprintf(some_file(m)->name, 8, "lost");
}
static void t_swapped(struct making *m)
{
    /* The first and the last hash of a tile, or entry of a bundle. */
    struct part *part = some_file(m);
    size_t each = strncmp(part->name, "tile/entries", 12) == 0 ? 2 + TG_LEAF_BYTES : TG_HASH_BYTES;
    if (part->bytes.bytes < 2 * each) {
        t_bit(m);
        return;
    }
    part->bytes = world_copy(m->world, part->bytes);
    uint8_t *first = writable(part->bytes), *last = first + part->bytes.bytes - each, keep[64];
    memcpy(keep, first, each);
    memcpy(first, last, each);
    memcpy(last, keep, each);
}
static void t_checkpoint(struct making *m)
{
    struct part *part = &m->one->parts[0];
    part->bytes = flipped(m->world, part->bytes);
}
static void t_root(struct making *m)
{
    d_checkpoint_root(m);
    m->one->parts[0].bytes = m->evidence.checkpoint;
}
static void since_add(struct making *m, uint64_t size, const struct tg_hash *root, const struct actor *of)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    actor_checkpoint(m->world, of, size, root, NULL, 0, &note);
    part_add(m->one, "since", world_copy(m->world, tg_buf_view(&note)));
}
static void t_since(struct making *m)
{
    since_add(m, world_below(m->world, m->size + 1), NULL, m->actor);
}
static void t_since_fork(struct making *m)
{
    struct tg_hash root;
    world_fill(m->world, root.bytes, sizeof root.bytes);
    since_add(m, world_below(m->world, m->size + 1), &root, m->actor);
}
static void t_since_longer(struct making *m)
{
    struct tg_hash root;
    world_fill(m->world, root.bytes, 32);
    since_add(m, m->size + 1 + world_below(m->world, 5), &root, m->actor);
}
static void t_since_other(struct making *m)
{
    since_add(m, 1, NULL, m->other);
}

void tiles_make(struct making *making)
{
    static const struct damage damages[] = {
        {"good", WANT_ACCEPTED, true, nothing},
        {"good", WANT_ACCEPTED, true, nothing},
        {"bit of a file", WANT_REFUSED, true, t_bit},
        {"a file mangled", WANT_SAME, true, t_mangled},
        {"a file missing", WANT_REFUSED, true, t_missing},
        {"two swapped in a file", WANT_REFUSED, true, t_swapped},
        {"bit of the checkpoint", WANT_SAME, true, t_checkpoint},
        {"another root, signed", WANT_REFUSED, true, t_root},
        {"older checkpoint", WANT_ACCEPTED, true, t_since},
        {"older checkpoint of another history", WANT_REFUSED, true, t_since_fork},
        {"older checkpoint that is longer", WANT_REFUSED, true, t_since_longer},
        {"older checkpoint of another log", WANT_REFUSED, true, t_since_other},
    };
    part_add(making->one, "checkpoint", making->evidence.checkpoint);
    tiles_write(making, making->actor->hashes, making->size);
    damage_apply(making, PICK(damages, making->world));
    making->one->flags |= CASE_KNOWN;
}

/* ---- receipts ---- */

void receipt_make(struct making *making)
{
    static const char *const labels[] = {"good",
                                         "a bit",
                                         "mangled",
                                         "signed by the clock key",
                                         "another card's serial",
                                         "good",
                                         "signed by another node"};
    static const enum case_want wants[] = {WANT_ACCEPTED, WANT_SAME,     WANT_SAME,   WANT_REFUSED,
                                           WANT_REFUSED,  WANT_ACCEPTED, WANT_REFUSED};
    struct world *world = making->world;
    size_t what = world_below(world, sizeof labels / sizeof labels[0]);
    uint64_t size = making->actor->size, half = size / 2;
    struct tg_range have[] = {{0, half / 2}, {half / 2 + 2, half}}, missing[] = {{half + 2, size - 1}};
    struct tg_refusal refused[] = {{.index = half, .code = "eroot"},
                                   {.index = half + 1, .code = "not-understood"}};
    struct tg_withdrawal withdrawn[] = {{.index = 0, .record = 1}, {.index = half, .record = 3}};
    struct tg_receipt receipt = {.by = making->other->id,
                                 .card_serial = making->other->card_count,
                                 .origin = making->actor->id,
                                 .size = size,
                                 .have = have,
                                 .have_count = 1 + world_below(world, 2),
                                 .missing = missing,
                                 .missing_count = world_below(world, 2),
                                 .refused = refused,
                                 .refused_count = world_below(world, 3),
                                 .withdrawn = withdrawn,
                                 .withdrawn_count = world_below(world, 3),
                                 .time = EPOCH_SECONDS + size};
    const struct actor *signer_of = what == 6 ? making->actor : making->other;
    struct tg_signer signer =
        tg_signer_of_secret(what == 3 ? &signer_of->clock.secret : &signer_of->store.secret);
    struct tg_note_key key;
    TG_AUTO(tg_buf) struct tg_buf text = {0}, note = {0};
    if (what == 4) receipt.card_serial += 1;
    tg_merkle_root_of(making->actor->hashes, making->actor->size, &receipt.root);
    actor_key(signer_of, TG_KEY_ROLE_STORE, TG_NOTE_ED25519,
              what == 3 ? &signer_of->clock.public_key : &signer_of->store.public_key, &key);
    MUST(tg_receipt_encode(&receipt, &text, NULL));
    MUST(tg_note_begin(tg_buf_view(&text), &note));
    MUST(tg_note_sign(&key, tg_buf_view(&text), &signer, &note));
    struct tg_view subject = world_copy(world, tg_buf_view(&note));
    if (what == 1) subject = flipped(world, subject);
    if (what == 2) subject = mangled(world, subject);
    making->one->want = wants[what];
    (void)snprintf(making->one->label, sizeof making->one->label, "%s", labels[what]);
    part_add(making->one, "subject", subject);
    making->one->flags |= CASE_KNOWN;
}

/* ---- cards ---- */

void cards_make(struct making *making)
{
    static const char *const labels[] = {
        "good",    "a bit",         "mangled",   "middle missing",
        "swapped", "first missing", "one alone", "root changed without the old signature"};
    static const enum case_want wants[] = {WANT_ACCEPTED, WANT_SAME,    WANT_SAME,     WANT_REFUSED,
                                           WANT_REFUSED,  WANT_REFUSED, WANT_ACCEPTED, WANT_REFUSED};
    struct world *world = making->world;
    const struct actor *actor = world->actors[world_below(world, 2) ? 1 : 4];
    size_t what = world_below(world, sizeof labels / sizeof labels[0]);
    static const char *const orders[] = {"123", "123", "123", "13", "213", "23", "3", "123"};
    TG_AUTO(tg_buf) struct tg_buf chain = {0}, last = {0};
    for (const char *at = orders[what]; *at; at++) {
        const struct tg_buf *note = &actor->notes[*at - '1'];
        if (what == 7 && *at == '3') {
            struct tg_card *card = tg_arena_copy(&world->arena, actor->cards[2], sizeof *card);
            struct tg_signer signer = tg_signer_of_secret(&actor->roots[1].secret);
            MUST(tg_card_sign(card, &signer, NULL, NULL, &last, NULL));
            note = &last;
        }
        MUST(tg_buf_put_view(&chain, tg_buf_view(note)));
    }
    struct tg_view subject = world_copy(world, tg_buf_view(&chain));
    if (what == 1) subject = flipped(world, subject);
    if (what == 2) subject = mangled(world, subject);
    making->one->want = wants[what];
    (void)snprintf(making->one->label, sizeof making->one->label, "%s", labels[what]);
    part_add(making->one, "subject", subject);
}

/* ---- manifests and envelopes ---- */

void manifest_make(struct making *making)
{
    static const char label[] = "tamga/manifest/v1";
    struct world *world = making->world;
    const struct actor *actor = making->actor;
    size_t what = world_below(world, 4);
    uint8_t message[sizeof label + TG_MANIFEST_BYTES];
    memcpy(message, label, sizeof label);
    memcpy(message + sizeof label, making->evidence.head.data, TG_MANIFEST_BYTES);
    struct tg_view parts[] = {
        world_copy(world, TG_VIEW_ARRAY(message)),
        world_copy(world, tg_view_of(making->evidence.head.data + TG_MANIFEST_BYTES, TG_SIGNATURE_BYTES)),
        world_copy(world, TG_VIEW_ARRAY(actor->envelopes[making->batch->key].public_key.bytes))};
    static const char *const names[] = {"subject", "signature", "key"}, *const labels[] = {
                                                                            "bit of the manifest",
                                                                            "bit of the signature",
                                                                            "bit of the key", "good"};
    if (what < 3) parts[what] = flipped(world, parts[what]);
    making->one->want = what == 3 ? WANT_ACCEPTED : WANT_REFUSED;
    making->one->flags = CASE_GO;
    (void)snprintf(making->one->label, sizeof making->one->label, "%s", labels[what]);
    for (size_t i = 0; i < 3; i++) part_add(making->one, names[i], parts[i]);
}

void envelope_make(struct making *making)
{
    static const char *const labels[] = {"good", "a bit", "mangled", "one byte more", "one byte less"};
    struct world *world = making->world;
    struct tg_view wire = tg_buf_view(&making->batch->sealed.wire);
    size_t what = world_below(world, sizeof labels / sizeof labels[0]);
    TG_AUTO(tg_buf) struct tg_buf longer = {0};
    if (what == 1)
        wire = world_below(world, 2) ? flipped(world, wire)
                                     : flipped_at(world, wire, world_below(world, TG_HEAD_BYTES),
                                                  (unsigned)world_below(world, 8));
    if (what == 2) wire = mangled(world, wire);
    if (what == 3) {
        MUST(tg_buf_put_view(&longer, wire));
        MUST(tg_buf_put(&longer, "", 1));
        wire = world_copy(world, tg_buf_view(&longer));
    }
    if (what == 4) wire = tg_view_of(wire.data, wire.bytes - 1);
    making->one->want = what == 0 ? WANT_ACCEPTED : what == 2 ? WANT_SAME : WANT_REFUSED;
    (void)snprintf(making->one->label, sizeof making->one->label, "%s", labels[what]);
    part_add(making->one, "subject", wire);
    making->one->flags |= CASE_KNOWN;
}
