/* Records as JSON: every kind there and back, and what is refused with which words. */
#include "record_test.h"

static tg_err parse(const char *json, struct tg_arena *arena, struct tg_view *bytes, struct tg_errmsg *em)
{
    return tg_record_from_json(tg_view_str(json), arena, bytes, em);
}

Test(record_json, prints_every_kind_as_the_golden_says_and_reads_it_back_to_the_same_bytes)
{
    for (size_t i = 0; i < sizeof test_kinds / sizeof *test_kinds; i++) {
        TG_AUTO(tg_buf) struct tg_buf in = {0}, golden = {0}, out = {0};
        TG_AUTO(tg_arena) struct tg_arena arena;
        char path[128];
        struct tg_view bytes, again;
        struct tg_record *rec;
        struct tg_errmsg em = {0};
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        snprintf(path, sizeof path, "records/%s.in.json", test_kinds[i]);
        test_file_read(path, &in);
        cr_assert(tg_record_from_json(tg_buf_view(&in), &arena, &bytes, &em) == TG_OK, "%s: %s", path,
                  em.text);
        cr_assert(tg_record_decode(bytes, &arena, &rec, &em) == TG_OK, "%s: %s", path, em.text);
        cr_assert(tg_record_to_json(rec, &out) == TG_OK);
        cr_assert(tg_record_from_json(tg_buf_view(&out), &arena, &again, &em) == TG_OK, "%s: %s", path,
                  em.text);
        cr_assert(tg_view_equal(bytes, again), "%s: other bytes the second time", path);
        cr_assert_str_eq(tg_kind_name(rec->kind), test_kinds[i]);
        cr_assert_not(rec->newer);
        if (getenv("TG_GOLDEN_WRITE")) {
            cr_assert(tg_buf_put_str(&out, "\n") == TG_OK);
            snprintf(path, sizeof path, "%s/records/%s.json", TG_TEST_DATA, test_kinds[i]);
            cr_assert(tg_file_write(path, tg_buf_view(&out), 0644, &em) == TG_OK, "%s", em.text);
            continue;
        }
        snprintf(path, sizeof path, "records/%s.json", test_kinds[i]);
        test_file_read(path, &golden);
        cr_assert(tg_view_equal(tg_text_trim(tg_buf_view(&golden)), tg_buf_view(&out)), "%s is now\n%.*s",
                  path, TG_VIEW_PRINT(tg_buf_view(&out)));
    }
}

