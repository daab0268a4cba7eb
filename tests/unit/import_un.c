/* The UN list as published: every entry becomes a record, and what is broken is told with its place. */
#include "proto/import.h"
#include "record_test.h"

#define NOW_MS 1782000000000LL /* 2026-06-21 */

static struct tg_import *open_view(struct tg_import_memory *memory, struct tg_view text, struct tg_errmsg *em,
                                   tg_err *err)
{
    struct tg_import_profile profile;
    struct tg_import *import = NULL;
    tg_import_profile_default(TG_IMPORT_UN_XML, NOW_MS, &profile);
    memory->left = text;
    *err =
        tg_import_open(tg_import_input_memory(memory), &(struct tg_import_shape){0}, &profile, &import, em);
    return import;
}

struct counts {
    size_t persons, cells, refused;
};

static tg_err run(struct tg_view text, struct counts *counts, struct tg_errmsg *em)
{
    struct tg_import_memory memory;
    tg_err err;
    TG_AUTO(tg_arena) struct tg_arena arena, scratch;
    struct tg_import *import = open_view(&memory, text, em, &err);
    if (err) return err;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_arena_init(&scratch, TG_RECORD_PARSE_BUDGET_BYTES);
    for (;;) {
        struct tg_import_item item = {0};
        struct tg_record *rec;
        struct tg_errmsg why = {0};
        tg_arena_clear(&arena);
        tg_arena_clear(&scratch);
        err = tg_import_next(import, &arena, &item, em);
        if (err || item.outcome == TG_IMPORT_END) break;
        if (item.outcome == TG_IMPORT_REFUSED) {
            cr_log_info("line %lu: %s", (unsigned long)item.line, item.reason.text);
            counts->refused++;
            continue;
        }
        cr_expect(tg_record_decode(item.bytes, &scratch, &rec, &why) == TG_OK, "%s: %s", item.external_id,
                  why.text);
        cr_expect(rec->kind == item.kind);
        cr_expect(item.external_id[0] != '\0');
        counts->persons += item.kind == TG_KIND_PERSON;
        counts->cells += item.kind == TG_KIND_CELL;
    }
    tg_import_free(import);
    return err;
}

Test(import_un, takes_every_entry_of_the_published_half_list)
{
    TG_AUTO(tg_buf) struct tg_buf xml = {0};
    char command[512], chunk[65536];
    size_t got;
    struct counts counts = {0};
    struct tg_errmsg em = {0};
    snprintf(command, sizeof command, "gzip -dc '%s/../../scripts/demo.d/un_consolidated.xml.gz'",
             TG_TEST_DATA);
    FILE *pipe = popen(command, "r");
    cr_assert(pipe != NULL);
    while ((got = fread(chunk, 1, sizeof chunk, pipe)) > 0) cr_assert(tg_buf_put(&xml, chunk, got) == TG_OK);
    cr_assert(pclose(pipe) == 0, "the list is missing");
    cr_assert(run(tg_buf_view(&xml), &counts, &em) == TG_OK, "%s", em.text);
    cr_expect(counts.persons == 353, "%zu persons", counts.persons);
    cr_expect(counts.cells == 136, "%zu cells", counts.cells);
    cr_expect(counts.refused == 0, "%zu refused", counts.refused);
}

