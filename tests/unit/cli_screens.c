/* What people see: the program against a node that answers what the test says. */
#include "fake_node.h"

#define PRESS                                                                           \
    "\"source\":{\"type\":\"press\",\"name\":\"SpecialEurasia\",\"date\":\"2024-06\"}," \
    "\"grading\":{\"reliability\":\"F\",\"credibility\":\"6\"}"
#define HEAD(source) "{\"v\":1,\"kind\":\"%s\",\"head\":{" source ",\"handling\":{\"tlp\":\"green\"}},"
#define RECORD(kind, body)                                                                         \
    "{\"v\":1,\"kind\":\"" kind "\",\"head\":{" PRESS ",\"handling\":{\"tlp\":\"green\"}},\"" kind \
    "\":" body "}"
#define PERSON(name, birth)                                                                               \
    "{\"v\":1,\"kind\":\"person\",\"head\":{\"source\":{\"type\":\"court\",\"name\":\"City court\"},"     \
    "\"grading\":{\"reliability\":\"B\",\"credibility\":\"2\"},\"handling\":{\"tlp\":\"amber\","          \
    "\"purpose\":\"search\",\"legal_basis\":\"order 12\",\"review\":\"2030\",\"expiry\":\"2031\"}},"      \
    "\"person\":{\"names\":[{\"text\":\"" name "\",\"kind\":\"primary\"}],\"births\":[{\"date\":\"" birth \
    "\"}],"                                                                                               \
    "\"status\":\"wanted\"}}"

static struct fake_node node;

static void row_end(struct tg_control_out *row)
{
    cr_assert_eq(tg_control_end(row), TG_OK);
}

static void done(struct tg_buf *out, const char *name, int64_t number)
{
    struct tg_control_out end;
    tg_control_answer(&end, out, TG_CONTROL_DONE);
    if (name) tg_control_put_number(&end, name, number);
    cr_assert_eq(tg_control_end(&end), TG_OK);
}

static void record(struct tg_buf *out, const char *ref, const char *country, const char *json)
{
    struct tg_control_out row;
    fake_record(&row, out, ref, country, json);
    row_end(&row);
}

static void situation_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    if (strcmp(tg_control_text(request, "kind", ""), "measure") == 0) {
        record(out, "TJ-9", "TJ",
               RECORD("measure", "{\"area\":\"staff\",\"action\":\"counter-terrorism training of staff\","
                                 "\"responsible\":\"Ministry\",\"country\":\"TJ\",\"status\":\"agreed\","
                                 "\"time_limit_months\":3}"));
        record(out, "TJ-10", "TJ",
               RECORD("measure",
                      "{\"action\":\"cameras\",\"country\":\"TJ\",\"start\":\"2024-07-01\",\"due\":"
                      "\"2024-12-31\",\"status\":\"running\"}"));
        record(out, "TJ-11", "TJ",
               RECORD("measure", "{\"action\":\"joint exercise\",\"status\":\"done\",\"due\":\"2024-01\"}"));
        done(out, "total", 3);
        return;
    }
    record(out, "TJ-1", "TJ",
           RECORD("facility",
                  "{\"names\":[{\"text\":\"Regional Penitentiary\"}],\"country\":\"TJ\",\"kind\":\"prison\","
                  "\"capacity\":900,\"occupancy\":{\"held\":1100,\"as_of\":\"2024-05\"}}"));
    record(
        out, "TJ-2", "TJ",
        RECORD(
            "cell",
            "{\"facility\":{\"name\":\"Regional Penitentiary\",\"country\":\"TJ\"},\"kind\":\"prison_cell\","
            "\"size\":{\"low\":15,\"high\":20,\"as_of\":\"2024-06\"},\"status\":\"active\"}"));
    record(out, "TJ-3", "TJ",
           RECORD("cell", "{\"facility\":{\"name\":\"Regional Penitentiary\",\"country\":\"TJ\"},"
                          "\"size\":{\"low\":30,\"high\":40,\"as_of\":\"2025-01\"}}"));
    record(
        out, "TJ-4", "TJ",
        RECORD(
            "incident",
            "{\"kind\":\"riot\",\"from\":\"2023-12\",\"to\":\"2024-06\",\"text\":\"riots over the past "
            "six months\",\"facility\":{\"name\":\"regional penitentiary\"},\"occurrences\":{\"low\":2}}"));
    record(out, "TJ-5", "TJ",
           RECORD("incident",
                  "{\"kind\":\"riot\",\"from\":\"2019\",\"text\":\"long ago\",\"facility\":{\"name\":"
                  "\"Regional Penitentiary\"}}"));
    record(
        out, "TJ-6", "TJ",
        RECORD("assessment",
               "{\"factor\":\"overcrowding\",\"scope\":\"prisons\",\"country\":\"TJ\",\"severity\":"
               "\"high\",\"text\":\"overcrowding hampers the separation of extremists from the others\"}"));
    for (size_t i = 0; i < 4; i++) {
        static const char *const days[] = {"2024-09", "2024-07-15", "2024-07-15", "2025-05-01"};
        static const char *const names[] = {"Safar Odinaev", "Karim Valiev", "Daler Hamidov",
                                            "Adham Sharipov"};
        char ref[16], json[1024];
        snprintf(ref, sizeof ref, "TJ-%zu", 20 + i);
        snprintf(json, sizeof json,
                 "{\"v\":1,\"kind\":\"custody\",\"head\":{" PRESS
                 ",\"handling\":{\"tlp\":\"amber\",\"purpose\":\"P\","
                 "\"legal_basis\":\"L\",\"review\":\"2030\",\"expiry\":\"2031\"}},\"custody\":{\"person\":{"
                 "\"name\":"
                 "\"%s\"},\"facility\":{\"name\":\"Regional Penitentiary\"},\"status\":\"held\","
                 "\"expected_release\":\"%s\"}}",
                 names[i], days[i]);
        record(out, ref, "TJ", json);
    }
    done(out, "total", 10);
}

