/* alert: what happens now, out to partners at its precedence, and who has stored it.
 *
 * Knows no transport. Fields: cli/fields.c; verb `publish`: docs/control.md.
 */
#include "cli/command.h"
#include "cli/fields.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "cli/terminal.h"

#define WAIT_MS 5000
#define WAIT_SECONDS_MAX 3600

static const char *const precedences[] = {"routine", "priority", "immediate", "flash", NULL};

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
    {"update", 0, TG_OPTION_TEXT, false, "REF", "this is news of that alert", NULL, 0, 0},
    {"stand-down", 0, TG_OPTION_TEXT, false, "REF", "that alert is over", NULL, 0, 0},
    {"wait", 0, TG_OPTION_NUMBER, false, "SECONDS", "how long to watch who stores it (5)", NULL, 0,
     WAIT_SECONDS_MAX},
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

static int64_t precedence_of(const struct tg_args *args)
{
    return tg_args_has(args, "flash") ? TG_PRECEDENCE_FLASH : tg_args_number(args, "precedence", 0);
}

static const char *nature_of(const struct tg_args *args)
{
    return tg_args_has(args, "test") ? "test" : tg_args_has(args, "exercise") ? "exercise" : "actual";
}

/* --update, --stand-down: the id of the alert that this one belongs to. */
static tg_err thread_put(struct tg_cli *cli, const struct tg_args *args, struct tg_draft *draft,
                         struct tg_errmsg *em)
{
    const char *update = tg_args_text(args, "update", NULL), *over = tg_args_text(args, "stand-down", NULL);
    if (!update && !over) return TG_OK;
    uint8_t id[32];
    char hex[TG_HEX_BYTES(32)];
    tg_err err = tg_ref_resolve(cli, update ? update : over, id, em);
    if (err) return err;
    tg_hex_encode(id, sizeof id, hex);
    tg_draft_str(draft, "alert.thread", update ? "update" : "stand_down");
    tg_draft_str(draft, "alert.thread_of", hex);
    return TG_OK;
}

static tg_err record_write(struct tg_cli *cli, const struct tg_args *args, struct tg_arena *arena,
                           struct tg_view *ret_record, struct tg_errmsg *em)
{
    struct tg_draft draft;
    tg_draft_begin(&draft, arena);
    tg_fields_default(&draft, TG_KIND_ALERT, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "alert.nature", nature_of(args));
    tg_draft_str(&draft, "alert.precedence", precedences[precedence_of(args)]);
    tg_err err = thread_put(cli, args, &draft, em);
    if (!err) err = tg_fields_put(&draft, TG_KIND_ALERT, args, em);
    return err ? err : tg_fields_record(&draft, arena, ret_record, em);
}

static tg_err flash_confirm(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (precedence_of(args) != TG_PRECEDENCE_FLASH) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf title = {0};
    tg_err err = tg_put_reading(&title, tg_view_str(tg_args_text(args, "title", "")));
    if (err) return err;
    if (!cli->yes)
        tg_talk(cli, "FLASH%s to %s: %.*s\n", strcmp(nature_of(args), "actual") == 0 ? "" : " (not actual)",
                tg_args_text(args, "to", "the default audience"), TG_VIEW_PRINT(tg_buf_view(&title)));
    return tg_terminal_confirm(cli, "send this FLASH now?", em);
}

tg_err tg_cmd_alert(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    static const char *const names[] = {"routine", "PRIORITY", "IMMEDIATE", "FLASH"};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view record;
    tg_err err = args_check(args, em);
    if (!err) err = record_write(cli, args, &arena, &record, em);
    if (!err) err = flash_confirm(cli, args, em);
    if (err) return err;
    char what[64];
    const char *nature = nature_of(args);
    (void)snprintf(what, sizeof what, "%s%s alert",
                   strcmp(nature, "test") == 0       ? "TEST "
                   : strcmp(nature, "exercise") == 0 ? "EXERCISE "
                                                     : "",
                   names[precedence_of(args)]);
    struct tg_publish publish = {.records = &record,
                                 .record_count = 1,
                                 .to = tg_args_text(args, "to", NULL),
                                 .precedence = precedence_of(args),
                                 .wait_ms = tg_wait_ms(args, WAIT_MS),
                                 .what = what};
    return tg_publish(cli, &publish, em);
}
