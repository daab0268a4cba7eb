/* Evidence files: parts ↔ text. Shape alone; proto/evidence.c checks what it says.
 *
 * Must not know: stores, peers, files. Format: docs/formats-evidence.md.
 */
#include <jansson.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/evidence.h"
#include "proto/json.h"

#define TYPE "tamga-evidence"

/* ---------------------------------------------------------------------------------------- parts to text */

static tg_err encode_hash_line(const struct tg_hash *hash, struct tg_buf *out)
{
    char text[TG_BASE64_BYTES(TG_HASH_BYTES)];
    tg_base64_encode(hash->bytes, sizeof hash->bytes, text);
    return tg_buf_putf(out, "%s\n", text);
}

/* Manifest and signature; behind them the attestation, when there is one. */
static tg_err encode_extra(const struct tg_evidence *evidence, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf extra = {0};
    tg_err err = tg_buf_put_view(&extra, evidence->head);
    if (!err && evidence->attest.note.data) err = tg_attest_proof_encode(&evidence->attest, &extra);
    if (err) return err;
    TG_AUTO_FREE char *text = malloc(TG_BASE64_BYTES(extra.bytes));
    if (!text) return TG_ENOMEM;
    tg_base64_encode(extra.data, extra.bytes, text);
    return tg_buf_putf(out, "extra %s\n", text);
}

static tg_err encode_proof(const struct tg_evidence *evidence, struct tg_buf *out)
{
    tg_err err = tg_buf_put_str(out, TG_TLOG_PROOF_MAGIC);
    if (!err) err = encode_extra(evidence, out);
    if (!err) err = tg_buf_putf(out, "index %llu\n", (unsigned long long)evidence->index);
    for (size_t i = 0; i < evidence->inclusion.count && !err; i++)
        err = encode_hash_line(&evidence->inclusion.path[i], out);
    if (!err) err = tg_buf_put_str(out, "\n");
    return err ? err : tg_buf_put_view(out, evidence->checkpoint);
}

tg_err tg_evidence_encode_proof(const struct tg_evidence *evidence, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    if (evidence->head.bytes != TG_HEAD_BYTES || !evidence->checkpoint.bytes)
        return tg_fail(em, TG_EVALUE, "cannot write a proof: a part is missing");
    tg_err err = encode_proof(evidence, &text);
    if (!err) err = tg_buf_put_view(out, tg_buf_view(&text));
    return err ? tg_fail(em, err, "cannot write a proof: %s", tg_err_text(err)) : TG_OK;
}

static tg_err put_key_text(struct tg_buf *out, const char *key, struct tg_view text)
{
    tg_err err = tg_buf_putf(out, ",\n\"%s\": ", key);
    return err ? err : tg_json_put_text(out, text);
}

static tg_err encode_contents(struct tg_view record, struct tg_buf *out)
{
    if (!record.data) return TG_OK;
    TG_AUTO_FREE char *text = malloc(TG_BASE64_BYTES(record.bytes));
    if (!text) return TG_ENOMEM;
    tg_base64_encode(record.data, record.bytes, text);
    return tg_buf_putf(out, ", \"bytes\": \"%s\"", text);
}

static tg_err encode_record(const struct tg_evidence *evidence, struct tg_buf *out)
{
    const struct tg_record_proof *proof = &evidence->proof;
    char hex[TG_HEX_BYTES(TG_HASH_BYTES)];
    tg_hex_encode(proof->salt, sizeof proof->salt, hex);
    tg_err err = tg_buf_putf(out, ",\n\"record\": {\"item\": %u, \"of\": %u, \"salt\": \"%s\"", proof->item,
                             proof->count, hex);
    if (!err) err = encode_contents(evidence->record, out);
    tg_hex_encode(proof->record_id.bytes, TG_HASH_BYTES, hex);
    if (!err) err = tg_buf_putf(out, ", \"id\": \"%s\", \"path\": [", hex);
    for (size_t i = 0; i < proof->path.count && !err; i++) {
        tg_hex_encode(proof->path.path[i].bytes, TG_HASH_BYTES, hex);
        err = tg_buf_putf(out, "%s\"%s\"", i ? ", " : "", hex);
    }
    return err ? err : tg_buf_put_str(out, "]}}\n");
}

