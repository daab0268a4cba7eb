/* add: one statement, from options or from the JSON that `show` prints.
 *
 * Knows no schema beyond its tables: fields are places in JSON (cli/fields.c), checked by proto/.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/about.h"
#include "cli/command.h"
#include "cli/fields.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "proto/json.h"

#define WAIT_SECONDS_MAX 3600
#define FILE_BYTES_MAX (16 * TG_JSON_BYTES_MAX)
#define ARENA_BYTES (TG_BATCH_RECORDS_MAX * 131072)

#define TEXT(name, argument, help)                                 \
    {                                                              \
        name, 0, TG_OPTION_TEXT, false, argument, help, NULL, 0, 0 \
    }
#define MANY(name, argument, help)                                \
    {                                                             \
        name, 0, TG_OPTION_TEXT, true, argument, help, NULL, 0, 0 \
    }
#define DATE(name, help)                                         \
    {                                                            \
        name, 0, TG_OPTION_DATE, false, "DATE", help, NULL, 0, 0 \
    }
#define COUNT(name, help)                                                \
    {                                                                    \
        name, 0, TG_OPTION_NUMBER, false, "N", help, NULL, 0, UINT32_MAX \
    }
#define ONE_OF(name, which, help)                                            \
    {                                                                        \
        name, 0, TG_OPTION_CHOICE, false, "NAME", help, NULL, 1 + (which), 0 \
    }
#define SENDING                                                                                     \
    TEXT("to", "WHO", "KG,UZ or all or none; else the node's default"), {"wait",                    \
                                                                         0,                         \
                                                                         TG_OPTION_NUMBER,          \
                                                                         false,                     \
                                                                         "SECONDS",                 \
                                                                         "watch who stores it (0)", \
                                                                         NULL,                      \
                                                                         0,                         \
                                                                         WAIT_SECONDS_MAX},         \
        TG_OPTION_END

const struct tg_option tg_add_options[] = {
    {"json", 0, TG_OPTION_FILE, false, "FILE",
     "records as 'show --format json' prints them; '-': standard input", NULL, 0, 0},
    SENDING,
};
const struct tg_option tg_add_indicator_options[] = {
    MANY("selector", "TYPE=VALUE", "phone=+992900000001, telegram=@name, imei=...; may repeat"),
    TEXT("use", "TEXT", "what it serves for"),
    ONE_OF("on-hit", TG_ENUM_ON_HIT, "inform, check, locate, stop, seize or warn"),
    DATE("valid-from", "since when it is in use"),
    DATE("valid-until", "until when"),
    TEXT("category", "TEXT", "as the service sorts them"),
    TEXT("facility", "NAME", "where it was found or is used"),
    TEXT("facility-country", "CC", "and its country"),
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_person_options[] = {
    MANY("name", "TEXT", "as written, any script; may repeat"),
    MANY("alias", "TEXT", "another good name; may repeat"),
    MANY("weak-alias", "TEXT", "a name that fits many"),
    MANY("kunya", "TEXT", "Abu ..."),
    {"birth", 0, TG_OPTION_DATE, true, "DATE", "1984, 1984-07 or 1984-07-21; may repeat", NULL, 0, 0},
    MANY("birth-place", "TEXT", "where born"),
    ONE_OF("sex", TG_ENUM_SEX, "male, female, other"),
    MANY("nationality", "CC", "country; may repeat"),
    MANY("document", "TYPE:CC:NUMBER", "passport:TJ:A1234567; may repeat"),
    MANY("selector", "TYPE=VALUE", "phone=..., telegram=...; may repeat"),
    MANY("role", "TEXT", "what part they play"),
    ONE_OF("status", TG_ENUM_PERSON_STATUS, "suspect, wanted, convicted, witness ... (needed)"),
    {"minor", 0, TG_OPTION_FLAG, false, NULL, "under 18", NULL, 0, 0},
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_cell_options[] = {
    MANY("name", "TEXT", "what it is called"),
    MANY("alias", "TEXT", "another name"),
    ONE_OF("kind", TG_ENUM_CELL_KIND, "prison_cell, cell, network, organisation ..."),
    TEXT("facility", "NAME", "the facility it is in"),
    TEXT("facility-country", "CC", "and its country"),
    TEXT("size", "LOW-HIGH", "how many, as estimated: 15-20"),
    DATE("size-as-of", "when that was so"),
    ONE_OF("status", TG_ENUM_CELL_STATUS, "forming, active, dormant, dismantled"),
    TEXT("parent", "TEXT", "organisation above it"),
    MANY("selector", "TYPE=VALUE", "what it uses; may repeat"),
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_facility_options[] = {
    MANY("name", "TEXT", "its name (needed)"),
    MANY("alias", "TEXT", "another name"),
    ONE_OF("kind", TG_ENUM_FACILITY_KIND, "prison, pretrial, camp, border_post ..."),
    TEXT("country", "CC", "its country"),
    TEXT("place", "TEXT", "where it is"),
    TEXT("regime", "TEXT", "such as maximum security"),
    COUNT("capacity", "places"),
    COUNT("held", "held there"),
    COUNT("staff", "staff on duty"),
    DATE("held-as-of", "when that was so"),
    TEXT("operator", "TEXT", "who runs it"),
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_incident_options[] = {
    ONE_OF("kind", TG_ENUM_INCIDENT_KIND, "riot, escape_attempt, smuggling, propagation ... (needed)"),
    TEXT("title", "TEXT", "in one line"),
    TEXT("facility", "NAME", "where"),
    TEXT("facility-country", "CC", "and its country"),
    TEXT("place", "TEXT", "or another place"),
    DATE("from", "first day, as far as known"),
    DATE("until", "last day"),
    {"at", 0, TG_OPTION_TIME, false, "TIME", "or the hour", NULL, 0, 0},
    ONE_OF("status", TG_ENUM_INCIDENT_STATUS, "ongoing, ended, prevented"),
    TEXT("outcome", "TEXT", "how it ended"),
    TEXT("participants", "LOW-HIGH", "how many took part"),
    TEXT("occurrences", "LOW-HIGH", "how often; '2-' is two or more"),
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_assessment_options[] = {
    ONE_OF("factor", TG_ENUM_FACTOR, "monitoring, training, overcrowding, cooperation ... (needed)"),
    TEXT("text", "TEXT", "the assessment (needed)"),
    TEXT("scope", "TEXT", "what it is about"),
    TEXT("country", "CC", "country it is about"),
    TEXT("facility", "NAME", "or one facility"),
    TEXT("facility-country", "CC", "and its country"),
    ONE_OF("severity", TG_ENUM_SEVERITY, "low, moderate, high, critical"),
    TEXT("basis", "TEXT", "what it rests on"),
    DATE("as-of", "when it was so"),
    SENDING,
};
const struct tg_option tg_add_measure_options[] = {
    TEXT("action", "TEXT", "what is to be done (needed)"),
    TEXT("area", "TEXT", "of policy"),
    TEXT("objective", "TEXT", "what for"),
    TEXT("expected", "TEXT", "outcome expected"),
    TEXT("responsible", "TEXT", "who does it"),
    TEXT("country", "CC", "whose it is"),
    TEXT("facility", "NAME", "or one facility's"),
    TEXT("facility-country", "CC", "and its country"),
    DATE("start", "when it begins"),
    DATE("due", "when it must be done"),
    COUNT("months", "or the time limit in months"),
    ONE_OF("status", TG_ENUM_MEASURE_STATUS, "proposed, agreed, running, done ..."),
    TEXT("text", "TEXT", "anything else"),
    SENDING,
};
/* What every record may state of itself. */
const struct tg_option tg_head_options[] = {
    ONE_OF("source-type", TG_ENUM_SOURCE_TYPE, "human, technical, open, press, court, partner, custody ..."),
    TEXT("source", "TEXT", "name of the paper, court, service"),
    TEXT("source-ref", "TEXT", "its number, page, address"),
    DATE("source-date", "of the source"),
    TEXT("grade", "C3", "reliability A-F and credibility 1-6"),
    ONE_OF("tlp", TG_ENUM_TLP, "clear, green, amber (default), amber_strict, red"),
    ONE_OF("pap", TG_ENUM_PAP, "what may be done with it"),
    ONE_OF("release", TG_ENUM_RELEASE, "orcon, national, free"),
    TEXT("purpose", "TEXT", "why it is kept"),
    TEXT("legal-basis", "TEXT", "by what right"),
    DATE("review", "when it must be looked at again"),
    DATE("expiry", "when it ends"),
    DATE("observed-from", "when it was observed"),
    DATE("observed-to", "until when"),
    TEXT("agency", "TEXT", "of the origin"),
    TEXT("desk", "TEXT", "of the agency"),
    TEXT("list", "NAME", "outside list it comes from"),
    TEXT("external-id", "ID", "its number there"),
    TEXT("language", "TAG", "of the texts"),
    TEXT("remark", "TEXT", "a note to readers"),
    TEXT("supersedes", "ID", "id of the record that this one replaces"),
    TG_OPTION_END,
};

