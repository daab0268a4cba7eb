/* same, different: two records do, or do not, concern one subject.
 *
 * A statement like any other: nothing is merged by it, and its withdrawal takes it back. Fields: cli/fields.c.
 */
#include "cli/about.h"
#include "cli/command.h"
#include "cli/option_rows.h"

const struct tg_option tg_same_options[] = {
    TG_ROW_TEXT("basis", "TEXT", "what it rests on: one passport in both"),
    TG_ROW_FLAG("possible", "it may be so"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else all who have either"),
    TG_ROW_WAIT,
    TG_OPTION_END,
};
const struct tg_option tg_different_options[] = {
    TG_ROW_TEXT("basis", "TEXT", "what it rests on: other fingerprints"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else all who have either"),
    TG_ROW_WAIT,
    TG_OPTION_END,
};
const struct tg_option tg_brief_head_options[] = {TG_ROWS_BRIEF_HEAD, TG_OPTION_END};

static tg_err sameness(struct tg_cli *cli, const struct tg_args *args, const char *verdict,
                       struct tg_errmsg *em)
{
    struct tg_draft draft;
    struct tg_about abouts[2];
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 12 * TG_RECORD_PARSE_BUDGET_BYTES);
    if (!tg_args_has(args, "grade"))
        return tg_fail(em, TG_EUSAGE,
                       "'%s' needs --grade such as B2: how good the source is, and how sure this is",
                       cli->command);
    tg_err err = tg_about_get(cli, args->words[0], &arena, &abouts[0], em);
    if (!err) err = tg_about_get(cli, args->words[1], &arena, &abouts[1], em);
    if (err) return err;
    if (strcmp(abouts[0].id, abouts[1].id) == 0)
        return tg_fail(em, TG_EVALUE, "'%s' and '%s' are one record: name two", args->words[0],
                       args->words[1]);
    tg_draft_begin(&draft, &arena);
    tg_fields_default(&draft, TG_KIND_SAMENESS, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "sameness.first", abouts[0].id);
    tg_draft_str(&draft, "sameness.second", abouts[1].id);
    tg_draft_str(&draft, "sameness.verdict", verdict);
    return tg_about_publish(cli, &draft, TG_KIND_SAMENESS, args, abouts, 2, em);
}

tg_err tg_cmd_same(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    return sameness(cli, args, tg_args_has(args, "possible") ? "possible" : "same", em);
}

tg_err tg_cmd_different(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    return sameness(cli, args, "different", em);
}
