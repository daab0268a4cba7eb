/* status, reindex, stop: the node itself.
 *
 * Knows no store. Verbs `status`, `reindex`, `stop`: docs/control.md.
 */
#include <stdarg.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/refusal.h"
#include "cli/standing.h"
#include "cli/tables.h"
#include "cli/terminal.h"

#define OVERDUE_MINUTES_MAX 525600
#define MINUTE_MS 60000

const struct tg_option tg_status_options[] = {
    {"partners", 0, TG_OPTION_FLAG, false, NULL, "what each partner got, gave, and what waits", NULL, 0, 0},
    {"overdue", 0, TG_OPTION_NUMBER, false, "MINUTES",
     "with --partners: unacknowledged for longer is overdue (10)", NULL, 0, OVERDUE_MINUTES_MAX},
    TG_OPTION_END,
};

struct status {
    struct tg_table peers, logs;
    struct tg_standing standing;
};

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct status *status = ctx;
    bool peer = tg_row_is(msg, "peer");
    if (!peer && !tg_row_is(msg, "log")) return TG_OK;
    struct tg_table *table = peer ? &status->peers : &status->logs;
    tg_table_fields(table, msg, peer ? tg_table_peers.as : tg_table_logs.as);
    return table->err ? table->err : peer ? TG_OK : tg_standing_add(&status->standing, msg);
}

static const struct {
    const char *key;
    enum { COUNT, SIZE } as;
} numbers[] = {{"records", COUNT},  {"entries", COUNT},  {"names", COUNT},       {"selectors", COUNT},
               {"indexed", COUNT},  {"behind", COUNT},   {"log_bytes", SIZE},    {"index_bytes", SIZE},
               {"rss_bytes", SIZE}, {"withheld", COUNT}, {"wrap_former", COUNT}, {"rewrap_done", COUNT}};

static const char *const recovered[] = {"own_known", "own_leaves", "own_envelopes", "own_readable",
                                        "own_withdrawn"};

static tg_err node_json(struct tg_cli *cli, const struct tg_control_msg *done)
{
    static const char *const texts[] = {"node", "country", "name", "version", "waiting"};
    struct tg_json json;
    tg_json_begin(&json, "node");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        tg_json_text(&json, texts[i], tg_row_view(done, texts[i]));
    tg_json_time(&json, "started", tg_control_number(done, "started_ms", 0));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        tg_json_number(&json, numbers[i].key, tg_control_number(done, numbers[i].key, 0));
    tg_json_text(&json, "read_only", tg_row_view(done, "read_only"));
    tg_json_number(&json, "peers_up", tg_control_number(done, "peers_up", 0));
    tg_json_number(&json, "peers", tg_control_number(done, "peers", 0));
    for (size_t i = 0; i < sizeof recovered / sizeof recovered[0]; i++)
        tg_json_number(&json, recovered[i], tg_control_number(done, recovered[i], 0));
    return tg_json_put(&json, cli);
}

static void node_tsv(struct tg_cli *cli, const struct tg_control_msg *done)
{
    tg_put(cli, "node\t%s\ncountry\t%s\nversion\t%s\nwaiting\t%s\n", tg_control_text(done, "node", ""),
           tg_control_text(done, "country", ""), tg_control_text(done, "version", ""),
           tg_control_text(done, "waiting", ""));
    tg_put(cli, "read_only\t%s\n", tg_control_text(done, "read_only", ""));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        tg_put(cli, "%s\t%lld\n", numbers[i].key, (long long)tg_control_number(done, numbers[i].key, 0));
    for (size_t i = 0; i < sizeof recovered / sizeof recovered[0]; i++)
        tg_put(cli, "%s\t%lld\n", recovered[i], (long long)tg_control_number(done, recovered[i], 0));
}

