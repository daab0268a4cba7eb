/* What the tests of records share. */
#ifndef TG_TESTS_RECORD_TEST_H
#define TG_TESTS_RECORD_TEST_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "proto/json.h"
#include "proto/record.h"

/* A file of tests/data; a missing one fails the test. */
static inline void test_file_read(const char *path, struct tg_buf *buf)
{
    char whole[512];
    struct tg_errmsg em = {0};
    snprintf(whole, sizeof whole, "%s/%s", TG_TEST_DATA, path);
    tg_err err = tg_file_read(whole, 1u << 24, buf, &em);
    cr_assert(err == TG_OK, "%s: %s", whole, tg_errmsg_text(&em, err));
}

/* Replace the first `from` in text by `to`. */
static inline void test_replace(const char *text, const char *from, const char *to, struct tg_buf *out)
{
    const char *at = strstr(text, from);
    cr_assert(at != NULL, "'%s' is not in the text", from);
    cr_assert(tg_buf_put(out, text, (size_t)(at - text)) == TG_OK);
    cr_assert(tg_buf_put_str(out, to) == TG_OK);
    cr_assert(tg_buf_put_str(out, at + strlen(from)) == TG_OK);
    cr_assert(tg_buf_put(out, "", 1) == TG_OK);
    out->bytes--;
}

static const char *const test_kinds[] = {"alert",    "indicator",  "person",         "cell",       "facility",
                                         "incident", "assessment", "measure",        "withdrawal", "contact",
                                         "custody",  "link",       "request",        "answer",     "sighting",
                                         "sameness", "dispute",    "acknowledgement"};
#define TEST_KINDS (sizeof test_kinds / sizeof *test_kinds)

#endif
