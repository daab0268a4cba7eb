/* why: why two records, or two names as typed, are taken for one, or are not.
 *
 * Compares by itself, with the tables that the node uses: two typed names need no node. Verb `why`: docs/control.md.
 */
#include "base/text.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/option_rows.h"
#include "cli/session.h"
#include "proto/likeness.h"

const struct tg_option tg_why_options[] = {
    TG_ROW_DATE("birth", "of whom the first name names"),
    TG_ROW_TEXT("nationality", "CC", "the same"),
    TG_ROW_ONE_OF("sex", TG_ENUM_SEX, "the same: male, female, other"),
    TG_ROW_DATE("other-birth", "of whom the second name names"),
    TG_ROW_TEXT("other-nationality", "CC", "the same"),
    TG_ROW_ONE_OF("other-sex", TG_ENUM_SEX, "the same"),
    TG_OPTION_END,
};

/* One of the two: a record, or a name as typed with what was said beside it. */
struct side {
    const char *word;
    bool is_ref;
    struct tg_row *row; /* of a record */
    struct tg_name name;
    struct tg_asked asked;
};
struct answer {
    struct tg_cli *cli;
    struct tg_arena *arena;
    struct side sides[2];
    struct tg_rows statements;
    bool *counts, *contested; /* of each statement */
    struct tg_cluster_rows *cluster;
    struct tg_errmsg *em;
};
#define STATEMENTS_MAX 4096

/* "TJ-7", "KG.1-55#2", eight and more digits of a record id, "un_sc:TAi.155". Names have no digits. */
static bool is_ref(const char *word)
{
    size_t bytes = strlen(word), hex = 0, digits = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = tg_ascii_lower(word[i]);
        digits += tg_ascii_is_digit(c);
        hex += tg_ascii_is_digit(c) || (c >= 'a' && c <= 'f');
    }
    if (memchr(word, ' ', bytes)) return false;
    if (bytes >= 8 && hex == bytes && digits) return true;
    return digits && (memchr(word, '-', bytes) || memchr(word, ':', bytes));
}

/* ---- what is compared ---- */

static tg_err typed_read(const struct tg_args *args, size_t which, struct side *side, struct tg_errmsg *em)
{
    static const char *const names[2][3] = {{"birth", "nationality", "sex"},
                                            {"other-birth", "other-nationality", "other-sex"}};
    for (size_t i = 0; i < 3 && side->is_ref; i++)
        if (tg_args_has(args, names[which][i]))
            return tg_fail(em, TG_EUSAGE, "'--%s' goes with a name as typed, and '%s' is a record",
                           names[which][i], side->word);
    if (side->is_ref) return TG_OK;
    char *text = strdup(side->word);
    if (!text) return TG_ENOMEM;
    tg_asked_date_take(text, &side->asked.birth.date);
    tg_err err =
        tg_asked_features(tg_args_text(args, names[which][0], ""), tg_args_text(args, names[which][1], ""),
                          tg_args_text(args, names[which][2], ""), &side->asked, em);
    if (!err) err = tg_name_parse(tg_text_trim(tg_view_str(text)), &side->name, em);
    free(text);
    return err ? tg_context(em, err, "'%s'", side->word) : TG_OK;
}

static void typed_with_typed(const struct answer *answer, struct tg_likeness *likeness)
{
    const struct side *a = &answer->sides[0], *b = &answer->sides[1];
    *likeness = (struct tg_likeness){.compared = true,
                                     .first = tg_view_str(a->word),
                                     .second = tg_view_str(b->word),
                                     .first_name = a->name,
                                     .second_name = b->name};
    tg_score(&a->name, &a->asked.features, &b->name, TG_NAME_PRIMARY, &b->asked.features, &likeness->scored);
}

/* The typed name with the record's name that is most alike to it. The typed one is always what was asked with. */
static tg_err typed_with_record(struct answer *answer, const struct side *typed, const struct side *held,
                                struct tg_likeness *likeness)
{
    struct tg_facets facets;
    struct tg_births storage;
    *likeness = (struct tg_likeness){0};
    if (!held->row->record) return TG_OK;
    tg_err err = tg_record_facets(held->row->record, answer->arena, &facets);
    if (err) return err;
    struct tg_features features = tg_likeness_features(&facets, &storage);
    for (size_t i = 0; i < facets.names_count && i < TG_WHY_NAMES_MAX; i++) {
        struct tg_name name;
        struct tg_scored scored;
        if (!tg_likeness_is_name(&facets.names[i]) || tg_name_parse(facets.names[i].text, &name, NULL))
            continue;
        tg_score(&typed->name, &typed->asked.features, &name, tg_likeness_kind(&facets.names[i]), &features,
                 &scored);
        if (likeness->compared && scored.score <= likeness->scored.score) continue;
        *likeness = (struct tg_likeness){.compared = true,
                                         .first = tg_view_str(typed->word),
                                         .second = facets.names[i].text,
                                         .first_name = typed->name,
                                         .second_name = name,
                                         .scored = scored};
    }
    return TG_OK;
}

