/* A card's text: lines → struct, struct → lines, and the rules that one card alone must keep.
 *
 * Knows no signature and no chain (proto/card.c does). Format: docs/formats.md "Card".
 */
#include "proto/card_text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"

static const char first_line[] = "tamga/card/v1";
static const char extension_prefix[] = "x-";
static const char contact_prefix[] = "x-contact ";

/* --- values --- */

tg_err tg_card_contact_check(const char *text, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (text[0] == '\0') return tg_fail(em, TG_EVALUE, "the contact is empty");
    if (strlen(text) > TG_CARD_CONTACT_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the contact is longer than %d bytes", TG_CARD_CONTACT_BYTES_MAX);
    const tg_err err = tg_text_escape(tg_view_str(text), &safe);
    if (err != TG_OK) return err;
    if (tg_view_equal_str(tg_buf_view(&safe), text)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "the contact holds a line break or another character that does not show");
}

static tg_err hash_parse(struct tg_view value, bool *ret_has, struct tg_hash *ret_hash)
{
    size_t bytes = 0;
    if (tg_view_equal_str(value, "-")) {
        *ret_has = false;
        return TG_OK;
    }
    *ret_has = true;
    if (tg_base64_decode(value, ret_hash->bytes, TG_HASH_BYTES, &bytes) != TG_OK) return TG_EFORMAT;
    return bytes == TG_HASH_BYTES ? TG_OK : TG_EFORMAT;
}

static tg_err text_copy(struct tg_view value, char *out, size_t bytes_max)
{
    if (value.bytes == 0) return TG_EFORMAT;
    if (value.bytes > bytes_max) return TG_ELIMIT;
    memcpy(out, value.data, value.bytes);
    out[value.bytes] = '\0';
    return TG_OK;
}

/* A note key that must bear the node's name for that role, and be of that type. */
static tg_err key_parse(const struct tg_card *card, struct tg_view value, enum tg_key_role role,
                        uint32_t epoch, struct tg_note_key *ret_key)
{
    const enum tg_note_type type = role == TG_KEY_ROLE_CLOCK ? TG_NOTE_COSIGNATURE : TG_NOTE_ED25519;
    char name[TG_KEY_NAME_BYTES];
    const tg_err err = tg_note_key_parse(value, ret_key);
    if (err != TG_OK) return err;
    tg_key_name_format(&card->node, role, epoch, name);
    return strcmp(name, ret_key->name) == 0 && ret_key->type == type ? TG_OK : TG_EVALUE;
}

/* The next word, and the blank behind it. */
static struct tg_view word_next(struct tg_view *rest)
{
    size_t bytes = 0;
    while (bytes < rest->bytes && rest->data[bytes] != ' ') bytes++;
    const struct tg_view word = tg_view_of(rest->data, bytes);
    const size_t skip = bytes < rest->bytes ? bytes + 1 : bytes;
    *rest = tg_view_of(rest->data + skip, rest->bytes - skip);
    return word;
}

/* "<vkey> epoch <e> from <position>[ until <position>]" */
static tg_err range_key_parse(const struct tg_card *card, struct tg_view value, enum tg_key_role role,
                              struct tg_card_key *ret_key)
{
    struct tg_card_key key = {.until = UINT64_MAX};
    uint64_t epoch;
    const struct tg_view vkey = word_next(&value);
    if (!tg_view_equal_str(word_next(&value), "epoch")) return TG_EFORMAT;
    if (tg_text_u64(word_next(&value), UINT32_MAX, &epoch) != TG_OK) return TG_EFORMAT;
    if (!tg_view_equal_str(word_next(&value), "from")) return TG_EFORMAT;
    if (tg_text_u64(word_next(&value), UINT64_MAX - 1, &key.from) != TG_OK) return TG_EFORMAT;
    if (value.bytes > 0) {
        if (!tg_view_equal_str(word_next(&value), "until")) return TG_EFORMAT;
        if (tg_text_u64(word_next(&value), UINT64_MAX - 1, &key.until) != TG_OK) return TG_EFORMAT;
        if (value.bytes > 0) return TG_EFORMAT;
    }
    if (key.until <= key.from) return TG_EVALUE;
    key.epoch = (uint32_t)epoch;
    const tg_err err = key_parse(card, vkey, role, key.epoch, &key.key);
    if (err == TG_OK) *ret_key = key;
    return err;
}

static tg_err x25519_parse(struct tg_view value, struct tg_seal_public *ret_public)
{
    size_t bytes = 0;
    if (tg_base64_decode(value, ret_public->bytes, 32, &bytes) != TG_OK || bytes != 32) return TG_EFORMAT;
    return tg_seal_public_check(ret_public);
}

/* --- lines --- */

static tg_err line_node(struct tg_card *card, struct tg_view value)
{
    return tg_node_id_parse(value, &card->node);
}
static tg_err line_serial(struct tg_card *card, struct tg_view value)
{
    const tg_err err = tg_text_u64(value, UINT64_MAX - 1, &card->serial);
    return err != TG_OK ? err : card->serial > 0 ? TG_OK : TG_EVALUE;
}
static tg_err line_country(struct tg_card *card, struct tg_view value)
{
    if (value.bytes != 2) return TG_EFORMAT;
    for (size_t i = 0; i < 2; i++)
        if (value.data[i] < 'A' || value.data[i] > 'Z') return TG_EVALUE;
    return text_copy(value, card->country, 2);
}
static tg_err line_name(struct tg_card *card, struct tg_view value)
{
    return text_copy(value, card->name, TG_CARD_NAME_BYTES_MAX);
}
static tg_err line_prev(struct tg_card *card, struct tg_view value)
{
    return hash_parse(value, &card->has_prev, &card->prev);
}
static tg_err line_next_root(struct tg_card *card, struct tg_view value)
{
    return hash_parse(value, &card->has_next_root, &card->next_root);
}
static tg_err line_key_root(struct tg_card *card, struct tg_view value)
{
    return key_parse(card, value, TG_KEY_ROLE_ROOT, 0, &card->root);
}
static tg_err line_key_log(struct tg_card *card, struct tg_view value)
{
    if (card->log_count == TG_CARD_KEYS_MAX) return TG_ELIMIT;
    return range_key_parse(card, value, TG_KEY_ROLE_LOG, &card->logs[card->log_count++]);
}
static tg_err line_key_envelope(struct tg_card *card, struct tg_view value)
{
    if (card->envelope_count == TG_CARD_KEYS_MAX) return TG_ELIMIT;
    return range_key_parse(card, value, TG_KEY_ROLE_ENVELOPE, &card->envelopes[card->envelope_count++]);
}
static tg_err line_key_clock(struct tg_card *card, struct tg_view value)
{
    return key_parse(card, value, TG_KEY_ROLE_CLOCK, 0, &card->clock);
}
static tg_err line_key_store(struct tg_card *card, struct tg_view value)
{
    return key_parse(card, value, TG_KEY_ROLE_STORE, 0, &card->store);
}
static tg_err line_key_seal(struct tg_card *card, struct tg_view value)
{
    return x25519_parse(value, &card->seal);
}
static tg_err line_key_recovery(struct tg_card *card, struct tg_view value)
{
    return x25519_parse(value, &card->recovery);
}
static tg_err line_key_curve(struct tg_card *card, struct tg_view value)
{
    if (value.bytes != TG_Z85_BYTES(32) - 1) return TG_EFORMAT;
    return tg_z85_decode(value, card->curve, sizeof card->curve);
}
static tg_err line_endpoint(struct tg_card *card, struct tg_view value)
{
    if (card->endpoint_count == TG_CARD_ENDPOINTS_MAX) return TG_ELIMIT;
    if (value.bytes == 0 || memchr(value.data, ' ', value.bytes) != NULL) return TG_EFORMAT;
    return text_copy(value, card->endpoints[card->endpoint_count++], TG_CARD_ENDPOINT_BYTES_MAX);
}

/* Another node, named once. */
static tg_err other_node(const struct tg_card *card, struct tg_view value, struct tg_node_id *nodes,
                         size_t *count, size_t count_max)
{
    struct tg_node_id id;
    if (*count == count_max) return TG_ELIMIT;
    const tg_err err = tg_node_id_parse(value, &id);
    if (err != TG_OK) return err;
    if (tg_node_id_equal(&id, &card->node)) return TG_EVALUE;
    for (size_t i = 0; i < *count; i++)
        if (tg_node_id_equal(&id, &nodes[i])) return TG_EVALUE;
    nodes[(*count)++] = id;
    return TG_OK;
}
static tg_err line_witness(struct tg_card *card, struct tg_view value)
{
    return other_node(card, value, card->witnesses, &card->witness_count, TG_CARD_WITNESSES_MAX);
}
static tg_err line_relay(struct tg_card *card, struct tg_view value)
{
    return other_node(card, value, card->relays, &card->relay_count, TG_CARD_RELAYS_MAX);
}

struct line_row {
    const char *name;
    bool once;   /* exactly once; else any number */
    bool needed; /* at least once */
    tg_err (*parse)(struct tg_card *card, struct tg_view value);
};
static const struct line_row rows[] = {
    {"node", true, true, line_node},
    {"serial", true, true, line_serial},
    {"country", true, true, line_country},
    {"name", true, true, line_name},
    {"prev", true, true, line_prev},
    {"next-root", true, true, line_next_root},
    {"key root", true, true, line_key_root},
    {"key log", false, true, line_key_log},
    {"key envelope", false, true, line_key_envelope},
    {"key clock", true, true, line_key_clock},
    {"key store", true, true, line_key_store},
    {"key seal", true, true, line_key_seal},
    {"key recovery", true, true, line_key_recovery},
    {"key curve", true, true, line_key_curve},
    {"endpoint", false, false, line_endpoint},
    {"witness", false, false, line_witness},
    {"relay", false, false, line_relay},
};
#define ROWS (sizeof rows / sizeof *rows)

/* The row whose name and a blank begin the line; ROWS when there is none. */
static size_t row_find(struct tg_view line, struct tg_view *ret_value)
{
    for (size_t i = 0; i < ROWS; i++) {
        const size_t bytes = strlen(rows[i].name);
        if (line.bytes <= bytes || line.data[bytes] != ' ' || memcmp(line.data, rows[i].name, bytes) != 0)
            continue;
        *ret_value = tg_view_of(line.data + bytes + 1, line.bytes - bytes - 1);
        return i;
    }
    return ROWS;
}

/* Lines in the order of the table, each as often as it says. */
struct progress {
    size_t row;   /* of the last line */
    size_t times; /* that this row came */
};

static tg_err order_check(struct progress *progress, size_t row, struct tg_errmsg *em)
{
    if (row < progress->row)
        return tg_fail(em, TG_EFORMAT, "card's line '%s' is out of order", rows[row].name);
    if (row == progress->row) {
        if (progress->times > 0 && rows[row].once)
            return tg_fail(em, TG_EFORMAT, "card has line '%s' twice", rows[row].name);
        progress->times++;
        return TG_OK;
    }
    if (progress->times == 0 && rows[progress->row].needed)
        return tg_fail(em, TG_EFORMAT, "card has no line '%s'", rows[progress->row].name);
    progress->row++;
    progress->times = 0;
    return order_check(progress, row, em);
}

/* An extension: what cannot be used is passed over as any other is. The first that can counts. */
static void extension_take(struct tg_card *card, struct tg_view line)
{
    char text[TG_CARD_CONTACT_BYTES_MAX + 1];
    const size_t front = sizeof contact_prefix - 1;
    if (card->contact[0] || !tg_view_starts_with(line, contact_prefix)) return;
    if (text_copy(tg_view_of(line.data + front, line.bytes - front), text, TG_CARD_CONTACT_BYTES_MAX)) return;
    if (tg_card_contact_check(text, NULL) == TG_OK) memcpy(card->contact, text, strlen(text) + 1);
}

static tg_err line_take(struct tg_card *card, struct tg_view line, struct progress *progress,
                        struct tg_errmsg *em)
{
    struct tg_view value;
    if (tg_view_starts_with(line, extension_prefix)) {
        extension_take(card, line);
        return TG_OK;
    }
    const size_t row = row_find(line, &value);
    if (row == ROWS) return tg_fail(em, TG_EFORMAT, "card has a line that is not known");
    tg_err err = order_check(progress, row, em);
    if (err != TG_OK) return err;
    err = rows[row].parse(card, value);
    if (err != TG_OK) return tg_fail(em, err, "card's line '%s' %s", rows[row].name, tg_err_text(err));
    return TG_OK;
}

static tg_err lines_take(struct tg_card *card, struct tg_view text, struct tg_errmsg *em)
{
    struct progress progress = {0};
    struct tg_rd rd = tg_rd_init(text);
    if (!tg_view_equal_str(tg_rd_until(&rd, '\n'), first_line))
        return tg_fail(em, TG_EMAGIC, "this is no card of version 1");
    while (rd.err == TG_OK && rd.left > 0) {
        const struct tg_view line = tg_rd_until(&rd, '\n');
        if (rd.err != TG_OK) return tg_fail(em, TG_EFORMAT, "card does not end with a newline");
        const tg_err err = line_take(card, line, &progress, em);
        if (err != TG_OK) return err;
    }
    for (size_t row = progress.row; row < ROWS; row++)
        if (rows[row].needed && (row > progress.row || progress.times == 0))
            return tg_fail(em, TG_EFORMAT, "card has no line '%s'", rows[row].name);
    return TG_OK;
}

/* --- rules across lines --- */

/* By epoch and position, one key at a time. */
static tg_err ranges_check(const struct tg_card_key *keys, size_t count, const char *name,
                           struct tg_errmsg *em)
{
    if (count == 0) return tg_fail(em, TG_EFORMAT, "card has no line '%s'", name);
    for (size_t i = 1; i < count; i++) {
        const struct tg_card_key *before = &keys[i - 1], *key = &keys[i];
        if (key->epoch < before->epoch || (key->epoch == before->epoch && key->from < before->until))
            return tg_fail(em, TG_EVALUE, "card's lines '%s' overlap or are out of order", name);
    }
    return TG_OK;
}

/* No Ed25519 key in two roles. */
static tg_err roles_check(const struct tg_card *card, struct tg_errmsg *em)
{
    const struct tg_note_key *single[] = {&card->root, &card->clock, &card->store};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *key = single[i]->public_key.bytes;
        bool twice = false;
        for (size_t k = i + 1; k < 3; k++) twice |= memcmp(key, single[k]->public_key.bytes, 32) == 0;
        for (size_t k = 0; k < card->log_count; k++)
            twice |= memcmp(key, card->logs[k].key.public_key.bytes, 32) == 0;
        for (size_t k = 0; k < card->envelope_count; k++)
            twice |= memcmp(key, card->envelopes[k].key.public_key.bytes, 32) == 0;
        if (twice) return tg_fail(em, TG_EKEY, "card uses key '%s' in two roles", single[i]->name);
    }
    for (size_t i = 0; i < card->log_count; i++)
        for (size_t k = 0; k < card->envelope_count; k++)
            if (memcmp(card->logs[i].key.public_key.bytes, card->envelopes[k].key.public_key.bytes, 32) == 0)
                return tg_fail(em, TG_EKEY, "card uses key '%s' in two roles", card->logs[i].key.name);
    if (memcmp(card->seal.bytes, card->recovery.bytes, 32) == 0 ||
        memcmp(card->seal.bytes, card->curve, 32) == 0 || memcmp(card->recovery.bytes, card->curve, 32) == 0)
        return tg_fail(em, TG_EKEY, "card uses one key for two of seal, recovery and curve");
    return TG_OK;
}

