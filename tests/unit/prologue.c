/* Prologues: what another program made from the documents is read, and nothing that differs from it in one place. */
#include "proto/prologue.h"

#include "base/file.h"
#include "proto/statement.h"
#include "vectors.h"

static void file_read(const char *name, struct tg_buf *out)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", TG_TEST_DATA, name);
    cr_assert_eq(tg_file_read(path, TG_NOTE_BYTES_MAX, out, NULL), TG_OK, "%s", path);
}

struct made {
    struct tg_buf first_note, card_note, note;
    struct tg_card *first, *card;
};
static void made_init(struct made *made)
{
    *made = (struct made){.first = calloc(1, sizeof *made->first), .card = calloc(1, sizeof *made->card)};
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
    file_read("evidence/TJ.card", &made->first_note);
    file_read("epoch/TJ-2.card", &made->card_note);
    file_read("epoch/TJ-1.prologue", &made->note);
    assert_err(tg_card_open(tg_buf_view(&made->first_note), made->first, NULL), TG_OK);
    assert_err(tg_card_open(tg_buf_view(&made->card_note), made->card, NULL), TG_OK);
}
static void made_release(struct made *made)
{
    tg_buf_release(&made->first_note);
    tg_buf_release(&made->card_note);
    tg_buf_release(&made->note);
    free(made->first);
    free(made->card);
}
TG_AUTO_DEFINE(made, made_release)

Test(prologue, is_read_as_the_documents_have_it)
{
    TG_AUTO(made) struct made made;
    struct tg_prologue prologue;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    char shown[TG_STATEMENT_TEXT_BYTES];
    made_init(&made);
    assert_err(tg_card_check_successor(made.first, made.card, tg_buf_view(&made.card_note), NULL), TG_OK);
    assert_err(tg_prologue_open(tg_buf_view(&made.note), made.card, &prologue, NULL), TG_OK);
    cr_assert_eq(prologue.epoch, 1);
    cr_assert_eq(prologue.size, 9);
    cr_assert_eq(prologue.time, 1790000000);
    cr_assert_str_eq(prologue.reason, "the disk failed, and with it what nobody else had");
    assert_err(tg_prologue_encode(&prologue, &text, NULL), TG_OK);
    cr_assert_eq(memcmp(text.data, made.note.data, text.bytes), 0, "written again it is the same");
    tg_statement_text(tg_buf_view(&made.note), shown);
    cr_assert_str_eq(shown, "epoch 1");
    cr_assert_eq(tg_card_epoch(made.card), 1);
    cr_assert(tg_card_begins(made.card, 1) && tg_card_begins(made.card, 0) && !tg_card_begins(made.card, 2));
    /* The first card has no key of epoch 1, so nobody may begin it by that. */
    assert_err(tg_prologue_open(tg_buf_view(&made.note), made.first, &prologue, NULL), TG_EKEY);
}

Test(prologue, every_byte_of_it_counts)
{
    TG_AUTO(made) struct made made;
    struct tg_prologue prologue;
    made_init(&made);
    for (size_t i = 0; i < made.note.bytes; i++) {
        made.note.data[i] ^= 1;
        cr_assert_neq(tg_prologue_open(tg_buf_view(&made.note), made.card, &prologue, NULL), TG_OK,
                      "byte %zu", i);
        made.note.data[i] ^= 1;
    }
    for (size_t bytes = 0; bytes < made.note.bytes; bytes++)
        cr_assert_neq(tg_prologue_open(tg_view_of(made.note.data, bytes), made.card, &prologue, NULL), TG_OK);
}

Test(prologue, has_an_epoch_before_it_and_a_reason_that_shows)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_prologue prologue = {.epoch = 0, .reason = "x"};
    assert_err(tg_prologue_encode(&prologue, &text, NULL), TG_EVALUE);
    prologue = (struct tg_prologue){.epoch = 1};
    assert_err(tg_prologue_encode(&prologue, &text, NULL), TG_EVALUE);
    snprintf(prologue.reason, sizeof prologue.reason, "a\x1b[2Jb");
    assert_err(tg_prologue_encode(&prologue, &text, NULL), TG_EVALUE);
    memset(prologue.reason, 'x', TG_PROLOGUE_REASON_BYTES_MAX);
    prologue.epoch = UINT32_MAX;
    prologue.size = INT64_MAX;
    prologue.time = INT64_MAX;
    tg_buf_clear(&text);
    assert_err(tg_prologue_encode(&prologue, &text, NULL), TG_OK);
    cr_assert_leq(text.bytes, TG_PROLOGUE_BYTES_MAX);
    assert_err(tg_prologue_parse_text(tg_buf_view(&text), &prologue, NULL), TG_OK);
}

Test(prologue, stands_behind_a_card_and_is_told_apart_from_it)
{
    TG_AUTO(made) struct made made;
    TG_AUTO(tg_buf) struct tg_buf both = {0};
    struct tg_view first, rest, last;
    made_init(&made);
    tg_buf_put_view(&both, tg_buf_view(&made.card_note));
    tg_buf_put_view(&both, tg_buf_view(&made.note));
    tg_buf_put_view(&both, tg_buf_view(&made.note));
    first = tg_buf_view(&both);
    tg_prologue_split(&first, &rest);
    cr_assert(tg_view_equal(first, tg_buf_view(&made.card_note)));
    tg_prologue_split(&rest, &last);
    cr_assert(tg_view_equal(rest, tg_buf_view(&made.note)));
    cr_assert(tg_view_equal(last, tg_buf_view(&made.note)));
    tg_prologue_split(&last, &rest);
    cr_assert_eq(rest.bytes, 0);
}
