/* What the parts of proto/wire share; nobody else includes it. Bytes: docs/formats-wire.md. */
#ifndef TG_PROTO_WIRE_INTERNAL_H
#define TG_PROTO_WIRE_INTERNAL_H

#include "proto/wire.h"
#include "proto/wire.pb-c.h"

typedef Tamga__Wire__V1__Message tg_pb_message;

/* Room for the parts of one message while it is encoded. */
struct tg_wire_scratch {
    Tamga__Wire__V1__Head heads[TG_HEADS_PER_MESSAGE_MAX];
    Tamga__Wire__V1__Head *head_pointers[TG_HEADS_PER_MESSAGE_MAX];
    Tamga__Wire__V1__Slot slots[TG_STANZAS_MAX];
    Tamga__Wire__V1__Slot *slot_pointers[TG_STANZAS_MAX];
    union {
        Tamga__Wire__V1__Hello hello;
        Tamga__Wire__V1__Card card;
        Tamga__Wire__V1__WantCard want_card;
        Tamga__Wire__V1__Heads heads_message;
        Tamga__Wire__V1__WantLeaves want_leaves;
        Tamga__Wire__V1__Leaves leaves;
        Tamga__Wire__V1__WantEnv want_env;
        Tamga__Wire__V1__Env env;
        Tamga__Wire__V1__EnvEnd env_end;
        Tamga__Wire__V1__Credit credit;
        Tamga__Wire__V1__Receipt receipt;
        Tamga__Wire__V1__Reseal reseal;
        Tamga__Wire__V1__Fork fork;
        Tamga__Wire__V1__Cosign cosign;
        Tamga__Wire__V1__Conflict conflict;
        Tamga__Wire__V1__Ping ping;
        Tamga__Wire__V1__Bye bye;
    };
};

/* One row a type: how its protobuf form becomes ours, how ours becomes its, what is refused. */
struct tg_wire_row {
    enum tg_msg_type type;
    const char *name;
    tg_err (*from_pb)(const tg_pb_message *pb, struct tg_arena *arena, struct tg_msg *msg,
                      struct tg_errmsg *em);
    void (*to_pb)(const struct tg_msg *msg, struct tg_wire_scratch *scratch, tg_pb_message *pb);
    tg_err (*check)(const struct tg_msg *msg, struct tg_errmsg *em);
};

/* Defined in wire_read.c, wire_write.c and wire_check.c, one each a row of TG_MSG_LIST. */
#define TG_WIRE_DECLARE(number, NAME, member)                                                         \
    tg_err tg_wire_read_##member(const tg_pb_message *pb, struct tg_arena *arena, struct tg_msg *msg, \
                                 struct tg_errmsg *em);                                               \
    void tg_wire_write_##member(const struct tg_msg *msg, struct tg_wire_scratch *scratch,            \
                                tg_pb_message *pb);                                                   \
    tg_err tg_wire_check_##member(const struct tg_msg *msg, struct tg_errmsg *em);
TG_MSG_LIST(TG_WIRE_DECLARE)
#undef TG_WIRE_DECLARE

#endif
