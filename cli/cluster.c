/* A cluster for people: every member with its author, every field with who says it, and what somebody should look at.
 *
 * Fields of one value stand on one line with all who say it, so that two birth dates are seen at once.
 */
#include "cli/cluster.h"

#include "base/text.h"
#include "proto/likeness.h"
#include "proto/sources.h"

#define LABEL_COLUMNS 12

/* ---- rows ---- */

static const char *kept_text(struct tg_cluster_rows *cluster, const struct tg_control_msg *msg,
                             const char *name)
{
    return tg_arena_text(cluster->arena, tg_view_str(tg_control_text(msg, name, "")));
}

static tg_err member_keep(struct tg_cluster_rows *cluster, const struct tg_control_msg *msg,
                          struct tg_errmsg *em)
{
    if (cluster->members_count == TG_CLUSTER_MEMBERS_MAX) return TG_OK;
    struct tg_cluster_member_row *member = &cluster->members[cluster->members_count++];
    member->inside = tg_control_number(msg, "inside", 0) != 0;
    return tg_row_keep(msg, cluster->arena, &member->row, em);
}

static tg_err tie_keep(struct tg_cluster_rows *cluster, const struct tg_control_msg *msg,
                       struct tg_errmsg *em)
{
    if (cluster->ties_count == TG_CLUSTER_LINKS_MAX) return TG_OK;
    struct tg_tie_row *tie = &cluster->ties[cluster->ties_count++];
    *tie = (struct tg_tie_row){.first = kept_text(cluster, msg, "first"),
                               .second = kept_text(cluster, msg, "second"),
                               .basis = kept_text(cluster, msg, "basis"),
                               .apart = tg_control_number(msg, "apart", 0) != 0,
                               .contested = tg_control_number(msg, "contested", 0) != 0,
                               .holds = tg_control_number(msg, "holds", 0) != 0,
                               .bridge = tg_control_number(msg, "bridge", 0) != 0,
                               .score = tg_control_number(msg, "score", 0)};
    if (!tie->first || !tie->second || !tie->basis) return tg_fail(em, TG_ENOMEM, "the answer is too large");
    return tg_control_has(msg, "ref") ? tg_row_keep(msg, cluster->arena, &tie->row, em) : TG_OK;
}

tg_err tg_cluster_keep(struct tg_cluster_rows *cluster, const struct tg_control_msg *msg,
                       struct tg_errmsg *em)
{
    const char *row = tg_control_text(msg, "row", "");
    if (strcmp(row, "member") == 0) return member_keep(cluster, msg, em);
    if (strcmp(row, "tie") == 0) return tie_keep(cluster, msg, em);
    if (strcmp(row, "cluster") != 0) return TG_OK;
    struct tg_view id = tg_control_data(msg, "cluster");
    cluster->known = true;
    cluster->large = tg_control_number(msg, "large", 0) != 0;
    cluster->size = tg_control_number(msg, "size", 1);
    if (id.bytes == TG_HASH_BYTES) tg_hex_encode(id.data, 8, cluster->id);
    return TG_OK;
}

/* ---- what ties ---- */

static tg_err author_put(const struct tg_row *row, struct tg_buf *out)
{
    char grade[8], when[TG_WHEN_BYTES];
    tg_row_grade(row, grade);
    tg_when_format(row->created * 1000, when);
    when[10] = 0; /* the day */
    return tg_buf_putf(out, "said by %s, %s%s%s %s", row->country, row->ref, grade[0] ? " " : "", grade,
                       when);
}

