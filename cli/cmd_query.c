/* query: anything typed, matched by the node, each hit with its reasons.
 *
 * Knows no matching: scores, bands and reasons come from the node. Verb `query`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/hit.h"
#include "cli/row.h"
#include "cli/session.h"
#include "cli/table.h"

static const char *const sorts[] = {"score", "time", NULL};
static const char *const kinds[] = {"alert",    "indicator",  "person",          "cell",       "facility",
                                    "incident", "assessment", "measure",         "withdrawal", "contact",
                                    "custody",  "link",       "request",         "answer",     "sighting",
                                    "sameness", "dispute",    "acknowledgement", NULL};

const struct tg_option tg_query_options[] = {
    {"name", 0, TG_OPTION_TEXT, false, "TEXT", "a name, in any script", NULL, 0, 0},
    {"birth", 0, TG_OPTION_DATE, false, "DATE", "born 1984, 1984-07 or 1984-07-21", NULL, 0, 0},
    {"nationality", 0, TG_OPTION_TEXT, false, "CC", "country", NULL, 0, 0},
    {"sex", 0, TG_OPTION_CHOICE, false, "NAME", "male, female, other", NULL, 1 + TG_ENUM_SEX, 0},
    {"type", 0, TG_OPTION_TEXT, false, "TYPE", "phone, email, telegram, imei ...; with --value", NULL, 0, 0},
    {"value", 0, TG_OPTION_TEXT, false, "TEXT", "the number, address or account", NULL, 0, 0},
    {"document", 0, TG_OPTION_TEXT, false, "TYPE:CC:NUMBER", "that was shown: passport:TJ:A1234567", NULL, 0,
     0},
    {"kind", 0, TG_OPTION_CHOICE, true, "KIND", "person, indicator, alert ...; may repeat", kinds, 0, 0},
    {"origin", 0, TG_OPTION_TEXT, false, "CC", "reported by that country", NULL, 0, 0},
    {"facility", 0, TG_OPTION_TEXT, false, "NAME", "about that facility", NULL, 0, 0},
    {"list", 0, TG_OPTION_TEXT, false, "NAME", "from that list, such as un_sc", NULL, 0, 0},
    {"from", 0, TG_OPTION_TIME, false, "TIME", "about that time or later", NULL, 0, 0},
    {"to", 0, TG_OPTION_TIME, false, "TIME", "and before that", NULL, 0, 0},
    {"sort", 0, TG_OPTION_CHOICE, false, "HOW", "score (default) or time", sorts, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many (20); 0: all there are", NULL, 0,
     TG_SERVICE_HITS_MAX},
    {"offset", 0, TG_OPTION_NUMBER, false, "N", "pass over the first N", NULL, 0, 0},
    {"all", 0, TG_OPTION_FLAG, false, NULL, "weak, replaced, expired, and judged not him too", NULL, 0, 0},
    TG_OPTION_END,
};

/* One answer while it is printed. */
struct answer {
    struct tg_cli *cli;
    struct tg_arena *arena; /* of one row */
    struct tg_table table;  /* TSV */
    int64_t number;
    const char *document; /* of the question; "" : none */
    struct tg_question question;
    struct tg_hit_clusters clusters;
    struct tg_hit_reports reports;
    struct tg_errmsg *em;
};

static const struct tg_column columns[] = {
    {"ref", NULL, TG_COLUMN_TEXT, false},        {"score", NULL, TG_COLUMN_NUMBER, false},
    {"band", NULL, TG_COLUMN_TEXT, false},       {"state", NULL, TG_COLUMN_TEXT, false},
    {"kind", NULL, TG_COLUMN_TEXT, false},       {"country", NULL, TG_COLUMN_TEXT, false},
    {"summary", NULL, TG_COLUMN_TEXT, false},    {"matched", NULL, TG_COLUMN_TEXT, false},
    {"why", NULL, TG_COLUMN_TEXT, false},        {"id", NULL, TG_COLUMN_TEXT, false},
    {"disputed", NULL, TG_COLUMN_NUMBER, false}, {"not_him", NULL, TG_COLUMN_NUMBER, false},
    {"cleared_by", NULL, TG_COLUMN_TEXT, false}, {"cleared_until", NULL, TG_COLUMN_TEXT, false},
    {"cluster", NULL, TG_COLUMN_TEXT, false},    {"cluster_size", NULL, TG_COLUMN_NUMBER, false},
};

