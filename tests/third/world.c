/* The invented nodes: see world.h. */
#include "world.h"

static const struct {
    const char *country;
    size_t size;
    unsigned witnesses; /* bits */
    size_t cards;
    struct theft theft;
} plans[ACTORS] = {{"TJ", 300, 0x0e, 1, {0}},
                   {"KG", 41, 0x01, 4, {24, 33, 35, 0}},
                   {"UZ", 600, 0x00, 1, {0}},
                   {"KZ", 17, 0x17, 1, {0}},
                   {"TM", 63, 0x08, 5, {35, 48, 50, 49}}};

void world_fill(void *ctx, void *out, size_t bytes)
{
    struct world *world = ctx;
    for (uint8_t *at = out; bytes;) {
        uint8_t input[16];
        struct tg_hash hash;
        size_t take = bytes < sizeof hash.bytes ? bytes : sizeof hash.bytes;
        tg_be64_put(input, world->seed);
        tg_be64_put(input + 8, world->counter++);
        tg_sha256_of(TG_VIEW_ARRAY(input), &hash);
        memcpy(at, hash.bytes, take);
        at += take;
        bytes -= take;
    }
}

uint64_t world_below(struct world *world, uint64_t count)
{
    uint8_t bytes[8];
    world_fill(world, bytes, sizeof bytes);
    return tg_be64_get(bytes) % count;
}

struct tg_view world_copy(struct world *world, struct tg_view view)
{
    uint8_t *copy = tg_arena_copy(&world->arena, view.data, view.bytes);
    if (!copy) abort();
    return tg_view_of(copy, view.bytes);
}

static void pair_make(struct world *world, struct pair *pair)
{
    uint8_t seed[TG_SIGN_SEED_BYTES];
    world_fill(world, seed, sizeof seed);
    tg_sign_secret_from_seed(seed, &pair->secret, &pair->public_key);
}

void actor_key(const struct actor *actor, enum tg_key_role role, enum tg_note_type type,
               const struct tg_sign_public *public_key, struct tg_note_key *ret_key)
{
    char name[TG_KEY_NAME_BYTES];
    tg_key_name_format(&actor->id, role, 0, name);
    MUST(tg_note_key_make(name, type, public_key, ret_key));
}

/* ---- cards ---- */

static void card_fill(struct world *world, struct actor *actor, size_t which, struct tg_card *card)
{
    struct tg_key secret;
    card->node = actor->id;
    card->serial = 1;
    (void)snprintf(card->country, sizeof card->country, "%s", plans[which].country);
    (void)snprintf(card->name, sizeof card->name, "Service of %s", plans[which].country);
    actor_key(actor, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &actor->roots[0].public_key, &card->root);
    card->log_count = card->envelope_count = 1;
    card->logs[0].until = card->envelopes[0].until = UINT64_MAX;
    actor_key(actor, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &actor->logs[0].public_key, &card->logs[0].key);
    actor_key(actor, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &actor->envelopes[0].public_key,
              &card->envelopes[0].key);
    actor_key(actor, TG_KEY_ROLE_CLOCK, TG_NOTE_COSIGNATURE, &actor->clock.public_key, &card->clock);
    actor_key(actor, TG_KEY_ROLE_STORE, TG_NOTE_ED25519, &actor->store.public_key, &card->store);
    world_fill(world, secret.bytes, sizeof secret.bytes);
    tg_seal_public_of(&secret, &card->seal);
    world_fill(world, secret.bytes, sizeof secret.bytes);
    tg_seal_public_of(&secret, &card->recovery);
    world_fill(world, card->curve, sizeof card->curve);
    for (size_t i = 0; i < ACTORS; i++)
        if (plans[which].witnesses >> i & 1 && i != which)
            card->witnesses[card->witness_count++] = world->actors[i]->id;
}

static void card_sign(struct actor *actor, size_t i, const struct pair *root, const struct pair *before)
{
    struct tg_signer signer = tg_signer_of_secret(&root->secret), previous;
    if (before) previous = tg_signer_of_secret(&before->secret);
    MUST(tg_card_sign(actor->cards[i], &signer, before ? &actor->cards[i - 1]->root : NULL,
                      before ? &previous : NULL, &actor->notes[i], NULL));
}

