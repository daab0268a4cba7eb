/* Messages between two nodes: the table of types, encode and decode.
 *
 * Knows no state of a link, no peer and no store. Bytes: docs/formats-wire.md, proto/wire.proto.
 */
#include "proto/wire.h"

#include "base/cleanup.h"
#include "proto/wire_internal.h"
#include "proto/wire_scan.h"

/* Field numbers of Message that are types; from this one on, fields are skipped. */
#define TYPE_NUMBERS_END 64
/* Field of Heads, and of Env, that holds messages. */
#define HEADS_HEADS 1
#define ENV_SLOTS 5

static const struct tg_wire_row rows[] = {
#define WIRE_ROW(number, NAME, member) \
    {TG_MSG_##NAME, #NAME, tg_wire_read_##member, tg_wire_write_##member, tg_wire_check_##member},
    TG_MSG_LIST(WIRE_ROW)
#undef WIRE_ROW
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct tg_wire_row *row_of(enum tg_msg_type type)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].type == type) return &rows[i];
    }
    return NULL;
}

const char *tg_msg_type_name(enum tg_msg_type type)
{
    const struct tg_wire_row *row = row_of(type);
    return row ? row->name : "UNKNOWN";
}

/* ---- encode ---- */

static tg_err pack(const tg_pb_message *pb, struct tg_buf *out, struct tg_errmsg *em)
{
    size_t bytes = tamga__wire__v1__message__get_packed_size(pb);
    if (bytes > TG_FRAME_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "message of %zu bytes is over the limit of %d", bytes,
                       TG_FRAME_BYTES_MAX);
    }
    tg_err err = tg_buf_reserve(out, bytes);
    if (err) return err;
    out->bytes += tamga__wire__v1__message__pack(pb, out->data + out->bytes);
    return TG_OK;
}

tg_err tg_msg_encode(const struct tg_msg *msg, struct tg_buf *out, struct tg_errmsg *em)
{
    const struct tg_wire_row *row = row_of(msg->type);
    if (!row) return tg_fail(em, TG_EVALUE, "message type %d cannot be sent", (int)msg->type);
    tg_err err = row->check(msg, em);
    if (err) return tg_context(em, err, "%s", row->name);
    struct tg_wire_scratch scratch;
    tg_pb_message pb;
    tamga__wire__v1__message__init(&pb);
    row->to_pb(msg, &scratch, &pb);
    return pack(&pb, out, em);
}

/* ---- decode ---- */

/* The field that carries the message: exactly one below TYPE_NUMBERS_END, and it holds bytes. */
static tg_err find_body(struct tg_view wire, struct tg_wire_scan_field *ret_body)
{
    struct tg_wire_scan_field field, body = {.number = 0};
    tg_err err;
    while ((err = tg_wire_scan_next(&wire, &field)) == TG_OK) {
        if (field.number >= TYPE_NUMBERS_END) continue;
        if (body.number != 0 || field.wire_type != TG_PB_BYTES) return TG_EFORMAT;
        body = field;
    }
    if (err != TG_ENOENT || body.number == 0) return TG_EFORMAT;
    *ret_body = body;
    return TG_OK;
}

static uint32_t nested_field(uint32_t type)
{
    if (type == TG_MSG_HEADS) return HEADS_HEADS;
    if (type == TG_MSG_ENV || type == TG_MSG_FLASH) return ENV_SLOTS;
    return 0;
}

/* Count the fields of every depth that will be unpacked, so that no small message asks for much work. */
static tg_err scan(struct tg_view wire, const struct tg_wire_scan_field *body)
{
    size_t count = 0;
    tg_err err = tg_wire_scan_count(wire, TG_MESSAGE_FIELDS_MAX, &count);
    if (!err) err = tg_wire_scan_count(body->bytes, TG_MESSAGE_FIELDS_MAX, &count);
    if (err) return err;
    uint32_t nested = nested_field(body->number);
    struct tg_view rest = body->bytes;
    struct tg_wire_scan_field field;
    while (nested && tg_wire_scan_next(&rest, &field) == TG_OK) {
        if (field.number != nested || field.wire_type != TG_PB_BYTES) continue;
        err = tg_wire_scan_count(field.bytes, TG_MESSAGE_FIELDS_MAX, &count);
        if (err) return err;
    }
    return TG_OK;
}

enum tg_msg_type tg_msg_peek(struct tg_view wire)
{
    struct tg_wire_scan_field body;
    if (find_body(wire, &body)) return TG_MSG_UNKNOWN;
    const struct tg_wire_row *row = row_of((enum tg_msg_type)body.number);
    return row ? row->type : TG_MSG_UNKNOWN;
}

static tg_err unpack(struct tg_view wire, struct tg_arena *arena, const tg_pb_message **ret_pb,
                     struct tg_errmsg *em)
{
    ProtobufCAllocator allocator;
    tg_wire_scan_allocator(arena, &allocator);
    const tg_pb_message *pb = tamga__wire__v1__message__unpack(&allocator, wire.bytes, wire.data);
    if (!pb) return tg_fail(em, TG_EFORMAT, "message cannot be unpacked within its budget");
    *ret_pb = pb;
    return TG_OK;
}

static tg_err decode_row(const struct tg_wire_row *row, struct tg_view wire, struct tg_arena *arena,
                         struct tg_msg *ret_msg, struct tg_errmsg *em)
{
    const tg_pb_message *pb = NULL;
    tg_err err = unpack(wire, arena, &pb, em);
    struct tg_msg msg = {.type = row->type};
    if (!err) err = row->from_pb(pb, arena, &msg, em);
    if (!err) err = row->check(&msg, em);
    if (err) return tg_context(em, err, "%s", row->name);
    *ret_msg = msg;
    return TG_OK;
}

tg_err tg_msg_decode(struct tg_view wire, struct tg_arena *arena, struct tg_msg *ret_msg,
                     struct tg_errmsg *em)
{
    if (wire.bytes > TG_FRAME_BYTES_MAX) {
        return tg_fail(em, TG_ELIMIT, "message of %zu bytes is over the limit of %d", wire.bytes,
                       TG_FRAME_BYTES_MAX);
    }
    struct tg_wire_scan_field body;
    tg_err err = find_body(wire, &body);
    if (err) return tg_fail(em, err, "bytes are not a message");
    const struct tg_wire_row *row = row_of((enum tg_msg_type)body.number);
    if (!row) {
        *ret_msg = (struct tg_msg){.type = TG_MSG_UNKNOWN};
        return TG_OK;
    }
    err = scan(wire, &body);
    if (err) return tg_fail(em, err, "%s is malformed or has too many fields", row->name);
    return decode_row(row, wire, arena, ret_msg, em);
}
