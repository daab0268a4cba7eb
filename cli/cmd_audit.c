/* audit: who asked what, a sample to look at closely, what to count, and what a person may be told of a record.
 *
 * Knows no contents. Verbs `audit.access`, `audit.sample`, `audit.statistics`, `audit.redress`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/tables.h"
#include "cli/terminal.h"

static const char *const by_choices[] = {"entry", "user", "verb", "case", "record", NULL};

#define FILTER_OPTIONS                                                                                     \
    {"user", 0, TG_OPTION_TEXT, false, "NAME", "what that user asked", NULL, 0, 0},                        \
        {"verb", 0, TG_OPTION_TEXT, false, "VERB", "of that verb: query, show, publish, ...", NULL, 0, 0}, \
        {"record", 0, TG_OPTION_TEXT, false, "REF", "that showed or concerned it", NULL, 0, 0},            \
        {"for-case", 0, TG_OPTION_TEXT, false, "NUMBER", "asked for that case", NULL, 0, 0},               \
        {"without-reason", 0, TG_OPTION_FLAG, false, NULL, "with neither reason nor case", NULL, 0, 0},    \
        {"from", 0, TG_OPTION_TIME, false, "TIME", "since then", NULL, 0, 0},                              \
    {                                                                                                      \
        "until", 0, TG_OPTION_TIME, false, "TIME", "before then", NULL, 0, 0                               \
    }
const struct tg_option tg_audit_access_options[] = {
    FILTER_OPTIONS,
    {"by", 0, TG_OPTION_CHOICE, false, "WHAT", "add up; record: who was shown which", by_choices, 0, 0},
    {"all-records", 0, TG_OPTION_FLAG, false, NULL, "name every record, not the first 8", NULL, 0, 0},
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many, the newest (100)", NULL, 0, 200000},
    TG_OPTION_END,
};
const struct tg_option tg_audit_sample_options[] = {
    FILTER_OPTIONS,
    {"count", 0, TG_OPTION_NUMBER, false, "N", "so many (10)", NULL, 0, TG_AUDIT_SAMPLE_MAX},
    {"seed", 0, TG_OPTION_NUMBER, false, "N", "draw as that seed did before", NULL, 0, UINT32_MAX},
    TG_OPTION_END,
};
const struct tg_option tg_audit_statistics_options[] = {
    {"from", 0, TG_OPTION_TIME, false, "TIME", "questions since then", NULL, 0, 0},
    {"until", 0, TG_OPTION_TIME, false, "TIME", "questions before then", NULL, 0, 0},
    TG_OPTION_END,
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define KIND(name, row_name)                   \
    static const struct tg_table_kind name = { \
        .row = (row_name), .columns = name##_columns, .as = name##_as, .count = COUNT(name##_columns)}

/* What is added up by a text, under its name. */
#define BY_COLUMNS(name)                                    \
    static const struct tg_column by_##name##_columns[] = { \
        {#name, #name, TG_COLUMN_TEXT, true},               \
        {"asks", "entries", TG_COLUMN_NUMBER, false},       \
        {"records", "records", TG_COLUMN_NUMBER, false},    \
        {"unreasoned", "no why", TG_COLUMN_NUMBER, false},  \
        {"first_ms", "first", TG_COLUMN_TIME, false},       \
        {"last_ms", "last", TG_COLUMN_TIME, false},         \
    }
BY_COLUMNS(user);
BY_COLUMNS(verb);
BY_COLUMNS(case);
static const enum tg_cell_as by_user_as[] = {TG_AS_TEXT,   TG_AS_NUMBER, TG_AS_NUMBER,
                                             TG_AS_NUMBER, TG_AS_TIME,   TG_AS_TIME};
#define by_verb_as by_user_as
#define by_case_as by_user_as
KIND(by_user, "group");
KIND(by_verb, "group");
KIND(by_case, "group");

static const struct tg_column by_record_columns[] = {
    {"record", "record", TG_COLUMN_TEXT, false},  {"user", "shown to", TG_COLUMN_TEXT, true},
    {"asks", "times", TG_COLUMN_NUMBER, false},   {"unreasoned", "no why", TG_COLUMN_NUMBER, false},
    {"first_ms", "first", TG_COLUMN_TIME, false}, {"last_ms", "last", TG_COLUMN_TIME, false},
};
static const enum tg_cell_as by_record_as[] = {TG_AS_TEXT,   TG_AS_TEXT, TG_AS_NUMBER,
                                               TG_AS_NUMBER, TG_AS_TIME, TG_AS_TIME};
KIND(by_record, "group");

