/* A log written into a folder as C2SP tlog-tiles, or brought up to date there.
 *
 * Knows no tree: the node makes the files. Verb `log.tiles`: docs/control.md; files: docs/formats-evidence.md.
 */
#ifndef TG_CLI_TILES_H
#define TG_CLI_TILES_H

#include "cli/cli.h"

/* origin: country, node id or origin line. A folder that holds a front part of the same log gets what is new. */
tg_err tg_tiles_export(struct tg_cli *cli, const char *origin, const char *folder, struct tg_errmsg *em);

#endif
