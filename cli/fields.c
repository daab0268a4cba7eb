/* Options that say what a record says: one row an option, with the place of its value in the record.
 *
 * Shared by `add` and `alert`. Field names: docs/records.md.
 */
#include "cli/fields.h"

#include "base/text.h"
#include "proto/json.h"

#define PATH_BYTES 96
#define BIT(kind) (1u << ((unsigned)(kind)-TG_KIND_ALERT))
#define ALERT BIT(TG_KIND_ALERT)
#define INDICATOR BIT(TG_KIND_INDICATOR)
#define PERSON BIT(TG_KIND_PERSON)
#define CELL BIT(TG_KIND_CELL)
#define FACILITY BIT(TG_KIND_FACILITY)
#define INCIDENT BIT(TG_KIND_INCIDENT)
#define ASSESSMENT BIT(TG_KIND_ASSESSMENT)
#define MEASURE BIT(TG_KIND_MEASURE)
#define CONTACT BIT(TG_KIND_CONTACT)
#define CUSTODY BIT(TG_KIND_CUSTODY)
#define LINK BIT(TG_KIND_LINK)
#define REQUEST BIT(TG_KIND_REQUEST)
#define ANSWER BIT(TG_KIND_ANSWER)
#define SIGHTING BIT(TG_KIND_SIGHTING)
#define SAMENESS BIT(TG_KIND_SAMENESS)
#define AT_FACILITY \
    (ALERT | INDICATOR | CELL | INCIDENT | ASSESSMENT | MEASURE | CONTACT | CUSTODY | SIGHTING)
#define ANY (~0u)

struct row;
/* Puts one value; at is the path, with the kind's name in it already. */
typedef tg_err put_value(struct tg_draft *draft, const struct row *row, const char *at,
                         const struct tg_arg *arg, struct tg_errmsg *em);
struct row {
    const char *option;
    unsigned kinds;
    const char *path; /* "@" stands for the kind's name */
    put_value *put;
    const char *kind; /* of names: what kind */
};

static tg_err put_text(struct tg_draft *draft, const struct row *row, const char *at,
                       const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row, (void)em;
    tg_draft_str(draft, at, arg->text);
    return TG_OK;
}

static tg_err put_number(struct tg_draft *draft, const struct row *row, const char *at,
                         const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row, (void)em;
    tg_draft_number(draft, at, arg->number);
    return TG_OK;
}

static tg_err put_true(struct tg_draft *draft, const struct row *row, const char *at,
                       const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row, (void)arg, (void)em;
    tg_draft_true(draft, at);
    return TG_OK;
}

/* at is the list; text and kind of a new element. */
static tg_err put_name(struct tg_draft *draft, const struct row *row, const char *at,
                       const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)em;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s[+].text", at);
    tg_draft_str(draft, path, arg->text);
    (void)snprintf(path, sizeof path, "%s[-].kind", at);
    tg_draft_str(draft, path, row->kind);
    return TG_OK;
}

static tg_err put_place(struct tg_draft *draft, const struct row *row, const char *at,
                        const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)em;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s[+].role", at);
    tg_draft_str(draft, path, row->kind);
    (void)snprintf(path, sizeof path, "%s[-].name", at);
    tg_draft_str(draft, path, arg->text);
    return TG_OK;
}

/* TYPE=VALUE; begin and rest: where a new one, and then the same one, stands. */
static tg_err selector_at(struct tg_draft *draft, const struct row *row, const char *begin, const char *rest,
                          const struct tg_arg *arg, struct tg_errmsg *em)
{
    char path[PATH_BYTES];
    const char *equals = strchr(arg->text, '=');
    if (!equals || equals == arg->text || !equals[1])
        return tg_fail(em, TG_EUSAGE, "'--%s' takes TYPE=VALUE such as phone=+992900000001, not '%.60s'",
                       row->option, arg->text);
    (void)snprintf(path, sizeof path, "%s.type", begin);
    tg_draft_text(draft, path, tg_view_of(arg->text, (size_t)(equals - arg->text)));
    (void)snprintf(path, sizeof path, "%s.value", rest);
    tg_draft_str(draft, path, equals + 1);
    return TG_OK;
}

static tg_err put_selector(struct tg_draft *draft, const struct row *row, const char *at,
                           const struct tg_arg *arg, struct tg_errmsg *em)
{
    char begin[PATH_BYTES], rest[PATH_BYTES];
    (void)snprintf(begin, sizeof begin, "%s[+]", at);
    (void)snprintf(rest, sizeof rest, "%s[-]", at);
    return selector_at(draft, row, begin, rest, arg, em);
}

