/* Any bytes in any encoding (the first byte chooses): what comes out is UTF-8 or the mark for broken, and does not hang on
 * the pieces that the bytes came in. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "proto/import_text.h"

static const char *const encodings[] = {NULL,       "UTF-8",        "windows-1251", "UTF-16",
                                        "UTF-16LE", "UTF-16BE",     "UTF-32LE",     "KOI8-R",
                                        "IBM866",   "windows-1255", "GB18030",      "ISO-2022-JP"};

struct pieces {
    struct tg_view left;
    size_t bytes;
};
static tg_err pieces_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct pieces *pieces = ctx;
    size_t bytes = pieces->left.bytes < pieces->bytes ? pieces->left.bytes : pieces->bytes;
    (void)em;
    if (bytes > bytes_max) bytes = bytes_max;
    if (bytes) memcpy(out, pieces->left.data, bytes);
    pieces->left = tg_view_of(pieces->left.data + bytes, pieces->left.bytes - bytes);
    *ret_bytes = bytes;
    return TG_OK;
}

static void decode(struct tg_view bytes, size_t piece, const char *encoding, struct tg_buf *out)
{
    struct pieces pieces = {bytes, piece};
    struct tg_import_text text;
    uint8_t part[97];
    if (tg_import_text_init(&text, (struct tg_import_input){.read = pieces_read, .ctx = &pieces}, NULL))
        abort();
    if (tg_import_text_begin(&text, encoding, NULL)) abort();
    for (size_t got = 1; got;) {
        if (tg_import_text_read(&text, part, sizeof part, &got, NULL) || got > sizeof part) abort();
        if (tg_buf_put(out, part, got)) abort();
    }
    tg_import_text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_buf) struct tg_buf whole = {0}, drop = {0};
    if (!bytes || bytes > 4096) return 0;
    const char *encoding = encodings[data[0] % (sizeof encodings / sizeof encodings[0])];
    struct tg_view text = tg_view_of(data + 1, bytes - 1);
    decode(text, bytes, encoding, &whole);
    decode(text, 1, encoding, &drop);
    if (!tg_view_equal(tg_buf_view(&whole), tg_buf_view(&drop))) abort();
    for (size_t i = 0; i < whole.bytes; i++)
        if (whole.data[i] == TG_IMPORT_BROKEN) whole.data[i] = '?';
    if (!tg_utf8_valid(tg_buf_view(&whole))) abort();
    return 0;
}
