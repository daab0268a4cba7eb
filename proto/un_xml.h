/* The tree of one entry of the UN Security Council's consolidated list, between parser and record.
 *
 * Internal to proto/. The list is described at https://www.un.org/sc/resources/sc-sanctions.xsd.
 */
#ifndef TG_PROTO_UN_XML_H
#define TG_PROTO_UN_XML_H

#include "proto/import_impl.h"

struct tg_xml_node {
    const char *name;
    struct tg_view text; /* what stands in it outside its children */
    struct tg_xml_node *first;
    struct tg_xml_node *last;
    struct tg_xml_node *next;
};

/* First child of that name after `after` (NULL: from the start), or NULL. */
const struct tg_xml_node *tg_xml_child(const struct tg_xml_node *node, const char *name,
                                       const struct tg_xml_node *after);
/* Its text, trimmed; empty when there is no such child. */
struct tg_view tg_xml_text(const struct tg_xml_node *node, const char *name);

/* INDIVIDUAL or ENTITY → bytes in the arena. The record or a refusal goes into the item. */
void tg_un_record(const struct tg_import *import, const struct tg_xml_node *entry, struct tg_arena *arena,
                  struct tg_import_item *item);

#endif
