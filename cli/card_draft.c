/* Card drafts and root files: what goes between a node and the offline machine that signs for it.
 *
 * Knows no secret. Formats: docs/formats-keys.md "Card draft", "Root file".
 */
#include "cli/card_draft.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/output.h"

static const char draft_front[] = "tamga/card-draft/v1 ", draft_epoch[] = "tamga/card-draft/v2 ";
static const char root_first[] = "tamga/root/v1";
#define DRAFT_BYTES_MAX (TG_NOTE_BYTES_MAX + TG_CARD_BYTES_MAX + TG_PROLOGUE_BYTES_MAX + 64)
#define ROOT_FILE_BYTES_MAX 1024

/* ---- drafts ---- */

void tg_card_draft_release(struct tg_card_draft *draft)
{
    tg_card_file_release(&draft->previous);
    free(draft->card);
    draft->card = NULL;
}

tg_err tg_card_draft_encode(const struct tg_card_draft *draft, struct tg_buf *out, struct tg_errmsg *em)
{
    const struct tg_view previous = tg_buf_view(&draft->previous.note);
    tg_err err = tg_buf_putf(out, "%s%zu\n", draft->begins ? draft_epoch : draft_front, previous.bytes);
    if (!err) err = tg_buf_put_view(out, previous);
    if (!err) err = tg_card_encode(draft->card, out, em);
    return err || !draft->begins ? err : tg_prologue_encode(&draft->prologue, out, em);
}

/* As tg_card_check_successor has it, but for what only signatures can show. */
static tg_err follows(const struct tg_card_draft *draft, struct tg_errmsg *em)
{
    const struct tg_card *old = draft->previous.card, *card = draft->card;
    if (!old)
        return card->serial == 1 ? TG_OK : tg_fail(em, TG_EFORMAT, "the draft lacks the card before it");
    return tg_card_check_successor(old, card, tg_buf_view(&draft->previous.note), em);
}

/* What stands behind the card's text in a draft that begins an epoch; `rest` becomes the card's text. */
static tg_err prologue_take(struct tg_card_draft *draft, struct tg_view *rest, struct tg_errmsg *em)
{
    struct tg_view text;
    tg_prologue_split(rest, &text);
    draft->begins = true;
    return tg_prologue_parse_text(text, &draft->prologue, em);
}

static tg_err prologue_fits(const struct tg_card_draft *draft, struct tg_errmsg *em)
{
    const struct tg_prologue *prologue = &draft->prologue;
    const bool fits = draft->previous.card && tg_node_id_equal(&prologue->origin, &draft->card->node) &&
                      tg_card_epoch(draft->card) == prologue->epoch &&
                      tg_card_epoch(draft->previous.card) + 1 == prologue->epoch &&
                      tg_card_begins(draft->card, prologue->epoch);
    return fits ? TG_OK : tg_fail(em, TG_EVALUE, "its prologue is not of the epoch that its card begins");
}

tg_err tg_card_draft_read(const char *path, struct tg_card_draft *draft, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    uint64_t previous_bytes = 0;
    tg_err err = tg_file_read(path, DRAFT_BYTES_MAX, &bytes, em);
    if (err) return err;
    struct tg_rd rd = tg_rd_init(tg_buf_view(&bytes));
    const struct tg_view first = tg_rd_until(&rd, '\n');
    const size_t front = sizeof draft_front - 1;
    const bool begins = tg_view_starts_with(first, draft_epoch);
    if (rd.err || (!begins && !tg_view_starts_with(first, draft_front)) ||
        tg_text_u64(tg_view_of(first.data + front, first.bytes - front), TG_NOTE_BYTES_MAX, &previous_bytes))
        return tg_fail(em, TG_EMAGIC, "'%s' is no draft of a card", path);
    const struct tg_view note = tg_rd_view(&rd, (size_t)previous_bytes);
    if (rd.err) return tg_fail(em, TG_ESHORT, "'%s' is cut off", path);
    if (note.bytes) err = tg_buf_put_view(&draft->previous.note, note);
    if (!err && note.bytes) {
        draft->previous.card = calloc(1, sizeof *draft->previous.card);
        err = draft->previous.card ? tg_card_open(note, draft->previous.card, em) : TG_ENOMEM;
    }
    struct tg_view text = tg_view_of(rd.at, rd.left);
    if (!err && begins) err = prologue_take(draft, &text, em);
    if (!err) draft->card = calloc(1, sizeof *draft->card);
    if (!err) err = draft->card ? tg_card_parse_text(text, draft->card, em) : TG_ENOMEM;
    if (!err) err = follows(draft, em);
    if (!err && begins) err = prologue_fits(draft, em);
    return err ? tg_context(em, err, "'%s' is not a valid draft", path) : TG_OK;
}

