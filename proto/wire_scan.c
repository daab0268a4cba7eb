/* A first look at protobuf bytes before any of them is unpacked, and the allocator that unpacks within a
 * budget. Knows no schema. Encoding: https://protobuf.dev/programming-guides/encoding.
 */
#include "proto/wire_scan.h"

#include <protobuf-c/protobuf-c.h>

#define FIELD_NUMBER_MAX 536870911U
#define VARINT_BYTES_MAX 10

static bool take_varint(struct tg_view *rest, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < VARINT_BYTES_MAX && i < rest->bytes; i++) {
        uint8_t byte = rest->data[i];
        if (i == VARINT_BYTES_MAX - 1 && byte > 1) return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        rest->data += i + 1;
        rest->bytes -= i + 1;
        *ret_value = value;
        return true;
    }
    return false;
}

static bool take_bytes(struct tg_view *rest, uint64_t bytes, struct tg_view *ret_view)
{
    if (bytes > rest->bytes) return false;
    *ret_view = tg_view_of(rest->data, (size_t)bytes);
    rest->data += bytes;
    rest->bytes -= (size_t)bytes;
    return true;
}

static bool take_value(struct tg_view *rest, unsigned wire_type, struct tg_view *ret_bytes)
{
    uint64_t length = 0;
    struct tg_view skipped;
    switch (wire_type) {
    case TG_PB_VARINT:
        return take_varint(rest, &length);
    case TG_PB_FIXED64:
        return take_bytes(rest, 8, &skipped);
    case TG_PB_BYTES:
        return take_varint(rest, &length) && take_bytes(rest, length, ret_bytes);
    case TG_PB_FIXED32:
        return take_bytes(rest, 4, &skipped);
    default:
        return false;
    }
}

tg_err tg_wire_scan_next(struct tg_view *rest, struct tg_wire_scan_field *ret_field)
{
    if (rest->bytes == 0) return TG_ENOENT;
    struct tg_view at = *rest;
    uint64_t key;
    if (!take_varint(&at, &key) || key > UINT32_MAX) return TG_EFORMAT;
    struct tg_wire_scan_field field = {.number = (uint32_t)(key >> 3), .wire_type = (unsigned)(key & 7)};
    if (field.number == 0 || field.number > FIELD_NUMBER_MAX) return TG_EFORMAT;
    if (!take_value(&at, field.wire_type, &field.bytes)) return TG_EFORMAT;
    *rest = at;
    *ret_field = field;
    return TG_OK;
}

tg_err tg_wire_scan_count(struct tg_view message, size_t max, size_t *count)
{
    struct tg_wire_scan_field field;
    tg_err err;
    while ((err = tg_wire_scan_next(&message, &field)) == TG_OK) {
        if (*count >= max) return TG_ELIMIT;
        *count += 1;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

size_t tg_wire_scan_varint(uint64_t value, uint8_t out[static 10])
{
    size_t at = 0;
    for (; value >= 0x80; value >>= 7) out[at++] = (uint8_t)(value | 0x80);
    out[at++] = (uint8_t)value;
    return at;
}

static void *arena_alloc(void *arena, size_t bytes)
{
    return tg_arena_take(arena, bytes);
}

static void arena_free(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

void tg_wire_scan_allocator(struct tg_arena *arena, ProtobufCAllocator *ret_allocator)
{
    *ret_allocator = (ProtobufCAllocator){.alloc = arena_alloc, .free = arena_free, .allocator_data = arena};
}