static tg_err from_options(struct tg_cli *cli, const struct tg_args *args, struct tg_arena *arena,
                           struct tg_view *ret_record, struct tg_errmsg *em)
{
    enum tg_kind kind;
    struct tg_draft draft;
    if (!tg_kind_from_name(tg_view_str(cli->command + strlen("add ")), &kind)) return TG_EBUG;
    tg_draft_begin(&draft, arena);
    tg_fields_default(&draft, kind, tg_clock_wall_ms(cli->clock));
    tg_err err = tg_about_put(cli, &draft, kind, args, em);
    if (!err) err = tg_fields_put(&draft, kind, args, em);
    return err ? err : tg_fields_record(&draft, arena, ret_record, em);
}

/* Lines that `show` prints beside the record itself. */
static bool is_other_row(struct tg_view line)
{
    return tg_view_starts_with(line, "{\"v\":1,\"row\":");
}

static tg_err line_read(struct tg_view line, size_t number, struct tg_arena *arena, struct tg_view *records,
                        size_t *count, struct tg_errmsg *em)
{
    if (!line.bytes || is_other_row(line)) return TG_OK;
    if (*count == TG_BATCH_RECORDS_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d records: use 'tamga import'", TG_BATCH_RECORDS_MAX);
    tg_err err = tg_record_from_json(line, arena, &records[*count], em);
    if (err) return tg_context(em, err, "record in line %zu", number);
    ++*count;
    return TG_OK;
}

/* One object over several lines, or one a line. */
static tg_err from_json(struct tg_view text, struct tg_arena *arena, struct tg_view *records,
                        size_t *ret_count, struct tg_errmsg *em)
{
    *ret_count = 0;
    struct tg_view rest = tg_text_trim(text);
    const uint8_t *end = rest.bytes ? memchr(rest.data, '\n', rest.bytes) : NULL;
    struct tg_view first = tg_text_trim(tg_view_of(rest.data, end ? (size_t)(end - rest.data) : rest.bytes));
    bool lines = first.bytes && first.data[first.bytes - 1] == '}';
    if (!lines) return line_read(rest, 1, arena, records, ret_count, em);
    for (size_t number = 1; rest.bytes; number++) {
        end = memchr(rest.data, '\n', rest.bytes);
        size_t bytes = end ? (size_t)(end - rest.data) : rest.bytes;
        struct tg_view line = tg_text_trim(tg_view_of(rest.data, bytes));
        tg_err err = line_read(line, number, arena, records, ret_count, em);
        if (err) return err;
        bytes += end ? 1 : 0;
        rest = tg_view_of(rest.data + bytes, rest.bytes - bytes);
    }
    return TG_OK;
}

static tg_err file_records(const char *path, struct tg_arena *arena, struct tg_view *records,
                           size_t *ret_count, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    tg_err err = tg_file_read(path, FILE_BYTES_MAX, &file, em);
    if (err) return err;
    err = from_json(tg_buf_view(&file), arena, records, ret_count, em);
    if (err) return tg_context(em, err, "'%s'", path);
    if (!*ret_count) return tg_fail(em, TG_EVALUE, "no record in '%s'", path);
    return TG_OK;
}

tg_err tg_cmd_add(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO_FREE struct tg_view *records = calloc(TG_BATCH_RECORDS_MAX, sizeof *records);
    tg_arena_init(&arena, ARENA_BYTES);
    if (!records) return tg_fail(em, TG_ENOMEM, "out of memory");
    size_t count = 1;
    const char *json = tg_args_text(args, "json", NULL);
    bool by_options = strchr(cli->command, ' ') != NULL;
    if (!by_options && !json)
        return tg_fail(em, TG_EUSAGE, "'add' needs a kind or --json FILE: see 'tamga add --help'");
    tg_err err = by_options ? from_options(cli, args, &arena, records, em)
                            : file_records(json, &arena, records, &count, em);
    if (err) return err;
    struct tg_publish publish = {.records = records,
                                 .record_count = count,
                                 .to = tg_args_text(args, "to", NULL),
                                 .wait_ms = tg_wait_ms(args, 0),
                                 .what = by_options ? cli->command + strlen("add ") : "record"};
    return tg_publish(cli, &publish, em);
}
