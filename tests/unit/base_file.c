/* Stories of files written whole or not at all, and of secrets that lie about in the open.
 *
 * Must not know what is in them. Some refusals need a user without privileges; those steps run as one.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define NOBODY 65534

static char folder[64];

static void folder_make(void)
{
    (void)umask(022);
    (void)snprintf(folder, sizeof folder, "/tmp/tamga-file-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chmod(folder, 0755), 0);
}

static void folder_drop(void)
{
    char command[256];
    (void)snprintf(command, sizeof command, "chmod -R u+rwx '%s' && rm -rf '%s'", folder, folder);
    cr_assert_eq(system(command), 0);
}
TestSuite(file, .init = folder_make, .fini = folder_drop);
TestSuite(secret_file, .init = folder_make, .fini = folder_drop);
TestSuite(folders, .init = folder_make, .fini = folder_drop);

/* A path in the folder; valid until four calls later. */
static const char *in_folder(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    cr_assert_eq(tg_path_join(folder, name, path, PATH_MAX, NULL), TG_OK);
    return path;
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    cr_assert_eq(lstat(path, &st), 0, "%s", path);
    return st.st_mode & 07777u;
}

static void expect_content(const char *path, const char *content)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_file_read(path, 4096, &buf, NULL), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&buf), content), "%s", path);
}

static size_t entries_in_folder(void)
{
    size_t entries = 0;
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) entries += entry->d_name[0] != '.';
    (void)closedir(dir);
    return entries;
}

/* Run the step as a user who may not do everything; its answer is the step's. */
static tg_err as_nobody(tg_err (*step)(const char *path, struct tg_errmsg *em), const char *path)
{
    struct tg_errmsg em = {0};
    if (geteuid() != 0) return step(path, &em);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        if (setgid(NOBODY) || setuid(NOBODY)) _exit(99);
        _exit((int)step(path, &em));
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 99);
    return (tg_err)WEXITSTATUS(status);
}

Test(file, written_is_read_back_with_the_mode_it_was_given)
{
    const char *path = in_folder("card.note");
    cr_assert_eq(tg_file_write(path, tg_view_str("one"), 0640, NULL), TG_OK);
    expect_content(path, "one");
    cr_assert_eq(mode_of(path), 0640u);
    cr_assert_eq(tg_file_write(path, tg_view_str("two"), 0600, NULL), TG_OK);
    expect_content(path, "two");
    cr_assert_eq(mode_of(path), 0600u);
    cr_assert_eq(entries_in_folder(), 1u, "no temporary is left");
    cr_assert_eq(tg_file_write(path, tg_view_of(NULL, 0), 0600, NULL), TG_OK);
    expect_content(path, "");
}

Test(file, replaced_is_never_seen_half_written)
{
    const char *path = in_folder("head");
    cr_assert_eq(tg_file_write(path, tg_view_str("old"), 0600, NULL), TG_OK);
    int held = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(held, 0);
    cr_assert_eq(tg_file_write(path, tg_view_str("new content"), 0600, NULL), TG_OK);
    char still[16] = {0};
    cr_assert_eq(read(held, still, sizeof still), 3, "who had it open still reads the old one whole");
    cr_assert_str_eq(still, "old");
    (void)close(held);
    expect_content(path, "new content");
}

Test(file, replaces_a_link_and_not_what_it_points_to)
{
    const char *target = in_folder("target");
    const char *place = in_folder("place");
    cr_assert_eq(tg_file_write(target, tg_view_str("theirs"), 0600, NULL), TG_OK);
    cr_assert_eq(symlink(target, place), 0);
    cr_assert_eq(tg_file_write(place, tg_view_str("ours"), 0600, NULL), TG_OK);
    expect_content(target, "theirs");
    expect_content(place, "ours");
}

Test(file, created_never_replaces_anything)
{
    const char *path = in_folder("node.key");
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_create(path, tg_view_str("first"), 0600, NULL), TG_OK);
    cr_assert_eq(mode_of(path), 0600u);
    cr_assert_eq(tg_file_create(path, tg_view_str("second"), 0600, &em), TG_EEXIST);
    cr_assert_not_null(strstr(em.text, "exists already; it is left as it is"));
    cr_assert_not_null(strstr(em.text, path));
    expect_content(path, "first");
    cr_assert_eq(symlink("nowhere", in_folder("dangling")), 0);
    cr_assert_eq(tg_file_create(in_folder("dangling"), tg_view_str("x"), 0600, NULL), TG_EEXIST,
                 "a link to nowhere is something too");
    cr_assert_eq(entries_in_folder(), 2u, "no temporary is left");
}

