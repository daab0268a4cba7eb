/* watch add, watch list, watch remove: what one wants to be told of whenever a record arrives that fits.
 *
 * Knows no matching. Verbs `watch.add`, `watch.list`, `watch.remove`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/row.h"
#include "cli/session.h"
#include "cli/tables.h"

#define DAY_MS INT64_C(86400000)
#define DATE_BYTES 10 /* 2024-06-30 */

static const char *const kinds[] = {"alert",    "indicator",  "person",  "cell",     "facility",
                                    "incident", "assessment", "measure", "contact",  "custody",
                                    "link",     "request",    "answer",  "sighting", "sameness",
                                    "dispute",  "withdrawal", NULL};

const struct tg_option tg_watch_add_options[] = {
    {"label", 0, TG_OPTION_TEXT, false, "TEXT", "what to call it", NULL, 0, 0},
    {"name", 0, TG_OPTION_TEXT, false, "TEXT", "a name, in any script", NULL, 0, 0},
    {"birth", 0, TG_OPTION_DATE, false, "DATE", "born 1984, 1984-07 or 1984-07-21", NULL, 0, 0},
    {"nationality", 0, TG_OPTION_TEXT, false, "CC", "country", NULL, 0, 0},
    {"sex", 0, TG_OPTION_CHOICE, false, "NAME", "male, female, other", NULL, 1 + TG_ENUM_SEX, 0},
    {"type", 0, TG_OPTION_TEXT, false, "TYPE", "phone, email, telegram, imei ...; with --value", NULL, 0, 0},
    {"value", 0, TG_OPTION_TEXT, false, "TEXT", "the number, address or account", NULL, 0, 0},
    {"kind", 0, TG_OPTION_CHOICE, true, "KIND", "person, indicator, alert ...; may repeat", kinds, 0, 0},
    {"from", 0, TG_OPTION_TEXT, false, "CC", "reported by that country", NULL, 0, 0},
    {"facility", 0, TG_OPTION_TEXT, false, "NAME", "about that facility", NULL, 0, 0},
    {"list", 0, TG_OPTION_TEXT, false, "NAME", "from that list, such as un_sc", NULL, 0, 0},
    {"until", 0, TG_OPTION_TIME, false, "DATE", "how long (90 days; 366 at most)", NULL, 0, 0},
    {"everyone", 0, TG_OPTION_FLAG, false, NULL, "tell all who may read, not you alone", NULL, 0, 0},
    TG_OPTION_END,
};
const struct tg_option tg_watch_list_options[] = {
    {"all", 0, TG_OPTION_FLAG, false, NULL, "those of others too, for an admin", NULL, 0, 0},
    TG_OPTION_END,
};

/* ---- add ---- */

struct adding {
    struct tg_cli *cli;
    struct tg_arena *arena; /* of one row */
    struct tg_errmsg *em;
};

static tg_err words_put(struct tg_request *request, const struct tg_args *args)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err = TG_OK;
    for (size_t i = 0; i < args->word_count && !err; i++)
        err = tg_buf_putf(&text, "%s%s", i ? " " : "", args->words[i]);
    if (!err && text.bytes) tg_control_put_view(&request->out, "text", tg_buf_view(&text));
    return err;
}

static tg_err request_fill(struct tg_request *request, const struct tg_args *args)
{
    for (const struct tg_option *option = tg_watch_add_options; option->name; option++)
        if (strcmp(option->name, "from") != 0 && strcmp(option->name, "until") != 0)
            tg_request_option(request, args, option->name);
    tg_request_text(request, "origin", tg_args_text(args, "from", NULL));
    int64_t until_ms = tg_args_number(args, "until", 0);
    bool whole_day = until_ms && strlen(tg_args_text(args, "until", "")) == DATE_BYTES;
    if (until_ms) tg_request_number(request, "until", whole_day ? until_ms + DAY_MS : until_ms);
    return words_put(request, args);
}

static tg_err held_text(struct tg_cli *cli, const struct tg_row *row)
{
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    char first[64];
    tg_err err = tg_row_summary(row, &summary);
    if (err) return err;
    (void)snprintf(first, sizeof first, "  %-12.24s  ", row->ref);
    tg_put_wrapped(cli, first, tg_text_columns(tg_view_str(first)), tg_buf_view(&summary));
    if (row->why[0]) tg_put_wrapped(cli, "                ", 16, tg_view_str(row->why));
    return TG_OK;
}

static tg_err held_json(struct tg_cli *cli, const struct tg_row *row)
{
    struct tg_json json;
    tg_json_begin(&json, "hit");
    tg_json_number(&json, "score", row->score);
    tg_json_text(&json, "band", tg_view_str(row->band));
    tg_json_text(&json, "why", tg_view_str(row->why));
    tg_row_json(&json, row);
    return tg_json_put(&json, cli);
}

static tg_err on_held(void *ctx, const struct tg_control_msg *msg)
{
    struct adding *adding = ctx;
    struct tg_row *row = NULL;
    if (msg->kind != TG_CONTROL_ROW || adding->cli->format == TG_FORMAT_TSV) return TG_OK;
    tg_arena_clear(adding->arena);
    tg_err err = tg_row_keep(msg, adding->arena, &row, adding->em);
    if (err) return err;
    return adding->cli->format == TG_FORMAT_JSON ? held_json(adding->cli, row) : held_text(adding->cli, row);
}

static const struct tg_column added_columns[] = {
    {"watch", NULL, TG_COLUMN_NUMBER, false},
    {"until", NULL, TG_COLUMN_TIME, false},
    {"total", NULL, TG_COLUMN_NUMBER, false},
};

