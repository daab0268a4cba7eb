/* Files in other encodings: the same rows come out whatever the bytes were, and what is no character costs its row. */
#include <iconv.h>

#include "proto/import.h"
#include "proto/import_text.h"
#include "record_test.h"

#define NOW_MS 1782000000000LL /* 2026-06-21 */

/* Text in that encoding, as iconv(3) makes it. */
static void encode(const char *name, struct tg_view text, struct tg_buf *out)
{
    iconv_t to = iconv_open(name, "UTF-8");
    cr_assert(to != (iconv_t)-1, "%s", name);
    char *in = (char *)text.data;
    size_t left = text.bytes;
    while (left) {
        char piece[256], *at = piece;
        size_t room = sizeof piece;
        (void)iconv(to, &in, &left, &at, &room);
        cr_assert(tg_buf_put(out, piece, sizeof piece - room) == TG_OK && room < sizeof piece, "%s", name);
    }
    iconv_close(to);
}

/* An input that gives so many bytes at a time. */
struct pieces {
    struct tg_view left;
    size_t bytes;
};
static tg_err pieces_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct pieces *pieces = ctx;
    size_t bytes = pieces->left.bytes < pieces->bytes ? pieces->left.bytes : pieces->bytes;
    (void)em;
    if (bytes > bytes_max) bytes = bytes_max;
    if (bytes) memcpy(out, pieces->left.data, bytes);
    pieces->left = tg_view_of(pieces->left.data + bytes, pieces->left.bytes - bytes);
    *ret_bytes = bytes;
    return TG_OK;
}

struct run {
    struct tg_arena arena;
    struct pieces pieces;
    struct tg_import *import;
    struct tg_errmsg em;
};

