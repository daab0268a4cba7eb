/* Foreign files → records: finds the format, hands out one record at a time.
 *
 * Must not know: files, stores, peers. Described in docs/records.md.
 */
#include "proto/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/import_impl.h"
#include "proto/json.h"

static const struct tg_import_driver *const drivers[] = {&tg_import_un_xml, &tg_import_csv,
                                                         &tg_import_json_lines};

static const struct tg_import_driver *driver_of(enum tg_import_format format)
{
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++) {
        if (drivers[i]->format == format) return drivers[i];
    }
    return NULL;
}

const char *tg_import_format_name(enum tg_import_format format)
{
    const struct tg_import_driver *driver = driver_of(format);
    return driver ? driver->name : "auto";
}

static tg_err memory_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct tg_import_memory *memory = ctx;
    (void)em;
    size_t bytes = memory->left.bytes < bytes_max ? memory->left.bytes : bytes_max;
    if (bytes) memcpy(out, memory->left.data, bytes);
    memory->left = tg_view_of(memory->left.data + bytes, memory->left.bytes - bytes);
    *ret_bytes = bytes;
    return TG_OK;
}

struct tg_import_input tg_import_input_memory(struct tg_import_memory *memory)
{
    return (struct tg_import_input){.read = memory_read, .ctx = memory};
}

tg_err tg_import_fill(struct tg_import_reader *reader, struct tg_errmsg *em)
{
    size_t got = 0;
    if (reader->at < reader->end || reader->ended) return TG_OK;
    reader->at = reader->end = 0;
    tg_err err = reader->input.read(reader->input.ctx, reader->chunk, TG_IMPORT_CHUNK_BYTES, &got, em);
    if (err) return err;
    reader->end = got;
    reader->ended = got == 0;
    return TG_OK;
}

enum tg_import_format tg_import_sniff(struct tg_view first)
{
    static const char marks[] = "\xEF\xBB\xBF\xFE\xFF"; /* and the zeros of UTF-16 */
    while (first.bytes && memchr(marks, first.data[0], sizeof marks))
        first = tg_view_of(first.data + 1, first.bytes - 1);
    first = tg_text_trim(first);
    while (first.bytes && first.data[0] == 0)
        first = tg_text_trim(tg_view_of(first.data + 1, first.bytes - 1));
    if (first.bytes && first.data[0] == '<') return TG_IMPORT_UN_XML;
    return first.bytes && first.data[0] == '{' ? TG_IMPORT_JSON_LINES : TG_IMPORT_CSV;
}

/* XML names its own encoding; what the others are in is told or guessed. */
static tg_err input_choose(struct tg_import *import, const char *encoding, struct tg_errmsg *em)
{
    bool xml = import->driver->format == TG_IMPORT_UN_XML;
    import->reader.input = (struct tg_import_input){.read = xml ? tg_import_text_raw : tg_import_text_read,
                                                    .ctx = &import->text};
    if (xml && encoding) return tg_fail(em, TG_EUSAGE, "an XML file names its encoding itself");
    return xml ? TG_OK : tg_import_text_begin(&import->text, encoding, em);
}

static tg_err import_begin(struct tg_import *import, struct tg_import_input input,
                           const struct tg_import_shape *shape, const struct tg_import_profile *profile,
                           struct tg_errmsg *em)
{
    import->reader.chunk = malloc(TG_IMPORT_CHUNK_BYTES);
    if (!import->reader.chunk) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_import_text_init(&import->text, input, em);
    if (err) return err;
    import->profile = *profile;
    import->head = tg_import_head(profile, &import->arena);
    if (!import->head) return tg_fail(em, TG_ENOMEM, "import profile over the memory budget");
    struct tg_view first = tg_view_of(import->text.raw, import->text.end);
    const struct tg_import_driver *driver =
        driver_of(shape->format == TG_IMPORT_AUTO ? tg_import_sniff(first) : shape->format);
    if (!driver) return tg_fail(em, TG_EUSAGE, "no such import format");
    import->driver = driver;
    import->delimiter = shape->delimiter;
    err = input_choose(import, shape->encoding, em);
    return err ? err : driver->open(import, em);
}

tg_err tg_import_open(struct tg_import_input input, const struct tg_import_shape *shape,
                      const struct tg_import_profile *profile, struct tg_import **ret_import,
                      struct tg_errmsg *em)
{
    struct tg_import *import = calloc(1, sizeof *import);
    if (!import) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_arena_init(&import->arena, TG_IMPORT_BUDGET_BYTES);
    tg_err err = import_begin(import, input, shape, profile, em);
    if (err) {
        tg_import_free(import);
        return err;
    }
    *ret_import = import;
    return TG_OK;
}

