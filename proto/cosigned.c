/* A checkpoint as a stranger judges it: the log's signature, the witnesses', and how many of them it takes.
 *
 * Knows no store and no peer. Rule of k of n: docs/formats.md "Leaf, checkpoint, proof, receipt".
 */
#include "proto/cosigned.h"

const struct tg_card *tg_known_newest(const struct tg_known_cards *known, const struct tg_node_id *node)
{
    const struct tg_card *newest = NULL;
    for (size_t i = 0; i < known->count; i++) {
        const struct tg_card *card = known->cards[i];
        if (!tg_node_id_equal(&card->node, node)) continue;
#ifdef TG_CONTROL_NO_NEWEST_CARD
        if (!newest) newest = card;
#else
        if (!newest || card->serial > newest->serial) newest = card;
#endif
    }
    return newest;
}

const struct tg_card *tg_known_by_hash(const struct tg_known_cards *known, const struct tg_hash *text_hash)
{
    for (size_t i = 0; i < known->count; i++)
        if (tg_hash_equal(&known->cards[i]->text_hash, text_hash)) return known->cards[i];
    return NULL;
}

size_t tg_witnesses_needed(size_t witnesses)
{
    if (witnesses < 3) return witnesses ? 1 : 0;
    return 2 * witnesses / 3 + 1;
}

static bool is_listed(const struct tg_card *card, const struct tg_node_id *node)
{
    for (size_t i = 0; i < card->witness_count; i++)
        if (tg_node_id_equal(&card->witnesses[i], node)) return true;
    return false;
}

/* Clock keys of every known node but the origin, each once; owners[i] is the card of keys[i]. */
static size_t clocks_collect(const struct tg_known_cards *known, const struct tg_node_id *origin,
                             struct tg_note_key *keys, const struct tg_card **owners)
{
    size_t count = 0;
    for (size_t i = 0; i < known->count; i++) {
        const struct tg_card *card = known->cards[i];
        bool skip = tg_node_id_equal(&card->node, origin);
        for (size_t k = 0; k < count; k++) skip = skip || tg_note_key_equal(&keys[k], &card->clock);
        if (skip) continue;
        keys[count] = card->clock;
        owners[count++] = card;
    }
    return count;
}

static void cosigned_count(const struct tg_card *origin, const struct tg_card *const *owners,
                           const struct tg_note_seen *seen, size_t count, struct tg_cosigned *ret_cosigned)
{
    struct tg_cosigned cosigned = {.witnesses = origin->witness_count,
                                   .needed = tg_witnesses_needed(origin->witness_count)};
    for (size_t i = 0; i < count; i++) {
        bool counted = !seen[i].signed_it;
        /* A node whose clock key has changed may have signed with both. */
        for (size_t k = 0; k < i; k++)
            counted = counted || (seen[k].signed_it && tg_node_id_equal(&owners[k]->node, &owners[i]->node));
        if (counted) continue;
        cosigned.seen++;
        if (!is_listed(origin, &owners[i]->node)) continue;
        cosigned.listed++;
        if (!cosigned.oldest || seen[i].time < cosigned.oldest) cosigned.oldest = seen[i].time;
    }
    *ret_cosigned = cosigned;
}

static tg_err cosigned_check(struct tg_view note, const struct tg_card *origin,
                             const struct tg_note_key *log_key, const struct tg_known_cards *known,
                             struct tg_arena *arena, struct tg_cosigned *ret_cosigned, struct tg_errmsg *em)
{
    size_t room = known->count ? known->count : 1;
    struct tg_checkpoint checkpoint;
    struct tg_note_key *keys = tg_arena_take_array(arena, room, sizeof *keys);
    struct tg_note_seen *seen = tg_arena_take_array(arena, room, sizeof *seen);
    const struct tg_card **owners = tg_arena_take_array(arena, room, sizeof *owners);
    if (!keys || !seen || !owners) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    size_t count = clocks_collect(known, &origin->node, keys, owners);
    tg_err err = tg_checkpoint_open(note, log_key, keys, count, &checkpoint, seen, em);
    if (!err) cosigned_count(origin, owners, seen, count, ret_cosigned);
    return err;
}

tg_err tg_cosigned_open(struct tg_view note, const struct tg_card *card, const struct tg_known_cards *known,
                        struct tg_arena *arena, struct tg_checkpoint *ret_checkpoint,
                        const struct tg_note_key **ret_log_key, struct tg_cosigned *ret_cosigned,
                        struct tg_errmsg *em)
{
    struct tg_node_id node;
    uint32_t epoch = 0;
    struct tg_checkpoint checkpoint;
    struct tg_note *parsed = tg_arena_take(arena, sizeof *parsed);
    if (!parsed) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    tg_err err = tg_note_parse(note, parsed, em);
    if (!err) err = tg_checkpoint_parse(parsed->text, &checkpoint, em);
    if (err) return err;
    if (tg_log_origin_parse(tg_view_str(checkpoint.origin), &node, &epoch))
        return tg_fail(em, TG_EPOSITION, "it is of no node's log");
    const struct tg_card *newest = tg_known_newest(known, &node);
    if (card && tg_node_id_equal(&card->node, &node) && (!newest || card->serial > newest->serial))
        newest = card;
    if (!newest) return tg_fail(em, TG_EKEY, "no card at hand is of that log's node; give it with --card");
    /* By the newest card alone: an older one leaves the range of its own key open. */
    const struct tg_card_key *key = tg_card_log_key(newest, epoch, checkpoint.size);
    if (!key)
        return tg_fail(em, TG_EKEY,
                       "no card at hand has a log key for that size; give the origin's newer card as well");
    err = cosigned_check(note, newest, &key->key, known, arena, ret_cosigned, em);
    if (err) return err;
    *ret_checkpoint = checkpoint;
    *ret_log_key = &key->key;
    return TG_OK;
}
