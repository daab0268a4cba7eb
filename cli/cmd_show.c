/* show: one record with everything that is known of it: what it says, provenance, holders, relations.
 *
 * Knows no kind: its lines come from proto/. Verb `show`: docs/control.md.
 */
#include "base/text.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/dispute.h"
#include "cli/refusal.h"
#include "cli/related.h"
#include "cli/session.h"
#include "cli/thread.h"
#include "proto/json.h"

#define LABEL_COLUMNS 18

/* One answer while it is printed. */
struct answer {
    struct tg_cli *cli;
    struct tg_arena *arena;
    struct tg_row *row;
    const char *heading; /* printed last */
    struct tg_thread thread;
    struct tg_related related;
    struct tg_cluster_rows *cluster;
    struct tg_errmsg *em;
    tg_err err;
};

static void label_put(struct tg_cli *cli, unsigned depth, const char *label, struct tg_view value)
{
    char first[96];
    (void)snprintf(first, sizeof first, "%*s%-*.40s ", (int)(2 + 2 * depth), "",
                   LABEL_COLUMNS - (int)(2 * depth), label);
    tg_put_wrapped(cli, first, LABEL_COLUMNS + 3, value);
}

static bool is_name(const char *label)
{
    static const char *const labels[] = {"names", "name", "facility", "area", "place", "places", "parent"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i], label) == 0) return true;
    return false;
}

static tg_err record_line(void *ctx, unsigned depth, const char *label, struct tg_view value)
{
    struct answer *answer = ctx;
    if (strcmp(label, "record") == 0) return TG_OK; /* the summary stands above */
    TG_AUTO(tg_buf) struct tg_buf read = {0};
    const uint8_t *bracket = is_name(label) && value.bytes ? memchr(value.data, '(', value.bytes) : NULL;
    size_t bytes = bracket ? (size_t)(bracket - value.data) : value.bytes;
    struct tg_view name = tg_text_trim(tg_view_of(value.data, bytes));
    TG_AUTO(tg_buf) struct tg_buf plain = {0};
    tg_err err = is_name(label) ? tg_put_reading(&read, name) : TG_OK;
    if (!err) err = tg_text_escape(name, &plain);
    if (err) return err;
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    err = tg_buf_put_view(&line, value);
    if (!err && read.bytes > plain.bytes)
        err = tg_buf_put(&line, read.data + plain.bytes, read.bytes - plain.bytes);
    if (!err) label_put(answer->cli, depth, label, tg_buf_view(&line));
    return err;
}

static void provenance_put(struct tg_cli *cli, const struct tg_row *row, const struct tg_control_msg *msg)
{
    char text[256], when[TG_WHEN_BYTES], size[TG_COUNT_BYTES], hex[TG_HEX_BYTES(32)] = "";
    if (row->id.bytes == 32) tg_hex_encode(row->id.data, 32, hex);
    tg_put(cli, "  id %s\n", hex);
    label_put(cli, 0, "origin", tg_view_str(row->country));
    label_put(cli, 0, "node", tg_view_str(row->origin));
    tg_size_format(tg_control_number(msg, "envelope_bytes", 0), size);
    (void)snprintf(text, sizeof text, "leaf %lld of epoch %lld, record %lld of %lld, envelope of %s",
                   (long long)row->index, (long long)row->epoch, (long long)row->item, (long long)row->of,
                   size);
    label_put(cli, 0, "place in the log", tg_view_str(text));
    tg_when_format(row->created * 1000, when);
    label_put(cli, 0, "signed", tg_view_str(when));
    tg_when_format(row->stored_ms, when);
    label_put(cli, 0, "stored here", tg_view_str(when));
    const char *standing = tg_control_text(msg, "standing", row->settled);
    if (standing[0]) label_put(cli, 0, "log head", tg_view_str(standing));
    label_put(cli, 0, "audience", tg_view_str(row->audience[0] ? row->audience : "-"));
}

/* "press: SpecialEurasia 2024-06, not confirmed by a state; graded F6". */
static tg_err source_put(struct tg_cli *cli, const struct tg_row *row)
{
    TG_AUTO(tg_buf) struct tg_buf source = {0};
    char grade[8];
    tg_err err = tg_row_source(row, &source);
    tg_row_grade(row, grade);
    if (!err && grade[0]) err = tg_buf_putf(&source, "%sgraded %s", source.bytes ? "; " : "", grade);
    if (!err && source.bytes) tg_put_wrapped(cli, "", 0, tg_buf_view(&source));
    return err;
}

static tg_err record_text(struct answer *answer, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = answer->cli;
    const struct tg_row *row = answer->row;
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    tg_err err = tg_row_summary(row, &summary);
    if (err) return err;
    char first[96];
    const char *tlp = row->record ? tg_tlp_text(row->record->head->handling->tlp) : "";
    (void)snprintf(first, sizeof first, "%.40s  %s%s%s", row->ref, row->state, tlp[0] ? "  " : "", tlp);
    char mark[TG_MARK_BYTES];
    tg_row_mark(row, mark);
    tg_put(cli, "%s%s%s\n", first, mark[0] ? "  " : "", mark);
    tg_put_wrapped(cli, "", 0, tg_buf_view(&summary));
    err = source_put(cli, row);
    if (!err && row->record) {
        tg_put(cli, "\nwhat it says\n");
        err = tg_record_lines(row->record, record_line, answer);
    }
    if (err) return err;
    tg_put(cli, "\nwhere it comes from\n");
    provenance_put(cli, row, msg);
    return TG_OK;
}

