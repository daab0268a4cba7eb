/* Messages on the control socket: frames built field by field, and frames read and checked.
 *
 * Generic on purpose: what a verb means is the service's business. Bytes: docs/formats-wire.md.
 */
#include "proto/control.h"

#include "base/text.h"
#include "proto/control.pb-c.h"
#include "proto/wire_scan.h"

/* Field numbers of proto/control.proto. */
enum { FRAME_VERSION = 1, FRAME_KIND, FRAME_VERB, FRAME_REASON, FRAME_ERROR, FRAME_MESSAGE, FRAME_FIELDS };
enum { FIELD_NAME = 1, FIELD_TEXT, FIELD_DATA, FIELD_NUMBER };

#define FRAME_PARTS_MAX 16 /* fields of a frame other than FRAME_FIELDS */
#define FIELD_PARTS_MAX 8

typedef Tamga__Control__V1__Frame pb_frame;
typedef Tamga__Control__V1__Field pb_field;

static const char *const kind_names[] = {"UNKNOWN", "REQUEST", "ROW", "PROGRESS", "ASK", "DONE", "FAIL"};

const char *tg_control_kind_name(enum tg_control_kind kind)
{
    size_t at = (size_t)kind;
    return kind_names[at < sizeof kind_names / sizeof kind_names[0] ? at : 0];
}

/* ---- building ---- */

static void put(struct tg_control_out *out, const void *data, size_t bytes)
{
    if (!out->err) out->err = tg_buf_put(out->buf, data, bytes);
}

static void put_varint(struct tg_control_out *out, uint64_t value)
{
    uint8_t varint[10];
    put(out, varint, tg_wire_scan_varint(value, varint));
}

static void put_key(struct tg_control_out *out, unsigned number, unsigned wire_type)
{
    put_varint(out, (uint64_t)number << 3 | wire_type);
}

static void put_bytes(struct tg_control_out *out, unsigned number, struct tg_view bytes)
{
    put_key(out, number, TG_PB_BYTES);
    put_varint(out, bytes.bytes);
    if (bytes.bytes) put(out, bytes.data, bytes.bytes);
}

static size_t varint_bytes(uint64_t value)
{
    uint8_t varint[10];
    return tg_wire_scan_varint(value, varint);
}

/* A field of number < 16 that holds bytes. */
static size_t bytes_bytes(struct tg_view bytes)
{
    return 1 + varint_bytes(bytes.bytes) + bytes.bytes;
}

static void begin(struct tg_control_out *out, struct tg_buf *buf, enum tg_control_kind kind)
{
    static const uint8_t header[TG_CONTROL_HEADER_BYTES] = {0};
    *out = (struct tg_control_out){.buf = buf, .start = buf->bytes, .err = TG_OK};
    put(out, header, sizeof header);
    put_key(out, FRAME_VERSION, TG_PB_VARINT);
    put_varint(out, TG_CONTROL_VERSION);
    put_key(out, FRAME_KIND, TG_PB_VARINT);
    put_varint(out, (uint64_t)kind);
}

/* The code point at the front of text, which has some; false for a byte that begins none. Advances. */
static bool take_code_point(struct tg_view *text, struct tg_view *ret_bytes)
{
    for (size_t bytes = 1; bytes <= 4 && bytes <= text->bytes; bytes++) {
        struct tg_view front = tg_view_of(text->data, bytes);
        if (!tg_utf8_valid(front)) continue;
        *ret_bytes = front;
        *text = tg_view_of(text->data + bytes, text->bytes - bytes);
        return front.data[0] != 0;
    }
    *text = tg_view_of(text->data + 1, text->bytes - 1);
    return false;
}

/* Text as a field; what is not text becomes U+FFFD, so that one bad byte never loses an answer. */
static void mend_text(struct tg_view text, struct tg_buf *mended, tg_err *err)
{
    while (text.bytes > 0 && !*err) {
        struct tg_view good = tg_view_str("\xEF\xBF\xBD"), front;
        if (take_code_point(&text, &front)) good = front;
        *err = tg_buf_put_view(mended, good);
    }
}

