/* One table of all fields: limits, shape, place in our structs. Everything that walks a record walks this.
 *
 * Internal to proto/: holds generated types. Described in proto/tamga.proto and docs/records.md.
 */
#ifndef TG_PROTO_RECORD_FIELDS_H
#define TG_PROTO_RECORD_FIELDS_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "proto/record.h"
#include "proto/tamga.pb-c.h"

enum tg_shape {
    TG_SHAPE_LINE,     /* text without control characters */
    TG_SHAPE_BLOCK,    /* text that may hold line breaks and tabs */
    TG_SHAPE_KEY,      /* a-z 0-9 _ . - */
    TG_SHAPE_COUNTRY,  /* ISO 3166-1 alpha-2, upper case */
    TG_SHAPE_SCRIPT,   /* ISO 15924: Cyrl */
    TG_SHAPE_LANGUAGE, /* BCP 47 */
    TG_SHAPE_PATH,     /* dotted field numbers */
    TG_SHAPE_ID,       /* 32 bytes */
    TG_SHAPE_DATE,
    TG_SHAPE_TIME,   /* unix milliseconds, 0: not stated */
    TG_SHAPE_COUNT,  /* a uint32 that may be unknown */
    TG_SHAPE_NUMBER, /* an int32 */
    TG_SHAPE_FLAG,
    TG_SHAPE_ENUM,
    TG_SHAPE_MESSAGE,
};

enum {
    TG_FIELD_REQUIRED = 1,    /* must be stated where its message stands */
    TG_FIELD_ZERO_STATED = 2, /* the zero of the enumeration is worth printing */
    TG_FIELD_UPPER = 4,       /* its names are printed in upper case */
};

struct tg_message_info;

struct tg_field {
    const char *name;
    uint8_t shape; /* enum tg_shape */
    uint8_t flags;
    uint16_t many;      /* most elements of a repeated field; 0: singular */
    uint32_t max_bytes; /* of a text or id */
    uint16_t offset;    /* in our struct */
    uint16_t count_offset;
    const struct tg_message_info *sub; /* TG_SHAPE_MESSAGE */
};

struct tg_message_info {
    const char *name;
    const ProtobufCMessageDescriptor *pb;
    const struct tg_field *fields; /* one a field of the schema, in order of field numbers */
    size_t fields_count;
    size_t own_bytes; /* of our struct; `bool present` is its first member */
};

struct tg_kind_row {
    enum tg_kind kind;
    const char *name;
    const struct tg_message_info *info;
};
extern const struct tg_kind_row tg_kind_rows[];
extern const size_t tg_kind_rows_count;
extern const struct tg_message_info tg_head_info;
extern const struct tg_message_info tg_selector_info;
/* All messages but Record and Date, for tests that hold table and schema together. */
extern const struct tg_message_info *const tg_message_infos[];
extern const size_t tg_message_infos_count;

/* NULL for a kind that is unknown. */
const struct tg_kind_row *tg_kind_row_of(enum tg_kind kind);
/* Index of the field with that number, or -1. */
int tg_field_of_number(const struct tg_message_info *info, uint32_t number);

/* Access to a generated message, whatever its type. */
static inline const ProtobufCFieldDescriptor *tg_pb_field(const struct tg_message_info *info, size_t i)
{
    return &info->pb->fields[i];
}
/* Elements: of a repeated field how many; of a singular one 1 when it is stated (not empty, not zero). */
size_t tg_pb_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field);
/* The i-th element's storage. */
const void *tg_pb_at(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field, size_t i);
const char *tg_pb_text(const void *element);
struct tg_view tg_pb_bytes(const void *element);
const ProtobufCMessage *tg_pb_message(const void *element);
int32_t tg_pb_i32(const void *element);
int64_t tg_pb_i64(const void *element);
/* A Date message as ours; false when it is no partial date of the calendar. NULL gives the empty date. */
bool tg_pb_date(const ProtobufCMessage *msg, struct tg_date *ret_date);

/* The selector's normal form, as every reader computes it. em gets the reason. */
tg_err tg_selector_of_message(const Tamga__V1__Selector *msg, struct tg_selector *ret_selector,
                              struct tg_errmsg *em);

/* Names of an enumeration in lower case, by the generated descriptor; NULL when unknown. */
const char *tg_enum_name_pb(const ProtobufCEnumDescriptor *descriptor, int value);
tg_err tg_enum_parse_pb(const ProtobufCEnumDescriptor *descriptor, struct tg_view text, int *ret_value,
                        struct tg_errmsg *em);

/* Messages begin with the path of what they speak of: "names: …" for a field, ": …" for the message itself. Put the name
 * of the field in front through which one came: "person.names: …", "person: …". Returns err. */
tg_err tg_path_in(struct tg_errmsg *em, tg_err err, const char *name);
/* "names.text: …" becomes "names[2].text: …". */
tg_err tg_path_index(struct tg_errmsg *em, tg_err err, const char *name, size_t i);

/* What a check learns beside yes or no. */
struct tg_check {
    bool authoring;         /* refuse what a peer's record may hold but ours may not */
    struct tg_arena *arena; /* authoring: where a masked value is written anew */
    bool newer;             /* out */
};
/* Every field of an unpacked or built record. Errors as tg_record_decode; the message names the field. */
tg_err tg_record_check(Tamga__V1__Record *msg, struct tg_check *check, struct tg_errmsg *em);

/* Before unpacking: shape, depth, counts, lengths, repetitions of the bytes, by the schema. */
tg_err tg_record_scan(struct tg_view bytes, struct tg_errmsg *em);

/* Check as an author's and encode into the arena. Errors as tg_record_check; TG_ELIMIT over TG_RECORD_BYTES_MAX. */
tg_err tg_record_pack(Tamga__V1__Record *msg, struct tg_arena *arena, struct tg_view *ret_bytes,
                      struct tg_errmsg *em);

#endif
