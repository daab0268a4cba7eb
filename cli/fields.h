/* Options that say what a record says: one row an option, with the place of its value in the record.
 *
 * Shared by `add` and `alert`. Field names: docs/records.md.
 */
#ifndef TG_CLI_FIELDS_H
#define TG_CLI_FIELDS_H

#include "cli/cli.h"
#include "cli/draft.h"
#include "proto/record.h"

/* Put every option that has a row into the draft; options without one are the command's own. TG_EUSAGE when an option
 * does not belong to that kind, or its value is not of the form that it takes. */
tg_err tg_fields_put(struct tg_draft *draft, enum tg_kind kind, const struct tg_args *args,
                     struct tg_errmsg *em);
/* What every record gets unless it was said: kind, reported time, TLP amber. */
void tg_fields_default(struct tg_draft *draft, enum tg_kind kind, int64_t now_ms);
/* Draft → record bytes, in arena. */
tg_err tg_fields_record(struct tg_draft *draft, struct tg_arena *arena, struct tg_view *ret_bytes,
                        struct tg_errmsg *em);

#endif
