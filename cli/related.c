/* What belongs to a record that is shown, in groups that read from that record's side.
 *
 * Knows no node. Rows `related` of verb `show`: docs/control.md.
 */
#include "cli/related.h"

#include "base/text.h"

#define REF_COLUMNS 11

struct showing {
    struct tg_cli *cli;
    const struct tg_related *related;
    const struct tg_row *of;
};

/* The text of one row, appended; escaped when it is printed. */
typedef tg_err say_row(const struct tg_relation *item, struct tg_buf *out);
/* Behind the title of a group: what it adds up to. */
typedef tg_err say_title(const struct showing *showing, struct tg_buf *out);

tg_err tg_related_keep(struct tg_related *related, const struct tg_control_msg *msg, struct tg_errmsg *em)
{
    if (related->count == related->capacity) {
        size_t capacity = related->capacity ? 2 * related->capacity : 32;
        struct tg_relation *grown = reallocarray(related->items, capacity, sizeof *grown);
        if (!grown) return tg_fail(em, TG_ENOMEM, "the answer is too large");
        related->items = grown;
        related->capacity = capacity;
    }
    struct tg_relation item = {
        .relation = tg_arena_text(related->arena, tg_view_str(tg_control_text(msg, "relation", ""))),
        .other = tg_arena_text(related->arena, tg_view_str(tg_control_text(msg, "other", "")))};
    if (!item.relation || !item.other) return tg_fail(em, TG_ENOMEM, "the answer is too large");
    tg_err err = tg_row_keep(msg, related->arena, &item.row, em);
    if (!err) related->items[related->count++] = item;
    return err;
}

void tg_related_release(struct tg_related *related)
{
    free(related->items);
    related->items = NULL;
    related->count = related->capacity = 0;
}

/* ---- texts ---- */

static tg_err put(struct tg_buf *out, const char *lead, const char *text)
{
    return text[0] ? tg_buf_putf(out, "%s%s", lead, text) : TG_OK;
}

static tg_err put_date(struct tg_buf *out, const char *lead, struct tg_date date)
{
    char text[TG_DATE_TEXT_BYTES];
    if (!tg_date_known(date)) return TG_OK;
    tg_date_format(date, text);
    return tg_buf_putf(out, "%s%s", lead, text);
}

static tg_err put_name_of(struct tg_buf *out, enum tg_rec_enum which, int value)
{
    const char *name = tg_enum_name(which, value);
    tg_err err = TG_OK;
    if (!name) return tg_buf_putf(out, "newer value %d", value);
    for (; *name && !err; name++) err = tg_buf_put(out, *name == '_' ? " " : name, 1);
    return err;
}

static tg_err say_summary(const struct tg_relation *item, struct tg_buf *out)
{
    return item->row->record ? tg_record_summary(item->row->record, out) : tg_row_summary(item->row, out);
}

static tg_err say_custody(const struct tg_relation *item, struct tg_buf *out)
{
    const struct tg_rec_custody *custody = item->row->record->custody;
    tg_err err = put_name_of(out, TG_ENUM_CUSTODY_STATUS, (int)custody->status);
    if (!err) err = put(out, " at ", custody->facility->name[0] ? custody->facility->name : item->other);
    if (!err) err = put(out, ", ", custody->facility->country);
    if (!err) err = put(out, ", ", custody->section);
    if (!err) err = put_date(out, ", since ", custody->from);
    if (!err) err = put_date(out, ", until ", custody->to);
    return err ? err : put_date(out, ", release expected ", custody->expected_release);
}

/* "TJ-4 leads this" seen from the cell: "is led by Karim Valiev". */
static const struct {
    enum tg_rec_link_relation relation;
    const char *forth, *back;
} links[] = {
    {TG_LINK_RELATION_MEMBER_OF, "member of", "has as a member"},
    {TG_LINK_RELATION_LEADS, "leads", "is led by"},
    {TG_LINK_RELATION_KIN, "kin of", "kin of"},
    {TG_LINK_RELATION_ASSOCIATE, "associate of", "associate of"},
    {TG_LINK_RELATION_CELLMATE, "cellmate of", "cellmate of"},
    {TG_LINK_RELATION_VISITOR, "visitor of", "is visited by"},
    {TG_LINK_RELATION_USES, "uses", "is used by"},
    {TG_LINK_RELATION_OWNS, "owns", "is owned by"},
    {TG_LINK_RELATION_FINANCES, "finances", "is financed by"},
    {TG_LINK_RELATION_LOCATED_AT, "is located at", "is where to find"},
    {TG_LINK_RELATION_OTHER, "linked with", "linked with"},
};