tg_err tg_evidence_encode(const struct tg_evidence *evidence, struct tg_buf *out, struct tg_errmsg *em)
{
    bool complete =
        evidence->card.bytes && evidence->head.bytes == TG_HEAD_BYTES && evidence->checkpoint.bytes;
    if (!complete) return tg_fail(em, TG_EVALUE, "cannot write evidence: a part is missing");
    if (evidence->record.bytes > TG_RECORD_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "cannot write evidence: the record is too long");
    TG_AUTO(tg_buf) struct tg_buf text = {0}, proof = {0};
    tg_err err = tg_buf_put_str(&text, "{\"v\": 1, \"type\": \"" TYPE "\"");
    if (!err) err = put_key_text(&text, "card", evidence->card);
    if (!err) err = encode_proof(evidence, &proof);
    if (!err) err = put_key_text(&text, "proof", tg_buf_view(&proof));
    if (!err) err = encode_record(evidence, &text);
    if (!err && text.bytes > TG_EVIDENCE_BYTES_MAX) err = TG_ELIMIT;
    if (!err) err = tg_buf_put_view(out, tg_buf_view(&text));
    return err ? tg_fail(em, err, "cannot write evidence: %s", tg_err_text(err)) : TG_OK;
}

/* ---------------------------------------------------------------------------------------- text to parts */

/* One parse. */
struct reading {
    struct tg_arena *arena;
    struct tg_evidence *evidence;
    enum tg_evidence_step step; /* whose part is being read */
    struct tg_errmsg *em;
};

static tg_err refuse(const struct reading *reading, tg_err err, const char *why)
{
    return tg_fail(reading->em, err, "%s: %s", tg_evidence_step_name(reading->step), why);
}

static tg_err keep_text(const struct reading *reading, const json_t *value, const char *what,
                        struct tg_view *ret_view)
{
    if (!json_is_string(value)) return refuse(reading, TG_EFORMAT, what);
    size_t bytes = json_string_length(value);
    char *text = tg_arena_text(reading->arena, tg_view_of(json_string_value(value), bytes));
    if (!text) return refuse(reading, TG_ENOMEM, "over the memory budget");
    *ret_view = tg_view_of(text, bytes);
    return TG_OK;
}

/* Only these keys, no others. */
static tg_err keys_check(const struct reading *reading, const json_t *object, const char *const *names,
                         size_t count)
{
    const char *key;
    json_t *ignored;
    json_object_foreach((json_t *)(uintptr_t)object, key, ignored)
    {
        bool known = false;
        for (size_t i = 0; i < count; i++) known = known || strcmp(key, names[i]) == 0;
        if (!known) return tg_fail(reading->em, TG_EFORMAT, "file: unknown key '%.40s'", key);
    }
    return TG_OK;
}

/* The next line without its newline; TG_ESHORT when there is none. */
static tg_err line_take(struct tg_view *text, struct tg_view *ret_line)
{
    const uint8_t *end = text->bytes ? memchr(text->data, '\n', text->bytes) : NULL;
    if (!end) return TG_ESHORT;
    size_t bytes = (size_t)(end - text->data);
    *ret_line = tg_view_of(text->data, bytes);
    *text = tg_view_of(end + 1, text->bytes - bytes - 1);
    return TG_OK;
}

static struct tg_view behind(struct tg_view line, const char *prefix)
{
    size_t bytes = strlen(prefix);
    return tg_view_of(line.data + bytes, line.bytes - bytes);
}

static tg_err parse_extra(struct reading *reading, struct tg_view line)
{
    reading->step = TG_EVIDENCE_MANIFEST;
    if (!tg_view_starts_with(line, "extra "))
        return refuse(reading, TG_ESHORT, "the proof has no extra line");
    const struct tg_view text = behind(line, "extra ");
    const size_t room = text.bytes / 4 * 3;
    uint8_t *extra = tg_arena_take(reading->arena, room ? room : 1);
    size_t bytes = 0;
    if (!extra) return refuse(reading, TG_ENOMEM, "over the memory budget");
    tg_err err = tg_base64_decode(text, extra, room, &bytes);
    if (err) return refuse(reading, err, "the extra line is not the base64 of manifest and signature");
    if (bytes < TG_HEAD_BYTES)
        return refuse(reading, TG_ESHORT, "the extra line is too short for manifest and signature");
    reading->evidence->head = tg_view_of(extra, TG_HEAD_BYTES);
    if (bytes == TG_HEAD_BYTES) return TG_OK;
    reading->step = TG_EVIDENCE_ATTESTATION;
    err = tg_attest_proof_decode(tg_view_of(extra + TG_HEAD_BYTES, bytes - TG_HEAD_BYTES),
                                 &reading->evidence->attest);
    return err ? refuse(reading, err, "what stands behind the manifest's signature is none") : TG_OK;
}

