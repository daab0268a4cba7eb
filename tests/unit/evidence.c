/* Evidence files: what is built verifies and reads back, every damaged part is named, a file stays as it was published. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "evidence_make.h"

static struct evidence_made made;
static struct tg_arena arena;
static void start(void)
{
    evidence_make(&made);
    tg_arena_init(&arena, 64u << 20);
}
static void stop(void)
{
    tg_arena_release(&arena);
    evidence_unmake(&made);
}
TestSuite(evidence, .init = start, .fini = stop);

/* The step that refuses, or TG_EVIDENCE_STEP_COUNT. */
static enum tg_evidence_step step_of(const struct tg_evidence *evidence, tg_err *ret_err)
{
    struct tg_evidence_report report;
    tg_arena_clear(&arena);
    *ret_err = tg_evidence_verify(evidence, NULL, 0, &arena, &report, NULL);
    cr_assert_eq(*ret_err == TG_OK, report.step == TG_EVIDENCE_STEP_COUNT);
    return report.step;
}

static void refused_at(const struct tg_evidence *evidence, enum tg_evidence_step step, const char *what)
{
    tg_err err;
    enum tg_evidence_step at = step_of(evidence, &err);
    cr_assert_eq(at, step, "%s: refused at '%s', expected '%s'", what, tg_evidence_step_name(at),
                 tg_evidence_step_name(step));
}

static struct tg_view copy_of(struct tg_view view)
{
    return tg_view_of(tg_arena_copy(&made.arena, view.data, view.bytes), view.bytes);
}

static uint8_t *writable(struct tg_view view)
{
    uint8_t *data;
    memcpy(&data, &view.data, sizeof data);
    return data;
}

Test(evidence, what_is_built_verifies_with_public_keys_alone)
{
    struct tg_evidence_report report;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_evidence_verify(&made.evidence, NULL, 0, &arena, &report, &em), TG_OK, "%s", em.text);
    cr_assert_eq(report.manifest.where.index, MADE_INDEX);
    cr_assert_eq(report.checkpoint.size, MADE_LEAVES);
    cr_assert_eq(report.cosigned.seen, 0, "no witness's card was given");
}

Test(evidence, cosignature_counts_when_the_reader_has_the_witness_card)
{
    TG_AUTO_FREE char *note = made_card_note("KG");
    struct tg_card *kg = tg_arena_take(&made.arena, sizeof *kg);
    cr_assert_eq(tg_card_open(tg_view_str(note), kg, NULL), TG_OK);
    const struct tg_card *known[] = {kg, made.card, kg};
    struct tg_evidence_report report;
    cr_assert_eq(tg_evidence_verify(&made.evidence, known, 3, &arena, &report, NULL), TG_OK);
    cr_assert_eq(report.cosigned.seen, 1, "one witness, though its card was given twice");
}

Test(evidence, text_reads_back_to_the_same_parts)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0}, again = {0};
    struct tg_evidence read;
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_evidence_encode(&made.evidence, &text, &em), TG_OK, "%s", em.text);
    cr_assert_eq(tg_evidence_parse(tg_buf_view(&text), &arena, &read, NULL, &em), TG_OK, "%s", em.text);
    cr_assert_eq(tg_evidence_encode(&read, &again, NULL), TG_OK);
    cr_assert(tg_view_equal(tg_buf_view(&text), tg_buf_view(&again)));
    cr_assert(tg_view_equal(read.record, made.evidence.record));
}

Test(evidence, existence_is_proven_without_contents)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_evidence read;
    tg_err err;
    made.evidence.record = tg_view_of(NULL, 0);
    cr_assert_eq(tg_evidence_encode(&made.evidence, &text, NULL), TG_OK);
    cr_assert_null(memmem(text.data, text.bytes, "\"bytes\"", 7));
    cr_assert_eq(tg_evidence_parse(tg_buf_view(&text), &made.arena, &read, NULL, NULL), TG_OK);
    cr_assert_eq(step_of(&read, &err), TG_EVIDENCE_STEP_COUNT);
}

