/* A backup folder, made and read: whole or not there, and anything that is not as it was is seen.
 *
 * tests/controls runs `control_sums` once more with the comparison of sums taken out: there it must go red.
 */
#include <sys/stat.h>

#include "service_help.h"

#include "cli/backup.h"
#include "cli/folder.h"
#include "cli/settings.h"
#include "crypto/keyfile.h"

struct place {
    char dir[64];
    char folder[96];
};

static void place_init(struct place *place)
{
    snprintf(place->dir, sizeof place->dir, "/tmp/tamga-backup-XXXXXX");
    cr_assert(mkdtemp(place->dir) != NULL);
    snprintf(place->folder, sizeof place->folder, "%s/made", place->dir);
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}

static void place_release(struct place *place)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", place->dir);
    cr_assert_eq(system(command), 0);
}
TG_AUTO_DEFINE(place, place_release)
#define PLACE(name)                   \
    TG_AUTO(place) struct place name; \
    place_init(&name)

static size_t names_in(const char *dir)
{
    char command[160], text[32] = "";
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", dir);
    FILE *pipe = popen(command, "r");
    cr_assert(pipe && fgets(text, sizeof text, pipe));
    pclose(pipe);
    return (size_t)atol(text);
}

/* ---- a backup as the command makes it ---- */

static void content_of(const char *name, struct tg_buf *out)
{
    static struct member_node tj;
    if (!tj.vault) member_init(&tj, "TJ");
    if (strcmp(name, "card.note") == 0) {
        bench_card(&tj, out);
    } else if (strncmp(name, "keys/", 5) == 0) {
        TG_AUTO(tg_keyfile) struct tg_keyfile keyfile = {0};
        member_keyfile("TJ", &keyfile);
        struct tg_keyfile_cost cost = tg_keyfile_cost_least();
        cr_assert_eq(
            tg_keyfile_seal(&keyfile, tg_view_str("a passphrase"), &cost, tg_random_system(), out, NULL),
            TG_OK);
    } else if (strcmp(name, "BACKUP") == 0) {
        struct tg_backup_about about = {.node = tj.id,
                                        .country = "TJ",
                                        .name = "Service of TJ",
                                        .taken_ms = 1719748800000,
                                        .software = "0.1.0",
                                        .size = 12,
                                        .records = 34};
        cr_assert_eq(tg_backup_about_encode(&about, out), TG_OK);
    } else {
        tg_buf_putf(out, "# %s\n[node]\ndata = .\nkeys = keys\n", name);
    }
}

static const char *const parts[] = {"BACKUP",        "tamga.conf",         "card.note",
                                    "keys/node.key", "store/log/data.mdb", NULL};

/* Leaves out `without`; changed (may be NULL) gets other contents, under a sum that fits. */
static void backup_make(const struct place *place, const char *without, const char *changed,
                        struct tg_view changed_to)
{
    struct tg_folder *folder = calloc(1, sizeof *folder);
    TG_AUTO(tg_buf) struct tg_buf sums = {0};
    cr_assert_eq(tg_folder_begin(folder, place->folder, false, NULL), TG_OK);
    for (size_t i = 0; parts[i]; i++) {
        TG_AUTO(tg_buf) struct tg_buf content = {0};
        char hex[TG_HEX_BYTES(32)];
        if (without && strcmp(parts[i], without) == 0) continue;
        content_of(parts[i], &content);
        bool other = changed && strcmp(parts[i], changed) == 0;
        cr_assert_eq(tg_folder_file(folder, parts[i], 0600, NULL), TG_OK);
        cr_assert_eq(tg_folder_put(folder, other ? changed_to : tg_buf_view(&content), NULL), TG_OK);
        cr_assert_eq(tg_folder_file_end(folder, NULL), TG_OK);
        tg_hex_encode(folder->files[folder->file_count - 1].sum.bytes, 32, hex);
        tg_buf_putf(&sums, "%s  %s\n", hex, parts[i]);
    }
    cr_assert_eq(tg_folder_file(folder, "SHA256SUMS", 0600, NULL), TG_OK);
    cr_assert_eq(tg_folder_put(folder, tg_buf_view(&sums), NULL), TG_OK);
    cr_assert_eq(tg_folder_end(folder, NULL), TG_OK);
    tg_folder_release(folder);
    free(folder);
}

static void whole_backup(const struct place *place)
{
    backup_make(place, NULL, NULL, tg_view_of(NULL, 0));
}

/* All that `backup --check` does. */
static tg_err check(const struct place *place, struct tg_errmsg *em)
{
    struct tg_cli cli = {.clock = tg_clock_system(), .talk = stderr};
    struct tg_backup *backup = calloc(1, sizeof *backup);
    struct tg_progress progress;
    uint64_t done_bytes = 0;
    tg_progress_begin(&progress, &cli, "check");
    tg_err err = tg_backup_open(place->folder, backup, em);
    for (size_t i = 0; !err && i < backup->file_count; i++)
        err = tg_backup_read(backup, &backup->files[i], NULL, NULL, &progress, &done_bytes, em);
    if (!err) cr_assert_eq(done_bytes, backup->bytes);
    if (!err) err = tg_backup_check_parts(backup, em);
    free(backup);
    return err;
}

