/* The one list of errors, and the message that goes with one.
 *
 * Knows nothing of who failed or why; exit codes are those of docs/cli.md.
 */
#ifndef TG_BASE_ERR_H
#define TG_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* X(name, exit code, text). Exit codes: 0 done, 1 the answer is no, 2 usage, 3 node unreachable,
 * 4 system, 5 not permitted, 70 our bug. */
#define TG_ERR_LIST(X)                                                 \
    X(OK, 0, "ok")                                                     \
    X(ENOMEM, 4, "out of memory or over the budget of this operation") \
    X(EIO, 4, "input or output failed")                                \
    X(ESPACE, 4, "no space left")                                      \
    X(ELIMIT, 1, "over a limit")                                       \
    X(ESHORT, 1, "ends too early")                                     \
    X(ETRAIL, 1, "has bytes left over")                                \
    X(EFORMAT, 1, "is malformed")                                      \
    X(EVALUE, 1, "holds a value that is not allowed")                  \
    X(EVERSION, 1, "is of another version")                            \
    X(EMAGIC, 1, "has the wrong magic")                                \
    X(ESUITE, 1, "uses an unknown suite")                              \
    X(ERESERVED, 1, "has reserved bytes that are not zero")            \
    X(EPOSITION, 1, "stands at another position than asked for")       \
    X(ESIGNATURE, 1, "has a bad signature")                            \
    X(EHASH, 1, "does not match its hash")                             \
    X(ESTANZA, 1, "has no stanza that opens with this key")            \
    X(ECOMMIT, 1, "does not match its key commitment")                 \
    X(EAUDIENCE, 1, "is not addressed to this reader")                 \
    X(EROOT, 1, "does not match its records root")                     \
    X(EITEM, 1, "has an item that does not open")                      \
    X(EKEY, 1, "cites a key that is unknown or not valid there")       \
    X(EPASSPHRASE, 1, "does not open with this passphrase")            \
    X(EEXIST, 1, "exists already")                                     \
    X(ENOENT, 1, "not found")                                          \
    X(EFORK, 1, "shows two histories")                                 \
    X(EWITHDRAWN, 1, "has been withdrawn")                             \
    X(ENEWER, 1, "is newer than this node understands")                \
    X(EUSAGE, 2, "was called wrongly")                                 \
    X(EUNREACHABLE, 3, "the node cannot be reached")                   \
    X(ESYSTEM, 4, "the system refused")                                \
    X(EDAMAGED, 4, "is damaged")                                       \
    X(EBUSY, 4, "is in use")                                           \
    X(EDENIED, 5, "not permitted")                                     \
    X(EBUG, 70, "failed in a way that should not happen")              \
    X(ECOUNT, 1, "has counts that disagree with its lengths")          \
    X(EEPOCH, 1, "is of an epoch that was not begun, or is over")

typedef enum tg_err {
#define TG_ERR_ENUM(name, exit_code, text) TG_##name,
    TG_ERR_LIST(TG_ERR_ENUM)
#undef TG_ERR_ENUM
} tg_err;

#define TG_ERRMSG_BYTES 512

/* Why something failed, in words for a person. Zero-initialise; may be passed as NULL everywhere. */
struct tg_errmsg {
    char text[TG_ERRMSG_BYTES];
};

/* "EIO" and the like, for logs and machine output. Static storage. */
const char *tg_err_name(tg_err err);
/* The list's text. Static storage. */
const char *tg_err_text(tg_err err);
/* The process exit code that stands for it. */
int tg_err_exit_code(tg_err err);
/* The error with that name ("EIO"), or TG_EBUG when there is none. */
tg_err tg_err_from_name(const char *name);
/* The same of the name in lower case ("eio"), as receipts write it. */
tg_err tg_err_from_code(const char *code);

/* Set the message and return err, so that a failure is one line:
 *     return tg_fail(em, TG_EVALUE, "impossible date '%s'", text);
 * Text over TG_ERRMSG_BYTES is cut. em may be NULL. */
tg_err tg_fail(struct tg_errmsg *em, tg_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As tg_fail, with ": " and errno's text behind the message. */
tg_err tg_fail_errno(struct tg_errmsg *em, tg_err err, int saved_errno, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Put context in front of a message that is already there; returns err. */
tg_err tg_context(struct tg_errmsg *em, tg_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The message, or the error's own text when nobody set one. */
const char *tg_errmsg_text(const struct tg_errmsg *em, tg_err err);

#endif
