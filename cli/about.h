/* Records that speak of others: what a person types for them, who is told by default, and publishing one.
 *
 * Knows which fields of a kind point to others, and no more of it. docs/cli.md "Speaking of records".
 */
#ifndef TG_CLI_ABOUT_H
#define TG_CLI_ABOUT_H

#include "cli/fields.h"
#include "cli/row.h"

/* A record that is spoken of, as the node shows it. */
struct tg_about {
    const char *ref;          /* as the node writes it */
    char id[65];              /* hexadecimal */
    const char *readers;      /* partners that have it: node ids with commas between; "" : none */
    const char *readers_text; /* the same for people: countries */
    const struct tg_row *row;
};
tg_err tg_about_get(struct tg_cli *cli, const char *ref, struct tg_arena *arena, struct tg_about *ret_about,
                    struct tg_errmsg *em);

/* Is it written as a short name, a record id or list:number? */
bool tg_about_is_ref(const char *text);

/* Options whose value is REF, NAME or TYPE=VALUE: --person, --subject, --object, --about; and --record, which takes a
 * REF. References are resolved by the node; of one that is held, the name is stated too. */
tg_err tg_about_put(struct tg_cli *cli, struct tg_draft *draft, enum tg_kind kind, const struct tg_args *args,
                    struct tg_errmsg *em);

/* Options and what is in the draft already → one record, published. Without --to it goes to whoever has what it speaks
 * of (told on the screen), or by the node's default when abouts is empty. */
tg_err tg_about_publish(struct tg_cli *cli, struct tg_draft *draft, enum tg_kind kind,
                        const struct tg_args *args, const struct tg_about *abouts, size_t count,
                        struct tg_errmsg *em);

#endif
