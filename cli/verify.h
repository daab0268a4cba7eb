/* What `verify` shares: the thing that is checked, the cards, and how an answer is told. One row a kind of thing.
 *
 * Knows no node.
 */
#ifndef TG_CLI_VERIFY_H
#define TG_CLI_VERIFY_H

#include "base/arena.h"
#include "cli/command.h"
#include "cli/output.h"
#include "proto/cosigned.h"
#include "proto/tiles.h"

struct tg_verifying {
    struct tg_cli *cli;
    const struct tg_args *args;
    const char *path;
    bool folder;
    struct tg_buf file; /* its bytes; of a folder: none */
    struct tg_buf since;
    struct tg_known_cards known; /* that were given with --card */
    unsigned none;               /* a bit for each step that has nothing to check in this thing */
    struct tg_arena arena;
};

/* A kind of thing that can be checked. The first row whose `is` says yes takes it. */
struct tg_verify_kind {
    const char *name; /* "evidence file" */
    bool (*is)(const struct tg_verifying *verifying);
    /* Tells the answer and returns it: TG_OK, or why it is refused. */
    tg_err (*verify)(struct tg_verifying *verifying, struct tg_errmsg *em);
};
extern const struct tg_verify_kind tg_verify_kinds[];
extern const size_t tg_verify_kinds_count;

bool tg_verify_is_evidence(const struct tg_verifying *verifying);
bool tg_verify_is_proof(const struct tg_verifying *verifying);
bool tg_verify_is_receipt(const struct tg_verifying *verifying);
bool tg_verify_is_cards(const struct tg_verifying *verifying);
bool tg_verify_is_checkpoint(const struct tg_verifying *verifying);
bool tg_verify_is_fork(const struct tg_verifying *verifying);
bool tg_verify_is_withholding(const struct tg_verifying *verifying);
bool tg_verify_is_bundle(const struct tg_verifying *verifying);
bool tg_verify_is_tiles(const struct tg_verifying *verifying);
tg_err tg_verify_evidence(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_proof(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_receipt(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_cards(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_checkpoint(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_fork(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_withholding(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_bundle(struct tg_verifying *verifying, struct tg_errmsg *em);
tg_err tg_verify_tiles(struct tg_verifying *verifying, struct tg_errmsg *em);

/* ---- telling (verify_tell.c) ---- */

/* A row of a kind's table of steps, in the order of checking. */
struct tg_verify_step {
    const char *name, *text;
};
#define TG_VERIFY_STEP(id, name, text) {name, text},
/* "  - ": a point of a list, wrapped. */
void tg_verify_point(struct tg_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Those before failed passed, those behind were not reached; failed = count: all passed. those in none (a bit each) had
 * nothing to check. */
void tg_verify_steps_put(struct tg_cli *cli, const struct tg_verify_step *steps, size_t count, size_t failed,
                         unsigned none);
/* Whether the cosignatures are enough, as a point of what is proven, or of what is not. */
void tg_verify_cosigned_proven(struct tg_cli *cli, const struct tg_cosigned *cosigned);
void tg_verify_cosigned_not_proven(struct tg_cli *cli, const struct tg_cosigned *cosigned);
/* One JSON row `verify`, begun: kind, valid, step, error, why. */
void tg_verify_json_begin(struct tg_json *json, const char *kind, tg_err verdict, const char *step,
                          const struct tg_errmsg *em);
void tg_verify_json_cosigned(struct tg_json *json, const struct tg_cosigned *cosigned);
/* The answer is no: told on stdout; the reason goes to the person. A failure of this machine is not an answer and is
 * returned as it is. Always returns the verdict. */
tg_err tg_verify_refused(struct tg_verifying *verifying, const char *kind, const struct tg_verify_step *steps,
                         size_t count, size_t failed, tg_err verdict, struct tg_errmsg *em);
/* The files of verifying->path, for checks of folders; with a progress bar when progress is not NULL. */
struct tg_verify_folder {
    const char *path;
    struct tg_progress *progress;
};
struct tg_tiles_source tg_verify_source(struct tg_verify_folder *folder);

#endif
