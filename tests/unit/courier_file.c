/* The courier file: what was sealed is read, and one changed bit anywhere is seen.
 *
 * tests/controls runs `control_courier_signature` once more with the check of signatures taken out.
 */
#include "federation.h"

#include "proto/courier.h"

static struct federation all;

static struct tg_courier_header header(void)
{
    struct tg_courier_header header = {.from = all.tj.id, .to = all.kg.id, .made_ms = 1719748800000};
    memset(header.nonce, 9, sizeof header.nonce);
    return header;
}

/* A block of three messages, sealed by TJ's store key. */
static void block_make(const struct tg_courier_header *head, uint32_t number, bool last, struct tg_buf *out)
{
    TG_AUTO(tg_buf) struct tg_buf body = {0};
    for (int i = 0; i < 3; i++)
        cr_assert_eq(tg_courier_message_put(&body, tg_view_str(i == 1 ? "second" : "other")), TG_OK);
    struct tg_courier_block block = {
        .number = number, .last = last, .messages = 3 * (number + 1), .body = tg_buf_view(&body)};
    struct tg_signer signer = tg_vault_signer(all.tj.vault, TG_VAULT_KEY_STORE);
    cr_assert_eq(tg_courier_block_seal(head, &block, &signer, out), TG_OK);
}

static tg_err check(struct tg_view bytes, uint64_t before, const struct tg_courier_header *head)
{
    struct tg_courier_block block;
    tg_err err = tg_courier_block_decode(bytes, (uint32_t)(before / 3), before, &block, NULL);
    return err ? err : tg_courier_block_verify(head, &block, &all.tj.keys.store);
}

static void init(void)
{
    federation_init(&all);
}
TestSuite(courier_file, .init = init);

Test(courier_file, reads_what_was_written)
{
    struct tg_courier_header head = header(), again;
    uint8_t bytes[TG_COURIER_HEADER_BYTES];
    tg_courier_header_encode(&head, bytes);
    cr_assert(tg_courier_is(TG_VIEW_ARRAY(bytes)));
    cr_assert_eq(tg_courier_header_decode(TG_VIEW_ARRAY(bytes), &again, NULL), TG_OK);
    cr_assert(tg_node_id_equal(&again.from, &all.tj.id) && tg_node_id_equal(&again.to, &all.kg.id));
    cr_assert_eq(again.made_ms, head.made_ms);
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    block_make(&head, 0, false, &sealed);
    size_t whole = 0;
    cr_assert_eq(tg_courier_block_bytes(tg_buf_view(&sealed), &whole, NULL), TG_OK);
    cr_assert_eq(whole, sealed.bytes);
    struct tg_courier_block block;
    cr_assert_eq(tg_courier_block_decode(tg_buf_view(&sealed), 0, 0, &block, NULL), TG_OK);
    cr_assert(!block.last && block.number == 0 && block.messages == 3);
    struct tg_view message;
    cr_assert_eq(tg_courier_message_next(&block.body, &message), TG_OK);
    cr_assert_eq(tg_courier_message_next(&block.body, &message), TG_OK);
    cr_assert(tg_view_equal_str(message, "second"));
    cr_assert_eq(tg_courier_message_next(&block.body, &message), TG_OK);
    cr_assert_eq(tg_courier_message_next(&block.body, &message), TG_ENOENT);
    cr_assert_eq(check(tg_buf_view(&sealed), 0, &head), TG_OK);
}

Test(courier_file, control_courier_signature_sees_every_bit)
{
    struct tg_courier_header head = header();
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    block_make(&head, 0, true, &sealed);
    for (size_t at = 0; at < sealed.bytes; at++) {
        sealed.data[at] ^= 1;
        cr_assert_neq(check(tg_buf_view(&sealed), 0, &head), TG_OK, "byte %zu", at);
        sealed.data[at] ^= 1;
    }
    cr_assert_eq(check(tg_buf_view(&sealed), 0, &head), TG_OK);
}

