/* Records on their way out: sealed by the node, and who has stored them.
 *
 * Knows no kind. Verb `publish`: docs/control.md.
 */
#include "cli/publish.h"

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/live.h"
#include "cli/refusal.h"
#include "cli/row.h"
#include "cli/session.h"

/* One answer while it comes in. */
struct watching {
    struct tg_cli *cli;
    const struct tg_publish *publish;
    struct tg_buf told; /* ",KG,UZ,": countries and node ids that have stored or refused it */
    size_t refs, refused;
    char ref[64]; /* the first record */
    struct tg_live live;
    tg_on_other on_other;
};

int64_t tg_wait_ms(const struct tg_args *args, int64_t fallback_ms)
{
    return tg_args_has(args, "wait") ? tg_args_number(args, "wait", 0) * 1000 : fallback_ms;
}

static tg_err record_row(struct watching *watching, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = watching->cli;
    struct tg_view id = tg_control_data(msg, "id");
    if (!watching->refs++)
        (void)snprintf(watching->ref, sizeof watching->ref, "%s", tg_control_text(msg, "ref", ""));
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "record");
        tg_json_text(&json, "ref", tg_row_view(msg, "ref"));
        tg_json_hex(&json, "id", id);
        return tg_json_put(&json, cli);
    }
    const char *what = cli->format == TG_FORMAT_TEXT ? watching->publish->what : "record";
    tg_put(cli, cli->format == TG_FORMAT_TEXT ? "%s %s\n" : "%s\t%s\n", what,
           tg_control_text(msg, "ref", ""));
    (void)fflush(cli->out);
    return TG_OK;
}

/* Stored or refused. */
static tg_err told_row(struct watching *watching, const struct tg_control_msg *msg)
{
    struct tg_cli *cli = watching->cli;
    const char *country = tg_control_text(msg, "country", ""), *node = tg_control_text(msg, "node", "");
    long long ms = (long long)tg_control_number(msg, "ms", 0);
    const char *what = tg_control_text(msg, "row", ""), *code = tg_control_text(msg, "code", "");
    bool refused = strcmp(what, "refused") == 0;
    watching->refused += refused;
    tg_err err = tg_buf_putf(&watching->told, ",%s,%s,", country, node);
    bool taken = false;
    if (!err) err = tg_live_row(&watching->live, msg, &taken);
    if (err || taken) return err;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, what);
        tg_json_text(&json, "country", tg_view_str(country));
        tg_json_text(&json, "node", tg_view_str(node));
        tg_json_number(&json, "ms", ms);
        tg_json_text(&json, "code", tg_view_str(code));
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV)
        tg_put(cli, "%s\t%s\t%s\t%lld\t%s\n", what, country, node, ms, code);
    else
        tg_put(cli, refused ? "  REFUSED by %-4s %7lld ms\n" : "  stored by %-4s %8lld ms\n", country, ms);
    if (cli->format == TG_FORMAT_TEXT && code[0]) err = tg_refusal_put(cli, what, code);
    (void)fflush(cli->out);
    return err;
}

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct watching *watching = ctx;
    if (tg_row_is(msg, "record")) return record_row(ctx, msg);
    if (tg_row_is(msg, "stored") || tg_row_is(msg, "refused")) return told_row(ctx, msg);
    bool taken = false;
    tg_err err = tg_live_row(&watching->live, msg, &taken);
    if (err || taken) return err;
    return watching->on_other ? watching->on_other(watching->cli, msg) : TG_OK;
}

/* Members of a comma-separated audience that have said nothing yet, joined into out. */
static tg_err missing_list(const struct watching *watching, const char *audience, struct tg_buf *out)
{
    while (*audience) {
        size_t bytes = strcspn(audience, ",");
        struct tg_view who = tg_text_trim(tg_view_of(audience, bytes));
        TG_AUTO(tg_buf) struct tg_buf mark = {0};
        tg_err err = tg_buf_putf(&mark, ",%.*s,", TG_VIEW_PRINT(who));
        if (err) return err;
        struct tg_view told = tg_buf_view(&watching->told);
        bool has = told.bytes && memmem(told.data, told.bytes, mark.data, mark.bytes);
        if (!has && who.bytes) err = tg_buf_putf(out, "%s%.*s", out->bytes ? ", " : "", TG_VIEW_PRINT(who));
        if (err) return err;
        audience += bytes + (audience[bytes] == ',');
    }
    return TG_OK;
}

void tg_readers_tell(struct tg_cli *cli, const struct tg_control_msg *done, const char *what)
{
    long long readers = (long long)tg_control_number(done, "readers", 0);
    if (readers)
        tg_talk(cli, "%s was shown to %lld user%s here:\nan auditor sees who with 'tamga audit redress'\n",
                what, readers, readers == 1 ? "" : "s");
}