/* What came back of the own log after the disk was lost, and why the rest did not. Nothing when nothing is missing. */
static void recovered_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    int64_t known = tg_control_number(done, "own_known", 0),
            leaves = tg_control_number(done, "own_leaves", 0),
            envelopes = tg_control_number(done, "own_envelopes", 0),
            readable = tg_control_number(done, "own_readable", 0),
            withdrawn = tg_control_number(done, "own_withdrawn", 0);
    if (known == leaves && leaves == envelopes && envelopes == readable) return;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    tg_err err =
        tg_buf_putf(&text,
                    "of %lld entries of the own log %lld are here, %lld with their contents, %lld of "
                    "these readable; %lld record%s of it withdrawn.",
                    (long long)known, (long long)leaves, (long long)envelopes, (long long)readable,
                    (long long)withdrawn, withdrawn == 1 ? " is" : "s are");
    if (!err && envelopes < leaves)
        err = tg_buf_putf(&text,
                          " %lld without contents: addressed to nobody, or only to partners that do not "
                          "answer or had not fetched them.",
                          (long long)(leaves - envelopes));
    if (!err && readable < envelopes)
        err = tg_buf_putf(
            &text,
            " %lld not readable yet: their keys are asked of those they were addressed to; 'tamga restore "
            "--recovery-key FILE' opens them too.",
            (long long)(envelopes - readable));
    if (!err) tg_put_wrapped(cli, "CAME BACK ", 10, tg_buf_view(&text));
}

/* While the key-encryption key changes. */
static void rewrap_text(struct tg_cli *cli, const struct tg_control_msg *done)
{
    if (!tg_control_number(done, "wrap_former", 0)) return;
    if (tg_control_number(done, "rewrap_done", 0))
        tg_put(cli, "rewrap    done: 'tamga rewrap --finish' destroys the former key\n");
    else
        tg_put(cli, "rewrap    %lld of about %lld batch keys\n",
               (long long)tg_control_number(done, "rewrap_looked", 0),
               (long long)tg_control_number(done, "rewrap_total", 0));
    if (tg_control_number(done, "rewrap_lost", 0))
        tg_put(cli, "          %lld of them are under a key that is not held: unreadable\n",
               (long long)tg_control_number(done, "rewrap_lost", 0));
}

static tg_err node_text(struct tg_cli *cli, const struct tg_control_msg *done)
{
    char when[TG_WHEN_BYTES], span[TG_WHEN_BYTES], count[TG_COUNT_BYTES];
    int64_t started_ms = tg_control_number(done, "started_ms", 0);
    TG_AUTO(tg_buf) struct tg_buf name = {0};
    tg_err err = tg_put_reading(&name, tg_row_view(done, "name"));
    if (err) return err;
    tg_when_format(started_ms, when);
    tg_span_format(tg_clock_wall_ms(cli->clock) - started_ms, span);
    tg_put(cli, "%s  %.*s\n", tg_control_text(done, "country", ""), TG_VIEW_PRINT(tg_buf_view(&name)));
    tg_put(cli, "node      %s\n", tg_control_text(done, "node", ""));
    tg_put(cli, "version   %s, up for %s, since %s\n", tg_control_text(done, "version", ""), span, when);
    tg_count_format(tg_control_number(done, "records", 0), count);
    tg_put(cli, "records   %s", count);
    tg_count_format(tg_control_number(done, "entries", 0), count);
    tg_put(cli, " in %s log entries", count);
    int64_t behind = tg_control_number(done, "behind", 0);
    if (behind) tg_put(cli, ", %lld not indexed yet", (long long)behind);
    tg_count_format(tg_control_number(done, "names", 0), count);
    tg_put(cli, "\nmatching  %s names", count);
    tg_count_format(tg_control_number(done, "selectors", 0), count);
    tg_put(cli, ", %s index entries\n", count);
    tg_size_format(tg_control_number(done, "log_bytes", 0), count);
    tg_put(cli, "on disk   log %s", count);
    tg_size_format(tg_control_number(done, "index_bytes", 0), count);
    tg_put(cli, ", index %s\n", count);
    tg_size_format(tg_control_number(done, "rss_bytes", 0), count);
    tg_put(cli, "memory    %s\n", count);
    tg_put(cli, "partners  %lld of %lld linked\n", (long long)tg_control_number(done, "peers_up", 0),
           (long long)tg_control_number(done, "peers", 0));
    if (tg_control_number(done, "withheld", 0))
        tg_put(cli, "WITHHELD  %lld addressed to us and not given: 'tamga log withheld'\n",
               (long long)tg_control_number(done, "withheld", 0));
    rewrap_text(cli, done);
    struct tg_view read_only = tg_row_view(done, "read_only");
    if (read_only.bytes) tg_put_wrapped(cli, "READ ONLY ", 10, read_only);
    struct tg_view waiting = tg_row_view(done, "waiting");
    if (waiting.bytes) tg_put_wrapped(cli, "WAITING   ", 10, waiting);
    int64_t days = tg_control_number(done, "seal_days", 0);
    if (days > TG_SEAL_KEY_DAYS)
        tg_put(cli, "seal key  %lld days old: 'tamga card draft --rotate seal'\n", (long long)days);
    recovered_put(cli, done);
    return TG_OK;
}