static tg_err put_one_selector(struct tg_draft *draft, const struct row *row, const char *at,
                               const struct tg_arg *arg, struct tg_errmsg *em)
{
    return selector_at(draft, row, at, at, arg, em);
}

/* TYPE:COUNTRY:NUMBER, country may be empty; begin and rest as above. */
static tg_err document_at(struct tg_draft *draft, const char *begin, const char *rest,
                          const struct tg_arg *arg, struct tg_errmsg *em)
{
    char path[PATH_BYTES];
    const char *first = strchr(arg->text, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    if (!second || !second[1])
        return tg_fail(em, TG_EUSAGE,
                       "'--document' takes TYPE:COUNTRY:NUMBER such as passport:TJ:A1234567, not '%.60s'",
                       arg->text);
    (void)snprintf(path, sizeof path, "%s.type", begin);
    tg_draft_text(draft, path, tg_view_of(arg->text, (size_t)(first - arg->text)));
    (void)snprintf(path, sizeof path, "%s.country", rest);
    if (second > first + 1) tg_draft_text(draft, path, tg_view_of(first + 1, (size_t)(second - first - 1)));
    (void)snprintf(path, sizeof path, "%s.number", rest);
    tg_draft_str(draft, path, second + 1);
    return TG_OK;
}

static tg_err put_document(struct tg_draft *draft, const struct row *row, const char *at,
                           const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row;
    char begin[PATH_BYTES], rest[PATH_BYTES];
    (void)snprintf(begin, sizeof begin, "%s[+]", at);
    (void)snprintf(rest, sizeof rest, "%s[-]", at);
    return document_at(draft, begin, rest, arg, em);
}

static tg_err put_one_document(struct tg_draft *draft, const struct row *row, const char *at,
                               const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row;
    return document_at(draft, at, at, arg, em);
}

/* "15-20", "15" or "15-". */
static tg_err put_range(struct tg_draft *draft, const struct row *row, const char *at,
                        const struct tg_arg *arg, struct tg_errmsg *em)
{
    char path[PATH_BYTES];
    uint64_t low = 0, high = 0;
    size_t bytes = strcspn(arg->text, "-");
    const char *behind = arg->text[bytes] ? arg->text + bytes + 1 : NULL;
    bool open = behind && !behind[0];
    bool good = !tg_text_u64(tg_view_of(arg->text, bytes), UINT32_MAX, &low);
    if (good && behind && !open) good = !tg_text_u64(tg_view_str(behind), UINT32_MAX, &high) && high >= low;
    if (!good)
        return tg_fail(em, TG_EUSAGE, "'--%s' takes a number or LOW-HIGH, not '%.40s'", row->option,
                       arg->text);
    (void)snprintf(path, sizeof path, "%s.low", at);
    tg_draft_number(draft, path, (int64_t)low);
    (void)snprintf(path, sizeof path, "%s.high", at);
    if (!open) tg_draft_number(draft, path, (int64_t)(behind ? high : low));
    return TG_OK;
}

/* "C3". */
static tg_err put_grade(struct tg_draft *draft, const struct row *row, const char *at,
                        const struct tg_arg *arg, struct tg_errmsg *em)
{
    (void)row, (void)at;
    char reliability =
        arg->text[0] >= 'a' && arg->text[0] <= 'f' ? (char)(arg->text[0] - 'a' + 'A') : arg->text[0];
    char credibility = arg->text[0] ? arg->text[1] : 0;
    bool good =
        reliability >= 'A' && reliability <= 'F' && credibility >= '1' && credibility <= '6' && !arg->text[2];
    if (!good)
        return tg_fail(em, TG_EUSAGE,
                       "'--grade' takes a letter A to F and a digit 1 to 6 such as C3, not '%.20s'",
                       arg->text);
    tg_draft_text(draft, "head.grading.reliability", tg_view_of(&reliability, 1));
    tg_draft_text(draft, "head.grading.credibility", tg_view_of(&credibility, 1));
    return TG_OK;
}

static const struct row rows[] = {
    {"list", ANY, "head.list", put_text, NULL},
    {"external-id", ANY, "head.external_id", put_text, NULL},
    {"agency", ANY, "head.agency", put_text, NULL},
    {"desk", ANY, "head.desk", put_text, NULL},
    {"source-type", ANY, "head.source.type", put_text, NULL},
    {"source", ANY, "head.source.name", put_text, NULL},
    {"source-ref", ANY, "head.source.reference", put_text, NULL},
    {"source-date", ANY, "head.source.date", put_text, NULL},
    {"observed-from", ANY, "head.observed_from", put_text, NULL},
    {"observed-to", ANY, "head.observed_to", put_text, NULL},
    {"language", ANY, "head.language", put_text, NULL},
    {"remark", ANY, "head.note", put_text, NULL},
    {"tlp", ANY, "head.handling.tlp", put_text, NULL},
    {"pap", ANY, "head.handling.pap", put_text, NULL},
    {"release", ANY, "head.handling.release", put_text, NULL},
    {"purpose", ANY, "head.handling.purpose", put_text, NULL},
    {"legal-basis", ANY, "head.handling.legal_basis", put_text, NULL},
    {"review", ANY, "head.handling.review", put_text, NULL},
    {"expiry", ANY, "head.handling.expiry", put_text, NULL},
    {"grade", ANY, "", put_grade, NULL},
    {"supersedes", ANY, "head.supersedes", put_text, NULL},
    {"name", PERSON | CELL | FACILITY, "@.names", put_name, "primary"},
    {"alias", PERSON | CELL | FACILITY, "@.names", put_name, "alias"},
    {"weak-alias", PERSON | CELL, "@.names", put_name, "weak"},
    {"kunya", PERSON, "@.names", put_name, "kunya"},
    {"birth", PERSON, "@.births[+].date", put_text, NULL},
    {"birth-place", PERSON, "@.places", put_place, "birth"},
    {"sex", PERSON, "@.sex", put_text, NULL},
    {"nationality", PERSON, "@.nationalities[+].country", put_text, NULL},
    {"document", PERSON, "@.documents", put_document, NULL},
    {"role", PERSON, "@.roles[+]", put_text, NULL},
    {"minor", PERSON, "@.minor", put_true, NULL},
    {"name", SIGHTING, "@.name", put_text, NULL},
    {"birth", SIGHTING, "@.birth", put_text, NULL},
    {"document", SIGHTING, "@.document", put_one_document, NULL},
    {"until", SIGHTING, "@.until", put_text, NULL},
    {"selector", SIGHTING, "@.selector", put_one_selector, NULL},
    {"initiator", CONTACT, "@.initiators", put_selector, NULL},
    {"receiver", CONTACT, "@.receivers", put_selector, NULL},
    {"times", CONTACT, "@.times", put_number, NULL},
    {"expected-release", CUSTODY, "@.expected_release", put_text, NULL},
    {"section", CUSTODY, "@.section", put_text, NULL},
    {"sentence", CUSTODY, "@.sentence", put_text, NULL},
    {"relation", LINK, "@.relation", put_text, NULL},
    {"detail", LINK, "@.detail", put_text, NULL},
    {"status", PERSON | CELL | INCIDENT | MEASURE | CUSTODY, "@.status", put_text, NULL},
    {"selector", ALERT | INDICATOR | PERSON | CELL, "@.selectors", put_selector, NULL},
    {"text", ANY, "@.text", put_text, NULL},
    {"title", ALERT | INCIDENT, "@.title", put_text, NULL},
    {"incident", ALERT, "@.incident", put_text, NULL},
    {"asked", ALERT, "@.asked", put_text, NULL},
    {"contact", ALERT | REQUEST, "@.contact", put_text, NULL},
    {"at", ALERT | INCIDENT | CONTACT | SIGHTING, "@.at", put_text, NULL},
    {"place", ALERT | INCIDENT | FACILITY | CONTACT | SIGHTING, "@.place.name", put_text, NULL},
    {"facility", AT_FACILITY, "@.facility.name", put_text, NULL},
    {"facility-country", AT_FACILITY, "@.facility.country", put_text, NULL},
    {"country", FACILITY | ASSESSMENT | MEASURE, "@.country", put_text, NULL},
    {"use", INDICATOR, "@.use", put_text, NULL},
    {"category", INDICATOR, "@.category", put_text, NULL},
    {"on-hit", INDICATOR, "@.on_hit", put_text, NULL},
    {"valid-from", INDICATOR, "@.valid_from", put_text, NULL},
    {"valid-until", INDICATOR, "@.valid_until", put_text, NULL},
    {"kind", CELL | FACILITY | INCIDENT | CONTACT, "@.kind", put_text, NULL},
    {"size", CELL, "@.size", put_range, NULL},
    {"size-as-of", CELL, "@.size.as_of", put_text, NULL},
    {"parent", CELL, "@.parent", put_text, NULL},
    {"regime", FACILITY | CUSTODY, "@.regime", put_text, NULL},
    {"capacity", FACILITY, "@.capacity", put_number, NULL},
    {"held", FACILITY, "@.occupancy.held", put_number, NULL},
    {"staff", FACILITY, "@.occupancy.staff", put_number, NULL},
    {"held-as-of", FACILITY, "@.occupancy.as_of", put_text, NULL},
    {"operator", FACILITY, "@.operator", put_text, NULL},
    {"from", INCIDENT | CONTACT | CUSTODY | LINK, "@.from", put_text, NULL},
    {"until", INCIDENT | CONTACT | CUSTODY | LINK, "@.to", put_text, NULL},
    {"outcome", INCIDENT | ANSWER, "@.outcome", put_text, NULL},
    {"participants", INCIDENT, "@.participants", put_range, NULL},
    {"occurrences", INCIDENT, "@.occurrences", put_range, NULL},
    {"scope", ASSESSMENT, "@.scope", put_text, NULL},
    {"factor", ASSESSMENT, "@.factor", put_text, NULL},
    {"severity", ASSESSMENT, "@.severity", put_text, NULL},
    {"basis", ASSESSMENT | SAMENESS, "@.basis", put_text, NULL},
    {"as-of", ASSESSMENT, "@.as_of", put_text, NULL},
    {"area", MEASURE, "@.area", put_text, NULL},
    {"action", MEASURE | SIGHTING, "@.action", put_text, NULL},
    {"objective", MEASURE, "@.objective", put_text, NULL},
    {"expected", MEASURE, "@.expected_outcome", put_text, NULL},
    {"responsible", MEASURE, "@.responsible", put_text, NULL},
    {"start", MEASURE, "@.start", put_text, NULL},
    {"due", MEASURE | REQUEST, "@.due", put_text, NULL},
    {"months", MEASURE, "@.time_limit_months", put_number, NULL},
};

/* The row for that kind, else any of that name. */
static const struct row *row_of(const char *option, enum tg_kind kind)
{
    const struct row *any = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].option, option) != 0) continue;
        if (rows[i].kinds & BIT(kind)) return &rows[i];
        any = &rows[i];
    }
    return any;
}