static void must_refuse(const struct place *place, tg_err expected, const char *part)
{
    struct tg_errmsg em = {.text = ""};
    tg_err err = check(place, &em);
    cr_assert(err == expected, "%s instead of %s: %s", tg_err_name(err), tg_err_name(expected), em.text);
    cr_assert(strstr(em.text, part) != NULL, "'%s' is not in '%s'", part, em.text);
}

static void path_of(const struct place *place, const char *name, char out[static 256])
{
    snprintf(out, 256, "%s/%s", place->folder, name);
}

static void flip(const struct place *place, const char *name, size_t at)
{
    char path[256];
    TG_AUTO(tg_buf) struct tg_buf content = {0};
    path_of(place, name, path);
    cr_assert_eq(tg_file_read(path, 1 << 20, &content, NULL), TG_OK);
    content.data[at < content.bytes ? at : content.bytes - 1] ^= 1;
    cr_assert_eq(tg_file_write(path, tg_buf_view(&content), 0600, NULL), TG_OK);
}

static void write_file(const struct place *place, const char *name, const char *text)
{
    char path[256];
    path_of(place, name, path);
    cr_assert_eq(tg_file_write(path, tg_view_str(text), 0600, NULL), TG_OK);
}

/* ---- stories ---- */

Test(cli_backup, a_whole_one_is_good)
{
    PLACE(place);
    whole_backup(&place);
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(check(&place, &em), TG_OK, "%s", em.text);
    char command[256];
    snprintf(command, sizeof command, "cd '%s' && sha256sum --quiet -c SHA256SUMS", place.folder);
    cr_assert_eq(system(command), 0, "sha256sum of another program agrees");
}

Test(cli_backup, control_sums_see_one_bit_in_any_file)
{
    for (size_t i = 0; parts[i]; i++) {
        /* These two have checks of their own that notice first: their last byte is a comment's or the note's. */
        PLACE(place);
        whole_backup(&place);
        flip(&place, parts[i], SIZE_MAX);
        must_refuse(&place, TG_EHASH, parts[i]);
    }
}

Test(cli_backup, one_that_lacks_a_part_is_refused)
{
    for (size_t i = 0; parts[i]; i++) {
        PLACE(place);
        backup_make(&place, parts[i], NULL, tg_view_of(NULL, 0));
        must_refuse(&place, TG_EDAMAGED, parts[i]);
    }
    PLACE(place);
    whole_backup(&place);
    char path[256];
    path_of(&place, "keys/node.key", path);
    cr_assert_eq(unlink(path), 0);
    must_refuse(&place, TG_EDAMAGED, "keys/node.key");
}

Test(cli_backup, what_no_sum_covers_is_refused)
{
    PLACE(place);
    whole_backup(&place);
    write_file(&place, "keys/other.key", "a key that somebody put there");
    must_refuse(&place, TG_EDAMAGED, "keys/other.key");
}

Test(cli_backup, a_list_that_is_no_list_is_refused)
{
    static const struct {
        const char *text;
        tg_err err;
        const char *part;
    } cases[] = {
        {"", TG_EDAMAGED, "BACKUP"},
        {"no sum at all\n", TG_EFORMAT, "line 1"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a", TG_ESHORT, "cut off"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 *a\n", TG_EFORMAT, "line 1"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  ../a\n", TG_EFORMAT, "line 1"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  /etc/passwd\n", TG_EFORMAT,
         "line 1"},
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n",
         TG_EFORMAT, "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PLACE(place);
        whole_backup(&place);
        write_file(&place, "SHA256SUMS", cases[i].text);
        must_refuse(&place, cases[i].err, cases[i].part);
    }
    PLACE(place);
    must_refuse(&place, TG_ENOENT, "no folder");
    snprintf(place.folder, sizeof place.folder, "%s", place.dir);
    must_refuse(&place, TG_ENOENT, "no backup");
}

Test(cli_backup, parts_that_do_not_belong_together_are_refused_though_the_sums_fit)
{
    struct member_node kg;
    TG_AUTO(tg_buf) struct tg_buf card = {0}, key = {0};
    PLACE(place);
    member_init(&kg, "KG");
    bench_card(&kg, &card);
    backup_make(&place, NULL, "card.note", tg_buf_view(&card));
    must_refuse(&place, TG_EVALUE, "another node");
    tg_vault_free(kg.vault);
    snprintf(place.folder, sizeof place.folder, "%s/second", place.dir);
    content_of("keys/node.key", &key);
    key.data[70] ^= 1;
    backup_make(&place, NULL, "keys/node.key", tg_buf_view(&key));
    must_refuse(&place, TG_EDAMAGED, "keys/node.key");
    snprintf(place.folder, sizeof place.folder, "%s/third", place.dir);
    backup_make(&place, NULL, "BACKUP", tg_view_str("tamga backup 9\n"));
    must_refuse(&place, TG_EVERSION, "newer program");
}

