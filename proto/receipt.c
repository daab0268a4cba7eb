/* Receipts ↔ signed notes.
 *
 * Knows no store. Format: docs/formats.md "Leaf, checkpoint, proof, receipt".
 */
#include "proto/receipt.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

static const char first_line[] = "tamga/receipt/v1";

/* --- rules --- */

static bool ranges_valid(const struct tg_range *ranges, size_t count, uint64_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].first > ranges[i].last || ranges[i].last >= size) return false;
        if (i > 0 && ranges[i].first <= ranges[i - 1].last + 1) return false;
    }
    return true;
}

static bool code_valid(const char *code)
{
    const size_t bytes = strlen(code);
    return bytes > 0 && bytes <= TG_REFUSAL_CODE_BYTES_MAX &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == bytes;
}

static bool refusals_valid(const struct tg_refusal *refused, size_t count, uint64_t size)
{
    for (size_t i = 0; i < count; i++)
        if (refused[i].index >= size || !code_valid(refused[i].code) ||
            (i > 0 && refused[i].index <= refused[i - 1].index))
            return false;
    return true;
}

static bool withdrawals_valid(const struct tg_withdrawal *withdrawn, size_t count, uint64_t size)
{
    for (size_t i = 0; i < count; i++) {
        const struct tg_withdrawal *one = &withdrawn[i];
        if (one->index >= size || one->record < 1 || one->record > TG_BATCH_RECORDS_MAX) return false;
        if (i > 0 &&
            (one->index < one[-1].index || (one->index == one[-1].index && one->record <= one[-1].record)))
            return false;
    }
    return true;
}

static tg_err receipt_check(const struct tg_receipt *receipt, struct tg_errmsg *em)
{
    const uint64_t size = receipt->size;
    if (receipt->have_count > TG_RECEIPT_LINE_ITEMS_MAX ||
        receipt->missing_count > TG_RECEIPT_LINE_ITEMS_MAX ||
        receipt->refused_count > TG_RECEIPT_LINE_ITEMS_MAX ||
        receipt->withdrawn_count > TG_RECEIPT_LINE_ITEMS_MAX)
        return tg_fail(em, TG_ELIMIT, "receipt has a line of over %d items", TG_RECEIPT_LINE_ITEMS_MAX);
    if (size > UINT64_MAX >> 1 || !ranges_valid(receipt->have, receipt->have_count, size) ||
        !ranges_valid(receipt->missing, receipt->missing_count, size) ||
        !refusals_valid(receipt->refused, receipt->refused_count, size) ||
        !withdrawals_valid(receipt->withdrawn, receipt->withdrawn_count, size))
        return tg_fail(em, TG_EVALUE, "receipt names positions that are out of order or beyond its size");
    return TG_OK;
}

bool tg_ranges_contain(const struct tg_range *ranges, size_t count, uint64_t index)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ranges[low].first <= index;
}

/* --- writing --- */

static tg_err put_head(const struct tg_receipt *receipt, struct tg_buf *out)
{
    char by[TG_NODE_TEXT_BYTES], log[TG_KEY_NAME_BYTES], root[TG_BASE64_BYTES(TG_HASH_BYTES)];
    tg_node_id_format(&receipt->by, by);
    tg_key_name_format(&receipt->origin, TG_KEY_ROLE_LOG, receipt->epoch, log);
    tg_base64_encode(receipt->root.bytes, TG_HASH_BYTES, root);
    return tg_buf_putf(out, "%s\nby %s\ncard %" PRIu64 "\nlog %s\nsize %" PRIu64 "\nroot %s\n", first_line,
                       by, receipt->card_serial, log, receipt->size, root);
}

static tg_err put_ranges(const char *name, const struct tg_range *ranges, size_t count, struct tg_buf *out)
{
    tg_err err = count > 0 ? tg_buf_put_str(out, name) : TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++) {
        err = tg_buf_putf(out, " %" PRIu64, ranges[i].first);
        if (err == TG_OK && ranges[i].last > ranges[i].first)
            err = tg_buf_putf(out, "-%" PRIu64, ranges[i].last);
    }
    return err == TG_OK && count > 0 ? tg_buf_put_str(out, "\n") : err;
}

