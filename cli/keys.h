/* A node's key files, changed by a person with the passphrase: opened, edited in memory, put back whole.
 *
 * Knows names and places of secrets, not what they sign. The node reads node.key at its start and never again, so
 * what is saved here works from the next start on. Format: docs/formats-keys.md.
 */
#ifndef TG_CLI_KEYS_H
#define TG_CLI_KEYS_H

#include "cli/cli.h"
#include "crypto/keyfile.h"
#include "proto/config.h"

#define TG_KEYS_NODE "node.key"
#define TG_KEYS_ROOT "root.key"
#define TG_KEYS_NEXT_ROOT "next-root.key"
#define TG_KEYS_RECOVERY "recovery.key"

/* The settings of the node that --data, TAMGA_DIR or the service's own file names; ret_path (TG_KEYS_PATH_BYTES)
 * says which file was read, and may be NULL. */
#define TG_KEYS_PATH_BYTES TG_CLI_PATH_BYTES_MAX
tg_err tg_keys_settings(const struct tg_cli *cli, struct tg_config *ret_config, char *ret_path,
                        struct tg_errmsg *em);

/* One key file, open. Zero-initialise. While it is open for change nobody else changes a key file of that folder. */
struct tg_keys {
    char path[TG_KEYS_PATH_BYTES];
    struct tg_keyfile keyfile; /* edit this */
    struct tg_secret *passphrase;
    int lock_fd;
    bool locked;
};
void tg_keys_release(struct tg_keys *keys);
TG_AUTO_DEFINE(tg_keys, tg_keys_release)
/* To look at: folder/name with the passphrase from passphrase_file (NULL: as tg_passphrase_get). TG_ENOENT, TG_EDENIED,
 * TG_EPASSPHRASE and what tg_keyfile_open says. */
tg_err tg_keys_open(struct tg_cli *cli, const char *folder, const char *name, const char *passphrase_file,
                    struct tg_keys *keys, struct tg_errmsg *em);
/* To change. TG_EBUSY when another call changes key files there. */
tg_err tg_keys_edit(struct tg_cli *cli, const char *folder, const char *name, const char *passphrase_file,
                    struct tg_keys *keys, struct tg_errmsg *em);
/* node.key of the settings, with the passphrase that they name unless passphrase_file is given. */
tg_err tg_keys_edit_node(struct tg_cli *cli, const struct tg_config *config, const char *passphrase_file,
                         struct tg_keys *keys, struct tg_errmsg *em);
/* Sealed anew (fresh salt and nonce, same passphrase), written beside, synced, renamed over the old file: a crash leaves
 * the one or the other, whole. The old file's bytes are overwritten then, as far as the file system writes in place: what
 * was taken out of it is not to be found again by who learns the passphrase later. */
tg_err tg_keys_save(struct tg_cli *cli, struct tg_keys *keys, struct tg_errmsg *em);
/* A new file, never over an old one. The passphrase is not taken. */
tg_err tg_keys_create(struct tg_cli *cli, const char *folder, const char *name,
                      const struct tg_keyfile *keyfile, const struct tg_secret *passphrase,
                      struct tg_errmsg *em);

/* `name` becomes name.1, name.1 becomes name.2 and so on, and `fresh` takes the place of `name` (copied). TG_ELIMIT
 * when TG_VAULT_OLD_KEYS_MAX former ones are held already: one of them must be given up first. */
tg_err tg_keys_push(struct tg_keyfile *keyfile, const char *name, const struct tg_secret *fresh,
                    struct tg_errmsg *em);
/* Forgets former key `number` (from 1); those behind it move up, so that no gap is left. TG_ENOENT. */
tg_err tg_keys_drop(struct tg_keyfile *keyfile, const char *name, size_t number, struct tg_errmsg *em);
/* How many former ones of that name are held. */
size_t tg_keys_former(const struct tg_keyfile *keyfile, const char *name);

#endif
