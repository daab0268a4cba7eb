/* verify: signed notes: receipts, cards one behind the other, checkpoints with cosignatures.
 *
 * Knows no node. Formats: docs/formats.md.
 */
#include <inttypes.h>

#include "cli/verify.h"
#include "proto/card_chain.h"
#include "proto/receipt_known.h"

static struct tg_view file_of(const struct tg_verifying *verifying)
{
    return tg_buf_view(&verifying->file);
}

/* ---- receipts ---- */

static const struct tg_verify_step receipt_steps[] = {
    {"receipt", "well formed, and signed by the store key of the card that it cites"},
};
#define RECEIPT_STEPS (sizeof receipt_steps / sizeof receipt_steps[0])

bool tg_verify_is_receipt(const struct tg_verifying *verifying)
{
    return tg_view_starts_with(file_of(verifying), "tamga/receipt/");
}

static uint64_t ranges_sum(const struct tg_range *ranges, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += ranges[i].last - ranges[i].first + 1;
    return sum;
}

static tg_err receipt_json(struct tg_cli *cli, const struct tg_receipt *receipt, const struct tg_card *card)
{
    struct tg_json json;
    char by[TG_NODE_TEXT_BYTES], origin[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&receipt->by, by);
    tg_node_id_format(&receipt->origin, origin);
    tg_verify_json_begin(&json, "receipt", TG_OK, "", NULL);
    tg_json_text(&json, "by", tg_view_str(by));
    tg_json_text(&json, "country", tg_view_str(card->country));
    tg_json_text(&json, "origin", tg_view_str(origin));
    tg_json_number(&json, "epoch", receipt->epoch);
    tg_json_number(&json, "size", (int64_t)receipt->size);
    tg_json_hex(&json, "root", TG_VIEW_ARRAY(receipt->root.bytes));
    tg_json_number(&json, "have", (int64_t)ranges_sum(receipt->have, receipt->have_count));
    tg_json_number(&json, "missing", (int64_t)ranges_sum(receipt->missing, receipt->missing_count));
    tg_json_number(&json, "refused", (int64_t)receipt->refused_count);
    tg_json_number(&json, "withdrawn", (int64_t)receipt->withdrawn_count);
    tg_json_time(&json, "time", (int64_t)receipt->time * 1000);
    return tg_json_put(&json, cli);
}

static void receipt_put(struct tg_cli *cli, const struct tg_receipt *receipt, const struct tg_card *card)
{
    char by[TG_NODE_TEXT_BYTES], origin[TG_NODE_TEXT_BYTES], when[TG_WHEN_BYTES];
    tg_node_id_format(&receipt->by, by);
    tg_node_id_format(&receipt->origin, origin);
    tg_when_format((int64_t)receipt->time * 1000, when);
    tg_put(cli, "VALID  receipt of %s, %s\n\n", card->country, when);
    tg_verify_steps_put(cli, receipt_steps, RECEIPT_STEPS, RECEIPT_STEPS, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli, "node %s said: of the log of node %s, epoch %u, I know %" PRIu64 " entries", by,
                    origin, receipt->epoch, receipt->size);
    tg_verify_point(cli,
                    "of the envelopes that were for it: %" PRIu64 " stored, %" PRIu64
                    " missing, %zu refused or not understood; %zu records withdrawn",
                    ranges_sum(receipt->have, receipt->have_count),
                    ranges_sum(receipt->missing, receipt->missing_count), receipt->refused_count,
                    receipt->withdrawn_count);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli, "that the node really holds or erased it: a receipt is its signed word");
    tg_verify_point(cli, "when it said so: %s is what its own clock said", when);
}

tg_err tg_verify_receipt(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    struct tg_receipt receipt;
    const struct tg_card *card = NULL;
    tg_err err =
        tg_receipt_open_known(file_of(verifying), &verifying->known, &verifying->arena, &receipt, &card, em);
    if (err) (void)tg_context(em, err, "receipt");
    if (err) return tg_verify_refused(verifying, "receipt", receipt_steps, RECEIPT_STEPS, 0, err, em);
    if (verifying->cli->format == TG_FORMAT_JSON) return receipt_json(verifying->cli, &receipt, card);
    receipt_put(verifying->cli, &receipt, card);
    return TG_OK;
}

/* ---- cards ---- */

static const struct tg_verify_step card_steps[] = {
    {"cards", "each well formed and signed, and the rightful successor of the one before"},
};
#define CARD_STEPS (sizeof card_steps / sizeof card_steps[0])

bool tg_verify_is_cards(const struct tg_verifying *verifying)
{
    return tg_view_starts_with(file_of(verifying), "tamga/card/");
}