static tg_err tie_put(const struct tg_tie_row *tie, struct tg_buf *out)
{
    const char *basis = tie->row && tie->row->record && tie->row->record->kind == TG_KIND_SAMENESS
                            ? tie->row->record->sameness->basis
                            : "";
    tg_err err = tg_buf_putf(out, "%s %s %s: ", tie->first, tie->apart ? "is not" : "=", tie->second);
    if (!err && tie->row) err = author_put(tie->row, out);
    if (!err && basis[0]) err = tg_buf_putf(out, ": %s", basis);
    if (!err && strcmp(tie->basis, "not_him") == 0)
        err = tg_buf_put_str(out, ": judged not him, by the document that the other one has");
    if (!err && strcmp(tie->basis, "listing") == 0) err = tg_buf_put_str(out, "one number of one list");
    if (!err && strcmp(tie->basis, "paper") == 0)
        err = tg_buf_putf(out, "a paper in common, alike %u.%02u", (unsigned)(tie->score / 10000),
                          (unsigned)(tie->score / 100 % 100));
    if (!err && strcmp(tie->basis, "name") == 0)
        err = tg_buf_putf(out, "name and birth date, alike %u.%02u", (unsigned)(tie->score / 10000),
                          (unsigned)(tie->score / 100 % 100));
    if (!err && tie->contested) err = tg_buf_put_str(out, " (CONTESTED)");
    return err;
}

static tg_err tie_line(struct tg_cli *cli, const char *lead, const struct tg_tie_row *tie)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err = tg_buf_put_str(&line, lead);
    if (!err) err = tie_put(tie, &line);
    if (!err) tg_put_wrapped(cli, "  ", 2, tg_buf_view(&line));
    return err;
}

/* ---- fields ---- */

/* One value of a field and who says it. */
struct value {
    const char *text;
    struct tg_buf who;
    size_t count;
};
struct field {
    struct tg_arena *arena;
    struct value *values;
    size_t count, capacity;
};

static tg_err value_add(struct field *field, const char *text, const char *ref)
{
    size_t at = 0;
    if (!text[0]) return TG_OK;
    while (at < field->count && strcmp(field->values[at].text, text) != 0) at++;
    if (at == field->count) {
        if (field->count == field->capacity) return TG_OK;
        char *kept = tg_arena_text(field->arena, tg_view_str(text));
        if (!kept) return TG_ENOMEM;
        field->values[field->count++] = (struct value){.text = kept};
    }
    struct value *value = &field->values[at];
    return tg_buf_putf(&value->who, "%s%s", value->count++ ? ", " : "", ref);
}

static tg_err say_names(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < person->names_count && !err; i++) {
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        err = tg_put_reading(&text, tg_view_str(person->names[i].text));
        const char *kept = err ? NULL : tg_arena_text(field->arena, tg_buf_view(&text));
        if (!err) err = kept ? value_add(field, kept, ref) : TG_ENOMEM;
    }
    return err;
}

static tg_err say_births(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < person->births_count && !err; i++) {
        char from[TG_DATE_TEXT_BYTES], to[TG_DATE_TEXT_BYTES], text[3 * TG_DATE_TEXT_BYTES];
        const struct tg_rec_birth *birth = &person->births[i];
        if (!tg_date_known(birth->date)) continue;
        tg_date_format(birth->date, from);
        tg_date_format(birth->date_to, to);
        bool range = tg_date_known(birth->date_to) && strcmp(from, to) != 0;
        (void)snprintf(text, sizeof text, "%s%s%s%s", birth->approximate ? "about " : "", from,
                       range ? " to " : "", range ? to : "");
        err = value_add(field, text, ref);
    }
    return err;
}

static tg_err say_sex(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    const char *name = person->sex ? tg_enum_name(TG_ENUM_SEX, (int)person->sex) : NULL;
    return name ? value_add(field, name, ref) : TG_OK;
}

static tg_err say_nationalities(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < person->nationalities_count && !err; i++)
        err = value_add(field, person->nationalities[i].country, ref);
    return err;
}

static tg_err say_papers(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < person->documents_count && !err; i++) {
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        if (tg_document_form(&person->documents[i], &text)) continue;
        const char *kept = tg_arena_text(field->arena, tg_buf_view(&text));
        err = kept ? value_add(field, kept, ref) : TG_ENOMEM;
    }
    return err;
}