static const struct tg_column authors_columns[] = {
    {"at_ms", "at", TG_COLUMN_TIME, false},     {"user", "user", TG_COLUMN_TEXT, false},
    {"verb", "verb", TG_COLUMN_TEXT, false},    {"case", "case", TG_COLUMN_TEXT, false},
    {"reason", "reason", TG_COLUMN_TEXT, true},
};
static const enum tg_cell_as authors_as[] = {TG_AS_TIME, TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT};
KIND(authors, "author");

static const struct tg_column holders_columns[] = {
    {"country", "holder", TG_COLUMN_TEXT, false},
    {"state", "state", TG_COLUMN_TEXT, true},
    {"at_ms", "since", TG_COLUMN_TIME, false},
    {"node", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as holders_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TIME, TG_AS_TEXT};
KIND(holders, "holder");

static const struct tg_column readers_columns[] = {
    {"user", "user", TG_COLUMN_TEXT, true},          {"times", "times", TG_COLUMN_NUMBER, false},
    {"first_ms", "first", TG_COLUMN_TIME, false},    {"last_ms", "last", TG_COLUMN_TIME, false},
    {"reasoned", "reasoned", TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as readers_as[] = {TG_AS_TEXT, TG_AS_NUMBER, TG_AS_TIME, TG_AS_TIME, TG_AS_YES};
KIND(readers, "reader");

static const struct tg_column followed_columns[] = {
    {"relation", "as", TG_COLUMN_TEXT, false}, {"ref", "record", TG_COLUMN_TEXT, false},
    {"kind", "kind", TG_COLUMN_TEXT, false},   {"country", "by", TG_COLUMN_TEXT, false},
    {"state", "state", TG_COLUMN_TEXT, true},  {"created", "signed", TG_COLUMN_TIME, false},
};
static const enum tg_cell_as followed_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT,
                                              TG_AS_TEXT, TG_AS_TEXT, TG_AS_SECONDS};
KIND(followed, "related");

static const struct tg_column kinds_columns[] = {
    {"kind", "kind", TG_COLUMN_TEXT, true},          {"held", "held", TG_COLUMN_NUMBER, false},
    {"ours", "ours", TG_COLUMN_NUMBER, false},       {"superseded", "replaced", TG_COLUMN_NUMBER, false},
    {"expired", "expired", TG_COLUMN_NUMBER, false}, {"no_basis", "no basis", TG_COLUMN_NUMBER, false},
    {"minors", "minors", TG_COLUMN_NUMBER, false},
};
static const enum tg_cell_as kinds_as[] = {TG_AS_TEXT,   TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER,
                                           TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER};
KIND(kinds, "kind");

/* ---- one answer into several tables ---- */

#define SECTIONS_MAX 5
struct section {
    const char *title; /* above its rows in text; NULL: none */
    const struct tg_table_kind *kind;
    struct tg_table table;
};
struct auditing {
    struct tg_cli *cli;
    struct tg_progress progress;
    struct section sections[SECTIONS_MAX];
    size_t section_count;
    tg_on_answer other; /* rows of no section; may be NULL */
};

static void section_add(struct auditing *auditing, const char *title, const struct tg_table_kind *kind)
{
    struct section *section = &auditing->sections[auditing->section_count++];
    *section = (struct section){.title = title, .kind = kind};
    tg_table_start(&section->table, auditing->cli, kind);
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct auditing *auditing = ctx;
    if (msg->kind == TG_CONTROL_PROGRESS) {
        uint64_t done = (uint64_t)tg_control_number(msg, "done", 0);
        tg_progress_at(&auditing->progress, done, (uint64_t)tg_control_number(msg, "total", 0), done);
        return TG_OK;
    }
    for (size_t i = 0; i < auditing->section_count; i++) {
        struct section *section = &auditing->sections[i];
        if (!tg_row_is(msg, section->kind->row)) continue;
        tg_table_fields(&section->table, msg, section->kind->as);
        return section->table.err;
    }
    return auditing->other ? auditing->other(auditing->cli, msg) : TG_OK;
}

static tg_err audit_call(struct auditing *auditing, struct tg_request *request, struct tg_arena *arena,
                         struct tg_control_msg *ret_done, size_t *ret_rows, struct tg_errmsg *em)
{
    bool text = auditing->cli->format == TG_FORMAT_TEXT;
    tg_progress_begin(&auditing->progress, auditing->cli, "access log");
    tg_err err = tg_session_call(auditing->cli, request, on_answer, auditing, arena, ret_done, em);
    tg_progress_end(&auditing->progress);
    *ret_rows = 0;
    for (size_t i = 0; i < auditing->section_count; i++) {
        struct section *section = &auditing->sections[i];
        *ret_rows += section->table.rows;
        if (!err && text && section->title && section->table.rows)
            tg_put(auditing->cli, "\n%s\n", section->title);
        if (!err) err = tg_table_end(&section->table);
        tg_table_release(&section->table);
    }
    return err;
}

/* ---- access, sample ---- */

static void filter_put(struct tg_request *request, const struct tg_args *args)
{
    tg_request_option(request, args, "user");
    tg_request_option(request, args, "verb");
    tg_request_option(request, args, "record");
    tg_request_option(request, args, "from");
    tg_request_option(request, args, "until");
    tg_request_text(request, "for_case", tg_args_text(args, "for-case", NULL));
    if (tg_args_has(args, "without-reason")) tg_request_number(request, "unreasoned", 1);
}

static const struct tg_table_kind *table_by(const char *by)
{
    if (strcmp(by, "user") == 0) return &by_user;
    if (strcmp(by, "verb") == 0) return &by_verb;
    if (strcmp(by, "case") == 0) return &by_case;
    return strcmp(by, "record") == 0 ? &by_record : &tg_table_access;
}

static void fitting_tell(struct tg_cli *cli, const struct tg_control_msg *done, size_t rows)
{
    int64_t entries = tg_control_number(done, "entries", 0);
    if (!rows)
        tg_talk(cli, "no entry of %lld fits\n", (long long)entries);
    else if (tg_control_number(done, "more", 0))
        tg_talk(cli, "older ones fit as well: see them with --limit or --until\n");
}

tg_err tg_cmd_audit_access(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct auditing auditing = {.cli = cli};
    struct tg_control_msg done;
    size_t rows = 0;
    section_add(&auditing, NULL, table_by(tg_args_text(args, "by", "entry")));
    tg_request_begin(cli, &request, "audit.access");
    filter_put(&request, args);
    tg_request_option(&request, args, "by");
    tg_request_option(&request, args, "limit");
    if (tg_args_has(args, "all-records")) tg_request_number(&request, "refs", TG_AUDIT_REFS_MAX);
    tg_err err = audit_call(&auditing, &request, &arena, &done, &rows, em);
    if (!err) fitting_tell(cli, &done, rows);
    return err;
}

tg_err tg_cmd_audit_sample(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct auditing auditing = {.cli = cli};
    struct tg_control_msg done;
    size_t rows = 0;
    section_add(&auditing, NULL, &tg_table_access);
    tg_request_begin(cli, &request, "audit.sample");
    filter_put(&request, args);
    tg_request_option(&request, args, "seed");
    if (tg_args_has(args, "count")) tg_request_number(&request, "limit", tg_args_number(args, "count", 0));
    tg_err err = audit_call(&auditing, &request, &arena, &done, &rows, em);
    if (!err)
        tg_talk(cli, "%zu of %lld entries that fit, drawn with --seed %lld: the same seed draws them again\n",
                rows, (long long)tg_control_number(&done, "fitting", 0),
                (long long)tg_control_number(&done, "seed", 0));
    return err;
}

/* ---- statistics ---- */

/* What is counted over all kinds, what it means, and where to look. */
static const struct figure {
    const char *name, *text, *look;
} figures[] = {
    {"no_basis", "live records without a legal basis", "tamga correct"},
    {"minors", "live records of minors", ""},
    {"reviews_overdue", "own records whose review is overdue", "tamga review"},
    {"disputes_open", "disputes open", "tamga dispute list"},
    {"disputes_overdue", "of them past their deadline", "tamga dispute list --overdue"},
    {"withdrawals", "own withdrawals", ""},
    {"withdrawals_open", "of them not confirmed by every holder", "tamga log receipts --overdue"},
    {"asked", "questions in the access log", "tamga audit access --by user"},
    {"asked_unreasoned", "of them without reason or case", "tamga audit access --without-reason"},
    {"made", "entries of what was published or withdrawn", "tamga audit access --by verb"},
    {"made_unreasoned", "of them without reason or case", ""},
};

static tg_err figures_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    struct tg_json json;
    if (cli->format == TG_FORMAT_JSON) tg_json_begin(&json, "figures");
    if (cli->format == TG_FORMAT_TEXT) tg_put(cli, "\n");
    for (size_t i = 0; i < COUNT(figures); i++) {
        long long value = (long long)tg_control_number(done, figures[i].name, 0);
        bool look = value && figures[i].look[0];
        if (cli->format == TG_FORMAT_JSON)
            tg_json_number(&json, figures[i].name, value);
        else if (cli->format == TG_FORMAT_TSV)
            tg_put(cli, "%s\t%lld\n", figures[i].name, value);
        else
            tg_put(cli, "%8lld  %s%s%s\n", value, figures[i].text, look ? ": " : "",
                   look ? figures[i].look : "");
    }
    return cli->format == TG_FORMAT_JSON ? tg_json_put(&json, cli) : TG_OK;
}

tg_err tg_cmd_audit_statistics(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct auditing auditing = {.cli = cli};
    struct tg_control_msg done;
    size_t rows = 0;
    section_add(&auditing, NULL, &kinds);
    tg_request_begin(cli, &request, "audit.statistics");
    tg_request_option(&request, args, "from");
    tg_request_option(&request, args, "until");
    tg_err err = audit_call(&auditing, &request, &arena, &done, &rows, em);
    return err ? err : figures_put(cli, &done);
}

/* ---- redress ---- */

/* What stands above the tables, and its fields in JSON and TSV. */
static const struct line {
    const char *name, *title;
} lines[] = {
    {"ref", NULL},
    {"kind", NULL},
    {"country", NULL},
    {"state", NULL},
    {"agency", "agency"},
    {"desk", "desk"},
    {"source", "source"},
    {"source_name", "source name"},
    {"source_reference", "reference"},
    {"purpose", "purpose"},
    {"legal_basis", "legal basis"},
    {"review", "review"},
    {"expiry", "expiry"},
};

static tg_err pair_put(struct tg_cli *cli, const char *name, struct tg_view value)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = tg_text_escape(value, &text);
    if (!err) tg_put(cli, "%s\t%.*s\n", name, TG_VIEW_PRINT(tg_buf_view(&text)));
    return err;
}

