/* verify: what is held against somebody: fork proofs, and notes of withholding.
 *
 * Knows no node. Formats: docs/formats-evidence.md.
 */
#include <inttypes.h>

#include "cli/verify.h"
#include "proto/fork.h"
#include "proto/withholding.h"

static struct tg_view file_of(const struct tg_verifying *verifying)
{
    return tg_buf_view(&verifying->file);
}

/* ---- fork proofs ---- */

static const struct tg_verify_step fork_steps[] = {
    {"fork proof", "well formed; both halves are of one log, and differ"},
    {"signatures", "of both halves, by keys on the origin's card, and no one history leads to both"},
};
#define FORK_STEPS (sizeof fork_steps / sizeof fork_steps[0])

bool tg_verify_is_fork(const struct tg_verifying *verifying)
{
    return tg_view_starts_with(file_of(verifying), "TAMGAF");
}

static void fork_shows(const struct tg_fork *fork, char *out, size_t out_bytes)
{
    if (fork->kind == TG_FORK_CHECKPOINTS)
        (void)snprintf(out, out_bytes, "heads of %" PRIu64 " and of %" PRIu64 " entries",
                       fork->signed_as[0].size, fork->signed_as[1].size);
    else
        (void)snprintf(out, out_bytes, "two things at entry %" PRIu64, fork->index);
}

static tg_err fork_put(struct tg_cli *cli, const struct tg_fork *fork, const struct tg_card *card)
{
    char node[TG_NODE_TEXT_BYTES], shows[96];
    tg_node_id_format(&fork->origin, node);
    fork_shows(fork, shows, sizeof shows);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_verify_json_begin(&json, "fork proof", TG_OK, "", NULL);
        tg_json_text(&json, "origin", tg_view_str(node));
        tg_json_text(&json, "country", tg_view_str(card->country));
        tg_json_number(&json, "epoch", fork->epoch);
        tg_json_text(&json, "proof", tg_view_str(tg_fork_kind_text(fork->kind)));
        tg_json_text(&json, "shows", tg_view_str(shows));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "VALID  fork proof against %s: %s\n\n", card->country, tg_fork_kind_text(fork->kind));
    tg_verify_steps_put(cli, fork_steps, FORK_STEPS, FORK_STEPS, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli, "node %s signed two histories of its log of epoch %u: %s", node, fork->epoch, shows);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli, "who did it, and why: its keys signed both, in its own hands or in a thief's");
    tg_verify_point(cli, "which of the two is the right one");
    return TG_OK;
}

tg_err tg_verify_fork(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    uint32_t kind = 0;
    struct tg_view evidence;
    struct tg_fork *fork = tg_arena_take(&verifying->arena, sizeof *fork);
    if (!fork) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_fork_file_decode(file_of(verifying), &kind, &evidence);
    err =
        err ? tg_fail(em, err, "fork proof: %s", tg_err_text(err)) : tg_fork_decode(kind, evidence, fork, em);
    if (err) return tg_verify_refused(verifying, "fork proof", fork_steps, FORK_STEPS, 0, err, em);
    const struct tg_card *card = tg_known_newest(&verifying->known, &fork->origin);
    err =
        card ? tg_fork_verify(fork, card, em)
             : tg_fail(em, TG_EKEY, "signatures: no card at hand is of that log's node; give it with --card");
    if (err) return tg_verify_refused(verifying, "fork proof", fork_steps, FORK_STEPS, 1, err, em);
    return fork_put(verifying->cli, fork, card);
}

/* ---- withholding ---- */

static const struct tg_verify_step withholding_steps[] = {
    {"note", "well formed, and signed by the store key of the card that it cites"},
};
#define WITHHOLDING_STEPS (sizeof withholding_steps / sizeof withholding_steps[0])

bool tg_verify_is_withholding(const struct tg_verifying *verifying)
{
    return tg_view_starts_with(file_of(verifying), "tamga/withholding/");
}

/* By the store key of the very card that the note cites. */
static tg_err withholding_open(struct tg_verifying *verifying, struct tg_withholding *ret_withholding,
                               const struct tg_card **ret_card, struct tg_errmsg *em)
{
    tg_err err =
        tg_fail(em, TG_EKEY, "no card at hand has the store key that signed it; give it with --card");
    for (size_t i = 0; i < verifying->known.count; i++) {
        const struct tg_card *card = verifying->known.cards[i];
        err = tg_withholding_open(file_of(verifying), &card->store, ret_withholding, em);
        *ret_card = card;
        if (!err && ret_withholding->card_serial == card->serial) return TG_OK;
        if (!err)
            err = tg_fail(em, TG_EKEY, "it cites card %" PRIu64 ", which is not at hand",
                          ret_withholding->card_serial);
    }
    return err;
}

static tg_err withholding_put(struct tg_cli *cli, const struct tg_withholding *note,
                              const struct tg_card *card)
{
    char origin[TG_NODE_TEXT_BYTES], asked[TG_NODE_TEXT_BYTES], when[TG_WHEN_BYTES];
    tg_node_id_format(&note->origin, origin);
    tg_node_id_format(&note->asked, asked);
    tg_when_format((int64_t)note->time * 1000, when);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_verify_json_begin(&json, "withholding", TG_OK, "", NULL);
        tg_json_text(&json, "country", tg_view_str(card->country));
        tg_json_text(&json, "origin", tg_view_str(origin));
        tg_json_text(&json, "asked", tg_view_str(asked));
        tg_json_number(&json, "epoch", note->epoch);
        tg_json_number(&json, "missing", (int64_t)note->missing);
        tg_json_time(&json, "time", (int64_t)note->time * 1000);
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "VALID  note of withholding by %s, %s\n\n", card->country, when);
    tg_verify_steps_put(cli, withholding_steps, WITHHOLDING_STEPS, WITHHOLDING_STEPS, 0);
    tg_put(cli, "\nProven, with public keys alone\n");
    tg_verify_point(cli,
                    "%s said: entry %" PRIu64
                    " of the log of node %s, epoch %u, is for it, and node %s, asked for "
                    "it, answered %" PRIu64 " times that it had sent everything below %" PRIu64,
                    card->country, note->missing, origin, note->epoch, asked, note->answers, note->upto);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(
        cli, "that it was not given: absence leaves no trace, and this is its signed word. Who gives the "
             "envelope refutes it");
    return TG_OK;
}

tg_err tg_verify_withholding(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    struct tg_withholding note;
    const struct tg_card *card = NULL;
    tg_err err = withholding_open(verifying, &note, &card, em);
    if (err) (void)tg_context(em, err, "note");
    if (err)
        return tg_verify_refused(verifying, "withholding", withholding_steps, WITHHOLDING_STEPS, 0, err, em);
    return withholding_put(verifying->cli, &note, card);
}
