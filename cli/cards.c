/* Cards from files and from the node, for the commands that show and enrol them.
 *
 * Knows no trust: a card is checked against itself, never believed.
 */
#include "cli/cards.h"

#include "base/file.h"
#include "cli/output.h"
#include "cli/session.h"
#include "proto/prologue.h"

void tg_card_file_release(struct tg_card_file *file)
{
    tg_buf_release(&file->note);
    tg_buf_release(&file->prologue);
    free(file->card);
    file->card = NULL;
}

static tg_err card_open(struct tg_card_file *file, struct tg_errmsg *em)
{
    struct tg_card *card = calloc(1, sizeof *card);
    if (!card) return tg_fail(em, TG_ENOMEM, "cannot read the card: out of memory");
    tg_err err = tg_card_open(tg_buf_view(&file->note), card, em);
    if (err)
        free(card);
    else
        file->card = card;
    return err;
}

tg_err tg_card_file_read(const char *path, struct tg_card_file *file, struct tg_errmsg *em)
{
    tg_err err = tg_file_read(path, TG_NOTE_BYTES_MAX, &file->note, em);
    if (err) return err;
    struct tg_view card = tg_buf_view(&file->note), prologue;
    tg_prologue_split(&card, &prologue);
    err = tg_buf_put_view(&file->prologue, prologue);
    if (err) return err;
    file->note.bytes = card.bytes;
    err = card_open(file, em);
    return err ? tg_context(em, err, "'%s' is not a valid card", path) : TG_OK;
}

tg_err tg_card_file_own(struct tg_cli *cli, struct tg_card_file *file, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    tg_err err = tg_session_ask(cli, "card", &arena, &done, em);
    if (!err) err = tg_buf_put_str(&file->note, tg_control_text(&done, "card", ""));
    if (!err) err = tg_buf_put_str(&file->prologue, tg_control_text(&done, "prologue", ""));
    if (err) return err;
    err = card_open(file, em);
    return err ? tg_context(em, err, "the node gave a card that is not valid") : TG_OK;
}

struct asking {
    const struct tg_node_id *node;
    bool found;
    struct tg_own_log log;
};

static tg_err on_log(void *ctx, const struct tg_control_msg *msg)
{
    struct asking *own = ctx;
    struct tg_node_id origin;
    if (!tg_row_is(msg, "log") || tg_node_id_parse(tg_row_view(msg, "origin"), &origin)) return TG_OK;
    const uint32_t epoch = (uint32_t)tg_control_number(msg, "epoch", 0);
    const struct tg_view root = tg_control_data(msg, "root");
    if (!tg_node_id_equal(&origin, own->node) || (own->found && epoch < own->log.epoch)) return TG_OK;
    own->found = true;
    own->log = (struct tg_own_log){.epoch = epoch, .size = (uint64_t)tg_control_number(msg, "size", 0)};
    if (root.bytes == sizeof own->log.root.bytes) memcpy(own->log.root.bytes, root.data, root.bytes);
    return TG_OK;
}

tg_err tg_own_log_get(struct tg_cli *cli, const struct tg_node_id *node, struct tg_own_log *ret_log,
                      struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct asking own = {.node = node};
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_sha256_of(tg_view_of(NULL, 0), &own.log.root);
    tg_request_begin(cli, &request, "log");
    tg_err err = tg_session_call(cli, &request, on_log, &own, &arena, NULL, em);
    if (!err) *ret_log = own.log;
    return err;
}

static void keys_json(struct tg_json *json, const char *name, const struct tg_card_key *keys, size_t count)
{
    TG_AUTO(tg_buf) struct tg_buf list = {0};
    char vkey[TG_VKEY_BYTES];
    tg_err err = tg_buf_put_str(&list, "[");
    for (size_t i = 0; i < count && !err; i++) {
        tg_note_key_format(&keys[i].key, vkey);
        err = tg_buf_putf(&list, "%s{\"key\":\"%s\",\"epoch\":%u,\"from\":%llu", i ? "," : "", vkey,
                          keys[i].epoch, (unsigned long long)keys[i].from);
        if (!err && keys[i].until != UINT64_MAX)
            err = tg_buf_putf(&list, ",\"until\":%llu", (unsigned long long)keys[i].until);
        if (!err) err = tg_buf_put_str(&list, "}");
    }
    if (!err) err = tg_buf_put_str(&list, "]");
    if (err) json->err = err;
    tg_json_raw(json, name, tg_buf_view(&list));
}