static tg_err run_open(struct run *run, struct tg_view bytes, size_t piece, struct tg_import_shape shape)
{
    struct tg_import_profile profile;
    *run = (struct run){.pieces = {.left = bytes, .bytes = piece}};
    tg_arena_init(&run->arena, 16 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_import_profile_default(TG_IMPORT_CSV, NOW_MS, &profile);
    struct tg_import_input input = {.read = pieces_read, .ctx = &run->pieces};
    return tg_import_open(input, &shape, &profile, &run->import, &run->em);
}
static void run_close(struct run *run)
{
    tg_import_free(run->import);
    tg_arena_release(&run->arena);
}
static struct tg_import_item next(struct run *run)
{
    struct tg_import_item item = {0};
    cr_assert(tg_import_next(run->import, &run->arena, &item, &run->em) == TG_OK, "%s", run->em.text);
    return item;
}
static const char *next_text(struct run *run)
{
    struct tg_record *rec = NULL;
    struct tg_import_item item = next(run);
    cr_assert(item.outcome == TG_IMPORT_RECORD, "line %lu: %s", (unsigned long)item.line, item.reason.text);
    cr_assert(tg_record_decode(item.bytes, &run->arena, &rec, &run->em) == TG_OK, "%s", run->em.text);
    return rec->indicator->text;
}
static void next_refused(struct run *run, uint64_t line, uint64_t column, const char *says)
{
    struct tg_import_item item = next(run);
    cr_assert(item.outcome == TG_IMPORT_REFUSED, "%s was taken", says);
    cr_expect(item.line == line && item.column == column, "%s at %lu:%lu", item.reason.text,
              (unsigned long)item.line, (unsigned long)item.column);
    cr_expect(strstr(item.reason.text, says) != NULL, "'%s' lacks '%s'", item.reason.text, says);
}

#define FIRST "Гулнора Каримова, Худжанд — №7"
#define SECOND "две\nстроки \"в кавычках\""
static const char table[] = "Phone;TEXT\r\n+992935001122;" FIRST "\r\n+992935001123;"
                            "\"две\nстроки \"\"в кавычках\"\"\"\r\n";

Test(import_text, reads_the_same_rows_in_every_encoding_and_in_any_pieces)
{
    static const struct {
        const char *encoding, *mark, *told, *seen;
    } rows[] = {
        {"UTF-8", "", NULL, "UTF-8"},
        {"UTF-8", "\xEF\xBB\xBF", NULL, "UTF-8"},
        {"UTF-8", "\xEF\xBB\xBF", "utf-8", "utf-8"},
        {"WINDOWS-1251", "", NULL, "windows-1251"},
        {"WINDOWS-1251", "", "cp1251", "cp1251"},
        {"UTF-16LE", "\xFF\xFE", NULL, "UTF-16LE"},
        {"UTF-16BE", "\xFE\xFF", NULL, "UTF-16BE"},
        {"UTF-16LE", "", NULL, "UTF-16LE"},
        {"UTF-16BE", "", NULL, "UTF-16BE"},
        {"UTF-16BE", "", "UTF-16BE", "UTF-16BE"},
        {"UTF-16", "", "UTF-16", "UTF-16"},
        {"KOI8-R", "", "koi8-r", "koi8-r"},
        {"IBM866", "", "IBM866", "IBM866"},
        {"GB18030", "", "gb18030", "gb18030"},
    };
    static const size_t pieces[] = {1, 2, 3, 7, 1000000};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
            TG_AUTO(tg_buf) struct tg_buf bytes = {0}, plain = {0};
            struct run run;
            /* Code pages of one byte have no long dash. */
            bool narrow = strcmp(rows[i].encoding, "KOI8-R") == 0 || strcmp(rows[i].encoding, "IBM866") == 0;
            cr_assert(tg_buf_put_str(&plain, table) == TG_OK);
            for (uint8_t *dash; narrow && (dash = memmem(plain.data, plain.bytes, "—", 3));)
                memcpy(dash, "...", 3);
            for (uint8_t *sign; narrow && (sign = memmem(plain.data, plain.bytes, "№", 3));)
                memcpy(sign, "...", 3);
            cr_assert(tg_buf_put_str(&bytes, rows[i].mark) == TG_OK);
            encode(rows[i].encoding, tg_buf_view(&plain), &bytes);
            struct tg_import_shape shape = {.encoding = rows[i].told};
            tg_err err = run_open(&run, tg_buf_view(&bytes), pieces[p], shape);
            cr_assert(err == TG_OK, "%s: %s", rows[i].encoding, run.em.text);
            const char *text = next_text(&run);
            cr_expect_str_eq(text, narrow ? "Гулнора Каримова, Худжанд ... ...7" : FIRST, "%s",
                             rows[i].encoding);
            cr_expect_str_eq(next_text(&run), SECOND, "%s", rows[i].encoding);
            cr_expect(next(&run).outcome == TG_IMPORT_END);
            struct tg_import_reading reading = tg_import_reading_of(run.import);
            cr_expect_str_eq(reading.encoding, rows[i].seen);
            cr_expect(reading.encoding_guessed == !rows[i].told && reading.delimiter == ';' &&
                      reading.delimiter_guessed);
            run_close(&run);
        }
    }
}

Test(import_text, decides_only_when_the_first_letter_that_is_not_ascii_comes)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0}, bytes = {0};
    struct run run;
    cr_assert(tg_buf_put_str(&text, "phone,text\n") == TG_OK);
    for (int i = 0; i < 9000; i++) cr_assert(tg_buf_putf(&text, "+99293%07d,plain\n", i) == TG_OK);
    cr_assert(tg_buf_put_str(&text, "+992935001122,Ярослав Мудрый\n") == TG_OK);
    encode("WINDOWS-1251", tg_buf_view(&text), &bytes);
    cr_assert(bytes.bytes > 2 * TG_IMPORT_CHUNK_BYTES);
    cr_assert(run_open(&run, tg_buf_view(&bytes), 4096, (struct tg_import_shape){0}) == TG_OK, "%s",
              run.em.text);
    cr_expect_str_eq(tg_import_reading_of(run.import).encoding, "UTF-8");
    for (int i = 0; i < 9000; i++) {
        tg_arena_clear(&run.arena);
        cr_assert_str_eq(next_text(&run), "plain");
    }
    cr_expect_str_eq(next_text(&run), "Ярослав Мудрый");
    cr_expect_str_eq(tg_import_reading_of(run.import).encoding, "windows-1251");
    run_close(&run);
}

