/* verify: evidence files and plain tlog-proofs, what they prove, and what not.
 *
 * Knows no node. Files: docs/formats-evidence.md; steps: proto/evidence.h.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/row.h"
#include "cli/verify.h"
#include "proto/evidence.h"

static const struct tg_verify_step steps[] = {TG_EVIDENCE_STEPS(TG_VERIFY_STEP)};

/* One check. */
struct checking {
    struct tg_verifying *verifying;
    const char *kind;
    struct tg_evidence evidence;
    struct tg_evidence_report report;
    struct tg_record *record; /* NULL without contents, or when they are not readable */
};

/* The reader's own card of the origin: that is what ties the node's id to a service. */
static const struct tg_card *origin_card(const struct checking *checking)
{
    const struct tg_card *card = checking->report.card;
    return card ? tg_known_newest(&checking->verifying->known, &card->node) : NULL;
}

static void proven_put(struct checking *checking)
{
    struct tg_cli *cli = checking->verifying->cli;
    const struct tg_evidence_report *report = &checking->report;
    char node[TG_NODE_TEXT_BYTES], id[TG_HEX_BYTES(32)];
    tg_node_id_format(&report->card->node, node);
    tg_hex_encode(checking->evidence.proof.record_id.bytes, 32, id);
    tg_put(cli, "\nProven, with public keys alone\n");
    if (!checking->evidence.proof.count)
        tg_verify_point(cli, "node %s signed an envelope of %u record%s", node, report->manifest.record_count,
                        report->manifest.record_count == 1 ? "" : "s");
    else
        tg_verify_point(cli, "node %s signed record %s", node, id);
    if (!checking->evidence.proof.count)
        tg_verify_point(cli, "which records these are is not in this file");
    else if (checking->evidence.record.data)
        tg_verify_point(cli, "the record is here as it was signed: not one bit was altered");
    else
        tg_verify_point(cli, "a record with this id exists; what it says is not in this file");
    tg_verify_point(
        cli, "it stands at place %llu of the log, under a head of %llu entries that the node signed",
        (unsigned long long)checking->evidence.index, (unsigned long long)report->checkpoint.size);
    if (report->attested)
        tg_verify_point(
            cli,
            "the key that signed it was revoked later, from an earlier place on; with the key that "
            "came after it the node has said again that entries %llu to %llu are its own",
            (unsigned long long)report->attest.from, (unsigned long long)report->attest.until - 1);
    if (origin_card(checking))
        tg_verify_point(cli, "the node is the one whose card you gave: %s", origin_card(checking)->country);
    tg_verify_cosigned_proven(cli, &report->cosigned);
}

static void not_proven_put(struct checking *checking)
{
    struct tg_cli *cli = checking->verifying->cli;
    const struct tg_evidence_report *report = &checking->report;
    char when[TG_WHEN_BYTES];
    tg_when_format((int64_t)report->manifest.created * 1000, when);
    tg_put(cli, "\nNot proven\n");
    tg_verify_point(cli, "that what it says is true: source and grading are the origin's own words");
    if (!origin_card(checking))
        tg_verify_point(cli, "that this node is the service it calls itself (%s): %s", report->card->country,
                        checking->verifying->known.count
                            ? "no card that you gave is this node's"
                            : "give the card that you got from them with --card");
    tg_verify_point(cli,
                    checking->evidence.proof.count
                        ? "that the record is still live: it may have been withdrawn or replaced since"
                        : "that what was signed is still live: it may have been withdrawn or replaced since");
    tg_verify_point(cli, "that anyone else holds it, or has read it: ask for their receipts");
    tg_verify_point(cli, "when it was signed: %s is what the origin's own clock said", when);
    tg_verify_cosigned_not_proven(cli, &report->cosigned);
}

static tg_err contents_line(void *ctx, unsigned depth, const char *label, struct tg_view value)
{
    struct tg_cli *cli = ctx;
    char first[96];
    if (strcmp(label, "record") == 0) return TG_OK; /* the summary stands above */
    (void)snprintf(first, sizeof first, "%*s%-*.40s ", (int)(2 + 2 * depth), "", 18 - (int)(2 * depth),
                   label);
    tg_put_wrapped(cli, first, 21, value);
    return TG_OK;
}

static tg_err contents_put(struct checking *checking, bool whole)
{
    struct tg_cli *cli = checking->verifying->cli;
    struct tg_view bytes = checking->evidence.record;
    struct tg_errmsg why = {0};
    if (!bytes.data) return TG_OK;
    tg_err err = tg_record_decode(bytes, &checking->verifying->arena, &checking->record, &why);
    if (err) {
        tg_put(cli, "\nThe record cannot be shown here (its signature holds all the same)\n");
        tg_verify_point(cli, "%s", tg_errmsg_text(&why, err));
        return TG_OK;
    }
    struct tg_row row = {.ref = "",
                         .kind = tg_kind_name(checking->record->kind),
                         .state = "live",
                         .record = checking->record,
                         .unreadable = ""};
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    err = tg_row_summary(&row, &summary);
    if (err) return err;
    tg_put(cli, "\nThe record\n");
    tg_put_wrapped(cli, "  ", 2, tg_buf_view(&summary));
    return whole ? tg_record_lines(checking->record, contents_line, cli) : TG_OK;
}