static tg_err say_status(struct field *field, const struct tg_rec_person *person, const char *ref)
{
    const char *name = tg_enum_name(TG_ENUM_PERSON_STATUS, (int)person->status);
    return value_add(field, name ? name : "newer status", ref);
}

static const struct {
    const char *label;
    tg_err (*say)(struct field *field, const struct tg_rec_person *person, const char *ref);
} fields[] = {{"names", say_names},   {"born", say_births},
              {"sex", say_sex},       {"nationality", say_nationalities},
              {"papers", say_papers}, {"status", say_status}};
#define FIELDS (sizeof fields / sizeof fields[0])
#define VALUES_MAX 512

static tg_err field_gather(const struct tg_cluster_rows *cluster, size_t which, struct field *field)
{
    field->values = tg_arena_take_array(field->arena, VALUES_MAX, sizeof *field->values);
    field->capacity = VALUES_MAX;
    tg_err err = field->values ? TG_OK : TG_ENOMEM;
    for (size_t i = 0; i < cluster->members_count && !err; i++) {
        const struct tg_row *row = cluster->members[i].row;
        if (!cluster->members[i].inside || !row->record || row->record->kind != TG_KIND_PERSON) continue;
        err = fields[which].say(field, row->record->person, row->ref);
    }
    return err;
}

static void field_release(struct field *field)
{
    for (size_t i = 0; i < field->count; i++) tg_buf_release(&field->values[i].who);
}

static tg_err field_text(struct tg_cli *cli, const struct field *field, const char *label)
{
    for (size_t i = 0; i < field->count; i++) {
        char first[32];
        TG_AUTO(tg_buf) struct tg_buf line = {0};
        (void)snprintf(first, sizeof first, "  %-*s ", LABEL_COLUMNS, i ? "" : label);
        tg_err err = tg_buf_putf(&line, "%s (%.*s)", field->values[i].text,
                                 TG_VIEW_PRINT(tg_buf_view(&field->values[i].who)));
        if (err) return err;
        tg_put_wrapped(cli, first, LABEL_COLUMNS + 3, tg_buf_view(&line));
    }
    return TG_OK;
}

static tg_err field_json(struct tg_cli *cli, const struct tg_cluster_rows *cluster, const struct field *field,
                         const char *label)
{
    for (size_t i = 0; i < field->count; i++) {
        struct tg_json json;
        tg_json_begin(&json, "field");
        tg_json_text(&json, "cluster", tg_view_str(cluster->id));
        tg_json_text(&json, "field", tg_view_str(label));
        tg_json_text(&json, "value", tg_view_str(field->values[i].text));
        tg_json_text(&json, "by", tg_buf_view(&field->values[i].who));
        tg_err err = tg_json_put(&json, cli);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err fields_put(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < FIELDS && !err; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_CLUSTER_WORK_BYTES);
        struct field field = {.arena = &arena};
        err = field_gather(cluster, i, &field);
        if (!err)
            err = cli->format == TG_FORMAT_JSON ? field_json(cli, cluster, &field, fields[i].label)
                                                : field_text(cli, &field, fields[i].label);
        field_release(&field);
    }
    return err;
}

/* ---- what somebody should look at ---- */

static tg_err conflict_put(const struct tg_likeness *likeness, struct tg_buf *out)
{
    const char *lead = "";
    tg_err err = TG_OK;
    if (likeness->births_conflict) {
        err = tg_buf_put_str(out, "birth dates");
        lead = ", ";
    }
    if (!err && likeness->sexes_conflict) {
        err = tg_buf_putf(out, "%ssexes", lead);
        lead = ", ";
    }
    if (!err && likeness->number_first.bytes)
        err = tg_buf_putf(out, "%snumbers (%.*s, %.*s)", lead, TG_VIEW_PRINT(likeness->number_first),
                          TG_VIEW_PRINT(likeness->number_second));
    return err;
}