static bool is_text(struct tg_view view)
{
    return tg_utf8_valid(view) && !(view.bytes && memchr(view.data, 0, view.bytes));
}

static void put_text(struct tg_control_out *out, unsigned number, const char *text)
{
    if (text && *text) put_bytes(out, number, tg_view_str(text));
}

void tg_control_request(struct tg_control_out *out, struct tg_buf *buf, const char *verb, const char *reason)
{
    begin(out, buf, TG_CONTROL_REQUEST);
    put_text(out, FRAME_VERB, verb);
    put_text(out, FRAME_REASON, reason);
}

void tg_control_answer(struct tg_control_out *out, struct tg_buf *buf, enum tg_control_kind kind)
{
    begin(out, buf, kind);
}

void tg_control_fail(struct tg_control_out *out, struct tg_buf *buf, tg_err err, const char *message)
{
    struct tg_buf mended = {.data = NULL};
    begin(out, buf, TG_CONTROL_FAIL);
    put_text(out, FRAME_ERROR, tg_err_name(err));
    if (!out->err) mend_text(tg_view_str(message ? message : ""), &mended, &out->err);
    if (mended.bytes) put_bytes(out, FRAME_MESSAGE, tg_buf_view(&mended));
    tg_buf_release(&mended);
}

static void field_begin(struct tg_control_out *out, const char *name, size_t value_bytes)
{
    struct tg_view name_view = tg_view_str(name);
    out->fields += 1;
    put_key(out, FRAME_FIELDS, TG_PB_BYTES);
    put_varint(out, bytes_bytes(name_view) + value_bytes);
    put_bytes(out, FIELD_NAME, name_view);
}

static void put_field_bytes(struct tg_control_out *out, const char *name, unsigned number,
                            struct tg_view bytes)
{
    if (bytes.bytes > TG_CONTROL_FRAME_BYTES_MAX && !out->err) out->err = TG_ELIMIT;
    if (out->err) return;
    field_begin(out, name, bytes_bytes(bytes));
    put_bytes(out, number, bytes);
}

void tg_control_put_view(struct tg_control_out *out, const char *name, struct tg_view text)
{
    struct tg_buf mended = {.data = NULL};
    if (is_text(text)) {
        put_field_bytes(out, name, FIELD_TEXT, text);
        return;
    }
    if (!out->err) mend_text(text, &mended, &out->err);
    put_field_bytes(out, name, FIELD_TEXT, tg_buf_view(&mended));
    tg_buf_release(&mended);
}

void tg_control_put_text(struct tg_control_out *out, const char *name, const char *text)
{
    tg_control_put_view(out, name, tg_view_str(text ? text : ""));
}

void tg_control_put_data(struct tg_control_out *out, const char *name, struct tg_view data)
{
    put_field_bytes(out, name, FIELD_DATA, data);
}

void tg_control_put_number(struct tg_control_out *out, const char *name, int64_t number)
{
    uint64_t zigzag = (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);
    if (out->err) return;
    field_begin(out, name, 1 + varint_bytes(zigzag));
    put_key(out, FIELD_NUMBER, TG_PB_VARINT);
    put_varint(out, zigzag);
}

size_t tg_control_bytes(const struct tg_control_out *out)
{
    return out->buf->bytes - out->start;
}

tg_err tg_control_end(struct tg_control_out *out)
{
    size_t bytes = tg_control_bytes(out);
    if (!out->err && (bytes - TG_CONTROL_HEADER_BYTES > TG_CONTROL_FRAME_BYTES_MAX ||
                      out->fields > TG_CONTROL_FIELDS_MAX)) {
        out->err = TG_ELIMIT;
    }
    if (out->err) {
        out->buf->bytes = out->start;
        return out->err;
    }
    tg_be32_put(out->buf->data + out->start, (uint32_t)(bytes - TG_CONTROL_HEADER_BYTES));
    return TG_OK;
}

