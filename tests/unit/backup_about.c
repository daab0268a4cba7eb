/* The file BACKUP: what was written is read, and nothing else. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/backup.h"

static struct tg_backup_about sample(void)
{
    struct tg_backup_about about = {.country = "KG",
                                    .name = "Служба КР",
                                    .taken_ms = 1719748800000,
                                    .software = "0.1.0",
                                    .socket = "/srv/tamga/control.sock",
                                    .epoch = 2,
                                    .size = 1234567,
                                    .records = 99};
    memset(about.node.bytes, 7, sizeof about.node.bytes);
    memset(about.root.bytes, 9, sizeof about.root.bytes);
    return about;
}

static tg_err read_text(const char *text, struct tg_backup_about *ret_about)
{
    return tg_backup_about_decode(tg_view_str(text), ret_about, NULL);
}

Test(backup_about, reads_what_it_wrote)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_backup_about about = sample(), again = {0};
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_backup_about_encode(&about, &text), TG_OK);
    cr_assert_eq(tg_backup_about_decode(tg_buf_view(&text), &again, &em), TG_OK, "%s", em.text);
    cr_assert_arr_eq(again.node.bytes, about.node.bytes, 32);
    cr_assert_arr_eq(again.root.bytes, about.root.bytes, 32);
    cr_assert_str_eq(again.name, about.name);
    cr_assert_str_eq(again.country, "KG");
    cr_assert_str_eq(again.socket, about.socket);
    cr_assert(again.taken_ms == about.taken_ms && again.epoch == 2 && again.size == 1234567 &&
              again.records == 99);
}

Test(backup_about, passes_over_what_a_later_program_adds)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_backup_about about = sample(), again = {0};
    cr_assert_eq(tg_backup_about_encode(&about, &text), TG_OK);
    tg_buf_put_str(&text, "weather fine\nsizes 1 2 3\n\n# node nobody\n");
    cr_assert_eq(tg_backup_about_decode(tg_buf_view(&text), &again, NULL), TG_OK);
    cr_assert_eq(again.size, about.size);
}

/* Every line left out, doubled, or spoilt. */
Test(backup_about, refuses_a_line_that_is_missing_or_twice_or_nonsense)
{
    TG_AUTO(tg_buf) struct tg_buf whole = {0};
    struct tg_backup_about about = sample(), again = {.size = 5};
    cr_assert_eq(tg_backup_about_encode(&about, &whole), TG_OK);
    tg_buf_put(&whole, "", 1);
    const char *line = strchr((const char *)whole.data, '\n') + 1;
    for (; line[0] != '#'; line = strchr(line, '\n') + 1) {
        TG_AUTO(tg_buf) struct tg_buf without = {0}, twice = {0};
        size_t before = (size_t)(line - (const char *)whole.data);
        const char *next = strchr(line, '\n') + 1;
        tg_buf_put(&without, whole.data, before);
        tg_buf_put_str(&without, next);
        tg_buf_put(&without, "", 1);
        cr_assert_eq(read_text((const char *)without.data, &again), TG_EFORMAT, "without %.20s", line);
        tg_buf_put_str(&twice, (const char *)whole.data);
        tg_buf_put(&twice, line, (size_t)(next - line));
        tg_buf_put(&twice, "", 1);
        cr_assert_eq(read_text((const char *)twice.data, &again), TG_EFORMAT, "twice %.20s", line);
    }
    cr_assert_eq(again.size, 5, "untouched on failure");
    cr_assert_eq(read_text("", &again), TG_EMAGIC);
    cr_assert_eq(read_text("tamga backup\n", &again), TG_EMAGIC);
    cr_assert_eq(read_text("tamga backup 2\n", &again), TG_EVERSION);
    cr_assert_eq(read_text("tamga backup 0\n", &again), TG_EMAGIC);
}

Test(backup_about, a_name_cannot_add_lines)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_backup_about about = sample(), again = {0};
    snprintf(about.name, sizeof about.name, "x\nsize 7\nroot y");
    cr_assert_eq(tg_backup_about_encode(&about, &text), TG_OK);
    cr_assert_eq(tg_backup_about_decode(tg_buf_view(&text), &again, NULL), TG_OK);
    cr_assert_eq(again.size, about.size);
}
