/* card root, card sign: what is done on a machine that never sees a network, with the keys that a node never sees.
 *
 * Knows no node and no socket. Files: docs/formats-keys.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/card_draft.h"
#include "cli/command.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "crypto/hpke.h"

#define ROOT_FILE "root.pub"
#define OLD_ROOT "old-root.key"
#define OLD_RECOVERY "old-recovery.key"
#define FRESH_ROOT "fresh-root.key"
#define FRESH_RECOVERY "fresh-recovery.key"
#define PUBLIC_MODE 0644
#define KEYS_MODE 0700
#define SECRET_ROOT "root"
#define SECRET_RECOVERY "recovery"

const struct tg_option tg_card_root_options[] = {
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "passphrase of the keys (else it is asked for)",
     NULL, 0, 0},
    TG_OPTION_END,
};

const struct tg_option tg_card_sign_options[] = {
    {"keys", 0, TG_OPTION_FILE, false, "DIR", "folder that 'tamga card root' made", NULL, 0, 0},
    {"out", 'o', TG_OPTION_FILE, false, "FILE", "where the signed card goes (else standard output)", NULL, 0,
     0},
    {"rotate-root", 0, TG_OPTION_FLAG, false, NULL,
     "the announced root key takes over, and a next one is made", NULL, 0, 0},
    {"rotate-recovery", 0, TG_OPTION_FLAG, false, NULL, "make a new recovery key, and keep the old one", NULL,
     0, 0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "passphrase of the keys (else it is asked for)",
     NULL, 0, 0},
    TG_OPTION_END,
};

static tg_err root_secret_of(const struct tg_keyfile *keyfile, struct tg_sign_secret *ret_secret,
                             struct tg_sign_public *ret_public, struct tg_errmsg *em)
{
    const struct tg_secret *seed = tg_keyfile_get(keyfile, SECRET_ROOT);
    if (!seed || tg_secret_bytes(seed) != TG_SIGN_SEED_BYTES)
        return tg_fail(em, TG_EKEY, "the key file holds no root key");
    tg_sign_secret_from_seed(tg_secret_data(seed), ret_secret, ret_public);
    return TG_OK;
}

static tg_err make_one(struct tg_cli *cli, const char *folder, const char *file, const char *secret,
                       const struct tg_secret *passphrase, struct tg_keyfile *keyfile, struct tg_errmsg *em)
{
    tg_err err = tg_keyfile_generate(keyfile, secret, TG_KEY_BYTES, cli->random);
    return err ? err : tg_keys_create(cli, folder, file, keyfile, passphrase, em);
}

static void recovery_public_of(const struct tg_keyfile *keyfile, struct tg_seal_public *ret_public)
{
    TG_AUTO(tg_key) struct tg_key secret;
    memcpy(secret.bytes, tg_secret_data(tg_keyfile_get(keyfile, SECRET_RECOVERY)), sizeof secret.bytes);
    tg_seal_public_of(&secret, ret_public);
}

tg_err tg_cmd_card_root(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile root = {0}, next = {0}, recovery = {0};
    TG_AUTO_PTR(tg_secret) struct tg_secret *passphrase = NULL;
    TG_AUTO(tg_sign_secret) struct tg_sign_secret secret, next_secret;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_root_file file;
    struct tg_sign_public next_public;
    char path[TG_CLI_PATH_BYTES_MAX], node_text[TG_NODE_TEXT_BYTES];
    const char *folder = args->words[0];
    tg_err err = tg_path_join(folder, ROOT_FILE, path, sizeof path, em);
    if (!err && !access(path, F_OK))
        err = tg_fail(em, TG_EEXIST, "'%s' is there already: nothing was changed", path);
    if (!err)
        err = tg_passphrase_get(cli, tg_args_text(args, "passphrase-file", NULL), true, &passphrase, em);
    if (!err) err = tg_dir_ensure(folder, KEYS_MODE, em);
    if (!err) err = make_one(cli, folder, TG_KEYS_ROOT, SECRET_ROOT, passphrase, &root, em);
    if (!err) err = make_one(cli, folder, TG_KEYS_NEXT_ROOT, SECRET_ROOT, passphrase, &next, em);
    if (!err) err = make_one(cli, folder, TG_KEYS_RECOVERY, SECRET_RECOVERY, passphrase, &recovery, em);
    if (!err) err = root_secret_of(&root, &secret, &file.root, em);
    if (!err) err = root_secret_of(&next, &next_secret, &next_public, em);
    if (err) return err;
    tg_sha256_of(TG_VIEW_ARRAY(next_public.bytes), &file.next_root);
    recovery_public_of(&recovery, &file.recovery);
    err = tg_root_file_encode(&file, &text);
    if (!err) err = tg_file_create(path, tg_buf_view(&text), PUBLIC_MODE, em);
    if (err) return err;
    struct tg_node_id node;
    tg_node_id_of_root(&file.root, &node);
    tg_node_id_format(&node, node_text);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "root");
        tg_json_text(&json, "node", tg_view_str(node_text));
        tg_json_text(&json, "file", tg_view_str(path));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "node  %s\nfile  %s\n", node_text, path);
    tg_talk(cli,
            "\nCarry %s to the node's machine, and nothing else from here:\n"
            "  tamga init DIR --root %s --country CC --name TEXT ...\n"
            "then bring its card.draft back here:\n"
            "  tamga card sign card.draft --keys %s -o card.note\n",
            path, ROOT_FILE, folder);
    return TG_OK;
}

/* ---- sign ---- */

