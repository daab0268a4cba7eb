/* The cases: something good, and one thing done to it. Each row of a table says what, and what must come of it. */
#include "making.h"

uint8_t *writable(struct tg_view view)
{
    uint8_t *data;
    memcpy(&data, &view.data, sizeof data);
    return data;
}

/* A copy with one bit flipped. */
struct tg_view flipped_at(struct world *world, struct tg_view view, size_t at, unsigned bit)
{
    struct tg_view copy = world_copy(world, view);
    writable(copy)[at] ^= (uint8_t)(1u << bit);
    return copy;
}

struct tg_view flipped(struct world *world, struct tg_view view)
{
    return flipped_at(world, view, world_below(world, view.bytes), (unsigned)world_below(world, 8));
}

static void hash_flip(struct world *world, struct tg_hash *hash)
{
    hash->bytes[world_below(world, TG_HASH_BYTES)] ^= (uint8_t)(1u << world_below(world, 8));
}

/* Bytes taken away, put in, doubled or exchanged, anywhere. */
struct tg_view mangled(struct world *world, struct tg_view view)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    size_t at = world_below(world, view.bytes), left = view.bytes - at,
           some = 1 + world_below(world, left < 40 ? left : 40);
    struct tg_view front = tg_view_of(view.data, at), back = tg_view_of(view.data + at, left);
    struct tg_view piece = tg_view_of(view.data + at, some),
                   rest = tg_view_of(view.data + at + some, left - some);
    static const char inserts[][8] = {" ", "\n", "0", "=", "\t", "\r", "\xe2\x80\x94", "\xff", "\x7f", "A"};
    MUST(tg_buf_put_view(&out, front));
    switch (world_below(world, 5)) {
    case 0:
        break; /* cut off */
    case 1:
        MUST(tg_buf_put_view(&out, rest));
        break;
    case 2:
        MUST(tg_buf_put_str(&out, inserts[world_below(world, sizeof inserts / sizeof inserts[0])]));
        MUST(tg_buf_put_view(&out, back));
        break;
    case 3:
        MUST(tg_buf_put_view(&out, piece));
        MUST(tg_buf_put_view(&out, back));
        break;
    default:
        MUST(tg_buf_put_view(&out, rest));
        MUST(tg_buf_put_view(&out, piece));
    }
    return world_copy(world, tg_buf_view(&out));
}

void nothing(struct making *making)
{
    (void)making;
}

/* ---- evidence and proofs ---- */

