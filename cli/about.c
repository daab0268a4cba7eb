/* Records that speak of others: references resolved, names stated, and who is told.
 *
 * Knows no command. docs/cli.md "Speaking of records".
 */
#include "cli/about.h"

#include "base/text.h"
#include "cli/publish.h"
#include "cli/session.h"

#define PATH_BYTES 96

struct getting {
    struct tg_about *about;
    struct tg_arena *arena;
    struct tg_errmsg *em;
    bool found;
};

static tg_err on_record(void *ctx, const struct tg_control_msg *msg)
{
    struct getting *getting = ctx;
    struct tg_row *row = NULL;
    if (!tg_row_is(msg, "record")) return TG_OK;
    tg_err err = tg_row_keep(msg, getting->arena, &row, getting->em);
    if (err) return err;
    const char *readers = tg_arena_text(getting->arena, tg_view_str(tg_control_text(msg, "readers", "")));
    const char *countries =
        tg_arena_text(getting->arena, tg_view_str(tg_control_text(msg, "reader_countries", "")));
    if (!readers || !countries) return TG_ENOMEM;
    *getting->about =
        (struct tg_about){.ref = row->ref, .readers = readers, .readers_text = countries, .row = row};
    if (row->id.bytes == 32) tg_hex_encode(row->id.data, 32, getting->about->id);
    getting->found = row->id.bytes == 32;
    return TG_OK;
}

tg_err tg_about_get(struct tg_cli *cli, const char *ref, struct tg_arena *arena, struct tg_about *ret_about,
                    struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena parse;
    tg_arena_init(&parse, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct getting getting = {.about = ret_about, .arena = arena, .em = em};
    tg_request_begin(cli, &request, "show");
    tg_request_text(&request, "ref", ref);
    tg_err err = tg_session_call(cli, &request, on_record, &getting, &parse, NULL, em);
    if (err) return err;
    return getting.found ? TG_OK : tg_fail(em, TG_ENOENT, "no record '%.80s' here", ref);
}

/* ---- what was typed ---- */

static bool all_hex(const char *text)
{
    for (; *text; text++) {
        char c = tg_ascii_lower(*text);
        if (!tg_ascii_is_digit(c) && !(c >= 'a' && c <= 'f')) return false;
    }
    return true;
}

/* "TJ-7", "TJ-7#2", "TJ.1-7". */
static bool is_short_name(const char *text)
{
    for (int i = 0; i < 2; i++, text++) {
        char c = tg_ascii_lower(*text);
        if (c < 'a' || c > 'z') return false;
    }
    if (*text == '.') text += 1 + strspn(text + 1, "0123456789");
    size_t digits = *text == '-' ? strspn(text + 1, "0123456789") : 0;
    if (!digits) return false;
    text += 1 + digits;
    return !*text || (*text == '#' && text[1] && !text[1 + strspn(text + 1, "0123456789")]);
}

bool tg_about_is_ref(const char *text)
{
    size_t bytes = strlen(text);
    const char *colon = strchr(text, ':');
    bool listed = colon && colon > text && colon[1] && !strpbrk(text, " =/+");
    return is_short_name(text) || (bytes >= 8 && bytes <= 64 && all_hex(text)) || listed;
}

/* The name and sort of a record that is a subject. */
static const char *subject_of(const struct tg_row *row, const char **ret_kind)
{
    const struct tg_record *record = row->record;
    const struct tg_rec_name *names = NULL;
    size_t count = 0;
    *ret_kind = NULL;
    if (!record) return NULL;
    if (record->kind == TG_KIND_PERSON) names = record->person->names, count = record->person->names_count;
    if (record->kind == TG_KIND_CELL) names = record->cell->names, count = record->cell->names_count;
    if (record->kind == TG_KIND_FACILITY)
        names = record->facility->names, count = record->facility->names_count;
    bool subject =
        record->kind == TG_KIND_PERSON || record->kind == TG_KIND_CELL || record->kind == TG_KIND_FACILITY;
    if (subject) *ret_kind = tg_kind_name(record->kind);
    for (size_t i = 0; i < count; i++)
        if (names[i].kind == TG_NAME_KIND_PRIMARY) return names[i].text;
    return count ? names[0].text : NULL;
}

static void draft_at(struct tg_draft *draft, const char *at, const char *member, struct tg_view text)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s.%s", at, member);
    tg_draft_text(draft, path, text);
}