static tg_err compare(struct answer *answer, struct tg_likeness *likeness)
{
    struct side *a = &answer->sides[0], *b = &answer->sides[1];
    *likeness = (struct tg_likeness){0};
    if (!a->is_ref && !b->is_ref) {
        typed_with_typed(answer, likeness);
        return TG_OK;
    }
    if (!a->is_ref) return typed_with_record(answer, a, b, likeness);
    if (!b->is_ref) return typed_with_record(answer, b, a, likeness);
    if (!a->row->record || !b->row->record) return TG_OK;
    return tg_likeness_of(a->row->record, b->row->record, TG_WHY_NAMES_MAX, answer->arena, likeness);
}

/* ---- the answer of the node ---- */

static tg_err statement_keep(struct answer *answer, const struct tg_control_msg *msg)
{
    size_t at = answer->statements.count;
    if (at == STATEMENTS_MAX) return TG_OK;
    answer->counts[at] = tg_control_number(msg, "counts", 0) != 0;
    answer->contested[at] = tg_control_number(msg, "contested", 0) != 0;
    return tg_rows_keep(&answer->statements, msg, answer->em);
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct answer *answer = ctx;
    if (tg_row_is(msg, "statement")) return statement_keep(answer, msg);
    if (!tg_row_is(msg, "record")) return tg_cluster_keep(answer->cluster, msg, answer->em);
    struct side *side = &answer->sides[0];
    if (!side->is_ref || side->row) side = &answer->sides[1];
    return tg_row_keep(msg, answer->arena, &side->row, answer->em);
}

static tg_err node_ask(struct answer *answer)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    const struct side *a = &answer->sides[0], *b = &answer->sides[1];
    answer->counts = tg_arena_take_array(answer->arena, STATEMENTS_MAX, sizeof *answer->counts);
    answer->contested = tg_arena_take_array(answer->arena, STATEMENTS_MAX, sizeof *answer->contested);
    answer->cluster = tg_arena_take(answer->arena, sizeof *answer->cluster);
    tg_request_begin(answer->cli, &request, "why");
    if (!answer->counts || !answer->contested || !answer->cluster) return TG_ENOMEM;
    answer->cluster->arena = answer->arena;
    tg_request_text(&request, "first", a->is_ref ? a->word : b->word);
    if (a->is_ref && b->is_ref) tg_request_text(&request, "second", b->word);
    tg_err err = tg_session_call(answer->cli, &request, on_answer, answer, &arena, NULL, answer->em);
    for (size_t i = 0; i < 2 && !err; i++)
        if (answer->sides[i].is_ref && !answer->sides[i].row)
            return tg_fail(answer->em, TG_EDAMAGED, "the node did not give '%s'", answer->sides[i].word);
    return err;
}

/* ---- for people ---- */

static tg_err side_text(struct tg_cli *cli, const struct side *side, struct tg_view name)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    char first[96] = "  as typed     ", grade[8], day[TG_DATE_TEXT_BYTES];
    tg_err err = TG_OK;
    if (side->is_ref) {
        tg_row_grade(side->row, grade);
        (void)snprintf(first, sizeof first, "  %-11.40s %-2s ", side->row->ref, grade);
        err = tg_row_summary(side->row, &line);
        const char *tlp = side->row->record ? tg_tlp_text(side->row->record->head->handling->tlp) : "";
        if (!err && tlp[0]) err = tg_buf_putf(&line, " · %s", tlp);
        if (!err && strcmp(side->row->state, "live") != 0)
            err = tg_buf_putf(&line, " · %s", side->row->state);
        if (!err && name.bytes) err = tg_buf_put_str(&line, "\nby the name ");
        if (!err && name.bytes) err = tg_put_reading(&line, name);
    } else {
        err = tg_put_reading(&line, tg_view_str(side->word));
        tg_date_format(side->asked.birth.date, day);
        bool known = tg_date_known(side->asked.birth.date);
        if (!err && known && !strstr(side->word, day)) err = tg_buf_putf(&line, ", born %s", day);
    }
    if (!err) tg_put_wrapped(cli, first, 17, tg_buf_view(&line));
    return err;
}

