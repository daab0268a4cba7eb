/* correct: a new version of one of our own records, from options or from JSON.
 *
 * Knows no field: options are those of `add` (cli/fields.c). The rest is in cli/correct.c.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/correct.h"
#include "cli/fields.h"
#include "cli/option_rows.h"
#include "cli/publish.h"

#define TEXT(name) TG_ROW_TEXT(name, "TEXT", "in its place, as 'add' takes it")
#define MANY(name) TG_ROW_MANY(name, "TEXT", "all of them, as 'add' takes them; may repeat")
#define COUNT(name) TG_ROW_COUNT(name, "in its place")

const struct tg_option tg_correct_options[] = {
    {"why", 0, TG_OPTION_TEXT, false, "TEXT", "why, for everybody who holds it (needed)", NULL, 0, 0},
    {"unset", 0, TG_OPTION_TEXT, true, "PATH", "take out what stands there, as person.births; may repeat",
     NULL, 0, 0},
    {"json", 0, TG_OPTION_FILE, false, "FILE", "what changes, as JSON; '-': standard input", NULL, 0, 0},
    {"dispute", 0, TG_OPTION_TEXT, false, "REF", "the dispute that this decides", NULL, 0, 0},
    {"dry-run", 0, TG_OPTION_FLAG, false, NULL, "show what would change, field by field", NULL, 0, 0},
    TG_ROW_WAIT,
    TG_OPTION_END,
};
/* As `add` has them; a value that does not fit is refused when the record is written. */
const struct tg_option tg_correct_field_options[] = {
    MANY("name"),         MANY("alias"),       MANY("weak-alias"),  MANY("kunya"),
    MANY("birth"),        MANY("birth-place"), TEXT("sex"),         MANY("nationality"),
    MANY("document"),     MANY("selector"),    MANY("role"),        TEXT("status"),
    TEXT("text"),         TEXT("title"),       TEXT("facility"),    TEXT("facility-country"),
    TEXT("place"),        TEXT("country"),     TEXT("use"),         TEXT("category"),
    TEXT("on-hit"),       TEXT("valid-from"),  TEXT("valid-until"), TEXT("kind"),
    TEXT("size"),         TEXT("size-as-of"),  TEXT("parent"),      TEXT("regime"),
    COUNT("capacity"),    COUNT("held"),       COUNT("staff"),      TEXT("held-as-of"),
    TEXT("operator"),     TEXT("from"),        TEXT("until"),       TEXT("outcome"),
    TEXT("participants"), TEXT("occurrences"), TEXT("scope"),       TEXT("factor"),
    TEXT("severity"),     TEXT("basis"),       TEXT("as-of"),       TEXT("area"),
    TEXT("action"),       TEXT("objective"),   TEXT("expected"),    TEXT("responsible"),
    TEXT("start"),        TEXT("due"),         COUNT("months"),     TEXT("source-type"),
    TEXT("source"),       TEXT("source-ref"),  TEXT("source-date"), TEXT("grade"),
    TEXT("tlp"),          TEXT("pap"),         TEXT("release"),     TEXT("purpose"),
    TEXT("legal-basis"),  TEXT("review"),      TEXT("expiry"),      TEXT("observed-from"),
    TEXT("observed-to"),  TEXT("agency"),      TEXT("desk"),        TEXT("language"),
    TEXT("remark"),       TG_OPTION_END,
};

struct asked {
    const struct tg_args *args;
};

static tg_err from_options(const struct tg_args *args, enum tg_kind kind, struct tg_buf *out,
                           struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_draft draft;
    tg_draft_begin(&draft, &arena);
    tg_err err = tg_fields_put(&draft, kind, args, em);
    return err ? err : tg_draft_render(&draft, out);
}

static tg_err patch(void *ctx, struct tg_cli *cli, enum tg_kind kind, struct tg_buf *out,
                    struct tg_errmsg *em)
{
    (void)cli;
    const struct asked *asked = ctx;
    const char *json = tg_args_text(asked->args, "json", NULL);
    if (!json) return from_options(asked->args, kind, out, em);
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    tg_err err = tg_file_read(json, TG_JSON_BYTES_MAX, &file, em);
    return err ? err : tg_buf_put_view(out, tg_text_trim(tg_buf_view(&file)));
}

tg_err tg_cmd_correct(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    const char *why = tg_args_text(args, "why", NULL);
    const char *unset[TG_CLI_VALUES_MAX];
    struct asked asked = {args};
    bool dry_run = tg_args_has(args, "dry-run");
    struct tg_correction correction = {.ref = args->words[0],
                                       .why = why ? why : "",
                                       .dispute = tg_args_text(args, "dispute", NULL),
                                       .unset = unset,
                                       .dry_run = dry_run,
                                       .wait_ms = tg_wait_ms(args, 0),
                                       .patch = patch,
                                       .ctx = &asked};
    if (!why && !dry_run)
        return tg_fail(em, TG_EUSAGE, "'correct' needs --why: everybody who holds the record is shown it");
    for (size_t i = 0; i < args->value_count; i++)
        if (strcmp(args->values[i].option->name, "unset") == 0)
            unset[correction.unset_count++] = args->values[i].text;
    return tg_correct(cli, &correction, em);
}
