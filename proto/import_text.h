/* A foreign file's bytes, in whatever encoding → UTF-8, piece by piece.
 *
 * Internal to proto/. Must not know: rows. A character that its encoding does not have comes out as TG_IMPORT_BROKEN.
 */
#ifndef TG_PROTO_IMPORT_TEXT_H
#define TG_PROTO_IMPORT_TEXT_H

#include <iconv.h>

#include "proto/import.h"

#define TG_IMPORT_BROKEN 0xFF /* a byte that UTF-8 never has */

enum tg_import_text_state {
    TG_IMPORT_TEXT_ASCII, /* so far: the first other byte decides */
    TG_IMPORT_TEXT_UTF8,
    TG_IMPORT_TEXT_ICONV,
};
struct tg_import_text {
    struct tg_import_input input;
    uint8_t *raw; /* TG_IMPORT_CHUNK_BYTES, as they stand in the file; at..end are not decoded yet */
    size_t at, end;
    bool ended;
    enum tg_import_text_state state;
    bool guessed;
    bool begun; /* a byte-order mark can only be the first character */
    bool flushed;
    iconv_t iconv;
    size_t unit; /* bytes passed over at a broken character */
    char name[TG_ENCODING_NAME_BYTES_MAX + 1];
};

/* Reads a first few bytes, which stay in raw. TG_ENOMEM, what the input returns. Release in any case. */
tg_err tg_import_text_init(struct tg_import_text *text, struct tg_import_input input, struct tg_errmsg *em);
void tg_import_text_release(struct tg_import_text *text);
/* Choose the encoding: the named one (TG_EUSAGE when libc knows none of that name), or by the first bytes. */
tg_err tg_import_text_begin(struct tg_import_text *text, const char *name, struct tg_errmsg *em);
/* The two ways to go on: decoded, and as the bytes stand in the file. Both as tg_import_input.read; ctx is the text. */
tg_err tg_import_text_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em);
tg_err tg_import_text_raw(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em);

/* Whether text that begins with a byte above 0x7F is Windows-1251: it is not UTF-8, and its letters make Cyrillic words. */
bool tg_import_looks_1251(struct tg_view text);

#endif
