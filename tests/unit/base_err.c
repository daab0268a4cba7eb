/* Stories of the error list and its messages.
 *
 * Must not know who fails.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define TG_ERR_ONE(name, exit_code, text) +1
enum { ERRORS = 0 TG_ERR_LIST(TG_ERR_ONE) };

Test(errors, have_names_that_lead_back_to_them)
{
    for (int i = 0; i < ERRORS; i++) {
        tg_err err = (tg_err)i;
        cr_assert_eq(tg_err_from_name(tg_err_name(err)), err, "%s", tg_err_name(err));
        for (int j = 0; j < i; j++) cr_assert_str_neq(tg_err_name((tg_err)j), tg_err_name(err));
    }
    cr_assert_eq(tg_err_from_name("ENONSENSE"), TG_EBUG);
    cr_assert_eq(tg_err_from_name(""), TG_EBUG);
    cr_assert_eq(tg_err_from_name("eio"), TG_EBUG, "names are written one way");
}

Test(errors, leave_with_the_exit_codes_that_are_promised)
{
    static const int promised[] = {0, 1, 2, 3, 4, 5, 70};
    for (int i = 0; i < ERRORS; i++) {
        bool known = false;
        for (size_t j = 0; j < sizeof promised / sizeof promised[0]; j++)
            known = known || tg_err_exit_code((tg_err)i) == promised[j];
        cr_assert(known, "%s", tg_err_name((tg_err)i));
        cr_assert_eq(tg_err_exit_code((tg_err)i) == 0, i == TG_OK, "only done is 0");
    }
    cr_assert_eq(tg_err_exit_code(TG_EUSAGE), 2);
    cr_assert_eq(tg_err_exit_code(TG_EUNREACHABLE), 3);
    cr_assert_eq(tg_err_exit_code(TG_EDENIED), 5);
    cr_assert_eq(tg_err_exit_code(TG_EBUG), 70);
}

Test(errors, are_written_in_lower_case_without_a_full_stop)
{
    for (int i = 0; i < ERRORS; i++) {
        const char *text = tg_err_text((tg_err)i);
        cr_assert_gt(strlen(text), 0u);
        cr_assert_eq(tg_ascii_lower(text[0]), text[0], "%s", text);
        cr_assert_neq(text[strlen(text) - 1], '.', "%s", text);
    }
}

Test(errors, beyond_the_list_are_our_bug)
{
    cr_assert_str_eq(tg_err_name((tg_err)ERRORS), "EBUG");
    cr_assert_str_eq(tg_err_name((tg_err)-1), "EBUG");
    cr_assert_eq(tg_err_exit_code((tg_err)9999), 70);
}

Test(message, is_set_in_one_line_and_may_be_unwanted)
{
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_fail(&em, TG_EVALUE, "impossible date '%s'", "2024-02-30"), TG_EVALUE);
    cr_assert_str_eq(em.text, "impossible date '2024-02-30'");
    cr_assert_eq(tg_fail(NULL, TG_EVALUE, "nobody %s", "listens"), TG_EVALUE);
    cr_assert_eq(tg_fail_errno(NULL, TG_EIO, ENOSPC, "nobody"), TG_EIO);
    cr_assert_eq(tg_context(NULL, TG_EIO, "nobody"), TG_EIO);
}

Test(message, falls_back_to_the_text_of_the_error)
{
    struct tg_errmsg em = {0};
    cr_assert_str_eq(tg_errmsg_text(&em, TG_ESHORT), "ends too early");
    cr_assert_str_eq(tg_errmsg_text(NULL, TG_ESHORT), "ends too early");
    (void)tg_context(&em, TG_ESHORT, "card '%s'", "TJ");
    cr_assert_str_eq(em.text, "card 'TJ': ends too early");
}

Test(message, carries_the_reason_of_the_system_and_context_in_front)
{
    struct tg_errmsg em = {0};
    (void)tg_fail_errno(&em, TG_EDENIED, EACCES, "cannot open '%s'", "node.key");
    cr_assert_str_eq(em.text, "cannot open 'node.key': Permission denied");
    cr_assert_eq(tg_context(&em, TG_EDENIED, "start of the node"), TG_EDENIED);
    cr_assert_str_eq(em.text, "start of the node: cannot open 'node.key': Permission denied");
}

Test(message, is_cut_at_its_size_and_never_inside_a_character)
{
    char lots[3000];
    for (size_t shift = 0; shift < 4; shift++) {
        struct tg_errmsg em = {0};
        memset(lots, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof lots; i += 4) memcpy(lots + i, "\xF0\x9F\x9B\xA1", 5);
        (void)tg_fail(&em, TG_EVALUE, "%s", lots);
        cr_assert_lt(strlen(em.text), sizeof em.text);
        cr_assert_gt(strlen(em.text), sizeof em.text - 6);
        cr_assert(tg_utf8_valid(tg_view_str(em.text)), "shift %zu", shift);
        (void)tg_fail_errno(&em, TG_EIO, ENOSPC, "%s", lots);
        cr_assert(tg_utf8_valid(tg_view_str(em.text)), "shift %zu", shift);
        cr_assert_not_null(strstr(em.text, "No space left on device"), "the reason is not cut off");
        (void)tg_fail(&em, TG_EIO, "the inner reason");
        (void)tg_context(&em, TG_EIO, "%s", lots);
        cr_assert(tg_utf8_valid(tg_view_str(em.text)), "shift %zu", shift);
        cr_assert_not_null(strstr(em.text, "the inner reason"), "long context does not push it out");
        for (int i = 0; i < 20; i++) (void)tg_context(&em, TG_EIO, "%s", "слой");
        cr_assert(tg_utf8_valid(tg_view_str(em.text)), "shift %zu", shift);
    }
}

Test(message, keeps_bytes_that_are_no_text_for_the_escape_to_show)
{
    struct tg_errmsg em = {0};
    (void)tg_fail(&em, TG_EVALUE, "%s", "\x80\x80\x80\x80\x80");
    cr_assert_eq(strlen(em.text), 5u);
}