static bool shows(const char *screen, const char *text)
{
    return strstr(screen, text) != NULL;
}

static void fits_80_columns(const char *screen)
{
    while (*screen) {
        size_t bytes = strcspn(screen, "\n"), columns = 0;
        for (size_t i = 0; i < bytes; i++) columns += ((unsigned char)screen[i] & 0xC0) != 0x80;
        cr_expect_leq(columns, 80, "%.*s", (int)bytes, screen);
        cr_expect(bytes == 0 || screen[bytes - 1] != ' ', "blank at the end: %.*s", (int)bytes, screen);
        screen += bytes + (screen[bytes] == '\n');
    }
}

Test(cli_screens, situation_tells_what_held_on_a_day_and_who_says_so)
{
    fake_start(&node, situation_answer);
    cr_assert_eq(CALL(&node, "situation", "--as-of", "2024-06-30"), 0, "%s", node.talk);
    printf("%s", node.out);
    fits_80_columns(node.out);
    cr_expect(shows(node.out, "15–20 members as of 2024-06"));
    cr_expect(!shows(node.out, "30–40"), "an estimate of a later day is not what held");
    cr_expect(shows(node.out, "2023-12 to 2024-06 riot: riots over the past"));
    cr_expect(!shows(node.out, "long ago"), "the period is a year");
    cr_expect(shows(node.out, "3 releases expected within 90 days"));
    const char *first = strstr(node.out, "releases    2024-07-15 Karim Valiev"),
               *second = strstr(node.out, "2024-07-15 Daler Hamidov"),
               *third = strstr(node.out, "2024-09 Safar Odinaev");
    cr_expect(first && second && third && first < second && second < third, "the next one first");
    cr_expect(!shows(node.out, "Adham Sharipov"), "that is too far away");
    cr_expect(shows(node.out, "(overcrowded)"));
    cr_expect(shows(node.out, "TJ-2 press [1]"));
    cr_expect(shows(node.out, "[1] press: SpecialEurasia 2024-06, not confirmed by a state; graded F6"));
    cr_assert_eq(CALL(&node, "situation", "--as-of", "2025-06-30", "--since", "2018-01-01"), 0);
    cr_expect(shows(node.out, "30–40 members as of 2025-01"));
    cr_expect(shows(node.out, "long ago"));
    cr_assert_eq(CALL(&node, "situation", "--country", "KG"), 0);
    cr_expect(shows(node.out, "0 facilities"));
    fake_stop(&node);
}

