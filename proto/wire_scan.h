/* A first look at protobuf bytes before any of them is unpacked, and the allocator that unpacks within a
 * budget. Knows no schema. Encoding: https://protobuf.dev/programming-guides/encoding.
 */
#ifndef TG_PROTO_WIRE_SCAN_H
#define TG_PROTO_WIRE_SCAN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

#define TG_PB_VARINT 0
#define TG_PB_FIXED64 1
#define TG_PB_BYTES 2
#define TG_PB_FIXED32 5

struct tg_wire_scan_field {
    uint32_t number;
    unsigned wire_type;
    struct tg_view bytes; /* TG_PB_BYTES: the content, on loan from the message */
};

/* Take the next field off the front of *rest. TG_ENOENT at the end; TG_EFORMAT: truncated, over-long
 * integer, group, number 0 or over 2^29-1. */
tg_err tg_wire_scan_next(struct tg_view *rest, struct tg_wire_scan_field *ret_field);

/* Count the fields of one message (not of messages inside) into *count; TG_ELIMIT over max. */
tg_err tg_wire_scan_count(struct tg_view message, size_t max, size_t *count);

/* One varint; returns its bytes. */
size_t tg_wire_scan_varint(uint64_t value, uint8_t out[static 10]);

/* For protobuf_c_message_unpack: what it takes comes from the arena and goes with it. */
struct ProtobufCAllocator;
void tg_wire_scan_allocator(struct tg_arena *arena, struct ProtobufCAllocator *ret_allocator);

#endif