Test(record_json, names_path_reason_and_remedy_of_every_refusal)
{
    static const struct {
        const char *kind, *from, *to;
        tg_err err;
        const char *says;
    } rows[] = {
        {"person", "\"1984-07-21\"", "\"1984-02-30\"", TG_EVALUE, "person.births[0].date"},
        {"person", "{\"year\": 1983}", "{\"year\": 1983, \"moth\": 2}", TG_EVALUE,
         "person.births[1].date.moth"},
        {"person", "{\"year\": 1983}", "{\"year\": 1983, \"month\": 13}", TG_EVALUE, "person.births[1]"},
        {"person", "\"wanted\"", "\"wantd\"", TG_EVALUE, "did you mean 'wanted'?"},
        {"person", "\"status\": \"wanted\", ", "", TG_EVALUE, "person.status: is missing"},
        {"person", "\"purpose\": \"prevention of terrorism\", ", "", TG_EVALUE,
         "head.handling.purpose is missing"},
        {"person", "\"legal_basis\": \"CT act, art. 9\", ", "", TG_EVALUE,
         "head.handling.legal_basis is missing"},
        {"person", "\"review\": \"2025-06-30\", ", "", TG_EVALUE, "head.handling.review is missing"},
        {"person", ", \"expiry\": \"2026-06-30\"", "", TG_EVALUE, "head.handling.expiry is missing"},
        {"person", ", \"grading\": {\"reliability\": \"C\", \"credibility\": \"3\"}", "", TG_EVALUE,
         "head.grading is missing"},
        {"person", "\"reliability\": \"C\", ", "", TG_EVALUE, "head.grading.reliability: is missing"},
        {"person",
         "\"source\": {\"type\": \"press\", \"name\": \"Asia Daily\", \"reference\": \"p. 3\", \"date\": "
         "\"2024-06-14\"}, ",
         "", TG_EVALUE, "head.source is missing"},
        {"person", "\"tlp\": \"red\"", "\"tlp\": \"ruby\"", TG_EVALUE, "head.handling.tlp"},
        {"person", "\"2026-06-30\"", "\"2024-06-30\"", TG_EVALUE, "review lies behind expiry"},
        {"person", "\"nationalities\": [{\"country\": \"TJ\"}", "\"nationalities\": [{\"country\": \"QQ\"}",
         TG_EVALUE, "country"},
        {"person", "\"sex\"", "\"religion\"", TG_EVALUE, "person.religion: unknown key"},
        {"person", "\"births\"", "\"birth\"", TG_EVALUE, "did you mean 'births'?"},
        {"person", "\"names\": [", "\"names\": {}, \"roles2\": [", TG_EVALUE, "person.names: must be a list"},
        {"person", "\"Cyrl\"", "\"cyrillic\"", TG_EVALUE, "script"},
        {"person", "\"Last seen in Osh.\"", "\"Last\\u0007seen\"", TG_EVALUE, "control character U+0007"},
        {"person", "\"driver\"", "\"a\\u0000b\"", TG_EVALUE, "person.roles[0]"},
        {"person", "\"kind\": \"person\"", "\"kind\": \"persn\"", TG_EVALUE, "did you mean 'person'?"},
        {"person", "{\"kind\"", "{\"v\": 2, \"kind\"", TG_EVERSION, "only version 1"},
        {"person", "{\"kind\"", "{\"kind\": \"person\", \"kind\"", TG_EFORMAT, "duplicate"},
        {"indicator", "+996 555 123 456", "+996 555", TG_EVALUE, "indicator.selectors[0]"},
        {"indicator", "\"phone\"", "\"fone\"", TG_EVALUE, "indicator.selectors[0].type"},
        {"indicator", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "0011", TG_EVALUE,
         "64 hexadecimal digits"},
        {"indicator", "2024-12-31", "2023-12-31", TG_EVALUE, "valid_until lies before valid_from"},
        {"incident", "\"imei\", \"value\": \"490154203237518\"", "\"imei\", \"value\": \"490154203237519\"",
         TG_EVALUE, "incident.items[0].selectors[0]"},
        {"incident", "\"high\": 9", "\"high\": 4", TG_EVALUE, "low is above high"},
        {"incident", "\"quantity\": 2", "\"quantity\": -2", TG_EVALUE, "incident.items[0].quantity"},
        {"alert", "\"nature\": \"actual\", ", "", TG_EVALUE, "alert.nature: is missing"},
        {"alert", "\"precedence\"", "\"thread\": \"update\", \"precedence\"", TG_EVALUE,
         "thread_of is missing"},
        {"alert", "385598000", "905598000", TG_EVALUE, "latitude"},
        {"withdrawal", "\"reason\": \"wrong_person\"", "\"reason\": 77", TG_EVALUE, "newer version"},
        {"cell", "\"high\": 20", "\"high\": 14", TG_EVALUE, "low is above high"},
        {"contact", "\"to\": \"2024-06-14\"", "\"to\": \"2024-05\"", TG_EVALUE, "to lies before from"},
        {"contact", "+992 900 000 001", "+992", TG_EVALUE, "contact.initiators[0]"},
        {"custody", "\"2027-03-03\"", "\"2018-03-03\"", TG_EVALUE, "expected_release lies before from"},
        {"custody", "\"legal_basis\": \"CT act, art. 9\", ", "", TG_EVALUE, "legal_basis is missing"},
        {"custody", "\"status\": \"held\", ", "", TG_EVALUE, "custody.status: is missing"},
        {"link", "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
         "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", TG_EVALUE,
         "subject and object are one record"},
        {"link", ", \"grading\": {\"reliability\": \"B\", \"credibility\": \"2\"}", "", TG_EVALUE,
         "head.grading is missing"},
        {"link", "\"leads\"", "\"lead\"", TG_EVALUE, "did you mean 'leads'?"},
        {"request",
         "{\"selector\": {\"type\": \"phone\", \"value\": \"+996 555 123 456\"}, \"kind\": \"thing\"}",
         "{\"kind\": \"thing\"}", TG_EVALUE, "id, name or selector must be stated"},
        {"answer", "\"text\": \"The payer is known here; the name follows.\", \"records\"", "\"x\"",
         TG_EVALUE, "answer.x"},
        {"sighting", "\"until\": \"2027-01-01\", ", "", TG_EVALUE, "not_him holds until a day"},
        {"sighting", "\"A1234567\"", "\"--\"", TG_EVALUE, "bound to the document that was shown"},
        {"sighting", "\"not_him\"", "\"confirmed\"", TG_EVALUE, "until belongs to not_him alone"},
        {"sameness", "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
         "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", TG_EVALUE,
         "first and second are one record"},
        {"sameness", ", \"grading\": {\"reliability\": \"B\", \"credibility\": \"2\"}", "", TG_EVALUE,
         "head.grading is missing"},
        {"dispute", "\"ground\": \"wrong_fact\", ", "", TG_EVALUE, "ground is missing"},
        {"dispute", "\"ground\": \"wrong_fact\"", "\"decision\": \"rejected\"", TG_EVALUE,
         "decides and decision stand together"},
        {"acknowledgement", "\"state\": \"acted\", ", "", TG_EVALUE, "state: is missing"},
        {"measure", "\"due\": \"2025-01\"", "\"due\": \"2024-01\"", TG_EVALUE, "due lies before start"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TG_AUTO(tg_buf) struct tg_buf in = {0}, bad = {0};
        TG_AUTO(tg_arena) struct tg_arena arena;
        char path[128];
        struct tg_view bytes = {0};
        struct tg_errmsg em = {0};
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        snprintf(path, sizeof path, "records/%s.in.json", rows[i].kind);
        test_file_read(path, &in);
        cr_assert(tg_buf_put(&in, "", 1) == TG_OK);
        test_replace((const char *)in.data, rows[i].from, rows[i].to, &bad);
        tg_err err = tg_record_from_json(tg_buf_view(&bad), &arena, &bytes, &em);
        cr_expect(err == rows[i].err || (rows[i].err == TG_EVALUE && err == TG_EFORMAT), "%s -> %s: %s, %s",
                  rows[i].from, rows[i].to, tg_err_name(err), em.text);
        cr_expect(strstr(em.text, rows[i].says) != NULL, "%s -> %s: '%s' lacks '%s'", rows[i].from,
                  rows[i].to, em.text, rows[i].says);
        cr_expect(bytes.data == NULL, "output touched");
    }
}

Test(record_json, tells_line_and_column_of_broken_json)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_view bytes;
    struct tg_errmsg em = {0};
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(parse("{\"kind\":\n \"alert\" oops}", &arena, &bytes, &em) == TG_EFORMAT);
    cr_assert(strstr(em.text, "line 2") != NULL, "%s", em.text);
    cr_assert(parse("[]", &arena, &bytes, &em) == TG_EFORMAT);
    cr_assert(parse("", &arena, &bytes, &em) == TG_EFORMAT);
}

Test(record_json, refuses_nesting_one_deeper_than_allowed_before_it_is_parsed)
{
    for (int depth = TG_JSON_DEPTH_MAX; depth <= TG_JSON_DEPTH_MAX + 1; depth++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        char text[200] = "";
        struct tg_view bytes;
        struct tg_errmsg em = {0};
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        for (int i = 0; i < depth; i++) strcat(text, "[");
        strcat(text, "\"]]]\"");
        for (int i = 0; i < depth; i++) strcat(text, "]");
        cr_assert(parse(text, &arena, &bytes, &em) == (depth > TG_JSON_DEPTH_MAX ? TG_ELIMIT : TG_EFORMAT),
                  "%d %s", depth, em.text);
    }
}

Test(record_json, writes_texts_that_any_parser_reads)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    cr_assert(tg_json_put_text(&out, tg_view_of("a\"\\\n\x01\x7f\xd0\x96\xff z", 11)) == TG_OK);
    cr_assert(tg_buf_put(&out, "", 1) == TG_OK);
    cr_assert_str_eq((const char *)out.data, "\"a\\\"\\\\\\n\\u0001\\u007f\xd0\x96\xef\xbf\xbd z\"");
}