tg_err tg_card_check(const struct tg_card *card, struct tg_errmsg *em)
{
    struct tg_node_id id;
    tg_node_id_of_root(&card->root.public_key, &id);
    if ((card->serial == 1) == card->has_prev)
        return tg_fail(em, TG_EVALUE, "card of serial %" PRIu64 " %s a previous card", card->serial,
                       card->has_prev ? "names" : "does not name");
    if (card->serial == 1 && !tg_node_id_equal(&id, &card->node))
        return tg_fail(em, TG_EKEY, "card's node is not that of its root key");
    tg_err err = ranges_check(card->logs, card->log_count, "key log", em);
    if (err == TG_OK) err = ranges_check(card->envelopes, card->envelope_count, "key envelope", em);
    return err != TG_OK ? err : roles_check(card, em);
}

/* --- encoding --- */

static tg_err put_hash(struct tg_buf *out, const char *name, bool has, const struct tg_hash *hash)
{
    char text[TG_BASE64_BYTES(TG_HASH_BYTES)] = "-";
    if (has) tg_base64_encode(hash->bytes, TG_HASH_BYTES, text);
    return tg_buf_putf(out, "%s %s\n", name, text);
}

static tg_err put_key(struct tg_buf *out, const char *name, const struct tg_note_key *key)
{
    char vkey[TG_VKEY_BYTES];
    tg_note_key_format(key, vkey);
    return tg_buf_putf(out, "key %s %s\n", name, vkey);
}