Test(cli_screens, measures_stand_against_their_time_limits)
{
    fake_start(&node, situation_answer);
    cr_assert_eq(CALL(&node, "measures", "--as-of", "2024-12-15"), 0, "%s", node.talk);
    printf("%s", node.out);
    fits_80_columns(node.out);
    cr_expect(shows(node.out, "OVERDUE 76 d"), "three months after the source's June end with September");
    cr_expect(shows(node.out, "2024-09*"));
    cr_expect(shows(node.out, "due in 16 d"));
    cr_expect(shows(node.out, "done"));
    cr_assert_eq(CALL(&node, "measures", "--as-of", "2024-09-30", "--overdue"), 0);
    cr_expect(!shows(node.out, "training"), "its last day is not over yet");
    fake_stop(&node);
}

static void query_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    struct tg_control_out row;
    if (strcmp(tg_control_text(request, "text", ""), "nobody") == 0) {
        done(out, "total", 0);
        return;
    }
    fake_record(&row, out, "KG-55#2", "KG", PERSON("Раҳмонов Абдулло", "1984-07-21"));
    tg_control_put_number(&row, "score", 8312);
    tg_control_put_text(&row, "band", "review");
    tg_control_put_text(&row, "why",
                        "rahmonov ~ rakhmonov: same sound\nabdullo = abdullo: exact\nborn 1984: year agrees");
    row_end(&row);
    fake_record(&row, out, "TJ-7", "TJ", PERSON("Karim\\u202e Valiev", "1984"));
    tg_control_put_number(&row, "score", 7010);
    tg_control_put_text(&row, "band", "review");
    tg_control_put_text(&row, "why", "valiev\x1b[2J");
    row_end(&row);
    tg_control_answer(&row, out, TG_CONTROL_DONE);
    tg_control_put_number(&row, "total", 3);
    tg_control_put_number(&row, "shown", 2);
    tg_control_put_number(&row, "hidden", 4);
    row_end(&row);
}

Test(cli_screens, hits_are_read_in_latin_and_explained)
{
    fake_start(&node, query_answer);
    cr_assert_eq(CALL(&node, "query", "Rahmonov", "Abdullo", "--birth", "1984", "--reason", "case 7"), 0,
                 "%s", node.talk);
    printf("%s%s", node.out, node.talk);
    fits_80_columns(node.out);
    cr_expect(shows(node.out, "Раҳмонов Абдулло"));
    cr_expect(shows(node.out, "[Rahmonov Abdullo]"));
    cr_expect(shows(node.out, "same sound"));
    cr_expect(shows(node.out, "review 0.83"));
    cr_expect(shows(node.talk, "2 of 3 shown; more with --offset 2; 4 hidden (weak likeness"));
    cr_expect(
        shows((const char *)node.requests.data, "query text=Rahmonov Abdullo birth=1984 reason:case 7"));
    fake_stop(&node);
}

Test(cli_screens, text_of_peers_moves_no_cursor_in_any_format)
{
    static const char *const formats[] = {"text", "tsv", "json"};
    fake_start(&node, query_answer);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(CALL(&node, "query", "valiev", "--format", formats[i]), 0, "%s", node.talk);
        cr_expect_null(memchr(node.out, 0x1b, node.out_bytes), "%s: %s", formats[i], node.out);
        cr_expect_null(strstr(node.out, "\xE2\x80\xAE"), "%s: %s", formats[i], node.out);
    }
    fake_stop(&node);
}

Test(cli_screens, finding_nothing_is_the_answer_no)
{
    fake_start(&node, query_answer);
    cr_assert_eq(CALL(&node, "query", "nobody"), 1);
    cr_expect_str_eq(node.out, "");
    cr_expect(shows(node.talk, "nothing found"));
    fake_stop(&node);
}

static void alert_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    struct tg_control_out row;
    (void)request;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_control_put_text(&row, "ref", "TJ-7");
    row_end(&row);
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "stored");
    tg_control_put_text(&row, "country", "KG");
    tg_control_put_number(&row, "ms", 12);
    row_end(&row);
    tg_control_answer(&row, out, TG_CONTROL_DONE);
    tg_control_put_number(&row, "committed_us", 2140);
    tg_control_put_number(&row, "stored", 1);
    tg_control_put_number(&row, "addressees", 2);
    tg_control_put_text(&row, "audience", "KG,UZ");
    row_end(&row);
}

