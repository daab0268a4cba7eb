/* import: a foreign list, read here and handed to the node in batches; each refusal with its line and reason. A courier
 * file goes to cli/courier.c.
 *
 * Knows no format: proto/import.h does. Verbs `import.*`: docs/control.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/courier.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "proto/courier.h"
#include "proto/import.h"

#define REFUSALS_SHOWN 20
#define FRAME_ROOM 4096 /* left in a frame for the rest of the request */

static const char *const formats[] = {"auto", "un", "csv", "jsonl", NULL};

static const char *const delimiters[] = {"comma", "semicolon", "tab", "bar", NULL};
static const char delimiter_bytes[] = ",;\t|";

const struct tg_option tg_import_options[] = {
    {"as", 0, TG_OPTION_CHOICE, false, "FORMAT", "un, csv or jsonl; else told by the content", formats, 0, 0},
    {"encoding", 0, TG_OPTION_TEXT, false, "NAME", "of the text, as windows-1251 or UTF-16; else guessed",
     NULL, 0, 0},
    {"delimiter", 0, TG_OPTION_CHOICE, false, "NAME", "comma, semicolon, tab or bar; else guessed",
     delimiters, 0, 0},
    {"list", 0, TG_OPTION_TEXT, false, "NAME", "the list it is, such as un_sc; makes an import repeatable",
     NULL, 0, 0},
    {"to", 0, TG_OPTION_TEXT, false, "WHO", "KG,UZ or all or none; else the node's default", NULL, 0, 0},
    {"full", 0, TG_OPTION_FLAG, false, NULL, "the file is the whole list: withdraw what is no longer in it",
     NULL, 0, 0},
    {"dry-run", 0, TG_OPTION_FLAG, false, NULL, "only say what would change", NULL, 0, 0},
    {"set", 0, TG_OPTION_TEXT, true, "NAME=VALUE",
     "what the file does not say: tlp, purpose, review, source ...", NULL, 0, 0},
    {"quiet", 0, TG_OPTION_FLAG, false, NULL, "no line for each refused record", NULL, 0, 0},
    TG_OPTION_END,
};

struct counts {
    int64_t created, changed, unchanged, withdrawn, refused, blocked;
};
/* One call. */
struct importing {
    struct tg_cli *cli;
    const struct tg_args *args;
    const char *path;
    FILE *file;
    uint8_t front[TG_COURIER_MAGIC_BYTES]; /* read to see what it is; */
    size_t front_bytes;                    /* what the format's reader has not had of it yet */
    uint64_t read_bytes, file_bytes;
    struct tg_import *import;
    struct tg_progress progress;
    int guess_told; /* 1: encoding, 2: delimiter */
    struct counts counts;
    uint64_t records; /* answered by the node, so durable there */
    uint64_t refused_here, refusals_told;
    uint64_t lines[TG_BATCH_RECORDS_MAX]; /* of the records of the batch that is out */
    size_t in_batch;
    struct tg_errmsg *em;
};

static void importing_release(struct importing *importing)
{
    tg_import_free(importing->import);
    if (importing->file && importing->file != stdin) (void)fclose(importing->file);
}
TG_AUTO_DEFINE(importing, importing_release)

static tg_err file_open(struct importing *importing)
{
    if (strcmp(importing->path, "-") == 0) {
        importing->file = stdin;
        return TG_OK;
    }
    importing->file = fopen(importing->path, "re");
    if (!importing->file && errno == ENOENT)
        return tg_fail(importing->em, TG_ENOENT, "no file '%s'", importing->path);
    if (!importing->file)
        return tg_fail_errno(importing->em, TG_EIO, errno, "cannot read '%s'", importing->path);
    struct stat about;
    bool regular = fstat(fileno(importing->file), &about) == 0 && S_ISREG(about.st_mode);
    if (!regular && fstat(fileno(importing->file), &about) == 0 && S_ISDIR(about.st_mode))
        return tg_fail(importing->em, TG_EIO, "cannot read '%s': it is a folder", importing->path);
    importing->file_bytes = regular ? (uint64_t)about.st_size : 0;
    return TG_OK;
}

static tg_err file_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct importing *importing = ctx;
    size_t front = importing->front_bytes < bytes_max ? importing->front_bytes : bytes_max;
    memcpy(out, importing->front, front);
    memmove(importing->front, importing->front + front, importing->front_bytes - front);
    importing->front_bytes -= front;
    size_t bytes = front ? front : fread(out, 1, bytes_max, importing->file);
    if (!bytes && ferror(importing->file))
        return tg_fail_errno(em, TG_EIO, errno, "cannot read '%s'", importing->path);
    importing->read_bytes += bytes;
    *ret_bytes = bytes;
    return TG_OK;
}