/* Of an erased record its place is all that is left. */
static void heading_put(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    const char *kind = tg_control_text(msg, "kind", ""), *ref = tg_control_text(msg, "ref", "");
    const char *state = tg_control_text(msg, "state", "");
    if (kind[0])
        tg_put(cli, "%s: %s of %s, %s\n", ref, kind, tg_control_text(msg, "country", "-"), state);
    else
        tg_put(cli, "%s: %s, and erased here: nothing of what it said is kept\n", ref, state);
}

static tg_err record_put(struct tg_cli *cli, const struct tg_control_msg *msg)
{
    struct tg_json json;
    if (cli->format == TG_FORMAT_JSON) tg_json_begin(&json, "record");
    if (cli->format == TG_FORMAT_TEXT) heading_put(cli, msg);
    tg_err err = TG_OK;
    for (size_t i = 0; i < COUNT(lines) && !err; i++) {
        struct tg_view value = tg_row_view(msg, lines[i].name);
        char first[32];
        (void)snprintf(first, sizeof first, "  %-13s", lines[i].title ? lines[i].title : "");
        if (cli->format == TG_FORMAT_JSON)
            tg_json_text(&json, lines[i].name, value);
        else if (cli->format == TG_FORMAT_TSV)
            err = pair_put(cli, lines[i].name, value);
        else if (lines[i].title && value.bytes)
            tg_put_wrapped(cli, first, 15, value);
    }
    return cli->format == TG_FORMAT_JSON ? tg_json_put(&json, cli) : err;
}