static tg_err parse_index(struct reading *reading, struct tg_view line)
{
    reading->step = TG_EVIDENCE_LEAF;
    if (!tg_view_starts_with(line, "index "))
        return refuse(reading, TG_EFORMAT, "the proof has no index line");
    struct tg_view digits = behind(line, "index ");
    bool padded = digits.bytes > 1 && digits.data[0] == '0';
    if (padded || tg_text_u64(digits, INT64_MAX, &reading->evidence->index))
        return refuse(reading, TG_EFORMAT, "the index is no number");
    return TG_OK;
}

static tg_err parse_path(struct reading *reading, struct tg_view *text)
{
    reading->step = TG_EVIDENCE_INCLUSION;
    struct tg_merkle_proof *path = &reading->evidence->inclusion;
    for (;;) {
        struct tg_view line;
        size_t bytes = 0;
        if (line_take(text, &line)) return refuse(reading, TG_ESHORT, "the proof ends inside its path");
        if (!line.bytes) return TG_OK;
        if (path->count == TG_MERKLE_LEVELS_MAX)
            return refuse(reading, TG_ELIMIT, "the path has too many hashes");
        tg_err err = tg_base64_decode(line, path->path[path->count].bytes, TG_HASH_BYTES, &bytes);
        if (err || bytes != TG_HASH_BYTES)
            return refuse(reading, TG_EFORMAT, "a line of the path is no hash");
        path->count++;
    }
}

/* text lives as long as the evidence. */
static tg_err parse_proof(struct reading *reading, struct tg_view text)
{
    struct tg_view line;
    reading->step = TG_EVIDENCE_FILE;
    if (!tg_view_starts_with(text, TG_TLOG_PROOF_MAGIC))
        return refuse(reading, TG_EMAGIC, "the proof is no tlog-proof of version 1");
    text = behind(text, TG_TLOG_PROOF_MAGIC);
    if (line_take(&text, &line)) return refuse(reading, TG_ESHORT, "the proof ends too early");
    tg_err err = parse_extra(reading, line);
    if (err) return err;
    reading->step = TG_EVIDENCE_LEAF;
    if (line_take(&text, &line)) return refuse(reading, TG_ESHORT, "the proof ends too early");
    err = parse_index(reading, line);
    if (!err) err = parse_path(reading, &text);
    if (err) return err;
    reading->step = TG_EVIDENCE_CHECKPOINT;
    if (!text.bytes) return refuse(reading, TG_ESHORT, "there is none");
    reading->evidence->checkpoint = text;
    return TG_OK;
}

static tg_err parse_number(const struct reading *reading, const json_t *value, const char *what,
                           uint32_t *ret_number)
{
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (number < 1 || number > TG_BATCH_RECORDS_MAX) return refuse(reading, TG_EFORMAT, what);
    *ret_number = (uint32_t)number;
    return TG_OK;
}

static tg_err parse_hex(const struct reading *reading, const json_t *value, const char *what, uint8_t *out,
                        size_t bytes)
{
    const char *text = json_string_value(value);
    if (!text || tg_hex_decode(tg_view_of(text, json_string_length(value)), out, bytes))
        return refuse(reading, TG_EFORMAT, what);
    return TG_OK;
}

static tg_err parse_contents(const struct reading *reading, const json_t *value)
{
    if (!value) return TG_OK;
    struct tg_view text;
    tg_err err = keep_text(reading, value, "'bytes' must be base64", &text);
    if (err) return err;
    size_t room = text.bytes / 4 * 3, bytes = 0;
    if (room > TG_RECORD_BYTES_MAX + 2) return refuse(reading, TG_ELIMIT, "the record is too long");
    uint8_t *data = tg_arena_take(reading->arena, room);
    if (!data) return refuse(reading, TG_ENOMEM, "over the memory budget");
    if (tg_base64_decode(text, data, room, &bytes))
        return refuse(reading, TG_EFORMAT, "'bytes' is not base64");
    reading->evidence->record = tg_view_of(data, bytes);
    return TG_OK;
}