static tg_err accepted_json(struct checking *checking)
{
    const struct tg_evidence_report *report = &checking->report;
    const struct tg_record_proof *proof = &checking->evidence.proof;
    struct tg_json json;
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&report->card->node, node);
    tg_verify_json_begin(&json, checking->kind, TG_OK, "", NULL);
    tg_json_text(&json, "node", tg_view_str(node));
    tg_json_text(&json, "country", tg_view_str(report->card->country));
    tg_json_raw(&json, "card_known", tg_view_str(origin_card(checking) ? "true" : "false"));
    if (proof->count) tg_json_hex(&json, "id", TG_VIEW_ARRAY(proof->record_id.bytes));
    tg_json_number(&json, "epoch", report->manifest.where.epoch);
    tg_json_number(&json, "index", (int64_t)checking->evidence.index);
    tg_json_number(&json, "size", (int64_t)report->checkpoint.size);
    if (proof->count) tg_json_number(&json, "item", proof->item);
    tg_json_number(&json, "of", report->manifest.record_count);
    tg_verify_json_cosigned(&json, &report->cosigned);
    tg_json_raw(&json, "attested", tg_view_str(report->attested ? "true" : "false"));
    tg_json_time(&json, "created", (int64_t)report->manifest.created * 1000);
    tg_json_raw(&json, "contents", tg_view_str(checking->evidence.record.data ? "true" : "false"));
    return tg_json_put(&json, checking->verifying->cli);
}

static tg_err accepted_put(struct checking *checking)
{
    struct tg_cli *cli = checking->verifying->cli;
    const struct tg_evidence *evidence = &checking->evidence;
    unsigned none = evidence->record.data ? 0 : 1u << TG_EVIDENCE_RECORD;
    if (!evidence->proof.count) none |= 1u << TG_EVIDENCE_RECORDS_PATH;
    if (!checking->report.attested) none |= 1u << TG_EVIDENCE_ATTESTATION;
    if (cli->format == TG_FORMAT_JSON) return accepted_json(checking);
    if (evidence->proof.count)
        tg_put(cli, "VALID  record %u of %u, ", evidence->proof.item, evidence->proof.count);
    else
        tg_put(cli, "VALID  tlog-proof, ");
    tg_put(cli, "leaf %llu, log of %s, epoch %u\n\n", (unsigned long long)evidence->index,
           checking->report.card->country, checking->report.manifest.where.epoch);
    tg_verify_steps_put(cli, steps, TG_EVIDENCE_STEP_COUNT, TG_EVIDENCE_STEP_COUNT, none);
    tg_err err = contents_put(checking, tg_args_has(checking->verifying->args, "contents"));
    if (err) return err;
    proven_put(checking);
    not_proven_put(checking);
    return TG_OK;
}

typedef tg_err (*parse_evidence)(struct tg_view text, struct tg_arena *arena,
                                 struct tg_evidence *ret_evidence, enum tg_evidence_step *ret_step,
                                 struct tg_errmsg *em);

static tg_err check(struct tg_verifying *verifying, const char *kind, parse_evidence parse,
                    struct tg_errmsg *em)
{
    TG_AUTO_FREE struct checking *checking = calloc(1, sizeof *checking);
    if (!checking) return tg_fail(em, TG_ENOMEM, "out of memory");
    checking->verifying = verifying;
    checking->kind = kind;
    struct tg_evidence_report *report = &checking->report;
    tg_err err =
        parse(tg_buf_view(&verifying->file), &verifying->arena, &checking->evidence, &report->step, em);
    if (!err)
        err = tg_evidence_verify(&checking->evidence, verifying->known.cards, verifying->known.count,
                                 &verifying->arena, report, em);
    if (!err) return accepted_put(checking);
    return tg_verify_refused(verifying, kind, steps, TG_EVIDENCE_STEP_COUNT, report->step, err, em);
}

bool tg_verify_is_evidence(const struct tg_verifying *verifying)
{
    return !verifying->folder; /* the last row: what is nothing else is told what an evidence file lacks */
}

bool tg_verify_is_proof(const struct tg_verifying *verifying)
{
    return tg_view_starts_with(tg_buf_view(&verifying->file), "c2sp.org/tlog-proof@");
}

tg_err tg_verify_evidence(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    return check(verifying, "evidence file", tg_evidence_parse, em);
}

tg_err tg_verify_proof(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    return check(verifying, "tlog-proof", tg_evidence_parse_proof, em);
}