/* at and more: the path of a new subject, and the path of the same one from then on. */
static tg_err put_subject(struct tg_cli *cli, struct tg_draft *draft, const char *at, const char *more,
                          const char *text, struct tg_errmsg *em)
{
    enum tg_selector_type type;
    const char *equals = strchr(text, '=');
    size_t before = equals ? (size_t)(equals - text) : 0;
    if (before && equals[1] && !tg_selector_type_of_name(tg_view_of(text, before), &type, NULL)) {
        draft_at(draft, at, "selector.type", tg_view_of(text, before));
        draft_at(draft, more, "selector.value", tg_view_str(equals + 1));
        return TG_OK;
    }
    if (!tg_about_is_ref(text)) {
        draft_at(draft, at, "name", tg_view_str(text));
        return TG_OK;
    }
    struct tg_about about;
    const char *kind;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_about_get(cli, text, &arena, &about, em);
    if (err) return err;
    const char *name = subject_of(about.row, &kind);
    draft_at(draft, at, "id", tg_view_str(about.id));
    if (name) draft_at(draft, more, "name", tg_view_str(name));
    if (kind) draft_at(draft, more, "kind", tg_view_str(kind));
    return TG_OK;
}

static const struct {
    const char *option;
    enum tg_kind kind;
    const char *at, *more; /* more is NULL: a record id alone */
} rows[] = {
    {"person", TG_KIND_CONTACT, "contact.persons[+]", "contact.persons[-]"},
    {"person", TG_KIND_CUSTODY, "custody.person", "custody.person"},
    {"subject", TG_KIND_LINK, "link.subject", "link.subject"},
    {"object", TG_KIND_LINK, "link.object", "link.object"},
    {"about", TG_KIND_REQUEST, "request.subjects[+]", "request.subjects[-]"},
    {"record", TG_KIND_ANSWER, "answer.records[+]", NULL},
    {"follow-up", TG_KIND_SIGHTING, "sighting.follows", NULL},
};

tg_err tg_about_put(struct tg_cli *cli, struct tg_draft *draft, enum tg_kind kind, const struct tg_args *args,
                    struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && !err; i++) {
        if (rows[i].kind != kind) continue;
        const char *text;
        for (size_t at = 0; !err && (text = tg_args_each(args, rows[i].option, &at));) {
            TG_AUTO(tg_arena) struct tg_arena arena;
            tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
            struct tg_about about;
            if (rows[i].more) {
                err = put_subject(cli, draft, rows[i].at, rows[i].more, text, em);
                continue;
            }
            err = tg_about_get(cli, text, &arena, &about, em);
            if (!err) tg_draft_str(draft, rows[i].at, about.id);
        }
    }
    return err;
}

/* ---- who is told ---- */

static bool listed(const struct tg_buf *list, struct tg_view one)
{
    return list->bytes && memmem(list->data, list->bytes, one.data, one.bytes);
}

/* Members of comma-separated texts, each once. */
static tg_err join(struct tg_buf *out, const char *more)
{
    while (*more) {
        size_t bytes = strcspn(more, ",");
        struct tg_view one = tg_view_of(more, bytes);
        tg_err err = bytes && !listed(out, one)
                         ? tg_buf_putf(out, "%s%.*s", out->bytes ? "," : "", TG_VIEW_PRINT(one))
                         : TG_OK;
        if (err) return err;
        more += bytes + (more[bytes] == ',');
    }
    return TG_OK;
}

/* ret_to stays empty when the node's default counts. */
static tg_err audience_of(struct tg_cli *cli, const struct tg_args *args, const struct tg_about *abouts,
                          size_t count, struct tg_buf *ret_to)
{
    TG_AUTO(tg_buf) struct tg_buf countries = {0};
    if (tg_args_has(args, "to") || !count) return TG_OK;
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = join(ret_to, abouts[i].readers);
        if (!err) err = join(&countries, abouts[i].readers_text);
    }
    if (err) return err;
    if (ret_to->bytes)
        tg_talk(cli, "to %.*s, who %s %s too; --to names others\n", TG_VIEW_PRINT(tg_buf_view(&countries)),
                memchr(countries.data, ',', countries.bytes) ? "have" : "has", abouts[0].ref);
    else
        tg_talk(cli, "kept here: no partner has %s; --to names who is told\n", abouts[0].ref);
    err = ret_to->bytes ? TG_OK : tg_buf_put_str(ret_to, "none");
    return err ? err : tg_buf_put(ret_to, "", 1);
}

tg_err tg_about_publish(struct tg_cli *cli, struct tg_draft *draft, enum tg_kind kind,
                        const struct tg_args *args, const struct tg_about *abouts, size_t count,
                        struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf to = {0};
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view record;
    tg_err err = tg_about_put(cli, draft, kind, args, em);
    if (!err) err = tg_fields_put(draft, kind, args, em);
    if (!err) err = tg_fields_record(draft, &arena, &record, em);
    if (!err) err = audience_of(cli, args, abouts, count, &to);
    if (err) return err;
    struct tg_publish publish = {.records = &record,
                                 .record_count = 1,
                                 .to = to.bytes ? (const char *)to.data : tg_args_text(args, "to", NULL),
                                 .wait_ms = tg_wait_ms(args, 0),
                                 .what = tg_kind_name(kind)};
    return tg_publish(cli, &publish, em);
}
