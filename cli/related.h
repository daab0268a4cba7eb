/* What belongs to a record that is shown: kept while the answer comes in, then printed in groups.
 *
 * Knows what a relation is called, not how it was found. Rows `related` of verb `show`: docs/control.md.
 */
#ifndef TG_CLI_RELATED_H
#define TG_CLI_RELATED_H

#include "cli/row.h"

struct tg_relation {
    const char *relation, *other; /* other: ref of the further record that it speaks of, or "" */
    struct tg_row *row;
};
struct tg_related {
    struct tg_arena *arena;
    struct tg_relation *items;
    size_t count, capacity;
};
tg_err tg_related_keep(struct tg_related *related, const struct tg_control_msg *msg, struct tg_errmsg *em);
void tg_related_release(struct tg_related *related);
TG_AUTO_DEFINE(tg_related, tg_related_release)

/* Groups for people, else a line each. of is the record that is shown; left: how many found no room in the answer. */
tg_err tg_related_print(struct tg_cli *cli, const struct tg_related *related, const struct tg_row *of,
                        int64_t left);

#endif