static bool looks_1251(const char *encoding, const char *text)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    encode(encoding, tg_view_str(text), &bytes);
    return tg_import_looks_1251(tg_buf_view(&bytes));
}

Test(import_text, takes_for_windows_1251_what_makes_cyrillic_words_there_and_nothing_else)
{
    static const char *const cyrillic[] = {"Иванов Пётр Сергеевич", "КАРИМОВ;РУСТАМ;1984",
                                           "худжанд, улица ленина", "Абдуллоев Фирдавс (Душанбе)",
                                           "Нурматова\tАйгүл",      "Ян"};
    for (size_t i = 0; i < 4; i++) {
        cr_expect(looks_1251("WINDOWS-1251", cyrillic[i]), "%s", cyrillic[i]);
        cr_expect(!looks_1251("UTF-8", cyrillic[i]), "%s in UTF-8", cyrillic[i]);
        cr_expect(!looks_1251("KOI8-R", cyrillic[i]), "%s in KOI8-R", cyrillic[i]);
        cr_expect(!looks_1251("IBM866", cyrillic[i]), "%s in IBM866", cyrillic[i]);
    }
    cr_expect(!looks_1251("WINDOWS-1251", cyrillic[5]), "two letters prove nothing");
    cr_expect(looks_1251("WINDOWS-1251", "Янов"));
    cr_expect(!looks_1251("ISO-8859-1", "éric müller, café, naïve"));
    cr_expect(!looks_1251("WINDOWS-1254", "ığdır şöför güneş"));
    cr_expect(!looks_1251("WINDOWS-1256", "محمد عبد الله"));
    cr_expect(!tg_import_looks_1251(tg_view_str("\x80\x81\x82\x83")));
    /* UTF-8 with a broken character here and there stays UTF-8. */
    cr_expect(!tg_import_looks_1251(tg_view_str("Иванов \xC8\xE2 Пётр Сергеевич")));
}

Test(import_text, refuses_the_row_with_broken_characters_and_not_the_file)
{
    struct run run;
    cr_assert(run_open(&run,
                       tg_view_str("phone,text\n"
                                   "+992935001122,Имя\n"
                                   "+992935001122,ab\xD0\n"
                                   "+992935001122,\"a,\xFF\n"
                                   "b\",x\n"
                                   "+992935001122,\xED\xA0\x80\n"
                                   "+992935001122,\xC0\xAF,\xF5\n"
                                   "+992935001122,last\xE2\x82"),
                       3, (struct tg_import_shape){0}) == TG_OK);
    cr_expect_str_eq(next_text(&run), "Имя");
    next_refused(&run, 3, 2, "field is not UTF-8");
    next_refused(&run, 4, 2, "--encoding");
    next_refused(&run, 6, 2, "field is not UTF-8");
    next_refused(&run, 7, 2, "field is not UTF-8");
    next_refused(&run, 8, 2, "field is not UTF-8");
    cr_expect(next(&run).outcome == TG_IMPORT_END);
    run_close(&run);
}

Test(import_text, finds_its_way_again_behind_a_broken_character_of_utf_16)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct run run;
    encode("UTF-16LE", tg_view_str("phone,text\n+992935001122,"), &bytes);
    cr_assert(tg_buf_put(&bytes, "\x00\xDC", 2) == TG_OK); /* half of a pair */
    encode("UTF-16LE", tg_view_str("\n+992935001122,good\n+992935001122,odd"), &bytes);
    cr_assert(tg_buf_put(&bytes, "x", 1) == TG_OK); /* and half of a unit at the end */
    cr_assert(run_open(&run, tg_buf_view(&bytes), 5, (struct tg_import_shape){0}) == TG_OK, "%s",
              run.em.text);
    next_refused(&run, 2, 2, "field is not UTF-16LE");
    cr_expect_str_eq(next_text(&run), "good");
    next_refused(&run, 4, 2, "field is not UTF-16LE");
    cr_expect(next(&run).outcome == TG_IMPORT_END);
    run_close(&run);
}

