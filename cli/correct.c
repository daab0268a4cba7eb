/* A new version of one of our own records: fetched, changed, compared, sent to everybody who got the old one.
 *
 * Knows no option and no field. Merging and comparing: proto/record_change.h.
 */
#include "cli/correct.h"

#include "base/text.h"
#include "cli/draft.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/row.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "proto/json.h"
#include "proto/record_change.h"

#define PRIORITY 1
#define NOTE_BYTES_MAX 4096

struct fetched {
    struct tg_arena *arena;
    struct tg_row *row;
    char successor[64];
    struct tg_errmsg *em;
};

static tg_err on_shown(void *ctx, const struct tg_control_msg *msg)
{
    struct fetched *fetched = ctx;
    if (tg_row_is(msg, "record")) return tg_row_keep(msg, fetched->arena, &fetched->row, fetched->em);
    bool successor =
        tg_row_is(msg, "related") && strcmp(tg_control_text(msg, "relation", ""), "superseded_by") == 0;
    if (successor)
        (void)snprintf(fetched->successor, sizeof fetched->successor, "%s", tg_control_text(msg, "ref", ""));
    return TG_OK;
}

static tg_err fetch(struct tg_cli *cli, const char *ref, struct fetched *fetched, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "show");
    tg_request_text(&request, "ref", ref);
    tg_err err = tg_session_call(cli, &request, on_shown, fetched, &arena, NULL, em);
    if (err) return err;
    if (!fetched->row || !fetched->row->record)
        return tg_fail(em, TG_EDENIED, "the contents of '%.60s' are not readable here", ref);
    if (strcmp(fetched->row->state, "superseded") == 0)
        return tg_fail(em, TG_EVALUE, "'%.60s' was replaced already, by %s: correct that one", ref,
                       fetched->successor[0] ? fetched->successor : "a later record");
    return TG_OK;
}

/* ---- what changes ---- */

struct printing {
    struct tg_cli *cli;
    bool to_person; /* on standard error, before a question */
    size_t count;
};

static tg_err change_put(void *ctx, const char *path, struct tg_view older, struct tg_view newer)
{
    struct printing *printing = ctx;
    struct tg_cli *cli = printing->cli;
    TG_AUTO(tg_buf) struct tg_buf a = {0}, b = {0};
    struct tg_view nothing = tg_view_str("null");
    printing->count++;
    tg_err err = tg_json_safe(&a, older.bytes ? older : nothing);
    if (!err) err = tg_json_safe(&b, newer.bytes ? newer : nothing);
    if (err) return err;
    if (printing->to_person) {
        tg_talk(cli, "  %s: %.*s → %.*s\n", path, TG_VIEW_PRINT(tg_buf_view(&a)),
                TG_VIEW_PRINT(tg_buf_view(&b)));
        return TG_OK;
    }
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "change");
        tg_json_text(&json, "path", tg_view_str(path));
        tg_json_raw(&json, "old", tg_buf_view(&a));
        tg_json_raw(&json, "new", tg_buf_view(&b));
        return tg_json_put(&json, cli);
    }
    if (cli->format == TG_FORMAT_TSV) {
        tg_put(cli, "change\t%s\t%.*s\t%.*s\n", path, TG_VIEW_PRINT(tg_buf_view(&a)),
               TG_VIEW_PRINT(tg_buf_view(&b)));
        return TG_OK;
    }
    TG_AUTO(tg_buf) struct tg_buf line = {0};
    err = tg_buf_putf(&line, "%.*s → %.*s", TG_VIEW_PRINT(tg_buf_view(&a)), TG_VIEW_PRINT(tg_buf_view(&b)));
    char first[96];
    (void)snprintf(first, sizeof first, "%.80s: ", path);
    if (!err) tg_put_wrapped(cli, first, 4, tg_buf_view(&line));
    return err;
}

/* The old record with the patch, as a record again. */
static tg_err patched(const struct tg_record *older, struct tg_view patch, const char *const *unset,
                      size_t unset_count, struct tg_arena *arena, struct tg_record **ret_record,
                      struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    struct tg_view bytes;
    tg_err err = tg_record_patch(older, patch, unset, unset_count, &json, em);
    if (!err) err = tg_record_from_json(tg_buf_view(&json), arena, &bytes, em);
    return err ? err : tg_record_decode(bytes, arena, ret_record, em);
}

/* ---- what is sent ---- */