static tg_err put_ranges(struct tg_buf *out, const char *name, const struct tg_card_key *keys, size_t count)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++) {
        char vkey[TG_VKEY_BYTES];
        tg_note_key_format(&keys[i].key, vkey);
        err = tg_buf_putf(out, "key %s %s epoch %" PRIu32 " from %" PRIu64, name, vkey, keys[i].epoch,
                          keys[i].from);
        if (err == TG_OK && keys[i].until != UINT64_MAX)
            err = tg_buf_putf(out, " until %" PRIu64, keys[i].until);
        if (err == TG_OK) err = tg_buf_put_str(out, "\n");
    }
    return err;
}

static tg_err put_x25519(struct tg_buf *out, const char *name, const struct tg_seal_public *key)
{
    char text[TG_BASE64_BYTES(32)];
    tg_base64_encode(key->bytes, 32, text);
    return tg_buf_putf(out, "key %s %s\n", name, text);
}

static tg_err put_nodes(struct tg_buf *out, const char *name, const struct tg_node_id *nodes, size_t count)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && err == TG_OK; i++) {
        char node[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&nodes[i], node);
        err = tg_buf_putf(out, "%s %s\n", name, node);
    }
    return err;
}

static tg_err put_head(struct tg_buf *out, const struct tg_card *card)
{
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&card->node, node);
    tg_err err = tg_buf_putf(out, "%s\nnode %s\nserial %" PRIu64 "\ncountry %s\nname %s\n", first_line, node,
                             card->serial, card->country, card->name);
    if (err == TG_OK) err = put_hash(out, "prev", card->has_prev, &card->prev);
    if (err == TG_OK) err = put_hash(out, "next-root", card->has_next_root, &card->next_root);
    return err;
}