/* ---- reading ---- */

tg_err tg_control_frame(struct tg_view stream, struct tg_view *ret_frame, size_t *ret_consumed)
{
    if (stream.bytes < TG_CONTROL_HEADER_BYTES) return TG_ESHORT;
    size_t bytes = tg_be32_get(stream.data);
    if (bytes == 0) return TG_EFORMAT;
    if (bytes > TG_CONTROL_FRAME_BYTES_MAX) return TG_ELIMIT;
    if (stream.bytes - TG_CONTROL_HEADER_BYTES < bytes) return TG_ESHORT;
    *ret_frame = tg_view_of(stream.data + TG_CONTROL_HEADER_BYTES, bytes);
    *ret_consumed = TG_CONTROL_HEADER_BYTES + bytes;
    return TG_OK;
}

/* Before anything is unpacked: no more fields, and none with more parts, than a frame may have. */
static tg_err scan(struct tg_view frame)
{
    struct tg_wire_scan_field part;
    size_t fields = 0, others = 0;
    tg_err err;
    while ((err = tg_wire_scan_next(&frame, &part)) == TG_OK) {
        size_t inside = 0;
        bool is_field = part.number == FRAME_FIELDS && part.wire_type == TG_PB_BYTES;
        if (is_field && (err = tg_wire_scan_count(part.bytes, FIELD_PARTS_MAX, &inside)) != TG_OK) return err;
        *(is_field ? &fields : &others) += 1;
        if (fields > TG_CONTROL_FIELDS_MAX || others > FRAME_PARTS_MAX) return TG_ELIMIT;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err text_of(ProtobufCBinaryData data, struct tg_arena *arena, const char **ret_text)
{
    struct tg_view view = tg_view_of(data.data, data.len);
    if (!is_text(view)) return TG_EVALUE;
    const char *text = tg_arena_text(arena, view);
    if (!text) return TG_ENOMEM;
    *ret_text = text;
    return TG_OK;
}

static tg_err read_value(const pb_field *from, struct tg_arena *arena, struct tg_control_field *to)
{
    const char *text = "";
    tg_err err;
    switch (from->value_case) {
    case TAMGA__CONTROL__V1__FIELD__VALUE_TEXT:
        err = text_of(from->text, arena, &text);
        to->type = TG_CONTROL_TEXT;
        to->data = tg_view_of(text, from->text.len);
        return err;
    case TAMGA__CONTROL__V1__FIELD__VALUE_DATA:
        to->type = TG_CONTROL_DATA;
        to->data = tg_view_of(from->data.data, from->data.len);
        return TG_OK;
    case TAMGA__CONTROL__V1__FIELD__VALUE_NUMBER:
        to->type = TG_CONTROL_NUMBER;
        to->number = from->number;
        return TG_OK;
    case TAMGA__CONTROL__V1__FIELD__VALUE__NOT_SET:
    case _TAMGA__CONTROL__V1__FIELD__VALUE__CASE_IS_INT_SIZE:
    default:
        return TG_EVALUE;
    }
}

static tg_err read_fields(const pb_frame *from, struct tg_arena *arena, struct tg_control_msg *msg,
                          struct tg_errmsg *em)
{
    struct tg_control_field *fields = tg_arena_take_array(arena, from->n_fields, sizeof *fields);
    if (!fields) return tg_fail(em, TG_ENOMEM, "frame is over its budget");
    for (size_t i = 0; i < from->n_fields; i++) {
        tg_err err = text_of(from->fields[i]->name, arena, &fields[i].name);
        if (!err && !*fields[i].name) err = TG_EVALUE;
        if (!err) err = read_value(from->fields[i], arena, &fields[i]);
        if (err) return tg_fail(em, err, "field %zu has no name, no value, or text that is not UTF-8", i + 1);
    }
    msg->fields = fields;
    msg->field_count = from->n_fields;
    return TG_OK;
}

static tg_err read_frame(const pb_frame *from, struct tg_arena *arena, struct tg_control_msg *msg,
                         struct tg_errmsg *em)
{
    const char *error = "";
    if (from->version != TG_CONTROL_VERSION) {
        return tg_fail(em, TG_EVERSION,
                       "frame is of version %u, not %d: install the same release on both sides",
                       from->version, TG_CONTROL_VERSION);
    }
    if (from->kind < TG_CONTROL_REQUEST || from->kind > TG_CONTROL_FAIL) {
        return tg_fail(em, TG_EVALUE, "frame kind %u is unknown", from->kind);
    }
    msg->version = from->version;
    msg->kind = (enum tg_control_kind)from->kind;
    tg_err err = text_of(from->verb, arena, &msg->verb);
    if (!err) err = text_of(from->reason, arena, &msg->reason);
    if (!err) err = text_of(from->error, arena, &error);
    if (!err) err = text_of(from->message, arena, &msg->message);
    if (err) return tg_fail(em, err, "frame has text that is not UTF-8, or is over its budget");
    msg->err = msg->kind == TG_CONTROL_FAIL ? tg_err_from_name(error) : TG_OK;
    if (msg->kind == TG_CONTROL_FAIL && msg->err == TG_OK) msg->err = TG_EBUG;
    if (msg->kind == TG_CONTROL_REQUEST && !*msg->verb) return tg_fail(em, TG_EVALUE, "request has no verb");
    return read_fields(from, arena, msg, em);
}

tg_err tg_control_decode(struct tg_view frame, struct tg_arena *arena, struct tg_control_msg *ret_msg,
                         struct tg_errmsg *em)
{
    if (frame.bytes > TG_CONTROL_FRAME_BYTES_MAX) return tg_fail(em, TG_ELIMIT, "frame is too large");
    tg_err err = scan(frame);
    if (err) return tg_fail(em, err, "bytes are not a frame, or have too many fields");
    ProtobufCAllocator allocator;
    tg_wire_scan_allocator(arena, &allocator);
    const pb_frame *pb = tamga__control__v1__frame__unpack(&allocator, frame.bytes, frame.data);
    if (!pb) return tg_fail(em, TG_EFORMAT, "frame cannot be unpacked within its budget");
    struct tg_control_msg msg = {.verb = ""};
    err = read_frame(pb, arena, &msg, em);
    if (err) return err;
    *ret_msg = msg;
    return TG_OK;
}

/* ---- looking into ---- */

const struct tg_control_field *tg_control_each(const struct tg_control_msg *msg, const char *name,
                                               const struct tg_control_field *after)
{
    size_t at = after ? (size_t)(after - msg->fields) + 1 : 0;
    for (; at < msg->field_count; at++) {
        if (!name || strcmp(msg->fields[at].name, name) == 0) return &msg->fields[at];
    }
    return NULL;
}

const struct tg_control_field *tg_control_find(const struct tg_control_msg *msg, const char *name,
                                               enum tg_control_type type)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(msg, name, field)) != NULL) {
        if (field->type == type) return field;
    }
    return NULL;
}

bool tg_control_has(const struct tg_control_msg *msg, const char *name)
{
    return tg_control_each(msg, name, NULL) != NULL;
}

const char *tg_control_text(const struct tg_control_msg *msg, const char *name, const char *fallback)
{
    const struct tg_control_field *field = tg_control_find(msg, name, TG_CONTROL_TEXT);
    return field ? (const char *)field->data.data : fallback;
}

int64_t tg_control_number(const struct tg_control_msg *msg, const char *name, int64_t fallback)
{
    const struct tg_control_field *field = tg_control_find(msg, name, TG_CONTROL_NUMBER);
    return field ? field->number : fallback;
}

struct tg_view tg_control_data(const struct tg_control_msg *msg, const char *name)
{
    const struct tg_control_field *field = tg_control_find(msg, name, TG_CONTROL_DATA);
    return field ? field->data : tg_view_of("", 0);
}