/* Every two members whose records cannot both be right. */
static tg_err conflicts_each(struct tg_cli *cli, const struct tg_cluster_rows *cluster,
                             tg_err (*each)(struct tg_cli *cli, const struct tg_row *a,
                                            const struct tg_row *b, struct tg_view what))
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < cluster->members_count; i++) {
        for (size_t k = i + 1; k < cluster->members_count && !err; k++) {
            const struct tg_cluster_member_row *a = &cluster->members[i], *b = &cluster->members[k];
            TG_AUTO(tg_arena) struct tg_arena arena;
            TG_AUTO(tg_buf) struct tg_buf what = {0};
            struct tg_likeness likeness;
            tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
            if (!a->inside || !b->inside || !a->row->record || !b->row->record) continue;
            if (tg_likeness_of(a->row->record, b->row->record, 1, &arena, &likeness)) continue;
            if (tg_likeness_conflicts(&likeness)) err = conflict_put(&likeness, &what);
            if (!err && what.bytes) err = each(cli, a->row, b->row, tg_buf_view(&what));
        }
    }
    return err;
}

static tg_err conflict_text(struct tg_cli *cli, const struct tg_row *a, const struct tg_row *b,
                            struct tg_view what)
{
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    tg_err err =
        tg_buf_putf(&line, "CONFLICT: %s and %s differ in %.*s", a->ref, b->ref, TG_VIEW_PRINT(what));
    if (!err) tg_put_wrapped(cli, "  ", 2, tg_buf_view(&line));
    return err;
}

static tg_err conflict_json(struct tg_cli *cli, const struct tg_row *a, const struct tg_row *b,
                            struct tg_view what)
{
    struct tg_json json;
    tg_json_begin(&json, "conflict");
    tg_json_text(&json, "first", tg_view_str(a->ref));
    tg_json_text(&json, "second", tg_view_str(b->ref));
    tg_json_text(&json, "what", what);
    return tg_json_put(&json, cli);
}

static size_t sources_of(const struct tg_cluster_rows *cluster)
{
    const struct tg_record *records[TG_CLUSTER_MEMBERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < cluster->members_count; i++)
        if (cluster->members[i].inside && cluster->members[i].row->record)
            records[count++] = cluster->members[i].row->record;
    return tg_sources_count(records, count);
}

/* ---- the whole ---- */

static tg_err member_text(struct tg_cli *cli, const struct tg_row *row)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char first[96], grade[8], mark[TG_MARK_BYTES];
    tg_err err = tg_row_summary(row, &text);
    tg_row_grade(row, grade);
    tg_row_mark(row, mark);
    if (!err && mark[0]) err = tg_buf_putf(&text, " %s", mark);
    const char *tlp = row->record ? tg_tlp_text(row->record->head->handling->tlp) : "";
    if (!err && tlp[0]) err = tg_buf_putf(&text, " · %s", tlp);
    (void)snprintf(first, sizeof first, "  %-11.40s %-2s ", row->ref, grade);
    if (!err) tg_put_wrapped(cli, first, 17, tg_buf_view(&text));
    return err;
}

/* One word of a source counts once, however many countries pass it on. */
static void title_put(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    size_t sources = sources_of(cluster);
    tg_put(cli, "\none subject, as far as is known here: %lld records from %zu source%s\n",
           (long long)cluster->size, sources, sources == 1 ? "" : "s");
    tg_put(cli, "  a view (%.16s): nothing is merged, and each word can be withdrawn\n", cluster->id);
}

static tg_err ties_text(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < cluster->ties_count && !err; i++)
        if (cluster->ties[i].holds && !cluster->ties[i].apart) err = tie_line(cli, "", &cluster->ties[i]);
    for (size_t i = 0; i < cluster->ties_count && !err; i++)
        if (cluster->ties[i].bridge) err = tie_line(cli, "WEAK LINK between two halves: ", &cluster->ties[i]);
    return err;
}