Test(file, written_piece_by_piece_is_there_when_it_has_ended_and_not_before)
{
    const char *path = in_folder("pieces");
    for (int ended = 0; ended < 2; ended++) {
        struct tg_file_out out = {.open = false};
        cr_assert_eq(tg_file_begin(&out, path, 0600, false, NULL), TG_OK);
        cr_assert_eq(tg_file_put(&out, tg_view_str("one "), NULL), TG_OK);
        cr_assert_eq(tg_file_put(&out, tg_view_str("two"), NULL), TG_OK);
        cr_assert_neq(access(path, F_OK), 0);
        if (ended) cr_assert_eq(tg_file_end(&out, NULL), TG_OK);
        cr_assert_eq(access(out.work, F_OK) == 0, !ended);
        tg_file_out_release(&out);
        cr_assert_neq(access(out.work, F_OK), 0);
    }
    expect_content(path, "one two");
    cr_assert_eq(mode_of(path), 0600u);
    struct tg_file_out again = {.open = false};
    cr_assert_eq(tg_file_begin(&again, path, 0600, false, NULL), TG_OK);
    cr_assert_eq(tg_file_end(&again, NULL), TG_EEXIST);
    tg_file_out_release(&again);
    expect_content(path, "one two");
}

Test(file, that_cannot_be_written_leaves_nothing_behind)
{
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_write(in_folder("missing/file"), tg_view_str("x"), 0600, &em), TG_ENOENT);
    cr_assert_not_null(strstr(em.text, "missing/file"));
    cr_assert_eq(mkdir(in_folder("taken"), 0700), 0);
    cr_assert_neq(tg_file_write(in_folder("taken"), tg_view_str("x"), 0600, &em), TG_OK);
    cr_assert_eq(entries_in_folder(), 1u, "no temporary is left");
}

Test(file, of_a_path_too_long_is_refused)
{
    char path[PATH_MAX + 10];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = 0;
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_file_write(path, tg_view_str("x"), 0600, NULL), TG_ELIMIT);
    cr_assert_neq(tg_file_read(path, 10, &buf, NULL), TG_OK);
}

Test(file, is_read_up_to_its_limit_and_one_more_is_refused)
{
    const char *path = in_folder("four");
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_buf_put_str(&buf, "before:"), TG_OK);
    cr_assert_eq(tg_file_write(path, tg_view_str("1234"), 0600, NULL), TG_OK);
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_read(path, 3, &buf, &em), TG_ELIMIT);
    cr_assert_not_null(strstr(em.text, "larger than 3 bytes"));
    cr_assert(tg_view_equal_str(tg_buf_view(&buf), "before:"), "a refused file leaves the buffer as it was");
    cr_assert_eq(tg_file_read(path, 4, &buf, NULL), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&buf), "before:1234"), "and is appended when it is taken");
}

Test(file, of_any_size_around_the_steps_of_reading_is_read_whole)
{
    static const size_t sizes[] = {0, 1, 63, 64, 65535, 65536, 65537, 131072, 200001};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        TG_AUTO(tg_buf) struct tg_buf in = {0};
        TG_AUTO(tg_buf) struct tg_buf out = {0};
        cr_assert_eq(tg_buf_reserve(&in, sizes[i]), TG_OK);
        while (in.bytes < sizes[i]) in.data[in.bytes] = (uint8_t)(in.bytes * 31 + in.bytes / 256), in.bytes++;
        cr_assert_eq(tg_file_write(in_folder("sized"), tg_buf_view(&in), 0600, NULL), TG_OK);
        cr_assert_eq(tg_file_read(in_folder("sized"), sizes[i], &out, NULL), TG_OK);
        cr_assert(tg_view_equal(tg_buf_view(&in), tg_buf_view(&out)), "%zu bytes", sizes[i]);
    }
}

Test(file, missing_or_a_folder_is_named)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_read(in_folder("none"), 10, &buf, &em), TG_ENOENT);
    cr_assert_not_null(strstr(em.text, "none': No such file"));
    cr_assert_eq(tg_file_read(folder, 10, &buf, &em), TG_EIO);
    cr_assert_not_null(strstr(em.text, "Is a directory"));
}

static tg_err read_plainly(const char *path, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    return tg_file_read(path, 100, &buf, em);
}

static tg_err write_plainly(const char *path, struct tg_errmsg *em)
{
    return tg_file_write(path, tg_view_str("x"), 0600, em);
}

Test(file, of_another_is_not_permitted)
{
    cr_assert_eq(tg_file_write(in_folder("closed"), tg_view_str("x"), 0000, NULL), TG_OK);
    cr_assert_eq(as_nobody(read_plainly, in_folder("closed")), TG_EDENIED);
    cr_assert_eq(chmod(folder, 0555), 0);
    cr_assert_eq(as_nobody(write_plainly, in_folder("new")), TG_EDENIED);
    cr_assert_eq(chmod(folder, 0755), 0);
}

static tg_err read_secret(const char *path, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    return tg_file_read_private(path, 100, &buf, em);
}