static void d_manifest(struct making *m)
{
    m->evidence.head = flipped_at(m->world, m->evidence.head, world_below(m->world, TG_MANIFEST_BYTES),
                                  (unsigned)world_below(m->world, 8));
}
static void d_signature(struct making *m)
{
    m->evidence.head =
        flipped_at(m->world, m->evidence.head, TG_MANIFEST_BYTES + world_below(m->world, TG_SIGNATURE_BYTES),
                   (unsigned)world_below(m->world, 8));
}
static void d_inclusion(struct making *m)
{
    struct tg_merkle_proof *path = &m->evidence.inclusion;
    if (path->count)
        hash_flip(m->world, &path->path[world_below(m->world, path->count)]);
    else
        path->count = 1;
}
static void d_path_short(struct making *m)
{
    if (m->evidence.inclusion.count)
        m->evidence.inclusion.count--;
    else
        m->evidence.index++;
}
static void d_path_long(struct making *m)
{
    world_fill(m->world, &m->evidence.inclusion.path[m->evidence.inclusion.count++], TG_HASH_BYTES);
}
static void d_index(struct making *m)
{
    m->evidence.index ^= (uint64_t)1 << world_below(m->world, 4);
}
static void d_record(struct making *m)
{
    m->evidence.record = flipped(m->world, m->evidence.record);
}
static void d_id(struct making *m)
{
    hash_flip(m->world, &m->evidence.proof.record_id);
}
static void d_salt(struct making *m)
{
    m->evidence.proof.salt[world_below(m->world, TG_SALT_BYTES)] ^= 1;
}
static void d_other_salt(struct making *m)
{
    size_t item = m->evidence.proof.item % m->batch->count;
    if (m->batch->count == 1)
        m->evidence.proof.salt[0] ^= 1;
    else
        memcpy(m->evidence.proof.salt, m->batch->salts[item], TG_SALT_BYTES);
}
static void d_other_record(struct making *m)
{
    size_t item = m->evidence.proof.item % m->batch->count;
    if (m->batch->count == 1) {
        d_record(m);
        return;
    }
    m->evidence.record = m->batch->records[item];
    tg_record_id_of(m->evidence.record, &m->evidence.proof.record_id);
}
static void d_records_path(struct making *m)
{
    struct tg_merkle_proof *path = &m->evidence.proof.path;
    if (path->count)
        hash_flip(m->world, &path->path[world_below(m->world, path->count)]);
    else
        path->count = 1;
}
static void d_item(struct making *m)
{
    m->evidence.proof.item = m->evidence.proof.item % TG_BATCH_RECORDS_MAX + 1;
}
static void d_of(struct making *m)
{
    m->evidence.proof.count++;
}
static void d_no_contents(struct making *m)
{
    m->evidence.record = (struct tg_view){0};
}
static void d_card(struct making *m)
{
    m->evidence.card = flipped(m->world, m->evidence.card);
}
static void d_card_other(struct making *m)
{
    m->evidence.card = tg_buf_view(&m->other->notes[0]);
}
static void d_card_resigned(struct making *m)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_card *card = tg_arena_copy(&m->world->arena, m->actor->cards[m->batch->card], sizeof *card);
    struct tg_signer signer = tg_signer_of_secret(&m->actor->roots[card->serial >= 3].secret);
    (void)snprintf(card->name, sizeof card->name, "Another service");
    if (card->serial != 3)
        MUST(tg_card_sign(card, &signer, NULL, NULL, &note, NULL));
    else
        MUST(tg_card_sign(card, &signer, &m->actor->cards[1]->root, &signer, &note, NULL));
    m->evidence.card = world_copy(m->world, tg_buf_view(&note));
}
static void checkpoint_set(struct making *m, uint64_t size, const struct tg_hash *root, const struct pair *by)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    actor_checkpoint(m->world, m->actor, size, root, by, m->cosigners, &note);
    m->evidence.checkpoint = world_copy(m->world, tg_buf_view(&note));
}
void d_checkpoint_root(struct making *m)
{
    struct tg_hash root;
    world_fill(m->world, root.bytes, sizeof root.bytes);
    checkpoint_set(m, m->size, &root, NULL); /* signed, and not this tree's */
}
static void d_checkpoint_key(struct making *m)
{
    checkpoint_set(m, m->size, NULL, &m->actor->envelopes[0]);
}
static void d_checkpoint_old_key(struct making *m)
{
    checkpoint_set(m, m->size, NULL, &m->actor->logs[m->actor->card_count == 1 || m->size <= TURN]);
}
static void d_checkpoint_small(struct making *m)
{
    checkpoint_set(m, m->batch->index, NULL, NULL);
}
static void d_checkpoint_size(struct making *m)
{
    checkpoint_set(m, m->size + 1, NULL, NULL);
}
static void d_checkpoint_other(struct making *m)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    actor_checkpoint(m->world, m->other, m->other->size, NULL, NULL, m->cosigners, &note);
    m->evidence.checkpoint = world_copy(m->world, tg_buf_view(&note));
}
static void d_checkpoint_bit(struct making *m)
{
    m->evidence.checkpoint = flipped(m->world, m->evidence.checkpoint);
}
static void d_checkpoint_mangled(struct making *m)
{
    m->evidence.checkpoint = mangled(m->world, m->evidence.checkpoint);
}

