/* Building records from foreign files: messages in an arena, texts made fit.
 *
 * Must not know: any foreign format.
 */
#include <string.h>

#include "base/text.h"
#include "proto/import_impl.h"

void *tg_build_new(struct tg_build *build, const ProtobufCMessageDescriptor *pb)
{
    void *msg = tg_arena_take(build->arena, pb->sizeof_message);
    if (msg)
        pb->message_init(msg);
    else
        build->failed = true;
    return msg;
}

void tg_build_begin(struct tg_build *build, const struct tg_import *import, struct tg_arena *arena,
                    enum tg_kind kind)
{
    *build = (struct tg_build){.arena = arena};
    build->record = tg_build_new(build, &tamga__v1__record__descriptor);
    if (!build->record) return;
    build->record->head = tg_arena_copy(arena, import->head, sizeof *import->head);
    build->record->body_case = (Tamga__V1__Record__BodyCase)kind;
    build->record->alert = tg_build_new(build, tg_kind_row_of(kind)->info->pb);
    if (!build->record->head) build->failed = true;
}

tg_err tg_build_end(struct tg_build *build, struct tg_view *ret_bytes, struct tg_errmsg *em)
{
    if (build->failed) return tg_fail(em, TG_ENOMEM, "record over the memory budget");
    return tg_record_pack(build->record, build->arena, ret_bytes, em);
}

/* Arrays grow at each power of two. */
void tg_build_append(struct tg_build *build, void *array_at, size_t *count, const void *message)
{
    void **array;
    if (!message) return;
    memcpy(&array, array_at, sizeof array);
    if ((*count & (*count - 1)) == 0) {
        size_t capacity = *count ? 2 * *count : 1;
        void **bigger = tg_arena_take_array(build->arena, capacity, sizeof *bigger);
        if (!bigger) {
            build->failed = true;
            return;
        }
        if (*count) memcpy(bigger, array, *count * sizeof *bigger);
        memcpy(array_at, &bigger, sizeof bigger);
        array = bigger;
    }
    memcpy(&array[(*count)++], &message, sizeof message);
}

static char empty_text[1] = "";

char *tg_build_text(struct tg_build *build, struct tg_view text)
{
    if (!text.bytes) return empty_text;
    char *copy = tg_arena_text(build->arena, text);
    if (!copy) build->failed = true;
    return copy ? copy : empty_text;
}

char *tg_build_line(struct tg_build *build, struct tg_view text)
{
    text = tg_text_trim(text);
    char *line = tg_build_text(build, text);
    size_t at = 0;
    for (size_t i = 0; i < text.bytes && line != empty_text; i++) {
        uint8_t c = text.data[i];
        bool space = c <= 0x20 || c == 0x7f;
        if (space && at && line[at - 1] == ' ') continue;
        line[at++] = space ? ' ' : (char)c;
    }
    if (line != empty_text) line[at] = '\0';
    return line;
}

char *tg_build_block(struct tg_build *build, struct tg_view text)
{
    text = tg_text_trim(text);
    char *block = tg_build_text(build, text);
    size_t at = 0;
    for (size_t i = 0; i < text.bytes && block != empty_text; i++) {
        uint8_t c = text.data[i];
        bool newline = c == '\n' || (c == '\r' && (i + 1 == text.bytes || text.data[i + 1] != '\n'));
        if (newline)
            block[at++] = '\n';
        else if (c == '\t' || (c >= 0x20 && c != 0x7f))
            block[at++] = (char)c;
    }
    if (block != empty_text) block[at] = '\0';
    return block;
}

Tamga__V1__Date *tg_build_date(struct tg_build *build, struct tg_date date)
{
    if (!tg_date_known(date)) return NULL;
    Tamga__V1__Date *msg = tg_build_new(build, &tamga__v1__date__descriptor);
    if (!msg) return NULL;
    msg->year = date.year;
    msg->month = date.month;
    msg->day = date.day;
    return msg;
}

/* Letters only, by block: enough to name the script of a person's name. */
static const struct {
    uint32_t first, last;
    char code[5];
} scripts[] = {
    {'A', 'Z', "Latn"},       {'a', 'z', "Latn"},       {0x00c0, 0x024f, "Latn"}, {0x0370, 0x03ff, "Grek"},
    {0x0400, 0x052f, "Cyrl"}, {0x0531, 0x058f, "Armn"}, {0x05d0, 0x05ff, "Hebr"}, {0x0620, 0x06ff, "Arab"},
    {0x0750, 0x077f, "Arab"}, {0x0900, 0x097f, "Deva"}, {0x0980, 0x09ff, "Beng"}, {0x10a0, 0x10ff, "Geor"},
    {0x1e00, 0x1eff, "Latn"}, {0x3040, 0x30ff, "Jpan"}, {0x4e00, 0x9fff, "Hani"}, {0xac00, 0xd7af, "Hang"},
    {0xfb50, 0xfdff, "Arab"}, {0xfe70, 0xfeff, "Arab"},
};
#define SCRIPTS (sizeof scripts / sizeof *scripts)

const char *tg_import_script(struct tg_view text)
{
    size_t counts[SCRIPTS] = {0}, best = 0;
    if (!tg_utf8_valid(text)) return "";
    while (text.bytes) {
        uint32_t c = tg_utf8_next(&text);
        for (size_t i = 0; i < SCRIPTS; i++) counts[i] += c >= scripts[i].first && c <= scripts[i].last;
    }
    for (size_t i = 1; i < SCRIPTS; i++) {
        if (counts[i] > counts[best]) best = i;
    }
    return counts[best] ? scripts[best].code : "";
}

Tamga__V1__Name *tg_build_name(struct tg_build *build, struct tg_view text, Tamga__V1__NameKind kind)
{
    char *line = tg_build_line(build, text);
    if (!*line) return NULL;
    Tamga__V1__Name *name = tg_build_new(build, &tamga__v1__name__descriptor);
    if (!name) return NULL;
    name->text = line;
    name->kind = kind;
    name->script = tg_build_text(build, tg_view_str(tg_import_script(tg_view_str(line))));
    return name;
}