/* ---- what changes ---- */

/* Lines, each ended by a newline. */
static tg_err facts_keys(const struct tg_card_key *keys, size_t count, const char *name, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = tg_buf_putf(out, "%s key %08x, epoch %u, from entry %" PRIu64, name, keys[i].key.id,
                          keys[i].epoch, keys[i].from);
        if (!err && keys[i].until != UINT64_MAX) err = tg_buf_putf(out, " until %" PRIu64, keys[i].until);
        if (!err) err = tg_buf_put_str(out, "\n");
    }
    return err;
}

/* The first digits of its hash: enough to see that it is another one. */
static tg_err facts_bytes(const char *name, const void *key, struct tg_buf *out)
{
    struct tg_hash hash;
    char text[TG_HEX_BYTES(4)];
    tg_sha256_of(tg_view_of(key, 32), &hash);
    tg_hex_encode(hash.bytes, 4, text);
    return tg_buf_putf(out, "%s key %s\n", name, text);
}

static tg_err facts_nodes(const struct tg_node_id *nodes, size_t count, const char *name, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        char text[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&nodes[i], text);
        err = tg_buf_putf(out, "%s %s\n", name, text);
    }
    return err;
}

static tg_err facts_of(const struct tg_card *card, struct tg_buf *out)
{
    tg_err err = tg_buf_putf(out, "serial %" PRIu64 "\ncountry %s\nname %s\n", card->serial, card->country,
                             card->name);
    if (!err && card->contact[0]) err = tg_buf_putf(out, "contact %s\n", card->contact);
    if (!err) err = tg_buf_putf(out, "root key %08x\n", card->root.id);
    if (!err && card->has_next_root) err = facts_bytes("announced next root", card->next_root.bytes, out);
    if (!err) err = facts_keys(card->logs, card->log_count, "log", out);
    if (!err) err = facts_keys(card->envelopes, card->envelope_count, "envelope", out);
    if (!err) err = tg_buf_putf(out, "clock key %08x\nstore key %08x\n", card->clock.id, card->store.id);
    if (!err) err = facts_bytes("seal", card->seal.bytes, out);
    if (!err) err = facts_bytes("recovery", card->recovery.bytes, out);
    if (!err) err = facts_bytes("curve", card->curve, out);
    for (size_t i = 0; i < card->endpoint_count && !err; i++)
        err = tg_buf_putf(out, "endpoint %s\n", card->endpoints[i]);
    if (!err) err = facts_nodes(card->witnesses, card->witness_count, "witness", out);
    return err ? err : facts_nodes(card->relays, card->relay_count, "relay", out);
}

static bool has_line(struct tg_view facts, struct tg_view line)
{
    for (struct tg_rd rd = tg_rd_init(facts); rd.left && !rd.err;)
        if (tg_view_equal(tg_rd_until(&rd, '\n'), line)) return true;
    return false;
}

/* Lines of `facts` that `others` has not. */
static tg_err only_put(struct tg_cli *cli, const char *mark, struct tg_view facts, struct tg_view others)
{
    for (struct tg_rd rd = tg_rd_init(facts); rd.left && !rd.err;) {
        const struct tg_view line = tg_rd_until(&rd, '\n');
        TG_AUTO(tg_buf) struct tg_buf safe = {0};
        if (has_line(others, line)) continue;
        const tg_err err = tg_text_escape(line, &safe);
        if (err) return err;
        tg_put(cli, "%s %.*s\n", mark, TG_VIEW_PRINT(tg_buf_view(&safe)));
    }
    return TG_OK;
}

