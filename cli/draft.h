/* A record being written: options become the JSON that tg_record_from_json reads, so that there is one way in.
 *
 * Knows no option. Field names: docs/records.md.
 */
#ifndef TG_CLI_DRAFT_H
#define TG_CLI_DRAFT_H

#include "base/arena.h"
#include "base/bytes.h"

struct tg_draft_node;
/* Nodes live in the arena. Remembers its first failure. */
struct tg_draft {
    struct tg_arena *arena;
    struct tg_draft_node *root;
    tg_err err;
};

void tg_draft_begin(struct tg_draft *draft, struct tg_arena *arena);
/* path: keys joined by dots; "[+]" behind a key begins a new element of a list, "[-]" means its last one:
 * "person.names[+].text", "person.names[-].kind". A value given twice replaces the first. */
void tg_draft_text(struct tg_draft *draft, const char *path, struct tg_view text);
void tg_draft_str(struct tg_draft *draft, const char *path, const char *text);
void tg_draft_number(struct tg_draft *draft, const char *path, int64_t number);
void tg_draft_true(struct tg_draft *draft, const char *path);
/* Is there anything at that path (without "[+]")? */
bool tg_draft_has(const struct tg_draft *draft, const char *path);
/* The JSON text, appended. */
tg_err tg_draft_render(const struct tg_draft *draft, struct tg_buf *out);

#endif
