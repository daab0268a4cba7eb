/* The text file BACKUP of a backup: lines of a name and a value.
 *
 * Knows no folder. Format: docs/formats-store.md "Backup".
 */
#include "proto/backup.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/text.h"

#define MAGIC "tamga backup "
#define KEYS_APART "keys apart"
#define VERSION 1

enum line { NODE, COUNTRY, NAME, TAKEN, SOFTWARE, SOCKET, EPOCH, SIZE, ROOT, RECORDS, LINES };
static const char *const names[LINES] = {
    [NODE] = "node",     [COUNTRY] = "country", [NAME] = "name", [TAKEN] = "taken", [SOFTWARE] = "software",
    [SOCKET] = "socket", [EPOCH] = "epoch",     [SIZE] = "size", [ROOT] = "root",   [RECORDS] = "records"};

tg_err tg_backup_about_encode(const struct tg_backup_about *about, struct tg_buf *out)
{
    char node[TG_NODE_TEXT_BYTES], taken[TG_TIME_TEXT_BYTES], root[TG_HEX_BYTES(TG_HASH_BYTES)];
    TG_AUTO(tg_buf) struct tg_buf name = {0};
    tg_node_id_format(&about->node, node);
    tg_time_format(about->taken_ms, taken);
    tg_hex_encode(about->root.bytes, sizeof about->root.bytes, root);
    tg_err err = tg_text_escape(tg_view_str(about->name), &name);
    if (!err)
        err = tg_buf_putf(out, "%s%d\nnode %s\ncountry %s\nname %.*s\ntaken %s\nsoftware %s\nsocket %s\n",
                          MAGIC, VERSION, node, about->country, TG_VIEW_PRINT(tg_buf_view(&name)), taken,
                          about->software, about->socket);
    if (!err)
        err = tg_buf_putf(out, "epoch %" PRIu32 "\nsize %" PRIu64 "\nroot %s\nrecords %" PRIu64 "\n",
                          about->epoch, about->size, root, about->records);
    if (!err && about->without_keys) err = tg_buf_put_str(out, KEYS_APART "\n");
    return err ? err
               : tg_buf_put_str(out, "# Check it:    tamga backup --check THIS_FOLDER\n"
                                     "# Put it back: tamga restore THIS_FOLDER NEW_FOLDER\n"
                                     "# The passphrase of the keys is not in here.\n");
}

/* ---- decoding ---- */

static struct tg_view line_take(struct tg_view *text)
{
    const uint8_t *end = text->bytes ? memchr(text->data, '\n', text->bytes) : NULL;
    size_t bytes = end ? (size_t)(end - text->data) : text->bytes;
    struct tg_view line = tg_view_of(text->data, bytes);
    size_t taken = end ? bytes + 1 : bytes;
    *text = tg_view_of(text->data + taken, text->bytes - taken);
    return line;
}

static tg_err version_check(struct tg_view first, struct tg_errmsg *em)
{
    uint64_t version = 0;
    size_t magic = strlen(MAGIC);
    bool good = tg_view_starts_with(first, MAGIC) &&
                !tg_text_u64(tg_view_of(first.data + magic, first.bytes - magic), UINT32_MAX, &version) &&
                version;
    if (!good) return tg_fail(em, TG_EMAGIC, "it does not begin with '%s%d'", MAGIC, VERSION);
    if (version > VERSION)
        return tg_fail(em, TG_EVERSION, "it was made by a newer program (backup format %" PRIu64 ")",
                       version);
    return TG_OK;
}

static tg_err line_keep(struct tg_view line, struct tg_view values[static LINES], struct tg_errmsg *em)
{
    for (size_t i = 0; i < LINES; i++) {
        size_t bytes = strlen(names[i]);
        if (!tg_view_starts_with(line, names[i]) || line.bytes <= bytes || line.data[bytes] != ' ') continue;
        if (values[i].data) return tg_fail(em, TG_EFORMAT, "it says '%s' twice", names[i]);
        values[i] = tg_view_of(line.data + bytes + 1, line.bytes - bytes - 1);
    }
    return TG_OK;
}

static tg_err text_keep(struct tg_view value, char *out, size_t out_bytes)
{
    if (value.bytes >= out_bytes || memchr(value.data, 0, value.bytes)) return TG_EVALUE;
    memcpy(out, value.data, value.bytes);
    out[value.bytes] = 0;
    return TG_OK;
}

static tg_err value_read(enum line line, struct tg_view value, struct tg_backup_about *about)
{
    uint64_t epoch = 0;
    tg_err err = TG_OK;
    switch (line) {
    case NODE:
        return tg_node_id_parse(value, &about->node);
    case COUNTRY:
        return text_keep(value, about->country, sizeof about->country);
    case NAME: /* a name that was escaped may be longer: what is shown of it is cut */
        if (value.bytes > TG_CARD_NAME_BYTES_MAX) value.bytes = TG_CARD_NAME_BYTES_MAX;
        return text_keep(value, about->name, sizeof about->name);
    case TAKEN:
        return tg_time_parse(value, &about->taken_ms, NULL);
    case SOFTWARE:
        return text_keep(value, about->software, sizeof about->software);
    case SOCKET:
        return text_keep(value, about->socket, sizeof about->socket);
    case EPOCH:
        err = tg_text_u64(value, UINT32_MAX, &epoch);
        about->epoch = (uint32_t)epoch;
        return err;
    case SIZE:
        return tg_text_u64(value, INT64_MAX, &about->size);
    case ROOT:
        return tg_hex_decode(value, about->root.bytes, sizeof about->root.bytes);
    case RECORDS:
        return tg_text_u64(value, INT64_MAX, &about->records);
    case LINES:
        break;
    }
    return TG_EBUG;
}

tg_err tg_backup_about_decode(struct tg_view text, struct tg_backup_about *ret_about, struct tg_errmsg *em)
{
    struct tg_view values[LINES] = {0};
    struct tg_backup_about about = {0};
    tg_err err = version_check(line_take(&text), em);
    while (!err && text.bytes) {
        struct tg_view line = line_take(&text);
        about.without_keys |= tg_view_equal_str(line, KEYS_APART);
        err = line_keep(line, values, em);
    }
    if (err) return err;
    for (size_t i = 0; i < LINES; i++) {
        if (!values[i].data) return tg_fail(em, TG_EFORMAT, "it does not say '%s'", names[i]);
        err = value_read((enum line)i, values[i], &about);
        if (err) return tg_fail(em, err, "its '%s' is not one", names[i]);
    }
    *ret_about = about;
    return TG_OK;
}

void tg_backup_peer_name(const char *country, const struct tg_node_id *node,
                         char out[static TG_BACKUP_PEER_NAME_BYTES])
{
    char text[TG_NODE_TEXT_BYTES];
    tg_node_id_format(node, text);
    (void)snprintf(out, TG_BACKUP_PEER_NAME_BYTES, TG_BACKUP_PEERS_DIR "/%.2s-%.8s.note", country, text);
}
