/* The running text of a DOCX document's main part (word/document.xml): paragraphs as lines.
 *
 * Pure: XML goes in piece by piece, UTF-8 comes out. No DOCTYPE, so no entity can be declared. [ECMA-376 part 1, §17]
 */
#ifndef TG_PROTO_DOCX_TEXT_H
#define TG_PROTO_DOCX_TEXT_H

#include "base/bytes.h"
#include "base/limits.h"

struct tg_docx_text;
/* NULL: out of memory. */
struct tg_docx_text *tg_docx_text_new(void);
void tg_docx_text_free(struct tg_docx_text *docx);
/* The next piece; an empty one is the end. Take what came of it before the next. TG_EFORMAT no such XML, TG_ENOMEM. */
tg_err tg_docx_text_feed(struct tg_docx_text *docx, struct tg_view xml, struct tg_errmsg *em);
/* Text that waits, at most bytes_max; 0: none. */
size_t tg_docx_text_take(struct tg_docx_text *docx, void *out, size_t bytes_max);
/* The end was fed. */
bool tg_docx_text_ended(const struct tg_docx_text *docx);

#endif
