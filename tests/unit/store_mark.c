/* The mark file: whole or the one before, never something else. */
#include "store_help.h"

static void mark_path(const struct help_place *place, char out[600])
{
    snprintf(out, 600, "%s/mark", place->dir);
}

static struct tg_mark mark_of(uint32_t epoch, uint64_t size)
{
    struct tg_mark mark = {.epoch = epoch, .size = size};
    memset(mark.root, (int)(epoch + size), sizeof mark.root);
    return mark;
}

static struct tg_mark_file *mark_open(const char *path, bool create)
{
    struct tg_mark_file *file = NULL;
    help_ok(tg_mark_open(path, create, &file, &help_em));
    return file;
}

Test(store_mark, says_when_it_is_missing_and_makes_one_only_when_told_to)
{
    HELP_PLACE(place);
    char path[600];
    mark_path(&place, path);
    struct tg_mark_file *file = NULL;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_mark_open(path, false, &file, &em), TG_ENOENT);
    cr_assert_null(file);
    file = mark_open(path, true);
    struct tg_mark marks[TG_MARKS_MAX];
    cr_assert_eq(tg_mark_read(file, marks), 0);
    tg_mark_close(file);
    tg_mark_close(mark_open(path, false));
    tg_mark_close(NULL);
}

Test(store_mark, remembers_what_was_written_last)
{
    HELP_PLACE(place);
    char path[600];
    mark_path(&place, path);
    struct tg_mark_file *file = mark_open(path, true);
    struct tg_mark marks[TG_MARKS_MAX] = {0};
    for (uint64_t size = 1; size <= 50; size++) {
        struct tg_mark now[2] = {mark_of(1, 100), mark_of(2, size)};
        help_ok(tg_mark_write(file, now, size == 1 ? 1 : 2, &help_em));
    }
    tg_mark_close(file);
    file = mark_open(path, false);
    cr_assert_eq(tg_mark_read(file, marks), 2);
    cr_assert(marks[0].epoch == 1 && marks[0].size == 100 && marks[0].root[0] == 101);
    cr_assert(marks[1].epoch == 2 && marks[1].size == 50 && marks[1].root[31] == 52);
    tg_mark_close(file);
}

Test(store_mark, takes_as_many_as_it_can_and_in_order)
{
    HELP_PLACE(place);
    char path[600];
    mark_path(&place, path);
    struct tg_mark_file *file = mark_open(path, true);
    struct tg_mark marks[TG_MARKS_MAX + 1], back[TG_MARKS_MAX];
    for (uint32_t i = 0; i <= TG_MARKS_MAX; i++) marks[i] = mark_of(i, i * 3);
    cr_assert_eq(tg_mark_write(file, marks, TG_MARKS_MAX + 1, NULL), TG_ELIMIT);
    help_ok(tg_mark_write(file, marks, TG_MARKS_MAX, &help_em));
    marks[5].epoch = 4;
    cr_assert_eq(tg_mark_write(file, marks, TG_MARKS_MAX, NULL), TG_EUSAGE);
    tg_mark_close(file);
    file = mark_open(path, false);
    cr_assert_eq(tg_mark_read(file, back), TG_MARKS_MAX);
    cr_assert_eq(back[TG_MARKS_MAX - 1].size, (TG_MARKS_MAX - 1) * 3);
    tg_mark_close(file);
}

/* Cut the newest slot off at every length, flip every bit of it: the mark before answers, or the newest. */
Test(store_mark, falls_back_to_the_mark_before_when_a_write_was_torn)
{
    HELP_PLACE(place);
    char path[600];
    mark_path(&place, path);
    struct tg_mark_file *file = mark_open(path, true);
    struct tg_mark mark = mark_of(1, 7), marks[TG_MARKS_MAX];
    help_ok(tg_mark_write(file, &mark, 1, &help_em)); /* second slot */
    mark = mark_of(1, 8);
    help_ok(tg_mark_write(file, &mark, 1, &help_em)); /* first slot */
    tg_mark_close(file);
    uint8_t whole[8192];
    int fd = open(path, O_RDWR);
    cr_assert_eq(pread(fd, whole, sizeof whole, 0), (ssize_t)sizeof whole);
    enum { USED = 20 + 44 + 4 };
    for (size_t bit = 0; bit < USED * 8; bit++) {
        uint8_t flipped = whole[bit / 8] ^ (uint8_t)(1u << (bit % 8));
        cr_assert_eq(pwrite(fd, &flipped, 1, (off_t)(bit / 8)), 1);
        file = mark_open(path, false);
        cr_assert_eq(tg_mark_read(file, marks), 1);
        cr_assert_eq(marks[0].size, 7, "bit %zu", bit);
        tg_mark_close(file);
        cr_assert_eq(pwrite(fd, &whole[bit / 8], 1, (off_t)(bit / 8)), 1);
    }
    /* Both slots hurt: nothing is believed. */
    uint8_t zeros[64] = {0};
    cr_assert_eq(pwrite(fd, zeros, sizeof zeros, 0), (ssize_t)sizeof zeros);
    cr_assert_eq(pwrite(fd, zeros, sizeof zeros, 4096), (ssize_t)sizeof zeros);
    struct tg_errmsg em = {0};
    struct tg_mark_file *none = NULL;
    cr_assert_eq(tg_mark_open(path, true, &none, &em), TG_EDAMAGED);
    cr_assert_not_null(strstr(em.text, path), "%s", em.text);
    cr_assert_eq(pwrite(fd, whole, sizeof whole, 0), (ssize_t)sizeof whole);
    static const off_t lengths[] = {0, 1, 4096, 8191, 8193};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        cr_assert_eq(ftruncate(fd, lengths[i]), 0);
        cr_assert_eq(tg_mark_open(path, true, &none, &em), TG_EDAMAGED);
    }
    close(fd);
}