static tg_err node_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    if (cli->format == TG_FORMAT_JSON) return node_json(cli, done);
    if (cli->format == TG_FORMAT_TEXT) return node_text(cli, done);
    node_tsv(cli, done);
    return TG_OK;
}

/* ---- partners ---- */

/* The words under the table: what a person has to look at. */
struct partners {
    struct tg_cli *cli;
    struct tg_table table;
    struct tg_buf notes; /* lines, escaped */
};

static void note(struct partners *partners, const struct tg_control_msg *msg, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(struct partners *partners, const struct tg_control_msg *msg, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    struct tg_buf *notes = &partners->notes;
    tg_err err = tg_text_escape(tg_row_view(msg, "country"), notes);
    if (!err) err = tg_buf_put_str(notes, ": ");
    if (!err) err = tg_text_escape(tg_view_str(text), notes);
    if (!err) err = tg_buf_put_str(notes, "\n");
    if (err) partners->table.err = err;
}

static void since_format(struct tg_cli *cli, int64_t unix_ms, char out[static TG_WHEN_BYTES])
{
    int64_t span_ms = tg_clock_wall_ms(cli->clock) - unix_ms;
    (void)snprintf(out, TG_WHEN_BYTES, "-");
    if (unix_ms > 0) tg_span_format(span_ms > 0 ? span_ms : 0, out);
}

/* Which of ours it refuses, and each reason once with what to do: "enewer 1, not-understood 2". */
static void refusal_notes(struct partners *partners, const struct tg_control_msg *msg, const char *codes)
{
    note(partners, msg, "of ours it does not take: %s", tg_control_text(msg, "refused_refs", ""));
    for (const char *at = codes; *at; at += strspn(at, ", ")) {
        char code[TG_REFUSAL_CODE_BYTES_MAX + 1];
        (void)snprintf(code, sizeof code, "%.*s", (int)strcspn(at, " "), at);
        note(partners, msg, "%s: %s; %s", code, tg_refusal_why(code), tg_refusal_advice(code));
        at += strcspn(at, ",");
    }
}

static void partner_notes(struct partners *partners, const struct tg_control_msg *msg)
{
    char since[TG_WHEN_BYTES];
    const char *trouble = tg_control_text(msg, "trouble", ""),
               *codes = tg_control_text(msg, "refused_codes", "");
    int64_t waiting = tg_control_number(msg, "waiting", 0), overdue = tg_control_number(msg, "overdue", 0),
            open = tg_control_number(msg, "withdrawals_open", 0),
            ours = tg_control_number(msg, "we_refused", 0),
            newer = tg_control_number(msg, "we_not_understood", 0),
            greeted = tg_control_number(msg, "greeted", 0), skew_ms = tg_control_number(msg, "skew_ms", 0);
    since_format(partners->cli, tg_control_number(msg, "waiting_since_ms", 0), since);
    if (trouble[0]) note(partners, msg, "%s", trouble);
    if (tg_control_number(msg, "seconds", 0))
        note(partners, msg,
             "ALERT: a second process with its keys tried to connect, %lld times: call them; their keys may "
             "be "
             "stolen, or a copy of their node runs",
             (long long)tg_control_number(msg, "seconds", 0));
    if (tg_control_number(msg, "oddities", 0))
        note(partners, msg, "%lld of its messages were refused: the node's log says why",
             (long long)tg_control_number(msg, "oddities", 0));
    if (greeted && !tg_control_number(msg, "enrolled_us", 0))
        note(partners, msg, "it has not enrolled us: there, 'tamga peer add' with our card");
    if (overdue)
        note(partners, msg, "OVERDUE: %lld of %lld not acknowledged, the oldest for %s", (long long)overdue,
             (long long)waiting, since);
    if (open)
        note(partners, msg, "%lld withdrawals are not acknowledged: 'tamga log receipts --peer %s'",
             (long long)open, tg_control_text(msg, "country", ""));
    if (codes[0]) refusal_notes(partners, msg, codes);
    const char *card_refused = tg_control_text(msg, "card_refused", "");
    if (card_refused[0]) note(partners, msg, "a card was refused: %s", card_refused);
    if (ours)
        note(partners, msg, "we refused %lld of its envelopes: 'tamga log %s --entries' says why",
             (long long)ours, tg_control_text(msg, "country", ""));
    if (newer)
        note(partners, msg, "%lld of its records have parts that this program is too old to read: upgrade it",
             (long long)newer);
    if (greeted && (skew_ms > TG_SERVICE_SKEW_MS_MAX || skew_ms < -TG_SERVICE_SKEW_MS_MAX))
        note(partners, msg, "its clock is %lld s %s ours",
             (long long)((skew_ms < 0 ? -skew_ms : skew_ms) / 1000), skew_ms < 0 ? "behind" : "ahead of");
}

static const struct tg_column glance[] = {
    {"country", "partner", TG_COLUMN_TEXT, true},  {"state", "link", TG_COLUMN_TEXT, false},
    {"heard", "heard", TG_COLUMN_TEXT, false},     {"knows", "knows", TG_COLUMN_TEXT, false},
    {"gave", "gave", TG_COLUMN_NUMBER, false},     {"waiting", "waits", TG_COLUMN_NUMBER, false},
    {"got", "got", TG_COLUMN_NUMBER, false},       {"missing", "missing", TG_COLUMN_NUMBER, false},
    {"leaves", "behind", TG_COLUMN_NUMBER, false}, {"version", "version", TG_COLUMN_TEXT, false},
};

/* One line of the table at a terminal, and its words for later. */
static void partner_glance(struct partners *partners, const struct tg_control_msg *msg)
{
    struct tg_table *table = &partners->table;
    char heard[TG_WHEN_BYTES];
    const char *software = tg_control_text(msg, "software", "");
    bool greeted = tg_control_number(msg, "greeted", 0) != 0;
    since_format(partners->cli, tg_control_number(msg, "heard_ms", 0), heard);
    tg_table_text(table, tg_row_view(msg, "country"));
    tg_table_text(table, tg_row_view(msg, "state"));
    tg_table_str(table, heard);
    tg_table_str(table, !greeted ? "?" : tg_control_number(msg, "enrolled_us", 0) ? "yes" : "NO");
    tg_table_number(table, tg_control_number(msg, "sent", 0));
    tg_table_number(table, tg_control_number(msg, "waiting", 0));
    tg_table_number(table, tg_control_number(msg, "received", 0));
    tg_table_number(table, tg_control_number(msg, "missing", 0));
    tg_table_number(table, tg_control_number(msg, "leaves_behind", 0));
    /* "tamga 0.1.0": the program is known, and another one is named. */
    bool tamga = strncmp(software, "tamga ", 6) == 0;
    tg_table_str(table, greeted ? software + (tamga ? 6 : 0) : "?");
    tg_table_row(table);
    partner_notes(partners, msg);
}

static tg_err on_partner(void *ctx, const struct tg_control_msg *msg)
{
    struct partners *partners = ctx;
    if (!tg_row_is(msg, "peer")) return TG_OK;
    if (partners->cli->format == TG_FORMAT_TEXT)
        partner_glance(partners, msg);
    else
        tg_table_fields(&partners->table, msg, tg_table_partners.as);
    return partners->table.err;
}

static void notes_put(const struct partners *partners)
{
    struct tg_view rest = tg_buf_view(&partners->notes);
    if (rest.bytes) tg_put(partners->cli, "\n");
    while (rest.bytes) {
        const uint8_t *end = memchr(rest.data, '\n', rest.bytes);
        size_t bytes = end ? (size_t)(end - rest.data) : rest.bytes;
        tg_put_wrapped(partners->cli, "", 4, tg_view_of(rest.data, bytes));
        rest = tg_view_of(rest.data + bytes + 1, rest.bytes - bytes - 1);
    }
}

static tg_err partners_show(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct partners partners = {.cli = cli};
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "peer.list");
    tg_request_number(&request, "detail", 1);
    if (tg_args_has(args, "overdue"))
        tg_request_number(&request, "overdue_ms", tg_args_number(args, "overdue", 0) * MINUTE_MS);
    if (cli->format == TG_FORMAT_TEXT)
        tg_table_begin(&partners.table, cli, "partner", glance, sizeof glance / sizeof glance[0]);
    else
        tg_table_start(&partners.table, cli, &tg_table_partners);
    tg_err err = tg_session_call(cli, &request, on_partner, &partners, &arena, NULL, em);
    bool none = !partners.table.rows;
    if (!err) err = tg_table_end(&partners.table);
    if (!err) notes_put(&partners);
    if (!err && none) tg_talk(cli, "no partner is enrolled: tamga peer add THEIR.card\n");
    tg_table_release(&partners.table);
    tg_buf_release(&partners.notes);
    return err;
}