static void endpoints_json(struct tg_json *json, const struct tg_card *card)
{
    TG_AUTO(tg_buf) struct tg_buf list = {0};
    tg_err err = tg_buf_put_str(&list, "[");
    for (size_t i = 0; i < card->endpoint_count && !err; i++) {
        if (i) err = tg_buf_put_str(&list, ",");
        if (!err) err = tg_json_string(&list, tg_view_str(card->endpoints[i]));
    }
    if (!err) err = tg_buf_put_str(&list, "]");
    if (err) json->err = err;
    tg_json_raw(json, "endpoints", tg_buf_view(&list));
}

static tg_err card_json(struct tg_cli *cli, const struct tg_card *card)
{
    struct tg_json json;
    char node[TG_NODE_TEXT_BYTES], vkey[TG_VKEY_BYTES];
    tg_node_id_format(&card->node, node);
    tg_note_key_format(&card->root, vkey);
    tg_json_begin(&json, "card");
    tg_json_text(&json, "node", tg_view_str(node));
    tg_json_number(&json, "serial", (int64_t)card->serial);
    tg_json_text(&json, "country", tg_view_str(card->country));
    tg_json_text(&json, "name", tg_view_str(card->name));
    tg_json_text(&json, "contact", tg_view_str(card->contact));
    tg_json_text(&json, "root", tg_view_str(vkey));
    keys_json(&json, "logs", card->logs, card->log_count);
    keys_json(&json, "envelopes", card->envelopes, card->envelope_count);
    endpoints_json(&json, card);
    tg_json_hex(&json, "hash", TG_VIEW_ARRAY(card->text_hash.bytes));
    return tg_json_put(&json, cli);
}

static void line(struct tg_cli *cli, const char *label, const char *text)
{
    char first[32];
    (void)snprintf(first, sizeof first, "%-11s ", label);
    tg_put_wrapped(cli, first, 12, tg_view_str(text));
}

static void key_ranges(struct tg_cli *cli, const char *label, const struct tg_card_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tg_put(cli, "%-11s %08x, epoch %u, from position %llu", label, keys[i].key.id, keys[i].epoch,
               (unsigned long long)keys[i].from);
        if (keys[i].until != UINT64_MAX) tg_put(cli, " until %llu", (unsigned long long)keys[i].until);
        tg_put(cli, "\n");
        label = "";
    }
}

static void ids_put(struct tg_cli *cli, const char *label, const struct tg_node_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char node[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&ids[i], node);
        line(cli, i ? "" : label, node);
    }
}

static tg_err card_text(struct tg_cli *cli, const struct tg_card *card)
{
    char node[TG_NODE_TEXT_BYTES], serial[64];
    TG_AUTO(tg_buf) struct tg_buf name = {0};
    tg_err err = tg_put_reading(&name, tg_view_str(card->name));
    if (err || (err = tg_buf_put(&name, "", 1))) return err;
    tg_node_id_format(&card->node, node);
    (void)snprintf(serial, sizeof serial, "%llu%s", (unsigned long long)card->serial,
                   card->has_next_root ? ", next root key announced" : "");
    line(cli, "country", card->country);
    line(cli, "name", (const char *)name.data);
    line(cli, "node", node);
    line(cli, "card", serial);
    tg_put(cli, "%-11s %08x\n", "root key", card->root.id);
    key_ranges(cli, "log", card->logs, card->log_count);
    key_ranges(cli, "envelopes", card->envelopes, card->envelope_count);
    for (size_t i = 0; i < card->endpoint_count; i++) line(cli, i ? "" : "endpoint", card->endpoints[i]);
    if (!card->endpoint_count) line(cli, "endpoint", "none: this node dials, and is not dialled");
    if (card->contact[0]) line(cli, "contact", card->contact);
    ids_put(cli, "witness", card->witnesses, card->witness_count);
    ids_put(cli, "relay", card->relays, card->relay_count);
    return TG_OK;
}

tg_err tg_card_print(struct tg_cli *cli, const struct tg_card *card)
{
    return cli->format == TG_FORMAT_JSON ? card_json(cli, card) : card_text(cli, card);
}