/* ---- the folder it is made in ---- */

Test(cli_folder, is_not_there_before_its_end_and_leaves_nothing_when_it_does_not_end)
{
    PLACE(place);
    struct tg_folder *folder = calloc(1, sizeof *folder);
    cr_assert_eq(tg_folder_begin(folder, place.folder, false, NULL), TG_OK);
    cr_assert_eq(tg_folder_file(folder, "a/b/c", 0600, NULL), TG_OK);
    cr_assert_eq(tg_folder_put(folder, tg_view_str("text"), NULL), TG_OK);
    cr_assert_eq(access(place.folder, F_OK), -1);
    cr_assert(strstr(folder->work, ".partial-") != NULL, "its name says what it is");
    tg_folder_release(folder);
    cr_assert_eq(names_in(place.dir), 0);
    free(folder);
}

Test(cli_folder, takes_no_place_that_is_taken)
{
    PLACE(place);
    struct tg_folder *folder = calloc(1, sizeof *folder);
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(mkdir(place.folder, 0700), 0);
    cr_assert_eq(tg_folder_begin(folder, place.folder, false, &em), TG_EEXIST);
    cr_assert_eq(tg_folder_begin(folder, place.folder, true, &em), TG_OK,
                 "empty is good enough for that one");
    /* Somebody fills it meanwhile. */
    write_file(&place, "precious", "x");
    cr_assert_eq(tg_folder_end(folder, &em), TG_EEXIST, "%s", em.text);
    tg_folder_release(folder);
    cr_assert_eq(tg_folder_begin(folder, place.folder, true, &em), TG_EEXIST);
    cr_assert_eq(names_in(place.dir), 1);
    cr_assert_eq(tg_folder_begin(folder, "/no/such/parent", false, &em), TG_ENOENT);
    free(folder);
}

Test(cli_folder, takes_only_names_that_stay_inside)
{
    static const char *const good[] = {"a", "BACKUP", "keys/node.key", "store/log/data.mdb", "a-b_c.d/e"};
    static const char *const bad[] = {"",     "/a",      "a/",  "..",   ".a",      "a/../b",
                                      "a//b", "a/b/c/d", "a b", "a\nb", "keys/.x", "\xd0\xb0"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(tg_folder_name_good(good[i]), "'%s'", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(!tg_folder_name_good(bad[i]), "'%s'", bad[i]);
    char name[TG_BACKUP_NAME_BYTES_MAX + 2];
    memset(name, 'a', sizeof name);
    name[TG_BACKUP_NAME_BYTES_MAX + 1] = 0;
    cr_assert(!tg_folder_name_good(name), "one over the limit");
    name[TG_BACKUP_NAME_BYTES_MAX] = 0;
    cr_assert(tg_folder_name_good(name), "the limit");
}

/* ---- settings that move in ---- */

static void moved_is(const char *before, const char *after)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    cr_assert_eq(tg_settings_move_in(tg_view_str(before), &out), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&out), after), "[%.*s]", TG_VIEW_PRINT(tg_buf_view(&out)));
}

Test(cli_settings, of_a_node_that_lives_in_one_folder_stay_as_they_are)
{
    static const char text[] =
        "# mine\n[node]\ncountry = TJ\ndata = . ; here\nkeys=keys\n[net]\nlisten = x\n";
    moved_is(text, text);
}

Test(cli_settings, that_name_other_folders_name_the_new_one)
{
    moved_is("[net]\ndata = not this\n[node]\n; note\ndata = /var/lib/tamga\nkeys: /etc/tamga/keys\n[log]\n",
             "[net]\ndata = not this\n[node]\ndata = .\nkeys = keys\n; note\n"
             "# before it was restored: data = /var/lib/tamga\n"
             "# before it was restored: keys: /etc/tamga/keys\n[log]\n");
    moved_is("[net]\nlisten = x\n", "[net]\nlisten = x\n\n[node]\ndata = .\nkeys = keys\n");
    moved_is("", "\n[node]\ndata = .\nkeys = keys\n");
    moved_is("[node]", "[node]\ndata = .\nkeys = keys\n");
}

Test(cli_settings, tell_where_passphrase_and_socket_are)
{
    struct tg_settings_places places;
    tg_settings_places(tg_view_str("[node]\n passphrase = /run/pass phrase ; secret\n#data = no\n"
                                   "[control]\nsocket = c.sock\npassphrase = no\n"),
                       &places);
    cr_assert_str_eq(places.passphrase, "/run/pass phrase");
    cr_assert_str_eq(places.socket, "c.sock");
    cr_assert_str_eq(places.data, "");
}
