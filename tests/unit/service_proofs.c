/* Verbs `log.tiles`, `log.notes` and `export` with `proof`: what they give out holds for a stranger, and what is no front
 * part of the log is refused. */
#include "node/heads.h"
#include "proto/card_chain.h"
#include "proto/evidence.h"
#include "proto/tiles.h"
#include "service_help.h"

/* The files of an answer. */
static tg_err rows_read(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out,
                        struct tg_errmsg *em)
{
    const struct answer *answer = ctx;
    if (strcmp(path, "checkpoint") == 0)
        return tg_buf_put_str(out, tg_control_text(&answer->end, "checkpoint", ""));
    for (size_t i = 0; i < answer->row_count; i++) {
        struct tg_view data = tg_control_data(&answer->rows[i], "data");
        if (strcmp(tg_control_text(&answer->rows[i], "name", ""), path) != 0) continue;
        return data.bytes > bytes_max ? TG_ELIMIT : tg_buf_put_view(out, data);
    }
    return tg_fail(em, TG_ENOENT, "'%s' is missing", path);
}

static tg_err answer_verify(const struct bench *bench, struct answer *answer, struct tg_tiles_report *report)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 16u << 20);
    const struct tg_card **cards;
    size_t count;
    uint64_t bad;
    cr_assert_eq(tg_card_chain_open(tg_buf_view(&bench->tj_card), &arena, &cards, &count, &bad, NULL), TG_OK);
    struct tg_known_cards known = {cards, count};
    struct tg_tiles_source source = {.read = rows_read, .ctx = answer};
    struct tg_errmsg em = {0};
    tg_err err = tg_tiles_verify(&source, (struct tg_view){0}, &known, &arena, report, &em);
    cr_assert_eq(err, TG_OK, "%s", em.text);
    return err;
}

static struct asking *front(struct asking *asking, uint64_t size, const struct tg_hash *root)
{
    with_number(asking, "size", (int64_t)size);
    tg_control_put_data(&asking->out, "root", TG_VIEW_ARRAY(root->bytes));
    return asking;
}

Test(service_proofs, log_as_tiles_holds_for_a_stranger_and_grows)
{
    struct bench *bench = bench_new();
    struct bench_caller *auditor = bench_connect(bench, BENCH_AUDITOR);
    struct tg_tiles_report first, second;
    for (int i = 0; i < 3; i++) published(bench, alert_json("riot", "routine"));
    TG_AUTO(answer)
    struct answer whole = call_by(bench, auditor, with_text(ask("log.tiles"), "origin", "TJ"));
    must_be_done(&whole);
    cr_assert_str_eq(row_text(&whole, 0, "row"), "log", "first of all, which log it is");
    answer_verify(bench, &whole, &first);
    cr_assert_eq(first.checkpoint.size, 3);
    published(bench, alert_json("riot", "routine"));
    TG_AUTO(answer)
    struct answer more = call_by(
        bench, auditor,
        front(with_text(ask("log.tiles"), "origin", first.checkpoint.origin), 3, &first.checkpoint.root));
    must_be_done(&more);
    answer_verify(bench, &more, &second);
    cr_assert_eq(second.checkpoint.size, 4);
    TG_AUTO(answer)
    struct answer none = call_by(
        bench, auditor, front(with_text(ask("log.tiles"), "origin", "TJ"), 4, &second.checkpoint.root));
    must_be_done(&none);
    cr_assert_eq(none.row_count, 1, "nothing is new");
    bench_free(bench);
}

Test(service_proofs, control_another_history_is_refused_before_a_file_comes)
{
    struct bench *bench = bench_new();
    struct tg_hash other = {{1}};
    published(bench, alert_json("riot", "routine"));
    TG_AUTO(answer)
    struct answer fork = call(bench, front(with_text(ask("log.tiles"), "origin", "TJ"), 1, &other));
    must_fail(&fork, TG_EFORK, "no front part");
    cr_assert_eq(fork.row_count, 0);
    TG_AUTO(answer)
    struct answer longer = call(bench, front(with_text(ask("log.tiles"), "origin", "TJ"), 2, &other));
    must_fail(&longer, TG_EPOSITION, "2 entries");
    TG_AUTO(answer)
    struct answer empty = call(bench, front(with_text(ask("log.tiles"), "origin", "TJ"), 0, &other));
    must_fail(&empty, TG_EFORK, "no front part");
    TG_AUTO(answer) struct answer unknown = call(bench, with_text(ask("log.tiles"), "origin", "UZ"));
    must_fail(&unknown, TG_ENOENT, "UZ");
    bench_free(bench);
}

