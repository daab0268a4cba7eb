/* ask, answer: a question to partners with a due time, and what comes back.
 *
 * Knows no query. Fields: cli/fields.c.
 */
#include "cli/about.h"
#include "cli/command.h"
#include "cli/option_rows.h"

const struct tg_option tg_ask_options[] = {
    TG_ROW_MANY("about", "REF|NAME", "whom or what, also phone=+992...; may repeat"),
    TG_ROW_TIME("due", "by when an answer is asked for"),
    TG_ROW_TEXT("text", "TEXT", "the rest of the question"),
    TG_ROW_TEXT("contact", "TEXT", "who can be called at any hour"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all; else the node's default"),
    TG_ROW_WAIT,
    TG_OPTION_END,
};
const struct tg_option tg_answer_options[] = {
    TG_ROW_ONE_OF("outcome", TG_ENUM_ANSWER_OUTCOME, "positive, negative, partial, interim, refused"),
    TG_ROW_TEXT("text", "TEXT", "the answer"),
    TG_ROW_MANY("record", "REF", "a record that answers it; may repeat"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all; else who asked and who was asked"),
    TG_ROW_WAIT,
    TG_OPTION_END,
};

tg_err tg_cmd_ask(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    struct tg_draft draft;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_draft_begin(&draft, &arena);
    tg_fields_default(&draft, TG_KIND_REQUEST, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "request.title", args->words[0]);
    return tg_about_publish(cli, &draft, TG_KIND_REQUEST, args, NULL, 0, em);
}

tg_err tg_cmd_answer(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    struct tg_draft draft;
    struct tg_about about;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    if (!tg_args_has(args, "outcome"))
        return tg_fail(em, TG_EUSAGE,
                       "'answer' needs --outcome positive, negative, partial, interim or refused");
    tg_err err = tg_about_get(cli, args->words[0], &arena, &about, em);
    if (err) return err;
    if (strcmp(about.row->kind, "request") != 0)
        return tg_fail(em, TG_EVALUE, "'%.80s' is no request but of kind '%s': nothing was asked there",
                       args->words[0], about.row->kind);
    tg_draft_begin(&draft, &arena);
    tg_fields_default(&draft, TG_KIND_ANSWER, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "answer.request", about.id);
    return tg_about_publish(cli, &draft, TG_KIND_ANSWER, args, &about, 1, em);
}
