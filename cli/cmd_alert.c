/* alert: what happens now, out to partners at its precedence, and who has stored it.
 *
 * Knows no transport. Fields: cli/fields.c; verb `publish`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/fields.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/row.h"
#include "cli/terminal.h"

#define WAIT_MS 5000
#define WAIT_SECONDS_MAX 3600

static const char *const precedences[] = {"routine", "priority", "immediate", "flash", NULL};

static const char *const untils[] = {"stored", "read", "answered", NULL};

const struct tg_option tg_alert_options[] = {
    {"title", 0, TG_OPTION_TEXT, false, "TEXT", "what happens, in one line (needed)", NULL, 0, 0},
    {"text", 0, TG_OPTION_TEXT, false, "TEXT", "the rest of it", NULL, 0, 0},
    {"to", 0, TG_OPTION_TEXT, false, "WHO", "KG,UZ or all or none; else the node's default", NULL, 0, 0},
    {"flash", 0, TG_OPTION_FLAG, false, NULL,
     "precedence FLASH: lives depend on seconds; asks before it goes", NULL, 0, 0},
    {"precedence", 0, TG_OPTION_CHOICE, false, "NAME", "routine (default), priority, immediate or flash",
     precedences, 0, 0},
    {"test", 0, TG_OPTION_FLAG, false, NULL, "a test of the line; every reader sees TEST", NULL, 0, 0},
    {"exercise", 0, TG_OPTION_FLAG, false, NULL, "part of an exercise; every reader sees EXERCISE", NULL, 0,
     0},
    {"facility", 0, TG_OPTION_TEXT, false, "NAME", "the facility it is about", NULL, 0, 0},
    {"facility-country", 0, TG_OPTION_TEXT, false, "CC", "and its country", NULL, 0, 0},
    {"place", 0, TG_OPTION_TEXT, false, "TEXT", "or another place", NULL, 0, 0},
    {"incident", 0, TG_OPTION_CHOICE, false, "KIND", "riot, hostage_taking, escape, attack ...", NULL,
     1 + TG_ENUM_INCIDENT_KIND, 0},
    {"at", 0, TG_OPTION_TIME, false, "TIME", "when it happened", NULL, 0, 0},
    {"asked", 0, TG_OPTION_TEXT, false, "TEXT", "what the reader is asked to do", NULL, 0, 0},
    {"contact", 0, TG_OPTION_TEXT, false, "TEXT", "who answers at any hour", NULL, 0, 0},
    {"selector", 0, TG_OPTION_TEXT, true, "TYPE=VALUE",
     "a number, account, plate to look out for; may repeat", NULL, 0, 0},
    {"update", 0, TG_OPTION_TEXT, false, "REF", "news of that alert, to all who got it", NULL, 0, 0},
    {"stand-down", 0, TG_OPTION_TEXT, false, "REF", "that alert is over, to all who got it", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "how long to watch who stores it (5)", NULL, 0,
     WAIT_SECONDS_MAX},
    {"wait-for", 0, TG_OPTION_CHOICE, false, "NAME", "all to have stored (default), read or answered it",
     untils, 0, 0},
    TG_OPTION_END,
};

static tg_err args_check(const struct tg_args *args, struct tg_errmsg *em)
{
    static const char *const pairs[][2] = {
        {"flash", "precedence"}, {"test", "exercise"}, {"update", "stand-down"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (tg_args_has(args, pairs[i][0]) && tg_args_has(args, pairs[i][1]))
            return tg_fail(em, TG_EUSAGE, "'--%s' and '--%s' do not go together", pairs[i][0], pairs[i][1]);
    if (!tg_args_has(args, "title"))
        return tg_fail(em, TG_EUSAGE, "'alert' needs --title: what happens, in one line");
    return TG_OK;
}

/* What the alert will be: as typed, else as its thread is. */
struct plan {
    const char *nature; /* "actual" */
    int64_t precedence;
    const char *thread; /* "update", "stand_down", or NULL: it begins one */
    const char *of;     /* the alert named, as typed */
    char first[TG_HEX_BYTES(32)];
};

static bool precedence_given(const struct tg_args *args)
{
    return tg_args_has(args, "flash") || tg_args_has(args, "precedence");
}

static bool nature_given(const struct tg_args *args)
{
    return tg_args_has(args, "test") || tg_args_has(args, "exercise");
}

/* The first alert of the thread that ref belongs to; when that one is gone, the one that was named. */
static tg_err first_get(struct tg_cli *cli, const char *ref, struct tg_arena *arena, struct tg_row **ret_row,
                        struct tg_errmsg *em)
{
    tg_err err = tg_ref_row(cli, ref, arena, ret_row, em);
    if (err) return err;
    const struct tg_record *record = (*ret_row)->record;
    if (!record || record->kind != TG_KIND_ALERT)
        return tg_fail(em, TG_EVALUE, "'%.80s' is no alert: only an alert has updates and an end", ref);
    if (!record->alert->thread_of) return TG_OK;
    char hex[TG_HEX_BYTES(32)];
    struct tg_row *first = NULL;
    tg_hex_encode(record->alert->thread_of->bytes, 32, hex);
    if (!tg_ref_row(cli, hex, arena, &first, NULL) && first->record && first->record->kind == TG_KIND_ALERT)
        *ret_row = first;
    return TG_OK;
}