static tg_err put_keys(struct tg_buf *out, const struct tg_card *card)
{
    char curve[TG_Z85_BYTES(32)];
    tg_z85_encode(card->curve, sizeof card->curve, curve);
    tg_err err = put_key(out, "root", &card->root);
    if (err == TG_OK) err = put_ranges(out, "log", card->logs, card->log_count);
    if (err == TG_OK) err = put_ranges(out, "envelope", card->envelopes, card->envelope_count);
    if (err == TG_OK) err = put_key(out, "clock", &card->clock);
    if (err == TG_OK) err = put_key(out, "store", &card->store);
    if (err == TG_OK) err = put_x25519(out, "seal", &card->seal);
    if (err == TG_OK) err = put_x25519(out, "recovery", &card->recovery);
    if (err == TG_OK) err = tg_buf_putf(out, "key curve %s\n", curve);
    return err;
}

tg_err tg_card_put(const struct tg_card *card, struct tg_buf *out)
{
    tg_err err = put_head(out, card);
    if (err == TG_OK) err = put_keys(out, card);
    for (size_t i = 0; i < card->endpoint_count && err == TG_OK; i++)
        err = tg_buf_putf(out, "endpoint %s\n", card->endpoints[i]);
    if (err == TG_OK) err = put_nodes(out, "witness", card->witnesses, card->witness_count);
    if (err == TG_OK) err = put_nodes(out, "relay", card->relays, card->relay_count);
    return err;
}

