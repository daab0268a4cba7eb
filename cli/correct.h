/* A new version of one of our own records: fetched, changed, compared, sent to everybody who got the old one.
 *
 * Shared by `correct` and `review`. Knows no option.
 */
#ifndef TG_CLI_CORRECT_H
#define TG_CLI_CORRECT_H

#include "cli/cli.h"
#include "proto/record.h"

struct tg_correction {
    const char *ref;
    const char *why;
    const char *dispute;      /* ref of the dispute that it decides; NULL: none */
    const char *const *unset; /* paths */
    size_t unset_count;
    bool dry_run;
    int64_t wait_ms;
    /* What changes, as a JSON object, appended to out; it may depend on the kind. */
    tg_err (*patch)(void *ctx, struct tg_cli *cli, enum tg_kind kind, struct tg_buf *out,
                    struct tg_errmsg *em);
    void *ctx;
};
/* Prints what changes, asks at a terminal, sends. TG_EVALUE when nothing changes. */
tg_err tg_correct(struct tg_cli *cli, const struct tg_correction *correction, struct tg_errmsg *em);

#endif
