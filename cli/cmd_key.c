/* key list, key prune: which keys the node works with, and giving up those that nobody needs any more.
 *
 * Knows no card's meaning beyond its seal key. Verb `keys`: docs/control.md; names: docs/formats-keys.md.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/card_draft.h"
#include "cli/command.h"
#include "cli/keys_next.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "cli/terminal.h"
#include "crypto/vault.h"

const struct tg_option tg_key_prune_options[] = {
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "passphrase of node.key (else as the settings say)",
     NULL, 0, 0},
    TG_OPTION_END,
};

/* ---- what the node says ---- */

#define IDS_MAX TG_VAULT_SEALS_MAX
struct answer {
    struct tg_table table;
    struct tg_buf missing;      /* countries that have not got the newest card */
    char free_ids[IDS_MAX][16]; /* former seal keys that nobody needs */
    size_t free_count, kept_count;
    struct tg_buf kept; /* who needs the others */
};

static void answer_release(struct answer *answer)
{
    tg_table_release(&answer->table);
    tg_buf_release(&answer->missing);
    tg_buf_release(&answer->kept);
}
TG_AUTO_DEFINE(answer, answer_release)

static tg_err list_add(struct tg_buf *list, struct tg_view text)
{
    tg_err err = list->bytes ? tg_buf_put_str(list, ", ") : TG_OK;
    return err ? err : tg_text_escape(text, list);
}

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct answer *answer = ctx;
    if (tg_row_is(msg, "partner"))
        return tg_control_number(msg, "has", 0) ? TG_OK
                                                : list_add(&answer->missing, tg_row_view(msg, "country"));
    if (!tg_row_is(msg, "key")) return TG_OK;
    tg_table_fields(&answer->table, msg, tg_table_keys.as);
    if (strcmp(tg_control_text(msg, "state", ""), "former") != 0) return answer->table.err;
    const struct tg_view needed = tg_row_view(msg, "needed_by");
    if (needed.bytes) {
        answer->kept_count++;
        return list_add(&answer->kept, needed);
    }
    if (answer->free_count < IDS_MAX)
        (void)snprintf(answer->free_ids[answer->free_count++], sizeof answer->free_ids[0], "%.15s",
                       tg_control_text(msg, "id", ""));
    return answer->table.err;
}

static tg_err keys_ask(struct tg_cli *cli, struct answer *answer, struct tg_arena *arena,
                       struct tg_control_msg *ret_done, struct tg_errmsg *em)
{
    TG_AUTO(tg_request) struct tg_request request;
    tg_table_start(&answer->table, cli, &tg_table_keys);
    tg_request_begin(cli, &request, "keys");
    return tg_session_call(cli, &request, on_row, answer, arena, ret_done, em);
}

tg_err tg_cmd_key_list(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    (void)args;
    TG_AUTO(answer) struct answer answer = {.free_count = 0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_err err = keys_ask(cli, &answer, &arena, &done, em);
    if (!err) err = tg_table_end(&answer.table);
    if (err || cli->format != TG_FORMAT_TEXT) return err;
    if (answer.missing.bytes)
        tg_talk(cli, "\ncard %lld has not reached %.*s yet\n",
                (long long)tg_control_number(&done, "serial", 0),
                TG_VIEW_PRINT(tg_buf_view(&answer.missing)));
    if (tg_control_number(&done, "restart", 0))
        tg_talk(cli, "\nkeys of card %lld wait for the next start of the node\n",
                (long long)tg_control_number(&done, "serial", 0));
    if (tg_control_number(&done, "seal_days", 0) >= TG_SEAL_KEY_DAYS)
        tg_talk(cli, "\nthe seal key is %lld days old: 'tamga card draft --rotate seal'\n",
                (long long)tg_control_number(&done, "seal_days", 0));
    if (answer.free_count)
        tg_talk(cli, "\nnobody needs a former key any more: 'tamga key prune' destroys it\n");
    return TG_OK;
}

/* ---- prune ---- */

static bool is_free(const struct answer *answer, const struct tg_seal_public *seal)
{
    struct tg_hash hash;
    char id[16];
    tg_sha256_of(TG_VIEW_ARRAY(seal->bytes), &hash);
    tg_hex_encode(hash.bytes, 4, id);
    for (size_t i = 0; i < answer->free_count; i++)
        if (strcmp(id, answer->free_ids[i]) == 0) return true;
    return false;
}

static tg_err free_drop(struct tg_keyfile *keyfile, const struct answer *answer, size_t *ret_dropped,
                        struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t number = tg_keys_former(keyfile, TG_VAULT_SEAL); number > 0 && !err; number--) {
        struct tg_seal_public seal;
        if (!tg_keys_seal_public(keyfile, number, &seal) || !is_free(answer, &seal)) continue;
        err = tg_keys_drop(keyfile, TG_VAULT_SEAL, number, em);
        if (!err) (*ret_dropped)++;
    }
    return err;
}

static tg_err pruned_put(struct tg_cli *cli, const struct answer *answer, bool moved, size_t dropped)
{
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "pruned");
        tg_json_number(&json, "moved", moved);
        tg_json_number(&json, "destroyed", (int64_t)dropped);
        tg_json_number(&json, "kept", (int64_t)answer->kept_count);
        return tg_json_put(&json, cli);
    }
    if (moved) tg_put(cli, "keys of the card in force are in their places\n");
    if (dropped) tg_put(cli, "%zu former seal key%s destroyed\n", dropped, dropped == 1 ? "" : "s");
    if (answer->kept_count)
        tg_put(cli, "%zu kept: %.*s may still have sealed to it\n", answer->kept_count,
               TG_VIEW_PRINT(tg_buf_view(&answer->kept)));
    if (!moved && !dropped && !answer->kept_count) tg_put(cli, "nothing to do\n");
    if (moved || dropped)
        tg_talk(cli, "the node that runs still has what it read at its start: start it anew. Copies\n"
                     "of the old key file, in backups too, open what it opened: destroy them too\n");
    return TG_OK;
}

tg_err tg_cmd_key_prune(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(answer) struct answer answer = {.free_count = 0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_card_file) struct tg_card_file card = {0};
    TG_AUTO(tg_keys) struct tg_keys keys = {.lock_fd = -1};
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    struct tg_control_msg done;
    bool moved = false;
    size_t dropped = 0;
    struct tg_own_log log = {.epoch = 0};
    if (!config) return TG_ENOMEM;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_err err = keys_ask(cli, &answer, &arena, &done, em);
    if (!err && tg_control_number(&done, "restart", 0))
        err = tg_fail(em, TG_EBUSY,
                      "keys of the newest card wait for the next start of the node: start it anew first");
    if (!err) err = tg_card_file_own(cli, &card, em);
    if (!err) err = tg_own_log_get(cli, &card.card->node, &log, em);
    if (!err) err = tg_keys_settings(cli, config, NULL, em);
    if (!err) err = tg_keys_edit_node(cli, config, tg_args_text(args, "passphrase-file", NULL), &keys, em);
    if (!err) err = tg_keys_settle(&keys.keyfile, card.card, log.size, false, &moved, em);
    if (!err && answer.free_count)
        err = tg_terminal_confirm(
            cli, "destroy former seal keys, so that nothing sealed to them opens again?", em);
    if (!err) err = free_drop(&keys.keyfile, &answer, &dropped, em);
    if (!err && (moved || dropped)) err = tg_keys_save(cli, &keys, em);
    return err ? err : pruned_put(cli, &answer, moved, dropped);
}