struct signing {
    struct tg_cli *cli;
    const char *folder, *passphrase_file;
    struct tg_keys root, next, recovery; /* recovery: the old one, when it is changed */
    struct tg_keyfile fresh, fresh_recovery;
    struct tg_sign_secret root_secret, next_secret;
    struct tg_sign_public root_public, next_public;
    struct tg_note_key old_root;
    bool new_root, new_recovery;
};

static void signing_release(struct signing *signing)
{
    tg_keys_release(&signing->root);
    tg_keys_release(&signing->next);
    tg_keys_release(&signing->recovery);
    tg_keyfile_release(&signing->fresh);
    tg_keyfile_release(&signing->fresh_recovery);
    tg_sign_secret_release(&signing->root_secret);
    tg_sign_secret_release(&signing->next_secret);
}
TG_AUTO_DEFINE(signing, signing_release)

/* The announced key becomes root, and the hash of a fresh one is announced. */
static tg_err root_rotate(struct signing *signing, struct tg_card *card, struct tg_errmsg *em)
{
    TG_AUTO(tg_sign_secret) struct tg_sign_secret fresh;
    struct tg_sign_public fresh_public;
    struct tg_hash hash;
    tg_err err = tg_keys_open(signing->cli, signing->folder, TG_KEYS_NEXT_ROOT, signing->passphrase_file,
                              &signing->next, em);
    if (!err) err = root_secret_of(&signing->next.keyfile, &signing->next_secret, &signing->next_public, em);
    if (err) return err;
    tg_sha256_of(TG_VIEW_ARRAY(signing->next_public.bytes), &hash);
    if (!card->has_next_root || !tg_hash_equal(&hash, &card->next_root))
        return tg_fail(em, TG_EKEY, "'%s' is not the next root key that the card announces",
                       signing->next.path);
    err = tg_keyfile_generate(&signing->fresh, SECRET_ROOT, TG_SIGN_SEED_BYTES, signing->cli->random);
    if (!err) err = root_secret_of(&signing->fresh, &fresh, &fresh_public, em);
    if (err) return err;
    signing->old_root = card->root;
    tg_sha256_of(TG_VIEW_ARRAY(fresh_public.bytes), &card->next_root);
    return tg_card_key_make(&card->node, TG_KEY_ROLE_ROOT, 0, &signing->next_public, &card->root);
}

