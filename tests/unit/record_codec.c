/* Record bytes: what is refused before it can hurt, what survives any damage, and what is derived from a record. */
#include "record_test.h"

#include "base/world.h"

/* Protobuf by hand. */
static void varint(struct tg_buf *buf, uint64_t value)
{
    uint8_t byte;
    do {
        byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        cr_assert(tg_buf_put(buf, &byte, 1) == TG_OK);
        value >>= 7;
    } while (value);
}
static void field_bytes(struct tg_buf *buf, uint32_t number, struct tg_view value)
{
    varint(buf, (uint64_t)number << 3 | 2);
    varint(buf, value.bytes);
    cr_assert(tg_buf_put_view(buf, value) == TG_OK);
}
static void field_text(struct tg_buf *buf, uint32_t number, const char *text)
{
    field_bytes(buf, number, tg_view_str(text));
}
static void field_number(struct tg_buf *buf, uint32_t number, uint64_t value)
{
    varint(buf, (uint64_t)number << 3);
    varint(buf, value);
}

/* Head with nothing but a TLP, and the body under its number. */
static void record_put(struct tg_buf *record, uint32_t kind, struct tg_view body)
{
    TG_AUTO(tg_buf) struct tg_buf head = {0}, handling = {0};
    field_number(&handling, 1, TG_TLP_AMBER);
    field_bytes(&head, 11, tg_buf_view(&handling));
    field_bytes(record, 1, tg_buf_view(&head));
    field_bytes(record, kind, body);
}

static tg_err decode(struct tg_view bytes, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_record *rec = NULL;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_record_decode(bytes, &arena, &rec, em);
    cr_expect((err == TG_OK) == (rec != NULL));
    cr_expect(arena.taken_bytes <= TG_RECORD_PARSE_BUDGET_BYTES);
    return err;
}

static void golden_bytes(const char *kind, struct tg_arena *arena, struct tg_view *bytes)
{
    TG_AUTO(tg_buf) struct tg_buf in = {0};
    struct tg_errmsg em = {0};
    char path[128];
    snprintf(path, sizeof path, "records/%s.json", kind);
    test_file_read(path, &in);
    cr_assert(tg_record_from_json(tg_buf_view(&in), arena, bytes, &em) == TG_OK, "%s: %s", kind, em.text);
}

static struct tg_record *golden(const char *kind, struct tg_arena *arena)
{
    struct tg_view bytes;
    struct tg_record *rec;
    golden_bytes(kind, arena, &bytes);
    cr_assert(tg_record_decode(bytes, arena, &rec, NULL) == TG_OK);
    return rec;
}

/* A message in field `number` of a message in field `number` of…, 33 kB of it: written from the inside out. */
static struct tg_view nested(uint32_t number, uint8_t *out, size_t bytes)
{
    size_t at = bytes;
    while (at > 8) {
        size_t inner = bytes - at;
        if (inner >= 16384) out[--at] = (uint8_t)(inner >> 14);
        if (inner >= 128) out[--at] = (uint8_t)((inner >> 7 & 0x7f) | (inner >= 16384 ? 0x80 : 0));
        out[--at] = (uint8_t)((inner & 0x7f) | (inner >= 128 ? 0x80 : 0));
        out[--at] = (uint8_t)(number << 3 | 2);
    }
    return tg_view_of(out + at, bytes - at);
}

Test(record_codec, reads_thousands_of_messages_within_one_another_without_going_into_them)
{
    static uint8_t deep[33000];
    for (uint32_t kind = 10; kind <= 29; kind++) {
        if (kind == 27 || kind == 28) continue; /* reserved: passed over, not looked into */
        for (uint32_t number = 1; number <= 15; number++) {
            TG_AUTO(tg_buf) struct tg_buf record = {0};
            struct tg_errmsg em = {0};
            record_put(&record, kind, nested(number, deep, sizeof deep));
            cr_expect(decode(tg_buf_view(&record), &em) != TG_OK, "%u %u", kind, number);
            cr_expect(em.text[0] != '\0');
        }
    }
}

