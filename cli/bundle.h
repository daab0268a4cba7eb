/* Evidence bundles made: records, cards, receipts and heads collected from the node into one folder.
 *
 * Knows no proof. Verbs `export`, `log.notes`: docs/control.md; folder: docs/formats-evidence.md.
 */
#ifndef TG_CLI_BUNDLE_H
#define TG_CLI_BUNDLE_H

#include "cli/cli.h"

/* The folder appears whole or not at all. */
tg_err tg_bundle_export(struct tg_cli *cli, const char *folder, const char *const *refs, size_t ref_count,
                        bool contents, struct tg_errmsg *em);

#endif
