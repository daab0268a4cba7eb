/* A foreign file's bytes, in whatever encoding → UTF-8, piece by piece.
 *
 * Must not know: rows. Every encoding but UTF-8 is iconv(3)'s.
 */
#include "proto/import_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FIRST_BYTES 64 /* looked at for a byte-order mark or the zeros of UTF-16 */

/* Until so many bytes wait, or the end. */
static tg_err raw_fill(struct tg_import_text *text, size_t bytes, struct tg_errmsg *em)
{
    if (text->at && !text->ended) {
        text->end -= text->at;
        memmove(text->raw, text->raw + text->at, text->end);
        text->at = 0;
    }
    while (!text->ended && text->end - text->at < bytes) {
        size_t got = 0;
        tg_err err = text->input.read(text->input.ctx, text->raw + text->end,
                                      TG_IMPORT_CHUNK_BYTES - text->end, &got, em);
        if (err) return err;
        text->end += got;
        text->ended = got == 0;
    }
    return TG_OK;
}

tg_err tg_import_text_init(struct tg_import_text *text, struct tg_import_input input, struct tg_errmsg *em)
{
    *text = (struct tg_import_text){.input = input};
    text->raw = malloc(TG_IMPORT_CHUNK_BYTES);
    return text->raw ? raw_fill(text, FIRST_BYTES, em) : tg_fail(em, TG_ENOMEM, "out of memory");
}

void tg_import_text_release(struct tg_import_text *text)
{
    if (text->state == TG_IMPORT_TEXT_ICONV) (void)iconv_close(text->iconv);
    free(text->raw);
    *text = (struct tg_import_text){0};
}

/* How many bytes the encoding takes for a plain letter. */
static size_t unit_of(const char *name)
{
    iconv_t back = iconv_open(name, "UTF-8");
    if (back == (iconv_t)-1) return 1;
    size_t used[2];
    for (size_t i = 0; i < 2; i++) {
        char in[] = "AA", out[32], *from = in, *to = out;
        size_t left = i + 1, room = sizeof out;
        (void)iconv(back, NULL, NULL, NULL, NULL);
        (void)iconv(back, &from, &left, &to, &room);
        used[i] = sizeof out - room;
    }
    (void)iconv_close(back);
    return used[1] > used[0] ? used[1] - used[0] : 1;
}

static tg_err encoding_use(struct tg_import_text *text, const char *name, struct tg_errmsg *em)
{
    bool utf8 = strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
    if (strlen(name) > TG_ENCODING_NAME_BYTES_MAX || strchr(name, '/'))
        return tg_fail(em, TG_EUSAGE, "no encoding has a name like '%.40s'", name);
    if (!utf8) {
        text->iconv = iconv_open("UTF-8", name);
        if (text->iconv == (iconv_t)-1)
            return tg_fail(em, TG_EUSAGE,
                           "unknown encoding '%s': 'iconv -l' lists them, such as windows-1251 or UTF-16",
                           name);
        text->unit = unit_of(name);
    }
    text->state = utf8 ? TG_IMPORT_TEXT_UTF8 : TG_IMPORT_TEXT_ICONV;
    memcpy(text->name, name, strlen(name) + 1);
    return TG_OK;
}

static bool begins(struct tg_view first, const char *mark, size_t bytes)
{
    return first.bytes >= bytes && memcmp(first.data, mark, bytes) == 0;
}

/* UTF-16 without a mark: a header line is mostly ASCII, so most bytes at one side of each pair are zero. */
static const char *utf16_by_zeros(struct tg_view first)
{
    size_t zeros[2] = {0, 0}, pairs = first.bytes / 2;
    for (size_t i = 0; i < 2 * pairs; i++) zeros[i % 2] += first.data[i] == 0;
    if (2 * zeros[1] > pairs && 8 * zeros[0] <= zeros[1]) return "UTF-16LE";
    return 2 * zeros[0] > pairs && 8 * zeros[1] <= zeros[0] ? "UTF-16BE" : NULL;
}

