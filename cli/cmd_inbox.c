/* inbox: what waits for whoever is on duty, on one screen, each line with the command to type next.
 *
 * Knows no rule of what waits: the node does. Verb `inbox`: docs/control.md "Inbox".
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/table.h"

#define FIXED_COLUMNS 33 /* of a line: everything in front of what it says */
#define TEXT_COLUMNS_MIN 8

const struct tg_option tg_inbox_options[] = {
    {"limit", 0, TG_OPTION_NUMBER, false, "N", "at most so many of each sort (as many as fit a screen)", NULL,
     1, 1000},
    {"all", 0, TG_OPTION_FLAG, false, NULL, "all of it, however long", NULL, 0, 0},
    TG_OPTION_END,
};

/* Sorts of rows, in the order in which they are shown. */
static const struct sort {
    const char *name, *title;
    const char *next; /* the command to type; %s is the record's short name */
} sorts[] = {
    {"alert", "alerts not read here", "tamga ack read %s"},
    {"not_read", "alerts of ours NOT READ by partners", "tamga show %s"},
    {"asked", "alerts that ask for an answer", "tamga ack answer %s"},
    {"request", "questions not answered", "tamga answer %s"},
    {"dispute", "disputes of our records to be decided", "tamga dispute decide %s"},
    {"review", "our records to be looked at again", "tamga review %s"},
    {"withdrawal", "withdrawals that partners have not confirmed", "tamga log receipts"},
};
#define NOT_READ 1
#define SORTS (sizeof sorts / sizeof sorts[0])

static const struct tg_column columns[] = {
    {"group", NULL, TG_COLUMN_TEXT, false},      {"ref", NULL, TG_COLUMN_TEXT, false},
    {"country", NULL, TG_COLUMN_TEXT, false},    {"nature", NULL, TG_COLUMN_TEXT, false},
    {"precedence", NULL, TG_COLUMN_TEXT, false}, {"at", NULL, TG_COLUMN_TIME, false},
    {"due", NULL, TG_COLUMN_TIME, false},        {"overdue", NULL, TG_COLUMN_NUMBER, false},
    {"over", NULL, TG_COLUMN_NUMBER, false},     {"count", NULL, TG_COLUMN_NUMBER, false},
    {"state", NULL, TG_COLUMN_TEXT, false},      {"text", NULL, TG_COLUMN_TEXT, false},
    {"next", NULL, TG_COLUMN_TEXT, false},       {"id", NULL, TG_COLUMN_TEXT, false},
    {"repeats", NULL, TG_COLUMN_TEXT, false},
};

struct listing {
    struct tg_cli *cli;
    struct tg_table table;
    int64_t now_ms;
    struct tg_buf lines[SORTS]; /* of text: each ended by a newline */
    size_t counts[SORTS];
};

static void next_format(size_t sort, const struct tg_control_msg *msg, char *out, size_t out_bytes)
{
    const char *mark = strstr(sorts[sort].next, " %s"), *ref = tg_control_text(msg, "ref", "");
    if (sort == NOT_READ && !tg_row_view(msg, "text").bytes) {
        (void)snprintf(out, out_bytes, "tamga peer contact %.8s '...'", tg_control_text(msg, "country", ""));
        return;
    }
    /* Of a whole list no single record is named. */
    bool named = mark && tg_control_number(msg, "count", 0) <= 1;
    int front = mark ? (int)(mark - sorts[sort].next) : (int)strlen(sorts[sort].next);
    (void)snprintf(out, out_bytes, "%.*s%s%.60s", front, sorts[sort].next, named ? " " : "",
                   named ? ref : "");
}

/* ---- for machines ---- */

static void cell_put(struct tg_table *table, const struct tg_column *column, const struct tg_control_msg *msg,
                     const char *next)
{
    char name[32];
    (void)snprintf(name, sizeof name, column->type == TG_COLUMN_TIME ? "%s_ms" : "%s", column->key);
    if (column->type == TG_COLUMN_TIME)
        tg_table_time(table, tg_control_number(msg, name, 0));
    else if (column->type == TG_COLUMN_NUMBER)
        tg_table_number(table, tg_control_number(msg, name, 0));
    else if (strcmp(name, "next") == 0)
        tg_table_str(table, next);
    else if (strcmp(name, "id") == 0)
        tg_table_hex(table, tg_control_data(msg, name));
    else
        tg_table_text(table, tg_row_view(msg, name));
}

