/* The table of fields and the schema say the same: names, order, shapes, counts, room in our structs. */
#include "record_test.h"

#include "proto/record_fields.h"
#include "proto/record_walk.h"

static bool shape_fits(const struct tg_field *field, const ProtobufCFieldDescriptor *pb)
{
    switch ((enum tg_shape)field->shape) {
    case TG_SHAPE_MESSAGE:
        return pb->type == PROTOBUF_C_TYPE_MESSAGE && field->sub && pb->descriptor == field->sub->pb;
    case TG_SHAPE_DATE:
        return pb->type == PROTOBUF_C_TYPE_MESSAGE && pb->descriptor == &tamga__v1__date__descriptor;
    case TG_SHAPE_ID:
        return pb->type == PROTOBUF_C_TYPE_BYTES;
    case TG_SHAPE_TIME:
        return pb->type == PROTOBUF_C_TYPE_INT64;
    case TG_SHAPE_COUNT:
        return pb->type == PROTOBUF_C_TYPE_UINT32 && (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
    case TG_SHAPE_NUMBER:
        return pb->type == PROTOBUF_C_TYPE_SINT32 || pb->type == PROTOBUF_C_TYPE_INT32;
    case TG_SHAPE_FLAG:
        return pb->type == PROTOBUF_C_TYPE_BOOL;
    case TG_SHAPE_ENUM:
        return pb->type == PROTOBUF_C_TYPE_ENUM;
    case TG_SHAPE_LINE:
    case TG_SHAPE_BLOCK:
    case TG_SHAPE_KEY:
    case TG_SHAPE_COUNTRY:
    case TG_SHAPE_SCRIPT:
    case TG_SHAPE_LANGUAGE:
    case TG_SHAPE_PATH:
        break;
    }
    return pb->type == PROTOBUF_C_TYPE_STRING && field->max_bytes > 0;
}

Test(record_schema, has_one_fitting_row_for_every_field)
{
    for (size_t m = 0; m < tg_message_infos_count; m++) {
        const struct tg_message_info *info = tg_message_infos[m];
        cr_expect_str_eq(info->name, info->pb->short_name);
        cr_expect(info->fields_count == info->pb->n_fields, "%s has %zu rows for %u fields", info->name,
                  info->fields_count, info->pb->n_fields);
        cr_expect(info->fields_count <= TG_MESSAGE_FIELDS_KNOWN_MAX);
        for (size_t i = 0; i < info->fields_count && i < info->pb->n_fields; i++) {
            const struct tg_field *field = &info->fields[i];
            const ProtobufCFieldDescriptor *pb = &info->pb->fields[i];
            cr_expect_str_eq(field->name, pb->name);
            cr_expect(shape_fits(field, pb), "%s.%s", info->name, field->name);
            cr_expect((field->many > 0) == (pb->label == PROTOBUF_C_LABEL_REPEATED), "%s.%s", info->name,
                      field->name);
            cr_expect(field->offset < info->own_bytes && field->count_offset < info->own_bytes);
            cr_expect(tg_field_of_number(info, pb->id) == (int)i);
        }
    }
}

static bool listed(const ProtobufCMessageDescriptor *pb)
{
    for (size_t m = 0; m < tg_message_infos_count; m++) {
        if (tg_message_infos[m]->pb == pb) return true;
    }
    return pb == &tamga__v1__date__descriptor;
}

/* Depth of a message type; fails on recursion, which the schema must never have. */
static unsigned depth_of(const ProtobufCMessageDescriptor *pb, unsigned above)
{
    unsigned deepest = 0;
    cr_assert(above < 8, "%s: too deep, or recursive", pb->name);
    for (unsigned i = 0; i < pb->n_fields; i++) {
        if (pb->fields[i].type != PROTOBUF_C_TYPE_MESSAGE) continue;
        cr_expect(listed(pb->fields[i].descriptor), "%s.%s is in no table", pb->name, pb->fields[i].name);
        unsigned depth = depth_of(pb->fields[i].descriptor, above + 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

Test(record_schema, has_no_recursive_type_and_no_message_outside_the_table)
{
    cr_expect(depth_of(&tamga__v1__record__descriptor, 0) <= 6);
}

Test(record_schema, keeps_the_numbers_that_code_knows_by_itself)
{
    const ProtobufCFieldDescriptor *reported =
        protobuf_c_message_descriptor_get_field_by_name(tg_head_info.pb, "reported");
    const ProtobufCFieldDescriptor *supersedes =
        protobuf_c_message_descriptor_get_field_by_name(tg_head_info.pb, "supersedes");
    const ProtobufCFieldDescriptor *head =
        protobuf_c_message_descriptor_get_field_by_name(&tamga__v1__record__descriptor, "head");
    cr_expect(reported->id == TG_HEAD_REPORTED_NUMBER && supersedes->id == TG_HEAD_SUPERSEDES_NUMBER);
    cr_expect(head->id == TG_RECORD_HEAD_NUMBER);
    cr_expect(tg_kind_rows_count == tg_kinds_count);
    for (size_t i = 0; i < tg_kind_rows_count; i++) {
        const ProtobufCFieldDescriptor *body = protobuf_c_message_descriptor_get_field_by_name(
            &tamga__v1__record__descriptor, tg_kind_rows[i].name);
        cr_assert(body != NULL);
        cr_expect((int)body->id == (int)tg_kind_rows[i].kind && body->descriptor == tg_kind_rows[i].info->pb);
    }
}

Test(record_schema, names_every_value_of_every_enumeration)
{
    for (size_t m = 0; m < tg_message_infos_count; m++) {
        const ProtobufCMessageDescriptor *pb = tg_message_infos[m]->pb;
        for (unsigned i = 0; i < pb->n_fields; i++) {
            if (pb->fields[i].type != PROTOBUF_C_TYPE_ENUM) continue;
            const ProtobufCEnumDescriptor *values = pb->fields[i].descriptor;
            for (unsigned v = 0; v < values->n_values; v++) {
                const char *name = tg_enum_name_pb(values, values->values[v].value);
                int back = -1;
                cr_assert(name != NULL, "%s", values->values[v].name);
                const char *tail = values->values[v].name + strlen(values->values[v].name) - strlen(name);
                cr_expect(strcasecmp(tail, name) == 0, "%s is called %s", values->values[v].name, name);
                if (strcmp(name, "unspecified") == 0) continue;
                cr_expect(tg_enum_parse_pb(values, tg_view_str(name), &back, NULL) == TG_OK);
                cr_expect(back == values->values[v].value);
            }
        }
    }
}

Test(record_schema, has_the_selector_types_of_the_matching_library)
{
    for (int type = 1; type < TG_SELECTOR_TYPES_END; type++) {
        const char *ours = tg_enum_name(TG_ENUM_SELECTOR_TYPE, type);
        const char *theirs = tg_selector_name((enum tg_selector_type)type);
        cr_assert(ours && theirs, "%d", type);
        cr_expect_str_eq(ours, theirs);
    }
    cr_expect(tg_enum_name(TG_ENUM_SELECTOR_TYPE, TG_SELECTOR_TYPES_END) == NULL,
              "a type that the library lacks");
}
