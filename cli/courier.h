/* Courier files on this side of the socket: taken from the node into a file, and from a file to the node.
 *
 * Verifies nothing: the node does. Verbs `courier.*`: docs/control.md; files: docs/formats.md "Courier file".
 */
#ifndef TG_CLI_COURIER_H
#define TG_CLI_COURIER_H

#include "cli/cli.h"

/* `export --to`. from_start: also what the peer is known to hold. force: a file of that name is replaced. */
tg_err tg_courier_export(struct tg_cli *cli, const char *peer, const char *path, bool from_start, bool force,
                         struct tg_errmsg *em);

/* `import` of such a file; `front` was read from it already. file_bytes 0: not known. */
tg_err tg_courier_import(struct tg_cli *cli, const char *path, FILE *file, struct tg_view front,
                         uint64_t file_bytes, struct tg_errmsg *em);

#endif
