/* What is a table and what a text; rows and text out of any encoding; the text of a DOCX document. */
#include "proto/sheet.h"

#include <criterion/criterion.h>

#include "base/text.h"
#include "proto/docx_text.h"

static struct tg_sheet *opened(struct tg_import_memory *memory, const char *text, size_t bytes)
{
    struct tg_sheet *sheet = NULL;
    *memory = (struct tg_import_memory){.left = tg_view_of(text, bytes)};
    cr_assert_eq(tg_sheet_open(tg_import_input_memory(memory), NULL, 0, &sheet, NULL), TG_OK);
    return sheet;
}

Test(sheet, is_told_from_running_text)
{
    static const struct {
        const char *text;
        bool table;
    } cases[] = {
        {"name,phone\nA,1\nB,2\n", true},
        {"a;b;c\n1;2;3\n", true},
        {"a\tb\nHe came, and went.\tx\n", true},
        {"a|b\n1|2\n", true},
        {"\"one, two\",x\n\"three\",y\n", true},
        {"+992900000001\nkarim@mail.ru\n", true},
        {"one value", true},
        {"He came, and he went to the other side of the river.\nThey came, and they went to the side of the "
         "hill.\n",
         false},
        {"This is a statement that I gave on the first of May about the man whom I saw at the market that "
         "day",
         false},
        {"He said:\nthat he knew a man who came from the north and had no name that he would tell to "
         "anyone.\nNo more.\n",
         false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tg_import_memory memory;
        TG_AUTO_PTR(tg_sheet)
        struct tg_sheet *sheet = opened(&memory, cases[i].text, strlen(cases[i].text));
        cr_expect_eq(tg_sheet_is_table(sheet), cases[i].table, "'%s'", cases[i].text);
    }
}

Test(sheet, gives_rows_behind_what_was_looked_at_and_refuses_one_alone)
{
    struct tg_import_memory memory;
    struct tg_errmsg why = {.text = ""}, em = {.text = ""};
    static const char text[] = "\xff\xfe"
                               "a\0;\0b\0\n\0"
                               "1\0;\0"
                               "\0\xd8"
                               "\n\0"
                               "2\0;\0"
                               "3\0\n\0";
    enum tg_sheet_outcome outcome;
    TG_AUTO_PTR(tg_sheet) struct tg_sheet *sheet = opened(&memory, text, sizeof text - 1);
    cr_expect(tg_sheet_is_table(sheet));
    static const enum tg_sheet_outcome wanted[] = {TG_SHEET_ROW, TG_SHEET_REFUSED, TG_SHEET_ROW,
                                                   TG_SHEET_END};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(tg_sheet_next(sheet, &outcome, &why, &em), TG_OK, "%s", em.text);
        cr_expect_eq(outcome, wanted[i], "row %zu: %s", i, why.text);
        if (i == 2) cr_expect(tg_view_equal_str(tg_sheet_field(sheet, 1), "3"));
        if (i == 2) cr_expect_eq(tg_sheet_line(sheet), 3);
    }
    cr_expect_str_eq(tg_sheet_reading_of(sheet).encoding, "UTF-16LE");
    cr_expect_eq(tg_sheet_reading_of(sheet).delimiter, ';');
}

Test(sheet, gives_text_from_its_first_byte)
{
    struct tg_import_memory memory;
    struct tg_buf text = {0}, got = {0};
    for (int i = 0; i < 5000; i++) cr_assert_eq(tg_buf_putf(&text, "line %d of a statement.\n", i), TG_OK);
    TG_AUTO_PTR(tg_sheet) struct tg_sheet *sheet = opened(&memory, (const char *)text.data, text.bytes);
    for (;;) {
        char piece[777];
        size_t bytes = 0;
        cr_assert_eq(tg_sheet_text(sheet, piece, sizeof piece, &bytes, NULL), TG_OK);
        if (!bytes) break;
        cr_assert_eq(tg_buf_put(&got, piece, bytes), TG_OK);
    }
    cr_expect(tg_view_equal(tg_buf_view(&got), tg_buf_view(&text)));
    tg_buf_release(&text);
    tg_buf_release(&got);
}

static tg_err docx_text(const char *xml, size_t piece, struct tg_buf *out)
{
    struct tg_docx_text *docx = tg_docx_text_new();
    size_t bytes = strlen(xml);
    tg_err err = TG_OK;
    for (size_t at = 0; !err && !tg_docx_text_ended(docx); at += piece) {
        size_t left = at < bytes ? bytes - at : 0, got;
        char text[5];
        err = tg_docx_text_feed(docx, tg_view_of(left ? xml + at : "", left < piece ? left : piece), NULL);
        while (!err && (got = tg_docx_text_take(docx, text, sizeof text)))
            cr_assert_eq(tg_buf_put(out, text, got), TG_OK);
    }
    tg_docx_text_free(docx);
    return err;
}

Test(sheet, reads_the_paragraphs_of_a_document_whole)
{
    static const char xml[] =
        "<?xml version='1.0'?><w:document xmlns:w='w'><w:body><w:p><w:pPr><w:x>no</w:x></w:pPr>"
        "<w:r><w:t>Call +992</w:t></w:r><w:r><w:t xml:space='preserve'> 900 &amp; co</w:t><w:tab/>"
        "<w:t>x</w:t></w:r></w:p><w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p></w:body>"
        "</w:document>";
    for (size_t piece = 1; piece < 90; piece += 11) {
        struct tg_buf out = {0};
        cr_assert_eq(docx_text(xml, piece, &out), TG_OK);
        cr_expect(tg_view_equal_str(tg_buf_view(&out), "Call +992 900 & co\tx\na\nb\n"), "%.*s",
                  TG_VIEW_PRINT(tg_buf_view(&out)));
        tg_buf_release(&out);
    }
}

Test(sheet, refuses_documents_that_are_made_to_grow)
{
    struct tg_buf out = {0}, deep = {0};
    cr_expect_eq(docx_text("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 100, &out), TG_EFORMAT);
    cr_expect_eq(docx_text("<a><b></a>", 100, &out), TG_EFORMAT);
    for (int i = 0; i <= TG_DOCX_DEPTH_MAX; i++) cr_assert_eq(tg_buf_put_str(&deep, "<a>"), TG_OK);
    cr_assert_eq(tg_buf_put(&deep, "", 1), TG_OK);
    cr_expect_eq(docx_text((const char *)deep.data, 100, &out), TG_ELIMIT);
    tg_buf_release(&deep);
    tg_buf_release(&out);
}
