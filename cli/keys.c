/* Key files changed by a person: opened with the passphrase, edited in memory, put back whole.
 *
 * Knows no meaning of a secret. Format: docs/formats-keys.md.
 */
#include "cli/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/terminal.h"
#include "crypto/vault.h"

#define KEY_MODE 0600
#define CONFIG_NAME "tamga.conf"
#define CONFIG_SERVICE "/etc/tamga/tamga.conf"
#define SCRUB_BYTES 4096

tg_err tg_keys_settings(const struct tg_cli *cli, struct tg_config *ret_config, char *ret_path,
                        struct tg_errmsg *em)
{
    char path[TG_KEYS_PATH_BYTES];
    const char *folder = cli->data ? cli->data : getenv("TAMGA_DIR");
    tg_err err = TG_OK;
    if (folder && folder[0])
        err = tg_path_join(folder, CONFIG_NAME, path, sizeof path, em);
    else
        (void)snprintf(path, sizeof path, "%s", CONFIG_SERVICE);
    tg_config_defaults(ret_config);
    if (!err) err = tg_config_read(path, ret_config, em);
    if (err) return tg_context(em, err, "cannot tell where the node's keys are; give its folder with --data");
    if (ret_path) memcpy(ret_path, path, sizeof path);
    return TG_OK;
}

void tg_keys_release(struct tg_keys *keys)
{
    tg_keyfile_release(&keys->keyfile);
    tg_secret_free(keys->passphrase);
    keys->passphrase = NULL;
    if (keys->locked) (void)close(keys->lock_fd); /* and with it the lock */
    keys->locked = false;
}

tg_err tg_keys_open(struct tg_cli *cli, const char *folder, const char *name, const char *passphrase_file,
                    struct tg_keys *keys, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    tg_err err = tg_path_join(folder, name, keys->path, sizeof keys->path, em);
    if (!err) err = tg_file_read_private(keys->path, TG_KEYFILE_BYTES_MAX, &bytes, em);
    if (!err) err = tg_keyfile_check(tg_buf_view(&bytes), em);
    if (!err) err = tg_passphrase_get(cli, passphrase_file, false, &keys->passphrase, em);
    if (err) return tg_context(em, err, "cannot open key file '%s'", keys->path);
    const struct tg_view passphrase =
        tg_view_of(tg_secret_data(keys->passphrase), tg_secret_bytes(keys->passphrase));
    err = tg_keyfile_open(tg_buf_view(&bytes), passphrase, &keys->keyfile, em);
    return err ? tg_context(em, err, "cannot open key file '%s'", keys->path) : TG_OK;
}

/* Of the folder, as the file itself is replaced. */
static tg_err lock(const char *folder, struct tg_keys *keys, struct tg_errmsg *em)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot open folder '%s'", folder);
    keys->lock_fd = fd;
    keys->locked = true;
    if (!flock(fd, LOCK_EX | LOCK_NB)) return TG_OK;
    return tg_fail(em, TG_EBUSY, "another call of this program is changing keys in '%s': wait for it",
                   folder);
}

tg_err tg_keys_edit(struct tg_cli *cli, const char *folder, const char *name, const char *passphrase_file,
                    struct tg_keys *keys, struct tg_errmsg *em)
{
    const tg_err err = lock(folder, keys, em);
    return err ? err : tg_keys_open(cli, folder, name, passphrase_file, keys, em);
}

tg_err tg_keys_edit_node(struct tg_cli *cli, const struct tg_config *config, const char *passphrase_file,
                         struct tg_keys *keys, struct tg_errmsg *em)
{
    const char *set = config->node.passphrase[0] ? config->node.passphrase : NULL;
    return tg_keys_edit(cli, config->node.keys, TG_KEYS_NODE, passphrase_file ? passphrase_file : set, keys,
                        em);
}

static tg_err seal(struct tg_cli *cli, const struct tg_keyfile *keyfile, const struct tg_secret *passphrase,
                   struct tg_buf *out, struct tg_errmsg *em)
{
    const struct tg_keyfile_cost cost = tg_keyfile_cost_normal();
    return tg_keyfile_seal(keyfile, tg_view_of(tg_secret_data(passphrase), tg_secret_bytes(passphrase)),
                           &cost, cli->random, out, em);
}

