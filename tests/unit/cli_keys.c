/* A key file changed by a person: put back whole, former keys without gaps, and nobody else at it meanwhile. */
#include <fcntl.h>
#include <unistd.h>

#include "federation.h"

#include "base/file.h"
#include "cli/keys.h"

#define PHRASE "correct horse battery"

struct desk {
    char dir[64];
    char phrase[96];
    char key[96];
    struct tg_cli cli;
};

static void desk_init(struct desk *desk)
{
    *desk = (struct desk){.cli = {.out = stdout, .talk = stderr, .random = tg_random_system()}};
    snprintf(desk->dir, sizeof desk->dir, "/tmp/tamga-keys-XXXXXX");
    cr_assert(mkdtemp(desk->dir) != NULL);
    snprintf(desk->phrase, sizeof desk->phrase, "%s/passphrase", desk->dir);
    snprintf(desk->key, sizeof desk->key, "%s/node.key", desk->dir);
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    cr_assert_eq(tg_file_create(desk->phrase, tg_view_str(PHRASE "\n"), 0600, NULL), TG_OK);
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    struct tg_keyfile_cost cost = tg_keyfile_cost_least();
    cr_assert_eq(tg_keyfile_put(&keyfile, "seal", "0", 1), TG_OK);
    cr_assert_eq(tg_keyfile_put(&keyfile, "log", "l", 1), TG_OK);
    cr_assert_eq(tg_keyfile_seal(&keyfile, tg_view_str(PHRASE), &cost, desk->cli.random, &sealed, NULL),
                 TG_OK);
    cr_assert_eq(tg_file_create(desk->key, tg_buf_view(&sealed), 0600, NULL), TG_OK);
}

static void desk_release(struct desk *desk)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", desk->dir);
    cr_assert_eq(system(command), 0);
}
TG_AUTO_DEFINE(desk, desk_release)

static void push(struct tg_keyfile *keyfile, const char *content, tg_err expected)
{
    TG_AUTO_PTR(tg_secret) struct tg_secret *fresh = tg_secret_new_copy(content, strlen(content));
    assert_err(tg_keys_push(keyfile, "seal", fresh, NULL), expected);
}

static void assert_secret(const struct tg_keyfile *keyfile, const char *name, const char *content)
{
    const struct tg_secret *secret = tg_keyfile_get(keyfile, name);
    cr_assert_not_null(secret, "%s", name);
    cr_assert_eq(memcmp(tg_secret_data(secret), content, strlen(content)), 0, "%s", name);
}

Test(cli_keys, former_keys_move_back_one_place_and_are_given_up_without_a_gap)
{
    TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    cr_assert_eq(tg_keyfile_put(&keyfile, "seal", "0", 1), TG_OK);
    const char *fresh[] = {"1", "2", "3", "4"};
    for (size_t i = 0; i < 4; i++) push(&keyfile, fresh[i], TG_OK);
    push(&keyfile, "5", TG_ELIMIT);
    assert_secret(&keyfile, "seal", "4");
    assert_secret(&keyfile, "seal.1", "3");
    assert_secret(&keyfile, "seal.4", "0");
    assert_err(tg_keys_drop(&keyfile, "seal", 5, NULL), TG_ENOENT);
    assert_err(tg_keys_drop(&keyfile, "seal", 0, NULL), TG_ENOENT);
    assert_err(tg_keys_drop(&keyfile, "seal", 2, NULL), TG_OK);
    assert_secret(&keyfile, "seal.1", "3");
    assert_secret(&keyfile, "seal.2", "1");
    assert_secret(&keyfile, "seal.3", "0");
    cr_assert_null(tg_keyfile_get(&keyfile, "seal.4"));
    cr_assert_eq(tg_keys_former(&keyfile, "seal"), 3);
}

Test(cli_keys, what_is_saved_opens_again_and_the_old_file_is_written_over)
{
    TG_AUTO(desk) struct desk desk;
    desk_init(&desk);
    const int old = open(desk.key, O_RDONLY | O_CLOEXEC);
    cr_assert(old >= 0);
    {
        TG_AUTO(tg_keys) struct tg_keys keys = {.lock_fd = -1};
        assert_err(tg_keys_edit(&desk.cli, desk.dir, TG_KEYS_NODE, desk.phrase, &keys, NULL), TG_OK);
        push(&keys.keyfile, "1", TG_OK);
        assert_err(tg_keys_save(&desk.cli, &keys, NULL), TG_OK);
    }
    uint8_t byte = 1;
    cr_assert_eq(pread(old, &byte, 1, 0), 1);
    cr_assert_eq(byte, 0, "the old file still holds what it held");
    close(old);
    TG_AUTO(tg_keys) struct tg_keys keys = {.lock_fd = -1};
    assert_err(tg_keys_open(&desk.cli, desk.dir, TG_KEYS_NODE, desk.phrase, &keys, NULL), TG_OK);
    assert_secret(&keys.keyfile, "seal", "1");
    assert_secret(&keys.keyfile, "seal.1", "0");
    assert_secret(&keys.keyfile, "log", "l");
    assert_err(tg_keys_save(&desk.cli, &keys, NULL), TG_EBUG);
}

Test(cli_keys, one_at_a_time_changes_a_key_file)
{
    TG_AUTO(desk) struct desk desk;
    desk_init(&desk);
    struct tg_keys first = {.lock_fd = -1}, second = {.lock_fd = -1};
    assert_err(tg_keys_edit(&desk.cli, desk.dir, TG_KEYS_NODE, desk.phrase, &first, NULL), TG_OK);
    assert_err(tg_keys_edit(&desk.cli, desk.dir, TG_KEYS_NODE, desk.phrase, &second, NULL), TG_EBUSY);
    tg_keys_release(&second);
    tg_keys_release(&first);
    assert_err(tg_keys_edit(&desk.cli, desk.dir, TG_KEYS_NODE, desk.phrase, &second, NULL), TG_OK);
    tg_keys_release(&second);
}

Test(cli_keys, a_wrong_passphrase_and_an_absent_file_say_so)
{
    TG_AUTO(desk) struct desk desk;
    desk_init(&desk);
    char other[96];
    snprintf(other, sizeof other, "%s/other", desk.dir);
    cr_assert_eq(tg_file_create(other, tg_view_str("another passphrase"), 0600, NULL), TG_OK);
    struct tg_keys keys = {.lock_fd = -1};
    struct tg_errmsg em = {0};
    assert_err(tg_keys_open(&desk.cli, desk.dir, TG_KEYS_NODE, other, &keys, &em), TG_EPASSPHRASE);
    cr_assert_not_null(strstr(em.text, desk.key));
    tg_keys_release(&keys);
    assert_err(tg_keys_open(&desk.cli, desk.dir, TG_KEYS_ROOT, other, &keys, &em), TG_ENOENT);
    tg_keys_release(&keys);
}