static tg_err put_subject(struct tg_buf *out, const struct tg_rec_subject *subject, const char *ref)
{
    tg_err err = TG_OK;
    const char *between = " ";
    if (subject->name[0]) err = tg_buf_putf(out, "%s%s", between, subject->name);
    if (!err && subject->selector->present) {
        const char *type = tg_selector_name(subject->selector->type);
        err = tg_buf_putf(out, " %s %s", type ? type : "newer selector", subject->selector->value);
    }
    if (!err && ref[0]) err = tg_buf_putf(out, subject->name[0] ? " (%s)" : " %s", ref);
    return err;
}

static tg_err say_link(const struct tg_relation *item, struct tg_buf *out)
{
    const struct tg_rec_link *link = item->row->record->link;
    bool forth = strcmp(item->relation, "link_subject") == 0;
    const char *words = "linked with";
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].relation == link->relation) words = forth ? links[i].forth : links[i].back;
    tg_err err = tg_buf_put_str(out, words);
    if (!err) err = put_subject(out, forth ? link->object : link->subject, item->other);
    if (!err) err = put(out, ", ", link->detail);
    if (!err) err = put_date(out, ", since ", link->from);
    return err ? err : put_date(out, ", until ", link->to);
}

static tg_err say_sighting(const struct tg_relation *item, struct tg_buf *out)
{
    const struct tg_rec_sighting *sighting = item->row->record->sighting;
    char when[TG_WHEN_BYTES];
    tg_err err = put_name_of(out, TG_ENUM_SIGHTING_OUTCOME, (int)sighting->outcome);
    if (!err) err = put(out, ": ", sighting->name);
    if (!err && sighting->document->present) {
        err = tg_buf_put_str(out, ", ");
        if (!err) err = put_name_of(out, TG_ENUM_DOCUMENT_TYPE, (int)sighting->document->type);
        if (!err) err = put(out, " ", sighting->document->country);
        if (!err) err = put(out, " ", sighting->document->number);
    }
    if (!err) err = put_date(out, ", until ", sighting->until);
    if (!err) err = put(out, ", at ", sighting->facility->name);
    if (!err) err = put(out, ", ", sighting->action);
    if (err || !sighting->at_ms) return err;
    tg_when_format(sighting->at_ms, when);
    return tg_buf_putf(out, ", %s", when);
}

static tg_err say_sameness(const struct tg_relation *item, struct tg_buf *out)
{
    static const char *const verdicts[] = {"", "same as", "different from", "possibly the same as"};
    const struct tg_rec_sameness *sameness = item->row->record->sameness;
    size_t verdict = (size_t)sameness->verdict;
    tg_err err = tg_buf_putf(out, "%s %s", verdict && verdict < 4 ? verdicts[verdict] : "newer verdict on",
                             item->other);
    return err ? err : put(out, ": ", sameness->basis);
}

static tg_err say_answer(const struct tg_relation *item, struct tg_buf *out)
{
    const struct tg_rec_answer *answer = item->row->record->answer;
    tg_err err = put_name_of(out, TG_ENUM_ANSWER_OUTCOME, (int)answer->outcome);
    return err ? err : put(out, ": ", answer->text);
}

/* ---- groups ---- */

static bool in(const char *const *relations, const char *relation)
{
    for (; *relations; relations++)
        if (strcmp(*relations, relation) == 0) return true;
    return false;
}

static bool replaced(const struct tg_row *row)
{
    return strcmp(row->state, "superseded") == 0;
}

static tg_err title_sightings(const struct showing *showing, struct tg_buf *out)
{
    size_t counts[TG_SIGHTING_OUTCOME_FOLLOW_UP + 1] = {0};
    const char *separator = ": ";
    tg_err err = TG_OK;
    for (size_t i = 0; i < showing->related->count; i++) {
        const struct tg_relation *item = &showing->related->items[i];
        if (strcmp(item->relation, "sighting") != 0 || !item->row->record || replaced(item->row)) continue;
        size_t outcome = (size_t)item->row->record->sighting->outcome;
        if (outcome <= TG_SIGHTING_OUTCOME_FOLLOW_UP) counts[outcome]++;
    }
    for (int i = 1; i <= TG_SIGHTING_OUTCOME_FOLLOW_UP && !err; i++) {
        if (!counts[i]) continue;
        err = tg_buf_putf(out, "%s%zu ", separator, counts[i]);
        if (!err) err = put_name_of(out, TG_ENUM_SIGHTING_OUTCOME, i);
        separator = ", ";
    }
    return err;
}

