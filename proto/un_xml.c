/* The UN Security Council's consolidated list, read as a stream: one small tree an entry.
 *
 * No DOCTYPE, so no entity can be declared; depth, entry and file have limits. Must not know: records.
 */
#include "proto/un_xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

struct un_xml {
    XML_Parser parser;
    struct tg_arena entry_arena;
    struct tg_xml_node *open[TG_XML_DEPTH_MAX]; /* from the entry down to where we are */
    size_t depth;                               /* of elements in the file */
    size_t entry_depth;                         /* elements of `open` in use; 0: outside an entry */
    struct tg_buf text;                         /* of the innermost element, until its end */
    struct tg_xml_node *ready;                  /* the entry that entry_done speaks of */
    bool entry_done;
    uint64_t entry_line;
    uint64_t total_bytes;
    bool over; /* the entry is too large; passed over to its end */
    bool suspended;
    bool finished;
    tg_err refused; /* why we stopped the parser ourselves */
    struct tg_errmsg reason;
};

const struct tg_xml_node *tg_xml_child(const struct tg_xml_node *node, const char *name,
                                       const struct tg_xml_node *after)
{
    for (const struct tg_xml_node *child = after ? after->next : node->first; child; child = child->next) {
        if (strcmp(child->name, name) == 0) return child;
    }
    return NULL;
}

struct tg_view tg_xml_text(const struct tg_xml_node *node, const char *name)
{
    const struct tg_xml_node *child = tg_xml_child(node, name, NULL);
    return child ? tg_text_trim(child->text) : (struct tg_view){0};
}

static void stop(struct un_xml *un, tg_err err)
{
    if (!un->refused) un->refused = err;
    XML_StopParser(un->parser, XML_FALSE);
}

static struct tg_xml_node *node_new(struct un_xml *un, const char *name)
{
    struct tg_xml_node *node = tg_arena_take(&un->entry_arena, sizeof *node);
    if (node) node->name = tg_arena_text(&un->entry_arena, tg_view_str(name));
    if (!node || !node->name) {
        un->over = true;
        return NULL;
    }
    return node;
}

/* Line ends and indentation are the file's, not the list's: every run of blanks is one. In place. */
static void blanks_fold(struct tg_buf *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->bytes; i++) {
        bool blank = text->data[i] == ' ' || (text->data[i] >= '\t' && text->data[i] <= '\r');
        if (blank && kept && text->data[kept - 1] == ' ') continue;
        text->data[kept++] = blank ? ' ' : text->data[i];
    }
    text->bytes = kept;
}

/* The text gathered so far belongs to the innermost open element. */
static void text_close(struct un_xml *un)
{
    struct tg_xml_node *node = un->entry_depth ? un->open[un->entry_depth - 1] : NULL;
    if (!un->text.bytes || !node) return;
    blanks_fold(&un->text);
    if (tg_text_trim(tg_buf_view(&un->text)).bytes) {
        const void *copy = tg_arena_copy(&un->entry_arena, un->text.data, un->text.bytes);
        if (copy)
            node->text = tg_view_of(copy, un->text.bytes);
        else
            un->over = true;
    }
    tg_buf_clear(&un->text);
}

static bool is_entry(const char *name)
{
    return strcmp(name, "INDIVIDUAL") == 0 || strcmp(name, "ENTITY") == 0;
}

static void node_open(struct un_xml *un, const char *name)
{
    text_close(un);
    struct tg_xml_node *node = un->over ? NULL : node_new(un, name);
    struct tg_xml_node *parent = un->entry_depth ? un->open[un->entry_depth - 1] : NULL;
    if (node && parent) {
        if (parent->last)
            parent->last->next = node;
        else
            parent->first = node;
        parent->last = node;
    }
    un->open[un->entry_depth++] = node;
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
    struct un_xml *un = ctx;
    (void)attributes;
    if (un->depth == 0 && strcmp(name, "CONSOLIDATED_LIST") != 0) {
        stop(un, tg_fail(&un->reason, TG_EFORMAT,
                         "root element is '%.64s', not the UN list's CONSOLIDATED_LIST", name));
        return;
    }
    if (un->depth + 1 >= TG_XML_DEPTH_MAX) {
        stop(un, tg_fail(&un->reason, TG_ELIMIT, "elements nested deeper than %d", TG_XML_DEPTH_MAX));
        return;
    }
    if (!un->entry_depth && is_entry(name)) {
        tg_arena_clear(&un->entry_arena);
        tg_buf_clear(&un->text);
        un->over = false;
        un->entry_line = XML_GetCurrentLineNumber(un->parser);
    }
    if (un->entry_depth || is_entry(name)) node_open(un, name);
    un->depth++;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
    struct un_xml *un = ctx;
    (void)name;
    un->depth--;
    if (!un->entry_depth) return;
    text_close(un);
    struct tg_xml_node *node = un->open[--un->entry_depth];
    if (un->entry_depth) return;
    un->ready = node;
    un->entry_done = true;
    XML_StopParser(un->parser, XML_TRUE); /* resumed when the entry has been taken */
}

