/* Fields of protobuf bytes one after the other, without a schema.
 *
 * Internal to proto/. Described by the protobuf encoding; groups are refused.
 */
#ifndef TG_PROTO_RECORD_WALK_H
#define TG_PROTO_RECORD_WALK_H

#include "base/bytes.h"

/* Field numbers that code must know by itself. */
#define TG_RECORD_HEAD_NUMBER 1
#define TG_HEAD_REPORTED_NUMBER 8
#define TG_HEAD_SUPERSEDES_NUMBER 13
/* Fields of the widest message of the schema; a unit test holds it. */
#define TG_MESSAGE_FIELDS_KNOWN_MAX 32

struct tg_raw_field {
    uint32_t number;
    uint8_t wire_type;
    struct tg_view value; /* of length-delimited and fixed-width fields */
    struct tg_view whole; /* with its tag */
};
/* The field at the front of *left, which moves behind it; both untouched on failure. TG_EFORMAT, TG_ESHORT. */
tg_err tg_raw_next(struct tg_view *left, struct tg_raw_field *ret_field);

#endif