/* Has that country given an answer that is not an interim one? */
static bool answered(const struct showing *showing, struct tg_view country)
{
    for (size_t i = 0; i < showing->related->count; i++) {
        const struct tg_relation *item = &showing->related->items[i];
        const struct tg_record *record = item->row->record;
        if (strcmp(item->relation, "answer") != 0 || !record || replaced(item->row)) continue;
        if (record->answer->outcome == TG_ANSWER_OUTCOME_INTERIM) continue;
        if (tg_view_equal_str(country, item->row->country)) return true;
    }
    return false;
}

/* "answers: UZ has not answered, 3 d overdue". */
static tg_err title_answers(const struct showing *showing, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf silent = {0};
    const struct tg_record *request = showing->of ? showing->of->record : NULL;
    size_t count = 0;
    tg_err err = TG_OK;
    if (!request || request->kind != TG_KIND_REQUEST) return TG_OK;
    for (const char *at = showing->of->audience; *at && !err;) {
        struct tg_view country = tg_view_of(at, strcspn(at, ","));
        at += country.bytes + (at[country.bytes] == ',');
        if (answered(showing, country)) continue;
        err = tg_buf_putf(&silent, "%s%.*s", count++ ? ", " : "", TG_VIEW_PRINT(country));
    }
    if (err || !count) return err;
    err = tg_buf_putf(out, ": %.*s %s not answered", TG_VIEW_PRINT(tg_buf_view(&silent)),
                      count == 1 ? "has" : "have");
    int64_t late_ms = tg_clock_wall_ms(showing->cli->clock) - request->request->due_ms;
    if (err || !request->request->due_ms || late_ms <= 0) return err;
    char late[TG_WHEN_BYTES];
    tg_span_format(late_ms, late);
    return tg_buf_putf(out, ", %s overdue", late);
}

static const struct group {
    const char *title;
    const char *relations[4]; /* ended by NULL */
    enum tg_kind kind;        /* that say knows; of others the summary is printed. 0: any */
    say_row *say;
    say_title *say_title;
} groups[] = {
    {"custody", {"custody"}, TG_KIND_CUSTODY, say_custody, NULL},
    {"who is held there", {"custody_at"}, 0, say_summary, NULL},
    {"links", {"link_subject", "link_object"}, TG_KIND_LINK, say_link, NULL},
    {"contacts", {"contact"}, 0, say_summary, NULL},
    {"sightings", {"sighting", "follow_up"}, TG_KIND_SIGHTING, say_sighting, title_sightings},
    {"same or different", {"sameness"}, TG_KIND_SAMENESS, say_sameness, NULL},
    {"answers", {"answer"}, TG_KIND_ANSWER, say_answer, title_answers},
    {"questions and answers about it", {"request", "answered_with"}, 0, say_summary, NULL},
    {"read and acted upon", {"acknowledgement"}, 0, say_summary, NULL},
};
#define GROUPS (sizeof groups / sizeof groups[0])

static bool grouped(const char *relation)
{
    /* Who contests it stands above, with what was decided. */
    static const char *const elsewhere[] = {"dispute", "decision", NULL};
    for (size_t i = 0; i < GROUPS; i++)
        if (in(groups[i].relations, relation)) return true;
    return in(elsewhere, relation);
}

static tg_err item_text(const struct showing *showing, const struct group *group,
                        const struct tg_relation *item)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char first[96], grade[8];
    bool known = item->row->record && (!group->kind || item->row->record->kind == group->kind);
    tg_err err = known ? group->say(item, &text) : say_summary(item, &text);
    if (err) return err;
    if (strcmp(item->row->state, "live") != 0) err = tg_buf_putf(&text, " (%s)", item->row->state);
    tg_row_grade(item->row, grade);
    (void)snprintf(first, sizeof first, "  %-*.40s %-2s ", REF_COLUMNS, item->row->ref, grade);
    tg_put_wrapped(showing->cli, first, REF_COLUMNS + 6, tg_buf_view(&text));
    return err;
}