static tg_err reasons_text(struct tg_cli *cli, const struct tg_compared *compared)
{
    TG_AUTO(tg_buf) struct tg_buf speaks_for = {0}, against = {0};
    tg_err err = tg_explain_for(compared, &speaks_for);
    if (!err) err = tg_explain_against(compared, &against);
    if (err) return err;
    tg_put_wrapped(cli, "  for      ", 11,
                   speaks_for.bytes ? tg_buf_view(&speaks_for) : tg_view_str("nothing"));
    tg_put_wrapped(cli, "  against  ", 11, against.bytes ? tg_buf_view(&against) : tg_view_str("nothing"));
    return TG_OK;
}

static tg_err likeness_text(struct tg_cli *cli, const struct tg_likeness *likeness)
{
    struct tg_compared compared = {&likeness->first_name, &likeness->second_name, &likeness->scored,
                                   "the first", "the second"};
    if (!likeness->compared) {
        tg_put(cli, "\nno names to compare\n");
        return TG_OK;
    }
    unsigned score = likeness->scored.score, name = likeness->scored.why.name_score;
    tg_put(cli, "\n%s, %u.%02u\n", tg_band_words((enum tg_band)likeness->scored.band), score / 10000,
           score / 100 % 100);
    const char *cap = tg_explain_cap(&compared);
    if (cap) tg_put_wrapped(cli, "  ", 2, tg_view_str(cap));
    tg_put(cli, "\nword by word%s\n",
           tg_marks_shown(cli) ? ", letters that differ underlined" : ", letters that differ as CAPITALS");
    tg_err err = tg_explain_words(cli, &compared);
    if (err) return err;
    tg_put(cli, "  the names alone: %u.%02u; tables %u\n\nwhat speaks for it, and against it\n", name / 10000,
           name / 100 % 100, likeness->scored.why.tables_version);
    err = reasons_text(cli, &compared);
    if (!err && likeness->paper.bytes) {
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        err = tg_buf_putf(&line, "a paper in common: %.*s", TG_VIEW_PRINT(likeness->paper));
        if (!err) tg_put_wrapped(cli, "  ", 2, tg_buf_view(&line));
    }
    if (!err && likeness->number_first.bytes) {
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        err = tg_buf_putf(&line, "CONFLICT: numbers %.*s and %.*s", TG_VIEW_PRINT(likeness->number_first),
                          TG_VIEW_PRINT(likeness->number_second));
        if (!err) tg_put_wrapped(cli, "  ", 2, tg_buf_view(&line));
    }
    return err;
}

static const char *weight_of(const struct answer *answer, size_t i)
{
    if (!answer->counts[i]) return " (does not count: replaced, expired, or of no partner)";
    return answer->contested[i] ? " (CONTESTED)" : "";
}

static tg_err statements_text(struct answer *answer)
{
    tg_put(answer->cli, "\nwhat people have said of the two%s\n",
           answer->statements.count ? "" : ": nothing");
    for (size_t i = 0; i < answer->statements.count; i++) {
        const struct tg_row *row = answer->statements.rows[i];
        if (!row->record || row->record->kind != TG_KIND_SAMENESS) continue;
        const struct tg_rec_sameness *said = row->record->sameness;
        const char *verdict = tg_enum_name(TG_ENUM_SAMENESS_VERDICT, (int)said->verdict);
        char first[96], grade[8], when[TG_WHEN_BYTES];
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        tg_row_grade(row, grade);
        tg_when_format(row->created * 1000, when);
        (void)snprintf(first, sizeof first, "  %-11.40s %-2s ", row->ref, grade);
        tg_err err =
            tg_buf_putf(&line, "%s, said by %s on %.10s%s%s%s", verdict ? verdict : "newer verdict",
                        row->country, when, said->basis[0] ? ": " : "", said->basis, weight_of(answer, i));
        if (err) return err;
        tg_put_wrapped(answer->cli, first, 17, tg_buf_view(&line));
    }
    return TG_OK;
}