Test(record_codec, refuses_swarms_of_empty_messages_before_they_are_unpacked)
{
    static const uint32_t bodies[][2] = {{12, 1}, {12, 7}, {13, 9}, {15, 13}, {11, 1}, {17, 999}};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        TG_AUTO(tg_buf) struct tg_buf body = {0}, record = {0};
        struct tg_errmsg em = {0};
        while (body.bytes < 60000) field_text(&body, bodies[i][1], "");
        record_put(&record, bodies[i][0], tg_buf_view(&body));
        tg_err err = decode(tg_buf_view(&record), &em);
        cr_expect(err == TG_ELIMIT, "%zu: %s %s", i, tg_err_name(err), em.text);
    }
}

Test(record_codec, takes_the_largest_number_of_parts_and_refuses_one_more)
{
    for (size_t more = 0; more <= 1; more++) {
        TG_AUTO(tg_buf) struct tg_buf body = {0}, record = {0}, selector = {0};
        struct tg_errmsg em = {0};
        field_number(&selector, 1, TG_SELECTOR_PHONE);
        field_text(&selector, 2, "+992935001122");
        field_number(&body, 1, TG_NATURE_TEST);
        field_text(&body, 5, "t");
        for (size_t i = 0; i < TG_SELECTORS_MAX + more; i++) field_bytes(&body, 13, tg_buf_view(&selector));
        record_put(&record, 10, tg_buf_view(&body));
        tg_err err = decode(tg_buf_view(&record), &em);
        cr_expect(err == (more ? TG_ELIMIT : TG_OK), "%zu: %s", more, em.text);
    }
}

Test(record_codec, takes_a_text_of_the_greatest_length_and_refuses_one_byte_more)
{
    for (size_t more = 0; more <= 1; more++) {
        TG_AUTO(tg_buf) struct tg_buf body = {0}, record = {0}, text = {0};
        struct tg_errmsg em = {0};
        for (size_t i = 0; i < TG_TEXT_BYTES_MAX + more; i++) cr_assert(tg_buf_put(&text, "x", 1) == TG_OK);
        field_number(&body, 1, TG_NATURE_TEST);
        field_text(&body, 5, "t");
        field_bytes(&body, 6, tg_buf_view(&text));
        record_put(&record, 10, tg_buf_view(&body));
        tg_err err = decode(tg_buf_view(&record), &em);
        cr_expect(err == (more ? TG_ELIMIT : TG_OK), "%zu: %s", more, em.text);
        if (more) cr_expect(strstr(em.text, "alert.text") != NULL, "%s", em.text);
    }
}

Test(record_codec, refuses_a_record_over_its_size_and_every_cut_of_a_good_one)
{
    static uint8_t big[TG_RECORD_BYTES_MAX + 1];
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_errmsg em = {0};
    struct tg_view bytes;
    cr_expect(decode(TG_VIEW_ARRAY(big), &em) == TG_ELIMIT);
    cr_expect(decode((struct tg_view){0}, &em) == TG_EVALUE, "%s", em.text);
    for (size_t k = 0; k < sizeof test_kinds / sizeof *test_kinds; k++) {
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        golden_bytes(test_kinds[k], &arena, &bytes);
        for (size_t cut = 0; cut < bytes.bytes; cut++) {
            cr_expect(decode(tg_view_of(bytes.data, cut), &em) != TG_OK, "%s cut at %zu", test_kinds[k], cut);
        }
        tg_arena_release(&arena);
    }
}