/* The record itself on the first line, as `add` reads it; then what is known about it. */
static tg_err record_json(struct answer *answer, const struct tg_control_msg *msg)
{
    const struct tg_row *row = answer->row;
    TG_AUTO(tg_buf) struct tg_buf record = {0}, safe = {0};
    if (row->record) {
        tg_err err = tg_record_to_json(row->record, &record);
        if (!err) err = tg_json_safe(&safe, tg_buf_view(&record));
        if (err) return err;
        tg_put(answer->cli, "%.*s\n", TG_VIEW_PRINT(tg_buf_view(&safe)));
    }
    struct tg_row bare = *row;
    bare.record = NULL;
    struct tg_json json;
    tg_json_begin(&json, "provenance");
    tg_row_json(&json, &bare);
    tg_json_number(&json, "envelope_bytes", tg_control_number(msg, "envelope_bytes", 0));
    tg_json_hex(&json, "leaf", tg_control_data(msg, "leaf"));
    tg_json_hex(&json, "root", tg_control_data(msg, "root"));
    return tg_json_put(&json, answer->cli);
}

static tg_err record_tsv(struct answer *answer)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    const struct tg_row *row = answer->row;
    tg_err err = tg_row_summary(row, &summary);
    if (!err)
        tg_put(answer->cli, "record\t%s\t%s\t%s\t%.*s\n", row->ref, row->state, row->audience,
               TG_VIEW_PRINT(tg_buf_view(&summary)));
    return err;
}

static tg_err record_row(struct answer *answer, const struct tg_control_msg *msg)
{
    tg_err err = tg_row_keep(msg, answer->arena, &answer->row, answer->em);
    if (err) return err;
    if (answer->cli->format == TG_FORMAT_JSON) return record_json(answer, msg);
    return answer->cli->format == TG_FORMAT_TSV ? record_tsv(answer) : record_text(answer, msg);
}

static void heading_put(struct answer *answer, const char *heading)
{
    if (answer->heading && strcmp(answer->heading, heading) == 0) return;
    answer->heading = heading;
    tg_put(answer->cli, "\n%s\n", heading);
}

static tg_err holder_row(struct answer *answer, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = answer->cli;
    const char *country = tg_control_text(msg, "country", ""), *state = tg_control_text(msg, "state", ""),
               *code = tg_control_text(msg, "code", "");
    int64_t at_ms = tg_control_number(msg, "at_ms", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "holder");
        tg_json_text(&json, "country", tg_view_str(country));
        tg_json_text(&json, "node", tg_row_view(msg, "node"));
        tg_json_text(&json, "state", tg_view_str(state));
        tg_json_text(&json, "code", tg_view_str(code));
        tg_json_time(&json, "at", at_ms);
        return tg_json_put(&json, cli);
    }
    char when[TG_WHEN_BYTES];
    tg_when_format(at_ms, when);
    if (cli->format == TG_FORMAT_TSV) {
        tg_put(cli, "holder\t%s\t%s\t%s\t%s\n", country, state, when, code);
        return TG_OK;
    }
    /* The thread of an alert says it for each of its alerts. */
    if (answer->row && strcmp(answer->row->kind, "alert") == 0) return TG_OK;
    heading_put(answer, "who holds it");
    tg_put(cli, "  %-4s %-10s %s\n", country, state, when);
    return code[0] ? tg_refusal_put(cli, state, code) : TG_OK;
}

/* The thread of an alert has told of its alerts and of their acknowledgements already. */
static tg_err related_row(struct answer *answer, const struct tg_control_msg *msg)
{
    const char *kind = tg_control_text(msg, "kind", "");
    bool told = strcmp(kind, "alert") == 0 || strcmp(kind, "acknowledgement") == 0;
    bool text = answer->cli->format == TG_FORMAT_TEXT;
    if (text && told && answer->thread.begun) return TG_OK;
    return tg_related_keep(&answer->related, msg, answer->em);
}

static tg_err dispute_row(struct answer *answer, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = answer->cli;
    if (cli->format == TG_FORMAT_JSON) return tg_dispute_json(cli, msg);
    if (cli->format == TG_FORMAT_TSV) {
        tg_put(cli, "dispute\t%s\t%s\t%s\t%s\n", tg_control_text(msg, "ref", ""),
               tg_control_text(msg, "country", ""), tg_control_text(msg, "ground", ""),
               tg_control_text(msg, "state", ""));
        return TG_OK;
    }
    heading_put(answer, "who contests it");
    return tg_dispute_text(cli, msg);
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct answer *answer = ctx;
    if (tg_row_is(msg, "record")) return record_row(answer, msg);
    if (tg_row_is(msg, "holder")) return holder_row(answer, msg);
    if (tg_row_is(msg, "thread")) return tg_thread_put(answer->cli, &answer->thread, msg);
    if (tg_row_is(msg, "addressee")) return tg_addressee_put(answer->cli, &answer->thread, msg);
    if (tg_row_is(msg, "dispute")) return dispute_row(answer, msg);
    if (tg_row_is(msg, "related")) return related_row(answer, msg);
    return tg_cluster_keep(answer->cluster, msg, answer->em);
}

tg_err tg_cmd_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena, row_arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_arena_init(&row_arena, TG_ROWS_ARENA_BYTES);
    struct answer answer = {.cli = cli, .arena = &row_arena, .related = {.arena = &row_arena}, .em = em};
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "show");
    answer.cluster = tg_arena_take(&row_arena, sizeof *answer.cluster);
    if (!answer.cluster) return tg_fail(em, TG_ENOMEM, "out of memory");
    answer.cluster->arena = &row_arena;
    tg_request_text(&request, "ref", args->words[0]);
    tg_err err = tg_session_call(cli, &request, on_answer, &answer, &arena, &done, em);
    if (!err) err = tg_related_print(cli, &answer.related, answer.row, tg_control_number(&done, "left", 0));
    tg_related_release(&answer.related);
    return err ? err : tg_cluster_print(cli, answer.cluster);
}