Test(cli_screens, alert_shows_who_has_stored_it_and_who_has_not)
{
    fake_start(&node, alert_answer);
    cr_assert_eq(
        CALL(&node, "alert", "--flash", "--title", "Riot", "--to", "KG,UZ", "--test", "--yes", "--wait", "1"),
        1);
    printf("%s%s", node.out, node.talk);
    cr_expect_str_eq(node.out, "TEST FLASH alert TJ-7\n  stored by KG         12 ms\n");
    cr_expect(shows(node.talk, "durable here after 2.1 ms; queued durably, stored by 1 of 2 partners;\n"
                               "not within 1000 ms by UZ, and sent"));
    cr_expect(shows((const char *)node.requests.data, "to=KG,UZ precedence=3 wait_ms=1000"));
    cr_assert_eq(CALL(&node, "alert", "--title", "Note", "--wait", "0"), 0, "nobody is waited for");
    fake_stop(&node);
}

/* Entries as long as any: nothing passes the edge of the screen, and nothing is left out. */
static void access_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    struct tg_control_out row;
    (void)request;
    for (int i = 0; i < 2; i++) {
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "access");
        tg_control_put_number(&row, "seq", 1234567 + i);
        tg_control_put_number(&row, "at_ms", INT64_C(1764367200000));
        tg_control_put_text(&row, "user", i ? "root" : "duty-officer-of-the-night-shift");
        tg_control_put_text(&row, "verb", i ? "show" : "audit.statistics");
        tg_control_put_number(&row, "hits", 100000);
        if (!i)
            tg_control_put_text(&row, "detail", "text='karim valiev' kind='person' birth='1984' sex='male'");
        tg_control_put_text(&row, "records", "TJ-1204771#1023,TJ-1204771#1024,KG-77,UZ-4");
        tg_control_put_text(&row, "case", "77-12/2026");
        if (!i)
            tg_control_put_text(&row, "reason",
                                "asked by the court of the city, letter 12 of 3 March, second time");
        row_end(&row);
    }
    done(out, NULL, 0);
}

Test(cli_screens, entries_of_the_access_log_fit_the_screen)
{
    fake_start(&node, access_answer);
    cr_assert_eq(CALL(&node, "audit", "access"), 0);
    printf("%s", node.out);
    for (const char *line = node.out, *end; (end = strchr(line, '\n')); line = end + 1)
        cr_expect_leq(end - line, 80, "%.*s", (int)(end - line), line);
    cr_expect(shows(node.out, "  what: text='karim valiev' kind='person' birth='1984' sex='male'\n"));
    cr_expect(shows(node.out, "  why: asked by the court of the city, letter 12 of 3 March, second"));
    cr_expect_eq(strstr(strstr(node.out, "why: ") + 1, "why: "), NULL,
                 "an entry without reason has no such line");
    fake_stop(&node);
}

Test(cli_screens, flash_does_not_go_out_unasked)
{
    fake_start(&node, alert_answer);
    cr_assert_eq(CALL(&node, "alert", "--flash", "--title", "Riot"), 5);
    cr_expect(shows(node.talk, "add --yes"));
    cr_expect_eq(node.requests.bytes, 0, "nothing was sent");
    fake_stop(&node);
}

static void fail_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    struct tg_control_out fail;
    bool denied = strcmp(request->verb, "stop") == 0;
    tg_control_fail(&fail, out, denied ? TG_EDENIED : TG_ENOENT,
                    denied ? "only an admin may stop" : "no record 'x\x1b'");
    row_end(&fail);
}

Test(cli_screens, refusals_of_the_node_give_their_exit_code_and_words)
{
    fake_start(&node, fail_answer);
    cr_assert_eq(CALL(&node, "show", "TJ-99"), 1);
    cr_expect_str_eq(node.talk, "tamga: no record 'x\\x1b'\n");
    cr_assert_eq(CALL(&node, "stop", "--yes"), 5);
    cr_expect_str_eq(node.talk, "tamga: only an admin may stop\n");
    fake_stop(&node);
}