/* Card 2: new log and envelope keys from TURN on, and the next root key announced. Card 3: that root key. */
static void cards_follow(struct actor *actor)
{
    struct tg_card *second = actor->cards[1], *third = actor->cards[2];
    *second = *actor->cards[0];
    second->serial = 2;
    second->has_prev = second->has_next_root = true;
    second->prev = actor->cards[0]->text_hash;
    second->logs[0].until = second->envelopes[0].until = TURN;
    second->logs[1] = (struct tg_card_key){.from = TURN, .until = UINT64_MAX};
    second->envelopes[1] = second->logs[1];
    actor_key(actor, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &actor->logs[1].public_key, &second->logs[1].key);
    actor_key(actor, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &actor->envelopes[1].public_key,
              &second->envelopes[1].key);
    second->log_count = second->envelope_count = 2;
    tg_sha256_of(TG_VIEW_ARRAY(actor->roots[1].public_key.bytes), &second->next_root);
    card_sign(actor, 1, &actor->roots[0], NULL);
    *third = *second;
    third->serial = 3;
    third->prev = second->text_hash;
    third->has_next_root = false;
    actor_key(actor, TG_KEY_ROLE_ROOT, TG_NOTE_ED25519, &actor->roots[1].public_key, &third->root);
    card_sign(actor, 2, &actor->roots[1], &actor->roots[0]);
}

/* Card 4 ends the second envelope key behind what it has signed; card 5 the third one likewise. */
static void cards_revoke(struct actor *actor)
{
    const uint64_t ends[] = {actor->theft.from, actor->theft.void_from},
                   begins[] = {actor->theft.next, actor->theft.at + 1};
    for (size_t i = 3; i < actor->card_count; i++) {
        struct tg_card *card = actor->cards[i];
        *card = *actor->cards[i - 1];
        card->serial = i + 1;
        card->prev = actor->cards[i - 1]->text_hash;
        card->envelopes[i - 2].until = ends[i - 3];
        card->envelopes[i - 1] = (struct tg_card_key){.from = begins[i - 3], .until = UINT64_MAX};
        actor_key(actor, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &actor->envelopes[i - 1].public_key,
                  &card->envelopes[i - 1].key);
        card->envelope_count = i;
        card_sign(actor, i, &actor->roots[1], NULL);
    }
}

static void actor_keys(struct world *world, struct actor *actor)
{
    for (size_t i = 0; i < 2; i++) {
        pair_make(world, &actor->roots[i]);
        pair_make(world, &actor->logs[i]);
    }
    for (size_t i = 0; i < 4; i++) pair_make(world, &actor->envelopes[i]);
    pair_make(world, &actor->clock);
    pair_make(world, &actor->store);
    tg_node_id_of_root(&actor->roots[0].public_key, &actor->id);
    for (size_t i = 0; i < CARDS_MAX; i++)
        if (!(actor->cards[i] = calloc(1, sizeof *actor->cards[i]))) abort();
}

/* ---- logs ---- */

static void batch_seal(struct world *world, struct actor *actor, struct sealed_batch *batch)
{
    struct tg_random random = {.fill = world_fill, .ctx = world};
    struct tg_signer signer = tg_signer_of_secret(&actor->envelopes[batch->key].secret);
    const struct tg_card *card = actor->cards[batch->card];
    struct tg_seal_params params = {.position = {.origin = actor->id, .index = batch->index},
                                    .envelope_key = &card->envelopes[batch->key].key,
                                    .signer = &signer,
                                    .created = EPOCH_SECONDS + batch->index,
                                    .precedence = (enum tg_precedence)world_below(world, 4),
                                    .card_hash = card->text_hash,
                                    .recovery = card->recovery,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = batch->records,
                                    .record_count = batch->count};
    struct tg_batch opened = {0};
    struct tg_record_proof proof;
    MUST(tg_envelope_seal(&params, &random, &batch->sealed, NULL));
    MUST(tg_envelope_open_key(&batch->sealed.envelope, &batch->sealed.ck, &actor->id, &world->arena, &opened,
                              NULL));
    for (uint32_t i = 0; i < batch->count; i++) {
        MUST(tg_record_proof_of_batch(&batch->sealed.envelope, &opened, i + 1, &proof));
        memcpy(batch->salts[i], proof.salt, sizeof proof.salt);
        tg_record_leaf_hash(proof.salt, &proof.record_id, &batch->hashes[i]);
    }
    tg_batch_release(&opened);
    memcpy(actor->leaves[batch->index], batch->sealed.leaf, TG_LEAF_BYTES);
}

