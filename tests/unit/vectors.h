/* Reading of test vectors, for every test that has them: a missing file or member fails, never skips.
 *
 * Knows no meaning of a vector. Sources and licences: tests/data/<set>/SOURCE.md.
 */
#ifndef TG_TESTS_VECTORS_H
#define TG_TESTS_VECTORS_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/world.h"
#include "crypto/hash.h"

#define VECTORS_ARENA_BYTES (64u << 20)

static inline json_t *vectors_load_as(const char *name, size_t flags)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", TG_TEST_DATA, name);
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES | flags, &error);
    cr_assert_not_null(json, "vector file '%s' is missing or malformed: %s", path, error.text);
    return json;
}
static inline json_t *vectors_load(const char *name)
{
    return vectors_load_as(name, 0);
}
static inline json_t *member(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    cr_assert_not_null(value, "vector has no member '%s'", name);
    return value;
}
static inline const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(member(object, name));
    cr_assert_not_null(text, "member '%s' is no text", name);
    return text;
}
static inline uint64_t number_of(json_t *object, const char *name)
{
    json_t *value = member(object, name);
    cr_assert(json_is_number(value), "member '%s' is no number", name);
    /* 2^64 - 1 comes as a real: jansson's integers end at 2^63 - 1. */
    if (json_is_real(value))
        return json_real_value(value) >= 0x1p64 ? UINT64_MAX : (uint64_t)json_real_value(value);
    return (uint64_t)json_integer_value(value);
}
/* Hex of any length, in the arena. */
static inline struct tg_view hex_view(struct tg_arena *arena, const char *hex)
{
    const size_t bytes = strlen(hex) / 2;
    uint8_t *data = tg_arena_take(arena, bytes);
    cr_assert_not_null(data);
    cr_assert_eq(tg_hex_decode(tg_view_str(hex), data, bytes), TG_OK, "bad hex '%s'", hex);
    return tg_view_of(data, bytes);
}
static inline struct tg_view hex_of(struct tg_arena *arena, json_t *object, const char *name)
{
    return hex_view(arena, text_of(object, name));
}
/* Hex of a fixed length. */
static inline void hex_into(json_t *object, const char *name, void *out, size_t bytes)
{
    const char *hex = text_of(object, name);
    cr_assert_eq(tg_hex_decode(tg_view_str(hex), out, bytes), TG_OK, "member '%s' is not %zu bytes", name,
                 bytes);
}
static inline void base64_into(const char *text, void *out, size_t bytes)
{
    size_t got = 0;
    cr_assert_eq(tg_base64_decode(tg_view_str(text), out, bytes, &got), TG_OK);
    cr_assert_eq(got, bytes);
}
#define assert_bytes(got, want, bytes, ...) cr_assert_eq(memcmp((got), (want), (bytes)), 0, __VA_ARGS__)
#define assert_err(call, want)                                                            \
    do {                                                                                  \
        const tg_err got_err_ = (call);                                                   \
        cr_assert_eq(got_err_, (want), "%s: wanted %s, got %s", #call, tg_err_name(want), \
                     tg_err_name(got_err_));                                              \
    } while (0)

/* A seeded stream: SHA-256 of (seed, counter). Same seed, same test. */
struct seeded {
    uint64_t seed;
    uint64_t counter;
};
static inline void seeded_fill(void *ctx, void *out, size_t bytes)
{
    struct seeded *seeded = ctx;
    uint8_t *at = out;
    while (bytes > 0) {
        uint8_t input[16];
        struct tg_hash hash;
        const size_t take = bytes < sizeof hash.bytes ? bytes : sizeof hash.bytes;
        tg_be64_put(input, seeded->seed);
        tg_be64_put(input + 8, seeded->counter++);
        tg_sha256_of(TG_VIEW_ARRAY(input), &hash);
        memcpy(at, hash.bytes, take);
        at += take;
        bytes -= take;
    }
}
static inline struct tg_random seeded_random(struct seeded *seeded)
{
    return (struct tg_random){.fill = seeded_fill, .ctx = seeded};
}
static inline uint64_t seeded_below(struct seeded *seeded, uint64_t count)
{
    uint64_t value;
    seeded_fill(seeded, &value, sizeof value);
    return value % count;
}
/* The secrets of tests/data/tamga: SHA-256("tamga vector " + label). */
static inline void vector_secret(const char *label, uint8_t out[32])
{
    char text[128];
    struct tg_hash hash;
    snprintf(text, sizeof text, "tamga vector %s", label);
    tg_sha256_of(tg_view_str(text), &hash);
    memcpy(out, hash.bytes, 32);
}

#endif
