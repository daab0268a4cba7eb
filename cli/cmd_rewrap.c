/* rewrap: a new key-encryption key in the node's key file; and, once nothing is under the former one, that one destroyed.
 *
 * Knows no stored key: the node wraps them anew. Verb `status`: docs/control.md; key file: docs/formats-keys.md.
 */
#include "cli/command.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "crypto/vault.h"

const struct tg_option tg_rewrap_options[] = {
    {"finish", 0, TG_OPTION_FLAG, false, NULL, "destroy the former key, when nothing needs it", NULL, 0, 0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE",
     "passphrase of node.key (else as the node takes it)", NULL, 0, 0},
    TG_OPTION_END,
};

static tg_err keys_open(struct tg_cli *cli, const struct tg_args *args, struct tg_keys *keys,
                        struct tg_errmsg *em)
{
    struct tg_config *config = calloc(1, sizeof *config);
    char path[TG_KEYS_PATH_BYTES];
    if (!config) return tg_fail(em, TG_ENOMEM, "out of memory");
    tg_err err = tg_keys_settings(cli, config, path, em);
    if (!err) err = tg_keys_edit_node(cli, config, tg_args_text(args, "passphrase-file", NULL), keys, em);
    free(config);
    return err;
}

static tg_err key_begin(struct tg_cli *cli, struct tg_keys *keys, struct tg_errmsg *em)
{
    if (tg_keys_former(&keys->keyfile, TG_VAULT_WRAP))
        return tg_fail(em, TG_EEXIST,
                       "a former key-encryption key is still in '%s': end that change first, 'tamga rewrap "
                       "--finish'",
                       keys->path);
    TG_AUTO_PTR(tg_secret) struct tg_secret *fresh = tg_secret_new(TG_KEY_BYTES);
    if (!fresh) return tg_fail(em, TG_ENOMEM, "no guarded memory for a key");
    tg_random_fill(cli->random, tg_secret_data_mutable(fresh), TG_KEY_BYTES);
    tg_err err = tg_keys_push(&keys->keyfile, TG_VAULT_WRAP, fresh, em);
    if (!err) err = tg_keys_save(cli, keys, em);
    if (err) return err;
    tg_talk(cli,
            "a new key-encryption key is in '%s', and the former one beside it\n\n"
            "1. Start the node anew. It wraps every stored batch key under the new key beside\n"
            "   its work, and builds its index anew before it answers.\n"
            "2. 'tamga status' shows how far it is.\n"
            "3. 'tamga rewrap --finish' then destroys the former key.\n",
            keys->path);
    return TG_OK;
}

/* Whether the node that runs has this key, and nothing left under the former one. */
static tg_err node_check(struct tg_cli *cli, const struct tg_keys *keys, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    struct tg_control_msg done;
    const struct tg_secret *current = tg_keyfile_get(&keys->keyfile, TG_VAULT_WRAP);
    if (!current || tg_secret_bytes(current) != TG_KEY_BYTES)
        return tg_fail(em, TG_EKEY, "'%s' has no key-encryption key", keys->path);
    tg_err err = tg_session_ask(cli, "status", &arena, &done, em);
    if (err) return tg_context(em, err, "the node has to say that nothing needs the former key any more");
    if (tg_control_number(&done, "wrap_id", 0) != (int64_t)tg_wrap_id_of(tg_secret_data(current)))
        return tg_fail(em, TG_EBUSY,
                       "the node runs with another key-encryption key than '%s' has: start it anew, and wait",
                       keys->path);
    if (tg_control_number(&done, "wrap_former", 0) && !tg_control_number(&done, "rewrap_done", 0))
        return tg_fail(em, TG_EBUSY,
                       "the node has not yet wrapped every stored key anew (%lld of %lld): 'tamga status' "
                       "shows how far it is",
                       (long long)tg_control_number(&done, "rewrap_looked", 0),
                       (long long)tg_control_number(&done, "rewrap_total", 0));
    return TG_OK;
}

static tg_err key_finish(struct tg_cli *cli, struct tg_keys *keys, struct tg_errmsg *em)
{
    size_t former = tg_keys_former(&keys->keyfile, TG_VAULT_WRAP);
    if (!former)
        return tg_fail(em, TG_ENOENT, "no former key-encryption key is in '%s': nothing to finish",
                       keys->path);
    tg_err err = node_check(cli, keys, em);
    if (!err)
        err = tg_terminal_confirm(
            cli, "destroy the former key? backups made before stay readable with their own key file alone.",
            em);
    while (!err && former) err = tg_keys_drop(&keys->keyfile, TG_VAULT_WRAP, former--, em);
    if (!err) err = tg_keys_save(cli, keys, em);
    if (err) return err;
    tg_talk(cli,
            "the former key-encryption key is gone from '%s'; the node forgets it when it is\n"
            "started anew. What was erased before cannot be read from old pages of this store\n"
            "any more, nor from a backup made without keys.\n"
            "Not covered: backups that have the former key file in them (destroy them), and\n"
            "partners' records, as long as the seal key that they were sealed to is held.\n",
            keys->path);
    return TG_OK;
}

tg_err tg_cmd_rewrap(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_keys) struct tg_keys keys = {0};
    tg_err err = keys_open(cli, args, &keys, em);
    if (err) return err;
    return tg_args_has(args, "finish") ? key_finish(cli, &keys, em) : key_begin(cli, &keys, em);
}