static tg_err apart_text(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    bool any = false;
    tg_err err = TG_OK;
    for (size_t i = 0; i < cluster->ties_count && !err; i++) {
        const struct tg_tie_row *tie = &cluster->ties[i];
        if (tie->holds && !tie->apart) continue;
        if (!any) tg_put(cli, "\nheld apart from it\n");
        any = true;
        err = tie_line(cli, tie->apart ? "" : "NOT JOINED: ", tie);
    }
    for (size_t i = 0; i < cluster->members_count && !err; i++)
        if (!cluster->members[i].inside) err = member_text(cli, cluster->members[i].row);
    return err;
}

/* A word that joins it to another, and that something holds back. What is merely said to differ stands among the
 * statements already. */
static bool held_back(const struct tg_cluster_rows *cluster)
{
    for (size_t i = 0; i < cluster->ties_count; i++)
        if (!cluster->ties[i].apart && !cluster->ties[i].holds) return true;
    return false;
}

static tg_err cluster_text(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    tg_err err = TG_OK;
    if (cluster->size < 2 && !cluster->large && !held_back(cluster)) return TG_OK;
    if (cluster->large) {
        tg_put(cli, "\nso much is tied to it that it is no one subject: nothing is joined\n");
        return TG_OK;
    }
    if (cluster->size > 1) {
        title_put(cli, cluster);
        for (size_t i = 0; i < cluster->members_count && !err; i++)
            if (cluster->members[i].inside) err = member_text(cli, cluster->members[i].row);
        if (!err) tg_put(cli, "who says what\n");
        if (!err) err = fields_put(cli, cluster);
        if (!err) err = conflicts_each(cli, cluster, conflict_text);
        if (!err) tg_put(cli, "why they stand together\n");
        if (!err) err = ties_text(cli, cluster);
    }
    return err ? err : apart_text(cli, cluster);
}

static tg_err tie_json(struct tg_cli *cli, const struct tg_tie_row *tie)
{
    struct tg_json json;
    tg_json_begin(&json, "tie");
    tg_json_text(&json, "first", tg_view_str(tie->first));
    tg_json_text(&json, "second", tg_view_str(tie->second));
    tg_json_text(&json, "basis", tg_view_str(tie->basis));
    tg_json_number(&json, "apart", tie->apart);
    tg_json_number(&json, "contested", tie->contested);
    tg_json_number(&json, "holds", tie->holds);
    tg_json_number(&json, "bridge", tie->bridge);
    tg_json_number(&json, "score", tie->score);
    tg_json_text(&json, "statement", tg_view_str(tie->row ? tie->row->ref : ""));
    tg_json_text(&json, "country", tg_view_str(tie->row ? tie->row->country : ""));
    return tg_json_put(&json, cli);
}

static tg_err cluster_json(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    struct tg_json json;
    tg_json_begin(&json, "cluster");
    tg_json_text(&json, "cluster", tg_view_str(cluster->id));
    tg_json_number(&json, "size", cluster->size);
    tg_json_number(&json, "large", cluster->large);
    tg_json_number(&json, "sources", (int64_t)sources_of(cluster));
    tg_err err = tg_json_put(&json, cli);
    for (size_t i = 0; i < cluster->members_count && !err; i++) {
        struct tg_row bare = *cluster->members[i].row;
        bare.record = NULL;
        tg_json_begin(&json, "member");
        tg_json_number(&json, "inside", cluster->members[i].inside);
        tg_row_json(&json, &bare);
        err = tg_json_put(&json, cli);
    }
    if (!err) err = fields_put(cli, cluster);
    if (!err) err = conflicts_each(cli, cluster, conflict_json);
    for (size_t i = 0; i < cluster->ties_count && !err; i++) err = tie_json(cli, &cluster->ties[i]);
    return err;
}

static tg_err cluster_tsv(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    for (size_t i = 0; i < cluster->members_count; i++)
        tg_put(cli, "member\t%s\t%s\t%s\n", cluster->members[i].row->ref,
               cluster->members[i].inside ? "inside" : "apart", cluster->id);
    return TG_OK;
}