/* The file that has lost its name. Best effort: a file system that copies on write keeps the old blocks. */
static void scrub(int fd)
{
    static const uint8_t zero[SCRUB_BYTES];
    struct stat info;
    if (fstat(fd, &info)) return;
    for (off_t at = 0; at < info.st_size; at += SCRUB_BYTES) {
        const off_t left = info.st_size - at;
        if (pwrite(fd, zero, left < SCRUB_BYTES ? (size_t)left : SCRUB_BYTES, at) < 0) return;
    }
    (void)fsync(fd);
}

tg_err tg_keys_save(struct tg_cli *cli, struct tg_keys *keys, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    if (!keys->locked) return tg_fail(em, TG_EBUG, "a key file that was opened to look at is to be changed");
    tg_err err = seal(cli, &keys->keyfile, keys->passphrase, &sealed, em);
    if (err) return err;
    const int old = open(keys->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    err = tg_file_write(keys->path, tg_buf_view(&sealed), KEY_MODE, em);
    if (old >= 0) {
        if (!err) scrub(old);
        (void)close(old);
    }
    return err;
}

tg_err tg_keys_create(struct tg_cli *cli, const char *folder, const char *name,
                      const struct tg_keyfile *keyfile, const struct tg_secret *passphrase,
                      struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    char path[TG_KEYS_PATH_BYTES];
    tg_err err = tg_path_join(folder, name, path, sizeof path, em);
    if (!err) err = seal(cli, keyfile, passphrase, &sealed, em);
    return err ? err : tg_file_create(path, tg_buf_view(&sealed), KEY_MODE, em);
}

/* ---- former keys ---- */

static void former_name(const char *name, size_t number, char out[static TG_KEYFILE_NAME_BYTES_MAX + 1])
{
    if (number)
        (void)snprintf(out, TG_KEYFILE_NAME_BYTES_MAX + 1, "%.20s.%u", name, (unsigned)(number % 100));
    else
        (void)snprintf(out, TG_KEYFILE_NAME_BYTES_MAX + 1, "%.30s", name);
}

size_t tg_keys_former(const struct tg_keyfile *keyfile, const char *name)
{
    char former[TG_KEYFILE_NAME_BYTES_MAX + 1];
    size_t count = 0;
    for (;; count++) {
        former_name(name, count + 1, former);
        if (count == TG_VAULT_OLD_KEYS_MAX || !tg_keyfile_get(keyfile, former)) return count;
    }
}

/* Secret `from` becomes `to`, which is free. */
static tg_err move(struct tg_keyfile *keyfile, const char *name, size_t from, size_t to)
{
    char old_name[TG_KEYFILE_NAME_BYTES_MAX + 1], new_name[TG_KEYFILE_NAME_BYTES_MAX + 1];
    former_name(name, from, old_name);
    former_name(name, to, new_name);
    const struct tg_secret *secret = tg_keyfile_get(keyfile, old_name);
    if (!secret) return TG_ENOENT;
    const tg_err err = tg_keyfile_put(keyfile, new_name, tg_secret_data(secret), tg_secret_bytes(secret));
    return err ? err : tg_keyfile_remove(keyfile, old_name);
}

tg_err tg_keys_push(struct tg_keyfile *keyfile, const char *name, const struct tg_secret *fresh,
                    struct tg_errmsg *em)
{
    const size_t count = tg_keys_former(keyfile, name);
    if (count == TG_VAULT_OLD_KEYS_MAX)
        return tg_fail(em, TG_ELIMIT, "%zu former keys '%s' are held already, the most there can be", count,
                       name);
    tg_err err = TG_OK;
    for (size_t number = count + 1; number-- > 0 && !err;) err = move(keyfile, name, number, number + 1);
    if (!err) err = tg_keyfile_put(keyfile, name, tg_secret_data(fresh), tg_secret_bytes(fresh));
    return err ? tg_fail(em, err, "cannot put a new key '%s' before the old one: %s", name, tg_err_text(err))
               : TG_OK;
}

tg_err tg_keys_drop(struct tg_keyfile *keyfile, const char *name, size_t number, struct tg_errmsg *em)
{
    char former[TG_KEYFILE_NAME_BYTES_MAX + 1];
    const size_t count = tg_keys_former(keyfile, name);
    if (!number || number > count)
        return tg_fail(em, TG_ENOENT, "there is no former key '%s.%zu'", name, number);
    former_name(name, number, former);
    tg_err err = tg_keyfile_remove(keyfile, former);
    for (; !err && number < count; number++) err = move(keyfile, name, number + 1, number);
    return err ? tg_fail(em, err, "cannot take key '%s' out: %s", former, tg_err_text(err)) : TG_OK;
}