static tg_err field_put(struct tg_draft *draft, enum tg_kind kind, const struct tg_arg *arg,
                        struct tg_errmsg *em)
{
    const struct row *row = row_of(arg->option->name, kind);
    if (!row) return TG_OK;
    if (!(row->kinds & BIT(kind)))
        return tg_fail(em, TG_EUSAGE, "'--%s' does not belong to a record of kind '%s'", row->option,
                       tg_kind_name(kind));
    char path[PATH_BYTES];
    bool body = row->path[0] == '@';
    (void)snprintf(path, sizeof path, "%s%s", body ? tg_kind_name(kind) : "", row->path + body);
    return row->put(draft, row, path, arg, em);
}

tg_err tg_fields_put(struct tg_draft *draft, enum tg_kind kind, const struct tg_args *args,
                     struct tg_errmsg *em)
{
    for (size_t i = 0; i < args->value_count; i++) {
        tg_err err = field_put(draft, kind, &args->values[i], em);
        if (err) return err;
    }
    return draft->err ? tg_fail(em, draft->err, "cannot write the record: out of memory") : TG_OK;
}

void tg_fields_default(struct tg_draft *draft, enum tg_kind kind, int64_t now_ms)
{
    char now[TG_TIME_TEXT_BYTES];
    tg_time_format(now_ms, now);
    tg_draft_number(draft, "v", 1);
    tg_draft_str(draft, "kind", tg_kind_name(kind));
    tg_draft_str(draft, "head.reported", now);
    tg_draft_str(draft, "head.handling.tlp", "amber");
}

tg_err tg_fields_record(struct tg_draft *draft, struct tg_arena *arena, struct tg_view *ret_bytes,
                        struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    tg_err err = tg_draft_render(draft, &json);
    if (err) return tg_fail(em, err, "cannot write the record: out of memory");
    return tg_record_from_json(tg_buf_view(&json), arena, ret_bytes, em);
}