tg_err tg_card_changes_print(struct tg_cli *cli, const struct tg_card *old, const struct tg_card *card)
{
    TG_AUTO(tg_buf) struct tg_buf before = {0}, after = {0};
    char node[TG_NODE_TEXT_BYTES];
    tg_err err = old ? facts_of(old, &before) : TG_OK;
    if (!err) err = facts_of(card, &after);
    if (err) return err;
    tg_node_id_format(&card->node, node);
    tg_put(cli, "  node %s\n", node);
    err = only_put(cli, "-", tg_buf_view(&before), tg_buf_view(&after));
    return err ? err : only_put(cli, "+", tg_buf_view(&after), tg_buf_view(&before));
}

void tg_prologue_print(struct tg_cli *cli, const struct tg_prologue *prologue)
{
    char root[TG_HEX_BYTES(TG_HASH_BYTES)];
    tg_hex_encode(prologue->root.bytes, TG_HASH_BYTES, root);
    tg_put(cli,
           "  begins epoch %" PRIu32 " of its log: of epoch %" PRIu32 " only %" PRIu64
           " entries can be proven,\n  root %s\n  reason: %s\n"
           "  What was signed beyond them is given up, and no partner takes it any more.\n",
           prologue->epoch, prologue->epoch - 1, prologue->size, root, prologue->reason);
}

/* ---- root files ---- */

tg_err tg_root_file_encode(const struct tg_root_file *root, struct tg_buf *out)
{
    const uint8_t *const keys[] = {root->root.bytes, root->next_root.bytes, root->recovery.bytes};
    static const char *const names[] = {"root", "next-root", "recovery"};
    tg_err err = tg_buf_putf(out, "%s\n", root_first);
    for (size_t i = 0; i < 3 && !err; i++) {
        char text[TG_BASE64_BYTES(32)];
        tg_base64_encode(keys[i], 32, text);
        err = tg_buf_putf(out, "%s %s\n", names[i], text);
    }
    return err;
}

static bool line_take(struct tg_rd *rd, const char *name, uint8_t out[static 32])
{
    size_t bytes = 0;
    const struct tg_view line = tg_rd_until(rd, '\n');
    const size_t front = strlen(name);
    return !rd->err && tg_view_starts_with(line, name) &&
           !tg_base64_decode(tg_view_of(line.data + front, line.bytes - front), out, 32, &bytes) &&
           bytes == 32;
}

tg_err tg_root_file_read(const char *path, struct tg_root_file *ret_root, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct tg_root_file root;
    tg_err err = tg_file_read(path, ROOT_FILE_BYTES_MAX, &bytes, em);
    if (err) return err;
    struct tg_rd rd = tg_rd_init(tg_buf_view(&bytes));
    const bool good = tg_view_equal_str(tg_rd_until(&rd, '\n'), root_first) &&
                      line_take(&rd, "root ", root.root.bytes) &&
                      line_take(&rd, "next-root ", root.next_root.bytes) &&
                      line_take(&rd, "recovery ", root.recovery.bytes) && !rd.left;
    if (!good) return tg_fail(em, TG_EFORMAT, "'%s' is not what 'tamga card root' writes", path);
    *ret_root = root;
    return TG_OK;
}

tg_err tg_card_key_make(const struct tg_node_id *node, enum tg_key_role role, uint32_t epoch,
                        const struct tg_sign_public *public_key, struct tg_note_key *ret_key)
{
    const enum tg_note_type type = role == TG_KEY_ROLE_CLOCK ? TG_NOTE_COSIGNATURE : TG_NOTE_ED25519;
    char name[TG_KEY_NAME_BYTES];
    tg_key_name_format(node, role, epoch, name);
    return tg_note_key_make(name, type, public_key, ret_key);
}