static tg_err cards_json(struct tg_cli *cli, const struct tg_card *const *cards, size_t count)
{
    struct tg_json json;
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&cards[0]->node, node);
    tg_verify_json_begin(&json, "card", TG_OK, "", NULL);
    tg_json_text(&json, "node", tg_view_str(node));
    tg_json_text(&json, "country", tg_view_str(cards[count - 1]->country));
    tg_json_number(&json, "first", (int64_t)cards[0]->serial);
    tg_json_number(&json, "last", (int64_t)cards[count - 1]->serial);
    return tg_json_put(&json, cli);
}

static void cards_put(struct tg_cli *cli, const struct tg_card *const *cards, size_t count)
{
    char node[TG_NODE_TEXT_BYTES];
    bool first = cards[0]->serial == 1;
    tg_node_id_format(&cards[0]->node, node);
    tg_put(cli, "VALID  %zu card%s of %s, newest serial %" PRIu64 "\n\n", count, count == 1 ? "" : "s",
           cards[count - 1]->country, cards[count - 1]->serial);
    tg_verify_steps_put(cli, card_steps, CARD_STEPS, CARD_STEPS, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    if (first)
        tg_verify_point(cli, "whoever holds the root key that node id %s stands for signed the first card",
                        node);
    if (count > 1) tg_verify_point(cli, "every later card was signed by the root key that stood before it");
    if (!first) tg_verify_point(cli, "the card was signed by the root key that it names");
    tg_put(cli, "\nNot proven\n");
    if (!first) tg_verify_point(cli, "that it is of node %s: that takes its cards from serial 1 on", node);
    tg_verify_point(cli,
                    "that this node is the service it calls itself: read out the fingerprint to each other");
    tg_verify_point(cli, "that there is no newer card");
}

tg_err tg_verify_cards(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    const struct tg_card **cards = NULL;
    size_t count = 0;
    uint64_t bad = 0;
    tg_err err = tg_card_chain_open(file_of(verifying), &verifying->arena, &cards, &count, &bad, em);
    if (err) (void)tg_context(em, err, "cards: the card at place %" PRIu64, bad);
    if (err) return tg_verify_refused(verifying, "card", card_steps, CARD_STEPS, 0, err, em);
    if (verifying->cli->format == TG_FORMAT_JSON) return cards_json(verifying->cli, cards, count);
    cards_put(verifying->cli, cards, count);
    return TG_OK;
}

/* ---- checkpoints ---- */

static const struct tg_verify_step checkpoint_steps[] = {
    {"checkpoint", "well formed, of a node's log, signed by its log key; known witnesses' cosignatures hold"},
};
#define CHECKPOINT_STEPS (sizeof checkpoint_steps / sizeof checkpoint_steps[0])

bool tg_verify_is_checkpoint(const struct tg_verifying *verifying)
{
    struct tg_view file = file_of(verifying);
    const uint8_t *end = file.bytes ? memchr(file.data, '\n', file.bytes) : NULL;
    struct tg_node_id node;
    uint32_t epoch;
    return end && !tg_log_origin_parse(tg_view_of(file.data, (size_t)(end - file.data)), &node, &epoch);
}

tg_err tg_verify_checkpoint(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    struct tg_cli *cli = verifying->cli;
    struct tg_checkpoint checkpoint;
    const struct tg_note_key *key = NULL;
    struct tg_cosigned cosigned;
    tg_err err = tg_cosigned_open(file_of(verifying), NULL, &verifying->known, &verifying->arena, &checkpoint,
                                  &key, &cosigned, em);
    if (err) (void)tg_context(em, err, "checkpoint");
    if (err)
        return tg_verify_refused(verifying, "checkpoint", checkpoint_steps, CHECKPOINT_STEPS, 0, err, em);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_verify_json_begin(&json, "checkpoint", TG_OK, "", NULL);
        tg_json_text(&json, "origin", tg_view_str(checkpoint.origin));
        tg_json_number(&json, "size", (int64_t)checkpoint.size);
        tg_json_hex(&json, "root", TG_VIEW_ARRAY(checkpoint.root.bytes));
        tg_verify_json_cosigned(&json, &cosigned);
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "VALID  checkpoint of %" PRIu64 " entries\n\n", checkpoint.size);
    tg_verify_steps_put(cli, checkpoint_steps, CHECKPOINT_STEPS, CHECKPOINT_STEPS, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli, "%s had this root when it held %" PRIu64 " entries, as its log key signed",
                    checkpoint.origin, checkpoint.size);
    tg_verify_cosigned_proven(cli, &cosigned);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli, "what the entries are: that takes the log itself");
    tg_verify_cosigned_not_proven(cli, &cosigned);
    return TG_OK;
}