/* What was judged of a hit: not him; or one subject with others. */
struct judged {
    const char *by, *until, *ref; /* for the question's document; "" : not */
    int64_t count;                /* for whatever document */
    struct tg_view cluster;       /* its name; empty: it stands alone */
    int64_t cluster_size;
};

static struct judged judged_of(const struct tg_control_msg *msg)
{
    return (struct judged){.by = tg_control_text(msg, "cleared_by", ""),
                           .until = tg_control_text(msg, "cleared_until", ""),
                           .ref = tg_control_text(msg, "cleared_ref", ""),
                           .count = tg_control_number(msg, "not_him", 0),
                           .cluster = tg_control_data(msg, "cluster"),
                           .cluster_size = tg_control_number(msg, "cluster_size", 1)};
}

static tg_err hit_json(struct tg_cli *cli, const struct tg_row *row, const struct judged *judged)
{
    struct tg_json json;
    tg_json_begin(&json, "hit");
    tg_json_number(&json, "score", row->score);
    tg_json_text(&json, "band", tg_view_str(row->band));
    tg_json_text(&json, "matched", tg_view_str(row->matched));
    tg_json_text(&json, "why", tg_view_str(row->why));
    tg_json_number(&json, "not_him", judged->count);
    if (judged->by[0]) tg_json_text(&json, "cleared_by", tg_view_str(judged->by));
    if (judged->by[0]) tg_json_text(&json, "cleared_until", tg_view_str(judged->until));
    if (judged->by[0]) tg_json_text(&json, "cleared_ref", tg_view_str(judged->ref));
    if (judged->cluster.bytes) tg_json_hex(&json, "cluster", judged->cluster);
    if (judged->cluster.bytes) tg_json_number(&json, "cluster_size", judged->cluster_size);
    tg_row_json(&json, row);
    return tg_json_put(&json, cli);
}

static tg_err hit_tsv(struct tg_table *table, const struct tg_row *row, const struct judged *judged)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    tg_err err = tg_row_summary(row, &summary);
    if (err) return err;
    tg_table_str(table, row->ref);
    tg_table_number(table, row->score);
    tg_table_str(table, row->band);
    tg_table_str(table, row->state);
    tg_table_str(table, row->kind);
    tg_table_str(table, row->country);
    tg_table_text(table, tg_buf_view(&summary));
    tg_table_str(table, row->matched);
    tg_table_str(table, row->why);
    tg_table_hex(table, row->id);
    tg_table_number(table, row->disputed);
    tg_table_number(table, judged->count);
    tg_table_str(table, judged->by);
    tg_table_str(table, judged->until);
    tg_table_hex(table, judged->cluster);
    tg_table_number(table, judged->cluster_size);
    tg_table_row(table);
    return table->err;
}

/* " - "-joined facts of where it comes from. */
static tg_err provenance_put(const struct tg_row *row, struct tg_buf *out)
{
    char grade[8], when[TG_WHEN_BYTES];
    TG_AUTO(tg_buf) struct tg_buf source = {0};
    tg_row_grade(row, grade);
    tg_when_format(row->stored_ms, when);
    tg_err err = tg_row_source(row, &source);
    if (!err) err = tg_buf_putf(out, "from %s", row->country);
    if (!err && source.bytes) err = tg_buf_putf(out, " · %.*s", TG_VIEW_PRINT(tg_buf_view(&source)));
    if (!err && grade[0]) err = tg_buf_putf(out, " · %s", grade);
    const char *tlp = row->record ? tg_tlp_text(row->record->head->handling->tlp) : "";
    if (!err && tlp[0]) err = tg_buf_putf(out, " · %s", tlp);
    if (!err && strcmp(row->state, "live") != 0) err = tg_buf_putf(out, " · %s", row->state);
    char mark[TG_MARK_BYTES];
    tg_row_mark(row, mark);
    if (!err && mark[0]) err = tg_buf_putf(out, " · %s", mark);
    return err || !row->stored_ms ? err : tg_buf_putf(out, " · stored %s", when);
}