static tg_err recovery_rotate(struct signing *signing, struct tg_card *card, struct tg_errmsg *em)
{
    struct tg_seal_public held;
    tg_err err = tg_keys_open(signing->cli, signing->folder, TG_KEYS_RECOVERY, signing->passphrase_file,
                              &signing->recovery, em);
    if (err) return err;
    recovery_public_of(&signing->recovery.keyfile, &held);
    if (memcmp(&held, &card->recovery, sizeof held) != 0)
        return tg_fail(em, TG_EKEY, "'%s' is not the recovery key of the card", signing->recovery.path);
    err = tg_keyfile_generate(&signing->fresh_recovery, SECRET_RECOVERY, TG_KEY_BYTES, signing->cli->random);
    if (!err) recovery_public_of(&signing->fresh_recovery, &card->recovery);
    return err;
}

static tg_err root_open(struct signing *signing, const struct tg_card *card, struct tg_errmsg *em)
{
    tg_err err = tg_keys_edit(signing->cli, signing->folder, TG_KEYS_ROOT, signing->passphrase_file,
                              &signing->root, em);
    if (!err) err = root_secret_of(&signing->root.keyfile, &signing->root_secret, &signing->root_public, em);
    if (err || memcmp(&signing->root_public, &card->root.public_key, sizeof signing->root_public) == 0)
        return err;
    return tg_fail(em, TG_EKEY,
                   "'%s' is not the root key of this draft: it is of another node, or the draft is older "
                   "than the last change of the root key",
                   signing->root.path);
}

static tg_err note_make(struct signing *signing, struct tg_card *card, struct tg_buf *note,
                        struct tg_errmsg *em)
{
    const struct tg_signer old_signer = tg_signer_of_secret(&signing->root_secret);
    if (!signing->new_root) return tg_card_sign(card, &old_signer, NULL, NULL, note, em);
    const struct tg_signer new_signer = tg_signer_of_secret(&signing->next_secret);
    return tg_card_sign(card, &new_signer, &signing->old_root, &old_signer, note, em);
}

/* By the root key that the card lists: the same that signs for the epoch's keys. */
static tg_err prologue_make(struct signing *signing, const struct tg_card_draft *draft, struct tg_buf *note,
                            struct tg_errmsg *em)
{
    const struct tg_signer signer =
        tg_signer_of_secret(signing->new_root ? &signing->next_secret : &signing->root_secret);
    if (!draft->begins) return TG_OK;
    return tg_prologue_sign(&draft->prologue, &draft->card->root, &signer, note, em);
}

static tg_err rename_in(const char *folder, const char *from, const char *to, struct tg_errmsg *em)
{
    char old_path[TG_CLI_PATH_BYTES_MAX], new_path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(folder, from, old_path, sizeof old_path, em);
    if (!err) err = tg_path_join(folder, to, new_path, sizeof new_path, em);
    if (err) return err;
    if (rename(old_path, new_path))
        return tg_fail(em, TG_ESYSTEM, "cannot rename '%s' to '%s'", old_path, new_path);
    return TG_OK;
}

/* Made and on the disk before anything is signed that announces it. */
static tg_err fresh_create(struct signing *signing, const struct tg_keyfile *fresh, const char *name,
                           struct tg_errmsg *em)
{
    const tg_err err =
        tg_keys_create(signing->cli, signing->folder, name, fresh, signing->root.passphrase, em);
    if (err != TG_EEXIST) return err;
    return tg_fail(
        em, err,
        "'%s/%s' is left of a signing that was cut off: if its card was installed, rename the keys by hand "
        "(see tamga-card-sign(1)), else remove it",
        signing->folder, name);
}

static tg_err fresh_make(struct signing *signing, struct tg_errmsg *em)
{
    tg_err err = signing->new_root ? fresh_create(signing, &signing->fresh, FRESH_ROOT, em) : TG_OK;
    if (!err && signing->new_recovery)
        err = fresh_create(signing, &signing->fresh_recovery, FRESH_RECOVERY, em);
    return err;
}