static tg_err on_redress(void *ctx, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = ctx;
    if (tg_row_is(msg, "record")) return record_put(cli, msg);
    if (!tg_row_is(msg, "version")) return TG_OK;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "version");
        tg_json_text(&json, "ref", tg_row_view(msg, "ref"));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, cli->format == TG_FORMAT_TSV ? "version\t%s\n" : "  also         %s\n",
           tg_control_text(msg, "ref", ""));
    return TG_OK;
}

tg_err tg_cmd_audit_redress(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct auditing auditing = {.cli = cli, .other = on_redress};
    struct tg_control_msg done;
    size_t rows = 0;
    section_add(&auditing, "entered and changed here by", &authors);
    section_add(&auditing, "held by", &holders);
    section_add(&auditing, "shown here to", &readers);
    section_add(&auditing, "what followed", &followed);
    tg_request_begin(cli, &request, "audit.redress");
    tg_request_text(&request, "ref", args->words[0]);
    tg_err err = audit_call(&auditing, &request, &arena, &done, &rows, em);
    if (err) return err;
    long long left = (long long)tg_control_number(&done, "readers_left", 0);
    if (left) tg_talk(cli, "and %lld times to more users\n", left);
    tg_talk(cli, "looked through %lld entries of this node's access log; other holders keep their own\n",
            (long long)tg_control_number(&done, "entries", 0));
    return TG_OK;
}