static tg_err profile_set(struct tg_import_profile *profile, const struct tg_args *args,
                          struct tg_arena *arena, struct tg_errmsg *em)
{
    const char *list = tg_args_text(args, "list", NULL), *setting;
    if (list) profile->list = list;
    for (size_t at = 0; (setting = tg_args_each(args, "set", &at));) {
        const char *equals = strchr(setting, '=');
        if (!equals)
            return tg_fail(em, TG_EUSAGE, "'--set' takes NAME=VALUE such as tlp=green, not '%.60s'", setting);
        const char *name = tg_arena_text(arena, tg_view_of(setting, (size_t)(equals - setting)));
        if (!name) return tg_fail(em, TG_ENOMEM, "out of memory");
        tg_err err = tg_import_profile_set(profile, name, equals + 1, em);
        if (err) return err;
    }
    return TG_OK;
}

/* The profile belongs to the format, and the format shows only when the file is open: so a file is opened twice. */
static tg_err import_open(struct importing *importing, enum tg_import_format format, struct tg_arena *arena)
{
    struct tg_import_profile profile;
    struct tg_import_shape shape = {.format = format,
                                    .encoding = tg_args_text(importing->args, "encoding", NULL)};
    if (tg_args_has(importing->args, "delimiter"))
        shape.delimiter = delimiter_bytes[tg_args_number(importing->args, "delimiter", 0)];
    struct tg_import_input input = {.read = file_read, .ctx = importing};
    tg_import_profile_default(format, tg_clock_wall_ms(importing->cli->clock), &profile);
    tg_err err = profile_set(&profile, importing->args, arena, importing->em);
    if (!err) err = tg_import_open(input, &shape, &profile, &importing->import, importing->em);
    return err ? tg_context(importing->em, err, "'%s'", importing->path) : TG_OK;
}

static tg_err import_start(struct importing *importing, struct tg_arena *arena)
{
    static const enum tg_import_format numbers[] = {TG_IMPORT_AUTO, TG_IMPORT_UN_XML, TG_IMPORT_CSV,
                                                    TG_IMPORT_JSON_LINES};
    enum tg_import_format format = numbers[tg_args_number(importing->args, "as", 0)];
    tg_err err = import_open(importing, format, arena);
    if (err || format != TG_IMPORT_AUTO) return err;
    format = tg_import_format_of(importing->import);
    if (importing->file == stdin || fseek(importing->file, 0, SEEK_SET)) return TG_OK;
    tg_import_free(importing->import);
    importing->import = NULL;
    importing->read_bytes = importing->front_bytes = 0;
    return import_open(importing, format, arena);
}

static tg_err begin_send(struct importing *importing)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(importing->cli, &request, "import.begin");
    tg_request_text(&request, "to", tg_args_text(importing->args, "to", NULL));
    const char *list = tg_args_text(importing->args, "list", NULL);
    if (!list && tg_import_format_of(importing->import) == TG_IMPORT_UN_XML) list = "un_sc";
    tg_request_text(&request, "list", list);
    tg_request_number(&request, "full", tg_args_has(importing->args, "full"));
    tg_request_number(&request, "dry_run", tg_args_has(importing->args, "dry-run"));
    tg_request_number(&request, "yes", importing->cli->yes);
    return tg_session_call(importing->cli, &request, NULL, NULL, &arena, NULL, importing->em);
}

static const char *delimiter_name(char delimiter)
{
    const char *at = delimiter ? strchr(delimiter_bytes, delimiter) : NULL;
    return at ? delimiters[at - delimiter_bytes] : "";
}

/* What was guessed and is not the usual, once it is known: of an ASCII file only the first other letter tells. */
static void guess_tell(struct importing *importing)
{
    struct tg_import_reading reading = tg_import_reading_of(importing->import);
    bool encoding = reading.encoding_guessed && strcmp(reading.encoding, "UTF-8") != 0;
    bool delimiter = reading.delimiter_guessed && reading.delimiter != ',';
    if (importing->guess_told == encoding + 2 * delimiter) return;
    importing->guess_told = encoding + 2 * delimiter;
    tg_progress_end(&importing->progress);
    tg_talk(importing->cli, "guessed: ");
    if (encoding) tg_talk(importing->cli, "written in %s", reading.encoding);
    if (delimiter)
        tg_talk(importing->cli, "%sdivided by %s", encoding ? ", " : "", delimiter_name(reading.delimiter));
    tg_talk(importing->cli, "; if that is wrong, give %s%s%s\n", encoding ? "--encoding" : "",
            encoding && delimiter ? " or " : "", delimiter ? "--delimiter" : "");
}