static tg_err parse_records_path(struct reading *reading, const json_t *value)
{
    reading->step = TG_EVIDENCE_RECORDS_PATH;
    struct tg_merkle_proof *path = &reading->evidence->proof.path;
    if (!json_is_array(value)) return refuse(reading, TG_EFORMAT, "'path' must be a list");
    if (json_array_size(value) > TG_MERKLE_LEVELS_MAX)
        return refuse(reading, TG_ELIMIT, "the path has too many hashes");
    for (; path->count < json_array_size(value); path->count++) {
        tg_err err =
            parse_hex(reading, json_array_get(value, path->count), "a hash of the path is not 64 hex digits",
                      path->path[path->count].bytes, TG_HASH_BYTES);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err parse_record(struct reading *reading, const json_t *record)
{
    static const char *const keys[] = {"item", "of", "salt", "bytes", "id", "path"};
    struct tg_record_proof *proof = &reading->evidence->proof;
    reading->step = TG_EVIDENCE_FILE;
    if (!json_is_object(record)) return refuse(reading, TG_EFORMAT, "'record' must be an object");
    tg_err err = keys_check(reading, record, keys, sizeof keys / sizeof keys[0]);
    if (err) return err;
    reading->step = TG_EVIDENCE_RECORDS_PATH;
    err = parse_number(reading, json_object_get(record, "item"), "'item' must be a number from 1",
                       &proof->item);
    if (!err)
        err = parse_number(reading, json_object_get(record, "of"), "'of' must be a number from 1",
                           &proof->count);
    if (!err)
        err = parse_hex(reading, json_object_get(record, "salt"), "'salt' must be 32 hex digits", proof->salt,
                        sizeof proof->salt);
    if (err) return err;
    reading->step = TG_EVIDENCE_RECORD;
    err = parse_hex(reading, json_object_get(record, "id"), "'id' must be 64 hex digits",
                    proof->record_id.bytes, TG_HASH_BYTES);
    if (!err) err = parse_contents(reading, json_object_get(record, "bytes"));
    return err ? err : parse_records_path(reading, json_object_get(record, "path"));
}

static tg_err parse_root(struct reading *reading, const json_t *root)
{
    static const char *const keys[] = {"v", "type", "card", "proof", "record"};
    if (!json_is_object(root)) return refuse(reading, TG_EFORMAT, "is not one JSON object");
    const char *type = json_string_value(json_object_get(root, "type"));
    if (!type || strcmp(type, TYPE) != 0) return refuse(reading, TG_EMAGIC, "is no evidence file");
    const json_t *version = json_object_get(root, "v");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return refuse(reading, TG_EVERSION, "is of another version than 1");
    tg_err err = keys_check(reading, root, keys, sizeof keys / sizeof keys[0]);
    if (err) return err;
    reading->step = TG_EVIDENCE_CARD;
    err = keep_text(reading, json_object_get(root, "card"), "'card' must be text", &reading->evidence->card);
    struct tg_view proof;
    reading->step = err ? reading->step : TG_EVIDENCE_FILE;
    if (!err) err = keep_text(reading, json_object_get(root, "proof"), "'proof' must be text", &proof);
    if (!err) err = parse_proof(reading, proof);
    return err ? err : parse_record(reading, json_object_get(root, "record"));
}

tg_err tg_evidence_parse(struct tg_view text, struct tg_arena *arena, struct tg_evidence *ret_evidence,
                         enum tg_evidence_step *ret_step, struct tg_errmsg *em)
{
    struct tg_evidence evidence = {0};
    struct reading reading = {.arena = arena, .evidence = &evidence, .step = TG_EVIDENCE_FILE, .em = em};
    if (ret_step) *ret_step = TG_EVIDENCE_FILE;
    if (text.bytes > TG_EVIDENCE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "file: longer than %d bytes", TG_EVIDENCE_BYTES_MAX);
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return tg_fail(em, TG_EFORMAT, "file: no valid JSON at line %d, column %d", error.line, error.column);
    tg_err err = parse_root(&reading, root);
    json_decref(root);
    if (ret_step) *ret_step = err ? reading.step : TG_EVIDENCE_STEP_COUNT;
    if (!err) *ret_evidence = evidence;
    return err;
}

tg_err tg_evidence_parse_proof(struct tg_view text, struct tg_arena *arena, struct tg_evidence *ret_evidence,
                               enum tg_evidence_step *ret_step, struct tg_errmsg *em)
{
    struct tg_evidence evidence = {0};
    struct reading reading = {.arena = arena, .evidence = &evidence, .step = TG_EVIDENCE_FILE, .em = em};
    if (ret_step) *ret_step = TG_EVIDENCE_FILE;
    if (text.bytes > TG_EVIDENCE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "file: longer than %d bytes", TG_EVIDENCE_BYTES_MAX);
    tg_err err = parse_proof(&reading, text);
    if (ret_step) *ret_step = err ? reading.step : TG_EVIDENCE_STEP_COUNT;
    if (!err) *ret_evidence = evidence;
    return err;
}