/* Its place in the chain, and why: behind the note that was there. */
static tg_err version_patch(const struct tg_cli *cli, const struct tg_correction *correction,
                            const struct tg_record *older, const struct tg_record *newer,
                            struct tg_arena *arena, struct tg_buf *out)
{
    char id[TG_HEX_BYTES(32)], now[TG_TIME_TEXT_BYTES];
    struct tg_draft draft;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    tg_time_format(tg_clock_wall_ms(cli->clock), now);
    tg_hex_encode(older->id.bytes, sizeof older->id.bytes, id);
    const char *before = newer->head->note;
    bool room = strlen(before) + strlen(correction->why) + 64 < NOTE_BYTES_MAX;
    tg_err err = tg_buf_putf(&note, "%s%scorrected %.10s: %s", room ? before : "",
                             room && before[0] ? "\n" : "", now, correction->why);
    if (err) return err;
    tg_draft_begin(&draft, arena);
    tg_draft_str(&draft, "head.reported", now);
    tg_draft_str(&draft, "head.supersedes", id);
    tg_draft_text(&draft, "head.note", tg_buf_view(&note));
    return tg_draft_render(&draft, out);
}

static tg_err decision_make(struct tg_cli *cli, const struct tg_correction *correction,
                            const struct tg_record *older, struct tg_arena *arena, struct tg_view *ret_bytes,
                            struct tg_errmsg *em)
{
    uint8_t dispute[32];
    char target[TG_HEX_BYTES(32)], decides[TG_HEX_BYTES(32)], now[TG_TIME_TEXT_BYTES];
    struct tg_draft draft;
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    tg_err err = tg_ref_resolve(cli, correction->dispute, dispute, em);
    if (err) return err;
    tg_time_format(tg_clock_wall_ms(cli->clock), now);
    tg_hex_encode(older->id.bytes, sizeof older->id.bytes, target);
    tg_hex_encode(dispute, sizeof dispute, decides);
    tg_draft_begin(&draft, arena);
    tg_draft_number(&draft, "v", 1);
    tg_draft_str(&draft, "kind", "dispute");
    tg_draft_str(&draft, "head.reported", now);
    tg_draft_str(&draft, "head.handling.tlp", tg_enum_name(TG_ENUM_TLP, (int)older->head->handling->tlp));
    tg_draft_str(&draft, "dispute.target", target);
    tg_draft_str(&draft, "dispute.text", correction->why);
    tg_draft_str(&draft, "dispute.decides", decides);
    tg_draft_str(&draft, "dispute.decision", "corrected");
    err = tg_draft_render(&draft, &json);
    return err ? err : tg_record_from_json(tg_buf_view(&json), arena, ret_bytes, em);
}

static tg_err ask(struct tg_cli *cli, const struct tg_record *older, const struct tg_record *newer,
                  const char *audience, struct tg_errmsg *em)
{
    char question[512];
    struct printing printing = {.cli = cli, .to_person = true};
    tg_err err = tg_record_diff(older, newer, change_put, &printing);
    if (err || !cli->in_terminal) return err;
    (void)snprintf(question, sizeof question, "send this correction to %.300s?",
                   audience[0] ? audience : "nobody else");
    return tg_terminal_confirm(cli, question, em);
}

static tg_err count_change(void *ctx, const char *path, struct tg_view older, struct tg_view newer)
{
    (void)path, (void)older, (void)newer;
    ++*(size_t *)ctx;
    return TG_OK;
}

tg_err tg_correct(struct tg_cli *cli, const struct tg_correction *correction, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 16 * TG_RECORD_PARSE_BUDGET_BYTES);
    TG_AUTO(tg_buf) struct tg_buf patch = {0}, version = {0};
    struct fetched fetched = {.arena = &arena, .em = em};
    struct tg_record *changed, *sent;
    struct tg_view records[2];
    size_t changes = 0;
    tg_err err = fetch(cli, correction->ref, &fetched, em);
    if (err) return err;
    const struct tg_record *older = fetched.row->record;
    err = correction->patch(correction->ctx, cli, older->kind, &patch, em);
    if (!err)
        err = patched(older, tg_buf_view(&patch), correction->unset, correction->unset_count, &arena,
                      &changed, em);
    if (!err) err = tg_record_diff(older, changed, count_change, &changes);
    if (err) return err;
    if (!changes)
        return tg_fail(em, TG_EVALUE, "nothing changes: '%.60s' says that already", correction->ref);
    if (correction->dry_run) {
        struct printing printing = {.cli = cli};
        return tg_record_diff(older, changed, change_put, &printing);
    }
    err = ask(cli, older, changed, fetched.row->audience, em);
    if (!err) err = version_patch(cli, correction, older, changed, &arena, &version);
    if (!err) err = patched(changed, tg_buf_view(&version), NULL, 0, &arena, &sent, em);
    if (!err && correction->dispute) err = decision_make(cli, correction, older, &arena, &records[1], em);
    if (err) return err;
    records[0] = sent->bytes;
    struct tg_publish publish = {.records = records,
                                 .record_count = correction->dispute ? 2 : 1,
                                 .to = "none", /* the node adds everybody who got the old version */
                                 .precedence = PRIORITY,
                                 .wait_ms = correction->wait_ms,
                                 .what = "corrected as"};
    return tg_publish(cli, &publish, em);
}