tg_err tg_cluster_print(struct tg_cli *cli, const struct tg_cluster_rows *cluster)
{
    if (!cluster->known) return TG_OK;
    if (cli->format == TG_FORMAT_JSON) return cluster_json(cli, cluster);
    return cli->format == TG_FORMAT_TSV ? cluster_tsv(cli, cluster) : cluster_text(cli, cluster);
}

/* ---- the way between two ---- */

static size_t place_of(const struct tg_cluster_rows *cluster, const char *ref)
{
    for (size_t i = 0; i < cluster->members_count; i++)
        if (cluster->members[i].inside && strcmp(cluster->members[i].row->ref, ref) == 0) return i;
    return TG_CLUSTER_MEMBERS_MAX;
}

/* The other end of a tie that joins the member; TG_CLUSTER_MEMBERS_MAX: it does not. */
static size_t across(const struct tg_cluster_rows *cluster, const struct tg_tie_row *tie, size_t from)
{
    const char *ref = cluster->members[from].row->ref;
    if (!tie->holds || tie->apart) return TG_CLUSTER_MEMBERS_MAX;
    if (strcmp(tie->first, ref) == 0) return place_of(cluster, tie->second);
    return strcmp(tie->second, ref) == 0 ? place_of(cluster, tie->first) : TG_CLUSTER_MEMBERS_MAX;
}

/* Breadth first from the last to the first, so that the ties are told in order. */
static bool way_find(const struct tg_cluster_rows *cluster, size_t from, size_t to, size_t *by)
{
    size_t queue[TG_CLUSTER_MEMBERS_MAX], count = 0;
    bool met[TG_CLUSTER_MEMBERS_MAX + 1] = {false};
    queue[count++] = to;
    met[to] = met[TG_CLUSTER_MEMBERS_MAX] = true;
    for (size_t at = 0; at < count && !met[from]; at++) {
        for (size_t i = 0; i < cluster->ties_count; i++) {
            size_t other = across(cluster, &cluster->ties[i], queue[at]);
            if (met[other]) continue;
            met[other] = true;
            by[other] = i;
            queue[count++] = other;
        }
    }
    return met[from];
}

tg_err tg_cluster_way(struct tg_cli *cli, const struct tg_cluster_rows *cluster, const char *first,
                      const char *second)
{
    size_t by[TG_CLUSTER_MEMBERS_MAX + 1];
    size_t from = place_of(cluster, first), to = place_of(cluster, second);
    bool together =
        from < TG_CLUSTER_MEMBERS_MAX && to < TG_CLUSTER_MEMBERS_MAX && way_find(cluster, from, to, by);
    tg_err err = TG_OK;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "together");
        tg_json_number(&json, "together", together);
        tg_json_text(&json, "cluster", tg_view_str(together ? cluster->id : ""));
        err = tg_json_put(&json, cli);
        for (size_t at = from; together && at != to && !err; at = across(cluster, &cluster->ties[by[at]], at))
            err = tie_json(cli, &cluster->ties[by[at]]);
        return err;
    }
    if (cluster->large) tg_put(cli, "\nso much is tied to them that nothing is joined\n");
    if (!together && !cluster->large) tg_put(cli, "\nthe two do not stand in one cluster here\n");
    if (together) tg_put(cli, "\nboth stand in one cluster of %lld records\n", (long long)cluster->size);
    for (size_t at = from; together && at != to && !err; at = across(cluster, &cluster->ties[by[at]], at))
        err = tie_line(cli, cluster->ties[by[at]].bridge ? "WEAK LINK: " : "", &cluster->ties[by[at]]);
    for (size_t i = 0; i < cluster->ties_count && !err && !together; i++)
        if (cluster->ties[i].apart || !cluster->ties[i].holds)
            err = tie_line(cli, cluster->ties[i].apart ? "HELD APART: " : "NOT JOINED: ", &cluster->ties[i]);
    return err;
}