static tg_err put_refused(const struct tg_receipt *receipt, struct tg_buf *out)
{
    const size_t count = receipt->refused_count;
    tg_err err = count > 0 ? tg_buf_put_str(out, "refused") : TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++)
        err = tg_buf_putf(out, " %" PRIu64 ":%s", receipt->refused[i].index, receipt->refused[i].code);
    return err == TG_OK && count > 0 ? tg_buf_put_str(out, "\n") : err;
}

static tg_err put_withdrawn(const struct tg_receipt *receipt, struct tg_buf *out)
{
    const size_t count = receipt->withdrawn_count;
    tg_err err = count > 0 ? tg_buf_put_str(out, "withdrawn") : TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++)
        err = tg_buf_putf(out, " %" PRIu64 "#%" PRIu32, receipt->withdrawn[i].index,
                          receipt->withdrawn[i].record);
    return err == TG_OK && count > 0 ? tg_buf_put_str(out, "\n") : err;
}

tg_err tg_receipt_encode(const struct tg_receipt *receipt, struct tg_buf *out, struct tg_errmsg *em)
{
    const size_t before = out->bytes;
    tg_err err = receipt_check(receipt, em);
    if (err != TG_OK) return err;
    err = put_head(receipt, out);
    if (err == TG_OK) err = put_ranges("have", receipt->have, receipt->have_count, out);
    if (err == TG_OK) err = put_ranges("missing", receipt->missing, receipt->missing_count, out);
    if (err == TG_OK) err = put_refused(receipt, out);
    if (err == TG_OK) err = put_withdrawn(receipt, out);
    if (err == TG_OK) err = tg_buf_putf(out, "time %" PRIu64 "\n", receipt->time);
    if (err == TG_OK && out->bytes - before > TG_RECEIPT_BYTES_MAX)
        err = tg_fail(em, TG_ELIMIT, "receipt is over %d bytes", TG_RECEIPT_BYTES_MAX);
    if (err != TG_OK) out->bytes = before;
    return err;
}

tg_err tg_receipt_sign(const struct tg_receipt *receipt, const struct tg_note_key *store_key,
                       const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    const size_t before = out->bytes;
    tg_err err = tg_receipt_encode(receipt, &text, em);
    if (err != TG_OK) return err;
    err = tg_note_begin(tg_buf_view(&text), out);
    if (err == TG_OK) err = tg_note_sign(store_key, tg_buf_view(&text), signer, out);
    if (err == TG_OK) return TG_OK;
    out->bytes = before;
    return tg_fail(em, err, "receipt could not be signed");
}

/* --- reading --- */

static struct tg_view word_next(struct tg_view *rest)
{
    size_t bytes = 0;
    while (bytes < rest->bytes && rest->data[bytes] != ' ') bytes++;
    const struct tg_view word = tg_view_of(rest->data, bytes);
    const size_t skip = bytes < rest->bytes ? bytes + 1 : bytes;
    *rest = tg_view_of(rest->data + skip, rest->bytes - skip);
    return word;
}

/* Cut a word at a sign; without it the second part is empty and ret_found false. */
static bool word_cut(struct tg_view word, char sign, struct tg_view *ret_left, struct tg_view *ret_right)
{
    const uint8_t *at = word.bytes > 0 ? memchr(word.data, sign, word.bytes) : NULL;
    if (at == NULL) {
        *ret_left = word;
        return false;
    }
    const size_t left = (size_t)(at - word.data);
    *ret_left = tg_view_of(word.data, left);
    *ret_right = tg_view_of(at + 1, word.bytes - left - 1);
    return true;
}

static tg_err range_parse(struct tg_view word, void *item)
{
    struct tg_range *range = item;
    struct tg_view first, last;
    const bool several = word_cut(word, '-', &first, &last);
    tg_err err = tg_text_u64(first, UINT64_MAX >> 1, &range->first);
    range->last = range->first;
    if (err == TG_OK && several) err = tg_text_u64(last, UINT64_MAX >> 1, &range->last);
    return err;
}