/* What no card announces. */
static void fresh_remove(const struct signing *signing)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    if (signing->new_root && !tg_path_join(signing->folder, FRESH_ROOT, path, sizeof path, NULL))
        (void)unlink(path);
    if (signing->new_recovery && !tg_path_join(signing->folder, FRESH_RECOVERY, path, sizeof path, NULL))
        (void)unlink(path);
}

/* Once the card is written. */
static tg_err keys_turn(const struct signing *signing, struct tg_errmsg *em)
{
    const char *folder = signing->folder;
    tg_err err = TG_OK;
    if (signing->new_root) err = rename_in(folder, TG_KEYS_ROOT, OLD_ROOT, em);
    if (!err && signing->new_root) err = rename_in(folder, TG_KEYS_NEXT_ROOT, TG_KEYS_ROOT, em);
    if (!err && signing->new_root) err = rename_in(folder, FRESH_ROOT, TG_KEYS_NEXT_ROOT, em);
    if (!err && signing->new_recovery) err = rename_in(folder, TG_KEYS_RECOVERY, OLD_RECOVERY, em);
    if (!err && signing->new_recovery) err = rename_in(folder, FRESH_RECOVERY, TG_KEYS_RECOVERY, em);
    if (!err) err = tg_dir_sync(folder, em);
    return err ? tg_context(em, err, "the card is signed, and the keys are not all in their places") : TG_OK;
}

static tg_err note_out(struct tg_cli *cli, const char *path, const struct tg_buf *note, struct tg_errmsg *em)
{
    if (path) return tg_file_write(path, tg_buf_view(note), PUBLIC_MODE, em);
    const size_t put = fwrite(note->data, 1, note->bytes, cli->out);
    return put == note->bytes && !fflush(cli->out) ? TG_OK : tg_fail(em, TG_EIO, "cannot write the card");
}

static tg_err sign_and_write(struct signing *signing, struct tg_card_draft *draft, const char *out,
                             struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    tg_err err = fresh_make(signing, em);
    if (err) return err;
    err = note_make(signing, draft->card, &note, em);
    if (!err) err = prologue_make(signing, draft, &note, em);
    if (!err) err = note_out(signing->cli, out, &note, em);
    if (err) {
        fresh_remove(signing);
        return err;
    }
    err = keys_turn(signing, em);
    if (!err && out)
        tg_talk(signing->cli, "signed: %s. On the node's machine: tamga card install FILE\n", out);
    return err;
}

tg_err tg_cmd_card_sign(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_card_draft) struct tg_card_draft draft = {.card = NULL};
    TG_AUTO(signing)
    struct signing signing = {.cli = cli,
                              .folder = tg_args_text(args, "keys", NULL),
                              .passphrase_file = tg_args_text(args, "passphrase-file", NULL),
                              .new_root = tg_args_has(args, "rotate-root"),
                              .new_recovery = tg_args_has(args, "rotate-recovery")};
    if (!signing.folder)
        return tg_fail(em, TG_EUSAGE, "'card sign' needs --keys, the folder that 'tamga card root' made");
    tg_err err = tg_card_draft_read(args->words[0], &draft, em);
    if (err) return err;
    if (signing.new_root && !draft.previous.card)
        return tg_fail(em, TG_EUSAGE, "the first card of a node is signed by its first root key");
    err = root_open(&signing, draft.card, em);
    if (!err && signing.new_root) err = root_rotate(&signing, draft.card, em);
    if (!err && signing.new_recovery) err = recovery_rotate(&signing, draft.card, em);
    if (err) return err;
    struct tg_cli shown = *cli;
    shown.out = cli->talk;
    err = tg_card_changes_print(&shown, draft.previous.card, draft.card);
    if (!err && draft.begins) tg_prologue_print(&shown, &draft.prologue);
    if (!err)
        err = tg_terminal_confirm(
            cli, draft.begins ? "sign this card, and the new epoch?" : "sign this card?", em);
    return err ? err : sign_and_write(&signing, &draft, tg_args_text(args, "out", NULL), em);
}