Test(secret_file, is_read_when_only_its_owner_can)
{
    static const unsigned modes[] = {0600, 0400, 0700};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        TG_AUTO(tg_buf) struct tg_buf buf = {0};
        cr_assert_eq(tg_file_write(in_folder("key"), tg_view_str("secret"), modes[i], NULL), TG_OK);
        cr_assert_eq(tg_file_read_private(in_folder("key"), 6, &buf, NULL), TG_OK);
        cr_assert(tg_view_equal_str(tg_buf_view(&buf), "secret"));
    }
}

Test(secret_file, open_to_others_is_refused_with_the_remedy)
{
    static const unsigned modes[] = {0644, 0640, 0604, 0610, 0601, 0620, 0602};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct tg_errmsg em = {0};
        cr_assert_eq(tg_file_write(in_folder("key"), tg_view_str("secret"), modes[i], NULL), TG_OK);
        cr_assert_eq(read_secret(in_folder("key"), &em), TG_EDENIED, "mode %o", modes[i]);
        cr_assert_not_null(strstr(em.text, "run: chmod 600"), "%s", em.text);
    }
}

Test(secret_file, behind_a_link_or_no_file_at_all_is_refused)
{
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_write(in_folder("key"), tg_view_str("secret"), 0600, NULL), TG_OK);
    cr_assert_eq(symlink("key", in_folder("link")), 0);
    cr_assert_eq(read_secret(in_folder("link"), &em), TG_EDENIED);
    cr_assert_not_null(strstr(em.text, "symbolic link"));
    cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
    cr_assert_eq(read_secret(in_folder("pipe"), &em), TG_EDENIED, "and it does not wait for a writer");
    cr_assert_not_null(strstr(em.text, "not a regular file"));
    cr_assert_eq(read_secret(folder, &em), TG_EDENIED);
    cr_assert_eq(read_secret(in_folder("none"), &em), TG_ENOENT);
}

Test(secret_file, over_its_limit_leaves_nothing_in_the_buffer)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_file_write(in_folder("key"), tg_view_str("secret"), 0600, NULL), TG_OK);
    cr_assert_eq(tg_file_read_private(in_folder("key"), 5, &buf, NULL), TG_ELIMIT);
    cr_assert_eq(buf.bytes, 0u);
}

/* Needs two users: one who runs the test as root gives the file to a third. */
Test(secret_file, that_belongs_to_another_user_is_refused)
{
    if (geteuid() != 0) return;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_write(in_folder("key"), tg_view_str("secret"), 0600, NULL), TG_OK);
    cr_assert_eq(chown(in_folder("key"), NOBODY, NOBODY), 0);
    cr_assert_eq(read_secret(in_folder("key"), &em), TG_EDENIED);
    cr_assert_not_null(strstr(em.text, "belongs to another user (uid 65534)"));
    cr_assert_eq(as_nobody(read_secret, in_folder("key")), TG_OK, "its owner may");
}

Test(folders, are_made_once_and_found_again)
{
    cr_assert_eq(tg_dir_ensure(in_folder("keys"), 0700, NULL), TG_OK);
    cr_assert_eq(mode_of(in_folder("keys")), 0700u);
    cr_assert_eq(tg_dir_ensure(in_folder("keys"), 0700, NULL), TG_OK);
    cr_assert_eq(tg_dir_ensure(in_folder("more/"), 0700, NULL), TG_OK);
    cr_assert_eq(tg_dir_sync(folder, NULL), TG_OK);
}

Test(folders, in_the_way_or_nowhere_are_named)
{
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_file_write(in_folder("keys"), tg_view_str("x"), 0600, NULL), TG_OK);
    cr_assert_eq(tg_dir_ensure(in_folder("keys"), 0700, &em), TG_EEXIST);
    cr_assert_not_null(strstr(em.text, "not a folder"));
    cr_assert_eq(tg_dir_ensure(in_folder("no/where"), 0700, &em), TG_ENOENT);
    cr_assert_eq(tg_dir_sync(in_folder("nowhere"), &em), TG_ENOENT);
    cr_assert_neq(tg_dir_sync(in_folder("keys"), &em), TG_OK);
}

Test(folders, join_with_one_slash_and_fit_exactly)
{
    char out[8] = "before";
    cr_assert_eq(tg_path_join("a/b", "cde", out, sizeof out, NULL), TG_OK);
    cr_assert_str_eq(out, "a/b/cde");
    cr_assert_eq(tg_path_join("a/b/", "cde", out, sizeof out, NULL), TG_OK);
    cr_assert_str_eq(out, "a/b/cde");
    cr_assert_eq(tg_path_join("a/b", "cdef", out, sizeof out, NULL), TG_ELIMIT, "one character too many");
    cr_assert_eq(tg_path_join("/", "x", out, sizeof out, NULL), TG_OK);
    cr_assert_str_eq(out, "/x");
}