static void batch_make(struct world *world, struct actor *actor, size_t which)
{
    struct sealed_batch *batch = &actor->batches[which];
    batch->index = which == 0 ? 0 : actor->size * which / ENVELOPES + world_below(world, 2);
    batch->count = which == 0 ? 1 : 1 + world_below(world, RECORDS_MAX);
    const bool turned = actor->card_count > 1 && batch->index >= TURN;
    batch->card = turned ? 1 + world_below(world, 2) : 0;
    batch->key = turned;
    if (which > REVOKED && actor->theft.from) {
        batch->card = actor->card_count - 1;
        batch->key = batch->card - 1;
        batch->index = actor->size - 2;
    }
    for (size_t i = 0; i < batch->count; i++) {
        uint8_t bytes[300];
        size_t count = 1 + world_below(world, sizeof bytes);
        world_fill(world, bytes, count);
        batch->records[i] = world_copy(world, tg_view_of(bytes, count));
    }
    batch_seal(world, actor, batch);
}

/* The honest one stands in the log of everybody whose key was stolen. */
static void attest_put(struct world *world, struct actor *actor)
{
    struct attesting attesting = actor_attesting(actor);
    struct tg_attest_proof proof;
    for (size_t i = 0; i < actor->size; i++)
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(actor->leaves[i]), &actor->hashes[i]);
    actor_attest(world, actor, &attesting, actor->size, actor->hashes, &proof);
    tg_envelope_leaf(proof.head, actor->leaves[attesting.at]);
}

static void log_make(struct world *world, struct actor *actor)
{
    for (size_t i = 0; i < actor->size; i++) {
        world_fill(world, actor->leaves[i], TG_LEAF_BYTES);
        actor->leaves[i][0] = 1;
    }
    for (size_t i = 0; i < ENVELOPES; i++) batch_make(world, actor, i);
    if (actor->theft.from) attest_put(world, actor);
    for (size_t i = 0; i < actor->size; i++)
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(actor->leaves[i]), &actor->hashes[i]);
}

struct world *world_new(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world) abort();
    MUST(tg_crypto_init(NULL));
    world->seed = seed;
    tg_arena_init(&world->arena, SIZE_MAX / 2);
    for (size_t i = 0; i < ACTORS; i++) {
        world->actors[i] = calloc(1, sizeof *world->actors[i]);
        if (!world->actors[i]) abort();
        actor_keys(world, world->actors[i]);
    }
    for (size_t i = 0; i < ACTORS; i++) {
        struct actor *actor = world->actors[i];
        actor->size = plans[i].size;
        actor->card_count = plans[i].cards;
        card_fill(world, actor, i, actor->cards[0]);
        card_sign(actor, 0, &actor->roots[0], NULL);
        actor->theft = plans[i].theft;
        if (actor->card_count > 1) cards_follow(actor);
        cards_revoke(actor);
        log_make(world, actor);
    }
    return world;
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < ACTORS; i++) {
        struct actor *actor = world->actors[i];
        for (size_t k = 0; k < ENVELOPES; k++) tg_sealed_release(&actor->batches[k].sealed);
        for (size_t k = 0; k < CARDS_MAX; k++) tg_buf_release(&actor->notes[k]);
        for (size_t k = 0; k < CARDS_MAX; k++) free(actor->cards[k]);
        free(actor);
    }
    tg_arena_release(&world->arena);
    free(world);
}

/* ---- statements ---- */

const struct pair *actor_log_pair(const struct actor *actor, uint64_t size)
{
    return &actor->logs[actor->card_count > 1 && size > TURN];
}

void actor_checkpoint(struct world *world, const struct actor *actor, uint64_t size,
                      const struct tg_hash *root, const struct pair *by, unsigned cosigners,
                      struct tg_buf *out)
{
    struct tg_checkpoint checkpoint = {.size = size};
    struct tg_note_key key;
    if (!by) by = actor_log_pair(actor, size);
    actor_key(actor, TG_KEY_ROLE_LOG, TG_NOTE_ED25519, &by->public_key, &key);
    memcpy(checkpoint.origin, key.name, sizeof key.name);
    tg_merkle_root_of(actor->hashes, (size_t)size, &checkpoint.root);
    if (root) checkpoint.root = *root;
    struct tg_signer signer = tg_signer_of_secret(&by->secret);
    MUST(tg_checkpoint_sign(&checkpoint, &key, &signer, out));
    for (size_t i = 0; i < ACTORS; i++) {
        const struct actor *witness = world->actors[i];
        if (!(cosigners >> i & 1) || witness == actor) continue;
        signer = tg_signer_of_secret(&witness->clock.secret);
        MUST(tg_checkpoint_cosign(&checkpoint, &witness->cards[0]->clock, EPOCH_SECONDS + size + i, &signer,
                                  out));
    }
}

