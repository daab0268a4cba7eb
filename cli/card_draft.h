/* Cards between the node that drafts them and the offline machine that signs them.
 *
 * Knows no key. Formats: docs/formats-keys.md "Card draft", "Root file".
 */
#ifndef TG_CLI_CARD_DRAFT_H
#define TG_CLI_CARD_DRAFT_H

#include "cli/cards.h"
#include "proto/prologue.h"

/* An unsigned card, and the signed one that it follows. Zero-initialise. */
struct tg_card_draft {
    struct tg_card_file previous; /* card NULL: there is none, the draft has serial 1 */
    struct tg_card *card;         /* heap */
    bool begins;                  /* a new epoch, with that prologue */
    struct tg_prologue prologue;
};
void tg_card_draft_release(struct tg_card_draft *draft);
TG_AUTO_DEFINE(tg_card_draft, tg_card_draft_release)
tg_err tg_card_draft_encode(const struct tg_card_draft *draft, struct tg_buf *out, struct tg_errmsg *em);
/* "-" is standard input. The draft is well formed and the successor that its previous card may have, signatures apart. */
tg_err tg_card_draft_read(const char *path, struct tg_card_draft *draft, struct tg_errmsg *em);

/* What a person is to see before signing: each line that goes or comes; all of it when there is no card before. */
tg_err tg_card_changes_print(struct tg_cli *cli, const struct tg_card *old, const struct tg_card *card);
/* ... and, when it begins a new epoch, what of the one before is given up. */
void tg_prologue_print(struct tg_cli *cli, const struct tg_prologue *prologue);

/* Public halves of what an offline machine made for a node: all that `init` needs of them. */
struct tg_root_file {
    struct tg_sign_public root;
    struct tg_hash next_root; /* SHA-256 of the next root public key */
    struct tg_seal_public recovery;
};
tg_err tg_root_file_encode(const struct tg_root_file *root, struct tg_buf *out);
tg_err tg_root_file_read(const char *path, struct tg_root_file *ret_root, struct tg_errmsg *em);

/* A note key of that node in that role. */
tg_err tg_card_key_make(const struct tg_node_id *node, enum tg_key_role role, uint32_t epoch,
                        const struct tg_sign_public *public_key, struct tg_note_key *ret_key);

#endif