tg_err tg_cmd_status(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (tg_args_has(args, "partners")) return partners_show(cli, args, em);
    if (tg_args_has(args, "overdue"))
        return tg_fail(em, TG_EUSAGE,
                       "'--overdue' goes with --partners: tamga status --partners --overdue 30");
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct status status = {0};
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "status");
    tg_table_start(&status.peers, cli, &tg_table_peers);
    tg_table_start(&status.logs, cli, &tg_table_logs);
    tg_err err = tg_session_call(cli, &request, on_row, &status, &arena, &done, em);
    if (!err) err = node_put(cli, &done);
    bool peers = status.peers.rows && cli->format == TG_FORMAT_TEXT,
         logs = status.logs.rows && cli->format == TG_FORMAT_TEXT;
    if (!err && peers) tg_put(cli, "\n");
    if (!err) err = tg_table_end(&status.peers);
    if (!err && logs) tg_put(cli, "\n");
    if (!err) err = tg_table_end(&status.logs);
    if (!err) tg_standing_put(&status.standing, cli);
    tg_standing_release(&status.standing);
    tg_table_release(&status.peers);
    tg_table_release(&status.logs);
    return err;
}

static tg_err on_progress(void *ctx, const struct tg_control_msg *msg)
{
    if (msg->kind != TG_CONTROL_PROGRESS) return TG_OK;
    uint64_t done = (uint64_t)tg_control_number(msg, "done", 0);
    tg_progress_at(ctx, done, (uint64_t)tg_control_number(msg, "total", 0), done);
    return TG_OK;
}

tg_err tg_cmd_reindex(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    (void)args;
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_progress progress;
    struct tg_control_msg done;
    tg_request_begin(cli, &request, "reindex");
    tg_progress_begin(&progress, cli, "reindex");
    tg_err err = tg_session_call(cli, &request, on_progress, &progress, &arena, &done, em);
    tg_progress_end(&progress);
    if (err) return err;
    long long records = (long long)tg_control_number(&done, "records", 0),
              ms = (long long)tg_control_number(&done, "ms", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "reindex");
        tg_json_number(&json, "records", records);
        tg_json_number(&json, "rows", tg_control_number(&done, "rows", 0));
        tg_json_number(&json, "ms", ms);
        return tg_json_put(&json, cli);
    }
    char count[TG_COUNT_BYTES];
    tg_count_format(records, count);
    tg_put(cli, "%s records indexed in %lld ms\n", count, ms);
    return TG_OK;
}

tg_err tg_cmd_stop(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    (void)args;
    tg_err err = tg_terminal_confirm(cli, "stop this node?", em);
    if (err) return err;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    err = tg_session_ask(cli, "stop", &arena, NULL, em);
    if (!err) tg_talk(cli, "the node is stopping\n");
    return err;
}