static tg_err refusal_parse(struct tg_view word, void *item)
{
    struct tg_refusal *refusal = item;
    struct tg_view index, code;
    if (!word_cut(word, ':', &index, &code) || code.bytes > TG_REFUSAL_CODE_BYTES_MAX) return TG_EFORMAT;
    memcpy(refusal->code, code.data, code.bytes);
    return tg_text_u64(index, UINT64_MAX >> 1, &refusal->index);
}

static tg_err withdrawal_parse(struct tg_view word, void *item)
{
    struct tg_withdrawal *withdrawal = item;
    struct tg_view index, record;
    uint64_t number;
    if (!word_cut(word, '#', &index, &record)) return TG_EFORMAT;
    if (tg_text_u64(record, TG_BATCH_RECORDS_MAX, &number) != TG_OK) return TG_EFORMAT;
    withdrawal->record = (uint32_t)number;
    return tg_text_u64(index, UINT64_MAX >> 1, &withdrawal->index);
}

/* Words of one line into an array of the arena. */
static tg_err list_parse(struct tg_view value, size_t item_bytes, tg_err (*parse)(struct tg_view, void *),
                         struct tg_arena *arena, void **ret_items, size_t *ret_count)
{
    size_t count = 1;
    for (size_t i = 0; i < value.bytes; i++) count += value.data[i] == ' ';
    if (count > TG_RECEIPT_LINE_ITEMS_MAX) return TG_ELIMIT;
    uint8_t *items = tg_arena_take_array(arena, count, item_bytes);
    if (items == NULL) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const tg_err err = parse(word_next(&value), items + i * item_bytes);
        if (err != TG_OK) return err;
    }
    *ret_items = items;
    *ret_count = count;
    return TG_OK;
}

struct reading {
    struct tg_receipt receipt;
    struct tg_arena *arena;
};

static tg_err line_by(struct reading *reading, struct tg_view value)
{
    return tg_node_id_parse(value, &reading->receipt.by);
}
static tg_err line_card(struct reading *reading, struct tg_view value)
{
    return tg_text_u64(value, UINT64_MAX, &reading->receipt.card_serial);
}
static tg_err line_log(struct reading *reading, struct tg_view value)
{
    return tg_log_origin_parse(value, &reading->receipt.origin, &reading->receipt.epoch);
}
static tg_err line_size(struct reading *reading, struct tg_view value)
{
    return tg_text_u64(value, UINT64_MAX >> 1, &reading->receipt.size);
}
static tg_err line_root(struct reading *reading, struct tg_view value)
{
    size_t bytes = 0;
    const tg_err err = tg_base64_decode(value, reading->receipt.root.bytes, TG_HASH_BYTES, &bytes);
    return err != TG_OK ? err : bytes == TG_HASH_BYTES ? TG_OK : TG_EFORMAT;
}
static tg_err line_have(struct reading *reading, struct tg_view value)
{
    void *items;
    const tg_err err = list_parse(value, sizeof(struct tg_range), range_parse, reading->arena, &items,
                                  &reading->receipt.have_count);
    if (err == TG_OK) reading->receipt.have = items;
    return err;
}
static tg_err line_missing(struct reading *reading, struct tg_view value)
{
    void *items;
    const tg_err err = list_parse(value, sizeof(struct tg_range), range_parse, reading->arena, &items,
                                  &reading->receipt.missing_count);
    if (err == TG_OK) reading->receipt.missing = items;
    return err;
}
static tg_err line_refused(struct reading *reading, struct tg_view value)
{
    void *items;
    const tg_err err = list_parse(value, sizeof(struct tg_refusal), refusal_parse, reading->arena, &items,
                                  &reading->receipt.refused_count);
    if (err == TG_OK) reading->receipt.refused = items;
    return err;
}
static tg_err line_withdrawn(struct reading *reading, struct tg_view value)
{
    void *items;
    const tg_err err = list_parse(value, sizeof(struct tg_withdrawal), withdrawal_parse, reading->arena,
                                  &items, &reading->receipt.withdrawn_count);
    if (err == TG_OK) reading->receipt.withdrawn = items;
    return err;
}
static tg_err line_time(struct reading *reading, struct tg_view value)
{
    return tg_text_u64(value, UINT64_MAX, &reading->receipt.time);
}