Test(import_text, says_what_is_told_wrongly)
{
    static const struct {
        const char *text;
        struct tg_import_shape shape;
        tg_err err;
        const char *says;
    } rows[] = {
        {"phone\n", {.encoding = "windows-1215"}, TG_EUSAGE, "unknown encoding 'windows-1215'"},
        {"phone\n", {.encoding = "UTF-8//IGNORE"}, TG_EUSAGE, "no encoding has a name like"},
        {"<CONSOLIDATED_LIST/>", {.encoding = "UTF-16"}, TG_EUSAGE, "names its encoding itself"},
        {"\xD2\xE5\xEB\n", {.encoding = "UTF-8"}, TG_EFORMAT, "header: field is not UTF-8"},
        {"phone,text\n", {.delimiter = ';'}, TG_EVALUE, "'phone,text' is no column name"},
        {"phone;text\n", {.delimiter = '\t'}, TG_EVALUE, "'phone;text' is no column name"},
        {"+992935001122,x\n", {0}, TG_EVALUE, "the first line must name the columns"},
        {"phone,note,note\n", {0}, TG_EVALUE, "column 3: 'note' stands twice, first in column 2"},
        {"phone,tlp,TLP\n", {0}, TG_EVALUE, "column 3: 'tlp' stands twice"},
        {"kind,kind\n", {0}, TG_EVALUE, "'kind' stands twice"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run;
        tg_err err = run_open(&run, tg_view_str(rows[i].text), 100, rows[i].shape);
        cr_expect(err == rows[i].err && run.import == NULL, "%s: %d", rows[i].says, (int)err);
        cr_expect(strstr(run.em.text, rows[i].says) != NULL, "'%s' lacks '%s'", run.em.text, rows[i].says);
        run_close(&run);
    }
}

Test(import_text, divides_by_what_the_header_shows_or_by_what_is_told)
{
    static const struct {
        const char *text;
        char told, seen;
    } rows[] = {
        {"phone,text\n+992935001122,x\n", 0, ','},       {"phone;text\n+992935001122;x\n", 0, ';'},
        {"phone\ttext\n+992935001122\tx\n", 0, '\t'},    {"phone|text\n+992935001122|x\n", 0, '|'},
        {"phone;\"x-a,b,c\"\n+992935001122;\n", 0, ';'}, {"phone,text\r+992935001122,x\r", 0, ','},
        {"phone;text\n+992935001122;x\n", ';', ';'},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run;
        struct tg_import_shape shape = {.delimiter = rows[i].told};
        cr_assert(run_open(&run, tg_view_str(rows[i].text), 100, shape) == TG_OK, "%s: %s", rows[i].text,
                  run.em.text);
        (void)next_text(&run);
        cr_expect(next(&run).outcome == TG_IMPORT_END);
        struct tg_import_reading reading = tg_import_reading_of(run.import);
        cr_expect(reading.delimiter == rows[i].seen && reading.delimiter_guessed == !rows[i].told, "%s",
                  rows[i].text);
        run_close(&run);
    }
}

Test(import_text, counts_lines_by_the_same_ends_as_an_editor)
{
    struct run run;
    cr_assert(run_open(&run, tg_view_str("phone,text\r\n\r\n12,a\r\n12,b\r12,\"c\r\nd\"\r\n12,e\n\n\n12,f"),
                       1, (struct tg_import_shape){0}) == TG_OK);
    static const uint64_t lines[] = {3, 4, 5, 7, 10};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) next_refused(&run, lines[i], 0, "phone '12'");
    cr_expect(next(&run).outcome == TG_IMPORT_END);
    run_close(&run);
}

