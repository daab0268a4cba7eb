/* CSV and JSON lines: rows become records, wrong rows are told by line, column and reason, good rows go on. */
#include "proto/import.h"
#include "record_test.h"

#define NOW_MS 1782000000000LL /* 2026-06-21 */

struct run {
    struct tg_arena arena;
    struct tg_import_memory memory;
    struct tg_import *import;
    struct tg_errmsg em;
    tg_err err;
};

static void run_open_shaped(struct run *run, struct tg_view text, struct tg_import_shape shape,
                            enum tg_kind kind)
{
    struct tg_import_profile profile;
    *run = (struct run){.memory = {.left = text}};
    tg_arena_init(&run->arena, 16 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_import_profile_default(TG_IMPORT_CSV, NOW_MS, &profile);
    profile.kind = kind;
    profile.purpose = "prevention of terrorism";
    profile.legal_basis = "CT act";
    profile.person_status = TG_PERSON_STATUS_SUSPECT;
    run->err = tg_import_open(tg_import_input_memory(&run->memory), &shape, &profile, &run->import, &run->em);
}
static void run_open_as(struct run *run, struct tg_view text, enum tg_import_format format, enum tg_kind kind)
{
    run_open_shaped(run, text, (struct tg_import_shape){.format = format}, kind);
}
static void run_open(struct run *run, const char *text, enum tg_kind kind)
{
    run_open_as(run, tg_view_str(text), TG_IMPORT_AUTO, kind);
    cr_assert(run->err == TG_OK, "%s", run->em.text);
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
static struct tg_record *next_record(struct run *run)
{
    struct tg_record *rec = NULL;
    struct tg_import_item item = next(run);
    cr_assert(item.outcome == TG_IMPORT_RECORD, "line %lu:%lu: %s", (unsigned long)item.line,
              (unsigned long)item.column, item.reason.text);
    cr_assert(tg_record_decode(item.bytes, &run->arena, &rec, &run->em) == TG_OK, "%s", run->em.text);
    return rec;
}
static void next_refused(struct run *run, uint64_t line, uint64_t column, const char *says)
{
    struct tg_import_item item = next(run);
    cr_assert(item.outcome == TG_IMPORT_REFUSED, "%s was taken", says);
    cr_expect(item.line == line && item.column == column, "%s at %lu:%lu", item.reason.text,
              (unsigned long)item.line, (unsigned long)item.column);
    cr_expect(strstr(item.reason.text, says) != NULL, "'%s' lacks '%s'", item.reason.text, says);
}
static void next_end(struct run *run)
{
    cr_expect(next(run).outcome == TG_IMPORT_END);
    cr_expect(next(run).outcome == TG_IMPORT_END, "the end stays the end");
}

Test(import_csv, takes_indicators_by_selector_columns_and_by_type_and_value)
{
    struct run run;
    run_open(&run,
             "type,value,phone,country,use,on_hit,x-our own\r\n"
             "domain,Example.ORG,,,,,a\r\n"
             ",,0555 123456,kg,recruitment,inform,b\r\n"
             "email,a@example.org,+992935001122,,,,\r\n",
             TG_KIND_INDICATOR);
    struct tg_record *rec = next_record(&run);
    cr_expect(rec->indicator->selectors_count == 1);
    cr_expect(rec->indicator->selectors[0].type == TG_SELECTOR_DOMAIN);
    cr_expect(tg_view_equal_str(rec->indicator->selectors[0].normal, "example.org"));
    rec = next_record(&run);
    cr_expect_str_eq(rec->indicator->selectors[0].country, "KG");
    cr_expect(tg_view_equal_str(rec->indicator->selectors[0].normal, "+996555123456"));
    cr_expect_str_eq(rec->indicator->use, "recruitment");
    cr_expect(rec->indicator->on_hit == TG_ON_HIT_INFORM);
    rec = next_record(&run);
    cr_expect(rec->indicator->selectors_count == 2);
    next_end(&run);
    run_close(&run);
}

Test(import_csv, takes_persons_with_several_values_in_a_cell)
{
    struct run run;
    run_open(&run,
             "\xEF\xBB\xBFkind;name;alias;birth;nationality;passport;sex;role;status;birth_place;text;"
             "external_id;list;tlp\n"
             "person;\"Valiev; Karim\";Карим|Abu S;~1984..1986|1990-02-03;Tajikistan|XX "
             "land;401234567;male;driver|courier;wanted;Kulob;"
             "\"two\nlines \"\"quoted\"\"\";7;watch;red\n",
             TG_KIND_INDICATOR);
    struct tg_record *rec = next_record(&run);
    const struct tg_rec_person *person = rec->person;
    cr_expect_str_eq(person->names[0].text, "Valiev; Karim");
    cr_expect(person->names_count == 3 && person->names[1].kind == TG_NAME_KIND_ALIAS);
    cr_expect_str_eq(person->names[1].script, "Cyrl");
    cr_expect(person->births_count == 2 && person->births[0].approximate &&
              person->births[0].date.year == 1984 && person->births[0].date_to.year == 1986);
    cr_expect_str_eq(person->nationalities[0].country, "TJ");
    cr_expect_str_eq(person->nationalities[1].text, "XX land");
    cr_expect_str_eq(person->documents[0].number, "401234567");
    cr_expect(person->roles_count == 2 && person->sex == TG_REC_SEX_MALE &&
              person->status == TG_PERSON_STATUS_WANTED);
    cr_expect_str_eq(person->text, "two\nlines \"quoted\"");
    cr_expect_str_eq(rec->head->external_id, "7");
    cr_expect_str_eq(rec->head->list, "watch");
    cr_expect(rec->head->handling->tlp == TG_TLP_RED);
    cr_expect_str_eq(rec->head->handling->legal_basis, "CT act");
    next_end(&run);
    run_close(&run);
}

Test(import_csv, takes_the_situation_tables_of_every_other_kind)
{
    struct run run;
    run_open(&run,
             "kind\tname\tfacility\tcountry\tregime\tsize_low\tsize_high\tas_of\tincident_"
             "kind\tfrom\tto\tcount_low\tfactor\ttext\taction\tdue\ttitle\tnature\tprecedence\n"
             "facility\tCentral Prison\t\tTJ\tstrict\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n"
             "cell\tBlock 3\tCentral Prison\tTJ\t\t15\t20\t2024-06\t\t\t\t\t\t\t\t\t\t\t\n"
             "incident\t\tCentral Prison\tTJ\t\t\t\t\triot\t2023-12\t2024-06\t2\t\tRiots.\t\t\t\t\t\n"
             "assessment\t\t\tTJ\t\t\t\t\t\t\t\t\tmonitoring\tToo little.\t\t\t\t\t\n"
             "measure\t\t\tTJ\t\t\t\t\t\t\t\t\t\t\ttraining\t2024-09\t\t\t\n"
             "alert\t\tCentral Prison\tTJ\t\t\t\t\t\t\t\t\t\t\t\t\tRiot\texercise\tflash\n",
             TG_KIND_INDICATOR);
    cr_expect_str_eq(next_record(&run)->facility->regime, "strict");
    struct tg_record *rec = next_record(&run);
    cr_expect(rec->cell->size->low == 15 && rec->cell->size->high == 20 && rec->cell->size->as_of.month == 6);
    rec = next_record(&run);
    cr_expect(rec->incident->kind == TG_INCIDENT_KIND_RIOT && rec->incident->occurrences->low == 2 &&
              rec->incident->occurrences->high == TG_REC_UNKNOWN);
    cr_expect(next_record(&run)->assessment->factor == TG_FACTOR_MONITORING);
    cr_expect(next_record(&run)->measure->due.month == 9);
    rec = next_record(&run);
    cr_expect(rec->alert->nature == TG_NATURE_EXERCISE && rec->alert->precedence == TG_PRECEDENCE_FLASH);
    next_end(&run);
    run_close(&run);
}

Test(import_csv, refuses_wrong_rows_by_line_and_column_and_goes_on)
{
    struct run run;
    run_open(&run,
             "phone,email,valid_from,capacity\n"
             "+992935001122,,,\n"
             "12,,,\n"
             ",not an address,,\n"
             "\n"
             "+992935001122,,2024-02-30,\n"
             "+992935001122,,,77\n"
             "+992935001122,,\n"
             "+9929350\"01122,,,\n"
             "\"+992935001122\"x,,,\n"
             ",,,\n"
             "+992935001123,,,\n",
             TG_KIND_INDICATOR);
    next_record(&run);
    next_refused(&run, 3, 0, "indicator.selectors[0]");
    next_refused(&run, 4, 0, "indicator.selectors[0]");
    next_refused(&run, 6, 3, "valid_from: impossible date");
    next_refused(&run, 7, 4, "capacity: has no meaning for this kind");
    next_refused(&run, 8, 0, "row has 3 fields, the header 4");
    next_refused(&run, 9, 1, "quote stands inside");
    next_refused(&run, 10, 1, "behind a closing quote");
    next_refused(&run, 11, 0, "selectors: is missing");
    next_record(&run);
    next_end(&run);
    run_close(&run);
}

static void header_refused(const char *text, const char *says)
{
    struct run run;
    run_open_as(&run, tg_view_str(text), TG_IMPORT_CSV, TG_KIND_INDICATOR);
    cr_expect(run.err != TG_OK && run.import == NULL, "'%s' was taken", text);
    cr_expect(strstr(run.em.text, says) != NULL, "'%s' lacks '%s'", run.em.text, says);
    run_close(&run);
}

Test(import_csv, refuses_a_header_that_it_does_not_understand)
{
    header_refused("phon,email\n", "did you mean 'phone'?");
    header_refused("phone,\n", "column 2: has no name");
    header_refused("", "the file is empty");
    header_refused("type,phone\n", "come together");
    header_refused("kind,kind\n", "stands twice");
    header_refused("\"phone\n1\n", "never closed");
}

Test(import_csv, ends_a_file_whose_quote_never_closes_with_the_line_of_the_quote)
{
    struct run run;
    struct tg_import_item item;
    run_open(&run, "phone\n+992935001122\n\"+992\n", TG_KIND_INDICATOR);
    next_record(&run);
    cr_expect(tg_import_next(run.import, &run.arena, &item, &run.em) == TG_EFORMAT);
    cr_expect(strstr(run.em.text, "line 3: a quote is opened and never closed") != NULL, "%s", run.em.text);
    run_close(&run);
}

Test(import_csv, bounds_a_field_on_both_sides_of_its_limit)
{
    for (size_t more = 0; more <= 1; more++) {
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        struct run run;
        struct tg_import_item item;
        cr_assert(tg_buf_put_str(&text, "phone,x-long\n+992935001122,\"") == TG_OK);
        for (size_t i = 0; i < TG_CSV_FIELD_BYTES_MAX + more; i++)
            cr_assert(tg_buf_put_str(&text, i % 2 ? "\n" : "\"\"") == TG_OK);
        cr_assert(tg_buf_put_str(&text, "\"\n") == TG_OK);
        run_open_as(&run, tg_buf_view(&text), TG_IMPORT_AUTO, TG_KIND_INDICATOR);
        tg_err err = tg_import_next(run.import, &run.arena, &item, &run.em);
        cr_expect(err == (more ? TG_EFORMAT : TG_OK), "%zu: %s", more, run.em.text);
        run_close(&run);
    }
}

/* An input that gives one byte at a time. */
static tg_err drip(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct tg_view *left = ctx;
    (void)bytes_max, (void)em;
    *ret_bytes = left->bytes ? 1 : 0;
    if (left->bytes) {
        memcpy(out, left->data, 1);
        *left = tg_view_of(left->data + 1, left->bytes - 1);
    }
    return TG_OK;
}

Test(import_csv, reads_the_same_whatever_pieces_the_input_gives)
{
    struct tg_view text =
        tg_view_str("\xEF\xBB\xBFphone,text\r\n+992935001122,\"a,\r\n\"\"b\"\r\n\r\n+992935001123,c");
    struct tg_import_profile profile;
    struct tg_import *import;
    struct tg_errmsg em = {0};
    struct tg_import_item item;
    struct tg_record *rec;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_import_profile_default(TG_IMPORT_CSV, NOW_MS, &profile);
    cr_assert(tg_import_open((struct tg_import_input){.read = drip, .ctx = &text},
                             &(struct tg_import_shape){0}, &profile, &import, &em) == TG_OK,
              "%s", em.text);
    cr_assert(tg_import_next(import, &arena, &item, &em) == TG_OK && item.outcome == TG_IMPORT_RECORD, "%s",
              item.reason.text);
    cr_assert(tg_record_decode(item.bytes, &arena, &rec, &em) == TG_OK);
    cr_expect_str_eq(rec->indicator->text, "a,\n\"b");
    cr_assert(tg_import_next(import, &arena, &item, &em) == TG_OK && item.outcome == TG_IMPORT_RECORD);
    cr_expect(item.line == 5, "%lu", (unsigned long)item.line);
    tg_import_free(import);
}

Test(import_csv, never_writes_a_payment_card_number_into_a_record)
{
    struct run run;
    run_open(&run, "payment_card\n4111 1111 1111 1111\n", TG_KIND_INDICATOR);
    struct tg_import_item item = next(&run);
    cr_assert(item.outcome == TG_IMPORT_RECORD, "%s", item.reason.text);
    cr_expect(memmem(item.bytes.data, item.bytes.bytes, "11111111", 8) == NULL);
    cr_expect(memmem(item.bytes.data, item.bytes.bytes, "1111 1111", 9) == NULL);
    run_close(&run);
}

Test(import_csv, reads_json_lines_and_refuses_single_ones)
{
    struct run run;
    TG_AUTO(tg_buf) struct tg_buf text = {0}, golden = {0};
    test_file_read("records/cell.json", &golden);
    cr_assert(tg_buf_put_view(&text, tg_buf_view(&golden)) == TG_OK);
    cr_assert(tg_buf_put_str(&text, "\n{\"kind\":\"cell\"}\n") == TG_OK);
    cr_assert(tg_buf_put_view(&text, tg_buf_view(&golden)) == TG_OK);
    run_open_as(&run, tg_buf_view(&text), TG_IMPORT_AUTO, TG_KIND_INDICATOR);
    cr_assert(run.err == TG_OK, "%s", run.em.text);
    cr_expect(tg_import_format_of(run.import) == TG_IMPORT_JSON_LINES);
    cr_expect(next_record(&run)->cell->size->high == 20);
    next_refused(&run, 3, 0, "head: is missing");
    cr_expect(next_record(&run)->cell->size->low == 15);
    next_end(&run);
    run_close(&run);
}

Test(import_csv, sets_a_profile_by_name_and_says_the_nearest)
{
    struct tg_import_profile profile;
    struct tg_errmsg em = {0};
    tg_import_profile_default(TG_IMPORT_CSV, NOW_MS, &profile);
    cr_expect(tg_import_profile_set(&profile, "tlp", "TLP", &em) == TG_EVALUE);
    cr_expect(tg_import_profile_set(&profile, "tlp", "red", &em) == TG_OK && profile.tlp == TG_TLP_RED);
    cr_expect(tg_import_profile_set(&profile, "purpos", "x", &em) == TG_EUSAGE);
    cr_expect(strstr(em.text, "did you mean 'purpose'?") != NULL, "%s", em.text);
    cr_expect(tg_import_profile_set(&profile, "review", "2027-01", &em) == TG_OK &&
              profile.review.year == 2027);
    cr_expect(tg_import_profile_set(&profile, "kind", "person", &em) == TG_OK &&
              profile.kind == TG_KIND_PERSON);
}

#define ID_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ID_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

Test(import_csv, takes_contacts_custody_and_links_by_their_sides)
{
    struct run run;
    run_open(
        &run,
        "kind;contact_kind;initiator_phone;receiver_phone;person;from;times;facility;status;expected_release;"
        "subject;object;object_plate;relation;source;review;expiry;reliability;credibility\n"
        "contact;call;+992900000001;+996555123456|+996555123457;Karim Valiev|Said Mirzoev;2024-06-01;17;"
        "Central Prison;;;;;;;billing;;;;\n"
        "custody;;;;Karim Valiev;2019-03-04;;Central Prison;held;2027-03-03;;;;;register;2027-01;2028;;\n"
        "link;;;;;;;;;;Karim Valiev;;01 TJ 777;uses;register;;;B;2\n",
        TG_KIND_INDICATOR);
    struct tg_record *rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_CONTACT && rec->contact->kind == TG_CONTACT_KIND_CALL);
    cr_expect(rec->contact->initiators_count == 1 && rec->contact->receivers_count == 2);
    cr_expect(tg_view_equal_str(rec->contact->receivers[1].normal, "+996555123457"));
    cr_assert(rec->contact->persons_count == 2 && rec->contact->times == 17);
    cr_expect_str_eq(rec->contact->persons[1].name, "Said Mirzoev");
    cr_expect_str_eq(rec->contact->facility->name, "Central Prison");
    rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_CUSTODY && rec->custody->status == TG_CUSTODY_STATUS_HELD);
    cr_expect_str_eq(rec->custody->person->name, "Karim Valiev");
    cr_expect(rec->custody->expected_release.year == 2027);
    rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_LINK && rec->link->relation == TG_LINK_RELATION_USES);
    cr_expect_str_eq(rec->link->subject->name, "Karim Valiev");
    cr_expect(rec->link->object->selector->type == TG_SELECTOR_PLATE);
    next_end(&run);
    run_close(&run);
}