static void XMLCALL on_text(void *ctx, const char *text, int bytes)
{
    struct un_xml *un = ctx;
    if (!un->entry_depth || un->over || bytes <= 0) return;
    if (un->text.bytes + (size_t)bytes > TG_XML_ENTRY_BYTES_MAX)
        un->over = true;
    else if (tg_buf_put(&un->text, text, (size_t)bytes))
        stop(un, tg_fail(&un->reason, TG_ENOMEM, "out of memory"));
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system, const char *public,
                               int internal)
{
    struct un_xml *un = ctx;
    (void)name, (void)system, (void)public, (void)internal;
    stop(un, tg_fail(&un->reason, TG_EFORMAT, "holds a DOCTYPE, which the UN list never has; refused"));
}

static void un_close(struct tg_import *import)
{
    struct un_xml *un = import->state;
    if (!un) return;
    if (un->parser) XML_ParserFree(un->parser);
    tg_arena_release(&un->entry_arena);
    tg_buf_release(&un->text);
    free(un);
}

static tg_err un_open(struct tg_import *import, struct tg_errmsg *em)
{
    struct un_xml *un = calloc(1, sizeof *un);
    if (!un) return tg_fail(em, TG_ENOMEM, "out of memory");
    import->state = un;
    tg_arena_init(&un->entry_arena, TG_XML_ENTRY_BYTES_MAX);
    un->parser = XML_ParserCreate(NULL);
    if (!un->parser) return tg_fail(em, TG_ENOMEM, "out of memory");
    XML_SetUserData(un->parser, un);
    XML_SetElementHandler(un->parser, on_start, on_end);
    XML_SetCharacterDataHandler(un->parser, on_text);
    XML_SetStartDoctypeDeclHandler(un->parser, on_doctype);
    return TG_OK;
}

static tg_err xml_fail(const struct un_xml *un, struct tg_errmsg *em)
{
    tg_err err = un->refused ? un->refused : TG_EFORMAT;
    const char *why = un->refused ? un->reason.text : XML_ErrorString(XML_GetErrorCode(un->parser));
    return tg_fail(em, err, "XML is broken at line %lu:%lu: %s", XML_GetCurrentLineNumber(un->parser),
                   XML_GetCurrentColumnNumber(un->parser) + 1, why);
}

/* Give the parser the next chunk, or go on where it was stopped. */
static tg_err un_step(struct tg_import *import, struct tg_errmsg *em)
{
    struct un_xml *un = import->state;
    struct tg_import_reader *reader = &import->reader;
    enum XML_Status status;
    if (un->suspended) {
        status = XML_ResumeParser(un->parser);
    } else {
        tg_err err = tg_import_fill(reader, em);
        if (err) return err;
        size_t bytes = reader->end - reader->at;
        un->total_bytes += bytes;
        if (un->total_bytes > TG_XML_BYTES_MAX) {
            return tg_fail(em, TG_ELIMIT, "XML of more than %d bytes", TG_XML_BYTES_MAX);
        }
        status = XML_Parse(un->parser, (const char *)reader->chunk + reader->at, (int)bytes, reader->ended);
        reader->at = reader->end;
    }
    XML_ParsingStatus parsing;
    XML_GetParsingStatus(un->parser, &parsing);
    un->suspended = status == XML_STATUS_SUSPENDED;
    un->finished = parsing.parsing == XML_FINISHED;
    return status == XML_STATUS_ERROR ? xml_fail(un, em) : TG_OK;
}

static tg_err un_next(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *item,
                      struct tg_errmsg *em)
{
    struct un_xml *un = import->state;
    un->entry_done = false;
    while (!un->entry_done) {
        if (un->finished) return TG_OK; /* TG_IMPORT_END */
        tg_err err = un_step(import, em);
        if (err) return err;
    }
    struct tg_errmsg reason = {0};
    item->line = un->entry_line;
    if (un->over || !un->ready) {
        tg_err err = tg_fail(&reason, TG_ELIMIT, "entry of more than %d bytes", TG_XML_ENTRY_BYTES_MAX);
        return tg_import_refuse(item, err, &reason);
    }
    tg_un_record(import, un->ready, arena, item);
    return TG_OK;
}

const struct tg_import_driver tg_import_un_xml = {
    .name = "un_xml",
    .format = TG_IMPORT_UN_XML,
    .open = un_open,
    .next = un_next,
    .close = un_close,
};
