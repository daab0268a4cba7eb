/* verify: an evidence file checked offline, what that proves, and what it does not.
 *
 * Knows no node. File: docs/formats-evidence.md; steps: proto/evidence.h.
 */
#include "base/file.h"
#include "cli/cards.h"
#include "cli/command.h"
#include "cli/row.h"
#include "proto/evidence.h"

#define CARDS_MAX 64
#define ARENA_BYTES 8388608

const struct tg_option tg_verify_options[] = {
    {"card", 0, TG_OPTION_FILE, true, "FILE",
     "a card that you got another way, of the origin or of a witness; may repeat", NULL, 0, 0},
    {"contents", 0, TG_OPTION_FLAG, false, NULL, "show what the record says", NULL, 0, 0},
    TG_OPTION_END,
};

/* One call. */
struct verifying {
    struct tg_cli *cli;
    const char *path;
    struct tg_card_file files[CARDS_MAX];
    const struct tg_card *cards[CARDS_MAX];
    size_t card_count;
    struct tg_buf file;
    struct tg_arena arena;
    struct tg_evidence evidence;
    struct tg_evidence_report report;
    struct tg_record *record; /* NULL without contents, or when they are not readable */
};

static void verifying_release(struct verifying *verifying)
{
    for (size_t i = 0; i < verifying->card_count; i++) tg_card_file_release(&verifying->files[i]);
    tg_buf_release(&verifying->file);
    tg_arena_release(&verifying->arena);
}
TG_AUTO_DEFINE(verifying, verifying_release)

static tg_err cards_read(struct verifying *verifying, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *path;
    for (size_t at = 0; (path = tg_args_each(args, "card", &at));) {
        if (verifying->card_count == CARDS_MAX)
            return tg_fail(em, TG_EUSAGE, "more than %d cards", CARDS_MAX);
        size_t i = verifying->card_count;
        tg_err err = tg_card_file_read(path, &verifying->files[i], em);
        if (err) {
            tg_card_file_release(&verifying->files[i]);
            return err;
        }
        verifying->cards[i] = verifying->files[i].card;
        verifying->card_count++;
    }
    return TG_OK;
}

/* The reader's own card of the origin: that is what ties the node's id to a service. */
static const struct tg_card *origin_card(const struct verifying *verifying)
{
    const struct tg_card *card = verifying->report.card;
    for (size_t i = 0; i < verifying->card_count && card; i++)
        if (tg_node_id_equal(&verifying->cards[i]->node, &card->node)) return verifying->cards[i];
    return NULL;
}

