/* Notes of withholding ↔ text.
 *
 * Knows no store. Format: docs/formats-evidence.md "Withholding".
 */
#include "proto/withholding.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

static const char first_line[] = "tamga/withholding/v1";

/* ---- writing ---- */

static tg_err check(const struct tg_withholding *held, struct tg_errmsg *em)
{
    bool places = held->size <= UINT64_MAX >> 1 && held->missing < held->size;
    bool later = !held->chained || (held->later > held->missing && held->later < held->size);
    bool asked = held->answers && held->upto > held->missing && held->upto <= held->size;
    if (places && later && asked) return TG_OK;
    return tg_fail(em, TG_EVALUE, "the note of withholding names positions that contradict each other");
}

static tg_err put_named(const struct tg_withholding *held, struct tg_buf *out)
{
    char leaf[TG_BASE64_BYTES(TG_WITHHOLDING_LEAF_BYTES)], teller[TG_NODE_TEXT_BYTES];
    if (!held->chained) {
        tg_node_id_format(&held->teller, teller);
        return tg_buf_putf(out, "named %s\n", teller);
    }
    tg_base64_encode(held->later_leaf, sizeof held->later_leaf, leaf);
    return tg_buf_putf(out, "chained %" PRIu64 " %s\n", held->later, leaf);
}

static tg_err encode(const struct tg_withholding *held, struct tg_buf *out, struct tg_errmsg *em)
{
    char by[TG_NODE_TEXT_BYTES], asked[TG_NODE_TEXT_BYTES], log[TG_KEY_NAME_BYTES];
    char root[TG_BASE64_BYTES(TG_HASH_BYTES)], leaf[TG_BASE64_BYTES(TG_WITHHOLDING_LEAF_BYTES)];
    tg_err err = check(held, em);
    if (err) return err;
    tg_node_id_format(&held->by, by);
    tg_node_id_format(&held->asked, asked);
    tg_key_name_format(&held->origin, TG_KEY_ROLE_LOG, held->epoch, log);
    tg_base64_encode(held->root.bytes, TG_HASH_BYTES, root);
    tg_base64_encode(held->leaf, sizeof held->leaf, leaf);
    err = tg_buf_putf(
        out, "%s\nby %s\ncard %" PRIu64 "\nlog %s\nsize %" PRIu64 "\nroot %s\nmissing %" PRIu64 " %s\n",
        first_line, by, held->card_serial, log, held->size, root, held->missing, leaf);
    if (!err) err = put_named(held, out);
    return err ? err
               : tg_buf_putf(out, "asked %s\nanswers %" PRIu64 "\nupto %" PRIu64 "\ntime %" PRIu64 "\n",
                             asked, held->answers, held->upto, held->time);
}

tg_err tg_withholding_sign(const struct tg_withholding *withholding, const struct tg_note_key *store_key,
                           const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    size_t before = out->bytes;
    tg_err err = encode(withholding, &text, em);
    if (err) return err;
    err = tg_note_begin(tg_buf_view(&text), out);
    if (!err) err = tg_note_sign(store_key, tg_buf_view(&text), signer, out);
    if (!err) return TG_OK;
    out->bytes = before;
    return tg_fail(em, err, "the note of withholding could not be signed");
}

/* ---- reading ---- */

static bool line_is(struct tg_view line, const char *name, struct tg_view *ret_value)
{
    size_t bytes = strlen(name);
    if (line.bytes <= bytes || memcmp(line.data, name, bytes) != 0 || line.data[bytes] != ' ') return false;
    *ret_value = tg_view_of(line.data + bytes + 1, line.bytes - bytes - 1);
    return true;
}

/* The value of the next line, which has that name. */
static tg_err line_next(struct tg_rd *rd, const char *name, struct tg_view *ret_value)
{
    struct tg_view line = tg_rd_until(rd, '\n');
    if (rd->err) return rd->err;
    return line_is(line, name, ret_value) ? TG_OK : TG_EFORMAT;
}

static tg_err number_next(struct tg_rd *rd, const char *name, uint64_t *ret_number)
{
    struct tg_view value;
    tg_err err = line_next(rd, name, &value);
    return err ? err : tg_text_u64(value, UINT64_MAX, ret_number);
}

static tg_err node_next(struct tg_rd *rd, const char *name, struct tg_node_id *ret_id)
{
    struct tg_view value;
    tg_err err = line_next(rd, name, &value);
    return err ? err : tg_node_id_parse(value, ret_id);
}

