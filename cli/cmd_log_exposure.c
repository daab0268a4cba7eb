/* log exposure, log attest: after a key was stolen, what hangs on it, and what is ours all the same.
 *
 * Knows no log. Verbs `exposure`, `attest`: docs/control.md.
 */
#include "base/text.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/tables.h"

const struct tg_option tg_log_exposure_options[] = {
    {"from", 0, TG_OPTION_NUMBER, false, "ENTRY", "log and envelope keys: from that entry of our log on",
     NULL, 0, 0},
    TG_OPTION_END,
};

struct listing {
    struct tg_table table;
    int64_t records;
    size_t perhaps;
};

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct listing *listing = ctx;
    if (!tg_row_is(msg, "exposed")) return TG_OK;
    tg_table_fields(&listing->table, msg, tg_table_exposed.as);
    listing->records += tg_control_number(msg, "records", 0);
    listing->perhaps += strcmp(tg_control_text(msg, "how", ""), "perhaps") == 0;
    return listing->table.err;
}

tg_err tg_cmd_log_exposure(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    struct listing listing = {.records = 0};
    int64_t at_log = 0, at = 0;
    bool more = true;
    tg_err err = TG_OK;
    tg_table_start(&listing.table, cli, &tg_table_exposed);
    while (!err && more) {
        TG_AUTO(tg_request) struct tg_request request;
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_control_msg done;
        tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
        tg_request_begin(cli, &request, "exposure");
        tg_request_text(&request, "key", args->words[0]);
        tg_request_option(&request, args, "from");
        tg_request_number(&request, "at_log", at_log);
        tg_request_number(&request, "at", at);
        err = tg_session_call(cli, &request, on_row, &listing, &arena, &done, em);
        if (err) break;
        more = tg_control_number(&done, "more", 0) != 0;
        at_log = tg_control_number(&done, "at_log", 0);
        at = tg_control_number(&done, "at", 0);
    }
    if (!err) err = tg_table_end(&listing.table);
    if (!err) tg_talk(cli, "%zu entries with %lld records\n", listing.table.rows, (long long)listing.records);
    if (!err && listing.perhaps)
        tg_talk(cli,
                "%zu of them perhaps: no seal key that is held opens them, so they are listed by\n"
                "the time in which that key was in force, and a week more\n",
                listing.perhaps);
    tg_table_release(&listing.table);
    return err;
}

static tg_err entry_read(const char *text, uint64_t *ret_entry, struct tg_errmsg *em)
{
    if (!tg_text_u64(tg_view_str(text), INT64_MAX - 1, ret_entry)) return TG_OK;
    return tg_fail(em, TG_EUSAGE, "'%.40s' is no entry's number: 'tamga log --entries' has them", text);
}

tg_err tg_cmd_log_attest(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    uint64_t first = 0, last = 0;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "attest");
    tg_err err = entry_read(args->words[0], &first, em);
    last = first;
    if (!err && args->word_count > 1) err = entry_read(args->words[1], &last, em);
    if (err) return err;
    tg_request_number(&request, "from", (int64_t)first);
    tg_request_number(&request, "until", (int64_t)last + 1);
    err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    if (err) return err;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "attested");
        tg_json_number(&json, "first", tg_control_number(&done, "from", 0));
        tg_json_number(&json, "last", tg_control_number(&done, "until", 0) - 1);
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "entries %llu to %llu are attested by the key that signs now\n", (unsigned long long)first,
           (unsigned long long)last);
    return TG_OK;
}