static void point(struct tg_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void point(struct tg_cli *cli, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tg_put_wrapped(cli, "  - ", 4, tg_view_str(text));
}

static void steps_put(struct verifying *verifying, enum tg_evidence_step failed)
{
    /* The manifest is signed over the card's hash, so that the card may fail after it. */
    for (int step = 0; step < TG_EVIDENCE_STEP_COUNT; step++) {
        bool contents = step != TG_EVIDENCE_RECORD || verifying->evidence.record.data;
        bool reached = step < (int)failed;
        char first[48];
        (void)snprintf(first, sizeof first, "  %-5s %-21s",
                       step == (int)failed ? "FAIL"
                       : !reached          ? "-"
                       : contents          ? "ok"
                                           : "none",
                       tg_evidence_step_name((enum tg_evidence_step)step));
        const char *text = tg_evidence_step_text((enum tg_evidence_step)step);
        tg_put_wrapped(verifying->cli, first, 29, tg_view_str(reached && contents ? text : ""));
    }
}

static void proven_put(struct verifying *verifying)
{
    struct tg_cli *cli = verifying->cli;
    const struct tg_evidence_report *report = &verifying->report;
    char node[TG_NODE_TEXT_BYTES], when[TG_WHEN_BYTES], id[TG_HEX_BYTES(32)];
    tg_node_id_format(&report->card->node, node);
    tg_when_format((int64_t)report->manifest.created * 1000, when);
    tg_hex_encode(verifying->evidence.proof.record_id.bytes, 32, id);
    tg_put(cli, "\nProven, with public keys alone\n");
    point(cli, "node %s signed record %s", node, id);
    if (verifying->evidence.record.data)
        point(cli, "the record is here as it was signed: not one bit was altered");
    else
        point(cli, "a record with this id exists; what it says is not in this file");
    point(cli, "it stands at place %llu of the log, under a head of %llu entries that the node signed",
          (unsigned long long)verifying->evidence.index, (unsigned long long)report->checkpoint.size);
    if (origin_card(verifying))
        point(cli, "the node is the one whose card you gave: %s", origin_card(verifying)->country);
    if (report->cosigned.seen)
        point(cli, "%zu witness%s whose card you gave saw that head and no other history of this log",
              report->cosigned.seen, report->cosigned.seen == 1 ? "" : "es");
}

static void not_proven_put(struct verifying *verifying)
{
    struct tg_cli *cli = verifying->cli;
    const struct tg_evidence_report *report = &verifying->report;
    char when[TG_WHEN_BYTES];
    tg_when_format((int64_t)report->manifest.created * 1000, when);
    tg_put(cli, "\nNot proven\n");
    point(cli, "that what it says is true: source and grading are the origin's own words");
    if (!origin_card(verifying))
        point(cli, "that this node is the service it calls itself (%s): %s", report->card->country,
              verifying->card_count ? "no card that you gave is this node's"
                                    : "give the card that you got from them with --card");
    point(cli, "that the record is still live: it may have been withdrawn or replaced since");
    point(cli, "that anyone else holds it, or has read it: ask for their receipts");
    point(cli, "when it was signed: %s is what the origin's own clock said", when);
    if (!report->cosigned.seen)
        point(cli,
              "that the log has no second history: no witness whose card you gave has cosigned this head");
    else
        point(cli, "that the log has no second history beyond what these witnesses saw");
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

static tg_err contents_put(struct verifying *verifying, bool whole)
{
    struct tg_cli *cli = verifying->cli;
    struct tg_view bytes = verifying->evidence.record;
    struct tg_errmsg why = {0};
    if (!bytes.data) return TG_OK;
    tg_err err = tg_record_decode(bytes, &verifying->arena, &verifying->record, &why);
    if (err) {
        tg_put(cli, "\nThe record cannot be shown here (its signature holds all the same)\n");
        point(cli, "%s", tg_errmsg_text(&why, err));
        return TG_OK;
    }
    struct tg_row row = {.ref = "",
                         .kind = tg_kind_name(verifying->record->kind),
                         .state = "live",
                         .record = verifying->record,
                         .unreadable = ""};
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    err = tg_row_summary(&row, &summary);
    if (err) return err;
    tg_put(cli, "\nThe record\n");
    tg_put_wrapped(cli, "  ", 2, tg_buf_view(&summary));
    return whole ? tg_record_lines(verifying->record, contents_line, cli) : TG_OK;
}

static tg_err verdict_json(struct verifying *verifying, tg_err verdict, const char *why)
{
    const struct tg_evidence_report *report = &verifying->report;
    struct tg_json json;
    tg_json_begin(&json, "verify");
    tg_json_raw(&json, "valid", tg_view_str(verdict ? "false" : "true"));
    tg_json_text(&json, "step", tg_view_str(verdict ? tg_evidence_step_name(report->step) : ""));
    tg_json_text(&json, "error", tg_view_str(verdict ? tg_err_name(verdict) : ""));
    tg_json_text(&json, "why", tg_view_str(verdict ? why : ""));
    if (!verdict) {
        char node[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&report->card->node, node);
        tg_json_text(&json, "node", tg_view_str(node));
        tg_json_text(&json, "country", tg_view_str(report->card->country));
        tg_json_raw(&json, "card_known", tg_view_str(origin_card(verifying) ? "true" : "false"));
        tg_json_hex(&json, "id", TG_VIEW_ARRAY(verifying->evidence.proof.record_id.bytes));
        tg_json_number(&json, "epoch", report->manifest.where.epoch);
        tg_json_number(&json, "index", (int64_t)verifying->evidence.index);
        tg_json_number(&json, "size", (int64_t)report->checkpoint.size);
        tg_json_number(&json, "item", verifying->evidence.proof.item);
        tg_json_number(&json, "of", verifying->evidence.proof.count);
        tg_json_number(&json, "cosignatures", (int64_t)report->cosigned.seen);
        tg_json_time(&json, "created", (int64_t)report->manifest.created * 1000);
        tg_json_raw(&json, "contents", tg_view_str(verifying->evidence.record.data ? "true" : "false"));
    }
    return tg_json_put(&json, verifying->cli);
}

static tg_err accepted_put(struct verifying *verifying, bool whole)
{
    const struct tg_evidence *evidence = &verifying->evidence;
    tg_put(verifying->cli, "VALID  record %u of %u, leaf %llu, log of %s, epoch %u\n\n", evidence->proof.item,
           evidence->proof.count, (unsigned long long)evidence->index, verifying->report.card->country,
           verifying->report.manifest.where.epoch);
    steps_put(verifying, TG_EVIDENCE_STEP_COUNT);
    tg_err err = contents_put(verifying, whole);
    if (err) return err;
    proven_put(verifying);
    not_proven_put(verifying);
    return TG_OK;
}

/* The file was read and says no: the answer goes to stdout, the reason to the person, exit code 1. */
static tg_err refused_put(struct verifying *verifying, tg_err verdict, struct tg_errmsg *em)
{
    struct tg_cli *cli = verifying->cli;
    if (cli->format == TG_FORMAT_JSON) {
        tg_err err = verdict_json(verifying, verdict, tg_errmsg_text(em, verdict));
        if (err) return err;
    } else {
        tg_put(cli, "NOT VALID  the damaged part is: %s\n\n", tg_evidence_step_name(verifying->report.step));
        steps_put(verifying, verifying->report.step);
    }
    tg_context(em, verdict, "'%s' is refused", verifying->path);
    return verdict;
}

tg_err tg_cmd_verify(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct verifying *heap = calloc(1, sizeof *heap);
    if (!heap) return tg_fail(em, TG_ENOMEM, "out of memory");
    *heap = (struct verifying){.cli = cli, .path = args->words[0]};
    tg_arena_init(&heap->arena, ARENA_BYTES);
    tg_err err = cards_read(heap, args, em);
    if (!err) err = tg_file_read(heap->path, TG_EVIDENCE_BYTES_MAX, &heap->file, em);
    if (!err) {
        err = tg_evidence_parse(tg_buf_view(&heap->file), &heap->arena, &heap->evidence, &heap->report.step,
                                em);
        if (!err)
            err = tg_evidence_verify(&heap->evidence, heap->cards, heap->card_count, &heap->arena,
                                     &heap->report, em);
        if (err)
            err = refused_put(heap, err, em);
        else
            err = cli->format == TG_FORMAT_JSON ? verdict_json(heap, TG_OK, "")
                                                : accepted_put(heap, tg_args_has(args, "contents"));
    }
    verifying_release(heap);
    return err;
}