/* The bit of a signature line by some actor that is not the log's: the last line. */
static void d_cosignature(struct making *m)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    unsigned last = m->other == m->world->actors[0]   ? 1u
                    : m->other == m->world->actors[1] ? 2u
                    : m->other == m->world->actors[2] ? 4u
                    : m->other == m->world->actors[3] ? 8u
                                                      : 16u;
    actor_checkpoint(m->world, m->actor, m->size, NULL, NULL, last, &note);
    /* Inside the signature: its line ends in base64 of 76 bytes, 104 characters. */
    uint8_t *at = note.data + note.bytes - 1 - 20 - world_below(m->world, 40);
    *at = *at == 'A' ? 'B' : 'A';
    m->evidence.checkpoint = world_copy(m->world, tg_buf_view(&note));
}
static void d_doubled_line(struct making *m)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    MUST(tg_buf_put_view(&note, m->evidence.checkpoint));
    const uint8_t *end = note.data + note.bytes - 1, *start = end;
    while (start[-1] != '\n') start--;
    struct tg_view line = world_copy(m->world, tg_view_of(start, (size_t)(end - start) + 1));
    MUST(tg_buf_put_view(&note, line));
    m->evidence.checkpoint = world_copy(m->world, tg_buf_view(&note));
}
static void d_unknown_line(struct making *m)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    MUST(tg_buf_put_view(&note, m->evidence.checkpoint));
    MUST(tg_buf_put_str(&note, "\xe2\x80\x94 example.org/unknown QUJDREVGR0g=\n"));
    m->evidence.checkpoint = world_copy(m->world, tg_buf_view(&note));
}
static void head_resign(struct making *m, const struct pair *by, bool new_leaf)
{
    struct tg_signature signature;
    uint8_t head[TG_HEAD_BYTES];
    memcpy(head, m->evidence.head.data, sizeof head);
    MUST(tg_sign_labelled(&by->secret, "tamga/manifest/v1", tg_view_of(head, TG_MANIFEST_BYTES), &signature));
    memcpy(head + TG_MANIFEST_BYTES, signature.bytes, sizeof signature.bytes);
    m->evidence.head = world_copy(m->world, TG_VIEW_ARRAY(head));
    if (!new_leaf) return;
    /* A log that holds this head: only the key can show what is wrong. */
    struct tg_hash *hashes = tg_arena_copy(&m->world->arena, m->actor->hashes, m->size * sizeof *hashes),
                   root;
    uint8_t leaf[TG_LEAF_BYTES];
    tg_envelope_leaf(m->evidence.head, leaf);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &hashes[m->evidence.index]);
    tg_merkle_root_of(hashes, (size_t)m->size, &root);
    checkpoint_set(m, m->size, &root, NULL);
}
static void d_resigned(struct making *m)
{
    head_resign(m, &m->actor->logs[0], false);
}
static void d_resigned_in_log(struct making *m)
{
    head_resign(m, &m->actor->logs[0], true);
}

/* ---- attestations ---- */