Test(evidence, every_damaged_field_is_named)
{
    struct tg_evidence bad = made.evidence;
    bad.record = copy_of(bad.record);
    writable(bad.record)[bad.record.bytes - 1] ^= 1;
    refused_at(&bad, TG_EVIDENCE_RECORD, "a bit of the record");
    bad = made.evidence;
    bad.proof.record_id.bytes[0] ^= 1;
    refused_at(&bad, TG_EVIDENCE_RECORD, "a bit of the id");
    bad.record = tg_view_of(NULL, 0);
    refused_at(&bad, TG_EVIDENCE_RECORDS_PATH, "a bit of the id, without contents");
    bad = made.evidence;
    bad.proof.salt[15] ^= 0x80;
    refused_at(&bad, TG_EVIDENCE_RECORDS_PATH, "a bit of the salt");
    bad = made.evidence;
    bad.proof.path.path[1].bytes[9] ^= 4;
    refused_at(&bad, TG_EVIDENCE_RECORDS_PATH, "a bit of the records path");
    bad = made.evidence;
    bad.proof.item = 4;
    refused_at(&bad, TG_EVIDENCE_RECORDS_PATH, "another item");
    bad = made.evidence;
    bad.proof.count = 6;
    refused_at(&bad, TG_EVIDENCE_RECORDS_PATH, "another number of records");
    bad = made.evidence;
    bad.inclusion.path[0].bytes[31] ^= 1;
    refused_at(&bad, TG_EVIDENCE_INCLUSION, "a bit of the inclusion path");
    bad = made.evidence;
    bad.inclusion.count--;
    refused_at(&bad, TG_EVIDENCE_INCLUSION, "a path that is too short");
    bad = made.evidence;
    bad.index = 5;
    refused_at(&bad, TG_EVIDENCE_LEAF, "another index");
}

Test(evidence, damaged_manifest_and_signature_are_told_apart)
{
    struct tg_evidence bad = made.evidence;
    bad.head = copy_of(bad.head);
    writable(bad.head)[0] ^= 1;
    refused_at(&bad, TG_EVIDENCE_MANIFEST, "magic");
    bad.head = copy_of(made.evidence.head);
    writable(bad.head)[70] ^= 1;
    refused_at(&bad, TG_EVIDENCE_MANIFEST_SIGNATURE, "time of signing");
    bad.head = copy_of(made.evidence.head);
    writable(bad.head)[TG_MANIFEST_BYTES] ^= 1;
    refused_at(&bad, TG_EVIDENCE_MANIFEST_SIGNATURE, "signature");
    bad.head = copy_of(made.evidence.head);
    writable(bad.head)[57] ^= 1;
    refused_at(&bad, TG_EVIDENCE_MANIFEST_SIGNATURE, "envelope key id");
}

/* Text of the evidence with one occurrence replaced by as many bytes. */
static struct tg_view replaced(struct tg_view text, const char *from, const char *to)
{
    struct tg_view copy = copy_of(text);
    uint8_t *at = memmem(writable(copy), copy.bytes, from, strlen(from));
    cr_assert_not_null(at, "'%s' is not there", from);
    cr_assert_eq(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    return copy;
}

Test(evidence, damaged_card_is_told_apart_from_its_signature)
{
    struct tg_evidence bad = made.evidence;
    bad.card = replaced(made.evidence.card, "Test Service", "Tesd Service");
    refused_at(&bad, TG_EVIDENCE_CARD_SIGNATURE, "name on the card");
    bad.card = replaced(made.evidence.card, "serial 1", "serial x");
    refused_at(&bad, TG_EVIDENCE_CARD, "serial of the card");
}

Test(evidence, card_of_another_node_is_refused)
{
    TG_AUTO_FREE char *note = made_card_note("KG");
    struct tg_evidence bad = made.evidence;
    bad.card = tg_view_str(note);
    refused_at(&bad, TG_EVIDENCE_MANIFEST, "card of another node");
}

Test(evidence, another_card_of_the_same_node_is_refused)
{
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    struct tg_signer root = tg_signer_of_secret(&made.all.tj.root);
    snprintf(made.card->name, sizeof made.card->name, "Another name");
    cr_assert_eq(tg_card_sign(made.card, &root, NULL, NULL, &note, NULL), TG_OK);
    struct tg_evidence bad = made.evidence;
    bad.card = tg_buf_view(&note);
    refused_at(&bad, TG_EVIDENCE_CARD, "card that the manifest does not cite");
}

Test(evidence, damaged_checkpoint_is_told_apart_from_its_signature)
{
    struct tg_evidence bad = made.evidence;
    bad.checkpoint = replaced(made.evidence.checkpoint, "\n9\n", "\n8\n");
    refused_at(&bad, TG_EVIDENCE_CHECKPOINT_SIGNATURE, "size");
    bad.checkpoint = replaced(made.evidence.checkpoint, "\n9\n", "\nx\n");
    refused_at(&bad, TG_EVIDENCE_CHECKPOINT, "size that is no number");
    bad.checkpoint = replaced(made.evidence.checkpoint, "/log/0\n", "/log/1\n");
    refused_at(&bad, TG_EVIDENCE_CHECKPOINT, "another log");
}

/* The law: whatever bit is flipped in the file, it is refused; nothing that was signed can change unseen. Line breaks and
 * blanks between the JSON's own tokens are nobody's statement, and a cosignature of an unknown witness is not looked at. */
Test(evidence, every_flipped_bit_of_the_file_is_refused_or_changes_nothing)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0}, again = {0};
    cr_assert_eq(tg_evidence_encode(&made.evidence, &text, NULL), TG_OK);
    const uint8_t *witness =
        memmem(text.data, text.bytes, made.all.kg.clock_key.name, strlen(made.all.kg.clock_key.name));
    cr_assert_not_null(witness);
    size_t unseen = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        bool skipped = text.data + i >= witness - 16 && text.data + i < witness + 320;
        if (skipped) continue;
        text.data[i] ^= (uint8_t)(1u << (i % 8));
        struct tg_evidence read;
        tg_arena_clear(&arena);
        tg_err err = tg_evidence_parse(tg_buf_view(&text), &arena, &read, NULL, NULL);
        if (!err) {
            struct tg_evidence_report report;
            err = tg_evidence_verify(&read, NULL, 0, &arena, &report, NULL);
        }
        text.data[i] ^= (uint8_t)(1u << (i % 8));
        if (err) continue;
        unseen++;
        tg_buf_clear(&again);
        cr_assert_eq(tg_evidence_encode(&read, &again, NULL), TG_OK);
        cr_assert(tg_view_equal(tg_buf_view(&text), tg_buf_view(&again)),
                  "byte %zu was changed and not refused", i);
    }
    cr_assert_lt(unseen, 32, "%zu flips went unseen", unseen);
}

