/* A file to be screened: what it is, and its bytes, through Debian's own converter where it is a document.
 *
 * Knows no node. The converter is run without a shell, with limits of time, memory and bytes, and is given the open file.
 */
#ifndef TG_CLI_SCREEN_INPUT_H
#define TG_CLI_SCREEN_INPUT_H

#include <sys/types.h>

#include "cli/cli.h"
#include "proto/import.h"

enum tg_screen_kind { TG_SCREEN_AUTO, TG_SCREEN_TABLE, TG_SCREEN_TEXT, TG_SCREEN_PDF, TG_SCREEN_DOCX };

struct tg_docx_text;
/* Zero-initialise; release. */
struct tg_screen_input {
    const char *path;
    FILE *file;
    uint64_t file_bytes,
        read_bytes;           /* of a regular file, else 0; so far, of the file or out of the converter */
    enum tg_screen_kind kind; /* AUTO: table or text, which the decoded bytes tell */
    uint8_t front[4096];
    size_t front_bytes, front_at;
    int pipe; /* of the converter */
    pid_t converter;
    const char *program; /* its name, for messages */
    struct tg_docx_text *docx;
};
/* asked: what --as says. Errors: TG_ENOENT, TG_EIO, TG_EFORMAT no text, TG_EUSAGE a document that comes through a pipe,
 * TG_ESYSTEM no converter, with the package to install. */
tg_err tg_screen_input_open(struct tg_screen_input *input, const char *path, enum tg_screen_kind asked,
                            struct tg_errmsg *em);
/* As tg_import_input.read; ctx is the input. At the end of a document its converter must have ended well. */
tg_err tg_screen_input_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em);
void tg_screen_input_release(struct tg_screen_input *input);
TG_AUTO_DEFINE(tg_screen_input, tg_screen_input_release)

#endif