void tg_import_free(struct tg_import *import)
{
    if (!import) return;
    if (import->driver) import->driver->close(import);
    tg_import_text_release(&import->text);
    tg_arena_release(&import->arena);
    free(import->reader.chunk);
    free(import);
}

enum tg_import_format tg_import_format_of(const struct tg_import *import)
{
    return import->driver->format;
}

struct tg_import_reading tg_import_reading_of(const struct tg_import *import)
{
    bool named = import->text.name[0];
    return (struct tg_import_reading){.encoding = named ? import->text.name : NULL,
                                      .encoding_guessed = named && import->text.guessed,
                                      .delimiter = import->delimiter,
                                      .delimiter_guessed = import->delimiter_guessed};
}

tg_err tg_import_next(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *ret_item,
                      struct tg_errmsg *em)
{
    struct tg_import_item item = {.external_id = ""};
    tg_err err = import->driver->next(import, arena, &item, em);
    if (!err) *ret_item = item;
    return err;
}

tg_err tg_import_refuse(struct tg_import_item *item, tg_err err, const struct tg_errmsg *em)
{
    item->outcome = TG_IMPORT_REFUSED;
    item->err = err;
    item->reason = *em;
    return TG_OK;
}

/* JSON lines: one record of docs/records.md a line; empty lines are passed over. */
struct json_lines {
    struct tg_buf line;
    uint64_t number;
};

static tg_err json_open(struct tg_import *import, struct tg_errmsg *em)
{
    import->state = calloc(1, sizeof(struct json_lines));
    return import->state ? TG_OK : tg_fail(em, TG_ENOMEM, "out of memory");
}

static void json_close(struct tg_import *import)
{
    struct json_lines *state = import->state;
    if (state) tg_buf_release(&state->line);
    free(state);
}

/* The next line without its end into state->line; bytes beyond the limit are dropped and *ret_long says so. */
static tg_err line_take(struct tg_import_reader *reader, struct json_lines *state, bool *ret_any,
                        bool *ret_long, struct tg_errmsg *em)
{
    *ret_any = *ret_long = false;
    tg_buf_clear(&state->line);
    for (;;) {
        tg_err err = tg_import_fill(reader, em);
        if (err || reader->ended) return err;
        *ret_any = true;
        const uint8_t *start = reader->chunk + reader->at;
        const uint8_t *newline = memchr(start, '\n', reader->end - reader->at);
        size_t bytes = newline ? (size_t)(newline - start) : reader->end - reader->at;
        reader->at += bytes + (newline ? 1 : 0);
        if (state->line.bytes + bytes > TG_JSON_BYTES_MAX)
            *ret_long = true;
        else if (tg_buf_put(&state->line, start, bytes))
            return tg_fail(em, TG_ENOMEM, "out of memory");
        if (newline) return TG_OK;
    }
}

static tg_err json_record(struct json_lines *state, struct tg_arena *arena, struct tg_import_item *item)
{
    struct tg_errmsg reason = {0};
    TG_AUTO(tg_arena) struct tg_arena scratch;
    struct tg_record *rec;
    tg_arena_init(&scratch, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_record_from_json(tg_buf_view(&state->line), arena, &item->bytes, &reason);
    if (!err) err = tg_record_decode(item->bytes, &scratch, &rec, &reason);
    if (err) return tg_import_refuse(item, err, &reason);
    item->outcome = TG_IMPORT_RECORD;
    item->kind = rec->kind;
    item->external_id = tg_arena_text(arena, tg_view_str(rec->head->external_id));
    if (!item->external_id) item->external_id = "";
    return TG_OK;
}

static tg_err json_next(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *item,
                        struct tg_errmsg *em)
{
    struct json_lines *state = import->state;
    bool any = true, too_long = false;
    do {
        tg_err err = line_take(&import->reader, state, &any, &too_long, em);
        if (err) return err;
        state->number += any;
    } while (any && !too_long && !tg_text_trim(tg_buf_view(&state->line)).bytes);
    item->line = state->number;
    if (!any) return TG_OK; /* TG_IMPORT_END is 0 */
    struct tg_errmsg reason = {0};
    if (!too_long) return json_record(state, arena, item);
    tg_err err = tg_fail(&reason, TG_ELIMIT, "line of more than %d bytes", TG_JSON_BYTES_MAX);
    return tg_import_refuse(item, err, &reason);
}

const struct tg_import_driver tg_import_json_lines = {
    .name = "jsonl",
    .format = TG_IMPORT_JSON_LINES,
    .open = json_open,
    .next = json_next,
    .close = json_close,
};