Test(courier_file, a_block_belongs_to_one_file_and_one_place_in_it)
{
    struct tg_courier_header head = header(), other = header();
    TG_AUTO(tg_buf) struct tg_buf second = {0};
    block_make(&head, 1, true, &second);
    cr_assert_eq(check(tg_buf_view(&second), 3, &head), TG_OK);
    struct tg_courier_block block;
    cr_assert_eq(check(tg_buf_view(&second), 0, &head), TG_EPOSITION, "the block before it is missing");
    cr_assert_eq(tg_courier_block_decode(tg_buf_view(&second), 1, 0, &block, NULL), TG_ECOUNT);
    other.nonce[0] ^= 1;
    cr_assert_eq(check(tg_buf_view(&second), 3, &other), TG_ESIGNATURE, "of another file");
    other = header();
    other.to = all.uz.id;
    cr_assert_eq(check(tg_buf_view(&second), 3, &other), TG_ESIGNATURE, "to another node");
    cr_assert_eq(tg_courier_block_decode(tg_buf_view(&second), 1, 3, &block, NULL), TG_OK);
    cr_assert_eq(tg_courier_block_verify(&head, &block, &all.kg.keys.store), TG_ESIGNATURE,
                 "of another node");
    cr_assert_eq(tg_courier_block_verify(&head, &block, &all.tj.keys.log), TG_ESIGNATURE, "by another key");
    block.last = false;
    cr_assert_eq(tg_courier_block_verify(&head, &block, &all.tj.keys.store), TG_ESIGNATURE, "not the end");
}

Test(courier_file, what_is_cut_off_or_too_long_is_refused)
{
    struct tg_courier_header head = header(), again;
    uint8_t bytes[TG_COURIER_HEADER_BYTES + 1] = {0};
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    tg_courier_header_encode(&head, bytes);
    cr_assert_eq(tg_courier_header_decode(TG_VIEW_ARRAY(bytes), &again, NULL), TG_ETRAIL);
    for (size_t n = 0; n < TG_COURIER_HEADER_BYTES; n++)
        cr_assert_neq(tg_courier_header_decode(tg_view_of(bytes, n), &again, NULL), TG_OK);
    bytes[7] = 2;
    cr_assert_eq(tg_courier_header_decode(tg_view_of(bytes, TG_COURIER_HEADER_BYTES), &again, NULL),
                 TG_EVERSION);
    bytes[0] = 'X';
    cr_assert_eq(tg_courier_header_decode(tg_view_of(bytes, TG_COURIER_HEADER_BYTES), &again, NULL),
                 TG_EMAGIC);
    block_make(&head, 0, true, &sealed);
    for (size_t n = 0; n < sealed.bytes; n++)
        cr_assert_eq(check(tg_view_of(sealed.data, n), 0, &head), TG_ESHORT, "%zu bytes", n);
    cr_assert_eq(tg_buf_put(&sealed, "", 1), TG_OK);
    cr_assert_eq(check(tg_buf_view(&sealed), 0, &head), TG_ETRAIL);
}

Test(courier_file, a_body_takes_what_fits_and_a_message_of_any_size_fits)
{
    static uint8_t large[TG_FRAME_BYTES_MAX];
    TG_AUTO(tg_buf) struct tg_buf body = {0};
    cr_assert_eq(tg_courier_message_put(&body, TG_VIEW_ARRAY(large)), TG_OK);
    cr_assert_eq(tg_courier_message_put(&body, TG_VIEW_ARRAY(large)), TG_ELIMIT);
    cr_assert_eq(body.bytes, 4u + TG_FRAME_BYTES_MAX, "untouched by what did not fit");
    size_t left = TG_COURIER_BODY_BYTES_MAX - body.bytes - 4;
    cr_assert_eq(tg_courier_message_put(&body, tg_view_of(large, left)), TG_OK, "to the last byte");
    cr_assert_eq(tg_courier_message_put(&body, tg_view_of(large, 1)), TG_ELIMIT);
}
