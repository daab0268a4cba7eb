/* The stream of notices, which outlives the node's absence: lost, tried again with back-off, resumed from the cursor.
 *
 * Prints nothing and waits for nothing: its caller polls. Verb `notices`: docs/control.md.
 */
#ifndef TG_CLI_FOLLOW_H
#define TG_CLI_FOLLOW_H

#include "cli/cli.h"

enum tg_follow_event {
    TG_FOLLOW_NOTICE,  /* a row `notice`; its cursor is kept when the call returns */
    TG_FOLLOW_GONE,    /* a row `gone` */
    TG_FOLLOW_WAITING, /* all that was there has been given */
    TG_FOLLOW_LOST,    /* the node went away; msg is NULL */
    TG_FOLLOW_BACK,    /* and is there again; NULL */
    TG_FOLLOW_END,     /* DONE: nothing more comes */
};
typedef tg_err (*tg_on_follow)(void *ctx, enum tg_follow_event event, const struct tg_control_msg *msg);

struct tg_follow {
    struct tg_cli *cli;
    const struct tg_args *args; /* whose options kind, from, precedence, mine go along */
    bool once;                  /* what is there, and no more */
    int64_t cursor;             /* of the last notice; -1: none yet */
    int64_t newest;             /* begin with so many of the newest, while there is no cursor; -1: with all */
    struct tg_control_client *client; /* NULL while the node is away */
    struct tg_arena arena;
    int64_t again_us; /* when to try next */
    unsigned tries;
    bool ended;
};

/* Fill in cli, args, once, cursor and newest, the rest zero; then connect. TG_EUNREACHABLE: no node to begin with. */
tg_err tg_follow_begin(struct tg_follow *follow, struct tg_errmsg *em);
void tg_follow_release(struct tg_follow *follow);
TG_AUTO_DEFINE(tg_follow, tg_follow_release)

/* What to poll for reading, -1 while there is nothing; and for how long at most, -1: no limit. */
int tg_follow_fd(const struct tg_follow *follow);
int tg_follow_timeout_ms(const struct tg_follow *follow);
/* Takes everything that is there, at most TG_CLI_FOLLOW_ROWS_MAX rows, and never waits. The node's FAIL, and anything
 * but TG_OK of on_event, end it with that error. ret_more: there is more to take at once. */
tg_err tg_follow_step(struct tg_follow *follow, tg_on_follow on_event, void *ctx, bool *ret_more,
                      struct tg_errmsg *em);

#endif