/* A file made of one piece again and again, so that no test holds it. */
struct repeat {
    const char *first, *piece, *last;
    uint64_t times;
};
static tg_err repeat_read(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct repeat *repeat = ctx;
    const char *give = repeat->first ? repeat->first : repeat->times ? repeat->piece : repeat->last;
    size_t bytes = 0, one = give ? strlen(give) : 0;
    (void)em;
    if (give && give == repeat->first) {
        memcpy(out, give, bytes = one);
        repeat->first = NULL;
    } else if (repeat->times) {
        for (; repeat->times && bytes + one <= bytes_max; repeat->times--, bytes += one)
            memcpy((uint8_t *)out + bytes, give, one);
    } else if (give) {
        memcpy(out, give, bytes = one);
        repeat->last = NULL;
    }
    *ret_bytes = bytes;
    return TG_OK;
}

Test(import_text, refuses_a_line_without_end_by_its_number_and_goes_on)
{
    static const struct {
        const char *piece;
        uint64_t column;
        const char *says;
    } rows[] = {{"xxxxxxxxxxxxxxxx", 2, "field is too long"},
                {"Ы", 2, "field is too long"},
                {",,,,,,,,,,,,,,,,", 257, "more columns than are allowed"},
                {"x,x,x,x,x,x,x,x,", 257, "more columns than are allowed"},
                {"\x98", 2, "field is not UTF-8"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run;
        struct repeat repeat = {.first = "phone,text\n12,",
                                .piece = rows[i].piece,
                                .times = 4000000 / strlen(rows[i].piece),
                                .last = "\n+992935001122,good\n"};
        struct tg_import_profile profile;
        run = (struct run){0};
        tg_arena_init(&run.arena, 16 * TG_RECORD_PARSE_BUDGET_BYTES);
        tg_import_profile_default(TG_IMPORT_CSV, NOW_MS, &profile);
        struct tg_import_shape shape = {0};
        cr_assert(tg_import_open((struct tg_import_input){.read = repeat_read, .ctx = &repeat}, &shape,
                                 &profile, &run.import, &run.em) == TG_OK,
                  "%s", run.em.text);
        next_refused(&run, 2, rows[i].column, rows[i].says);
        cr_expect_str_eq(next_text(&run), "good");
        cr_expect(next(&run).outcome == TG_IMPORT_END);
        run_close(&run);
    }
}

Test(import_text, keeps_the_shape_of_a_row_that_holds_a_nul_or_a_broken_character)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct run run;
    static const char text[] =
        "phone,text\n+992935001122,\"a\0\nb\",\n+992935001122,\"\xFF\n,\"\"\n\"\n+992935001122,c\n";
    cr_assert(tg_buf_put(&bytes, text, sizeof text - 1) == TG_OK);
    cr_assert(run_open(&run, tg_buf_view(&bytes), 1, (struct tg_import_shape){0}) == TG_OK);
    next_refused(&run, 2, 2, "NUL");
    next_refused(&run, 4, 2, "not UTF-8");
    cr_expect_str_eq(next_text(&run), "c");
    cr_expect(next(&run).outcome == TG_IMPORT_END);
    run_close(&run);
}

Test(import_text, gives_nothing_for_a_header_alone)
{
    struct run run;
    static const char *const texts[] = {"phone,text", "phone,text\n", "\xEF\xBB\xBFphone,text\r\n\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert(run_open(&run, tg_view_str(texts[i]), 100, (struct tg_import_shape){0}) == TG_OK);
        cr_expect(next(&run).outcome == TG_IMPORT_END);
        run_close(&run);
    }
    static const char *const empty[] = {"", "\xEF\xBB\xBF", "\r\n\n"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        cr_expect(run_open(&run, tg_view_str(empty[i]), 100, (struct tg_import_shape){0}) == TG_EFORMAT);
        cr_expect(strstr(run.em.text, "the file is empty") != NULL, "%s", run.em.text);
        run_close(&run);
    }
}