static void refusal_tell(struct importing *importing, uint64_t line, uint64_t column, const char *reason)
{
    if (tg_args_has(importing->args, "quiet") || importing->refusals_told++ >= REFUSALS_SHOWN) return;
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (tg_text_escape(tg_view_str(reason), &safe)) return;
    tg_progress_end(&importing->progress);
    char place[64];
    (void)snprintf(place, sizeof place, column ? "%" PRIu64 ":%" PRIu64 : "%" PRIu64, line, column);
    tg_talk(importing->cli, "refused, line %s: %.*s\n", place, TG_VIEW_PRINT(tg_buf_view(&safe)));
}

static tg_err on_batch(void *ctx, const struct tg_control_msg *msg)
{
    struct importing *importing = ctx;
    if (!tg_row_is(msg, "refused")) return TG_OK;
    int64_t item = tg_control_number(msg, "item", -1);
    uint64_t line = item >= 0 && (size_t)item < importing->in_batch ? importing->lines[item] : 0;
    refusal_tell(importing, line, 0, tg_control_text(msg, "error", "refused by the node"));
    return TG_OK;
}

static void counts_read(const struct tg_control_msg *done, struct counts *counts)
{
    *counts = (struct counts){.created = tg_control_number(done, "new", 0),
                              .changed = tg_control_number(done, "changed", 0),
                              .unchanged = tg_control_number(done, "unchanged", 0),
                              .withdrawn = tg_control_number(done, "withdrawn", 0),
                              .refused = tg_control_number(done, "refused", 0),
                              .blocked = tg_control_number(done, "blocked", 0)};
}

static tg_err batch_send(struct importing *importing, struct tg_request *request)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_err err = tg_session_call(importing->cli, request, on_batch, importing, &arena, NULL, importing->em);
    if (err) return err;
    importing->records += importing->in_batch;
    importing->in_batch = 0;
    tg_progress_at(&importing->progress, importing->read_bytes, importing->file_bytes, importing->records);
    return TG_OK;
}

static void batch_begin(struct importing *importing, struct tg_request *request)
{
    tg_request_release(request);
    tg_request_begin(importing->cli, request, "import.batch");
}

static tg_err record_take(struct importing *importing, struct tg_request *request,
                          const struct tg_import_item *item)
{
    bool full = importing->in_batch == TG_BATCH_RECORDS_MAX ||
                (importing->in_batch &&
                 tg_control_bytes(&request->out) + item->bytes.bytes + FRAME_ROOM > TG_IMPORT_BATCH_BYTES);
    if (full) {
        tg_err err = batch_send(importing, request);
        if (err) return err;
        batch_begin(importing, request);
    }
    importing->lines[importing->in_batch++] = item->line;
    tg_request_data(request, "record", item->bytes);
    return TG_OK;
}

static void item_refused(struct importing *importing, const struct tg_import_item *item)
{
    importing->refused_here++;
    char reason[TG_ERRMSG_BYTES + 128];
    (void)snprintf(reason, sizeof reason, "%s%s%s", item->external_id ? item->external_id : "",
                   item->external_id && item->external_id[0] ? ": " : "",
                   tg_errmsg_text(&item->reason, item->err));
    refusal_tell(importing, item->line, item->column, reason);
}

static tg_err records_send(struct importing *importing)
{
    TG_AUTO(tg_request) struct tg_request request = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    batch_begin(importing, &request);
    struct tg_import_item item = {0};
    do {
        tg_arena_clear(&arena);
        item = (struct tg_import_item){0};
        tg_err err = tg_import_next(importing->import, &arena, &item, importing->em);
        guess_tell(importing);
        if (err) return tg_context(importing->em, err, "'%s'", importing->path);
        if (item.outcome == TG_IMPORT_REFUSED) item_refused(importing, &item);
        if (item.outcome == TG_IMPORT_RECORD) err = record_take(importing, &request, &item);
        if (err) return err;
    } while (item.outcome != TG_IMPORT_END);
    return importing->in_batch ? batch_send(importing, &request) : TG_OK;
}

static tg_err end_send(struct importing *importing)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_request_begin(importing->cli, &request, "import.end");
    tg_err err = tg_session_call(importing->cli, &request, NULL, NULL, &arena, &done, importing->em);
    if (!err) counts_read(&done, &importing->counts);
    return err;
}