Test(record_codec, refuses_singular_fields_that_stand_twice_two_heads_two_bodies_and_wrong_wire_types)
{
    TG_AUTO(tg_buf) struct tg_buf body = {0}, twice = {0}, wrong = {0}, record = {0}, nul = {0};
    struct tg_errmsg em = {0};
    field_number(&body, 1, TG_NATURE_TEST);
    field_text(&body, 5, "t");
    record_put(&record, 10, tg_buf_view(&body));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_OK, "%s", em.text);
    size_t good = record.bytes;
    field_bytes(&record, 10, tg_buf_view(&body));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EFORMAT);
    record.bytes = good;
    field_bytes(&record, 13, tg_view_str(""));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EFORMAT);
    record.bytes = good;
    field_text(&record, 1, "");
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EFORMAT);
    cr_assert(tg_buf_put_view(&twice, tg_buf_view(&body)) == TG_OK);
    field_text(&twice, 5, "u");
    tg_buf_clear(&record);
    record_put(&record, 10, tg_buf_view(&twice));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EFORMAT && strstr(em.text, "stands twice"), "%s",
              em.text);
    field_number(&wrong, 1, TG_NATURE_TEST);
    field_number(&wrong, 5, 7);
    tg_buf_clear(&record);
    record_put(&record, 10, tg_buf_view(&wrong));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EFORMAT);
    field_number(&nul, 1, TG_NATURE_TEST);
    field_bytes(&nul, 5, tg_view_of("a\0b", 3));
    tg_buf_clear(&record);
    record_put(&record, 10, tg_buf_view(&nul));
    cr_expect(decode(tg_buf_view(&record), &em) == TG_EVALUE && strstr(em.text, "NUL"), "%s", em.text);
}

Test(record_codec, keeps_a_peers_selector_that_has_no_normal_form_and_indexes_the_others)
{
    TG_AUTO(tg_buf) struct tg_buf body = {0}, record = {0}, bad = {0}, good = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_record *rec;
    struct tg_facets facets;
    struct tg_errmsg em = {0};
    field_number(&bad, 1, TG_SELECTOR_IMEI);
    field_text(&bad, 2, "490154203237519");
    field_number(&good, 1, TG_SELECTOR_PHONE);
    field_text(&good, 2, "+992 93 500 11 22");
    field_number(&body, 1, TG_NATURE_TEST);
    field_text(&body, 5, "t");
    field_bytes(&body, 13, tg_buf_view(&bad));
    field_bytes(&body, 13, tg_buf_view(&good));
    record_put(&record, 10, tg_buf_view(&body));
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(tg_record_decode(tg_buf_view(&record), &arena, &rec, &em) == TG_OK, "%s", em.text);
    cr_expect(rec->alert->selectors[0].normal.bytes == 0 && rec->alert->selectors[0].refusal[0] != '\0');
    cr_expect(rec->alert->selectors[1].refusal[0] == '\0');
    cr_assert(tg_record_facets(rec, &arena, &facets) == TG_OK);
    cr_assert(facets.selectors_count == 1);
    cr_expect(tg_view_equal_str(facets.selectors[0].normal, "+992935001122"));
}

Test(record_codec, digest_forgets_when_it_was_entered_and_what_it_supersedes_and_nothing_else)
{
    static const struct {
        const char *from, *to;
        bool same;
    } rows[] = {
        {"\"2024-06-15T08:30:00Z\"", "\"2024-07-15T08:30:00Z\"", true},
        {"\"reported\":",
         "\"supersedes\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\",\"reported\":",
         true},
        {"\"desk\":\"prisons\"", "\"desk\":\"prisonz\"", false},
        {"Last seen in Osh.", "Last seen in Oshh", false},
        {"\"agency\":\"State Committee for National Security\",", "", false},
    };
    TG_AUTO(tg_buf) struct tg_buf in = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_view bytes;
    struct tg_hash first, other;
    tg_arena_init(&arena, 64 * TG_RECORD_PARSE_BUDGET_BYTES);
    golden_bytes("person", &arena, &bytes);
    cr_assert(tg_record_digest(bytes, &first) == TG_OK);
    test_file_read("records/person.json", &in);
    cr_assert(tg_buf_put(&in, "", 1) == TG_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TG_AUTO(tg_buf) struct tg_buf changed = {0};
        struct tg_errmsg em = {0};
        test_replace((const char *)in.data, rows[i].from, rows[i].to, &changed);
        cr_assert(tg_record_from_json(tg_buf_view(&changed), &arena, &bytes, &em) == TG_OK, "%s", em.text);
        cr_assert(tg_record_digest(bytes, &other) == TG_OK);
        cr_expect(tg_hash_equal(&first, &other) == rows[i].same, "%s", rows[i].to);
    }
    cr_expect(tg_record_digest(tg_view_str("\x0a"), &other) == TG_EFORMAT);
}