static tg_err thread_plan(struct tg_cli *cli, const struct tg_args *args, struct tg_arena *arena,
                          struct plan *plan, struct tg_errmsg *em)
{
    const char *update = tg_args_text(args, "update", NULL);
    struct tg_row *row = NULL;
    plan->of = update ? update : tg_args_text(args, "stand-down", NULL);
    if (!plan->of) return TG_OK;
    tg_err err = first_get(cli, plan->of, arena, &row, em);
    if (err) return err;
    const struct tg_rec_alert *first = row->record->alert;
    const char *nature = tg_enum_name(TG_ENUM_NATURE, (int)first->nature);
    plan->thread = update ? "update" : "stand_down";
    tg_hex_encode(first->thread_of ? first->thread_of->bytes : row->id.data, 32, plan->first);
    if (!nature_given(args) && nature) plan->nature = nature;
    if (!precedence_given(args) && (int)first->precedence <= TG_PRECEDENCE_FLASH)
        plan->precedence = (int64_t)first->precedence;
    if (row->over && update) tg_talk(cli, "%s was stood down before\n", row->ref);
    return TG_OK;
}

static tg_err plan_make(struct tg_cli *cli, const struct tg_args *args, struct tg_arena *arena,
                        struct plan *ret_plan, struct tg_errmsg *em)
{
    *ret_plan = (struct plan){
        .nature = tg_args_has(args, "test")       ? "test"
                  : tg_args_has(args, "exercise") ? "exercise"
                                                  : "actual",
        .precedence =
            tg_args_has(args, "flash") ? TG_PRECEDENCE_FLASH : tg_args_number(args, "precedence", 0),
    };
    return thread_plan(cli, args, arena, ret_plan, em);
}

static tg_err record_write(struct tg_cli *cli, const struct tg_args *args, const struct plan *plan,
                           struct tg_arena *arena, struct tg_view *ret_record, struct tg_errmsg *em)
{
    struct tg_draft draft;
    tg_draft_begin(&draft, arena);
    tg_fields_default(&draft, TG_KIND_ALERT, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "alert.nature", plan->nature);
    tg_draft_str(&draft, "alert.precedence", precedences[plan->precedence]);
    if (plan->thread) tg_draft_str(&draft, "alert.thread", plan->thread);
    if (plan->thread) tg_draft_str(&draft, "alert.thread_of", plan->first);
    tg_err err = tg_fields_put(&draft, TG_KIND_ALERT, args, em);
    return err ? err : tg_fields_record(&draft, arena, ret_record, em);
}

static tg_err flash_confirm(struct tg_cli *cli, const struct tg_args *args, const struct plan *plan,
                            struct tg_errmsg *em)
{
    if (plan->precedence != TG_PRECEDENCE_FLASH) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf title = {0};
    tg_err err = tg_put_reading(&title, tg_view_str(tg_args_text(args, "title", "")));
    if (err) return err;
    const char *to = plan->thread ? "those who got the first alert" : "the default audience";
    if (!cli->yes)
        tg_talk(cli, "FLASH%s to %s: %.*s\n", strcmp(plan->nature, "actual") == 0 ? "" : " (not actual)",
                tg_args_text(args, "to", to), TG_VIEW_PRINT(tg_buf_view(&title)));
    return tg_terminal_confirm(cli, "send this FLASH now?", em);
}

/* "TEST FLASH alert stand-down" */
static void what_format(const struct plan *plan, char *out, size_t out_bytes)
{
    static const char *const names[] = {"routine", "PRIORITY", "IMMEDIATE", "FLASH"};
    const char *nature = strcmp(plan->nature, "test") == 0       ? "TEST "
                         : strcmp(plan->nature, "exercise") == 0 ? "EXERCISE "
                                                                 : "";
    const char *thread = !plan->thread ? "" : strcmp(plan->thread, "update") == 0 ? " update" : " stand-down";
    (void)snprintf(out, out_bytes, "%s%s alert%s", nature, names[plan->precedence], thread);
}

tg_err tg_cmd_alert(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view record;
    struct plan plan;
    char what[64];
    tg_err err = args_check(args, em);
    if (!err) err = plan_make(cli, args, &arena, &plan, em);
    if (!err) err = record_write(cli, args, &plan, &arena, &record, em);
    if (!err) err = flash_confirm(cli, args, &plan, em);
    if (err) return err;
    what_format(&plan, what, sizeof what);
    int64_t until = tg_args_number(args, "wait-for", 0);
    struct tg_publish publish = {.records = &record,
                                 .record_count = 1,
                                 .to = tg_args_text(args, "to", NULL),
                                 .precedence = plan.precedence,
                                 .wait_ms = tg_wait_ms(args, WAIT_MS),
                                 .until = until > 0 ? untils[until] : NULL,
                                 .what = what};
    if (publish.wait_ms) tg_interrupt_catch();
    return tg_publish(cli, &publish, em);
}