static tg_err added_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    char until[TG_WHEN_BYTES];
    int64_t watch = tg_control_number(done, "watch", 0), until_ms = tg_control_number(done, "until_ms", 0),
            total = tg_control_number(done, "total", 0), shown = tg_control_number(done, "shown", 0);
    if (cli->format != TG_FORMAT_TEXT) {
        TG_AUTO(tg_table) struct tg_table table;
        tg_table_begin(&table, cli, "watch", added_columns, 3);
        tg_table_number(&table, watch);
        tg_table_time(&table, until_ms);
        tg_table_number(&table, total);
        tg_table_row(&table);
        return tg_table_end(&table);
    }
    tg_when_format(until_ms, until);
    tg_put(cli, "watch %lld stands until %s\n", (long long)watch, until);
    if (!total) tg_talk(cli, "nothing here fits yet\n");
    if (total)
        tg_talk(cli, "%lld of %lld records that are here already shown", (long long)shown, (long long)total);
    if (total) tg_talk(cli, "%s\n", total > shown ? "; 'tamga query' with the same words finds all" : "");
    return TG_OK;
}

tg_err tg_cmd_watch_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (!cli->reason[0])
        return tg_fail(em, TG_EUSAGE, "'watch add' needs '--reason TEXT': why, or for which case");
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena, row_arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_arena_init(&row_arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct adding adding = {.cli = cli, .arena = &row_arena, .em = em};
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "watch.add");
    tg_err err = request_fill(&request, args);
    if (err) return tg_fail(em, err, "out of memory");
    err = tg_session_call(cli, &request, on_held, &adding, &arena, &done, em);
    return err ? err : added_put(cli, &done);
}

/* ---- list ---- */

static const struct tg_column list_columns[] = {
    {"watch", "no", TG_COLUMN_NUMBER, false},  {"label", "name", TG_COLUMN_TEXT, false},
    {"what", "what", TG_COLUMN_TEXT, true},    {"for", "for", TG_COLUMN_TEXT, false},
    {"hits", "hits", TG_COLUMN_NUMBER, false}, {"last", NULL, TG_COLUMN_TIME, false},
    {"state", "state", TG_COLUMN_TEXT, false}, {"until", "until", TG_COLUMN_TIME, false},
    {"user", NULL, TG_COLUMN_TEXT, false},     {"made", NULL, TG_COLUMN_TIME, false},
};

struct listing {
    struct tg_table table;
    size_t rows;
};

/* "karim valiev, birth 1984, kind person". */
static tg_err what_put(const struct tg_control_msg *msg, struct tg_buf *out)
{
    static const struct {
        const char *field, *title;
    } parts[] = {{"text", ""},        {"name", "name "},
                 {"birth", "born "},  {"nationality", "nationality "},
                 {"sex", ""},         {"type", ""},
                 {"value", ""},       {"kind", "kind "},
                 {"origin", "from "}, {"facility", "facility "},
                 {"list", "list "}};
    tg_err err = TG_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !err; i++) {
        const char *text = tg_control_text(msg, parts[i].field, "");
        if (text[0]) err = tg_buf_putf(out, "%s%s%s", out->bytes ? ", " : "", parts[i].title, text);
    }
    return err;
}

static tg_err on_listed(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    struct tg_table *table = &listing->table;
    TG_AUTO(tg_buf) struct tg_buf what = {0};
    if (msg->kind != TG_CONTROL_ROW) return TG_OK;
    tg_err err = what_put(msg, &what);
    if (err) return err;
    bool everyone = tg_control_number(msg, "everyone", 0) != 0;
    listing->rows++;
    tg_table_number(table, tg_control_number(msg, "watch", 0));
    tg_table_text(table, tg_row_view(msg, "label"));
    tg_table_name(table, tg_buf_view(&what));
    tg_table_text(table, everyone ? tg_view_str("everyone") : tg_row_view(msg, "user"));
    tg_table_number(table, tg_control_number(msg, "hits", 0));
    if (tg_control_has(msg, "last_ms"))
        tg_table_time(table, tg_control_number(msg, "last_ms", 0));
    else
        tg_table_none(table);
    tg_table_text(table, tg_row_view(msg, "state"));
    tg_table_time(table, tg_control_number(msg, "until_ms", 0));
    tg_table_text(table, tg_row_view(msg, "user"));
    tg_table_time(table, tg_control_number(msg, "made_ms", 0));
    tg_table_row(table);
    return table->err;
}

tg_err tg_cmd_watch_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct listing listing = {.rows = 0};
    tg_request_begin(cli, &request, "watch.list");
    tg_request_option(&request, args, "all");
    tg_table_begin(&listing.table, cli, "watch", list_columns, sizeof list_columns / sizeof list_columns[0]);
    tg_err err = tg_session_call(cli, &request, on_listed, &listing, &arena, NULL, em);
    if (!err) err = tg_table_end(&listing.table);
    tg_table_release(&listing.table);
    if (!err && !listing.rows) tg_talk(cli, "no standing queries: 'tamga watch add' makes one\n");
    return err;
}

/* ---- remove ---- */

tg_err tg_cmd_watch_remove(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    uint64_t watch = 0;
    if (tg_text_u64(tg_view_str(args->words[0]), UINT32_MAX, &watch))
        return tg_fail(em, TG_EUSAGE, "'%.40s' is no number: 'tamga watch list' shows them", args->words[0]);
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf title = {0};
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "watch.remove");
    tg_request_number(&request, "watch", (int64_t)watch);
    tg_err err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (!err) err = tg_text_escape(tg_view_str(tg_control_text(&done, "title", "")), &title);
    if (!err) tg_talk(cli, "%.*s is removed\n", TG_VIEW_PRINT(tg_buf_view(&title)));
    return err;
}