/* --- parsing --- */

static bool characters_valid(struct tg_view text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if ((text.data[i] < 0x20 && text.data[i] != '\n') || text.data[i] == 0x7f) return false;
    return tg_utf8_valid(text);
}

/* What remains without x- lines must be what we would write. */
static tg_err canonical_check(const struct tg_card *card, struct tg_view text, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf ours = {0};
    struct tg_view rest;
    const tg_err err = tg_card_put(card, &ours);
    if (err != TG_OK) return err;
    rest = tg_buf_view(&ours);
    for (struct tg_rd rd = tg_rd_init(text); rd.left > 0;) {
        struct tg_view line = tg_rd_until(&rd, '\n');
        if (tg_view_starts_with(line, extension_prefix)) continue;
        line.bytes += 1;
        if (rest.bytes < line.bytes || memcmp(rest.data, line.data, line.bytes) != 0)
            return tg_fail(em, TG_EFORMAT, "card is not written in canonical form");
        rest = tg_view_of(rest.data + line.bytes, rest.bytes - line.bytes);
    }
    return rest.bytes == 0 ? TG_OK : tg_fail(em, TG_EFORMAT, "card is not written in canonical form");
}

tg_err tg_card_parse_text(struct tg_view text, struct tg_card *ret_card, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *card = calloc(1, sizeof *card);
    if (card == NULL) return tg_fail(em, TG_ENOMEM, "no memory for a card");
    if (text.bytes > TG_CARD_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "card is over %d bytes", TG_CARD_BYTES_MAX);
    if (!characters_valid(text))
        return tg_fail(em, TG_EFORMAT, "card is not UTF-8 or holds control characters");
    tg_err err = lines_take(card, text, em);
    if (err == TG_OK) err = tg_card_check(card, em);
    if (err == TG_OK) err = canonical_check(card, text, em);
    if (err != TG_OK) return err;
    tg_card_text_hash(text, &card->text_hash);
    *ret_card = *card;
    return TG_OK;
}