Test(record_codec, digest_is_what_the_page_says)
{
    TG_AUTO(tg_buf) struct tg_buf record = {0}, head = {0}, content = {0}, rest = {0};
    struct tg_hash ours, by_hand;
    uint8_t length[4];
    static const uint8_t id[TG_HASH_BYTES] = {7};
    field_text(&head, 3, "agency");
    field_text(&rest, 3, "agency");
    field_number(&head, 8, 1718440200000);
    field_bytes(&head, 13, TG_VIEW_ARRAY(id));
    field_text(&head, 10, "note");
    field_text(&rest, 10, "note");
    field_bytes(&record, 1, tg_buf_view(&head));
    field_text(&record, 18, "body");
    tg_be32_put(length, (uint32_t)rest.bytes);
    cr_assert(tg_buf_put(&content, length, 4) == TG_OK &&
              tg_buf_put_view(&content, tg_buf_view(&rest)) == TG_OK);
    field_text(&content, 18, "body");
    cr_assert(tg_record_digest(tg_buf_view(&record), &ours) == TG_OK);
    tg_sha256_labelled("tamga/content/v1", tg_buf_view(&content), &by_hand);
    cr_expect(tg_hash_equal(&ours, &by_hand));
}

Test(record_codec, says_every_kind_in_one_line)
{
    static const struct {
        const char *kind, *says;
    } rows[] = {
        {"alert", "FLASH alert: Riot in block 3 at Central Prison, TJ"},
        {"indicator", "indicator: phone +996 555 123 456 and 1 more, recruitment, on hit inform"},
        {"person", "person: Karim Valiev (b. 1984-07-21) TJ/stateless, by his own account, wanted"},
        {"cell", "cell: Block 3 group at Central Prison, TJ in Block 3, 15-20 members as of 2024-06, active"},
        {"facility",
         "facility: Central Prison, prison, TJ, maximum security, holds 0 as of 2024-06, capacity 800"},
        {"incident",
         "incident: hostage taking at Central Prison, TJ, 2023-12 to 2024-06: Guards held, ended"},
        {"assessment",
         "assessment: monitoring, high, TJ prisons: Communications of inmates are insufficiently monitored."},
        {"measure",
         "measure: enhanced surveillance technology, Ministry of Internal Affairs, due 2025-01, agreed"},
        {"withdrawal", "withdrawal of 00112233: wrong person, A namesake."},
        {"contact",
         "contact: call from +992 900 000 001 to +996 555 123 456 and 1 more with Karim Valiev, 00112233, 17 "
         "times, 2024-06-01 to 2024-06-14, 2024-06-14T21:40:00Z at Central Prison, TJ"},
        {"custody",
         "custody: Karim Valiev held at Central Prison, TJ, block 4, since 2019-03-04, release expected "
         "2027-03-03"},
        {"link", "link: Karim Valiev leads Block 4 group, since the transfer of the former leader"},
        {"request", "request: Who pays this account?, due 2024-06-22T12:00:00Z"},
        {"answer", "answer to 00112233: partial, The payer is known here; the name follows."},
        {"sighting",
         "sighting of 00112233: not him, Karim Valiyev, until 2027-01-01 at Dostuk crossing, KG, let pass"},
        {"sameness", "sameness: 00112233 and ffeeddcc: same, one passport in both"},
        {"dispute",
         "dispute of 00112233: wrong fact, raised by court, to be decided by 2024-07-19T09:00:00Z"},
        {"acknowledgement", "acknowledgement of 00112233: acted by duty officer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TG_AUTO(tg_buf) struct tg_buf out = {0};
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        cr_assert(tg_record_summary(golden(rows[i].kind, &arena), &out) == TG_OK);
        cr_expect(tg_view_equal_str(tg_buf_view(&out), rows[i].says), "%.*s",
                  TG_VIEW_PRINT(tg_buf_view(&out)));
    }
}

static tg_err line_put(void *ctx, unsigned depth, const char *label, struct tg_view value)
{
    return tg_buf_putf(ctx, "%u %s: %.*s\n", depth, label, TG_VIEW_PRINT(value));
}

Test(record_codec, tells_every_field_line_by_line)
{
    static const char *const lines[] = {
        "0 names: Karim Valiev (Latn, primary)\n",
        "0 births: 1983 (date to 1985, approximate, by his own account)\n",
        "0 documents: 401234567 (passport, TJ, issued 2015-03-02, expires 2025-03-01)\n",
        "0 status: wanted\n",
        "1 tlp: TLP:RED\n",
        "1 reliability: C\n",
        "0 observed from: 2023-12\n",
    };
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(tg_record_lines(golden("person", &arena), line_put, &out) == TG_OK &&
              tg_buf_put(&out, "", 1) == TG_OK);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cr_expect(strstr((const char *)out.data, lines[i]) != NULL, "lacks %s:\n%s", lines[i],
                  (const char *)out.data);
    }
    tg_buf_clear(&out);
    cr_assert(tg_record_lines(golden("alert", &arena), line_put, &out) == TG_OK &&
              tg_buf_put(&out, "", 1) == TG_OK);
    cr_expect(strstr((const char *)out.data, "TLP:AMBER+STRICT") != NULL);
    cr_expect(strstr((const char *)out.data,
                     "0 selectors: +992 93 500 11 22 (phone, found on an inmate, = +992935001122)\n") != NULL,
              "%s", (const char *)out.data);
}

