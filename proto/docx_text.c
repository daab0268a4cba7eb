/* The running text of a DOCX document's main part.
 */
#include "proto/docx_text.h"

#include <expat.h>
#include <stdlib.h>

struct tg_docx_text {
    XML_Parser parser;
    struct tg_buf text;
    size_t taken;
    size_t depth;
    bool in_text, ended;
    tg_err err;
};

static void put(struct tg_docx_text *docx, const char *text, size_t bytes)
{
    if (!docx->err) docx->err = tg_buf_put(&docx->text, text, bytes);
    if (docx->err) XML_StopParser(docx->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct tg_docx_text *docx = ctx;
    (void)attributes;
    if (++docx->depth > TG_DOCX_DEPTH_MAX) {
        docx->err = TG_ELIMIT;
        XML_StopParser(docx->parser, XML_FALSE);
    }
    if (strcmp(name, "w:t") == 0 || strcmp(name, "w:instrText") == 0) docx->in_text = true;
    if (strcmp(name, "w:tab") == 0) put(docx, "\t", 1);
    if (strcmp(name, "w:br") == 0 || strcmp(name, "w:cr") == 0) put(docx, "\n", 1);
    if (strcmp(name, "w:noBreakHyphen") == 0) put(docx, "-", 1);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct tg_docx_text *docx = ctx;
    docx->depth--;
    if (strcmp(name, "w:t") == 0) docx->in_text = false;
    if (strcmp(name, "w:instrText") == 0) {
        docx->in_text = false;
        put(docx, " ", 1);
    }
    if (strcmp(name, "w:p") == 0) put(docx, "\n", 1);
    if (strcmp(name, "w:tc") == 0) put(docx, "\t", 1);
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int bytes)
{
    struct tg_docx_text *docx = ctx;
    if (docx->in_text) put(docx, text, (size_t)bytes);
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    struct tg_docx_text *docx = ctx;
    (void)name, (void)system, (void)public, (void)internal;
    docx->err = TG_EFORMAT;
    XML_StopParser(docx->parser, XML_FALSE);
}

struct tg_docx_text *tg_docx_text_new(void)
{
    struct tg_docx_text *docx = calloc(1, sizeof *docx);
    if (!docx) return NULL;
    docx->parser = XML_ParserCreate("UTF-8");
    if (!docx->parser) {
        free(docx);
        return NULL;
    }
    XML_SetUserData(docx->parser, docx);
    XML_SetElementHandler(docx->parser, on_start, on_end);
    XML_SetCharacterDataHandler(docx->parser, on_text);
    XML_SetStartDoctypeDeclHandler(docx->parser, on_doctype);
    return docx;
}

void tg_docx_text_free(struct tg_docx_text *docx)
{
    if (!docx) return;
    XML_ParserFree(docx->parser);
    tg_buf_release(&docx->text);
    free(docx);
}

tg_err tg_docx_text_feed(struct tg_docx_text *docx, struct tg_view xml, struct tg_errmsg *em)
{
    docx->ended = !xml.bytes;
    tg_buf_clear(&docx->text);
    docx->taken = 0;
    if (xml.bytes > TG_IMPORT_CHUNK_BYTES) return tg_fail(em, TG_ELIMIT, "too much XML at once");
    enum XML_Status status =
        XML_Parse(docx->parser, (const char *)xml.data, (int)xml.bytes, docx->ended ? XML_TRUE : XML_FALSE);
    if (docx->err)
        return tg_fail(em, docx->err, "its text is not as DOCX has it: %s", tg_err_text(docx->err));
    if (status != XML_STATUS_ERROR) return TG_OK;
    return tg_fail(em, TG_EFORMAT, "its text is broken at line %lu: %s",
                   XML_GetCurrentLineNumber(docx->parser), XML_ErrorString(XML_GetErrorCode(docx->parser)));
}

size_t tg_docx_text_take(struct tg_docx_text *docx, void *out, size_t bytes_max)
{
    size_t left = docx->text.bytes - docx->taken, bytes = left < bytes_max ? left : bytes_max;
    if (bytes) memcpy(out, docx->text.data + docx->taken, bytes);
    docx->taken += bytes;
    return bytes;
}

bool tg_docx_text_ended(const struct tg_docx_text *docx)
{
    return docx->ended;
}