Test(service_proofs, notes_of_a_log_are_cards_and_its_head)
{
    struct bench *bench = bench_new();
    bench_enrol_kg(bench);
    published(bench, alert_json("riot", "routine"));
    TG_AUTO(answer) struct answer notes = call(bench, with_text(ask("log.notes"), "origin", "TJ"));
    must_be_done(&notes);
    cr_assert_eq(notes.row_count, 2);
    cr_assert_str_eq(row_text(&notes, 0, "country"), "TJ");
    cr_assert_str_eq(row_text(&notes, 1, "country"), "KG");
    cr_assert(strstr(tg_control_text(&notes.end, "checkpoint", ""), "\n1\n") != NULL);
    bench_free(bench);
}

struct cosignature {
    uint32_t log;
    const uint8_t *by;
    struct tg_buf value;
};
static tg_err cosignature_write(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    const struct cosignature *one = ctx;
    (void)em;
    return tg_store_by_put(txn, TG_BY_COSIG, one->log, one->by, tg_buf_view(&one->value));
}
/* One row as the store keeps it. */
static void cosignature_put(struct bench *bench, const struct member_node *by, uint64_t size,
                            const char *line)
{
    const struct tg_held_log *log = tg_held_own(bench->node);
    struct cosignature one = {.log = log->number, .by = by->id.bytes};
    uint8_t front[16];
    tg_be64_put(front, 1);
    tg_be64_put(front + 8, size);
    tg_buf_put(&one.value, front, sizeof front);
    tg_buf_put(&one.value, log->root.bytes, TG_HASH_BYTES);
    tg_buf_put_str(&one.value, line);
    cr_assert_eq(tg_store_write(bench->node->store, cosignature_write, &one, NULL), TG_OK);
    tg_buf_release(&one.value);
}

Test(service_proofs, only_cosignatures_of_that_very_head_go_along)
{
    struct bench *bench = bench_new();
    published(bench, alert_json("riot", "routine"));
    published(bench, alert_json("riot", "routine"));
    cosignature_put(bench, &bench->kg, 2, "the line of KG\n");
    cosignature_put(bench, &bench->tj, 1, "a line over an older head\n");
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    cr_assert_eq(tg_heads_cosigned(bench->node, tg_held_own(bench->node), &note, NULL), TG_OK);
    cr_assert_not_null(memmem(note.data, note.bytes, "\nthe line of KG\n", 16));
    cr_assert_null(memmem(note.data, note.bytes, "older", 5));
    bench_free(bench);
}

Test(service_proofs, plain_proof_has_no_contents_and_an_auditor_may_have_it)
{
    struct bench *bench = bench_new();
    struct bench_caller *auditor = bench_connect(bench, BENCH_AUDITOR);
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 16u << 20);
    published(bench, alert_json("riot", "routine"));
    TG_AUTO(answer)
    struct answer answer =
        call_by(bench, auditor, with_number(with_text(ask("export"), "ref", "TJ-0"), "proof", 1));
    must_be_done(&answer);
    struct tg_view file = tg_control_data(&answer.end, "file");
    struct tg_evidence evidence;
    struct tg_evidence_report report;
    const struct tg_card **cards;
    size_t count;
    uint64_t bad;
    cr_assert_str_eq(tg_control_text(&answer.end, "name", ""), "TJ-0.tlog-proof");
    cr_assert_null(memmem(file.data, file.bytes, "riot", 4));
    cr_assert_eq(tg_evidence_parse_proof(file, &arena, &evidence, NULL, NULL), TG_OK);
    cr_assert_eq(tg_card_chain_open(tg_buf_view(&bench->tj_card), &arena, &cards, &count, &bad, NULL), TG_OK);
    cr_assert_eq(tg_evidence_verify(&evidence, cards, count, &arena, &report, NULL), TG_OK);
    TG_AUTO(answer) struct answer contents = call_by(bench, auditor, with_text(ask("export"), "ref", "TJ-0"));
    must_fail(&contents, TG_EDENIED, "--without-contents");
    bench_free(bench);
}
