/* sighting: somebody was checked, and whether it is the one whom a record means.
 *
 * Knows no matching: what a "not him" does is the node's (docs/records.md). Fields: cli/fields.c.
 */
#include "cli/about.h"
#include "cli/command.h"
#include "cli/option_rows.h"

const struct tg_option tg_sighting_options[] = {
    TG_ROW_FLAG("confirmed", "it is the one"),
    TG_ROW_FLAG("not-him", "it is not; needs --document and --until"),
    TG_ROW_FLAG("possible", "it may be"),
    TG_ROW_TEXT("follow-up", "REF", "what came of that earlier sighting"),
    TG_ROW_TEXT("document", "TYPE:CC:NUMBER", "that was shown: passport:TJ:A1234567"),
    TG_ROW_DATE("until", "until then the document hides this hit"),
    TG_ROW_TEXT("name", "TEXT", "of whom was checked, as written"),
    TG_ROW_TIME("at", "when"),
    TG_ROW_TEXT("facility", "NAME", "where"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_OPTION_END,
};
const struct tg_option tg_sighting_more_options[] = {
    TG_ROW_DATE("birth", "of whom was checked"),
    TG_ROW_TEXT("facility-country", "CC", "country of the facility"),
    TG_ROW_TEXT("place", "TEXT", "or another place"),
    TG_ROW_TEXT("selector", "TYPE=VALUE", "the value that hit"),
    TG_ROW_TEXT("action", "TEXT", "what was done"),
    TG_ROW_TEXT("to", "WHO", "else all who have the record"),
    TG_ROW_WAIT,
    TG_ROWS_BRIEF_HEAD,
    TG_OPTION_END,
};

static tg_err outcome_of(const struct tg_args *args, const char **ret_outcome, struct tg_errmsg *em)
{
    static const struct {
        const char *option, *outcome;
    } outcomes[] = {{"confirmed", "confirmed"},
                    {"not-him", "not_him"},
                    {"possible", "possible"},
                    {"follow-up", "follow_up"}};
    const char *given = NULL;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        if (!tg_args_has(args, outcomes[i].option)) continue;
        if (given)
            return tg_fail(em, TG_EUSAGE, "'--%s' and '--%s' do not go together", given, outcomes[i].option);
        given = outcomes[i].option;
        *ret_outcome = outcomes[i].outcome;
    }
    if (!given)
        return tg_fail(em, TG_EUSAGE,
                       "'sighting' needs --confirmed, --not-him, --possible or --follow-up REF");
    bool not_him = strcmp(given, "not-him") == 0;
    if (not_him && !(tg_args_has(args, "document") && tg_args_has(args, "until")))
        return tg_fail(em, TG_EUSAGE,
                       "'--not-him' needs --document and --until: it holds for the document that was shown, "
                       "until a day");
    if (!not_him && tg_args_has(args, "until"))
        return tg_fail(em, TG_EUSAGE, "'--until' goes with --not-him alone");
    return TG_OK;
}

tg_err tg_cmd_sighting(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    struct tg_draft draft;
    struct tg_about about;
    const char *outcome = NULL;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = outcome_of(args, &outcome, em);
    if (!err) err = tg_about_get(cli, args->words[0], &arena, &about, em);
    if (err) return err;
    tg_draft_begin(&draft, &arena);
    tg_fields_default(&draft, TG_KIND_SIGHTING, tg_clock_wall_ms(cli->clock));
    tg_draft_str(&draft, "sighting.target", about.id);
    tg_draft_str(&draft, "sighting.outcome", outcome);
    return tg_about_publish(cli, &draft, TG_KIND_SIGHTING, args, &about, 1, em);
}