static const char *encoding_guess(struct tg_view first)
{
    static const struct {
        const char *mark;
        size_t bytes;
        const char *name;
    } marks[] = {{"\xEF\xBB\xBF", 3, "UTF-8"},
                 {"\xFF\xFE\0\0", 4, "UTF-32LE"},
                 {"\0\0\xFE\xFF", 4, "UTF-32BE"},
                 {"\xFF\xFE", 2, "UTF-16LE"},
                 {"\xFE\xFF", 2, "UTF-16BE"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (begins(first, marks[i].mark, marks[i].bytes)) return marks[i].name;
    first.bytes = first.bytes < FIRST_BYTES ? first.bytes : FIRST_BYTES;
    return utf16_by_zeros(first);
}

tg_err tg_import_text_begin(struct tg_import_text *text, const char *name, struct tg_errmsg *em)
{
    if (name) return encoding_use(text, name, em);
    name = encoding_guess(tg_view_of(text->raw + text->at, text->end - text->at));
    text->guessed = true;
    if (name) return encoding_use(text, name, em);
    memcpy(text->name, "UTF-8", sizeof "UTF-8"); /* which ASCII is */
    return TG_OK;
}

tg_err tg_import_text_raw(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct tg_import_text *text = ctx;
    tg_err err = raw_fill(text, 1, em);
    if (err) return err;
    size_t bytes = text->end - text->at < bytes_max ? text->end - text->at : bytes_max;
    memcpy(out, text->raw + text->at, bytes);
    text->at += bytes;
    *ret_bytes = bytes;
    return TG_OK;
}

/* Where decoded bytes go. */
struct sink {
    uint8_t *data;
    size_t bytes, bytes_max;
};

static void broken_put(struct tg_import_text *text, struct sink *sink, size_t skip)
{
    size_t waiting = text->end - text->at;
    sink->data[sink->bytes++] = TG_IMPORT_BROKEN;
    text->at += skip < waiting ? skip : waiting;
}

/* As many bytes as both sides have. */
static void copy(struct tg_import_text *text, struct sink *sink, size_t bytes)
{
    size_t room = sink->bytes_max - sink->bytes;
    if (bytes > room) bytes = room;
    memcpy(sink->data + sink->bytes, text->raw + text->at, bytes);
    sink->bytes += bytes;
    text->at += bytes;
}

/* ASCII up to the first other byte; with that at the front, what it is of. */
static tg_err ascii_decode(struct tg_import_text *text, struct sink *sink, struct tg_errmsg *em)
{
    size_t run = 0, waiting = text->end - text->at;
    while (run < waiting && text->raw[text->at + run] < 0x80) run++;
    copy(text, sink, run);
    if (run) return TG_OK;
    tg_err err = raw_fill(text, TG_IMPORT_CHUNK_BYTES, em);
    if (err) return err;
    struct tg_view sample = tg_view_of(text->raw + text->at, text->end - text->at);
    return encoding_use(text, tg_import_looks_1251(sample) ? "windows-1251" : "UTF-8", em);
}

static tg_err utf8_decode(struct tg_import_text *text, struct sink *sink, struct tg_errmsg *em)
{
    struct tg_view waiting = tg_view_of(text->raw + text->at, text->end - text->at);
    size_t good = tg_utf8_prefix(waiting);
    if (good) {
        copy(text, sink, good);
        return TG_OK;
    }
    if (waiting.bytes < 4 && !text->ended) return raw_fill(text, 4, em);
    size_t skip = 1;
    while (skip < waiting.bytes && (waiting.data[skip] & 0xC0) == 0x80) skip++;
    broken_put(text, sink, skip);
    return TG_OK;
}

static tg_err iconv_decode(struct tg_import_text *text, struct sink *sink, struct tg_errmsg *em)
{
    char *from = (char *)text->raw + text->at, *to = (char *)sink->data + sink->bytes;
    size_t left = text->end - text->at, room = sink->bytes_max - sink->bytes;
    size_t did = iconv(text->iconv, &from, &left, &to, &room);
    int saved = errno;
    bool stuck = text->at == text->end - left && sink->bytes == sink->bytes_max - room;
    text->at = text->end - left;
    sink->bytes = sink->bytes_max - room;
    if (did != (size_t)-1 && stuck) return tg_fail(em, TG_EBUG, "iconv does not go on");
    if (did == (size_t)-1 && saved == E2BIG && stuck) return tg_fail(em, TG_EBUG, "no room for a character");
    if (did != (size_t)-1 || saved == E2BIG) return TG_OK;
    bool cut = saved == EINVAL; /* in the middle of a character */
    if (cut && !text->ended && left < TG_IMPORT_CHUNK_BYTES) return raw_fill(text, left + 1, em);
    if (room) broken_put(text, sink, cut ? left : text->unit);
    return TG_OK;
}

/* What an encoding with state holds back until the end. */
static void flush(struct tg_import_text *text, struct sink *sink)
{
    if (text->flushed || text->state != TG_IMPORT_TEXT_ICONV) return;
    char *to = (char *)sink->data + sink->bytes;
    size_t room = sink->bytes_max - sink->bytes;
    (void)iconv(text->iconv, NULL, NULL, &to, &room);
    sink->bytes = sink->bytes_max - room;
    text->flushed = true;
}

/* Without a byte-order mark in front. */
static void mark_drop(struct tg_import_text *text, struct sink *sink)
{
    if (!text->begun && begins(tg_view_of(sink->data, sink->bytes), "\xEF\xBB\xBF", 3)) {
        sink->bytes -= 3;
        memmove(sink->data, sink->data + 3, sink->bytes);
    }
    text->begun = text->begun || sink->bytes;
}

tg_err tg_import_text_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    static tg_err (*const decode[])(struct tg_import_text *, struct sink *, struct tg_errmsg *) = {
        [TG_IMPORT_TEXT_ASCII] = ascii_decode,
        [TG_IMPORT_TEXT_UTF8] = utf8_decode,
        [TG_IMPORT_TEXT_ICONV] = iconv_decode,
    };
    struct tg_import_text *text = ctx;
    struct sink sink = {.data = out, .bytes_max = bytes_max};
    while (!sink.bytes) {
        tg_err err = raw_fill(text, 1, em);
        bool over = text->at == text->end;
        if (!err && !over) err = decode[text->state](text, &sink, em);
        if (err) return err;
        if (over) flush(text, &sink);
        bool bare = sink.bytes == 0;
        mark_drop(text, &sink);
        if (over && bare) break;
    }
    *ret_bytes = sink.bytes;
    return TG_OK;
}