void actor_evidence(struct world *world, const struct actor *actor, const struct sealed_batch *batch,
                    size_t item, uint64_t size, unsigned cosigners, struct tg_evidence *ret_evidence)
{
    struct tg_hash id;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_merkle_memory memory = {actor->hashes, (size_t)size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    *ret_evidence = (struct tg_evidence){.card = tg_buf_view(&actor->notes[batch->card]),
                                         .head = batch->sealed.envelope.head,
                                         .index = batch->index,
                                         .record = batch->records[item]};
    MUST(tg_merkle_inclusion(&reader, batch->index, size, &ret_evidence->inclusion));
    actor_checkpoint(world, actor, size, NULL, NULL, cosigners, &note);
    ret_evidence->checkpoint = world_copy(world, tg_buf_view(&note));
    if (actor->theft.from && batch == &actor->batches[REVOKED]) {
        struct attesting attesting = actor_attesting(actor);
        struct tg_hash *hashes = tg_arena_copy(&world->arena, actor->hashes, sizeof actor->hashes);
        actor_attest(world, actor, &attesting, size, hashes, &ret_evidence->attest);
    }
    tg_record_id_of(batch->records[item], &id);
    MUST(tg_record_proof_make(batch->hashes, (uint32_t)batch->count, (uint32_t)item + 1, batch->salts[item],
                              &id, &ret_evidence->proof));
}

/* ---- attestations ---- */

struct attesting actor_attesting(const struct actor *actor)
{
    return (struct attesting){.from = actor->theft.from,
                              .until = actor->theft.next,
                              .at = actor->theft.at,
                              .entry_key = 2,
                              .note_key = 2,
                              .of = actor,
                              .control = true};
}

static struct tg_view attest_note(struct world *world, const struct actor *actor,
                                  const struct attesting *attesting, const struct tg_hash *hashes)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_note_key key;
    struct tg_attest attest = {.origin = attesting->of->id,
                               .epoch = attesting->epoch,
                               .from = attesting->from,
                               .until = attesting->until,
                               .time = EPOCH_SECONDS};
    struct tg_signer signer = tg_signer_of_secret(&actor->envelopes[attesting->note_key].secret);
    actor_key(actor, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519, &actor->envelopes[attesting->note_key].public_key,
              &key);
    tg_merkle_root_of(hashes, (size_t)attesting->until, &attest.root);
    if (attesting->other_root) attest.root.bytes[7] ^= 1;
    MUST(tg_attest_sign(&attest, &key, &signer, &note, NULL));
    return world_copy(world, tg_buf_view(&note));
}

void actor_attest(struct world *world, const struct actor *actor, const struct attesting *attesting,
                  uint64_t size, struct tg_hash *hashes, struct tg_attest_proof *ret_proof)
{
    struct tg_note_key key;
    struct tg_sealed sealed = {0};
    struct tg_random random = {.fill = world_fill, .ctx = world};
    const struct tg_card *card = actor->cards[actor->card_count - 1];
    struct tg_signer signer = tg_signer_of_secret(&actor->envelopes[attesting->entry_key].secret);
    struct tg_view records[] = {attest_note(world, actor, attesting, hashes), tg_view_str("another")};
    actor_key(actor, TG_KEY_ROLE_ENVELOPE, TG_NOTE_ED25519,
              &actor->envelopes[attesting->entry_key].public_key, &key);
    struct tg_seal_params params = {.position = {.origin = actor->id, .index = attesting->at},
                                    .envelope_key = &key,
                                    .signer = &signer,
                                    .created = EPOCH_SECONDS,
                                    .card_hash = card->text_hash,
                                    .recovery = card->recovery,
                                    .recovery_previous = TG_NO_PREVIOUS,
                                    .records = records,
                                    .record_count = 2};
    if (attesting->control)
        MUST(tg_envelope_seal_control(&params, &sealed, NULL));
    else
        MUST(tg_envelope_seal(&params, &random, &sealed, NULL));
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(sealed.leaf), &hashes[attesting->at]);
    struct tg_merkle_memory memory = {hashes, (size_t)size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    struct tg_record_proof record;
    struct tg_hash leaves[2], id;
    static const uint8_t salt[TG_SALT_BYTES];
    for (size_t i = 2; i-- > 0;) {
        tg_record_id_of(records[i], &id);
        tg_record_leaf_hash(salt, &id, &leaves[i]);
    }
    MUST(tg_record_proof_make(leaves, 2, 1, salt, &id, &record));
    *ret_proof = (struct tg_attest_proof){.head = world_copy(world, sealed.envelope.head),
                                          .item = 1,
                                          .count = 2,
                                          .path = record.path,
                                          .note = records[0]};
    MUST(tg_merkle_inclusion(&reader, attesting->at, size, &ret_proof->inclusion));
    MUST(tg_merkle_consistency(&reader, attesting->until, size, &ret_proof->consistency));
    tg_sealed_release(&sealed);
}
