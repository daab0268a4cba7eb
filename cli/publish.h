/* Records on their way out: sealed by the node, and who has stored them.
 *
 * Knows no kind. Verb `publish`: docs/control.md.
 */
#ifndef TG_CLI_PUBLISH_H
#define TG_CLI_PUBLISH_H

#include "cli/cli.h"

struct tg_publish {
    const struct tg_view *records; /* at most TG_BATCH_RECORDS_MAX */
    size_t record_count;
    const char *to;     /* NULL: the node's default */
    int64_t precedence; /* 0..3 */
    int64_t wait_ms;    /* how long to wait for receipts */
    const char *until;  /* "read", "answered": of an alert, how far to watch; NULL: until it is stored */
    const char *what;   /* "FLASH alert", for people */
};
/* Sends, and prints refs, then one line for every addressee that has stored them, then who has not. Sets
 * cli->answer_no when not all had within wait_ms (and there was a wait). */
tg_err tg_publish(struct tg_cli *cli, const struct tg_publish *publish, struct tg_errmsg *em);

/* The same for a verb that makes its own records: request is built but for its wait_ms; rows of other sorts go to
 * on_other (may be NULL). publish gives what and wait_ms alone. */
typedef tg_err (*tg_on_other)(struct tg_cli *cli, const struct tg_control_msg *msg);
struct tg_request;
tg_err tg_publish_request(struct tg_cli *cli, struct tg_request *request, const struct tg_publish *publish,
                          tg_on_other on_other, struct tg_errmsg *em);

/* When the node says that somebody was shown what is replaced or taken back. */
void tg_readers_tell(struct tg_cli *cli, const struct tg_control_msg *done, const char *what);

/* A ref as typed → record id, by asking the node. 64 hex digits need no node. */
tg_err tg_ref_resolve(struct tg_cli *cli, const char *ref, uint8_t ret_id[static 32], struct tg_errmsg *em);

/* The record itself, as the node shows it, in the arena. */
struct tg_row;
tg_err tg_ref_row(struct tg_cli *cli, const char *ref, struct tg_arena *arena, struct tg_row **ret_row,
                  struct tg_errmsg *em);

/* --wait SECONDS of a command → ms. */
int64_t tg_wait_ms(const struct tg_args *args, int64_t fallback_ms);

#endif