static tg_err answer_text(struct answer *answer, const struct tg_likeness *likeness)
{
    struct tg_cli *cli = answer->cli;
    bool swapped = answer->sides[0].is_ref && !answer->sides[1].is_ref;
    const struct side *first = &answer->sides[swapped], *second = &answer->sides[!swapped];
    tg_err err = side_text(cli, first, likeness->first);
    if (!err) err = side_text(cli, second, likeness->second);
    if (!err) err = likeness_text(cli, likeness);
    if (err || !first->is_ref || !second->is_ref) return err;
    err = statements_text(answer);
    return err ? err : tg_cluster_way(cli, answer->cluster, first->row->ref, second->row->ref);
}

/* ---- for machines ---- */

static void side_json(struct tg_json *json, const char *ref_key, const char *name_key,
                      const struct side *side, struct tg_view name)
{
    if (side->is_ref) tg_json_text(json, ref_key, tg_view_str(side->row->ref));
    tg_json_text(json, name_key, side->is_ref ? name : tg_view_str(side->word));
}

static tg_err answer_json(struct answer *answer, const struct tg_likeness *likeness)
{
    struct tg_cli *cli = answer->cli;
    struct tg_compared compared = {&likeness->first_name, &likeness->second_name, &likeness->scored,
                                   "the first", "the second"};
    bool swapped = answer->sides[0].is_ref && !answer->sides[1].is_ref;
    const struct side *first = &answer->sides[swapped], *second = &answer->sides[!swapped];
    struct tg_json json;
    tg_json_begin(&json, "why");
    side_json(&json, "first_ref", "first", first, likeness->first);
    side_json(&json, "second_ref", "second", second, likeness->second);
    tg_json_number(&json, "compared", likeness->compared);
    if (likeness->compared) tg_explain_json(&json, &compared);
    tg_json_text(&json, "paper", likeness->paper);
    tg_json_number(&json, "conflict", tg_likeness_conflicts(likeness));
    tg_err err = tg_json_put(&json, cli);
    for (size_t i = 0; i < answer->statements.count && !err; i++) {
        tg_json_begin(&json, "statement");
        tg_json_number(&json, "counts", answer->counts[i]);
        tg_json_number(&json, "contested", answer->contested[i]);
        tg_row_json(&json, answer->statements.rows[i]);
        err = tg_json_put(&json, cli);
    }
    if (err || !first->is_ref || !second->is_ref) return err;
    return tg_cluster_way(cli, answer->cluster, first->row->ref, second->row->ref);
}

static tg_err answer_tsv(struct answer *answer, const struct tg_likeness *likeness)
{
    struct tg_compared compared = {&likeness->first_name, &likeness->second_name, &likeness->scored,
                                   "the first", "the second"};
    tg_put(answer->cli, "score\t%u\t%s\t%u\n", likeness->scored.score,
           tg_band_name((enum tg_band)likeness->scored.band), likeness->scored.why.name_score);
    if (likeness->compared) tg_explain_tsv(answer->cli, &compared);
    for (size_t i = 0; i < answer->statements.count; i++)
        tg_put(answer->cli, "statement\t%s\t%s\t%d\n", answer->statements.rows[i]->ref,
               answer->statements.rows[i]->country, answer->counts[i]);
    return TG_OK;
}

tg_err tg_cmd_why(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_ROWS_ARENA_BYTES);
    struct answer *answer = tg_arena_take(&arena, sizeof *answer);
    struct tg_likeness *likeness = tg_arena_take(&arena, sizeof *likeness);
    if (!answer || !likeness) return tg_fail(em, TG_ENOMEM, "out of memory");
    *answer = (struct answer){.cli = cli, .arena = &arena, .statements = {.arena = &arena}, .em = em};
    tg_err err = TG_OK;
    for (size_t i = 0; i < 2 && !err; i++) {
        answer->sides[i].word = args->words[i];
        answer->sides[i].is_ref = is_ref(args->words[i]);
        err = typed_read(args, i, &answer->sides[i], em);
    }
    if (!err && (answer->sides[0].is_ref || answer->sides[1].is_ref)) err = node_ask(answer);
    if (!err) err = compare(answer, likeness);
    if (!err && cli->format == TG_FORMAT_TEXT) err = answer_text(answer, likeness);
    if (!err && cli->format == TG_FORMAT_JSON) err = answer_json(answer, likeness);
    if (!err && cli->format == TG_FORMAT_TSV) err = answer_tsv(answer, likeness);
    tg_rows_release(&answer->statements);
    cli->answer_no = !err && likeness->compared && likeness->scored.band == TG_BAND_DROP;
    return err;
}
