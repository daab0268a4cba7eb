/* add: one statement, from options or from the JSON that `show` prints.
 *
 * Knows no schema beyond its tables: fields are places in JSON (cli/fields.c), checked by proto/.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/about.h"
#include "cli/command.h"
#include "cli/fields.h"
#include "cli/option_rows.h"
#include "cli/output.h"
#include "cli/publish.h"
#include "proto/json.h"

#define FILE_BYTES_MAX (16 * TG_JSON_BYTES_MAX)
#define ARENA_BYTES (TG_BATCH_RECORDS_MAX * 131072)

#define SENDING \
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else the node's default"), TG_ROW_WAIT, TG_OPTION_END

const struct tg_option tg_add_options[] = {
    {"json", 0, TG_OPTION_FILE, false, "FILE",
     "records as 'show --format json' prints them; '-': standard input", NULL, 0, 0},
    SENDING,
};
const struct tg_option tg_add_indicator_options[] = {
    TG_ROW_MANY("selector", "TYPE=VALUE", "phone=+992900000001, telegram=@name, imei=...; may repeat"),
    TG_ROW_TEXT("use", "TEXT", "what it serves for"),
    TG_ROW_ONE_OF("on-hit", TG_ENUM_ON_HIT, "inform, check, locate, stop, seize or warn"),
    TG_ROW_DATE("valid-from", "since when it is in use"),
    TG_ROW_DATE("valid-until", "until when"),
    TG_ROW_TEXT("category", "TEXT", "as the service sorts them"),
    TG_ROW_TEXT("facility", "NAME", "where it was found or is used"),
    TG_ROW_TEXT("facility-country", "CC", "and its country"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_person_options[] = {
    TG_ROW_MANY("name", "TEXT", "as written, any script; may repeat"),
    TG_ROW_MANY("alias", "TEXT", "another good name; may repeat"),
    TG_ROW_MANY("weak-alias", "TEXT", "a name that fits many"),
    TG_ROW_MANY("kunya", "TEXT", "Abu ..."),
    {"birth", 0, TG_OPTION_DATE, true, "DATE", "1984, 1984-07 or 1984-07-21; may repeat", NULL, 0, 0},
    TG_ROW_MANY("birth-place", "TEXT", "where born"),
    TG_ROW_ONE_OF("sex", TG_ENUM_SEX, "male, female, other"),
    TG_ROW_MANY("nationality", "CC", "country; may repeat"),
    TG_ROW_MANY("document", "TYPE:CC:NUMBER", "passport:TJ:A1234567; may repeat"),
    TG_ROW_MANY("selector", "TYPE=VALUE", "phone=..., telegram=...; may repeat"),
    TG_ROW_MANY("role", "TEXT", "what part they play"),
    TG_ROW_ONE_OF("status", TG_ENUM_PERSON_STATUS, "suspect, wanted, convicted, witness ... (needed)"),
    {"minor", 0, TG_OPTION_FLAG, false, NULL, "under 18", NULL, 0, 0},
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_cell_options[] = {
    TG_ROW_MANY("name", "TEXT", "what it is called"),
    TG_ROW_MANY("alias", "TEXT", "another name"),
    TG_ROW_ONE_OF("kind", TG_ENUM_CELL_KIND, "prison_cell, cell, network, organisation ..."),
    TG_ROW_TEXT("facility", "NAME", "the facility it is in"),
    TG_ROW_TEXT("facility-country", "CC", "and its country"),
    TG_ROW_TEXT("size", "LOW-HIGH", "how many, as estimated: 15-20"),
    TG_ROW_DATE("size-as-of", "when that was so"),
    TG_ROW_ONE_OF("status", TG_ENUM_CELL_STATUS, "forming, active, dormant, dismantled"),
    TG_ROW_TEXT("parent", "TEXT", "organisation above it"),
    TG_ROW_MANY("selector", "TYPE=VALUE", "what it uses; may repeat"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_facility_options[] = {
    TG_ROW_MANY("name", "TEXT", "its name (needed)"),
    TG_ROW_MANY("alias", "TEXT", "another name"),
    TG_ROW_ONE_OF("kind", TG_ENUM_FACILITY_KIND, "prison, pretrial, camp, border_post ..."),
    TG_ROW_TEXT("country", "CC", "its country"),
    TG_ROW_TEXT("place", "TEXT", "where it is"),
    TG_ROW_TEXT("regime", "TEXT", "such as maximum security"),
    TG_ROW_COUNT("capacity", "places"),
    TG_ROW_COUNT("held", "held there"),
    TG_ROW_COUNT("staff", "staff on duty"),
    TG_ROW_DATE("held-as-of", "when that was so"),
    TG_ROW_TEXT("operator", "TEXT", "who runs it"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_incident_options[] = {
    TG_ROW_ONE_OF("kind", TG_ENUM_INCIDENT_KIND, "riot, escape_attempt, smuggling, propagation ... (needed)"),
    TG_ROW_TEXT("title", "TEXT", "in one line"),
    TG_ROW_TEXT("facility", "NAME", "where"),
    TG_ROW_TEXT("facility-country", "CC", "and its country"),
    TG_ROW_TEXT("place", "TEXT", "or another place"),
    TG_ROW_DATE("from", "first day, as far as known"),
    TG_ROW_DATE("until", "last day"),
    {"at", 0, TG_OPTION_TIME, false, "TIME", "or the hour", NULL, 0, 0},
    TG_ROW_ONE_OF("status", TG_ENUM_INCIDENT_STATUS, "ongoing, ended, prevented"),
    TG_ROW_TEXT("outcome", "TEXT", "how it ended"),
    TG_ROW_TEXT("participants", "LOW-HIGH", "how many took part"),
    TG_ROW_TEXT("occurrences", "LOW-HIGH", "how often; '2-' is two or more"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
const struct tg_option tg_add_assessment_options[] = {
    TG_ROW_ONE_OF("factor", TG_ENUM_FACTOR, "monitoring, training, overcrowding, cooperation ... (needed)"),
    TG_ROW_TEXT("text", "TEXT", "the assessment (needed)"),
    TG_ROW_TEXT("scope", "TEXT", "what it is about"),
    TG_ROW_TEXT("country", "CC", "country it is about"),
    TG_ROW_TEXT("facility", "NAME", "or one facility"),
    TG_ROW_TEXT("facility-country", "CC", "and its country"),
    TG_ROW_ONE_OF("severity", TG_ENUM_SEVERITY, "low, moderate, high, critical"),
    TG_ROW_TEXT("basis", "TEXT", "what it rests on"),
    TG_ROW_DATE("as-of", "when it was so"),
    SENDING,
};
const struct tg_option tg_add_measure_options[] = {
    TG_ROW_TEXT("action", "TEXT", "what is to be done (needed)"),
    TG_ROW_TEXT("area", "TEXT", "of policy"),
    TG_ROW_TEXT("objective", "TEXT", "what for"),
    TG_ROW_TEXT("expected", "TEXT", "outcome expected"),
    TG_ROW_TEXT("responsible", "TEXT", "who does it"),
    TG_ROW_TEXT("country", "CC", "whose it is"),
    TG_ROW_TEXT("facility", "NAME", "or one facility's"),
    TG_ROW_TEXT("facility-country", "CC", "and its country"),
    TG_ROW_DATE("start", "when it begins"),
    TG_ROW_DATE("due", "when it must be done"),
    TG_ROW_COUNT("months", "or the time limit in months"),
    TG_ROW_ONE_OF("status", TG_ENUM_MEASURE_STATUS, "proposed, agreed, running, done ..."),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    SENDING,
};
/* What every record may state of itself. */
const struct tg_option tg_head_options[] = {
    TG_ROW_ONE_OF("source-type", TG_ENUM_SOURCE_TYPE,
                  "human, technical, open, press, court, partner, custody ..."),
    TG_ROW_TEXT("source", "TEXT", "name of the paper, court, service"),
    TG_ROW_TEXT("source-ref", "TEXT", "its number, page, address"),
    TG_ROW_DATE("source-date", "of the source"),
    TG_ROW_TEXT("grade", "C3", "reliability A-F and credibility 1-6"),
    TG_ROW_ONE_OF("tlp", TG_ENUM_TLP, "clear, green, amber (default), amber_strict, red"),
    TG_ROW_ONE_OF("pap", TG_ENUM_PAP, "what may be done with it"),
    TG_ROW_ONE_OF("release", TG_ENUM_RELEASE, "orcon, national, free"),
    TG_ROW_TEXT("purpose", "TEXT", "why it is kept"),
    TG_ROW_TEXT("legal-basis", "TEXT", "by what right"),
    TG_ROW_DATE("review", "when it must be looked at again"),
    TG_ROW_DATE("expiry", "when it ends"),
    TG_ROW_DATE("observed-from", "when it was observed"),
    TG_ROW_DATE("observed-to", "until when"),
    TG_ROW_TEXT("agency", "TEXT", "of the origin"),
    TG_ROW_TEXT("desk", "TEXT", "of the agency"),
    TG_ROW_TEXT("list", "NAME", "outside list it comes from"),
    TG_ROW_TEXT("external-id", "ID", "its number there"),
    TG_ROW_TEXT("language", "TAG", "of the texts"),
    TG_ROW_TEXT("remark", "TEXT", "a note to readers"),
    TG_ROW_TEXT("supersedes", "ID", "id of the record that this one replaces"),
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
