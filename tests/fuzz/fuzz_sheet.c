/* Any bytes as a table and as a text, and its cells as headers, values and dates: bounded, in UTF-8, never a crash. */
#include <stdlib.h>

#include "base/text.h"
#include "fuzz.h"
#include "match/columns.h"
#include "proto/docx_text.h"
#include "proto/sheet.h"

static void cell_look(struct tg_view cell, struct tg_column_sample *sample)
{
    unsigned holds = 0;
    enum tg_date_order order = TG_DATE_ORDER_UNKNOWN;
    struct tg_date date = {0};
    if (!tg_utf8_valid(cell)) abort();
    if (tg_holds_of_header(cell, &holds) && !tg_holds_name(holds)) abort();
    if (!tg_column_date(cell, &order, &date) && !tg_date_known(date)) abort();
    tg_column_sample_add(sample, cell, "TJ");
}

static void rows_look(struct tg_sheet *sheet)
{
    struct tg_column_sample sample = {0};
    uint64_t line = 0;
    for (;;) {
        enum tg_sheet_outcome outcome;
        struct tg_errmsg why = {.text = ""}, em = {.text = ""};
        if (tg_sheet_next(sheet, &outcome, &why, &em) || outcome == TG_SHEET_END) break;
        if (tg_sheet_line(sheet) <= line) abort();
        line = tg_sheet_line(sheet);
        if (outcome == TG_SHEET_REFUSED) continue;
        if (!tg_sheet_fields(sheet)) abort();
        for (size_t i = 0; i < tg_sheet_fields(sheet); i++) cell_look(tg_sheet_field(sheet, i), &sample);
    }
    if (!tg_holds_name(tg_column_sample_holds(&sample))) abort();
}

static void docx_look(struct tg_view xml)
{
    struct tg_docx_text *docx = tg_docx_text_new();
    uint8_t piece[64];
    if (!docx) return;
    tg_err err = TG_OK;
    for (size_t at = 0; !err && at <= xml.bytes; at += 100) {
        size_t bytes = xml.bytes - at < 100 ? xml.bytes - at : 100;
        err = tg_docx_text_feed(docx, tg_view_of(xml.data + at, bytes), NULL);
        while (!err && tg_docx_text_take(docx, piece, sizeof piece)) continue;
    }
    tg_docx_text_free(docx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    for (int as_text = 0; as_text < 2; as_text++) {
        struct tg_import_memory memory = {.left = tg_view_of(data, bytes)};
        struct tg_sheet *sheet = NULL;
        uint8_t piece[512];
        size_t got = 0;
        if (tg_sheet_open(tg_import_input_memory(&memory), NULL, 0, &sheet, NULL)) return 0;
        (void)tg_sheet_is_table(sheet);
        if (!as_text) rows_look(sheet);
        while (as_text && !tg_sheet_text(sheet, piece, sizeof piece, &got, NULL) && got) continue;
        tg_sheet_free(sheet);
    }
    if (bytes && data[0] == '<') docx_look(tg_view_of(data, bytes));
    return 0;
}