static void judged_put(struct tg_cli *cli, const struct judged *judged)
{
    char text[128];
    long long others = (long long)judged->count - (judged->by[0] != 0);
    if (judged->by[0]) {
        (void)snprintf(text, sizeof text, "judged not him for this document by %s (%s), until %s", judged->by,
                       judged->ref, judged->until);
        tg_put_wrapped(cli, "    ", 4, tg_view_str(text));
    }
    if (others <= 0) return;
    (void)snprintf(text, sizeof text, "judged not him for %s document%s (%lld)",
                   others == 1 ? "another" : "other", others == 1 ? "" : "s", others);
    tg_put_wrapped(cli, "    ", 4, tg_view_str(text));
}

static tg_err hit_text(struct answer *answer, const struct tg_row *row, const struct judged *judged)
{
    struct tg_cli *cli = answer->cli;
    bool repeats = false;
    TG_AUTO(tg_buf) struct tg_buf summary = {0}, provenance = {0};
    tg_err err = tg_hit_repeats(cli, &answer->reports, answer->number, row, &repeats);
    if (err || repeats) return err;
    err = tg_row_summary(row, &summary);
    if (!err) err = provenance_put(row, &provenance);
    if (err) return err;
    char first[96], likeness[32] = "";
    if (row->band[0])
        (void)snprintf(likeness, sizeof likeness, "%s %lld.%02lld", row->band,
                       (long long)(row->score / 10000), (long long)(row->score % 10000 / 100));
    (void)snprintf(first, sizeof first, "%2lld. %-10.24s %s  ", (long long)answer->number, row->ref,
                   likeness);
    tg_put_wrapped(cli, first, tg_text_columns(tg_view_str(first)), tg_buf_view(&summary));
    err = tg_hit_why(cli, &answer->question, row);
    if (err) return err;
    judged_put(cli, judged);
    tg_hit_cluster(cli, &answer->clusters, judged->cluster, judged->cluster_size, answer->number, row);
    tg_put_wrapped(cli, "    ", 4, tg_buf_view(&provenance));
    return TG_OK;
}

/* A hit that the question's document hides: told, never silent. */
static tg_err cleared_row(struct answer *answer, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = answer->cli;
    struct judged judged = judged_of(msg);
    const char *ref = tg_control_text(msg, "ref", "");
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "cleared");
        tg_json_text(&json, "ref", tg_view_str(ref));
        tg_json_text(&json, "cleared_by", tg_view_str(judged.by));
        tg_json_text(&json, "cleared_until", tg_view_str(judged.until));
        tg_json_text(&json, "cleared_ref", tg_view_str(judged.ref));
        return tg_json_put(&json, cli);
    }
    tg_talk(cli, "%s is hidden: judged not him for %s\nby %s (%s), until %s; --all shows it\n", ref,
            answer->document, judged.by, judged.ref, judged.until);
    return TG_OK;
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct answer *answer = ctx;
    if (msg->kind != TG_CONTROL_ROW) return TG_OK;
    if (tg_row_is(msg, "cleared")) return cleared_row(answer, msg);
    struct judged judged = judged_of(msg);
    tg_arena_clear(answer->arena);
    struct tg_row *row = NULL;
    tg_err err = tg_row_keep(msg, answer->arena, &row, answer->em);
    if (err) return err;
    answer->number++;
    if (answer->cli->format == TG_FORMAT_JSON) return hit_json(answer->cli, row, &judged);
    return answer->cli->format == TG_FORMAT_TSV ? hit_tsv(&answer->table, row, &judged)
                                                : hit_text(answer, row, &judged);
}