static tg_err row_put(struct listing *listing, const struct tg_control_msg *msg, const char *next)
{
    struct tg_table *table = &listing->table;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) cell_put(table, &columns[i], msg, next);
    tg_table_row(table);
    return table->err;
}

/* ---- for people ---- */

/* "IMMEDIATE EXERCISE", "OVERDUE 3 d", "due in 5 h". */
static void urgency_format(const struct listing *listing, const struct tg_control_msg *msg, char *out,
                           size_t out_bytes)
{
    static const char *const words[][2] = {
        {"routine", "routine"}, {"priority", "PRIORITY"}, {"immediate", "IMMEDIATE"}, {"flash", "FLASH"},
        {"actual", "ACTUAL"},   {"exercise", "EXERCISE"}, {"test", "TEST"},           {"newer", "NEWER"}};
    const char *names[] = {tg_control_text(msg, "precedence", ""), tg_control_text(msg, "nature", "")};
    const char *found[] = {"", ""};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            if (strcmp(words[k][0], names[i]) == 0) found[i] = words[k][1];
    int64_t due_ms = tg_control_number(msg, "due_ms", 0), left_ms = due_ms - listing->now_ms;
    char span[TG_WHEN_BYTES];
    tg_span_format(left_ms < 0 ? -left_ms : left_ms, span);
    if (found[0][0]) /* an alert: its due time has passed, or it has none */
        (void)snprintf(out, out_bytes, "%-9s %s", found[0], found[1]);
    else if (due_ms)
        (void)snprintf(out, out_bytes, "%s %s", left_ms < 0 ? "OVERDUE" : "due in", span);
    else
        (void)snprintf(out, out_bytes, "-");
}

/* What is said of the record, in front of its own words. */
static tg_err what_put(size_t sort, const struct tg_control_msg *msg, struct tg_buf *out)
{
    const char *state = tg_control_text(msg, "state", "");
    long long count = (long long)tg_control_number(msg, "count", 0);
    bool over = tg_control_number(msg, "over", 0) != 0;
    bool stands_down = strcmp(state, "stand_down") == 0;
    tg_err err = TG_OK;
    if (sort == NOT_READ)
        err = tg_buf_put_str(out, tg_row_view(msg, "text").bytes ? "call " : "no 24/7 contact known");
    else if (strcmp(sorts[sort].name, "dispute") == 0)
        err = tg_buf_putf(out, "contests %.40s: ", state);
    else if (stands_down)
        err = tg_buf_put_str(out, "STAND-DOWN: ");
    else if (over)
        err = tg_buf_put_str(out, "over: ");
    else if (strcmp(state, "update") == 0 || strcmp(state, "answer") == 0)
        err = tg_buf_putf(out, "%s: ", state);
    const char *repeats = tg_control_text(msg, "repeats", "");
    if (!err && repeats[0]) err = tg_buf_putf(out, "again (%.40s): ", repeats);
    if (!err && count)
        err = tg_buf_putf(out, "%lld record%s%s", count, count == 1 ? "" : "s",
                          tg_row_view(msg, "text").bytes ? ", " : "");
    return err ? err : tg_text_escape(tg_row_view(msg, "text"), out);
}

