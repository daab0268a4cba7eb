/* Selectors and names in running text: what is found, what is not, and that no border of the input hides anything. */
#include "match/scan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* "phone:+992900000001@12/1|..." of everything found. */
struct told {
    struct tg_buf out;
    size_t count;
};

static tg_err on_found(void *ctx, const struct tg_scan_found *found)
{
    struct told *told = ctx;
    told->count++;
    cr_assert_eq(
        tg_buf_putf(&told->out, "%llu/%llu", (unsigned long long)found->at, (unsigned long long)found->line),
        TG_OK);
    if (!found->form_count)
        cr_assert_eq(tg_buf_putf(&told->out, " name:%.*s", TG_VIEW_PRINT(found->text)), TG_OK);
    for (size_t i = 0; i < found->form_count; i++)
        cr_assert_eq(
            tg_buf_putf(&told->out, " %s:%s", tg_selector_name(found->forms[i].type), found->forms[i].form),
            TG_OK);
    return tg_buf_put_str(&told->out, "|");
}

static void scanned(struct tg_view text, size_t piece, bool names, struct told *told)
{
    struct tg_scan_options options = {.country = "TJ", .names = names, .on_found = on_found, .ctx = told};
    TG_AUTO_PTR(tg_scan) struct tg_scan *scan = tg_scan_new(&options);
    cr_assert(scan);
    while (text.bytes) {
        size_t bytes = text.bytes < piece ? text.bytes : piece;
        cr_assert_eq(tg_scan_feed(scan, tg_view_of(text.data, bytes)), TG_OK);
        text = tg_view_of(text.data + bytes, text.bytes - bytes);
    }
    cr_assert_eq(tg_scan_end(scan), TG_OK);
}

static void expect(const char *text, bool names, const char *wanted)
{
    struct told told = {0};
    scanned(tg_view_str(text), SIZE_MAX, names, &told);
    cr_expect(tg_view_equal_str(tg_buf_view(&told.out), wanted), "in '%s': '%.*s' instead of '%s'", text,
              TG_VIEW_PRINT(tg_buf_view(&told.out)), wanted);
    tg_buf_release(&told.out);
}

Test(match_scan, finds_what_stands_in_text)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"call +992 (90) 000-00-01, or", "5/1 phone:+992900000001|"},
        {"тел.+992900000001.", "7/1 phone:+992900000001|"},
        {"(+992900000001)", "1/1 phone:+992900000001|"},
        {"at 00992 900 00 00 01\nor 900000001", "3/1 phone:+992900000001|25/2 phone:+992900000001|"},
        {"write to Karim.V@mail.ru.", "9/1 email:karim.v@mail.ru domain:mail.ru|"},
        {"<user1@x9.co>", "1/1 email:user1@x9.co domain:x9.co|"},
        {"user(at)mail[.]ru", "0/1 email:user@mail.ru domain:mail.ru|"},
        {"see hxxps://evil[.]example9.com/a?b=1#c.",
         "4/1 url:https://evil.example9.com/a?b=1 domain:evil.example9.com|"},
        {"http://1.2.3.4/x", "0/1 url:http://1.2.3.4/x ip:1.2.3.4|"},
        {"from 93.184.216.34, 93.184.216.0/24", "5/1 ip:93.184.216.34|20/1 cidr:93.184.216.0/24|"},
        {"v6 2a00:1450:4001:81b::200e at 12:30:45", "3/1 ip:2a00:1450:4001:81b::200e|"},
        {"mac 3c:22:fb:01:02:03", "4/1 mac:3c22fb010203|"},
        {"IBAN GB29 NWBK 6016 1331 9268 19 now", "5/1 iban:GB29NWBK60161331926819|"},
        {"GB29NWBK60161331926819", "0/1 iban:GB29NWBK60161331926819|"},
        {"md5 9e107d9d372bb6826bd81d3542a419d6", "4/1 hash:md5:9e107d9d372bb6826bd81d3542a419d6|"},
        {"pay 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2.", "4/1 crypto:bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2|"},
        {"Passport A1234567", "9/1 passport:ZZ:A1234567 national_id:ZZ:A1234567|"},
        {"паспорт AA 1234567", "15/1 passport:ZZ:AA1234567 national_id:ZZ:AA1234567|"},
        {"ask @karim_v, t.me/karim_v",
         "4/1 telegram:@karim_v vk:@karim_v x:@karim_v instagram:@karim_v "
         "tiktok:@karim_v|14/1 telegram:@karim_v url:http://t.me/karim_v domain:t.me|"},
        {"imei 490154203237518", "5/1 imei:49015420323751 imsi:490154203237518 phone:+49154203237518 "
                                 "payment_card:490154*****7518~69|"},
        {"«пример.рф»", "2/1 domain:xn--e1afmkfd.xn--p1ai|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) expect(cases[i].text, false, cases[i].wanted);
}

Test(match_scan, leaves_alone_what_is_none)
{
    static const char *const texts[] = {
        "On 2024-06-30 at 12:30:45 he paid 3.14 of 1,200.50 for v1.2.3, see report.docx and page 17.",
        "г.Душанбе, ул.Рудаки 12, кв.5 (т.е. дом) 30.06.2024",
        "e.g. this... or [1], (a), a@b, @x, user@localhost, 1.2.3.4.5.6.7.8, A1234567",
        "\xff\xfe\x80 12 \xc3 @ . [.] (.) ://",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) expect(texts[i], false, "");
}

