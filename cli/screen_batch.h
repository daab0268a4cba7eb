/* Values and names out of a file, gathered into batches, asked of the node, and its answers brought back to their places.
 *
 * Knows no file format and no output. What was asked once and met nothing is not asked again. Verb `screen`: docs/control.md.
 */
#ifndef TG_CLI_SCREEN_BATCH_H
#define TG_CLI_SCREEN_BATCH_H

#include "cli/cli.h"
#include "crypto/hash.h"
#include "match/selector.h"

/* Where something stands. Views are the caller's until tg_screen_value or _name returns; in a hit they live for the call. */
struct tg_screen_place {
    uint64_t line;   /* from 1 */
    unsigned column; /* of a table, from 1; 0: none */
    bool has_at;     /* at counts the bytes before it */
    uint64_t at;
    struct tg_view value; /* as written */
    struct tg_view before, after;
};
/* A row of the answer: a record, or one that says it stays quiet (`cleared`), or that more hold the value (`more`). */
typedef tg_err (*tg_screen_on_row)(void *ctx, const struct tg_screen_place *place,
                                   const struct tg_control_msg *msg, struct tg_errmsg *em);

struct tg_screen_name {
    struct tg_view text;
    const char *birth, *country, *sex; /* as `query` takes them; "" */
};

struct tg_screen_counts {
    uint64_t values, names; /* looked for, those that met nothing before included */
    uint64_t noise;         /* said to identify nobody: not asked */
    uint64_t cleared, hidden;
};

struct tg_screen_batch;
/* file: what the access log calls it. TG_ENOMEM. */
tg_err tg_screen_batch_new(struct tg_cli *cli, const char *file, bool all, tg_screen_on_row on_row, void *ctx,
                           struct tg_screen_batch **ret_batch, struct tg_errmsg *em);
void tg_screen_batch_free(struct tg_screen_batch *batch);
TG_AUTO_PTR_DEFINE(tg_screen_batch, tg_screen_batch_free)
/* Ask nothing yet: whether the caller may, and the node's country (a static empty text until then). */
tg_err tg_screen_begin(struct tg_screen_batch *batch, struct tg_errmsg *em);
const char *tg_screen_country(const struct tg_screen_batch *batch);

/* A row begins, whose document ("passport:TJ:A1234567", or "") keeps judged pairs quiet. */
tg_err tg_screen_row(struct tg_screen_batch *batch, struct tg_view document, struct tg_errmsg *em);
/* no_issuer: of a paper, that nobody knows who issued it. */
tg_err tg_screen_value(struct tg_screen_batch *batch, const struct tg_screen_place *place,
                       const struct tg_selector *form, bool no_issuer, struct tg_errmsg *em);
tg_err tg_screen_name(struct tg_screen_batch *batch, const struct tg_screen_place *place,
                      const struct tg_screen_name *name, struct tg_errmsg *em);
/* Ask what was gathered. */
tg_err tg_screen_flush(struct tg_screen_batch *batch, struct tg_errmsg *em);
const struct tg_screen_counts *tg_screen_counts_of(const struct tg_screen_batch *batch);

#endif