static tg_err words_join(const struct tg_args *args, struct tg_buf *out)
{
    for (size_t i = 0; i < args->word_count; i++) {
        tg_err err = tg_buf_putf(out, "%s%s", i ? " " : "", args->words[i]);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err question_read(const struct tg_args *args, struct tg_question *question, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = words_join(args, &text);
    if (!err) err = tg_buf_put(&text, "", 1);
    if (err) return tg_fail(em, err, "out of memory");
    tg_question_read((const char *)text.data, tg_args_text(args, "name", ""), tg_args_text(args, "birth", ""),
                     tg_args_text(args, "nationality", ""), tg_args_text(args, "sex", ""), question);
    return TG_OK;
}

static tg_err request_fill(struct tg_request *request, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = words_join(args, &text);
    if (err) return tg_fail(em, err, "out of memory");
    if (text.bytes) tg_control_put_view(&request->out, "text", tg_buf_view(&text));
    for (const struct tg_option *option = tg_query_options; option->name; option++)
        if (strcmp(option->name, "limit") != 0) tg_request_option(request, args, option->name);
    int64_t limit = tg_args_number(args, "limit", 0);
    if (tg_args_has(args, "limit")) tg_request_number(request, "limit", limit ? limit : TG_SERVICE_HITS_MAX);
    return TG_OK;
}

static void ending_put(struct tg_cli *cli, const struct tg_args *args, const struct tg_control_msg *done)
{
    long long total = (long long)tg_control_number(done, "total", 0),
              shown = (long long)tg_control_number(done, "shown", 0);
    long long hidden = (long long)tg_control_number(done, "hidden", 0),
              offset = tg_args_number(args, "offset", 0);
    if (!total) tg_talk(cli, "nothing found");
    if (total) tg_talk(cli, "%lld of %lld shown", shown, total);
    if (total > offset + shown) tg_talk(cli, "; more with --offset %lld", offset + shown);
    if (hidden) tg_talk(cli, "; %lld hidden (weak likeness, replaced or expired), see with --all", hidden);
    tg_talk(cli, "\n");
}

tg_err tg_cmd_query(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (!args->word_count && !args->value_count)
        return tg_fail(em, TG_EUSAGE, "'query' needs something to look for: see 'tamga query --help'");
    if (tg_args_has(args, "type") != tg_args_has(args, "value"))
        return tg_fail(em, TG_EUSAGE, "'--type' and '--value' go together");
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena, row_arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_arena_init(&row_arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct answer answer = {.cli = cli,
                            .arena = &row_arena,
                            .number = tg_args_number(args, "offset", 0),
                            .document = tg_args_text(args, "document", ""),
                            .em = em};
    struct tg_control_msg done;
    TG_AUTO(tg_arena) struct tg_arena kept;
    tg_arena_init(&kept, TG_ROWS_ARENA_BYTES);
    tg_request_begin(cli, &request, "query");
    answer.reports = (struct tg_hit_reports){
        .arena = &kept,
        .reports = tg_arena_take_array(&kept, TG_HIT_REPORTS_MAX, sizeof(struct tg_report)),
        .refs = tg_arena_take_array(&kept, TG_HIT_REPORTS_MAX, sizeof(char *))};
    if (!answer.reports.reports || !answer.reports.refs) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_random_fill(cli->random, answer.reports.key.bytes, sizeof answer.reports.key.bytes);
    tg_err err = request_fill(&request, args, em);
    if (!err) err = question_read(args, &answer.question, em);
    if (!err && cli->format == TG_FORMAT_TSV)
        tg_table_begin(&answer.table, cli, "hit", columns, sizeof columns / sizeof columns[0]);
    if (!err) err = tg_session_call(cli, &request, on_answer, &answer, &arena, &done, em);
    tg_table_release(&answer.table);
    if (err) return err;
    ending_put(cli, args, &done);
    if (answer.reports.repeats)
        tg_talk(cli, "%zu of them report an event that stands above: 'tamga show' has each\n",
                answer.reports.repeats);
    cli->answer_no = tg_control_number(&done, "total", 0) == 0;
    return TG_OK;
}