Test(import_csv, takes_requests_answers_sightings_and_sameness_by_record_ids)
{
    struct run run;
    run_open(&run,
             "kind,title,due,subject,request,outcome,text,target,until,passport,first,second,verdict,basis,"
             "reliability,credibility\n"
             "request,Who pays?,2024-06-22,Karim Valiev,,,,,,,,,,,,\n"
             "answer,,,," ID_A ",negative,,,,,,,,,,\n"
             "sighting,,,,,not_him,,\"" ID_B "\",2027-01-01,TJ:A1234567,,,,,,\n"
             "sameness,,,,,,,,,," ID_A "," ID_B ",same,one passport,B,2\n"
             "answer,,,,0011,negative,,,,,,,,,,\n",
             TG_KIND_INDICATOR);
    struct tg_record *rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_REQUEST && rec->request->subjects_count == 1);
    cr_expect(rec->request->due_ms == 1719014400000);
    rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_ANSWER && rec->answer->request->bytes[1] == 0x11);
    rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_SIGHTING && rec->sighting->outcome == TG_SIGHTING_OUTCOME_NOT_HIM);
    cr_expect(rec->sighting->target->bytes[0] == 0xff && rec->sighting->until.year == 2027);
    cr_expect(rec->sighting->document->type == TG_DOCUMENT_TYPE_PASSPORT);
    rec = next_record(&run);
    cr_assert(rec->kind == TG_KIND_SAMENESS && rec->sameness->verdict == TG_SAMENESS_VERDICT_SAME);
    next_refused(&run, 6, 5, "must be a record id of 64 hexadecimal digits");
    next_end(&run);
    run_close(&run);
}

Test(import_csv, lets_only_one_value_stand_for_a_side)
{
    struct run run;
    run_open(&run,
             "kind,subject,relation,object_phone,source\nlink,Karim,uses,+992900000001|+992900000002,x\n",
             TG_KIND_INDICATOR);
    next_refused(&run, 2, 4, "object_phone: only one value may stand here");
    run_close(&run);
}