Test(cli_screens, no_node_is_told_apart)
{
    fake_start(&node, fail_answer);
    char gone[128];
    snprintf(gone, sizeof gone, "%s-gone", node.socket);
    const char *const words[] = {"status", NULL};
    char kept[96];
    memcpy(kept, node.socket, sizeof kept);
    snprintf(node.socket, sizeof node.socket, "/tmp/tg-no-such-node.sock");
    cr_assert_eq(fake_call(&node, words), 3);
    memcpy(node.socket, kept, sizeof kept);
    fake_stop(&node);
}

static void show_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    struct tg_control_out row;
    (void)request;
    record(out, "KG-55#2", "KG", PERSON("Раҳмонов Абдулло", "1984-07-21"));
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "holder");
    tg_control_put_text(&row, "country", "UZ");
    tg_control_put_text(&row, "state", "stored");
    tg_control_put_number(&row, "at_ms", 1719748802000);
    row_end(&row);
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "related");
    tg_control_put_text(&row, "ref", "TJ-3");
    tg_control_put_text(&row, "kind", "indicator");
    tg_control_put_text(&row, "relation", "same_value");
    row_end(&row);
    done(out, NULL, 0);
}

Test(cli_screens, show_tells_what_whose_and_who_holds_it)
{
    fake_start(&node, show_answer);
    cr_assert_eq(CALL(&node, "show", "KG-55#2"), 0, "%s", node.talk);
    printf("%s", node.out);
    fits_80_columns(node.out);
    cr_expect(shows(node.out, "TLP:AMBER"));
    cr_expect(shows(node.out, "[Rahmonov Abdullo]"));
    cr_expect(shows(node.out, "court: City court"));
    cr_expect(shows(node.out, "shares a value with TJ-3 (indicator)"));
    fake_stop(&node);
}

static void add_answer(const struct tg_control_msg *request, struct tg_buf *out)
{
    if (strcmp(request->verb, "show") == 0)
        show_answer(request, out);
    else
        alert_answer(request, out);
}

/* The law: what `show` prints, `add` takes, and it is the same record. */
Test(cli_screens, what_show_prints_add_takes)
{
    fake_start(&node, add_answer);
    char path[128];
    snprintf(path, sizeof path, "%s/record.json", node.folder);
    cr_assert_eq(CALL(&node, "show", "KG-55#2", "--format", "json"), 0, "%s", node.talk);
    FILE *file = fopen(path, "w");
    fwrite(node.out, 1, node.out_bytes, file);
    fclose(file);
    cr_assert_eq(CALL(&node, "add", "--json", path), 0, "%s", node.talk);
    unlink(path);
    cr_expect(shows((const char *)node.requests.data, "publish record=<"));
    fake_stop(&node);
}

Test(cli_screens, options_become_the_fields_of_a_record)
{
    fake_start(&node, alert_answer);
    cr_assert_eq(CALL(&node, "add", "person", "--name", "Karim Valiev", "--alias", "Abu X", "--birth", "1984",
                      "--status", "wanted", "--source-type", "court", "--grade", "B2", "--purpose", "search",
                      "--legal-basis", "order 12", "--review", "2030", "--expiry", "2031", "--document",
                      "passport:TJ:A1234567", "--selector", "phone=+992900000001", "--to", "KG"),
                 0, "%s", node.talk);
    cr_assert_eq(CALL(&node, "add", "cell", "--facility", "Central Prison", "--size", "15-20", "--size-as-of",
                      "2024-06", "--source-type", "press", "--kind", "prison_cell"),
                 0, "%s", node.talk);
    cr_assert_eq(CALL(&node, "add", "measure", "--action", "cameras", "--months", "6"), 0, "%s", node.talk);
    cr_assert_eq(CALL(&node, "add", "person", "--name", "Karim Valiev", "--status", "wanted"), 1);
    cr_expect(shows(node.talk, "head."), "what is missing is named: %s", node.talk);
    cr_assert_eq(
        CALL(&node, "add", "indicator", "--selector", "imei=490154203237517", "--source-type", "human"), 1);
    cr_expect(shows(node.talk, "IMEI"), "%s", node.talk);
    fake_stop(&node);
}
