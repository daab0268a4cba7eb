/* Hits of `query` for people. The likeness is worked out again from the question and the record, with the tables that the
 * node has; where the two do not come to one number, the node's own words stand.
 */
#include "cli/hit.h"

#include <stdlib.h>

#include "base/text.h"
#include "cli/explain.h"

static void name_read(struct tg_question *question, const char *text)
{
    struct tg_view trimmed = tg_text_trim(tg_view_str(text));
    if (trimmed.bytes && !tg_name_parse(trimmed, &question->names[question->names_count], NULL))
        question->names_count++;
}

void tg_question_read(const char *typed, const char *name, const char *birth, const char *nationality,
                      const char *sex, struct tg_question *ret_question)
{
    *ret_question = (struct tg_question){0};
    char *text = strdup(typed);
    if (!text) return; /* then the node's words are shown */
    tg_asked_date_take(text, &ret_question->asked.birth.date);
    if (!tg_asked_features(birth, nationality, sex, &ret_question->asked, NULL)) {
        name_read(ret_question, text);
        name_read(ret_question, name);
    }
    free(text);
}

/* The name that the node says it matched, scored again. */
static bool scored_again(const struct tg_question *question, const struct tg_row *row, struct tg_arena *arena,
                         struct tg_name *ret_name, size_t *ret_which, struct tg_scored *ret_scored)
{
    struct tg_facets facets;
    struct tg_births storage;
    if (!row->record || !row->matched[0] || tg_record_facets(row->record, arena, &facets)) return false;
    struct tg_features features = tg_likeness_features(&facets, &storage);
    for (size_t i = 0; i < facets.names_count; i++) {
        const struct tg_facet_name *name = &facets.names[i];
        if (!tg_likeness_is_name(name) || !tg_view_equal_str(name->text, row->matched)) continue;
        if (tg_name_parse(name->text, ret_name, NULL)) continue;
        for (size_t which = 0; which < question->names_count; which++) {
            tg_score(&question->names[which], &question->asked.features, ret_name, tg_likeness_kind(name),
                     &features, ret_scored);
            *ret_which = which;
            if (ret_scored->score == row->score) return true;
        }
    }
    return false;
}

/* Line by line: names and values that met with others are told apart. */
static void reasons_put(struct tg_cli *cli, const char *why)
{
    if (why[0]) tg_put_wrapped(cli, "    ", 4, tg_view_str(why));
}

tg_err tg_hit_why(struct tg_cli *cli, const struct tg_question *question, const struct tg_row *row)
{
    struct tg_name name;
    struct tg_scored scored;
    size_t which = 0;
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf speaks_for = {0}, against = {0};
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    if (!scored_again(question, row, &arena, &name, &which, &scored)) {
        reasons_put(cli, row->why);
        return TG_OK;
    }
    struct tg_compared compared = {&question->names[which], &name, &scored, "the question", "the record"};
    tg_err err = tg_explain_for(&compared, &speaks_for);
    if (!err) err = tg_explain_against(&compared, &against);
    if (!err) err = tg_explain_name(cli, "    name     ", 13, &compared);
    if (err) return err;
    if (speaks_for.bytes) tg_put_wrapped(cli, "    for      ", 13, tg_buf_view(&speaks_for));
    if (against.bytes) tg_put_wrapped(cli, "    against  ", 13, tg_buf_view(&against));
    const char *cap = tg_explain_cap(&compared), *more = strchr(row->why, '\n');
    if (cap) tg_put_wrapped(cli, "    ", 4, tg_view_str(cap));
    if (more) reasons_put(cli, more + 1);
    return TG_OK;
}

void tg_hit_cluster(struct tg_cli *cli, struct tg_hit_clusters *clusters, struct tg_view id, int64_t size,
                    int64_t number, const struct tg_row *row)
{
    size_t at = 0;
    if (id.bytes != TG_HASH_BYTES || size < 2) return;
    while (at < clusters->count && memcmp(clusters->ids[at].bytes, id.data, TG_HASH_BYTES) != 0) at++;
    if (at < clusters->count) {
        tg_put(cli, "    one subject with hit %lld (%s)\n", (long long)clusters->first[at],
               clusters->refs[at]);
        return;
    }
    if (at < TG_HIT_CLUSTERS_MAX) {
        memcpy(clusters->ids[at].bytes, id.data, TG_HASH_BYTES);
        clusters->first[at] = number;
        (void)snprintf(clusters->refs[at], sizeof clusters->refs[at], "%.40s", row->ref);
        clusters->count++;
    }
    tg_put(cli, "    one subject with %lld more record%s: 'tamga show %.40s' has them\n",
           (long long)(size - 1), size == 2 ? "" : "s", row->ref);
}

tg_err tg_hit_repeats(struct tg_cli *cli, struct tg_hit_reports *reports, int64_t number,
                      const struct tg_row *row, bool *ret_repeats)
{
    struct tg_report report = {0};
    *ret_repeats = false;
    if (!row->record || reports->count == TG_HIT_REPORTS_MAX) return TG_OK;
    tg_err err = tg_report_read(&reports->key, row->record, reports->arena, &report);
    if (err || !report.comparable) return err == TG_ENOMEM ? TG_OK : err; /* no room: it is shown in full */
    for (size_t i = 0; i < reports->count; i++) {
        if (!tg_report_repeats(&reports->reports[i], &report)) continue;
        tg_put(cli, "%2lld. %-10.24s reports the same event as %s, from %s\n", (long long)number, row->ref,
               reports->refs[i], row->country);
        reports->repeats++;
        *ret_repeats = true;
        return TG_OK;
    }
    const char *ref = tg_arena_text(reports->arena, tg_view_str(row->ref));
    if (!ref) return TG_OK;
    reports->refs[reports->count] = ref;
    reports->reports[reports->count++] = report;
    return TG_OK;
}