static tg_err group_text(const struct showing *showing, const struct group *group)
{
    TG_AUTO(tg_buf) struct tg_buf title = {0}, escaped = {0};
    const struct tg_record *of = showing->of ? showing->of->record : NULL;
    bool asked = group->say_title == title_answers && of && of->kind == TG_KIND_REQUEST;
    size_t shown = 0, older = 0;
    for (size_t i = 0; i < showing->related->count; i++)
        shown += in(group->relations, showing->related->items[i].relation);
    if (!shown && !asked) return TG_OK;
    tg_err err = tg_buf_put_str(&title, group->title);
    if (!err && group->say_title) err = group->say_title(showing, &title);
    if (!err) err = tg_text_escape(tg_buf_view(&title), &escaped);
    if (!err) tg_put(showing->cli, "\n%.*s\n", TG_VIEW_PRINT(tg_buf_view(&escaped)));
    for (size_t i = 0; i < showing->related->count && !err; i++) {
        const struct tg_relation *item = &showing->related->items[i];
        if (!in(group->relations, item->relation)) continue;
        older += replaced(item->row);
        if (!replaced(item->row)) err = item_text(showing, group, item);
    }
    if (older) tg_put(showing->cli, "  and %zu that %s replaced since\n", older, older == 1 ? "was" : "were");
    return err;
}

static const char *words_of(const char *relation)
{
    static const struct {
        const char *relation, *words;
    } relations[] = {{"supersedes", "replaces"},
                     {"superseded_by", "was replaced by"},
                     {"refers", "refers to"},
                     {"withdrawn_by", "was withdrawn by"},
                     {"same_value", "shares a value with"},
                     {"referred_by", "is referred to by"},
                     {"repeats", "reports the same event as"},
                     {"repeated_by", "is reported again by"},
                     {"indicator", "has the indicator"},
                     {"thread", "goes on in"}};
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (strcmp(relations[i].relation, relation) == 0) return relations[i].words;
    return relation;
}

static tg_err others_text(const struct showing *showing)
{
    bool any = false;
    for (size_t i = 0; i < showing->related->count; i++) {
        const struct tg_relation *item = &showing->related->items[i];
        if (grouped(item->relation)) continue;
        if (!any) tg_put(showing->cli, "\nwhat belongs to it\n");
        any = true;
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        tg_err err = tg_buf_putf(&text, "%s %s (", words_of(item->relation), item->row->ref);
        if (!err && !item->row->record) err = tg_buf_put_str(&text, item->row->kind);
        if (!err && item->row->record) err = tg_record_summary(item->row->record, &text);
        if (!err) err = tg_buf_put_str(&text, ")");
        if (err) return err;
        tg_put_wrapped(showing->cli, "  ", 4, tg_buf_view(&text));
    }
    return TG_OK;
}

static tg_err item_json(struct tg_cli *cli, const struct tg_relation *item)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    struct tg_json json;
    tg_json_begin(&json, "related");
    tg_json_text(&json, "ref", tg_view_str(item->row->ref));
    tg_json_text(&json, "kind", tg_view_str(item->row->kind));
    tg_json_text(&json, "relation", tg_view_str(item->relation));
    tg_json_hex(&json, "id", item->row->id);
    tg_json_text(&json, "country", tg_view_str(item->row->country));
    tg_json_text(&json, "state", tg_view_str(item->row->state));
    tg_json_text(&json, "other", tg_view_str(item->other));
    if (item->row->record && !tg_record_summary(item->row->record, &summary))
        tg_json_text(&json, "summary", tg_buf_view(&summary));
    else
        tg_json_null(&json, "summary");
    return tg_json_put(&json, cli);
}

static tg_err item_tsv(struct tg_cli *cli, const struct tg_relation *item)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    tg_err err = item->row->record ? tg_row_summary(item->row, &summary) : TG_OK;
    if (!err)
        tg_put(cli, "related\t%s\t%s\t%s\t%s\t%s\t%.*s\n", item->row->ref, item->row->kind, item->relation,
               item->row->country, item->row->state, TG_VIEW_PRINT(tg_buf_view(&summary)));
    return err;
}

tg_err tg_related_print(struct tg_cli *cli, const struct tg_related *related, const struct tg_row *of,
                        int64_t left)
{
    struct showing showing = {.cli = cli, .related = related, .of = of};
    tg_err err = TG_OK;
    for (size_t i = 0; i < related->count && !err && cli->format != TG_FORMAT_TEXT; i++)
        err = cli->format == TG_FORMAT_JSON ? item_json(cli, &related->items[i])
                                            : item_tsv(cli, &related->items[i]);
    if (cli->format == TG_FORMAT_TEXT) {
        for (size_t i = 0; i < GROUPS && !err; i++) err = group_text(&showing, &groups[i]);
        if (!err) err = others_text(&showing);
    }
    if (!err && left) tg_talk(cli, "%lld more belong to it and are not shown\n", (long long)left);
    return err;
}