static tg_err line_put(struct listing *listing, size_t sort, const struct tg_control_msg *msg,
                       const char *next)
{
    char urgency[64], age[TG_WHEN_BYTES] = "";
    TG_AUTO(tg_buf) struct tg_buf what = {0};
    TG_AUTO(tg_buf) struct tg_buf cut = {0};
    int64_t at_ms = tg_control_number(msg, "at_ms", 0);
    size_t columns_left = listing->cli->columns, taken = FIXED_COLUMNS + 2 + strlen(next);
    columns_left = columns_left > taken + TEXT_COLUMNS_MIN ? columns_left - taken : TEXT_COLUMNS_MIN;
    urgency_format(listing, msg, urgency, sizeof urgency);
    if (at_ms) tg_span_format(listing->now_ms > at_ms ? listing->now_ms - at_ms : 0, age);
    tg_err err = what_put(sort, msg, &what);
    if (!err) err = tg_put_cut(&cut, tg_buf_view(&what), columns_left);
    if (err) return err;
    size_t used = tg_text_columns(tg_buf_view(&cut));
    listing->counts[sort]++;
    return tg_buf_putf(&listing->lines[sort], "  %-18s %6s  %-2.8s  %.*s%*s  %s\n", urgency, age,
                       tg_control_text(msg, "country", ""), TG_VIEW_PRINT(tg_buf_view(&cut)),
                       (int)(used < columns_left ? columns_left - used : 0), "", next);
}

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    const char *group = tg_control_text(msg, "group", "");
    char next[128];
    size_t sort = 0;
    if (!tg_row_is(msg, "inbox")) return TG_OK;
    while (sort < SORTS && strcmp(sorts[sort].name, group) != 0) sort++;
    if (sort == SORTS) return TG_OK; /* of a newer node */
    next_format(sort, msg, next, sizeof next);
    return listing->cli->format == TG_FORMAT_TEXT ? line_put(listing, sort, msg, next)
                                                  : row_put(listing, msg, next);
}

/* How many lines of each sort are shown: one of each that has any, then the most urgent sorts first. */
static void lines_share(const struct listing *listing, size_t ret_lines[static SORTS])
{
    size_t left = TG_CLI_INBOX_LINES;
    for (size_t i = 0; i < SORTS; i++) {
        ret_lines[i] = listing->counts[i] ? 1 : 0;
        left -= 2 * ret_lines[i]; /* its title, too */
    }
    for (size_t i = 0; i < SORTS && left; i++) {
        size_t more = listing->counts[i] - ret_lines[i];
        if (more > left) more = left;
        ret_lines[i] += more;
        left -= more;
    }
}

static void screen_put(const struct listing *listing, const struct tg_control_msg *done, bool whole)
{
    size_t lines[SORTS];
    lines_share(listing, lines);
    bool more = false;
    for (size_t i = 0; i < SORTS; i++) {
        struct tg_view text = tg_buf_view(&listing->lines[i]);
        size_t count = whole ? listing->counts[i] : lines[i], bytes = 0;
        int64_t total = tg_control_number(done, sorts[i].name, 0);
        if (!count) continue;
        for (size_t at = 0; at < count; bytes++) at += text.data[bytes] == '\n';
        tg_put(listing->cli, "%s: %lld", sorts[i].title, (long long)total);
        if (total > (int64_t)count) tg_put(listing->cli, ", %zu shown", count);
        tg_put(listing->cli, "\n%.*s", (int)bytes, (const char *)text.data);
        more = more || total > (int64_t)count;
    }
    if (more) tg_talk(listing->cli, "there is more: 'tamga inbox --all' shows it\n");
}

tg_err tg_cmd_inbox(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    bool all = tg_args_has(args, "all"), limited = tg_args_has(args, "limit");
    if (all && limited) return tg_fail(em, TG_EUSAGE, "'--all' and '--limit' do not go together");
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct listing listing = {.cli = cli, .now_ms = tg_clock_wall_ms(cli->clock)};
    struct tg_control_msg done;
    bool whole = all || limited, text = cli->format == TG_FORMAT_TEXT;
    tg_request_begin(cli, &request, "inbox");
    tg_request_option(&request, args, "limit");
    if (text && !whole) tg_request_number(&request, "limit", TG_CLI_INBOX_LINES);
    tg_table_begin(&listing.table, cli, "inbox", columns, sizeof columns / sizeof columns[0]);
    tg_err err = tg_session_call(cli, &request, on_row, &listing, &arena, &done, em);
    if (!err && text) screen_put(&listing, &done, whole);
    if (!err && !tg_control_number(&done, "total", 0)) tg_talk(cli, "nothing waits for you\n");
    for (size_t i = 0; i < SORTS; i++) tg_buf_release(&listing.lines[i]);
    tg_table_release(&listing.table);
    return err;
}