static const struct line_row {
    const char *name;
    tg_err (*parse)(struct reading *reading, struct tg_view value);
} rows[] = {
    {"by", line_by},           {"card", line_card},       {"log", line_log},
    {"size", line_size},       {"root", line_root},       {"have", line_have},
    {"missing", line_missing}, {"refused", line_refused}, {"withdrawn", line_withdrawn},
    {"time", line_time},
};
#define ROWS (sizeof rows / sizeof *rows)

static tg_err line_take(struct reading *reading, struct tg_view line, struct tg_errmsg *em)
{
    struct tg_view value = line;
    const struct tg_view name = word_next(&value);
    for (size_t i = 0; i < ROWS; i++) {
        if (!tg_view_equal_str(name, rows[i].name)) continue;
        const tg_err err = rows[i].parse(reading, value);
        return err == TG_OK ? TG_OK
                            : tg_fail(em, err, "receipt's line '%s' %s", rows[i].name, tg_err_text(err));
    }
    return tg_fail(em, TG_EFORMAT, "receipt has a line that is not known");
}

tg_err tg_receipt_parse(struct tg_view text, struct tg_arena *arena, struct tg_receipt *ret_receipt,
                        struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf ours = {0};
    struct reading reading = {.arena = arena};
    struct tg_rd rd = tg_rd_init(text);

    if (text.bytes > TG_RECEIPT_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "receipt is over %d bytes", TG_RECEIPT_BYTES_MAX);
    if (!tg_view_equal_str(tg_rd_until(&rd, '\n'), first_line))
        return tg_fail(em, TG_EMAGIC, "this is no receipt of version 1");
    while (rd.err == TG_OK && rd.left > 0) {
        const struct tg_view line = tg_rd_until(&rd, '\n');
        const tg_err err = rd.err != TG_OK ? rd.err : line_take(&reading, line, em);
        if (err != TG_OK) return err;
    }
    /* Missing, doubled, reordered or oddly written lines all fail here. */
    const tg_err err = tg_receipt_encode(&reading.receipt, &ours, em);
    if (err != TG_OK) return err;
    if (!tg_view_equal(tg_buf_view(&ours), text))
        return tg_fail(em, TG_EFORMAT, "receipt is not written in canonical form");
    *ret_receipt = reading.receipt;
    return TG_OK;
}

tg_err tg_receipt_open(struct tg_view note_bytes, const struct tg_note_key *store_key, struct tg_arena *arena,
                       struct tg_receipt *ret_receipt, struct tg_errmsg *em)
{
    char name[TG_KEY_NAME_BYTES];
    struct tg_note note;
    struct tg_receipt receipt;
    tg_err err = tg_note_parse(note_bytes, &note, em);
    if (err == TG_OK) err = tg_note_verify(&note, store_key, 1, NULL, em);
    if (err == TG_OK) err = tg_receipt_parse(note.text, arena, &receipt, em);
    if (err != TG_OK) return err;
    tg_key_name_format(&receipt.by, TG_KEY_ROLE_STORE, 0, name);
    if (strcmp(name, store_key->name) != 0)
        return tg_fail(em, TG_EPOSITION, "receipt speaks for another node than the one that signed it");
    *ret_receipt = receipt;
    return TG_OK;
}

tg_err tg_receipt_peek(struct tg_view note_bytes, struct tg_node_id *ret_by, struct tg_node_id *ret_origin,
                       uint32_t *ret_epoch)
{
    struct reading reading = {.arena = NULL};
    struct tg_rd rd = tg_rd_init(note_bytes);
    if (!tg_view_equal_str(tg_rd_until(&rd, '\n'), first_line)) return TG_EMAGIC;
    for (size_t i = 0; i < 3; i++) {
        const struct tg_view line = tg_rd_until(&rd, '\n');
        struct tg_view value = line;
        if (rd.err != TG_OK || !tg_view_equal_str(word_next(&value), rows[i].name)) return TG_EFORMAT;
        const tg_err err = rows[i].parse(&reading, value);
        if (err != TG_OK) return err;
    }
    *ret_by = reading.receipt.by;
    *ret_origin = reading.receipt.origin;
    *ret_epoch = reading.receipt.epoch;
    return TG_OK;
}