/* The record of the excerpt with that number, as JSON. */
static void excerpt_json(const char *external_id, struct tg_buf *json)
{
    TG_AUTO(tg_buf) struct tg_buf xml = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_import_memory memory;
    struct tg_errmsg em = {0};
    struct tg_import_item item = {0};
    tg_err err;
    test_file_read("un_sc/excerpt.xml", &xml);
    tg_arena_init(&arena, 64 * TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_import *import = open_view(&memory, tg_buf_view(&xml), &em, &err);
    cr_assert(err == TG_OK, "%s", em.text);
    do {
        cr_assert(tg_import_next(import, &arena, &item, &em) == TG_OK, "%s", em.text);
        cr_assert(item.outcome == TG_IMPORT_RECORD, "%s not found", external_id);
    } while (strcmp(item.external_id, external_id) != 0);
    struct tg_record *rec;
    cr_assert(tg_record_decode(item.bytes, &arena, &rec, &em) == TG_OK, "%s", em.text);
    cr_assert(tg_record_to_json(rec, json) == TG_OK);
    cr_assert(tg_buf_put(json, "", 1) == TG_OK);
    tg_import_free(import);
}

static void expect_in(const char *external_id, const char *const *parts, size_t count)
{
    TG_AUTO(tg_buf) struct tg_buf json = {0};
    excerpt_json(external_id, &json);
    for (size_t i = 0; i < count; i++) {
        cr_expect(strstr((const char *)json.data, parts[i]) != NULL, "%s lacks %s:\n%s", external_id,
                  parts[i], (const char *)json.data);
    }
}
#define EXPECT_IN(id, ...)                                     \
    do {                                                       \
        const char *const parts_[] = {__VA_ARGS__};            \
        expect_in(id, parts_, sizeof parts_ / sizeof *parts_); \
    } while (0)

Test(import_un, keeps_names_births_places_documents_and_listing_of_a_person)
{
    EXPECT_IN("IQi.004", "\"list\":\"un_sc\"", "\"external_id\":\"IQi.004\"", "\"kind\":\"primary\"",
              "\"script\":\"Arab\",\"kind\":\"original\"", "\"approximate\":true", "\"status\":\"listed\"",
              "\"programme\":\"Iraq\"", "\"listed_on\":\"20", "\"type\":\"official_list\"",
              "\"tlp\":\"clear\"", "\"legal_basis\":\"Charter of the United Nations, Article 41\"",
              "\"review\":\"2027-12-31\"", "\"expiry\":\"2028-12-31\"", "\"reliability\":\"A\"");
    EXPECT_IN("KPi.066", "\"date_to\":\"");
    EXPECT_IN("QDi.290", "{\"text\":\"former Soviet Union\"}");
    EXPECT_IN("QDi.356", "\"sex\":\"female\"");
}

Test(import_un, takes_line_ends_and_indentation_for_one_blank)
{
    EXPECT_IN("CDi.019", "As of late 2014, living in Ngoma camp, Rwanda.");
}

Test(import_un, makes_a_listed_organisation_a_cell_with_former_names)
{
    EXPECT_IN("CDe.001", "\"kind\":\"cell\"", "\"kind\":\"organisation\"", "\"status\":\"listed\"");
    EXPECT_IN("QDe.091", "\"role\":\"address\"", "\"country\":\"US\"");
}

static void expect_broken(const char *xml, tg_err want, const char *says)
{
    struct counts counts = {0};
    struct tg_errmsg em = {0};
    tg_err err = run(tg_view_str(xml), &counts, &em);
    cr_expect(err == want, "%s: %s", tg_err_name(err), em.text);
    cr_expect(strstr(em.text, says) != NULL, "'%s' lacks '%s'", em.text, says);
    cr_expect(strchr(em.text, '\n') == NULL);
}

Test(import_un, tells_where_the_xml_is_broken)
{
    expect_broken("<CONSOLIDATED_LIST>\n<INDIVIDUALS></ENTITIES>", TG_EFORMAT, "line 2:");
    expect_broken("<CONSOLIDATED_LIST>", TG_EFORMAT, "line 1:");
    expect_broken("<sdnList></sdnList>", TG_EFORMAT, "root element is 'sdnList'");
    expect_broken("<CONSOLIDATED_LIST>\xff</CONSOLIDATED_LIST>", TG_EFORMAT, "line 1:");
}

Test(import_un, refuses_declarations_so_that_no_entity_can_swell)
{
    expect_broken(
        "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY c \"&a;&a;&a;&a;\">]><CONSOLIDATED_LIST>&c;"
        "</CONSOLIDATED_LIST>",
        TG_EFORMAT, "DOCTYPE");
    expect_broken("<!DOCTYPE b SYSTEM \"file:///etc/passwd\"><CONSOLIDATED_LIST/>", TG_EFORMAT, "DOCTYPE");
}

Test(import_un, refuses_elements_one_deeper_than_allowed)
{
    char xml[1024] = "<CONSOLIDATED_LIST>";
    for (int i = 0; i < TG_XML_DEPTH_MAX; i++) strcat(xml, "<INDIVIDUAL>");
    expect_broken(xml, TG_ELIMIT, "nested deeper");
}

Test(import_un, refuses_one_entry_and_goes_on_with_the_next)
{
    struct counts counts = {0};
    struct tg_errmsg em = {0};
    TG_AUTO(tg_buf) struct tg_buf xml = {0};
    const char *good =
        "<INDIVIDUAL><FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>QDi.1</REFERENCE_NUMBER></INDIVIDUAL>";
    cr_assert(
        tg_buf_put_str(
            &xml, "<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><FIRST_NAME>B</FIRST_NAME></INDIVIDUAL>") ==
        TG_OK);
    cr_assert(tg_buf_put_str(&xml, "<INDIVIDUAL><REFERENCE_NUMBER>QDi.2</REFERENCE_NUMBER></INDIVIDUAL>") ==
              TG_OK);
    cr_assert(tg_buf_put_str(&xml, "<INDIVIDUAL><REFERENCE_NUMBER>QDi.3</REFERENCE_NUMBER><COMMENTS1>") ==
              TG_OK);
    for (size_t i = 0; i < 3 * TG_XML_ENTRY_BYTES_MAX / 16; i++)
        cr_assert(tg_buf_put_str(&xml, "sixteen bytes...") == TG_OK);
    cr_assert(tg_buf_put_str(&xml, "</COMMENTS1></INDIVIDUAL>") == TG_OK);
    cr_assert(tg_buf_put_str(&xml, good) == TG_OK);
    cr_assert(tg_buf_put_str(&xml, "</INDIVIDUALS></CONSOLIDATED_LIST>") == TG_OK);
    cr_assert(run(tg_buf_view(&xml), &counts, &em) == TG_OK, "%s", em.text);
    cr_expect(counts.refused == 3, "%zu", counts.refused);
    cr_expect(counts.persons == 1, "%zu", counts.persons);
}

Test(import_un, gives_the_same_digest_for_an_entry_that_did_not_change)
{
    struct tg_hash digests[2];
    for (int i = 0; i < 2; i++) {
        TG_AUTO(tg_buf) struct tg_buf xml = {0};
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_import_memory memory;
        struct tg_import_profile profile;
        struct tg_import_item item;
        struct tg_import *import;
        struct tg_errmsg em = {0};
        test_file_read("un_sc/excerpt.xml", &xml);
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        tg_import_profile_default(TG_IMPORT_UN_XML, NOW_MS + i * 86400000LL, &profile);
        memory.left = tg_buf_view(&xml);
        cr_assert(tg_import_open(tg_import_input_memory(&memory), &(struct tg_import_shape){0}, &profile,
                                 &import, &em) == TG_OK);
        cr_assert(tg_import_next(import, &arena, &item, &em) == TG_OK);
        cr_assert(tg_record_digest(item.bytes, &digests[i]) == TG_OK);
        tg_import_free(import);
    }
    cr_assert(tg_hash_equal(&digests[0], &digests[1]), "the next day's import would change every record");
}