Test(record_codec, names_a_record_spoken_of_by_the_front_of_its_id)
{
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(tg_record_lines(golden("custody", &arena), line_put, &out) == TG_OK &&
              tg_buf_put(&out, "", 1) == TG_OK);
    cr_expect(strstr((const char *)out.data, "0 person: Karim Valiev (id 001122334455…)\n") != NULL, "%s",
              (const char *)out.data);
}

Test(record_codec, gives_the_index_names_births_countries_selectors_references_and_times)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_facets facets;
    tg_arena_init(&arena, 16 * TG_RECORD_PARSE_BUDGET_BYTES);
    cr_assert(tg_record_facets(golden("person", &arena), &arena, &facets) == TG_OK);
    cr_expect(facets.names_count == 4, "three names and a place of birth, not %zu", facets.names_count);
    cr_expect(facets.births_count == 2 && facets.births[1].to.year == 1985 && facets.births[1].approximate);
    cr_expect(facets.countries_count == 1 && strcmp(facets.countries[0], "TJ") == 0);
    cr_expect(facets.sex == TG_REC_SEX_MALE && facets.tlp == TG_TLP_RED);
    cr_expect(facets.selectors_count == 2, "telegram and passport");
    cr_expect(facets.from_ms == 1701388800000 && facets.to_ms == 1719791999999,
              "December 2023 to the end of June 2024");
    cr_expect(facets.expiry_ms == 1782863999999);
    cr_assert(tg_record_facets(golden("withdrawal", &arena), &arena, &facets) == TG_OK);
    cr_expect(facets.target && facets.target->bytes[1] == 0x11);
    cr_expect(facets.refs_count == 2 && facets.refs[0].role == TG_REFERENCE_ROLE_BASED_ON);
    cr_assert(tg_record_facets(golden("alert", &arena), &arena, &facets) == TG_OK);
    cr_expect(facets.precedence == TG_PRECEDENCE_FLASH && facets.from_ms == 1718439150250 &&
              facets.to_ms == facets.from_ms);
    cr_expect(facets.names_count == 3 && facets.names[0].subject == TG_FACET_FACILITY);
}

