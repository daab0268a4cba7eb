/* Messages on the control socket, between a program on this machine and its node.
 *
 * Generic on purpose: a verb and named fields; what a verb means is the service's business. Knows no socket.
 * Bytes: docs/formats-wire.md, proto/control.proto.
 */
#ifndef TG_PROTO_CONTROL_H
#define TG_PROTO_CONTROL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"

#define TG_CONTROL_VERSION 1
/* HPKE info of the recovery secret that verb `recovery` is given, its NUL included. */
#define TG_CONTROL_RECOVERY_INFO "tamga/recovery-key/v1"
/* Every frame: u32 length of what follows, then that many bytes, 1..TG_CONTROL_FRAME_BYTES_MAX. */
#define TG_CONTROL_HEADER_BYTES 4

enum tg_control_kind {
    TG_CONTROL_REQUEST = 1,  /* client: verb, reason, fields */
    TG_CONTROL_ROW = 2,      /* node: one line of the answer */
    TG_CONTROL_PROGRESS = 3, /* node: how far, for a progress bar; may be dropped */
    TG_CONTROL_ASK = 4,      /* node: a question that the client answers with a further request */
    TG_CONTROL_DONE = 5,     /* node: the answer is complete; fields sum it up */
    TG_CONTROL_FAIL = 6,     /* node: the answer ends here, with an error and a message */
};

enum tg_control_type { TG_CONTROL_TEXT, TG_CONTROL_DATA, TG_CONTROL_NUMBER };

struct tg_control_field {
    const char *name;
    enum tg_control_type type;
    struct tg_view data; /* TEXT: UTF-8 without NUL, and a NUL behind it; DATA: any bytes */
    int64_t number;      /* NUMBER */
};

/* A checked message. Everything it points to lives in the arena it was decoded into. */
struct tg_control_msg {
    enum tg_control_kind kind;
    uint32_t version;
    const char *verb;    /* REQUEST; "" otherwise */
    const char *reason;  /* why the caller asks, for the access log; "" when none was given */
    tg_err err;          /* FAIL; TG_OK otherwise */
    const char *message; /* FAIL; "" otherwise */
    const struct tg_control_field *fields;
    size_t field_count;
};

/* Builds one frame at the end of a buffer and remembers its first failure. */
struct tg_control_out {
    struct tg_buf *buf;
    size_t start; /* where the frame begins in buf */
    size_t fields;
    tg_err err;
};

void tg_control_request(struct tg_control_out *out, struct tg_buf *buf, const char *verb, const char *reason);
/* ROW, PROGRESS, ASK, DONE. */
void tg_control_answer(struct tg_control_out *out, struct tg_buf *buf, enum tg_control_kind kind);
/* A whole FAIL frame; fields may follow before tg_control_end. */
void tg_control_fail(struct tg_control_out *out, struct tg_buf *buf, tg_err err, const char *message);

/* Fields may repeat a name; the order is kept. text is UTF-8 (invalid bytes become U+FFFD). */
void tg_control_put_text(struct tg_control_out *out, const char *name, const char *text);
void tg_control_put_view(struct tg_control_out *out, const char *name, struct tg_view text);
void tg_control_put_data(struct tg_control_out *out, const char *name, struct tg_view data);
void tg_control_put_number(struct tg_control_out *out, const char *name, int64_t number);
/* Bytes of the frame so far, header included: a client that fills a batch asks before it adds. */
size_t tg_control_bytes(const struct tg_control_out *out);
/* Close the frame. On TG_ELIMIT (frame or field count) or TG_ENOMEM the buffer is as before the frame. */
tg_err tg_control_end(struct tg_control_out *out);

/* Is a whole frame at the front of the view? TG_OK: *ret_frame is its body and *ret_consumed the bytes of
 * header and body. TG_ESHORT: not yet. TG_ELIMIT, TG_EFORMAT: never; close the connection. */
tg_err tg_control_frame(struct tg_view stream, struct tg_view *ret_frame, size_t *ret_consumed);

/* Read and check one frame's body.
 *
 * arena  with a budget of TG_CONTROL_PARSE_BUDGET_BYTES; ret_msg lives until it is cleared
 * Errors: TG_EFORMAT, TG_ELIMIT, TG_EVALUE, TG_EVERSION, TG_ENOMEM; ret_msg unchanged.
 */
tg_err tg_control_decode(struct tg_view frame, struct tg_arena *arena, struct tg_control_msg *ret_msg,
                         struct tg_errmsg *em);

/* The first field of that name and type. */
const struct tg_control_field *tg_control_find(const struct tg_control_msg *msg, const char *name,
                                               enum tg_control_type type);
/* The next one of any type behind `after` (NULL: the first); NULL when there is none. name NULL: any name. */
const struct tg_control_field *tg_control_each(const struct tg_control_msg *msg, const char *name,
                                               const struct tg_control_field *after);
bool tg_control_has(const struct tg_control_msg *msg, const char *name);
/* The value, or the fallback when there is no such field. tg_control_data: empty view. */
const char *tg_control_text(const struct tg_control_msg *msg, const char *name, const char *fallback);
int64_t tg_control_number(const struct tg_control_msg *msg, const char *name, int64_t fallback);
struct tg_view tg_control_data(const struct tg_control_msg *msg, const char *name);

/* "ROW" and the like. Static storage. */
const char *tg_control_kind_name(enum tg_control_kind kind);

#endif