static tg_err done_json(struct tg_cli *cli, const struct tg_control_msg *done)
{
    struct tg_json json;
    tg_json_begin(&json, "done");
    static const char *const numbers[] = {"index", "committed_us", "stored", "addressees",
                                          "read",  "answered",     "readers"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (i < 4 || tg_control_has(done, numbers[i]))
            tg_json_number(&json, numbers[i], tg_control_number(done, numbers[i], 0));
    tg_json_text(&json, "audience", tg_row_view(done, "audience"));
    return tg_json_put(&json, cli);
}

static tg_err done_put(struct watching *watching, const struct tg_control_msg *done)
{
    struct tg_cli *cli = watching->cli;
    int64_t addressees = tg_control_number(done, "addressees", 0),
            stored = tg_control_number(done, "stored", 0);
    int64_t committed_us = tg_control_number(done, "committed_us", 0);
    bool waited = watching->publish->wait_ms > 0;
    int64_t reached =
        tg_control_number(done, watching->publish->until ? watching->publish->until : "stored", 0);
    if (waited && reached < addressees) cli->answer_no = true;
    if (cli->format == TG_FORMAT_JSON) return done_json(cli, done);
    tg_readers_tell(cli, done, "what it concerns");
    tg_talk(cli, "durable here after %lld.%lld ms; ", (long long)(committed_us / 1000),
            (long long)(committed_us / 100 % 10));
    if (!addressees) {
        tg_talk(cli, "kept here, nobody else gets it\n");
        return TG_OK;
    }
    TG_AUTO(tg_buf) struct tg_buf missing = {0};
    tg_err err = missing_list(watching, tg_control_text(done, "audience", ""), &missing);
    if (err) return err;
    if (stored >= addressees)
        tg_talk(cli, "stored by all %lld addressees\n", (long long)addressees);
    else if (waited && !missing.bytes)
        tg_talk(cli, "queued durably, stored by %lld of %lld partners; refused by the others\n",
                (long long)stored, (long long)addressees);
    else if (waited)
        tg_talk(cli,
                "queued durably, stored by %lld of %lld partners;\n"
                "not within %lld ms by %.*s, and sent as soon as they are reached\n",
                (long long)stored, (long long)addressees, (long long)watching->publish->wait_ms,
                TG_VIEW_PRINT(tg_buf_view(&missing)));
    else
        tg_talk(cli, "goes to %s\n", tg_control_text(done, "audience", ""));
    if (watching->publish->until)
        tg_talk(cli, "read by %lld, answered by %lld of %lld; 'tamga show %s' goes on\n",
                (long long)tg_control_number(done, "read", 0),
                (long long)tg_control_number(done, "answered", 0), (long long)addressees, watching->ref);
    return TG_OK;
}

/* What was made durable before somebody stopped waiting goes on by itself. */
static tg_err interrupted(const struct watching *watching, struct tg_errmsg *em)
{
    if (!watching->refs)
        return tg_fail(em, TG_ESYSTEM,
                       "interrupted before the node said what became of it: 'tamga log' shows that");
    return tg_fail(
        em, TG_ESYSTEM,
        "no longer waiting: %s is durable here, stays queued and goes to those who lack it; 'tamga show %s' "
        "has who stored and read it",
        watching->ref, watching->ref);
}

tg_err tg_publish_request(struct tg_cli *cli, struct tg_request *request, const struct tg_publish *publish,
                          tg_on_other on_other, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct watching watching = {.cli = cli, .publish = publish, .on_other = on_other};
    struct tg_control_msg done;
    tg_live_begin(&watching.live, cli);
    tg_request_number(request, "wait_ms", publish->wait_ms);
    tg_err err = tg_session_call(cli, request, on_answer, &watching, &arena, &done, em);
    if (!err) err = done_put(&watching, &done);
    if (err && tg_interrupt_check(NULL)) err = interrupted(&watching, em);
    tg_live_release(&watching.live);
    tg_buf_release(&watching.told);
    return err;
}

tg_err tg_publish(struct tg_cli *cli, const struct tg_publish *publish, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    tg_request_begin(cli, &request, "publish");
    for (size_t i = 0; i < publish->record_count; i++)
        tg_request_data(&request, "record", publish->records[i]);
    tg_request_text(&request, "to", publish->to);
    tg_request_text(&request, "until", publish->until);
    tg_request_number(&request, "precedence", publish->precedence);
    return tg_publish_request(cli, &request, publish, NULL, em);
}

struct resolving {
    uint8_t *id;
    bool found;
};

static tg_err on_resolved(void *ctx, const struct tg_control_msg *msg)
{
    struct resolving *resolving = ctx;
    struct tg_view id = tg_control_data(msg, "id");
    if (!tg_row_is(msg, "record") || id.bytes != 32) return TG_OK;
    memcpy(resolving->id, id.data, 32);
    resolving->found = true;
    return TG_OK;
}

tg_err tg_ref_resolve(struct tg_cli *cli, const char *ref, uint8_t ret_id[static 32], struct tg_errmsg *em)
{
    uint8_t id[32];
    if (!tg_hex_decode(tg_view_str(ref), id, sizeof id)) {
        memcpy(ret_id, id, sizeof id);
        return TG_OK;
    }
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct resolving resolving = {.id = id};
    tg_request_begin(cli, &request, "show");
    tg_request_text(&request, "ref", ref);
    tg_err err = tg_session_call(cli, &request, on_resolved, &resolving, &arena, NULL, em);
    if (err) return err;
    if (!resolving.found) return tg_fail(em, TG_ENOENT, "no record '%.80s' here", ref);
    memcpy(ret_id, id, sizeof id);
    return TG_OK;
}

struct fetching {
    struct tg_arena *arena;
    struct tg_row *row;
    struct tg_errmsg *em;
};

static tg_err on_fetched(void *ctx, const struct tg_control_msg *msg)
{
    struct fetching *fetching = ctx;
    if (!tg_row_is(msg, "record")) return TG_OK;
    return tg_row_keep(msg, fetching->arena, &fetching->row, fetching->em);
}

tg_err tg_ref_row(struct tg_cli *cli, const char *ref, struct tg_arena *arena, struct tg_row **ret_row,
                  struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena answer;
    tg_arena_init(&answer, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct fetching fetching = {.arena = arena, .em = em};
    tg_request_begin(cli, &request, "show");
    tg_request_text(&request, "ref", ref);
    tg_err err = tg_session_call(cli, &request, on_fetched, &fetching, &answer, NULL, em);
    if (!err && !fetching.row) err = tg_fail(em, TG_ENOENT, "no record '%.80s' here", ref);
    if (!err) *ret_row = fetching.row;
    return err;
}