static tg_err base64_whole(struct tg_view text, uint8_t *out, size_t bytes)
{
    size_t got = 0;
    tg_err err = tg_base64_decode(text, out, bytes, &got);
    return err ? err : got == bytes ? TG_OK : TG_EFORMAT;
}

/* "17 AbC…=": a place and its leaf. */
static tg_err place_read(struct tg_view value, uint64_t *ret_index,
                         uint8_t ret_leaf[static TG_WITHHOLDING_LEAF_BYTES])
{
    struct tg_rd rd = tg_rd_init(value);
    struct tg_view number = tg_rd_until(&rd, ' ');
    tg_err err = rd.err ? TG_EFORMAT : tg_text_u64(number, UINT64_MAX >> 1, ret_index);
    return err ? err : base64_whole(tg_view_of(rd.at, rd.left), ret_leaf, TG_WITHHOLDING_LEAF_BYTES);
}

static tg_err head_read(struct tg_rd *rd, struct tg_withholding *held)
{
    struct tg_view value;
    tg_err err = node_next(rd, "by", &held->by);
    if (!err) err = number_next(rd, "card", &held->card_serial);
    if (!err) err = line_next(rd, "log", &value);
    if (!err) err = tg_log_origin_parse(value, &held->origin, &held->epoch);
    if (!err) err = number_next(rd, "size", &held->size);
    if (!err) err = line_next(rd, "root", &value);
    return err ? err : base64_whole(value, held->root.bytes, TG_HASH_BYTES);
}

static tg_err named_read(struct tg_rd *rd, struct tg_withholding *held)
{
    struct tg_view value, line = tg_rd_until(rd, '\n');
    if (rd->err) return rd->err;
    held->chained = line_is(line, "chained", &value);
    if (held->chained) return place_read(value, &held->later, held->later_leaf);
    return line_is(line, "named", &value) ? tg_node_id_parse(value, &held->teller) : TG_EFORMAT;
}

static tg_err decode(struct tg_view text, struct tg_withholding *held)
{
    struct tg_view value;
    struct tg_rd rd = tg_rd_init(text);
    if (!tg_view_equal_str(tg_rd_until(&rd, '\n'), first_line)) return TG_EMAGIC;
    tg_err err = head_read(&rd, held);
    if (!err) err = line_next(&rd, "missing", &value);
    if (!err) err = place_read(value, &held->missing, held->leaf);
    if (!err) err = named_read(&rd, held);
    if (!err) err = node_next(&rd, "asked", &held->asked);
    if (!err) err = number_next(&rd, "answers", &held->answers);
    if (!err) err = number_next(&rd, "upto", &held->upto);
    if (!err) err = number_next(&rd, "time", &held->time);
    return err;
}

tg_err tg_withholding_parse(struct tg_view text, struct tg_withholding *ret_withholding, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf ours = {0};
    struct tg_withholding held = {.by = {{0}}};
    tg_err err = decode(text, &held);
    if (err == TG_EMAGIC) return tg_fail(em, err, "this is no note of withholding of version 1");
    if (err) return tg_fail(em, err, "the note of withholding has a line that is missing or not well formed");
    /* Oddly written numbers and bytes left over fail here. */
    err = encode(&held, &ours, em);
    if (err) return err;
    if (!tg_view_equal(tg_buf_view(&ours), text))
        return tg_fail(em, TG_EFORMAT, "the note of withholding is not written in canonical form");
    *ret_withholding = held;
    return TG_OK;
}

tg_err tg_withholding_open(struct tg_view note_bytes, const struct tg_note_key *store_key,
                           struct tg_withholding *ret_withholding, struct tg_errmsg *em)
{
    char name[TG_KEY_NAME_BYTES];
    struct tg_note note;
    struct tg_withholding held;
    tg_err err = tg_note_parse(note_bytes, &note, em);
    if (!err) err = tg_note_verify(&note, store_key, 1, NULL, em);
    if (!err) err = tg_withholding_parse(note.text, &held, em);
    if (err) return err;
    tg_key_name_format(&held.by, TG_KEY_ROLE_STORE, 0, name);
    if (strcmp(name, store_key->name) != 0)
        return tg_fail(em, TG_EPOSITION,
                       "the note of withholding speaks for another node than the one that signed it");
    *ret_withholding = held;
    return TG_OK;
}