Test(evidence, shape_is_refused_with_its_part)
{
    static const struct {
        const char *text;
        enum tg_evidence_step step;
        tg_err err;
    } rows[] = {
        {"", TG_EVIDENCE_FILE, TG_EFORMAT},
        {"[]", TG_EVIDENCE_FILE, TG_EFORMAT},
        {"{}", TG_EVIDENCE_FILE, TG_EMAGIC},
        {"{\"v\":2,\"type\":\"tamga-evidence\"}", TG_EVIDENCE_FILE, TG_EVERSION},
        {"{\"v\":1,\"type\":\"tamga-evidence\",\"v\":1}", TG_EVIDENCE_FILE, TG_EFORMAT},
        {"{\"v\":1,\"type\":\"tamga-evidence\",\"more\":1}", TG_EVIDENCE_FILE, TG_EFORMAT},
        {"{\"v\":1,\"type\":\"tamga-evidence\",\"card\":1}", TG_EVIDENCE_CARD, TG_EFORMAT},
        {"{\"v\":1,\"type\":\"tamga-evidence\",\"card\":\"\",\"proof\":\"x\"}", TG_EVIDENCE_FILE, TG_EMAGIC},
        {"{\"v\":1,\"type\":\"tamga-evidence\",\"card\":\"\",\"proof\":\"c2sp.org/tlog-proof@v1\\nindex "
         "0\\n\"}",
         TG_EVIDENCE_MANIFEST, TG_ESHORT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tg_evidence read;
        enum tg_evidence_step step;
        struct tg_errmsg em = {0};
        tg_err err = tg_evidence_parse(tg_view_str(rows[i].text), &arena, &read, &step, &em);
        cr_assert_eq(err, rows[i].err, "%s: %s", rows[i].text, tg_err_name(err));
        cr_assert_eq(step, rows[i].step, "%s: %s", rows[i].text, tg_evidence_step_name(step));
        cr_assert(strncmp(em.text, tg_evidence_step_name(step), strlen(tg_evidence_step_name(step))) == 0,
                  "%s", em.text);
    }
}

Test(evidence, file_over_the_limit_is_refused_and_one_at_it_is_read)
{
    char *text = malloc(TG_EVIDENCE_BYTES_MAX + 1);
    memset(text, ' ', TG_EVIDENCE_BYTES_MAX + 1);
    struct tg_evidence read;
    cr_assert_eq(tg_evidence_parse(tg_view_of(text, TG_EVIDENCE_BYTES_MAX + 1), &arena, &read, NULL, NULL),
                 TG_ELIMIT);
    cr_assert_eq(tg_evidence_parse(tg_view_of(text, TG_EVIDENCE_BYTES_MAX), &arena, &read, NULL, NULL),
                 TG_EFORMAT);
    free(text);
}

Test(evidence, published_file_is_made_byte_for_byte)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0}, file = {0};
    struct tg_errmsg em = {0};
    cr_assert_eq(tg_evidence_encode(&made.evidence, &text, NULL), TG_OK);
    cr_assert_eq(tg_file_read(TG_TEST_DATA "/evidence/tj-6-3.evidence", TG_EVIDENCE_BYTES_MAX, &file, &em),
                 TG_OK, "%s", em.text);
    cr_assert(tg_view_equal(tg_buf_view(&text), tg_buf_view(&file)));
}