/* How the file was read, for who looks at the output later. */
static void reading_put(const struct importing *importing, struct tg_json *json)
{
    struct tg_cli *cli = importing->cli;
    struct tg_import_reading reading = tg_import_reading_of(importing->import);
    const char *delimiter = delimiter_name(reading.delimiter);
    if (cli->format == TG_FORMAT_JSON && reading.encoding)
        tg_json_text(json, "encoding", tg_view_str(reading.encoding));
    if (cli->format == TG_FORMAT_JSON && delimiter[0])
        tg_json_text(json, "delimiter", tg_view_str(delimiter));
    if (cli->format == TG_FORMAT_TSV && reading.encoding) tg_put(cli, "encoding\t%s\n", reading.encoding);
    if (cli->format == TG_FORMAT_TSV && delimiter[0]) tg_put(cli, "delimiter\t%s\n", delimiter);
}

static tg_err counts_put(struct importing *importing)
{
    struct tg_cli *cli = importing->cli;
    const struct counts *counts = &importing->counts;
    int64_t refused = counts->refused + (int64_t)importing->refused_here;
    int64_t taken = counts->created + counts->changed + counts->unchanged + counts->withdrawn;
    /* A refused record costs itself alone; but when nothing else was in the file, the answer is no. */
    cli->answer_no = !taken && refused + counts->blocked > 0;
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {
        {"new", counts->created},         {"changed", counts->changed}, {"unchanged", counts->unchanged},
        {"withdrawn", counts->withdrawn}, {"refused", refused},         {"blocked", counts->blocked}};
    bool dry = tg_args_has(importing->args, "dry-run");
    struct tg_json json;
    if (cli->format == TG_FORMAT_JSON) tg_json_begin(&json, "import");
    if (cli->format == TG_FORMAT_TEXT)
        tg_put(cli, "%s%s\n", tg_import_format_name(tg_import_format_of(importing->import)),
               dry ? ", dry run: nothing was stored" : "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[TG_COUNT_BYTES];
        tg_count_format(rows[i].count, number);
        bool rare = i == 5 && !rows[i].count;
        if (cli->format == TG_FORMAT_JSON) tg_json_number(&json, rows[i].name, rows[i].count);
        if (cli->format == TG_FORMAT_TSV) tg_put(cli, "%s\t%lld\n", rows[i].name, (long long)rows[i].count);
        if (cli->format == TG_FORMAT_TEXT && !rare)
            tg_put(cli, "  %-10s %10s%s\n", rows[i].name, number,
                   i == 5 ? "  withdrawn by an officer before" : "");
    }
    reading_put(importing, &json);
    return cli->format == TG_FORMAT_JSON ? tg_json_put(&json, cli) : TG_OK;
}

/* What was answered stands, whatever came then. */
static void kept_tell(struct importing *importing)
{
    char number[TG_COUNT_BYTES];
    tg_count_format((int64_t)importing->records, number);
    tg_talk(importing->cli, "%s record%s answered and kept; the same import goes on from there\n", number,
            importing->records == 1 ? " is" : "s are");
}

/* *ret_is: it is a courier file, which says itself all that an option could. */
static tg_err courier_look(struct importing *importing, bool *ret_is)
{
    importing->front_bytes = fread(importing->front, 1, sizeof importing->front, importing->file);
    *ret_is = tg_courier_is(tg_view_of(importing->front, importing->front_bytes));
    for (const struct tg_option *option = tg_import_options; *ret_is && option->name; option++)
        if (tg_args_has(importing->args, option->name))
            return tg_fail(importing->em, TG_EUSAGE, "'%.200s' is a courier file: '--%s' is for lists",
                           importing->path, option->name);
    return TG_OK;
}

tg_err tg_cmd_import(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_JSON_BYTES_MAX);
    TG_AUTO(importing)
    struct importing importing = {.cli = cli, .args = args, .path = args->words[0], .em = em};
    bool courier = false;
    tg_err err = file_open(&importing);
    if (!err) err = courier_look(&importing, &courier);
    if (!err && courier)
        return tg_courier_import(cli, importing.path, importing.file,
                                 tg_view_of(importing.front, importing.front_bytes), importing.file_bytes,
                                 em);
    if (!err) err = import_start(&importing, &arena);
    if (!err) err = begin_send(&importing);
    if (err) return err;
    tg_progress_begin(&importing.progress, cli, "import");
    err = records_send(&importing);
    if (!err) err = end_send(&importing);
    tg_progress_end(&importing.progress);
    if (importing.refusals_told > REFUSALS_SHOWN)
        tg_talk(cli, "%" PRIu64 " more were refused; mend these and import again\n",
                importing.refusals_told - REFUSALS_SHOWN);
    if (!err && !importing.records && !importing.refused_here)
        tg_talk(cli, "'%.200s' holds no records\n", importing.path);
    if (err && importing.records && !tg_args_has(args, "dry-run")) kept_tell(&importing);
    return err ? err : counts_put(&importing);
}