/* A log in which another attestation stands. */
static void attest_set(struct making *m, const struct attesting *attesting)
{
    struct tg_hash *hashes = tg_arena_copy(&m->world->arena, m->actor->hashes, sizeof m->actor->hashes), root;
    struct tg_merkle_memory memory = {hashes, (size_t)m->size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    actor_attest(m->world, m->actor, attesting, m->size, hashes, &m->evidence.attest);
    MUST(tg_merkle_inclusion(&reader, m->batch->index, m->size, &m->evidence.inclusion));
    tg_merkle_root_of(hashes, (size_t)m->size, &root);
    checkpoint_set(m, m->size, &root, NULL);
}
static void a_none(struct making *m)
{
    m->evidence.attest = (struct tg_attest_proof){0};
}
static void a_again(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.from = m->batch->index - world_below(m->world, 3);
    attesting.until = m->batch->index + 1 + world_below(m->world, 3);
    attesting.at += world_below(m->world, 2);
    attest_set(m, &attesting);
}
static void a_note_key(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.note_key = world_below(m->world, 2);
    attest_set(m, &attesting);
}
static void a_entry_key(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.entry_key = world_below(m->world, 2);
    attest_set(m, &attesting);
}
/* By the thief, who has the revoked key: behind its end, and before its successor begins. */
static void a_thief(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.entry_key = attesting.note_key = 1;
    if (world_below(m->world, 2)) attesting.until = attesting.at = m->actor->theft.next - 1;
    attest_set(m, &attesting);
}
static void a_other_log(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    if (world_below(m->world, 2))
        attesting.epoch = 1;
    else
        attesting.of = m->other;
    attest_set(m, &attesting);
}
static void a_before(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.until = m->batch->index;
    attest_set(m, &attesting);
}
static void a_after(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.from = m->batch->index + 1;
    attest_set(m, &attesting);
}
static void a_ahead(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.until = attesting.at + 1;
    attest_set(m, &attesting);
}
static void a_root(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.other_root = true;
    attest_set(m, &attesting);
}
static void a_no_control(struct making *m)
{
    struct attesting attesting = actor_attesting(m->actor);
    attesting.control = false;
    attest_set(m, &attesting);
}
static void a_small(struct making *m)
{
    m->size = m->actor->theft.at;
    struct tg_merkle_memory memory = {m->actor->hashes, (size_t)m->size};
    struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    MUST(tg_merkle_inclusion(&reader, m->batch->index, m->size, &m->evidence.inclusion));
    MUST(tg_merkle_consistency(&reader, m->actor->theft.next, m->size, &m->evidence.attest.consistency));
    checkpoint_set(m, m->size, NULL, NULL);
}
static void a_item(struct making *m)
{
    m->evidence.attest.item = 2;
}
static void a_path(struct making *m)
{
    struct tg_attest_proof *attest = &m->evidence.attest;
    struct tg_merkle_proof *paths[] = {&attest->inclusion, &attest->consistency, &attest->path},
                           *path = paths[world_below(m->world, 3)];
    if (world_below(m->world, 2))
        hash_flip(m->world, &path->path[world_below(m->world, path->count)]);
    else
        path->count--;
}
static void a_head(struct making *m)
{
    m->evidence.attest.head = flipped(m->world, m->evidence.attest.head);
}
static void a_note(struct making *m)
{
    m->evidence.attest.note = flipped(m->world, m->evidence.attest.note);
}
/* Its own key was revoked in its turn, from before it on. */
static void a_void(struct making *m)
{
    m->actor = m->world->actors[4];
    m->other = m->world->actors[0];
    m->batch = &m->actor->batches[REVOKED];
    m->size = m->actor->size;
    actor_evidence(m->world, m->actor, m->batch, 0, m->size, m->cosigners, &m->evidence);
}

static const struct damage attest_damages[] = {
    {"attested", WANT_ACCEPTED, true, nothing},
    {"attested", WANT_ACCEPTED, true, nothing},
    {"attested by another range", WANT_ACCEPTED, true, a_again},
    {"revoked and not attested", WANT_REFUSED, false, a_none},
    {"attestation signed by an older key", WANT_REFUSED, false, a_note_key},
    {"attestation in an entry by an older key", WANT_REFUSED, false, a_entry_key},
    {"attestation by the revoked key itself", WANT_REFUSED, false, a_thief},
    {"attestation of another log", WANT_REFUSED, false, a_other_log},
    {"attestation that ends before the entry", WANT_REFUSED, false, a_before},
    {"attestation that begins behind the entry", WANT_REFUSED, false, a_after},
    {"attestation of what stands behind itself", WANT_REFUSED, false, a_ahead},
    {"attestation of another history", WANT_REFUSED, false, a_root},
    {"attestation in no control entry", WANT_REFUSED, false, a_no_control},
    {"attestation behind the checkpoint", WANT_REFUSED, false, a_small},
    {"another statement of the same entry", WANT_REFUSED, false, a_item},
    {"a path of the attestation damaged", WANT_REFUSED, false, a_path},
    {"bit of the attestation's entry", WANT_REFUSED, false, a_head},
    {"bit of the attestation", WANT_REFUSED, false, a_note},
    {"attestation by a key that was revoked in its turn", WANT_REFUSED, false, a_void},
};

static const struct damage proof_damages[] = {
    {"good", WANT_ACCEPTED, true, nothing},
    {"good", WANT_ACCEPTED, true, nothing},
    {"good", WANT_ACCEPTED, true, nothing},
    {"a line by a key that nobody knows", WANT_ACCEPTED, true, d_unknown_line},
    {"the last signature line twice", WANT_ACCEPTED, true, d_doubled_line},
    {"bit of the manifest", WANT_REFUSED, true, d_manifest},
    {"bit of the manifest's signature", WANT_REFUSED, true, d_signature},
    {"bit of the inclusion path", WANT_REFUSED, true, d_inclusion},
    {"inclusion path too short", WANT_REFUSED, true, d_path_short},
    {"inclusion path too long", WANT_REFUSED, true, d_path_long},
    {"another index", WANT_REFUSED, true, d_index},
    {"signed checkpoint with another root", WANT_REFUSED, true, d_checkpoint_root},
    {"checkpoint signed by an envelope key", WANT_REFUSED, true, d_checkpoint_key},
    {"checkpoint signed by the log key of another time", WANT_REFUSED, false, d_checkpoint_old_key},
    {"checkpoint older than the leaf", WANT_REFUSED, true, d_checkpoint_small},
    {"checkpoint of another size", WANT_REFUSED, true, d_checkpoint_size},
    {"checkpoint of another log", WANT_REFUSED, true, d_checkpoint_other},
    {"bit of the checkpoint", WANT_SAME, true, d_checkpoint_bit},
    {"checkpoint mangled", WANT_SAME, true, d_checkpoint_mangled},
    {"damaged cosignature of a known node", WANT_REFUSED, true, d_cosignature},
    {"manifest signed by the log key", WANT_REFUSED, true, d_resigned},
    {"manifest signed by the log key, in a log that holds it", WANT_REFUSED, false, d_resigned_in_log},
};
static const struct damage evidence_damages[] = {
    {"bit of the record", WANT_REFUSED, false, d_record},
    {"bit of the id", WANT_REFUSED, false, d_id},
    {"bit of the salt", WANT_REFUSED, false, d_salt},
    {"salt of another record", WANT_REFUSED, false, d_other_salt},
    {"another record of the batch", WANT_REFUSED, false, d_other_record},
    {"bit of the records path", WANT_REFUSED, false, d_records_path},
    {"another item", WANT_REFUSED, false, d_item},
    {"another number of records", WANT_REFUSED, false, d_of},
    {"without contents", WANT_ACCEPTED, false, d_no_contents},
    {"bit of the card", WANT_SAME, false, d_card},
    {"card of another node", WANT_REFUSED, false, d_card_other},
    {"another card of the node, well signed", WANT_REFUSED, false, d_card_resigned},
};

static void pick(struct making *making)
{
    struct world *world = making->world;
    size_t which = world_below(world, ACTORS);
    making->actor = world->actors[which];
    making->other = world->actors[(which + 1 + world_below(world, ACTORS - 1)) % ACTORS];
    making->batch = &making->actor->batches[world_below(world, ENVELOPES)];
    if (making->actor->theft.void_from && making->batch == &making->actor->batches[REVOKED]) making->batch--;
    const bool attested = making->actor->theft.from && making->batch == &making->actor->batches[REVOKED];
    const uint64_t least = (attested ? making->actor->theft.at : making->batch->index) + 1;
    making->size = least + world_below(world, making->actor->size - least + 1);
    if (world_below(world, 3) == 0) making->size = making->actor->size;
    making->cosigners = (unsigned)world_below(world, 1u << ACTORS);
    actor_evidence(world, making->actor, making->batch, world_below(world, making->batch->count),
                   making->size, making->cosigners, &making->evidence);
}

struct tg_view actor_chain(struct world *world, const struct actor *actor)
{
    TG_AUTO(tg_buf) struct tg_buf chain = {0};
    for (size_t i = 0; i < actor->card_count; i++)
        MUST(tg_buf_put_view(&chain, tg_buf_view(&actor->notes[i])));
    return world_copy(world, tg_buf_view(&chain));
}

void damage_apply(struct making *making, const struct damage *damage)
{
    (void)snprintf(making->one->label, sizeof making->one->label, "%s", damage->label);
    making->one->want = damage->want;
    making->one->flags = damage->go ? CASE_GO : 0;
    damage->apply(making);
}

/* One in six has its text damaged as a whole. */
static void text_add(struct making *making, struct tg_view text)
{
    uint64_t chance = world_below(making->world, 12);
    if (chance < 2) {
        making->one->want = WANT_SAME;
        making->one->flags = 0;
        (void)snprintf(making->one->label, sizeof making->one->label, "%s",
                       chance ? "mangled" : "a bit anywhere");
        text = chance ? mangled(making->world, text) : flipped(making->world, text);
    }
    part_add(making->one, "subject", text);
}

static void evidence_make(struct making *making)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const struct damage *damage = world_below(making->world, 2) ? PICK(proof_damages, making->world)
                                                                : PICK(evidence_damages, making->world);
    damage_apply(making, damage);
    making->one->flags = 0;
    MUST(tg_evidence_encode(&making->evidence, &text, NULL));
    text_add(making, world_copy(making->world, tg_buf_view(&text)));
    if (world_below(making->world, 10))
        making->one->flags |= CASE_KNOWN;
    else
        making->one->want = WANT_SAME; /* by the card in the file alone */
}