Test(match_scan, finds_words_that_may_be_a_name)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"he met Karim Valiev there", "7/1 name:Karim Valiev|"},
        {"Yesterday Karim Valiev left", "0/1 name:Yesterday Karim Valiev|10/1 name:Karim Valiev|"},
        {"с Каримом Валиевым и", "3/1 name:Каримом Валиевым|"},
        {"see Usama bin Ladin, Osh", "4/1 name:Usama bin Ladin|"},
        {"قال أسامة بن لادن", "7/1 name:أسامة بن لادن|"},
        {"He said. Then He left", "9/1 name:Then He|"},
        {"one Name\nTwo lines", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) expect(cases[i].text, true, cases[i].wanted);
}

/* ---- borders ---- */

static uint64_t state = 88172645463325252u;
static uint64_t chance(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Words, numbers and punctuation in any order, and lines of any length. */
static void noise_put(struct tg_buf *out, size_t bytes)
{
    static const char *const words[] = {"the ", "and, ",  "12 ",     "3.14 ",  "Osh. ",     "(see) ",
                                        "дом ", "\n",     "a-b ",    "x/y ",   "...",       "2024 ",
                                        "[1] ", "Karim ", "Valiev ", "00 ",    "1-1-1",     "aa:bb",
                                        "\xff", "@",      "@me ",    "a.b.c ", "999999999 "};
    while (out->bytes < bytes)
        cr_assert_eq(tg_buf_put_str(out, words[chance() % (sizeof words / sizeof words[0])]), TG_OK);
}

Test(match_scan, finds_the_same_in_pieces_of_any_size)
{
    static const size_t pieces[] = {
        1, 7, 4093, 65536, TG_SCAN_WINDOW_BYTES - 1, TG_SCAN_WINDOW_BYTES, TG_SCAN_WINDOW_BYTES + 1};
    struct tg_buf text = {0};
    noise_put(&text, 2 * TG_SCAN_WINDOW_BYTES + 99);
    struct told whole = {0};
    scanned(tg_buf_view(&text), SIZE_MAX, true, &whole);
    cr_assert(whole.count > 1000);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct told told = {0};
        scanned(tg_buf_view(&text), pieces[i], true, &told);
        cr_expect(tg_view_equal(tg_buf_view(&told.out), tg_buf_view(&whole.out)), "in pieces of %zu",
                  pieces[i]);
        tg_buf_release(&told.out);
    }
    tg_buf_release(&whole.out);
    tg_buf_release(&text);
}

/* A selector wherever it stands around the border of two windows. */
Test(match_scan, finds_what_is_planted_at_any_border)
{
    static const char *const planted[] = {" +992900000001 ", " karim.v@mail.ru ", " https://evil.tj/a/b?c=1 ",
                                          " GB29 NWBK 6016 1331 9268 19 ", " passport A1234567 "};
    static const char *const wanted[] = {"phone:+992900000001", "email:karim.v@mail.ru",
                                         "url:https://evil.tj/a/b?c=1", "iban:GB29NWBK60161331926819",
                                         "passport:ZZ:A1234567"};
    for (size_t kind = 0; kind < sizeof planted / sizeof planted[0]; kind++) {
        size_t bytes = strlen(planted[kind]);
        for (size_t shift = kind % 2; shift < bytes + 6; shift += 2) {
            struct tg_buf text = {0};
            size_t at = TG_SCAN_WINDOW_BYTES - (shift % 2 ? TG_SCAN_REACH_BYTES : 0) - shift;
            while (text.bytes < at) cr_assert_eq(tg_buf_put_str(&text, "words, and more words. "), TG_OK);
            text.bytes = at;
            text.data[at - 1] = '\n';
            cr_assert_eq(tg_buf_put_str(&text, planted[kind]), TG_OK);
            noise_put(&text, TG_SCAN_WINDOW_BYTES + 3000);
            struct told told = {0};
            scanned(tg_buf_view(&text), 50000, false, &told);
            cr_expect(memmem(told.out.data, told.out.bytes, wanted[kind], strlen(wanted[kind])), "%s at %zu",
                      wanted[kind], at);
            tg_buf_release(&told.out);
            tg_buf_release(&text);
        }
    }
}

/* No line, however long, and no repetition costs more than a few looks a byte or any memory. */
Test(match_scan, takes_texts_that_are_made_to_be_slow)
{
    static const char *const repeated[] = {"1", "1-",  "a.",    "1.", "a:",   "1:",   "11-",
                                           "@", "a@",  "[.]",   "+",  "+1",   "(",    "://",
                                           "A", "Ab ", "AB12 ", "1 ", "a.b/", "\xd0", "http://a.b/"};
    for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
        struct tg_buf text = {0};
        while (text.bytes < TG_SCAN_WINDOW_BYTES + 1000)
            cr_assert_eq(tg_buf_put_str(&text, repeated[i]), TG_OK);
        struct told told = {0};
        scanned(tg_buf_view(&text), SIZE_MAX, true, &told);
        tg_buf_release(&told.out);
        tg_buf_release(&text);
    }
}

Test(match_scan, counts_bytes_and_lines_and_gives_the_words_around)
{
    struct tg_buf text = {0};
    for (int i = 0; i < 100000; i++) cr_assert_eq(tg_buf_put_str(&text, "line of text\n"), TG_OK);
    cr_assert_eq(tg_buf_put_str(&text, "By Karim Valiev, +992900000001\n9"), TG_OK);
    struct told told = {0};
    scanned(tg_buf_view(&text), 1000, true, &told);
    cr_expect(tg_view_equal_str(tg_buf_view(&told.out),
                                "1300017/100001 phone:+992900000001|1300000/100001 name:By Karim Valiev|"
                                "1300003/100001 name:Karim Valiev|"),
              "%.*s", TG_VIEW_PRINT(tg_buf_view(&told.out)));
    tg_buf_release(&told.out);
    tg_buf_release(&text);
}