/* A small generator: the same numbers everywhere. */
static uint64_t prng(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Test(record_codec, survives_any_damage_and_says_the_same_of_what_it_still_reads)
{
    uint64_t state = 20240615;
    for (size_t round = 0; round < 4000; round++) {
        TG_AUTO(tg_arena) struct tg_arena arena, again;
        TG_AUTO(tg_buf) struct tg_buf json = {0};
        struct tg_view bytes;
        struct tg_record *rec;
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        tg_arena_init(&again, TG_RECORD_PARSE_BUDGET_BYTES);
        golden_bytes(test_kinds[prng(&state) % TEST_KINDS], &arena, &bytes);
        uint8_t *damaged = tg_arena_copy(&arena, bytes.data, bytes.bytes);
        for (uint64_t flips = prng(&state) % 3 + 1; flips; flips--) {
            damaged[prng(&state) % bytes.bytes] ^= (uint8_t)(1u << prng(&state) % 8);
        }
        if (tg_record_decode(tg_view_of(damaged, bytes.bytes), &again, &rec, NULL)) continue;
        struct tg_facets facets;
        cr_assert(tg_record_to_json(rec, &json) == TG_OK);
        cr_assert(tg_record_facets(rec, &again, &facets) == TG_OK);
        tg_buf_clear(&json);
        cr_assert(tg_record_summary(rec, &json) == TG_OK);
        cr_assert(tg_record_lines(rec, line_put, &json) == TG_OK);
        cr_assert(tg_utf8_valid(tg_buf_view(&json)));
    }
}

/* Law: json → bytes → json → bytes is the identity, for records put together at random. */
Test(record_codec, reads_back_what_it_prints_for_random_records)
{
    static const char *const words[] = {"Карим", "Vali\xc5\xad", "العربية", "o'g'li \\\"x\\\"",
                                        "a",     "\\u2019",      "-"};
    uint64_t state = 7;
    for (size_t round = 0; round < 1000; round++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        TG_AUTO(tg_buf) struct tg_buf json = {0}, printed = {0};
        struct tg_view first, second;
        struct tg_record *rec;
        struct tg_errmsg em = {0};
        tg_arena_init(&arena, 4 * TG_RECORD_PARSE_BUDGET_BYTES);
        cr_assert(tg_buf_put_str(&json, "{\"kind\":\"cell\",\"head\":{\"source\":{\"type\":\"human\"},"
                                        "\"handling\":{\"tlp\":\"red\"}},\"cell\":{\"names\":[") == TG_OK);
        for (uint64_t i = prng(&state) % 9 + 1; i; i--) {
            cr_assert(tg_buf_putf(&json, "{\"text\":\"%s %s\",\"kind\":\"%s\"}%s", words[prng(&state) % 7],
                                  words[prng(&state) % 7], prng(&state) % 2 ? "alias" : "weak",
                                  i > 1 ? "," : "") == TG_OK);
        }
        cr_assert(tg_buf_putf(&json, "],\"size\":{\"low\":%u,\"high\":%u,\"as_of\":\"%04u-%02u\"}}}",
                              (unsigned)(prng(&state) % 9), (unsigned)(prng(&state) % 9 + 9),
                              (unsigned)(prng(&state) % 9999 + 1),
                              (unsigned)(prng(&state) % 12 + 1)) == TG_OK);
        cr_assert(tg_record_from_json(tg_buf_view(&json), &arena, &first, &em) == TG_OK, "%s", em.text);
        cr_assert(tg_record_decode(first, &arena, &rec, &em) == TG_OK, "%s", em.text);
        cr_assert(tg_record_to_json(rec, &printed) == TG_OK);
        cr_assert(tg_record_from_json(tg_buf_view(&printed), &arena, &second, &em) == TG_OK, "%s", em.text);
        cr_assert(tg_view_equal(first, second));
    }
}