static void proof_make(struct making *making)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    damage_apply(making, PICK(proof_damages, making->world));
    MUST(tg_evidence_encode_proof(&making->evidence, &text, NULL));
    text_add(making, world_copy(making->world, tg_buf_view(&text)));
    making->one->flags |= CASE_KNOWN;
}

/* What a revoked key signed, by a reader who knows that it was. */
static void attested_make(struct making *making)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    making->actor = making->world->actors[1];
    making->other = making->world->actors[0];
    making->batch = &making->actor->batches[REVOKED];
    making->size = making->actor->theft.at + 2 + world_below(making->world, 4);
    actor_evidence(making->world, making->actor, making->batch, 0, making->size, making->cosigners,
                   &making->evidence);
    damage_apply(making, PICK(attest_damages, making->world));
    if (making->one->kind == CASE_PROOF) {
        MUST(tg_evidence_encode_proof(&making->evidence, &text, NULL));
    } else {
        MUST(tg_evidence_encode(&making->evidence, &text, NULL));
        making->one->flags = 0;
    }
    text_add(making, world_copy(making->world, tg_buf_view(&text)));
    making->one->flags |= CASE_KNOWN;
}

static void checkpoint_make(struct making *making)
{
    static const struct damage damages[] = {
        {"good", WANT_ACCEPTED, true, nothing},
        {"good", WANT_ACCEPTED, true, nothing},
        {"a line by a key that nobody knows", WANT_ACCEPTED, true, d_unknown_line},
        {"the last signature line twice", WANT_ACCEPTED, true, d_doubled_line},
        {"signed by an envelope key", WANT_REFUSED, true, d_checkpoint_key},
        {"signed by the log key of another time", WANT_REFUSED, false, d_checkpoint_old_key},
        {"of another log", WANT_ACCEPTED, true, d_checkpoint_other},
        {"a bit", WANT_SAME, true, d_checkpoint_bit},
        {"mangled", WANT_SAME, true, d_checkpoint_mangled},
        {"damaged cosignature of a known node", WANT_REFUSED, true, d_cosignature},
    };
    damage_apply(making, PICK(damages, making->world));
    part_add(making->one, "subject", making->evidence.checkpoint);
    making->one->flags |= CASE_KNOWN;
}

void case_make(struct world *world, struct one_case *one)
{
    static const struct {
        enum case_kind kind;
        unsigned share; /* of a hundred */
        void (*make)(struct making *making);
    } rows[] = {{CASE_EVIDENCE, 30, evidence_make}, {CASE_PROOF, 18, proof_make},
                {CASE_EVIDENCE, 4, attested_make},  {CASE_PROOF, 4, attested_make},
                {CASE_TILES, 6, tiles_make},        {CASE_RECEIPT, 8, receipt_make},
                {CASE_CARDS, 8, cards_make},        {CASE_CHECKPOINT, 13, checkpoint_make},
                {CASE_MANIFEST, 4, manifest_make},  {CASE_ENVELOPE, 5, envelope_make}};
    struct making making = {.world = world, .one = one};
    uint64_t at = world_below(world, 100);
    pick(&making);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (at < rows[i].share) {
            one->kind = rows[i].kind;
            rows[i].make(&making);
            return;
        }
        at -= rows[i].share;
    }
    abort();
}
